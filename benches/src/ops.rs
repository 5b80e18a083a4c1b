//! `ops`: which ops, pairs and triples of ops Fantail executes most, over a corpus of programs.
//!
//! This is what fusion rules are chosen by. Pairs and triples are counted only where one op follows the other in the
//! code as well. Every program has the same weight, whatever its length: a share is the mean over the programs of
//! how much of all the ops executed the run makes up. Fantail counts in builds for that purpose alone.

use crate::cases::{Case, Session};
use crate::vm::Vm;
use anyhow::Result;
use fantail::count::{self, LONGEST, Run};
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::fmt::Write as _;

/// Of all that a program executes, what makes an op of it a frequent one.
const FREQUENT: f64 = 0.001;

/// Runs every case once and lists the variants of each family that are frequent in one of them, as rows of a table.
///
/// # Errors
///
/// When a case fails.
pub(crate) fn frequent(cases: &[Case], vm: &dyn Vm) -> Result<String> {
    let mut found: BTreeMap<u16, (String, BTreeSet<u16>)> = BTreeMap::new();
    for case in cases {
        for (run, share) in shares(case, vm)? {
            if share >= FREQUENT {
                let (first, family, variant) = run.variant();
                found.entry(first).or_insert_with(|| (family, BTreeSet::new())).1.insert(variant);
            }
        }
    }
    let mut out = String::new();
    for (family, variants) in found.values() {
        let variants: Vec<_> = variants.iter().map(u16::to_string).collect();
        let _ = writeln!(out, "    (Family::{family}, &[{}]),", variants.join(", "));
    }
    Ok(out)
}

/// What share of all the ops that a case executes each of them makes up.
fn shares(case: &Case, vm: &dyn Vm) -> Result<Vec<(Run, f64)>> {
    eprintln!("{}", case.name);
    let mut session = Session::new(case, vm)?;
    drop(count::take());
    session.run()?;
    let mut runs = count::take();
    runs.retain(|run| run.len() == 1);
    let total: u64 = runs.iter().map(|run| run.times).sum();
    let share = |run: Run| {
        let share = run.times as f64 / total as f64;
        (run, share)
    };
    Ok(runs.into_iter().map(share).collect())
}

/// Runs every case once and lists the `top` most frequent runs of each length; with the classes of their operands or
/// without.
///
/// # Errors
///
/// When a case fails.
pub(crate) fn table(cases: &[Case], vm: &dyn Vm, top: usize, classes: bool) -> Result<String> {
    let mut shares = vec![HashMap::new(); LONGEST];
    let mut totals = String::new();
    // How long CoreMark runs depends on the clock, so that it would not be the same twice; alone it is of use.
    let alone = cases.len() == 1;
    let cases: Vec<_> = cases.iter().filter(|case| alone || case.name != "coremark").collect();
    for case in &cases {
        eprintln!("{}", case.name);
        let mut session = Session::new(case, vm)?;
        drop(count::take());
        session.run()?;
        let runs = count::take();
        let total = add(&mut shares, &runs, classes);
        let _ = writeln!(totals, "{:<22}{total:>16}", case.name);
    }
    let mut out = format!("{:<22}{:>16}\n{totals}", "case", "ops");
    for (i, shares) in shares.into_iter().enumerate() {
        let mut sorted: Vec<_> = shares.into_iter().collect();
        sorted.sort_by(|a, b| b.1.total_cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
        let _ = writeln!(out, "\n% of all ops: runs of {}", i + 1);
        for (text, share) in sorted.into_iter().take(top) {
            let _ = writeln!(out, "{:>8.3}  {text}", share / cases.len() as f64 * 100.0);
        }
    }
    Ok(out)
}

/// Adds to `shares` how much of all ops each of the `runs` is, by length and text. Returns how many ops there were.
fn add(shares: &mut [HashMap<String, f64>], runs: &[Run], classes: bool) -> u64 {
    let total: u64 = runs.iter().filter(|run| run.len() == 1).map(|run| run.times).sum();
    for run in runs {
        let share = run.times as f64 / total as f64;
        *shares[run.len() - 1].entry(run.text(classes)).or_insert(0.0) += share;
    }
    total
}

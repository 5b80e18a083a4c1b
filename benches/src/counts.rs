//! `instructions`: how many machine instructions a run takes, by callgrind.
//!
//! The count repeats exactly, whatever else the machine does, so it tells apart before and after where time
//! can't. It is the difference between a process that runs the program twice and one that runs it once, and
//! so leaves out loading, translation and the first run's surprises. It needs `valgrind`, and about fifty
//! times the time.

use crate::cases::{self, Case};
use crate::report::cell;
use crate::vm::Vm;
use anyhow::{Context, Result, ensure};
use std::fmt::Write as _;
use std::path::Path;
use std::process::Command;

/// Counts the instructions of every case in every VM, as a table; with the first VM's counts in millions, the
/// others in relation to it.
///
/// # Errors
///
/// When valgrind can't be started.
pub(crate) fn table(cases: &[Case], vms: &[Box<dyn Vm>], corpus: Option<&Path>) -> Result<String> {
    let mut out = format!("{:<22}{:>16}", "case", format!("{} million", vms[0].name()));
    for vm in &vms[1..] {
        let _ = write!(out, "{:>12}", vm.name());
    }
    out.push('\n');
    // How long CoreMark runs depends on the clock.
    for case in cases.iter().filter(|case| case.name != "coremark") {
        eprintln!("{}", case.name);
        let counts = vms
            .iter()
            .map(|vm| {
                let once = process(vm.name(), case.name, 1, corpus)?;
                let twice = process(vm.name(), case.name, 2, corpus)?;
                Ok(twice.zip(once).map(|(twice, once)| twice.saturating_sub(once) as f64))
            })
            .collect::<Result<Vec<_>>>()?;
        let _ = write!(out, "{:<22}{:>16}", case.name, cell(counts[0].map(|count| count / 1e6)));
        for count in &counts[1..] {
            let _ = write!(out, "{:>12}", cell(count.zip(counts[0]).map(|(count, base)| count / base)));
        }
        out.push('\n');
    }
    Ok(out)
}

/// The instructions of a process that runs `case` so many times; `None` when it fails.
fn process(vm: &str, case: &str, times: u32, corpus: Option<&Path>) -> Result<Option<u64>> {
    let mut command = Command::new("valgrind");
    command.args(["--tool=callgrind", "--callgrind-out-file=/dev/null"]);
    command.arg(std::env::current_exe()?).args(["run", vm, case, "--times", &times.to_string()]);
    if let Some(dir) = corpus {
        command.arg("--corpus").arg(dir);
    }
    let output = command.output().context("starting valgrind")?;
    if !output.status.success() {
        return Ok(None);
    }
    let text = String::from_utf8_lossy(&output.stderr);
    let collected = text.lines().find_map(|line| line.split_once("Collected :")).context("no count")?;
    Ok(Some(collected.1.trim().parse()?))
}

/// Runs one case in one VM, as often as asked, and checks every answer: something to attach a profiler to.
///
/// # Errors
///
/// When there is no such case, or it fails.
pub(crate) fn run(vm: &dyn Vm, case: &str, times: u32, corpus: Option<&Path>) -> Result<()> {
    let cases = cases::select(corpus, Some(case))?;
    ensure!(cases.len() == 1, "`{case}` is not the name of one case");
    let mut session = cases::Session::new(&cases[0], vm)?;
    for _ in 0..times {
        session.run()?;
    }
    Ok(())
}

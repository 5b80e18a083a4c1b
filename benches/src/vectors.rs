//! `vectors`: what each vector instruction costs, in nanoseconds.
//!
//! Every row of the table of vector instructions is measured, and so is a new one as soon as it is there. A program
//! executes one instruction [`COPIES`] times in a loop; from its time that of the same loop without the instruction is
//! subtracted. Operands are locals and results are put into locals, so that nothing is fused and what is measured is the
//! throughput of an instruction by itself: what it computes, its operands' way from and to the frame, and how an
//! interpreter gets to the next one.

use crate::cases::{load, matches_any};
use crate::clock::timed;
use crate::program::Program;
use crate::report::cell;
use crate::stats::{geomean, median};
use crate::vm::{Instance, Value, Vm};
use anyhow::{Context, Result, ensure};
use fantail_simd::for_each_simd;
use std::fmt::Write as _;

/// How often the loop's body has the instruction.
const COPIES: usize = 16;

/// How often the loop repeats in a sample.
const TURNS: i32 = 2_000;

/// The text of an instruction and where its operands are: see [`for_each_simd!`].
struct Row {
    name: String,
    shape: &'static str,
}

macro_rules! rows {
    ($($variant:ident $name:ident $shape:ident;)*) => { [$((stringify!($name), stringify!($shape))),*] };
}

/// All vector instructions: those of the table, and those that compute nothing.
fn rows() -> Vec<Row> {
    let moves = [("v128_load", "load128"), ("v128_store", "store128"), ("v128_const", "const")];
    let table = for_each_simd!(rows);
    moves
        .into_iter()
        .chain(table)
        .map(|(name, shape)| Row { name: name.replacen('_', ".", 1), shape })
        .collect()
}

/// Measures the instructions whose names match `glob` in every VM, in interleaved rounds, and lists the medians.
///
/// # Errors
///
/// When no name matches, or a program that a VM supports traps.
pub(crate) fn table(vms: &[Box<dyn Vm>], glob: Option<&str>, rounds: usize) -> Result<String> {
    let rows: Vec<_> =
        rows().into_iter().filter(|row| glob.is_none_or(|glob| matches_any(glob, &row.name))).collect();
    ensure!(!rows.is_empty(), "no instruction matches");
    let mut out = format!("{:<36}", "ns");
    for vm in vms {
        let _ = write!(out, "{:>12}", vm.name());
    }
    let _ = writeln!(out, "{:>12}", "ratio");
    let mut ratios = Vec::new();
    for row in &rows {
        let costs = measure(row, vms, rounds)?;
        let _ = write!(out, "{:<36}", row.name);
        for &cost in &costs {
            let _ = write!(out, "{:>12}", cell(cost));
        }
        // Of the last VM to the first; noise can make what is cheap cost nothing.
        let (first, last) =
            (costs[0].filter(|&cost| cost > 0.0), costs[costs.len() - 1].filter(|&cost| cost > 0.0));
        let ratio = if costs.len() > 1 { last.zip(first).map(|(last, first)| last / first) } else { None };
        ratios.extend(ratio);
        let _ = writeln!(out, "{:>12}", cell(ratio));
    }
    if let Some(mean) = geomean(ratios) {
        let _ = writeln!(out, "{:<36}{:>width$}", "geomean", cell(Some(mean)), width = 12 * (vms.len() + 1));
    }
    Ok(out)
}

/// What the instruction costs in each VM, in nanoseconds; nothing where it is not supported.
fn measure(row: &Row, vms: &[Box<dyn Vm>], rounds: usize) -> Result<Vec<Option<f64>>> {
    let [with, without] = [program(row, COPIES)?, program(row, 0)?];
    // VMs without vectors refuse to load it.
    let mut sessions: Vec<_> = vms
        .iter()
        .map(|vm| {
            load(&**vm, &with, vm.modes()[0])
                .and_then(|instance| Ok([instance, load(&**vm, &without, vm.modes()[0])?]))
                .ok()
        })
        .collect();
    let mut samples = vec![[Vec::new(), Vec::new()]; vms.len()];
    // The first round warms up.
    for round in 0..=rounds {
        for (session, samples) in sessions.iter_mut().zip(&mut samples) {
            let Some(instances) = session else { continue };
            for (instance, samples) in instances.iter_mut().zip(samples) {
                let nanos = sample(&mut **instance).with_context(|| row.name.clone())?;
                if round > 0 {
                    samples.push(nanos);
                }
            }
        }
    }
    let count = COPIES as f64 * f64::from(TURNS);
    Ok(samples
        .iter()
        .map(|[with, without]| (!with.is_empty()).then(|| (median(with) - median(without)) / count))
        .collect())
}

fn sample(instance: &mut dyn Instance) -> Result<f64> {
    let (result, nanos) = timed(|| instance.call("run", &[Value::I32(TURNS)]));
    result.map(|_| nanos)
}

/// A module whose `run(n)` executes the instruction `n * copies` times.
fn program(row: &Row, copies: usize) -> Result<Program> {
    let body = instruction(row).repeat(copies);
    // Numbers that are ordinary ones in every division into lanes.
    let text = format!(
        r#"(module (memory 1)
            (func (export "run") (param $n i32)
                (local $a v128) (local $b v128) (local $c v128) (local $x v128) (local $p i32)
                (local $i i32) (local $l i64) (local $f f32) (local $d f64)
                (local $i-out i32) (local $l-out i64) (local $f-out f32) (local $d-out f64)
                (local.set $a (v128.const i32x4 0x40490fdb 0x40201f3a 0x41171234 0x3ff70b0d))
                (local.set $b (v128.const i32x4 0x3fc01c0b 0x3ff80305 0x40051708 0x402d0d0a))
                (local.set $c (v128.const i32x4 0x3f00ff00 0x4008ff10 0x3f7fee01 0x40120034))
                (local.set $p (i32.const 64)) (local.set $i (i32.const 5)) (local.set $l (i64.const 77))
                (local.set $f (f32.const 1.5)) (local.set $d (f64.const 2.25))
                (loop $again
                    {body}
                    (br_if $again (local.tee $n (i32.sub (local.get $n) (i32.const 1)))))))"#
    );
    Program::new(wat::parse_str(text)?)
}

/// The instruction with its operands from locals and its result to one.
fn instruction(Row { name, shape }: &Row) -> String {
    const A: &str = "(local.get $a)";
    // Lanes and locals are named after the type at the end of a shape.
    let local = shape.split_once('_').map_or("", |(_, ty)| match ty {
        "i32" => "$i",
        "i64" => "$l",
        "f32" => "$f",
        _ => "$d",
    });
    let (to, value) = match *shape {
        "un" => ("$x", format!("({name} {A})")),
        "bin" => ("$x", format!("({name} {A} (local.get $b))")),
        "tern" => ("$x", format!("({name} {A} (local.get $b) (local.get $c))")),
        "shift" => ("$x", format!("({name} {A} (local.get $i))")),
        "test" | "bitmask" => ("$i-out", format!("({name} {A})")),
        // Not one of the patterns that there are instructions for.
        "shuffle" => ("$x", format!("({name} 3 17 2 29 14 5 21 7 24 9 26 0 12 19 30 1 {A} (local.get $b))")),
        "const" => ("$x", format!("({name} i32x4 1 2 3 4)")),
        "store128" => return format!("({name} (local.get $p) {A})"),
        shape if shape.starts_with("splat") => ("$x", format!("({name} (local.get {local}))")),
        shape if shape.starts_with("extract") => {
            return format!("(local.set {local}-out ({name} 1 {A}))");
        }
        shape if shape.starts_with("replace") => ("$x", format!("({name} 1 {A} (local.get {local}))")),
        shape if shape.starts_with("load_lane") => ("$x", format!("({name} 1 (local.get $p) {A})")),
        shape if shape.starts_with("store_lane") => return format!("({name} 1 (local.get $p) {A})"),
        // From memory.
        _ => ("$x", format!("({name} (local.get $p))")),
    };
    format!("(local.set {to} {value})")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::vm;

    #[test]
    fn every_vector_instruction_has_a_program_that_executes_it() {
        let vms = vm::select(Some("fantail")).unwrap();
        let rows = rows();
        assert!(rows.len() > 230, "there are more vector instructions than {}", rows.len());
        for row in &rows {
            let program = program(row, 1).unwrap_or_else(|error| panic!("{}: {error}", row.name));
            let mut instance = load(&*vms[0], &program, vms[0].modes()[0]).unwrap();
            assert_eq!(instance.call("run", &[Value::I32(2)]).unwrap(), None, "{}", row.name);
        }
    }

    #[test]
    fn instructions_are_chosen_by_name() {
        let vms = vm::select(Some("fantail")).unwrap();
        let table = table(&vms, Some("i8x16.add*,v128.load"), 1).unwrap();
        let names: Vec<_> = table.lines().skip(1).filter_map(|line| line.split_whitespace().next()).collect();
        assert_eq!(names, ["v128.load", "i8x16.add", "i8x16.add_sat_s", "i8x16.add_sat_u"]);
        assert!(super::table(&vms, Some("i8x16.mul"), 1).is_err());
    }
}

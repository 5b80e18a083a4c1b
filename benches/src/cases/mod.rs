//! What is executed: a program, how to set it up, what to time, and the answer it must give.
//!
//! The answer is checked on every run, so a VM that computes something else is an error, never a time.

mod corpus;
mod guests;

use crate::clock::{self, timed};
use crate::program::Program;
use crate::vm::{Instance, Mode, Value, Vm};
use anyhow::{Context, Result, bail, ensure};
use std::path::Path;

pub(crate) use corpus::modules as corpus_modules;
pub(crate) use guests::{find as guest, modules as guest_modules};

/// One program with one set of arguments.
pub(crate) struct Case {
    pub(crate) name: &'static str,
    /// Where it comes from; each group has its own geometric mean.
    pub(crate) group: &'static str,
    program: Program,
    script: Script,
}

/// How a case is set up, what is timed, and what must come out.
enum Script {
    /// `export(args…)` is timed and must return `expect`. When `setup` is there, `setup(n)` is called once,
    /// after instantiation. When `fresh`, every run has an instance of its own, because a run leaves traces.
    Call { setup: Option<i32>, export: &'static str, args: Vec<Value>, expect: Value, fresh: bool },
    /// `p = setup(size)`, `input` is copied to `input_ptr(p)`, then `run(p)` is timed; after it `check.0(p)`
    /// must return `check.1`, and `teardown(p)` ends the run.
    Object { size: i32, input: Vec<u8>, check: Option<(&'static str, Value)> },
    /// `run()` returns the CoreMark score, which is the inverse of a time.
    CoreMark,
}

/// All cases of this build and, when `corpus` is given, those of that directory, whose names match `glob`.
///
/// # Errors
///
/// When a file of the corpus can't be read, or nothing matches.
pub(crate) fn select(corpus: Option<&Path>, glob: Option<&str>) -> Result<Vec<Case>> {
    let wanted = |name: &str| glob.is_none_or(|glob| matches_any(glob, name));
    let mut cases = guests::all(&wanted)?;
    if let Some(dir) = corpus {
        cases.extend(corpus::all(dir, &wanted)?);
    }
    ensure!(!cases.is_empty(), "no case matches");
    Ok(cases)
}

/// A case loaded into one VM.
pub(crate) struct Session<'a> {
    case: &'a Case,
    vm: &'a dyn Vm,
    instance: Box<dyn Instance>,
    /// True after the first run of the instance.
    used: bool,
    /// How many runs make a sample.
    repeats: u32,
}

/// A sample takes at least so many nanoseconds, by repetition if need be, but at most [`MAX_REPEATS`] runs.
const MIN_SAMPLE: f64 = 20e6;
const MAX_REPEATS: f64 = 200.0;

impl<'a> Session<'a> {
    /// Instantiates the program of `case` in `vm`, translated eagerly where the VM can do that.
    ///
    /// # Errors
    ///
    /// When the VM can't load the program, or its setup traps.
    pub(crate) fn new(case: &'a Case, vm: &'a dyn Vm) -> Result<Self> {
        let mut instance = load(vm, &case.program, vm.modes()[0])?;
        if let Script::Call { setup: Some(n), .. } = case.script {
            instance.call("setup", &[Value::I32(n)])?;
        }
        Ok(Session { case, vm, instance, used: false, repeats: 1 })
    }

    /// Runs the case once, without counting it, and decides how many runs make a sample.
    ///
    /// # Errors
    ///
    /// When the program traps, or its answer is wrong.
    pub(crate) fn warm_up(&mut self) -> Result<()> {
        let nanos = self.run()?;
        if !matches!(self.case.script, Script::CoreMark) {
            self.repeats = (MIN_SAMPLE / nanos.max(1.0)).ceil().min(MAX_REPEATS) as u32;
        }
        Ok(())
    }

    /// The mean time of as many runs as make a sample, in nanoseconds.
    ///
    /// # Errors
    ///
    /// When the program traps, or its answer is wrong.
    pub(crate) fn sample(&mut self) -> Result<f64> {
        let mut sum = 0.0;
        for _ in 0..self.repeats {
            sum += self.run()?;
        }
        Ok(sum / f64::from(self.repeats))
    }

    /// Runs the case once and returns its time in nanoseconds.
    ///
    /// # Errors
    ///
    /// When the program traps, or its answer is wrong.
    pub(crate) fn run(&mut self) -> Result<f64> {
        let replace = self.used && matches!(self.case.script, Script::Call { fresh: true, .. });
        if replace {
            self.instance = Session::new(self.case, self.vm)?.instance;
        }
        self.used = true;
        match &self.case.script {
            Script::Call { export, args, expect, .. } => {
                let (result, nanos) = timed(|| self.instance.call(export, args));
                check(result?, *expect)?;
                Ok(nanos)
            }
            Script::Object { size, input, check: wanted } => {
                let object = self.instance.call("setup", &[Value::I32(*size)])?.context("no object")?;
                if !input.is_empty() {
                    let Some(Value::I32(at)) = self.instance.call("input_ptr", &[object])? else {
                        bail!("input_ptr returns no address");
                    };
                    self.instance.write(usize::try_from(at.cast_unsigned())?, input)?;
                }
                let (result, nanos) = timed(|| self.instance.call("run", &[object]));
                result?;
                if let Some((export, expect)) = wanted {
                    check(self.instance.call(export, &[object])?, *expect)?;
                }
                self.instance.call("teardown", &[object])?;
                Ok(nanos)
            }
            Script::CoreMark => core_mark(&mut *self.instance),
        }
    }
}

/// The time of one of CoreMark's iterations, in nanoseconds.
///
/// CoreMark guesses how many iterations fill its ten seconds and scores 0 when they don't, which a busy
/// machine makes happen; it also scores 0 when its results are wrong, which happens every time.
fn core_mark(instance: &mut dyn Instance) -> Result<f64> {
    for _ in 0..4 {
        let Some(Value::F32(score)) = instance.call("run", &[])? else {
            bail!("CoreMark returns no score");
        };
        if score > 0.0 {
            return Ok(1e9 / (f64::from(score) * clock::GUEST_CLOCK_FACTOR as f64));
        }
    }
    bail!("CoreMark scores 0")
}

/// Loads `program` into `vm`.
///
/// # Errors
///
/// When the VM doesn't support the program.
pub(crate) fn load(vm: &dyn Vm, program: &Program, mode: Mode) -> Result<Box<dyn Instance>> {
    vm.prepare(program, mode)?.load(&program.bytes)
}

fn check(actual: Option<Value>, expect: Value) -> Result<()> {
    ensure!(actual == Some(expect), "wrong result: expected {expect:?}, found {actual:?}");
    Ok(())
}

/// Whether one of the comma-separated patterns matches all of `name`; `*` stands for any text, `?` for any
/// character.
pub(crate) fn matches_any(globs: &str, name: &str) -> bool {
    globs.split(',').any(|glob| matches(glob.trim().as_bytes(), name.as_bytes()))
}

fn matches(glob: &[u8], name: &[u8]) -> bool {
    match (glob, name) {
        ([], []) => true,
        ([b'*', rest @ ..], _) => (0..=name.len()).any(|skip| matches(rest, &name[skip..])),
        ([b'?', rest @ ..], [_, tail @ ..]) => matches(rest, tail),
        ([first, rest @ ..], [head, tail @ ..]) => first == head && matches(rest, tail),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn globs_match_whole_names() {
        assert!(matches_any("call-*", "call-direct"));
        assert!(matches_any("sort, json-*", "json-parse"));
        assert!(matches_any("fibonacci-???", "fibonacci-rec"));
        assert!(!matches_any("call", "call-direct"));
        assert!(!matches_any("?", ""));
    }

    #[test]
    fn every_guest_gives_its_answer_twice_in_the_baseline() {
        let vms = crate::vm::select(Some("wasmi")).unwrap();
        for case in &guests::all(&|_| true).unwrap() {
            let Ok(mut session) = Session::new(case, &*vms[0]) else {
                // Without the feature `simd`, wasmi refuses vector code: that is its default configuration.
                assert!(case.name.ends_with("-simd") && !cfg!(feature = "simd"), "{}", case.name);
                continue;
            };
            for _ in 0..2 {
                session.warm_up().unwrap_or_else(|error| panic!("{}: {error:#}", case.name));
            }
        }
    }
}

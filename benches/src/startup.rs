//! `startup`: what it costs to get from bytes to an instance, in every compilation mode, in time and in memory.
//!
//! Time is that of decoding, validating, translating and instantiating, with the engine and its host functions
//! already there; dropping the instance is not counted. A mode that defers work is measured without that work.
//!
//! Memory is measured in a process of its own for every figure: the growth of its peak resident set, from
//! just before the engine is made until the instance is there. It includes everything, also what a VM maps
//! past the allocator, and the pages of the VM's own code that it runs through; the kernel counts it in
//! batches, so figures below half a megabyte are rough. Where there is no `/proc/self/status`, there is no
//! figure.

use crate::cases;
use crate::clock::timed;
use crate::program::Program;
use crate::report::cell;
use crate::stats::{geomean, median};
use crate::svg::Chart;
use crate::vm::{Mode, Vm};
use anyhow::{Context, Result, ensure};
use std::fmt::Write as _;
use std::fs;
use std::path::Path;
use std::process::Command;

/// A module whose loading is measured.
pub(crate) struct Module {
    pub(crate) name: String,
    /// How the measuring process finds it again: a file, or `guest:NAME`.
    source: String,
    program: Program,
}

/// One module in one VM and mode.
struct Entry {
    vm: usize,
    mode: Mode,
    /// Nanoseconds, one for each round; empty when the VM can't load the module.
    samples: Vec<f64>,
    peak_kib: Option<u64>,
    failure: Option<String>,
}

/// The figures of all modules.
pub(crate) struct Startup {
    vms: Vec<&'static str>,
    rows: Vec<(String, usize, Vec<Entry>)>,
}

/// A sample takes at least so many nanoseconds, by repetition if need be.
const MIN_SAMPLE: f64 = 4e6;

/// How many processes are asked for the memory; the median counts.
const MEMORY_RUNS: usize = 3;

impl Module {
    /// Reads a module from a file, or takes `guest:NAME` from this program.
    ///
    /// # Errors
    ///
    /// When it can't be read, or imports something that the hosts here don't have.
    pub(crate) fn open(source: &str) -> Result<Self> {
        let (name, bytes) = match source.strip_prefix("guest:") {
            Some(name) => {
                let bytes = cases::guest(name).with_context(|| format!("no guest {name}"))?;
                (name.to_owned(), bytes.to_vec())
            }
            None => {
                let path = Path::new(source);
                let stem = path.file_stem().context("not a file name")?.to_string_lossy();
                (stem.into_owned(), fs::read(path).with_context(|| format!("reading {source}"))?)
            }
        };
        let program = Program::new(bytes).with_context(|| name.clone())?;
        Ok(Module { name, source: source.to_owned(), program })
    }
}

/// Measures every module in every mode of every VM.
///
/// # Errors
///
/// When the memory can't be measured because no process can be started.
pub(crate) fn measure(modules: &[Module], vms: &[Box<dyn Vm>], rounds: usize) -> Result<Startup> {
    let mut startup = Startup { vms: vms.iter().map(|vm| vm.name()).collect(), rows: Vec::new() };
    for module in modules {
        eprintln!("{}", module.name);
        let mut entries = Vec::new();
        for (which, vm) in vms.iter().enumerate() {
            for &mode in vm.modes() {
                entries.push(Entry { vm: which, mode, samples: Vec::new(), peak_kib: None, failure: None });
            }
        }
        let count = entries.len();
        let mut repeats = vec![1u32; count];
        // The zeroth round warms up and finds out how often to repeat.
        for round in 0..=rounds {
            for turn in 0..count {
                let which = (round + turn) % count;
                let entry = &mut entries[which];
                if entry.failure.is_some() {
                    continue;
                }
                match sample(&*vms[entry.vm], module, entry.mode, repeats[which]) {
                    Ok(nanos) if round == 0 => {
                        repeats[which] = (MIN_SAMPLE / nanos).ceil().min(1000.0) as u32
                    }
                    Ok(nanos) => entry.samples.push(nanos),
                    Err(error) => entry.failure = Some(format!("{error:#}")),
                }
            }
        }
        for entry in entries.iter_mut().filter(|entry| entry.failure.is_none()) {
            entry.peak_kib = peak_memory(vms[entry.vm].name(), entry.mode, &module.source)?;
        }
        startup.rows.push((module.name.clone(), module.program.bytes.len(), entries));
    }
    Ok(startup)
}

fn sample(vm: &dyn Vm, module: &Module, mode: Mode, repeats: u32) -> Result<f64> {
    let mut sum = 0.0;
    for _ in 0..repeats {
        let loader = vm.prepare(&module.program, mode)?;
        let (instance, nanos) = timed(|| loader.load(&module.program.bytes));
        drop(instance?);
        sum += nanos;
    }
    Ok(sum / f64::from(repeats))
}

/// Loads one module `times` times and returns the mean in nanoseconds: for profilers, which see one VM and mode.
///
/// # Errors
///
/// When the module is unknown or can't be loaded.
pub(crate) fn load(vm: &dyn Vm, mode: Mode, source: &str, times: u32) -> Result<f64> {
    sample(vm, &Module::open(source)?, mode, times)
}

/// Starts this program again as `memory`, and returns what it prints.
fn peak_memory(vm: &str, mode: Mode, source: &str) -> Result<Option<u64>> {
    let mut figures = Vec::new();
    for _ in 0..MEMORY_RUNS {
        let output =
            Command::new(std::env::current_exe()?).args(["memory", vm, mode.name(), source]).output()?;
        ensure!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        let text = String::from_utf8(output.stdout)?;
        match text.trim().parse::<f64>() {
            Ok(kib) => figures.push(kib),
            Err(_) => return Ok(None),
        }
    }
    Ok(Some(median(&figures) as u64))
}

/// The child process of [`peak_memory`]: loads one module and returns by how many KiB the peak resident set
/// grew.
///
/// # Errors
///
/// When the VM or the module is unknown, or the module can't be loaded.
pub(crate) fn memory(vm: &dyn Vm, mode: Mode, source: &str) -> Result<Option<u64>> {
    let module = Module::open(source)?;
    let before = peak_resident_kib();
    let instance = cases::load(vm, &module.program, mode)?;
    let after = peak_resident_kib();
    drop(instance);
    Ok(after.zip(before).map(|(after, before)| after.saturating_sub(before)))
}

fn peak_resident_kib() -> Option<u64> {
    let status = fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    line.trim().strip_suffix("kB")?.trim().parse().ok()
}

impl Entry {
    fn median(&self) -> Option<f64> {
        (!self.samples.is_empty()).then(|| median(&self.samples))
    }
}

impl Startup {
    /// The ratio of `entry` to the baseline VM in `mode`, in the same row.
    fn ratio(entries: &[Entry], entry: &Entry, mode: Mode) -> Option<f64> {
        let base = entries.iter().find(|base| base.vm == 0 && base.mode == mode)?;
        Some(entry.median()? / base.median()?)
    }

    /// One line per module, VM and mode, then the geometric means over the modules.
    pub(crate) fn table(&self) -> String {
        let base = self.vms[0];
        let mut out = format!(
            "{:<18}{:<12}{:<18}{:>12}{:>16}{:>16}{:>12}\n",
            "module",
            "vm",
            "mode",
            "µs",
            format!("/ {base} eager"),
            format!("/ {base} same"),
            "peak KiB"
        );
        for (name, bytes, entries) in &self.rows {
            let _ = writeln!(out, "{name} ({bytes} bytes)");
            for entry in entries {
                let _ = writeln!(
                    out,
                    "{:<18}{:<12}{:<18}{:>12}{:>16}{:>16}{:>12}",
                    "",
                    self.vms[entry.vm],
                    entry.mode.name(),
                    cell(entry.median().map(|nanos| nanos / 1e3)),
                    cell(Self::ratio(entries, entry, Mode::Eager)),
                    cell(Self::ratio(entries, entry, entry.mode)),
                    entry.peak_kib.map_or_else(|| String::from("-"), |kib| kib.to_string()),
                );
            }
        }
        let _ = writeln!(out, "geometric mean");
        for (vm, mode) in self.configurations() {
            let _ = writeln!(
                out,
                "{:<18}{:<12}{:<18}{:>12}{:>16}{:>16}",
                "",
                self.vms[vm],
                mode.name(),
                "",
                cell(self.geomean(vm, mode, Mode::Eager)),
                cell(self.geomean(vm, mode, mode)),
            );
        }
        for (name, _, entries) in &self.rows {
            for entry in entries {
                if let Some(why) = &entry.failure {
                    let (vm, mode) = (self.vms[entry.vm], entry.mode.name());
                    let _ = writeln!(out, "{vm} ({mode}) does not load {name}: {why}");
                }
            }
        }
        out
    }

    /// Every VM in every mode, in the order of the entries.
    fn configurations(&self) -> Vec<(usize, Mode)> {
        let entries = self.rows.first().map(|(_, _, entries)| entries.iter());
        entries.into_iter().flatten().map(|entry| (entry.vm, entry.mode)).collect()
    }

    /// The geometric mean over all modules of the ratio of a configuration to the baseline VM in mode `to`.
    fn geomean(&self, vm: usize, mode: Mode, to: Mode) -> Option<f64> {
        geomean(self.rows.iter().filter_map(|(_, _, entries)| {
            let entry = entries.iter().find(|entry| entry.vm == vm && entry.mode == mode)?;
            Self::ratio(entries, entry, to)
        }))
    }

    /// One line per module, VM and mode.
    pub(crate) fn csv(&self) -> String {
        let mut out = String::from("module,bytes,vm,mode,median_ns,ratio_to_eager,ratio_to_same,peak_kib\n");
        for (name, bytes, entries) in &self.rows {
            for entry in entries {
                let Some(median) = entry.median() else { continue };
                let ratio = |to| {
                    Self::ratio(entries, entry, to).map(|ratio| format!("{ratio:.4}")).unwrap_or_default()
                };
                let _ = writeln!(
                    out,
                    "{name},{bytes},{},{},{median:.0},{},{},{}",
                    self.vms[entry.vm],
                    entry.mode.name(),
                    ratio(Mode::Eager),
                    ratio(entry.mode),
                    entry.peak_kib.map(|kib| kib.to_string()).unwrap_or_default(),
                );
            }
        }
        out
    }

    /// The ratios to the eager baseline as a chart, the geometric means first.
    pub(crate) fn chart(&self) -> Chart {
        // The baseline would be a column of ones.
        let baseline = |vm: usize, mode: Mode| vm == 0 && mode == Mode::Eager;
        let mut configurations = self.configurations();
        configurations.retain(|&(vm, mode)| !baseline(vm, mode));
        let mut rows = vec![(
            String::from("geometric mean"),
            configurations.iter().map(|&(vm, mode)| self.geomean(vm, mode, Mode::Eager)).collect(),
        )];
        for (name, _, entries) in &self.rows {
            let shown = entries.iter().filter(|entry| !baseline(entry.vm, entry.mode));
            let ratios = shown.map(|entry| Self::ratio(entries, entry, Mode::Eager)).collect();
            rows.push((name.clone(), ratios));
        }
        Chart {
            title: format!("Start-up time in relation to {} eager (left is faster)", self.vms[0]),
            series: configurations
                .iter()
                .map(|&(vm, mode)| format!("{} {}", self.vms[vm], mode.name()))
                .collect(),
            rows,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(vm: usize, mode: Mode, nanos: f64) -> Entry {
        Entry { vm, mode, samples: vec![nanos], peak_kib: Some(1), failure: None }
    }

    #[test]
    fn modes_compare_with_the_eager_baseline_and_with_their_own() {
        let entries = vec![entry(0, Mode::Eager, 8.0), entry(0, Mode::Lazy, 2.0), entry(1, Mode::Lazy, 1.0)];
        let startup = Startup { vms: vec!["base", "other"], rows: vec![(String::from("m"), 1, entries)] };
        let geomean = |to| startup.geomean(1, Mode::Lazy, to).unwrap();
        assert!((geomean(Mode::Eager) - 0.125).abs() < 1e-12);
        assert!((geomean(Mode::Lazy) - 0.5).abs() < 1e-12);
        assert_eq!(startup.csv().lines().last(), Some("m,1,other,lazy,1,0.1250,0.5000,1"));
    }
}

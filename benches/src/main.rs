//! The instrument that measures Fantail and its peers.
//!
//! ```text
//! cargo run --release -p fantail-bench -- peers   [--corpus DIR] [--case GLOB] [--rounds N] [--vm LIST]
//!                                                 [--csv FILE] [--svg FILE]
//! cargo run --release -p fantail-bench -- startup [--corpus DIR] [FILE…] [--rounds N] [--vm LIST]
//!                                                 [--csv FILE] [--svg FILE]
//! cargo run --release -p fantail-bench -- instructions [--corpus DIR] [--case GLOB] [--vm LIST]
//! cargo run --release -p fantail-bench --features simd -- vectors [--op GLOB] [--rounds N] [--vm LIST]
//! RUSTFLAGS='--cfg fantail_count' cargo run --release -p fantail-bench -- ops [--corpus DIR] [--case GLOB] [--top N]
//! cargo run --release -p fantail-bench -- run VM CASE [--times N] [--corpus DIR]     # to profile
//! cargo run --release -p fantail-bench -- load VM MODE SOURCE [--times N]            # to profile
//! cargo bench -p fantail-bench                    # small loops under criterion, against wasmi
//! ```
//!
//! `peers` runs the same programs in every virtual machine and prints the ratio of each one's time to wasmi's
//! (lower is faster), with geometric means; `startup` (also `peers --kind startup`) does the same for loading
//! modules, in every compilation mode, with the peak memory; `instructions` counts instructions under callgrind,
//! for a before and after without noise; `vectors` what each vector instruction costs; `ops` lists the ops, pairs
//! and triples of ops that Fantail executes most, in a build that counts them.
//!
//! # What is measured
//!
//! CPU time of the thread ([`clock`]), in rounds that interleave the VMs ([`peers`]), as medians ([`stats`]).
//! Every program has an answer that is checked after every run ([`cases`]): a VM that computes something else
//! makes the command fail. The programs are those of `guests/`, whose sources lie beside the compiled
//! modules, and, with `--corpus`, a directory of public ones.
//!
//! # Who is measured
//!
//! [`vm`] has a file for each: wasmi 2.0 (the baseline, as its default features make it) and the interpreter of
//! Silverfir-nano 0.6 always; with `--features pulley` also Wasmtime's interpreter Pulley, with `--features
//! peers` wasm3, tinywasm and Wasmtime's Winch and Cranelift too, all of which take minutes to build (wasm3's
//! bindings need libclang; `LIBCLANG_PATH` says where it is). `--features simd` turns wasmi's vector instructions
//! on, which its default build doesn't have; only then is there a baseline for the vector programs.
//!
//! To add a VM, implement the three traits of [`vm`] in a file beside the others. To add a program, see
//! `guests/build.sh`, and give it a line in [`cases`].

mod cases;
mod clock;
mod counts;
#[cfg(fantail_count)]
mod ops;
mod peers;
mod program;
mod report;
mod startup;
mod stats;
mod svg;
mod vectors;
mod vm;

use anyhow::{Context, Result, ensure};
use clap::{Args, Parser, Subcommand, ValueEnum};
use std::fs;
use std::path::PathBuf;
use vm::Mode;

/// Measures Fantail and its peers on the same programs.
#[derive(Parser)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Compare the VMs on the same programs
    Peers(PeersArgs),
    /// Compare what the VMs need to load modules
    Startup(StartupArgs),
    /// Count the machine instructions of a run, by callgrind
    Instructions(CountArgs),
    /// List what each vector instruction costs, in nanoseconds
    Vectors(VectorsArgs),
    /// List the ops, and pairs and triples of ops, that Fantail executes most
    #[cfg(fantail_count)]
    Ops(OpsArgs),
    /// Run one case in one VM, to profile it
    Run {
        vm: String,
        case: String,
        /// How often
        #[arg(long, default_value_t = 1, value_name = "N")]
        times: u32,
        /// A directory with the public programs
        #[arg(long, value_name = "DIR")]
        corpus: Option<PathBuf>,
    },
    /// Load one module in one VM and mode (eager, lazy-translation, lazy), to profile it
    Load {
        vm: String,
        mode: String,
        /// A file, or guest:NAME
        source: String,
        /// How often
        #[arg(long, default_value_t = 1, value_name = "N")]
        times: u32,
    },
    /// List the VMs and the cases of this build
    List {
        /// A directory with the public programs
        #[arg(long, value_name = "DIR")]
        corpus: Option<PathBuf>,
    },
    /// Load one module and print by how many KiB the peak resident set grew
    #[command(hide = true)]
    Memory { vm: String, mode: String, source: String },
}

#[derive(Args)]
struct Common {
    /// A directory with the public programs
    #[arg(long, value_name = "DIR")]
    corpus: Option<PathBuf>,
    /// How many samples to take per program and VM
    #[arg(long, default_value_t = 7, value_name = "N")]
    rounds: usize,
    /// Only these VMs (comma-separated)
    #[arg(long, value_name = "LIST")]
    vm: Option<String>,
    /// Write the results as CSV
    #[arg(long, value_name = "FILE")]
    csv: Option<PathBuf>,
    /// Write a chart
    #[arg(long, value_name = "FILE")]
    svg: Option<PathBuf>,
}

#[derive(Args)]
struct PeersArgs {
    #[command(flatten)]
    common: Common,
    /// Only the cases whose names match (`*`, `?`; several separated by commas)
    #[arg(long, value_name = "GLOB")]
    case: Option<String>,
    /// What to compare
    #[arg(long, value_enum, default_value_t = Kind::Exec)]
    kind: Kind,
}

#[derive(Args)]
struct StartupArgs {
    #[command(flatten)]
    common: Common,
    /// Further modules to load
    files: Vec<String>,
}

#[derive(Args)]
struct CountArgs {
    /// A directory with the public programs
    #[arg(long, value_name = "DIR")]
    corpus: Option<PathBuf>,
    /// Only the cases whose names match (`*`, `?`; several separated by commas)
    #[arg(long, value_name = "GLOB")]
    case: Option<String>,
    /// Only these VMs (comma-separated)
    #[arg(long, value_name = "LIST")]
    vm: Option<String>,
}

#[derive(Args)]
struct VectorsArgs {
    /// Only the instructions whose names match (`*`, `?`; several separated by commas)
    #[arg(long, value_name = "GLOB")]
    op: Option<String>,
    /// How many samples to take per instruction and VM
    #[arg(long, default_value_t = 15, value_name = "N")]
    rounds: usize,
    /// These VMs (comma-separated); the last is compared with the first
    #[arg(long, default_value = "wasmi,fantail", value_name = "LIST")]
    vm: String,
}

#[cfg(fantail_count)]
#[derive(Args)]
struct OpsArgs {
    /// A directory with the public programs
    #[arg(long, value_name = "DIR")]
    corpus: Option<PathBuf>,
    /// Only the cases whose names match (`*`, `?`; several separated by commas)
    #[arg(long, value_name = "GLOB")]
    case: Option<String>,
    /// How many runs of each length to list
    #[arg(long, default_value_t = 50, value_name = "N")]
    top: usize,
    /// Tell apart where operands are: in a slot, the accumulator, the pinned local, the code
    #[arg(long)]
    classes: bool,
    /// Instead, print the rows of `interp/src/exec/frequent.rs`: the ops that make up a thousandth of some program
    #[arg(long)]
    frequent: bool,
}

#[derive(Clone, Copy, ValueEnum)]
enum Kind {
    /// The execution of programs
    Exec,
    /// The same as the command `startup`
    Startup,
}

fn main() -> Result<()> {
    match Cli::parse().command {
        Command::Peers(PeersArgs { common, case, kind: Kind::Exec }) => compare(&common, case.as_deref()),
        Command::Peers(PeersArgs { common, kind: Kind::Startup, .. }) => start(&common, &[]),
        Command::Startup(StartupArgs { common, files }) => start(&common, &files),
        Command::Instructions(args) => {
            let cases = cases::select(args.corpus.as_deref(), args.case.as_deref())?;
            let vms = vm::select(args.vm.as_deref())?;
            print!("{}", counts::table(&cases, &vms, args.corpus.as_deref())?);
            Ok(())
        }
        Command::Vectors(VectorsArgs { op, rounds, vm }) => {
            ensure!(rounds > 0, "there have to be rounds");
            print!("{}", vectors::table(&vm::select(Some(&vm))?, op.as_deref(), rounds)?);
            Ok(())
        }
        #[cfg(fantail_count)]
        Command::Ops(args) => {
            let cases = cases::select(args.corpus.as_deref(), args.case.as_deref())?;
            let vms = vm::select(Some("fantail"))?;
            if args.frequent {
                print!("{}", ops::frequent(&cases, &*vms[0])?);
            } else {
                print!("{}", ops::table(&cases, &*vms[0], args.top, args.classes)?);
            }
            Ok(())
        }
        Command::Run { vm, case, times, corpus } => {
            counts::run(&*vm::select(Some(&vm))?[0], &case, times, corpus.as_deref())
        }
        Command::Load { vm, mode, source, times } => {
            let vms = vm::select(Some(&vm))?;
            println!("{:.1} µs", startup::load(&*vms[0], mode_of(&mode)?, &source, times)? / 1e3);
            Ok(())
        }
        Command::List { corpus } => list(corpus),
        Command::Memory { vm, mode, source } => memory(&vm, &mode, &source),
    }
}

fn compare(args: &Common, glob: Option<&str>) -> Result<()> {
    let vms = vm::select(args.vm.as_deref())?;
    let names = vms.iter().map(|vm| vm.name()).collect();
    let mut comparison = report::Comparison { vms: names, rows: Vec::new() };
    for case in &cases::select(args.corpus.as_deref(), glob)? {
        eprintln!("{}", case.name);
        let outcomes = peers::measure(case, &vms, args.rounds);
        comparison.rows.push(report::Row { name: case.name, group: case.group, outcomes });
    }
    print!("{}", comparison.table());
    write(args, &comparison.csv(), &comparison.chart())?;
    ensure!(!comparison.has_errors(), "some programs failed");
    Ok(())
}

fn start(args: &Common, files: &[String]) -> Result<()> {
    let vms = vm::select(args.vm.as_deref())?;
    let mut sources = Vec::new();
    match &args.corpus {
        Some(dir) => sources.extend(cases::corpus_modules(dir)),
        None if files.is_empty() => sources.extend(cases::guest_modules()),
        None => {}
    }
    sources.extend(files.iter().cloned());
    let modules = sources.iter().map(|source| startup::Module::open(source)).collect::<Result<Vec<_>>>()?;
    let startup = startup::measure(&modules, &vms, args.rounds)?;
    print!("{}", startup.table());
    write(args, &startup.csv(), &startup.chart())
}

fn write(args: &Common, csv: &str, chart: &svg::Chart) -> Result<()> {
    if let Some(path) = &args.csv {
        fs::write(path, csv).with_context(|| format!("writing {}", path.display()))?;
    }
    if let Some(path) = &args.svg {
        fs::write(path, chart.render()).with_context(|| format!("writing {}", path.display()))?;
    }
    Ok(())
}

fn list(corpus: Option<PathBuf>) -> Result<()> {
    for vm in vm::all() {
        let modes: Vec<_> = vm.modes().iter().map(|mode| mode.name()).collect();
        println!("vm   {:<22}{}", vm.name(), modes.join(", "));
    }
    for case in cases::select(corpus.as_deref(), None)? {
        println!("case {:<22}{}", case.name, case.group);
    }
    Ok(())
}

fn memory(vm: &str, mode: &str, source: &str) -> Result<()> {
    let vms = vm::select(Some(vm))?;
    match startup::memory(&*vms[0], mode_of(mode)?, source)? {
        Some(kib) => println!("{kib}"),
        None => println!("unknown"),
    }
    Ok(())
}

fn mode_of(name: &str) -> Result<Mode> {
    Mode::ALL.into_iter().find(|known| known.name() == name).context("unknown mode")
}

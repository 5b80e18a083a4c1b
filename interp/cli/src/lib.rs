//! The `fantail` command: run, validate, test and inspect WebAssembly.
//!
//! | file | what it is |
//! |---|---|
//! | `args` | the command line, as `clap` parses it and `--help` prints it |
//! | `outcome` | how a command ends: exit codes and messages |
//! | `input` | reading modules, binary and text |
//! | `value` | values as command-line arguments and as output |
//! | `run` | `fantail run` |
//! | `terminal` | where output goes to |
//! | `validate` | `fantail validate` |
//! | `compile` | `fantail compile` |
//! | `inspect` | `fantail inspect` |
//! | `completions` | `fantail completions` |
//! | [`wast`] | `fantail wast`: the runner of specification scripts, which the tests use too |
//!
//! Invariant: whatever is given to it, the command ends with one of the exit codes of `outcome`, never with a panic.

mod args;
mod compile;
mod completions;
mod input;
mod inspect;
mod outcome;
mod run;
mod terminal;
mod validate;
mod value;
pub mod wast;

use args::Command;
use std::process::ExitCode;

/// Runs the command with the arguments of the process, and answers its exit code.
pub fn main() -> ExitCode {
    let cli = match args::parse() {
        Ok(cli) => cli,
        Err(end) => return end.report(),
    };
    let outcome = match &cli.command {
        Some(Command::Run(args)) => run::run(args),
        Some(Command::Validate(args)) => validate::validate(args),
        Some(Command::Compile(args)) => compile::compile(args),
        Some(Command::Wast(args)) => wast::command(args),
        Some(Command::Inspect(args)) => inspect::inspect(args),
        Some(Command::Completions(args)) => completions::completions(args),
        None => run::run(&cli.run),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(end) => end.report(),
    }
}

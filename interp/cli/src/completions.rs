//! `fantail completions`: a script by which a shell completes the command line.

use crate::args::{Cli, CompletionsArgs};
use crate::outcome::Outcome;
use crate::terminal::print;
use clap::CommandFactory;

pub(crate) fn completions(args: &CompletionsArgs) -> Outcome {
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut Cli::command(), "fantail", &mut script);
    print(String::from_utf8_lossy(&script));
    Ok(())
}

//! The `fantail` command. What it does lies in the library beside it.

use std::process::ExitCode;

fn main() -> ExitCode {
    fantail_cli::main()
}

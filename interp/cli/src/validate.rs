//! `fantail validate`: says of each file whether it is a valid module, and warns of bad custom sections.

use crate::args::ValidateArgs;
use crate::input;
use crate::outcome::{End, Outcome};
use crate::terminal::print;
use fantail::{CompilationMode, Config, Engine, Module};
use std::path::Path;

pub(crate) fn validate(args: &ValidateArgs) -> Outcome {
    let mut config = Config::new();
    args.wasm.switch(&mut config)?;
    // Nothing is going to be executed.
    config.compilation_mode(CompilationMode::Lazy);
    let engine = Engine::new(&config).map_err(|error| End::input(format!("{error:#}")))?;
    let mut outcome = Ok(());
    for path in &args.files {
        match validate_file(&engine, path) {
            Ok(()) => print(format_args!("{}: valid\n", path.display())),
            // All files are looked at: each bad one is reported, the last one by who called.
            Err(end) => {
                if let Err(earlier) = core::mem::replace(&mut outcome, Err(end)) {
                    earlier.report();
                }
            }
        }
    }
    outcome
}

/// Says whether a file is a valid module; what is wrong with its custom sections is no more than worth a warning.
fn validate_file(engine: &Engine, path: &Path) -> Outcome {
    let bytes = input::read(path)?;
    let failed = |error| End::input(format!("{}: {error:#}", path.display()));
    Module::validate(engine, &bytes).map_err(failed)?;
    let module = Module::from_binary(engine, &bytes).map_err(failed)?;
    for error in module.custom_section_errors().map_err(failed)? {
        eprintln!("warning: {}: {error}", path.display());
    }
    Ok(())
}

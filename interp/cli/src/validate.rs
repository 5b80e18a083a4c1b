//! `fantail validate`: says of each file whether it is a valid module.

use crate::args::ValidateArgs;
use crate::input;
use crate::outcome::{End, Outcome};
use crate::terminal::print;
use fantail::{Config, Engine, Module};

pub(crate) fn validate(args: &ValidateArgs) -> Outcome {
    let mut config = Config::new();
    args.wasm.switch(&mut config)?;
    let engine = Engine::new(&config).map_err(|error| End::input(format!("{error:#}")))?;
    let mut outcome = Ok(());
    for path in &args.files {
        let verdict = input::read(path).and_then(|bytes| {
            Module::validate(&engine, &bytes)
                .map_err(|error| End::input(format!("{}: {error:#}", path.display())))
        });
        match verdict {
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

//! `fantail compile`: a module as an image, which firmware executes in place.

use crate::args::CompileArgs;
use crate::input;
use crate::outcome::{End, Outcome};
use fantail::{Config, Engine, Module};

pub(crate) fn compile(args: &CompileArgs) -> Outcome {
    let mut config = Config::new();
    args.wasm.switch(&mut config)?;
    config.consume_fuel(args.fuel).epoch_interruption(args.epochs);
    let engine = Engine::new(&config).map_err(|error| End::input(format!("{error:#}")))?;
    let failed = |error| End::input(format!("{}: {error:#}", args.file.display()));
    let module = Module::new(&engine, input::read(&args.file)?).map_err(failed)?;
    let image = module.to_image().map_err(failed)?;
    std::fs::write(&args.output, image).map_err(|error| {
        End::input(format!("cannot write {}: {}", args.output.display(), input::describe(&error)))
    })
}

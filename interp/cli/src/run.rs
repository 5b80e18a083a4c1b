//! `fantail run`: a WASI program, or one function of a module.

use crate::args::RunArgs;
use crate::outcome::{End, Outcome};
use crate::terminal::print;
use crate::{input, value};
use core::fmt::Write as _;
use fantail::{Engine, Error, Func, Instance, Linker, Module, Store, StoreLimits, StoreLimitsBuilder};
use fantail::{Trap, Val, WasmBacktrace};
use fantail_wasi::{DirPerms, FilePerms, I32Exit, WasiCtx, WasiCtxBuilder, add_to_linker_shared, threads};
use std::path::Path;
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

pub(crate) fn run(args: &RunArgs) -> Outcome {
    let mut given = args.file_and_args.iter();
    let path = Path::new(given.next().ok_or_else(|| End::input("no file given"))?);
    let arguments = given
        .map(|argument| argument.to_str().ok_or_else(|| End::input(format!("{argument:?} is not Unicode"))))
        .collect::<Outcome<Vec<_>>>()?;

    let engine = engine(args)?;
    let module = input::module(&engine, path)?;
    let wasi = context(args, path, &arguments)?;
    let unusable = |error: Error| End::input(format!("{}: {error:#}", path.display()));
    let failed = |error: Error| match error.is::<Trap>() || error.is::<I32Exit>() {
        true => end(&error),
        false => unusable(error),
    };
    if args.threads()? {
        let mut linker = Linker::new(&engine);
        let mut store = store(args, &engine, Arc::new(Mutex::new(wasi)))?;
        add_to_linker_shared(&mut linker, |host: &mut Host<Arc<_>>| Arc::clone(&host.wasi))
            .map_err(unusable)?;
        let fuel = args.limits.fuel;
        let prepare = move |store: &mut Store<_>| limit(store, fuel);
        let failed_thread = |error| end(&error).exit();
        let program =
            threads::add_to_linker(&mut linker, &store, &module, prepare, failed_thread).map_err(unusable)?;
        let instance = program.instantiate(&mut store).map_err(failed)?;
        execute(args, &mut store, &module, instance, &arguments)
    } else {
        let mut linker = Linker::new(&engine);
        fantail_wasi::add_to_linker(&mut linker, |host: &mut Host<WasiCtx>| &mut host.wasi)
            .map_err(unusable)?;
        let mut store = store(args, &engine, wasi)?;
        let instance = linker.instantiate(&mut store, &module).map_err(failed)?;
        execute(args, &mut store, &module, instance, &arguments)
    }
}

/// Runs the program, or the function that is asked for.
fn execute<T: 'static>(
    args: &RunArgs,
    store: &mut Store<T>,
    module: &Module,
    instance: Instance,
    arguments: &[&str],
) -> Outcome {
    match &args.invoke {
        Some(name) => invoke(store, module, instance, name, arguments),
        None => start(store, module, instance, Path::new(&args.file_and_args[0])),
    }
}

/// What belongs to the guest's store.
#[derive(Clone)]
struct Host<W> {
    wasi: W,
    limits: StoreLimits,
}

fn engine(args: &RunArgs) -> Outcome<Engine> {
    let mut config = args.engine.config()?;
    config.consume_fuel(args.limits.fuel.is_some()).epoch_interruption(args.limits.timeout.is_some());
    if let Some(size) = args.limits.stack_size {
        config.max_wasm_stack(size);
    }
    Engine::new(&config).map_err(|error| End::input(format!("{error:#}")))
}

/// A store with the limits that `args` set. The time begins here.
fn store<W: 'static>(args: &RunArgs, engine: &Engine, wasi: W) -> Outcome<Store<Host<W>>> {
    let mut limits = StoreLimitsBuilder::new();
    if let Some(size) = args.limits.max_memory {
        limits = limits.memory_size(size);
    }
    let host = Host { wasi, limits: limits.build() };
    let input = |error: Error| End::input(format!("{error:#}"));
    let mut store = Store::try_new(engine, host).map_err(input)?;
    limit(&mut store, args.limits.fuel).map_err(input)?;
    if let Some(time) = args.limits.timeout {
        let engine = engine.clone();
        thread::spawn(move || {
            thread::sleep(time);
            engine.increment_epoch();
            // A guest that waits for the host does not look at the epoch.
            thread::sleep(GRACE);
            End::Trap("interrupt: the guest did not stop in time".to_owned()).exit()
        });
    }
    Ok(store)
}

/// Sets the limits of a store, which are those of each thread.
fn limit<W: 'static>(store: &mut Store<Host<W>>, fuel: Option<u64>) -> fantail::Result<()> {
    store.limiter(|host| &mut host.limits);
    // The epoch is that of all, and advances once.
    store.set_epoch_deadline(1);
    fuel.map_or(Ok(()), |fuel| store.set_fuel(fuel))
}

/// How long a guest whose time is over may take to notice.
const GRACE: Duration = Duration::from_millis(200);

/// What the guest sees of the host.
fn context(args: &RunArgs, path: &Path, arguments: &[&str]) -> Outcome<WasiCtx> {
    let mut builder = WasiCtxBuilder::new();
    builder.inherit_stdio().arg(path.file_name().unwrap_or_default().to_string_lossy());
    if args.invoke.is_none() {
        builder.args(arguments);
    }
    for variable in &args.env {
        match variable.split_once('=') {
            Some(("", _)) => return Err(End::input(format!("--env {variable}: the variable has no name"))),
            Some((name, value)) => builder.env(name, value),
            None if variable.is_empty() => {
                return Err(End::input("--env: the variable has no name"));
            }
            None => match std::env::var(variable) {
                Ok(value) => builder.env(variable, value),
                Err(_) => return Err(End::input(format!("--env {variable}: it is not set here"))),
            },
        };
    }
    for dir in &args.dirs {
        let (host, guest) = dir.split_once("::").unwrap_or((dir, dir));
        if host.is_empty() || guest.is_empty() {
            return Err(End::input(format!("--dir {dir}: a directory has no name (`.` is this one)")));
        }
        builder.preopened_dir(host, guest, DirPerms::all(), FilePerms::all()).map_err(|error| {
            End::input(format!("cannot open the directory {host}: {}", input::describe(&error)))
        })?;
    }
    Ok(builder.build())
}

/// Runs the program that `module` is.
fn start<T: 'static>(store: &mut Store<T>, module: &Module, instance: Instance, path: &Path) -> Outcome {
    let Some(start) = instance.get_func(&mut *store, "_start") else {
        return Err(End::input(match exported_functions(module).as_slice() {
            [] => format!("{}: there is nothing to run: it exports no function", path.display()),
            names => format!(
                "{}: it is no program (it does not export _start); call one of its functions with --invoke: {}",
                path.display(),
                names.join(", ")
            ),
        }));
    };
    call(store, start, &[]).map(drop)
}

/// The names of the functions that `module` exports.
fn exported_functions(module: &Module) -> Vec<&str> {
    module.exports().filter(|export| export.ty().func().is_some()).map(|export| export.name()).collect()
}

/// Calls the export `name` and prints its results, one a line.
fn invoke<T: 'static>(
    store: &mut Store<T>,
    module: &Module,
    instance: Instance,
    name: &str,
    arguments: &[&str],
) -> Outcome {
    let Some(func) = instance.get_func(&mut *store, name) else {
        let what = match module.get_export(name) {
            Some(_) => "is not a function",
            None => "is not exported",
        };
        let there = match exported_functions(module).join(", ") {
            names if names.is_empty() => "no function is".to_owned(),
            names => format!("functions that are: {names}"),
        };
        return Err(End::input(format!("--invoke {name}: {name:?} {what}; {there}")));
    };
    let ty = func.ty(&*store);
    let (expected, got) = (ty.params().len(), arguments.len());
    if expected != got {
        let plural = if expected == 1 { "" } else { "s" };
        return Err(End::input(format!(
            "--invoke {name}: expected {expected} argument{plural} for {ty}, got {got}"
        )));
    }
    let params = (1..)
        .zip(ty.params().zip(arguments))
        .map(|(number, (ty, text))| {
            value::parse_arg(text, &ty).ok_or_else(|| {
                End::input(format!(
                    "--invoke {name}: argument {number}: expected {ty} ({}), got {text:?}",
                    value::example(&ty)
                ))
            })
        })
        .collect::<Outcome<Vec<_>>>()?;
    // A reactor wants to be initialized before its functions are called.
    if let Some(initialize) = instance.get_func(&mut *store, "_initialize") {
        call(store, initialize, &[])?;
    }
    for result in call(store, func, &params)? {
        print(format_args!("{}\n", value::format(&result)));
    }
    Ok(())
}

fn call<T: 'static>(store: &mut Store<T>, func: Func, params: &[Val]) -> Outcome<Vec<Val>> {
    let count = func.ty(&*store).results().len();
    let mut results = vec![Val::I32(0); count];
    func.call(&mut *store, params, &mut results).map_err(|error| end(&error))?;
    Ok(results)
}

/// How the command ends when the guest has ended with `error`.
fn end(error: &Error) -> End {
    if let Some(I32Exit(code)) = error.downcast_ref() {
        return End::Exit(*code);
    }
    let mut message = error.root_cause().to_string();
    if let Some(backtrace) = error.downcast_ref::<WasmBacktrace>() {
        for (number, frame) in backtrace.frames().iter().enumerate() {
            let name = frame.func_name().unwrap_or("<unnamed>");
            // Writing to a string cannot fail.
            let _ = write!(message, "\n  {number}: {name} (function {}", frame.func_index());
            if let Some(offset) = frame.module_offset() {
                let _ = write!(message, ", at offset {offset:#x}");
            }
            message.push(')');
        }
    }
    End::Trap(message)
}

//! `fantail run`: a WASI program, or one function of a module.

use crate::args::RunArgs;
use crate::outcome::{End, Outcome};
use crate::{input, value};
use core::fmt::Write as _;
use fantail::{Error, Func, Instance, Linker, Module, Store, Trap, Val, WasmBacktrace};
use fantail_wasi::{DirPerms, FilePerms, I32Exit, WasiCtx, WasiCtxBuilder, add_to_linker_shared, threads};
use std::path::Path;
use std::sync::{Arc, Mutex};

pub(crate) fn run(args: &RunArgs) -> Outcome {
    let mut given = args.file_and_args.iter();
    let path = Path::new(given.next().ok_or_else(|| End::input("no file given"))?);
    let arguments = given
        .map(|argument| argument.to_str().ok_or_else(|| End::input(format!("{argument:?} is not Unicode"))))
        .collect::<Outcome<Vec<_>>>()?;

    let engine = args.engine.engine()?;
    let module = input::module(&engine, path)?;
    let context = context(args, path, &arguments)?;
    let unusable = |error: Error| End::input(format!("{}: {error:#}", path.display()));
    let failed = |error: Error| match error.is::<Trap>() || error.is::<I32Exit>() {
        true => end(&error),
        false => unusable(error),
    };
    if args.threads()? {
        let mut linker = Linker::new(&engine);
        let mut store = Store::new(&engine, Arc::new(Mutex::new(context)));
        add_to_linker_shared(&mut linker, |ctx: &mut Arc<_>| Arc::clone(ctx)).map_err(unusable)?;
        let program =
            threads::add_to_linker(&mut linker, &store, &module, thread_failed).map_err(unusable)?;
        let instance = program.instantiate(&mut store).map_err(failed)?;
        execute(args, &mut store, &module, instance, &arguments)
    } else {
        let mut linker = Linker::new(&engine);
        fantail_wasi::add_to_linker(&mut linker, |ctx| ctx).map_err(unusable)?;
        let mut store = Store::new(&engine, context);
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

/// Ends the process because a thread that is not its first one did not end well.
fn thread_failed(error: Error) {
    let end = end(&error);
    let code = end.code();
    end.report();
    std::process::exit(code.into());
}

/// What the guest sees of the host.
fn context(args: &RunArgs, path: &Path, arguments: &[&str]) -> Outcome<WasiCtx> {
    let mut builder = WasiCtxBuilder::new();
    builder.inherit_stdio().arg(path.file_name().unwrap_or_default().to_string_lossy());
    if args.invoke.is_none() {
        builder.args(arguments);
    }
    for variable in &args.env {
        match variable.split_once('=') {
            Some((name, value)) => builder.env(name, value),
            None => match std::env::var(variable) {
                Ok(value) => builder.env(variable, value),
                Err(_) => return Err(End::input(format!("--env {variable}: it is not set here"))),
            },
        };
    }
    for dir in &args.dirs {
        let (host, guest) = dir.split_once("::").unwrap_or((dir, dir));
        builder.preopened_dir(host, guest, DirPerms::all(), FilePerms::all()).map_err(|error| {
            End::input(format!("cannot open the directory {host}: {}", input::describe(&error)))
        })?;
    }
    Ok(builder.build())
}

/// Runs the program that `module` is.
fn start<T: 'static>(store: &mut Store<T>, module: &Module, instance: Instance, path: &Path) -> Outcome {
    let Some(start) = instance.get_func(&mut *store, "_start") else {
        let functions: Vec<_> = module
            .exports()
            .filter(|export| export.ty().func().is_some())
            .map(|export| export.name())
            .collect();
        return Err(End::input(match functions.as_slice() {
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
        return Err(End::input(format!("--invoke {name}: {name:?} {what}")));
    };
    let ty = func.ty(&*store);
    if ty.params().len() != arguments.len() {
        return Err(End::input(format!(
            "--invoke {name}: expected {} arguments for {ty}, got {}",
            ty.params().len(),
            arguments.len()
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
        println!("{}", value::format(&result));
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

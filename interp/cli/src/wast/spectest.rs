//! The module `spectest`, which scripts import: things to print, and one of each kind of export.

use fantail::{Error, Linker, Module, Result, Store, WasmError};
use fantail_core::error::ErrorKind;

const SPECTEST: &str = r#"(module
    (global (export "global_i32") i32 (i32.const 666))
    (global (export "global_i64") i64 (i64.const 666))
    (global (export "global_f32") f32 (f32.const 666.6))
    (global (export "global_f64") f64 (f64.const 666.6))
    (table (export "table") 10 20 funcref)
    (table (export "table64") i64 10 20 funcref)
    (memory (export "memory") 1 2))"#;

const SHARED: &str = r#"(module (memory (export "shared_memory") 1 2 shared))"#;

/// Defines `spectest` in `linker`; with `threads`, a shared memory too.
pub(super) fn define(linker: &mut Linker<()>, store: &mut Store<()>, threads: bool) -> Result<()> {
    let name = "spectest";
    // What the functions would print is of no use here.
    linker.func_wrap(name, "print", || {})?;
    linker.func_wrap(name, "print_i32", |_: i32| {})?;
    linker.func_wrap(name, "print_i64", |_: i64| {})?;
    linker.func_wrap(name, "print_f32", |_: f32| {})?;
    linker.func_wrap(name, "print_f64", |_: f64| {})?;
    linker.func_wrap(name, "print_i32_f32", |_: i32, _: f32| {})?;
    linker.func_wrap(name, "print_f64_f64", |_: f64, _: f64| {})?;
    export(linker, store, SPECTEST)?;
    // An engine that cannot execute threads can still run the scripts that do not import it.
    if threads && let Err(error) = export(linker, store, SHARED) {
        return if is_unsupported(&error) { Ok(()) } else { Err(error) };
    }
    Ok(())
}

/// Defines the exports of the module `text`.
fn export(linker: &mut Linker<()>, store: &mut Store<()>, text: &str) -> Result<()> {
    let module = Module::new(linker.engine(), wat::parse_str(text)?)?;
    let instance = linker.instantiate(&mut *store, &module)?;
    linker.instance(&mut *store, "spectest", instance).map(drop)
}

fn is_unsupported(error: &Error) -> bool {
    error.downcast_ref::<WasmError>().is_some_and(|error| error.kind() == ErrorKind::Unsupported)
}

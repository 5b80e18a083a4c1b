//! The module `spectest`, which scripts import: things to print, and one of each kind of export.

use fantail::{Linker, Module, Result, Store};

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
    for text in [Some(SPECTEST), threads.then_some(SHARED)].into_iter().flatten() {
        let module = Module::new(linker.engine(), wat::parse_str(text)?)?;
        let instance = linker.instantiate(&mut *store, &module)?;
        linker.instance(&mut *store, name, instance)?;
    }
    Ok(())
}

//! The module `spectest`, which scripts import: things to print, and one of each kind of export.

use fantail::{Linker, Module, Result, Store};

const SPECTEST: &str = r#"(module
    (global (export "global_i32") i32 (i32.const 666))
    (global (export "global_i64") i64 (i64.const 666))
    (global (export "global_f32") f32 (f32.const 666.6))
    (global (export "global_f64") f64 (f64.const 666.6))
    (table (export "table") 10 20 funcref)
    (memory (export "memory") 1 2))"#;

/// What only engines with certain proposals have.
const FURTHER: [&str; 2] = [
    r#"(module (table (export "table64") i64 10 20 funcref))"#,
    r#"(module (memory (export "shared_memory") 1 2 shared))"#,
];

/// Defines `spectest` in `linker`, as far as the engine's settings accept its parts.
pub(super) fn define(linker: &mut Linker<()>, store: &mut Store<()>) -> Result<()> {
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
    for text in FURTHER {
        if Module::validate(linker.engine(), &wat::parse_str(text)?).is_ok() {
            export(linker, store, text)?;
        }
    }
    Ok(())
}

/// Defines the exports of the module `text`.
fn export(linker: &mut Linker<()>, store: &mut Store<()>, text: &str) -> Result<()> {
    let module = Module::new(linker.engine(), wat::parse_str(text)?)?;
    let instance = linker.instantiate(&mut *store, &module)?;
    linker.instance(&mut *store, "spectest", instance).map(drop)
}

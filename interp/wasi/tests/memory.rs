//! Programs without the memory that WASI's functions read and write.

use fantail::{Engine, Linker, Module, Result, Store};
use fantail_wasi::{WasiCtx, WasiCtxBuilder};

#[test]
fn a_program_without_a_memory_is_told_so() -> Result<()> {
    let engine = Engine::default();
    let mut linker = Linker::<WasiCtx>::new(&engine);
    fantail_wasi::add_to_linker(&mut linker, |ctx| ctx)?;
    // Neither is one that it does not export.
    let module = Module::new(
        &engine,
        wat::parse_str(
            r#"(module (import "wasi_snapshot_preview1" "sched_yield" (func (result i32)))
            (import "wasi_snapshot_preview1" "random_get" (func $random (param i32 i32) (result i32)))
            (memory 1)
            (func $main (export "_start") (drop (call $random (i32.const 0) (i32.const 4)))))"#,
        )?,
    )?;
    let mut store = Store::new(&engine, WasiCtxBuilder::new().build());
    let instance = linker.instantiate(&mut store, &module)?;
    let start = instance.get_typed_func::<(), ()>(&mut store, "_start")?;
    let error = start.call(&mut store, ()).expect_err("it has no memory to write to");
    assert_eq!(
        error.to_string(),
        "the module does not export a memory named \"memory\", which functions of WASI need"
    );
    Ok(())
}

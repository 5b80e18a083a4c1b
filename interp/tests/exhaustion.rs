//! A guest that takes too much of something: each kind has its own error, and the store works on.

mod common;

use common::module;
use fantail::{
    Config, Engine, Error, Instance, Result, Store, StoreLimits, StoreLimitsBuilder, Trap, WasmBacktrace,
};

const GREEDY: &str = r#"(module $greedy
    (memory (export "memory") 1)
    (func $spin (export "spin") (loop $again (br $again)))
    (func $deep (export "deep") (call $deep))
    (func $grow (export "grow") (drop (memory.grow (i32.const 100))))
    (func (export "work") (param i32) (result i32)
        (i32.store (i32.const 0) (local.get 0))
        (i32.add (memory.size) (i32.load (i32.const 0)))))"#;

/// A guest that may use little of everything.
fn greedy() -> Result<(Store<StoreLimits>, Instance)> {
    let engine =
        Engine::new(Config::new().consume_fuel(true).epoch_interruption(true).max_wasm_stack(1 << 16))?;
    let limits = StoreLimitsBuilder::new().memory_size(1 << 20).trap_on_grow_failure(true).build();
    let mut store = Store::new(&engine, limits);
    store.limiter(|limits| limits);
    store.set_fuel(1_000_000)?;
    store.set_epoch_deadline(1_000_000);
    let instance = Instance::new(&mut store, &module(&engine, GREEDY), &[])?;
    Ok((store, instance))
}

/// Calls the export `name`, which has to fail: its message, its trap if it is one, and the innermost function.
fn exhaust(store: &mut Store<StoreLimits>, instance: Instance, name: &str) -> (String, Option<Trap>, String) {
    let func = instance.get_typed_func::<(), ()>(&mut *store, name).expect("it is exported");
    let error: Error = func.call(&mut *store, ()).expect_err("it takes too much");
    let calls = error.downcast_ref::<WasmBacktrace>().expect("it was in the guest");
    let innermost = calls.frames()[0].func_name().expect("it has a name").to_owned();
    (error.to_string(), error.downcast_ref().copied(), innermost)
}

#[test]
fn each_has_its_error_and_the_store_works_on() -> Result<()> {
    let (mut store, instance) = greedy()?;
    let work = instance.get_typed_func::<i32, i32>(&mut store, "work")?;
    let stopped = |text: &str, trap, func: &str| (text.to_owned(), trap, func.to_owned());

    store.set_fuel(1000)?;
    let end = exhaust(&mut store, instance, "spin");
    assert_eq!(end, stopped("all fuel consumed", Some(Trap::OutOfFuel), "spin"));
    store.set_fuel(1_000_000)?;
    assert_eq!(work.call(&mut store, 1)?, 2);

    let end = exhaust(&mut store, instance, "deep");
    assert_eq!(end, stopped("call stack exhausted", Some(Trap::StackOverflow), "deep"));
    assert_eq!(work.call(&mut store, 2)?, 3);

    let end = exhaust(&mut store, instance, "grow");
    assert_eq!(end, stopped("forcing trap when growing memory to 6619136 bytes", None, "grow"));
    assert_eq!(work.call(&mut store, 3)?, 4);

    // Another thread would do it, in its time.
    store.set_epoch_deadline(1);
    store.engine().increment_epoch();
    let end = exhaust(&mut store, instance, "spin");
    assert_eq!(end, stopped("interrupt", Some(Trap::Interrupt), "spin"));
    store.set_epoch_deadline(1);
    assert_eq!(work.call(&mut store, 4)?, 5);

    // All at once, many times.
    for _ in 0..100 {
        store.set_fuel(1000)?;
        exhaust(&mut store, instance, "spin");
        store.set_fuel(1_000_000)?;
        exhaust(&mut store, instance, "deep");
        exhaust(&mut store, instance, "grow");
    }
    assert_eq!(work.call(&mut store, 5)?, 6);
    Ok(())
}

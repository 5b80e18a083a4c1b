//! A small program with all handlers in it, for `.ci/check-handlers` to look at. It prints a Fibonacci number and how
//! long that took.

use fantail::{Engine, Instance, Module, Store};
use std::time::Instant;

const FIB: &str = r#"(module
    (func $fib (export "fib") (param i32) (result i32)
        (if (result i32) (i32.lt_s (local.get 0) (i32.const 2))
            (then (local.get 0))
            (else (i32.add
                (call $fib (i32.sub (local.get 0) (i32.const 1)))
                (call $fib (i32.sub (local.get 0) (i32.const 2))))))))"#;

fn main() -> fantail::Result<()> {
    let engine = Engine::default();
    let module = Module::new(&engine, wat::parse_str(FIB)?)?;
    let mut store = Store::new(&engine, ());
    let instance = Instance::new(&mut store, &module, &[])?;
    let fib = instance.get_typed_func::<i32, i32>(&mut store, "fib")?;
    let mut best = f64::MAX;
    for _ in 0..9 {
        let start = Instant::now();
        fib.call(&mut store, 30)?;
        best = best.min(start.elapsed().as_secs_f64());
    }
    println!("fib(30) = {} in {:.2} ms", fib.call(&mut store, 30)?, best * 1e3);
    Ok(())
}

//! Calls of small functions whose bodies stand in the place of the calls: what an embedder sees is the same.

mod common;

use common::module;
use fantail::{CompilationMode, Config, Engine, Instance, Module, Store, Val, WasmBacktrace};
use std::num::NonZeroUsize;

/// Calls that are inlined, and each trap in them, in the caller, and in ops that are made of instructions of both.
const INLINED: &str = r#"(module $guest (memory 1) (type $box (struct (field i32)))
    (func $get (param i32) (result i32) (i32.load offset=4 (local.get 0)))
    (func $set (param i32 i32) (i32.store offset=4 (local.get 0) (local.get 1)))
    (func $div (param i32 i32) (result i32) (i32.div_s (local.get 0) (local.get 1)))
    (func $sum (param i32 i32) (result i32) (i32.add (local.get 0) (local.get 1)))
    (func $same (param i32) (result i32) (local.get 0))
    (func $is_zero (param i32) (result i32) (i32.eqz (local.get 0)))
    (func $fail unreachable)
    (func $checked (param i32) (result i32)
        (if (i32.lt_s (local.get 0) (i32.const 0)) (then unreachable))
        (i32.load8_u (local.get 0)))
    (func $vector (param i32) (result v128) (v128.load (local.get 0)))
    (func $field (param (ref null $box)) (result i32) (struct.get $box 0 (local.get 0)))
    (func (export "load") (result i32) (i32.add (call $get (i32.const -1)) (i32.const 1)))
    (func (export "store") (call $set (i32.const -1) (i32.const 1)))
    (func (export "divide") (result i32) (i32.add (call $div (i32.const 1) (i32.const 0)) (i32.const 1)))
    (func (export "fail") nop (call $fail))
    (func (export "branch") (result i32) (call $checked (i32.const -1)))
    (func (export "after-branch") (param i32) (result i32) (call $checked (i32.add (local.get 0) (i32.const 65536))))
    (func (export "load-of-sum") (param i32) (result i32) (i32.load (call $sum (local.get 0) (i32.const -1))))
    (func (export "sum-of-load") (param i32) (result i32) (call $sum (i32.load (i32.const -1)) (local.get 0)))
    (func (export "branch-on-load") (param i32) (result i32)
        (if (result i32) (call $get (i32.sub (local.get 0) (i32.const 1))) (then (i32.const 1)) (else (i32.const 2))))
    (func (export "load-and-test") (param i32) (result i32)
        (if (result i32) (call $is_zero (i32.load (i32.sub (local.get 0) (i32.const 1))))
            (then (i32.const 1)) (else (i32.const 2))))
    (func (export "second-load") (param i32) (result i32) (i32.store (i32.const 4) (i32.const -1))
        (call $get (call $get (local.get 0))))
    (func (export "first-load") (param i32) (result i32) (i32.load (call $get (i32.sub (local.get 0) (i32.const 1)))))
    (func (export "copy-from") (param i32) (call $set (local.get 0) (i32.load (i32.const -1))))
    (func (export "copy-to") (param i32) (i32.store (i32.sub (local.get 0) (i32.const 1)) (call $get (local.get 0))))
    (func (export "vector-sum") (param i32) (result v128)
        (i32x4.add (call $vector (i32.sub (local.get 0) (i32.const 1))) (v128.const i32x4 1 2 3 4)))
    (func (export "count") (param i32)
        (local.set 0 (i32.sub (local.get 0) (i32.const 1)))
        (i32.store offset=4 (local.get 0) (i32.add (call $get (local.get 0)) (i32.const 1))))
    (func (export "null") (result i32) (call $field (ref.null $box)))
    (func (export "before") (param i32) (result i32) (i32.div_u (i32.const 1) (local.get 0)) (call $same))
    (func (export "between") (param i32) (result i32)
        (i32.add (call $same (local.get 0)) (i32.add (i32.rem_u (i32.const 1) (local.get 0)) (call $same (i32.const 1)))))
    (func (export "around") (param i32) (result i32) (call $outer (call $get (local.get 0))))
    (func $outer (param i32) (result i32) (loop (drop (call $get (i32.const -1)))) (i32.const 0)))"#;

/// What calling each function of [`INLINED`] with zeros comes to.
fn errors(metered: bool) -> Vec<(String, String)> {
    let engine = Engine::new(Config::new().consume_fuel(metered)).unwrap();
    let module = module(&engine, INLINED);
    let mut store = Store::new(&engine, ());
    if metered {
        store.set_fuel(1 << 20).unwrap();
    }
    let instance = Instance::new(&mut store, &module, &[]).unwrap();
    let mut errors = Vec::new();
    for export in module.exports() {
        let func = instance.get_func(&mut store, export.name()).unwrap();
        let ty = func.ty(&store);
        let args = vec![Val::I32(0); ty.params().len()];
        let mut results = vec![Val::I32(0); ty.results().len()];
        let error = func.call(&mut store, &args, &mut results).unwrap_err();
        errors.push((export.name().to_owned(), format!("{error:?}")));
    }
    errors
}

#[test]
fn backtraces_show_calls_that_were_inlined() {
    // Nothing is inlined in metered code.
    let (inlined, called) = (errors(false), errors(true));
    assert_eq!(inlined.len(), 20);
    for (inlined, called) in inlined.iter().zip(&called) {
        assert_eq!(inlined, called);
    }
    let frames =
        |name: &str| inlined.iter().find(|(found, _)| found == name).unwrap().1.matches("guest!").count();
    assert_eq!([frames("load"), frames("load-of-sum"), frames("around")], [2, 1, 3]);
}

#[test]
fn frames_of_inlined_calls_count_as_frames() {
    let engine = Engine::new(Config::new().wasm_backtrace_max_frames(NonZeroUsize::new(1))).unwrap();
    let module = module(&engine, INLINED);
    let mut store = Store::new(&engine, ());
    let instance = Instance::new(&mut store, &module, &[]).unwrap();
    let func = instance.get_func(&mut store, "fail").unwrap();
    let error = func.call(&mut store, &[], &mut []).unwrap_err();
    let frames = error.downcast_ref::<WasmBacktrace>().unwrap().frames();
    assert_eq!(frames.len(), 1);
    assert_eq!((frames[0].func_name(), frames[0].func_offset()), (Some("fail"), Some(1)));
}

#[test]
fn an_invalid_function_makes_only_its_own_call_fail() {
    let engine = Engine::new(Config::new().compilation_mode(CompilationMode::Lazy)).unwrap();
    // `bad` is named before the bytes of its body are spoiled: the constant becomes one of 64 bits.
    let mut wasm = wat::parse_str(
        r#"(module (func (export "run") (param i32) (result i32)
                (if (result i32) (local.get 0) (then (call $bad)) (else (i32.const 5))))
            (func $bad (result i32) (i32.const 77)))"#,
    )
    .unwrap();
    let at = wasm.windows(4).position(|bytes| bytes == [0x41, 0xcd, 0x00, 0x0b]).unwrap();
    wasm[at] = 0x42;
    let mut store = Store::new(&engine, ());
    let instance = Instance::new(&mut store, &Module::new(&engine, &wasm).unwrap(), &[]).unwrap();
    let run = instance.get_typed_func::<i32, i32>(&mut store, "run").unwrap();
    assert_eq!(run.call(&mut store, 0).unwrap(), 5);
    let error = run.call(&mut store, 1).unwrap_err().to_string();
    assert!(error.contains("type mismatch: expected i32, found i64"), "{error}");
    assert_eq!(run.call(&mut store, 0).unwrap(), 5);
    let eager = Engine::new(Config::new().compilation_mode(CompilationMode::Eager)).unwrap();
    let error = Module::new(&eager, &wasm).unwrap_err().to_string();
    assert!(error.contains("in function 1"), "{error}");
}

/// References in every place that a function which is inlined has, or its caller, while what it calls makes objects.
const REFERENCES: &str = r#"(module
    (type $box (struct (field i32)))
    (func $make (param i32) (result (ref $box)) (struct.new $box (local.get 0)))
    (func $get (param (ref null $box)) (result i32)
        (if (result i32) (ref.is_null (local.get 0)) (then (i32.const 0)) (else (struct.get $box 0 (local.get 0)))))
    (func $sum (param (ref null $box) (ref null $box) (ref null $box)) (result i32)
        (i32.add (i32.add (call $get (local.get 0)) (i32.mul (call $get (local.get 1)) (i32.const 10)))
            (i32.mul (call $get (local.get 2)) (i32.const 100))))
    ;; Inlined: two parameters, a local and an operand are alive at its second call.
    (func $around (param (ref null $box) (ref null $box)) (result i32) (local (ref null $box))
        (local.set 2 (call $make (i32.const 3)))
        (call $sum (local.get 1) (local.get 2) (local.get 0)))
    (func $held (param (ref null $box) i32) (result i32) (local (ref null $box))
        (local.set 2 (local.get 0))
        (local.set 0 (ref.null $box))
        (drop (call $make (local.get 1)))
        (call $sum (local.get 0) (local.get 2) (local.get 0)))
    (func (export "parameters") (result i32)
        (call $around (call $make (i32.const 1)) (call $make (i32.const 2))))
    (func $fill (param i64 i64) (loop (br_if 0 (i64.eqz (local.get 0)))))
    ;; The null has no cell, and what was left where that would be is no reference.
    (func (export "null") (result i32)
        (call $fill (i64.const 0x7ffffff8) (i64.const 0x7ffffff8))
        (call $around (ref.null $box) (call $make (i32.const 2))))
    (func (export "locals") (result i32) (local (ref null $box)) (local (ref null $box))
        (local.set 0 (call $make (i32.const 4)))
        (local.set 1 (call $make (i32.const 5)))
        (drop (call $around (local.get 1) (local.get 0)))
        (drop (call $make (i32.const 9)))
        (call $around (local.get 0) (local.get 1)))
    (func (export "operands") (result i32)
        (call $make (i32.const 6))
        (call $around (call $make (i32.const 7)) (call $make (i32.const 8)))
        (drop)
        (call $around (call $make (i32.const 1))))
    (func (export "twice") (result i32) (local (ref null $box))
        (local.set 0 (call $make (i32.const 2)))
        (i32.add
            (call $held (local.get 0) (i32.const 8))
            (call $held (call $make (i32.const 7)) (i32.const 8)))
        (i32.add (call $get (local.get 0)))))"#;

#[test]
fn references_of_inlined_functions_and_their_callers_are_kept() {
    let engine = Engine::new(Config::new().collect_always(true)).unwrap();
    let module = module(&engine, REFERENCES);
    let mut store = Store::new(&engine, ());
    let instance = Instance::new(&mut store, &module, &[]).unwrap();
    for (name, expected) in
        [("parameters", 132), ("null", 32), ("locals", 435), ("operands", 631), ("twice", 92)]
    {
        let func = instance.get_typed_func::<(), i32>(&mut store, name).unwrap();
        // What an earlier call left in the frame is no reference any more.
        for _ in 0..2 {
            assert_eq!(func.call(&mut store, ()).unwrap(), expected, "{name}");
        }
    }
}

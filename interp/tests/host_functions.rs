//! Host functions: what they get, what they may do, and what becomes of their errors.

mod common;

use common::module;
use fantail::{
    AsContext, Caller, Engine, Error, Extern, ExternRef, Func, FuncType, Instance, Linker, Memory, Result,
    Rooted, Store, Trap, V128, Val, ValType, WasmBacktrace,
};
use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};

#[derive(Debug, PartialEq, Eq)]
struct Full(u32);

impl fmt::Display for Full {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the disk is full after {} bytes", self.0)
    }
}

impl std::error::Error for Full {}

#[test]
fn the_error_type_of_closures_is_inferred() {
    let mut store = Store::new(&Engine::default(), ());
    let parse = Func::wrap(&mut store, |n: i32| {
        let text = ["17", "x"][n as usize];
        Ok(text.parse::<i32>()?)
    });
    let parse = parse.typed::<i32, i32>(&store).unwrap();
    assert_eq!(parse.call(&mut store, 0).unwrap(), 17);
    assert!(parse.call(&mut store, 1).unwrap_err().is::<std::num::ParseIntError>());
}

#[test]
fn every_type_passes_through_in_both_directions() {
    let engine = Engine::default();
    let module = module(
        &engine,
        r#"(module
            (type $t (func (param i32 i64 f32 f64 v128 funcref externref)
                           (result externref funcref v128 f64 f32 i64 i32)))
            (import "" "f" (func $f (type $t)))
            (func (export "g") (type $t)
                (call $f (local.get 0) (local.get 1) (local.get 2) (local.get 3) (local.get 4) (local.get 5)
                         (local.get 6))))"#,
    );
    type Refs = (Option<Func>, Option<Rooted<ExternRef>>);
    let mut linker = Linker::new(&engine);
    let reverse = |a: i32, b: i64, c: f32, d: f64, e: V128, f: Option<Func>, g: Option<Rooted<ExternRef>>| {
        (g, f, e, d + 0.5, c - 0.5, b - 1, a + 1)
    };
    linker.func_wrap("", "f", reverse).unwrap();
    let mut store = Store::new(&engine, ());
    let instance = linker.instantiate(&mut store, &module).unwrap();
    let func = instance.get_func(&mut store, "g").unwrap();
    let value = ExternRef::new(&mut store, "kept").unwrap();
    let vector = V128::from(0x0123_4567_89ab_cdef_fedc_ba98_7654_3210);

    let typed = func
        .typed::<(i32, i64, f32, f64, V128, Option<Func>, Option<Rooted<ExternRef>>), (
            Option<Rooted<ExternRef>>,
            Option<Func>,
            V128,
            f64,
            f32,
            i64,
            i32,
        )>(&store)
        .unwrap();
    let refs: Refs = (Some(func), Some(value));
    let (g, f, e, d, c, b, a) =
        typed.call(&mut store, (-2, i64::MIN + 1, 1.5, -0.5, vector, refs.0, refs.1)).unwrap();
    assert_eq!((a, b, c, d, e), (-1, i64::MIN, 1.0, 0.0, vector));
    assert_eq!(f, Some(func));
    let kept = g.unwrap().data(&store).unwrap().unwrap().downcast_ref::<&str>();
    assert_eq!(kept, Some(&"kept"));

    let params = [
        7.into(),
        8_i64.into(),
        9.0_f32.into(),
        10.0_f64.into(),
        vector.into(),
        Val::FuncRef(None),
        Val::ExternRef(None),
    ];
    let mut results = [Val::I32(0); 7];
    func.call(&mut store, &params, &mut results).unwrap();
    assert!(results[0].unwrap_externref().is_none() && results[1].unwrap_funcref().is_none());
    assert_eq!(results[2].unwrap_v128(), vector);
    assert_eq!((results[3].unwrap_f64(), results[4].unwrap_f32()), (10.5, 8.5));
    assert_eq!((results[5].unwrap_i64(), results[6].unwrap_i32()), (7, 8));
}

#[test]
fn sixteen_parameters_and_results_arrive_in_order() {
    let mut store = Store::new(&Engine::default(), ());
    #[rustfmt::skip]
    let func = Func::wrap(&mut store, |a: i32, b: i64, c: i32, d: i64, e: i32, f: i64, g: i32, h: i64,
                                       i: i32, j: i64, k: i32, l: i64, m: i32, n: i64, o: i32, p: i64| {
        (p, o, n, m, l, k, j, i, h, g, f, e, d, c, b, a)
    });
    let params: Vec<Val> =
        (0..16).map(|n| if n % 2 == 0 { Val::I32(n) } else { Val::I64(n.into()) }).collect();
    let mut results = vec![Val::I32(0); 16];
    func.call(&mut store, &params, &mut results).unwrap();
    let results: Vec<i64> =
        results.iter().map(|val| val.i64().unwrap_or_else(|| val.unwrap_i32().into())).collect();
    assert_eq!(results, (0..16).rev().collect::<Vec<_>>());
}

const FACTORIAL: &str = r#"(module
    (import "" "step" (func $step (param i64) (result i64)))
    (func (export "f") (param $n i64) (result i64)
        (if (result i64) (i64.eqz (local.get $n))
            (then (i64.const 1))
            (else (i64.mul (local.get $n) (call $step (i64.sub (local.get $n) (i64.const 1))))))))"#;

#[test]
fn a_host_function_may_call_its_caller_again() {
    let engine = Engine::default();
    let mut linker = Linker::new(&engine);
    linker
        .func_wrap("", "step", |mut caller: Caller<'_, u32>, n: i64| -> Result<i64> {
            *caller.data_mut() += 1;
            let func = caller.get_export("f").and_then(Extern::into_func).unwrap();
            func.typed::<i64, i64>(&caller)?.call(&mut caller, n)
        })
        .unwrap();
    let mut store = Store::new(&engine, 0);
    let instance = linker.instantiate(&mut store, &module(&engine, FACTORIAL)).unwrap();
    let factorial = instance.get_typed_func::<i64, i64>(&mut store, "f").unwrap();
    assert_eq!(factorial.call(&mut store, 10).unwrap(), 3_628_800);
    assert_eq!(*store.data(), 10);
    assert_eq!(factorial.call(&mut store, 20).unwrap(), 2_432_902_008_176_640_000);
}

#[test]
fn endless_calls_between_host_and_guest_exhaust_the_stack_and_no_more() {
    let engine = Engine::default();
    let mut linker = Linker::new(&engine);
    linker
        .func_wrap("", "step", |mut caller: Caller<'_, ()>, _: i64| -> Result<i64> {
            let func = caller.get_export("f").and_then(Extern::into_func).unwrap();
            func.typed::<i64, i64>(&caller)?.call(&mut caller, 1)
        })
        .unwrap();
    let mut store = Store::new(&engine, ());
    let instance = linker.instantiate(&mut store, &module(&engine, FACTORIAL)).unwrap();
    let func = instance.get_typed_func::<i64, i64>(&mut store, "f").unwrap();
    for _ in 0..2 {
        let error = func.call(&mut store, 1).unwrap_err();
        assert_eq!(error.downcast_ref::<Trap>(), Some(&Trap::StackOverflow));
        assert_eq!(func.call(&mut store, 0).unwrap(), 1, "the store works on");
    }
}

#[test]
fn errors_of_host_functions_travel_through_the_guest_unchanged() {
    let engine = Engine::default();
    let module = module(
        &engine,
        r#"(module
            (import "" "fail" (func $fail (param i32)))
            (func $inner (param i32) (call $fail (local.get 0)))
            (func $outer (export "run") (call $inner (i32.const 99))))"#,
    );
    let mut linker = Linker::new(&engine);
    linker.func_wrap("", "fail", |n: u32| -> Result<()> { Err(Full(n).into()) }).unwrap();
    let mut store = Store::new(&engine, ());
    let instance = linker.instantiate(&mut store, &module).unwrap();
    let run = instance.get_typed_func::<(), ()>(&mut store, "run").unwrap();
    let error = run.call(&mut store, ()).unwrap_err();
    assert_eq!(error.to_string(), "the disk is full after 99 bytes");
    let backtrace = error.downcast_ref::<WasmBacktrace>().unwrap();
    let names: Vec<_> = backtrace.frames().iter().map(|frame| frame.func_name()).collect();
    assert_eq!(names, [Some("inner"), Some("outer")]);
    assert_eq!(error.downcast::<Full>().unwrap(), Full(99));
}

#[test]
fn context_that_a_host_function_adds_stays_with_the_trap() {
    let engine = Engine::default();
    let module = module(
        &engine,
        r#"(module
            (import "" "host" (func $host))
            (func $trap (export "trap") unreachable)
            (func $run (export "run") (call $host)))"#,
    );
    let mut linker = Linker::new(&engine);
    linker
        .func_wrap("", "host", |mut caller: Caller<'_, ()>| -> Result<()> {
            let trap = caller.get_export("trap").and_then(Extern::into_func).unwrap();
            trap.call(&mut caller, &[], &mut []).map_err(|error| error.context("in the host"))
        })
        .unwrap();
    let mut store = Store::new(&engine, ());
    let instance = linker.instantiate(&mut store, &module).unwrap();
    let error = instance.get_func(&mut store, "run").unwrap().call(&mut store, &[], &mut []).unwrap_err();
    assert_eq!(error.downcast_ref::<Trap>(), Some(&Trap::UnreachableCodeReached));
    let frames = error.downcast_ref::<WasmBacktrace>().unwrap().frames();
    let frames: Vec<_> = frames.iter().map(|frame| (frame.func_index(), frame.func_name())).collect();
    assert_eq!(frames, [(1, Some("trap")), (2, Some("run"))], "those of both activations, innermost first");
    let text = format!("{error:?}");
    assert!(
        text.starts_with("in the host\n\nCaused by:\n    unreachable\n\nwasm backtrace:\n    0: "),
        "{text}"
    );
}

#[test]
fn a_panic_of_a_host_function_reaches_the_embedder_and_the_store_works_on() {
    let engine = Engine::default();
    let module = module(
        &engine,
        r#"(module
            (import "" "panic" (func $panic (param i32)))
            (func (export "run") (param i32) (result i32) (call $panic (local.get 0)) (local.get 0)))"#,
    );
    let mut linker = Linker::new(&engine);
    linker.func_wrap("", "panic", |n: i32| assert_eq!(n, 1, "oh no")).unwrap();
    let mut store = Store::new(&engine, ());
    let instance = linker.instantiate(&mut store, &module).unwrap();
    let run = instance.get_typed_func::<i32, i32>(&mut store, "run").unwrap();
    for _ in 0..300 {
        let panic = catch_unwind(AssertUnwindSafe(|| run.call(&mut store, 2)));
        assert!(panic.is_err());
    }
    assert_eq!(run.call(&mut store, 1).unwrap(), 1);
}

#[test]
fn a_function_called_by_the_embedder_has_no_calling_instance() {
    let mut store = Store::new(&Engine::default(), ());
    let func =
        Func::wrap(&mut store, |mut caller: Caller<'_, ()>| i32::from(caller.get_export("x").is_none()));
    assert_eq!(func.typed::<(), i32>(&store).unwrap().call(&mut store, ()).unwrap(), 1);
}

#[test]
fn growth_by_the_host_is_seen_by_the_guest() {
    let engine = Engine::default();
    let module = module(
        &engine,
        r#"(module
            (import "" "grow" (func $grow))
            (memory (export "memory") 1)
            (func (export "run") (result i32)
                (call $grow)
                (i32.store (i32.const 65536) (i32.const 7))
                (i32.add (i32.load8_u (i32.const 131071)) (i32.load (i32.const 65536)))))"#,
    );
    let mut linker = Linker::new(&engine);
    linker
        .func_wrap("", "grow", |mut caller: Caller<'_, ()>| -> Result<()> {
            let memory = caller.get_export("memory").and_then(Extern::into_memory).unwrap();
            assert_eq!(memory.grow(&mut caller, 1)?, 1);
            memory.write(&mut caller, 131_071, &[35])?;
            Ok(())
        })
        .unwrap();
    let mut store = Store::new(&engine, ());
    let instance = linker.instantiate(&mut store, &module).unwrap();
    let run = instance.get_typed_func::<(), i32>(&mut store, "run").unwrap();
    assert_eq!(run.call(&mut store, ()).unwrap(), 42);
}

#[test]
fn functions_and_instances_made_during_a_call_do_not_disturb_it() {
    let engine = Engine::default();
    let module = module(
        &engine,
        r#"(module
            (import "" "make" (func $make (result funcref)))
            (table 1 funcref)
            (type $ii (func (param i32) (result i32)))
            (func (export "run") (param i32) (result i32)
                (table.set (i32.const 0) (call $make))
                (call_indirect (type $ii) (local.get 0) (i32.const 0))))"#,
    );
    let other = common::module(&engine, r#"(module (memory 1) (func) (func (export "f")))"#);
    let mut linker = Linker::new(&engine);
    linker
        .func_wrap("", "make", move |mut caller: Caller<'_, ()>| -> Result<Func> {
            for _ in 0..100 {
                Instance::new(&mut caller, &other, &[])?;
            }
            Ok(Func::wrap(&mut caller, |x: i32| x * 2))
        })
        .unwrap();
    let mut store = Store::new(&engine, ());
    let mut imports = Vec::new();
    for import in module.imports() {
        imports.push(linker.get_by_import(&mut store, &import).unwrap());
    }
    // `Func` as a result is `(ref func)`, which is a subtype of what the module expects: but not the same type.
    let error = Instance::new(&mut store, &module, &imports).unwrap_err();
    assert_eq!(
        error.to_string(),
        "incompatible import type for \"\".\"make\": expected (func (result (ref null func))), found (func (result \
         (ref func)))"
    );
    let make = imports[0].clone().into_func().unwrap();
    let make = Func::wrap(&mut store, move |mut caller: Caller<'_, ()>| -> Result<Option<Func>> {
        Ok(Some(make.typed::<(), Func>(&caller)?.call(&mut caller, ())?))
    });
    let instance = Instance::new(&mut store, &module, &[make.into()]).unwrap();
    let run = instance.get_typed_func::<i32, i32>(&mut store, "run").unwrap();
    assert_eq!(run.call(&mut store, 21).unwrap(), 42);
}

#[test]
fn func_new_checks_what_is_returned() {
    let mut store = Store::new(&Engine::default(), ());
    let ty = FuncType::new(store.engine(), [ValType::I32], [ValType::I32, ValType::FUNCREF]);
    let func = Func::new(&mut store, ty, |_, params, results| {
        assert!(results[1].unwrap_funcref().is_none());
        results[0] = match params[0].unwrap_i32() {
            0 => Val::I64(0),
            1 => return Err(Error::msg("one is too many")),
            n => Val::I32(n + 1),
        };
        Ok(())
    });
    let mut results = [Val::I32(0); 2];
    let mut call = |n| func.call(&mut store, &[Val::I32(n)], &mut results).map(|()| results[0].unwrap_i32());
    assert_eq!(call(2).unwrap(), 3);
    assert_eq!(call(1).unwrap_err().to_string(), "one is too many");
    assert_eq!(
        call(0).unwrap_err().to_string(),
        "function attempted to return an incompatible value: expected i32, found i64 (result 0)"
    );
}

#[test]
fn calls_with_wrong_arguments_say_what_is_wrong() {
    let mut store = Store::new(&Engine::default(), ());
    let func = Func::wrap(&mut store, |a: i32, _: i64| a);
    let mut call = |params: &[Val], results: usize| {
        let mut results = vec![Val::I32(0); results];
        func.call(&mut store, params, &mut results).unwrap_err().to_string()
    };
    assert_eq!(call(&[Val::I32(1)], 1), "expected 2 arguments, got 1");
    assert_eq!(call(&[Val::I32(1), Val::I64(1)], 0), "expected 1 results, got 0");
    assert_eq!(
        call(&[Val::I32(1), Val::F32(1)], 1),
        "argument type mismatch: expected i64, found f32 (argument 1)"
    );
}

#[test]
fn typed_functions_of_another_type_say_what_differs() {
    let (mut store, instance) = common::instance(
        r#"(module (func (export "f") (param i32 i64) (result f32) (f32.const 1)) (memory (export "m") 1))"#,
    );
    let func = instance.get_func(&mut store, "f").unwrap();
    let text = |error: Error| format!("{error:#}");
    assert_eq!(
        text(func.typed::<(i32, i32), f32>(&store).unwrap_err()),
        "type mismatch with parameters: type mismatch: expected i32, found i64"
    );
    assert_eq!(
        text(func.typed::<i32, f32>(&store).unwrap_err()),
        "type mismatch with parameters: expected 1 types, found 2"
    );
    assert_eq!(
        text(func.typed::<(i32, i64), ()>(&store).unwrap_err()),
        "type mismatch with results: expected 0 types, found 1"
    );
    assert_eq!(
        text(instance.get_typed_func::<(), ()>(&mut store, "g").unwrap_err()),
        "failed to find function export `g`"
    );
    assert_eq!(
        text(instance.get_typed_func::<(), ()>(&mut store, "m").unwrap_err()),
        "failed to find function export `m`"
    );
    assert_eq!(
        text(instance.get_typed_func::<(), f32>(&mut store, "f").unwrap_err()),
        "failed to convert function `f` to given type: type mismatch with parameters: expected 0 types, found 2"
    );
}

#[test]
fn handles_of_another_store_are_refused() {
    let engine = Engine::default();
    let mut own = Store::new(&engine, ());
    let mut other = Store::new(&engine, ());
    let func = Func::wrap(&mut other, || {});
    let memory = Memory::new(&mut other, fantail::MemoryType::new(1, None)).unwrap();
    let value = ExternRef::new(&mut other, 1).unwrap();
    let takes = Func::wrap(&mut own, |_: Option<Rooted<ExternRef>>| {});

    let message = |panic: Box<dyn std::any::Any + Send>| match panic.downcast::<&str>() {
        Ok(text) => text.to_string(),
        Err(panic) => *panic.downcast::<String>().unwrap(),
    };
    let wrong = "object used with the wrong store";
    let panic = catch_unwind(AssertUnwindSafe(|| func.call(&mut own, &[], &mut []))).unwrap_err();
    assert_eq!(message(panic), wrong);
    let panic = catch_unwind(AssertUnwindSafe(|| memory.data(&own).len())).unwrap_err();
    assert_eq!(message(panic), wrong);
    let typed = takes.typed::<Option<Rooted<ExternRef>>, ()>(&own).unwrap();
    let panic = catch_unwind(AssertUnwindSafe(|| typed.call(&mut own, Some(value)))).unwrap_err();
    assert_eq!(message(panic), wrong);
    let error = takes.call(&mut own, &[value.into()], &mut []).unwrap_err();
    assert_eq!(error.to_string(), "reference used with the wrong store");
    let module = module(&engine, r#"(module (import "" "f" (func)))"#);
    let panic =
        catch_unwind(AssertUnwindSafe(|| Instance::new(&mut own, &module, &[func.into()]))).unwrap_err();
    assert_eq!(message(panic), wrong);

    // A reference that a host function smuggles out of another store is an error, since the guest may cause it.
    let smuggles = Func::wrap(&mut own, move || func);
    let error = smuggles.call(&mut own, &[], &mut [Val::I32(0)]).unwrap_err();
    assert_eq!(error.to_string(), "host function attempted to return a reference of another store");
    assert_eq!(own.as_context().data(), &());
}

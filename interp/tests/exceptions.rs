//! Exceptions between guest and host, through tail calls, across instances, and out of deep recursion.

mod common;

use common::{instance, module};
use fantail::{
    Caller, Engine, Error, ExnRef, ExnRefPre, ExnType, Func, Instance, Linker, Result, Rooted, Store, Tag,
    ThrownException, Trap, Val, ValType, WasmBacktrace,
};

/// A tag, and an exception with it that carries `fields`.
fn exception(store: &mut Store<()>, fields: &[(ValType, Val)]) -> (Tag, Rooted<ExnRef>) {
    let types = fields.iter().map(|(ty, _)| ty.clone());
    let ty = ExnType::new(&store.engine().clone(), types).expect("a type");
    let tag = Tag::new(&mut *store, &ty.tag_type()).expect("a tag");
    let pre = ExnRefPre::new(&mut *store, ty);
    let vals: Vec<Val> = fields.iter().map(|(_, val)| *val).collect();
    let exception = ExnRef::new(store, &pre, &tag, &vals).expect("an exception");
    (tag, exception)
}

#[test]
fn an_uncaught_exception_is_an_error_with_tag_and_payload() {
    let (mut store, instance) = instance(
        r#"(module
            (tag $e (export "e") (param i32 f64 v128))
            (func $inner (throw $e (i32.const -1) (f64.const 2.5) (v128.const i64x2 3 4)))
            (func (export "run") (call $inner)))"#,
    );
    let run = instance.get_typed_func::<(), ()>(&mut store, "run").expect("exported");
    let error = run.call(&mut store, ()).expect_err("it throws");
    assert!(error.is::<ThrownException>() && !error.is::<Trap>());
    assert_eq!(error.to_string(), "uncaught exception");
    let backtrace = error.downcast_ref::<WasmBacktrace>().expect("it was thrown by WebAssembly");
    assert_eq!(backtrace.frames().iter().map(|frame| frame.func_index()).collect::<Vec<_>>(), [0, 1]);

    assert!(store.has_pending_exception());
    let exception = store.take_pending_exception().expect("it was thrown");
    assert!(!store.has_pending_exception());
    let tag = instance.get_tag(&mut store, "e").expect("exported");
    assert!(Tag::eq(&exception.tag(&mut store).expect("it has one"), &tag, &store));
    let fields: Vec<Val> = exception.fields(&mut store).expect("they can be read").collect();
    assert_eq!((fields[0].i32(), fields[1].f64()), (Some(-1), Some(2.5)));
    assert_eq!(fields[2].v128().map(|vector| vector.as_u128()), Some(3 | 4 << 64));
    assert!(exception.field(&mut store, 3).is_err());
}

#[test]
fn the_guest_catches_what_a_host_function_throws() {
    let mut store = Store::new(&Engine::default(), ());
    let (tag, exception) =
        exception(&mut store, &[(ValType::I32, Val::I32(40)), (ValType::I64, Val::I64(2))]);
    let thrower = Func::wrap(&mut store, move |mut caller: Caller<'_, ()>| -> Result<i32> {
        Ok(caller.throw(exception)?)
    });
    let module = module(
        &store.engine().clone(),
        r#"(module
            (tag $e (import "" "e") (param i32 i64))
            (func $throw (import "" "throw") (result i32))
            (func (export "call") (result i32 i64)
                (try_table (result i32 i64) (catch $e 0) (call $throw) (i64.const 0)))
            (func $tail (result i32) (return_call $throw))
            (func (export "tail_call") (result i32 i64 exnref)
                (block (result i32 i64 exnref)
                    (try_table (catch_ref $e 0) (drop (call $tail)))
                    (unreachable))))"#,
    );
    let instance = Instance::new(&mut store, &module, &[tag.into(), thrower.into()]).expect("imports match");
    let call = instance.get_typed_func::<(), (i32, i64)>(&mut store, "call").expect("exported");
    assert_eq!(call.call(&mut store, ()).expect("it is caught"), (40, 2));
    assert!(!store.has_pending_exception(), "it was caught");

    let call = instance.get_typed_func::<(), (i32, i64, Option<Rooted<ExnRef>>)>(&mut store, "tail_call");
    let (a, b, caught) = call.expect("exported").call(&mut store, ()).expect("it is caught");
    assert_eq!((a, b), (40, 2));
    assert!(
        Rooted::ref_eq(&store, &caught.expect("catch_ref passes no null"), &exception).expect("same store")
    );
}

#[test]
fn a_host_function_catches_and_throws_on() {
    let mut linker = Linker::new(&Engine::default());
    // Calls `inner`, whose exception passes this host frame, with one more in its payload.
    linker
        .func_wrap("", "middle", |mut caller: Caller<'_, ()>| -> Result<()> {
            let inner = caller.get_export("inner").and_then(|inner| inner.into_func()).expect("exported");
            let error = inner.typed::<(), ()>(&caller)?.call(&mut caller, ()).expect_err("it throws");
            assert!(error.is::<ThrownException>());
            let caught = caller.take_pending_exception().expect("it was thrown");
            let value = caught.field(&mut caller, 0)?.unwrap_i32();
            let (tag, ty) = (caught.tag(&mut caller)?, caught.ty(&caller)?);
            let pre = ExnRefPre::new(&mut caller, ty);
            let next = ExnRef::new(&mut caller, &pre, &tag, &[Val::I32(value + 1)])?;
            Ok(caller.throw(next)?)
        })
        .expect("the name is free");
    let mut store = Store::new(linker.engine(), ());
    let module = module(
        linker.engine(),
        r#"(module
            (func $middle (import "" "middle"))
            (tag $e (param i32))
            (func (export "inner") (throw $e (i32.const 6)))
            (func (export "run") (result i32)
                (try_table (result i32) (catch $e 0) (call $middle) (i32.const 0))))"#,
    );
    let instance = linker.instantiate(&mut store, &module).expect("imports match");
    let run = instance.get_typed_func::<(), i32>(&mut store, "run").expect("exported");
    assert_eq!(run.call(&mut store, ()).expect("it is caught"), 7);
}

#[test]
fn neither_traps_nor_other_errors_of_the_host_are_caught() {
    let mut linker = Linker::new(&Engine::default());
    linker
        .func_wrap("", "fail", || -> Result<()> { Err(Error::msg("no exception")) })
        .expect("the name is free");
    let mut store = Store::new(linker.engine(), ());
    let module = module(
        linker.engine(),
        r#"(module
            (func $fail (import "" "fail"))
            (func (export "fail") (block (try_table (catch_all 0) (call $fail))))
            (func (export "trap") (block (try_table (catch_all 0) (unreachable))))
            (func (export "null") (block (try_table (catch_all 0) (throw_ref (ref.null exn)))))
            (func $deep (export "deep") (block (try_table (catch_all 0) (call $deep)))))"#,
    );
    let instance = linker.instantiate(&mut store, &module).expect("imports match");
    let mut fails = |name: &str| {
        let func = instance.get_typed_func::<(), ()>(&mut store, name).expect("exported");
        func.call(&mut store, ()).expect_err("it fails")
    };
    assert_eq!(fails("fail").to_string(), "no exception");
    assert_eq!(fails("trap").downcast_ref(), Some(&Trap::UnreachableCodeReached));
    assert_eq!(fails("null").downcast_ref(), Some(&Trap::NullReference));
    assert_eq!(fails("deep").downcast_ref(), Some(&Trap::StackOverflow));
}

#[test]
fn an_exception_passes_instances_and_finds_the_memory_of_the_one_that_catches() {
    let mut linker = Linker::new(&Engine::default());
    let mut store = Store::new(linker.engine(), ());
    let thrower = module(
        linker.engine(),
        r#"(module
            (tag $e (export "e") (param i32))
            (tag (export "other") (param i32))
            (memory 1) (data (i32.const 0) "\01")
            (func $throw (param i32) (throw $e (i32.add (local.get 0) (i32.load8_u (i32.const 0)))))
            (func (export "throw") (param i32) (call $throw (local.get 0)))
            (func (export "tail") (param i32) (return_call $throw (local.get 0))))"#,
    );
    let thrower = linker.instantiate(&mut store, &thrower).expect("nothing is imported");
    linker.instance(&mut store, "thrower", thrower).expect("the names are free");
    let middle = module(
        linker.engine(),
        r#"(module
            (tag $other (import "thrower" "other") (param i32))
            (func $throw (import "thrower" "throw") (param i32))
            (func $tail (import "thrower" "tail") (param i32))
            (memory 1) (data (i32.const 0) "\02")
            ;; A tag of the same type is another tag.
            (func (export "call") (param i32)
                (drop (block (result i32) (try_table (catch $other 0) (call $throw (local.get 0))) (i32.const 0))))
            (func (export "tail") (param i32) (return_call $tail (local.get 0))))"#,
    );
    let middle = linker.instantiate(&mut store, &middle).expect("imports match");
    linker.instance(&mut store, "middle", middle).expect("the names are free");
    let catcher = module(
        linker.engine(),
        r#"(module
            (tag $e (import "thrower" "e") (param i32))
            (func $call (import "middle" "call") (param i32))
            (func $tail (import "middle" "tail") (param i32))
            (memory 1) (data (i32.const 0) "\04")
            (func (export "call") (param $n i32) (result i32)
                (loop $again (result i32)
                    (block $h (result i32)
                        (try_table (catch $e $h) (call $call (local.get $n)))
                        (unreachable))
                    (i32.add (i32.load8_u (i32.const 0)))
                    (br_if $again (i32.lt_u (local.tee $n (i32.add (local.get $n) (i32.const 1))) (i32.const 10)))))
            (func (export "tail") (param i32) (result i32)
                (block $h (result i32)
                    (try_table (catch $e $h) (call $tail (local.get 0)))
                    (unreachable))
                (i32.add (i32.load8_u (i32.const 0)))))"#,
    );
    let catcher = linker.instantiate(&mut store, &catcher).expect("imports match");
    for (name, expected) in [("call", 9 + 5), ("tail", 7 + 5)] {
        let func = catcher.get_typed_func::<i32, i32>(&mut store, name).expect("exported");
        assert_eq!(func.call(&mut store, 7).expect("it is caught"), expected, "{name}");
    }
}

#[test]
fn an_import_of_a_tag_must_have_its_type() {
    let mut store = Store::new(&Engine::default(), ());
    let (tag, _) = exception(&mut store, &[(ValType::I32, Val::I32(0))]);
    let import = |text: &str| module(&Engine::default(), text);
    let _ = import;
    let engine = store.engine().clone();
    let same = module(&engine, r#"(module (tag (import "" "") (param i32)))"#);
    Instance::new(&mut store, &same, &[tag.into()]).expect("it has the type");
    let other = module(&engine, r#"(module (tag (import "" "") (param i64)))"#);
    let error = Instance::new(&mut store, &other, &[tag.into()]).expect_err("it has another type");
    assert!(error.to_string().contains("incompatible import type"), "{error}");
}

#[test]
fn a_hundred_thousand_frames_are_left_at_once() {
    // Two cells for the parameter and the result, two for the record, and the callee's begin in the next.
    let mut config = fantail::Config::new();
    config.max_wasm_stack(64 << 20);
    let engine = Engine::new(&config).expect("the settings agree");
    let mut store = Store::new(&engine, ());
    let module = module(
        &engine,
        r#"(module
            (tag $e (param i32))
            (tag $other)
            (func $down (param i32)
                (block $h
                    (try_table (catch $other $h)
                        (if (i32.eqz (local.get 0)) (then (throw $e (i32.const 5))))
                        (call $down (i32.sub (local.get 0) (i32.const 1))))))
            (func (export "run") (param i32) (result i32)
                (try_table (result i32) (catch $e 0) (call $down (local.get 0)) (i32.const 0))))"#,
    );
    let instance = Instance::new(&mut store, &module, &[]).expect("nothing is imported");
    let run = instance.get_typed_func::<i32, i32>(&mut store, "run").expect("exported");
    assert_eq!(run.call(&mut store, 100_000).expect("it is caught"), 5);
}

#[test]
fn a_loop_may_throw_a_million_times() {
    // Neither native stack nor memory grows with the number of exceptions.
    let (mut store, instance) = instance(
        r#"(module
            (tag $e (param i32))
            (func $throw (param i32) (throw $e (local.get 0)))
            (func (export "run") (param $n i32) (result i32) (local $sum i32)
                (loop $again
                    (block $h (result i32)
                        (try_table (catch $e $h) (call $throw (local.get $n)))
                        (unreachable))
                    (local.set $sum (i32.add (local.get $sum)))
                    (br_if $again (local.tee $n (i32.sub (local.get $n) (i32.const 1)))))
                (local.get $sum)))"#,
    );
    let run = instance.get_typed_func::<i32, i32>(&mut store, "run").expect("exported");
    assert_eq!(run.call(&mut store, 1_000_000).expect("all are caught"), 1_784_293_664);
}

#[test]
fn the_legacy_instructions_catch_rethrow_and_delegate() {
    let (mut store, instance) = instance(
        r#"(module
            (tag $a (param i32))
            (tag $b (param i64 i32))
            (func $throw (param i32)
                (if (i32.eqz (local.get 0)) (then (throw $a (i32.const 10))))
                (if (i32.eq (local.get 0) (i32.const 1)) (then (throw $b (i64.const 1) (i32.const 20)))))
            ;; 10 for $a, 21 for $b, 7 for none; `rethrow` keeps the payload through another exception caught inside.
            (func (export "rethrow") (param i32) (result i32)
                try (result i32)
                    try (result i32)
                        local.get 0
                        call $throw
                        i32.const 7
                    catch_all
                        try
                            i32.const 1
                            call $throw
                        catch $b
                            drop
                            drop
                        end
                        rethrow 0
                    end
                catch $a
                catch $b
                    local.set 0
                    i32.wrap_i64
                    local.get 0
                    i32.add
                end)
            ;; The handler between the delegating `try` and its label is passed over.
            (func (export "delegate") (param i32) (result i32)
                try $outer (result i32)
                    try (result i32)
                        try (result i32)
                            local.get 0
                            call $throw
                            i32.const 7
                        delegate $outer
                    catch_all
                        i32.const -1
                    end
                catch_all
                    i32.const 5
                end)
            ;; Delegated to the caller.
            (func $away (param i32) (result i32)
                try (result i32)
                    try (result i32)
                        local.get 0
                        call $throw
                        i32.const 7
                    delegate 1
                catch_all
                    i32.const -1
                end)
            (func (export "away") (param i32) (result i32)
                try (result i32)
                    local.get 0
                    call $away
                catch_all
                    i32.const 6
                end))"#,
    );
    for (name, expected) in [("rethrow", [10, 21, 7]), ("delegate", [5, 5, 7]), ("away", [6, 6, 7])] {
        let func = instance.get_typed_func::<i32, i32>(&mut store, name).expect("exported");
        let results = [0, 1, 2].map(|which| func.call(&mut store, which).expect("all is caught"));
        assert_eq!(results, expected, "{name}");
    }
}

#[test]
fn exceptions_that_are_kept_are_bounded() {
    let (mut store, instance) = instance(
        r#"(module
            (tag $e)
            (table $kept 0 exnref)
            (func (export "run")
                (loop $again
                    (block $h (result exnref)
                        (try_table (catch_all_ref $h) (throw $e))
                        (unreachable))
                    (drop (table.grow $kept (i32.const 1)))
                    (br $again))))"#,
    );
    let run = instance.get_typed_func::<(), ()>(&mut store, "run").expect("exported");
    let error = run.call(&mut store, ()).expect_err("there is no room for all of them");
    assert_eq!(error.downcast_ref(), Some(&Trap::AllocationTooLarge));
}

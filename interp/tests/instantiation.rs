//! Instantiation: imports that match or not, segments, start functions, and limits.

mod common;

use common::{module, try_module};
use fantail::{
    CompilationMode, Config, Engine, Error, Extern, Func, Global, GlobalType, Instance, Linker, Memory,
    MemoryType, Module, Mutability, Ref, RefType, Result, Store, StoreLimits, StoreLimitsBuilder, Table,
    TableType, Trap, UnknownImportError, Val, ValType, WasmBacktrace, WasmErrorKind,
};
use std::panic::{AssertUnwindSafe, catch_unwind};

/// What instantiation says when `import` gets `item`.
fn mismatch(import: &str, item: impl FnOnce(&mut Store<()>) -> Extern) -> String {
    let engine = Engine::default();
    let mut store = Store::new(&engine, ());
    let module = module(&engine, &format!(r#"(module (import "env" "x" {import}))"#));
    let item = item(&mut store);
    match Instance::new(&mut store, &module, &[item]) {
        Ok(_) => String::from("ok"),
        Err(error) => error.to_string(),
    }
}

#[test]
fn imports_of_another_type_are_told_exactly() {
    let func = |store: &mut Store<()>| Func::wrap(store, |_: i64| {}).into();
    assert_eq!(mismatch("(func (param i64))", func), "ok");
    assert_eq!(
        mismatch("(func (param i32 i32) (result f64))", func),
        "incompatible import type for \"env\".\"x\": expected (func (param i32 i32) (result f64)), found (func (param \
         i64))"
    );
    assert_eq!(
        mismatch("(memory 1)", func),
        "incompatible import type for \"env\".\"x\": expected (memory 1), found (func (param i64))"
    );
    let memory = |store: &mut Store<()>| Memory::new(store, MemoryType::new(1, Some(3))).unwrap().into();
    assert_eq!(mismatch("(memory 1 3)", memory), "ok");
    assert_eq!(mismatch("(memory 0)", memory), "ok");
    assert_eq!(
        mismatch("(memory 2)", memory),
        "incompatible import type for \"env\".\"x\": expected (memory 2), found (memory 1 3)"
    );
    assert_eq!(
        mismatch("(memory 1 2)", memory),
        "incompatible import type for \"env\".\"x\": expected (memory 1 2), found (memory 1 3)"
    );
    assert_eq!(
        mismatch("(memory i64 1)", memory),
        "incompatible import type for \"env\".\"x\": expected (memory i64 1), found (memory 1 3)"
    );
    let table = |store: &mut Store<()>| {
        Table::new(store, TableType::new(RefType::FUNCREF, 1, None), Ref::Func(None)).unwrap().into()
    };
    assert_eq!(mismatch("(table 1 funcref)", table), "ok");
    assert_eq!(
        mismatch("(table 1 5 externref)", table),
        "incompatible import type for \"env\".\"x\": expected (table 1 5 (ref null extern)), found (table 1 (ref null \
         func))"
    );
    let global = |store: &mut Store<()>| {
        Global::new(store, GlobalType::new(ValType::I32, Mutability::Var), Val::I32(1)).unwrap().into()
    };
    assert_eq!(mismatch("(global (mut i32))", global), "ok");
    assert_eq!(
        mismatch("(global i32)", global),
        "incompatible import type for \"env\".\"x\": expected (global i32), found (global (mut i32))"
    );
}

#[test]
fn a_memory_that_grew_matches_by_its_present_size() {
    let grown = |store: &mut Store<()>| {
        let memory = Memory::new(&mut *store, MemoryType::new(1, None)).unwrap();
        memory.grow(store, 1).unwrap();
        memory.into()
    };
    assert_eq!(mismatch("(memory 2)", grown), "ok");
}

#[test]
fn missing_and_surplus_imports_are_told() {
    let engine = Engine::default();
    let module = module(&engine, r#"(module (import "m" "n" (func (param i32))))"#);
    let mut store = Store::new(&engine, ());
    let error = Instance::new(&mut store, &module, &[]).unwrap_err();
    assert_eq!(error.to_string(), "expected 1 imports, in the order of `Module::imports`, found 0");
    let error = Linker::new(&engine).instantiate(&mut store, &module).unwrap_err();
    assert_eq!(error.to_string(), "unknown import: `m::n` has not been defined: expected (func (param i32))");
    let unknown = error.downcast_ref::<UnknownImportError>().unwrap();
    assert_eq!((unknown.module(), unknown.name()), ("m", "n"));
    assert_eq!(unknown.ty().unwrap_func().to_string(), "(func (param i32))");
}

#[test]
fn unknown_imports_can_be_traps_or_default_values() {
    let engine = Engine::default();
    let module = module(
        &engine,
        r#"(module (import "m" "n" (func $f (result i32))) (import "m" "g" (global $g i64))
            (func (export "f") (result i32) (call $f)) (func (export "g") (result i64) (global.get $g)))"#,
    );
    let mut store = Store::new(&engine, ());
    let mut linker = Linker::new(&engine);
    let global =
        Global::new(&mut store, GlobalType::new(ValType::I64, Mutability::Const), Val::I64(5)).unwrap();
    linker.define(&store, "m", "g", global).unwrap();
    let mut defaults = Linker::new(&engine);

    linker.define_unknown_imports_as_traps(&module).unwrap();
    let instance = linker.instantiate(&mut store, &module).unwrap();
    let error =
        instance.get_typed_func::<(), i32>(&mut store, "f").unwrap().call(&mut store, ()).unwrap_err();
    assert!(error.is::<UnknownImportError>(), "{error:?}");

    defaults.define_unknown_imports_as_default_values(&mut store, &module).unwrap();
    let instance = defaults.instantiate(&mut store, &module).unwrap();
    assert_eq!(instance.get_typed_func::<(), i32>(&mut store, "f").unwrap().call(&mut store, ()).unwrap(), 0);
    assert_eq!(instance.get_typed_func::<(), i64>(&mut store, "g").unwrap().call(&mut store, ()).unwrap(), 0);
}

#[test]
fn names_can_be_shadowed_only_when_allowed() {
    let engine = Engine::default();
    let mut store = Store::new(&engine, ());
    let mut linker = Linker::new(&engine);
    linker.func_wrap("a", "b", || 1).unwrap();
    let error = linker.func_wrap("a", "b", || 2).unwrap_err();
    assert_eq!(error.to_string(), "import of `a::b` defined twice");
    linker.allow_shadowing(true).func_wrap("a", "b", || 2).unwrap();
    linker.alias("a", "b", "c", "d").unwrap();
    linker.alias_module("c", "e").unwrap();
    let names: Vec<_> = linker.iter(&mut store).map(|(module, name, _)| (module, name)).collect();
    assert_eq!(names, [("a", "b"), ("c", "d"), ("e", "d")]);
    let func = linker.get(&mut store, "e", "d").unwrap().into_func().unwrap();
    assert_eq!(func.typed::<(), i32>(&store).unwrap().call(&mut store, ()).unwrap(), 2);
    assert!(linker.alias("a", "x", "y", "z").is_err());
}

#[test]
fn modules_link_to_each_other_and_commands_run_afresh() {
    let engine = Engine::default();
    let mut store = Store::new(&engine, ());
    let mut linker = Linker::new(&engine);
    let reactor = module(
        &engine,
        r#"(module (global $n (export "n") (mut i32) (i32.const 0))
            (func (export "_initialize") (global.set $n (i32.const 10)))
            (func (export "next") (result i32)
                (global.set $n (i32.add (global.get $n) (i32.const 1))) (global.get $n)))"#,
    );
    linker.module(&mut store, "reactor", &reactor).unwrap();
    let command = module(
        &engine,
        r#"(module (import "reactor" "next" (func $next (result i32)))
            (memory (export "memory") 1) (global $n (mut i32) (i32.const 0))
            (func (export "_start"))
            (func (export "both") (result i32 i32)
                (global.set $n (i32.add (global.get $n) (i32.const 1))) (global.get $n) (call $next)))"#,
    );
    linker.module(&mut store, "command", &command).unwrap();
    let both = linker.get(&mut store, "command", "both").unwrap().into_func().unwrap();
    let both = both.typed::<(), (i32, i32)>(&store).unwrap();
    assert_eq!(both.call(&mut store, ()).unwrap(), (1, 11));
    assert_eq!(
        both.call(&mut store, ()).unwrap(),
        (1, 12),
        "the command's own state is new, the reactor's is not"
    );
    linker.get_default(&mut store, "command").unwrap().call(&mut store, &[], &mut []).unwrap();
    linker.get_default(&mut store, "nothing").unwrap().call(&mut store, &[], &mut []).unwrap();
}

#[test]
fn constant_expressions_see_imports_and_functions() {
    let engine = Engine::default();
    let mut store = Store::new(&engine, ());
    let module = module(
        &engine,
        r#"(module
            (import "" "base" (global $base i32))
            (global $next i32 (i32.add (global.get $base) (i32.mul (i32.const 3) (i32.const 4))))
            (global (export "last") i64 (i64.sub (i64.const 1) (i64.const 2)))
            (global (export "v") v128 (v128.const i64x2 1 2))
            (global (export "f") f32 (f32.const -0.5))
            (global (export "r") funcref (ref.func $seven))
            (global (export "null") externref (ref.null extern))
            (memory (export "m") 1)
            (data (global.get $next) "hello")
            (table (export "t") 4 funcref (ref.func $seven))
            (elem (i32.const 1) func $eight)
            (func $seven (export "seven") (result i32) (i32.const 7))
            (func $eight (result i32) (i32.const 8)))"#,
    );
    let base =
        Global::new(&mut store, GlobalType::new(ValType::I32, Mutability::Const), Val::I32(100)).unwrap();
    let instance = Instance::new(&mut store, &module, &[base.into()]).unwrap();
    let mut get = |name| instance.get_global(&mut store, name).unwrap().get(&mut store);
    assert_eq!(get("last").unwrap_i64(), -1);
    assert_eq!(get("v").unwrap_v128().as_u128(), 1 | 2 << 64);
    assert_eq!(get("f").unwrap_f32(), -0.5);
    let seven = *get("r").unwrap_funcref().unwrap();
    assert!(get("null").unwrap_externref().is_none());
    assert_eq!(Some(seven), instance.get_func(&mut store, "seven"));
    assert_eq!(&instance.get_memory(&mut store, "m").unwrap().data(&store)[112..117], b"hello");
    let table = instance.get_table(&mut store, "t").unwrap();
    let mut call = |index| {
        let func = *table.get(&mut store, index).unwrap().unwrap_func().unwrap();
        func.typed::<(), i32>(&store).unwrap().call(&mut store, ()).unwrap()
    };
    assert_eq!([call(0), call(1), call(2), call(3)], [7, 8, 7, 7]);
}

#[test]
fn what_was_written_before_a_segment_failed_stays() {
    let engine = Engine::default();
    let mut store = Store::new(&engine, ());
    let memory = Memory::new(&mut store, MemoryType::new(1, None)).unwrap();
    let table = Table::new(&mut store, TableType::new(RefType::FUNCREF, 2, None), Ref::Func(None)).unwrap();
    let mut linker = Linker::new(&engine);
    linker.define(&store, "", "m", memory).unwrap().define(&store, "", "t", table).unwrap();
    let module = |tail: &str| {
        module(
            &engine,
            &format!(
                r#"(module (import "" "m" (memory 1)) (import "" "t" (table 2 funcref))
                    (func $f (result i32) (i32.const 7))
                    (elem (i32.const 1) $f) (data (i32.const 3) "abc") {tail})"#
            ),
        )
    };
    let error = linker.instantiate(&mut store, &module(r#"(data (i32.const 65535) "de")"#)).unwrap_err();
    assert_eq!(error.downcast_ref::<Trap>(), Some(&Trap::MemoryOutOfBounds));
    assert_eq!(memory.data(&store)[..7], *b"\0\0\0abc\0");
    assert_eq!(memory.data(&store)[65535], 0, "a segment is written whole or not at all");
    let func = *table.get(&mut store, 1).unwrap().unwrap_func().unwrap();
    assert_eq!(func.typed::<(), i32>(&store).unwrap().call(&mut store, ()).unwrap(), 7);
    let error = linker.instantiate(&mut store, &module("(elem (i32.const 1) $f $f)")).unwrap_err();
    assert_eq!(error.downcast_ref::<Trap>(), Some(&Trap::TableOutOfBounds));
}

#[test]
fn a_start_function_that_traps_makes_instantiation_fail() {
    let engine = Engine::default();
    let mut store = Store::new(&engine, ());
    let module =
        module(&engine, "(module (func $s (drop (i32.div_u (i32.const 1) (i32.const 0)))) (start $s))");
    let error = Instance::new(&mut store, &module, &[]).unwrap_err();
    assert_eq!(error.downcast_ref::<Trap>(), Some(&Trap::IntegerDivisionByZero));
    assert_eq!(error.downcast_ref::<WasmBacktrace>().unwrap().frames()[0].func_name(), Some("s"));
}

#[test]
fn what_does_not_fit_is_an_error_and_not_an_abort() {
    let engine = Engine::default();
    let error = |text: &str| -> String {
        let mut store = Store::new(&engine, ());
        try_module(&engine, text)
            .and_then(|module| Instance::new(&mut store, &module, &[]))
            .unwrap_err()
            .to_string()
    };
    assert_eq!(
        error("(module (memory i64 0x1000000000000))"),
        "a memory of 281474976710656 pages is too large"
    );
    assert_eq!(
        error("(module (memory i64 0x100000000000))"),
        if cfg!(target_pointer_width = "64") {
            "not enough memory for a memory of 17592186044416 pages"
        } else {
            "a memory of 17592186044416 pages is too large"
        }
    );
    assert_eq!(
        error("(module (table 0xffffffff funcref))"),
        "a table of 4294967295 elements is too large: 10000000 is the limit of this implementation"
    );
}

#[test]
fn limits_of_a_store_are_kept() {
    let engine = Engine::default();
    let try_with = |limits: StoreLimits, text: &str| -> Result<(Store<StoreLimits>, Instance), Error> {
        let mut store = Store::new(&engine, limits);
        store.limiter(|limits| limits);
        let instance = Instance::new(&mut store, &module(&engine, text), &[])?;
        Ok((store, instance))
    };
    let limits = StoreLimitsBuilder::new;
    let text = r#"(module (memory (export "m") 1) (table (export "t") 5 funcref)
        (func (export "grow") (param i32) (result i32) (memory.grow (local.get 0)))
        (func (export "table") (param i32) (result i32) (table.grow (ref.null func) (local.get 0))))"#;
    assert_eq!(
        try_with(limits().memory_size(65535).build(), text).unwrap_err().to_string(),
        "memory minimum size of 1 pages exceeds memory limits"
    );
    assert_eq!(
        try_with(limits().table_elements(4).build(), text).unwrap_err().to_string(),
        "table minimum size of 5 elements exceeds table limits"
    );
    assert_eq!(
        try_with(limits().instances(0).build(), text).unwrap_err().to_string(),
        "resource limit exceeded: instance count too high at 1"
    );
    assert_eq!(
        try_with(limits().memories(0).build(), text).unwrap_err().to_string(),
        "resource limit exceeded: memory count too high at 1"
    );
    assert_eq!(
        try_with(limits().tables(0).build(), text).unwrap_err().to_string(),
        "resource limit exceeded: table count too high at 1"
    );
    let (mut store, instance) =
        try_with(limits().memory_size(3 << 16).table_elements(7).build(), text).unwrap();
    for (name, fits, not) in [("grow", 2, 1), ("table", 2, 1)] {
        let grow = instance.get_typed_func::<i32, i32>(&mut store, name).unwrap();
        let before = grow.call(&mut store, 0).unwrap();
        assert_eq!(grow.call(&mut store, fits).unwrap(), before);
        assert_eq!(grow.call(&mut store, not).unwrap(), -1);
        assert_eq!(grow.call(&mut store, 0).unwrap(), before + fits);
    }
    let memory = instance.get_memory(&mut store, "m").unwrap();
    assert_eq!(memory.grow(&mut store, 1).unwrap_err().to_string(), "failed to grow memory by `1`");
    let table = instance.get_table(&mut store, "t").unwrap();
    assert_eq!(
        table.grow(&mut store, 1, Ref::Func(None)).unwrap_err().to_string(),
        "failed to grow table by `1`"
    );
    let limits = limits().memory_size(1 << 16).trap_on_grow_failure(true).build();
    let (mut store, instance) = try_with(limits, text).unwrap();
    let grow = instance.get_typed_func::<i32, i32>(&mut store, "grow").unwrap();
    assert_eq!(
        grow.call(&mut store, 1).unwrap_err().to_string(),
        "forcing trap when growing memory to 131072 bytes"
    );
    assert_eq!(grow.call(&mut store, 0).unwrap(), 1, "the store works on");
}

#[test]
fn what_needs_a_proposal_that_is_off_is_refused() {
    let mut config = fantail::Config::new();
    config.wasm_threads(false);
    let engine = Engine::new(&config).unwrap();
    let text = "(module (memory 1) (func $f (drop (i32.atomic.load (i32.const 0)))))";
    let wasm = wat::parse_str(text).expect("well-formed text");
    Module::new(&Engine::default(), &wasm).expect("valid otherwise");
    let error = Module::new(&engine, wasm).unwrap_err();
    let kind = error.downcast_ref::<fantail::WasmError>().map(|error| error.kind());
    assert_eq!(kind, Some(WasmErrorKind::Unsupported));
    let text = error.to_string();
    assert!(text.starts_with("i32.atomic.load needs the proposal threads, which is not enabled"), "{text}");
    assert!(text.ends_with("in function 0 \"f\")"), "{text}");
}

#[test]
fn null_references_to_what_cannot_be_made_can_be_had() {
    let (mut store, instance) = common::instance(
        r#"(module (global (export "g") anyref (ref.null none)) (table (export "t") 2 exnref)
            (func (export "f") (param structref) (result i32) (ref.is_null (local.get 0))))"#,
    );
    assert!(matches!(instance.get_global(&mut store, "g").unwrap().get(&mut store), Val::AnyRef(None)));
    let table = instance.get_table(&mut store, "t").unwrap();
    assert!(matches!(table.get(&mut store, 1), Some(Ref::Exn(None))));
    let mut results = [Val::I32(0)];
    instance.get_func(&mut store, "f").unwrap().call(&mut store, &[Val::AnyRef(None)], &mut results).unwrap();
    assert_eq!(results[0].unwrap_i32(), 1);
}

#[test]
fn switched_off_proposals_are_refused() {
    let mut config = Config::new();
    config.wasm_simd(false).wasm_relaxed_simd(false);
    let engine = Engine::new(&config).unwrap();
    assert!(try_module(&engine, "(module (func (drop (i32.const 1))))").is_ok());
    assert!(try_module(&engine, "(module (func (drop (v128.const i64x2 1 2))))").is_err());
    let least = if cfg!(feature = "fusion") { 16384 } else { 1024 };
    assert_eq!(
        Engine::new(Config::new().max_wasm_stack(1)).unwrap_err().to_string(),
        format!("the stack must have at least {least} bytes, not 1")
    );
}

#[test]
fn every_compilation_mode_gives_the_same_results_and_finds_invalid_bodies_in_time() {
    let valid = r#"(module (func (export "f") (param i32) (result i32)
        (if (result i32) (local.get 0) (then (call 1 (local.get 0))) (else (i32.const 5))))
        (func (param i32) (result i32) (call 0 (i32.sub (local.get 0) (i32.const 1)))))"#;
    let invalid = wat::parse_str(
        r#"(module (func (export "f") (param i32) (result i32) local.get 0)
        (func (export "g") i64.const 0))"#,
    )
    .unwrap();
    for mode in [CompilationMode::Eager, CompilationMode::LazyTranslation, CompilationMode::Lazy] {
        let engine = Engine::new(Config::new().compilation_mode(mode)).unwrap();
        let mut store = Store::new(&engine, ());
        let instance = Instance::new(&mut store, &module(&engine, valid), &[]).unwrap();
        let func = instance.get_typed_func::<i32, i32>(&mut store, "f").unwrap();
        assert_eq!(func.call(&mut store, 100).unwrap(), 5, "{mode:?}");

        let text = "type mismatch";
        match (mode, Module::new(&engine, &invalid)) {
            (CompilationMode::Lazy, Ok(module)) => {
                let instance = Instance::new(&mut store, &module, &[]).unwrap();
                let good = instance.get_typed_func::<i32, i32>(&mut store, "f").unwrap();
                assert_eq!(good.call(&mut store, 3).unwrap(), 3);
                let bad = instance.get_func(&mut store, "g").unwrap();
                for _ in 0..2 {
                    let error = bad.call(&mut store, &[], &mut []).unwrap_err();
                    assert!(error.to_string().starts_with(text), "{error}");
                }
            }
            (_, Err(error)) if mode != CompilationMode::Lazy => {
                assert!(error.to_string().starts_with(text), "{error}");
            }
            (mode, result) => panic!("{mode:?} gave {result:?}"),
        }
    }
}

#[test]
fn unchecked_modules_run_like_checked_ones() {
    let engine = Engine::default();
    let wasm = wat::parse_str(r#"(module (func (export "f") (result i32) (i32.const 42)))"#).unwrap();
    // SAFETY: the text format is checked by its parser, and the body is as plain as can be.
    #[expect(unsafe_code, reason = "the function under test")]
    let module = unsafe { Module::new_unchecked(&engine, &wasm) }.unwrap();
    let mut store = Store::new(&engine, ());
    let instance = Instance::new(&mut store, &module, &[]).unwrap();
    assert_eq!(
        instance.get_typed_func::<(), i32>(&mut store, "f").unwrap().call(&mut store, ()).unwrap(),
        42
    );
}

#[test]
fn a_module_belongs_to_its_engine() {
    let module = module(&Engine::default(), "(module)");
    let mut store = Store::new(&Engine::default(), ());
    let panic = catch_unwind(AssertUnwindSafe(|| Instance::new(&mut store, &module, &[]))).unwrap_err();
    assert_eq!(panic.downcast_ref::<&str>(), Some(&"module used with the wrong engine"));
}

#[test]
fn modules_tell_what_they_have() {
    let engine = Engine::default();
    let module = module(
        &engine,
        r#"(module $name (import "a" "b" (func (param i32))) (import "a" "c" (global (mut f64)))
            (memory (export "z") 1 2) (table (export "y") 3 externref)
            (func (export "x") (result v128) (v128.const i64x2 0 0))
            (@custom "note" "one") (@custom "note" "two"))"#,
    );
    assert_eq!(module.name(), Some("name"));
    let imports: Vec<_> = module
        .imports()
        .map(|import| format!("{} {} {}", import.module(), import.name(), import.ty()))
        .collect();
    assert_eq!(imports, ["a b (func (param i32))", "a c (global (mut f64))"]);
    let exports: Vec<_> =
        module.exports().map(|export| format!("{} {}", export.name(), export.ty())).collect();
    assert_eq!(exports, ["z (memory 1 2)", "y (table 3 (ref null extern))", "x (func (result v128))"]);
    assert_eq!(
        module.get_export("y").map(|ty| ty.to_string()).as_deref(),
        Some("(table 3 (ref null extern))")
    );
    assert!(module.get_export("w").is_none());
    assert_eq!(module.custom_sections("note").collect::<Vec<_>>(), [b"one", b"two"]);

    let mut store = Store::new(&engine, ());
    let mut linker = Linker::new(&engine);
    linker.define_unknown_imports_as_default_values(&mut store, &module).unwrap();
    let instance = linker.instantiate(&mut store, &module).unwrap();
    let names: Vec<_> = instance.exports(&mut store).map(|export| export.name()).collect();
    assert_eq!(names, ["z", "y", "x"]);
    assert!(Module::same(&instance.module(&store), &module));
}

#[cfg(feature = "wat")]
#[test]
fn modules_may_be_text() {
    let engine = Engine::default();
    assert_eq!(Module::new(&engine, "(module $text)").unwrap().name(), Some("text"));
    assert!(Module::new(&engine, "(module $text").is_err());
    assert!(Module::from_binary(&engine, b"(module $text)").is_err());
}

//! Every message of the interface, word for word: what was wrong, where, and what would have been right.
//!
//! Those of invalid modules stand in the script tests of the specification and in `fantail-core`; those of traps in
//! `fantail_core::trap`. Messages that other tests compare as well are not repeated here.

mod common;

use common::module;
use fantail::{
    ArrayRef, ArrayRefPre, ArrayType, Caller, Config, Engine, Error, ExnRef, ExnRefPre, ExnType, Extern,
    ExternRef, ExternType, FieldType, Func, FuncType, Global, GlobalType, HeapType, Instance, Linker, Memory,
    MemoryType, Module, Mutability, Ref, RefType, Result, RootScope, SharedMemory, StorageType, Store,
    StoreLimits, StoreLimitsBuilder, StructRef, StructRefPre, StructType, Table, TableType, Tag, TagType,
    Val, ValType,
};

/// What `attempt` fails with, causes included.
fn text<T>(attempt: Result<T>) -> String {
    match attempt {
        Ok(_) => String::from("nothing is wrong"),
        Err(error) => format!("{error:#}"),
    }
}

fn setup(wasm: &str) -> (Engine, Store<()>, Instance) {
    let engine = Engine::default();
    let mut store = Store::new(&engine, ());
    let instance = Instance::new(&mut store, &module(&engine, wasm), &[]).expect("it imports nothing");
    (engine, store, instance)
}

#[test]
fn modules_and_engines() {
    let engine = Engine::default();
    let invalid =
        wat::parse_str("(module (func $sort (result i32) (f64.const 1)))").expect("it is well-formed");
    for (bytes, message) in [
        (&b"\0asm\x02\0\0\0"[..], "unknown binary version (at offset 0x4)"),
        (b"\0asm", "unexpected end (at offset 0x4)"),
        (&invalid, "type mismatch: expected i32, found f64 (at offset 0x21, in function 0 \"sort\")"),
    ] {
        assert_eq!(text(Module::new(&engine, bytes)), message);
    }
    let no_vectors =
        Engine::new(Config::new().wasm_relaxed_simd(false).wasm_simd(false)).expect("it is valid");
    let vectors =
        wat::parse_str("(module (func (result v128) (v128.const i64x2 0 0)))").expect("it is well-formed");
    assert_eq!(
        text(Module::new(&no_vectors, vectors)),
        "the type v128 needs the proposal simd, which is not enabled (at offset 0xe)"
    );
    assert_eq!(
        text(Module::from_file(&engine, "no/such.wasm")),
        "failed to read input file: no/such.wasm: No such file or directory (os error 2)"
    );
}

#[test]
fn instantiation() {
    let engine = Engine::default();
    let mut store = Store::new(&engine, ());
    let importing = |import: &str| module(&engine, &format!(r#"(module (import "host" "it" {import}))"#));
    let func = Func::wrap(&mut store, |x: i32| x);
    let memory = Memory::new(&mut store, MemoryType::new(1, Some(3))).expect("it fits");
    let shared = SharedMemory::new(&engine, MemoryType::shared(1, 2)).expect("it fits");
    let global = Global::new(&mut store, GlobalType::new(ValType::I32, Mutability::Const), Val::I32(0));
    let table = Table::new(&mut store, TableType::new(RefType::FUNCREF, 1, None), Ref::Func(None));
    let tag = Tag::new(&mut store, &TagType::new(FuncType::new(&engine, [ValType::I32], [])));
    let func: Extern = func.into();
    let rows: [(&str, Extern, &str); 8] = [
        ("(func (param i64))", func.clone(), "(func (param i64)), found (func (param i32) (result i32))"),
        ("(memory 2)", memory.into(), "(memory 2), found (memory 1 3)"),
        ("(memory 1 2)", memory.into(), "(memory 1 2), found (memory 1 3)"),
        ("(memory 1 2)", shared.into(), "(memory 1 2), found (memory 1 2 shared)"),
        ("(global (mut i32))", global.expect("it fits").into(), "(global (mut i32)), found (global i32)"),
        (
            "(table 1 externref)",
            table.expect("it fits").into(),
            "(table 1 (ref null extern)), found (table 1 (ref null func))",
        ),
        ("(tag)", tag.expect("it fits").into(), "(tag), found (tag (param i32))"),
        ("(memory 1)", func, "(memory 1), found (func (param i32) (result i32))"),
    ];
    for (import, item, types) in rows {
        assert_eq!(
            text(Instance::new(&mut store, &importing(import), &[item])),
            format!("incompatible import type for \"host\".\"it\": expected {types}")
        );
    }
    for (wasm, message) in [
        ("(module (memory 1) (data (i32.const 65536) \"x\"))", "out of bounds memory access"),
        ("(module (table 1 funcref) (func $f) (elem (i32.const 1) $f))", "out of bounds table access"),
        ("(module (func $f (unreachable)) (start $f))", "unreachable"),
    ] {
        assert_eq!(text(Instance::new(&mut store, &module(&engine, wasm), &[])), message);
    }
}

#[test]
fn exports_and_calls() {
    let (_, mut store, instance) =
        setup(r#"(module (func (export "f") (param i32 i64) (result f32) f32.const 0))"#);
    assert_eq!(
        text(instance.get_typed_func::<(), ()>(&mut store, "g")),
        "failed to find function export `g`"
    );
    let convert = "failed to convert function `f` to given type: type mismatch with";
    assert_eq!(
        text(instance.get_typed_func::<i32, f32>(&mut store, "f")),
        format!("{convert} parameters: expected 1 types, found 2")
    );
    assert_eq!(
        text(instance.get_typed_func::<(i32, f64), f32>(&mut store, "f")),
        format!("{convert} parameters: type mismatch: expected f64, found i64")
    );
    assert_eq!(
        text(instance.get_typed_func::<(i32, i64), ()>(&mut store, "f")),
        format!("{convert} results: expected 0 types, found 1")
    );
    let f = instance.get_func(&mut store, "f").expect("it is exported");
    for (params, results, message) in [
        (&[Val::I32(0)][..], 1, "expected 2 arguments, got 1"),
        (&[Val::I32(0), Val::I64(0)], 0, "expected 1 results, got 0"),
        (&[Val::F64(0), Val::I64(0)], 1, "argument type mismatch: expected i32, found f64 (argument 0)"),
    ] {
        assert_eq!(text(f.call(&mut store, params, &mut vec![Val::I32(0); results])), message);
    }
}

#[test]
fn linking() {
    let engine = Engine::default();
    let mut store = Store::new(&engine, ());
    let mut linker = Linker::new(&engine);
    let global = Global::new(&mut store, GlobalType::new(ValType::I32, Mutability::Const), Val::I32(0));
    linker.define(&store, "host", "_start", global.expect("it fits")).expect("the name is new");
    assert_eq!(text(linker.get(&mut store, "host", "g")), "missing definition for `host::g`");
    assert_eq!(text(linker.get_default(&mut store, "host")), "default export in 'host' is not a function");
    assert_eq!(text(linker.alias("host", "g", "a", "b").map(drop)), "no item named `host::g` defined");
    assert_eq!(
        text(linker.func_wrap("host", "_start", || ()).map(drop)),
        "import of `host::_start` defined twice"
    );
    let command =
        module(&engine, r#"(module (func (export "_start")) (global (export "g") i32 (i32.const 0)))"#);
    assert_eq!(
        text(linker.module(&mut store, "command", &command).map(drop)),
        "command export 'g' is not a function but (global i32)"
    );
    let reactor = module(&engine, r#"(module (func (export "_initialize") (param i32)))"#);
    assert_eq!(
        text(linker.module(&mut store, "reactor", &reactor).map(drop)),
        "calling the Reactor initialization function: type mismatch with parameters: expected 0 types, found 1"
    );
}

#[test]
fn memories_tables_and_globals() {
    let engine = Engine::default();
    let mut store = Store::new(&engine, ());
    let build = |builder: &fantail::MemoryTypeBuilder| text(builder.build());
    assert_eq!(
        build(MemoryType::builder().page_size_log2(3)),
        "invalid custom page size: the logarithm must be 0 or 16, not 3"
    );
    assert_eq!(build(MemoryType::builder().min(65_537)), "memory size must be at most 65536 pages");
    assert_eq!(
        build(MemoryType::builder().min(2).max(Some(1))),
        "size minimum must not be greater than maximum"
    );
    assert_eq!(build(MemoryType::builder().shared(true)), "shared memory must have maximum");
    assert_eq!(
        text(SharedMemory::new(&engine, MemoryType::new(1, Some(1)))),
        "shared memory must have the `shared` flag enabled on its memory type"
    );
    let memory = Memory::new(&mut store, MemoryType::new64(1 << 47, None));
    assert_eq!(text(memory), "a memory of 140737488355328 pages is too large");
    let memory = Memory::new(&mut store, MemoryType::new(1, Some(1))).expect("it fits");
    assert_eq!(text(memory.grow(&mut store, 2)), "failed to grow memory by `2`");
    assert_eq!(
        text(memory.read(&store, 65_536, &mut [0]).map_err(Error::from)),
        "out of bounds memory access"
    );

    let table = |store: &mut Store<()>, min| {
        Table::new(store, TableType::new(RefType::FUNCREF, min, None), Ref::Func(None))
    };
    assert_eq!(
        text(table(&mut store, 10_000_001)),
        "a table of 10000001 elements is too large: 10000000 is the limit of this implementation"
    );
    let functions = table(&mut store, 3).expect("it fits");
    assert_eq!(
        text(functions.set(&mut store, 3, Ref::Func(None))),
        "table element index out of bounds: 3 in a table of 3"
    );
    assert_eq!(
        text(functions.set(&mut store, 0, Ref::Extern(None))),
        "type mismatch: value does not match table element type: expected (ref null func), found (ref null noextern)"
    );
    assert_eq!(text(functions.fill(&mut store, 2, Ref::Func(None), 2)), "out of bounds table access");
    let other = TableType::new(RefType::EXTERNREF, 1, None);
    let values = Table::new(&mut store, other, Ref::Extern(None)).expect("it fits");
    assert_eq!(
        text(Table::copy(&mut store, &functions, 0, &values, 0, 1)),
        "type mismatch: source table element type does not match destination table element type: expected \
         (ref null func), found (ref null extern)"
    );

    let global = |store: &mut Store<()>, mutability, val| {
        Global::new(store, GlobalType::new(ValType::I32, mutability), val)
    };
    assert_eq!(
        text(global(&mut store, Mutability::Var, Val::I64(0))),
        "type mismatch: expected i32, found i64"
    );
    let constant = global(&mut store, Mutability::Const, Val::I32(0)).expect("it fits");
    assert_eq!(text(constant.set(&mut store, Val::I32(1))), "immutable global cannot be set");
    for ty in [
        ExternType::from(GlobalType::new(RefType::new(false, HeapType::Any).into(), Mutability::Var)),
        TableType::new(RefType::new(false, HeapType::Func), 1, None).into(),
    ] {
        assert_eq!(text(ty.default_value(&mut store)), format!("no default value exists for {ty}"));
    }
    let ty = FuncType::new(&engine, [], [RefType::new(false, HeapType::I31).into()]);
    assert_eq!(
        text(ty.default_value(&mut store)),
        "no default value exists for a result of (func (result (ref i31)))"
    );
}

#[test]
fn objects_and_exceptions() {
    let engine = Engine::default();
    let mut store = Store::new(&engine, ());
    let fields = [Mutability::Const, Mutability::Var].map(|it| FieldType::new(it, ValType::I32.into()));
    let pre = StructType::new(&engine, fields.clone()).map(|ty| StructRefPre::new(&mut store, ty));
    let pre = pre.expect("there is room for the type");
    assert_eq!(text(StructRef::new(&mut store, &pre, &[])), "expected 2 fields, got 0");
    assert_eq!(
        text(StructRef::new(&mut store, &pre, &[Val::I32(1), Val::I64(2)])),
        "type mismatch: expected i32, found i64"
    );
    let object = StructRef::new(&mut store, &pre, &[Val::I32(1), Val::I32(2)]).expect("it fits");
    assert_eq!(text(object.field(&mut store, 2)), "there is no field 2: the structure has 2");
    assert_eq!(text(object.set_field(&mut store, 0, Val::I32(3))), "cannot set field 0: it is immutable");
    assert_eq!(
        text(StructType::new(&engine, vec![fields[0].clone(); 10_001])),
        "a structure of 10001 fields is too large: 10000 is the limit of this implementation"
    );

    let ty = ArrayType::new(&engine, FieldType::new(Mutability::Const, StorageType::I8));
    let pre = ArrayRefPre::new(&mut store, ty.expect("there is room for the type"));
    let array = ArrayRef::new(&mut store, &pre, &Val::I32(0), 2).expect("it fits");
    assert_eq!(text(array.get(&mut store, 2)), "there is no element 2: the array has 2");
    assert_eq!(text(array.set(&mut store, 1, Val::I32(3))), "cannot set element 1: it is immutable");

    let ty = ExnType::new(&engine, [ValType::I32]).expect("there is room for the type");
    let pre = ExnRefPre::new(&mut store, ty.clone());
    let tag = Tag::new(&mut store, &ty.tag_type()).expect("it fits");
    let empty = Tag::new(&mut store, &TagType::new(FuncType::new(&engine, [], []))).expect("it fits");
    assert_eq!(
        text(ExnRef::new(&mut store, &pre, &empty, &[])),
        "incorrect signature for tag when creating exception object: expected (tag (param i32)), found (tag)"
    );
    assert_eq!(text(ExnRef::new(&mut store, &pre, &tag, &[])), "expected 1 fields, got 0");
    assert_eq!(
        text(ExnRef::new(&mut store, &pre, &tag, &[Val::F32(0)])),
        "field type mismatch: expected i32, found f32 (field 0)"
    );
    let exception = ExnRef::new(&mut store, &pre, &tag, &[Val::I32(0)]).expect("it fits");
    assert_eq!(text(exception.field(&mut store, 1)), "cannot access field 1: field index out of bounds");
    let ty = TagType::new(FuncType::new(&engine, [], [ValType::I32]));
    assert_eq!(
        text(ExnType::from_tag_type(&ty)),
        "cannot create an exception type from a tag type with results in signature"
    );
}

#[test]
fn stores_and_what_belongs_to_others() {
    let engine = Engine::default();
    let mut store = Store::new(&engine, ());
    let late = {
        let mut scope = RootScope::new(&mut store);
        ExternRef::new(&mut scope, 1).expect("there is room")
    };
    assert_eq!(
        text(late.data(&store).map(drop)),
        "attempted to use a garbage-collected object that has been unrooted"
    );
    let mut other = Store::new(&engine, ());
    let foreign = Func::wrap(&mut other, || ());
    let take = Func::wrap(&mut store, |_: Option<Func>| ());
    assert_eq!(
        text(take.call(&mut store, &[foreign.into()], &mut [])),
        "reference used with the wrong store"
    );
    let give = Func::wrap(&mut store, move || foreign);
    assert_eq!(
        text(give.call(&mut store, &[], &mut [Val::I32(0)])),
        "host function attempted to return a reference of another store"
    );

    let limits = StoreLimitsBuilder::new().memory_size(1 << 17).table_elements(2).trap_on_grow_failure(true);
    let mut store: Store<StoreLimits> = Store::new(&engine, limits.build());
    store.limiter(|limits| limits);
    let wasm = r#"(module (memory 1) (table 1 funcref) (func $memory (export "memory") (drop (memory.grow (i32.const 2))))
        (func $table (export "table") (drop (table.grow (ref.null func) (i32.const 2)))))"#;
    let instance = Instance::new(&mut store, &module(&engine, wasm), &[]).expect("it is allowed");
    for (name, message) in [
        ("memory", "forcing trap when growing memory to 196608 bytes"),
        ("table", "forcing trap when growing table to 3 elements"),
    ] {
        let grow = instance.get_typed_func::<(), ()>(&mut store, name).expect("it is exported");
        assert_eq!(text(grow.call(&mut store, ())), message);
    }
}

#[test]
fn what_cannot_grow_may_trap() {
    let engine = Engine::default();
    let limits = StoreLimitsBuilder::new().trap_on_grow_failure(true).build();
    let mut store: Store<StoreLimits> = Store::new(&engine, limits);
    store.limiter(|limits| limits);
    let memory = Memory::new(&mut store, MemoryType::new(1, Some(2))).expect("it fits");
    assert_eq!(
        text(memory.grow(&mut store, 2)),
        "forcing a memory growth failure to be a trap: memory maximum size exceeded"
    );
    let ty = TableType::new(RefType::FUNCREF, 1, Some(2));
    let table = Table::new(&mut store, ty, Ref::Func(None)).expect("it fits");
    assert_eq!(
        text(table.grow(&mut store, 2, Ref::Func(None))),
        "forcing a table growth failure to be a trap: table maximum size exceeded"
    );
}

#[test]
fn settings_of_an_engine() {
    let with = |config: &mut Config| Engine::new(config).expect("the settings are valid");
    for (size, message) in [
        (usize::MAX, "a stack of 18446744073709551615 bytes is too large"),
        (1 << 60, "not enough memory for a stack of 1152921504606846976 bytes: out of memory"),
    ] {
        let engine = with(Config::new().max_wasm_stack(size));
        assert_eq!(text(Store::try_new(&engine, ())), message);
    }
    for (engine, message) in [
        (
            with(Config::new().wasm_threads(false)),
            "shared memories need the threads proposal, which the engine does not accept",
        ),
        (
            with(Config::new().shared_memory(false)),
            "shared memories are switched off in the engine's settings",
        ),
    ] {
        assert_eq!(text(SharedMemory::new(&engine, MemoryType::shared(1, 2))), message);
    }
    let large = |min, max| {
        let ty = MemoryType::builder().memory64(true).shared(true).min(min).max(Some(max)).build();
        text(SharedMemory::new(&Engine::default(), ty.expect("it is valid")))
    };
    assert_eq!(large(1 << 48, 1 << 48), "a shared memory of 281474976710656 pages is too large");
    assert_eq!(
        large(1, 1 << 46),
        "not enough memory for a shared memory that may grow to 4611686018427387904 bytes: out of memory"
    );
}

#[test]
fn types_of_another_engine() {
    let (engine, other) = (Engine::default(), Engine::default());
    let ty = StructType::new(&other, []).expect("there is room for the type");
    let foreign = RefType::new(true, HeapType::ConcreteStruct(ty));
    let field = FieldType::new(Mutability::Const, StorageType::ValType(foreign.into()));
    assert_eq!(text(ArrayType::new(&engine, field.clone())), "type used with the wrong engine");
    assert_eq!(text(StructType::new(&engine, [field])), "type used with the wrong engine");
}

#[test]
fn arrays_that_are_not_of_bytes() {
    let engine = Engine::default();
    let mut store = Store::new(&engine, ());
    let ty = ArrayType::new(&engine, FieldType::new(Mutability::Const, ValType::I64.into()));
    let pre = ArrayRefPre::new(&mut store, ty.expect("there is room for the type"));
    assert_eq!(
        text(ArrayRef::new_from_i8_slice(&mut store, &pre, b"no")),
        "type mismatch: expected an array of i8, found one of i64"
    );
}

#[test]
fn an_error_in_a_guest_says_where() {
    let engine = Engine::default();
    let mut store = Store::new(&engine, ());
    let fail = Func::wrap(&mut store, |_: Caller<'_, ()>| -> Result<()> { Err(Error::msg("no paper")) });
    let wasm = r#"(module $printer (import "" "" (func $fail))
        (func $page (call $fail))
        (func (export "print") (call $page)))"#;
    let instance = Instance::new(&mut store, &module(&engine, wasm), &[fail.into()]).expect("it links");
    let print = instance.get_func(&mut store, "print").expect("it is exported");
    let error = print.call(&mut store, &[], &mut []).expect_err("the host fails");
    assert_eq!(
        format!("{:?}", error.context("while printing")),
        "while printing\n\nCaused by:\n    no paper\n\nwasm backtrace:\n    0:   0x2a - printer!page\n    1:   0x2f - \
         printer!<wasm function 2>"
    );
}

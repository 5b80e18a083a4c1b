//! What runs: traps and their backtraces, state shared between host, guest and instances.

mod common;

use common::{instance, module};
use fantail::{
    Config, Engine, Error, Func, Instance, Linker, Memory, MemoryType, Module, Ref, RefType, Store, Table,
    TableType, Trap, Val, WasmBacktrace,
};
use std::thread;

#[test]
fn a_trap_tells_where_it_happened() {
    let text = r#"(module $calc
        (func $div (param i32 i32) (result i32)
            (i32.div_s (local.get 0) (local.get 1)))
        (func (export "run") (param i32) (result i32)
            (i32.add (i32.const 1) (call $div (i32.const 7) (local.get 0)))))"#;
    let wasm = wat::parse_str(text).unwrap();
    let (mut store, instance) = instance(text);
    let run = instance.get_typed_func::<i32, i32>(&mut store, "run").unwrap();
    assert_eq!(run.call(&mut store, 2).unwrap(), 4);
    let error = run.call(&mut store, 0).unwrap_err();
    assert_eq!(error.to_string(), "integer divide by zero");
    let frames = error.downcast_ref::<WasmBacktrace>().unwrap().frames();
    assert_eq!(frames.len(), 2);
    assert_eq!((frames[0].func_index(), frames[0].func_name()), (0, Some("div")));
    assert_eq!((frames[1].func_index(), frames[1].func_name()), (1, None));
    assert_eq!(wasm[frames[0].module_offset().unwrap()], 0x6d, "i32.div_s");
    assert_eq!(wasm[frames[1].module_offset().unwrap()], 0x10, "call");
    assert_eq!(
        format!("{error:?}"),
        format!(
            "integer divide by zero\n\nwasm backtrace:\n    0: {:#6x} - calc!div\n    1: {:#6x} - calc!<wasm function \
             1>",
            frames[0].module_offset().unwrap(),
            frames[1].module_offset().unwrap(),
        )
    );
}

#[test]
fn traps_have_their_names() {
    let text = r#"(module (memory 1) (table 1 funcref) (type $v (func)) (type $i (func (result i32)))
        (func $f (result i32) (i32.const 0)) (elem declare func $f)
        (func (export "unreachable") unreachable)
        (func (export "memory") (drop (i32.load (i32.const 65533))))
        (func (export "table") (drop (table.get 0 (i32.const 1))))
        (func (export "undefined") (call_indirect (type $v) (i32.const 1)))
        (func (export "null") (call_indirect (type $v) (i32.const 0)))
        (func (export "signature") (table.set 0 (i32.const 0) (ref.func $f)) (call_indirect (type $v) (i32.const 0)))
        (func (export "overflow") (drop (i32.div_s (i32.const 0x80000000) (i32.const -1))))
        (func (export "nan") (drop (i32.trunc_f32_s (f32.const nan))))
        (func $deep (export "stack") (call $deep)))"#;
    let (mut store, instance) = instance(text);
    for (name, trap, words) in [
        ("unreachable", Trap::UnreachableCodeReached, "unreachable"),
        ("memory", Trap::MemoryOutOfBounds, "out of bounds memory access"),
        ("table", Trap::TableOutOfBounds, "out of bounds table access"),
        ("undefined", Trap::UndefinedElement, "undefined element"),
        ("null", Trap::IndirectCallToNull, "uninitialized element"),
        ("signature", Trap::BadSignature, "indirect call type mismatch"),
        ("overflow", Trap::IntegerOverflow, "integer overflow"),
        ("nan", Trap::BadConversionToInteger, "invalid conversion to integer"),
        ("stack", Trap::StackOverflow, "call stack exhausted"),
    ] {
        let error = instance.get_func(&mut store, name).unwrap().call(&mut store, &[], &mut []).unwrap_err();
        assert_eq!(error.downcast_ref::<Trap>(), Some(&trap), "{name}");
        assert_eq!(error.to_string(), words);
    }
}

#[test]
fn a_larger_stack_allows_deeper_calls() {
    let text = r#"(module (func $f (export "f") (param i32) (result i32)
        (if (result i32) (local.get 0)
            (then (i32.add (i32.const 1) (call $f (i32.sub (local.get 0) (i32.const 1)))))
            (else (i32.const 0)))))"#;
    let depth_of = |bytes: usize| {
        let engine = Engine::new(Config::new().max_wasm_stack(bytes)).unwrap();
        let mut store = Store::new(&engine, ());
        let instance = Instance::new(&mut store, &module(&engine, text), &[]).unwrap();
        let func = instance.get_typed_func::<i32, i32>(&mut store, "f").unwrap();
        (0..24).map(|bit| 1 << bit).take_while(|&depth| func.call(&mut store, depth).is_ok()).last().unwrap()
    };
    let (small, large) = (depth_of(16 << 10), depth_of(4 << 20));
    assert!(small >= 128 && large >= 128 * small, "{small} and {large}");
}

#[test]
fn memory_is_shared_between_host_and_guest() {
    let (mut store, instance) = instance(
        r#"(module (memory (export "memory") 1 4)
            (func (export "sum") (param $at i32) (param $n i32) (result i32) (local $sum i32)
                (loop $next
                    (local.set $sum (i32.add (local.get $sum) (i32.load8_u (local.get $at))))
                    (local.set $at (i32.add (local.get $at) (i32.const 1)))
                    (br_if $next (local.tee $n (i32.sub (local.get $n) (i32.const 1)))))
                (local.get $sum))
            (func (export "grow") (param i32) (result i32) (memory.grow (local.get 0)))
            (func (export "size") (result i32) (memory.size))
            (func (export "poke") (param i32 i32) (i32.store8 (local.get 0) (local.get 1))))"#,
    );
    let memory = instance.get_memory(&mut store, "memory").unwrap();
    let sum = instance.get_typed_func::<(i32, i32), i32>(&mut store, "sum").unwrap();
    let grow = instance.get_typed_func::<u32, i32>(&mut store, "grow").unwrap();
    let size = instance.get_typed_func::<(), i32>(&mut store, "size").unwrap();
    let poke = instance.get_typed_func::<(i32, i32), ()>(&mut store, "poke").unwrap();

    memory.data_mut(&mut store)[1000..1004].copy_from_slice(&[1, 2, 3, 250]);
    assert_eq!(sum.call(&mut store, (1000, 4)).unwrap(), 256);
    assert_eq!(grow.call(&mut store, 2).unwrap(), 1);
    assert_eq!((memory.size(&store), memory.data_size(&store)), (3, 3 << 16));
    assert_eq!(memory.ty(&store), MemoryType::new(3, Some(4)));
    poke.call(&mut store, (3 * 65536 - 1, 77)).unwrap();
    let mut last = [0; 2];
    memory.read(&store, 3 * 65536 - 2, &mut last).unwrap();
    assert_eq!(last, [0, 77]);
    assert!(memory.read(&store, 3 * 65536 - 1, &mut last).is_err());
    assert!(memory.read(&store, usize::MAX, &mut last).is_err());
    assert!(memory.write(&mut store, 3 * 65536 - 1, &[9, 9]).is_err());
    assert_eq!(memory.data(&store)[3 * 65536 - 1], 77, "nothing is written by a write that does not fit");

    assert_eq!(memory.grow(&mut store, 1).unwrap(), 3);
    assert_eq!(size.call(&mut store, ()).unwrap(), 4);
    assert_eq!(grow.call(&mut store, 1).unwrap(), -1);
    assert_eq!(grow.call(&mut store, u32::MAX).unwrap(), -1);
    assert_eq!(
        memory.grow(&mut store, u64::MAX).unwrap_err().to_string(),
        "failed to grow memory by `18446744073709551615`"
    );
    let (bytes, _) = memory.data_and_store_mut(&mut store);
    bytes[4 * 65536 - 1] = 1;
    assert_eq!(sum.call(&mut store, (4 * 65536 - 1, 1)).unwrap(), 1);
    assert_eq!(
        sum.call(&mut store, (4 * 65536, 1)).unwrap_err().downcast_ref(),
        Some(&Trap::MemoryOutOfBounds)
    );
}

#[test]
fn memories_with_small_pages_and_wide_addresses_work() {
    let mut config = Config::new();
    config.wasm_custom_page_sizes(true);
    let engine = Engine::new(&config).unwrap();
    let mut store = Store::new(&engine, ());
    let module = module(
        &engine,
        r#"(module (memory (export "tiny") 3 (pagesize 1)) (memory (export "wide") i64 1)
            (func (export "run") (result i64)
                (i32.store8 0 (i32.const 2) (i32.const 5))
                (i64.store 1 (i64.const 65528) (i64.const 37))
                (drop (memory.grow 0 (i32.const 4)))
                (i64.add (i64.extend_i32_u (i32.add (memory.size 0) (i32.load8_u 0 (i32.const 2))))
                         (i64.load 1 (i64.const 65528)))))"#,
    );
    let instance = Instance::new(&mut store, &module, &[]).unwrap();
    let run = instance.get_typed_func::<(), i64>(&mut store, "run").unwrap();
    assert_eq!(run.call(&mut store, ()).unwrap(), 7 + 5 + 37);
    let tiny = instance.get_memory(&mut store, "tiny").unwrap();
    assert_eq!((tiny.data_size(&store), tiny.page_size(&store)), (7, 1));
    assert_eq!(tiny.data(&store), [0, 0, 5, 0, 0, 0, 0]);
}

#[test]
fn tables_are_shared_between_host_and_guest() {
    let (mut store, instance) = instance(
        r#"(module (type $t (func (result i32)))
            (table (export "table") 3 10 funcref)
            (elem (i32.const 0) $a)
            (func $a (result i32) (i32.const 11))
            (func (export "call") (param i32) (result i32) (call_indirect (type $t) (local.get 0)))
            (func (export "size") (result i32) (table.size)))"#,
    );
    let table = instance.get_table(&mut store, "table").unwrap();
    let call = instance.get_typed_func::<i32, i32>(&mut store, "call").unwrap();
    let size = instance.get_typed_func::<(), i32>(&mut store, "size").unwrap();
    let a = table.get(&mut store, 0).unwrap();
    let b = Func::wrap(&mut store, || 22);
    table.set(&mut store, 1, b.into()).unwrap();
    assert_eq!(call.call(&mut store, 0).unwrap(), 11);
    assert_eq!(call.call(&mut store, 1).unwrap(), 22);
    assert_eq!(table.grow(&mut store, 2, a).unwrap(), 3);
    assert_eq!(size.call(&mut store, ()).unwrap(), 5);
    assert_eq!(call.call(&mut store, 4).unwrap(), 11);
    table.fill(&mut store, 3, Ref::Func(Some(b)), 2).unwrap();
    assert_eq!(call.call(&mut store, 4).unwrap(), 22);
    Table::copy(&mut store, &table, 1, &table, 0, 3).unwrap();
    assert_eq!(call.call(&mut store, 1).unwrap(), 11);
    assert_eq!(call.call(&mut store, 2).unwrap(), 22);

    let trap = |error: Error| error.downcast_ref::<Trap>().copied();
    assert_eq!(trap(table.fill(&mut store, 4, a, 2).unwrap_err()), Some(Trap::TableOutOfBounds));
    assert_eq!(
        trap(Table::copy(&mut store, &table, 0, &table, 4, 2).unwrap_err()),
        Some(Trap::TableOutOfBounds)
    );
    assert_eq!(
        table.set(&mut store, 5, a).unwrap_err().to_string(),
        "table element index out of bounds: 5 in a table of 5"
    );
    assert_eq!(table.grow(&mut store, 6, a).unwrap_err().to_string(), "failed to grow table by `6`");
    assert_eq!(
        table.set(&mut store, 0, Ref::Extern(None)).unwrap_err().to_string(),
        "type mismatch: value does not match table element type: expected (ref null func), found (ref null noextern)"
    );
    let other =
        Table::new(&mut store, TableType::new(RefType::EXTERNREF, 1, None), Ref::Extern(None)).unwrap();
    assert!(Table::copy(&mut store, &table, 0, &other, 0, 1).is_err());
    assert!(table.get(&mut store, u64::MAX).is_none());
}

#[test]
fn instances_call_each_other_and_share_a_memory() {
    let engine = Engine::default();
    let mut store = Store::new(&engine, ());
    let memory = Memory::new(&mut store, MemoryType::new(1, None)).unwrap();
    let mut linker = Linker::new(&engine);
    linker.define(&store, "env", "shared", memory).unwrap();
    let callee = module(
        &engine,
        r#"(module (import "env" "shared" (memory 1)) (memory $own 1)
            (func (export "put") (param i32 i32)
                (i32.store (local.get 0) (local.get 1))
                (drop (memory.grow 0 (i32.const 1)))))"#,
    );
    linker.module(&mut store, "callee", &callee).unwrap();
    let caller = module(
        &engine,
        r#"(module (import "env" "shared" (memory 1)) (import "callee" "put" (func $put (param i32 i32)))
            (func (export "run") (result i32)
                (call $put (i32.const 8) (i32.const 40))
                (i32.store (i32.const 65536) (i32.const 2))
                (i32.add (i32.load (i32.const 8)) (i32.load (i32.const 65536)))))"#,
    );
    let instance = linker.instantiate(&mut store, &caller).unwrap();
    let run = instance.get_typed_func::<(), i32>(&mut store, "run").unwrap();
    assert_eq!(run.call(&mut store, ()).unwrap(), 42, "growth by the callee is seen by the caller");
    assert_eq!(memory.size(&store), 2);
}

#[test]
fn a_backtrace_leads_through_instances_and_tail_calls_leave_no_frame() {
    let engine = Engine::default();
    let mut store = Store::new(&engine, ());
    let mut linker = Linker::new(&engine);
    let inner = module(
        &engine,
        r#"(module $inner (func $boom unreachable) (func $tail (export "f") (return_call $boom)))"#,
    );
    linker.module(&mut store, "inner", &inner).unwrap();
    let outer = module(
        &engine,
        r#"(module $outer (import "inner" "f" (func $f)) (func $mid (call $f)) (func $run (export "run") (call $mid)))"#,
    );
    let instance = linker.instantiate(&mut store, &outer).unwrap();
    let error = instance.get_func(&mut store, "run").unwrap().call(&mut store, &[], &mut []).unwrap_err();
    let frames = error.downcast_ref::<WasmBacktrace>().unwrap().frames();
    let frames: Vec<_> =
        frames.iter().map(|frame| (frame.module().name().unwrap(), frame.func_name().unwrap())).collect();
    assert_eq!(frames, [("inner", "boom"), ("outer", "mid"), ("outer", "run")]);
}

#[test]
fn globals_are_shared_between_host_and_guest() {
    let (mut store, instance) = instance(
        r#"(module (global (export "g") (mut i64) (i64.const 5)) (global (export "c") i32 (i32.const 1))
            (func (export "double") (global.set 0 (i64.mul (i64.const 2) (global.get 0)))))"#,
    );
    let global = instance.get_global(&mut store, "g").unwrap();
    let double = instance.get_typed_func::<(), ()>(&mut store, "double").unwrap();
    double.call(&mut store, ()).unwrap();
    assert_eq!(global.get(&mut store).unwrap_i64(), 10);
    global.set(&mut store, Val::I64(-3)).unwrap();
    double.call(&mut store, ()).unwrap();
    assert_eq!(global.get(&mut store).unwrap_i64(), -6);
    assert_eq!(
        global.set(&mut store, Val::F64(0)).unwrap_err().to_string(),
        "type mismatch: expected i64, found f64"
    );
    let constant = instance.get_global(&mut store, "c").unwrap();
    assert_eq!(
        constant.set(&mut store, Val::I32(0)).unwrap_err().to_string(),
        "immutable global cannot be set"
    );
}

#[test]
fn a_module_is_instantiated_on_many_threads() {
    let engine = Engine::default();
    let module: Module = module(
        &engine,
        r#"(module (func $fib (export "fib") (param i32) (result i32)
            (if (result i32) (i32.lt_u (local.get 0) (i32.const 2)) (then (local.get 0))
                (else (i32.add (call $fib (i32.sub (local.get 0) (i32.const 1)))
                               (call $fib (i32.sub (local.get 0) (i32.const 2))))))))"#,
    );
    thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                let mut store = Store::new(&engine, ());
                let instance = Instance::new(&mut store, &module, &[]).unwrap();
                let fib = instance.get_typed_func::<i32, i32>(&mut store, "fib").unwrap();
                assert_eq!(fib.call(&mut store, 20).unwrap(), 6765);
            });
        }
    });
}

#[test]
fn stores_move_between_threads() {
    let (mut store, instance) = instance(r#"(module (func (export "f") (result i32) (i32.const 3)))"#);
    let func = instance.get_typed_func::<(), i32>(&mut store, "f").unwrap();
    assert_eq!(func.call(&mut store, ()).unwrap(), 3);
    let handle = thread::spawn(move || func.call(&mut store, ()).unwrap());
    assert_eq!(handle.join().unwrap(), 3);
}

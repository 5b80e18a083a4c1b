//! Guests run as long as they like without using the native stack: every op that the executor calls out for, every way
//! of calling, in loops that would exhaust the two megabytes of a test's thread.

mod common;

use common::{instance, module};
use fantail::{Caller, Engine, Func, Instance, Linker, Store};

/// Calls the export `run` of `text`, which loops.
fn run(text: &str) -> i32 {
    let (mut store, instance) = instance(text);
    instance.get_typed_func::<(), i32>(&mut store, "run").unwrap().call(&mut store, ()).unwrap()
}

/// A module with `fields` whose `run` does `body` 200,000 times and returns 7.
fn looping(fields: &str, body: &str) -> String {
    format!(
        r#"(module {fields}
            (func (export "run") (result i32) (local $i i32)
                (loop $again
                    {body}
                    (local.set $i (i32.add (local.get $i) (i32.const 1)))
                    (br_if $again (i32.lt_u (local.get $i) (i32.const 200000))))
                (i32.const 7)))"#
    )
}

#[test]
fn bulk_instructions_leave_no_frame() {
    let fields = r#"(memory 1) (table $t 8 funcref) (data $d "abcd") (elem $e func $f) (func $f)"#;
    for body in [
        "(drop (memory.grow (i32.const 0)))",
        "(memory.fill (i32.const 0) (local.get $i) (i32.const 8))",
        "(memory.copy (i32.const 1) (i32.const 0) (i32.const 8))",
        "(memory.init $d (i32.const 0) (i32.const 0) (i32.const 4))",
        "(data.drop $d)",
        "(drop (table.grow $t (ref.null func) (i32.const 0)))",
        "(table.fill $t (i32.const 0) (ref.func $f) (i32.const 8))",
        "(table.copy $t $t (i32.const 1) (i32.const 0) (i32.const 4))",
        "(table.init $t $e (i32.const 0) (i32.const 0) (i32.const 1))",
        "(elem.drop $e)",
    ] {
        assert_eq!(run(&looping(fields, body)), 7, "{body}");
    }
}

#[test]
fn calls_of_all_kinds_leave_no_frame() {
    let fields = r#"(type $v (func)) (type $sub (sub (func))) (type $sub2 (sub $sub (func)))
        (table $t 2 funcref) (elem (i32.const 0) func $f $g) (func $f) (func $g (type $sub2))
        (func $tail (return_call $f))
        (func $tail_indirect (return_call_indirect $t (type $v) (i32.const 0)))
        (func $tail_ref (return_call_ref $v (ref.func $f)))"#;
    for body in [
        "(call $f)",
        "(call_indirect $t (type $v) (i32.const 0))",
        "(call_indirect $t (type $sub) (i32.const 1))",
        "(call_ref $v (ref.func $f))",
        "(call $tail)",
        "(call $tail_indirect)",
        "(call $tail_ref)",
    ] {
        assert_eq!(run(&looping(fields, body)), 7, "{body}");
    }
}

#[test]
fn tail_calls_leave_no_frame_at_all() {
    let text = r#"(module
        (func $down (param i32 i64 f32) (result i32)
            (if (i32.eqz (local.get 0)) (then (return (i32.const 7))))
            (return_call $up (local.get 1) (i32.sub (local.get 0) (i32.const 1))))
        (func $up (param i64 i32) (result i32)
            (return_call $down (local.get 1) (local.get 0) (f32.const 1)))
        (func (export "run") (result i32) (call $down (i32.const 1000000) (i64.const 5) (f32.const 0))))"#;
    assert_eq!(run(text), 7);
}

#[test]
fn first_calls_leave_no_frame() {
    // Each function calls the next: all are translated on the way down.
    let count = 20_000;
    let mut text = String::from("(module ");
    for i in 0..count {
        text += &format!("(func $f{i} (result i32) (call $f{}))", i + 1);
    }
    text += &format!(r#"(func $f{count} (result i32) (i32.const 7)) (export "run" (func $f0)))"#);
    assert_eq!(run(&text), 7);
}

#[test]
fn calls_of_other_instances_and_of_the_host_leave_no_frame() {
    let engine = Engine::default();
    let mut store = Store::new(&engine, 0u32);
    let other = module(
        &engine,
        r#"(module (func (export "f")) (func (export "g") (param i64) (result i64) (local.get 0)))"#,
    );
    let other = Instance::new(&mut store, &other, &[]).unwrap();
    let count = Func::wrap(&mut store, |mut caller: Caller<'_, u32>| *caller.data_mut() += 1);
    let mut linker = Linker::new(&engine);
    linker.instance(&mut store, "other", other).unwrap();
    linker.define(&store, "host", "count", count).unwrap();
    let fields = r#"(import "other" "f" (func $f)) (import "other" "g" (func $g (param i64) (result i64)))
        (import "host" "count" (func $count)) (type $v (func)) (table $t 2 funcref)
        (elem (i32.const 0) func $f $count) (func $tail (return_call $f)) (func $tail_host (return_call $count))"#;
    let body = "(call $f) (drop (call $g (i64.const 1))) (call $count) (call $tail) (call $tail_host)
        (call_indirect $t (type $v) (i32.const 0)) (call_indirect $t (type $v) (i32.const 1))";
    let main = module(&engine, &looping(fields, body));
    let main = linker.instantiate(&mut store, &main).unwrap();
    let run = main.get_typed_func::<(), i32>(&mut store, "run").unwrap();
    assert_eq!(run.call(&mut store, ()).unwrap(), 7);
    assert_eq!(*store.data(), 600_000);
}

//! Objects: what keeps them alive, that nothing else does, and how the embedder gets at them.

mod common;

use common::module;
use fantail::{
    AnyRef, AsContextMut, Caller, Config, Engine, ExternRef, Func, I31, Instance, Linker, Module,
    OwnedRooted, Ref, Result, RootScope, Rooted, Store, StoreLimits, StoreLimitsBuilder, StructRef, Trap,
    Val,
};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

/// An engine whose stores collect before each object that is made.
fn always() -> Engine {
    let mut config = Config::new();
    config.collect_always(true);
    Engine::new(&config).expect("the settings are valid")
}

fn both() -> [Engine; 2] {
    [Engine::default(), always()]
}

/// Calls `name` without parameters.
fn call(store: &mut Store<()>, instance: Instance, name: &str) -> Result<i32> {
    instance.get_typed_func::<(), i32>(&mut *store, name)?.call(store, ())
}

/// Every kind of place that can hold the only reference to a box, while others are made and collected.
const PLACES: &str = r#"(module
    (type $box (struct (field (mut i32))))
    (type $pair (struct (field (mut (ref null $box))) (field (mut anyref))))
    (type $boxes (array (mut (ref null $box))))
    (import "host" "gc" (func $gc))
    (import "host" "again" (func $again (result i32)))
    (global $global (mut (ref null $box)) (ref.null $box))
    (global $constant (ref $box) (struct.new $box (i32.const 900)))
    (table $table 4 (ref null $box))
    (elem $segment (ref null $box) (item (struct.new $box (i32.const 70))) (item (struct.new $box (i32.const 71))))

    (func $make (param i32) (result (ref $box)) (struct.new $box (local.get 0)))
    (func $get (param (ref null $box)) (result i32) (struct.get $box 0 (local.get 0)))
    (func $rubbish (drop (struct.new $box (i32.const -1))) (drop (array.new $boxes (ref.null $box) (i32.const 3))))

    (func (export "local") (result i32) (local $x (ref null $box))
        (local.set $x (call $make (i32.const 1)))
        (call $rubbish)
        (call $get (local.get $x)))
    (func $param (param $x (ref $box)) (result i32)
        (call $rubbish) (drop (struct.new $box (i32.const -2)))
        (call $get (local.get $x)))
    (func (export "parameter") (result i32) (call $param (call $make (i32.const 2))))
    (func (export "operand") (result i32)
        (call $make (i32.const 30)) (call $make (i32.const 3)) (call $rubbish) (call $get) (call $rubbish)
        (i32.mul (i32.const 1)) (call $gc) (i32.const 0) (i32.add) (global.set $number) (call $get)
        (i32.add (global.get $number)))
    (global $number (mut i32) (i32.const 0))
    (func (export "accumulator") (result i32)
        ;; The first is in the accumulator when the second is made.
        (call $get (struct.get $pair 0
            (struct.new $pair (struct.new $box (i32.const 4)) (struct.new $box (i32.const 5))))))
    (func (export "argument") (result i32)
        (call $sum (call $make (i32.const 5)) (call $make (i32.const 6)) (call $make (i32.const 7))))
    (func $sum (param (ref $box) (ref $box) (ref $box)) (result i32)
        (call $rubbish)
        (i32.add (call $get (local.get 0)) (i32.add (call $get (local.get 1)) (call $get (local.get 2)))))
    (func (export "block") (result i32)
        (call $get (block $out (result (ref $box))
            (call $make (i32.const 8))
            (call $rubbish)
            (br_if $out (i32.const 1))))
        (call $rubbish))
    (func (export "loop") (result i32) (local $i i32) (local $list (ref null $pair)) (local $sum i32)
        (loop $next
            (local.set $list (struct.new $pair (call $make (local.get $i)) (local.get $list)))
            (br_if $next (i32.lt_s (local.tee $i (i32.add (local.get $i) (i32.const 1))) (i32.const 20))))
        (block $done (loop $next
            (local.set $sum (i32.add (local.get $sum) (call $get (struct.get $pair 0 (local.get $list)))))
            (local.set $list (ref.cast (ref null $pair) (struct.get $pair 1 (local.get $list))))
            (br_if $next (i32.eqz (ref.is_null (local.get $list))))))
        (local.get $sum))
    (func (export "global") (result i32)
        (global.set $global (call $make (i32.const 9)))
        (call $rubbish) (call $gc) (call $rubbish)
        (i32.add (call $get (global.get $global)) (call $get (global.get $constant))))
    (func (export "table") (result i32)
        (table.set $table (i32.const 2) (call $make (i32.const 10)))
        (table.fill $table (i32.const 0) (call $make (i32.const 11)) (i32.const 1))
        (call $rubbish) (call $gc) (call $rubbish)
        (i32.add (call $get (table.get $table (i32.const 2))) (call $get (table.get $table (i32.const 0)))))
    (func (export "segment") (result i32) (local $a (ref $boxes))
        (call $rubbish) (call $gc) (call $rubbish)
        (local.set $a (array.new_elem $boxes $segment (i32.const 0) (i32.const 2)))
        (elem.drop $segment)
        (call $rubbish) (call $gc) (call $rubbish)
        (i32.add (call $get (array.get $boxes (local.get $a) (i32.const 0)))
            (call $get (array.get $boxes (local.get $a) (i32.const 1)))))
    (func (export "array") (result i32) (local $a (ref $boxes))
        (local.set $a (array.new_fixed $boxes 2 (call $make (i32.const 12)) (call $make (i32.const 13))))
        (call $rubbish)
        (array.copy $boxes $boxes (local.get $a) (i32.const 0) (local.get $a) (i32.const 1) (i32.const 1))
        (call $gc) (call $rubbish)
        (i32.add (call $get (array.get $boxes (local.get $a) (i32.const 0)))
            (call $get (array.get $boxes (local.get $a) (i32.const 1)))))
    (func (export "external") (result i32) (local $x externref)
        (local.set $x (extern.convert_any (call $make (i32.const 14))))
        (call $rubbish) (call $gc) (call $rubbish)
        (call $get (ref.cast (ref $box) (any.convert_extern (local.get $x)))))
    (func (export "host frame") (result i32) (local $x (ref null $box))
        (local.set $x (call $make (i32.const 15)))
        (i32.add (call $again) (call $get (local.get $x))))
    (func (export "tail call") (result i32) (return_call $param (call $make (i32.const 16))))
    (func (export "recursion") (result i32) (call $deep (i32.const 50) (call $make (i32.const 1))))
    (func $deep (param $n i32) (param $x (ref $box)) (result i32)
        (if (i32.eqz (local.get $n)) (then (call $gc) (call $rubbish) (return (call $get (local.get $x)))))
        (i32.add
            (call $deep (i32.sub (local.get $n) (i32.const 1)) (call $make (local.get $n)))
            (call $get (local.get $x))))
    (func (export "pinned") (result i32) (local $x (ref null $box)) (local $i i32)
        ;; The local that a loop refers to most often is in a register as well.
        (local.set $x (call $make (i32.const 0)))
        (loop $next
            (struct.set $box 0 (local.get $x) (i32.add (struct.get $box 0 (local.get $x)) (i32.const 1)))
            (local.set $x (struct.new $box (struct.get $box 0 (local.get $x))))
            (call $rubbish) (call $gc)
            (br_if $next (i32.lt_u (struct.get $box 0 (local.get $x)) (i32.const 5))))
        (struct.get $box 0 (local.get $x)))
    (tag $tag (param (ref $box) i32 (ref $box)))
    (func $throw (param $x (ref $box))
        (call $rubbish)
        (throw $tag (local.get $x) (i32.const 3) (call $make (i32.const 20))))
    (func (export "exception") (result i32) (local $y (ref null $box)) (local $n i32)
        (block $caught (result (ref $box) i32 (ref $box) exnref)
            (try_table (catch_ref $tag $caught) (call $throw (call $make (i32.const 17))))
            unreachable)
        (call $rubbish) (call $gc) (call $rubbish)
        (global.set $thrown) (local.set $y) (local.set $n)
        (call $rubbish) (call $gc) (call $rubbish)
        (call $get) (call $get (local.get $y)) (i32.add) (i32.add (local.get $n))
        (i32.add (call $again_thrown)))
    (global $thrown (mut exnref) (ref.null exn))
    (func $again_thrown (result i32)
        (block $caught (result (ref $box) i32 (ref $box))
            (try_table (catch $tag $caught) (throw_ref (global.get $thrown)))
            unreachable)
        (call $rubbish) (call $gc) (call $rubbish)
        (call $get) (i32.add) (global.set $number) (call $get) (i32.add (global.get $number)))
    (func $three (result (ref $box) i64 (ref $box))
        (call $make (i32.const 1)) (i64.const -1) (call $make (i32.const 2)))
    (func (export "results") (result i32)
        ;; Beside cells that hold no references, but look like some.
        v128.const i64x2 8 16
        call $three
        call $gc
        call $rubbish
        call $get
        global.set $number
        drop
        call $get
        global.get $number
        i32.add
        global.set $number
        i64x2.extract_lane 1
        i32.wrap_i64
        global.get $number
        i32.add)
    (func (export "select") (result i32)
        (call $make (i32.const 18)) (call $make (i32.const 19)) (global.get $number)
        (select (result (ref $box))) (call $rubbish) (call $gc) (call $rubbish) (call $get)
        (i32.and (i32.const -2)))
    (func (export "null") (result i32) (local $x (ref null $box))
        (ref.null $box) (local.get $x) (call $gc) (call $rubbish)
        (global.set $number (ref.is_null))
        (i32.add (ref.is_null) (global.get $number)))
)"#;

#[test]
fn what_can_be_reached_from_any_kind_of_place_is_kept() {
    for engine in both() {
        let mut store = Store::new(&engine, ());
        let mut linker = Linker::new(&engine);
        linker
            .func_wrap("host", "gc", |mut caller: Caller<'_, ()>| caller.gc(None))
            .expect("the name is new");
        let again = |mut caller: Caller<'_, ()>| -> Result<i32> {
            caller.gc(None)?;
            let Some(export) = caller.get_export("loop") else { return Ok(-1) };
            let inner = export.into_func().expect("it is a function").typed::<(), i32>(&caller)?;
            let sum = inner.call(&mut caller, ())?;
            caller.gc(None)?;
            Ok(sum)
        };
        linker.func_wrap("host", "again", again).expect("the name is new");
        let instance = linker.instantiate(&mut store, &module(&engine, PLACES)).expect("it is instantiated");
        let expected = [
            ("local", 1),
            ("parameter", 2),
            ("operand", 33),
            ("accumulator", 4),
            ("argument", 18),
            ("block", 8),
            ("loop", 190),
            ("global", 909),
            ("table", 21),
            ("segment", 141),
            ("array", 26),
            ("external", 14),
            ("host frame", 205),
            ("tail call", 16),
            ("recursion", 51 * 25 + 1),
            ("null", 2),
            ("pinned", 5),
            ("exception", 80),
            ("results", 19),
            ("select", 18),
        ];
        for (name, value) in expected {
            let result = call(&mut store, instance, name);
            assert_eq!(result.map_err(|error| format!("{name}: {error:?}")), Ok(value), "{name}");
        }
    }
}

#[test]
fn frames_of_several_instances_keep_what_they_hold() {
    let text = r#"(module
        (type $box (struct (field i32)))
        (type $step (func (param i32 (ref $box)) (result i32)))
        (import "host" "gc" (func $gc))
        (table (export "next") 1 funcref)
        (func (export "step") (type $step) (local $own (ref $box))
            (local.set $own (struct.new $box (local.get 0)))
            (if (i32.eqz (local.get 0)) (then (call $gc) (return (struct.get $box 0 (local.get 1)))))
            (i32.add
                (call_indirect (type $step)
                    (i32.sub (local.get 0) (i32.const 1)) (struct.new $box (local.get 0)) (i32.const 0))
                (i32.add (struct.get $box 0 (local.get $own)) (struct.get $box 0 (local.get 1)))))
        (func (export "start") (result i32)
            (call_indirect (type $step) (i32.const 9) (struct.new $box (i32.const 100)) (i32.const 0))))"#;
    for engine in both() {
        let mut store = Store::new(&engine, ());
        let gc = Func::wrap(&mut store, |mut caller: Caller<'_, ()>| caller.gc(None));
        let module = module(&engine, text);
        let [a, b] =
            [0; 2].map(|_| Instance::new(&mut store, &module, &[gc.into()]).expect("it is instantiated"));
        for (from, to) in [(a, b), (b, a)] {
            let step = to.get_func(&mut store, "step").expect("it is exported");
            let next = from.get_table(&mut store, "next").expect("it is exported");
            next.set(&mut store, 0, Ref::Func(Some(step))).expect("it is a function");
        }
        // Parameters: 100 and 9 to 1; own ones 9 to 1.
        assert_eq!(call(&mut store, a, "start").expect("it returns"), 100 + 45 + 45);
    }
}

/// Makes objects without end, in cycles, and keeps the last hundred.
const CHURN: &str = r#"(module
    (type $node (struct (field (mut (ref null $node))) (field (mut i64))))
    (type $ring (array (mut (ref null $node))))
    (func (export "churn") (param $n i32) (result i64)
        (local $ring (ref $ring)) (local $i i32) (local $a (ref null $node)) (local $sum i64)
        (local.set $ring (array.new_default $ring (i32.const 100)))
        (loop $next
            (local.set $a (struct.new $node (ref.null $node) (i64.extend_i32_u (local.get $i))))
            (struct.set $node 0 (local.get $a) (struct.new $node (local.get $a) (i64.const 1)))
            (array.set $ring (local.get $ring) (i32.rem_u (local.get $i) (i32.const 100)) (local.get $a))
            (br_if $next (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 1))) (local.get $n))))
        (local.set $i (i32.const 0))
        (loop $next
            (local.set $a (array.get $ring (local.get $ring) (local.get $i)))
            (local.set $sum (i64.add (local.get $sum) (i64.add
                (struct.get $node 1 (local.get $a))
                (struct.get $node 1 (struct.get $node 0 (local.get $a))))))
            (br_if $next (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 1))) (i32.const 100))))
        (local.get $sum))
    (func (export "keep") (param $n i32) (local $list (ref null $node))
        (loop $next
            (local.set $list (struct.new $node (local.get $list) (i64.const 0)))
            (br_if $next (local.tee $n (i32.sub (local.get $n) (i32.const 1))))))
    (func (export "large") (param $n i32) (result i32)
        (array.len (array.new_default $ring (local.get $n)))))"#;

fn limited(bytes: usize) -> (Store<StoreLimits>, Instance) {
    let engine = Engine::default();
    let mut store = Store::new(&engine, StoreLimitsBuilder::new().gc_heap_size(bytes).build());
    store.limiter(|limits| limits);
    let instance = Instance::new(&mut store, &module(&engine, CHURN), &[]).expect("it is instantiated");
    (store, instance)
}

/// Half of them refer to each other in pairs, and so are reclaimed only by who follows references.
#[test]
fn a_hundred_million_objects_fit_into_a_bounded_heap() {
    let (mut store, instance) = limited(4 << 20);
    let churn = instance.get_typed_func::<u32, u64>(&mut store, "churn").expect("it is exported");
    let n = 50_000_000;
    let expected: u64 = (n - 100..n).sum::<u64>() + 100;
    assert_eq!(churn.call(&mut store, n as u32).expect("it returns"), expected);
}

#[test]
fn a_heap_full_of_live_objects_traps_and_can_be_used_again() {
    let (mut store, instance) = limited(1 << 20);
    let keep = instance.get_typed_func::<u32, ()>(&mut store, "keep").expect("it is exported");
    let large = instance.get_typed_func::<u32, u32>(&mut store, "large").expect("it is exported");
    let trap = |error: fantail::Error| error.downcast_ref::<Trap>().copied();
    for _ in 0..3 {
        assert_eq!(keep.call(&mut store, 10_000).map_err(trap), Ok(()));
        assert_eq!(keep.call(&mut store, 1_000_000).map_err(trap), Err(Some(Trap::HeapExhausted)));
        assert_eq!(large.call(&mut store, 100_000).map_err(trap), Ok(100_000));
        assert_eq!(large.call(&mut store, 1_000_000).map_err(trap), Err(Some(Trap::HeapExhausted)));
        assert_eq!(large.call(&mut store, u32::MAX).map_err(trap), Err(Some(Trap::AllocationTooLarge)));
    }
}

/// A value that counts how many of its kind were dropped.
struct Counted(Arc<AtomicUsize>);

impl Drop for Counted {
    fn drop(&mut self) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }
}

#[test]
fn values_of_the_host_are_dropped_when_nothing_refers_to_them() {
    let text = r#"(module
        (type $box (struct (field externref)))
        (global $kept (mut anyref) (ref.null any))
        (func (export "keep") (param externref) (global.set $kept (struct.new $box (local.get 0))))
        (func (export "drop") (global.set $kept (ref.null any))))"#;
    for engine in both() {
        let mut store = Store::new(&engine, ());
        let instance = Instance::new(&mut store, &module(&engine, text), &[]).expect("it is instantiated");
        let keep =
            instance.get_typed_func::<Option<Rooted<ExternRef>>, ()>(&mut store, "keep").expect("exported");
        let drop = instance.get_typed_func::<(), ()>(&mut store, "drop").expect("exported");
        let dropped = Arc::new(AtomicUsize::new(0));
        let owned: OwnedRooted<ExternRef> = {
            let mut scope = RootScope::new(&mut store);
            for _ in 0..3 {
                let value = ExternRef::new(&mut scope, Counted(Arc::clone(&dropped))).expect("it is made");
                keep.call(&mut scope, Some(value)).expect("it returns");
            }
            let value = ExternRef::new(&mut scope, Counted(Arc::clone(&dropped))).expect("it is made");
            value.to_owned_rooted(&mut scope).expect("it is in scope")
        };
        let count = |store: &mut Store<()>| {
            store.gc(None).expect("there is memory");
            dropped.load(Ordering::Relaxed)
        };
        assert_eq!(count(&mut store), 2);
        drop.call(&mut store, ()).expect("it returns");
        assert_eq!(count(&mut store), 3);
        assert!(owned.to_rooted(&mut store).data(&store).expect("it is in scope").is_some());
        std::mem::drop(owned);
        // The root made by `to_rooted` outside of any scope lives as long as the store.
        assert_eq!(count(&mut store), 3);
    }
}

#[test]
fn references_of_a_scope_that_has_ended_are_refused() {
    let mut store = Store::<()>::default();
    let seven = {
        let mut scope = RootScope::new(&mut store);
        let seven = AnyRef::from_i31(&mut scope, I31::wrapping_u32(7));
        assert_eq!(seven.as_i31(&scope).expect("it is in scope"), Some(I31::wrapping_u32(7)));
        seven
    };
    let eight = AnyRef::from_i31(&mut store, I31::wrapping_u32(8));
    let error = seven.as_i31(&store).expect_err("its scope has ended");
    assert!(error.to_string().contains("unrooted"), "{error}");
    assert!(Rooted::ref_eq(&store, &seven, &eight).is_err());
    assert!(
        Func::wrap(&mut store, |_: Option<Rooted<AnyRef>>| ())
            .call(&mut store, &[seven.into()], &mut [])
            .is_err()
    );
}

#[test]
fn host_functions_are_given_references_and_make_new_ones() {
    let text = r#"(module
        (type $point (struct (field (mut i32)) (field (mut i8)) (field (mut anyref))))
        (import "host" "change" (func $change (param (ref null struct)) (result (ref any))))
        (func (export "run") (result i32) (local $p (ref $point)) (local $q (ref null $point))
            (local.set $p (struct.new $point (i32.const 1) (i32.const 255) (ref.i31 (i32.const 5))))
            (local.set $q (ref.cast (ref null $point) (call $change (local.get $p))))
            (i32.add
                (struct.get $point 0 (local.get $p))
                (i32.add (struct.get_s $point 1 (local.get $q)) (i31.get_u (ref.cast i31ref (struct.get $point 2 (local.get $q))))))))"#;
    for engine in both() {
        let mut store = Store::new(&engine, ());
        let change =
            |mut caller: Caller<'_, ()>, point: Option<Rooted<StructRef>>| -> Result<Rooted<AnyRef>> {
                let point = point.expect("it is not null");
                caller.gc(None)?;
                let fields: Vec<Val> = point.fields(&mut caller)?.collect();
                assert_eq!((fields[0].unwrap_i32(), fields[1].unwrap_i32()), (1, 255));
                point.set_field(&mut caller, 0, Val::I32(40))?;
                let ty = point.ty(&caller)?;
                let pre = fantail::StructRefPre::new(&mut caller, ty);
                let copy = StructRef::new(&mut caller, &pre, &fields)?;
                for _ in 0..100 {
                    let mut scope = RootScope::new(&mut caller);
                    StructRef::new(&mut scope, &pre, &fields)?;
                }
                caller.as_context_mut().gc(None)?;
                assert!(!Rooted::ref_eq(&caller, &point, &copy)?);
                Ok(copy.into())
            };
        let change = Func::wrap(&mut store, change);
        let module = Module::new(&engine, wat::parse_str(text).expect("well-formed")).expect("valid");
        let instance = Instance::new(&mut store, &module, &[change.into()]).expect("it is instantiated");
        assert_eq!(call(&mut store, instance, "run").expect("it returns"), 40 - 1 + 5);
    }
}

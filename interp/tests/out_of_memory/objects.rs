//! The same for objects, exceptions and values of the host.

use super::{again, config, exhaust, is_out_of_memory, limited};
use fantail::{
    ArrayRef, ArrayRefPre, ArrayType, CompilationMode, Engine, ExternRef, FieldType, Instance, Module,
    Mutability, Result, RootScope, Rooted, StorageType, StructRef, StructRefPre, StructType, ThrownException,
    Val,
};

const OBJECTS: &str = r#"(module
    (type $node (sub (struct (field $value i32) (field $next (ref null $node)))))
    (type $list (array (mut (ref null $node))))
    (type $wide (struct (field i32 i32 i32 i32 (ref $list))))
    (tag $t (export "t") (param i32 i64))
    (table $refs (export "refs") 2 externref)
    (global $kept (mut (ref null $node)) (ref.null $node))
    (global $made (ref $list) (array.new_fixed $list 2
        (struct.new $node (i32.const 3) (ref.null $node)) (ref.null $node)))
    (global $empty (ref $wide) (struct.new $wide
        (i32.const 1) (i32.const 2) (i32.const 3) (i32.const 4) (array.new_fixed $list 0)))
    (func (export "chain") (param $n i32) (result i32) (local $at (ref null $node)) (local $sum i32)
        (loop $more
            (global.set $kept (struct.new $node (local.get $n) (global.get $kept)))
            (drop (array.new_default $list (i32.const 500)))
            (br_if $more (local.tee $n (i32.sub (local.get $n) (i32.const 1)))))
        (local.set $at (global.get $kept))
        (global.set $kept (ref.null $node))
        (block $out (loop $next
            (br_if $out (ref.is_null (local.get $at)))
            (local.set $sum (i32.add (local.get $sum) (struct.get $node $value (local.get $at))))
            (local.set $at (struct.get $node $next (local.get $at)))
            (br $next)))
        (local.get $sum))
    (func $throw (export "throw") (param i32) (throw $t (local.get 0) (i64.const 7)))
    (func (export "catch") (param i32) (result i32)
        (block $caught (result i32 i64)
            (try_table (catch $t $caught) (call $throw (local.get 0)))
            (unreachable))
        (i32.wrap_i64) (i32.add))
    (func (export "keep") (param externref) (result externref)
        (table.set $refs (i32.const 1) (local.get 0))
        (table.get $refs (i32.const 1))))"#;

fn objects(wasm: &[u8]) -> Result<()> {
    let engine = again(|| Engine::new(&config(CompilationMode::LazyTranslation)))?;
    let module = again(|| Module::new(&engine, wasm))?;
    let mut store = again(|| limited(&engine))?;
    let instance = again(|| Instance::new(&mut store, &module, &[]))?;
    let chain = again(|| instance.get_typed_func::<i32, i32>(&mut store, "chain"))?;
    assert_eq!(again(|| chain.call(&mut store, 4))?, 10);
    let catch = again(|| instance.get_typed_func::<i32, i32>(&mut store, "catch"))?;
    assert_eq!(again(|| catch.call(&mut store, 5))?, 12);
    let throw = again(|| instance.get_typed_func::<i32, ()>(&mut store, "throw"))?;
    again(|| match throw.call(&mut store, 5) {
        Err(error) if error.is::<ThrownException>() => Ok(()),
        result => Err(result.expect_err("it throws")),
    })?;
    let keep =
        again(|| instance.get_func(&mut store, "keep").ok_or_else(|| fantail::Error::msg("it is exported")))?;
    let keep = again(|| keep.typed::<Option<Rooted<ExternRef>>, Option<Rooted<ExternRef>>>(&store))?;
    let kept = again(|| {
        let mut scope = RootScope::new(&mut store);
        let value = ExternRef::new(&mut scope, 42_u64)?;
        // A reference without a place for it is one that cannot be used.
        let kept = keep.call(&mut scope, Some(value))?.map(|kept| {
            kept.data(&scope).map(|value| value.and_then(|value| value.downcast_ref::<u64>()).copied())
        });
        Ok(kept.and_then(Result::ok).flatten())
    })?;
    assert!(matches!(kept, Some(42) | None));
    again(|| store.gc(None))
}

#[test]
fn objects_and_exceptions_can_run_out_of_memory_anywhere() {
    let wasm = wat::parse_str(OBJECTS).expect("well-formed text");
    exhaust(|| objects(&wasm));
}

fn objects_of_the_host() -> Result<()> {
    let engine = again(|| Engine::new(&config(CompilationMode::Eager)))?;
    let mut store = again(|| limited(&engine))?;
    let field = || FieldType::new(Mutability::Var, StorageType::I8);
    let ty = again(|| StructType::new(&engine, [field(), field()]))?;
    let pre = StructRefPre::new(&mut store, ty);
    let made = again(|| StructRef::new(&mut store, &pre, &[Val::I32(1), Val::I32(2)]))?;
    assert_eq!(again(|| made.fields(&mut store).map(Iterator::count))?, 2);
    let ty = again(|| ArrayType::new(&engine, field()))?;
    let pre = ArrayRefPre::new(&mut store, ty);
    let made = again(|| ArrayRef::new(&mut store, &pre, &Val::I32(1), 3))?;
    assert_eq!(again(|| made.elems(&mut store).map(Iterator::count))?, 3);
    let owned = again(|| made.to_owned_rooted(&mut store))?;
    assert!(again(|| store.gc(None)).as_ref().err().is_none_or(is_out_of_memory));
    drop(owned);
    Ok(())
}

#[test]
fn objects_of_the_host_can_run_out_of_memory_anywhere() {
    exhaust(objects_of_the_host);
}

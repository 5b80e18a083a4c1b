//! What Wasmtime's interface has besides the everyday: the forms that tell more, take more, or fail instead of panicking.

mod common;

use common::module;
use fantail::{
    AnyRef, ArrayRef, ArrayRefPre, ArrayType, Caller, Config, Engine, ExnType, FieldType, Finality, Func,
    FuncType, HeapType, I31, Instance, Linker, Mutability, OwnedRooted, Ref, RefType, Rooted, StorageType,
    Store, StructRef, StructRefPre, StructType, Val, ValType, WasmBacktrace,
};
use std::hash::DefaultHasher;
use std::hash::Hasher;

fn bytes(store: &mut Store<()>) -> ArrayRefPre {
    let ty = ArrayType::new(store.engine(), FieldType::new(Mutability::Var, StorageType::I8));
    ArrayRefPre::new(store, ty.expect("there is room for the type"))
}

#[test]
fn references_are_compared_and_hashed_by_what_they_refer_to() {
    let mut store = Store::<()>::default();
    let pre = bytes(&mut store);
    let one = ArrayRef::new_from_i8_slice(&mut store, &pre, b"one").expect("there is room");
    let two = ArrayRef::new_from_i8_slice(&mut store, &pre, b"two").expect("there is room");
    let owned = one.to_owned_rooted(&mut store).expect("there is room");
    let again = owned.clone().into_rooted(&mut store);
    assert!(Rooted::ref_eq(&store, &one, &owned).expect("both live"));
    assert!(!OwnedRooted::ref_eq(&store, &owned, &two).expect("both live"));
    assert!(Rooted::rooted_eq(one, one) && !Rooted::rooted_eq(one, again));

    let mut hashes = [(); 3].map(|()| DefaultHasher::new());
    one.ref_hash(&store, &mut hashes[0]).expect("it lives");
    owned.ref_hash(&store, &mut hashes[1]);
    two.ref_hash(&store, &mut hashes[2]).expect("it lives");
    let [one_hash, owned_hash, two_hash] = hashes.map(|hash| hash.finish());
    assert!(one_hash == owned_hash && one_hash != two_hash);

    let any: Rooted<AnyRef> = one.to_eqref().to_anyref();
    assert!(Rooted::ref_eq(&store, &any, &owned.to_anyref()).expect("both live"));
    assert_eq!(any.unwrap_array(&store).and_then(|array| array.len(&store)).ok(), Some(3));
    assert!(any.unwrap_eqref(&store).is_ok_and(|eq| eq.unwrap_array(&store).is_ok()));
    let seven = AnyRef::from_i31(&mut store, I31::wrapping_u32(7));
    assert_eq!(seven.unwrap_i31(&store).ok(), Some(I31::wrapping_u32(7)));
    assert_eq!(Ref::from(seven).unwrap_any().map(|any| any.is_struct(&store).ok()), Some(Some(false)));
    assert!(Ref::from(seven).as_exn().is_none() && Ref::Exn(None).unwrap_exn().is_none());
}

#[test]
fn arrays_of_bytes_are_copied_as_such_only() {
    let mut store = Store::<()>::default();
    let pre = bytes(&mut store);
    let text = ArrayRef::new_from_i8_slice(&mut store, &pre, b"text").expect("there is room");
    let mut short = [0; 3];
    let error = text.copy_to_i8_slice(&mut store, &mut short).expect_err("it is too short");
    assert_eq!(error.to_string(), "the array has 4 elements, the slice 3");
    assert_eq!(text.get(&mut store, 3).map(|byte| byte.i32()).ok(), Some(Some(i32::from(b't'))));

    let ty = ArrayType::new(store.engine(), FieldType::new(Mutability::Var, StorageType::I16));
    let wide = ArrayRefPre::new(&mut store, ty.expect("there is room for the type"));
    let error = ArrayRef::new_from_i8_slice(&mut store, &wide, b"text").expect_err("it has other elements");
    assert_eq!(error.to_string(), "type mismatch: expected an array of i8, found one of i16");
    let wide = ArrayRef::new(&mut store, &wide, &Val::I32(0), 4).expect("there is room");
    let error = wide.copy_to_i8_slice(&mut store, &mut [0; 4]).expect_err("it has other elements");
    assert_eq!(error.to_string(), "type mismatch: expected an array of i8, found one of i16");
}

#[test]
fn subtypes_are_declared_and_checked() {
    let engine = Engine::default();
    let field = |ty: ValType| FieldType::new(Mutability::Const, ty.into());
    let open =
        StructType::with_finality_and_supertype(&engine, Finality::NonFinal, None, [field(ValType::I32)])
            .expect("it is valid");
    assert!(open.finality().is_non_final() && open.supertype().is_none());
    let last = StructType::with_finality_and_supertype(
        &engine,
        Finality::Final,
        Some(&open),
        [field(ValType::I32), field(ValType::F64)],
    )
    .expect("it has the fields of its supertype");
    assert!(last.finality().is_final() && StructType::eq(&last.supertype().expect("declared"), &open));

    let other = StructType::with_finality_and_supertype(&engine, Finality::Final, Some(&open), []);
    let error = other.expect_err("a field is missing");
    assert_eq!(error.to_string(), "a sub type that does not match its super type");
    let below = StructType::with_finality_and_supertype(&engine, Finality::Final, Some(&last), last.fields());
    assert_eq!(below.expect_err("it is final").to_string(), "a sub type of a type that is final");
    let mut deep =
        ArrayType::with_finality_and_supertype(&engine, Finality::NonFinal, None, field(ValType::I32));
    let error = loop {
        let above = match deep {
            Ok(above) => above,
            Err(error) => break error,
        };
        let element = field(ValType::I32);
        deep = ArrayType::with_finality_and_supertype(&engine, Finality::NonFinal, Some(&above), element);
    };
    assert_eq!(error.to_string(), "a sub type with too many supertypes");

    // A module's type of the same structure is the same, and its values are of the supertype.
    let mut store = Store::new(&engine, ());
    let pre = StructRefPre::new(&mut store, last.clone());
    let object = StructRef::new(&mut store, &pre, &[Val::I32(1), Val::F64(0)]).expect("there is room");
    assert_eq!(object.matches_ty(&store, &open).ok(), Some(true));
    let wasm = r#"(module (type $open (sub (struct (field i32))))
        (type $last (sub final $open (struct (field i32) (field f64))))
        (func (export "is") (param anyref) (result i32) (ref.test (ref $last) (local.get 0))))"#;
    let instance = Instance::new(&mut store, &module(&engine, wasm), &[]).expect("it imports nothing");
    let is =
        instance.get_typed_func::<Option<Rooted<AnyRef>>, i32>(&mut store, "is").expect("it is exported");
    assert_eq!(is.call(&mut store, Some(object.to_anyref())).ok(), Some(1));
}

#[test]
fn types_tell_what_they_are() {
    let engine = Engine::default();
    let func = HeapType::from(FuncType::new(&engine, [], []));
    assert!(func.is_concrete_func() && !func.is_concrete_array() && !func.is_concrete_struct());
    assert!(StorageType::I8.is_i8() && StorageType::I16.is_i16() && !StorageType::I16.is_val_type());
    assert!(!StorageType::I8.matches(&StorageType::I16));
    let (any, eq) = (StorageType::from(ValType::ANYREF), StorageType::from(ValType::EQREF));
    assert!(eq.matches(&any) && !any.matches(&eq) && any.unwrap_val_type().is_anyref());
    // What can be set has to be of one type.
    for (mutability, matches) in [(Mutability::Const, true), (Mutability::Var, false)] {
        let [any, eq] = [&any, &eq].map(|ty| FieldType::new(mutability, ty.clone()));
        assert_eq!(eq.matches(&any), matches);
        assert!(eq.matches(&eq) && FieldType::eq(&any, &any));
    }
    let exn = ExnType::new(&engine, [ValType::I32, ValType::F64]).expect("there is room for the type");
    assert_eq!(exn.fields().len(), 2);
    assert_eq!(exn.field(1), Some(FieldType::new(Mutability::Const, ValType::F64.into())));
    assert!(exn.matches(&exn.clone()));
}

#[test]
fn an_export_is_found_in_the_instances_of_its_module_only() {
    let engine = Engine::default();
    let (one, two) = (module(&engine, EXPORTS), module(&engine, EXPORTS));
    let mut store = Store::new(&engine, ());
    let instance = Instance::new(&mut store, &one, &[]).expect("it imports nothing");
    let index = one.get_export_index("run").expect("it is exported");
    let found = instance.get_module_export(&mut store, &index).expect("it is of this module");
    assert_eq!(found.into_func(), instance.get_func(&mut store, "run"));
    let other = two.get_export_index("run").expect("it is exported");
    assert!(instance.get_module_export(&mut store, &other).is_none());
    assert!(one.get_export_index("walk").is_none());

    let mut linker = Linker::<()>::new(&engine);
    linker
        .func_wrap("host", "f", |mut caller: Caller<'_, ()>| i32::from(caller.get_export("memory").is_some()))
        .expect("the name is new");
    let imports =
        module(&engine, r#"(module (import "host" "f" (func (result i32))) (import "host" "g" (func)))"#);
    let found: Vec<_> =
        imports.imports().map(|import| linker.try_get_by_import(&mut store, &import)).collect();
    assert!(matches!(&found[..], [Ok(Some(_)), Ok(None)]));
}

const EXPORTS: &str = r#"(module (memory (export "memory") 1) (func (export "run")))"#;

#[test]
fn a_backtrace_captured_by_the_host_has_the_calls_of_all_activations() {
    let wasm = r#"(module (import "" "inward" (func $inward)) (import "" "look" (func $look))
        (func $outer (export "outer") (call $inward))
        (func $inner (export "inner") (call $look)))"#;
    for limit in [20, 1] {
        let engine = Engine::new(Config::new().wasm_backtrace_max_frames(std::num::NonZeroUsize::new(limit)));
        let engine = engine.expect("the settings are valid");
        assert_eq!(engine.get_wasm_backtrace_max_frames().map(usize::from), Some(limit));
        let mut store = Store::new(&engine, Vec::new());
        let look = Func::wrap(&mut store, |mut caller: Caller<'_, Vec<String>>| {
            let calls = WasmBacktrace::capture(&caller);
            let names =
                calls.frames().iter().map(|frame| frame.func_name().expect("all have names").to_string());
            *caller.data_mut() = names.collect();
        });
        let inward = Func::wrap(&mut store, |mut caller: Caller<'_, Vec<String>>| {
            let inner =
                caller.get_export("inner").and_then(|inner| inner.into_func()).expect("it is exported");
            inner.call(&mut caller, &[], &mut [])
        });
        let instance = Instance::new(&mut store, &module(&engine, wasm), &[inward.into(), look.into()])
            .expect("it links");
        let outer = instance.get_func(&mut store, "outer").expect("it is exported");
        outer.call(&mut store, &[], &mut []).expect("it does not trap");
        assert_eq!(store.data(), &["inner", "outer"][..limit.min(2)]);
        assert!(WasmBacktrace::capture(&store).frames().is_empty());
    }
}

#[test]
fn without_backtraces_an_error_has_none_but_one_can_be_forced() {
    let engine = Engine::new(Config::new().wasm_backtrace_max_frames(None)).expect("the settings are valid");
    let mut store = Store::new(&engine, 0);
    let look = Func::wrap(&mut store, |mut caller: Caller<'_, usize>| {
        assert!(WasmBacktrace::capture(&caller).frames().is_empty());
        *caller.data_mut() = WasmBacktrace::force_capture(&caller).frames().len();
    });
    let wasm = r#"(module (import "" "" (func $look)) (func (export "fail") (call $look) (unreachable)))"#;
    let instance = Instance::new(&mut store, &module(&engine, wasm), &[look.into()]).expect("it links");
    let fail = instance.get_func(&mut store, "fail").expect("it is exported");
    let error = fail.call(&mut store, &[], &mut []).expect_err("it traps");
    assert!(!error.is::<WasmBacktrace>());
    assert_eq!(format!("{error:?}"), "unreachable");
    assert_eq!(*store.data(), 1);
}

#[test]
fn types_are_written_as_in_the_text_format() {
    let engine = Engine::default();
    let bytes = ArrayType::new(&engine, FieldType::new(Mutability::Var, StorageType::I8));
    let bytes = bytes.expect("there is room for the type");
    let reference = RefType::new(true, HeapType::ConcreteArray(bytes.clone()));
    let fields = [StorageType::I16, reference.into(), RefType::EXTERNREF.into()];
    let fields = fields.map(|ty| FieldType::new(Mutability::Const, ty));
    let ty = StructType::new(&engine, fields).expect("there is room for the type");
    assert_eq!(bytes.to_string(), "(array (mut i8))");
    // A type in a type is not spelled out: it might be the same.
    assert_eq!(
        ty.to_string(),
        format!("(struct (field i16) (field (ref null {bytes:?})) (field (ref null extern)))")
    );
    assert_eq!(format!("{bytes:?}"), "array type#0");
}

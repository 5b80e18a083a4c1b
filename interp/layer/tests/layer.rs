//! The layer's own interface with Fantail behind it.

use anyhow::{Result, bail};
use wasm_runtime_layer::{
    AsContext, Engine, Extern, ExternRef, ExternType, Func, FuncType, Global, Imports, Instance, Memory,
    MemoryType, Module, Ref, RefType, Store, StoreContextMut, Table, TableType, Val, ValType,
};

fn engine() -> Engine<fantail_runtime_layer::Engine> {
    Engine::new(fantail_runtime_layer::Engine::default())
}

fn module(engine: &Engine<fantail_runtime_layer::Engine>, text: &str) -> Module {
    Module::new(engine, &wat::parse_str(text).expect("it is well-formed")).expect("it is valid")
}

fn func(instance: &Instance, store: &Store<u32, fantail_runtime_layer::Engine>, name: &str) -> Func {
    instance.get_export(store, name).and_then(Extern::into_func).expect("a function")
}

#[test]
fn host_functions_are_called_and_see_the_stores_data() -> Result<()> {
    let engine = engine();
    let mut store = Store::new(&engine, 5_u32);
    let ty = FuncType::new([ValType::I32, ValType::F64], [ValType::I64, ValType::F32]);
    let host = Func::new(&mut store, ty, |mut ctx: StoreContextMut<'_, u32, _>, params, results| {
        let [Val::I32(a), Val::F64(b)] = params else { bail!("wrong parameters: {params:?}") };
        if *a < 0 {
            bail!("negative");
        }
        *ctx.data_mut() += 1;
        results[0] = Val::I64(i64::from(*a) * 2);
        results[1] = Val::F32(*b as f32);
        Ok(())
    });
    let module = module(
        &engine,
        r#"(module
            (import "host" "f" (func $f (param i32 f64) (result i64 f32)))
            (func (export "g") (param i32) (result i64 f32) (call $f (local.get 0) (f64.const 0.5))))"#,
    );
    let mut imports = Imports::default();
    imports.define("host", "f", Extern::Func(host));
    let instance = Instance::new(&mut store, &module, &imports)?;
    let g = func(&instance, &store, "g");
    let mut results = [Val::I32(0), Val::I32(0)];
    g.call(&mut store, &[Val::I32(21)], &mut results)?;
    assert!(matches!(results, [Val::I64(42), Val::F32(0.5)]), "{results:?}");
    assert_eq!(*store.data(), 6);
    let error = g.call(&mut store, &[Val::I32(-1)], &mut results).expect_err("the host refuses");
    assert!(format!("{error:#} {error:?}").contains("negative"), "{error:?}");
    Ok(())
}

#[test]
fn modules_list_what_they_import_and_export() {
    let engine = engine();
    let module = module(
        &engine,
        r#"(module
            (import "a" "b" (memory 1 2))
            (table (export "t") 3 funcref)
            (global (export "g") (mut i64) (i64.const 7))
            (memory $other (export "too new") i64 1)
            (func (export "f") (param v128) (result externref) (ref.null extern)))"#,
    );
    let imports: Vec<_> = module.imports(&engine).map(|import| format!("{import:?}")).collect();
    assert_eq!(imports.len(), 1);
    assert!(matches!(module.imports(&engine).next().map(|import| import.ty), Some(ExternType::Memory(ty))
        if ty == MemoryType::new(1, Some(2))));
    let names: Vec<_> = module.exports(&engine).map(|export| export.name.to_owned()).collect();
    assert_eq!(names, ["t", "g", "f"]);
    let Some(ExternType::Func(ty)) = module.get_export(&engine, "f") else { panic!("f is a function") };
    assert_eq!((ty.params(), ty.results()), ([ValType::V128].as_slice(), [ValType::ExternRef].as_slice()));
}

#[test]
fn memories_tables_globals_and_references_are_shared_with_the_guest() -> Result<()> {
    let engine = engine();
    let mut store = Store::new(&engine, 0_u32);
    let memory = Memory::new(&mut store, MemoryType::new(1, Some(3)))?;
    let table = Table::new(&mut store, TableType::new(RefType::ExternRef, 2, Some(4)), Ref::ExternRef(None))?;
    let global = Global::new(&mut store, Val::I32(1), true);
    let module = module(
        &engine,
        r#"(module
            (import "" "m" (memory 1 3))
            (import "" "t" (table 2 4 externref))
            (import "" "g" (global $g (mut i32)))
            (func (export "run") (param externref) (result i32 externref)
                (table.set (i32.const 1) (local.get 0))
                (global.set $g (i32.add (global.get $g) (i32.load8_u (i32.const 3))))
                (i32.store8 (i32.const 4) (i32.const 99))
                (memory.grow (i32.const 1))
                (local.get 0)))"#,
    );
    let mut imports = Imports::default();
    imports.define("", "m", Extern::Memory(memory.clone()));
    imports.define("", "t", Extern::Table(table.clone()));
    imports.define("", "g", Extern::Global(global.clone()));
    let instance = Instance::new(&mut store, &module, &imports)?;
    memory.write(&mut store, 3, &[40])?;
    let text = ExternRef::new(&mut store, "a text".to_owned());
    let run = func(&instance, &store, "run");
    let mut results = [Val::I32(0), Val::ExternRef(None)];
    run.call(&mut store, &[Val::ExternRef(Some(text))], &mut results)?;

    let [Val::I32(1), Val::ExternRef(Some(same))] = &results else { panic!("{results:?}") };
    assert_eq!(same.downcast::<String, _, _>(store.as_context())?, "a text");
    assert!(matches!(global.get(&mut store), Val::I32(41)));
    let mut byte = [0];
    memory.read(&store, 4, &mut byte)?;
    assert_eq!((byte, memory.current_pages(&store)), ([99], 2));
    assert!(memory.read(&store, 131_072, &mut byte).is_err());
    assert!(matches!(table.get(&mut store, 1), Some(Ref::ExternRef(Some(_)))));
    assert!(table.get(&mut store, 2).is_none());
    assert_eq!(table.grow(&mut store, 2, Ref::ExternRef(None))?, 2);
    assert!(table.grow(&mut store, 1, Ref::ExternRef(None)).is_err());
    Ok(())
}

#[test]
fn a_missing_import_is_named() {
    let engine = engine();
    let mut store = Store::new(&engine, 0_u32);
    let module = module(&engine, r#"(module (import "host" "f" (func)))"#);
    let error = Instance::new(&mut store, &module, &Imports::default()).expect_err("it was not given");
    assert_eq!(error.to_string(), r#""host" "f", which is imported, was not given"#);
}

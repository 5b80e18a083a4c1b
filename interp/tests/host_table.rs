//! Tables whose elements the embedder provides.

#![cfg(feature = "compile")]
#![expect(unsafe_code, reason = "who provides elements vouches for them")]

use fantail::{
    Config, Engine, Func, Instance, Module, Ref, RefType, Result, Store, Table, TableCreator, TableMemory,
    TableType, ensure,
};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

const ROOM: usize = 6;

/// Elements of which there are [`ROOM`]; they move when the table grows, and it is counted how many tables there are.
struct Provided {
    elements: Box<[u64]>,
    alive: Arc<AtomicUsize>,
}

impl Drop for Provided {
    fn drop(&mut self) {
        self.alive.fetch_sub(1, Ordering::Relaxed);
    }
}

// SAFETY: it owns its elements.
unsafe impl TableMemory for Provided {
    fn capacity(&self) -> usize {
        self.elements.len()
    }

    fn grow_to(&mut self, elements: usize) -> Result<()> {
        ensure!(elements <= ROOM, "there is no more room");
        let mut moved = vec![u64::MAX; ROOM].into_boxed_slice();
        moved[..self.elements.len()].copy_from_slice(&self.elements);
        self.elements = moved;
        Ok(())
    }

    fn as_ptr(&self) -> *mut u64 {
        self.elements.as_ptr().cast_mut()
    }
}

/// Provides tables, with an element less than they need if it says so.
struct Creator {
    short_by: usize,
    alive: Arc<AtomicUsize>,
}

// SAFETY: see `Provided`.
unsafe impl TableCreator for Creator {
    fn new_table(
        &self,
        ty: TableType,
        minimum: usize,
        maximum: Option<usize>,
    ) -> Result<Box<dyn TableMemory>, String> {
        if minimum > ROOM {
            return Err(format!("there are {ROOM} elements"));
        }
        assert_eq!(ty.element(), &RefType::FUNCREF);
        assert_eq!((ty.minimum(), ty.maximum()), (minimum as u64, maximum.map(|most| most as u64)));
        self.alive.fetch_add(1, Ordering::Relaxed);
        // What is in them at first does not matter.
        let elements = vec![u64::MAX; minimum - self.short_by].into_boxed_slice();
        Ok(Box::new(Provided { elements, alive: self.alive.clone() }))
    }
}

fn engine(short_by: usize) -> (Engine, Arc<AtomicUsize>) {
    let alive = Arc::new(AtomicUsize::new(0));
    let creator = Creator { short_by, alive: alive.clone() };
    let engine = Engine::new(Config::new().with_host_table(Arc::new(creator))).expect("the settings agree");
    (engine, alive)
}

#[test]
fn guests_call_through_tables_of_the_embedder_and_let_them_grow() -> Result<()> {
    let (engine, alive) = engine(0);
    let module = Module::new(
        &engine,
        wat::parse_str(
            r#"(module
            (type $f (func (result i32)))
            (table $t (export "table") 3 8 funcref) (elem (i32.const 1) $seven)
            (func $seven (type $f) (i32.const 7))
            (func (export "call") (param i32) (result i32) (call_indirect $t (type $f) (local.get 0)))
            (func (export "grow") (param i32) (result i32) (table.grow $t (ref.func $seven) (local.get 0))))"#,
        )?,
    )?;
    let mut store = Store::new(&engine, ());
    let instance = Instance::new(&mut store, &module, &[])?;
    let call = instance.get_typed_func::<i32, i32>(&mut store, "call")?;
    let grow = instance.get_typed_func::<i32, i32>(&mut store, "grow")?;
    assert_eq!(call.call(&mut store, 1)?, 7);
    assert!(call.call(&mut store, 2).is_err() && call.call(&mut store, 3).is_err());
    assert_eq!(grow.call(&mut store, 2)?, 3);
    assert_eq!((call.call(&mut store, 1)?, call.call(&mut store, 4)?), (7, 7));
    // The type allows eight.
    assert_eq!(grow.call(&mut store, 2)?, -1);
    assert_eq!(grow.call(&mut store, 1)?, 5);
    let table = instance.get_table(&mut store, "table").expect("it is exported");
    assert_eq!((table.size(&store), alive.load(Ordering::Relaxed)), (6, 1));
    drop(store);
    assert_eq!(alive.load(Ordering::Relaxed), 0);
    Ok(())
}

#[test]
fn the_host_reads_writes_and_fills_them() -> Result<()> {
    let (engine, _) = engine(0);
    let mut store = Store::new(&engine, ());
    let table = Table::new(&mut store, TableType::new(RefType::FUNCREF, 4, None), Ref::Func(None))?;
    let func = Func::wrap(&mut store, || ());
    table.set(&mut store, 1, Ref::Func(Some(func)))?;
    assert!(table.set(&mut store, 4, Ref::Func(Some(func))).is_err());
    table.fill(&mut store, 2, Ref::Func(Some(func)), 1)?;
    let mut is_func = |index| table.get(&mut store, index).map(|found| found.as_func().flatten().is_some());
    let found = [0, 1, 2, 3, 4].map(&mut is_func);
    assert_eq!(found, [Some(false), Some(true), Some(true), Some(false), None]);
    Ok(())
}

#[test]
fn a_table_that_the_embedder_has_no_room_for_is_an_error() {
    let (engine, alive) = engine(0);
    let mut store = Store::new(&engine, ());
    let mut message = |size| {
        let ty = TableType::new(RefType::FUNCREF, size, None);
        Table::new(&mut store, ty, Ref::Func(None)).map(drop).expect_err("there is no room").to_string()
    };
    if cfg!(feature = "text") {
        assert_eq!(message(7), "no table from the embedder: there are 6 elements");
    }
    let (engine, _) = self::engine(1);
    let mut store = Store::new(&engine, ());
    let ty = TableType::new(RefType::FUNCREF, 3, None);
    let error = Table::new(&mut store, ty, Ref::Func(None)).map(drop).expect_err("one is missing");
    if cfg!(feature = "text") {
        assert!(error.to_string().starts_with("the embedder provides a table of 2 elements at "), "{error}");
        assert!(error.to_string().ends_with(" where 3 are needed"), "{error}");
    }
    assert_eq!(alive.load(Ordering::Relaxed), 0);
}

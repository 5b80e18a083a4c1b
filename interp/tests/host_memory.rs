//! Memories and value stacks in bytes of the embedder's.

#![expect(unsafe_code, reason = "who provides memory vouches for it")]

use fantail::{
    Config, Engine, Instance, LinearMemory, Memory, MemoryCreator, MemoryType, Module, Result, StackCreator,
    StackMemory, Store, Trap, ensure,
};
use std::ops::Range;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

const ROOM: usize = 3 << 16;

/// A memory that has room for three pages, and counts how many there are.
struct Provided {
    bytes: Box<[u128]>,
    size: usize,
    alive: Arc<AtomicUsize>,
}

impl Drop for Provided {
    fn drop(&mut self) {
        self.alive.fetch_sub(1, Ordering::Relaxed);
    }
}

// SAFETY: it owns its bytes.
unsafe impl LinearMemory for Provided {
    fn byte_size(&self) -> usize {
        self.size
    }

    fn byte_capacity(&self) -> usize {
        ROOM
    }

    fn grow_to(&mut self, new_size: usize) -> Result<()> {
        ensure!(new_size <= ROOM, "there is no more room");
        self.size = new_size;
        Ok(())
    }

    fn as_ptr(&self) -> *mut u8 {
        self.bytes.as_ptr().cast_mut().cast()
    }
}

/// Provides so many memories.
struct Creator {
    most: usize,
    /// Whether they are a byte too small.
    too_small: bool,
    alive: Arc<AtomicUsize>,
}

// SAFETY: see `Provided`.
unsafe impl MemoryCreator for Creator {
    fn new_memory(
        &self,
        ty: MemoryType,
        minimum: usize,
        maximum: Option<usize>,
        reserved_size_in_bytes: Option<usize>,
        guard_size_in_bytes: usize,
    ) -> Result<Box<dyn LinearMemory>, String> {
        assert_eq!(
            (minimum as u64, reserved_size_in_bytes, guard_size_in_bytes),
            (ty.minimum() << 16, None, 0)
        );
        assert_eq!(maximum.map(|maximum| maximum as u64), ty.maximum().map(|pages| pages << 16));
        if self.alive.fetch_add(1, Ordering::Relaxed) >= self.most {
            self.alive.fetch_sub(1, Ordering::Relaxed);
            return Err("all buffers are taken".to_owned());
        }
        let size = minimum - usize::from(self.too_small);
        Ok(Box::new(Provided { bytes: vec![0; ROOM / 16].into(), size, alive: self.alive.clone() }))
    }
}

fn with(most: usize, too_small: bool) -> (Engine, Arc<AtomicUsize>) {
    let alive = Arc::new(AtomicUsize::new(0));
    let creator = Creator { most, too_small, alive: alive.clone() };
    let engine =
        Engine::new(Config::new().with_host_memory(Arc::new(creator))).expect("the settings are fine");
    (engine, alive)
}

#[test]
fn a_guest_works_in_the_memory_that_is_provided() -> Result<()> {
    let (engine, alive) = with(1, false);
    let module = Module::new(
        &engine,
        wat::parse_str(
            r#"(module (memory (export "m") 1 8) (data (i32.const 65532) "abcd")
                (func (export "last") (result i32)
                    (i32.load8_u (i32.sub (i32.mul (memory.size) (i32.const 65536)) (i32.const 1))))
                (func (export "grow") (param i32) (result i32) (memory.grow (local.get 0)))
                (func (export "beyond") (result i32) (i32.load (i32.const 196608))))"#,
        )?,
    )?;
    let mut store = Store::new(&engine, ());
    let instance = Instance::new(&mut store, &module, &[])?;
    let last = instance.get_typed_func::<(), i32>(&mut store, "last")?;
    let grow = instance.get_typed_func::<i32, i32>(&mut store, "grow")?;
    assert_eq!(last.call(&mut store, ())?, i32::from(b'd'));
    assert_eq!(grow.call(&mut store, 2)?, 1);
    assert_eq!(last.call(&mut store, ())?, 0);
    assert_eq!(grow.call(&mut store, 1)?, -1, "there is no more room");
    let beyond = instance.get_typed_func::<(), i32>(&mut store, "beyond")?;
    let trap = beyond.call(&mut store, ()).expect_err("the memory ends there");
    assert_eq!(trap.downcast_ref(), Some(&Trap::MemoryOutOfBounds));
    let memory = instance.get_memory(&mut store, "m").expect("is exported");
    assert_eq!(memory.data_size(&store), ROOM);
    assert_eq!(alive.load(Ordering::Relaxed), 1);
    drop(store);
    assert_eq!(alive.load(Ordering::Relaxed), 0);
    Ok(())
}

#[test]
fn what_cannot_be_provided_is_an_error_with_the_reason() {
    let (engine, _) = with(1, false);
    let mut store = Store::new(&engine, ());
    Memory::new(&mut store, MemoryType::new(1, None)).expect("there is one");
    let error = Memory::new(&mut store, MemoryType::new(1, None)).expect_err("there is no other");
    assert_eq!(error.to_string(), "no memory from the embedder: all buffers are taken");
    let (engine, alive) = with(1, true);
    let mut store = Store::new(&engine, ());
    let error = Memory::new(&mut store, MemoryType::new(1, None)).expect_err("it is too small");
    assert_eq!(error.to_string(), "the embedder provides a memory of 65535 bytes where 65536 are needed");
    assert_eq!(alive.load(Ordering::Relaxed), 0);
}

struct Stack(Box<[u128]>);

// SAFETY: it owns its bytes.
unsafe impl StackMemory for Stack {
    fn top(&self) -> *mut u8 {
        self.0.as_ptr_range().end.cast_mut().cast()
    }

    fn range(&self) -> Range<usize> {
        let range = self.0.as_ptr_range();
        range.start.addr()..range.end.addr()
    }

    fn guard_range(&self) -> Range<*mut u8> {
        self.top()..self.top()
    }
}

/// Provides stacks with so many bytes more than needed, or less.
struct Stacks(isize);

// SAFETY: see `Stack`.
unsafe impl StackCreator for Stacks {
    fn new_stack(&self, size: usize, zeroed: bool) -> Result<Box<dyn StackMemory>> {
        assert!(zeroed);
        ensure!(self.0 != 1, "all stacks are taken");
        Ok(Box::new(Stack(vec![0; size.saturating_add_signed(self.0).div_ceil(16)].into())))
    }
}

#[test]
fn a_guest_works_on_the_stack_that_is_provided_and_no_further() -> Result<()> {
    let depth = |stack: Option<isize>| -> Result<i32> {
        let mut config = Config::new();
        config.max_wasm_stack(32 << 10);
        if let Some(more) = stack {
            config.with_host_stack(Arc::new(Stacks(more)));
        }
        let engine = Engine::new(&config)?;
        let module = Module::new(
            &engine,
            wat::parse_str(
                r#"(module (global (export "depth") (mut i32) (i32.const 0))
                    (func $f (export "f") (global.set 0 (i32.add (global.get 0) (i32.const 1))) (call $f)))"#,
            )?,
        )?;
        let mut store = Store::try_new(&engine, ())?;
        let instance = Instance::new(&mut store, &module, &[])?;
        let f = instance.get_typed_func::<(), ()>(&mut store, "f")?;
        let trap = f.call(&mut store, ()).expect_err("it never ends");
        assert_eq!(trap.downcast_ref(), Some(&Trap::StackOverflow));
        Ok(instance.get_global(&mut store, "depth").expect("is exported").get(&mut store).unwrap_i32())
    };
    let own = depth(None)?;
    assert!(own > 1000, "{own}");
    assert_eq!(depth(Some(0))?, own);
    assert_eq!(depth(Some(4096))?, own, "the size is that of the settings");
    let error = depth(Some(-4096)).expect_err("it is too small").to_string();
    assert!(error.starts_with("the embedder provides a stack at 0x"), "{error}");
    assert_eq!(depth(Some(1)).expect_err("there is none").to_string(), "all stacks are taken");
    Ok(())
}

/// A memory of 300 bytes, where the firmware has them: pages of one byte make it possible.
#[test]
fn a_memory_may_be_a_few_hundred_bytes_of_the_embedders() -> Result<()> {
    static mut BUFFER: [u8; 300] = [0; 300];

    struct Small;

    // SAFETY: only one is made, by this test, so nobody else uses the buffer.
    unsafe impl LinearMemory for Small {
        fn byte_size(&self) -> usize {
            300
        }

        fn byte_capacity(&self) -> usize {
            300
        }

        fn grow_to(&mut self, new_size: usize) -> Result<()> {
            ensure!(new_size <= 300, "there is no more room");
            Ok(())
        }

        fn as_ptr(&self) -> *mut u8 {
            (&raw mut BUFFER).cast()
        }
    }

    // SAFETY: as above.
    unsafe impl MemoryCreator for Small {
        fn new_memory(
            &self,
            ty: MemoryType,
            minimum: usize,
            maximum: Option<usize>,
            _reserved_size_in_bytes: Option<usize>,
            _guard_size_in_bytes: usize,
        ) -> Result<Box<dyn LinearMemory>, String> {
            assert_eq!((ty.page_size(), minimum, maximum), (1, 280, None));
            Ok(Box::new(Small))
        }
    }

    let mut config = Config::new();
    config.wasm_custom_page_sizes(true).with_host_memory(Arc::new(Small));
    let engine = Engine::new(&config)?;
    let module = Module::new(
        &engine,
        wat::parse_str(
            r#"(module (memory (export "memory") 280 (pagesize 1))
            (func (export "grow") (param i32) (result i32) (memory.grow (local.get 0)))
            (func (export "put") (param i32) (i32.store8 (local.get 0) (i32.const 7))))"#,
        )?,
    )?;
    let mut store = Store::new(&engine, ());
    let instance = Instance::new(&mut store, &module, &[])?;
    let put = instance.get_typed_func::<i32, ()>(&mut store, "put")?;
    let grow = instance.get_typed_func::<i32, i32>(&mut store, "grow")?;
    put.call(&mut store, 279)?;
    let error = put.call(&mut store, 280).expect_err("it is the first byte behind");
    assert_eq!(error.downcast_ref(), Some(&Trap::MemoryOutOfBounds));
    assert_eq!(
        (grow.call(&mut store, 21)?, grow.call(&mut store, 20)?, grow.call(&mut store, 1)?),
        (-1, 280, -1)
    );
    put.call(&mut store, 299)?;
    assert_eq!(
        put.call(&mut store, 300).expect_err("it is full").downcast_ref(),
        Some(&Trap::MemoryOutOfBounds)
    );
    let memory = instance.get_memory(&mut store, "memory").expect("it is exported");
    assert_eq!(memory.data(&store)[278..], {
        let mut expected = [0; 22];
        (expected[1], expected[21]) = (7, 7);
        expected
    });
    Ok(())
}

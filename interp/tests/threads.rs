//! Shared memories used by several stores on several threads.
//!
//! The whole file is meant to be run under ThreadSanitizer as well:
//! `RUSTFLAGS="-Zsanitizer=thread -Cunsafe-allow-abi-mismatch=sanitizer" cargo +nightly test -p fantail --test threads
//! --target x86_64-unknown-linux-gnu`.

#![expect(unsafe_code, reason = "the host looks into shared memories")]

use fantail::{
    Caller, Config, Engine, Extern, Instance, Linker, Memory, MemoryType, Module, ResourceLimiter, Result,
    SharedMemory, Store, StoreLimitsBuilder, Trap, WaitResult,
};
use std::sync::atomic::{AtomicU8, AtomicU32, Ordering};
use std::thread;
use std::time::{Duration, Instant};

const THREADS: u32 = 4;

/// How often each thread does its work: less where every instruction takes long.
const ROUNDS: u32 = if cfg!(debug_assertions) { 2_000 } else { 50_000 };

fn module(engine: &Engine, text: &str) -> Module {
    Module::new(engine, wat::parse_str(text).expect("the text is well-formed")).expect("the module is valid")
}

/// The `u32` at `address`.
fn word(memory: &SharedMemory, address: usize) -> u32 {
    assert!(address.is_multiple_of(4) && address + 4 <= memory.data_size());
    // SAFETY: it is in the memory and aligned, and guests access it atomically.
    u32::from_le(unsafe { AtomicU32::from_ptr(memory.data()[address].get().cast()) }.load(Ordering::SeqCst))
}

/// Calls `run(thread, rounds)` of an instance of `module` in each of several threads.
fn on_threads(engine: &Engine, module: &Module, memory: &SharedMemory) -> Vec<i32> {
    thread::scope(|scope| {
        let threads: Vec<_> = (0..THREADS)
            .map(|n| {
                scope.spawn(move || -> Result<i32> {
                    let mut store = Store::new(engine, ());
                    let instance = Instance::new(&mut store, module, &[memory.clone().into()])?;
                    let run = instance.get_typed_func::<(u32, u32), i32>(&mut store, "run")?;
                    run.call(&mut store, (n, ROUNDS))
                })
            })
            .collect();
        threads.into_iter().map(|thread| thread.join().expect("no panic").expect("no trap")).collect()
    })
}

#[test]
fn contended_read_modify_writes_lose_nothing() {
    let engine = Engine::default();
    // Every width adds and subtracts; a lock made of compare-and-exchange guards plain accesses.
    let module = module(
        &engine,
        r#"(module
            (import "" "memory" (memory 1 1 shared))
            (func (export "run") (param $thread i32) (param $rounds i32) (result i32)
                (loop $again
                    (drop (i32.atomic.rmw.add (i32.const 0) (i32.const 1)))
                    (drop (i64.atomic.rmw.add (i32.const 8) (i64.const 3)))
                    (drop (i32.atomic.rmw16.add_u (i32.const 16) (i32.const 1)))
                    (drop (i32.atomic.rmw8.sub_u (i32.const 20) (i32.const 1)))
                    (drop (i32.atomic.rmw.xor (i32.const 24)
                        (i32.shl (i32.const 1) (local.get $thread))))
                    (drop (i32.atomic.rmw.or (i32.const 28)
                        (i32.shl (i32.const 1) (local.get $thread))))
                    (loop $lock
                        (br_if $lock (i32.atomic.rmw.cmpxchg (i32.const 32) (i32.const 0) (i32.const 1))))
                    (i32.store (i32.const 36) (i32.add (i32.load (i32.const 36)) (i32.const 1)))
                    (i64.store offset=1 (i32.const 40)
                        (i64.add (i64.load offset=1 (i32.const 40)) (i64.const 1)))
                    (i32.atomic.store (i32.const 32) (i32.const 0))
                    (br_if $again
                        (local.tee $rounds (i32.sub (local.get $rounds) (i32.const 1)))))
                (local.get $rounds)))"#,
    );
    let memory = SharedMemory::new(&engine, MemoryType::shared(1, 1)).unwrap();
    assert_eq!(on_threads(&engine, &module, &memory), [0; THREADS as usize]);
    let total = THREADS * ROUNDS;
    assert_eq!(word(&memory, 0), total);
    assert_eq!((word(&memory, 8), word(&memory, 12)), (3 * total, 0));
    assert_eq!(word(&memory, 16), total & 0xffff);
    assert_eq!(word(&memory, 20), total.wrapping_neg() & 0xff);
    assert_eq!(word(&memory, 24), if ROUNDS.is_multiple_of(2) { 0 } else { (1 << THREADS) - 1 });
    assert_eq!(word(&memory, 28), (1 << THREADS) - 1);
    assert_eq!(word(&memory, 36), total);
    assert_eq!(word(&memory, 40) >> 8 | word(&memory, 44) << 24, total);
}

#[test]
fn plain_accesses_and_bulk_operations_may_race() {
    let engine = Engine::default();
    // What they read is one of the values written; under ThreadSanitizer the point is that there is no report.
    let module = module(
        &engine,
        r#"(module
            (import "" "memory" (memory 1 1 shared))
            (data $d "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa")
            (func (export "run") (param $thread i32) (param $rounds i32) (result i32)
                (local $bad i32) (local $seen i32)
                (loop $again
                    (i32.store (i32.const 0) (i32.mul (local.get $thread) (i32.const 0x01010101)))
                    (local.set $seen (i32.load (i32.const 0)))
                    (local.set $bad (i32.or (local.get $bad)
                        (i32.ne (local.get $seen)
                            (i32.mul (i32.and (local.get $seen) (i32.const 0xff)) (i32.const 0x01010101)))))
                    (i64.store (i32.const 9) (i64.const -1))
                    (f64.store (i32.const 9) (f64.load (i32.const 10)))
                    (v128.store (i32.const 32) (v128.load (i32.const 35)))
                    (i32.store16 (i32.const 33) (i32.load8_s (i32.const 34)))
                    (memory.fill (i32.const 64) (local.get $thread) (i32.const 61))
                    (memory.copy (i32.const 70) (i32.const 65) (i32.const 40))
                    (memory.copy (i32.const 128) (i32.const 64) (i32.const 64))
                    (memory.init $d (i32.const 129) (i32.const 1) (i32.const 30))
                    (br_if $again
                        (local.tee $rounds (i32.sub (local.get $rounds) (i32.const 1)))))
                (local.get $bad)))"#,
    );
    let memory = SharedMemory::new(&engine, MemoryType::shared(1, 1)).unwrap();
    assert_eq!(on_threads(&engine, &module, &memory), [0; THREADS as usize], "an aligned access was torn");
}

#[test]
fn waiting_threads_play_ping_pong() {
    let engine = Engine::default();
    // Each pair of threads has a turn of its own, at 64 * pair. Nobody goes on before the other has made it his turn.
    let module = module(
        &engine,
        r#"(module
            (import "" "memory" (memory 1 1 shared))
            (func (export "run") (param $thread i32) (param $rounds i32) (result i32)
                (local $turn i32) (local $me i32)
                (local.set $turn (i32.shl (i32.shr_u (local.get $thread) (i32.const 1)) (i32.const 6)))
                (local.set $me (i32.and (local.get $thread) (i32.const 1)))
                (loop $again
                    (loop $wait
                        (if (i32.ne (i32.atomic.load (local.get $turn)) (local.get $me))
                            (then
                                (drop (memory.atomic.wait32 (local.get $turn)
                                    (i32.xor (local.get $me) (i32.const 1)) (i64.const -1)))
                                (br $wait))))
                    (i32.store offset=4 (local.get $turn)
                        (i32.add (i32.load offset=4 (local.get $turn)) (i32.const 1)))
                    (i32.atomic.store (local.get $turn) (i32.xor (local.get $me) (i32.const 1)))
                    (drop (memory.atomic.notify (local.get $turn) (i32.const 1)))
                    (br_if $again
                        (local.tee $rounds (i32.sub (local.get $rounds) (i32.const 1)))))
                (i32.load offset=4 (local.get $turn))))"#,
    );
    let memory = SharedMemory::new(&engine, MemoryType::shared(1, 1)).unwrap();
    on_threads(&engine, &module, &memory);
    for pair in 0..THREADS as usize / 2 {
        assert_eq!(word(&memory, 64 * pair + 4), 2 * ROUNDS);
    }
}

#[test]
fn a_memory_grows_under_the_feet_of_others() {
    let engine = Engine::default();
    // Threads let it grow by one page at a time, and write to each page they made; all have their number at last.
    let module = module(
        &engine,
        r#"(module
            (import "" "memory" (memory 1 401 shared))
            (func (export "run") (param $thread i32) (param $rounds i32) (result i32)
                (local $page i32) (local $made i32)
                (loop $again
                    (local.set $page (memory.grow (i32.const 1)))
                    (if (i32.ne (local.get $page) (i32.const -1))
                        (then
                            (local.set $made (i32.add (local.get $made) (i32.const 1)))
                            (i32.store offset=65532
                                (i32.shl (local.get $page) (i32.const 16)) (local.get $page))
                            (br_if $again (i32.ge_u (local.get $page) (memory.size)))
                            (drop (i32.load offset=65528
                                (i32.shl (i32.sub (memory.size) (i32.const 1)) (i32.const 16))))
                            (br $again))))
                (local.get $made)))"#,
    );
    let memory = SharedMemory::new(&engine, MemoryType::shared(1, 401)).unwrap();
    let base = memory.data().as_ptr();
    let made = on_threads(&engine, &module, &memory);
    assert_eq!(made.iter().sum::<i32>(), 400);
    assert_eq!((memory.size(), memory.data().as_ptr()), (401, base));
    for page in 1..401 {
        assert_eq!(word(&memory, page * 65_536 + 65_532), page as u32);
    }
    assert!(memory.grow(1).is_err());
    assert_eq!(memory.grow(0).unwrap(), 401);
}

#[test]
fn functions_are_translated_by_whoever_calls_them_first() {
    let engine = Engine::default();
    let mut text = r#"(module (import "" "memory" (memory 1 1 shared))
        (func (export "run") (param i32 i32) (result i32)"#
        .to_owned();
    for n in 0..200 {
        text += &format!("(drop (call $f{n} (local.get 0)))");
    }
    text += "(call $f0 (i32.const 41)))";
    for n in 0..200 {
        text +=
            &format!("(func $f{n} (param i32) (result i32) (i32.add (local.get 0) (i32.const {})))", n + 1);
    }
    let module = module(&engine, &(text + ")"));
    let memory = SharedMemory::new(&engine, MemoryType::shared(1, 1)).unwrap();
    assert_eq!(on_threads(&engine, &module, &memory), [42; THREADS as usize]);
}

#[test]
fn the_host_waits_for_guests_and_guests_for_the_host() {
    let engine = Engine::default();
    let module = module(
        &engine,
        r#"(module
            (import "" "memory" (memory 1 1 shared))
            (func (export "run") (result i32)
                (i32.atomic.store (i32.const 0) (i32.const 1))
                (drop (memory.atomic.notify (i32.const 0) (i32.const -1)))
                (memory.atomic.wait64 (i32.const 8) (i64.const 0) (i64.const -1))))"#,
    );
    let memory = SharedMemory::new(&engine, MemoryType::shared(1, 1)).unwrap();
    thread::scope(|scope| {
        let guest = scope.spawn(|| {
            let mut store = Store::new(&engine, ());
            let instance = Instance::new(&mut store, &module, &[memory.clone().into()]).unwrap();
            let run = instance.get_typed_func::<(), u32>(&mut store, "run").unwrap();
            run.call(&mut store, ()).unwrap()
        });
        let result = memory.atomic_wait32(0, 0, None).unwrap();
        assert!(matches!(result, WaitResult::Ok | WaitResult::Mismatch), "{result:?}");
        while memory.atomic_notify(8, 7).unwrap() == 0 {
            thread::yield_now();
        }
        assert_eq!(guest.join().unwrap(), WaitResult::Ok as u32);
    });
    assert_eq!(memory.atomic_wait64(8, 1, None), Ok(WaitResult::Mismatch));
    let start = Instant::now();
    assert_eq!(memory.atomic_wait64(8, 0, Some(Duration::from_millis(20))), Ok(WaitResult::TimedOut));
    assert!(start.elapsed() >= Duration::from_millis(20));
    assert_eq!(memory.atomic_notify(8, 1), Ok(0));
    assert_eq!(memory.atomic_wait32(2, 0, None), Err(Trap::HeapMisaligned));
    assert_eq!(memory.atomic_wait64(4, 0, None), Err(Trap::HeapMisaligned));
    assert_eq!(memory.atomic_notify(65_536, 0), Err(Trap::MemoryOutOfBounds));
    assert_eq!(memory.atomic_wait32(u64::MAX - 3, 0, None), Err(Trap::MemoryOutOfBounds));
}

#[test]
fn what_an_instance_exports_is_the_same_memory() {
    let engine = Engine::default();
    let module = module(
        &engine,
        r#"(module
            (memory (export "shared") 1 3 shared)
            (memory (export "own") 1)
            (data (memory 0) (i32.const 5) "data")
            (func (export "grow") (result i32) (memory.grow (i32.const 1))))"#,
    );
    let mut store = Store::new(&engine, ());
    let instance = Instance::new(&mut store, &module, &[]).unwrap();
    assert!(instance.get_memory(&mut store, "shared").is_none());
    assert!(instance.get_memory(&mut store, "own").is_some());
    assert!(instance.get_shared_memory(&mut store, "own").is_none());
    let memory = instance.get_shared_memory(&mut store, "shared").unwrap();
    assert_eq!(memory, instance.get_shared_memory(&mut store, "shared").unwrap());
    let byte = |at: usize| {
        // SAFETY: nobody else runs.
        unsafe { AtomicU8::from_ptr(memory.data()[at].get()) }.load(Ordering::Relaxed)
    };
    assert_eq!([5, 6, 7, 8].map(byte), *b"data");
    let mut bytes = [0; 6];
    memory.write(7, b"TA!").unwrap();
    memory.read(4, &mut bytes).unwrap();
    assert_eq!(bytes, *b"\0daTA!");
    assert!(memory.write(65_534, b"...").is_err() && memory.read(usize::MAX, &mut bytes).is_err());
    let grow = instance.get_typed_func::<(), u32>(&mut store, "grow").unwrap();
    assert_eq!(memory.grow(1).unwrap(), 1);
    assert_eq!(grow.call(&mut store, ()).unwrap(), 2);
    assert_eq!(grow.call(&mut store, ()).unwrap(), u32::MAX);
    assert_eq!((memory.size(), memory.ty().minimum(), memory.ty().maximum()), (3, 3, Some(3)));
    // Another store of the engine takes it, by its present size.
    let user = r#"(module (import "host" "memory" (memory 3 3 shared)) (export "again" (memory 0)))"#;
    let user = self::module(&engine, user);
    let mut linker = Linker::new(&engine);
    let mut other = Store::new(&engine, ());
    linker.define(&other, "host", "memory", memory.clone()).unwrap();
    let instance = linker.instantiate(&mut other, &user).unwrap();
    assert_eq!(instance.get_export(&mut other, "again"), Some(Extern::SharedMemory(memory)));
}

#[test]
fn a_shared_memory_is_given_for_a_shared_memory_only() {
    let engine = Engine::default();
    let mut store = Store::new(&engine, ());
    let shared = SharedMemory::new(&engine, MemoryType::shared(1, 2)).unwrap();
    let own = Memory::new(&mut store, MemoryType::new(1, Some(2))).unwrap();
    let wants = |ty: &str| module(&engine, &format!(r#"(module (import "" "" (memory {ty})))"#));
    let mut given = |ty: &str, item: Extern| {
        Instance::new(&mut store, &wants(ty), &[item]).map(drop).map_err(|e| e.to_string())
    };
    assert_eq!(given("1 2 shared", shared.clone().into()), Ok(()));
    for (ty, item) in [
        ("1 2", Extern::from(shared.clone())),
        ("1 1 shared", shared.clone().into()),
        ("2 2 shared", shared.into()),
        ("1 2 shared", own.into()),
    ] {
        let error = given(ty, item).unwrap_err();
        assert!(error.starts_with("incompatible import type for"), "{error}");
    }
    let error = |result: Result<SharedMemory>| result.unwrap_err().to_string();
    assert_eq!(
        error(SharedMemory::new(&engine, MemoryType::new(1, Some(1)))),
        "shared memory must have the `shared` flag enabled on its memory type"
    );
    assert_eq!(
        Memory::new(&mut store, MemoryType::shared(1, 1)).unwrap_err().to_string(),
        "shared memories must be created through `SharedMemory`"
    );
    let mut config = fantail::Config::new();
    config.wasm_threads(false);
    let without = Engine::new(&config).unwrap();
    assert!(SharedMemory::new(&without, MemoryType::shared(1, 1)).is_err());
    config.wasm_threads(true).shared_memory(false);
    let without = Engine::new(&config).unwrap();
    let off = "shared memories are switched off in the engine's settings";
    assert_eq!(error(SharedMemory::new(&without, MemoryType::shared(1, 1))), off);
    let makes = module(&without, "(module (memory 1 1 shared))");
    let made = Instance::new(&mut Store::new(&without, ()), &makes, &[]);
    assert_eq!(made.unwrap_err().to_string(), off);
    let huge = MemoryType::builder().memory64(true).shared(true).min(0).max(Some(1 << 47)).build().unwrap();
    assert!(error(SharedMemory::new(&engine, huge)).starts_with("not enough memory for a shared memory"));
}

#[test]
fn the_limiter_of_a_store_is_asked_when_its_guest_makes_a_memory_or_lets_it_grow() {
    let engine = Engine::default();
    let grows = module(
        &engine,
        r#"(module (memory (export "memory") 1 9 shared)
            (func (export "grow") (param i32) (result i32) (memory.grow (local.get 0))))"#,
    );
    let limits = StoreLimitsBuilder::new().memory_size(3 * 65_536).build();
    let mut store = Store::new(&engine, limits);
    store.limiter(|limits| limits as &mut dyn ResourceLimiter);
    let instance = Instance::new(&mut store, &grows, &[]).unwrap();
    let grow = instance.get_typed_func::<u32, u32>(&mut store, "grow").unwrap();
    assert_eq!(grow.call(&mut store, 1).unwrap(), 1);
    // The host may.
    let memory = instance.get_shared_memory(&mut store, "memory").unwrap();
    assert_eq!(memory.grow(1).unwrap(), 2);
    assert_eq!(grow.call(&mut store, 1).unwrap(), u32::MAX);
    let large = module(&engine, "(module (memory 4 4 shared))");
    assert!(Instance::new(&mut store, &large, &[]).is_err());
}

#[test]
fn host_functions_of_several_threads_see_their_own_stores() {
    let engine = Engine::default();
    let module = module(
        &engine,
        r#"(module
            (import "host" "memory" (memory 1 1 shared))
            (import "host" "number" (func $number (result i32)))
            (export "memory" (memory 0))
            (func (export "run") (drop (i32.atomic.rmw.add (i32.const 0) (call $number)))))"#,
    );
    let memory = SharedMemory::new(&engine, MemoryType::shared(1, 1)).unwrap();
    let mut linker = Linker::new(&engine);
    linker
        .func_wrap("host", "number", |mut caller: Caller<'_, u32>| {
            assert!(matches!(caller.get_export("memory"), Some(Extern::SharedMemory(_))));
            *caller.data()
        })
        .unwrap();
    let seed = Store::new(&engine, 0);
    linker.define(&seed, "host", "memory", memory.clone()).unwrap();
    let pre = linker.instantiate_pre(&module).unwrap();
    thread::scope(|scope| {
        for n in 1..=THREADS {
            let (engine, pre) = (&engine, &pre);
            scope.spawn(move || {
                let mut store = Store::new(engine, n);
                let instance = pre.instantiate(&mut store).unwrap();
                instance.get_typed_func::<(), ()>(&mut store, "run").unwrap().call(&mut store, ()).unwrap();
            });
        }
    });
    assert_eq!(word(&memory, 0), (1..=THREADS).sum());
}

#[test]
fn a_thread_that_waits_is_interrupted_at_the_deadline() -> Result<()> {
    let mut config = Config::new();
    config.epoch_interruption(true).wasm_threads(true).shared_memory(true);
    let engine = Engine::new(&config)?;
    let module = Module::new(
        &engine,
        wat::parse_str(
            r#"(module (memory (export "memory") 1 1 shared)
                (func (export "wait32") (param i64) (result i32)
                    (memory.atomic.wait32 (i32.const 8) (i32.const 0) (local.get 0)))
                (func (export "wait64") (param i64) (result i32)
                    (memory.atomic.wait64 (i32.const 8) (i64.const 0) (local.get 0))))"#,
        )
        .expect("it is well-formed"),
    )?;
    let mut store = Store::new(&engine, ());
    let instance = Instance::new(&mut store, &module, &[])?;
    let memory = instance.get_shared_memory(&mut store, "memory").expect("it is exported");
    for name in ["wait32", "wait64"] {
        let wait = instance.get_typed_func::<i64, i32>(&mut store, name)?;
        // For ever, and for an hour.
        for timeout in [-1, 3_600_000_000_000] {
            store.set_epoch_deadline(1);
            let other = engine.clone();
            let ticking = thread::spawn(move || {
                thread::sleep(Duration::from_millis(30));
                other.increment_epoch();
            });
            let error = wait.call(&mut store, timeout).expect_err("nobody notifies it");
            assert_eq!(error.downcast_ref(), Some(&Trap::Interrupt), "{name}({timeout})");
            ticking.join().expect("it only sleeps");
            assert_eq!(memory.atomic_notify(8, 1), Ok(0), "it is not among those who wait any more");
        }
        store.set_epoch_deadline(1);
        assert_eq!(wait.call(&mut store, 1)?, 2, "it times out before the deadline");
    }
    Ok(())
}

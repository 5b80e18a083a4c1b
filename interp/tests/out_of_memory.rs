//! Running out of memory is an error, wherever it happens: each run is repeated with its first allocation failing, then
//! with its second, and so on until it needs no more; once with that allocation alone, once with all that follow.
//!
//! What fails alone succeeds when it is tried again, so the run goes on and gives what it always does. When all that
//! follows fails too, the run ends, and everything is dropped. Nothing is lost: as much memory is in use afterwards as was
//! before.

#![cfg(feature = "compile")]
#![expect(
    unsafe_code,
    reason = "allocation is made to fail, and the origin of an image has to be vouched for"
)]

use fantail::{
    CompilationMode, Config, Engine, Error, Instance, Linker, Module, OutOfMemory, Ref, Result, Store,
    StoreLimits, StoreLimitsBuilder, Trap, Val,
};
use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;

/// What the allocations of a thread are to do.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Plan {
    Succeed,
    /// The one fails before which there are so many; `then` says whether those after it fail too.
    Fail {
        after: usize,
        then: bool,
    },
    /// The one that was to fail has failed.
    Failed {
        then: bool,
    },
}

thread_local! {
    static PLAN: Cell<Plan> = const { Cell::new(Plan::Succeed) };
    /// Bytes in use.
    static IN_USE: Cell<isize> = const { Cell::new(0) };
}

struct Failing;

#[global_allocator]
static ALLOCATOR: Failing = Failing;

/// Whether an allocation is to succeed.
fn may_allocate() -> bool {
    let (allowed, next) = match PLAN.get() {
        Plan::Succeed => (true, Plan::Succeed),
        Plan::Fail { after: 0, then } => (false, Plan::Failed { then }),
        Plan::Fail { after, then } => (true, Plan::Fail { after: after - 1, then }),
        Plan::Failed { then } => (!then, Plan::Failed { then }),
    };
    PLAN.set(next);
    allowed
}

fn used(place: *mut u8, bytes: isize) -> *mut u8 {
    if !place.is_null() {
        IN_USE.set(IN_USE.get() + bytes);
    }
    place
}

// SAFETY: it is the system's, which may fail.
unsafe impl GlobalAlloc for Failing {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        if !may_allocate() {
            return std::ptr::null_mut();
        }
        // SAFETY: the caller vouches for the layout.
        used(unsafe { System.alloc(layout) }, layout.size() as isize)
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        if !may_allocate() {
            return std::ptr::null_mut();
        }
        // SAFETY: as above.
        used(unsafe { System.alloc_zeroed(layout) }, layout.size() as isize)
    }

    unsafe fn realloc(&self, place: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        if !may_allocate() {
            return std::ptr::null_mut();
        }
        // SAFETY: the caller vouches for the place and its layout.
        used(unsafe { System.realloc(place, layout, size) }, size as isize - layout.size() as isize)
    }

    unsafe fn dealloc(&self, place: *mut u8, layout: Layout) {
        used(place, -(layout.size() as isize));
        // SAFETY: as above.
        unsafe { System.dealloc(place, layout) }
    }
}

/// Whether `error` is one for lack of memory.
fn is_out_of_memory(error: &Error) -> bool {
    error.is::<OutOfMemory>() || error.downcast_ref() == Some(&Trap::HeapExhausted)
}

/// Does `step`, once more if there was not enough memory.
fn again<T>(mut step: impl FnMut() -> Result<T>) -> Result<T> {
    match step() {
        Err(error) if is_out_of_memory(&error) => {
            drop(error);
            step()
        }
        result => result,
    }
}

/// The result of a `grow` instruction, once more if that failed.
fn grown(mut step: impl FnMut() -> Result<i32>) -> Result<i32> {
    let mut grow = || match again(&mut step)? {
        -1 => Err(OutOfMemory.into()),
        size => Ok(size),
    };
    again(&mut grow)
}

/// Lets every allocation of `run` fail, as described above.
fn exhaust(run: impl Fn() -> Result<()>) {
    // What is allocated once for all.
    run().expect("there is enough memory");
    for then in [false, true] {
        let mut failures = 0;
        for after in 0.. {
            let before = IN_USE.get();
            PLAN.set(Plan::Fail { after, then });
            let result = run();
            let left = PLAN.replace(Plan::Succeed);
            match result {
                Ok(()) if matches!(left, Plan::Fail { .. }) => break,
                Ok(()) => {}
                Err(error) => {
                    assert!(then, "allocation {after}: {error:?}");
                    assert!(is_out_of_memory(&error), "allocation {after}: {error:?}");
                    failures += 1;
                }
            }
            assert_eq!(IN_USE.get(), before, "allocation {after}: bytes in use");
        }
        assert!(!then || failures > 20, "{failures} runs failed");
    }
}

const GUEST: &str = r#"(module $guest
    (type $unary (func (param i32) (result i32)))
    (import "host" "add" (func $add (param i32 i32) (result i32)))
    (import "host" "swap" (func $swap (param i32 i64) (result i64 i32)))
    (memory (export "memory") 1 4)
    (data (i32.const 8) "\07\00\00\00") (data $passive "\09")
    (table $t (export "table") 4 16 funcref)
    (elem (i32.const 1) $double $fail)
    (elem $rest func $double)
    (global $calls (export "calls") (mut i64) (i64.const 0))
    (func $double (type $unary) (i32.mul (local.get 0) (i32.const 2)))
    (func $fail (type $unary) unreachable)
    (func $begin
        (table.init $t $rest (i32.const 3) (i32.const 0) (i32.const 1))
        (memory.init $passive (i32.const 100) (i32.const 0) (i32.const 1)))
    (start $begin)
    (func (export "sum") (param $n i32) (result i32) (local $sum i32)
        (global.set $calls (i64.add (global.get $calls) (i64.const 1)))
        (block $out (loop $next
            (br_if $out (i32.eqz (local.get $n)))
            (local.set $sum (call $add (local.get $sum)
                (call_indirect $t (type $unary) (local.get $n) (i32.const 1))))
            (local.set $n (i32.sub (local.get $n) (i32.const 1)))
            (br $next)))
        (i32.add (local.get $sum) (i32.load8_u (i32.const 100))))
    (func (export "switch") (param i32) (result i32)
        (block (block (block (br_table 0 1 2 (local.get 0))) (return (i32.const 10))) (return (i32.const 20)))
        (i32.const 30))
    (func (export "pair") (param i32 i64) (result i64 i32) (call $swap (local.get 0) (local.get 1)))
    (func (export "grow") (result i32) (memory.grow (i32.const 1)))
    (func (export "grow_table") (result i32) (table.grow $t (ref.null func) (i32.const 4)))
    (func (export "fail") (param i32) (result i32)
        (call_indirect $t (type $unary) (local.get 0) (i32.const 2))))"#;

fn config(mode: CompilationMode) -> Config {
    let mut config = Config::new();
    config.compilation_mode(mode).max_wasm_stack(1 << 16);
    config
}

fn limited(engine: &Engine) -> Result<Store<StoreLimits>> {
    let mut store = Store::try_new(engine, StoreLimitsBuilder::new().build())?;
    store.limiter(|limits| limits);
    Ok(store)
}

/// Gives [`GUEST`] its imports.
fn linked(engine: &Engine) -> Result<Linker<StoreLimits>> {
    let mut linker = Linker::new(engine);
    let factor = 1;
    again(|| linker.func_wrap("host", "add", move |a: i32, b: i32| factor * a + b).map(drop))?;
    let ty = again(|| {
        let (i32, i64) = (fantail::ValType::I32, fantail::ValType::I64);
        fantail::FuncType::try_new(engine, [i32.clone(), i64.clone()], [i64, i32])
    })?;
    again(|| {
        let swap = move |_: fantail::Caller<'_, _>, params: &[Val], results: &mut [Val]| {
            (results[0], results[1]) = (params[1], params[0]);
            Ok(())
        };
        linker.func_new("host", "swap", ty.clone(), swap).map(drop)
    })?;
    Ok(linker)
}

/// Does all that [`GUEST`] can.
fn use_guest(store: &mut Store<StoreLimits>, instance: Instance) -> Result<()> {
    let sum = again(|| instance.get_typed_func::<i32, i32>(&mut *store, "sum"))?;
    assert_eq!(again(|| sum.call(&mut *store, 10))?, 119);
    let switch = again(|| instance.get_typed_func::<i32, i32>(&mut *store, "switch"))?;
    assert_eq!(again(|| switch.call(&mut *store, 1))?, 20);
    let pair = instance.get_func(&mut *store, "pair").expect("it is exported");
    let mut results = [Val::I32(0), Val::I32(0)];
    again(|| pair.call(&mut *store, &[Val::I32(1), Val::I64(2)], &mut results))?;
    assert_eq!((results[0].i64(), results[1].i32()), (Some(2), Some(1)));
    let grow = again(|| instance.get_typed_func::<(), i32>(&mut *store, "grow"))?;
    assert_eq!(grown(|| grow.call(&mut *store, ()))?, 1);
    let grow = again(|| instance.get_typed_func::<(), i32>(&mut *store, "grow_table"))?;
    assert_eq!(grown(|| grow.call(&mut *store, ()))?, 4);
    let memory = instance.get_memory(&mut *store, "memory").expect("it is exported");
    assert_eq!(again(|| memory.grow(&mut *store, 1))?, 2);
    let table = instance.get_table(&mut *store, "table").expect("it is exported");
    assert_eq!(again(|| table.grow(&mut *store, 4, Ref::Func(None)))?, 8);
    let fail = again(|| instance.get_typed_func::<i32, i32>(&mut *store, "fail"))?;
    // What is expected of it is an error.
    let trap = again(|| match fail.call(&mut *store, 1) {
        Err(error) if !is_out_of_memory(&error) => Ok(error),
        result => Err(result.expect_err("it fails")),
    })?;
    assert_eq!(trap.downcast_ref(), Some(&Trap::UnreachableCodeReached));
    let message = again(|| {
        instance
            .get_typed_func::<i64, i32>(&mut *store, "fail")
            .map_err(|error| if is_out_of_memory(&error) { error } else { Error::new(Expected) })
    });
    let message = message.map(drop).expect_err("it is of another type");
    assert!(message.is::<Expected>() || is_out_of_memory(&message));
    Ok(())
}

/// What a step was to end with.
#[derive(Debug)]
struct Expected;

impl std::fmt::Display for Expected {
    fn fmt(&self, _: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        Ok(())
    }
}

impl std::error::Error for Expected {}

fn load_and_use(wasm: &[u8], mode: CompilationMode) -> Result<()> {
    let engine = again(|| Engine::new(&config(mode)))?;
    let module = again(|| Module::new(&engine, wasm))?;
    let linker = linked(&engine)?;
    let mut store = again(|| limited(&engine))?;
    let instance = again(|| linker.instantiate(&mut store, &module))?;
    use_guest(&mut store, instance)
}

#[test]
fn a_module_can_run_out_of_memory_anywhere() {
    let wasm = wat::parse_str(GUEST).expect("well-formed text");
    for mode in [CompilationMode::Eager, CompilationMode::LazyTranslation, CompilationMode::Lazy] {
        exhaust(|| load_and_use(&wasm, mode));
    }
}

#[test]
fn an_image_can_be_made_and_run_out_of_memory_anywhere() {
    let wasm = wat::parse_str(GUEST).expect("well-formed text");
    let engine = Engine::new(&config(CompilationMode::Eager)).expect("the settings agree");
    let image = Module::new(&engine, &wasm).and_then(|module| module.to_image()).expect("images can hold it");
    let bytes = Vec::leak(vec![0_u8; image.len() + 8]);
    let skip = bytes.as_ptr().align_offset(8);
    bytes[skip..skip + image.len()].copy_from_slice(&image);
    let placed: &'static [u8] = &bytes[skip..skip + image.len()];
    exhaust(|| {
        let engine = again(|| Engine::new(&config(CompilationMode::Eager)))?;
        let module = again(|| Module::new(&engine, &wasm))?;
        assert_eq!(again(|| module.to_image())?, image);
        Ok(())
    });
    exhaust(|| {
        let engine = again(|| Engine::new(&config(CompilationMode::Eager)))?;
        // SAFETY: it was made by `to_image`.
        let module = again(|| unsafe { Module::from_image(&engine, placed) })?;
        let linker = linked(&engine)?;
        let mut store = again(|| limited(&engine))?;
        let instance = again(|| linker.instantiate(&mut store, &module))?;
        use_guest(&mut store, instance)
    });
}

#[test]
fn a_fault_of_a_module_can_run_out_of_memory_anywhere() {
    let body = "(func $f (param i32) (result i64) (i32.add (local.get 0) (i32.const 1)))";
    let wasm = wat::parse_str(format!("(module $m {body})")).expect("well-formed text");
    exhaust(|| {
        let engine = again(|| Engine::new(&Config::new()))?;
        let fault = again(|| match Module::new(&engine, &wasm) {
            Err(error) if !is_out_of_memory(&error) => Ok(error),
            result => Err(result.expect_err("it is invalid")),
        })?;
        let fault = fault.downcast_ref::<fantail::WasmError>().expect("the module is at fault");
        assert_eq!(fault.message(), if cfg!(feature = "text") { MISMATCH } else { "" });
        Ok(())
    });
}

const MISMATCH: &str = "type mismatch: expected i64, found i32";

#[test]
fn the_error_is_told_from_others_and_says_so() {
    let engine = Engine::default();
    PLAN.set(Plan::Fail { after: 0, then: true });
    let error = Module::new(&engine, b"\0asm\x01\0\0\0\x01\x04\x01\x60\x00\x00").map(drop);
    PLAN.set(Plan::Succeed);
    let error = error.expect_err("there is no memory");
    assert!(error.is::<OutOfMemory>() && !error.is::<Trap>());
    assert_eq!(error.to_string(), if cfg!(feature = "text") { "out of memory" } else { "" });
    // With context it says what there was no memory for.
    let mut store = Store::new(&engine, ());
    let ty = fantail::TableType::new(fantail::RefType::FUNCREF, 9_999, None);
    PLAN.set(Plan::Fail { after: 0, then: false });
    let error = fantail::Table::new(&mut store, ty, fantail::Ref::Func(None)).map(drop);
    PLAN.set(Plan::Succeed);
    let error = error.expect_err("there is no memory");
    assert!(error.is::<OutOfMemory>());
    let message = if cfg!(feature = "text") { "not enough memory for a table of 9999 elements" } else { "" };
    assert_eq!(error.to_string(), message);
}

#[cfg(all(feature = "gc", feature = "exceptions"))]
#[path = "out_of_memory/objects.rs"]
mod objects;

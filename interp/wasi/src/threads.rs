//! wasi-threads: programs that start threads through `thread-spawn`, each a new instance of the same module in a store of
//! its own, with the same shared memory.
//!
//! # Invariants
//! - All threads of a program use one [`WasiCtx`], by turns. Who waits, be it for a clock, an input, or room for an
//!   output, does so between turns, as does who reads or writes a file or connection. Only a stream of the embedder's own
//!   that waits without saying so (by [`InputStream::poll_fd`]) keeps the others from WASI as long.
//! - The program does not wait for its threads: it ends when its first one does, and the embedder decides what a trap in
//!   another one means.
//!
//! Spec: the proposal wasi-threads.

#[expect(unused_imports, reason = "named in documentation")]
use crate::{I32Exit, InputStream, WasiCtx};
use core::sync::atomic::{AtomicU32, AtomicUsize, Ordering};
use fantail::{
    AsContext, Caller, Error, ExternType, FuncType, Instance, InstancePre, Linker, Module, Result,
    SharedMemory, Store, ValType,
};
use std::sync::{Arc, OnceLock};
use std::thread;

/// What a thread begins with: its number, and the argument that was given for it.
const START: &str = "wasi_thread_start";

/// The largest number of a thread.
const MAX_TID: u32 = 0x1fff_ffff;

/// How many threads a program may have at a time, beside its first one.
const MAX_THREADS: usize = 1024;

/// The answer of `thread-spawn` when there is no thread.
const FAILED: i32 = -1;

/// A program that may start threads. Made by [`add_to_linker`].
///
/// ```
/// use fantail::{Engine, Linker, Module, Store};
/// use fantail_wasi::{WasiCtxBuilder, add_to_linker_shared, threads};
/// use std::sync::{Arc, Mutex};
///
/// # fn main() -> fantail::Result<()> {
/// # let program = wat::parse_str(r#"(module (import "env" "memory" (memory 1 1 shared))
/// #     (func (export "_start")) (func (export "wasi_thread_start") (param i32 i32)))"#)?;
/// let engine = Engine::default();
/// let module = Module::new(&engine, program)?;
/// let ctx = Arc::new(Mutex::new(WasiCtxBuilder::new().inherit_stdio().build()));
/// let mut store = Store::new(&engine, ctx);
/// let mut linker = Linker::new(&engine);
/// add_to_linker_shared(&mut linker, |ctx: &mut _| Arc::clone(ctx))?;
/// let program = threads::add_to_linker(&mut linker, &store, &module, |_| Ok(()), |error| panic!("{error}"))?;
/// let instance = program.instantiate(&mut store)?;
/// instance.get_typed_func::<(), ()>(&mut store, "_start")?.call(&mut store, ())?;
/// # Ok(())
/// # }
/// ```
pub struct Program<T: 'static>(Arc<Inner<T>>);

struct Inner<T: 'static> {
    /// Filled once the linker has all definitions.
    pre: OnceLock<InstancePre<T>>,
    next: AtomicU32,
    running: AtomicUsize,
    prepare: Box<Prepare<T>>,
    failed: Box<dyn Fn(Error) + Send + Sync>,
}

type Prepare<T> = dyn Fn(&mut Store<T>) -> Result<()> + Send + Sync;

impl<T> core::fmt::Debug for Program<T> {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("Program").field("running", &self.0.running).finish_non_exhaustive()
    }
}

impl<T: 'static> Program<T> {
    /// Its first instance.
    ///
    /// # Errors
    /// As [`Instance::new`].
    pub fn instantiate(&self, store: &mut Store<T>) -> Result<Instance> {
        self.0.pre()?.instantiate(store)
    }
}

impl<T: 'static> Inner<T> {
    fn pre(&self) -> Result<&InstancePre<T>> {
        self.pre.get().ok_or_else(|| Error::msg("the program has not been linked"))
    }
}

/// Lets `module` start threads: defines `wasi.thread-spawn`, and the shared memories that the module imports. All else that
/// it imports has to be in `linker` before, from [`add_to_linker_shared`](crate::add_to_linker_shared) for one.
///
/// Each thread gets a store whose data is a clone of that of the thread which started it. `prepare` is called with it, and
/// can set limits; it is not called for the first one, which the embedder has made. `failed` is called, in the
/// thread concerned, when one ends with a trap or calls `proc_exit` (then the error is an [`I32Exit`]): a host that is a
/// process of its own should end, as the proposal asks.
///
/// ```
/// use fantail::{Engine, Linker, Module, Store};
/// use fantail_wasi::threads;
///
/// let engine = Engine::default();
/// let module = Module::new(&engine, wat::parse_str(r#"(module
///     (import "env" "memory" (memory 1 1 shared))
///     (import "wasi" "thread-spawn" (func $spawn (param i32) (result i32)))
///     (func (export "wasi_thread_start") (param $tid i32) (param $argument i32)
///         (i32.atomic.store (i32.const 0) (local.get $argument))
///         (drop (memory.atomic.notify (i32.const 0) (i32.const 1))))
///     (func (export "run") (result i32)
///         (drop (call $spawn (i32.const 42)))
///         (drop (memory.atomic.wait32 (i32.const 0) (i32.const 0) (i64.const -1)))
///         (i32.atomic.load (i32.const 0))))"#)?)?;
/// let mut store = Store::new(&engine, ());
/// let mut linker = Linker::new(&engine);
/// let program = threads::add_to_linker(&mut linker, &store, &module, |_| Ok(()), |error| panic!("{error}"))?;
/// let run = program.instantiate(&mut store)?.get_typed_func::<(), i32>(&mut store, "run")?;
/// assert_eq!(run.call(&mut store, ())?, 42);
/// # Ok::<(), fantail::Error>(())
/// ```
///
/// # Errors
/// When the module imports what is not defined, does not export `wasi_thread_start` as it should, or there is not enough
/// memory for what it shares.
pub fn add_to_linker<T: Clone + Send + 'static>(
    linker: &mut Linker<T>,
    store: impl AsContext<Data = T>,
    module: &Module,
    prepare: impl Fn(&mut Store<T>) -> Result<()> + Send + Sync + 'static,
    failed: impl Fn(Error) + Send + Sync + 'static,
) -> Result<Program<T>> {
    let engine = linker.engine().clone();
    let start = FuncType::new(&engine, [ValType::I32, ValType::I32], []);
    match module.get_export(START) {
        Some(ExternType::Func(ty)) if ty == start => {}
        _ => {
            return Err(Error::msg(format!(
                "a program with threads has to export {START:?} of type {start}"
            )));
        }
    }
    for import in module.imports() {
        if let ExternType::Memory(ty) = import.ty()
            && ty.is_shared()
        {
            let memory = SharedMemory::new(&engine, ty)?;
            linker.define(&store, import.module(), import.name(), memory)?;
        }
    }
    let inner = Arc::new(Inner {
        pre: OnceLock::new(),
        next: AtomicU32::new(0),
        running: AtomicUsize::new(0),
        prepare: Box::new(prepare),
        failed: Box::new(failed),
    });
    // The linker, and with it `pre`, has the function: it must not keep both alive.
    let weak = Arc::downgrade(&inner);
    linker.func_wrap("wasi", "thread-spawn", move |caller: Caller<'_, T>, argument: i32| {
        match weak.upgrade() {
            Some(program) => spawn(&program, caller.data().clone(), argument),
            None => FAILED,
        }
    })?;
    let pre = linker.instantiate_pre(module)?;
    inner.pre.get_or_init(|| pre);
    Ok(Program(inner))
}

/// Starts a thread, and gives its number.
fn spawn<T: Send + 'static>(program: &Arc<Inner<T>>, data: T, argument: i32) -> i32 {
    let tid = (program.next.fetch_add(1, Ordering::Relaxed) % MAX_TID + 1).cast_signed();
    let running = Running(Arc::clone(program));
    if program.running.fetch_add(1, Ordering::Relaxed) >= MAX_THREADS {
        return FAILED;
    }
    let thread = thread::Builder::new().name(format!("wasi-thread-{tid}")).spawn(move || {
        if let Err(error) = run(&running.0, data, tid, argument) {
            (running.0.failed)(error);
        }
    });
    if thread.is_ok() { tid } else { FAILED }
}

/// A thread that counts.
struct Running<T: 'static>(Arc<Inner<T>>);

impl<T> Drop for Running<T> {
    fn drop(&mut self) {
        self.0.running.fetch_sub(1, Ordering::Relaxed);
    }
}

fn run<T: 'static>(program: &Inner<T>, data: T, tid: i32, argument: i32) -> Result<()> {
    let pre = program.pre()?;
    let mut store = Store::try_new(pre.module().engine(), data)?;
    (program.prepare)(&mut store)?;
    let instance = pre.instantiate(&mut store)?;
    instance.get_typed_func::<(i32, i32), ()>(&mut store, START)?.call(&mut store, (tid, argument))
}

//! The Fantail WebAssembly interpreter.
//!
//! The interface is that of the `wasmtime` crate: its names, its signatures, its meaning. A program that embeds
//! Wasmtime's core API changes the crate's name. Modules are translated to register code function by function, when they
//! are first called, and that is interpreted: no machine code is made, no executable memory needed.
//!
//! [Quick start](#quick-start) · [Embedding](#embedding) · [WASI](#wasi) · [Limits and fuel](#limits-and-fuel) ·
//! [Errors and traps](#errors-and-traps) · [Compared with Wasmtime](#compared-with-wasmtime) · [Features](#features) ·
//! [Without the standard library](#without-the-standard-library)
//!
//! # Quick start
//!
//! ```
//! use fantail::{Caller, Engine, Linker, Module, Store};
//!
//! // Any module in the binary format will do; the `wat` crate makes one from text.
//! let wasm = wat::parse_str(r#"
//!     (module
//!       (import "host" "print" (func $print (param i32)))
//!       (func (export "fib") (param $n i32) (result i32)
//!         (if (result i32) (i32.lt_u (local.get $n) (i32.const 2))
//!           (then (local.get $n))
//!           (else (i32.add
//!             (call 1 (i32.sub (local.get $n) (i32.const 1)))
//!             (call 1 (i32.sub (local.get $n) (i32.const 2)))))))
//!       (func (export "run") (call $print (call 1 (i32.const 10)))))
//! "#)?;
//!
//! // An engine has the settings, a module the code, a store the state of instances and a value of yours.
//! let engine = Engine::default();
//! let module = Module::new(&engine, wasm)?;
//! let mut store = Store::new(&engine, Vec::new());
//!
//! // A linker gives modules what they import: here, a closure.
//! let mut linker = Linker::new(&engine);
//! linker.func_wrap("host", "print", |mut caller: Caller<'_, Vec<i32>>, value: i32| {
//!     caller.data_mut().push(value);
//! })?;
//!
//! let instance = linker.instantiate(&mut store, &module)?;
//! let run = instance.get_typed_func::<(), ()>(&mut store, "run")?;
//! run.call(&mut store, ())?;
//! assert_eq!(store.data(), &[55]);
//! # Ok::<(), fantail::Error>(())
//! ```
//!
//! # Embedding
//!
//! An [`Engine`] has settings, and is shared by all that is made with it. A [`Module`] is code, decoded and validated; it
//! belongs to no store, and threads can share it. A [`Store`] has the state of a guest: instances with their memories,
//! tables, globals and functions, and a value of yours, which host functions reach through [`Caller`]. Handles such as
//! [`Func`] or [`Memory`] are small, `Copy`, and mean something in their own store only. A [`Linker`] knows what is to be
//! imported by which name; one can serve many stores.
//!
//! | to | use |
//! |---|---|
//! | choose proposals, when to translate, how much stack | [`Config`], [`Engine`] |
//! | load and inspect a module | [`Module`] |
//! | provide imports | [`Linker`], [`Func::wrap`], [`Caller`] |
//! | instantiate a module often | [`Linker::instantiate_pre`], [`InstancePre`] |
//! | call exports | [`Instance`], [`TypedFunc`], [`Func::call`] |
//! | share state with the guest | [`Memory`], [`Table`], [`Global`], [`ExternRef`] |
//! | use its objects | [`StructRef`], [`ArrayRef`], [`AnyRef`], [`Rooted`] |
//! | let threads share a memory | [`SharedMemory`] |
//! | bound what the guest takes | [`Store::limiter`], [`StoreLimitsBuilder`], [`Config::max_wasm_stack`] |
//! | bound what it executes | [`Store::set_fuel`], [`Store::set_epoch_deadline`] |
//! | throw and catch exceptions | [`Tag`], [`ExnRef`], [`Store::throw`], [`Store::take_pending_exception`] |
//! | find out what went wrong | [`Error`], [`Trap`], [`WasmBacktrace`] |
//!
//! Data crosses the border as numbers, references, or through a memory, which the guest usually exports:
//!
//! ```
//! use fantail::{Engine, Instance, Module, Store};
//!
//! let wasm = wat::parse_str(r#"
//!     (module
//!       (memory (export "memory") 1)
//!       (func (export "reverse") (param $start i32) (param $size i32)
//!         (local $end i32) (local $byte i32)
//!         (local.set $end (i32.add (local.get $start) (local.get $size)))
//!         (block $done
//!           (loop $next
//!             (local.set $end (i32.sub (local.get $end) (i32.const 1)))
//!             (br_if $done (i32.ge_u (local.get $start) (local.get $end)))
//!             (local.set $byte (i32.load8_u (local.get $start)))
//!             (i32.store8 (local.get $start) (i32.load8_u (local.get $end)))
//!             (i32.store8 (local.get $end) (local.get $byte))
//!             (local.set $start (i32.add (local.get $start) (i32.const 1)))
//!             (br $next)))))
//! "#)?;
//! let engine = Engine::default();
//! let mut store = Store::new(&engine, ());
//! let instance = Instance::new(&mut store, &Module::new(&engine, wasm)?, &[])?;
//! let memory = instance.get_memory(&mut store, "memory").expect("it is exported");
//! let reverse = instance.get_typed_func::<(u32, u32), ()>(&mut store, "reverse")?;
//!
//! memory.write(&mut store, 16, b"fantail")?;
//! reverse.call(&mut store, (16, 7))?;
//! assert_eq!(&memory.data(&store)[16..23], b"liatnaf");
//! # Ok::<(), fantail::Error>(())
//! ```
//!
//! # WASI
//!
//! Programs that are made for a command line expect the functions of WASI preview 1. The crate `fantail-wasi` has them:
//! its `add_to_linker` defines them, its `WasiCtxBuilder` says which arguments, variables, streams and directories a guest
//! gets. Without it a module can do nothing but compute, and call what you define.
//!
//! # Limits and fuel
//!
//! A guest can reach nothing that it was not given, and nothing it does makes this crate panic or abort. What is left is
//! that it takes too much. Each of these ends with an error of its own, after which the store works on:
//!
//! | of | is bounded by | and ends with |
//! |---|---|---|
//! | instructions | [`Config::consume_fuel`], [`Store::set_fuel`] | [`Trap::OutOfFuel`] |
//! | time | [`Config::epoch_interruption`], [`Engine::increment_epoch`] | [`Trap::Interrupt`], or what [`Store::epoch_deadline_callback`] says |
//! | nested calls | [`Config::max_wasm_stack`] | [`Trap::StackOverflow`] |
//! | memory, table elements, objects | [`Store::limiter`] with [`StoreLimits`] | -1 from `memory.grow` or `table.grow`, or an error |
//!
//! Fuel is counted on WebAssembly instructions, so a guest needs the same amount with every version of this crate, on
//! every machine. An epoch costs less to look at, and follows the clock.
//!
//! ```
//! use fantail::{Config, Engine, Instance, Module, Store, StoreLimitsBuilder, Trap};
//!
//! let engine = Engine::new(Config::new().consume_fuel(true).max_wasm_stack(256 << 10))?;
//! let module = Module::new(&engine, wat::parse_str(r#"
//!     (module
//!       (memory 1)
//!       (func (export "grow") (param i32) (result i32) (memory.grow (local.get 0)))
//!       (func (export "spin") (loop $again (br $again)))
//!       (func $deep (export "deep") (call $deep)))
//! "#)?)?;
//! // No memory of more than a megabyte: 16 pages.
//! let mut store = Store::new(&engine, StoreLimitsBuilder::new().memory_size(1 << 20).build());
//! store.limiter(|limits| limits);
//! store.set_fuel(10_000)?;
//! let instance = Instance::new(&mut store, &module, &[])?;
//!
//! let grow = instance.get_typed_func::<i32, i32>(&mut store, "grow")?;
//! assert_eq!(grow.call(&mut store, 15)?, 1);
//! assert_eq!(grow.call(&mut store, 1)?, -1);
//! let spin = instance.get_typed_func::<(), ()>(&mut store, "spin")?;
//! assert_eq!(spin.call(&mut store, ()).unwrap_err().downcast_ref(), Some(&Trap::OutOfFuel));
//! store.set_fuel(1_000_000)?;
//! let deep = instance.get_typed_func::<(), ()>(&mut store, "deep")?;
//! assert_eq!(deep.call(&mut store, ()).unwrap_err().downcast_ref(), Some(&Trap::StackOverflow));
//! // After all this:
//! assert_eq!(grow.call(&mut store, 0)?, 16);
//! # Ok::<(), fantail::Error>(())
//! ```
//!
//! # Errors and traps
//!
//! Everything that can fail returns [`Error`], which carries any error and the context of it. When the guest traps, it
//! contains a [`Trap`]; when a host function fails, that function's own error, unchanged; when it throws an exception that
//! nothing catches, a [`ThrownException`], and [`Store::take_pending_exception`] has tag and payload. In any case
//! `error.downcast_ref::<WasmBacktrace>()` tells the WebAssembly calls in which it happened.
//!
//! ```
//! use fantail::{Engine, Func, Instance, Module, Result, Store, WasmBacktrace};
//!
//! let engine = Engine::default();
//! let module = Module::new(&engine, wat::parse_str(r#"
//!     (module $reader
//!       (import "host" "read" (func $read (param i32)))
//!       (func $line (param i32) (call $read (local.get 0)))
//!       (func (export "all") (call $line (i32.const 7))))
//! "#)?)?;
//! let mut store = Store::new(&engine, ());
//! let read = Func::wrap(&mut store, |_file: i32| -> Result<()> {
//!     Err(std::io::Error::other("the disk is gone").into())
//! });
//! let instance = Instance::new(&mut store, &module, &[read.into()])?;
//! let all = instance.get_typed_func::<(), ()>(&mut store, "all")?;
//!
//! let error = all.call(&mut store, ()).unwrap_err();
//! assert_eq!(error.downcast_ref::<std::io::Error>().unwrap().to_string(), "the disk is gone");
//! let calls = error.downcast_ref::<WasmBacktrace>().unwrap().frames();
//! assert_eq!((calls[0].func_name(), calls[1].func_index()), (Some("line"), 2));
//! # Ok::<(), fantail::Error>(())
//! ```
//!
//! Mistakes of the embedder panic where they do in Wasmtime: a handle used with another store than its own, a module with
//! another engine.
//!
//! Whatever there is not enough memory for is an error in which there is an [`OutOfMemory`], and what was there before works
//! on. Where Wasmtime's signature leaves no room for an error, as with [`Store::new`], a lack of memory panics; beside it is a
//! function that returns one, as [`Store::try_new`].
//!
//! # Compared with Wasmtime
//!
//! The core API of Wasmtime 48 is here under the same names, as [`Config`] tells of the settings. These parts are not, on
//! purpose:
//!
//! | of Wasmtime | why not |
//! |---|---|
//! | `async` functions, `Config::async_support`, fibers | an execution can be stopped, and a thread can be blocked; see [`Store::epoch_deadline_callback`] |
//! | `component`, WIT | Fantail executes core modules |
//! | `Module::serialize`, `deserialize`, `Engine::precompile_module` | there is no machine code to keep; what is prepared for small devices is an image: [`Module::from_image`] |
//! | `Module::text`, `functions`, `address_map`, `image_range`, `initialize_copy_on_write_image` | they are about machine code and its pages |
//! | `ValRaw`, `Func::to_raw`, `call_unchecked`, `new_unchecked`, `Linker::func_new_unchecked` | [`TypedFunc`] and [`Func::wrap`] pass values without a detour, and are safe |
//! | `Store::call_hook`, profilers, debuggers, core dumps, `FrameInfo::symbols` | what an embedder looks at is [`WasmBacktrace`] |
//! | `PoolingAllocationConfig`, guard pages, signal handlers | memories need none: every access is checked |
//! | `Error::from_anyhow`, `Error::backtrace`, `error::Ok`, `anyhow!` | other crates' errors pass through [`Error::from_boxed`]; a backtrace of the host's functions costs more than a call |
//! | `ContType`, `HeapType::Cont`, `HeapType::ConcreteExn` | stack switching is no part of WebAssembly 3.0; exceptions have types only in the interface |
//!
//! Besides them there are [`CompilationMode`], [`SimdBackend`], [`Trap::UndefinedElement`], [`Module::custom_section_errors`],
//! and tables in memory of the embedder's: [`Config::with_host_table`].
//!
//! # Features
//!
//! | feature | what it adds |
//! |---|---|
//! | `std` (default) | memories that grow without being copied (on 64-bit Unix), waiting for other threads, [`Module::from_file`] |
//! | `fusion` (default) | ops with operands in registers, and ops that do what several instructions do: several times as fast, and ten times as large |
//! | `full` (default) | all that follows but `wat` |
//! | `compile` | decoder, validator, translator: without them a module comes [from an image](Module::from_image); includes `references` |
//! | `floats`, `references`, `tail-calls`, `simd`, `gc`, `exceptions`, `threads`, `memory64` | what guests may use besides integers, linear memory, globals and calls, `call_indirect` among them; modules that need what is left out are refused |
//! | `text` | the texts of errors and the names of functions: without them an error is a kind with an offset |
//! | `backtrace` | the calls in which an error occurred, as [`WasmBacktrace`] |
//! | `verify` | looking at every op of an image before it is executed |
//! | `wat` | [`Module::new`] accepts the text format |
//!
//! # Without the standard library
//!
//! ```toml
//! fantail = { version = "0.1", default-features = false, features = ["compile", "floats", "text"] }
//! ```
//!
//! Then the crate is `no_std` and needs an allocator, nothing else; floating-point functions come from `libm`. Without `fusion`
//! code is compact, and that of an image is executed where it is: in flash, for example.
//!
//! The value stack is allocated when a store is made: [`Config::max_wasm_stack`] says how large it is, and
//! [`Store::try_new`] whether there was room. Memories are allocated as they grow, and moved if need be. An instruction
//! that would have to wait for another thread traps with [`Trap::AtomicWaitUnsupported`].
//!
//! What it takes on microcontrollers, and how to make it small, is told in `interp/firmware/README.md`, beside an example.

#![no_std]

extern crate alloc;
#[cfg(feature = "std")]
extern crate std;

mod anyref;
mod arrayref;
mod backtrace;
mod built_in;
mod caller;
mod config;
mod const_eval;
mod engine;
pub mod error;
mod exec;
mod exnref;
mod external;
mod externref;
mod fallible;
mod fuel;
mod func;
mod gc;
mod gc_error;
mod global;
mod instance;
mod instantiate;
mod limits;
mod linker;
mod matching;
mod memory;
mod module;
mod rooted;
mod simd_backend;
mod store;
mod structref;
mod sync;
mod table;
mod tag;
mod trap;
mod types;
mod value;

/// What is executed how often: only in builds with `--cfg fantail_count`.
#[cfg(fantail_count)]
pub mod count {
    pub use crate::exec::count::{LONGEST, Run, take};
}

pub use anyref::{AnyRef, EqRef, I31};
pub use arrayref::{ArrayRef, ArrayRefPre};
pub use backtrace::{FrameInfo, WasmBacktrace};
pub use caller::Caller;
pub use config::{CompilationMode, Config};
pub use engine::{Engine, EngineWeak};
pub use error::{Error, OutOfMemory, Result};
pub use exnref::{ExnRef, ExnRefPre, ThrownException};
pub use external::{Export, Extern};
pub use externref::ExternRef;
pub use fantail_core::{Error as WasmError, ErrorKind as WasmErrorKind};
pub use fuel::UpdateDeadline;
pub use func::{Func, IntoFunc, TypedFunc, WasmParams, WasmResults, WasmRet, WasmTy};
pub use gc_error::GcHeapOutOfMemory;
pub use global::Global;
pub use instance::{Instance, InstancePre};
pub use limits::{ResourceLimiter, StoreLimits, StoreLimitsBuilder};
pub use linker::{Linker, UnknownImportError};
pub use memory::{
    LinearMemory, Memory, MemoryAccessError, MemoryCreator, SharedMemory, StackCreator, StackMemory,
    TableCreator, TableMemory, WaitResult,
};
pub use module::{Module, ModuleExport, ResourcesRequired};
pub use rooted::{GcRef, OwnedRooted, RootScope, Rooted, RootedGcRef};
pub use simd_backend::SimdBackend;
pub use store::{AsContext, AsContextMut, Store, StoreContext, StoreContextMut};
pub use structref::{StructRef, StructRefPre};
pub use table::Table;
pub use tag::Tag;
pub use trap::Trap;
pub use types::{
    ArrayType, ExnType, ExportType, ExternType, FieldType, Finality, FuncType, GlobalType, HeapType,
    ImportType, MemoryType, MemoryTypeBuilder, Mutability, RefType, StorageType, StructType, TableType,
    TagType, ValType,
};
pub use value::{Ref, V128, Val};

/// What the macros of this crate need wherever they are used.
#[doc(hidden)]
pub mod __private {
    pub use crate::__formatted as formatted;
    pub use crate::error::{OfError, OfMessage};
    pub use core::result::Result::Err;
    pub use core::{concat, format_args, stringify};

    /// The message of an error in builds without the feature `text`.
    #[cfg(not(feature = "text"))]
    #[derive(Debug)]
    pub struct NoText;

    #[cfg(not(feature = "text"))]
    impl core::fmt::Display for NoText {
        fn fmt(&self, _: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
            Ok(())
        }
    }
}

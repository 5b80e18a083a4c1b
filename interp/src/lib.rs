//! The Fantail WebAssembly interpreter.
//!
//! The interface is that of the `wasmtime` crate: its names, its signatures, its meaning. A program that embeds
//! Wasmtime's core API changes the crate's name.
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
//! # What is where
//!
//! | to | use |
//! |---|---|
//! | choose proposals, when to translate, how much stack | [`Config`], [`Engine`] |
//! | load and inspect a module | [`Module`] |
//! | provide imports | [`Linker`], [`Func::wrap`], [`Caller`] |
//! | call exports | [`Instance`], [`TypedFunc`], [`Func::call`] |
//! | share state with the guest | [`Memory`], [`Table`], [`Global`], [`ExternRef`] |
//! | let threads share a memory | [`SharedMemory`] |
//! | bound what the guest takes | [`Store::limiter`], [`StoreLimitsBuilder`], [`Config::max_wasm_stack`] |
//! | bound what it executes | [`Store::set_fuel`], [`Store::set_epoch_deadline`] |
//! | throw and catch exceptions | [`Tag`], [`ExnRef`], [`Store::throw`], [`Store::take_pending_exception`] |
//! | find out what went wrong | [`Error`], [`Trap`], [`WasmBacktrace`] |
//!
//! # Guests one does not trust
//!
//! A guest can reach nothing that it was not given, and nothing it does makes this crate panic or abort. What is left is
//! that it takes too much. Each of these ends with an error of its own, after which the store works on:
//!
//! | of | is bounded by | and ends with |
//! |---|---|---|
//! | instructions | [`Config::consume_fuel`], [`Store::set_fuel`] | [`Trap::OutOfFuel`] |
//! | time | [`Config::epoch_interruption`], [`Engine::increment_epoch`] | [`Trap::Interrupt`] |
//! | nested calls | [`Config::max_wasm_stack`] | [`Trap::StackOverflow`] |
//! | memory, table elements, objects | [`Store::limiter`] with [`StoreLimits`] | -1 from `memory.grow` or `table.grow`, or an error |
//!
//! # Errors and traps
//!
//! Everything that can fail returns [`Error`], which carries any error and the context of it. When the guest traps, it
//! contains a [`Trap`]; when a host function fails, that function's own error, unchanged; when it throws an exception that
//! nothing catches, a [`ThrownException`], and [`Store::take_pending_exception`] has tag and payload. In any case
//! `error.downcast_ref::<WasmBacktrace>()` tells the WebAssembly calls in which it happened.
//!
//! Mistakes of the embedder panic where they do in Wasmtime: a handle used with another store than its own, a module with another engine.
//!
//! # Features
//!
//! | feature | what it adds |
//! |---|---|
//! | `std` (default) | memories that grow without being copied (on 64-bit Unix), [`Module::from_file`] |
//! | `wat` | [`Module::new`] accepts the text format |
//!
//! Without `std` the crate needs an allocator and nothing else.

#![no_std]

extern crate alloc;
#[cfg(feature = "std")]
extern crate std;

mod anyref;
mod arrayref;
mod backtrace;
mod caller;
mod config;
mod const_eval;
mod engine;
pub mod error;
mod exec;
mod exnref;
mod external;
mod externref;
mod fuel;
mod func;
mod gc;
mod global;
mod instance;
mod instantiate;
mod limits;
mod linker;
mod matching;
mod memory;
mod module;
mod rooted;
mod store;
mod structref;
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
pub use engine::Engine;
pub use error::{Error, Result};
pub use exnref::{ExnRef, ExnRefPre, ThrownException};
pub use external::{Export, Extern};
pub use externref::ExternRef;
pub use fantail_core::{Error as WasmError, ErrorKind as WasmErrorKind};
pub use fuel::UpdateDeadline;
pub use func::{Func, IntoFunc, TypedFunc, WasmParams, WasmResults, WasmRet, WasmTy};
pub use global::Global;
pub use instance::{Instance, InstancePre};
pub use limits::{ResourceLimiter, StoreLimits, StoreLimitsBuilder};
pub use linker::{Linker, UnknownImportError};
pub use memory::{Memory, MemoryAccessError, SharedMemory, WaitResult};
pub use module::Module;
pub use rooted::{GcRef, OwnedRooted, RootScope, Rooted};
pub use store::{AsContext, AsContextMut, Store, StoreContext, StoreContextMut};
pub use structref::{StructRef, StructRefPre};
pub use table::Table;
pub use tag::Tag;
pub use trap::Trap;
pub use types::{
    ArrayType, ExnType, ExportType, ExternType, FieldType, FuncType, GlobalType, HeapType, ImportType,
    MemoryType, MemoryTypeBuilder, Mutability, RefType, StorageType, StructType, TableType, TagType, ValType,
};
pub use value::{Ref, V128, Val};

/// What the macros of this crate need wherever they are used.
#[doc(hidden)]
pub mod __private {
    pub use alloc::format;
    pub use core::result::Result::Err;
}

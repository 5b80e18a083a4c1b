//! WASI preview 1 for Fantail: what a command-line program sees of its host.
//!
//! A [`WasiCtx`] is made with a [`WasiCtxBuilder`], lives in the store's data, and is reached by the functions which
//! [`add_to_linker`] defines under `wasi_snapshot_preview1`. Nothing of the host is visible unless the builder was told
//! so: no arguments, no environment, closed standard streams, no directory. What was granted is enforced by `cap-std`:
//! no path leads out of a preopened directory, be it absolute, through `..`, or through a symbolic link.
//!
//! ```
//! use fantail::{Engine, Linker, Module, Store};
//! use fantail_wasi::{I32Exit, MemoryOutputPipe, WasiCtx, WasiCtxBuilder};
//!
//! # fn main() -> fantail::Result<()> {
//! let program = wat::parse_str(
//!     r#"(module
//!         (import "wasi_snapshot_preview1" "fd_write"
//!             (func $fd_write (param i32 i32 i32 i32) (result i32)))
//!         (import "wasi_snapshot_preview1" "proc_exit" (func $proc_exit (param i32)))
//!         (memory (export "memory") 1)
//!         (data (i32.const 0) "\10\00\00\00\03\00\00\00")
//!         (data (i32.const 16) "hi\n")
//!         (func (export "_start")
//!             (drop (call $fd_write (i32.const 1) (i32.const 0) (i32.const 1) (i32.const 8)))
//!             (call $proc_exit (i32.const 7))))"#,
//! )?;
//! let stdout = MemoryOutputPipe::new(4096);
//! let engine = Engine::default();
//! let mut linker = Linker::<WasiCtx>::new(&engine);
//! fantail_wasi::add_to_linker(&mut linker, |ctx| ctx)?;
//!
//! let ctx = WasiCtxBuilder::new().arg("hi").stdout(stdout.clone()).build();
//! let mut store = Store::new(&engine, ctx);
//! let instance = linker.instantiate(&mut store, &Module::new(&engine, &program)?)?;
//! let start = instance.get_typed_func::<(), ()>(&mut store, "_start")?;
//! let exit = start.call(&mut store, ()).unwrap_err();
//! assert_eq!(exit.downcast_ref::<I32Exit>(), Some(&I32Exit(7)));
//! assert_eq!(stdout.contents(), b"hi\n");
//! # Ok(())
//! # }
//! ```
//!
//! The files, in reading order: `preview1` (the table of all functions), `ctx` (the builder), `types` and `guest` (the
//! interface's types and their layout in guest memory), `errno`, `table` and `stream` (file descriptors), `pause` (how
//! threads wait), and the functions by subject: `args`, `clock`, `fd`, `dir`, `path`, `poll`, `sock`. Programs with threads have [`threads`].
//!
//! Hosts: Unix.

mod args;
mod clock;
mod ctx;
mod dir;
mod errno;
mod fd;
mod guest;
mod path;
mod pause;
mod poll;
mod preview1;
mod random;
mod sock;
mod stream;
mod table;
pub mod threads;
mod types;

pub use ctx::{DirPerms, FilePerms, WasiCtx, WasiCtxBuilder};
pub use preview1::{FUNCTIONS, I32Exit, MODULE, add_to_linker, add_to_linker_shared};
pub use stream::{InputStream, MemoryInputPipe, MemoryOutputPipe, OutputStream};

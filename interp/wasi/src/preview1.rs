//! The table of all functions of `wasi_snapshot_preview1`, and their way into a linker.
//!
//! Invariant: a function is listed here once, with its WebAssembly parameters, and is a method of the same name of
//! [`WasiCtx`]. The methods lie in the files by subject.

use crate::WasiCtx;
use crate::errno::{Errno, Result};
use crate::guest::GuestMemory;
use crate::pause::{Pause, Turn};
use core::fmt;
use fantail::{Caller, Extern, Linker};
use std::sync::{Arc, Mutex, PoisonError};

/// The module under which the functions are imported.
pub const MODULE: &str = "wasi_snapshot_preview1";

/// The guest has called `proc_exit` with this exit code: the error with which its call ends.
///
/// ```
/// use fantail_wasi::I32Exit;
///
/// /// The exit code of a program whose `_start` ended so.
/// fn status(result: fantail::Result<()>) -> fantail::Result<i32> {
///     match result {
///         Ok(()) => Ok(0),
///         Err(error) => error.downcast::<I32Exit>().map(|exit| exit.0),
///     }
/// }
/// assert_eq!(status(Err(I32Exit(3).into()))?, 3);
/// assert!(status(Err(fantail::Trap::UnreachableCodeReached.into())).is_err());
/// # Ok::<(), fantail::Error>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct I32Exit(pub i32);

impl fmt::Display for I32Exit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "exited with status {}", self.0)
    }
}

impl core::error::Error for I32Exit {}

/// What a function has to say, as the guest or the host is told.
trait Answer {
    fn answer(self) -> fantail::Result<i32>;
}

impl Answer for Result {
    fn answer(self) -> fantail::Result<i32> {
        let errno = self.err().unwrap_or(Errno::Success);
        Ok(i32::from(errno as u16))
    }
}

impl Answer for fantail::Result<Result> {
    fn answer(self) -> fantail::Result<i32> {
        self?.answer()
    }
}

/// Calls `function` with the store's data and the guest's memory.
fn enter<T, A: Answer>(
    caller: &mut Caller<'_, T>,
    function: impl FnOnce(&mut T, &mut GuestMemory<'_>) -> A,
) -> fantail::Result<i32> {
    match caller.get_export("memory") {
        Some(Extern::Memory(memory)) => {
            let (bytes, data) = memory.data_and_store_mut(caller);
            function(data, &mut GuestMemory::new(bytes)).answer()
        }
        Some(Extern::SharedMemory(memory)) => {
            function(caller.data_mut(), &mut GuestMemory::Shared(memory)).answer()
        }
        _ => Err(no_memory()),
    }
}

/// Calls `function` with a context that threads take turns with. Nobody has the turn during a pause.
fn enter_shared<T, A: Answer>(
    caller: &mut Caller<'_, T>,
    get: impl Fn(&mut T) -> Arc<Mutex<WasiCtx>>,
    function: impl Fn(&mut WasiCtx, &mut GuestMemory<'_>) -> A,
) -> fantail::Result<i32> {
    let shared = get(caller.data_mut());
    let mut resumed = None;
    loop {
        // What a panic of another thread left is as good as what an error leaves.
        let mut ctx = shared.lock().unwrap_or_else(PoisonError::into_inner);
        ctx.turn = Turn { shared: true, pause: None, resumed };
        let answer = enter(caller, |_, memory| function(&mut ctx, memory));
        let Some(pause) = ctx.turn.pause.take() else { return answer };
        drop(ctx);
        match pause {
            Pause::Rest(rest) => return enter(caller, |_, memory| rest(memory)),
            Pause::Until(event) => {
                if let Err(errno) = event.wait() {
                    return Result::Err(errno).answer();
                }
                resumed = event.ends;
            }
        }
    }
}

#[cold]
fn no_memory() -> fantail::Error {
    fantail::Error::msg("the module does not export a memory named \"memory\", which functions of WASI need")
}

macro_rules! functions {
    ($($(#[$doc:meta])* $name:ident($($arg:ident: $ty:ty),*);)*) => {
        /// The names of all functions that [`add_to_linker`] defines.
        ///
        /// ```
        /// use fantail::{Engine, Module};
        /// use fantail_wasi::{FUNCTIONS, MODULE};
        ///
        /// let wasm = wat::parse_str(r#"(module (import "wasi_snapshot_preview1" "fd_close"
        ///     (func (param i32) (result i32))))"#)?;
        /// let module = Module::new(&Engine::default(), wasm)?;
        /// assert!(module.imports().all(|import| import.module() == MODULE && FUNCTIONS.contains(&import.name())));
        /// assert!(FUNCTIONS.contains(&"sock_accept"));
        /// assert_eq!(FUNCTIONS.len(), 46);
        /// # Ok::<(), fantail::Error>(())
        /// ```
        pub const FUNCTIONS: &[&str] = &[$(stringify!($name),)* "proc_exit"];

        /// Defines all functions of WASI preview 1 in `linker`. `get` finds the context in the store's data.
        ///
        /// # Errors
        /// When the linker has one of them already.
        ///
        /// # Example
        /// See the [crate's page](crate).
        pub fn add_to_linker<T: 'static>(
            linker: &mut Linker<T>,
            get: impl Fn(&mut T) -> &mut WasiCtx + Copy + Send + Sync + 'static,
        ) -> fantail::Result<()> {
            $(
                linker.func_wrap(MODULE, stringify!($name), move |mut caller: Caller<'_, T>, $($arg: $ty),*| {
                    enter(&mut caller, |data, memory| get(data).$name(memory, $($arg),*))
                })?;
            )*
            add_exit(linker)
        }

        /// The same for a program with [threads](crate::threads), which take turns with one context: `get` finds it in
        /// the store's data.
        ///
        /// ```
        /// use fantail::{Engine, Linker, Store};
        /// use fantail_wasi::{WasiCtx, WasiCtxBuilder, add_to_linker_shared};
        /// use std::sync::{Arc, Mutex};
        ///
        /// let engine = Engine::default();
        /// let mut linker = Linker::<Arc<Mutex<WasiCtx>>>::new(&engine);
        /// add_to_linker_shared(&mut linker, |ctx| Arc::clone(ctx))?;
        /// let ctx = Arc::new(Mutex::new(WasiCtxBuilder::new().build()));
        /// let stores = [Store::new(&engine, Arc::clone(&ctx)), Store::new(&engine, ctx)];
        /// assert!(Arc::ptr_eq(stores[0].data(), stores[1].data()));
        /// # Ok::<(), fantail::Error>(())
        /// ```
        ///
        /// # Errors
        /// When the linker has one of them already.
        pub fn add_to_linker_shared<T: 'static>(
            linker: &mut Linker<T>,
            get: impl Fn(&mut T) -> Arc<Mutex<WasiCtx>> + Copy + Send + Sync + 'static,
        ) -> fantail::Result<()> {
            $(
                linker.func_wrap(MODULE, stringify!($name), move |mut caller: Caller<'_, T>, $($arg: $ty),*| {
                    enter_shared(&mut caller, get, |ctx, memory| ctx.$name(memory, $($arg),*))
                })?;
            )*
            add_exit(linker)
        }
    };
}

/// Defines the only function without an answer.
fn add_exit<T: 'static>(linker: &mut Linker<T>) -> fantail::Result<()> {
    linker
        .func_wrap(MODULE, "proc_exit", |code: i32| -> fantail::Result<()> { Err(I32Exit(code).into()) })?;
    Ok(())
}

functions! {
    /// Writes the arguments and pointers to them.
    args_get(argv: u32, argv_buf: u32);
    /// Writes the number of arguments and their bytes.
    args_sizes_get(count: u32, size: u32);
    /// Writes the environment and pointers to it.
    environ_get(environ: u32, environ_buf: u32);
    /// Writes the number of environment variables and their bytes.
    environ_sizes_get(count: u32, size: u32);

    /// Writes the resolution of a clock in nanoseconds.
    clock_res_get(id: u32, resolution: u32);
    /// Writes the time of a clock in nanoseconds.
    clock_time_get(id: u32, precision: u64, time: u32);

    /// Says how a part of a file is going to be used.
    fd_advise(fd: u32, offset: u64, len: u64, advice: u32);
    /// Makes room for a part of a file.
    fd_allocate(fd: u32, offset: u64, len: u64);
    /// Closes a file descriptor.
    fd_close(fd: u32);
    /// Waits until a file's data has been stored.
    fd_datasync(fd: u32);
    /// Writes type, flags and rights of a file descriptor.
    fd_fdstat_get(fd: u32, stat: u32);
    /// Sets the flags of a file descriptor.
    fd_fdstat_set_flags(fd: u32, flags: u32);
    /// Drops rights of a file descriptor.
    fd_fdstat_set_rights(fd: u32, base: u64, inheriting: u64);
    /// Writes the attributes of an open file.
    fd_filestat_get(fd: u32, stat: u32);
    /// Sets the size of an open file.
    fd_filestat_set_size(fd: u32, size: u64);
    /// Sets the times of an open file.
    fd_filestat_set_times(fd: u32, atim: u64, mtim: u64, fst_flags: u32);
    /// Reads at an offset.
    fd_pread(fd: u32, iovs: u32, iovs_len: u32, offset: u64, nread: u32);
    /// Writes what kind of preopen a file descriptor is.
    fd_prestat_get(fd: u32, prestat: u32);
    /// Writes the name of a preopened directory.
    fd_prestat_dir_name(fd: u32, path: u32, path_len: u32);
    /// Writes at an offset.
    fd_pwrite(fd: u32, iovs: u32, iovs_len: u32, offset: u64, nwritten: u32);
    /// Reads.
    fd_read(fd: u32, iovs: u32, iovs_len: u32, nread: u32);
    /// Writes the entries of a directory.
    fd_readdir(fd: u32, buf: u32, buf_len: u32, cookie: u64, used: u32);
    /// Gives a file descriptor another number.
    fd_renumber(fd: u32, to: u32);
    /// Moves a file's position.
    fd_seek(fd: u32, offset: i64, whence: u32, position: u32);
    /// Waits until a file's data and attributes have been stored.
    fd_sync(fd: u32);
    /// Writes a file's position.
    fd_tell(fd: u32, position: u32);
    /// Writes.
    fd_write(fd: u32, iovs: u32, iovs_len: u32, nwritten: u32);

    /// Creates a directory.
    path_create_directory(fd: u32, path: u32, path_len: u32);
    /// Writes the attributes of a file.
    path_filestat_get(fd: u32, flags: u32, path: u32, path_len: u32, stat: u32);
    /// Sets the times of a file.
    path_filestat_set_times(
        fd: u32, flags: u32, path: u32, path_len: u32, atim: u64, mtim: u64, fst_flags: u32
    );
    /// Creates a hard link.
    path_link(
        old_fd: u32, old_flags: u32, old_path: u32, old_path_len: u32, new_fd: u32, new_path: u32, new_path_len: u32
    );
    /// Opens a file or directory.
    path_open(
        fd: u32, dirflags: u32, path: u32, path_len: u32, oflags: u32, rights_base: u64, rights_inheriting: u64,
        fdflags: u32, opened: u32
    );
    /// Writes what a symbolic link holds.
    path_readlink(fd: u32, path: u32, path_len: u32, buf: u32, buf_len: u32, used: u32);
    /// Removes an empty directory.
    path_remove_directory(fd: u32, path: u32, path_len: u32);
    /// Renames a file or directory.
    path_rename(fd: u32, old_path: u32, old_path_len: u32, new_fd: u32, new_path: u32, new_path_len: u32);
    /// Creates a symbolic link.
    path_symlink(old_path: u32, old_path_len: u32, fd: u32, new_path: u32, new_path_len: u32);
    /// Removes a file.
    path_unlink_file(fd: u32, path: u32, path_len: u32);

    /// Waits for the first of several events.
    poll_oneoff(subscriptions: u32, events: u32, nsubscriptions: u32, nevents: u32);
    /// Sends the program a signal.
    proc_raise(signal: u32);
    /// Lets others run.
    sched_yield();
    /// Writes random bytes.
    random_get(buf: u32, buf_len: u32);

    /// Accepts a connection.
    sock_accept(fd: u32, flags: u32, connection: u32);
    /// Receives from a connection.
    sock_recv(fd: u32, data: u32, data_len: u32, flags: u32, received: u32, ro_flags: u32);
    /// Sends on a connection.
    sock_send(fd: u32, data: u32, data_len: u32, flags: u32, sent: u32);
    /// Closes directions of a connection.
    sock_shutdown(fd: u32, how: u32);
}

//! [`WasiCtxBuilder`] and [`WasiCtx`]: what one guest sees of its host.

use crate::clock::Clocks;
use crate::pause::Turn;
use crate::random::Random;
use crate::stream::{HostStdin, InputStream, OutputStream};
use crate::table::{Descriptor, FdTable, Kind};
use crate::types::Rights;
use bitflags::bitflags;
use core::fmt;
use core::time::Duration;
use std::io;
use std::net::{TcpListener, TcpStream};
use std::path::Path;

bitflags! {
    /// What may be done with the entries of a preopened directory.
    ///
    /// ```
    /// use fantail_wasi::DirPerms;
    ///
    /// assert!(DirPerms::all().contains(DirPerms::MUTATE) && !DirPerms::READ.contains(DirPerms::MUTATE));
    /// ```
    #[derive(Clone, Copy, PartialEq, Eq, Debug)]
    pub struct DirPerms: u8 {
        /// Entries may be listed and looked up.
        const READ = 1 << 0;
        /// Entries may be created, removed, renamed and linked.
        const MUTATE = 1 << 1;
    }

    /// What may be done with the files in a preopened directory.
    ///
    /// ```
    /// use fantail_wasi::FilePerms;
    ///
    /// assert_eq!(FilePerms::READ | FilePerms::WRITE, FilePerms::all());
    /// ```
    #[derive(Clone, Copy, PartialEq, Eq, Debug)]
    pub struct FilePerms: u8 {
        /// Files may be read.
        const READ = 1 << 0;
        /// Files may be written.
        const WRITE = 1 << 1;
    }
}

/// The state of WASI for one guest: arguments, environment, file descriptors, clocks, random numbers.
///
/// It lives in the store's data; made by a [`WasiCtxBuilder`].
///
/// ```
/// use fantail::{Engine, Linker};
/// use fantail_wasi::WasiCtx;
///
/// /// What one guest has: WASI, and what else the host keeps for it.
/// struct State {
///     wasi: WasiCtx,
///     name: String,
/// }
/// let mut linker = Linker::<State>::new(&Engine::default());
/// fantail_wasi::add_to_linker(&mut linker, |state| &mut state.wasi)?;
/// # Ok::<(), fantail::Error>(())
/// ```
pub struct WasiCtx {
    pub(crate) args: Vec<String>,
    /// `KEY=value`.
    pub(crate) env: Vec<String>,
    pub(crate) fds: FdTable,
    pub(crate) clocks: Clocks,
    pub(crate) random: Random,
    pub(crate) turn: Turn,
}

impl fmt::Debug for WasiCtx {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("WasiCtx").field("args", &self.args).field("env", &self.env).finish_non_exhaustive()
    }
}

/// Says what a guest may see, and makes its [`WasiCtx`].
///
/// ```
/// use fantail_wasi::{DirPerms, FilePerms, WasiCtxBuilder};
///
/// let ctx = WasiCtxBuilder::new()
///     .arg("count.wasm")
///     .args(&["--words", "/data/text"])
///     .env("LANG", "C")
///     .inherit_stdio()
///     .preopened_dir(std::env::temp_dir(), "/data", DirPerms::READ, FilePerms::READ)?
///     .build();
/// # Ok::<(), std::io::Error>(())
/// ```
pub struct WasiCtxBuilder {
    args: Vec<String>,
    env: Vec<String>,
    streams: [Descriptor; 3],
    preopens: Vec<Descriptor>,
    clocks: Option<Clocks>,
    random: Random,
}

impl fmt::Debug for WasiCtxBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("WasiCtxBuilder")
            .field("args", &self.args)
            .field("env", &self.env)
            .finish_non_exhaustive()
    }
}

impl Default for WasiCtxBuilder {
    fn default() -> Self {
        Self::new()
    }
}

impl WasiCtxBuilder {
    /// No arguments, no environment, an empty standard input, outputs that discard, no directory, the host's clocks and
    /// random numbers.
    pub fn new() -> Self {
        Self {
            args: Vec::new(),
            env: Vec::new(),
            streams: [input(io::empty()), output(io::sink()), output(io::sink())],
            preopens: Vec::new(),
            clocks: None,
            random: Random::System,
        }
    }

    /// Adds an argument. The first one is the program's name.
    pub fn arg(&mut self, arg: impl AsRef<str>) -> &mut Self {
        self.args.push(arg.as_ref().to_owned());
        self
    }

    /// Adds arguments.
    pub fn args(&mut self, args: &[impl AsRef<str>]) -> &mut Self {
        self.args.extend(args.iter().map(|arg| arg.as_ref().to_owned()));
        self
    }

    /// Adds an environment variable.
    ///
    /// ```
    /// use fantail_wasi::WasiCtxBuilder;
    ///
    /// let ctx = WasiCtxBuilder::new().env("LANG", "C").envs(&[("HOME", "/"), ("TERM", "dumb")]).build();
    /// assert!(format!("{ctx:?}").contains(r#"["LANG=C", "HOME=/", "TERM=dumb"]"#));
    /// ```
    pub fn env(&mut self, key: impl AsRef<str>, value: impl AsRef<str>) -> &mut Self {
        self.env.push(format!("{}={}", key.as_ref(), value.as_ref()));
        self
    }

    /// Adds environment variables.
    pub fn envs(&mut self, env: &[(impl AsRef<str>, impl AsRef<str>)]) -> &mut Self {
        for (key, value) in env {
            self.env(key, value);
        }
        self
    }

    /// Adds the environment of the host's process, as far as it is Unicode.
    pub fn inherit_env(&mut self) -> &mut Self {
        for (key, value) in std::env::vars_os() {
            if let (Some(key), Some(value)) = (key.to_str(), value.to_str()) {
                self.env(key, value);
            }
        }
        self
    }

    /// Adds the arguments of the host's process, as far as they are Unicode.
    pub fn inherit_args(&mut self) -> &mut Self {
        self.args.extend(std::env::args_os().filter_map(|arg| arg.into_string().ok()));
        self
    }

    /// What file descriptor 0 reads from.
    pub fn stdin(&mut self, stream: impl InputStream + 'static) -> &mut Self {
        self.streams[0] = input(stream);
        self
    }

    /// What file descriptor 1 writes to.
    ///
    /// ```
    /// use fantail_wasi::{MemoryOutputPipe, WasiCtxBuilder};
    ///
    /// // Both to the same place, in the order in which they come.
    /// let log = MemoryOutputPipe::new(1 << 20);
    /// let ctx = WasiCtxBuilder::new().stdout(log.clone()).stderr(log.clone()).build();
    /// assert!(log.contents().is_empty());
    /// ```
    pub fn stdout(&mut self, stream: impl OutputStream + 'static) -> &mut Self {
        self.streams[1] = output(stream);
        self
    }

    /// What file descriptor 2 writes to.
    pub fn stderr(&mut self, stream: impl OutputStream + 'static) -> &mut Self {
        self.streams[2] = output(stream);
        self
    }

    /// Gives the guest the standard input of the host's process.
    pub fn inherit_stdin(&mut self) -> &mut Self {
        self.stdin(HostStdin)
    }

    /// Gives the guest the standard output of the host's process.
    pub fn inherit_stdout(&mut self) -> &mut Self {
        self.stdout(io::stdout())
    }

    /// Gives the guest the standard error of the host's process.
    pub fn inherit_stderr(&mut self) -> &mut Self {
        self.stderr(io::stderr())
    }

    /// Gives the guest the three standard streams of the host's process.
    pub fn inherit_stdio(&mut self) -> &mut Self {
        self.inherit_stdin().inherit_stdout().inherit_stderr()
    }

    /// Gives the guest the directory `host_path` of the host under the name `guest_path`.
    ///
    /// ```
    /// use fantail_wasi::{DirPerms, FilePerms, WasiCtxBuilder};
    ///
    /// let mut builder = WasiCtxBuilder::new();
    /// // The guest sees the host's directory as `/data`, and cannot change anything in it.
    /// builder.preopened_dir(std::env::temp_dir(), "/data", DirPerms::READ, FilePerms::READ)?;
    /// let error = builder.preopened_dir("no/such/directory", "/", DirPerms::all(), FilePerms::all()).unwrap_err();
    /// assert_eq!(error.kind(), std::io::ErrorKind::NotFound);
    /// # Ok::<(), std::io::Error>(())
    /// ```
    ///
    /// # Errors
    /// When the directory cannot be opened.
    pub fn preopened_dir(
        &mut self,
        host_path: impl AsRef<Path>,
        guest_path: impl AsRef<str>,
        dir_perms: DirPerms,
        file_perms: FilePerms,
    ) -> io::Result<&mut Self> {
        // The library's own way opens it for lookups alone, which rules out listing and synchronizing it.
        let dir = std::fs::File::open(host_path)?;
        if !dir.metadata()?.is_dir() {
            return Err(io::ErrorKind::NotADirectory.into());
        }
        let dir = cap_std::fs::Dir::from_std_file(dir);
        let mut base = Rights::DIR;
        if !dir_perms.contains(DirPerms::READ) {
            base -= Rights::DIR_READ;
        }
        if !dir_perms.contains(DirPerms::MUTATE) {
            base -= Rights::DIR_MUTATE;
        }
        let mut inheriting = base | Rights::FILE;
        if !file_perms.contains(FilePerms::READ) {
            inheriting -= Rights::FD_READ;
        }
        if !file_perms.contains(FilePerms::WRITE) {
            inheriting -= Rights::FILE_WRITE | Rights::FD_FILESTAT_SET_TIMES;
            base -= Rights::PATH_FILESTAT_SET_SIZE | Rights::PATH_FILESTAT_SET_TIMES;
        }
        let mut descriptor = Descriptor::new(Kind::dir(dir), base, inheriting);
        descriptor.preopen = Some(guest_path.as_ref().to_owned());
        self.preopens.push(descriptor);
        Ok(self)
    }

    /// Gives the guest a listening socket, from which it can accept connections. Sockets follow the preopened
    /// directories in the order of these calls.
    ///
    /// ```
    /// use fantail_wasi::WasiCtxBuilder;
    /// use std::net::TcpListener;
    ///
    /// // File descriptor 3 of the guest, which accepts connections of this machine's.
    /// let listener = TcpListener::bind("127.0.0.1:0")?;
    /// let ctx = WasiCtxBuilder::new().preopened_listener(listener).build();
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn preopened_listener(&mut self, listener: TcpListener) -> &mut Self {
        self.preopens.push(Descriptor::new(Kind::Listener(listener), Rights::LISTENER, Rights::SOCKET));
        self
    }

    /// Gives the guest a connection.
    pub fn preopened_socket(&mut self, stream: TcpStream) -> &mut Self {
        self.preopens.push(Descriptor::new(Kind::Socket(stream), Rights::SOCKET, Rights::empty()));
        self
    }

    /// Lets the clocks stand still at `since_epoch` after 1970-01-01 (the other clocks at 0). They move only when the guest
    /// sleeps, which then takes no time: two runs see the same times.
    ///
    /// ```
    /// # use fantail::{Engine, Linker, Module, Store};
    /// use fantail_wasi::WasiCtxBuilder;
    /// use std::time::Duration;
    ///
    /// # let engine = Engine::default();
    /// let program = r#"(module
    ///     (import "wasi_snapshot_preview1" "clock_time_get"
    ///         (func $time (param i32 i64 i32) (result i32)))
    ///     (memory (export "memory") 1)
    ///     (func (export "now") (result i64)
    ///         (drop (call $time (i32.const 0) (i64.const 1) (i32.const 0)))
    ///         (i64.load (i32.const 0))))"#;
    /// let ctx = WasiCtxBuilder::new().fixed_clocks(Duration::from_secs(1_000_000_000)).build();
    /// let mut store = Store::new(&engine, ctx);
    /// # let mut linker = Linker::new(&engine);
    /// # fantail_wasi::add_to_linker(&mut linker, |ctx| ctx)?;
    /// let instance = linker.instantiate(&mut store, &Module::new(&engine, wat::parse_str(program)?)?)?;
    /// let now = instance.get_typed_func::<(), u64>(&mut store, "now")?;
    /// assert_eq!(now.call(&mut store, ())?, 1_000_000_000 * 1_000_000_000);
    /// # Ok::<(), fantail::Error>(())
    /// ```
    pub fn fixed_clocks(&mut self, since_epoch: Duration) -> &mut Self {
        self.clocks = Some(Clocks::fixed(since_epoch));
        self
    }

    /// Lets `random_get` give the sequence that follows from `seed`, the same in every run and every version. It is no
    /// source of secrets.
    ///
    /// ```
    /// # use fantail::{Engine, Linker, Module, Result, Store};
    /// use fantail_wasi::WasiCtxBuilder;
    ///
    /// let program = r#"(module
    ///     (import "wasi_snapshot_preview1" "random_get" (func $random (param i32 i32) (result i32)))
    ///     (memory (export "memory") 1)
    ///     (func (export "draw") (result i64)
    ///         (drop (call $random (i32.const 0) (i32.const 8)))
    ///         (i64.load (i32.const 0))))"#;
    /// # let engine = Engine::default();
    /// # let module = Module::new(&engine, wat::parse_str(program)?)?;
    /// # let mut linker = Linker::new(&engine);
    /// # fantail_wasi::add_to_linker(&mut linker, |ctx| ctx)?;
    /// let draw = |seed| -> Result<u64> {
    ///     let mut store = Store::new(&engine, WasiCtxBuilder::new().seeded_random(seed).build());
    ///     let instance = linker.instantiate(&mut store, &module)?;
    ///     instance.get_typed_func::<(), u64>(&mut store, "draw")?.call(&mut store, ())
    /// };
    /// assert_eq!(draw(7)?, draw(7)?);
    /// assert_ne!(draw(7)?, draw(8)?);
    /// # Ok::<(), fantail::Error>(())
    /// ```
    pub fn seeded_random(&mut self, seed: u64) -> &mut Self {
        self.random = Random::Seeded(seed);
        self
    }

    /// The context. The builder is empty afterwards.
    pub fn build(&mut self) -> WasiCtx {
        let Self { args, env, streams, preopens, clocks, random } = core::mem::take(self);
        WasiCtx {
            args,
            env,
            fds: FdTable::new(streams.into_iter().chain(preopens)),
            clocks: clocks.unwrap_or_else(Clocks::system),
            random,
            turn: Turn::default(),
        }
    }
}

fn input(stream: impl InputStream + 'static) -> Descriptor {
    Descriptor::new(Kind::Input(Box::new(stream)), Rights::INPUT, Rights::empty())
}

fn output(stream: impl OutputStream + 'static) -> Descriptor {
    Descriptor::new(Kind::Output(Box::new(stream)), Rights::OUTPUT, Rights::empty())
}

//! Threads that share a context: while a call of one waits for the host, those of the others are served.

use fantail::{Caller, Engine, Linker, MemoryType, Module, Result, SharedMemory, Store};
use fantail_wasi::{
    InputStream, MemoryOutputPipe, OutputStream, WasiCtx, WasiCtxBuilder, add_to_linker_shared,
};
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use std::io::{self, PipeReader, PipeWriter, Read, Write, pipe};
use std::net::{TcpListener, TcpStream};
use std::os::fd::{AsFd, BorrowedFd};
use std::sync::mpsc::{Sender, channel};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

/// Calls that wait, and one that does not. They answer WASI's error number.
const GUEST: &str = r#"(module
    (import "env" "memory" (memory 1 1 shared))
    (import "env" "begins" (func $begins))
    (import "wasi_snapshot_preview1" "fd_read" (func $fd_read (param i32 i32 i32 i32) (result i32)))
    (import "wasi_snapshot_preview1" "fd_write" (func $fd_write (param i32 i32 i32 i32) (result i32)))
    (import "wasi_snapshot_preview1" "sock_accept" (func $sock_accept (param i32 i32 i32) (result i32)))
    (import "wasi_snapshot_preview1" "sock_recv"
        (func $sock_recv (param i32 i32 i32 i32 i32 i32) (result i32)))
    (import "wasi_snapshot_preview1" "sock_send" (func $sock_send (param i32 i32 i32 i32 i32) (result i32)))
    (import "wasi_snapshot_preview1" "poll_oneoff" (func $poll_oneoff (param i32 i32 i32 i32) (result i32)))
    (export "memory" (memory 0))

    ;; Two regions of three bytes.
    (data (i32.const 64) "\50\00\00\00\03\00\00\00\54\00\00\00\03\00\00\00abc.def.")
    ;; Subscriptions: to the standard input, and to a clock for a long time.
    (data (i32.const 128) "\01\00\00\00\00\00\00\00\01\00\00\00\00\00\00\00\00\00\00\00")
    (data (i32.const 176) "\02\00\00\00\00\00\00\00\00\00\00\00\00\00\00\00\01\00\00\00\00\00\00\00\ff\ff\ff\ff\ff\00\00\00")

    (func (export "reads input") (result i32)
        (call $begins)
        (call $fd_read (i32.const 0) (i32.const 64) (i32.const 2) (i32.const 8)))
    (func (export "polls input") (result i32)
        (call $begins)
        (call $poll_oneoff (i32.const 128) (i32.const 256) (i32.const 2) (i32.const 8)))
    (func (export "writes output") (result i32)
        (call $begins)
        (call $fd_write (i32.const 1) (i32.const 64) (i32.const 2) (i32.const 8)))
    (func (export "accepts") (result i32)
        (call $begins)
        (call $sock_accept (i32.const 3) (i32.const 0) (i32.const 8)))
    (func (export "reads connection") (result i32)
        (call $begins)
        (call $fd_read (i32.const 4) (i32.const 64) (i32.const 2) (i32.const 8)))
    (func (export "receives all") (result i32)
        (call $begins)
        (call $sock_recv (i32.const 4) (i32.const 64) (i32.const 2) (i32.const 2) (i32.const 8) (i32.const 12)))
    (func (export "sends") (result i32)
        (call $begins)
        (call $sock_send (i32.const 4) (i32.const 64) (i32.const 2) (i32.const 0) (i32.const 8)))

    (func (export "writes error") (result i32)
        (call $fd_write (i32.const 2) (i32.const 64) (i32.const 1) (i32.const 16))))"#;

/// What the guest is connected to.
struct Host {
    input: PipeWriter,
    output: PipeReader,
    listener: TcpListener,
    connection: TcpStream,
}

/// Gives a call what it waits for.
type Release = fn(&mut Host) -> io::Result<()>;

/// How a call that waits is given what it waits for, and what it leaves at 8 in memory: a count, or a file descriptor.
const CASES: &[(&str, Release, u32)] = &[
    ("reads input", |host| host.input.write_all(b"x"), 1),
    ("polls input", |host| host.input.write_all(b"x"), 1),
    ("writes output", |host| host.output.read_exact(&mut vec![0; 1 << 14]), 3),
    ("accepts", |host| TcpStream::connect(host.listener.local_addr()?).map(drop), 5),
    ("reads connection", |host| host.connection.write_all(b"xyz"), 3),
    ("receives all", |host| host.connection.write_all(b"uvwxyz"), 6),
    ("sends", |host| drain(&mut host.connection), 6),
];

#[test]
fn others_are_served_while_a_call_waits() {
    for &(name, release, left) in CASES {
        let (mut host, ctx, error) = connect().expect("pipes and connections can be made");
        let engine = Engine::default();
        let memory = SharedMemory::new(&engine, MemoryType::shared(1, 1)).expect("it fits");
        let ctx = Arc::new(Mutex::new(ctx));
        let (begins, begun) = channel();
        let (answers, answered) = channel();
        for export in [name, "writes error"] {
            let (ctx, memory, engine) = (Arc::clone(&ctx), memory.clone(), engine.clone());
            let (begins, answers) = (begins.clone(), answers.clone());
            thread::spawn(move || answers.send((export, call(&engine, &ctx, memory, begins, export))));
            if export == name {
                begun.recv().expect("the call is about to begin");
                // It cannot be seen from outside when it has begun to wait.
                thread::sleep(Duration::from_millis(50));
            }
        }
        let soon = Duration::from_secs(20);
        let first = answered.recv_timeout(soon).unwrap_or_else(|_| panic!("nobody is served: {name}"));
        assert_eq!((first.0, first.1.expect("it does not trap")), ("writes error", 0), "{name}");
        assert_eq!(error.contents(), b"abc", "{name}");
        release(&mut host).expect("the host is connected");
        let then = answered.recv_timeout(soon).unwrap_or_else(|_| panic!("it waits forever: {name}"));
        assert_eq!((then.0, then.1.expect("it does not trap")), (name, 0));
        let mut found = [0; 4];
        memory.read(8, &mut found).expect("it is in the memory");
        assert_eq!(u32::from_le_bytes(found), left, "{name}");
    }
}

/// Calls `export` in a store of its own.
fn call(
    engine: &Engine,
    ctx: &Arc<Mutex<WasiCtx>>,
    memory: SharedMemory,
    begins: Sender<()>,
    export: &str,
) -> Result<i32> {
    let mut store = Store::new(engine, Arc::clone(ctx));
    let mut linker = Linker::new(engine);
    add_to_linker_shared(&mut linker, |ctx: &mut Arc<Mutex<WasiCtx>>| Arc::clone(ctx))?;
    linker.define(&store, "env", "memory", memory)?;
    linker
        .func_wrap("env", "begins", move |_: Caller<'_, _>| begins.send(()).map_err(fantail::Error::new))?;
    let instance = linker.instantiate(&mut store, &Module::new(engine, wat::parse_str(GUEST)?)?)?;
    instance.get_typed_func::<(), i32>(&mut store, export)?.call(&mut store, ())
}

/// A context of which all outputs but the standard error are full, and no input is there.
fn connect() -> io::Result<(Host, WasiCtx, MemoryOutputPipe)> {
    let (stdin, input) = pipe()?;
    let (output, mut stdout) = pipe()?;
    while writable(stdout.as_fd())? {
        stdout.write_all(&[0; 4096])?;
    }
    let listener = TcpListener::bind("127.0.0.1:0")?;
    let mut socket = TcpStream::connect(listener.local_addr()?)?;
    let (connection, _) = listener.accept()?;
    fill(&mut socket)?;
    let stderr = MemoryOutputPipe::new(1024);
    let ctx = WasiCtxBuilder::new()
        .stdin(Stdin(stdin))
        .stdout(Stdout(stdout))
        .stderr(stderr.clone())
        .preopened_listener(listener.try_clone()?)
        .preopened_socket(socket)
        .build();
    Ok((Host { input, output, listener, connection }, ctx, stderr))
}

fn writable(file: BorrowedFd<'_>) -> io::Result<bool> {
    Ok(poll(&mut [PollFd::from_borrowed_fd(file, PollFlags::OUT)], Some(&Timespec::default()))? > 0)
}

/// Writes until nothing more is taken.
fn fill(connection: &mut TcpStream) -> io::Result<()> {
    connection.set_nonblocking(true)?;
    let mut refused = 0;
    while refused < 3 {
        match connection.write(&[0; 1 << 16]) {
            Ok(_) => refused = 0,
            // The system moves some of it to the other side after it was written.
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                refused += 1;
                thread::sleep(Duration::from_millis(10));
            }
            Err(error) => return Err(error),
        }
    }
    connection.set_nonblocking(false)
}

/// Reads until nothing has come for a while.
fn drain(connection: &mut TcpStream) -> io::Result<()> {
    connection.set_read_timeout(Some(Duration::from_millis(200)))?;
    while connection.read(&mut vec![0; 1 << 16]).is_ok_and(|count| count > 0) {}
    Ok(())
}

struct Stdin(PipeReader);

impl Read for Stdin {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        self.0.read(buf)
    }
}

impl InputStream for Stdin {
    fn poll_fd(&self) -> Option<BorrowedFd<'_>> {
        Some(self.0.as_fd())
    }
}

struct Stdout(PipeWriter);

impl Write for Stdout {
    fn write(&mut self, buf: &[u8]) -> io::Result<usize> {
        self.0.write(buf)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.flush()
    }
}

impl OutputStream for Stdout {
    fn poll_fd(&self) -> Option<BorrowedFd<'_>> {
        Some(self.0.as_fd())
    }
}

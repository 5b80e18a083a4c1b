//! What guests may use: threads, and no more than is granted to them.

use crate::MATH;
use crate::place::{Place, fails, ok};

/// A wasi-threads program: each of four threads sleeps, prints and counts; the first one waits until all have.
const THREADS: &str = r#"(module
    (import "wasi" "thread-spawn" (func $spawn (param i32) (result i32)))
    (import "wasi_snapshot_preview1" "fd_write" (func $write (param i32 i32 i32 i32) (result i32)))
    (import "wasi_snapshot_preview1" "poll_oneoff" (func $poll (param i32 i32 i32 i32) (result i32)))
    (import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32)))
    (import "env" "memory" (memory 1 1 shared))
    (export "memory" (memory 0))
    (global $tid (mut i32) (i32.const 0))
    (func $thread (export "wasi_thread_start") (param $tid i32) (param $arg i32)
        (local $at i32)
        ;; Globals are the thread's own.
        (if (global.get $tid) (then unreachable))
        (global.set $tid (local.get $tid))
        (if (i32.eq (local.get $arg) (i32.const 100)) (then unreachable))
        (if (i32.eq (local.get $arg) (i32.const 101)) (then (call $exit (i32.const 7))))
        (local.set $at (i32.mul (local.get $tid) (i32.const 1024)))
        ;; A subscription to the monotonic clock: 100 ms for each.
        (i32.store offset=16 (local.get $at) (i32.const 1))
        (i64.store offset=24 (local.get $at) (i64.const 100000000))
        (if (call $poll (local.get $at) (i32.add (local.get $at) (i32.const 64)) (i32.const 1)
                (i32.add (local.get $at) (i32.const 60)))
            (then unreachable))
        (i32.store8 offset=200 (local.get $at) (i32.const 46))
        (i32.store offset=208 (local.get $at) (i32.add (local.get $at) (i32.const 200)))
        (i32.store offset=212 (local.get $at) (i32.const 1))
        (drop (call $write (i32.const 1) (i32.add (local.get $at) (i32.const 208)) (i32.const 1)
            (i32.add (local.get $at) (i32.const 216))))
        (drop (i32.atomic.rmw.add (i32.const 0) (local.get $arg)))
        (drop (memory.atomic.notify (i32.const 0) (i32.const 1))))
    (func $join (local $sum i32)
        (loop $again
            (local.set $sum (i32.atomic.load (i32.const 0)))
            (if (i32.ne (local.get $sum) (i32.const 10))
                (then
                    (drop (memory.atomic.wait32 (i32.const 0) (local.get $sum) (i64.const -1)))
                    (br $again)))))
    (func (export "_start") (local $n i32)
        (loop $again
            (if (i32.lt_s (call $spawn (local.tee $n (i32.add (local.get $n) (i32.const 1)))) (i32.const 1))
                (then unreachable))
            (br_if $again (i32.lt_u (local.get $n) (i32.const 4))))
        (call $join))
    (func (export "trap")
        (drop (call $spawn (i32.const 100)))
        (call $join))
    (func (export "exit")
        (drop (call $spawn (i32.const 101)))
        (call $join)))"#;

#[test]
fn programs_start_threads_where_that_is_allowed() {
    let place = Place::new(&[("threads.wat", THREADS), ("math.wat", MATH)]);
    assert_eq!(place.fantail(&["-S", "threads", "threads.wat"]), ok("...."));
    assert_eq!(place.fantail(&["run", "--wasi", "threads=y", "threads.wat"]), ok("...."));
    let refused = "error: threads.wat: unknown import: `wasi::thread-spawn` has not been defined: expected (func (param i32) (result i32))\n";
    assert_eq!(place.fantail(&["threads.wat"]), fails(2, refused));
    assert_eq!(place.fantail(&["-S", "threads=n", "threads.wat"]), fails(2, refused));
    assert_eq!(
        place.fantail(&["-S", "threads", "math.wat"]),
        fails(
            2,
            "error: math.wat: a program with threads has to export \"wasi_thread_start\" of type \
             (func (param i32 i32))\n"
        )
    );
    assert_eq!(
        place.fantail(&["-S", "thread", "threads.wat"]),
        fails(2, "error: -S thread: no such part of WASI; there is: threads\n")
    );
    assert_eq!(
        place.fantail(&["-S", "threads=1", "threads.wat"]),
        fails(2, "error: -S threads=1: expected threads=y or threads=n\n")
    );
}

#[test]
fn limits_are_those_of_each_thread() {
    let place = Place::new(&[("threads.wat", THREADS)]);
    let enough = place.fantail(&["--fuel", "10000", "--timeout", "60", "-S", "threads", "threads.wat"]);
    assert_eq!(enough, ok("...."));
    let (code, _, stderr) = place.fantail(&["--fuel", "5", "-S", "threads", "threads.wat"]);
    assert_eq!((code, stderr.lines().next()), (Some(134), Some("trap: all fuel consumed")));
}

#[test]
fn the_end_of_one_thread_may_be_that_of_the_program() {
    let place = Place::new(&[("threads.wat", THREADS)]);
    let run = |name: &str| place.fantail(&["run", "-S", "threads", "--invoke", name, "threads.wat"]);
    let (code, stdout, stderr) = run("trap");
    assert_eq!((code, stdout.as_str()), (Some(134), ""));
    assert!(stderr.starts_with("trap: unreachable\n  0: thread (function 4, at offset 0x"), "{stderr}");
    assert_eq!(run("exit"), (Some(7), String::new(), String::new()));
}

/// Guests that use too much of something.
const GREEDY: &str = r#"(module
    (import "wasi_snapshot_preview1" "poll_oneoff" (func $poll (param i32 i32 i32 i32) (result i32)))
    (memory (export "memory") 1)
    ;; A subscription to the clock, an hour from now.
    (data (i32.const 16) "\01\00\00\00")
    (func (export "sleep")
        (i64.store (i32.const 24) (i64.const 3_600_000_000_000))
        (drop (call $poll (i32.const 0) (i32.const 64) (i32.const 1) (i32.const 128))))
    (func $spin (export "spin") (loop $again (br $again)))
    (func $deep (export "deep") (param i32) (result i32)
        (if (result i32) (local.get 0)
            (then (i32.add (i32.const 1) (call $deep (i32.sub (local.get 0) (i32.const 1)))))
            (else (i32.const 0))))
    (func (export "grow") (param i32) (result i32) (memory.grow (local.get 0))))"#;

#[test]
fn what_a_guest_may_use_can_be_limited() {
    let place = Place::new(&[("greedy.wat", GREEDY)]);
    let invoke = |option: &str, value: &str, call: &[&str]| {
        place.fantail(&[&["run", option, value, "--invoke", call[0], "greedy.wat"], &call[1..]].concat())
    };
    // Fuel ends before the branch; the epoch is looked at where the loop begins.
    let spinning =
        |message, at| fails(134, &format!("trap: {message}\n  0: spin (function 2, at offset {at})\n"));
    assert_eq!(invoke("--fuel", "1000", &["spin"]), spinning("all fuel consumed", "0x9c"));
    assert_eq!(invoke("--fuel", "1000", &["deep", "10"]), ok("10\n"));
    assert_eq!(invoke("--timeout", "0.05", &["spin"]), spinning("interrupt", "0x9a"));
    let stopped = fails(134, "trap: interrupt: the guest did not stop in time\n");
    assert_eq!(invoke("--timeout", "0.05", &["sleep"]), stopped);
    assert_eq!(invoke("--max-memory", "128K", &["grow", "1"]), ok("1\n"));
    assert_eq!(invoke("--max-memory", "128K", &["grow", "2"]), ok("-1\n"));
    assert_eq!(invoke("--stack-size", "8M", &["deep", "100000"]), ok("100000\n"));
    let (code, _, stderr) = invoke("--stack-size", "32K", &["deep", "100000"]);
    assert_eq!((code, stderr.lines().next()), (Some(134), Some("trap: call stack exhausted")));
    for (option, value, message) in [
        ("--max-memory <BYTES>", "many", "expected a number of bytes, such as 65536 or 64M"),
        ("--max-memory <BYTES>", "-1", "expected a number of bytes, such as 65536 or 64M"),
        ("--max-memory <BYTES>", "99999999999G", "that is more than there is"),
        ("--stack-size <BYTES>", "1.5M", "expected a number of bytes, such as 65536 or 64M"),
        ("--fuel <INSTRUCTIONS>", "much", "expected a number of instructions, such as 1000000"),
        ("--fuel <INSTRUCTIONS>", "-1", "expected a number of instructions, such as 1000000"),
        ("--timeout <SECONDS>", "1h", "expected a number of seconds, such as 60 or 0.5"),
        ("--timeout <SECONDS>", "-1", "expected a number of seconds, such as 60 or 0.5"),
        ("--timeout <SECONDS>", "inf", "expected a number of seconds, such as 60 or 0.5"),
    ] {
        let name = option.split(' ').next().expect("it has a name");
        assert_eq!(
            invoke(name, value, &["grow", "1"]),
            fails(
                2,
                &format!(
                    "error: invalid value '{value}' for '{option}': {message}\n\nFor more information, try '--help'.\n"
                )
            )
        );
    }
    assert_eq!(
        invoke("--stack-size", "1", &["grow", "1"]),
        fails(2, "error: the stack must have at least 16384 bytes, not 1\n")
    );
    assert_eq!(
        invoke("--max-memory", "1", &["grow", "1"]),
        fails(2, "error: greedy.wat: memory minimum size of 1 pages exceeds memory limits\n")
    );
}

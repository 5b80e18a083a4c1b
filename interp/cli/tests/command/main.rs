//! How the command behaves: what it prints, to the letter, and its exit codes.
//!
//! | file | what it tests |
//! |---|---|
//! | `main` | running, validating, compiling, inspecting, scripts |
//! | `terminal` | help, completions, colours and widths |
//! | `limits` | threads, and what guests may use |
//! | `place` | nothing: where the command runs |

mod limits;
mod place;
mod terminal;

use place::{Place, fails, ok};
use std::path::PathBuf;
use std::process::Command;

const MATH: &str = r#"(module $math
    (func (export "add") (param i32 i32) (result i32) (i32.add (local.get 0) (local.get 1)))
    (func (export "mix") (param i64 f32 f64) (result f64 f32 i64) (local.get 2) (local.get 1) (local.get 0))
    (func (export "vector") (param v128) (result v128) (i32x4.add (local.get 0) (local.get 0)))
    (func (export "null") (param externref) (result externref funcref) (local.get 0) (ref.null func))
    (func $inner (param i32) (result i32) (i32.div_s (i32.const 1) (local.get 0)))
    (func $outer (export "trap") (result i32) (call $inner (i32.const 0)))
    (func (export "silent"))
    (memory (export "memory") 1))"#;

#[test]
fn invoke_prints_each_result_on_its_line() {
    let place = Place::new(&[("math.wat", MATH)]);
    let invoke = |args: &[&str]| place.fantail(&[&["run", "--invoke"], args].concat());
    assert_eq!(invoke(&["add", "math.wat", "-2", "0x7"]), ok("5\n"));
    assert_eq!(invoke(&["mix", "math.wat", "-1", "0.1", "-inf"]), ok("-inf\n0.1\n-1\n"));
    assert_eq!(invoke(&["mix", "math.wat", "9", "nan:0x1", "1e300"]), ok("1e300\nnan:0x1\n9\n"));
    assert_eq!(
        invoke(&["vector", "math.wat", "i32x4 1 2 3 -1"]),
        ok("i32x4 0x00000002 0x00000004 0x00000006 0xfffffffe\n")
    );
    assert_eq!(invoke(&["null", "math.wat", "null"]), ok("null\nnull\n"));
    assert_eq!(invoke(&["silent", "math.wat"]), ok(""));
}

#[test]
fn run_may_be_left_out() {
    let place = Place::new(&[("math.wat", MATH)]);
    assert_eq!(place.fantail(&["--invoke", "add", "math.wat", "1", "2"]), ok("3\n"));
}

#[test]
fn bad_arguments_are_explained() {
    let place = Place::new(&[("math.wat", MATH)]);
    let invoke = |args: &[&str]| place.fantail(&[&["run", "--invoke"], args].concat());
    assert_eq!(
        invoke(&["add", "math.wat", "1"]),
        fails(
            2,
            "error: --invoke add: expected 2 arguments for (func (param i32 i32) (result i32)), got 1\n"
        )
    );
    assert_eq!(
        invoke(&["vector", "math.wat"]),
        fails(
            2,
            "error: --invoke vector: expected 1 argument for (func (param v128) (result v128)), got 0\n"
        )
    );
    assert_eq!(
        invoke(&["add", "math.wat", "1", "two"]),
        fails(
            2,
            "error: --invoke add: argument 2: expected i32 (an integer of 32 bits such as -7 or 0xff), got \"two\"\n"
        )
    );
    assert_eq!(
        invoke(&["vector", "math.wat", "7"]),
        fails(
            2,
            "error: --invoke vector: argument 1: expected v128 (a vector such as 'i32x4 1 2 3 4'), got \"7\"\n"
        )
    );
    let functions = "functions that are: add, mix, vector, null, trap, silent\n";
    assert_eq!(
        invoke(&["sub", "math.wat"]),
        fails(2, &format!("error: --invoke sub: \"sub\" is not exported; {functions}"))
    );
    assert_eq!(
        invoke(&["memory", "math.wat"]),
        fails(2, &format!("error: --invoke memory: \"memory\" is not a function; {functions}"))
    );
    let empty = Place::new(&[("empty.wat", "(module)")]);
    assert_eq!(
        empty.fantail(&["--invoke", "f", "empty.wat"]),
        fails(2, "error: --invoke f: \"f\" is not exported; no function is\n")
    );
    assert_eq!(
        empty.fantail(&["empty.wat"]),
        fails(2, "error: empty.wat: there is nothing to run: it exports no function\n")
    );
    assert_eq!(
        place.fantail(&["math.wat"]),
        fails(
            2,
            "error: math.wat: it is no program (it does not export _start); call one of its functions with --invoke: \
             add, mix, vector, null, trap, silent\n"
        )
    );
}

#[test]
#[cfg(unix)]
fn arguments_are_unicode() {
    use std::os::unix::ffi::OsStrExt;
    let place = Place::new(&[("math.wat", MATH)]);
    let output = Command::new(env!("CARGO_BIN_EXE_fantail"))
        .arg("math.wat")
        .arg(std::ffi::OsStr::from_bytes(b"\xff"))
        .current_dir(place.path())
        .output()
        .expect("the command starts");
    assert_eq!(output.status.code(), Some(2));
    assert_eq!(String::from_utf8_lossy(&output.stderr), "error: \"\\xFF\" is not Unicode\n");
}

#[test]
fn a_trap_prints_the_calls_in_which_it_happened() {
    let place = Place::new(&[("math.wat", MATH)]);
    let (code, stdout, stderr) = place.fantail(&["run", "--invoke", "trap", "math.wat"]);
    assert_eq!((code, stdout.as_str()), (Some(134), ""));
    let lines: Vec<_> = stderr.lines().collect();
    assert_eq!(lines[0], "trap: integer divide by zero");
    assert!(lines[1].starts_with("  0: inner (function 4, at offset 0x"), "{stderr}");
    assert!(lines[2].starts_with("  1: outer (function 5, at offset 0x"), "{stderr}");
    assert_eq!(lines.len(), 3, "{stderr}");
}

#[test]
fn bad_files_are_explained() {
    let place = Place::new(&[
        ("text.wat", "(module (func (result i32)))"),
        ("syntax.wat", "(module\n  (func (i32.konst 1)))"),
        ("import.wat", r#"(module (import "env" "f" (func (param i32))) (func (export "_start")))"#),
        ("empty.wasm", ""),
    ]);
    assert_eq!(
        place.fantail(&["missing.wasm"]),
        fails(2, "error: cannot read missing.wasm: No such file or directory\n")
    );
    let (code, _, stderr) = place.fantail(&["text.wat"]);
    assert_eq!(code, Some(2));
    assert!(stderr.starts_with("error: text.wat: type mismatch: "), "{stderr}");
    assert!(stderr.contains("in function 0"), "{stderr}");
    let (code, _, stderr) = place.fantail(&["syntax.wat"]);
    assert_eq!(code, Some(2));
    assert!(stderr.contains("syntax.wat:2:10"), "{stderr}");
    std::fs::write(place.path().join("noise.wasm"), [0xFF, 0xFE]).expect("the file can be written");
    std::fs::write(place.path().join("component.wasm"), b"\0asm\x0d\0\x01\0").expect("it can be written");
    for (file, message) in [
        ("empty.wasm", "empty.wasm: the file is empty"),
        ("noise.wasm", "noise.wasm: neither WebAssembly nor text"),
        ("component.wasm", "component.wasm: unknown binary version: this is a component (at offset 0x4)"),
        (".", "cannot read .: Is a directory"),
        (
            "import.wat",
            "import.wat: unknown import: `env::f` has not been defined: expected (func (param i32))",
        ),
    ] {
        assert_eq!(place.fantail(&[file]), fails(2, &format!("error: {message}\n")));
    }
    for command in ["validate", "inspect"] {
        assert_eq!(
            place.fantail(&[command, "empty.wasm"]),
            fails(2, "error: empty.wasm: the file is empty\n")
        );
    }
}

const SHOW: &str = r#"(module
    (import "wasi_snapshot_preview1" "args_get" (func $args_get (param i32 i32) (result i32)))
    (import "wasi_snapshot_preview1" "args_sizes_get" (func $args_sizes_get (param i32 i32) (result i32)))
    (import "wasi_snapshot_preview1" "environ_get" (func $environ_get (param i32 i32) (result i32)))
    (import "wasi_snapshot_preview1" "environ_sizes_get" (func $environ_sizes_get (param i32 i32) (result i32)))
    (import "wasi_snapshot_preview1" "fd_write" (func $fd_write (param i32 i32 i32 i32) (result i32)))
    (import "wasi_snapshot_preview1" "proc_exit" (func $proc_exit (param i32)))
    (memory (export "memory") 1)
    (func $print (param $address i32) (param $size i32)
        (i32.store (i32.const 0) (local.get $address))
        (i32.store (i32.const 4) (local.get $size))
        (drop (call $fd_write (i32.const 1) (i32.const 0) (i32.const 1) (i32.const 8))))
    (func (export "_start")
        (drop (call $args_sizes_get (i32.const 16) (i32.const 20)))
        (drop (call $args_get (i32.const 1024) (i32.const 4096)))
        (call $print (i32.const 4096) (i32.load (i32.const 20)))
        (drop (call $environ_sizes_get (i32.const 16) (i32.const 20)))
        (drop (call $environ_get (i32.const 1024) (i32.const 8192)))
        (call $print (i32.const 8192) (i32.load (i32.const 20)))
        (call $proc_exit (i32.const 42))))"#;

#[test]
fn a_program_gets_its_arguments_and_environment_and_its_exit_code_is_ours() {
    let place = Place::new(&[("show.wat", SHOW)]);
    assert_eq!(
        place.fantail(&["--env", "A=1", "--env", "FROM_OUTSIDE", "show.wat", "x", "--env"]),
        (Some(42), "show.wat\0x\0--env\0A=1\0FROM_OUTSIDE=seen\0".to_owned(), String::new())
    );
    assert_eq!(
        place.fantail(&["--env", "NOT_SET_ANYWHERE", "show.wat"]),
        fails(2, "error: --env NOT_SET_ANYWHERE: it is not set here\n")
    );
    assert_eq!(
        place.fantail(&["--dir", "nowhere::/", "show.wat"]),
        fails(2, "error: cannot open the directory nowhere: No such file or directory\n")
    );
    assert_eq!(
        place.fantail(&["--env", "", "show.wat"]),
        fails(2, "error: --env: the variable has no name\n")
    );
    assert_eq!(
        place.fantail(&["--env", "=1", "show.wat"]),
        fails(2, "error: --env =1: the variable has no name\n")
    );
    assert_eq!(
        place.fantail(&["--dir", "::/", "show.wat"]),
        fails(2, "error: --dir ::/: a directory has no name (`.` is this one)\n")
    );
}

#[test]
fn an_option_that_there_is_not_is_no_file() {
    let place = Place::new(&[("good.wat", "(module)")]);
    for arguments in [&["--frobnicate", "good.wat"][..], &["run", "--frobnicate", "good.wat"]] {
        let (code, stdout, stderr) = place.fantail(arguments);
        assert_eq!((code, stdout.as_str()), (Some(2), ""), "{arguments:?}");
        assert!(stderr.starts_with("error: unexpected argument '--frobnicate' found\n"), "{stderr}");
    }
}

#[test]
fn validate_looks_at_every_file() {
    let place = Place::new(&[("good.wat", "(module)"), ("bad.wat", "(module (func (drop)))")]);
    assert_eq!(place.fantail(&["validate", "good.wat"]), ok("good.wat: valid\n"));
    let (code, stdout, stderr) = place.fantail(&["validate", "bad.wat", "good.wat"]);
    assert_eq!((code, stdout.as_str()), (Some(2), "good.wat: valid\n"));
    assert!(stderr.starts_with("error: bad.wat: type mismatch: "), "{stderr}");
    let (code, _, stderr) = place.fantail(&["validate", "missing.wasm", "bad.wat"]);
    assert_eq!((code, stderr.lines().count()), (Some(2), 2), "{stderr}");
}

#[test]
fn compile_writes_an_image_or_says_why_not() {
    let place = Place::new(&[("good.wat", "(module (func (export \"f\")))"), ("bad.wat", "(module (tag))")]);
    assert_eq!(place.fantail(&["compile", "good.wat", "-o", "good.image"]), ok(""));
    let image = std::fs::read(place.path().join("good.image")).expect("was written");
    assert!(image.starts_with(b"\0fantail") && image.len().is_multiple_of(8), "{image:?}");
    let (code, _, stderr) = place.fantail(&["compile", "bad.wat", "-o", "bad.image"]);
    assert_eq!(code, Some(2));
    assert!(stderr.contains("an image cannot hold tags"), "{stderr}");
    assert!(!place.path().join("bad.image").exists());
    assert_eq!(
        place.fantail(&["compile", "good.wat", "-o", "nowhere/good.image"]),
        fails(2, "error: cannot write nowhere/good.image: No such file or directory\n")
    );
}

#[test]
fn validate_warns_of_custom_sections() {
    let place = Place::new(&[
        ("hint.wat", r#"(module (func $f (@metadata.code.branch_hint "\01") (nop)))"#),
        ("name.wat", r#"(module (@custom "name" "\00\09"))"#),
    ]);
    let hint = ["validate", "-W", "branch-hinting", "hint.wat"];
    let warning = "warning: hint.wat: metadata.code.branch_hint section: invalid target \
        (at offset 0x32, in function 0 \"f\")\n";
    assert_eq!(place.fantail(&hint), (Some(0), "hint.wat: valid\n".to_owned(), warning.to_owned()));
    assert_eq!(place.fantail(&["validate", "hint.wat"]), ok("hint.wat: valid\n"));
    let (code, stdout, stderr) = place.fantail(&["validate", "name.wat"]);
    assert_eq!((code, stdout.as_str()), (Some(0), "name.wat: valid\n"));
    assert!(stderr.starts_with("warning: name.wat: name section: unexpected end"), "{stderr}");
}

#[test]
fn proposals_can_be_switched() {
    let place = Place::new(&[("vector.wat", "(module (func (param v128)))")]);
    assert_eq!(place.fantail(&["validate", "vector.wat"]), ok("vector.wat: valid\n"));
    let (code, _, stderr) = place.fantail(&["validate", "-W", "simd=n", "vector.wat"]);
    assert_eq!(code, Some(2));
    assert!(stderr.contains("simd"), "{stderr}");
    let (code, _, stderr) = place.fantail(&["validate", "-W", "smid", "vector.wat"]);
    assert_eq!(code, Some(2));
    assert!(
        stderr.starts_with("error: -W smid: no such proposal; there are: branch-hinting, bulk-memory, "),
        "{stderr}"
    );
    let (code, _, several) = place.fantail(&["validate", "-W", "gc=n,simd=n", "vector.wat"]);
    assert_eq!(
        (code, several.as_str()),
        (
            Some(2),
            "error: vector.wat: the type v128 needs the proposal simd, \
        which is not enabled (at offset 0xd)\n"
        )
    );
    assert_eq!(
        place.fantail(&["validate", "-W", "simd=maybe", "vector.wat"]),
        fails(2, "error: -W simd=maybe: expected simd=y or simd=n\n")
    );
    // Whoever asks for the list may have no module yet.
    for args in [&["-W", "help"] as &[&str], &["validate", "--wasm", "help"], &["-W", "help", "vector.wat"]] {
        let (code, stdout, stderr) = place.fantail(args);
        assert_eq!((code, stderr.as_str()), (Some(0), ""), "{args:?}");
        assert!(stdout.starts_with("branch-hinting\nbulk-memory\n"), "{args:?}: {stdout}");
    }
}

#[test]
fn inspect_shows_tables() {
    let text = r#"(module
        (import "env" "f" (func (param i32)))
        (import "env" "g" (global (mut i64)))
        (memory (export "memory") 1 2)
        (table (export "table") i64 3 funcref)
        (func (export "start") (result f64 v128) unreachable))"#;
    let place = Place::new(&[("module.wat", text)]);
    let (code, stdout, stderr) = place.fantail(&["inspect", "module.wat"]);
    assert_eq!((code, stderr.as_str()), (Some(0), ""));
    let (sections, rest) = stdout.split_once("\nImports\n").expect("there are imports");
    assert!(
        sections.starts_with("Sections\n  section   offset  bytes  holds\n  type      0xa     "),
        "{sections}"
    );
    assert_eq!(
        rest,
        "  module  name  type\n\
         \x20 env     f     func (param i32)\n\
         \x20 env     g     global (mut i64)\n\
         \n\
         Exports\n\
         \x20 name    index  type\n\
         \x20 memory  0      memory 1 2\n\
         \x20 table   0      table i64 3 funcref\n\
         \x20 start   1      func (result f64 v128)\n"
    );
}

#[test]
fn inspect_shows_register_code_of_one_or_all_functions() {
    let place = Place::new(&[("math.wat", MATH)]);
    let (code, all, _) = place.fantail(&["inspect", "--ir", "math.wat"]);
    assert_eq!(code, Some(0));
    assert_eq!(all.matches("function ").count(), 7, "{all}");
    let (code, one, _) = place.fantail(&["inspect", "--ir=inner", "math.wat"]);
    assert_eq!(code, Some(0));
    assert!(one.starts_with("function 4 inner: func (param i32) (result i32)\n"), "{one}");
    assert!(one.contains("i32.div_s"), "{one}");
    assert!(all.contains(&one), "{one}");
    assert_eq!(
        place.fantail(&["inspect", "--ir=nobody", "math.wat"]),
        fails(2, "error: math.wat: there is no function named \"nobody\"\n")
    );
    assert_eq!(
        place.fantail(&["inspect", "--ir=99", "math.wat"]),
        fails(2, "error: math.wat: there is no function 99: there are 7\n")
    );
}

#[test]
fn wast_tells_of_every_script_and_closes_with_the_totals() {
    let good = "(module (func (export \"f\") (result i32) (i32.const 1)))\n(assert_return (invoke \"f\") (i32.const 1))";
    let bad = good.replacen("const 1)))", "const 2)))", 1);
    let place = Place::new(&[("good.wast", good), ("bad.wast", &bad)]);
    assert_eq!(
        place.fantail(&["wast", "good.wast"]),
        ok("ok      good.wast: 2 passed\n2 passed, 0 failed, 0 skipped\n")
    );
    let failed = "FAILED  bad.wast: 1 passed, 1 failed\n    \
        bad.wast:2: expected (i32.const 1), got (i32.const 2)\n";
    assert_eq!(
        place.fantail(&["wast", "."]),
        (
            Some(1),
            format!("{failed}ok      good.wast: 2 passed\n3 passed, 1 failed, 0 skipped\n"),
            String::new()
        )
    );
}

#[test]
fn wast_takes_a_list_of_expected_failures_that_may_only_shrink() {
    let bad = "(module)\n(assert_invalid (module) \"nothing\")";
    let place = Place::new(&[("bad.wast", bad), ("good.wast", "(module)"), ("list", "bad.wast # why\n")]);
    let run = |list: &str| {
        std::fs::write(place.path().join("list"), list).expect("the list can be written");
        place.fantail(&["wast", "--expect-failures", "list", "."])
    };
    assert_eq!(
        run("bad.wast # why\n"),
        ok(
            "listed  bad.wast: 1 passed, 1 failed\nok      good.wast: 1 passed\n2 passed, 0 failed, 1 skipped\n"
        )
    );
    assert_eq!(
        run("bad.wast\ngood.wast\n"),
        (
            Some(1),
            "listed  bad.wast: 1 passed, 1 failed\n\
             FAILED  good.wast: 1 passed\n    it passes whole: remove it from the list of expected failures\n\
             2 passed, 1 failed, 1 skipped\n"
                .to_owned(),
            String::new()
        )
    );
}

#[test]
fn wast_that_is_no_script_is_a_failure_with_its_line() {
    let place = Place::new(&[("bad.wast", "(module)\n(assert_nothing)")]);
    let (code, stdout, _) = place.fantail(&["wast", "bad.wast"]);
    assert_eq!(code, Some(1));
    assert!(
        stdout.starts_with("FAILED  bad.wast: 0 passed, 1 failed\n    bad.wast:2: not a script: "),
        "{stdout}"
    );
    std::fs::create_dir(place.path().join("empty")).expect("a directory");
    assert_eq!(
        place.fantail(&["wast", "empty"]),
        fails(2, "error: there are no scripts (files whose names end in .wast)\n")
    );
    assert_eq!(
        place.fantail(&["wast", "nowhere.wast"]),
        fails(2, "error: cannot read nowhere.wast: No such file or directory\n")
    );
}

/// The program of the README's quick start.
#[test]
fn the_example_program_runs() {
    let example = PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/examples/primes.wat"));
    let place = Place::new(&[]);
    let path = example.to_str().expect("the path is Unicode");
    assert_eq!(
        place.fantail(&[path]),
        ok("2 3 5 7 11 13 17 19 23 29 31 37 41 43 47 53 59 61 67 71 73 79 83 89 97\n")
    );
    assert_eq!(place.fantail(&["--invoke", "is_prime", path, "65537"]), ok("1\n"));
}

#[test]
fn scripts_know_the_proposal_of_their_folder_however_it_is_named() {
    let text = r#"(module (func (export "f") (param i64 i64) (result i64 i64)
        (i64.mul_wide_u (local.get 0) (local.get 1))))
        (assert_return (invoke "f" (i64.const -1) (i64.const 2)) (i64.const -2) (i64.const 1))"#;
    let place = Place::new(&[]);
    let folder = place.path().join("wide-arithmetic");
    std::fs::create_dir(&folder).expect("a directory");
    std::fs::write(folder.join("a.wast"), text).expect("the file can be written");
    for path in [".", "wide-arithmetic", "wide-arithmetic/a.wast"] {
        let (code, stdout, stderr) = place.fantail(&["wast", path]);
        assert_eq!(
            (code, stdout.lines().last()),
            (Some(0), Some("2 passed, 0 failed, 0 skipped")),
            "{path}: {stderr}"
        );
    }
}

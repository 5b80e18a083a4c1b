//! What the command does for whoever types: help, completions, and output that suits the terminal.

use crate::MATH;
use crate::place::Place;
use std::process::Command;

#[test]
fn help_tells_a_newcomer_what_to_type() {
    let place = Place::new(&[]);
    let (code, stdout, _) = place.fantail(&["--help"]);
    assert_eq!(code, Some(0));
    for word in [
        "fantail [OPTIONS] FILE [ARGS]...",
        "\n  run          Runs a WASI program, or a function that a module exports\n",
        "\n  validate ",
        "\n  wast ",
        "\n  inspect ",
        "\n  completions ",
        "--invoke <NAME>",
        "\n  fantail --dir . --env LANG=C program.wasm   let it use this directory, and set a variable\n",
        "Exit codes: the guest's own; 134 when it trapped; 2 for input that cannot be used",
    ] {
        assert!(stdout.contains(word), "{word} is not in {stdout}");
    }
    let (code, short, _) = place.fantail(&["-h"]);
    assert_eq!(code, Some(0));
    assert!(short.len() < stdout.len() && !short.contains("Examples:"), "{short}");
    let (_, run, _) = place.fantail(&["run", "--help"]);
    assert!(run.contains("Options come before FILE: what follows it is the guest's."), "{run}");
    // What has nothing to do with looking at a module is no option of it.
    let (_, inspect, _) = place.fantail(&["inspect", "--help"]);
    assert!(inspect.contains("--ir") && !inspect.contains("--compile"), "{inspect}");
    let (code, _, stderr) = place.fantail(&[]);
    assert_eq!(code, Some(2));
    assert!(stderr.contains("Usage: fantail"), "{stderr}");
}

#[test]
fn help_and_messages_have_no_colours_but_on_a_terminal() {
    let place = Place::new(&[("bad.wast", "(module)\n(assert_invalid (module) \"nothing\")")]);
    for args in [&["--help"] as &[&str], &["missing.wasm"], &["--nonsense"], &["wast", "bad.wast"]] {
        let (_, stdout, stderr) = place.fantail(args);
        assert!(!(stdout + &stderr).contains('\u{1b}'), "{args:?}");
    }
    let (code, text) = place.on_a_terminal(80, &[], &["missing.wasm"]);
    assert_eq!(code, Some(2));
    assert_eq!(
        text,
        "\u{1b}[1m\u{1b}[31merror:\u{1b}[0m cannot read missing.wasm: No such file or directory\r\n"
    );
    let (_, text) = place.on_a_terminal(80, &[], &["wast", "bad.wast"]);
    assert!(text.starts_with("\u{1b}[1m\u{1b}[31mFAILED\u{1b}[0m  bad.wast: "), "{text:?}");
    let (_, text) = place.on_a_terminal(80, &[("NO_COLOR", "1")], &["missing.wasm"]);
    assert!(text.starts_with("error: "), "{text:?}");
    let (_, text) = place.on_a_terminal(80, &[("TERM", "dumb")], &["missing.wasm"]);
    assert!(text.starts_with("error: "), "{text:?}");
}

#[test]
fn inspect_fits_the_terminal() {
    let text = r#"(module
        (import "wasi_snapshot_preview1" "path_open"
            (func (param i32 i32 i32 i32 i32 i64 i64 i32 i32) (result i32)))
        (func (export "a name that is longer than others") (param f64 f64 f64 f64)))"#;
    let place = Place::new(&[("module.wat", text)]);
    let (_, plain, _) = place.fantail(&["inspect", "module.wat"]);
    assert!(plain.lines().any(|line| line.chars().count() > 90), "{plain}");
    let (code, narrow) = place.on_a_terminal(60, &[("NO_COLOR", "1")], &["inspect", "module.wat"]);
    assert_eq!(code, Some(0));
    let (_, tables) = narrow.split_once("Imports\r\n").expect("there are imports");
    assert_eq!(
        tables,
        "  module                  name       type\r\n\
         \x20 wasi_snapshot_preview1  path_open  func (param i32 i32 i32\r\n\
         \x20                                    i32 i32 i64 i64 i32\r\n\
         \x20                                    i32) (result i32)\r\n\
         \r\n\
         Exports\r\n\
         \x20 name                       index  type\r\n\
         \x20 a name that is longer      1      func (param f64 f64 f64\r\n\
         \x20 than others                       f64)\r\n"
    );
    assert!(narrow.lines().all(|line| line.chars().count() <= 60), "{narrow}");
}

#[test]
fn nobody_is_told_that_nobody_reads() {
    let place = Place::new(&[("math.wat", MATH)]);
    let (reader, writer) = std::io::pipe().expect("a pipe");
    drop(reader);
    let output = Command::new(env!("CARGO_BIN_EXE_fantail"))
        .args(["inspect", "--ir", "math.wat"])
        .current_dir(place.path())
        .stdout(writer)
        .output()
        .expect("the command starts");
    assert_eq!((output.status.code(), output.stderr.as_slice()), (Some(0), b"".as_slice()));
}

#[test]
fn shells_complete_the_command_line() {
    let place = Place::new(&[]);
    for (shell, part) in [
        ("bash", "complete -F _fantail"),
        ("zsh", "#compdef fantail"),
        ("fish", "complete -c fantail"),
        ("elvish", "edit:completion:arg-completer[fantail]"),
        ("powershell", "Register-ArgumentCompleter"),
    ] {
        let (code, script, stderr) = place.fantail(&["completions", shell]);
        assert_eq!((code, stderr.as_str()), (Some(0), ""), "{shell}");
        assert!(script.contains(part) && script.contains("max-memory"), "{shell}: {script}");
    }
    let (code, _, stderr) = place.fantail(&["completions", "cmd"]);
    assert_eq!(code, Some(2));
    assert!(stderr.contains("[possible values: bash, elvish, fish, powershell, zsh]"), "{stderr}");
}

#[test]
fn bash_completes_commands_options_and_their_values() {
    let place = Place::new(&[]);
    let (_, script, _) = place.fantail(&["completions", "bash"]);
    std::fs::write(place.path().join("fantail.bash"), script).expect("the script can be written");
    let complete = |words: &str| {
        let program = format!(
            "source fantail.bash; COMP_WORDS=({words}); COMP_CWORD=$((${{#COMP_WORDS[@]}} - 1)); \
             _fantail fantail \"${{COMP_WORDS[-1]}}\" \"${{COMP_WORDS[-2]}}\"; echo \"${{COMPREPLY[@]}}\""
        );
        let bash = Command::new("bash").args(["-c", &program]).current_dir(place.path()).output();
        String::from_utf8(bash.expect("bash starts").stdout).expect("it prints Unicode")
    };
    assert_eq!(complete("fantail ins"), "inspect\n");
    assert_eq!(complete("fantail run --ma"), "--max-memory\n");
    assert_eq!(complete("fantail run --compile ea"), "eager\n");
}

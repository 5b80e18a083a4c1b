//! The programs of `WebAssembly/wasi-testsuite`, from the directory `shared` beside the repository: each is run with the
//! arguments, environment and directory that its `.json` asks for, and has to end with the exit code and the output given
//! there.

use fantail::{Engine, Linker, Module, Store};
use fantail_wasi::{DirPerms, FilePerms, I32Exit, MemoryOutputPipe, WasiCtx, WasiCtxBuilder};
use serde_json::Value;
use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

#[test]
fn every_program_behaves_as_told() {
    let root = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared/wasi-tests"));
    if !root.is_dir() {
        // Past the test harness, which keeps what a passing test prints.
        writeln!(io::stderr(), "SKIPPED: the WASI programs are not at {}", root.display())
            .expect("standard error is open");
        return;
    }
    let mut programs: Vec<PathBuf> = ["c", "assemblyscript"]
        .iter()
        .flat_map(|folder| fs::read_dir(root.join(folder)).expect("the folder of programs"))
        .map(|entry| entry.expect("a file").path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "wasm"))
        .collect();
    programs.sort();
    assert_eq!(programs.len(), 26, "programs at {}", root.display());
    let failures: Vec<String> = programs
        .iter()
        .filter_map(|program| run(program).err().map(|why| format!("{}: {why}", program.display())))
        .collect();
    assert!(failures.is_empty(), "{} of {} failed:\n{}", failures.len(), programs.len(), failures.join("\n"));
}

/// Runs a program; the error says what was not as told.
fn run(program: &Path) -> Result<(), String> {
    let told: Value = match fs::read(program.with_extension("json")) {
        Ok(text) => serde_json::from_slice(&text).map_err(|error| error.to_string())?,
        Err(_) => Value::Null,
    };
    let stdout = MemoryOutputPipe::new(1 << 20);
    let mut builder = WasiCtxBuilder::new();
    builder
        .stdout(stdout.clone())
        .arg(program.file_name().and_then(|name| name.to_str()).unwrap_or_default());
    for arg in told["args"].as_array().into_iter().flatten() {
        builder.arg(arg.as_str().ok_or("an argument is not a string")?);
    }
    for (key, value) in told["env"].as_object().into_iter().flatten() {
        builder.env(key, value.as_str().ok_or("a variable is not a string")?);
    }
    let copy = tempfile::tempdir().map_err(|error| error.to_string())?;
    if let Some(root) = told["root"].as_str() {
        copy_dir(&program.with_file_name(root), copy.path()).map_err(|error| error.to_string())?;
        builder
            .preopened_dir(copy.path(), "/", DirPerms::all(), FilePerms::all())
            .map_err(|error| error.to_string())?;
    }

    let exit_code = execute(program, builder.build()).map_err(|error| format!("{error:?}"))?;
    let expected = told["exit_code"].as_i64().unwrap_or(0);
    if i64::from(exit_code) != expected {
        return Err(format!("exit code {exit_code}, expected {expected}"));
    }
    let output = String::from_utf8_lossy(&stdout.contents()).into_owned();
    match told["stdout"].as_str() {
        Some(expected) if expected != output => Err(format!("printed {output:?}, expected {expected:?}")),
        _ => Ok(()),
    }
}

fn execute(program: &Path, ctx: WasiCtx) -> fantail::Result<i32> {
    let engine = Engine::default();
    let mut linker = Linker::<WasiCtx>::new(&engine);
    fantail_wasi::add_to_linker(&mut linker, |ctx| ctx)?;
    let mut store = Store::new(&engine, ctx);
    let module = Module::from_file(&engine, program)?;
    let instance = linker.instantiate(&mut store, &module)?;
    let start = instance.get_typed_func::<(), ()>(&mut store, "_start")?;
    match start.call(&mut store, ()) {
        Ok(()) => Ok(0),
        Err(error) => error.downcast::<I32Exit>().map(|exit| exit.0),
    }
}

fn copy_dir(from: &Path, to: &Path) -> std::io::Result<()> {
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let to = to.join(entry.file_name());
        match entry.file_type()?.is_dir() {
            true => copy_dir(&entry.path(), &to)?,
            false => fs::copy(entry.path(), to).map(drop)?,
        }
    }
    Ok(())
}

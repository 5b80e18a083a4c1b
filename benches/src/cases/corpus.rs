//! The public programs of a corpus directory, with the arguments and answers that go with them.
//!
//! The answers are either stated with the collection they come from, or those on which independent engines
//! (Cranelift, wasmi and, but for vectors, Silverfir-nano) agree.

use super::{Case, Script};
use crate::program::Program;
use crate::vm::Value;
use anyhow::{Context, Result};
use std::fs;
use std::path::Path;

/// The modules whose loading is measured, smallest first.
const STARTUP: [&str; 5] = ["erc20", "coremark", "argon2", "bz2", "pulldown-cmark"];

/// The modules of `dir` whose loading is measured.
pub(crate) fn modules(dir: &Path) -> Vec<String> {
    STARTUP.iter().map(|name| dir.join(name).with_extension("wasm").to_string_lossy().into_owned()).collect()
}

/// The cases in `dir` that are `wanted`.
pub(super) fn all(dir: &Path, wanted: &dyn Fn(&str) -> bool) -> Result<Vec<Case>> {
    let read = |file: &str| {
        fs::read(dir.join(file)).with_context(|| format!("reading {file} of the corpus {}", dir.display()))
    };
    let mut cases = Vec::new();
    let mut add = |name: &'static str, file: &str, script: &dyn Fn() -> Result<Script>| -> Result<()> {
        if wanted(name) {
            let program = Program::new(read(&format!("{file}.wasm"))?)?;
            cases.push(Case { name, group: "corpus", program, script: script()? });
        }
        Ok(())
    };

    for (name, arg, expect) in RUN_I32 {
        // A memory that has grown stays grown.
        let fresh = name == "mem-grow";
        add(name, name, &|| Ok(call("run", Value::I32(arg), Value::I32(expect), fresh)))?;
    }
    for (name, arg, expect) in RUN_I64 {
        add(name, name, &|| Ok(call("run", Value::I64(arg), Value::I64(expect), false)))?;
    }
    for (name, file, export, arg, expect) in KERNELS {
        add(name, file, &|| Ok(call(export, Value::I32(arg), Value::I32(expect), false)))?;
    }
    for (name, size, check) in OBJECTS {
        add(name, name, &|| Ok(Script::Object { size, input: Vec::new(), check }))?;
    }
    for (name, input, check) in TEXTS {
        add(name, name, &|| {
            let input = read(input)?;
            Ok(Script::Object { size: i32::try_from(input.len())?, input, check })
        })?;
    }
    add("coremark", "coremark", &|| Ok(Script::CoreMark))?;
    Ok(cases)
}

/// `run(n) -> result`, 32 bits.
const RUN_I32: [(&str, i32, i32); 9] = [
    ("counter-local", 30_000_000, 0),
    ("counter-param", 30_000_000, 0),
    ("counter-global", 10_000_000, 0),
    ("call-direct", 2_000_000, 1_586_273_728),
    ("call-indirect", 2_000_000, -668_084_529),
    ("host-call", 2_000_000, 2_000_000),
    ("br-table", 5_000_000, 80_708_586),
    ("mem-copy-loop", 3_000_000, 0),
    ("mem-grow", 2_000, 2_001),
];

/// `run(n) -> result`, 64 bits.
const RUN_I64: [(&str, i64, i64); 4] = [
    ("fibonacci-rec", 30, 832_040),
    ("fibonacci-iter", 2_000_000, -1_304_923_961_914_223_931),
    ("fibonacci-tail", 1_000_000, -4_249_520_595_888_827_205),
    ("bulk-ops", 60_000, 0),
];

/// `export(repetitions) -> result`.
const KERNELS: [(&str, &str, &str, i32, i32); 6] = [
    ("i8dot-scalar", "kernels-scalar", "i8dot", 50, 110_309_800),
    ("f32mm-scalar", "kernels-scalar", "f32mm", 5, 1_245_506_660),
    ("mandel-scalar", "kernels-scalar", "mandel", 200, 976_575),
    ("i8dot-simd", "kernels-simd", "i8dot", 200, 441_239_200),
    ("f32mm-simd", "kernels-simd", "f32mm", 20, 1_245_506_660),
    ("mandel-simd", "kernels-simd", "mandel", 300, 2_196_322),
];

/// The export that tells the answer, and the answer.
type Check = Option<(&'static str, Value)>;

/// `p = setup(n)`, `run(p)`, `check(p)`. For nbody, n bodies take time n².
const OBJECTS: [(&str, i32, Check); 4] = [
    ("sort", 1_000_000, None),
    ("mandelbrot", 150, Some(("output", Value::I64(5_595_328)))),
    ("argon2", 3_000, Some(("output", Value::I64(8_516_746_375_935_431_256)))),
    ("nbody", 400, Some(("result", Value::F64(-2_660.051_903_183_734_3)))),
];

/// `p = setup(len)`, text to `input_ptr(p)`, `run(p)`, `check(p)`.
const TEXTS: [(&str, &str, Check); 3] = [
    ("word-count", "alice29.txt", Some(("len_unique_words", Value::I64(2213)))),
    ("json-parse", "citm_catalog.json", Some(("node_count", Value::I64(37_778)))),
    ("regex-redux", "revcomp-input.txt", Some(("output", Value::I32(2)))),
];

fn call(export: &'static str, arg: Value, expect: Value, fresh: bool) -> Script {
    Script::Call { setup: None, export, args: vec![arg], expect, fresh }
}

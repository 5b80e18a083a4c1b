//! Modules made by wasm-smith, and programs like those of compilers, executed.
#![no_main]

use fantail_fuzz::{Kind, Numbers, execute, generate, program};

libfuzzer_sys::fuzz_target!(|input: (u64, &[u8])| {
    let (seed, bytes) = input;
    // A program is made out of a number: there is nothing in the bytes for the fuzzer to learn from.
    if cfg!(feature = "wasmtime") && seed % 8 == 0 {
        let text = program(&mut Numbers(seed | 1));
        execute(&wat::parse_str(text).expect("it is well-formed"), seed);
    } else if let Some(module) = generate(bytes, Kind::Execute) {
        execute(&module, seed);
    }
});

//! Generated modules, executed.
#![no_main]

use fantail_fuzz::{Kind, execute, generate};

libfuzzer_sys::fuzz_target!(|input: (u64, &[u8])| {
    let (seed, bytes) = input;
    if let Some(module) = generate(bytes, Kind::Execute) {
        execute(&module, seed);
    }
});

//! Generated modules, and the same with one byte changed.
#![no_main]

use fantail_fuzz::{Kind, generate, validate};

libfuzzer_sys::fuzz_target!(|input: (usize, u8, &[u8])| {
    let (at, byte, bytes) = input;
    let Some(mut module) = generate(bytes, Kind::Validate) else { return };
    validate(&module);
    let at = at % module.len();
    module[at] = byte;
    validate(&module);
});

//! Bytes that begin like a module, taken for one; others make a module, which is judged as it is and with one byte changed.
#![no_main]

use arbitrary::{Arbitrary, Unstructured};
use fantail_fuzz::{Kind, generate, validate};

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    if bytes.starts_with(b"\0asm") {
        validate(bytes);
        return;
    }
    let mut rest = Unstructured::new(bytes);
    let Ok((at, byte)) = <(usize, u8)>::arbitrary(&mut rest) else { return };
    let Some(mut module) = generate(rest.take_rest(), Kind::Validate) else { return };
    assert_ne!(validate(&module), Some(false), "wasm-smith makes valid modules");
    let at = at % module.len();
    module[at] = byte;
    validate(&module);
});

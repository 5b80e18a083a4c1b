//! Wasmtime's side.

use super::HEAP;
use wasmtime::{Config, OptLevel, StoreLimitsBuilder, ThrownException};

super::embedding::embedding!(wasmtime, config, limits, other);

fn config(_: bool) -> Config {
    let mut config = Config::new();
    config
        .wasm_custom_page_sizes(true)
        .wasm_wide_arithmetic(true)
        .wasm_multi_memory(true)
        .wasm_memory64(true)
        .wasm_gc(true)
        .wasm_exceptions(true)
        // Most of the time goes into making machine code that is executed once.
        .cranelift_opt_level(OptLevel::None);
    config
}

/// Its heap of objects is a memory too.
fn limits() -> StoreLimits {
    StoreLimitsBuilder::new().memory_size(HEAP).build()
}

/// A trap of garbage collection, an exception that nothing catches; or the peer ran out of what it is built to hold.
fn other(error: &Error) -> Fault {
    match error.downcast_ref() {
        Some(Trap::AllocationTooLarge) => Fault::Unknown,
        Some(_) => Fault::Other,
        None if error.is::<ThrownException>() => Fault::Other,
        None => Fault::Unknown,
    }
}

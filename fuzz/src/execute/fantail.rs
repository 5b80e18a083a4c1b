//! Fantail's side.

use super::HEAP;
use fantail::{CompilationMode, Config, StoreLimitsBuilder};

super::embedding::embedding!(fantail, config, limits, other);

fn config(lazy: bool) -> Config {
    let mut config = Config::new();
    config.wasm_custom_page_sizes(true).wasm_wide_arithmetic(true);
    config.compilation_mode(if lazy { CompilationMode::Lazy } else { CompilationMode::Eager });
    config
}

fn limits() -> StoreLimits {
    StoreLimitsBuilder::new().gc_heap_size(HEAP).build()
}

/// The trap of which Wasmtime has no name of its own, and those of a full heap: objects are not of the same size there.
fn other(error: &Error) -> Fault {
    match error.downcast_ref() {
        Some(Trap::UndefinedElement) => Fault::Table,
        Some(Trap::HeapExhausted | Trap::AllocationTooLarge) => Fault::Unknown,
        _ => Fault::Other,
    }
}

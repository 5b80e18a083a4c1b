//! Fantail's side.

use fantail::{CompilationMode, Config};

super::embedding::embedding!(fantail, config, other);

fn config(lazy: bool) -> Config {
    let mut config = Config::new();
    config.wasm_custom_page_sizes(true).wasm_wide_arithmetic(true);
    config.compilation_mode(if lazy { CompilationMode::Lazy } else { CompilationMode::Eager });
    config
}

/// The trap of which Wasmtime has no name of its own.
fn other(trap: Option<&Trap>) -> Fault {
    match trap {
        Some(Trap::UndefinedElement) => Fault::Table,
        _ => Fault::Other,
    }
}

//! Wasmtime's side.

use wasmtime::Config;

super::embedding::embedding!(wasmtime, config, other);

fn config(_: bool) -> Config {
    let mut config = Config::new();
    config
        .wasm_custom_page_sizes(true)
        .wasm_wide_arithmetic(true)
        .wasm_multi_memory(true)
        .wasm_memory64(true);
    config
}

fn other(_: Option<&Trap>) -> Fault {
    Fault::Other
}

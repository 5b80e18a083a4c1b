//! Fantail and wasmparser agree on what a valid module is.

use fantail_core::features::Features;
use fantail_core::module::Module;
use fantail_core::types::TypeStore;
use fantail_core::{Error, ErrorKind};
use wasmparser::{Validator, WasmFeatures};

/// What wasmparser has for each proposal of [`Features::all`].
fn features() -> WasmFeatures {
    WasmFeatures::WASM3
        | WasmFeatures::GC_TYPES
        | WasmFeatures::THREADS
        | WasmFeatures::LEGACY_EXCEPTIONS
        | WasmFeatures::CUSTOM_PAGE_SIZES
        | WasmFeatures::WIDE_ARITHMETIC
}

/// Decodes and validates `bytes` with both and every proposal switched on; says whether they are a valid module, or
/// nothing if one of the two refused them for a limit of its own.
///
/// # Panics
/// When the two do not agree.
pub fn validate(bytes: &[u8]) -> Option<bool> {
    let ours = Module::parse(bytes, &Features::all(), &mut TypeStore::new());
    let theirs = Validator::new_with_features(features()).validate_all(bytes);
    let limit = |error: &Error| matches!(error.kind(), ErrorKind::Limit | ErrorKind::Unsupported);
    match (ours, theirs) {
        (Ok(_), Ok(_)) => Some(true),
        (Err(error), _) if limit(&error) => None,
        (Err(_), Err(_)) => Some(false),
        (Ok(_), Err(error)) if is_limit(error.message()) => None,
        (Ok(_), Err(error)) => panic!("valid here, but wasmparser says: {error}"),
        (Err(error), Ok(_)) => panic!("valid for wasmparser, but here: {error}"),
    }
}

/// Whether wasmparser's `message` is about what an implementation may limit (appendix A.2 of the specification).
fn is_limit(message: &str) -> bool {
    ["exceeds the limit", "out of bounds: implementation", "too large", "count of"]
        .iter()
        .any(|part| message.contains(part))
}

//! Modules out of random bytes, by wasm-smith.
//!
//! Invariant: a module for [`Kind::Execute`] ends, whatever is called: loops and functions count a global down. It imports
//! nothing, keeps below a megabyte of memory, and its NaNs are canonical, so that all engines have to agree on it.

use arbitrary::{Arbitrary, Unstructured};
use wasm_smith::{Config, Module};

/// What a module is for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Kind {
    /// To be validated: it uses whatever there is.
    Validate,
    /// To be executed by Fantail and by a peer. It uses what both have: no threads, and where that peer is wasmi, no
    /// garbage collection and no exceptions.
    Execute,
}

/// How many loop iterations and calls a module may make altogether.
const FUEL: u32 = 20_000;
/// Largest memory, in bytes.
const MEMORY: u64 = 1 << 20;

/// The module that `bytes` stand for, if they are enough for one.
pub fn generate(bytes: &[u8], kind: Kind) -> Option<Vec<u8>> {
    let mut bytes = Unstructured::new(bytes);
    let mut config = Config::arbitrary(&mut bytes).ok()?;
    config.threads_enabled = kind == Kind::Validate;
    config.custom_page_sizes_enabled = kind == Kind::Validate;
    config.compact_imports_enabled = false;
    config.max_memories = 3.max(config.min_memories as usize);
    config.max_tables = 3.max(config.min_tables as usize);
    config.max_instructions = 300;
    if kind == Kind::Execute {
        config.gc_enabled = cfg!(feature = "wasmtime");
        config.exceptions_enabled = cfg!(feature = "wasmtime");
        config.simd_enabled = cfg!(any(feature = "simd", feature = "wasmtime"));
        // wasm-smith does not make the NaNs of these canonical.
        config.relaxed_simd_enabled = false;
        config.canonicalize_nans = true;
        // Its guards are what wasmi 2.0 miscompiles: `select` of 1 and x by `i64.eqz x`.
        config.disallow_traps = false;
        (config.min_imports, config.max_imports) = (0, 0);
        (config.min_funcs, config.max_funcs) = (1, 20);
        config.export_everything = true;
        config.allow_start_export = true;
        config.max_memory32_bytes = MEMORY;
        config.max_memory64_bytes = MEMORY.into();
        config.memory_max_size_required = true;
        config.max_table_elements = 1_000;
        config.table_max_size_required = true;
    }
    let mut module = Module::new(config, &mut bytes).ok()?;
    if kind == Kind::Execute {
        module.ensure_termination(FUEL).ok()?;
    }
    Some(module.to_bytes())
}

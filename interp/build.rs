//! Chooses the executor's dispatcher: `cfg(fantail_tail)` where handlers can be trusted to end in a tail call. And whether
//! it has a set of vector handlers for each kind of machine: `cfg(fantail_vector_sets)` in builds that are optimized.

use std::env;

fn main() {
    println!("cargo::rustc-check-cfg=cfg(fantail_tail)");
    println!("cargo::rustc-check-cfg=cfg(fantail_vector_sets)");
    println!("cargo::rustc-check-cfg=cfg(fantail_count)");
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-env-changed=FANTAIL_DISPATCH");
    if tail_calls() {
        println!("cargo::rustc-cfg=fantail_tail");
    }
    // Elsewhere one back end is all there is. Without optimization none is fast, and their handlers take minutes to compile.
    let several = matches!(var("CARGO_CFG_TARGET_ARCH").as_str(), "x86_64" | "aarch64");
    if several && is_optimized() && has_fusion() {
        println!("cargo::rustc-cfg=fantail_vector_sets");
    }
}

fn var(name: &str) -> String {
    env::var(name).unwrap_or_default()
}

/// Whether ops have handlers. Those of compact code are the arms of one `match`.
fn has_fusion() -> bool {
    env::var_os("CARGO_FEATURE_FUSION").is_some()
}

/// Whether handlers are small. Debug assertions take addresses of locals, which keeps some calls from becoming jumps.
fn is_optimized() -> bool {
    !matches!(var("OPT_LEVEL").as_str(), "0" | "1") && env::var_os("CARGO_CFG_DEBUG_ASSERTIONS").is_none()
}

/// Whether the compiler turns a call in tail position into a jump under this build's settings. Otherwise handlers would
/// grow the native stack with every op. At opt-level 1 it does so for most, but not where something is not inlined.
fn tail_calls() -> bool {
    // Elsewhere the calling convention passes too few arguments in registers, or nobody has looked at the result.
    let arch = matches!(var("CARGO_CFG_TARGET_ARCH").as_str(), "x86_64" | "aarch64" | "riscv64");
    let flags = var("CARGO_ENCODED_RUSTFLAGS");
    // Both put calls at the ends of functions.
    let instrumented = flags.contains("sanitizer") || flags.contains("instrument-coverage");
    // `FANTAIL_DISPATCH=looped` asks for the loop, to test it; and ops are counted by the loop.
    let looped = var("FANTAIL_DISPATCH") == "looped" || env::var_os("CARGO_CFG_FANTAIL_COUNT").is_some();
    // Compact code is executed in place, and its ops are numbers.
    has_fusion() && is_optimized() && arch && !instrumented && !looped
}

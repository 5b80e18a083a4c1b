//! The choice of the implementation.
//!
//! Every back end is a module with the same functions: it re-exports those of the next simpler one and defines anew what
//! its machine does better than the compiler makes of them. All give the same results (NaN payloads apart, where the
//! specification leaves them open); the tests hold each against the same model.
//!
//! | back end | machine |
//! |---|---|
//! | [`scalar`] | any |
//! | `sse2` | every x86-64 |
//! | `neon` | every 64-bit Arm processor |
//! | `wasm` | WebAssembly with `simd128` |
//! | `sse41` | x86-64 with SSE4.1 and SSSE3: its functions may only be called where these have been detected |
//!
//! Two more differ in the relaxed instructions alone, which they have in the form that is fastest on the machine. The
//! specification allows it, for those who do not need the same results everywhere:
//!
//! | back end | machine |
//! |---|---|
//! | [`native`] | any; where nothing is known to be faster, the deterministic form |
//! | `native_fma` | x86-64 with FMA, SSE4.1 and SSSE3, which have to be detected |

pub mod scalar;

#[cfg(all(target_arch = "aarch64", target_endian = "little"))]
pub mod neon;
#[cfg(all(target_arch = "wasm32", target_feature = "simd128"))]
pub mod wasm;
#[cfg(target_arch = "x86_64")]
mod x86;
#[cfg(target_arch = "x86_64")]
pub use x86::{native, native_fma, sse2, sse41};

/// Relaxed instructions in the form that is fastest on every machine of the build target.
#[cfg(not(target_arch = "x86_64"))]
pub use chosen as native;

/// The best back end that the build target is sure to have.
#[cfg(all(target_arch = "aarch64", target_endian = "little"))]
pub use neon as chosen;
/// The best back end that the build target is sure to have.
#[cfg(not(any(
    target_arch = "x86_64",
    all(target_arch = "aarch64", target_endian = "little"),
    all(target_arch = "wasm32", target_feature = "simd128")
)))]
pub use scalar as chosen;
/// The best back end that the build target is sure to have.
#[cfg(target_arch = "x86_64")]
pub use sse2 as chosen;
/// The best back end that the build target is sure to have.
#[cfg(all(target_arch = "wasm32", target_feature = "simd128"))]
pub use wasm as chosen;

//! Oracles: what must hold for any bytes whatever. Fuzz targets call them, and so do the tests, seeded and bounded.
//!
//! | oracle | what must hold |
//! |---|---|
//! | [`translate`] | bytes are rejected, or translated to code that the verifier accepts |
//! | [`validate`] | Fantail and wasmparser agree on whether they are a valid module |
//! | [`execute`] | Fantail and wasmi, or Wasmtime, agree on everything that a module does |
//!
//! [`generate`] makes modules for them, and [`program`] such as compilers make. With a nightly compiler and [cargo-fuzz](https://crates.io/crates/cargo-fuzz),
//! each is a fuzz target:
//!
//! ```sh
//! cargo +nightly fuzz run --fuzz-dir fuzz --features libfuzzer,wasmtime execute
//! ```
//!
//! With wasmi as the peer the target would stop where that panics.
//!
//! Invariant: an oracle panics exactly when it has found a fault of Fantail's, or of the peer it asks.

mod execute;
mod generate;
mod numbers;
mod program;
mod translate;
mod validate;

pub use execute::{Outcome, execute};
pub use generate::{Kind, generate};
pub use numbers::Numbers;
pub use program::program;
pub use translate::{Verdict, translate};
pub use validate::validate;

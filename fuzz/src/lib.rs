//! Oracles: what must hold for any bytes whatever. Fuzz targets call them, and so do the tests, seeded and bounded.
//!
//! | oracle | what must hold |
//! |---|---|
//! | [`translate`] | bytes are rejected, or translated to code that the verifier accepts |
//! | [`validate`] | Fantail and wasmparser agree on whether they are a valid module |
//! | [`execute`] | Fantail and wasmi, or Wasmtime, agree on everything that a module does |
//!
//! [`generate`] makes modules for them, and [`program`] such as compilers make. With a nightly compiler each is a fuzz
//! target, which `fuzz/run` builds and runs for so many minutes of processor time, on what the example `seeds` writes and
//! earlier runs have found:
//!
//! ```sh
//! fuzz/run translate 30
//! fuzz/run validate 30
//! fuzz/run execute 30
//! ```
//!
//! With [cargo-fuzz](https://crates.io/crates/cargo-fuzz), of use to make a failing input smaller, it is
//! `cargo +nightly fuzz run --fuzz-dir fuzz --features libfuzzer,wasmtime execute`. With wasmi as the peer the target would
//! stop where that panics.
//!
//! In its last run of 14 minutes of processor time, `validate` tried 393,000 inputs, which reached 6,493 of the edges that are
//! instrumented, and found no difference.
//!
//! What is found becomes a script in `interp/cli/tests/regressions`, as small as it can be made.
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

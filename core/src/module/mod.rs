//! Modules: from bytes to index spaces.

#[expect(clippy::module_inception, reason = "the module that describes a module")]
mod module;
pub use module::*;

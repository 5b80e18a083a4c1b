//! Modules: from bytes to index spaces.

mod immediate;
#[expect(clippy::module_inception, reason = "the module that describes a module")]
mod module;
mod reader;
pub use immediate::*;
pub use module::*;
pub use reader::*;

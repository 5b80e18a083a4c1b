//! Modules: from bytes to index spaces.
//!
//! ```text
//! bytes ──Reader──▶ integers, names, types, instructions
//!       ──sections─▶ Module: index spaces, each item checked as it is added
//!       ──names────▶ names of functions, for messages
//!       ──custom───▶ what is wrong with custom sections, on request
//! ```

mod cursor;
mod custom;
mod immediate;
#[expect(clippy::module_inception, reason = "the module that describes a module")]
mod module;
mod names;
mod reader;
mod sections;
mod type_section;

pub(crate) use cursor::Cursor;
pub use immediate::*;
pub use module::*;
pub use reader::{Reader, Result};
pub(crate) use reader::{length_out_of_bounds, missing, no_floats};

#[cfg(test)]
pub(crate) mod tests;

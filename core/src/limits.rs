//! How large a module may be, beyond which it is rejected with an error of kind
//! [`Limit`](crate::ErrorKind::Limit).
//!
//! The figures are those that web browsers agreed on (WebAssembly JavaScript Interface, "Implementation-defined
//! Limits") where they have one, so a module that runs there is not rejected here.

use crate::error::Error;
use crate::text::format;

/// Types of a module.
pub const TYPES: u32 = 1_000_000;
/// Types of all modules of an engine.
pub const STORE_TYPES: u32 = 1 << 26;
/// Declared supertypes above a type.
pub const SUBTYPING_DEPTH: usize = 63;
/// Parameters of a function type.
pub const PARAMS: u32 = 1_000;
/// Results of a function type.
pub const RESULTS: u32 = 1_000;
/// Fields of a structure.
pub const FIELDS: u32 = 10_000;
/// Functions, and function bodies.
pub const FUNCS: u32 = 1_000_000;
/// Imports.
pub const IMPORTS: u32 = 1_000_000;
/// Exports.
pub const EXPORTS: u32 = 1_000_000;
/// Globals.
pub const GLOBALS: u32 = 1_000_000;
/// Tags.
pub const TAGS: u32 = 1_000_000;
/// Tables.
pub const TABLES: u32 = 100_000;
/// Memories.
pub const MEMORIES: u32 = 100;
/// Element segments.
pub const ELEMENT_SEGMENTS: u32 = 10_000_000;
/// Elements of a segment.
pub const ELEMENTS: u32 = 10_000_000;
/// Data segments.
pub const DATA_SEGMENTS: u32 = 100_000;
/// Bytes of a function body.
pub const BODY_SIZE: usize = 7_654_321;
/// Locals of a function, parameters included.
pub const LOCALS: u32 = 50_000;
/// Operands on the stack of a function body. Two bytes of a call can push a thousand.
pub const OPERANDS: usize = 1_000_000;
/// Elements of `array.new_fixed`.
pub const ARRAY_NEW_FIXED: u32 = 10_000;

/// Fails when `count`, a number of `what`, is more than `limit`.
pub(crate) fn check(count: usize, limit: u32, what: &str) -> Result<(), Error> {
    if count <= limit as usize {
        Ok(())
    } else {
        Err(Error::limit(format!(
            "too many {what}: {count}, where {limit} is the limit of this implementation"
        )))
    }
}

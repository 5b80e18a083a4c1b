//! The part of Fantail that executes nothing: it turns bytes into a valid [`Module`](module::Module) and function
//! bodies into register code.
//!
//! ```text
//! bytes ──decode──▶ sections ──validate──▶ Module ──translate──▶ register code
//!         module/    validate/                      translate/     ir/
//! ```
//!
//! | module | what it holds |
//! |---|---|
//! | [`types`], [`error`] | types and indices as the specification names them, and their identity across modules; what can be wrong with a module |
//! | [`fallible`] | allocation that can fail |
//! | [`features`] | the proposals, and which of them a module may use |
//! | [`instr`] | one table: every WebAssembly instruction |
//! | [`module`] | [`Reader`](module::Reader): bytes as the specification's values; [`Module`](module::Module): the index spaces that the sections fill |
//! | [`validate`] | which modules are valid: the rules for sections, constant expressions and function bodies |
//! | [`image`] | modules prepared to be executed in place |
//! | [`limits`] | how large a module may be |
//! | [`num`] | the scalar numeric instructions as functions |
//! | [`trap`] | why a guest trapped |

#![no_std]
#![forbid(unsafe_code)]

extern crate alloc;

pub mod error;
pub mod fallible;
pub mod features;
pub mod image;
pub mod instr;
pub mod ir;
pub mod limits;
pub mod module;
pub mod num;
mod text;
pub mod translate;
pub mod trap;
pub mod types;
pub mod validate;

pub use error::{Error, ErrorKind};
pub use fallible::OutOfMemory;
pub use features::{Features, Proposal};
pub use instr::Instr;
pub use trap::TrapCode;

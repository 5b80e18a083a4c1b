//! Validation: which well-formed modules are valid.
//!
//! Everything outside function bodies is checked section by section while it is decoded, since a section refers to
//! earlier ones only: `module` holds these rules, `const_expr` those of constant expressions. Function bodies
//! follow the algorithm in the appendix "Validation Algorithm" of the specification:
//!
//! | file | what it holds |
//! |---|---|
//! | `func` | [`FuncValidator`], the loop over a body, and all instructions with a row in the table that says it all |
//! | `stack` | the operand stack and the control stack |
//! | `control`, `reference`, `aggregate`, `table`, `variable` | the instructions that the table calls `special` |
//! | `quick`, `packed` | a short way through what is usual, and the topmost operands as it holds them |
//! | `ty` | types in one word, as the operand stack holds them |
//! | `locals` | types of locals, which ones are set, and how they are used |
//! | `arity` | debug builds count operands and compare |
//! | [`subtype`] | matching |
//!
//! Spec: WebAssembly 3.0, chapter 3 "Validation" and appendix A.3 "Validation Algorithm".

mod aggregate;
mod arity;
mod bitset;
mod const_expr;
mod control;
mod func;
mod locals;
pub(crate) mod module;
mod packed;
mod quick;
mod reference;
mod stack;
pub mod subtype;
mod table;
mod ty;
mod variable;

pub(crate) use bitset::BitSet;
pub use func::{FuncValidator, validate_body};
pub(crate) use locals::{LocalUses, Locals};
pub(crate) use ty::Ty;

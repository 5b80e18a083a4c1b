//! The register IR: what function bodies are translated to and what the executor runs.
//!
//! Code is a sequence of 64-bit words. An op is
//!
//! ```text
//! word 0   number of the op               (threaded form: address of its handler)
//! word 1   d:16 | a:16 | b:32             (or d:16 | a:16 | b:16 | c:16), low bits first
//! word 2…  targets, constants, indices    (threaded form: targets and callees are addresses)
//! ```
//!
//! Both forms have the same length, so making code threaded is one pass over it. A target is the number of a word,
//! counted from the function's first.
//!
//! # The frame
//! A frame is an array of 64-bit cells, the slots, that an op names by 16-bit numbers:
//!
//! ```text
//! fp ▶ parameters, later results │ return record (2 cells) │ further locals │ temporaries ▶
//!      max(parameters, results)    pc and fp of the caller                    │ frame of a callee:
//!                                                                            fp' ▶ parameters │ …
//! ```
//!
//! - Integers and floats are raw bits, 32-bit ones zero-extended; a `v128` takes two adjacent cells, low half first;
//!   a reference is a handle, null = 0.
//! - A caller builds arguments in its topmost temporaries, which are the callee's parameters: `fp' = fp + frame`.
//! - The callee's return record lies at `fp' + record`, with `record = max(parameters, results)` in cells. Returns up to
//!   `record = 3` are ops of their own ([`Family::own_record`]).
//! - Results are left from `fp'` on. A single result is in the accumulator of its type as well.
//!
//! # Registers
//! - One accumulator for integers and references, one for each float type, one for vectors. An op whose destination
//!   is the accumulator writes just that; with a slot destination it writes both, except that copies and constants
//!   with a slot destination leave the accumulator alone. Ops without a result keep every accumulator, except that
//!   calls, and the ops for which the executor calls out, leave them undefined but for a call's single result.
//! - The pin holds one integer local of the function for as long as its frame is the current one: a copy of its slot.
//!   A write to it goes to both and leaves the accumulator alone. A call op names the caller's pinned slot in `pin`, and the
//!   return loads it again. Functions without a pin give slot 0.
//! - The kept vector is what the vector accumulator held when an op last counted at the end of a loop, or what that op
//!   copied, or what `keep` was given. Calls leave it undefined.
//! - The loop register holds where a loop begins. A branch back to there may name it: then the address is not waited for.
//!   It is no more than a guess, which the branch compares with its target, and corrects.
//!
//! [`table`](self) is the single truth: a row for each [`Family`], from which [`Op`]s are numbered.

mod code;
pub mod compact;
mod disasm;
mod family;
mod handler;
mod layout;
mod operand;
#[cfg(any(test, not(feature = "fusion")))]
mod packed;
mod relation;
mod table;
#[cfg(any(feature = "verify", feature = "compile"))]
pub mod verify;

pub use code::{Fields, OpAt, Ops, shift_targets};
pub use disasm::Disassembly;
pub use family::*;
pub use handler::{Action, Catch, ExnSlot, Handler};
pub use operand::{Class, Classes, Field, Name, Operand, Operands, Role, Ty};

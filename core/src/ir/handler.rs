//! Handlers: where execution goes on when an exception is thrown.
//!
//! No op marks the entry of a `try_table`: a function has a list of handlers beside its code, which is looked at only
//! when an exception is thrown by one of its ops, or passes one of its calls.
//!
//! # Invariants
//! - The deepest handlers of a list come first, those of one block in the order of its clauses. Of blocks of the same
//!   depth at most one covers an op. So the first handler that covers the op and catches the exception is the one.
//! - What a handler writes, the code at its target takes from there, and that code depends on no accumulator.
//!
//! Spec: section 4.6.10 "Control Instructions" (`throw_ref`, `try_table`) and the legacy exception handling proposal.

use crate::types::TagIdx;
use core::fmt;

/// What becomes of an exception that leaves certain ops.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Handler {
    /// First word of the ops that it covers.
    pub start: u32,
    /// The word after them.
    pub end: u32,
    /// How deep the block is nested that it belongs to.
    pub depth: u32,
    /// What it does.
    pub action: Action,
}

/// What a [`Handler`] does.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Action {
    /// Catches exceptions.
    Catch(Catch),
    /// Leaves every exception to the handlers of this depth or less: `delegate`.
    Delegate(u32),
}

/// Where execution goes on after an exception, and with what.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Catch {
    /// The tag of the exceptions that it catches; none if it catches all.
    pub tag: Option<TagIdx>,
    /// The word to go on at.
    pub target: u32,
    /// Slot of the first cell of the payload.
    pub payload: u16,
    /// Cells of the payload; 0 if it catches all.
    pub cells: u16,
    /// Where the reference to the exception goes.
    pub exnref: ExnSlot,
    /// The pinned slot of the function, as in a call.
    pub pin: u16,
}

/// What a [`Catch`] does with the reference to the exception.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum ExnSlot {
    /// Nothing.
    None,
    /// Writes it to this slot.
    Reference(u16),
    /// Writes null to this slot: nothing will look for the exception there, but it has to be a reference.
    Null(u16),
}

impl Handler {
    /// Whether it covers the op that `word` belongs to.
    #[inline]
    pub const fn covers(&self, word: u32) -> bool {
        self.start <= word && word < self.end
    }
}

/// As in disassembly: `2..9 catch tag 0 s3..s4, null s2 -> 17`.
impl fmt::Display for Handler {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}..{} ", self.start, self.end)?;
        let catch = match &self.action {
            Action::Delegate(depth) => return write!(f, "delegate to depth {depth}"),
            Action::Catch(catch) => catch,
        };
        match catch.tag {
            Some(tag) => write!(f, "catch tag {tag}")?,
            None => f.write_str("catch all")?,
        }
        match catch.cells {
            0 => {}
            1 => write!(f, " s{}", catch.payload)?,
            cells => write!(f, " s{}..s{}", catch.payload, u32::from(catch.payload) + u32::from(cells) - 1)?,
        }
        match catch.exnref {
            ExnSlot::None => {}
            ExnSlot::Reference(slot) => write!(f, ", exnref s{slot}")?,
            ExnSlot::Null(slot) => write!(f, ", null s{slot}")?,
        }
        write!(f, " -> {}", catch.target)
    }
}

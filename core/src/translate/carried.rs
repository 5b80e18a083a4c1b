//! Vectors that loops carry from one iteration to the next in a register: the *kept vector*.
//!
//! What was written to a slot is there again about ten cycles later, which is as long as three or four ops take. The next
//! iteration of a loop whose variables are vectors often has nothing else to do than wait for them. So ops that count at
//! the end of a loop keep what the vector accumulator holds then, or the vector that they copy, in a register that nothing
//! else writes; it costs them nothing. If that is the value of a local, ops of the next iteration take it from there.
//!
//! ```text
//! 8: acc = v128.load s0 +0                      keep.v128 s3
//!    s3, acc = f32x4.mul+add acc, s5, s3        10: acc = v128.load s0 +0
//!    add_br_i32.ne s0 += 16, s1 -> 8                s3, acc = f32x4.mul+add acc, s5, kept
//!                                                   add_br_i32.ne s0 += 16, s1 -> 10
//! ```
//!
//! What the branches back leave there is known once a loop has been translated. So a function with such a loop, and with an op
//! that could take it from there, is translated once more, as for [`Constants`](super::constants::Constants); and again if a loop
//! turns out to carry something else then, or to have no use for it.
//!
//! Invariant: where the kept vector is said to be what a slot holds, every way there has let it be that.

use super::control::Kind;
use super::emit::{Imm, Src};
use super::func::Translation;
use super::stack::{Entry, NONE};
use crate::fallible::{OutOfMemory, TryVec};
use crate::ir::{Class, Family, Fields, Shape, Ty};
use alloc::vec::Vec;

/// As the slot of the kept vector: any, where a loop's is not known yet.
pub(super) const ANY: u32 = NONE - 1;

/// Most operands of an op that are vectors.
const MOST_OPERANDS: usize = 3;

/// What is known of a function's loops.
#[derive(Debug, Default)]
pub(super) struct Carried {
    /// By loop, in the order of their starts: the slot of the local that it carries, or [`NONE`].
    slots: Vec<u32>,
    /// How many loops have begun in this translation.
    begun: usize,
    /// Whether `slots` are those that a translation before this one has found.
    known: bool,
    /// Whether this translation has found that they are not.
    wrong: bool,
    /// Slots from which ops have read what they could have taken from the kept vector, had it been that.
    wanted: Vec<u16>,
    /// How many operands were the kept vector.
    uses: u32,
}

impl Carried {
    /// Forgets the loops of another function.
    pub(super) fn clear(&mut self) {
        self.slots.clear();
        self.known = false;
    }

    /// Makes room for what the operands of one op may have wanted.
    ///
    /// # Errors
    /// When there is not enough memory.
    pub(super) fn make_room(&mut self) -> Result<(), OutOfMemory> {
        Ok(self.wanted.try_reserve(MOST_OPERANDS)?)
    }

    /// Begins a translation.
    pub(super) fn begin(&mut self) {
        (self.begun, self.wrong, self.uses) = (0, false, 0);
        self.wanted.clear();
        if !self.known {
            self.slots.clear();
        }
    }

    /// Says whether something was found that the function has to be translated for once more.
    pub(super) fn found(&mut self) -> bool {
        if self.known {
            return self.wrong;
        }
        self.known = self.slots.iter().any(|&slot| slot != NONE);
        self.known
    }
}

/// What the branches back to the start of a loop leave in the kept vector.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Back {
    /// There was none yet.
    None,
    /// What this slot of a local holds.
    Slot(u16),
    /// Not all the same.
    Unknown,
}

impl Translation<'_> {
    /// Rule *carried vector*, where a loop begins: lets the kept vector be what the loop carries. Returns the loop's number,
    /// and the slot of what it carries, [`NONE`] or [`ANY`].
    ///
    /// # Errors
    /// When there is not enough memory.
    pub(super) fn carry_into(&mut self) -> Result<(u32, u32), OutOfMemory> {
        if self.slots_only() {
            return Ok((NONE, NONE));
        }
        let carried = &mut self.s.carried;
        let number = carried.begun;
        carried.begun += 1;
        if !carried.known {
            carried.slots.try_push(NONE)?;
            return Ok((number as u32, ANY));
        }
        let slot = carried.slots.get(number).copied().unwrap_or(NONE);
        if let Ok(slot) = u16::try_from(slot) {
            let in_acc = self.s.stack.mirrors(Ty::V128, slot);
            self.op(Family::KeepV128.first() + u16::from(in_acc), Fields::wide(0, slot, 0));
        }
        Ok((number as u32, slot))
    }

    /// The slot of a local whose value the branch with its target in `word`, which was emitted last, leaves in the kept
    /// vector.
    pub(super) fn kept_by(&self, word: u32) -> Option<u16> {
        let (_, cond) = self.exit.filter(|(at, _)| at + 2 == word)?;
        let slot = match cond.family.shape() {
            Shape::CopyAddBr => cond.fields.c16(),
            Shape::AddBr | Shape::AddBr2 => self.s.stack.mirror(Ty::V128)?,
            _ => return None,
        };
        (u32::from(slot) < self.temps).then_some(slot)
    }

    /// Notes a branch back to the start of loop `frame`, with the value of the local in slot `kept` in the kept vector.
    pub(super) fn branches_back(&mut self, frame: usize, kept: Option<u16>) {
        let (_, back) = &mut self.s.frames[frame].carried;
        *back = match (*back, kept) {
            (Back::None, Some(slot)) => Back::Slot(slot),
            (Back::Slot(other), Some(slot)) if other == slot => *back,
            _ => Back::Unknown,
        };
    }

    /// Notes what loop `frame`, which ends here, carries.
    pub(super) fn carried(&mut self, frame: usize) {
        debug_assert_eq!(self.s.frames[frame].kind, Kind::Loop);
        let (number, back) = self.s.frames[frame].carried;
        let found = match back {
            Back::Slot(slot) if self.s.carried.known || self.s.carried.wanted.contains(&slot) => slot.into(),
            _ => NONE,
        };
        let carried = &mut self.s.carried;
        let Some(slot) = carried.slots.get_mut(number as usize) else { return };
        if !carried.known {
            *slot = found;
        } else if *slot != NONE && (*slot != found || carried.uses == 0) {
            (*slot, carried.wrong) = (NONE, true);
        }
        carried.uses = 0;
    }

    /// The operand that `entry`, a vector that was popped, is for an op that can take the kept vector there or not. There is
    /// [room](Carried::make_room) for it.
    pub(super) fn vector_src(&mut self, entry: Entry, takes_kept: bool) -> Src {
        let src = self.src(entry, Imm::No, false);
        if takes_kept && src.class == Class::Slot {
            match self.s.stack.kept() {
                ANY => {
                    let wanted = &mut self.s.carried.wanted;
                    debug_assert!(wanted.len() < wanted.capacity(), "room was made before the op");
                    wanted.push(src.short());
                }
                kept if kept == src.bits => {
                    self.s.carried.uses += 1;
                    return Src { class: Class::Pin, ..src };
                }
                _ => {}
            }
        }
        src
    }
}

//! Vector constants of loops: they are written into slots of their own before the body.
//!
//! | rule | before | after |
//! |---|---|---|
//! | constant of a loop | `acc = const.v128 …` in a loop | `s9 = const.v128 …` once, before the body, and `s9` |
//! | constant local | `s3 = copy.v128 s9; acc = i8x16.eq s1, s3` | `acc = i8x16.eq s1, s9` |
//!
//! Compilers put a constant that a loop uses more than once into a local, where they use it first: in each iteration. A local
//! that is never read before it is written, and that nothing but one such constant is written to, is that constant.
//!
//! What there is of both is found when a function is translated, and it is translated once more to make use of it.
//!
//! Invariant: a constant has a slot that nothing else writes, and so has a local that is one: the same.

use super::control::Kind;
use super::entry::Local;
use super::func::Translation;
use super::stack::{Entry, Place};
use crate::error::Error;
use crate::fallible::{OutOfMemory, TryVec};
use crate::ir::{Family, Fields, Op, Ty};
use crate::validate::LocalUses;
use alloc::vec::Vec;

/// Instead of the position of a constant: nothing was written to the local yet.
const UNWRITTEN: u8 = u8::MAX;

/// Instead of the position of a constant: the local is none.
const OTHER: u8 = UNWRITTEN - 1;

/// How many constants of a function are kept in slots.
const MOST: usize = 32;

/// Constants that loops of a function use. They are found when it is translated, and it is translated once more, to
/// write them into slots of their own before its body.
#[derive(Debug, Default)]
pub(super) struct Constants {
    values: Vec<u128>,
    /// The slot of the first, once they have slots.
    pub(super) first: Option<u16>,
    /// Whether they are to have slots.
    wanted: bool,
    /// By slot of a local: the position of the only constant that is written to it, or [`UNWRITTEN`] or [`OTHER`].
    only: Vec<u8>,
}

impl Constants {
    /// Forgets those of another function.
    pub(super) fn clear(&mut self) {
        self.values.clear();
        self.only.clear();
        (self.first, self.wanted) = (None, false);
    }

    /// How many cells to give them.
    pub(super) fn cells(&self) -> u32 {
        if self.wanted { self.values.len() as u32 * 2 } else { 0 }
    }

    /// Says whether some have been found that have no slots yet; they will have them in the next translation.
    pub(super) fn found(&mut self) -> bool {
        let found = !self.wanted && !self.values.is_empty();
        self.wanted |= found;
        found
    }

    /// Makes room to note what is written to the locals in slots below `end`, of which those from `first` on are no
    /// parameters.
    ///
    /// # Errors
    /// When there is not enough memory.
    pub(super) fn watch(&mut self, first: u32, end: u32) -> Result<(), OutOfMemory> {
        if !self.wanted {
            self.only.try_resize(first as usize, OTHER)?;
            self.only.try_resize(end as usize, UNWRITTEN)?;
        }
        Ok(())
    }

    fn position(&self, value: u128) -> Option<usize> {
        self.values.iter().position(|&other| other == value)
    }

    fn slot(&self, value: u128) -> Option<u16> {
        let at = self.position(value)?;
        Some(self.first? + 2 * at as u16)
    }

    /// Notes that `value` is written to the local in slot `slot`, or something else.
    fn note(&mut self, slot: u16, value: Option<u128>) {
        let written = value.and_then(|value| self.position(value)).map_or(OTHER, |at| at as u8);
        // What is not there is a local of an inlined function.
        if let Some(only) = self.only.get_mut(usize::from(slot)) {
            *only = if *only == UNWRITTEN || *only == written { written } else { OTHER };
        }
    }

    /// The slot of the constant that the local in slot `slot` is, if it is one and constants have slots.
    fn of_local(&self, slot: u16) -> Option<u16> {
        let at = *self.only.get(usize::from(slot))?;
        if usize::from(at) < self.values.len() { Some(self.first? + 2 * u16::from(at)) } else { None }
    }
}

impl Translation<'_> {
    /// Emits the constants of loops.
    pub(super) fn constants(&mut self) {
        let Some(first) = self.s.constants.first else { return };
        for i in 0..self.s.constants.values.len() {
            let value = self.s.constants.values[i];
            let slot = first + 2 * i as u16;
            self.op(Family::ConstV128.first() + 1, Fields::wide(slot, 0, 0));
            self.two_words(value);
        }
    }

    /// Rule *constant of a loop*.
    pub(super) fn vector_const(&mut self, value: u128) -> Result<(), Error> {
        if let Some(slot) = self.s.constants.slot(value) {
            let home = self.next_home(Ty::V128)?;
            self.s.refs[usize::from(slot)] += 1;
            self.s.stack.push(Entry::new(Place::Local(slot), Ty::V128, home));
            return Ok(());
        }
        // So many more cells must not be what a function fails for.
        let room = self.s.frame_cells < 1 << 15 && self.s.constants.values.len() < MOST;
        let repeats = self.s.frames.iter().any(|frame| frame.kind == Kind::Loop);
        if room && repeats && !self.s.constants.wanted && !self.s.constants.values.contains(&value) {
            self.s.constants.values.try_push(value)?;
        }
        self.define(Family::ConstV128.first(), Fields::default(), Ty::V128)?;
        self.two_words(value);
        Ok(())
    }

    /// Rule *constant local*: lets locals that are a constant have its slot.
    pub(super) fn constant_locals(&mut self, uses: &LocalUses) {
        if self.s.constants.first.is_none() {
            return;
        }
        for (index, local) in (0..).zip(&mut self.s.locals) {
            // One that may be read before it is written is zero then.
            if local.ty() == Ty::V128
                && !uses.zeroed.contains(&index)
                && let Some(slot) = self.s.constants.of_local(local.slot())
            {
                *local = Local::new(slot, Ty::V128, false);
            }
        }
    }

    /// Says whether the local in slot `slot`, to which `entry` is to be written, is a constant: then it is that already.
    /// Notes what is written if that is still to be found out.
    #[inline(never)]
    pub(super) fn writes_constant(&mut self, slot: u16, entry: &Entry) -> bool {
        if let Some(first) = self.s.constants.first {
            return (u32::from(first)..self.temps).contains(&u32::from(slot));
        }
        let value = match entry.place() {
            Place::Acc(at) => self.constant_at(at as usize),
            _ => None,
        };
        self.s.constants.note(slot, value);
        false
    }

    /// The constant that the op at `at` puts into the accumulator.
    fn constant_at(&self, at: usize) -> Option<u128> {
        let op = Op::new(*self.s.code.get(at)?)?;
        let (low, high) = (*self.s.code.get(at + 2)?, *self.s.code.get(at + 3)?);
        (op.family() == Family::ConstV128).then_some(u128::from(high) << 64 | u128::from(low))
    }

    pub(super) fn two_words(&mut self, value: u128) {
        self.word(value as u64);
        self.word((value >> 64) as u64);
    }
}

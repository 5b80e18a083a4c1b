//! Locals: what `local.get`, `local.set` and `local.tee` do to the symbolic stack.
//!
//! Invariant: `refs` counts, for each slot of a local, the entries of the stack that are its value. Those are moved to their
//! homes before the local is written.

use super::func::Translation;
use super::stack::{Entry, Place};
use crate::error::Error;
use crate::ir::{Class, Family, Fields, Ty};

impl Translation<'_> {
    #[inline(always)]
    pub(super) fn forget_ref(&mut self, slot: u16) {
        self.s.refs[usize::from(slot)] -= 1;
    }

    #[inline(always)]
    pub(super) fn local_get(&mut self, index: u32) -> Result<(), Error> {
        let operand = self.local_operand(index)?;
        self.push_operand(operand);
        Ok(())
    }

    /// The entry that `local.get` pushes.
    #[inline(always)]
    pub(super) fn local_operand(&mut self, index: u32) -> Result<Entry, Error> {
        let local = self.s.locals[index as usize];
        let home = self.s.stack.end();
        self.need_cells(home + local.cells())?;
        Ok(local.entry(home as u16))
    }

    /// Pushes an entry that is a constant or the value of a local.
    #[inline(always)]
    pub(super) fn push_operand(&mut self, operand: Entry) {
        if let Place::Local(slot) = operand.place() {
            self.s.refs[usize::from(slot)] += 1;
        }
        self.s.stack.push_in_place(operand);
    }

    pub(super) fn local_set(&mut self, index: u32) {
        let entry = self.pop();
        self.set_local(index, entry);
    }

    /// Writes `entry`, which was popped, to a local.
    #[inline]
    pub(super) fn set_local(&mut self, index: u32, entry: Entry) {
        let local = self.s.locals[index as usize];
        let (slot, ty) = (local.slot(), local.ty());
        if ty == Ty::V128 && self.writes_constant(slot, &entry) {
            return;
        }
        let preserved = self.preserve(slot);
        let pinned = u32::from(slot) == self.pin;
        if !preserved && self.is_last(&entry) {
            // The destination, and with it the op's number, follows the table: accumulator, slot, pin.
            let at = self.last_op as usize;
            self.s.code[at] += if pinned { 2 } else { 1 };
            self.s.code[at + 1] = Fields(self.s.code[at + 1]).with_d(slot).0;
            self.s.stack.wrote(slot, ty);
            if self.second_step() {
                return;
            }
            if ty == Ty::V128 {
                self.rotation_in_place(slot);
            }
            if !pinned && !self.is_quiet(self.last_op) {
                self.s.stack.set_mirror(ty, slot);
            }
            return;
        }
        let is_acc = matches!(entry.place(), Place::Acc(_));
        if pinned {
            self.copy_to_pin(entry, slot);
        } else {
            self.copy_to(entry, slot);
        }
        if is_acc {
            self.s.stack.set_mirror(ty, slot);
        }
    }

    fn copy_to_pin(&mut self, entry: Entry, slot: u16) {
        match entry.place() {
            Place::Const(bits) => self.const_to(bits, Class::Pin, slot),
            Place::Local(local) if local == slot => return,
            _ => {
                let src = self.src_of(entry);
                if !self.second_copy(src, Class::Pin, slot) {
                    self.op(Family::Copy.first() + src.digit() * 3 + 2, Fields::wide(slot, src.short(), 0));
                }
            }
        }
        self.s.stack.wrote(slot, entry.ty());
    }

    /// Moves stack entries that are the value of the local in `slot` to their homes before that is written. Says
    /// whether there were any.
    fn preserve(&mut self, slot: u16) -> bool {
        if self.s.refs[usize::from(slot)] == 0 {
            return false;
        }
        let mut index = self.s.stack.len();
        while self.s.refs[usize::from(slot)] > 0 && index > 0 {
            index -= 1;
            if self.s.stack.get(index).place() == Place::Local(slot) {
                self.materialize(index);
            }
        }
        true
    }

    /// Says that an entry which was the value of the local in `slot` no longer is.
    pub(super) fn moved_home(&mut self, place: Place) {
        if let Place::Local(slot) = place {
            self.forget_ref(slot);
        }
    }
}

//! The symbolic operand stack, and what the accumulators are known to hold.
//!
//! # Invariants
//! - Every entry has a *home*: the temporary slot that belongs to its place on the stack. Homes rise with the
//!   stack, so the homes of adjacent entries are adjacent.
//! - An entry whose value is only in an accumulator ([`Place::Acc`]) remembers the op that computed it. That op's
//!   field `d` already names the home, so spilling the entry means turning the op's destination from accumulator to slot
//!   afterwards: adding one to its number. Each accumulator is the only place of at most one entry.
//! - `mirror` names, for each accumulator, a slot that is known to hold the same value, if any.
//! - Entries below `solid` are constants or at home, so entering a block need not look at them.

use crate::fallible::OutOfMemory;
use crate::ir::Ty;
use alloc::vec::Vec;

/// No slot, no entry, no op.
pub(super) const NONE: u32 = u32::MAX;

/// Where the value of an entry is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Place {
    /// In its home.
    Home,
    /// In the slot of a local, which has not been written since.
    Local(u16),
    /// Nowhere: it is this constant, as raw bits.
    Const(u64),
    /// In the accumulator of its type, put there by the op at this word.
    Acc(u32),
}

/// An entry of the operand stack.
#[derive(Clone, Copy, Debug)]
pub(super) struct Entry {
    pub(super) place: Place,
    pub(super) ty: Ty,
    pub(super) home: u16,
    /// Whether a collector has to look at it: a reference, but not to a function.
    pub(super) traced: bool,
}

/// Cells that a value of type `ty` takes.
#[inline(always)]
pub(super) const fn cells(ty: Ty) -> u32 {
    // i32, i64, f32, f64, v128, none: looked up, as it is asked for every entry.
    const CELLS: [u8; 6] = [1, 1, 1, 1, 2, 0];
    CELLS[ty as usize] as u32
}

/// The accumulator of `ty`.
#[inline(always)]
pub(super) const fn register(ty: Ty) -> usize {
    const REGISTERS: [u8; 6] = [0, 0, 1, 2, 3, 0];
    REGISTERS[ty as usize] as usize
}

/// The stack and the accumulators.
#[derive(Debug)]
pub(super) struct Stack {
    entries: Vec<Entry>,
    /// For each accumulator, the entry that is nowhere else.
    held: [u32; 4],
    /// For each accumulator, a slot with the same value.
    mirror: [u32; 4],
    /// Entries below this are constants or at home.
    solid: usize,
    /// The first cell above the homes.
    end: u32,
    /// Whether operands are slots only: an op with the accumulator as its destination will be one with a slot then, so
    /// what would be in the accumulator is at home.
    slots_only: bool,
}

impl Default for Stack {
    fn default() -> Self {
        Self {
            entries: Vec::new(),
            held: [NONE; 4],
            mirror: [NONE; 4],
            solid: 0,
            end: 0,
            slots_only: !cfg!(feature = "fusion"),
        }
    }
}

impl Stack {
    /// Whether operands are slots only.
    #[inline(always)]
    pub(super) fn slots_only(&self) -> bool {
        !cfg!(feature = "fusion") || self.slots_only
    }

    /// Lets operands be slots only.
    pub(super) fn set_slots_only(&mut self) {
        self.slots_only = true;
    }

    /// Empties it. The homes of entries begin at cell `first`.
    pub(super) fn clear(&mut self, first: u32) {
        self.entries.clear();
        (self.held, self.mirror, self.solid, self.end) = ([NONE; 4], [NONE; 4], 0, first);
    }

    /// The first cell above the homes of all entries.
    #[inline]
    pub(super) fn end(&self) -> u32 {
        self.end
    }

    pub(super) fn len(&self) -> usize {
        self.entries.len()
    }

    #[inline]
    pub(super) fn get(&self, index: usize) -> Entry {
        self.entries[index]
    }

    pub(super) fn top(&self) -> Option<&Entry> {
        self.entries.last()
    }

    pub(super) fn solid(&self) -> usize {
        self.solid
    }

    /// Declares everything below `index` solid.
    pub(super) fn set_solid(&mut self, index: usize) {
        debug_assert!(
            self.entries[..index].iter().all(|e| matches!(e.place, Place::Home | Place::Const(_))),
            "solid entries do not depend on registers or locals"
        );
        self.solid = index;
    }

    /// Makes room for `count` entries in all.
    ///
    /// # Errors
    /// When there is not enough memory.
    pub(super) fn make_room(&mut self, count: usize) -> Result<(), OutOfMemory> {
        if count > self.entries.capacity() {
            self.entries.try_reserve(count - self.entries.len())?;
        }
        Ok(())
    }

    /// Adds `entry`, for which there is room: each has cells of its own in the frame, and when the frame grows, so does
    /// this, see [`make_room`](Self::make_room).
    #[inline(always)]
    pub(super) fn push(&mut self, entry: Entry) {
        debug_assert_eq!(u32::from(entry.home), self.end, "homes are adjacent");
        debug_assert!(self.entries.len() < self.entries.capacity(), "room was made when the frame grew");
        self.end = u32::from(entry.home) + cells(entry.ty);
        if let Place::Acc(_) = entry.place {
            let register = register(entry.ty);
            debug_assert_eq!(self.held[register], NONE, "the accumulator was spilled before");
            self.held[register] = self.entries.len() as u32;
            self.mirror[register] = NONE;
        }
        self.entries.push(entry);
    }

    /// Takes the top entry. If it was in an accumulator it still is, until the next op that writes that.
    #[inline(always)]
    pub(super) fn pop(&mut self) -> Entry {
        let entry = self.entries.pop().expect("validation proved the operand");
        self.end = entry.home.into();
        if let Place::Acc(_) = entry.place {
            self.held[register(entry.ty)] = NONE;
        }
        self.solid = self.solid.min(self.entries.len());
        entry
    }

    /// Says that the value of entry `index` is in its home now. Its accumulator still holds it too.
    pub(super) fn set_home(&mut self, index: usize) {
        let Entry { place, ty, home, .. } = self.entries[index];
        self.entries[index].place = Place::Home;
        self.wrote(home, ty);
        if let Place::Acc(_) = place {
            self.held[register(ty)] = NONE;
            self.mirror[register(ty)] = home.into();
        }
    }

    /// Changes the type of the top entry to one that the same accumulator serves.
    pub(super) fn retype_top(&mut self, ty: Ty) {
        let top = self.entries.last_mut().expect("validation proved the operand");
        debug_assert_eq!(register(top.ty), register(ty));
        top.ty = ty;
    }

    /// Says whether a collector has to look at the top entry.
    pub(super) fn trace_top(&mut self, traced: bool) {
        if let Some(top) = self.entries.last_mut() {
            top.traced = traced;
        }
    }

    /// The entries, bottom first.
    pub(super) fn entries(&self) -> &[Entry] {
        &self.entries
    }

    /// The entry that only the accumulator of `ty` holds.
    #[inline]
    pub(super) fn held(&self, ty: Ty) -> Option<usize> {
        let index = self.held[register(ty)];
        (index != NONE).then_some(index as usize)
    }

    /// Whether the accumulator of `ty` is known to hold what slot `slot` does.
    #[inline]
    pub(super) fn mirrors(&self, ty: Ty, slot: u16) -> bool {
        !self.slots_only() && self.mirror[register(ty)] == slot.into()
    }

    /// Notes that the accumulator of `ty` now holds what slot `slot` does.
    pub(super) fn set_mirror(&mut self, ty: Ty, slot: u16) {
        self.mirror[register(ty)] = slot.into();
    }

    /// Notes that the accumulator of `ty` was overwritten.
    pub(super) fn clear_mirror(&mut self, ty: Ty) {
        self.mirror[register(ty)] = NONE;
    }

    /// Notes that nothing is known of any accumulator any more.
    pub(super) fn forget(&mut self) {
        debug_assert_eq!(
            self.held, [NONE; 4],
            "an accumulator is forgotten that is the only place of an entry"
        );
        self.mirror = [NONE; 4];
    }

    /// Notes that a value of type `ty` was written to `slot`, so no accumulator mirrors what was there.
    pub(super) fn wrote(&mut self, slot: u16, ty: Ty) {
        let (start, end) = (u32::from(slot), u32::from(slot) + cells(ty));
        for (i, mirror) in self.mirror.iter_mut().enumerate() {
            let width = if i == register(Ty::V128) { 2 } else { 1 };
            // None at all is not less than the end.
            if *mirror < end && start < *mirror + width {
                *mirror = NONE;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_and_registers_are_those_of_the_type() {
        let found =
            [Ty::I32, Ty::I64, Ty::F32, Ty::F64, Ty::V128, Ty::None].map(|ty| (cells(ty), register(ty)));
        assert_eq!(found, [(1, 0), (1, 0), (1, 1), (1, 2), (2, 3), (0, 0)]);
    }
}

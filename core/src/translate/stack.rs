//! The symbolic operand stack, and what the accumulators are known to hold.
//!
//! # Invariants
//! - Every entry has a *home*: the temporary slot that belongs to its place on the stack. Homes rise with the
//!   stack, so the homes of adjacent entries are adjacent.
//! - An entry whose value is only in an accumulator ([`Place::Acc`]) remembers the op that computed it. That op's
//!   field `d` already names the home, so spilling the entry means turning the op's destination from accumulator to slot
//!   afterwards: adding one to its number. Each accumulator is the only place of at most one entry.
//! - `mirror` names, for each accumulator, a slot that is known to hold the same value, if any; `kept` one that is known
//!   to hold what the kept vector does.
//! - Entries below `solid` are constants or at home, so entering a block need not look at them.

pub(super) use super::entry::{Entry, Local, Place, cells, register};
use crate::fallible::OutOfMemory;
use crate::ir::Ty;
use alloc::vec::Vec;

/// No slot, no entry, no op.
pub(super) const NONE: u32 = u32::MAX;

/// No slot: a frame has fewer cells.
const NO_MIRROR: u16 = u16::MAX;

/// The stack and the accumulators.
#[derive(Debug)]
pub(super) struct Stack {
    entries: Vec<Entry>,
    /// For each accumulator, the entry that is nowhere else.
    held: [u32; 4],
    /// For each accumulator, a slot with the same value, or [`NO_MIRROR`].
    mirror: [u16; 4],
    /// A slot with the same value as the kept vector.
    kept: u32,
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
            mirror: [NO_MIRROR; 4],
            kept: NONE,
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
        (self.held, self.mirror, self.kept) = ([NONE; 4], [NO_MIRROR; 4], NONE);
        (self.solid, self.end) = (0, first);
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
            self.entries[..index].iter().all(|e| matches!(e.place(), Place::Home | Place::Const(_))),
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
        debug_assert_eq!(u32::from(entry.home()), self.end, "homes are adjacent");
        debug_assert!(self.entries.len() < self.entries.capacity(), "room was made when the frame grew");
        self.end = u32::from(entry.home()) + entry.cells();
        if entry.is_in_acc() {
            let register = entry.register();
            debug_assert_eq!(self.held[register], NONE, "the accumulator was spilled before");
            self.held[register] = self.entries.len() as u32;
            self.mirror[register] = NO_MIRROR;
        }
        self.entries.push(entry);
    }

    /// Pushes an entry that is not in an accumulator.
    #[inline(always)]
    pub(super) fn push_in_place(&mut self, entry: Entry) {
        debug_assert!(!entry.is_in_acc());
        debug_assert_eq!(u32::from(entry.home()), self.end, "homes are adjacent");
        self.end = u32::from(entry.home()) + entry.cells();
        self.entries.push(entry);
    }

    /// Pushes the integer that the op at `at` computed.
    #[inline(always)]
    pub(super) fn push_int_result(&mut self, at: u32, ty: Ty, home: u16) {
        const INT: usize = register(Ty::I64);
        debug_assert_eq!(u32::from(home), self.end, "homes are adjacent");
        debug_assert_eq!(self.held[INT], NONE, "the accumulator was spilled before");
        self.end = u32::from(home) + 1;
        self.held[INT] = self.entries.len() as u32;
        self.mirror[INT] = NO_MIRROR;
        self.entries.push(Entry::int_result(at, ty, home));
    }

    /// Takes the top two entries, the lower one first.
    #[inline(always)]
    pub(super) fn pop_two(&mut self) -> (Entry, Entry) {
        let &[.., a, b] = self.entries.as_slice() else { unreachable!("validation proved the operands") };
        let len = self.entries.len() - 2;
        self.entries.truncate(len);
        self.end = a.home().into();
        for entry in [&a, &b] {
            if entry.is_in_acc() {
                self.held[entry.register()] = NONE;
            }
        }
        self.solid = self.solid.min(len);
        (a, b)
    }

    /// Takes the top entry. If it was in an accumulator it still is, until the next op that writes that.
    #[inline(always)]
    pub(super) fn pop(&mut self) -> Entry {
        let entry = self.entries.pop().expect("validation proved the operand");
        self.end = entry.home().into();
        if entry.is_in_acc() {
            self.held[entry.register()] = NONE;
        }
        self.solid = self.solid.min(self.entries.len());
        entry
    }

    /// Says that the value of entry `index`, which was in an accumulator only, is in its home now. Its accumulator still
    /// holds it too.
    pub(super) fn set_home(&mut self, index: usize) {
        let entry = self.entries[index];
        debug_assert!(entry.is_in_acc());
        self.entries[index] = entry.at(Place::Home);
        self.wrote(entry.home(), entry.ty());
        self.held[entry.register()] = NONE;
        self.mirror[entry.register()] = self.mirrored(entry.home());
    }

    /// Says that the value of entry `index`, which was in no accumulator only, has been copied to its home.
    pub(super) fn copied_home(&mut self, index: usize) {
        let entry = &mut self.entries[index];
        debug_assert!(!entry.is_in_acc());
        *entry = entry.at(Place::Home);
    }

    /// Says that nobody asks for the value of entry `index` any more.
    pub(super) fn bury(&mut self, index: usize) {
        let entry = &mut self.entries[index];
        debug_assert!(!entry.is_in_acc(), "the accumulator would go on holding it");
        *entry = Entry::new(Place::Const(0), entry.ty(), entry.home());
    }

    /// Changes the type of the top entry to one that the same accumulator serves.
    pub(super) fn retype_top(&mut self, ty: Ty) {
        let top = self.entries.last_mut().expect("validation proved the operand");
        debug_assert_eq!(top.register(), register(ty));
        *top = top.with_ty(ty);
    }

    /// Says whether a collector has to look at the top entry.
    pub(super) fn trace_top(&mut self, traced: bool) {
        if let Some(top) = self.entries.last_mut() {
            *top = top.with_traced(traced);
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
        cfg!(feature = "fusion") && self.mirror[register(ty)] == slot
    }

    /// Whether the accumulator of `entry` is known to hold what slot `slot` does.
    #[inline(always)]
    pub(super) fn mirrors_entry(&self, entry: Entry, slot: u16) -> bool {
        cfg!(feature = "fusion") && self.mirror[entry.register()] == slot
    }

    /// Whether the accumulator of integers is known to hold what slot `slot` does.
    #[inline(always)]
    pub(super) fn mirrors_int(&self, slot: u16) -> bool {
        cfg!(feature = "fusion") && self.mirror[const { register(Ty::I64) }] == slot
    }

    /// What is noted where an accumulator holds what `slot` does: nothing where operands are slots only.
    #[inline(always)]
    fn mirrored(&self, slot: u16) -> u16 {
        if self.slots_only() { NO_MIRROR } else { slot }
    }

    /// The slot that is known to hold what the accumulator of `ty` does.
    pub(super) fn mirror(&self, ty: Ty) -> Option<u16> {
        let slot = self.mirror[register(ty)];
        (slot != NO_MIRROR).then_some(slot)
    }

    /// The slot that is known to hold what the kept vector is: or [`NONE`], or [`ANY`](super::carried::ANY).
    pub(super) fn kept(&self) -> u32 {
        self.kept
    }

    /// Notes that the kept vector is what slot `slot` holds, or that nobody knows what it is: see [`kept`](Self::kept).
    pub(super) fn set_kept(&mut self, slot: u32) {
        self.kept = slot;
    }

    /// Notes that the accumulator of `ty` now holds what slot `slot` does.
    pub(super) fn set_mirror(&mut self, ty: Ty, slot: u16) {
        self.mirror[register(ty)] = self.mirrored(slot);
    }

    /// Notes that the accumulator of `ty` was overwritten.
    pub(super) fn clear_mirror(&mut self, ty: Ty) {
        self.mirror[register(ty)] = NO_MIRROR;
    }

    /// Notes that nothing is known of any accumulator any more, nor of the kept vector.
    pub(super) fn forget(&mut self) {
        debug_assert_eq!(
            self.held, [NONE; 4],
            "an accumulator is forgotten that is the only place of an entry"
        );
        (self.mirror, self.kept) = ([NO_MIRROR; 4], NONE);
    }

    /// Notes that a value of type `ty` was written to `slot`, so no register mirrors what was there.
    #[inline(always)]
    pub(super) fn wrote(&mut self, slot: u16, ty: Ty) {
        self.forget_mirrors_of(slot);
        if ty == Ty::V128 {
            self.forget_mirrors_of(slot + 1);
        }
        // Of what a vector's accumulator mirrors, the upper half may have been written.
        let vector = &mut self.mirror[register(Ty::V128)];
        if *vector == slot.wrapping_sub(1) {
            *vector = NO_MIRROR;
        }
        let (start, end) = (u32::from(slot), u32::from(slot) + cells(ty));
        if self.kept < end && start < self.kept + 2 {
            self.kept = NONE;
        }
    }

    #[inline(always)]
    fn forget_mirrors_of(&mut self, slot: u16) {
        for mirror in &mut self.mirror {
            *mirror = if *mirror == slot { NO_MIRROR } else { *mirror };
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_write_ends_what_mirrors_any_cell_of_it() {
        for (slot, ty, left) in [
            (4, Ty::I64, [false, true, true]),
            (5, Ty::F32, [true, false, true]),
            (5, Ty::V128, [true, false, false]),
            (6, Ty::I32, [true, true, false]),
            (7, Ty::I32, [true, true, false]),
            (3, Ty::V128, [false, true, true]),
            (8, Ty::V128, [true, true, true]),
        ] {
            let mut stack = Stack { slots_only: false, ..Stack::default() };
            for (ty, slot) in [(Ty::I32, 4), (Ty::F64, 5), (Ty::V128, 6)] {
                stack.set_mirror(ty, slot);
            }
            stack.wrote(slot, ty);
            let found = [(Ty::I64, 4), (Ty::F64, 5), (Ty::V128, 6)].map(|(ty, slot)| stack.mirrors(ty, slot));
            assert_eq!(found, left, "{slot} {ty:?}");
        }
    }
}

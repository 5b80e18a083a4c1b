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

use crate::ir::Ty;
use alloc::vec::Vec;

/// No slot, no entry, no op.
pub(super) const NONE: u32 = u32::MAX;

/// No slot: a frame has fewer cells.
const NO_MIRROR: u16 = u16::MAX;

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

/// An entry of the operand stack. Entries are copied all the time, so the place is taken apart.
#[derive(Clone, Copy, Debug)]
pub(super) struct Entry {
    /// What comes with the kind of its place.
    bits: u64,
    pub(super) home: u16,
    kind: PlaceKind,
    pub(super) ty: Ty,
    /// Whether a collector has to look at it: a reference, but not to a function.
    pub(super) traced: bool,
}

const _: () = assert!(size_of::<Entry>() == 16);

/// A [`Place`] without what comes with it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
enum PlaceKind {
    Home,
    Local,
    Const,
    Acc,
}

impl Place {
    #[inline(always)]
    const fn parts(self) -> (PlaceKind, u64) {
        match self {
            Self::Home => (PlaceKind::Home, 0),
            Self::Local(slot) => (PlaceKind::Local, slot as u64),
            Self::Const(bits) => (PlaceKind::Const, bits),
            Self::Acc(at) => (PlaceKind::Acc, at as u64),
        }
    }
}

impl Entry {
    /// An entry of no interest to a collector.
    #[inline(always)]
    pub(super) const fn new(place: Place, ty: Ty, home: u16) -> Self {
        let (kind, bits) = place.parts();
        Self { bits, home, kind, ty, traced: false }
    }

    /// The same with another type.
    #[inline(always)]
    pub(super) const fn with_ty(self, ty: Ty) -> Self {
        Self { ty, ..self }
    }

    /// The same, of interest to a collector or not.
    #[inline(always)]
    pub(super) const fn with_traced(self, traced: bool) -> Self {
        Self { traced, ..self }
    }

    /// Where its value is.
    #[inline(always)]
    pub(super) const fn place(&self) -> Place {
        match self.kind {
            PlaceKind::Home => Place::Home,
            PlaceKind::Local => Place::Local(self.bits as u16),
            PlaceKind::Const => Place::Const(self.bits),
            PlaceKind::Acc => Place::Acc(self.bits as u32),
        }
    }

    /// Whether its value is in an accumulator only.
    #[inline(always)]
    pub(super) const fn is_in_acc(&self) -> bool {
        matches!(self.kind, PlaceKind::Acc)
    }

    /// Whether its value is a constant.
    #[inline(always)]
    pub(super) const fn is_const(&self) -> bool {
        matches!(self.kind, PlaceKind::Const)
    }

    /// Says where its value is.
    #[inline(always)]
    pub(super) const fn set_place(&mut self, place: Place) {
        (self.kind, self.bits) = place.parts();
    }
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
    /// For each accumulator, a slot with the same value, or [`NO_MIRROR`].
    mirror: [u16; 4],
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
        (self.held, self.mirror, self.solid, self.end) = ([NONE; 4], [NO_MIRROR; 4], 0, first);
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

    #[inline(always)]
    pub(super) fn push(&mut self, entry: Entry) {
        debug_assert_eq!(u32::from(entry.home), self.end, "homes are adjacent");
        self.end = u32::from(entry.home) + cells(entry.ty);
        if let Place::Acc(_) = entry.place() {
            let register = register(entry.ty);
            debug_assert_eq!(self.held[register], NONE, "the accumulator was spilled before");
            self.held[register] = self.entries.len() as u32;
            self.mirror[register] = NO_MIRROR;
        }
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
        self.entries.push(Entry::new(Place::Acc(at), ty, home));
    }

    /// Takes the top two entries, the lower one first.
    #[inline(always)]
    pub(super) fn pop_two(&mut self) -> (Entry, Entry) {
        let &[.., a, b] = self.entries.as_slice() else { unreachable!("validation proved the operands") };
        let len = self.entries.len() - 2;
        self.entries.truncate(len);
        self.end = a.home.into();
        for entry in [&a, &b] {
            if entry.is_in_acc() {
                self.held[register(entry.ty)] = NONE;
            }
        }
        self.solid = self.solid.min(len);
        (a, b)
    }

    /// Takes the top entry. If it was in an accumulator it still is, until the next op that writes that.
    #[inline(always)]
    pub(super) fn pop(&mut self) -> Entry {
        let entry = self.entries.pop().expect("validation proved the operand");
        self.end = entry.home.into();
        if let Place::Acc(_) = entry.place() {
            self.held[register(entry.ty)] = NONE;
        }
        self.solid = self.solid.min(self.entries.len());
        entry
    }

    /// Says that the value of entry `index` is in its home now. Its accumulator still holds it too.
    pub(super) fn set_home(&mut self, index: usize) {
        let entry = &mut self.entries[index];
        let (place, ty, home) = (entry.place(), entry.ty, entry.home);
        entry.set_place(Place::Home);
        self.wrote(home, ty);
        if let Place::Acc(_) = place {
            self.held[register(ty)] = NONE;
            self.mirror[register(ty)] = home;
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
        self.mirror[register(ty)] == slot && !self.slots_only()
    }

    /// Notes that the accumulator of `ty` now holds what slot `slot` does.
    pub(super) fn set_mirror(&mut self, ty: Ty, slot: u16) {
        self.mirror[register(ty)] = slot;
    }

    /// Notes that the accumulator of `ty` was overwritten.
    pub(super) fn clear_mirror(&mut self, ty: Ty) {
        self.mirror[register(ty)] = NO_MIRROR;
    }

    /// Notes that nothing is known of any accumulator any more.
    pub(super) fn forget(&mut self) {
        debug_assert_eq!(
            self.held, [NONE; 4],
            "an accumulator is forgotten that is the only place of an entry"
        );
        self.mirror = [NO_MIRROR; 4];
    }

    /// Notes that a value of type `ty` was written to `slot`, so no accumulator mirrors what was there.
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
    fn an_entry_is_where_it_was_put() {
        let mut entry = Entry::new(Place::Home, Ty::I64, 7);
        for place in [Place::Const(u64::MAX), Place::Local(u16::MAX), Place::Acc(u32::MAX), Place::Home] {
            entry.set_place(place);
            assert_eq!((entry.place(), entry.ty, entry.home), (place, Ty::I64, 7));
            assert_eq!(Entry::new(place, Ty::F32, 0).place(), place);
        }
    }

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

    #[test]
    fn cells_and_registers_are_those_of_the_type() {
        let found =
            [Ty::I32, Ty::I64, Ty::F32, Ty::F64, Ty::V128, Ty::None].map(|ty| (cells(ty), register(ty)));
        assert_eq!(found, [(1, 0), (1, 0), (1, 1), (1, 2), (2, 3), (0, 0)]);
    }
}

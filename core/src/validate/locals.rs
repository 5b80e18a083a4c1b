//! The types of a function's locals, and which of those without default value are set.
//!
//! Declarations come in runs, and a few bytes can declare 50,000 locals, so only the first locals are kept one by
//! one; the others are found in the list of runs.
//!
//! Invariant: the cost of setting up is proportional to the bytes of the declarations, up to a constant.

use super::bitset::BitSet;
use super::ty::Ty;
use alloc::vec::Vec;

/// How many locals are kept one by one.
const FLAT: usize = 128;

/// Types and state of the locals.
#[derive(Debug, Default)]
pub(crate) struct Locals {
    /// The first locals.
    flat: Vec<Ty>,
    /// All locals: index after the run, and its type.
    runs: Vec<(u32, Ty)>,
    count: u32,
    /// Locals without default value that are set.
    set: BitSet,
    /// The same in the order in which they were set.
    order: Vec<u32>,
}

impl Locals {
    pub(crate) fn clear(&mut self) {
        self.flat.clear();
        self.runs.clear();
        self.count = 0;
        self.set.clear();
        self.order.clear();
    }

    /// How many there are.
    pub(crate) fn count(&self) -> u32 {
        self.count
    }

    /// Appends `count` locals of type `ty`; the caller keeps the sum small.
    pub(crate) fn push(&mut self, count: u32, ty: Ty) {
        let flat = FLAT.saturating_sub(self.flat.len()).min(count as usize);
        self.flat.extend(core::iter::repeat_n(ty, flat));
        self.count += count;
        self.runs.push((self.count, ty));
    }

    /// The type of local `index`.
    #[inline]
    pub(crate) fn get(&self, index: u32) -> Option<Ty> {
        match self.flat.get(index as usize) {
            Some(ty) => Some(*ty),
            None => self.get_slow(index),
        }
    }

    #[cold]
    fn get_slow(&self, index: u32) -> Option<Ty> {
        let run = self.runs.partition_point(|(end, _)| *end <= index);
        self.runs.get(run).map(|(_, ty)| *ty)
    }

    /// Whether local `index`, which has no default value, is set.
    pub(crate) fn is_set(&self, index: u32) -> bool {
        self.set.contains(index)
    }

    /// Notes that local `index`, which has no default value, is set.
    pub(crate) fn set(&mut self, index: u32) {
        if !self.set.contains(index) {
            self.set.insert(index);
            self.order.push(index);
        }
    }

    /// What [`unset_since`](Self::unset_since) returns to.
    pub(crate) fn mark(&self) -> usize {
        self.order.len()
    }

    /// Forgets what was set since `mark`.
    pub(crate) fn unset_since(&mut self, mark: usize) {
        for index in self.order.drain(mark..) {
            self.set.remove(index);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn types_are_found_in_and_behind_the_flat_part() {
        let mut locals = Locals::default();
        locals.push(2, Ty::I32);
        locals.push(0, Ty::UNKNOWN);
        locals.push(40_000, Ty::I64);
        locals.push(1, Ty::I32);
        for (index, ty) in [
            (0, Some(Ty::I32)),
            (2, Some(Ty::I64)),
            (40_001, Some(Ty::I64)),
            (40_002, Some(Ty::I32)),
            (40_003, None),
        ] {
            assert_eq!(locals.get(index), ty, "local {index}");
        }
    }

    #[test]
    fn what_a_block_set_is_forgotten_at_its_end() {
        let mut locals = Locals::default();
        locals.set(3);
        let mark = locals.mark();
        locals.set(3);
        locals.set(5);
        locals.unset_since(mark);
        assert!(locals.is_set(3) && !locals.is_set(5));
    }
}

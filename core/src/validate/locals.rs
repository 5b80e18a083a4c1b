//! The types of a function's locals, which of them are set where, and how they are used.
//!
//! Declarations come in runs, and a few bytes can declare 50,000 locals, so only the first locals are kept one by
//! one; the others are found in the list of runs.
//!
//! A local is *set* behind a `local.set` or `local.tee` up to the end of the block in which that stands, as branches
//! lead to the start or the end of what encloses them. Validation needs it for locals without default value, and the
//! translator for all: one that is read only where it is set need not be zeroed. No branch leads to the end of a loop, so
//! that what is set there is set behind it, but validation has no eye for that.
//!
//! ```text
//! block local.set 1 … local.get 1 end                       local 1 is not zeroed
//! block br_if 0 … local.set 1 end local.get 1               local 1 is zeroed
//! loop local.set 1 … end local.get 1                        local 1 is not zeroed
//! ```
//!
//! Invariant: the cost of setting up is proportional to the bytes of the declarations, up to a constant.

use super::bitset::BitSet;
use super::ty::Ty;
use crate::fallible::{OutOfMemory, TryVec};
use crate::limits;
use alloc::vec::Vec;
use core::ops::Range;

/// How many locals the validator keeps one by one.
const FLAT: usize = 1024;

/// How many locals may stay set behind a loop.
const KEPT: usize = 32;

/// Types and state of the locals.
#[derive(Debug)]
pub(crate) struct Locals {
    /// The first locals.
    flat: Vec<Local>,
    /// How many there may be of those.
    limit: usize,
    /// All locals: index after the run, and its type.
    runs: Vec<(u32, Ty)>,
    count: u32,
    /// How many of them are parameters.
    params: u32,
    /// Locals behind the flat part, without default value, that are set.
    set: BitSet,
    /// The locals that are set, in the order in which they were.
    order: Vec<u32>,
    /// Whether the body has a loop.
    has_loop: bool,
}

/// A local of the flat part: its type in the upper half; [`NUMBER`], [`SET`], [`EARLY`], and [`COUNT`] times the number of
/// instructions that refer to it.
#[derive(Clone, Copy, Debug)]
struct Local(u64);

/// The word of its type, if it is a number or a vector; otherwise zero.
const NUMBER: u64 = 0xf;
/// It is set.
const SET: u64 = 0x10;
/// It was read where it is not set.
const EARLY: u64 = SET << 1;
/// A body has fewer instructions than fit above it.
const COUNT: u64 = 0x100;
const _: () = assert!(limits::BODY_SIZE < 1 << 24);

impl Local {
    fn new(ty: Ty, state: u64) -> Self {
        let number = if ty.is_numeric() { ty.word() } else { 0 };
        Self(u64::from(ty.word()) << 32 | u64::from(number) | state)
    }

    #[inline(always)]
    fn ty(self) -> Ty {
        Ty::from_word((self.0 >> 32) as u32)
    }

    /// How many instructions refer to it.
    fn count(self) -> u32 {
        (self.0 as u32) >> COUNT.trailing_zeros()
    }

    #[inline(always)]
    fn is_set(self) -> bool {
        self.0 & SET != 0
    }

    /// Notes a read.
    #[inline(always)]
    fn read(&mut self) {
        self.0 = (self.0 + COUNT) | (!self.0 & SET) << 1;
    }
}

/// What the translator wants to know of a body's locals.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub(crate) struct LocalUses {
    /// The local that is to be pinned: the most frequent one that a register can hold. Only functions with a loop pin at
    /// all: elsewhere loading the register costs more than it gains. Weighting the count by the depth of loops was
    /// measured and is worse.
    pub(crate) pin: Option<u32>,
    /// Those to be zeroed, and perhaps others between them.
    pub(crate) zeroed: Range<u32>,
}

impl Default for Locals {
    fn default() -> Self {
        Self::with_limit(FLAT)
    }
}

impl Locals {
    /// No locals. Of those that will be there, `limit` are kept one by one.
    pub(crate) fn with_limit(limit: usize) -> Self {
        Self {
            flat: Vec::new(),
            limit,
            runs: Vec::new(),
            count: 0,
            params: 0,
            set: BitSet::default(),
            order: Vec::new(),
            has_loop: false,
        }
    }

    /// Takes the space that most bodies need at once: growing step by step costs more.
    pub(super) fn make_room(&mut self) -> Result<(), OutOfMemory> {
        if self.flat.capacity() == 0 {
            self.flat.try_reserve(32)?;
            self.runs.try_reserve(16)?;
            self.order.try_reserve(32)?;
        }
        Ok(())
    }

    pub(crate) fn clear(&mut self) {
        self.flat.clear();
        self.runs.clear();
        (self.count, self.params) = (0, 0);
        self.set.clear();
        self.order.clear();
        self.has_loop = false;
    }

    /// How many there are.
    pub(crate) fn count(&self) -> u32 {
        self.count
    }

    /// Appends a parameter of type `ty`: it has the value that the caller gave it.
    ///
    /// # Errors
    /// When there is not enough memory.
    pub(crate) fn push_param(&mut self, ty: Ty) -> Result<(), OutOfMemory> {
        if self.flat.len() < self.limit {
            self.flat.try_push(Local::new(ty, SET))?;
        } else if !ty.is_defaultable() {
            self.set.insert(self.count)?;
        }
        self.count += 1;
        self.params = self.count;
        self.runs.try_push((self.count, ty))
    }

    /// Appends `count` locals of type `ty`; the caller keeps the sum small.
    ///
    /// # Errors
    /// When there is not enough memory.
    pub(crate) fn push(&mut self, count: u32, ty: Ty) -> Result<(), OutOfMemory> {
        let flat = self.limit.saturating_sub(self.flat.len()).min(count as usize);
        self.flat.try_resize(self.flat.len() + flat, Local::new(ty, 0))?;
        self.count += count;
        self.runs.try_push((self.count, ty))
    }

    /// Notes a read of local `index`: its type, and whether it is set or has a default value.
    #[inline(always)]
    pub(crate) fn read(&mut self, index: u32) -> Option<(Ty, bool)> {
        match self.flat.get_mut(index as usize) {
            Some(local) => {
                local.read();
                Some((local.ty(), local.is_set() || local.ty().is_defaultable()))
            }
            None => {
                let ty = self.behind(index)?;
                Some((ty, ty.is_defaultable() || self.set.contains(index)))
            }
        }
    }

    /// Notes a write of local `index`: its type.
    ///
    /// # Errors
    /// When there is not enough memory.
    #[inline(always)]
    pub(crate) fn write(&mut self, index: u32) -> Result<Option<Ty>, OutOfMemory> {
        match self.flat.get_mut(index as usize) {
            Some(local) => {
                local.0 += COUNT;
                if !local.is_set() {
                    local.0 |= SET;
                    self.order.try_push(index)?;
                }
                Ok(Some(local.ty()))
            }
            None => self.write_behind(index),
        }
    }

    #[cold]
    fn write_behind(&mut self, index: u32) -> Result<Option<Ty>, OutOfMemory> {
        let ty = self.behind(index);
        if ty.is_some_and(|ty| !ty.is_defaultable()) && !self.set.contains(index) {
            self.set.insert(index)?;
            self.order.try_push(index)?;
        }
        Ok(ty)
    }

    /// Notes a read of local `index`, if it is in the flat part, and a number or a vector: the word of its type. Otherwise zero.
    #[inline(always)]
    pub(super) fn read_number(&mut self, index: u32) -> u8 {
        let Some(local) = self.flat.get_mut(index as usize) else { return 0 };
        let number = (local.0 & NUMBER) as u8;
        if number != 0 {
            local.read();
        }
        number
    }

    /// Notes a read of local `index`, if it is in the flat part and set or has a default value, and returns its type then.
    #[inline(never)]
    pub(super) fn read_usual(&mut self, index: u32) -> Option<Ty> {
        let local = self.flat.get_mut(index as usize)?;
        if !local.is_set() && !local.ty().is_defaultable() {
            return None;
        }
        local.read();
        Some(local.ty())
    }

    /// Notes a write of local `index`, if it is in the flat part, `number` is the word of its type and not zero, and there is
    /// room for the note; says whether all that holds.
    #[inline(always)]
    pub(super) fn write_number(&mut self, index: u32, number: u8) -> bool {
        let Some(local) = self.flat.get_mut(index as usize) else { return false };
        if number == 0 || local.0 & NUMBER != u64::from(number) {
            return false;
        }
        if !local.is_set() {
            if self.order.len() == self.order.capacity() {
                return false;
            }
            local.0 |= SET;
            self.order.push(index);
        }
        local.0 += COUNT;
        true
    }

    /// The type of local `index`, which is not in the flat part.
    #[cold]
    fn behind(&self, index: u32) -> Option<Ty> {
        let run = self.runs.partition_point(|(end, _)| *end <= index);
        self.runs.get(run).map(|(_, ty)| *ty)
    }

    /// What [`unset_since`](Self::unset_since) returns to.
    #[inline]
    pub(crate) fn mark(&self) -> usize {
        self.order.len()
    }

    /// Forgets what was set since `mark`, where a block ends that began there. Behind a loop, locals with default value stay
    /// set, unless there are too many to go through at the end of each of the loops around them.
    #[inline]
    pub(crate) fn leave(&mut self, mark: usize, is_loop: bool) {
        if is_loop && self.order.len() - mark <= KEPT {
            self.leave_loop(mark);
        } else {
            self.unset_since(mark);
        }
    }

    #[inline(never)]
    fn leave_loop(&mut self, mark: usize) {
        let Self { flat, set, order, .. } = self;
        let mut end = mark;
        for at in mark..order.len() {
            let index = order[at];
            match flat.get_mut(index as usize) {
                Some(local) if local.ty().is_defaultable() => {
                    order[end] = index;
                    end += 1;
                }
                Some(local) => local.0 &= !SET,
                None => set.remove(index),
            }
        }
        order.truncate(end);
    }

    /// Forgets what was set since `mark`.
    #[inline]
    pub(crate) fn unset_since(&mut self, mark: usize) {
        for index in self.order.drain(mark..) {
            match self.flat.get_mut(index as usize) {
                Some(local) => local.0 &= !SET,
                None => self.set.remove(index),
            }
        }
    }

    /// Notes that the body has a loop.
    pub(crate) fn enter_loop(&mut self) {
        self.has_loop = true;
    }

    /// How the body that was gone through used them; nothing when they are not all in the flat part.
    pub(crate) fn uses(&self) -> Option<LocalUses> {
        if self.flat.len() < self.count as usize {
            return None;
        }
        let mut uses = LocalUses::default();
        let mut most = 2;
        for (index, local) in (0..).zip(&self.flat) {
            if self.has_loop && local.ty().is_integer_or_ref() && local.count() > most {
                uses.pin = Some(index);
                most = local.count();
            }
            // References are zeroed always: a collector may look at their slots at any time.
            if index >= self.params && (local.0 & EARLY != 0 || local.ty().is_ref()) {
                let first = if uses.zeroed.is_empty() { index } else { uses.zeroed.start };
                uses.zeroed = first..index + 1;
            }
        }
        Some(uses)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn types_are_found_in_and_behind_the_flat_part() {
        let mut locals = Locals::default();
        locals.push(2, Ty::I32).expect("there is memory");
        locals.push(0, Ty::UNKNOWN).expect("there is memory");
        locals.push(40_000, Ty::I64).expect("there is memory");
        locals.push(1, Ty::I32).expect("there is memory");
        for (index, ty) in [
            (0, Some(Ty::I32)),
            (2, Some(Ty::I64)),
            (40_001, Some(Ty::I64)),
            (40_002, Some(Ty::I32)),
            (40_003, None),
        ] {
            assert_eq!(locals.write(index), Ok(ty), "local {index}");
            assert_eq!(locals.read(index), ty.map(|ty| (ty, true)), "local {index}");
        }
    }

    #[test]
    fn what_a_block_set_is_forgotten_at_its_end() {
        let reference = Ty::UNKNOWN_REF;
        assert!(!reference.is_defaultable());
        for limit in [2, 200] {
            let mut locals = Locals::with_limit(limit);
            locals.push(6, reference).expect("there is memory");
            let is_set = |locals: &mut Locals, index| locals.read(index).expect("is there").1;
            assert!(locals.write(3).is_ok());
            let mark = locals.mark();
            assert!(locals.write(3).is_ok());
            assert!(locals.write(5).is_ok());
            assert!(is_set(&mut locals, 3) && is_set(&mut locals, 5));
            locals.unset_since(mark);
            assert!(is_set(&mut locals, 3) && !is_set(&mut locals, 5));
        }
    }

    #[test]
    fn what_a_loop_set_is_forgotten_behind_it_if_it_has_no_default_value() {
        for limit in [2, 200] {
            let mut locals = Locals::with_limit(limit);
            locals.push(4, Ty::UNKNOWN_REF).expect("there is memory");
            locals.push(2, Ty::I32).expect("there is memory");
            let mark = locals.mark();
            for index in [5, 1, 3, 4] {
                assert!(locals.write(index).is_ok());
            }
            locals.leave(mark, true);
            let is_set = [1, 3, 4, 5].map(|index| locals.read(index).expect("is there").1);
            assert_eq!(is_set, [false, false, true, true]);
            let zeroed = locals.uses().map(|uses| uses.zeroed);
            assert_eq!(zeroed, (limit > 2).then_some(0..4), "references are, the others are not");
            locals.leave(0, false);
            locals.read(5);
            assert_eq!(locals.uses().map(|uses| uses.zeroed), (limit > 2).then_some(0..6));
        }
    }

    #[test]
    fn more_locals_than_are_gone_through_again_are_forgotten_behind_a_loop() {
        for count in [KEPT as u32, KEPT as u32 + 1] {
            let mut locals = Locals::default();
            locals.push(count, Ty::I32).expect("there is memory");
            (0..count).for_each(|index| assert!(locals.write(index).is_ok()));
            locals.leave(0, true);
            assert_eq!(locals.mark(), if count as usize <= KEPT { KEPT } else { 0 });
        }
    }

    #[test]
    fn the_most_frequent_local_is_pinned_and_the_first_of_equals() {
        let mut locals = Locals::default();
        locals.push_param(Ty::I32).expect("there is memory");
        locals.push(3, Ty::I64).expect("there is memory");
        for index in [0, 0, 0, 1, 2, 1, 2, 1, 2, 1, 2] {
            locals.read(index);
        }
        assert_eq!(locals.uses(), Some(LocalUses { pin: None, zeroed: 1..3 }));
        locals.enter_loop();
        assert_eq!(locals.uses(), Some(LocalUses { pin: Some(1), zeroed: 1..3 }));
    }
}

//! Finding what is reachable: depth first, with a list of objects in progress instead of recursion.
//!
//! An entry of the list is an object and the number of the reference in it to go on with. An object in progress leaves the
//! list when its last reference is followed, so a list of any length linked through its last field needs one entry.
//! When the list is full, objects are marked without being looked into, and found again by walking over all marked objects.
//!
//! # Invariants
//! - An object is marked before it is entered into the list; each is entered at most once for each walk.
//! - The list never takes more than a small part of the heap's own size.

#![expect(unsafe_code, reason = "objects are reached through offsets from the start of the heap")]

use super::heap::{GRANULE, Heap};
use super::object::{Object, Types};
use alloc::collections::TryReserveError;
use alloc::vec::Vec;

/// Entries that the list may have for each 4 KiB of heap, and at least.
const ENTRIES_PER_PAGE: u64 = 8;
const LEAST_ENTRIES: u64 = 1024;

/// One bit for each place of a table.
#[derive(Default)]
pub(crate) struct Marks(Vec<u64>);

impl Marks {
    /// Makes them so many, none of them set.
    ///
    /// # Errors
    /// When there is not enough memory.
    pub(super) fn clear(&mut self, count: usize) -> Result<(), TryReserveError> {
        self.0.clear();
        self.0.try_reserve(count.div_ceil(64))?;
        self.0.resize(count.div_ceil(64), 0);
        Ok(())
    }

    /// Sets one; says whether it was not set yet.
    fn set(&mut self, index: u32) -> bool {
        let Some(word) = self.0.get_mut(index as usize / 64) else { return false };
        let fresh = *word >> (index % 64) & 1 == 0;
        *word |= 1 << (index % 64);
        fresh
    }

    /// Whether it is set.
    pub(super) fn has(&self, index: usize) -> bool {
        self.0.get(index / 64).is_some_and(|word| word >> (index % 64) & 1 == 1)
    }
}

/// What is reached outside of the heap.
pub(crate) struct Outside<'a> {
    /// Values of the host.
    pub(super) externs: &'a mut Marks,
    /// Exceptions.
    pub(super) exceptions: &'a mut Marks,
    /// The exceptions that have not been looked into. There is room for all.
    pub(super) thrown: &'a mut Vec<u32>,
}

/// A collection's first part, while it goes on.
pub(crate) struct Marker<'a> {
    heap: &'a mut Heap,
    types: &'a Types,
    list: &'a mut Vec<(u32, u32)>,
    outside: Outside<'a>,
    most: usize,
    /// Whether an object was marked but not looked into.
    overflow: bool,
}

impl<'a> Marker<'a> {
    /// Begins a collection of `heap`, of which nothing is marked. `list` is empty.
    pub(crate) fn new(
        heap: &'a mut Heap,
        types: &'a Types,
        list: &'a mut Vec<(u32, u32)>,
        outside: Outside<'a>,
    ) -> Self {
        let most = (heap.size() / 4096 * ENTRIES_PER_PAGE).max(LEAST_ENTRIES) as usize;
        Self { heap, types, list, outside, most, overflow: false }
    }

    /// Marks what `reference`, the contents of a cell, refers to, and all that is reachable from there.
    pub(crate) fn root(&mut self, reference: u64) {
        self.reach(reference as u32);
        self.drain();
    }

    fn reach(&mut self, reference: u32) {
        match reference & 7 {
            0 if reference != 0 && self.heap.mark(reference) => {
                let object = Object::new(self.heap.base, reference);
                // SAFETY: references that are not null are to objects.
                if !unsafe { self.types.is_leaf(object) } {
                    self.push(reference, 0);
                }
            }
            2 | 6 => {
                self.outside.externs.set(reference >> 2);
            }
            4 if self.outside.exceptions.set(reference >> 3) => self.outside.thrown.push(reference >> 3),
            _ => {}
        }
    }

    fn push(&mut self, object: u32, from: u32) {
        if self.list.len() < self.most && self.list.try_reserve(1).is_ok() {
            self.list.push((object, from));
        } else {
            self.overflow = true;
        }
    }

    fn drain(&mut self) {
        while let Some((offset, from)) = self.list.pop() {
            self.follow(offset, from);
        }
    }

    /// Follows the references in the object at `offset`, up to the first that leads to something new.
    fn follow(&mut self, offset: u32, mut from: u32) {
        let object = Object::new(self.heap.base, offset);
        // SAFETY: what is marked is an object, and its type is known.
        let ty = self.types.get(unsafe { object.header() });
        let depth = self.list.len();
        // SAFETY: as above.
        while let Some(reference) = unsafe { object.traced(ty, from) } {
            from += 1;
            self.reach(reference);
            if self.list.len() > depth {
                // SAFETY: as above.
                if unsafe { object.traced(ty, from) }.is_some()
                    && let Some(child) = self.list.pop()
                {
                    // The rest of this object comes after the child.
                    self.push(offset, from);
                    self.push(child.0, child.1);
                }
                return;
            }
        }
    }

    /// Gives up. Nothing of what was allocated before is used again until the next collection.
    pub(crate) fn abandon(self) {
        self.list.clear();
        self.outside.thrown.clear();
        self.heap.abandon();
    }

    /// Marks what was left out, and what exceptions lead to: `payload` hands over the references in one of them.
    pub(crate) fn finish(mut self, mut payload: impl FnMut(usize, &mut dyn FnMut(u64))) {
        loop {
            while let Some(exception) = self.outside.thrown.pop() {
                payload(exception as usize, &mut |reference| self.root(reference));
            }
            if !core::mem::take(&mut self.overflow) {
                return;
            }
            let mut next = self.heap.next_marked(0);
            while let Some(offset) = next {
                self.follow(offset, 0);
                self.drain();
                next = self.heap.next_marked(offset + GRANULE);
            }
        }
    }
}

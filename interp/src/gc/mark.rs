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
use alloc::vec::Vec;

/// Entries that the list may have for each 4 KiB of heap, and at least.
const ENTRIES_PER_PAGE: u64 = 8;
const LEAST_ENTRIES: u64 = 1024;

/// A collection's first part, while it goes on.
pub(crate) struct Marker<'a> {
    heap: &'a mut Heap,
    types: &'a Types,
    list: &'a mut Vec<(u32, u32)>,
    /// One bit for each value of the host.
    externs: &'a mut Vec<u64>,
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
        externs: &'a mut Vec<u64>,
    ) -> Self {
        let most = (heap.size() / 4096 * ENTRIES_PER_PAGE).max(LEAST_ENTRIES) as usize;
        Self { heap, types, list, externs, most, overflow: false }
    }

    /// Marks what `reference`, the contents of a cell, refers to, and all that is reachable from there.
    pub(crate) fn root(&mut self, reference: u64) {
        self.reach(reference as u32);
        self.drain();
    }

    fn reach(&mut self, reference: u32) {
        match reference & 3 {
            0 if reference != 0 => {
                if self.heap.mark(reference) {
                    let object = Object::new(self.heap.base, reference);
                    // SAFETY: references that are not null are to objects.
                    if !unsafe { self.types.is_leaf(object) } {
                        self.push(reference, 0);
                    }
                }
            }
            2 => {
                let index = reference >> 2;
                if let Some(word) = self.externs.get_mut(index as usize / 64) {
                    *word |= 1 << (index % 64);
                }
            }
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

    /// Marks what was left out.
    pub(crate) fn finish(mut self) {
        while self.overflow {
            self.overflow = false;
            let mut next = self.heap.next_marked(0);
            while let Some(offset) = next {
                self.follow(offset, 0);
                self.drain();
                next = self.heap.next_marked(offset + GRANULE);
            }
        }
    }
}

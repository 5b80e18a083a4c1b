//! Garbage-collected objects: structures and arrays; and what of the host's and the store's own is collected with them.
//!
//! A reference is a handle of 32 bits, in a cell extended with zeros. References of the hierarchies of `any`, `extern` and
//! `exn` share one encoding, so conversions between `any` and `extern` change nothing:
//!
//! | lowest bits | what it is |
//! |---|---|
//! | all 32 are 0 | null |
//! | `…1` | an `i31` in the upper 31 bits |
//! | `…10` | a value of the host: its number in the store's table in the upper 30 bits |
//! | `…100` | an exception: its number in the store's table in the upper 29 bits |
//! | `…000` | an object: its offset in the store's heap |
//!
//! References to functions are handles of their own, which the collector does not look at.
//!
//! | module | what it holds |
//! |---|---|
//! | [`heap`] | the cells that objects live in |
//! | [`object`] | their types, and access to their contents |
//! | [`mark`] | finding what is reachable |
//! | [`roots`] | references that the host holds |
//! | [`collect`] | a store's objects: allocation, and the roots of collections |
//!
//! # When a collection happens
//! When as much has been allocated since the last one as was live then, and at least [`LEAST`] bytes; or when the heap may
//! not grow. So the heap is at most about twice the size of what is live, and a collection's time, which is in proportion to
//! what is live but for a pass over the marks, is paid for by the allocations before it. It is a pause of the store.
//!
//! Spec: WebAssembly 3.0, sections 4.2.13 "Aggregate Instances" and 4.6.8 "Aggregate Instructions".

mod collect;
pub(crate) mod heap;
pub(crate) mod mark;
pub(crate) mod object;
pub(crate) mod roots;

#[cfg(feature = "gc")]
pub(crate) use collect::allocate_only;
pub(crate) use collect::{allocate, collect};

use alloc::collections::TryReserveError;
use alloc::vec::Vec;
use heap::{Full, Heap};
use mark::{Marker, Marks, Outside};
use object::Types;

/// Bytes that are always allocated between two collections.
const LEAST: u64 = 1 << 20;

/// The objects of a store.
pub(crate) struct Gc {
    /// Where they live.
    pub(crate) heap: Heap,
    /// Their types.
    pub(crate) types: Types,
    /// Used by collections.
    list: Vec<(u32, u32)>,
    /// Which values of the host the last collection reached.
    externs: Marks,
    /// Which exceptions it reached.
    exceptions: Marks,
    /// Those that are reached but have not been looked into.
    thrown: Vec<u32>,
    /// Bytes that may be allocated before the next collection.
    allowance: u64,
    /// Whether to collect before every allocation.
    pub(crate) always: bool,
}

/// Why an object could not be made.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Exhausted {
    /// Its size.
    TooLarge,
    /// The heap is full of live objects.
    Full,
}

impl Gc {
    /// No objects.
    pub(crate) fn new() -> Self {
        Self {
            heap: Heap::new(),
            types: Types::default(),
            list: Vec::new(),
            externs: Marks::default(),
            exceptions: Marks::default(),
            thrown: Vec::new(),
            allowance: LEAST,
            always: false,
        }
    }

    /// Whether a collection is due.
    #[inline]
    pub(crate) fn is_due(&self) -> bool {
        self.always || self.heap.fresh >= self.allowance
    }

    /// Collects what cannot be reached: `roots` hands over all references from outside the heap, `payload` those in the
    /// exception with the given number. `externs` and `exceptions` are the numbers of places in the tables of values of
    /// the host and of exceptions; [`extern_is_live`](Self::extern_is_live) and
    /// [`exception_is_live`](Self::exception_is_live) are about these afterwards.
    ///
    /// # Errors
    /// When there is no memory for the marks of these, or those of `roots`. Then nothing is collected.
    pub(crate) fn collect<E: From<TryReserveError>>(
        &mut self,
        (externs, exceptions): (usize, usize),
        roots: impl FnOnce(&mut Marker<'_>) -> Result<(), E>,
        payload: impl FnMut(usize, &mut dyn FnMut(u64)),
    ) -> Result<(), E> {
        self.externs.clear(externs)?;
        self.exceptions.clear(exceptions)?;
        self.thrown.try_reserve(exceptions)?;
        self.heap.clear_marks();
        let outside = Outside {
            externs: &mut self.externs,
            exceptions: &mut self.exceptions,
            thrown: &mut self.thrown,
        };
        let mut marker = Marker::new(&mut self.heap, &self.types, &mut self.list, outside);
        if let Err(error) = roots(&mut marker) {
            marker.abandon();
            return Err(error);
        }
        marker.finish(payload);
        let live = self.heap.reclaim();
        self.allowance = live.max(LEAST);
        Ok(())
    }

    /// Whether the last collection reached value `index` of the host.
    pub(crate) fn extern_is_live(&self, index: usize) -> bool {
        self.externs.has(index)
    }

    /// Whether the last collection reached exception `index`.
    pub(crate) fn exception_is_live(&self, index: usize) -> bool {
        self.exceptions.has(index)
    }

    /// Makes room for an object of `size` bytes by growing the heap. `may_grow` is asked whether it may have so many bytes
    /// instead of so many.
    pub(crate) fn allocate_growing(
        &mut self,
        size: u64,
        mut may_grow: impl FnMut(u64, u64) -> bool,
    ) -> Result<u32, Exhausted> {
        match self.heap.allocate(size) {
            Ok(offset) => return Ok(offset),
            Err(Full::TooLarge) => return Err(Exhausted::TooLarge),
            Err(Full::Grow) => {}
        }
        let present = self.heap.size();
        let needed = self.heap.size_for(size);
        // A step in proportion, so that growing costs a constant for each byte; otherwise as little as possible.
        for desired in [needed.max(present + present / 2), needed] {
            if may_grow(present, desired) && self.heap.grow(desired) {
                return self.heap.allocate(size).map_err(|_| Exhausted::Full);
            }
        }
        Err(Exhausted::Full)
    }
}

#[cfg(test)]
mod tests;

//! Exceptions that something refers to: a cell of the guest, a handle of the host, or the store because one is pending.
//!
//! # Invariants
//! - A reference to an exception is eight times its position plus four, see [`gc`](crate::gc). Positions of exceptions that
//!   nothing refers to any more are used again after a collection. The address of a payload never changes.
//! - Its payload has as many cells as its tag says, with values of those types.
//! - Together they take at most [`LIMIT`] bytes, so that a guest cannot exhaust the host's memory by throwing.
//!
//! Spec: WebAssembly 3.0, section 4.2.10 "Exception Instances".

use super::entity::TagEntity;
use super::reserve;
use crate::{Result, Trap};
use alloc::boxed::Box;
use alloc::vec::Vec;

/// Bytes that the exceptions of a store may take.
const LIMIT: usize = 256 << 20;
/// Bytes that are always thrown between two collections.
const LEAST: usize = 1 << 20;

/// The exceptions of a store.
pub(crate) struct Exceptions {
    all: Vec<Slot>,
    /// First of the free slots.
    free: Option<usize>,
    bytes: usize,
    /// Bytes at which a collection is due.
    allowance: usize,
    /// The exception that is on its way through the host; 0 if there is none.
    pending: u64,
}

impl Default for Exceptions {
    fn default() -> Self {
        Self { all: Vec::new(), free: None, bytes: 0, allowance: LEAST, pending: 0 }
    }
}

enum Slot {
    Used(Exception),
    /// Free, and which one is next.
    Free(Option<usize>),
}

struct Exception {
    tag: *const TagEntity,
    payload: Box<[u64]>,
}

impl Exception {
    fn size(&self) -> usize {
        size_of::<Slot>() + size_of_val(&*self.payload)
    }
}

impl Exceptions {
    /// Adds an exception and gives a reference to it.
    ///
    /// # Errors
    /// When there is no room for it.
    pub(crate) fn insert(&mut self, tag: *const TagEntity, payload: &[u64]) -> Result<u64> {
        let bytes = self.bytes + size_of::<Slot>() + size_of_val(payload);
        if bytes > LIMIT {
            return Err(Trap::AllocationTooLarge.into());
        }
        let mut cells = Vec::new();
        cells.try_reserve_exact(payload.len())?;
        cells.extend_from_slice(payload);
        let exception = Exception { tag, payload: cells.into() };
        let index = match self.free {
            Some(index) => {
                if let Slot::Free(next) = core::mem::replace(&mut self.all[index], Slot::Used(exception)) {
                    self.free = next;
                }
                index
            }
            None => {
                reserve(&mut self.all)?;
                self.all.push(Slot::Used(exception));
                self.all.len() - 1
            }
        };
        self.bytes = bytes;
        Ok((index as u64) << 3 | 4)
    }

    /// Tag and payload of the exception that `cell` refers to, which is not null.
    pub(crate) fn get(&self, cell: u64) -> (*const TagEntity, &[u64]) {
        match self.at((cell >> 3) as usize) {
            Some(found) => found,
            None => unreachable!("exceptions that something refers to are kept"),
        }
    }

    /// Tag and payload of the exception at `index`, if there is one.
    pub(crate) fn at(&self, index: usize) -> Option<(*const TagEntity, &[u64])> {
        match self.all.get(index)? {
            Slot::Used(exception) => Some((exception.tag, &exception.payload)),
            Slot::Free(_) => None,
        }
    }

    /// How many places there are.
    pub(crate) fn len(&self) -> usize {
        self.all.len()
    }

    /// Whether so many were thrown since the last collection that one is due.
    pub(crate) fn is_due(&self) -> bool {
        self.bytes >= self.allowance
    }

    /// Drops the exceptions for whose places `is_live` does not hold.
    pub(crate) fn sweep(&mut self, is_live: impl Fn(usize) -> bool) {
        for (index, slot) in self.all.iter_mut().enumerate() {
            if let Slot::Used(exception) = slot
                && !is_live(index)
            {
                self.bytes -= exception.size();
                *slot = Slot::Free(self.free.replace(index));
            }
        }
        self.allowance = (self.bytes * 2).max(LEAST);
    }

    /// The pending exception; 0 if there is none.
    pub(crate) fn pending(&self) -> u64 {
        self.pending
    }

    /// Makes the exception that `cell` refers to the pending one.
    pub(crate) fn set_pending(&mut self, cell: u64) {
        self.pending = cell;
    }

    /// The exception that was pending, and no longer is; 0 if there was none.
    pub(crate) fn take_pending(&mut self) -> u64 {
        core::mem::take(&mut self.pending)
    }
}

//! Exceptions that something refers to: a cell of the guest, a handle of the host, or the store because one is pending.
//!
//! # Invariants
//! - The handle of an exception is one more than its position, which never changes, nor does the address of its payload.
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

/// The exceptions of a store.
#[derive(Default)]
pub(crate) struct Exceptions {
    all: Vec<Exception>,
    bytes: usize,
    /// Handle of the exception that is on its way through the host; 0 if there is none.
    pending: u64,
}

struct Exception {
    tag: *const TagEntity,
    payload: Box<[u64]>,
}

impl Exceptions {
    /// Adds an exception and gives its handle.
    ///
    /// # Errors
    /// When there is no room for it.
    pub(crate) fn insert(&mut self, tag: *const TagEntity, payload: &[u64]) -> Result<u64> {
        let bytes = self.bytes + size_of::<Exception>() + size_of_val(payload);
        if bytes > LIMIT {
            return Err(Trap::AllocationTooLarge.into());
        }
        reserve(&mut self.all)?;
        let mut cells = Vec::new();
        cells.try_reserve_exact(payload.len())?;
        cells.extend_from_slice(payload);
        self.all.push(Exception { tag, payload: cells.into() });
        self.bytes = bytes;
        Ok(self.all.len() as u64)
    }

    /// Tag and payload of the exception with this handle, which was given out by this store.
    pub(crate) fn get(&self, handle: u64) -> (*const TagEntity, &[u64]) {
        let exception = &self.all[handle as usize - 1];
        (exception.tag, &exception.payload)
    }

    /// Handle of the pending exception; 0 if there is none.
    pub(crate) fn pending(&self) -> u64 {
        self.pending
    }

    /// Makes the exception with this handle the pending one.
    pub(crate) fn set_pending(&mut self, handle: u64) {
        self.pending = handle;
    }

    /// Handle of the exception that was pending, and no longer is; 0 if there was none.
    pub(crate) fn take_pending(&mut self) -> u64 {
        core::mem::take(&mut self.pending)
    }
}

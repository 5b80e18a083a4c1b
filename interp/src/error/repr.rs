//! [`Repr`]: the one pointer that an error is.
//!
//! # Invariants
//! - The pointer is that of a box which it owns, or [`NOWHERE`]: then there is nothing to own, and the error is that there
//!   is not enough memory.

#![expect(unsafe_code, reason = "one value of the pointer stands for no box at all")]

use super::Inner;
use crate::fallible::try_box;
use alloc::boxed::Box;
use core::ptr::{self, NonNull};

/// The pointer to an error, or to none.
pub(super) struct Repr(NonNull<Inner>);

// SAFETY: it is a box of an error, which is `Send`, or nothing.
unsafe impl Send for Repr where Inner: Send {}
// SAFETY: as above.
unsafe impl Sync for Repr where Inner: Sync {}

/// An address that no box has.
static NOWHERE: u64 = 0;

impl Repr {
    /// That there is not enough memory.
    pub(super) const fn out_of_memory() -> Self {
        Self(NonNull::from_ref(&NOWHERE).cast())
    }

    /// `inner`, if there is memory for it.
    pub(super) fn new(inner: Inner) -> Self {
        match try_box(inner) {
            Ok(inner) => Self(NonNull::from(Box::leak(inner))),
            Err(_) => Self::out_of_memory(),
        }
    }

    fn is_nowhere(&self) -> bool {
        ptr::addr_eq(self.0.as_ptr(), &raw const NOWHERE)
    }

    /// What it points to.
    pub(super) fn get(&self) -> Option<&Inner> {
        // SAFETY: unless it points nowhere it owns a box.
        if self.is_nowhere() { None } else { Some(unsafe { self.0.as_ref() }) }
    }

    /// What it points to.
    pub(super) fn get_mut(&mut self) -> Option<&mut Inner> {
        // SAFETY: as above, and it is borrowed exclusively.
        if self.is_nowhere() { None } else { Some(unsafe { self.0.as_mut() }) }
    }

    /// What it points to.
    pub(super) fn into_inner(self) -> Option<Box<Inner>> {
        let this = core::mem::ManuallyDrop::new(self);
        // SAFETY: as above, and it is not dropped.
        if this.is_nowhere() { None } else { Some(unsafe { Box::from_raw(this.0.as_ptr()) }) }
    }
}

impl Drop for Repr {
    fn drop(&mut self) {
        if !self.is_nowhere() {
            // SAFETY: it owns a box.
            drop(unsafe { Box::from_raw(self.0.as_ptr()) });
        }
    }
}

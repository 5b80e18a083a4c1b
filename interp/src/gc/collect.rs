//! Allocation in a store, and where its references come from: globals, tables, element segments, handles of the host, and
//! the frames of functions that have not returned.
//!
//! # Roots on the value stack
//! A frame says by its return record at which call it is; the innermost of an execution by where that left the handlers.
//! Which slots hold references there is asked of the translator (see
//! [`ref_slots`](fantail_core::translate::Translator::ref_slots)). So roots are precise, and cost nothing until a
//! collection.
//!
//! # Invariants
//! - Objects are collected only while an op makes one, or while a host function or nobody runs: `exit_ip`, `exit_fp` and
//!   `exit_instance` of the context say where.
//! - What a host function has read from its parameters it keeps in handles, which are roots.

#![expect(unsafe_code, reason = "the store is reached through its context")]

use super::mark::Marker;
use super::{Exhausted, Gc};
use crate::exec;
use crate::limits::limiter_at;
use crate::store::StoreOpaque;
use crate::store::entity::ExecContext;
use crate::{Error, Result, Trap};

/// Room for an object of `size` bytes, whose contents are undefined. Objects may be collected before.
///
/// # Errors
/// When the heap is full and may not grow.
///
/// # Safety
/// `ctx` is the context of a live store to which no reference is used; its `store` points to that, and its places of
/// exit are up to date.
pub(crate) unsafe fn allocate(ctx: *mut ExecContext, size: u64) -> Result<u32> {
    // SAFETY: the caller vouches for `ctx`.
    unsafe {
        let due = (*ctx).gc.is_due();
        if due {
            collect(ctx)?;
        }
        match allocate_only(ctx, size) {
            Err(error) if !due && error.downcast_ref() == Some(&Trap::HeapExhausted) => {
                collect(ctx)?;
                allocate_only(ctx, size)
            }
            result => result,
        }
    }
}

/// The same, but nothing is collected.
///
/// # Errors
/// As [`allocate`].
///
/// # Safety
/// As for [`allocate`], but for the places of exit.
pub(crate) unsafe fn allocate_only(ctx: *mut ExecContext, size: u64) -> Result<u32> {
    // SAFETY: the caller vouches for `ctx`.
    unsafe {
        let mut refusal = None;
        let gc: *mut Gc = &raw mut (*ctx).gc;
        let store = (*ctx).store;
        let allocated = (&mut *gc).allocate_growing(size, |present, desired| {
            let Some(limiter) = limiter_at(store) else { return true };
            let bytes = |bytes: u64| usize::try_from(bytes).unwrap_or(usize::MAX);
            limiter.gc_heap_growing(bytes(present), bytes(desired)).unwrap_or_else(|error| {
                refusal.get_or_insert(error);
                false
            })
        });
        if (*gc).always {
            (*gc).heap.abandon();
        }
        match (allocated, refusal) {
            (Ok(offset), _) => Ok(offset),
            (Err(_), Some(error)) => Err(error),
            (Err(Exhausted::TooLarge), None) => Err(Trap::AllocationTooLarge.into()),
            (Err(Exhausted::Full), None) => Err(Trap::HeapExhausted.into()),
        }
    }
}

/// Collects the objects of a store that cannot be reached.
///
/// # Errors
/// When there is not enough memory to find the roots.
///
/// # Safety
/// As for [`allocate`].
// What is called from handlers takes and returns registers only, and nothing of it becomes part of them.
#[inline(never)]
pub(crate) unsafe fn collect(ctx: *mut ExecContext) -> Result<()> {
    // SAFETY: the caller vouches for `ctx`.
    unsafe {
        let store = (*ctx).store.cast::<StoreOpaque>();
        let gc: *mut Gc = &raw mut (*ctx).gc;
        let tables = ((*store).externrefs.len(), (*store).exceptions.len());
        let payload =
            |index: usize, visit: &mut dyn FnMut(u64)| StoreOpaque::trace_exception(store, index, visit);
        (&mut *gc).collect(tables, |marker| roots(ctx, marker), payload)?;
        (*store).externrefs.sweep(|index| (*gc).extern_is_live(index));
        (*store).exceptions.sweep(|index| (*gc).exception_is_live(index));
        Ok(())
    }
}

/// Hands all references from outside the heap to `marker`.
///
/// # Safety
/// As for [`allocate`].
unsafe fn roots(ctx: *mut ExecContext, marker: &mut Marker<'_>) -> Result<(), Error> {
    // SAFETY: the caller vouches for `ctx`.
    unsafe {
        let store = (*ctx).store.cast::<StoreOpaque>();
        (*store).roots.trace(|reference| marker.root(reference));
        marker.root((*store).exceptions.pending());
        StoreOpaque::trace(store, marker);
        exec::trace_frames(ctx, &mut |reference| marker.root(reference))
    }
}

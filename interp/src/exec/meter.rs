//! Ops that bound and stop execution, which code has only where the engine's settings ask for it.
//!
//! # Invariants
//! - An op that traps has changed nothing, so a store that gets more fuel, or a later deadline, works on.
//! - While the embedder is asked about a deadline, the place of exit is written, where collections find the frames, and no
//!   reference to an object is in the accumulator.

#![expect(unsafe_code, reason = "ops act on the registers under the invariants of `dispatch`")]

use super::bulk::Failure;
use super::dispatch::{Dispatch, Exec, Exit, Regs};
use super::operand::wide;
use super::runtime::refresh;
use super::shapes::Row;
use crate::UpdateDeadline;
use crate::store::StoreOpaque;
use crate::store::entity::ExecContext;
use crate::store::host::Top;
use crate::sync::atomic::Ordering;
#[cfg(target_pointer_width = "32")]
use core::hint::cold_path;
use core::marker::PhantomData;
use fantail_core::TrapCode;
use fantail_core::ir::Field;

/// `fuel = fuel - b`, or trap
pub(crate) struct Fuel<F, const V: u16>(PhantomData<F>);

impl<F: Row, const V: u16> Exec for Fuel<F, V> {
    #[inline(always)]
    unsafe fn exec<D: Dispatch>(regs: Regs) -> D::Out {
        // SAFETY: the context is alive and no reference to it is held.
        unsafe {
            if take(&raw mut (*regs.ctx).fuel, wide(regs.ip, Field::B)) {
                D::next(regs, 2)
            } else {
                D::trap(regs, TrapCode::OutOfFuel)
            }
        }
    }
}

/// Takes `cost` off `fuel` if there is as much.
///
/// # Safety
/// `fuel` may be read and written.
#[cfg(not(target_pointer_width = "32"))]
#[inline(always)]
unsafe fn take(fuel: *mut u64, cost: u32) -> bool {
    // SAFETY: the caller vouches for it.
    unsafe {
        let rest = (*fuel).checked_sub(cost.into());
        if let Some(rest) = rest {
            *fuel = rest;
        }
        rest.is_some()
    }
}

/// The same where 64 bits are two words: of those the upper is rarely looked at.
///
/// # Safety
/// `fuel` may be read and written.
#[cfg(target_pointer_width = "32")]
#[inline(always)]
unsafe fn take(fuel: *mut u64, cost: u32) -> bool {
    let words = fuel.cast::<u32>();
    let (low, high) = if cfg!(target_endian = "big") { (1, 0) } else { (0, 1) };
    let (low, high) = (words.wrapping_add(low), words.wrapping_add(high));
    // SAFETY: they are the two words of `fuel`, for which the caller vouches.
    unsafe {
        let (rest, borrow) = (*low).overflowing_sub(cost);
        if borrow {
            cold_path();
            let Some(rest) = (*high).checked_sub(1) else { return false };
            *high = rest;
        }
        *low = rest;
        true
    }
}

/// if `epoch >= deadline`, trap or ask the embedder
pub(crate) struct CheckEpoch<F, const V: u16>(PhantomData<F>);

impl<F: Row, const V: u16> Exec for CheckEpoch<F, V> {
    #[inline(always)]
    unsafe fn exec<D: Dispatch>(regs: Regs) -> D::Out {
        // SAFETY: the context is alive and no reference to it is held; the engine lives as long as its stores.
        unsafe {
            if (*(*regs.ctx).epoch).load(Ordering::Relaxed) >= (*regs.ctx).deadline {
                return D::outline::<DeadlineReached>(regs);
            }
            D::next(regs, 2)
        }
    }
}

/// [`CheckEpoch`] once the deadline has been reached
struct DeadlineReached;

impl Exec for DeadlineReached {
    #[inline(always)]
    unsafe fn exec<D: Dispatch>(mut regs: Regs) -> D::Out {
        // SAFETY: the caller vouches for the registers.
        unsafe {
            match ask(regs.ip, regs.fp, regs.ctx) {
                Ok(()) => {
                    regs.mem = (*regs.ctx).mem0_base;
                    D::next(regs, 2)
                }
                Err(exit) => D::stop(regs, exit),
            }
        }
    }
}

/// Asks the embedder what to do now that the deadline has been reached. What it takes and gives fits into machine
/// registers, as for [bulk operations](super::bulk).
///
/// # Safety
/// `ctx` is the context of a live store and no reference to it is held, `ip` points to a [`CheckEpoch`] and `fp` is its
/// frame.
#[inline(never)]
unsafe fn ask(ip: *const u64, fp: *mut u64, ctx: *mut ExecContext) -> Result<(), Exit> {
    // SAFETY: the caller vouches for it all. The op says where the free part of the value stack begins, which
    // `ir::verify` checks; the callback belongs to this store.
    unsafe {
        let store = (*ctx).store;
        let Some(callback) = (*ctx).at_deadline else { return Err(Exit::trap(TrapCode::Interrupt)) };
        (*ctx).exit_ip = ip;
        (*ctx).exit_fp = fp;
        (*ctx).exit_instance = (*ctx).instance;
        let top = Top::raise(store, fp.wrapping_add(wide(ip, Field::B) as usize));
        let update = callback(store);
        drop(top);
        refresh(ctx);
        match update.map_err(|error| Failure::Error(error).exit(ctx))? {
            UpdateDeadline::Continue(ticks) => {
                (*store.cast::<StoreOpaque>()).set_deadline(ticks);
                Ok(())
            }
            UpdateDeadline::Interrupt => Err(Exit::trap(TrapCode::Interrupt)),
        }
    }
}

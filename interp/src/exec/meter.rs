//! Ops that bound and stop execution, which code has only where the engine's settings ask for it.
//!
//! Invariant: an op that traps has changed nothing, so a store that gets more fuel, or a later deadline, works on.

#![expect(unsafe_code, reason = "ops act on the registers under the invariants of `dispatch`")]

use super::dispatch::{Dispatch, Exec, Regs};
use super::operand::wide;
use super::shapes::Row;
use core::marker::PhantomData;
use core::sync::atomic::Ordering;
use fantail_core::TrapCode;
use fantail_core::ir::Field;

/// `fuel = fuel - b`, or trap
pub(crate) struct Fuel<F, const V: u16>(PhantomData<F>);

impl<F: Row, const V: u16> Exec for Fuel<F, V> {
    #[inline(always)]
    unsafe fn exec<D: Dispatch>(regs: Regs) -> D::Out {
        // SAFETY: the context is alive and no reference to it is held.
        unsafe {
            match (*regs.ctx).fuel.checked_sub(wide(regs.ip, Field::B).into()) {
                Some(rest) => {
                    (*regs.ctx).fuel = rest;
                    D::next(regs, 2)
                }
                None => D::trap(regs, TrapCode::OutOfFuel),
            }
        }
    }
}

/// trap if `epoch >= deadline`
pub(crate) struct CheckEpoch<F, const V: u16>(PhantomData<F>);

impl<F: Row, const V: u16> Exec for CheckEpoch<F, V> {
    #[inline(always)]
    unsafe fn exec<D: Dispatch>(regs: Regs) -> D::Out {
        // SAFETY: the context is alive and no reference to it is held; the engine lives as long as its stores.
        unsafe {
            if (*(*regs.ctx).epoch).load(Ordering::Relaxed) >= (*regs.ctx).deadline {
                return D::trap(regs, TrapCode::Interrupt);
            }
            D::next(regs, 2)
        }
    }
}

//! Ops that decide where to go on inside a function, and those that set up a frame.
//!
//! Invariant: in threaded code a target is the address of an op of the same function. A two-way branch dispatches on each
//! side by itself: selecting the address first would make the next dispatch wait for the condition.

#![expect(unsafe_code, reason = "ops act on the registers under the invariants of `dispatch`")]

use super::dispatch::{Dispatch, Exec, Regs};
use super::form;
use super::operand::{Value, get, get_or_word, narrow, set_kept, slot, wide};
use super::shapes::Row;
use crate::store::entity::FRAME_MARGIN;
use core::hint::cold_path;
use core::marker::PhantomData;
use fantail_core::TrapCode;
use fantail_core::ir::{Class, Field};

/// Goes on at the target in word `n`.
///
/// # Safety
/// The current op has a target in that word, and `regs` satisfies the invariants of `dispatch`.
#[inline(always)]
pub(crate) unsafe fn branch<D: Dispatch>(mut regs: Regs, n: usize) -> D::Out {
    // SAFETY: the caller vouches for it.
    unsafe {
        regs.ip = form::target(regs.ip, n);
        D::jump(regs)
    }
}

/// Goes on at the address in word `n`; in class [`Class::Acc`] at that in the loop register, if they are the same.
///
/// This is a guess at the address, checked by a branch that is easy to predict: so the next iteration need not wait until
/// the word has been read. A wrong guess is replaced by what was read.
///
/// # Safety
/// As for [`branch`].
#[inline(always)]
pub(crate) unsafe fn branch_to<D: Dispatch>(mut regs: Regs, n: usize, class: Class) -> D::Out {
    // SAFETY: the caller vouches for it.
    unsafe {
        if !matches!(class, Class::Acc) {
            return branch::<D>(regs, n);
        }
        let (guess, target) = (regs.guess(), form::target(regs.ip, n));
        if guess == target {
            regs.ip = guess;
            return D::jump(regs);
        }
        cold_path();
        regs.set_guess(target);
        regs.ip = target;
        D::jump(regs)
    }
}

/// Says that a branch back of this class is likely to be taken, where it is not.
#[inline(always)]
pub(crate) fn unlikely(class: Class) {
    if matches!(class, Class::Acc) {
        cold_path();
    }
}

/// `pc = target`
pub(crate) struct Jump<F, const V: u16>(PhantomData<F>);

impl<F: Row, const V: u16> Exec for Jump<F, V> {
    #[inline(always)]
    unsafe fn exec<D: Dispatch>(regs: Regs) -> D::Out {
        // SAFETY: word 1 is the target.
        unsafe { branch_to::<D>(regs, 1, const { F::FAMILY.class(V, 0) }) }
    }
}

/// `if (a == 0) == ZERO { pc = target }`
pub(crate) struct BrIf<F, const V: u16, const ZERO: bool>(PhantomData<F>);

impl<F: Row, const V: u16, const ZERO: bool> Exec for BrIf<F, V, ZERO> {
    #[inline(always)]
    unsafe fn exec<D: Dispatch>(regs: Regs) -> D::Out {
        // SAFETY: the op has these operands by `V`, and the caller vouches for the registers.
        unsafe {
            let a: u64 = get(&regs, const { F::FAMILY.class(V, 0) }, Field::A);
            if (a == 0) == ZERO {
                branch_to::<D>(regs, 2, const { F::FAMILY.class(V, 1) })
            } else {
                unlikely(const { F::FAMILY.class(V, 1) });
                D::next(regs, 3)
            }
        }
    }
}

/// A row that compares.
pub(crate) trait Compare: Row {
    /// Type of both sources.
    type A: Value;

    /// `a ∘ b`
    fn holds(a: Self::A, b: Self::A) -> bool;
}

/// `if (a ∘ b) == TRUTH { pc = target }`
pub(crate) struct BrCmp<F, const V: u16, const TRUTH: bool>(PhantomData<F>);

impl<F: Compare, const V: u16, const TRUTH: bool> Exec for BrCmp<F, V, TRUTH> {
    #[inline(always)]
    unsafe fn exec<D: Dispatch>(regs: Regs) -> D::Out {
        // SAFETY: the op has these operands by `V`, and the caller vouches for the registers.
        unsafe {
            let float = const { F::FAMILY.float_imm() };
            let a = get_or_word(&regs, const { F::FAMILY.class(V, 0) }, Field::A, float);
            let b = get_or_word(&regs, const { F::FAMILY.class(V, 1) }, Field::B, float);
            if F::holds(a, b) == TRUTH {
                branch_to::<D>(regs, 2, const { F::FAMILY.class(V, 2) })
            } else {
                unlikely(const { F::FAMILY.class(V, 2) });
                D::next(regs, const { F::FAMILY.words(V) })
            }
        }
    }
}

/// `pc = targets[min(a, count - 1)]`
pub(crate) struct BrTable<F, const V: u16>(PhantomData<F>);

impl<F: Row, const V: u16> Exec for BrTable<F, V> {
    #[inline(always)]
    unsafe fn exec<D: Dispatch>(regs: Regs) -> D::Out {
        // SAFETY: as many targets as field B says stand from word 2 on, at least one.
        unsafe {
            let a: u32 = get(&regs, const { F::FAMILY.class(V, 0) }, Field::A);
            let last = wide(regs.ip, Field::B).wrapping_sub(1);
            branch::<D>(regs, (a.min(last) as usize).wrapping_add(2))
        }
    }
}

/// trap
pub(crate) struct Unreachable<F, const V: u16>(PhantomData<F>);

impl<F: Row, const V: u16> Exec for Unreachable<F, V> {
    #[inline(always)]
    unsafe fn exec<D: Dispatch>(regs: Regs) -> D::Out {
        // SAFETY: the caller vouches for the registers.
        unsafe { D::trap(regs, TrapCode::Unreachable) }
    }
}

/// `fp[d..d + b] = 0`
pub(crate) struct ZeroCells<F, const V: u16>(PhantomData<F>);

impl<F: Row, const V: u16> Exec for ZeroCells<F, V> {
    #[inline(always)]
    unsafe fn exec<D: Dispatch>(regs: Regs) -> D::Out {
        // SAFETY: the caller vouches for the registers, and the op is one that zeroes cells.
        unsafe {
            zero_cells(&regs);
            D::next(regs, 2)
        }
    }
}

/// `fp[d..d + b] = 0; pin = a`
pub(crate) struct ZeroCellsPin<F, const V: u16>(PhantomData<F>);

impl<F: Row, const V: u16> Exec for ZeroCellsPin<F, V> {
    #[inline(always)]
    unsafe fn exec<D: Dispatch>(mut regs: Regs) -> D::Out {
        // SAFETY: as above; `ir::verify` checks that the slot is in the frame.
        unsafe {
            zero_cells(&regs);
            regs.pin = *slot(&regs, Field::A);
            D::next(regs, 2)
        }
    }
}

/// `fp[d..d + b] = 0`
///
/// # Safety
/// `regs` satisfies the invariants of `dispatch`, and the current op names these cells.
#[inline(always)]
unsafe fn zero_cells(regs: &Regs) {
    // SAFETY: `ir::verify` checks that all the cells are in the frame.
    unsafe {
        let first = slot(regs, Field::D);
        let mut n = 0;
        // Volatile, or else the loop is unrolled or becomes a call of `memset`: for both the handler would spill.
        while n < regs.ip.wrapping_add(1).read_volatile() >> 32 {
            first.wrapping_add(n as usize).write_volatile(0);
            n = n.wrapping_add(1);
        }
    }
}

/// trap unless `b` more cells of the value stack are free
pub(crate) struct CheckStack<F, const V: u16>(PhantomData<F>);

impl<F: Row, const V: u16> Exec for CheckStack<F, V> {
    #[inline(always)]
    unsafe fn exec<D: Dispatch>(regs: Regs) -> D::Out {
        const CELL: u64 = size_of::<u64>() as u64;
        // SAFETY: the context is alive, and the op has field B.
        unsafe {
            let needed = u64::from(wide(regs.ip, Field::B)).wrapping_mul(CELL);
            let end = ((*regs.ctx).limit.addr() as u64).wrapping_add(FRAME_MARGIN as u64 * CELL);
            if (regs.fp.addr() as u64).wrapping_add(needed) > end {
                return D::trap(regs, TrapCode::StackOverflow);
            }
            D::next(regs, 2)
        }
    }
}

/// `pin = a`
pub(crate) struct PinLoad<F, const V: u16>(PhantomData<F>);

impl<F: Row, const V: u16> Exec for PinLoad<F, V> {
    #[inline(always)]
    unsafe fn exec<D: Dispatch>(mut regs: Regs) -> D::Out {
        // SAFETY: `ir::verify` checks that the slot is in the frame.
        unsafe {
            regs.pin = *slot(&regs, Field::A);
            D::next(regs, 2)
        }
    }
}

/// `pc, fp = return record`, and the caller's pin again
///
/// # Safety
/// `regs` satisfies the invariants of `dispatch` and the return record is at cell `record` of the current frame.
#[inline(always)]
pub(crate) unsafe fn return_to<D: Dispatch>(mut regs: Regs, record: *mut u64) -> D::Out {
    // SAFETY: a call op wrote the record. It is three words long, so two words before the place of return is its word 1.
    unsafe {
        regs.ip = *record.cast::<*const u64>();
        regs.fp = *record.wrapping_add(1).cast::<*mut u64>();
        regs.pin = pin_of_call_before(regs.ip, regs.fp);
        D::jump(regs)
    }
}

/// The pinned slot in the frame `fp` of the function that goes on at `ip` after a call.
///
/// # Safety
/// `ip` follows a call op, or one of the executor's own ends of calls, and `fp` is the frame.
#[inline(always)]
pub(crate) unsafe fn pin_of_call_before(ip: *const u64, fp: *mut u64) -> u64 {
    // SAFETY: all call ops are three words long and have the pin's slot in field B16.
    unsafe { *fp.wrapping_add(usize::from(narrow(ip.wrapping_sub(3), Field::B16))) }
}

/// `kept = a`
pub(crate) struct Keep<F, const V: u16>(PhantomData<F>);

impl<F: Row, const V: u16> Exec for Keep<F, V> {
    #[inline(always)]
    unsafe fn exec<D: Dispatch>(mut regs: Regs) -> D::Out {
        // SAFETY: the op has this operand by `V`, and the caller vouches for the registers.
        unsafe {
            let a = get(&regs, const { F::FAMILY.class(V, 0) }, Field::A);
            set_kept(&mut regs, a);
            D::next(regs, 2)
        }
    }
}

/// The record of a return of this row. One that says itself where that is need not wait for a field of the op to be loaded,
/// and the op to go on at comes by as much earlier: an indirect call takes 0.64 of the time.
///
/// # Safety
/// The current op is such a return.
#[inline(always)]
unsafe fn record_of<F: Row>(regs: &Regs) -> *mut u64 {
    match const { F::FAMILY.own_record() } {
        Some(own) => regs.fp.wrapping_add(usize::from(own)),
        // SAFETY: field D is where the record is.
        None => unsafe { slot(regs, Field::D) },
    }
}

/// return
pub(crate) struct Return<F, const V: u16>(PhantomData<F>);

impl<F: Row, const V: u16> Exec for Return<F, V> {
    #[inline(always)]
    unsafe fn exec<D: Dispatch>(regs: Regs) -> D::Out {
        // SAFETY: the current op is this return.
        unsafe {
            let record = record_of::<F>(&regs);
            return_to::<D>(regs, record)
        }
    }
}

/// Leaves `value` in the accumulator, which compact code does not read.
#[inline(always)]
fn keep<T: Value>(regs: &mut Regs, value: T) {
    if cfg!(feature = "fusion") {
        value.set_acc(regs);
    }
}

/// `fp[0] = a`, then return; the value stays in the accumulator too
pub(crate) struct ReturnValue<F, const V: u16>(PhantomData<F>);

impl<F: super::shapes::Typed, const V: u16> Exec for ReturnValue<F, V> {
    #[inline(always)]
    unsafe fn exec<D: Dispatch>(mut regs: Regs) -> D::Out {
        // SAFETY: the op has these operands by `V`. The first cells of a frame are for results and come before the record.
        unsafe {
            let value: F::T = get(&regs, const { F::FAMILY.class(V, 0) }, Field::B);
            value.store(regs.fp);
            keep(&mut regs, value);
            let record = record_of::<F>(&regs);
            return_to::<D>(regs, record)
        }
    }
}

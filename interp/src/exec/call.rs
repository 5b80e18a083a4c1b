//! Calls, tail calls, and what they share: see "The frame" in [`ir`](fantail_core::ir).
//!
//! # Invariants
//! - Every call op is three words long with the caller's pinned slot in field B16, so that a return finds it from the
//!   place where it goes on.
//! - A frame starts at most at `ctx.limit`: [`FRAME_MARGIN`](crate::store::entity::FRAME_MARGIN) cells follow.
//! - A callee of another instance, or of the host, is entered through an op of [`runtime`](super::runtime), with its
//!   handle in the accumulator.
//!
//! Spec: section 4.6.10 "Control Instructions".

#![expect(unsafe_code, reason = "ops act on the registers under the invariants of `dispatch`")]

use super::dispatch::{Dispatch, Exec, Regs};
use super::form;
use super::operand::{Value, get, narrow, narrow_place, slot, wide, word};
use super::runtime::{ENTER_HOST, ENTER_INSTANCE, snippet};
use super::shapes::Row;
use super::table::{element, func_handle, table};
use crate::store::entity::FuncEntity;
use crate::sync::atomic::Ordering;
use core::marker::PhantomData;
use fantail_core::TrapCode;
use fantail_core::ir::{Class, Field};
use fantail_core::types::CanonId;

/// Writes a return record.
///
/// # Safety
/// `record` and the cell after it are in the value stack.
#[inline(always)]
pub(crate) unsafe fn write_record(record: *mut u64, ip: *const u64, fp: *mut u64) {
    // SAFETY: the caller vouches for the cells.
    unsafe {
        *record.cast::<*const u64>() = ip;
        *record.wrapping_add(1).cast::<*mut u64>() = fp;
    }
}

/// Reads a return record: where to go on, and the frame.
///
/// # Safety
/// There is one at `record`.
#[inline(always)]
pub(crate) unsafe fn read_record(record: *const u64) -> (*const u64, *mut u64) {
    // SAFETY: the caller vouches for the record.
    unsafe { (*record.cast::<*const u64>(), *record.wrapping_add(1).cast::<*mut u64>()) }
}

/// Frees the pin's register. A function sets its pin itself, so the caller's need not get there, and call ops are short
/// of registers.
#[inline(always)]
fn forget_pin(regs: &mut Regs) {
    regs.pin = regs.acc;
}

/// Enters `code` in the frame that the current call op describes.
///
/// # Safety
/// `regs` satisfies the invariants of `dispatch`; the current op is a call; `code` is its callee's.
#[inline(always)]
unsafe fn invoke<D: Dispatch>(mut regs: Regs, code: *const u64) -> D::Out {
    // SAFETY: the frame lies inside the value stack after the comparison, with room for the record by its margin.
    unsafe {
        let callee = slot(&regs, Field::D);
        if callee > (*regs.ctx).limit {
            return D::trap(regs, TrapCode::StackOverflow);
        }
        let record = callee.wrapping_add(usize::from(narrow(regs.ip, Field::A)));
        write_record(record, regs.ip.wrapping_add(3), regs.fp);
        regs.fp = callee;
        regs.ip = code;
        forget_pin(&mut regs);
        D::jump(regs)
    }
}

/// Replaces the current frame by that which the current tail call describes, and enters `code`.
///
/// # Safety
/// As for [`invoke`].
#[inline(always)]
unsafe fn replace<D: Dispatch>(mut regs: Regs, code: *const u64) -> D::Out {
    // SAFETY: the arguments are in the frame, and `ir::verify` checks that so is all that is written.
    unsafe {
        let (ip, fp) = read_record(slot(&regs, Field::A));
        let (from, mut n) = (slot(&regs, Field::D), 0);
        // Volatile, or else the loop is unrolled or becomes a call of `memmove`: for both the handler would spill, as it would
        // to keep their number.
        while n < usize::from(narrow_place(regs.ip, Field::B16).read_volatile()) {
            regs.fp.wrapping_add(n).write_volatile(*from.wrapping_add(n));
            n = n.wrapping_add(1);
        }
        write_record(slot(&regs, Field::C16), ip, fp);
        regs.ip = code;
        forget_pin(&mut regs);
        D::jump(regs)
    }
}

/// Continues as [`invoke`] or, for a tail call, as [`replace`].
///
/// # Safety
/// As for [`invoke`].
#[inline(always)]
unsafe fn transfer<D: Dispatch, const TAIL: bool>(regs: Regs, code: *const u64) -> D::Out {
    // SAFETY: the caller vouches for it.
    unsafe { if TAIL { replace::<D>(regs, code) } else { invoke::<D>(regs, code) } }
}

/// The function with this handle.
///
/// # Safety
/// `regs` satisfies the invariants of `dispatch`, and `handle` is one of its store.
#[inline(always)]
pub(crate) unsafe fn entity(regs: &Regs, handle: u64) -> *const FuncEntity {
    // SAFETY: the context is alive.
    unsafe { (*regs.ctx).funcs.wrapping_add(handle as usize) }
}

/// Calls the function with this handle, which is not null and likely to be one of the current instance.
///
/// # Safety
/// As for [`invoke`] and [`entity`].
#[inline(always)]
unsafe fn transfer_to<D: Dispatch, const TAIL: bool>(mut regs: Regs, handle: u64) -> D::Out {
    // SAFETY: handles that the guest can have are of functions of its store.
    unsafe {
        let func = entity(&regs, handle);
        regs.acc = handle;
        forget_pin(&mut regs);
        if (*func).instance != (*regs.ctx).instance {
            return D::outline::<TransferAcross<TAIL>>(regs);
        }
        transfer::<D, TAIL>(regs, (*(*func).code).load(Ordering::Acquire))
    }
}

/// A call of the function in the accumulator, which is of another instance or of the host
struct TransferAcross<const TAIL: bool>;

impl<const TAIL: bool> Exec for TransferAcross<TAIL> {
    #[inline(always)]
    unsafe fn exec<D: Dispatch>(regs: Regs) -> D::Out {
        // SAFETY: the current op is a call, and its callee the function in the accumulator.
        unsafe {
            let instance = (*entity(&regs, regs.acc)).instance;
            transfer::<D, TAIL>(regs, snippet(if instance.is_null() { ENTER_HOST } else { ENTER_INSTANCE }))
        }
    }
}

/// A call of the function in the accumulator, which is of this instance
struct TransferWithin<const TAIL: bool>;

impl<const TAIL: bool> Exec for TransferWithin<TAIL> {
    #[inline(always)]
    unsafe fn exec<D: Dispatch>(regs: Regs) -> D::Out {
        // SAFETY: as in `TransferAcross`.
        unsafe {
            let func = entity(&regs, regs.acc);
            transfer::<D, TAIL>(regs, (*(*func).code).load(Ordering::Acquire))
        }
    }
}

/// call of a function of this module
pub(crate) struct Call<F, const V: u16>(PhantomData<F>);

impl<F: Row, const V: u16> Exec for Call<F, V> {
    #[inline(always)]
    unsafe fn exec<D: Dispatch>(regs: Regs) -> D::Out {
        // SAFETY: the current op is a call of a function of this module.
        unsafe {
            let code = form::callee(&regs);
            invoke::<D>(regs, code)
        }
    }
}

/// tail call of a function of this module
pub(crate) struct ReturnCall<F, const V: u16>(PhantomData<F>);

impl<F: Row, const V: u16> Exec for ReturnCall<F, V> {
    #[inline(always)]
    unsafe fn exec<D: Dispatch>(regs: Regs) -> D::Out {
        // SAFETY: the current op is a tail call of a function of this module.
        unsafe {
            let code = form::tail_callee(&regs);
            let mut regs = regs;
            // What calls leave in it is undefined, and registers are short.
            regs.acc = 0;
            replace::<D>(regs, code)
        }
    }
}

/// call of an imported function
pub(crate) struct CallImport<F, const V: u16, const TAIL: bool>(PhantomData<F>);

impl<F: Row, const V: u16, const TAIL: bool> Exec for CallImport<F, V, TAIL> {
    #[inline(always)]
    unsafe fn exec<D: Dispatch>(regs: Regs) -> D::Out {
        // SAFETY: word 2 is the index of a function.
        unsafe {
            let mut regs = regs;
            regs.acc = func_handle(&regs, word(regs.ip, 2) as usize);
            forget_pin(&mut regs);
            let func = entity(&regs, regs.acc);
            if (*func).instance == (*regs.ctx).instance {
                // An instance may import what it exports to itself.
                return D::outline::<TransferWithin<TAIL>>(regs);
            }
            if (*func).instance.is_null() {
                return transfer::<D, TAIL>(regs, snippet(ENTER_HOST));
            }
            D::outline::<TransferAcross<TAIL>>(regs)
        }
    }
}

/// The source operand that is the callee.
///
/// # Safety
/// The current op is an indirect call in variant `V`.
#[inline(always)]
unsafe fn callee<F: Row, const V: u16, const TAIL: bool>(regs: &Regs) -> u64 {
    // SAFETY: tail calls have it in a slot named by word 3, others in field C16.
    unsafe {
        match TAIL {
            true => u64::load(slot(regs, Field::W3)),
            false => get(regs, const { F::FAMILY.class(V, 0) }, Field::C16),
        }
    }
}

/// call through a table, of a function of the given type
pub(crate) struct CallIndirect<F, const V: u16, const TAIL: bool>(PhantomData<F>);

impl<F: Row, const V: u16, const TAIL: bool> Exec for CallIndirect<F, V, TAIL> {
    #[inline(always)]
    unsafe fn exec<D: Dispatch>(mut regs: Regs) -> D::Out {
        // SAFETY: validation checks table indices; elements of a table of functions are handles.
        unsafe {
            let index = callee::<F, V, TAIL>(&regs);
            if TAIL || !matches!(const { F::FAMILY.class(V, 0) }, Class::Pin) {
                // `CallSubtype` does not ask for it.
                forget_pin(&mut regs);
            }
            let Some(element) = element(table(&regs, wide(regs.ip, Field::W2Lo)), index) else {
                return D::trap(regs, TrapCode::UndefinedElement);
            };
            let handle = *element;
            if (*entity(&regs, handle)).ty.0 != form::called_type(&regs) {
                return D::outline::<CallSubtype<F, V, TAIL>>(regs);
            }
            transfer_to::<D, TAIL>(regs, handle)
        }
    }
}

/// [`CallIndirect`] of a function that is null or does not have the very type asked for, but perhaps a subtype of it
struct CallSubtype<F, const V: u16, const TAIL: bool>(PhantomData<F>);

impl<F: Row, const V: u16, const TAIL: bool> Exec for CallSubtype<F, V, TAIL> {
    #[inline(always)]
    unsafe fn exec<D: Dispatch>(regs: Regs) -> D::Out {
        // SAFETY: as in `CallIndirect`, which has found the element.
        unsafe {
            let index = callee::<F, V, TAIL>(&regs) as usize;
            let table = table(&regs, wide(regs.ip, Field::W2Lo));
            let handle = *(*table).base.wrapping_add(index);
            if handle == 0 {
                D::trap(regs, TrapCode::IndirectCallToNull)
            } else if cfg!(feature = "gc")
                && has_supertype(entity(&regs, handle), CanonId(form::called_type(&regs)))
            {
                transfer_to::<D, TAIL>(regs, handle)
            } else {
                D::trap(regs, TrapCode::BadSignature)
            }
        }
    }
}

/// Whether `ty` is among the declared supertypes of the type of `func`. Types of host functions have none.
///
/// # Safety
/// `func` is a function of a live store, and not null.
unsafe fn has_supertype(func: *const FuncEntity, ty: CanonId) -> bool {
    // SAFETY: the caller vouches for `func`, whose instance lives as long.
    unsafe {
        let Some(instance) = (*func).instance.as_ref() else { return false };
        let module = &instance.module.core;
        module.types[module.funcs[(*func).index.index()].index()].display.contains(&ty)
    }
}

/// call through a reference
pub(crate) struct CallRef<F, const V: u16, const TAIL: bool>(PhantomData<F>);

impl<F: Row, const V: u16, const TAIL: bool> Exec for CallRef<F, V, TAIL> {
    #[inline(always)]
    unsafe fn exec<D: Dispatch>(regs: Regs) -> D::Out {
        // SAFETY: validation checks that the reference is to a function of the right type.
        unsafe {
            let handle = callee::<F, V, TAIL>(&regs);
            if handle == 0 {
                return D::trap(regs, TrapCode::NullFuncReference);
            }
            transfer_to::<D, TAIL>(regs, handle)
        }
    }
}

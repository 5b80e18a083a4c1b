//! Single accesses to tables, globals and function references.
//!
//! Invariant: an element of a table is touched only after a comparison of its index with the table's length.
//!
//! Spec: sections 4.6.7 "Table Instructions", 4.6.6 "Variable Instructions", 4.6.2 "Reference Instructions".

#![expect(unsafe_code, reason = "ops act on the registers under the invariants of `dispatch`")]

use super::dispatch::{Dispatch, Exec, Regs};
use super::operand::{Value, get, put, wide};
use super::shapes::{Row, Typed};
use crate::store::entity::{GlobalEntity, TableEntity};
use core::marker::PhantomData;
use fantail_core::TrapCode;
use fantail_core::ir::{Class, Field};

/// Table `index` of the current instance.
///
/// # Safety
/// `regs` satisfies the invariants of `dispatch`, and the instance has such a table.
#[inline(always)]
pub(crate) unsafe fn table(regs: &Regs, index: u32) -> *mut TableEntity {
    // SAFETY: the context and the instance are alive.
    unsafe { *(*regs.ctx).tables.wrapping_add(index as usize) }
}

/// The cell of element `index` of `table`.
///
/// # Safety
/// `table` is alive.
#[inline(always)]
pub(crate) unsafe fn element(table: *const TableEntity, index: u64) -> Option<*mut u64> {
    // SAFETY: the caller vouches for the table.
    unsafe {
        if index < (*table).len as u64 { Some((*table).base.wrapping_add(index as usize)) } else { None }
    }
}

/// `dst = tables[b][a]`
pub(crate) struct TableGet<F, const V: u16>(PhantomData<F>);

impl<F: Row, const V: u16> Exec for TableGet<F, V> {
    #[inline(always)]
    unsafe fn exec<D: Dispatch>(mut regs: Regs) -> D::Out {
        // SAFETY: validation checks table indices; `element` checks that of the element.
        unsafe {
            let index = get(&regs, const { F::FAMILY.class(V, 0) }, Field::A);
            match element(table(&regs, wide(regs.ip, Field::B)), index) {
                Some(element) => {
                    put(&mut regs, const { F::FAMILY.class(V, 2) }, *element);
                    D::next(regs, 2)
                }
                None => D::trap(regs, TrapCode::TableOutOfBounds),
            }
        }
    }
}

/// `tables[c][a] = b`
pub(crate) struct TableSet<F, const V: u16>(PhantomData<F>);

impl<F: Row, const V: u16> Exec for TableSet<F, V> {
    #[inline(always)]
    unsafe fn exec<D: Dispatch>(regs: Regs) -> D::Out {
        // SAFETY: validation checks table indices; `element` checks that of the element.
        unsafe {
            let index = get(&regs, const { F::FAMILY.class(V, 0) }, Field::A);
            let value = get(&regs, const { F::FAMILY.class(V, 1) }, Field::D);
            match element(table(&regs, wide(regs.ip, Field::B)), index) {
                Some(element) => {
                    *element = value;
                    D::next(regs, 2)
                }
                None => D::trap(regs, TrapCode::TableOutOfBounds),
            }
        }
    }
}

/// `dst = size of table b`
pub(crate) struct TableSize<F, const V: u16>(PhantomData<F>);

impl<F: Row, const V: u16> Exec for TableSize<F, V> {
    #[inline(always)]
    unsafe fn exec<D: Dispatch>(mut regs: Regs) -> D::Out {
        // SAFETY: validation checks table indices; entities live as long as their store.
        unsafe {
            let len = (*table(&regs, wide(regs.ip, Field::B))).len as u64;
            put(&mut regs, const { F::FAMILY.class(V, 1) }, len);
            D::next(regs, 2)
        }
    }
}

/// The cells of the global in field B.
///
/// # Safety
/// `regs` satisfies the invariants of `dispatch`, and the instance has such a global.
#[inline(always)]
unsafe fn global(regs: &Regs) -> *mut u64 {
    // SAFETY: the context and the instance are alive.
    unsafe {
        let global: *mut GlobalEntity = *(*regs.ctx).globals.wrapping_add(wide(regs.ip, Field::B) as usize);
        (&raw mut (*global).cells).cast()
    }
}

/// `dst = globals[b]`
pub(crate) struct GlobalGet<F, const V: u16>(PhantomData<F>);

impl<F: Typed, const V: u16> Exec for GlobalGet<F, V> {
    #[inline(always)]
    unsafe fn exec<D: Dispatch>(mut regs: Regs) -> D::Out {
        // SAFETY: validation checks global indices.
        unsafe {
            let value = F::T::load(global(&regs));
            put(&mut regs, const { F::FAMILY.class(V, 1) }, value);
            D::next(regs, 2)
        }
    }
}

/// `globals[b] = a`
pub(crate) struct GlobalSet<F, const V: u16>(PhantomData<F>);

impl<F: Typed, const V: u16> Exec for GlobalSet<F, V> {
    #[inline(always)]
    unsafe fn exec<D: Dispatch>(regs: Regs) -> D::Out {
        // SAFETY: validation checks global indices.
        unsafe {
            let value: F::T = get(&regs, const { F::FAMILY.class(V, 0) }, Field::A);
            value.store(global(&regs));
            D::next(regs, 2)
        }
    }
}

/// `dst = globals[b] = globals[b] + step`, modulo 2³²
pub(crate) struct GlobalStep<F, const V: u16>(PhantomData<F>);

impl<F: Row, const V: u16> Exec for GlobalStep<F, V> {
    #[inline(always)]
    unsafe fn exec<D: Dispatch>(mut regs: Regs) -> D::Out {
        // SAFETY: validation checks global indices.
        unsafe {
            let global = global(&regs);
            let step: u32 = get(&regs, Class::Imm, Field::A);
            let sum = u32::load(global).wrapping_add(step);
            sum.store(global);
            put(&mut regs, const { F::FAMILY.class(V, 2) }, sum);
            D::next(regs, 2)
        }
    }
}

/// `globals[b] = a + step`, modulo 2³²
pub(crate) struct GlobalSetSum<F, const V: u16>(PhantomData<F>);

impl<F: Row, const V: u16> Exec for GlobalSetSum<F, V> {
    #[inline(always)]
    unsafe fn exec<D: Dispatch>(regs: Regs) -> D::Out {
        // SAFETY: validation checks global indices.
        unsafe {
            let a: u32 = get(&regs, const { F::FAMILY.class(V, 0) }, Field::A);
            let step: u32 = get(&regs, Class::Imm, Field::D);
            a.wrapping_add(step).store(global(&regs));
            D::next(regs, 2)
        }
    }
}

/// `dst = reference to function b`
pub(crate) struct RefFunc<F, const V: u16>(PhantomData<F>);

impl<F: Row, const V: u16> Exec for RefFunc<F, V> {
    #[inline(always)]
    unsafe fn exec<D: Dispatch>(mut regs: Regs) -> D::Out {
        // SAFETY: validation checks function indices; an instance has a handle for each.
        unsafe {
            let handle = func_handle(&regs, wide(regs.ip, Field::B) as usize);
            put(&mut regs, const { F::FAMILY.class(V, 1) }, handle);
            D::next(regs, 2)
        }
    }
}

/// The handle of function `index` of the current instance.
///
/// # Safety
/// `regs` satisfies the invariants of `dispatch`, and the instance has such a function.
#[inline(always)]
pub(crate) unsafe fn func_handle(regs: &Regs, index: usize) -> u64 {
    // SAFETY: the context and the instance are alive.
    unsafe { *(*regs.ctx).handles.wrapping_add(index) }
}

/// `dst = a`, or a trap when it is null
pub(crate) struct RefAsNonNull<F, const V: u16>(PhantomData<F>);

impl<F: Row, const V: u16> Exec for RefAsNonNull<F, V> {
    #[inline(always)]
    unsafe fn exec<D: Dispatch>(mut regs: Regs) -> D::Out {
        // SAFETY: the op has these operands by `V`, and the caller vouches for the registers.
        unsafe {
            let value: u64 = get(&regs, const { F::FAMILY.class(V, 0) }, Field::A);
            if value == 0 {
                return D::trap(regs, TrapCode::NullReference);
            }
            put(&mut regs, const { F::FAMILY.class(V, 1) }, value);
            D::next(regs, 2)
        }
    }
}

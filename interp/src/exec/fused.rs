//! Pairs of instructions as one op: see "Fusion" in the translator.
//!
//! Invariant: a fused op does what its parts would do one after the other, traps included.

#![expect(unsafe_code, reason = "ops act on the registers under the invariants of `dispatch`")]

use super::control::{Compare, branch};
use super::dispatch::{Dispatch, Exec, Regs};
use super::memory::{Loads, Stores, View, loaded, stored};
use super::operand::{Value, get, narrow, put, put_only, slot};
use super::shapes::Row;
use core::marker::PhantomData;
use fantail_core::ir::{Class, Field};

/// A row over three scalars.
pub(crate) trait Pair: Row {
    /// Their type, and that of the result.
    type T: Value;

    /// `second(first(a, b), c)`
    fn apply(a: Self::T, b: Self::T, c: Self::T) -> Self::T;
}

/// `dst = second(first(a, b), c)`
pub(crate) struct Tern<F, const V: u16>(PhantomData<F>);

impl<F: Pair, const V: u16> Exec for Tern<F, V> {
    #[inline(always)]
    unsafe fn exec<D: Dispatch>(mut regs: Regs) -> D::Out {
        // SAFETY: the op has these operands by `V`, and the caller vouches for the registers.
        unsafe {
            let a = get(&regs, const { F::FAMILY.class(V, 0) }, Field::A);
            let b = get(&regs, const { F::FAMILY.class(V, 1) }, Field::B16);
            let c = get(&regs, const { F::FAMILY.class(V, 2) }, Field::C16);
            put(&mut regs, const { F::FAMILY.class(V, 3) }, F::apply(a, b, c));
            D::next(regs, 2)
        }
    }
}

/// `x = x + step; if x ∘ b { pc = target }`
pub(crate) struct AddBr<F, const V: u16>(PhantomData<F>);

impl<F: Compare, const V: u16> Exec for AddBr<F, V> {
    #[inline(always)]
    unsafe fn exec<D: Dispatch>(mut regs: Regs) -> D::Out {
        // SAFETY: the op has these operands by `V`, and the caller vouches for the registers.
        unsafe {
            let class = const { F::FAMILY.class(V, 0) };
            let step: F::A = get(&regs, Class::Imm, Field::A);
            let x: F::A = get(&regs, class, Field::D);
            let x = F::A::from_raw(x.into_raw().wrapping_add(step.into_raw()));
            // First: `b` may be the same slot.
            put_only(&mut regs, class, x);
            let b = get(&regs, const { F::FAMILY.class(V, 2) }, Field::B);
            if F::holds(x, b) { branch::<D>(regs, 2) } else { D::next(regs, 3) }
        }
    }
}

/// The address `zext(a + (b << SHIFT)) + offset`.
///
/// # Safety
/// `regs` satisfies the invariants of `dispatch`, and the op has these operands in fields A, B and C.
#[inline(always)]
unsafe fn scaled<const SHIFT: u32>(regs: &Regs, a: Class, b: Class) -> u64 {
    // SAFETY: the caller vouches for the operands.
    unsafe {
        let index: u32 = get(regs, b, Field::B16);
        let base = get::<u32>(regs, a, Field::A).wrapping_add(index.wrapping_shl(SHIFT));
        u64::from(base).wrapping_add(u64::from(narrow(regs.ip, Field::C16)))
    }
}

/// `dst = memory 0 [zext(a + b * scale) + offset]`
pub(crate) struct LoadX<F, const V: u16, const SHIFT: u32>(PhantomData<F>);

impl<F: Loads, const V: u16, const SHIFT: u32> Exec for LoadX<F, V, SHIFT> {
    #[inline(always)]
    unsafe fn exec<D: Dispatch>(regs: Regs) -> D::Out {
        // SAFETY: the op has these operands by `V`, and the caller vouches for the registers.
        unsafe {
            let (a, b) = const { (F::FAMILY.class(V, 0), F::FAMILY.class(V, 1)) };
            let value = F::load(View::first(&regs), scaled::<SHIFT>(&regs, a, b));
            loaded::<D, _>(regs, const { F::FAMILY.class(V, 3) }, 2, value)
        }
    }
}

/// `memory 0 [zext(a + b * scale) + offset] = c`
pub(crate) struct StoreX<F, const V: u16, const SHIFT: u32>(PhantomData<F>);

impl<F: Stores, const V: u16, const SHIFT: u32> Exec for StoreX<F, V, SHIFT> {
    #[inline(always)]
    unsafe fn exec<D: Dispatch>(regs: Regs) -> D::Out {
        // SAFETY: the op has these operands by `V`, and the caller vouches for the registers.
        unsafe {
            let (a, b) = const { (F::FAMILY.class(V, 0), F::FAMILY.class(V, 1)) };
            let address = scaled::<SHIFT>(&regs, a, b);
            let value = get(&regs, const { F::FAMILY.class(V, 2) }, Field::D);
            let done = F::store(View::first(&regs), address, value);
            stored::<D>(regs, 2, done)
        }
    }
}

/// two copies between slots, the first one first
pub(crate) struct Copy2<F, const V: u16>(PhantomData<F>);

impl<F: Row, const V: u16> Exec for Copy2<F, V> {
    #[inline(always)]
    unsafe fn exec<D: Dispatch>(regs: Regs) -> D::Out {
        // SAFETY: `ir::verify` checks that the slots are in the frame.
        unsafe {
            *slot(&regs, Field::D) = *slot(&regs, Field::A);
            *slot(&regs, Field::B16) = *slot(&regs, Field::C16);
            D::next(regs, 2)
        }
    }
}

/// A row that copies inside memory 0.
pub(crate) trait Moves: Row {
    /// Copies from one address to the other.
    ///
    /// # Safety
    /// The view is of a live memory.
    unsafe fn copy(view: View, from: u64, to: u64) -> Option<()>;
}

/// `memory 0 [zext(to) + offset] = memory 0 [zext(from) + offset]`
pub(crate) struct LoadStore<F, const V: u16>(PhantomData<F>);

impl<F: Moves, const V: u16> Exec for LoadStore<F, V> {
    #[inline(always)]
    unsafe fn exec<D: Dispatch>(regs: Regs) -> D::Out {
        // SAFETY: the op has these operands by `V`, and the caller vouches for the registers.
        unsafe {
            let address = |class, base, offset| {
                let base: u32 = get(&regs, class, base);
                u64::from(base).wrapping_add(u64::from(narrow(regs.ip, offset)))
            };
            let to = address(const { F::FAMILY.class(V, 0) }, Field::D, Field::B16);
            let from = address(const { F::FAMILY.class(V, 2) }, Field::A, Field::C16);
            let done = F::copy(View::first(&regs), from, to);
            stored::<D>(regs, 2, done)
        }
    }
}

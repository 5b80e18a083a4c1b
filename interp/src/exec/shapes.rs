//! The plain shapes: ops that compute a value from values.
//!
//! Each shape is one generic op over a *row* (what is computed, a marker type per family) and the number of the variant,
//! from which the classes of the operands follow as constants.
//!
//! Invariant: an op reads and writes exactly what [`Op::classes`](fantail_core::ir::Op::classes) says; the tests of
//! [`handlers`](super::handlers) hold every variant against the table.

#![expect(unsafe_code, reason = "ops act on the registers under the invariants of `dispatch`")]

use super::dispatch::{Dispatch, Exec, Regs};
use super::operand::{Value, get, get_or_word, put, put_only, slot, wide, word};
use core::marker::PhantomData;
use fantail_core::TrapCode;
use fantail_core::ir::{Family, Field};
use fantail_simd::V128;

/// A row of the table.
pub(crate) trait Row: 'static {
    /// Which one.
    const FAMILY: Family;
}

/// What a semantic function returns: a value of type `R`, or a trap.
pub(crate) trait Outcome<R> {
    /// As a result, which costs nothing where it is always a value.
    fn outcome(self) -> Result<R, TrapCode>;
}

impl<R: Value> Outcome<R> for R {
    #[inline(always)]
    fn outcome(self) -> Result<R, TrapCode> {
        Ok(self)
    }
}

impl<R: Value> Outcome<R> for Result<R, TrapCode> {
    #[inline(always)]
    fn outcome(self) -> Result<R, TrapCode> {
        self
    }
}

impl Outcome<u32> for bool {
    #[inline(always)]
    fn outcome(self) -> Result<u32, TrapCode> {
        Ok(u32::from(self))
    }
}

/// A row with two sources.
pub(crate) trait Binary: Row {
    /// Type of the left one.
    type A: Value;
    /// Type of the right one.
    type B: Value;
    /// Type of the result.
    type R: Value;

    /// `a ∘ b`
    fn apply(a: Self::A, b: Self::B) -> Result<Self::R, TrapCode>;
}

/// `dst = a ∘ b`
pub(crate) struct Bin<F, const V: u16>(PhantomData<F>);

impl<F: Binary, const V: u16> Exec for Bin<F, V> {
    #[inline(always)]
    unsafe fn exec<D: Dispatch>(mut regs: Regs) -> D::Out {
        // SAFETY: the op has these operands by `V`, and the caller vouches for the registers.
        unsafe {
            let float = const { F::FAMILY.float_imm() };
            let a = get_or_word(&regs, const { F::FAMILY.class(V, 0) }, const { F::FAMILY.field(0) }, float);
            let b = get_or_word(&regs, const { F::FAMILY.class(V, 1) }, const { F::FAMILY.field(1) }, float);
            match F::apply(a, b) {
                Ok(value) => {
                    put(&mut regs, const { F::FAMILY.class(V, 2) }, value);
                    D::next(regs, const { F::FAMILY.words(V) })
                }
                Err(code) => D::trap(regs, code),
            }
        }
    }
}

/// A row with one source.
pub(crate) trait Unary: Row {
    /// Type of the source.
    type A: Value;
    /// Type of the result.
    type R: Value;

    /// `∘ a`
    fn apply(a: Self::A) -> Result<Self::R, TrapCode>;
}

/// `dst = ∘ a`
pub(crate) struct Un<F, const V: u16>(PhantomData<F>);

impl<F: Unary, const V: u16> Exec for Un<F, V> {
    #[inline(always)]
    unsafe fn exec<D: Dispatch>(mut regs: Regs) -> D::Out {
        // SAFETY: the op has these operands by `V`, and the caller vouches for the registers.
        unsafe {
            let a = get(&regs, const { F::FAMILY.class(V, 0) }, Field::A);
            match F::apply(a) {
                Ok(value) => {
                    put(&mut regs, const { F::FAMILY.class(V, 1) }, value);
                    D::next(regs, const { F::FAMILY.words(V) })
                }
                Err(code) => D::trap(regs, code),
            }
        }
    }
}

/// A row that moves a value of one type about.
pub(crate) trait Typed: Row {
    /// The type.
    type T: Value;
}

/// `dst = a`
pub(crate) struct Copy<F, const V: u16>(PhantomData<F>);

impl<F: Typed, const V: u16> Exec for Copy<F, V> {
    #[inline(always)]
    unsafe fn exec<D: Dispatch>(mut regs: Regs) -> D::Out {
        // SAFETY: the op has these operands by `V`, and the caller vouches for the registers.
        unsafe {
            let a: F::T = get(&regs, const { F::FAMILY.class(V, 0) }, Field::A);
            put_only(&mut regs, const { F::FAMILY.class(V, 1) }, a);
            D::next(regs, 2)
        }
    }
}

/// Where a `const` op has its constant.
pub(crate) trait Constant: Value {
    /// Reads it.
    ///
    /// # Safety
    /// `ip` points to a `const` op of this type.
    unsafe fn constant(ip: *const u64) -> Self;
}

impl Constant for u32 {
    #[inline(always)]
    unsafe fn constant(ip: *const u64) -> Self {
        // SAFETY: the caller vouches for the op.
        unsafe { wide(ip, Field::B) }
    }
}

impl Constant for u64 {
    #[inline(always)]
    unsafe fn constant(ip: *const u64) -> Self {
        // SAFETY: the caller vouches for the op.
        unsafe { word(ip, 2) }
    }
}

impl Constant for f32 {
    #[inline(always)]
    unsafe fn constant(ip: *const u64) -> Self {
        // SAFETY: the caller vouches for the op.
        Self::from_bits(unsafe { wide(ip, Field::B) })
    }
}

impl Constant for f64 {
    #[inline(always)]
    unsafe fn constant(ip: *const u64) -> Self {
        // SAFETY: the caller vouches for the op.
        Self::from_bits(unsafe { word(ip, 2) })
    }
}

impl Constant for V128 {
    #[inline(always)]
    unsafe fn constant(ip: *const u64) -> Self {
        // SAFETY: the caller vouches for the op, whose constant stands in words 2 and 3 as in two cells.
        unsafe { Self::load(ip.wrapping_add(2)) }
    }
}

/// `dst = constant`
pub(crate) struct Const<F, const V: u16>(PhantomData<F>);

impl<F: Typed<T: Constant>, const V: u16> Exec for Const<F, V> {
    #[inline(always)]
    unsafe fn exec<D: Dispatch>(mut regs: Regs) -> D::Out {
        // SAFETY: the op has these operands by `V`, and the caller vouches for the registers.
        unsafe {
            let value = F::T::constant(regs.ip);
            put_only(&mut regs, const { F::FAMILY.class(V, const { F::FAMILY.operands() - 1 }) }, value);
            D::next(regs, const { F::FAMILY.words(V) })
        }
    }
}

/// `dst = if c != 0 { a } else { b }`
pub(crate) struct Select<F, const V: u16>(PhantomData<F>);

impl<F: Typed, const V: u16> Exec for Select<F, V> {
    #[inline(always)]
    unsafe fn exec<D: Dispatch>(mut regs: Regs) -> D::Out {
        // SAFETY: the op has these operands by `V`, and the caller vouches for the registers.
        unsafe {
            let a: F::T = get(&regs, const { F::FAMILY.class(V, 0) }, Field::A);
            let b: F::T = get(&regs, const { F::FAMILY.class(V, 1) }, Field::B16);
            let c: u32 = get(&regs, const { F::FAMILY.class(V, 2) }, Field::C16);
            let value = if c != 0 { a } else { b };
            put(&mut regs, const { F::FAMILY.class(V, 3) }, value);
            D::next(regs, 2)
        }
    }
}

/// A row with a result of 128 bits in two cells.
pub(crate) trait Wide: Row {
    /// How many cells its operands are.
    type Operands;

    /// Its operands, from the op's slots.
    ///
    /// # Safety
    /// The current op is of this row.
    unsafe fn operands(regs: &Regs) -> Self::Operands;

    /// The result, low half first.
    fn apply(operands: Self::Operands) -> (u64, u64);
}

/// `a` and `b` of an op over two slots.
///
/// # Safety
/// The current op has them.
#[inline(always)]
pub(crate) unsafe fn two_cells(regs: &Regs) -> (u64, u64) {
    // SAFETY: `ir::verify` checks that the slots are in the frame.
    unsafe { (*slot(regs, Field::A), *slot(regs, Field::B)) }
}

/// Four adjacent cells from slot `a` on.
///
/// # Safety
/// The current op has them.
#[inline(always)]
pub(crate) unsafe fn four_cells(regs: &Regs) -> (u64, u64, u64, u64) {
    // SAFETY: `ir::verify` checks that the slots are in the frame.
    unsafe {
        let first = slot(regs, Field::A);
        (*first, *first.wrapping_add(1), *first.wrapping_add(2), *first.wrapping_add(3))
    }
}

/// `(dst, dst + 1) = ∘ operands`
pub(crate) struct WideOp<F, const V: u16>(PhantomData<F>);

impl<F: Wide, const V: u16> Exec for WideOp<F, V> {
    #[inline(always)]
    unsafe fn exec<D: Dispatch>(regs: Regs) -> D::Out {
        // SAFETY: the caller vouches for the registers; `ir::verify` checks that the slots are in the frame.
        unsafe {
            let (low, high) = F::apply(F::operands(&regs));
            let dst = slot(&regs, Field::D);
            *dst = low;
            *dst.wrapping_add(1) = high;
            D::next(regs, 2)
        }
    }
}

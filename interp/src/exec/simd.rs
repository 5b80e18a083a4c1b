//! Vector ops that are not plain: with lanes or counts in the code, three operands, two words of lane indices, or an
//! operand in memory.
//!
//! Invariant: lane indices are below the number of lanes, which validation checks; semantic functions take them modulo
//! it.
//!
//! Spec: section 4.6.3 "Vector Instructions".

#![expect(unsafe_code, reason = "ops act on the registers under the invariants of `dispatch`")]

use super::control::{branch_to, unlikely};
use super::dispatch::{Dispatch, Exec, Regs};
use super::fused::{offset_of, sum_at_offset};
use super::memory::{View, load_v128, store_v128, stored};
use super::operand::{Value, get, narrow, put, word};
use super::shapes::Row;
use core::marker::PhantomData;
use fantail_core::TrapCode;
use fantail_core::ir::{Class, Field};
use fantail_simd::V128;

/// A row over three vectors.
pub(crate) trait Ternary: Row {
    /// `∘ (a, b, c)`
    fn apply(a: V128, b: V128, c: V128) -> V128;
}

/// `dst = ∘ (a, b, c)`
pub(crate) struct VTern<F, const V: u16>(PhantomData<F>);

impl<F: Ternary, const V: u16> Exec for VTern<F, V> {
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

/// A row that reads a lane.
pub(crate) trait Extract: Row {
    /// What the lane becomes.
    type R: Value;

    /// Lane `lane` of `a`.
    fn apply(a: V128, lane: u8) -> Self::R;
}

/// `dst = lane c of a`
pub(crate) struct VExtract<F, const V: u16>(PhantomData<F>);

impl<F: Extract, const V: u16> Exec for VExtract<F, V> {
    #[inline(always)]
    unsafe fn exec<D: Dispatch>(mut regs: Regs) -> D::Out {
        // SAFETY: the op has these operands by `V`, and the caller vouches for the registers.
        unsafe {
            let a = get(&regs, const { F::FAMILY.class(V, 0) }, Field::A);
            let lane = narrow(regs.ip, Field::C16) as u8;
            put(&mut regs, const { F::FAMILY.class(V, 2) }, F::apply(a, lane));
            D::next(regs, 2)
        }
    }
}

/// A row that replaces a lane.
pub(crate) trait Replace: Row {
    /// What the lane is made of.
    type B: Value;

    /// `a` with lane `lane` set to `b`.
    fn apply(a: V128, lane: u8, b: Self::B) -> V128;
}

/// `dst = a with lane c = b`
pub(crate) struct VReplace<F, const V: u16>(PhantomData<F>);

impl<F: Replace, const V: u16> Exec for VReplace<F, V> {
    #[inline(always)]
    unsafe fn exec<D: Dispatch>(mut regs: Regs) -> D::Out {
        // SAFETY: the op has these operands by `V`, and the caller vouches for the registers.
        unsafe {
            let a = get(&regs, const { F::FAMILY.class(V, 0) }, Field::A);
            let b = get(&regs, const { F::FAMILY.class(V, 1) }, Field::B16);
            let lane = narrow(regs.ip, Field::C16) as u8;
            put(&mut regs, const { F::FAMILY.class(V, 3) }, F::apply(a, lane, b));
            D::next(regs, 2)
        }
    }
}

/// A row that chooses bytes.
pub(crate) trait Shuffle: Row {
    /// The bytes `lanes` of `a` and `b`.
    fn apply(a: V128, b: V128, lanes: [u8; 16]) -> V128;
}

/// `dst = bytes of a and b, chosen by 16 lane indices`
pub(crate) struct VShuffle<F, const V: u16>(PhantomData<F>);

impl<F: Shuffle, const V: u16> Exec for VShuffle<F, V> {
    #[inline(always)]
    unsafe fn exec<D: Dispatch>(mut regs: Regs) -> D::Out {
        // SAFETY: the op has these operands by `V`, and the caller vouches for the registers.
        unsafe {
            let a = get(&regs, const { F::FAMILY.class(V, 0) }, Field::A);
            let b = get(&regs, const { F::FAMILY.class(V, 1) }, Field::B);
            let lanes = V128::from_cells(word(regs.ip, 2), word(regs.ip, 3)).to_bytes();
            put(&mut regs, const { F::FAMILY.class(V, 4) }, F::apply(a, b, lanes));
            D::next(regs, 4)
        }
    }
}

/// A row that chooses bytes of one vector.
pub(crate) trait Permute: Row {
    /// The bytes `lanes` of `a`.
    fn apply(a: V128, lanes: [u8; 16]) -> V128;
}

/// `dst = bytes of a, chosen by 16 lane indices`
pub(crate) struct VPermute<F, const V: u16>(PhantomData<F>);

impl<F: Permute, const V: u16> Exec for VPermute<F, V> {
    #[inline(always)]
    unsafe fn exec<D: Dispatch>(mut regs: Regs) -> D::Out {
        // SAFETY: the op has these operands by `V`, and the caller vouches for the registers.
        unsafe {
            let a = get(&regs, const { F::FAMILY.class(V, 0) }, Field::A);
            let lanes = V128::from_cells(word(regs.ip, 2), word(regs.ip, 3)).to_bytes();
            put(&mut regs, const { F::FAMILY.class(V, 3) }, F::apply(a, lanes));
            D::next(regs, 4)
        }
    }
}

/// A row that rotates the lanes of `a ^ b`.
pub(crate) trait XorRotl: Row {
    /// The lanes of `a ^ b`, rotated left by `count`.
    fn apply(a: V128, b: V128, count: u32) -> V128;
}

/// `dst = (a ^ b) rotated left by c`
pub(crate) struct VXorRotl<F, const V: u16>(PhantomData<F>);

impl<F: XorRotl, const V: u16> Exec for VXorRotl<F, V> {
    #[inline(always)]
    unsafe fn exec<D: Dispatch>(mut regs: Regs) -> D::Out {
        // SAFETY: the op has these operands by `V`, and the caller vouches for the registers.
        unsafe {
            let a = get(&regs, const { F::FAMILY.class(V, 0) }, Field::A);
            let b = get(&regs, const { F::FAMILY.class(V, 1) }, Field::B16);
            let count = narrow(regs.ip, Field::C16).into();
            put(&mut regs, const { F::FAMILY.class(V, 3) }, F::apply(a, b, count));
            D::next(regs, 2)
        }
    }
}

/// A row that tests a vector.
pub(crate) trait Tests: Row {
    /// Whether `a` has the property.
    fn holds(a: V128) -> bool;
}

/// `if a has the property == TRUTH { pc = target }`
pub(crate) struct VBrTest<F, const V: u16, const TRUTH: bool>(PhantomData<F>);

impl<F: Tests, const V: u16, const TRUTH: bool> Exec for VBrTest<F, V, TRUTH> {
    #[inline(always)]
    unsafe fn exec<D: Dispatch>(regs: Regs) -> D::Out {
        // SAFETY: the op has these operands by `V`, and the caller vouches for the registers.
        unsafe {
            let a = get(&regs, const { F::FAMILY.class(V, 0) }, Field::A);
            if F::holds(a) == TRUTH {
                branch_to::<D>(regs, 2, const { F::FAMILY.class(V, 1) })
            } else {
                unlikely(const { F::FAMILY.class(V, 1) });
                D::next(regs, 3)
            }
        }
    }
}

/// A row that compares vectors.
pub(crate) trait Compares: Row {
    /// All bits of the lanes for which the comparison holds.
    fn apply(a: V128, b: V128) -> V128;

    /// Whether a bit of `truth` is set.
    fn any(truth: V128) -> bool;
}

/// `dst = a ∘ b; if (a bit of that is set) == TRUTH { pc = target }`
pub(crate) struct VBrCmp<F, const V: u16, const TRUTH: bool>(PhantomData<F>);

impl<F: Compares, const V: u16, const TRUTH: bool> Exec for VBrCmp<F, V, TRUTH> {
    #[inline(always)]
    unsafe fn exec<D: Dispatch>(mut regs: Regs) -> D::Out {
        // SAFETY: the op has these operands by `V`, and the caller vouches for the registers.
        unsafe {
            let a = get(&regs, const { F::FAMILY.class(V, 0) }, Field::A);
            let b = get(&regs, const { F::FAMILY.class(V, 1) }, Field::B);
            let truth = F::apply(a, b);
            put(&mut regs, const { F::FAMILY.class(V, 2) }, truth);
            if F::any(truth) == TRUTH {
                branch_to::<D>(regs, 2, const { F::FAMILY.class(V, 3) })
            } else {
                unlikely(const { F::FAMILY.class(V, 3) });
                D::next(regs, 3)
            }
        }
    }
}

/// `dst = (a + b) ∘ c; if (a bit of that is set) == TRUTH { pc = target }`
pub(crate) struct VBrSumCmp<F, const V: u16, const TRUTH: bool>(PhantomData<F>);

impl<F: Ternary + Tests, const V: u16, const TRUTH: bool> Exec for VBrSumCmp<F, V, TRUTH> {
    #[inline(always)]
    unsafe fn exec<D: Dispatch>(mut regs: Regs) -> D::Out {
        // SAFETY: the op has these operands by `V`, and the caller vouches for the registers.
        unsafe {
            let operand = |field| get(&regs, Class::Slot, field);
            let truth = <F as Ternary>::apply(operand(Field::A), operand(Field::B16), operand(Field::C16));
            put(&mut regs, const { F::FAMILY.class(V, 3) }, truth);
            if F::holds(truth) == TRUTH {
                branch_to::<D>(regs, 2, const { F::FAMILY.class(V, 4) })
            } else {
                unlikely(const { F::FAMILY.class(V, 4) });
                D::next(regs, 3)
            }
        }
    }
}

/// A row that finds bits of a vector.
pub(crate) trait Bits: Row {
    /// The bits of `a`.
    fn apply(a: V128) -> u32;
}

/// `dst = bits of a; if (dst == 0) == ZERO { pc = target }`
pub(crate) struct VBitmaskBr<F, const V: u16, const ZERO: bool>(PhantomData<F>);

impl<F: Bits, const V: u16, const ZERO: bool> Exec for VBitmaskBr<F, V, ZERO> {
    #[inline(always)]
    unsafe fn exec<D: Dispatch>(mut regs: Regs) -> D::Out {
        // SAFETY: the op has these operands by `V`, and the caller vouches for the registers.
        unsafe {
            let bits = F::apply(get(&regs, const { F::FAMILY.class(V, 0) }, Field::A));
            put(&mut regs, const { F::FAMILY.class(V, 1) }, bits);
            if (bits == 0) == ZERO {
                branch_to::<D>(regs, 2, const { F::FAMILY.class(V, 2) })
            } else {
                unlikely(const { F::FAMILY.class(V, 2) });
                D::next(regs, 3)
            }
        }
    }
}

/// A row over two vectors.
pub(crate) trait Both: Row {
    /// `∘ (a, b)`
    fn apply(a: V128, b: V128) -> V128;
}

/// `dst = ∘ (memory 0 [zext(a + c) + offset], b)`
pub(crate) struct VLoadBin<F, const V: u16>(PhantomData<F>);

impl<F: Both, const V: u16> Exec for VLoadBin<F, V> {
    #[inline(always)]
    unsafe fn exec<D: Dispatch>(mut regs: Regs) -> D::Out {
        // SAFETY: the op has these operands by `V`, and the caller vouches for the registers.
        unsafe {
            let address = sum_at_offset(&regs, const { F::FAMILY.class(V, 0) });
            let Some(a) = load_v128(View::first(&regs), address) else {
                return D::trap(regs, TrapCode::MemoryOutOfBounds);
            };
            let b = get(&regs, Class::Slot, Field::B16);
            put(&mut regs, const { F::FAMILY.class(V, 4) }, F::apply(a, b));
            D::next(regs, 3)
        }
    }
}

/// `dst = ∘ (memory 0 [zext(a + b) + offset], c)`
pub(crate) struct VLoadX1Bin<F, const V: u16>(PhantomData<F>);

impl<F: Both, const V: u16> Exec for VLoadX1Bin<F, V> {
    #[inline(always)]
    unsafe fn exec<D: Dispatch>(mut regs: Regs) -> D::Out {
        // SAFETY: the op has these operands by `V`, and the caller vouches for the registers.
        unsafe {
            let a: u32 = get(&regs, const { F::FAMILY.class(V, 0) }, Field::A);
            let b: u32 = get(&regs, Class::Slot, Field::B16);
            let address = offset_of(&regs, a.wrapping_add(b));
            let Some(a) = load_v128(View::first(&regs), address) else {
                return D::trap(regs, TrapCode::MemoryOutOfBounds);
            };
            let b = get(&regs, Class::Slot, Field::C16);
            put(&mut regs, const { F::FAMILY.class(V, 4) }, F::apply(a, b));
            D::next(regs, 3)
        }
    }
}

/// `dst = ∘ (memory 0 [zext(a + d) + offset], b, c)`
pub(crate) struct VLoadPair<F, const V: u16>(PhantomData<F>);

impl<F: Ternary, const V: u16> Exec for VLoadPair<F, V> {
    #[inline(always)]
    unsafe fn exec<D: Dispatch>(mut regs: Regs) -> D::Out {
        // SAFETY: the op has these operands by `V`, and the caller vouches for the registers.
        unsafe {
            let address = sum_at_offset(&regs, const { F::FAMILY.class(V, 0) });
            let Some(a) = load_v128(View::first(&regs), address) else {
                return D::trap(regs, TrapCode::MemoryOutOfBounds);
            };
            let b = get(&regs, Class::Slot, Field::B16);
            let c = get(&regs, const { F::FAMILY.class(V, 2) }, Field::C16);
            put(&mut regs, const { F::FAMILY.class(V, 5) }, F::apply(a, b, c));
            D::next(regs, 3)
        }
    }
}

/// `memory 0 [zext(a) + offset] = ∘ (b, c)`
pub(crate) struct VBinStore<F, const V: u16>(PhantomData<F>);

impl<F: Both, const V: u16> Exec for VBinStore<F, V> {
    #[inline(always)]
    unsafe fn exec<D: Dispatch>(regs: Regs) -> D::Out {
        // SAFETY: the op has these operands by `V`, and the caller vouches for the registers.
        unsafe {
            let address = offset_of(&regs, get(&regs, const { F::FAMILY.class(V, 0) }, Field::D));
            let b = get(&regs, const { F::FAMILY.class(V, 1) }, Field::A);
            let c = get(&regs, const { F::FAMILY.class(V, 2) }, Field::B16);
            let done = store_v128(View::first(&regs), address, F::apply(b, c));
            stored::<D>(regs, 3, done)
        }
    }
}

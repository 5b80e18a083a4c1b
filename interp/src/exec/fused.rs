//! Ops that do the work of two or three instructions.
//!
//! Invariant: each has exactly the effect of the instructions it stands for, in their order: what would trap first does.

#![expect(unsafe_code, reason = "ops act on the registers under the invariants of `dispatch`")]

use super::control::{Compare, branch, branch_to, unlikely};
use super::dispatch::{Dispatch, Exec, Regs};
use super::memory::{Loads, Stores, View, load_u8, load_u16, load_u32, load_u64, loaded, stored};
use super::memory::{store_u8, store_u16, store_u32, store_u64};
use super::operand::{Value, get, narrow, put, put_in, put_only, set_kept, slot, wide, word};
use super::shapes::{Binary, Row};
use core::marker::PhantomData;
use fantail_core::TrapCode;
use fantail_core::ir::{Class, Family, Field};
use fantail_core::num::{self, short_mask};
use fantail_simd::V128;

/// A row with three sources of the type of its result.
pub(crate) trait Ternary: Row {
    /// The type.
    type T: Value;

    /// `f(a, b, c)`
    fn apply(a: Self::T, b: Self::T, c: Self::T) -> Self::T;
}

/// `dst = f(a, b, c)`
pub(crate) struct Tern<F, const V: u16>(PhantomData<F>);

impl<F: Ternary, const V: u16> Exec for Tern<F, V> {
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

/// `kept = vector accumulator; x = x + step; if x ∘ b { pc = target }`
pub(crate) struct AddBr<F, const V: u16>(PhantomData<F>);

impl<F: Compare, const V: u16> Exec for AddBr<F, V> {
    #[inline(always)]
    unsafe fn exec<D: Dispatch>(mut regs: Regs) -> D::Out {
        // SAFETY: the op has these operands by `V`, and the caller vouches for the registers.
        unsafe {
            let class = const { F::FAMILY.class(V, 0) };
            regs.kept = regs.v128;
            let step: F::A = get(&regs, Class::Imm, Field::A);
            let x: F::A = get(&regs, class, Field::D);
            let x = F::A::from_raw(x.into_raw().wrapping_add(step.into_raw()));
            put_only(&mut regs, class, x);
            // After the sum, which may be the same local.
            let b = get(&regs, const { F::FAMILY.class(V, 2) }, Field::B);
            if F::holds(x, b) {
                branch_to::<D>(regs, 2, const { F::FAMILY.class(V, 3) })
            } else {
                unlikely(const { F::FAMILY.class(V, 3) });
                D::next(regs, 3)
            }
        }
    }
}

/// `kept = vector accumulator; y = y + c; x = x + step; if x ∘ b { pc = target }`
pub(crate) struct AddBr2<F, const V: u16>(PhantomData<F>);

impl<F: Compare<A = u32>, const V: u16> Exec for AddBr2<F, V> {
    #[inline(always)]
    unsafe fn exec<D: Dispatch>(mut regs: Regs) -> D::Out {
        // SAFETY: the op has these operands by `V`, and the caller vouches for the registers.
        unsafe {
            regs.kept = regs.v128;
            let class = const { F::FAMILY.class(V, 2) };
            let y: u32 = get(&regs, class, Field::B16);
            let c: u32 = get(&regs, const { F::FAMILY.class(V, 3) }, Field::C16);
            let y = y.wrapping_add(c);
            if !matches!(class, Class::Pin) {
                y.set_acc(&mut regs);
            }
            put_in(&mut regs, class, Field::B16, y);
            let class = const { F::FAMILY.class(V, 0) };
            let x: u32 = get(&regs, class, Field::D);
            let step: u32 = get(&regs, Class::Imm, Field::A);
            let x = x.wrapping_add(step);
            put_only(&mut regs, class, x);
            let b = get(&regs, const { F::FAMILY.class(V, 4) }, Field::W3);
            if F::holds(x, b) {
                branch_to::<D>(regs, 2, const { F::FAMILY.class(V, 5) })
            } else {
                unlikely(const { F::FAMILY.class(V, 5) });
                D::next(regs, 4)
            }
        }
    }
}

/// `dst, kept = b; x = x + step; if x ∘ c { pc = target }`
pub(crate) struct CopyAddBr<F, const V: u16>(PhantomData<F>);

impl<F: Compare<A = u32>, const V: u16> Exec for CopyAddBr<F, V> {
    #[inline(always)]
    unsafe fn exec<D: Dispatch>(mut regs: Regs) -> D::Out {
        // SAFETY: the op has these operands by `V`, and the caller vouches for the registers.
        unsafe {
            let copied: V128 = get(&regs, Class::Slot, Field::B16);
            put_in(&mut regs, Class::Slot, Field::C16, copied);
            set_kept(&mut regs, copied);
            let class = const { F::FAMILY.class(V, 0) };
            let x: u32 = get(&regs, class, Field::D);
            let step: u32 = get(&regs, Class::Imm, Field::A);
            let x = x.wrapping_add(step);
            put_only(&mut regs, class, x);
            let c = get(&regs, const { F::FAMILY.class(V, 4) }, Field::W3);
            if F::holds(x, c) {
                branch_to::<D>(regs, 2, const { F::FAMILY.class(V, 5) })
            } else {
                unlikely(const { F::FAMILY.class(V, 5) });
                D::next(regs, 4)
            }
        }
    }
}

/// What a branch computes before it compares that.
pub(crate) trait First {
    /// It, of `a` and the constant in field `b16` of the op.
    ///
    /// # Safety
    /// `regs` satisfies the invariants of `dispatch`, and the current op has such a constant.
    unsafe fn apply(regs: &Regs, a: u32) -> Option<u32>;
}

/// `a + step`
pub(crate) struct Sum;

impl First for Sum {
    #[inline(always)]
    unsafe fn apply(regs: &Regs, a: u32) -> Option<u32> {
        // SAFETY: the caller vouches for the op.
        let step: u32 = unsafe { get(regs, Class::Imm, Field::B16) };
        Some(a.wrapping_add(step))
    }
}

/// `a & mask`
pub(crate) struct And;

impl First for And {
    #[inline(always)]
    unsafe fn apply(regs: &Regs, a: u32) -> Option<u32> {
        // SAFETY: the caller vouches for the op.
        let mask = short_mask(unsafe { narrow(regs.ip, Field::B16) });
        Some(a & mask)
    }
}

/// The address `zext(a) + offset`, where the offset is field `field` of the op.
///
/// # Safety
/// `regs` satisfies the invariants of `dispatch`.
#[inline(always)]
unsafe fn at_offset(regs: &Regs, a: u32, field: Field) -> u64 {
    // SAFETY: the caller vouches for the op.
    unsafe { u64::from(a).wrapping_add(narrow(regs.ip, field).into()) }
}

/// Four bytes of memory 0.
pub(crate) struct Load32;

impl First for Load32 {
    #[inline(always)]
    unsafe fn apply(regs: &Regs, a: u32) -> Option<u32> {
        // SAFETY: the caller vouches for the registers.
        unsafe { load_u32(View::first(regs), at_offset(regs, a, Field::B16)) }
    }
}

/// One byte of memory 0.
pub(crate) struct Load8U;

impl First for Load8U {
    #[inline(always)]
    unsafe fn apply(regs: &Regs, a: u32) -> Option<u32> {
        // SAFETY: the caller vouches for the registers.
        unsafe { load_u8(View::first(regs), at_offset(regs, a, Field::B16)) }
    }
}

/// `dst = first(a); if dst ∘ b { pc = target }`
pub(crate) struct BrAfter<F, G, const V: u16>(PhantomData<(F, G)>);

impl<F: Compare<A = u32>, G: First + 'static, const V: u16> Exec for BrAfter<F, G, V> {
    #[inline(always)]
    unsafe fn exec<D: Dispatch>(mut regs: Regs) -> D::Out {
        // SAFETY: the op has these operands by `V`, and the caller vouches for the registers.
        unsafe {
            let a = get(&regs, const { F::FAMILY.class(V, 0) }, Field::A);
            let Some(value) = G::apply(&regs, a) else { return D::trap(regs, TrapCode::MemoryOutOfBounds) };
            put(&mut regs, const { F::FAMILY.class(V, 3) }, value);
            // After the result, which may be the same local.
            let b = get(&regs, const { F::FAMILY.class(V, 2) }, Field::C16);
            if F::holds(value, b) {
                branch_to::<D>(regs, 2, const { F::FAMILY.class(V, 4) })
            } else {
                unlikely(const { F::FAMILY.class(V, 4) });
                D::next(regs, 3)
            }
        }
    }
}

/// `dst = a; if (b == 0) == ZERO { pc = target }`
pub(crate) struct CopyBrIf<F, const V: u16, const ZERO: bool>(PhantomData<F>);

impl<F: Row, const V: u16, const ZERO: bool> Exec for CopyBrIf<F, V, ZERO> {
    #[inline(always)]
    unsafe fn exec<D: Dispatch>(mut regs: Regs) -> D::Out {
        // SAFETY: the op has these operands by `V`, and the caller vouches for the registers.
        unsafe {
            let a: u64 = get(&regs, const { F::FAMILY.class(V, 0) }, Field::A);
            put_only(&mut regs, const { F::FAMILY.class(V, 2) }, a);
            // After the copy, which may be into the same local.
            let b: u64 = get(&regs, const { F::FAMILY.class(V, 1) }, Field::B16);
            if (b == 0) == ZERO {
                branch_to::<D>(regs, 2, const { F::FAMILY.class(V, 3) })
            } else {
                unlikely(const { F::FAMILY.class(V, 3) });
                D::next(regs, 3)
            }
        }
    }
}

/// `dst = memory 0 [zext(memory 0 [zext(a) + offset]) + offset]`
pub(crate) struct LoadLoad<F, const V: u16>(PhantomData<F>);

impl<F: Loads, const V: u16> Exec for LoadLoad<F, V> {
    #[inline(always)]
    unsafe fn exec<D: Dispatch>(regs: Regs) -> D::Out {
        // SAFETY: the op has these operands by `V`, and the caller vouches for the registers.
        unsafe {
            let a: u32 = get(&regs, const { F::FAMILY.class(V, 0) }, Field::A);
            let pointer = load_u32(View::first(&regs), at_offset(&regs, a, Field::B16));
            let Some(pointer) = pointer else { return D::trap(regs, TrapCode::MemoryOutOfBounds) };
            let value = F::load(View::first(&regs), at_offset(&regs, pointer, Field::C16));
            loaded::<D, _>(regs, const { F::FAMILY.class(V, 3) }, 2, value)
        }
    }
}

/// The address `zext(a + c) + offset`, where both constants are in word 2: `c` in its lower half.
///
/// # Safety
/// `regs` satisfies the invariants of `dispatch`, and the op has such an address.
#[inline(always)]
pub(super) unsafe fn sum_at_offset(regs: &Regs, class: Class) -> u64 {
    // SAFETY: the caller vouches for the operands.
    unsafe {
        let a: u32 = get(regs, class, Field::A);
        offset_of(regs, a.wrapping_add(wide(regs.ip, Field::W2Lo)))
    }
}

/// The address `zext(a) + offset`, where the offset is in the upper half of word 2.
///
/// # Safety
/// As for [`sum_at_offset`].
#[inline(always)]
pub(super) unsafe fn offset_of(regs: &Regs, a: u32) -> u64 {
    // SAFETY: the caller vouches for the op.
    unsafe { u64::from(a).wrapping_add(wide(regs.ip, Field::W2Hi).into()) }
}

/// The address `zext(a + (b << SHIFT)) + offset` of a scaled access.
///
/// # Safety
/// `regs` satisfies the invariants of `dispatch`, and the op has such an address in variant `V`.
#[inline(always)]
unsafe fn scaled<F: Row, const V: u16, const SHIFT: u32>(regs: &Regs) -> u64 {
    // SAFETY: the caller vouches for the operands.
    unsafe {
        let a: u32 = get(regs, const { F::FAMILY.class(V, 0) }, Field::A);
        let b: u32 = get(regs, const { F::FAMILY.class(V, 1) }, Field::B16);
        u64::from(a.wrapping_add(b << SHIFT)).wrapping_add(narrow(regs.ip, Field::C16).into())
    }
}

/// `dst = memory 0 [zext(a + (b << SHIFT)) + offset]`
pub(crate) struct LoadScaled<F, const V: u16, const SHIFT: u32>(PhantomData<F>);

/// `dst = memory 0 [zext(a + b) + offset]`
pub(crate) type LoadX1<F, const V: u16> = LoadScaled<F, V, 0>;

impl<F: Loads, const V: u16, const SHIFT: u32> Exec for LoadScaled<F, V, SHIFT> {
    #[inline(always)]
    unsafe fn exec<D: Dispatch>(regs: Regs) -> D::Out {
        // SAFETY: the op has these operands by `V`, and the caller vouches for the registers.
        unsafe {
            let value = F::load(View::first(&regs), scaled::<F, V, SHIFT>(&regs));
            loaded::<D, _>(regs, const { F::FAMILY.class(V, 3) }, 2, value)
        }
    }
}

/// `memory 0 [zext(a + (b << SHIFT)) + offset] = c`
pub(crate) struct StoreScaled<F, const V: u16, const SHIFT: u32>(PhantomData<F>);

impl<F: Stores, const V: u16, const SHIFT: u32> Exec for StoreScaled<F, V, SHIFT> {
    #[inline(always)]
    unsafe fn exec<D: Dispatch>(regs: Regs) -> D::Out {
        // SAFETY: the op has these operands by `V`, and the caller vouches for the registers.
        unsafe {
            let value = get(&regs, const { F::FAMILY.class(V, 2) }, Field::D);
            let done = F::store(View::first(&regs), scaled::<F, V, SHIFT>(&regs), value);
            stored::<D>(regs, 2, done)
        }
    }
}

/// The address `zext(a + b)`, of which `b` is a constant.
///
/// # Safety
/// `regs` satisfies the invariants of `dispatch`, and the op has such an address in variant `V`.
#[inline(always)]
unsafe fn sum<F: Row, const V: u16>(regs: &Regs) -> u64 {
    // SAFETY: the caller vouches for the operands.
    unsafe {
        let a: u32 = get(regs, const { F::FAMILY.class(V, 0) }, Field::A);
        a.wrapping_add(wide(regs.ip, Field::B)).into()
    }
}

/// `dst = memory 0 [zext(a + b)]`
pub(crate) struct LoadSum<F, const V: u16>(PhantomData<F>);

impl<F: Loads, const V: u16> Exec for LoadSum<F, V> {
    #[inline(always)]
    unsafe fn exec<D: Dispatch>(regs: Regs) -> D::Out {
        // SAFETY: the op has these operands by `V`, and the caller vouches for the registers.
        unsafe {
            let value = F::load(View::first(&regs), sum::<F, V>(&regs));
            loaded::<D, _>(regs, const { F::FAMILY.class(V, 2) }, 2, value)
        }
    }
}

/// `memory 0 [zext(a + c)] = b`
pub(crate) struct StoreSum<F, const V: u16>(PhantomData<F>);

impl<F: Stores, const V: u16> Exec for StoreSum<F, V> {
    #[inline(always)]
    unsafe fn exec<D: Dispatch>(regs: Regs) -> D::Out {
        // SAFETY: the op has these operands by `V`, and the caller vouches for the registers.
        unsafe {
            let value = get(&regs, const { F::FAMILY.class(V, 1) }, Field::D);
            let done = F::store(View::first(&regs), sum::<F, V>(&regs), value);
            stored::<D>(regs, 2, done)
        }
    }
}

/// `memory 0 [zext(a + c)] = accumulator`
pub(crate) struct StoreAccSum<F, const V: u16>(PhantomData<F>);

impl<F: Stores, const V: u16> Exec for StoreAccSum<F, V> {
    #[inline(always)]
    unsafe fn exec<D: Dispatch>(regs: Regs) -> D::Out {
        // SAFETY: the op has these operands by `V`, and the caller vouches for the registers.
        unsafe {
            let done = F::store(View::first(&regs), sum::<F, V>(&regs), F::T::acc(&regs));
            stored::<D>(regs, 2, done)
        }
    }
}

/// `x = x + c; y = y + d`
pub(crate) struct Add2<F, const V: u16>(PhantomData<F>);

impl<F: Row, const V: u16> Exec for Add2<F, V> {
    #[inline(always)]
    unsafe fn exec<D: Dispatch>(mut regs: Regs) -> D::Out {
        // SAFETY: the op has these operands by `V`, and the caller vouches for the registers.
        unsafe {
            let class = const { F::FAMILY.class(V, 0) };
            let x: u32 = get(&regs, class, Field::D);
            let step: u32 = get(&regs, Class::Imm, Field::A);
            put_only(&mut regs, class, x.wrapping_add(step));
            let y = slot(&regs, Field::B16);
            let step: u32 = get(&regs, Class::Imm, Field::C16);
            *y = u64::from((*y as u32).wrapping_add(step));
            D::next(regs, 2)
        }
    }
}

/// `x, y = y, x + y`
pub(crate) struct AddShift<F, const V: u16>(PhantomData<F>);

impl<F: Row, const V: u16> Exec for AddShift<F, V> {
    #[inline(always)]
    unsafe fn exec<D: Dispatch>(mut regs: Regs) -> D::Out {
        // SAFETY: the op has these operands by `V`, and the caller vouches for the registers.
        unsafe {
            let (x_class, y_class) = const { (F::FAMILY.class(V, 0), F::FAMILY.class(V, 1)) };
            let (x, y): (u64, u64) = (get(&regs, x_class, Field::D), get(&regs, y_class, Field::B16));
            let mask =
                const { if matches!(F::FAMILY, Family::I32AddShift) { u32::MAX as u64 } else { u64::MAX } };
            let (y, sum) = (y & mask, x.wrapping_add(y) & mask);
            put_in(&mut regs, x_class, Field::D, y);
            put_in(&mut regs, y_class, Field::B16, sum);
            regs.acc = sum;
            D::next(regs, 2)
        }
    }
}

/// `dst = a ∘ constant`, the constant in word 2
pub(crate) struct BinWide<F, const V: u16>(PhantomData<F>);

impl<F: Binary, const V: u16> Exec for BinWide<F, V> {
    #[inline(always)]
    unsafe fn exec<D: Dispatch>(mut regs: Regs) -> D::Out {
        // SAFETY: the op has these operands by `V`, and the caller vouches for the registers.
        unsafe {
            let a = get(&regs, const { F::FAMILY.class(V, 0) }, Field::A);
            match F::apply(a, F::B::from_raw(word(regs.ip, 2))) {
                Ok(value) => {
                    put(&mut regs, const { F::FAMILY.class(V, 2) }, value);
                    D::next(regs, 3)
                }
                Err(code) => D::trap(regs, code),
            }
        }
    }
}

/// two copies, the first one first
pub(crate) struct Copy2<F, const V: u16>(PhantomData<F>);

impl<F: Row, const V: u16> Exec for Copy2<F, V> {
    #[inline(always)]
    unsafe fn exec<D: Dispatch>(mut regs: Regs) -> D::Out {
        // SAFETY: the op has these operands by `V`, and the caller vouches for the registers.
        unsafe {
            copy_two::<F, V>(&mut regs);
            D::next(regs, 2)
        }
    }
}

/// Copies two values, the first one first.
///
/// # Safety
/// `regs` satisfies the invariants of `dispatch`, and the op has these operands in variant `V`.
#[inline(always)]
unsafe fn copy_two<F: Row, const V: u16>(regs: &mut Regs) {
    // SAFETY: the caller vouches for the operands.
    unsafe {
        let first: u64 = get(regs, const { F::FAMILY.class(V, 0) }, Field::A);
        put_in(regs, const { F::FAMILY.class(V, 2) }, Field::D, first);
        let second: u64 = get(regs, const { F::FAMILY.class(V, 1) }, Field::C16);
        put_in(regs, const { F::FAMILY.class(V, 3) }, Field::B16, second);
    }
}

/// two copies, the first one first, then `pc = target`
pub(crate) struct Copy2Jump<F, const V: u16>(PhantomData<F>);

impl<F: Row, const V: u16> Exec for Copy2Jump<F, V> {
    #[inline(always)]
    unsafe fn exec<D: Dispatch>(mut regs: Regs) -> D::Out {
        // SAFETY: the op has these operands by `V`, and the caller vouches for the registers; word 3 is the target.
        unsafe {
            copy_two::<F, V>(&mut regs);
            branch::<D>(regs, 3)
        }
    }
}

/// `dst = a; pc = target`
pub(crate) struct CopyJump<F, const V: u16>(PhantomData<F>);

impl<F: Row, const V: u16> Exec for CopyJump<F, V> {
    #[inline(always)]
    unsafe fn exec<D: Dispatch>(mut regs: Regs) -> D::Out {
        // SAFETY: the op has these operands by `V`, and the caller vouches for the registers; word 3 is the target.
        unsafe {
            let a: u64 = get(&regs, const { F::FAMILY.class(V, 0) }, Field::A);
            put_only(&mut regs, const { F::FAMILY.class(V, 1) }, a);
            branch::<D>(regs, 3)
        }
    }
}

/// `memory 0 [zext(a) + offset] = memory 0 [zext(b) + offset]`
pub(crate) struct LoadStore<F, const V: u16>(PhantomData<F>);

impl<F: Row, const V: u16> Exec for LoadStore<F, V> {
    #[inline(always)]
    unsafe fn exec<D: Dispatch>(regs: Regs) -> D::Out {
        // SAFETY: the op has these operands by `V`, and the caller vouches for the registers.
        unsafe {
            let view = View::again(&regs);
            let from: u32 = get(&regs, const { F::FAMILY.class(V, 2) }, Field::A);
            let from = u64::from(from).wrapping_add(narrow(regs.ip, Field::C16).into());
            let loaded = match const { F::FAMILY } {
                Family::LoadStore8 => load_u8(view, from).map(u64::from),
                Family::LoadStore16 => load_u16(view, from).map(u64::from),
                Family::LoadStore32 => load_u32(view, from).map(u64::from),
                _ => load_u64(view, from),
            };
            // What would trap first does; and one address at a time is what the registers have room for.
            let Some(value) = loaded else { return D::trap(regs, TrapCode::MemoryOutOfBounds) };
            let to: u32 = get(&regs, const { F::FAMILY.class(V, 0) }, Field::D);
            let to = u64::from(to).wrapping_add(narrow(regs.ip, Field::B16).into());
            let done = match const { F::FAMILY } {
                Family::LoadStore8 => store_u8(view, to, value),
                Family::LoadStore16 => store_u16(view, to, value),
                Family::LoadStore32 => store_u32(view, to, value),
                _ => store_u64(view, to, value),
            };
            stored::<D>(regs, 2, done)
        }
    }
}

/// `memory 0 [zext(a) + offset] += b`
pub(crate) struct AddTo<F, const V: u16>(PhantomData<F>);

impl<F: Row, const V: u16> Exec for AddTo<F, V> {
    #[inline(always)]
    unsafe fn exec<D: Dispatch>(regs: Regs) -> D::Out {
        // SAFETY: the op has these operands by `V`, and the caller vouches for the registers.
        unsafe {
            let view = View::again(&regs);
            let at: u32 = get(&regs, const { F::FAMILY.class(V, 0) }, Field::A);
            let at = u64::from(at).wrapping_add(narrow(regs.ip, Field::C16).into());
            let done = match const { F::FAMILY } {
                Family::I64AddTo => load_u64(view, at).and_then(|value| {
                    let by: u64 = get(&regs, const { F::FAMILY.class(V, 1) }, Field::B16);
                    store_u64(view, at, value.wrapping_add(by))
                }),
                _ => load_u32(view, at).and_then(|value| {
                    let by: u32 = get(&regs, const { F::FAMILY.class(V, 1) }, Field::B16);
                    store_u32(view, at, value.wrapping_add(by).into())
                }),
            };
            stored::<D>(regs, 2, done)
        }
    }
}

/// Numbers of which products are added.
pub(crate) trait MulAdd: Value {
    /// `self * b + c`
    fn mul_add_of(self, b: Self, c: Self) -> Self;
}

macro_rules! mul_add {
    ($($ty:ty = $semantics:ident;)*) => {$(
        impl MulAdd for $ty {
            #[inline(always)]
            fn mul_add_of(self, b: Self, c: Self) -> Self {
                num::$semantics(self, b, c)
            }
        }
    )*};
}

mul_add! {
    u32 = i32_mul_add;
    f32 = f32_mul_add;
    f64 = f64_mul_add;
}

/// `dst = memory 0 [zext(a + d) + offset] * b + c`
pub(crate) struct LoadMulAdd<F, const V: u16>(PhantomData<F>);

impl<F: Loads<R: MulAdd>, const V: u16> Exec for LoadMulAdd<F, V> {
    #[inline(always)]
    unsafe fn exec<D: Dispatch>(regs: Regs) -> D::Out {
        // SAFETY: the op has these operands by `V`, and the caller vouches for the registers.
        unsafe {
            let address = sum_at_offset(&regs, const { F::FAMILY.class(V, 0) });
            let value = F::load(View::first(&regs), address).map(|a| {
                a.mul_add_of(get(&regs, Class::Slot, Field::B16), get(&regs, Class::Slot, Field::C16))
            });
            loaded::<D, _>(regs, const { F::FAMILY.class(V, 5) }, 3, value)
        }
    }
}

/// `to = a; dst = memory 0 [zext(a) + offset]`
pub(crate) struct CopyLoad<F, const V: u16>(PhantomData<F>);

impl<F: Loads, const V: u16> Exec for CopyLoad<F, V> {
    #[inline(always)]
    unsafe fn exec<D: Dispatch>(mut regs: Regs) -> D::Out {
        // SAFETY: the op has these operands by `V`, and the caller vouches for the registers.
        unsafe {
            let a: u32 = get(&regs, const { F::FAMILY.class(V, 0) }, Field::A);
            put_in(&mut regs, Class::Slot, Field::C16, a);
            let value = F::load(View::first(&regs), at_offset(&regs, a, Field::B16));
            loaded::<D, _>(regs, const { F::FAMILY.class(V, 3) }, 2, value)
        }
    }
}

/// `dst = if a & mask != 0 { b } else { c }`
pub(crate) struct SelectBits<F, const V: u16>(PhantomData<F>);

impl<F: Row, const V: u16> Exec for SelectBits<F, V> {
    #[inline(always)]
    unsafe fn exec<D: Dispatch>(mut regs: Regs) -> D::Out {
        // SAFETY: the op has these operands by `V`, and the caller vouches for the registers.
        unsafe {
            let a: u32 = get(&regs, const { F::FAMILY.class(V, 0) }, Field::A);
            let b: u32 = get(&regs, const { F::FAMILY.class(V, 1) }, Field::B16);
            let c: u32 = get(&regs, const { F::FAMILY.class(V, 2) }, Field::C16);
            let value = if a & wide(regs.ip, Field::W2Lo) != 0 { b } else { c };
            put(&mut regs, const { F::FAMILY.class(V, 4) }, value);
            D::next(regs, 3)
        }
    }
}

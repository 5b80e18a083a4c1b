//! Structures, arrays, casts: what reads and writes one field or element, or looks at a type. Objects are made in
//! [`make`](super::make).
//!
//! # Invariants
//! - An operand that validation proved to be a reference to an object of a type is that, or null.
//! - An index is compared with the array's length before an element is touched.
//!
//! Spec: sections 4.6.8 "Aggregate Instructions" and 4.6.2 "Reference Instructions".

#![expect(unsafe_code, reason = "ops act on the registers under the invariants of `dispatch`")]

use super::dispatch::{Dispatch, Exec, Regs};
use super::form;
use super::memory::{Loads, Stores, Unbounded, View};
use super::operand::{Value, get, put, wide, word};
use super::shapes::Row;
use crate::gc::object::{Kind, Object, Types};
use crate::store::StoreOpaque;
use core::marker::PhantomData;
use core::sync::atomic::{Ordering, compiler_fence};
use fantail_core::TrapCode;
use fantail_core::ir::{Class, Family, Field};
use fantail_core::types::CanonId;
use fantail_core::types::layout::HEADER;

/// The object that `reference` refers to.
///
/// # Safety
/// `regs` satisfies the invariants of `dispatch`.
#[inline(always)]
pub(super) unsafe fn object(regs: &Regs, reference: u64) -> Object {
    // SAFETY: the context is alive.
    Object::new(unsafe { (*regs.ctx).gc.heap.base }, reference as u32)
}

/// The heap, as accesses to memory see it: all offsets are inside.
///
/// # Safety
/// `regs` satisfies the invariants of `dispatch`.
#[inline(always)]
unsafe fn heap(regs: &Regs) -> View<Unbounded> {
    // SAFETY: the context is alive.
    View::unbounded(unsafe { (*regs.ctx).gc.heap.base })
}

/// The types of objects.
///
/// # Safety
/// `regs` satisfies the invariants of `dispatch`, and the result is not used after the op.
#[inline(always)]
pub(super) unsafe fn types<'a>(regs: &Regs) -> &'a Types {
    // SAFETY: the context is alive; types are entered at instantiation only.
    unsafe { &(*regs.ctx).gc.types }
}

/// Bytes of the elements that ops of this family access.
const fn element_bytes(family: Family) -> u64 {
    let get = (family as usize).wrapping_sub(Family::ArrayGet32 as usize);
    let set = (family as usize).wrapping_sub(Family::ArraySet8 as usize);
    match family {
        Family::ArraySetF32 => 4,
        Family::ArraySetF64 => 8,
        _ if get < 9 => [4, 1, 1, 2, 2, 8, 4, 8, 16][get],
        _ => [1, 2, 4, 8, 16][set],
    }
}

/// `dst = field of structure a, at offset b`, or a trap when it is null
pub(crate) struct StructGet<F, const V: u16>(PhantomData<F>);

impl<F: Loads, const V: u16> Exec for StructGet<F, V> {
    #[inline(always)]
    unsafe fn exec<D: Dispatch>(mut regs: Regs) -> D::Out {
        // SAFETY: the op has these operands by `V`; a structure of its type has a field there.
        unsafe {
            let structure: u64 = get(&regs, const { F::FAMILY.class(V, 0) }, Field::A);
            let address = structure.wrapping_add(wide(regs.ip, Field::B).into());
            if structure == 0 {
                return D::trap(regs, TrapCode::NullStructReference);
            }
            match F::load(heap(&regs), address) {
                Some(value) => {
                    put(&mut regs, const { F::FAMILY.class(V, 2) }, value);
                    D::next(regs, 2)
                }
                None => D::trap(regs, TrapCode::NullStructReference),
            }
        }
    }
}

/// `field of structure a, at offset b = d`, or a trap when it is null
pub(crate) struct StructSet<F, const V: u16, const ACC: bool>(PhantomData<F>);

impl<F: Stores, const V: u16, const ACC: bool> Exec for StructSet<F, V, ACC> {
    #[inline(always)]
    unsafe fn exec<D: Dispatch>(regs: Regs) -> D::Out {
        // SAFETY: as in `StructGet`.
        unsafe {
            let structure: u64 = get(&regs, const { F::FAMILY.class(V, 0) }, Field::A);
            let address = structure.wrapping_add(wide(regs.ip, Field::B).into());
            if structure == 0 {
                return D::trap(regs, TrapCode::NullStructReference);
            }
            let value = match ACC {
                true => F::T::acc(&regs),
                false => get(&regs, const { F::FAMILY.class(V, 1) }, Field::D),
            };
            match F::store(heap(&regs), address, value) {
                Some(()) => D::next(regs, 2),
                None => D::trap(regs, TrapCode::NullStructReference),
            }
        }
    }
}

/// The offset of element `index` of the array at `array`.
///
/// # Safety
/// `regs` satisfies the invariants of `dispatch`, and `array` is an array whose elements have `bytes` bytes, or null. What
/// refers to an object has 32 bits: one register serves as reference and as offset.
#[inline(always)]
unsafe fn element(regs: &Regs, array: u32, index: u32, bytes: u64) -> Result<u64, TrapCode> {
    if array == 0 {
        return Err(TrapCode::NullArrayReference);
    }
    let (array, index) = (u64::from(array), u64::from(index));
    // SAFETY: the caller vouches for the array.
    if index >= unsafe { object(regs, array).len() }.into() {
        return Err(TrapCode::ArrayOutOfBounds);
    }
    Ok(array.wrapping_add(u64::from(HEADER)).wrapping_add(index.wrapping_mul(bytes)))
}

/// `dst = element b of array a`, or a trap
pub(crate) struct ArrayGet<F, const V: u16>(PhantomData<F>);

impl<F: Loads, const V: u16> Exec for ArrayGet<F, V> {
    #[inline(always)]
    unsafe fn exec<D: Dispatch>(mut regs: Regs) -> D::Out {
        // SAFETY: the op has these operands by `V`, and the first is an array of its type or null.
        unsafe {
            let array: u32 = get(&regs, const { F::FAMILY.class(V, 0) }, Field::A);
            let index: u32 = get(&regs, const { F::FAMILY.class(V, 1) }, Field::B);
            match element(&regs, array, index, const { element_bytes(F::FAMILY) }) {
                Ok(address) => match F::load(heap(&regs), address) {
                    Some(value) => {
                        put(&mut regs, const { F::FAMILY.class(V, 2) }, value);
                        D::next(regs, 2)
                    }
                    None => D::trap(regs, TrapCode::ArrayOutOfBounds),
                },
                Err(code) => D::trap(regs, code),
            }
        }
    }
}

/// `element b of array a = d`, or a trap
pub(crate) struct ArraySet<F, const V: u16, const ACC: bool>(PhantomData<F>);

impl<F: Stores, const V: u16, const ACC: bool> Exec for ArraySet<F, V, ACC> {
    #[inline(always)]
    unsafe fn exec<D: Dispatch>(regs: Regs) -> D::Out {
        // SAFETY: as in `ArrayGet`.
        unsafe {
            let array: u32 = get(&regs, const { F::FAMILY.class(V, 0) }, Field::A);
            let index: u32 = get(&regs, const { F::FAMILY.class(V, 1) }, Field::B);
            match element(&regs, array, index, const { element_bytes(F::FAMILY) }) {
                Ok(address) => {
                    let class = const { F::FAMILY.class(V, 2) };
                    if !ACC && matches!(class, Class::Slot) {
                        // Read last: there is a register for it once the place is known.
                        compiler_fence(Ordering::SeqCst);
                    }
                    let value = match ACC {
                        true => F::T::acc(&regs),
                        false => get(&regs, class, Field::D),
                    };
                    match F::store(heap(&regs), address, value) {
                        Some(()) => D::next(regs, 2),
                        None => D::trap(regs, TrapCode::ArrayOutOfBounds),
                    }
                }
                Err(code) => D::trap(regs, code),
            }
        }
    }
}

/// `dst = number of elements of array a`, or a trap
pub(crate) struct ArrayLen<F, const V: u16>(PhantomData<F>);

impl<F: Row, const V: u16> Exec for ArrayLen<F, V> {
    #[inline(always)]
    unsafe fn exec<D: Dispatch>(mut regs: Regs) -> D::Out {
        // SAFETY: the op has these operands by `V`, and the first is an array or null.
        unsafe {
            let array: u64 = get(&regs, const { F::FAMILY.class(V, 0) }, Field::A);
            if array == 0 {
                return D::trap(regs, TrapCode::NullArrayReference);
            }
            let len = object(&regs, array).len();
            put(&mut regs, const { F::FAMILY.class(V, 1) }, len);
            D::next(regs, 2)
        }
    }
}

/// A row that tests what a reference refers to.
pub(crate) trait Tests: Row {
    /// Whether the test calls out of the handlers.
    const CALLS: bool = matches!(
        Self::FAMILY,
        Family::RefTestFunc | Family::RefCastFunc | Family::BrOnCastFunc | Family::BrOnCastFailFunc
    );

    /// Whether `reference`, which is not null, is of the type; word `n` of the op says which, if the row does not.
    ///
    /// # Safety
    /// `regs` satisfies the invariants of `dispatch`, and the current op is of this row.
    unsafe fn holds(regs: &Regs, reference: u64, n: usize) -> bool;
}

macro_rules! tests {
    ($($(#[$doc:meta])* $name:ident($regs:ident, $reference:ident, $n:ident) = $value:expr;)*) => {$(
        $(#[$doc])*
        ///
        /// # Safety
        /// As for [`Tests::holds`].
        #[inline(always)]
        pub(crate) unsafe fn $name($regs: &Regs, $reference: u64, $n: usize) -> bool {
            let _ = ($regs, $n);
            // SAFETY: the caller vouches for the op. What is not null and has its lowest bits clear is an object.
            #[allow(unused_unsafe, reason = "some look at the reference alone")]
            unsafe { $value }
        }
    )*};
}

tests! {
    /// An object of the type in word `n`: word 0 of its objects, and its depth above.
    is_type(regs, reference, n) = is_object(reference) && {
        let header = object(regs, reference).header();
        // Read anew for each comparison: there is no register to keep it in.
        let target = half_word(regs.ip, n, 0);
        header == target.read_volatile()
            || types(regs)
                .supertype(header, half_word(regs.ip, n, 1).read_volatile())
                .is_some_and(|above| above == target.read_volatile())
    };
    /// A function of the type with the identity in word `n`.
    is_func(regs, reference, n) = {
        let (func, target) = ((*regs.ctx).funcs.wrapping_add(reference as usize), word(regs.ip, n) as u32);
        let actual = (*func).ty;
        actual.0 == target || {
            let store = (*regs.ctx).store.cast::<StoreOpaque>().cast_const();
            (*store).engine().types().is_subtype(actual, CanonId(target))
        }
    };
    /// An integer.
    is_i31(regs, reference, n) = reference & 1 == 1;
    /// An object or an integer.
    is_eq(regs, reference, n) = reference & 3 != 2;
    /// A structure.
    is_struct(regs, reference, n) = is_object(reference) && is_kind(regs, reference, Kind::Struct);
    /// An array.
    is_array(regs, reference, n) = is_object(reference) && is_kind(regs, reference, Kind::Array);
    /// Anything.
    is_any(regs, reference, n) = reference != 0;
    /// Nothing.
    is_none(regs, reference, n) = reference == 0;
}

/// The lower half of word `n` of the op at `ip`, or the upper one.
#[inline(always)]
fn half_word(ip: *const u64, n: usize, half: usize) -> *const u32 {
    let half = if cfg!(target_endian = "big") { 1 - half } else { half };
    ip.wrapping_add(n).cast::<u32>().wrapping_add(half)
}

/// Whether `reference`, which is not null, is to an object.
#[inline(always)]
fn is_object(reference: u64) -> bool {
    reference & 3 == 0
}

/// Whether `reference` is to an object of kind `kind`.
///
/// # Safety
/// `regs` satisfies the invariants of `dispatch`, and it is to an object.
#[inline(always)]
unsafe fn is_kind(regs: &Regs, reference: u64, kind: Kind) -> bool {
    // SAFETY: the caller vouches for the object.
    unsafe { Kind::of(object(regs, reference).header()) == kind }
}

/// Whether operand `a` passes the test of the current op, and it.
///
/// # Safety
/// `regs` satisfies the invariants of `dispatch`, and the current op is variant `V` of `F`.
#[inline(always)]
unsafe fn tested<F: Tests, const V: u16>(regs: &Regs, n: usize) -> (bool, u64) {
    // SAFETY: the caller vouches for the op.
    unsafe {
        let reference: u64 = get(regs, const { F::FAMILY.class(V, 0) }, Field::A);
        let holds = if reference == 0 { wide(regs.ip, Field::B) != 0 } else { F::holds(regs, reference, n) };
        (holds, reference)
    }
}

/// Ops that test: their bodies, and themselves, which go on elsewhere if the test calls out.
macro_rules! testing {
    ($($(#[$doc:meta])* $name:ident $(<$flag:ident>)? = $body:ident: |$regs:ident| $exec:block)*) => {$(
        $(#[$doc])*
        pub(crate) struct $name<F, const V: u16 $(, const $flag: bool)?>(PhantomData<F>);

        struct $body<F, const V: u16 $(, const $flag: bool)?>(PhantomData<F>);

        impl<F: Tests, const V: u16 $(, const $flag: bool)?> Exec for $name<F, V $(, $flag)?> {
            #[inline(always)]
            unsafe fn exec<D: Dispatch>(regs: Regs) -> D::Out {
                // SAFETY: the caller vouches for the registers.
                unsafe {
                    if F::CALLS {
                        D::outline::<$body<F, V $(, $flag)?>>(regs)
                    } else {
                        $body::<F, V $(, $flag)?>::exec::<D>(regs)
                    }
                }
            }
        }

        impl<F: Tests, const V: u16 $(, const $flag: bool)?> Exec for $body<F, V $(, $flag)?> {
            #[inline(always)]
            #[allow(unused_mut, reason = "branches change no register but `ip`")]
            unsafe fn exec<D: Dispatch>(mut $regs: Regs) -> D::Out {
                // SAFETY: the op has these operands by `V`, and the caller vouches for the registers.
                unsafe { $exec }
            }
        }
    )*};
}

testing! {
    /// `dst = whether a is of the type`
    RefTest = RefTestBody: |regs| {
        let (holds, _) = tested::<F, V>(&regs, 2);
        let dst = const { F::FAMILY.class(V, F::FAMILY.operands() - 1) };
        put(&mut regs, dst, u32::from(holds));
        D::next(regs, const { F::FAMILY.words(V) })
    }
    /// `dst = a` if it is of the type, or a trap
    RefCast = RefCastBody: |regs| {
        let (holds, reference) = tested::<F, V>(&regs, 2);
        if !holds {
            return D::trap(regs, TrapCode::CastFailure);
        }
        put(&mut regs, const { F::FAMILY.class(V, F::FAMILY.operands() - 1) }, reference);
        D::next(regs, const { F::FAMILY.words(V) })
    }
    /// `if (a is of the type) == HOLDS { pc = target }`
    BrOnCast<HOLDS> = BrOnCastBody: |regs| {
        let (holds, _) = tested::<F, V>(&regs, 3);
        if holds == HOLDS {
            regs.ip = form::target(regs.ip, 2);
            D::jump(regs)
        } else {
            D::next(regs, const { F::FAMILY.words(V) })
        }
    }
}

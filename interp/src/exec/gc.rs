//! Structures, arrays, casts.
//!
//! # Invariants
//! - An operand that validation proved to be a reference to an object of a type is that, or null.
//! - An index is compared with the array's length before an element is touched.
//! - Where an object is made its operands stay in the frame until it is, since they are roots of a collection; and the
//!   place of exit is up to date.
//!
//! Spec: sections 4.6.8 "Aggregate Instructions" and 4.6.2 "Reference Instructions".

#![expect(unsafe_code, reason = "ops act on the registers under the invariants of `dispatch`")]

use super::bulk::Failure;
use super::dispatch::{Dispatch, Exec, Exit, Regs};
use super::form;
use super::handlers::rows;
use super::memory::{Loads, Stores, Unbounded, View};
use super::operand::{Value, get, put, slot, wide, word};
use super::shapes::Row;
use crate::gc::object::{Field as ObjectField, Kind, Object, Types, fill, store};
use crate::gc::{self, object};
use crate::store::StoreOpaque;
use crate::store::entity::{ExecContext, InstanceEntity};
use core::marker::PhantomData;
use core::ptr;
use fantail_core::TrapCode;
use fantail_core::ir::{Family, Field};
use fantail_core::types::CanonId;
use fantail_core::types::layout::HEADER;

/// The object that `reference` refers to.
///
/// # Safety
/// `regs` satisfies the invariants of `dispatch`.
#[inline(always)]
unsafe fn object(regs: &Regs, reference: u64) -> Object {
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
unsafe fn types<'a>(regs: &Regs) -> &'a Types {
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
/// `regs` satisfies the invariants of `dispatch`, and `array` is an array whose elements have `bytes` bytes, or null.
#[inline(always)]
unsafe fn element(regs: &Regs, array: u64, index: u32, bytes: u64) -> Result<u64, TrapCode> {
    if array == 0 {
        return Err(TrapCode::NullArrayReference);
    }
    // SAFETY: the caller vouches for the array.
    if index >= unsafe { object(regs, array).len() } {
        return Err(TrapCode::ArrayOutOfBounds);
    }
    Ok(array.wrapping_add(u64::from(HEADER)).wrapping_add(u64::from(index).wrapping_mul(bytes)))
}

/// `dst = element b of array a`, or a trap
pub(crate) struct ArrayGet<F, const V: u16>(PhantomData<F>);

impl<F: Loads, const V: u16> Exec for ArrayGet<F, V> {
    #[inline(always)]
    unsafe fn exec<D: Dispatch>(mut regs: Regs) -> D::Out {
        // SAFETY: the op has these operands by `V`, and the first is an array of its type or null.
        unsafe {
            let array: u64 = get(&regs, const { F::FAMILY.class(V, 0) }, Field::A);
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
            let array: u64 = get(&regs, const { F::FAMILY.class(V, 0) }, Field::A);
            let index: u32 = get(&regs, const { F::FAMILY.class(V, 1) }, Field::B);
            let value = match ACC {
                true => F::T::acc(&regs),
                false => get(&regs, const { F::FAMILY.class(V, 2) }, Field::D),
            };
            match element(&regs, array, index, const { element_bytes(F::FAMILY) }) {
                Ok(address) => match F::store(heap(&regs), address, value) {
                    Some(()) => D::next(regs, 2),
                    None => D::trap(regs, TrapCode::ArrayOutOfBounds),
                },
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
        let (target, depth) = (word(regs.ip, n) as u32, (word(regs.ip, n) >> 32) as u32);
        types(regs).is_subtype(object(regs, reference).header(), target, depth)
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

/// A row that makes an object.
pub(crate) trait Makes: Row {
    /// Bytes of the object, if they are known before anything else may go wrong.
    ///
    /// # Safety
    /// `regs` satisfies the invariants of `dispatch`, and the current op is of this row.
    unsafe fn size(regs: &Regs) -> Result<u64, TrapCode>;

    /// Fills `object`.
    ///
    /// # Safety
    /// As for [`size`](Self::size), and there is room for an object of that size.
    unsafe fn init(regs: &Regs, object: Object);
}

/// `dst = new object`
pub(crate) struct New<F, const V: u16>(PhantomData<F>);

/// The same where a collection may be needed first.
struct NewSlowly<F, const V: u16>(PhantomData<F>);

impl<F: Makes, const V: u16> New<F, V> {
    /// # Safety
    /// As for [`Makes::init`], of an object at `offset`.
    #[inline(always)]
    unsafe fn finish<D: Dispatch>(regs: Regs, offset: u32) -> D::Out {
        // SAFETY: the caller vouches for it.
        unsafe {
            F::init(&Regs { ..regs }, object(&regs, offset.into()));
            Self::give::<D>(regs, offset)
        }
    }

    /// # Safety
    /// As for [`Makes::init`], and the object at `offset` has been filled.
    #[inline(always)]
    unsafe fn give<D: Dispatch>(mut regs: Regs, offset: u32) -> D::Out {
        // SAFETY: the caller vouches for it.
        unsafe {
            put(&mut regs, const { F::FAMILY.class(V, F::FAMILY.operands() - 1) }, u64::from(offset));
            D::next(regs, 3)
        }
    }
}

impl<F: Makes, const V: u16> Exec for New<F, V> {
    #[inline(always)]
    unsafe fn exec<D: Dispatch>(regs: Regs) -> D::Out {
        // SAFETY: the op has these operands by `V`, and the caller vouches for the registers.
        unsafe {
            if matches!(F::FAMILY, Family::StructNew | Family::StructNewDefault)
                && let Ok(size) = F::size(&regs)
                && let Some(offset) = (*regs.ctx).gc.heap.allocate_quickly(size)
            {
                return Self::finish::<D>(regs, offset);
            }
            D::outline::<NewSlowly<F, V>>(regs)
        }
    }
}

impl<F: Makes, const V: u16> Exec for NewSlowly<F, V> {
    #[inline(always)]
    unsafe fn exec<D: Dispatch>(regs: Regs) -> D::Out {
        // SAFETY: as above.
        unsafe {
            match make::<F>(regs.ip, regs.fp, regs.ctx) {
                Ok(offset) => New::<F, V>::give::<D>(regs, offset),
                Err(exit) => D::stop(regs, exit),
            }
        }
    }
}

/// The offset of a new object, for which a collection may be needed. Not inlined, and what it takes and gives fits into
/// machine registers, as for [bulk operations](super::bulk).
///
/// # Safety
/// As for [`Makes::init`].
#[inline(never)]
unsafe fn make<F: Makes>(ip: *const u64, fp: *mut u64, ctx: *mut ExecContext) -> Result<u32, Exit> {
    // SAFETY: the caller vouches for it; the place of exit is written before objects are collected.
    unsafe {
        let regs = Regs::start(ip, fp, (*ctx).mem0_base, ctx);
        let size = F::size(&regs).map_err(Exit::trap)?;
        (*ctx).exit_ip = ip;
        (*ctx).exit_fp = fp;
        (*ctx).exit_instance = (*ctx).instance;
        let offset = gc::allocate(ctx, size).map_err(|error| {
            let failure = match error.downcast_ref::<crate::Trap>() {
                Some(trap @ (crate::Trap::AllocationTooLarge | crate::Trap::HeapExhausted)) => {
                    Failure::Trap(trap.code())
                }
                _ => Failure::Error(error),
            };
            failure.exit(ctx)
        })?;
        F::init(&regs, object(&regs, offset.into()));
        Ok(offset)
    }
}

/// The type of the current op's objects.
///
/// # Safety
/// As for [`Makes::size`].
#[inline(always)]
unsafe fn ty<'a>(regs: &Regs) -> &'a object::TypeInfo {
    // SAFETY: word 2 has the identity of a type of objects of this module.
    unsafe { types(regs).get(wide(regs.ip, Field::W2Hi)) }
}

/// Operand cell `n` of the current op.
///
/// # Safety
/// As for [`Makes::size`], and it has so many.
#[inline(always)]
unsafe fn operand(regs: &Regs, n: usize) -> *const u64 {
    // SAFETY: `ir::verify` checks that the cells are in the frame.
    unsafe { slot(regs, Field::A).wrapping_add(n) }
}

impl Makes for rows::StructNew {
    #[inline(always)]
    unsafe fn size(regs: &Regs) -> Result<u64, TrapCode> {
        // SAFETY: the caller vouches for the op.
        Ok(unsafe { ty(regs) }.size.into())
    }

    #[inline(always)]
    unsafe fn init(regs: &Regs, object: Object) {
        // SAFETY: the op has a value for each field.
        unsafe {
            let ty = ty(regs);
            object.set_header(ty.header, 0);
            let mut cell = operand(regs, 0);
            for &ObjectField { offset, bytes, .. } in &*ty.fields {
                store(object.place(offset as usize), cell, bytes);
                cell = cell.wrapping_add(cells(bytes));
            }
        }
    }
}

/// Cells of a value of `bytes` bytes.
#[inline(always)]
fn cells(bytes: u8) -> usize {
    if bytes == 16 { 2 } else { 1 }
}

impl Makes for rows::StructNewDefault {
    #[inline(always)]
    unsafe fn size(regs: &Regs) -> Result<u64, TrapCode> {
        // SAFETY: the caller vouches for the op.
        Ok(unsafe { ty(regs) }.size.into())
    }

    #[inline(always)]
    unsafe fn init(regs: &Regs, object: Object) {
        // SAFETY: there is room for all fields, and for whole granules.
        unsafe {
            let ty = ty(regs);
            object.set_header(ty.header, 0);
            let mut at = HEADER;
            while at < ty.size {
                // Volatile, or else the loop becomes a call of `memset`, for which the handler would spill.
                object.place(at as usize).cast::<u64>().write_volatile(0);
                at += 8;
            }
        }
    }
}

/// Fills an array of `len` elements with the value in `cell`.
///
/// # Safety
/// As for [`Makes::init`].
unsafe fn filled(regs: &Regs, object: Object, len: u32, cell: *const u64) {
    // SAFETY: the caller vouches for the room.
    unsafe {
        let ty = ty(regs);
        object.set_header(ty.header, len);
        fill(object.element(0, 0), len, cell, ty.element().bytes);
    }
}

impl Makes for rows::ArrayNew {
    unsafe fn size(regs: &Regs) -> Result<u64, TrapCode> {
        // SAFETY: the operands are a value and a length.
        unsafe {
            let ty = ty(regs);
            Ok(ty.array_size(*operand(regs, cells(ty.element().bytes)) as u32))
        }
    }

    unsafe fn init(regs: &Regs, object: Object) {
        // SAFETY: as above.
        unsafe {
            let len = *operand(regs, cells(ty(regs).element().bytes)) as u32;
            filled(regs, object, len, operand(regs, 0));
        }
    }
}

impl Makes for rows::ArrayNewDefault {
    unsafe fn size(regs: &Regs) -> Result<u64, TrapCode> {
        // SAFETY: the operand is a length.
        unsafe { Ok(ty(regs).array_size(*operand(regs, 0) as u32)) }
    }

    unsafe fn init(regs: &Regs, object: Object) {
        // SAFETY: as above.
        unsafe { filled(regs, object, *operand(regs, 0) as u32, [0; 2].as_ptr()) }
    }
}

impl Makes for rows::ArrayNewFixed {
    unsafe fn size(regs: &Regs) -> Result<u64, TrapCode> {
        // SAFETY: the caller vouches for the op.
        unsafe { Ok(ty(regs).array_size(wide(regs.ip, Field::W2Lo))) }
    }

    unsafe fn init(regs: &Regs, object: Object) {
        // SAFETY: the op has a value for each element.
        unsafe {
            let (ty, len) = (ty(regs), wide(regs.ip, Field::W2Lo));
            object.set_header(ty.header, len);
            let bytes = ty.element().bytes;
            for i in 0..len {
                store(object.element(i, bytes), operand(regs, i as usize * cells(bytes)), bytes);
            }
        }
    }
}

/// The current instance.
///
/// # Safety
/// `regs` satisfies the invariants of `dispatch`.
unsafe fn instance(regs: &Regs) -> *const InstanceEntity {
    // SAFETY: the context is alive.
    unsafe { (*regs.ctx).instance }
}

/// The bytes of `count` elements of `bytes` bytes from `start` on in the data segment that the current op names.
///
/// # Safety
/// The op has the index of a data segment in word 2.
unsafe fn data<'a>(regs: &Regs, start: u32, count: u32, bytes: u8) -> Result<&'a [u8], TrapCode> {
    // SAFETY: validation checks the index; the module lives as long as the instance.
    unsafe {
        let instance = &*instance(regs);
        let index = wide(regs.ip, Field::W2Lo) as usize;
        let all = &instance.module.bytes[instance.module.core.data[index].bytes.clone()];
        let all = if instance.dropped_data[index] { &[] } else { all };
        let (start, len) = (u64::from(start), u64::from(count) * u64::from(bytes));
        if start + len > all.len() as u64 {
            return Err(TrapCode::MemoryOutOfBounds);
        }
        Ok(&all[start as usize..(start + len) as usize])
    }
}

/// `count` elements from `start` on in the element segment that the current op names.
///
/// # Safety
/// The op has the index of an element segment in word 2.
unsafe fn elements<'a>(regs: &Regs, start: u32, count: u32) -> Result<&'a [u64], TrapCode> {
    // SAFETY: validation checks the index; nothing changes the segment while the op uses it.
    unsafe {
        let all = &(&(*instance(regs)).elements)[wide(regs.ip, Field::W2Lo) as usize];
        let end = u64::from(start) + u64::from(count);
        if end > all.len() as u64 {
            return Err(TrapCode::TableOutOfBounds);
        }
        Ok(&all[start as usize..end as usize])
    }
}

/// Copies references to an array.
///
/// # Safety
/// From `to` on there is room for them.
unsafe fn store_all(references: &[u64], to: *mut u8) {
    for (i, reference) in references.iter().enumerate() {
        // SAFETY: the caller vouches for the room.
        unsafe { store(to.wrapping_add(i * 4), reference, 4) };
    }
}

impl Makes for rows::ArrayNewData {
    unsafe fn size(regs: &Regs) -> Result<u64, TrapCode> {
        // SAFETY: the operands are a start and a length.
        unsafe {
            let (start, len) = (*operand(regs, 0) as u32, *operand(regs, 1) as u32);
            data(regs, start, len, ty(regs).element().bytes)?;
            Ok(ty(regs).array_size(len))
        }
    }

    unsafe fn init(regs: &Regs, object: Object) {
        // SAFETY: as above; `size` has checked the range.
        unsafe {
            let (start, len) = (*operand(regs, 0) as u32, *operand(regs, 1) as u32);
            object.set_header(ty(regs).header, len);
            if let Ok(data) = data(regs, start, len, ty(regs).element().bytes) {
                ptr::copy_nonoverlapping(data.as_ptr(), object.element(0, 0), data.len());
            }
        }
    }
}

impl Makes for rows::ArrayNewElem {
    unsafe fn size(regs: &Regs) -> Result<u64, TrapCode> {
        // SAFETY: the operands are a start and a length.
        unsafe {
            let (start, len) = (*operand(regs, 0) as u32, *operand(regs, 1) as u32);
            elements(regs, start, len)?;
            Ok(ty(regs).array_size(len))
        }
    }

    unsafe fn init(regs: &Regs, object: Object) {
        // SAFETY: as above; `size` has checked the range.
        unsafe {
            let (start, len) = (*operand(regs, 0) as u32, *operand(regs, 1) as u32);
            object.set_header(ty(regs).header, len);
            if let Ok(elements) = elements(regs, start, len) {
                store_all(elements, object.element(0, 0));
            }
        }
    }
}

/// A row that works on several elements.
pub(crate) trait Elements: Row {
    /// Does it.
    ///
    /// # Safety
    /// `regs` satisfies the invariants of `dispatch`, and the current op is of this row.
    unsafe fn perform(regs: &Regs) -> Result<(), TrapCode>;
}

/// An op that goes on elsewhere.
pub(crate) struct ArrayBulk<F, const V: u16>(PhantomData<F>);

struct ArrayBulkBody<F>(PhantomData<F>);

impl<F: Elements, const V: u16> Exec for ArrayBulk<F, V> {
    #[inline(always)]
    unsafe fn exec<D: Dispatch>(regs: Regs) -> D::Out {
        // SAFETY: the caller vouches for the registers.
        unsafe { D::outline::<ArrayBulkBody<F>>(regs) }
    }
}

impl<F: Elements> Exec for ArrayBulkBody<F> {
    #[inline(always)]
    unsafe fn exec<D: Dispatch>(regs: Regs) -> D::Out {
        // SAFETY: the caller vouches for the registers.
        unsafe {
            match perform::<F>(regs.ip, regs.fp, regs.ctx) {
                Ok(()) => D::next(regs, 3),
                Err(exit) => D::stop(regs, exit),
            }
        }
    }
}

/// [`Elements::perform`] with what it needs of the registers. Not inlined, and what it takes and gives fits into machine
/// registers, as for [bulk operations](super::bulk).
///
/// # Safety
/// As for [`Elements::perform`].
#[inline(never)]
unsafe fn perform<F: Elements>(ip: *const u64, fp: *mut u64, ctx: *mut ExecContext) -> Result<(), Exit> {
    // SAFETY: the caller vouches for it.
    unsafe { F::perform(&Regs::start(ip, fp, (*ctx).mem0_base, ctx)).map_err(Exit::trap) }
}

/// The first of `count` elements from `start` on of the array `array`.
///
/// # Safety
/// `regs` satisfies the invariants of `dispatch`, and `array` is an array with elements of `bytes` bytes, or null.
unsafe fn range(regs: &Regs, array: u64, start: u32, count: u32, bytes: u8) -> Result<*mut u8, TrapCode> {
    if array == 0 {
        return Err(TrapCode::NullArrayReference);
    }
    // SAFETY: the caller vouches for the array.
    let array = unsafe { object(regs, array) };
    // SAFETY: likewise.
    if u64::from(start) + u64::from(count) > u64::from(unsafe { array.len() }) {
        return Err(TrapCode::ArrayOutOfBounds);
    }
    Ok(array.element(start, bytes))
}

impl Elements for rows::ArrayFill {
    unsafe fn perform(regs: &Regs) -> Result<(), TrapCode> {
        // SAFETY: the operands are an array, a start, a value and a length.
        unsafe {
            let bytes = ty(regs).element().bytes;
            let count = *operand(regs, 2 + cells(bytes)) as u32;
            let to = range(regs, *operand(regs, 0), *operand(regs, 1) as u32, count, bytes)?;
            fill(to, count, operand(regs, 2), bytes);
        }
        Ok(())
    }
}

impl Elements for rows::ArrayCopy {
    unsafe fn perform(regs: &Regs) -> Result<(), TrapCode> {
        // SAFETY: the operands are an array and a start, twice, and a length.
        unsafe {
            let bytes = ty(regs).element().bytes;
            let count = *operand(regs, 4) as u32;
            // Null is found before bounds are looked at.
            if *operand(regs, 2) == 0 {
                return Err(TrapCode::NullArrayReference);
            }
            let to = range(regs, *operand(regs, 0), *operand(regs, 1) as u32, count, bytes)?;
            let from = range(regs, *operand(regs, 2), *operand(regs, 3) as u32, count, bytes)?;
            ptr::copy(from, to, count as usize * usize::from(bytes));
        }
        Ok(())
    }
}

impl Elements for rows::ArrayInitData {
    unsafe fn perform(regs: &Regs) -> Result<(), TrapCode> {
        // SAFETY: the operands are an array, two starts and a length.
        unsafe {
            let bytes = ty(regs).element().bytes;
            let count = *operand(regs, 3) as u32;
            let to = range(regs, *operand(regs, 0), *operand(regs, 1) as u32, count, bytes)?;
            let data = data(regs, *operand(regs, 2) as u32, count, bytes)?;
            ptr::copy_nonoverlapping(data.as_ptr(), to, data.len());
        }
        Ok(())
    }
}

impl Elements for rows::ArrayInitElem {
    unsafe fn perform(regs: &Regs) -> Result<(), TrapCode> {
        // SAFETY: the operands are an array, two starts and a length.
        unsafe {
            let count = *operand(regs, 3) as u32;
            let to = range(regs, *operand(regs, 0), *operand(regs, 1) as u32, count, 4)?;
            store_all(elements(regs, *operand(regs, 2) as u32, count)?, to);
        }
        Ok(())
    }
}

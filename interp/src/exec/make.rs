//! Making structures and arrays, and what works on several elements of an array.
//!
//! # Invariants
//! - An operand that validation proved to be a reference to an object of a type is that, or null.
//! - Ranges are compared with the array's length, and with that of the segment, before an element is touched.
//! - Where an object is made its operands stay in the frame until it is, since they are roots of a collection; and the
//!   place of exit is up to date.
//!
//! Spec: section 4.6.8 "Aggregate Instructions".

#![expect(unsafe_code, reason = "ops act on the registers under the invariants of `dispatch`")]

use super::bulk::Failure;
use super::dispatch::{Dispatch, Exec, Exit, Regs};
use super::gc::{object, types};
use super::handlers::rows;
use super::operand::{put, slot, wide};
use super::shapes::Row;
use crate::gc;
use crate::gc::object::{Field as ObjectField, Object, TypeInfo, fill, store};
use crate::store::entity::{ExecContext, InstanceEntity};
use core::marker::PhantomData;
use core::ptr;
use core::sync::atomic::{Ordering, compiler_fence};
use fantail_core::TrapCode;
use fantail_core::ir::{Family, Field};
use fantail_core::types::layout::HEADER;

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

/// The same of a value for each field.
struct NewOfFields<F, const V: u16>(PhantomData<F>);

/// The same where a collection may be needed first.
struct NewSlowly<F, const V: u16>(PhantomData<F>);

impl<F: Makes, const V: u16> New<F, V> {
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
            match F::FAMILY {
                Family::StructNewDefault => match (*regs.ctx).gc.heap.allocate_quickly(ty(&regs).cells) {
                    Some(offset) => {
                        let &TypeInfo { header, size, .. } = ty(&regs);
                        // The start of the heap is read last: there is a register for it once the type has none.
                        compiler_fence(Ordering::SeqCst);
                        clear(object(&regs, offset.into()), header, size);
                        Self::give::<D>(regs, offset)
                    }
                    None => D::outline::<NewSlowly<F, V>>(regs),
                },
                // To go through fields takes more registers than there are.
                Family::StructNew => D::outline::<NewOfFields<F, V>>(regs),
                _ => D::outline::<NewSlowly<F, V>>(regs),
            }
        }
    }
}

impl<F: Makes, const V: u16> Exec for NewOfFields<F, V> {
    #[inline(always)]
    unsafe fn exec<D: Dispatch>(regs: Regs) -> D::Out {
        // SAFETY: as above.
        unsafe {
            match (*regs.ctx).gc.heap.allocate_quickly(ty(&regs).cells) {
                Some(offset) => {
                    F::init(&Regs { ..regs }, object(&regs, offset.into()));
                    New::<F, V>::give::<D>(regs, offset)
                }
                None => NewSlowly::<F, V>::exec::<D>(regs),
            }
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
unsafe fn ty<'a>(regs: &Regs) -> &'a TypeInfo {
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

/// Makes `object` a structure of `size` bytes, all of whose fields are zero.
///
/// # Safety
/// There is room for it, and for whole granules.
#[inline(always)]
unsafe fn clear(object: Object, header: u32, size: u32) {
    // SAFETY: the caller vouches for the room.
    unsafe {
        object.set_header(header, 0);
        let mut at = object.place(HEADER as usize).cast::<u64>();
        let end = object.place(size as usize).cast();
        while at < end {
            // Volatile, or else the loop becomes a call of `memset`, for which the handler would spill.
            at.write_volatile(0);
            at = at.wrapping_add(1);
        }
    }
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
            clear(object, ty.header, ty.size);
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

//! Memory and table instructions that do more than one access. The executor calls out for them; those on shared memories
//! are in [`atomic`](super::atomic).
//!
//! Invariant: bounds are checked before the first byte or element is written; the accumulators may be lost, the pin is
//! not; `mem` is loaded again afterwards.
//!
//! Spec: sections 4.6.7 "Table Instructions" and 4.6.9 "Memory Instructions".

#![expect(unsafe_code, reason = "ops act on the registers under the invariants of `dispatch`")]

use super::dispatch::{Dispatch, Exec, Exit, Regs};
use super::form;
use super::handlers::rows;
use super::operand::{slot, wide};
use super::runtime::refresh;
use super::shapes::Row;
use super::table::table;
use crate::memory::Grown;
use crate::store::entity::{ExecContext, InstanceEntity, MemoryEntity, TableEntity};
use alloc::boxed::Box;
use core::marker::PhantomData;
use core::ptr;
use fantail_core::TrapCode;
use fantail_core::ir::Field;

/// Why such an instruction does not end well.
pub(crate) enum Failure {
    /// It traps.
    Trap(TrapCode),
    /// The embedder's limits forbid it.
    Error(crate::Error),
}

impl Failure {
    /// The exit for it.
    ///
    /// # Safety
    /// `ctx` is the context of a live store and no reference to it is held.
    pub(crate) unsafe fn exit(self, ctx: *mut ExecContext) -> Exit {
        match self {
            Self::Trap(code) => Exit::trap(code),
            Self::Error(error) => {
                // SAFETY: the caller vouches for the context.
                unsafe { (*ctx).error = Some(error) };
                Exit::ERROR
            }
        }
    }
}

/// A row of this kind.
pub(crate) trait Bulk: Row {
    /// Does it.
    ///
    /// # Safety
    /// `regs` satisfies the invariants of `dispatch`, and the current op is of this row.
    unsafe fn perform(regs: &Regs) -> Result<(), Failure>;
}

/// An op that goes on elsewhere.
pub(crate) struct Outline<F, const V: u16>(PhantomData<F>);

impl<F: Bulk, const V: u16> Exec for Outline<F, V> {
    #[inline(always)]
    unsafe fn exec<D: Dispatch>(regs: Regs) -> D::Out {
        // SAFETY: the caller vouches for the registers.
        unsafe { D::outline::<OutlineBody<F, V>>(regs) }
    }
}

struct OutlineBody<F, const V: u16>(PhantomData<F>);

/// [`Bulk::perform`] with what it needs of the registers. Not inlined, and what it takes and gives fits into machine
/// registers, so that the handler itself has nothing in memory and ends in a jump: otherwise a loop of such ops would
/// exhaust the native stack.
///
/// # Safety
/// As for [`Bulk::perform`].
#[inline(never)]
unsafe fn perform<F: Bulk>(ip: *const u64, fp: *mut u64, ctx: *mut ExecContext) -> Result<(), Exit> {
    // SAFETY: the caller vouches for it.
    unsafe { F::perform(&Regs::start(ip, fp, (*ctx).mem0_base, ctx)).map_err(|failure| failure.exit(ctx)) }
}

impl<F: Bulk, const V: u16> Exec for OutlineBody<F, V> {
    #[inline(always)]
    unsafe fn exec<D: Dispatch>(mut regs: Regs) -> D::Out {
        // SAFETY: the caller vouches for the registers.
        unsafe {
            match perform::<F>(regs.ip, regs.fp, regs.ctx) {
                Ok(()) => {
                    regs.mem = (*regs.ctx).mem0_base;
                    D::next(regs, const { F::FAMILY.words(V) })
                }
                Err(exit) => D::stop(regs, exit),
            }
        }
    }
}

/// The operand in the slot that `field` names.
///
/// # Safety
/// As for [`Bulk::perform`].
pub(super) unsafe fn cell(regs: &Regs, field: Field) -> u64 {
    // SAFETY: `ir::verify` checks that the slot is in the frame.
    unsafe { *slot(regs, field) }
}

/// The memory with the index in `field`.
///
/// # Safety
/// As for [`Bulk::perform`].
pub(super) unsafe fn memory(regs: &Regs, field: Field) -> *mut MemoryEntity {
    // SAFETY: validation checks memory indices.
    unsafe { *(*regs.ctx).memories.wrapping_add(wide(regs.ip, field) as usize) }
}

/// The current instance.
///
/// # Safety
/// As for [`Bulk::perform`].
pub(super) unsafe fn instance(regs: &Regs) -> *mut InstanceEntity {
    // SAFETY: the context is alive.
    unsafe { (*regs.ctx).instance }
}

/// `start` as an offset, if `count` from there on are within `len`.
pub(super) fn within(start: u64, count: u64, len: usize, code: TrapCode) -> Result<usize, Failure> {
    match start.checked_add(count) {
        Some(end) if end <= len as u64 => Ok(start as usize),
        _ => Err(Failure::Trap(code)),
    }
}

/// First byte of `count` at `start`.
///
/// # Safety
/// `memory` is alive.
unsafe fn bytes(memory: *const MemoryEntity, start: u64, count: u64) -> Result<*mut u8, Failure> {
    // SAFETY: the caller vouches for `memory`.
    let (base, len) = unsafe { ((*memory).base, (*memory).len) };
    Ok(base.wrapping_add(within(start, count, len, TrapCode::MemoryOutOfBounds)?))
}

/// First element of `count` at `start`.
///
/// # Safety
/// `table` is alive.
unsafe fn elements(table: *const TableEntity, start: u64, count: u64) -> Result<*mut u64, Failure> {
    // SAFETY: the caller vouches for `table`.
    let (base, len) = unsafe { ((*table).base, (*table).len) };
    Ok(base.wrapping_add(within(start, count, len, TrapCode::TableOutOfBounds)?))
}

/// The `count` bytes of a data segment that `memory.init` reads: a module's, which are no memory.
///
/// # Safety
/// `regs` satisfies the invariants of `dispatch`, and the op has the segment and where to begin where `memory.init` has them.
pub(super) unsafe fn segment<'m>(regs: &Regs, count: u64) -> Result<&'m [u8], Failure> {
    // SAFETY: validation checks the index, and the module lives as long as the current instance.
    unsafe {
        let index = wide(regs.ip, Field::W2Hi) as usize;
        let module = &(*instance(regs)).module;
        let dropped = (&(*instance(regs)).dropped_data)[index];
        let data = &module.bytes[module.core.data[index].bytes.clone()];
        let data = if dropped { &[] } else { data };
        let from = within(cell(regs, Field::B16), count, data.len(), TrapCode::MemoryOutOfBounds)?;
        Ok(&data[from..from + count as usize])
    }
}

/// What a `grow` instruction results in: the old size, or -1.
fn grown(old: Grown, is64: bool) -> u64 {
    old.unwrap_or(if is64 { u64::MAX } else { u64::from(u32::MAX) })
}

impl Bulk for rows::MemoryGrow {
    unsafe fn perform(regs: &Regs) -> Result<(), Failure> {
        // SAFETY: the op's operands are as the table says; no reference is held while the memory grows.
        unsafe {
            let memory = memory(regs, Field::W2Lo);
            let old = crate::memory::grow((*regs.ctx).store, memory, cell(regs, Field::A));
            refresh(regs.ctx);
            *slot(regs, Field::D) = grown(old.map_err(Failure::Error)?, (*memory).ty.limits.is64);
        }
        Ok(())
    }
}

impl Bulk for rows::MemoryFill {
    unsafe fn perform(regs: &Regs) -> Result<(), Failure> {
        // SAFETY: the op's operands are as the table says; `bytes` checks the range.
        unsafe {
            let count = cell(regs, Field::C16);
            let to = bytes(memory(regs, Field::W2Lo), cell(regs, Field::A), count)?;
            let value = cell(regs, Field::B16) as u8;
            ptr::write_bytes(to, value, count as usize);
            form::note_filled(regs, Filled { start: to, end: to.wrapping_add(count as usize), value });
        }
        Ok(())
    }
}

/// The bytes that the last `memory.fill` wrote, and their value. They are what they were until another op writes to memory.
#[derive(Clone, Copy)]
pub(crate) struct Filled {
    start: *mut u8,
    end: *mut u8,
    value: u8,
}

impl Filled {
    /// No bytes.
    pub(crate) const NONE: Self = Self { start: ptr::null_mut(), end: ptr::null_mut(), value: 0 };
}

impl Bulk for rows::MemoryCopyFilled {
    unsafe fn perform(regs: &Regs) -> Result<(), Failure> {
        // SAFETY: the op's operands are as the table says; `bytes` checks the ranges, and nothing outside of that of the
        // destination is written, whatever was filled.
        unsafe {
            let count = cell(regs, Field::C16) as usize;
            let to = bytes(memory(regs, Field::W2Lo), cell(regs, Field::A), count as u64)?;
            let from = bytes(memory(regs, Field::W2Hi), cell(regs, Field::B16), count as u64)?;
            let Filled { start, end, value } = form::filled(regs);
            let to_end = to.wrapping_add(count);
            if from < start || from.wrapping_add(count) > end {
                ptr::copy(from, to, count);
                return Ok(());
            }
            // The source is this value throughout, and so is the destination where it is in the range that was filled.
            if to < start {
                ptr::write_bytes(to, value, to_end.min(start) as usize - to as usize);
            }
            if to_end > end {
                let rest = to.max(end);
                ptr::write_bytes(rest, value, to_end as usize - rest as usize);
            }
        }
        Ok(())
    }
}

impl Bulk for rows::MemoryCopy {
    unsafe fn perform(regs: &Regs) -> Result<(), Failure> {
        // SAFETY: the op's operands are as the table says; `bytes` checks the ranges.
        unsafe {
            let count = cell(regs, Field::C16);
            let to = bytes(memory(regs, Field::W2Lo), cell(regs, Field::A), count)?;
            let from = bytes(memory(regs, Field::W2Hi), cell(regs, Field::B16), count)?;
            // Bytes that are copied to where they are stay what they are. Not every `memmove` sees that by itself.
            if to.cast_const() != from {
                ptr::copy(from, to, count as usize);
            }
        }
        Ok(())
    }
}

impl Bulk for rows::MemoryInit {
    unsafe fn perform(regs: &Regs) -> Result<(), Failure> {
        // SAFETY: the op's operands are as the table says; the ranges are checked. A module's bytes are no memory.
        unsafe {
            let count = cell(regs, Field::C16);
            let to = bytes(memory(regs, Field::W2Lo), cell(regs, Field::A), count)?;
            ptr::copy_nonoverlapping(segment(regs, count)?.as_ptr(), to, count as usize);
        }
        Ok(())
    }
}

impl Bulk for rows::DataDrop {
    unsafe fn perform(regs: &Regs) -> Result<(), Failure> {
        // SAFETY: validation checks the index; nobody else refers to the list.
        unsafe { (&mut (*instance(regs)).dropped_data)[wide(regs.ip, Field::W2Hi) as usize] = true };
        Ok(())
    }
}

impl Bulk for rows::TableGrow {
    unsafe fn perform(regs: &Regs) -> Result<(), Failure> {
        // SAFETY: the op's operands are as the table says; no reference is held while the table grows.
        unsafe {
            let table = table(regs, wide(regs.ip, Field::W2Lo));
            let (init, count) = (cell(regs, Field::A), cell(regs, Field::B16));
            let old = crate::table::grow((*regs.ctx).store, table, count, init).map_err(Failure::Error)?;
            *slot(regs, Field::D) = grown(old, (*table).ty.limits.is64);
        }
        Ok(())
    }
}

impl Bulk for rows::TableFill {
    unsafe fn perform(regs: &Regs) -> Result<(), Failure> {
        // SAFETY: the op's operands are as the table says; `elements` checks the range.
        unsafe {
            let count = cell(regs, Field::C16);
            let to = elements(table(regs, wide(regs.ip, Field::W2Lo)), cell(regs, Field::A), count)?;
            let value = cell(regs, Field::B16);
            for i in 0..count as usize {
                *to.wrapping_add(i) = value;
            }
        }
        Ok(())
    }
}

impl Bulk for rows::TableCopy {
    unsafe fn perform(regs: &Regs) -> Result<(), Failure> {
        // SAFETY: the op's operands are as the table says; `elements` checks the ranges.
        unsafe {
            let count = cell(regs, Field::C16);
            let to = elements(table(regs, wide(regs.ip, Field::W2Lo)), cell(regs, Field::A), count)?;
            let from = elements(table(regs, wide(regs.ip, Field::W2Hi)), cell(regs, Field::B16), count)?;
            ptr::copy(from, to, count as usize);
        }
        Ok(())
    }
}

impl Bulk for rows::TableInit {
    unsafe fn perform(regs: &Regs) -> Result<(), Failure> {
        // SAFETY: the op's operands are as the table says; the ranges are checked. A segment is no table.
        unsafe {
            let count = cell(regs, Field::C16);
            let to = elements(table(regs, wide(regs.ip, Field::W2Lo)), cell(regs, Field::A), count)?;
            let segment = &(&(*instance(regs)).elements)[wide(regs.ip, Field::W2Hi) as usize];
            let from = within(cell(regs, Field::B16), count, segment.len(), TrapCode::TableOutOfBounds)?;
            ptr::copy_nonoverlapping(segment.as_ptr().wrapping_add(from), to, count as usize);
        }
        Ok(())
    }
}

impl Bulk for rows::ElemDrop {
    unsafe fn perform(regs: &Regs) -> Result<(), Failure> {
        // SAFETY: validation checks the index; nobody else refers to the list.
        unsafe { (&mut (*instance(regs)).elements)[wide(regs.ip, Field::W2Hi) as usize] = Box::default() };
        Ok(())
    }
}

//! Branches that do the rest of a loop over bytes at once.
//!
//! # Invariants
//! - The first iteration was done by the loop's own ops. What is done here is what those would do, or it is nothing and the
//!   branch is taken: where an access of one of the iterations would trap, or an address would wrap around.
//! - Bounds are checked before the first byte is written.

#![expect(unsafe_code, reason = "ops act on the registers under the invariants of `dispatch`")]

use super::control::{branch, branch_to};
use super::dispatch::{Dispatch, Exec, Regs};
use super::operand::{get, narrow, slot};
use super::shapes::Row;
use crate::store::entity::ExecContext;
use core::marker::PhantomData;
use core::ptr;
use fantail_core::ir::{Class, Field};

/// Fewer iterations than this are done by the loop.
const WORTHWHILE: u32 = 12;

/// Where `count` bytes of memory 0 are, the addresses of which are `zext(start) + offset` and so on, if they are all in bounds
/// and the sum without the offset does not wrap around.
///
/// # Safety
/// `ctx` is the context of a live store.
unsafe fn bytes(ctx: *mut ExecContext, start: u32, offset: u16, count: u32) -> Option<*mut u8> {
    let (start, count) = (u64::from(start), u64::from(count));
    // SAFETY: the caller vouches for the context.
    let (base, len) = unsafe { ((*ctx).mem0_base, (*ctx).mem0_ends[0]) };
    let first = start + u64::from(offset);
    let fits = start + count <= 1 << 32 && first + count <= len as u64;
    fits.then(|| base.wrapping_add(first as usize))
}

/// Ends a loop whose counter, in class `class`, has become `x`.
///
/// # Safety
/// `regs` satisfies the invariants of `dispatch`, and the counter of the current op is in field `d`.
#[inline(always)]
unsafe fn finish<D: Dispatch>(mut regs: Regs, class: Class, x: u32, words: usize) -> D::Out {
    if matches!(class, Class::Pin) {
        regs.pin = x.into();
    }
    // SAFETY: the caller vouches for the op.
    unsafe {
        *slot(&regs, Field::D) = x.into();
        D::next(regs, words)
    }
}

/// `if x != 0 { memory 0 [zext(a) + offset ..][..x] = b; x = 0 }`, or a branch
pub(crate) struct FillLoop<F, const V: u16>(PhantomData<F>);

impl<F: Row, const V: u16> Exec for FillLoop<F, V> {
    #[inline(always)]
    unsafe fn exec<D: Dispatch>(regs: Regs) -> D::Out {
        // SAFETY: the op has these operands by `V`, and the caller vouches for the registers.
        unsafe {
            let x: u32 = get(&regs, const { F::FAMILY.class(V, 0) }, Field::D);
            if x == 0 {
                D::next(regs, 3)
            } else if x < WORTHWHILE {
                branch_to::<D>(regs, 2, const { F::FAMILY.class(V, 4) })
            } else {
                D::outline::<FillRest<F, V>>(regs)
            }
        }
    }
}

struct FillRest<F, const V: u16>(PhantomData<F>);

impl<F: Row, const V: u16> Exec for FillRest<F, V> {
    #[inline(always)]
    unsafe fn exec<D: Dispatch>(regs: Regs) -> D::Out {
        // SAFETY: the caller vouches for the registers.
        unsafe {
            let value: u32 = get(&regs, const { F::FAMILY.class(V, 2) }, Field::B16);
            if fill(regs.ip, regs.fp, regs.ctx, value) {
                finish::<D>(regs, const { F::FAMILY.class(V, 0) }, 0, 3)
            } else {
                branch::<D>(regs, 2)
            }
        }
    }
}

/// Fills what is left to fill, or nothing. Takes and gives what fits into machine registers, so that its caller can end in a
/// jump.
///
/// # Safety
/// The op at `ip` is a [`FillLoop`] in frame `fp`, of the current instance of `ctx`.
#[inline(never)]
unsafe fn fill(ip: *const u64, fp: *mut u64, ctx: *mut ExecContext, value: u32) -> bool {
    // SAFETY: the caller vouches for the op, whose slots `ir::verify` has found in the frame; `bytes` checks the range.
    unsafe {
        let cell = |field| *fp.wrapping_add(narrow(ip, field).into()) as u32;
        let x = cell(Field::D);
        let to = bytes(ctx, cell(Field::A), narrow(ip, Field::C16), x);
        if let Some(to) = to {
            ptr::write_bytes(to, value as u8, x as usize);
        }
        to.is_some()
    }
}

/// `if x != c { memory 0 [zext(a + x) ..][..c - x] = memory 0 [zext(b + x) ..][..c - x]; x = c }`, or a branch. When the step
/// is -1, `x - c` bytes from `c + 1` on.
pub(crate) struct CopyLoop<F, const V: u16>(PhantomData<F>);

impl<F: Row, const V: u16> Exec for CopyLoop<F, V> {
    #[inline(always)]
    unsafe fn exec<D: Dispatch>(regs: Regs) -> D::Out {
        // SAFETY: the op has these operands by `V`, and the caller vouches for the registers.
        unsafe {
            let x: u32 = get(&regs, const { F::FAMILY.class(V, 0) }, Field::D);
            let limit: u32 = get(&regs, Class::Slot, Field::C16);
            if x == limit {
                D::next(regs, 4)
            } else if limit.wrapping_sub(x) < WORTHWHILE {
                branch_to::<D>(regs, 2, const { F::FAMILY.class(V, 5) })
            } else {
                D::outline::<CopyRest<F, V>>(regs)
            }
        }
    }
}

struct CopyRest<F, const V: u16>(PhantomData<F>);

impl<F: Row, const V: u16> Exec for CopyRest<F, V> {
    #[inline(always)]
    unsafe fn exec<D: Dispatch>(regs: Regs) -> D::Out {
        // SAFETY: the caller vouches for the registers.
        unsafe {
            let step: u32 = get(&regs, const { F::FAMILY.class(V, 4) }, Field::W3);
            let limit: u32 = get(&regs, Class::Slot, Field::C16);
            let done = match step.cast_signed() {
                1 => copy(regs.ip, regs.fp, regs.ctx),
                -1 => copy_down(regs.ip, regs.fp, regs.ctx),
                _ => false,
            };
            if done {
                finish::<D>(regs, const { F::FAMILY.class(V, 0) }, limit, 4)
            } else {
                branch::<D>(regs, 2)
            }
        }
    }
}

/// Copies what is left to copy, or nothing. Takes and gives what fits into machine registers, as [`fill`] does.
///
/// # Safety
/// The op at `ip` is a [`CopyLoop`] in frame `fp`, of the current instance of `ctx`.
#[inline(never)]
unsafe fn copy(ip: *const u64, fp: *mut u64, ctx: *mut ExecContext) -> bool {
    // SAFETY: the caller vouches for the op, whose slots `ir::verify` has found in the frame; `ranges` checks the bounds.
    unsafe {
        let [x, limit] =
            [Field::D, Field::C16].map(|field| *fp.wrapping_add(narrow(ip, field).into()) as u32);
        let count = limit.wrapping_sub(x);
        let Some([to, from]) = ranges(ip, fp, ctx, x, count) else { return false };
        let ahead = to.addr().wrapping_sub(from.addr());
        if ahead == 0 || ahead >= count as usize {
            ptr::copy(from, to, count as usize);
        } else {
            // What has been written is read again: the bytes in between repeat.
            for i in 0..count as usize {
                *to.wrapping_add(i) = *from.wrapping_add(i);
            }
        }
        true
    }
}

/// [`copy`] from the last byte to the first.
///
/// # Safety
/// As for [`copy`].
#[inline(never)]
unsafe fn copy_down(ip: *const u64, fp: *mut u64, ctx: *mut ExecContext) -> bool {
    // SAFETY: as in `copy`.
    unsafe {
        let [x, limit] =
            [Field::D, Field::C16].map(|field| *fp.wrapping_add(narrow(ip, field).into()) as u32);
        let count = x.wrapping_sub(limit);
        let Some([to, from]) = ranges(ip, fp, ctx, limit.wrapping_add(1), count) else { return false };
        let behind = from.addr().wrapping_sub(to.addr());
        if behind == 0 || behind >= count as usize {
            ptr::copy(from, to, count as usize);
        } else {
            for i in (0..count as usize).rev() {
                *to.wrapping_add(i) = *from.wrapping_add(i);
            }
        }
        true
    }
}

/// Where the `count` bytes to write and to read are, the first of which are numbered `first`; see [`bytes`].
///
/// # Safety
/// As for [`copy`].
#[inline(always)]
unsafe fn ranges(
    ip: *const u64,
    fp: *mut u64,
    ctx: *mut ExecContext,
    first: u32,
    count: u32,
) -> Option<[*mut u8; 2]> {
    // SAFETY: the caller vouches for the op and the context.
    unsafe {
        let base = |field| *fp.wrapping_add(narrow(ip, field).into()) as u32;
        let to = bytes(ctx, base(Field::A).wrapping_add(first), 0, count)?;
        let from = bytes(ctx, base(Field::B16).wrapping_add(first), 0, count)?;
        Some([to, from])
    }
}

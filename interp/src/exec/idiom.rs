//! Branches that do the rest of a loop over bytes at once, and ops that do most of what a loop counts.
//!
//! # Invariants
//! - Of a loop over bytes, the first iteration was done by the loop's own ops. What is done here is what those would do, or it
//!   is nothing and the branch is taken: where an access of one of the iterations would trap, or an address would wrap around.
//! - An op that goes ahead makes steps of its loop as long as the branch that follows would go back, and leaves the next one to
//!   that. So it may make any number of them, and it ends.
//! - Bounds are checked before the first byte is written.

#![expect(unsafe_code, reason = "ops act on the registers under the invariants of `dispatch`")]

use super::control::{branch, branch_to};
use super::dispatch::{Dispatch, Exec, Regs};
use super::operand::{get, narrow, slot, wide, word};
use super::shapes::Row;
use crate::store::entity::ExecContext;
use core::marker::PhantomData;
use core::ptr;
use fantail_core::ir::{Class, Family, Field};
use fantail_core::num::counting::{Relation, rounds};

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

/// `x = x + step`, as often as the branch of a loop that does no more would go back
pub(crate) struct Ahead<F, const V: u16>(PhantomData<F>);

impl<F: Row, const V: u16> Exec for Ahead<F, V> {
    #[inline(always)]
    unsafe fn exec<D: Dispatch>(regs: Regs) -> D::Out {
        // SAFETY: the caller vouches for the registers.
        unsafe { D::outline::<AheadBody<F, V>>(regs) }
    }
}

struct AheadBody<F, const V: u16>(PhantomData<F>);

impl<F: Row, const V: u16> Exec for AheadBody<F, V> {
    #[inline(always)]
    unsafe fn exec<D: Dispatch>(mut regs: Regs) -> D::Out {
        // SAFETY: the op has these operands by `V`, and the caller vouches for the registers.
        unsafe {
            let class = const { F::FAMILY.class(V, 0) };
            let x: u64 = get(&regs, class, Field::D);
            let limit: u64 = get(&regs, const { F::FAMILY.class(V, 2) }, Field::B);
            let bits = const { if matches!(F::FAMILY, Family::AheadI32) { 32 } else { 64 } };
            count(regs.ip, regs.fp, x, limit, bits, word(regs.ip, 2));
            load_pin(&mut regs, class, Field::D);
            D::next(regs, 3)
        }
    }
}

/// Makes the steps of a counter, and says how many. Takes and gives what fits into machine registers, as [`fill`] does.
///
/// # Safety
/// The op at `ip` is one that goes ahead in frame `fp`, with a counter of so many bits and this relation.
#[inline(never)]
unsafe fn count(ip: *const u64, fp: *mut u64, x: u64, limit: u64, bits: u32, relation: u64) -> u64 {
    // SAFETY: the caller vouches for the op, whose slots `ir::verify` has found in the frame.
    unsafe {
        let step = i64::from(narrow(ip, Field::A).cast_signed()).cast_unsigned();
        let relation = Relation::ALL[relation as usize % Relation::ALL.len()];
        let rounds = rounds(bits, relation, x, step, limit);
        let end = x.wrapping_add(rounds.wrapping_mul(step)) & (u64::MAX >> (64 - bits));
        *fp.wrapping_add(narrow(ip, Field::D).into()) = end;
        rounds
    }
}

/// Loads the pin from `field`, where that is the pinned local.
///
/// # Safety
/// `regs` satisfies the invariants of `dispatch`, and the current op has a slot in this field.
#[inline(always)]
unsafe fn load_pin(regs: &mut Regs, class: Class, field: Field) {
    if matches!(class, Class::Pin) {
        // SAFETY: the caller vouches for the op.
        regs.pin = unsafe { *slot(regs, field) };
    }
}

/// `y, z = z, y + z; x = x + step`, as often as the branch of a loop that does no more would go back
pub(crate) struct AddShiftAhead<F, const V: u16>(PhantomData<F>);

impl<F: Row, const V: u16> Exec for AddShiftAhead<F, V> {
    #[inline(always)]
    unsafe fn exec<D: Dispatch>(regs: Regs) -> D::Out {
        // SAFETY: the caller vouches for the registers.
        unsafe { D::outline::<AddShiftAheadBody<F, V>>(regs) }
    }
}

struct AddShiftAheadBody<F, const V: u16>(PhantomData<F>);

impl<F: Row, const V: u16> Exec for AddShiftAheadBody<F, V> {
    #[inline(always)]
    unsafe fn exec<D: Dispatch>(mut regs: Regs) -> D::Out {
        // SAFETY: the op has these operands by `V`, and the caller vouches for the registers.
        unsafe {
            use Family as Of;
            let bits = const {
                if matches!(F::FAMILY, Of::I32AddShiftAheadI32 | Of::I64AddShiftAheadI32) { 32 } else { 64 }
            };
            let mask = const {
                let is_short = matches!(F::FAMILY, Of::I32AddShiftAheadI32 | Of::I32AddShiftAheadI64);
                if is_short { u32::MAX as u64 } else { u64::MAX }
            };
            let [x_class, y_class, z_class] =
                const { [F::FAMILY.class(V, 0), F::FAMILY.class(V, 2), F::FAMILY.class(V, 3)] };
            let limit: u64 = get(&regs, const { F::FAMILY.class(V, 4) }, Field::W2Lo);
            let (x, relation): (u64, u64) =
                (get(&regs, x_class, Field::D), wide(regs.ip, Field::W2Hi).into());
            let rounds = count(regs.ip, regs.fp, x, limit, bits, relation);
            let (y, z): (u64, u64) = (get(&regs, y_class, Field::B16), get(&regs, z_class, Field::C16));
            add_shift(regs.ip, regs.fp, y, z, rounds, mask);
            load_pin(&mut regs, x_class, Field::D);
            load_pin(&mut regs, y_class, Field::B16);
            load_pin(&mut regs, z_class, Field::C16);
            regs.acc = *slot(&regs, Field::C16);
            D::next(regs, 3)
        }
    }
}

/// `y, z = z, (y + z) & mask`, so many times. Takes what fits into machine registers, as [`fill`] does.
///
/// # Safety
/// The op at `ip` is an [`AddShiftAhead`] in frame `fp`.
#[inline(never)]
unsafe fn add_shift(ip: *const u64, fp: *mut u64, mut y: u64, mut z: u64, rounds: u64, mask: u64) {
    for _ in 0..rounds {
        (y, z) = (z, y.wrapping_add(z) & mask);
    }
    // SAFETY: the caller vouches for the op, whose slots `ir::verify` has found in the frame.
    unsafe {
        *fp.wrapping_add(narrow(ip, Field::B16).into()) = y;
        *fp.wrapping_add(narrow(ip, Field::C16).into()) = z;
    }
}

//! Accesses to memories that other threads may access at the same time: atomic instructions, and the plain ones of shared
//! memories.
//!
//! # Invariants
//! - Every byte of a shared memory is accessed by the machine's atomic operations only: sequentially consistent ones for
//!   atomic instructions, relaxed ones for plain accesses, of the access's size where it is aligned and byte by byte
//!   where it is not.
//! - An access compares its address with the length that the memory's entity knows. That of a shared memory may be out
//!   of date, and then is too small: so an access that fails looks up the length, and is tried again if it has grown.
//!
//! Where the machine has no 64-bit atomic operations no memory can be shared, and plain accesses serve.
//!
//! Spec: threads proposal.

#![expect(unsafe_code, reason = "ops act on the registers under the invariants of `dispatch`")]

use super::bulk::{Bulk, Failure, cell, memory, segment, within};
use super::dispatch::{Dispatch, Exec, Regs};
use super::handlers::rows;
use super::memory::{End, Loads, Stores, View, address_any};
use super::operand::{get, narrow, put, slot, wide, word};
use super::runtime::refresh;
use super::shapes::Row;
use crate::memory::WaitResult;
use crate::memory::relaxed;
use crate::store::entity::MemoryEntity;
use crate::sync::atomic::{Ordering, fence};
use core::marker::PhantomData;
use core::time::Duration;
use fantail_core::TrapCode;
use fantail_core::ir::{Class, Field};
use fantail_simd::V128;

/// Where a shared memory ends, as far as its entity knows.
#[derive(Clone, Copy)]
pub(crate) struct Shared(u64);

impl End for Shared {
    #[inline(always)]
    unsafe fn admits<const N: usize>(self, address: u64) -> bool {
        address.wrapping_add(N as u64) <= self.0
    }

    #[inline(always)]
    unsafe fn read<const N: usize>(from: *const u8) -> [u8; N] {
        // SAFETY: the caller vouches for the bytes.
        unsafe { relaxed::read(from) }
    }

    #[inline(always)]
    unsafe fn read_vector(from: *const u8) -> V128 {
        // SAFETY: the caller vouches for the bytes.
        V128::from_bytes(unsafe { relaxed::read(from) })
    }

    #[inline(always)]
    unsafe fn write<const N: usize>(to: *mut u8, bytes: [u8; N]) {
        // SAFETY: the caller vouches for the bytes.
        unsafe { relaxed::write(to, bytes) }
    }
}

impl View<Shared> {
    /// Memory `index` of the current instance.
    ///
    /// # Safety
    /// `regs` satisfies the invariants of `dispatch`, and the instance has such a memory.
    #[inline(always)]
    unsafe fn shared(regs: &Regs, index: u16) -> Self {
        // SAFETY: validation checks memory indices; entities live as long as their store.
        unsafe {
            let memory: *const MemoryEntity = *(*regs.ctx).memories.wrapping_add(usize::from(index));
            Self::new((*memory).base, Shared((*memory).len as u64))
        }
    }
}

/// An access that failed: to be tried again if the memory in field B16 has grown by another thread, otherwise a trap
struct Beyond;

impl Exec for Beyond {
    #[inline(always)]
    unsafe fn exec<D: Dispatch>(regs: Regs) -> D::Out {
        // SAFETY: the current op names a memory there.
        unsafe {
            if has_grown(regs.ip, regs.ctx) {
                D::jump(regs)
            } else {
                D::trap(regs, TrapCode::MemoryOutOfBounds)
            }
        }
    }
}

/// Looks up the length of the memory in field B16 of the op at `ip`. Says whether it is larger than before.
///
/// # Safety
/// `ip` points to an op of the current instance of `ctx` with such a field; no reference to the store is held.
#[inline(never)]
unsafe fn has_grown(ip: *const u64, ctx: *mut crate::store::entity::ExecContext) -> bool {
    // SAFETY: the caller vouches for both; validation checks memory indices.
    unsafe {
        let memory: *mut MemoryEntity = *(*ctx).memories.wrapping_add(usize::from(narrow(ip, Field::B16)));
        let grown = (*memory).look_up_len();
        refresh(ctx);
        grown
    }
}

/// `dst = shared memory m [a + offset]`
pub(crate) struct LoadShared<F, const V: u16>(PhantomData<F>);

impl<F: Loads, const V: u16> Exec for LoadShared<F, V> {
    #[inline(always)]
    unsafe fn exec<D: Dispatch>(mut regs: Regs) -> D::Out {
        // SAFETY: the op has these operands by `V`, and the caller vouches for the registers.
        unsafe {
            let view = View::shared(&regs, narrow(regs.ip, Field::B16));
            let address = address_any(&regs, const { F::FAMILY.class(V, 0) });
            match address.and_then(|address| F::load(view, address)) {
                Some(value) => {
                    put(&mut regs, const { F::FAMILY.class(V, 3) }, value);
                    D::next(regs, 3)
                }
                None => D::outline::<Beyond>(regs),
            }
        }
    }
}

/// `shared memory m [a + offset] = b`
pub(crate) struct StoreShared<F, const V: u16>(PhantomData<F>);

impl<F: Stores, const V: u16> Exec for StoreShared<F, V> {
    #[inline(always)]
    unsafe fn exec<D: Dispatch>(regs: Regs) -> D::Out {
        // SAFETY: the op has these operands by `V`, and the caller vouches for the registers.
        unsafe {
            let view = View::shared(&regs, narrow(regs.ip, Field::B16));
            let value = get(&regs, const { F::FAMILY.class(V, 1) }, Field::D);
            let address = address_any(&regs, const { F::FAMILY.class(V, 0) });
            match address.and_then(|address| F::store(view, address, value)) {
                Some(()) => D::next(regs, 3),
                None => D::outline::<Beyond>(regs),
            }
        }
    }
}

/// A row that accesses memory atomically.
pub(crate) trait Atomic: Row {
    /// What is there.
    type W: Word;
}

/// An integer as atomic accesses have it.
pub(crate) trait Word: Copy + 'static {
    /// Its size in bytes.
    const SIZE: u64;

    /// What the low bits of a cell are.
    fn from_cell(cell: u64) -> Self;
    /// In a cell, zero-extended.
    fn into_cell(self) -> u64;
    /// What is at `at`.
    ///
    /// # Safety
    /// Here and below: `at` is aligned, valid for as many bytes, and accessed otherwise only atomically.
    unsafe fn load(at: *mut u8) -> Self;
    /// Puts `value` there.
    ///
    /// # Safety
    /// As for [`load`](Self::load).
    unsafe fn store(at: *mut u8, value: Self);
    /// Puts there what `how` makes of what is there and `value`. Returns what was there.
    ///
    /// # Safety
    /// As for [`load`](Self::load).
    unsafe fn modify(how: Modification, at: *mut u8, value: Self) -> Self;
    /// Puts `new` there if `expected` is there. Returns what was there.
    ///
    /// # Safety
    /// As for [`load`](Self::load).
    unsafe fn compare_exchange(at: *mut u8, expected: Self, new: Self) -> Self;
}

/// What an atomic instruction does to a value in memory.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Modification {
    Add,
    Sub,
    And,
    Or,
    Xor,
    Xchg,
}

/// Values in memory are little-endian: on other machines sums need a loop.
macro_rules! words {
    ($($ty:ident $atomic:ident;)*) => {$(
        impl Word for $ty {
            const SIZE: u64 = size_of::<Self>() as u64;

            #[inline(always)]
            fn from_cell(cell: u64) -> Self {
                cell as Self
            }

            #[inline(always)]
            fn into_cell(self) -> u64 {
                u64::from(self)
            }

            #[inline(always)]
            unsafe fn load(at: *mut u8) -> Self {
                // SAFETY: the caller vouches for `at`.
                Self::from_le(unsafe { crate::sync::atomic::$atomic::from_ptr(at.cast()) }.load(Ordering::SeqCst))
            }

            #[inline(always)]
            unsafe fn store(at: *mut u8, value: Self) {
                // SAFETY: the caller vouches for `at`.
                unsafe { crate::sync::atomic::$atomic::from_ptr(at.cast()) }.store(value.to_le(), Ordering::SeqCst);
            }

            #[inline(always)]
            unsafe fn modify(how: Modification, at: *mut u8, value: Self) -> Self {
                // SAFETY: the caller vouches for `at`.
                let at = unsafe { crate::sync::atomic::$atomic::from_ptr(at.cast()) };
                let little = value.to_le();
                let update = |sum: fn(Self, Self) -> Self| {
                    let mut old = at.load(Ordering::SeqCst);
                    loop {
                        let new = sum(Self::from_le(old), value).to_le();
                        match at.compare_exchange_weak(old, new, Ordering::SeqCst, Ordering::SeqCst) {
                            Ok(old) => break old,
                            Err(now) => old = now,
                        }
                    }
                };
                Self::from_le(match how {
                    Modification::Add if cfg!(target_endian = "little") => at.fetch_add(value, Ordering::SeqCst),
                    Modification::Sub if cfg!(target_endian = "little") => at.fetch_sub(value, Ordering::SeqCst),
                    Modification::Add => update(Self::wrapping_add),
                    Modification::Sub => update(Self::wrapping_sub),
                    Modification::And => at.fetch_and(little, Ordering::SeqCst),
                    Modification::Or => at.fetch_or(little, Ordering::SeqCst),
                    Modification::Xor => at.fetch_xor(little, Ordering::SeqCst),
                    Modification::Xchg => at.swap(little, Ordering::SeqCst),
                })
            }

            #[inline(always)]
            unsafe fn compare_exchange(at: *mut u8, expected: Self, new: Self) -> Self {
                // SAFETY: the caller vouches for `at`.
                let at = unsafe { crate::sync::atomic::$atomic::from_ptr(at.cast()) };
                let (expected, new) = (expected.to_le(), new.to_le());
                let old = at.compare_exchange(expected, new, Ordering::SeqCst, Ordering::SeqCst);
                Self::from_le(old.unwrap_or_else(|old| old))
            }
        }
    )*};
}

words! {
    u8 AtomicU8;
    u16 AtomicU16;
    u32 AtomicU32;
}
#[cfg(target_has_atomic = "64")]
words! {
    u64 AtomicU64;
}

/// Without other threads, plain accesses are atomic.
#[cfg(not(target_has_atomic = "64"))]
impl Word for u64 {
    const SIZE: u64 = 8;

    fn from_cell(cell: u64) -> Self {
        cell
    }

    fn into_cell(self) -> u64 {
        self
    }

    unsafe fn load(at: *mut u8) -> Self {
        // SAFETY: the caller vouches for `at`.
        Self::from_le(unsafe { *at.cast::<Self>() })
    }

    unsafe fn store(at: *mut u8, value: Self) {
        // SAFETY: the caller vouches for `at`.
        unsafe { *at.cast::<Self>() = value.to_le() };
    }

    unsafe fn modify(how: Modification, at: *mut u8, value: Self) -> Self {
        // SAFETY: the caller vouches for `at`.
        let old = unsafe { Self::load(at) };
        let new = match how {
            Modification::Add => old.wrapping_add(value),
            Modification::Sub => old.wrapping_sub(value),
            Modification::And => old & value,
            Modification::Or => old | value,
            Modification::Xor => old ^ value,
            Modification::Xchg => value,
        };
        // SAFETY: as above.
        unsafe { Self::store(at, new) };
        old
    }

    unsafe fn compare_exchange(at: *mut u8, expected: Self, new: Self) -> Self {
        // SAFETY: the caller vouches for `at`.
        let old = unsafe { Self::load(at) };
        if old == expected {
            // SAFETY: as above.
            unsafe { Self::store(at, new) };
        }
        old
    }
}

/// Where an atomic access goes.
enum Place {
    At(*mut u8),
    /// Its size does not divide its address.
    Misaligned,
    Beyond,
}

/// The place of the access of width `W` that the current op makes, with an address of class `class`.
///
/// # Safety
/// `regs` satisfies the invariants of `dispatch`, and the op has an address, an offset and a memory as such ops have.
#[inline(always)]
unsafe fn place<W: Word>(regs: &Regs, class: Class) -> Place {
    // SAFETY: the caller vouches for the op.
    unsafe {
        let memory: *const MemoryEntity =
            *(*regs.ctx).memories.wrapping_add(usize::from(narrow(regs.ip, Field::B16)));
        match address_any(regs, class) {
            Some(address) if !address.is_multiple_of(W::SIZE) => Place::Misaligned,
            Some(address) if address.wrapping_add(W::SIZE) <= (*memory).len as u64 => {
                Place::At((*memory).base.wrapping_add(address as usize))
            }
            _ => Place::Beyond,
        }
    }
}

/// Makes the access of width `W` of the current op, which has `words` words, and puts what `access` returns where `dst`
/// says, if it has a destination.
///
/// # Safety
/// As for [`place`], and the op has such a destination.
#[inline(always)]
unsafe fn access<D: Dispatch, W: Word>(
    mut regs: Regs,
    addr: Class,
    dst: Option<Class>,
    words: usize,
    access: impl FnOnce(&Regs, *mut u8) -> W,
) -> D::Out {
    // SAFETY: the caller vouches for the op.
    unsafe {
        match place::<W>(&regs, addr) {
            Place::At(at) => {
                let value = access(&regs, at);
                if let Some(dst) = dst {
                    put(&mut regs, dst, value.into_cell());
                }
                D::next(regs, words)
            }
            Place::Misaligned => D::trap(regs, TrapCode::HeapMisaligned),
            Place::Beyond => D::outline::<Beyond>(regs),
        }
    }
}

/// `dst = memory m [a + offset]`
pub(crate) struct Load<F, const V: u16>(PhantomData<F>);

impl<F: Atomic, const V: u16> Exec for Load<F, V> {
    #[inline(always)]
    unsafe fn exec<D: Dispatch>(regs: Regs) -> D::Out {
        // SAFETY: the op has these operands by `V`, and the caller vouches for the registers; `access` gives the place.
        unsafe {
            let (addr, dst) = const { (F::FAMILY.class(V, 0), F::FAMILY.class(V, 3)) };
            access::<D, F::W>(regs, addr, Some(dst), 3, |_, at| F::W::load(at))
        }
    }
}

/// `memory m [a + offset] = b`
pub(crate) struct Store<F, const V: u16>(PhantomData<F>);

impl<F: Atomic, const V: u16> Exec for Store<F, V> {
    #[inline(always)]
    unsafe fn exec<D: Dispatch>(regs: Regs) -> D::Out {
        // SAFETY: as in `Load`.
        unsafe {
            access::<D, F::W>(regs, const { F::FAMILY.class(V, 0) }, None, 3, |regs, at| {
                let value = F::W::from_cell(get(regs, const { F::FAMILY.class(V, 1) }, Field::D));
                F::W::store(at, value);
                value
            })
        }
    }
}

/// A row that modifies.
pub(crate) trait Modifies: Atomic {
    /// How.
    const HOW: Modification;
}

/// `dst = memory m [a + offset]; memory m [a + offset] = dst ∘ b`
pub(crate) struct Rmw<F, const V: u16>(PhantomData<F>);

impl<F: Modifies, const V: u16> Exec for Rmw<F, V> {
    #[inline(always)]
    unsafe fn exec<D: Dispatch>(regs: Regs) -> D::Out {
        // SAFETY: the caller vouches for the registers.
        unsafe {
            match F::HOW {
                // The machine may need a loop, and with it more registers than a handler has.
                Modification::And | Modification::Or | Modification::Xor => D::outline::<RmwBody<F, V>>(regs),
                _ => RmwBody::<F, V>::exec::<D>(regs),
            }
        }
    }
}

struct RmwBody<F, const V: u16>(PhantomData<F>);

impl<F: Modifies, const V: u16> Exec for RmwBody<F, V> {
    #[inline(always)]
    unsafe fn exec<D: Dispatch>(regs: Regs) -> D::Out {
        // SAFETY: as in `Load`.
        unsafe {
            let dst = const { F::FAMILY.class(V, 4) };
            access::<D, F::W>(regs, Class::Slot, Some(dst), 3, |regs, at| {
                let value = get(regs, const { F::FAMILY.class(V, 1) }, Field::C16);
                F::W::modify(F::HOW, at, F::W::from_cell(value))
            })
        }
    }
}

/// `dst = memory m [a + offset]; if dst == b { memory m [a + offset] = c }`
pub(crate) struct Cmpxchg<F, const V: u16>(PhantomData<F>);

impl<F: Atomic, const V: u16> Exec for Cmpxchg<F, V> {
    #[inline(always)]
    unsafe fn exec<D: Dispatch>(regs: Regs) -> D::Out {
        // SAFETY: as in `Load`.
        unsafe {
            let dst = const { F::FAMILY.class(V, 5) };
            access::<D, F::W>(regs, Class::Slot, Some(dst), 4, |regs, at| {
                // Both are wrapped to the width of the access.
                let expected = F::W::from_cell(*slot(regs, Field::C16));
                F::W::compare_exchange(at, expected, F::W::from_cell(*slot(regs, Field::W3)))
            })
        }
    }
}

/// no access of this thread moves past it
pub(crate) struct Fence<F, const V: u16>(PhantomData<F>);

impl<F: Row, const V: u16> Exec for Fence<F, V> {
    #[inline(always)]
    unsafe fn exec<D: Dispatch>(regs: Regs) -> D::Out {
        fence(Ordering::SeqCst);
        // SAFETY: the caller vouches for the registers.
        unsafe { D::next(regs, 2) }
    }
}

/// `dst = size of shared memory b, in pages`
pub(crate) struct SharedSize<F, const V: u16>(PhantomData<F>);

impl<F: Row, const V: u16> Exec for SharedSize<F, V> {
    #[inline(always)]
    unsafe fn exec<D: Dispatch>(mut regs: Regs) -> D::Out {
        // SAFETY: validation checks memory indices; entities live as long as their store.
        unsafe {
            let index = wide(regs.ip, Field::B) as usize;
            let memory: *const MemoryEntity = *(*regs.ctx).memories.wrapping_add(index);
            let pages = (*memory).current_len() as u64 >> (*memory).ty.page_size_log2;
            put(&mut regs, const { F::FAMILY.class(V, 1) }, pages);
            D::next(regs, 2)
        }
    }
}

/// First byte of `count` at `start` of a memory that may be shared.
///
/// # Safety
/// `memory` is alive.
unsafe fn bytes(memory: *const MemoryEntity, start: u64, count: u64) -> Result<*mut u8, Failure> {
    // SAFETY: the caller vouches for `memory`.
    let (base, len) = unsafe { ((*memory).base, (*memory).current_len()) };
    Ok(base.wrapping_add(within(start, count, len, TrapCode::MemoryOutOfBounds)?))
}

impl Bulk for rows::MemoryGrowShared {
    unsafe fn perform(regs: &Regs) -> Result<(), Failure> {
        // SAFETY: the caller vouches for the registers, and the operands are those of the other op.
        unsafe { rows::MemoryGrow::perform(regs) }
    }
}

impl Bulk for rows::MemoryFillShared {
    unsafe fn perform(regs: &Regs) -> Result<(), Failure> {
        // SAFETY: the op's operands are as the table says; `bytes` checks the range.
        unsafe {
            let count = cell(regs, Field::C16);
            let to = bytes(memory(regs, Field::W2Lo), cell(regs, Field::A), count)?;
            relaxed::fill(to, cell(regs, Field::B16) as u8, count as usize);
        }
        Ok(())
    }
}

impl Bulk for rows::MemoryCopyShared {
    unsafe fn perform(regs: &Regs) -> Result<(), Failure> {
        // SAFETY: the op's operands are as the table says; `bytes` checks the ranges.
        unsafe {
            let count = cell(regs, Field::C16);
            let to = bytes(memory(regs, Field::W2Lo), cell(regs, Field::A), count)?;
            let from = bytes(memory(regs, Field::W2Hi), cell(regs, Field::B16), count)?;
            relaxed::copy(to, from, count as usize);
        }
        Ok(())
    }
}

impl Bulk for rows::MemoryInitShared {
    unsafe fn perform(regs: &Regs) -> Result<(), Failure> {
        // SAFETY: the op's operands are as the table says; the ranges are checked.
        unsafe {
            let count = cell(regs, Field::C16);
            let to = bytes(memory(regs, Field::W2Lo), cell(regs, Field::A), count)?;
            relaxed::copy_from(to, segment(regs, count)?);
        }
        Ok(())
    }
}

/// The address `a + offset` of an instruction on a waiting queue, where `size` bytes have to be in `memory`, aligned.
///
/// # Safety
/// The current op is such a one, and `memory` its memory.
unsafe fn queue(regs: &Regs, memory: *const MemoryEntity, size: u64) -> Result<u64, Failure> {
    // SAFETY: the caller vouches for the op: its offset is word 3.
    unsafe {
        let address = cell(regs, Field::A).checked_add(word(regs.ip, 3));
        let address = address.ok_or(Failure::Trap(TrapCode::MemoryOutOfBounds))?;
        if !address.is_multiple_of(size) {
            return Err(Failure::Trap(TrapCode::HeapMisaligned));
        }
        bytes(memory, address, size)?;
        Ok(address)
    }
}

impl Bulk for rows::MemoryAtomicNotify {
    unsafe fn perform(regs: &Regs) -> Result<(), Failure> {
        // SAFETY: the op's operands are as the table says.
        unsafe {
            let memory = memory(regs, Field::W2Lo);
            let address = queue(regs, memory, 4)?;
            // Nobody can wait at a memory of one thread.
            let woken = match (*memory).shared() {
                Some(memory) => memory.atomic_notify(address, cell(regs, Field::B16) as u32).map_err(trap)?,
                None => 0,
            };
            *slot(regs, Field::D) = woken.into();
        }
        Ok(())
    }
}

/// Waits, with `wait`, at the address of the current op, of `size` bytes; no longer than until the store's deadline, unless
/// the embedder wants to be asked then: while a thread waits, objects cannot be collected.
///
/// # Safety
/// The current op is one that waits.
unsafe fn wait(
    regs: &Regs,
    size: u64,
    wait: impl FnOnce(
        &crate::SharedMemory,
        u64,
        u64,
        Option<Duration>,
        Stop<'_>,
    ) -> Result<WaitResult, crate::Trap>,
) -> Result<(), Failure> {
    // SAFETY: the caller vouches for the op. The store keeps the memory while its thread waits, and the engine its epoch.
    unsafe {
        let memory = memory(regs, Field::W2Lo);
        let address = queue(regs, memory, size)?;
        let Some(shared) = (*memory).shared() else {
            return Err(Failure::Trap(TrapCode::AtomicWaitNonSharedMemory));
        };
        // Negative is for ever.
        let timeout = cell(regs, Field::C16);
        let timeout = (timeout.cast_signed() >= 0).then(|| Duration::from_nanos(timeout));
        let (deadline, asks) = ((*regs.ctx).deadline, (*regs.ctx).at_deadline.is_some());
        let epoch = (*regs.ctx).epoch.as_ref().filter(|_| !asks);
        let reached = || epoch.is_some_and(|epoch| epoch.load(Ordering::Relaxed) >= deadline);
        let stop: Stop<'_> = if epoch.is_some() { Some(&reached) } else { None };
        let result = wait(shared, address, cell(regs, Field::B16), timeout, stop).map_err(trap)?;
        *slot(regs, Field::D) = result as u64;
    }
    Ok(())
}

/// Says whether a thread that waits has to stop.
type Stop<'a> = Option<&'a dyn Fn() -> bool>;

fn trap(trap: crate::Trap) -> Failure {
    Failure::Trap(trap.code())
}

impl Bulk for rows::MemoryAtomicWait32 {
    unsafe fn perform(regs: &Regs) -> Result<(), Failure> {
        // SAFETY: the current op is this one.
        unsafe {
            wait(regs, 4, |memory, address, expected, timeout, stop| {
                memory.wait32(address, expected as u32, timeout, stop)
            })
        }
    }
}

impl Bulk for rows::MemoryAtomicWait64 {
    unsafe fn perform(regs: &Regs) -> Result<(), Failure> {
        // SAFETY: the current op is this one.
        unsafe {
            wait(regs, 8, |memory, address, expected, timeout, stop| {
                memory.wait64(address, expected, timeout, stop)
            })
        }
    }
}

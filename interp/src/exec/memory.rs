//! Loads and stores.
//!
//! Invariant: bytes of a memory are touched only after one comparison of their address with what goes with the base in
//! use: the length, or for memory 0 the end of the addresses at which an access of its size fits. Effective addresses are computed in 64 bits, where those of 32-bit memories cannot overflow.
//!
//! Spec: sections 4.6.9 "Memory Instructions" and, for 64-bit addresses, the same over `i64`.

#![expect(unsafe_code, reason = "ops act on the registers under the invariants of `dispatch`")]

use super::dispatch::{Dispatch, Exec, Regs};
use super::operand::{Value, get, narrow, put, wide, word};
use super::shapes::Row;
use crate::store::entity::{ExecContext, MemoryEntity};
use core::marker::PhantomData;
use fantail_core::TrapCode;
use fantail_core::ir::{Class, Field};
use fantail_simd::V128;

/// A memory as one access sees it.
#[derive(Clone, Copy)]
pub(crate) struct View<E> {
    base: *mut u8,
    end: E,
}

/// Where a memory ends.
pub(crate) trait End: Copy {
    /// Whether `N` bytes at `address`, which is at most 2⁶⁴ - 1 - `N`, are in the memory.
    ///
    /// # Safety
    /// The memory is alive.
    unsafe fn admits<const N: usize>(self, address: u64) -> bool;

    /// The `N` bytes at `from`.
    ///
    /// # Safety
    /// They are in the memory.
    #[inline(always)]
    unsafe fn read<const N: usize>(from: *const u8) -> [u8; N] {
        // SAFETY: the caller vouches for the bytes.
        unsafe { *from.cast() }
    }

    /// The vector at `from`, in a vector register at once: of an integer, LLVM would put the lanes together one by one.
    ///
    /// # Safety
    /// As for [`read`](Self::read) of 16 bytes.
    #[inline(always)]
    unsafe fn read_vector(from: *const u8) -> V128 {
        // SAFETY: the caller vouches for the bytes. Memory and cells have the same order of bytes on little-endian machines.
        unsafe {
            if cfg!(target_endian = "little") {
                V128::load(from.cast())
            } else {
                V128::from_bytes(Self::read(from))
            }
        }
    }

    /// Puts `bytes` at `to`.
    ///
    /// # Safety
    /// As for [`read`](Self::read).
    #[inline(always)]
    unsafe fn write<const N: usize>(to: *mut u8, bytes: [u8; N]) {
        // SAFETY: the caller vouches for the bytes.
        unsafe { *to.cast() = bytes }
    }
}

/// The end of memory 0, from what the context keeps of it.
#[derive(Clone, Copy)]
pub(crate) struct First(*const ExecContext);

impl End for First {
    #[inline(always)]
    unsafe fn admits<const N: usize>(self, address: u64) -> bool {
        // SAFETY: the context is alive.
        address < unsafe { (*self.0).mem0_ends[const { N.ilog2() as usize }] } as u64
    }
}

/// The same, read anew for each access: for ops with two, which have no register to keep it in.
#[derive(Clone, Copy)]
pub(crate) struct Again(*const ExecContext);

impl End for Again {
    #[inline(always)]
    unsafe fn admits<const N: usize>(self, address: u64) -> bool {
        // SAFETY: the context is alive.
        unsafe {
            let ends = (&raw const (*self.0).mem0_ends).cast::<usize>();
            address < ends.wrapping_add(const { N.ilog2() as usize }).read_volatile() as u64
        }
    }
}

/// The end of any memory: its length.
#[derive(Clone, Copy)]
pub(crate) struct Any(u64);

impl End for Any {
    #[inline(always)]
    unsafe fn admits<const N: usize>(self, address: u64) -> bool {
        address.wrapping_add(N as u64) <= self.0
    }
}

/// No end, for accesses that need no comparison.
#[derive(Clone, Copy)]
pub(crate) struct Unbounded;

impl End for Unbounded {
    #[inline(always)]
    unsafe fn admits<const N: usize>(self, _: u64) -> bool {
        true
    }
}

impl View<Unbounded> {
    /// Everything from `base` on.
    #[inline(always)]
    pub(crate) fn unbounded(base: *mut u8) -> Self {
        Self { base, end: Unbounded }
    }
}

impl View<First> {
    /// Memory 0.
    #[inline(always)]
    pub(crate) fn first(regs: &Regs) -> Self {
        Self { base: regs.mem, end: First(regs.ctx) }
    }
}

impl View<Again> {
    /// Memory 0, for an op with two accesses.
    #[inline(always)]
    pub(crate) fn again(regs: &Regs) -> Self {
        Self { base: regs.mem, end: Again(regs.ctx) }
    }
}

impl View<Any> {
    /// Memory `index` of the current instance.
    ///
    /// # Safety
    /// `regs` satisfies the invariants of `dispatch`, and the instance has such a memory.
    #[inline(always)]
    unsafe fn at(regs: &Regs, index: u16) -> Self {
        // SAFETY: validation checks memory indices; entities live as long as their store.
        unsafe {
            let memory: *const MemoryEntity = *(*regs.ctx).memories.wrapping_add(usize::from(index));
            Self { base: (*memory).base, end: Any((*memory).len as u64) }
        }
    }
}

impl<E: End> View<E> {
    /// The memory from `base` on to `end`.
    #[inline(always)]
    pub(super) fn new(base: *mut u8, end: E) -> Self {
        Self { base, end }
    }

    /// The `N` bytes at `address`, which is at most 2⁶⁴ - 1 - `N`.
    ///
    /// # Safety
    /// The view is of a live memory.
    #[inline(always)]
    unsafe fn read<const N: usize>(self, address: u64) -> Option<[u8; N]> {
        // SAFETY: the comparison shows that the bytes are in the memory.
        unsafe {
            let bytes = self.base.wrapping_add(address as usize);
            if self.end.admits::<N>(address) { Some(E::read(bytes)) } else { None }
        }
    }

    /// Sets the `N` bytes at `address`, which is at most 2⁶⁴ - 1 - `N`.
    ///
    /// # Safety
    /// As for [`read`](Self::read).
    #[inline(always)]
    unsafe fn write<const N: usize>(self, address: u64, bytes: [u8; N]) -> Option<()> {
        // SAFETY: the comparison shows that the bytes are in the memory.
        unsafe {
            if !self.end.admits::<N>(address) {
                return None;
            }
            E::write(self.base.wrapping_add(address as usize), bytes);
        }
        Some(())
    }
}

macro_rules! loads {
    ($($name:ident -> $ty:ty = |$bytes:ident: $from:ty| $value:expr;)*) => {$(
        #[doc = concat!("`", stringify!($value), "` of a `", stringify!($from), "` at `address`")]
        ///
        /// # Safety
        /// As for [`View::read`].
        #[inline(always)]
        pub(crate) unsafe fn $name<E: End>(view: View<E>, address: u64) -> Option<$ty> {
            // SAFETY: the caller vouches for the view.
            let $bytes = <$from>::from_le_bytes(unsafe { view.read(address) }?);
            Some($value)
        }
    )*};
}

loads! {
    load_u8 -> u32 = |value: u8| u32::from(value);
    load_u16 -> u32 = |value: u16| u32::from(value);
    load_u32 -> u32 = |value: u32| value;
    load_u64 -> u64 = |value: u64| value;
    load_i32_8s -> u32 = |value: i8| i32::from(value).cast_unsigned();
    load_i32_16s -> u32 = |value: i16| i32::from(value).cast_unsigned();
    load_i64_8s -> u64 = |value: i8| i64::from(value).cast_unsigned();
    load_i64_16s -> u64 = |value: i16| i64::from(value).cast_unsigned();
    load_i64_32s -> u64 = |value: i32| i64::from(value).cast_unsigned();
    load_f32 -> f32 = |value: f32| value;
    load_f64 -> f64 = |value: f64| value;
}

macro_rules! stores {
    ($($name:ident($value:ident: $ty:ty) = $bytes:expr;)*) => {$(
        #[doc = concat!("Writes `", stringify!($bytes), "` to `address`.")]
        ///
        /// # Safety
        /// As for [`View::write`].
        #[inline(always)]
        pub(crate) unsafe fn $name<E: End>(view: View<E>, address: u64, $value: $ty) -> Option<()> {
            // SAFETY: the caller vouches for the view.
            unsafe { view.write(address, $bytes.to_le_bytes()) }
        }
    )*};
}

stores! {
    store_u8(value: u64) = (value as u8);
    store_u16(value: u64) = (value as u16);
    store_u32(value: u64) = (value as u32);
    store_u64(value: u64) = value;
    store_f32(value: f32) = value;
    store_f64(value: f64) = value;
}

/// The vector at `address`.
///
/// # Safety
/// As for [`View::read`].
#[inline(always)]
pub(crate) unsafe fn load_v128<E: End>(view: View<E>, address: u64) -> Option<V128> {
    // SAFETY: the comparison shows that the bytes are in the memory.
    unsafe {
        let bytes = view.base.wrapping_add(address as usize);
        if view.end.admits::<16>(address) { Some(E::read_vector(bytes)) } else { None }
    }
}

/// Writes `value` to `address`.
///
/// # Safety
/// As for [`View::write`].
#[inline(always)]
pub(crate) unsafe fn store_v128<E: End>(view: View<E>, address: u64, value: V128) -> Option<()> {
    // SAFETY: the caller vouches for the view.
    unsafe { view.write(address, value.to_bytes()) }
}

/// The address of an access to memory 0: `zext(a) + offset`, or the offset alone.
///
/// # Safety
/// `regs` satisfies the invariants of `dispatch`, and the op has an address of class `class` and an offset in field B.
#[inline(always)]
unsafe fn address(regs: &Regs, class: Class) -> u64 {
    // SAFETY: the caller vouches for the operands.
    unsafe {
        let offset = u64::from(wide(regs.ip, Field::B));
        match class {
            Class::Imm => offset,
            _ => u64::from(get::<u32>(regs, class, Field::A)).wrapping_add(offset),
        }
    }
}

/// The address of an access to any memory: `a + offset` if it is not beyond all memories.
///
/// # Safety
/// As for [`address`], but the offset is word 2.
#[inline(always)]
pub(super) unsafe fn address_any(regs: &Regs, class: Class) -> Option<u64> {
    /// No memory is larger than half the address space, and no access than this.
    const END: u64 = u64::MAX - 16;
    // SAFETY: the caller vouches for the operands.
    let address = unsafe { get::<u64>(regs, class, Field::A).checked_add(word(regs.ip, 2)) };
    address.filter(|&address| address <= END)
}

/// A row that loads.
pub(crate) trait Loads: Row {
    /// What it loads.
    type R: Value;

    /// Loads it.
    ///
    /// # Safety
    /// The view is of a live memory.
    unsafe fn load<E: End>(view: View<E>, address: u64) -> Option<Self::R>;
}

/// A row that stores.
pub(crate) trait Stores: Row {
    /// What it stores.
    type T: Value;

    /// Stores it.
    ///
    /// # Safety
    /// The view is of a live memory.
    unsafe fn store<E: End>(view: View<E>, address: u64, value: Self::T) -> Option<()>;
}

/// Ends a load.
///
/// # Safety
/// `regs` satisfies the invariants of `dispatch`, and the op has a destination of class `class` and `words` words.
#[inline(always)]
pub(crate) unsafe fn loaded<D: Dispatch, T: Value>(
    mut regs: Regs,
    class: Class,
    words: usize,
    value: Option<T>,
) -> D::Out {
    // SAFETY: the caller vouches for the op.
    unsafe {
        match value {
            Some(value) => {
                put(&mut regs, class, value);
                D::next(regs, words)
            }
            None => D::trap(regs, TrapCode::MemoryOutOfBounds),
        }
    }
}

/// Ends a store.
///
/// # Safety
/// `regs` satisfies the invariants of `dispatch`, and the op has `words` words.
#[inline(always)]
pub(crate) unsafe fn stored<D: Dispatch>(regs: Regs, words: usize, done: Option<()>) -> D::Out {
    // SAFETY: the caller vouches for the op.
    unsafe {
        match done {
            Some(()) => D::next(regs, words),
            None => D::trap(regs, TrapCode::MemoryOutOfBounds),
        }
    }
}

/// `dst = memory 0 [zext(a) + offset]`
pub(crate) struct Load<F, const V: u16>(PhantomData<F>);

impl<F: Loads, const V: u16> Exec for Load<F, V> {
    #[inline(always)]
    unsafe fn exec<D: Dispatch>(regs: Regs) -> D::Out {
        // SAFETY: the op has these operands by `V`, and the caller vouches for the registers.
        unsafe {
            let address = address(&regs, const { F::FAMILY.class(V, 0) });
            let value = F::load(View::first(&regs), address);
            loaded::<D, _>(regs, const { F::FAMILY.class(V, 2) }, 2, value)
        }
    }
}

/// `dst = memory m [a + offset]`
pub(crate) struct LoadAny<F, const V: u16>(PhantomData<F>);

impl<F: Loads, const V: u16> Exec for LoadAny<F, V> {
    #[inline(always)]
    unsafe fn exec<D: Dispatch>(regs: Regs) -> D::Out {
        // SAFETY: the op has these operands by `V`, and the caller vouches for the registers.
        unsafe {
            let view = View::at(&regs, narrow(regs.ip, Field::B16));
            let value = address_any(&regs, const { F::FAMILY.class(V, 0) }).and_then(|at| F::load(view, at));
            loaded::<D, _>(regs, const { F::FAMILY.class(V, 3) }, 3, value)
        }
    }
}

/// `memory 0 [zext(a) + offset] = b`
pub(crate) struct Store<F, const V: u16>(PhantomData<F>);

impl<F: Stores, const V: u16> Exec for Store<F, V> {
    #[inline(always)]
    unsafe fn exec<D: Dispatch>(regs: Regs) -> D::Out {
        // SAFETY: the op has these operands by `V`, and the caller vouches for the registers.
        unsafe {
            let address = address(&regs, const { F::FAMILY.class(V, 0) });
            let value = get(&regs, const { F::FAMILY.class(V, 1) }, Field::D);
            let done = F::store(View::first(&regs), address, value);
            stored::<D>(regs, 2, done)
        }
    }
}

/// `memory 0 [zext(a) + offset] = accumulator`
pub(crate) struct StoreAcc<F, const V: u16>(PhantomData<F>);

impl<F: Stores, const V: u16> Exec for StoreAcc<F, V> {
    #[inline(always)]
    unsafe fn exec<D: Dispatch>(regs: Regs) -> D::Out {
        // SAFETY: the op has these operands by `V`, and the caller vouches for the registers.
        unsafe {
            let address = address(&regs, const { F::FAMILY.class(V, 0) });
            let done = F::store(View::first(&regs), address, F::T::acc(&regs));
            stored::<D>(regs, 2, done)
        }
    }
}

/// `memory m [a + offset] = b`
pub(crate) struct StoreAny<F, const V: u16>(PhantomData<F>);

impl<F: Stores, const V: u16> Exec for StoreAny<F, V> {
    #[inline(always)]
    unsafe fn exec<D: Dispatch>(regs: Regs) -> D::Out {
        // SAFETY: the op has these operands by `V`, and the caller vouches for the registers.
        unsafe {
            let view = View::at(&regs, narrow(regs.ip, Field::B16));
            let value = get(&regs, const { F::FAMILY.class(V, 1) }, Field::D);
            let done =
                address_any(&regs, const { F::FAMILY.class(V, 0) }).and_then(|at| F::store(view, at, value));
            stored::<D>(regs, 3, done)
        }
    }
}

/// `dst = size of memory b, in pages`
pub(crate) struct MemorySize<F, const V: u16>(PhantomData<F>);

impl<F: Row, const V: u16> Exec for MemorySize<F, V> {
    #[inline(always)]
    unsafe fn exec<D: Dispatch>(mut regs: Regs) -> D::Out {
        // SAFETY: validation checks memory indices; entities live as long as their store.
        unsafe {
            let index = wide(regs.ip, Field::B) as usize;
            let memory: *const MemoryEntity = *(*regs.ctx).memories.wrapping_add(index);
            let pages = (*memory).ty.limits.min;
            put(&mut regs, const { F::FAMILY.class(V, 1) }, pages);
            D::next(regs, 2)
        }
    }
}

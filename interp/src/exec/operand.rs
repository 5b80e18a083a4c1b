//! Operands: values in cells and registers, and access to them by class.
//!
//! # Invariants
//! - An operand is read and written where the op's [`Class`] and [`Field`] say, see [`ir`](fantail_core::ir). The class is
//!   always a constant, so that no choice is left in a handler.
//! - Fields are read one at a time, as what they are: the machine extends a 16-bit load for free. Byte order is dealt with
//!   in [`narrow`] and [`wide`] alone.
//! - Pointers are dereferenced plainly. The checked reads of the standard library take addresses of locals in
//!   builds with debug assertions, which would end tail calls.

#![expect(
    unsafe_code,
    reason = "operands are reached through `ip` and `fp`, see the invariants of `dispatch`"
)]

use super::dispatch::Regs;
use super::form;
use fantail_core::ir::{Class, Field};
use fantail_simd::V128;

/// A `v128` as handlers pass it: in one vector register.
#[cfg(target_arch = "x86_64")]
pub(crate) type VReg = core::arch::x86_64::__m128i;
/// A `v128` as handlers pass it: in one vector register.
#[cfg(target_arch = "aarch64")]
pub(crate) type VReg = core::arch::aarch64::uint8x16_t;
/// A `v128` as handlers pass it.
#[cfg(not(any(target_arch = "x86_64", target_arch = "aarch64")))]
pub(crate) type VReg = V128;

/// A vector of zeros.
pub(crate) fn zero() -> VReg {
    into_reg(V128::ZERO)
}

#[cfg(any(target_arch = "x86_64", target_arch = "aarch64"))]
#[inline(always)]
fn into_reg(value: V128) -> VReg {
    // SAFETY: both are 16 bytes, and all bits are valid in both.
    unsafe { core::mem::transmute(value) }
}

#[cfg(any(target_arch = "x86_64", target_arch = "aarch64"))]
#[inline(always)]
fn from_reg(reg: VReg) -> V128 {
    // SAFETY: both are 16 bytes, and all bits are valid in both.
    unsafe { core::mem::transmute(reg) }
}

#[cfg(not(any(target_arch = "x86_64", target_arch = "aarch64")))]
#[inline(always)]
fn into_reg(value: V128) -> VReg {
    value
}

#[cfg(not(any(target_arch = "x86_64", target_arch = "aarch64")))]
#[inline(always)]
fn from_reg(reg: VReg) -> V128 {
    reg
}

/// Something at any address: reading it is one load wherever the machine has such.
#[derive(Clone, Copy)]
#[repr(C, packed)]
pub(crate) struct Unaligned<T>(pub(crate) T);

/// The 16-bit field `field` of the op at `ip`.
///
/// # Safety
/// `ip` points to an op.
#[inline(always)]
pub(crate) unsafe fn narrow(ip: *const u64, field: Field) -> u16 {
    // SAFETY: every op has as many words as its fields need, which `ir::verify` checks.
    unsafe { *narrow_place(ip, field) }
}

/// Where the 16-bit field `field` of the op at `ip` is.
#[inline(always)]
pub(crate) fn narrow_place(ip: *const u64, field: Field) -> *const u16 {
    let (word, lane) = match field {
        Field::D => (1, 0),
        Field::A => (1, 1),
        Field::B | Field::B16 => (1, 2),
        Field::C16 => (1, 3),
        Field::W1 => (1, 0),
        Field::W2 | Field::W2Lo => (2, 0),
        Field::W2Hi => (2, 2),
        Field::W3 => (3, 0),
    };
    let lane = if cfg!(target_endian = "big") { 3 - lane } else { lane };
    ip.cast::<u16>().wrapping_add(word * 4 + lane)
}

/// The 32-bit field `field` of the op at `ip`: [`Field::B`] or a half of word 2.
///
/// # Safety
/// `ip` points to an op.
#[inline(always)]
pub(crate) unsafe fn wide(ip: *const u64, field: Field) -> u32 {
    let (word, lane) = match field {
        Field::W2Lo => (2, 0),
        Field::W2Hi => (2, 1),
        _ => (1, 1),
    };
    let lane = if cfg!(target_endian = "big") { 1 - lane } else { lane };
    // SAFETY: every op has as many words as its fields need, which `ir::verify` checks.
    unsafe { *ip.cast::<u32>().wrapping_add(word * 2 + lane) }
}

/// Word `n` of the op at `ip`.
///
/// # Safety
/// `ip` points to an op that has it.
#[inline(always)]
pub(crate) unsafe fn word(ip: *const u64, n: usize) -> u64 {
    // SAFETY: the caller vouches for it.
    unsafe { *ip.wrapping_add(n) }
}

/// The cell that `field` of the current op names.
///
/// # Safety
/// `regs` satisfies the invariants of `dispatch`.
#[inline(always)]
pub(crate) unsafe fn slot(regs: &Regs, field: Field) -> *mut u64 {
    // SAFETY: the caller vouches for the op.
    regs.fp.wrapping_add(form::apart(usize::from(unsafe { narrow(regs.ip, field) })))
}

/// A value that ops compute with.
pub(crate) trait Value: Copy {
    /// Reads it from a cell, or two.
    ///
    /// # Safety
    /// `cell` points into the current frame.
    unsafe fn load(cell: *const u64) -> Self;

    /// Writes it to a cell, or two.
    ///
    /// # Safety
    /// As for [`load`](Self::load).
    unsafe fn store(self, cell: *mut u64);

    /// The accumulator of its type.
    fn acc(regs: &Regs) -> Self;

    /// Sets the accumulator of its type.
    fn set_acc(self, regs: &mut Regs);

    /// The register beside the accumulator: the pinned local, or the kept vector.
    #[inline(always)]
    fn beside(regs: &Regs) -> Self {
        Self::from_raw(regs.pin)
    }

    /// From the bits in a register or a constant, zero- or sign-extended.
    fn from_raw(bits: u64) -> Self;

    /// Its bits, zero-extended; of vectors the low ones.
    fn into_raw(self) -> u64;
}

macro_rules! values {
    ($($ty:ty, $acc:ident, |$bits:ident| $from:expr, |$value:ident| $into:expr;)*) => {$(
        impl Value for $ty {
            #[inline(always)]
            unsafe fn load(cell: *const u64) -> Self {
                // SAFETY: the caller vouches for `cell`.
                Self::from_raw(unsafe { *form::cell(cell.cast_mut(), size_of::<Self>()) })
            }

            #[inline(always)]
            unsafe fn store(self, cell: *mut u64) {
                // SAFETY: the caller vouches for `cell`.
                unsafe { *form::cell(cell, size_of::<u64>()) = self.into_raw() }
            }

            #[inline(always)]
            fn acc(regs: &Regs) -> Self {
                #[allow(clippy::unnecessary_cast, reason = "the integer accumulator is wider than i32")]
                { regs.$acc as Self }
            }

            #[inline(always)]
            fn set_acc(self, regs: &mut Regs) {
                regs.$acc = self.into();
            }

            #[inline(always)]
            fn from_raw($bits: u64) -> Self {
                $from
            }

            #[inline(always)]
            fn into_raw(self) -> u64 {
                let $value = self;
                $into
            }
        }
    )*};
}

values! {
    u32, acc, |bits| bits as u32, |value| u64::from(value);
    u64, acc, |bits| bits, |value| value;
    f32, f32, |bits| f32::from_bits(bits as u32), |value| u64::from(value.to_bits());
    f64, f64, |bits| f64::from_bits(bits), |value| value.to_bits();
}

impl Value for V128 {
    #[inline(always)]
    unsafe fn load(cell: *const u64) -> Self {
        if cfg!(target_endian = "little") {
            // SAFETY: the caller vouches for both cells.
            from_reg(unsafe { (*cell.cast::<Unaligned<VReg>>()).0 })
        } else {
            // SAFETY: as above.
            unsafe { Self::from_cells(*cell, *cell.wrapping_add(1)) }
        }
    }

    #[inline(always)]
    unsafe fn store(self, cell: *mut u64) {
        if cfg!(target_endian = "little") {
            // SAFETY: the caller vouches for both cells.
            unsafe { *cell.cast::<Unaligned<VReg>>() = Unaligned(into_reg(self)) }
        } else {
            let (low, high) = self.to_cells();
            // SAFETY: as above.
            unsafe {
                *cell = low;
                *cell.wrapping_add(1) = high;
            }
        }
    }

    #[inline(always)]
    fn acc(regs: &Regs) -> Self {
        from_reg(regs.v128)
    }

    #[inline(always)]
    fn set_acc(self, regs: &mut Regs) {
        regs.v128 = into_reg(self);
    }

    #[inline(always)]
    fn beside(regs: &Regs) -> Self {
        from_reg(regs.kept)
    }

    #[inline(always)]
    fn from_raw(bits: u64) -> Self {
        Self::from_cells(bits, 0)
    }

    #[inline(always)]
    fn into_raw(self) -> u64 {
        self.to_cells().0
    }
}

/// Lets the kept vector be `value`.
#[inline(always)]
pub(crate) fn set_kept(regs: &mut Regs, value: V128) {
    regs.kept = into_reg(value);
}

/// The source operand of class `class` in `field`; the constant of a float is in word `float_imm`.
///
/// # Safety
/// `regs` satisfies the invariants of `dispatch`, and the current op has such an operand.
#[inline(always)]
pub(crate) unsafe fn get<T: Value>(regs: &Regs, class: Class, field: Field) -> T {
    match class {
        // SAFETY: `ir::verify` checks that the slot is in the frame.
        Class::Slot => unsafe { T::load(slot(regs, field)) },
        Class::Acc => T::acc(regs),
        Class::Pin => T::beside(regs),
        Class::Imm => T::from_raw(match field {
            // SAFETY: the op at `ip` has this field.
            Field::B => i64::from(unsafe { wide(regs.ip, Field::B) }.cast_signed()).cast_unsigned(),
            // SAFETY: likewise.
            _ => i64::from(unsafe { narrow(regs.ip, field) }.cast_signed()).cast_unsigned(),
        }),
    }
}

/// The same of a float or an integer, where the constant of a float is in word `float_imm`.
///
/// # Safety
/// As for [`get`].
#[inline(always)]
pub(crate) unsafe fn get_or_word<T: Value>(regs: &Regs, class: Class, field: Field, float_imm: u8) -> T {
    if matches!(class, Class::Imm) && float_imm != 0 {
        // SAFETY: an op with a float constant ends with it.
        T::from_raw(unsafe { word(regs.ip, usize::from(float_imm)) })
    } else {
        // SAFETY: the caller vouches for the operand.
        unsafe { get(regs, class, field) }
    }
}

/// Writes the result of an op, of class `class`, with its slot in [`Field::D`].
///
/// # Safety
/// As for [`get`].
#[inline(always)]
pub(crate) unsafe fn put<T: Value>(regs: &mut Regs, class: Class, value: T) {
    // Compact code reads no accumulator.
    if cfg!(feature = "fusion") && !matches!(class, Class::Pin) {
        value.set_acc(regs);
    }
    // SAFETY: the caller vouches for the operand.
    unsafe { put_only(regs, class, value) }
}

/// The same without writing the accumulator, unless it is the destination.
///
/// # Safety
/// As for [`get`].
#[inline(always)]
pub(crate) unsafe fn put_only<T: Value>(regs: &mut Regs, class: Class, value: T) {
    // SAFETY: the caller vouches for the operand.
    unsafe { put_in(regs, class, Field::D, value) }
}

/// The same, with the slot in `field`.
///
/// # Safety
/// As for [`get`].
#[inline(always)]
pub(crate) unsafe fn put_in<T: Value>(regs: &mut Regs, class: Class, field: Field, value: T) {
    match class {
        Class::Acc => value.set_acc(regs),
        // SAFETY: `ir::verify` checks that the slot is in the frame.
        Class::Slot => unsafe { value.store(slot(regs, field)) },
        Class::Pin => {
            regs.pin = value.into_raw();
            // SAFETY: likewise.
            unsafe { value.store(slot(regs, field)) }
        }
        Class::Imm => {}
    }
}

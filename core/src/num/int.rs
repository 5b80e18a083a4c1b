//! Integer instructions, and those of the wide-arithmetic proposal.
//!
//! Invariant: no function panics; shift and rotate counts are taken modulo the width; what has no result is a
//! [`TrapCode`].
//!
//! Spec: section 4.3.2 "Integer Operations".

use super::instructions;
use crate::trap::TrapCode;

instructions! {
    i32_clz(a: u32) -> u32 = a.leading_zeros();
    i32_ctz(a: u32) -> u32 = a.trailing_zeros();
    i32_popcnt(a: u32) -> u32 = a.count_ones();
    i32_add(a: u32, b: u32) -> u32 = a.wrapping_add(b);
    i32_sub(a: u32, b: u32) -> u32 = a.wrapping_sub(b);
    i32_mul(a: u32, b: u32) -> u32 = a.wrapping_mul(b);
    i32_and(a: u32, b: u32) -> u32 = a & b;
    i32_or(a: u32, b: u32) -> u32 = a | b;
    i32_xor(a: u32, b: u32) -> u32 = a ^ b;
    i32_shl(a: u32, b: u32) -> u32 = a.wrapping_shl(b);
    i32_shr_s(a: u32, b: u32) -> u32 = a.cast_signed().wrapping_shr(b).cast_unsigned();
    i32_shr_u(a: u32, b: u32) -> u32 = a.wrapping_shr(b);
    i32_rotl(a: u32, b: u32) -> u32 = a.rotate_left(b & 31);
    i32_rotr(a: u32, b: u32) -> u32 = a.rotate_right(b & 31);
    i32_eqz(a: u32) -> bool = a == 0;
    i32_eq(a: u32, b: u32) -> bool = a == b;
    i32_ne(a: u32, b: u32) -> bool = a != b;
    i32_lt_s(a: u32, b: u32) -> bool = a.cast_signed() < b.cast_signed();
    i32_lt_u(a: u32, b: u32) -> bool = a < b;
    i32_gt_s(a: u32, b: u32) -> bool = a.cast_signed() > b.cast_signed();
    i32_gt_u(a: u32, b: u32) -> bool = a > b;
    i32_le_s(a: u32, b: u32) -> bool = a.cast_signed() <= b.cast_signed();
    i32_le_u(a: u32, b: u32) -> bool = a <= b;
    i32_ge_s(a: u32, b: u32) -> bool = a.cast_signed() >= b.cast_signed();
    i32_ge_u(a: u32, b: u32) -> bool = a >= b;
    i32_extend8_s(a: u32) -> u32 = (a as i8 as i32).cast_unsigned();
    i32_extend16_s(a: u32) -> u32 = (a as i16 as i32).cast_unsigned();

    i64_clz(a: u64) -> u64 = a.leading_zeros() as u64;
    i64_ctz(a: u64) -> u64 = a.trailing_zeros() as u64;
    i64_popcnt(a: u64) -> u64 = a.count_ones() as u64;
    i64_add(a: u64, b: u64) -> u64 = a.wrapping_add(b);
    i64_sub(a: u64, b: u64) -> u64 = a.wrapping_sub(b);
    i64_mul(a: u64, b: u64) -> u64 = a.wrapping_mul(b);
    i64_and(a: u64, b: u64) -> u64 = a & b;
    i64_or(a: u64, b: u64) -> u64 = a | b;
    i64_xor(a: u64, b: u64) -> u64 = a ^ b;
    i64_shl(a: u64, b: u64) -> u64 = a.wrapping_shl(b as u32);
    i64_shr_s(a: u64, b: u64) -> u64 = a.cast_signed().wrapping_shr(b as u32).cast_unsigned();
    i64_shr_u(a: u64, b: u64) -> u64 = a.wrapping_shr(b as u32);
    i64_rotl(a: u64, b: u64) -> u64 = a.rotate_left(b as u32 & 63);
    i64_rotr(a: u64, b: u64) -> u64 = a.rotate_right(b as u32 & 63);
    i64_eqz(a: u64) -> bool = a == 0;
    i64_eq(a: u64, b: u64) -> bool = a == b;
    i64_ne(a: u64, b: u64) -> bool = a != b;
    i64_lt_s(a: u64, b: u64) -> bool = a.cast_signed() < b.cast_signed();
    i64_lt_u(a: u64, b: u64) -> bool = a < b;
    i64_gt_s(a: u64, b: u64) -> bool = a.cast_signed() > b.cast_signed();
    i64_gt_u(a: u64, b: u64) -> bool = a > b;
    i64_le_s(a: u64, b: u64) -> bool = a.cast_signed() <= b.cast_signed();
    i64_le_u(a: u64, b: u64) -> bool = a <= b;
    i64_ge_s(a: u64, b: u64) -> bool = a.cast_signed() >= b.cast_signed();
    i64_ge_u(a: u64, b: u64) -> bool = a >= b;
    i64_extend8_s(a: u64) -> u64 = (a as i8 as i64).cast_unsigned();
    i64_extend16_s(a: u64) -> u64 = (a as i16 as i64).cast_unsigned();
    i64_extend32_s(a: u64) -> u64 = (a as i32 as i64).cast_unsigned();

    /// The 128-bit product of signed integers, low half first.
    i64_mul_wide_s(a: u64, b: u64) -> (u64, u64) =
        halves((a.cast_signed() as i128 * b.cast_signed() as i128).cast_unsigned());
    /// The 128-bit product of unsigned integers, low half first.
    i64_mul_wide_u(a: u64, b: u64) -> (u64, u64) = halves(a as u128 * b as u128);
    /// The 128-bit sum, low half first.
    i64_add128(a_lo: u64, a_hi: u64, b_lo: u64, b_hi: u64) -> (u64, u64) =
        halves(whole(a_lo, a_hi).wrapping_add(whole(b_lo, b_hi)));
    /// The 128-bit difference, low half first.
    i64_sub128(a_lo: u64, a_hi: u64, b_lo: u64, b_hi: u64) -> (u64, u64) =
        halves(whole(a_lo, a_hi).wrapping_sub(whole(b_lo, b_hi)));
}

/// Makes the four partial instructions of one width.
macro_rules! divisions {
    ($($int:ident: $div_s:ident $div_u:ident $rem_s:ident $rem_u:ident;)*) => {$(
        /// Signed division, truncating.
        ///
        /// # Errors
        /// Traps if `b` is zero, or if the quotient does not fit (the least integer by -1).
        #[inline(always)]
        pub fn $div_s(a: $int, b: $int) -> Result<$int, TrapCode> {
            if b == 0 {
                return Err(TrapCode::IntegerDivideByZero);
            }
            match a.cast_signed().checked_div(b.cast_signed()) {
                Some(quotient) => Ok(quotient.cast_unsigned()),
                None => Err(TrapCode::IntegerOverflow),
            }
        }

        /// Unsigned division, truncating.
        ///
        /// # Errors
        /// Traps if `b` is zero.
        #[inline(always)]
        pub fn $div_u(a: $int, b: $int) -> Result<$int, TrapCode> {
            a.checked_div(b).ok_or(TrapCode::IntegerDivideByZero)
        }

        /// Signed remainder, with the sign of `a`; zero where the quotient does not fit.
        ///
        /// # Errors
        /// Traps if `b` is zero.
        #[inline(always)]
        pub fn $rem_s(a: $int, b: $int) -> Result<$int, TrapCode> {
            if b == 0 {
                return Err(TrapCode::IntegerDivideByZero);
            }
            Ok(a.cast_signed().wrapping_rem(b.cast_signed()).cast_unsigned())
        }

        /// Unsigned remainder.
        ///
        /// # Errors
        /// Traps if `b` is zero.
        #[inline(always)]
        pub fn $rem_u(a: $int, b: $int) -> Result<$int, TrapCode> {
            a.checked_rem(b).ok_or(TrapCode::IntegerDivideByZero)
        }
    )*};
}

divisions! {
    u32: i32_div_s i32_div_u i32_rem_s i32_rem_u;
    u64: i64_div_s i64_div_u i64_rem_s i64_rem_u;
}

#[inline(always)]
fn whole(lo: u64, hi: u64) -> u128 {
    (hi as u128) << 64 | lo as u128
}

#[inline(always)]
fn halves(whole: u128) -> (u64, u64) {
    (whole as u64, (whole >> 64) as u64)
}

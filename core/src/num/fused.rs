//! Pairs of instructions that the register IR executes as one op.
//!
//! Each is the second instruction applied to the result of the first and a third operand; nothing is computed that the
//! two would not compute, so floats are rounded twice.

use super::{
    f32_add, f32_mul, f32_sub, f64_add, f64_mul, f64_sub, i32_add, i32_and, i32_mul, i32_rotl, i32_shl,
    i32_shr_u, i32_xor, i64_add, i64_and, i64_mul, i64_rotl, i64_shl, i64_shr_u, i64_xor,
};

macro_rules! pairs {
    ($($name:ident($ty:ty) = $first:ident, $second:ident;)*) => {$(
        #[doc = concat!("`", stringify!($second), "(", stringify!($first), "(a, b), c)`")]
        #[inline(always)]
        pub fn $name(a: $ty, b: $ty, c: $ty) -> $ty {
            $second($first(a, b), c)
        }
    )*};
}

pairs! {
    i32_shl_add(u32) = i32_shl, i32_add;
    i32_mul_add(u32) = i32_mul, i32_add;
    i32_add_add(u32) = i32_add, i32_add;
    i32_shr_u_and(u32) = i32_shr_u, i32_and;
    i32_and_add(u32) = i32_and, i32_add;
    i32_add_and(u32) = i32_add, i32_and;
    i32_xor_rotl(u32) = i32_xor, i32_rotl;
    i32_rotl_xor(u32) = i32_rotl, i32_xor;
    i32_shr_u_xor(u32) = i32_shr_u, i32_xor;
    i64_shl_add(u64) = i64_shl, i64_add;
    i64_mul_add(u64) = i64_mul, i64_add;
    i64_add_add(u64) = i64_add, i64_add;
    i64_xor_rotl(u64) = i64_xor, i64_rotl;
    i64_rotl_xor(u64) = i64_rotl, i64_xor;
    i64_shr_u_xor(u64) = i64_shr_u, i64_xor;
    i64_shr_u_and(u64) = i64_shr_u, i64_and;
    f32_mul_add(f32) = f32_mul, f32_add;
    f32_mul_sub(f32) = f32_mul, f32_sub;
    f32_sub_mul(f32) = f32_sub, f32_mul;
    f32_add_mul(f32) = f32_add, f32_mul;
    f64_mul_add(f64) = f64_mul, f64_add;
    f64_mul_sub(f64) = f64_mul, f64_sub;
    f64_sub_mul(f64) = f64_sub, f64_mul;
    f64_add_mul(f64) = f64_add, f64_mul;
}

/// The mask of an `and` that ops have in 16 bits: these with their sign. All of them set would be no mask, and are the lower 16
/// bits.
#[inline(always)]
pub const fn short_mask(bits: u16) -> u32 {
    match bits {
        0xffff => 0xffff,
        _ => bits.cast_signed() as u32,
    }
}

/// Whether `a` and `b` have a one bit in common.
#[inline(always)]
pub fn i32_test(a: u32, b: u32) -> bool {
    a & b != 0
}

/// Whether bit `a % 32` of `b` is one.
#[inline(always)]
pub fn i32_bit(a: u32, b: u32) -> bool {
    1u32.wrapping_shl(a) & b != 0
}

/// Whether `a` and `b` have a one bit in common.
#[inline(always)]
pub fn i64_test(a: u64, b: u64) -> bool {
    a & b != 0
}

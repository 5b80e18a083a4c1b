//! Integer arithmetic, shifts and comparisons.
//!
//! Spec: the operators of section 4.3.2 "Integer Operations", lane by lane.

use super::instructions;
use super::lanes::{High, Low, all, bits, compare, map, map2, pairwise, pairwise2, widen2};

instructions! {
    i8x16_abs(a) = map(a, i8::wrapping_abs);
    i8x16_neg(a) = map(a, i8::wrapping_neg);
    i8x16_popcnt(a) = map(a, |a: u8| a.count_ones() as u8);
    i8x16_all_true(a) -> bool = all(a, |a: u8| a != 0);
    i8x16_bitmask(a) -> u32 = bits(a, i8::is_negative);
    i8x16_shl(a, n: u32) = map(a, |a: u8| a.wrapping_shl(n));
    i8x16_shr_s(a, n: u32) = map(a, |a: i8| a.wrapping_shr(n));
    i8x16_shr_u(a, n: u32) = map(a, |a: u8| a.wrapping_shr(n));
    i8x16_add(a, b) = map2(a, b, u8::wrapping_add);
    i8x16_add_sat_s(a, b) = map2(a, b, i8::saturating_add);
    i8x16_add_sat_u(a, b) = map2(a, b, u8::saturating_add);
    i8x16_sub(a, b) = map2(a, b, u8::wrapping_sub);
    i8x16_sub_sat_s(a, b) = map2(a, b, i8::saturating_sub);
    i8x16_sub_sat_u(a, b) = map2(a, b, u8::saturating_sub);
    i8x16_min_s(a, b) = map2(a, b, i8::min);
    i8x16_min_u(a, b) = map2(a, b, u8::min);
    i8x16_max_s(a, b) = map2(a, b, i8::max);
    i8x16_max_u(a, b) = map2(a, b, u8::max);
    i8x16_avgr_u(a, b) = map2(a, b, avgr_u8);
    i8x16_eq(a, b) = compare(a, b, u8::eq);
    i8x16_ne(a, b) = compare(a, b, u8::ne);
    i8x16_lt_s(a, b) = compare(a, b, i8::lt);
    i8x16_lt_u(a, b) = compare(a, b, u8::lt);
    i8x16_gt_s(a, b) = compare(a, b, i8::gt);
    i8x16_gt_u(a, b) = compare(a, b, u8::gt);
    i8x16_le_s(a, b) = compare(a, b, i8::le);
    i8x16_le_u(a, b) = compare(a, b, u8::le);
    i8x16_ge_s(a, b) = compare(a, b, i8::ge);
    i8x16_ge_u(a, b) = compare(a, b, u8::ge);

    i16x8_abs(a) = map(a, i16::wrapping_abs);
    i16x8_neg(a) = map(a, i16::wrapping_neg);
    i16x8_all_true(a) -> bool = all(a, |a: u16| a != 0);
    i16x8_bitmask(a) -> u32 = bits(a, i16::is_negative);
    i16x8_shl(a, n: u32) = map(a, |a: u16| a.wrapping_shl(n));
    i16x8_shr_s(a, n: u32) = map(a, |a: i16| a.wrapping_shr(n));
    i16x8_shr_u(a, n: u32) = map(a, |a: u16| a.wrapping_shr(n));
    i16x8_add(a, b) = map2(a, b, u16::wrapping_add);
    i16x8_add_sat_s(a, b) = map2(a, b, i16::saturating_add);
    i16x8_add_sat_u(a, b) = map2(a, b, u16::saturating_add);
    i16x8_sub(a, b) = map2(a, b, u16::wrapping_sub);
    i16x8_sub_sat_s(a, b) = map2(a, b, i16::saturating_sub);
    i16x8_sub_sat_u(a, b) = map2(a, b, u16::saturating_sub);
    i16x8_mul(a, b) = map2(a, b, u16::wrapping_mul);
    i16x8_min_s(a, b) = map2(a, b, i16::min);
    i16x8_min_u(a, b) = map2(a, b, u16::min);
    i16x8_max_s(a, b) = map2(a, b, i16::max);
    i16x8_max_u(a, b) = map2(a, b, u16::max);
    i16x8_avgr_u(a, b) = map2(a, b, avgr_u16);
    i16x8_eq(a, b) = compare(a, b, u16::eq);
    i16x8_ne(a, b) = compare(a, b, u16::ne);
    i16x8_lt_s(a, b) = compare(a, b, i16::lt);
    i16x8_lt_u(a, b) = compare(a, b, u16::lt);
    i16x8_gt_s(a, b) = compare(a, b, i16::gt);
    i16x8_gt_u(a, b) = compare(a, b, u16::gt);
    i16x8_le_s(a, b) = compare(a, b, i16::le);
    i16x8_le_u(a, b) = compare(a, b, u16::le);
    i16x8_ge_s(a, b) = compare(a, b, i16::ge);
    i16x8_ge_u(a, b) = compare(a, b, u16::ge);

    i32x4_abs(a) = map(a, i32::wrapping_abs);
    i32x4_neg(a) = map(a, i32::wrapping_neg);
    i32x4_all_true(a) -> bool = all(a, |a: u32| a != 0);
    i32x4_bitmask(a) -> u32 = bits(a, i32::is_negative);
    i32x4_shl(a, n: u32) = map(a, |a: u32| a.wrapping_shl(n));
    i32x4_shr_s(a, n: u32) = map(a, |a: i32| a.wrapping_shr(n));
    i32x4_shr_u(a, n: u32) = map(a, |a: u32| a.wrapping_shr(n));
    i32x4_add(a, b) = map2(a, b, u32::wrapping_add);
    i32x4_sub(a, b) = map2(a, b, u32::wrapping_sub);
    i32x4_mul(a, b) = map2(a, b, u32::wrapping_mul);
    i32x4_min_s(a, b) = map2(a, b, i32::min);
    i32x4_min_u(a, b) = map2(a, b, u32::min);
    i32x4_max_s(a, b) = map2(a, b, i32::max);
    i32x4_max_u(a, b) = map2(a, b, u32::max);
    i32x4_eq(a, b) = compare(a, b, u32::eq);
    i32x4_ne(a, b) = compare(a, b, u32::ne);
    i32x4_lt_s(a, b) = compare(a, b, i32::lt);
    i32x4_lt_u(a, b) = compare(a, b, u32::lt);
    i32x4_gt_s(a, b) = compare(a, b, i32::gt);
    i32x4_gt_u(a, b) = compare(a, b, u32::gt);
    i32x4_le_s(a, b) = compare(a, b, i32::le);
    i32x4_le_u(a, b) = compare(a, b, u32::le);
    i32x4_ge_s(a, b) = compare(a, b, i32::ge);
    i32x4_ge_u(a, b) = compare(a, b, u32::ge);

    i64x2_abs(a) = map(a, i64::wrapping_abs);
    i64x2_neg(a) = map(a, i64::wrapping_neg);
    i64x2_all_true(a) -> bool = all(a, |a: u64| a != 0);
    i64x2_bitmask(a) -> u32 = bits(a, i64::is_negative);
    i64x2_shl(a, n: u32) = map(a, |a: u64| a.wrapping_shl(n));
    i64x2_shr_s(a, n: u32) = map(a, |a: i64| a.wrapping_shr(n));
    i64x2_shr_u(a, n: u32) = map(a, |a: u64| a.wrapping_shr(n));
    i64x2_add(a, b) = map2(a, b, u64::wrapping_add);
    i64x2_sub(a, b) = map2(a, b, u64::wrapping_sub);
    i64x2_mul(a, b) = map2(a, b, u64::wrapping_mul);
    i64x2_eq(a, b) = compare(a, b, u64::eq);
    i64x2_ne(a, b) = compare(a, b, u64::ne);
    i64x2_lt_s(a, b) = compare(a, b, i64::lt);
    i64x2_gt_s(a, b) = compare(a, b, i64::gt);
    i64x2_le_s(a, b) = compare(a, b, i64::le);
    i64x2_ge_s(a, b) = compare(a, b, i64::ge);

    i16x8_extmul_low_i8x16_s(a, b) = widen2(Low, a, b, |a: i8, b| i16::from(a) * i16::from(b));
    i16x8_extmul_low_i8x16_u(a, b) = widen2(Low, a, b, |a: u8, b| u16::from(a) * u16::from(b));
    i16x8_extmul_high_i8x16_s(a, b) = widen2(High, a, b, |a: i8, b| i16::from(a) * i16::from(b));
    i16x8_extmul_high_i8x16_u(a, b) = widen2(High, a, b, |a: u8, b| u16::from(a) * u16::from(b));
    i32x4_extmul_low_i16x8_s(a, b) = widen2(Low, a, b, |a: i16, b| i32::from(a) * i32::from(b));
    i32x4_extmul_low_i16x8_u(a, b) = widen2(Low, a, b, |a: u16, b| u32::from(a) * u32::from(b));
    i32x4_extmul_high_i16x8_s(a, b) = widen2(High, a, b, |a: i16, b| i32::from(a) * i32::from(b));
    i32x4_extmul_high_i16x8_u(a, b) = widen2(High, a, b, |a: u16, b| u32::from(a) * u32::from(b));
    i64x2_extmul_low_i32x4_s(a, b) = widen2(Low, a, b, |a: i32, b| i64::from(a) * i64::from(b));
    i64x2_extmul_low_i32x4_u(a, b) = widen2(Low, a, b, |a: u32, b| u64::from(a) * u64::from(b));
    i64x2_extmul_high_i32x4_s(a, b) = widen2(High, a, b, |a: i32, b| i64::from(a) * i64::from(b));
    i64x2_extmul_high_i32x4_u(a, b) = widen2(High, a, b, |a: u32, b| u64::from(a) * u64::from(b));
    i16x8_extadd_pairwise_i8x16_s(a) = pairwise(a, |a: i8, b| i16::from(a) + i16::from(b));
    i16x8_extadd_pairwise_i8x16_u(a) = pairwise(a, |a: u8, b| u16::from(a) + u16::from(b));
    i32x4_extadd_pairwise_i16x8_s(a) = pairwise(a, |a: i16, b| i32::from(a) + i32::from(b));
    i32x4_extadd_pairwise_i16x8_u(a) = pairwise(a, |a: u16, b| u32::from(a) + u32::from(b));
    i32x4_dot_i16x8_s(a, b) = pairwise2(a, b, dot);
    i16x8_q15mulr_sat_s(a, b) = map2(a, b, q15mulr_sat);
}

/// The mean, rounded up.
#[inline(always)]
fn avgr_u8(a: u8, b: u8) -> u8 {
    ((u16::from(a) + u16::from(b) + 1) >> 1) as u8
}

/// The mean, rounded up.
#[inline(always)]
fn avgr_u16(a: u16, b: u16) -> u16 {
    ((u32::from(a) + u32::from(b) + 1) >> 1) as u16
}

/// The sum of the two products, wrapping: it does so only if all four are the least integer.
#[inline(always)]
fn dot(a: [i16; 2], b: [i16; 2]) -> i32 {
    (i32::from(a[0]) * i32::from(b[0])).wrapping_add(i32::from(a[1]) * i32::from(b[1]))
}

/// The product of fixed-point numbers with 15 fractional bits, rounded to nearest, ties up, and saturated: only the square
/// of -1 does not fit.
#[inline(always)]
fn q15mulr_sat(a: i16, b: i16) -> i16 {
    let product = (i32::from(a) * i32::from(b) + (1 << 14)) >> 15;
    product.clamp(i32::from(i16::MIN), i32::from(i16::MAX)) as i16
}

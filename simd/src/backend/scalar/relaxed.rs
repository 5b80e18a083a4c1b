//! Relaxed instructions, as the deterministic profile has them: of the alternatives that the specification lists for each,
//! the first.
//!
//! Spec: section 4.3.6 "Relaxed Operations", and appendix "Profiles".

use super::instructions;
use super::lanes::pairwise2;
use super::*;

instructions! {
    i8x16_relaxed_swizzle(a, b) = i8x16_swizzle(a, b);
    i32x4_relaxed_trunc_f32x4_s(a) = i32x4_trunc_sat_f32x4_s(a);
    i32x4_relaxed_trunc_f32x4_u(a) = i32x4_trunc_sat_f32x4_u(a);
    i32x4_relaxed_trunc_f64x2_s_zero(a) = i32x4_trunc_sat_f64x2_s_zero(a);
    i32x4_relaxed_trunc_f64x2_u_zero(a) = i32x4_trunc_sat_f64x2_u_zero(a);
    f32x4_relaxed_madd(a, b, c) = f32x4_add(f32x4_mul(a, b), c);
    f32x4_relaxed_nmadd(a, b, c) = f32x4_add(f32x4_mul(f32x4_neg(a), b), c);
    f64x2_relaxed_madd(a, b, c) = f64x2_add(f64x2_mul(a, b), c);
    f64x2_relaxed_nmadd(a, b, c) = f64x2_add(f64x2_mul(f64x2_neg(a), b), c);
    i8x16_relaxed_laneselect(a, b, mask) = v128_bitselect(a, b, mask);
    i16x8_relaxed_laneselect(a, b, mask) = v128_bitselect(a, b, mask);
    i32x4_relaxed_laneselect(a, b, mask) = v128_bitselect(a, b, mask);
    i64x2_relaxed_laneselect(a, b, mask) = v128_bitselect(a, b, mask);
    f32x4_relaxed_min(a, b) = f32x4_min(a, b);
    f32x4_relaxed_max(a, b) = f32x4_max(a, b);
    f64x2_relaxed_min(a, b) = f64x2_min(a, b);
    f64x2_relaxed_max(a, b) = f64x2_max(a, b);
    i16x8_relaxed_q15mulr_s(a, b) = i16x8_q15mulr_sat_s(a, b);
    i16x8_relaxed_dot_i8x16_i7x16_s(a, b) = pairwise2(a, b, dot_sat);
    i32x4_relaxed_dot_i8x16_i7x16_add_s(a, b, c) = i32x4_add(i32x4_extadd_pairwise_i16x8_s(i16x8_relaxed_dot_i8x16_i7x16_s(a, b)), c);
}

/// The sum of the two products of signed lanes, saturated: only twice the square of -128 does not fit.
#[inline(always)]
fn dot_sat(a: [i8; 2], b: [i8; 2]) -> i16 {
    (i16::from(a[0]) * i16::from(b[0])).saturating_add(i16::from(a[1]) * i16::from(b[1]))
}

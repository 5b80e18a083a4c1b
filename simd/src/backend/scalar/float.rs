//! Float arithmetic and comparisons.
//!
//! Spec: the operators of section 4.3.3 "Floating-Point Operations", lane by lane.

use super::instructions;
use super::lanes::{compare, map, map2};
use fantail_core::num;

instructions! {
    f32x4_abs(a) = map(a, num::f32_abs);
    f32x4_neg(a) = map(a, num::f32_neg);
    f32x4_sqrt(a) = map(a, num::f32_sqrt);
    f32x4_ceil(a) = map(a, num::f32_ceil);
    f32x4_floor(a) = map(a, num::f32_floor);
    f32x4_trunc(a) = map(a, num::f32_trunc);
    f32x4_nearest(a) = map(a, num::f32_nearest);
    f32x4_add(a, b) = map2(a, b, num::f32_add);
    f32x4_sub(a, b) = map2(a, b, num::f32_sub);
    f32x4_mul(a, b) = map2(a, b, num::f32_mul);
    f32x4_div(a, b) = map2(a, b, num::f32_div);
    f32x4_min(a, b) = map2(a, b, num::f32_min);
    f32x4_max(a, b) = map2(a, b, num::f32_max);
    f32x4_pmin(a, b) = map2(a, b, |a: f32, b| if b < a { b } else { a });
    f32x4_pmax(a, b) = map2(a, b, |a: f32, b| if a < b { b } else { a });
    f32x4_eq(a, b) = compare(a, b, f32::eq);
    f32x4_ne(a, b) = compare(a, b, f32::ne);
    f32x4_lt(a, b) = compare(a, b, f32::lt);
    f32x4_gt(a, b) = compare(a, b, f32::gt);
    f32x4_le(a, b) = compare(a, b, f32::le);
    f32x4_ge(a, b) = compare(a, b, f32::ge);

    f64x2_abs(a) = map(a, num::f64_abs);
    f64x2_neg(a) = map(a, num::f64_neg);
    f64x2_sqrt(a) = map(a, num::f64_sqrt);
    f64x2_ceil(a) = map(a, num::f64_ceil);
    f64x2_floor(a) = map(a, num::f64_floor);
    f64x2_trunc(a) = map(a, num::f64_trunc);
    f64x2_nearest(a) = map(a, num::f64_nearest);
    f64x2_add(a, b) = map2(a, b, num::f64_add);
    f64x2_sub(a, b) = map2(a, b, num::f64_sub);
    f64x2_mul(a, b) = map2(a, b, num::f64_mul);
    f64x2_div(a, b) = map2(a, b, num::f64_div);
    f64x2_min(a, b) = map2(a, b, num::f64_min);
    f64x2_max(a, b) = map2(a, b, num::f64_max);
    f64x2_pmin(a, b) = map2(a, b, |a: f64, b| if b < a { b } else { a });
    f64x2_pmax(a, b) = map2(a, b, |a: f64, b| if a < b { b } else { a });
    f64x2_eq(a, b) = compare(a, b, f64::eq);
    f64x2_ne(a, b) = compare(a, b, f64::ne);
    f64x2_lt(a, b) = compare(a, b, f64::lt);
    f64x2_gt(a, b) = compare(a, b, f64::gt);
    f64x2_le(a, b) = compare(a, b, f64::le);
    f64x2_ge(a, b) = compare(a, b, f64::ge);
}

//! Conversions between lane types.
//!
//! Invariant: where the result has lanes that no operand determines, they are zero: these instructions narrow two vectors
//! the second of which is zero, and every conversion takes zero to zero.
//!
//! Spec: the operators of section 4.3.4 "Conversions", lane by lane.

use super::instructions;
use super::lanes::{High, Low, map, narrow, widen};
use crate::V128;
use fantail_core::num;

instructions! {
    i16x8_extend_low_i8x16_s(a) = widen(Low, a, |a: i8| i16::from(a));
    i16x8_extend_low_i8x16_u(a) = widen(Low, a, |a: u8| u16::from(a));
    i16x8_extend_high_i8x16_s(a) = widen(High, a, |a: i8| i16::from(a));
    i16x8_extend_high_i8x16_u(a) = widen(High, a, |a: u8| u16::from(a));
    i32x4_extend_low_i16x8_s(a) = widen(Low, a, |a: i16| i32::from(a));
    i32x4_extend_low_i16x8_u(a) = widen(Low, a, |a: u16| u32::from(a));
    i32x4_extend_high_i16x8_s(a) = widen(High, a, |a: i16| i32::from(a));
    i32x4_extend_high_i16x8_u(a) = widen(High, a, |a: u16| u32::from(a));
    i64x2_extend_low_i32x4_s(a) = widen(Low, a, |a: i32| i64::from(a));
    i64x2_extend_low_i32x4_u(a) = widen(Low, a, |a: u32| u64::from(a));
    i64x2_extend_high_i32x4_s(a) = widen(High, a, |a: i32| i64::from(a));
    i64x2_extend_high_i32x4_u(a) = widen(High, a, |a: u32| u64::from(a));

    i8x16_narrow_i16x8_s(a, b) = narrow(a, b, |a: i16| a.clamp(i16::from(i8::MIN), i16::from(i8::MAX)) as i8);
    i8x16_narrow_i16x8_u(a, b) = narrow(a, b, |a: i16| a.clamp(i16::from(u8::MIN), i16::from(u8::MAX)) as u8);
    i16x8_narrow_i32x4_s(a, b) = narrow(a, b, |a: i32| a.clamp(i32::from(i16::MIN), i32::from(i16::MAX)) as i16);
    i16x8_narrow_i32x4_u(a, b) = narrow(a, b, |a: i32| a.clamp(i32::from(u16::MIN), i32::from(u16::MAX)) as u16);

    i32x4_trunc_sat_f32x4_s(a) = map(a, num::i32_trunc_sat_f32_s);
    i32x4_trunc_sat_f32x4_u(a) = map(a, num::i32_trunc_sat_f32_u);
    i32x4_trunc_sat_f64x2_s_zero(a) = narrow(a, V128::ZERO, num::i32_trunc_sat_f64_s);
    i32x4_trunc_sat_f64x2_u_zero(a) = narrow(a, V128::ZERO, num::i32_trunc_sat_f64_u);
    f32x4_convert_i32x4_s(a) = map(a, num::f32_convert_i32_s);
    f32x4_convert_i32x4_u(a) = map(a, num::f32_convert_i32_u);
    f64x2_convert_low_i32x4_s(a) = widen(Low, a, num::f64_convert_i32_s);
    f64x2_convert_low_i32x4_u(a) = widen(Low, a, num::f64_convert_i32_u);
    f32x4_demote_f64x2_zero(a) = narrow(a, V128::ZERO, num::f32_demote_f64);
    f64x2_promote_low_f32x4(a) = widen(Low, a, num::f64_promote_f32);
}

//! Relaxed instructions as every x86-64 has them.
//!
//! Only the least and the greatest of two floats, and truncations to signed integers, are one instruction of SSE2 each; the
//! others are those of [`sse2`](super::sse2), which are in the deterministic form.

use super::{result, sse2_instructions};
use crate::V128;
use core::arch::x86_64::*;

pub use super::sse2::*;

sse2_instructions! {
    // Where either is NaN, and of two zeros, the second operand.
    f32x4_relaxed_min: __m128(a, b) = _mm_min_ps(a, b);
    f32x4_relaxed_max: __m128(a, b) = _mm_max_ps(a, b);
    f64x2_relaxed_min: __m128d(a, b) = _mm_min_pd(a, b);
    f64x2_relaxed_max: __m128d(a, b) = _mm_max_pd(a, b);

    // What does not fit, and NaN, is the least integer.
    i32x4_relaxed_trunc_f32x4_s: __m128(a) = _mm_cvttps_epi32(a);
    i32x4_relaxed_trunc_f64x2_s_zero: __m128d(a) = _mm_cvttpd_epi32(a);
}

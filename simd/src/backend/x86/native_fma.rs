//! Relaxed instructions as x86-64 with fused multiplication and addition has them, which is every machine since 2013 but
//! the least.
//!
//! Truncations to unsigned integers are no instruction before AVX-512: they are those of [`sse41`](super::sse41).

use super::{fma_instructions, instructions_with, result};
use crate::V128;
use core::arch::x86_64::*;

pub use super::sse41::*;

pub use super::native::{
    f32x4_relaxed_max, f32x4_relaxed_min, f64x2_relaxed_max, f64x2_relaxed_min, i32x4_relaxed_trunc_f32x4_s,
    i32x4_relaxed_trunc_f64x2_s_zero,
};

fma_instructions! {
    // Rounded once.
    f32x4_relaxed_madd: __m128(a, b, c) = _mm_fmadd_ps(a, b, c);
    f32x4_relaxed_nmadd: __m128(a, b, c) = _mm_fnmadd_ps(a, b, c);
    f64x2_relaxed_madd: __m128d(a, b, c) = _mm_fmadd_pd(a, b, c);
    f64x2_relaxed_nmadd: __m128d(a, b, c) = _mm_fnmadd_pd(a, b, c);

    // An index counts modulo 16 unless its top bit is set.
    i8x16_relaxed_swizzle: __m128i(a, b) = _mm_shuffle_epi8(a, b);

    // By the top bit of each lane; the machine looks at bytes where lanes have 16 bits.
    i8x16_relaxed_laneselect: __m128i(a, b, mask) = _mm_blendv_epi8(b, a, mask);
    i16x8_relaxed_laneselect: __m128i(a, b, mask) = _mm_blendv_epi8(b, a, _mm_srai_epi16::<15>(mask));
    i32x4_relaxed_laneselect: __m128(a, b, mask) = _mm_blendv_ps(b, a, mask);
    i64x2_relaxed_laneselect: __m128d(a, b, mask) = _mm_blendv_pd(b, a, mask);

    // The square of -1 is -1.
    i16x8_relaxed_q15mulr_s: __m128i(a, b) = _mm_mulhrs_epi16(a, b);

    // The bytes of `b` are unsigned, and sums saturate.
    i16x8_relaxed_dot_i8x16_i7x16_s: __m128i(a, b) = _mm_maddubs_epi16(b, a);
    i32x4_relaxed_dot_i8x16_i7x16_add_s: __m128i(a, b, c) =
        _mm_add_epi32(_mm_madd_epi16(_mm_maddubs_epi16(b, a), _mm_set1_epi16(1)), c);
}

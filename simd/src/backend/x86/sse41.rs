//! The back end of x86-64 with SSE4.1 and SSSE3, which nearly every machine since 2008 has.

use super::sse2::{place_of_32, place_of_64};
use super::{instructions_with, result, sse41_instructions};
use crate::V128;
use core::arch::x86_64::*;

pub use super::sse2::*;

const NEAREST: i32 = _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC;
const FLOOR: i32 = _MM_FROUND_TO_NEG_INF | _MM_FROUND_NO_EXC;
const CEIL: i32 = _MM_FROUND_TO_POS_INF | _MM_FROUND_NO_EXC;
const TRUNC: i32 = _MM_FROUND_TO_ZERO | _MM_FROUND_NO_EXC;

sse41_instructions! {
    f32x4_nearest: __m128(a) = _mm_round_ps::<NEAREST>(a);
    f64x2_nearest: __m128d(a) = _mm_round_pd::<NEAREST>(a);
    f32x4_floor: __m128(a) = _mm_round_ps::<FLOOR>(a);
    f64x2_floor: __m128d(a) = _mm_round_pd::<FLOOR>(a);
    f32x4_ceil: __m128(a) = _mm_round_ps::<CEIL>(a);
    f64x2_ceil: __m128d(a) = _mm_round_pd::<CEIL>(a);
    f32x4_trunc: __m128(a) = _mm_round_ps::<TRUNC>(a);
    f64x2_trunc: __m128d(a) = _mm_round_pd::<TRUNC>(a);

    // Integers between 0 and 2^32 - 1 are the low bits of their sums with 2^52.
    i32x4_trunc_sat_f64x2_u_zero: __m128d(a) = {
        let a = _mm_min_pd(_mm_max_pd(a, _mm_setzero_pd()), _mm_set1_pd(4294967295.0));
        let sums = _mm_add_pd(_mm_round_pd::<TRUNC>(a), _mm_set1_pd(4503599627370496.0));
        _mm_shuffle_ps::<0b10_00_10_00>(_mm_castpd_ps(sums), _mm_setzero_ps())
    };
    i32x4_relaxed_trunc_f64x2_u_zero: __m128d(a) = i32x4_trunc_sat_f64x2_u_zero(a.into());

    // A byte whose index has its top bit set becomes zero: saturating addition sets it from 16 on.
    i8x16_swizzle: __m128i(a, b) = _mm_shuffle_epi8(a, _mm_adds_epu8(b, _mm_set1_epi8(0x70)));
    i8x16_relaxed_swizzle: __m128i(a, b) = i8x16_swizzle(a.into(), b.into());
    i8x16_shuffle: __m128i(a, b; lanes: [u8; 16]) = {
        let lanes = _mm_and_si128(V128::from_bytes(lanes).into(), _mm_set1_epi8(31));
        let from_a = _mm_shuffle_epi8(a, _mm_adds_epu8(lanes, _mm_set1_epi8(0x70)));
        let from_b = _mm_shuffle_epi8(b, _mm_sub_epi8(lanes, _mm_set1_epi8(16)));
        _mm_or_si128(from_a, from_b)
    };
    // Of an index below 128 the low four bits count.
    i8x16_permute: __m128i(a; lanes: [u8; 16]) = _mm_shuffle_epi8(a, V128::from_bytes(lanes).into());
    v128_slide4: __m128i(a, b) = _mm_alignr_epi8::<4>(b, a);
    v128_slide12: __m128i(a, b) = _mm_alignr_epi8::<12>(b, a);
    v128_slide13: __m128i(a, b) = _mm_alignr_epi8::<13>(b, a);
    v128_slide14: __m128i(a, b) = _mm_alignr_epi8::<14>(b, a);
    v128_slide15: __m128i(a, b) = _mm_alignr_epi8::<15>(b, a);

    // The machine rounds alike and does not saturate: the square of -1 has the bits of -1, which no other product has.
    i16x8_q15mulr_sat_s: __m128i(a, b) = {
        let product = _mm_mulhrs_epi16(a, b);
        _mm_xor_si128(product, _mm_cmpeq_epi16(product, _mm_set1_epi16(i16::MIN)))
    };
    i16x8_relaxed_q15mulr_s: __m128i(a, b) = i16x8_q15mulr_sat_s(a.into(), b.into());
    i16x8_extadd_pairwise_i8x16_s: __m128i(a) = _mm_maddubs_epi16(_mm_set1_epi8(1), a);
    i16x8_extadd_pairwise_i8x16_u: __m128i(a) = _mm_maddubs_epi16(a, _mm_set1_epi8(1));

    i16x8_narrow_i32x4_u: __m128i(a, b) = _mm_packus_epi32(a, b);
    i64x2_all_true: __m128i(a) -> bool = _mm_movemask_epi8(_mm_cmpeq_epi64(a, _mm_setzero_si128())) == 0;

    i32x4_replace_lane: __m128i(a; lane: u8, value: u32) =
        _mm_blendv_epi8(a, _mm_set1_epi32(value.cast_signed()), place_of_32(lane));
    i64x2_replace_lane: __m128i(a; lane: u8, value: u64) =
        _mm_blendv_epi8(a, _mm_set1_epi64x(value.cast_signed()), place_of_64(lane));
}

//! The back end of every x86-64.

use super::{result, sse2_instructions};
use crate::V128;
use core::arch::x86_64::*;

pub use crate::backend::scalar::*;

sse2_instructions! {
    i8x16_swizzle: __m128i(a, b) = swizzle(a, b);
    i8x16_relaxed_swizzle: __m128i(a, b) = swizzle(a, b);

    f32x4_eq: __m128(a, b) = _mm_cmpeq_ps(a, b);
    f32x4_ne: __m128(a, b) = _mm_cmpneq_ps(a, b);
    f32x4_lt: __m128(a, b) = _mm_cmplt_ps(a, b);
    f32x4_gt: __m128(a, b) = _mm_cmpgt_ps(a, b);
    f32x4_le: __m128(a, b) = _mm_cmple_ps(a, b);
    f32x4_ge: __m128(a, b) = _mm_cmpge_ps(a, b);
    f64x2_eq: __m128d(a, b) = _mm_cmpeq_pd(a, b);
    f64x2_ne: __m128d(a, b) = _mm_cmpneq_pd(a, b);
    f64x2_lt: __m128d(a, b) = _mm_cmplt_pd(a, b);
    f64x2_gt: __m128d(a, b) = _mm_cmpgt_pd(a, b);
    f64x2_le: __m128d(a, b) = _mm_cmple_pd(a, b);
    f64x2_ge: __m128d(a, b) = _mm_cmpge_pd(a, b);

    // The machine's minimum is its second operand unless the first is less; its maximum likewise.
    f32x4_pmin: __m128(a, b) = _mm_min_ps(b, a);
    f32x4_pmax: __m128(a, b) = _mm_max_ps(b, a);
    f64x2_pmin: __m128d(a, b) = _mm_min_pd(b, a);
    f64x2_pmax: __m128d(a, b) = _mm_max_pd(b, a);

    // In both orders, the two minima differ only in the sign of a zero, which the disjunction makes negative, and where an
    // operand is NaN; the two maxima likewise, and the conjunction makes the sign positive.
    f32x4_min: __m128(a, b) =
        with_canonical_nans32(_mm_or_ps(_mm_min_ps(a, b), _mm_min_ps(b, a)), _mm_cmpunord_ps(a, b));
    f32x4_max: __m128(a, b) =
        with_canonical_nans32(_mm_and_ps(_mm_max_ps(a, b), _mm_max_ps(b, a)), _mm_cmpunord_ps(a, b));
    f64x2_min: __m128d(a, b) =
        with_canonical_nans64(_mm_or_pd(_mm_min_pd(a, b), _mm_min_pd(b, a)), _mm_cmpunord_pd(a, b));
    f64x2_max: __m128d(a, b) =
        with_canonical_nans64(_mm_and_pd(_mm_max_pd(a, b), _mm_max_pd(b, a)), _mm_cmpunord_pd(a, b));
    f32x4_relaxed_min: __m128(a, b) = f32x4_min(a.into(), b.into());
    f32x4_relaxed_max: __m128(a, b) = f32x4_max(a.into(), b.into());
    f64x2_relaxed_min: __m128d(a, b) = f64x2_min(a.into(), b.into());
    f64x2_relaxed_max: __m128d(a, b) = f64x2_max(a.into(), b.into());

    f32x4_sqrt: __m128(a) = _mm_sqrt_ps(a);
    f64x2_sqrt: __m128d(a) = _mm_sqrt_pd(a);
    f32x4_nearest: __m128(a) = with_sign32(nearest32(a), a);
    f64x2_nearest: __m128d(a) = with_sign64(nearest64(a), a);
    f32x4_floor: __m128(a) = with_sign32(floor32(a), a);
    f64x2_floor: __m128d(a) = with_sign64(floor64(a), a);
    // -floor(-a) and, by magnitude, floor(|a|).
    f32x4_ceil: __m128(a) = with_sign32(floor32(_mm_xor_ps(a, sign32())), a);
    f64x2_ceil: __m128d(a) = with_sign64(floor64(_mm_xor_pd(a, sign64())), a);
    f32x4_trunc: __m128(a) = with_sign32(floor32(_mm_andnot_ps(sign32(), a)), a);
    f64x2_trunc: __m128d(a) = with_sign64(floor64(_mm_andnot_pd(sign64(), a)), a);

    // What does not fit converts to the least integer: flip it where the operand was too great, and make NaN zero first.
    i32x4_trunc_sat_f32x4_s: __m128(a) = {
        let a = _mm_and_ps(a, _mm_cmpord_ps(a, a));
        let too_great = _mm_castps_si128(_mm_cmpge_ps(a, _mm_set1_ps(2147483648.0)));
        _mm_xor_si128(_mm_cvttps_epi32(a), too_great)
    };
    // The sum of what lies below 2^31 (else the least integer, which has the bits of 2^31) and of what exceeds 2^31.
    i32x4_trunc_sat_f32x4_u: __m128(a) = {
        let limit = _mm_set1_ps(2147483648.0);
        let a = _mm_max_ps(a, _mm_setzero_ps());
        let excess = _mm_sub_ps(a, limit);
        let too_great = _mm_castps_si128(_mm_cmple_ps(limit, excess));
        let excess = _mm_xor_si128(_mm_cvttps_epi32(excess), too_great);
        let excess = _mm_andnot_si128(_mm_srai_epi32(excess, 31), excess);
        _mm_add_epi32(_mm_cvttps_epi32(a), excess)
    };
    i32x4_trunc_sat_f64x2_s_zero: __m128d(a) = {
        let limit = _mm_and_pd(_mm_cmpord_pd(a, a), _mm_set1_pd(2147483647.0));
        _mm_cvttpd_epi32(_mm_min_pd(a, limit))
    };
    i32x4_relaxed_trunc_f32x4_s: __m128(a) = i32x4_trunc_sat_f32x4_s(a.into());
    i32x4_relaxed_trunc_f32x4_u: __m128(a) = i32x4_trunc_sat_f32x4_u(a.into());
    i32x4_relaxed_trunc_f64x2_s_zero: __m128d(a) = i32x4_trunc_sat_f64x2_s_zero(a.into());

    i8x16_bitmask: __m128i(a) -> u32 = _mm_movemask_epi8(a).cast_unsigned();
    i16x8_bitmask: __m128i(a) -> u32 = _mm_movemask_epi8(_mm_packs_epi16(a, _mm_setzero_si128())).cast_unsigned();
    i32x4_bitmask: __m128(a) -> u32 = _mm_movemask_ps(a).cast_unsigned();
    i64x2_bitmask: __m128d(a) -> u32 = _mm_movemask_pd(a).cast_unsigned();
    i8x16_all_true: __m128i(a) -> bool = _mm_movemask_epi8(_mm_cmpeq_epi8(a, _mm_setzero_si128())) == 0;
    i16x8_all_true: __m128i(a) -> bool = _mm_movemask_epi8(_mm_cmpeq_epi16(a, _mm_setzero_si128())) == 0;
    i32x4_all_true: __m128i(a) -> bool = _mm_movemask_epi8(_mm_cmpeq_epi32(a, _mm_setzero_si128())) == 0;
    v128_any_true: __m128i(a) -> bool = _mm_movemask_epi8(_mm_cmpeq_epi8(a, _mm_setzero_si128())) != 0xffff;

    // Packing saturates what exceeds the greatest number: only the square of -1.
    i16x8_q15mulr_sat_s: __m128i(a, b) = {
        let (lo, hi) = (_mm_mullo_epi16(a, b), _mm_mulhi_epi16(a, b));
        let (low, high) = (_mm_unpacklo_epi16(lo, hi), _mm_unpackhi_epi16(lo, hi));
        let half = _mm_set1_epi32(1 << 14);
        let low = _mm_srai_epi32(_mm_add_epi32(low, half), 15);
        let high = _mm_srai_epi32(_mm_add_epi32(high, half), 15);
        _mm_packs_epi32(low, high)
    };
    i16x8_relaxed_q15mulr_s: __m128i(a, b) = i16x8_q15mulr_sat_s(a.into(), b.into());
    i32x4_dot_i16x8_s: __m128i(a, b) = _mm_madd_epi16(a, b);
    i32x4_extadd_pairwise_i16x8_s: __m128i(a) = _mm_madd_epi16(a, _mm_set1_epi16(1));
    i16x8_relaxed_dot_i8x16_i7x16_s: __m128i(a, b) = {
        let even = _mm_mullo_epi16(even_bytes(a), even_bytes(b));
        let odd = _mm_mullo_epi16(_mm_srai_epi16(a, 8), _mm_srai_epi16(b, 8));
        _mm_adds_epi16(even, odd)
    };
    i32x4_relaxed_dot_i8x16_i7x16_add_s: __m128i(a, b, c) = {
        let pairs = i16x8_relaxed_dot_i8x16_i7x16_s(a.into(), b.into());
        _mm_add_epi32(i32x4_extadd_pairwise_i16x8_s(pairs).into(), c)
    };

    // Packing saturates signed lanes: shift the range of the result down to that of `i16` and up again.
    i16x8_narrow_i32x4_u: __m128i(a, b) = {
        let packed = _mm_packs_epi32(from_zero_down(a), from_zero_down(b));
        _mm_xor_si128(packed, _mm_set1_epi16(i16::MIN))
    };

    i16x8_narrow_i32x4_s: __m128i(a, b) = _mm_packs_epi32(a, b);
    i8x16_narrow_i16x8_s: __m128i(a, b) = _mm_packs_epi16(a, b);
    i8x16_narrow_i16x8_u: __m128i(a, b) = _mm_packus_epi16(a, b);

    // Left to LLVM, these are done in integer registers where their operands come from other lane maps.
    i8x16_zip_low: __m128i(a, b) = _mm_unpacklo_epi8(a, b);
    i8x16_zip_high: __m128i(a, b) = _mm_unpackhi_epi8(a, b);
    i16x8_zip_low: __m128i(a, b) = _mm_unpacklo_epi16(a, b);
    i16x8_zip_high: __m128i(a, b) = _mm_unpackhi_epi16(a, b);
    i32x4_zip_low: __m128i(a, b) = _mm_unpacklo_epi32(a, b);
    i32x4_zip_high: __m128i(a, b) = _mm_unpackhi_epi32(a, b);
    i64x2_zip_low: __m128i(a, b) = _mm_unpacklo_epi64(a, b);
    i64x2_zip_high: __m128i(a, b) = _mm_unpackhi_epi64(a, b);
    i32x4_even: __m128(a, b) = _mm_shuffle_ps::<0b10_00_10_00>(a, b);
    i32x4_odd: __m128(a, b) = _mm_shuffle_ps::<0b11_01_11_01>(a, b);
    v128_slide8: __m128d(a, b) = _mm_shuffle_pd::<0b01>(a, b);
    v128_slide4: __m128i(a, b) = _mm_or_si128(_mm_srli_si128::<4>(a), _mm_slli_si128::<12>(b));
    v128_slide12: __m128i(a, b) = _mm_or_si128(_mm_srli_si128::<12>(a), _mm_slli_si128::<4>(b));
    v128_slide13: __m128i(a, b) = _mm_or_si128(_mm_srli_si128::<13>(a), _mm_slli_si128::<3>(b));
    v128_slide14: __m128i(a, b) = _mm_or_si128(_mm_srli_si128::<14>(a), _mm_slli_si128::<2>(b));
    v128_slide15: __m128i(a, b) = _mm_or_si128(_mm_srli_si128::<15>(a), _mm_slli_si128::<1>(b));

    v128_and: __m128i(a, b) = _mm_and_si128(a, b);
    v128_andnot: __m128i(a, b) = _mm_andnot_si128(b, a);
    v128_or: __m128i(a, b) = _mm_or_si128(a, b);
    v128_xor: __m128i(a, b) = _mm_xor_si128(a, b);
    v128_bitselect: __m128i(a, b, mask) = select(mask, a, b);
    i8x16_relaxed_laneselect: __m128i(a, b, mask) = select(mask, a, b);
    i16x8_relaxed_laneselect: __m128i(a, b, mask) = select(mask, a, b);
    i32x4_relaxed_laneselect: __m128i(a, b, mask) = select(mask, a, b);
    i64x2_relaxed_laneselect: __m128i(a, b, mask) = select(mask, a, b);
    i16x8_shl: __m128i(a; n: u32) = _mm_sll_epi16(a, count(n % 16));
    i16x8_shr_s: __m128i(a; n: u32) = _mm_sra_epi16(a, count(n % 16));
    i16x8_shr_u: __m128i(a; n: u32) = _mm_srl_epi16(a, count(n % 16));
    i32x4_shl: __m128i(a; n: u32) = _mm_sll_epi32(a, count(n % 32));
    i32x4_shr_s: __m128i(a; n: u32) = _mm_sra_epi32(a, count(n % 32));
    i32x4_shr_u: __m128i(a; n: u32) = _mm_srl_epi32(a, count(n % 32));
    i64x2_shl: __m128i(a; n: u32) = _mm_sll_epi64(a, count(n % 64));
    i64x2_shr_u: __m128i(a; n: u32) = _mm_srl_epi64(a, count(n % 64));

    i8x16_replace_lane: __m128i(a; lane: u8, value: u32) = {
        let places = _mm_setr_epi8(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15);
        let place = _mm_cmpeq_epi8(_mm_set1_epi8((lane % 16).cast_signed()), places);
        select(place, _mm_set1_epi8(value as i8), a)
    };
    i16x8_replace_lane: __m128i(a; lane: u8, value: u32) = {
        let places = _mm_setr_epi16(0, 1, 2, 3, 4, 5, 6, 7);
        let place = _mm_cmpeq_epi16(_mm_set1_epi16(i16::from(lane % 8)), places);
        select(place, _mm_set1_epi16(value as i16), a)
    };
    i32x4_replace_lane: __m128i(a; lane: u8, value: u32) =
        select(place_of_32(lane), _mm_set1_epi32(value.cast_signed()), a);
    f32x4_replace_lane: __m128i(a; lane: u8, value: f32) =
        select(place_of_32(lane), _mm_castps_si128(_mm_set1_ps(value)), a);
    i64x2_replace_lane: __m128i(a; lane: u8, value: u64) =
        select(place_of_64(lane), _mm_set1_epi64x(value.cast_signed()), a);
    f64x2_replace_lane: __m128i(a; lane: u8, value: f64) =
        select(place_of_64(lane), _mm_castpd_si128(_mm_set1_pd(value)), a);
    v128_load8_lane: __m128i(a; lane: u8, value: u8) = i8x16_replace_lane(a.into(), lane, value.into());
    v128_load16_lane: __m128i(a; lane: u8, value: u16) = i16x8_replace_lane(a.into(), lane, value.into());
    v128_load32_lane: __m128i(a; lane: u8, value: u32) = i32x4_replace_lane(a.into(), lane, value);
    v128_load64_lane: __m128i(a; lane: u8, value: u64) = i64x2_replace_lane(a.into(), lane, value);

    v128_load8x8_s: __m128i(; value: u64) = _mm_srai_epi16(_mm_unpacklo_epi8(low_half(value), low_half(value)), 8);
    v128_load8x8_u: __m128i(; value: u64) = _mm_unpacklo_epi8(low_half(value), _mm_setzero_si128());
    v128_load16x4_s: __m128i(; value: u64) = _mm_srai_epi32(_mm_unpacklo_epi16(low_half(value), low_half(value)), 16);
    v128_load16x4_u: __m128i(; value: u64) = _mm_unpacklo_epi16(low_half(value), _mm_setzero_si128());
    v128_load32x2_s: __m128i(; value: u64) = i64x2_extend_low_i32x4_s(low_half(value).into());
    v128_load32x2_u: __m128i(; value: u64) = _mm_unpacklo_epi32(low_half(value), _mm_setzero_si128());
}

/// Makes the helpers, whose operands and results are registers.
macro_rules! helpers {
    ($($(#[$doc:meta])* $name:ident($($arg:ident: $ty:ty),*) -> $result:ty = $body:expr;)*) => {$(
        $(#[$doc])*
        #[inline]
        #[target_feature(enable = "sse2")]
        pub(super) fn $name($($arg: $ty),*) -> $result {
            $body
        }
    )*};
}

helpers! {
    /// `value`, and the canonical NaN in the lanes of the mask `nan`.
    with_canonical_nans32(value: __m128, nan: __m128) -> __m128 = {
        // Of all ones, the bits below the quiet bit are cleared.
        let payload = _mm_castsi128_ps(_mm_srli_epi32(_mm_castps_si128(nan), 10));
        _mm_andnot_ps(payload, _mm_or_ps(value, nan))
    };
    /// As `with_canonical_nans32`.
    with_canonical_nans64(value: __m128d, nan: __m128d) -> __m128d = {
        let payload = _mm_castsi128_pd(_mm_srli_epi64(_mm_castpd_si128(nan), 13));
        _mm_andnot_pd(payload, _mm_or_pd(value, nan))
    };

    sign32() -> __m128 = _mm_set1_ps(-0.0);
    sign64() -> __m128d = _mm_set1_pd(-0.0);
    /// `magnitude`, of whatever sign, with the sign of `sign`.
    with_sign32(magnitude: __m128, sign: __m128) -> __m128 =
        _mm_or_ps(_mm_andnot_ps(sign32(), magnitude), _mm_and_ps(sign32(), sign));
    with_sign64(magnitude: __m128d, sign: __m128d) -> __m128d =
        _mm_or_pd(_mm_andnot_pd(sign64(), magnitude), _mm_and_pd(sign64(), sign));

    /// The integers next to `a`, ties to even, but for the sign of zeros: adding 2^23 rounds fractional bits away. In lanes
    /// that have none, or are NaN, it adds zero, which quietens NaN.
    nearest32(a: __m128) -> __m128 = {
        let limit = _mm_set1_ps(8388608.0);
        let fractional = _mm_cmplt_ps(_mm_andnot_ps(sign32(), a), limit);
        let shift = _mm_and_ps(fractional, with_sign32(limit, a));
        _mm_sub_ps(_mm_add_ps(a, shift), shift)
    };
    /// As `nearest32`, with 2^52.
    nearest64(a: __m128d) -> __m128d = {
        let limit = _mm_set1_pd(4503599627370496.0);
        let fractional = _mm_cmplt_pd(_mm_andnot_pd(sign64(), a), limit);
        let shift = _mm_and_pd(fractional, with_sign64(limit, a));
        _mm_sub_pd(_mm_add_pd(a, shift), shift)
    };
    /// The greatest integers not greater than `a`, but for the sign of zeros.
    floor32(a: __m128) -> __m128 = {
        let nearest = nearest32(a);
        _mm_sub_ps(nearest, _mm_and_ps(_mm_cmpgt_ps(nearest, a), _mm_set1_ps(1.0)))
    };
    floor64(a: __m128d) -> __m128d = {
        let nearest = nearest64(a);
        _mm_sub_pd(nearest, _mm_and_pd(_mm_cmpgt_pd(nearest, a), _mm_set1_pd(1.0)))
    };
    /// Byte `b[i]` of `a`, or zero where there is none: each byte of `a` goes where the index is its own, without a branch.
    swizzle(a: __m128i, b: __m128i) -> __m128i = {
        let (low, high) = (_mm_unpacklo_epi8(a, a), _mm_unpackhi_epi8(a, a));
        let chosen = (_mm_setzero_si128(), b);
        let chosen = next_four(chosen, _mm_unpacklo_epi16(low, low));
        let chosen = next_four(chosen, _mm_unpackhi_epi16(low, low));
        let chosen = next_four(chosen, _mm_unpacklo_epi16(high, high));
        next_four(chosen, _mm_unpackhi_epi16(high, high)).0
    };
    /// What is chosen after the next four bytes, which `bytes` has four times each; and the indices, less those four.
    next_four(chosen: (__m128i, __m128i), bytes: __m128i) -> (__m128i, __m128i) = {
        let chosen = next(chosen, _mm_shuffle_epi32::<0b00_00_00_00>(bytes));
        let chosen = next(chosen, _mm_shuffle_epi32::<0b01_01_01_01>(bytes));
        let chosen = next(chosen, _mm_shuffle_epi32::<0b10_10_10_10>(bytes));
        next(chosen, _mm_shuffle_epi32::<0b11_11_11_11>(bytes))
    };
    /// As `next_four`, for one byte, which all of `bytes` are.
    next(chosen: (__m128i, __m128i), bytes: __m128i) -> (__m128i, __m128i) = {
        let here = _mm_and_si128(_mm_cmpeq_epi8(chosen.1, _mm_setzero_si128()), bytes);
        (_mm_or_si128(chosen.0, here), _mm_add_epi8(chosen.1, _mm_set1_epi8(-1)))
    };
    /// The even bytes, sign-extended.
    even_bytes(a: __m128i) -> __m128i = _mm_srai_epi16(_mm_slli_epi16(a, 8), 8);
    /// The lanes of 32 bits, zero where negative, less 2^15.
    from_zero_down(a: __m128i) -> __m128i =
        _mm_sub_epi32(_mm_andnot_si128(_mm_srai_epi32(a, 31), a), _mm_set1_epi32(1 << 15));

    /// A number of bits to shift by.
    count(n: u32) -> __m128i = _mm_cvtsi32_si128(n.cast_signed());
    /// `a` where `mask` is set, else `b`.
    select(mask: __m128i, a: __m128i, b: __m128i) -> __m128i =
        _mm_or_si128(_mm_and_si128(mask, a), _mm_andnot_si128(mask, b));
    /// All ones in lane `lane` of four.
    place_of_32(lane: u8) -> __m128i =
        _mm_cmpeq_epi32(_mm_set1_epi32(i32::from(lane % 4)), _mm_setr_epi32(0, 1, 2, 3));
    /// All ones in lane `lane` of two.
    place_of_64(lane: u8) -> __m128i =
        _mm_cmpeq_epi32(_mm_set1_epi32(i32::from(lane % 2)), _mm_setr_epi32(0, 0, 1, 1));
    /// `value` in the low half, zero in the high one.
    low_half(value: u64) -> __m128i = _mm_cvtsi64_si128(value.cast_signed());
}

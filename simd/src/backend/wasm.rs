//! The back end of WebAssembly itself, for builds with the target feature `simd128`, by `core::arch`.
//!
//! As on other machines it defines only what LLVM makes less of than there is. In particular there is no instruction for
//! lanes chosen at run time but `i8x16.swizzle`, so that lanes are extracted and replaced by it.

use crate::V128;
use core::arch::wasm32::{
    self, i8x16_narrow_i16x8, i16x8_extadd_pairwise_i8x16, i16x8_extadd_pairwise_u8x16, i16x8_narrow_i32x4,
    i16x8_q15mulr_sat, i32x4_dot_i16x8, i32x4_extadd_pairwise_i16x8, i32x4_extadd_pairwise_u16x8,
    i32x4_trunc_sat_f32x4, i32x4_trunc_sat_f64x2_zero, u8x16, u8x16_add, u8x16_avgr, u8x16_eq,
    u8x16_extract_lane, u8x16_narrow_i16x8, u8x16_shr, u8x16_splat, u8x16_sub, u16x8_avgr,
    u16x8_extract_lane, u16x8_narrow_i32x4, u16x8_splat, u32x4_extract_lane, u32x4_splat,
    u32x4_trunc_sat_f32x4, u32x4_trunc_sat_f64x2_zero, u64x2, u64x2_extract_lane, u64x2_splat, v128,
};

pub use crate::backend::scalar::*;

impl From<V128> for v128 {
    /// The vector as a value of WebAssembly.
    #[inline(always)]
    fn from(vector: V128) -> Self {
        let (low, high) = vector.to_cells();
        u64x2(low, high)
    }
}

impl From<v128> for V128 {
    /// The vector of a value of WebAssembly.
    #[inline(always)]
    fn from(value: v128) -> Self {
        Self::from_cells(u64x2_extract_lane::<0>(value), u64x2_extract_lane::<1>(value))
    }
}

/// Makes one function per row: `name(vectors; other operands) -> result = value`, where the vectors are values of
/// WebAssembly and so, unless the row says otherwise, is the result.
macro_rules! instructions {
    ($($name:ident($($arg:ident),* $(; $($extra:ident: $ty:ty),*)?) $(-> $result:ty)? = $body:expr;)*) => {$(
        #[doc = concat!("`", stringify!($name), "`, see [`scalar`](crate::backend::scalar).")]
        #[inline(always)]
        pub fn $name($($arg: V128,)* $($($extra: $ty),*)?) -> result!($($result)?) {
            $(let $arg = v128::from($arg);)*
            <result!($($result)?)>::from($body)
        }
    )*};
}

macro_rules! result {
    () => {
        V128
    };
    ($result:ty) => {
        $result
    };
}

instructions! {
    i8x16_swizzle(a, b) = wasm32::i8x16_swizzle(a, b);
    i8x16_relaxed_swizzle(a, b) = wasm32::i8x16_swizzle(a, b);
    // Indices from 16 on give zero; those of the second vector become small when 16 is subtracted, and those of the first
    // great.
    i8x16_shuffle(a, b; lanes: [u8; 16]) = {
        let lanes = wasm32::v128_and(V128::from_bytes(lanes).into(), u8x16_splat(31));
        wasm32::v128_or(wasm32::i8x16_swizzle(a, lanes), wasm32::i8x16_swizzle(b, u8x16_sub(lanes, u8x16_splat(16))))
    };

    i8x16_extract_lane_u(a; lane: u8) -> u32 = u32::from(u8x16_extract_lane::<0>(from_lane(a, lane % 16)));
    i8x16_extract_lane_s(a; lane: u8) -> u32 =
        i32::from(wasm32::i8x16_extract_lane::<0>(from_lane(a, lane % 16))).cast_unsigned();
    i16x8_extract_lane_u(a; lane: u8) -> u32 = u32::from(u16x8_extract_lane::<0>(from_lane(a, lane % 8 * 2)));
    i16x8_extract_lane_s(a; lane: u8) -> u32 =
        i32::from(wasm32::i16x8_extract_lane::<0>(from_lane(a, lane % 8 * 2))).cast_unsigned();
    i32x4_extract_lane(a; lane: u8) -> u32 = u32x4_extract_lane::<0>(from_lane(a, lane % 4 * 4));
    i64x2_extract_lane(a; lane: u8) -> u64 = u64x2_extract_lane::<0>(from_lane(a, lane % 2 * 8));
    f32x4_extract_lane(a; lane: u8) -> f32 = wasm32::f32x4_extract_lane::<0>(from_lane(a, lane % 4 * 4));
    f64x2_extract_lane(a; lane: u8) -> f64 = wasm32::f64x2_extract_lane::<0>(from_lane(a, lane % 2 * 8));
    i8x16_replace_lane(a; lane: u8, value: u32) = wasm32::v128_bitselect(u8x16_splat(value as u8), a, places(0, lane % 16));
    i16x8_replace_lane(a; lane: u8, value: u32) = wasm32::v128_bitselect(u16x8_splat(value as u16), a, places(1, lane % 8));
    i32x4_replace_lane(a; lane: u8, value: u32) = wasm32::v128_bitselect(u32x4_splat(value), a, places(2, lane % 4));
    i64x2_replace_lane(a; lane: u8, value: u64) = wasm32::v128_bitselect(u64x2_splat(value), a, places(3, lane % 2));
    f32x4_replace_lane(a; lane: u8, value: f32) = wasm32::v128_bitselect(wasm32::f32x4_splat(value), a, places(2, lane % 4));
    f64x2_replace_lane(a; lane: u8, value: f64) = wasm32::v128_bitselect(wasm32::f64x2_splat(value), a, places(3, lane % 2));

    v128_any_true(a) -> bool = wasm32::v128_any_true(a);
    i8x16_all_true(a) -> bool = wasm32::i8x16_all_true(a);
    i16x8_all_true(a) -> bool = wasm32::i16x8_all_true(a);
    i32x4_all_true(a) -> bool = wasm32::i32x4_all_true(a);
    i64x2_all_true(a) -> bool = wasm32::i64x2_all_true(a);
    i8x16_bitmask(a) -> u32 = u32::from(wasm32::i8x16_bitmask(a));
    i16x8_bitmask(a) -> u32 = u32::from(wasm32::i16x8_bitmask(a));
    i32x4_bitmask(a) -> u32 = u32::from(wasm32::i32x4_bitmask(a));
    i64x2_bitmask(a) -> u32 = u32::from(wasm32::i64x2_bitmask(a));

    i8x16_popcnt(a) = wasm32::i8x16_popcnt(a);
    i8x16_avgr_u(a, b) = u8x16_avgr(a, b);
    i16x8_avgr_u(a, b) = u16x8_avgr(a, b);
    i8x16_narrow_i16x8_s(a, b) = i8x16_narrow_i16x8(a, b);
    i8x16_narrow_i16x8_u(a, b) = u8x16_narrow_i16x8(a, b);
    i16x8_narrow_i32x4_s(a, b) = i16x8_narrow_i32x4(a, b);
    i16x8_narrow_i32x4_u(a, b) = u16x8_narrow_i32x4(a, b);
    i16x8_extadd_pairwise_i8x16_s(a) = i16x8_extadd_pairwise_i8x16(a);
    i16x8_extadd_pairwise_i8x16_u(a) = i16x8_extadd_pairwise_u8x16(a);
    i32x4_extadd_pairwise_i16x8_s(a) = i32x4_extadd_pairwise_i16x8(a);
    i32x4_extadd_pairwise_i16x8_u(a) = i32x4_extadd_pairwise_u16x8(a);
    i16x8_q15mulr_sat_s(a, b) = i16x8_q15mulr_sat(a, b);
    i16x8_relaxed_q15mulr_s(a, b) = i16x8_q15mulr_sat(a, b);
    i32x4_dot_i16x8_s(a, b) = i32x4_dot_i16x8(a, b);

    f32x4_min(a, b) = wasm32::f32x4_min(a, b);
    f32x4_max(a, b) = wasm32::f32x4_max(a, b);
    f64x2_min(a, b) = wasm32::f64x2_min(a, b);
    f64x2_max(a, b) = wasm32::f64x2_max(a, b);
    f32x4_relaxed_min(a, b) = wasm32::f32x4_min(a, b);
    f32x4_relaxed_max(a, b) = wasm32::f32x4_max(a, b);
    f64x2_relaxed_min(a, b) = wasm32::f64x2_min(a, b);
    f64x2_relaxed_max(a, b) = wasm32::f64x2_max(a, b);
    f32x4_pmin(a, b) = wasm32::f32x4_pmin(a, b);
    f32x4_pmax(a, b) = wasm32::f32x4_pmax(a, b);
    f64x2_pmin(a, b) = wasm32::f64x2_pmin(a, b);
    f64x2_pmax(a, b) = wasm32::f64x2_pmax(a, b);
    f32x4_nearest(a) = wasm32::f32x4_nearest(a);
    f64x2_nearest(a) = wasm32::f64x2_nearest(a);
    f32x4_floor(a) = wasm32::f32x4_floor(a);
    f64x2_floor(a) = wasm32::f64x2_floor(a);
    f32x4_ceil(a) = wasm32::f32x4_ceil(a);
    f64x2_ceil(a) = wasm32::f64x2_ceil(a);
    f32x4_trunc(a) = wasm32::f32x4_trunc(a);
    f64x2_trunc(a) = wasm32::f64x2_trunc(a);
    f32x4_sqrt(a) = wasm32::f32x4_sqrt(a);
    f64x2_sqrt(a) = wasm32::f64x2_sqrt(a);
    i32x4_trunc_sat_f32x4_s(a) = i32x4_trunc_sat_f32x4(a);
    i32x4_trunc_sat_f32x4_u(a) = u32x4_trunc_sat_f32x4(a);
    i32x4_trunc_sat_f64x2_s_zero(a) = i32x4_trunc_sat_f64x2_zero(a);
    i32x4_trunc_sat_f64x2_u_zero(a) = u32x4_trunc_sat_f64x2_zero(a);
    i32x4_relaxed_trunc_f32x4_s(a) = i32x4_trunc_sat_f32x4(a);
    i32x4_relaxed_trunc_f32x4_u(a) = u32x4_trunc_sat_f32x4(a);
    i32x4_relaxed_trunc_f64x2_s_zero(a) = i32x4_trunc_sat_f64x2_zero(a);
    i32x4_relaxed_trunc_f64x2_u_zero(a) = u32x4_trunc_sat_f64x2_zero(a);

    v128_bitselect(a, b, mask) = wasm32::v128_bitselect(a, b, mask);
}

/// The bytes of `a` from byte `first` on, at the front; zeros behind them.
#[inline(always)]
fn from_lane(a: v128, first: u8) -> v128 {
    wasm32::i8x16_swizzle(a, u8x16_add(bytes(), u8x16_splat(first)))
}

/// All ones in the bytes of lane `lane`, where a lane has `2^shift` bytes.
#[inline(always)]
fn places(shift: u32, lane: u8) -> v128 {
    u8x16_eq(u8x16_shr(bytes(), shift), u8x16_splat(lane))
}

/// The place of each byte.
#[inline(always)]
fn bytes() -> v128 {
    u8x16(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15)
}

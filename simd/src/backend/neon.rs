//! The back end of every 64-bit Arm processor, by `core::arch`, and the conversions between [`V128`] and registers.
//!
//! As on x86-64 it defines only what LLVM makes less of than there is: lanes chosen at run time, which go through memory
//! otherwise; reductions; narrowing; and the roundings and conversions whose lane functions are written for machines that
//! have no instruction for them.
//!
//! # Invariant
//! No function has a precondition: NEON is part of the architecture.

#![expect(unsafe_code, reason = "vectors and registers are converted to each other")]

use crate::V128;
use core::arch::aarch64::*;

pub use crate::backend::scalar::*;

macro_rules! registers {
    ($($register:ident)*) => {$(
        impl From<V128> for $register {
            /// The vector in a register: the same 128 bits, without an instruction.
            #[inline(always)]
            fn from(vector: V128) -> Self {
                // SAFETY: both are plain data of 16 bytes, any of which are valid.
                unsafe { core::mem::transmute(vector) }
            }
        }

        impl From<$register> for V128 {
            /// The vector of a register: the same 128 bits, without an instruction.
            #[inline(always)]
            fn from(register: $register) -> Self {
                // SAFETY: both are plain data of 16 bytes, any of which are valid.
                unsafe { core::mem::transmute(register) }
            }
        }
    )*};
}

registers! {
    int8x16_t uint8x16_t int16x8_t uint16x8_t int32x4_t uint32x4_t int64x2_t uint64x2_t float32x4_t float64x2_t
}

/// Makes one function per row: `name: register(vectors; other operands) -> result = value`, where the vectors are in
/// registers of that type and the result, unless the row says otherwise, is a register of any type.
macro_rules! instructions {
    ($($name:ident: $register:ident($($arg:ident),* $(; $($extra:ident: $ty:ty),*)?) $(-> $result:ty)? = $body:expr;)*) => {$(
        #[doc = concat!("`", stringify!($name), "`, see [`scalar`](crate::backend::scalar).")]
        #[inline(always)]
        pub fn $name($($arg: V128,)* $($($extra: $ty),*)?) -> result!($($result)?) {
            $(let $arg = $register::from($arg);)*
            // SAFETY: NEON is part of the architecture.
            #[allow(unused_unsafe, reason = "some rows are of safe functions alone")]
            unsafe { <result!($($result)?)>::from($body) }
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
    // A byte whose index is not in the table becomes zero.
    i8x16_swizzle: uint8x16_t(a, b) = vqtbl1q_u8(a, b);
    i8x16_relaxed_swizzle: uint8x16_t(a, b) = vqtbl1q_u8(a, b);
    i8x16_shuffle: uint8x16_t(a, b; lanes: [u8; 16]) = {
        let lanes = vandq_u8(V128::from_bytes(lanes).into(), vdupq_n_u8(31));
        vqtbl2q_u8(uint8x16x2_t(a, b), lanes)
    };
    i8x16_permute: uint8x16_t(a; lanes: [u8; 16]) =
        vqtbl1q_u8(a, vandq_u8(V128::from_bytes(lanes).into(), vdupq_n_u8(15)));
    i8x16_zip_low: uint8x16_t(a, b) = vzip1q_u8(a, b);
    i8x16_zip_high: uint8x16_t(a, b) = vzip2q_u8(a, b);
    i16x8_zip_low: uint16x8_t(a, b) = vzip1q_u16(a, b);
    i16x8_zip_high: uint16x8_t(a, b) = vzip2q_u16(a, b);
    i32x4_zip_low: uint32x4_t(a, b) = vzip1q_u32(a, b);
    i32x4_zip_high: uint32x4_t(a, b) = vzip2q_u32(a, b);
    i64x2_zip_low: uint64x2_t(a, b) = vzip1q_u64(a, b);
    i64x2_zip_high: uint64x2_t(a, b) = vzip2q_u64(a, b);
    i32x4_even: uint32x4_t(a, b) = vuzp1q_u32(a, b);
    i32x4_odd: uint32x4_t(a, b) = vuzp2q_u32(a, b);
    v128_slide4: uint8x16_t(a, b) = vextq_u8::<4>(a, b);
    v128_slide8: uint8x16_t(a, b) = vextq_u8::<8>(a, b);
    v128_slide12: uint8x16_t(a, b) = vextq_u8::<12>(a, b);
    v128_slide13: uint8x16_t(a, b) = vextq_u8::<13>(a, b);
    v128_slide14: uint8x16_t(a, b) = vextq_u8::<14>(a, b);
    v128_slide15: uint8x16_t(a, b) = vextq_u8::<15>(a, b);

    i8x16_extract_lane_u: uint8x16_t(a; lane: u8) -> u32 = u32::from(vgetq_lane_u8::<0>(from_lane(a, lane % 16)));
    i8x16_extract_lane_s: uint8x16_t(a; lane: u8) -> u32 =
        i32::from(vgetq_lane_u8::<0>(from_lane(a, lane % 16)).cast_signed()).cast_unsigned();
    i16x8_extract_lane_u: uint8x16_t(a; lane: u8) -> u32 =
        u32::from(vgetq_lane_u16::<0>(vreinterpretq_u16_u8(from_lane(a, lane % 8 * 2))));
    i16x8_extract_lane_s: uint8x16_t(a; lane: u8) -> u32 =
        i32::from(vgetq_lane_s16::<0>(vreinterpretq_s16_u8(from_lane(a, lane % 8 * 2)))).cast_unsigned();
    i32x4_extract_lane: uint8x16_t(a; lane: u8) -> u32 =
        vgetq_lane_u32::<0>(vreinterpretq_u32_u8(from_lane(a, lane % 4 * 4)));
    i64x2_extract_lane: uint8x16_t(a; lane: u8) -> u64 =
        vgetq_lane_u64::<0>(vreinterpretq_u64_u8(from_lane(a, lane % 2 * 8)));
    f32x4_extract_lane: uint8x16_t(a; lane: u8) -> f32 =
        vgetq_lane_f32::<0>(vreinterpretq_f32_u8(from_lane(a, lane % 4 * 4)));
    f64x2_extract_lane: uint8x16_t(a; lane: u8) -> f64 =
        vgetq_lane_f64::<0>(vreinterpretq_f64_u8(from_lane(a, lane % 2 * 8)));
    v128_store8_lane: uint8x16_t(a; lane: u8) -> u8 = vgetq_lane_u8::<0>(from_lane(a, lane % 16));
    v128_store16_lane: uint8x16_t(a; lane: u8) -> u16 =
        vgetq_lane_u16::<0>(vreinterpretq_u16_u8(from_lane(a, lane % 8 * 2)));
    v128_store32_lane: uint8x16_t(a; lane: u8) -> u32 = i32x4_extract_lane(a.into(), lane);
    v128_store64_lane: uint8x16_t(a; lane: u8) -> u64 = i64x2_extract_lane(a.into(), lane);

    i8x16_replace_lane: uint8x16_t(a; lane: u8, value: u32) =
        vbslq_u8(places(0, lane % 16), vdupq_n_u8(value as u8), a);
    i16x8_replace_lane: uint8x16_t(a; lane: u8, value: u32) =
        vbslq_u8(places(1, lane % 8), vreinterpretq_u8_u16(vdupq_n_u16(value as u16)), a);
    i32x4_replace_lane: uint8x16_t(a; lane: u8, value: u32) =
        vbslq_u8(places(2, lane % 4), vreinterpretq_u8_u32(vdupq_n_u32(value)), a);
    i64x2_replace_lane: uint8x16_t(a; lane: u8, value: u64) =
        vbslq_u8(places(3, lane % 2), vreinterpretq_u8_u64(vdupq_n_u64(value)), a);
    f32x4_replace_lane: uint8x16_t(a; lane: u8, value: f32) =
        vbslq_u8(places(2, lane % 4), vreinterpretq_u8_f32(vdupq_n_f32(value)), a);
    f64x2_replace_lane: uint8x16_t(a; lane: u8, value: f64) =
        vbslq_u8(places(3, lane % 2), vreinterpretq_u8_f64(vdupq_n_f64(value)), a);
    v128_load8_lane: uint8x16_t(a; lane: u8, value: u8) = i8x16_replace_lane(a.into(), lane, value.into());
    v128_load16_lane: uint8x16_t(a; lane: u8, value: u16) = i16x8_replace_lane(a.into(), lane, value.into());
    v128_load32_lane: uint8x16_t(a; lane: u8, value: u32) = i32x4_replace_lane(a.into(), lane, value);
    v128_load64_lane: uint8x16_t(a; lane: u8, value: u64) = i64x2_replace_lane(a.into(), lane, value);

    v128_any_true: uint32x4_t(a) -> bool = vmaxvq_u32(a) != 0;
    i8x16_all_true: uint8x16_t(a) -> bool = vminvq_u8(a) != 0;
    i16x8_all_true: uint16x8_t(a) -> bool = vminvq_u16(a) != 0;
    i32x4_all_true: uint32x4_t(a) -> bool = vminvq_u32(a) != 0;
    // The top bit of each lane, shifted to the bit of its place; all are added up.
    i8x16_bitmask: int8x16_t(a) -> u32 = {
        let bits = vandq_u8(vreinterpretq_u8_s8(vshrq_n_s8::<7>(a)), V128::from_u64x2([0x8040_2010_0804_0201; 2]).into());
        u32::from(vaddv_u8(vget_low_u8(bits))) | u32::from(vaddv_u8(vget_high_u8(bits))) << 8
    };
    i16x8_bitmask: int16x8_t(a) -> u32 = {
        let bits = V128::from_u16x8([1, 2, 4, 8, 16, 32, 64, 128]).into();
        u32::from(vaddvq_u16(vandq_u16(vreinterpretq_u16_s16(vshrq_n_s16::<15>(a)), bits)))
    };
    i32x4_bitmask: int32x4_t(a) -> u32 =
        vaddvq_u32(vandq_u32(vreinterpretq_u32_s32(vshrq_n_s32::<31>(a)), V128::from_u32x4([1, 2, 4, 8]).into()));

    i8x16_popcnt: uint8x16_t(a) = vcntq_u8(a);
    i8x16_narrow_i16x8_s: int16x8_t(a, b) = vqmovn_high_s16(vqmovn_s16(a), b);
    i8x16_narrow_i16x8_u: int16x8_t(a, b) = vqmovun_high_s16(vqmovun_s16(a), b);
    i16x8_narrow_i32x4_s: int32x4_t(a, b) = vqmovn_high_s32(vqmovn_s32(a), b);
    i16x8_narrow_i32x4_u: int32x4_t(a, b) = vqmovun_high_s32(vqmovun_s32(a), b);
    i16x8_extadd_pairwise_i8x16_s: int8x16_t(a) = vpaddlq_s8(a);
    i16x8_extadd_pairwise_i8x16_u: uint8x16_t(a) = vpaddlq_u8(a);
    i32x4_extadd_pairwise_i16x8_s: int16x8_t(a) = vpaddlq_s16(a);
    i32x4_extadd_pairwise_i16x8_u: uint16x8_t(a) = vpaddlq_u16(a);
    i16x8_q15mulr_sat_s: int16x8_t(a, b) = vqrdmulhq_s16(a, b);
    i16x8_relaxed_q15mulr_s: int16x8_t(a, b) = vqrdmulhq_s16(a, b);
    i32x4_dot_i16x8_s: int16x8_t(a, b) =
        vpaddq_s32(vmull_s16(vget_low_s16(a), vget_low_s16(b)), vmull_high_s16(a, b));

    // The machine's least and greatest of two are those of IEEE 754-2019, as WebAssembly's.
    f32x4_min: float32x4_t(a, b) = vminq_f32(a, b);
    f32x4_max: float32x4_t(a, b) = vmaxq_f32(a, b);
    f64x2_min: float64x2_t(a, b) = vminq_f64(a, b);
    f64x2_max: float64x2_t(a, b) = vmaxq_f64(a, b);
    f32x4_relaxed_min: float32x4_t(a, b) = vminq_f32(a, b);
    f32x4_relaxed_max: float32x4_t(a, b) = vmaxq_f32(a, b);
    f64x2_relaxed_min: float64x2_t(a, b) = vminq_f64(a, b);
    f64x2_relaxed_max: float64x2_t(a, b) = vmaxq_f64(a, b);
    f32x4_pmin: float32x4_t(a, b) = vbslq_f32(vcltq_f32(b, a), b, a);
    f32x4_pmax: float32x4_t(a, b) = vbslq_f32(vcltq_f32(a, b), b, a);
    f64x2_pmin: float64x2_t(a, b) = vbslq_f64(vcltq_f64(b, a), b, a);
    f64x2_pmax: float64x2_t(a, b) = vbslq_f64(vcltq_f64(a, b), b, a);
    f32x4_nearest: float32x4_t(a) = vrndnq_f32(a);
    f64x2_nearest: float64x2_t(a) = vrndnq_f64(a);
    f32x4_floor: float32x4_t(a) = vrndmq_f32(a);
    f64x2_floor: float64x2_t(a) = vrndmq_f64(a);
    f32x4_ceil: float32x4_t(a) = vrndpq_f32(a);
    f64x2_ceil: float64x2_t(a) = vrndpq_f64(a);
    f32x4_trunc: float32x4_t(a) = vrndq_f32(a);
    f64x2_trunc: float64x2_t(a) = vrndq_f64(a);
    f32x4_sqrt: float32x4_t(a) = vsqrtq_f32(a);
    f64x2_sqrt: float64x2_t(a) = vsqrtq_f64(a);

    // Conversions to integers saturate, and NaN becomes zero; of `f64`, to 64 bits first, and saturating again to 32.
    i32x4_trunc_sat_f32x4_s: float32x4_t(a) = vcvtq_s32_f32(a);
    i32x4_trunc_sat_f32x4_u: float32x4_t(a) = vcvtq_u32_f32(a);
    i32x4_trunc_sat_f64x2_s_zero: float64x2_t(a) = vcombine_s32(vqmovn_s64(vcvtq_s64_f64(a)), vdup_n_s32(0));
    i32x4_trunc_sat_f64x2_u_zero: float64x2_t(a) = vcombine_u32(vqmovn_u64(vcvtq_u64_f64(a)), vdup_n_u32(0));
    i32x4_relaxed_trunc_f32x4_s: float32x4_t(a) = vcvtq_s32_f32(a);
    i32x4_relaxed_trunc_f32x4_u: float32x4_t(a) = vcvtq_u32_f32(a);
    i32x4_relaxed_trunc_f64x2_s_zero: float64x2_t(a) = i32x4_trunc_sat_f64x2_s_zero(a.into());
    i32x4_relaxed_trunc_f64x2_u_zero: float64x2_t(a) = i32x4_trunc_sat_f64x2_u_zero(a.into());

    // Left to LLVM, these are done in integer registers where their operands come from other lane maps.
    i8x16_eq: uint8x16_t(a, b) = vceqq_u8(a, b);
    v128_and: uint8x16_t(a, b) = vandq_u8(a, b);
    v128_andnot: uint8x16_t(a, b) = vbicq_u8(a, b);
    v128_or: uint8x16_t(a, b) = vorrq_u8(a, b);
    v128_xor: uint8x16_t(a, b) = veorq_u8(a, b);
    v128_bitselect: uint8x16_t(a, b, mask) = vbslq_u8(mask, a, b);
}

/// The bytes of `a` from byte `first` on, at the front; zeros behind them.
#[inline(always)]
fn from_lane(a: uint8x16_t, first: u8) -> uint8x16_t {
    // SAFETY: NEON is part of the architecture.
    unsafe { vqtbl1q_u8(a, vaddq_u8(bytes(), vdupq_n_u8(first))) }
}

/// All ones in the bytes of lane `lane`, where a lane has `2^shift` bytes.
#[inline(always)]
fn places(shift: i8, lane: u8) -> uint8x16_t {
    // SAFETY: NEON is part of the architecture.
    unsafe { vceqq_u8(vshlq_u8(bytes(), vdupq_n_s8(-shift)), vdupq_n_u8(lane)) }
}

/// The place of each byte.
#[inline(always)]
fn bytes() -> uint8x16_t {
    V128::from_bytes([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15]).into()
}

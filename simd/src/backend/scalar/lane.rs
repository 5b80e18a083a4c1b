//! Instructions that move lanes or bits without computing: splat, extract, replace, shuffle, swizzle, the vector parts of
//! loads and stores, and bitwise logic.

use super::instructions;
use super::lanes::{collect, extract, replace, splat};
use super::{
    i16x8_extend_low_i8x16_s, i16x8_extend_low_i8x16_u, i32x4_extend_low_i16x8_s, i32x4_extend_low_i16x8_u,
    i64x2_extend_low_i32x4_s, i64x2_extend_low_i32x4_u,
};
use crate::V128;

instructions! {
    i8x16_splat(a: u32) = splat(a as u8);
    i16x8_splat(a: u32) = splat(a as u16);
    i32x4_splat(a: u32) = splat(a);
    i64x2_splat(a: u64) = splat(a);
    f32x4_splat(a: f32) = splat(a);
    f64x2_splat(a: f64) = splat(a);

    i8x16_extract_lane_s(a, lane: u8) -> u32 = i32::from(extract::<i8>(a, lane)).cast_unsigned();
    i8x16_extract_lane_u(a, lane: u8) -> u32 = u32::from(extract::<u8>(a, lane));
    i16x8_extract_lane_s(a, lane: u8) -> u32 = i32::from(extract::<i16>(a, lane)).cast_unsigned();
    i16x8_extract_lane_u(a, lane: u8) -> u32 = u32::from(extract::<u16>(a, lane));
    i32x4_extract_lane(a, lane: u8) -> u32 = extract(a, lane);
    i64x2_extract_lane(a, lane: u8) -> u64 = extract(a, lane);
    f32x4_extract_lane(a, lane: u8) -> f32 = extract(a, lane);
    f64x2_extract_lane(a, lane: u8) -> f64 = extract(a, lane);

    i8x16_replace_lane(a, lane: u8, value: u32) = replace(a, lane, value as u8);
    i16x8_replace_lane(a, lane: u8, value: u32) = replace(a, lane, value as u16);
    i32x4_replace_lane(a, lane: u8, value: u32) = replace(a, lane, value);
    i64x2_replace_lane(a, lane: u8, value: u64) = replace(a, lane, value);
    f32x4_replace_lane(a, lane: u8, value: f32) = replace(a, lane, value);
    f64x2_replace_lane(a, lane: u8, value: f64) = replace(a, lane, value);

    v128_load8_lane(a, lane: u8, value: u8) = replace(a, lane, value);
    v128_load16_lane(a, lane: u8, value: u16) = replace(a, lane, value);
    v128_load32_lane(a, lane: u8, value: u32) = replace(a, lane, value);
    v128_load64_lane(a, lane: u8, value: u64) = replace(a, lane, value);
    v128_store8_lane(a, lane: u8) -> u8 = extract(a, lane);
    v128_store16_lane(a, lane: u8) -> u16 = extract(a, lane);
    v128_store32_lane(a, lane: u8) -> u32 = extract(a, lane);
    v128_store64_lane(a, lane: u8) -> u64 = extract(a, lane);

    v128_load8_splat(value: u8) = splat(value);
    v128_load16_splat(value: u16) = splat(value);
    v128_load32_splat(value: u32) = splat(value);
    v128_load64_splat(value: u64) = splat(value);
    v128_load32_zero(value: u32) = V128::from_cells(u64::from(value), 0);
    v128_load64_zero(value: u64) = V128::from_cells(value, 0);
    v128_load8x8_s(value: u64) = i16x8_extend_low_i8x16_s(V128::from_cells(value, 0));
    v128_load8x8_u(value: u64) = i16x8_extend_low_i8x16_u(V128::from_cells(value, 0));
    v128_load16x4_s(value: u64) = i32x4_extend_low_i16x8_s(V128::from_cells(value, 0));
    v128_load16x4_u(value: u64) = i32x4_extend_low_i16x8_u(V128::from_cells(value, 0));
    v128_load32x2_s(value: u64) = i64x2_extend_low_i32x4_s(V128::from_cells(value, 0));
    v128_load32x2_u(value: u64) = i64x2_extend_low_i32x4_u(V128::from_cells(value, 0));

    // Patterns of `i8x16.shuffle` for which machines have instructions.
    i8x16_zip_low(a, b) = i8x16_shuffle(a, b, zip(1, 0));
    i8x16_zip_high(a, b) = i8x16_shuffle(a, b, zip(1, 8));
    i16x8_zip_low(a, b) = i8x16_shuffle(a, b, zip(2, 0));
    i16x8_zip_high(a, b) = i8x16_shuffle(a, b, zip(2, 8));
    i32x4_zip_low(a, b) = i8x16_shuffle(a, b, zip(4, 0));
    i32x4_zip_high(a, b) = i8x16_shuffle(a, b, zip(4, 8));
    i64x2_zip_low(a, b) = i8x16_shuffle(a, b, zip(8, 0));
    i64x2_zip_high(a, b) = i8x16_shuffle(a, b, zip(8, 8));
    i32x4_even(a, b) = i8x16_shuffle(a, b, every_second(0));
    i32x4_odd(a, b) = i8x16_shuffle(a, b, every_second(4));
    v128_slide4(a, b) = i8x16_shuffle(a, b, slide(4));
    v128_slide8(a, b) = i8x16_shuffle(a, b, slide(8));
    v128_slide12(a, b) = i8x16_shuffle(a, b, slide(12));
    v128_slide13(a, b) = i8x16_shuffle(a, b, slide(13));
    v128_slide14(a, b) = i8x16_shuffle(a, b, slide(14));
    v128_slide15(a, b) = i8x16_shuffle(a, b, slide(15));

    v128_not(a) = V128::from_u128(!a.to_u128());
    v128_and(a, b) = V128::from_u128(a.to_u128() & b.to_u128());
    v128_andnot(a, b) = V128::from_u128(a.to_u128() & !b.to_u128());
    v128_or(a, b) = V128::from_u128(a.to_u128() | b.to_u128());
    v128_xor(a, b) = V128::from_u128(a.to_u128() ^ b.to_u128());
    v128_bitselect(a, b, mask) = V128::from_u128((a.to_u128() & mask.to_u128()) | (b.to_u128() & !mask.to_u128()));
    v128_any_true(a) -> bool = a.to_u128() != 0;
}

/// Lane `i` is lane `lanes[i]` of the 32 lanes of `a` and `b`, counted modulo 32: validation has excluded all others.
#[inline(always)]
pub fn i8x16_shuffle(a: V128, b: V128, lanes: [u8; 16]) -> V128 {
    let mut table = [0; 32];
    table.as_chunks_mut().0[0] = a.to_bytes();
    table.as_chunks_mut().0[1] = b.to_bytes();
    collect(|i| table[usize::from(lanes[i] % 32)])
}

/// Byte `i` is byte `lanes[i]` of `a`, counted modulo 16, where all are below 32.
#[inline(always)]
pub fn i8x16_permute(a: V128, lanes: [u8; 16]) -> V128 {
    let a = a.to_bytes();
    collect(|i| a[usize::from(lanes[i] % 16)])
}

/// Which lanes of 32 are, in turns, the lanes of `bytes` bytes of both vectors from byte `first` on.
const fn zip(bytes: u8, first: u8) -> [u8; 16] {
    let mut lanes = [0; 16];
    let mut i = 0;
    while i < 16 {
        let lane = i / bytes;
        lanes[i as usize] = lane % 2 * 16 + first + lane / 2 * bytes + i % bytes;
        i += 1;
    }
    lanes
}

/// Every second lane of 4 bytes of both vectors, from byte `first` on.
const fn every_second(first: u8) -> [u8; 16] {
    let mut lanes = [0; 16];
    let mut i = 0;
    while i < 16 {
        lanes[i as usize] = i / 4 * 8 + first + i % 4;
        i += 1;
    }
    lanes
}

/// 16 adjacent lanes of 32 from lane `first` on.
const fn slide(first: u8) -> [u8; 16] {
    let mut lanes = [0; 16];
    let mut i = 0;
    while i < 16 {
        lanes[i as usize] = first + i;
        i += 1;
    }
    lanes
}

/// Lane `i` is lane `b[i]` of `a`, or zero where there is none.
#[inline(always)]
pub fn i8x16_swizzle(a: V128, b: V128) -> V128 {
    let (a, b) = (a.to_bytes(), b.to_bytes());
    collect(|i| a.get(usize::from(b[i])).copied().unwrap_or(0))
}

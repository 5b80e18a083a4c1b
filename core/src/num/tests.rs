//! The numeric instructions against tables of hard values and, at random, against independent definitions:
//! `i128` arithmetic, the standard library's floats, `libm`.

extern crate std;

use super::*;
use crate::trap::TrapCode;
use alloc::vec::Vec;
use proptest::prelude::*;

const I32: [u32; 12] =
    [0, 1, 2, 3, 7, 31, 32, 0x7fff_ffff, 0x8000_0000, 0x8000_0001, 0xffff_fffe, 0xffff_ffff];
const I64: [u64; 14] = [
    0,
    1,
    2,
    63,
    64,
    0x7fff_ffff,
    0x8000_0000,
    0xffff_ffff,
    0x1_0000_0000,
    0x7fff_ffff_ffff_ffff,
    0x8000_0000_0000_0000,
    0x8000_0000_0000_0001,
    0xffff_ffff_ffff_fffe,
    0xffff_ffff_ffff_ffff,
];

/// Floats at which something changes: zeros, subnormals, halves, the powers of two at which fractions and integers end,
/// infinities, canonical, arithmetic and signaling NaNs; each with both signs.
fn f32s() -> Vec<f32> {
    let magnitudes = [
        0x0000_0000,
        0x0000_0001,
        0x007f_ffff,
        0x0080_0000,
        0x3eff_ffff,
        0x3f00_0000,
        0x3f00_0001,
        0x3f7f_ffff,
        0x3f80_0000,
        0x3f80_0001,
        0x3fc0_0000,
        0x4020_0000,
        0x4060_0000,
        0x4aff_ffff,
        0x4b00_0000,
        0x4b00_0001,
        0x4b7f_ffff,
        0x4b80_0000,
        0x4eff_ffff,
        0x4f00_0000,
        0x4f00_0001,
        0x4f7f_ffff,
        0x4f80_0000,
        0x5eff_ffff,
        0x5f00_0000,
        0x5f7f_ffff,
        0x5f80_0000,
        0x7f7f_ffff,
        0x7f80_0000,
        0x7fc0_0000,
        0x7fc0_1234,
        0x7fff_ffff,
        0x7f80_0001,
        0x7fa0_0000,
    ];
    magnitudes.iter().flat_map(|&bits| [bits, bits | 0x8000_0000]).map(f32::from_bits).collect()
}

/// As [`f32s`], and the neighbours of the bounds of every integer type.
fn f64s() -> Vec<f64> {
    let mut magnitudes: Vec<u64> = [
        0.5,
        1.0,
        1.5,
        2.5,
        3.5,
        2147483647.0,
        2147483648.0,
        2147483649.0,
        4294967295.0,
        4294967296.0,
        4503599627370495.5,
        4503599627370496.0,
        9007199254740992.0,
        9223372036854775808.0,
        18446744073709551616.0,
    ]
    .iter()
    .flat_map(|value: &f64| [value.to_bits() - 1, value.to_bits(), value.to_bits() + 1])
    .collect();
    magnitudes.extend([
        0x0000_0000_0000_0000,
        0x0000_0000_0000_0001,
        0x000f_ffff_ffff_ffff,
        0x0010_0000_0000_0000,
        0x7fef_ffff_ffff_ffff,
        0x7ff0_0000_0000_0000,
        0x7ff8_0000_0000_0000,
        0x7ff8_0000_0000_1234,
        0x7fff_ffff_ffff_ffff,
        0x7ff0_0000_0000_0001,
        0x7ff4_0000_0000_0000,
    ]);
    magnitudes.iter().flat_map(|&bits| [bits, bits | 1 << 63]).map(f64::from_bits).collect()
}

fn pairs<T: Copy>(values: &[T]) -> impl Iterator<Item = (T, T)> {
    values.iter().flat_map(|&a| values.iter().map(move |&b| (a, b)))
}

/// Whether `got` may stand for `expected`: the same bits, or a NaN that the specification allows for NaN `operands`.
fn allowed32(got: f32, expected: f32, operands: &[f32]) -> bool {
    if !expected.is_nan() {
        return got.to_bits() == expected.to_bits();
    }
    let magnitude = got.to_bits() & 0x7fff_ffff;
    let canonical = |a: &f32| !a.is_nan() || a.to_bits() & 0x7fff_ffff == 0x7fc0_0000;
    if operands.iter().all(canonical) { magnitude == 0x7fc0_0000 } else { magnitude >= 0x7fc0_0000 }
}

/// As [`allowed32`].
fn allowed64(got: f64, expected: f64, operands: &[f64]) -> bool {
    if !expected.is_nan() {
        return got.to_bits() == expected.to_bits();
    }
    let magnitude = got.to_bits() & (u64::MAX >> 1);
    let canonical = |a: &f64| !a.is_nan() || a.to_bits() & (u64::MAX >> 1) == 0x7ff8_0000_0000_0000;
    if operands.iter().all(canonical) {
        magnitude == 0x7ff8_0000_0000_0000
    } else {
        magnitude >= 0x7ff8_0000_0000_0000
    }
}

/// Integer instructions of a width, on one pair of operands, against 128-bit arithmetic.
macro_rules! check_integers {
    ($name:ident $int:ident $signed:ident: $add:ident $sub:ident $mul:ident $div_s:ident $div_u:ident $rem_s:ident
     $rem_u:ident $shl:ident $shr_s:ident $shr_u:ident $rotl:ident $rotr:ident $clz:ident $ctz:ident $popcnt:ident
     $lt_s:ident $lt_u:ident $gt_s:ident $gt_u:ident $le_s:ident $le_u:ident $ge_s:ident $ge_u:ident $eq:ident $ne:ident
     $eqz:ident) => {
        fn $name(a: $int, b: $int) {
            let (sa, sb) = (a as $signed as i128, b as $signed as i128);
            let (ua, ub) = (a as i128, b as i128);
            let fits = |wide: i128| wide == wide as $signed as i128;
            assert_eq!($add(a, b), (sa + sb) as $int);
            assert_eq!($sub(a, b), (sa - sb) as $int);
            assert_eq!($mul(a, b), (sa * sb) as $int);
            if b == 0 {
                for result in [$div_s(a, b), $div_u(a, b), $rem_s(a, b), $rem_u(a, b)] {
                    assert_eq!(result, Err(TrapCode::IntegerDivideByZero));
                }
            } else {
                let quotient = sa / sb;
                let expected =
                    if fits(quotient) { Ok(quotient as $int) } else { Err(TrapCode::IntegerOverflow) };
                assert_eq!($div_s(a, b), expected);
                assert_eq!($div_u(a, b), Ok((ua / ub) as $int));
                assert_eq!($rem_s(a, b), Ok((sa % sb) as $int));
                assert_eq!($rem_u(a, b), Ok((ua % ub) as $int));
            }
            let count = (b % $int::BITS as $int) as u32;
            assert_eq!($shl(a, b), (ua << count) as $int);
            assert_eq!($shr_s(a, b), (sa >> count) as $int);
            assert_eq!($shr_u(a, b), (ua >> count) as $int);
            let twice = a as u128 | (a as u128) << $int::BITS;
            assert_eq!($rotr(a, b), (twice >> count) as $int);
            assert_eq!($rotl(a, b), (twice >> ($int::BITS - count)) as $int);
            let bit = |index: u32| a >> index & 1 != 0;
            let high = (0..$int::BITS).rev().find(|&index| bit(index));
            assert_eq!($clz(a), high.map_or($int::BITS, |index| $int::BITS - 1 - index) as $int);
            assert_eq!($ctz(a), (0..$int::BITS).find(|&index| bit(index)).unwrap_or($int::BITS) as $int);
            assert_eq!($popcnt(a), (0..$int::BITS).filter(|&index| bit(index)).count() as $int);
            assert_eq!(
                [$lt_s(a, b), $gt_s(a, b), $le_s(a, b), $ge_s(a, b)],
                [sa < sb, sa > sb, sa <= sb, sa >= sb]
            );
            assert_eq!(
                [$lt_u(a, b), $gt_u(a, b), $le_u(a, b), $ge_u(a, b)],
                [ua < ub, ua > ub, ua <= ub, ua >= ub]
            );
            assert_eq!([$eq(a, b), $ne(a, b), $eqz(a)], [ua == ub, ua != ub, ua == 0]);
        }
    };
}

check_integers! { check_i32 u32 i32: i32_add i32_sub i32_mul i32_div_s i32_div_u i32_rem_s i32_rem_u i32_shl i32_shr_s
i32_shr_u i32_rotl i32_rotr i32_clz i32_ctz i32_popcnt i32_lt_s i32_lt_u i32_gt_s i32_gt_u i32_le_s i32_le_u i32_ge_s
i32_ge_u i32_eq i32_ne i32_eqz }
check_integers! { check_i64 u64 i64: i64_add i64_sub i64_mul i64_div_s i64_div_u i64_rem_s i64_rem_u i64_shl i64_shr_s
i64_shr_u i64_rotl i64_rotr i64_clz i64_ctz i64_popcnt i64_lt_s i64_lt_u i64_gt_s i64_gt_u i64_le_s i64_le_u i64_ge_s
i64_ge_u i64_eq i64_ne i64_eqz }

#[test]
fn integers_at_the_edges() {
    pairs(&I32).for_each(|(a, b)| check_i32(a, b));
    pairs(&I64).for_each(|(a, b)| check_i64(a, b));
}

#[test]
fn bitwise_instructions_follow_their_truth_tables() {
    let (a, b) = (0b0011, 0b0101);
    assert_eq!([i32_and(a, b), i32_or(a, b), i32_xor(a, b)], [0b0001, 0b0111, 0b0110]);
    let (a, b) = (0b0011 << 60, 0b0101 << 60);
    assert_eq!([i64_and(a, b), i64_or(a, b), i64_xor(a, b)], [0b0001 << 60, 0b0111 << 60, 0b0110 << 60]);
}

#[test]
fn extensions_and_wrapping() {
    assert_eq!(i32_extend8_s(0x1234_5680), 0xffff_ff80);
    assert_eq!(i32_extend8_s(0xffff_ff7f), 0x7f);
    assert_eq!(i32_extend16_s(0x1234_8000), 0xffff_8000);
    assert_eq!(i32_extend16_s(0xffff_7fff), 0x7fff);
    assert_eq!(i64_extend8_s(0x1280), 0xffff_ffff_ffff_ff80);
    assert_eq!(i64_extend16_s(0x1234_8000), 0xffff_ffff_ffff_8000);
    assert_eq!(i64_extend32_s(0x1_8000_0000), 0xffff_ffff_8000_0000);
    assert_eq!(i64_extend32_s(0xffff_ffff_7fff_ffff), 0x7fff_ffff);
    assert_eq!(i64_extend_i32_s(0x8000_0000), 0xffff_ffff_8000_0000);
    assert_eq!(i64_extend_i32_u(0x8000_0000), 0x8000_0000);
    assert_eq!(i32_wrap_i64(0x1234_5678_9abc_def0), 0x9abc_def0);
}

#[test]
fn wide_arithmetic_carries_between_halves() {
    assert_eq!(i64_add128(u64::MAX, 0, 1, 0), (0, 1));
    assert_eq!(i64_add128(u64::MAX, u64::MAX, 1, 0), (0, 0));
    assert_eq!(i64_sub128(0, 0, 1, 0), (u64::MAX, u64::MAX));
    assert_eq!(i64_sub128(0, 1, 1, 0), (u64::MAX, 0));
    assert_eq!(i64_mul_wide_u(u64::MAX, u64::MAX), (1, u64::MAX - 1));
    assert_eq!(i64_mul_wide_s(u64::MAX, u64::MAX), (1, 0));
    assert_eq!(i64_mul_wide_s(1 << 63, 1 << 63), (0, 1 << 62));
    assert_eq!(i64_mul_wide_s(1 << 63, 1), (1 << 63, u64::MAX));
}

/// Float instructions of a width against the standard library.
macro_rules! check_floats {
    ($unary:ident $binary:ident $float:ident $allowed:ident: $abs:ident $neg:ident $copysign:ident $min:ident $max:ident
     $ceil:ident $floor:ident $trunc:ident $nearest:ident $sqrt:ident $add:ident $sub:ident $mul:ident $div:ident
     $eq:ident $ne:ident $lt:ident $gt:ident $le:ident $ge:ident, $libm_min:path, $libm_max:path) => {
        fn $unary(a: $float) {
            let sign = 1 << ($float::MANTISSA_DIGITS as usize + 1).next_power_of_two() - 1;
            assert_eq!($abs(a).to_bits(), a.to_bits() & !sign);
            assert_eq!($neg(a).to_bits(), a.to_bits() ^ sign);
            let rows = [
                ($ceil(a), a.ceil()),
                ($floor(a), a.floor()),
                ($trunc(a), a.trunc()),
                ($nearest(a), a.round_ties_even()),
                ($sqrt(a), a.sqrt()),
            ];
            for (row, (got, expected)) in rows.into_iter().enumerate() {
                assert!($allowed(got, expected, &[a]), "row {row} of {a:e}: {got:e}, not {expected:e}");
            }
        }

        fn $binary(a: $float, b: $float) {
            let sign = 1 << ($float::MANTISSA_DIGITS as usize + 1).next_power_of_two() - 1;
            assert_eq!($copysign(a, b).to_bits(), a.to_bits() & !sign | b.to_bits() & sign);
            let rows = [
                ($min(a, b), $libm_min(a, b)),
                ($max(a, b), $libm_max(a, b)),
                ($add(a, b), a + b),
                ($sub(a, b), a - b),
                ($mul(a, b), a * b),
                ($div(a, b), a / b),
            ];
            for (row, (got, expected)) in rows.into_iter().enumerate() {
                assert!(
                    $allowed(got, expected, &[a, b]),
                    "row {row} of {a:e}, {b:e}: {got:e}, not {expected:e}"
                );
            }
            let order = a.partial_cmp(&b);
            use core::cmp::Ordering::{Equal, Greater, Less};
            assert_eq!($eq(a, b), order == Some(Equal));
            assert_eq!($ne(a, b), order != Some(Equal));
            assert_eq!($lt(a, b), order == Some(Less));
            assert_eq!($gt(a, b), order == Some(Greater));
            assert_eq!($le(a, b), matches!(order, Some(Less | Equal)));
            assert_eq!($ge(a, b), matches!(order, Some(Greater | Equal)));
        }
    };
}

check_floats! { unary_f32 binary_f32 f32 allowed32: f32_abs f32_neg f32_copysign f32_min f32_max f32_ceil f32_floor
f32_trunc f32_nearest f32_sqrt f32_add f32_sub f32_mul f32_div f32_eq f32_ne f32_lt f32_gt f32_le f32_ge,
libm::fminimumf, libm::fmaximumf }
check_floats! { unary_f64 binary_f64 f64 allowed64: f64_abs f64_neg f64_copysign f64_min f64_max f64_ceil f64_floor
f64_trunc f64_nearest f64_sqrt f64_add f64_sub f64_mul f64_div f64_eq f64_ne f64_lt f64_gt f64_le f64_ge,
libm::fminimum, libm::fmaximum }

#[test]
fn floats_at_the_edges() {
    f32s().into_iter().for_each(unary_f32);
    f64s().into_iter().for_each(unary_f64);
    pairs(&f32s()).for_each(|(a, b)| binary_f32(a, b));
    pairs(&f64s()).for_each(|(a, b)| binary_f64(a, b));
}

/// Every sign and exponent with significands that are dense at both ends and in between.
#[test]
fn rounding_is_right_at_every_exponent() {
    for head in 0..1 << 9 {
        for tail in (0..64).chain((0..1 << 23).step_by(0x8001)).chain((1 << 23) - 64..1 << 23) {
            unary_f32(f32::from_bits(head << 23 | tail));
        }
    }
    for head in 0..1 << 12 {
        for tail in
            (0..16).chain((0..52).map(|bit| 1 << bit)).chain((0..52).map(|bit| (1 << 52) - (1 << bit)))
        {
            unary_f64(f64::from_bits(head << 52 | tail));
        }
    }
}

/// What `trunc` gives for an operand whose integer part is `whole`.
fn fits<T: TryFrom<i128>>(is_nan: bool, whole: i128) -> Result<T, TrapCode> {
    if is_nan {
        return Err(TrapCode::BadConversionToInteger);
    }
    T::try_from(whole).map_err(|_| TrapCode::IntegerOverflow)
}

macro_rules! check_truncations {
    ($name:ident $float:ident: $($trunc:ident $trunc_sat:ident $int:ident $bits:ident,)*) => {
        fn $name(a: $float) {
            // Floats beyond i128 saturate, and are as much out of bounds as before.
            let whole = a.trunc() as i128;
            $(
                let expected: Result<$int, TrapCode> = fits(a.is_nan(), whole);
                assert_eq!($trunc(a), expected.map(|value| value as $bits), "{a:e}");
                let saturated = whole.clamp($int::MIN as i128, $int::MAX as i128) as $bits;
                assert_eq!($trunc_sat(a), if a.is_nan() { 0 } else { saturated }, "{a:e}");
            )*
        }
    };
}

check_truncations! { truncations_f32 f32:
    i32_trunc_f32_s i32_trunc_sat_f32_s i32 u32, i32_trunc_f32_u i32_trunc_sat_f32_u u32 u32,
    i64_trunc_f32_s i64_trunc_sat_f32_s i64 u64, i64_trunc_f32_u i64_trunc_sat_f32_u u64 u64,
}
check_truncations! { truncations_f64 f64:
    i32_trunc_f64_s i32_trunc_sat_f64_s i32 u32, i32_trunc_f64_u i32_trunc_sat_f64_u u32 u32,
    i64_trunc_f64_s i64_trunc_sat_f64_s i64 u64, i64_trunc_f64_u i64_trunc_sat_f64_u u64 u64,
}

#[test]
fn truncations_at_the_edges() {
    f32s().into_iter().for_each(truncations_f32);
    f64s().into_iter().for_each(truncations_f64);
}

/// The float nearest to `value`, ties to even, found by comparing the distances of the neighbours of an estimate.
fn nearest_f64(value: i128, estimate: f64) -> bool {
    let distance = |candidate: f64| (candidate as i128 - value).abs();
    let near = [estimate.next_down(), estimate.next_up()];
    near.iter().all(|&other| {
        distance(estimate) < distance(other)
            || distance(estimate) == distance(other) && estimate.to_bits() & 1 == 0
    }) || estimate as i128 == value
}

#[test]
fn integers_convert_to_the_nearest_float() {
    let values = I64.iter().copied().chain((0..64).flat_map(|bit| {
        let power = 1_u64 << bit;
        [power - 1, power, power + 1, power | power >> 24, power | power >> 53, (power | power >> 53) + 1]
    }));
    for a in values {
        assert!(nearest_f64(a as i64 as i128, f64_convert_i64_s(a)), "{a:#x}");
        assert!(nearest_f64(a as i128, f64_convert_i64_u(a)), "{a:#x}");
        assert_eq!(f64_convert_i32_s(a as u32) as i128, a as i32 as i128);
        assert_eq!(f64_convert_i32_u(a as u32) as i128, a as u32 as i128);
        // A 32-bit integer is exact in f64, so that converting it further rounds once.
        assert_eq!(f32_convert_i32_s(a as u32), f32_demote_f64(f64_convert_i32_s(a as u32)));
        assert_eq!(f32_convert_i32_u(a as u32), f32_demote_f64(f64_convert_i32_u(a as u32)));
    }
    // Rounding these to f64 first would make a tie of what lies above it.
    let above_a_tie = 0x8000_0080_0000_0001;
    assert_eq!(f32_convert_i64_u(above_a_tie).to_bits(), 0x5f00_0001);
    assert_eq!(f32_convert_i64_s(above_a_tie >> 1).to_bits(), 0x5e80_0000);
    assert_eq!(f32_convert_i64_s((above_a_tie >> 1) + 1).to_bits(), 0x5e80_0001);
    assert_eq!(f32_convert_i64_s(0xffff_ffff_ffff_ffff), -1.0);
    assert_eq!(f32_convert_i64_u(0xffff_ffff_ffff_ffff), 18446744073709551616.0);
}

#[test]
fn demote_and_promote_quieten_nans_and_keep_signs() {
    for a in f32s() {
        let wide = f64_promote_f32(a);
        assert!(allowed64(wide, if a.is_nan() { f64::NAN } else { wide }, &[a as f64]));
        assert!(a.is_nan() || f32_demote_f64(wide).to_bits() == a.to_bits());
    }
    assert!(allowed32(
        f32_demote_f64(f64::from_bits(0x7ff0_0000_0000_0001)),
        f32::NAN,
        &[f32::from_bits(0x7f80_0001)]
    ));
    assert_eq!(f32_demote_f64(f64::MAX), f32::INFINITY);
    assert_eq!(f32_demote_f64(-f64::MIN_POSITIVE).to_bits(), (-0.0_f32).to_bits());
    // Half-way between the largest f32 and the next power of two: the tie goes to infinity, all below to the former.
    let tie = f64::from_bits(0x47ef_ffff_f000_0000);
    assert_eq!([f32_demote_f64(tie), f32_demote_f64(tie.next_down())], [f32::INFINITY, f32::MAX]);
}

#[test]
fn reinterpret_keeps_signaling_nans() {
    for bits in [0x7f80_0001, 0xffa5_a5a5, 0x8000_0000] {
        assert_eq!(i32_reinterpret_f32(f32_reinterpret_i32(bits)), bits);
    }
    for bits in [0x7ff0_0000_0000_0001, 0xfff5_a5a5_a5a5_a5a5, 1 << 63] {
        assert_eq!(i64_reinterpret_f64(f64_reinterpret_i64(bits)), bits);
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 4096, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn integers_at_random(a: u64, b: u64) {
        check_i64(a, b);
        check_i32(a as u32, b as u32);
    }

    #[test]
    fn wide_arithmetic_at_random(a: u128, b: u128) {
        let halves = |whole: u128| (whole as u64, (whole >> 64) as u64);
        let ((a_lo, a_hi), (b_lo, b_hi)) = (halves(a), halves(b));
        prop_assert_eq!(i64_add128(a_lo, a_hi, b_lo, b_hi), halves(a.wrapping_add(b)));
        prop_assert_eq!(i64_sub128(a_lo, a_hi, b_lo, b_hi), halves(a.wrapping_sub(b)));
        prop_assert_eq!(i64_mul_wide_u(a_lo, b_lo), halves(a_lo as u128 * b_lo as u128));
        let product = (a_lo as i64 as i128) * (b_lo as i64 as i128);
        prop_assert_eq!(i64_mul_wide_s(a_lo, b_lo), halves(product as u128));
    }

    #[test]
    fn floats_at_random(a: u64, b: u64) {
        unary_f64(f64::from_bits(a));
        unary_f32(f32::from_bits(a as u32));
        binary_f64(f64::from_bits(a), f64::from_bits(b));
        binary_f32(f32::from_bits(a as u32), f32::from_bits(b as u32));
        truncations_f64(f64::from_bits(a));
        truncations_f32(f32::from_bits(a as u32));
    }

    #[test]
    fn floats_of_integer_size_at_random(whole: i64, shift in 0_u32..64, eighths in 0_u8..8) {
        let a = (whole >> shift) as f64 + f64::from(eighths) / 8.0;
        unary_f64(a);
        unary_f32(a as f32);
        truncations_f64(a);
        truncations_f32(a as f32);
    }
}

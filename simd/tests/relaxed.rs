//! Relaxed instructions in every form against the results that the specification lists.
//!
//! It gives each instruction some alternatives and has an engine stay with one of them. So for each back end it is noted
//! which alternatives account for all results so far; there must be one in the end. The alternatives are told here once
//! more, on integers and floats of Rust.
//!
//! Spec: section 4.3.6 "Relaxed Operations".

#![expect(
    unsafe_code,
    reason = "functions of a back end may only be called where its target features are present"
)]

use fantail_simd::{V128, for_each_relaxed};
use proptest::prelude::*;
use std::cell::Cell;

/// A function over three vectors; those it does not need are ignored.
type Function = fn(V128, V128, V128) -> V128;
type Rows = &'static [(&'static str, Function)];

macro_rules! rows {
    ($($variant:ident $name:ident $shape:ident;)*) => { &[$((stringify!($name), function!($shape $name)),)*] };
}

// SAFETY (all rows): `backends` lists the rows of a back end only where its target features are present.
#[rustfmt::skip]
macro_rules! function {
    (un $name:ident) => { |a, _, _| unsafe { backend::$name(a) } };
    (bin $name:ident) => { |a, b, _| unsafe { backend::$name(a, b) } };
    (tern $name:ident) => { |a, b, c| unsafe { backend::$name(a, b, c) } };
}

macro_rules! backend_rows {
    ($($module:ident)*) => {$(
        #[allow(unused_unsafe, clippy::undocumented_unsafe_blocks, reason = "see `function`; some back ends are safe")]
        mod $module {
            use super::*;
            use fantail_simd::backend::$module as backend;
            pub(super) const ROWS: Rows = for_each_relaxed!(rows);
        }
    )*};
}

backend_rows! { scalar native }
#[cfg(target_arch = "x86_64")]
backend_rows! { sse2 sse41 native_fma }

/// The back ends that this machine can execute.
fn backends() -> Vec<(&'static str, Rows)> {
    #[allow(unused_mut, reason = "elsewhere there are no others")]
    let mut backends = vec![("scalar", scalar::ROWS), ("native", native::ROWS)];
    #[cfg(target_arch = "x86_64")]
    {
        backends.push(("sse2", sse2::ROWS));
        let has_sse41 = is_x86_feature_detected!("sse4.1") && is_x86_feature_detected!("ssse3");
        if has_sse41 {
            backends.push(("sse41", sse41::ROWS));
        }
        if has_sse41 && is_x86_feature_detected!("fma") {
            backends.push(("native_fma", native_fma::ROWS));
        } else {
            eprintln!("SKIPPED: this machine has no FMA, the back end native_fma is not tested");
        }
    }
    backends
}

/// What a lane of the result may be.
#[derive(Clone, Copy, PartialEq, Debug)]
enum Lane {
    Bits(u64),
    /// A quiet NaN; of the canonical payload, if the operands have no other.
    Nan {
        canonical: bool,
    },
}

impl Lane {
    fn allows(self, got: u64, width: u32) -> bool {
        let quiet = if width == 32 { 0x7fc0_0000 } else { 0x7ff8 << 48 };
        match self {
            Self::Bits(bits) => got == bits,
            Self::Nan { canonical: true } => got & (u64::MAX >> (65 - width)) == quiet,
            Self::Nan { canonical: false } => got & quiet == quiet,
        }
    }
}

fn lanes(vector: V128, width: u32) -> Vec<u64> {
    (0..128 / width)
        .map(|lane| (vector.to_u128() >> (lane * width)) as u64 & (u64::MAX >> (64 - width)))
        .collect()
}

fn signed(lane: u64, width: u32) -> i64 {
    (lane << (64 - width)) as i64 >> (64 - width)
}

fn int(value: i64, width: u32) -> Lane {
    Lane::Bits(value as u64 & (u64::MAX >> (64 - width)))
}

/// A float and the arithmetic on it, for both widths.
trait Float: Copy + PartialOrd {
    const WIDTH: u32;
    fn of(bits: u64) -> Self;
    fn bits(self) -> u64;
    fn wide(self) -> f64;
    fn negated(self) -> Self;
    fn twice(self, b: Self, c: Self) -> Self;
    fn once(self, b: Self, c: Self) -> Self;
}

macro_rules! float {
    ($float:ident $bits:ident $width:literal) => {
        impl Float for $float {
            const WIDTH: u32 = $width;
            fn of(bits: u64) -> Self {
                Self::from_bits(bits as $bits)
            }
            fn bits(self) -> u64 {
                self.to_bits().into()
            }
            fn wide(self) -> f64 {
                self.into()
            }
            fn negated(self) -> Self {
                -self
            }
            fn twice(self, b: Self, c: Self) -> Self {
                self * b + c
            }
            fn once(self, b: Self, c: Self) -> Self {
                self.mul_add(b, c)
            }
        }
    };
}

float! { f32 u32 32 }
float! { f64 u64 64 }

fn result<F: Float>(value: F, operands: &[F]) -> Lane {
    let quiet = if F::WIDTH == 32 { 0x7fc0_0000 } else { 0x7ff8 << 48 };
    let is_canonical = |it: &F| it.bits() & (u64::MAX >> (65 - F::WIDTH)) == quiet;
    match value.wide().is_nan() {
        true => Lane::Nan { canonical: operands.iter().all(|it| !it.wide().is_nan() || is_canonical(it)) },
        false => Lane::Bits(value.bits()),
    }
}

/// `a * b + c`, rounded twice or once.
fn madd<F: Float>(negate: bool, operands: [&[u64]; 3]) -> Vec<Vec<Lane>> {
    let form = |once: bool| {
        let lane = |i: usize| {
            let [a, b, c] = operands.map(|lanes| F::of(lanes[i]));
            let factor = if negate { a.negated() } else { a };
            let value = if once { factor.once(b, c) } else { factor.twice(b, c) };
            result(value, &[a, b, c])
        };
        (0..operands[0].len()).map(lane).collect()
    };
    vec![form(false), form(true)]
}

/// The lesser (or the greater): as of IEEE 754; the first, the second operand, or the one that is a number, where one is
/// NaN or both are zeros.
fn min<F: Float>(greatest: bool, a: &[u64], b: &[u64]) -> Vec<Vec<Lane>> {
    let form = |r: usize| {
        let lane = |(&a, &b): (&u64, &u64)| {
            let (x, y) = (F::of(a), F::of(b));
            let zeros = x.wide() == 0.0 && y.wide() == 0.0 && a != b;
            let nan = x.wide().is_nan() || y.wide().is_nan();
            match r {
                1 if zeros || nan => Lane::Bits(a),
                2 if zeros || nan => Lane::Bits(b),
                3 if nan => Lane::Bits(if x.wide().is_nan() { b } else { a }),
                _ if nan => result(if x.wide().is_nan() { x } else { y }, &[x, y]),
                // One has no bits but the sign.
                _ if zeros => Lane::Bits(if greatest { 0 } else { a | b }),
                _ => Lane::Bits(if (x < y) != greatest { a } else { b }),
            }
        };
        a.iter().zip(b).map(lane).collect()
    };
    (0..4).map(form).collect()
}

/// Truncation: saturating; or what does not fit is the least (signed) or the greatest (unsigned) integer, or one of two
/// more.
fn trunc<F: Float>(is_signed: bool, a: &[u64]) -> Vec<Vec<Lane>> {
    let (least, greatest) =
        if is_signed { (f64::from(i32::MIN), f64::from(i32::MAX)) } else { (0.0, f64::from(u32::MAX)) };
    let others: &[i64] =
        if is_signed { &[i64::from(i32::MIN)] } else { &[u32::MAX as i64, u32::MAX as i64 - 1, 1 << 31] };
    let form = |other: Option<i64>| {
        let lane = |&lane: &u64| {
            let value = F::of(lane).wide().trunc();
            let fits = value >= least && value <= greatest;
            match other {
                Some(other) if !fits => int(other, 32),
                _ if value.is_nan() => int(0, 32),
                _ => int(value.clamp(least, greatest) as i64, 32),
            }
        };
        let mut lanes: Vec<_> = a.iter().map(lane).collect();
        lanes.resize(4, Lane::Bits(0));
        lanes
    };
    core::iter::once(None).chain(others.iter().map(|&other| Some(other))).map(form).collect()
}

fn laneselect(width: u32, [a, b, mask]: [V128; 3]) -> Vec<Vec<Lane>> {
    let (a, b, mask) = (lanes(a, width), lanes(b, width), lanes(mask, width));
    let bits = (0..a.len()).map(|i| Lane::Bits(a[i] & mask[i] | b[i] & !mask[i])).collect();
    let top =
        (0..a.len()).map(|i| Lane::Bits(if signed(mask[i], width) < 0 { a[i] } else { b[i] })).collect();
    vec![bits, top]
}

/// Sums of pairs of products: `b` signed or unsigned, sums saturating or not.
fn dot(a: V128, b: V128) -> Vec<Vec<i64>> {
    let (a, b) = (lanes(a, 8), lanes(b, 8));
    let form = |(is_signed, saturates): (bool, bool)| {
        let product = |i: usize| signed(a[i], 8) * if is_signed { signed(b[i], 8) } else { b[i] as i64 };
        let sum = |i: usize| {
            let sum = product(2 * i) + product(2 * i + 1);
            if saturates { sum.clamp(i16::MIN.into(), i16::MAX.into()) } else { i64::from(sum as i16) }
        };
        (0..8).map(sum).collect()
    };
    [(true, true), (false, true), (true, false), (false, false)].into_iter().map(form).collect()
}

/// The alternatives for the result of the instruction `name`, which has lanes of `width` bits. The first is that of the
/// deterministic profile.
fn alternatives(name: &str, operands: [V128; 3]) -> (u32, Vec<Vec<Lane>>) {
    let [a, b, c] = operands;
    let of = |width| [lanes(a, width), lanes(b, width), lanes(c, width)];
    let (w32, w64) = (of(32), of(64));
    let ([a32, b32, c32], [a64, b64, c64]) = (w32.each_ref(), w64.each_ref());
    match name {
        "i8x16_relaxed_swizzle" => {
            let (table, indices) = (lanes(a, 8), lanes(b, 8));
            let form = |wraps: bool| {
                let lane = |&index: &u64| match index {
                    0..16 => table[index as usize],
                    16..128 if wraps => table[index as usize % 16],
                    _ => 0,
                };
                indices.iter().map(lane).map(Lane::Bits).collect()
            };
            (8, vec![form(false), form(true)])
        }
        "i32x4_relaxed_trunc_f32x4_s" => (32, trunc::<f32>(true, a32)),
        "i32x4_relaxed_trunc_f32x4_u" => (32, trunc::<f32>(false, a32)),
        "i32x4_relaxed_trunc_f64x2_s_zero" => (32, trunc::<f64>(true, a64)),
        "i32x4_relaxed_trunc_f64x2_u_zero" => (32, trunc::<f64>(false, a64)),
        "f32x4_relaxed_madd" => (32, madd::<f32>(false, [a32, b32, c32])),
        "f32x4_relaxed_nmadd" => (32, madd::<f32>(true, [a32, b32, c32])),
        "f64x2_relaxed_madd" => (64, madd::<f64>(false, [a64, b64, c64])),
        "f64x2_relaxed_nmadd" => (64, madd::<f64>(true, [a64, b64, c64])),
        "i8x16_relaxed_laneselect" => (8, laneselect(8, operands)),
        "i16x8_relaxed_laneselect" => (16, laneselect(16, operands)),
        "i32x4_relaxed_laneselect" => (32, laneselect(32, operands)),
        "i64x2_relaxed_laneselect" => (64, laneselect(64, operands)),
        "f32x4_relaxed_min" => (32, min::<f32>(false, a32, b32)),
        "f32x4_relaxed_max" => (32, min::<f32>(true, a32, b32)),
        "f64x2_relaxed_min" => (64, min::<f64>(false, a64, b64)),
        "f64x2_relaxed_max" => (64, min::<f64>(true, a64, b64)),
        "i16x8_relaxed_q15mulr_s" => {
            let lane = |(&a, &b): (&u64, &u64)| (signed(a, 16) * signed(b, 16) + 0x4000) >> 15;
            let products: Vec<_> = lanes(a, 16).iter().zip(&lanes(b, 16)).map(lane).collect();
            let saturated = products.iter().map(|&product| int(product.min(i16::MAX.into()), 16)).collect();
            (16, vec![saturated, products.iter().map(|&product| int(product, 16)).collect()])
        }
        "i16x8_relaxed_dot_i8x16_i7x16_s" => {
            (16, dot(a, b).iter().map(|sums| sums.iter().map(|&sum| int(sum, 16)).collect()).collect())
        }
        "i32x4_relaxed_dot_i8x16_i7x16_add_s" => {
            let form = |sums: Vec<i64>| {
                let pairs = sums.chunks_exact(2).zip(c32);
                pairs.map(|(pair, &c)| int(pair[0] + pair[1] + signed(c, 32), 32)).collect()
            };
            (32, dot(a, b).into_iter().map(form).collect())
        }
        _ => panic!("{name} is not known"),
    }
}

/// Which alternatives account for the results so far, a bit each, by back end and instruction.
struct Found(Vec<(&'static str, &'static str, Function, Cell<u32>)>);

impl Found {
    fn new() -> Self {
        let rows = backends().into_iter().flat_map(|(backend, rows)| {
            rows.iter().map(move |&(name, function)| (backend, name, function, Cell::new(u32::MAX)))
        });
        Self(rows.collect())
    }

    fn check(&self, operands: [V128; 3]) {
        for (backend, name, function, left) in &self.0 {
            let [a, b, c] = operands;
            let got = function(a, b, c);
            let (width, alternatives) = alternatives(name, operands);
            let mut accounts = 0;
            for (number, alternative) in alternatives.iter().enumerate() {
                assert_eq!(alternative.len() as u32 * width, 128);
                let same =
                    alternative.iter().zip(lanes(got, width)).all(|(lane, got)| lane.allows(got, width));
                accounts |= u32::from(same) << number;
            }
            left.set(left.get() & accounts);
            assert_ne!(
                left.get(),
                0,
                "{backend}: {name} of {operands:x?} is {got:x?}; it may be {alternatives:x?}"
            );
            if !backend.starts_with("native") {
                assert_eq!(left.get() & 1, 1, "{backend}: {name} of {operands:x?} is {got:x?}");
            }
        }
    }
}

/// Values at which forms differ.
fn hard_vectors() -> Vec<V128> {
    let f32s = [
        [0.0, -0.0, f32::NAN, 1.5],
        [-0.0, 0.0, 1.0, f32::NAN],
        [f32::INFINITY, f32::NEG_INFINITY, -1.0, -0.5],
        [2147483648.0, -2147483648.0, 4294967296.0, 4294967040.0],
        [1.000_000_1, 0.999_999_9, -1.000_000_2, f32::MAX],
        [3e9, -3e9, 1e-30, f32::MIN_POSITIVE],
    ];
    let f64s = [
        [0.0, -0.0],
        [-0.0, f64::NAN],
        [f64::NAN, 2147483647.5],
        [-2147483648.5, -2147483649.0],
        [4294967295.5, 4294967296.0],
        [1.000_000_000_000_000_2, f64::INFINITY],
        [-1.0, 1e300],
    ];
    let bits = [
        0x7fc1_2345_7f80_0001_ffff_ffff_7fc0_0000,
        0x7ff8_0000_0001_2345_7ff0_0000_0000_0001,
        0x8000_8000_8000_8000_7fff_8001_0080_ff00,
        0x8080_8080_8080_8080_7f7f_7f7f_7f80_807f,
        0xffff_ffff_ffff_ffff_0000_0000_0000_0000,
        0x0f10_1f20_7f80_8fff_0001_0203_0405_0607,
        0xff00_00ff_0f0f_f0f0_8000_0001_7fff_fffe,
    ];
    let floats = f32s.map(V128::from_f32x4).into_iter().chain(f64s.map(V128::from_f64x2));
    floats.chain(bits.map(V128::from_u128)).collect()
}

#[test]
fn hard_values_in_all_triples() {
    let found = Found::new();
    let vectors = hard_vectors();
    for &a in &vectors {
        for &b in &vectors {
            for &c in &vectors {
                found.check([a, b, c]);
            }
        }
    }
}

#[test]
fn at_random() {
    let found = Found::new();
    let config = ProptestConfig { cases: 2000, failure_persistence: None, ..ProptestConfig::default() };
    // Floats of moderate size, among which rounding once or twice is not the same, and any bits.
    let single = (-4096_i32..4096).prop_map(|n| (n as f32 / 3.0).to_bits());
    let float = proptest::array::uniform4(single).prop_map(V128::from_u32x4);
    let operand = prop_oneof![float, any::<u128>().prop_map(V128::from_u128)];
    proptest!(config, |(a in operand.clone(), b in operand.clone(), c in operand)| found.check([a, b, c]));
}

/// Were the forms the same, there would be no reason for more than one.
#[test]
#[cfg(target_arch = "x86_64")]
fn native_forms_are_other_ones() {
    let zeros = [V128::from_f32x4([0.0; 4]), V128::from_f32x4([-0.0; 4])];
    let min = |rows: Rows| {
        rows.iter().find(|(name, _)| *name == "f32x4_relaxed_min").expect("it is there").1(
            zeros[1], zeros[0], zeros[0],
        )
    };
    assert_eq!((min(scalar::ROWS), min(native::ROWS)), (zeros[1], zeros[0]));
}

//! Every back end against the [`model`], instruction by instruction: 8-bit lanes exhaustively, hard values in all
//! combinations, and at random.

#![expect(
    unsafe_code,
    reason = "functions of a back end may only be called where its target features are present"
)]

mod model;

use fantail_simd::{V128, for_each_simd};
use model::{bits, model};
use proptest::prelude::*;

/// An instruction's function in some back end, by shape. The other shapes move a lane in or out, see `lanes.rs`.
enum Function {
    Un(fn(V128) -> V128),
    Bin(fn(V128, V128) -> V128),
    Tern(fn(V128, V128, V128) -> V128),
    Shift(fn(V128, u32) -> V128),
    Test(fn(V128) -> bool),
    Bitmask(fn(V128) -> u32),
    Shuffle(fn(V128, V128, [u8; 16]) -> V128),
    Lane,
}

type Rows = &'static [(&'static str, Function)];

macro_rules! rows {
    ($($variant:ident $name:ident $shape:ident;)*) => { &[$((stringify!($name), function!($shape $name)),)*] };
}

// SAFETY (all rows): `backends` lists the rows of a back end only where its target features are present.
#[rustfmt::skip]
macro_rules! function {
    (un $name:ident) => { Function::Un(|a| unsafe { backend::$name(a) }) };
    (bin $name:ident) => { Function::Bin(|a, b| unsafe { backend::$name(a, b) }) };
    (tern $name:ident) => { Function::Tern(|a, b, c| unsafe { backend::$name(a, b, c) }) };
    (shift $name:ident) => { Function::Shift(|a, n| unsafe { backend::$name(a, n) }) };
    (test $name:ident) => { Function::Test(|a| unsafe { backend::$name(a) }) };
    (bitmask $name:ident) => { Function::Bitmask(|a| unsafe { backend::$name(a) }) };
    (shuffle $name:ident) => { Function::Shuffle(|a, b, lanes| unsafe { backend::$name(a, b, lanes) }) };
    ($shape:ident $name:ident) => { Function::Lane };
}

macro_rules! backend_rows {
    ($($module:ident)*) => {$(
        #[allow(unused_unsafe, clippy::undocumented_unsafe_blocks, reason = "see `function`; the scalar back end is safe")]
        mod $module {
            use super::*;
            use fantail_simd::backend::$module as backend;
            pub(super) const ROWS: Rows = for_each_simd!(rows);
        }
    )*};
}

backend_rows! { scalar }
#[cfg(target_arch = "x86_64")]
backend_rows! { sse2 sse41 }
#[cfg(all(target_arch = "aarch64", target_endian = "little"))]
backend_rows! { neon }
#[cfg(all(target_arch = "wasm32", target_feature = "simd128"))]
backend_rows! { wasm }

/// The back ends that this machine can execute.
fn backends() -> Vec<(&'static str, Rows)> {
    let mut backends = vec![("scalar", scalar::ROWS)];
    #[cfg(all(target_arch = "aarch64", target_endian = "little"))]
    backends.push(("neon", neon::ROWS));
    #[cfg(all(target_arch = "wasm32", target_feature = "simd128"))]
    backends.push(("wasm", wasm::ROWS));
    #[cfg(target_arch = "x86_64")]
    {
        backends.push(("sse2", sse2::ROWS));
        if is_x86_feature_detected!("sse4.1") && is_x86_feature_detected!("ssse3") {
            backends.push(("sse41", sse41::ROWS));
        } else {
            eprintln!("SKIPPED: this machine has no SSE4.1, the back end sse41 is not tested");
        }
    }
    backends
}

/// Checks one instruction on one set of operands; each shape takes as many as it needs.
fn check(backend: &str, name: &str, function: &Function, a: V128, b: V128, c: V128, count: u32) {
    let got = match function {
        Function::Un(f) => f(a),
        Function::Bin(f) => f(a, b),
        Function::Tern(f) => f(a, b, c),
        Function::Shift(f) => f(a, count),
        Function::Test(_) | Function::Bitmask(_) | Function::Shuffle(_) => {
            return check_rest(backend, name, function, a, b, c);
        }
        Function::Lane => return,
    };
    let operands = [a, b, c];
    let operands = match function {
        Function::Bin(_) => &operands[..2],
        Function::Tern(_) => &operands[..],
        _ => &operands[..1],
    };
    let expected = model(name, operands, count);
    assert!(
        expected.allows(got),
        "{backend}: {name} of {operands:?}, count {count}: got {got:?}, expected {expected:?}"
    );
}

/// Checks the shapes that do not result in a vector, and `i8x16_shuffle` with the lanes that `c` names.
fn check_rest(backend: &str, name: &str, function: &Function, a: V128, b: V128, c: V128) {
    let width = match name.split('x').next() {
        Some("i8") => 8,
        Some("i16") => 16,
        Some("i32") => 32,
        _ => 64,
    };
    let lanes = bits(a, width);
    let (got, expected) = match function {
        Function::Test(f) if name.ends_with("all_true") => (f(a).into(), (!lanes.contains(&0)).into()),
        Function::Test(f) => (f(a).into(), lanes.iter().any(|&lane| lane != 0).into()),
        Function::Bitmask(f) => {
            let sign = |(place, lane): (usize, &u64)| (lane >> (width - 1)) << place;
            (f(a).into(), lanes.iter().enumerate().map(sign).sum::<u64>().into())
        }
        Function::Shuffle(f) => {
            let table = [a.to_bytes(), b.to_bytes()].concat();
            let lanes = c.to_bytes().map(|lane| lane % 32);
            let expected = lanes.map(|lane| table[usize::from(lane)]);
            (f(a, b, lanes).to_u128(), u128::from_le_bytes(expected))
        }
        _ => unreachable!("`check` has checked these"),
    };
    assert_eq!(got, expected, "{backend}: {name} of {a:?}, {b:?}, {c:?}");
}

fn check_all(a: V128, b: V128, c: V128, count: u32) {
    for (backend, rows) in backends() {
        for (name, function) in rows {
            check(backend, name, function, a, b, c, count);
        }
    }
}

/// Vectors at whose values something changes, for lanes of every width and kind.
fn hard_vectors() -> Vec<V128> {
    let splats = [0x00, 0x01, 0x7f, 0x80, 0x81, 0xff].map(|byte| V128::from_u8x16([byte; 16]));
    let ramps = [
        V128::from_u8x16([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15]),
        V128::from_u8x16([15, 16, 31, 32, 127, 128, 143, 255, 14, 0x8f, 0x70, 0x7f, 17, 240, 1, 0]),
        V128::from_i16x8([i16::MIN, i16::MAX, -1, 0, 1, 0x4000, -0x4000, 0xff]),
        V128::from_i16x8([i16::MIN + 1, -0x81, -0x80, -0x7f, 0x7f, 0x80, 0x100, 2]),
        V128::from_u16x8([0x8000; 8]),
        V128::from_i32x4([i32::MIN, i32::MAX, -1, 0]),
        V128::from_i32x4([0x8000, -0x8000, -0x8001, 0x7fff]),
        V128::from_i32x4([0xffff, 0x1_0000, 0x100_0001, -0x100_0001]),
        V128::from_u32x4([0xffff_ff7f, 0xffff_ff80, 0x7fff_ffbf, 0x8000_0080]),
        V128::from_i64x2([i64::MIN, i64::MAX]),
        V128::from_i64x2([-1, 0]),
        V128::from_i64x2([1, i64::MIN]),
        V128::from_i64x2([0x1_0000_0000, -0x1_0000_0000]),
        V128::from_i64x2([0x7fff_ffff_0000_0000, 0x7fff_ffff_8000_0000]),
    ];
    let f32s = [
        [0.0, -0.0, 1.0, -1.0],
        [-0.0, 0.0, f32::INFINITY, f32::NEG_INFINITY],
        [0.5, -0.5, 1.5, 2.5],
        [-1.5, -2.5, 0.499_999_97, -0.499_999_97],
        [f32::MAX, f32::MIN, f32::MIN_POSITIVE, -f32::MIN_POSITIVE],
        [2147483648.0, -2147483648.0, 2147483520.0, -2147483904.0],
        [4294967296.0, 4294967040.0, -0.99, 8388607.5],
        [8388608.0, 8388609.0, -4194303.5, 4194304.5],
    ];
    let f64s = [
        [0.0, -0.0],
        [-0.0, 0.0],
        [0.5, -0.5],
        [1.5, -2.5],
        [f64::INFINITY, f64::NEG_INFINITY],
        [f64::MAX, -f64::MIN_POSITIVE],
        [2147483647.0, -2147483648.0],
        [2147483647.5, -2147483648.9],
        [2147483648.0, -2147483649.0],
        [4294967295.9, 4294967296.0],
        [-0.9, -1.0],
        [4503599627370495.5, -4503599627370497.0],
        [f32::MAX as f64, 3.402_823_567_797_336_6e38],
        [0.49999999999999994, 1e-320],
    ];
    let nans = [
        V128::from_u32x4([0x7fc0_0000, 0xffc0_0000, 0x7f80_0001, 0xffa0_0000]),
        V128::from_u32x4([0x7fc1_2345, 0xffff_ffff, 0x0000_0001, 0x8000_0001]),
        V128::from_u64x2([0x7ff8 << 48, 0xfff8 << 48]),
        V128::from_u64x2([0x7ff0_0000_0000_0001, 0xfff4 << 48]),
        V128::from_u64x2([0x7ff8_0000_0001_2345, 1]),
    ];
    let mut vectors = [&splats[..], &ramps[..], &nans[..]].concat();
    vectors.extend(f32s.map(V128::from_f32x4));
    vectors.extend(f64s.map(V128::from_f64x2));
    vectors
}

#[test]
fn hard_values_in_all_pairs() {
    let vectors = hard_vectors();
    for (place, &a) in vectors.iter().enumerate() {
        for (other, &b) in vectors.iter().enumerate() {
            check_all(a, b, vectors[(place + other) % vectors.len()], place as u32);
        }
    }
}

/// Instructions of one operand on all bytes, and of two on all pairs of bytes.
#[test]
fn eight_bit_lanes_exhaustively() {
    let all_pairs = (0..=255_u8).flat_map(|a| (0..16_u8).map(move |high| (a, high << 4)));
    let vectors = all_pairs.map(|(a, b)| {
        (V128::from_u8x16([a; 16]), V128::from_u8x16(core::array::from_fn(|low| b | low as u8)))
    });
    for (a, b) in vectors {
        for (backend, rows) in backends() {
            for (name, function) in
                rows.iter().filter(|(name, _)| name.starts_with("i8x16") || name.contains("_i8x16"))
            {
                check(backend, name, function, b, a, V128::ZERO, u32::from(a.to_bytes()[0]));
            }
        }
    }
}

#[test]
fn shift_counts_are_taken_modulo_the_lane_width() {
    let a = V128::from_u64x2([0x8001_7ffe_80c3_3c01, 0xfedc_ba98_7654_3210]);
    for count in (0..130).chain([255, 256, 0x8000_0000, 0xffff_ffff]) {
        check_all(a, a, a, count);
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 512, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn all_instructions_at_random(a: u128, b: u128, c: u128, count: u32) {
        let [a, b, c] = [a, b, c].map(V128::from_u128);
        check_all(a, b, c, count);
    }

    /// Floats of moderate size, among which rounding and comparing are not trivial.
    #[test]
    fn float_instructions_at_random(a: [i16; 4], b: [i16; 4], c: [i16; 4], scale in 0_i32..12) {
        let quarter = |lane: i16| f32::from(lane) * 0.5_f32.powi(scale);
        let [singles_a, singles_b, singles_c] = [a, b, c].map(|lanes| V128::from_f32x4(lanes.map(quarter)));
        check_all(singles_a, singles_b, singles_c, 0);
        let double = |lanes: [i16; 4]| V128::from_f64x2([quarter(lanes[0]).into(), f64::from(quarter(lanes[1])) * 1e5]);
        check_all(double(a), double(b), double(c), 0);
    }
}

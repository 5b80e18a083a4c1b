//! The functions for patterns of shuffles: every back end has the bytes that their names say.

#![expect(
    unsafe_code,
    reason = "functions of a back end may only be called where its target features are present"
)]

use fantail_simd::V128;
use fantail_simd::backend::scalar::i8x16_shuffle;

type Pattern = (&'static str, fn(V128, V128) -> V128, fn(V128, [u8; 16]) -> V128);

macro_rules! backends {
    ($($module:ident)*) => {$(
        // SAFETY (all rows): `rows` takes those of a back end only where its target features are present.
        #[allow(unused_unsafe, clippy::undocumented_unsafe_blocks, reason = "see above; the scalar back end is safe")]
        mod $module {
            use fantail_simd::backend::$module as backend;
            backends! { @rows i8x16_zip_low i8x16_zip_high i16x8_zip_low i16x8_zip_high i32x4_zip_low i32x4_zip_high
                i64x2_zip_low i64x2_zip_high i32x4_even i32x4_odd v128_slide4 v128_slide8 v128_slide12 v128_slide13
                v128_slide14 v128_slide15 }
        }
    )*};
    (@rows $($name:ident)*) => {
        // SAFETY: `rows` takes those of a back end only where its target features are present.
        pub(super) const ROWS: &[super::Pattern] = &[
            $((stringify!($name), |a, b| unsafe { backend::$name(a, b) }, |a, l| unsafe { backend::i8x16_permute(a, l) })),*
        ];
    };
}

backends! { scalar }
#[cfg(target_arch = "x86_64")]
backends! { sse2 sse41 }
#[cfg(all(target_arch = "aarch64", target_endian = "little"))]
backends! { neon }
#[cfg(all(target_arch = "wasm32", target_feature = "simd128"))]
backends! { wasm }

/// The patterns in the back ends that this machine can execute.
fn rows() -> Vec<Pattern> {
    let mut rows = scalar::ROWS.to_vec();
    #[cfg(target_arch = "x86_64")]
    {
        rows.extend(sse2::ROWS);
        if is_x86_feature_detected!("sse4.1") && is_x86_feature_detected!("ssse3") {
            rows.extend(sse41::ROWS);
        } else {
            eprintln!("SKIPPED: this machine has no SSE4.1, the back end sse41 is not tested");
        }
    }
    #[cfg(all(target_arch = "aarch64", target_endian = "little"))]
    rows.extend(neon::ROWS);
    #[cfg(all(target_arch = "wasm32", target_feature = "simd128"))]
    rows.extend(wasm::ROWS);
    rows
}

/// The lanes of the pattern with this name, of 32.
fn lanes(name: &str) -> [u8; 16] {
    let (ty, pattern) = name.split_once('_').expect("a type and a pattern");
    let whole: Vec<u8> = (0..32).collect();
    let width =
        ty.split_once('x').and_then(|(bits, _)| bits[1..].parse::<usize>().ok()).map_or(1, |bits| bits / 8);
    let (a, b) = whole.split_at(16);
    let pairs = a.chunks(width).zip(b.chunks(width));
    let bytes: Vec<u8> = match pattern {
        "zip_low" => pairs.take(8 / width).flat_map(|(a, b)| [a, b].concat()).collect(),
        "zip_high" => pairs.skip(8 / width).flat_map(|(a, b)| [a, b].concat()).collect(),
        "even" => whole.chunks(width).step_by(2).flatten().copied().collect(),
        "odd" => whole.chunks(width).skip(1).step_by(2).flatten().copied().collect(),
        slide => whole[slide["slide".len()..].parse().expect("a number")..][..16].to_vec(),
    };
    bytes.try_into().expect("16 bytes")
}

#[test]
fn patterns_choose_the_bytes_of_their_names_in_every_back_end() {
    let numbered = V128::from_bytes(std::array::from_fn(|i| i as u8));
    let others = V128::from_bytes(std::array::from_fn(|i| i as u8 + 16));
    for (name, function, _) in rows() {
        assert_eq!(function(numbered, others).to_bytes(), lanes(name), "{name}");
        for (a, b) in [(others, numbered), (numbered, numbered)] {
            assert_eq!(function(a, b), i8x16_shuffle(a, b, lanes(name)), "{name}");
        }
    }
}

#[test]
fn a_permutation_chooses_any_bytes_of_one_vector_in_every_back_end() {
    let vector = V128::from_bytes(std::array::from_fn(|i| (i * 37 + 5) as u8));
    for (_, _, permute) in rows() {
        for lane in 0..32 {
            for step in 0..32 {
                let lanes: [u8; 16] = std::array::from_fn(|i| ((lane + i * step) % 32) as u8);
                assert_eq!(permute(vector, lanes), i8x16_shuffle(vector, vector, lanes), "{lanes:?}");
            }
        }
    }
}

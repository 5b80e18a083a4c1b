//! Instructions that move a lane into a vector or out of it, in every back end, at every place.

#![expect(
    unsafe_code,
    reason = "functions of a back end may only be called where its target features are present"
)]

use fantail_simd::V128;

const BYTES: [u8; 16] =
    [0x80, 0x91, 0xa2, 0xb3, 0xc4, 0xd5, 0xe6, 0xf7, 0x08, 0x19, 0x2a, 0x3b, 0x4c, 0x5d, 0x6e, 0x7f];
const A: V128 = V128::from_bytes(BYTES);

/// The bytes of `A` with those from `at` on replaced by `bytes`.
fn with<const N: usize>(at: usize, bytes: [u8; N]) -> V128 {
    let mut result = BYTES;
    result[at..at + N].copy_from_slice(&bytes);
    V128::from_bytes(result)
}

/// `bytes` over and over.
fn repeat<const N: usize>(bytes: [u8; N]) -> V128 {
    V128::from_bytes(core::array::from_fn(|at| bytes[at % N]))
}

macro_rules! suite {
    ($($(#[$cfg:meta])? $module:ident if $present:expr;)*) => {
        #[test]
        fn lanes_move_in_and_out() {
            $($(#[$cfg])? if $present {
                // SAFETY: the target features of the back end are present.
                #[allow(unused_unsafe, reason = "not every back end has functions with target features")]
                unsafe {
                    use fantail_simd::backend::$module::*;
                    suite!(@checks);
                }
            })*
        }
    };
    (@checks) => {
        for lane in 0..16 {
            let at = usize::from(lane);
            assert_eq!(i8x16_extract_lane_u(A, lane), u32::from(BYTES[at]));
            assert_eq!(i8x16_extract_lane_s(A, lane), BYTES[at] as i8 as u32);
            assert_eq!(v128_store8_lane(A, lane), BYTES[at]);
            assert_eq!(i8x16_replace_lane(A, lane, 0x1234_56fe), with(at, [0xfe]));
            assert_eq!(v128_load8_lane(A, lane, 0xfe), with(at, [0xfe]));
        }
        for lane in 0..8 {
            let at = usize::from(lane) * 2;
            let value = u16::from_le_bytes([BYTES[at], BYTES[at + 1]]);
            assert_eq!(i16x8_extract_lane_u(A, lane), u32::from(value));
            assert_eq!(i16x8_extract_lane_s(A, lane), value as i16 as u32);
            assert_eq!(v128_store16_lane(A, lane), value);
            assert_eq!(i16x8_replace_lane(A, lane, 0x1234_fedc), with(at, [0xdc, 0xfe]));
            assert_eq!(v128_load16_lane(A, lane, 0xfedc), with(at, [0xdc, 0xfe]));
        }
        for lane in 0..4 {
            let at = usize::from(lane) * 4;
            let value = u32::from_le_bytes(core::array::from_fn(|byte| BYTES[at + byte]));
            assert_eq!(i32x4_extract_lane(A, lane), value);
            assert_eq!(f32x4_extract_lane(A, lane).to_bits(), value);
            assert_eq!(v128_store32_lane(A, lane), value);
            // A signaling NaN as a float.
            let value = 0x7f80_1234_u32;
            let expected = with(at, value.to_le_bytes());
            assert_eq!(i32x4_replace_lane(A, lane, value), expected);
            assert_eq!(f32x4_replace_lane(A, lane, f32::from_bits(value)), expected);
            assert_eq!(v128_load32_lane(A, lane, value), expected);
        }
        for lane in 0..2 {
            let at = usize::from(lane) * 8;
            let value = u64::from_le_bytes(core::array::from_fn(|byte| BYTES[at + byte]));
            assert_eq!(i64x2_extract_lane(A, lane), value);
            assert_eq!(f64x2_extract_lane(A, lane).to_bits(), value);
            assert_eq!(v128_store64_lane(A, lane), value);
            let value = 0xfff0_0000_dead_beef_u64;
            let expected = with(at, value.to_le_bytes());
            assert_eq!(i64x2_replace_lane(A, lane, value), expected);
            assert_eq!(f64x2_replace_lane(A, lane, f64::from_bits(value)), expected);
            assert_eq!(v128_load64_lane(A, lane, value), expected);
        }

        assert_eq!(i8x16_splat(0x1234_56fe), repeat([0xfe]));
        assert_eq!(i16x8_splat(0x1234_fedc), repeat([0xdc, 0xfe]));
        assert_eq!(i32x4_splat(0x7f80_1234), repeat([0x34, 0x12, 0x80, 0x7f]));
        assert_eq!(f32x4_splat(f32::from_bits(0x7f80_1234)), repeat([0x34, 0x12, 0x80, 0x7f]));
        assert_eq!(i64x2_splat(0xfff0_0000_dead_beef), repeat([0xef, 0xbe, 0xad, 0xde, 0, 0, 0xf0, 0xff]));
        assert_eq!(
            f64x2_splat(f64::from_bits(0xfff0_0000_dead_beef)),
            repeat([0xef, 0xbe, 0xad, 0xde, 0, 0, 0xf0, 0xff])
        );
        assert_eq!(v128_load8_splat(0xfe), repeat([0xfe]));
        assert_eq!(v128_load16_splat(0xfedc), repeat([0xdc, 0xfe]));
        assert_eq!(v128_load32_splat(0x7f80_1234), repeat([0x34, 0x12, 0x80, 0x7f]));
        assert_eq!(v128_load64_splat(0x0807_0605_0403_0201), repeat([1, 2, 3, 4, 5, 6, 7, 8]));

        let loaded = 0x7fff_8000_0180_ff7f;
        assert_eq!(v128_load32_zero(0xdead_beef), V128::from_u32x4([0xdead_beef, 0, 0, 0]));
        assert_eq!(v128_load64_zero(loaded), V128::from_u64x2([loaded, 0]));
        assert_eq!(
            v128_load8x8_s(loaded),
            V128::from_i16x8([0x7f, -1, -0x80, 1, 0, -0x80, -1, 0x7f])
        );
        assert_eq!(
            v128_load8x8_u(loaded),
            V128::from_i16x8([0x7f, 0xff, 0x80, 1, 0, 0x80, 0xff, 0x7f])
        );
        assert_eq!(v128_load16x4_s(loaded), V128::from_i32x4([-0x81, 0x180, -0x8000, 0x7fff]));
        assert_eq!(v128_load16x4_u(loaded), V128::from_i32x4([0xff7f, 0x180, 0x8000, 0x7fff]));
        assert_eq!(v128_load32x2_s(0x7fff_ffff_8000_0000), V128::from_i64x2([-0x8000_0000, 0x7fff_ffff]));
        assert_eq!(v128_load32x2_u(0x7fff_ffff_8000_0000), V128::from_i64x2([0x8000_0000, 0x7fff_ffff]));
    };
}

suite! {
    scalar if true;
    #[cfg(target_arch = "x86_64")] sse2 if true;
    #[cfg(target_arch = "x86_64")] sse41 if is_x86_feature_detected!("sse4.1") && is_x86_feature_detected!("ssse3");
}

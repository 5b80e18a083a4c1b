//! [`V128`], the value of type `v128`, and its views as lanes.
//!
//! Invariant: byte 0 is the least significant; lane 0 is made of the first bytes. Every conversion here is defined by
//! that order, so that it is the same on machines of either byte order.
//!
//! Spec: sections 2.3.2 "Vector Types" and 4.3.1 "Representations".

use core::fmt;

/// A vector of 128 bits.
///
/// ```
/// use fantail_simd::V128;
/// let a = V128::from_u32x4([1, 2, 3, 4]);
/// assert_eq!(a.to_cells(), (0x2_0000_0001, 0x4_0000_0003));
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash, Default)]
#[repr(C, align(16))]
pub struct V128([u8; 16]);

const _: () = assert!(size_of::<V128>() == 16 && align_of::<V128>() == 16);

impl V128 {
    /// All bits zero.
    pub const ZERO: Self = Self([0; 16]);

    /// The vector of these bytes, as memory holds it.
    #[inline(always)]
    pub const fn from_bytes(bytes: [u8; 16]) -> Self {
        Self(bytes)
    }

    /// Its bytes, as memory holds it.
    #[inline(always)]
    pub const fn to_bytes(self) -> [u8; 16] {
        self.0
    }

    /// The vector with these bits, lane 0 in the least significant.
    #[inline(always)]
    pub const fn from_u128(bits: u128) -> Self {
        Self(bits.to_le_bytes())
    }

    /// Its bits, lane 0 in the least significant.
    #[inline(always)]
    pub const fn to_u128(self) -> u128 {
        u128::from_le_bytes(self.0)
    }

    /// The vector in two frame cells, low half first.
    #[inline(always)]
    pub const fn from_cells(lo: u64, hi: u64) -> Self {
        Self::from_u128((hi as u128) << 64 | lo as u128)
    }

    /// Its two frame cells, low half first.
    #[inline(always)]
    pub const fn to_cells(self) -> (u64, u64) {
        (self.to_u128() as u64, (self.to_u128() >> 64) as u64)
    }
}

/// What a vector can be divided into.
pub(crate) trait Lane: Copy {
    /// All lanes of a vector.
    type Lanes: Copy + AsRef<[Self]> + AsMut<[Self]>;

    /// The lanes of `vector`.
    fn split(vector: V128) -> Self::Lanes;

    /// The vector of `lanes`.
    fn join(lanes: Self::Lanes) -> V128;

    /// The lane with all bits as `truth`: what a comparison results in.
    fn mask(truth: bool) -> Self;
}

macro_rules! lanes {
    ($($lane:ident $count:literal $bits:ident $from:ident $to:ident;)*) => {$(
        impl V128 {
            #[doc = concat!("The vector of ", $count, " lanes `", stringify!($lane), "`.")]
            #[inline(always)]
            pub fn $from(lanes: [$lane; $count]) -> Self {
                let mut bytes = [0; 16];
                for i in 0..$count {
                    bytes.as_chunks_mut().0[i] = lanes[i].to_le_bytes();
                }
                Self(bytes)
            }

            #[doc = concat!("Its ", $count, " lanes `", stringify!($lane), "`.")]
            #[inline(always)]
            pub fn $to(self) -> [$lane; $count] {
                let mut lanes = [$lane::mask(false); $count];
                for i in 0..$count {
                    lanes[i] = $lane::from_le_bytes(self.0.as_chunks().0[i]);
                }
                lanes
            }
        }

        impl Lane for $lane {
            type Lanes = [$lane; $count];

            #[inline(always)]
            fn split(vector: V128) -> Self::Lanes {
                vector.$to()
            }

            #[inline(always)]
            fn join(lanes: Self::Lanes) -> V128 {
                V128::$from(lanes)
            }

            #[inline(always)]
            fn mask(truth: bool) -> Self {
                $lane::from_ne_bytes((if truth { $bits::MAX } else { 0 }).to_ne_bytes())
            }
        }
    )*};
}

lanes! {
    i8 16 u8 from_i8x16 to_i8x16;
    u8 16 u8 from_u8x16 to_u8x16;
    i16 8 u16 from_i16x8 to_i16x8;
    u16 8 u16 from_u16x8 to_u16x8;
    i32 4 u32 from_i32x4 to_i32x4;
    u32 4 u32 from_u32x4 to_u32x4;
    i64 2 u64 from_i64x2 to_i64x2;
    u64 2 u64 from_u64x2 to_u64x2;
    f32 4 u32 from_f32x4 to_f32x4;
    f64 2 u64 from_f64x2 to_f64x2;
}

/// As the text format writes it: `i32x4 0x00000001 0x00000002 0x00000003 0x00000004`.
impl fmt::Debug for V128 {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [a, b, c, d] = self.to_u32x4();
        write!(f, "i32x4 {a:#010x} {b:#010x} {c:#010x} {d:#010x}")
    }
}

#[cfg(test)]
mod tests {
    extern crate std;

    use super::*;
    use std::format;

    #[test]
    fn all_views_agree_on_the_order_of_bytes() {
        let bytes = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15];
        let vector = V128::from_bytes(bytes);
        assert_eq!(vector.to_bytes(), bytes);
        assert_eq!(vector.to_u8x16(), bytes);
        assert_eq!(vector.to_u16x8()[1], 0x0302);
        assert_eq!(vector.to_u32x4()[3], 0x0f0e_0d0c);
        assert_eq!(vector.to_cells(), (0x0706_0504_0302_0100, 0x0f0e_0d0c_0b0a_0908));
        assert_eq!(V128::from_u64x2(vector.to_u64x2()), vector);
        assert_eq!(V128::from_u128(vector.to_u128()), vector);
        let (lo, hi) = vector.to_cells();
        assert_eq!(V128::from_cells(lo, hi), vector);
        assert_eq!(format!("{vector:?}"), "i32x4 0x03020100 0x07060504 0x0b0a0908 0x0f0e0d0c");
    }

    #[test]
    fn float_views_keep_signaling_nans() {
        let vector = V128::from_u32x4([0x7f80_0001, 0xffa5_a5a5, 0x7fc0_0000, 0x8000_0000]);
        assert_eq!(V128::from_f32x4(vector.to_f32x4()), vector);
        assert_eq!(V128::from_f64x2(vector.to_f64x2()), vector);
    }
}

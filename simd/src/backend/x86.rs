//! The back ends of x86-64, by `core::arch`, and the conversions between [`V128`] and registers.
//!
//! They define only what needs it. LLVM turns most lane maps of [`scalar`](super::scalar) into the one or two vector
//! instructions there are for them, and does so for the target features of the function into which they are inlined: in
//! a handler with SSE4.1, `i32x4_mul` of the scalar back end is one `pmulld`; with AVX2, `i64x2_gt_s` is one `vpcmpgtq`
//! instead of 11 instructions. Hence there is no module for AVX2: its handlers use [`sse41`].
//!
//! Defined anew is what LLVM makes worse than that. Instructions of the function body, `ret` included:
//!
//! | | lane map, SSE2 | [`sse2`] | [`sse41`] |
//! |---|---|---|---|
//! | `i8x16_swizzle` | 204 | 93 | 3 |
//! | `i8x16_shuffle` | 82 | | 9 |
//! | `f32x4_floor` | 127 | 20 | 2 |
//! | `f32x4_min` | 78 | 11 | 11 |
//! | `i8x16_bitmask` | 79 | 2 | 2 |
//! | `f32x4_lt` | 13 | 2 | 2 |
//! | `i32x4_trunc_sat_f32x4_s` | 34 | 8 | 8 |
//! | `i32x4_dot_i16x8_s` | 20 | 2 | 2 |
//!
//! # Invariants
//!
//! - [`sse2`] has no precondition: SSE2 is part of x86-64.
//! - The functions of [`sse41`] and [`native_fma`] carry their target features, so that calling them is `unsafe` but in
//!   functions with the same features, and it is the caller who has to detect these.

#![expect(unsafe_code, reason = "the back end of a machine is made of its intrinsics")]

pub mod native;
pub mod native_fma;
pub mod sse2;
pub mod sse41;

use crate::V128;
use core::arch::x86_64::{__m128, __m128d, __m128i};

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

registers! { __m128i __m128 __m128d }

/// Makes one function of [`sse2`] per row: `name: register(vectors; other operands) -> result = value`, where the vectors
/// are in registers of that type and the result, unless the row says otherwise, is a register of any type.
macro_rules! sse2_instructions {
    ($($name:ident: $register:ident($($arg:ident),* $(; $($extra:ident: $ty:ty),*)?) $(-> $result:ty)? = $body:expr;)*) => {$(
        #[doc = concat!("`", stringify!($name), "`, see [`scalar`](crate::backend::scalar).")]
        #[inline(always)]
        pub fn $name($($arg: V128,)* $($($extra: $ty),*)?) -> result!($($result)?) {
            #[inline]
            #[target_feature(enable = "sse2")]
            fn in_registers($($arg: $register,)* $($($extra: $ty),*)?) -> result!($($result)?) {
                <result!($($result)?)>::from($body)
            }
            // SAFETY: SSE2 is part of x86-64.
            unsafe { in_registers($($arg.into(),)* $($($extra),*)?) }
        }
    )*};
}

/// Makes functions that carry target features: one per row, and rows are those of [`sse2_instructions`].
macro_rules! instructions_with {
    ($features:literal $machine:literal; $($name:ident: $register:ident($($arg:ident),* $(; $($extra:ident: $ty:ty),*)?) $(-> $result:ty)? = $body:expr;)*) => {$(
        #[doc = concat!("`", stringify!($name), "`, see [`scalar`](crate::backend::scalar).")]
        ///
        /// # Safety
        #[doc = concat!("The machine must have ", $machine, ".")]
        #[inline]
        #[target_feature(enable = $features)]
        pub fn $name($($arg: V128,)* $($($extra: $ty),*)?) -> result!($($result)?) {
            $(let $arg = $register::from($arg);)*
            <result!($($result)?)>::from($body)
        }
    )*};
}

/// Makes functions of [`sse41`].
macro_rules! sse41_instructions {
    ($($rows:tt)*) => { instructions_with! { "sse4.1,ssse3" "SSE4.1 and SSSE3"; $($rows)* } };
}

/// Makes functions of [`native_fma`].
macro_rules! fma_instructions {
    ($($rows:tt)*) => { instructions_with! { "fma,sse4.1,ssse3" "FMA, SSE4.1 and SSSE3"; $($rows)* } };
}

macro_rules! result {
    () => {
        V128
    };
    ($result:ty) => {
        $result
    };
}

use {fma_instructions, instructions_with, result, sse2_instructions, sse41_instructions};

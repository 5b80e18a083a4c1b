//! The two sets of x86-64: for every machine, and for those with AVX2 and fused multiplication and addition.

#![expect(
    unsafe_code,
    reason = "functions of a back end may only be called where its target features are present"
)]

use super::{FAMILIES, Native, Place, VARIANTS};
use crate::exec::dispatch::{Chosen, Entry, Handler};
use crate::exec::handlers::{Avx2, Compiled, Plain, Shaped};
use crate::exec::shapes::{self, Row};
use crate::exec::simd;
use crate::simd_backend::SimdBackend;
use fantail_core::TrapCode;
use fantail_core::ir::Family;
use fantail_simd::V128;
use fantail_simd::backend::{native, native_fma};

const fn variants<C: Compiled<Handler = Handler>, F: Shaped>() -> [Handler; VARIANTS] {
    let mut row = [<C::Of<F::Op<0>>>::HANDLER; VARIANTS];
    macro_rules! put {
        ($($v:literal)*) => {$(
            if $v < F::FAMILY.variants() {
                row[$v] = <C::Of<F::Op<$v>>>::HANDLER;
            }
        )*};
    }
    put!(1 2 3 4 5 6 7 8 9 10 11 12 13 14 15);
    row
}

/// The rows of a set: what they compute is what `$backend` does.
macro_rules! rows {
    ($backend:ident $level:ident; $($variant:ident $name:ident $shape:ident;)*) => {
        pub(super) mod rows {
            use super::*;

            $(
                pub(crate) struct $variant;

                impl Row for $variant {
                    const FAMILY: Family = Family::$variant;
                }

                row!($shape $backend $variant $name);
            )*
        }

        pub(super) static SET: Native = {
            let mut set = [None; FAMILIES.len()];
            $(
                let Some(place) = Place::of(Family::$variant) else { panic!("it is relaxed") };
                set[place.0 as usize] = Some(variants::<$level<Chosen>, rows::$variant>());
            )*
            Native(set)
        };
    };
}

// SAFETY (all rows): `of_this_machine` chooses the set only where the target features of its back end are present.
#[rustfmt::skip]
macro_rules! row {
    (un $backend:ident $variant:ident $name:ident) => {
        impl shapes::Unary for $variant {
            type A = V128;
            type R = V128;
            #[inline(always)]
            fn apply(a: V128) -> Result<V128, TrapCode> {
                Ok(unsafe { $backend::$name(a) })
            }
        }
        impl Shaped for $variant {
            type Op<const V: u16> = shapes::Un<Self, V>;
        }
    };
    (bin $backend:ident $variant:ident $name:ident) => {
        impl shapes::Binary for $variant {
            type A = V128;
            type B = V128;
            type R = V128;
            #[inline(always)]
            fn apply(a: V128, b: V128) -> Result<V128, TrapCode> {
                Ok(unsafe { $backend::$name(a, b) })
            }
        }
        impl Shaped for $variant {
            type Op<const V: u16> = shapes::Bin<Self, V>;
        }
    };
    (tern $backend:ident $variant:ident $name:ident) => {
        impl simd::Ternary for $variant {
            #[inline(always)]
            fn apply(a: V128, b: V128, c: V128) -> V128 {
                unsafe { $backend::$name(a, b, c) }
            }
        }
        impl Shaped for $variant {
            type Op<const V: u16> = simd::VTern<Self, V>;
        }
    };
}

#[allow(unused_unsafe, clippy::undocumented_unsafe_blocks, reason = "see `row`; some functions are safe")]
mod any {
    use super::*;

    rows! { native Plain;
        F32x4RelaxedMin f32x4_relaxed_min bin;
        F32x4RelaxedMax f32x4_relaxed_max bin;
        F64x2RelaxedMin f64x2_relaxed_min bin;
        F64x2RelaxedMax f64x2_relaxed_max bin;
        I32x4RelaxedTruncF32x4S i32x4_relaxed_trunc_f32x4_s un;
        I32x4RelaxedTruncF64x2SZero i32x4_relaxed_trunc_f64x2_s_zero un;
    }
}

#[allow(unused_unsafe, clippy::undocumented_unsafe_blocks, reason = "see `row`; some functions are safe")]
mod avx2 {
    use super::*;

    rows! { native_fma Avx2;
        I8x16RelaxedSwizzle i8x16_relaxed_swizzle bin;
        I32x4RelaxedTruncF32x4S i32x4_relaxed_trunc_f32x4_s un;
        I32x4RelaxedTruncF64x2SZero i32x4_relaxed_trunc_f64x2_s_zero un;
        I32x4RelaxedTruncF64x2UZero i32x4_relaxed_trunc_f64x2_u_zero un;
        F32x4RelaxedMadd f32x4_relaxed_madd tern;
        F32x4RelaxedNmadd f32x4_relaxed_nmadd tern;
        F64x2RelaxedMadd f64x2_relaxed_madd tern;
        F64x2RelaxedNmadd f64x2_relaxed_nmadd tern;
        I8x16RelaxedLaneselect i8x16_relaxed_laneselect tern;
        I16x8RelaxedLaneselect i16x8_relaxed_laneselect tern;
        I32x4RelaxedLaneselect i32x4_relaxed_laneselect tern;
        I64x2RelaxedLaneselect i64x2_relaxed_laneselect tern;
        F32x4RelaxedMin f32x4_relaxed_min bin;
        F32x4RelaxedMax f32x4_relaxed_max bin;
        F64x2RelaxedMin f64x2_relaxed_min bin;
        F64x2RelaxedMax f64x2_relaxed_max bin;
        I16x8RelaxedQ15mulrS i16x8_relaxed_q15mulr_s bin;
        I16x8RelaxedDotI8x16I7x16S i16x8_relaxed_dot_i8x16_i7x16_s bin;
        I32x4RelaxedDotI8x16I7x16AddS i32x4_relaxed_dot_i8x16_i7x16_add_s tern;
    }
}

/// The set for the machine that executes this.
pub(super) fn of_this_machine() -> &'static Native {
    if SimdBackend::Avx2.is_available() { &avx2::SET } else { &any::SET }
}

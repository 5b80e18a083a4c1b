//! Vector ops for the machine at hand: the rows of the table over any back end, and the choice of the handlers.
//!
//! What a vector instruction compiles to depends on what the machine has. So there is a set of handlers of all vector ops
//! for each kind of machine ([`SimdBackend`](crate::SimdBackend)); which set an engine uses is decided when code is made
//! threaded, as for [`native`](super::native): what differs is the handler whose address is written, and nothing has to
//! be looked up when an op is executed.
//!
//! # Invariants
//! - The rows from [`FIRST`] on are all that compute with vectors, and no others (tested).
//! - A set is only used on machines that have what its back end needs, as [`SimdBackend::is_available`] finds out.
//!
//! [`SimdBackend::is_available`]: crate::SimdBackend::is_available

#[cfg(feature = "fusion")]
use super::dispatch::Handler;
#[cfg(feature = "fusion")]
use super::handlers::HANDLERS;
#[cfg(feature = "fusion")]
use crate::simd_backend::SimdBackend;
#[cfg(feature = "fusion")]
use fantail_core::ir::Family;

#[cfg(fantail_vector_sets)]
mod sets;
#[cfg(all(feature = "fusion", not(fantail_vector_sets)))]
mod sets {
    //! None: there is only one back end, or the build is not optimized.

    use super::{COUNT, Handler, SimdBackend};

    pub(super) fn of(_: SimdBackend) -> Option<&'static [Handler; COUNT]> {
        None
    }
}

#[cfg(feature = "fusion")]
/// Number of the first vector op.
const FIRST: u16 = Family::V128Load.first();
#[cfg(feature = "fusion")]
/// How many there are.
const COUNT: usize = (Family::I8x16Permute.first() + Family::I8x16Permute.variants() - FIRST) as usize;

#[cfg(feature = "fusion")]
/// The handlers of an engine.
#[derive(Clone, Copy)]
pub(crate) struct Handlers {
    /// Those of vector ops, unless they are the ones that the build target is sure to be able to execute.
    vectors: Option<&'static [Handler; COUNT]>,
}

#[cfg(feature = "fusion")]
impl Handlers {
    /// Those that compute with vectors as `backend` does, which this machine has.
    pub(crate) fn new(backend: SimdBackend) -> Self {
        Self { vectors: sets::of(backend) }
    }

    /// The handler of op `number`.
    #[inline]
    pub(crate) fn get(self, number: u64) -> Handler {
        let vector =
            self.vectors.and_then(|set| set.get(usize::try_from(number.wrapping_sub(FIRST.into())).ok()?));
        vector.copied().unwrap_or(HANDLERS[number as usize])
    }
}

/// What a row over vectors computes and which op does it, by shape. `backend`, where it is expanded, is the back end,
/// whose functions are `safe` to call or not.
#[rustfmt::skip]
macro_rules! vector_row {
    ($safety:ident VBin $($row:tt)*) => { vector_row!(binary $safety $($row)*); };
    ($safety:ident VPattern $($row:tt)*) => { vector_row!(binary $safety $($row)*); };
    ($safety:ident VXorRotlBy $($row:tt)*) => { vector_row!(binary $safety $($row)*); };
    ($safety:ident VDot $($row:tt)*) => { vector_row!(binary $safety $($row)*); };
    ($safety:ident VShift $($row:tt)*) => { vector_row!(binary $safety $($row)*); };
    ($safety:ident VRotl $($row:tt)*) => { vector_row!(binary $safety $($row)*); };
    (binary $safety:ident $f:ident ($a:ident, $b:ident) $out:ident $sem:ident) => {
        impl $crate::exec::shapes::Binary for $f {
            type A = $crate::exec::handlers::ty::$a;
            type B = $crate::exec::handlers::ty::$b;
            type R = V128;
            #[inline(always)]
            fn apply(a: Self::A, b: Self::B) -> Result<V128, fantail_core::TrapCode> {
                Ok($crate::exec::vector::compute!($safety $sem(a, b)))
            }
        }
        vector_row!(op $f $crate::exec::shapes::Bin<Self, V>);
    };
    ($safety:ident VUn $($row:tt)*) => { vector_row!(unary $safety $($row)*); };
    ($safety:ident VTest $($row:tt)*) => { vector_row!(unary $safety $($row)*); };
    ($safety:ident VBitmask $($row:tt)*) => { vector_row!(unary $safety $($row)*); };
    ($safety:ident VBitmaskPopcnt $($row:tt)*) => { vector_row!(unary $safety $($row)*); };
    ($safety:ident VSplat $($row:tt)*) => { vector_row!(unary $safety $($row)*); };
    (unary $safety:ident $f:ident ($a:ident) $out:ident $sem:ident) => {
        impl $crate::exec::shapes::Unary for $f {
            type A = $crate::exec::handlers::ty::$a;
            type R = $crate::exec::handlers::ty::$out;
            #[inline(always)]
            fn apply(a: Self::A) -> Result<Self::R, fantail_core::TrapCode> {
                $crate::exec::shapes::Outcome::outcome($crate::exec::vector::compute!($safety $sem(a)))
            }
        }
        vector_row!(op $f $crate::exec::shapes::Un<Self, V>);
    };
    ($safety:ident VTern $($row:tt)*) => { vector_row!(ternary $safety $($row)*); };
    ($safety:ident VPair $($row:tt)*) => { vector_row!(ternary $safety $($row)*); };
    ($safety:ident VLoadPair $f:ident $($row:tt)*) => {
        vector_row!(three $safety $f $($row)*);
        vector_row!(op $f $crate::exec::simd::VLoadPair<Self, V>);
    };
    (ternary $safety:ident $f:ident $($row:tt)*) => {
        vector_row!(three $safety $f $($row)*);
        vector_row!(op $f $crate::exec::simd::VTern<Self, V>);
    };
    (three $safety:ident $f:ident ($($a:ident),*) $out:ident $sem:ident) => {
        impl $crate::exec::simd::Ternary for $f {
            #[inline(always)]
            fn apply(a: V128, b: V128, c: V128) -> V128 {
                $crate::exec::vector::compute!($safety $sem(a, b, c))
            }
        }
    };
    ($safety:ident VLoadBin $($row:tt)*) => { vector_row!(both $safety VLoadBin $($row)*); };
    ($safety:ident VLoadX1Bin $($row:tt)*) => { vector_row!(both $safety VLoadX1Bin $($row)*); };
    ($safety:ident VBinStore $($row:tt)*) => { vector_row!(both $safety VBinStore $($row)*); };
    (both $safety:ident $op:ident $f:ident ($($a:ident),*) $out:ident $sem:ident) => {
        impl $crate::exec::simd::Both for $f {
            #[inline(always)]
            fn apply(a: V128, b: V128) -> V128 {
                $crate::exec::vector::compute!($safety $sem(a, b))
            }
        }
        vector_row!(op $f $crate::exec::simd::$op<Self, V>);
    };
    ($safety:ident VBitmaskBrEqz $($row:tt)*) => { vector_row!(bits true $safety $($row)*); };
    ($safety:ident VBitmaskBrNez $($row:tt)*) => { vector_row!(bits false $safety $($row)*); };
    (bits $zero:literal $safety:ident $f:ident ($a:ident) $out:ident $sem:ident) => {
        impl $crate::exec::simd::Bits for $f {
            #[inline(always)]
            fn apply(a: V128) -> u32 {
                $crate::exec::vector::compute!($safety $sem(a))
            }
        }
        vector_row!(op $f $crate::exec::simd::VBitmaskBr<Self, V, $zero>);
    };
    ($safety:ident VBrTest $($row:tt)*) => { vector_row!(test true $safety $($row)*); };
    ($safety:ident VBrNotTest $($row:tt)*) => { vector_row!(test false $safety $($row)*); };
    (test $truth:literal $safety:ident $f:ident ($a:ident) $out:ident $sem:ident) => {
        impl $crate::exec::simd::Tests for $f {
            #[inline(always)]
            fn holds(a: V128) -> bool {
                $crate::exec::vector::compute!($safety $sem(a))
            }
        }
        vector_row!(op $f $crate::exec::simd::VBrTest<Self, V, $truth>);
    };
    ($safety:ident VBrCmp $($row:tt)*) => { vector_row!(compare true $safety $($row)*); };
    ($safety:ident VBrNotCmp $($row:tt)*) => { vector_row!(compare false $safety $($row)*); };
    (compare $truth:literal $safety:ident $f:ident ($a:ident, $b:ident) $out:ident $sem:ident) => {
        impl $crate::exec::simd::Compares for $f {
            #[inline(always)]
            fn apply(a: V128, b: V128) -> V128 {
                $crate::exec::vector::compute!($safety $sem(a, b))
            }

            #[inline(always)]
            fn any(truth: V128) -> bool {
                $crate::exec::vector::compute!($safety v128_any_true(truth))
            }
        }
        vector_row!(op $f $crate::exec::simd::VBrCmp<Self, V, $truth>);
    };
    ($safety:ident VBrAddCmp $($row:tt)*) => { vector_row!(compare_sum true $safety $($row)*); };
    ($safety:ident VBrNotAddCmp $($row:tt)*) => { vector_row!(compare_sum false $safety $($row)*); };
    (compare_sum $truth:literal $safety:ident $f:ident ($($a:ident),*) $out:ident $sem:ident) => {
        vector_row!(three $safety $f ($($a),*) $out $sem);
        impl $crate::exec::simd::Tests for $f {
            #[inline(always)]
            fn holds(a: V128) -> bool {
                $crate::exec::vector::compute!($safety v128_any_true(a))
            }
        }
        vector_row!(op $f $crate::exec::simd::VBrSumCmp<Self, V, $truth>);
    };
    ($safety:ident VExtract $f:ident ($a:ident) $out:ident $sem:ident) => {
        impl $crate::exec::simd::Extract for $f {
            type R = $crate::exec::handlers::ty::$out;
            #[inline(always)]
            fn apply(a: V128, lane: u8) -> Self::R {
                $crate::exec::vector::compute!($safety $sem(a, lane))
            }
        }
        vector_row!(op $f $crate::exec::simd::VExtract<Self, V>);
    };
    ($safety:ident VReplace $f:ident ($a:ident, $b:ident) $out:ident $sem:ident) => {
        impl $crate::exec::simd::Replace for $f {
            type B = $crate::exec::handlers::ty::$b;
            #[inline(always)]
            fn apply(a: V128, lane: u8, b: Self::B) -> V128 {
                $crate::exec::vector::compute!($safety $sem(a, lane, b))
            }
        }
        vector_row!(op $f $crate::exec::simd::VReplace<Self, V>);
    };
    ($safety:ident VShuffle $f:ident ($a:ident, $b:ident) $out:ident $sem:ident) => {
        impl $crate::exec::simd::Shuffle for $f {
            #[inline(always)]
            fn apply(a: V128, b: V128, lanes: [u8; 16]) -> V128 {
                $crate::exec::vector::compute!($safety $sem(a, b, lanes))
            }
        }
        vector_row!(op $f $crate::exec::simd::VShuffle<Self, V>);
    };
    ($safety:ident VPermute $f:ident ($a:ident) $out:ident $sem:ident) => {
        impl $crate::exec::simd::Permute for $f {
            #[inline(always)]
            fn apply(a: V128, lanes: [u8; 16]) -> V128 {
                $crate::exec::vector::compute!($safety $sem(a, lanes))
            }
        }
        vector_row!(op $f $crate::exec::simd::VPermute<Self, V>);
    };
    ($safety:ident VXorPermute $f:ident ($a:ident, $b:ident) $out:ident $sem:ident) => {
        impl $crate::exec::simd::Shuffle for $f {
            #[inline(always)]
            fn apply(a: V128, b: V128, lanes: [u8; 16]) -> V128 {
                let a = $crate::exec::vector::compute!($safety v128_xor(a, b));
                $crate::exec::vector::compute!($safety $sem(a, lanes))
            }
        }
        vector_row!(op $f $crate::exec::simd::VShuffle<Self, V>);
    };
    ($safety:ident VXorRotl $f:ident ($a:ident, $b:ident) $out:ident $sem:ident) => {
        impl $crate::exec::simd::XorRotl for $f {
            #[inline(always)]
            fn apply(a: V128, b: V128, count: u32) -> V128 {
                let a = $crate::exec::vector::compute!($safety v128_xor(a, b));
                $crate::exec::vector::compute!($safety $sem(a, count))
            }
        }
        vector_row!(op $f $crate::exec::simd::VXorRotl<Self, V>);
    };
    ($safety:ident VLoad $($row:tt)*) => { vector_row!(load memory::Load $safety $($row)*); };
    ($safety:ident VLoadSum $($row:tt)*) => { vector_row!(load fused::LoadSum $safety $($row)*); };
    ($safety:ident VLoadX1 $($row:tt)*) => { vector_row!(load fused::LoadX1 $safety $($row)*); };
    (load $module:ident::$op:ident $safety:ident $f:ident ($($a:ident),*) $out:ident $sem:ident) => {
        #[expect(unsafe_code, reason = "reads memory, see `memory::View`")]
        impl $crate::exec::memory::Loads for $f {
            type R = V128;
            #[inline(always)]
            unsafe fn load<E: $crate::exec::memory::End>(
                view: $crate::exec::memory::View<E>,
                address: u64,
            ) -> Option<V128> {
                // SAFETY: the caller vouches for the view.
                unsafe { vector_row!(loaded $safety $sem view address) }
            }
        }
        vector_row!(op $f $crate::exec::$module::$op<Self, V>);
    };
    (loaded $safety:ident load_v128 $view:ident $address:ident) => {
        $crate::exec::memory::load_v128($view, $address)
    };
    (loaded $safety:ident i8x16_splat $($at:ident)*) => { vector_row!(made load_u8 $safety i8x16_splat $($at)*) };
    (loaded $safety:ident i16x8_splat $($at:ident)*) => { vector_row!(made load_u16 $safety i16x8_splat $($at)*) };
    (loaded $safety:ident i32x4_splat $($at:ident)*) => { vector_row!(made load_u32 $safety i32x4_splat $($at)*) };
    (loaded $safety:ident v128_load32_zero $($at:ident)*) => {
        vector_row!(made load_u32 $safety v128_load32_zero $($at)*)
    };
    (loaded $safety:ident $sem:ident $($at:ident)*) => { vector_row!(made load_u64 $safety $sem $($at)*) };
    (made $scalar:ident $safety:ident $sem:ident $view:ident $address:ident) => {
        match $crate::exec::memory::$scalar($view, $address) {
            Some(scalar) => Some($crate::exec::vector::compute!(safe $sem(scalar))),
            None => None,
        }
    };
    (op $f:ident $op:ty) => {
        impl $crate::exec::handlers::Shaped for $f {
            type Op<const V: u16> = $op;
        }
    };
}

/// What a row computes: a function of the back end, or two, one after the other. Back ends of machines that the build target
/// is not sure to have are `unsafe` to use.
#[rustfmt::skip]
macro_rules! compute {
    // SAFETY: by the module's second invariant, this set is only used on machines that have what its back end needs.
    (unsafe $($call:tt)*) => { unsafe { $crate::exec::vector::compute!($($call)*) } };
    (safe $($call:tt)*) => { $crate::exec::vector::compute!($($call)*) };
    (i32x4_rotl($a:expr, $b:expr)) => {
        backend::v128_or(backend::i32x4_shl($a, $b), backend::i32x4_shr_u($a, u32::wrapping_neg($b)))
    };
    (i64x2_rotl($a:expr, $b:expr)) => {
        backend::v128_or(backend::i64x2_shl($a, $b), backend::i64x2_shr_u($a, u32::wrapping_neg($b)))
    };
    (i32x4_xor_rotl7($a:expr, $b:expr)) => { $crate::exec::vector::compute!(xor_rotl 7 ($a, $b)) };
    (i32x4_xor_rotl12($a:expr, $b:expr)) => { $crate::exec::vector::compute!(xor_rotl 12 ($a, $b)) };
    (i32x4_xor_rotl20($a:expr, $b:expr)) => { $crate::exec::vector::compute!(xor_rotl 20 ($a, $b)) };
    (i32x4_xor_rotl25($a:expr, $b:expr)) => { $crate::exec::vector::compute!(xor_rotl 25 ($a, $b)) };
    (xor_rotl $count:literal ($a:expr, $b:expr)) => { {
        let both = backend::v128_xor($a, $b);
        backend::v128_or(backend::i32x4_shl(both, $count), backend::i32x4_shr_u(both, 32 - $count))
    } };
    (f32x4_mul_add($a:expr, $b:expr, $c:expr)) => { backend::f32x4_add(backend::f32x4_mul($a, $b), $c) };
    (f32x4_mul_sub($a:expr, $b:expr, $c:expr)) => { backend::f32x4_sub(backend::f32x4_mul($a, $b), $c) };
    (f32x4_sub_mul($a:expr, $b:expr, $c:expr)) => { backend::f32x4_mul(backend::f32x4_sub($a, $b), $c) };
    (f32x4_add_mul($a:expr, $b:expr, $c:expr)) => { backend::f32x4_mul(backend::f32x4_add($a, $b), $c) };
    (f32x4_add_add($a:expr, $b:expr, $c:expr)) => { backend::f32x4_add(backend::f32x4_add($a, $b), $c) };
    (f64x2_mul_add($a:expr, $b:expr, $c:expr)) => { backend::f64x2_add(backend::f64x2_mul($a, $b), $c) };
    (f64x2_mul_sub($a:expr, $b:expr, $c:expr)) => { backend::f64x2_sub(backend::f64x2_mul($a, $b), $c) };
    (f64x2_sub_mul($a:expr, $b:expr, $c:expr)) => { backend::f64x2_mul(backend::f64x2_sub($a, $b), $c) };
    (f64x2_add_mul($a:expr, $b:expr, $c:expr)) => { backend::f64x2_mul(backend::f64x2_add($a, $b), $c) };
    (f64x2_add_add($a:expr, $b:expr, $c:expr)) => { backend::f64x2_add(backend::f64x2_add($a, $b), $c) };
    (f64x2_sub_add($a:expr, $b:expr, $c:expr)) => { backend::f64x2_add(backend::f64x2_sub($a, $b), $c) };
    (i8x16_add_add($a:expr, $b:expr, $c:expr)) => { backend::i8x16_add(backend::i8x16_add($a, $b), $c) };
    (i16x8_mul_add($a:expr, $b:expr, $c:expr)) => { backend::i16x8_add(backend::i16x8_mul($a, $b), $c) };
    (i16x8_add_add($a:expr, $b:expr, $c:expr)) => { backend::i16x8_add(backend::i16x8_add($a, $b), $c) };
    (i32x4_mul_add($a:expr, $b:expr, $c:expr)) => { backend::i32x4_add(backend::i32x4_mul($a, $b), $c) };
    (i32x4_add_add($a:expr, $b:expr, $c:expr)) => { backend::i32x4_add(backend::i32x4_add($a, $b), $c) };
    (i64x2_add_add($a:expr, $b:expr, $c:expr)) => { backend::i64x2_add(backend::i64x2_add($a, $b), $c) };
    (i32x4_dot_i16x8_s_add($a:expr, $b:expr, $c:expr)) => { backend::i32x4_add(backend::i32x4_dot_i16x8_s($a, $b), $c) };
    (i32x4_add_xor($a:expr, $b:expr, $c:expr)) => { backend::v128_xor(backend::i32x4_add($a, $b), $c) };
    (i64x2_add_xor($a:expr, $b:expr, $c:expr)) => { backend::v128_xor(backend::i64x2_add($a, $b), $c) };
    (v128_and_or($a:expr, $b:expr, $c:expr)) => { backend::v128_or(backend::v128_and($a, $b), $c) };
    (v128_and_and($a:expr, $b:expr, $c:expr)) => { backend::v128_and(backend::v128_and($a, $b), $c) };
    (v128_and_xor($a:expr, $b:expr, $c:expr)) => { backend::v128_xor(backend::v128_and($a, $b), $c) };
    (v128_xor_and($a:expr, $b:expr, $c:expr)) => { backend::v128_and(backend::v128_xor($a, $b), $c) };
    (v128_or_or($a:expr, $b:expr, $c:expr)) => { backend::v128_or(backend::v128_or($a, $b), $c) };
    (v128_xor_xor($a:expr, $b:expr, $c:expr)) => { backend::v128_xor(backend::v128_xor($a, $b), $c) };
    (v128_xor_add($a:expr, $b:expr, $c:expr)) => { backend::i32x4_add(backend::v128_xor($a, $b), $c) };
    (i8x16_eq_or($a:expr, $b:expr, $c:expr)) => { backend::v128_or(backend::i8x16_eq($a, $b), $c) };
    (i8x16_swizzle_and($a:expr, $b:expr, $c:expr)) => { backend::v128_and(backend::i8x16_swizzle($a, $b), $c) };
    (i8x16_avgr_u_avgr_u($a:expr, $b:expr, $c:expr)) => { backend::i8x16_avgr_u(backend::i8x16_avgr_u($a, $b), $c) };
    (i8x16_sub_sat_u_or($a:expr, $b:expr, $c:expr)) => { backend::v128_or(backend::i8x16_sub_sat_u($a, $b), $c) };
    (i8x16_dot_low_s($a:expr, $b:expr)) => {
        // Products of extended bytes are far from where the sum of two would overflow.
        backend::i32x4_dot_i16x8_s(
            backend::i16x8_extend_low_i8x16_s($a),
            backend::i16x8_extend_low_i8x16_s($b),
        )
    };
    (i8x16_dot_low_s_add($a:expr, $b:expr, $c:expr)) => {
        backend::i32x4_add($crate::exec::vector::compute!(i8x16_dot_low_s($a, $b)), $c)
    };
    (i8x16_dot_low_u($a:expr, $b:expr)) => {
        // Products of extended bytes are far from where the sum of two would overflow.
        backend::i32x4_dot_i16x8_s(
            backend::i16x8_extend_low_i8x16_u($a),
            backend::i16x8_extend_low_i8x16_u($b),
        )
    };
    (i8x16_dot_low_u_add($a:expr, $b:expr, $c:expr)) => {
        backend::i32x4_add($crate::exec::vector::compute!(i8x16_dot_low_u($a, $b)), $c)
    };
    (i8x16_dot_high_s($a:expr, $b:expr)) => {
        // Products of extended bytes are far from where the sum of two would overflow.
        backend::i32x4_dot_i16x8_s(
            backend::i16x8_extend_high_i8x16_s($a),
            backend::i16x8_extend_high_i8x16_s($b),
        )
    };
    (i8x16_dot_high_s_add($a:expr, $b:expr, $c:expr)) => {
        backend::i32x4_add($crate::exec::vector::compute!(i8x16_dot_high_s($a, $b)), $c)
    };
    (i8x16_dot_high_u($a:expr, $b:expr)) => {
        // Products of extended bytes are far from where the sum of two would overflow.
        backend::i32x4_dot_i16x8_s(
            backend::i16x8_extend_high_i8x16_u($a),
            backend::i16x8_extend_high_i8x16_u($b),
        )
    };
    (i8x16_dot_high_u_add($a:expr, $b:expr, $c:expr)) => {
        backend::i32x4_add($crate::exec::vector::compute!(i8x16_dot_high_u($a, $b)), $c)
    };
    (f32x4_add_le($a:expr, $b:expr, $c:expr)) => { backend::f32x4_le(backend::f32x4_add($a, $b), $c) };
    (f64x2_add_le($a:expr, $b:expr, $c:expr)) => { backend::f64x2_le(backend::f64x2_add($a, $b), $c) };
    (i8x16_bitmask_popcnt($a:expr)) => { u32::count_ones(backend::i8x16_bitmask($a)) };
    ($name:ident($($arg:expr),*)) => { backend::$name($($arg),*) };
}

pub(crate) use {compute, vector_row};

#[cfg(all(test, feature = "fusion"))]
mod tests {
    use super::*;

    #[test]
    fn the_rows_over_vectors_stand_together() {
        for &family in Family::ALL {
            let name = alloc::format!("{:?}", family.shape());
            let computes = name.starts_with('V') && !name.starts_with("VStore");
            let number = family.first();
            let inside = (FIRST..FIRST + COUNT as u16).contains(&number);
            assert_eq!(computes, inside, "{family:?}");
        }
    }
}

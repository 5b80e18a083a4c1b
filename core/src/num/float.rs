//! Float instructions.
//!
//! Invariants:
//! - A NaN result is quiet, and canonical if every NaN operand is canonical (section 4.3.3 "NaN Propagation").
//!   The exceptions are `abs`, `neg` and `copysign`, which change the sign bit alone: Rust guarantees it of its own.
//! - Rounding instructions need neither the standard library nor a call: see `nearest_finite` of either width.
//!
//! Spec: section 4.3.3 "Floating-Point Operations".

use super::instructions;

instructions! {
    f32_add(a: f32, b: f32) -> f32 = a + b;
    f32_sub(a: f32, b: f32) -> f32 = a - b;
    f32_mul(a: f32, b: f32) -> f32 = a * b;
    f32_div(a: f32, b: f32) -> f32 = a / b;
    f32_sqrt(a: f32) -> f32 = libm::sqrtf(a);
    f32_eq(a: f32, b: f32) -> bool = a == b;
    f32_ne(a: f32, b: f32) -> bool = a != b;
    f32_lt(a: f32, b: f32) -> bool = a < b;
    f32_gt(a: f32, b: f32) -> bool = a > b;
    f32_le(a: f32, b: f32) -> bool = a <= b;
    f32_ge(a: f32, b: f32) -> bool = a >= b;

    f64_add(a: f64, b: f64) -> f64 = a + b;
    f64_sub(a: f64, b: f64) -> f64 = a - b;
    f64_mul(a: f64, b: f64) -> f64 = a * b;
    f64_div(a: f64, b: f64) -> f64 = a / b;
    f64_sqrt(a: f64) -> f64 = libm::sqrt(a);
    f64_eq(a: f64, b: f64) -> bool = a == b;
    f64_ne(a: f64, b: f64) -> bool = a != b;
    f64_lt(a: f64, b: f64) -> bool = a < b;
    f64_gt(a: f64, b: f64) -> bool = a > b;
    f64_le(a: f64, b: f64) -> bool = a <= b;
    f64_ge(a: f64, b: f64) -> bool = a >= b;
}

/// Makes the instructions of one width that look at bits. `$digits` is the number of stored significand bits.
macro_rules! bitwise {
    ($($float:ident $int:ident $digits:literal $width:ident:
        $abs:ident $neg:ident $copysign:ident $min:ident $max:ident
        $ceil:ident $floor:ident $trunc:ident $nearest:ident;)*) => {$(
        mod $width {
            const QUIET: $int = 1 << ($digits - 1);
            /// From here on every float is an integer, and the distance of neighbours is at least 1.
            const INTEGERS: $float = ((1 as $int) << $digits) as $float;

            /// A quiet NaN from the NaN `a`: itself if it is quiet.
            #[inline(always)]
            pub(super) fn quiet(a: $float) -> $float {
                $float::from_bits(a.to_bits() | QUIET)
            }

            /// `round(a)` for an `a` with a fractional part, all else as it is but for signaling NaNs.
            ///
            /// `round` is given `a`, which is less than [`INTEGERS`] in magnitude; the sign of its result is replaced by
            /// `a`'s, which it may have lost by rounding to zero.
            #[inline(always)]
            pub(super) fn round(a: $float, round: impl FnOnce($float) -> $float) -> $float {
                if a.abs() < INTEGERS {
                    round(a).copysign(a)
                } else if a.is_nan() {
                    quiet(a)
                } else {
                    a
                }
            }

            /// The integer next to `a`, ties to even: adding [`INTEGERS`] leaves no room for fractional bits, so that
            /// the addition rounds them away, and the subtraction is exact.
            #[inline(always)]
            pub(super) fn nearest_finite(a: $float) -> $float {
                let shift = INTEGERS.copysign(a);
                (a + shift) - shift
            }
        }

        /// `a` with its sign cleared, NaN or not.
        #[inline(always)]
        pub fn $abs(a: $float) -> $float {
            a.abs()
        }

        /// `a` with its sign flipped, NaN or not.
        #[inline(always)]
        pub fn $neg(a: $float) -> $float {
            -a
        }

        /// `a` with the sign of `b`, NaN or not.
        #[inline(always)]
        pub fn $copysign(a: $float, b: $float) -> $float {
            a.copysign(b)
        }

        /// The lesser of `a` and `b`, where -0 is less than +0; NaN if either is.
        #[inline(always)]
        pub fn $min(a: $float, b: $float) -> $float {
            // Equal values differ at most in the sign of a zero: the result is negative if either is.
            if a == b {
                $float::from_bits(a.to_bits() | b.to_bits())
            } else if a.is_nan() || b.is_nan() {
                a + b
            } else if a < b {
                a
            } else {
                b
            }
        }

        /// The greater of `a` and `b`, where -0 is less than +0; NaN if either is.
        #[inline(always)]
        pub fn $max(a: $float, b: $float) -> $float {
            // As above: the result is positive if either is.
            if a == b {
                $float::from_bits(a.to_bits() & b.to_bits())
            } else if a.is_nan() || b.is_nan() {
                a + b
            } else if a > b {
                a
            } else {
                b
            }
        }

        /// The least integer that is not less than `a`.
        #[inline(always)]
        pub fn $ceil(a: $float) -> $float {
            $width::round(a, |a| {
                let nearest = $width::nearest_finite(a);
                if nearest < a { nearest + 1.0 } else { nearest }
            })
        }

        /// The greatest integer that is not greater than `a`.
        #[inline(always)]
        pub fn $floor(a: $float) -> $float {
            $width::round(a, |a| {
                let nearest = $width::nearest_finite(a);
                if nearest > a { nearest - 1.0 } else { nearest }
            })
        }

        /// `a` without its fractional part.
        #[inline(always)]
        pub fn $trunc(a: $float) -> $float {
            $width::round(a, |a| {
                let magnitude = a.abs();
                let nearest = $width::nearest_finite(magnitude);
                if nearest > magnitude { nearest - 1.0 } else { nearest }
            })
        }

        /// The integer nearest to `a`, the even one of two.
        #[inline(always)]
        pub fn $nearest(a: $float) -> $float {
            $width::round(a, $width::nearest_finite)
        }
    )*};
}

bitwise! {
    f32 u32 23 bits32: f32_abs f32_neg f32_copysign f32_min f32_max f32_ceil f32_floor f32_trunc f32_nearest;
    f64 u64 52 bits64: f64_abs f64_neg f64_copysign f64_min f64_max f64_ceil f64_floor f64_trunc f64_nearest;
}

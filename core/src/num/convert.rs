//! Conversions between number types.
//!
//! Invariant: `trunc` gives exactly the mathematical truncation or traps; `trunc_sat` never traps; `reinterpret` keeps
//! every bit, signaling NaNs included; `demote` and `promote` quieten NaNs.
//!
//! Spec: section 4.3.4 "Conversions".

use super::instructions;
use crate::trap::TrapCode;

instructions! {
    i32_wrap_i64(a: u64) -> u32 = a as u32;
    i64_extend_i32_s(a: u32) -> u64 = (a.cast_signed() as i64).cast_unsigned();
    i64_extend_i32_u(a: u32) -> u64 = a as u64;

    // Rust's `as` saturates and takes NaN to zero, as these do.
    i32_trunc_sat_f32_s(a: f32) -> u32 = (a as i32).cast_unsigned();
    i32_trunc_sat_f32_u(a: f32) -> u32 = a as u32;
    i32_trunc_sat_f64_s(a: f64) -> u32 = (a as i32).cast_unsigned();
    i32_trunc_sat_f64_u(a: f64) -> u32 = a as u32;
    i64_trunc_sat_f32_s(a: f32) -> u64 = (a as i64).cast_unsigned();
    i64_trunc_sat_f32_u(a: f32) -> u64 = a as u64;
    i64_trunc_sat_f64_s(a: f64) -> u64 = (a as i64).cast_unsigned();
    i64_trunc_sat_f64_u(a: f64) -> u64 = a as u64;

    // Rust's `as` rounds to nearest, ties to even, as these do.
    f32_convert_i32_s(a: u32) -> f32 = a.cast_signed() as f32;
    f32_convert_i32_u(a: u32) -> f32 = a as f32;
    f32_convert_i64_s(a: u64) -> f32 = a.cast_signed() as f32;
    f32_convert_i64_u(a: u64) -> f32 = a as f32;
    f64_convert_i32_s(a: u32) -> f64 = a.cast_signed() as f64;
    f64_convert_i32_u(a: u32) -> f64 = a as f64;
    f64_convert_i64_s(a: u64) -> f64 = a.cast_signed() as f64;
    f64_convert_i64_u(a: u64) -> f64 = a as f64;

    f32_demote_f64(a: f64) -> f32 = a as f32;
    f64_promote_f32(a: f32) -> f64 = a as f64;

    i32_reinterpret_f32(a: f32) -> u32 = a.to_bits();
    i64_reinterpret_f64(a: f64) -> u64 = a.to_bits();
    f32_reinterpret_i32(a: u32) -> f32 = f32::from_bits(a);
    f64_reinterpret_i64(a: u64) -> f64 = f64::from_bits(a);
}

/// Makes one truncation per row. The integer part of `a` fits exactly if `a` lies between the bounds: where no float lies
/// between the least integer and its predecessor, the lower bound is the float before the least integer.
macro_rules! truncations {
    ($($name:ident($float:ident) -> $result:ident as $int:ident, $above:literal < a < $below:literal;)*) => {$(
        #[doc = concat!("The integer part of `a`, if ", stringify!($above), " < `a` < ", stringify!($below), ".")]
        ///
        /// # Errors
        /// Traps if `a` is NaN or its integer part does not fit.
        #[inline(always)]
        pub fn $name(a: $float) -> Result<$result, TrapCode> {
            if $above < a && a < $below { Ok(a as $int as $result) } else { Err(no_integer(a.is_nan())) }
        }
    )*};
}

truncations! {
    i32_trunc_f32_s(f32) -> u32 as i32, -2147483904.0 < a < 2147483648.0;
    i32_trunc_f32_u(f32) -> u32 as u32, -1.0 < a < 4294967296.0;
    i32_trunc_f64_s(f64) -> u32 as i32, -2147483649.0 < a < 2147483648.0;
    i32_trunc_f64_u(f64) -> u32 as u32, -1.0 < a < 4294967296.0;
    i64_trunc_f32_s(f32) -> u64 as i64, -9223373136366403584.0 < a < 9223372036854775808.0;
    i64_trunc_f32_u(f32) -> u64 as u64, -1.0 < a < 18446744073709551616.0;
    i64_trunc_f64_s(f64) -> u64 as i64, -9223372036854777856.0 < a < 9223372036854775808.0;
    i64_trunc_f64_u(f64) -> u64 as u64, -1.0 < a < 18446744073709551616.0;
}

#[cold]
fn no_integer(is_nan: bool) -> TrapCode {
    if is_nan { TrapCode::BadConversionToInteger } else { TrapCode::IntegerOverflow }
}

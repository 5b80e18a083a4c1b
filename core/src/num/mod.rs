//! The scalar numeric instructions of WebAssembly as functions: one per instruction, named after it with `_` for `.`.
//!
//! - Integers are `u32` and `u64`: their sign is in the instruction, not in the value.
//! - Comparisons and tests return `bool`; partial instructions return `Result<_, TrapCode>`.
//! - Floats are exact about NaN: `abs`, `neg` and `copysign` change the sign bit and nothing else; every other
//!   arithmetic instruction returns a quiet NaN, the canonical one if all NaN operands are canonical.
//!
//! | module | instructions |
//! |---|---|
//! | [`int`] | integer arithmetic, bit operations, comparisons, sign extension, wide arithmetic |
//! | [`float`] | float arithmetic, rounding, comparisons |
//! | [`fused`] | pairs that the register IR executes as one op |
//! | [`counting`] | loops that count |
//! | [`i31`] | integers that are references |
//! | [`convert`] | between types: wrap, extend, trunc, trunc_sat, convert, demote, promote, reinterpret |
//!
//! Spec: section 4.3 "Numerics".

pub mod convert;
pub mod counting;
pub mod float;
pub mod fused;
pub mod i31;
pub mod int;

pub use convert::*;
pub use float::*;
pub use fused::*;
pub use i31::*;
pub use int::*;

/// Makes one function per row: `name(operands: types) -> result = body`.
macro_rules! instructions {
    ($($(#[$doc:meta])* $name:ident($($arg:ident: $ty:ty),*) -> $result:ty = $body:expr;)*) => {$(
        $(#[$doc])*
        #[doc = concat!("`", stringify!($name), "(", stringify!($($arg),*), ") = ", stringify!($body), "`")]
        #[inline(always)]
        pub fn $name($($arg: $ty),*) -> $result {
            $body
        }
    )*};
}
use instructions;

#[cfg(test)]
mod tests;

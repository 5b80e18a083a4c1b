//! Every vector instruction lane by lane, in safe and portable code.
//!
//! This is the oracle: what a function here returns is what the instruction means, and every other back end is tested
//! against it. Rows read `name(operands) = value`; the work is done by the lane maps of `lanes`.
//!
//! Invariant: scalar instructions are not defined a second time: where one exists, the lanes go through
//! `fantail_core::num`.
//!
//! Spec: sections 4.3.5 "Vector Operations" and 4.3.6 "Relaxed Operations".

mod convert;
mod float;
mod int;
mod lane;
mod lanes;
mod relaxed;

pub use convert::*;
pub use float::*;
pub use int::*;
pub use lane::*;
pub use relaxed::*;

/// Makes one function per row; operands and results are vectors unless the row says otherwise.
macro_rules! instructions {
    ($($name:ident($($arg:ident $(: $ty:ty)?),*) $(-> $result:ty)? = $body:expr;)*) => {$(
        #[doc = concat!("`", stringify!($name), "(", stringify!($($arg),*), ") = ", stringify!($body), "`")]
        #[inline(always)]
        pub fn $name($($arg: instructions!(@type $($ty)?)),*) -> instructions!(@type $($result)?) {
            $body
        }
    )*};
    (@type) => { crate::V128 };
    (@type $ty:ty) => { $ty };
}
use instructions;

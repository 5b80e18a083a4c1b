//! The texts of errors, which the feature `text` leaves out: all there is then is the kind and the place.
//!
//! A message is formatted where the error is made, by [`try_format`](crate::fallible::try_format); until then it is only
//! the arguments.

/// A message, as the macro of that name of `alloc` takes it.
#[cfg(feature = "text")]
pub(crate) use core::format_args as format;

/// An empty message; the arguments are not even formatted.
#[cfg(not(feature = "text"))]
macro_rules! no_text {
    ($($arg:tt)*) => {{
        let _ = || {
            let _ = format_args!($($arg)*);
        };
        ""
    }};
}
#[cfg(not(feature = "text"))]
pub(crate) use no_text as format;

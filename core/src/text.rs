//! The texts of errors, which the feature `text` leaves out: all there is then is the kind and the place.

/// As the macro of that name of `alloc`.
#[cfg(feature = "text")]
pub(crate) use alloc::format;

/// An empty string; the arguments are not even formatted.
#[cfg(not(feature = "text"))]
macro_rules! no_text {
    ($($arg:tt)*) => {{
        let _ = || alloc::format!($($arg)*);
        alloc::string::String::new()
    }};
}
#[cfg(not(feature = "text"))]
pub(crate) use no_text as format;

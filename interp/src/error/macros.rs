//! [`format_err!`], [`bail!`] and [`ensure!`]: errors made where something is wrong.
//!
//! What is no format string is a value. Whether that is an error by itself or a message is found out by the order in which
//! the compiler looks for methods: those of the value before those of a reference to it.

use super::Error;
use core::fmt::{Debug, Display};

/// Makes an [`Error`](crate::Error): with the message that `format!` would give, or of a value, which is an error already
/// or prints as the message.
///
/// ```
/// use fantail::{Trap, format_err};
///
/// let limit = 3;
/// assert_eq!(format_err!("more than {limit}").to_string(), "more than 3");
/// assert_eq!(format_err!("more than {}", limit + 1).to_string(), "more than 4");
/// assert!(format_err!(Trap::OutOfFuel).is::<Trap>());
/// assert_eq!(format_err!(String::from("a message")).to_string(), "a message");
/// ```
#[macro_export]
macro_rules! format_err {
    ($message:literal $(,)?) => { $crate::__private::formatted!($message) };
    ($message:literal, $($arg:tt)*) => { $crate::__private::formatted!($message, $($arg)*) };
    ($value:expr $(,)?) => {{
        use $crate::__private::{OfError as _, OfMessage as _};
        let value = $value;
        (&value).kind_of_error().make(value)
    }};
}

/// The error with a message.
#[cfg(feature = "text")]
#[doc(hidden)]
#[macro_export]
macro_rules! __formatted {
    ($($arg:tt)*) => { $crate::Error::formatted($crate::__private::format_args!($($arg)*)) };
}

/// The same in builds without the feature `text`; the arguments are not even formatted.
#[cfg(not(feature = "text"))]
#[doc(hidden)]
#[macro_export]
macro_rules! __formatted {
    ($($arg:tt)*) => {{
        let _ = || $crate::__private::format_args!($($arg)*).as_str().is_some();
        $crate::Error::msg($crate::__private::NoText)
    }};
}

/// Returns with the error that [`format_err!`](crate::format_err) makes.
///
/// ```
/// use fantail::{Result, Trap, bail};
///
/// fn check(n: i32) -> Result<i32> {
///     match n {
///         0 => bail!("it is zero"),
///         i32::MIN..0 => bail!(Trap::IntegerOverflow),
///         _ => Ok(n),
///     }
/// }
/// assert_eq!(check(0).unwrap_err().to_string(), "it is zero");
/// assert!(check(-1).unwrap_err().is::<Trap>());
/// assert_eq!(check(7)?, 7);
/// # Ok::<(), fantail::Error>(())
/// ```
#[macro_export]
macro_rules! bail {
    ($($arg:tt)*) => { return $crate::__private::Err($crate::format_err!($($arg)*)) };
}

/// Returns with an [`Error`](crate::Error) unless the condition holds: the one that [`format_err!`](crate::format_err) makes
/// of what follows the condition, or one that says which condition it was.
///
/// ```
/// use fantail::{Result, Trap, ensure};
///
/// fn divide(a: u32, b: u32) -> Result<u32> {
///     ensure!(a < 1_000, "{a} is too large");
///     ensure!(b != 0, Trap::IntegerDivisionByZero);
///     ensure!(a % b == 0);
///     Ok(a / b)
/// }
/// assert_eq!(divide(6, 3)?, 2);
/// assert_eq!(divide(1_000, 1).unwrap_err().to_string(), "1000 is too large");
/// assert!(divide(6, 0).unwrap_err().is::<Trap>());
/// assert_eq!(divide(7, 2).unwrap_err().to_string(), "Condition failed: `a % b == 0`");
/// # Ok::<(), fantail::Error>(())
/// ```
#[macro_export]
macro_rules! ensure {
    ($condition:expr $(,)?) => {
        $crate::ensure!($condition, $crate::__private::concat!(
            "Condition failed: `",
            $crate::__private::stringify!($condition),
            "`"
        ))
    };
    ($condition:expr, $($arg:tt)*) => { if !$condition { $crate::bail!($($arg)*) } };
}

/// Makes errors of errors.
#[doc(hidden)]
#[derive(Debug)]
pub struct Errors;

/// Makes errors of messages.
#[doc(hidden)]
#[derive(Debug)]
pub struct Messages;

/// A value that is an error by itself.
#[doc(hidden)]
pub trait OfError: Sized {
    fn kind_of_error(&self) -> Errors {
        Errors
    }
}

impl<E: Into<Error>> OfError for E {}

/// Any other value: for a reference to it, so that [`OfError`] is found first.
#[doc(hidden)]
pub trait OfMessage: Sized {
    fn kind_of_error(&self) -> Messages {
        Messages
    }
}

impl<M: Display + Debug + Send + Sync + 'static> OfMessage for &M {}

impl Errors {
    #[doc(hidden)]
    #[cold]
    pub fn make(self, error: impl Into<Error>) -> Error {
        error.into()
    }
}

impl Messages {
    #[doc(hidden)]
    #[cold]
    pub fn make(self, message: impl Display + Debug + Send + Sync + 'static) -> Error {
        Error::msg(message)
    }
}

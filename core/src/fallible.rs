//! Allocation that can fail: what the standard collections do, with an error where they would abort.
//!
//! Whatever a module or a caller can make grow is allocated by these functions, so running out of memory is an error of
//! kind [`OutOfMemory`](crate::ErrorKind::OutOfMemory), and what was there before is as it was. Where code pushes many times
//! it makes room first and pushes then, which the standard functions do without asking again.
//!
//! | standard | here |
//! |---|---|
//! | `push`, `insert`, `extend`, `resize` | [`TryVec`] |
//! | `collect` | [`try_collect`], [`try_boxed`], [`try_copy`] |
//! | `String::from`, `format!` | [`try_string`], [`try_format`] |

use crate::error::Error;
use alloc::boxed::Box;
use alloc::collections::TryReserveError;
use alloc::string::String;
use alloc::vec::Vec;
use core::fmt::{self, Write};

/// There is not enough memory.
///
/// ```
/// assert_eq!(fantail_core::OutOfMemory.to_string(), "out of memory");
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct OutOfMemory;

impl fmt::Display for OutOfMemory {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !cfg!(feature = "text") {
            return Ok(());
        }
        f.write_str("out of memory")
    }
}

impl core::error::Error for OutOfMemory {}

impl From<TryReserveError> for OutOfMemory {
    fn from(_: TryReserveError) -> Self {
        Self
    }
}

/// What makes a vector longer, or leaves it as it is.
pub trait TryVec<T> {
    /// As `push`.
    ///
    /// # Errors
    /// When there is not enough memory.
    fn try_push(&mut self, value: T) -> Result<(), OutOfMemory>;

    /// As `insert`.
    ///
    /// # Errors
    /// When there is not enough memory.
    fn try_insert(&mut self, index: usize, value: T) -> Result<(), OutOfMemory>;

    /// As `extend`; when it fails, some of `values` may have been added.
    ///
    /// # Errors
    /// When there is not enough memory.
    fn try_extend(&mut self, values: impl IntoIterator<Item = T>) -> Result<(), OutOfMemory>;

    /// As `resize`.
    ///
    /// # Errors
    /// When there is not enough memory.
    fn try_resize(&mut self, len: usize, value: T) -> Result<(), OutOfMemory>
    where
        T: Copy;
}

impl<T> TryVec<T> for Vec<T> {
    #[inline]
    fn try_push(&mut self, value: T) -> Result<(), OutOfMemory> {
        if self.len() == self.capacity() {
            grow(self)?;
        }
        self.push(value);
        Ok(())
    }

    fn try_insert(&mut self, index: usize, value: T) -> Result<(), OutOfMemory> {
        self.try_reserve(1)?;
        self.insert(index, value);
        Ok(())
    }

    fn try_extend(&mut self, values: impl IntoIterator<Item = T>) -> Result<(), OutOfMemory> {
        let values = values.into_iter();
        self.try_reserve(values.size_hint().0)?;
        for value in values {
            self.try_push(value)?;
        }
        Ok(())
    }

    fn try_resize(&mut self, len: usize, value: T) -> Result<(), OutOfMemory>
    where
        T: Copy,
    {
        self.try_reserve(len.saturating_sub(self.len()))?;
        self.resize(len, value);
        Ok(())
    }
}

/// Makes room for one more.
#[cold]
#[inline(never)]
fn grow<T>(list: &mut Vec<T>) -> Result<(), OutOfMemory> {
    Ok(list.try_reserve(1)?)
}

/// `values` in a vector.
///
/// # Errors
/// When there is not enough memory.
pub fn try_collect<T>(values: impl IntoIterator<Item = T>) -> Result<Vec<T>, OutOfMemory> {
    let mut collected = Vec::new();
    collected.try_extend(values)?;
    Ok(collected)
}

/// `values` in a box.
///
/// # Errors
/// When there is not enough memory.
pub fn try_boxed<T>(
    values: impl IntoIterator<Item = T, IntoIter: ExactSizeIterator>,
) -> Result<Box<[T]>, OutOfMemory> {
    let values = values.into_iter();
    let mut collected = Vec::new();
    // A vector that is full becomes a box where it is.
    collected.try_reserve_exact(values.len())?;
    collected.try_extend(values)?;
    Ok(collected.into_boxed_slice())
}

/// A copy of `values`.
///
/// # Errors
/// When there is not enough memory.
pub fn try_copy<T: Copy>(values: &[T]) -> Result<Box<[T]>, OutOfMemory> {
    let mut copy = Vec::new();
    copy.try_reserve_exact(values.len())?;
    copy.extend_from_slice(values);
    // A vector that is full becomes a box where it is.
    Ok(copy.into_boxed_slice())
}

/// A copy of `text`.
///
/// # Errors
/// When there is not enough memory.
pub fn try_string(text: &str) -> Result<String, OutOfMemory> {
    let mut copy = String::new();
    copy.try_reserve_exact(text.len())?;
    copy.push_str(text);
    Ok(copy)
}

/// `value` as text.
///
/// ```
/// let text = fantail_core::fallible::try_format(&format_args!("{} pages", 3));
/// assert_eq!(text.as_deref(), Ok("3 pages"));
/// ```
///
/// # Errors
/// When there is not enough memory.
pub fn try_format(value: &dyn fmt::Display) -> Result<String, OutOfMemory> {
    /// Fails for lack of memory only.
    struct Growing(String);

    impl Write for Growing {
        fn write_str(&mut self, text: &str) -> fmt::Result {
            self.0.try_reserve(text.len()).map_err(|_| fmt::Error)?;
            self.0.push_str(text);
            Ok(())
        }
    }

    let mut growing = Growing(String::new());
    // What prints types, numbers and names does not fail by itself.
    write!(growing, "{value}").map_err(|_| OutOfMemory)?;
    Ok(growing.0)
}

impl From<OutOfMemory> for Error {
    fn from(_: OutOfMemory) -> Self {
        Self::out_of_memory()
    }
}

impl From<TryReserveError> for Error {
    fn from(_: TryReserveError) -> Self {
        Self::out_of_memory()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::ErrorKind;

    #[test]
    fn what_does_not_fit_is_an_error_that_changes_nothing() {
        let mut list = alloc::vec![7_u8];
        assert_eq!(list.try_resize(usize::MAX, 0), Err(OutOfMemory));
        assert_eq!(list, [7]);
        let huge = core::iter::repeat_n(0_u64, usize::MAX / 2);
        assert_eq!(try_collect(huge), Err(OutOfMemory));
        let error = Error::from(OutOfMemory);
        assert_eq!((error.kind(), error.message()), (ErrorKind::OutOfMemory, "out of memory"));
    }

    #[test]
    fn lists_grow_as_the_standard_ones_do() {
        let mut list = Vec::new();
        assert!(list.try_push(2).and_then(|()| list.try_insert(0, 1)).is_ok());
        assert!(list.try_extend(3..5).and_then(|()| list.try_resize(6, 9)).is_ok());
        assert_eq!(list, [1, 2, 3, 4, 9, 9]);
        assert_eq!(try_boxed([1, 2, 3]).as_deref(), Ok(&[1, 2, 3][..]));
        assert_eq!(try_copy(&[1, 2, 3]).as_deref(), Ok(&[1, 2, 3][..]));
        assert_eq!(try_string("text").as_deref(), Ok("text"));
    }
}

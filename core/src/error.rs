//! What can be wrong with a module: a kind, where, and the sentence that says so.

use crate::types::FuncIdx;
use core::fmt;

#[cfg(any(test, not(feature = "text")))]
#[cfg_attr(feature = "text", expect(dead_code, reason = "it is only tested"))]
mod code;
#[cfg(feature = "text")]
mod full;

#[cfg(not(feature = "text"))]
use code::Repr;
#[cfg(feature = "text")]
use full::Repr;

/// A module that cannot be used.
///
/// Its `Display` is a sentence such as
/// `type mismatch: expected i32, found f64 (at offset 0x1f, in function 12 "sort")`. In builds without the feature `text` it
/// has its kind and its offset alone.
///
/// Making one with a text allocates. When there is not enough memory for that, the error is of kind
/// [`OutOfMemory`](ErrorKind::OutOfMemory) instead, which takes none.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Error(Repr);

/// What kind of fault an [`Error`] reports.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ErrorKind {
    /// The bytes are not a WebAssembly module ("malformed" in the specification).
    Malformed,
    /// The module is well-formed but not valid.
    Invalid,
    /// The module uses a proposal that is switched off or that cannot be executed.
    Unsupported,
    /// The module is valid but exceeds a limit of this implementation.
    Limit,
    /// There is not enough memory.
    OutOfMemory,
}

impl Error {
    /// A fault of `kind`, described by `message` in the specification's words.
    #[cold]
    pub fn new(kind: ErrorKind, message: impl fmt::Display) -> Self {
        Self(Repr::new(kind, &message))
    }

    /// That there is not enough memory.
    #[cold]
    pub const fn out_of_memory() -> Self {
        Self(Repr::OUT_OF_MEMORY)
    }

    /// A fault of kind [`Malformed`](ErrorKind::Malformed).
    #[cold]
    pub fn malformed(message: impl fmt::Display) -> Self {
        Self::new(ErrorKind::Malformed, message)
    }

    /// A fault of kind [`Invalid`](ErrorKind::Invalid).
    #[cold]
    pub fn invalid(message: impl fmt::Display) -> Self {
        Self::new(ErrorKind::Invalid, message)
    }

    /// A fault of kind [`Unsupported`](ErrorKind::Unsupported).
    #[cold]
    pub fn unsupported(message: impl fmt::Display) -> Self {
        Self::new(ErrorKind::Unsupported, message)
    }

    /// A fault of kind [`Limit`](ErrorKind::Limit).
    #[cold]
    pub fn limit(message: impl fmt::Display) -> Self {
        Self::new(ErrorKind::Limit, message)
    }

    /// Adds the byte offset in the module, unless a more precise one is already known. A lack of memory has no place.
    #[must_use]
    pub fn at(mut self, offset: usize) -> Self {
        self.0.set_offset(offset);
        self
    }

    /// Adds the function in which the fault lies, with its name where the module has one and there is memory for it.
    #[must_use]
    pub fn in_func(mut self, func: FuncIdx, name: Option<&str>) -> Self {
        self.0.set_func(func, name);
        self
    }

    /// What kind of fault it is.
    pub fn kind(&self) -> ErrorKind {
        self.0.kind()
    }

    /// The fault without its place.
    pub fn message(&self) -> &str {
        self.0.message()
    }

    /// Byte offset in the module, where known.
    pub fn offset(&self) -> Option<usize> {
        self.0.offset()
    }

    /// The function in which the fault lies, where it lies in one and there is the feature `text`.
    pub fn func(&self) -> Option<FuncIdx> {
        self.func_and_name().map(|(index, _)| index)
    }

    /// The function in which the fault lies, with its name.
    pub(crate) fn func_and_name(&self) -> Option<(FuncIdx, Option<&str>)> {
        self.0.func_and_name()
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !cfg!(feature = "text") {
            return Ok(());
        }
        f.write_str(self.message())?;
        let mut separator = " (";
        if let Some(offset) = self.offset() {
            write!(f, "{separator}at offset {offset:#x}")?;
            separator = ", ";
        }
        if let Some((index, name)) = self.func_and_name() {
            write!(f, "{separator}in function {index}")?;
            if let Some(name) = name {
                write!(f, " {name:?}")?;
            }
            separator = ", ";
        }
        if separator == ", " { f.write_str(")") } else { Ok(()) }
    }
}

impl core::error::Error for Error {}

#[cfg(all(test, feature = "text"))]
mod tests {
    use super::*;
    use alloc::string::ToString;

    #[test]
    fn display_says_what_and_where() {
        let error = Error::invalid("type mismatch: expected i32, found f64");
        assert_eq!(error.to_string(), "type mismatch: expected i32, found f64");
        let error = error.at(0x1f).in_func(FuncIdx(12), Some("sort"));
        assert_eq!(
            error.to_string(),
            "type mismatch: expected i32, found f64 (at offset 0x1f, in function 12 \"sort\")"
        );
    }

    #[test]
    fn a_copy_says_the_same_and_a_lack_of_memory_has_no_place() {
        let error = Error::limit("too many types").at(3).in_func(FuncIdx(1), Some("sort"));
        assert_eq!(error.clone(), error);
        let error = Error::out_of_memory().at(3).in_func(FuncIdx(1), None);
        assert_eq!((error.kind(), error.to_string()), (ErrorKind::OutOfMemory, "out of memory".into()));
    }

    #[test]
    fn the_first_place_given_is_the_most_precise() {
        let error = Error::malformed("unexpected end").at(7).at(1);
        assert_eq!(error.offset(), Some(7));
    }
}

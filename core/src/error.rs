//! What can be wrong with a module: a kind, where, and the sentence that says so.

use crate::fallible::{OutOfMemory, try_string};
use crate::types::FuncIdx;
use alloc::boxed::Box;
use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;

/// A module that cannot be used.
///
/// Its `Display` is a sentence such as
/// `type mismatch: expected i32, found f64 (at offset 0x1f, in function 12 "sort")`.
///
/// Making one allocates. When there is not enough memory for that, the error is of kind
/// [`OutOfMemory`](ErrorKind::OutOfMemory) instead, which takes none.
#[derive(Debug, PartialEq, Eq)]
pub struct Error(Option<Box<[Inner; 1]>>);

/// All that there is to say, but for a lack of memory.
#[derive(Debug, PartialEq, Eq)]
struct Inner {
    kind: ErrorKind,
    message: String,
    offset: Option<usize>,
    func: Option<(FuncIdx, Option<String>)>,
}

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
        #[cfg(feature = "text")]
        return Self::with_message(kind, crate::fallible::try_format(&message));
        #[cfg(not(feature = "text"))]
        {
            drop(message);
            Self::with_message(kind, Ok(String::new()))
        }
    }

    fn with_message(kind: ErrorKind, message: Result<String, OutOfMemory>) -> Self {
        let Ok(message) = message else { return Self::out_of_memory() };
        Self::from_inner(Inner { kind, message, offset: None, func: None })
    }

    fn from_inner(inner: Inner) -> Self {
        let mut one = Vec::new();
        if one.try_reserve_exact(1).is_err() {
            return Self::out_of_memory();
        }
        one.push(inner);
        // A vector that is full becomes a box where it is.
        Self(one.try_into().ok())
    }

    /// That there is not enough memory.
    #[cold]
    pub const fn out_of_memory() -> Self {
        Self(None)
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

    fn inner(&self) -> Option<&Inner> {
        self.0.as_ref().map(|inner| &inner[0])
    }

    /// Adds the byte offset in the module, unless a more precise one is already known. A lack of memory has no place.
    #[must_use]
    pub fn at(mut self, offset: usize) -> Self {
        if let Some(inner) = &mut self.0 {
            inner[0].offset.get_or_insert(offset);
        }
        self
    }

    /// Adds the function in which the fault lies, with its name where the module has one and there is memory for it.
    #[must_use]
    pub fn in_func(mut self, func: FuncIdx, name: Option<&str>) -> Self {
        if let Some(inner) = &mut self.0 {
            inner[0].func.get_or_insert_with(|| (func, name.and_then(|name| try_string(name).ok())));
        }
        self
    }

    /// What kind of fault it is.
    pub fn kind(&self) -> ErrorKind {
        self.inner().map_or(ErrorKind::OutOfMemory, |inner| inner.kind)
    }

    /// The fault without its place.
    pub fn message(&self) -> &str {
        let no_memory = if cfg!(feature = "text") { "out of memory" } else { "" };
        self.inner().map_or(no_memory, |inner| &inner.message)
    }

    /// Byte offset in the module, where known.
    pub fn offset(&self) -> Option<usize> {
        self.inner()?.offset
    }

    /// The function in which the fault lies, where it lies in one.
    pub fn func(&self) -> Option<FuncIdx> {
        self.func_and_name().map(|(index, _)| index)
    }

    /// The function in which the fault lies, with its name.
    pub(crate) fn func_and_name(&self) -> Option<(FuncIdx, Option<&str>)> {
        self.inner()?.func.as_ref().map(|(index, name)| (*index, name.as_deref()))
    }
}

impl Clone for Error {
    /// The same error; one of kind [`OutOfMemory`](ErrorKind::OutOfMemory) if there is no room for it.
    fn clone(&self) -> Self {
        let Some(inner) = self.inner() else { return Self::out_of_memory() };
        let (kind, offset) = (inner.kind, inner.offset);
        let Ok(message) = try_string(&inner.message) else { return Self::out_of_memory() };
        let copy = Self::from_inner(Inner { kind, message, offset, func: None });
        match self.func_and_name() {
            Some((func, name)) => copy.in_func(func, name),
            None => copy,
        }
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

#[cfg(test)]
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

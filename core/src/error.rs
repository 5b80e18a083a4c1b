//! What can be wrong with a module: a kind, where, and the sentence that says so.

use crate::types::FuncIdx;
use alloc::string::String;
use core::fmt;

/// A module that cannot be used.
///
/// Its `Display` is a sentence such as
/// `type mismatch: expected i32, found f64 (at offset 0x1f, in function 12 "sort")`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Error(alloc::boxed::Box<Inner>);

#[derive(Clone, Debug, PartialEq, Eq)]
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
}

impl Error {
    /// A fault of `kind`, described by `message` in the specification's words.
    #[cold]
    pub fn new(kind: ErrorKind, message: impl Into<String>) -> Self {
        #[cfg(feature = "text")]
        let message = message.into();
        #[cfg(not(feature = "text"))]
        let message = {
            drop(message);
            String::new()
        };
        Self(alloc::boxed::Box::new(Inner { kind, message, offset: None, func: None }))
    }

    /// A fault of kind [`Malformed`](ErrorKind::Malformed).
    #[cold]
    pub fn malformed(message: impl Into<String>) -> Self {
        Self::new(ErrorKind::Malformed, message)
    }

    /// A fault of kind [`Invalid`](ErrorKind::Invalid).
    #[cold]
    pub fn invalid(message: impl Into<String>) -> Self {
        Self::new(ErrorKind::Invalid, message)
    }

    /// A fault of kind [`Unsupported`](ErrorKind::Unsupported).
    #[cold]
    pub fn unsupported(message: impl Into<String>) -> Self {
        Self::new(ErrorKind::Unsupported, message)
    }

    /// A fault of kind [`Limit`](ErrorKind::Limit).
    #[cold]
    pub fn limit(message: impl Into<String>) -> Self {
        Self::new(ErrorKind::Limit, message)
    }

    /// Adds the byte offset in the module, unless a more precise one is already known.
    #[must_use]
    pub fn at(mut self, offset: usize) -> Self {
        self.0.offset.get_or_insert(offset);
        self
    }

    /// Adds the function in which the fault lies, with its name where the module has one.
    #[must_use]
    pub fn in_func(mut self, func: FuncIdx, name: Option<&str>) -> Self {
        self.0.func.get_or_insert_with(|| (func, name.map(String::from)));
        self
    }

    /// What kind of fault it is.
    pub fn kind(&self) -> ErrorKind {
        self.0.kind
    }

    /// The fault without its place.
    pub fn message(&self) -> &str {
        &self.0.message
    }

    /// Byte offset in the module, where known.
    pub fn offset(&self) -> Option<usize> {
        self.0.offset
    }

    /// The function in which the fault lies, where it lies in one.
    pub fn func(&self) -> Option<FuncIdx> {
        self.0.func.as_ref().map(|(index, _)| *index)
    }

    /// The function in which the fault lies, with its name.
    pub(crate) fn func_and_name(&self) -> Option<(FuncIdx, Option<&str>)> {
        self.0.func.as_ref().map(|(index, name)| (*index, name.as_deref()))
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !cfg!(feature = "text") {
            return Ok(());
        }
        let Inner { message, offset, func, .. } = &*self.0;
        f.write_str(message)?;
        let mut separator = " (";
        if let Some(offset) = offset {
            write!(f, "{separator}at offset {offset:#x}")?;
            separator = ", ";
        }
        if let Some((index, name)) = func {
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
    fn the_first_place_given_is_the_most_precise() {
        let error = Error::malformed("unexpected end").at(7).at(1);
        assert_eq!(error.offset(), Some(7));
    }
}

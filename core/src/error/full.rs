//! An error with all that there is to say. Making one allocates; without memory for that it is one of kind
//! [`OutOfMemory`](ErrorKind::OutOfMemory), which takes none.

use super::ErrorKind;
use crate::fallible::{try_format, try_string};
use crate::types::FuncIdx;
use alloc::boxed::Box;
use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;

#[derive(Debug, PartialEq, Eq)]
pub(super) struct Repr(Option<Box<[Inner; 1]>>);

/// All that there is to say, but for a lack of memory.
#[derive(Debug, PartialEq, Eq)]
struct Inner {
    kind: ErrorKind,
    message: String,
    offset: Option<usize>,
    func: Option<(FuncIdx, Option<String>)>,
}

impl Repr {
    pub(super) const OUT_OF_MEMORY: Self = Self(None);

    pub(super) fn new(kind: ErrorKind, message: &dyn fmt::Display) -> Self {
        let Ok(message) = try_format(message) else { return Self::OUT_OF_MEMORY };
        Self::from_inner(Inner { kind, message, offset: None, func: None })
    }

    fn from_inner(inner: Inner) -> Self {
        let mut one = Vec::new();
        if one.try_reserve_exact(1).is_err() {
            return Self::OUT_OF_MEMORY;
        }
        one.push(inner);
        // A vector that is full becomes a box where it is.
        Self(one.try_into().ok())
    }

    fn inner(&self) -> Option<&Inner> {
        self.0.as_ref().map(|inner| &inner[0])
    }

    pub(super) fn set_offset(&mut self, offset: usize) {
        if let Some(inner) = &mut self.0 {
            inner[0].offset.get_or_insert(offset);
        }
    }

    pub(super) fn set_func(&mut self, func: FuncIdx, name: Option<&str>) {
        if let Some(inner) = &mut self.0 {
            inner[0].func.get_or_insert_with(|| (func, name.and_then(|name| try_string(name).ok())));
        }
    }

    pub(super) fn kind(&self) -> ErrorKind {
        self.inner().map_or(ErrorKind::OutOfMemory, |inner| inner.kind)
    }

    pub(super) fn message(&self) -> &str {
        self.inner().map_or("out of memory", |inner| &inner.message)
    }

    pub(super) fn offset(&self) -> Option<usize> {
        self.inner()?.offset
    }

    pub(super) fn func_and_name(&self) -> Option<(FuncIdx, Option<&str>)> {
        self.inner()?.func.as_ref().map(|(index, name)| (*index, name.as_deref()))
    }
}

impl Clone for Repr {
    /// The same error; one of kind [`OutOfMemory`](ErrorKind::OutOfMemory) if there is no room for it.
    fn clone(&self) -> Self {
        let Some(inner) = self.inner() else { return Self::OUT_OF_MEMORY };
        let (kind, offset) = (inner.kind, inner.offset);
        let Ok(message) = try_string(&inner.message) else { return Self::OUT_OF_MEMORY };
        let mut copy = Self::from_inner(Inner { kind, message, offset, func: None });
        if let Some((func, name)) = self.func_and_name() {
            copy.set_func(func, name);
        }
        copy
    }
}

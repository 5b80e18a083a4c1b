//! An error in builds without the feature `text`: a word with its kind and offset, so that it takes no memory and nothing
//! has to be dropped.

use super::ErrorKind;
use crate::types::FuncIdx;
use core::fmt;
use core::num::NonZeroUsize;

/// One more than the number of the kind, in the lowest bits; above them one more than the offset, if that is known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Repr(NonZeroUsize);

/// Bits for the kind.
const KIND: u32 = 3;

const KINDS: [ErrorKind; 5] = [
    ErrorKind::Malformed,
    ErrorKind::Invalid,
    ErrorKind::Unsupported,
    ErrorKind::Limit,
    ErrorKind::OutOfMemory,
];

impl Repr {
    pub(super) const OUT_OF_MEMORY: Self = Self::of(ErrorKind::OutOfMemory);

    const fn of(kind: ErrorKind) -> Self {
        Self(NonZeroUsize::MIN.saturating_add(kind as usize))
    }

    pub(super) fn new(kind: ErrorKind, _message: &dyn fmt::Display) -> Self {
        Self::of(kind)
    }

    /// Notes an offset, unless it has one, or it is too large to be noted.
    pub(super) fn set_offset(&mut self, offset: usize) {
        let is_known = self.offset().is_some() || self.kind() == ErrorKind::OutOfMemory;
        if !is_known && offset < usize::MAX >> KIND {
            self.0 |= (offset + 1) << KIND;
        }
    }

    pub(super) fn set_func(&mut self, _func: FuncIdx, _name: Option<&str>) {}

    pub(super) fn kind(&self) -> ErrorKind {
        KINDS[(self.0.get() & ((1 << KIND) - 1)) - 1]
    }

    #[expect(clippy::unused_self, reason = "it stands for one with a text")]
    pub(super) fn message(&self) -> &str {
        ""
    }

    pub(super) fn offset(&self) -> Option<usize> {
        (self.0.get() >> KIND).checked_sub(1)
    }

    #[expect(clippy::unused_self, reason = "it stands for one that knows the function")]
    pub(super) fn func_and_name(&self) -> Option<(FuncIdx, Option<&str>)> {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_has_the_kind_and_the_first_offset() {
        for kind in KINDS {
            let mut error = Repr::new(kind, &"");
            assert_eq!((error.kind(), error.offset()), (kind, None));
            error.set_offset(usize::MAX);
            assert_eq!((error.kind(), error.offset()), (kind, None));
            error.set_offset(0);
            error.set_offset(7);
            let offset = (kind != ErrorKind::OutOfMemory).then_some(0);
            assert_eq!((error.kind(), error.offset()), (kind, offset));
        }
    }
}

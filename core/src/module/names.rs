//! The `name` section, as far as messages use it: names of the module and of its functions.
//!
//! The section has no say in whether a module is valid, so whatever is malformed in it makes the names empty. A lack of memory
//! is an error all the same.
//!
//! Spec: WebAssembly 3.0, appendix A.6.1 "Name Section".

use super::{Names, Reader, Result};
use crate::error::ErrorKind;
use crate::fallible::{TryVec, try_string};
use crate::types::FuncIdx;
use alloc::vec::Vec;
use core::ops::Range;

impl Names {
    /// The names in the `name` section at `range` of `bytes`.
    pub(super) fn parse(bytes: &[u8], range: Range<usize>) -> Result<Self> {
        let mut names = Self::default();
        match names.subsections(bytes, range) {
            Ok(()) => Ok(names),
            Err(error) if error.kind() == ErrorKind::OutOfMemory => Err(error),
            Err(_) => Ok(Self::default()),
        }
    }

    fn subsections(&mut self, bytes: &[u8], range: Range<usize>) -> Result<()> {
        let mut reader = Reader::new(bytes, range);
        while !reader.is_empty() {
            let id = reader.u8()?;
            let size = reader.u32()? as usize;
            let start = reader.offset();
            reader.bytes(size)?;
            let mut contents = Reader::new(bytes, start..reader.offset());
            match id {
                0 => self.module = Some(try_string(contents.name()?)?),
                1 => self.funcs = functions(&mut contents)?,
                _ => {}
            }
        }
        Ok(())
    }
}

/// Reads a name map. The format has the indices ascending; what is not is sorted, the first of equals wins.
fn functions(reader: &mut Reader<'_>) -> Result<Vec<(FuncIdx, Range<usize>)>> {
    let len = reader.vec_len()?;
    let mut names = Vec::new();
    for _ in 0..len {
        let func = FuncIdx(reader.u32()?);
        let name = reader.name()?;
        names.try_push((func, reader.offset() - name.len()..reader.offset()))?;
    }
    if !names.is_sorted_by_key(|(func, _)| *func) {
        // Of equal indices the first comes first, and nothing is allocated.
        names.sort_unstable_by_key(|(func, name)| (*func, name.start));
    }
    names.dedup_by_key(|(func, _)| *func);
    Ok(names)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_functions_are_sorted_by_index() {
        let bytes = b"\0\x02\x01m\x01\x07\x02\x05\x01b\x02\x01a";
        let names = Names::parse(bytes, 0..bytes.len()).expect("there is memory");
        assert_eq!(names.module.as_deref(), Some("m"));
        let found: Vec<_> = names.funcs.iter().map(|(func, range)| (func.0, &bytes[range.clone()])).collect();
        assert_eq!(found, [(2, &b"a"[..]), (5, b"b")]);
    }

    #[test]
    fn a_malformed_section_has_no_names() {
        let bytes = b"\0\x02\x01m\x01\x09\x02";
        assert!(Names::parse(bytes, 0..bytes.len()).is_ok_and(|names| names.module.is_none()));
    }
}

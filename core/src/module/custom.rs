//! The contents of the custom sections that the specification defines: names and branch hints.
//!
//! Nothing in a custom section has a say in whether a module is valid. So decoding takes from these sections what is of
//! use and passes over the rest; here they are looked at on request, and what is wrong with them is told with its place.
//!
//! Spec: WebAssembly 3.0, appendix A.6.1 "Name Section"; branch hinting proposal, "Branch Hint Section".

use super::{Module, Reader, Result};
use crate::error::Error;
use crate::fallible::{OutOfMemory, TryVec};
use crate::features::Proposal;
use crate::instr::Instr;
use crate::text::format;
use crate::types::FuncIdx;
use alloc::vec::Vec;

/// Name of the section with names.
const NAME: &str = "name";
/// Name of the section with branch hints.
const BRANCH_HINT: &str = "metadata.code.branch_hint";

impl Module {
    /// What is wrong with the contents of the custom sections that the specification defines, at most one error for
    /// each: with `name`, and with `metadata.code.branch_hint` if [`Proposal::BranchHinting`] is on. `bytes` are those
    /// the module was decoded from.
    ///
    /// An error of kind [`Malformed`](crate::error::ErrorKind::Malformed) is one of the section's format, one of kind
    /// [`Invalid`](crate::error::ErrorKind::Invalid) one of what it refers to. A module with such errors is as valid as
    /// without.
    ///
    /// ```
    /// use fantail_core::{Features, module::Module, types::TypeStore};
    ///
    /// // A module's name that ends with the module.
    /// let bytes = b"\0asm\x01\0\0\0\x00\x07\x04name\0\x09";
    /// let module = Module::parse(bytes, &Features::default(), &mut TypeStore::new())?;
    /// let errors = module.custom_section_errors(bytes)?;
    /// assert_eq!(errors[0].to_string(), "name section: unexpected end of section or function (at offset 0x11)");
    /// # Ok::<_, fantail_core::Error>(())
    /// ```
    ///
    /// # Errors
    /// When there is not enough memory.
    pub fn custom_section_errors(&self, bytes: &[u8]) -> Result<Vec<Error>, OutOfMemory> {
        let mut seen: Vec<&str> = Vec::new();
        let mut errors = Vec::new();
        for (name, range) in &self.customs {
            let mut reader = Reader::new(bytes, range.clone()).with_features(self.features);
            let checked = match name.as_str() {
                NAME | BRANCH_HINT if seen.contains(&name.as_str()) => {
                    Err(Error::malformed("duplicate section").at(range.start))
                }
                NAME => self.name_section(bytes, &mut reader),
                BRANCH_HINT if self.features.has(Proposal::BranchHinting) => {
                    self.branch_hint_section(bytes, &mut reader)
                }
                _ => Ok(()),
            };
            seen.try_push(name)?;
            if let Err(error) = checked {
                errors.try_push(within(name, &error, reader.offset()))?;
            }
        }
        Ok(errors)
    }

    /// Subsections, each at most once and in the order of their numbers. Those with unknown numbers may hold anything.
    fn name_section(&self, bytes: &[u8], reader: &mut Reader<'_>) -> Result<()> {
        let start = reader.offset();
        let last = self.bodies.last().map(|body| body.range.end).max(self.data.last().map(|it| it.bytes.end));
        if last.is_some_and(|last| start < last) {
            return Err(Error::malformed("it must follow the other sections").at(start));
        }
        let mut least = 0;
        while !reader.is_empty() {
            let start = reader.offset();
            let id = reader.u8()?;
            if id < least {
                return Err(Error::malformed(format!("misplaced subsection {id}")).at(start));
            }
            least = id + 1;
            let size = reader.u32()? as usize;
            let from = reader.offset();
            reader.bytes(size)?;
            let mut contents = Reader::new(bytes, from..reader.offset());
            self.name_subsection(id, &mut contents).map_err(|error| error.at(start))?;
            if !contents.is_empty() {
                return Err(Error::malformed("subsection size mismatch").at(contents.offset()));
            }
        }
        Ok(())
    }

    fn name_subsection(&self, id: u8, reader: &mut Reader<'_>) -> Result<()> {
        match id {
            0 => reader.name().map(drop),
            1 => name_map(reader, Some(("function", self.funcs.len()))),
            // Names of locals and of labels, function by function.
            2 | 3 => self.indirect_name_map(reader, ("function", self.funcs.len())),
            4 => name_map(reader, Some(("type", self.types.len()))),
            5 => name_map(reader, Some(("table", self.tables.len()))),
            6 => name_map(reader, Some(("memory", self.memories.len()))),
            7 => name_map(reader, Some(("global", self.globals.len()))),
            8 => name_map(reader, Some(("element segment", self.elements.len()))),
            9 => name_map(reader, Some(("data segment", self.data.len()))),
            // Names of fields, type by type.
            10 => self.indirect_name_map(reader, ("type", self.types.len())),
            11 => name_map(reader, Some(("tag", self.tags.len()))),
            // Those of proposals to come.
            _ => reader.bytes(reader.remaining()).map(drop),
        }
    }

    fn indirect_name_map(&self, reader: &mut Reader<'_>, outer: (&str, usize)) -> Result<()> {
        indexed(reader, Some(outer), |reader| name_map(reader, None))
    }

    /// Functions in the order of their indices; for each, hints in the order of the instructions they are about.
    fn branch_hint_section(&self, bytes: &[u8], reader: &mut Reader<'_>) -> Result<()> {
        let start = reader.offset();
        if self.bodies.first().is_some_and(|body| body.range.start < start) {
            return Err(Error::malformed("it must precede the code section").at(start));
        }
        let funcs = Some(("function", self.funcs.len()));
        indexed_with(reader, funcs, |func, reader| {
            let func = FuncIdx(func);
            let start = reader.offset();
            let Some(body) = self.body(func) else {
                return Err(Error::invalid(format!("function {func} is imported")).at(start));
            };
            let mut code = Reader::new(bytes, body.range.clone()).with_features(self.features);
            for decl in code.local_decls()? {
                decl?;
            }
            indexed_with(reader, None, |offset, reader| {
                let at = reader.offset();
                if reader.u32()? != 1 {
                    return Err(Error::malformed("malformed hint: its size must be 1").at(at));
                }
                if !matches!(reader.u8()?, 0 | 1) {
                    return Err(Error::malformed("malformed hint: it must be 0 or 1").at(at));
                }
                if branches(&mut code, body.range.start.saturating_add(offset as usize)) {
                    Ok(())
                } else {
                    Err(Error::invalid("invalid target").at(at).in_func(func, self.func_name(func, bytes)))
                }
            })
        })?;
        if reader.is_empty() {
            Ok(())
        } else {
            Err(Error::malformed("section size mismatch").at(reader.offset()))
        }
    }
}

/// Whether a conditional branch begins at `target`; `code` stands before it, and afterwards behind it.
fn branches(code: &mut Reader<'_>, target: usize) -> bool {
    while code.offset() <= target {
        let start = code.offset();
        let Ok(instr) = code.instr() else { return false };
        if code.skip_immediates(instr).is_err() {
            return false;
        }
        if start == target {
            return matches!(instr, Instr::If | Instr::BrIf);
        }
    }
    false
}

fn name_map(reader: &mut Reader<'_>, space: Option<(&str, usize)>) -> Result<()> {
    indexed(reader, space, |reader| reader.name().map(drop))
}

/// As [`indexed_with`], where the index does not matter.
fn indexed(
    reader: &mut Reader<'_>,
    space: Option<(&str, usize)>,
    mut item: impl FnMut(&mut Reader<'_>) -> Result<()>,
) -> Result<()> {
    indexed_with(reader, space, |_, reader| item(reader))
}

/// Reads a vector of items, each after its index. The indices ascend; `space` says what they count, and how many of
/// these there are.
fn indexed_with(
    reader: &mut Reader<'_>,
    space: Option<(&str, usize)>,
    mut item: impl FnMut(u32, &mut Reader<'_>) -> Result<()>,
) -> Result<()> {
    let mut previous = None;
    for _ in 0..reader.vec_len()? {
        let start = reader.offset();
        let index = reader.u32()?;
        if previous >= Some(index) {
            let what = if previous == Some(index) { "duplicate" } else { "misplaced" };
            return Err(Error::malformed(format!("{what} index {index}")).at(start));
        }
        previous = Some(index);
        if let Some((what, len)) = space
            && index as usize >= len
        {
            return Err(Error::invalid(format!("unknown {what} {index}")).at(start));
        }
        item(index, reader)?;
    }
    Ok(())
}

/// `error` with the section it was found in, near `offset` if it does not say where.
fn within(section: &str, error: &Error, offset: usize) -> Error {
    let message = format!("{section} section: {}", error.message());
    let told = Error::new(error.kind(), message).at(error.offset().unwrap_or(offset));
    match error.func_and_name() {
        Some((func, name)) => told.in_func(func, name),
        None => told,
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::parse;
    use super::*;
    use alloc::format;
    use alloc::string::{String, ToString};
    use alloc::vec;

    /// What is wrong with the custom section `name` of these `contents`, in a module with one imported and one other
    /// function, where there is a conditional branch at offset 3 of the body.
    fn errors(place: &str, name: &str, contents: &[u8]) -> Vec<String> {
        let escaped: String = contents.iter().map(|byte| format!("\\{byte:02x}")).collect();
        let text = format!(
            r#"(module (@custom "{name}" ({place}) "{escaped}")
                (import "" "" (func)) (func (block (br_if 0 (i32.const 0)))) (memory 1) (data (i32.const 0) "x"))"#
        );
        let bytes = wat::parse_str(&text).expect("the text is well-formed");
        parse(&text)
            .expect("custom sections make no module invalid")
            .custom_section_errors(&bytes)
            .expect("there is memory")
            .iter()
            .map(|error| {
                assert!(error.offset().is_some(), "{error}");
                assert!(error.message().starts_with(&format!("{name} section: ")), "{error}");
                format!("{:?}: {}", error.kind(), &error.message()[name.len() + 10..])
            })
            .collect()
    }

    #[test]
    fn what_is_wrong_with_names_is_told() {
        let name = |contents: &[u8]| errors("after last", "name", contents);
        let fine: Vec<String> = Vec::new();
        assert_eq!(name(b""), fine);
        assert_eq!(name(b"\0\x02\x01m\x01\x07\x02\x00\x01b\x01\x01a\x02\x06\x01\x01\x01\x05\x01x"), fine);
        assert_eq!(name(b"\0\x02\x01m\0\x02\x01m"), ["Malformed: misplaced subsection 0"]);
        assert_eq!(name(b"\x01\x01\0\0\x02\x01m"), ["Malformed: misplaced subsection 0"]);
        assert_eq!(name(b"\0\x02\x01\xff"), ["Malformed: malformed UTF-8 encoding"]);
        assert_eq!(name(b"\0\x03\x01mm"), ["Malformed: subsection size mismatch"]);
        assert_eq!(name(b"\x01\x04\x01\x02\x01b"), ["Invalid: unknown function 2"]);
        assert_eq!(name(b"\x01\x07\x02\x01\x01b\x01\x01a"), ["Malformed: duplicate index 1"]);
        assert_eq!(name(b"\x01\x07\x02\x01\x01b\x00\x01a"), ["Malformed: misplaced index 0"]);
        assert_eq!(name(b"\x63\x02??"), fine);
        assert_eq!(name(b"\x63\x03??"), ["Malformed: unexpected end of section or function"]);
        assert_eq!(name(b"\0\x09"), ["Malformed: unexpected end of section or function"]);
        assert_eq!(errors("before first", "name", b""), ["Malformed: it must follow the other sections"]);
    }

    #[test]
    fn what_is_wrong_with_branch_hints_is_told() {
        let hint = |contents: &[u8]| errors("before code", BRANCH_HINT, contents);
        let fine: Vec<String> = Vec::new();
        // The body: no locals, block (2 bytes), i32.const 0 (2), br_if 0.
        assert_eq!(hint(b"\x01\x01\x01\x05\x01\x01"), fine);
        assert_eq!(hint(b"\x01\x01\x01\x03\x01\x01"), ["Invalid: invalid target"]);
        assert_eq!(hint(b"\x01\x01\x01\x06\x01\x01"), ["Invalid: invalid target"]);
        assert_eq!(hint(b"\x01\x01\x01\xff\x01\x01\x01"), ["Invalid: invalid target"]);
        assert_eq!(hint(b"\x01\x01\x02\x05\x01\x01\x05\x01\x01"), ["Malformed: duplicate index 5"]);
        assert_eq!(hint(b"\x01\x01\x01\x05\x01\x02"), ["Malformed: malformed hint: it must be 0 or 1"]);
        assert_eq!(hint(b"\x01\x01\x01\x05\x02\x01"), ["Malformed: malformed hint: its size must be 1"]);
        assert_eq!(hint(b"\x01\x00\x00"), ["Invalid: function 0 is imported"]);
        assert_eq!(hint(b"\x01\x02\x00"), ["Invalid: unknown function 2"]);
        assert_eq!(hint(b"\x00\x00"), ["Malformed: section size mismatch"]);
        assert_eq!(
            errors("after code", BRANCH_HINT, b"\x00"),
            ["Malformed: it must precede the code section"]
        );
    }

    #[test]
    fn an_error_has_its_place_and_its_function() {
        let text = r#"(module (func $f (@metadata.code.branch_hint "\01") (nop)))"#;
        let bytes = wat::parse_str(text).expect("the text is well-formed");
        let module = parse(text).expect("hints make no module invalid");
        let errors = module.custom_section_errors(&bytes).expect("there is memory");
        assert_eq!(
            errors.iter().map(Error::to_string).collect::<Vec<_>>(),
            vec!["metadata.code.branch_hint section: invalid target (at offset 0x32, in function 0 \"f\")"]
        );
    }

    #[test]
    fn a_section_comes_once() {
        let text =
            r#"(module (@custom "name" "") (@custom "name" "") (@custom "other" "") (@custom "other" ""))"#;
        let bytes = wat::parse_str(text).expect("the text is well-formed");
        let module = parse(text).expect("custom sections make no module invalid");
        let errors = module.custom_section_errors(&bytes).expect("there is memory");
        assert_eq!(errors.len(), 1);
        assert_eq!(errors[0].message(), "name section: duplicate section");
    }

    #[test]
    fn hints_are_looked_at_only_where_the_proposal_is_on() {
        let text = r#"(module (@custom "metadata.code.branch_hint" "\09"))"#;
        let bytes = wat::parse_str(text).expect("the text is well-formed");
        let mut module = parse(text).expect("custom sections make no module invalid");
        assert_eq!(module.custom_section_errors(&bytes).map(|errors| errors.len()), Ok(1));
        module.features.set(Proposal::BranchHinting, false);
        assert_eq!(module.custom_section_errors(&bytes), Ok(Vec::new()));
    }
}

//! The rules for everything outside function bodies, apart from constant expressions.
//!
//! Each function checks one item against the part of the module that precedes it; the section decoder calls them as
//! it goes.
//!
//! Spec: WebAssembly 3.0, sections 3.2 "Types" and 3.5 "Modules".

use super::subtype;
use crate::error::Error;
use crate::features::Proposal;
use crate::limits;
use crate::module::{ExternIdx, Module, Result, missing};
use crate::text::format;
use crate::types::store::composite_types;
use crate::types::{
    CompositeType, FuncType, HeapType, Limits, MemoryType, RefType, SubType, TableType, TypeDef, TypeIdx,
    ValType,
};
use alloc::vec::Vec;

/// Fails unless the types that `ty` refers to are among `types`.
pub(crate) fn check_val_type(types: &[TypeDef], ty: ValType) -> Result<()> {
    check_val_type_below(types.len(), ty)
}

fn check_val_type_below(len: usize, ty: ValType) -> Result<()> {
    match ty {
        ValType::Ref(RefType { heap: HeapType::Concrete(index), .. }) if index.index() >= len => {
            Err(Error::invalid(format!("unknown type {index}")))
        }
        _ => Ok(()),
    }
}

/// Fails unless the recursive group `group`, which follows the types `known`, refers to these and itself only, and
/// supertypes come before their subtypes, not too many levels deep. Its types can be interned then.
pub(crate) fn check_group(known: &[TypeDef], group: &[SubType]) -> Result<()> {
    let end = known.len() + group.len();
    let mut depths = Vec::new();
    depths.try_reserve_exact(group.len())?;
    for (index, ty) in (known.len()..).zip(group) {
        composite_types(&ty.composite).try_for_each(|ty| check_val_type_below(end, ty))?;
        let depth = match ty.supertype {
            None => 0,
            Some(supertype) if supertype.index() >= index => {
                return Err(Error::invalid(format!(
                    "unknown type {supertype}: not before its subtype {index}"
                )));
            }
            Some(supertype) => match known.get(supertype.index()) {
                Some(def) => def.display.len(),
                None => depths[supertype.index() - known.len()] + 1,
            },
        };
        if depth > limits::SUBTYPING_DEPTH {
            let limit = limits::SUBTYPING_DEPTH;
            return Err(Error::limit(format!(
                "sub type {index} has too many supertypes: {limit} is the limit of this implementation"
            )));
        }
        depths.push(depth);
    }
    Ok(())
}

/// Fails unless type `index` may be a subtype of what it declares as its supertype.
pub(crate) fn check_subtype(types: &[TypeDef], index: TypeIdx) -> Result<()> {
    let def = &types[index.index()];
    let Some(supertype) = def.supertype else { return Ok(()) };
    let parent = &types[supertype.index()];
    if parent.is_final {
        return Err(Error::invalid(format!("sub type {index} of {supertype}, which is final")));
    }
    if !subtype::composite_matches(types, &def.composite, &parent.composite) {
        return Err(Error::invalid(format!("sub type {index} does not match its super type {supertype}")));
    }
    Ok(())
}

fn check_limits(limits: &Limits, bound: u64, otherwise: impl FnOnce() -> Error) -> Result<()> {
    if limits.min > bound || limits.max.is_some_and(|max| max > bound) {
        return Err(otherwise());
    }
    if limits.max.is_some_and(|max| limits.min > max) {
        return Err(Error::invalid("size minimum must not be greater than maximum"));
    }
    Ok(())
}

/// Most pages that a memory of this page and index size can have. A size in pages is a value of the index type too.
pub(crate) fn max_pages(is64: bool, page_size_log2: u8) -> u64 {
    let max_index = if is64 { u64::MAX } else { u64::from(u32::MAX) };
    match page_size_log2 {
        0 => max_index,
        log2 => (max_index >> log2) + 1,
    }
}

impl Module {
    /// The function type at `ty`, for functions, imports and tags.
    pub(crate) fn check_func_type(&self, ty: TypeIdx) -> Result<&FuncType> {
        match self.types.get(ty.index()).map(|def| &def.composite) {
            Some(CompositeType::Func(ty)) => Ok(ty),
            Some(_) => Err(Error::invalid(format!("type mismatch: type {ty} is not a function type"))),
            None => Err(Error::invalid(format!("unknown type {ty}"))),
        }
    }

    pub(crate) fn check_tag_type(&self, ty: TypeIdx) -> Result<()> {
        if self.check_func_type(ty)?.results().is_empty() {
            Ok(())
        } else {
            Err(Error::invalid("non-empty tag result type"))
        }
    }

    pub(crate) fn check_memory_type(&self, ty: &MemoryType) -> Result<()> {
        if !matches!(ty.page_size_log2, 0 | 16) {
            return Err(Error::invalid(format!(
                "invalid custom page size: the logarithm must be 0 or 16, not {}",
                ty.page_size_log2
            )));
        }
        let bound = max_pages(ty.limits.is64, ty.page_size_log2);
        check_limits(&ty.limits, bound, || match (ty.limits.is64, ty.page_size_log2) {
            (false, 16) => Error::invalid("memory size must be at most 65536 pages (4GiB)"),
            _ => Error::invalid(format!("memory size must be at most {bound} pages")),
        })?;
        if ty.shared && ty.limits.max.is_none() {
            return Err(Error::invalid("shared memory must have maximum"));
        }
        if !self.memories.is_empty() && !self.features.has(Proposal::MultiMemory) {
            return Err(Error::invalid(
                "multiple memories need the proposal multi-memory, which is not enabled",
            ));
        }
        limits::check(self.memories.len() + 1, limits::MEMORIES, "memories")
    }

    pub(crate) fn check_table_type(&self, ty: &TableType) -> Result<()> {
        check_val_type(&self.types, ValType::Ref(ty.element))?;
        if ty.element != RefType::FUNCREF && !self.features.has(Proposal::ReferenceTypes) {
            return Err(missing(Proposal::ReferenceTypes, "a table of anything but funcref"));
        }
        let bound = if ty.limits.is64 { u64::MAX } else { u64::from(u32::MAX) };
        check_limits(&ty.limits, bound, || Error::invalid("table size must be at most 2^32-1"))?;
        if !self.tables.is_empty() && !self.features.has(Proposal::ReferenceTypes) {
            return Err(Error::invalid(
                "multiple tables need the proposal reference-types, which is not enabled",
            ));
        }
        limits::check(self.tables.len() + 1, limits::TABLES, "tables")
    }

    /// Fails unless `index` exists.
    pub(crate) fn check_extern_idx(&self, index: ExternIdx) -> Result<()> {
        let (found, what, at) = match index {
            ExternIdx::Func(at) => (at.index() < self.funcs.len(), "function", at.0),
            ExternIdx::Table(at) => (at.index() < self.tables.len(), "table", at.0),
            ExternIdx::Memory(at) => (at.index() < self.memories.len(), "memory", at.0),
            ExternIdx::Global(at) => (at.index() < self.globals.len(), "global", at.0),
            ExternIdx::Tag(at) => (at.index() < self.tags.len(), "tag", at.0),
        };
        if found { Ok(()) } else { Err(Error::invalid(format!("unknown {what} {at}"))) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::module::tests::parse;

    fn message(text: &str) -> alloc::string::String {
        parse(text).expect_err("must be invalid").message().into()
    }

    #[test]
    fn a_memory_can_have_as_many_pages_as_its_index_type_can_address() {
        assert_eq!(max_pages(false, 16), 65536);
        assert_eq!(max_pages(true, 16), 1 << 48);
        assert_eq!(max_pages(false, 0), u64::from(u32::MAX));
        assert_eq!(max_pages(true, 0), u64::MAX);
    }

    #[test]
    fn a_subtype_must_match_a_supertype_that_is_open() {
        assert!(parse("(module (type $a (sub (struct))) (type (sub $a (struct (field i32)))))").is_ok());
        assert!(message("(module (type $a (struct)) (type (sub $a (struct))))").starts_with("sub type 1"));
        assert!(
            message("(module (type $a (sub (struct (field i32)))) (type (sub $a (struct))))")
                .starts_with("sub type 1 does not match")
        );
    }

    #[test]
    fn supertypes_more_than_63_levels_deep_exceed_a_limit() {
        let chain = |len: usize| {
            let mut text = alloc::string::String::from("(module (type (sub (struct)))");
            (0..len).for_each(|parent| text += &alloc::format!("(type (sub {parent} (struct)))"));
            parse(&(text + ")"))
        };
        assert!(chain(63).is_ok());
        assert_eq!(chain(64).expect_err("too deep").kind(), crate::ErrorKind::Limit);
    }

    #[test]
    fn shared_memories_have_a_maximum() {
        assert!(parse("(module (memory 1 2 shared))").is_ok());
        let bytes = b"\0asm\x01\0\0\0\x05\x03\x01\x02\x01";
        let error = Module::parse(bytes, &crate::Features::all(), &mut crate::types::TypeStore::new());
        assert_eq!(error.expect_err("no maximum").message(), "shared memory must have maximum");
    }
}

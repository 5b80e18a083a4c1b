//! Types as the binary format writes them: the type section, and the types of tables, memories and globals.
//!
//! Invariant: a type is appended to the module only with its whole recursive group, and only when the group refers
//! to nothing that follows it.
//!
//! Spec: WebAssembly 3.0, section 5.3 "Types".

use super::{Module, Reader, Result};
use crate::error::Error;
use crate::fallible::try_collect;
use crate::features::Proposal;
use crate::limits;
use crate::text::format;
use crate::types::{
    CompositeType, FieldType, FuncType, GlobalType, Limits, MemoryType, StorageType, SubType, TableType,
    TypeIdx, TypeStore, ValType,
};
use crate::validate::module::{check_group, check_subtype};
use alloc::vec::Vec;

impl Module {
    /// Reads the contents of the type section.
    pub(super) fn type_section(&mut self, reader: &mut Reader<'_>, store: &mut TypeStore) -> Result<()> {
        let groups = reader.vec_len()?;
        limits::check(groups, limits::TYPES, "types")?;
        for _ in 0..groups {
            let start = reader.offset();
            let group = rec_group(reader)?;
            self.add_group(group, store).map_err(|error| error.at(start))?;
        }
        Ok(())
    }

    fn add_group(&mut self, group: Vec<SubType>, store: &mut TypeStore) -> Result<()> {
        let first = self.types.len();
        limits::check(first + group.len(), limits::TYPES, "types")?;
        check_group(&self.types, &group)?;
        store.intern_group(&mut self.types, group)?;
        (first..self.types.len()).try_for_each(|index| check_subtype(&self.types, TypeIdx(index as u32)))
    }
}

fn rec_group(reader: &mut Reader<'_>) -> Result<Vec<SubType>> {
    if reader.peek() != Some(0x4E) {
        return Ok(try_collect([sub_type(reader)?])?);
    }
    reader.require(Proposal::Gc, "a recursive type")?;
    reader.u8()?;
    let len = reader.vec_len()?;
    limits::check(len, limits::TYPES, "types")?;
    list(len, || sub_type(reader))
}

fn sub_type(reader: &mut Reader<'_>) -> Result<SubType> {
    let Some(form @ (0x4F | 0x50)) = reader.peek() else {
        return Ok(SubType { composite: composite_type(reader)?, is_final: true, supertype: None });
    };
    reader.require(Proposal::Gc, "a sub type")?;
    reader.u8()?;
    let start = reader.offset();
    let supertype = match reader.u32()? {
        0 => None,
        1 => Some(TypeIdx(reader.u32()?)),
        more => {
            return Err(
                Error::invalid(format!("sub type with {more} supertypes, where one is possible")).at(start)
            );
        }
    };
    Ok(SubType { composite: composite_type(reader)?, is_final: form == 0x4F, supertype })
}

fn composite_type(reader: &mut Reader<'_>) -> Result<CompositeType> {
    let start = reader.offset();
    match reader.u8()? {
        0x60 => func_type(reader).map(CompositeType::Func),
        0x5F => {
            reader.require(Proposal::Gc, "a structure type")?;
            let len = reader.vec_len()?;
            limits::check(len, limits::FIELDS, "fields").map_err(|error| error.at(start))?;
            let fields = list(len, || field_type(reader))?;
            Ok(CompositeType::Struct(fields.into()))
        }
        0x5E => {
            reader.require(Proposal::Gc, "an array type")?;
            field_type(reader).map(CompositeType::Array)
        }
        form @ (0x80..) => {
            // The format calls this a negative number in LEB128.
            Err(Error::malformed(format!("integer representation too long: type form {form:#04x}")).at(start))
        }
        form => Err(Error::malformed(format!("malformed type form {form:#04x}")).at(start)),
    }
}

fn func_type(reader: &mut Reader<'_>) -> Result<FuncType> {
    let params = val_types(reader, limits::PARAMS, "parameters")?;
    let start = reader.offset();
    let results = val_types(reader, limits::RESULTS, "results")?;
    if results.len() > 1 && !reader.features().has(Proposal::MultiValue) {
        let message =
            "invalid result arity: several results need the proposal multi-value, which is not enabled";
        return Err(Error::invalid(message).at(start));
    }
    Ok(FuncType::try_new(params, results)?)
}

fn val_types(reader: &mut Reader<'_>, limit: u32, what: &str) -> Result<Vec<ValType>> {
    let start = reader.offset();
    let len = reader.vec_len()?;
    limits::check(len, limit, what).map_err(|error| error.at(start))?;
    list(len, || reader.val_type())
}

/// `len` items, of which each takes a byte at least. There is no room for more.
fn list<T>(len: usize, mut item: impl FnMut() -> Result<T>) -> Result<Vec<T>> {
    let mut items = Vec::new();
    items.try_reserve_exact(len)?;
    for _ in 0..len {
        items.push(item()?);
    }
    Ok(items)
}

fn field_type(reader: &mut Reader<'_>) -> Result<FieldType> {
    let storage = match reader.peek() {
        Some(0x78) => StorageType::I8,
        Some(0x77) => StorageType::I16,
        _ => StorageType::Val(reader.val_type()?),
    };
    if storage.is_packed() {
        reader.u8()?;
    }
    Ok(FieldType { storage, mutable: mutability(reader)? })
}

fn mutability(reader: &mut Reader<'_>) -> Result<bool> {
    let start = reader.offset();
    match reader.u8()? {
        0 => Ok(false),
        1 => Ok(true),
        flag => Err(Error::malformed(format!("malformed mutability {flag:#04x}")).at(start)),
    }
}

/// Reads limits. Returns their flags too, of which those outside `allowed` are malformed.
fn limits(reader: &mut Reader<'_>, allowed: u8) -> Result<(Limits, u8)> {
    let start = reader.offset();
    let flags = reader.u8()?;
    if flags & !allowed != 0 {
        return Err(Error::malformed(format!("malformed limits flags {flags:#04x}")).at(start));
    }
    let is64 = flags & 4 != 0;
    if is64 {
        reader.require(Proposal::Memory64, "a 64-bit index type")?;
    }
    let min = reader.u64()?;
    let max = (flags & 1 != 0).then(|| reader.u64()).transpose()?;
    Ok((Limits { min, max, is64 }, flags))
}

/// Reads a table type.
pub(super) fn table_type(reader: &mut Reader<'_>) -> Result<TableType> {
    let element = reader.ref_type()?;
    let (limits, _) = limits(reader, 0b101)?;
    Ok(TableType { element, limits })
}

/// Reads a memory type.
pub(super) fn memory_type(reader: &mut Reader<'_>) -> Result<MemoryType> {
    let features = reader.features();
    let mut allowed = 0b101;
    if features.has(Proposal::Threads) {
        allowed |= 0b010;
    }
    if features.has(Proposal::CustomPageSizes) {
        allowed |= 0b1000;
    }
    let (limits, flags) = limits(reader, allowed)?;
    let page_size_log2 = if flags & 0b1000 != 0 {
        let start = reader.offset();
        let log2 = reader.u32()?;
        u8::try_from(log2).ok().filter(|log2| *log2 < 64).ok_or_else(|| {
            Error::malformed(format!("invalid custom page size: its logarithm is {log2}")).at(start)
        })?
    } else {
        16
    };
    Ok(MemoryType { limits, shared: flags & 0b010 != 0, page_size_log2 })
}

/// Reads a global type.
pub(super) fn global_type(reader: &mut Reader<'_>) -> Result<GlobalType> {
    Ok(GlobalType { content: reader.val_type()?, mutable: mutability(reader)? })
}

//! Tables, and copies between memories.
//!
//! Spec: WebAssembly 3.0, sections 3.4.5 "Table Instructions" and 3.4.6 "Memory Instructions".

use super::func::Body;
use super::stack::mismatch;
use super::subtype;
use super::ty::Ty;
use crate::error::Error;
use crate::module::Result;
use crate::text::format;
use crate::types::{MemIdx, RefType, TableIdx};

impl Body<'_, '_> {
    /// The element type and the index type of `table`.
    pub(super) fn table(&self, table: TableIdx) -> Result<(RefType, Ty)> {
        match self.module.tables.get(table.index()) {
            Some(table) => Ok((table.ty.element, Ty::from_val(table.ty.limits.index_type()))),
            None => Err(Error::invalid(format!("unknown table {table}"))),
        }
    }

    fn read_table(&mut self) -> Result<(RefType, Ty)> {
        let table = self.reader.u32()?;
        self.table(TableIdx(table))
    }

    pub(super) fn table_get(&mut self) -> Result<()> {
        let (element, addr) = self.read_table()?;
        self.pop_expect(addr)?;
        self.push(Ty::from_ref(element));
        Ok(())
    }

    pub(super) fn table_set(&mut self) -> Result<()> {
        let (element, addr) = self.read_table()?;
        self.pop_expect(Ty::from_ref(element))?;
        self.pop_expect(addr)
    }

    pub(super) fn table_size(&mut self) -> Result<()> {
        let (_, addr) = self.read_table()?;
        self.push(addr);
        Ok(())
    }

    pub(super) fn table_grow(&mut self) -> Result<()> {
        let (element, addr) = self.read_table()?;
        self.pop_expect(addr)?;
        self.pop_expect(Ty::from_ref(element))?;
        self.push(addr);
        Ok(())
    }

    pub(super) fn table_fill(&mut self) -> Result<()> {
        let (element, addr) = self.read_table()?;
        self.pop_expect(addr)?;
        self.pop_expect(Ty::from_ref(element))?;
        self.pop_expect(addr)
    }

    pub(super) fn table_copy(&mut self) -> Result<()> {
        let (to, to_addr) = self.read_table()?;
        let (from, from_addr) = self.read_table()?;
        self.expect_elements(from, to)?;
        self.pop_expect(shorter(to_addr, from_addr))?;
        self.pop_expect(from_addr)?;
        self.pop_expect(to_addr)
    }

    pub(super) fn table_init(&mut self) -> Result<()> {
        let from = self.elem_segment()?;
        let (to, addr) = self.read_table()?;
        self.expect_elements(from, to)?;
        self.pop_expect(Ty::I32)?;
        self.pop_expect(Ty::I32)?;
        self.pop_expect(addr)
    }

    fn expect_elements(&self, found: RefType, expected: RefType) -> Result<()> {
        if subtype::ref_matches(&self.module.types, found, expected) {
            Ok(())
        } else {
            Err(mismatch(format!("elements of {expected}"), found))
        }
    }

    pub(super) fn memory_copy(&mut self) -> Result<()> {
        let to = MemIdx(self.reader.u32()?);
        let from = MemIdx(self.reader.u32()?);
        let (to, from) = (self.memory(to)?, self.memory(from)?);
        self.pop_expect(shorter(to, from))?;
        self.pop_expect(from)?;
        self.pop_expect(to)
    }
}

/// The type of a length that fits both index types.
fn shorter(a: Ty, b: Ty) -> Ty {
    if a == Ty::I64 { b } else { a }
}

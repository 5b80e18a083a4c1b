//! Globals, tables and references.

use super::emit::Imm;
use super::func::{Translation, class_of};
use super::stack::Place;
use crate::error::Error;
use crate::instr::Instr;
use crate::ir::{Class, Family, Fields, Ty};
use crate::types::ValType;

impl Translation<'_> {
    /// Translates an instruction on globals, tables or references; says whether `instr` is one.
    pub(super) fn object(&mut self, instr: Instr) -> Result<bool, Error> {
        match instr {
            Instr::GlobalGet => self.global_get()?,
            Instr::GlobalSet => self.global_set()?,
            Instr::TableGet => {
                let table = self.reader.u32()?;
                let index = self.pop();
                let index = self.src(index, Imm::No, true);
                let number = Family::TableGet.first() + index.digit() * 3;
                self.define(number, Fields::wide(0, index.short(), table), Ty::I64)?;
                let element = self.module.tables[table as usize].ty.element;
                let traced = self.is_traced(ValType::Ref(element));
                self.s.stack.trace_top(traced);
            }
            Instr::TableSet => {
                let table = self.reader.u32()?;
                let (value, index) = (self.pop(), self.pop());
                let value = self.src(value, Imm::No, false);
                let index = self.src(index, Imm::No, false);
                let variant = index.digit() * 3 + value.digit();
                self.op(
                    Family::TableSet.first() + variant,
                    Fields::wide(value.short(), index.short(), table),
                );
            }
            Instr::TableSize => {
                let table = self.reader.u32()?;
                let ty = self.table_type(table);
                self.define(Family::TableSize.first(), Fields::wide(0, 0, table), ty)?;
            }
            Instr::TableGrow => {
                let table = self.reader.u32()?;
                let ty = self.table_type(table);
                self.outline(Family::TableGrow, 2, table, 0, Some(ty))?;
            }
            Instr::TableFill => {
                let table = self.reader.u32()?;
                self.outline(Family::TableFill, 3, table, 0, None)?;
            }
            Instr::TableCopy => {
                let (to, from) = (self.reader.u32()?, self.reader.u32()?);
                self.outline(Family::TableCopy, 3, to, from, None)?;
            }
            Instr::TableInit => {
                let (elem, table) = (self.reader.u32()?, self.reader.u32()?);
                self.outline(Family::TableInit, 3, table, elem, None)?;
            }
            Instr::ElemDrop => {
                let elem = self.reader.u32()?;
                self.outline(Family::ElemDrop, 0, 0, elem, None)?;
            }
            Instr::RefNull => {
                self.reader.heap_type()?;
                self.push_const(Ty::I64, 0)?;
            }
            Instr::RefFunc => {
                let func = self.reader.u32()?;
                self.define(Family::RefFunc.first(), Fields::wide(0, 0, func), Ty::I64)?;
            }
            Instr::RefIsNull => self.cell_op(Family::I64Eqz, Ty::I32)?,
            Instr::RefAsNonNull => {
                let traced = self.s.stack.top().is_some_and(|top| top.traced);
                self.cell_op(Family::RefAsNonNull, Ty::I64)?;
                self.s.stack.trace_top(traced);
            }
            Instr::I64ExtendI32U => {
                // Cells are zero-extended already.
                let top = self.s.stack.len() - 1;
                if let Place::Const(_) = self.s.stack.get(top).place {
                    let entry = self.pop();
                    let Place::Const(bits) = entry.place else { return Ok(true) };
                    self.push_const(Ty::I64, bits)?;
                } else {
                    self.s.stack.retype_top(Ty::I64);
                }
            }
            _ => return Ok(false),
        }
        Ok(true)
    }

    fn table_type(&self, table: u32) -> Ty {
        class_of(self.module.tables[table as usize].ty.limits.index_type())
    }

    /// An op on one integer cell.
    pub(super) fn cell_op(&mut self, family: Family, ty: Ty) -> Result<(), Error> {
        let a = self.pop();
        let a = self.src(a, Imm::No, true);
        self.define(family.first() + a.digit() * 3, Fields::wide(0, a.short(), 0), ty)
    }

    fn global_get(&mut self) -> Result<(), Error> {
        let global = self.reader.u32()?;
        let content = self.module.globals[global as usize].ty.content;
        let ty = class_of(content);
        let family = match ty {
            Ty::F32 => Family::GlobalGetF32,
            Ty::F64 => Family::GlobalGetF64,
            Ty::V128 => Family::GlobalGetV128,
            _ => Family::GlobalGet,
        };
        self.define(family.first(), Fields::wide(0, 0, global), ty)?;
        let traced = self.is_traced(content);
        self.s.stack.trace_top(traced);
        Ok(())
    }

    fn global_set(&mut self) -> Result<(), Error> {
        let global = self.reader.u32()?;
        let mut entry = self.pop();
        if matches!(entry.ty, Ty::F32 | Ty::F64) && matches!(entry.place, Place::Const(_)) {
            // A float's constant is a cell like any other.
            entry.ty = if entry.ty == Ty::F32 { Ty::I32 } else { Ty::I64 };
        }
        let src = self.src(entry, Imm::No, true);
        let (family, digit) = match (entry.ty, src.class) {
            (Ty::F32, Class::Acc) => (Family::GlobalSetF32, 1),
            (Ty::F64, Class::Acc) => (Family::GlobalSetF64, 1),
            (Ty::V128, _) => (Family::GlobalSetV128, src.digit()),
            _ => (Family::GlobalSet, src.digit()),
        };
        self.op(family.first() + digit, Fields::wide(0, src.short(), global));
        Ok(())
    }
}

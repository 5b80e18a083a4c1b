//! Globals, tables and references.

use super::emit::Imm;
use super::func::{Translation, class_of};
use super::stack::{Entry, NONE, Place};
use crate::error::Error;
use crate::instr::Instr;
use crate::ir::{Class, Family, Fields, Op, Ty};
use crate::types::{LabelIdx, ValType};

impl Translation<'_> {
    /// Translates an instruction on globals, tables or references; says whether `instr` is one.
    pub(super) fn object(&mut self, instr: Instr) -> Result<bool, Error> {
        match instr {
            Instr::GlobalGet => {
                let global = self.reader.u32()?;
                self.global_get(global)?;
            }
            Instr::GlobalSet => {
                let global = self.reader.u32()?;
                self.global_set(global);
            }
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
                let traced = self.s.stack.top().is_some_and(|top| top.traced());
                self.cell_op(Family::RefAsNonNull, Ty::I64)?;
                self.s.stack.trace_top(traced);
            }
            Instr::I64ExtendI32U => self.extend_unsigned(),
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

    /// Cells are zero-extended already, and constants as well.
    pub(super) fn extend_unsigned(&mut self) {
        self.s.stack.retype_top(Ty::I64);
    }

    pub(super) fn global_get(&mut self, global: u32) -> Result<(), Error> {
        let content = self.module.globals[global as usize].ty.content;
        let ty = class_of(content);
        if self.global_known(global) {
            let home = self.next_home(ty)?;
            let at = self.last_op;
            self.s.code[at as usize + 1] = Fields(self.s.code[at as usize + 1]).with_d(home).0;
            self.s.stack.push(Entry::new(Place::Acc(at), ty, home));
            return Ok(());
        }
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

    /// Rule *global in the accumulator*: whether the last op has written `global`, and what it has written is nowhere but in the
    /// accumulator.
    ///
    /// ```text
    /// acc = global.step 0, -1; acc = global.get 0        acc = global.step 0, -1
    /// ```
    fn global_known(&self, global: u32) -> bool {
        let at = self.last_op as usize;
        self.last_op != NONE
            && self.s.code[at] == u64::from(Family::GlobalStepI32.first())
            && Fields(self.s.code[at + 1]).b() == global
            && self.s.stack.held(Ty::I32).is_none()
    }

    /// Rules *step of a global* and *global from a sum*, for a write to `global` of what is on top of the stack. Says whether
    /// one applied.
    ///
    /// ```text
    /// acc = global.get 0; s3, acc = i32.sub acc, 16; global.set acc, 0        s3, acc = global.step 0, -16
    /// acc = i32.add s3, 16; global.set acc, 0                                 global.set.sum s3, 0, 16
    /// ```
    fn global_step(&mut self, global: u32) -> bool {
        let (Some(&entry), at) = (self.s.stack.top(), self.last_op as usize) else { return false };
        if self.last_op == NONE || entry.ty() != Ty::I32 || self.slots_only() {
            return false;
        }
        let sum = Op::new(self.s.code[at]).expect("the code buffer holds ops");
        let fields = Fields(self.s.code[at + 1]);
        let step = match sum.family() {
            Family::I32Add => fields.b() as i32,
            Family::I32Sub => (fields.b() as i32).wrapping_neg(),
            _ => return false,
        };
        let ([src, Class::Imm, dst, ..], Ok(step)) = (sum.classes(), i16::try_from(step)) else {
            return false;
        };
        let is_sum = src != Class::Imm
            && match entry.place() {
                Place::Acc(_) => self.is_last(&entry),
                Place::Local(slot) => dst != Class::Acc && slot == fields.d(),
                _ => false,
            };
        if !is_sum {
            return false;
        }
        let before = self.before_last;
        let got = before != NONE
            && src == Class::Acc
            && before + 2 == self.last_op
            && self.s.code[before as usize] == Family::GlobalGet.first().into()
            && Fields(self.s.code[before as usize + 1]).b() == global;
        if got {
            self.pop();
            self.take_last();
            self.s.code[before as usize] = Family::GlobalStepI32.op(&[dst]).number() as u64;
            self.s.code[before as usize + 1] = Fields::wide(fields.d(), step as u16, global).0;
        } else if dst == Class::Acc {
            self.pop();
            self.take_last();
            let number = Family::GlobalSetSumI32.op(&[src]).number() as u16;
            self.op(number, Fields::wide(step as u16, fields.a(), global));
        }
        got || dst == Class::Acc
    }

    pub(super) fn global_set(&mut self, global: u32) {
        if self.global_step(global) {
            return;
        }
        let mut entry = self.pop();
        if matches!(entry.ty(), Ty::F32 | Ty::F64) && matches!(entry.place(), Place::Const(_)) {
            // A float's constant is a cell like any other.
            entry = entry.with_ty(if entry.ty() == Ty::F32 { Ty::I32 } else { Ty::I64 });
        }
        let src = self.src(entry, Imm::No, true);
        let (family, digit) = match (entry.ty(), src.class) {
            (Ty::F32, Class::Acc) => (Family::GlobalSetF32, 1),
            (Ty::F64, Class::Acc) => (Family::GlobalSetF64, 1),
            (Ty::V128, _) => (Family::GlobalSetV128, src.digit()),
            _ => (Family::GlobalSet, src.digit()),
        };
        self.op(family.first() + digit, Fields::wide(0, src.short(), global));
    }

    /// `br_on_null` and `br_on_non_null`.
    pub(super) fn branch_on_null(&mut self, label: LabelIdx, if_null: bool) -> Result<(), Error> {
        let frame = self.frame_of(label);
        let count = self.s.frames[frame].takes as usize;
        let top = self.s.stack.len() - 1;
        let entry = self.s.stack.get(top);
        if let Place::Const(bits) = entry.place() {
            let null = bits == 0;
            if null || !if_null {
                self.pop();
            }
            if null == if_null {
                self.branch(label);
                self.reachable = false;
            }
            return Ok(());
        }
        self.materialize(top);
        let entry = self.s.stack.get(top);
        if if_null {
            // The label takes what is below the reference, which goes on.
            self.s.stack.pop();
            let in_place = self.in_place(frame, count);
            if in_place {
                self.materialize_top(count);
            }
            let cond = self.nonzero(entry, !in_place);
            let word = self.emit_branch(cond, in_place && self.repeats(frame));
            if in_place {
                self.link(frame, word);
            } else {
                self.branch_keeping(frame);
                self.set_target(word);
            }
            self.s.stack.push(entry);
            return Ok(());
        }
        let cond = self.nonzero(entry, true);
        self.branch_if(cond, label);
        self.pop();
        Ok(())
    }
}

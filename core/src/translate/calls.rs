//! Calls and tail calls.
//!
//! Arguments are put into their homes, which lie at the top of the frame and become the callee's parameters: see
//! [the frame](crate::ir). Results are found in the same cells, and become entries at home.

use super::emit::{Imm, Src};
use super::func::{Translation, cells_of, class_of, record_of};
use super::stack::{Entry, NONE, Place};
use crate::error::Error;
use crate::instr::Instr;
use crate::ir::{Class, Family, Fields};
use crate::types::{FuncIdx, FuncType, TypeIdx};

impl<'t> Translation<'t> {
    pub(super) fn call(&mut self, instr: Instr) -> Result<(), Error> {
        let tail = matches!(instr, Instr::ReturnCall | Instr::ReturnCallIndirect | Instr::ReturnCallRef);
        match instr {
            Instr::Call | Instr::ReturnCall => {
                let func = FuncIdx(self.reader.u32()?);
                self.direct_call(func, tail)?;
            }
            Instr::CallIndirect | Instr::ReturnCallIndirect => {
                let ty = self.reader.u32()?;
                let table = self.reader.u32()?;
                let family = if tail { Family::ReturnCallIndirect } else { Family::CallIndirect };
                self.call_through(family, TypeIdx(ty), u64::from(table) | u64::from(ty) << 32)?;
            }
            _ => {
                let ty = self.reader.u32()?;
                let family = if tail { Family::ReturnCallRef } else { Family::CallRef };
                self.call_through(family, TypeIdx(ty), u64::from(ty) << 32)?;
            }
        }
        // A function that was inlined may not return either.
        self.reachable &= !tail;
        Ok(())
    }

    /// Translates a call of `func`.
    pub(super) fn direct_call(&mut self, func: FuncIdx, tail: bool) -> Result<(), Error> {
        if !tail && self.inline(func)? {
            return Ok(());
        }
        let ty = self.module.func_type(func);
        let imported = func.0 < self.module.imported_funcs;
        let family = match (tail, imported) {
            (false, false) => Family::Call,
            (false, true) => Family::CallImport,
            (true, false) => Family::ReturnCall,
            (true, true) => Family::ReturnCallImport,
        };
        self.call_with(family, None, ty, func.0.into())
    }

    /// Emits a call whose callee is the top of the stack.
    fn call_through(&mut self, family: Family, ty: TypeIdx, word: u64) -> Result<(), Error> {
        let ty = self.module.func_type_at(ty);
        let top = self.s.stack.len() - 1;
        let params = ty.params().len();
        // Arguments first: the callee may be in the accumulator, which their moves leave alone.
        for index in top - params..top {
            self.materialize(index);
        }
        let callee = self.pop();
        self.call_with(family, Some(callee), ty, word)
    }

    fn call_with(
        &mut self,
        family: Family,
        callee: Option<Entry>,
        ty: &FuncType,
        word: u64,
    ) -> Result<(), Error> {
        let params = ty.params().len();
        self.busy += 1;
        self.materialize_top(params);
        let first = self.s.stack.len() - params;
        let frame = if params > 0 { u32::from(self.s.stack.get(first).home()) } else { self.s.stack.end() };
        let record = record_of(ty);
        // The callee's record is within this frame, so that a frame never begins beyond what was checked.
        self.need_cells(frame + record + 2)?;
        let tail = matches!(
            family,
            Family::ReturnCall
                | Family::ReturnCallImport
                | Family::ReturnCallIndirect
                | Family::ReturnCallRef
        );
        if tail {
            return self.tail_call(family, callee, ty, frame as u16, record as u16, word);
        }
        let callee = callee.map(|entry| self.callee(entry));
        self.truncate(first);
        self.spill_all();
        let pin = if self.pin == NONE { 0 } else { self.pin as u16 };
        self.safepoint()?;
        let (digit, slot) = callee.map_or((0, 0), |src: Src| (src.digit(), src.short()));
        self.op(family.first() + digit, Fields::narrow(frame as u16, record as u16, pin, slot));
        self.word(word);
        self.forget_last();
        self.push_homes(ty.results())?;
        if let [result] = *ty.results() {
            self.s.stack.set_mirror(class_of(result), frame as u16);
        }
        Ok(())
    }

    /// The operand that names the callee. It is read before the return record is written over its home.
    fn callee(&mut self, entry: Entry) -> Src {
        let src = self.src(entry, Imm::No, false);
        if matches!(entry.place(), Place::Acc(_)) && !self.slots_only() {
            Src { class: Class::Acc, ..src }
        } else {
            src
        }
    }

    fn tail_call(
        &mut self,
        family: Family,
        callee: Option<Entry>,
        ty: &FuncType,
        frame: u16,
        record: u16,
        word: u64,
    ) -> Result<(), Error> {
        let cells = cells_of(ty.params()) as u16;
        // Its frame begins where this one does.
        self.need_cells(u32::from(record) + 2)?;
        let callee = callee.map(|entry| self.src_slot(entry));
        self.op(family.first(), Fields::narrow(frame, self.record, cells, record));
        self.word(word);
        if let Some(slot) = callee {
            self.word(slot.into());
        }
        self.forget_last();
        Ok(())
    }
}

//! Returns: results go to the start of the frame, where a caller finds them; one alone is in the accumulator as well.

use super::emit::Imm;
use super::func::{Translation, cells_of, class_of};
use super::stack::{Entry, Place, cells};
use crate::ir::{Family, Fields, Ty};

impl Translation<'_> {
    /// Emits the return of the values on top of the stack, which stay there.
    pub(super) fn return_(&mut self) {
        match *self.ty.results() {
            [] => self.return_nothing(),
            [ty] => self.return_one(class_of(ty)),
            _ => {
                let results = self.ty.results();
                // Parameters lie where results go.
                let first = self.s.stack.len() - results.len();
                self.move_results(first, 0, cells_of(results) as u16);
                self.return_nothing();
            }
        }
        self.forget_last();
    }

    /// Emits a return from a frame where the results are.
    fn return_nothing(&mut self) {
        let family = match self.record {
            _ if self.slots_only() => Family::Return,
            0 => Family::Return0,
            1 => Family::Return1,
            2 => Family::Return2,
            3 => Family::Return3,
            _ => Family::Return,
        };
        self.op(family.first(), Fields::wide(self.record, 0, 0));
    }

    fn return_one(&mut self, ty: Ty) {
        let entry = self.s.stack.get(self.s.stack.len() - 1);
        let record = if self.slots_only() { 0 } else { self.record };
        let family = match (ty, record) {
            (Ty::I32, 1) => Family::Return1I32,
            (Ty::I32, 2) => Family::Return2I32,
            (Ty::I32, 3) => Family::Return3I32,
            (Ty::I32, _) => Family::ReturnI32,
            (Ty::I64, 1) => Family::Return1I64,
            (Ty::I64, 2) => Family::Return2I64,
            (Ty::I64, 3) => Family::Return3I64,
            (Ty::F64, 1) => Family::Return1F64,
            (Ty::F64, 2) => Family::Return2F64,
            (Ty::F64, 3) => Family::Return3F64,
            (Ty::F64, _) => Family::ReturnF64,
            (Ty::F32, _) => Family::ReturnF32,
            (Ty::V128, _) => Family::ReturnV128,
            _ => Family::ReturnI64,
        };
        let imm = if ty.is_int() { Imm::Long } else { Imm::No };
        let src = self.src(entry, self.first_imm(imm), false);
        let digit = if ty.is_int() { src.digit() } else { src.float_digit() };
        self.op(family.first() + digit, Fields::wide(self.record, 0, src.bits));
    }

    /// Copies the entries from `first` on to the cells from `base` on. Values of locals from there to `end` are in the way, and
    /// have to leave first.
    pub(super) fn move_results(&mut self, first: usize, base: u16, end: u16) {
        let len = self.s.stack.len();
        let in_the_way =
            |entry: Entry| matches!(entry.place(), Place::Local(slot) if (base..end).contains(&slot));
        for index in first..len {
            let entry = self.s.stack.get(index);
            if in_the_way(entry) {
                self.copy_to(entry, entry.home());
            }
        }
        let mut slot = u32::from(base);
        for index in first..len {
            let mut entry = self.s.stack.get(index);
            if in_the_way(entry) {
                entry = entry.at(Place::Home);
            }
            self.copy_to(entry, slot as u16);
            slot += cells(entry.ty());
        }
    }
}

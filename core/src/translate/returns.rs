//! Returns: results go to the start of the frame, where a caller finds them; one alone is in the accumulator as well.

use super::emit::Imm;
use super::func::{Translation, class_of};
use super::stack::{Entry, Place, cells};
use crate::ir::{Family, Fields, Ty};

impl Translation<'_> {
    /// Emits the return of the values on top of the stack, which stay there.
    pub(super) fn return_(&mut self) {
        let record = self.record;
        match *self.ty.results() {
            [] => {
                self.op(Family::Return.first(), Fields::wide(record, 0, 0));
            }
            [ty] => self.return_one(class_of(ty)),
            _ => {
                self.move_results();
                self.op(Family::Return.first(), Fields::wide(record, 0, 0));
            }
        }
        self.forget_last();
    }

    fn return_one(&mut self, ty: Ty) {
        let entry = self.s.stack.get(self.s.stack.len() - 1);
        let (family, imm) = match ty {
            Ty::I32 => (Family::ReturnI32, Imm::Long),
            Ty::F32 => (Family::ReturnF32, Imm::No),
            Ty::F64 => (Family::ReturnF64, Imm::No),
            Ty::V128 => (Family::ReturnV128, Imm::No),
            _ => (Family::ReturnI64, Imm::Long),
        };
        let src = self.src(entry, self.first_imm(imm), false);
        let digit = if ty.is_int() { src.digit() } else { src.float_digit() };
        self.op(family.first() + digit, Fields::wide(self.record, 0, src.bits));
    }

    /// Copies several results to the start of the frame.
    fn move_results(&mut self) {
        let count = self.ty.results().len();
        let first = self.s.stack.len() - count;
        let end = super::func::cells_of(self.ty.results()) as u16;
        // Parameters lie where results go: those that are results have to leave first.
        let in_the_way = |entry: Entry| matches!(entry.place(), Place::Local(slot) if slot < end);
        for index in first..first + count {
            let entry = self.s.stack.get(index);
            if in_the_way(entry) {
                self.copy_to(entry, entry.home());
            }
        }
        let mut slot = 0;
        for index in first..first + count {
            let mut entry = self.s.stack.get(index);
            if in_the_way(entry) {
                entry = entry.at(Place::Home);
            }
            self.copy_to(entry, slot);
            slot += cells(entry.ty()) as u16;
        }
    }
}

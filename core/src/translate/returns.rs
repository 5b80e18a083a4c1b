//! Returns: results go to the start of the frame, where a caller finds them; one alone is in the accumulator as well.

use super::emit::Imm;
use super::func::{Translation, cells_of, class_of};
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
                let results = self.ty.results();
                // Parameters lie where results go.
                let first = self.s.stack.len() - results.len();
                self.move_results(first, 0, cells_of(results) as u16);
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

//! `select`: one of two values.
//!
//! | rule | before | after |
//! |---|---|---|
//! | choice by bits | `acc = i32.and s0, 1; acc = select.i32 s1, s2, acc` | `acc = select_i32.and s0, s1, s2, 1` |
//!
//! A choice between a value and a constant may be two conditions: it is left to [`both`](super::both).

use super::emit::{Imm, Src};
use super::func::Translation;
use super::stack::{Entry, Place};
use crate::error::Error;
use crate::ir::{Class, Family, Fields, Ty};

impl Translation<'_> {
    /// Translates `select`.
    pub(super) fn select(&mut self) -> Result<(), Error> {
        let (cond, b, a) = (self.pop(), self.pop(), self.pop());
        if self.select_on_bits(&cond, a, b) {
            return Ok(());
        }
        let ty = a.ty();
        let traced = a.traced() || b.traced();
        let imm = if ty.is_int() { Imm::Short } else { Imm::No };
        let a = self.src(a, self.first_imm(imm), false);
        let b = self.src(b, imm, false);
        let cond = self.src(cond, Imm::No, false);
        let fields = Fields::narrow(0, a.short(), b.short(), cond.short());
        let (family, values, dsts) = match ty {
            Ty::I32 => (Family::SelectI32, 4, 3),
            Ty::I64 => (Family::SelectI64, 4, 3),
            Ty::F32 => (Family::SelectF32, 2, 2),
            Ty::F64 => (Family::SelectF64, 2, 2),
            _ => (Family::SelectV128, 2, 2),
        };
        let digit = |src: Src| if ty.is_int() { src.digit() } else { src.float_digit() };
        let variant = ((digit(a) * values + digit(b)) * 3 + cond.digit()) * dsts;
        self.define(family.first() + variant, fields, ty)?;
        self.s.stack.trace_top(traced);
        Ok(())
    }

    /// Rule *choice by bits*, for `select` of `a` and `b`, which were popped like the condition; says whether it applied.
    fn select_on_bits(&mut self, cond: &Entry, a: Entry, b: Entry) -> bool {
        let Some(op) = self.last_to_fuse(cond).filter(|op| op.family() == Family::I32And) else {
            return false;
        };
        let [from, Class::Imm, ..] = op.classes() else { return false };
        let fits = |entry| self.is_simple(entry, Imm::Short);
        if from == Class::Imm || a.ty() != Ty::I32 || !fits(a) || !fits(b) {
            return false;
        }
        // Two conditions, which may become two branches.
        if matches!(a.place(), Place::Const(_)) != matches!(b.place(), Place::Const(_)) {
            return false;
        }
        let (_, _, fields, _) = self.take_last();
        let [a, b] = [a, b].map(|entry| self.src(entry, Imm::Short, false));
        // The pinned local is in its slot as well.
        let digit = |src: Src| u16::from(src.class == Class::Imm);
        let variant = ((from as u16 * 2 + digit(a)) * 2 + digit(b)) * 3;
        let number = Family::SelectI32And.first() + variant;
        self.define_int(number, Fields::narrow(0, fields.a(), a.short(), b.short()), Ty::I32);
        self.word(fields.b().into());
        true
    }
}

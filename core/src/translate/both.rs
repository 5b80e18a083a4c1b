//! Pass *both conditions*: branches on two conditions, of which compilers make one value without a branch, become two branches.
//!
//! | branch on | before | after |
//! |---|---|---|
//! | `a && c` | `s3, acc = i32.le_u s0, 9; …; acc = select.i32 s3, 0, acc; br_nez acc -> 20` | `br_i32.gt_u s0, 9 -> over; …; br_nez acc -> 20; over:` |
//! | `a \|\| c` | `…; acc = select.i32 1, s3, acc; br_nez acc -> 20` | `br_nez s3 -> 20; br_nez acc -> 20` |
//!
//! What is computed first is asked first, as in the program that the compiler had before it, and nothing that would trap or be
//! seen is between the two. Each of the conditions may itself become part of its branch.

use super::control::Kind;
use super::emit::NO_SLOT;
use super::func::Translation;
use super::fuse::{Cond, nez_or_eqz};
use super::stack::NONE;
use crate::ir::{Class, Family, Fields, Op};
use crate::types::LabelIdx;

/// Two conditions of one branch.
pub(super) struct Both {
    pub(super) first: Cond,
    pub(super) second: Cond,
    /// Whether it is taken when both hold, rather than when one does.
    pub(super) all: bool,
}

impl Translation<'_> {
    /// Takes the condition on top of the stack, for a branch that is taken when its truth is `holds`, if it is made of two.
    pub(super) fn both(&mut self, holds: bool) -> Option<Both> {
        let top = *self.s.stack.top()?;
        if self.slots_only() || !self.is_last(&top) {
            return None;
        }
        let negated = self.op_number(self.last_op) == Some(EQZ_ACC);
        let select = if negated { self.before_last } else { self.last_op };
        if select == NONE || negated && select + 2 != self.last_op {
            return None;
        }
        let op = Op::new(self.s.code[select as usize])?;
        let fields = Fields(self.s.code[select as usize + 1]);
        let [a, b, c, Class::Acc, ..] = op.classes() else { return None };
        if op.family() != Family::SelectI32 {
            return None;
        }
        let (is_and, (x, x_field)) = match (a, b) {
            (_, Class::Imm) if fields.b16() == 0 => (true, (a, fields.a())),
            (Class::Imm, _) if fields.a() != 0 => (false, (b, fields.b16())),
            _ => return None,
        };
        let (x, x_field) = match (x, c) {
            (Class::Slot | Class::Pin, Class::Acc) => (x, x_field),
            (Class::Acc, Class::Slot | Class::Pin) => (c, fields.c16()),
            _ => return None,
        };
        self.pop();
        if negated {
            self.take_last();
        }
        self.take_last();
        let holds = holds != negated;
        let second = self.in_accumulator(holds);
        let first = self.computed_before(&second, (x, x_field), holds);
        Some(Both { first, second, all: is_and == holds })
    }

    /// Whether a branch to `frame` takes no values, and is no return.
    pub(super) fn takes_nothing(&self, frame: usize) -> bool {
        self.s.frames[frame].kind != Kind::Function && self.s.frames[frame].takes == 0
    }

    /// Emits a branch to `label`, which takes nothing.
    pub(super) fn branch_if_both(&mut self, both: &Both, label: LabelIdx) {
        if both.all {
            let over = self.emit_branch(both.first.negated(), false);
            self.branch_if(both.second, label);
            self.set_target(over);
        } else {
            self.branch_if(both.first, label);
            self.branch_if(both.second, label);
        }
    }

    /// Emits a branch without its target, and returns the first of the words, linked through themselves, that wait for it.
    pub(super) fn emit_both(&mut self, both: &Both) -> u32 {
        if both.all {
            let over = self.emit_branch(both.first.negated(), false);
            let word = self.emit_branch(both.second, false);
            self.set_target(over);
            word
        } else {
            let first = self.emit_branch(both.first, false);
            let second = self.emit_branch(both.second, false);
            self.s.code[second as usize] = first.into();
            second
        }
    }

    fn op_number(&self, at: u32) -> Option<u64> {
        self.s.code.get(at as usize).copied()
    }

    /// The condition that the accumulator is not zero, or that it is.
    fn in_accumulator(&mut self, holds: bool) -> Cond {
        let op = if self.last_op == NONE { None } else { Op::new(self.s.code[self.last_op as usize]) };
        // In the accumulator only, and an integer's: destinations of those vary fastest among three.
        let only =
            op.filter(|op| op.family().has_dst() && op.family().out().is_int() && op.variant() % 3 == 0);
        only.and_then(|op| self.branch_on(op, holds)).unwrap_or_else(|| {
            let (family, opposite) = nez_or_eqz(holds);
            let (variant, fields) = (Class::Acc as u16, Fields::wide(0, NO_SLOT as u16, 0));
            Cond { family, opposite, variant, fields, float_imm: None }
        })
    }

    /// The condition that `x`, of this class and in this slot, is not zero, or that it is. If nothing but `second` has been
    /// computed since, `x` need not be computed.
    fn computed_before(&mut self, second: &Cond, (x, slot): (Class, u16), holds: bool) -> Cond {
        let needs_acc = Op::new(u64::from(second.family.first() + second.variant * 2))
            .is_none_or(|op| op.classes().contains(&Class::Acc));
        // Above what is on the stack nobody asks for it again.
        let is_free = x == Class::Slot && u32::from(slot) >= self.s.stack.end() && !needs_acc;
        if is_free
            && self.last_op != NONE
            && let Some(op) = Op::new(self.s.code[self.last_op as usize])
            && op.family().has_dst()
            && op.family().out().is_int()
            && op.variant() % 3 == 1
            && Fields(self.s.code[self.last_op as usize + 1]).d() == slot
            && let Some(cond) = self.branch_on(op, holds)
        {
            return cond;
        }
        let (family, opposite) = nez_or_eqz(holds);
        Cond { family, opposite, variant: x as u16, fields: Fields::wide(0, slot, 0), float_imm: None }
    }
}

/// The number of the op that says whether the accumulator is zero, and leaves that there alone.
const EQZ_ACC: u64 = Family::I32Eqz.first() as u64 + Class::Acc as u64 * 3;

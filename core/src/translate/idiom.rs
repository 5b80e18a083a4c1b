//! Loops that do something for which no loop is needed.
//!
//! Loops over bytes that fill or copy memory, as compilers emit them where they may not use `memory.fill` and `memory.copy`: the
//! branch that closes one does the rest of its iterations at once.
//!
//! | loop | its end before | after |
//! |---|---|---|
//! | fill | `s0, acc = i32.sub s0, 1; store8.x1 s1, acc, s2; br_nez acc -> loop` | `…; fill_loop s0, s1, s2 -> loop` |
//! | copy | `s4 = i32.add s1, s0; acc = i32.load8_u.x1 s2, s0; store8 s4, acc; add_br_i32.ne s0 += 1, s3 -> loop` | `…; s0 = i32.add s0, 1; copy_loop s0, s1, s2, s3, 1 -> loop` |
//!
//! The first iteration is done by the ops of the loop, and so are all others wherever one of them would trap or wrap around
//! the address space: then the branch only branches. So nothing has to be undone, and the effect is that of the loop.
//!
//! Loops that do nothing but count, or make steps of a recurrence: an op before the branch makes all steps of which it is certain
//! that the branch would go back after them. See [`rounds`](crate::num::counting::rounds).
//!
//! | loop | before | after |
//! |---|---|---|
//! | count | `add_br_i32.ne s0 += -1, 0 -> loop` | `ahead_i32 s0 += -1, 0 while ne; add_br_i32.ne …` |
//! | recurrence | `i64.add_shift s1, s2; add_br_i32.ne s0 += -1, 0 -> loop` | `…; i64.add_shift+ahead_i32 s0 += -1, s1, s2, 0 while ne; add_br_i32.ne …` |
//!
//! Code that counts fuel or asks for the epoch has further ops in its loops, and is left as it is.

use super::emit::NO_SLOT;
use super::func::Translation;
use super::fuse::{Cond, class as class_of};
use crate::ir::{Class, Family, Fields, Op};

/// Most ops of such a loop, without its branch.
const MOST: usize = 4;

impl Translation<'_> {
    /// Applies a rule to the loop that `cond` closes, a branch back to `start`: returns the branch that does what is left of the
    /// loop, or emits the op that goes ahead.
    pub(super) fn end_of_loop(&mut self, cond: &Cond, start: u32) -> Option<Cond> {
        let rest = self.rest_of_loop(cond, start);
        if rest.is_none() {
            self.go_ahead(cond, start);
        }
        rest
    }

    /// The branch that does what is left of the loop that `cond` closes, a branch back to `start`, if that is one of those
    /// above.
    fn rest_of_loop(&self, cond: &Cond, start: u32) -> Option<Cond> {
        let family = cond.family;
        if !matches!(family, Family::BrNez | Family::BrI32Ne | Family::AddBrI32Ne) || self.slots_only() {
            return None;
        }
        let (mut at, mut ops, mut count) = (start as usize, [0; MOST], 0);
        while at < self.s.code.len() {
            *ops.get_mut(count)? = at;
            count += 1;
            at += Op::new(self.s.code[at])?.words();
        }
        if family == Family::BrNez {
            self.rest_of_fill(cond, &ops[..count])
        } else {
            self.rest_of_copy(cond, &ops[..count])
        }
    }

    /// Rules *count* and *recurrence*: emits what makes the steps of the loop that `cond` closes, a branch back to `start`, if
    /// that is one of those above.
    fn go_ahead(&mut self, cond: &Cond, start: u32) {
        let Some((family, relation)) = cond.family.ahead() else { return };
        let (x, step, limit) = (cond.fields.d(), cond.fields.a(), cond.fields.b());
        let (pinned, is_constant) = (cond.variant / 3, cond.variant % 3 == 2);
        if self.s.code.len() == start as usize {
            let number = family.first() + pinned * 2 + u16::from(is_constant);
            self.op(number, Fields::wide(x, step, limit));
            self.word(relation.into());
            return;
        }
        let Some((op, fields)) = self.op_at(start as usize) else { return };
        let Some(family) = family.ahead_of(op.family()) else { return };
        let is_short = !is_constant || i16::try_from(limit as i32).is_ok();
        let (y, z) = (fields.d(), fields.b16());
        // The pinned local is in its slot as well, where the limit is read.
        let is_apart = ![y, z].contains(&x) && (is_constant || ![y, z].contains(&(limit as u16)));
        if self.s.code.len() != start as usize + op.words() || !is_short || !is_apart {
            return;
        }
        let number = family.first() + pinned * 8 + op.variant() * 2 + u16::from(is_constant);
        self.op(number, Fields::narrow(x, step, y, z));
        self.word(u64::from(relation) << 32 | u64::from(limit as u16));
    }

    /// The op at `at`, with its fields.
    fn op_at(&self, at: usize) -> Option<(Op, Fields)> {
        Some((Op::new(self.s.code[at])?, Fields(self.s.code[at + 1])))
    }

    fn rest_of_fill(&self, cond: &Cond, ops: &[usize]) -> Option<Cond> {
        let &[step, store] = ops else { return None };
        let (x, class, -1) = self.step(step as u32)? else { return None };
        let (op, fields) = self.op_at(store)?;
        let [a, b, value, ..] = op.classes();
        if op.family() != Family::Store8X1 || slot(class_of(cond.variant), cond.fields.a())? != x {
            return None;
        }
        let base = other(x, slot(a, fields.a())?, slot(b, fields.b16())?)?;
        let value_digit = match value {
            Class::Imm => 1,
            _ if slot(value, fields.d())? == x => return None,
            _ => 0,
        };
        let variant = u16::from(class == Class::Pin) * 2 + value_digit;
        let fields = Fields::narrow(x, base, fields.d(), fields.c16());
        Some(Cond { family: Family::FillLoop, variant, fields, ..*cond })
    }

    fn rest_of_copy(&self, cond: &Cond, ops: &[usize]) -> Option<Cond> {
        let &[sum, load, store, ref steps @ ..] = ops else { return None };
        let (x, class, by, limit) = self.counter(cond, steps)?;
        let (op, fields) = self.op_at(sum)?;
        let [a, b, Class::Slot, ..] = op.classes() else { return None };
        let to = fields.d();
        if op.family() != Family::I32Add || b == Class::Imm {
            return None;
        }
        let target = other(x, slot(a, fields.a())?, slot(b, fields.b16())?)?;
        let (op, fields) = self.op_at(load)?;
        let [a, b, _, Class::Acc, ..] = op.classes() else { return None };
        if op.family() != Family::I32Load8UX1 || fields.c16() != 0 {
            return None;
        }
        let source = other(x, slot(a, fields.a())?, slot(b, fields.b16())?)?;
        let (op, fields) = self.op_at(store)?;
        let [address, Class::Acc, ..] = op.classes() else { return None };
        if op.family() != Family::Store8 || fields.b() != 0 || slot(address, fields.a())? != to {
            return None;
        }
        // The address is no local, so nobody asks for it after the loop.
        if u32::from(to) < self.temps || [target, source, limit].contains(&to) {
            return None;
        }
        let (by_digit, by) = by.map_or((1, 1), |slot| (0, slot));
        let variant = u16::from(class == Class::Pin) * 2 + by_digit;
        let fields = Fields::narrow(x, target, source, limit);
        Some(Cond { family: Family::CopyLoop, variant, fields, float_imm: Some(by.into()), ..*cond })
    }

    /// What a loop counts up until it is equal to a limit: its slot and class, the slot of the step if that is no 1, and the
    /// slot of the limit. The loop ends with the ops at `steps` and the branch on `cond`.
    fn counter(&self, cond: &Cond, steps: &[usize]) -> Option<(u16, Class, Option<u16>, u16)> {
        if let Some((x, class)) = cond.counter() {
            let is_up = cond.fields.a() == 1 && cond.variant % 3 != 2 && steps.is_empty();
            return is_up.then_some((x, class, None, cond.fields.b16()));
        }
        let &[step] = steps else { return None };
        let (op, fields) = self.op_at(step)?;
        let ([a, b, class, ..], x) = (op.classes(), fields.d());
        if op.family() != Family::I32Add
            || class == Class::Acc
            || b == Class::Imm
            || slot(a, fields.a())? != x
        {
            return None;
        }
        let by = slot(b, fields.b16())?;
        let (left, right) = (class_of(cond.variant / 4), class_of(cond.variant % 4));
        let limit = other(x, slot(left, cond.fields.a())?, slot(right, cond.fields.b16())?)?;
        (by != x).then_some((x, class, Some(by), limit))
    }
}

/// The slot that holds an operand of this class with this field, if there is one.
fn slot(class: Class, field: u16) -> Option<u16> {
    (class != Class::Imm && u32::from(field) != NO_SLOT).then_some(field)
}

/// The one of two slots that is not `x`, when the other one is.
fn other(x: u16, a: u16, b: u16) -> Option<u16> {
    match (a == x, b == x) {
        (true, false) => Some(b),
        (false, true) => Some(a),
        _ => None,
    }
}

//! What counts: sums of locals with constants, and the branches at the ends of loops that compare them.
//!
//! | rule | before | after |
//! |---|---|---|
//! | end of a loop | `s0, acc = i32.add s0, 1; br_i32.lt_s acc, s1` | `add_br_i32.lt_s s0, 1, s1` |
//! | two counters | `s1, acc = i32.add s1, s2; add_br_i32.ne s0 += 1, s3` | `add_br2_i32.ne s0 += 1, s1, s2, s3` |
//! | two counters and a copy | `s1, acc = i32.add s1, 4; s4 = copy s5; add_br_i32.ne s0 += -1, 0` | `s4 = copy s5; add_br2_i32.ne s0 += -1, s1, 4, 0` |
//! | two steps | `s0, acc = i32.add s0, 1; s1, acc = i32.add s1, 4` | `i32.add2 s0 += 1, s1 += 4` |
//!
//! Loops that do nothing else are [`idiom`](super::idiom)'s.

use super::func::Translation;
use super::fuse::{Cond, class};
use super::stack::NONE;
use crate::ir::{Class, Family, Fields, Op, Ty};

impl Translation<'_> {
    /// Rule *end of a loop*, for a branch that compares what the op before it has counted up or down.
    pub(super) fn loop_end(&mut self, cond: Cond, kept: bool) -> Cond {
        if self.last_op == NONE || !self.last_counts() || self.slots_only() {
            return cond;
        }
        let steps = self.single_steps(&cond);
        let fused = self.counted(cond, kept);
        if fused.is_none() && steps {
            self.second_step();
        }
        if fused.is_some() {
            self.take_last();
            // Unlike the op that was taken back, the fused one leaves the accumulator alone.
            self.s.stack.clear_mirror(Ty::I64);
        }
        fused.unwrap_or(cond)
    }

    /// Whether the last op may count what a loop compares.
    #[inline(always)]
    fn last_counts(&self) -> bool {
        let op = Op::new(self.s.code[self.last_op as usize]).expect("the code buffer holds ops");
        matches!(
            op.family(),
            Family::I32Add | Family::I32Sub | Family::I64Add | Family::I64Sub | Family::I32Add2
        )
    }

    fn counted(&self, cond: Cond, kept: bool) -> Option<Cond> {
        let at = self.last_op as usize;
        let add = if self.last_op == NONE { None } else { Op::new(self.s.code[at]) }?;
        let step = Fields(self.s.code[at + 1]);
        let signed = i32::from(i16::try_from(step.b() as i32).ok()?);
        let signed = match add.family() {
            Family::I32Add | Family::I64Add => i16::try_from(signed).ok()?,
            Family::I32Sub | Family::I64Sub => i16::try_from(-signed).ok()?,
            _ => return None,
        };
        let x = step.d();
        // A class for each source, then that of the destination.
        let [a, Class::Imm, dst, ..] = add.classes() else { return None };
        let pinned = dst == Class::Pin;
        // What is on the stack may be moved home before the branch is emitted, and must find the sum in `x` then.
        let on_stack = !kept && self.s.refs.get(usize::from(x)).is_none_or(|&refs| refs > 0);
        if dst == Class::Acc || step.a() != x || on_stack {
            return None;
        }
        let is_x = |class: Class, field: u16| match class {
            Class::Slot => field == x,
            Class::Acc => !pinned && field == x,
            Class::Pin => pinned,
            Class::Imm => false,
        };
        if !is_x(a, step.a()) && a != Class::Acc {
            return None;
        }
        let wide = matches!(add.family(), Family::I64Add | Family::I64Sub);
        let (branch, opposite, left, right, limit) = match cond.family {
            Family::BrEqz | Family::BrNez => {
                let (eq, ne) = if wide {
                    (Family::BrI64Eq, Family::BrI64Ne)
                } else {
                    (Family::BrI32Eq, Family::BrI32Ne)
                };
                let (branch, opposite) = if cond.family == Family::BrEqz { (eq, ne) } else { (ne, eq) };
                (branch, opposite, class(cond.variant), Class::Imm, 0)
            }
            family => {
                let ty = family.info().operands.as_slice()[0].ty;
                if wide != (ty == Ty::I64) {
                    return None;
                }
                (family, cond.opposite, class(cond.variant / 4), class(cond.variant % 4), cond.fields.b())
            }
        };
        let (branch, opposite, left, x_field, right, limit) = if is_x(left, cond.fields.a()) {
            (branch, opposite, left, cond.fields.a(), right, limit)
        } else if right != Class::Imm && is_x(right, limit as u16) {
            // The sum stands right.
            (branch.exchanged()?, opposite.exchanged()?, right, limit as u16, left, cond.fields.a().into())
        } else {
            return None;
        };
        debug_assert!(is_x(left, x_field));
        let (branch, opposite) = (branch.after_add()?, opposite.after_add()?);
        let limit_digit = match right {
            Class::Slot if limit as u16 != x => 0,
            Class::Pin if !pinned => 1,
            Class::Imm => 2,
            _ => return None,
        };
        let variant = u16::from(pinned) * 3 + limit_digit;
        let fields = Fields::wide(x, signed as u16, limit);
        Some(Cond { family: branch, opposite, variant, fields, float_imm: None })
    }

    /// The local to which the op at `at` adds a constant in place, its class, and the constant.
    pub(super) fn step(&self, at: u32) -> Option<(u16, Class, i16)> {
        if !self.is_sum(at) {
            return None;
        }
        let op = Op::new(self.s.code[at as usize])?;
        let fields = Fields(self.s.code[at as usize + 1]);
        let constant = match op.family() {
            Family::I32Add => fields.b() as i32,
            Family::I32Sub => (fields.b() as i32).checked_neg()?,
            _ => return None,
        };
        let [a, Class::Imm, dst, ..] = op.classes() else { return None };
        let in_place = match (a, dst) {
            (Class::Slot | Class::Acc, Class::Slot) => fields.a() == fields.d(),
            (Class::Pin, Class::Pin) => true,
            _ => false,
        };
        if in_place { Some((fields.d(), dst, i16::try_from(constant).ok()?)) } else { None }
    }

    /// Rule *two steps*: makes one op of the last two if both add constants to locals in place. Says whether it applied.
    #[cfg_attr(feature = "fusion", inline(always))]
    pub(super) fn second_step(&mut self) -> bool {
        let (first, second) = (self.before_last, self.last_op);
        first != NONE
            && self.is_sum(second)
            && first + 2 == second
            && self.is_sum(first)
            && !self.slots_only()
            && self.join_steps(first, second)
    }

    /// The same for two sums, at `first` and `second`.
    #[inline(never)]
    fn join_steps(&mut self, first: u32, second: u32) -> bool {
        let (Some(x), Some(y)) = (self.step(first), self.step(second)) else { return false };
        // Their order does not matter; the pinned one is named first.
        let (x, y) = if y.1 == Class::Pin { (y, x) } else { (x, y) };
        if x.0 == y.0 {
            return false;
        }
        self.take_last();
        let number = Family::I32Add2.first() + u16::from(x.1 == Class::Pin);
        self.s.code[first as usize] = number.into();
        self.s.code[first as usize + 1] = Fields::narrow(x.0, x.2 as u16, y.0, y.2 as u16).0;
        // The accumulator is left alone.
        self.s.stack.clear_mirror(Ty::I64);
        true
    }

    /// Takes the last op apart if it makes two steps, of which `cond` compares one: that will be the last. Says whether it
    /// did.
    fn single_steps(&mut self, cond: &Cond) -> bool {
        let at = self.last_op;
        if at == NONE {
            return false;
        }
        let op = Op::new(self.s.code[at as usize]).expect("the code buffer holds ops");
        if op.family() != Family::I32Add2 {
            return false;
        }
        let fields = Fields(self.s.code[at as usize + 1]);
        let [class, ..] = op.classes();
        let mut steps = [(fields.b16(), Class::Slot, fields.c16()), (fields.d(), class, fields.a())];
        let names = |slot: u16, class: Class| {
            let (left, right) = (cond.variant / 4, cond.variant % 4);
            let field = |digit: u16, field: u16| match class {
                Class::Pin => digit == Class::Pin as u16,
                _ => digit == Class::Slot as u16 && field == slot,
            };
            match cond.family {
                Family::BrEqz | Family::BrNez => field(cond.variant, cond.fields.a()),
                _ => field(left, cond.fields.a()) || field(right, cond.fields.b16()),
            }
        };
        if !names(steps[1].0, steps[1].1) {
            steps.swap(0, 1);
        }
        if !names(steps[1].0, steps[1].1) {
            return false;
        }
        self.s.code.truncate(at as usize);
        self.before_last = NONE;
        for (slot, class, step) in steps {
            let number = Family::I32Add.op(&[class, Class::Imm, class]).number() as u16;
            self.op(number, Fields::wide(slot, slot, i32::from(step as i16) as u32));
        }
        self.s.stack.clear_mirror(Ty::I64);
        true
    }

    /// Rule *two counters*, where `op`, the last one, adds to a local in place.
    pub(super) fn two_counters(&self, op: Op, cond: &Cond) -> Option<Cond> {
        let (family, opposite) = (cond.family.with_second_step()?, cond.opposite.with_second_step()?);
        let fields = Fields(self.s.code[self.last_op as usize + 1]);
        let [a, by, dst, ..] = op.classes();
        let y_digit = match (a, dst) {
            (Class::Slot | Class::Acc, Class::Slot) if fields.a() == fields.d() => 0,
            (Class::Pin, Class::Pin) => 1,
            _ => return None,
        };
        let (by_digit, by) = match by {
            // The pinned local is in its slot as well.
            Class::Slot | Class::Pin => (0, fields.b16()),
            Class::Imm => (1, i16::try_from(fields.b() as i32).ok()? as u16),
            Class::Acc => return None,
        };
        // Of the loop's end: the class of what is counted, and where the limit is among slot, pin, immediate.
        let (x_digit, limit) = (cond.variant / 3, cond.fields.b());
        let limit_digit = match cond.variant % 3 {
            2 if i16::try_from(limit as i32).is_ok() => 1,
            2 => return None,
            _ => 0,
        };
        if cond.fields.d() == fields.d() {
            return None;
        }
        let variant = ((x_digit * 2 + y_digit) * 2 + by_digit) * 2 + limit_digit;
        let fields = Fields::narrow(cond.fields.d(), cond.fields.a(), fields.d(), by);
        Some(Cond { family, opposite, variant, fields, float_imm: Some(limit.into()) })
    }

    /// Exchanges the last two ops for rule *two counters*, where `copy`, the last one, has nothing to do with the local that
    /// the one before it adds to; says whether it did.
    pub(super) fn step_behind_copy(&mut self, copy: Op) -> bool {
        let (first, second) = (self.before_last as usize, self.last_op as usize);
        let ([from, ..], fields) = (copy.classes(), Fields(self.s.code[second + 1]));
        if self.before_last == NONE || first + 2 != second || from == Class::Acc {
            return false;
        }
        let (add, step) = (self.decoded(self.before_last), Fields(self.s.code[first + 1]));
        let [_, by, dst, ..] = add.classes();
        let reads = |class: Class, field: u16, slot: u16| class != Class::Imm && field == slot;
        if add.family() != Family::I32Add
            || dst == Class::Acc
            || fields.d() == step.d()
            || reads(from, fields.a(), step.d())
            || step.a() == fields.d()
            || reads(by, step.b16(), fields.d())
        {
            return false;
        }
        let (earlier, later) = self.s.code.split_at_mut(second);
        earlier[first..].swap_with_slice(&mut later[..2]);
        true
    }
}

//! What ops that follow one another become: one op for two or three.
//!
//! Each rule looks at the op that was emitted last, when its result is the operand of the op that is about to be
//! emitted, takes it back and emits the fused one. Which pairs fuse, the relations between
//! [`Family`]s say; which pairs are worth a family was decided by counting what real programs execute.
//!
//! | rule | before | after |
//! |---|---|---|
//! | branch on comparison | `acc = i32.lt_s s0, s1; br_nez acc` | `br_i32.lt_s s0, s1` |
//! | branch on common bits | `acc = i32.and s0, 1; br_nez acc` | `br_i32.and s0, 1` |
//! | branch on a difference | `acc = i32.xor s0, s1; br_eqz acc` | `br_i32.eq s0, s1` |
//! | branch on a vector | `acc = v128.any_true s0; br_nez acc` | `br_v128.any_true s0` |
//! | branch on one bit | `acc = i32.shl 1, s0; br_i32.and acc, 7` | `br_i32.bit s0, 7` |
//! | branch on a result | `s1, acc = i32.load s0 +4; br_eqz acc` | `s1, acc = load_br_i32.eq s0 +4, 0` |
//! | copy and branch | `s1 = copy s0; br_nez pin` | `s1 = copy_br_nez s0, pin` |
//! | through a pointer | `acc = i32.load s0 +4; acc = i32.load8_u acc +1` | `acc = load_i32.load8_u s0 +4 +1` |
//! | pair | `acc = i32.shl s0, 2; acc = i32.add acc, s1` | `acc = i32.shl+add s0, 2, s1` |
//! | sign extension | `acc = i32.shl s0, 16; acc = i32.shr_s acc, 16` | `acc = i32.extend16_s s0` |
//! | two copies | `s3 = copy s0; s4 = copy s1` | `copy2` (in `emit`) |
//! | copy in memory | `acc = i32.load s1 +4; store32 s0, acc +8` | `load_store32 s0 +8, s1 +4` |
//! | sum in memory | `acc = i32.load s0 +4; acc = i32.add acc, 1; store32 s0, acc +4` | `i32.add_to s0, 1 +4` |
//! | sum with a constant | `acc = i32.add s0, -8; acc = i32.load acc +0` | `acc = i32.load.sum s0 + -8` |
//! | scaled address | `acc = i32.shl+add s0, 2, s1; acc = i32.load acc` | `acc = i32.load.x4 s1, s0` |

use super::control::Kind;
use super::emit::{Imm, Src};
use super::func::Translation;
use super::stack::{Entry, NONE, Place};
use crate::error::Error;
use crate::ir::{Class, Family, Fields, Op, Shape};

/// The condition of a branch, whose op has not been emitted yet.
#[derive(Clone, Copy, Debug)]
pub(super) struct Cond {
    pub(super) family: Family,
    /// The family of the opposite condition.
    pub(super) opposite: Family,
    pub(super) variant: u16,
    pub(super) fields: Fields,
    pub(super) float_imm: Option<u64>,
}

impl Cond {
    pub(super) fn negated(self) -> Self {
        Self { family: self.opposite, opposite: self.family, ..self }
    }

    /// The slot and the class of the local that is counted, if it is the end of a counting loop.
    pub(super) fn counter(&self) -> Option<(u16, Class)> {
        let class = if self.variant / 3 == 0 { Class::Slot } else { Class::Pin };
        (self.family.shape() == Shape::AddBr).then_some((self.fields.d(), class))
    }
}

/// The condition of a branch, which may be a constant.
pub(super) enum Test {
    Always,
    Never,
    When(Cond),
}

/// The branch on what is not zero, or on what is, and the opposite one.
pub(super) fn nez_or_eqz(nonzero: bool) -> (Family, Family) {
    if nonzero { (Family::BrNez, Family::BrEqz) } else { (Family::BrEqz, Family::BrNez) }
}

impl Translation<'_> {
    /// Takes the condition on top of the stack, for a branch that is taken when its truth is `holds`. Entries that are the
    /// values of locals may be `kept` there until it is emitted.
    pub(super) fn test(&mut self, holds: bool, kept: bool) -> Test {
        let entry = self.pop();
        if let Place::Const(bits) = entry.place() {
            return if (bits as u32 != 0) == holds { Test::Always } else { Test::Never };
        }
        let cond = match self.last(&entry).and_then(|op| self.branch_on(op, holds)) {
            Some(cond) => cond,
            None => self.nonzero(entry, holds),
        };
        let cond = self.branch_on_vectors(cond, kept);
        Test::When(self.loop_end(cond, kept))
    }

    /// The condition that `entry` is not zero, or that it is.
    pub(super) fn nonzero(&mut self, entry: Entry, holds: bool) -> Cond {
        let src = self.src(entry, Imm::No, false);
        let (family, opposite) = nez_or_eqz(holds);
        let fields = Fields::wide(0, src.short(), 0);
        Cond { family, opposite, variant: src.digit(), fields, float_imm: None }
    }

    /// The op that was emitted last, if `entry` is its result and nowhere but in the accumulator.
    fn last(&self, entry: &Entry) -> Option<Op> {
        if self.is_last(entry) { Op::new(self.s.code[self.last_op as usize]) } else { None }
    }

    /// The same, if ops that access memory may be made of it.
    pub(super) fn last_to_fuse(&self, entry: &Entry) -> Option<Op> {
        if self.slots_only() { None } else { self.last(entry) }
    }

    /// Rules *branch on comparison*, *branch on common bits* and *branch on a difference*, for the result of `op`, the last one.
    pub(super) fn branch_on(&mut self, op: Op, holds: bool) -> Option<Cond> {
        let family = op.family();
        if let Some((branch, opposite)) = family.branches() {
            let (branch, opposite) = if holds { (branch, opposite) } else { (opposite, branch) };
            let (_, variant, fields, _) = self.take_last();
            // Destinations, of which there are three, vary fastest.
            let (variant, fields) = (variant / 3, fields.with_d(0));
            return Some(Cond { family: branch, opposite, variant, fields, float_imm: None });
        }
        let (branch, opposite) = match family.shape() {
            Shape::Com | Shape::FCmp | Shape::VTest if self.slots_only() => return None,
            Shape::FCmp => (family.branch(holds)?, family.branch(!holds)?),
            Shape::Com => (family.test(holds)?, family.test(!holds)?),
            Shape::VTest => (family.branch_vector(holds)?, family.branch_vector(!holds)?),
            Shape::Un if matches!(family, Family::I32Eqz | Family::I64Eqz) => nez_or_eqz(!holds),
            _ => return None,
        };
        let (_, variant, fields, extension) = self.take_last();
        // Destinations, of which there are three, vary fastest.
        let (variant, fields) = (variant / 3, fields.with_d(0));
        let has_imm = !self.slots_only() && op.words() > usize::from(family.info().words);
        let cond =
            Cond { family: branch, opposite, variant, fields, float_imm: has_imm.then_some(extension) };
        if let Some(cond) = self.on_bit(&cond) {
            return Some(cond);
        }
        if family.shape() == Shape::Un && variant == Class::Acc as u16 && self.last_op != NONE {
            // What is compared with zero may itself be an `and`, or a property of a vector.
            let inner = Op::new(self.s.code[self.last_op as usize]).expect("the code buffer holds ops");
            let family = inner.family();
            if family.test(true).or(family.branch_vector(true)).is_some() && inner.variant().is_multiple_of(3)
            {
                return self.branch_on(inner, !holds);
            }
        }
        Some(cond)
    }

    /// Rule *branch on one bit*, for a branch on what the result of the last op has in common with its right operand.
    fn on_bit(&mut self, cond: &Cond) -> Option<Cond> {
        if self.slots_only() {
            return None;
        }
        let (family, opposite) = (cond.family.bit()?, cond.opposite.bit()?);
        if cond.variant / 4 != Class::Acc as u16
            || cond.variant % 4 == Class::Acc as u16
            || self.last_op == NONE
        {
            return None;
        }
        let at = self.last_op as usize;
        let shift = Op::new(self.s.code[at]).expect("the code buffer holds ops");
        let [Class::Imm, by, Class::Acc, ..] = shift.classes() else { return None };
        let fields = Fields(self.s.code[at + 1]);
        if shift.family() != Family::I32Shl || fields.a() != 1 || by == Class::Imm {
            return None;
        }
        self.take_last();
        let fields = Fields::wide(0, fields.b16(), cond.fields.b());
        Some(Cond { family, opposite, variant: by as u16 * 4 + cond.variant % 4, fields, ..*cond })
    }

    /// Rules *branch on a result* and *copy and branch*: makes the last op part of the branch on `cond`, which is about to be
    /// emitted. One that `repeats` a loop keeps to the loop register, which only some of those have.
    pub(super) fn with_last(&mut self, cond: Cond, repeats: bool) -> Cond {
        if self.slots_only() || self.last_op == NONE {
            return cond;
        }
        let op = Op::new(self.s.code[self.last_op as usize]).expect("the code buffer holds ops");
        let fused = match op.family() {
            Family::I32Add if cond.family.shape() == Shape::AddBr => self.two_counters(op, &cond),
            Family::Copy if cond.family.shape() == Shape::AddBr => {
                if !self.step_behind_copy(op) {
                    return cond;
                }
                self.two_counters(self.decoded(self.last_op), &cond)
            }
            Family::Copy => self.copy_and_branch(op, &cond),
            Family::CopyV128 => self.copy_and_count(op, &cond),
            Family::I32Add | Family::I32Sub => self.branch_after(op, &cond),
            Family::I32And | Family::I32Load | Family::I32Load8U if !repeats || self.is_long_loop() => {
                self.branch_after(op, &cond)
            }
            family if family.shape() == Shape::VBitmask => self.branch_on_bits(op, &cond),
            _ => None,
        };
        if fused.is_some() {
            // Where it traps is where the load is.
            self.trap_as_last();
            self.take_last();
        }
        fused.unwrap_or(cond)
    }

    /// Whether the innermost loop has so many words up to here that one op less is worth more than the loop register.
    fn is_long_loop(&self) -> bool {
        const WORDS: u64 = 7;
        let mut frames = self.s.frames.iter().rev();
        let inner = frames.find(|frame| frame.kind == Kind::Loop);
        inner.is_some_and(|inner| self.here() - u64::from(inner.label) >= WORDS)
    }

    fn copy_and_branch(&self, op: Op, cond: &Cond) -> Option<Cond> {
        let (family, opposite) = match cond.family {
            Family::BrEqz => (Family::CopyBrEqz, Family::CopyBrNez),
            Family::BrNez => (Family::CopyBrNez, Family::CopyBrEqz),
            _ => return None,
        };
        let (from, to) = match op.classes() {
            [_, Class::Acc, ..] => return None,
            [from, to, ..] => (from as u16, u16::from(to == Class::Pin)),
        };
        let fields = Fields(self.s.code[self.last_op as usize + 1]);
        let fields = Fields::narrow(fields.d(), fields.a(), cond.fields.a(), 0);
        Some(Cond { family, opposite, variant: (from * 3 + cond.variant) * 2 + to, fields, float_imm: None })
    }

    /// Rule *branch on a result*, where `op`, the last one, computes it.
    fn branch_after(&self, op: Op, cond: &Cond) -> Option<Cond> {
        let fields = Fields(self.s.code[self.last_op as usize + 1]);
        let ([a, b, dst, ..], family) = (op.classes(), op.family());
        // The constant of loads, their offset, is unsigned.
        let constant = match (family, b) {
            // A mask of all bits is none: the field says that it is one of 16.
            (Family::I32And, Class::Imm) if fields.b() == 0xffff => 0xffff,
            (Family::I32And, Class::Imm) if fields.b() == u32::MAX => return None,
            (Family::I32Load | Family::I32Load8U, _) => u16::try_from(fields.b()).ok()?,
            (Family::I32Sub, Class::Imm) => i16::try_from((fields.b() as i32).checked_neg()?).ok()? as u16,
            (_, Class::Imm) => i16::try_from(fields.b() as i32).ok()? as u16,
            _ => return None,
        };
        if a == Class::Imm {
            return None;
        }
        let first = if family == Family::I32Sub { Family::I32Add } else { family };
        // A result in a slot is in the accumulator as well.
        let result = if dst == Class::Pin { Class::Pin } else { Class::Acc };
        let (branch, opposite, limit, bits) = with_left(cond, result)?;
        let limit_digit = match limit {
            // The pinned local is in its slot as well.
            Class::Slot | Class::Pin => 0,
            Class::Imm if i16::try_from(bits as i32).is_ok() => 1,
            _ => return None,
        };
        let dst_digit = match dst {
            Class::Acc => 0,
            Class::Slot => 1,
            _ => 2,
        };
        let variant = (a as u16 * 2 + limit_digit) * 3 + dst_digit;
        let fields = Fields::narrow(fields.d(), fields.a(), constant, bits as u16);
        let (family, opposite) = (branch.after(first)?, opposite.after(first)?);
        Some(Cond { family, opposite, variant, fields, float_imm: None })
    }

    /// Rule *through a pointer*, for a load of `family` from what `addr`, which was popped, holds: the family, the digit of the
    /// first address, and the fields without a destination.
    pub(super) fn through_pointer(
        &mut self,
        family: Family,
        addr: &Entry,
        offset: u32,
    ) -> Option<(Family, u16, Fields)> {
        let op = self.last_to_fuse(addr)?;
        let fused = family.through_pointer()?;
        let fields = Fields(self.s.code[self.last_op as usize + 1]);
        let [a, ..] = op.classes();
        if op.family() != Family::I32Load || a == Class::Imm {
            return None;
        }
        let (first, second) = (u16::try_from(fields.b()).ok()?, u16::try_from(offset).ok()?);
        if self.last_op < self.border {
            return None;
        }
        self.take_last();
        Some((fused, a as u16, Fields::narrow(0, fields.a(), first, second)))
    }

    /// Rule *pair*, for `second(a, b)` of integers, which were popped; says whether it applied.
    #[inline(always)]
    pub(super) fn pair(&mut self, second: Family, a: &Entry, b: &Entry) -> bool {
        second.ends_pair() && (self.is_last(a) || self.is_last(b)) && self.int_pair(second, *a, *b)
    }

    /// Rule *sign extension*, for `family` of `a` and `b`, which were popped; says whether it applied.
    pub(super) fn sign_extension(&mut self, family: Family, a: &Entry, b: &Entry) -> bool {
        if !matches!(family, Family::I32ShrS | Family::I64ShrS) {
            return false;
        }
        let (Place::Const(by), Some(op)) = (b.place(), self.last(a)) else { return false };
        let (left, by) = match (family, op.family()) {
            (Family::I32ShrS, Family::I32Shl) => (Family::I32Shl, by & 31),
            (Family::I64ShrS, Family::I64Shl) => (Family::I64Shl, by & 63),
            _ => return false,
        };
        let extension = match (left, by) {
            (Family::I32Shl, 24) => Family::I32Extend8S,
            (Family::I32Shl, 16) => Family::I32Extend16S,
            (Family::I64Shl, 56) => Family::I64Extend8S,
            (Family::I64Shl, 48) => Family::I64Extend16S,
            (Family::I64Shl, 32) => Family::I64Extend32S,
            _ => return false,
        };
        let fields = Fields(self.s.code[self.last_op as usize + 1]);
        let mask = if left == Family::I32Shl { 31 } else { 63 };
        let [class, Class::Imm, ..] = op.classes() else { return false };
        if class == Class::Imm || u64::from(fields.b() & mask) != by {
            return false;
        }
        self.take_last();
        let number = extension.first() + class as u16 * 3;
        self.define_int(number, Fields::wide(0, fields.a(), 0), extension.out());
        true
    }

    /// What `second`, of the two entries on top of the stack, and the op before it become by `then`, if that computed one
    /// of them; and the other one.
    pub(super) fn fusible(
        &self,
        second: Family,
        then: impl Fn(Family, Family) -> Option<(Family, bool)>,
    ) -> Option<(Family, Entry)> {
        let &[.., a, b] = self.s.stack.entries() else { return None };
        self.fusible_of(second, a, b, then)
    }

    /// The same for two entries that need not be on the stack.
    #[inline]
    fn fusible_of(
        &self,
        second: Family,
        a: Entry,
        b: Entry,
        then: impl Fn(Family, Family) -> Option<(Family, bool)>,
    ) -> Option<(Family, Entry)> {
        if self.slots_only() {
            return None;
        }
        let is_left = self.is_last(&a);
        let first = self.last(if is_left { &a } else { &b })?;
        let (fused, only_left) = then(first.family(), second)?;
        if only_left && !is_left || first.words() > 2 {
            return None;
        }
        Some((fused, if is_left { b } else { a }))
    }

    #[inline(never)]
    fn int_pair(&mut self, second: Family, a: Entry, b: Entry) -> bool {
        let Some((fused, other)) = self.fusible_of(second, a, b, Family::then) else { return false };
        let inner = Op::new(self.s.code[self.last_op as usize]).expect("the code buffer holds ops");
        let [mut a, mut b, ..] = inner.classes();
        let mut fields = Fields(self.s.code[self.last_op as usize + 1]);
        if b == Class::Acc && inner.family().shape() == Shape::Com {
            // Only the left operand of a pair may be there.
            (a, b, fields) = (b, a, Fields::narrow(0, fields.b16(), fields.a(), 0));
        }
        let imm = fields.b() as i32;
        let b_digit = match b {
            Class::Slot => 0,
            Class::Pin => 1,
            Class::Imm if i16::try_from(imm).is_ok() => 2,
            _ => return false,
        };
        if a == Class::Imm || !self.is_simple(other, Imm::Short) {
            return false;
        }
        if let Some((number, fields, constants)) = self.loaded_product(fused, other) {
            self.define_int(number, fields, fused.out());
            self.word(constants);
            return true;
        }
        self.take_last();
        let c = self.src(other, Imm::Short, false);
        let c_digit = match c.class {
            Class::Slot => 0,
            Class::Pin => 1,
            _ => 2,
        };
        let variant = ((a as u16 * 3 + b_digit) * 3 + c_digit) * 3;
        let fields = Fields::narrow(0, fields.a(), fields.b16(), c.short());
        self.define_int(fused.first() + variant, fields, fused.out());
        true
    }

    /// Rule *pair*, for `second(a, b)` of floats; says whether it applied.
    pub(super) fn float_pair(&mut self, second: Family) -> Result<bool, Error> {
        let Some((fused, other)) = self.fusible(second, Family::then) else { return Ok(false) };
        if !self.is_simple(other, Imm::No) {
            return Ok(false);
        }
        self.pop();
        self.pop();
        if let Some((number, fields, constants)) = self.loaded_product(fused, other) {
            self.define(number, fields, fused.out())?;
            self.word(constants);
            return Ok(true);
        }
        let (_, variant, fields, _) = self.take_last();
        let c = self.src(other, Imm::No, false);
        // Without a constant, digits of three count slot and accumulator only.
        let (a, b) = (variant / 6, variant / 2 % 3);
        let number = fused.first() + ((a * 2 + b) * 2 + c.float_digit()) * 2;
        self.define(number, Fields::narrow(0, fields.a(), fields.b16(), c.short()), fused.out())?;
        Ok(true)
    }

    /// Whether `entry` can be an operand beside one in the accumulator without an op of its own.
    pub(super) fn is_simple(&self, entry: Entry, imm: Imm) -> bool {
        match entry.place() {
            Place::Const(bits) => imm.takes(entry.ty(), bits),
            Place::Acc(_) => false,
            _ => self.src_of(entry).class != Class::Acc,
        }
    }

    /// Rule *scaled address*, for an access by `family` at `addr`, which was popped: the fused family, its operands `a` and
    /// `b`, and the digits of both. The op that computed the address is taken back.
    pub(super) fn scaled(
        &mut self,
        family: Family,
        addr: &Entry,
        offset: u32,
    ) -> Option<(Family, u16, Fields)> {
        let op = self.last_to_fuse(addr)?;
        let offset = u16::try_from(offset).ok()?;
        let at = self.last_op as usize;
        let inner = Fields(self.s.code[at + 1]);
        let (shift, a, b, a_slot, b_slot) = match (op.family(), op.classes()) {
            (Family::I32Add, [a, b, ..]) if b != Class::Imm => (0, a, b, inner.a(), inner.b16()),
            // `(a << shift) + c` is the address `c + a * scale`.
            (Family::I32ShlAdd, [a, Class::Imm, c, ..]) if c != Class::Imm => {
                (u64::from(inner.b16() & 31), c, a, inner.c16(), inner.a())
            }
            _ => return None,
        };
        let family = family.scaled(shift)?;
        self.take_last();
        let digits = a as u16 * 3 + b as u16;
        Some((family, digits, Fields::narrow(0, a_slot, b_slot, offset)))
    }

    /// Rule *sum with a constant*, for an access by `family` at `addr`, which was popped: the fused family, the address and
    /// what to add to it. The op that computed the sum is taken back.
    ///
    /// An offset is added without wrapping, so a sum with an offset stays what it is.
    pub(super) fn at_sum(&mut self, family: Family, addr: &Entry, offset: u32) -> Option<(Family, Src, u32)> {
        let op = self.last_to_fuse(addr)?;
        let fields = Fields(self.s.code[self.last_op as usize + 1]);
        let constant = match (op.family(), op.classes()) {
            (Family::I32Add, [_, Class::Imm, ..]) => fields.b(),
            _ => return None,
        };
        if offset != 0 {
            return None;
        }
        let family = family.at_sum()?;
        let [class, ..] = op.classes();
        self.take_last();
        Some((family, Src { class, bits: fields.a().into() }, constant))
    }

    /// Rule *copy in memory*, for a store of `value`, which was popped like `addr`; says whether it applied.
    pub(super) fn load_store(&mut self, store: Family, addr: &Entry, value: &Entry, offset: u32) -> bool {
        let Some(op) = self.last_to_fuse(value) else { return false };
        let fused = match (store, op.family()) {
            (Family::Store8, Family::I32Load8U | Family::I32Load8S) => Family::LoadStore8,
            (Family::Store16, Family::I32Load16U | Family::I32Load16S) => Family::LoadStore16,
            (Family::Store32, Family::I32Load | Family::F32Load) => Family::LoadStore32,
            (Family::Store64, Family::I64Load | Family::F64Load) => Family::LoadStore64,
            _ => return false,
        };
        let load = Fields(self.s.code[self.last_op as usize + 1]);
        let [from, ..] = op.classes();
        let (Ok(from_offset), Ok(offset)) = (u16::try_from(load.b()), u16::try_from(offset)) else {
            return false;
        };
        if self.last_op < self.border
            || from == Class::Imm
            || matches!(addr.place(), Place::Const(_))
            || !self.is_simple(*addr, Imm::No)
        {
            return false;
        }
        self.take_last();
        let to = self.src_of(*addr);
        let variant = u16::from(to.class == Class::Pin) * 3 + from as u16;
        self.op(fused.first() + variant, Fields::narrow(to.short(), load.a(), offset, from_offset));
        true
    }

    /// Rule *sum in memory*, for a store of `value`, which was popped like `addr`; says whether it applied.
    pub(super) fn add_to(&mut self, store: Family, addr: &Entry, value: &Entry, offset: u32) -> bool {
        let (fused, load, add) = match store {
            Family::Store32 => (Family::I32AddTo, Family::I32Load, Family::I32Add),
            Family::Store64 => (Family::I64AddTo, Family::I64Load, Family::I64Add),
            _ => return false,
        };
        let Some(sum) = self.last_to_fuse(value).filter(|op| op.family() == add) else { return false };
        let [Class::Acc, by, ..] = sum.classes() else { return false };
        let (loaded, at) = (self.before_last, self.src_of(*addr));
        // In one function or in two, only the load traps.
        if loaded == NONE || matches!(addr.place(), Place::Acc(_) | Place::Const(_)) {
            return false;
        }
        let op = Op::new(self.s.code[loaded as usize]).expect("the code buffer holds ops");
        let [from, _, Class::Acc, ..] = op.classes() else { return false };
        let fields = Fields(self.s.code[loaded as usize + 1]);
        // An address in the accumulator is in its slot as well.
        if op.family() != load || fields.a() != at.short() || fields.b() != offset {
            return false;
        }
        let summand = Fields(self.s.code[self.last_op as usize + 1]);
        let (by_digit, by) = match by {
            Class::Slot => (0, summand.b16()),
            Class::Pin => (1, summand.b16()),
            Class::Imm => match i16::try_from(summand.b() as i32) {
                Ok(by) => (2, by as u16),
                Err(_) => return false,
            },
            Class::Acc => return false,
        };
        let Ok(offset) = u16::try_from(offset) else { return false };
        self.trap_as(loaded);
        self.take_last();
        self.take_last();
        self.op(fused.first() + from as u16 * 3 + by_digit, Fields::narrow(0, fields.a(), by, offset));
        true
    }

    /// The value of a store, if it needs no op of its own: a constant, or not in the accumulator only.
    pub(super) fn ready_src(&mut self, entry: Entry) -> Option<Src> {
        match entry.place() {
            Place::Const(bits) if Imm::Short.takes(entry.ty(), bits) => {
                Some(self.src(entry, Imm::Short, false))
            }
            _ => self.simple_src(entry),
        }
    }

    /// The value of a scaled store, which must not need an op of its own.
    pub(super) fn simple_src(&mut self, entry: Entry) -> Option<Src> {
        if matches!(entry.place(), Place::Const(_)) || !self.is_simple(entry, Imm::No) {
            return None;
        }
        Some(self.src(entry, Imm::No, false))
    }
}

/// The branch that `cond` is, and its opposite, with the operand of class `result` on the left; and the class and the bits of
/// the right one.
fn with_left(cond: &Cond, result: Class) -> Option<(Family, Family, Class, u32)> {
    match cond.family {
        Family::BrEqz | Family::BrNez => {
            let (eq, ne) = (Family::BrI32Eq, Family::BrI32Ne);
            let (branch, opposite) = if cond.family == Family::BrEqz { (eq, ne) } else { (ne, eq) };
            (class(cond.variant) == result).then_some((branch, opposite, Class::Imm, 0))
        }
        family if family.shape() == Shape::BrCmp => {
            let (left, right) = (class(cond.variant / 4), class(cond.variant % 4));
            match (left == result, right == result) {
                (true, false) => Some((family, cond.opposite, right, cond.fields.b())),
                (false, true) => {
                    Some((family.exchanged()?, cond.opposite.exchanged()?, left, cond.fields.a().into()))
                }
                _ => None,
            }
        }
        _ => None,
    }
}

/// The class with this digit among slot, acc, pin, immediate.
pub(super) fn class(digit: u16) -> Class {
    [Class::Slot, Class::Acc, Class::Pin, Class::Imm][usize::from(digit)]
}

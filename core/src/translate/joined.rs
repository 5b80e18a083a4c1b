//! Vector ops that do more than one instruction: arithmetic on what is loaded or for what is stored, sums of products,
//! and bits that are counted or branched on.
//!
//! | rule | before | after |
//! |---|---|---|
//! | loaded operand | `acc = v128.load s0 +16; acc = f32x4.mul acc, s5` | `acc = v128.load+f32x4.mul s0, s5 + 0 +16` |
//! | loaded pair | the same; `acc = f32x4.add acc, s7` | `acc = v128.load+f32x4.mul+add s0, s5, s7 + 0 +16` |
//! | load behind another | `s9 = v128.load s0; s3, acc = v128.load32_splat s1; acc = f32x4.mul s9, acc` | `s3 = v128.load32_splat s1; acc = v128.load+f32x4.mul s0, s3` |
//! | pair around another | `s9 = i32x4.add s1, s3; acc = v128.xor s5, s7; acc = i32x4.add s9, acc` | `acc = v128.xor s5, s7; acc = i32x4.add+add s1, s3, acc` |
//! | stored result | `acc = f32x4.add s1, s3; v128.store s0, acc +4` | `f32x4.add+store s0, s1, s3 +4` |
//! | sum of products | `acc = i16x8.extmul_low… s1, s3; acc = i32x4.extadd… acc` | `acc = i8x16.dot_low_s s1, s3` |
//! | extended bytes | `s9, acc = i16x8.extend_low… s1; acc = i16x8.extend_low… s3; acc = i32x4.dot… s9, acc` | the same |
//! | number of bits | `acc = i8x16.bitmask s1; acc = i32.popcnt acc` | `acc = i8x16.bitmask+popcnt s1` |
//! | copy and count | `s3 = copy.v128 s5; add_br_i32.ne s0 += 1, 9` | `s3 = copy.v128+add_br_i32.ne s0 += 1, s5, 9` |
//! | branch on a sum | `acc = f64x2.add s1, s3; acc = br_f64x2.le acc, s7` | `acc = br_f64x2.add+le s1, s3, s7` |
//! | branch on bits | `s0, acc = i8x16.bitmask s1; br_eqz acc` | `s0, acc = i8x16.bitmask+br_eqz s1` |
//!
//! Which ops have such forms, the relations between [`Family`]s say.

use super::Position;
use super::emit::{Imm, NO_SLOT};
use super::func::Translation;
use super::fuse::{Cond, class as class_of};
use super::stack::{Entry, NONE, Place};
use crate::error::Error;
use crate::ir::{Class, Family, Fields, Op, Shape, Ty};

/// An op on a vector in memory, without its destination.
struct Joined {
    family: Family,
    /// The class of its first address.
    address: Class,
    fields: Fields,
    /// Its last word: an offset in the upper half, what else is added to the address in the lower one.
    constants: u64,
}

/// An operand that waits in its home while another vector is computed.
struct Waiting {
    /// The op that computed it.
    at: u32,
    /// The other operand.
    other: Entry,
    /// Whether it is the left one.
    is_left: bool,
}

/// Most words of an op that computes a vector.
const MOST_WORDS: usize = 4;

/// The first of two vectors of bytes that are extended before their dot product.
struct Extended {
    /// The op of both.
    dot: Family,
    /// The slot of the bytes.
    bytes: u16,
    /// The load after the op that extends them: its number and fields.
    load: Option<(u16, Fields)>,
}

impl Translation<'_> {
    /// Rules *loaded operand* and *loaded pair*, for `second(a, b)`; says whether one applied.
    pub(super) fn with_load(&mut self, second: Family) -> Result<bool, Error> {
        if self.slots_only() {
            return Ok(false);
        }
        let &[.., a, b] = self.s.stack.entries() else { return Ok(false) };
        if !self.is_last(&a) && !self.is_last(&b) {
            return Ok(false);
        }
        let (other, is_left) = if self.is_last(&a) { (b, true) } else { (a, false) };
        // Whatever else the accumulator held, the load has overwritten.
        let slot = match other.place() {
            Place::Home => other.home(),
            Place::Local(slot) => slot,
            Place::Const(_) | Place::Acc(_) => return Ok(false),
        };
        let Some(joined) = self.joined(self.last_op, second, is_left, slot) else { return Ok(false) };
        self.pop();
        self.pop();
        self.trap_as_last();
        self.take_last();
        let kept = joined.family.takes_kept(2)
            && self.vector_src(other.at(Place::Local(slot)), true).class == Class::Pin;
        self.define_joined(joined, kept)?;
        Ok(true)
    }

    /// Emits an op on a vector in memory, of whose operands the last one is the `kept` vector or not.
    fn define_joined(&mut self, joined: Joined, kept: bool) -> Result<(), Error> {
        let mut digits = joined.address as u16;
        if joined.family.takes_kept(2) {
            digits = digits * 2 + u16::from(kept);
        }
        self.define(joined.family.first() + digits * 2, joined.fields, Ty::V128)?;
        self.word(joined.constants);
        Ok(())
    }

    /// Rule *load behind another*, for `second` of what is on top of the stack, of which one operand waits in its home since
    /// it was loaded just before the last op loaded something else; says whether it applied.
    pub(super) fn with_load_before(&mut self, second: Family) -> Result<bool, Error> {
        let Some(Waiting { at, other, is_left }) = self.waiting() else { return Ok(false) };
        let last = self.last_op;
        let (op, fields) = (self.decoded(last), Fields(self.s.code[last as usize + 1]));
        let is_load = matches!(op.family().shape(), Shape::VLoad | Shape::VLoadSum | Shape::VLoadX1);
        if second.after_load().is_none() || !is_load {
            return Ok(false);
        }
        // The other operand has to be in a slot.
        let (slot, is_result) = match other.place() {
            Place::Local(slot) => (slot, false),
            Place::Home => (other.home(), false),
            Place::Acc(at) if at == last => (fields.d(), true),
            _ => return Ok(false),
        };
        let Some(joined) = self.joined(at, second, is_left, slot) else { return Ok(false) };
        let load = Fields(self.s.code[at as usize + 1]);
        let has_two = self.family_at(at) == Some(Family::V128LoadX1);
        let writes = is_result || self.writes_slot(last);
        if writes && !(is_apart(fields.d(), load.a()) && (!has_two || is_apart(fields.d(), load.b16()))) {
            return Ok(false);
        }
        let position = self.position(at);
        self.pop();
        self.pop();
        self.take_before_last(is_result);
        self.notes.next = position;
        self.define_joined(joined, false)?;
        Ok(true)
    }

    /// Rule *pair around another*, for `second` of what is on top of the stack, of which one operand waits in its home since
    /// the op before the last one computed it; says whether it applied.
    pub(super) fn vector_pair_around(&mut self, second: Family) -> Result<bool, Error> {
        let Some(Waiting { at, other, is_left }) = self.waiting() else { return Ok(false) };
        let (first, fields) = (self.decoded(at), Fields(self.s.code[at as usize + 1]));
        let Some((fused, only_left)) = first.family().then_vector(second) else { return Ok(false) };
        if only_left && !is_left {
            return Ok(false);
        }
        // What the accumulator held then may be in a slot as well; the kept vector is.
        let (Some(a), Some(b)) = (known(fields.a()), known(fields.b16())) else { return Ok(false) };
        let written = Fields(self.s.code[self.last_op as usize + 1]).d();
        if self.writes_slot(self.last_op) && !(is_apart(written, a) && is_apart(written, b)) {
            return Ok(false);
        }
        self.pop();
        self.pop();
        self.take_before_last(false);
        let kept = fused.takes_kept(2);
        let c = self.vector_src(other, kept);
        let number = fused.first() + c.digit() * 2;
        self.define(number, Fields::narrow(0, a, b, c.short()), Ty::V128)?;
        Ok(true)
    }

    /// The operand on top of the stack that waits in its home since the op before the last one computed it, which the last one
    /// does not use: another vector has been computed since.
    fn waiting(&self) -> Option<Waiting> {
        let (at, last) = (self.before_last, self.last_op);
        let &[.., a, b] = self.s.stack.entries() else { return None };
        if self.slots_only() || at == NONE || at + 2 != last || !self.writes_slot(at) {
            return None;
        }
        let family = self.decoded(last).family();
        if family.out() != Ty::V128
            || !family.has_dst()
            || matches!(family.shape(), Shape::Copy | Shape::Const)
        {
            return None;
        }
        let home = Fields(self.s.code[at as usize + 1]).d();
        let waits = |entry: &Entry| entry.place() == Place::Home && entry.home() == home;
        match (waits(&a), waits(&b)) {
            (true, false) => Some(Waiting { at, other: b, is_left: true }),
            (false, true) => Some(Waiting { at, other: a, is_left: false }),
            _ => None,
        }
    }

    /// Whether the op at `at` computes a vector and writes it to a slot.
    fn writes_slot(&self, at: u32) -> bool {
        let op = self.decoded(at);
        let family = op.family();
        family.out() == Ty::V128 && family.has_dst() && op.classes()[family.operands() - 1] == Class::Slot
    }

    /// Takes back the op before the last one, which computes a vector, and emits the last one in its place, which writes what
    /// it computes to its slot if it did, or is `to_slot`.
    fn take_before_last(&mut self, to_slot: bool) {
        let last = self.last_op as usize;
        let position = self.position(self.last_op);
        let mut words = [0; MOST_WORDS];
        let count = self.s.code.len() - last;
        words[..count].copy_from_slice(&self.s.code[last..]);
        self.take_last();
        self.take_last();
        self.notes.next = position;
        let at = self.op(words[0] as u16 + u16::from(to_slot), Fields(words[1]));
        words[2..count].iter().for_each(|&word| self.word(word));
        if self.writes_slot(at) {
            let slot = Fields(words[1]).d();
            self.s.stack.wrote(slot, Ty::V128);
            self.s.stack.set_mirror(Ty::V128, slot);
        } else {
            self.s.stack.clear_mirror(Ty::V128);
        }
    }

    /// What the op at `at` becomes with `second`, of which its result is the left operand or the right one, and the other
    /// operand is in slot `other`.
    fn joined(&self, at: u32, second: Family, is_left: bool, other: u16) -> Option<Joined> {
        let at = at as usize;
        let (op, fields) = (Op::new(self.s.code[at])?, Fields(self.s.code[at + 1]));
        let ([a, b, ..], first) = (op.classes(), op.family());
        let is_load = matches!(first, Family::V128Load | Family::V128LoadSum | Family::V128LoadX1);
        let (family, only_left) = match first.shape() {
            Shape::VLoadBin => first.load_then(second)?,
            _ if is_load && a != Class::Imm => second.after_load()?,
            _ => return None,
        };
        if only_left && !is_left {
            return None;
        }
        let narrow = |b| Fields::narrow(0, fields.a(), b, other);
        let joined = Joined { family, address: a, fields: narrow(other), constants: 0 };
        Some(match first {
            Family::V128Load => Joined { constants: u64::from(fields.b()) << 32, ..joined },
            Family::V128LoadSum => Joined { constants: fields.b().into(), ..joined },
            Family::V128LoadX1 => {
                let (address, left, right) = match (a, b) {
                    (Class::Acc, Class::Acc) => return None,
                    // The pinned local is in its slot as well.
                    (_, Class::Acc) => (b, fields.b16(), fields.a()),
                    _ => (a, fields.a(), fields.b16()),
                };
                let constants = u64::from(fields.c16()) << 32;
                let fields = Fields::narrow(0, left, right, other);
                Joined { family: family.load_at_x1()?, address, fields, constants }
            }
            _ => Joined { fields: narrow(fields.b16()), constants: self.s.code[at + 2], ..joined },
        })
    }

    /// Lets the op that is emitted next trap where the last one does, which is about to be taken back.
    pub(super) fn trap_as_last(&mut self) {
        self.trap_as(self.last_op);
    }

    /// Lets the op that is emitted next trap where the one at `at` does.
    pub(super) fn trap_as(&mut self, at: u32) {
        self.notes.next = self.position(at);
    }

    /// Where the op at `at` comes from.
    fn position(&self, at: u32) -> Option<Position> {
        let positions = self.notes.positions.as_deref();
        positions.and_then(|all| all.iter().rfind(|position| position.word <= at)).copied()
    }

    /// Rule *stored result*, for a store of `value`, which was popped like `addr`; says whether it applied.
    pub(super) fn store_result(&mut self, addr: &Entry, value: &Entry, offset: u32) -> bool {
        if self.slots_only() || !self.is_last(value) || matches!(addr.place(), Place::Const(_)) {
            return false;
        }
        let compute = self.family_at(self.last_op).filter(|family| family.shape() == Shape::VBin);
        let Some(fused) = compute.and_then(Family::before_store) else { return false };
        let vectors = self.two_digits(self.last_op);
        let (_, _, fields, _) = self.take_last();
        let addr = self.src(*addr, Imm::No, false);
        let number = fused.first() + addr.digit() * 4 + vectors;
        self.op(number, fields.with_d(addr.short()));
        self.word(u64::from(offset) << 32);
        true
    }

    /// Rule *sum of products*, for `family` of what is on top of the stack; says whether it applied.
    pub(super) fn dot(&mut self, family: Family) -> bool {
        self.becomes(|first| family.dot(first))
    }

    /// Rule *extended bytes*, for `i32x4.dot_i16x8_s` of what is on top of the stack; says whether it applied. A load may
    /// stand between what extends both vectors.
    pub(super) fn dot_of_extended(&mut self) -> Result<bool, Error> {
        let &[.., a, b] = self.s.stack.entries() else { return Ok(false) };
        if self.slots_only() || a.place() != Place::Home || !self.is_last(&b) {
            return Ok(false);
        }
        let Some(Extended { dot, bytes, load }) = self.extended(a.home()) else { return Ok(false) };
        self.pop();
        self.pop();
        let [class, ..] = self.decoded(self.last_op).classes();
        let (_, _, fields, _) = self.take_last();
        if let Some((number, load)) = load {
            self.trap_as(self.last_op);
            self.take_last();
            self.take_last();
            self.op(number, load);
        } else {
            self.take_last();
        }
        self.recall_vector();
        let variant = u16::from(class == Class::Acc) * 2;
        self.define(dot.first() + variant, Fields::wide(0, bytes, fields.a().into()), Ty::V128)?;
        Ok(true)
    }

    /// What extends bytes to what is in slot `home`, if the last op extends others in the same way and nothing but a load is
    /// between the two.
    fn extended(&self, home: u16) -> Option<Extended> {
        let at = |at: u32| Some((self.decoded(at), Fields(*self.s.code.get(at as usize + 1)?)));
        let (middle, (last, _)) = (self.before_last, at(self.last_op)?);
        if middle == NONE || middle + 2 != self.last_op {
            return None;
        }
        let dot = last.family().dot_of_extended()?;
        let bytes = |first: u32| {
            let (op, fields) = at(first)?;
            let is_it = op.family() == last.family() && op.classes()[1] == Class::Slot && fields.d() == home;
            if is_it { known(fields.a()) } else { None }
        };
        if let Some(bytes) = bytes(middle) {
            // What is in the accumulator is the other one's result.
            let [class, ..] = last.classes();
            return (class == Class::Slot).then_some(Extended { dot, bytes, load: None });
        }
        let first = self.third_last;
        if first == NONE || first + 2 != middle {
            return None;
        }
        let (bytes, (load, fields)) = (bytes(first)?, at(middle)?);
        let loads = matches!(load.family(), Family::V128Load | Family::V128LoadSum | Family::V128LoadX1);
        let apart = |slot: u16| is_apart(fields.d(), slot);
        let load = Some((load.number() as u16, fields));
        (loads && apart(bytes)).then_some(Extended { dot, bytes, load })
    }

    /// The op at `at`.
    pub(super) fn decoded(&self, at: u32) -> Op {
        Op::new(self.s.code[at as usize]).expect("the code buffer holds ops")
    }

    /// Rule *number of bits*; says whether it applied.
    pub(super) fn popcnt_of_bits(&mut self) -> bool {
        let counted = |first| (first == Family::I8x16Bitmask).then_some(Family::I8x16BitmaskPopcnt);
        self.becomes(counted)
    }

    /// Makes the op whose result is on top of the stack, if it was emitted last, the one with the same operands that
    /// `then` says; says whether it did.
    fn becomes(&mut self, then: impl Fn(Family) -> Option<Family>) -> bool {
        if self.slots_only() || !self.s.stack.top().is_some_and(|top| self.is_last(top)) {
            return false;
        }
        let at = self.last_op as usize;
        let op = Op::new(self.s.code[at]).expect("the code buffer holds ops");
        let Some(fused) = then(op.family()) else { return false };
        self.s.code[at] = u64::from(fused.first() + op.variant());
        true
    }

    /// Rule *copy and count*, where `op`, the last one, copies a vector.
    pub(super) fn copy_and_count(&self, op: Op, cond: &Cond) -> Option<Cond> {
        let (family, opposite) = (cond.family.with_copy()?, cond.opposite.with_copy()?);
        let copy = Fields(self.s.code[self.last_op as usize + 1]);
        let ([_, Class::Slot, ..], Some(from)) = (op.classes(), known(copy.a())) else { return None };
        // Of the loop's end: the class of what is counted, and where the limit is among slot, pin, immediate.
        let (x_digit, limit) = (cond.variant / 3, cond.fields.b());
        let limit_digit = match cond.variant % 3 {
            2 => i16::try_from(limit as i32).ok().map(|_| 1)?,
            // The pinned local is in its slot as well.
            _ => 0,
        };
        let fields = Fields::narrow(cond.fields.d(), cond.fields.a(), from, copy.d());
        let variant = x_digit * 2 + limit_digit;
        Some(Cond { family, opposite, variant, fields, float_imm: Some(limit.into()) })
    }

    /// Rule *branch on a sum*, for a branch on the comparison of what the last op computes, whose result nobody else
    /// can see.
    pub(super) fn branch_on_sum(&mut self, cond: Cond) -> Cond {
        self.of_sum(&cond).unwrap_or(cond)
    }

    fn of_sum(&mut self, cond: &Cond) -> Option<Cond> {
        let add = self.family_at(self.last_op)?;
        let (family, opposite) = (cond.family.of_sum(add)?, cond.opposite.of_sum(add)?);
        let at = self.last_op as usize;
        let ([_, _, dst, ..], sum) = (Op::new(self.s.code[at])?.classes(), Fields(self.s.code[at + 1]));
        // Digits of both sources are followed by that of the destination.
        let (left, right) = (class_of(cond.variant / 4), class_of(cond.variant / 2 % 2));
        if dst != Class::Acc || left != Class::Acc || right == Class::Acc {
            return None;
        }
        let (a, b) = (known(sum.a())?, known(sum.b16())?);
        self.take_last();
        let fields = Fields::narrow(cond.fields.d(), a, b, cond.fields.b16());
        Some(Cond { family, opposite, variant: cond.variant % 2, fields, float_imm: None })
    }

    /// Rule *branch on bits*, where `op`, the last one, finds the bits.
    pub(super) fn branch_on_bits(&self, op: Op, cond: &Cond) -> Option<Cond> {
        let some = match cond.family {
            Family::BrNez => true,
            Family::BrEqz => false,
            _ => return None,
        };
        let [_, dst, ..] = op.classes();
        // Bits in a slot are in the accumulator as well.
        let result = if dst == Class::Pin { Class::Pin } else { Class::Acc };
        if class_of(cond.variant) != result {
            return None;
        }
        let family = op.family().branch_bitmask(some)?;
        let opposite = op.family().branch_bitmask(!some)?;
        let fields = Fields(self.s.code[self.last_op as usize + 1]);
        Some(Cond { family, opposite, variant: op.variant(), fields, float_imm: None })
    }
}

/// Whether a vector in slot `vector` has no cell in common with what is in slot `other`, a vector or not.
fn is_apart(vector: u16, other: u16) -> bool {
    vector.abs_diff(other) > 1
}

/// The slot that a source's field names, which is that of a slot with the same value if the source is an accumulator.
fn known(field: u16) -> Option<u16> {
    (u32::from(field) != NO_SLOT).then_some(field)
}

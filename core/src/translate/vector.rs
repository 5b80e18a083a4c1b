//! Vector instructions: constants, arithmetic, memory, and what ops on vectors that follow one another become.
//!
//! | rule | before | after |
//! |---|---|---|
//! | pair | `acc = f32x4.mul s1, s3; acc = f32x4.add acc, s5` | `acc = f32x4.mul+add s1, s3, s5` |
//! | sum of products | `s7, acc = f64x2.mul s1, s1; acc = f64x2.mul+add s3, s3, s7` | `…; acc = f64x2.mul+add s3, s3, acc` |
//! | rotation | `s9 = i32x4.shl s1, 7; acc = i32x4.shr_u s1, 25; acc = v128.or s9, acc` | `acc = i32x4.rotl s1, 7` |
//! | branch on comparison | `acc = f64x2.le s1, s3; br_v128.any_true acc` | `acc = br_f64x2.le s1, s3` |
//!
//! Addresses are fused as those of scalars are, see [`fuse`](super::fuse), shuffles have [`shuffle`](super::shuffle),
//! constants [`constants`](super::constants), and what is in memory or made of bits [`joined`](super::joined).

use super::emit::Imm;
use super::func::Translation;
use super::fuse::Cond;
use super::memory::{Load, mem_field, slot};
use super::stack::{Entry, NONE, Place};
use crate::error::Error;
use crate::instr::Instr;
use crate::ir::{Class, Family, Fields, Op, Shape, Ty};
use crate::module::MemArg;
use crate::types::MemIdx;

/// How a vector is made from what was loaded.
enum VectorLoad {
    /// From one scalar.
    From(Load, Family),
    /// Whole.
    Whole,
}

/// The op that loads a vector from memory 0, and how it is put together otherwise.
fn vector_load(instr: Instr) -> Option<(Family, VectorLoad)> {
    let u8 = || Load(Family::I32Load8U, Ty::I32);
    let u16 = || Load(Family::I32Load16U, Ty::I32);
    let u32 = || Load(Family::I32Load, Ty::I32);
    let u64 = || Load(Family::I64Load, Ty::I64);
    use VectorLoad::{From, Whole};
    Some(match instr {
        Instr::V128Load => (Family::V128Load, Whole),
        Instr::V128Load8x8S => (Family::V128Load8x8S, From(u64(), Family::V128Widen8x8S)),
        Instr::V128Load8x8U => (Family::V128Load8x8U, From(u64(), Family::V128Widen8x8U)),
        Instr::V128Load16x4S => (Family::V128Load16x4S, From(u64(), Family::V128Widen16x4S)),
        Instr::V128Load16x4U => (Family::V128Load16x4U, From(u64(), Family::V128Widen16x4U)),
        Instr::V128Load32x2S => (Family::V128Load32x2S, From(u64(), Family::V128Widen32x2S)),
        Instr::V128Load32x2U => (Family::V128Load32x2U, From(u64(), Family::V128Widen32x2U)),
        Instr::V128Load8Splat => (Family::V128Load8Splat, From(u8(), Family::I8x16Splat)),
        Instr::V128Load16Splat => (Family::V128Load16Splat, From(u16(), Family::I16x8Splat)),
        Instr::V128Load32Splat => (Family::V128Load32Splat, From(u32(), Family::I32x4Splat)),
        Instr::V128Load64Splat => (Family::V128Load64Splat, From(u64(), Family::I64x2Splat)),
        Instr::V128Load32Zero => (Family::V128Load32Zero, From(u32(), Family::V128Zext32)),
        Instr::V128Load64Zero => (Family::V128Load64Zero, From(u64(), Family::V128Zext64)),
        _ => return None,
    })
}

/// Number of lanes, the scalar load or store, and the op that replaces or extracts the lane.
fn lane_access(instr: Instr) -> Option<(u8, Family, Ty, Family)> {
    Some(match instr {
        Instr::V128Load8Lane => (16, Family::I32Load8U, Ty::I32, Family::I8x16ReplaceLane),
        Instr::V128Load16Lane => (8, Family::I32Load16U, Ty::I32, Family::I16x8ReplaceLane),
        Instr::V128Load32Lane => (4, Family::I32Load, Ty::I32, Family::I32x4ReplaceLane),
        Instr::V128Load64Lane => (2, Family::I64Load, Ty::I64, Family::I64x2ReplaceLane),
        Instr::V128Store8Lane => (16, Family::Store8, Ty::I32, Family::I8x16ExtractLaneU),
        Instr::V128Store16Lane => (8, Family::Store16, Ty::I32, Family::I16x8ExtractLaneU),
        Instr::V128Store32Lane => (4, Family::Store32, Ty::I32, Family::I32x4ExtractLane),
        Instr::V128Store64Lane => (2, Family::Store64, Ty::I64, Family::I64x2ExtractLane),
        _ => return None,
    })
}

impl Translation<'_> {
    pub(super) fn vector_binary(&mut self, family: Family) -> Result<(), Error> {
        self.s.carried.make_room()?;
        if family == Family::I32x4DotI16x8S && self.dot_of_extended()?
            || self.with_load(family)?
            || self.with_load_before(family)?
            || self.vector_pair(family)?
            || self.vector_pair_around(family)?
            || family == Family::V128Or && self.rotation()?
        {
            return Ok(());
        }
        let (b, a) = (self.pop(), self.pop());
        let kept = family.takes_kept(0);
        let (b, a) = (self.vector_src(b, kept), self.vector_src(a, kept));
        let variant = (a.digit() * if kept { 3 } else { 2 } + b.digit()) * 2;
        self.define(family.first() + variant, Fields::wide(0, a.short(), b.short().into()), Ty::V128)
    }

    /// Rule *pair*, for `second(a, b)`; says whether it applied.
    fn vector_pair(&mut self, second: Family) -> Result<bool, Error> {
        let Some((fused, other)) = self.fusible(second, Family::then_vector) else { return Ok(false) };
        if !self.is_simple(other, Imm::No) {
            return Ok(false);
        }
        self.pop();
        self.pop();
        let sources = self.two_digits(self.last_op);
        let (_, _, fields, _) = self.take_last();
        self.recall_vector();
        let kept = fused.takes_kept(2);
        let c = self.vector_src(other, kept);
        let number = fused.first() + (sources * if kept { 3 } else { 2 } + c.digit()) * 2;
        self.define(number, Fields::narrow(0, fields.a(), fields.b16(), c.short()), Ty::V128)?;
        Ok(true)
    }

    /// The digits of both sources of the op at `at`, for an op to which they are slots or the accumulator. The kept vector is
    /// in its slot as well.
    pub(super) fn two_digits(&self, at: u32) -> u16 {
        let [a, b, ..] = Op::new(self.s.code[at as usize]).expect("the code buffer holds ops").classes();
        u16::from(a == Class::Acc) * 2 + u16::from(b == Class::Acc)
    }

    /// After ops that compute vectors were taken back: notes which slot has the vector that the accumulator holds again, if
    /// the op before them computed it.
    pub(super) fn recall_vector(&mut self) {
        let Some(op) = self.s.code.get(self.last_op as usize).and_then(|&number| Op::new(number)) else {
            return;
        };
        let family = op.family();
        let quiet = matches!(family.shape(), Shape::Copy | Shape::Const);
        if family.out() == Ty::V128
            && family.has_dst()
            && !quiet
            && op.classes()[family.operands() - 1] == Class::Slot
        {
            self.s.stack.set_mirror(Ty::V128, Fields(self.s.code[self.last_op as usize + 1]).d());
        }
    }

    /// Rule *rotation*, for `v128.or` of what is on top of the stack; says whether it applied.
    fn rotation(&mut self) -> Result<bool, Error> {
        let [.., a, b] = self.s.stack.entries() else { return Ok(false) };
        let spilled = if self.is_last(b) { *a } else { *b };
        if self.slots_only() || spilled.place() != Place::Home || !self.is_last(a) && !self.is_last(b) {
            return Ok(false);
        }
        let (first, second) = (self.before_last, self.last_op);
        if first == NONE || first + 2 != second {
            return Ok(false);
        }
        let (Some(x), Some(y)) = (self.shift(first), self.shift(second)) else { return Ok(false) };
        let (rotl, left, bits) = match (x.family, y.family) {
            (Family::I32x4Shl, Family::I32x4ShrU) => (Family::I32x4Rotl, x.count, 32),
            (Family::I32x4ShrU, Family::I32x4Shl) => (Family::I32x4Rotl, y.count, 32),
            (Family::I64x2Shl, Family::I64x2ShrU) => (Family::I64x2Rotl, x.count, 64),
            (Family::I64x2ShrU, Family::I64x2Shl) => (Family::I64x2Rotl, y.count, 64),
            _ => return Ok(false),
        };
        let whole = x.count % bits + y.count % bits == bits;
        if !whole || x.source != y.source || x.dst != Some(spilled.home()) || y.dst.is_some() {
            return Ok(false);
        }
        self.pop();
        self.pop();
        self.take_last();
        let (_, variant, fields, _) = self.take_last();
        // Of the digits of both sources and of the destination, that of the vector comes first.
        let number = rotl.first() + variant / 8 * 8 + Class::Imm as u16 * 2;
        self.define(number, Fields::wide(0, fields.a(), left % bits), Ty::V128)?;
        Ok(true)
    }

    /// Rule *branch on comparison*, for a condition that is not emitted yet. Entries that are the values of locals may be
    /// `kept` there until it is.
    pub(super) fn branch_on_vectors(&mut self, cond: Cond, kept: bool) -> Cond {
        let some = match cond.family {
            _ if self.slots_only() => return cond,
            Family::BrV128AnyTrue => true,
            Family::BrNotV128AnyTrue => false,
            _ => return cond,
        };
        let Some(compare) = self.family_at(self.last_op).filter(|_| cond.variant == Class::Acc as u16) else {
            return cond;
        };
        let (Some(family), Some(opposite)) = (compare.branch_compared(some), compare.branch_compared(!some))
        else {
            return cond;
        };
        let at = self.last_op as usize;
        let classes = Op::new(self.s.code[at]).expect("the code buffer holds ops").classes();
        let dst = usize::from(Fields(self.s.code[at + 1]).d());
        // What is on the stack may be moved home before the branch is emitted, and must find the truth values by then.
        let on_stack = |&refs: &_| !kept && refs > 0;
        if classes[2] == Class::Slot && self.s.refs.get(dst).is_none_or(on_stack) {
            return cond;
        }
        let (_, variant, fields, _) = self.take_last();
        self.s.stack.clear_mirror(Ty::V128);
        self.branch_on_sum(Cond { family, opposite, variant, fields, float_imm: None })
    }

    /// After a branch by rule *branch on comparison*: the accumulator holds the truth values, which may have a slot too.
    pub(super) fn keeps_truth(&mut self, cond: &Cond) {
        let compares = matches!(
            cond.family.shape(),
            Shape::VBrCmp | Shape::VBrNotCmp | Shape::VBrAddCmp | Shape::VBrNotAddCmp
        );
        if compares && cond.variant % 2 == 1 {
            self.s.stack.set_mirror(Ty::V128, cond.fields.d());
        }
    }

    /// What the op at `at` does if it shifts a vector, of which a slot holds a copy, by a constant.
    fn shift(&self, at: u32) -> Option<Shift> {
        let op = Op::new(self.s.code[at as usize])?;
        let fields = Fields(self.s.code[at as usize + 1]);
        let (Shape::VShift, [_, Class::Imm, dst, ..]) = (op.family().shape(), op.classes()) else {
            return None;
        };
        // An accumulator of which no slot is known to have a copy names none.
        let source = (fields.a() != u16::MAX).then_some(fields.a())?;
        let dst = (dst == Class::Slot).then_some(fields.d());
        Some(Shift { family: op.family(), source, count: fields.b(), dst })
    }

    pub(super) fn vector_ternary(&mut self, family: Family) -> Result<(), Error> {
        let (c, b, a) = (self.pop(), self.pop(), self.pop());
        let [a, b, c] = [a, b, c].map(|entry| self.src(entry, Imm::No, false));
        let variant = ((a.digit() * 2 + b.digit()) * 2 + c.digit()) * 2;
        let fields = Fields::narrow(0, a.short(), b.short(), c.short());
        self.define(family.first() + variant, fields, Ty::V128)
    }

    pub(super) fn vector_shift(&mut self, family: Family) -> Result<(), Error> {
        let (b, a) = (self.pop(), self.pop());
        let b = self.src(b, Imm::Long, true);
        let a = self.src(a, Imm::No, true);
        let variant = (a.digit() * 4 + b.digit()) * 2;
        self.define(family.first() + variant, Fields::wide(0, a.short(), b.bits), Ty::V128)
    }

    pub(super) fn replace_lane(&mut self, family: Family, a: Entry, b: Entry, lane: u8) -> Result<(), Error> {
        let is_int = b.ty().is_int();
        let b = self.src(b, Imm::No, true);
        let a = self.src(a, Imm::No, false);
        let variant = (a.digit() * if is_int { 3 } else { 2 } + b.digit()) * 2;
        self.define(family.first() + variant, Fields::narrow(0, a.short(), b.short(), lane.into()), Ty::V128)
    }

    /// Translates an access to memory by a vector; says whether `instr` is one.
    pub(super) fn vector_memory(&mut self, instr: Instr) -> Result<bool, Error> {
        if let Some((family, parts)) = vector_load(instr) {
            let arg = self.reader.mem_arg()?;
            self.vector_load(family, parts, arg)?;
        } else if instr == Instr::V128Store {
            let arg = self.reader.mem_arg()?;
            self.vector_store(arg)?;
        } else if let Some((lanes, access, ty, lane_op)) = lane_access(instr) {
            let arg = self.reader.mem_arg()?;
            let lane = self.reader.lane(lanes)?;
            self.lane_access(access, ty, lane_op, arg, lane)?;
        } else {
            return Ok(false);
        }
        Ok(true)
    }

    fn vector_load(&mut self, family: Family, parts: VectorLoad, arg: MemArg) -> Result<(), Error> {
        if self.is_plain(arg) {
            let (addr, offset) = (self.pop(), arg.offset as u32);
            if let Some((family, digits, fields)) = self.scaled(family, &addr, offset) {
                return self.define(family.first() + digits * 2, fields, Ty::V128);
            }
            let (family, addr, offset) = match self.at_sum(family, &addr, offset) {
                Some(sum) => sum,
                None => {
                    let (addr, offset) = self.address(addr, offset, true);
                    (family, addr, offset)
                }
            };
            let fields = Fields::wide(0, addr.short(), offset);
            return self.define(family.first() + addr.digit() * 2, fields, Ty::V128);
        }
        match parts {
            VectorLoad::From(Load(load, ty), make) => {
                self.scalar_load(load, ty, arg)?;
                let part = self.pop();
                let part = self.src(part, Imm::No, true);
                self.define(make.first() + part.digit() * 2, Fields::wide(0, part.short(), 0), Ty::V128)
            }
            VectorLoad::Whole => {
                let addr = self.pop();
                let addr_slot = self.src_slot(addr);
                let (upper, overflows) = arg.offset.overflowing_add(8);
                if overflows {
                    // No memory is that large: the load of the first half traps as the whole would.
                    self.halves(addr_slot, arg.mem, arg.offset, arg.offset)
                } else {
                    self.halves(addr_slot, arg.mem, arg.offset, upper)
                }
            }
        }
    }

    /// Loads both halves of a vector into the home of a new entry. The address may lie there, so it is read last for
    /// the half that overwrites it.
    fn halves(&mut self, addr: u16, mem: MemIdx, lower: u64, upper: u64) -> Result<(), Error> {
        self.spill_acc(Ty::I64);
        let home = self.next_home(Ty::V128)?;
        let to_slot = self.load_any(Family::I64Load, mem).first() + 1;
        let mem = mem_field(mem)?;
        for (dst, offset) in [(home + 1, upper), (home, lower)] {
            self.op(to_slot, Fields::narrow(dst, addr, mem, 0));
            self.word(offset);
            self.s.stack.wrote(dst, Ty::I64);
        }
        self.s.stack.clear_mirror(Ty::I64);
        self.forget_last();
        self.push_home(Ty::V128).map(drop)
    }

    fn vector_store(&mut self, arg: MemArg) -> Result<(), Error> {
        let (value, addr) = (self.pop(), self.pop());
        if !self.is_plain(arg) {
            let value = self.src_slot(value);
            let addr = self.src(addr, Imm::No, false);
            let upper = arg.offset.checked_add(8).unwrap_or(arg.offset);
            self.store_any(Family::Store64, addr, slot(value + 1), arg.mem, upper)?;
            return self.store_any(Family::Store64, addr, slot(value), arg.mem, arg.offset);
        }
        let (family, offset) = (Family::V128Store, arg.offset as u32);
        if let Some(value) = self.simple_src(value) {
            if let Some((family, digits, fields)) = self.scaled(family, &addr, offset) {
                self.op(family.first() + digits * 2 + value.digit(), fields.with_d(value.short()));
                return Ok(());
            }
            if let Some((family, addr, sum)) = self.at_sum(family, &addr, offset) {
                let variant = addr.digit() * 2 + value.digit();
                self.op(family.first() + variant, Fields::wide(value.short(), addr.short(), sum));
                return Ok(());
            }
        }
        if self.store_result(&addr, &value, offset) {
            return Ok(());
        }
        let value = self.src(value, Imm::No, false);
        let (addr, offset) = self.address(addr, offset, true);
        let variant = addr.digit() * 2 + value.digit();
        self.op(family.first() + variant, Fields::wide(value.short(), addr.short(), offset));
        Ok(())
    }

    fn lane_access(
        &mut self,
        access: Family,
        ty: Ty,
        lane_op: Family,
        arg: MemArg,
        lane: u8,
    ) -> Result<(), Error> {
        let vector = self.pop();
        if (access as usize) < Family::Store8 as usize {
            // The load writes the integer accumulator only, so the vector stays where it is.
            self.scalar_load(access, ty, arg)?;
            let loaded = self.pop();
            return self.replace_lane(lane_op, vector, loaded, lane);
        }
        let vector = self.src(vector, Imm::No, true);
        let fields = Fields::narrow(0, vector.short(), 0, lane.into());
        self.define(lane_op.first() + vector.digit() * 3, fields, ty)?;
        self.scalar_store(access, arg)
    }
}

/// A shift by a constant: an op that may be part of a rotation.
struct Shift {
    family: Family,
    /// The slot with the vector.
    source: u16,
    count: u32,
    /// Where the result goes, unless into the accumulator.
    dst: Option<u16>,
}

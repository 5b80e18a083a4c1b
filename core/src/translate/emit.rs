//! Emitting ops: words, where operands come from, and where results go.

use super::func::{Translation, WORDS, WORDS_PER_ENTRY};
use super::stack::{Entry, NONE, Place, cells};
use crate::error::Error;
use crate::ir::{Class, Family, Fields, Op, Ty};

/// What the field of an operand in the accumulator holds, unless a slot is known to hold the same: then it is the number
/// of that.
pub(super) const NO_SLOT: u32 = 0xffff;

/// Whether 16 bits give the cell `bits`, with zeros or with the sign.
const fn is_small(bits: u64) -> bool {
    bits <= i16::MAX as u64
}

/// An operand of the op that is about to be emitted.
#[derive(Clone, Copy, Debug)]
pub(super) struct Src {
    pub(super) class: Class,
    /// Slot number, or the constant cut to 32 bits.
    pub(super) bits: u32,
}

impl Src {
    fn slot(slot: u16) -> Self {
        Self { class: Class::Slot, bits: slot.into() }
    }

    /// The field of 16 bits that names it.
    pub(super) fn short(self) -> u16 {
        self.bits as u16
    }

    /// Its digit among slot, acc, pin, immediate.
    pub(super) fn digit(self) -> u16 {
        self.class as u16
    }

    /// Its digit among slot, acc, immediate.
    pub(super) fn float_digit(self) -> u16 {
        match self.class {
            Class::Slot => 0,
            Class::Acc => 1,
            _ => 2,
        }
    }
}

/// Which constants an op can take as they are.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Imm {
    /// None.
    No,
    /// Those that 16 bits, sign-extended, give.
    Short,
    /// Those that 32 bits, sign-extended, give.
    Long,
    /// All: a float's extension word.
    Float,
}

impl Imm {
    pub(super) fn takes(self, ty: Ty, bits: u64) -> bool {
        let value = if ty == Ty::I32 { i64::from(bits as u32 as i32) } else { bits as i64 };
        match self {
            Self::No => false,
            Self::Short => i16::try_from(value).is_ok(),
            Self::Long => ty == Ty::I32 || i32::try_from(value).is_ok(),
            Self::Float => true,
        }
    }
}

impl Translation<'_> {
    /// Emits the first two words of an op and returns its place.
    #[inline]
    pub(super) fn op(&mut self, number: u16, fields: Fields) -> u32 {
        let at = self.s.code.len() as u32;
        debug_assert!(Op::new(number.into()).is_some());
        debug_assert!(self.s.code.capacity() - self.s.code.len() >= 2, "room was made before");
        self.s.code.extend_from_slice(&[number.into(), fields.0]);
        self.fifth_last = self.fourth_last;
        self.fourth_last = self.third_last;
        self.third_last = self.before_last;
        self.before_last = self.last_op;
        self.last_op = at;
        if self.notes.positions.is_some() {
            self.note_position(at);
        }
        at
    }

    /// Says that what was emitted so far is not to be changed by what follows: a label is here, or another function runs.
    #[inline(always)]
    pub(super) fn forget_last(&mut self) {
        // The fifth is taken from the fourth one by the next op.
        (self.last_op, self.before_last, self.third_last, self.fourth_last) = (NONE, NONE, NONE, NONE);
    }

    /// Whether operands are slots, or a constant as the second operand: see [`compact`](crate::ir::compact).
    #[inline(always)]
    pub(super) fn slots_only(&self) -> bool {
        self.s.stack.slots_only()
    }

    /// Which constants the first operand of an op can be, that can be `imm` otherwise.
    pub(super) fn first_imm(&self, imm: Imm) -> Imm {
        if self.slots_only() { Imm::No } else { imm }
    }

    /// Emits an extension word.
    pub(super) fn word(&mut self, word: u64) {
        debug_assert!(self.s.code.len() < self.s.code.capacity(), "room was made before");
        self.s.code.push(word);
    }

    /// The home of the next entry of type `ty`.
    #[inline(always)]
    pub(super) fn next_home(&mut self, ty: Ty) -> Result<u16, Error> {
        let home = self.s.stack.end();
        self.need_cells(home + cells(ty))?;
        Ok(home as u16)
    }

    /// Makes sure that the frame has `end` cells.
    #[inline(always)]
    pub(super) fn need_cells(&mut self, end: u32) -> Result<(), Error> {
        if end > self.s.frame_cells { self.grow_frame(end) } else { Ok(()) }
    }

    #[inline(never)]
    fn grow_frame(&mut self, end: u32) -> Result<(), Error> {
        if end > u32::from(u16::MAX) {
            return Err(Error::limit("function needs more than 65,535 cells for its locals and operands"));
        }
        // An entry of the stack takes a cell at least.
        let entries = end.saturating_sub(self.temps) as usize;
        self.s.stack.make_room(entries)?;
        self.words = WORDS + WORDS_PER_ENTRY * entries;
        self.s.frame_cells = end;
        Ok(())
    }

    /// Pushes an entry that is in its home already.
    pub(super) fn push_home(&mut self, ty: Ty) -> Result<u16, Error> {
        let home = self.next_home(ty)?;
        self.s.stack.push(Entry::new(Place::Home, ty, home));
        Ok(home)
    }

    /// Pushes a constant.
    #[inline(always)]
    pub(super) fn push_const(&mut self, ty: Ty, bits: u64) -> Result<(), Error> {
        let home = self.next_home(ty)?;
        self.s.stack.push_in_place(Entry::new(Place::Const(bits), ty, home));
        Ok(())
    }

    /// Emits an op whose result, of type `ty`, becomes the top of the stack. `number` is its variant with the
    /// accumulator as destination, `fields` lacks the destination.
    pub(super) fn define(&mut self, number: u16, fields: Fields, ty: Ty) -> Result<(), Error> {
        self.spill_acc(ty);
        let home = self.next_home(ty)?;
        let at = self.op(number, fields.with_d(home));
        self.s.stack.push(Entry::new(Place::Acc(at), ty, home));
        Ok(())
    }

    /// The same for an op with an integer as its result whose operands were popped just before: the frame has the cell.
    #[cfg_attr(feature = "fusion", inline(always))]
    pub(super) fn define_int(&mut self, number: u16, fields: Fields, ty: Ty) {
        debug_assert!(ty.is_int());
        self.spill_acc(Ty::I64);
        let home = self.s.stack.end() as u16;
        debug_assert!(u32::from(home) < self.s.frame_cells);
        let at = self.op(number, fields.with_d(home));
        self.s.stack.push_int_result(at, ty, home);
    }

    /// Moves the entry that only the accumulator of `ty` holds, if there is one, to its home.
    #[inline(always)]
    pub(super) fn spill_acc(&mut self, ty: Ty) {
        if let Some(index) = self.s.stack.held(ty) {
            self.materialize(index);
        }
    }

    /// Moves all entries that only an accumulator holds to their homes, and forgets the accumulators: before an op
    /// that leaves them undefined.
    pub(super) fn spill_all(&mut self) {
        for ty in [Ty::I64, Ty::F32, Ty::F64, Ty::V128] {
            self.spill_acc(ty);
        }
        self.s.stack.forget();
    }

    /// Puts entry `index` into its home.
    pub(super) fn materialize(&mut self, index: usize) {
        let entry = self.s.stack.get(index);
        match entry.place() {
            Place::Home => {}
            Place::Acc(at) => {
                // The op already names the home: see the invariants of `stack`.
                self.s.code[at as usize] += 1;
                self.s.stack.set_home(index);
                if self.is_quiet(at) {
                    self.s.stack.clear_mirror(entry.ty());
                }
            }
            Place::Local(_) | Place::Const(_) => {
                self.copy_to(entry, entry.home());
                self.moved_home(entry.place());
                self.s.stack.copied_home(index);
            }
        }
    }

    /// Lets the op that was emitted last, whose result is on top of the stack, write it to slot `to`. Control goes on elsewhere.
    pub(super) fn last_to(&mut self, to: u16) {
        let at = self.last_op as usize;
        self.s.code[at] += 1;
        self.s.code[at + 1] = Fields(self.s.code[at + 1]).with_d(to).0;
        let ty = self.s.stack.get(self.s.stack.len() - 1).ty();
        self.s.stack.wrote(to, ty);
    }

    /// Puts the top `count` entries into their homes.
    pub(super) fn materialize_top(&mut self, count: usize) {
        let len = self.s.stack.len();
        for index in len - count..len {
            self.materialize(index);
        }
    }

    /// Frees all entries from registers and locals: before a label that is reached in more than one way.
    pub(super) fn flush(&mut self) {
        self.flush_below(self.s.stack.len());
    }

    /// The same for the entries below `end`.
    pub(super) fn flush_below(&mut self, end: usize) {
        for index in self.s.stack.solid()..end {
            if !matches!(self.s.stack.get(index).place(), Place::Const(_)) {
                self.materialize(index);
            }
        }
        self.s.stack.set_solid(end);
    }

    /// Copies the value of `entry` to slot `to`. No accumulator is written.
    pub(super) fn copy_to(&mut self, entry: Entry, to: u16) {
        if let Place::Const(bits) = entry.place() {
            self.const_to(bits, Class::Slot, to);
        } else {
            let src = self.src_of(entry);
            if src.class == Class::Slot && src.short() == to {
                return;
            }
            let digit = match (entry.ty(), src.class) {
                // A float in a slot is a cell like any other.
                (Ty::F32 | Ty::F64, Class::Slot) => None,
                (Ty::F32 | Ty::F64 | Ty::V128, _) => Some(src.float_digit()),
                _ => None,
            };
            let number = match digit {
                Some(digit) => self.copy_family(entry.ty()).first() + digit * 2 + 1,
                None => Family::Copy.first() + src.digit() * 3 + 1,
            };
            if digit.is_some() || !self.second_copy(src, Class::Slot, to) {
                self.op(number, Fields::wide(to, src.short(), 0));
            }
        }
        self.s.stack.wrote(to, entry.ty());
    }

    /// Rule *two copies*: makes the copy that was emitted last, if there is one, copy this as well.
    pub(super) fn second_copy(&mut self, from: Src, class: Class, to: u16) -> bool {
        let at = self.last_op as usize;
        let none = self.last_op == NONE || self.slots_only();
        let first = if none { None } else { Op::new(self.s.code[at]) };
        let Some(first) = first else { return false };
        let fields = Fields(self.s.code[at + 1]);
        let (first, from_first) = match (first.family(), first.classes()) {
            (_, [_, Class::Acc, ..]) => return false,
            (Family::Copy, [src, dst, ..]) => ([src, dst], fields.a()),
            (Family::Const32, [_, dst, ..]) if is_small(fields.b().into()) => {
                ([Class::Imm, dst], fields.b16())
            }
            _ => return false,
        };
        if from.class == Class::Acc
            && first[0] != Class::Imm
            && self.add_shift((fields.d(), first[1]), from_first, (to, class))
        {
            return true;
        }
        // Destinations are slots or pinned.
        let [to_first, to_second] = [first[1], class].map(|class| u16::from(class == Class::Pin));
        let variant = ((first[0] as u16 * 4 + from.digit()) * 2 + to_first) * 2 + to_second;
        debug_assert_eq!(
            Family::Copy2.op(&[first[0], from.class, first[1], class]).number(),
            usize::from(Family::Copy2.first() + variant)
        );
        self.s.code[at] = (Family::Copy2.first() + variant).into();
        self.s.code[at + 1] = Fields::narrow(fields.d(), from_first, to, from.short()).0;
        true
    }

    /// Rule *recurrence*, when the last op copies slot `from` to `x`, and the accumulator is to be copied to `y`: makes one op of
    /// all that if the accumulator is the sum of `x` and `y`, and `from` is `y`. Says whether it applied.
    ///
    /// ```text
    /// acc = i32.add s0, s1; s0 = copy s1; s1 = copy acc        i32.add_shift s0, s1
    /// ```
    fn add_shift(&mut self, (x, x_class): (u16, Class), from: u16, (y, y_class): (u16, Class)) -> bool {
        let first = self.before_last;
        if first == NONE || first + 2 != self.last_op || from != y || x == y {
            return false;
        }
        let add = Op::new(self.s.code[first as usize]).expect("the code buffer holds ops");
        let family = match add.family() {
            Family::I32Add => Family::I32AddShift,
            Family::I64Add => Family::I64AddShift,
            _ => return false,
        };
        let fields = Fields(self.s.code[first as usize + 1]);
        // The pinned local is in its slot as well.
        let [Class::Slot | Class::Pin, Class::Slot | Class::Pin, Class::Acc, ..] = add.classes() else {
            return false;
        };
        if ![(x, y), (y, x)].contains(&(fields.a(), fields.b16())) {
            return false;
        }
        self.take_last();
        self.s.code[first as usize] = family.op(&[x_class, y_class]).number() as u64;
        self.s.code[first as usize + 1] = Fields::narrow(x, 0, y, 0).0;
        true
    }

    /// Emits a constant of up to 64 bits into a slot or the pinned local.
    pub(super) fn const_to(&mut self, bits: u64, class: Class, slot: u16) {
        let dst = match class {
            Class::Acc => 0,
            Class::Pin => 2,
            _ => 1,
        };
        let small = Src { class: Class::Imm, bits: bits as u32 };
        if class != Class::Acc && is_small(bits) && self.second_copy(small, class, slot) {
            return;
        }
        match u32::try_from(bits) {
            Ok(bits) => {
                self.op(Family::Const32.first() + dst, Fields::wide(slot, 0, bits));
            }
            Err(_) => {
                self.op(Family::Const64.first() + dst, Fields::wide(slot, 0, 0));
                self.word(bits);
            }
        }
    }

    pub(super) fn copy_family(&self, ty: Ty) -> Family {
        match ty {
            Ty::F32 => Family::CopyF32,
            Ty::F64 => Family::CopyF64,
            Ty::V128 => Family::CopyV128,
            _ => Family::Copy,
        }
    }

    /// The operand that `entry` is, when it is no constant. The entry may have been popped just before.
    #[inline]
    pub(super) fn src_of(&self, entry: Entry) -> Src {
        let slot = match entry.place() {
            Place::Acc(_) if self.slots_only() => return Src::slot(entry.home()),
            Place::Acc(_) => return Src { class: Class::Acc, bits: NO_SLOT },
            Place::Local(slot) if u32::from(slot) == self.pin => {
                return Src { class: Class::Pin, bits: slot.into() };
            }
            Place::Local(slot) => slot,
            Place::Home | Place::Const(_) => entry.home(),
        };
        if self.s.stack.mirrors_entry(entry, slot) {
            Src { class: Class::Acc, bits: slot.into() }
        } else {
            Src::slot(slot)
        }
    }

    /// The same for an integer.
    #[cfg_attr(feature = "fusion", inline(always))]
    pub(super) fn int_src_of(&self, entry: Entry) -> Src {
        let slot = match entry.place() {
            Place::Acc(_) if self.slots_only() => return Src::slot(entry.home()),
            Place::Acc(_) => return Src { class: Class::Acc, bits: NO_SLOT },
            Place::Local(slot) if u32::from(slot) == self.pin => {
                return Src { class: Class::Pin, bits: slot.into() };
            }
            Place::Local(slot) => slot,
            Place::Home | Place::Const(_) => entry.home(),
        };
        let class = if self.s.stack.mirrors_int(slot) { Class::Acc } else { Class::Slot };
        Src { class, bits: slot.into() }
    }

    /// The operand that `entry`, which was popped, is. A constant that the op does not take is put into the
    /// accumulator if that is `free`, otherwise into the entry's home.
    #[inline]
    pub(super) fn src(&mut self, entry: Entry, imm: Imm, free: bool) -> Src {
        match entry.place() {
            Place::Const(bits) => self.src_const(bits, entry, imm, free),
            _ => self.src_of(entry),
        }
    }

    /// The operands that `a` and `b` are, which were popped; the left one is no constant unless `first` takes it.
    #[cfg_attr(feature = "fusion", inline(always))]
    pub(super) fn int_srcs(&mut self, a: Entry, b: Entry, first: Imm) -> (Src, Src) {
        let b = match b.place() {
            // Most constants are short.
            Place::Const(bits) if b.ty() == Ty::I32 => Src { class: Class::Imm, bits: bits as u32 },
            Place::Const(_) => self.src(b, Imm::Long, !a.is_in_acc()),
            _ => self.int_src_of(b),
        };
        let a = match a.place() {
            Place::Const(bits) => self.src_const(bits, a, first, b.class != Class::Acc),
            _ => self.int_src_of(a),
        };
        (a, b)
    }

    #[inline(never)]
    fn src_const(&mut self, bits: u64, entry: Entry, imm: Imm, free: bool) -> Src {
        if imm.takes(entry.ty(), bits) && !(imm == Imm::Float && self.slots_only()) {
            return Src { class: Class::Imm, bits: bits as u32 };
        }
        if free && !self.slots_only() {
            self.const_to_acc(bits, entry);
            return Src { class: Class::Acc, bits: NO_SLOT };
        }
        self.const_to(bits, Class::Slot, entry.home());
        self.s.stack.wrote(entry.home(), entry.ty());
        Src::slot(entry.home())
    }

    /// The operand that `entry`, which was popped, is, in a slot.
    pub(super) fn src_slot(&mut self, entry: Entry) -> u16 {
        match entry.place() {
            Place::Home => entry.home(),
            Place::Local(slot) => slot,
            Place::Const(_) => {
                self.copy_to(entry, entry.home());
                entry.home()
            }
            Place::Acc(at) => {
                self.s.code[at as usize] += 1;
                self.s.stack.wrote(entry.home(), entry.ty());
                if !self.is_quiet(at) {
                    self.s.stack.set_mirror(entry.ty(), entry.home());
                }
                entry.home()
            }
        }
    }

    fn const_to_acc(&mut self, bits: u64, entry: Entry) {
        self.spill_acc(entry.ty());
        let d = entry.home();
        match entry.ty() {
            Ty::F32 => {
                self.op(Family::ConstF32.first(), Fields::wide(d, 0, bits as u32));
            }
            Ty::F64 => {
                self.op(Family::ConstF64.first(), Fields::wide(d, 0, 0));
                self.word(bits);
            }
            _ => self.const_to(bits, Class::Acc, d),
        }
        self.s.stack.clear_mirror(entry.ty());
    }

    /// Whether the op at `at`, once its destination is a slot, no longer writes the accumulator.
    pub(super) fn is_quiet(&self, at: u32) -> bool {
        self.s.code[at as usize].wrapping_sub(Family::ConstV128.first().into())
            < const { Family::ConstV128.variants() as u64 }
    }

    /// Whether the op that was emitted last computed `entry`, so that it may be changed.
    #[inline]
    pub(super) fn is_last(&self, entry: &Entry) -> bool {
        matches!(entry.place(), Place::Acc(at) if at == self.last_op)
    }

    /// Whether the op at `at` adds or subtracts 32-bit integers.
    #[inline(always)]
    pub(super) fn is_sum(&self, at: u32) -> bool {
        const fn variants(family: Family) -> (u64, u64) {
            (family.first() as u64, family.variants() as u64)
        }
        const ADD: (u64, u64) = variants(Family::I32Add);
        const SUB: (u64, u64) = variants(Family::I32Sub);
        let number = self.s.code[at as usize];
        number.wrapping_sub(ADD.0) < ADD.1 || number.wrapping_sub(SUB.0) < SUB.1
    }

    /// Takes back the op that was emitted last, which must have been the producer of a popped entry.
    #[cfg_attr(feature = "fusion", inline)]
    pub(super) fn take_last(&mut self) -> (Family, u16, Fields, u64) {
        let at = self.last_op as usize;
        let op = Op::new(self.s.code[at]).expect("the code buffer holds ops");
        let extension = self.s.code.get(at + 2).copied().unwrap_or(0);
        let taken = (op.family(), op.variant(), Fields(self.s.code[at + 1]), extension);
        self.s.code.truncate(at);
        (self.last_op, self.before_last) = (self.before_last, self.third_last);
        (self.third_last, self.fourth_last) = (self.fourth_last, self.fifth_last);
        self.fifth_last = NONE;
        taken
    }
}

//! Numeric instructions, by the shape of their ops; those on vectors are in [`vector`](super::vector).
//!
//! Instructions and families of the same name correspond; both tables are walked at compile time to find them.

use super::emit::{Imm, Src};
use super::func::Translation;
use super::stack::{Entry, Place};
use crate::error::Error;
use crate::for_each_op;
use crate::instr::Instr;
use crate::ir::{Family, Fields, Shape, Ty};

/// For each instruction, one more than the number of the family that executes it as its shape says; or zero.
static FAMILIES: [u16; Instr::ALL.len()] = {
    let mut table = [0; Instr::ALL.len()];
    macro_rules! enter {
        ($( $shape:ident { $( $family:ident $text:literal $types:tt -> $out:ident $sem:ident; )* } )*) => {
            $($( enter_row!($shape $family); )*)*
        };
    }
    macro_rules! enter_row {
        (Com $f:ident) => {
            enter_row!($f)
        };
        (Cmp $f:ident) => {
            enter_row!($f)
        };
        (Bin $f:ident) => {
            enter_row!($f)
        };
        (TryBin $f:ident) => {
            enter_row!($f)
        };
        (FBin $f:ident) => {
            enter_row!($f)
        };
        (FCmp $f:ident) => {
            enter_row!($f)
        };
        (Un $f:ident) => {
            enter_row!($f)
        };
        (TryUn $f:ident) => {
            enter_row!($f)
        };
        (Wide2 $f:ident) => {
            enter_row!($f)
        };
        (Wide4 $f:ident) => {
            enter_row!($f)
        };
        (VUn $f:ident) => {
            enter_row!($f)
        };
        (VBin $f:ident) => {
            enter_row!($f)
        };
        (VTern $f:ident) => {
            enter_row!($f)
        };
        (VShift $f:ident) => {
            enter_row!($f)
        };
        (VTest $f:ident) => {
            enter_row!($f)
        };
        (VBitmask $f:ident) => {
            enter_row!($f)
        };
        (VExtract $f:ident) => {
            enter_row!($f)
        };
        (VReplace $f:ident) => {
            enter_row!($f)
        };
        (VShuffle $f:ident) => {
            enter_row!($f)
        };
        ($shape:ident $f:ident) => {};
        ($f:ident) => {
            table[Instr::$f as usize] = Family::$f as u16 + 1
        };
    }
    for_each_op!(enter);
    table[Instr::I8x16Splat as usize] = Family::I8x16Splat as u16 + 1;
    table[Instr::I16x8Splat as usize] = Family::I16x8Splat as u16 + 1;
    table[Instr::I32x4Splat as usize] = Family::I32x4Splat as u16 + 1;
    table[Instr::I64x2Splat as usize] = Family::I64x2Splat as u16 + 1;
    table[Instr::F32x4Splat as usize] = Family::F32x4Splat as u16 + 1;
    table[Instr::F64x2Splat as usize] = Family::F64x2Splat as u16 + 1;
    table
};

/// The family that executes `instr`, when its shape says all there is to it.
#[inline]
pub(super) const fn family_of(instr: Instr) -> Option<Family> {
    match FAMILIES[instr as usize] {
        0 => None,
        number => Some(Family::ALL[number as usize - 1]),
    }
}

impl Translation<'_> {
    /// Translates the instruction that `family` executes.
    pub(super) fn plain(&mut self, instr: Instr, family: Family) -> Result<(), Error> {
        match family.shape() {
            Shape::Com | Shape::Cmp => {
                self.commutative(family);
                Ok(())
            }
            Shape::Bin | Shape::TryBin => {
                self.binary(family);
                Ok(())
            }
            Shape::FBin | Shape::FCmp => self.float_binary(family),
            Shape::Un if family == Family::I32Eqz => self.eqz(family),
            Shape::Un if family == Family::I32Popcnt && self.popcnt_of_bits() => Ok(()),
            Shape::Wide2 | Shape::Wide4 => self.wide(family),
            Shape::VBin => self.vector_binary(family),
            Shape::VShuffle => self.shuffle(),
            Shape::VTern => self.vector_ternary(family),
            Shape::VUn if self.dot(family) => Ok(()),
            Shape::VShift => self.vector_shift(family),
            Shape::VExtract => {
                let lane = self.lane(instr)?;
                let a = self.pop();
                let a = self.src(a, Imm::No, true);
                self.unary_of(family, a, lane)
            }
            Shape::VReplace => {
                let lane = self.lane(instr)?;
                let (b, a) = (self.pop(), self.pop());
                self.replace_lane(family, a, b, lane)
            }
            _ => {
                debug_assert_eq!(family.operands(), 2, "what is left are unary shapes");
                self.unary(family)
            }
        }
    }

    fn lane(&mut self, instr: Instr) -> Result<u8, Error> {
        match instr.immediates() {
            crate::instr::Immediates::Lane(lanes) => self.reader.lane(lanes),
            _ => Ok(0),
        }
    }

    pub(super) fn commutative(&mut self, family: Family) {
        let (a, b) = self.pop_two();
        self.commutative_of(family, a, b);
    }

    /// The same for operands that were popped.
    #[cfg_attr(feature = "fusion", inline(always))]
    pub(super) fn commutative_of(&mut self, family: Family, a: Entry, b: Entry) {
        if self.pair(family, &a, &b) {
            return;
        }
        let (mut a, mut b, mut family) = (a, b, family);
        if a.is_const() && !b.is_const() {
            (a, b) = (b, a);
            family = family.exchanged().unwrap_or(family);
        }
        if let Place::Const(bits) = b.place()
            && !Imm::Long.takes(b.ty(), bits)
            && let Some(wide) = family.wide()
            && !a.is_const()
            && !self.slots_only()
        {
            let a = self.src(a, Imm::No, false);
            self.define_int(wide.first() + a.digit() * 3, Fields::wide(0, a.short(), 0), Ty::I64);
            self.word(bits);
            return;
        }
        let (a, b) = self.int_srcs(a, b, Imm::No);
        let variant = (a.digit() * 4 + b.digit()) * 3;
        self.define_int(family.first() + variant, Fields::wide(0, a.short(), b.bits), family.out());
    }

    pub(super) fn binary(&mut self, family: Family) {
        let (a, b) = self.pop_two();
        self.binary_of(family, a, b);
    }

    /// The same for operands that were popped.
    #[cfg_attr(feature = "fusion", inline(always))]
    pub(super) fn binary_of(&mut self, family: Family, a: Entry, b: Entry) {
        if self.pair(family, &a, &b) || self.sign_extension(family, &a, &b) {
            return;
        }
        let first = if a.is_const() && b.is_const() { Imm::No } else { self.first_imm(Imm::Short) };
        let (a, b) = self.int_srcs(a, b, first);
        let variant = (a.digit() * 4 + b.digit()) * 3;
        self.define_int(family.first() + variant, Fields::wide(0, a.short(), b.bits), family.out());
    }

    fn float_binary(&mut self, family: Family) -> Result<(), Error> {
        if self.float_pair(family)? {
            return Ok(());
        }
        let (right, left) = (self.pop(), self.pop());
        let both = left.is_const() && right.is_const();
        let b = self.src(right, Imm::Float, false);
        let a = self.src(left, if both { Imm::No } else { Imm::Float }, true);
        let ty = family.out();
        let variant = (a.float_digit() * 3 + b.float_digit()) * if ty.is_int() { 3 } else { 2 };
        let slot = |src: Src| if src.class == crate::ir::Class::Imm { 0 } else { src.short() };
        self.define(family.first() + variant, Fields::wide(0, slot(a), slot(b).into()), ty)?;
        for (src, entry) in [(a, left), (b, right)] {
            if let (crate::ir::Class::Imm, Place::Const(bits)) = (src.class, entry.place()) {
                self.word(bits);
            }
        }
        Ok(())
    }

    pub(super) fn unary(&mut self, family: Family) -> Result<(), Error> {
        let a = self.pop();
        let a = self.src(a, Imm::No, true);
        self.unary_of(family, a, 0)
    }

    /// Emits a unary op; `lane` is the lane it extracts.
    fn unary_of(&mut self, family: Family, a: Src, lane: u8) -> Result<(), Error> {
        let ty = family.out();
        // Sources of floats and vectors count slot and accumulator only, as `a` here never is a constant.
        let variant = a.digit() * if ty.is_int() { 3 } else { 2 };
        self.define(family.first() + variant, Fields::narrow(0, a.short(), 0, lane.into()), ty)
    }

    /// `i32.eqz` of a comparison is the opposite comparison.
    pub(super) fn eqz(&mut self, family: Family) -> Result<(), Error> {
        if let Some(&entry) = self.s.stack.top()
            && self.is_last(&entry)
        {
            let at = self.last_op as usize;
            let op = crate::ir::Op::new(self.s.code[at]).expect("the code buffer holds ops");
            if let Some(negated) = op.family().negated() {
                self.s.code[at] = u64::from(negated.first() + op.variant());
                return Ok(());
            }
        }
        self.unary(family)
    }

    fn wide(&mut self, family: Family) -> Result<(), Error> {
        let params = if family.shape() == Shape::Wide4 { 4 } else { 2 };
        let first = self.s.stack.len() - params;
        self.spill_all();
        self.materialize_top(params);
        let home = self.s.stack.get(first).home();
        self.truncate(first);
        let b = if params == 2 { u32::from(home) + 1 } else { 0 };
        self.op(family.first(), Fields::wide(home, home, b));
        self.forget_last();
        for _ in 0..2 {
            self.push_home(Ty::I64)?;
            self.s.stack.forget();
        }
        Ok(())
    }
}

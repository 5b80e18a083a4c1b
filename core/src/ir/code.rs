//! Words of code: packing and unpacking the fields of word 1, walking over ops, and constants in extension words.

use super::{Class, Family, Field, Op, Operand, Shape};

/// Word 1 of an op.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Fields(pub u64);

impl Fields {
    /// Three fields, the last one wide.
    #[inline]
    pub const fn wide(d: u16, a: u16, b: u32) -> Self {
        Self(d as u64 | (a as u64) << 16 | (b as u64) << 32)
    }

    /// Four fields.
    #[inline]
    pub const fn narrow(d: u16, a: u16, b: u16, c: u16) -> Self {
        Self::wide(d, a, b as u32 | (c as u32) << 16)
    }

    /// Field [`D`](Field::D).
    #[inline]
    pub const fn d(self) -> u16 {
        self.0 as u16
    }

    /// Field [`A`](Field::A).
    #[inline]
    pub const fn a(self) -> u16 {
        (self.0 >> 16) as u16
    }

    /// Field [`B`](Field::B).
    #[inline]
    pub const fn b(self) -> u32 {
        (self.0 >> 32) as u32
    }

    /// Field [`B16`](Field::B16).
    #[inline]
    pub const fn b16(self) -> u16 {
        (self.0 >> 32) as u16
    }

    /// Field [`C16`](Field::C16).
    #[inline]
    pub const fn c16(self) -> u16 {
        (self.0 >> 48) as u16
    }

    /// The same with another field [`D`](Field::D).
    #[inline]
    pub const fn with_d(self, d: u16) -> Self {
        Self(self.0 & !0xffff | d as u64)
    }
}

/// An op in a code buffer, with its place.
#[derive(Clone, Copy, Debug)]
pub struct OpAt<'c> {
    /// Number of its first word.
    pub at: usize,
    /// What it is.
    pub op: Op,
    /// Its words.
    pub words: &'c [u64],
}

impl OpAt<'_> {
    /// The op's family.
    pub fn family(&self) -> Family {
        self.op.family()
    }

    /// Word 1.
    pub fn fields(&self) -> Fields {
        Fields(self.words[1])
    }

    /// The bits in `field`, zero-extended.
    pub fn field(&self, field: Field) -> u64 {
        let fields = self.fields();
        match field {
            Field::D => fields.d().into(),
            Field::A => fields.a().into(),
            Field::B => fields.b().into(),
            Field::B16 => fields.b16().into(),
            Field::C16 => fields.c16().into(),
            Field::W1 => self.words[1],
            Field::W2 => self.words[2],
            Field::W2Lo => self.words[2] & 0xffff_ffff,
            Field::W2Hi => self.words[2] >> 32,
            Field::W3 => self.words[3],
        }
    }

    /// The slot that `operand` names, when its class is [`Class::Slot`] or [`Class::Pin`].
    pub fn slot(&self, operand: &Operand) -> u64 {
        match operand.field {
            Field::B => self.fields().b16().into(),
            field => self.field(field),
        }
    }

    /// The constant of `operand`, when its class is [`Class::Imm`].
    pub fn constant(&self, operand: &Operand) -> i64 {
        match (operand.ty.is_int(), operand.field) {
            (false, _) => self.words[usize::from(self.family().info().float_imm)] as i64,
            (true, Field::B) => i64::from(self.fields().b() as i32),
            (true, field) => i64::from(self.field(field) as u16 as i16),
        }
    }

    /// The operands with their classes.
    pub fn operands(&self) -> impl Iterator<Item = (Operand, Class)> + use<> {
        let operands = self.family().info().operands;
        (0..operands.as_slice().len()).map(move |i| operands.as_slice()[i]).zip(self.op.classes())
    }

    /// The words that hold targets, by their number in the op.
    pub fn targets(&self) -> core::ops::Range<usize> {
        let (first, count) = match self.family().shape() {
            Shape::Jump => (1, 1),
            Shape::CopyJump | Shape::Copy2Jump => (3, 1),
            Shape::BrTable => (2, self.fields().b() as usize),
            Shape::BrIf
            | Shape::BrCmp
            | Shape::BrFCmp
            | Shape::BrNotFCmp
            | Shape::BrTest
            | Shape::BrNotTest
            | Shape::AddBr
            | Shape::AddBr2
            | Shape::SumBr
            | Shape::AndBr
            | Shape::LoadBr
            | Shape::Load8Br
            | Shape::CopyBrIf
            | Shape::FillLoop
            | Shape::CopyLoop
            | Shape::VBrTest
            | Shape::VBrNotTest
            | Shape::VBrCmp
            | Shape::VBrNotCmp
            | Shape::CopyAddBr
            | Shape::VBrAddCmp
            | Shape::VBrNotAddCmp
            | Shape::VBitmaskBrEqz
            | Shape::VBitmaskBrNez
            | Shape::BrOnCast
            | Shape::BrOnCastFail => (2, 1),
            _ => (0, 0),
        };
        first..first + count
    }
}

/// Walks over the ops of a code buffer.
#[derive(Clone, Debug)]
pub struct Ops<'c> {
    code: &'c [u64],
    at: usize,
}

impl<'c> Ops<'c> {
    /// From the start of `code`.
    pub fn new(code: &'c [u64]) -> Self {
        Self { code, at: 0 }
    }
}

impl<'c> Iterator for Ops<'c> {
    /// An op, or the number of the word at which there is none.
    type Item = Result<OpAt<'c>, usize>;

    fn next(&mut self) -> Option<Self::Item> {
        let at = self.at;
        let rest = self.code.get(at..).filter(|rest| !rest.is_empty())?;
        match Op::new(rest[0]).and_then(|op| whole(op, rest)) {
            Some(op) => {
                self.at += op.words.len();
                Some(Ok(OpAt { at, ..op }))
            }
            None => {
                self.at = self.code.len();
                Some(Err(at))
            }
        }
    }
}

/// The op `op` at the start of `rest`, if all its words are there.
pub(super) fn whole(op: Op, rest: &[u64]) -> Option<OpAt<'_>> {
    let targets = match op.family() {
        Family::BrTable => Fields(*rest.get(1)?).b() as usize,
        _ => 0,
    };
    let words = rest.get(..op.words().checked_add(targets)?)?;
    Some(OpAt { at: 0, op, words })
}

/// Adds `by` to every target in `code`.
///
/// # Panics
/// When `code` does not consist of ops.
pub fn shift_targets(code: &mut [u64], by: u64) {
    let mut at = 0;
    while at < code.len() {
        let op = Ops::new(&code[at..]).next().and_then(Result::ok).expect("the code consists of ops");
        let (targets, words) = (op.targets(), op.words.len());
        for target in targets {
            code[at + target] += by;
        }
        at += words;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ir::Role;
    use proptest::prelude::*;

    #[test]
    fn targets_are_where_the_table_has_them() {
        for number in 0..crate::ir::OPS as u64 {
            let op = Op::new(number).expect("there are so many");
            let operands = op.family().info().operands;
            let target = operands.as_slice().iter().find_map(|operand| match (operand.role, operand.field) {
                (Role::Target, Field::W1) => Some(1..2),
                (Role::Target, Field::W3) => Some(3..4),
                (Role::Target, _) => Some(2..3),
                (Role::Targets, _) => Some(2..5),
                _ => None,
            });
            let words = [number, Fields::wide(0, 0, 3).0, 0, 0, 0];
            assert_eq!(OpAt { at: 0, op, words: &words }.targets(), target.unwrap_or(0..0), "{op:?}");
        }
    }

    proptest! {
        #[test]
        fn wide_fields_come_back(d: u16, a: u16, b: u32) {
            let fields = Fields::wide(d, a, b);
            prop_assert_eq!((fields.d(), fields.a(), fields.b()), (d, a, b));
            prop_assert_eq!(fields.with_d(!d), Fields::wide(!d, a, b));
        }

        #[test]
        fn narrow_fields_come_back(d: u16, a: u16, b: u16, c: u16) {
            let fields = Fields::narrow(d, a, b, c);
            prop_assert_eq!((fields.d(), fields.a(), fields.b16(), fields.c16()), (d, a, b, c));
        }

        #[test]
        fn a_walk_over_any_words_ends(words: alloc::vec::Vec<u64>) {
            let total: usize = Ops::new(&words).map_while(Result::ok).map(|op| op.words.len()).sum();
            prop_assert!(total <= words.len());
        }
    }
}

//! Shuffles: those that choose bytes by a pattern become ops for it, which machines have instructions for.
//!
//! | rule | before | after |
//! |---|---|---|
//! | pattern | `acc = i8x16.shuffle s1, s3, lanes=…` | `acc = i8x16.zip_low s1, s3`, `acc = v128.slide4 s3, s1`, … |
//! | one vector | `acc = i8x16.shuffle s1, s3, lanes=…` | `acc = i8x16.permute s1, lanes=…` |
//! | permuted xor | `acc = v128.xor s1, s3; acc = i8x16.shuffle acc, acc, lanes=…` | `acc = v128.xor+permute s1, s3, lanes=…` |
//! | rotation in place | `s1 = v128.xor s1, s3; s1 = i32x4.rotl s1, 7` | `s1 = v128.xor+i32x4.rotl7 s1, s3` |
//!
//! Invariant: an op is chosen by its lanes in [`PATTERNS`] alone, which are those that its function has in the crate of the
//! vector instructions (the tests of the executor compare the two).

use super::emit::{Imm, Src};
use super::func::Translation;
use super::stack::{Entry, Place};
use crate::error::Error;
use crate::ir::{Class, Family, Fields, Op, Ty};

/// Which of the 32 bytes of two vectors a result is made of.
type Lanes = [u8; 16];

/// All lanes of a shuffle, from a formula: `lanes!(|i| 15 - i)` chooses the bytes of the left vector in reverse.
macro_rules! lanes {
    (|$i:ident| $lane:expr) => {{
        let mut lanes = [0; 16];
        let mut $i = 0;
        while $i < 16 {
            lanes[$i as usize] = $lane;
            $i += 1;
        }
        lanes
    }};
}

/// Lanes of `bytes` bytes of both vectors in turns, from byte `first` on.
const fn zip(bytes: u8, first: u8) -> Lanes {
    lanes!(|i| i / bytes % 2 * 16 + first + i / bytes / 2 * bytes + i % bytes)
}

/// Every second lane of 4 bytes, from byte `first` on.
const fn every_second(first: u8) -> Lanes {
    lanes!(|i| i / 4 * 8 + first + i % 4)
}

/// 16 adjacent bytes, from byte `first` on.
const fn slide(first: u8) -> Lanes {
    lanes!(|i| first + i)
}

/// The ops for patterns.
static PATTERNS: [(Family, Lanes); 16] = [
    (Family::I8x16ZipLow, zip(1, 0)),
    (Family::I8x16ZipHigh, zip(1, 8)),
    (Family::I16x8ZipLow, zip(2, 0)),
    (Family::I16x8ZipHigh, zip(2, 8)),
    (Family::I32x4ZipLow, zip(4, 0)),
    (Family::I32x4ZipHigh, zip(4, 8)),
    (Family::I64x2ZipLow, zip(8, 0)),
    (Family::I64x2ZipHigh, zip(8, 8)),
    (Family::I32x4Even, every_second(0)),
    (Family::I32x4Odd, every_second(4)),
    (Family::V128Slide4, slide(4)),
    (Family::V128Slide8, slide(8)),
    (Family::V128Slide12, slide(12)),
    (Family::V128Slide13, slide(13)),
    (Family::V128Slide14, slide(14)),
    (Family::V128Slide15, slide(15)),
];

/// What a shuffle is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Plan {
    /// An op of both vectors.
    Pattern(Family),
    /// The same of the right vector and the left one.
    Exchanged(Family),
    /// Bytes of the left vector.
    Left(Lanes),
    /// Bytes of the right vector.
    Right(Lanes),
    /// Any bytes.
    Any,
}

impl Plan {
    /// The plan for `lanes`, of vectors that are the `same`, or not as far as is known.
    fn new(lanes: Lanes, same: bool) -> Self {
        if same || lanes.iter().all(|&lane| lane < 16) {
            return Self::Left(lanes.map(|lane| lane % 16));
        }
        if lanes.iter().all(|&lane| lane >= 16) {
            return Self::Right(lanes.map(|lane| lane % 16));
        }
        let find = |lanes| PATTERNS.iter().find(|(_, pattern)| *pattern == lanes);
        match (find(lanes), find(lanes.map(|lane| lane ^ 16))) {
            (Some(&(family, _)), _) => Self::Pattern(family),
            (None, Some(&(family, _))) => Self::Exchanged(family),
            (None, None) => Self::Any,
        }
    }
}

/// The op whose both vectors are the same one, of which it chooses these bytes.
fn doubled(lanes: Lanes) -> Option<Family> {
    let is = |pattern: &Lanes| pattern.map(|lane| lane % 16) == lanes;
    PATTERNS.iter().find(|(_, pattern)| is(pattern)).map(|&(family, _)| family)
}

/// The rotation to the left by `count` of what a `v128.xor` results in, by an op for that count if there is one; and whether
/// there is.
fn rotated_xor(rotl: Family, count: u16) -> Option<(Family, bool)> {
    Some(match (rotl, count) {
        (Family::I32x4Rotl, 7) => (Family::V128XorI32x4Rotl7, true),
        (Family::I32x4Rotl, 12) => (Family::V128XorI32x4Rotl12, true),
        (Family::I32x4Rotl, 20) => (Family::V128XorI32x4Rotl20, true),
        (Family::I32x4Rotl, 25) => (Family::V128XorI32x4Rotl25, true),
        (Family::I32x4Rotl, _) => (Family::V128XorI32x4Rotl, false),
        (Family::I64x2Rotl, _) => (Family::V128XorI64x2Rotl, false),
        _ => return None,
    })
}

impl Translation<'_> {
    pub(super) fn shuffle(&mut self) -> Result<(), Error> {
        let lanes = self.reader.shuffle()?;
        let (b, a) = (self.pop(), self.pop());
        let same = matches!(a.place(), Place::Local(_)) && a.place() == b.place();
        match Plan::new(lanes, same) {
            _ if self.slots_only() => self.any(a, b, lanes),
            Plan::Pattern(family) => self.pattern(family, a, b),
            Plan::Exchanged(family) => self.pattern(family, b, a),
            Plan::Left(lanes) => self.permute(a, lanes),
            Plan::Right(lanes) => self.permute(b, lanes),
            Plan::Any => self.any(a, b, lanes),
        }
    }

    fn any(&mut self, a: Entry, b: Entry, lanes: Lanes) -> Result<(), Error> {
        let (b, a) = (self.src(b, Imm::No, false), self.src(a, Imm::No, false));
        let variant = (a.digit() * 2 + b.digit()) * 2;
        let fields = Fields::wide(0, a.short(), b.short().into());
        self.define(Family::I8x16Shuffle.first() + variant, fields, Ty::V128)?;
        self.two_words(u128::from_le_bytes(lanes));
        Ok(())
    }

    fn pattern(&mut self, family: Family, a: Entry, b: Entry) -> Result<(), Error> {
        let (b, a) = (self.src(b, Imm::No, false), self.src(a, Imm::No, false));
        self.of_both(family, a, b)
    }

    fn of_both(&mut self, family: Family, a: Src, b: Src) -> Result<(), Error> {
        let variant = (a.digit() * 2 + b.digit()) * 2;
        self.define(family.first() + variant, Fields::wide(0, a.short(), b.short().into()), Ty::V128)
    }

    /// Rules *one vector* and *permuted xor*, for `entry`, which was popped.
    fn permute(&mut self, entry: Entry, lanes: Lanes) -> Result<(), Error> {
        if self.is_last(&entry) && self.family_at(self.last_op) == Some(Family::V128Xor) {
            // Both have digits for both sources and for the destination, which is the accumulator.
            let (_, variant, fields, _) = self.take_last();
            self.define(Family::V128XorI8x16Permute.first() + variant, fields, Ty::V128)?;
            self.two_words(u128::from_le_bytes(lanes));
            return Ok(());
        }
        let a = self.src(entry, Imm::No, false);
        if let Some(family) = doubled(lanes) {
            return self.of_both(family, a, a);
        }
        let variant = a.digit() * 2;
        self.define(Family::I8x16Permute.first() + variant, Fields::wide(0, a.short(), 0), Ty::V128)?;
        self.two_words(u128::from_le_bytes(lanes));
        Ok(())
    }

    /// Rule *rotation in place*, for the op that was emitted last, whose destination is `slot` now: makes one op of it and
    /// the one before, if they are `slot = v128.xor …` and a rotation of that, which nobody can see any more.
    pub(super) fn rotation_in_place(&mut self, slot: u16) {
        if self.slots_only() {
            return;
        }
        let (first, second) = (self.before_last, self.last_op);
        let Some(rotation @ (Family::I32x4Rotl | Family::I64x2Rotl)) = self.family_at(second) else { return };
        if self.family_at(first) != Some(Family::V128Xor) || first + 2 != second {
            return;
        }
        let [rotl, xor] = [second, first].map(|at| Fields(self.s.code[at as usize + 1]));
        let [rotl_classes, xor_classes] = [second, first]
            .map(|at| Op::new(self.s.code[at as usize]).expect("the code buffer holds ops").classes());
        // The accumulator holds what the `xor` has just computed.
        let of_xor = rotl_classes[0] == Class::Acc || rotl.a() == slot;
        let in_place = xor_classes[2] == Class::Slot && xor.d() == slot;
        if !of_xor || !in_place || rotl_classes[1] != Class::Imm {
            return;
        }
        let variant = self.s.code[first as usize] as u16 - Family::V128Xor.first();
        let count = rotl.b() as u16;
        let Some((fused, of_count)) = rotated_xor(rotation, count) else { return };
        self.take_last();
        self.s.code[first as usize] = (fused.first() + variant).into();
        let count = if of_count { 0 } else { count };
        self.s.code[first as usize + 1] = Fields::narrow(slot, xor.a(), xor.b16(), count).0;
    }

    /// The family of the op at `at`, if there is one.
    pub(super) fn family_at(&self, at: u32) -> Option<Family> {
        Op::new(*self.s.code.get(at as usize)?).map(Op::family)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pattern_is_found_on_either_side() {
        for (family, lanes) in PATTERNS {
            assert_eq!(Plan::new(lanes, false), Plan::Pattern(family));
            assert_eq!(Plan::new(lanes.map(|lane| lane ^ 16), false), Plan::Exchanged(family));
            assert_eq!(doubled(lanes.map(|lane| lane % 16)), Some(family));
        }
    }

    #[test]
    fn what_is_chosen_of_one_vector_needs_no_other() {
        let reversed: Lanes = lanes!(|i| 15 - i);
        assert_eq!(Plan::new(reversed, false), Plan::Left(reversed));
        assert_eq!(Plan::new(reversed.map(|lane| lane + 16), false), Plan::Right(reversed));
        assert_eq!(Plan::new(lanes!(|i| i % 2 * 16 + 15 - i), true), Plan::Left(reversed));
        assert_eq!(Plan::new(lanes!(|i| i % 2 * 16 + 15 - i), false), Plan::Any);
    }
}

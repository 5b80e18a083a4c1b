//! Types as the operand stack holds them: one word each, so that the common check is one comparison.
//!
//! Invariant: equal words are equal types. The reverse does not hold (two indices may name the same type); then
//! [`Ty::matches`] decides.
//!
//! ```text
//! bits 0..3   kind: unknown, i32, i64, f32, f64, v128, abstract reference, concrete reference
//! bit  3      nullable, for references
//! bits 4..32  abstract heap type, or type index
//! ```

use super::subtype;
use crate::instr::OperandType;
use crate::types::{HeapType, RefType, TypeDef, TypeIdx, ValType};
use core::fmt;

/// A type of an operand: a value type, or one of those that only unreachable code has.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Ty(u32);

const KIND: u32 = 7;
const ABSTRACT: u32 = 6;
const CONCRETE: u32 = 7;
const NULLABLE: u32 = 8;
const PAYLOAD: u32 = 4;

/// The abstract heap types by their number in a [`Ty`].
const HEAPS: [HeapType; 12] = [
    HeapType::Any,
    HeapType::Eq,
    HeapType::I31,
    HeapType::Struct,
    HeapType::Array,
    HeapType::None,
    HeapType::Func,
    HeapType::NoFunc,
    HeapType::Extern,
    HeapType::NoExtern,
    HeapType::Exn,
    HeapType::NoExn,
];

impl Ty {
    /// A type that matches every other: an operand popped from nothing in unreachable code.
    pub(crate) const UNKNOWN: Self = Self(0);
    pub(crate) const I32: Self = Self(1);
    pub(crate) const I64: Self = Self(2);
    /// A reference that matches every other: an unknown operand that must be a reference and is not null.
    pub(crate) const UNKNOWN_REF: Self = Self(ABSTRACT | (HEAPS.len() as u32) << PAYLOAD);

    #[inline]
    pub(crate) const fn from_val(ty: ValType) -> Self {
        match ty {
            ValType::I32 => Self(1),
            ValType::I64 => Self(2),
            ValType::F32 => Self(3),
            ValType::F64 => Self(4),
            ValType::V128 => Self(5),
            ValType::Ref(ty) => Self::from_ref(ty),
        }
    }

    pub(crate) const fn from_ref(ty: RefType) -> Self {
        let nullable = if ty.nullable { NULLABLE } else { 0 };
        let heap = match ty.heap {
            HeapType::Any => 0,
            HeapType::Eq => 1,
            HeapType::I31 => 2,
            HeapType::Struct => 3,
            HeapType::Array => 4,
            HeapType::None => 5,
            HeapType::Func => 6,
            HeapType::NoFunc => 7,
            HeapType::Extern => 8,
            HeapType::NoExtern => 9,
            HeapType::Exn => 10,
            HeapType::NoExn => 11,
            // `limits::TYPES` keeps indices far below 28 bits.
            HeapType::Concrete(index) => return Self(CONCRETE | nullable | index.0 << PAYLOAD),
        };
        Self(ABSTRACT | nullable | heap << PAYLOAD)
    }

    /// The type of an operand of a plain instruction, where `addr` is the index type of its memory.
    #[inline]
    pub(crate) const fn from_operand(ty: OperandType, addr: Self) -> Self {
        match ty {
            OperandType::Addr => addr,
            _ => Self::from_numeric(ty),
        }
    }

    /// The type of an operand that is no address: the numbers are the same.
    #[inline]
    pub(crate) const fn from_numeric(ty: OperandType) -> Self {
        Self(ty as u32)
    }

    /// Its word, which is below 16 for a number or a vector.
    #[inline(always)]
    pub(crate) const fn word(self) -> u32 {
        self.0
    }

    /// The type with this word.
    #[inline(always)]
    pub(crate) const fn from_word(word: u32) -> Self {
        Self(word)
    }

    /// The number or vector with this word.
    #[inline(always)]
    pub(crate) const fn numeric(word: u8) -> Self {
        debug_assert!(matches!(word, 1..=5));
        Self(word as u32)
    }

    pub(crate) const fn is_unknown(self) -> bool {
        self.0 == 0
    }

    /// Whether it is a number or a vector.
    pub(crate) const fn is_numeric(self) -> bool {
        matches!(self.0 & KIND, 1..=5)
    }

    /// Whether it is an integer or a reference.
    pub(crate) const fn is_integer_or_ref(self) -> bool {
        matches!(self.0 & KIND, 1 | 2 | ABSTRACT..)
    }

    pub(crate) const fn is_ref(self) -> bool {
        self.0 & KIND >= ABSTRACT
    }

    /// Whether null is a value of this reference type.
    pub(crate) const fn is_nullable(self) -> bool {
        self.is_ref() && self.0 & NULLABLE != 0
    }

    /// Whether a local of it has a value before it is first set.
    #[inline]
    pub(crate) const fn is_defaultable(self) -> bool {
        self.0 & KIND < ABSTRACT || self.0 & NULLABLE != 0
    }

    /// This reference type with null or without.
    pub(crate) const fn with_nullable(self, nullable: bool) -> Self {
        Self(if nullable { self.0 | NULLABLE } else { self.0 & !NULLABLE })
    }

    /// What a reference of this type refers to; nothing for other types and for unknown references.
    fn heap(self) -> Option<HeapType> {
        match self.0 & KIND {
            ABSTRACT => HEAPS.get((self.0 >> PAYLOAD) as usize).copied(),
            CONCRETE => Some(HeapType::Concrete(TypeIdx(self.0 >> PAYLOAD))),
            _ => None,
        }
    }

    /// Whether every value of it is one of `expected`.
    #[inline]
    pub(crate) fn matches(self, types: &[TypeDef], expected: Self) -> bool {
        self == expected || self.matches_slow(types, expected)
    }

    #[inline(never)]
    fn matches_slow(self, types: &[TypeDef], expected: Self) -> bool {
        if self.is_unknown() {
            return true;
        }
        if !self.is_ref() || !expected.is_ref() || self.is_nullable() && !expected.is_nullable() {
            return false;
        }
        match (self.heap(), expected.heap()) {
            (Some(found), Some(expected)) => subtype::heap_matches(types, found, expected),
            (None, _) => true,
            (Some(_), None) => false,
        }
    }
}

impl fmt::Display for Ty {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let ty = match self.0 & KIND {
            0 => return f.write_str("an unknown type"),
            1 => ValType::I32,
            2 => ValType::I64,
            3 => ValType::F32,
            4 => ValType::F64,
            5 => ValType::V128,
            _ => match self.heap() {
                Some(heap) => ValType::Ref(RefType { nullable: self.is_nullable(), heap }),
                None => return f.write_str("an unknown reference"),
            },
        };
        ty.fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::string::ToString;

    #[test]
    fn words_keep_the_type() {
        for heap in HEAPS.into_iter().chain([HeapType::Concrete(TypeIdx(999_999))]) {
            for nullable in [false, true] {
                let ty = ValType::Ref(RefType { nullable, heap });
                assert_eq!(Ty::from_val(ty).to_string(), ty.to_string());
                assert_eq!(Ty::from_val(ty).is_defaultable(), nullable);
            }
        }
        for ty in [ValType::I32, ValType::I64, ValType::F32, ValType::F64, ValType::V128] {
            assert_eq!(Ty::from_val(ty).to_string(), ty.to_string());
        }
    }

    #[test]
    fn operands_of_plain_instructions_have_the_same_numbers() {
        for (operand, ty) in [
            (OperandType::I32, ValType::I32),
            (OperandType::I64, ValType::I64),
            (OperandType::F32, ValType::F32),
            (OperandType::F64, ValType::F64),
            (OperandType::V128, ValType::V128),
        ] {
            assert_eq!(Ty::from_numeric(operand), Ty::from_val(ty));
        }
    }

    #[test]
    fn an_unknown_reference_matches_references_only() {
        assert!(Ty::UNKNOWN_REF.matches(&[], Ty::from_val(ValType::EXNREF)));
        assert!(!Ty::UNKNOWN_REF.matches(&[], Ty::I32));
        assert!(Ty::UNKNOWN.matches(&[], Ty::I32));
    }
}

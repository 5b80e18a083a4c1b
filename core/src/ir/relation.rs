//! Relations between families: negation, exchange of operands, and what ops fuse into.
//!
//! They rest on the order of the rows in the table: the comparisons of a type stand in the same order as its fused
//! branches, which the tests check by name.

use super::Family;

/// `eq ne lt_s lt_u gt_s gt_u le_s le_u ge_s ge_u`, negated.
const NEGATED: [u16; 10] = [1, 0, 8, 9, 6, 7, 4, 5, 2, 3];
/// The same with exchanged operands.
const EXCHANGED: [u16; 10] = [0, 1, 4, 5, 2, 3, 8, 9, 6, 7];
const RELATIONS: u16 = NEGATED.len() as u16;
/// `eq ne lt gt le ge`.
const FLOAT_RELATIONS: u16 = 6;

/// Position of `family` among those from `first` on, when it is one of `count`.
const fn within(family: Family, first: Family, count: u16) -> Option<u16> {
    match (family as u16).checked_sub(first as u16) {
        Some(i) if i < count => Some(i),
        _ => None,
    }
}

const fn nth(first: Family, i: u16) -> Family {
    Family::ALL[(first as u16 + i) as usize]
}

/// Replaces a relation between integers by another one of the same type.
const fn map(family: Family, first: Family, by: &[u16; 10]) -> Option<Family> {
    match within(family, first, 2 * RELATIONS) {
        Some(i) => Some(nth(first, i / RELATIONS * RELATIONS + by[(i % RELATIONS) as usize])),
        None => None,
    }
}

impl Family {
    /// The comparison, or fused branch, of integers that holds when this one does not.
    pub const fn negated(self) -> Option<Self> {
        match map(self, Self::I32Eq, &NEGATED) {
            None => map(self, Self::BrI32Eq, &NEGATED),
            negated => negated,
        }
    }

    /// The comparison, or fused branch, of integers that holds for `(b, a)` when this one does for `(a, b)`.
    pub const fn exchanged(self) -> Option<Self> {
        match map(self, Self::I32Eq, &EXCHANGED) {
            None => map(self, Self::BrI32Eq, &EXCHANGED),
            exchanged => exchanged,
        }
    }

    /// The op with a constant of any size, where `self` is one of 64-bit integers.
    pub const fn wide(self) -> Option<Self> {
        match within(self, Self::I64Add, 5) {
            Some(i) => Some(nth(Self::I64AddWide, i)),
            None => None,
        }
    }

    /// The branches to take when this comparison of integers holds, and when it does not.
    #[inline]
    pub const fn branches(self) -> Option<(Self, Self)> {
        match within(self, Self::I32Eq, 2 * RELATIONS) {
            Some(i) => {
                let first = if i < RELATIONS { 0 } else { RELATIONS };
                Some((nth(Self::BrI32Eq, i), nth(Self::BrI32Eq, first + NEGATED[(i - first) as usize])))
            }
            None => None,
        }
    }

    /// The branch to take when this comparison has the result `holds`.
    pub const fn branch(self, holds: bool) -> Option<Self> {
        if let Some(i) = within(self, Self::I32Eq, 2 * RELATIONS) {
            let branch = nth(Self::BrI32Eq, i);
            return if holds { Some(branch) } else { branch.negated() };
        }
        let Some(i) = within(self, Self::F32Eq, 2 * FLOAT_RELATIONS) else { return None };
        let (ty, relation) = (i / FLOAT_RELATIONS, i % FLOAT_RELATIONS);
        Some(match (relation, holds) {
            // A NaN makes `eq` false and `ne` true: these two are each other's negation even so.
            (0 | 1, false) => nth(Self::BrF32Eq, ty * FLOAT_RELATIONS + (relation ^ 1)),
            (_, true) => nth(Self::BrF32Eq, i),
            (_, false) => nth(Self::BrNotF32Lt, ty * (FLOAT_RELATIONS - 2) + relation - 2),
        })
    }
}

impl Family {
    /// The op that computes `second(first(a, b), c)` at once, where `self` is `first`; and whether the result of `first`
    /// must be the left operand of `second`.
    pub const fn then(self, second: Self) -> Option<(Self, bool)> {
        Some(match (self, second) {
            (Self::I32Shl, Self::I32Add) => (Self::I32ShlAdd, false),
            (Self::I32Mul, Self::I32Add) => (Self::I32MulAdd, false),
            (Self::I32Add, Self::I32Add) => (Self::I32AddAdd, false),
            (Self::I32ShrU, Self::I32And) => (Self::I32ShrUAnd, false),
            (Self::I32And, Self::I32Add) => (Self::I32AndAdd, false),
            (Self::I32Add, Self::I32And) => (Self::I32AddAnd, false),
            (Self::I32Xor, Self::I32Rotl) => (Self::I32XorRotl, true),
            (Self::I32Rotl, Self::I32Xor) => (Self::I32RotlXor, false),
            (Self::I32ShrU, Self::I32Xor) => (Self::I32ShrUXor, false),
            (Self::I64Shl, Self::I64Add) => (Self::I64ShlAdd, false),
            (Self::I64Mul, Self::I64Add) => (Self::I64MulAdd, false),
            (Self::I64Add, Self::I64Add) => (Self::I64AddAdd, false),
            (Self::I64Xor, Self::I64Rotl) => (Self::I64XorRotl, true),
            (Self::I64Rotl, Self::I64Xor) => (Self::I64RotlXor, false),
            (Self::I64ShrU, Self::I64Xor) => (Self::I64ShrUXor, false),
            (Self::I64ShrU, Self::I64And) => (Self::I64ShrUAnd, false),
            (Self::F32Mul, Self::F32Add) => (Self::F32MulAdd, false),
            (Self::F32Mul, Self::F32Sub) => (Self::F32MulSub, true),
            (Self::F32Sub, Self::F32Mul) => (Self::F32SubMul, false),
            (Self::F32Add, Self::F32Mul) => (Self::F32AddMul, false),
            (Self::F64Mul, Self::F64Add) => (Self::F64MulAdd, false),
            (Self::F64Mul, Self::F64Sub) => (Self::F64MulSub, true),
            (Self::F64Sub, Self::F64Mul) => (Self::F64SubMul, false),
            (Self::F64Add, Self::F64Mul) => (Self::F64AddMul, false),
            _ => return None,
        })
    }

    /// Whether there is a `first` for which [`then`](Self::then) says something about `self`.
    #[inline]
    pub const fn ends_pair(self) -> bool {
        matches!(
            self,
            Self::I32Add
                | Self::I32And
                | Self::I32Rotl
                | Self::I32Xor
                | Self::I64Add
                | Self::I64And
                | Self::I64Rotl
                | Self::I64Xor
                | Self::F32Add
                | Self::F32Sub
                | Self::F32Mul
                | Self::F64Add
                | Self::F64Sub
                | Self::F64Mul
        )
    }

    /// As [`then`](Self::then), on vectors.
    pub const fn then_vector(self, second: Self) -> Option<(Self, bool)> {
        Some(match (self, second) {
            (Self::F32x4Mul, Self::F32x4Add) => (Self::F32x4MulAdd, false),
            (Self::F32x4Mul, Self::F32x4Sub) => (Self::F32x4MulSub, true),
            (Self::F32x4Sub, Self::F32x4Mul) => (Self::F32x4SubMul, false),
            (Self::F32x4Add, Self::F32x4Mul) => (Self::F32x4AddMul, false),
            (Self::F32x4Add, Self::F32x4Add) => (Self::F32x4AddAdd, false),
            (Self::F64x2Mul, Self::F64x2Add) => (Self::F64x2MulAdd, false),
            (Self::F64x2Mul, Self::F64x2Sub) => (Self::F64x2MulSub, true),
            (Self::F64x2Sub, Self::F64x2Mul) => (Self::F64x2SubMul, false),
            (Self::F64x2Add, Self::F64x2Mul) => (Self::F64x2AddMul, false),
            (Self::F64x2Add, Self::F64x2Add) => (Self::F64x2AddAdd, false),
            (Self::F64x2Sub, Self::F64x2Add) => (Self::F64x2SubAdd, false),
            (Self::I8x16Add, Self::I8x16Add) => (Self::I8x16AddAdd, false),
            (Self::I16x8Mul, Self::I16x8Add) => (Self::I16x8MulAdd, false),
            (Self::I16x8Add, Self::I16x8Add) => (Self::I16x8AddAdd, false),
            (Self::I32x4Mul, Self::I32x4Add) => (Self::I32x4MulAdd, false),
            (Self::I32x4Add, Self::I32x4Add) => (Self::I32x4AddAdd, false),
            (Self::I64x2Add, Self::I64x2Add) => (Self::I64x2AddAdd, false),
            (Self::I32x4DotI16x8S, Self::I32x4Add) => (Self::I32x4DotI16x8SAdd, false),
            (Self::I8x16DotLowS, Self::I32x4Add) => (Self::I8x16DotLowSAdd, false),
            (Self::I8x16DotLowU, Self::I32x4Add) => (Self::I8x16DotLowUAdd, false),
            (Self::I8x16DotHighS, Self::I32x4Add) => (Self::I8x16DotHighSAdd, false),
            (Self::I8x16DotHighU, Self::I32x4Add) => (Self::I8x16DotHighUAdd, false),
            (Self::I32x4Add, Self::V128Xor) => (Self::I32x4AddV128Xor, false),
            (Self::I64x2Add, Self::V128Xor) => (Self::I64x2AddV128Xor, false),
            (Self::V128And, Self::V128Or) => (Self::V128AndOr, false),
            (Self::V128And, Self::V128And) => (Self::V128AndAnd, false),
            (Self::V128And, Self::V128Xor) => (Self::V128AndXor, false),
            (Self::V128Xor, Self::V128And) => (Self::V128XorAnd, false),
            (Self::V128Or, Self::V128Or) => (Self::V128OrOr, false),
            (Self::V128Xor, Self::V128Xor) => (Self::V128XorXor, false),
            (Self::V128Xor, Self::I32x4Add) => (Self::V128XorI32x4Add, false),
            (Self::I8x16Eq, Self::V128Or) => (Self::I8x16EqV128Or, false),
            (Self::I8x16Swizzle, Self::V128And) => (Self::I8x16SwizzleV128And, false),
            (Self::I8x16AvgrU, Self::I8x16AvgrU) => (Self::I8x16AvgrUAvgrU, false),
            (Self::I8x16SubSatU, Self::V128Or) => (Self::I8x16SubSatUV128Or, false),
            _ => return None,
        })
    }

    /// The op that loads a vector and computes `self` of it and another one; and whether what is loaded must be the left
    /// operand.
    pub const fn after_load(self) -> Option<(Self, bool)> {
        Some(match self {
            Self::V128And => (Self::V128LoadV128And, false),
            Self::V128Or => (Self::V128LoadV128Or, false),
            Self::V128Xor => (Self::V128LoadV128Xor, false),
            Self::I8x16Eq => (Self::V128LoadI8x16Eq, false),
            Self::I8x16GtU => (Self::V128LoadI8x16GtU, true),
            Self::I8x16Add => (Self::V128LoadI8x16Add, false),
            Self::I8x16Sub => (Self::V128LoadI8x16Sub, true),
            Self::I8x16AddSatU => (Self::V128LoadI8x16AddSatU, false),
            Self::I8x16SubSatU => (Self::V128LoadI8x16SubSatU, true),
            Self::I8x16AvgrU => (Self::V128LoadI8x16AvgrU, false),
            Self::I8x16MinU => (Self::V128LoadI8x16MinU, false),
            Self::I8x16MaxU => (Self::V128LoadI8x16MaxU, false),
            Self::I16x8Add => (Self::V128LoadI16x8Add, false),
            Self::I16x8Sub => (Self::V128LoadI16x8Sub, true),
            Self::I16x8MinS => (Self::V128LoadI16x8MinS, false),
            Self::I16x8MaxS => (Self::V128LoadI16x8MaxS, false),
            Self::I16x8Mul => (Self::V128LoadI16x8Mul, false),
            Self::I32x4Add => (Self::V128LoadI32x4Add, false),
            Self::I32x4Sub => (Self::V128LoadI32x4Sub, true),
            Self::I32x4MinS => (Self::V128LoadI32x4MinS, false),
            Self::I32x4MaxS => (Self::V128LoadI32x4MaxS, false),
            Self::I32x4Mul => (Self::V128LoadI32x4Mul, false),
            Self::I32x4DotI16x8S => (Self::V128LoadI32x4DotI16x8S, false),
            Self::I64x2Add => (Self::V128LoadI64x2Add, false),
            Self::F32x4Add => (Self::V128LoadF32x4Add, false),
            Self::F32x4Sub => (Self::V128LoadF32x4Sub, true),
            Self::F32x4Mul => (Self::V128LoadF32x4Mul, false),
            Self::F32x4Min => (Self::V128LoadF32x4Min, true),
            Self::F32x4Max => (Self::V128LoadF32x4Max, true),
            Self::F64x2Add => (Self::V128LoadF64x2Add, false),
            Self::F64x2Sub => (Self::V128LoadF64x2Sub, true),
            Self::F64x2Mul => (Self::V128LoadF64x2Mul, false),
            Self::F64x2Min => (Self::V128LoadF64x2Min, true),
            Self::F64x2Max => (Self::V128LoadF64x2Max, true),
            _ => return None,
        })
    }

    /// The same at an address that is `a + b`, where `self` is an op that loads a vector and computes with it.
    pub const fn load_at_x1(self) -> Option<Self> {
        match within(self, Self::V128LoadV128And, 34) {
            Some(i) => Some(nth(Self::V128LoadX1V128And, i)),
            None => None,
        }
    }

    /// As [`then_vector`](Self::then_vector), where `self` is an op that loads a vector and computes with it.
    pub const fn load_then(self, second: Self) -> Option<(Self, bool)> {
        Some(match (self, second) {
            (Self::V128LoadF32x4Mul, Self::F32x4Add) => (Self::V128LoadF32x4MulAdd, false),
            (Self::V128LoadF64x2Mul, Self::F64x2Add) => (Self::V128LoadF64x2MulAdd, false),
            (Self::V128LoadI16x8Mul, Self::I16x8Add) => (Self::V128LoadI16x8MulAdd, false),
            (Self::V128LoadI32x4Mul, Self::I32x4Add) => (Self::V128LoadI32x4MulAdd, false),
            (Self::V128LoadI32x4DotI16x8S, Self::I32x4Add) => (Self::V128LoadI32x4DotI16x8SAdd, false),
            (Self::V128LoadI8x16AvgrU, Self::I8x16AvgrU) => (Self::V128LoadI8x16AvgrUAvgrU, false),
            _ => return None,
        })
    }

    /// The op that stores the result of `self`.
    pub const fn before_store(self) -> Option<Self> {
        Some(match self {
            Self::V128Xor => Self::V128XorStore,
            Self::I8x16Add => Self::I8x16AddStore,
            Self::I8x16GtU => Self::I8x16GtUStore,
            Self::I8x16AvgrU => Self::I8x16AvgrUStore,
            Self::I16x8Add => Self::I16x8AddStore,
            Self::I32x4Add => Self::I32x4AddStore,
            Self::F32x4Add => Self::F32x4AddStore,
            Self::F32x4Mul => Self::F32x4MulStore,
            Self::F64x2Add => Self::F64x2AddStore,
            Self::F64x2Mul => Self::F64x2MulStore,
            _ => return None,
        })
    }

    /// The op that adds adjacent lanes, by `self`, of products that `first` computes.
    pub const fn dot(self, first: Self) -> Option<Self> {
        Some(match (first, self) {
            (Self::I16x8ExtmulLowI8x16S, Self::I32x4ExtaddPairwiseI16x8S) => Self::I8x16DotLowS,
            (Self::I16x8ExtmulHighI8x16S, Self::I32x4ExtaddPairwiseI16x8S) => Self::I8x16DotHighS,
            (Self::I16x8ExtmulLowI8x16U, Self::I32x4ExtaddPairwiseI16x8U) => Self::I8x16DotLowU,
            (Self::I16x8ExtmulHighI8x16U, Self::I32x4ExtaddPairwiseI16x8U) => Self::I8x16DotHighU,
            _ => return None,
        })
    }

    /// The op that computes `i32x4.dot_i16x8_s` of two vectors, of each of which `self` is applied to bytes.
    pub const fn dot_of_extended(self) -> Option<Self> {
        Some(match self {
            Self::I16x8ExtendLowI8x16S => Self::I8x16DotLowS,
            Self::I16x8ExtendHighI8x16S => Self::I8x16DotHighS,
            Self::I16x8ExtendLowI8x16U => Self::I8x16DotLowU,
            Self::I16x8ExtendHighI8x16U => Self::I8x16DotHighU,
            _ => return None,
        })
    }

    /// The branch to take when some of the bits that `self` finds are set, or none; it keeps them.
    pub const fn branch_bitmask(self, some: bool) -> Option<Self> {
        match within(self, Self::I8x16Bitmask, 4) {
            Some(i) => Some(nth(if some { Self::I8x16BitmaskBrNez } else { Self::I8x16BitmaskBrEqz }, i)),
            None => None,
        }
    }

    /// The branch to take when this property of a vector is `holds`.
    pub const fn branch_vector(self, holds: bool) -> Option<Self> {
        match within(self, Self::V128AnyTrue, 5) {
            Some(i) => Some(nth(if holds { Self::BrV128AnyTrue } else { Self::BrNotV128AnyTrue }, i)),
            None => None,
        }
    }

    /// The branch to take when this comparison of vectors holds for some lanes, or for none; it keeps their truth values.
    pub const fn branch_compared(self, some: bool) -> Option<Self> {
        Some(match (self, some) {
            (Self::I8x16Eq, true) => Self::BrI8x16Eq,
            (Self::I8x16Eq, false) => Self::BrNotI8x16Eq,
            (Self::F32x4Le, true) => Self::BrF32x4Le,
            (Self::F32x4Le, false) => Self::BrNotF32x4Le,
            (Self::F64x2Le, true) => Self::BrF64x2Le,
            (Self::F64x2Le, false) => Self::BrNotF64x2Le,
            _ => return None,
        })
    }

    /// The branch whose left operand is a sum that `add` computes, where `self` is one that compares vectors.
    pub const fn of_sum(self, add: Self) -> Option<Self> {
        Some(match (self, add) {
            (Self::BrF32x4Le, Self::F32x4Add) => Self::BrF32x4AddLe,
            (Self::BrNotF32x4Le, Self::F32x4Add) => Self::BrNotF32x4AddLe,
            (Self::BrF64x2Le, Self::F64x2Add) => Self::BrF64x2AddLe,
            (Self::BrNotF64x2Le, Self::F64x2Add) => Self::BrNotF64x2AddLe,
            _ => return None,
        })
    }

    /// The branch on the bits that both operands of this `and` have in common, or of this `xor` have not: on some, or on none.
    pub const fn test(self, some: bool) -> Option<Self> {
        Some(match (self, some) {
            (Self::I32And, true) => Self::BrI32And,
            (Self::I32And, false) => Self::BrNotI32And,
            (Self::I64And, true) => Self::BrI64And,
            (Self::I64And, false) => Self::BrNotI64And,
            (Self::I32Xor, true) => Self::BrI32Ne,
            (Self::I32Xor, false) => Self::BrI32Eq,
            (Self::I64Xor, true) => Self::BrI64Ne,
            (Self::I64Xor, false) => Self::BrI64Eq,
            _ => return None,
        })
    }

    /// The branch that adds to its left operand first, where `self` is a fused branch on integers.
    pub const fn after_add(self) -> Option<Self> {
        match within(self, Self::BrI32Eq, 2 * RELATIONS) {
            Some(i) => Some(nth(Self::AddBrI32Eq, i)),
            None => None,
        }
    }

    /// The op that counts ahead before this branch, and the position of its relation among [all](crate::num::counting::Relation::ALL), where `self`
    /// is one that adds to its left operand.
    pub const fn ahead(self) -> Option<(Self, u16)> {
        match within(self, Self::AddBrI32Eq, 2 * RELATIONS) {
            Some(i) => Some((nth(Self::AheadI32, i / RELATIONS), i % RELATIONS)),
            None => None,
        }
    }

    /// The op that repeats `step` as well as it counts, where `self` is one that counts ahead.
    pub const fn ahead_of(self, step: Self) -> Option<Self> {
        Some(match (step, self) {
            (Self::I32AddShift, Self::AheadI32) => Self::I32AddShiftAheadI32,
            (Self::I32AddShift, Self::AheadI64) => Self::I32AddShiftAheadI64,
            (Self::I64AddShift, Self::AheadI32) => Self::I64AddShiftAheadI32,
            (Self::I64AddShift, Self::AheadI64) => Self::I64AddShiftAheadI64,
            _ => return None,
        })
    }

    /// The branch that adds to another local as well, where `self` is one that adds to its left operand.
    pub const fn with_second_step(self) -> Option<Self> {
        match within(self, Self::AddBrI32Eq, 2) {
            Some(i) => Some(nth(Self::AddBr2I32Eq, i)),
            None => None,
        }
    }

    /// The branch that copies a vector first, where `self` is one that adds to its left operand.
    pub const fn with_copy(self) -> Option<Self> {
        match within(self, Self::AddBrI32Eq, RELATIONS) {
            Some(i) => Some(nth(Self::CopyAddBrI32Eq, i)),
            None => None,
        }
    }

    /// The branch that computes its left operand first, where `self` is a fused branch on 32-bit integers and `first`
    /// computes that from a constant, or loads it.
    pub const fn after(self, first: Self) -> Option<Self> {
        let start = match first {
            Self::I32Add => Self::SumBrI32Eq,
            Self::I32And => Self::AndBrI32Eq,
            Self::I32Load => Self::LoadBrI32Eq,
            Self::I32Load8U => Self::Load8BrI32Eq,
            _ => return None,
        };
        match within(self, Self::BrI32Eq, RELATIONS) {
            Some(i) => Some(nth(start, i)),
            None => None,
        }
    }

    /// The load from where the pointer points that is loaded from memory 0, where `self` is a load.
    pub const fn through_pointer(self) -> Option<Self> {
        Some(match self {
            Self::I32Load => Self::LoadI32Load,
            Self::I32Load8S => Self::LoadI32Load8S,
            Self::I32Load8U => Self::LoadI32Load8U,
            Self::I32Load16S => Self::LoadI32Load16S,
            Self::I32Load16U => Self::LoadI32Load16U,
            Self::I64Load => Self::LoadI64Load,
            _ => return None,
        })
    }

    /// The op that computes `pair` of what this load gives and two others, where `pair` adds to a product; and whether the
    /// address is a sum with a constant.
    pub const fn load_mul_add(self, pair: Self) -> Option<(Self, bool)> {
        Some(match (self, pair) {
            (Self::I32Load, Self::I32MulAdd) => (Self::I32LoadMulAdd, false),
            (Self::I32LoadSum, Self::I32MulAdd) => (Self::I32LoadMulAdd, true),
            (Self::I32Load8S, Self::I32MulAdd) => (Self::I32Load8SMulAdd, false),
            (Self::I32Load8SSum, Self::I32MulAdd) => (Self::I32Load8SMulAdd, true),
            (Self::I32Load16S, Self::I32MulAdd) => (Self::I32Load16SMulAdd, false),
            (Self::I32Load16SSum, Self::I32MulAdd) => (Self::I32Load16SMulAdd, true),
            (Self::F32Load, Self::F32MulAdd) => (Self::F32LoadMulAdd, false),
            (Self::F32LoadSum, Self::F32MulAdd) => (Self::F32LoadMulAdd, true),
            (Self::F64Load, Self::F64MulAdd) => (Self::F64LoadMulAdd, false),
            (Self::F64LoadSum, Self::F64MulAdd) => (Self::F64LoadMulAdd, true),
            _ => return None,
        })
    }

    /// The branch on one bit, where `self` is one on common bits and its left operand is 1 shifted to the left.
    pub const fn bit(self) -> Option<Self> {
        match self {
            Self::BrI32And => Some(Self::BrI32Bit),
            Self::BrNotI32And => Some(Self::BrNotI32Bit),
            _ => None,
        }
    }

    /// The load or store, where `self` is one in memory 0, from an address that is a sum with a constant.
    pub const fn at_sum(self) -> Option<Self> {
        if let Some(i) = within(self, Self::I32Load, 11) {
            return Some(nth(Self::I32LoadSum, i));
        }
        if let Some(i) = within(self, Self::V128Load, 13) {
            return Some(nth(Self::V128LoadSum, i));
        }
        match (within(self, Self::Store8, 6), self) {
            (Some(i), _) => Some(nth(Self::Store8Sum, i)),
            (None, Self::V128Store) => Some(Self::V128StoreSum),
            _ => None,
        }
    }

    /// The load or store, where `self` is one in memory 0, from an address that is `a + (b << shift)`.
    pub const fn scaled(self, shift: u64) -> Option<Self> {
        Some(match (self, shift) {
            (Self::I32Load, 0) => Self::I32LoadX1,
            (Self::I32Load8S, 0) => Self::I32Load8SX1,
            (Self::I32Load8U, 0) => Self::I32Load8UX1,
            (Self::I32Load16S, 0) => Self::I32Load16SX1,
            (Self::I32Load16U, 0) => Self::I32Load16UX1,
            (Self::I64Load, 0) => Self::I64LoadX1,
            (Self::F32Load, 0) => Self::F32LoadX1,
            (Self::F64Load, 0) => Self::F64LoadX1,
            (Self::I32Load16S, 1) => Self::I32Load16SX2,
            (Self::I32Load16U, 1) => Self::I32Load16UX2,
            (Self::I32Load, 2) => Self::I32LoadX4,
            (Self::F32Load, 2) => Self::F32LoadX4,
            (Self::I64Load, 3) => Self::I64LoadX8,
            (Self::F64Load, 3) => Self::F64LoadX8,
            (Self::Store8, 0) => Self::Store8X1,
            (Self::Store16, 0) => Self::Store16X1,
            (Self::Store32, 0) => Self::Store32X1,
            (Self::Store64, 0) => Self::Store64X1,
            (Self::Store16, 1) => Self::Store16X2,
            (Self::Store32, 2) => Self::Store32X4,
            (Self::Store64, 3) => Self::Store64X8,
            (Self::V128Load, 0) => Self::V128LoadX1,
            (Self::V128Load8x8S, 0) => Self::V128Load8x8SX1,
            (Self::V128Load8x8U, 0) => Self::V128Load8x8UX1,
            (Self::V128Load32Splat, 0) => Self::V128Load32SplatX1,
            (Self::V128Load64Splat, 0) => Self::V128Load64SplatX1,
            (Self::V128Load64Zero, 0) => Self::V128Load64ZeroX1,
            (Self::V128Store, 0) => Self::V128StoreX1,
            _ => return None,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ir::Shape;
    use crate::num::counting::Relation;
    use alloc::format;

    #[test]
    fn negation_and_exchange_are_involutions_that_keep_the_type() {
        for &family in Family::ALL {
            let shape = family.info().shape;
            assert_eq!(family.negated().is_some(), matches!(shape, Shape::Cmp | Shape::BrCmp), "{family:?}");
            assert_eq!(family.exchanged().is_some(), family.negated().is_some(), "{family:?}");
            for related in [family.negated(), family.exchanged()].into_iter().flatten() {
                assert_eq!(related.info().shape, shape);
                assert_eq!(related.info().operands.as_slice()[0].ty, family.info().operands.as_slice()[0].ty);
            }
            assert!(family.negated().is_none_or(|n| n.negated() == Some(family) && n != family));
            assert!(family.exchanged().is_none_or(|x| x.exchanged() == Some(family)));
        }
        assert_eq!(Family::I64LtU.negated(), Some(Family::I64GeU));
        assert_eq!(Family::I32GtS.exchanged(), Some(Family::I32LtS));
        assert_eq!(Family::I64LeU.exchanged(), Some(Family::I64GeU));
    }

    #[test]
    fn fused_pairs_are_named_after_their_parts() {
        for &first in Family::ALL {
            for &second in Family::ALL {
                if let Some((fused, _)) = first.then(second).or(first.then_vector(second)) {
                    let relation = second.info().text.split_once('.').unwrap().1;
                    assert_eq!(fused.info().text, format!("{}+{relation}", first.info().text));
                }
            }
            for shift in 0..4 {
                if let Some(scaled) = first.scaled(shift) {
                    assert_eq!(scaled.info().text, format!("{}.x{}", first.info().text, 1 << shift));
                }
            }
            let access = matches!(
                first.info().shape,
                Shape::Load | Shape::Store | Shape::FStore | Shape::VLoad | Shape::VStore
            );
            assert_eq!(first.at_sum().is_some(), access, "{first:?}");
            if let Some(fused) = first.at_sum() {
                assert_eq!(fused.info().text, format!("{}.sum", first.info().text));
            }
            if let Some((fused, _)) = first.after_load() {
                assert_eq!(fused.info().text, format!("v128.load+{}", first.info().text));
                let scaled = fused.load_at_x1().expect("each is there at both addresses");
                assert_eq!(scaled.info().text, format!("v128.load.x1+{}", first.info().text));
                for &second in Family::ALL {
                    let pair =
                        first.then_vector(second).map(|(pair, _)| format!("v128.load+{}", pair.info().text));
                    if let Some((triple, _)) = fused.load_then(second) {
                        assert_eq!(Some(triple.info().text.into()), pair);
                    }
                }
            }
            for &add in Family::ALL {
                if let Some(fused) = first.of_sum(add) {
                    let (_, relation) = first.info().text.split_once('.').unwrap();
                    let sum = add.info().text;
                    let not = if first.info().text.contains("not") { "not_" } else { "" };
                    assert_eq!(fused.info().text, format!("br_{not}{sum}+{relation}"));
                }
            }
            if let Some((ahead, relation)) = first.ahead() {
                let relation = Relation::ALL[usize::from(relation)].text();
                let ty = ahead.info().text.replace("ahead", "add_br");
                assert_eq!(first.info().text, format!("{ty}.{relation}"));
                for &step in Family::ALL {
                    if let Some(fused) = ahead.ahead_of(step) {
                        assert_eq!(fused.info().text, format!("{}+{}", step.info().text, ahead.info().text));
                    }
                }
            }
            if let Some(fused) = first.with_copy() {
                assert_eq!(fused.info().text, format!("copy.v128+{}", first.info().text));
            }
            if let Some(fused) = first.before_store() {
                assert_eq!(fused.info().text, format!("{}+store", first.info().text));
            }
            for (some, name) in [(true, "nez"), (false, "eqz")] {
                if let Some(branch) = first.branch_bitmask(some) {
                    assert_eq!(branch.info().text, format!("{}+br_{name}", first.info().text));
                }
            }
            if let Some(dot) = first.dot_of_extended() {
                let (half, sign) =
                    first.info().text.strip_prefix("i16x8.extend_").unwrap().split_once("_i8x16_").unwrap();
                assert_eq!(dot.info().text, format!("i8x16.dot_{half}_{sign}"));
            }
            if let Some(wide) = first.wide() {
                assert_eq!(wide.info().text, format!("{}.wide", first.info().text));
            }
            if let Some(fused) = first.after_add() {
                assert_eq!(fused.info().text, format!("add_{}", first.info().text));
            }
            for (before, name) in [
                (Family::I32Add, "sum"),
                (Family::I32And, "and"),
                (Family::I32Load, "load"),
                (Family::I32Load8U, "load8_u"),
            ] {
                if let Some(fused) = first.after(before) {
                    assert_eq!(fused.info().text, format!("{name}_{}", first.info().text));
                }
            }
            if let Some(fused) = first.with_second_step() {
                assert_eq!(fused.info().text, first.info().text.replace("br", "br2"));
            }
            if let Some(fused) = first.through_pointer() {
                assert_eq!(fused.info().text, format!("load_{}", first.info().text));
            }
            if let Some(fused) = first.bit() {
                assert_eq!(fused.info().text, first.info().text.replace("and", "bit"));
            }
            for some in [true, false] {
                if let Some(branch) =
                    first.test(some).or(first.branch_vector(some)).or(first.branch_compared(some))
                {
                    let not = if some { "" } else { "not_" };
                    let expected = match first {
                        Family::I32Xor | Family::I64Xor => {
                            let relation = if some { "ne" } else { "eq" };
                            format!("br_{}", first.info().text.replace("xor", relation))
                        }
                        _ => format!("br_{not}{}", first.info().text),
                    };
                    assert_eq!(branch.info().text, expected);
                }
            }
        }
    }

    #[test]
    fn a_load_before_a_pair_is_named_after_both() {
        for &load in Family::ALL {
            for &pair in Family::ALL {
                let Some((fused, is_sum)) = load.load_mul_add(pair) else { continue };
                let load = load.info().text;
                assert_eq!(is_sum, load.ends_with(".sum"));
                let (_, pair) = pair.info().text.split_once('.').unwrap();
                assert_eq!(fused.info().text, format!("{}+{pair}", load.trim_end_matches(".sum")));
            }
        }
    }

    #[test]
    fn what_ends_a_pair_is_the_second_of_some() {
        for &second in Family::ALL {
            let ends = Family::ALL.iter().any(|first| first.then(second).is_some());
            assert_eq!(second.ends_pair(), ends, "{second:?}");
        }
    }

    #[test]
    fn a_comparison_fuses_into_the_branch_of_its_name() {
        for &family in Family::ALL {
            let compares = matches!(family.info().shape, Shape::Cmp | Shape::FCmp);
            assert_eq!(family.branch(true).is_some(), compares, "{family:?}");
            if compares {
                let text = family.info().text;
                assert_eq!(family.branch(true).unwrap().info().text, format!("br_{text}"));
                let negation = family.branch(false).unwrap();
                let both = family.info().shape == Shape::Cmp;
                assert_eq!(family.branches(), both.then_some((family.branch(true).unwrap(), negation)));
                match family.negated() {
                    Some(negated) => assert_eq!(Some(negation), negated.branch(true)),
                    None if text.ends_with("eq") || text.ends_with("ne") => {
                        assert_eq!(negation.info().shape, Shape::BrFCmp);
                        assert_ne!(negation.info().text, format!("br_{text}"));
                    }
                    None => assert_eq!(negation.info().text, format!("br_not_{text}")),
                }
            }
        }
    }
}

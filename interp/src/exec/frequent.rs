//! Which ops real programs execute most: their handlers lie together.
//!
//! Handlers are reached in no order that a processor could foresee. What it keeps of them are lines and pages: the fewer of
//! those a program's handlers are spread over, the less it waits. Of all handlers the ones here are a tenth; left to the
//! compiler, which sorts functions by hashes of their names, they would lie anywhere among the others. Together they take
//! about 0.95 of the time (geometric mean of 14 real programs).
//!
//! The rows are what `fantail-bench ops --frequent` prints, without vectors, whose handlers are of other tables: an op is in them
//! if it is a thousandth of all that one of the programs there executes. Those of `CopyJump` and `Copy2Jump`, which came after
//! that count, are the pairs that it showed. A row that is wrong or missing costs time and nothing else.

use fantail_core::ir::{Family, OPS};

/// Whether op `number` is one of them.
pub(crate) const fn is_frequent(number: u16) -> bool {
    SET[number as usize / 64] >> (number % 64) & 1 != 0
}

/// A bit for each op.
const SET: [u64; OPS.div_ceil(64)] = {
    let mut set = [0; OPS.div_ceil(64)];
    let mut row = 0;
    while row < ROWS.len() {
        let (family, variants) = ROWS[row];
        let mut i = 0;
        while i < variants.len() {
            let number = (family.first() + variants[i]) as usize;
            set[number / 64] |= 1 << (number % 64);
            i += 1;
        }
        row += 1;
    }
    set
};

/// Families, and which of their variants.
#[rustfmt::skip]
const ROWS: &[(Family, &[u16])] = &[
    (Family::I32Add, &[0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 19, 21, 22, 23, 24, 25, 26, 27, 28, 29, 33, 34, 35]),
    (Family::I32Mul, &[0, 1, 3, 4, 6, 9, 10, 12, 13, 18, 21, 22, 35]),
    (Family::I32And, &[0, 3, 4, 5, 6, 9, 10, 11, 12, 13, 21, 22, 24, 28, 33, 34, 35]),
    (Family::I32Or, &[0, 3, 4, 5, 9, 10, 12, 13, 18, 19, 21, 22, 23, 33, 34, 35]),
    (Family::I32Xor, &[0, 1, 3, 4, 6, 8, 9, 12, 13, 14, 21, 22, 24, 26]),
    (Family::I64Add, &[0, 1, 3, 4, 5, 7, 12, 13, 19, 21, 25, 28, 35]),
    (Family::I64Mul, &[0, 1, 3, 4, 10, 12, 13, 15, 22, 24, 27, 35]),
    (Family::I64And, &[3, 9, 10, 21, 22]),
    (Family::I64Or, &[3, 4, 12, 13]),
    (Family::I64Xor, &[0, 1, 3, 4, 13, 21, 22, 27, 29]),
    (Family::I32Eq, &[0, 3, 6, 9, 21, 27, 34]),
    (Family::I32Ne, &[7, 21]),
    (Family::I32LtS, &[3, 9, 21]),
    (Family::I32LtU, &[0, 1, 3, 4, 9, 10, 11, 12, 13, 21, 25, 27, 28, 33, 34]),
    (Family::I32GtS, &[0, 13, 21, 22]),
    (Family::I32GtU, &[0, 3, 9, 12, 18, 24]),
    (Family::I32LeU, &[1, 34]),
    (Family::I32GeU, &[4, 6]),
    (Family::I64Ne, &[13]),
    (Family::I64LtU, &[0, 3, 4, 12]),
    (Family::I64GtU, &[0, 3, 12, 13]),
    (Family::I64LeU, &[0, 3]),
    (Family::I64GeU, &[0]),
    (Family::I32Sub, &[0, 1, 3, 4, 6, 9, 10, 11, 12, 13, 18, 21, 22, 23, 24, 25, 26, 28, 33, 35, 36, 37, 39, 40, 41, 42]),
    (Family::I32Shl, &[2, 4, 6, 9, 10, 11, 12, 21, 22, 23, 33, 34, 36, 37, 42]),
    (Family::I32ShrS, &[22]),
    (Family::I32ShrU, &[0, 1, 3, 4, 5, 7, 9, 10, 21, 22, 23, 27, 33, 35]),
    (Family::I32Rotl, &[0, 9, 10, 21, 22, 33, 34, 35, 39]),
    (Family::I32Rotr, &[9, 22]),
    (Family::I64Sub, &[3, 10, 12, 13]),
    (Family::I64Shl, &[3, 9, 21, 22, 33]),
    (Family::I64ShrU, &[1, 9, 10, 12, 21, 22, 33, 34, 35]),
    (Family::I64Rotl, &[9, 10, 21, 22]),
    (Family::I64Rotr, &[26]),
    (Family::I32DivU, &[19]),
    (Family::I32RemU, &[9, 21, 22]),
    (Family::F32Add, &[0, 1, 2, 3]),
    (Family::F32Sub, &[0, 1, 2, 3]),
    (Family::F32Mul, &[0, 1, 2, 3, 9]),
    (Family::F64Add, &[0, 1, 2, 3, 5, 8, 10, 11]),
    (Family::F64Sub, &[0, 1, 2, 3, 7, 13]),
    (Family::F64Mul, &[0, 1, 2, 3, 4, 9, 10, 11]),
    (Family::F64Div, &[6, 7, 13, 15]),
    (Family::F32Ne, &[0]),
    (Family::F32Gt, &[3]),
    (Family::F64Gt, &[6, 15]),
    (Family::F64Le, &[15]),
    (Family::I32Clz, &[3, 4]),
    (Family::I32Ctz, &[3]),
    (Family::I32Popcnt, &[3]),
    (Family::I32Extend8S, &[0]),
    (Family::I32Eqz, &[4]),
    (Family::I64Ctz, &[0, 3]),
    (Family::I32WrapI64, &[0, 3, 4, 6]),
    (Family::I64ExtendI32S, &[3]),
    (Family::F32Neg, &[0, 2]),
    (Family::F64Sqrt, &[2, 3]),
    (Family::F32ConvertI32U, &[2]),
    (Family::F64ConvertI32U, &[0, 2, 4]),
    (Family::I64TruncSatF64S, &[3]),
    (Family::F64PromoteF32, &[2]),
    (Family::Copy, &[1, 2, 4, 5, 7]),
    (Family::CopyF64, &[3]),
    (Family::Const32, &[0, 1, 2]),
    (Family::Const64, &[0, 1]),
    (Family::SelectI32, &[3, 4, 10, 22, 23, 30, 31, 76, 103, 111, 112, 117, 119, 138, 139, 140, 141]),
    (Family::SelectI64, &[3, 4]),
    (Family::SelectF32, &[7, 9, 13, 14, 15]),
    (Family::SelectF64, &[9, 14]),
    (Family::Jump, &[0, 1]),
    (Family::BrEqz, &[0, 1, 2, 4]),
    (Family::BrNez, &[0, 1, 2, 3, 4, 5]),
    (Family::BrI32Eq, &[0, 2, 3, 4, 6, 8, 14, 16, 22]),
    (Family::BrI32Ne, &[0, 1, 2, 3, 4, 5, 6, 8, 9, 14, 16, 18, 22]),
    (Family::BrI32LtS, &[6, 14, 16, 22]),
    (Family::BrI32LtU, &[0, 1, 2, 4, 6, 8, 9, 12, 14, 15, 16, 17, 22]),
    (Family::BrI32GtS, &[0, 6, 14, 22]),
    (Family::BrI32GtU, &[0, 2, 3, 4, 6, 8, 14, 16, 22]),
    (Family::BrI32LeS, &[14]),
    (Family::BrI32LeU, &[0, 2, 4, 6, 8, 12, 14, 22]),
    (Family::BrI32GeS, &[14, 16]),
    (Family::BrI32GeU, &[0, 2, 4, 6, 8, 14, 16, 22]),
    (Family::BrI64Eq, &[2, 14]),
    (Family::BrI64Ne, &[14]),
    (Family::BrI64LtU, &[2, 3]),
    (Family::BrI64GtS, &[6]),
    (Family::BrI64GtU, &[2]),
    (Family::BrI64GeU, &[2]),
    (Family::BrF64Lt, &[10]),
    (Family::BrF64Gt, &[4]),
    (Family::BrF64Le, &[11]),
    (Family::BrNotF64Gt, &[10]),
    (Family::BrNotF64Le, &[10]),
    (Family::BrTable, &[0, 1, 2]),
    (Family::I32Load, &[0, 1, 2, 3, 4, 6, 7, 9, 10, 11]),
    (Family::I32Load8S, &[7]),
    (Family::I32Load8U, &[0, 1, 3, 4, 6, 7]),
    (Family::I32Load16S, &[0, 1, 6, 7]),
    (Family::I32Load16U, &[0, 1, 3, 4, 6, 7]),
    (Family::I64Load, &[0, 1, 3, 4, 5, 6, 7, 10]),
    (Family::I64Load8S, &[0]),
    (Family::F32Load, &[0, 1, 2, 3, 4, 5]),
    (Family::F64Load, &[0, 1, 2, 3, 4, 5]),
    (Family::Store8, &[0, 1, 3, 4, 7, 9, 11]),
    (Family::Store16, &[0, 1, 9]),
    (Family::Store32, &[0, 1, 2, 3, 4, 6, 7, 8, 9, 10, 11, 12, 13, 14]),
    (Family::Store64, &[0, 1, 2, 3, 4, 7, 8, 9, 11, 12]),
    (Family::F32Store, &[0, 2]),
    (Family::F64Store, &[0, 1, 2]),
    (Family::MemorySize, &[0]),
    (Family::GlobalGet, &[0]),
    (Family::MemoryGrow, &[0]),
    (Family::MemoryFill, &[0]),
    (Family::MemoryCopy, &[0]),
    (Family::Call, &[0]),
    (Family::CallImport, &[0]),
    (Family::CallIndirect, &[0, 1]),
    (Family::ReturnCall, &[0]),
    (Family::Return, &[0]),
    (Family::ReturnI32, &[0, 1, 2, 3]),
    (Family::ReturnI64, &[0, 1]),
    (Family::ReturnF64, &[0]),
    (Family::ZeroCells, &[0]),
    (Family::ZeroCellsPin, &[0]),
    (Family::PinLoad, &[0]),
    (Family::I32ShlAdd, &[18, 19, 20, 21, 22, 46, 47, 49, 73, 74]),
    (Family::I32MulAdd, &[18, 19, 20, 27, 28, 46, 72, 73, 74]),
    (Family::I32AddAdd, &[1, 7, 9, 19, 27, 28, 33, 34, 61, 73, 79]),
    (Family::I32ShrUAnd, &[24, 51, 52, 78]),
    (Family::I32AndAdd, &[18, 25, 27, 28]),
    (Family::I32AddAnd, &[18, 24, 25, 28, 34, 36, 78, 79]),
    (Family::I32XorRotl, &[6, 7, 34]),
    (Family::I64ShlAdd, &[45, 46]),
    (Family::I64MulAdd, &[0, 1, 18, 19, 27, 28, 29]),
    (Family::I64XorRotl, &[7, 33, 34, 35, 42, 43, 44, 60, 61]),
    (Family::F32MulAdd, &[1, 5, 12, 13]),
    (Family::F64MulAdd, &[0, 1, 4, 5, 9, 12, 13]),
    (Family::F64SubMul, &[1]),
    (Family::F64AddMul, &[0]),
    (Family::BrI32And, &[2, 6, 14]),
    (Family::BrI32Bit, &[6]),
    (Family::BrNotI32And, &[6, 22]),
    (Family::BrNotI32Bit, &[6]),
    (Family::AddBrI32Ne, &[0, 1, 4, 5, 6, 7, 10, 11]),
    (Family::AddBrI32LtS, &[0]),
    (Family::AddBrI32LtU, &[0, 1, 5, 6, 7, 10, 11]),
    (Family::AddBrI32GtU, &[5]),
    (Family::AddBrI32LeU, &[0, 1, 7]),
    (Family::AddBrI64Ne, &[11]),
    (Family::AddBr2I32Ne, &[0, 2, 4, 6, 7, 11, 13, 14, 15, 23]),
    (Family::SumBrI32Eq, &[0, 8]),
    (Family::SumBrI32LtU, &[0, 2, 6, 18, 30]),
    (Family::SumBrI32GtU, &[2, 10, 20, 26]),
    (Family::SumBrI32LeU, &[0, 2, 4]),
    (Family::SumBrI32GeU, &[2, 26]),
    (Family::AndBrI32Eq, &[0, 4, 6, 9, 10]),
    (Family::AndBrI32Ne, &[4]),
    (Family::AndBrI32LtU, &[9, 10]),
    (Family::AndBrI32GtU, &[9]),
    (Family::AndBrI32LeU, &[4]),
    (Family::AndBrI32GeU, &[9, 10]),
    (Family::LoadBrI32Eq, &[1, 4, 5, 6, 9, 10, 11, 15, 16, 17]),
    (Family::LoadBrI32Ne, &[0, 1, 3, 4, 5, 6, 10, 11, 12, 13, 16]),
    (Family::LoadBrI32LtU, &[12]),
    (Family::LoadBrI32LeU, &[1, 2, 13]),
    (Family::LoadBrI32GeU, &[8, 13]),
    (Family::Load8BrI32Eq, &[4, 12, 15]),
    (Family::Load8BrI32Ne, &[1, 3, 9, 10, 15]),
    (Family::Load8BrI32LtU, &[4, 16]),
    (Family::Load8BrI32LeU, &[13]),
    (Family::Load8BrI32GeU, &[7, 9]),
    (Family::CopyLoop, &[5]),
    (Family::CopyBrEqz, &[0, 10, 12]),
    (Family::CopyBrNez, &[0, 4, 8, 9, 12]),
    (Family::LoadI32Load8U, &[1, 6]),
    (Family::LoadI32Load16U, &[1]),
    (Family::I32LoadX1, &[0, 4, 6, 7, 9, 10]),
    (Family::I32Load8SX1, &[0, 6]),
    (Family::I32Load8UX1, &[0, 1, 2, 3, 4, 6, 7, 10, 11, 16, 19]),
    (Family::I32Load16UX1, &[1, 3, 22]),
    (Family::I64LoadX1, &[1, 4, 7, 19]),
    (Family::F64LoadX1, &[4, 5]),
    (Family::I32Load16SX2, &[4]),
    (Family::I32Load16UX2, &[1]),
    (Family::I32LoadX4, &[0, 1, 3, 4, 6]),
    (Family::I64LoadX8, &[3, 19, 22]),
    (Family::F64LoadX8, &[1]),
    (Family::Store8X1, &[15, 24, 27]),
    (Family::Store16X1, &[0, 14]),
    (Family::Store32X1, &[6, 8, 24]),
    (Family::Store32X4, &[0, 2, 4, 6]),
    (Family::Store64X8, &[24]),
    (Family::I32LoadSum, &[0, 1, 3, 4, 6, 7]),
    (Family::I32Load8SSum, &[0, 1, 3, 4, 6, 7]),
    (Family::I32Load8USum, &[0, 1, 3, 6]),
    (Family::I32Load16USum, &[0, 3, 4, 6, 7]),
    (Family::I64LoadSum, &[0, 1, 3, 6]),
    (Family::I64Load8SSum, &[0]),
    (Family::F32LoadSum, &[0, 1, 2, 4, 5]),
    (Family::F64LoadSum, &[0, 1, 4, 5]),
    (Family::Store8Sum, &[0, 4, 10]),
    (Family::Store32Sum, &[0, 2, 7, 8, 11]),
    (Family::Store64Sum, &[11]),
    (Family::I32Add2, &[0, 1]),
    (Family::I64AddShift, &[0]),
    (Family::AheadI32, &[3]),
    (Family::I64AddShiftAheadI64, &[9]),
    (Family::I64AddWide, &[0, 3, 4]),
    (Family::I64MulWide, &[0, 3, 4]),
    (Family::I64AndWide, &[0, 1, 3, 4, 6, 8]),
    (Family::I64XorWide, &[0]),
    (Family::GlobalStepI32, &[0, 1, 2]),
    (Family::GlobalSetSumI32, &[0, 2]),
    (Family::Copy2, &[0, 1, 2, 4, 8, 12, 14, 16, 26, 32, 33, 37, 44, 48, 49, 60, 61, 62]),
    (Family::CopyJump, &[0, 1, 2, 4, 6, 7]),
    (Family::Copy2Jump, &[0, 2, 8, 12, 32, 44, 48]),
    (Family::LoadStore8, &[1]),
    (Family::LoadStore16, &[0]),
    (Family::LoadStore32, &[0, 1, 2]),
    (Family::LoadStore64, &[0, 1, 2, 3, 5]),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_name_variants_that_there_are() {
        for &(family, variants) in ROWS {
            for &variant in variants {
                assert!(variant < family.variants(), "{family:?} has no variant {variant}");
                assert!(is_frequent(family.first() + variant));
            }
        }
        assert!(!is_frequent(Family::Unreachable.first()));
    }
}

//! Families, shapes and variants: what the number of an op says.
//!
//! Invariant: the variants of a family are numbered consecutively from [`Family::first`], in mixed radix over the
//! classes its operands may have, the last operand (the destination) varying fastest. Everything here is computed
//! from the table at compile time.

use super::layout::{names_type, object, outline};
use super::operand::{
    Class, Classes, Field, Name, Operand, Operands, Role, Ty, dst, num, plain, src, src_imm, src_int_imm,
    src_slot, target,
};
use crate::for_each_op;
use core::fmt;

/// What is known of a family.
#[derive(Clone, Copy, Debug)]
pub struct FamilyInfo {
    /// Its name in disassembly.
    pub text: &'static str,
    /// Its shape.
    pub shape: Shape,
    /// Its operands.
    pub operands: Operands,
    /// Words of an op of it, without a float constant and without the targets of a `br_table`.
    pub words: u8,
    /// The word of a float constant, when an operand is one. It is the op's last.
    pub float_imm: u8,
    /// Number of its first variant.
    pub first: u16,
}

macro_rules! define {
    ($( $shape:ident { $( $family:ident $text:literal ($($ty:ident),*) -> $out:ident $sem:ident; )* } )*) => {
        /// The groups of the table: which operands an op has.
        #[derive(Clone, Copy, PartialEq, Eq, Debug, Hash)]
        #[expect(missing_docs, reason = "the table describes its groups")]
        pub enum Shape { $($shape),* }

        /// What an op computes: a row of the table.
        #[derive(Clone, Copy, PartialEq, Eq, Debug, Hash)]
        #[repr(u16)]
        #[expect(missing_docs, reason = "the rows of the table are their own description")]
        pub enum Family { $($($family),*),* }

        impl Family {
            /// Every family, in the order of the table.
            pub const ALL: &'static [Self] = &[$($(Self::$family),*),*];
        }

        const ROWS: &[(&str, Shape, &[Ty], Ty)] =
            &[$($(($text, Shape::$shape, &[$(Ty::$ty),*], Ty::$out)),*),*];
    };
}
for_each_op!(define);

/// Number of families.
pub const FAMILIES: usize = ROWS.len();

const fn at(types: &[Ty], i: usize) -> Ty {
    if i < types.len() { types[i] } else { Ty::None }
}

/// The operands of `shape` and the number of its words.
const fn layout(family: Family, shape: Shape, types: &[Ty], out: Ty) -> (Operands, u8) {
    use Field::{A, B, B16, C16, D, W1, W2, W2Hi, W2Lo, W3};
    let (t0, t1, t2) = (at(types, 0), at(types, 1), at(types, 2));
    let frame = num(Name::Frame, D);
    let record = num(Name::Record, A);
    let pin = num(Name::Pin, B16);
    match shape {
        Shape::Com | Shape::Cmp => (Operands::of([src(t0, A), src_imm(t1, B), dst(out)]), 2),
        Shape::Bin | Shape::TryBin | Shape::FBin | Shape::FCmp => {
            (Operands::of([src_imm(t0, A), src_imm(t1, B), dst(out)]), 2)
        }
        Shape::Un
        | Shape::TryUn
        | Shape::Copy
        | Shape::VUn
        | Shape::VTest
        | Shape::VBitmask
        | Shape::VBitmaskPopcnt
        | Shape::VSplat
        | Shape::RefAsNonNull => (Operands::of([src(t0, A), dst(out)]), 2),
        Shape::Const => match family {
            Family::Const32 | Family::ConstF32 => (Operands::of([num(Name::Constant, B), dst(out)]), 2),
            Family::ConstV128 => {
                (Operands::of([num(Name::Constant, W2), num(Name::Constant, W3), dst(out)]), 4)
            }
            _ => (Operands::of([num(Name::Constant, W2), dst(out)]), 3),
        },
        Shape::Select => {
            let values = matches!(out, Ty::I32 | Ty::I64);
            let a = Operand { classes: Classes::source(t0, values), ..src(t0, A) };
            let b = Operand { classes: Classes::source(t1, values), ..src(t1, B16) };
            (Operands::of([a, b, src(t2, C16), dst(out)]), 2)
        }
        Shape::Jump => (Operands::of([target(W1)]), 2),
        Shape::BrIf => (Operands::of([src(t0, A), target(W2)]), 3),
        Shape::BrCmp => (Operands::of([src(t0, A), src_imm(t1, B), target(W2)]), 3),
        Shape::BrFCmp | Shape::BrNotFCmp => (Operands::of([src_imm(t0, A), src_imm(t1, B), target(W2)]), 3),
        Shape::BrTable => (Operands::of([src(t0, A), plain(Role::Targets, B)]), 2),
        Shape::Unreachable | Shape::Runtime => (Operands::of([]), 2),
        Shape::Load | Shape::VLoad => (Operands::of([src_imm(t0, A), num(Name::Offset, B), dst(out)]), 2),
        Shape::LoadAny | Shape::LoadShared | Shape::AtomicLoad => {
            (Operands::of([src(t0, A), num(Name::Memory, B16), num(Name::Offset, W2), dst(out)]), 3)
        }
        Shape::Store => (Operands::of([src_imm(t0, A), src_imm(t1, D), num(Name::Offset, B)]), 2),
        Shape::FStore => {
            let value = Operand { classes: Classes::NONE, ..src(t1, D) };
            (Operands::of([src_imm(t0, A), value, num(Name::Offset, B)]), 2)
        }
        Shape::VStore => (Operands::of([src_imm(t0, A), src(t1, D), num(Name::Offset, B)]), 2),
        Shape::StoreAny | Shape::StoreShared | Shape::AtomicStore => {
            (Operands::of([src(t0, A), src(t1, D), num(Name::Memory, B16), num(Name::Offset, W2)]), 3)
        }
        Shape::MemorySize | Shape::MemorySizeShared => (Operands::of([num(Name::Memory, B), dst(out)]), 2),
        Shape::GlobalGet => (Operands::of([num(Name::Global, B), dst(out)]), 2),
        Shape::GlobalSet => (Operands::of([src(t0, A), num(Name::Global, B)]), 2),
        Shape::TableGet => (Operands::of([src(t0, A), num(Name::Table, B), dst(out)]), 2),
        Shape::TableSet => (Operands::of([src(t0, A), src(t1, D), num(Name::Table, B)]), 2),
        Shape::TableSize => (Operands::of([num(Name::Table, B), dst(out)]), 2),
        Shape::RefFunc => (Operands::of([num(Name::Func, B), dst(out)]), 2),
        Shape::Outline => outline(family),
        Shape::Wide4 => (Operands::of([plain(Role::SrcCells(4), A), plain(Role::DstCells(2), D)]), 2),
        Shape::Wide2 => (Operands::of([src_slot(t0, A), src_slot(t1, B), plain(Role::DstCells(2), D)]), 2),
        Shape::Call | Shape::CallImport => (Operands::of([frame, record, pin, num(Name::Func, W2)]), 3),
        Shape::CallIndirect => (
            Operands::of([src(t0, C16), frame, record, pin, num(Name::Table, W2Lo), num(Name::Type, W2Hi)]),
            3,
        ),
        Shape::CallRef => (Operands::of([src(t0, C16), frame, record, pin, num(Name::Type, W2Hi)]), 3),
        Shape::ReturnCall | Shape::ReturnCallImport => (
            Operands::of([
                frame,
                record,
                num(Name::Cells, B16),
                num(Name::CalleeRecord, C16),
                num(Name::Func, W2),
            ]),
            3,
        ),
        // The field `callee_record` is in `C16` as above; six operands are what fits here.
        Shape::ReturnCallIndirect => {
            let (cells, table) = (num(Name::Cells, B16), num(Name::Table, W2Lo));
            (Operands::of([src_slot(t0, W3), frame, record, cells, table, num(Name::Type, W2Hi)]), 4)
        }
        Shape::ReturnCallRef => {
            (Operands::of([src_slot(t0, W3), frame, record, num(Name::Cells, B16), num(Name::Type, W2Hi)]), 4)
        }
        Shape::Throw => (Operands::of([num(Name::Cells, D), num(Name::First, A), num(Name::Tag, B)]), 2),
        Shape::ThrowRef => (Operands::of([src_slot(t0, A)]), 2),
        Shape::Return => (Operands::of([num(Name::Record, D)]), 2),
        Shape::ReturnValue => {
            let value = Operand { classes: Classes::source(t0, t0.is_int()), ..src(t0, B) };
            (Operands::of([value, num(Name::Record, D)]), 2)
        }
        Shape::ZeroCells => (Operands::of([num(Name::First, D), num(Name::Cells, B)]), 2),
        Shape::ZeroCellsPin => (Operands::of([num(Name::First, D), num(Name::Cells, B), src_slot(t0, A)]), 2),
        Shape::GlobalStep => (Operands::of([num(Name::Global, B), num(Name::Step, A), dst(out)]), 2),
        Shape::GlobalSetSum => (Operands::of([src(t0, A), num(Name::Global, B), num(Name::Step, D)]), 2),
        Shape::CheckStack | Shape::CheckEpoch => (Operands::of([num(Name::Cells, B)]), 2),
        Shape::Fuel => (Operands::of([num(Name::Cost, B)]), 2),
        Shape::PinLoad => (Operands::of([src_slot(t0, A)]), 2),
        Shape::Keep => (Operands::of([src(t0, A)]), 2),
        Shape::Tern => {
            let b = Operand { classes: Classes::SPI, ..src(t1, B16) };
            let c = Operand { classes: Classes::SPI, ..src(t2, C16) };
            (Operands::of([src(t0, A), b, c, dst(out)]), 2)
        }
        Shape::VPair => {
            let c = Operand { classes: vectors(family, Classes::SAP), ..src(t2, C16) };
            (Operands::of([src(t0, A), src(t1, B16), c, dst(out)]), 2)
        }
        Shape::FTern | Shape::VTern => (Operands::of([src(t0, A), src(t1, B16), src(t2, C16), dst(out)]), 2),
        Shape::BrTest | Shape::BrNotTest => (Operands::of([src(t0, A), src_imm(t1, B), target(W2)]), 3),
        Shape::AddBr => {
            let x = Operand { role: Role::Update, classes: Classes::SP, ..src(t0, D) };
            let b = Operand { classes: Classes::SPI, ..src(t1, B) };
            (Operands::of([x, num(Name::Step, A), b, target(W2)]), 3)
        }
        Shape::AddBr2 => {
            let x = Operand { role: Role::Update, classes: Classes::SP, ..src(t0, D) };
            let y = Operand { role: Role::Update, classes: Classes::SP, ..src(t1, B16) };
            let c = Operand { classes: Classes::SI, ..src(t1, C16) };
            let b = Operand { classes: Classes::SI, ..src(t1, W3) };
            (Operands::of([x, num(Name::Step, A), y, c, b, target(W2)]), 4)
        }
        Shape::CopyAddBr => {
            let x = Operand { role: Role::Update, classes: Classes::SP, ..src(t0, D) };
            let to = Operand { classes: Classes::SLOT, field: C16, ..dst(t1) };
            let c = Operand { classes: Classes::SI, ..src(t0, W3) };
            (Operands::of([x, num(Name::Step, A), src_slot(t1, B16), to, c, target(W2)]), 4)
        }
        Shape::SumBr => {
            let b = Operand { classes: Classes::SI, ..src(t1, C16) };
            (Operands::of([src(t0, A), num(Name::Step, B16), b, dst(t0), target(W2)]), 3)
        }
        Shape::AndBr => {
            let b = Operand { classes: Classes::SI, ..src(t1, C16) };
            (Operands::of([src(t0, A), num(Name::Mask, B16), b, dst(t0), plain(Role::Target, W2)]), 3)
        }
        Shape::LoadBr | Shape::Load8Br => {
            let b = Operand { classes: Classes::SI, ..src(t1, C16) };
            (Operands::of([src(t0, A), num(Name::Offset, B16), b, dst(t0), plain(Role::Target, W2)]), 3)
        }
        Shape::FillLoop => {
            let x = Operand { role: Role::Update, classes: Classes::SP, ..src(t0, D) };
            let value = Operand { classes: Classes::SI, ..src(t2, B16) };
            (Operands::of([x, src_slot(t1, A), value, num(Name::Offset, C16), target(W2)]), 3)
        }
        Shape::CopyLoop => {
            let x = Operand { role: Role::Update, classes: Classes::SP, ..src(t0, D) };
            let step = Operand { classes: Classes::SI, ..src(t0, W3) };
            let limit = src_slot(t0, C16);
            (Operands::of([x, src_slot(t1, A), src_slot(t2, B16), limit, step, target(W2)]), 4)
        }
        Shape::CopyBrIf => {
            let to = Operand { classes: Classes::SP, ..dst(t0) };
            (Operands::of([src(t0, A), src(t1, B16), to, target(W2)]), 3)
        }
        Shape::LoadLoad => {
            (Operands::of([src(t0, A), num(Name::Offset, B16), num(Name::Offset, C16), dst(out)]), 2)
        }
        Shape::LoadX1 | Shape::LoadX2 | Shape::LoadX4 | Shape::LoadX8 | Shape::VLoadX1 => {
            (Operands::of([src(t0, A), src(t1, B16), num(Name::Offset, C16), dst(out)]), 2)
        }
        Shape::StoreX1 | Shape::StoreX2 | Shape::StoreX4 | Shape::StoreX8 | Shape::VStoreX1 => {
            (Operands::of([src(t0, A), src(t1, B16), src_int_imm(t2, D), num(Name::Offset, C16)]), 2)
        }
        Shape::LoadSum | Shape::VLoadSum => (Operands::of([src(t0, A), num(Name::Sum, B), dst(out)]), 2),
        Shape::StoreSum => (Operands::of([src(t0, A), src_imm(t1, D), num(Name::Sum, B)]), 2),
        Shape::VStoreSum => (Operands::of([src(t0, A), src(t1, D), num(Name::Sum, B)]), 2),
        Shape::FStoreSum => {
            let value = Operand { classes: Classes::NONE, ..src(t1, D) };
            (Operands::of([src(t0, A), value, num(Name::Sum, B)]), 2)
        }
        Shape::Add2 => {
            let x = Operand { role: Role::Update, classes: Classes::SP, ..src(t0, D) };
            let y = Operand { role: Role::Update, classes: Classes::SLOT, ..src(t1, B16) };
            (Operands::of([x, num(Name::Step, A), y, num(Name::Step, C16)]), 2)
        }
        Shape::AddShift => {
            let x = Operand { role: Role::Update, classes: Classes::SP, ..src(t0, D) };
            (Operands::of([x, Operand { field: B16, ..x }]), 2)
        }
        Shape::Ahead => {
            let x = Operand { role: Role::Update, classes: Classes::SP, ..src(t0, D) };
            let b = Operand { classes: Classes::SI, ..src(t1, B) };
            (Operands::of([x, num(Name::Step, A), b, num(Name::Relation, W2)]), 3)
        }
        Shape::AddShiftAhead => {
            let x = Operand { role: Role::Update, classes: Classes::SP, ..src(t1, D) };
            let y = Operand { role: Role::Update, classes: Classes::SP, ..src(t0, B16) };
            let z = Operand { field: C16, ..y };
            let b = Operand { classes: Classes::SI, ..src(t1, W2Lo) };
            (Operands::of([x, num(Name::Step, A), y, z, b, num(Name::Relation, W2Hi)]), 3)
        }
        Shape::ComWide => (Operands::of([src(t0, A), num(Name::Constant, W2), dst(out)]), 3),
        Shape::Copy2 => {
            let to = Operand { classes: Classes::SP, ..dst(t0) };
            let to2 = Operand { field: B16, ..to };
            (Operands::of([src_imm(t0, A), src_imm(t1, C16), to, to2]), 2)
        }
        Shape::CopyJump => {
            let to = Operand { classes: Classes::SP, ..dst(t0) };
            (Operands::of([src_imm(t0, A), to, plain(Role::Target, W3)]), 4)
        }
        Shape::Copy2Jump => {
            let to = Operand { classes: Classes::SP, ..dst(t0) };
            let to2 = Operand { field: B16, ..to };
            (Operands::of([src_imm(t0, A), src_imm(t1, C16), to, to2, plain(Role::Target, W3)]), 4)
        }
        Shape::LoadStore => {
            let to = Operand { classes: Classes::SP, ..src(t0, D) };
            (Operands::of([to, num(Name::Offset, B16), src(t1, A), num(Name::Offset, C16)]), 2)
        }
        Shape::AddTo => {
            let b = Operand { classes: Classes::SPI, ..src(t1, B16) };
            (Operands::of([src(t0, A), b, num(Name::Offset, C16)]), 2)
        }
        Shape::LoadMulAdd => {
            let (b, c) = (src_slot(t1, B16), src_slot(t2, C16));
            (Operands::of([src(t0, A), b, c, num(Name::Sum, W2Lo), num(Name::Offset, W2Hi), dst(out)]), 3)
        }
        Shape::CopyLoad => {
            let a = Operand { classes: Classes::SP, ..src(t0, A) };
            let to = Operand { classes: Classes::SLOT, field: C16, ..dst(t0) };
            (Operands::of([a, num(Name::Offset, B16), to, dst(out)]), 2)
        }
        Shape::SelectBits => {
            let b = Operand { classes: Classes::SI, ..src(t1, B16) };
            let c = Operand { classes: Classes::SI, ..src(t2, C16) };
            (Operands::of([src(t0, A), b, c, num(Name::Constant, W2), dst(out)]), 3)
        }
        Shape::VLoadBin => {
            let (sum, offset) = (num(Name::Sum, W2Lo), num(Name::Offset, W2Hi));
            (Operands::of([src(t0, A), src_slot(t1, B16), sum, offset, dst(out)]), 3)
        }
        Shape::VLoadX1Bin => {
            let (b, c) = (src_slot(t1, B16), src_slot(t2, C16));
            (Operands::of([src(t0, A), b, c, num(Name::Offset, W2Hi), dst(out)]), 3)
        }
        Shape::VLoadPair => {
            let c = Operand { classes: Classes::SP, ..src(t2, C16) };
            let (sum, offset) = (num(Name::Sum, W2Lo), num(Name::Offset, W2Hi));
            (Operands::of([src(t0, A), src_slot(t1, B16), c, sum, offset, dst(out)]), 3)
        }
        Shape::VBinStore => {
            (Operands::of([src(t0, D), src(t1, A), src(t2, B16), num(Name::Offset, W2Hi)]), 3)
        }
        Shape::VBitmaskBrEqz | Shape::VBitmaskBrNez => (Operands::of([src(t0, A), dst(out), target(W2)]), 3),
        Shape::VBrAddCmp | Shape::VBrNotAddCmp => {
            (Operands::of([src_slot(t0, A), src_slot(t1, B16), src_slot(t2, C16), dst(out), target(W2)]), 3)
        }
        Shape::VBin => {
            let classes = vectors(family, Classes::SAP);
            (
                Operands::of([
                    Operand { classes, ..src(t0, A) },
                    Operand { classes, ..src(t1, B) },
                    dst(out),
                ]),
                2,
            )
        }
        Shape::VDot | Shape::VPattern | Shape::VXorRotlBy => {
            (Operands::of([src(t0, A), src(t1, B), dst(out)]), 2)
        }
        Shape::VBrTest | Shape::VBrNotTest => (Operands::of([src(t0, A), target(W2)]), 3),
        Shape::VBrCmp | Shape::VBrNotCmp => (Operands::of([src(t0, A), src(t1, B), dst(t0), target(W2)]), 3),
        Shape::VShift | Shape::VRotl => (Operands::of([src(t0, A), src_imm(t1, B), dst(out)]), 2),
        Shape::VXorRotl => (Operands::of([src(t0, A), src(t1, B16), num(Name::Count, C16), dst(out)]), 2),
        Shape::VExtract => (Operands::of([src(t0, A), num(Name::Lane, C16), dst(out)]), 2),
        Shape::VReplace => (Operands::of([src(t0, A), src(t1, B16), num(Name::Lane, C16), dst(out)]), 2),
        Shape::VShuffle | Shape::VXorPermute => (
            Operands::of([src(t0, A), src(t1, B), num(Name::Lanes, W2), num(Name::LanesHigh, W3), dst(out)]),
            4,
        ),
        Shape::VPermute => {
            (Operands::of([src(t0, A), num(Name::Lanes, W2), num(Name::LanesHigh, W3), dst(out)]), 4)
        }
        Shape::StructGet => (Operands::of([src(t0, A), num(Name::Offset, B), dst(out)]), 2),
        Shape::StructSet => (Operands::of([src(t0, A), src_int_imm(t1, D), num(Name::Offset, B)]), 2),
        Shape::StructSetAcc => {
            let value = Operand { classes: Classes::NONE, ..src(t1, D) };
            (Operands::of([src(t0, A), value, num(Name::Offset, B)]), 2)
        }
        Shape::ArrayGet => (Operands::of([src(t0, A), src(t1, B), dst(out)]), 2),
        Shape::ArraySet => (Operands::of([src(t0, A), src(t1, B), src(t2, D)]), 2),
        Shape::ArraySetAcc => {
            let value = Operand { classes: Classes::NONE, ..src(t2, D) };
            (Operands::of([src(t0, A), src(t1, B), value]), 2)
        }
        Shape::ArrayLen => (Operands::of([src(t0, A), dst(out)]), 2),
        Shape::RefTest | Shape::RefCast => {
            if names_type(family) {
                (Operands::of([src(t0, A), num(Name::Null, B), num(Name::Type, W2), dst(out)]), 3)
            } else {
                (Operands::of([src(t0, A), num(Name::Null, B), dst(out)]), 2)
            }
        }
        Shape::BrOnCast | Shape::BrOnCastFail => {
            let target = plain(Role::Target, W2);
            if names_type(family) {
                (Operands::of([src(t0, A), num(Name::Null, B), num(Name::Type, W3), target]), 4)
            } else {
                (Operands::of([src(t0, A), num(Name::Null, B), target]), 3)
            }
        }
        Shape::New | Shape::ArrayBulk => object(family),
        Shape::AtomicAdd
        | Shape::AtomicSub
        | Shape::AtomicAnd
        | Shape::AtomicOr
        | Shape::AtomicXor
        | Shape::AtomicXchg => {
            let value = Operand { classes: Classes::SI, ..src(t1, C16) };
            (
                Operands::of([
                    src_slot(t0, A),
                    value,
                    num(Name::Memory, B16),
                    num(Name::Offset, W2),
                    dst(out),
                ]),
                3,
            )
        }
        Shape::AtomicCmpxchg => {
            let (expected, new) = (src_slot(t1, C16), src_slot(t2, W3));
            (
                Operands::of([
                    src_slot(t0, A),
                    expected,
                    new,
                    num(Name::Memory, B16),
                    num(Name::Offset, W2),
                    dst(out),
                ]),
                4,
            )
        }
        Shape::AtomicFence => (Operands::of([]), 2),
    }
}

/// The classes of vectors that are sources of `family`: `kept` if loops carry those from one iteration to the next.
const fn vectors(family: Family, kept: Classes) -> Classes {
    match family {
        Family::F32x4Add
        | Family::F32x4Sub
        | Family::F32x4Mul
        | Family::F64x2Add
        | Family::F64x2Sub
        | Family::F64x2Mul
        | Family::F32x4MulAdd
        | Family::F64x2MulAdd
        | Family::I16x8MulAdd
        | Family::I32x4MulAdd
        | Family::I32x4DotI16x8SAdd
        | Family::I8x16DotLowSAdd
        | Family::I8x16DotLowUAdd
        | Family::I8x16DotHighSAdd
        | Family::I8x16DotHighUAdd => kept,
        _ => Classes::SA,
    }
}

/// What is known of each family. A build without fusion looks at it when it is compiled, and does not contain it but
/// [packed](super::packed).
pub(super) static INFO: [FamilyInfo; FAMILIES] = {
    let mut info = [FamilyInfo {
        text: "",
        shape: Shape::Jump,
        operands: Operands::of([]),
        words: 0,
        float_imm: 0,
        first: 0,
    }; FAMILIES];
    let mut first = 0;
    let mut i = 0;
    while i < FAMILIES {
        let (text, shape, types, out) = ROWS[i];
        let (operands, words) = layout(Family::ALL[i], shape, types, out);
        let float_imm = match shape {
            Shape::FBin | Shape::FCmp | Shape::BrFCmp | Shape::BrNotFCmp => words,
            _ => 0,
        };
        info[i] = FamilyInfo { text, shape, operands, words, float_imm, first };
        first += operands.variants();
        i += 1;
    }
    info
};

/// Number of ops: variants of all families.
pub const OPS: usize = INFO[FAMILIES - 1].first as usize + INFO[FAMILIES - 1].operands.variants() as usize;

/// The columns of the table that are asked for most, close together.
#[derive(Clone, Copy)]
struct Row {
    first: u16,
    shape: Shape,
    out: Ty,
}

static HOT: [Row; FAMILIES] = {
    let mut rows = [Row { first: 0, shape: Shape::Jump, out: Ty::None }; FAMILIES];
    let mut i = 0;
    while i < FAMILIES {
        let (_, shape, _, out) = ROWS[i];
        rows[i].first = INFO[i].first;
        rows[i].shape = shape;
        rows[i].out = out;
        i += 1;
    }
    rows
};

/// The classes of each op's operands, two bits each.
#[cfg(feature = "fusion")]
static CLASSES: [u16; OPS] = {
    let mut table = [0; OPS];
    let mut i = 0;
    while i < FAMILIES {
        let info = &INFO[i];
        let mut variant = 0;
        while variant < info.operands.variants() {
            let classes = info.classes(variant);
            let mut bits = 0;
            let mut n = classes.len();
            while n > 0 {
                n -= 1;
                bits = bits << 2 | classes[n] as u16;
            }
            table[(info.first + variant) as usize] = bits;
            variant += 1;
        }
        i += 1;
    }
    table
};

/// Family of each op.
#[cfg(feature = "fusion")]
static OF: [Family; OPS] = {
    let mut of = [Family::I32Add; OPS];
    let mut i = 0;
    while i < FAMILIES {
        let mut op = INFO[i].first as usize;
        let end = op + INFO[i].operands.variants() as usize;
        while op < end {
            of[op] = Family::ALL[i];
            op += 1;
        }
        i += 1;
    }
    of
};

/// Words of each op, without the targets of a `br_table`.
#[cfg(feature = "fusion")]
static WORDS: [u8; OPS] = {
    let mut words = [0; OPS];
    let mut i = 0;
    while i < FAMILIES {
        let info = &INFO[i];
        let mut variant = 0;
        while variant < info.operands.variants() {
            let has_imm = info.float_imm != 0 && has_float_imm(&info.operands, variant);
            words[(info.first + variant) as usize] = info.words + has_imm as u8;
            variant += 1;
        }
        i += 1;
    }
    words
};

const fn has_float_imm(operands: &Operands, variant: u16) -> bool {
    let mut rest = variant;
    let mut i = operands.len as usize;
    while i > 0 {
        i -= 1;
        let Operand { role, classes, .. } = operands.all[i];
        if classes.len() > 1 {
            let class = classes.class(rest % classes.len(), matches!(role, Role::Dst));
            if matches!(class, Class::Imm) {
                return true;
            }
            rest /= classes.len();
        }
    }
    false
}

impl Family {
    /// What is known of it.
    #[cfg(feature = "fusion")]
    #[inline]
    pub const fn info(self) -> &'static FamilyInfo {
        &INFO[self as usize]
    }

    /// What is known of it. The text is missing: the table would be large.
    #[cfg(not(feature = "fusion"))]
    #[inline]
    pub const fn info(self) -> FamilyInfo {
        super::packed::info(self)
    }

    /// Number of its first variant.
    #[inline]
    pub const fn first(self) -> u16 {
        HOT[self as usize].first
    }

    /// Its shape.
    #[inline]
    pub const fn shape(self) -> Shape {
        HOT[self as usize].shape
    }

    /// The type of its result, or [`Ty::None`].
    #[inline]
    pub const fn out(self) -> Ty {
        HOT[self as usize].out
    }

    /// How many variants it has.
    pub const fn variants(self) -> u16 {
        self.info().operands.variants()
    }

    /// The class of operand `i` in variant `variant`; [`Class::Slot`] where it has no choice.
    pub const fn class(self, variant: u16, i: usize) -> Class {
        let operands = &self.info().operands;
        let mut rest = variant;
        let mut at = operands.len as usize;
        while at > 0 {
            at -= 1;
            let Operand { role, classes, .. } = operands.all[at];
            let n = classes.len();
            let digit = if n > 1 { rest % n } else { 0 };
            if at == i {
                return if n > 1 { classes.class(digit, matches!(role, Role::Dst)) } else { Class::Slot };
            }
            if n > 1 {
                rest /= n;
            }
        }
        Class::Slot
    }

    /// The field of operand `i`.
    pub const fn field(self, i: usize) -> Field {
        self.info().operands.all[i].field
    }

    /// Whether operand `i` may be the kept vector.
    pub const fn takes_kept(self, i: usize) -> bool {
        let Operand { ty, classes, .. } = self.info().operands.all[i];
        matches!(ty, Ty::V128) && classes.has(Class::Pin)
    }

    /// Whether its destination may be the accumulator.
    pub const fn has_dst(self) -> bool {
        !matches!(self.out(), Ty::None)
            && !matches!(self.shape(), Shape::Outline | Shape::Wide4 | Shape::Wide2)
    }

    /// Where the record of a return is that it itself says.
    pub const fn own_record(self) -> Option<u16> {
        Some(match self {
            Self::Return0 => 0,
            Self::Return1 | Self::Return1I32 | Self::Return1I64 | Self::Return1F64 => 1,
            Self::Return2 | Self::Return2I32 | Self::Return2I64 | Self::Return2F64 => 2,
            Self::Return3 | Self::Return3I32 | Self::Return3I64 | Self::Return3F64 => 3,
            _ => return None,
        })
    }

    /// How many operands it has.
    pub const fn operands(self) -> usize {
        self.info().operands.len as usize
    }

    /// The word of a float constant, 0 when no operand may be one: see [`FamilyInfo::float_imm`].
    pub const fn float_imm(self) -> u8 {
        self.info().float_imm
    }

    /// Words of variant `variant`, without the targets of a `br_table`.
    pub const fn words(self, variant: u16) -> usize {
        let info = self.info();
        info.words as usize + (info.float_imm != 0 && has_float_imm(&info.operands, variant)) as usize
    }

    /// The op whose operands have these classes: one for each operand that may have several, in order.
    ///
    /// # Panics
    /// When a class is not one the operand may have, or their number is wrong.
    pub fn op(self, classes: &[Class]) -> Op {
        let mut given = classes.iter();
        let mut variant = 0;
        for operand in self.info().operands.as_slice() {
            if operand.classes.len() > 1 {
                let class = *given.next().expect("a class for each operand that may have several");
                assert!(operand.classes.has(class), "{self:?} takes no {class:?} operand there");
                variant =
                    variant * operand.classes.len() + operand.classes.digit(class, operand.role == Role::Dst);
            }
        }
        assert!(given.next().is_none(), "{self:?} has fewer operands that may have several classes");
        Op(self.first() + variant)
    }
}

impl FamilyInfo {
    /// The class of each operand in variant `variant`; [`Class::Slot`] for those that have no choice.
    const fn classes(&self, variant: u16) -> [Class; 6] {
        let mut classes = [Class::Slot; 6];
        let mut rest = variant;
        let mut i = self.operands.len as usize;
        while i > 0 {
            i -= 1;
            let Operand { role, classes: choice, .. } = self.operands.all[i];
            let n = choice.len();
            if n > 1 {
                classes[i] = choice.class(rest % n, matches!(role, Role::Dst));
                rest /= n;
            }
        }
        classes
    }
}

/// The number of an op: a family and a class for each of its operands.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Op(pub(crate) u16);

impl Op {
    /// The op with this number, if there is one.
    #[inline]
    pub fn new(number: u64) -> Option<Self> {
        if number < OPS as u64 { Some(Self(number as u16)) } else { None }
    }

    /// Its number, below [`OPS`].
    #[inline]
    pub const fn number(self) -> usize {
        self.0 as usize
    }

    /// What it computes.
    #[inline]
    pub fn family(self) -> Family {
        #[cfg(feature = "fusion")]
        return OF[self.number()];
        #[cfg(not(feature = "fusion"))]
        Family::ALL[HOT.partition_point(|row| row.first <= self.0) - 1]
    }

    /// Which of its family's variants it is.
    #[inline]
    pub fn variant(self) -> u16 {
        self.0 - self.family().first()
    }

    /// Its length in words, without the targets of a `br_table`, whose number is in its field
    /// [`B`](Field::B).
    #[inline]
    pub fn words(self) -> usize {
        #[cfg(feature = "fusion")]
        return usize::from(WORDS[self.number()]);
        #[cfg(not(feature = "fusion"))]
        self.family().words(self.variant())
    }

    /// The class of each of its operands.
    #[inline(always)]
    pub fn classes(self) -> [Class; 6] {
        #[cfg(feature = "fusion")]
        {
            const ALL: [Class; 4] = [Class::Slot, Class::Acc, Class::Pin, Class::Imm];
            let bits = CLASSES[self.number()];
            let class = |i: u32| ALL[usize::from(bits >> (2 * i) & 3)];
            [class(0), class(1), class(2), class(3), class(4), class(5)]
        }
        #[cfg(not(feature = "fusion"))]
        self.family().info().classes(self.variant())
    }
}

impl fmt::Debug for Op {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let family = self.family();
        let n = family.info().operands.as_slice().len();
        write!(f, "{family:?}{:?}", &self.classes()[..n])
    }
}

#[cfg(test)]
mod tests;

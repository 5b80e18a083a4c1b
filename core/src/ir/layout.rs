//! Operands that depend on what an op is, and not on its shape alone: of objects, and of what the executor calls out for.

use super::family::Family;
use super::operand::{Classes, Field, Name, Operand, Operands, Ty, dst, num, src_slot};

/// Whether a test of types has the type as an operand.
pub(super) const fn names_type(family: Family) -> bool {
    matches!(
        family,
        Family::RefTestType
            | Family::RefTestFunc
            | Family::RefCastType
            | Family::RefCastFunc
            | Family::BrOnCastType
            | Family::BrOnCastFunc
            | Family::BrOnCastFailType
            | Family::BrOnCastFailFunc
    )
}

/// Operands of the ops that make objects or work on several elements: adjacent cells, the type, and an index.
pub(super) const fn object(family: Family) -> (Operands, u8) {
    use Field::{A, B, W2Hi, W2Lo};
    let (first, cells, ty) = (num(Name::First, A), num(Name::Cells, B), num(Name::Type, W2Hi));
    let operands = match family {
        Family::ArrayNewFixed => Operands::of([first, cells, num(Name::Len, W2Lo), ty, dst(Ty::I64)]),
        Family::ArrayNewData => Operands::of([first, cells, num(Name::Data, W2Lo), ty, dst(Ty::I64)]),
        Family::ArrayNewElem => Operands::of([first, cells, num(Name::Elem, W2Lo), ty, dst(Ty::I64)]),
        Family::ArrayInitData => Operands::of([first, cells, num(Name::Data, W2Lo), ty]),
        Family::ArrayInitElem => Operands::of([first, cells, num(Name::Elem, W2Lo), ty]),
        Family::ArrayFill | Family::ArrayCopy => Operands::of([first, cells, ty]),
        _ => Operands::of([first, cells, ty, dst(Ty::I64)]),
    };
    (operands, 3)
}

/// Operands of the ops for which the executor calls out: slots only, and up to two indices.
pub(super) const fn outline(family: Family) -> (Operands, u8) {
    use Field::{A, B16, C16, W2Hi, W2Lo, W3};
    const fn cell(field: Field) -> Operand {
        src_slot(Ty::I64, field)
    }
    const RESULT: Operand = Operand { classes: Classes::SLOT, ..dst(Ty::I64) };
    let operands = match family {
        Family::MemoryGrow | Family::MemoryGrowShared => {
            Operands::of([cell(A), num(Name::Memory, W2Lo), RESULT])
        }
        Family::MemoryFill | Family::MemoryFillShared => {
            Operands::of([cell(A), cell(B16), cell(C16), num(Name::Memory, W2Lo)])
        }
        Family::MemoryCopy | Family::MemoryCopyFilled | Family::MemoryCopyShared => {
            Operands::of([cell(A), cell(B16), cell(C16), num(Name::To, W2Lo), num(Name::From, W2Hi)])
        }
        Family::MemoryInit | Family::MemoryInitShared => {
            Operands::of([cell(A), cell(B16), cell(C16), num(Name::Memory, W2Lo), num(Name::Data, W2Hi)])
        }
        Family::DataDrop => Operands::of([num(Name::Data, W2Hi)]),
        // Value, then number of elements.
        Family::TableGrow => Operands::of([cell(A), cell(B16), num(Name::Table, W2Lo), RESULT]),
        Family::TableFill => Operands::of([cell(A), cell(B16), cell(C16), num(Name::Table, W2Lo)]),
        Family::TableCopy => {
            Operands::of([cell(A), cell(B16), cell(C16), num(Name::To, W2Lo), num(Name::From, W2Hi)])
        }
        Family::TableInit => {
            Operands::of([cell(A), cell(B16), cell(C16), num(Name::Table, W2Lo), num(Name::Elem, W2Hi)])
        }
        Family::MemoryAtomicNotify => {
            Operands::of([cell(A), cell(B16), num(Name::Memory, W2Lo), num(Name::Offset, W3), RESULT])
        }
        // What is expected, then the timeout.
        Family::MemoryAtomicWait32 | Family::MemoryAtomicWait64 => Operands::of([
            cell(A),
            cell(B16),
            cell(C16),
            num(Name::Memory, W2Lo),
            num(Name::Offset, W3),
            RESULT,
        ]),
        // Family::ElemDrop
        _ => Operands::of([num(Name::Elem, W2Hi)]),
    };
    let waits = matches!(
        family,
        Family::MemoryAtomicNotify | Family::MemoryAtomicWait32 | Family::MemoryAtomicWait64
    );
    (operands, if waits { 4 } else { 3 })
}

//! A short way through the instructions that are most of every body, with the cursor in a register and no errors.
//!
//! Whatever is not as usual ends it before the instruction in question, and [`Body::func`] judges that one in full:
//! all that is invalid, unreachable operands, subtypes, long immediates, and every instruction that is not in
//! [`PLANS`]. So the short way only ever accepts.

use super::func::Body;
use super::stack::Frame;
use super::ty::Ty;
use crate::features::Proposal;
use crate::instr::{self, Immediates, Instr, Shape};

/// What an instruction of one byte needs and does.
#[derive(Clone, Copy)]
struct Plan {
    kind: Kind,
    /// For an access to memory, the logarithm of its size.
    size: u8,
    /// Types of the operands; for a store, `b` is that of the value.
    a: Ty,
    b: Ty,
    /// Type of the result.
    result: Ty,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// It is not done here.
    Other,
    LocalGet,
    LocalSet,
    LocalTee,
    I32Const,
    Unary,
    Binary,
    Load,
    Store,
    BrIf,
}

/// By the byte of the instruction.
static PLANS: [Plan; 256] = {
    let other = Plan { kind: Kind::Other, size: 0, a: Ty::UNKNOWN, b: Ty::UNKNOWN, result: Ty::UNKNOWN };
    let mut plans = [other; 256];
    let mut byte = 0;
    while byte < plans.len() {
        if let Some(instr) = instr::ONE_BYTE[byte] {
            plans[byte] = plan(instr, other);
        }
        byte += 1;
    }
    plans
};

const fn plan(instr: Instr, other: Plan) -> Plan {
    let row = instr.row();
    if !matches!(row.proposal, Proposal::Core) {
        return other;
    }
    let size = match row.immediates {
        Immediates::MemArg(size) => size,
        _ => 0,
    };
    match (instr, row.shape, &row.signature) {
        (Instr::LocalGet, ..) => Plan { kind: Kind::LocalGet, ..other },
        (Instr::LocalSet, ..) => Plan { kind: Kind::LocalSet, ..other },
        (Instr::LocalTee, ..) => Plan { kind: Kind::LocalTee, ..other },
        (Instr::BrIf, ..) => Plan { kind: Kind::BrIf, ..other },
        (_, Shape::I32Const, _) => Plan { kind: Kind::I32Const, result: Ty::I32, ..other },
        (_, Shape::Unary, Some(signature)) => {
            let (a, result) = signature.unary();
            Plan { kind: Kind::Unary, a: Ty::from_numeric(a), result: Ty::from_numeric(result), ..other }
        }
        (_, Shape::Binary, Some(signature)) => {
            let (a, b, result) = signature.binary();
            let (a, b) = (Ty::from_numeric(a), Ty::from_numeric(b));
            Plan { kind: Kind::Binary, a, b, result: Ty::from_numeric(result), ..other }
        }
        (_, Shape::Load, Some(signature)) => {
            Plan { kind: Kind::Load, size, a: Ty::I32, result: Ty::from_numeric(signature.unary().1), ..other }
        }
        (_, Shape::Store, Some(signature)) => {
            let value = Ty::from_numeric(signature.binary().1);
            Plan { kind: Kind::Store, size, a: Ty::I32, b: value, ..other }
        }
        _ => other,
    }
}

impl Body<'_, '_> {
    /// Validates instructions as long as they are as usual.
    pub(super) fn quick(&mut self) {
        let module = self.module;
        let is_memory_usual = module.memories.first().is_some_and(|memory| !memory.limits.is64);
        let height = self.stacks.height;
        let (operands, frames) = (&mut self.stacks.operands, &self.stacks.frames);
        let mut cursor = self.reader.cursor();
        loop {
            let mut next = cursor;
            let Some(byte) = next.byte() else { break };
            let plan = &PLANS[usize::from(byte)];
            // The top two, if they belong to the innermost block.
            let len = operands.len();
            let has = |at: usize, ty: Ty| at >= height && operands.get(at).is_some_and(|&found| found == ty);
            let is_usual = match plan.kind {
                Kind::Other => false,
                Kind::LocalGet => match next.u32().and_then(|index| self.locals.read_usual(index)) {
                    Some(ty) => {
                        operands.push(ty);
                        true
                    }
                    None => false,
                },
                Kind::LocalSet | Kind::LocalTee => {
                    let top = len.wrapping_sub(1);
                    let is_usual = next
                        .u32()
                        .is_some_and(|index| self.locals.write_usual(index, |ty| top < len && has(top, ty)));
                    if is_usual && plan.kind == Kind::LocalSet {
                        operands.truncate(top);
                    }
                    is_usual
                }
                Kind::I32Const => {
                    operands.push(Ty::I32);
                    let is_short = next.skip_short();
                    if !is_short {
                        operands.truncate(len);
                    }
                    is_short
                }
                Kind::Unary => replace(operands, height, plan),
                Kind::Load => {
                    is_memory_usual && next.mem_arg(plan.size) && replace(operands, height, plan)
                }
                Kind::Binary => {
                    let is_usual = pops(operands, height, plan);
                    if is_usual {
                        operands.push(plan.result);
                    }
                    is_usual
                }
                Kind::Store => is_memory_usual && next.mem_arg(plan.size) && pops(operands, height, plan),
                Kind::BrIf => {
                    let frame = next.u32().and_then(|label| frames.len().checked_sub(label as usize + 1));
                    let takes_nothing =
                        |frame: &Frame| frame.label_types(module).is_empty();
                    let is_usual = len > height
                        && operands.last() == Some(&Ty::I32)
                        && frame.and_then(|at| frames.get(at)).is_some_and(takes_nothing);
                    if is_usual {
                        operands.truncate(len - 1);
                    }
                    is_usual
                }
            };
            if !is_usual {
                break;
            }
            cursor = next;
        }
        self.reader.go_to(&cursor);
    }
}

/// Replaces the top of `operands`, if it is above `height` and as `plan` wants it; says whether it is.
#[inline(always)]
fn replace(operands: &mut [Ty], height: usize, plan: &Plan) -> bool {
    let len = operands.len();
    match operands.last_mut() {
        Some(top) if len > height && *top == plan.a => {
            *top = plan.result;
            true
        }
        _ => false,
    }
}

/// Takes the top two of `operands`, if they are above `height` and as `plan` wants them; says whether they are.
#[inline(always)]
fn pops(operands: &mut alloc::vec::Vec<Ty>, height: usize, plan: &Plan) -> bool {
    let Some(at) = operands.len().checked_sub(2).filter(|&at| at >= height) else { return false };
    let is_usual = operands[at] == plan.a && operands[at + 1] == plan.b;
    if is_usual {
        operands.truncate(at);
    }
    is_usual
}

//! A short way through the instructions that are most of every body, with the cursor in a register and no errors.
//!
//! Whatever is not as usual ends it before the instruction in question, and [`Body::func`] judges that one in full:
//! all that is invalid, unreachable operands, subtypes, long immediates, and every instruction that is not in
//! [`PLANS`]. So the short way only ever accepts.

use super::func::Body;
use super::stack::{Frame, FrameKind};
use super::ty::Ty;
use crate::features::Proposal;
use crate::instr::{self, Immediates, Instr, Shape};
use crate::module::BlockType;
use alloc::vec::Vec;

const LOCAL_GET: u8 = Instr::LocalGet.opcode()[0] as u8;

/// The block type without parameters and results.
const NO_TYPE: u8 = 0x40;

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
    Block,
    Loop,
    If,
    Else,
    End,
    Br,
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
    if !matches!(row.proposal, Proposal::Core) || !cfg!(feature = "floats") && instr.is_float() {
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
        (Instr::Block, ..) => Plan { kind: Kind::Block, ..other },
        (Instr::Loop, ..) => Plan { kind: Kind::Loop, ..other },
        (Instr::If, ..) => Plan { kind: Kind::If, a: Ty::I32, ..other },
        (Instr::Else, ..) => Plan { kind: Kind::Else, ..other },
        (Instr::End, ..) => Plan { kind: Kind::End, ..other },
        (Instr::Br, ..) => Plan { kind: Kind::Br, ..other },
        (Instr::BrIf, ..) => Plan { kind: Kind::BrIf, a: Ty::I32, ..other },
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
        (_, Shape::Load, Some(signature)) => Plan {
            kind: Kind::Load,
            size,
            a: Ty::I32,
            result: Ty::from_numeric(signature.unary().1),
            ..other
        },
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
        let mut height = self.stacks.height;
        let (operands, frames) = (&mut self.stacks.operands, &mut self.stacks.frames);
        // Whether a label is that of a block, and takes nothing.
        let takes_nothing = |frames: &[Frame], label: u32| {
            let at = frames.len().checked_sub(label as usize + 1);
            at.is_some_and(|at| frames[at].label_types(module).is_empty())
        };
        let mut cursor = self.reader.cursor();
        loop {
            let mut next = cursor;
            let Some(byte) = next.byte() else { break };
            // More than a quarter of all instructions.
            if byte == LOCAL_GET {
                let Some(ty) = next.u32().and_then(|index| self.locals.read_usual(index)) else { break };
                operands.push(ty);
                cursor = next;
                continue;
            }
            let plan = &PLANS[usize::from(byte)];
            let len = operands.len();
            let is_usual = match plan.kind {
                Kind::Other => false,
                // Making room is not usual.
                Kind::LocalGet => {
                    let has_room = len < operands.capacity();
                    match next.u32().filter(|_| has_room).and_then(|index| self.locals.read_usual(index)) {
                        Some(ty) => {
                            operands.push(ty);
                            true
                        }
                        None => false,
                    }
                }
                Kind::LocalSet | Kind::LocalTee => {
                    let top = operands.last().filter(|_| len > height);
                    let is_usual =
                        next.u32().is_some_and(|index| self.locals.write_usual(index, |ty| top == Some(&ty)));
                    if is_usual && plan.kind == Kind::LocalSet {
                        operands.truncate(len - 1);
                    }
                    is_usual
                }
                Kind::I32Const => {
                    let is_usual = len < operands.capacity() && next.skip_short();
                    if is_usual {
                        operands.push(Ty::I32);
                    }
                    is_usual
                }
                Kind::Unary => replace(operands, height, plan),
                Kind::Load => is_memory_usual && next.mem_arg(plan.size) && replace(operands, height, plan),
                Kind::Binary => reduce(operands, height, plan),
                Kind::Store => is_memory_usual && next.mem_arg(plan.size) && pops(operands, height, plan),
                Kind::Block | Kind::Loop | Kind::If => {
                    let kind = match plan.kind {
                        Kind::Block => FrameKind::Block,
                        Kind::Loop => FrameKind::Loop,
                        _ => FrameKind::If,
                    };
                    let is_usual = frames.len() < frames.capacity()
                        && next.byte() == Some(NO_TYPE)
                        && (kind != FrameKind::If || pop(operands, height, plan));
                    if is_usual {
                        height = operands.len();
                        let locals = self.locals.mark();
                        let block = BlockType::Empty;
                        frames.push(Frame { kind, unreachable: false, block, height, locals, br_table: 0 });
                        if kind == FrameKind::Loop {
                            self.locals.enter_loop();
                        }
                    }
                    is_usual
                }
                Kind::Else => match frames.last_mut() {
                    Some(frame) if frame.kind == FrameKind::If && ends_empty(frame, len) => {
                        self.locals.unset_since(frame.locals);
                        (frame.kind, frame.unreachable) = (FrameKind::Else, false);
                        true
                    }
                    _ => false,
                },
                Kind::End => match frames.as_slice() {
                    [.., outer, frame] if ends_empty(frame, len) => {
                        self.locals.leave(frame.locals, frame.kind == FrameKind::Loop);
                        height = outer.height;
                        frames.pop();
                        true
                    }
                    _ => false,
                },
                Kind::Br => {
                    let is_usual = next.u32().is_some_and(|label| takes_nothing(frames, label));
                    if is_usual && let Some(frame) = frames.last_mut() {
                        operands.truncate(height);
                        frame.unreachable = true;
                    }
                    is_usual
                }
                Kind::BrIf => {
                    next.u32().is_some_and(|label| takes_nothing(frames, label))
                        && pop(operands, height, plan)
                }
            };
            if !is_usual {
                break;
            }
            cursor = next;
        }
        self.stacks.height = height;
        self.reader.go_to(&cursor);
    }
}

/// Whether `frame`, with `len` operands on the stack, can end as a block of one of the simple kinds without results.
#[inline(always)]
fn ends_empty(frame: &Frame, len: usize) -> bool {
    let is_simple =
        matches!(frame.kind, FrameKind::Block | FrameKind::Loop | FrameKind::If | FrameKind::Else);
    is_simple && matches!(frame.block, BlockType::Empty) && len == frame.height
}

/// Takes the top of `operands`, if it is above `height` and as `plan` wants it; says whether it is.
#[inline(always)]
fn pop(operands: &mut Vec<Ty>, height: usize, plan: &Plan) -> bool {
    let len = operands.len();
    let is_usual = len > height && operands.last() == Some(&plan.a);
    if is_usual {
        operands.truncate(len - 1);
    }
    is_usual
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

/// Replaces the top two of `operands`, if they are above `height` and as `plan` wants them; says whether they are.
#[inline(always)]
fn reduce(operands: &mut Vec<Ty>, height: usize, plan: &Plan) -> bool {
    let len = operands.len();
    let [.., a, b] = operands.as_mut_slice() else { return false };
    let is_usual = len - 2 >= height && *a == plan.a && *b == plan.b;
    if is_usual {
        *a = plan.result;
        operands.truncate(len - 1);
    }
    is_usual
}

/// Takes the top two of `operands`, if they are above `height` and as `plan` wants them; says whether they are.
#[inline(always)]
fn pops(operands: &mut Vec<Ty>, height: usize, plan: &Plan) -> bool {
    let len = operands.len();
    let &mut [.., a, b] = operands.as_mut_slice() else { return false };
    let is_usual = len - 2 >= height && a == plan.a && b == plan.b;
    if is_usual {
        operands.truncate(len - 2);
    }
    is_usual
}

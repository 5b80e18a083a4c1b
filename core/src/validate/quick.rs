//! A short way through the instructions that are most of every body, with the cursor and the topmost operands in registers
//! and no errors.
//!
//! Whatever is not as usual ends it before the instruction in question, and [`Body::func`] judges that one in full:
//! all that is invalid, unreachable operands, subtypes, long immediates, and every instruction that is not in
//! [`PLANS`]. So the short way only ever accepts.
//!
//! Invariant: where it ends, and where a block begins, all operands are in the vector; in between the topmost are
//! [`Packed`].

use super::func::Body;
use super::locals::Locals;
use super::packed::{self, Packed, bits};
use super::stack::{Frame, FrameKind};
use super::ty::Ty;
use crate::features::Proposal;
use crate::instr::{self, Immediates, Instr, Shape};
use crate::module::{BlockType, Cursor, Module};
use crate::types::ValType;
use alloc::vec::Vec;

const LOCAL_GET: u8 = Instr::LocalGet.opcode()[0] as u8;

/// What an instruction of one byte needs and does.
#[derive(Clone, Copy)]
#[repr(align(8))]
struct Plan {
    kind: Kind,
    /// For an access to memory, the logarithm of its size; for a constant of a fixed size, that.
    size: u8,
    /// The operands it takes, the bits of which are packed, and which of those are to be looked at.
    operands: u8,
    mask: u8,
    /// How many bits of those there are.
    popped: u8,
    /// How many the result has, and what it is.
    pushed: u8,
    result: u8,
}

const _: () = assert!(size_of::<Plan>() == 8);

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// It is not done here.
    Other,
    /// The plan says all.
    Plain,
    Access,
    Const,
    Long,
    Float,
    LocalGet,
    LocalSet,
    LocalTee,
    GlobalGet,
    GlobalSet,
    Drop,
    Select,
    Block,
    Loop,
    If,
    Else,
    End,
    Br,
    BrIf,
    Return,
    Unreachable,
    Call,
}

/// By the byte of the instruction.
static PLANS: [Plan; 256] = {
    let mut plans = [kind(Kind::Other); 256];
    let mut byte = 0;
    while byte < plans.len() {
        if let Some(instr) = instr::ONE_BYTE[byte] {
            plans[byte] = plan(instr);
        }
        byte += 1;
    }
    plans
};

const fn kind(kind: Kind) -> Plan {
    Plan { kind, size: 0, operands: 0, mask: 0, popped: 0, pushed: 0, result: 0 }
}

/// One that takes `operands`, of which the last is the top, and gives `result`.
const fn effect(kind: Kind, size: u8, operands: &[Ty], result: Option<Ty>) -> Plan {
    let (mut packed, mut popped) = (0, 0);
    let mut i = 0;
    while i < operands.len() {
        packed = packed << 4 | bits(operands[i]);
        popped += 4;
        i += 1;
    }
    let mask = ((1 << popped) - 1) as u8;
    let (pushed, result) = match result {
        Some(ty) => (4, bits(ty)),
        None => (0, 0),
    };
    Plan { kind, size, operands: packed, mask, popped, pushed, result }
}

const fn plan(instr: Instr) -> Plan {
    let row = instr.row();
    if !matches!(row.proposal, Proposal::Core) || !cfg!(feature = "floats") && instr.is_float() {
        return kind(Kind::Other);
    }
    let size = match row.immediates {
        Immediates::MemArg(size) => size,
        Immediates::F32 => 4,
        Immediates::F64 => 8,
        _ => 0,
    };
    let special = match instr {
        Instr::LocalGet => Kind::LocalGet,
        Instr::LocalSet => Kind::LocalSet,
        Instr::LocalTee => Kind::LocalTee,
        Instr::GlobalGet => Kind::GlobalGet,
        Instr::GlobalSet => Kind::GlobalSet,
        Instr::Drop => Kind::Drop,
        Instr::Select => Kind::Select,
        Instr::Block => Kind::Block,
        Instr::Loop => Kind::Loop,
        Instr::If => Kind::If,
        Instr::Else => Kind::Else,
        Instr::End => Kind::End,
        Instr::Br => Kind::Br,
        Instr::BrIf => Kind::BrIf,
        Instr::Return => Kind::Return,
        Instr::Unreachable => Kind::Unreachable,
        Instr::Call => Kind::Call,
        _ => return plain(row.shape, row.immediates, &row.signature, size),
    };
    kind(special)
}

/// The plan of an instruction with this row, if its stack effect is simple.
const fn plain(shape: Shape, immediates: Immediates, signature: &Option<instr::Signature>, size: u8) -> Plan {
    let Some(signature) = signature else { return kind(Kind::Other) };
    match (shape, immediates) {
        (Shape::Unary, _) => {
            let (a, result) = signature.unary();
            effect(Kind::Plain, 0, &[Ty::from_numeric(a)], Some(Ty::from_numeric(result)))
        }
        (Shape::Binary, _) => {
            let (a, b, result) = signature.binary();
            let operands = [Ty::from_numeric(a), Ty::from_numeric(b)];
            effect(Kind::Plain, 0, &operands, Some(Ty::from_numeric(result)))
        }
        (Shape::Load, _) => {
            effect(Kind::Access, size, &[Ty::I32], Some(Ty::from_numeric(signature.unary().1)))
        }
        (Shape::Store, _) => {
            effect(Kind::Access, size, &[Ty::I32, Ty::from_numeric(signature.binary().1)], None)
        }
        (Shape::I32Const, _) => effect(Kind::Const, 0, &[], Some(Ty::I32)),
        (_, Immediates::I64) => effect(Kind::Long, 0, &[], Some(Ty::I64)),
        (_, Immediates::F32) => effect(Kind::Float, size, &[], Some(Ty::from_val(ValType::F32))),
        (_, Immediates::F64) => effect(Kind::Float, size, &[], Some(Ty::from_val(ValType::F64))),
        _ => kind(Kind::Other),
    }
}

/// What the short way works on.
struct Quick<'q, 'm> {
    module: &'m Module,
    locals: &'q mut Locals,
    operands: &'q mut Vec<Ty>,
    frames: &'q mut Vec<Frame>,
    /// Height of the innermost frame.
    height: usize,
}

/// What became of an instruction.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Step {
    Done,
    /// It is as usual if its operands are.
    Operands,
    /// It is not as usual, unless operands are taken from the vector.
    Short,
    Unusual,
}

impl Body<'_, '_> {
    /// Validates instructions as long as they are as usual.
    pub(super) fn quick(&mut self) {
        let mut quick = Quick {
            module: self.module,
            locals: self.locals,
            operands: &mut self.stacks.operands,
            frames: &mut self.stacks.frames,
            height: self.stacks.height,
        };
        let end = quick.run(self.reader.cursor());
        self.stacks.height = quick.height;
        self.reader.go_to(&end);
    }
}

impl Quick<'_, '_> {
    /// Goes on from `cursor`, and returns where it ends.
    #[inline(always)]
    fn run<'a>(&mut self, mut cursor: Cursor<'a>) -> Cursor<'a> {
        if !packed::make_room(self.operands) {
            return cursor;
        }
        let is_memory_usual = self.module.memories.first().is_some_and(|memory| !memory.limits.is64);
        let mut packed = Packed::default();
        loop {
            let mut next = cursor;
            let Some(byte) = next.byte() else { break };
            // More than a quarter of all instructions.
            if byte == LOCAL_GET {
                let Some(index) = next.u32() else { break };
                if packed.is_full() && !packed.flush(self.operands) {
                    break;
                }
                let ty = self.locals.read_number(index);
                packed.push(ty);
                // A reference goes to the vector.
                if ty == 0 && !self.push_reference(index, &mut packed) {
                    break;
                }
                cursor = next;
                continue;
            }
            let plan = &PLANS[usize::from(byte)];
            let is_usual = match plan.kind {
                Kind::Plain => true,
                Kind::Access => is_memory_usual && next.mem_arg(plan.size),
                Kind::Const => next.skip_short() && (!packed.is_full() || packed.flush(self.operands)),
                Kind::Other => false,
                kind => match self.special(kind, plan, &mut next, &mut packed) {
                    Step::Done => {
                        cursor = next;
                        continue;
                    }
                    Step::Operands => true,
                    Step::Short if packed.refill(self.operands, self.height) => continue,
                    _ => false,
                },
            };
            if is_usual && packed.ends_with(plan.operands, plan.mask) {
                packed.replace(plan.popped, plan.pushed, plan.result);
                cursor = next;
            } else if !is_usual || !packed.refill(self.operands, self.height) {
                break;
            }
        }
        packed.flush(self.operands);
        cursor
    }

    /// Pushes local `index`, which is no number, in the place of nothing. Says whether it did.
    #[inline(always)]
    fn push_reference(&mut self, index: u32, packed: &mut Packed) -> bool {
        packed.pop(1);
        if !packed.flush(self.operands) {
            return false;
        }
        match self.locals.read_usual(index) {
            Some(ty) => {
                self.operands.push(ty);
                true
            }
            None => false,
        }
    }

    /// Validates an instruction of a kind that has its own rules; the immediates begin at `next`.
    #[inline(always)]
    fn special(&mut self, kind: Kind, plan: &Plan, next: &mut Cursor<'_>, packed: &mut Packed) -> Step {
        match kind {
            Kind::LocalSet | Kind::LocalTee => {
                let top = packed.get(0);
                let Some(index) = next.u32() else { return Step::Unusual };
                if !self.locals.write_number(index, top) {
                    return Step::Short;
                }
                packed.pop(u32::from(kind == Kind::LocalSet));
                Step::Done
            }
            Kind::Long => is_usual(next.skip_long() && self.has_place(packed)),
            Kind::Float => is_usual(next.skip(plan.size.into()) && self.has_place(packed)),
            Kind::Block | Kind::Loop | Kind::If => self.open(kind, next, packed),
            Kind::Else => self.r#else(packed),
            Kind::End => self.end(packed),
            Kind::BrIf => match next.u32().and_then(|label| self.label(label)) {
                Some(ty) => br_if(packed, ty),
                None => Step::Unusual,
            },
            Kind::Br => match next.u32().and_then(|label| self.label(label)) {
                Some(ty) => self.leave(packed, ty),
                None => Step::Unusual,
            },
            Kind::Return => match self.frames.first().and_then(|frame| label_of(frame, self.module)) {
                Some(ty) => self.leave(packed, ty),
                None => Step::Unusual,
            },
            Kind::Unreachable => self.leave(packed, 0),
            Kind::Call => {
                let Some(func) = next.u32() else { return Step::Unusual };
                let (step, after) = self.call(func, *packed);
                *packed = after;
                step
            }
            Kind::Drop if packed.is_empty() => Step::Short,
            Kind::Drop => {
                packed.pop(1);
                Step::Done
            }
            Kind::Select => select(packed),
            Kind::GlobalGet | Kind::GlobalSet => match next.u32() {
                Some(global) => self.global(kind, global, packed),
                None => Step::Unusual,
            },
            _ => Step::Unusual,
        }
    }

    /// Makes sure that there is a place for another one among what is packed; says whether there is.
    #[inline(always)]
    fn has_place(&mut self, packed: &mut Packed) -> bool {
        !packed.is_full() || packed.flush(self.operands)
    }

    #[inline(always)]
    fn open(&mut self, kind: Kind, next: &mut Cursor<'_>, packed: &mut Packed) -> Step {
        let Some(block) = next.byte().and_then(block_type) else { return Step::Unusual };
        if self.frames.len() == self.frames.capacity() {
            return Step::Unusual;
        }
        let mut kind_of_frame = FrameKind::Block;
        if kind == Kind::If {
            if !packed.ends_with(bits(Ty::I32), 15) {
                return Step::Short;
            }
            packed.pop(1);
            kind_of_frame = FrameKind::If;
        }
        if !packed.is_empty() && !packed.flush(self.operands) {
            if kind == Kind::If {
                self.operands.push(Ty::I32);
            }
            return Step::Unusual;
        }
        if kind == Kind::Loop {
            self.locals.enter_loop();
            kind_of_frame = FrameKind::Loop;
        }
        self.height = self.operands.len();
        self.frames.push(Frame {
            kind: kind_of_frame,
            unreachable: false,
            block,
            height: self.height,
            locals: self.locals.mark(),
            br_table: 0,
        });
        Step::Done
    }

    #[inline(always)]
    fn r#else(&mut self, packed: &mut Packed) -> Step {
        let len = self.operands.len();
        let Some(frame) = self.frames.last_mut().filter(|frame| frame.kind == FrameKind::If) else {
            return Step::Unusual;
        };
        if !ends(frame, len, *packed) {
            return Step::Unusual;
        }
        packed.clear();
        self.locals.unset_since(frame.locals);
        (frame.kind, frame.unreachable) = (FrameKind::Else, false);
        Step::Done
    }

    #[inline(always)]
    fn end(&mut self, packed: &mut Packed) -> Step {
        let [.., outer, frame] = self.frames.as_slice() else { return Step::Unusual };
        if !ends(frame, self.operands.len(), *packed) || frame.kind == FrameKind::If && !packed.is_empty() {
            return Step::Unusual;
        }
        self.locals.leave(frame.locals, frame.kind == FrameKind::Loop);
        self.height = outer.height;
        self.frames.pop();
        Step::Done
    }

    /// What `label` takes, see [`label_of`].
    #[inline(always)]
    fn label(&self, label: u32) -> Option<u8> {
        let at = self.frames.len().checked_sub(label as usize + 1)?;
        label_of(&self.frames[at], self.module)
    }

    /// Leaves the block with a value of type `ty`, or without one where that is zero.
    #[inline(always)]
    fn leave(&mut self, packed: &mut Packed, ty: u8) -> Step {
        if ty != 0 && packed.get(0) != ty {
            return Step::Short;
        }
        let Some(frame) = self.frames.last_mut() else { return Step::Unusual };
        frame.unreachable = true;
        packed.clear();
        self.operands.truncate(self.height);
        Step::Done
    }

    #[inline(never)]
    fn call(&self, func: u32, packed: Packed) -> (Step, Packed) {
        let module = self.module;
        let Some(&ty) = module.funcs.get(func as usize) else { return (Step::Unusual, packed) };
        let ty = module.func_type_at(ty);
        let mut after = packed;
        for &param in ty.params().iter().rev() {
            let param = Ty::from_val(param);
            if u32::from(after.get(0)) != param.word() {
                // What is missing may be in the vector, if there are few.
                return (if after.is_empty() { Step::Short } else { Step::Unusual }, packed);
            }
            after.pop(1);
        }
        match *ty.results() {
            [] => {}
            [result] if Ty::from_val(result).is_numeric() && !after.is_full() => {
                after.push(bits(Ty::from_val(result)));
            }
            _ => return (Step::Unusual, packed),
        }
        (Step::Done, after)
    }

    #[inline(always)]
    fn global(&mut self, kind: Kind, global: u32, packed: &mut Packed) -> Step {
        let Some(global) = self.module.globals.get(global as usize) else { return Step::Unusual };
        let ty = Ty::from_val(global.ty.content);
        if kind == Kind::GlobalGet {
            if !ty.is_numeric() || packed.is_full() {
                return Step::Unusual;
            }
            packed.push(bits(ty));
        } else {
            if !global.ty.mutable {
                return Step::Unusual;
            }
            if u32::from(packed.get(0)) != ty.word() {
                return Step::Short;
            }
            packed.pop(1);
        }
        Step::Done
    }
}

#[inline(always)]
fn is_usual(is_usual: bool) -> Step {
    if is_usual { Step::Operands } else { Step::Unusual }
}

/// The type of a block in one byte: nothing, or a number.
#[inline(always)]
fn block_type(byte: u8) -> Option<BlockType> {
    match byte {
        0x40 => Some(BlockType::Empty),
        0x7f => Some(BlockType::Value(ValType::I32)),
        0x7e => Some(BlockType::Value(ValType::I64)),
        0x7d if cfg!(feature = "floats") => Some(BlockType::Value(ValType::F32)),
        0x7c if cfg!(feature = "floats") => Some(BlockType::Value(ValType::F64)),
        _ => None,
    }
}

/// The bits of the only one of `types`, or zero if there is none; nothing if they are others.
#[inline(always)]
fn at_most_one(types: &[ValType]) -> Option<u8> {
    match *types {
        [] => Some(0),
        [ty] if Ty::from_val(ty).is_numeric() => Some(bits(Ty::from_val(ty))),
        _ => None,
    }
}

/// What a branch to the label of `frame` takes: nothing, which is zero, or a value whose type has these bits.
#[inline(always)]
fn label_of(frame: &Frame, module: &Module) -> Option<u8> {
    match frame.block {
        BlockType::Empty => Some(0),
        _ => at_most_one(frame.label_types(module)),
    }
}

/// Whether `frame`, with `len` operands in the vector and those that are packed, can end as one of the simple kinds, with at
/// most one result.
#[inline(always)]
fn ends(frame: &Frame, len: usize, packed: Packed) -> bool {
    let is_simple =
        matches!(frame.kind, FrameKind::Block | FrameKind::Loop | FrameKind::If | FrameKind::Else);
    let result = match frame.block {
        BlockType::Empty => 0,
        BlockType::Value(ty) => Ty::from_val(ty).word(),
        BlockType::Func(_) => return false,
    };
    is_simple && packed.is_only(result) && len == frame.height
}

#[inline(always)]
fn br_if(packed: &mut Packed, ty: u8) -> Step {
    let mask = if ty == 0 { 0x0f } else { 0xff };
    if !packed.ends_with(bits(Ty::I32) | ty << 4, mask) {
        return Step::Short;
    }
    packed.pop(1);
    Step::Done
}

#[inline(always)]
fn select(packed: &mut Packed) -> Step {
    let (cond, b, a) = (packed.get(0), packed.get(1), packed.get(2));
    if cond != bits(Ty::I32) || a != b || a == 0 {
        return Step::Short;
    }
    packed.pop(2);
    Step::Done
}

//! The two stacks of the validation algorithm: types of operands, and enclosing blocks.
//!
//! Invariant: the operand stack is never shorter than the height of the innermost frame, and while a body is being
//! validated there is a frame.
//!
//! Spec: WebAssembly 3.0, appendix A.3.1 "Data Structures".

use super::arity::Tally;
use super::func::Body;
use super::ty::Ty;
use crate::error::Error;
use crate::fallible::{OutOfMemory, TryVec};
use crate::limits;
use crate::module::{BlockType, Module, Result};
use crate::text::format;
use crate::types::{LabelIdx, ValType};
use alloc::vec::Vec;

/// An enclosing block.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Frame {
    pub(crate) kind: FrameKind,
    /// Whether the rest of the block cannot be reached.
    pub(crate) unreachable: bool,
    pub(crate) block: BlockType,
    /// Length of the operand stack below the block's parameters.
    pub(crate) height: usize,
    /// What [`Locals::mark`](super::locals::Locals::mark) was at its start.
    pub(crate) locals: usize,
    /// The last `br_table` that was found to match its label, by [`Stacks::br_tables`].
    pub(crate) br_table: u32,
}

/// The instruction that opened a frame, or continued it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum FrameKind {
    /// The function body or the constant expression.
    Body,
    Block,
    Loop,
    If,
    Else,
    TryTable,
    Try,
    Catch,
    CatchAll,
}

impl Frame {
    /// What a branch to its label takes along: a loop's label is at its start, so its parameters.
    pub(crate) fn label_types<'a>(&'a self, module: &'a Module) -> &'a [ValType] {
        if self.kind == FrameKind::Loop { params(&self.block, module) } else { results(&self.block, module) }
    }
}

/// The parameters of `block`.
pub(crate) fn params<'a>(block: &'a BlockType, module: &'a Module) -> &'a [ValType] {
    match block {
        BlockType::Empty | BlockType::Value(_) => &[],
        BlockType::Func(ty) => module.func_type_at(*ty).params(),
    }
}

/// The results of `block`.
pub(crate) fn results<'a>(block: &'a BlockType, module: &'a Module) -> &'a [ValType] {
    match block {
        BlockType::Empty => &[],
        BlockType::Value(ty) => core::slice::from_ref(ty),
        BlockType::Func(ty) => module.func_type_at(*ty).results(),
    }
}

/// Most operands that an instruction pushes, but for calls and blocks.
const PUSHED: usize = 4;

/// Operands and frames.
#[derive(Debug, Default)]
pub(crate) struct Stacks {
    pub(crate) operands: Vec<Ty>,
    pub(crate) frames: Vec<Frame>,
    /// Height of the innermost frame.
    pub(crate) height: usize,
    /// How many `br_table` there were so far.
    pub(crate) br_tables: u32,
    pub(crate) tally: Tally,
}

impl Stacks {
    /// Takes the space that most bodies need at once: growing step by step costs more.
    pub(super) fn make_room(&mut self) -> Result<(), OutOfMemory> {
        if self.operands.capacity() == 0 {
            self.operands.try_reserve(64)?;
            self.frames.try_reserve(16)?;
        }
        Ok(())
    }

    pub(crate) fn clear(&mut self) {
        self.operands.clear();
        self.frames.clear();
        self.height = 0;
        self.br_tables = 0;
    }
}

impl Body<'_, '_> {
    /// Makes room for what an instruction pushes, but for the results of calls and the parameters of blocks.
    #[inline(always)]
    pub(crate) fn make_room(&mut self) -> Result<()> {
        let operands = &mut self.stacks.operands;
        if operands.capacity() - operands.len() < PUSHED { Ok(operands.try_reserve(PUSHED)?) } else { Ok(()) }
    }

    /// Pushes an operand, for which [`make_room`](Self::make_room) has made room.
    #[inline(always)]
    pub(crate) fn push(&mut self, ty: Ty) {
        debug_assert!(self.stacks.operands.len() < self.stacks.operands.capacity(), "room was made before");
        self.stacks.tally.push();
        self.stacks.operands.push(ty);
    }

    /// Pops an operand of whatever type.
    #[inline]
    pub(crate) fn pop(&mut self) -> Result<Ty> {
        self.stacks.tally.pop();
        if self.stacks.operands.len() > self.stacks.height
            && let Some(ty) = self.stacks.operands.pop()
        {
            return Ok(ty);
        }
        self.pop_nothing("a value")
    }

    /// Pops an operand that must match `expected`.
    #[inline(always)]
    pub(crate) fn pop_expect(&mut self, expected: Ty) -> Result<()> {
        if self.stacks.operands.len() > self.stacks.height && self.stacks.operands.last() == Some(&expected) {
            self.stacks.operands.pop();
            self.stacks.tally.pop();
            return Ok(());
        }
        self.pop_matching(expected)
    }

    /// Replaces an operand of type `param` by one of type `result`.
    #[inline(always)]
    pub(crate) fn unary(&mut self, param: Ty, result: Ty) -> Result<()> {
        if self.stacks.operands.len() > self.stacks.height
            && let Some(top) = self.stacks.operands.last_mut()
            && *top == param
        {
            *top = result;
            self.stacks.tally.pop();
            self.stacks.tally.push();
            return Ok(());
        }
        self.pop_matching(param)?;
        self.push(result);
        Ok(())
    }

    /// Pops operands of types `a` and `b`.
    #[inline(always)]
    pub(crate) fn pop_two(&mut self, a: Ty, b: Ty) -> Result<()> {
        let operands = &mut self.stacks.operands;
        if let Some(at) = operands.len().checked_sub(2)
            && at >= self.stacks.height
            && operands[at] == a
            && operands[at + 1] == b
        {
            operands.truncate(at);
            self.stacks.tally.pop();
            self.stacks.tally.pop();
            return Ok(());
        }
        self.pop_matching(b)?;
        self.pop_matching(a)
    }

    #[inline(never)]
    fn pop_matching(&mut self, expected: Ty) -> Result<()> {
        if self.stacks.operands.len() == self.stacks.height {
            self.stacks.tally.pop();
            return self.pop_nothing(expected).map(drop);
        }
        let found = self.pop()?;
        self.expect(found, expected)
    }

    /// Pops a reference of whatever type.
    pub(crate) fn pop_ref(&mut self) -> Result<Ty> {
        match self.pop()? {
            ty if ty.is_ref() => Ok(ty),
            ty if ty.is_unknown() => Ok(Ty::UNKNOWN_REF),
            ty => Err(mismatch("a reference", ty)),
        }
    }

    #[inline(never)]
    fn pop_nothing(&self, expected: impl core::fmt::Display) -> Result<Ty> {
        match self.stacks.frames.last() {
            Some(frame) if frame.unreachable => Ok(Ty::UNKNOWN),
            _ => Err(mismatch(expected, "nothing on the stack")),
        }
    }

    /// Fails unless `found` matches `expected`.
    pub(crate) fn expect(&self, found: Ty, expected: Ty) -> Result<()> {
        if found.matches(&self.module.types, expected) { Ok(()) } else { Err(mismatch(expected, found)) }
    }

    #[inline]
    pub(crate) fn push_all(&mut self, types: &[ValType]) -> Result<()> {
        if types.len() > 1 && self.stacks.operands.len() > limits::OPERANDS {
            let limit = limits::OPERANDS;
            return Err(Error::limit(format!(
                "too many operands on the stack: {limit} is the limit of this implementation"
            )));
        }
        let operands = &mut self.stacks.operands;
        if operands.capacity() - operands.len() < types.len() {
            operands.try_reserve(types.len())?;
        }
        for &ty in types {
            self.push(Ty::from_val(ty));
        }
        Ok(())
    }

    #[inline]
    pub(crate) fn pop_all(&mut self, types: &[ValType]) -> Result<()> {
        for &ty in types.iter().rev() {
            self.pop_expect(Ty::from_val(ty))?;
        }
        Ok(())
    }

    /// Fails unless the operands on top match `types`; leaves them where they are.
    pub(crate) fn peek_all(&self, types: &[ValType]) -> Result<()> {
        let operands = &self.stacks.operands[self.stacks.height..];
        for (i, &ty) in types.iter().rev().enumerate() {
            match operands.len().checked_sub(i + 1) {
                Some(at) => self.expect(operands[at], Ty::from_val(ty))?,
                // What is below is as unknown as the first one that is missing.
                None => return self.pop_nothing(ty).map(drop),
            }
        }
        Ok(())
    }

    /// Opens a frame whose parameters are popped already, and gives them to it.
    pub(crate) fn push_frame(&mut self, kind: FrameKind, block: BlockType) -> Result<()> {
        self.open_frame(kind, block)?;
        let module = self.module;
        self.push_all(params(&block, module))
    }

    /// Opens a frame without operands.
    pub(crate) fn open_frame(&mut self, kind: FrameKind, block: BlockType) -> Result<()> {
        let height = self.stacks.operands.len();
        self.stacks.height = height;
        let locals = self.locals.mark();
        let frame = Frame { kind, unreachable: false, block, height, locals, br_table: 0 };
        Ok(self.stacks.frames.try_push(frame)?)
    }

    /// Closes the innermost frame, with its results popped.
    pub(crate) fn pop_frame(&mut self) -> Result<Frame> {
        let frame = self.frame()?;
        let module = self.module;
        self.pop_all(results(&frame.block, module))?;
        if self.stacks.operands.len() != frame.height {
            let left = self.stacks.operands.len() - frame.height;
            return Err(Error::invalid(format!(
                "type mismatch: {left} values remain at the end of the block"
            )));
        }
        self.locals.leave(frame.locals, frame.kind == FrameKind::Loop);
        self.stacks.frames.pop();
        self.stacks.height = self.stacks.frames.last().map_or(0, |frame| frame.height);
        Ok(frame)
    }

    /// The innermost frame.
    pub(crate) fn frame(&self) -> Result<Frame> {
        self.stacks.frames.last().copied().ok_or_else(|| Error::malformed("instruction after the final end"))
    }

    /// The frame that `label` names.
    #[inline]
    pub(crate) fn label(&self, label: LabelIdx) -> Result<Frame> {
        self.label_position(label).map(|at| self.stacks.frames[at])
    }

    /// Where in the control stack the frame is that `label` names.
    #[inline]
    pub(crate) fn label_position(&self, label: LabelIdx) -> Result<usize> {
        match (self.stacks.frames.len().checked_sub(1)).and_then(|last| last.checked_sub(label.index())) {
            Some(at) => Ok(at),
            None => Err(Error::invalid(format!("unknown label {label}"))),
        }
    }

    /// The rest of the block cannot be reached: its operands are whatever is asked for.
    pub(crate) fn set_unreachable(&mut self) {
        self.stacks.operands.truncate(self.stacks.height);
        if let Some(frame) = self.stacks.frames.last_mut() {
            frame.unreachable = true;
        }
    }
}

/// The error for an operand of the wrong type.
#[cold]
pub(crate) fn mismatch(expected: impl core::fmt::Display, found: impl core::fmt::Display) -> Error {
    Error::invalid(format!("type mismatch: expected {expected}, found {found}"))
}

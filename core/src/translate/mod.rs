//! From function bodies to register code: one pass over the instructions of a valid body.
//!
//! ```text
//! local.get 0         stack: [local 0]
//! i32.const 7         stack: [local 0, 7]
//! i32.add             stack: [acc]           i32.add acc, s0, 7
//! local.set 1         stack: []              i32.add s1, s0, 7      the destination is rewritten
//! ```
//!
//! The translator runs the body on a *symbolic* operand stack: an entry says where its value is (in a
//! local, in the accumulator, in its own temporary, nowhere because it is a constant), and an op is emitted only
//! where something has to be computed. The files follow the kinds of instructions:
//!
//! | file | instructions |
//! |---|---|
//! | `scan` | none: a first look at the body, for the pin and the zeroed locals, unless validation took it |
//! | `func` | the loop over a body, constants |
//! | `locals` | those on locals |
//! | `quick` | the most frequent ones, by a shorter way |
//! | `direct` | none: operands that the next instruction takes at once |
//! | `stack`, `entry` | the symbolic operand stack and what is known of the accumulators |
//! | `emit` | words, operands and destinations of ops |
//! | `fuse` | none: what ops that follow one another become |
//! | `counters` | none: what sums and branches that count become |
//! | `idiom` | none: loops that fill or copy memory, or do nothing but count |
//! | `both` | none: branches on two conditions |
//! | `jumps` | none: what jumps become |
//! | `plain` | numeric instructions, by shape |
//! | `choice` | `select` |
//! | `vector` | those on vectors, in memory as well |
//! | `constants` | constant vectors |
//! | `shuffle`, `joined` | none: what shuffles and other ops on vectors become |
//! | `carried` | none: vectors that loops carry in a register |
//! | `control`, `returns` | blocks, branches, returns |
//! | `calls` | calls and tail calls |
//! | `inline` | none: bodies of small functions in the place of calls |
//! | `exception` | exceptions |
//! | `memory`, `atomic` | memories |
//! | `loaded` | none: what loads become with the ops around them |
//! | `object` | globals, tables, references |
//! | `gc` | structures, arrays, casts; which slots hold references |
//!
//! Invariant: the code that comes out passes [`ir::verify`](crate::ir::verify). Bodies must be valid; on others
//! the result is an error, a panic or meaningless code, never undefined behaviour.

mod atomic;
mod both;
mod calls;
mod carried;
mod choice;
mod constants;
mod control;
mod counters;
mod direct;
mod emit;
mod entry;
mod exception;
mod func;
mod fuse;
mod gc;
mod idiom;
mod inline;
mod joined;
mod jumps;
mod loaded;
mod locals;
mod memory;
mod meter;
mod object;
mod plain;
mod quick;
mod returns;
mod scan;
mod shuffle;
mod stack;
mod vector;

use crate::error::Error;
use crate::ir::{Handler, compact};
use crate::module::Module;
use crate::types::FuncIdx;
use crate::validate::FuncValidator;
use alloc::vec::Vec;

#[cfg(feature = "verify")]
pub(crate) use func::record_of;
pub(crate) use inline::Remembered;
pub use meter::Metering;

/// Cells of the value stack that a function may use without asking. One with a larger frame begins with a
/// `check_stack` op.
pub const FRAME_MARGIN: usize = if cfg!(feature = "fusion") { 512 } else { COMPACT_FRAME_MARGIN };

/// The same for compact code, whose value stacks are small.
pub const COMPACT_FRAME_MARGIN: usize = 64;

/// Translates functions one by one, reusing its buffers.
///
/// # Examples
/// ```
/// # use fantail_core::{Features, module::Module, translate::Translator, types::{FuncIdx, TypeStore}};
/// # let bytes = wat::parse_str("(module (func (param i32) (result i32) local.get 0 i32.const 7 i32.add))").unwrap();
/// let module = Module::parse(&bytes, &Features::default(), &mut TypeStore::new())?;
/// let mut translator = Translator::new();
/// let code = translator.translate(&module, &bytes, FuncIdx(0))?;
/// assert!(fantail_core::ir::Disassembly(code).to_string().contains("i32.add"));
/// # Ok::<_, fantail_core::Error>(())
/// ```
#[derive(Debug, Default)]
pub struct Translator {
    state: func::State,
}

/// Which instruction an op comes from.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Position {
    /// The op's first word.
    pub word: u32,
    /// Offset in the module of the instruction that was being translated when the op was emitted.
    pub offset: u32,
    /// If that is an instruction of a function that was inlined, the offset of the `call` in whose place it is.
    pub call: Option<u32>,
}

impl Translator {
    /// A translator with empty buffers.
    pub fn new() -> Self {
        Self::default()
    }

    /// A translator of code that can be stopped by what `metering` says.
    pub fn metered(metering: Metering) -> Self {
        Self { state: func::State::metered(metering) }
    }

    /// Lets the code have slots as operands only, and constants as second ones, so that it can be made
    /// [compact].
    #[must_use]
    pub fn slots_only(self) -> Self {
        Self { state: self.state.slots_only() }
    }

    /// The same as [`translate`](Self::translate) as [compact] code, by a translator for
    /// [`slots_only`](Self::slots_only).
    ///
    /// # Errors
    /// As [`translate`](Self::translate), and when the translator is another one.
    pub fn translate_compact(
        &mut self,
        module: &Module,
        bytes: &[u8],
        func: FuncIdx,
    ) -> Result<&[u64], Error> {
        func::translate(&mut self.state, module, bytes, func, None, func::Notes::default())?;
        let code = self.state.function_mut();
        compact::compact(code)
            .map_err(|_| Error::invalid("an op has an operand that compact code has not"))?;
        Ok(code)
    }

    /// Translates the body of `func`, which `module` defines and validation has accepted.
    ///
    /// The code is that of [`ir`](crate::ir) with op numbers in word 0 and is valid until the next call.
    ///
    /// # Errors
    /// When the function exceeds a limit (65,535 cells in its frame), or uses an instruction that cannot be executed
    /// yet.
    pub fn translate(&mut self, module: &Module, bytes: &[u8], func: FuncIdx) -> Result<&[u64], Error> {
        func::translate(&mut self.state, module, bytes, func, None, func::Notes::default())?;
        Ok(self.state.function())
    }

    /// The same, a little quicker if the body of `func` is what `validator` has validated last.
    ///
    /// # Errors
    /// As [`translate`](Self::translate).
    pub fn translate_validated(
        &mut self,
        module: &Module,
        bytes: &[u8],
        func: FuncIdx,
        validator: &FuncValidator,
    ) -> Result<&[u64], Error> {
        let uses = validator.local_uses(func);
        func::translate(&mut self.state, module, bytes, func, uses, func::Notes::default())?;
        Ok(self.state.function())
    }

    /// The handlers of the function translated last, in the order in which they are to be asked.
    pub fn handlers(&self) -> &[Handler] {
        &self.state.handlers
    }

    /// Cells of the frame of the function translated last: no op of it names a slot beyond, and all frames of its
    /// callees begin within.
    pub fn frame_cells(&self) -> u32 {
        self.state.frame_cells
    }

    /// The same, with the position of each op, in order. Code is the same for every translation of a function, so
    /// positions need not be kept: they are found again when a trap has to be explained.
    ///
    /// # Errors
    /// As [`translate`](Self::translate).
    pub fn translate_with_positions(
        &mut self,
        module: &Module,
        bytes: &[u8],
        func: FuncIdx,
    ) -> Result<(&[u64], Vec<Position>), Error> {
        let mut positions = Vec::new();
        let notes = func::Notes { positions: Some(&mut positions), ..func::Notes::default() };
        func::translate(&mut self.state, module, bytes, func, None, notes)?;
        Ok((self.state.function(), positions))
    }

    /// The slots in the frame of `func` that hold references to objects, or null, while the op to which `word` belongs
    /// is executed. That op is a call or makes an object. References to functions are no objects.
    ///
    /// They are not kept with the code, but found by translating the function again.
    ///
    /// # Errors
    /// As [`translate`](Self::translate).
    pub fn ref_slots(
        &mut self,
        module: &Module,
        bytes: &[u8],
        func: FuncIdx,
        word: u32,
    ) -> Result<Vec<u16>, Error> {
        let (_, positions) = self.translate_with_positions(module, bytes, func)?;
        let next = positions.partition_point(|position| position.word <= word);
        let mut slots = Vec::new();
        let Some(position) = next.checked_sub(1).map(|at| positions[at]) else { return Ok(slots) };
        let watch = Some((position.offset, position.call, &mut slots));
        let notes = func::Notes { watch, ..func::Notes::default() };
        func::translate(&mut self.state, module, bytes, func, None, notes)?;
        Ok(slots)
    }
}

//! The loop over a function body, with constants and selections.

use super::Position;
use super::carried::Carried;
use super::constants::Constants;
use super::control::Frame;
use super::fuse::Cond;
use super::inline;
use super::meter::{Meter, Metering};
use super::scan::{Open, scan};
use super::stack::{Entry, Local, NONE, Place, Stack};
use crate::error::Error;
use crate::fallible::{OutOfMemory, TryVec};
use crate::instr::{Immediates, Instr};
use crate::ir::{self, Family, Fields, Handler, Ty};
use crate::module::{BlockType, Module, Reader};
use crate::types::{FuncIdx, FuncType, ValType};
use crate::validate::{self, FuncValidator, LocalUses, Locals};
use alloc::vec::Vec;

/// Buffers that outlive a translation.
#[derive(Debug, Default)]
pub(super) struct State {
    pub(super) code: Vec<u64>,
    /// Where in `code` the function begins once it is translated.
    start: usize,
    pub(super) stack: Stack,
    pub(super) frames: Vec<Frame>,
    pub(super) locals: Vec<Local>,
    /// While a function is inlined, those of its caller.
    pub(super) callers_locals: Vec<Local>,
    /// Validates functions that are to be inlined: there is one as soon as a function was looked at.
    pub(super) callees: Vec<FuncValidator>,
    /// By slot of a local: how many stack entries are its value.
    pub(super) refs: Vec<u32>,
    scan: ScanBuffers,
    /// The slots of the locals from which loops take their parameters.
    pub(super) passed: Vec<u16>,
    /// The jumps of the code, each with the op before it or [`NONE`].
    pub(super) jumps: Vec<(u32, u32)>,
    /// Where exceptions are caught; see [`exception`](super::exception).
    pub(super) handlers: Vec<Handler>,
    pub(super) constants: Constants,
    pub(super) carried: Carried,
    /// Cells of the frame.
    pub(super) frame_cells: u32,
    metering: Metering,
    /// Whether to go without the [short way](super::quick).
    pub(super) slowly: bool,
}

impl State {
    pub(super) fn metered(metering: Metering) -> Self {
        Self { metering, ..Self::default() }
    }

    /// Lets operands be slots only.
    pub(super) fn slots_only(mut self) -> Self {
        self.stack.set_slots_only();
        self
    }
}

impl State {
    /// Takes the space that most functions need, at once: growing step by step is a good part of what it costs to
    /// translate a small module.
    fn make_room(&mut self) -> Result<(), OutOfMemory> {
        if cfg!(feature = "fusion") && self.code.capacity() == 0 {
            self.code.try_reserve(1024)?;
            self.stack.make_room(64)?;
            self.frames.try_reserve(16)?;
            self.locals.try_reserve(32)?;
            self.refs.try_reserve(64)?;
            self.jumps.try_reserve(32)?;
        }
        Ok(())
    }

    /// The code of the function that was translated last.
    pub(super) fn function(&self) -> &[u64] {
        &self.code[self.start..]
    }

    /// The same, to be changed.
    pub(super) fn function_mut(&mut self) -> &mut [u64] {
        &mut self.code[self.start..]
    }
}

/// What looking at a body's locals needs.
#[derive(Debug)]
struct ScanBuffers {
    locals: Locals,
    open: Vec<Open>,
}

impl Default for ScanBuffers {
    fn default() -> Self {
        Self { locals: Locals::with_limit(usize::MAX), open: Vec::new() }
    }
}

/// Words before the first op of a body: room for a check of the stack, which most functions go without.
pub(super) const PREFIX: usize = 2;

/// Most words that the code of an instruction takes, but for what it takes for each entry of the stack, and for the targets
/// of a `br_table`. Debug builds look whether there is room whenever a word is written.
pub(super) const WORDS: usize = if cfg!(feature = "fusion") { 64 } else { 32 };

/// Most words for an entry of the stack. An instruction may move it out of the way and then to where it is to be; a move of
/// a constant takes three.
pub(super) const WORDS_PER_ENTRY: usize = 6;

/// The types of a block's parameters or results.
#[derive(Clone, Copy)]
pub(super) enum Types<'t> {
    One(ValType),
    Many(&'t [ValType]),
}

impl Types<'_> {
    pub(super) fn as_slice(&self) -> &[ValType] {
        match self {
            Self::One(ty) => core::slice::from_ref(ty),
            Self::Many(types) => types,
        }
    }
}

/// What is thought of the parameters of loops.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Guess {
    /// They may be guessed to stay in locals.
    Allowed,
    /// They may not.
    Forbidden,
    /// They were, but do not: the code is of no use.
    Wrong,
}

/// Translates the body of `func` into the code buffer of `state`.
///
/// # Errors
/// As for [`Translator::translate`](super::Translator::translate).
pub(super) fn translate(
    state: &mut State,
    module: &Module,
    bytes: &[u8],
    func: FuncIdx,
    uses: Option<LocalUses>,
    mut notes: Notes<'_>,
) -> Result<(), Error> {
    let mut guess = Guess::Allowed;
    state.constants.clear();
    state.carried.clear();
    loop {
        let translation =
            Translation::new(state, module, bytes, func, uses.clone(), guess, notes.reborrow())?;
        let is_wrong = translation.run()? == Guess::Wrong;
        if is_wrong {
            guess = Guess::Forbidden;
        }
        let found = [state.constants.found(), state.carried.found()];
        if found == [false; 2] && !is_wrong {
            return Ok(());
        }
        notes.clear();
    }
}

/// What is to be found out about a function beside its code.
#[derive(Default)]
pub(super) struct Notes<'n> {
    /// Where its ops come from.
    pub(super) positions: Option<&'n mut Vec<Position>>,
    /// What the next op has for its position, if not the current instruction.
    pub(super) next: Option<Position>,
    /// The instruction whose references are asked for, with the call if it is one of an inlined function, and where they go.
    pub(super) watch: Option<(u32, Option<u32>, &'n mut Vec<u16>)>,
}

impl Notes<'_> {
    fn reborrow(&mut self) -> Notes<'_> {
        Notes {
            positions: self.positions.as_deref_mut(),
            next: None,
            watch: self.watch.as_mut().map(|(offset, call, slots)| (*offset, *call, &mut **slots)),
        }
    }

    fn clear(&mut self) {
        self.positions.iter_mut().for_each(|positions| positions.clear());
        self.watch.iter_mut().for_each(|(.., slots)| slots.clear());
    }
}

/// The translation of one function.
pub(super) struct Translation<'t> {
    pub(super) s: &'t mut State,
    pub(super) module: &'t Module,
    pub(super) bytes: &'t [u8],
    pub(super) reader: Reader<'t>,
    pub(super) ty: &'t FuncType,
    pub(super) func: FuncIdx,
    /// Slot of the return record.
    pub(super) record: u16,
    /// First slot after the locals.
    pub(super) temps: u32,
    /// Most words that the code of an instruction can take: [`WORDS`], and [`WORDS_PER_ENTRY`] for as many entries as there is
    /// room for in the frame.
    pub(super) words: usize,
    /// Slot of the pinned local, or [`NONE`].
    pub(super) pin: u32,
    /// The op that was emitted last, unless a label follows it: or [`NONE`].
    pub(super) last_op: u32,
    /// The op emitted before that one, under the same condition.
    pub(super) before_last: u32,
    /// The op emitted before that one.
    pub(super) third_last: u32,
    /// And the one before that.
    pub(super) fourth_last: u32,
    /// And the first of five.
    pub(super) fifth_last: u32,
    /// The branch that was emitted last, if nothing follows it.
    pub(super) exit: Option<(u32, Cond)>,
    /// Where the innermost loop begins, if the code since then neither forks nor has labels, calls or new objects; or
    /// [`NONE`].
    pub(super) straight: u32,
    /// How many loops have begun and calls have been made: both may use the loop register.
    pub(super) busy: u32,
    /// Whether the next instruction can be reached.
    pub(super) reachable: bool,
    /// Offset of the current instruction.
    pub(super) offset: usize,
    /// While a function is inlined, the offset of the call; or [`NONE`].
    pub(super) call: u32,
    /// Where the code begins that is of the function of the current instruction: ops before that do not become part of
    /// ops that trap, if they do.
    pub(super) border: u32,
    /// Bytes of bodies that may be inlined yet.
    pub(super) budget: usize,
    pub(super) meter: Meter,
    pub(super) guess: Guess,
    pub(super) notes: Notes<'t>,
}

/// The register class of `ty`.
pub(super) const fn class_of(ty: ValType) -> Ty {
    match ty {
        ValType::I32 => Ty::I32,
        ValType::I64 | ValType::Ref(_) => Ty::I64,
        ValType::F32 => Ty::F32,
        ValType::F64 => Ty::F64,
        ValType::V128 => Ty::V128,
    }
}

/// Cells that values of these types take.
pub(super) fn cells_of(types: &[ValType]) -> u32 {
    types.iter().map(|ty| ty.cells()).sum()
}

/// Where the return record of a function of type `ty` lies in its frame.
pub(crate) fn record_of(ty: &FuncType) -> u32 {
    cells_of(ty.params()).max(cells_of(ty.results()))
}

impl<'t> Translation<'t> {
    fn new(
        state: &'t mut State,
        module: &'t Module,
        bytes: &'t [u8],
        func: FuncIdx,
        uses: Option<LocalUses>,
        guess: Guess,
        notes: Notes<'t>,
    ) -> Result<Self, Error> {
        let body = module.body(func).ok_or_else(|| Error::invalid("an imported function has no body"))?;
        let ty = module.func_type(func);
        state.make_room()?;
        state.code.clear();
        state.start = 0;
        state.frames.clear();
        state.locals.clear();
        state.jumps.clear();
        state.handlers.clear();
        state.passed.clear();
        state.frame_cells = 0;
        state.carried.begin();
        let record = record_of(ty);
        let meter = Meter::new(state.metering);
        let mut this = Self {
            s: state,
            module,
            bytes,
            reader: Reader::new(bytes, body.range.clone()),
            ty,
            func,
            record: 0,
            // Not known yet: until then there are no entries to make room for.
            temps: u32::MAX,
            words: WORDS,
            pin: NONE,
            last_op: NONE,
            before_last: NONE,
            third_last: NONE,
            fourth_last: NONE,
            fifth_last: NONE,
            exit: None,
            straight: NONE,
            busy: 0,
            reachable: true,
            offset: body.range.start,
            call: NONE,
            border: 0,
            budget: inline::budget(body.range.len()),
            meter,
            guess,
            notes,
        };
        this.need_cells(record + 2)?;
        this.record = record as u16;
        let body = this.reader.clone();
        this.declare_locals(record)?;
        let uses = match uses {
            Some(uses) => uses,
            None => this.look_at_locals(body)?,
        };
        this.make_room(WORDS + 2 * this.s.constants.cells() as usize)?;
        this.prologue(&uses);
        this.constant_locals(&uses);
        Ok(this)
    }

    /// Gives each local its slots.
    fn declare_locals(&mut self, record: u32) -> Result<(), Error> {
        let mut slot = 0;
        self.s.locals.try_reserve(self.ty.params().len())?;
        for &ty in self.ty.params() {
            let traced = self.is_traced(ty);
            self.s.locals.push(Local::new(slot as u16, class_of(ty), traced));
            slot += ty.cells();
        }
        slot = record + 2;
        let mut decls = self.reader.clone();
        let (first, mut has_vectors) = (slot, false);
        for decl in decls.local_decls()? {
            let (count, ty) = decl?;
            has_vectors |= ty == ValType::V128;
            let end = u64::from(slot) + u64::from(count) * u64::from(ty.cells());
            self.need_cells(u32::try_from(end).unwrap_or(u32::MAX))?;
            let traced = self.is_traced(ty);
            self.s.locals.try_reserve(count as usize)?;
            for _ in 0..count {
                self.s.locals.push(Local::new(slot as u16, class_of(ty), traced));
                slot += ty.cells();
            }
        }
        self.reader = decls;
        if has_vectors {
            self.s.constants.watch(first, slot)?;
        }
        let constants = self.s.constants.cells();
        if constants > 0 {
            self.s.constants.first = Some(slot as u16);
            slot += constants;
            self.need_cells(slot)?;
        }
        self.temps = slot;
        self.s.stack.clear(slot);
        self.s.refs.clear();
        self.s.refs.try_resize(slot as usize, 0)?;
        Ok(())
    }

    /// How `body` uses its locals.
    fn look_at_locals(&mut self, mut body: Reader<'_>) -> Result<LocalUses, Error> {
        let ScanBuffers { locals, open } = &mut self.s.scan;
        locals.clear();
        self.ty.params().iter().try_for_each(|&ty| locals.push_param(validate::Ty::from_val(ty)))?;
        for decl in body.local_decls()? {
            let (count, ty) = decl?;
            locals.push(count, validate::Ty::from_val(ty))?;
        }
        scan(locals, open, body)?;
        Ok(locals.uses().unwrap_or_default())
    }

    /// Emits what comes before the body.
    fn prologue(&mut self, uses: &LocalUses) {
        self.s.code.extend([0; PREFIX]);
        let slot =
            |index: u32| self.s.locals.get(index as usize).map_or(self.temps, |local| local.slot().into());
        if let Some(local) = uses.pin
            && !self.slots_only()
        {
            self.pin = slot(local);
        }
        let (start, end) = (slot(uses.zeroed.start), slot(uses.zeroed.end));
        debug_assert!(start == end || start > u32::from(self.record));
        let op = match (start < end, self.pin != NONE) {
            (true, true) => Family::ZeroCellsPin,
            (true, false) => Family::ZeroCells,
            (false, true) => Family::PinLoad,
            (false, false) => {
                self.constants();
                self.forget_last();
                return;
            }
        };
        self.op(op.first(), Fields::wide(start as u16, self.pin_or_0(), end - start));
        self.constants();
        self.forget_last();
    }

    /// Translates the whole body. Says whether what was guessed of the parameters of loops is wrong.
    fn run(mut self) -> Result<Guess, Error> {
        self.run_body().map_err(|error| error.at(self.offset).in_func(self.func, None))?;
        Ok(self.guess)
    }

    fn run_body(&mut self) -> Result<(), Error> {
        self.enter_function()?;
        self.check_epoch()?;
        // The short way counts no fuel. What it gains in time is for builds that are made for that.
        let quickly = cfg!(feature = "fusion") && !self.is_metered() && !self.s.slowly;
        while !self.s.frames.is_empty() {
            if !self.reachable {
                self.skip_unreachable()?;
            }
            if quickly && !self.quick()? {
                continue;
            }
            self.offset = self.reader.offset();
            let instr = self.reader.instr()?;
            self.make_room_for_instr()?;
            self.charge(instr);
            self.instr(instr)?;
        }
        self.finish()
    }

    /// Makes room for the code of an instruction.
    #[inline(always)]
    pub(super) fn make_room_for_instr(&mut self) -> Result<(), OutOfMemory> {
        let has_room = self.s.code.capacity() - self.s.code.len() >= self.words;
        if has_room { Ok(()) } else { self.make_room(self.words) }
    }

    /// Makes room for so many words of code, and where they come from: they are written without asking.
    #[cold]
    pub(super) fn make_room(&mut self, words: usize) -> Result<(), OutOfMemory> {
        // By half of what there is: doubling would take more than most functions need.
        self.s.code.try_reserve_exact(words.max(self.s.code.len() / 2))?;
        match self.notes.positions.as_deref_mut() {
            // Each is that of an op, which has two words at least.
            Some(positions) => Ok(positions.try_reserve(self.s.code.capacity() - positions.len())?),
            None => Ok(()),
        }
    }

    /// Reads on to the `else`, `end` or handler of the current frame.
    pub(super) fn skip_unreachable(&mut self) -> Result<(), Error> {
        let mut depth = 0;
        loop {
            let before = self.reader.clone();
            let instr = self.reader.instr()?;
            match instr {
                Instr::Block | Instr::Loop | Instr::If | Instr::TryTable | Instr::Try => depth += 1,
                Instr::Else | Instr::End | Instr::Catch | Instr::CatchAll | Instr::Delegate if depth == 0 => {
                    self.reader = before;
                    return Ok(());
                }
                Instr::End | Instr::Delegate => depth -= 1,
                _ => {}
            }
            self.reader.skip_immediates(instr)?;
        }
    }

    /// Puts a check of the stack before the body where its frame is large, and nothing where it is not.
    fn finish(&mut self) -> Result<(), Error> {
        self.thread_jumps();
        let cells = self.s.frame_cells;
        let margin = if self.slots_only() { super::COMPACT_FRAME_MARGIN } else { super::FRAME_MARGIN };
        self.finish_handlers(if cells as usize > margin { PREFIX as u32 } else { 0 })?;
        let slots_only = self.slots_only();
        let code = &mut self.s.code;
        if cells as usize > margin {
            code[0] = Family::CheckStack.first().into();
            code[1] = Fields::wide(0, 0, cells).0;
            if slots_only {
                ir::compact::shift_targets(&mut code[PREFIX..], PREFIX as u64);
            } else {
                ir::shift_targets(&mut code[PREFIX..], PREFIX as u64);
            }
        } else {
            self.s.start = PREFIX;
            for position in self.notes.positions.iter_mut().flat_map(|positions| positions.iter_mut()) {
                position.word -= PREFIX as u32;
            }
        }
        Ok(())
    }

    /// The number that a branch to the end of the present code gives as its target.
    pub(super) fn here(&self) -> u64 {
        (self.s.code.len() - PREFIX) as u64
    }

    /// While a function is inlined, the offset of the call.
    pub(super) fn inlined_at(&self) -> Option<u32> {
        (self.call != NONE).then_some(self.call)
    }

    #[inline(never)]
    pub(super) fn note_position(&mut self, word: u32) {
        let current = Position { word, offset: self.offset as u32, call: self.inlined_at() };
        let position = self.notes.next.take().map_or(current, |next| Position { word, ..next });
        if let Some(positions) = self.notes.positions.as_deref_mut() {
            while positions.last().is_some_and(|last| last.word >= word) {
                positions.pop();
            }
            positions.push(position);
        }
    }

    pub(super) fn instr(&mut self, instr: Instr) -> Result<(), Error> {
        match instr {
            Instr::Nop => Ok(()),
            Instr::Drop => {
                self.pop();
                Ok(())
            }
            Instr::LocalGet => {
                let index = self.reader.u32()?;
                self.local_get(index)
            }
            Instr::LocalSet => {
                let index = self.reader.u32()?;
                self.local_set(index);
                Ok(())
            }
            Instr::LocalTee => {
                let index = self.reader.u32()?;
                self.local_set(index);
                self.local_get(index)
            }
            Instr::I32Const => {
                let value = self.reader.s32()?;
                self.push_const(Ty::I32, (value as u32).into())
            }
            Instr::I64Const => {
                let value = self.reader.s64()?;
                self.push_const(Ty::I64, value as u64)
            }
            Instr::F32Const => {
                let bits = self.reader.f32_bits()?;
                self.push_const(Ty::F32, bits.into())
            }
            Instr::F64Const => {
                let bits = self.reader.f64_bits()?;
                self.push_const(Ty::F64, bits)
            }
            Instr::V128Const => {
                let bits = self.reader.v128_bits()?;
                self.vector_const(bits)
            }
            Instr::Select => self.select(),
            Instr::SelectT => {
                self.reader.select_type()?;
                self.select()
            }
            Instr::Unreachable
            | Instr::Block
            | Instr::Loop
            | Instr::If
            | Instr::Else
            | Instr::End
            | Instr::Br
            | Instr::BrIf
            | Instr::BrTable
            | Instr::Return
            | Instr::BrOnNull
            | Instr::BrOnNonNull => self.control(instr),
            Instr::Call
            | Instr::CallIndirect
            | Instr::CallRef
            | Instr::ReturnCall
            | Instr::ReturnCallIndirect
            | Instr::ReturnCallRef => self.call(instr),
            Instr::GlobalGet | Instr::GlobalSet => self.object(instr).map(drop),
            _ if matches!(instr.immediates(), Immediates::MemArg(_)) => self.memory(instr).map(drop),
            _ => match super::plain::family_of(instr) {
                Some(family) => self.plain(instr, family),
                None => self.other(instr),
            },
        }
    }

    /// Instructions that are neither control nor plain.
    fn other(&mut self, instr: Instr) -> Result<(), Error> {
        match instr {
            Instr::Throw
            | Instr::ThrowRef
            | Instr::TryTable
            | Instr::Try
            | Instr::Catch
            | Instr::CatchAll
            | Instr::Delegate
            | Instr::Rethrow
                if cfg!(feature = "exceptions") =>
            {
                self.exception(instr)
            }
            _ => {
                if self.memory(instr)? || self.object(instr)? || cfg!(feature = "gc") && self.gc(instr)? {
                    return Ok(());
                }
                let proposal = instr.proposal().name();
                Err(Error::unsupported(crate::text::format!("{instr} ({proposal}) cannot be executed yet")))
            }
        }
    }

    /// Takes the top entry.
    #[inline]
    pub(super) fn pop(&mut self) -> Entry {
        let entry = self.s.stack.pop();
        if let Place::Local(slot) = entry.place() {
            self.forget_ref(slot);
        }
        entry
    }

    /// Takes the top two entries, the lower one first.
    #[cfg_attr(feature = "fusion", inline(always))]
    pub(super) fn pop_two(&mut self) -> (Entry, Entry) {
        let (a, b) = self.s.stack.pop_two();
        for entry in [&a, &b] {
            if let Place::Local(slot) = entry.place() {
                self.forget_ref(slot);
            }
        }
        (a, b)
    }

    /// The parameters and results of a block.
    pub(super) fn block_sig(&self, block: BlockType) -> (Types<'t>, Types<'t>) {
        match block {
            BlockType::Empty => (Types::Many(&[]), Types::Many(&[])),
            BlockType::Value(ty) => (Types::Many(&[]), Types::One(ty)),
            BlockType::Func(ty) => {
                let ty = self.module.func_type_at(ty);
                (Types::Many(ty.params()), Types::Many(ty.results()))
            }
        }
    }

    /// How many parameters and results a block has.
    #[inline]
    pub(super) fn arity(&self, block: BlockType) -> (usize, usize) {
        match block {
            BlockType::Empty => (0, 0),
            BlockType::Value(_) => (0, 1),
            BlockType::Func(ty) => {
                let ty = self.module.func_type_at(ty);
                (ty.params().len(), ty.results().len())
            }
        }
    }

    /// Pushes entries of these types that are in their homes.
    pub(super) fn push_homes(&mut self, types: &[ValType]) -> Result<(), Error> {
        for &ty in types {
            self.push_home(class_of(ty))?;
            let traced = self.is_traced(ty);
            self.s.stack.trace_top(traced);
        }
        Ok(())
    }
}

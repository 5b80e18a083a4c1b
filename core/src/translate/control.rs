//! Blocks, branches and returns.
//!
//! Values that a label takes travel in the homes of the entries that its block leaves or, for a loop, begins with.
//! At a label that is reached in more than one way every entry is at home or constant, and nothing is known of the
//! accumulators; the end of a block that nothing branches to is no label at all. What is known of a vector at the start of
//! a loop, [`carried`](super::carried) says.
//!
//! Instructions that cannot be reached are read over.

use super::Position;
use super::carried::Back;
use super::emit::Imm;
use super::func::{Guess, PREFIX, Translation, WORDS, WORDS_PER_ENTRY};
use super::fuse::{Cond, Test};
use super::stack::{Entry, NONE, Place, cells};
use crate::error::Error;
use crate::fallible::TryVec;
use crate::instr::Instr;
use crate::ir::{Class, Family, Fields, Op, Shape};
use crate::module::{BlockType, BrTable};
use crate::types::LabelIdx;

/// Words of code between a loop's start and a branch back for which that keeps to the loop register. A loop's next
/// iteration can't begin before the address of its first op is known; in longer ones that does not matter.
const LOOP_WORDS: u64 = 64;

/// Most jumps that an instruction makes, unless it is a `br_table`.
pub(super) const JUMPS: usize = 2;

/// Most words before the first branch of a loop that are repeated where the loop is.
const HEAD_WORDS: u32 = 12;

/// A control frame.
#[derive(Clone, Copy, Debug)]
pub(super) struct Frame {
    pub(super) kind: Kind,
    block: BlockType,
    /// Entries below its parameters.
    pub(super) height: u32,
    /// How many values a branch to its label takes.
    pub(super) takes: u32,
    /// First cell of its parameters and results.
    pub(super) base: u16,
    /// For a loop, its start. Otherwise the first of the words, linked through themselves, that wait for its end.
    pub(super) label: u32,
    /// The first of the handlers, linked through their targets, that wait for its end.
    pub(super) caught: u32,
    /// What [`Translation::busy`] was at its start.
    busy: u32,
    /// Where a `br_table` that is being translated branches to it with values: see [`Translation::br_table`].
    stub: u32,
    /// For a loop, the branch that leaves it first.
    head: Option<Head>,
    /// For a loop, its number, and what its branches back leave in the kept vector: see [`carried`](super::carried).
    pub(super) carried: (u32, Back),
    /// For a loop whose parameters stay in locals, the first of those in `State::passed`; or [`NONE`].
    pub(super) passed: u32,
}

/// A branch out of a loop before which the loop's code does not fork.
#[derive(Clone, Copy, Debug)]
struct Head {
    cond: Cond,
    /// Where the branch is.
    at: u32,
    /// The frame to whose end it leads.
    out: u32,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Function,
    Block,
    Loop,
    /// A `try_table`: its first handler.
    TryTable(u32),
    /// The body of a legacy `try`: the word at which it starts.
    Try(u32),
    /// The body of a legacy `catch` or `catch_all`: its handler.
    Catch(u32),
    /// Before `else`: the first of the words, linked through themselves, that wait for it.
    If(u32),
}

impl<'t> Translation<'t> {
    pub(super) fn control(&mut self, instr: Instr) -> Result<(), Error> {
        self.make_room_for_jumps(JUMPS)?;
        match instr {
            Instr::Block | Instr::Loop => {
                let block = self.reader.block_type()?;
                self.block(instr == Instr::Loop, block)
            }
            Instr::If => {
                let block = self.reader.block_type()?;
                self.if_(block)
            }
            Instr::Else => self.else_(),
            Instr::End => self.end(),
            Instr::Br => {
                let label = self.reader.u32()?;
                self.br(LabelIdx(label));
                Ok(())
            }
            Instr::BrIf => {
                let label = self.reader.u32()?;
                self.br_if(LabelIdx(label));
                Ok(())
            }
            Instr::BrTable => {
                let table = self.reader.br_table()?;
                self.br_table(&table)?;
                self.reachable = false;
                Ok(())
            }
            Instr::Return => {
                self.return_();
                self.reachable = false;
                Ok(())
            }
            Instr::BrOnNull | Instr::BrOnNonNull => {
                let label = self.reader.u32()?;
                self.branch_on_null(LabelIdx(label), instr == Instr::BrOnNull)
            }
            _ => {
                debug_assert_eq!(instr, Instr::Unreachable);
                self.op(Family::Unreachable.first(), Fields::default());
                self.reachable = false;
                Ok(())
            }
        }
    }

    pub(super) fn br(&mut self, label: LabelIdx) {
        self.branch(label);
        self.reachable = false;
    }

    pub(super) fn br_if(&mut self, label: LabelIdx) {
        let frame = self.frame_of(label);
        if self.takes_nothing(frame)
            && let Some(both) = self.both(true)
        {
            return self.branch_if_both(&both, label);
        }
        match self.test(true, self.s.frames[frame].passed != NONE) {
            Test::Always => self.br(label),
            Test::Never => {}
            Test::When(cond) => self.branch_if(cond, label),
        }
    }

    /// Makes room for so many jumps more.
    pub(super) fn make_room_for_jumps(&mut self, count: usize) -> Result<(), Error> {
        let jumps = &mut self.s.jumps;
        if jumps.capacity() - jumps.len() < count { Ok(jumps.try_reserve(count)?) } else { Ok(()) }
    }

    /// Opens the frame of the function itself.
    pub(super) fn enter_function(&mut self) -> Result<(), Error> {
        let base = self.temps as u16;
        let (kind, block) = (Kind::Function, BlockType::Empty);
        self.s.frames.try_push(Frame {
            kind,
            block,
            height: 0,
            takes: self.ty.results().len() as u32,
            base,
            label: NONE,
            caught: NONE,
            busy: 0,
            stub: NONE,
            head: None,
            carried: (NONE, Back::None),
            passed: NONE,
        })?;
        Ok(())
    }

    #[inline]
    pub(super) fn push_frame(&mut self, kind: Kind, block: BlockType, label: u32) -> Result<(), Error> {
        let (params, results) = self.arity(block);
        let height = self.s.stack.len() - params;
        let takes = if kind == Kind::Loop { params } else { results } as u32;
        let base = if height < self.s.stack.len() {
            self.s.stack.get(height).home()
        } else {
            self.s.stack.end() as u16
        };
        if self.s.frames.len() == self.s.frames.capacity() {
            self.s.frames.try_reserve(1)?;
        }
        self.s.frames.push(Frame {
            kind,
            block,
            height: height as u32,
            takes,
            base,
            label,
            caught: NONE,
            busy: self.busy,
            stub: NONE,
            head: None,
            carried: (NONE, Back::None),
            passed: NONE,
        });
        Ok(())
    }

    pub(super) fn block(&mut self, is_loop: bool, block: BlockType) -> Result<(), Error> {
        if !is_loop {
            self.flush();
            return self.push_frame(Kind::Block, block, NONE);
        }
        let (params, _) = self.arity(block);
        let passed = self.pass_locals(params)?;
        if passed == NONE {
            self.flush();
            self.materialize_top(params);
        }
        let (number, kept) = self.carry_into()?;
        self.place_label();
        self.s.stack.set_kept(kept);
        let here = self.here() as u32;
        self.straight = self.s.code.len() as u32;
        self.busy += 1;
        self.push_frame(Kind::Loop, block, here)?;
        let frame = self.s.frames.last_mut().expect("one was pushed");
        (frame.passed, frame.carried) = (passed, (number, Back::None));
        self.check_epoch()
    }

    /// Rule *passed locals*: if the `count` parameters of the loop that begins here are the values of locals, guesses that
    /// each branch back to it passes the same locals. They stay where they are then, and need not be copied. Returns
    /// where the locals are noted.
    fn pass_locals(&mut self, count: usize) -> Result<u32, Error> {
        let first = self.s.stack.len() - count;
        let is_local = |entry: &Entry| matches!(entry.place(), Place::Local(_));
        if count == 0 || self.guess != Guess::Allowed || !self.s.stack.entries()[first..].iter().all(is_local)
        {
            return Ok(NONE);
        }
        self.flush_below(first);
        let passed = self.s.passed.len() as u32;
        let slots = self.s.stack.entries()[first..].iter().filter_map(|entry| match entry.place() {
            Place::Local(slot) => Some(slot),
            _ => None,
        });
        self.s.passed.try_extend(slots)?;
        Ok(passed)
    }

    /// Whether the top `count` entries are the locals that a loop takes from `passed` on. If not, the guess was wrong.
    fn passes(&mut self, passed: u32, count: usize) -> bool {
        let first = self.s.stack.len() - count;
        let slots = &self.s.passed[passed as usize..][..count];
        let entries = &self.s.stack.entries()[first..];
        let passes = entries.iter().zip(slots).all(|(entry, &slot)| entry.place() == Place::Local(slot));
        if !passes {
            self.guess = Guess::Wrong;
        }
        passes
    }

    pub(super) fn if_(&mut self, block: BlockType) -> Result<(), Error> {
        if self.arity(block).0 == 0
            && let Some(both) = self.both(false)
        {
            self.flush();
            let word = self.emit_both(&both);
            return self.push_frame(Kind::If(word), block, NONE);
        }
        let test = self.test(false, false);
        self.flush();
        let (params, _) = self.arity(block);
        self.materialize_top(params);
        // The condition of the branch to `else` is the negated one.
        let straight = self.straight;
        let word = match test {
            Test::When(cond) => self.emit_branch(cond, false),
            Test::Always => self.emit_jump(false),
            Test::Never => NONE,
        };
        self.push_frame(Kind::If(word), block, NONE)?;
        match test {
            Test::When(_) => self.note_head(straight, self.s.frames.len() - 1),
            Test::Always => self.reachable = false,
            Test::Never => {}
        }
        Ok(())
    }

    pub(super) fn else_(&mut self) -> Result<(), Error> {
        let top = self.s.frames.len() - 1;
        if self.reachable {
            self.materialize_top(self.s.frames[top].takes as usize);
            self.jump_to(top);
        }
        self.forget_head(top);
        let frame = &mut self.s.frames[top];
        let Kind::If(word) = frame.kind else { return Err(Error::invalid("else without if")) };
        frame.kind = Kind::Block;
        let (height, block) = (frame.height as usize, frame.block);
        self.truncate(height);
        self.reachable = word != NONE;
        if self.reachable {
            self.set_targets(word);
            self.place_label();
        }
        if block != BlockType::Empty {
            let (params, _) = self.block_sig(block);
            self.push_homes(params.as_slice())?;
        }
        Ok(())
    }

    pub(super) fn end(&mut self) -> Result<(), Error> {
        let top = self.s.frames.len() - 1;
        let Frame { kind, block, height, label, caught, .. } = self.s.frames[top];
        if kind == Kind::Function {
            if label != NONE {
                // Only functions without results branch to their end: see `branch_if`.
                self.truncate(0);
                self.set_targets(label);
                self.place_label();
                self.reachable = true;
            }
            if self.reachable {
                self.return_();
            }
            self.return_caught(caught)?;
            self.s.frames.pop();
            return Ok(());
        }
        if let Kind::TryTable(first) = kind {
            self.close_handlers(first);
        }
        if let Kind::If(_) = kind {
            self.forget_head(top);
        }
        let waits = match kind {
            Kind::Loop => false,
            Kind::If(word) => word != NONE || label != NONE || caught != NONE,
            // The results of its body are not where the label takes them.
            Kind::Catch(_) => self.reachable || label != NONE || caught != NONE,
            _ => label != NONE || caught != NONE,
        };
        if waits {
            if self.reachable {
                self.move_to_label(top);
            }
            if let Kind::If(word) = kind {
                self.set_targets(word);
            }
            self.set_targets(label);
            self.set_caught(caught);
            self.truncate(height as usize);
            self.place_label();
            self.reachable = true;
            if block != BlockType::Empty {
                let (_, results) = self.block_sig(block);
                self.push_homes(results.as_slice())?;
            }
        } else if !self.reachable {
            self.truncate(height as usize);
        }
        if kind == Kind::Loop {
            self.carried(top);
        }
        self.s.frames.pop();
        Ok(())
    }

    /// Drops entries until `len` are left.
    pub(super) fn truncate(&mut self, len: usize) {
        while self.s.stack.len() > len {
            self.pop();
        }
    }

    /// Begins code that is reached in more than one way.
    pub(super) fn place_label(&mut self) {
        self.s.stack.forget();
        self.forget_last();
        self.exit = None;
        self.straight = NONE;
        self.meter.end_segment();
    }

    pub(super) fn frame_of(&self, label: LabelIdx) -> usize {
        self.s.frames.len() - 1 - label.index()
    }

    /// Lets the target in word `word` be the end of `frame`, or the start when it is a loop.
    pub(super) fn link(&mut self, frame: usize, word: u32) {
        let Frame { kind, label, .. } = self.s.frames[frame];
        self.s.code[word as usize] = label.into();
        if kind == Kind::Loop {
            let kept = self.kept_by(word);
            self.branches_back(frame, kept);
        } else {
            self.s.frames[frame].label = word;
        }
    }

    pub(super) fn set_target(&mut self, word: u32) {
        self.s.code[word as usize] = self.here();
        self.forget_last();
        self.exit = None;
        self.straight = NONE;
        self.meter.end_segment();
    }

    fn set_targets(&mut self, mut word: u32) {
        while word != NONE {
            let next = self.s.code[word as usize] as u32;
            self.set_target(word);
            word = next;
        }
    }

    /// Rule *loop register*: whether a branch to `frame` goes back to the start of a loop without calls and further loops, to
    /// which the loop register is left.
    pub(super) fn repeats(&self, frame: usize) -> bool {
        let Frame { kind, label, busy, .. } = self.s.frames[frame];
        kind == Kind::Loop
            && !self.slots_only()
            && busy == self.busy
            && self.here() - u64::from(label) <= LOOP_WORDS
    }

    /// Rule *exit of a loop*: lets a branch out of a loop, when a jump back would follow it, branch back itself on the
    /// opposite condition, and the jump lead out. Says whether it applied.
    ///
    /// ```text
    /// br_eqz s0 -> out; jump -> loop        br_nez s0 -> loop; jump -> out
    /// ```
    fn exit_last(&mut self, frame: usize) -> bool {
        let Some((at, cond)) = self.exit.take() else { return false };
        let (word, end) = (at + 2, at + 3 + u32::from(cond.float_imm.is_some()));
        if self.s.frames[frame].kind != Kind::Loop || self.s.code.len() != end as usize {
            return false;
        }
        // The branch was linked last, so it is the first that waits.
        let waits = |out: &Frame| out.kind != Kind::Loop && out.label == word;
        let Some(out) = self.s.frames.iter().rposition(waits) else { return false };
        let next = self.s.code[word as usize];
        let Cond { family, variant, .. } = cond.negated();
        self.s.code[at as usize] = u64::from(branch_number(family, variant, self.repeats(frame)));
        self.s.code[word as usize] = self.s.frames[frame].label.into();
        let jump = self.emit_jump(false);
        self.s.code[jump as usize] = next;
        self.s.frames[out].label = jump;
        self.s.frames[frame].head = None;
        self.branches_back(frame, None);
        true
    }

    /// Notes that the branch that was emitted last, which leads to the end of frame `out`, is the first in a loop, if it is:
    /// `straight` is where that begins.
    fn note_head(&mut self, straight: u32, out: usize) {
        let Some((at, cond)) = self.exit else { return };
        if straight == NONE || self.slots_only() || at - straight > HEAD_WORDS || self.is_metered() {
            return;
        }
        let inner = self.s.frames.iter().rposition(|frame| frame.kind == Kind::Loop);
        let Some(inner) =
            inner.filter(|&inner| out < inner || matches!(self.s.frames[out].kind, Kind::If(_)))
        else {
            return;
        };
        // It may be the start of another loop, which has ended: then what is before that may have branches.
        if self.s.frames[inner].label as usize + PREFIX != straight as usize {
            return;
        }
        self.s.frames[inner].head = Some(Head { cond, at, out: out as u32 });
    }

    /// Forgets that a loop begins with a branch to the `else` of frame `top`, which is there now.
    fn forget_head(&mut self, top: usize) {
        let inner = self.s.frames[..top].iter_mut().rfind(|frame| frame.kind == Kind::Loop);
        if let Some(inner) = inner
            && inner.head.is_some_and(|head| head.out as usize == top)
        {
            inner.head = None;
        }
    }

    /// Rule *start of a loop*: instead of a jump back to a loop that begins with a branch out of it, repeats what is there,
    /// with the opposite condition. Says whether it applied.
    ///
    /// ```text
    /// 4: br_eqz s0 -> out; 7: …; jump -> 4        4: br_eqz s0 -> out; 7: …; br_nez s0 -> 7; jump -> out
    /// ```
    fn head_again(&mut self, frame: usize) -> bool {
        if self.slots_only() {
            return false;
        }
        let Frame { kind: Kind::Loop, label, head: Some(head), .. } = self.s.frames[frame] else {
            return false;
        };
        let (start, mut cond) = (label + PREFIX as u32, head.cond.negated());
        let body =
            head.at + Op::new(self.s.code[head.at as usize]).expect("the head is a branch").words() as u32;
        let mut rest = None;
        if head.at > start {
            self.repeat_positions(start, head.at);
            self.s.code.extend_from_within(start as usize..head.at as usize);
            self.forget_last();
        } else {
            cond = self.loop_end(cond, false);
            rest = self.end_of_loop(&cond, body);
        }
        let word = self.emit_end(cond, rest, self.repeats(frame));
        self.s.code[word as usize] = u64::from(body) - PREFIX as u64;
        self.exit = None;
        let jump = self.emit_jump(false);
        let out = head.out as usize;
        if let Kind::If(first) = self.s.frames[out].kind {
            self.s.code[jump as usize] = first.into();
            self.s.frames[out].kind = Kind::If(jump);
        } else {
            self.link(out, jump);
        }
        self.branches_back(frame, None);
        true
    }

    /// Gives the ops that are about to be repeated, those from `start` to `end`, the positions of the first ones.
    fn repeat_positions(&mut self, start: u32, end: u32) {
        let at = self.s.code.len() as u32;
        if let Some(positions) = self.notes.positions.as_deref_mut() {
            let index = |word| positions.partition_point(|position| position.word < word);
            for index in index(start)..index(end) {
                let position = positions[index];
                positions.push(Position { word: at + position.word - start, ..position });
            }
        }
    }

    /// Emits a jump to the end of `frame`, or the start when it is a loop.
    fn jump_to(&mut self, frame: usize) {
        if self.exit_last(frame) {
            return;
        }
        let word = self.emit_jump(self.repeats(frame));
        self.link(frame, word);
    }

    /// Emits a jump, without its target, and returns the word of its target.
    fn emit_jump(&mut self, repeats: bool) -> u32 {
        let before = self.last_op;
        let at = self.op(Family::Jump.first() + u16::from(repeats), Fields(NONE.into()));
        debug_assert!(self.s.jumps.len() < self.s.jumps.capacity(), "room was made before");
        self.s.jumps.push((at, before));
        self.forget_last();
        self.straight = NONE;
        at + 1
    }

    /// Emits a conditional branch, without its target, and returns the word of its target.
    pub(super) fn emit_branch(&mut self, cond: Cond, repeats: bool) -> u32 {
        let cond = self.with_last(cond, repeats);
        let at = self.op(branch_number(cond.family, cond.variant, repeats), cond.fields);
        self.word(NONE.into());
        if let Some(bits) = cond.float_imm {
            self.word(bits);
        }
        self.keeps_truth(&cond);
        if matches!(cond.family.shape(), Shape::AddBr | Shape::AddBr2 | Shape::CopyAddBr) {
            self.s.stack.set_kept(NONE);
        }
        self.forget_last();
        self.straight = NONE;
        let is_cast = matches!(cond.family.shape(), Shape::BrOnCast | Shape::BrOnCastFail);
        self.exit = (!is_cast).then_some((at, cond));
        self.meter.end_segment();
        at + 2
    }

    /// Emits an unconditional branch.
    pub(super) fn branch(&mut self, label: LabelIdx) {
        let frame = self.frame_of(label);
        if self.s.frames[frame].kind == Kind::Function {
            return self.return_();
        }
        self.move_to_label(frame);
        if !self.exit_last(frame) && !self.head_again(frame) {
            self.jump_to(frame);
        }
    }

    /// Whether the top `count` entries have the homes in which `frame`'s label takes its values, or are in the locals that
    /// it takes.
    #[inline]
    pub(super) fn in_place(&mut self, frame: usize, count: usize) -> bool {
        if count == 0 {
            return true;
        }
        let Frame { kind, height, passed, .. } = self.s.frames[frame];
        if passed != NONE && self.passes(passed, count) {
            return true;
        }
        kind != Kind::Function && self.s.stack.len() - count == height as usize
    }

    /// Emits a branch to `label` on the value on top of the stack, which stays there, by an op of `family` with
    /// `extension` as its last word. `opposite` is the family of the opposite condition.
    pub(super) fn branch_on_top(
        &mut self,
        (family, opposite): (Family, Family),
        b: u32,
        extension: Option<u64>,
        label: LabelIdx,
    ) {
        let top = self.s.stack.len() - 1;
        self.materialize(top);
        let src = self.src_of(self.s.stack.get(top));
        let fields = Fields::wide(0, src.short(), b);
        self.branch_if(Cond { family, opposite, variant: src.digit(), fields, float_imm: extension }, label);
    }

    pub(super) fn branch_if(&mut self, cond: Cond, label: LabelIdx) {
        let frame = self.frame_of(label);
        let count = self.s.frames[frame].takes as usize;
        if self.in_place(frame, count) {
            self.settle(frame, count);
            let Frame { kind, label, .. } = self.s.frames[frame];
            let rest = if kind == Kind::Loop { self.end_of_loop(&cond, label + PREFIX as u32) } else { None };
            let straight = self.straight;
            let word = self.emit_end(cond, rest, self.repeats(frame));
            self.link(frame, word);
            self.note_head(straight, frame);
            return;
        }
        let over = self.emit_branch(cond.negated(), false);
        self.branch_keeping(frame);
        self.set_target(over);
    }

    /// Emits the branch on `cond`, or instead the one that does the `rest` of the loop that it closes, without its target, and
    /// returns the word of its target.
    fn emit_end(&mut self, cond: Cond, rest: Option<Cond>, repeats: bool) -> u32 {
        let Some(rest) = rest else { return self.emit_branch(cond, repeats) };
        if let Some((slot, class)) = cond.counter() {
            let number = Family::I32Add.op(&[class, Class::Imm, class]).number() as u16;
            self.op(number, Fields::wide(slot, slot, 1));
        }
        let word = self.emit_branch(rest, repeats);
        // It has no opposite, and the accumulator is not what the loop would have left there.
        self.exit = None;
        self.s.stack.forget();
        word
    }

    /// Emits a branch to `frame` with values, after which the stack is as before: the code that follows is reached
    /// another way.
    pub(super) fn branch_keeping(&mut self, frame: usize) {
        if self.s.frames[frame].kind == Kind::Function {
            self.return_();
        } else {
            self.move_to_label(frame);
            self.jump_to(frame);
        }
    }

    /// Puts the top `count` entries, which are in place, to where `frame`'s label takes them.
    fn settle(&mut self, frame: usize, count: usize) {
        if self.s.frames[frame].passed == NONE {
            self.materialize_top(count);
        }
    }

    /// Copies the top entries to where `frame`'s label takes them. The entries stay as they are unless they are in place.
    pub(super) fn move_to_label(&mut self, frame: usize) {
        let count = self.s.frames[frame].takes as usize;
        if self.in_place(frame, count) {
            return self.settle(frame, count);
        }
        let base = self.s.frames[frame].base;
        let first = self.s.stack.len() - count;
        if count == 1 && self.is_last(&self.s.stack.get(first)) {
            return self.last_to(base);
        }
        // Homes rise with the stack and no destination is above its source's home, so none is overwritten before it
        // was read. But the locals of a function that is inlined may lie where its results go.
        let end = if self.call == NONE || count < 2 {
            base
        } else {
            base + self.s.stack.entries()[first..].iter().map(|entry| cells(entry.ty()) as u16).sum::<u16>()
        };
        self.move_results(first, base, end);
    }

    /// `br_table`: targets whose values are in place, or that take none, are reached at once; for the others the
    /// moves and a jump follow the table, once for each label.
    fn br_table(&mut self, table: &BrTable<'_>) -> Result<(), Error> {
        let index = self.pop();
        let count = self.s.frames[self.frame_of(table.default())].takes as usize;
        self.materialize_top(count);
        let src = self.src(index, Imm::No, false);
        let labels = || table.targets().chain([table.default()]);
        let entries = table.len() + 1;
        self.make_room(WORDS + entries as usize)?;
        self.op(Family::BrTable.first() + src.digit(), Fields::wide(0, src.short(), entries));
        self.forget_last();
        self.straight = NONE;
        let first = self.s.code.len() as u32;
        for _ in 0..entries {
            self.word(NONE.into());
        }
        for (word, label) in (first..).zip(labels()) {
            let frame = self.frame_of(label);
            if self.in_place(frame, count) {
                self.link(frame, word);
            } else {
                // The words that wait for the frame's stub, linked like those that wait for its end.
                self.s.code[word as usize] = self.s.frames[frame].stub.into();
                self.s.frames[frame].stub = word;
            }
        }
        for label in labels() {
            let frame = self.frame_of(label);
            let stub = core::mem::replace(&mut self.s.frames[frame].stub, NONE);
            if stub != NONE {
                self.make_room(WORDS + WORDS_PER_ENTRY * count)?;
                self.make_room_for_jumps(JUMPS)?;
                self.set_targets(stub);
                self.note_position(self.s.code.len() as u32);
                self.branch_keeping(frame);
            }
        }
        Ok(())
    }
}

/// The number of the branch of `family` whose operands are those of `variant`, back to a loop that it keeps to or not.
fn branch_number(family: Family, variant: u16, repeats: bool) -> u16 {
    family.first()
        + match family.shape() {
            Shape::BrOnCast | Shape::BrOnCastFail | Shape::AndBr | Shape::LoadBr | Shape::Load8Br => variant,
            // The class of the target varies fastest.
            _ => variant * 2 + u16::from(repeats),
        }
}

//! Exceptions: `throw`, `throw_ref`, `try_table`, and the legacy `try`.
//!
//! Entering a `try_table` is entering a block. Its clauses become [`Handler`]s, which say between which words of the code an
//! exception is caught. The payload goes to where the clause's label takes its values, so a clause needs no code of its
//! own.
//!
//! ```text
//! block $h (result i32)                       0  call …          base of $h: s4
//!   try_table (catch $e $h) call … end        3  …
//! end                                         handler: 0..3 catch $e s4 -> 3
//! ```
//!
//! The bodies of a legacy `try` are handlers' targets too. There the exception itself has a cell, for `rethrow`, that is
//! an entry of the operand stack below the payload; the results of such a body move down over it.
//!
//! Invariant: no op that is emitted outside of a body is changed into one inside, or the other way round, because
//! [`Translation::last_op`] is forgotten at both ends.

use super::control::{JUMPS, Kind};
use super::func::{Guess, Translation, WORDS, WORDS_PER_ENTRY, cells_of};
use super::stack::NONE;
use crate::error::Error;
use crate::fallible::{TryVec, try_collect};
use crate::instr::Instr;
use crate::ir::{Action, Catch, ExnSlot, Family, Fields, Handler, Ty};
use crate::module::Catch as Clause;
use crate::types::{LabelIdx, TagIdx, ValType};
use core::cmp::Reverse;

impl<'t> Translation<'t> {
    pub(super) fn exception(&mut self, instr: Instr) -> Result<(), Error> {
        self.make_room_for_jumps(JUMPS)?;
        match instr {
            Instr::Throw => self.throw(),
            Instr::ThrowRef => {
                let entry = self.pop();
                let slot = self.src_slot(entry);
                self.throw_ref(slot);
                Ok(())
            }
            Instr::TryTable => self.try_table(),
            Instr::Try => self.try_(),
            Instr::Catch => {
                let tag = TagIdx(self.reader.u32()?);
                self.catch(Some(tag))
            }
            Instr::CatchAll => self.catch(None),
            Instr::Delegate => self.delegate(),
            _ => {
                debug_assert_eq!(instr, Instr::Rethrow);
                self.rethrow()
            }
        }
    }

    /// Types of the payload of exceptions with tag `tag`; empty for a handler of all.
    fn payload(&self, tag: Option<TagIdx>) -> &'t [ValType] {
        let module = self.module;
        tag.map_or(&[], |tag| module.func_type_at(module.tags[tag.index()]).params())
    }

    fn throw(&mut self) -> Result<(), Error> {
        let tag = TagIdx(self.reader.u32()?);
        let payload = self.payload(Some(tag));
        self.materialize_top(payload.len());
        let first = match payload.len() {
            0 => 0,
            count => self.s.stack.get(self.s.stack.len() - count).home(),
        };
        // Objects and exceptions may be collected before.
        self.spill_acc(Ty::I64);
        self.safepoint()?;
        // The payload is on the stack, so that its cells fit.
        self.op(Family::Throw.first(), Fields::wide(cells_of(payload) as u16, first, tag.0));
        self.reachable = false;
        Ok(())
    }

    fn throw_ref(&mut self, slot: u16) {
        self.op(Family::ThrowRef.first(), Fields::wide(0, slot, 0));
        self.reachable = false;
    }

    fn try_table(&mut self) -> Result<(), Error> {
        let block = self.reader.block_type()?;
        let clauses = self.reader.catches()?;
        self.begin_covered();
        let first = self.s.handlers.len() as u32;
        for clause in clauses {
            self.clause(clause)?;
        }
        self.push_frame(Kind::TryTable(first), block, NONE)
    }

    /// Adds the handler of a clause of the `try_table` that is about to be entered. Its end is not known yet.
    fn clause(&mut self, clause: Clause) -> Result<(), Error> {
        let Clause { tag, is_ref, label } = clause;
        let frame = self.frame_of(label);
        let base = self.s.frames[frame].base;
        if self.s.frames[frame].passed != NONE {
            self.guess = Guess::Wrong;
        }
        let cells = cells_of(self.payload(tag));
        self.need_cells(u32::from(base) + cells + u32::from(is_ref))?;
        // They fit in the frame, as was just made sure.
        let cells = cells as u16;
        let exnref = if is_ref { ExnSlot::Reference(base + cells) } else { ExnSlot::None };
        let index = self.s.handlers.len() as u32;
        let target = match self.s.frames[frame].kind {
            Kind::Loop => {
                self.branches_back(frame, None);
                self.s.frames[frame].label
            }
            // Linked through their targets to those that wait for the same label.
            _ => core::mem::replace(&mut self.s.frames[frame].caught, index),
        };
        let catch = Catch { tag, target, payload: base, cells, exnref, pin: self.pin_or_0() };
        let start = self.here() as u32;
        let depth = self.s.frames.len() as u32;
        let handler = Handler { start, end: NONE, depth, action: Action::Catch(catch) };
        Ok(self.s.handlers.try_push(handler)?)
    }

    /// Ends what the handlers of a `try_table`, from `first` on, cover.
    pub(super) fn close_handlers(&mut self, first: u32) {
        let end = self.here() as u32;
        // All others that were added since have been closed.
        for handler in self.s.handlers[first as usize..].iter_mut().take_while(|handler| handler.end == NONE)
        {
            handler.end = end;
        }
        self.forget_last();
    }

    /// Lets the handlers linked from `index` on go on here.
    pub(super) fn set_caught(&mut self, mut index: u32) {
        let here = self.here() as u32;
        while index != NONE {
            let Action::Catch(catch) = &mut self.s.handlers[index as usize].action else {
                unreachable!("only handlers that catch wait for a label")
            };
            index = core::mem::replace(&mut catch.target, here);
        }
    }

    /// At the end of the function: returns the payload of the exceptions that the handlers linked from `index` on catch.
    pub(super) fn return_caught(&mut self, index: u32) -> Result<(), Error> {
        if index != NONE {
            self.truncate(0);
            self.make_room(WORDS + WORDS_PER_ENTRY * self.ty.results().len())?;
            self.set_caught(index);
            self.place_label();
            self.push_homes(self.ty.results())?;
            self.return_();
        }
        Ok(())
    }

    /// Begins code that handlers cover, where a block begins.
    fn begin_covered(&mut self) {
        self.flush();
        self.forget_last();
    }

    fn try_(&mut self) -> Result<(), Error> {
        let block = self.reader.block_type()?;
        self.begin_covered();
        let here = self.here() as u32;
        self.push_frame(Kind::Try(here), block, NONE)
    }

    /// `catch` and `catch_all`: ends the body before it and begins its own.
    fn catch(&mut self, tag: Option<TagIdx>) -> Result<(), Error> {
        let top = self.s.frames.len() - 1;
        let (start, end) = match self.s.frames[top].kind {
            Kind::Try(start) => (start, self.here() as u32),
            Kind::Catch(handler) => {
                let Handler { start, end, .. } = self.s.handlers[handler as usize];
                (start, end)
            }
            _ => return Err(Error::invalid("catch without try")),
        };
        if self.reachable {
            self.branch(LabelIdx(0));
        }
        self.truncate(self.s.frames[top].height as usize);
        self.place_label();
        self.reachable = start != end;
        let payload = self.payload(tag);
        let exception = self.push_home(Ty::I64)?;
        self.s.stack.trace_top(true);
        self.push_homes(payload)?;
        let catch = Catch {
            tag,
            target: self.here() as u32,
            payload: exception + 1,
            // They are on the stack, so that they fit.
            cells: cells_of(payload) as u16,
            exnref: ExnSlot::Null(exception),
            pin: self.pin_or_0(),
        };
        self.s.frames[top].kind = Kind::Catch(self.s.handlers.len() as u32);
        let handler = Handler { start, end, depth: top as u32, action: Action::Catch(catch) };
        Ok(self.s.handlers.try_push(handler)?)
    }

    fn delegate(&mut self) -> Result<(), Error> {
        let label = self.reader.u32()?;
        let top = self.s.frames.len() - 1;
        let Kind::Try(start) = self.s.frames[top].kind else {
            return Err(Error::invalid("delegate without try"));
        };
        // The label is relative to the block around the `try`.
        let outer = (top - 1 - label as usize) as u32;
        let (end, depth) = (self.here() as u32, top as u32);
        self.s.handlers.try_push(Handler { start, end, depth, action: Action::Delegate(outer) })?;
        self.forget_last();
        self.end()
    }

    fn rethrow(&mut self) -> Result<(), Error> {
        let label = self.reader.u32()?;
        let frame = self.frame_of(LabelIdx(label));
        let Kind::Catch(handler) = self.s.frames[frame].kind else {
            return Err(Error::invalid("invalid rethrow label"));
        };
        // The first cell of the block, see `catch`.
        let slot = self.s.frames[frame].base;
        if let Action::Catch(catch) = &mut self.s.handlers[handler as usize].action {
            catch.exnref = ExnSlot::Reference(slot);
        }
        self.throw_ref(slot);
        Ok(())
    }

    pub(super) fn pin_or_0(&self) -> u16 {
        if self.pin == NONE { 0 } else { self.pin as u16 }
    }

    /// Puts the handlers into the order of [`Handler`]'s invariants, `by` words later than they were noted.
    ///
    /// # Errors
    /// When there is not enough memory.
    pub(super) fn finish_handlers(&mut self, by: u32) -> Result<(), Error> {
        if !cfg!(feature = "exceptions") || self.s.handlers.is_empty() {
            return Ok(());
        }
        let handlers = &mut self.s.handlers;
        handlers.retain(|handler| handler.start < handler.end);
        // Those of the same depth stay in their order: a sort that sees to that by itself allocates.
        let mut order = try_collect((0..).zip(handlers.iter().copied()))?;
        order.sort_unstable_by_key(|&(at, handler): &(u32, _)| (Reverse(handler.depth), at));
        handlers.clear();
        handlers.extend(order.into_iter().map(|(_, handler)| handler));
        for handler in handlers {
            handler.start += by;
            handler.end += by;
            if let Action::Catch(catch) = &mut handler.action {
                catch.target += by;
            }
        }
        Ok(())
    }
}

//! Pass *inlining*: the body of a small function in the place of a call.
//!
//! A call costs two dispatches, the copies of its arguments, and the return record. A function of a few instructions is
//! translated anew wherever it is called instead. It has no frame there: its parameters are what the caller's operand stack
//! says of the arguments, so that operands fold, and ops fuse, across the border.
//!
//! ```text
//! func $next (param i32) (result i32)  local.get 0  i32.load offset=4  i32.const 1  i32.add
//!
//! local.get 1  call $next  local.set 1
//!     before: s5 = copy s1; call $next; s1 = copy acc          $next: acc = i32.load s0 +4; acc = i32.add acc, 1; return acc
//!     after:  acc = i32.load s1 +4; s1 = i32.add acc, 1
//! ```
//!
//! | argument | what a parameter is that the callee only reads | one that it writes |
//! |---|---|---|
//! | constant | the constant | the home of the argument, to which it is copied |
//! | local | the same local, as no callee writes its caller's | the same |
//! | in an accumulator | the home: the op that computes it writes both | the same |
//! | at home | the home | the home |
//!
//! Where a body begins with its parameters, each once and in order, the arguments are its first operands, and stay where they
//! are. The callee's locals are temporaries of the caller.
//!
//! Nothing is inlined in what is inlined: what that calls is called. So a function that calls itself becomes part of itself
//! once, and of a tree of such calls each second level has no frames:
//!
//! ```text
//! func $fib (param i64) (result i64)  … call $fib … call $fib … i64.add
//!     before: a frame for each $fib(n)
//!     after:  one for $fib(n), $fib(n-1) and $fib(n-2), and calls from there to the next level
//! ```
//!
//! Which functions: [`Small`], unless they call a leaf, as that is inlined in them already. None are inlined
//! - in metered code, where entering a function counts fuel and asks for the epoch;
//! - in [compact](crate::ir::compact) code, which is to be small;
//! - by `return_call`, after which a backtrace does not show the caller.
//!
//! Invariants:
//! - What becomes of a call depends on the module alone: neither on what was translated, nor on what was validated before. A
//!   callee is validated before it is inlined, since its caller may be translated first.
//! - No op traps in two functions: see [`Translation::border`]. So a [`Position`](super::Position) says which calls a
//!   backtrace shows, the same as without inlining.
//! - Where objects may be collected in what is inlined, the references of the caller's locals are known as well: see
//!   [`Translation::safepoint`].

use super::control::Kind;
use super::func::{Translation, class_of};
use super::plain;
use super::stack::{Local, NONE, Place, cells};
use crate::error::{Error, ErrorKind};
use crate::fallible::TryVec;
use crate::instr::{Immediates, Instr};
use crate::ir::{Class, Family, Fields};
use crate::module::{BlockType, Body, Reader};
use crate::types::{FuncIdx, FuncType, LabelIdx};
use crate::validate::{FuncValidator, validate_body};
use core::mem;
use core::ops::Range;
#[cfg(feature = "fusion")]
use core::sync::atomic::{AtomicU32, Ordering};

/// Most bytes of a body that is inlined, its declarations included.
const MOST_BYTES: usize = 48;

/// Most parameters of a function that is inlined.
const MOST_PARAMS: usize = 8;

/// Most calls that a function makes which is inlined.
const MOST_CALLS: usize = 2;

/// Most further locals of one.
const MOST_LOCALS: u32 = 8;

/// Where no call is inlined any more, as the frame is large already: inlining never makes a function exceed the limit.
const MOST_CELLS: u32 = 1 << 15;

/// How many bytes of other bodies may be inlined in one of `len` bytes: so code stays proportional to what it comes from.
pub(super) const fn budget(len: usize) -> usize {
    2 * len + 64
}

/// A function that is inlined: one with a small body that neither loops, throws, nor makes objects, and that does nothing
/// for which the executor calls out, but for at most [`MOST_CALLS`] calls. Without any it is a *leaf*.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
struct Small {
    /// Whether it begins with its parameters, each once and in order, and has no other locals.
    in_order: bool,
    /// The parameters that it writes, as bits.
    written: u8,
    /// The locals that are to be zeroed, and perhaps others between them.
    zeroed: [u8; 2],
}

/// The functions that a small function calls.
type Calls = [Option<FuncIdx>; MOST_CALLS];

/// What is remembered of a function that was not looked at.
const UNKNOWN: u32 = 0;

/// What is remembered of one that is not inlined.
const NOT_SMALL: u32 = 1;

/// Whether a function is a [`Small`], kept with its body.
#[derive(Debug, Default)]
pub(crate) struct Remembered {
    #[cfg(feature = "fusion")]
    word: AtomicU32,
}

impl Remembered {
    // Whoever finds out finds the same, so it does not matter who comes first.
    #[cfg(feature = "fusion")]
    fn get(&self) -> u32 {
        self.word.load(Ordering::Relaxed)
    }

    #[cfg(feature = "fusion")]
    fn set(&self, word: u32) {
        self.word.store(word, Ordering::Relaxed);
    }

    #[cfg(not(feature = "fusion"))]
    fn get(&self) -> u32 {
        NOT_SMALL
    }

    #[cfg(not(feature = "fusion"))]
    fn set(&self, _word: u32) {}
}

impl Clone for Remembered {
    fn clone(&self) -> Self {
        let clone = Self::default();
        clone.set(self.get());
        clone
    }
}

/// It follows from the body, so bodies are equal without it.
impl PartialEq for Remembered {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

impl Eq for Remembered {}

impl Small {
    fn pack(small: Option<Self>) -> u32 {
        let Some(Self { in_order, written, zeroed: [start, end] }) = small else { return NOT_SMALL };
        u32::from_le_bytes([NOT_SMALL as u8 + 1 + u8::from(in_order), written, start, end])
    }

    fn unpack(word: u32) -> Option<Self> {
        let [kind, written, start, end] = word.to_le_bytes();
        let in_order = kind > NOT_SMALL as u8 + 1;
        (u32::from(kind) > NOT_SMALL).then_some(Self { in_order, written, zeroed: [start, end] })
    }

    /// What the body that `reader` reads is as far as its instructions say it, for `params` parameters, and what it calls. It
    /// need not be valid.
    fn look(mut reader: Reader<'_>, params: usize) -> Result<Option<(Self, Calls)>, Error> {
        let mut locals = 0u32;
        for decl in reader.local_decls()? {
            locals = locals.saturating_add(decl?.0);
        }
        if locals > MOST_LOCALS {
            return Ok(None);
        }
        let mut calls = [None; MOST_CALLS];
        // How many parameters were got in order, before all else.
        let (mut got, mut begins, mut again, mut written) = (0, true, false, 0);
        while !reader.is_empty() {
            let instr = reader.instr()?;
            match instr {
                Instr::LocalGet => {
                    let index = reader.u32()? as usize;
                    begins &= index == got && got < params;
                    got += usize::from(begins);
                    again |= !begins && index < params;
                    continue;
                }
                Instr::LocalSet | Instr::LocalTee => {
                    let index = reader.u32()? as usize;
                    if index < params {
                        written |= 1 << index;
                    }
                    begins = false;
                    continue;
                }
                Instr::Call => {
                    let Some(call) = calls.iter_mut().find(|call| call.is_none()) else { return Ok(None) };
                    *call = Some(FuncIdx(reader.u32()?));
                    begins = false;
                    continue;
                }
                _ if !is_allowed(instr) => return Ok(None),
                _ => begins = false,
            }
            reader.skip_immediates(instr)?;
        }
        let in_order = got == params && !again && written == 0 && locals == 0;
        Ok(Some((Self { in_order, written, zeroed: [0; 2] }, calls)))
    }
}

/// Whether a function that is inlined may contain `instr`, which is no call.
fn is_allowed(instr: Instr) -> bool {
    match instr {
        Instr::Nop
        | Instr::Unreachable
        | Instr::Block
        | Instr::If
        | Instr::Else
        | Instr::End
        | Instr::Br
        | Instr::BrIf
        | Instr::Return
        | Instr::Drop
        | Instr::Select
        | Instr::SelectT
        | Instr::I32Const
        | Instr::I64Const
        | Instr::F32Const
        | Instr::F64Const
        | Instr::V128Const
        | Instr::I64ExtendI32U
        | Instr::GlobalGet
        | Instr::GlobalSet
        | Instr::RefNull
        | Instr::RefIsNull
        | Instr::RefFunc
        | Instr::RefEq
        | Instr::RefAsNonNull
        | Instr::RefTest
        | Instr::RefTestNull
        | Instr::RefCast
        | Instr::RefCastNull
        | Instr::AnyConvertExtern
        | Instr::ExternConvertAny
        | Instr::StructGet
        | Instr::StructGetS
        | Instr::StructGetU
        | Instr::StructSet
        | Instr::ArrayGet
        | Instr::ArrayGetS
        | Instr::ArrayGetU
        | Instr::ArraySet
        | Instr::ArrayLen => true,
        _ => plain::family_of(instr).is_some() || is_access(instr),
    }
}

/// Whether `instr` loads or stores, but is not atomic: those may wait.
fn is_access(instr: Instr) -> bool {
    matches!(instr.immediates(), Immediates::MemArg(_)) && instr.proposal() != crate::Proposal::Threads
}

/// What arguments have become parameters.
struct Args {
    /// The constants among them.
    consts: [Option<u64>; MOST_PARAMS],
    /// The first cell from their homes on that is the place of a value.
    used: u32,
}

impl<'t> Translation<'t> {
    /// Translates the body of `func`, if that is small, with the arguments on top of the stack. Says whether it did.
    pub(super) fn inline(&mut self, func: FuncIdx) -> Result<bool, Error> {
        let is_inlined = self.call != NONE;
        if is_inlined || self.slots_only() || self.is_metered() || self.s.stack.end() > MOST_CELLS {
            return Ok(false);
        }
        let Some((small, range)) = self.small(func)? else { return Ok(false) };
        let Some(budget) = self.budget.checked_sub(range.len()) else { return Ok(false) };
        self.budget = budget;
        let (call, refs, depth) = (self.offset, self.s.refs.len(), self.s.frames.len());
        let ty = self.module.func_type(func);
        let mut reader = Reader::new(self.bytes, range);
        mem::swap(&mut self.s.locals, &mut self.s.callers_locals);
        self.s.locals.clear();
        self.call = call as u32;
        self.border = self.s.code.len() as u32;
        let args = self.take_args(ty, small)?;
        self.push_frame(Kind::Block, BlockType::Func(self.module.funcs[func.index()]), NONE)?;
        self.declare_inlined(&mut reader, small)?;
        let cells = self.s.stack.end() as usize;
        self.s.refs.try_resize(cells.max(refs), 0)?;
        if small.in_order {
            for _ in ty.params() {
                reader.instr()?;
                reader.u32()?;
            }
        }
        mem::swap(&mut self.reader, &mut reader);
        self.inlined_body(depth, &args, ty)?;
        self.reader = reader;
        mem::swap(&mut self.s.locals, &mut self.s.callers_locals);
        debug_assert!(self.s.refs[refs..].iter().all(|&refs| refs == 0), "the callee's locals are gone");
        self.s.refs.truncate(refs);
        self.call = NONE;
        self.offset = call;
        self.border = self.s.code.len() as u32;
        Ok(true)
    }

    /// What is known of `func`, if it is small, and where its body is.
    fn small(&mut self, func: FuncIdx) -> Result<Option<(Small, Range<usize>)>, Error> {
        let module = self.module;
        let Some(body) = module.body(func) else { return Ok(None) };
        let small = match body.remembered.get() {
            UNKNOWN => {
                let small = self.look_at(func, body)?;
                body.remembered.set(Small::pack(small));
                small
            }
            word => Small::unpack(word),
        };
        Ok(small.map(|small| (small, body.range.clone())))
    }

    /// Looks whether `func`, with `body`, is inlined.
    fn look_at(&mut self, func: FuncIdx, body: &Body) -> Result<Option<Small>, Error> {
        let Some((small, calls)) = self.glance_at(func, body) else { return Ok(None) };
        if calls.iter().flatten().any(|&callee| self.is_leaf(callee)) {
            return Ok(None);
        }
        if self.s.callees.is_empty() {
            self.s.callees.try_push(FuncValidator::default())?;
        }
        let validator = &mut self.s.callees[0];
        match validate_body(self.module, self.bytes, func, validator) {
            Ok(()) => {}
            Err(error) if error.kind() == ErrorKind::OutOfMemory => return Err(error),
            // Whoever calls it is told.
            Err(_) => return Ok(None),
        }
        let zeroed = validator.local_uses(func).map(|uses| uses.zeroed);
        Ok(zeroed.map(|zeroed| Small { zeroed: [zeroed.start as u8, zeroed.end as u8], ..small }))
    }

    /// What the instructions of `func`, with `body`, say of it, if it is small.
    fn glance_at(&self, func: FuncIdx, body: &Body) -> Option<(Small, Calls)> {
        let params = self.module.func_type(func).params().len();
        if body.range.len() > MOST_BYTES || params > MOST_PARAMS {
            return None;
        }
        Small::look(Reader::new(self.bytes, body.range.clone()), params).ok().flatten()
    }

    /// Whether `func` looks like a leaf. It need not be valid.
    fn is_leaf(&self, func: FuncIdx) -> bool {
        let glance = self.module.body(func).and_then(|body| self.glance_at(func, body));
        glance.is_some_and(|(_, calls)| calls == [None; MOST_CALLS])
    }

    /// Gives the parameters of `small`, which is of type `ty`, their places.
    fn take_args(&mut self, ty: &FuncType, small: Small) -> Result<Args, Error> {
        let mut args = Args { consts: [None; MOST_PARAMS], used: 0 };
        if small.in_order {
            return Ok(args);
        }
        let first = self.s.stack.len() - ty.params().len();
        let mut unused = true;
        for (i, &param) in ty.params().iter().enumerate() {
            let entry = self.s.stack.get(first + i);
            let slot = match entry.place() {
                Place::Const(bits) if small.written >> i & 1 == 0 => {
                    args.consts[i] = Some(bits);
                    entry.home()
                }
                Place::Local(slot) if small.written >> i & 1 == 0 => {
                    self.moved_home(entry.place());
                    self.s.stack.bury(first + i);
                    slot
                }
                _ => {
                    self.materialize(first + i);
                    unused = false;
                    entry.home()
                }
            };
            if unused {
                args.used = u32::from(entry.home()) + cells(entry.ty());
            }
            // The home of a constant is not written.
            let traced = self.is_traced(param) && args.consts[i].is_none();
            self.s.locals.try_push(Local::new(slot, class_of(param), traced))?;
        }
        Ok(args)
    }

    /// Gives the locals that `reader` is about to read the declarations of their slots.
    fn declare_inlined(&mut self, reader: &mut Reader<'_>, small: Small) -> Result<(), Error> {
        for decl in reader.local_decls()? {
            let (count, ty) = decl?;
            let traced = self.is_traced(ty);
            for _ in 0..count {
                let slot = self.push_home(class_of(ty))?;
                self.s.locals.try_push(Local::new(slot, class_of(ty), traced))?;
            }
        }
        let [start, end] = small.zeroed.map(usize::from);
        if start == end {
            return Ok(());
        }
        for index in start..end {
            let local = self.s.locals[index];
            self.s.stack.wrote(local.slot(), local.ty());
        }
        let slot = self.s.locals[start].slot();
        let count =
            self.s.locals.get(end).map_or(self.s.stack.end(), |local| local.slot().into()) - u32::from(slot);
        if count == 1 {
            self.const_to(0, Class::Slot, slot);
        } else {
            self.op(Family::ZeroCells.first(), Fields::wide(slot, 0, count));
        }
        Ok(())
    }

    /// Translates the body to which the reader has been set, of a function of type `ty`, in the frame at `depth`.
    fn inlined_body(&mut self, depth: usize, args: &Args, ty: &FuncType) -> Result<(), Error> {
        const END: u8 = Instr::End.opcode()[0] as u8;
        while self.s.frames.len() > depth {
            if !self.reachable {
                self.skip_unreachable()?;
            }
            self.offset = self.reader.offset();
            let instr = self.reader.instr()?;
            self.make_room_for_instr()?;
            let is_outermost = self.s.frames.len() == depth + 1;
            match instr {
                Instr::LocalGet => {
                    let index = self.reader.u32()?;
                    match args.consts.get(index as usize) {
                        Some(&Some(bits)) => self.push_const(class_of(ty.params()[index as usize]), bits)?,
                        _ => self.local_get(index)?,
                    }
                }
                // The end is next.
                Instr::Return if is_outermost && self.reader.peek() == Some(END) => {}
                Instr::Return => {
                    self.branch(LabelIdx((self.s.frames.len() - 1 - depth) as u32));
                    self.reachable = false;
                }
                Instr::End if is_outermost => self.leave_inlined(args, ty)?,
                _ => self.instr(instr)?,
            }
        }
        Ok(())
    }

    /// Ends the frame of an inlined function: its results take the place of its arguments.
    fn leave_inlined(&mut self, args: &Args, ty: &FuncType) -> Result<(), Error> {
        let top = self.s.frames.len() - 1;
        let (label, height) = (self.s.frames[top].label, self.s.frames[top].height as usize);
        let results = ty.results();
        if label != NONE || !self.reachable {
            return self.end();
        }
        if self.s.stack.len() - results.len() > height {
            match *results {
                [] => self.truncate(height),
                [_] => self.sink(height, args)?,
                _ => {
                    self.move_to_label(top);
                    self.truncate(height);
                    self.push_homes(results)?;
                }
            }
        }
        self.s.frames.pop();
        Ok(())
    }

    /// Takes away the entries from `height` on, but for the top one, which takes the place of the first of them.
    fn sink(&mut self, height: usize, args: &Args) -> Result<(), Error> {
        let entry = self.pop();
        self.truncate(height);
        let home = self.next_home(entry.ty())?;
        let sunk = entry.with_home(home);
        match entry.place() {
            Place::Const(_) => self.s.stack.push(sunk),
            Place::Local(slot) if u32::from(slot) < self.temps => {
                self.s.refs[usize::from(slot)] += 1;
                self.s.stack.push(sunk);
            }
            // Nobody reads from the new home after the op was emitted that will perhaps write to it.
            Place::Acc(at) if at == self.last_op || u32::from(home) + cells(entry.ty()) <= args.used => {
                let fields = &mut self.s.code[at as usize + 1];
                *fields = Fields(*fields).with_d(home).0;
                self.s.stack.push(sunk);
            }
            place => {
                self.copy_to(entry, home);
                self.s.stack.push(sunk.at(Place::Home));
                if matches!(place, Place::Acc(_)) {
                    self.s.stack.set_mirror(entry.ty(), home);
                }
            }
        }
        Ok(())
    }
}

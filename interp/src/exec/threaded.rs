//! The threaded form of code: words that hold addresses.
//!
//! Making code threaded is one pass over what the translator gives: op numbers become addresses of handlers, targets
//! addresses of words, callees addresses of code, and types of indirect calls their identities across modules.
//!
//! Its counterpart is [`in_place`](super::in_place), of builds without the feature `fusion`.
//!
//! # Invariants
//! - Word 0 of an op is the address of its handler of the dispatcher in use.
//! - Words are written before anybody can reach the code. See [`code`](super::code).

#![expect(unsafe_code, reason = "code is reached through addresses, see the invariants above")]

use super::bulk::Filled;
use super::code::{ModuleCode, type_word};
use super::dispatch::Regs;
use super::handlers::HANDLERS;
use super::native::Place;
use super::operand::wide;
use super::runtime::Word;
use crate::sync::atomic::{AtomicPtr, Ordering};
use core::ptr;
use fantail_core::ir::{Family, Field, OPS, Op, OpAt, Ops, Role, Shape};
use fantail_core::module::Module;
use fantail_core::types::FuncIdx;

/// How the threaded form of an op differs from what the translator gives, beside its handler.
#[derive(Clone, Copy)]
enum Patch {
    Nothing,
    /// The word with this number is a target.
    Target(u8),
    /// In more than that.
    Several,
}

/// What making an op threaded needs to know of it, in a byte: where the next op is depends on it, so it should be at hand. From
/// bit 0 its length, without the targets of a `br_table`, from bit 4 the word that is a target, or [`SEVERAL`].
#[derive(Clone, Copy)]
struct Threading(u8);

/// More than one word has another form.
const SEVERAL: u8 = 4;
/// It has another handler in the form of relaxed instructions that is the machine's own.
const NATIVE: u8 = 0x80;

impl Threading {
    const fn of(family: Family, variant: u16) -> Self {
        let words = family.words(variant);
        assert!(words < 16, "a length has four bits");
        let patch = match patch_of(family) {
            Patch::Nothing => 0,
            Patch::Target(n) => n,
            Patch::Several => SEVERAL,
        };
        let native = if Place::of(family).is_some() { NATIVE } else { 0 };
        Self(words as u8 | patch << 4 | native)
    }

    #[inline(always)]
    fn words(self) -> usize {
        usize::from(self.0 & 15)
    }

    #[inline(always)]
    fn patch(self) -> Patch {
        match self.0 >> 4 & 7 {
            0 => Patch::Nothing,
            SEVERAL => Patch::Several,
            n => Patch::Target(n),
        }
    }

    #[inline(always)]
    fn is_native(self) -> bool {
        self.0 & NATIVE != 0
    }
}

/// By number of an op.
static THREADING: [Threading; OPS] = {
    let mut table = [Threading(0); OPS];
    let mut i = 0;
    while i < Family::ALL.len() {
        let family = Family::ALL[i];
        let mut variant = 0;
        while variant < family.variants() {
            table[(family.first() + variant) as usize] = Threading::of(family, variant);
            variant += 1;
        }
        i += 1;
    }
    table
};

const fn patch_of(family: Family) -> Patch {
    let info = family.info();
    match info.shape {
        Shape::BrTable
        | Shape::BrOnCast
        | Shape::BrOnCastFail
        | Shape::Call
        | Shape::CallIndirect
        | Shape::ReturnCall
        | Shape::ReturnCallIndirect
        | Shape::RefTest
        | Shape::RefCast
        | Shape::New
        | Shape::ArrayBulk => return Patch::Several,
        _ => {}
    }
    let operands = info.operands.as_slice();
    let mut i = 0;
    while i < operands.len() {
        match (operands[i].role, operands[i].field) {
            (Role::Target, Field::W1) => return Patch::Target(1),
            (Role::Target, Field::W2) => return Patch::Target(2),
            (Role::Target, Field::W3) => return Patch::Target(3),
            (Role::Target | Role::Targets, _) => return Patch::Several,
            _ => i += 1,
        }
    }
    Patch::Nothing
}

/// What the first word of `family`'s first op is.
pub(crate) fn first_word(family: Family) -> Word {
    Word(HANDLERS[usize::from(family.first())])
}

/// A number of a slot: itself.
#[inline(always)]
pub(crate) fn apart(slot: usize) -> usize {
    slot
}

/// `cell`, of which so many bytes are to be accessed.
#[inline(always)]
pub(crate) fn cell(cell: *mut u64, _size: usize) -> *mut u64 {
    cell
}

/// The address in word `n` of the op at `ip`.
///
/// # Safety
/// `ip` points to an op in threaded code with an address in that word.
#[inline(always)]
pub(crate) unsafe fn target(ip: *const u64, n: usize) -> *const u64 {
    // SAFETY: the caller vouches for it.
    unsafe { *ip.wrapping_add(n).cast::<*const u64>() }
}

/// The code of the function that the current op, a call of one of this module, names.
///
/// # Safety
/// `regs` satisfies the invariants of `dispatch`, and the current op is such a call.
#[inline(always)]
pub(crate) unsafe fn callee(regs: &Regs) -> *const u64 {
    // SAFETY: word 2 is the address of the callee's code or stub. The stub replaces it by that of the code, perhaps in
    // another thread.
    unsafe { (*regs.ip.wrapping_add(2).cast::<AtomicPtr<u64>>()).load(Ordering::Acquire) }
}

/// The same for a tail call.
///
/// # Safety
/// As for [`callee`].
#[inline(always)]
pub(crate) unsafe fn tail_callee(regs: &Regs) -> *const u64 {
    // SAFETY: word 2 is where the module keeps the address of the callee's code: the stub could not patch this op, to
    // which nothing returns.
    unsafe { (*target(regs.ip, 2).cast::<AtomicPtr<u64>>()).load(Ordering::Acquire) }
}

/// The identity of the type that the current op, an indirect call, asks for.
///
/// # Safety
/// As for [`callee`].
#[inline(always)]
pub(crate) unsafe fn called_type(regs: &Regs) -> u32 {
    // SAFETY: the caller vouches for the op.
    unsafe { wide(regs.ip, Field::W2Hi) }
}

/// Remembers what a `memory.fill` wrote, for a copy right after it.
///
/// # Safety
/// `regs` satisfies the invariants of `dispatch`.
pub(crate) unsafe fn note_filled(regs: &Regs, filled: Filled) {
    // SAFETY: the context is alive.
    unsafe { (*regs.ctx).filled = filled };
}

/// What the last `memory.fill` wrote.
///
/// # Safety
/// As for [`note_filled`].
pub(crate) unsafe fn filled(regs: &Regs) -> Filled {
    // SAFETY: the context is alive.
    unsafe { (*regs.ctx).filled }
}

/// Lets the call op at `call` lead to `code` instead of `stub`, if it is one that leads there.
///
/// # Safety
/// `call` is three words before a place of return.
pub(crate) unsafe fn patch_call(call: *const u64, stub: *const u64, code: *const u64) {
    // SAFETY: the caller vouches for the words.
    unsafe {
        if *call.cast::<usize>() == HANDLERS[usize::from(Family::Call.first())] as usize {
            let callee = &*call.wrapping_add(2).cast::<AtomicPtr<u64>>();
            if callee.load(Ordering::Relaxed).cast_const() == stub {
                callee.store(code.cast_mut(), Ordering::Release);
            }
        }
    }
}

impl ModuleCode {
    /// Writes the threaded form of `words`, the code of `func`, from `code` on.
    pub(super) fn thread(&self, module: &Module, words: &[u64], func: FuncIdx, code: *mut u64) {
        // SAFETY: `place` reserved as many words at `code`, to which nobody else has the address yet.
        unsafe { ptr::copy_nonoverlapping(words.as_ptr(), code, words.len()) };
        let mut next = 0;
        while let Some(&number) = words.get(next) {
            let (at, threading) = (next, THREADING[number as usize]);
            let op = code.wrapping_add(at);
            next += threading.words();
            // SAFETY: as above; ops lie within the code.
            unsafe { *op.cast::<Word>() = self.handler_word(number, threading.is_native()) };
            #[cfg(fantail_count)]
            // SAFETY: as above.
            unsafe {
                super::count::mark(op, number);
            }
            match threading.patch() {
                Patch::Nothing => {}
                Patch::Target(n) => {
                    let target = code.wrapping_add(words[at + usize::from(n)] as usize).cast_const();
                    // SAFETY: as above.
                    unsafe { write_address(op.wrapping_add(n.into()), target) };
                }
                Patch::Several => next = at + self.patch(module, &words[at..], func, op, code),
            }
        }
    }

    /// The first word of op `number`, which may have a handler that `is_native`.
    #[inline(always)]
    fn handler_word(&self, number: u64, is_native: bool) -> Word {
        let native = if is_native { self.native_handler(number) } else { None };
        Word(native.unwrap_or_else(|| self.handlers.get(number)))
    }

    #[cold]
    fn native_handler(&self, number: u64) -> Option<super::dispatch::Handler> {
        let place = Place::of(Op::new(number)?.family())?;
        self.native?.handler(place, number)
    }

    /// Writes at `at` what differs in the threaded form of the first op of `words`, but for its handler. Returns how
    /// many words it has.
    fn patch(&self, module: &Module, words: &[u64], func: FuncIdx, at: *mut u64, code: *mut u64) -> usize {
        let Some(Ok(op)) = Ops::new(words).next() else { unreachable!("the translator emits whole ops") };
        for n in op.targets() {
            let target = code.wrapping_add(op.words[n] as usize).cast_const();
            // SAFETY: the word belongs to the op, and nobody else has its address yet.
            unsafe { write_address(at.wrapping_add(n), target) };
        }
        self.thread_call(&op, func, at, code);
        if let Some((n, word)) = type_word(module, &op) {
            // SAFETY: as above.
            unsafe { *at.wrapping_add(n) = word };
        }
        op.words.len()
    }

    /// Writes what calls have in word 2 in threaded form.
    fn thread_call(&self, op: &OpAt<'_>, func: FuncIdx, at: *mut u64, code: *mut u64) {
        let word = at.wrapping_add(2);
        match op.family() {
            Family::Call => {
                let callee = FuncIdx(op.words[2] as u32);
                let target = match callee == func {
                    true => code,
                    // SAFETY: `entry` points into `self`.
                    false => unsafe { (*self.entry(callee)).load(Ordering::Acquire) },
                };
                // SAFETY: the word belongs to the op, and nobody else has its address yet.
                unsafe { write_address(word, target) };
            }
            Family::ReturnCall => {
                let entry = self.entry(FuncIdx(op.words[2] as u32));
                // SAFETY: as above.
                unsafe { write_address(word, entry.cast()) };
            }
            _ => {}
        }
    }
}

/// Writes an address into a word of code, with zeros where it is smaller.
///
/// # Safety
/// `word` belongs to code that nobody else can reach yet.
unsafe fn write_address(word: *mut u64, address: *const u64) {
    // SAFETY: the caller vouches for it.
    unsafe {
        *word = 0;
        *word.cast::<*const u64>() = address;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn threading_knows_the_words_of_every_op_and_the_target_of_every_branch() {
        for (number, threading) in (0..).zip(&THREADING) {
            let op = Op::new(number).expect("there are so many ops");
            assert_eq!(threading.words(), op.words(), "{op:?}");
            assert_eq!(threading.is_native(), Place::of(op.family()).is_some(), "{op:?}");
            let targets = OpAt { at: 0, op, words: &[0; 4] }.targets();
            match threading.patch() {
                Patch::Nothing => assert!(targets.is_empty(), "{op:?}"),
                Patch::Target(n) => assert_eq!(targets, usize::from(n)..usize::from(n) + 1, "{op:?}"),
                Patch::Several => {}
            }
        }
    }
}

//! The compact form of code, executed as it is: words without an address, wherever they are.
//!
//! An op's first word is its number among compact ops, a target is counted from there, a callee is the index of a function.
//! Its counterpart is [`threaded`](super::threaded), of builds with the feature `fusion`.
//!
//! # Invariants
//! - Word 0 of an op is a compact number. See [`ir::compact`](fantail_core::ir::compact).

#![cfg_attr(
    not(feature = "compile"),
    allow(dead_code, unused_imports, unused_variables, reason = "nothing is translated")
)]
#![expect(unsafe_code, reason = "code is reached through addresses, see the invariants of `code`")]

use super::bulk::Filled;
use super::code::{ModuleCode, type_word};
use super::dispatch::{Regs, opaque};
use super::operand::{wide, word};
use super::runtime::Word;
use crate::sync::atomic::Ordering;
use core::{ptr, slice};
use fantail_core::ir::compact::{CompactOps, compact, number_of};
use fantail_core::ir::{Family, Field, Shape};
use fantail_core::module::Module;
use fantail_core::types::{FuncIdx, TypeIdx};

/// What the first word of `family`'s first op is.
pub(crate) const fn first_word(family: Family) -> Word {
    Word(number_of(family) as u64)
}

/// A number of a slot, of which the compiler has not seen where it comes from: see [`opaque`].
#[inline(always)]
pub(crate) fn apart(slot: usize) -> usize {
    opaque::<u8, 0>(ptr::without_provenance_mut(slot)).addr()
}

/// `cell`, of which `size` bytes are to be accessed: both halves through one address.
#[inline(always)]
pub(crate) fn cell(cell: *mut u64, size: usize) -> *mut u64 {
    if size > size_of::<usize>() { opaque::<_, 0>(cell) } else { cell }
}

/// The address that word `n` of the op at `ip` counts from there.
///
/// # Safety
/// `ip` points to an op in compact code with a target in that word.
#[inline(always)]
pub(crate) unsafe fn target(ip: *const u64, n: usize) -> *const u64 {
    // SAFETY: the caller vouches for it.
    ip.wrapping_offset(unsafe { word(ip, n) } as isize)
}

/// How the address of a function's code is read. Without a translator it never changes.
const PUBLISHED: Ordering = if cfg!(feature = "compile") { Ordering::Acquire } else { Ordering::Relaxed };

/// The code of the function that the current op, a call of one of this module, names.
///
/// # Safety
/// `regs` satisfies the invariants of `dispatch`, and the current op is such a call.
#[inline(always)]
pub(crate) unsafe fn callee(regs: &Regs) -> *const u64 {
    // SAFETY: `ir::verify` checks that word 2 is the index of a function which the module defines.
    unsafe {
        let index = wide(regs.ip, Field::W2Lo) as usize;
        (*(*regs.ctx).code.wrapping_add(index)).load(PUBLISHED)
    }
}

/// The same for a tail call.
///
/// # Safety
/// As for [`callee`].
#[inline(always)]
pub(crate) unsafe fn tail_callee(regs: &Regs) -> *const u64 {
    // SAFETY: the caller vouches for it.
    unsafe { callee(regs) }
}

/// The identity of the type that the current op, an indirect call, asks for.
///
/// # Safety
/// As for [`callee`].
#[inline(always)]
pub(crate) unsafe fn called_type(regs: &Regs) -> u32 {
    // SAFETY: `ir::verify` checks that the upper half of word 2 is the index of a type.
    unsafe {
        let ty = TypeIdx(wide(regs.ip, Field::W2Hi));
        let instance = &*(*regs.ctx).instance;
        instance.module.core.types[ty.index()].id.0
    }
}

/// Compact code has no op that asks for what was filled.
///
/// # Safety
/// None is asked for; that of threaded code has to trust its caller.
pub(crate) unsafe fn note_filled(_regs: &Regs, _filled: Filled) {}

/// So it is as if nothing was.
///
/// # Safety
/// As for [`note_filled`].
pub(crate) unsafe fn filled(_regs: &Regs) -> Filled {
    Filled::NONE
}

/// Calls lead to the code of their callee through the module, so there is nothing to be done.
///
/// # Safety
/// None is asked for; that of threaded code has to trust its caller.
pub(crate) unsafe fn patch_call(_call: *const u64, _stub: *const u64, _code: *const u64) {}

impl ModuleCode {
    /// Writes the compact form of `words` from `code` on.
    pub(super) fn thread(&self, module: &Module, words: &[u64], _func: FuncIdx, code: *mut u64) {
        // SAFETY: `place` reserved as many words at `code`, to which nobody else has the address yet.
        let code = unsafe {
            ptr::copy_nonoverlapping(words.as_ptr(), code, words.len());
            slice::from_raw_parts_mut(code, words.len())
        };
        let Ok(()) = compact(code) else { unreachable!("the translator uses slots only") };
        if !cfg!(feature = "gc") {
            return;
        }
        let mut at = 0;
        while at < code.len() {
            let Some(Ok(op)) = CompactOps::new(&code[at..]).next() else {
                unreachable!("code consists of ops")
            };
            let patch = match op.family().shape() {
                // They look it up.
                Shape::CallIndirect | Shape::ReturnCallIndirect => None,
                _ => type_word(module, &op),
            };
            let words = op.words.len();
            if let Some((n, word)) = patch {
                code[at + n] = word;
            }
            at += words;
        }
    }
}

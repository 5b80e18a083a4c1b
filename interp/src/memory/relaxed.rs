//! Bytes that several threads may access at the same time, read and written without order: plain accesses of shared
//! memories.
//!
//! # Invariants
//! - Bytes are accessed by the machine's relaxed atomic operations: no data race, and no cost on common machines. An
//!   aligned access of up to 8 bytes is one operation and never torn; others go byte by byte.
//! - Only words of the machine's size or less are used: where there are no larger atomic operations, 8 bytes are two halves.
//!
//! Spec: threads proposal, "Memory Model": accesses that are not atomic may tear, but for aligned ones of up to 32 bits.

#![expect(unsafe_code, reason = "bytes are reached through pointers that the callers have checked")]

use crate::sync::atomic::{AtomicU8, AtomicU16, AtomicU32, AtomicUsize, Ordering::Relaxed};

const WORD: usize = size_of::<usize>();

/// The `N` bytes at `from`, at most 8.
///
/// # Safety
/// They are valid, and accessed otherwise only atomically.
#[inline(always)]
pub(crate) unsafe fn read<const N: usize>(from: *const u8) -> [u8; N] {
    let at = from.cast_mut();
    let mut bytes = [0; N];
    // SAFETY: the caller vouches for the bytes; the arms check alignment.
    unsafe {
        match N {
            2 if at.addr().is_multiple_of(2) => {
                put(&mut bytes, 0, AtomicU16::from_ptr(at.cast()).load(Relaxed).to_ne_bytes(), 0);
            }
            4 if at.addr().is_multiple_of(4) => {
                put(&mut bytes, 0, AtomicU32::from_ptr(at.cast()).load(Relaxed).to_ne_bytes(), 0);
            }
            8 if at.addr().is_multiple_of(8) => {
                for i in 0..8 / WORD {
                    let word = AtomicUsize::from_ptr(at.cast::<usize>().wrapping_add(i)).load(Relaxed);
                    put(&mut bytes, i * WORD, word.to_ne_bytes(), 0);
                }
            }
            _ => {
                // One after another into one register: handlers have few.
                let mut value = 0_u64;
                for i in (0..N).rev() {
                    value = value << 8 | u64::from(AtomicU8::from_ptr(at.wrapping_add(i)).load(Relaxed));
                }
                put(&mut bytes, 0, value.to_le_bytes(), 0);
            }
        }
    }
    bytes
}

/// Puts the bytes of `from` from `first` on into `to` from `start` on, as far as both go. The slices' own way is a function
/// that handlers would call, unless it happens to be compiled with them.
#[inline(always)]
fn put<const N: usize, const M: usize>(to: &mut [u8; N], start: usize, from: [u8; M], first: usize) {
    let mut i = 0;
    while start + i < N && first + i < M {
        to[start + i] = from[first + i];
        i += 1;
    }
}

/// Puts `bytes` at `to`.
///
/// # Safety
/// As for [`read`].
#[inline(always)]
pub(crate) unsafe fn write<const N: usize>(to: *mut u8, bytes: [u8; N]) {
    // SAFETY: the caller vouches for the bytes; the arms check alignment.
    unsafe {
        match N {
            2 if to.addr().is_multiple_of(2) => {
                AtomicU16::from_ptr(to.cast()).store(u16::from_ne_bytes([bytes[0], bytes[1]]), Relaxed);
            }
            4 if to.addr().is_multiple_of(4) => {
                let value = u32::from_ne_bytes([bytes[0], bytes[1], bytes[2], bytes[3]]);
                AtomicU32::from_ptr(to.cast()).store(value, Relaxed);
            }
            8 if to.addr().is_multiple_of(8) => {
                for i in 0..8 / WORD {
                    let mut word = [0; WORD];
                    put(&mut word, 0, bytes, i * WORD);
                    let at = AtomicUsize::from_ptr(to.cast::<usize>().wrapping_add(i));
                    at.store(usize::from_ne_bytes(word), Relaxed);
                }
            }
            _ => {
                for (i, byte) in bytes.into_iter().enumerate() {
                    AtomicU8::from_ptr(to.wrapping_add(i)).store(byte, Relaxed);
                }
            }
        }
    }
}

/// Sets `count` bytes from `to` on.
///
/// # Safety
/// As for [`read`].
pub(crate) unsafe fn fill(to: *mut u8, byte: u8, count: usize) {
    let word = usize::from_ne_bytes([byte; WORD]);
    // SAFETY: the caller vouches for the bytes; steps stay among them.
    unsafe {
        for (offset, whole) in steps(to.addr(), count) {
            let at = to.wrapping_add(offset);
            match whole {
                true => AtomicUsize::from_ptr(at.cast()).store(word, Relaxed),
                false => AtomicU8::from_ptr(at).store(byte, Relaxed),
            }
        }
    }
}

/// Copies `bytes`, which nobody writes, to `to`.
///
/// # Safety
/// As for [`read`].
pub(crate) unsafe fn copy_from(to: *mut u8, bytes: &[u8]) {
    // SAFETY: the caller vouches for the bytes; steps stay among them.
    unsafe {
        for (offset, whole) in steps(to.addr(), bytes.len()) {
            let at = to.wrapping_add(offset);
            if whole {
                let mut word = [0; WORD];
                word.copy_from_slice(&bytes[offset..][..WORD]);
                AtomicUsize::from_ptr(at.cast()).store(usize::from_ne_bytes(word), Relaxed);
            } else {
                AtomicU8::from_ptr(at).store(bytes[offset], Relaxed);
            }
        }
    }
}

/// Copies the bytes at `from` to `bytes`, which nobody else has.
///
/// # Safety
/// As for [`read`].
pub(crate) unsafe fn copy_to(bytes: &mut [u8], from: *mut u8) {
    // SAFETY: the caller vouches for the bytes; steps stay among them.
    unsafe {
        for (offset, whole) in steps(from.addr(), bytes.len()) {
            let at = from.wrapping_add(offset);
            if whole {
                let word = AtomicUsize::from_ptr(at.cast()).load(Relaxed);
                bytes[offset..][..WORD].copy_from_slice(&word.to_ne_bytes());
            } else {
                bytes[offset] = AtomicU8::from_ptr(at).load(Relaxed);
            }
        }
    }
}

/// Copies `count` bytes, which may overlap.
///
/// # Safety
/// As for [`read`], on both sides.
pub(crate) unsafe fn copy(to: *mut u8, from: *const u8, count: usize) {
    let from = from.cast_mut();
    let step = |(offset, whole): (usize, bool)| {
        let (to, from) = (to.wrapping_add(offset), from.wrapping_add(offset));
        // SAFETY: the caller vouches for the bytes; steps stay among them, and are whole where both sides are aligned.
        unsafe {
            if whole {
                let word = AtomicUsize::from_ptr(from.cast()).load(Relaxed);
                AtomicUsize::from_ptr(to.cast()).store(word, Relaxed);
            } else {
                let byte = AtomicU8::from_ptr(from).load(Relaxed);
                AtomicU8::from_ptr(to).store(byte, Relaxed);
            }
        }
    };
    // Words fit where both sides are aligned alike, otherwise none does.
    let (head, words) = match (to.addr() ^ from.addr()).is_multiple_of(WORD) {
        true => split(to.addr(), count),
        false => (count, 0),
    };
    // What is read must not have been written: upwards to lower addresses, downwards to higher ones.
    if to.addr() <= from.addr() {
        spans(head, words, count).for_each(step);
    } else {
        let tail = head + words * WORD;
        (tail..count).rev().for_each(|offset| step((offset, false)));
        (0..words).rev().for_each(|i| step((head + i * WORD, true)));
        (0..head).rev().for_each(|offset| step((offset, false)));
    }
}

/// Bytes before the first aligned word among `count` from `start` on, and how many words follow.
fn split(start: usize, count: usize) -> (usize, usize) {
    let head = (start.wrapping_neg() % WORD).min(count);
    (head, (count - head) / WORD)
}

/// Offsets to access, and whether a word or a byte.
fn spans(head: usize, words: usize, count: usize) -> impl Iterator<Item = (usize, bool)> {
    let tail = head + words * WORD;
    let bytes = |range: core::ops::Range<usize>| range.map(|offset| (offset, false));
    bytes(0..head).chain((0..words).map(move |i| (head + i * WORD, true))).chain(bytes(tail..count))
}

/// How to cover `count` bytes from `start` on.
fn steps(start: usize, count: usize) -> impl Iterator<Item = (usize, bool)> {
    let (head, words) = split(start, count);
    spans(head, words, count)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bytes() -> [u8; 64] {
        core::array::from_fn(|i| i as u8)
    }

    #[test]
    fn what_is_written_is_read_at_any_alignment() {
        let mut memory = bytes();
        for at in 0..16 {
            let to = memory[at..].as_mut_ptr();
            // SAFETY: the array is large enough, and nobody else has it.
            unsafe {
                write(to, [1_u8]);
                assert_eq!(read(to), [1_u8]);
                write(to, [2_u8, 3]);
                assert_eq!(read(to), [2_u8, 3]);
                write(to, [4_u8, 5, 6, 7]);
                assert_eq!(read(to), [4_u8, 5, 6, 7]);
                write(to, [8_u8, 9, 10, 11, 12, 13, 14, 15]);
                assert_eq!(read(to), [8_u8, 9, 10, 11, 12, 13, 14, 15]);
            }
            assert_eq!(memory[at..at + 8], [8, 9, 10, 11, 12, 13, 14, 15]);
        }
    }

    #[test]
    fn copies_and_fills_are_those_of_slices() {
        for to in 0..20 {
            for count in 0..40 {
                let (mut memory, mut model) = (bytes(), bytes());
                // SAFETY: the array is large enough, and nobody else has it.
                unsafe { fill(memory[to..].as_mut_ptr(), 0xAB, count) };
                model[to..to + count].fill(0xAB);
                assert_eq!(memory, model);
                // SAFETY: as above.
                unsafe { copy_from(memory[to..].as_mut_ptr(), &bytes()[..count]) };
                model[to..to + count].copy_from_slice(&bytes()[..count]);
                assert_eq!(memory, model);
                let mut copy_of = [0; 40];
                // SAFETY: as above.
                unsafe { copy_to(&mut copy_of[..count], memory[to..].as_mut_ptr()) };
                assert_eq!(copy_of[..count], bytes()[..count]);
                for from in 0..20 {
                    let (mut memory, mut model) = (bytes(), bytes());
                    let base = memory.as_mut_ptr();
                    // SAFETY: as above.
                    unsafe { copy(base.wrapping_add(to), base.wrapping_add(from), count) };
                    model.copy_within(from..from + count, to);
                    assert_eq!(memory, model, "{count} bytes from {from} to {to}");
                }
            }
        }
    }
}

//! What is executed how often: for builds with `--cfg fantail_count` only.
//!
//! Fusions are chosen by these counts. Runs of up to three ops are counted that follow one another both in execution and in
//! the code, since only such ops can become one.
//!
//! Invariant: in these builds the upper 16 bits of word 0 of each op in translated code hold its number plus one. Addresses
//! of handlers have zeros there.

#![expect(unsafe_code, reason = "word 0 of an op is taken apart, see the invariant above")]

use super::dispatch::looped::Handler;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use fantail_core::ir::Op;
use hashbrown::HashMap;
use spin::{Lazy, Mutex};

/// Most ops of a run.
pub const LONGEST: usize = 3;

/// Where the number is in word 0.
const SHIFT: u32 = 48;

#[derive(Default)]
struct Counts {
    /// By the numbers of the ops, the last one lowest.
    runs: HashMap<u64, u64>,
    /// The ops before the current one, as in `runs`, and how many.
    before: u64,
    len: usize,
    /// Where the current op has to be to continue the run.
    next: usize,
}

static COUNTS: Lazy<Mutex<Counts>> = Lazy::new(Mutex::default);

/// Ops that were executed one after the other.
#[derive(Clone, Debug)]
pub struct Run {
    ops: Vec<Op>,
    /// How often.
    pub times: u64,
}

impl Run {
    /// How many ops.
    pub fn len(&self) -> usize {
        self.ops.len()
    }

    /// Never.
    pub fn is_empty(&self) -> bool {
        self.ops.is_empty()
    }

    /// The last op: the number of the first one of its family, the family's name in the table, and which variant it is.
    pub fn variant(&self) -> (u16, String, u16) {
        let op = self.ops.last().expect("a run has ops");
        (op.family().first(), alloc::format!("{:?}", op.family()), op.variant())
    }

    /// The names of the ops, with their operands' classes or without.
    pub fn text(&self, classes: bool) -> String {
        let name = |op: &Op| match classes {
            true => alloc::format!("{op:?}"),
            false => op.family().info().text.to_string(),
        };
        self.ops.iter().map(name).collect::<Vec<_>>().join("; ")
    }
}

/// What has been counted since the last time.
pub fn take() -> Vec<Run> {
    let runs = core::mem::take(&mut *COUNTS.lock()).runs;
    let ops = |key: u64| {
        let numbers = (0..LONGEST).rev().map(|i| key >> (i * 16) & 0xffff).filter(|&number| number != 0);
        numbers.filter_map(|number| Op::new(number - 1)).collect()
    };
    runs.into_iter().map(|(key, times)| Run { ops: ops(key), times }).collect()
}

/// Writes the number of an op into its word 0.
///
/// # Safety
/// `word` holds the address of a handler, and nobody else has its address.
pub(crate) unsafe fn mark(word: *mut u64, number: u64) {
    // SAFETY: the caller vouches for it.
    unsafe { *word |= (number + 1) << SHIFT }
}

/// Counts the op at `ip`, and returns its handler.
///
/// # Safety
/// `ip` points to an op in threaded code.
pub(crate) unsafe fn handler(ip: *const u64) -> Handler {
    // SAFETY: the caller vouches for the op; the lower bits of the word are the address of a handler.
    unsafe {
        let word = *ip;
        note(ip.addr(), word >> SHIFT);
        let address = core::ptr::with_exposed_provenance::<()>((word & ((1 << SHIFT) - 1)) as usize);
        core::mem::transmute::<*const (), Handler>(address)
    }
}

fn note(at: usize, number: u64) {
    let Some(op) = number.checked_sub(1).and_then(Op::new) else { return };
    let counts = &mut *COUNTS.lock();
    if at != counts.next {
        (counts.before, counts.len) = (0, 0);
    }
    counts.len = LONGEST.min(counts.len + 1);
    counts.before = (counts.before << 16 | number) & ((1 << (LONGEST * 16)) - 1);
    for len in 1..=counts.len {
        *counts.runs.entry(counts.before & ((1 << (len * 16)) - 1)).or_insert(0) += 1;
    }
    counts.next = at + op.words() * size_of::<u64>();
}

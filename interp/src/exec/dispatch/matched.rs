//! The dispatcher of compact code: one `match` over the number of an op, in a loop.
//!
//! The registers are local variables of [`run`], so they are in machine registers that calls preserve, and what
//! an op changes is all that is written. On 32-bit Arm, where arguments have four registers, this takes a third of the
//! instructions of handlers that are called; it is smaller, too.
//!
//! The compiler would take ops for one large function with much in common: what many arms begin with it computes before the
//! `match`, what they end with it puts behind a jump, and for size it makes functions of what is left. [`opaque`] keeps it from
//! the first two, and lets both halves of a cell be accessed at one address. On thumbv7em fib(20), with its fuel, takes 1.8 to
//! 2.2 million instructions at `opt-level = "z"` instead of 2.9 million; what varies is how often outlining
//! finds the same three instructions twice.
//!
//! What an op calls out for is a function of its own, to which the registers travel in memory: else each would have its
//! share of the loop's stack frame.

#![expect(unsafe_code, reason = "see the invariants of the module above")]

use super::{Dispatch, Entry, Exec, Exit, Regs};
use crate::exec::handlers::execute;
use crate::store::entity::ExecContext;
use core::marker::PhantomData;
use fantail_core::TrapCode;

/// Ops that are arms of a `match`.
pub(crate) struct Matched;

/// `value`, of which the compiler knows nothing from here on. On 32-bit machines it would else make one of what many ops have
/// in common: it computes that before the `match`, for all ops, or behind a jump, or in functions that are called. Ops are too
/// short for any of it. `N` keeps two such places apart.
#[inline(always)]
pub(crate) fn opaque<T, const N: u16>(value: *mut T) -> *mut T {
    #[cfg(any(target_arch = "arm", target_arch = "riscv32"))]
    {
        let mut value = value;
        // SAFETY: there is no instruction in it.
        unsafe {
            core::arch::asm!("/* {n} {value} */", n = const N, value = inout(reg) value,
                options(nomem, nostack, preserves_flags));
        }
        value
    }
    #[cfg(not(any(target_arch = "arm", target_arch = "riscv32")))]
    value
}

/// There is no handler.
pub(crate) struct Of<O>(PhantomData<O>);

/// What follows an op.
pub(crate) enum Step {
    /// The op at `ip`.
    Next(Regs),
    /// Nothing, with this op and frame as the place of exit.
    Stop(Regs, Exit),
    /// Nothing.
    Exit(Exit),
}

impl<O: Exec> Entry<()> for Of<O> {
    const HANDLER: () = ();
}

/// What ops pass to one another in compact code.
struct Kept {
    ip: *const u64,
    fp: *mut u64,
    mem: *mut u8,
    acc: u64,
}

/// `O`, which starts from `kept` and leaves there what it ends with, unless it exits.
#[inline(never)]
unsafe fn outlined<O: Exec>(kept: &mut Kept, ctx: *mut ExecContext) -> Option<Exit> {
    let mut regs = Regs::start(kept.ip, kept.fp, kept.mem, ctx);
    regs.acc = kept.acc;
    // SAFETY: `outline` passes registers that satisfy the invariants.
    match unsafe { O::exec::<Matched>(regs) } {
        Step::Next(Regs { ip, fp, mem, acc, .. }) => {
            *kept = Kept { ip, fp, mem, acc };
            None
        }
        Step::Stop(regs, exit) => {
            // SAFETY: the context is alive and no reference to it is held.
            unsafe { regs.leave() };
            Some(exit)
        }
        Step::Exit(exit) => Some(exit),
    }
}

impl Dispatch for Matched {
    type Handler = ();
    type Out = Step;
    type Of<O: Exec> = Of<O>;
    #[cfg(target_arch = "x86_64")]
    type OfSse41<O: Exec> = Of<O>;
    #[cfg(target_arch = "x86_64")]
    type OfAvx2<O: Exec> = Of<O>;

    #[inline(always)]
    unsafe fn jump(regs: Regs) -> Step {
        Step::Next(regs)
    }

    #[inline(always)]
    unsafe fn outline<O: Exec>(mut regs: Regs) -> Step {
        let mut kept = Kept { ip: regs.ip, fp: regs.fp, mem: regs.mem, acc: regs.acc };
        // SAFETY: the caller vouches for `regs`.
        if let Some(exit) = unsafe { outlined::<O>(&mut kept, regs.ctx) } {
            return Step::Exit(exit);
        }
        (regs.ip, regs.fp, regs.mem, regs.acc) = (kept.ip, kept.fp, kept.mem, kept.acc);
        Step::Next(regs)
    }

    #[inline(always)]
    fn exit(exit: Exit) -> Step {
        Step::Exit(exit)
    }

    #[inline(always)]
    unsafe fn stop(regs: Regs, exit: Exit) -> Step {
        Step::Stop(regs, exit)
    }

    #[inline(always)]
    unsafe fn trap(regs: Regs, code: TrapCode) -> Step {
        Step::Stop(regs, Exit::trap(code))
    }

    unsafe fn run(regs: Regs) -> Exit {
        // SAFETY: the caller vouches for the registers.
        unsafe { run(regs.ip, regs.fp, regs.mem, regs.ctx) }
    }
}

/// The loop, from a function's first op on. Each register is a variable of its own, and as a whole they are made anew for
/// each op: so nothing remains of those that compact code does not use, and nothing is in memory. The accumulator never holds more than
/// the handle of a function that is about to be entered.
///
/// # Safety
/// As for [`Dispatch::run`].
#[inline(never)]
unsafe fn run(mut ip: *const u64, mut fp: *mut u64, mut mem: *mut u8, ctx: *mut ExecContext) -> Exit {
    let mut handle = 0;
    loop {
        let mut regs = Regs::start(ip, fp, mem, ctx);
        regs.acc = handle as u64;
        // SAFETY: `ip` points to an op of compact code, which begins with its number; the registers satisfy the
        // invariants.
        match unsafe { execute(*ip.cast::<u16>(), regs) } {
            Step::Next(next) => (ip, fp, mem, handle) = (next.ip, next.fp, next.mem, next.acc as usize),
            Step::Stop(regs, exit) => {
                // SAFETY: the context is alive and no reference to it is held.
                unsafe { regs.leave() };
                return exit;
            }
            Step::Exit(exit) => return exit,
        }
    }
}

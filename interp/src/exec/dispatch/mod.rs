//! How control gets from one op to the next: the registers that ops share, and the dispatchers.
//!
//! An op is written once, as [`Exec::exec`]: it changes its copy of the [`Regs`] and ends by saying where to go on, in
//! terms of a [`Dispatch`]. From that come both forms of its handler:
//! - [`tail`](self): a function over the registers that ends in a jump to the next handler. The registers are machine
//!   registers throughout. This is the only place that lists them as arguments.
//! - [`looped`](self): a function over `&mut Regs` that is called in a loop, for builds and targets in which a call in
//!   tail position may be a real one. It takes two to three times as long.
//!
//! `build.rs` chooses; [`Chosen`] is the choice. Tests run both.
//!
//! Compact code has a dispatcher of its own: [`matched`](self), in which ops are arms of a `match` in a loop.
//!
//! # Invariants
//! - `ip` points to an op in threaded code: its first word is the address of its handler *of the dispatcher in use*.
//! - `fp` points into the value stack, with at least as many cells above it as the function's frame has, or
//!   [`FRAME_MARGIN`](crate::store::entity::FRAME_MARGIN) for its first ops.
//! - `mem` is the first byte of memory 0 of the current instance, as `ctx.mem0_base` is.
//! - `ctx` points to the store's context, of which no reference is held while an op runs.
//! - `kept` is what `v128` was when an op last counted at the end of a loop, or what that op copied, or what `keep` was given.
//! - `pin` equals the pinned slot of the current function, if it has one.

#![expect(unsafe_code, reason = "handlers are reached through addresses in code, see the invariants above")]

#[cfg(all(feature = "fusion", any(test, not(fantail_tail))))]
pub(crate) mod looped;
#[cfg(not(feature = "fusion"))]
mod matched;
#[cfg(fantail_tail)]
pub(crate) mod tail;

use crate::exec::operand::VReg;
use crate::store::entity::ExecContext;
use fantail_core::TrapCode;

#[cfg(all(feature = "fusion", not(fantail_tail)))]
pub(crate) use looped::Looped as Chosen;
#[cfg(not(feature = "fusion"))]
pub(crate) use matched::{Matched as Chosen, Step, opaque};
#[cfg(fantail_tail)]
pub(crate) use tail::Tail as Chosen;

/// A handler of the dispatcher in use.
#[cfg(feature = "fusion")]
pub(crate) type Handler = <Chosen as Dispatch>::Handler;

/// What ops share, each in a machine register.
#[derive(Clone, Copy)]
pub(crate) struct Regs {
    /// The current op.
    pub(crate) ip: *const u64,
    /// The current frame.
    pub(crate) fp: *mut u64,
    /// First byte of memory 0.
    pub(crate) mem: *mut u8,
    /// All else.
    pub(crate) ctx: *mut ExecContext,
    /// Accumulator of integers and references.
    pub(crate) acc: u64,
    /// Copy of the pinned local.
    pub(crate) pin: u64,
    /// The loop register: where the innermost loop is likely to begin. Only a guess, so nobody has to keep it.
    pub(crate) again: Spare,
    /// Accumulator of `f32`.
    pub(crate) f32: f32,
    /// Accumulator of `f64`.
    pub(crate) f64: f64,
    /// Accumulator of `v128`.
    pub(crate) v128: VReg,
    /// The vector that loops carry from one iteration to the next.
    pub(crate) kept: VReg,
}

impl Regs {
    /// The registers at the first op of a function; accumulators and pin hold nothing yet.
    pub(crate) fn start(ip: *const u64, fp: *mut u64, mem: *mut u8, ctx: *mut ExecContext) -> Self {
        Self {
            ip,
            fp,
            mem,
            ctx,
            acc: 0,
            pin: 0,
            again: Spare::default(),
            f32: 0.0,
            f64: 0.0,
            v128: crate::exec::operand::zero(),
            kept: crate::exec::operand::zero(),
        }
    }
}

impl Regs {
    /// Notes that execution leaves the handlers at the current op.
    ///
    /// # Safety
    /// `ctx` points to the store's context and no reference to it is held.
    #[inline(always)]
    pub(crate) unsafe fn leave(&self) {
        // SAFETY: the caller vouches for it.
        unsafe {
            (*self.ctx).exit_ip = self.ip;
            (*self.ctx).exit_fp = self.fp;
        }
    }
}

/// A register that is not needed for arithmetic: a vector register where integer registers are short.
#[cfg(target_arch = "x86_64")]
pub(crate) type Spare = f64;
/// A register that is not needed for arithmetic.
#[cfg(not(target_arch = "x86_64"))]
pub(crate) type Spare = usize;

#[cfg(target_arch = "x86_64")]
impl Regs {
    /// The address in the loop register, or whatever is there.
    #[inline(always)]
    pub(crate) fn guess(&self) -> *const u64 {
        core::ptr::with_exposed_provenance(self.again.to_bits() as usize)
    }

    /// Sets the loop register.
    #[inline(always)]
    pub(crate) fn set_guess(&mut self, address: *const u64) {
        self.again = f64::from_bits(address.expose_provenance() as u64);
    }
}

#[cfg(not(target_arch = "x86_64"))]
impl Regs {
    /// The address in the loop register, or whatever is there.
    #[inline(always)]
    pub(crate) fn guess(&self) -> *const u64 {
        core::ptr::with_exposed_provenance(self.again)
    }

    /// Sets the loop register.
    #[inline(always)]
    pub(crate) fn set_guess(&mut self, address: *const u64) {
        self.again = address.expose_provenance();
    }
}

/// Why execution left the handlers.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(transparent)]
pub(crate) struct Exit(u32);

impl Exit {
    /// The outermost function returned.
    pub(crate) const HALT: Self = Self(0);
    /// `ctx.error` says why.
    pub(crate) const ERROR: Self = Self(1);

    /// A trap.
    #[inline(always)]
    pub(crate) const fn trap(code: TrapCode) -> Self {
        Self(code as u32 + 2)
    }

    /// The trap, if it is one.
    pub(crate) fn trap_code(self) -> Option<TrapCode> {
        TrapCode::ALL.get(self.0.checked_sub(2)? as usize).copied()
    }
}

/// An op: what it does, over any dispatcher.
pub(crate) trait Exec: 'static {
    /// Executes the op at `regs.ip` and whatever follows it.
    ///
    /// # Safety
    /// `regs` satisfies the invariants of this module, and the op at `regs.ip` is this one.
    unsafe fn exec<D: Dispatch>(regs: Regs) -> D::Out;
}

/// A way to get from op to op.
pub(crate) trait Dispatch: Sized + 'static {
    /// What the first word of an op in code points to.
    type Handler: Copy + Send + Sync;
    /// What an op's execution amounts to.
    type Out;
    /// The handler of an op.
    type Of<O: Exec>: Entry<Self::Handler>;
    /// The handler of an op that is [frequent](crate::exec::frequent).
    #[cfg(feature = "fusion")]
    type OfFrequent<O: Exec>: Entry<Self::Handler>;
    /// The handler of an op in a further set of vector handlers.
    #[cfg(fantail_vector_sets)]
    type OfSet<O: Exec>: Entry<Self::Handler>;
    /// The handler of an op for machines with SSE4.1 and SSSE3.
    #[cfg(target_arch = "x86_64")]
    type OfSse41<O: Exec>: Entry<Self::Handler>;
    /// The handler of an op for machines with AVX2 and FMA.
    #[cfg(target_arch = "x86_64")]
    type OfAvx2<O: Exec>: Entry<Self::Handler>;

    /// Goes on with the op at `regs.ip`.
    ///
    /// # Safety
    /// `regs` satisfies the invariants of this module.
    unsafe fn jump(regs: Regs) -> Self::Out;

    /// Goes on with `O` in a function of its own, so that what it calls costs the present one nothing.
    ///
    /// # Safety
    /// As for [`Exec::exec`], but the op at `regs.ip` may be one of which `O` is a part.
    unsafe fn outline<O: Exec>(regs: Regs) -> Self::Out;

    /// Leaves the handlers.
    fn exit(exit: Exit) -> Self::Out;

    /// Executes from `regs` on until something leaves the handlers.
    ///
    /// # Safety
    /// As for [`jump`](Self::jump).
    unsafe fn run(regs: Regs) -> Exit;

    /// Goes on with the op `words` after the current one.
    ///
    /// # Safety
    /// As for [`jump`](Self::jump), after the step.
    #[inline(always)]
    unsafe fn next(mut regs: Regs, words: usize) -> Self::Out {
        regs.ip = regs.ip.wrapping_add(words);
        // SAFETY: the caller vouches for the op there.
        unsafe { Self::jump(regs) }
    }

    /// Leaves the handlers at the current op.
    ///
    /// # Safety
    /// `regs` satisfies the invariants of this module.
    #[inline(always)]
    unsafe fn stop(regs: Regs, exit: Exit) -> Self::Out {
        // SAFETY: the caller vouches for `regs`.
        unsafe { regs.leave() };
        Self::exit(exit)
    }

    /// Traps at the current op.
    ///
    /// # Safety
    /// `regs` satisfies the invariants of this module.
    #[inline(always)]
    unsafe fn trap(mut regs: Regs, code: TrapCode) -> Self::Out {
        regs.acc = u64::from(Exit::trap(code).0);
        // SAFETY: the caller vouches for `regs`.
        unsafe { Self::outline::<Leave>(regs) }
    }
}

/// What is left of an op that traps: it leaves with the exit in the accumulator.
struct Leave;

impl Exec for Leave {
    #[inline(always)]
    unsafe fn exec<D: Dispatch>(regs: Regs) -> D::Out {
        // SAFETY: the caller vouches for `regs`.
        unsafe { D::stop(regs, Exit(regs.acc as u32)) }
    }
}

/// A handler as a constant.
pub(crate) trait Entry<H> {
    /// The handler.
    #[cfg_attr(not(feature = "fusion"), expect(dead_code, reason = "compact ops have no handlers"))]
    const HANDLER: H;
}

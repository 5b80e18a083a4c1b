//! The dispatcher in which a loop calls one handler after the other.

#![expect(unsafe_code, reason = "see the invariants of the module above")]

use super::{Dispatch, Entry, Exec, Exit, Regs};
use core::marker::PhantomData;

/// Handlers that return to a loop.
pub(crate) struct Looped;

/// The handler of `O`.
pub(crate) struct Of<O>(PhantomData<O>);

/// The handler of `O` for machines with SSE4.1 and SSSE3.
#[cfg(target_arch = "x86_64")]
pub(crate) struct OfSse41<O>(PhantomData<O>);

/// The handler of `O` for machines with AVX2 and FMA.
#[cfg(target_arch = "x86_64")]
pub(crate) struct OfAvx2<O>(PhantomData<O>);

/// A handler: what to do next stands in the registers afterwards.
pub(crate) type Handler = unsafe fn(&mut Regs) -> Flow;

/// Whether to go on.
pub(crate) enum Flow {
    /// With the op at `ip`.
    Next,
    /// No.
    Exit(Exit),
}

/// The registers after an op, or why there is no next one.
pub(crate) enum Step {
    /// Go on with these.
    Next(Regs),
    /// Leave.
    Exit(Exit),
}

#[cfg(fantail_count)]
use crate::exec::count::handler;

/// The handler of the op at `ip`.
///
/// # Safety
/// `ip` points to an op in threaded code.
#[cfg(all(not(fantail_count), feature = "fusion"))]
#[inline(always)]
unsafe fn handler(ip: *const u64) -> Handler {
    // SAFETY: the first word of an op in threaded code is the address of its handler.
    unsafe { *ip.cast::<Handler>() }
}

/// The handler of the op at `ip`.
///
/// # Safety
/// `ip` points to an op in compact code.
#[cfg(all(not(fantail_count), not(feature = "fusion")))]
#[inline(always)]
unsafe fn handler(ip: *const u64) -> Handler {
    // SAFETY: the first word of an op in compact code is its number.
    unsafe { *crate::exec::handlers::HANDLERS.get_unchecked(usize::from(*ip.cast::<u16>())) }
}

#[inline(always)]
unsafe fn looped<O: Exec>(regs: &mut Regs) -> Flow {
    // SAFETY: `run` passes registers that satisfy the invariants.
    match unsafe { O::exec::<Looped>(*regs) } {
        Step::Next(next) => {
            *regs = next;
            Flow::Next
        }
        Step::Exit(exit) => Flow::Exit(exit),
    }
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "sse4.1,ssse3")]
unsafe fn looped_sse41<O: Exec>(regs: &mut Regs) -> Flow {
    // SAFETY: as for `looped`.
    unsafe { looped::<O>(regs) }
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2,fma")]
unsafe fn looped_avx2<O: Exec>(regs: &mut Regs) -> Flow {
    // SAFETY: as for `looped`.
    unsafe { looped::<O>(regs) }
}

impl<O: Exec> Entry<Handler> for Of<O> {
    const HANDLER: Handler = looped::<O>;
}

#[cfg(target_arch = "x86_64")]
impl<O: Exec> Entry<Handler> for OfSse41<O> {
    const HANDLER: Handler = looped_sse41::<O>;
}

#[cfg(target_arch = "x86_64")]
impl<O: Exec> Entry<Handler> for OfAvx2<O> {
    const HANDLER: Handler = looped_avx2::<O>;
}

impl Dispatch for Looped {
    type Handler = Handler;
    type Out = Step;
    type Of<O: Exec> = Of<O>;
    type OfFrequent<O: Exec> = Of<O>;
    #[cfg(fantail_vector_sets)]
    type OfSet<O: Exec> = Of<O>;
    #[cfg(target_arch = "x86_64")]
    type OfSse41<O: Exec> = OfSse41<O>;
    #[cfg(target_arch = "x86_64")]
    type OfAvx2<O: Exec> = OfAvx2<O>;

    #[inline(always)]
    unsafe fn jump(regs: Regs) -> Step {
        Step::Next(regs)
    }

    #[inline(always)]
    unsafe fn outline<O: Exec>(regs: Regs) -> Step {
        // SAFETY: the caller vouches for `regs`.
        unsafe { O::exec::<Self>(regs) }
    }

    #[inline(always)]
    fn exit(exit: Exit) -> Step {
        Step::Exit(exit)
    }

    unsafe fn run(mut regs: Regs) -> Exit {
        loop {
            // SAFETY: `ip` points to an op, whose handler gets registers that satisfy the invariants.
            let flow = unsafe { handler(regs.ip)(&mut regs) };
            if let Flow::Exit(exit) = flow {
                return exit;
            }
        }
    }
}

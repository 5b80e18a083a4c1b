//! The dispatcher in which every handler ends in a jump to the next.
//!
//! # Invariants
//! - Nothing whose address escapes lives in a handler, so that the call in tail position becomes a jump; a script over the
//!   disassembly of release builds checks it.
//! - On x86-64 handlers have the System V calling convention on every system: six integer and eight vector arguments
//!   in registers. Elsewhere the C convention has eight of each.

#![expect(unsafe_code, reason = "see the invariants of the module above")]
#![allow(
    improper_ctypes_definitions,
    reason = "no other language calls handlers; not all targets have such types"
)]

use super::{Dispatch, Entry, Exec, Exit, Regs, Spare};
use crate::exec::operand::VReg;
use crate::store::entity::ExecContext;
use core::marker::PhantomData;

/// Handlers that jump to one another.
pub(crate) struct Tail;

/// The handler of `O`.
pub(crate) struct Of<O>(PhantomData<O>);

/// The handler of `O`, which is a frequent op.
pub(crate) struct OfFrequent<O>(PhantomData<O>);

/// The handler of `O` in a further set of vector handlers.
#[cfg(fantail_vector_sets)]
pub(crate) struct OfSet<O>(PhantomData<O>);

/// The handler of `O` for machines with SSE4.1 and SSSE3.
#[cfg(target_arch = "x86_64")]
pub(crate) struct OfSse41<O>(PhantomData<O>);

/// The handler of `O` for machines with AVX2 and FMA.
#[cfg(target_arch = "x86_64")]
pub(crate) struct OfAvx2<O>(PhantomData<O>);

macro_rules! handlers {
    ($abi:literal, ($($reg:ident: $ty:ty),*)) => {
        /// A handler, over the registers.
        pub(crate) type Handler = unsafe extern $abi fn($($ty),*) -> Exit;

        /// The handler of `O`.
        unsafe extern $abi fn tail<O: Exec>($($reg: $ty),*) -> Exit {
            // SAFETY: `jump` passes registers that satisfy the invariants.
            unsafe { O::exec::<Tail>(Regs { $($reg),* }) }
        }

        /// The handler of `O`, beside those of other frequent ops.
        // SAFETY: the section is one of code, like any whose name begins with `.text`.
        #[cfg_attr(any(target_os = "linux", target_os = "android"), unsafe(link_section = ".text.hot.fantail"))]
        unsafe extern $abi fn tail_frequent<O: Exec>($($reg: $ty),*) -> Exit {
            // SAFETY: `jump` passes registers that satisfy the invariants.
            unsafe { O::exec::<Tail>(Regs { $($reg),* }) }
        }

        /// The handlers of further sets. They are half of all, and the compiler works on each module alone: as two, they are
        /// compiled side by side.
        #[cfg(any(fantail_vector_sets, target_arch = "x86_64"))]
        mod sets {
            use super::*;

            /// The handler of `O`.
            pub(super) unsafe extern $abi fn tail<O: Exec>($($reg: $ty),*) -> Exit {
                // SAFETY: `jump` passes registers that satisfy the invariants.
                unsafe { O::exec::<Tail>(Regs { $($reg),* }) }
            }

            /// The handler of `O` for machines with these features.
            #[cfg(target_arch = "x86_64")]
            #[target_feature(enable = "sse4.1,ssse3")]
            pub(super) unsafe extern $abi fn tail_sse41<O: Exec>($($reg: $ty),*) -> Exit {
                // SAFETY: `jump` passes registers that satisfy the invariants.
                unsafe { O::exec::<Tail>(Regs { $($reg),* }) }
            }

            /// The handler of `O` for machines with these features.
            #[cfg(target_arch = "x86_64")]
            #[target_feature(enable = "avx2,fma")]
            pub(super) unsafe extern $abi fn tail_avx2<O: Exec>($($reg: $ty),*) -> Exit {
                // SAFETY: `jump` passes registers that satisfy the invariants.
                unsafe { O::exec::<Tail>(Regs { $($reg),* }) }
            }
        }

        /// `O` as a part of a handler that may call, and so spill.
        #[cold]
        #[inline(never)]
        unsafe extern $abi fn outlined<O: Exec>($($reg: $ty),*) -> Exit {
            // SAFETY: `outline` passes registers that satisfy the invariants.
            unsafe { O::exec::<Tail>(Regs { $($reg),* }) }
        }

        #[inline(always)]
        unsafe fn call(handler: Handler, regs: Regs) -> Exit {
            // SAFETY: the caller vouches for registers and handler.
            unsafe { handler($(regs.$reg),*) }
        }
    };
}

macro_rules! with_registers {
    ($abi:literal) => {
        handlers!($abi, (
            ip: *const u64, fp: *mut u64, mem: *mut u8, ctx: *mut ExecContext, acc: u64, pin: u64,
            again: Spare, f32: f32, f64: f64, v128: VReg, kept: VReg
        ));
    };
}

#[cfg(target_arch = "x86_64")]
with_registers!("sysv64-unwind");
#[cfg(not(target_arch = "x86_64"))]
with_registers!("C-unwind");

impl<O: Exec> Entry<Handler> for Of<O> {
    const HANDLER: Handler = tail::<O>;
}

impl<O: Exec> Entry<Handler> for OfFrequent<O> {
    const HANDLER: Handler = tail_frequent::<O>;
}

#[cfg(fantail_vector_sets)]
impl<O: Exec> Entry<Handler> for OfSet<O> {
    const HANDLER: Handler = sets::tail::<O>;
}

#[cfg(target_arch = "x86_64")]
impl<O: Exec> Entry<Handler> for OfSse41<O> {
    const HANDLER: Handler = sets::tail_sse41::<O>;
}

#[cfg(target_arch = "x86_64")]
impl<O: Exec> Entry<Handler> for OfAvx2<O> {
    const HANDLER: Handler = sets::tail_avx2::<O>;
}

impl Dispatch for Tail {
    type Handler = Handler;
    type Out = Exit;
    type Of<O: Exec> = Of<O>;
    type OfFrequent<O: Exec> = OfFrequent<O>;
    #[cfg(fantail_vector_sets)]
    type OfSet<O: Exec> = OfSet<O>;
    #[cfg(target_arch = "x86_64")]
    type OfSse41<O: Exec> = OfSse41<O>;
    #[cfg(target_arch = "x86_64")]
    type OfAvx2<O: Exec> = OfAvx2<O>;

    #[inline(always)]
    unsafe fn jump(regs: Regs) -> Exit {
        // SAFETY: the first word of an op in threaded code is the address of its handler.
        unsafe { call(*regs.ip.cast::<Handler>(), regs) }
    }

    #[inline(always)]
    unsafe fn outline<O: Exec>(regs: Regs) -> Exit {
        // SAFETY: the caller vouches for `regs`.
        unsafe { call(outlined::<O>, regs) }
    }

    #[inline(always)]
    fn exit(exit: Exit) -> Exit {
        exit
    }

    unsafe fn run(regs: Regs) -> Exit {
        // SAFETY: the caller vouches for `regs`.
        unsafe { Self::jump(regs) }
    }
}

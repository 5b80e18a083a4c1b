//! The executor's own ops: the ends of calls, entries into other instances and the host, translation at the first call.
//!
//! They stand in code that no module has: [`snippet`]s, to which return records and calls lead, and the stubs of
//! functions that are not translated yet (see [`code`](super::code)).
//!
//! # Invariants
//! - Before the op of a snippet there is room for a call op whose pin is slot 0, which returns may read.
//! - Ops that call out of the handlers do so in an outlined part. What they call takes and returns registers only: if the
//!   handler had anything in memory, it would not end in a jump, and the native stack would grow. Host functions may panic: handlers have a calling
//!   convention that lets it pass, and hold nothing that would have to be dropped.
//! - No reference into the store is held while a host function runs or memory grows.

#![expect(unsafe_code, reason = "ops act on the registers under the invariants of `dispatch`")]

use super::call::{entity, read_record, write_record};
use super::control::pin_of_call_before;
#[cfg(feature = "fusion")]
use super::dispatch::{Chosen, Entry, Handler};
use super::dispatch::{Dispatch, Exec, Exit, Regs};
use super::exception::{go_on, host_failed};
use super::form;
use super::operand::{Value, word};
use crate::store::entity::{Boundary, ExecContext, ModuleInner};
use crate::store::host::HostFunc;
use crate::sync::Arc;
use crate::sync::atomic::Ordering;
use core::ptr;
use fantail_core::TrapCode;
use fantail_core::ir::Family;
use fantail_core::types::FuncIdx;
use fantail_simd::V128;

/// An op after a call that never was.
#[repr(C)]
struct Snippet {
    call: [u64; 3],
    op: Word,
    field: u64,
}

/// The first word of an op.
#[repr(C, align(8))]
#[derive(Clone, Copy)]
pub(crate) struct Word(pub(crate) FirstWord);

/// What the first word of an op is.
#[cfg(feature = "fusion")]
pub(crate) type FirstWord = Handler;
/// What the first word of an op is.
#[cfg(not(feature = "fusion"))]
pub(crate) type FirstWord = u64;

#[cfg(feature = "fusion")]
const fn snippet_of<O: Exec>(_: Family) -> Snippet {
    Snippet { call: [0; 3], op: Word(<Chosen as Dispatch>::Of::<O>::HANDLER), field: 0 }
}

#[cfg(not(feature = "fusion"))]
const fn snippet_of<O: Exec>(family: Family) -> Snippet {
    Snippet { call: [0; 3], op: form::first_word(family), field: 0 }
}

/// Where the outermost function returns to.
pub(crate) const HALT: usize = 0;
/// Where a function returns to that was called from another instance.
pub(crate) const RETURN_TO_INSTANCE: usize = 1;
/// Where a call of a host function leads.
pub(crate) const ENTER_HOST: usize = 2;
/// Where a call of a function of another instance leads.
pub(crate) const ENTER_INSTANCE: usize = 3;

static SNIPPETS: [Snippet; 4] = [
    snippet_of::<Halt>(Family::Halt),
    snippet_of::<ReturnToInstance>(Family::ReturnToInstance),
    snippet_of::<EnterHost>(Family::EnterHost),
    snippet_of::<EnterInstance>(Family::EnterInstance),
];

/// The op of snippet `n`.
#[inline(always)]
pub(crate) fn snippet(n: usize) -> *const u64 {
    (&raw const SNIPPETS).cast::<u64>().wrapping_add(n * (size_of::<Snippet>() / 8) + 3)
}

/// The snippet that the word at `ip` belongs to.
pub(crate) fn snippet_at(ip: *const u64) -> Option<usize> {
    let offset = ip.addr().checked_sub((&raw const SNIPPETS).addr())?;
    Some(offset / size_of::<Snippet>()).filter(|&n| n < SNIPPETS.len())
}

/// leave: the outermost function has returned
pub(crate) struct Halt;

impl Exec for Halt {
    #[inline(always)]
    unsafe fn exec<D: Dispatch>(_: Regs) -> D::Out {
        D::exit(Exit::HALT)
    }
}

macro_rules! outlined {
    ($($(#[$doc:meta])* $name:ident = $body:ident;)*) => {$(
        $(#[$doc])*
        pub(crate) struct $name;

        impl Exec for $name {
            #[inline(always)]
            unsafe fn exec<D: Dispatch>(regs: Regs) -> D::Out {
                // SAFETY: the caller vouches for the registers.
                unsafe { D::outline::<$body>(regs) }
            }
        }

        struct $body;
    )*};
}

outlined! {
    /// translate the function of the stub, and enter it
    Translate = TranslateBody;
    /// go on in the instance, and at the place, where the innermost call across instances came from
    ReturnToInstance = ReturnToInstanceBody;
    /// enter the function in the accumulator and its instance
    EnterInstance = EnterInstanceBody;
    /// call the host function in the accumulator, then return
    EnterHost = EnterHostBody;
}

/// Leaves the handlers at the current op with an error.
///
/// # Safety
/// `regs` satisfies the invariants of `dispatch`.
pub(crate) unsafe fn fail<D: Dispatch>(regs: Regs, error: crate::Error) -> D::Out {
    // SAFETY: the context is alive and no reference to it is held.
    unsafe {
        (*regs.ctx).error = Some(error);
        D::stop(regs, Exit::ERROR)
    }
}

impl Exec for TranslateBody {
    #[inline(always)]
    unsafe fn exec<D: Dispatch>(mut regs: Regs) -> D::Out {
        // SAFETY: the current op is that of a stub, which is only entered in an instance of its module.
        unsafe {
            let code = translate(regs.ip, regs.fp, regs.ctx);
            if code.is_null() {
                return D::stop(regs, Exit::ERROR);
            }
            regs.ip = code;
            D::jump(regs)
        }
    }
}

/// The code of the function whose `stub` was entered in frame `fp`, translated if need be; null with an error in the
/// context. Makes the `call` that led here lead there.
///
/// # Safety
/// As in [`Translate`], whose registers these are.
#[inline(never)]
unsafe fn translate(stub: *const u64, fp: *mut u64, ctx: *mut ExecContext) -> *const u64 {
    // SAFETY: word 1 of a stub is the function and the offset of its record. Before the place in a record there always
    // is a call op.
    unsafe {
        let (func, record) = (word(stub, 1) as u32, (word(stub, 1) >> 32) as usize);
        let module: *const ModuleInner = Arc::as_ptr(&(*(*ctx).instance).module);
        let code = match (*module).code.translate(&*module, FuncIdx(func)) {
            Ok(code) => code,
            Err(error) => {
                (*ctx).error = Some(error.into());
                return ptr::null();
            }
        };
        let (back, _) = read_record(fp.wrapping_add(record));
        let call = back.wrapping_sub(3);
        form::patch_call(call, stub, code);
        code
    }
}

/// Makes `ctx` describe its current instance again.
///
/// # Safety
/// `ctx` is alive and no reference to it is held.
pub(crate) unsafe fn refresh(ctx: *mut ExecContext) {
    // SAFETY: the caller vouches for `ctx`, whose instance is one of its store.
    unsafe {
        let instance = (*ctx).instance;
        (*ctx).enter(instance);
    }
}

/// Notes that the current instance goes on at `ip` in frame `fp`, unless memory is short. There are never more boundaries
/// than records in the value stack.
///
/// # Safety
/// `ctx` is alive and no reference to it is held.
#[inline(never)]
unsafe fn push_boundary(ctx: *mut ExecContext, ip: *const u64, fp: *mut u64) -> bool {
    // SAFETY: the caller vouches for `ctx`.
    unsafe {
        let boundary = Boundary { ip, fp, instance: (*ctx).instance };
        let boundaries = &mut (*ctx).boundaries;
        let room = boundaries.try_reserve(1).is_ok();
        if room {
            boundaries.push(boundary);
        }
        room
    }
}

impl Exec for EnterInstanceBody {
    #[inline(always)]
    unsafe fn exec<D: Dispatch>(mut regs: Regs) -> D::Out {
        // SAFETY: the accumulator is the handle of a function of another instance, whose call has written a record.
        unsafe {
            let func = entity(&regs, regs.acc);
            let record = regs.fp.wrapping_add((*func).record as usize);
            let (ip, fp) = read_record(record);
            // A tail call may come from a function that itself returns to another instance.
            if ip != snippet(RETURN_TO_INSTANCE) {
                if !push_boundary(regs.ctx, ip, fp) {
                    (regs.ip, regs.fp) = (ip.wrapping_sub(1), fp);
                    return D::trap(regs, TrapCode::StackOverflow);
                }
                write_record(record, snippet(RETURN_TO_INSTANCE), fp);
            }
            (*regs.ctx).enter((*func).instance);
            regs.mem = (*regs.ctx).mem0_base;
            regs.ip = (*(*func).code).load(Ordering::Acquire);
            D::jump(regs)
        }
    }
}

impl Exec for ReturnToInstanceBody {
    #[inline(always)]
    unsafe fn exec<D: Dispatch>(mut regs: Regs) -> D::Out {
        // SAFETY: `EnterInstance` pushed what is popped here; records nest.
        unsafe {
            let Some(boundary) = (*regs.ctx).boundaries.pop() else {
                unreachable!("a return to another instance without a call from one");
            };
            (*regs.ctx).enter(boundary.instance);
            regs.mem = (*regs.ctx).mem0_base;
            (regs.ip, regs.fp) = (boundary.ip, boundary.fp);
            regs.pin = pin_of_call_before(regs.ip, regs.fp);
            D::jump(regs)
        }
    }
}

impl Exec for EnterHostBody {
    #[inline(always)]
    unsafe fn exec<D: Dispatch>(mut regs: Regs) -> D::Out {
        // SAFETY: the accumulator is the handle of a host function, whose call has written a record. The store never
        // drops a function, so what the function is stays where it is while it runs; all else may move.
        unsafe {
            let func = entity(&regs, regs.acc);
            let (ip, fp) = read_record(regs.fp.wrapping_add((*func).record as usize));
            let host: *const HostFunc = match &(*func).host {
                Some(host) => Arc::as_ptr(host),
                None => unreachable!("a function without an instance is one of the host"),
            };
            // Where collections find the frames below.
            (*regs.ctx).exit_ip = ip.wrapping_sub(1);
            (*regs.ctx).exit_fp = fp;
            (*regs.ctx).exit_instance = (*regs.ctx).instance;
            let result = (*host).call((*regs.ctx).store, regs.fp);
            refresh(regs.ctx);
            if let Err(error) = result {
                (regs.ip, regs.fp) = (ip.wrapping_sub(1), fp);
                let pin = host_failed(regs.ctx, regs.ip, regs.fp, error);
                return go_on::<D>(regs, pin);
            }
            regs.mem = (*regs.ctx).mem0_base;
            regs.acc = *regs.fp;
            regs.f32 = f32::load(regs.fp);
            regs.f64 = f64::load(regs.fp);
            V128::load(regs.fp).set_acc(&mut regs);
            (regs.ip, regs.fp) = (ip, fp);
            regs.pin = pin_of_call_before(ip, fp);
            D::jump(regs)
        }
    }
}

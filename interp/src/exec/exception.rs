//! Exceptions in flight: `throw`, `throw_ref`, and the way from there to a handler.
//!
//! Nothing is done where a `try_table` is entered. Who throws looks at the handlers of the function that throws, then at
//! those of its caller, which the return record names, and so on: through calls across instances, up to where the
//! execution was entered from the host. Frames are left as they are until a handler is found.
//!
//! # Invariants
//! - Tags are the same when they are the same entity of the store.
//! - An exception becomes an object only when something will refer to it: a handler that passes it on, or the host. Otherwise
//!   its payload moves from the frame that throws to the one that catches.
//! - The native stack does not grow with the depth of frames that are left. What is called from handlers here takes
//!   and returns registers only, so that they end in a jump.
//!
//! Spec: section 4.6.10 "Control Instructions", `throw_ref`; a handler that `delegate` passes over is not asked.

#![expect(
    unsafe_code,
    reason = "frames are walked through their return records, see the invariants of `dispatch`"
)]

use super::call::read_record;
use super::code::Found;
use super::dispatch::{Dispatch, Exec, Exit, Regs};
use super::operand::{slot, wide};
use super::runtime::{RETURN_TO_INSTANCE, snippet_at};
use super::shapes::Row;
use crate::exnref::ThrownException;
use crate::store::StoreOpaque;
use crate::store::entity::{ExecContext, TagEntity};
use crate::{Error, Result};
use core::marker::PhantomData;
use core::ptr;
use fantail_core::TrapCode;
use fantail_core::ir::{Catch, ExnSlot, Field};
use fantail_core::types::TagIdx;

/// throw an exception with tag `b` and the `d` cells from `a` on
pub(crate) struct Throw<F, const V: u16>(PhantomData<F>);

impl<F: Row, const V: u16> Exec for Throw<F, V> {
    #[inline(always)]
    unsafe fn exec<D: Dispatch>(regs: Regs) -> D::Out {
        // SAFETY: the caller vouches for the registers.
        unsafe { D::outline::<ThrowBody>(regs) }
    }
}

struct ThrowBody;

impl Exec for ThrowBody {
    #[inline(always)]
    unsafe fn exec<D: Dispatch>(regs: Regs) -> D::Out {
        // SAFETY: validation checks the index of the tag, whose payload is in the cells from `a` on. These are roots of a
        // collection, for which the place of exit is written.
        unsafe {
            if (*store(regs.ctx)).exceptions.is_due() || (*regs.ctx).gc.always {
                (*regs.ctx).exit_ip = regs.ip;
                (*regs.ctx).exit_fp = regs.fp;
                (*regs.ctx).exit_instance = (*regs.ctx).instance;
                if let Err(error) = crate::gc::collect(regs.ctx) {
                    return super::runtime::fail::<D>(regs, error);
                }
            }
            let tags = &(*(*regs.ctx).instance).tags;
            let tag = *tags.as_ptr().wrapping_add(wide(regs.ip, Field::B) as usize);
            let pin = throw(regs.ctx, regs.ip, regs.fp, tag, slot(&regs, Field::A));
            go_on::<D>(regs, pin)
        }
    }
}

/// throw the exception that `a` refers to, or trap when it is null
pub(crate) struct ThrowRef<F, const V: u16>(PhantomData<F>);

impl<F: Row, const V: u16> Exec for ThrowRef<F, V> {
    #[inline(always)]
    unsafe fn exec<D: Dispatch>(regs: Regs) -> D::Out {
        // SAFETY: the caller vouches for the registers.
        unsafe { D::outline::<ThrowRefBody>(regs) }
    }
}

struct ThrowRefBody;

impl Exec for ThrowRefBody {
    #[inline(always)]
    unsafe fn exec<D: Dispatch>(regs: Regs) -> D::Out {
        // SAFETY: validation checks that the slot holds a reference to an exception.
        unsafe {
            let handle = *slot(&regs, Field::A);
            if handle == 0 {
                return D::trap(regs, TrapCode::NullReference);
            }
            let pin = throw_again(regs.ctx, regs.ip, regs.fp, handle);
            go_on::<D>(regs, pin)
        }
    }
}

/// Goes on where [`throw`] or its like says, with the pinned local that it returned, or leaves the handlers.
///
/// # Safety
/// `regs` satisfies the invariants of `dispatch`, and `pin` is what the function returned for them.
#[inline(always)]
pub(crate) unsafe fn go_on<D: Dispatch>(mut regs: Regs, pin: Option<u64>) -> D::Out {
    // SAFETY: `land` has left a place in the context at which a handler of the current instance begins.
    unsafe {
        let Some(pin) = pin else { return D::stop(regs, Exit::ERROR) };
        regs.pin = pin;
        regs.mem = (*regs.ctx).mem0_base;
        (regs.ip, regs.fp) = ((*regs.ctx).exit_ip, (*regs.ctx).exit_fp);
        D::jump(regs)
    }
}

/// Throws a new exception at `ip` in frame `fp`, with the payload from `payload` on. Returns the pinned local of the
/// function that catches it, with the place where that goes on in the context, or nothing and the error there.
///
/// # Safety
/// `ctx` is the context of a live store and no reference to it is held, `ip` points to an op or a word of one and `fp`
/// is its frame, `tag` is an entity of the store, and at `payload` there are as many cells as its exceptions have.
#[inline(never)]
unsafe fn throw(
    ctx: *mut ExecContext,
    ip: *const u64,
    fp: *mut u64,
    tag: *const TagEntity,
    payload: *const u64,
) -> Option<u64> {
    // SAFETY: the caller vouches for it all.
    unsafe { throw_from(ctx, ip, fp, Thrown { tag, payload, handle: 0 }) }
}

/// The same with the exception that `handle` refers to.
///
/// # Safety
/// As for [`throw`]; `handle` is that of an exception.
#[inline(never)]
unsafe fn throw_again(ctx: *mut ExecContext, ip: *const u64, fp: *mut u64, handle: u64) -> Option<u64> {
    // SAFETY: the caller vouches for it all.
    unsafe { throw_from(ctx, ip, fp, Thrown::existing(ctx, handle)) }
}

/// The same with `thrown`, which becomes the error of the execution where nothing catches it.
///
/// # Safety
/// As for [`throw`].
unsafe fn throw_from(ctx: *mut ExecContext, ip: *const u64, fp: *mut u64, thrown: Thrown) -> Option<u64> {
    // SAFETY: the caller vouches for it all.
    unsafe {
        let error = match unwind(ctx, ip, fp, thrown) {
            Ok(Some(pin)) => return Some(pin),
            Ok(None) => uncaught(ctx, thrown),
            Err(error) => error,
        };
        (*ctx).error = Some(error);
        None
    }
}

/// What becomes of the error of a host function that was called at `ip` in frame `fp`: if it is a thrown exception, that is
/// thrown on from there. As [`throw`] else.
///
/// # Safety
/// As for [`throw`].
#[inline(never)]
pub(crate) unsafe fn host_failed(
    ctx: *mut ExecContext,
    ip: *const u64,
    fp: *mut u64,
    error: Error,
) -> Option<u64> {
    // SAFETY: the caller vouches for it all.
    unsafe {
        let pending = (*store(ctx)).exceptions.pending();
        let mut error = error;
        if cfg!(feature = "exceptions") && pending != 0 && error.is::<ThrownException>() {
            match unwind(ctx, ip, fp, Thrown::existing(ctx, pending)) {
                Ok(Some(pin)) => {
                    (*store(ctx)).exceptions.take_pending();
                    return Some(pin);
                }
                // The error goes on with whatever the host added to it.
                Ok(None) => {}
                Err(other) => error = other,
            }
        }
        (*ctx).error = Some(error);
        None
    }
}

/// An exception on its way.
#[derive(Clone, Copy)]
struct Thrown {
    tag: *const TagEntity,
    payload: *const u64,
    /// Its handle; 0 as long as it is no object.
    handle: u64,
}

impl Thrown {
    /// The exception that `handle` refers to.
    ///
    /// # Safety
    /// As for [`throw_again`].
    unsafe fn existing(ctx: *mut ExecContext, handle: u64) -> Self {
        // SAFETY: the caller vouches for it.
        let (tag, payload) = unsafe { (*store(ctx)).exceptions.get(handle) };
        Self { tag, payload: payload.as_ptr(), handle }
    }

    /// Its handle, for which it becomes an object.
    ///
    /// # Safety
    /// As for [`throw`].
    unsafe fn handle(self, ctx: *mut ExecContext) -> Result<u64> {
        if self.handle != 0 {
            return Ok(self.handle);
        }
        // SAFETY: the caller vouches for it.
        unsafe {
            let payload = core::slice::from_raw_parts(self.payload, (*self.tag).cells as usize);
            (*store(ctx)).exceptions.insert(self.tag, payload)
        }
    }
}

/// The store of this context.
///
/// # Safety
/// It is that of a live store in which an execution has been entered.
unsafe fn store(ctx: *mut ExecContext) -> *mut StoreOpaque {
    // SAFETY: the caller vouches for `ctx`; a store begins with its `StoreOpaque`.
    unsafe { (*ctx).store.cast() }
}

/// Makes `thrown`, which nothing catches, the pending exception. Returns the error that says so.
///
/// # Safety
/// As for [`throw`].
unsafe fn uncaught(ctx: *mut ExecContext, thrown: Thrown) -> Error {
    // SAFETY: the caller vouches for it.
    unsafe {
        match thrown.handle(ctx) {
            Ok(handle) => {
                (*store(ctx)).exceptions.set_pending(handle);
                ThrownException.into()
            }
            Err(error) => error,
        }
    }
}

/// Looks for a handler of `thrown` from the word at `ip` in frame `fp` on. If there is one, lets execution go on there
/// and returns its pinned local.
///
/// # Errors
/// When the exception cannot be made an object, though the handler needs one.
///
/// # Safety
/// As for [`throw`].
unsafe fn unwind(ctx: *mut ExecContext, ip: *const u64, fp: *mut u64, thrown: Thrown) -> Result<Option<u64>> {
    // SAFETY: frames that have not returned have their records, and boundaries nest like the records that lead to them.
    unsafe {
        ((*ctx).exit_ip, (*ctx).exit_fp) = (ip, fp);
        let (mut ip, mut fp, mut instance) = (ip, fp, (*ctx).instance);
        let mut boundaries = (*ctx).boundaries.len();
        loop {
            match snippet_at(ip) {
                Some(RETURN_TO_INSTANCE) => {
                    boundaries -= 1;
                    let outer = (&(*ctx).boundaries)[boundaries];
                    (ip, fp, instance) = (outer.ip.wrapping_sub(1), outer.fp, outer.instance);
                    continue;
                }
                Some(_) => return Ok(None),
                None => {}
            }
            let (module, tags) = (&(*instance).module, &(*instance).tags);
            let is_tag = |tag: TagIdx| ptr::eq(tags[tag.index()], thrown.tag);
            match module.code.find_handler(ip, is_tag) {
                Found::Nothing => return Ok(None),
                Found::Record(record) => {
                    let (back, caller) = read_record(fp.wrapping_add(record as usize));
                    // A word of the call op: what follows it may not be covered by what covers the call.
                    (ip, fp) = (back.wrapping_sub(1), caller);
                }
                Found::Handler(target, catch) => {
                    let pin = land(ctx, fp, &catch, thrown)?;
                    let open = &mut (*ctx).boundaries;
                    open.truncate(boundaries);
                    if instance != (*ctx).instance {
                        (*ctx).enter(instance);
                    }
                    ((*ctx).exit_ip, (*ctx).exit_fp) = (target, fp);
                    return Ok(Some(pin));
                }
            }
        }
    }
}

/// Writes what `catch` takes of `thrown` to frame `fp`, and returns the pinned local there.
///
/// # Errors
/// As [`unwind`].
///
/// # Safety
/// As for [`throw`], and `catch` is of the function of frame `fp`.
unsafe fn land(ctx: *mut ExecContext, fp: *mut u64, catch: &Catch, thrown: Thrown) -> Result<u64> {
    // SAFETY: `ir::verify` checks that the slots of handlers are in the frame; equal tags have payloads of equal size.
    unsafe {
        let reference = match catch.exnref {
            ExnSlot::None => None,
            ExnSlot::Reference(slot) => Some((slot, thrown.handle(ctx)?)),
            ExnSlot::Null(slot) => Some((slot, 0)),
        };
        let payload = fp.wrapping_add(usize::from(catch.payload));
        // The frame that throws may be this one, so the two may overlap.
        ptr::copy(thrown.payload, payload, usize::from(catch.cells));
        if let Some((slot, handle)) = reference {
            *fp.wrapping_add(usize::from(slot)) = handle;
        }
        Ok(*fp.wrapping_add(usize::from(catch.pin)))
    }
}

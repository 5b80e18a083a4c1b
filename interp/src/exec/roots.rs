//! Which cells of the value stack hold references to objects.
//!
//! Invariant: while objects are collected, every execution has left the handlers at an op that makes an object or calls, and
//! the context, or the execution inside it, says where. From there return records lead from frame to frame.

#![expect(unsafe_code, reason = "the value stack is reached through pointers, see `dispatch`")]

use super::call::read_record;
use super::code::record;
use super::runtime::{RETURN_TO_INSTANCE, snippet_at};
use crate::Error;
use crate::store::entity::{ExecContext, InstanceEntity};

/// Hands every reference in the frames of functions that have not returned to `visit`.
///
/// # Errors
/// When there is not enough memory to find them.
///
/// # Safety
/// `ctx` is the context of a live store to which no reference is used.
pub(crate) unsafe fn trace_frames(ctx: *mut ExecContext, visit: &mut dyn FnMut(u64)) -> Result<(), Error> {
    // SAFETY: the caller vouches for `ctx`. An execution lives on the native stack as long as it is the current one, or
    // around it.
    unsafe {
        let mut exit = ((*ctx).exit_ip, (*ctx).exit_fp, (*ctx).exit_instance);
        let mut execution = (*ctx).execution;
        let mut top = (*ctx).boundaries.len();
        while let Some(current) = execution.as_ref() {
            trace_execution(ctx, exit, current.boundaries..top, visit)?;
            (exit, top, execution) = (current.exit, current.boundaries, current.outer);
        }
        Ok(())
    }
}

/// The same for the frames of one execution, which has left the handlers at `exit`, with its calls across instances.
///
/// # Safety
/// As for [`trace_frames`].
unsafe fn trace_execution(
    ctx: *mut ExecContext,
    (mut ip, mut fp, mut instance): (*const u64, *mut u64, *mut InstanceEntity),
    boundaries: core::ops::Range<usize>,
    visit: &mut dyn FnMut(u64),
) -> Result<(), Error> {
    let mut boundary = boundaries.end;
    loop {
        // SAFETY: every frame has its record, as none of them has returned.
        unsafe {
            match snippet_at(ip) {
                Some(RETURN_TO_INSTANCE) if boundary > boundaries.start => {
                    boundary -= 1;
                    let outer = (&(*ctx).boundaries)[boundary];
                    (ip, fp, instance) = (outer.ip.wrapping_sub(1), outer.fp, outer.instance);
                    continue;
                }
                Some(_) => return Ok(()),
                None => {}
            }
            let module = &(*instance).module;
            let Some((func, word)) = module.code.position(ip) else {
                unreachable!("a return record leads to code of the instance");
            };
            module.code.ref_slots(module, func, word, &mut |slot| visit(*fp.wrapping_add(slot.into())))?;
            let record = record(module.core.func_type(func)) as usize;
            let (back, caller) = read_record(fp.wrapping_add(record));
            // A word of the call op: what follows it may belong to another function.
            (ip, fp) = (back.wrapping_sub(1), caller);
        }
    }
}

//! Entry into WebAssembly, and the frames at which an execution ended.
//!
//! # Invariants
//! - Executions nest: a host function may start another above its own frame. Each leaves the context as it found it,
//!   but for `error` and `frames`, which say how it ended.
//! - Nesting is bounded, as it uses the native stack.

#![expect(unsafe_code, reason = "the value stack is reached through pointers, see `dispatch`")]

use super::call::{read_record, write_record};
use super::code::record;
use super::dispatch::{Chosen, Dispatch, Exit, Regs};
use super::runtime::{HALT, RETURN_TO_INSTANCE, snippet, snippet_at};
use crate::fallible::TryVec;
use crate::store::entity::{ExecContext, InstanceEntity};
use crate::sync::atomic::Ordering;
use crate::{Error, Trap};
use alloc::vec::Vec;
use core::ops::Range;
use fantail_core::TrapCode;
use fantail_core::types::FuncIdx;

/// How deep executions may nest.
const MAX_DEPTH: u32 = 200;

/// A function that was active when an execution ended.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Frame {
    /// Its instance.
    pub(crate) instance: *mut InstanceEntity,
    /// Its index.
    pub(crate) func: FuncIdx,
    /// A word of the op at which it was.
    pub(crate) word: usize,
}

/// What an execution found in the context, put back at its end, even if a host function panics.
pub(crate) struct Execution {
    ctx: *mut ExecContext,
    instance: *mut InstanceEntity,
    /// How many calls across instances there were.
    pub(super) boundaries: usize,
    /// Where the execution around this one has left the handlers: op, frame, instance.
    pub(super) exit: (*const u64, *mut u64, *mut InstanceEntity),
    /// That execution, or null.
    pub(super) outer: *const Self,
}

impl Execution {
    /// Begins one.
    ///
    /// # Safety
    /// As for [`run`]; the result is not moved any more once it is entered as the current one.
    unsafe fn begin(ctx: *mut ExecContext) -> Self {
        // SAFETY: the caller vouches for `ctx`.
        unsafe {
            (*ctx).depth += 1;
            let exit = ((*ctx).exit_ip, (*ctx).exit_fp, (*ctx).exit_instance);
            let (instance, outer) = ((*ctx).instance, (*ctx).execution);
            Self { ctx, instance, boundaries: (*ctx).boundaries.len(), exit, outer }
        }
    }
}

impl Drop for Execution {
    fn drop(&mut self) {
        // SAFETY: `run` was given the context, to which nobody has a reference.
        unsafe {
            (*self.ctx).depth -= 1;
            (*self.ctx).execution = self.outer;
            ((*self.ctx).exit_ip, (*self.ctx).exit_fp, (*self.ctx).exit_instance) = self.exit;
            let open = &mut (*self.ctx).boundaries;
            open.truncate(self.boundaries);
            (*self.ctx).enter(self.instance);
        }
    }
}

/// Calls the WebAssembly function with handle `func`. Its parameters are in the cells from `fp` on, where it leaves its
/// results.
///
/// # Errors
/// A trap, or the error of a host function or of a translation. Then [`frames`] knows where.
///
/// # Safety
/// - `ctx` is the context of a live store, and nobody uses a reference to that store until this returns.
/// - `func` is the handle of a function of that store, and not one of the host.
/// - `fp` points into the free part of the store's value stack, with room for the parameters, the results and two cells.
pub(crate) unsafe fn run(ctx: *mut ExecContext, func: u64, fp: *mut u64) -> Result<(), Error> {
    // SAFETY: the caller vouches for all three; an entity stays valid until the store's functions change, which is not
    // before the handlers run.
    unsafe {
        if fp > (*ctx).limit || (*ctx).depth >= MAX_DEPTH {
            return Err(Trap::from(TrapCode::StackOverflow).into());
        }
        let execution = Execution::begin(ctx);
        (*ctx).execution = &raw const execution;
        let entity = (*ctx).funcs.wrapping_add(func as usize);
        write_record(fp.wrapping_add((*entity).record as usize), snippet(HALT), fp);
        (*ctx).enter((*entity).instance);
        let code = (*(*entity).code).load(Ordering::Acquire);
        let left = Chosen::run(Regs::start(code, fp, (*ctx).mem0_base, ctx));
        if left == Exit::HALT {
            return Ok(());
        }
        if cfg!(feature = "backtrace") {
            let exit = ((*ctx).exit_ip, (*ctx).exit_fp, (*ctx).instance);
            let boundaries = execution.boundaries..(*ctx).boundaries.len();
            let mut frames = Vec::new();
            walk(ctx, exit, boundaries, (*ctx).max_frames, &mut frames);
            (*ctx).frames = frames;
        }
        match left.trap_code() {
            Some(code) => Err(Trap::from(code).into()),
            None => match (*ctx).error.take() {
                Some(error) => Err(error),
                None => unreachable!("handlers that exit with an error leave it in the context"),
            },
        }
    }
}

/// The functions that were active when the last execution ended in an error, innermost first.
///
/// # Safety
/// `ctx` is the context of a live store, and nobody uses a reference to it.
pub(crate) unsafe fn frames(ctx: *mut ExecContext) -> Vec<Frame> {
    // SAFETY: the caller vouches for `ctx`.
    unsafe { core::mem::take(&mut (*ctx).frames) }
}

/// The functions that are active while a host function runs, at most `limit`, innermost first.
///
/// # Safety
/// `ctx` is the context of a live store to which no reference is used.
pub(crate) unsafe fn active(ctx: *mut ExecContext, limit: usize) -> Vec<Frame> {
    let mut frames = Vec::new();
    // SAFETY: the caller vouches for `ctx`. An execution lives on the native stack as long as it is the current one, or
    // around it, and has left the handlers where the context, or the execution inside it, says.
    unsafe {
        let mut exit = ((*ctx).exit_ip, (*ctx).exit_fp, (*ctx).exit_instance);
        let (mut execution, mut top) = ((*ctx).execution, (*ctx).boundaries.len());
        while let Some(current) = execution.as_ref() {
            walk(ctx, exit, current.boundaries..top, limit, &mut frames);
            (exit, top, execution) = (current.exit, current.boundaries, current.outer);
        }
    }
    frames
}

/// Where an execution has left the handlers: op, frame, instance.
type Left = (*const u64, *mut u64, *mut InstanceEntity);

/// Follows the return records from where an execution has left the handlers, through its calls across instances, until
/// there are `limit` frames.
///
/// # Safety
/// `ctx` is the context of a live store, and the execution has left the handlers there.
unsafe fn walk(
    ctx: *mut ExecContext,
    (mut ip, mut fp, mut instance): Left,
    boundaries: Range<usize>,
    limit: usize,
    frames: &mut Vec<Frame>,
) {
    // SAFETY: every frame below that of the exit has its record, as none of them has returned.
    unsafe {
        let mut boundary = boundaries.end;
        while frames.len() < limit {
            match snippet_at(ip) {
                Some(RETURN_TO_INSTANCE) if boundary > boundaries.start => {
                    boundary -= 1;
                    let outer = (&(*ctx).boundaries)[boundary];
                    (ip, fp, instance) = (outer.ip.wrapping_sub(1), outer.fp, outer.instance);
                    continue;
                }
                Some(_) => break,
                None => {}
            }
            let module = &(*instance).module;
            let Some((func, word)) = module.code.position(ip) else { break };
            // Without memory for it the rest is not known.
            if frames.try_push(Frame { instance, func, word }).is_err() {
                break;
            }
            let record = record(module.core.func_type(func)) as usize;
            let (back, caller) = read_record(fp.wrapping_add(record));
            // A word of the call op: what follows it may belong to another function.
            (ip, fp) = (back.wrapping_sub(1), caller);
        }
    }
}

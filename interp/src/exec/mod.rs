//! Stand-in until the executor is merged.
#![expect(unsafe_code)]
pub(crate) mod code;
use crate::store::entity::{ExecContext, InstanceEntity};
use alloc::vec::Vec;
use fantail_core::types::FuncIdx;
pub(crate) struct Frame {
    pub(crate) instance: *mut InstanceEntity,
    pub(crate) func: FuncIdx,
    pub(crate) word: usize,
}
pub(crate) unsafe fn run(_ctx: *mut ExecContext, _func: u64, _fp: *mut u64) -> Result<(), crate::Error> {
    Err(crate::Error::msg("no executor"))
}
pub(crate) unsafe fn frames(ctx: *mut ExecContext) -> Vec<Frame> {
    unsafe { core::mem::take(&mut (*ctx).frames) }
}

//! Shared ownership and atomics.
//!
//! Where a processor cannot compare and exchange (ARMv6-M), those of `portable-atomic` stand in for the standard ones: the
//! program says how, by its features or a `critical-section` implementation.

mod arc;

pub(crate) use arc::{Arc, Weak};

/// What embedders hand over is in an `Arc` that they know.
#[cfg(target_has_atomic = "ptr")]
pub(crate) use alloc::sync::Arc as EmbedderArc;
#[cfg(target_has_atomic = "ptr")]
pub(crate) use core::sync::atomic;
#[cfg(not(target_has_atomic = "ptr"))]
pub(crate) use portable_atomic as atomic;
#[cfg(not(target_has_atomic = "ptr"))]
pub(crate) use portable_atomic_util::Arc as EmbedderArc;

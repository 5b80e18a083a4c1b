//! Values of constant expressions. [`all`] are evaluated by builds with the feature `gc`; others need no more than the [`simple`]
//! ones, in which every instruction is a byte but for its operands, and do without the decoder of instructions.
//!
//! Invariant: expressions are valid, so their operands are there and of the right type; a value is 128 bits
//! where there are vectors, or else 64, of which its type uses the lowest.
//!
//! Spec: WebAssembly 3.0, section 3.4.13 "Constant Expressions".

#![expect(unsafe_code, reason = "objects and entities are reached through their addresses")]

#[cfg(feature = "gc")]
mod all;
#[cfg(not(feature = "gc"))]
mod simple;

use crate::fallible::TryVec;
use crate::module::ModuleInner;
use crate::store::entity::GlobalEntity;
use crate::{Error, Result, format_err};
use alloc::vec::Vec;
use fantail_core::module::ConstExpr;

/// The bits of a value: those of its type are the lowest.
#[cfg(any(feature = "gc", feature = "simd"))]
pub(crate) type Bits = u128;

/// The bits of a value: those of its type are the lowest.
#[cfg(not(any(feature = "gc", feature = "simd")))]
pub(crate) type Bits = u64;

/// `bits` as cells, the low one first.
#[cfg(any(feature = "gc", feature = "simd"))]
pub(crate) fn cells(bits: Bits) -> [u64; 2] {
    crate::value::v128_to_cells(bits)
}

/// `bits` as cells, the low one first.
#[cfg(not(any(feature = "gc", feature = "simd")))]
pub(crate) fn cells(bits: Bits) -> [u64; 2] {
    [bits, 0]
}

/// The bits in `cells`.
#[cfg(any(feature = "gc", feature = "simd"))]
fn bits([low, high]: [u64; 2]) -> Bits {
    u128::from(low) | u128::from(high) << 64
}

/// The bits in `cells`.
#[cfg(not(any(feature = "gc", feature = "simd")))]
fn bits([low, _]: [u64; 2]) -> Bits {
    low
}

/// What constant expressions may refer to.
pub(crate) struct ConstEval<'a> {
    /// The store in which objects are made.
    #[cfg_attr(not(feature = "gc"), expect(dead_code, reason = "no objects are made"))]
    store: *mut (),
    module: &'a ModuleInner,
    /// Handles of the functions of the instance.
    pub(crate) funcs: &'a [u64],
    /// The operand stack, empty between expressions.
    pub(crate) stack: Vec<Bits>,
}

impl<'a> ConstEval<'a> {
    /// # Safety
    /// `store` points to a store of whose context nobody has a reference while this is used. The types of `module` have
    /// been entered there.
    pub(crate) unsafe fn new(store: *mut (), module: &'a ModuleInner, funcs: &'a [u64]) -> Self {
        Self { store, module, funcs, stack: Vec::new() }
    }

    /// The lowest cell of the value of `expr`, as [`value`](Self::value).
    pub(crate) fn cell(&mut self, expr: &ConstExpr, globals: &[*mut GlobalEntity]) -> Result<u64> {
        let [low, _] = cells(self.value(expr, globals)?);
        Ok(low)
    }

    fn push(&mut self, value: Bits) -> Result<()> {
        Ok(self.stack.try_push(value)?)
    }

    fn pop(&mut self) -> Result<Bits> {
        self.stack.pop().ok_or_else(invalid)
    }
}

/// The value of `global`.
fn read(global: *mut GlobalEntity) -> Bits {
    // SAFETY: the globals of an instance are entities of its store, which is being instantiated in.
    bits(unsafe { (*global).cells })
}

/// Only a module that was wrongly promised to be valid has such an expression.
#[cold]
fn invalid() -> Error {
    format_err!("invalid constant expression")
}

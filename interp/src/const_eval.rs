//! Values of constant expressions.
//!
//! Invariant: expressions are valid, so their operands are there and of the right type; a value is 128 bits, of which
//! its type uses the lowest.
//!
//! Spec: WebAssembly 3.0, section 3.4.13 "Constant Expressions".

use crate::store::entity::GlobalEntity;
use crate::{Error, Result, format_err};
use alloc::vec::Vec;
use fantail_core::Instr;
use fantail_core::module::{ConstExpr, Reader};
use fantail_core::types::GlobalIdx;

/// What constant expressions may refer to.
pub(crate) struct ConstEval<'a> {
    /// The bytes of the module.
    pub(crate) bytes: &'a [u8],
    /// Handles of the functions of the instance.
    pub(crate) funcs: &'a [u64],
    /// The operand stack, empty between expressions.
    pub(crate) stack: Vec<u128>,
}

impl<'a> ConstEval<'a> {
    pub(crate) fn new(bytes: &'a [u8], funcs: &'a [u64]) -> Self {
        Self { bytes, funcs, stack: Vec::new() }
    }

    /// The value of `expr`, given the globals that precede it.
    ///
    /// # Errors
    /// When it has an instruction that cannot be evaluated yet.
    pub(crate) fn value(&mut self, expr: &ConstExpr, globals: &[*mut GlobalEntity]) -> Result<u128> {
        let mut reader = Reader::new(self.bytes, expr.0.clone());
        self.stack.clear();
        loop {
            let instr = reader.instr()?;
            match instr {
                Instr::End => return self.pop(),
                Instr::I32Const => self.push(u128::from(reader.s32()?.cast_unsigned())),
                Instr::I64Const => self.push(u128::from(reader.s64()?.cast_unsigned())),
                Instr::F32Const => self.push(u128::from(reader.f32_bits()?)),
                Instr::F64Const => self.push(u128::from(reader.f64_bits()?)),
                Instr::V128Const => self.push(reader.v128_bits()?),
                Instr::RefNull => {
                    reader.heap_type()?;
                    self.push(0);
                }
                Instr::RefFunc => {
                    let handle = self.funcs.get(reader.u32()? as usize).ok_or_else(invalid)?;
                    self.push(u128::from(*handle));
                }
                Instr::GlobalGet => {
                    let global = *globals.get(GlobalIdx(reader.u32()?).index()).ok_or_else(invalid)?;
                    self.push(read(global));
                }
                Instr::I32Add => self.binary(|a, b| (a as u32).wrapping_add(b as u32).into())?,
                Instr::I32Sub => self.binary(|a, b| (a as u32).wrapping_sub(b as u32).into())?,
                Instr::I32Mul => self.binary(|a, b| (a as u32).wrapping_mul(b as u32).into())?,
                Instr::I64Add => self.binary(|a, b| (a as u64).wrapping_add(b as u64).into())?,
                Instr::I64Sub => self.binary(|a, b| (a as u64).wrapping_sub(b as u64).into())?,
                Instr::I64Mul => self.binary(|a, b| (a as u64).wrapping_mul(b as u64).into())?,
                other => {
                    return Err(format_err!(
                        "{} cannot be evaluated in a constant expression yet",
                        other.name()
                    ));
                }
            }
        }
    }

    fn push(&mut self, value: u128) {
        self.stack.push(value);
    }

    fn pop(&mut self) -> Result<u128> {
        self.stack.pop().ok_or_else(invalid)
    }

    fn binary(&mut self, op: impl FnOnce(u128, u128) -> u128) -> Result<()> {
        let b = self.pop()?;
        let a = self.pop()?;
        self.push(op(a, b));
        Ok(())
    }
}

/// The value of `global`.
#[expect(unsafe_code, reason = "globals are reached through their entities' addresses")]
fn read(global: *mut GlobalEntity) -> u128 {
    // SAFETY: the globals of an instance are entities of its store, which is being instantiated in.
    let [low, high] = unsafe { (*global).cells };
    u128::from(low) | u128::from(high) << 64
}

/// Only a module that was wrongly promised to be valid has such an expression.
#[cold]
fn invalid() -> Error {
    Error::msg("invalid constant expression")
}

//! Constant expressions without structures, arrays and `i31`.

use super::{Bits, ConstEval, bits, cells, invalid, read};
use crate::Result;
use crate::store::entity::GlobalEntity;
use fantail_core::module::ConstExpr;

/// The instructions, by their first byte. The spec's section 5.4 "Instructions" has them.
mod opcode {
    pub(super) const END: u8 = 0x0b;
    pub(super) const GLOBAL_GET: u8 = 0x23;
    pub(super) const I32_CONST: u8 = 0x41;
    pub(super) const I64_CONST: u8 = 0x42;
    pub(super) const F32_CONST: u8 = 0x43;
    pub(super) const F64_CONST: u8 = 0x44;
    pub(super) const I32_ADD: u8 = 0x6a;
    pub(super) const I32_SUB: u8 = 0x6b;
    pub(super) const I32_MUL: u8 = 0x6c;
    pub(super) const I64_ADD: u8 = 0x7c;
    pub(super) const I64_SUB: u8 = 0x7d;
    pub(super) const I64_MUL: u8 = 0x7e;
    pub(super) const REF_NULL: u8 = 0xd0;
    pub(super) const REF_FUNC: u8 = 0xd2;
    /// With 12 behind it, `v128.const`.
    pub(super) const VECTOR: u8 = 0xfd;
}

impl ConstEval<'_> {
    /// The value of `expr`, given the globals that precede it.
    ///
    /// # Errors
    /// When it is not valid after all.
    pub(crate) fn value(&mut self, expr: &ConstExpr, globals: &[*mut GlobalEntity]) -> Result<Bits> {
        let mut bytes = Bytes(self.module.bytes.get(expr.0.clone()).unwrap_or_default());
        self.stack.clear();
        loop {
            let opcode = bytes.next()?;
            let value = match opcode {
                opcode::END => return self.pop(),
                opcode::I32_CONST => word(bytes.signed()? & 0xffff_ffff),
                opcode::I64_CONST => word(bytes.signed()?),
                opcode::F32_CONST if cfg!(feature = "floats") => bytes.bits(4)?,
                opcode::F64_CONST if cfg!(feature = "floats") => bytes.bits(8)?,
                opcode::VECTOR if cfg!(feature = "simd") && bytes.next()? == 12 => bytes.bits(16)?,
                opcode::REF_NULL => {
                    // The type of the reference.
                    bytes.signed()?;
                    0
                }
                opcode::REF_FUNC => word(*self.funcs.get(bytes.unsigned()? as usize).ok_or_else(invalid)?),
                opcode::GLOBAL_GET => read(*globals.get(bytes.unsigned()? as usize).ok_or_else(invalid)?),
                _ => self.binary(opcode)?,
            };
            self.push(value)?;
        }
    }

    /// What the instruction `opcode` makes of the two values on the stack.
    fn binary(&mut self, opcode: u8) -> Result<Bits> {
        let [b, _] = cells(self.pop()?);
        let [a, _] = cells(self.pop()?);
        let value = match opcode {
            opcode::I32_ADD | opcode::I64_ADD => a.wrapping_add(b),
            opcode::I32_SUB | opcode::I64_SUB => a.wrapping_sub(b),
            opcode::I32_MUL | opcode::I64_MUL => a.wrapping_mul(b),
            _ => return Err(invalid()),
        };
        // The lower half depends on the lower halves alone.
        Ok(word(if opcode < opcode::I64_ADD { value & 0xffff_ffff } else { value }))
    }
}

/// The bits of a value that is no vector.
fn word(cell: u64) -> Bits {
    bits([cell, 0])
}

/// What is left of an expression.
struct Bytes<'b>(&'b [u8]);

impl Bytes<'_> {
    fn next(&mut self) -> Result<u8> {
        let (&byte, rest) = self.0.split_first().ok_or_else(invalid)?;
        self.0 = rest;
        Ok(byte)
    }

    /// A number in LEB128, and how many bits it has there.
    fn leb(&mut self) -> Result<(u64, u32)> {
        let (mut value, mut bits) = (0, 0);
        loop {
            let byte = self.next()?;
            value |= u64::from(byte & 0x7f).checked_shl(bits).ok_or_else(invalid)?;
            bits += 7;
            if byte < 0x80 {
                return Ok((value, bits));
            }
        }
    }

    fn unsigned(&mut self) -> Result<u64> {
        Ok(self.leb()?.0)
    }

    fn signed(&mut self) -> Result<u64> {
        let (value, bits) = self.leb()?;
        let unused = u64::BITS.saturating_sub(bits);
        Ok(((value << unused).cast_signed() >> unused).cast_unsigned())
    }

    /// `len` bytes, the lowest first.
    fn bits(&mut self, len: u32) -> Result<Bits> {
        let mut value = 0;
        for i in 0..len {
            value |= Bits::from(self.next()?) << (8 * i);
        }
        Ok(value)
    }
}

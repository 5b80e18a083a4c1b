//! All constant expressions, those that make objects included.

#![expect(unsafe_code, reason = "objects are reached through their addresses")]

use super::{ConstEval, invalid, read};
use crate::gc::object::{Object, TypeInfo, store};
use crate::store::StoreOpaque;
use crate::store::entity::{ExecContext, GlobalEntity};
use crate::{Result, gc};
use fantail_core::Instr;
use fantail_core::module::{ConstExpr, Reader};
use fantail_core::types::GlobalIdx;

impl<'a> ConstEval<'a> {
    /// The value of `expr`, given the globals that precede it.
    ///
    /// # Errors
    /// When there is no room for an object that it makes, or it is not valid after all.
    pub(crate) fn value(&mut self, expr: &ConstExpr, globals: &[*mut GlobalEntity]) -> Result<u128> {
        let mut reader = Reader::new(&self.module.bytes, expr.0.clone());
        self.stack.clear();
        loop {
            let instr = reader.instr()?;
            match instr {
                Instr::End => return self.pop(),
                Instr::I32Const => self.push(u128::from(reader.s32()?.cast_unsigned()))?,
                Instr::I64Const => self.push(u128::from(reader.s64()?.cast_unsigned()))?,
                Instr::F32Const if cfg!(feature = "floats") => self.push(u128::from(reader.f32_bits()?))?,
                Instr::F64Const if cfg!(feature = "floats") => self.push(u128::from(reader.f64_bits()?))?,
                Instr::V128Const if cfg!(feature = "simd") => self.push(reader.v128_bits()?)?,
                Instr::RefNull => {
                    reader.heap_type()?;
                    self.push(0)?;
                }
                Instr::RefFunc => {
                    let handle = self.funcs.get(reader.u32()? as usize).ok_or_else(invalid)?;
                    self.push(u128::from(*handle))?;
                }
                Instr::GlobalGet => {
                    let global = *globals.get(GlobalIdx(reader.u32()?).index()).ok_or_else(invalid)?;
                    self.push(read(global))?;
                }
                Instr::I32Add => self.binary(|a, b| (a as u32).wrapping_add(b as u32).into())?,
                Instr::I32Sub => self.binary(|a, b| (a as u32).wrapping_sub(b as u32).into())?,
                Instr::I32Mul => self.binary(|a, b| (a as u32).wrapping_mul(b as u32).into())?,
                Instr::I64Add => self.binary(|a, b| (a as u64).wrapping_add(b as u64).into())?,
                Instr::I64Sub => self.binary(|a, b| (a as u64).wrapping_sub(b as u64).into())?,
                Instr::I64Mul => self.binary(|a, b| (a as u64).wrapping_mul(b as u64).into())?,
                Instr::RefI31 if cfg!(feature = "gc") => {
                    let value = self.pop()?;
                    self.push(fantail_core::num::ref_i31(value as u32).into())?;
                }
                // One encoding serves both hierarchies.
                Instr::AnyConvertExtern | Instr::ExternConvertAny if cfg!(feature = "gc") => {}
                Instr::StructNew | Instr::StructNewDefault if cfg!(feature = "gc") => {
                    let ty = self.type_info(reader.u32()?)?;
                    let object = self.new_struct(ty, instr == Instr::StructNew)?;
                    self.push(object)?;
                }
                Instr::ArrayNew | Instr::ArrayNewDefault if cfg!(feature = "gc") => {
                    let ty = self.type_info(reader.u32()?)?;
                    let len = self.pop()? as u32;
                    let value = if instr == Instr::ArrayNew { self.pop()? } else { 0 };
                    let object = self.new_array(ty, len, |_| value)?;
                    self.push(object)?;
                }
                Instr::ArrayNewFixed if cfg!(feature = "gc") => {
                    let ty = self.type_info(reader.u32()?)?;
                    let len = reader.u32()?;
                    let first = self.stack.len().checked_sub(len as usize).ok_or_else(invalid)?;
                    let values = core::mem::take(&mut self.stack);
                    let object = self.new_array(ty, len, |i| values[first + i as usize])?;
                    self.stack = values;
                    self.stack.truncate(first);
                    self.push(object)?;
                }
                _ => return Err(invalid()),
            }
        }
    }

    /// Type `index` of the module.
    fn type_info(&self, index: u32) -> Result<&'a TypeInfo> {
        let ty = self.module.core.types.get(index as usize).ok_or_else(invalid)?;
        // SAFETY: types are not entered while expressions are evaluated.
        Ok(unsafe { (*self.context()).gc.types.get(ty.id.0) })
    }

    fn context(&self) -> *mut ExecContext {
        // SAFETY: who made this vouches for `store`.
        unsafe { &raw mut (*self.store.cast::<StoreOpaque>()).exec }
    }

    /// Room for an object. Nothing is collected: what was made before is only known here.
    fn allocate(&mut self, size: u64) -> Result<(u32, Object)> {
        let context = self.context();
        // SAFETY: who made this vouches for `store`.
        unsafe {
            (*context).store = self.store;
            let offset = gc::allocate_only(context, size)?;
            Ok((offset, Object::new((*context).gc.heap.base, offset)))
        }
    }

    /// A structure, of operands or of zeros.
    fn new_struct(&mut self, ty: &TypeInfo, with_values: bool) -> Result<u128> {
        let (offset, object) = self.allocate(ty.size.into())?;
        // SAFETY: there is room for the object.
        unsafe {
            object.set_header(ty.header, 0);
            for field in ty.fields.iter().rev() {
                let value = if with_values { self.pop()? } else { 0 };
                let cells = crate::value::v128_to_cells(value);
                store(object.place(field.offset as usize), cells.as_ptr(), field.bytes);
            }
        }
        Ok(offset.into())
    }

    /// An array.
    fn new_array(&mut self, ty: &TypeInfo, len: u32, value: impl Fn(u32) -> u128) -> Result<u128> {
        let (offset, object) = self.allocate(ty.array_size(len))?;
        let bytes = ty.element().bytes;
        // SAFETY: there is room for the object.
        unsafe {
            object.set_header(ty.header, len);
            for i in 0..len {
                let cells = crate::value::v128_to_cells(value(i));
                store(object.element(i, bytes), cells.as_ptr(), bytes);
            }
        }
        Ok(offset.into())
    }

    fn binary(&mut self, op: impl FnOnce(u128, u128) -> u128) -> Result<()> {
        let b = self.pop()?;
        let a = self.pop()?;
        self.push(op(a, b))
    }
}

//! Locals, globals, and `select`.
//!
//! Spec: WebAssembly 3.0, sections 3.4.2 "Parametric Instructions" and 3.4.4 "Variable Instructions".

use super::func::Body;
use super::stack::mismatch;
use super::ty::Ty;
use crate::error::Error;
use crate::features::Proposal;
use crate::instr::Instr;
use crate::module::Result;
use crate::text::format;
use crate::types::GlobalType;

impl Body<'_, '_> {
    pub(super) fn select(&mut self) -> Result<()> {
        self.pop_expect(Ty::I32)?;
        let b = self.pop()?;
        let a = self.pop()?;
        for ty in [a, b] {
            if !ty.is_numeric() && !ty.is_unknown() {
                return Err(mismatch("a number or a vector, as select without type needs", ty));
            }
        }
        if a != b && !a.is_unknown() && !b.is_unknown() {
            return Err(mismatch(a, b));
        }
        self.push(if a.is_unknown() { b } else { a });
        Ok(())
    }

    pub(super) fn select_t(&mut self) -> Result<()> {
        let ty = self.reader.select_type()?;
        self.check_val_type(ty)?;
        let ty = Ty::from_val(ty);
        self.pop_expect(Ty::I32)?;
        self.pop_expect(ty)?;
        self.pop_expect(ty)?;
        self.push(ty);
        Ok(())
    }

    /// `local.get`, `local.set` and `local.tee`: together the most frequent instructions.
    #[inline(always)]
    pub(super) fn local(&mut self, instr: Instr) -> Result<()> {
        let index = self.reader.u32()?;
        if instr == Instr::LocalGet {
            let Some((ty, has_value)) = self.locals.read(index) else { return unknown_local(index) };
            if !has_value {
                return Err(Error::invalid(format!("uninitialized local {index}")));
            }
            self.push(ty);
            return Ok(());
        }
        let Some(ty) = self.locals.write(index)? else { return unknown_local(index) };
        self.pop_expect(ty)?;
        if instr == Instr::LocalTee {
            self.push(ty);
        }
        Ok(())
    }

    fn read_global(&mut self) -> Result<(u32, GlobalType)> {
        let index = self.reader.u32()?;
        match self.module.globals.get(index as usize) {
            Some(global) => Ok((index, global.ty)),
            None => Err(Error::invalid(format!("unknown global {index}"))),
        }
    }

    pub(super) fn global_get(&mut self) -> Result<()> {
        let (index, ty) = self.read_global()?;
        if self.is_const {
            let module = self.module;
            // Before the GC proposal only imported globals were known to have their value by then.
            let known = index < module.imported_globals || module.features.has(Proposal::Gc);
            if ty.mutable || !known {
                return Err(Error::invalid(format!(
                    "constant expression required: global {index} is not constant"
                )));
            }
        }
        self.push(Ty::from_val(ty.content));
        Ok(())
    }

    pub(super) fn global_set(&mut self) -> Result<()> {
        let (index, ty) = self.read_global()?;
        if !ty.mutable {
            return Err(Error::invalid(format!("immutable global {index}")));
        }
        self.pop_expect(Ty::from_val(ty.content))
    }
}

#[cold]
fn unknown_local(index: u32) -> Result<()> {
    Err(Error::invalid(format!("unknown local {index}")))
}

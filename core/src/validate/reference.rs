//! References: null, functions, casts, and branches on them.
//!
//! Spec: WebAssembly 3.0, sections 3.4.7 "Reference Instructions" and 3.4.3 "Control Instructions".

use super::func::Body;
use super::stack::mismatch;
use super::subtype;
use super::ty::Ty;
use crate::error::Error;
use crate::fallible::TryVec;
use crate::module::Result;
use crate::text::format;
use crate::types::{FuncIdx, HeapType, LabelIdx, RefType, ValType};

const I31REF: RefType = RefType { nullable: true, heap: HeapType::I31 };
const EQREF: RefType = RefType { nullable: true, heap: HeapType::Eq };

impl Body<'_, '_> {
    fn read_heap_type(&mut self) -> Result<HeapType> {
        let heap = self.reader.heap_type()?;
        self.check_val_type(ValType::Ref(RefType { nullable: true, heap }))?;
        Ok(heap)
    }

    pub(super) fn ref_null(&mut self) -> Result<()> {
        let heap = self.read_heap_type()?;
        self.push(Ty::from_ref(RefType { nullable: true, heap }));
        Ok(())
    }

    pub(super) fn ref_is_null(&mut self) -> Result<()> {
        self.pop_ref()?;
        self.push(Ty::I32);
        Ok(())
    }

    pub(super) fn ref_func(&mut self) -> Result<()> {
        let func = FuncIdx(self.reader.u32()?);
        let Some(&ty) = self.module.funcs.get(func.index()) else {
            return Err(Error::invalid(format!("unknown function {func}")));
        };
        if self.is_const {
            self.declared.try_push(func)?;
        } else if !self.module.declared.contains(func.0) {
            return Err(Error::invalid(format!(
                "undeclared function reference {func}: it is in no export, global or element segment"
            )));
        }
        self.push(Ty::from_ref(RefType { nullable: false, heap: HeapType::Concrete(ty) }));
        Ok(())
    }

    pub(super) fn ref_eq(&mut self) -> Result<()> {
        self.pop_expect(Ty::from_ref(EQREF))?;
        self.pop_expect(Ty::from_ref(EQREF))?;
        self.push(Ty::I32);
        Ok(())
    }

    pub(super) fn ref_as_non_null(&mut self) -> Result<()> {
        let ty = self.pop_ref()?;
        self.push(ty.with_nullable(false));
        Ok(())
    }

    pub(super) fn br_on_null(&mut self) -> Result<()> {
        let label = LabelIdx(self.reader.u32()?);
        let ty = self.pop_ref()?;
        let frame = self.label(label)?;
        let types = frame.label_types(self.module);
        self.pop_all(types)?;
        self.push_all(types)?;
        self.push(ty.with_nullable(false));
        Ok(())
    }

    pub(super) fn br_on_non_null(&mut self) -> Result<()> {
        let label = LabelIdx(self.reader.u32()?);
        let frame = self.label(label)?;
        let Some((ValType::Ref(last), rest)) = frame.label_types(self.module).split_last() else {
            return Err(Error::invalid(
                "type mismatch: br_on_non_null passes a reference, its label takes none",
            ));
        };
        self.pop_expect(Ty::from_ref(RefType { nullable: true, ..*last }))?;
        self.pop_all(rest)?;
        self.push_all(rest)
    }

    /// Reads a type to cast to. Its operand may be anything of the same hierarchy.
    fn cast_operand(&mut self, nullable: bool) -> Result<RefType> {
        let heap = self.read_heap_type()?;
        let top = subtype::top(&self.module.types, heap);
        self.pop_expect(Ty::from_ref(RefType { nullable: true, heap: top }))?;
        Ok(RefType { nullable, heap })
    }

    pub(super) fn ref_test(&mut self, nullable: bool) -> Result<()> {
        self.cast_operand(nullable)?;
        self.push(Ty::I32);
        Ok(())
    }

    pub(super) fn ref_cast(&mut self, nullable: bool) -> Result<()> {
        let to = self.cast_operand(nullable)?;
        self.push(Ty::from_ref(to));
        Ok(())
    }

    /// `br_on_cast`, or when it branches on failure `br_on_cast_fail`.
    pub(super) fn br_on_cast(&mut self, on_fail: bool) -> Result<()> {
        let arg = self.reader.cast_arg()?;
        self.check_val_type(ValType::Ref(arg.from))?;
        self.check_val_type(ValType::Ref(arg.to))?;
        let types = &self.module.types;
        if !subtype::ref_matches(types, arg.to, arg.from) {
            return Err(mismatch(format!("a cast to a subtype of {}", arg.from), arg.to));
        }
        // What fails is not null when null would have passed.
        let failed = RefType { nullable: arg.from.nullable && !arg.to.nullable, ..arg.from };
        let (taken, not_taken) = if on_fail { (failed, arg.to) } else { (arg.to, failed) };
        let frame = self.label(arg.label)?;
        let Some((ValType::Ref(last), rest)) = frame.label_types(self.module).split_last() else {
            return Err(Error::invalid(
                "type mismatch: a branch on cast passes a reference, its label takes none",
            ));
        };
        if !subtype::ref_matches(types, taken, *last) {
            return Err(mismatch(last, taken));
        }
        self.pop_expect(Ty::from_ref(arg.from))?;
        self.pop_all(rest)?;
        self.push_all(rest)?;
        self.push(Ty::from_ref(not_taken));
        Ok(())
    }

    fn convert(&mut self, from: HeapType, to: HeapType) -> Result<()> {
        let operand = self.pop()?;
        self.expect(operand, Ty::from_ref(RefType { nullable: true, heap: from }))?;
        self.push(Ty::from_ref(RefType { nullable: operand.is_nullable(), heap: to }));
        Ok(())
    }

    pub(super) fn any_convert_extern(&mut self) -> Result<()> {
        self.convert(HeapType::Extern, HeapType::Any)
    }

    pub(super) fn extern_convert_any(&mut self) -> Result<()> {
        self.convert(HeapType::Any, HeapType::Extern)
    }

    pub(super) fn ref_i31(&mut self) -> Result<()> {
        self.pop_expect(Ty::I32)?;
        self.push(Ty::from_ref(RefType { nullable: false, ..I31REF }));
        Ok(())
    }

    pub(super) fn i31_get(&mut self) -> Result<()> {
        self.pop_expect(Ty::from_ref(I31REF))?;
        self.push(Ty::I32);
        Ok(())
    }
}

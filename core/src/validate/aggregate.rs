//! Structures and arrays.
//!
//! Spec: WebAssembly 3.0, section 3.4.8 "Aggregate Instructions".

use super::func::Body;
use super::stack::mismatch;
use super::subtype;
use super::ty::Ty;
use crate::error::Error;
use crate::limits;
use crate::module::Result;
use crate::text::format;
use crate::types::{CompositeType, FieldType, HeapType, RefType, StorageType, TypeIdx, ValType};

impl<'m> Body<'m, '_> {
    fn read_type(&mut self) -> Result<(TypeIdx, &'m CompositeType)> {
        let index = TypeIdx(self.reader.u32()?);
        match self.module.types.get(index.index()) {
            Some(def) => Ok((index, &def.composite)),
            None => Err(Error::invalid(format!("unknown type {index}"))),
        }
    }

    fn read_struct(&mut self) -> Result<(TypeIdx, &'m [FieldType])> {
        match self.read_type()? {
            (index, CompositeType::Struct(fields)) => Ok((index, fields)),
            (index, _) => Err(Error::invalid(format!("type mismatch: type {index} is not a structure type"))),
        }
    }

    fn read_array(&mut self) -> Result<(TypeIdx, FieldType)> {
        match self.read_type()? {
            (index, CompositeType::Array(element)) => Ok((index, *element)),
            (index, _) => Err(Error::invalid(format!("type mismatch: type {index} is not an array type"))),
        }
    }

    fn read_mutable_array(&mut self) -> Result<(TypeIdx, FieldType)> {
        let (index, element) = self.read_array()?;
        if element.mutable {
            Ok((index, element))
        } else {
            Err(Error::invalid(format!("immutable array {index}")))
        }
    }

    fn pop_ref_to(&mut self, index: TypeIdx) -> Result<()> {
        self.pop_expect(Ty::from_ref(RefType { nullable: true, heap: HeapType::Concrete(index) }))
    }

    fn push_ref_to(&mut self, index: TypeIdx) {
        self.push(Ty::from_ref(RefType { nullable: false, heap: HeapType::Concrete(index) }));
    }

    pub(super) fn struct_new(&mut self) -> Result<()> {
        let (index, fields) = self.read_struct()?;
        for field in fields.iter().rev() {
            self.pop_expect(Ty::from_val(field.storage.unpacked()))?;
        }
        self.push_ref_to(index);
        Ok(())
    }

    pub(super) fn struct_new_default(&mut self) -> Result<()> {
        let (index, fields) = self.read_struct()?;
        fields.iter().try_for_each(|field| defaultable(*field))?;
        self.push_ref_to(index);
        Ok(())
    }

    fn read_field(&mut self) -> Result<(TypeIdx, u32, FieldType)> {
        let (index, fields) = self.read_struct()?;
        let field = self.reader.u32()?;
        match fields.get(field as usize) {
            Some(ty) => Ok((index, field, *ty)),
            None => Err(Error::invalid(format!("unknown field {field} of type {index}"))),
        }
    }

    /// `struct.get`, or for packed fields `struct.get_s` and `struct.get_u`.
    pub(super) fn struct_get(&mut self, packed: bool) -> Result<()> {
        let (index, _, field) = self.read_field()?;
        expect_packed(field, packed)?;
        self.pop_ref_to(index)?;
        self.push(Ty::from_val(field.storage.unpacked()));
        Ok(())
    }

    pub(super) fn struct_set(&mut self) -> Result<()> {
        let (index, at, field) = self.read_field()?;
        if !field.mutable {
            return Err(Error::invalid(format!("immutable field {at} of type {index}")));
        }
        self.pop_expect(Ty::from_val(field.storage.unpacked()))?;
        self.pop_ref_to(index)
    }

    pub(super) fn array_new(&mut self) -> Result<()> {
        let (index, element) = self.read_array()?;
        self.pop_expect(Ty::I32)?;
        self.pop_expect(Ty::from_val(element.storage.unpacked()))?;
        self.push_ref_to(index);
        Ok(())
    }

    pub(super) fn array_new_default(&mut self) -> Result<()> {
        let (index, element) = self.read_array()?;
        defaultable(element)?;
        self.pop_expect(Ty::I32)?;
        self.push_ref_to(index);
        Ok(())
    }

    pub(super) fn array_new_fixed(&mut self) -> Result<()> {
        let (index, element) = self.read_array()?;
        let len = self.reader.u32()?;
        limits::check(len as usize, limits::ARRAY_NEW_FIXED, "operands of array.new_fixed")?;
        for _ in 0..len {
            self.pop_expect(Ty::from_val(element.storage.unpacked()))?;
        }
        self.push_ref_to(index);
        Ok(())
    }

    pub(super) fn array_new_data(&mut self) -> Result<()> {
        let (index, element) = self.read_array()?;
        self.data_segment()?;
        expect_bytes(element)?;
        self.pop_expect(Ty::I32)?;
        self.pop_expect(Ty::I32)?;
        self.push_ref_to(index);
        Ok(())
    }

    pub(super) fn array_new_elem(&mut self) -> Result<()> {
        let (index, element) = self.read_array()?;
        let segment = self.elem_segment()?;
        self.expect_elements_of(segment, element)?;
        self.pop_expect(Ty::I32)?;
        self.pop_expect(Ty::I32)?;
        self.push_ref_to(index);
        Ok(())
    }

    /// `array.get`, or for packed elements `array.get_s` and `array.get_u`.
    pub(super) fn array_get(&mut self, packed: bool) -> Result<()> {
        let (index, element) = self.read_array()?;
        expect_packed(element, packed)?;
        self.pop_expect(Ty::I32)?;
        self.pop_ref_to(index)?;
        self.push(Ty::from_val(element.storage.unpacked()));
        Ok(())
    }

    pub(super) fn array_set(&mut self) -> Result<()> {
        let (index, element) = self.read_mutable_array()?;
        self.pop_expect(Ty::from_val(element.storage.unpacked()))?;
        self.pop_expect(Ty::I32)?;
        self.pop_ref_to(index)
    }

    pub(super) fn array_len(&mut self) -> Result<()> {
        self.pop_expect(Ty::from_ref(RefType { nullable: true, heap: HeapType::Array }))?;
        self.push(Ty::I32);
        Ok(())
    }

    pub(super) fn array_fill(&mut self) -> Result<()> {
        let (index, element) = self.read_mutable_array()?;
        self.pop_expect(Ty::I32)?;
        self.pop_expect(Ty::from_val(element.storage.unpacked()))?;
        self.pop_expect(Ty::I32)?;
        self.pop_ref_to(index)
    }

    pub(super) fn array_copy(&mut self) -> Result<()> {
        let (to_index, to) = self.read_mutable_array()?;
        let (from_index, from) = self.read_array()?;
        if !subtype::storage_matches(&self.module.types, from.storage, to.storage) {
            return Err(Error::invalid(format!(
                "array types do not match: elements of type {} are copied to those of type {}",
                from.storage, to.storage
            )));
        }
        self.pop_expect(Ty::I32)?;
        self.pop_expect(Ty::I32)?;
        self.pop_ref_to(from_index)?;
        self.pop_expect(Ty::I32)?;
        self.pop_ref_to(to_index)
    }

    pub(super) fn array_init_data(&mut self) -> Result<()> {
        let (index, element) = self.read_mutable_array()?;
        self.data_segment()?;
        expect_bytes(element)?;
        self.pop_init_operands(index)
    }

    pub(super) fn array_init_elem(&mut self) -> Result<()> {
        let (index, element) = self.read_mutable_array()?;
        let segment = self.elem_segment()?;
        self.expect_elements_of(segment, element)?;
        self.pop_init_operands(index)
    }

    fn pop_init_operands(&mut self, index: TypeIdx) -> Result<()> {
        self.pop_expect(Ty::I32)?;
        self.pop_expect(Ty::I32)?;
        self.pop_expect(Ty::I32)?;
        self.pop_ref_to(index)
    }

    fn expect_elements_of(&self, segment: RefType, element: FieldType) -> Result<()> {
        match element.storage {
            StorageType::Val(ty) => self.expect(Ty::from_ref(segment), Ty::from_val(ty)),
            StorageType::I8 | StorageType::I16 => Err(mismatch("an array of references", "a packed array")),
        }
    }
}

fn defaultable(field: FieldType) -> Result<()> {
    let ty = field.storage.unpacked();
    if ty.is_defaultable() {
        Ok(())
    } else {
        Err(Error::invalid(format!("type mismatch: field type {ty} has no default value")))
    }
}

fn expect_packed(field: FieldType, packed: bool) -> Result<()> {
    match (field.storage.is_packed(), packed) {
        (true, false) => Err(Error::invalid("type mismatch: field is packed: to be read with _s or _u")),
        (false, true) => Err(Error::invalid("type mismatch: field is unpacked: to be read without _s or _u")),
        _ => Ok(()),
    }
}

fn expect_bytes(element: FieldType) -> Result<()> {
    match element.storage {
        StorageType::Val(ValType::Ref(ty)) => {
            Err(Error::invalid(format!("array type is not numeric or vector: its elements are {ty}")))
        }
        _ => Ok(()),
    }
}

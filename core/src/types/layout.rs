//! Where the fields of an object lie.
//!
//! ```text
//! │ type: u32 │ length: u32 │ field 0 │ field 1 │ …          an array's elements follow in the same way
//! 0                         8
//! ```
//!
//! Invariant: the offset of a field depends on the fields before it alone, and subtypes have the same storage there, so
//! what reads a field by a type reads it from objects of every subtype. Every field is aligned to its size, but for `v128`,
//! which is aligned to 8 bytes as objects are.
//!
//! Spec: WebAssembly 3.0, section 4.2.13 "Aggregate Instances".

use super::{CompositeType, StorageType, ValType};
use crate::fallible::{OutOfMemory, try_boxed, try_copy};
use alloc::boxed::Box;

/// Bytes of an object before its first field or element.
pub const HEADER: u32 = 8;

/// How the objects of a type are laid out.
#[derive(PartialEq, Eq, Debug, Default)]
pub struct Layout {
    /// Offset of each field of a structure from its start.
    pub offsets: Box<[u32]>,
    /// Bytes of a structure, the header included; of an array only the header.
    pub size: u32,
}

impl Layout {
    /// The layout of objects of type `ty`; without the feature `gc` there are none.
    ///
    /// # Errors
    /// When there is not enough memory.
    pub fn of(ty: &CompositeType) -> Result<Self, OutOfMemory> {
        match ty {
            CompositeType::Struct(fields) if cfg!(feature = "gc") => {
                Self::pack(fields.iter().map(|field| field.storage))
            }
            _ => Ok(Self { offsets: Box::default(), size: HEADER }),
        }
    }

    fn pack(
        fields: impl IntoIterator<Item = StorageType, IntoIter: ExactSizeIterator>,
    ) -> Result<Self, OutOfMemory> {
        let mut size = HEADER;
        let offsets = try_boxed(fields.into_iter().map(|field| {
            let bytes = field.bytes();
            let offset = size.next_multiple_of(bytes.min(8));
            size = offset + bytes;
            offset
        }))?;
        Ok(Self { offsets, size })
    }

    /// The same once more.
    ///
    /// # Errors
    /// When there is not enough memory.
    pub fn try_clone(&self) -> Result<Self, OutOfMemory> {
        Ok(Self { offsets: try_copy(&self.offsets)?, size: self.size })
    }
}

impl StorageType {
    /// Bytes that it takes in an object. References are handles of 32 bits.
    pub const fn bytes(self) -> u32 {
        match self {
            Self::I8 => 1,
            Self::I16 => 2,
            Self::Val(ValType::I32 | ValType::F32 | ValType::Ref(_)) => 4,
            Self::Val(ValType::I64 | ValType::F64) => 8,
            Self::Val(ValType::V128) => 16,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::types::FieldType;
    use alloc::vec::Vec;

    fn structure(fields: &[StorageType]) -> Layout {
        let field = |&storage| FieldType { storage, mutable: true };
        Layout::of(&CompositeType::Struct(fields.iter().map(field).collect())).expect("there is memory")
    }

    #[test]
    fn fields_are_aligned_to_their_size() {
        let fields = [StorageType::I8, StorageType::I16, StorageType::I8, StorageType::Val(ValType::I64)];
        let layout = structure(&fields);
        assert_eq!((&*layout.offsets, layout.size), (&[8, 10, 12, 16][..], 24));
    }

    #[test]
    fn a_subtype_has_the_fields_of_its_supertype_in_the_same_places() {
        let fields = [
            StorageType::I8,
            StorageType::Val(ValType::V128),
            StorageType::Val(ValType::F32),
            StorageType::I16,
        ];
        let offsets: Vec<_> = (0..=4).map(|n| structure(&fields[..n]).offsets).collect();
        for n in 0..4 {
            assert_eq!(offsets[n][..], offsets[n + 1][..n]);
        }
    }
}

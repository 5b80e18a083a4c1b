//! What the collector and the executor know of the types of objects, and the access to their contents.
//!
//! ```text
//! word 0 of an object:   kind: 2 │ identity of its type: 30       word 1: number of elements of an array
//! ```
//!
//! # Invariants
//! - Word 0 is that of a [`TypeInfo`] in the store's [`Types`]: types are entered when a module that has them is
//!   instantiated, before there is an object.
//! - A reference in an object is 32 bits: see [`gc`](super). Fields and elements are in the byte order of memories.

#![expect(unsafe_code, reason = "objects are reached through offsets from the start of the heap")]

use super::heap::Cells;
use crate::fallible::{OutOfMemory, try_boxed, try_collect, try_copy};
use alloc::boxed::Box;
use alloc::vec::Vec;
use core::ptr;
use fantail_core::module::Module;
use fantail_core::types::layout::HEADER;
use fantail_core::types::{CanonId, CompositeType, HeapType, StorageType, TypeDef, ValType};
use fantail_core::validate::subtype;

/// Bits of word 0 for the identity of the type.
const ID_BITS: u32 = 30;
const ID_MASK: u32 = (1 << ID_BITS) - 1;

/// What an object is.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
#[repr(u32)]
pub(crate) enum Kind {
    #[default]
    Struct = 0,
    Array = 1,
}

impl Kind {
    /// The kind of an object with this word 0.
    #[inline(always)]
    pub(crate) const fn of(header: u32) -> Self {
        match header >> ID_BITS {
            0 => Self::Struct,
            _ => Self::Array,
        }
    }
}

/// A field of a structure, or the elements of an array.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(crate) struct Field {
    /// Its place in the object.
    pub(crate) offset: u32,
    /// Its size: 1, 2, 4, 8 or 16.
    pub(crate) bytes: u8,
    /// Whether it is a reference that the collector follows.
    pub(crate) traced: bool,
}

/// A type of objects.
#[derive(Debug, Default)]
pub(crate) struct TypeInfo {
    /// Word 0 of its objects.
    pub(crate) header: u32,
    /// Bytes of an object; of an array without its elements.
    pub(crate) size: u32,
    /// Where its objects live; those of an array without elements.
    pub(crate) cells: Cells,
    /// Word 0 of objects of its supertypes, from the root down to itself.
    pub(crate) display: Box<[u32]>,
    /// The fields; for an array the elements, with the place of the first.
    pub(crate) fields: Box<[Field]>,
    /// The places of the fields that are traced. Empty for arrays.
    pub(crate) traced: Box<[u32]>,
}

impl TypeInfo {
    fn new(types: &[TypeDef], ty: &TypeDef) -> Result<Self, OutOfMemory> {
        let field = |storage: StorageType, offset| Field {
            offset,
            bytes: storage.bytes() as u8,
            traced: is_traced(types, storage),
        };
        let (kind, fields) = match &ty.composite {
            CompositeType::Struct(fields) => {
                let offsets = ty.layout.offsets.iter();
                (Kind::Struct, try_boxed(fields.iter().zip(offsets).map(|(ty, &at)| field(ty.storage, at)))?)
            }
            CompositeType::Array(element) => (Kind::Array, try_boxed([field(element.storage, HEADER)])?),
            CompositeType::Func(_) => (Kind::Struct, Box::default()),
        };
        let traced = match kind {
            Kind::Array => Vec::new(),
            _ => try_collect(fields.iter().filter(|field| field.traced).map(|field| field.offset))?,
        };
        Ok(Self {
            header: header(kind, ty.id.0),
            size: ty.layout.size,
            cells: Cells::of(ty.layout.size.into()),
            display: try_boxed(ty.display.iter().map(|id| header(kind, id.0)))?,
            fields,
            traced: try_copy(&traced)?,
        })
    }

    /// The identity of the type.
    pub(crate) fn id(&self) -> u32 {
        self.header & ID_MASK
    }

    /// The elements of an array.
    #[inline(always)]
    pub(crate) fn element(&self) -> Field {
        self.fields.first().copied().unwrap_or_default()
    }

    /// Bytes of an array of `len` elements.
    pub(crate) fn array_size(&self, len: u32) -> u64 {
        u64::from(HEADER) + u64::from(len) * u64::from(self.element().bytes)
    }

    /// Whether its objects contain no references.
    fn is_leaf(&self) -> bool {
        match Kind::of(self.header) {
            Kind::Array => !self.element().traced,
            _ => self.traced.is_empty(),
        }
    }
}

/// Word 0 of objects of this kind whose type has this identity.
pub(crate) const fn header(kind: Kind, id: u32) -> u32 {
    debug_assert!(id <= ID_MASK);
    (kind as u32) << ID_BITS | id
}

fn is_traced(types: &[TypeDef], storage: StorageType) -> bool {
    match storage {
        StorageType::Val(ValType::Ref(ty)) => subtype::top(types, ty.heap) != HeapType::Func,
        _ => false,
    }
}

/// The types that the objects of a store may have, by their identities.
#[derive(Debug, Default)]
pub(crate) struct Types(Vec<TypeInfo>);

impl Types {
    /// Enters the types of `module`.
    ///
    /// # Errors
    /// When there is not enough memory.
    pub(crate) fn enter(&mut self, module: &Module) -> Result<(), OutOfMemory> {
        if !cfg!(feature = "gc") {
            return Ok(());
        }
        let mut objects = module.types.iter().filter(|ty| !matches!(ty.composite, CompositeType::Func(_)));
        objects.try_for_each(|ty| self.enter_type(&module.types, ty))
    }

    /// Whether the type with identity `id` has been entered.
    pub(crate) fn has(&self, id: CanonId) -> bool {
        self.0.get(id.index()).is_some_and(|ty| ty.size > 0)
    }

    /// Enters `ty`, whose type indices are into `types`.
    ///
    /// # Errors
    /// When there is not enough memory.
    pub(crate) fn enter_type(&mut self, types: &[TypeDef], ty: &TypeDef) -> Result<(), OutOfMemory> {
        let id = ty.id.index();
        if id >= self.0.len() {
            self.0.try_reserve(id + 1 - self.0.len())?;
            self.0.resize_with(id + 1, TypeInfo::default);
        }
        if self.0[id].size == 0 {
            self.0[id] = TypeInfo::new(types, ty)?;
        }
        Ok(())
    }

    /// The type with identity `id`, or of objects with this word 0.
    #[inline(always)]
    pub(crate) fn get(&self, id_or_header: u32) -> &TypeInfo {
        let index = (id_or_header & ID_MASK) as usize;
        debug_assert!(self.0[index].size > 0, "types are entered before there are objects");
        // SAFETY: by the invariants of this module.
        unsafe { self.0.get_unchecked(index) }
    }

    /// Word 0 of objects of the supertype at `depth` above the type of objects with word 0 `header`, if there is one.
    #[inline(always)]
    pub(crate) fn supertype(&self, header: u32, depth: u32) -> Option<u32> {
        self.get(header).display.get(depth as usize).copied()
    }
}

/// An object in a heap that begins at `base`.
#[derive(Clone, Copy)]
pub(crate) struct Object {
    at: *mut u8,
}

impl Object {
    /// The object at `offset`.
    #[inline(always)]
    pub(crate) fn new(base: *mut u8, offset: u32) -> Self {
        Self { at: base.wrapping_add(offset as usize) }
    }

    /// Its word 0.
    ///
    /// # Safety
    /// There is an object, here and in all that follows.
    #[inline(always)]
    pub(crate) unsafe fn header(self) -> u32 {
        // SAFETY: the caller vouches for the object.
        unsafe { *self.at.cast::<u32>() }
    }

    /// Number of elements.
    ///
    /// # Safety
    /// As for [`header`](Self::header), and it is an array.
    #[inline(always)]
    pub(crate) unsafe fn len(self) -> u32 {
        // SAFETY: the caller vouches for the object.
        unsafe { *self.at.cast::<u32>().wrapping_add(1) }
    }

    /// Sets both words of the header.
    ///
    /// # Safety
    /// There is room for an object.
    #[inline(always)]
    pub(crate) unsafe fn set_header(self, header: u32, len: u32) {
        // SAFETY: the caller vouches for the room.
        unsafe {
            *self.at.cast::<u32>() = header;
            *self.at.cast::<u32>().wrapping_add(1) = len;
        }
    }

    /// The address `offset` bytes from its start.
    #[inline(always)]
    pub(crate) fn place(self, offset: usize) -> *mut u8 {
        self.at.wrapping_add(offset)
    }

    /// The address of element `index` of an array with elements of `bytes` bytes.
    #[inline(always)]
    pub(crate) fn element(self, index: u32, bytes: u8) -> *mut u8 {
        self.place(HEADER as usize).wrapping_add(index as usize * usize::from(bytes))
    }

    /// The reference at `offset`.
    ///
    /// # Safety
    /// As for [`header`](Self::header), and a reference is there.
    #[inline(always)]
    pub(crate) unsafe fn reference(self, offset: usize) -> u32 {
        // SAFETY: the caller vouches for it.
        u32::from_le(unsafe { *self.place(offset).cast::<u32>() })
    }

    /// The place of the first reference in it that is at or after the `from`-th, and that one's number. `from` counts
    /// what may be a reference: traced fields, or elements.
    ///
    /// # Safety
    /// As for [`header`](Self::header), and it is of type `ty`.
    #[inline]
    pub(crate) unsafe fn traced(self, ty: &TypeInfo, from: u32) -> Option<u32> {
        match Kind::of(ty.header) {
            Kind::Array => {
                // SAFETY: the caller vouches for the array.
                let len = if ty.element().traced { unsafe { self.len() } } else { 0 };
                // SAFETY: such an array has so many references.
                (from < len).then(|| unsafe { self.reference(HEADER as usize + from as usize * 4) })
            }
            // SAFETY: the caller vouches for the object.
            _ => ty.traced.get(from as usize).map(|&at| unsafe { self.reference(at as usize) }),
        }
    }
}

impl Types {
    /// Whether the collector has nothing to follow in `object`.
    ///
    /// # Safety
    /// There is an object.
    pub(crate) unsafe fn is_leaf(&self, object: Object) -> bool {
        // SAFETY: the caller vouches for the object.
        self.get(unsafe { object.header() }).is_leaf()
    }
}

/// Copies a value of `bytes` bytes from the cells at `cell` to `to`.
///
/// # Safety
/// Both are valid for that.
#[inline(always)]
pub(crate) unsafe fn store(to: *mut u8, cell: *const u64, bytes: u8) {
    // SAFETY: the caller vouches for both; fields are aligned to their size, `v128` to 8 bytes.
    unsafe {
        let low = *cell;
        match bytes {
            1 => *to = low as u8,
            2 => *to.cast::<u16>() = (low as u16).to_le(),
            4 => *to.cast::<u32>() = (low as u32).to_le(),
            8 => *to.cast::<u64>() = low.to_le(),
            _ => {
                *to.cast::<u64>() = low.to_le();
                *to.cast::<u64>().wrapping_add(1) = (*cell.wrapping_add(1)).to_le();
            }
        }
    }
}

/// Copies a value of `bytes` bytes from `from` to the cells at `cell`, extended with zeros.
///
/// # Safety
/// Both are valid for that.
pub(crate) unsafe fn load(from: *const u8, cell: *mut u64, bytes: u8) {
    // SAFETY: as for `store`.
    unsafe {
        *cell = match bytes {
            1 => u64::from(*from),
            2 => u64::from(u16::from_le(*from.cast::<u16>())),
            4 => u64::from(u32::from_le(*from.cast::<u32>())),
            _ => u64::from_le(*from.cast::<u64>()),
        };
        if bytes == 16 {
            *cell.wrapping_add(1) = u64::from_le(*from.cast::<u64>().wrapping_add(1));
        }
    }
}

/// Sets `count` elements of `bytes` bytes from `to` on to the value in the cells at `cell`.
///
/// # Safety
/// All are valid for that.
pub(crate) unsafe fn fill(to: *mut u8, count: u32, cell: *const u64, bytes: u8) {
    // SAFETY: the caller vouches for it.
    unsafe {
        let zero = *cell == 0 && (bytes < 16 || *cell.wrapping_add(1) == 0);
        if zero || bytes == 1 {
            return ptr::write_bytes(to, *cell as u8, count as usize * usize::from(bytes));
        }
        for i in 0..count as usize {
            store(to.wrapping_add(i * usize::from(bytes)), cell, bytes);
        }
    }
}

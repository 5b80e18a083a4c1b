//! [`ArrayRef`]: arrays.

#![expect(unsafe_code, reason = "reads and writes objects")]

use crate::anyref::Referent;
use crate::gc::object::{Field, Object, fill, store as store_field};
use crate::gc::roots::RootId;
use crate::rooted::Rooted;
use crate::store::StoreOpaque;
use crate::store::handle::StoreId;
use crate::structref::{allocate, object, read};
use crate::types::{ArrayType, FieldType, StorageType};
use crate::{AsContext, AsContextMut, Engine, Result, StoreContextMut, Val, bail, format_err};
use alloc::vec::Vec;

/// A reference to an array.
///
/// ```
/// use fantail::{ArrayRef, ArrayRefPre, ArrayType, FieldType, Mutability, StorageType, Store, Val};
///
/// let mut store = Store::<()>::default();
/// let ty = ArrayType::new(store.engine(), FieldType::new(Mutability::Var, StorageType::I8))?;
/// let pre = ArrayRefPre::new(&mut store, ty);
/// let bytes = ArrayRef::new(&mut store, &pre, &Val::I32(0x141), 3)?;
/// bytes.set(&mut store, 1, Val::I32(0x42))?;
/// let text: Vec<i32> = bytes.elems(&mut store)?.map(|byte| byte.unwrap_i32()).collect();
/// assert_eq!(text, [0x41, 0x42, 0x41]);
/// let copy = ArrayRef::new_from_i8_slice(&mut store, &pre, b"fantail")?;
/// let mut text = [0; 7];
/// copy.copy_to_i8_slice(&mut store, &mut text)?;
/// assert_eq!(&text, b"fantail");
/// # Ok::<(), fantail::Error>(())
/// ```
#[derive(Clone, Copy)]
pub struct ArrayRef {
    pub(crate) root: RootId,
}

/// What arrays of a type need to be made quickly.
///
/// ```
/// use fantail::{ArrayRef, ArrayRefPre, ArrayType, Engine, FieldType, Mutability, Store, StorageType, Val};
///
/// let engine = Engine::default();
/// let mut store = Store::new(&engine, ());
/// let bytes = ArrayType::new(&engine, FieldType::new(Mutability::Var, StorageType::I8))?;
/// // Once for a type, then for as many arrays as are needed.
/// let pre = ArrayRefPre::new(&mut store, bytes);
/// let zeros = ArrayRef::new(&mut store, &pre, &Val::I32(0), 4)?;
/// let two = ArrayRef::new_fixed(&mut store, &pre, &[Val::I32(1), Val::I32(2)])?;
/// assert_eq!((zeros.len(&store)?, two.get(&mut store, 1)?.i32()), (4, Some(2)));
/// # Ok::<(), fantail::Error>(())
/// ```
#[derive(Debug)]
pub struct ArrayRefPre {
    store: StoreId,
    ty: ArrayType,
}

impl ArrayRefPre {
    /// For arrays of type `ty` in `store`.
    ///
    /// # Panics
    /// When the type belongs to another engine.
    pub fn new(mut store: impl AsContextMut, ty: ArrayType) -> Self {
        let store = &mut store.as_context_mut().0.opaque;
        assert!(Engine::same(store.engine(), ty.engine()), "type used with the wrong engine");
        Self { store: store.id(), ty }
    }
}

impl ArrayRef {
    /// An array of `len` elements that all are `elem`.
    ///
    /// # Errors
    /// When the element is of another type, or the heap is full.
    ///
    /// # Panics
    /// When `allocator` or the element belongs to another store.
    pub fn new(
        mut store: impl AsContextMut,
        allocator: &ArrayRefPre,
        elem: &Val,
        len: u32,
    ) -> Result<Rooted<Self>> {
        let mut context = store.as_context_mut();
        allocator.ty.element().check(&context, elem)?;
        let (cell, object, field) = Self::make(&mut context, allocator, len)?;
        let cells = elem.to_cells(&context.0.opaque)?;
        // SAFETY: there is room for so many elements.
        unsafe { fill(object.element(0, 0), len, cells.as_ptr(), field.bytes) };
        Ok(Rooted::from_root(context.0.opaque.roots.try_push(context.0.opaque.id(), cell)?))
    }

    /// An array of `elems`.
    ///
    /// # Errors
    /// When an element is of another type, there are 2³² or more, or the heap is full.
    ///
    /// # Panics
    /// When `allocator` or an element belongs to another store.
    pub fn new_fixed(
        mut store: impl AsContextMut,
        allocator: &ArrayRefPre,
        elems: &[Val],
    ) -> Result<Rooted<Self>> {
        let mut context = store.as_context_mut();
        let ty = allocator.ty.element();
        elems.iter().try_for_each(|elem| ty.check(&context, elem))?;
        let len = length(elems.len())?;
        let (cell, object, field) = Self::make(&mut context, allocator, len)?;
        for (index, elem) in (0..).zip(elems) {
            let cells = elem.to_cells(&context.0.opaque)?;
            // SAFETY: there is room for so many elements.
            unsafe { store_field(object.element(index, field.bytes), cells.as_ptr(), field.bytes) };
        }
        Ok(Rooted::from_root(context.0.opaque.roots.try_push(context.0.opaque.id(), cell)?))
    }

    /// An array of bytes: `elems`, copied at once.
    ///
    /// ```
    /// use fantail::{ArrayRef, ArrayRefPre, ArrayType, Engine, FieldType, Mutability, Store, StorageType};
    ///
    /// let engine = Engine::default();
    /// let mut store = Store::new(&engine, ());
    /// let bytes = ArrayType::new(&engine, FieldType::new(Mutability::Const, StorageType::I8))?;
    /// let pre = ArrayRefPre::new(&mut store, bytes);
    /// let text = ArrayRef::new_from_i8_slice(&mut store, &pre, b"fantail")?;
    /// let mut copy = [0; 7];
    /// text.copy_to_i8_slice(&mut store, &mut copy)?;
    /// assert_eq!(&copy, b"fantail");
    /// # Ok::<(), fantail::Error>(())
    /// ```
    ///
    /// # Errors
    /// When `allocator` is for arrays of other elements, there are 2³² or more, or the heap is full.
    ///
    /// # Panics
    /// When `allocator` belongs to another store.
    pub fn new_from_i8_slice(
        mut store: impl AsContextMut,
        allocator: &ArrayRefPre,
        elems: &[u8],
    ) -> Result<Rooted<Self>> {
        let mut context = store.as_context_mut();
        bytes(&allocator.ty)?;
        let len = length(elems.len())?;
        let (cell, object, _) = Self::make(&mut context, allocator, len)?;
        // SAFETY: there is room for so many bytes, in an object that nobody else knows.
        unsafe { object.element(0, 1).copy_from_nonoverlapping(elems.as_ptr(), elems.len()) };
        Ok(Rooted::from_root(context.0.opaque.roots.try_push(context.0.opaque.id(), cell)?))
    }

    /// Copies its elements, which are bytes, to `dst`.
    ///
    /// # Errors
    /// When its scope has ended, its elements are no bytes, or it has another number of them.
    ///
    /// # Panics
    /// When it belongs to another store.
    pub fn copy_to_i8_slice(&self, mut store: impl AsContextMut, dst: &mut [u8]) -> Result<()> {
        let store = &store.as_context_mut().0.opaque;
        let (object, ty) = self.object(store)?;
        bytes(&ty)?;
        // SAFETY: it is an array.
        let len = unsafe { object.len() };
        if u32::try_from(dst.len()) != Ok(len) {
            bail!("the array has {len} elements, the slice {}", dst.len());
        }
        // SAFETY: it has so many bytes, and `dst` is not among them.
        unsafe { object.element(0, 1).copy_to_nonoverlapping(dst.as_mut_ptr(), dst.len()) };
        Ok(())
    }

    /// Room for `len` elements.
    fn make<T>(
        context: &mut StoreContextMut<'_, T>,
        allocator: &ArrayRefPre,
        len: u32,
    ) -> Result<(u64, Object, Field)> {
        allocator.store.check(context.0.opaque.id());
        context.0.opaque.enter_type(allocator.ty.id())?;
        let ty = context.0.opaque.exec.gc.types.get(allocator.ty.id().0);
        let (size, header, field) = (ty.array_size(len), ty.header, ty.element());
        let (cell, object) = allocate(context, size)?;
        // SAFETY: there is room for it.
        unsafe { object.set_header(header, len) };
        Ok((cell, object, field))
    }

    fn object(&self, store: &StoreOpaque) -> Result<(Object, ArrayType)> {
        let (object, referent) = object(store, self)?;
        match referent {
            Referent::Array(id) => Ok((object, ArrayType::from_parts(store.engine(), id))),
            _ => Err(format_err!("not an array")),
        }
    }

    /// Its type.
    ///
    /// # Errors
    /// When its scope has ended.
    ///
    /// # Panics
    /// When it belongs to another store.
    pub fn ty(&self, store: impl AsContext) -> Result<ArrayType> {
        Ok(self.object(&store.as_context().0.opaque)?.1)
    }

    /// Whether it is of type `ty`.
    ///
    /// # Errors
    /// When its scope has ended.
    ///
    /// # Panics
    /// When it belongs to another store.
    pub fn matches_ty(&self, store: impl AsContext, ty: &ArrayType) -> Result<bool> {
        Ok(self.ty(store)?.matches(ty))
    }

    /// How many elements it has.
    ///
    /// # Errors
    /// When its scope has ended.
    ///
    /// # Panics
    /// When it belongs to another store.
    pub fn len(&self, store: impl AsContext) -> Result<u32> {
        let (object, _) = self.object(&store.as_context().0.opaque)?;
        // SAFETY: it is an array.
        Ok(unsafe { object.len() })
    }

    /// Whether it has no elements.
    ///
    /// # Errors
    /// When its scope has ended.
    ///
    /// # Panics
    /// When it belongs to another store.
    pub fn is_empty(&self, store: impl AsContext) -> Result<bool> {
        Ok(self.len(store)? == 0)
    }

    /// Its elements.
    ///
    /// # Errors
    /// When its scope has ended.
    ///
    /// # Panics
    /// When it belongs to another store.
    pub fn elems(&self, mut store: impl AsContextMut) -> Result<impl ExactSizeIterator<Item = Val>> {
        let len = self.len(&store)?;
        let mut values = Vec::new();
        values.try_reserve_exact(len as usize)?;
        for index in 0..len {
            values.push(self.get(&mut store, index)?);
        }
        Ok(values.into_iter())
    }

    fn place(&self, store: &StoreOpaque, index: u32) -> Result<(*mut u8, Field, FieldType)> {
        let (object, ty) = self.object(store)?;
        let field = store.exec.gc.types.get(ty.id().0).element();
        // SAFETY: it is an array.
        let len = unsafe { object.len() };
        if index >= len {
            bail!("there is no element {index}: the array has {len}");
        }
        Ok((object.element(index, field.bytes), field, ty.element()))
    }

    /// Element `index`; narrow integers are extended with zeros.
    ///
    /// # Errors
    /// When its scope has ended, or there is no such element.
    ///
    /// # Panics
    /// When it belongs to another store.
    pub fn get(&self, mut store: impl AsContextMut, index: u32) -> Result<Val> {
        let store = &mut store.as_context_mut().0.opaque;
        let (place, field, ty) = self.place(store, index)?;
        // SAFETY: the array has that element.
        unsafe { Ok(read(store, place, field, &ty)) }
    }

    /// Makes `value` element `index`; of narrow integers only the lowest bits count.
    ///
    /// # Errors
    /// When its scope has ended, there is no such element, elements are immutable, or `value` is of another type.
    ///
    /// # Panics
    /// When it, or the value, belongs to another store.
    pub fn set(&self, mut store: impl AsContextMut, index: u32, value: Val) -> Result<()> {
        let context = store.as_context_mut();
        let (place, field, ty) = self.place(&context.0.opaque, index)?;
        if ty.mutability().is_const() {
            bail!("cannot set element {index}: it is immutable");
        }
        ty.check(&context, &value)?;
        let cells = value.to_cells(&context.0.opaque)?;
        // SAFETY: the array has that element.
        unsafe { store_field(place, cells.as_ptr(), field.bytes) };
        Ok(())
    }
}

/// Fails unless the elements of `ty` are bytes.
fn bytes(ty: &ArrayType) -> Result<()> {
    match ty.element_type() {
        StorageType::I8 => Ok(()),
        other => bail!("type mismatch: expected an array of i8, found one of {other}"),
    }
}

/// The length of an array of so many elements.
fn length(elems: usize) -> Result<u32> {
    u32::try_from(elems)
        .map_err(|_| format_err!("an array of {elems} elements is too large: its length has 32 bits"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::string::ToString;

    #[test]
    #[cfg(target_pointer_width = "64")]
    fn a_length_has_32_bits() {
        assert_eq!(length(7).expect("it fits"), 7);
        assert_eq!(
            length(1 << 32).expect_err("it does not fit").to_string(),
            "an array of 4294967296 elements is too large: its length has 32 bits"
        );
    }
}

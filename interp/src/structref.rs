//! [`StructRef`]: structures.

#![expect(unsafe_code, reason = "reads and writes objects")]

use crate::anyref::Referent;
use crate::gc::object::{Field, Object, TypeInfo, load, store as store_field};
use crate::gc::{self, roots::RootId};
use crate::rooted::{GcRef, Rooted, cell};
use crate::store::StoreOpaque;
use crate::store::handle::StoreId;
use crate::types::{FieldType, StructType};
use crate::{
    AsContext, AsContextMut, Engine, GcHeapOutOfMemory, Result, StoreContextMut, Trap, Val, bail, format_err,
};
use alloc::vec::Vec;

/// A reference to a structure.
///
/// ```
/// use fantail::{FieldType, Mutability, StorageType, Store, StructRef, StructRefPre, StructType, Val, ValType};
///
/// let mut store = Store::<()>::default();
/// let number = FieldType::new(Mutability::Var, StorageType::ValType(ValType::I32));
/// let ty = StructType::new(store.engine(), [number])?;
/// let pre = StructRefPre::new(&mut store, ty);
/// let counter = StructRef::new(&mut store, &pre, &[Val::I32(1)])?;
/// counter.set_field(&mut store, 0, Val::I32(2))?;
/// store.gc(None)?;
/// assert_eq!(counter.field(&mut store, 0)?.unwrap_i32(), 2);
/// # Ok::<(), fantail::Error>(())
/// ```
#[derive(Clone, Copy)]
pub struct StructRef {
    pub(crate) root: RootId,
}

/// What structures of a type need to be made quickly.
///
/// ```
/// use fantail::{Engine, FieldType, Mutability, Store, StructRef, StructRefPre, StructType, Val, ValType};
///
/// let engine = Engine::default();
/// let mut store = Store::new(&engine, ());
/// let field = FieldType::new(Mutability::Const, ValType::I64.into());
/// // Once for a type, then for as many structures as are needed.
/// let pre = StructRefPre::new(&mut store, StructType::new(&engine, [field])?);
/// let a = StructRef::new(&mut store, &pre, &[Val::I64(1)])?;
/// let b = StructRef::new(&mut store, &pre, &[Val::I64(2)])?;
/// assert_eq!((a.field(&mut store, 0)?.i64(), b.field(&mut store, 0)?.i64()), (Some(1), Some(2)));
/// # Ok::<(), fantail::Error>(())
/// ```
#[derive(Debug)]
pub struct StructRefPre {
    store: StoreId,
    ty: StructType,
}

impl StructRefPre {
    /// For structures of type `ty` in `store`.
    ///
    /// # Panics
    /// When the type belongs to another engine.
    pub fn new(mut store: impl AsContextMut, ty: StructType) -> Self {
        let store = &mut store.as_context_mut().0.opaque;
        assert!(Engine::same(store.engine(), ty.engine()), "type used with the wrong engine");
        Self { store: store.id(), ty }
    }
}

impl StructRef {
    /// A structure with `fields`.
    ///
    /// # Errors
    /// When number or types of the fields are not those of the type, or the heap is full.
    ///
    /// # Panics
    /// When `allocator` or one of the fields belongs to another store.
    pub fn new(
        mut store: impl AsContextMut,
        allocator: &StructRefPre,
        fields: &[Val],
    ) -> Result<Rooted<Self>> {
        let mut context = store.as_context_mut();
        allocator.store.check(context.0.opaque.id());
        context.0.opaque.enter_type(allocator.ty.id())?;
        let types = allocator.ty.fields();
        if types.len() != fields.len() {
            bail!("expected {} fields, got {}", types.len(), fields.len());
        }
        for (ty, value) in types.zip(fields) {
            ty.check(&context, value)?;
        }
        let ty: *const TypeInfo = context.0.opaque.exec.gc.types.get(allocator.ty.id().0);
        // SAFETY: types are only entered, and stay what they are while no module is instantiated.
        unsafe {
            let (size, header) = ((*ty).size, (*ty).header);
            let (cell, object) = allocate(&mut context, size.into())?;
            object.set_header(header, 0);
            for (field, value) in (*ty).fields.iter().zip(fields) {
                let cells = value.to_cells(&context.0.opaque)?;
                store_field(object.place(field.offset as usize), cells.as_ptr(), field.bytes);
            }
            let root = context.0.opaque.roots.try_push(context.0.opaque.id(), cell)?;
            Ok(Rooted::from_root(root))
        }
    }

    fn object(&self, store: &StoreOpaque) -> Result<(Object, StructType)> {
        let (object, referent) = object(store, self)?;
        match referent {
            Referent::Struct(id) => Ok((object, StructType::from_parts(store.engine(), id))),
            _ => Err(format_err!("not a structure")),
        }
    }

    /// Its type.
    ///
    /// # Errors
    /// When its scope has ended.
    ///
    /// # Panics
    /// When it belongs to another store.
    pub fn ty(&self, store: impl AsContext) -> Result<StructType> {
        Ok(self.object(&store.as_context().0.opaque)?.1)
    }

    /// Whether it is of type `ty`.
    ///
    /// # Errors
    /// When its scope has ended.
    ///
    /// # Panics
    /// When it belongs to another store.
    pub fn matches_ty(&self, store: impl AsContext, ty: &StructType) -> Result<bool> {
        Ok(self.ty(store)?.matches(ty))
    }

    /// Its fields.
    ///
    /// # Errors
    /// When its scope has ended.
    ///
    /// # Panics
    /// When it belongs to another store.
    pub fn fields(&self, mut store: impl AsContextMut) -> Result<impl ExactSizeIterator<Item = Val>> {
        let count = self.ty(&store)?.fields().len();
        let mut values = Vec::new();
        values.try_reserve_exact(count)?;
        for index in 0..count {
            values.push(self.field(&mut store, index)?);
        }
        Ok(values.into_iter())
    }

    /// Field `index`; narrow integers are extended with zeros.
    ///
    /// # Errors
    /// When its scope has ended, or there is no such field.
    ///
    /// # Panics
    /// When it belongs to another store.
    pub fn field(&self, mut store: impl AsContextMut, index: usize) -> Result<Val> {
        let store = &mut store.as_context_mut().0.opaque;
        let (object, ty) = self.object(store)?;
        let (field, ty) = field(store, &ty, index)?;
        // SAFETY: the object has that field.
        unsafe { Ok(read(store, object.place(field.offset as usize), field, &ty)) }
    }

    /// Makes `value` field `index`; of narrow integers only the lowest bits count.
    ///
    /// # Errors
    /// When its scope has ended, there is no such field or it is immutable, or `value` is of another type.
    ///
    /// # Panics
    /// When it, or the value, belongs to another store.
    pub fn set_field(&self, mut store: impl AsContextMut, index: usize, value: Val) -> Result<()> {
        let context = store.as_context_mut();
        let (object, ty) = self.object(&context.0.opaque)?;
        let (field, ty) = field(&context.0.opaque, &ty, index)?;
        if ty.mutability().is_const() {
            bail!("cannot set field {index}: it is immutable");
        }
        ty.check(&context, &value)?;
        let cells = value.to_cells(&context.0.opaque)?;
        // SAFETY: the object has that field.
        unsafe { store_field(object.place(field.offset as usize), cells.as_ptr(), field.bytes) };
        Ok(())
    }
}

fn field(store: &StoreOpaque, ty: &StructType, index: usize) -> Result<(Field, FieldType)> {
    let fields = &store.exec.gc.types.get(ty.id().0).fields;
    match (fields.get(index), ty.field(index)) {
        (Some(&field), Some(ty)) => Ok((field, ty)),
        _ => Err(format_err!("there is no field {index}: the structure has {}", fields.len())),
    }
}

/// The object that `reference` refers to, and what that is.
pub(crate) fn object<T: GcRef>(store: &StoreOpaque, reference: &T) -> Result<(Object, Referent)> {
    let cell = cell(store, reference)?;
    Ok((Object::new(store.exec.gc.heap.base, cell as u32), Referent::of(store, cell)))
}

/// Room for an object of `size` bytes, to which nothing leads yet.
pub(crate) fn allocate<T>(context: &mut StoreContextMut<'_, T>, size: u64) -> Result<(u64, Object)> {
    let store: *mut crate::store::StoreInner<T> = context.0;
    // SAFETY: it was a reference a moment ago, and no other is used meanwhile.
    unsafe {
        let exec = &raw mut (*store).opaque.exec;
        (*exec).store = store.cast();
        let offset = gc::allocate(exec, size).map_err(|error| match error.downcast_ref() {
            Some(Trap::HeapExhausted) => GcHeapOutOfMemory::new((), size).into(),
            _ => error,
        })?;
        Ok((offset.into(), Object::new((*exec).gc.heap.base, offset)))
    }
}

/// The value of `field`, of type `ty`, at `place`.
///
/// # Safety
/// It is there.
pub(crate) unsafe fn read(store: &mut StoreOpaque, place: *const u8, field: Field, ty: &FieldType) -> Val {
    let mut cells = [0; 2];
    // SAFETY: the caller vouches for the place.
    unsafe { load(place, cells.as_mut_ptr(), field.bytes) };
    Val::from_cells(store, ty.element_type().unpack().to_core(), cells)
}

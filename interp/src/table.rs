//! [`Table`]: a table instance, as embedders see it, and how tables are made and grow.
//!
//! Invariant: `base` and `len` of a [`TableEntity`] describe its elements at all times; `ty.limits.min` is its size.
//!
//! Spec: WebAssembly 3.0, sections 4.2.5 "Table Instances" and 4.6.8 "Table Instructions".

#![expect(unsafe_code, reason = "tables are reached through the store's pointer, as the executor does")]

use crate::limits::limiter_at;
use crate::memory::{Grown, Refused, TableCreator, failed};
use crate::store::entity::{TableCells, TableEntity};
use crate::store::handle::Stored;
use crate::store::{StoreInner, StoreOpaque};
use crate::types::{RefType, TableType};
use crate::value::Ref;
use crate::{AsContext, AsContextMut, Error, Result, Trap, bail, format_err};
use alloc::vec::Vec;
use core::{fmt, slice};
use fantail_core::types as core_types;

/// How many elements a table may have, whatever its type says.
pub(crate) const MAX_ELEMENTS: u64 = 10_000_000;

/// A table of a store: references by index.
///
/// ```
/// use fantail::{Engine, Func, Ref, RefType, Store, Table, TableType};
///
/// let mut store = Store::new(&Engine::default(), ());
/// let table = Table::new(&mut store, TableType::new(RefType::FUNCREF, 2, None), Ref::Func(None))?;
/// let func = Func::wrap(&mut store, |x: i32| x + 1);
/// table.set(&mut store, 1, func.into())?;
/// assert!(table.get(&mut store, 0).is_some_and(|element| element.is_null()));
/// assert!(table.get(&mut store, 2).is_none());
/// # Ok::<(), fantail::Error>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Table(Stored<TableEntity>);

impl Table {
    /// A table of type `ty` whose elements are `init`.
    ///
    /// # Errors
    /// When `init` is no such element, or when it is too large for the machine or not allowed by the store's
    /// [limiter](crate::Store::limiter).
    pub fn new(mut store: impl AsContextMut, ty: TableType, init: Ref) -> Result<Self> {
        let mut context = store.as_context_mut();
        check(&context, init, ty.element())?;
        let init = init.cell(&context.0.opaque)?;
        let store: *mut StoreInner<_> = context.as_context_mut().0;
        // SAFETY: the pointer was made from an exclusive reference that is not used beside it.
        unsafe { Ok(Self(allocate(store.cast(), ty.to_core(), init)?)) }
    }

    pub(crate) fn from_stored(stored: Stored<TableEntity>) -> Self {
        Self(stored)
    }

    pub(crate) fn stored(self) -> Stored<TableEntity> {
        self.0
    }

    /// Its type, with the present size as minimum.
    ///
    /// # Panics
    /// When it belongs to another store.
    pub fn ty(&self, store: impl AsContext) -> TableType {
        let store = &store.as_context().0.opaque;
        TableType::from_core(store.engine(), self.0.get(store).ty)
    }

    /// The element at `index`, if there is one.
    ///
    /// # Panics
    /// When it belongs to another store.
    pub fn get(&self, mut store: impl AsContextMut, index: u64) -> Option<Ref> {
        let store = &mut store.as_context_mut().0.opaque;
        let entity = self.0.get(store);
        let (ty, cell) = (entity.ty.element, *elements(entity).get(usize::try_from(index).ok()?)?);
        Some(Ref::from_cell(store, ty, cell))
    }

    /// Makes `value` the element at `index`.
    ///
    /// # Errors
    /// When there is no such index, or `value` is no such element.
    ///
    /// # Panics
    /// When it belongs to another store.
    pub fn set(&self, mut store: impl AsContextMut, index: u64, value: Ref) -> Result<()> {
        let context = store.as_context_mut();
        check(&context, value, self.ty(&context).element())?;
        let value = value.cell(&context.0.opaque)?;
        let entity = self.0.get_mut(&mut context.0.opaque);
        match usize::try_from(index).ok().and_then(|index| elements_mut(entity).get_mut(index)) {
            Some(element) => *element = value,
            None => bail!("table element index out of bounds: {index} in a table of {}", entity.len),
        }
        Ok(())
    }

    /// How many elements it has.
    ///
    /// # Panics
    /// When it belongs to another store.
    pub fn size(&self, store: impl AsContext) -> u64 {
        self.0.get(&store.as_context().0.opaque).ty.limits.min
    }

    /// Adds `delta` elements `init` and gives the former size.
    ///
    /// ```
    /// use fantail::{Engine, Func, Ref, RefType, Store, Table, TableType};
    ///
    /// let mut store = Store::new(&Engine::default(), ());
    /// let table = Table::new(&mut store, TableType::new(RefType::FUNCREF, 1, Some(4)), Ref::Func(None))?;
    /// let func = Func::wrap(&mut store, || 7);
    /// assert_eq!(table.grow(&mut store, 3, func.into())?, 1);
    /// assert!(table.get(&mut store, 3).is_some_and(|element| element.is_non_null()));
    /// assert!(table.grow(&mut store, 1, func.into()).is_err());
    /// # Ok::<(), fantail::Error>(())
    /// ```
    ///
    /// # Errors
    /// When `init` is no such element, or it would exceed its maximum, what the store's limiter allows, or what the
    /// machine has: that is an [`OutOfMemory`](crate::OutOfMemory).
    ///
    /// # Panics
    /// When it belongs to another store.
    pub fn grow(&self, mut store: impl AsContextMut, delta: u64, init: Ref) -> Result<u64> {
        let context = store.as_context_mut();
        check(&context, init, self.ty(&context).element())?;
        let init = init.cell(&context.0.opaque)?;
        let store: *mut StoreInner<_> = context.0;
        // SAFETY: the pointer was made from an exclusive reference that is not used beside it, and the table is one
        // of that store, as `ty` checked.
        let old = unsafe { grow(store.cast(), self.0.pointer(), delta, init)? };
        old.map_err(|refused| refused.error(format_args!("failed to grow table by `{delta}`")))
    }

    /// Copies `len` elements from `src_index` of `src_table` on to `dst_index` of `dst_table` on.
    ///
    /// ```
    /// use fantail::{Engine, ExternRef, Ref, RefType, Store, Table, TableType};
    ///
    /// let mut store = Store::new(&Engine::default(), ());
    /// let value = ExternRef::new(&mut store, "a value")?;
    /// let ty = TableType::new(RefType::EXTERNREF, 4, None);
    /// let from = Table::new(&mut store, ty.clone(), Ref::Extern(Some(value)))?;
    /// let to = Table::new(&mut store, ty, Ref::Extern(None))?;
    /// Table::copy(&mut store, &to, 2, &from, 0, 2)?;
    /// to.fill(&mut store, 3, Ref::Extern(None), 1)?;
    /// let non_null = |store: &mut Store<()>, index| to.get(store, index).is_some_and(|it| it.is_non_null());
    /// assert!(!non_null(&mut store, 1) && non_null(&mut store, 2) && !non_null(&mut store, 3));
    /// # Ok::<(), fantail::Error>(())
    /// ```
    ///
    /// # Errors
    /// When they do not all lie in the tables, or elements of `src_table` need not be such of `dst_table`; nothing is
    /// copied then.
    ///
    /// # Panics
    /// When either belongs to another store.
    pub fn copy(
        mut store: impl AsContextMut,
        dst_table: &Self,
        dst_index: u64,
        src_table: &Self,
        src_index: u64,
        len: u64,
    ) -> Result<()> {
        let context = store.as_context_mut();
        let (dst_ty, src_ty) = (dst_table.ty(&context), src_table.ty(&context));
        if !src_ty.element().matches(dst_ty.element()) {
            bail!(
                "type mismatch: source table element type does not match destination table element type: expected \
                 {}, found {}",
                dst_ty.element(),
                src_ty.element()
            );
        }
        let src = range(src_index, len, src_ty.minimum())?;
        let dst = range(dst_index, len, dst_ty.minimum())?;
        // SAFETY: both are tables of this store, which is borrowed exclusively; the ranges lie in them, and may
        // overlap when they are one.
        unsafe {
            let src = (*src_table.0.pointer()).base.add(src.start);
            core::ptr::copy(src, (*dst_table.0.pointer()).base.add(dst.start), dst.len());
        }
        Ok(())
    }

    /// Makes `value` each of the `len` elements from `dst` on.
    ///
    /// # Errors
    /// When they do not all lie in the table, or `value` is no such element; nothing is written then.
    ///
    /// # Panics
    /// When it belongs to another store.
    pub fn fill(&self, mut store: impl AsContextMut, dst: u64, value: Ref, len: u64) -> Result<()> {
        let context = store.as_context_mut();
        check(&context, value, self.ty(&context).element())?;
        let value = value.cell(&context.0.opaque)?;
        let entity = self.0.get_mut(&mut context.0.opaque);
        let range = range(dst, len, entity.ty.limits.min)?;
        elements_mut(entity)[range].fill(value);
        Ok(())
    }
}

impl fmt::Debug for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Table({:p})", self.0.pointer())
    }
}

/// Fails unless `value` is of type `ty`.
fn check(store: impl AsContext, value: Ref, ty: &RefType) -> Result<()> {
    let found = value.ty(store)?;
    if !found.matches(ty) {
        bail!("type mismatch: value does not match table element type: expected {ty}, found {found}");
    }
    Ok(())
}

fn range(start: u64, len: u64, size: u64) -> Result<core::ops::Range<usize>> {
    match start.checked_add(len) {
        // Tables have at most `MAX_ELEMENTS` elements, so both fit.
        Some(end) if end <= size => Ok(start as usize..end as usize),
        _ => Err(Trap::TableOutOfBounds.into()),
    }
}

/// Adds a table of canonical type `ty`, whose elements are `init`, to the store at `store`.
///
/// # Safety
/// `store` points to a store to which no reference is used until this returns.
pub(crate) unsafe fn allocate(
    store: *mut (),
    ty: core_types::TableType,
    init: u64,
) -> Result<Stored<TableEntity>> {
    let size = ty.limits.min;
    if size > MAX_ELEMENTS {
        bail!("a table of {size} elements is too large: {MAX_ELEMENTS} is the limit of this implementation");
    }
    // SAFETY: the caller vouches for `store`.
    if let Some(limiter) = unsafe { limiter_at(store) }
        && !limiter.table_growing(0, size as usize, maximum(&ty))?
    {
        bail!("table minimum size of {size} elements exceeds table limits");
    }
    // SAFETY: as above; a store begins with a `StoreOpaque`.
    let opaque = unsafe { &mut *store.cast::<StoreOpaque>() };
    let len = size as usize;
    let (base, cells) = match &opaque.engine().config().table_creator {
        Some(creator) => provided(&**creator, TableType::from_core(opaque.engine(), ty), len, maximum(&ty))?,
        None => {
            let mut cells = Vec::new();
            cells.try_reserve_exact(len).map_err(|error| {
                Error::new(error)
                    .context_text(format_args!("not enough memory for a table of {size} elements"))
            })?;
            (cells.as_mut_ptr(), TableCells::Own(cells))
        }
    };
    let mut table = TableEntity { base, len: 0, ty, cells };
    // SAFETY: there is room for so many.
    unsafe { append(&mut table, len, init) };
    opaque.push_table(table)
}

/// Cells of the embedder's for `len` elements.
fn provided(
    creator: &dyn TableCreator,
    ty: TableType,
    len: usize,
    maximum: Option<usize>,
) -> Result<(*mut u64, TableCells)> {
    let made = creator.new_table(ty, len, maximum);
    let cells = made.map_err(|reason| format_err!("no table from the embedder: {reason}"))?;
    let (base, size) = (cells.as_ptr(), cells.capacity());
    if size < len || !base.is_aligned() || base.is_null() {
        bail!("the embedder provides a table of {size} elements at {base:p} where {len} are needed");
    }
    Ok((base, TableCells::Host(cells)))
}

/// Makes `table` have `len` elements, of which the new ones are `init`.
///
/// # Safety
/// From `base` on, what holds the elements has room for so many.
unsafe fn append(table: &mut TableEntity, len: usize, init: u64) {
    // SAFETY: the caller vouches for it.
    (table.len..len).for_each(|index| unsafe { table.base.add(index).write(init) });
    table.len = len;
    table.ty.limits.min = len as u64;
}

/// The elements of `table`.
fn elements(table: &TableEntity) -> &[u64] {
    // SAFETY: `base` and `len` describe them; who changes either needs the store exclusively.
    unsafe { slice::from_raw_parts(table.base, table.len) }
}

/// The elements of `table`.
fn elements_mut(table: &mut TableEntity) -> &mut [u64] {
    // SAFETY: as in `elements`, and the table is borrowed exclusively.
    unsafe { slice::from_raw_parts_mut(table.base, table.len) }
}

/// Adds `delta` elements `init` to `table` and gives its former size, or why it cannot grow.
///
/// # Errors
/// Those of the store's limiter.
///
/// # Safety
/// `store` points to a store to which no reference is used until this returns, and `table` to one of its tables.
pub(crate) unsafe fn grow(store: *mut (), table: *mut TableEntity, delta: u64, init: u64) -> Result<Grown> {
    // SAFETY: the caller vouches for both.
    let (table, mut limiter) = unsafe { (&mut *table, limiter_at(store)) };
    let old = table.ty.limits.min;
    let max = table.ty.limits.max.unwrap_or(u64::MAX).min(MAX_ELEMENTS);
    let Some(size) = old.checked_add(delta).filter(|&size| size <= max) else {
        let error = || format_err!("table maximum size exceeded");
        return failed(limiter.map(|limiter| limiter.table_grow_failed(error())), Refused::Limited);
    };
    if delta == 0 {
        return Ok(Ok(old));
    }
    if let Some(limiter) = &mut limiter
        && !limiter.table_growing(table.len, size as usize, maximum(&table.ty))?
    {
        return Ok(Err(Refused::Limited));
    }
    if let Err(error) = make_room(table, size as usize) {
        return failed(limiter.map(|limiter| limiter.table_grow_failed(error)), Refused::OutOfMemory);
    }
    // SAFETY: there is room now.
    unsafe { append(table, size as usize, init) };
    Ok(Ok(old))
}

/// Makes room for `size` elements in all; they may move.
///
/// # Errors
/// When there is not enough memory, or the embedder has none. Nothing has changed then.
fn make_room(table: &mut TableEntity, size: usize) -> Result<()> {
    table.base = match &mut table.cells {
        TableCells::Own(cells) => {
            // The vector has no say in how many of them are elements.
            // SAFETY: so many are initialized.
            unsafe { cells.set_len(table.len) };
            cells.try_reserve(size - table.len)?;
            cells.as_mut_ptr()
        }
        TableCells::Host(cells) => {
            cells.grow_to(size)?;
            cells.as_ptr()
        }
    };
    Ok(())
}

/// What `ty` allows.
fn maximum(ty: &core_types::TableType) -> Option<usize> {
    Some(usize::try_from(ty.limits.max?).unwrap_or(usize::MAX))
}

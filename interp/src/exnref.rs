//! [`ExnRef`]: exceptions, as embedders make, throw, take and look into them.
//!
//! Invariant: an `ExnRef` names a root of its store that is an exception. A thrown exception that is on
//! its way through the host is the pending one of its store, and an [`Error`](crate::Error) with a [`ThrownException`]
//! says so.
//!
//! Spec: WebAssembly 3.0, sections 4.2.10 "Exception Instances" and 7.1.12 "Exceptions" (embedding).

#![expect(unsafe_code, reason = "exceptions refer to their tags by address")]

use crate::fallible::try_collect;
use crate::gc::roots::RootId;
use crate::rooted::{Rooted, cell};
use crate::store::entity::TagEntity;
use crate::store::handle::{StoreId, Stored};
use crate::store::{Store, StoreContextMut, StoreOpaque};
use crate::types::{ExnType, FuncType, TagType};
use crate::value::Val;
use crate::{AsContext, AsContextMut, Caller, Engine, Result, Tag, bail, format_err};
use alloc::vec::Vec;
use core::fmt;

/// A reference to an exception.
///
/// ```
/// use fantail::{Engine, ExnRef, ExnRefPre, ExnType, Func, Store, Tag, ThrownException, Val, ValType};
///
/// let engine = Engine::default();
/// let mut store = Store::new(&engine, ());
/// let ty = ExnType::new(&engine, [ValType::I32])?;
/// let tag = Tag::new(&mut store, &ty.tag_type())?;
/// let pre = ExnRefPre::new(&mut store, ty);
/// let exception = ExnRef::new(&mut store, &pre, &tag, &[Val::I32(7)])?;
///
/// // A host function throws by making it the pending exception and failing.
/// let thrower = Func::wrap(&mut store, move |mut caller: fantail::Caller<'_, ()>| -> fantail::Result<()> {
///     Ok(caller.throw(exception)?)
/// });
/// let error = thrower.typed::<(), ()>(&store)?.call(&mut store, ()).unwrap_err();
/// assert!(error.is::<ThrownException>());
/// let caught = store.take_pending_exception().expect("it was thrown");
/// assert_eq!(caught.field(&mut store, 0)?.i32(), Some(7));
/// # Ok::<(), fantail::Error>(())
/// ```
#[derive(Clone, Copy)]
pub struct ExnRef {
    pub(crate) root: RootId,
}

/// What is needed to make exceptions of one type.
///
/// ```
/// use fantail::{Engine, ExnRef, ExnRefPre, ExnType, Store, Tag, Val, ValType};
///
/// let engine = Engine::default();
/// let mut store = Store::new(&engine, ());
/// let ty = ExnType::new(&engine, [ValType::I32])?;
/// let tag = Tag::new(&mut store, &ty.tag_type())?;
/// let pre = ExnRefPre::new(&mut store, ty);
/// let exception = ExnRef::new(&mut store, &pre, &tag, &[Val::I32(404)])?;
/// assert_eq!(exception.field(&mut store, 0)?.i32(), Some(404));
/// assert!(Tag::eq(&exception.tag(&mut store)?, &tag, &store));
/// # Ok::<(), fantail::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct ExnRefPre {
    store: StoreId,
    ty: ExnType,
}

/// An exception was thrown: it is the pending one of its store.
///
/// A host function that returns this error throws the pending exception in its caller, and a call that returns this
/// error was left by an exception that nothing caught. [`Store::take_pending_exception`] gives it out.
///
/// ```
/// use fantail::{Engine, Instance, Module, Store, ThrownException};
///
/// let engine = Engine::default();
/// let wasm = wat::parse_str(r#"(module (tag $failed (param i32))
///     (func (export "run") (throw $failed (i32.const 3))))"#)?;
/// let mut store = Store::new(&engine, ());
/// let instance = Instance::new(&mut store, &Module::new(&engine, wasm)?, &[])?;
/// let error = instance.get_typed_func::<(), ()>(&mut store, "run")?.call(&mut store, ()).unwrap_err();
/// assert!(error.is::<ThrownException>());
/// let exception = store.take_pending_exception().expect("it was thrown");
/// assert_eq!(exception.field(&mut store, 0)?.i32(), Some(3));
/// # Ok::<(), fantail::Error>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct ThrownException;

impl fmt::Display for ThrownException {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fantail_core::TrapCode::UncaughtException.fmt(f)
    }
}

impl core::error::Error for ThrownException {}

impl ExnRefPre {
    /// For exceptions of type `ty` in this store.
    ///
    /// # Panics
    /// When `ty` belongs to another engine.
    pub fn new(mut store: impl AsContextMut, ty: ExnType) -> Self {
        let store = &store.as_context_mut().0.opaque;
        assert!(Engine::same(store.engine(), ty.engine()), "type used with the wrong engine");
        Self { store: store.id(), ty }
    }
}

impl ExnRef {
    /// An exception with tag `tag` that carries `fields`.
    ///
    /// # Errors
    /// When tag or fields do not have the type that `allocator` is for, or there is no room.
    ///
    /// # Panics
    /// When `allocator` or `tag` belongs to another store.
    pub fn new(
        mut store: impl AsContextMut,
        allocator: &ExnRefPre,
        tag: &Tag,
        fields: &[Val],
    ) -> Result<Rooted<Self>> {
        let context = store.as_context_mut();
        allocator.store.check(context.0.opaque.id());
        let (expected, found) = (allocator.ty.tag_type(), tag.ty(&context));
        if found != expected {
            bail!(
                "incorrect signature for tag when creating exception object: expected {expected}, found {found}"
            );
        }
        let types = allocator.ty.func_type();
        if types.params().len() != fields.len() {
            bail!("expected {} fields, got {}", types.params().len(), fields.len());
        }
        let mut cells = Vec::new();
        cells.try_reserve_exact(2 * fields.len())?;
        for (index, (expected, field)) in types.params().zip(fields).enumerate() {
            let found = field.ty(&context)?;
            if !found.matches(&expected) {
                bail!("field type mismatch: expected {expected}, found {found} (field {index})");
            }
            let both = field.to_cells(&context.0.opaque)?;
            cells.extend(both.into_iter().take(expected.to_core().cells() as usize));
        }
        let store = &mut context.0.opaque;
        let handle = store.exceptions.insert(tag.stored().pointer(), &cells)?;
        Ok(Rooted::from_root(store.roots.try_push(store.id(), handle)?))
    }

    /// # Errors
    /// When its scope has ended.
    ///
    /// # Panics
    /// When it belongs to another store.
    fn parts<'a>(&self, store: &'a StoreOpaque) -> Result<(Stored<TagEntity>, &'a [u64])> {
        let (tag, payload) = store.exceptions.get(cell(store, self)?);
        // SAFETY: the tags of exceptions are those of their store.
        let tag = unsafe { Stored::new(store.id(), tag.cast_mut()) };
        Ok((tag.expect("exceptions have a tag"), payload))
    }

    /// Its type.
    ///
    /// # Errors
    /// When its scope has ended.
    ///
    /// # Panics
    /// When it belongs to another store.
    pub fn ty(&self, store: impl AsContext) -> Result<ExnType> {
        let store = &store.as_context().0.opaque;
        let id = self.parts(store)?.0.get(store).ty;
        ExnType::from_tag_type(&TagType::new(FuncType::from_id(store.engine(), id)))
    }

    /// Whether it is of type `ty`.
    ///
    /// # Errors
    /// When its scope has ended.
    ///
    /// # Panics
    /// When it belongs to another store.
    pub fn matches_ty(&self, store: impl AsContext, ty: &ExnType) -> Result<bool> {
        Ok(self.ty(store)? == *ty)
    }

    /// Its tag.
    ///
    /// # Errors
    /// When its scope has ended.
    ///
    /// # Panics
    /// When it belongs to another store.
    pub fn tag(&self, mut store: impl AsContextMut) -> Result<Tag> {
        Ok(Tag::from_stored(self.parts(&store.as_context_mut().0.opaque)?.0))
    }

    /// What it carries.
    ///
    /// # Errors
    /// When its scope has ended.
    ///
    /// # Panics
    /// When it belongs to another store.
    pub fn fields(&self, mut store: impl AsContextMut) -> Result<impl ExactSizeIterator<Item = Val>> {
        let store = &mut store.as_context_mut().0.opaque;
        let (tag, mut cells) = self.parts(store)?;
        let mut fields = Vec::new();
        fields.try_reserve_exact(tag.get(store).payload.len())?;
        for &ty in &tag.get(store).payload {
            let (field, rest) = cells.split_at(ty.cells() as usize);
            cells = rest;
            fields.push((ty, [field[0], field.get(1).copied().unwrap_or(0)]));
        }
        let fields = try_collect(fields.into_iter().map(|(ty, cells)| Val::from_cells(store, ty, cells)))?;
        Ok(fields.into_iter())
    }

    /// The value numbered `index` of those that it carries.
    ///
    /// # Errors
    /// When there is none, or its scope has ended.
    ///
    /// # Panics
    /// When it belongs to another store.
    pub fn field(&self, store: impl AsContextMut, index: usize) -> Result<Val> {
        let field = self.fields(store)?.nth(index);
        field.ok_or_else(|| format_err!("cannot access field {index}: field index out of bounds"))
    }
}

impl StoreOpaque {
    fn throw<R>(&mut self, exception: Rooted<ExnRef>) -> Result<R, ThrownException> {
        // One whose scope has ended is not made pending, so that the error is one of the host.
        let cell = exception.cell(self).unwrap_or(0);
        self.exceptions.set_pending(cell);
        Err(ThrownException)
    }

    fn take_pending_exception(&mut self) -> Option<Rooted<ExnRef>> {
        let cell = self.exceptions.take_pending();
        Rooted::from_cell(self, cell)
    }
}

macro_rules! throwing {
    ($($ty:ty: $self:ident => $opaque:expr;)*) => {$(
        impl<T: 'static> $ty {
            /// Makes `exception` the pending one, and returns the error that says so: a host function that returns it
            /// throws the exception in its caller.
            ///
            /// # Errors
            /// Always.
            ///
            /// # Panics
            /// When it belongs to another store.
            pub fn throw<R>(&mut $self, exception: Rooted<ExnRef>) -> Result<R, ThrownException> {
                $opaque.throw(exception)
            }

            /// The pending exception, which is pending no longer.
            pub fn take_pending_exception(&mut $self) -> Option<Rooted<ExnRef>> {
                $opaque.take_pending_exception()
            }

            /// Whether there is a pending exception.
            pub fn has_pending_exception(&mut $self) -> bool {
                $opaque.exceptions.pending() != 0
            }
        }
    )*};
}

throwing! {
    Store<T>: self => self.as_context_mut().0.opaque;
    StoreContextMut<'_, T>: self => self.0.opaque;
    Caller<'_, T>: self => self.as_context_mut().0.opaque;
}

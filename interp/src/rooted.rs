//! [`Rooted`], [`OwnedRooted`], [`RootScope`]: references to objects that a collection must not take away.
//!
//! Invariant: the host never has a bare reference. What it has names a root of the store, which a collection follows; after
//! the end of its scope a root names nothing, and whatever is done with it is an error.

use crate::gc::roots::{OwnedRoot, RootId};
use crate::store::StoreOpaque;
use crate::store::handle::StoreId;
use crate::sync::Arc;
use crate::{
    AnyRef, ArrayRef, AsContext, AsContextMut, EqRef, ExnRef, ExternRef, Result, StoreContext,
    StoreContextMut, StructRef, format_err,
};
use core::fmt;
use core::hash::{Hash, Hasher};
use core::marker::PhantomData;
use core::ops::Deref;

/// A kind of reference: [`AnyRef`], [`ExternRef`] and so on.
///
/// ```
/// use fantail::{ExternRef, GcRef, Result, Rooted, Store};
///
/// fn same<T: GcRef>(store: &Store<()>, a: Rooted<T>, b: Rooted<T>) -> Result<bool> {
///     Rooted::ref_eq(store, &a, &b)
/// }
/// let mut store = Store::default();
/// let value = ExternRef::new(&mut store, "a value")?;
/// assert!(same(&store, value, value)?);
/// # Ok::<(), fantail::Error>(())
/// ```
pub trait GcRef: Copy + fmt::Debug + Send + Sync + 'static {
    /// The one that a root holds.
    #[doc(hidden)]
    fn from_root(root: RootId) -> Self;

    /// The root that holds it.
    #[doc(hidden)]
    fn root(&self) -> RootId;
}

/// A reference of type `T` that keeps what it refers to alive until its scope ends.
///
/// The scope is a call of a host function, for what that function is given or makes; otherwise the innermost
/// [`RootScope`], or if there is none, the life of the store. Using it later is an error.
///
/// ```
/// use fantail::{ExternRef, Rooted, Store};
///
/// let mut store = Store::<()>::default();
/// let name: Rooted<ExternRef> = ExternRef::new(&mut store, "fantail")?;
/// let other = ExternRef::new(&mut store, "fantail")?;
/// assert!(Rooted::ref_eq(&store, &name, &name.clone())?);
/// // Equal values, but not the same one.
/// assert!(!Rooted::ref_eq(&store, &name, &other)?);
/// # Ok::<(), fantail::Error>(())
/// ```
#[derive(Clone, Copy)]
pub struct Rooted<T> {
    reference: T,
}

impl<T: GcRef> Rooted<T> {
    /// The reference in `cell`, as one of a host that has `store`; nothing for null.
    pub(crate) fn from_cell(store: &mut StoreOpaque, cell: u64) -> Option<Self> {
        let id = store.id();
        (cell != 0).then(|| Self { reference: T::from_root(store.roots.push(id, cell)) })
    }

    pub(crate) fn from_root(root: RootId) -> Self {
        Self { reference: T::from_root(root) }
    }

    pub(crate) fn store(&self) -> StoreId {
        self.reference.root().store()
    }

    /// The reference as it is in cells.
    ///
    /// # Errors
    /// When its scope has ended.
    ///
    /// # Panics
    /// When it belongs to another store.
    #[track_caller]
    pub(crate) fn cell(&self, store: &StoreOpaque) -> Result<u64> {
        cell(store, &self.reference)
    }

    /// The same reference as one of another kind, of which it is.
    pub(crate) fn cast<U: GcRef>(self) -> Rooted<U> {
        Rooted { reference: U::from_root(self.reference.root()) }
    }

    /// Whether `a` and `b` refer to the same.
    ///
    /// # Errors
    /// When the scope of one has ended.
    ///
    /// # Panics
    /// When one belongs to another store.
    pub fn ref_eq(store: impl AsContext, a: &impl RootedGcRef<T>, b: &impl RootedGcRef<T>) -> Result<bool> {
        let context = store.as_context();
        Ok(a.referent(&context.0.opaque)? == b.referent(&context.0.opaque)?)
    }

    /// Feeds `state` with what it refers to: the same for all references to the same.
    ///
    /// # Errors
    /// When its scope has ended.
    ///
    /// # Panics
    /// When it belongs to another store.
    pub fn ref_hash<H: Hasher>(&self, store: impl AsContext, state: &mut H) -> Result<()> {
        self.cell(&store.as_context().0.opaque)?.hash(state);
        Ok(())
    }

    /// Whether `a` and `b` are copies of each other, as `==` tells. [`ref_eq`](Self::ref_eq) tells whether they refer to
    /// the same.
    pub fn rooted_eq(a: Self, b: Self) -> bool {
        a == b
    }

    /// Feeds `state` with itself, not with what it refers to.
    pub fn rooted_hash<H: Hasher>(&self, state: &mut H) {
        self.hash(state);
    }

    /// The same reference, kept alive as long as the result is, whatever scope ends.
    ///
    /// # Errors
    /// When its scope has ended, or there is not enough memory.
    ///
    /// # Panics
    /// When it belongs to another store.
    pub fn to_owned_rooted(&self, mut store: impl AsContextMut) -> Result<OwnedRooted<T>> {
        let store = &mut store.as_context_mut().0.opaque;
        let cell = self.cell(store)?;
        Ok(OwnedRooted { root: store.roots.own(cell)?, store: store.id(), kind: PhantomData })
    }
}

/// The reference as it is in cells.
#[track_caller]
pub(crate) fn cell<T: GcRef>(store: &StoreOpaque, reference: &T) -> Result<u64> {
    let root = reference.root();
    root.store().check(store.id());
    store
        .roots
        .get(root)
        .ok_or_else(|| format_err!("attempted to use a garbage-collected object that has been unrooted"))
}

/// A [`Rooted`] or an [`OwnedRooted`] reference.
///
/// ```
/// use fantail::{ExternRef, Rooted, Store};
///
/// let mut store = Store::<()>::default();
/// let value = ExternRef::new(&mut store, "a value")?;
/// let owned = value.to_owned_rooted(&mut store)?;
/// assert!(Rooted::ref_eq(&store, &value, &owned)?);
/// # Ok::<(), fantail::Error>(())
/// ```
pub trait RootedGcRef<T: GcRef>: sealed::Sealed {
    /// The reference as it is in cells.
    ///
    /// # Errors
    /// When its scope has ended.
    ///
    /// # Panics
    /// When it belongs to another store.
    #[doc(hidden)]
    fn referent(&self, store: &StoreOpaque) -> Result<u64>;
}

mod sealed {
    pub trait Sealed {}
    impl<T> Sealed for super::Rooted<T> {}
    impl<T> Sealed for super::OwnedRooted<T> {}
}

impl<T: GcRef> RootedGcRef<T> for Rooted<T> {
    fn referent(&self, store: &StoreOpaque) -> Result<u64> {
        self.cell(store)
    }
}

impl<T: GcRef> RootedGcRef<T> for OwnedRooted<T> {
    fn referent(&self, store: &StoreOpaque) -> Result<u64> {
        Ok(self.cell(store))
    }
}

impl<T> Deref for Rooted<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.reference
    }
}

impl<T: GcRef> PartialEq for Rooted<T> {
    fn eq(&self, other: &Self) -> bool {
        self.reference.root() == other.reference.root()
    }
}

impl<T: GcRef> Eq for Rooted<T> {}

impl<T: GcRef> Hash for Rooted<T> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.reference.root().hash(state);
    }
}

impl<T: fmt::Debug> fmt::Debug for Rooted<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.reference.fmt(f)
    }
}

macro_rules! upcasts {
    ($($from:ident => $($to:ident)*;)*) => {$($(
        impl From<Rooted<$from>> for Rooted<$to> {
            fn from(reference: Rooted<$from>) -> Self {
                reference.cast()
            }
        }

        impl From<OwnedRooted<$from>> for OwnedRooted<$to> {
            fn from(reference: OwnedRooted<$from>) -> Self {
                reference.cast()
            }
        }
    )*)*};
}

macro_rules! named_upcasts {
    ($($from:ident: $name:ident $to:ident;)*) => {$(
        impl Rooted<$from> {
            #[doc = concat!("It as a reference to [`", stringify!($to), "`].")]
            pub fn $name(self) -> Rooted<$to> {
                self.cast()
            }
        }

        impl OwnedRooted<$from> {
            #[doc = concat!("It as a reference to [`", stringify!($to), "`].")]
            pub fn $name(self) -> OwnedRooted<$to> {
                self.cast()
            }
        }
    )*};
}

named_upcasts! {
    EqRef: to_anyref AnyRef;
    StructRef: to_anyref AnyRef;
    StructRef: to_eqref EqRef;
    ArrayRef: to_anyref AnyRef;
    ArrayRef: to_eqref EqRef;
}

upcasts! {
    EqRef => AnyRef;
    StructRef => EqRef AnyRef;
    ArrayRef => EqRef AnyRef;
}

macro_rules! kinds {
    ($($name:ident)*) => {$(
        impl GcRef for $name {
            fn from_root(root: RootId) -> Self {
                Self { root }
            }

            fn root(&self) -> RootId {
                self.root
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.debug_struct(stringify!($name)).finish_non_exhaustive()
            }
        }
    )*};
}

kinds!(AnyRef EqRef StructRef ArrayRef ExternRef ExnRef);

/// A reference of type `T` that keeps what it refers to alive as long as it, or a clone of it, is not dropped.
///
/// ```
/// use fantail::{ExternRef, RootScope, Store};
///
/// let mut store = Store::<()>::default();
/// let kept = {
///     let mut scope = RootScope::new(&mut store);
///     ExternRef::new(&mut scope, 7_u32)?.to_owned_rooted(&mut scope)?
/// };
/// store.gc(None)?;
/// let value = kept.to_rooted(&mut store);
/// assert_eq!(value.data(&store)?.and_then(|value| value.downcast_ref()), Some(&7_u32));
/// # Ok::<(), fantail::Error>(())
/// ```
pub struct OwnedRooted<T> {
    root: Arc<OwnedRoot>,
    store: StoreId,
    kind: PhantomData<fn() -> T>,
}

impl<T: GcRef> OwnedRooted<T> {
    /// The same reference in the present scope.
    ///
    /// # Panics
    /// When it belongs to another store.
    pub fn to_rooted(&self, mut store: impl AsContextMut) -> Rooted<T> {
        let store = &mut store.as_context_mut().0.opaque;
        self.store.check(store.id());
        let root = store.roots.push(self.store, self.root.cell);
        Rooted { reference: T::from_root(root) }
    }

    /// As [`to_rooted`](Self::to_rooted), which it is not needed after.
    ///
    /// # Panics
    /// When it belongs to another store.
    pub fn into_rooted(self, store: impl AsContextMut) -> Rooted<T> {
        self.to_rooted(store)
    }

    /// Whether `a` and `b` refer to the same.
    ///
    /// # Errors
    /// When the scope of one has ended.
    ///
    /// # Panics
    /// When one belongs to another store.
    pub fn ref_eq(store: impl AsContext, a: &impl RootedGcRef<T>, b: &impl RootedGcRef<T>) -> Result<bool> {
        Rooted::ref_eq(store, a, b)
    }

    /// Feeds `state` with what it refers to: the same for all references to the same.
    ///
    /// # Panics
    /// When it belongs to another store.
    pub fn ref_hash<H: Hasher>(&self, store: impl AsContext, state: &mut H) {
        self.cell(&store.as_context().0.opaque).hash(state);
    }

    /// Feeds `state` with itself, not with what it refers to.
    pub fn rooted_hash<H: Hasher>(&self, state: &mut H) {
        Arc::as_ptr(&self.root).hash(state);
    }

    /// The same reference as one of another kind, of which it is.
    fn cast<U: GcRef>(self) -> OwnedRooted<U> {
        OwnedRooted { root: self.root, store: self.store, kind: PhantomData }
    }

    /// What it refers to.
    ///
    /// # Panics
    /// When it belongs to another store.
    pub(crate) fn cell(&self, store: &StoreOpaque) -> u64 {
        self.store.check(store.id());
        self.root.cell
    }
}

impl<T> Clone for OwnedRooted<T> {
    fn clone(&self) -> Self {
        Self { root: Arc::clone(&self.root), store: self.store, kind: PhantomData }
    }
}

impl<T> fmt::Debug for OwnedRooted<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OwnedRooted").finish_non_exhaustive()
    }
}

/// A scope of [`Rooted`] references: those made through it can be collected when it is dropped.
///
/// ```
/// use fantail::{ExternRef, RootScope, Store};
///
/// let mut store = Store::<()>::default();
/// let name;
/// {
///     let mut scope = RootScope::new(&mut store);
///     name = ExternRef::new(&mut scope, "fantail")?;
///     assert!(name.data(&scope)?.is_some());
/// }
/// assert!(name.data(&store).is_err());
/// # Ok::<(), fantail::Error>(())
/// ```
pub struct RootScope<C: AsContextMut> {
    store: C,
    start: usize,
}

impl<C: AsContextMut> RootScope<C> {
    /// A scope in `store`.
    pub fn new(store: C) -> Self {
        let start = store.as_context().0.opaque.roots.scope();
        Self { store, start }
    }

    /// Makes room for `additional` references at once.
    pub fn reserve(&mut self, additional: usize) {
        self.store.as_context_mut().0.opaque.roots.reserve(additional);
    }
}

impl<C: AsContextMut> AsContext for RootScope<C> {
    type Data = C::Data;

    fn as_context(&self) -> StoreContext<'_, C::Data> {
        self.store.as_context()
    }
}

impl<C: AsContextMut> AsContextMut for RootScope<C> {
    fn as_context_mut(&mut self) -> StoreContextMut<'_, C::Data> {
        self.store.as_context_mut()
    }
}

impl<C: AsContextMut> Drop for RootScope<C> {
    fn drop(&mut self) {
        self.store.as_context_mut().0.opaque.roots.end_scope(self.start);
    }
}

impl<C: AsContextMut> fmt::Debug for RootScope<C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RootScope").finish_non_exhaustive()
    }
}

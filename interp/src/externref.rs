//! [`ExternRef`]: values of the host that the guest holds without seeing inside.
//!
//! Invariant: a handle of an `externref` is one more than the position of its value in the store's table, and 0 is null.
//! A position never changes, so a collector can empty places and use them again; until there is one, values live as long
//! as their store.

use crate::store::handle::StoreId;
use crate::{AsContextMut, Result, StoreContext, StoreContextMut};
use alloc::boxed::Box;
use alloc::vec::Vec;
use core::any::Any;
use core::fmt;
use core::ops::Deref;

/// A value of the host that WebAssembly can hold and pass on, but not look into.
///
/// ```
/// use fantail::{Engine, ExternRef, Store};
///
/// let mut store = Store::new(&Engine::default(), ());
/// let name = ExternRef::new(&mut store, String::from("fantail"))?;
/// let value = name.data(&store)?.and_then(|value| value.downcast_ref::<String>());
/// assert_eq!(value.map(String::as_str), Some("fantail"));
/// # Ok::<(), fantail::Error>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct ExternRef {
    store: StoreId,
    handle: u64,
}

/// A reference of type `T` that keeps its referent alive.
///
/// Until objects are collected it keeps it as long as the store lives.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Rooted<T> {
    reference: T,
}

/// An internal reference: a structure, an array or an `i31`. There is none yet but null.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct AnyRef {
    never: core::convert::Infallible,
}

impl AnyRef {
    /// There is no value of this type.
    pub(crate) fn never(self) -> ! {
        match self.never {}
    }
}

impl ExternRef {
    /// A reference to `value`, which `store` owns from now on.
    ///
    /// # Errors
    /// When there is not enough memory.
    pub fn new<T>(mut store: impl AsContextMut, value: T) -> Result<Rooted<Self>>
    where
        T: Any + Send + Sync + 'static,
    {
        let store = &mut store.as_context_mut().0.opaque;
        let handle = store.externrefs.insert(Box::new(value))?;
        Ok(Rooted { reference: Self { store: store.id(), handle } })
    }

    /// The value it refers to; nothing if the reference has none.
    ///
    /// # Errors
    /// None so far; a collector may have reclaimed the value of a reference that was not kept.
    ///
    /// # Panics
    /// When it belongs to another store.
    pub fn data<'a, T: 'static>(
        &self,
        store: impl Into<StoreContext<'a, T>>,
    ) -> Result<Option<&'a (dyn Any + Send + Sync)>> {
        let store = &store.into().0.opaque;
        self.store.check(store.id());
        Ok(store.externrefs.get(self.handle))
    }

    /// The value it refers to; nothing if the reference has none.
    ///
    /// # Errors
    /// As [`data`](Self::data).
    ///
    /// # Panics
    /// When it belongs to another store.
    pub fn data_mut<'a, T: 'static>(
        &self,
        store: impl Into<StoreContextMut<'a, T>>,
    ) -> Result<Option<&'a mut (dyn Any + Send + Sync)>> {
        let store = &mut store.into().0.opaque;
        self.store.check(store.id());
        Ok(store.externrefs.get_mut(self.handle))
    }

    pub(crate) fn store(&self) -> StoreId {
        self.store
    }

    pub(crate) fn handle(&self) -> u64 {
        self.handle
    }

    /// The reference with this handle; nothing for null.
    pub(crate) fn from_handle(store: StoreId, handle: u64) -> Option<Rooted<Self>> {
        (handle != 0).then_some(Rooted { reference: Self { store, handle } })
    }
}

impl<T: Copy> Rooted<T> {
    pub(crate) fn new(reference: T) -> Self {
        Self { reference }
    }

    /// Whether `a` and `b` refer to the same.
    ///
    /// # Errors
    /// None so far.
    pub fn ref_eq(_store: impl crate::AsContext, a: &Self, b: &Self) -> Result<bool>
    where
        T: PartialEq,
    {
        Ok(a.reference == b.reference)
    }
}

impl<T> Deref for Rooted<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.reference
    }
}

impl fmt::Debug for ExternRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ExternRef({})", self.handle)
    }
}

impl<T: fmt::Debug> fmt::Debug for Rooted<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.reference.fmt(f)
    }
}

/// The values that a store's references stand for.
#[derive(Default)]
pub(crate) struct ExternRefs {
    values: Vec<Box<dyn Any + Send + Sync>>,
}

impl ExternRefs {
    fn insert(&mut self, value: Box<dyn Any + Send + Sync>) -> Result<u64> {
        crate::store::reserve(&mut self.values)?;
        self.values.push(value);
        Ok(self.values.len() as u64)
    }

    fn get(&self, handle: u64) -> Option<&(dyn Any + Send + Sync)> {
        Some(&**self.values.get(position(handle)?)?)
    }

    fn get_mut(&mut self, handle: u64) -> Option<&mut (dyn Any + Send + Sync)> {
        Some(&mut **self.values.get_mut(position(handle)?)?)
    }
}

fn position(handle: u64) -> Option<usize> {
    usize::try_from(handle.checked_sub(1)?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn handles_are_those_of_the_values_and_null_has_none() {
        let mut refs = ExternRefs::default();
        let handles: Vec<u64> =
            (0..3).map(|number: i32| refs.insert(Box::new(number)).expect("fits")).collect();
        assert_eq!(handles, [1, 2, 3]);
        assert!(refs.get(0).is_none() && refs.get(4).is_none() && refs.get(u64::MAX).is_none());
        assert_eq!(refs.get(2).and_then(|value| value.downcast_ref()), Some(&1));
    }
}

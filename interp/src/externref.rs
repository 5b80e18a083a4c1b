//! [`ExternRef`]: values of the host that the guest holds without seeing inside.
//!
//! Invariant: a reference to a value is four times its position in the store's table, plus two (see [`gc`](crate::gc)).
//! Positions of values that nobody refers to any more are used again after a collection.

use crate::fallible::try_box;
use crate::gc::roots::RootId;
use crate::rooted::{OwnedRooted, Rooted, cell};
use crate::{AnyRef, AsContext, AsContextMut, Result, StoreContext, StoreContextMut};
use alloc::boxed::Box;
use alloc::vec::Vec;
use core::any::Any;

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
#[derive(Clone, Copy)]
pub struct ExternRef {
    pub(crate) root: RootId,
}

impl ExternRef {
    /// A reference to `value`, which `store` owns from now on: until nothing refers to it and a collection finds that out.
    ///
    /// # Errors
    /// When there is not enough memory.
    pub fn new<T>(mut store: impl AsContextMut, value: T) -> Result<Rooted<Self>>
    where
        T: Any + Send + Sync + 'static,
    {
        let store = &mut store.as_context_mut().0.opaque;
        let cell = store.externrefs.insert(try_box(value)?)?;
        let root = store.roots.try_push(store.id(), cell)?;
        Ok(Rooted::from_root(root))
    }

    /// The internal reference `any` as an external one.
    ///
    /// # Errors
    /// When its scope has ended.
    ///
    /// # Panics
    /// When it belongs to another store.
    pub fn convert_any(store: impl AsContext, any: Rooted<AnyRef>) -> Result<Rooted<Self>> {
        any.cell(&store.as_context().0.opaque)?;
        Ok(any.cast())
    }

    /// The value it refers to; nothing if it was converted from an internal reference to an object or an integer.
    ///
    /// # Errors
    /// When its scope has ended.
    ///
    /// # Panics
    /// When it belongs to another store.
    pub fn data<'a, T: 'static>(
        &self,
        store: impl Into<StoreContext<'a, T>>,
    ) -> Result<Option<&'a (dyn Any + Send + Sync)>> {
        let store = &store.into().0.opaque;
        let cell = cell(store, self)?;
        Ok(store.externrefs.get(cell))
    }

    /// The value it refers to; nothing if it was converted from an internal reference to an object or an integer.
    ///
    /// ```
    /// use fantail::{ExternRef, Store};
    ///
    /// let mut store = Store::<()>::default();
    /// let list = ExternRef::new(&mut store, vec![1, 2])?;
    /// if let Some(list) = list.data_mut(&mut store)?.and_then(|value| value.downcast_mut::<Vec<i32>>()) {
    ///     list.push(3);
    /// }
    /// assert_eq!(list.data(&store)?.and_then(|value| value.downcast_ref()), Some(&vec![1, 2, 3]));
    /// # Ok::<(), fantail::Error>(())
    /// ```
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
        let cell = cell(store, self)?;
        Ok(store.externrefs.get_mut(cell))
    }
}

impl OwnedRooted<ExternRef> {
    /// The value it refers to; nothing if it was converted from an internal reference to an object or an integer.
    ///
    /// # Errors
    /// None: that it returns a result is Wasmtime's signature.
    ///
    /// # Panics
    /// When it belongs to another store.
    pub fn data<'a, T: 'static>(
        &self,
        store: impl Into<StoreContext<'a, T>>,
    ) -> Result<Option<&'a (dyn Any + Send + Sync)>> {
        let store = &store.into().0.opaque;
        Ok(store.externrefs.get(self.cell(store)))
    }
}

/// The values that a store's references stand for.
#[derive(Default)]
pub(crate) struct ExternRefs {
    slots: Vec<Slot>,
    /// First of the free slots.
    free: Option<usize>,
}

enum Slot {
    Used(Box<dyn Any + Send + Sync>),
    /// Free, and which one is next.
    Free(Option<usize>),
}

impl ExternRefs {
    fn insert(&mut self, value: Box<dyn Any + Send + Sync>) -> Result<u64> {
        let index = match self.free {
            Some(index) => {
                if let Slot::Free(next) = core::mem::replace(&mut self.slots[index], Slot::Used(value)) {
                    self.free = next;
                }
                index
            }
            None => {
                if self.slots.len() >= 1 << 30 {
                    crate::bail!("a store has room for {} external references, all are in use", 1 << 30);
                }
                crate::store::reserve(&mut self.slots)?;
                self.slots.push(Slot::Used(value));
                self.slots.len() - 1
            }
        };
        Ok((index as u64) << 2 | 2)
    }

    fn get(&self, cell: u64) -> Option<&(dyn Any + Send + Sync)> {
        match self.slots.get(position(cell)?)? {
            Slot::Used(value) => Some(&**value),
            Slot::Free(_) => None,
        }
    }

    fn get_mut(&mut self, cell: u64) -> Option<&mut (dyn Any + Send + Sync)> {
        match self.slots.get_mut(position(cell)?)? {
            Slot::Used(value) => Some(&mut **value),
            Slot::Free(_) => None,
        }
    }

    /// How many places there are.
    pub(crate) fn len(&self) -> usize {
        self.slots.len()
    }

    /// Drops the values for whose places `is_live` does not hold.
    pub(crate) fn sweep(&mut self, is_live: impl Fn(usize) -> bool) {
        for (index, slot) in self.slots.iter_mut().enumerate() {
            if matches!(slot, Slot::Used(_)) && !is_live(index) {
                *slot = Slot::Free(self.free.replace(index));
            }
        }
    }
}

/// The position of the value, unless the reference is to an object or an integer.
fn position(cell: u64) -> Option<usize> {
    if cell & 3 == 2 { usize::try_from(cell >> 2).ok() } else { None }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_of_values_that_are_gone_are_used_again() {
        let mut refs = ExternRefs::default();
        let cells: Vec<u64> =
            (0..3).map(|number: i32| refs.insert(Box::new(number)).expect("fits")).collect();
        assert_eq!(cells, [2, 6, 10]);
        refs.sweep(|index| index == 1);
        assert!([2, 0, 1, 8, 10, 38].iter().all(|&cell| refs.get(cell).is_none()));
        assert_eq!(refs.insert(Box::new(3)).expect("fits"), 10);
        assert_eq!(refs.insert(Box::new(4)).expect("fits"), 2);
        assert_eq!(refs.insert(Box::new(5)).expect("fits"), 14);
        assert_eq!(refs.get(2).and_then(|value| value.downcast_ref()), Some(&4));
    }
}

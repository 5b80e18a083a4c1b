//! [`AsContext`] and [`AsContextMut`]: whatever gives access to a store.

use super::{Store, StoreInner};
use crate::{Engine, GcHeapOutOfMemory, Result};

/// Shared access to a store.
///
/// ```
/// use fantail::{AsContext, Store, StoreContext};
///
/// fn length(store: StoreContext<'_, String>) -> usize {
///     store.data().len()
/// }
/// let store = Store::new(&fantail::Engine::default(), String::from("data"));
/// assert_eq!(length(store.as_context()), 4);
/// ```
pub struct StoreContext<'a, T: 'static>(pub(crate) &'a StoreInner<T>);

/// Exclusive access to a store.
///
/// ```
/// use fantail::{AsContextMut, Store, StoreContextMut};
///
/// fn next(mut store: StoreContextMut<'_, i32>) -> i32 {
///     *store.data_mut() += 1;
///     *store.data()
/// }
/// let mut store = Store::new(&fantail::Engine::default(), 6);
/// assert_eq!(next(store.as_context_mut()), 7);
/// ```
pub struct StoreContextMut<'a, T: 'static>(pub(crate) &'a mut StoreInner<T>);

/// What gives shared access to a store: a [`Store`], a [`Caller`](crate::Caller), a context, or a reference to one.
///
/// ```
/// use fantail::{AsContext, Memory, MemoryType, Store};
///
/// /// Of a store, a caller, or whatever else leads to a store.
/// fn first(store: impl AsContext, memory: Memory) -> u8 {
///     memory.data(store.as_context())[0]
/// }
/// let mut store = Store::<()>::default();
/// let memory = Memory::new(&mut store, MemoryType::new(1, None))?;
/// assert_eq!(first(&store, memory), 0);
/// # Ok::<(), fantail::Error>(())
/// ```
pub trait AsContext {
    /// The type of the embedder's data in the store.
    type Data: 'static;

    /// The store.
    fn as_context(&self) -> StoreContext<'_, Self::Data>;
}

/// What gives exclusive access to a store.
///
/// ```
/// use fantail::{AsContextMut, Caller, Func, Memory, MemoryType, Result, Store};
///
/// /// From a host function, or without one.
/// fn put(mut store: impl AsContextMut, memory: Memory, byte: u8) -> Result<()> {
///     Ok(memory.write(&mut store, 0, &[byte])?)
/// }
/// let mut store = Store::<()>::default();
/// let memory = Memory::new(&mut store, MemoryType::new(1, None))?;
/// put(&mut store, memory, 1)?;
/// let func = Func::wrap(&mut store, move |caller: Caller<'_, ()>| put(caller, memory, 2));
/// func.typed::<(), ()>(&store)?.call(&mut store, ())?;
/// assert_eq!(memory.data(&store)[0], 2);
/// # Ok::<(), fantail::Error>(())
/// ```
pub trait AsContextMut: AsContext {
    /// The store.
    fn as_context_mut(&mut self) -> StoreContextMut<'_, Self::Data>;
}

impl<'a, T> StoreContext<'a, T> {
    /// The engine of the store.
    pub fn engine(&self) -> &Engine {
        self.0.opaque.engine()
    }

    /// The embedder's data.
    pub fn data(&self) -> &'a T {
        &self.0.data
    }
}

impl<T> StoreContextMut<'_, T> {
    /// Drops what cannot be reached any more, see [`Store::gc`].
    ///
    /// # Errors
    /// As [`Store::gc`].
    pub fn gc(&mut self, why: Option<&GcHeapOutOfMemory<()>>) -> Result<()> {
        // What is missing makes no difference: all that cannot be reached is dropped.
        let _ = why;
        let store: *mut StoreInner<T> = self.0;
        // SAFETY: it was a reference a moment ago, and no other is used meanwhile. While a host function runs, the
        // executor has noted where it left.
        unsafe {
            let exec = &raw mut (*store).opaque.exec;
            (*exec).store = store.cast();
            crate::gc::collect(exec)
        }
    }

    /// Bytes of the heap of objects, see [`Store::gc_heap_capacity`].
    pub fn gc_heap_capacity(&self) -> usize {
        usize::try_from(self.0.opaque.exec.gc.heap.size()).unwrap_or(usize::MAX)
    }

    /// The engine of the store.
    pub fn engine(&self) -> &Engine {
        self.0.opaque.engine()
    }

    /// The embedder's data.
    pub fn data(&self) -> &T {
        &self.0.data
    }

    /// The embedder's data.
    pub fn data_mut(&mut self) -> &mut T {
        &mut self.0.data
    }
}

impl<T: 'static> AsContext for Store<T> {
    type Data = T;

    #[inline]
    fn as_context(&self) -> StoreContext<'_, T> {
        StoreContext(self.get())
    }
}

impl<T: 'static> AsContextMut for Store<T> {
    #[inline]
    fn as_context_mut(&mut self) -> StoreContextMut<'_, T> {
        StoreContextMut(self.get_mut())
    }
}

impl<T: 'static> AsContext for StoreContext<'_, T> {
    type Data = T;

    #[inline]
    fn as_context(&self) -> StoreContext<'_, T> {
        StoreContext(self.0)
    }
}

impl<T: 'static> AsContext for StoreContextMut<'_, T> {
    type Data = T;

    #[inline]
    fn as_context(&self) -> StoreContext<'_, T> {
        StoreContext(self.0)
    }
}

impl<T: 'static> AsContextMut for StoreContextMut<'_, T> {
    #[inline]
    fn as_context_mut(&mut self) -> StoreContextMut<'_, T> {
        StoreContextMut(self.0)
    }
}

impl<T: AsContext> AsContext for &'_ T {
    type Data = T::Data;

    #[inline]
    fn as_context(&self) -> StoreContext<'_, T::Data> {
        T::as_context(self)
    }
}

impl<T: AsContext> AsContext for &'_ mut T {
    type Data = T::Data;

    #[inline]
    fn as_context(&self) -> StoreContext<'_, T::Data> {
        T::as_context(self)
    }
}

impl<T: AsContextMut> AsContextMut for &'_ mut T {
    #[inline]
    fn as_context_mut(&mut self) -> StoreContextMut<'_, T::Data> {
        T::as_context_mut(self)
    }
}

impl<T> Clone for StoreContext<'_, T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for StoreContext<'_, T> {}

impl<'a, T: 'static> From<StoreContextMut<'a, T>> for StoreContext<'a, T> {
    fn from(store: StoreContextMut<'a, T>) -> Self {
        Self(store.0)
    }
}

impl<'a, T: AsContext> From<&'a T> for StoreContext<'a, T::Data> {
    fn from(store: &'a T) -> Self {
        store.as_context()
    }
}

impl<'a, T: AsContext> From<&'a mut T> for StoreContext<'a, T::Data> {
    fn from(store: &'a mut T) -> Self {
        T::as_context(store)
    }
}

impl<'a, T: AsContextMut> From<&'a mut T> for StoreContextMut<'a, T::Data> {
    fn from(store: &'a mut T) -> Self {
        store.as_context_mut()
    }
}

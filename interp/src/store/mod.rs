//! [`Store`]: everything that instances consist of, and the embedder's data.
//!
//! # Invariants
//! - A [`StoreInner`] lives in one heap allocation from [`Store::new`] to the store's drop, and is reached through raw
//!   pointers made from that allocation, so the executor may keep one across host calls.
//! - [`StoreOpaque`] comes first in it: a pointer to one is a pointer to the other, whatever `T` is.
//! - While WebAssembly runs, the only reference to the store is the `&mut` that entered it; host functions get theirs
//!   anew from [`ExecContext::store`](entity::ExecContext::store) and give it back before they return.

#![expect(unsafe_code, reason = "the executor and host functions reach the store through one raw pointer")]

mod context;
pub(crate) mod entity;
pub(crate) mod exception;
pub(crate) mod handle;
pub(crate) mod host;
mod opaque;

pub use context::{AsContext, AsContextMut, StoreContext, StoreContextMut};
pub(crate) use opaque::{StoreOpaque, reserve};

use crate::fallible::try_box;
use crate::limits::ResourceLimiter;
use crate::{Engine, GcHeapOutOfMemory, Result, UpdateDeadline};
use alloc::boxed::Box;
use core::fmt;
use core::marker::PhantomData;
use core::mem::MaybeUninit;
use core::ptr::NonNull;

/// Instances with all that they consist of, and a value of the embedder's.
///
/// Functions, memories and the like are small handles; what they name is in the store, and lives as long as it. Most
/// operations take the store they work on: `&Store`, `&mut Store`, or in a host function the
/// [`Caller`](crate::Caller), all of which are [`AsContext`].
///
/// ```
/// use fantail::{Engine, Store};
///
/// let mut store = Store::new(&Engine::default(), 7);
/// *store.data_mut() += 1;
/// assert_eq!(store.into_data(), 8);
/// ```
pub struct Store<T: 'static> {
    inner: NonNull<StoreInner<T>>,
    owns: PhantomData<StoreInner<T>>,
}

/// What a [`Store`] points to.
#[repr(C)]
pub(crate) struct StoreInner<T: 'static> {
    pub(crate) opaque: StoreOpaque,
    limiter: Option<Box<Limiter<T>>>,
    epoch_callback: Option<Box<EpochCallback<T>>>,
    pub(crate) data: T,
}

type EpochCallback<T> = dyn FnMut(StoreContextMut<'_, T>) -> Result<UpdateDeadline> + Send + Sync;
type Limiter<T> = dyn FnMut(&mut T) -> &mut (dyn ResourceLimiter) + Send + Sync;

// SAFETY: the raw pointers in it all lead to allocations that it owns, host functions and references in it are
// `Send + Sync`, and nothing is changed through a shared reference.
unsafe impl<T: Send> Send for Store<T> {}
// SAFETY: as above.
unsafe impl<T: Sync> Sync for Store<T> {}

impl<T> Store<T> {
    /// A store of `engine` without instances.
    ///
    /// ```
    /// use fantail::{Engine, Store};
    ///
    /// let mut store = Store::new(&Engine::default(), vec!["what host functions reach"]);
    /// store.data_mut().push("and the embedder");
    /// assert_eq!(store.into_data().len(), 2);
    /// ```
    ///
    /// # Panics
    /// When there is not enough memory, see [`try_new`](Self::try_new).
    pub fn new(engine: &Engine, data: T) -> Self {
        match Self::try_new(engine, data) {
            Ok(store) => store,
            Err(error) => panic!("{error}"),
        }
    }

    /// A store of `engine` without instances.
    ///
    /// # Errors
    /// When there is not enough memory, for the stack or whatever else.
    pub fn try_new(engine: &Engine, data: T) -> Result<Self> {
        // First the place: so there is no store to be taken apart again if there is none.
        let place = try_box(MaybeUninit::uninit())?;
        let opaque = StoreOpaque::new(engine)?;
        let inner = Box::write(place, StoreInner { opaque, limiter: None, epoch_callback: None, data });
        Ok(Self { inner: NonNull::from(Box::leak(inner)), owns: PhantomData })
    }

    fn get(&self) -> &StoreInner<T> {
        // SAFETY: `inner` is valid until the drop of the store, which `&self` rules out.
        unsafe { self.inner.as_ref() }
    }

    fn get_mut(&mut self) -> &mut StoreInner<T> {
        // SAFETY: as in `get`, and nobody else has a reference while there is `&mut self`.
        unsafe { self.inner.as_mut() }
    }

    /// The embedder's data.
    pub fn data(&self) -> &T {
        &self.get().data
    }

    /// The embedder's data.
    pub fn data_mut(&mut self) -> &mut T {
        &mut self.get_mut().data
    }

    /// The embedder's data; all else is dropped.
    pub fn into_data(self) -> T {
        let this = core::mem::ManuallyDrop::new(self);
        // SAFETY: `inner` came from `Box::leak`, and the store is not dropped a second time.
        let inner = unsafe { Box::from_raw(this.inner.as_ptr()) };
        inner.data
    }

    /// The engine of this store.
    pub fn engine(&self) -> &Engine {
        self.get().opaque.engine()
    }

    /// Drops all objects, and values of the host behind external references, that cannot be reached any more: from
    /// globals, tables, segments, functions that have not returned, and [`Rooted`](crate::Rooted) or
    /// [`OwnedRooted`](crate::OwnedRooted) references.
    ///
    /// It is done by itself whenever enough has been allocated. It takes time in proportion to what stays. `why` is the
    /// error that was the occasion, if it was one; nothing depends on it.
    ///
    /// ```
    /// use fantail::{ExternRef, RootScope, Store};
    /// use std::sync::Arc;
    ///
    /// let mut store = Store::<()>::default();
    /// let value = Arc::new("of the host");
    /// {
    ///     let mut scope = RootScope::new(&mut store);
    ///     ExternRef::new(&mut scope, Arc::clone(&value))?;
    /// }
    /// store.gc(None)?;
    /// assert_eq!(Arc::strong_count(&value), 1);
    /// # Ok::<(), fantail::Error>(())
    /// ```
    ///
    /// # Errors
    /// When there is not enough memory to find out what can be reached. Nothing is dropped then.
    pub fn gc(&mut self, why: Option<&GcHeapOutOfMemory<()>>) -> Result<()> {
        self.as_context_mut().gc(why)
    }

    /// Bytes of the heap of objects, used or not; what it has from the machine at present. It does not count values of the
    /// host.
    pub fn gc_heap_capacity(&self) -> usize {
        usize::try_from(self.get().opaque.exec.gc.heap.size()).unwrap_or(usize::MAX)
    }

    /// Who is asked before memories and tables are made or grow.
    ///
    /// `limiter` finds the [`ResourceLimiter`] in the store's data, often a
    /// [`StoreLimits`](crate::StoreLimits).
    ///
    /// ```
    /// use fantail::{Engine, Memory, MemoryType, Store, StoreLimits, StoreLimitsBuilder};
    ///
    /// let limits = StoreLimitsBuilder::new().memory_size(1 << 20).build();
    /// let mut store = Store::new(&Engine::default(), limits);
    /// store.limiter(|limits| limits);
    /// assert!(Memory::new(&mut store, MemoryType::new(17, None)).is_err());
    /// ```
    ///
    /// # Panics
    /// When `limiter` has captured something, and there is not enough memory for that.
    pub fn limiter(
        &mut self,
        limiter: impl FnMut(&mut T) -> &mut (dyn ResourceLimiter) + Send + Sync + 'static,
    ) {
        let inner = self.get_mut();
        let boxed = try_box(limiter).unwrap_or_else(|error| panic!("{error}"));
        inner.limiter = Some(boxed);
        inner.opaque.limiter = Some(limiter_of::<T>);
    }
}

impl<T> StoreContextMut<'_, T> {
    pub(crate) fn set_epoch_callback(&mut self, callback: Option<Box<EpochCallback<T>>>) {
        self.0.opaque.exec.at_deadline = callback.is_some().then_some(ask_at_deadline::<T>);
        self.0.epoch_callback = callback;
    }
}

/// Asks the callback of the store at `store` what to do at the deadline.
///
/// # Safety
/// `store` points to a `StoreInner<T>` to which no reference is used until this returns.
unsafe fn ask_at_deadline<T: 'static>(store: *mut ()) -> Result<UpdateDeadline> {
    // SAFETY: the caller vouches for `store`.
    let context = unsafe { StoreContextMut(&mut *store.cast::<StoreInner<T>>()) };
    // The callback gets the store, so it cannot stay there: a guest that it calls is interrupted at its deadline.
    let Some(mut callback) = context.0.epoch_callback.take() else { return Ok(UpdateDeadline::Interrupt) };
    let update = callback(StoreContextMut(&mut *context.0));
    context.0.epoch_callback.get_or_insert(callback);
    update
}

/// The limiter of the store at `store`.
///
/// # Safety
/// `store` points to a `StoreInner<T>` to whose data and limiter there is no reference.
unsafe fn limiter_of<T: 'static>(store: *mut ()) -> Option<*mut dyn ResourceLimiter> {
    let inner = store.cast::<StoreInner<T>>();
    // SAFETY: the caller vouches for `store`; the rest of the store is left alone.
    let (limiter, data) = unsafe { (&mut (*inner).limiter, &mut (*inner).data) };
    limiter.as_mut().map(|limiter| &raw mut *limiter(data))
}

impl<T> Drop for Store<T> {
    fn drop(&mut self) {
        // SAFETY: `inner` came from `Box::leak` and is not used after this.
        drop(unsafe { Box::from_raw(self.inner.as_ptr()) });
    }
}

impl<T: Default> Default for Store<T> {
    fn default() -> Self {
        Self::new(&Engine::default(), T::default())
    }
}

impl<T: fmt::Debug> fmt::Debug for Store<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Store").field("data", self.data()).finish_non_exhaustive()
    }
}

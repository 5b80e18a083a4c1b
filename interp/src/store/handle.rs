//! Handles to what a store owns.
//!
//! # Invariants
//! - Every store has an identity of its own, which is never used again.
//! - A [`Stored`] is made only for an entity of the store whose identity it has. Entities live as long as their store,
//!   so who has a reference to the store with that identity may follow the pointer.

#![expect(unsafe_code, reason = "a handle is a pointer into its store")]

use super::StoreOpaque;
use core::hash::{Hash, Hasher};
use core::num::NonZeroU64;
use core::ptr::NonNull;

/// The identity of a store.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct StoreId(NonZeroU64);

impl StoreId {
    /// An identity that no store ever had.
    pub(crate) fn allocate() -> Self {
        static NEXT: spin::Mutex<NonZeroU64> = spin::Mutex::new(NonZeroU64::MIN);
        let mut next = NEXT.lock();
        let id = *next;
        *next = id.checked_add(1).expect("fewer than 2^64 stores");
        Self(id)
    }

    /// # Panics
    /// When the store is another.
    #[inline]
    #[track_caller]
    pub(crate) fn check(self, store: Self) {
        if self != store {
            wrong_store();
        }
    }
}

#[cold]
#[track_caller]
fn wrong_store() -> ! {
    panic!("object used with the wrong store")
}

/// A handle to an entity of type `E`.
pub(crate) struct Stored<E> {
    store: StoreId,
    entity: NonNull<E>,
}

// SAFETY: the pointer is followed only with a reference to the store, which decides what a thread may do.
unsafe impl<E> Send for Stored<E> {}
// SAFETY: as above.
unsafe impl<E> Sync for Stored<E> {}

impl<E> Stored<E> {
    /// A handle to `entity`.
    ///
    /// # Safety
    /// `entity` is an entity of the store `store`, or null.
    pub(crate) unsafe fn new(store: StoreId, entity: *mut E) -> Option<Self> {
        Some(Self { store, entity: NonNull::new(entity)? })
    }

    /// The store it belongs to.
    #[inline]
    pub(crate) fn store(self) -> StoreId {
        self.store
    }

    /// The entity.
    #[inline]
    pub(crate) fn pointer(self) -> *mut E {
        self.entity.as_ptr()
    }

    /// The entity.
    ///
    /// # Panics
    /// When it belongs to another store.
    #[inline]
    #[track_caller]
    pub(crate) fn get(self, store: &StoreOpaque) -> &E {
        self.store.check(store.id());
        // SAFETY: by the invariants the entity lives as long as the store, and whoever would change it needs the
        // store exclusively.
        unsafe { self.entity.as_ref() }
    }

    /// The entity.
    ///
    /// # Panics
    /// When it belongs to another store.
    #[inline]
    #[track_caller]
    pub(crate) fn get_mut(mut self, store: &mut StoreOpaque) -> &mut E {
        self.store.check(store.id());
        // SAFETY: as in `get`; the store is borrowed exclusively.
        unsafe { self.entity.as_mut() }
    }
}

impl<E> Clone for Stored<E> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<E> Copy for Stored<E> {}

impl<E> PartialEq for Stored<E> {
    fn eq(&self, other: &Self) -> bool {
        self.store == other.store && self.entity == other.entity
    }
}

impl<E> Eq for Stored<E> {}

impl<E> Hash for Stored<E> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.entity.hash(state);
    }
}

//! [`Arc`] and [`Weak`]: shared ownership that is an error where there is not enough memory for it. The standard `Arc`
//! can't be made in any other way than one that aborts then.
//!
//! # Invariants
//! - `strong` is the number of [`Arc`]s, and `weak` that of [`Weak`]s, plus one as long as there is an `Arc`.
//! - The value is there until `strong` is 0, the allocation until `weak` is 0. Neither number rises from 0.

#![expect(unsafe_code, reason = "owners share one allocation")]

use super::atomic::{AtomicUsize, Ordering};
use crate::fallible::try_box;
use alloc::boxed::Box;
use core::marker::PhantomData;
use core::mem::{ManuallyDrop, MaybeUninit};
use core::ops::Deref;
use core::ptr::NonNull;
use fantail_core::OutOfMemory;

/// A value with several owners.
pub(crate) struct Arc<T> {
    place: NonNull<Counted<T>>,
    owns: PhantomData<Counted<T>>,
}

/// The place of a value with owners, which it does not keep alive.
pub(crate) struct Weak<T> {
    place: NonNull<Counted<T>>,
}

struct Counted<T> {
    strong: AtomicUsize,
    weak: AtomicUsize,
    value: ManuallyDrop<T>,
}

// SAFETY: owners on several threads share the value, and whoever is the last of them drops it.
unsafe impl<T: Send + Sync> Send for Arc<T> {}
// SAFETY: as above.
unsafe impl<T: Send + Sync> Sync for Arc<T> {}
// SAFETY: as above; it may become an owner.
unsafe impl<T: Send + Sync> Send for Weak<T> {}
// SAFETY: as above.
unsafe impl<T: Send + Sync> Sync for Weak<T> {}

impl<T> Arc<T> {
    /// `value`, with one owner.
    ///
    /// # Errors
    /// When there is not enough memory; `value` is dropped then.
    pub(crate) fn try_new(value: T) -> Result<Self, OutOfMemory> {
        let place = try_box(MaybeUninit::uninit())?;
        let (one, value) = (|| AtomicUsize::new(1), ManuallyDrop::new(value));
        let counted = Box::write(place, Counted { strong: one(), weak: one(), value });
        Ok(Self { place: NonNull::from(Box::leak(counted)), owns: PhantomData })
    }

    fn counted(&self) -> &Counted<T> {
        // SAFETY: `self` is one of the `strong`, so the allocation is there.
        unsafe { self.place.as_ref() }
    }

    /// Where the value is.
    pub(crate) fn as_ptr(this: &Self) -> *const T {
        &raw const **this
    }

    /// Whether both own the same value.
    pub(crate) fn ptr_eq(a: &Self, b: &Self) -> bool {
        a.place == b.place
    }

    /// How many owners there are at the moment.
    pub(crate) fn strong_count(this: &Self) -> usize {
        this.counted().strong.load(Ordering::Acquire)
    }

    /// It without keeping it alive.
    pub(crate) fn downgrade(this: &Self) -> Weak<T> {
        count(&this.counted().weak);
        Weak { place: this.place }
    }
}

/// Adds one to a number of owners, of which there is one already. Small builds have it once.
#[cfg_attr(not(feature = "fusion"), inline(never))]
fn count(owners: &AtomicUsize) {
    // Who has one may give it on, so nothing has to be ordered. They take memory, so there are never so many.
    let before = owners.fetch_add(1, Ordering::Relaxed);
    assert!(before <= isize::MAX as usize, "too many owners");
}

/// Takes one from a number of owners, and says whether that was the last. Small builds have it once.
#[cfg_attr(not(feature = "fusion"), inline(never))]
fn was_last(owners: &AtomicUsize) -> bool {
    owners.fetch_sub(1, Ordering::Release) == 1
}

impl<T> Deref for Arc<T> {
    type Target = T;

    #[inline]
    fn deref(&self) -> &T {
        &self.counted().value
    }
}

impl<T> Clone for Arc<T> {
    #[inline]
    fn clone(&self) -> Self {
        count(&self.counted().strong);
        Self { place: self.place, owns: PhantomData }
    }
}

impl<T> Drop for Arc<T> {
    #[inline]
    fn drop(&mut self) {
        if was_last(&self.counted().strong) {
            self.drop_value();
        }
    }
}

impl<T> Arc<T> {
    #[cold]
    fn drop_value(&mut self) {
        // What other owners did to the value comes before its drop. A load, as the thread sanitizer sees no fences.
        self.counted().strong.load(Ordering::Acquire);
        // All owners together count as one of the weak ones, which this drops; also when the value's drop panics.
        let _weak = Weak { place: self.place };
        // SAFETY: it was the last owner, and the allocation stays until `_weak` is dropped.
        unsafe { ManuallyDrop::drop(&mut (*self.place.as_ptr()).value) };
    }
}

impl<T> Weak<T> {
    fn counted(&self) -> &Counted<T> {
        // SAFETY: `self` is one of the `weak`, so the allocation is there. The value is not looked at.
        unsafe { self.place.as_ref() }
    }

    /// The value, if it has an owner still.
    pub(crate) fn upgrade(&self) -> Option<Arc<T>> {
        let one_more = |owners: usize| owners.checked_add(1).filter(|_| owners > 0);
        let strong = &self.counted().strong;
        strong.fetch_update(Ordering::Acquire, Ordering::Relaxed, one_more).ok()?;
        Some(Arc { place: self.place, owns: PhantomData })
    }
}

impl<T> Clone for Weak<T> {
    fn clone(&self) -> Self {
        count(&self.counted().weak);
        Self { place: self.place }
    }
}

impl<T> Drop for Weak<T> {
    fn drop(&mut self) {
        if was_last(&self.counted().weak) {
            self.counted().weak.load(Ordering::Acquire);
            // SAFETY: `Arc::try_new` leaked the box, and nobody else has its place any more. It does not drop the value.
            drop(unsafe { Box::from_raw(self.place.as_ptr()) });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use core::sync::atomic::AtomicU32;

    /// Counts its drops.
    struct Dropped<'a>(&'a AtomicU32);

    impl Drop for Dropped<'_> {
        fn drop(&mut self) {
            self.0.fetch_add(1, Ordering::Relaxed);
        }
    }

    #[test]
    fn the_value_lives_as_long_as_an_owner() {
        let drops = AtomicU32::new(0);
        let first = Arc::try_new(Dropped(&drops)).expect("there is memory");
        let (second, weak) = (first.clone(), Arc::downgrade(&first));
        assert!(Arc::ptr_eq(&first, &second) && Arc::strong_count(&first) == 2);
        drop(first);
        let third = weak.upgrade().expect("there is an owner");
        drop(second);
        assert_eq!((drops.load(Ordering::Relaxed), Arc::strong_count(&third)), (0, 1));
        drop(third);
        assert_eq!(drops.load(Ordering::Relaxed), 1);
        assert!(weak.clone().upgrade().is_none());
    }

    #[cfg(feature = "std")]
    #[test]
    fn owners_on_several_threads_drop_it_once() {
        static DROPS: AtomicU32 = AtomicU32::new(0);
        let owner = Arc::try_new(Dropped(&DROPS)).expect("there is memory");
        std::thread::scope(|scope| {
            for _ in 0..4 {
                let (owner, weak) = (owner.clone(), Arc::downgrade(&owner));
                scope.spawn(move || {
                    (0..1000).for_each(|_| drop(owner.clone()));
                    drop(owner);
                    (0..1000).for_each(|_| drop(weak.upgrade()));
                });
            }
        });
        drop(owner);
        assert_eq!(DROPS.load(Ordering::Relaxed), 1);
    }
}

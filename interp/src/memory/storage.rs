//! [`Storage`]: where the bytes of a memory are, and the cells of the value stack.
//!
//! The build chooses one of two: with the standard library on 64-bit Unix the whole range that a memory may grow to is
//! reserved at once and committed as it grows, so growth moves and copies nothing and untouched pages cost nothing;
//! elsewhere bytes come from the allocator, zeroed.
//!
//! # Invariants
//! - `base` is valid for reads and writes of `committed` bytes, all of which were zero at first.
//! - A failure to grow leaves everything as it was. Nothing here aborts for lack of memory.

#![expect(unsafe_code, reason = "memory is mapped and allocated by hand")]

#[cfg(all(feature = "std", unix, target_pointer_width = "64"))]
pub(crate) use mapped::Storage;

#[cfg(not(all(feature = "std", unix, target_pointer_width = "64")))]
pub(crate) use heap::Storage;

#[cfg(all(feature = "std", unix, target_pointer_width = "64"))]
mod mapped {
    use crate::fallible::OutOfMemory;
    use core::ptr::{self, NonNull};
    use rustix::mm::{MapFlags, MprotectFlags, ProtFlags, mmap_anonymous, mprotect, munmap};

    /// What is reserved for a memory that may become larger: as much as 32-bit addresses reach.
    const RESERVED: usize = 1 << 32;

    const READ_WRITE: ProtFlags = ProtFlags::READ.union(ProtFlags::WRITE);

    /// Pages of address space, some of them committed.
    pub(crate) struct Storage {
        base: NonNull<u8>,
        reserved: usize,
        committed: usize,
    }

    // SAFETY: it owns its pages.
    unsafe impl Send for Storage {}
    // SAFETY: they are changed through `&mut` only.
    unsafe impl Sync for Storage {}

    impl Storage {
        /// `len` zeroed bytes that may become `max`.
        pub(crate) fn new(len: usize, max: Option<usize>) -> Result<Self, OutOfMemory> {
            let most = max.map_or(RESERVED, |max| max.min(RESERVED)).max(len);
            if most > len
                && let Ok(mut storage) = Self::map(most, ProtFlags::empty())
            {
                storage.commit(len)?;
                return Ok(storage);
            }
            // Nothing to grow into, or no address space for it: what is needed now, in one step.
            Self::map(len, READ_WRITE)
        }

        /// Makes it `len` bytes, which is not less than now; new ones are zero. `used` are in use so far.
        pub(crate) fn grow(&mut self, used: usize, len: usize) -> Result<(), OutOfMemory> {
            if len > self.reserved {
                let room = len.checked_next_power_of_two().unwrap_or(len);
                let other = Self::map(room, ProtFlags::empty());
                let mut other = other.or_else(|OutOfMemory| Self::map(len, ProtFlags::empty()))?;
                other.commit(len)?;
                // SAFETY: `used` bytes are committed here, and no fewer there; the two do not overlap.
                unsafe { ptr::copy_nonoverlapping(self.base.as_ptr(), other.base.as_ptr(), used) };
                *self = other;
            }
            self.commit(len)
        }

        /// `len` zeroed bytes that become up to `max` in place, see [`extend`](Self::extend).
        pub(crate) fn fixed(len: usize, max: usize) -> Result<Self, OutOfMemory> {
            let mut storage = Self::map(max.max(len), ProtFlags::empty())?;
            storage.commit(len)?;
            Ok(storage)
        }

        /// Commits the bytes from `from` to `to`, of which there are as many as it was made to have at most. Several
        /// threads may do so at the same time.
        pub(crate) fn extend(&self, from: usize, to: usize) -> Result<(), OutOfMemory> {
            let (from, to) = (round_up(from)?, round_up(to)?);
            if to > self.reserved {
                return Err(OutOfMemory);
            }
            match to.checked_sub(from) {
                None | Some(0) => Ok(()),
                Some(len) => self.make_accessible(from, len),
            }
        }

        /// First byte.
        pub(crate) fn base(&self) -> *mut u8 {
            self.base.as_ptr()
        }

        /// Pages for `len` bytes: all committed, or none.
        fn map(len: usize, protection: ProtFlags) -> Result<Self, OutOfMemory> {
            let reserved = round_up(len)?;
            if reserved == 0 {
                return Ok(Self { base: NonNull::dangling(), reserved, committed: 0 });
            }
            let flags = MapFlags::PRIVATE | MapFlags::NORESERVE;
            // SAFETY: a new mapping, wherever there is room.
            let base = unsafe { mmap_anonymous(ptr::null_mut(), reserved, protection, flags) };
            let base = NonNull::new(base.map_err(|_| OutOfMemory)?.cast()).ok_or(OutOfMemory)?;
            Ok(Self { base, reserved, committed: if protection.is_empty() { 0 } else { reserved } })
        }

        fn commit(&mut self, len: usize) -> Result<(), OutOfMemory> {
            let end = round_up(len)?;
            if end <= self.committed {
                return Ok(());
            }
            self.make_accessible(self.committed, end - self.committed)?;
            self.committed = end;
            Ok(())
        }

        /// Makes `len` bytes from `start` on, whole pages of the mapping, accessible.
        fn make_accessible(&self, start: usize, len: usize) -> Result<(), OutOfMemory> {
            let flags = MprotectFlags::READ | MprotectFlags::WRITE;
            // SAFETY: the pages lie in the mapping, and to those that are accessible already nothing happens.
            unsafe { mprotect(self.base.as_ptr().wrapping_add(start).cast(), len, flags) }
                .map_err(|_| OutOfMemory)
        }
    }

    impl Drop for Storage {
        fn drop(&mut self) {
            if self.reserved > 0 {
                // SAFETY: it is the whole mapping, which nobody uses any more.
                let unmapped = unsafe { munmap(self.base.as_ptr().cast(), self.reserved) };
                debug_assert!(unmapped.is_ok(), "a mapping can be unmapped");
            }
        }
    }

    fn round_up(len: usize) -> Result<usize, OutOfMemory> {
        let len = len.checked_next_multiple_of(rustix::param::page_size()).ok_or(OutOfMemory)?;
        isize::try_from(len).map(|_| len).map_err(|_| OutOfMemory)
    }
}

#[cfg(any(test, not(all(feature = "std", unix, target_pointer_width = "64"))))]
mod heap {
    use crate::fallible::OutOfMemory;
    use alloc::alloc::{Layout, alloc_zeroed, dealloc};
    use core::ptr::{self, NonNull};

    /// Bytes from the allocator.
    pub(crate) struct Storage {
        base: NonNull<u8>,
        len: usize,
    }

    // SAFETY: it owns its bytes.
    unsafe impl Send for Storage {}
    // SAFETY: they are changed through `&mut` only.
    unsafe impl Sync for Storage {}

    impl Storage {
        /// `len` zeroed bytes that may become `max`.
        pub(crate) fn new(len: usize, _max: Option<usize>) -> Result<Self, OutOfMemory> {
            let layout = layout(len)?;
            if len == 0 {
                return Ok(Self { base: NonNull::dangling(), len });
            }
            // SAFETY: the layout is not empty.
            let base = NonNull::new(unsafe { alloc_zeroed(layout) }).ok_or(OutOfMemory)?;
            Ok(Self { base, len })
        }

        /// Makes it `len` bytes, which is not less than now; new ones are zero. `used` are in use so far.
        pub(crate) fn grow(&mut self, used: usize, len: usize) -> Result<(), OutOfMemory> {
            let other = Self::new(len, None)?;
            // SAFETY: both have `used` bytes, and they do not overlap.
            unsafe { ptr::copy_nonoverlapping(self.base.as_ptr(), other.base.as_ptr(), used) };
            *self = other;
            Ok(())
        }

        /// `len` zeroed bytes that become up to `max` in place, see [`extend`](Self::extend): all of them are there at
        /// once.
        pub(crate) fn fixed(len: usize, max: usize) -> Result<Self, OutOfMemory> {
            Self::new(max.max(len), None)
        }

        /// Looks whether there are as many bytes as `to`. Several threads may do so at the same time.
        pub(crate) fn extend(&self, _from: usize, to: usize) -> Result<(), OutOfMemory> {
            if to > self.len { Err(OutOfMemory) } else { Ok(()) }
        }

        /// First byte.
        pub(crate) fn base(&self) -> *mut u8 {
            self.base.as_ptr()
        }
    }

    impl Drop for Storage {
        fn drop(&mut self) {
            if let (1.., Ok(layout)) = (self.len, layout(self.len)) {
                // SAFETY: it was allocated with the same layout.
                unsafe { dealloc(self.base.as_ptr(), layout) };
            }
        }
    }

    fn layout(len: usize) -> Result<Layout, OutOfMemory> {
        Layout::from_size_align(len, 16).map_err(|_| OutOfMemory)
    }
}

#[cfg(test)]
mod tests {
    macro_rules! tests {
        ($name:ident) => {
            mod $name {
                use super::super::$name::Storage;
                use alloc::vec;

                fn bytes(storage: &mut Storage, len: usize) -> &mut [u8] {
                    // SAFETY: the tests ask for as much as they made.
                    unsafe { core::slice::from_raw_parts_mut(storage.base(), len) }
                }

                #[test]
                fn what_grows_keeps_its_bytes_and_adds_zeros() {
                    for max in [None, Some(200_000), Some(65_536)] {
                        let mut storage = Storage::new(65_536, max).expect("fits");
                        assert_eq!(bytes(&mut storage, 65_536), vec![0; 65_536]);
                        bytes(&mut storage, 65_536).fill(7);
                        storage.grow(65_536, 196_608).expect("fits");
                        assert_eq!(bytes(&mut storage, 196_608)[..65_536], vec![7; 65_536]);
                        assert_eq!(bytes(&mut storage, 196_608)[65_536..], vec![0; 131_072]);
                    }
                }

                #[test]
                fn what_is_fixed_grows_in_place() {
                    let storage = Storage::fixed(65_536, 200_000).expect("fits");
                    let base = storage.base();
                    storage.extend(65_536, 131_072).expect("fits");
                    storage.extend(131_072, 196_608).expect("fits");
                    storage.extend(65_536, 131_072).expect("is there");
                    assert!(storage.extend(196_608, 1 << 20).is_err());
                    let mut storage = storage;
                    assert_eq!(bytes(&mut storage, 196_608), vec![0; 196_608]);
                    assert_eq!(storage.base(), base);
                    // An allocation that nobody looks at could be optimized away.
                    assert!(core::hint::black_box(Storage::fixed(0, 1 << 60)).is_err());
                }

                #[test]
                fn what_does_not_fit_is_an_error() {
                    assert!(Storage::new(usize::MAX, None).is_err());
                    assert!(Storage::new(1 << 60, Some(1 << 60)).is_err());
                    let mut storage = Storage::new(0, None).expect("nothing fits");
                    assert!(storage.grow(0, 1 << 60).is_err());
                    storage.grow(0, 1).expect("fits");
                    bytes(&mut storage, 1)[0] = 1;
                }
            }
        };
    }

    #[cfg(all(feature = "std", unix, target_pointer_width = "64"))]
    tests!(mapped);
    tests!(heap);
}

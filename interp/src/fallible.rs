//! Allocation that can fail: boxes, and the lists and texts of [`fantail_core::fallible`]. For values with several owners
//! see [`sync`](crate::sync).

use alloc::alloc::{Layout, alloc};
use alloc::boxed::Box;
pub(crate) use fantail_core::OutOfMemory;
pub(crate) use fantail_core::fallible::{TryVec, try_boxed, try_collect, try_copy, try_string};

/// `value` in a box.
///
/// # Errors
/// When there is not enough memory; `value` is dropped then.
#[expect(unsafe_code, reason = "what a box consists of is allocated by hand")]
pub(crate) fn try_box<T>(value: T) -> Result<Box<T>, OutOfMemory> {
    let layout = Layout::new::<T>();
    if layout.size() == 0 {
        // There is nothing to allocate.
        return Ok(Box::new(value));
    }
    // SAFETY: the layout is not empty; the place is valid for a `T` if it is not null, and boxes are of the same allocator.
    unsafe {
        let place = place(layout).cast::<T>();
        if place.is_null() {
            return Err(OutOfMemory);
        }
        place.write(value);
        Ok(Box::from_raw(place))
    }
}

/// As [`alloc`]. Small builds have it once.
///
/// # Safety
/// As for [`alloc`]: `layout` is not empty.
#[cfg_attr(not(feature = "fusion"), inline(never))]
#[expect(unsafe_code, reason = "it hands on what its caller vouches for")]
unsafe fn place(layout: Layout) -> *mut u8 {
    // SAFETY: the caller vouches for it.
    unsafe { alloc(layout) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_of_any_size_are_boxed() {
        assert_eq!(try_box(7_u64).as_deref(), Ok(&7));
        assert_eq!(try_box(()).as_deref(), Ok(&()));
        let object: Box<dyn Fn() -> u8> = try_box(|| 3).expect("there is memory");
        assert_eq!(object(), 3);
    }
}

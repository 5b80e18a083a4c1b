//! Allocation that can fail: boxes, and the lists and texts of [`fantail_core::fallible`]. For values with several owners
//! see [`sync`](crate::sync).

use alloc::boxed::Box;
use alloc::vec::Vec;
pub(crate) use fantail_core::OutOfMemory;
pub(crate) use fantail_core::fallible::{TryVec, try_boxed, try_collect, try_string};

/// `value` in a box.
///
/// # Errors
/// When there is not enough memory; `value` is dropped then.
#[expect(unsafe_code, reason = "a box of one element becomes a box of that")]
pub(crate) fn try_box<T>(value: T) -> Result<Box<T>, OutOfMemory> {
    let mut one = Vec::new();
    one.try_reserve_exact(1)?;
    one.push(value);
    // A vector that is full becomes a box where it is.
    let one = Box::into_raw(one.into_boxed_slice()).cast::<T>();
    // SAFETY: the box was one of a slice of length 1, which has the layout of its element.
    Ok(unsafe { Box::from_raw(one) })
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

//! A growing set of small numbers.

use crate::fallible::{OutOfMemory, TryVec};
use alloc::vec::Vec;

/// A set of numbers, one bit each.
#[derive(Clone, Debug, Default)]
pub(crate) struct BitSet(Vec<u64>);

impl BitSet {
    /// Adds `bit`. Takes space for all smaller numbers too.
    ///
    /// # Errors
    /// When there is not enough memory.
    pub(crate) fn insert(&mut self, bit: u32) -> Result<(), OutOfMemory> {
        let word = (bit / 64) as usize;
        if word >= self.0.len() {
            self.0.try_resize(word + 1, 0)?;
        }
        self.0[word] |= 1 << (bit % 64);
        Ok(())
    }

    /// Removes `bit`.
    pub(crate) fn remove(&mut self, bit: u32) {
        if let Some(word) = self.0.get_mut((bit / 64) as usize) {
            *word &= !(1 << (bit % 64));
        }
    }

    /// Whether `bit` is in the set.
    #[inline]
    pub(crate) fn contains(&self, bit: u32) -> bool {
        self.0.get((bit / 64) as usize).is_some_and(|word| word >> (bit % 64) & 1 == 1)
    }

    /// Removes all.
    pub(crate) fn clear(&mut self) {
        self.0.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn contains_what_was_inserted_and_not_removed() {
        let mut set = BitSet::default();
        assert!(set.insert(70).and_then(|()| set.insert(3)).is_ok());
        set.remove(3);
        set.remove(1000);
        assert!(set.contains(70) && !set.contains(3) && !set.contains(71) && !set.contains(1000));
        set.clear();
        assert!(!set.contains(70));
    }
}

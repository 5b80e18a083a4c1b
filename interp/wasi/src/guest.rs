//! [`GuestMemory`]: the one door to the guest's memory.
//!
//! Invariant: every access is checked against the memory's size; outside of it lies [`Errno::Fault`], never a panic.

use crate::errno::{Errno, Result};

/// The longest path that is looked at, in bytes.
const PATH_MAX: u32 = 1 << 16;

/// The bytes of the guest's exported `memory` for the time of one call.
pub(crate) struct GuestMemory<'a>(&'a mut [u8]);

/// A value with a fixed layout in guest memory, little-endian.
pub(crate) trait Layout: Sized {
    /// Bytes it takes.
    const SIZE: u32;

    /// Reads it from [`SIZE`](Self::SIZE) bytes at `ptr`.
    fn read(memory: &GuestMemory<'_>, ptr: u32) -> Result<Self>;

    /// Writes it to [`SIZE`](Self::SIZE) bytes at `ptr`.
    fn write(&self, memory: &mut GuestMemory<'_>, ptr: u32) -> Result;
}

impl<'a> GuestMemory<'a> {
    pub(crate) fn new(bytes: &'a mut [u8]) -> Self {
        Self(bytes)
    }

    /// The `len` bytes at `ptr`.
    pub(crate) fn bytes(&self, ptr: u32, len: u32) -> Result<&[u8]> {
        let start = usize::try_from(ptr)?;
        let end = start.checked_add(usize::try_from(len)?).ok_or(Errno::Fault)?;
        self.0.get(start..end).ok_or(Errno::Fault)
    }

    /// The `len` bytes at `ptr`, to be written.
    pub(crate) fn bytes_mut(&mut self, ptr: u32, len: u32) -> Result<&mut [u8]> {
        let start = usize::try_from(ptr)?;
        let end = start.checked_add(usize::try_from(len)?).ok_or(Errno::Fault)?;
        self.0.get_mut(start..end).ok_or(Errno::Fault)
    }

    /// Copies `bytes` to `ptr`.
    pub(crate) fn copy(&mut self, ptr: u32, bytes: &[u8]) -> Result {
        self.bytes_mut(ptr, u32::try_from(bytes.len())?)?.copy_from_slice(bytes);
        Ok(())
    }

    /// The path of `len` bytes at `ptr`. No host takes one that is longer than the limit, so it need not be copied.
    pub(crate) fn path(&self, ptr: u32, len: u32) -> Result<String> {
        if len > PATH_MAX {
            return Err(Errno::Nametoolong);
        }
        let text = core::str::from_utf8(self.bytes(ptr, len)?).map_err(|_| Errno::Ilseq)?;
        Ok(text.to_owned())
    }

    /// The value at `ptr`.
    pub(crate) fn read<T: Layout>(&self, ptr: u32) -> Result<T> {
        T::read(self, ptr)
    }

    /// Writes `value` to `ptr`.
    pub(crate) fn write<T: Layout>(&mut self, ptr: u32, value: &T) -> Result {
        value.write(self, ptr)
    }

    /// The `len` values from `ptr` on. The whole array is checked before anything is allocated for it.
    pub(crate) fn array<T: Layout>(&self, ptr: u32, len: u32) -> Result<Vec<T>> {
        self.bytes(ptr, len.checked_mul(T::SIZE).ok_or(Errno::Fault)?)?;
        (0..len).map(|index| self.read(ptr + index * T::SIZE)).collect()
    }
}

macro_rules! integers {
    ($($int:ty)*) => {$(
        impl Layout for $int {
            const SIZE: u32 = <$int>::BITS / 8;

            fn read(memory: &GuestMemory<'_>, ptr: u32) -> Result<Self> {
                let bytes = memory.bytes(ptr, Self::SIZE)?;
                Ok(Self::from_le_bytes(bytes.try_into().map_err(|_| Errno::Fault)?))
            }

            fn write(&self, memory: &mut GuestMemory<'_>, ptr: u32) -> Result {
                memory.copy(ptr, &self.to_le_bytes())
            }
        }
    )*};
}

integers!(u8 u16 u32 u64);

/// Defines records with the offsets that the specification gives their fields.
macro_rules! records {
    ($($(#[$doc:meta])* struct $name:ident[$size:literal] {
        $($(#[$field_doc:meta])* $field:ident: $ty:ty = $offset:literal,)*
    })*) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
        pub(crate) struct $name {
            $($(#[$field_doc])* pub(crate) $field: $ty,)*
        }

        impl $crate::guest::Layout for $name {
            const SIZE: u32 = $size;

            fn read(memory: &$crate::guest::GuestMemory<'_>, ptr: u32) -> $crate::errno::Result<Self> {
                memory.bytes(ptr, Self::SIZE)?;
                Ok(Self { $($field: memory.read(ptr + $offset)?,)* })
            }

            fn write(&self, memory: &mut $crate::guest::GuestMemory<'_>, ptr: u32) -> $crate::errno::Result {
                memory.bytes_mut(ptr, Self::SIZE)?.fill(0);
                $(memory.write(ptr + $offset, &self.$field)?;)*
                Ok(())
            }
        }
    )*};
}

pub(crate) use records;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::types::Iovec;

    #[test]
    fn accesses_outside_of_the_memory_are_faults() {
        let mut bytes = [0; 16];
        let mut memory = GuestMemory::new(&mut bytes);
        assert_eq!(memory.bytes(16, 0), Ok(&[][..]));
        assert_eq!(memory.bytes(16, 1), Err(Errno::Fault));
        assert_eq!(memory.bytes(u32::MAX, u32::MAX), Err(Errno::Fault));
        assert_eq!(memory.write(13, &1_u32), Err(Errno::Fault));
        assert_eq!(memory.array::<Iovec>(0, u32::MAX), Err(Errno::Fault));
        assert_eq!(memory.array::<Iovec>(8, 2), Err(Errno::Fault));
        assert_eq!(memory.read::<u64>(u32::MAX - 3), Err(Errno::Fault));
    }

    #[test]
    fn records_lie_as_specified() {
        let mut bytes = [0; 16];
        let mut memory = GuestMemory::new(&mut bytes);
        let iovec = Iovec { buf: 0x0403_0201, len: 7 };
        memory.write(4, &iovec).expect("it fits");
        assert_eq!(memory.read(4), Ok(iovec));
        assert_eq!(bytes, [0, 0, 0, 0, 1, 2, 3, 4, 7, 0, 0, 0, 0, 0, 0, 0]);
    }
}

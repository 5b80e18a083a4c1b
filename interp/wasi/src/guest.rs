//! [`GuestMemory`]: the one door to the guest's memory.
//!
//! Invariant: every access is checked against the memory's size; outside of it lies [`Errno::Fault`], never a panic.

use crate::errno::{Errno, Result};
use core::ops::Range;
use fantail::SharedMemory;
use std::borrow::Cow;

/// The longest path that is looked at, in bytes.
const PATH_MAX: u32 = 1 << 16;

/// The guest's exported `memory` for the time of one call.
pub(crate) enum GuestMemory<'a> {
    /// The bytes themselves.
    Own(&'a mut [u8]),
    /// Bytes that other threads may access meanwhile: what is read and written are copies.
    Shared(SharedMemory),
}

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
        Self::Own(bytes)
    }

    /// Where the `len` bytes at `ptr` are, if they are in the memory.
    pub(crate) fn check(&self, ptr: u32, len: u32) -> Result<Range<usize>> {
        let start = usize::try_from(ptr)?;
        let end = start.checked_add(usize::try_from(len)?).ok_or(Errno::Fault)?;
        let size = match self {
            Self::Own(bytes) => bytes.len(),
            Self::Shared(memory) => memory.data_size(),
        };
        if end <= size { Ok(start..end) } else { Err(Errno::Fault) }
    }

    /// The `len` bytes at `ptr`.
    pub(crate) fn bytes(&self, ptr: u32, len: u32) -> Result<Cow<'_, [u8]>> {
        let range = self.check(ptr, len)?;
        match self {
            Self::Own(bytes) => Ok(Cow::Borrowed(&bytes[range])),
            Self::Shared(memory) => {
                let mut copy = zeros(range.len())?;
                memory.read(range.start, &mut copy).map_err(|_| Errno::Fault)?;
                Ok(Cow::Owned(copy))
            }
        }
    }

    /// Lets `fill` write to the `len` bytes at `ptr`; it answers how many it wrote. In a shared memory no others change.
    pub(crate) fn fill(
        &mut self,
        ptr: u32,
        len: u32,
        fill: impl FnOnce(&mut [u8]) -> Result<usize>,
    ) -> Result<usize> {
        let range = self.check(ptr, len)?;
        match self {
            Self::Own(bytes) => fill(&mut bytes[range]),
            Self::Shared(memory) => {
                let mut copy = zeros(range.len())?;
                let count = fill(&mut copy)?;
                memory.write(range.start, &copy[..count.min(range.len())]).map_err(|_| Errno::Fault)?;
                Ok(count)
            }
        }
    }

    /// Copies `bytes` to `ptr`.
    pub(crate) fn copy(&mut self, ptr: u32, bytes: &[u8]) -> Result {
        self.fill(ptr, u32::try_from(bytes.len())?, |region| {
            region.copy_from_slice(bytes);
            Ok(bytes.len())
        })
        .map(drop)
    }

    /// The path of `len` bytes at `ptr`. No host takes one that is longer than the limit, so it need not be copied.
    pub(crate) fn path(&self, ptr: u32, len: u32) -> Result<String> {
        if len > PATH_MAX {
            return Err(Errno::Nametoolong);
        }
        let text = String::from_utf8(self.bytes(ptr, len)?.into_owned());
        text.map_err(|_| Errno::Ilseq)
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
        self.check(ptr, len.checked_mul(T::SIZE).ok_or(Errno::Fault)?)?;
        (0..len).map(|index| self.read(ptr + index * T::SIZE)).collect()
    }
}

/// As many zeros, unless there is not enough memory.
fn zeros(len: usize) -> Result<Vec<u8>> {
    let mut bytes = Vec::new();
    bytes.try_reserve_exact(len).map_err(|_| Errno::Nomem)?;
    bytes.resize(len, 0);
    Ok(bytes)
}

macro_rules! integers {
    ($($int:ty)*) => {$(
        impl Layout for $int {
            const SIZE: u32 = <$int>::BITS / 8;

            fn read(memory: &GuestMemory<'_>, ptr: u32) -> Result<Self> {
                let mut bytes = [0; size_of::<Self>()];
                let range = memory.check(ptr, Self::SIZE)?;
                match memory {
                    GuestMemory::Own(memory) => bytes.copy_from_slice(&memory[range]),
                    GuestMemory::Shared(memory) => {
                        memory.read(range.start, &mut bytes).map_err(|_| Errno::Fault)?;
                    }
                }
                Ok(Self::from_le_bytes(bytes))
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
                memory.check(ptr, Self::SIZE)?;
                Ok(Self { $($field: memory.read(ptr + $offset)?,)* })
            }

            fn write(&self, memory: &mut $crate::guest::GuestMemory<'_>, ptr: u32) -> $crate::errno::Result {
                memory.copy(ptr, &[0; $size])?;
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
        assert_eq!(memory.bytes(16, 0).as_deref(), Ok(&[][..]));
        assert_eq!(memory.bytes(16, 1), Err(Errno::Fault));
        assert_eq!(memory.bytes(u32::MAX, u32::MAX), Err(Errno::Fault));
        assert_eq!(memory.write(13, &1_u32), Err(Errno::Fault));
        assert_eq!(memory.array::<Iovec>(0, u32::MAX), Err(Errno::Fault));
        assert_eq!(memory.array::<Iovec>(8, 2), Err(Errno::Fault));
        assert_eq!(memory.read::<u64>(u32::MAX - 3), Err(Errno::Fault));
    }

    #[test]
    fn a_shared_memory_is_read_and_written_in_copies() {
        let ty = fantail::MemoryType::shared(1, 1);
        let shared = SharedMemory::new(&fantail::Engine::default(), ty).expect("it fits");
        let mut memory = GuestMemory::Shared(shared.clone());
        memory.write(65_528, &Iovec { buf: 7, len: 9 }).expect("it fits");
        assert_eq!(memory.array::<Iovec>(65_528, 1), Ok(vec![Iovec { buf: 7, len: 9 }]));
        assert_eq!(memory.write(65_529, &Iovec::default()), Err(Errno::Fault));
        let filled = memory.fill(100, 8, |bytes| {
            bytes.fill(1);
            Ok(3)
        });
        assert_eq!(filled, Ok(3));
        assert_eq!(memory.bytes(99, 6).as_deref(), Ok(&[0, 1, 1, 1, 0, 0][..]));
        assert_eq!(memory.path(100, 3).as_deref(), Ok("\u{1}\u{1}\u{1}"));
        assert_eq!(memory.bytes(65_536, 1), Err(Errno::Fault));
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

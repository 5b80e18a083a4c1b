//! [`Memory`]: a memory instance, as embedders see it, and how memories are made and grow.
//!
//! # Invariants
//! - `base` and `len` of a [`MemoryEntity`] describe its storage at all times; `ty.limits.min` is its size in pages.
//! - A memory's size is at most what its type allows, and at most half the address space.
//! - A [`Memory`] is never a shared one: those are [`SharedMemory`]s.
//!
//! Spec: WebAssembly 3.0, sections 4.2.6 "Memory Instances" and 4.6.9 "Memory Instructions" (`memory.grow`).

#![expect(unsafe_code, reason = "the bytes of a memory are reached through its entity's base pointer")]

mod host;
mod parking;
pub(crate) mod relaxed;
mod shared;
mod storage;

use crate::fallible::OutOfMemory;
pub use host::{LinearMemory, MemoryCreator, StackCreator, StackMemory, TableCreator, TableMemory};
pub use shared::{SharedMemory, WaitResult};
pub(crate) use storage::Storage;

use crate::limits::limiter_at;
use crate::store::entity::{MemoryBytes, MemoryEntity};
use crate::store::handle::Stored;
use crate::store::{StoreInner, StoreOpaque};
use crate::types::MemoryType;
use crate::{AsContext, AsContextMut, Error, Result, StoreContext, StoreContextMut, bail, format_err};
use core::fmt;
use core::slice;
use fantail_core::types as core_types;

/// A memory of a store: bytes that grow by pages.
///
/// ```
/// use fantail::{Engine, Memory, MemoryType, Store};
///
/// let mut store = Store::new(&Engine::default(), ());
/// let memory = Memory::new(&mut store, MemoryType::new(1, None))?;
/// memory.write(&mut store, 8, b"hello")?;
/// assert_eq!(&memory.data(&store)[8..13], b"hello");
/// assert_eq!(memory.grow(&mut store, 2)?, 1);
/// assert_eq!(memory.size(&store), 3);
/// # Ok::<(), fantail::Error>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Memory(Stored<MemoryEntity>);

/// An access outside of a memory.
///
/// ```
/// use fantail::{Engine, Memory, MemoryType, Store};
///
/// let mut store = Store::new(&Engine::default(), ());
/// let memory = Memory::new(&mut store, MemoryType::new(1, None))?;
/// let error = memory.write(&mut store, 65_535, &[1, 2]).unwrap_err();
/// assert_eq!(error.to_string(), "out of bounds memory access");
/// assert_eq!(memory.data(&store)[65_535], 0);
/// # Ok::<(), fantail::Error>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub struct MemoryAccessError {}

impl fmt::Display for MemoryAccessError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("out of bounds memory access")
    }
}

impl core::error::Error for MemoryAccessError {}

impl Memory {
    /// A memory of type `ty`, all zero.
    ///
    /// # Errors
    /// When it is too large for the machine, not allowed by the store's
    /// [limiter](crate::Store::limiter), or shared: see [`SharedMemory::new`].
    pub fn new(mut store: impl AsContextMut, ty: MemoryType) -> Result<Self> {
        if ty.is_shared() {
            bail!("shared memories must be created through `SharedMemory`");
        }
        let store: *mut StoreInner<_> = store.as_context_mut().0;
        // SAFETY: the pointer was made from an exclusive reference that is not used beside it.
        unsafe { Ok(Self(allocate(store.cast(), ty.ty)?)) }
    }

    pub(crate) fn from_stored(stored: Stored<MemoryEntity>) -> Self {
        Self(stored)
    }

    pub(crate) fn stored(self) -> Stored<MemoryEntity> {
        self.0
    }

    /// Its type, with the present size as minimum.
    ///
    /// # Panics
    /// When it belongs to another store.
    pub fn ty(&self, store: impl AsContext) -> MemoryType {
        MemoryType { ty: self.0.get(&store.as_context().0.opaque).ty }
    }

    /// Copies the bytes from `offset` on to `buffer`.
    ///
    /// ```
    /// use fantail::{Engine, Memory, MemoryType, Store};
    ///
    /// let mut store = Store::new(&Engine::default(), ());
    /// let memory = Memory::new(&mut store, MemoryType::new(1, None))?;
    /// memory.write(&mut store, 100, &7_u32.to_le_bytes())?;
    /// let mut bytes = [0; 4];
    /// memory.read(&store, 100, &mut bytes)?;
    /// assert_eq!(u32::from_le_bytes(bytes), 7);
    /// # Ok::<(), fantail::Error>(())
    /// ```
    ///
    /// # Errors
    /// When they do not all lie in the memory.
    ///
    /// # Panics
    /// When it belongs to another store.
    pub fn read(
        &self,
        store: impl AsContext,
        offset: usize,
        buffer: &mut [u8],
    ) -> Result<(), MemoryAccessError> {
        let bytes = self.bytes(&store.as_context().0.opaque);
        let bytes = bytes.get(offset..).and_then(|bytes| bytes.get(..buffer.len()));
        buffer.copy_from_slice(bytes.ok_or(MemoryAccessError {})?);
        Ok(())
    }

    /// Copies `buffer` to the bytes from `offset` on.
    ///
    /// # Errors
    /// When they do not all lie in the memory; nothing is written then.
    ///
    /// # Panics
    /// When it belongs to another store.
    pub fn write(
        &self,
        mut store: impl AsContextMut,
        offset: usize,
        buffer: &[u8],
    ) -> Result<(), MemoryAccessError> {
        let bytes = self.bytes_mut(&mut store.as_context_mut().0.opaque);
        let bytes = bytes.get_mut(offset..).and_then(|bytes| bytes.get_mut(..buffer.len()));
        bytes.ok_or(MemoryAccessError {})?.copy_from_slice(buffer);
        Ok(())
    }

    /// Its bytes.
    ///
    /// # Panics
    /// When it belongs to another store.
    pub fn data<'a, T: 'static>(&self, store: impl Into<StoreContext<'a, T>>) -> &'a [u8] {
        self.bytes(&store.into().0.opaque)
    }

    /// Its bytes.
    ///
    /// # Panics
    /// When it belongs to another store.
    pub fn data_mut<'a, T: 'static>(&self, store: impl Into<StoreContextMut<'a, T>>) -> &'a mut [u8] {
        self.bytes_mut(&mut store.into().0.opaque)
    }

    /// Its bytes, and the embedder's data in the store.
    ///
    /// ```
    /// use fantail::{Engine, Memory, MemoryType, Store};
    ///
    /// let mut store = Store::new(&Engine::default(), vec![1, 2, 3]);
    /// let memory = Memory::new(&mut store, MemoryType::new(1, None))?;
    /// let (bytes, data) = memory.data_and_store_mut(&mut store);
    /// bytes[..3].copy_from_slice(data);
    /// data.clear();
    /// assert_eq!(&memory.data(&store)[..4], [1, 2, 3, 0]);
    /// # Ok::<(), fantail::Error>(())
    /// ```
    ///
    /// # Panics
    /// When it belongs to another store.
    pub fn data_and_store_mut<'a, T: 'static>(
        &self,
        store: impl Into<StoreContextMut<'a, T>>,
    ) -> (&'a mut [u8], &'a mut T) {
        let inner = store.into().0;
        (self.bytes_mut(&mut inner.opaque), &mut inner.data)
    }

    /// Address of its first byte, valid until it grows.
    ///
    /// # Panics
    /// When it belongs to another store.
    pub fn data_ptr(&self, store: impl AsContext) -> *mut u8 {
        self.0.get(&store.as_context().0.opaque).base
    }

    /// Its size in bytes.
    ///
    /// # Panics
    /// When it belongs to another store.
    pub fn data_size(&self, store: impl AsContext) -> usize {
        self.0.get(&store.as_context().0.opaque).len
    }

    /// Its size in pages.
    ///
    /// # Panics
    /// When it belongs to another store.
    pub fn size(&self, store: impl AsContext) -> u64 {
        self.0.get(&store.as_context().0.opaque).ty.limits.min
    }

    /// Size of its pages in bytes.
    ///
    /// # Panics
    /// When it belongs to another store.
    pub fn page_size(&self, store: impl AsContext) -> u64 {
        1 << self.page_size_log2(store)
    }

    /// Base-two logarithm of the size of its pages.
    ///
    /// # Panics
    /// When it belongs to another store.
    pub fn page_size_log2(&self, store: impl AsContext) -> u8 {
        self.0.get(&store.as_context().0.opaque).ty.page_size_log2
    }

    /// Adds `delta` pages of zeros and gives the former size in pages.
    ///
    /// ```
    /// use fantail::{Engine, Memory, MemoryType, Store};
    ///
    /// let mut store = Store::new(&Engine::default(), ());
    /// let memory = Memory::new(&mut store, MemoryType::new(1, Some(3)))?;
    /// assert_eq!(memory.grow(&mut store, 2)?, 1);
    /// assert_eq!((memory.size(&store), memory.data_size(&store)), (3, 3 * 65_536));
    /// assert_eq!(memory.grow(&mut store, 1).unwrap_err().to_string(), "failed to grow memory by `1`");
    /// # Ok::<(), fantail::Error>(())
    /// ```
    ///
    /// # Errors
    /// When it would exceed its maximum, what the store's limiter allows, or what the machine has: that is an
    /// [`OutOfMemory`](crate::OutOfMemory).
    ///
    /// # Panics
    /// When it belongs to another store.
    pub fn grow(&self, mut store: impl AsContextMut, delta: u64) -> Result<u64> {
        let context = store.as_context_mut();
        self.0.store().check(context.0.opaque.id());
        let store: *mut StoreInner<_> = context.0;
        // SAFETY: the pointer was made from an exclusive reference that is not used beside it, and the memory is one
        // of that store.
        let old = unsafe { grow(store.cast(), self.0.pointer(), delta)? };
        old.map_err(|refused| refused.error(format_args!("failed to grow memory by `{delta}`")))
    }

    fn bytes<'a>(&self, store: &'a StoreOpaque) -> &'a [u8] {
        let entity = self.0.get(store);
        // SAFETY: `base` and `len` describe the storage; who changes either needs the store exclusively.
        unsafe { slice::from_raw_parts(entity.base, entity.len) }
    }

    fn bytes_mut<'a>(&self, store: &'a mut StoreOpaque) -> &'a mut [u8] {
        let entity = self.0.get_mut(store);
        // SAFETY: as in `bytes`, and the store is borrowed exclusively.
        unsafe { slice::from_raw_parts_mut(entity.base, entity.len) }
    }
}

impl fmt::Debug for Memory {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Memory({:p})", self.0.pointer())
    }
}

/// Adds a memory of type `ty` to the store at `store`.
///
/// # Safety
/// `store` points to a store to which no reference is used until this returns.
pub(crate) unsafe fn allocate(store: *mut (), ty: core_types::MemoryType) -> Result<Stored<MemoryEntity>> {
    let pages = ty.limits.min;
    let Some(len) = byte_len(&ty, pages) else { bail!("a memory of {pages} pages is too large") };
    // SAFETY: the caller vouches for `store`.
    if let Some(limiter) = unsafe { limiter_at(store) }
        && !limiter.memory_growing(0, len, maximum(&ty))?
    {
        bail!("memory minimum size of {pages} pages exceeds memory limits");
    }
    // SAFETY: as above; a store begins with a `StoreOpaque`.
    let opaque = unsafe { &mut *store.cast::<StoreOpaque>() };
    if ty.shared {
        let memory = SharedMemory::of(opaque.engine(), ty)?;
        return opaque.push_memory(MemoryEntity::of_shared(memory));
    }
    let (base, bytes) = match &opaque.engine().config().memory_creator {
        Some(creator) => provided(&**creator, ty, len)?,
        None => match Storage::new(len, maximum(&ty)) {
            Ok(storage) => (storage.base(), MemoryBytes::Own(storage)),
            Err(error) => {
                let context = format_args!("not enough memory for a memory of {pages} pages");
                return Err(Error::new(error).context_text(context));
            }
        },
    };
    opaque.push_memory(MemoryEntity { base, len, ty, bytes })
}

/// `len` bytes of the embedder's.
fn provided(
    creator: &dyn MemoryCreator,
    ty: core_types::MemoryType,
    len: usize,
) -> Result<(*mut u8, MemoryBytes)> {
    let made = creator.new_memory(MemoryType { ty }, len, maximum(&ty), None, 0);
    let memory = made.map_err(|reason| format_err!("no memory from the embedder: {reason}"))?;
    let size = memory.byte_size();
    if size < len {
        bail!("the embedder provides a memory of {size} bytes where {len} are needed");
    }
    Ok((memory.as_ptr(), MemoryBytes::Host(memory)))
}

/// Adds `delta` pages to `memory` and gives its former size in pages, or why it cannot grow.
///
/// # Errors
/// Those of the store's limiter.
///
/// # Safety
/// `store` points to a store to which no reference is used until this returns, and `memory` to one of its memories.
pub(crate) unsafe fn grow(store: *mut (), memory: *mut MemoryEntity, delta: u64) -> Result<Grown> {
    // SAFETY: the caller vouches for both.
    let (memory, limiter) = unsafe { (&mut *memory, limiter_at(store)) };
    memory.look_up_len();
    let old = memory.ty.limits.min;
    let pages = old.checked_add(delta).filter(|&pages| memory.ty.limits.max.is_none_or(|max| pages <= max));
    let len = pages.and_then(|pages| byte_len(&memory.ty, pages));
    let (Some(pages), Some(len)) = (pages, len) else {
        let error = || format_err!("memory maximum size exceeded");
        return failed(limiter.map(|limiter| limiter.memory_grow_failed(error())), Refused::Limited);
    };
    if delta == 0 {
        return Ok(Ok(old));
    }
    if let Some(limiter) = limiter {
        if !limiter.memory_growing(memory.len, len, maximum(&memory.ty))? {
            return Ok(Err(Refused::Limited));
        }
        return match extend(memory, delta, len) {
            Ok(old) => Ok(Ok(old)),
            Err(refused) => {
                let error = refused.error(format_args!("not enough memory for {pages} pages"));
                failed(Some(limiter.memory_grow_failed(error)), refused)
            }
        };
    }
    Ok(extend(memory, delta, len))
}

/// Adds `delta` pages to `memory`, which make it `len` bytes unless another thread adds some too. Gives the former size in
/// pages.
fn extend(memory: &mut MemoryEntity, delta: u64, len: usize) -> Grown {
    let old = match &mut memory.bytes {
        MemoryBytes::Shared(shared) => {
            let old = shared.try_grow(delta)?;
            memory.look_up_len();
            return Ok(old);
        }
        MemoryBytes::Own(storage) => {
            storage.grow(memory.len, len)?;
            memory.base = storage.base();
            memory.ty.limits.min
        }
        MemoryBytes::Host(bytes) => {
            bytes.grow_to(len).map_err(|_| OutOfMemory)?;
            memory.base = bytes.as_ptr();
            memory.ty.limits.min
        }
    };
    memory.len = len;
    memory.ty.limits.min = old + delta;
    Ok(old)
}

/// The size before it grew; or why it did not. A guest is not told why.
pub(crate) type Grown = Result<u64, Refused>;

/// Why a memory or a table did not grow.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Refused {
    /// It would be larger than its type or the store's limiter allows.
    Limited,
    /// There is not enough memory.
    OutOfMemory,
}

impl Refused {
    /// It as an error that prints as `text`.
    pub(crate) fn error(self, text: fmt::Arguments<'_>) -> Error {
        match self {
            Self::Limited => format_err!("{text}"),
            Self::OutOfMemory => Error::new(OutOfMemory).context_text(text),
        }
    }
}

impl From<OutOfMemory> for Refused {
    fn from(_: OutOfMemory) -> Self {
        Self::OutOfMemory
    }
}

/// The guest sees the failure unless the limiter wants the embedder to.
pub(crate) fn failed(told: Option<Result<()>>, refused: Refused) -> Result<Grown> {
    told.unwrap_or(Ok(())).map(|()| Err(refused))
}

/// How many bytes `pages` pages are, unless that is more than `ty` can address or the machine can.
fn byte_len(ty: &core_types::MemoryType, pages: u64) -> Option<usize> {
    let len = checked_len(ty, pages)?;
    if !ty.limits.is64 && len > 1 << 32 {
        return None;
    }
    isize::try_from(len).ok().map(isize::unsigned_abs)
}

/// What `ty` allows, in bytes.
fn maximum(ty: &core_types::MemoryType) -> Option<usize> {
    let max = checked_len(ty, ty.limits.max?);
    Some(max.and_then(|max| usize::try_from(max).ok()).unwrap_or(usize::MAX))
}

/// How many bytes `pages` pages are. There are pages of two sizes only, so that 32-bit machines need not calculate.
fn checked_len(ty: &core_types::MemoryType, pages: u64) -> Option<u64> {
    match ty.page_size_log2 {
        0 => Some(pages),
        16 if pages < 1 << 48 => Some(pages << 16),
        _ => None,
    }
}

const _: () = assert!(size_of::<Option<Error>>() == size_of::<usize>());

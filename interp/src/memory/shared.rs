//! [`SharedMemory`]: a memory that several stores, on several threads, access at the same time.
//!
//! # Invariants
//! - It never moves, and only grows: a length that was read once is never too large.
//! - Bytes below `len` are committed before `len` says so (release), and are accessed by atomic operations only.
//!
//! Spec: threads proposal, "Shared Linear Memory".

#![expect(unsafe_code, reason = "bytes are compared in place")]

use super::parking::Parking;
use super::relaxed;
use super::storage::Storage;
use super::{Grown, MemoryAccessError, Refused, byte_len, maximum};
use crate::built_in::Threads;
use crate::exec::atomic::Word;
use crate::sync::Arc;
use crate::sync::atomic::{AtomicUsize, Ordering};
use crate::types::MemoryType;
use crate::{Engine, Error, Result, Trap, bail};
use core::cell::UnsafeCell;
use core::fmt;
use core::hash::{Hash, Hasher};
use core::time::Duration;
use fantail_core::types as core_types;

/// A memory that several stores of one engine, on several threads, can import and access at the same time.
///
/// Clones are the same memory. Its maximum is reserved when it is made: it grows in place.
///
/// ```
/// use fantail::{Engine, Instance, MemoryType, Module, SharedMemory, Store};
/// use std::sync::atomic::{AtomicU32, Ordering};
///
/// let engine = Engine::default();
/// let memory = SharedMemory::new(&engine, MemoryType::shared(1, 2))?;
/// let wasm = wat::parse_str(r#"(module
///     (import "host" "memory" (memory 1 2 shared))
///     (func (export "count") (drop (i32.atomic.rmw.add (i32.const 0) (i32.const 1)))))"#)?;
/// let module = Module::new(&engine, wasm)?;
/// std::thread::scope(|scope| {
///     for _ in 0..4 {
///         scope.spawn(|| -> fantail::Result<()> {
///             let mut store = Store::new(&engine, ());
///             let instance = Instance::new(&mut store, &module, &[memory.clone().into()])?;
///             instance.get_typed_func::<(), ()>(&mut store, "count")?.call(&mut store, ())
///         });
///     }
/// });
/// // SAFETY: the address is aligned, and everyone accesses it atomically.
/// let count = unsafe { AtomicU32::from_ptr(memory.data()[0].get().cast()) };
/// assert_eq!(u32::from_le(count.load(Ordering::SeqCst)), 4);
/// # Ok::<(), fantail::Error>(())
/// ```
#[derive(Clone)]
pub struct SharedMemory(Arc<Inner>, Threads);

struct Inner {
    engine: Engine,
    /// Its type, with the minimum that it was made with.
    ty: core_types::MemoryType,
    storage: Storage,
    len: AtomicUsize,
    parking: Parking,
}

/// How a wait ended: what `memory.atomic.wait32` and `wait64` return.
///
/// ```
/// use fantail::{Engine, MemoryType, SharedMemory, WaitResult};
/// use std::time::Duration;
///
/// let memory = SharedMemory::new(&Engine::default(), MemoryType::shared(1, 1))?;
/// assert_eq!(memory.atomic_wait32(0, 1, None), Ok(WaitResult::Mismatch));
/// assert_eq!(memory.atomic_wait32(0, 0, Some(Duration::ZERO)), Ok(WaitResult::TimedOut));
/// # Ok::<(), fantail::Error>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum WaitResult {
    /// A notification came.
    Ok = 0,
    /// The value was not the one expected: there was no wait.
    Mismatch = 1,
    /// The time was up.
    TimedOut = 2,
}

impl SharedMemory {
    /// A shared memory of type `ty`, all zero, for stores of `engine`.
    ///
    /// # Errors
    /// When `ty` is not shared, the engine does not accept the threads proposal, or there is not enough address space
    /// for the maximum. Only with the standard library on 64-bit Unix is a maximum no more than address space.
    pub fn new(engine: &Engine, ty: MemoryType) -> Result<Self> {
        if !ty.is_shared() {
            bail!("shared memory must have the `shared` flag enabled on its memory type");
        }
        if !engine.config().features.has(fantail_core::Proposal::Threads) {
            bail!("shared memories need the threads proposal, which the engine does not accept");
        }
        Self::of(engine, ty.ty)
    }

    pub(crate) fn of(engine: &Engine, ty: core_types::MemoryType) -> Result<Self> {
        if !engine.config().shared_memory {
            bail!("shared memories are switched off in the engine's settings");
        }
        let Some(threads) = Threads::BUILT_IN else {
            bail!("shared memories need the feature `threads`, which this build does not have");
        };
        if !cfg!(target_has_atomic = "64") {
            bail!("shared memories need 64-bit atomic operations, which this processor does not have");
        }
        let pages = ty.limits.min;
        let (Some(len), Some(max)) = (byte_len(&ty, pages), maximum(&ty)) else {
            bail!("a shared memory of {pages} pages is too large");
        };
        let storage = Storage::fixed(len, max).map_err(|error| {
            let context = format_args!("not enough memory for a shared memory that may grow to {max} bytes");
            Error::new(error).context_text(context)
        })?;
        let (len, parking) = (AtomicUsize::new(len), Parking::default());
        let inner = Inner { engine: engine.clone(), ty, storage, len, parking };
        Ok(Self(Arc::try_new(inner)?, threads))
    }

    /// Its type, with the present size as minimum.
    pub fn ty(&self) -> MemoryType {
        MemoryType { ty: self.core_type() }
    }

    pub(crate) fn core_type(&self) -> core_types::MemoryType {
        let mut ty = self.0.ty;
        ty.limits.min = self.size();
        ty
    }

    pub(crate) fn engine(&self) -> &Engine {
        &self.0.engine
    }

    /// Its size in pages.
    pub fn size(&self) -> u64 {
        self.data_size() as u64 >> self.0.ty.page_size_log2
    }

    /// Size of its pages in bytes.
    pub fn page_size(&self) -> u64 {
        1 << self.0.ty.page_size_log2
    }

    /// Its size in bytes.
    #[inline]
    pub fn data_size(&self) -> usize {
        self.0.len.load(Ordering::Acquire)
    }

    /// First byte.
    pub(crate) fn base(&self) -> *mut u8 {
        self.0.storage.base()
    }

    /// Its bytes, as many as there are at the moment.
    ///
    /// Other threads may access them at any time, so reading or writing one is safe only with an atomic operation, or
    /// when the guests are known not to touch it meanwhile. [`read`](Self::read) and [`write`](Self::write) are safe.
    pub fn data(&self) -> &[UnsafeCell<u8>] {
        // SAFETY: as many bytes are committed, at an address that never changes; cells may be changed by others.
        unsafe { core::slice::from_raw_parts(self.base().cast::<UnsafeCell<u8>>(), self.data_size()) }
    }

    /// Copies the bytes from `offset` on to `buffer`, without order among what other threads write meanwhile.
    ///
    /// ```
    /// use fantail::{Engine, MemoryType, SharedMemory};
    ///
    /// let memory = SharedMemory::new(&Engine::default(), MemoryType::shared(1, 2))?;
    /// memory.write(16, b"hello")?;
    /// let mut bytes = [0; 5];
    /// memory.read(16, &mut bytes)?;
    /// assert_eq!(&bytes, b"hello");
    /// assert_eq!((memory.grow(1)?, memory.size()), (1, 2));
    /// # Ok::<(), fantail::Error>(())
    /// ```
    ///
    /// # Errors
    /// When they do not all lie in the memory.
    pub fn read(&self, offset: usize, buffer: &mut [u8]) -> Result<(), MemoryAccessError> {
        let from = self.place(offset, buffer.len())?;
        // SAFETY: the bytes are in the memory, and everyone accesses them atomically.
        unsafe { relaxed::copy_to(buffer, from) };
        Ok(())
    }

    /// Copies `buffer` to the bytes from `offset` on, without order among what other threads access meanwhile.
    ///
    /// # Errors
    /// When they do not all lie in the memory; nothing is written then.
    pub fn write(&self, offset: usize, buffer: &[u8]) -> Result<(), MemoryAccessError> {
        let to = self.place(offset, buffer.len())?;
        // SAFETY: as in `read`.
        unsafe { relaxed::copy_from(to, buffer) };
        Ok(())
    }

    /// The `len` bytes at `offset`.
    fn place(&self, offset: usize, len: usize) -> Result<*mut u8, MemoryAccessError> {
        match offset.checked_add(len) {
            Some(end) if end <= self.data_size() => Ok(self.base().wrapping_add(offset)),
            _ => Err(MemoryAccessError {}),
        }
    }

    /// Adds `delta` pages of zeros and gives the former size in pages.
    ///
    /// # Errors
    /// When it would exceed its maximum, or what the machine has, which is an [`OutOfMemory`](crate::OutOfMemory). Limiters of stores are not asked: they are when a
    /// guest executes `memory.grow`.
    pub fn grow(&self, delta: u64) -> Result<u64> {
        let grown = self.try_grow(delta);
        grown.map_err(|refused| refused.error(format_args!("failed to grow memory by `{delta}`")))
    }

    /// [`grow`](Self::grow), or why not.
    pub(crate) fn try_grow(&self, delta: u64) -> Grown {
        let mut len = self.data_size();
        loop {
            let pages = len as u64 >> self.0.ty.page_size_log2;
            let allowed = |new: &u64| self.0.ty.limits.max.is_some_and(|max| *new <= max);
            let new = pages.checked_add(delta).filter(allowed).and_then(|new| byte_len(&self.0.ty, new));
            let new = new.ok_or(Refused::Limited)?;
            self.0.storage.extend(len, new)?;
            match self.0.len.compare_exchange(len, new, Ordering::AcqRel, Ordering::Acquire) {
                Ok(_) => return Ok(pages),
                // Another thread was faster. What was committed for this one stays, unused or not.
                Err(now) => len = now,
            }
        }
    }

    /// Wakes up to `count` of the threads that wait at `addr`, and says how many: `memory.atomic.notify`.
    ///
    /// # Errors
    /// The trap that the instruction would end in, when `addr` is not a multiple of 4 or lies outside of the memory.
    pub fn atomic_notify(&self, addr: u64, count: u32) -> Result<u32, Trap> {
        self.check::<4>(addr)?;
        Ok(self.0.parking.notify(addr, count))
    }

    /// Waits for a notification at `addr` if the 32-bit value there is `expected`, for as long as `timeout` says:
    /// `memory.atomic.wait32`.
    ///
    /// ```
    /// use fantail::{Engine, MemoryType, SharedMemory, WaitResult};
    /// use std::thread;
    ///
    /// let memory = SharedMemory::new(&Engine::default(), MemoryType::shared(1, 1))?;
    /// let waker = memory.clone();
    /// // Until somebody waits.
    /// let notified = thread::spawn(move || while waker.atomic_notify(8, 1) == Ok(0) { thread::yield_now() });
    /// assert_eq!(memory.atomic_wait32(8, 0, None), Ok(WaitResult::Ok));
    /// # notified.join().unwrap();
    /// # Ok::<(), fantail::Error>(())
    /// ```
    ///
    /// # Errors
    /// The trap that the instruction would end in: when `addr` is not a multiple of 4 or lies outside of the memory, and,
    /// without the feature `std`, when the thread would have to wait: there is no means to.
    pub fn atomic_wait32(
        &self,
        addr: u64,
        expected: u32,
        timeout: Option<Duration>,
    ) -> Result<WaitResult, Trap> {
        self.wait32(addr, expected, timeout, None)
    }

    /// [`atomic_wait32`](Self::atomic_wait32), until `stop` says so.
    pub(crate) fn wait32(
        &self,
        addr: u64,
        expected: u32,
        timeout: Option<Duration>,
        stop: Option<&dyn Fn() -> bool>,
    ) -> Result<WaitResult, Trap> {
        let at = self.check::<4>(addr)?;
        // SAFETY: the address is in the memory and aligned; everyone accesses it atomically.
        self.0.parking.wait(addr, || unsafe { u32::load(at) } == expected, timeout, stop)
    }

    /// Waits for a notification at `addr` if the 64-bit value there is `expected`, for as long as `timeout` says:
    /// `memory.atomic.wait64`.
    ///
    /// # Errors
    /// As [`atomic_wait32`](Self::atomic_wait32), but `addr` has to be a multiple of 8.
    pub fn atomic_wait64(
        &self,
        addr: u64,
        expected: u64,
        timeout: Option<Duration>,
    ) -> Result<WaitResult, Trap> {
        self.wait64(addr, expected, timeout, None)
    }

    /// [`atomic_wait64`](Self::atomic_wait64), until `stop` says so.
    pub(crate) fn wait64(
        &self,
        addr: u64,
        expected: u64,
        timeout: Option<Duration>,
        stop: Option<&dyn Fn() -> bool>,
    ) -> Result<WaitResult, Trap> {
        let at = self.check::<8>(addr)?;
        // SAFETY: as in `wait32`.
        self.0.parking.wait(addr, || unsafe { u64::load(at) } == expected, timeout, stop)
    }

    /// The `N` bytes at `addr`.
    fn check<const N: u64>(&self, addr: u64) -> Result<*mut u8, Trap> {
        if !addr.is_multiple_of(N) {
            return Err(Trap::HeapMisaligned);
        }
        match addr.checked_add(N) {
            Some(end) if end <= self.data_size() as u64 => Ok(self.base().wrapping_add(addr as usize)),
            _ => Err(Trap::MemoryOutOfBounds),
        }
    }

    /// Whether `a` and `b` are clones of each other.
    pub(crate) fn same(a: &Self, b: &Self) -> bool {
        Arc::ptr_eq(&a.0, &b.0)
    }
}

/// Two are equal if they are the same memory.
impl PartialEq for SharedMemory {
    fn eq(&self, other: &Self) -> bool {
        Self::same(self, other)
    }
}

impl Eq for SharedMemory {}

impl Hash for SharedMemory {
    fn hash<H: Hasher>(&self, state: &mut H) {
        Arc::as_ptr(&self.0).hash(state);
    }
}

impl fmt::Debug for SharedMemory {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SharedMemory").field("ty", &self.ty()).finish_non_exhaustive()
    }
}

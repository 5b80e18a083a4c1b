//! [`GcHeapOutOfMemory`]: the host could not make an object.

use core::fmt;

/// An object, or a value for an [`ExternRef`](crate::ExternRef), had no room in a store, though a collection was tried.
///
/// It is the error of the host's own attempts; a guest ends with [`Trap::HeapExhausted`](crate::Trap::HeapExhausted).
/// `T` is what the attempt was about: the value of the host, or `()`.
///
/// ```
/// use fantail::{ArrayRef, ArrayRefPre, ArrayType, FieldType, GcHeapOutOfMemory, Mutability, Store};
/// use fantail::{StorageType, StoreLimits, StoreLimitsBuilder, Val};
///
/// let mut store = Store::<StoreLimits>::default();
/// *store.data_mut() = StoreLimitsBuilder::new().gc_heap_size(1 << 16).build();
/// store.limiter(|limits| limits);
/// let ty = ArrayType::new(store.engine(), FieldType::new(Mutability::Var, StorageType::I8))?;
/// let pre = ArrayRefPre::new(&mut store, ty);
/// let error = ArrayRef::new(&mut store, &pre, &Val::I32(0), 1 << 20).unwrap_err();
/// assert!(error.is::<GcHeapOutOfMemory<()>>());
/// assert_eq!(error.to_string(), "GC heap out of memory: no capacity for allocation of 1048584 bytes");
/// # Ok::<(), fantail::Error>(())
/// ```
pub struct GcHeapOutOfMemory<T> {
    inner: T,
    bytes_needed: u64,
}

impl<T> GcHeapOutOfMemory<T> {
    pub(crate) fn new(inner: T, bytes_needed: u64) -> Self {
        Self { inner, bytes_needed }
    }

    /// What the attempt was about.
    pub fn into_inner(self) -> T {
        self.inner
    }

    /// What the attempt was about, and an error without it, to be handed to [`Store::gc`](crate::Store::gc).
    pub fn take_inner(self) -> (T, GcHeapOutOfMemory<()>) {
        (self.inner, GcHeapOutOfMemory { inner: (), bytes_needed: self.bytes_needed })
    }
}

impl<T> fmt::Display for GcHeapOutOfMemory<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "GC heap out of memory: no capacity for allocation of {} bytes", self.bytes_needed)
    }
}

impl<T> fmt::Debug for GcHeapOutOfMemory<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl<T> core::error::Error for GcHeapOutOfMemory<T> {}

//! [`ResourceLimiter`]: who is asked before a store's memories and tables are made or grow.

use crate::store::StoreOpaque;
use crate::{Error, Result, bail};

/// Decides what the guests of a store may allocate, see [`Store::limiter`](crate::Store::limiter).
///
/// ```
/// use fantail::{Engine, Memory, MemoryType, ResourceLimiter, Result, Store};
///
/// /// Bounds what all memories of a store have together.
/// struct Total(usize);
///
/// impl ResourceLimiter for Total {
///     fn memory_growing(&mut self, current: usize, desired: usize, _: Option<usize>) -> Result<bool> {
///         let left = self.0.checked_sub(desired - current);
///         self.0 = left.unwrap_or(self.0);
///         Ok(left.is_some())
///     }
///
///     fn table_growing(&mut self, _: usize, desired: usize, _: Option<usize>) -> Result<bool> {
///         Ok(desired <= 1_000)
///     }
/// }
/// let mut store = Store::new(&Engine::default(), Total(3 << 16));
/// store.limiter(|total| total);
/// let memory = Memory::new(&mut store, MemoryType::new(2, None))?;
/// assert!(Memory::new(&mut store, MemoryType::new(2, None)).is_err());
/// assert!(memory.grow(&mut store, 1).is_ok() && memory.grow(&mut store, 1).is_err());
/// # Ok::<(), fantail::Error>(())
/// ```
pub trait ResourceLimiter: Send {
    /// Whether a memory of `current` bytes may have `desired` bytes from now on; `maximum` is what its type allows.
    /// Asked also when a memory is made, with `current` 0.
    ///
    /// # Errors
    /// Whatever is to reach the embedder instead of the guest seeing a failed `memory.grow`.
    fn memory_growing(&mut self, current: usize, desired: usize, maximum: Option<usize>) -> Result<bool>;

    /// Told when a memory could not grow, though it was allowed to.
    ///
    /// # Errors
    /// To let the failure reach the embedder instead of the guest.
    fn memory_grow_failed(&mut self, error: Error) -> Result<()> {
        drop(error);
        Ok(())
    }

    /// Whether a table of `current` elements may have `desired` elements from now on; `maximum` is what its type
    /// allows. Asked also when a table is made, with `current` 0.
    ///
    /// # Errors
    /// Whatever is to reach the embedder instead of the guest seeing a failed `table.grow`.
    fn table_growing(&mut self, current: usize, desired: usize, maximum: Option<usize>) -> Result<bool>;

    /// Told when a table could not grow, though it was allowed to.
    ///
    /// # Errors
    /// To let the failure reach the embedder instead of the guest.
    fn table_grow_failed(&mut self, error: Error) -> Result<()> {
        drop(error);
        Ok(())
    }

    /// Whether the heap of objects, of `current` bytes, may have `desired` bytes from now on. When it may not, a
    /// collection is tried, then [`Trap::HeapExhausted`](crate::Trap::HeapExhausted) ends the execution.
    ///
    /// # Errors
    /// Whatever is to reach the embedder instead of that trap.
    fn gc_heap_growing(&mut self, current: usize, desired: usize) -> Result<bool> {
        let _ = (current, desired);
        Ok(true)
    }

    /// How many instances the store may have.
    fn instances(&self) -> usize {
        DEFAULT_COUNT
    }

    /// How many tables the store may have.
    fn tables(&self) -> usize {
        DEFAULT_COUNT
    }

    /// How many memories the store may have.
    fn memories(&self) -> usize {
        DEFAULT_COUNT
    }
}

/// How many instances, tables and memories a limiter allows unless it says otherwise.
const DEFAULT_COUNT: usize = 10_000;

/// Fixed limits.
///
/// ```
/// use fantail::{Engine, Memory, MemoryType, Store, StoreLimits, StoreLimitsBuilder};
///
/// struct State {
///     name: String,
///     limits: StoreLimits,
/// }
/// let limits = StoreLimitsBuilder::new().memories(1).build();
/// let mut store = Store::new(&Engine::default(), State { name: "guest".into(), limits });
/// store.limiter(|state| &mut state.limits);
/// assert!(Memory::new(&mut store, MemoryType::new(1, None)).is_ok());
/// # Ok::<(), fantail::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct StoreLimits {
    memory_size: Option<usize>,
    table_elements: Option<usize>,
    gc_heap_size: Option<usize>,
    instances: usize,
    tables: usize,
    memories: usize,
    trap_on_grow_failure: bool,
}

/// Builds [`StoreLimits`].
///
/// ```
/// use fantail::{Engine, RefType, Ref, Store, StoreLimitsBuilder, Table, TableType};
///
/// let limits = StoreLimitsBuilder::new().memory_size(1 << 20).table_elements(100).instances(5).build();
/// let mut store = Store::new(&Engine::default(), limits);
/// store.limiter(|limits| limits);
/// let table = Table::new(&mut store, TableType::new(RefType::FUNCREF, 90, None), Ref::Func(None))?;
/// assert!(table.grow(&mut store, 10, Ref::Func(None)).is_ok());
/// assert!(table.grow(&mut store, 1, Ref::Func(None)).is_err());
/// # Ok::<(), fantail::Error>(())
/// ```
#[derive(Clone, Debug, Default)]
pub struct StoreLimitsBuilder(StoreLimits);

impl StoreLimitsBuilder {
    /// No limit but 10,000 instances, tables and memories.
    pub fn new() -> Self {
        Self::default()
    }

    /// How many bytes each memory may have.
    #[must_use]
    pub fn memory_size(mut self, limit: usize) -> Self {
        self.0.memory_size = Some(limit);
        self
    }

    /// How many elements each table may have.
    #[must_use]
    pub fn table_elements(mut self, limit: usize) -> Self {
        self.0.table_elements = Some(limit);
        self
    }

    /// How many bytes the heap of objects may have.
    #[must_use]
    pub fn gc_heap_size(mut self, limit: usize) -> Self {
        self.0.gc_heap_size = Some(limit);
        self
    }

    /// How many instances the store may have.
    #[must_use]
    pub fn instances(mut self, limit: usize) -> Self {
        self.0.instances = limit;
        self
    }

    /// How many tables the store may have.
    #[must_use]
    pub fn tables(mut self, limit: usize) -> Self {
        self.0.tables = limit;
        self
    }

    /// How many memories the store may have.
    #[must_use]
    pub fn memories(mut self, limit: usize) -> Self {
        self.0.memories = limit;
        self
    }

    /// Whether growth beyond a limit ends the execution with an error; otherwise `memory.grow` and `table.grow` give
    /// the guest -1.
    ///
    /// ```
    /// use fantail::{Engine, Instance, Module, Store, StoreLimitsBuilder};
    ///
    /// let engine = Engine::default();
    /// let wasm = wat::parse_str(r#"(module (memory 1)
    ///     (func (export "grow") (result i32) (memory.grow (i32.const 100))))"#)?;
    /// let limits = StoreLimitsBuilder::new().memory_size(1 << 20).trap_on_grow_failure(true).build();
    /// let mut store = Store::new(&engine, limits);
    /// store.limiter(|limits| limits);
    /// let instance = Instance::new(&mut store, &Module::new(&engine, wasm)?, &[])?;
    /// let grow = instance.get_typed_func::<(), i32>(&mut store, "grow")?;
    /// let error = grow.call(&mut store, ()).unwrap_err();
    /// assert_eq!(error.to_string(), "forcing trap when growing memory to 6619136 bytes");
    /// # Ok::<(), fantail::Error>(())
    /// ```
    #[must_use]
    pub fn trap_on_grow_failure(mut self, trap: bool) -> Self {
        self.0.trap_on_grow_failure = trap;
        self
    }

    /// The limits.
    pub fn build(self) -> StoreLimits {
        self.0
    }
}

impl Default for StoreLimits {
    fn default() -> Self {
        Self {
            memory_size: None,
            table_elements: None,
            gc_heap_size: None,
            instances: DEFAULT_COUNT,
            tables: DEFAULT_COUNT,
            memories: DEFAULT_COUNT,
            trap_on_grow_failure: false,
        }
    }
}

impl ResourceLimiter for StoreLimits {
    fn memory_growing(&mut self, _current: usize, desired: usize, maximum: Option<usize>) -> Result<bool> {
        let allowed = within(desired, self.memory_size) && within(desired, maximum);
        if !allowed && self.trap_on_grow_failure {
            bail!("forcing trap when growing memory to {desired} bytes");
        }
        Ok(allowed)
    }

    fn memory_grow_failed(&mut self, error: Error) -> Result<()> {
        if self.trap_on_grow_failure {
            return Err(error.context("forcing a memory growth failure to be a trap"));
        }
        Ok(())
    }

    fn table_growing(&mut self, _current: usize, desired: usize, maximum: Option<usize>) -> Result<bool> {
        let allowed = within(desired, self.table_elements) && within(desired, maximum);
        if !allowed && self.trap_on_grow_failure {
            bail!("forcing trap when growing table to {desired} elements");
        }
        Ok(allowed)
    }

    fn gc_heap_growing(&mut self, _current: usize, desired: usize) -> Result<bool> {
        Ok(within(desired, self.gc_heap_size))
    }

    fn table_grow_failed(&mut self, error: Error) -> Result<()> {
        if self.trap_on_grow_failure {
            return Err(error.context("forcing a table growth failure to be a trap"));
        }
        Ok(())
    }

    fn instances(&self) -> usize {
        self.instances
    }

    fn tables(&self) -> usize {
        self.tables
    }

    fn memories(&self) -> usize {
        self.memories
    }
}

/// The limiter of the store at `store`.
///
/// # Safety
/// `store` points to a store, nobody uses its data, and nobody does while the result lives.
#[expect(unsafe_code, reason = "the store is reached through the executor's pointer")]
pub(crate) unsafe fn limiter_at<'a>(store: *mut ()) -> Option<&'a mut dyn ResourceLimiter> {
    // SAFETY: the caller vouches for `store`, which begins with a `StoreOpaque`; the function in it was put there for
    // this store.
    unsafe {
        let of = (*store.cast::<StoreOpaque>()).limiter?;
        let limiter: &mut dyn ResourceLimiter = &mut *of(store)?;
        Some(limiter)
    }
}

fn within(size: usize, limit: Option<usize>) -> bool {
    limit.is_none_or(|limit| size <= limit)
}

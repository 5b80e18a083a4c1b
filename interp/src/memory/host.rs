//! Memories, tables and value stacks in memory that the embedder provides.
//!
//! # Invariants
//! - What an implementation of the traits promises holds: they are unsafe to implement.
//! - A memory or table is asked where it is after it was made and each time it has grown, and not in between.

#![expect(unsafe_code, reason = "who implements these traits vouches for addresses")]

use crate::Result;
use crate::types::{MemoryType, TableType};
use alloc::boxed::Box;
use alloc::string::String;
use core::ops::Range;

/// A memory's bytes, provided by the embedder: see [`MemoryCreator`].
///
/// ```
/// use fantail::{LinearMemory, Result, ensure};
///
/// /// A memory that cannot grow, on the heap. `u64` for its alignment.
/// struct Fixed(*mut [u64]);
/// unsafe impl Send for Fixed {}
/// unsafe impl Sync for Fixed {}
///
/// // SAFETY: the words live as long as this, which alone has their address.
/// unsafe impl LinearMemory for Fixed {
///     fn byte_size(&self) -> usize {
///         self.0.len() * 8
///     }
///
///     fn byte_capacity(&self) -> usize {
///         self.byte_size()
///     }
///
///     fn grow_to(&mut self, new_size: usize) -> Result<()> {
///         ensure!(new_size <= self.byte_size(), "it cannot grow");
///         Ok(())
///     }
///
///     fn as_ptr(&self) -> *mut u8 {
///         self.0.cast()
///     }
/// }
/// # impl Drop for Fixed {
/// #     fn drop(&mut self) {
/// #         drop(unsafe { Box::from_raw(self.0) });
/// #     }
/// # }
/// let mut memory = Fixed(Box::into_raw(vec![0; 8192].into_boxed_slice()));
/// assert!(memory.grow_to(65_536).is_ok() && memory.grow_to(65_537).is_err());
/// ```
///
/// # Safety
/// From [`as_ptr`](Self::as_ptr) on, [`byte_size`](Self::byte_size) bytes are valid for reads and writes by nobody else, for
/// as long as this exists or until it grows. They are zero when they become part of it.
pub unsafe trait LinearMemory: Send + Sync + 'static {
    /// How many bytes it has: at least as many as it was asked to have.
    fn byte_size(&self) -> usize;

    /// How many bytes it can have without moving.
    fn byte_capacity(&self) -> usize;

    /// Makes it `new_size` bytes, which is not less than now. It may move; then it takes its bytes with it.
    ///
    /// # Errors
    /// When there is no room; nothing has changed then. The guest's `memory.grow` fails.
    fn grow_to(&mut self, new_size: usize) -> Result<()>;

    /// The first byte.
    fn as_ptr(&self) -> *mut u8;
}

/// Makes memories: see [`Config::with_host_memory`](crate::Config::with_host_memory).
///
/// # Safety
/// The memories that it makes keep the rules of [`LinearMemory`].
pub unsafe trait MemoryCreator: Send + Sync {
    /// A memory of type `ty`: of `minimum` bytes, that may become `maximum` if there is one. It need not have more addresses
    /// reserved for it, nor a guard area: `reserved_size_in_bytes` is `None` and `guard_size_in_bytes` is 0.
    ///
    /// # Errors
    /// When there is none to be had, with the reason. Instantiation fails.
    fn new_memory(
        &self,
        ty: MemoryType,
        minimum: usize,
        maximum: Option<usize>,
        reserved_size_in_bytes: Option<usize>,
        guard_size_in_bytes: usize,
    ) -> Result<Box<dyn LinearMemory>, String>;
}

/// A table's elements, provided by the embedder: see [`TableCreator`].
///
/// # Safety
/// From [`as_ptr`](Self::as_ptr) on, a multiple of 8, [`capacity`](Self::capacity) elements of 8 bytes are valid for reads and
/// writes by nobody else, for as long as this exists or until it grows. What is in them at first does not matter.
pub unsafe trait TableMemory: Send + Sync + 'static {
    /// How many elements there is room for: at least as many as it was asked to have.
    fn capacity(&self) -> usize;

    /// Makes room for `elements`, which are more than the table has now. They may move; then those that the table has move
    /// with them.
    ///
    /// # Errors
    /// When there is no room; nothing has changed then. The guest's `table.grow` fails.
    fn grow_to(&mut self, elements: usize) -> Result<()>;

    /// The first element.
    fn as_ptr(&self) -> *mut u64;
}

/// Makes tables: see [`Config::with_host_table`](crate::Config::with_host_table). Wasmtime has no such trait.
///
/// ```
/// use fantail::{Config, Engine, RefType, Ref, Result, Store, Table, TableCreator, TableMemory, TableType, ensure};
/// use std::sync::Arc;
///
/// /// Elements on the heap; there is never room for more.
/// struct Fixed(*mut [u64]);
/// unsafe impl Send for Fixed {}
/// unsafe impl Sync for Fixed {}
///
/// // SAFETY: the elements live as long as this, which alone has their address.
/// unsafe impl TableMemory for Fixed {
///     fn capacity(&self) -> usize {
///         self.0.len()
///     }
///
///     fn grow_to(&mut self, elements: usize) -> Result<()> {
///         ensure!(elements <= self.capacity(), "it cannot grow");
///         Ok(())
///     }
///
///     fn as_ptr(&self) -> *mut u64 {
///         self.0.cast()
///     }
/// }
/// # impl Drop for Fixed {
/// #     fn drop(&mut self) {
/// #         drop(unsafe { Box::from_raw(self.0) });
/// #     }
/// # }
///
/// struct Tables;
///
/// // SAFETY: as above.
/// unsafe impl TableCreator for Tables {
///     fn new_table(
///         &self,
///         _ty: TableType,
///         minimum: usize,
///         _maximum: Option<usize>,
///     ) -> Result<Box<dyn TableMemory>, String> {
///         Ok(Box::new(Fixed(Box::into_raw(vec![0; minimum + 1].into_boxed_slice()))))
///     }
/// }
///
/// let engine = Engine::new(Config::new().with_host_table(Arc::new(Tables)))?;
/// let mut store = Store::new(&engine, ());
/// let table = Table::new(&mut store, TableType::new(RefType::FUNCREF, 3, None), Ref::Func(None))?;
/// assert!(table.grow(&mut store, 1, Ref::Func(None)).is_ok());
/// assert!(table.grow(&mut store, 1, Ref::Func(None)).is_err());
/// # Ok::<(), fantail::Error>(())
/// ```
///
/// # Safety
/// The tables that it makes keep the rules of [`TableMemory`].
pub unsafe trait TableCreator: Send + Sync {
    /// A table of type `ty`: of `minimum` elements, that may become `maximum` if there is one.
    ///
    /// # Errors
    /// When there is none to be had, with the reason. Instantiation fails.
    fn new_table(
        &self,
        ty: TableType,
        minimum: usize,
        maximum: Option<usize>,
    ) -> Result<Box<dyn TableMemory>, String>;
}

/// A store's value stack, provided by the embedder: see [`StackCreator`].
///
/// ```
/// use fantail::{Config, Engine, Result, StackCreator, StackMemory, Store};
/// use std::{ops::Range, ptr, sync::Arc};
///
/// /// A value stack on the heap, in units of 16 bytes for its alignment.
/// struct Stack(*mut [u128]);
/// unsafe impl Send for Stack {}
/// unsafe impl Sync for Stack {}
///
/// // SAFETY: the units live as long as this, which alone has their address.
/// unsafe impl StackMemory for Stack {
///     fn top(&self) -> *mut u8 {
///         self.range().end as *mut u8
///     }
///
///     fn range(&self) -> Range<usize> {
///         let start = self.0.cast::<u8>().addr();
///         start..start + self.0.len() * 16
///     }
///
///     fn guard_range(&self) -> Range<*mut u8> {
///         ptr::null_mut()..ptr::null_mut()
///     }
/// }
/// # impl Drop for Stack {
/// #     fn drop(&mut self) {
/// #         drop(unsafe { Box::from_raw(self.0) });
/// #     }
/// # }
///
/// struct Stacks;
///
/// // SAFETY: as above.
/// unsafe impl StackCreator for Stacks {
///     fn new_stack(&self, size: usize, _zeroed: bool) -> Result<Box<dyn StackMemory>> {
///         Ok(Box::new(Stack(Box::into_raw(vec![0; size.div_ceil(16)].into_boxed_slice()))))
///     }
/// }
///
/// let engine = Engine::new(Config::new().with_host_stack(Arc::new(Stacks)))?;
/// assert!(Store::try_new(&engine, ()).is_ok());
/// # Ok::<(), fantail::Error>(())
/// ```
///
/// # Safety
/// The bytes of [`range`](Self::range), which end at [`top`](Self::top), are valid for reads and writes by nobody else for as
/// long as this exists.
pub unsafe trait StackMemory: Send + Sync {
    /// The end of the stack, a multiple of 16.
    fn top(&self) -> *mut u8;

    /// The addresses of its bytes. They begin at a multiple of 16.
    fn range(&self) -> Range<usize>;

    /// Addresses that trap when they are accessed: of no use to an interpreter, which compares.
    fn guard_range(&self) -> Range<*mut u8>;
}

/// Makes value stacks: see [`Config::with_host_stack`](crate::Config::with_host_stack).
///
/// # Safety
/// The stacks that it makes keep the rules of [`StackMemory`].
pub unsafe trait StackCreator: Send + Sync {
    /// A stack of at least `size` bytes, which are zero if `zeroed` says so.
    ///
    /// # Errors
    /// When there is none to be had. No store is made then.
    fn new_stack(&self, size: usize, zeroed: bool) -> Result<Box<dyn StackMemory>>;
}

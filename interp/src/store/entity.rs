//! What a store owns: functions, tables, memories, globals and instances, laid out for the executor.
//!
//! # Invariants
//! - Every entity but a function lives in a heap allocation of its own until its store is dropped, so a pointer to
//!   it stays valid as long as the store; pointers, not references, are kept, because the executor and host functions
//!   reach the same entity by turns.
//! - Functions are found through [`ExecContext::funcs`] by handle. Handle 0 is null: entry 0 has the type
//!   [`NO_TYPE`], which equals that of no function, so a call through null fails the type check.
//! - `base` and `len` always describe the entity's own storage; what is cached of them in [`ExecContext`] is
//!   refreshed by [`ExecContext::enter`] whenever the instance changes or something may have grown.
//!
//! Spec: WebAssembly 3.0, section 4.2.3 "Store".

use crate::exec::code::ModuleCode;
use crate::memory::{LinearMemory, SharedMemory, Storage, TableMemory};
use crate::store::host::HostFunc;
use crate::sync::Arc;
use crate::sync::atomic::{AtomicPtr, AtomicUsize};
use alloc::boxed::Box;
use alloc::vec::Vec;
use core::ptr;
use fantail_core::module::Module;
use fantail_core::types::{CanonId, FuncIdx, GlobalType, MemoryType, TableType, ValType};

/// The type of the null function.
pub(crate) const NO_TYPE: CanonId = CanonId(u32::MAX);

/// A function instance.
#[repr(C)]
pub(crate) struct FuncEntity {
    /// Its type.
    pub(crate) ty: CanonId,
    /// Offset of the return record in its frame, in cells: the larger of parameters and results.
    pub(crate) record: u32,
    /// Its instance; null for a host function.
    pub(crate) instance: *mut InstanceEntity,
    /// Where its module keeps the address of its code; null for a host function.
    pub(crate) code: *const AtomicPtr<u64>,
    /// Its index in its module.
    pub(crate) index: FuncIdx,
    /// What a host function does.
    pub(crate) host: Option<Arc<HostFunc>>,
}

/// A memory instance.
#[repr(C)]
pub(crate) struct MemoryEntity {
    /// First byte.
    pub(crate) base: *mut u8,
    /// Length in bytes. That of a shared memory may be larger by now: other threads let it grow.
    pub(crate) len: usize,
    /// Its type; `limits.min` is the size in pages that `len` is.
    pub(crate) ty: MemoryType,
    /// What holds the bytes.
    pub(crate) bytes: MemoryBytes,
}

/// What holds the bytes of a memory.
pub(crate) enum MemoryBytes {
    /// The store alone.
    Own(Storage),
    /// The store alone; the embedder provides them.
    Host(Box<dyn LinearMemory>),
    /// This store and others.
    Shared(SharedMemory),
}

impl MemoryEntity {
    /// One for the shared memory `memory`.
    pub(crate) fn of_shared(memory: SharedMemory) -> Self {
        let mut entity =
            Self { base: memory.base(), len: 0, ty: memory.core_type(), bytes: MemoryBytes::Shared(memory) };
        entity.look_up_len();
        entity
    }

    /// The shared memory that it is, if it is one.
    #[inline]
    pub(crate) fn shared(&self) -> Option<&SharedMemory> {
        match &self.bytes {
            MemoryBytes::Own(_) | MemoryBytes::Host(_) => None,
            MemoryBytes::Shared(memory) => Some(memory),
        }
    }

    /// Its length in bytes at this moment.
    #[inline]
    pub(crate) fn current_len(&self) -> usize {
        self.shared().map_or(self.len, SharedMemory::data_size)
    }

    /// Makes `len` that of this moment. Says whether that is more than before.
    pub(crate) fn look_up_len(&mut self) -> bool {
        let before = self.len;
        self.len = self.current_len();
        self.ty.limits.min = self.len as u64 >> self.ty.page_size_log2;
        self.len > before
    }
}

/// A table instance.
#[repr(C)]
pub(crate) struct TableEntity {
    /// First element, a handle.
    pub(crate) base: *mut u64,
    /// Number of elements.
    pub(crate) len: usize,
    /// Its type; `limits.min` is the present size.
    pub(crate) ty: TableType,
    /// What holds the elements.
    pub(crate) cells: TableCells,
}

/// What holds the elements of a table.
pub(crate) enum TableCells {
    /// The store.
    Own(Vec<u64>),
    /// The store; the embedder provides them.
    Host(Box<dyn TableMemory>),
}

/// A global instance: the value first.
#[repr(C, align(16))]
pub(crate) struct GlobalEntity {
    /// The value: one cell, or two for a `v128`.
    pub(crate) cells: [u64; 2],
    /// Its type.
    pub(crate) ty: GlobalType,
}

/// A tag instance: what kind an exception is of. Two are the same if they are at the same address.
pub(crate) struct TagEntity {
    /// Its type, a function type.
    pub(crate) ty: CanonId,
    /// The canonical types of the values that its exceptions carry.
    pub(crate) payload: Box<[ValType]>,
    /// How many cells they take.
    pub(crate) cells: u32,
}

/// A module instance.
#[repr(C)]
pub(crate) struct InstanceEntity {
    /// Handles of its functions, imports first.
    pub(crate) funcs: Box<[u64]>,
    /// Its globals, imports first.
    pub(crate) globals: Box<[*mut GlobalEntity]>,
    /// Its tables, imports first.
    pub(crate) tables: Box<[*mut TableEntity]>,
    /// Its memories, imports first.
    pub(crate) memories: Box<[*mut MemoryEntity]>,
    /// Its tags, imports first.
    pub(crate) tags: Box<[*mut TagEntity]>,
    /// Its element segments, as handles; empty once dropped.
    pub(crate) elements: Vec<Box<[u64]>>,
    /// Which of its data segments are dropped.
    pub(crate) dropped_data: Vec<bool>,
    /// Its module.
    pub(crate) module: Arc<ModuleInner>,
}

/// The bytes of a module.
pub(crate) enum Bytes {
    /// Its own.
    #[cfg(feature = "compile")]
    Own(Box<[u8]>),
    /// An image, which stays where it is.
    Image(&'static [u8]),
}

impl core::ops::Deref for Bytes {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        match self {
            #[cfg(feature = "compile")]
            Self::Own(bytes) => bytes,
            Self::Image(bytes) => bytes,
        }
    }
}

/// A compiled module, shared by its instances.
pub(crate) struct ModuleInner {
    /// What was decoded.
    pub(crate) core: Module,
    /// The bytes that `core` has ranges of.
    pub(crate) bytes: Bytes,
    /// Its code, as far as it has been translated.
    pub(crate) code: ModuleCode,
    /// The engine it was compiled for.
    pub(crate) engine: crate::Engine,
    /// Positions of its exports, sorted by their names. Builds for images, which are to be small, look at all.
    #[cfg(feature = "compile")]
    pub(crate) exports: Box<[u32]>,
    /// Whether function bodies are to be validated before they are translated.
    #[cfg(feature = "compile")]
    pub(crate) unvalidated: bool,
}

/// A call that crossed from one instance to another: what its return restores.
#[derive(Clone, Copy)]
pub(crate) struct Boundary {
    /// Where the caller goes on.
    pub(crate) ip: *const u64,
    /// The caller's frame.
    pub(crate) fp: *mut u64,
    /// The caller's instance.
    pub(crate) instance: *mut InstanceEntity,
}

/// The executor's view of its store: what handlers reach through one register.
#[repr(C)]
pub(crate) struct ExecContext {
    /// Addresses below `mem0_ends[n]` are those of 2ⁿ bytes inside memory 0 of the current instance.
    pub(crate) mem0_ends: [usize; 5],
    /// First byte of memory 0 of the current instance.
    pub(crate) mem0_base: *mut u8,
    /// The current instance.
    pub(crate) instance: *mut InstanceEntity,
    /// `instance.globals`.
    pub(crate) globals: *const *mut GlobalEntity,
    /// `instance.tables`.
    pub(crate) tables: *const *mut TableEntity,
    /// `instance.memories`.
    pub(crate) memories: *const *mut MemoryEntity,
    /// `instance.funcs`.
    pub(crate) handles: *const u64,
    /// The code of `instance`'s module: where the address of function 0 is, or would be if it were not imported.
    #[cfg(not(feature = "fusion"))]
    pub(crate) code: *const AtomicPtr<u64>,
    /// The store's functions by handle.
    pub(crate) funcs: *const FuncEntity,
    /// No frame may start above this; [`FRAME_MARGIN`] cells follow it.
    pub(crate) limit: *mut u64,
    /// First cell of the value stack.
    pub(crate) stack: *mut u64,
    /// Calls across instances that have not returned, innermost last.
    pub(crate) boundaries: Vec<Boundary>,
    /// How many executions are nested.
    pub(crate) depth: u32,
    /// The op at which execution left the handlers, or a word of it; after an exception, the op to go on at.
    pub(crate) exit_ip: *const u64,
    /// The frame in which it did.
    pub(crate) exit_fp: *mut u64,
    /// The error of a host function, or of a translation, on its way out.
    pub(crate) error: Option<crate::Error>,
    /// The functions that were active when the last execution ended in an error, innermost first.
    pub(crate) frames: Vec<crate::exec::Frame>,
    /// The store itself, for host functions: the same pointer that its `Caller`s are made from.
    pub(crate) store: *mut (),
    /// The instance whose code `exit_ip` is in, unless that belongs to no instance.
    pub(crate) exit_instance: *mut InstanceEntity,
    /// The innermost execution, or null.
    pub(crate) execution: *const crate::exec::Execution,
    /// Fuel that is left.
    pub(crate) fuel: u64,
    /// The engine's epoch; null where nobody looks at it.
    pub(crate) epoch: *const AtomicUsize,
    /// The epoch at which execution traps, or `at_deadline` is asked.
    pub(crate) deadline: usize,
    /// Asks the callback of the store at an address what to do at its deadline.
    pub(crate) at_deadline: Option<unsafe fn(*mut ()) -> crate::Result<crate::UpdateDeadline>>,
    /// What the last `memory.fill` wrote.
    #[cfg(feature = "fusion")]
    pub(crate) filled: crate::exec::Filled,
    /// How many frames of an execution that ends in an error are kept.
    pub(crate) max_frames: usize,
    /// The store's objects.
    pub(crate) gc: crate::gc::Gc,
}

/// Cells that a function may use without asking: a larger frame begins with `check_stack`.
pub(crate) const FRAME_MARGIN: usize = fantail_core::translate::FRAME_MARGIN;

impl ExecContext {
    /// That of a store without anything.
    pub(crate) fn empty() -> Self {
        Self {
            mem0_ends: [0; 5],
            mem0_base: ptr::null_mut(),
            instance: ptr::null_mut(),
            globals: ptr::null(),
            tables: ptr::null(),
            memories: ptr::null(),
            handles: ptr::null(),
            #[cfg(not(feature = "fusion"))]
            code: ptr::null(),
            funcs: ptr::null(),
            limit: ptr::null_mut(),
            stack: ptr::null_mut(),
            boundaries: Vec::new(),
            depth: 0,
            exit_ip: ptr::null(),
            exit_fp: ptr::null_mut(),
            error: None,
            frames: Vec::new(),
            store: ptr::null_mut(),
            exit_instance: ptr::null_mut(),
            execution: ptr::null(),
            fuel: 0,
            epoch: ptr::null(),
            deadline: 0,
            at_deadline: None,
            #[cfg(feature = "fusion")]
            filled: crate::exec::Filled::NONE,
            max_frames: 0,
            gc: crate::gc::Gc::new(),
        }
    }

    /// Caches where memory 0 is.
    #[inline]
    pub(crate) fn set_memory(&mut self, base: *mut u8, len: usize) {
        self.mem0_base = base;
        // The first of them is the length.
        if self.mem0_ends[0] != len {
            self.mem0_ends = [1, 2, 4, 8, 16].map(|size| len.saturating_sub(size - 1));
        }
    }

    /// Makes `instance` the current one and refreshes what is cached of it.
    ///
    /// # Safety
    /// `instance` is null or points to an instance of this store.
    #[expect(unsafe_code, reason = "entities are reached through pointers, see the module's invariants")]
    pub(crate) unsafe fn enter(&mut self, instance: *mut InstanceEntity) {
        self.instance = instance;
        self.set_memory(ptr::null_mut(), 0);
        if !instance.is_null() {
            // SAFETY: the caller vouches for `instance`; its entities live as long as the store.
            unsafe {
                let entity = &*instance;
                self.globals = entity.globals.as_ptr();
                self.tables = entity.tables.as_ptr();
                self.memories = entity.memories.as_ptr();
                self.handles = entity.funcs.as_ptr();
                #[cfg(not(feature = "fusion"))]
                {
                    self.code = entity.module.code.entries();
                }
                if let Some(&memory) = entity.memories.first() {
                    self.set_memory((*memory).base, (*memory).len);
                }
            }
        }
    }
}

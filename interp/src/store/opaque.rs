//! [`StoreOpaque`]: the part of a store that does not depend on the embedder's data.
//!
//! # Invariants
//! - Entities are leaked boxes, freed when the store is dropped; see [`entity`](super::entity).
//! - `exec.funcs` is the address of the first of `funcs`.
//! - `top` is the first free cell of the value stack.

#![expect(unsafe_code, reason = "entities are raw allocations until the store is dropped")]

use super::entity::{
    ExecContext, FRAME_MARGIN, FuncEntity, GlobalEntity, InstanceEntity, MemoryEntity, NO_TYPE, TableEntity,
    TagEntity,
};
use super::exception::Exceptions;
use super::handle::{StoreId, Stored};
use super::host::HostFunc;
use crate::externref::ExternRefs;
use crate::fallible::{OutOfMemory, try_box};
use crate::gc::mark::Marker;
use crate::gc::roots::Roots;
use crate::limits::ResourceLimiter;
use crate::memory::{SharedMemory, StackMemory, Storage};
use crate::sync::Arc;
use crate::{Config, Engine, Error, Result, bail, format_err};
use alloc::boxed::Box;
use alloc::vec::Vec;
use core::num::NonZeroUsize;
use core::ops::Range;
use core::ptr;
use fantail_core::types::{CanonId, FuncIdx, HeapType, RefType, ValType};
use fantail_core::validate::subtype;

/// The part of a store that does not depend on the embedder's data.
pub struct StoreOpaque {
    /// What the executor sees of it.
    pub(crate) exec: ExecContext,
    id: StoreId,
    engine: Engine,
    funcs: Vec<FuncEntity>,
    memories: Owned<MemoryEntity>,
    tables: Owned<TableEntity>,
    globals: Owned<GlobalEntity>,
    tags: Owned<TagEntity>,
    instances: Owned<InstanceEntity>,
    /// References that the host holds.
    pub(crate) roots: Roots,
    /// Exceptions that something refers to.
    pub(crate) exceptions: Exceptions,
    /// Values of the host that `externref`s stand for.
    pub(crate) externrefs: ExternRefs,
    #[expect(dead_code, reason = "owns the cells that `exec` and `top` point to")]
    stack: ValueStack,
    /// First free cell of the value stack.
    pub(crate) top: *mut u64,
    /// Finds the limiter of the store at an address.
    pub(crate) limiter: Option<LimiterOf>,
}

type LimiterOf = unsafe fn(*mut ()) -> Option<*mut dyn ResourceLimiter>;

impl StoreOpaque {
    // In line it would be taken apart and put together again, for each type of data.
    #[inline(never)]
    pub(crate) fn new(engine: &Engine) -> Result<Self> {
        let stack = ValueStack::new(engine.config())?;
        let null = FuncEntity {
            ty: NO_TYPE,
            record: 0,
            instance: ptr::null_mut(),
            code: ptr::null(),
            index: FuncIdx(0),
            host: None,
        };
        let mut funcs = Vec::new();
        funcs.try_reserve_exact(1)?;
        funcs.push(null);
        let mut exec = ExecContext::empty();
        exec.funcs = funcs.as_ptr();
        exec.limit = stack.limit();
        exec.stack = stack.base();
        exec.epoch = if engine.config().metering.epochs { engine.epoch() } else { ptr::null() };
        exec.gc.always = engine.config().collect_always;
        exec.max_frames = engine.config().max_frames.map_or(0, NonZeroUsize::get);
        Ok(Self {
            exec,
            id: StoreId::allocate(),
            engine: engine.clone(),
            funcs,
            memories: Owned::new(),
            tables: Owned::new(),
            globals: Owned::new(),
            tags: Owned::new(),
            instances: Owned::new(),
            exceptions: Exceptions::default(),
            externrefs: ExternRefs::default(),
            roots: Roots::new(),
            top: stack.base(),
            stack,
            limiter: None,
        })
    }

    #[inline]
    pub(crate) fn id(&self) -> StoreId {
        self.id
    }

    #[inline]
    pub(crate) fn engine(&self) -> &Engine {
        &self.engine
    }

    /// The function with this handle, which was given out by this store.
    #[inline]
    pub(crate) fn func(&self, handle: u64) -> &FuncEntity {
        &self.funcs[handle as usize]
    }

    /// Adds `func` and gives its handle.
    pub(crate) fn push_func(&mut self, func: FuncEntity) -> Result<u64> {
        reserve(&mut self.funcs)?;
        let handle = self.funcs.len() as u64;
        self.funcs.push(func);
        self.exec.funcs = self.funcs.as_ptr();
        Ok(handle)
    }

    /// Adds the host function `host` and gives its handle.
    pub(crate) fn push_host(&mut self, host: Arc<HostFunc>) -> Result<u64> {
        self.push_func(FuncEntity {
            ty: host.ty,
            record: host.cells,
            instance: ptr::null_mut(),
            code: ptr::null(),
            index: FuncIdx(0),
            host: Some(host),
        })
    }

    pub(crate) fn push_memory(&mut self, memory: MemoryEntity) -> Result<Stored<MemoryEntity>> {
        self.memories.push(self.id, memory)
    }

    /// The entity of `memory`, which may be there already.
    pub(crate) fn import_shared(&mut self, memory: &SharedMemory) -> Result<Stored<MemoryEntity>> {
        for &entity in &self.memories.0 {
            // SAFETY: entities live as long as the store, and nobody has a reference to this one.
            if unsafe { (*entity).shared() } == Some(memory)
                // SAFETY: it is an entity of this store.
                && let Some(stored) = unsafe { Stored::new(self.id, entity) }
            {
                return Ok(stored);
            }
        }
        self.push_memory(MemoryEntity::of_shared(memory.clone()))
    }

    pub(crate) fn push_table(&mut self, table: TableEntity) -> Result<Stored<TableEntity>> {
        self.tables.push(self.id, table)
    }

    pub(crate) fn push_global(&mut self, global: GlobalEntity) -> Result<Stored<GlobalEntity>> {
        self.globals.push(self.id, global)
    }

    pub(crate) fn push_tag(&mut self, tag: TagEntity) -> Result<Stored<TagEntity>> {
        self.tags.push(self.id, tag)
    }

    pub(crate) fn push_instance(&mut self, instance: InstanceEntity) -> Result<Stored<InstanceEntity>> {
        self.instances.push(self.id, instance)
    }

    /// How many instances, tables and memories there are.
    pub(crate) fn counts(&self) -> [usize; 3] {
        [self.instances.0.len(), self.tables.0.len(), self.memories.0.len()]
    }

    /// Makes the type `id` of the engine known to the store's objects.
    ///
    /// # Errors
    /// When there is not enough memory.
    pub(crate) fn enter_type(&mut self, id: CanonId) -> Result<(), OutOfMemory> {
        if self.exec.gc.types.has(id) {
            return Ok(());
        }
        let engine = self.engine.clone();
        let types = engine.types();
        let Some(ty) = types.get(id) else { return Ok(()) };
        self.exec.gc.types.enter_type(types.types(), ty)
    }

    /// Hands every reference in exception `index` to `visit`.
    ///
    /// # Safety
    /// `store` points to a live store, of whose entities nobody has an exclusive reference.
    pub(crate) unsafe fn trace_exception(store: *const Self, index: usize, visit: &mut dyn FnMut(u64)) {
        // SAFETY: the caller vouches for `store`, and tags live as long as it.
        unsafe {
            let Some((tag, mut payload)) = (*store).exceptions.at(index) else { return };
            let types = (*store).engine.types();
            for ty in &(*tag).payload {
                let (value, rest) = payload.split_at(ty.cells() as usize);
                payload = rest;
                if let ValType::Ref(ty) = ty
                    && subtype::top(types.types(), ty.heap) != HeapType::Func
                {
                    visit(value[0]);
                }
            }
        }
    }

    /// Hands every reference to an object that is in a global, a table or an element segment to `marker`.
    ///
    /// # Safety
    /// `store` points to a live store, of whose entities nobody has an exclusive reference.
    pub(crate) unsafe fn trace(store: *const Self, marker: &mut Marker<'_>) {
        // SAFETY: the caller vouches for `store`, and entities live as long as it.
        unsafe {
            let types = (*store).engine.types();
            let traced = |ty: RefType| subtype::top(types.types(), ty.heap) != HeapType::Func;
            for &global in &(*store).globals.0 {
                if let ValType::Ref(ty) = (*global).ty.content
                    && traced(ty)
                {
                    marker.root((*global).cells[0]);
                }
            }
            for &table in &(*store).tables.0 {
                if traced((*table).ty.element) {
                    (0..(*table).len).for_each(|i| marker.root(*(*table).base.wrapping_add(i)));
                }
            }
            for &instance in &(*store).instances.0 {
                let instance = &*instance;
                let module = &instance.module.core;
                for (segment, items) in module.elements.iter().zip(&instance.elements) {
                    if traced(module.canonical_ref(segment.ty)) {
                        items.iter().for_each(|&item| marker.root(item));
                    }
                }
            }
        }
    }

    /// Whether `cells` more fit on the value stack.
    #[inline]
    pub(crate) fn has_room(&self, cells: usize) -> bool {
        (self.exec.limit as usize).saturating_sub(self.top as usize) / size_of::<u64>() >= cells
    }
}

/// Entities that a store owns.
struct Owned<E>(Vec<*mut E>);

impl<E> Owned<E> {
    fn new() -> Self {
        Self(Vec::new())
    }

    fn push(&mut self, store: StoreId, entity: E) -> Result<Stored<E>> {
        reserve(&mut self.0)?;
        let entity = Box::into_raw(try_box(entity)?);
        self.0.push(entity);
        // SAFETY: `store` owns `self`, so from now on `entity` is one of its entities.
        Ok(unsafe { Stored::new(store, entity) }.expect("boxes are not null"))
    }
}

impl<E> Drop for Owned<E> {
    fn drop(&mut self) {
        for &entity in &self.0 {
            // SAFETY: `push` took it from a box; handles to it are useless once the store is gone.
            drop(unsafe { Box::from_raw(entity) });
        }
    }
}

/// Makes room for one more element.
pub(crate) fn reserve<E>(elements: &mut Vec<E>) -> Result<()> {
    elements.try_reserve(1).map_err(Error::from)
}

/// The value stack of a store. Its pages are zero until they are used, so a large stack costs no more than a small one.
struct ValueStack {
    bytes: StackBytes,
    cells: usize,
}

/// What holds its cells.
enum StackBytes {
    Own(Storage),
    /// The embedder provides them.
    Host(Box<dyn StackMemory>),
}

impl ValueStack {
    /// A stack as `config` has it, of which the executor may use all but the margin.
    fn new(config: &Config) -> Result<Self> {
        let bytes = config.max_stack;
        let cells = bytes / size_of::<u64>();
        let size = cells.checked_add(FRAME_MARGIN).and_then(|cells| cells.checked_mul(size_of::<u64>()));
        let size = size.ok_or_else(|| format_err!("a stack of {bytes} bytes is too large"))?;
        if let Some(creator) = &config.stack_creator {
            let stack = creator.new_stack(size, true)?;
            let Range { start, end } = stack.range();
            if end.saturating_sub(start) < size || start % 16 != 0 || stack.top().addr() != end {
                bail!("the embedder provides a stack at {start:#x}..{end:#x} where {size} bytes are needed");
            }
            return Ok(Self { bytes: StackBytes::Host(stack), cells });
        }
        match Storage::new(size, Some(size)) {
            Ok(storage) => Ok(Self { bytes: StackBytes::Own(storage), cells }),
            Err(error) => Err(Error::new(error)
                .context_text(format_args!("not enough memory for a stack of {bytes} bytes"))),
        }
    }

    fn base(&self) -> *mut u64 {
        match &self.bytes {
            StackBytes::Own(storage) => storage.base().cast(),
            StackBytes::Host(stack) => stack.top().wrapping_sub(stack.range().len()).cast(),
        }
    }

    fn limit(&self) -> *mut u64 {
        self.base().wrapping_add(self.cells)
    }
}

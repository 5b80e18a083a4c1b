//! Instantiation: from a module and its imports to an instance.
//!
//! # Invariants
//! - Nothing outside of the new instance changes before all that it consists of is there; from then on active segments
//!   are written in order, and what was written stays when a later one fails.
//! - An instance that could not be completed stays in the store, but nothing refers to it.
//!
//! Spec: WebAssembly 3.0, section 4.7.2 "Instantiation".

#![expect(unsafe_code, reason = "entities of the store are reached through their addresses")]

use crate::const_eval::ConstEval;
use crate::external::Extern;
use crate::fallible::try_boxed;
use crate::limits::limiter_at;
use crate::memory::relaxed;
use crate::module::ModuleInner;
use crate::store::StoreOpaque;
use crate::store::entity::{FuncEntity, GlobalEntity, InstanceEntity, MemoryEntity, TableEntity, TagEntity};
use crate::store::handle::Stored;
use crate::sync::Arc;
use crate::types::{canonical, canonical_ref};
use crate::{Result, Trap, bail, memory, table, tag};
use alloc::boxed::Box;
use alloc::vec::Vec;
use core::ptr;
use fantail_core::module::{ElementItems, ElementMode, ElementSegment};
use fantail_core::types::{FuncIdx, GlobalType, MemIdx, TableIdx, TableType};

/// Makes an instance of `module` with `imports`, which match, in the store at `store`. Does not run its start function.
///
/// # Errors
/// As [`Instance::new`](crate::Instance::new).
///
/// # Safety
/// `store` points to a store to which no reference is used until this returns; `imports` belong to it.
pub(crate) unsafe fn instantiate(
    store: *mut (),
    module: &Arc<ModuleInner>,
    imports: &[Extern],
) -> Result<Stored<InstanceEntity>> {
    check_counts(store, module)?;
    let opaque = store.cast::<StoreOpaque>();
    // SAFETY: as below.
    unsafe { (*opaque).exec.gc.types.enter(&module.core)? };
    // SAFETY: the caller vouches for `store`, which begins with a `StoreOpaque`.
    let stored = unsafe { &mut *opaque }.push_instance(empty(module))?;
    let entity = stored.pointer();
    let mut parts = Parts { store, module, instance: entity, imports };
    // SAFETY: `entity` is one of the store, to which nobody has a reference; so are the tables and memories. What is set stays
    // as it is, and while it is looked at only other fields are set. The types have just been entered.
    unsafe {
        (*entity).funcs = parts.funcs()?;
        let mut eval = ConstEval::new(store, module, &(*entity).funcs);
        (*entity).globals = parts.globals(&mut eval)?;
        let globals = &*(*entity).globals;
        (*entity).tables = parts.tables(&mut eval, globals)?;
        (*entity).memories = parts.memories()?;
        (*entity).tags = parts.tags()?;
        (*entity).elements = parts.elements(&mut eval, globals)?;
        (*entity).dropped_data =
            exact(module.core.data.len(), module.core.data.iter().map(|segment| segment.active.is_some()))?;
        let (tables, memories) = (&*(*entity).tables, &*(*entity).memories);
        let segments = ActiveSegments { module, globals, tables, memories };
        segments.write_elements(&mut eval)?;
        segments.write_data(&mut eval)?;
    }
    Ok(stored)
}

/// An instance that has nothing yet.
fn empty(module: &Arc<ModuleInner>) -> InstanceEntity {
    InstanceEntity {
        funcs: Box::default(),
        globals: Box::default(),
        tables: Box::default(),
        memories: Box::default(),
        tags: Box::default(),
        elements: Vec::new(),
        dropped_data: Vec::new(),
        module: Arc::clone(module),
    }
}

/// Fails when the store's limiter does not allow as many instances, tables and memories as there would be.
fn check_counts(store: *mut (), module: &ModuleInner) -> Result<()> {
    // SAFETY: the caller of `instantiate` vouches for `store`.
    let (limiter, [instances, tables, memories]) =
        unsafe { (limiter_at(store), (*store.cast::<StoreOpaque>()).counts()) };
    let Some(limiter) = limiter else { return Ok(()) };
    let core = &module.core;
    let new_tables = core.tables.len() - core.imported_tables as usize;
    let new_memories = core.memories.len() - core.imported_memories as usize;
    for (what, count, limit) in [
        ("instance", instances + 1, limiter.instances()),
        ("table", tables + new_tables, limiter.tables()),
        ("memory", memories + new_memories, limiter.memories()),
    ] {
        if count > limit {
            bail!("resource limit exceeded: {what} count too high at {count}");
        }
    }
    Ok(())
}

/// What an instance is made from.
struct Parts<'a> {
    store: *mut (),
    module: &'a ModuleInner,
    instance: *mut InstanceEntity,
    imports: &'a [Extern],
}

impl Parts<'_> {
    fn store(&mut self) -> &mut StoreOpaque {
        // SAFETY: the caller of `instantiate` vouches for `store`.
        unsafe { &mut *self.store.cast() }
    }

    /// Its functions, imports first.
    fn funcs(&mut self) -> Result<Box<[u64]>> {
        let core = &self.module.core;
        let mut funcs = Vec::new();
        funcs.try_reserve_exact(core.funcs.len())?;
        funcs.extend(self.imports.iter().filter_map(|import| match import {
            Extern::Func(func) => Some(func.handle()),
            _ => None,
        }));
        for index in core.imported_funcs..core.funcs.len() as u32 {
            let index = FuncIdx(index);
            let ty = core.func_type(index);
            let func = FuncEntity {
                ty: core.types[core.funcs[index.index()].index()].id,
                record: crate::func::cells(ty.params()).max(crate::func::cells(ty.results())) as u32,
                instance: self.instance,
                code: self.module.code.entry(index),
                index,
                host: None,
            };
            funcs.push(self.store().push_func(func)?);
        }
        Ok(funcs.into())
    }

    /// Its globals, imports first. Each may refer to those before it.
    fn globals(&mut self, eval: &mut ConstEval<'_>) -> Result<Box<[*mut GlobalEntity]>> {
        let module = self.module;
        let imported = self.imports.iter().filter_map(|import| match import {
            Extern::Global(global) => Some(global.stored().pointer()),
            _ => None,
        });
        let mut globals = exact(module.core.globals.len(), imported)?;
        for global in &module.core.globals[globals.len()..] {
            let value = match &global.init {
                Some(init) => eval.value(init, &globals)?,
                None => 0,
            };
            let content = canonical(&module.core.types, global.ty.content);
            let ty = GlobalType { content, ..global.ty };
            let cells = crate::const_eval::cells(value);
            globals.push(self.store().push_global(GlobalEntity { cells, ty })?.pointer());
        }
        Ok(globals.into())
    }

    /// Its tables, imports first.
    fn tables(
        &mut self,
        eval: &mut ConstEval<'_>,
        globals: &[*mut GlobalEntity],
    ) -> Result<Box<[*mut TableEntity]>> {
        let module = self.module;
        let imported = self.imports.iter().filter_map(|import| match import {
            Extern::Table(table) => Some(table.stored().pointer()),
            _ => None,
        });
        let mut tables = exact(module.core.tables.len(), imported)?;
        for table in &module.core.tables[tables.len()..] {
            let init = match &table.init {
                Some(init) => eval.cell(init, globals)?,
                None => 0,
            };
            let element = canonical_ref(&module.core.types, table.ty.element);
            // SAFETY: the caller of `instantiate` vouches for `store`.
            let table = unsafe { table::allocate(self.store, TableType { element, ..table.ty }, init)? };
            tables.push(table.pointer());
        }
        Ok(tables.into())
    }

    /// Its memories, imports first.
    fn memories(&mut self) -> Result<Box<[*mut MemoryEntity]>> {
        let module = self.module;
        let mut memories = exact(module.core.memories.len(), [])?;
        for import in self.imports {
            match import {
                Extern::Memory(memory) => memories.push(memory.stored().pointer()),
                Extern::SharedMemory(memory) => memories.push(self.store().import_shared(memory)?.pointer()),
                _ => {}
            }
        }
        for ty in &module.core.memories[memories.len()..] {
            // SAFETY: the caller of `instantiate` vouches for `store`.
            memories.push(unsafe { memory::allocate(self.store, *ty)? }.pointer());
        }
        Ok(memories.into())
    }

    /// Its tags, imports first.
    fn tags(&mut self) -> Result<Box<[*mut TagEntity]>> {
        if !cfg!(feature = "exceptions") {
            return Ok(Box::default());
        }
        let core = &self.module.core;
        let imported = self.imports.iter().filter_map(|import| match import {
            Extern::Tag(tag) => Some(tag.stored().pointer()),
            _ => None,
        });
        let mut tags = exact(core.tags.len(), imported)?;
        for &ty in &core.tags[tags.len()..] {
            let payload = core.func_type_at(ty).params().iter().map(|&ty| canonical(&core.types, ty));
            let entity = tag::entity(core.types[ty.index()].id, try_boxed(payload)?);
            tags.push(self.store().push_tag(entity)?.pointer());
        }
        Ok(tags.into())
    }

    /// Its element segments. Active and declarative ones count as dropped; the active ones are evaluated when they are
    /// written. Nothing asks for any in builds without instructions on tables.
    fn elements(
        &mut self,
        eval: &mut ConstEval<'_>,
        globals: &[*mut GlobalEntity],
    ) -> Result<Vec<Box<[u64]>>> {
        if !cfg!(feature = "references") {
            return Ok(Vec::new());
        }
        let mut segments = exact(self.module.core.elements.len(), [])?;
        for segment in &self.module.core.elements {
            segments.push(match segment.mode {
                ElementMode::Passive => segment_items(eval, globals, segment)?,
                ElementMode::Active { .. } | ElementMode::Declarative => Box::default(),
            });
        }
        Ok(segments)
    }
}

/// A list that begins with `first` and has room for `len` elements, so that it becomes a box where it is.
fn exact<T>(len: usize, first: impl IntoIterator<Item = T>) -> Result<Vec<T>> {
    let mut list = Vec::new();
    list.try_reserve_exact(len)?;
    list.extend(first);
    Ok(list)
}

/// The elements of `segment`.
fn segment_items(
    eval: &mut ConstEval<'_>,
    globals: &[*mut GlobalEntity],
    segment: &ElementSegment,
) -> Result<Box<[u64]>> {
    let mut items = Vec::new();
    match &segment.items {
        ElementItems::Funcs(funcs) => {
            items.try_reserve_exact(funcs.len())?;
            items.extend(funcs.iter().map(|func| eval.funcs[func.index()]));
        }
        ElementItems::Exprs(exprs) => {
            items.try_reserve_exact(exprs.len())?;
            for expr in exprs {
                items.push(eval.cell(expr, globals)?);
            }
        }
    }
    Ok(items.into())
}

/// What is written to tables and memories at instantiation.
struct ActiveSegments<'a> {
    module: &'a ModuleInner,
    globals: &'a [*mut GlobalEntity],
    tables: &'a [*mut TableEntity],
    memories: &'a [*mut MemoryEntity],
}

impl ActiveSegments<'_> {
    /// Writes the active element segments to their tables.
    ///
    /// # Safety
    /// The tables are entities of a store to which no reference is used.
    unsafe fn write_elements(&self, eval: &mut ConstEval<'_>) -> Result<()> {
        for segment in &self.module.core.elements {
            let ElementMode::Active { table: TableIdx(table), offset } = &segment.mode else { continue };
            let offset = eval.cell(offset, self.globals)?;
            let items = segment_items(eval, self.globals, segment)?;
            // SAFETY: the caller vouches for the tables, whose storage is not that of `items`.
            unsafe {
                let table = &*self.tables[*table as usize];
                let at = place(offset, items.len(), table.len).ok_or(Trap::TableOutOfBounds)?;
                ptr::copy_nonoverlapping(items.as_ptr(), table.base.add(at), items.len());
            }
        }
        Ok(())
    }

    /// Writes the active data segments to their memories.
    ///
    /// # Safety
    /// The memories are entities of a store to which no reference is used.
    unsafe fn write_data(&self, eval: &mut ConstEval<'_>) -> Result<()> {
        for segment in &self.module.core.data {
            let Some((MemIdx(memory), offset)) = &segment.active else { continue };
            let offset = eval.cell(offset, self.globals)?;
            let bytes = self.module.bytes.get(segment.bytes.clone()).unwrap_or_default();
            // SAFETY: the caller vouches for the memories, whose storage is not that of the module.
            unsafe {
                let memory = &*self.memories[*memory as usize];
                let at = place(offset, bytes.len(), memory.current_len()).ok_or(Trap::MemoryOutOfBounds)?;
                match memory.shared() {
                    Some(_) => relaxed::copy_from(memory.base.add(at), bytes),
                    None => ptr::copy_nonoverlapping(bytes.as_ptr(), memory.base.add(at), bytes.len()),
                }
            }
        }
        Ok(())
    }
}

/// `offset`, if `len` from there on lie within `size`.
fn place(offset: u64, len: usize, size: usize) -> Option<usize> {
    let offset = usize::try_from(offset).ok()?;
    (offset.checked_add(len)? <= size).then_some(offset)
}

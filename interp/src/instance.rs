//! [`Instance`]: a module that was given its imports.
//!
//! # Invariants
//! - What an instance refers to belongs to the same store, so handles made from it may be followed there.
//!
//! Spec: WebAssembly 3.0, sections 4.2.4 "Module Instances" and 7.1.6 "Module Instances" (embedding).

#![expect(unsafe_code, reason = "handles are made from the entities that an instance refers to")]

use crate::external::{Export, Extern};
use crate::func::{TypedFunc, WasmParams, WasmResults};
use crate::linker::Definition;
use crate::module::ModuleExport;
use crate::store::entity::InstanceEntity;
use crate::store::handle::Stored;
use crate::store::{StoreInner, StoreOpaque};
use crate::sync::Arc;
use crate::{
    AsContext, AsContextMut, Engine, Func, Global, Memory, Module, Result, SharedMemory, StoreContext,
    StoreContextMut, Table, Tag, bail, format_err, instantiate, matching,
};
use alloc::vec::Vec;
use core::fmt;
use core::marker::PhantomData;
use fantail_core::module::ExternIdx;

/// An instance of a module in a store.
///
/// ```
/// use fantail::{Engine, Instance, Module, Store};
///
/// let engine = Engine::default();
/// let wasm = wat::parse_str(r#"(module (func (export "double") (param i32) (result i32)
///     (i32.mul (local.get 0) (i32.const 2))))"#)?;
/// let module = Module::new(&engine, wasm)?;
/// let mut store = Store::new(&engine, ());
/// let instance = Instance::new(&mut store, &module, &[])?;
/// let double = instance.get_typed_func::<i32, i32>(&mut store, "double")?;
/// assert_eq!(double.call(&mut store, 21)?, 42);
/// # Ok::<(), fantail::Error>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Instance(Stored<InstanceEntity>);

impl Instance {
    /// Instantiates `module` with `imports` in the order of [`Module::imports`]. Most embedders use a
    /// [`Linker`](crate::Linker), which finds imports by their names.
    ///
    /// Runs the module's start function, if it has one.
    ///
    /// ```
    /// use fantail::{Engine, Func, Instance, Module, Store};
    ///
    /// let engine = Engine::default();
    /// let module = Module::new(&engine, wat::parse_str(r#"(module
    ///     (import "host" "seed" (func $seed (result i32)))
    ///     (func (export "next") (result i32) (i32.add (call $seed) (i32.const 1))))"#)?)?;
    /// let mut store = Store::new(&engine, ());
    /// let seed = Func::wrap(&mut store, || 41);
    /// let instance = Instance::new(&mut store, &module, &[seed.into()])?;
    /// assert_eq!(instance.get_typed_func::<(), i32>(&mut store, "next")?.call(&mut store, ())?, 42);
    /// // What is wrong with an import is said with its name.
    /// let double = Func::wrap(&mut store, |x: f64| x * 2.0);
    /// let error = Instance::new(&mut store, &module, &[double.into()]).unwrap_err();
    /// assert_eq!(
    ///     error.to_string(),
    ///     "incompatible import type for \"host\".\"seed\": expected (func (result i32)), \
    ///      found (func (param f64) (result f64))",
    /// );
    /// # Ok::<(), fantail::Error>(())
    /// ```
    ///
    /// # Errors
    /// When number or types of the imports are not what the module expects, when what the module declares is not
    /// allowed by the store's [limiter](crate::Store::limiter) or does not fit, when a segment lies outside of its
    /// table or memory, and when the start function fails. In the last two cases what was written to imported
    /// tables and memories before stays.
    ///
    /// # Panics
    /// When the module belongs to another engine, or one of the imports to another store.
    pub fn new(mut store: impl AsContextMut, module: &Module, imports: &[Extern]) -> Result<Self> {
        let mut context = store.as_context_mut();
        assert!(Engine::same(context.engine(), module.engine()), "module used with the wrong engine");
        let expected = &module.inner.core.imports;
        if expected.len() != imports.len() {
            bail!(
                "expected {} imports, in the order of `Module::imports`, found {}",
                expected.len(),
                imports.len()
            );
        }
        for (import, actual) in expected.iter().zip(imports) {
            assert!(actual.comes_from(&context), "object used with the wrong store");
            matching::check(&context, &module.inner, import, actual)?;
        }
        Self::start(&mut context, module, imports)
    }

    /// Instantiates `module` with `imports` that are known to match.
    fn start<T>(context: &mut StoreContextMut<'_, T>, module: &Module, imports: &[Extern]) -> Result<Self> {
        let store: *mut StoreInner<T> = context.0;
        // SAFETY: the pointer was made from an exclusive reference that is not used beside it, and the imports belong to
        // that store.
        let stored = unsafe { instantiate::instantiate(store.cast(), &module.inner, imports)? };
        let instance = Self(stored);
        if let Some(start) = module.inner.core.start {
            let handle = stored.get(&context.0.opaque).funcs[start.index()];
            if let Some(func) = Func::from_handle(stored.store(), handle) {
                func.call(context, &[], &mut [])?;
            }
        }
        Ok(instance)
    }

    pub(crate) fn from_stored(stored: Stored<InstanceEntity>) -> Self {
        Self(stored)
    }

    /// The module of which it is an instance.
    ///
    /// # Panics
    /// When it belongs to another store.
    pub fn module(&self, store: impl AsContext) -> Module {
        Module::from_inner(Arc::clone(&self.0.get(&store.as_context().0.opaque).module))
    }

    /// What it exports, in the order of the module.
    ///
    /// # Panics
    /// When it belongs to another store.
    pub fn exports<'a, T: 'static>(
        &'a self,
        store: impl Into<StoreContextMut<'a, T>>,
    ) -> impl ExactSizeIterator<Item = Export<'a>> + 'a {
        let store: StoreContext<'a, T> = store.into().into();
        let store = &store.0.opaque;
        let entity = self.0.get(store);
        let exports: Vec<_> = (entity.module.core.exports.iter())
            .filter_map(|export| Some(Export::new(&export.name, item(store, entity, export.index)?)))
            .collect();
        exports.into_iter()
    }

    /// What it exports as `name`.
    ///
    /// ```
    /// use fantail::{Engine, Instance, Module, Store};
    ///
    /// let engine = Engine::default();
    /// let wasm = wat::parse_str(r#"(module (global (export "answer") i32 (i32.const 42)))"#)?;
    /// let mut store = Store::new(&engine, ());
    /// let instance = Instance::new(&mut store, &Module::new(&engine, wasm)?, &[])?;
    /// let answer = instance.get_global(&mut store, "answer").expect("it is exported");
    /// assert_eq!(answer.get(&mut store).i32(), Some(42));
    /// assert!(instance.get_func(&mut store, "answer").is_none());
    /// # Ok::<(), fantail::Error>(())
    /// ```
    ///
    /// # Panics
    /// When it belongs to another store.
    pub fn get_export(&self, mut store: impl AsContextMut, name: &str) -> Option<Extern> {
        let store = &store.as_context_mut().0.opaque;
        let entity = self.0.get(store);
        item(store, entity, entity.module.export(name)?)
    }

    /// What it exports at `export`, which is faster than to look for a name. Nothing if that is of another module.
    ///
    /// # Panics
    /// When it belongs to another store.
    pub fn get_module_export(&self, mut store: impl AsContextMut, export: &ModuleExport) -> Option<Extern> {
        let store = &store.as_context_mut().0.opaque;
        let entity = self.0.get(store);
        let same = Arc::ptr_eq(&entity.module, &export.module.inner);
        if same { item(store, entity, export.index) } else { None }
    }

    /// The function that it exports as `name`.
    ///
    /// # Panics
    /// When it belongs to another store.
    pub fn get_func(&self, store: impl AsContextMut, name: &str) -> Option<Func> {
        self.get_export(store, name)?.into_func()
    }

    /// The function that it exports as `name`, as one whose type the compiler knows.
    ///
    /// ```
    /// use fantail::{Engine, Instance, Module, Store};
    ///
    /// let engine = Engine::default();
    /// let wasm = wat::parse_str(r#"(module (func (export "add") (param i32 i32) (result i32)
    ///     (i32.add (local.get 0) (local.get 1))))"#)?;
    /// let mut store = Store::new(&engine, ());
    /// let instance = Instance::new(&mut store, &Module::new(&engine, wasm)?, &[])?;
    /// // Integers of WebAssembly have no sign of their own: `u32` will do as well as `i32`.
    /// let add = instance.get_typed_func::<(u32, u32), u32>(&mut store, "add")?;
    /// assert_eq!(add.call(&mut store, (u32::MAX, 2))?, 1);
    /// let error = instance.get_typed_func::<(u32, u32), u64>(&mut store, "add").unwrap_err();
    /// assert_eq!(error.root_cause().to_string(), "type mismatch: expected i64, found i32");
    /// # Ok::<(), fantail::Error>(())
    /// ```
    ///
    /// # Errors
    /// When there is none, or it is of another type.
    ///
    /// # Panics
    /// When it belongs to another store.
    pub fn get_typed_func<Params, Results>(
        &self,
        mut store: impl AsContextMut,
        name: &str,
    ) -> Result<TypedFunc<Params, Results>>
    where
        Params: WasmParams,
        Results: WasmResults,
    {
        let func = self.get_func(store.as_context_mut(), name);
        let func = func.ok_or_else(|| format_err!("failed to find function export `{name}`"))?;
        let typed = func.typed(store);
        typed.map_err(|error| {
            error.context_text(format_args!("failed to convert function `{name}` to given type"))
        })
    }

    /// The table that it exports as `name`.
    ///
    /// # Panics
    /// When it belongs to another store.
    pub fn get_table(&self, store: impl AsContextMut, name: &str) -> Option<Table> {
        self.get_export(store, name)?.into_table()
    }

    /// The memory that it exports as `name`; nothing if that is shared.
    ///
    /// # Panics
    /// When it belongs to another store.
    pub fn get_memory(&self, store: impl AsContextMut, name: &str) -> Option<Memory> {
        self.get_export(store, name)?.into_memory()
    }

    /// The shared memory that it exports as `name`.
    ///
    /// # Panics
    /// When it belongs to another store.
    pub fn get_shared_memory(&self, store: impl AsContextMut, name: &str) -> Option<SharedMemory> {
        self.get_export(store, name)?.into_shared_memory()
    }

    /// The global that it exports as `name`.
    ///
    /// # Panics
    /// When it belongs to another store.
    pub fn get_global(&self, store: impl AsContextMut, name: &str) -> Option<Global> {
        self.get_export(store, name)?.into_global()
    }

    /// The tag that it exports as `name`.
    ///
    /// # Panics
    /// When it belongs to another store.
    pub fn get_tag(&self, store: impl AsContextMut, name: &str) -> Option<Tag> {
        self.get_export(store, name)?.into_tag()
    }
}

/// What `entity` has at `index`.
fn item(store: &StoreOpaque, entity: &InstanceEntity, index: ExternIdx) -> Option<Extern> {
    let id = store.id();
    // SAFETY: what an instance refers to is in its store.
    unsafe {
        Some(match index {
            ExternIdx::Func(at) => Extern::Func(Func::from_handle(id, entity.funcs[at.index()])?),
            ExternIdx::Table(at) => {
                Extern::Table(Table::from_stored(Stored::new(id, entity.tables[at.index()])?))
            }
            ExternIdx::Memory(at) => {
                let memory = entity.memories[at.index()];
                match (*memory).shared() {
                    Some(shared) => Extern::SharedMemory(shared.clone()),
                    None => Extern::Memory(Memory::from_stored(Stored::new(id, memory)?)),
                }
            }
            ExternIdx::Global(at) => {
                Extern::Global(Global::from_stored(Stored::new(id, entity.globals[at.index()])?))
            }
            ExternIdx::Tag(at) => Extern::Tag(Tag::from_stored(Stored::new(id, entity.tags[at.index()])?)),
        })
    }
}

impl fmt::Debug for Instance {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Instance({:p})", self.0.pointer())
    }
}

/// A module with its imports found and checked, to be instantiated often. Made by
/// [`Linker::instantiate_pre`](crate::Linker::instantiate_pre).
///
/// ```
/// use fantail::{Caller, Engine, InstancePre, Linker, Module, Store};
///
/// let engine = Engine::default();
/// let module = Module::new(&engine, wat::parse_str(r#"(module
///     (import "host" "id" (func $id (result i32)))
///     (func (export "id") (result i32) (call $id)))"#)?)?;
/// let mut linker = Linker::new(&engine);
/// linker.func_wrap("host", "id", |caller: Caller<'_, i32>| *caller.data())?;
/// let pre: InstancePre<i32> = linker.instantiate_pre(&module)?;
/// // Nothing is looked up by name any more, in whatever store.
/// for id in 0..3 {
///     let mut store = Store::new(&engine, id);
///     let instance = pre.instantiate(&mut store)?;
///     assert_eq!(instance.get_typed_func::<(), i32>(&mut store, "id")?.call(&mut store, ())?, id);
/// }
/// # Ok::<(), fantail::Error>(())
/// ```
pub struct InstancePre<T: 'static> {
    module: Module,
    items: Arc<[Definition]>,
    data: PhantomData<fn(T)>,
}

impl<T: 'static> InstancePre<T> {
    pub(crate) fn new(module: &Module, items: Vec<Definition>) -> Self {
        Self { module: module.clone(), items: items.into(), data: PhantomData }
    }

    /// The module.
    pub fn module(&self) -> &Module {
        &self.module
    }

    /// Instantiates it.
    ///
    /// # Errors
    /// As [`Instance::new`].
    ///
    /// # Panics
    /// When the module belongs to another engine, or one of the imports to another store.
    pub fn instantiate(&self, mut store: impl AsContextMut<Data = T>) -> Result<Instance> {
        let context = store.as_context_mut();
        let mut imports = Vec::new();
        imports.try_reserve_exact(self.items.len())?;
        for item in &*self.items {
            imports.push(item.to_extern(&mut context.0.opaque)?);
        }
        Instance::new(context, &self.module, &imports)
    }
}

impl<T: 'static> Clone for InstancePre<T> {
    fn clone(&self) -> Self {
        Self { module: self.module.clone(), items: Arc::clone(&self.items), data: PhantomData }
    }
}

impl<T: 'static> fmt::Debug for InstancePre<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("InstancePre").field("module", &self.module).finish_non_exhaustive()
    }
}

//! [`Linker`]: finds imports by their names.

use crate::external::Extern;
use crate::fallible::{OutOfMemory, TryVec, try_collect, try_string};
use crate::func::{IntoFunc, host_func};
use crate::instance::InstancePre;
use crate::store::StoreOpaque;
use crate::store::host::HostFunc;
use crate::sync::Arc;
use crate::types::{ExternType, FuncType, ImportType};
use crate::{AsContext, AsContextMut, Caller, Engine, Func, Instance, Module, Result, Val, bail, format_err};
use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;
use core::marker::PhantomData;

/// Definitions by name, from which modules get their imports.
///
/// ```
/// use fantail::{Caller, Engine, Linker, Module, Store};
///
/// let engine = Engine::default();
/// let wasm = wat::parse_str(r#"(module
///     (import "host" "add" (func $add (param i32)))
///     (func (export "run") (call $add (i32.const 40)) (call $add (i32.const 2))))"#)?;
/// let module = Module::new(&engine, wasm)?;
///
/// let mut linker = Linker::new(&engine);
/// linker.func_wrap("host", "add", |mut caller: Caller<'_, i32>, n: i32| *caller.data_mut() += n)?;
///
/// let mut store = Store::new(&engine, 0);
/// let instance = linker.instantiate(&mut store, &module)?;
/// instance.get_typed_func::<(), ()>(&mut store, "run")?.call(&mut store, ())?;
/// assert_eq!(*store.data(), 42);
/// # Ok::<(), fantail::Error>(())
/// ```
pub struct Linker<T> {
    engine: Engine,
    allow_shadowing: bool,
    allow_unknown_exports: bool,
    definitions: Names,
    data: PhantomData<fn(T)>,
}

/// Definitions in the order of their modules' names, then of their own. There are few of them and they are seldom added: a
/// sorted list takes less memory than trees do, and much less code.
#[derive(Default)]
struct Names(Vec<Named>);

/// Name of the module, name, and what they stand for.
type Named = (Arc<String>, Arc<String>, Definition);

impl Names {
    /// Where the definition is, or where it would be.
    fn find(&self, module: &str, name: &str) -> Result<usize, usize> {
        self.0.binary_search_by(|(in_module, of_name, _)| {
            in_module.as_str().cmp(module).then_with(|| of_name.as_str().cmp(name))
        })
    }

    /// Those of `module`.
    fn of_module(&self, module: &str) -> &[Named] {
        let start = self.0.partition_point(|(in_module, ..)| in_module.as_str() < module);
        let rest = &self.0[start..];
        &rest[..rest.partition_point(|(in_module, ..)| in_module.as_str() == module)]
    }

    /// Adds a definition, or replaces that of the same names.
    ///
    /// # Errors
    /// When there is not enough memory.
    fn insert(&mut self, module: &str, name: &str, definition: Definition) -> Result<(), OutOfMemory> {
        match self.find(module, name) {
            Ok(at) => {
                self.0[at].2 = definition;
                Ok(())
            }
            Err(at) => {
                // The text of a module's name is there once: if at all, next to where the definition will be.
                let mut neighbors = self.0[..at].last().into_iter().chain(self.0.get(at));
                let module = match neighbors.find(|(in_module, ..)| **in_module == *module) {
                    Some((module, ..)) => Arc::clone(module),
                    None => Arc::try_new(try_string(module)?)?,
                };
                self.0.try_insert(at, (module, Arc::try_new(try_string(name)?)?, definition))
            }
        }
    }

    /// The same once more.
    ///
    /// # Errors
    /// When there is not enough memory.
    fn try_clone(&self) -> Result<Self, OutOfMemory> {
        Ok(Self(try_collect(self.0.iter().cloned())?))
    }
}

/// What a name stands for.
#[derive(Clone)]
pub(crate) enum Definition {
    /// Something of one store.
    Extern(Extern),
    /// A host function that is added to each store that needs it.
    Host(Arc<HostFunc>),
}

impl Definition {
    /// It as something of `store`.
    pub(crate) fn to_extern(&self, store: &mut StoreOpaque) -> Result<Extern> {
        match self {
            Self::Extern(item) => Ok(item.clone()),
            Self::Host(host) => Ok(Func::from_host(store, Arc::clone(host))?.into()),
        }
    }
}

/// An import that nothing was defined for.
///
/// ```
/// use fantail::{Engine, Linker, Module, Store, UnknownImportError};
///
/// let engine = Engine::default();
/// let module = Module::new(&engine, wat::parse_str(r#"(module (import "env" "abort" (func)))"#)?)?;
/// let error = Linker::new(&engine).instantiate(&mut Store::new(&engine, ()), &module).unwrap_err();
/// assert_eq!(error.to_string(), "unknown import: `env::abort` has not been defined: expected (func)");
/// let unknown: &UnknownImportError = error.downcast_ref().expect("an import is missing");
/// assert_eq!((unknown.module(), unknown.name()), ("env", "abort"));
/// # Ok::<(), fantail::Error>(())
/// ```
#[derive(Clone)]
pub struct UnknownImportError {
    /// The module that imports it.
    importer: Module,
    /// Which of its imports it is.
    index: usize,
}

impl UnknownImportError {
    /// The error that nothing was defined for import `index` of `importer`.
    fn new(importer: &Module, index: usize) -> Self {
        Self { importer: importer.clone(), index }
    }

    fn import(&self) -> ImportType<'_> {
        let inner = &*self.importer.inner;
        ImportType::new(inner, &inner.core.imports[self.index])
    }

    /// Name of the module it should come from.
    pub fn module(&self) -> &str {
        self.import().module()
    }

    /// Its name inside that module.
    pub fn name(&self) -> &str {
        self.import().name()
    }

    /// What is expected.
    pub fn ty(&self) -> ExternType {
        self.import().ty()
    }
}

impl fmt::Debug for UnknownImportError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !cfg!(feature = "text") {
            return Ok(());
        }
        let fields = (self.module(), self.name(), self.ty());
        let mut debug = f.debug_struct("UnknownImportError");
        debug.field("module", &fields.0).field("name", &fields.1).field("ty", &fields.2).finish()
    }
}

impl fmt::Display for UnknownImportError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !cfg!(feature = "text") {
            return Ok(());
        }
        let (module, name) = (self.module().escape_debug(), self.name().escape_debug());
        write!(f, "unknown import: `{module}::{name}` has not been defined: expected {}", self.ty())
    }
}

impl core::error::Error for UnknownImportError {}

impl<T: 'static> Linker<T> {
    /// A linker that defines nothing.
    pub fn new(engine: &Engine) -> Self {
        Self {
            engine: engine.clone(),
            allow_shadowing: false,
            allow_unknown_exports: false,
            definitions: Names::default(),
            data: PhantomData,
        }
    }

    /// Its engine.
    pub fn engine(&self) -> &Engine {
        &self.engine
    }

    /// Whether a name may be defined again, the last definition counting. Off at first: it is an error.
    ///
    /// ```
    /// use fantail::{Engine, Linker};
    ///
    /// let mut linker: Linker<()> = Linker::new(&Engine::default());
    /// linker.func_wrap("host", "version", || 1)?;
    /// let error = linker.func_wrap("host", "version", || 2).map(drop).unwrap_err();
    /// assert_eq!(error.to_string(), "import of `host::version` defined twice");
    /// assert!(linker.allow_shadowing(true).func_wrap("host", "version", || 2).is_ok());
    /// # Ok::<(), fantail::Error>(())
    /// ```
    pub fn allow_shadowing(&mut self, allow: bool) -> &mut Self {
        self.allow_shadowing = allow;
        self
    }

    /// Whether [`module`](Self::module) accepts command modules that export more than functions and their memory. Off at
    /// first.
    pub fn allow_unknown_exports(&mut self, allow: bool) -> &mut Self {
        self.allow_unknown_exports = allow;
        self
    }

    /// Defines `item` under two names.
    ///
    /// ```
    /// use fantail::{Engine, Linker, Memory, MemoryType, Module, Store};
    ///
    /// let engine = Engine::default();
    /// let mut store = Store::new(&engine, ());
    /// let memory = Memory::new(&mut store, MemoryType::new(1, None))?;
    /// let mut linker = Linker::new(&engine);
    /// linker.define(&store, "host", "memory", memory)?;
    ///
    /// let module = Module::new(&engine, wat::parse_str(r#"(module
    ///     (import "host" "memory" (memory 1))
    ///     (data (i32.const 0) "hello"))"#)?)?;
    /// linker.instantiate(&mut store, &module)?;
    /// assert_eq!(&memory.data(&store)[..5], b"hello");
    /// # Ok::<(), fantail::Error>(())
    /// ```
    ///
    /// # Errors
    /// When they are defined already, unless [`allow_shadowing`](Self::allow_shadowing).
    ///
    /// # Panics
    /// When `item` belongs to another store than `store`.
    pub fn define(
        &mut self,
        store: impl AsContext<Data = T>,
        module: &str,
        name: &str,
        item: impl Into<Extern>,
    ) -> Result<&mut Self> {
        let item = item.into();
        assert!(item.comes_from(store), "object used with the wrong store");
        self.insert(module, name, Definition::Extern(item))
    }

    /// Defines a host function whose type is known at run time only, see [`Func::new`].
    ///
    /// ```
    /// use fantail::{Engine, FuncType, Linker, Module, Store};
    ///
    /// // Every import of a module that is only looked at.
    /// let engine = Engine::default();
    /// let module = Module::new(&engine, wat::parse_str(r#"(module
    ///     (import "env" "log" (func $log (param i32)))
    ///     (func (export "run") (call $log (i32.const 7))))"#)?)?;
    /// let mut linker: Linker<Vec<String>> = Linker::new(&engine);
    /// for import in module.imports() {
    ///     let (name, ty) = (import.name().to_string(), import.ty().unwrap_func().clone());
    ///     linker.func_new(import.module(), import.name(), ty, move |mut caller, params, _results| {
    ///         caller.data_mut().push(format!("{name}({})", params[0].unwrap_i32()));
    ///         Ok(())
    ///     })?;
    /// }
    /// let mut store = Store::new(&engine, Vec::new());
    /// let instance = linker.instantiate(&mut store, &module)?;
    /// instance.get_typed_func::<(), ()>(&mut store, "run")?.call(&mut store, ())?;
    /// assert_eq!(store.data(), &["log(7)"]);
    /// # Ok::<(), fantail::Error>(())
    /// ```
    ///
    /// # Errors
    /// As [`define`](Self::define).
    ///
    /// # Panics
    /// When `ty` belongs to another engine.
    pub fn func_new(
        &mut self,
        module: &str,
        name: &str,
        ty: FuncType,
        func: impl Fn(Caller<'_, T>, &[Val], &mut [Val]) -> Result<()> + Send + Sync + 'static,
    ) -> Result<&mut Self> {
        let host = host_func(&self.engine, ty, func)?;
        self.insert(module, name, Definition::Host(Arc::try_new(host)?))
    }

    /// Defines a host function that a closure is, see [`Func::wrap`].
    ///
    /// # Errors
    /// As [`define`](Self::define).
    pub fn func_wrap<Params, Results>(
        &mut self,
        module: &str,
        name: &str,
        func: impl IntoFunc<T, Params, Results>,
    ) -> Result<&mut Self> {
        let host = func.into_func(&self.engine)?;
        self.insert(module, name, Definition::Host(Arc::try_new(host)?))
    }

    /// Defines all exports of `instance`, with `module_name` as their module.
    ///
    /// ```
    /// use fantail::{Engine, Instance, Linker, Module, Store};
    ///
    /// let engine = Engine::default();
    /// let library = r#"(module (func (export "one") (result i32) (i32.const 1)))"#;
    /// let program = r#"(module (import "library" "one" (func $one (result i32)))
    ///     (func (export "two") (result i32) (i32.add (call $one) (call $one))))"#;
    /// let mut store = Store::new(&engine, ());
    /// let library = Instance::new(&mut store, &Module::new(&engine, wat::parse_str(library)?)?, &[])?;
    /// let mut linker = Linker::new(&engine);
    /// linker.instance(&mut store, "library", library)?;
    /// let program = linker.instantiate(&mut store, &Module::new(&engine, wat::parse_str(program)?)?)?;
    /// assert_eq!(program.get_typed_func::<(), i32>(&mut store, "two")?.call(&mut store, ())?, 2);
    /// # Ok::<(), fantail::Error>(())
    /// ```
    ///
    /// # Errors
    /// As [`define`](Self::define).
    ///
    /// # Panics
    /// When `instance` belongs to another store.
    pub fn instance(
        &mut self,
        mut store: impl AsContextMut<Data = T>,
        module_name: &str,
        instance: Instance,
    ) -> Result<&mut Self> {
        let mut context = store.as_context_mut();
        for export in instance.exports(&mut context) {
            let name = export.name();
            self.insert(module_name, name, Definition::Extern(export.clone().into_extern()))?;
        }
        Ok(self)
    }

    /// Instantiates `module` and defines its exports, with `module_name` as their module.
    ///
    /// A module that exports `_start` is a command: each call of one of its functions gets a new instance of it. Any
    /// other is instantiated once, and its `_initialize` is called if it exports one.
    ///
    /// ```
    /// use fantail::{Engine, Linker, Module, Store};
    ///
    /// let engine = Engine::default();
    /// let library = Module::new(&engine, wat::parse_str(r#"(module
    ///     (global $base (mut i32) (i32.const 0))
    ///     (func (export "_initialize") (global.set $base (i32.const 40)))
    ///     (func (export "get") (result i32) (global.get $base)))"#)?)?;
    /// let mut store = Store::new(&engine, ());
    /// let mut linker = Linker::new(&engine);
    /// linker.module(&mut store, "library", &library)?;
    /// let get = linker.get(&mut store, "library", "get")?.into_func().expect("it is a function");
    /// assert_eq!(get.typed::<(), i32>(&store)?.call(&mut store, ())?, 40);
    /// # Ok::<(), fantail::Error>(())
    /// ```
    ///
    /// # Errors
    /// As [`define`](Self::define) and [`instantiate`](Self::instantiate).
    pub fn module(
        &mut self,
        mut store: impl AsContextMut<Data = T>,
        module_name: &str,
        module: &Module,
    ) -> Result<&mut Self> {
        if module.get_export("_start").is_some() {
            return self.command(store, module_name, module);
        }
        let instance = self.instantiate(&mut store, module)?;
        if let Some(func) = instance.get_func(&mut store, "_initialize") {
            func.typed::<(), ()>(&store)
                .map_err(|error| {
                    error.context_text(format_args!("calling the Reactor initialization function"))
                })?
                .call(&mut store, ())?;
        }
        self.instance(store, module_name, instance)
    }

    fn command(
        &mut self,
        mut store: impl AsContextMut<Data = T>,
        module_name: &str,
        module: &Module,
    ) -> Result<&mut Self> {
        let pre = self.instantiate_pre(module)?;
        for export in module.exports() {
            let name = export.name();
            match export.ty() {
                ExternType::Func(ty) => {
                    let (pre, export) = (pre.clone(), try_string(name)?);
                    let func = move |mut caller: Caller<'_, T>, params: &[Val], results: &mut [Val]| {
                        let instance = pre.instantiate(&mut caller)?;
                        let func = instance.get_func(&mut caller, &export);
                        let func =
                            func.ok_or_else(|| format_err!("failed to find function export `{export}`"))?;
                        func.call(&mut caller, params, results)
                    };
                    let func = Func::try_new(store.as_context_mut(), ty, func)?;
                    self.insert(module_name, name, Definition::Extern(func.into()))?;
                }
                // What toolchains export besides, of no use without an instance that stays.
                ExternType::Memory(_) if name == "memory" => {}
                ExternType::Table(_) if name == "__indirect_function_table" => {}
                ExternType::Global(_) if ["__heap_base", "__data_end", "__rtti_base"].contains(&name) => {}
                _ if self.allow_unknown_exports => {}
                other => bail!("command export '{name}' is not a function but {other}"),
            }
        }
        Ok(self)
    }

    /// Defines `as_module` and `as_name` as what `module` and `name` are.
    ///
    /// ```
    /// use fantail::{Engine, Linker, Store};
    ///
    /// let engine = Engine::default();
    /// let mut linker: Linker<()> = Linker::new(&engine);
    /// linker.func_wrap("wasi_snapshot_preview1", "sched_yield", || 0)?;
    /// linker.alias("wasi_snapshot_preview1", "sched_yield", "env", "yield")?;
    /// assert!(linker.get(&mut Store::new(&engine, ()), "env", "yield").is_ok());
    /// # Ok::<(), fantail::Error>(())
    /// ```
    ///
    /// # Errors
    /// When those are not defined, and as [`define`](Self::define).
    pub fn alias(&mut self, module: &str, name: &str, as_module: &str, as_name: &str) -> Result<&mut Self> {
        let Some(definition) = self.definition(module, name).cloned() else {
            bail!("no item named `{module}::{name}` defined");
        };
        self.insert(as_module, as_name, definition)
    }

    /// Defines all names of `module` under `as_module` too.
    ///
    /// ```
    /// use fantail::{Engine, Linker, Store};
    ///
    /// let engine = Engine::default();
    /// let mut linker: Linker<()> = Linker::new(&engine);
    /// linker.func_wrap("host", "a", || 1)?.func_wrap("host", "b", || 2)?;
    /// linker.alias_module("host", "env")?;
    /// assert_eq!(linker.iter(&mut Store::new(&engine, ())).count(), 4);
    /// # Ok::<(), fantail::Error>(())
    /// ```
    ///
    /// # Errors
    /// As [`define`](Self::define).
    pub fn alias_module(&mut self, module: &str, as_module: &str) -> Result<()> {
        let definitions = try_collect(self.definitions.of_module(module).iter().cloned())?;
        for (_, name, definition) in definitions {
            self.insert(as_module, &name, definition)?;
        }
        Ok(())
    }

    /// Defines every function that `module` imports and that is not defined yet as one that fails with an
    /// [`UnknownImportError`].
    ///
    /// ```
    /// use fantail::{Engine, Linker, Module, Store, UnknownImportError};
    ///
    /// let engine = Engine::default();
    /// let module = Module::new(&engine, wat::parse_str(r#"(module
    ///     (import "env" "rarely_used" (func $rare))
    ///     (func (export "common") (result i32) (i32.const 1))
    ///     (func (export "rare") (call $rare)))"#)?)?;
    /// let mut linker = Linker::new(&engine);
    /// linker.define_unknown_imports_as_traps(&module)?;
    /// let mut store = Store::new(&engine, ());
    /// let instance = linker.instantiate(&mut store, &module)?;
    /// assert_eq!(instance.get_typed_func::<(), i32>(&mut store, "common")?.call(&mut store, ())?, 1);
    /// let error = instance.get_typed_func::<(), ()>(&mut store, "rare")?.call(&mut store, ()).unwrap_err();
    /// assert!(error.is::<UnknownImportError>());
    /// # Ok::<(), fantail::Error>(())
    /// ```
    ///
    /// # Errors
    /// As [`define`](Self::define).
    pub fn define_unknown_imports_as_traps(&mut self, module: &Module) -> Result<()> {
        for (index, import) in module.imports().enumerate() {
            if let (None, ExternType::Func(ty)) =
                (self.definition(import.module(), import.name()), import.ty())
            {
                let error = UnknownImportError::new(module, index);
                let func = move |_: Caller<'_, T>, _: &[Val], _: &mut [Val]| Err(error.clone().into());
                self.func_new(import.module(), import.name(), ty, func)?;
            }
        }
        Ok(())
    }

    /// Defines everything that `module` imports and that is not defined yet as
    /// [`ExternType::default_value`] of its type.
    ///
    /// ```
    /// use fantail::{Engine, Linker, Module, Store};
    ///
    /// let engine = Engine::default();
    /// let module = Module::new(&engine, wat::parse_str(r#"(module
    ///     (import "env" "now" (func $now (result i64)))
    ///     (import "env" "memory" (memory 1))
    ///     (func (export "now") (result i64) (call $now)))"#)?)?;
    /// let mut store = Store::new(&engine, ());
    /// let mut linker = Linker::new(&engine);
    /// linker.define_unknown_imports_as_default_values(&mut store, &module)?;
    /// let instance = linker.instantiate(&mut store, &module)?;
    /// assert_eq!(instance.get_typed_func::<(), i64>(&mut store, "now")?.call(&mut store, ())?, 0);
    /// # Ok::<(), fantail::Error>(())
    /// ```
    ///
    /// # Errors
    /// When a type has no default value, and as [`define`](Self::define).
    pub fn define_unknown_imports_as_default_values(
        &mut self,
        mut store: impl AsContextMut<Data = T>,
        module: &Module,
    ) -> Result<()> {
        for import in module.imports() {
            if self.definition(import.module(), import.name()).is_none() {
                let item = import.ty().default_value(store.as_context_mut())?;
                self.insert(import.module(), import.name(), Definition::Extern(item))?;
            }
        }
        Ok(())
    }

    /// Instantiates `module` with what is defined for its imports.
    ///
    /// # Errors
    /// When an import is not defined, an [`UnknownImportError`]; otherwise as [`Instance::new`].
    ///
    /// # Panics
    /// When the module belongs to another engine, or what is defined for its imports to another store.
    pub fn instantiate(&self, store: impl AsContextMut<Data = T>, module: &Module) -> Result<Instance> {
        self.instantiate_pre(module)?.instantiate(store)
    }

    /// Finds the imports of `module` once, for many instances.
    ///
    /// # Errors
    /// When an import is not defined, an [`UnknownImportError`].
    pub fn instantiate_pre(&self, module: &Module) -> Result<InstancePre<T>> {
        let mut items = Vec::new();
        items.try_reserve_exact(module.inner.core.imports.len())?;
        for (index, import) in module.inner.core.imports.iter().enumerate() {
            match self.definition(&import.module, &import.name) {
                Some(definition) => items.push(definition.clone()),
                None => return Err(UnknownImportError::new(module, index).into()),
            }
        }
        InstancePre::new(module, items)
    }

    /// All definitions: module, name, and what they stand for in `store`.
    ///
    /// ```
    /// use fantail::{Engine, Linker, Store};
    ///
    /// let engine = Engine::default();
    /// let mut linker: Linker<()> = Linker::new(&engine);
    /// linker.func_wrap("host", "b", || ())?.func_wrap("host", "a", || ())?;
    /// let mut store = Store::new(&engine, ());
    /// let names: Vec<_> = linker.iter(&mut store).map(|(module, name, _)| (module, name)).collect();
    /// assert_eq!(names, [("host", "a"), ("host", "b")]);
    /// # Ok::<(), fantail::Error>(())
    /// ```
    pub fn iter<'a: 'p, 'p>(
        &'a self,
        mut store: impl AsContextMut<Data = T> + 'p,
    ) -> impl Iterator<Item = (&'a str, &'a str, Extern)> + 'p {
        let names = self.definitions.0.iter();
        names.filter_map(move |(module, name, definition)| {
            // A host function of which the store has no room for an instance is left out.
            Some((
                module.as_str(),
                name.as_str(),
                definition.to_extern(&mut store.as_context_mut().0.opaque).ok()?,
            ))
        })
    }

    /// What is defined under two names, as something of `store`.
    ///
    /// # Errors
    /// When nothing is, or the store has no room for it.
    pub fn get(&self, mut store: impl AsContextMut<Data = T>, module: &str, name: &str) -> Result<Extern> {
        match self.definition(module, name) {
            Some(definition) => definition.to_extern(&mut store.as_context_mut().0.opaque),
            None => bail!("missing definition for `{module}::{name}`"),
        }
    }

    /// What is defined for `import`, as something of `store`.
    ///
    /// # Panics
    /// When the store has no room for it.
    pub fn get_by_import(
        &self,
        store: impl AsContextMut<Data = T>,
        import: &ImportType<'_>,
    ) -> Option<Extern> {
        self.try_get_by_import(store, import).unwrap_or_else(|error| panic!("{error}"))
    }

    /// What is defined for `import`, as something of `store`.
    ///
    /// # Errors
    /// When the store has no room for it.
    pub fn try_get_by_import(
        &self,
        mut store: impl AsContextMut<Data = T>,
        import: &ImportType<'_>,
    ) -> Result<Option<Extern>> {
        let definition = self.definition(import.module(), import.name());
        definition.map(|found| found.to_extern(&mut store.as_context_mut().0.opaque)).transpose()
    }

    /// The function to run in `module`: the one with the empty name or else `_start`; one that does nothing when neither
    /// is defined.
    ///
    /// ```
    /// use fantail::{Engine, Linker, Module, Store};
    ///
    /// let engine = Engine::default();
    /// let command = Module::new(&engine, wat::parse_str(r#"(module
    ///     (import "host" "say" (func $say (param i32)))
    ///     (func (export "_start") (call $say (i32.const 1))))"#)?)?;
    /// let mut linker = Linker::new(&engine);
    /// linker.func_wrap("host", "say", |mut caller: fantail::Caller<'_, i32>, n: i32| *caller.data_mut() += n)?;
    /// let mut store = Store::new(&engine, 0);
    /// linker.module(&mut store, "", &command)?;
    /// // Each call has an instance of its own.
    /// let start = linker.get_default(&mut store, "")?.typed::<(), ()>(&store)?;
    /// start.call(&mut store, ())?;
    /// start.call(&mut store, ())?;
    /// assert_eq!(*store.data(), 2);
    /// # Ok::<(), fantail::Error>(())
    /// ```
    ///
    /// # Errors
    /// When what is defined under these names is not a function.
    pub fn get_default(&self, mut store: impl AsContextMut<Data = T>, module: &str) -> Result<Func> {
        for name in ["", "_start"] {
            if self.definition(module, name).is_some() {
                let func = self.get(&mut store, module, name)?.into_func();
                return func.ok_or_else(|| format_err!("default export in '{module}' is not a function"));
            }
        }
        Func::try_wrap(store, || {})
    }

    fn definition(&self, module: &str, name: &str) -> Option<&Definition> {
        Some(&self.definitions.0[self.definitions.find(module, name).ok()?].2)
    }

    fn insert(&mut self, module: &str, name: &str, definition: Definition) -> Result<&mut Self> {
        if !self.allow_shadowing && self.definition(module, name).is_some() {
            bail!("import of `{module}::{name}` defined twice");
        }
        self.definitions.insert(module, name, definition)?;
        Ok(self)
    }
}

impl<T> Clone for Linker<T> {
    /// The same definitions once more.
    ///
    /// # Panics
    /// When there is not enough memory.
    fn clone(&self) -> Self {
        Self {
            engine: self.engine.clone(),
            allow_shadowing: self.allow_shadowing,
            allow_unknown_exports: self.allow_unknown_exports,
            definitions: self.definitions.try_clone().unwrap_or_else(|error| panic!("{error}")),
            data: PhantomData,
        }
    }
}

impl<T: 'static> Default for Linker<T> {
    fn default() -> Self {
        Self::new(&Engine::default())
    }
}

impl<T> fmt::Debug for Linker<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !cfg!(feature = "text") {
            return Ok(());
        }
        let names = self.definitions.0.iter().map(|(module, name, _)| (module.as_str(), name.as_str()));
        f.debug_set().entries(names).finish()
    }
}

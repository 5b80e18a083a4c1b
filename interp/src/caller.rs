//! [`Caller`]: the store and the calling instance, as a host function gets them.

use crate::external::Extern;
use crate::module::ModuleExport;
use crate::store::{AsContext, AsContextMut, StoreContext, StoreContextMut};
use crate::{Engine, GcHeapOutOfMemory, Instance};

/// Who called a host function: its store, and its instance where it is one that called.
///
/// It is [`AsContextMut`], so everything that takes a store takes it.
///
/// ```
/// use fantail::{Caller, Engine, Error, Func, Store};
///
/// let mut store = Store::new(&Engine::default(), 0);
/// let count = Func::wrap(&mut store, |mut caller: Caller<'_, i32>, by: i32| {
///     *caller.data_mut() += by;
/// });
/// count.typed::<i32, ()>(&store)?.call(&mut store, 5)?;
/// assert_eq!(*store.data(), 5);
/// # Ok::<(), Error>(())
/// ```
pub struct Caller<'a, T: 'static> {
    store: StoreContextMut<'a, T>,
    instance: Option<Instance>,
}

impl<'a, T: 'static> Caller<'a, T> {
    pub(crate) fn new(store: StoreContextMut<'a, T>, instance: Option<Instance>) -> Self {
        Self { store, instance }
    }

    /// The same caller for a shorter time.
    pub(crate) fn reborrow(&mut self) -> Caller<'_, T> {
        Caller { store: self.store.as_context_mut(), instance: self.instance }
    }

    /// What the calling instance exports as `name`. Nothing when the embedder called.
    ///
    /// ```
    /// use fantail::{Caller, Engine, Linker, Module, Result, Store, error::Context as _};
    ///
    /// let engine = Engine::default();
    /// let mut linker = Linker::new(&engine);
    /// linker.func_wrap("host", "print", |mut caller: Caller<'_, String>, at: u32, size: u32| -> Result<()> {
    ///     let memory = caller.get_export("memory").and_then(|item| item.into_memory());
    ///     let mut text = vec![0; size as usize];
    ///     memory.context("it exports no memory")?.read(&caller, at as usize, &mut text)?;
    ///     caller.data_mut().push_str(std::str::from_utf8(&text)?);
    ///     Ok(())
    /// })?;
    /// let module = Module::new(&engine, wat::parse_str(r#"(module
    ///     (import "host" "print" (func $print (param i32 i32)))
    ///     (memory (export "memory") 1)
    ///     (data (i32.const 8) "hello")
    ///     (func (export "run") (call $print (i32.const 8) (i32.const 5))))"#)?)?;
    /// let mut store = Store::new(&engine, String::new());
    /// let instance = linker.instantiate(&mut store, &module)?;
    /// instance.get_typed_func::<(), ()>(&mut store, "run")?.call(&mut store, ())?;
    /// assert_eq!(store.data(), "hello");
    /// # Ok::<(), fantail::Error>(())
    /// ```
    pub fn get_export(&mut self, name: &str) -> Option<Extern> {
        self.instance?.get_export(&mut self.store, name)
    }

    /// What the calling instance exports at `export`, see [`Instance::get_module_export`]. Nothing when the embedder called.
    pub fn get_module_export(&mut self, export: &ModuleExport) -> Option<Extern> {
        self.instance?.get_module_export(&mut self.store, export)
    }

    /// The embedder's data.
    pub fn data(&self) -> &T {
        self.store.data()
    }

    /// The embedder's data.
    pub fn data_mut(&mut self) -> &mut T {
        self.store.data_mut()
    }

    /// Drops what cannot be reached any more, see [`Store::gc`](crate::Store::gc).
    ///
    /// # Errors
    /// As [`Store::gc`](crate::Store::gc).
    pub fn gc(&mut self, why: Option<&GcHeapOutOfMemory<()>>) -> crate::Result<()> {
        self.store.gc(why)
    }

    /// Bytes of the heap of objects, see [`Store::gc_heap_capacity`](crate::Store::gc_heap_capacity).
    pub fn gc_heap_capacity(&self) -> usize {
        self.store.gc_heap_capacity()
    }

    /// The engine of the store.
    pub fn engine(&self) -> &Engine {
        self.store.engine()
    }
}

impl<T: 'static> AsContext for Caller<'_, T> {
    type Data = T;

    fn as_context(&self) -> StoreContext<'_, T> {
        self.store.as_context()
    }
}

impl<T: 'static> AsContextMut for Caller<'_, T> {
    fn as_context_mut(&mut self) -> StoreContextMut<'_, T> {
        self.store.as_context_mut()
    }
}

impl<'a, T: 'static> From<Caller<'a, T>> for StoreContextMut<'a, T> {
    fn from(caller: Caller<'a, T>) -> Self {
        caller.store
    }
}

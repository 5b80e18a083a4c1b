//! Functions, globals, memories, tables and external references.

use crate::{Engine, StoreContext, StoreContextMut, outward, types, value};
use anyhow::{Context, Result, anyhow};
use fantail::{OwnedRooted, RootScope};
use wasm_runtime_layer::backend::{
    AsContext, AsContextMut, Ref, Val, WasmExternRef, WasmFunc, WasmGlobal, WasmMemory, WasmTable,
};
use wasm_runtime_layer::{FuncType, GlobalType, MemoryType, TableType};

/// Why a type of an entity can always be told: it was made by the layer, or [`Instance`](crate::Instance) gave it out.
const SAID: &str = "the layer only has entities whose type it can say";

/// A function.
#[derive(Clone, Copy, Debug)]
pub struct Func(pub(crate) fantail::Func);

impl WasmFunc<Engine> for Func {
    fn new<T: 'static>(
        mut ctx: impl AsContextMut<Engine, UserState = T>,
        ty: FuncType,
        func: impl 'static
        + Send
        + Sync
        + Fn(StoreContextMut<'_, T>, &[Val<Engine>], &mut [Val<Engine>]) -> Result<()>,
    ) -> Self {
        let store = ctx.as_context_mut().0;
        let ty = types::to_func_type(store.engine(), &ty);
        Self(fantail::Func::new(store, ty, move |caller, params, results| {
            value::call_host(caller, &func, params, results)
        }))
    }

    fn ty(&self, ctx: impl AsContext<Engine>) -> FuncType {
        types::func_type(&self.0.ty(ctx.as_context().0)).expect(SAID)
    }

    fn call<T>(
        &self,
        mut ctx: impl AsContextMut<Engine>,
        args: &[Val<Engine>],
        results: &mut [Val<Engine>],
    ) -> Result<()> {
        let mut store = RootScope::new(ctx.as_context_mut().0);
        let args: Vec<_> = args.iter().map(|arg| value::to_val(&mut store, arg)).collect();
        let mut found = vec![fantail::Val::I32(0); results.len()];
        self.0.call(&mut store, &args, &mut found).map_err(outward)?;
        for (result, found) in results.iter_mut().zip(&found) {
            *result = value::val(&mut store, found)?;
        }
        Ok(())
    }
}

/// A global.
#[derive(Clone, Copy, Debug)]
pub struct Global(pub(crate) fantail::Global);

impl WasmGlobal<Engine> for Global {
    fn new(mut ctx: impl AsContextMut<Engine>, value: Val<Engine>, mutable: bool) -> Self {
        let mut store = RootScope::new(ctx.as_context_mut().0);
        let ty = types::to_global_type(value.ty(), mutable);
        let value = value::to_val(&mut store, &value);
        Self(fantail::Global::new(&mut store, ty, value).expect("the type is that of the value"))
    }

    fn ty(&self, ctx: impl AsContext<Engine>) -> GlobalType {
        types::global_type(&self.0.ty(ctx.as_context().0)).expect(SAID)
    }

    fn set(&self, mut ctx: impl AsContextMut<Engine>, new_value: Val<Engine>) -> Result<()> {
        let mut store = RootScope::new(ctx.as_context_mut().0);
        let value = value::to_val(&mut store, &new_value);
        self.0.set(&mut store, value).map_err(outward)
    }

    fn get(&self, mut ctx: impl AsContextMut<Engine>) -> Val<Engine> {
        let mut store = RootScope::new(ctx.as_context_mut().0);
        let value = self.0.get(&mut store);
        value::val(&mut store, &value).expect(SAID)
    }
}

/// A memory.
#[derive(Clone, Copy, Debug)]
pub struct Memory(pub(crate) fantail::Memory);

impl WasmMemory<Engine> for Memory {
    fn new(mut ctx: impl AsContextMut<Engine>, ty: MemoryType) -> Result<Self> {
        let memory = fantail::Memory::new(ctx.as_context_mut().0, types::to_memory_type(ty));
        memory.map(Self).map_err(outward)
    }

    fn ty(&self, ctx: impl AsContext<Engine>) -> MemoryType {
        types::memory_type(&self.0.ty(ctx.as_context().0)).expect(SAID)
    }

    fn grow(&self, mut ctx: impl AsContextMut<Engine>, additional: u32) -> Result<u32> {
        let before = self.0.grow(ctx.as_context_mut().0, additional.into()).map_err(outward)?;
        u32::try_from(before).context("the memory is too large")
    }

    fn current_pages(&self, ctx: impl AsContext<Engine>) -> u32 {
        // A memory with 32-bit addresses has at most 65,536 pages.
        u32::try_from(self.0.size(ctx.as_context().0)).unwrap_or(u32::MAX)
    }

    fn read(&self, ctx: impl AsContext<Engine>, offset: usize, buffer: &mut [u8]) -> Result<()> {
        self.0.read(ctx.as_context().0, offset, buffer).map_err(anyhow::Error::new)
    }

    fn write(&self, mut ctx: impl AsContextMut<Engine>, offset: usize, buffer: &[u8]) -> Result<()> {
        self.0.write(ctx.as_context_mut().0, offset, buffer).map_err(anyhow::Error::new)
    }
}

/// A table.
#[derive(Clone, Copy, Debug)]
pub struct Table(pub(crate) fantail::Table);

impl WasmTable<Engine> for Table {
    fn new(mut ctx: impl AsContextMut<Engine>, ty: TableType, init: Ref<Engine>) -> Result<Self> {
        let mut store = RootScope::new(ctx.as_context_mut().0);
        let init = value::to_ref(&mut store, &init);
        fantail::Table::new(&mut store, types::to_table_type(ty), init).map(Self).map_err(outward)
    }

    fn ty(&self, ctx: impl AsContext<Engine>) -> TableType {
        types::table_type(&self.0.ty(ctx.as_context().0)).expect(SAID)
    }

    fn size(&self, ctx: impl AsContext<Engine>) -> u32 {
        u32::try_from(self.0.size(ctx.as_context().0)).unwrap_or(u32::MAX)
    }

    fn grow(&self, mut ctx: impl AsContextMut<Engine>, delta: u32, init: Ref<Engine>) -> Result<u32> {
        let mut store = RootScope::new(ctx.as_context_mut().0);
        let init = value::to_ref(&mut store, &init);
        let before = self.0.grow(&mut store, delta.into(), init).map_err(outward)?;
        u32::try_from(before).context("the table is too large")
    }

    fn get(&self, mut ctx: impl AsContextMut<Engine>, index: u32) -> Option<Ref<Engine>> {
        let mut store = RootScope::new(ctx.as_context_mut().0);
        let element = self.0.get(&mut store, index.into())?;
        value::reference(&mut store, &element).ok()
    }

    fn set(&self, mut ctx: impl AsContextMut<Engine>, index: u32, elem: Ref<Engine>) -> Result<()> {
        let mut store = RootScope::new(ctx.as_context_mut().0);
        let element = value::to_ref(&mut store, &elem);
        self.0.set(&mut store, index.into(), element).map_err(outward)
    }
}

/// A reference to a value of the host's, which it keeps alive.
#[derive(Clone)]
pub struct ExternRef(pub(crate) OwnedRooted<fantail::ExternRef>);

impl core::fmt::Debug for ExternRef {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str("ExternRef")
    }
}

impl WasmExternRef<Engine> for ExternRef {
    fn new<T: 'static + Send + Sync>(mut ctx: impl AsContextMut<Engine>, object: T) -> Self {
        let mut store = RootScope::new(ctx.as_context_mut().0);
        let reference = fantail::ExternRef::new(&mut store, object)
            .and_then(|reference| reference.to_owned_rooted(&mut store));
        Self(reference.expect("there is memory for a reference"))
    }

    fn downcast<'a, 's: 'a, T: 'static, S: 'static>(&'a self, store: StoreContext<'s, S>) -> Result<&'a T> {
        let data = self.0.data(store.0).map_err(outward)?;
        data.and_then(|data| data.downcast_ref()).ok_or_else(|| anyhow!("the value is of another type"))
    }
}

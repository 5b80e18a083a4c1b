//! Modules and instances.
//!
//! Invariant: an instance lists the exports whose types the layer can say; see [`types`](crate::types).

use crate::{Engine, Func, Global, Memory, Table, outward, types};
use anyhow::{Context, Result};
use fantail::AsContextMut as _;
use std::sync::Arc;
use wasm_runtime_layer::backend::{
    AsContext, AsContextMut, Export, Extern, Imports, WasmInstance, WasmModule,
};
use wasm_runtime_layer::{ExportType, ExternType, ImportType};

/// A module.
#[derive(Clone, Debug)]
pub struct Module(fantail::Module);

impl WasmModule<Engine> for Module {
    fn new(engine: &Engine, bytes: &[u8]) -> Result<Self> {
        fantail::Module::new(&engine.0, bytes).map(Self).map_err(outward)
    }

    fn exports(&self) -> Box<dyn '_ + Iterator<Item = ExportType<'_>>> {
        Box::new(self.0.exports().filter_map(|export| {
            Some(ExportType { name: export.name(), ty: types::extern_type(&export.ty())? })
        }))
    }

    fn get_export(&self, name: &str) -> Option<ExternType> {
        types::extern_type(&self.0.get_export(name)?)
    }

    fn imports(&self) -> Box<dyn '_ + Iterator<Item = ImportType<'_>>> {
        Box::new(self.0.imports().filter_map(|import| {
            let ty = types::extern_type(&import.ty())?;
            Some(ImportType { module: import.module(), name: import.name(), ty })
        }))
    }
}

/// An instance, with its exports: the layer wants them without changing the store.
#[derive(Clone, Debug)]
pub struct Instance(Arc<[(String, Extern<Engine>)]>);

impl WasmInstance<Engine> for Instance {
    fn new(mut store: impl AsContextMut<Engine>, module: &Module, imports: &Imports<Engine>) -> Result<Self> {
        let mut store = store.as_context_mut().0;
        let given = module.0.imports().map(|import| {
            let (from, name) = (import.module(), import.name());
            let value = imports.get_export(from, name);
            value
                .map(to_extern)
                .with_context(|| format!("{from:?} {name:?}, which is imported, was not given"))
        });
        let given = given.collect::<Result<Vec<_>>>()?;
        let instance = fantail::Instance::new(&mut store, &module.0, &given).map_err(outward)?;
        let exports = WasmModule::exports(module).filter_map(|export| {
            let value = instance.get_export(store.as_context_mut(), export.name)?;
            Some((export.name.to_owned(), from_extern(value)?))
        });
        Ok(Self(exports.collect()))
    }

    fn exports(&self, _: impl AsContext<Engine>) -> Box<dyn Iterator<Item = Export<Engine>>> {
        let exports = self.0.to_vec();
        Box::new(exports.into_iter().map(|(name, value)| Export { name, value }))
    }

    fn get_export(&self, _: impl AsContext<Engine>, name: &str) -> Option<Extern<Engine>> {
        self.0.iter().find(|(known, _)| known == name).map(|(_, value)| value.clone())
    }
}

fn to_extern(value: Extern<Engine>) -> fantail::Extern {
    match value {
        Extern::Func(func) => func.0.into(),
        Extern::Global(global) => global.0.into(),
        Extern::Memory(memory) => memory.0.into(),
        Extern::Table(table) => table.0.into(),
    }
}

fn from_extern(value: fantail::Extern) -> Option<Extern<Engine>> {
    match value {
        fantail::Extern::Func(func) => Some(Extern::Func(Func(func))),
        fantail::Extern::Global(global) => Some(Extern::Global(Global(global))),
        fantail::Extern::Memory(memory) => Some(Extern::Memory(Memory(memory))),
        fantail::Extern::Table(table) => Some(Extern::Table(Table(table))),
        _ => None,
    }
}

//! Wasmtime 48 three times: its interpreter Pulley, its baseline compiler Winch, its optimizing compiler
//! Cranelift; without the feature `peers` Pulley alone.
//!
//! Winch and Cranelift make machine code; they are here for scale. Wasmtime is built without parallel
//! compilation, whose threads the clock would not see.

use super::{HostFunc, Instance, Loader, Mode, Value, Vm};
use crate::clock;
use crate::program::{NumType, Program};
use anyhow::{Context, Result, bail};
use wasmtime::{Config, Engine, FuncType, Linker, Module, Store, Strategy, Val, ValType};

/// Wasmtime with one of its ways to execute.
struct Wasmtime {
    name: &'static str,
    strategy: Strategy,
    /// A target other than that of this program.
    target: Option<&'static str>,
}

struct WasmtimeLoader {
    engine: Engine,
    linker: Linker<()>,
}

struct WasmtimeInstance {
    store: Store<()>,
    instance: wasmtime::Instance,
}

/// The interpreter.
const PULLEY: Wasmtime = Wasmtime {
    name: "pulley",
    strategy: Strategy::Cranelift,
    target: Some(if cfg!(target_endian = "little") { "pulley64" } else { "pulley64be" }),
};

/// What is built in.
#[cfg(not(feature = "peers"))]
const VMS: [Wasmtime; 1] = [PULLEY];

/// What is built in.
#[cfg(feature = "peers")]
const VMS: [Wasmtime; 3] = [
    PULLEY,
    Wasmtime { name: "winch", strategy: Strategy::Winch, target: None },
    Wasmtime { name: "cranelift", strategy: Strategy::Cranelift, target: None },
];

/// Pulley, and with the feature `peers` Winch and Cranelift.
pub(super) fn all() -> impl Iterator<Item = Box<dyn Vm>> {
    VMS.into_iter().map(|vm| Box::new(vm) as Box<dyn Vm>)
}

impl Vm for Wasmtime {
    fn name(&self) -> &'static str {
        self.name
    }

    fn modes(&self) -> &'static [Mode] {
        &[Mode::Eager]
    }

    fn prepare(&self, program: &Program, _: Mode) -> Result<Box<dyn Loader>> {
        let mut config = Config::new();
        config.strategy(self.strategy);
        if let Some(target) = self.target {
            config.target(target).map_err(error)?;
        }
        let engine = Engine::new(&config).map_err(error)?;
        let mut linker = Linker::new(&engine);
        for import in &program.imports {
            let (module, name) = (import.module.as_str(), import.name.as_str());
            match HostFunc::of(import) {
                HostFunc::Inc => linker.func_wrap(module, name, |x: i32| x.wrapping_add(1)),
                HostFunc::ClockMs => linker.func_wrap(module, name, clock::guest_millis),
                HostFunc::Trap => {
                    let ty = FuncType::new(&engine, val_types(&import.params), val_types(&import.results));
                    linker.func_new(module, name, ty, |_, _, _| {
                        Err(wasmtime::Error::msg("this import has no implementation"))
                    })
                }
            }
            .map_err(error)?;
        }
        Ok(Box::new(WasmtimeLoader { engine, linker }))
    }
}

impl Loader for WasmtimeLoader {
    fn load(self: Box<Self>, wasm: &[u8]) -> Result<Box<dyn Instance>> {
        let module = Module::from_binary(&self.engine, wasm).map_err(error)?;
        let mut store = Store::new(&self.engine, ());
        let instance = self.linker.instantiate(&mut store, &module).map_err(error)?;
        Ok(Box::new(WasmtimeInstance { store, instance }))
    }
}

impl Instance for WasmtimeInstance {
    fn call(&mut self, export: &str, args: &[Value]) -> Result<Option<Value>> {
        let func = self.instance.get_func(&mut self.store, export).context("no such function")?;
        let args: Vec<Val> = args
            .iter()
            .map(|arg| match *arg {
                Value::I32(value) => Val::I32(value),
                Value::I64(value) => Val::I64(value),
                Value::F32(value) => Val::F32(value.to_bits()),
                Value::F64(value) => Val::F64(value.to_bits()),
            })
            .collect();
        let mut results = vec![Val::I32(0); func.ty(&self.store).results().len()];
        func.call(&mut self.store, &args, &mut results).map_err(error)?;
        results
            .first()
            .map(|result| {
                Ok(match *result {
                    Val::I32(value) => Value::I32(value),
                    Val::I64(value) => Value::I64(value),
                    Val::F32(bits) => Value::F32(f32::from_bits(bits)),
                    Val::F64(bits) => Value::F64(f64::from_bits(bits)),
                    _ => bail!("unexpected result: a vector or a reference"),
                })
            })
            .transpose()
    }

    fn write(&mut self, at: usize, bytes: &[u8]) -> Result<()> {
        let memory = self.instance.get_memory(&mut self.store, "memory").context("no memory")?;
        Ok(memory.write(&mut self.store, at, bytes)?)
    }
}

fn error(error: wasmtime::Error) -> anyhow::Error {
    anyhow::Error::from_boxed(error.into())
}

fn val_types(types: &[NumType]) -> Vec<ValType> {
    types
        .iter()
        .map(|ty| match ty {
            NumType::I32 => ValType::I32,
            NumType::I64 => ValType::I64,
            NumType::F32 => ValType::F32,
            NumType::F64 => ValType::F64,
        })
        .collect()
}

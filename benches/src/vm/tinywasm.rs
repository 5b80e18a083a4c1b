//! tinywasm, an interpreter in safe Rust. It is built without its parallel parser, whose threads the clock
//! would not see.

use super::{HostFunc, Instance, Loader, Mode, Value, Vm};
use crate::clock;
use crate::program::{NumType, Program};
use ::tinywasm::types::{FuncType, WasmType, WasmValue};
use ::tinywasm::{Error, HostFunction, Imports, ModuleInstance, Store, parse_bytes};
use anyhow::{Result, bail};

pub(super) struct Tinywasm;

struct TinywasmLoader {
    store: Store,
    imports: Imports,
}

struct TinywasmInstance {
    store: Store,
    instance: ModuleInstance,
}

impl Vm for Tinywasm {
    fn name(&self) -> &'static str {
        "tinywasm"
    }

    fn modes(&self) -> &'static [Mode] {
        &[Mode::Eager]
    }

    fn prepare(&self, program: &Program, _: Mode) -> Result<Box<dyn Loader>> {
        let mut store = Store::default();
        let mut imports = Imports::new();
        for import in &program.imports {
            let func = match HostFunc::of(import) {
                HostFunc::Inc => HostFunction::from(&mut store, |_, x: i32| Ok(x.wrapping_add(1))),
                HostFunc::ClockMs => HostFunction::from(&mut store, |_, ()| Ok(clock::guest_millis())),
                HostFunc::Trap => {
                    let ty = FuncType::new(&wasm_types(&import.params), &wasm_types(&import.results));
                    HostFunction::from_untyped(&mut store, &ty, |_, _| {
                        Err(Error::Other(String::from("this import has no implementation")))
                    })
                }
            };
            imports.define(&import.module, &import.name, func);
        }
        Ok(Box::new(TinywasmLoader { store, imports }))
    }
}

impl Loader for TinywasmLoader {
    fn load(mut self: Box<Self>, wasm: &[u8]) -> Result<Box<dyn Instance>> {
        let module = parse_bytes(wasm)?;
        let instance = ModuleInstance::instantiate(&mut self.store, &module, Some(self.imports))?;
        Ok(Box::new(TinywasmInstance { store: self.store, instance }))
    }
}

impl Instance for TinywasmInstance {
    fn call(&mut self, export: &str, args: &[Value]) -> Result<Option<Value>> {
        let args: Vec<WasmValue> = args
            .iter()
            .map(|arg| match *arg {
                Value::I32(value) => WasmValue::I32(value),
                Value::I64(value) => WasmValue::I64(value),
                Value::F32(value) => WasmValue::F32(value),
                Value::F64(value) => WasmValue::F64(value),
            })
            .collect();
        let results = self.instance.func_untyped(&self.store, export)?.call(&mut self.store, &args)?;
        results
            .first()
            .map(|result| {
                Ok(match *result {
                    WasmValue::I32(value) => Value::I32(value),
                    WasmValue::I64(value) => Value::I64(value),
                    WasmValue::F32(value) => Value::F32(value),
                    WasmValue::F64(value) => Value::F64(value),
                    _ => bail!("unexpected result: a vector or a reference"),
                })
            })
            .transpose()
    }

    fn write(&mut self, at: usize, bytes: &[u8]) -> Result<()> {
        Ok(self.instance.memory("memory")?.copy_from_slice(&mut self.store, at, bytes)?)
    }
}

fn wasm_types(types: &[NumType]) -> Vec<WasmType> {
    types
        .iter()
        .map(|ty| match ty {
            NumType::I32 => WasmType::I32,
            NumType::I64 => WasmType::I64,
            NumType::F32 => WasmType::F32,
            NumType::F64 => WasmType::F64,
        })
        .collect()
}

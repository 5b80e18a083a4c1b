//! Silverfir-nano 0.6, its interpreter only (the crate is built without its JIT).

use super::{HostFunc, Instance, Loader, Mode, Value, Vm};
use crate::clock;
use crate::program::Program;
use anyhow::{Context, Result, anyhow, bail};
use sf_nano_core as sf;

pub(super) struct Silverfir;

struct SilverfirLoader {
    engine: sf::Engine,
    imports: Vec<sf::Import>,
}

struct SilverfirInstance {
    instance: sf::Instance,
}

impl Vm for Silverfir {
    fn name(&self) -> &'static str {
        "silverfir"
    }

    fn modes(&self) -> &'static [Mode] {
        &[Mode::Eager]
    }

    fn prepare(&self, program: &Program, _: Mode) -> Result<Box<dyn Loader>> {
        let engine = sf::Engine::new(sf::Config::new().tier(sf::Tier::Interp))
            .map_err(|error| anyhow!("{error:?}"))?;
        let imports = program
            .imports
            .iter()
            .map(|import| {
                let (module, name) = (import.module.as_str(), import.name.as_str());
                match HostFunc::of(import) {
                    HostFunc::Inc => sf::Import::func(module, name, |_, args, results| {
                        let [sf::Value::I32(x)] = args else {
                            return Err(sf::WasmError::trap("expected an i32"));
                        };
                        results[0] = sf::Value::I32(x.wrapping_add(1));
                        Ok(())
                    }),
                    HostFunc::ClockMs => sf::Import::func(module, name, |_, _, results| {
                        results[0] = sf::Value::I32(clock::guest_millis());
                        Ok(())
                    }),
                    HostFunc::Trap => sf::Import::func(module, name, |_, _, _| {
                        Err(sf::WasmError::trap("this import has no implementation"))
                    }),
                }
            })
            .collect();
        Ok(Box::new(SilverfirLoader { engine, imports }))
    }
}

impl Loader for SilverfirLoader {
    fn load(self: Box<Self>, wasm: &[u8]) -> Result<Box<dyn Instance>> {
        let instance = sf::Instance::new(&self.engine, wasm, &self.imports)?;
        Ok(Box::new(SilverfirInstance { instance }))
    }
}

impl Instance for SilverfirInstance {
    fn call(&mut self, export: &str, args: &[Value]) -> Result<Option<Value>> {
        let args: Vec<sf::Value> = args
            .iter()
            .map(|arg| match *arg {
                Value::I32(value) => sf::Value::I32(value),
                Value::I64(value) => sf::Value::I64(value),
                Value::F32(value) => sf::Value::F32(value),
                Value::F64(value) => sf::Value::F64(value),
            })
            .collect();
        self.instance
            .invoke(export, &args)?
            .first()
            .map(|result| {
                Ok(match result {
                    sf::Value::I32(value) => Value::I32(*value),
                    sf::Value::I64(value) => Value::I64(*value),
                    sf::Value::F32(value) => Value::F32(*value),
                    sf::Value::F64(value) => Value::F64(*value),
                    other => bail!("unexpected result {other:?}"),
                })
            })
            .transpose()
    }

    fn write(&mut self, at: usize, bytes: &[u8]) -> Result<()> {
        let mut memory = self.instance.memory_mut()?;
        let end = at.checked_add(bytes.len()).context("address overflow")?;
        memory.get_mut(at..end).context("out of bounds memory access")?.copy_from_slice(bytes);
        Ok(())
    }
}

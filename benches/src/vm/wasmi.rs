//! wasmi 2.0 in its default configuration: the baseline of every ratio.

use super::{HostFunc, Instance, Loader, Mode, Value, Vm};
use crate::clock;
use crate::program::{NumType, Program};
use anyhow::{Context, Result, bail};
use wasmi::{CompilationMode, Config, Engine, FuncType, Linker, Module, Store, Val, ValType};

pub(super) struct Wasmi;

struct WasmiLoader {
    engine: Engine,
    linker: Linker<()>,
}

struct WasmiInstance {
    store: Store<()>,
    instance: wasmi::Instance,
}

impl Vm for Wasmi {
    fn name(&self) -> &'static str {
        "wasmi"
    }

    fn modes(&self) -> &'static [Mode] {
        &Mode::ALL
    }

    fn prepare(&self, program: &Program, mode: Mode) -> Result<Box<dyn Loader>> {
        let mut config = Config::default();
        config.compilation_mode(match mode {
            Mode::Eager => CompilationMode::Eager,
            Mode::LazyTranslation => CompilationMode::LazyTranslation,
            Mode::Lazy => CompilationMode::Lazy,
        });
        let engine = Engine::new(&config);
        let mut linker = Linker::new(&engine);
        for import in &program.imports {
            let (module, name) = (import.module.as_str(), import.name.as_str());
            match HostFunc::of(import) {
                HostFunc::Inc => linker.func_wrap(module, name, |x: i32| x.wrapping_add(1))?,
                HostFunc::ClockMs => linker.func_wrap(module, name, clock::guest_millis)?,
                HostFunc::Trap => {
                    let ty = FuncType::new(val_types(&import.params), val_types(&import.results));
                    linker.func_new(module, name, ty, |_, _, _| {
                        Err(wasmi::Error::new("this import has no implementation"))
                    })?
                }
            };
        }
        Ok(Box::new(WasmiLoader { engine, linker }))
    }
}

impl Loader for WasmiLoader {
    fn load(self: Box<Self>, wasm: &[u8]) -> Result<Box<dyn Instance>> {
        let module = Module::new(&self.engine, wasm)?;
        let mut store = Store::new(&self.engine, ());
        let instance = self.linker.instantiate_and_start(&mut store, &module)?;
        Ok(Box::new(WasmiInstance { store, instance }))
    }
}

impl Instance for WasmiInstance {
    fn call(&mut self, export: &str, args: &[Value]) -> Result<Option<Value>> {
        let func = self.instance.get_func(&self.store, export).context("no such function")?;
        let args: Vec<Val> = args.iter().map(|&arg| to_val(arg)).collect();
        let mut results = vec![Val::I32(0); func.ty(&self.store).results().len()];
        func.call(&mut self.store, &args, &mut results)?;
        results.first().map(from_val).transpose()
    }

    fn write(&mut self, at: usize, bytes: &[u8]) -> Result<()> {
        let memory = self.instance.get_memory(&self.store, "memory").context("no memory")?;
        Ok(memory.write(&mut self.store, at, bytes)?)
    }
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

fn to_val(value: Value) -> Val {
    match value {
        Value::I32(value) => Val::I32(value),
        Value::I64(value) => Val::I64(value),
        Value::F32(value) => Val::F32(value.into()),
        Value::F64(value) => Val::F64(value.into()),
    }
}

fn from_val(value: &Val) -> Result<Value> {
    Ok(match value {
        Val::I32(value) => Value::I32(*value),
        Val::I64(value) => Value::I64(*value),
        Val::F32(value) => Value::F32((*value).into()),
        Val::F64(value) => Value::F64((*value).into()),
        other => bail!("unexpected result {other:?}"),
    })
}

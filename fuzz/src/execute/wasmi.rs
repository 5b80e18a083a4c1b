//! wasmi's side.

use super::{Export, Fault, Type, Value};
use std::panic::{AssertUnwindSafe, catch_unwind};
use wasmi::{
    CompilationMode, Config, Engine, Error, Extern, F32, F64, Func, Instance, Linker, Module, Nullable,
};
use wasmi::{Store, TrapCode, V128, Val, ValType, errors::ErrorKind};

pub(super) struct Guest {
    store: Store<()>,
    instance: Instance,
}

impl super::Guest for Guest {
    fn new(bytes: &[u8], lazy: bool) -> Result<Self, Fault> {
        let mut config = Config::default();
        config.wasm_custom_page_sizes(true).wasm_wide_arithmetic(true).wasm_memory64(true);
        config.wasm_multi_memory(true).wasm_tail_call(true).wasm_extended_const(true);
        config.compilation_mode(if lazy { CompilationMode::Lazy } else { CompilationMode::Eager });
        let engine = Engine::new(&config);
        // wasmi 2.0 panics over some modules, about one in ten thousand. That is not what is looked for here.
        let module = catch_unwind(AssertUnwindSafe(|| Module::new(&engine, bytes)))
            .map_err(|_| Fault::Unknown)?
            .map_err(|error| fault(&error))?;
        let mut store = Store::new(&engine, ());
        let instance =
            Linker::new(&engine).instantiate_and_start(&mut store, &module).map_err(|error| fault(&error))?;
        Ok(Self { store, instance })
    }

    fn names(&mut self) -> Vec<String> {
        self.instance.exports(&self.store).map(|export| export.name().to_owned()).collect()
    }

    fn export(&mut self, name: &str) -> Export {
        match self.instance.get_export(&self.store, name) {
            Some(Extern::Func(func)) => {
                Export::Func(func.ty(&self.store).params().iter().map(type_of).collect())
            }
            Some(Extern::Global(global)) => Export::Global(value(&global.get(&self.store))),
            Some(Extern::Memory(memory)) => Export::Memory(memory.data(&self.store).to_vec()),
            Some(Extern::Table(table)) => Export::Table(table.size(&self.store)),
            None => Export::Other,
        }
    }

    fn call(&mut self, name: &str, args: &[Value]) -> Result<Vec<Value>, Fault> {
        let Some(func) = self.instance.get_func(&self.store, name) else { return Err(Fault::Other) };
        let ty = func.ty(&self.store);
        let args: Vec<Val> = ty.params().iter().zip(args).map(|(ty, value)| val(ty, *value)).collect();
        let mut results = vec![Val::I32(0); ty.results().len()];
        call(&mut self.store, func, &args, &mut results)?;
        Ok(results.iter().map(value).collect())
    }
}

fn call(store: &mut Store<()>, func: Func, args: &[Val], results: &mut [Val]) -> Result<(), Fault> {
    func.call(store, args, results).map_err(|error| fault(&error))
}

fn type_of(ty: &ValType) -> Type {
    match ty {
        ValType::I32 => Type::I32,
        ValType::I64 => Type::I64,
        ValType::F32 => Type::F32,
        ValType::F64 => Type::F64,
        ValType::V128 => Type::V128,
        ValType::FuncRef | ValType::ExternRef => Type::Ref,
    }
}

fn val(ty: &ValType, value: Value) -> Val {
    match value {
        Value::I32(value) => Val::I32(value),
        Value::I64(value) => Val::I64(value),
        Value::F32(bits) => Val::F32(F32::from_bits(bits)),
        Value::F64(bits) => Val::F64(F64::from_bits(bits)),
        Value::V128(bits) => Val::V128(V128::from(bits)),
        Value::Ref(_) if *ty == ValType::FuncRef => Val::FuncRef(Nullable::Null),
        Value::Ref(_) => Val::ExternRef(Nullable::Null),
    }
}

fn value(val: &Val) -> Value {
    match val {
        Val::I32(value) => Value::I32(*value),
        Val::I64(value) => Value::I64(*value),
        Val::F32(value) => Value::F32(value.to_bits()),
        Val::F64(value) => Value::F64(value.to_bits()),
        Val::V128(value) => Value::V128(value.as_u128()),
        Val::FuncRef(reference) => Value::Ref(reference.is_null()),
        Val::ExternRef(reference) => Value::Ref(reference.is_null()),
    }
}

fn fault(error: &Error) -> Fault {
    match error.as_trap_code() {
        Some(TrapCode::UnreachableCodeReached) => Fault::Unreachable,
        Some(TrapCode::MemoryOutOfBounds) => Fault::Memory,
        Some(TrapCode::TableOutOfBounds) => Fault::Table,
        Some(TrapCode::IndirectCallToNull) => Fault::Null,
        Some(TrapCode::BadSignature) => Fault::Signature,
        Some(TrapCode::IntegerDivisionByZero) => Fault::DivideByZero,
        Some(TrapCode::IntegerOverflow) => Fault::Overflow,
        Some(TrapCode::BadConversionToInteger) => Fault::Conversion,
        Some(TrapCode::StackOverflow) => Fault::Unknown,
        // An element segment out of bounds is a trap like any other, but not for wasmi.
        None if matches!(error.kind(), ErrorKind::Instantiation(_)) => Fault::Table,
        _ => Fault::Other,
    }
}

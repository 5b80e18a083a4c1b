//! Fantail's side, and Wasmtime's: their interfaces are the same, and so is this.

macro_rules! embedding {
    ($name:ident, $config:path, $limits:path, $other:path) => {
        use super::{Export, Fault, Type, Value};
        use $name::{
            Engine, Error, Extern, HeapType, Instance, Module, Store, StoreLimits, Trap, V128, Val, ValType,
        };

        pub(super) struct Guest {
            store: Store<StoreLimits>,
            instance: Instance,
            module: Module,
        }

        impl super::Guest for Guest {
            fn new(bytes: &[u8], lazy: bool) -> Result<Self, Fault> {
                let engine = Engine::new(&$config(lazy)).map_err(|error| fault(&error))?;
                let module = Module::new(&engine, bytes).map_err(|error| fault(&error))?;
                let mut store = Store::new(&engine, $limits());
                store.limiter(|limits| limits);
                let instance = Instance::new(&mut store, &module, &[]).map_err(|error| fault(&error))?;
                Ok(Self { store, instance, module })
            }

            fn names(&mut self) -> Vec<String> {
                self.module.exports().map(|export| export.name().to_owned()).collect()
            }

            fn export(&mut self, name: &str) -> Export {
                match self.instance.get_export(&mut self.store, name) {
                    Some(Extern::Func(func)) => {
                        Export::Func(func.ty(&self.store).params().map(|ty| type_of(&ty)).collect())
                    }
                    Some(Extern::Global(global)) => Export::Global(value(&global.get(&mut self.store))),
                    Some(Extern::Memory(memory)) => Export::Memory(memory.data(&self.store).to_vec()),
                    Some(Extern::Table(table)) => Export::Table(table.size(&self.store)),
                    _ => Export::Other,
                }
            }

            fn call(&mut self, name: &str, args: &[Value]) -> Result<Vec<Value>, Fault> {
                let Some(func) = self.instance.get_func(&mut self.store, name) else {
                    return Err(Fault::Other);
                };
                let ty = func.ty(&self.store);
                let args: Vec<Val> = ty.params().zip(args).map(|(ty, value)| val(&ty, *value)).collect();
                let mut results = vec![Val::I32(0); ty.results().len()];
                func.call(&mut self.store, &args, &mut results).map_err(|error| fault(&error))?;
                Ok(results.iter().map(value).collect())
            }
        }

        fn type_of(ty: &ValType) -> Type {
            match ty {
                ValType::I32 => Type::I32,
                ValType::I64 => Type::I64,
                ValType::F32 => Type::F32,
                ValType::F64 => Type::F64,
                ValType::V128 => Type::V128,
                ValType::Ref(_) => Type::Ref,
            }
        }

        fn val(ty: &ValType, value: Value) -> Val {
            match value {
                Value::I32(value) => Val::I32(value),
                Value::I64(value) => Val::I64(value),
                Value::F32(bits) => Val::F32(bits),
                Value::F64(bits) => Val::F64(bits),
                Value::V128(bits) => Val::V128(V128::from(bits)),
                Value::Ref(_) => Val::null_ref(ty.as_ref().map_or(&HeapType::Func, |ty| ty.heap_type())),
            }
        }

        fn value(val: &Val) -> Value {
            match val {
                Val::I32(value) => Value::I32(*value),
                Val::I64(value) => Value::I64(*value),
                Val::F32(bits) => Value::F32(*bits),
                Val::F64(bits) => Value::F64(*bits),
                Val::V128(value) => Value::V128(value.as_u128()),
                reference => Value::Ref(reference.ref_().is_none_or(|reference| reference.is_null())),
            }
        }

        fn fault(error: &Error) -> Fault {
            match error.downcast_ref::<Trap>() {
                Some(Trap::UnreachableCodeReached) => Fault::Unreachable,
                Some(Trap::MemoryOutOfBounds) => Fault::Memory,
                Some(Trap::TableOutOfBounds) => Fault::Table,
                Some(Trap::IndirectCallToNull) => Fault::Null,
                Some(Trap::BadSignature) => Fault::Signature,
                Some(Trap::IntegerDivisionByZero) => Fault::DivideByZero,
                Some(Trap::IntegerOverflow) => Fault::Overflow,
                Some(Trap::BadConversionToInteger) => Fault::Conversion,
                Some(Trap::StackOverflow) => Fault::Unknown,
                _ => $other(error),
            }
        }
    };
}

pub(super) use embedding;

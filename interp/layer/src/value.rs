//! Values, to and from those of the layer.
//!
//! External references are kept alive for as long as the layer has them; see [`ExternRef`].

use crate::{Engine, ExternRef, Func, inward};
use anyhow::{Result, anyhow};
use fantail::AsContextMut;
use wasm_runtime_layer::backend::{Ref, Val};

pub(crate) fn to_val(mut store: impl AsContextMut, value: &Val<Engine>) -> fantail::Val {
    match value {
        Val::I32(value) => fantail::Val::I32(*value),
        Val::I64(value) => fantail::Val::I64(*value),
        Val::F32(value) => fantail::Val::F32(value.to_bits()),
        Val::F64(value) => fantail::Val::F64(value.to_bits()),
        Val::V128(value) => fantail::Val::V128((*value).into()),
        Val::FuncRef(func) => fantail::Val::FuncRef(func.as_ref().map(|func| func.0)),
        Val::ExternRef(reference) => {
            fantail::Val::ExternRef(reference.as_ref().map(|reference| reference.0.to_rooted(&mut store)))
        }
    }
}

/// # Errors
/// When the layer has no such value.
pub(crate) fn val(mut store: impl AsContextMut, value: &fantail::Val) -> Result<Val<Engine>> {
    Ok(match value {
        fantail::Val::I32(value) => Val::I32(*value),
        fantail::Val::I64(value) => Val::I64(*value),
        fantail::Val::F32(bits) => Val::F32(f32::from_bits(*bits)),
        fantail::Val::F64(bits) => Val::F64(f64::from_bits(*bits)),
        fantail::Val::V128(value) => Val::V128(value.as_u128()),
        fantail::Val::FuncRef(func) => Val::FuncRef(func.map(Func)),
        fantail::Val::ExternRef(None) => Val::ExternRef(None),
        fantail::Val::ExternRef(Some(reference)) => {
            let reference = reference.to_owned_rooted(&mut store).map_err(crate::outward)?;
            Val::ExternRef(Some(ExternRef(reference)))
        }
        other => return Err(anyhow!("{other:?} is beyond what this layer can pass")),
    })
}

pub(crate) fn to_ref(mut store: impl AsContextMut, value: &Ref<Engine>) -> fantail::Ref {
    match value {
        Ref::FuncRef(func) => fantail::Ref::Func(func.as_ref().map(|func| func.0)),
        Ref::ExternRef(reference) => {
            fantail::Ref::Extern(reference.as_ref().map(|reference| reference.0.to_rooted(&mut store)))
        }
    }
}

/// # Errors
/// When the layer has no such reference.
pub(crate) fn reference(store: impl AsContextMut, value: &fantail::Ref) -> Result<Ref<Engine>> {
    match val(store, &fantail::Val::from(*value))? {
        Val::FuncRef(func) => Ok(Ref::FuncRef(func)),
        Val::ExternRef(reference) => Ok(Ref::ExternRef(reference)),
        other => Err(anyhow!("{other:?} is no reference")),
    }
}

/// Calls `func` for a call by a guest.
pub(crate) fn call_host<T: 'static>(
    caller: fantail::Caller<'_, crate::store::Data<T>>,
    func: impl Fn(crate::StoreContextMut<'_, T>, &[Val<Engine>], &mut [Val<Engine>]) -> Result<()>,
    params: &[fantail::Val],
    results: &mut [fantail::Val],
) -> fantail::Result<()> {
    let mut store = fantail::StoreContextMut::from(caller);
    let convert = |store: &mut fantail::StoreContextMut<'_, _>, values: &[fantail::Val]| {
        values.iter().map(|value| val(&mut *store, value)).collect::<Result<Vec<_>>>()
    };
    let params = convert(&mut store, params).map_err(inward)?;
    // Fantail gives a host function results of the right types to write over.
    let mut outcome = convert(&mut store, results).map_err(inward)?;
    func(crate::StoreContextMut(store.as_context_mut()), &params, &mut outcome).map_err(inward)?;
    for (result, value) in results.iter_mut().zip(&outcome) {
        *result = to_val(&mut store, value);
    }
    Ok(())
}

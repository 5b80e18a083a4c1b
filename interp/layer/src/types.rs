//! Types, to and from those of the layer.
//!
//! Invariant: to the layer go only types that it can say exactly.

use fantail::{HeapType, Mutability};
use wasm_runtime_layer::{ExternType, FuncType, GlobalType, MemoryType, RefType, TableType, ValType};

pub(crate) fn val_type(ty: &fantail::ValType) -> Option<ValType> {
    Some(match ty {
        fantail::ValType::I32 => ValType::I32,
        fantail::ValType::I64 => ValType::I64,
        fantail::ValType::F32 => ValType::F32,
        fantail::ValType::F64 => ValType::F64,
        fantail::ValType::V128 => ValType::V128,
        fantail::ValType::Ref(ty) => ref_type(ty)?.into(),
    })
}

fn ref_type(ty: &fantail::RefType) -> Option<RefType> {
    match ty.heap_type() {
        HeapType::Func if ty.is_nullable() => Some(RefType::FuncRef),
        HeapType::Extern if ty.is_nullable() => Some(RefType::ExternRef),
        _ => None,
    }
}

pub(crate) fn func_type(ty: &fantail::FuncType) -> Option<FuncType> {
    let types = |types: &mut dyn Iterator<Item = fantail::ValType>| {
        types.map(|ty| val_type(&ty)).collect::<Option<Vec<_>>>()
    };
    Some(FuncType::new(types(&mut ty.params())?, types(&mut ty.results())?))
}

pub(crate) fn global_type(ty: &fantail::GlobalType) -> Option<GlobalType> {
    Some(GlobalType::new(val_type(ty.content())?, ty.mutability().is_var()))
}

pub(crate) fn memory_type(ty: &fantail::MemoryType) -> Option<MemoryType> {
    let plain = !ty.is_64() && !ty.is_shared() && ty.page_size_log2() == 16;
    let max = ty.maximum().map(u32::try_from).transpose().ok()?;
    plain.then_some(MemoryType::new(u32::try_from(ty.minimum()).ok()?, max))
}

pub(crate) fn table_type(ty: &fantail::TableType) -> Option<TableType> {
    let max = ty.maximum().map(u32::try_from).transpose().ok()?;
    let ty = (!ty.is_64()).then(|| (ty.element(), ty.minimum()))?;
    Some(TableType::new(ref_type(ty.0)?, u32::try_from(ty.1).ok()?, max))
}

pub(crate) fn extern_type(ty: &fantail::ExternType) -> Option<ExternType> {
    match ty {
        fantail::ExternType::Func(ty) => func_type(ty).map(Into::into),
        fantail::ExternType::Global(ty) => global_type(ty).map(Into::into),
        fantail::ExternType::Memory(ty) => memory_type(ty).map(Into::into),
        fantail::ExternType::Table(ty) => table_type(ty).map(Into::into),
        _ => None,
    }
}

pub(crate) fn to_val_type(ty: ValType) -> fantail::ValType {
    match ty {
        ValType::I32 => fantail::ValType::I32,
        ValType::I64 => fantail::ValType::I64,
        ValType::F32 => fantail::ValType::F32,
        ValType::F64 => fantail::ValType::F64,
        ValType::V128 => fantail::ValType::V128,
        ValType::FuncRef => fantail::ValType::FUNCREF,
        ValType::ExternRef => fantail::ValType::EXTERNREF,
    }
}

pub(crate) fn to_func_type(engine: &fantail::Engine, ty: &FuncType) -> fantail::FuncType {
    let types = |types: &[ValType]| types.iter().copied().map(to_val_type).collect::<Vec<_>>();
    fantail::FuncType::new(engine, types(ty.params()), types(ty.results()))
}

pub(crate) fn to_global_type(ty: ValType, mutable: bool) -> fantail::GlobalType {
    fantail::GlobalType::new(to_val_type(ty), if mutable { Mutability::Var } else { Mutability::Const })
}

pub(crate) fn to_memory_type(ty: MemoryType) -> fantail::MemoryType {
    fantail::MemoryType::new(ty.initial_pages(), ty.maximum_pages())
}

pub(crate) fn to_table_type(ty: TableType) -> fantail::TableType {
    let element = match ty.element() {
        RefType::FuncRef => fantail::RefType::FUNCREF,
        RefType::ExternRef => fantail::RefType::EXTERNREF,
    };
    fantail::TableType::new(element, ty.minimum(), ty.maximum())
}

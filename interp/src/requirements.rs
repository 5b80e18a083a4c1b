//! Which modules need what cannot be executed yet: exceptions, threads.
//!
//! Invariant: a module that passed both checks asks the executor for nothing it does not have.

use fantail_core::module::{ExternType, Module, Reader};
use fantail_core::types::{CompositeType, FuncIdx, HeapType, RefType, TypeDef, ValType};
use fantail_core::{Error, Instr, Proposal};

/// Fails when something that `module` declares needs a proposal that cannot be executed.
pub(crate) fn check_declarations(module: &Module) -> Result<(), Error> {
    if !module.tags.is_empty() {
        return Err(missing(Proposal::Exceptions, "a tag"));
    }
    if module.memories.iter().any(|memory| memory.shared) {
        return Err(missing(Proposal::Threads, "a shared memory"));
    }
    for def in &module.types {
        let CompositeType::Func(ty) = &def.composite else { continue };
        ty.params().iter().chain(ty.results()).try_for_each(|&ty| val_type(&module.types, ty))?;
    }
    for import in &module.imports {
        match import.ty {
            ExternType::Global(ty) => val_type(&module.types, ty.content)?,
            ExternType::Table(ty) => ref_type(&module.types, ty.element)?,
            ExternType::Func(_) | ExternType::Memory(_) | ExternType::Tag(_) => {}
        }
    }
    module.globals.iter().try_for_each(|global| val_type(&module.types, global.ty.content))?;
    module.tables.iter().try_for_each(|table| ref_type(&module.types, table.ty.element))?;
    module.elements.iter().try_for_each(|segment| ref_type(&module.types, segment.ty))
}

/// Fails when an instruction of `module`, which is valid, needs a proposal that cannot be executed.
pub(crate) fn check_bodies(module: &Module, bytes: &[u8]) -> Result<(), Error> {
    (module.imported_funcs..module.funcs.len() as u32)
        .try_for_each(|func| check_body(module, bytes, FuncIdx(func)))
}

/// The same for one function.
pub(crate) fn check_body(module: &Module, bytes: &[u8], func: FuncIdx) -> Result<(), Error> {
    let Some(body) = module.body(func) else { return Ok(()) };
    let mut reader = Reader::new(bytes, body.range.clone());
    for group in reader.local_decls()? {
        val_type(&module.types, group?.1)?;
    }
    while !reader.is_empty() {
        let at = reader.offset();
        let instr = reader.instr()?;
        check_instr(module, &mut reader, instr)
            .map_err(|error| error.at(at).in_func(func, module.func_name(func, bytes)))?;
    }
    Ok(())
}

fn check_instr(module: &Module, reader: &mut Reader<'_>, instr: Instr) -> Result<(), Error> {
    match instr.proposal() {
        proposal @ (Proposal::Exceptions | Proposal::LegacyExceptions | Proposal::Threads) => {
            Err(missing(proposal, instr.name()))
        }
        _ if instr == Instr::RefNull => {
            let heap = reader.heap_type()?;
            ref_type(&module.types, RefType { nullable: true, heap })
        }
        _ => reader.skip_immediates(instr),
    }
}

fn val_type(types: &[TypeDef], ty: ValType) -> Result<(), Error> {
    match ty {
        ValType::Ref(ty) => ref_type(types, ty),
        _ => Ok(()),
    }
}

fn ref_type(types: &[TypeDef], ty: RefType) -> Result<(), Error> {
    match fantail_core::validate::subtype::top(types, ty.heap) {
        HeapType::Exn => Err(missing(Proposal::Exceptions, "an exception reference")),
        _ => Ok(()),
    }
}

#[cold]
fn missing(proposal: Proposal, what: &str) -> Error {
    Error::unsupported(alloc::format!(
        "{what} needs the {} proposal, which cannot be executed yet",
        proposal.name()
    ))
}

//! Which modules need what cannot be executed yet: objects, threads.
//!
//! Types of objects are no hindrance by themselves: without the instructions that make objects, all their references are
//! null.
//!
//! Invariant: a module that passed both checks asks the executor for nothing it does not have.

use fantail_core::module::{ConstExpr, ElementItems, ElementMode, Module, Reader};
use fantail_core::types::FuncIdx;
use fantail_core::{Error, Proposal};

/// Fails when something that `module` declares needs a proposal that cannot be executed.
pub(crate) fn check_declarations(module: &Module, bytes: &[u8]) -> Result<(), Error> {
    if module.memories.iter().any(|memory| memory.shared) {
        return Err(missing(Proposal::Threads, "a shared memory"));
    }
    const_exprs(module).try_for_each(|expr| check_instrs(&mut Reader::new(bytes, expr.0.clone())))
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
    reader.local_decls()?.try_for_each(|group| group.map(drop))?;
    check_instrs(&mut reader).map_err(|error| error.in_func(func, module.func_name(func, bytes)))
}

fn check_instrs(reader: &mut Reader<'_>) -> Result<(), Error> {
    while !reader.is_empty() {
        let at = reader.offset();
        let instr = reader.instr()?;
        match instr.proposal() {
            proposal @ (Proposal::Gc | Proposal::Threads) => {
                return Err(missing(proposal, instr.name()).at(at));
            }
            _ => reader.skip_immediates(instr)?,
        }
    }
    Ok(())
}

/// All constant expressions of `module`.
fn const_exprs(module: &Module) -> impl Iterator<Item = &ConstExpr> {
    let elements = module.elements.iter().flat_map(|segment| {
        let items: &[ConstExpr] = match &segment.items {
            ElementItems::Exprs(exprs) => exprs,
            ElementItems::Funcs(_) => &[],
        };
        let offset = match &segment.mode {
            ElementMode::Active { offset, .. } => Some(offset),
            ElementMode::Passive | ElementMode::Declarative => None,
        };
        items.iter().chain(offset)
    });
    let globals = module.globals.iter().filter_map(|global| global.init.as_ref());
    let tables = module.tables.iter().filter_map(|table| table.init.as_ref());
    globals.chain(tables).chain(elements)
}

#[cold]
fn missing(proposal: Proposal, what: &str) -> Error {
    Error::unsupported(alloc::format!(
        "{what} needs the {} proposal, which cannot be executed yet",
        proposal.name()
    ))
}

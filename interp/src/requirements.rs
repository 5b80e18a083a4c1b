//! Which modules need what cannot be executed yet: objects, threads.
//!
//! Types of objects are no hindrance by themselves: without the instructions that make objects, all their references are
//! null.
//!
//! Instructions in function bodies are checked where they are validated, against [`Module::executable`].
//!
//! Invariant: a module that passed [`restrict`] and whose bodies are valid asks the executor for nothing it does not have.

use fantail_core::module::{ConstExpr, ElementItems, ElementMode, Module, Reader};
use fantail_core::{Error, Proposal};

/// The proposals whose instructions cannot be executed.
const MISSING: [Proposal; 2] = [Proposal::Gc, Proposal::Threads];

/// Restricts the bodies of `module` to what can be executed.
///
/// # Errors
/// When something that it declares cannot.
pub(crate) fn restrict(module: &mut Module, bytes: &[u8]) -> Result<(), Error> {
    for proposal in MISSING {
        module.executable.set(proposal, false);
    }
    if module.memories.iter().any(|memory| memory.shared) {
        return Err(missing(Proposal::Threads, "a shared memory"));
    }
    const_exprs(module).try_for_each(|expr| check_instrs(&mut Reader::new(bytes, expr.0.clone())))
}

fn check_instrs(reader: &mut Reader<'_>) -> Result<(), Error> {
    while !reader.is_empty() {
        let at = reader.offset();
        let instr = reader.instr()?;
        match instr.proposal() {
            proposal if MISSING.contains(&proposal) => return Err(missing(proposal, instr.name()).at(at)),
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
        "{what} needs the proposal {}, which cannot be executed yet",
        proposal.name()
    ))
}

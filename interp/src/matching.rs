//! Whether what is given for an import is what the module expects.
//!
//! Spec: WebAssembly 3.0, sections 3.3.15 "External Types" (matching) and 4.7.2 "Instantiation".

use crate::external::Extern;
use crate::module::ModuleInner;
use crate::store::StoreOpaque;
use crate::types::{ExternType, canonical, canonical_ref};
use crate::{AsContext, Result, bail};
use fantail_core::module::{ExternType as CoreExternType, Import};
use fantail_core::types::{Limits, MemoryType, TypeIdx};
use fantail_core::validate::subtype;

/// Fails unless `actual` of `store` can be given for `import` of `module`.
pub(crate) fn check(
    store: impl AsContext,
    module: &ModuleInner,
    import: &Import,
    actual: &Extern,
) -> Result<()> {
    let context = store.as_context();
    if matches(&context.0.opaque, module, import.ty, actual) {
        return Ok(());
    }
    bail!(
        "incompatible import type for {:?}.{:?}: expected {}, found {}",
        import.module,
        import.name,
        ExternType::from_module(module, import.ty),
        actual.ty(context)
    );
}

fn matches(store: &StoreOpaque, module: &ModuleInner, expected: CoreExternType, actual: &Extern) -> bool {
    let (engine, own) = (store.engine(), &module.core.types);
    match (expected, actual) {
        (CoreExternType::Func(ty), Extern::Func(func)) => {
            let (actual, expected) = (func.type_id(store), own[ty.index()].id);
            subtype::type_matches(engine.types().types(), TypeIdx(actual.0), TypeIdx(expected.0))
        }
        (CoreExternType::Memory(expected), Extern::Memory(memory)) => {
            memory_matches(memory.stored().get(store).ty, expected)
        }
        (CoreExternType::Memory(expected), Extern::SharedMemory(memory)) => {
            memory_matches(memory.core_type(), expected)
        }
        (CoreExternType::Table(expected), Extern::Table(table)) => {
            let actual = table.stored().get(store).ty;
            limits_match(actual.limits, expected.limits)
                && canonical_ref(own, expected.element) == actual.element
        }
        (CoreExternType::Global(expected), Extern::Global(global)) => {
            let actual = global.stored().get(store).ty;
            let content = canonical(own, expected.content);
            actual.mutable == expected.mutable
                && match expected.mutable {
                    // What can be set must be the same type in both directions.
                    true => actual.content == content,
                    false => engine.val_matches(actual.content, content),
                }
        }
        (CoreExternType::Tag(ty), Extern::Tag(tag)) => tag.stored().get(store).ty == own[ty.index()].id,
        _ => false,
    }
}

fn memory_matches(actual: MemoryType, expected: MemoryType) -> bool {
    limits_match(actual.limits, expected.limits)
        && actual.shared == expected.shared
        && actual.page_size_log2 == expected.page_size_log2
}

fn limits_match(actual: Limits, expected: Limits) -> bool {
    actual.is64 == expected.is64
        && actual.min >= expected.min
        && expected.max.is_none_or(|most| actual.max.is_some_and(|max| max <= most))
}

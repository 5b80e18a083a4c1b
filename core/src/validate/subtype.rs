//! When a type matches another: subtyping.
//!
//! Every function takes the definitions that type indices refer to: those of a module, or for canonical types those
//! of a [`TypeStore`](crate::types::TypeStore).
//!
//! Invariant: nothing here recurses. Whether a defined type matches another is read off its display, and the
//! structure of composite types is compared one level deep, since what they refer to has identities already.
//!
//! Spec: WebAssembly 3.0, section 3.3 "Matching".

use crate::types::{CompositeType, FieldType, HeapType, RefType, StorageType, TypeDef, TypeIdx, ValType};

/// Whether every value of type `a` is one of type `b`.
pub fn val_matches(types: &[TypeDef], a: ValType, b: ValType) -> bool {
    match (a, b) {
        (ValType::Ref(a), ValType::Ref(b)) => ref_matches(types, a, b),
        _ => a == b,
    }
}

/// Whether every reference of type `a` is one of type `b`.
pub fn ref_matches(types: &[TypeDef], a: RefType, b: RefType) -> bool {
    (!a.nullable || b.nullable) && heap_matches(types, a.heap, b.heap)
}

/// Whether everything that `a` describes is described by `b`.
pub fn heap_matches(types: &[TypeDef], a: HeapType, b: HeapType) -> bool {
    use HeapType::*;
    if a == b {
        return true;
    }
    match (a, b) {
        (Concrete(a), Concrete(b)) => type_matches(types, a, b),
        // All types are those of functions then.
        (Concrete(_), b) if !cfg!(feature = "gc") => b == Func,
        (None | NoFunc, Concrete(_)) if !cfg!(feature = "gc") => a == NoFunc,
        (Concrete(a), b) => match types.get(a.index()).map(|def| &def.composite) {
            Some(CompositeType::Func(_)) => b == Func,
            Some(CompositeType::Struct(_)) => matches!(b, Struct | Eq | Any),
            Some(CompositeType::Array(_)) => matches!(b, Array | Eq | Any),
            Option::None => false,
        },
        (None, Concrete(b)) => {
            matches!(
                types.get(b.index()).map(|def| &def.composite),
                Some(CompositeType::Struct(_) | CompositeType::Array(_))
            )
        }
        (NoFunc, Concrete(b)) => {
            matches!(types.get(b.index()).map(|def| &def.composite), Some(CompositeType::Func(_)))
        }
        (None, I31 | Struct | Array | Eq | Any) | (I31 | Struct | Array, Eq | Any) | (Eq, Any) => true,
        (NoFunc, Func) | (NoExtern, Extern) | (NoExn, Exn) => true,
        _ => false,
    }
}

/// Whether the defined type `a` is `b` or has it among its supertypes.
pub fn type_matches(types: &[TypeDef], a: TypeIdx, b: TypeIdx) -> bool {
    match (types.get(a.index()), types.get(b.index())) {
        (Some(a), Some(b)) => a.display.get(b.display.len() - 1) == Some(&b.id),
        _ => false,
    }
}

/// Whether a type of structure `a` may be declared a subtype of one of structure `b`.
pub(crate) fn composite_matches(types: &[TypeDef], a: &CompositeType, b: &CompositeType) -> bool {
    let all = |a: &[ValType], b: &[ValType]| {
        a.len() == b.len() && a.iter().zip(b).all(|(&a, &b)| val_matches(types, a, b))
    };
    match (a, b) {
        (CompositeType::Func(a), CompositeType::Func(b)) => {
            all(b.params(), a.params()) && all(a.results(), b.results())
        }
        (CompositeType::Struct(a), CompositeType::Struct(b)) => {
            a.len() >= b.len() && a.iter().zip(b).all(|(&a, &b)| field_matches(types, a, b))
        }
        (CompositeType::Array(a), CompositeType::Array(b)) => field_matches(types, *a, *b),
        _ => false,
    }
}

fn field_matches(types: &[TypeDef], a: FieldType, b: FieldType) -> bool {
    // What can be set must be the same type in both directions.
    a.mutable == b.mutable
        && storage_matches(types, a.storage, b.storage)
        && (!a.mutable || storage_matches(types, b.storage, a.storage))
}

/// Whether what is stored as `a` can be read as `b`.
pub(crate) fn storage_matches(types: &[TypeDef], a: StorageType, b: StorageType) -> bool {
    match (a, b) {
        (StorageType::Val(a), StorageType::Val(b)) => val_matches(types, a, b),
        _ => a == b,
    }
}

/// The greatest of the types that are not defined by modules to which `heap` belongs: the hierarchy it is part of.
pub fn top(types: &[TypeDef], heap: HeapType) -> HeapType {
    use HeapType::*;
    match heap {
        Any | Eq | I31 | Struct | Array | None => Any,
        Func | NoFunc => Func,
        Extern | NoExtern => Extern,
        Exn | NoExn => Exn,
        Concrete(index) => match types.get(index.index()).map(|def| &def.composite) {
            Some(CompositeType::Func(_)) => Func,
            _ => Any,
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bottoms_match_all_of_their_hierarchy_and_nothing_else() {
        use HeapType::*;
        for heap in [Any, Eq, I31, Struct, Array, None, Func, NoFunc, Extern, NoExtern, Exn, NoExn] {
            for bottom in [None, NoFunc, NoExtern, NoExn] {
                assert_eq!(
                    heap_matches(&[], bottom, heap),
                    top(&[], bottom) == top(&[], heap),
                    "{bottom} <: {heap}"
                );
            }
        }
    }

    #[test]
    fn null_does_not_match_a_type_without_null() {
        let nullable = RefType { nullable: true, heap: HeapType::Eq };
        let non_null = RefType { nullable: false, heap: HeapType::I31 };
        assert!(ref_matches(&[], non_null, nullable));
        assert!(!ref_matches(
            &[],
            RefType { nullable: true, ..non_null },
            RefType { nullable: false, ..nullable }
        ));
    }
}

//! Identity of types across modules.
//!
//! Two types are the same when the recursive groups they belong to are, and groups are compared by structure: a
//! reference to a type of the same group by its position in the group, any other by identity. So a group becomes a
//! sequence of words in which those two kinds of references are all that is left of indices, and a hash table from
//! such sequences to identities does the rest. Each group costs time and space proportional to its size.
//!
//! The store is also an index space of its own: in a definition that [`TypeStore::get`] returns, the type index `n`
//! stands for the identity `n`. What is written that way is called *canonical*.
//!
//! Invariant: equal types have equal identities, in all modules that were decoded with the same store. Types stay in
//! the store when their modules are gone.
//!
//! Spec: WebAssembly 3.0, sections 2.3.8 "Recursive Types" and 3.1.5 "Rolling and Unrolling".

use super::layout::Layout;
use super::{
    CanonId, CompositeType, FieldType, FuncType, HeapType, RefType, StorageType, TypeDef, TypeIdx, ValType,
};
use crate::error::Error;
use crate::fallible::{OutOfMemory, TryVec, try_boxed, try_copy};
use crate::limits;
use crate::validate::subtype;
#[cfg(feature = "gc")]
use alloc::boxed::Box;
use alloc::vec::Vec;
#[cfg(feature = "gc")]
use core::ops::Range;
#[cfg(feature = "gc")]
use hashbrown::HashMap;

/// A type of a recursive group before it has an identity.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct SubType {
    /// Its structure.
    pub composite: CompositeType,
    /// Whether it may have no subtypes.
    pub is_final: bool,
    /// The declared supertype.
    pub supertype: Option<TypeIdx>,
}

/// The types of all modules of an engine, each once.
#[derive(Debug, Default)]
pub struct TypeStore {
    types: Vec<TypeDef>,
    /// From the words of a group to the identity of its first type; the others follow.
    #[cfg(feature = "gc")]
    groups: HashMap<Box<[u32]>, CanonId>,
}

impl TypeStore {
    /// An empty store.
    pub fn new() -> Self {
        Self::default()
    }

    /// The type with identity `id`, in canonical form.
    #[inline]
    pub fn get(&self, id: CanonId) -> Option<&TypeDef> {
        self.types.get(id.index())
    }

    /// All types in canonical form: `types()[n]` has identity `n`.
    #[inline]
    pub fn types(&self) -> &[TypeDef] {
        &self.types
    }

    /// Whether every value of type `a` is one of type `b`.
    pub fn is_subtype(&self, a: CanonId, b: CanonId) -> bool {
        let heap = |id: CanonId| HeapType::Concrete(TypeIdx(id.0));
        subtype::heap_matches(&self.types, heap(a), heap(b))
    }

    /// The identity of the function type from `params` to `results`, which must be canonical.
    ///
    /// # Errors
    /// When the store is full, or memory short.
    ///
    /// # Panics
    /// When one of them refers to a type that is not in the store.
    #[cfg(any(feature = "gc", feature = "references"))]
    pub fn intern_func(&mut self, params: &[ValType], results: &[ValType]) -> Result<CanonId, Error> {
        self.intern_composite(CompositeType::Func(FuncType::of(params, results)?))
    }

    /// The identity of the function type from `params` to `results`, which refer to no other type in builds that leave out both
    /// objects and references.
    ///
    /// # Errors
    /// When the store is full, or memory short.
    #[cfg(not(any(feature = "gc", feature = "references")))]
    pub fn intern_func(&mut self, params: &[ValType], results: &[ValType]) -> Result<CanonId, Error> {
        let is_it = |known: &&TypeDef| {
            let CompositeType::Func(func) = &known.composite else { return false };
            let same = func.params() == params && func.results() == results;
            same && known.is_final && known.supertype.is_none()
        };
        if let Some(known) = self.types.iter().find(is_it) {
            return Ok(known.id);
        }
        let id = CanonId(self.types.len() as u32);
        if id.0 >= limits::STORE_TYPES {
            return Err(Error::limit("too many types in one engine"));
        }
        let composite = CompositeType::Func(FuncType::of(params, results)?);
        let (layout, display) = (Layout::of(&composite)?, try_copy(&[id])?);
        self.types.try_push(TypeDef { composite, is_final: true, supertype: None, id, display, layout })?;
        Ok(id)
    }

    /// The identity of the final type without supertypes that is `composite`, which must be canonical.
    ///
    /// # Errors
    /// When the store is full, or memory short.
    ///
    /// # Panics
    /// When `composite` refers to a type that is not in the store.
    pub fn intern_composite(&mut self, composite: CompositeType) -> Result<CanonId, Error> {
        self.intern_single(SubType { composite, is_final: true, supertype: None })
    }

    /// The identity of the type `ty`, which must be canonical, its supertype included.
    ///
    /// # Errors
    /// When it may not be a subtype of that, the store is full, or memory short.
    ///
    /// # Panics
    /// When `ty` refers to a type that is not in the store.
    pub fn intern_sub(&mut self, ty: SubType) -> Result<CanonId, Error> {
        if let Some(supertype) = ty.supertype {
            let parent = &self.types[supertype.index()];
            if parent.is_final {
                return Err(Error::invalid("a sub type of a type that is final"));
            }
            if !subtype::composite_matches(&self.types, &ty.composite, &parent.composite) {
                return Err(Error::invalid("a sub type that does not match its super type"));
            }
            if parent.display.len() > limits::SUBTYPING_DEPTH {
                return Err(Error::limit("a sub type with too many supertypes"));
            }
        }
        self.intern_single(ty)
    }

    fn intern_single(&mut self, ty: SubType) -> Result<CanonId, Error> {
        for val in composite_types(&ty.composite) {
            if let ValType::Ref(RefType { heap: HeapType::Concrete(TypeIdx(index)), .. }) = val {
                assert!((index as usize) < self.types.len(), "type {index} is not in the store");
            }
        }
        // Indices from the length on would be those of the group itself; there are none.
        self.intern(&[ty], self.types.len() as u32, |index| CanonId(index.0))
    }

    /// Gives identities to the types `group`, which have the indices from `known.len()` on in a module whose types
    /// before are `known`, and appends them to `known`.
    ///
    /// All references must be to `known` or into the group, supertypes to smaller indices.
    pub(crate) fn intern_group(
        &mut self,
        known: &mut Vec<TypeDef>,
        group: Vec<SubType>,
    ) -> Result<(), Error> {
        let start = known.len() as u32;
        let first = self.intern(&group, start, |index| known[index.index()].id)?;
        for (id, ty) in (first.0..).zip(group) {
            let display = try_copy(&self.types[id as usize].display)?;
            let layout = self.types[id as usize].layout.try_clone()?;
            let SubType { composite, is_final, supertype } = ty;
            known.try_push(TypeDef { composite, is_final, supertype, id: CanonId(id), display, layout })?;
        }
        Ok(())
    }

    fn intern(
        &mut self,
        group: &[SubType],
        start: u32,
        id_of: impl Fn(TypeIdx) -> CanonId,
    ) -> Result<CanonId, Error> {
        let is_left_out =
            |ty: &SubType| !cfg!(feature = "gc") && !matches!(ty.composite, CompositeType::Func(_));
        if group.iter().any(is_left_out) {
            return Err(Error::unsupported("structures and arrays are left out of this build"));
        }
        let found = self.find(group, start, &id_of)?;
        if let Found::Is(first) = found {
            return Ok(first);
        }
        let first = self.types.len() as u32;
        if limits::STORE_TYPES.saturating_sub(first) < group.len() as u32 {
            return Err(Error::limit("too many types in one engine"));
        }
        let canonical = |index: TypeIdx| {
            TypeIdx(if index.0 >= start { first + (index.0 - start) } else { id_of(index).0 })
        };
        #[cfg(feature = "gc")]
        self.groups.try_reserve(1).map_err(|_| OutOfMemory)?;
        for ty in group {
            if let Err(OutOfMemory) = self.add(ty, canonical) {
                // A group is there as a whole, or not at all.
                self.types.truncate(first as usize);
                return Err(OutOfMemory.into());
            }
        }
        #[cfg(feature = "gc")]
        if let Found::New(words) = found {
            self.groups.insert(words, CanonId(first));
        }
        Ok(CanonId(first))
    }

    /// Adds `ty`, of whose indices `canonical` makes identities.
    fn add(
        &mut self,
        ty: &SubType,
        canonical: impl Fn(TypeIdx) -> TypeIdx + Copy,
    ) -> Result<(), OutOfMemory> {
        let id = CanonId(self.types.len() as u32);
        let supertype = ty.supertype.map(canonical);
        let parents = supertype.map_or(&[][..], |index| &self.types[index.index()].display);
        let mut display = Vec::new();
        display.try_reserve_exact(parents.len() + 1)?;
        display.extend_from_slice(parents);
        display.push(id);
        let composite = map_composite(&ty.composite, canonical)?;
        let (layout, is_final, display) = (Layout::of(&composite)?, ty.is_final, display.into());
        self.types.try_push(TypeDef { composite, is_final, supertype, id, display, layout })
    }

    /// Looks for `group` by its words.
    #[cfg(feature = "gc")]
    fn find(
        &self,
        group: &[SubType],
        start: u32,
        id_of: &impl Fn(TypeIdx) -> CanonId,
    ) -> Result<Found, OutOfMemory> {
        let end = start + group.len() as u32;
        let mut words = Vec::new();
        words.try_reserve_exact(group.iter().map(encoded_len).sum())?;
        let words = Encoder { words, group: start..end, id_of }.group(group)?;
        Ok(match self.groups.get(&*words) {
            Some(&first) => Found::Is(first),
            None => Found::New(try_copy(&words)?),
        })
    }

    /// Looks for `group`, which is one function type: all else is a part of what is left out. Such builds are to be small, as
    /// are their modules, so types are compared one by one.
    #[cfg(not(feature = "gc"))]
    fn find(
        &self,
        group: &[SubType],
        start: u32,
        id_of: &impl Fn(TypeIdx) -> CanonId,
    ) -> Result<Found, OutOfMemory> {
        let [SubType { composite: CompositeType::Func(ty), is_final, supertype }] = group else {
            return Ok(Found::New);
        };
        let is = |known: &TypeDef| {
            let CompositeType::Func(func) = &known.composite else { return false };
            let canonical =
                |index: TypeIdx| TypeIdx(if index.0 >= start { known.id.0 } else { id_of(index).0 });
            let same = |a: &[ValType], b: &[ValType]| {
                a.len() == b.len() && a.iter().zip(b).all(|(&a, &b)| map_val(a, canonical) == b)
            };
            known.is_final == *is_final
                && known.supertype == supertype.map(canonical)
                && same(ty.params(), func.params())
                && same(ty.results(), func.results())
        };
        Ok(self.types.iter().find(|known| is(known)).map_or(Found::New, |known| Found::Is(known.id)))
    }
}

/// What the store has of a group.
enum Found {
    /// Its types, from this one on.
    Is(CanonId),
    /// Nothing yet; with its words.
    #[cfg(feature = "gc")]
    New(Box<[u32]>),
    /// Nothing yet.
    #[cfg(not(feature = "gc"))]
    New,
}

/// About how many words an encoded type has: exactly so many, if it is a function of numbers.
#[cfg(feature = "gc")]
fn encoded_len(ty: &SubType) -> usize {
    match &ty.composite {
        CompositeType::Func(ty) => 4 + ty.params().len() + ty.results().len(),
        CompositeType::Struct(fields) => 4 + 2 * fields.len(),
        CompositeType::Array(_) => 4,
    }
}

/// `ty` with its type indices replaced.
pub(crate) fn map_val(ty: ValType, f: impl Fn(TypeIdx) -> TypeIdx) -> ValType {
    match ty {
        ValType::Ref(ty) => ValType::Ref(map_ref(ty, f)),
        other => other,
    }
}

/// `ty` with its type indices replaced.
pub(crate) fn map_ref(ty: RefType, f: impl Fn(TypeIdx) -> TypeIdx) -> RefType {
    match ty.heap {
        HeapType::Concrete(index) if cfg!(feature = "references") => {
            RefType { heap: HeapType::Concrete(f(index)), ..ty }
        }
        _ => ty,
    }
}

/// `ty` with its type indices replaced.
fn map_composite(
    ty: &CompositeType,
    f: impl Fn(TypeIdx) -> TypeIdx + Copy,
) -> Result<CompositeType, OutOfMemory> {
    let field = |field: FieldType| match field.storage {
        StorageType::Val(val) => FieldType { storage: StorageType::Val(map_val(val, f)), ..field },
        _ => field,
    };
    Ok(match ty {
        CompositeType::Func(ty) => CompositeType::Func(ty.try_map(|val| map_val(val, f))?),
        _ if !cfg!(feature = "gc") => unreachable!("`intern` accepts function types only"),
        CompositeType::Struct(fields) => CompositeType::Struct(try_boxed(fields.iter().copied().map(field))?),
        CompositeType::Array(element) => CompositeType::Array(field(*element)),
    })
}

/// The value types that `ty` consists of.
pub(crate) fn composite_types(ty: &CompositeType) -> impl Iterator<Item = ValType> {
    let (params, results, fields) = match ty {
        CompositeType::Func(ty) => (ty.params(), ty.results(), &[][..]),
        _ if !cfg!(feature = "gc") => (&[][..], &[][..], &[][..]),
        CompositeType::Struct(fields) => (&[][..], &[][..], &**fields),
        CompositeType::Array(field) => (&[][..], &[][..], core::slice::from_ref(field)),
    };
    params.iter().chain(results).copied().chain(fields.iter().map(|field| field.storage.unpacked()))
}

/// Turns a group into words, from which it could be read back unambiguously.
#[cfg(feature = "gc")]
struct Encoder<'a, F> {
    words: Vec<u32>,
    group: Range<u32>,
    id_of: &'a F,
}

#[cfg(feature = "gc")]
impl<F: Fn(TypeIdx) -> CanonId> Encoder<'_, F> {
    fn group(mut self, group: &[SubType]) -> Result<Vec<u32>, OutOfMemory> {
        for ty in group {
            self.make_room(ty)?;
            self.words.push(u32::from(ty.is_final) | u32::from(ty.supertype.is_some()) << 1);
            if let Some(supertype) = ty.supertype {
                self.index(supertype);
            }
            match &ty.composite {
                CompositeType::Func(ty) => {
                    self.words.extend([0, ty.params().len() as u32, ty.results().len() as u32]);
                    ty.params().iter().chain(ty.results()).for_each(|&ty| self.val(ty));
                }
                CompositeType::Struct(fields) => {
                    self.words.extend([1, fields.len() as u32]);
                    fields.iter().for_each(|&field| self.field(field));
                }
                CompositeType::Array(field) => {
                    self.words.push(2);
                    self.field(*field);
                }
            }
        }
        Ok(self.words)
    }

    /// Makes room for the words of `ty`: no field or value takes more than four.
    fn make_room(&mut self, ty: &SubType) -> Result<(), OutOfMemory> {
        let parts = match &ty.composite {
            CompositeType::Func(ty) => ty.params().len() + ty.results().len(),
            CompositeType::Struct(fields) => fields.len(),
            CompositeType::Array(_) => 1,
        };
        // Before them come the flags, the supertype, the kind and two lengths.
        Ok(self.words.try_reserve(6 + 4 * parts)?)
    }

    fn field(&mut self, field: FieldType) {
        self.words.push(u32::from(field.mutable));
        match field.storage {
            StorageType::I8 => self.words.push(100),
            StorageType::I16 => self.words.push(101),
            StorageType::Val(ty) => self.val(ty),
        }
    }

    fn val(&mut self, ty: ValType) {
        let ty = match ty {
            ValType::I32 => return self.words.push(0),
            ValType::I64 => return self.words.push(1),
            ValType::F32 => return self.words.push(2),
            ValType::F64 => return self.words.push(3),
            ValType::V128 => return self.words.push(4),
            ValType::Ref(ty) => ty,
        };
        let heap = match ty.heap {
            HeapType::Any => 10,
            HeapType::Eq => 12,
            HeapType::I31 => 14,
            HeapType::Struct => 16,
            HeapType::Array => 18,
            HeapType::None => 20,
            HeapType::Func => 22,
            HeapType::NoFunc => 24,
            HeapType::Extern => 26,
            HeapType::NoExtern => 28,
            HeapType::Exn => 30,
            HeapType::NoExn => 32,
            HeapType::Concrete(_) => 34,
        };
        self.words.push(heap + u32::from(ty.nullable));
        if let HeapType::Concrete(index) = ty.heap {
            self.index(index);
        }
    }

    fn index(&mut self, index: TypeIdx) {
        if self.group.contains(&index.0) {
            self.words.extend([0, index.0 - self.group.start]);
        } else {
            self.words.extend([1, (self.id_of)(index).0]);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plain(composite: CompositeType) -> SubType {
        SubType { composite, is_final: true, supertype: None }
    }

    fn list(next: u32) -> SubType {
        let next = RefType { nullable: true, heap: HeapType::Concrete(TypeIdx(next)) };
        let field = FieldType { storage: StorageType::Val(ValType::Ref(next)), mutable: true };
        plain(CompositeType::Struct([field].into()))
    }

    #[test]
    fn equal_function_types_are_one_type() {
        let mut store = TypeStore::new();
        let a = store.intern_func(&[ValType::I32], &[ValType::I64]);
        let b = store.intern_func(&[ValType::I32, ValType::I64], &[]);
        assert_eq!(a, store.intern_func(&[ValType::I32], &[ValType::I64]));
        assert_ne!(a, b);
    }

    #[test]
    fn recursive_groups_are_compared_relative_to_their_start() {
        let mut store = TypeStore::new();
        let mut module = Vec::new();
        store.intern_group(&mut module, [list(0)].into()).expect("fits");
        store.intern_group(&mut module, [list(1)].into()).expect("fits");
        store.intern_group(&mut module, [list(0)].into()).expect("fits");
        store.intern_group(&mut module, [list(3), list(3)].into()).expect("fits");
        assert_eq!(module[0].id, module[1].id, "both refer to themselves");
        assert_ne!(module[0].id, module[2].id, "refers to another");
        assert_ne!(module[0].id, module[3].id, "is part of a larger group");
    }

    #[test]
    fn a_subtype_knows_its_ancestors() {
        let mut store = TypeStore::new();
        let mut module = Vec::new();
        let root = SubType { composite: CompositeType::Struct([].into()), is_final: false, supertype: None };
        let child = SubType { supertype: Some(TypeIdx(0)), ..root.clone() };
        let other = SubType { is_final: true, ..root.clone() };
        for ty in [root, child, other] {
            store.intern_group(&mut module, [ty].into()).expect("fits");
        }
        let [root, child, other] = [module[0].id, module[1].id, module[2].id];
        assert!(store.is_subtype(child, root) && store.is_subtype(root, root));
        assert!(!store.is_subtype(root, child) && !store.is_subtype(other, root));
        assert_eq!(&*module[1].display, [root, child]);
    }
}

//! Types that have an identity in an engine: [`FuncType`], [`StructType`], [`ArrayType`]; and the types of fields.
//!
//! Invariant: the lists of a [`FuncType`] are those that its engine's types have under its identity. Types stay there as long
//! as the engine, and what they consist of is never moved, so looking at a type takes neither a lock nor memory.

#![expect(unsafe_code, reason = "types refer to the lists that their engine has")]

use super::{Finality, Mutability, ValType};
use crate::fallible::{TryVec, try_copy};
use crate::{AsContext, Engine, Result, Val, bail};
use alloc::vec::Vec;
use core::fmt;
use core::hash::{Hash, Hasher};
use core::ptr::NonNull;
use fantail_core::types as core_types;
use fantail_core::types::{CanonId, CompositeType, HeapType, RefType, SubType, TypeIdx};
use fantail_core::validate::subtype;

/// The type of a function: parameters to results.
///
/// ```
/// use fantail::{Engine, FuncType, ValType};
///
/// let engine = Engine::default();
/// let ty = FuncType::new(&engine, [ValType::I32, ValType::I64], [ValType::I32]);
/// assert_eq!(ty.params().len(), 2);
/// assert_eq!(ty.to_string(), "(func (param i32 i64) (result i32))");
/// ```
#[derive(Clone)]
pub struct FuncType {
    engine: Engine,
    id: CanonId,
    params: NonNull<[core_types::ValType]>,
    results: NonNull<[core_types::ValType]>,
}

// SAFETY: it refers to what its engine has, which can be shared between threads and is not changed.
unsafe impl Send for FuncType {}
// SAFETY: as above.
unsafe impl Sync for FuncType {}

impl FuncType {
    /// The type from `params` to `results`.
    ///
    /// # Panics
    /// When a parameter or result is a concrete type of another engine, or the engine has 67 million types already.
    pub fn new(
        engine: &Engine,
        params: impl IntoIterator<Item = ValType>,
        results: impl IntoIterator<Item = ValType>,
    ) -> Self {
        Self::try_new(engine, params, results).unwrap_or_else(|error| panic!("{error}"))
    }

    /// The type from `params` to `results`.
    ///
    /// # Errors
    /// When the engine has 67 million types already.
    ///
    /// # Panics
    /// When a parameter or result is a concrete type of another engine.
    pub fn try_new(
        engine: &Engine,
        params: impl IntoIterator<Item = ValType>,
        results: impl IntoIterator<Item = ValType>,
    ) -> Result<Self> {
        Self::with_finality_and_supertype(engine, Finality::Final, None, params, results)
    }

    /// The type from `params` to `results` that is a subtype of `supertype`, and may have subtypes unless it is final.
    ///
    /// ```
    /// use fantail::{Engine, Finality, FuncType, HeapType, RefType, ValType};
    ///
    /// let engine = Engine::default();
    /// let any = FuncType::with_finality_and_supertype(&engine, Finality::NonFinal, None, [], [ValType::ANYREF])?;
    /// let i31 = FuncType::with_finality_and_supertype(
    ///     &engine, Finality::Final, Some(&any), [], [RefType::new(false, HeapType::I31).into()],
    /// )?;
    /// assert!(i31.matches(&any) && !any.matches(&i31));
    /// assert_eq!((i31.supertype(), i31.finality()), (Some(any), Finality::Final));
    /// # Ok::<(), fantail::Error>(())
    /// ```
    ///
    /// # Errors
    /// When `supertype` is final or does not match, there are more than 63 above it, or the engine has 67 million types
    /// already.
    ///
    /// # Panics
    /// When one of the types belongs to another engine.
    pub fn with_finality_and_supertype(
        engine: &Engine,
        finality: Finality,
        supertype: Option<&Self>,
        params: impl IntoIterator<Item = ValType>,
        results: impl IntoIterator<Item = ValType>,
    ) -> Result<Self> {
        let to_core = |ty: ValType| {
            assert!(ty.comes_from(engine), "type used with the wrong engine");
            ty.to_core()
        };
        let (params, results) = (params.into_iter().map(to_core), results.into_iter().map(to_core));
        let ty = core_types::FuncType::try_new(params, results)?;
        let supertype = supertype.map(|ty| (&ty.engine, ty.id));
        let id = intern(engine, CompositeType::Func(ty), finality, supertype)?;
        Ok(Self::from_id(engine, id))
    }

    /// Whether it may have subtypes.
    pub fn finality(&self) -> Finality {
        finality(&self.engine, self.id)
    }

    /// Its supertype, if it was declared with one.
    pub fn supertype(&self) -> Option<Self> {
        supertype(&self.engine, self.id).map(|id| Self::from_id(&self.engine, id))
    }

    /// The function type `id` of `engine`.
    pub(crate) fn from_id(engine: &Engine, id: CanonId) -> Self {
        match engine.types().get(id).map(|def| &def.composite) {
            Some(CompositeType::Func(ty)) => Self {
                engine: engine.clone(),
                id,
                params: NonNull::from(ty.params()),
                results: NonNull::from(ty.results()),
            },
            other => panic!("type {id} is not a function type but {other:?}"),
        }
    }

    /// The types of the parameters, in canonical form.
    pub(crate) fn core_params(&self) -> &[core_types::ValType] {
        // SAFETY: `engine` keeps the types, from which it came.
        unsafe { self.params.as_ref() }
    }

    /// The types of the results, in canonical form.
    pub(crate) fn core_results(&self) -> &[core_types::ValType] {
        // SAFETY: as above.
        unsafe { self.results.as_ref() }
    }

    /// The engine whose type it is.
    pub fn engine(&self) -> &Engine {
        &self.engine
    }

    /// The types of the parameters.
    pub fn params(&self) -> impl ExactSizeIterator<Item = ValType> + '_ {
        self.core_params().iter().map(|&ty| ValType::from_core(&self.engine, ty))
    }

    /// The type of parameter `i`.
    pub fn param(&self, i: usize) -> Option<ValType> {
        self.core_params().get(i).map(|&ty| ValType::from_core(&self.engine, ty))
    }

    /// The types of the results.
    pub fn results(&self) -> impl ExactSizeIterator<Item = ValType> + '_ {
        self.core_results().iter().map(|&ty| ValType::from_core(&self.engine, ty))
    }

    /// The type of result `i`.
    pub fn result(&self, i: usize) -> Option<ValType> {
        self.core_results().get(i).map(|&ty| ValType::from_core(&self.engine, ty))
    }

    /// Whether a function of this type can be used where one of type `other` is expected.
    pub fn matches(&self, other: &Self) -> bool {
        Engine::same(&self.engine, &other.engine) && {
            let index = |id: CanonId| core_types::TypeIdx(id.0);
            subtype::type_matches(self.engine.types().types(), index(self.id), index(other.id))
        }
    }

    pub(crate) fn id(&self) -> CanonId {
        self.id
    }
}

impl PartialEq for FuncType {
    fn eq(&self, other: &Self) -> bool {
        self.id == other.id && Engine::same(&self.engine, &other.engine)
    }
}

impl Eq for FuncType {}

impl Hash for FuncType {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.id.hash(state);
    }
}

impl fmt::Display for FuncType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !cfg!(feature = "text") {
            return Ok(());
        }
        f.write_str("(func")?;
        for (word, types) in [("param", self.core_params()), ("result", self.core_results())] {
            if !types.is_empty() {
                write!(f, " ({word}")?;
                types.iter().try_for_each(|&ty| self.fmt_val(f, ty))?;
                f.write_str(")")?;
            }
        }
        f.write_str(")")
    }
}

impl FuncType {
    /// Types may refer to themselves, so those inside of a type are not spelled out.
    fn fmt_val(&self, f: &mut fmt::Formatter<'_>, ty: core_types::ValType) -> fmt::Result {
        match ty {
            core_types::ValType::Ref(RefType { nullable, heap: HeapType::Concrete(index) }) => {
                write!(f, " (ref {}type#{index})", if nullable { "null " } else { "" })
            }
            _ => write!(f, " {}", ValType::from_core(&self.engine, ty)),
        }
    }
}

impl fmt::Debug for FuncType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !cfg!(feature = "text") {
            return Ok(());
        }
        fmt::Display::fmt(self, f)
    }
}

macro_rules! object_types {
    ($($(#[$doc:meta])* $name:ident $text:literal)*) => {$(
        $(#[$doc])*
        #[derive(Clone)]
        pub struct $name {
            engine: Engine,
            id: CanonId,
        }

        impl $name {
            pub(crate) fn from_parts(engine: &Engine, id: CanonId) -> Self {
                Self { engine: engine.clone(), id }
            }

            /// The engine whose type it is.
            pub fn engine(&self) -> &Engine {
                &self.engine
            }

            pub(crate) fn id(&self) -> CanonId {
                self.id
            }

            /// Whether it may have subtypes.
            pub fn finality(&self) -> Finality {
                finality(&self.engine, self.id)
            }

            /// Its supertype, if it was declared with one.
            pub fn supertype(&self) -> Option<Self> {
                supertype(&self.engine, self.id).map(|id| Self::from_parts(&self.engine, id))
            }

            /// Whether an object of this type is also one of type `other`.
            pub fn matches(&self, other: &Self) -> bool {
                Engine::same(&self.engine, &other.engine)
                    && self.engine.types().is_subtype(self.id, other.id)
            }
        }

        impl PartialEq for $name {
            fn eq(&self, other: &Self) -> bool {
                self.id == other.id && Engine::same(&self.engine, &other.engine)
            }
        }

        impl Eq for $name {}

        impl Hash for $name {
            fn hash<H: Hasher>(&self, state: &mut H) {
                self.id.hash(state);
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                if !cfg!(feature = "text") {
                    return Ok(());
                }
                write!(f, concat!($text, " type#{}"), self.id)
            }
        }
    )*};
}

object_types! {
    /// The type of a structure.
    ///
    /// ```
    /// use fantail::{Engine, FieldType, Mutability, StorageType, StructType, ValType};
    ///
    /// let engine = Engine::default();
    /// let field = |ty: StorageType| FieldType::new(Mutability::Var, ty);
    /// let point = StructType::new(&engine, [field(ValType::F64.into()), field(StorageType::I8)])?;
    /// assert_eq!(point.to_string(), "(struct (field (mut f64)) (field (mut i8)))");
    /// assert_eq!(point.fields().len(), 2);
    /// assert_eq!(point.field(1).map(|field| field.element_type().is_i8()), Some(true));
    /// // Two types that are written the same are the same.
    /// let same = StructType::new(&engine, [field(ValType::F64.into()), field(StorageType::I8)])?;
    /// assert_eq!(point, same);
    /// # Ok::<(), fantail::Error>(())
    /// ```
    StructType "struct"
    /// The type of an array.
    ///
    /// ```
    /// use fantail::{ArrayType, Engine, FieldType, Mutability, StorageType};
    ///
    /// let bytes = FieldType::new(Mutability::Var, StorageType::I8);
    /// let ty = ArrayType::new(&Engine::default(), bytes.clone())?;
    /// assert_eq!(ty.to_string(), "(array (mut i8))");
    /// assert_eq!((ty.field_type(), ty.mutability()), (bytes, Mutability::Var));
    /// assert!(ty.supertype().is_none());
    /// # Ok::<(), fantail::Error>(())
    /// ```
    ArrayType "array"
}

impl fmt::Display for StructType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !cfg!(feature = "text") {
            return Ok(());
        }
        f.write_str("(struct")?;
        self.fields().try_for_each(|field| write!(f, " (field {field})"))?;
        f.write_str(")")
    }
}

impl fmt::Display for ArrayType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !cfg!(feature = "text") {
            return Ok(());
        }
        write!(f, "(array {})", self.field_type())
    }
}

/// The identity of a type that consists of `composite`.
fn intern(
    engine: &Engine,
    composite: CompositeType,
    finality: Finality,
    supertype: Option<(&Engine, CanonId)>,
) -> Result<CanonId> {
    if let Some((own, _)) = supertype {
        assert!(Engine::same(own, engine), "type used with the wrong engine");
    }
    let supertype = supertype.map(|(_, id)| TypeIdx(id.0));
    let ty = SubType { composite, is_final: finality.is_final(), supertype };
    Ok(engine.types_mut().intern_sub(ty)?)
}

fn finality(engine: &Engine, id: CanonId) -> Finality {
    let is_final = engine.types().get(id).is_none_or(|def| def.is_final);
    if is_final { Finality::Final } else { Finality::NonFinal }
}

fn supertype(engine: &Engine, id: CanonId) -> Option<CanonId> {
    engine.types().get(id)?.supertype.map(|index| CanonId(index.0))
}

/// What a field of a structure, or an element of an array, is stored as.
///
/// ```
/// use fantail::{StorageType, ValType};
///
/// assert_eq!(StorageType::I16.unpack(), &ValType::I32);
/// let float = StorageType::from(ValType::F64);
/// assert_eq!([StorageType::I8.to_string(), float.to_string()], ["i8", "f64"]);
/// assert!(float.is_val_type() && float.unwrap_val_type() == &ValType::F64);
/// assert!(!StorageType::I8.matches(&StorageType::I16));
/// ```
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub enum StorageType {
    /// An integer of 8 bits.
    I8,
    /// An integer of 16 bits.
    I16,
    /// A value.
    ValType(ValType),
}

impl StorageType {
    /// The type of values that are read from it: `i32` for narrow integers.
    pub fn unpack(&self) -> &ValType {
        match self {
            Self::I8 | Self::I16 => &ValType::I32,
            Self::ValType(ty) => ty,
        }
    }

    /// Whether it is an integer of 8 bits.
    pub fn is_i8(&self) -> bool {
        matches!(self, Self::I8)
    }

    /// Whether it is an integer of 16 bits.
    pub fn is_i16(&self) -> bool {
        matches!(self, Self::I16)
    }

    /// Whether it is a value.
    pub fn is_val_type(&self) -> bool {
        matches!(self, Self::ValType(_))
    }

    /// The value type.
    ///
    /// # Panics
    /// When it is a narrow integer.
    pub fn unwrap_val_type(&self) -> &ValType {
        self.as_val_type().expect("StorageType::unwrap_val_type on a narrow integer")
    }

    /// Whether everything that is stored so could be stored as `other`.
    pub fn matches(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::ValType(a), Self::ValType(b)) => a.matches(b),
            _ => self == other,
        }
    }

    /// The value type, if it is no narrow integer.
    pub fn as_val_type(&self) -> Option<&ValType> {
        match self {
            Self::ValType(ty) => Some(ty),
            _ => None,
        }
    }
}

impl From<ValType> for StorageType {
    fn from(ty: ValType) -> Self {
        Self::ValType(ty)
    }
}

impl From<crate::RefType> for StorageType {
    fn from(ty: crate::RefType) -> Self {
        Self::ValType(ty.into())
    }
}

impl fmt::Display for StorageType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !cfg!(feature = "text") {
            return Ok(());
        }
        match self {
            Self::I8 => f.write_str("i8"),
            Self::I16 => f.write_str("i16"),
            Self::ValType(ty) => ty.fmt(f),
        }
    }
}

/// The type of a field of a structure, or of the elements of an array.
///
/// ```
/// use fantail::{FieldType, Mutability, ValType};
///
/// let null = |mutability| FieldType::new(mutability, ValType::NULLREF.into());
/// let any = |mutability| FieldType::new(mutability, ValType::ANYREF.into());
/// assert!(null(Mutability::Const).matches(&any(Mutability::Const)));
/// // What is written to it through a supertype would not be null.
/// assert!(!null(Mutability::Var).matches(&any(Mutability::Var)));
/// ```
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct FieldType {
    mutability: Mutability,
    element_type: StorageType,
}

impl fmt::Display for FieldType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !cfg!(feature = "text") {
            return Ok(());
        }
        match self.mutability {
            Mutability::Const => self.element_type.fmt(f),
            Mutability::Var => write!(f, "(mut {})", self.element_type),
        }
    }
}

impl FieldType {
    /// A field that is stored as `element_type`.
    pub fn new(mutability: Mutability, element_type: StorageType) -> Self {
        Self { mutability, element_type }
    }

    /// Whether it can be set.
    pub fn mutability(&self) -> Mutability {
        self.mutability
    }

    /// What it is stored as.
    pub fn element_type(&self) -> &StorageType {
        &self.element_type
    }

    /// Whether a field of this type can be used where one of type `other` is expected.
    pub fn matches(&self, other: &Self) -> bool {
        self.mutability == other.mutability
            && match self.mutability {
                Mutability::Const => self.element_type.matches(&other.element_type),
                // What is written through one has to be of the other.
                Mutability::Var => self.element_type == other.element_type,
            }
    }

    fn from_core(engine: &Engine, ty: core_types::FieldType) -> Self {
        let element_type = match ty.storage {
            core_types::StorageType::I8 => StorageType::I8,
            core_types::StorageType::I16 => StorageType::I16,
            core_types::StorageType::Val(ty) => StorageType::ValType(ValType::from_core(engine, ty)),
        };
        Self { mutability: if ty.mutable { Mutability::Var } else { Mutability::Const }, element_type }
    }

    fn to_core(&self, engine: &Engine) -> Result<core_types::FieldType> {
        let storage = match &self.element_type {
            StorageType::I8 => core_types::StorageType::I8,
            StorageType::I16 => core_types::StorageType::I16,
            StorageType::ValType(ty) if !ty.comes_from(engine) => bail!("type used with the wrong engine"),
            StorageType::ValType(ty) => core_types::StorageType::Val(ty.to_core()),
        };
        Ok(core_types::FieldType { storage, mutable: self.mutability.is_var() })
    }

    /// Fails unless `value` can be stored in it.
    pub(crate) fn check(&self, store: impl AsContext, value: &Val) -> Result<()> {
        let (expected, found) = (self.element_type.unpack(), value.ty(store)?);
        if !found.matches(expected) {
            bail!("type mismatch: expected {expected}, found {found}");
        }
        Ok(())
    }
}

impl StructType {
    /// The type of structures with `fields`, which has no sub- or supertypes.
    ///
    /// # Errors
    /// When a field is of a type of another engine, there are more than 10,000, or the engine has too many types.
    pub fn new(engine: &Engine, fields: impl IntoIterator<Item = FieldType>) -> Result<Self> {
        Self::with_finality_and_supertype(engine, Finality::Final, None, fields)
    }

    /// The type of structures with `fields` that is a subtype of `supertype`, and may have subtypes unless it is final.
    ///
    /// ```
    /// use fantail::{Engine, FieldType, Finality, Mutability, StorageType, StructType, ValType};
    ///
    /// let engine = Engine::default();
    /// let byte = FieldType::new(Mutability::Var, StorageType::I8);
    /// let word = FieldType::new(Mutability::Var, ValType::I32.into());
    /// let shape =
    ///     StructType::with_finality_and_supertype(&engine, Finality::NonFinal, None, [byte.clone()])?;
    /// let circle =
    ///     StructType::with_finality_and_supertype(&engine, Finality::Final, Some(&shape), [byte, word])?;
    /// assert!(circle.matches(&shape) && !shape.matches(&circle));
    /// # Ok::<(), fantail::Error>(())
    /// ```
    ///
    /// # Errors
    /// As [`new`](Self::new), and when `supertype` is final or does not match, or there are more than 63 above it.
    ///
    /// # Panics
    /// When `supertype` belongs to another engine.
    pub fn with_finality_and_supertype(
        engine: &Engine,
        finality: Finality,
        supertype: Option<&Self>,
        fields: impl IntoIterator<Item = FieldType>,
    ) -> Result<Self> {
        let mut list = Vec::new();
        for field in fields {
            list.try_push(field.to_core(engine)?)?;
        }
        let fields = try_copy(&list)?;
        if fields.len() > fantail_core::limits::FIELDS as usize {
            bail!(
                "a structure of {} fields is too large: {} is the limit of this implementation",
                fields.len(),
                fantail_core::limits::FIELDS
            );
        }
        let supertype = supertype.map(|ty| (&ty.engine, ty.id));
        let id = intern(engine, CompositeType::Struct(fields), finality, supertype)?;
        Ok(Self::from_parts(engine, id))
    }

    /// What `of` finds in the fields.
    fn look_up<T>(&self, of: impl FnOnce(&[core_types::FieldType]) -> T) -> T {
        match self.engine.types().get(self.id).map(|def| &def.composite) {
            Some(core_types::CompositeType::Struct(fields)) => of(fields),
            _ => of(&[]),
        }
    }

    /// The types of the fields.
    pub fn fields(&self) -> impl ExactSizeIterator<Item = FieldType> + '_ {
        (0..self.look_up(<[_]>::len)).map(|index| {
            let field = self.look_up(|fields| fields[index]);
            FieldType::from_core(&self.engine, field)
        })
    }

    /// The type of field `index`.
    pub fn field(&self, index: usize) -> Option<FieldType> {
        let field = self.look_up(|fields| fields.get(index).copied())?;
        Some(FieldType::from_core(&self.engine, field))
    }
}

impl ArrayType {
    /// The type of arrays with elements of type `element`, which has no sub- or supertypes.
    ///
    /// # Errors
    /// When `element` is of a type of another engine, or the engine has too many types.
    pub fn new(engine: &Engine, element: FieldType) -> Result<Self> {
        Self::with_finality_and_supertype(engine, Finality::Final, None, element)
    }

    /// The type of arrays with elements of type `element` that is a subtype of `supertype`, and may have subtypes unless
    /// it is final.
    ///
    /// # Errors
    /// As [`new`](Self::new), and when `supertype` is final or does not match, or there are more than 63 above it.
    ///
    /// # Panics
    /// When `supertype` belongs to another engine.
    pub fn with_finality_and_supertype(
        engine: &Engine,
        finality: Finality,
        supertype: Option<&Self>,
        element: FieldType,
    ) -> Result<Self> {
        let element = CompositeType::Array(element.to_core(engine)?);
        let supertype = supertype.map(|ty| (&ty.engine, ty.id));
        let id = intern(engine, element, finality, supertype)?;
        Ok(Self::from_parts(engine, id))
    }

    pub(crate) fn element(&self) -> FieldType {
        match self.engine.types().get(self.id).map(|def| &def.composite) {
            Some(&core_types::CompositeType::Array(element)) => FieldType::from_core(&self.engine, element),
            other => panic!("type {} is not an array type but {other:?}", self.id),
        }
    }

    /// The type of the elements.
    pub fn field_type(&self) -> FieldType {
        self.element()
    }

    /// Whether elements can be set.
    pub fn mutability(&self) -> Mutability {
        self.element().mutability
    }

    /// What elements are stored as.
    pub fn element_type(&self) -> StorageType {
        self.element().element_type
    }
}

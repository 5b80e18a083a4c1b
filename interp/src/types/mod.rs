//! Types as embedders see them. Concrete types carry the engine whose type they are.
//!
//! Invariant: inside these types everything is canonical: a type index is the identity of the type in its engine.
//!
//! Spec: WebAssembly 3.0, section 2.3 "Types".

mod exn;
mod external;
mod func;

pub use exn::ExnType;
pub use external::{
    ExportType, ExternType, GlobalType, ImportType, MemoryType, MemoryTypeBuilder, Mutability, TableType,
    TagType,
};
pub use func::{ArrayType, FieldType, FuncType, StorageType, StructType};

use crate::Engine;
use crate::value::Val;
use core::fmt;
use fantail_core::types as core_types;
use fantail_core::types::{CanonId, CompositeType, TypeDef, TypeIdx};
use fantail_core::validate::subtype;

/// Whether a type may have subtypes.
///
/// ```
/// use fantail::{Engine, Finality, StructType};
///
/// let ty = StructType::new(&Engine::default(), [])?;
/// assert_eq!(ty.finality(), Finality::Final);
/// # Ok::<(), fantail::Error>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Finality {
    /// It has none.
    Final,
    /// It may have some.
    NonFinal,
}

impl Finality {
    /// Whether it is [`Final`](Self::Final).
    pub fn is_final(&self) -> bool {
        *self == Self::Final
    }

    /// Whether it is [`NonFinal`](Self::NonFinal).
    pub fn is_non_final(&self) -> bool {
        *self == Self::NonFinal
    }
}

/// The type of a value.
///
/// ```
/// use fantail::{HeapType, RefType, ValType};
///
/// let func = ValType::Ref(RefType::new(false, HeapType::Func));
/// assert_eq!((func.to_string(), ValType::FUNCREF.to_string()), ("(ref func)".into(), "(ref null func)".into()));
/// assert!(func.matches(&ValType::FUNCREF) && !ValType::FUNCREF.matches(&func));
/// assert!(ValType::I32.is_num() && func.is_ref());
/// assert!(func.default_value().is_none());
/// ```
#[derive(Clone, PartialEq, Eq, Hash)]
pub enum ValType {
    /// 32-bit integer.
    I32,
    /// 64-bit integer.
    I64,
    /// 32-bit float.
    F32,
    /// 64-bit float.
    F64,
    /// 128-bit vector.
    V128,
    /// Reference.
    Ref(RefType),
}

/// The type of a reference: what it refers to, and whether it may be null.
///
/// ```
/// use fantail::{HeapType, RefType};
///
/// let array = RefType::new(false, HeapType::Array);
/// assert!(array.matches(&RefType::ARRAYREF) && array.matches(&RefType::EQREF));
/// assert!(RefType::NULLREF.matches(&RefType::ARRAYREF) && !RefType::NULLREF.matches(&array));
/// assert_eq!(RefType::EXTERNREF.heap_type(), &HeapType::Extern);
/// ```
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct RefType {
    is_nullable: bool,
    heap_type: HeapType,
}

/// What a reference refers to.
///
/// ```
/// use fantail::{Engine, HeapType, StructType};
///
/// let point = HeapType::ConcreteStruct(StructType::new(&Engine::default(), [])?);
/// assert!(point.is_concrete() && point.matches(&HeapType::Struct) && point.matches(&HeapType::Eq));
/// assert_eq!((point.top(), point.bottom()), (HeapType::Any, HeapType::None));
/// assert!(!point.matches(&HeapType::Extern));
/// # Ok::<(), fantail::Error>(())
/// ```
#[derive(Clone, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum HeapType {
    /// `extern`: every external reference.
    Extern,
    /// `noextern`: no external reference.
    NoExtern,
    /// `func`: every function.
    Func,
    /// A function of this type.
    ConcreteFunc(FuncType),
    /// `nofunc`: no function.
    NoFunc,
    /// `any`: every internal reference.
    Any,
    /// `eq`: internal references that can be compared.
    Eq,
    /// `i31`: unboxed 31-bit integers.
    I31,
    /// `array`: every array.
    Array,
    /// An array of this type.
    ConcreteArray(ArrayType),
    /// `struct`: every structure.
    Struct,
    /// A structure of this type.
    ConcreteStruct(StructType),
    /// `none`: no internal reference.
    None,
    /// `exn`: every exception.
    Exn,
    /// `noexn`: no exception.
    NoExn,
}

impl ValType {
    /// `externref`.
    pub const EXTERNREF: Self = Self::Ref(RefType::EXTERNREF);
    /// `nullexternref`.
    pub const NULLEXTERNREF: Self = Self::Ref(RefType::NULLEXTERNREF);
    /// `funcref`.
    pub const FUNCREF: Self = Self::Ref(RefType::FUNCREF);
    /// `nullfuncref`.
    pub const NULLFUNCREF: Self = Self::Ref(RefType::NULLFUNCREF);
    /// `anyref`.
    pub const ANYREF: Self = Self::Ref(RefType::ANYREF);
    /// `eqref`.
    pub const EQREF: Self = Self::Ref(RefType::EQREF);
    /// `i31ref`.
    pub const I31REF: Self = Self::Ref(RefType::I31REF);
    /// `arrayref`.
    pub const ARRAYREF: Self = Self::Ref(RefType::ARRAYREF);
    /// `structref`.
    pub const STRUCTREF: Self = Self::Ref(RefType::STRUCTREF);
    /// `nullref`.
    pub const NULLREF: Self = Self::Ref(RefType::NULLREF);
    /// `exnref`.
    pub const EXNREF: Self = Self::Ref(RefType::EXNREF);
    /// `nullexnref`.
    pub const NULLEXNREF: Self = Self::Ref(RefType::NULLEXNREF);

    /// Whether it is a number: an integer or a float.
    pub fn is_num(&self) -> bool {
        matches!(self, Self::I32 | Self::I64 | Self::F32 | Self::F64)
    }

    /// Whether it is `i32`.
    pub fn is_i32(&self) -> bool {
        matches!(self, Self::I32)
    }

    /// Whether it is `i64`.
    pub fn is_i64(&self) -> bool {
        matches!(self, Self::I64)
    }

    /// Whether it is `f32`.
    pub fn is_f32(&self) -> bool {
        matches!(self, Self::F32)
    }

    /// Whether it is `f64`.
    pub fn is_f64(&self) -> bool {
        matches!(self, Self::F64)
    }

    /// Whether it is `v128`.
    pub fn is_v128(&self) -> bool {
        matches!(self, Self::V128)
    }

    /// Whether it is a reference type.
    pub fn is_ref(&self) -> bool {
        matches!(self, Self::Ref(_))
    }

    /// Whether it is `funcref`.
    pub fn is_funcref(&self) -> bool {
        *self == Self::FUNCREF
    }

    /// Whether it is `externref`.
    pub fn is_externref(&self) -> bool {
        *self == Self::EXTERNREF
    }

    /// Whether it is `anyref`.
    pub fn is_anyref(&self) -> bool {
        *self == Self::ANYREF
    }

    /// The reference type, if it is one.
    pub fn as_ref(&self) -> Option<&RefType> {
        match self {
            Self::Ref(ty) => Some(ty),
            _ => None,
        }
    }

    /// The reference type.
    ///
    /// # Panics
    /// When it is not one.
    pub fn unwrap_ref(&self) -> &RefType {
        self.as_ref().expect("ValType::unwrap_ref on a non-reference type")
    }

    /// Whether every value of this type is one of type `other`.
    pub fn matches(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Ref(a), Self::Ref(b)) => a.matches(b),
            _ => self == other,
        }
    }

    /// Zero or null; nothing for references that cannot be null.
    pub fn default_value(&self) -> Option<Val> {
        Val::default_for_ty(self)
    }

    /// `ty`, which must be canonical.
    pub(crate) fn from_core(engine: &Engine, ty: core_types::ValType) -> Self {
        match ty {
            core_types::ValType::I32 => Self::I32,
            core_types::ValType::I64 => Self::I64,
            core_types::ValType::F32 => Self::F32,
            core_types::ValType::F64 => Self::F64,
            core_types::ValType::V128 => Self::V128,
            core_types::ValType::Ref(ty) => Self::Ref(RefType::from_core(engine, ty)),
        }
    }

    pub(crate) fn to_core(&self) -> core_types::ValType {
        match self {
            Self::I32 => core_types::ValType::I32,
            Self::I64 => core_types::ValType::I64,
            Self::F32 => core_types::ValType::F32,
            Self::F64 => core_types::ValType::F64,
            Self::V128 => core_types::ValType::V128,
            Self::Ref(ty) => core_types::ValType::Ref(ty.to_core()),
        }
    }

    /// Whether it belongs to `engine`.
    pub(crate) fn comes_from(&self, engine: &Engine) -> bool {
        self.as_ref().is_none_or(|ty| ty.comes_from(engine))
    }
}

impl RefType {
    /// `externref`.
    pub const EXTERNREF: Self = Self::null_or(HeapType::Extern);
    /// `nullexternref`.
    pub const NULLEXTERNREF: Self = Self::null_or(HeapType::NoExtern);
    /// `funcref`.
    pub const FUNCREF: Self = Self::null_or(HeapType::Func);
    /// `nullfuncref`.
    pub const NULLFUNCREF: Self = Self::null_or(HeapType::NoFunc);
    /// `anyref`.
    pub const ANYREF: Self = Self::null_or(HeapType::Any);
    /// `eqref`.
    pub const EQREF: Self = Self::null_or(HeapType::Eq);
    /// `i31ref`.
    pub const I31REF: Self = Self::null_or(HeapType::I31);
    /// `arrayref`.
    pub const ARRAYREF: Self = Self::null_or(HeapType::Array);
    /// `structref`.
    pub const STRUCTREF: Self = Self::null_or(HeapType::Struct);
    /// `nullref`.
    pub const NULLREF: Self = Self::null_or(HeapType::None);
    /// `exnref`.
    pub const EXNREF: Self = Self::null_or(HeapType::Exn);
    /// `nullexnref`.
    pub const NULLEXNREF: Self = Self::null_or(HeapType::NoExn);

    const fn null_or(heap_type: HeapType) -> Self {
        Self { is_nullable: true, heap_type }
    }

    /// References to `heap_type`, and null if `is_nullable`.
    pub fn new(is_nullable: bool, heap_type: HeapType) -> Self {
        Self { is_nullable, heap_type }
    }

    /// Whether null is a value of it.
    pub fn is_nullable(&self) -> bool {
        self.is_nullable
    }

    /// What its values refer to.
    pub fn heap_type(&self) -> &HeapType {
        &self.heap_type
    }

    /// Whether every value of this type is one of type `other`.
    pub fn matches(&self, other: &Self) -> bool {
        (!self.is_nullable || other.is_nullable) && self.heap_type.matches(&other.heap_type)
    }

    pub(crate) fn from_core(engine: &Engine, ty: core_types::RefType) -> Self {
        Self { is_nullable: ty.nullable, heap_type: HeapType::from_core(engine, ty.heap) }
    }

    pub(crate) fn to_core(&self) -> core_types::RefType {
        core_types::RefType { nullable: self.is_nullable, heap: self.heap_type.to_core() }
    }

    pub(crate) fn comes_from(&self, engine: &Engine) -> bool {
        self.heap_type.engine().is_none_or(|own| Engine::same(own, engine))
    }
}

impl HeapType {
    /// Whether it is `extern`.
    pub fn is_extern(&self) -> bool {
        matches!(self, Self::Extern)
    }

    /// Whether it is `func`.
    pub fn is_func(&self) -> bool {
        matches!(self, Self::Func)
    }

    /// Whether it is `nofunc`.
    pub fn is_no_func(&self) -> bool {
        matches!(self, Self::NoFunc)
    }

    /// Whether it is `any`.
    pub fn is_any(&self) -> bool {
        matches!(self, Self::Any)
    }

    /// Whether it is `i31`.
    pub fn is_i31(&self) -> bool {
        matches!(self, Self::I31)
    }

    /// Whether it is `none`.
    pub fn is_none(&self) -> bool {
        matches!(self, Self::None)
    }

    /// Whether it is `exn`.
    pub fn is_exn(&self) -> bool {
        matches!(self, Self::Exn)
    }

    /// Whether it is `noexn`.
    pub fn is_no_exn(&self) -> bool {
        matches!(self, Self::NoExn)
    }

    /// Whether it is a type that a module defined.
    pub fn is_concrete(&self) -> bool {
        matches!(self, Self::ConcreteFunc(_) | Self::ConcreteArray(_) | Self::ConcreteStruct(_))
    }

    /// Whether it is none that a module defined.
    pub fn is_abstract(&self) -> bool {
        !self.is_concrete()
    }

    /// The function type, if it is a concrete one.
    pub fn as_concrete_func(&self) -> Option<&FuncType> {
        match self {
            Self::ConcreteFunc(ty) => Some(ty),
            _ => None,
        }
    }

    /// The function type.
    ///
    /// # Panics
    /// When it is not a concrete one.
    pub fn unwrap_concrete_func(&self) -> &FuncType {
        self.as_concrete_func().expect("HeapType::unwrap_concrete_func on another heap type")
    }

    /// Whether it is the type of functions of one type.
    pub fn is_concrete_func(&self) -> bool {
        matches!(self, Self::ConcreteFunc(_))
    }

    /// Whether it is the type of structures of one type.
    pub fn is_concrete_struct(&self) -> bool {
        matches!(self, Self::ConcreteStruct(_))
    }

    /// Whether it is the type of arrays of one type.
    pub fn is_concrete_array(&self) -> bool {
        matches!(self, Self::ConcreteArray(_))
    }

    /// The structure type.
    ///
    /// # Panics
    /// When it is not a concrete one.
    pub fn unwrap_concrete_struct(&self) -> &StructType {
        self.as_concrete_struct().expect("HeapType::unwrap_concrete_struct on another heap type")
    }

    /// The array type.
    ///
    /// # Panics
    /// When it is not a concrete one.
    pub fn unwrap_concrete_array(&self) -> &ArrayType {
        self.as_concrete_array().expect("HeapType::unwrap_concrete_array on another heap type")
    }

    /// The structure type, if it is a concrete one.
    pub fn as_concrete_struct(&self) -> Option<&StructType> {
        match self {
            Self::ConcreteStruct(ty) => Some(ty),
            _ => None,
        }
    }

    /// The array type, if it is a concrete one.
    pub fn as_concrete_array(&self) -> Option<&ArrayType> {
        match self {
            Self::ConcreteArray(ty) => Some(ty),
            _ => None,
        }
    }

    /// The greatest type of its hierarchy: `extern`, `func`, `any` or `exn`.
    #[must_use]
    pub fn top(&self) -> Self {
        match self {
            Self::Extern | Self::NoExtern => Self::Extern,
            Self::Func | Self::ConcreteFunc(_) | Self::NoFunc => Self::Func,
            Self::Exn | Self::NoExn => Self::Exn,
            _ => Self::Any,
        }
    }

    /// The least type of its hierarchy: `noextern`, `nofunc`, `none` or `noexn`.
    #[must_use]
    pub fn bottom(&self) -> Self {
        match self.top() {
            Self::Extern => Self::NoExtern,
            Self::Func => Self::NoFunc,
            Self::Exn => Self::NoExn,
            _ => Self::None,
        }
    }

    /// Whether it is the greatest of its hierarchy.
    pub fn is_top(&self) -> bool {
        *self == self.top()
    }

    /// Whether it is the least of its hierarchy.
    pub fn is_bottom(&self) -> bool {
        *self == self.bottom()
    }

    /// Whether everything it describes is described by `other`.
    pub fn matches(&self, other: &Self) -> bool {
        let (a, b) = (self.to_core(), other.to_core());
        match (self.engine(), other.engine()) {
            (Some(own), Some(foreign)) if !Engine::same(own, foreign) => false,
            (None, None) => subtype::heap_matches(&[], a, b),
            (Some(engine), _) | (_, Some(engine)) => subtype::heap_matches(engine.types().types(), a, b),
        }
    }

    fn engine(&self) -> Option<&Engine> {
        match self {
            Self::ConcreteFunc(ty) => Some(ty.engine()),
            Self::ConcreteArray(ty) => Some(ty.engine()),
            Self::ConcreteStruct(ty) => Some(ty.engine()),
            _ => None,
        }
    }

    fn from_core(engine: &Engine, ty: core_types::HeapType) -> Self {
        match ty {
            core_types::HeapType::Any => Self::Any,
            core_types::HeapType::Eq => Self::Eq,
            core_types::HeapType::I31 => Self::I31,
            core_types::HeapType::Struct => Self::Struct,
            core_types::HeapType::Array => Self::Array,
            core_types::HeapType::None => Self::None,
            core_types::HeapType::Func => Self::Func,
            core_types::HeapType::NoFunc => Self::NoFunc,
            core_types::HeapType::Extern => Self::Extern,
            core_types::HeapType::NoExtern => Self::NoExtern,
            core_types::HeapType::Exn => Self::Exn,
            core_types::HeapType::NoExn => Self::NoExn,
            core_types::HeapType::Concrete(index) => Self::concrete(engine, CanonId(index.0)),
        }
    }

    fn concrete(engine: &Engine, id: CanonId) -> Self {
        if !cfg!(feature = "gc") {
            // All types are those of functions then.
            return Self::ConcreteFunc(FuncType::from_id(engine, id));
        }
        let types = engine.types();
        match types.get(id).map(|def| &def.composite) {
            Some(CompositeType::Func(_)) => Self::ConcreteFunc(FuncType::from_id(engine, id)),
            Some(CompositeType::Array(_)) => Self::ConcreteArray(ArrayType::from_parts(engine, id)),
            Some(CompositeType::Struct(_)) => Self::ConcreteStruct(StructType::from_parts(engine, id)),
            None => panic!("type {id} is not in the engine"),
        }
    }

    pub(crate) fn to_core(&self) -> core_types::HeapType {
        let concrete = |id: CanonId| core_types::HeapType::Concrete(TypeIdx(id.0));
        match self {
            Self::Any => core_types::HeapType::Any,
            Self::Eq => core_types::HeapType::Eq,
            Self::I31 => core_types::HeapType::I31,
            Self::Struct => core_types::HeapType::Struct,
            Self::Array => core_types::HeapType::Array,
            Self::None => core_types::HeapType::None,
            Self::Func => core_types::HeapType::Func,
            Self::NoFunc => core_types::HeapType::NoFunc,
            Self::Extern => core_types::HeapType::Extern,
            Self::NoExtern => core_types::HeapType::NoExtern,
            Self::Exn => core_types::HeapType::Exn,
            Self::NoExn => core_types::HeapType::NoExn,
            Self::ConcreteFunc(ty) => concrete(ty.id()),
            Self::ConcreteArray(ty) => concrete(ty.id()),
            Self::ConcreteStruct(ty) => concrete(ty.id()),
        }
    }
}

/// `ty` of a module whose types are `types`, in canonical form.
pub(crate) fn canonical(types: &[TypeDef], ty: core_types::ValType) -> core_types::ValType {
    match ty {
        core_types::ValType::Ref(ty) => core_types::ValType::Ref(canonical_ref(types, ty)),
        other => other,
    }
}

/// `ty` of a module whose types are `types`, in canonical form.
pub(crate) fn canonical_ref(types: &[TypeDef], ty: core_types::RefType) -> core_types::RefType {
    let heap = match ty.heap {
        core_types::HeapType::Concrete(index) => {
            core_types::HeapType::Concrete(TypeIdx(types[index.index()].id.0))
        }
        other => other,
    };
    core_types::RefType { heap, ..ty }
}

impl From<RefType> for ValType {
    fn from(ty: RefType) -> Self {
        Self::Ref(ty)
    }
}

impl From<FuncType> for HeapType {
    fn from(ty: FuncType) -> Self {
        Self::ConcreteFunc(ty)
    }
}

impl fmt::Display for ValType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !cfg!(feature = "text") {
            return Ok(());
        }
        match self {
            Self::I32 => f.write_str("i32"),
            Self::I64 => f.write_str("i64"),
            Self::F32 => f.write_str("f32"),
            Self::F64 => f.write_str("f64"),
            Self::V128 => f.write_str("v128"),
            Self::Ref(ty) => ty.fmt(f),
        }
    }
}

impl fmt::Display for RefType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !cfg!(feature = "text") {
            return Ok(());
        }
        let null = if self.is_nullable { "null " } else { "" };
        write!(f, "(ref {null}{})", self.heap_type)
    }
}

impl fmt::Display for HeapType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !cfg!(feature = "text") {
            return Ok(());
        }
        f.write_str(match self {
            Self::Extern => "extern",
            Self::NoExtern => "noextern",
            Self::Func => "func",
            Self::NoFunc => "nofunc",
            Self::Any => "any",
            Self::Eq => "eq",
            Self::I31 => "i31",
            Self::Array => "array",
            Self::Struct => "struct",
            Self::None => "none",
            Self::Exn => "exn",
            Self::NoExn => "noexn",
            Self::ConcreteFunc(ty) => return ty.fmt(f),
            Self::ConcreteArray(ty) => return write!(f, "{ty:?}"),
            Self::ConcreteStruct(ty) => return write!(f, "{ty:?}"),
        })
    }
}

macro_rules! debug_is_display {
    ($($ty:ty)*) => {$(
        impl fmt::Debug for $ty {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                if !cfg!(feature = "text") {
                    return Ok(());
                }
                fmt::Display::fmt(self, f)
            }
        }
    )*};
}

debug_is_display! { ValType RefType HeapType }

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::string::ToString;

    #[test]
    fn types_print_as_in_the_text_format() {
        let engine = Engine::default();
        let ty = FuncType::new(&engine, [ValType::I32, ValType::EXTERNREF], [ValType::F64]);
        assert_eq!(ty.to_string(), "(func (param i32 (ref null extern)) (result f64))");
        let ty = RefType::new(false, HeapType::ConcreteFunc(FuncType::new(&engine, [], [])));
        assert_eq!(ty.to_string(), "(ref (func))");
    }

    #[test]
    fn types_inside_of_types_are_named_by_their_identity() {
        let engine = Engine::default();
        let inner = FuncType::new(&engine, [], []);
        let inner = ValType::Ref(RefType::new(true, inner.into()));
        let outer = FuncType::new(&engine, [inner.clone(), ValType::I32], [inner]);
        assert_eq!(outer.to_string(), "(func (param (ref null type#0) i32) (result (ref null type#0)))");
    }

    #[test]
    fn concrete_functions_are_functions() {
        let engine = Engine::default();
        let concrete = HeapType::from(FuncType::new(&engine, [ValType::I32], []));
        assert!(concrete.matches(&HeapType::Func) && HeapType::NoFunc.matches(&concrete));
        assert!(!HeapType::Func.matches(&concrete) && !concrete.matches(&HeapType::Any));
        let elsewhere = HeapType::from(FuncType::new(&Engine::default(), [ValType::I32], []));
        assert!(!concrete.matches(&elsewhere));
    }
}

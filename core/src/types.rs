//! WebAssembly's types as a module writes them, and their indices.
//!
//! Invariant: a concrete heap type names a type by its index *in its module*; two types are the same when the
//! [`CanonId`]s of their definitions are (see [`TypeDef`]), never when their indices are.
//!
//! Spec: WebAssembly 3.0, section 2.3 "Types".

pub mod layout;
pub(crate) mod store;
pub use store::{SubType, TypeStore};

use crate::fallible::{OutOfMemory, TryVec, try_boxed, try_copy};
use alloc::boxed::Box;
use alloc::vec::Vec;
use core::fmt;

macro_rules! index {
    ($($(#[$doc:meta])* $name:ident)*) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default)]
        pub struct $name(pub u32);

        impl $name {
            /// The index as a position in a slice.
            #[inline]
            pub const fn index(self) -> usize {
                self.0 as usize
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Display::fmt(&self.0, f)
            }
        }
    )*};
}

index! {
    /// Index of a type in its module.
    TypeIdx
    /// Index of a function, imports first.
    FuncIdx
    /// Index of a table, imports first.
    TableIdx
    /// Index of a memory, imports first.
    MemIdx
    /// Index of a global, imports first.
    GlobalIdx
    /// Index of a tag, imports first.
    TagIdx
    /// Index of an element segment.
    ElemIdx
    /// Index of a data segment.
    DataIdx
    /// Index of a local: parameters first.
    LocalIdx
    /// Index of a field in a structure type.
    FieldIdx
    /// Label: how many blocks to leave, 0 being the innermost.
    LabelIdx
    /// Identity of a type in a [`TypeStore`]: equal exactly when the types are.
    CanonId
}

/// A value type.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
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

/// A reference type: what it points to, and whether it may be null.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct RefType {
    /// Whether null is a value of it.
    pub nullable: bool,
    /// What a non-null value refers to.
    pub heap: HeapType,
}

/// A heap type.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum HeapType {
    /// `any`: every internal reference.
    Any,
    /// `eq`: internal references that can be compared.
    Eq,
    /// `i31`: unboxed 31-bit integers.
    I31,
    /// `struct`: every structure.
    Struct,
    /// `array`: every array.
    Array,
    /// `none`: no internal reference.
    None,
    /// `func`: every function.
    Func,
    /// `nofunc`: no function.
    NoFunc,
    /// `extern`: every external reference.
    Extern,
    /// `noextern`: no external reference.
    NoExtern,
    /// `exn`: every exception.
    Exn,
    /// `noexn`: no exception.
    NoExn,
    /// A type of the module.
    Concrete(TypeIdx),
}

impl RefType {
    /// `funcref`, that is `(ref null func)`.
    pub const FUNCREF: Self = Self { nullable: true, heap: HeapType::Func };
    /// `externref`, that is `(ref null extern)`.
    pub const EXTERNREF: Self = Self { nullable: true, heap: HeapType::Extern };
    /// `exnref`, that is `(ref null exn)`.
    pub const EXNREF: Self = Self { nullable: true, heap: HeapType::Exn };
}

impl ValType {
    /// `funcref`.
    pub const FUNCREF: Self = Self::Ref(RefType::FUNCREF);
    /// `externref`.
    pub const EXTERNREF: Self = Self::Ref(RefType::EXTERNREF);
    /// `exnref`.
    pub const EXNREF: Self = Self::Ref(RefType::EXNREF);

    /// Whether it is a reference type.
    pub const fn is_ref(self) -> bool {
        matches!(self, Self::Ref(_))
    }

    /// Frame cells of 64 bits that a value of it takes: two for `v128`, one for all others.
    #[inline]
    pub const fn cells(self) -> u32 {
        match self {
            Self::V128 => 2,
            _ => 1,
        }
    }
}

impl fmt::Display for HeapType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Any => "any",
            Self::Eq => "eq",
            Self::I31 => "i31",
            Self::Struct => "struct",
            Self::Array => "array",
            Self::None => "none",
            Self::Func => "func",
            Self::NoFunc => "nofunc",
            Self::Extern => "extern",
            Self::NoExtern => "noextern",
            Self::Exn => "exn",
            Self::NoExn => "noexn",
            Self::Concrete(index) => return index.fmt(f),
        })
    }
}

impl fmt::Display for RefType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Self::FUNCREF => f.write_str("funcref"),
            Self::EXTERNREF => f.write_str("externref"),
            Self::EXNREF => f.write_str("exnref"),
            Self { nullable: true, heap } => write!(f, "(ref null {heap})"),
            Self { nullable: false, heap } => write!(f, "(ref {heap})"),
        }
    }
}

impl fmt::Display for ValType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
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

impl ValType {
    /// Whether a local of it has a value before it is first set.
    pub const fn is_defaultable(self) -> bool {
        match self {
            Self::Ref(ty) => ty.nullable,
            _ => true,
        }
    }
}

/// A function type: parameters to results.
#[derive(Clone, PartialEq, Eq, Hash, Debug, Default)]
pub struct FuncType {
    /// Parameters and results in one slice, parameters first.
    types: Box<[ValType]>,
    params: u32,
}

impl FuncType {
    /// The type from `params` to `results`.
    ///
    /// # Errors
    /// When there is not enough memory.
    pub fn try_new(
        params: impl IntoIterator<Item = ValType>,
        results: impl IntoIterator<Item = ValType>,
    ) -> Result<Self, OutOfMemory> {
        let mut types = Vec::new();
        types.try_extend(params)?;
        let params = types.len() as u32;
        types.try_extend(results)?;
        Ok(Self { types: try_copy(&types)?, params })
    }

    /// The type from `params` to `results`.
    ///
    /// # Errors
    /// When there is not enough memory.
    pub fn of(params: &[ValType], results: &[ValType]) -> Result<Self, OutOfMemory> {
        let mut types = Vec::new();
        types.try_reserve_exact(params.len() + results.len())?;
        types.extend_from_slice(params);
        types.extend_from_slice(results);
        // A vector that is full becomes a box where it is.
        Ok(Self { types: types.into_boxed_slice(), params: params.len() as u32 })
    }

    /// The parameters.
    #[inline]
    pub fn params(&self) -> &[ValType] {
        &self.types[..self.params as usize]
    }

    /// The results.
    #[inline]
    pub fn results(&self) -> &[ValType] {
        &self.types[self.params as usize..]
    }

    /// The type with every parameter and result replaced by what `f` makes of it.
    ///
    /// # Errors
    /// When there is not enough memory.
    pub fn try_map(&self, f: impl FnMut(ValType) -> ValType) -> Result<Self, OutOfMemory> {
        Ok(Self { types: try_boxed(self.types.iter().copied().map(f))?, params: self.params })
    }
}

/// What a field or an array element is stored as.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum StorageType {
    /// Packed 8-bit integer.
    I8,
    /// Packed 16-bit integer.
    I16,
    /// A whole value.
    Val(ValType),
}

impl fmt::Display for StorageType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::I8 => f.write_str("i8"),
            Self::I16 => f.write_str("i16"),
            Self::Val(ty) => ty.fmt(f),
        }
    }
}

impl StorageType {
    /// The type of the value on the operand stack.
    pub const fn unpacked(self) -> ValType {
        match self {
            Self::I8 | Self::I16 => ValType::I32,
            Self::Val(ty) => ty,
        }
    }

    /// Whether it is narrower than its value.
    pub const fn is_packed(self) -> bool {
        !matches!(self, Self::Val(_))
    }
}

/// A field of a structure, or the element of an array.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct FieldType {
    /// How it is stored.
    pub storage: StorageType,
    /// Whether it can be set.
    pub mutable: bool,
}

/// A function, structure or array type.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub enum CompositeType {
    /// Function.
    Func(FuncType),
    /// Structure.
    Struct(Box<[FieldType]>),
    /// Array.
    Array(FieldType),
}

impl CompositeType {
    /// The same once more.
    ///
    /// # Errors
    /// When there is not enough memory.
    pub fn try_clone(&self) -> Result<Self, OutOfMemory> {
        Ok(match self {
            Self::Func(ty) => Self::Func(ty.try_map(|ty| ty)?),
            Self::Struct(fields) => Self::Struct(try_copy(fields)?),
            Self::Array(element) => Self::Array(*element),
        })
    }
}

/// A defined type of a module, with its identity across modules.
#[derive(Debug)]
pub struct TypeDef {
    /// Its structure.
    pub composite: CompositeType,
    /// Whether it may have no subtypes.
    pub is_final: bool,
    /// The declared supertype.
    pub supertype: Option<TypeIdx>,
    /// Its identity.
    pub id: CanonId,
    /// Identities of its supertypes from the root down to itself: `display[depth]`. With it a subtype check is
    /// one bounds check and one comparison.
    pub display: Box<[CanonId]>,
    /// Where the fields of its objects lie.
    pub layout: layout::Layout,
}

impl TypeDef {
    /// The same once more.
    ///
    /// # Errors
    /// When there is not enough memory.
    pub fn try_clone(&self) -> Result<Self, OutOfMemory> {
        let Self { composite, is_final, supertype, id, display, layout } = self;
        Ok(Self {
            composite: composite.try_clone()?,
            is_final: *is_final,
            supertype: *supertype,
            id: *id,
            display: try_copy(display)?,
            layout: layout.try_clone()?,
        })
    }
}

/// Size limits of a memory (in pages) or a table (in elements), and its index type.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Limits {
    /// Initial size.
    pub min: u64,
    /// Largest size.
    pub max: Option<u64>,
    /// Whether it is indexed by `i64`.
    pub is64: bool,
}

impl Limits {
    /// The type of its indices.
    pub const fn index_type(&self) -> ValType {
        if self.is64 { ValType::I64 } else { ValType::I32 }
    }
}

/// The type of a memory.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct MemoryType {
    /// Size in pages.
    pub limits: Limits,
    /// Whether threads share it.
    pub shared: bool,
    /// Base-two logarithm of the page size: 16 unless the module says otherwise.
    pub page_size_log2: u8,
}

/// The type of a table.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct TableType {
    /// Type of its elements.
    pub element: RefType,
    /// Size in elements.
    pub limits: Limits,
}

/// The type of a global.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct GlobalType {
    /// Type of its value.
    pub content: ValType,
    /// Whether it can be set.
    pub mutable: bool,
}

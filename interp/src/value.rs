//! [`Val`] and [`Ref`]: values whose type is known only at run time.
//!
//! Invariant: a value in cells is its raw bits, 32-bit ones zero-extended, a `v128` in two cells with the low half first,
//! and a reference as its handle in its store, null being 0.

use crate::anyref::Referent;
use crate::store::StoreOpaque;
use crate::store::handle::StoreId;
use crate::types::{HeapType, RefType, ValType};
use crate::{AnyRef, ArrayRef, AsContext, EqRef, ExnRef, ExternRef, Func, Result, Rooted, StructRef, bail};
use core::fmt;
use fantail_core::types as core_types;

/// A value.
///
/// Floats are their bits, so that every NaN stays what it is.
///
/// ```
/// use fantail::{Store, Val, ValType};
///
/// let value = Val::from(1.5_f64);
/// assert_eq!((value.f64(), value.i32()), (Some(1.5), None));
/// assert_eq!(value.unwrap_f64(), 1.5);
/// // No bit of a NaN is lost.
/// assert!(matches!(Val::F32(0x7fa0_0001), Val::F32(bits) if bits == 0x7fa0_0001));
///
/// let store = Store::<()>::default();
/// assert_eq!(value.ty(&store)?, ValType::F64);
/// assert!(Val::null_func_ref().matches_ty(&store, &ValType::FUNCREF)?);
/// # Ok::<(), fantail::Error>(())
/// ```
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub enum Val {
    /// 32-bit integer.
    I32(i32),
    /// 64-bit integer.
    I64(i64),
    /// The bits of a 32-bit float.
    F32(u32),
    /// The bits of a 64-bit float.
    F64(u64),
    /// 128-bit vector.
    V128(V128),
    /// A function, or null.
    FuncRef(Option<Func>),
    /// A reference to a value of the host, or null.
    ExternRef(Option<Rooted<ExternRef>>),
    /// An internal reference, or null.
    AnyRef(Option<Rooted<AnyRef>>),
    /// An exception, or null.
    ExnRef(Option<Rooted<ExnRef>>),
}

/// A reference.
///
/// ```
/// use fantail::{Engine, Func, HeapType, Ref, RefType, Store};
///
/// let mut store = Store::new(&Engine::default(), ());
/// let func = Func::wrap(&mut store, |x: i32| x);
/// let reference = Ref::from(func);
/// assert!(reference.is_func() && reference.is_non_null());
/// assert_eq!(reference.as_func(), Some(Some(&func)));
/// // Its type says more than `funcref`.
/// assert_eq!(reference.ty(&store)?.heap_type().unwrap_concrete_func().params().len(), 1);
/// assert!(Ref::null(&HeapType::NoFunc).matches_ty(&store, &RefType::FUNCREF)?);
/// # Ok::<(), fantail::Error>(())
/// ```
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub enum Ref {
    /// A function, or null.
    Func(Option<Func>),
    /// A reference to a value of the host, or null.
    Extern(Option<Rooted<ExternRef>>),
    /// An internal reference, or null.
    Any(Option<Rooted<AnyRef>>),
    /// An exception, or null.
    Exn(Option<Rooted<ExnRef>>),
}

/// A 128-bit vector.
///
/// ```
/// use fantail::V128;
///
/// let ones = V128::from(u128::MAX);
/// assert_eq!(ones.as_u128(), u128::MAX);
/// ```
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct V128(u128);

impl V128 {
    /// Its bits: lane 0 in the lowest.
    pub fn as_u128(&self) -> u128 {
        self.0
    }
}

impl From<u128> for V128 {
    fn from(bits: u128) -> Self {
        Self(bits)
    }
}

impl From<V128> for u128 {
    fn from(vector: V128) -> Self {
        vector.0
    }
}

impl fmt::Debug for V128 {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "V128({:#034x})", self.0)
    }
}

macro_rules! accessors {
    ($($variant:ident($ty:ty) $get:ident $unwrap:ident $what:literal $bits:ident => $value:expr;)*) => {$(
        #[doc = concat!("The ", $what, ", if it is one.")]
        pub fn $get(&self) -> Option<$ty> {
            match *self {
                Self::$variant($bits) => Some($value),
                _ => None,
            }
        }

        #[doc = concat!("The ", $what, ".")]
        ///
        /// # Panics
        /// When it is another value.
        pub fn $unwrap(&self) -> $ty {
            self.$get().expect(concat!("expected ", $what))
        }
    )*};
}

impl Val {
    accessors! {
        I32(i32) i32 unwrap_i32 "`i32`" value => value;
        I64(i64) i64 unwrap_i64 "`i64`" value => value;
        F32(f32) f32 unwrap_f32 "`f32`" bits => f32::from_bits(bits);
        F64(f64) f64 unwrap_f64 "`f64`" bits => f64::from_bits(bits);
        V128(V128) v128 unwrap_v128 "`v128`" value => value;
    }

    /// Null of the hierarchy of `heap_type`.
    pub fn null_ref(heap_type: &HeapType) -> Self {
        Ref::null(heap_type).into()
    }

    /// The null function.
    pub const fn null_func_ref() -> Self {
        Self::FuncRef(None)
    }

    /// The null external reference.
    pub const fn null_extern_ref() -> Self {
        Self::ExternRef(None)
    }

    /// The null internal reference.
    pub const fn null_any_ref() -> Self {
        Self::AnyRef(None)
    }

    /// Zero or null; nothing for references that cannot be null.
    ///
    /// ```
    /// use fantail::{HeapType, RefType, Val, ValType};
    ///
    /// assert_eq!(Val::default_for_ty(&ValType::I64).and_then(|zero| zero.i64()), Some(0));
    /// assert!(matches!(Val::default_for_ty(&ValType::EXTERNREF), Some(Val::ExternRef(None))));
    /// let never_null = ValType::Ref(RefType::new(false, HeapType::Func));
    /// assert!(Val::default_for_ty(&never_null).is_none());
    /// ```
    pub fn default_for_ty(ty: &ValType) -> Option<Self> {
        Some(match ty {
            ValType::I32 => Self::I32(0),
            ValType::I64 => Self::I64(0),
            ValType::F32 => Self::F32(0),
            ValType::F64 => Self::F64(0),
            ValType::V128 => Self::V128(V128::default()),
            ValType::Ref(ty) if ty.is_nullable() => Self::null_ref(ty.heap_type()),
            ValType::Ref(_) => return None,
        })
    }

    /// Its type: the most precise that can be told.
    ///
    /// # Errors
    /// When it is a reference into another store.
    pub fn ty(&self, store: impl AsContext) -> Result<ValType> {
        Ok(match self {
            Self::I32(_) => ValType::I32,
            Self::I64(_) => ValType::I64,
            Self::F32(_) => ValType::F32,
            Self::F64(_) => ValType::F64,
            Self::V128(_) => ValType::V128,
            Self::FuncRef(func) => ValType::Ref(Ref::Func(*func).ty(store)?),
            Self::ExternRef(value) => ValType::Ref(Ref::Extern(*value).ty(store)?),
            Self::AnyRef(value) => ValType::Ref(Ref::Any(*value).ty(store)?),
            Self::ExnRef(value) => ValType::Ref(Ref::Exn(*value).ty(store)?),
        })
    }

    /// Whether it is a value of type `ty`.
    ///
    /// # Errors
    /// When it is a reference into another store.
    pub fn matches_ty(&self, store: impl AsContext, ty: &ValType) -> Result<bool> {
        Ok(self.ty(store)?.matches(ty))
    }

    /// The reference, if it is one.
    ///
    /// ```
    /// use fantail::Val;
    ///
    /// assert!(Val::null_any_ref().ref_().is_some_and(|reference| reference.is_null()));
    /// assert!(Val::I32(0).ref_().is_none());
    /// ```
    pub fn ref_(self) -> Option<Ref> {
        match self {
            Self::FuncRef(func) => Some(Ref::Func(func)),
            Self::ExternRef(value) => Some(Ref::Extern(value)),
            Self::AnyRef(value) => Some(Ref::Any(value)),
            Self::ExnRef(value) => Some(Ref::Exn(value)),
            _ => None,
        }
    }

    /// The function or null, if it is one.
    pub fn funcref(&self) -> Option<Option<&Func>> {
        match self {
            Self::FuncRef(func) => Some(func.as_ref()),
            _ => None,
        }
    }

    /// The function or null.
    ///
    /// # Panics
    /// When it is another value.
    pub fn unwrap_funcref(&self) -> Option<&Func> {
        self.funcref().expect("expected funcref")
    }

    /// The external reference or null, if it is one.
    pub fn externref(&self) -> Option<Option<&Rooted<ExternRef>>> {
        match self {
            Self::ExternRef(value) => Some(value.as_ref()),
            _ => None,
        }
    }

    /// The external reference or null.
    ///
    /// # Panics
    /// When it is another value.
    pub fn unwrap_externref(&self) -> Option<&Rooted<ExternRef>> {
        self.externref().expect("expected externref")
    }

    /// The internal reference or null, if it is one.
    pub fn anyref(&self) -> Option<Option<&Rooted<AnyRef>>> {
        match self {
            Self::AnyRef(value) => Some(value.as_ref()),
            _ => None,
        }
    }

    /// The internal reference or null.
    ///
    /// # Panics
    /// When it is another value.
    pub fn unwrap_anyref(&self) -> Option<&Rooted<AnyRef>> {
        self.anyref().expect("expected anyref")
    }

    /// The exception or null, if it is one.
    pub fn exnref(&self) -> Option<Option<&Rooted<ExnRef>>> {
        match self {
            Self::ExnRef(value) => Some(value.as_ref()),
            _ => None,
        }
    }

    /// The exception or null.
    ///
    /// # Panics
    /// When it is another value.
    pub fn unwrap_exnref(&self) -> Option<&Rooted<ExnRef>> {
        self.exnref().expect("expected exnref")
    }

    /// What it is in cells; the second counts for a `v128` only.
    ///
    /// # Errors
    /// When the scope of a reference has ended.
    pub(crate) fn to_cells(self, store: &StoreOpaque) -> Result<[u64; 2]> {
        let low = match self {
            Self::I32(value) => u64::from(value.cast_unsigned()),
            Self::I64(value) => value.cast_unsigned(),
            Self::F32(bits) => u64::from(bits),
            Self::F64(bits) => bits,
            Self::V128(V128(bits)) => return Ok(v128_to_cells(bits)),
            Self::FuncRef(func) => Ref::Func(func).cell(store)?,
            Self::ExternRef(value) => Ref::Extern(value).cell(store)?,
            Self::AnyRef(value) => Ref::Any(value).cell(store)?,
            Self::ExnRef(value) => Ref::Exn(value).cell(store)?,
        };
        Ok([low, 0])
    }

    /// The value of canonical type `ty` that `cells` are in `store`.
    pub(crate) fn from_cells(store: &mut StoreOpaque, ty: core_types::ValType, cells: [u64; 2]) -> Self {
        match ty {
            core_types::ValType::I32 => Self::I32((cells[0] as u32).cast_signed()),
            core_types::ValType::I64 => Self::I64(cells[0].cast_signed()),
            core_types::ValType::F32 => Self::F32(cells[0] as u32),
            core_types::ValType::F64 => Self::F64(cells[0]),
            core_types::ValType::V128 => Self::V128(V128(v128_from_cells(cells))),
            core_types::ValType::Ref(ty) => Ref::from_cell(store, ty, cells[0]).into(),
        }
    }
}

pub(crate) fn v128_to_cells(bits: u128) -> [u64; 2] {
    [bits as u64, (bits >> 64) as u64]
}

pub(crate) fn v128_from_cells([low, high]: [u64; 2]) -> u128 {
    u128::from(low) | u128::from(high) << 64
}

impl Ref {
    /// Null of the hierarchy of `heap_type`.
    pub fn null(heap_type: &HeapType) -> Self {
        match heap_type.top() {
            HeapType::Func => Self::Func(None),
            HeapType::Extern => Self::Extern(None),
            HeapType::Exn => Self::Exn(None),
            _ => Self::Any(None),
        }
    }

    /// Whether it is null.
    pub fn is_null(&self) -> bool {
        matches!(self, Self::Func(None) | Self::Extern(None) | Self::Any(None) | Self::Exn(None))
    }

    /// Whether it is not null.
    pub fn is_non_null(&self) -> bool {
        !self.is_null()
    }

    /// Whether it is a function or the null of functions.
    pub fn is_func(&self) -> bool {
        matches!(self, Self::Func(_))
    }

    /// Whether it is an external reference or the null of those.
    pub fn is_extern(&self) -> bool {
        matches!(self, Self::Extern(_))
    }

    /// Whether it is an internal reference or the null of those.
    pub fn is_any(&self) -> bool {
        matches!(self, Self::Any(_))
    }

    /// The function or null, if it is one.
    pub fn as_func(&self) -> Option<Option<&Func>> {
        match self {
            Self::Func(func) => Some(func.as_ref()),
            _ => None,
        }
    }

    /// The function or null.
    ///
    /// # Panics
    /// When it is another reference.
    pub fn unwrap_func(&self) -> Option<&Func> {
        self.as_func().expect("Ref::unwrap_func on non-func reference")
    }

    /// The external reference or null, if it is one.
    pub fn as_extern(&self) -> Option<Option<&Rooted<ExternRef>>> {
        match self {
            Self::Extern(value) => Some(value.as_ref()),
            _ => None,
        }
    }

    /// The external reference or null.
    ///
    /// # Panics
    /// When it is another reference.
    pub fn unwrap_extern(&self) -> Option<&Rooted<ExternRef>> {
        self.as_extern().expect("Ref::unwrap_extern on non-extern reference")
    }

    /// The internal reference or null, if it is one.
    pub fn as_any(&self) -> Option<Option<&Rooted<AnyRef>>> {
        match self {
            Self::Any(value) => Some(value.as_ref()),
            _ => None,
        }
    }

    /// The internal reference or null.
    ///
    /// # Panics
    /// When it is another reference.
    pub fn unwrap_any(&self) -> Option<&Rooted<AnyRef>> {
        self.as_any().expect("Ref::unwrap_any on non-any reference")
    }

    /// Whether it is an exception or the null of those.
    pub fn is_exn(&self) -> bool {
        matches!(self, Self::Exn(_))
    }

    /// The exception or null, if it is one.
    pub fn as_exn(&self) -> Option<Option<&Rooted<ExnRef>>> {
        match self {
            Self::Exn(value) => Some(value.as_ref()),
            _ => None,
        }
    }

    /// The exception or null.
    ///
    /// # Panics
    /// When it is another reference.
    pub fn unwrap_exn(&self) -> Option<&Rooted<ExnRef>> {
        self.as_exn().expect("Ref::unwrap_exn on non-exn reference")
    }

    /// Its type: the most precise that can be told.
    ///
    /// # Errors
    /// When it refers into another store.
    pub fn ty(&self, store: impl AsContext) -> Result<RefType> {
        let store = store.as_context();
        let heap = match self {
            _ if self.store().is_some_and(|own| own != store.0.opaque.id()) => {
                bail!("reference used with the wrong store")
            }
            Self::Func(None) => HeapType::NoFunc,
            Self::Extern(None) => HeapType::NoExtern,
            Self::Any(None) => HeapType::None,
            Self::Exn(None) => HeapType::NoExn,
            Self::Func(Some(func)) => HeapType::ConcreteFunc(func.ty(store)),
            Self::Extern(Some(_)) => HeapType::Extern,
            Self::Any(Some(value)) => {
                let store = &store.0.opaque;
                Referent::of(store, value.cell(store)?).heap_type(store)
            }
            Self::Exn(Some(_)) => HeapType::Exn,
        };
        Ok(RefType::new(self.is_null(), heap))
    }

    /// Whether it is a value of type `ty`.
    ///
    /// # Errors
    /// When it refers into another store.
    pub fn matches_ty(&self, store: impl AsContext, ty: &RefType) -> Result<bool> {
        Ok(self.ty(store)?.matches(ty))
    }

    /// The store it refers into, unless it is null.
    pub(crate) fn store(&self) -> Option<StoreId> {
        match self {
            Self::Func(func) => func.map(|func| func.store()),
            Self::Extern(value) => value.map(|value| value.store()),
            Self::Any(value) => value.map(|value| value.store()),
            Self::Exn(value) => value.map(|value| value.store()),
        }
    }

    /// What it is in a cell.
    ///
    /// # Errors
    /// When its scope has ended.
    pub(crate) fn cell(&self, store: &StoreOpaque) -> Result<u64> {
        Ok(match self {
            Self::Func(func) => func.map_or(0, |func| func.handle()),
            Self::Extern(Some(value)) => value.cell(store)?,
            Self::Any(Some(value)) => value.cell(store)?,
            Self::Exn(Some(value)) => value.cell(store)?,
            Self::Extern(None) | Self::Any(None) | Self::Exn(None) => 0,
        })
    }

    /// The reference of canonical type `ty` that `cell` is in `store`.
    pub(crate) fn from_cell(store: &mut StoreOpaque, ty: core_types::RefType, cell: u64) -> Self {
        let top = match ty.heap {
            core_types::HeapType::Concrete(_) => {
                fantail_core::validate::subtype::top(store.engine().types().types(), ty.heap)
            }
            heap => fantail_core::validate::subtype::top(&[], heap),
        };
        match top {
            core_types::HeapType::Func => Self::Func(Func::from_handle(store.id(), cell)),
            core_types::HeapType::Extern => Self::Extern(Rooted::from_cell(store, cell)),
            core_types::HeapType::Exn => Self::Exn(Rooted::from_cell(store, cell)),
            _ => Self::Any(Rooted::from_cell(store, cell)),
        }
    }
}

macro_rules! conversions {
    ($target:ident: $($from:ty, $value:ident => $expr:expr;)*) => {$(
        impl From<$from> for $target {
            fn from($value: $from) -> Self {
                $expr
            }
        }
    )*};
}

conversions! { Val:
    i32, value => Self::I32(value);
    i64, value => Self::I64(value);
    f32, value => Self::F32(value.to_bits());
    f64, value => Self::F64(value.to_bits());
    u128, value => Self::V128(value.into());
    V128, value => Self::V128(value);
    Func, value => Self::FuncRef(Some(value));
    Option<Func>, value => Self::FuncRef(value);
    Rooted<AnyRef>, value => Self::AnyRef(Some(value));
    Option<Rooted<AnyRef>>, value => Self::AnyRef(value);
    Rooted<EqRef>, value => Self::AnyRef(Some(value.cast()));
    Rooted<StructRef>, value => Self::AnyRef(Some(value.cast()));
    Rooted<ArrayRef>, value => Self::AnyRef(Some(value.cast()));
    Rooted<ExternRef>, value => Self::ExternRef(Some(value));
    Option<Rooted<ExternRef>>, value => Self::ExternRef(value);
    Rooted<ExnRef>, value => Self::ExnRef(Some(value));
    Option<Rooted<ExnRef>>, value => Self::ExnRef(value);
    Ref, value => match value {
        Ref::Func(func) => Self::FuncRef(func),
        Ref::Extern(value) => Self::ExternRef(value),
        Ref::Any(value) => Self::AnyRef(value),
        Ref::Exn(value) => Self::ExnRef(value),
    };
}

conversions! { Ref:
    Func, value => Self::Func(Some(value));
    Option<Func>, value => Self::Func(value);
    Rooted<AnyRef>, value => Self::Any(Some(value));
    Option<Rooted<AnyRef>>, value => Self::Any(value);
    Rooted<EqRef>, value => Self::Any(Some(value.cast()));
    Rooted<StructRef>, value => Self::Any(Some(value.cast()));
    Rooted<ArrayRef>, value => Self::Any(Some(value.cast()));
    Rooted<ExternRef>, value => Self::Extern(Some(value));
    Option<Rooted<ExternRef>>, value => Self::Extern(value);
    Rooted<ExnRef>, value => Self::Exn(Some(value));
    Option<Rooted<ExnRef>>, value => Self::Exn(value);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_keep_their_bits_in_cells() {
        let mut store = StoreOpaque::new(&crate::Engine::default()).expect("there is memory");
        let mut back = |ty, val: Val| {
            let cells = val.to_cells(&store).expect("it is no reference");
            Val::from_cells(&mut store, ty, cells)
        };
        assert_eq!(back(core_types::ValType::I32, Val::I32(-5)).unwrap_i32(), -5);
        assert_eq!(back(core_types::ValType::I64, Val::I64(i64::MIN)).unwrap_i64(), i64::MIN);
        let nan = back(core_types::ValType::F32, Val::F32(0x7fa0_0001));
        assert!(matches!(nan, Val::F32(0x7fa0_0001)));
        let vector = V128::from(0x0123_4567_89ab_cdef_0011_2233_4455_6677);
        assert_eq!(back(core_types::ValType::V128, Val::V128(vector)).unwrap_v128(), vector);
    }
}

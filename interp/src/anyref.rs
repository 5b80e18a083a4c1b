//! [`AnyRef`], [`EqRef`] and [`I31`]: internal references whose kind is found out at run time.

use crate::gc::object::{Kind, Object};
use crate::gc::roots::RootId;
use crate::rooted::{Rooted, cell};
use crate::store::StoreOpaque;
use crate::types::{ArrayType, HeapType, StructType};
use crate::{ArrayRef, AsContext, AsContextMut, ExternRef, Result, StructRef};
use core::fmt;
use fantail_core::types::CanonId;

/// An internal reference: to a structure or an array, an [`I31`], or an external reference that was converted.
///
/// ```
/// use fantail::{AnyRef, I31, Store};
///
/// let mut store = Store::<()>::default();
/// let seven = AnyRef::from_i31(&mut store, I31::wrapping_u32(7));
/// assert_eq!(seven.as_i31(&store)?, Some(I31::wrapping_u32(7)));
/// assert!(!seven.is_struct(&store)?);
/// # Ok::<(), fantail::Error>(())
/// ```
#[derive(Clone, Copy)]
pub struct AnyRef {
    pub(crate) root: RootId,
}

/// A reference that `ref.eq` can compare: to a structure or an array, or an [`I31`].
///
/// ```
/// use fantail::{AnyRef, EqRef, I31, Store};
///
/// let mut store = Store::<()>::default();
/// let value = EqRef::from_i31(&mut store, I31::wrapping_i32(-5));
/// assert_eq!(value.unwrap_i31(&store)?.get_i32(), -5);
/// assert!(value.to_anyref().is_eqref(&store)?);
/// # Ok::<(), fantail::Error>(())
/// ```
#[derive(Clone, Copy)]
pub struct EqRef {
    pub(crate) root: RootId,
}

/// What a reference in a cell, not null, is to.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Referent {
    I31(I31),
    Extern,
    Struct(CanonId),
    Array(CanonId),
}

impl Referent {
    /// What `cell` refers to in `store`.
    #[expect(unsafe_code, reason = "looks at the object")]
    pub(crate) fn of(store: &StoreOpaque, cell: u64) -> Self {
        match cell & 3 {
            0 => {
                // SAFETY: references that end in zeros and are not null are to objects.
                let header = unsafe { Object::new(store.exec.gc.heap.base, cell as u32).header() };
                let id = CanonId(store.exec.gc.types.get(header).id());
                match Kind::of(header) {
                    Kind::Struct => Self::Struct(id),
                    Kind::Array => Self::Array(id),
                }
            }
            2 => Self::Extern,
            _ => Self::I31(I31(cell as u32 >> 1)),
        }
    }

    /// The most precise type of it.
    pub(crate) fn heap_type(self, store: &StoreOpaque) -> HeapType {
        match self {
            Self::I31(_) => HeapType::I31,
            Self::Extern => HeapType::Any,
            Self::Struct(id) => HeapType::ConcreteStruct(StructType::from_parts(store.engine(), id)),
            Self::Array(id) => HeapType::ConcreteArray(ArrayType::from_parts(store.engine(), id)),
        }
    }
}

macro_rules! queries {
    ($($name:ident)*) => {$(
        impl $name {
            /// A reference that is the integer `value`.
            pub fn from_i31(mut store: impl AsContextMut, value: I31) -> Rooted<Self> {
                let store = &mut store.as_context_mut().0.opaque;
                let root = store.roots.push(store.id(), fantail_core::num::ref_i31(value.0));
                Rooted::from_root(root)
            }

            fn referent(&self, store: impl AsContext) -> Result<Referent> {
                let store = &store.as_context().0.opaque;
                Ok(Referent::of(store, cell(store, self)?))
            }

            /// The type of what it refers to.
            ///
            /// # Errors
            /// When its scope has ended.
            ///
            /// # Panics
            /// When it belongs to another store.
            pub fn ty(&self, store: impl AsContext) -> Result<HeapType> {
                let referent = self.referent(&store)?;
                Ok(referent.heap_type(&store.as_context().0.opaque))
            }

            /// Whether it refers to something of type `ty`.
            ///
            /// # Errors
            /// When its scope has ended.
            ///
            /// # Panics
            /// When it belongs to another store.
            pub fn matches_ty(&self, store: impl AsContext, ty: &HeapType) -> Result<bool> {
                Ok(self.ty(store)?.matches(ty))
            }

            /// Whether it is an integer.
            ///
            /// # Errors
            /// When its scope has ended.
            ///
            /// # Panics
            /// When it belongs to another store.
            pub fn is_i31(&self, store: impl AsContext) -> Result<bool> {
                Ok(self.as_i31(store)?.is_some())
            }

            /// The integer, if it is one.
            ///
            /// # Errors
            /// When its scope has ended.
            ///
            /// # Panics
            /// When it belongs to another store.
            pub fn as_i31(&self, store: impl AsContext) -> Result<Option<I31>> {
                Ok(match self.referent(store)? {
                    Referent::I31(value) => Some(value),
                    _ => None,
                })
            }

            /// Whether it refers to a structure.
            ///
            /// # Errors
            /// When its scope has ended.
            ///
            /// # Panics
            /// When it belongs to another store.
            pub fn is_struct(&self, store: impl AsContext) -> Result<bool> {
                Ok(self.as_struct(store)?.is_some())
            }

            /// The reference to a structure, if it is one.
            ///
            /// # Errors
            /// When its scope has ended.
            ///
            /// # Panics
            /// When it belongs to another store.
            pub fn as_struct(&self, store: impl AsContext) -> Result<Option<Rooted<StructRef>>> {
                let is_struct = matches!(self.referent(store)?, Referent::Struct(_));
                Ok(is_struct.then(|| Rooted::from_root(self.root)))
            }

            /// Whether it refers to an array.
            ///
            /// # Errors
            /// When its scope has ended.
            ///
            /// # Panics
            /// When it belongs to another store.
            pub fn is_array(&self, store: impl AsContext) -> Result<bool> {
                Ok(self.as_array(store)?.is_some())
            }

            /// The reference to an array, if it is one.
            ///
            /// # Errors
            /// When its scope has ended.
            ///
            /// # Panics
            /// When it belongs to another store.
            pub fn as_array(&self, store: impl AsContext) -> Result<Option<Rooted<ArrayRef>>> {
                let is_array = matches!(self.referent(store)?, Referent::Array(_));
                Ok(is_array.then(|| Rooted::from_root(self.root)))
            }

            /// The integer.
            ///
            /// # Errors
            /// When its scope has ended.
            ///
            /// # Panics
            /// When it is not one, or belongs to another store.
            pub fn unwrap_i31(&self, store: impl AsContext) -> Result<I31> {
                Ok(self.as_i31(store)?.expect("not an i31 reference"))
            }

            /// The reference to a structure.
            ///
            /// # Errors
            /// When its scope has ended.
            ///
            /// # Panics
            /// When it is not one, or belongs to another store.
            pub fn unwrap_struct(&self, store: impl AsContext) -> Result<Rooted<StructRef>> {
                Ok(self.as_struct(store)?.expect("not a reference to a structure"))
            }

            /// The reference to an array.
            ///
            /// # Errors
            /// When its scope has ended.
            ///
            /// # Panics
            /// When it is not one, or belongs to another store.
            pub fn unwrap_array(&self, store: impl AsContext) -> Result<Rooted<ArrayRef>> {
                Ok(self.as_array(store)?.expect("not a reference to an array"))
            }
        }
    )*};
}

queries!(AnyRef EqRef);

impl AnyRef {
    /// The external reference `external` as an internal one.
    ///
    /// ```
    /// use fantail::{AnyRef, ExternRef, Store};
    ///
    /// let mut store = Store::<()>::default();
    /// let external = ExternRef::new(&mut store, "a value")?;
    /// let internal = AnyRef::convert_extern(&mut store, external)?;
    /// let back = ExternRef::convert_any(&mut store, internal)?;
    /// assert_eq!(back.data(&store)?.and_then(|value| value.downcast_ref()), Some(&"a value"));
    /// # Ok::<(), fantail::Error>(())
    /// ```
    ///
    /// # Errors
    /// When its scope has ended.
    ///
    /// # Panics
    /// When it belongs to another store.
    pub fn convert_extern(store: impl AsContext, external: Rooted<ExternRef>) -> Result<Rooted<Self>> {
        external.cell(&store.as_context().0.opaque)?;
        Ok(external.cast())
    }

    /// The reference as one that can be compared.
    ///
    /// # Errors
    /// When its scope has ended.
    ///
    /// # Panics
    /// When it is not one, or belongs to another store.
    pub fn unwrap_eqref(&self, store: impl AsContext) -> Result<Rooted<EqRef>> {
        Ok(self.as_eqref(store)?.expect("not a reference that can be compared"))
    }

    /// Whether it can be compared.
    ///
    /// # Errors
    /// When its scope has ended.
    ///
    /// # Panics
    /// When it belongs to another store.
    pub fn is_eqref(&self, store: impl AsContext) -> Result<bool> {
        Ok(self.as_eqref(store)?.is_some())
    }

    /// The reference as one that can be compared, if it is one.
    ///
    /// # Errors
    /// When its scope has ended.
    ///
    /// # Panics
    /// When it belongs to another store.
    pub fn as_eqref(&self, store: impl AsContext) -> Result<Option<Rooted<EqRef>>> {
        let is_eq = !matches!(self.referent(store)?, Referent::Extern);
        Ok(is_eq.then(|| Rooted::from_root(self.root)))
    }
}

/// An integer of 31 bits, which as a reference takes no memory.
///
/// ```
/// use fantail::I31;
///
/// assert_eq!(I31::wrapping_i32(-1).get_u32(), 0x7fff_ffff);
/// assert_eq!(I31::new_i32(-5).map(|value| value.get_i32()), Some(-5));
/// assert_eq!(I31::new_u32(1 << 31), None);
/// ```
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct I31(u32);

impl I31 {
    const MASK: u32 = u32::MAX >> 1;

    /// `value`, if 31 bits can hold it without a sign.
    pub const fn new_u32(value: u32) -> Option<Self> {
        if value <= Self::MASK { Some(Self(value)) } else { None }
    }

    /// `value`, if 31 bits can hold it with its sign.
    pub const fn new_i32(value: i32) -> Option<Self> {
        if value == value << 1 >> 1 { Some(Self::wrapping_i32(value)) } else { None }
    }

    /// The lowest 31 bits of `value`.
    pub const fn wrapping_u32(value: u32) -> Self {
        Self(value & Self::MASK)
    }

    /// The lowest 31 bits of `value`.
    pub const fn wrapping_i32(value: i32) -> Self {
        Self::wrapping_u32(value.cast_unsigned())
    }

    /// It as an integer without a sign.
    pub const fn get_u32(&self) -> u32 {
        self.0
    }

    /// It as an integer with a sign.
    pub const fn get_i32(&self) -> i32 {
        self.0.cast_signed() << 1 >> 1
    }
}

impl fmt::Debug for I31 {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "I31({})", self.0)
    }
}

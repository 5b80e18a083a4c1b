//! [`Tag`]: a tag instance, as embedders see it.
//!
//! Invariant: two tags are the same if they are the same entity of their store, whatever their types.

use crate::fallible::try_copy;
use crate::store::entity::TagEntity;
use crate::store::handle::Stored;
use crate::types::{FuncType, TagType};
use crate::{AsContext, AsContextMut, Engine, Result};
use alloc::boxed::Box;
use core::fmt;
use fantail_core::types::{CanonId, ValType};

/// A tag of a store: what kind an exception is of.
///
/// ```
/// use fantail::{Engine, FuncType, Store, Tag, TagType, ValType};
///
/// let engine = Engine::default();
/// let mut store = Store::new(&engine, ());
/// let ty = TagType::new(FuncType::new(&engine, [ValType::I32], []));
/// let (a, b) = (Tag::new(&mut store, &ty)?, Tag::new(&mut store, &ty)?);
/// assert!(Tag::eq(&a, &a, &store) && !Tag::eq(&a, &b, &store));
/// assert_eq!(a.ty(&store), ty);
/// # Ok::<(), fantail::Error>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Tag(Stored<TagEntity>);

impl Tag {
    /// A new tag of type `ty`.
    ///
    /// # Errors
    /// When there is not enough memory.
    ///
    /// # Panics
    /// When `ty` belongs to another engine.
    pub fn new(mut store: impl AsContextMut, ty: &TagType) -> Result<Self> {
        let store = &mut store.as_context_mut().0.opaque;
        assert!(Engine::same(store.engine(), ty.ty().engine()), "type used with the wrong engine");
        let payload = try_copy(ty.ty().core_params())?;
        let entity = entity(ty.ty().id(), payload);
        Ok(Self(store.push_tag(entity)?))
    }

    /// Its type.
    ///
    /// # Panics
    /// When it belongs to another store.
    pub fn ty(&self, store: impl AsContext) -> TagType {
        let store = &store.as_context().0.opaque;
        TagType::new(FuncType::from_id(store.engine(), self.0.get(store).ty))
    }

    /// Whether `a` and `b` are the same tag.
    ///
    /// # Panics
    /// When one of them belongs to another store.
    pub fn eq(a: &Self, b: &Self, store: impl AsContext) -> bool {
        let store = &store.as_context().0.opaque;
        core::ptr::eq(a.0.get(store), b.0.get(store))
    }

    pub(crate) fn from_stored(stored: Stored<TagEntity>) -> Self {
        Self(stored)
    }

    pub(crate) fn stored(self) -> Stored<TagEntity> {
        self.0
    }
}

/// A tag whose type is the function type `ty`, with parameters of the canonical types `payload`.
pub(crate) fn entity(ty: CanonId, payload: Box<[ValType]>) -> TagEntity {
    let cells = payload.iter().map(|ty| ty.cells()).sum();
    TagEntity { ty, payload, cells }
}

impl fmt::Debug for Tag {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Tag({:p})", self.0.pointer())
    }
}

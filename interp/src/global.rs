//! [`Global`]: a global instance, as embedders see it.
//!
//! Invariant: its cells always hold a value of its type.

use crate::store::entity::GlobalEntity;
use crate::store::handle::Stored;
use crate::types::GlobalType;
use crate::value::Val;
use crate::{AsContext, AsContextMut, Result, bail};
use core::fmt;

/// A global of a store.
///
/// ```
/// use fantail::{Engine, Global, GlobalType, Mutability, Store, Val, ValType};
///
/// let mut store = Store::new(&Engine::default(), ());
/// let global = Global::new(&mut store, GlobalType::new(ValType::I64, Mutability::Var), Val::I64(1))?;
/// global.set(&mut store, Val::I64(2))?;
/// assert_eq!(global.get(&mut store).i64(), Some(2));
/// assert!(global.set(&mut store, Val::I32(2)).is_err());
/// # Ok::<(), fantail::Error>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Global(Stored<GlobalEntity>);

impl Global {
    /// A global of type `ty` whose value is `val`.
    ///
    /// # Errors
    /// When `val` is of another type.
    pub fn new(mut store: impl AsContextMut, ty: GlobalType, val: Val) -> Result<Self> {
        let context = store.as_context_mut();
        check(&context, val, &ty)?;
        let entity = GlobalEntity { cells: val.to_cells(&context.0.opaque)?, ty: ty.to_core() };
        Ok(Self(context.0.opaque.push_global(entity)?))
    }

    pub(crate) fn from_stored(stored: Stored<GlobalEntity>) -> Self {
        Self(stored)
    }

    pub(crate) fn stored(self) -> Stored<GlobalEntity> {
        self.0
    }

    /// Its type.
    ///
    /// # Panics
    /// When it belongs to another store.
    pub fn ty(&self, store: impl AsContext) -> GlobalType {
        let store = &store.as_context().0.opaque;
        GlobalType::from_core(store.engine(), self.0.get(store).ty)
    }

    /// Its value.
    ///
    /// # Panics
    /// When it belongs to another store.
    pub fn get(&self, mut store: impl AsContextMut) -> Val {
        let store = &mut store.as_context_mut().0.opaque;
        let entity = self.0.get(store);
        let (ty, cells) = (entity.ty.content, entity.cells);
        Val::from_cells(store, ty, cells)
    }

    /// Makes `val` its value.
    ///
    /// # Errors
    /// When it is immutable, or `val` is of another type.
    ///
    /// # Panics
    /// When it belongs to another store.
    pub fn set(&self, mut store: impl AsContextMut, val: Val) -> Result<()> {
        let context = store.as_context_mut();
        let ty = self.ty(&context);
        if ty.mutability().is_const() {
            bail!("immutable global cannot be set");
        }
        check(&context, val, &ty)?;
        let cells = val.to_cells(&context.0.opaque)?;
        self.0.get_mut(&mut context.0.opaque).cells = cells;
        Ok(())
    }
}

fn check(store: impl AsContext, val: Val, ty: &GlobalType) -> Result<()> {
    let found = val.ty(store)?;
    if !found.matches(ty.content()) {
        bail!("type mismatch: expected {}, found {found}", ty.content());
    }
    Ok(())
}

impl fmt::Debug for Global {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Global({:p})", self.0.pointer())
    }
}

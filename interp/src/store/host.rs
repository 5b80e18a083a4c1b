//! [`HostFunc`]: a function of the host, as the executor calls it.
//!
//! # Invariants
//! - Parameters are read from cells and results written to the same cells, the first where the first parameter was;
//!   there is room for the larger of the two. Nothing is allocated on the way.
//! - While a host function runs, the free part of the value stack begins above its cells, so that it may call
//!   WebAssembly again.
//! - A host function is called with a store whose data has the type that it was made for.

#![expect(unsafe_code, reason = "host functions read and write the value stack in place")]

use super::handle::Stored;
use super::{StoreContextMut, StoreInner, StoreOpaque};
use crate::fallible::{OutOfMemory, try_box};
use crate::types::FuncType;
use crate::{Caller, Engine, Error, Instance};
use alloc::boxed::Box;
use fantail_core::types::{CanonId, ValType};

type Body = dyn Fn(*mut (), *mut u64) -> Result<(), Error> + Send + Sync;

/// A function of the host.
pub struct HostFunc {
    /// Its type.
    pub(crate) ty: CanonId,
    /// The larger of its parameters and results, in cells.
    pub(crate) cells: u32,
    /// What it does: given the store and its first cell.
    body: Box<Body>,
}

/// What a caller of a host function has to know of it.
#[derive(Clone, Copy)]
pub(crate) struct Signature {
    ty: CanonId,
    cells: u32,
}

impl Signature {
    /// That of functions from `params` to `results`.
    ///
    /// # Errors
    /// When there is not enough memory, or the engine has 67 million types already.
    pub(crate) fn new(engine: &Engine, params: &[ValType], results: &[ValType]) -> Result<Self, Error> {
        Ok(Self::of(engine.types_mut().intern_func(params, results)?, params, results))
    }

    fn of(ty: CanonId, params: &[ValType], results: &[ValType]) -> Self {
        let cells = crate::func::cells(params).max(crate::func::cells(results));
        Self { ty, cells: cells as u32 }
    }
}

impl From<&FuncType> for Signature {
    fn from(ty: &FuncType) -> Self {
        Self::of(ty.id(), ty.core_params(), ty.core_results())
    }
}

impl HostFunc {
    /// A function that does `body`, which gets its caller and its first cell.
    ///
    /// # Errors
    /// When there is not enough memory.
    ///
    /// # Safety
    /// `body` treats the cells as values of the parameter and result types of `signature`, and the function is called
    /// with stores whose data is a `T` only.
    pub(crate) unsafe fn new<T: 'static>(
        signature: Signature,
        body: impl Fn(Caller<'_, T>, *mut u64) -> Result<(), Error> + Send + Sync + 'static,
    ) -> Result<Self, OutOfMemory> {
        let Signature { ty, cells } = signature;
        let body = try_box(move |store: *mut (), first: *mut u64| {
            // SAFETY: the caller of `call` vouches for `store`, that there is no reference to it by now, and for the cells.
            let (top, context, instance) = unsafe {
                let top = Top::raise(store, first.wrapping_add(cells as usize));
                let context = StoreContextMut(&mut *store.cast::<StoreInner<T>>());
                let id = context.0.opaque.id();
                let instance = Stored::new(id, context.0.opaque.exec.instance).map(Instance::from_stored);
                (top, context, instance)
            };
            let result = body(Caller::new(context, instance), first);
            drop(top);
            result
        })?;
        Ok(Self { ty, cells, body })
    }

    /// Calls it with the parameters from `cells` on, where it leaves its results.
    ///
    /// # Errors
    /// Those of the function.
    ///
    /// # Safety
    /// `store` points to the store that the function is in, and no reference to that store is used until this
    /// returns. From `cells` on there is room for parameters and results in the value stack, and the parameters have
    /// their types.
    pub(crate) unsafe fn call(&self, store: *mut (), cells: *mut u64) -> Result<(), Error> {
        (self.body)(store, cells)
    }
}

/// Restores where the free part of the value stack begins, also when the host panics.
pub(crate) struct Top {
    store: *mut StoreOpaque,
    saved: *mut u64,
    /// Where the scope of the function's references begins.
    scope: usize,
}

impl Top {
    /// Lets it begin at `top`.
    ///
    /// # Safety
    /// `store` points to a store which lives as long as the result, and no reference to which is used meanwhile but while
    /// the host runs; `top` is in its value stack.
    pub(crate) unsafe fn raise(store: *mut (), top: *mut u64) -> Self {
        let store = store.cast::<StoreOpaque>();
        // SAFETY: the caller vouches for `store`, which begins with a `StoreOpaque`.
        let (saved, scope) = unsafe { (core::mem::replace(&mut (*store).top, top), (*store).roots.scope()) };
        Self { store, saved, scope }
    }
}

impl Drop for Top {
    fn drop(&mut self) {
        // SAFETY: as in `raise`; the host has given back its reference to the store.
        unsafe {
            (*self.store).top = self.saved;
            (*self.store).roots.end_scope(self.scope);
        }
    }
}

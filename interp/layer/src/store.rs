//! Stores and their contexts.
//!
//! Invariant: a store of Fantail's has a [`Data`] in it, so that its contexts can lend the [`Engine`] of this crate.

use crate::Engine;
use wasm_runtime_layer::backend::{
    AsContext, AsContextMut, WasmStore, WasmStoreContext, WasmStoreContextMut,
};

/// What is in a store: the user's data, and the engine.
pub(crate) struct Data<T> {
    user: T,
    engine: Engine,
}

/// A store.
pub struct Store<T: 'static>(fantail::Store<Data<T>>);

/// Shared access to a store.
pub struct StoreContext<'a, T: 'static>(pub(crate) fantail::StoreContext<'a, Data<T>>);

/// Exclusive access to a store.
pub struct StoreContextMut<'a, T: 'static>(pub(crate) fantail::StoreContextMut<'a, Data<T>>);

impl<T: 'static> WasmStore<T, Engine> for Store<T> {
    fn new(engine: &Engine, data: T) -> Self {
        Self(fantail::Store::new(&engine.0, Data { user: data, engine: engine.clone() }))
    }

    fn engine(&self) -> &Engine {
        &self.0.data().engine
    }

    fn data(&self) -> &T {
        &self.0.data().user
    }

    fn data_mut(&mut self) -> &mut T {
        &mut self.0.data_mut().user
    }

    fn into_data(self) -> T {
        self.0.into_data().user
    }
}

macro_rules! context {
    ($($name:ty),*) => {$(
        impl<T: 'static> AsContext<Engine> for $name {
            type UserState = T;

            fn as_context(&self) -> StoreContext<'_, T> {
                StoreContext(fantail::AsContext::as_context(&self.0))
            }
        }
    )*};
}

macro_rules! context_mut {
    ($($name:ty),*) => {$(
        impl<T: 'static> AsContextMut<Engine> for $name {
            fn as_context_mut(&mut self) -> StoreContextMut<'_, T> {
                StoreContextMut(fantail::AsContextMut::as_context_mut(&mut self.0))
            }
        }
    )*};
}

macro_rules! store_context {
    ($($name:ty),*) => {$(
        impl<'a, T: 'static> WasmStoreContext<'a, T, Engine> for $name {
            fn engine(&self) -> &Engine {
                &self.0.data().engine
            }

            fn data(&self) -> &T {
                &self.0.data().user
            }
        }
    )*};
}

context!(Store<T>, StoreContext<'_, T>, StoreContextMut<'_, T>);
context_mut!(Store<T>, StoreContextMut<'_, T>);
store_context!(StoreContext<'a, T>, StoreContextMut<'a, T>);

impl<'a, T: 'static> WasmStoreContextMut<'a, T, Engine> for StoreContextMut<'a, T> {
    fn data_mut(&mut self) -> &mut T {
        &mut self.0.data_mut().user
    }
}

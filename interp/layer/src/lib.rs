//! Fantail as a back end of [`wasm_runtime_layer`], so that what is written for that, with wasmi or Wasmtime behind it, runs
//! on Fantail after one line has changed.
//!
//! ```
//! use wasm_runtime_layer::{Engine, Imports, Instance, Module, Store, Val};
//!
//! let engine = Engine::new(fantail_runtime_layer::Engine::default());
//! let mut store = Store::new(&engine, ());
//! let module = Module::new(&engine, &wat::parse_str(
//!     r#"(module (func (export "next") (param i32) (result i32) (i32.add (local.get 0) (i32.const 1))))"#,
//! )?)?;
//! let instance = Instance::new(&mut store, &module, &Imports::default())?;
//! let next = instance.get_export(&store, "next").and_then(|export| export.into_func()).expect("a function");
//! let mut results = [Val::I32(0)];
//! next.call(&mut store, &[Val::I32(41)], &mut results)?;
//! assert!(matches!(results, [Val::I32(42)]));
//! # Ok::<_, anyhow::Error>(())
//! ```
//!
//! The layer knows WebAssembly 2.0: types beyond it (other references, 64-bit memories) can be used inside of modules, but not
//! between them and the host. Such imports and exports are left out of what a module lists.
//!
//! Each of Fantail's types stands in a type of this crate's, because traits of another crate cannot be implemented for
//! types of a third.

mod entity;
mod instance;
mod store;
mod types;
mod value;

pub use entity::{ExternRef, Func, Global, Memory, Table};
pub use instance::{Instance, Module};
pub use store::{Store, StoreContext, StoreContextMut};

use wasm_runtime_layer::backend::WasmEngine;

/// An engine of Fantail's.
///
/// ```
/// use fantail::Config;
/// use wasm_runtime_layer::{Engine, Module};
///
/// let engine = fantail::Engine::new(Config::new().wasm_gc(false)).expect("the settings are valid");
/// let engine = Engine::new(fantail_runtime_layer::Engine::new(engine));
/// assert!(Module::new(&engine, &wat::parse_str("(module (type (struct)))")?).is_err());
/// # Ok::<_, anyhow::Error>(())
/// ```
#[derive(Clone, Debug, Default)]
pub struct Engine(fantail::Engine);

impl Engine {
    /// A back end with the settings of `engine`.
    pub fn new(engine: fantail::Engine) -> Self {
        Self(engine)
    }

    /// The engine itself.
    pub fn into_inner(self) -> fantail::Engine {
        self.0
    }
}

impl From<fantail::Engine> for Engine {
    fn from(engine: fantail::Engine) -> Self {
        Self(engine)
    }
}

impl WasmEngine for Engine {
    type ExternRef = ExternRef;
    type Func = Func;
    type Global = Global;
    type Instance = Instance;
    type Memory = Memory;
    type Module = Module;
    type Store<T: 'static> = Store<T>;
    type StoreContext<'a, T: 'static> = StoreContext<'a, T>;
    type StoreContextMut<'a, T: 'static> = StoreContextMut<'a, T>;
    type Table = Table;
}

/// What the layer gets for an error of Fantail's.
fn outward(error: fantail::Error) -> anyhow::Error {
    anyhow::Error::from_boxed(error.into_boxed_dyn_error())
}

/// What Fantail gets for an error of the layer's.
fn inward(error: anyhow::Error) -> fantail::Error {
    fantail::Error::from_boxed(error.into_boxed_dyn_error())
}

//! What the tests of the embedding API share.

#![allow(dead_code, reason = "no test file uses all of it")]

use fantail::{Engine, Instance, Module, Result, Store};

/// The module that `text` describes.
pub(crate) fn module(engine: &Engine, text: &str) -> Module {
    try_module(engine, text).expect("a valid module")
}

/// The module that `text` describes, or why there is none.
pub(crate) fn try_module(engine: &Engine, text: &str) -> Result<Module> {
    Module::new(engine, wat::parse_str(text).expect("well-formed text"))
}

/// An instance, without imports, of the module that `text` describes, in a store of its own.
pub(crate) fn instance(text: &str) -> (Store<()>, Instance) {
    let mut store = Store::new(&Engine::default(), ());
    let module = module(&store.engine().clone(), text);
    let instance = Instance::new(&mut store, &module, &[]).expect("nothing is imported");
    (store, instance)
}

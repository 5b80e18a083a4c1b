//! What tests of several modules share.

use super::{Module, Result};
use crate::features::Features;
use crate::types::TypeStore;

/// The module that `text` describes, with every proposal on.
pub(crate) fn parse(text: &str) -> Result<Module> {
    let bytes = wat::parse_str(text).expect("the text is well-formed");
    Module::parse(&bytes, &Features::all(), &mut TypeStore::new())
}

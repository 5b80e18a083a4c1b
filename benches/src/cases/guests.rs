//! Our own guests: sources under `guests/`, compiled modules beside them, answers here.

use super::Case;
use anyhow::Result;

pub(crate) fn find(_name: &str) -> Option<&'static [u8]> {
    None
}
pub(crate) fn modules() -> Vec<String> {
    Vec::new()
}
/// The guests that are `wanted`.
pub(super) fn all(_wanted: &dyn Fn(&str) -> bool) -> Result<Vec<Case>> {
    Ok(Vec::new())
}

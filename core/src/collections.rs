//! Maps and sets: by hash, or by order in builds that are to be small.

#[cfg(not(feature = "fusion"))]
pub(crate) use alloc::collections::{BTreeMap as Map, BTreeSet as Set};
#[cfg(feature = "fusion")]
pub(crate) use hashbrown::{HashMap as Map, HashSet as Set};

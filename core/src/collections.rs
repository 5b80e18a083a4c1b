//! Maps and sets: by hash, or by order in builds that are to be small.

#[cfg(all(not(feature = "fusion"), feature = "gc"))]
pub(crate) use alloc::collections::BTreeMap as Map;
#[cfg(not(feature = "fusion"))]
pub(crate) use alloc::collections::BTreeSet as Set;
#[cfg(all(feature = "fusion", feature = "gc"))]
pub(crate) use hashbrown::HashMap as Map;
#[cfg(feature = "fusion")]
pub(crate) use hashbrown::HashSet as Set;

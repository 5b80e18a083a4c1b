//! [`Roots`]: references that the host holds.
//!
//! # Invariants
//! - A [`RootId`] stands for a reference until its scope ends. It is found by its position, and recognised by the number
//!   of its generation, which is higher for everything that comes after the end of a scope.
//! - Roots that own their place keep their reference alive as long as a handle to them exists, in any order.

use crate::fallible::OutOfMemory;
use crate::store::handle::StoreId;
use crate::sync::Arc;
use alloc::vec::Vec;

/// A reference that the host holds.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct RootId {
    store: StoreId,
    index: u32,
    generation: u64,
}

impl RootId {
    pub(crate) fn store(self) -> StoreId {
        self.store
    }
}

/// A reference that the host holds in any order with others.
#[derive(Debug)]
pub(crate) struct OwnedRoot {
    /// The reference.
    pub(crate) cell: u64,
}

/// The references that the host holds into a store.
pub(crate) struct Roots {
    scoped: Vec<(u64, u64)>,
    generation: u64,
    owned: Vec<Arc<OwnedRoot>>,
    /// Number of those at which the ones without a handle are looked for.
    crowded: usize,
}

impl Roots {
    pub(crate) fn new() -> Self {
        Self { scoped: Vec::new(), generation: 1, owned: Vec::new(), crowded: 64 }
    }

    /// Adds `cell`, which is not null, of the store `store`.
    ///
    /// # Errors
    /// When there is not enough memory.
    pub(crate) fn try_push(&mut self, store: StoreId, cell: u64) -> Result<RootId, OutOfMemory> {
        let root = self.push(store, cell);
        if root.generation == 0 { Err(OutOfMemory) } else { Ok(root) }
    }

    /// Adds `cell`, which is not null, of the store `store`. Without memory the root is one whose scope has ended.
    pub(crate) fn push(&mut self, store: StoreId, cell: u64) -> RootId {
        match (u32::try_from(self.scoped.len()), self.scoped.try_reserve(1)) {
            (Ok(index), Ok(())) => {
                self.scoped.push((cell, self.generation));
                RootId { store, index, generation: self.generation }
            }
            _ => RootId { store, index: 0, generation: 0 },
        }
    }

    /// Makes room for `additional` roots. Without memory it is as if it had not been asked for.
    pub(crate) fn reserve(&mut self, additional: usize) {
        let _ = self.scoped.try_reserve(additional);
    }

    /// The reference, unless its scope has ended.
    pub(crate) fn get(&self, root: RootId) -> Option<u64> {
        let &(cell, generation) = self.scoped.get(root.index as usize)?;
        (generation == root.generation).then_some(cell)
    }

    /// Where a scope begins.
    pub(crate) fn scope(&self) -> usize {
        self.scoped.len()
    }

    /// Ends the scope that began at `start`.
    pub(crate) fn end_scope(&mut self, start: usize) {
        if start < self.scoped.len() {
            self.scoped.truncate(start);
            self.generation += 1;
        }
    }

    /// Adds a root for `cell` that keeps its place.
    ///
    /// # Errors
    /// When there is not enough memory.
    pub(crate) fn own(&mut self, cell: u64) -> crate::Result<Arc<OwnedRoot>> {
        if self.owned.len() >= self.crowded {
            self.forget();
            self.crowded = (self.owned.len() * 2).max(64);
        }
        crate::store::reserve(&mut self.owned)?;
        let root = Arc::try_new(OwnedRoot { cell })?;
        self.owned.push(Arc::clone(&root));
        Ok(root)
    }

    fn forget(&mut self) {
        self.owned.retain(|root| Arc::strong_count(root) > 1);
    }

    /// Hands all references to `visit`.
    pub(crate) fn trace(&mut self, mut visit: impl FnMut(u64)) {
        self.forget();
        self.scoped.iter().for_each(|&(cell, _)| visit(cell));
        self.owned.iter().for_each(|root| visit(root.cell));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_root_is_not_found_after_its_scope_though_its_place_is_used_again() {
        let (mut roots, store) = (Roots::new(), StoreId::allocate());
        let outer = roots.push(store, 8);
        let scope = roots.scope();
        let inner = roots.push(store, 16);
        assert_eq!((roots.get(outer), roots.get(inner)), (Some(8), Some(16)));
        roots.end_scope(scope);
        let next = roots.push(store, 24);
        assert_eq!((roots.get(outer), roots.get(inner), roots.get(next)), (Some(8), None, Some(24)));
    }

    #[test]
    fn owned_roots_live_as_long_as_their_handles() {
        let mut roots = Roots::new();
        let (first, second) = (roots.own(8).expect("fits"), roots.own(16).expect("fits"));
        drop(first);
        let mut found = Vec::new();
        roots.trace(|cell| found.push(cell));
        assert_eq!(found, [16]);
        drop(second);
        roots.trace(|cell| unreachable!("{cell} has no handle"));
    }
}

//! [`Engine`]: what modules and stores share: settings, and the identities of types.

use crate::sync::Arc;
use crate::sync::atomic::{AtomicUsize, Ordering};
use crate::{Config, Result, SimdBackend, bail};
use core::fmt;
use fantail_core::types::{CanonId, CompositeType, FuncType, TypeStore};
use spin::RwLock;

/// The smallest value stack, in bytes.
const MIN_STACK: usize = if cfg!(feature = "fusion") { 16 << 10 } else { 1 << 10 };

/// Settings and types that modules and stores share.
///
/// Cloning is cheap, and clones are the same engine. A module can be instantiated in stores of its own engine only.
///
/// ```
/// use fantail::Engine;
///
/// let engine = Engine::default();
/// assert!(Engine::same(&engine, &engine.clone()));
/// ```
#[derive(Clone)]
pub struct Engine(Arc<Inner>);

struct Inner {
    config: Config,
    types: RwLock<TypeStore>,
    epoch: AtomicUsize,
}

impl Engine {
    /// An engine with these settings.
    ///
    /// # Errors
    /// When the settings contradict each other or ask for too small a stack.
    pub fn new(config: &Config) -> Result<Self> {
        if !config.simd_backend.is_available() {
            bail!(
                "this machine cannot execute the SIMD back end {}; the best it can is {}",
                config.simd_backend.name(),
                SimdBackend::best().name()
            );
        }
        if config.max_stack < MIN_STACK {
            bail!("the stack must have at least {MIN_STACK} bytes, not {}", config.max_stack);
        }
        Ok(Self::with(config.clone()))
    }

    fn with(config: Config) -> Self {
        Self(Arc::new(Inner { config, types: RwLock::new(TypeStore::new()), epoch: AtomicUsize::new(0) }))
    }

    /// Whether `a` and `b` are clones of each other.
    pub fn same(a: &Self, b: &Self) -> bool {
        Arc::ptr_eq(&a.0, &b.0)
    }

    /// Its settings.
    pub fn config(&self) -> &Config {
        &self.0.config
    }

    /// Moves on to the next epoch, from whatever thread: guests whose store's deadline it is trap with
    /// [`Trap::Interrupt`](crate::Trap::Interrupt).
    ///
    /// Only with [`Config::epoch_interruption`] do they look; a store's deadline is set by
    /// [`Store::set_epoch_deadline`](crate::Store::set_epoch_deadline).
    pub fn increment_epoch(&self) {
        self.0.epoch.fetch_add(1, Ordering::Relaxed);
    }

    pub(crate) fn epoch(&self) -> *const AtomicUsize {
        &raw const self.0.epoch
    }

    pub(crate) fn current_epoch(&self) -> usize {
        self.0.epoch.load(Ordering::Relaxed)
    }

    pub(crate) fn types(&self) -> spin::RwLockReadGuard<'_, TypeStore> {
        self.0.types.read()
    }

    pub(crate) fn types_mut(&self) -> spin::RwLockWriteGuard<'_, TypeStore> {
        self.0.types.write()
    }

    /// The function type `id`, in canonical form.
    pub(crate) fn func_type(&self, id: CanonId) -> FuncType {
        match self.types().get(id).map(|def| &def.composite) {
            Some(CompositeType::Func(ty)) => ty.clone(),
            other => panic!("type {id} is not a function type but {other:?}"),
        }
    }
}

impl Default for Engine {
    fn default() -> Self {
        Self::with(Config::new())
    }
}

impl fmt::Debug for Engine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Engine").field("config", &self.0.config).finish_non_exhaustive()
    }
}

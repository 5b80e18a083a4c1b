//! [`Engine`]: what modules and stores share: settings, and the identities of types.

use crate::sync::atomic::{AtomicUsize, Ordering};
use crate::sync::{Arc, Weak};
use crate::{Config, Result, SimdBackend, bail};
use core::fmt;
use core::num::NonZeroUsize;
use fantail_core::types::{TypeStore, ValType};
use fantail_core::validate::subtype;
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

/// An [`Engine`] that it does not keep alive.
///
/// ```
/// use fantail::Engine;
///
/// let engine = Engine::default();
/// let weak = engine.weak();
/// assert!(weak.upgrade().is_some_and(|same| Engine::same(&same, &engine)));
/// drop(engine);
/// assert!(weak.upgrade().is_none());
/// ```
#[derive(Clone)]
pub struct EngineWeak(Weak<Inner>);

impl EngineWeak {
    /// The engine, unless everything that used it is gone.
    pub fn upgrade(&self) -> Option<Engine> {
        self.0.upgrade().map(Engine)
    }
}

impl fmt::Debug for EngineWeak {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("EngineWeak").finish_non_exhaustive()
    }
}

struct Inner {
    config: Config,
    types: RwLock<TypeStore>,
    epoch: AtomicUsize,
}

impl Engine {
    /// An engine with these settings.
    ///
    /// ```
    /// use fantail::{Config, Engine, Module};
    ///
    /// let engine = Engine::new(Config::new().wasm_simd(false).wasm_relaxed_simd(false))?;
    /// let wasm = wat::parse_str("(module (func (param v128)))")?;
    /// assert!(Module::new(&engine, &wasm).is_err() && Module::new(&Engine::default(), &wasm).is_ok());
    /// # Ok::<(), fantail::Error>(())
    /// ```
    ///
    /// # Errors
    /// When the settings contradict each other or ask for too small a stack; when there is not enough memory.
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
        Self::with(config.clone())
    }

    fn with(config: Config) -> Result<Self> {
        let (types, epoch) = (RwLock::new(TypeStore::new()), AtomicUsize::new(0));
        Ok(Self(Arc::try_new(Inner { config, types, epoch })?))
    }

    /// Whether `a` and `b` are clones of each other.
    pub fn same(a: &Self, b: &Self) -> bool {
        Arc::ptr_eq(&a.0, &b.0)
    }

    /// It without keeping it alive.
    pub fn weak(&self) -> EngineWeak {
        EngineWeak(Arc::downgrade(&self.0))
    }

    /// What [`Config::consume_fuel`] was set to.
    pub fn get_consume_fuel(&self) -> bool {
        self.config().metering.fuel
    }

    /// What [`Config::epoch_interruption`] was set to.
    pub fn get_epoch_interruption(&self) -> bool {
        self.config().metering.epochs
    }

    /// What [`Config::max_wasm_stack`] was set to.
    pub fn get_max_wasm_stack(&self) -> usize {
        self.config().max_stack
    }

    /// What [`Config::relaxed_simd_deterministic`] was set to.
    pub fn get_relaxed_simd_deterministic(&self) -> bool {
        self.config().relaxed_deterministic
    }

    /// What [`Config::shared_memory`] was set to.
    pub fn get_shared_memory(&self) -> bool {
        self.config().shared_memory
    }

    /// What [`Config::wasm_backtrace_max_frames`] was set to.
    pub fn get_wasm_backtrace_max_frames(&self) -> Option<NonZeroUsize> {
        self.config().max_frames
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

    /// Whether every value of the canonical type `a` is one of type `b`.
    #[inline(never)]
    pub(crate) fn val_matches(&self, a: ValType, b: ValType) -> bool {
        subtype::val_matches(self.types().types(), a, b)
    }
}

impl Default for Engine {
    /// An engine with the usual settings.
    ///
    /// # Panics
    /// When there is not enough memory, see [`Engine::new`].
    fn default() -> Self {
        Self::with(Config::new()).unwrap_or_else(|error| panic!("{error}"))
    }
}

impl fmt::Debug for Engine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Engine").field("config", &self.0.config).finish_non_exhaustive()
    }
}

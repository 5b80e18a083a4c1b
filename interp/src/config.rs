//! [`Config`]: which proposals an engine accepts, when it translates, and how much stack it gives.

use crate::memory::{MemoryCreator, StackCreator, TableCreator};
use crate::simd_backend::SimdBackend;
use crate::sync::EmbedderArc as Arc;
use core::fmt;
use core::num::NonZeroUsize;
use fantail_core::features::{Features, Proposal};
use fantail_core::translate::Metering;

/// When function bodies are validated and translated to the engine's code.
///
/// ```
/// use fantail::{CompilationMode, Config, Engine, Module};
///
/// let engine = Engine::new(Config::new().compilation_mode(CompilationMode::Lazy))?;
/// // Nobody calls the function that is not valid.
/// let wasm = wat::parse_str("(module (func (result i32)))")?;
/// assert!(Module::new(&engine, &wasm).is_ok() && Module::new(&Engine::default(), &wasm).is_err());
/// # Ok::<(), fantail::Error>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default)]
#[non_exhaustive]
pub enum CompilationMode {
    /// Everything in [`Module::new`](crate::Module::new).
    Eager,
    /// All is validated in [`Module::new`](crate::Module::new), and a function is translated at its first call.
    #[default]
    LazyTranslation,
    /// A function is validated and translated at its first call. One that is invalid makes that call fail.
    Lazy,
}

/// Settings of an [`Engine`](crate::Engine).
///
/// ```
/// use fantail::{CompilationMode, Config, Engine};
///
/// let mut config = Config::new();
/// config.wasm_multi_memory(false).compilation_mode(CompilationMode::Eager).max_wasm_stack(256 * 1024);
/// let engine = Engine::new(&config)?;
/// # Ok::<(), fantail::Error>(())
/// ```
///
/// # Compared with Wasmtime 48
/// The proposals that are on by default are those that Wasmtime has on by default: WebAssembly 3.0 and threads. Each is
/// switched by a function of the same name. Different on purpose are:
///
/// - [`wasm_legacy_exceptions`](Self::wasm_legacy_exceptions) is on, for Emscripten and older versions of clang still emit
///   these instructions. Wasmtime does not execute them.
/// - [`shared_memory`](Self::shared_memory) is on: a program that was built for threads needs nothing else.
/// - [`relaxed_simd_deterministic`](Self::relaxed_simd_deterministic) is on: what a module computes does not depend on
///   the machine, unless one asks for it.
/// - [`wasm_mutable_global`](Self::wasm_mutable_global), [`wasm_sign_extension`](Self::wasm_sign_extension) and
///   [`wasm_saturating_float_to_int`](Self::wasm_saturating_float_to_int) have functions of their own. In Wasmtime, as
///   all flags of its decoder, they are switched by `wasm_features`, which is not here.
/// - [`wasm_reference_types`](Self::wasm_reference_types) alone does not say whether there is a collector, so that there
///   is no `gc_support`: it is there, and takes no memory before a module makes an object.
/// - What is not implemented has no switch: components (`wasm_component_model` and those that begin so), stack switching
///   (`wasm_stack_switching`), shared-everything threads (`wasm_shared_everything_threads`). Nor has what concerns
///   compilers, their caches, signal handlers, or asynchronous functions.
#[derive(Clone)]
pub struct Config {
    pub(crate) features: Features,
    pub(crate) mode: CompilationMode,
    pub(crate) max_stack: usize,
    pub(crate) metering: Metering,
    pub(crate) collect_always: bool,
    pub(crate) shared_memory: bool,
    pub(crate) relaxed_deterministic: bool,
    pub(crate) max_frames: Option<NonZeroUsize>,
    pub(crate) simd_backend: SimdBackend,
    pub(crate) memory_creator: Option<Arc<dyn MemoryCreator>>,
    pub(crate) table_creator: Option<Arc<dyn TableCreator>>,
    pub(crate) stack_creator: Option<Arc<dyn StackCreator>>,
}

macro_rules! switches {
    ($($(#[$doc:meta])* $name:ident: $proposal:ident,)*) => {$(
        $(#[$doc])*
        pub fn $name(&mut self, enable: bool) -> &mut Self {
            self.features.set(Proposal::$proposal, enable);
            self
        }
    )*};
}

impl Config {
    /// The settings of [`Engine::default`](crate::Engine): WebAssembly 3.0 and threads, translation at the first
    /// call, 1 MiB of stack.
    pub fn new() -> Self {
        Self {
            features: Features::default(),
            mode: CompilationMode::default(),
            max_stack: 1 << 20,
            metering: Metering::default(),
            collect_always: false,
            shared_memory: true,
            relaxed_deterministic: true,
            max_frames: NonZeroUsize::new(20),
            simd_backend: SimdBackend::best(),
            memory_creator: None,
            table_creator: None,
            stack_creator: None,
        }
    }

    /// When functions are validated and translated; by default validated at once and translated at their first
    /// call.
    pub fn compilation_mode(&mut self, mode: CompilationMode) -> &mut Self {
        self.mode = mode;
        self
    }

    /// Size in bytes of the stack on which a store keeps parameters, locals and intermediate values: 1 MiB by
    /// default. A call that finds no room on it traps with [`Trap::StackOverflow`](crate::Trap::StackOverflow).
    ///
    /// [`Engine::new`](crate::Engine::new) rejects less than 16 KiB.
    ///
    /// ```
    /// use fantail::{Config, Engine};
    ///
    /// assert_eq!(Engine::new(Config::new().max_wasm_stack(64 << 10))?.get_max_wasm_stack(), 64 << 10);
    /// assert!(Engine::new(Config::new().max_wasm_stack(0)).is_err());
    /// # Ok::<(), fantail::Error>(())
    /// ```
    pub fn max_wasm_stack(&mut self, size: usize) -> &mut Self {
        self.max_stack = size;
        self
    }

    /// Lets the embedder provide the bytes of memories, those that modules define and those of
    /// [`Memory::new`](crate::Memory::new): say a buffer of a microcontroller's. Shared memories are made as ever.
    ///
    /// On processors without compare-and-exchange `Arc` is that of `portable-atomic-util`.
    ///
    /// ```
    /// use fantail::{Config, Engine, LinearMemory, Memory, MemoryCreator, MemoryType, Result, Store};
    /// use std::sync::Arc;
    /// use std::sync::atomic::{AtomicBool, Ordering};
    ///
    /// /// The only memory there is.
    /// static mut BUFFER: [u8; 128 << 10] = [0; 128 << 10];
    /// static TAKEN: AtomicBool = AtomicBool::new(false);
    ///
    /// struct Buffer(usize);
    ///
    /// // SAFETY: who takes the buffer has it alone.
    /// unsafe impl LinearMemory for Buffer {
    ///     fn byte_size(&self) -> usize {
    ///         self.0
    ///     }
    ///     fn byte_capacity(&self) -> usize {
    ///         128 << 10
    ///     }
    ///     fn grow_to(&mut self, size: usize) -> Result<()> {
    ///         fantail::ensure!(size <= self.byte_capacity(), "the buffer is too small");
    ///         self.0 = size;
    ///         Ok(())
    ///     }
    ///     fn as_ptr(&self) -> *mut u8 {
    ///         (&raw mut BUFFER).cast()
    ///     }
    /// }
    ///
    /// struct Take;
    ///
    /// // SAFETY: as above.
    /// unsafe impl MemoryCreator for Take {
    ///     fn new_memory(
    ///         &self,
    ///         _: MemoryType,
    ///         minimum: usize,
    ///         _: Option<usize>,
    ///         _: Option<usize>,
    ///         _: usize,
    ///     ) -> Result<Box<dyn LinearMemory>, String> {
    ///         if minimum > 128 << 10 || TAKEN.swap(true, Ordering::Relaxed) {
    ///             return Err("the buffer is taken, or too small".into());
    ///         }
    ///         Ok(Box::new(Buffer(minimum)))
    ///     }
    /// }
    ///
    /// let engine = Engine::new(Config::new().with_host_memory(Arc::new(Take)))?;
    /// let mut store = Store::new(&engine, ());
    /// let memory = Memory::new(&mut store, MemoryType::new(1, None))?;
    /// assert_eq!(memory.data_ptr(&store), (&raw mut BUFFER).cast());
    /// assert!(memory.grow(&mut store, 1).is_ok() && memory.grow(&mut store, 1).is_err());
    /// # Ok::<(), fantail::Error>(())
    /// ```
    pub fn with_host_memory(&mut self, creator: Arc<dyn MemoryCreator>) -> &mut Self {
        self.memory_creator = Some(creator);
        self
    }

    /// Lets the embedder provide the elements of tables: where memory is scarce, at places of its choice. Wasmtime has no such
    /// setting. See [`TableCreator`] for an example.
    ///
    /// On processors without compare-and-exchange `Arc` is that of `portable-atomic-util`.
    pub fn with_host_table(&mut self, creator: Arc<dyn TableCreator>) -> &mut Self {
        self.table_creator = Some(creator);
        self
    }

    /// Lets the embedder provide the value stacks of stores, of the size that
    /// [`max_wasm_stack`](Self::max_wasm_stack) asks for and a margin.
    ///
    /// On processors without compare-and-exchange `Arc` is that of `portable-atomic-util`.
    pub fn with_host_stack(&mut self, creator: Arc<dyn StackCreator>) -> &mut Self {
        self.stack_creator = Some(creator);
        self
    }

    /// Whether execution consumes fuel, of which a store has none at first: see
    /// [`Store::set_fuel`](crate::Store::set_fuel). Off by default, and free then.
    ///
    /// Every instruction costs one unit, but for `nop`, `drop`, `block`, `loop`, `else`, `end`, `return` and
    /// `unreachable`, which cost nothing. It is charged in advance for as many instructions as are executed together.
    ///
    /// ```
    /// use fantail::{Config, Engine, Instance, Module, Store};
    ///
    /// let engine = Engine::new(Config::new().consume_fuel(true))?;
    /// let wasm = wat::parse_str(r#"(module (func (export "three") (param i32) (result i32)
    ///     (i32.add (local.get 0) (i32.const 1))))"#)?;
    /// let mut store = Store::new(&engine, ());
    /// store.set_fuel(100)?;
    /// let instance = Instance::new(&mut store, &Module::new(&engine, wasm)?, &[])?;
    /// instance.get_typed_func::<i32, i32>(&mut store, "three")?.call(&mut store, 1)?;
    /// assert_eq!(store.get_fuel()?, 97);
    /// # Ok::<(), fantail::Error>(())
    /// ```
    pub fn consume_fuel(&mut self, enable: bool) -> &mut Self {
        self.metering.fuel = enable;
        self
    }

    /// Whether functions, when they are entered, and loops, each time round, look whether the engine's epoch has reached
    /// their store's deadline: see [`Engine::increment_epoch`](crate::Engine::increment_epoch). Off by default.
    ///
    /// This is how another thread stops a guest; it costs less than fuel, but is not deterministic.
    pub fn epoch_interruption(&mut self, enable: bool) -> &mut Self {
        self.metering.epochs = enable;
        self
    }

    /// Whether [shared memories](crate::SharedMemory) can be made, by the embedder or for a module that defines one. On
    /// by default; in Wasmtime off.
    pub fn shared_memory(&mut self, enable: bool) -> &mut Self {
        self.shared_memory = enable;
        self
    }

    /// Whether relaxed vector instructions give the same results on all machines, those of the specification's
    /// deterministic profile. On by default; in Wasmtime off.
    ///
    /// If off, each is executed in whatever way is fastest on this machine and allowed by the specification. On x86-64
    /// that is mostly one instruction: `f32x4.relaxed_min` is `minps`, and where the machine has AVX2 and FMA (with the
    /// feature `std`, it is asked), `f32x4.relaxed_madd` rounds once. Elsewhere it changes nothing so far.
    ///
    /// ```
    /// use fantail::{Config, Engine};
    ///
    /// let fast = Engine::new(Config::new().relaxed_simd_deterministic(false))?;
    /// assert!(Engine::default().get_relaxed_simd_deterministic() && !fast.get_relaxed_simd_deterministic());
    /// # Ok::<(), fantail::Error>(())
    /// ```
    pub fn relaxed_simd_deterministic(&mut self, enable: bool) -> &mut Self {
        self.relaxed_deterministic = enable;
        self
    }

    /// How many calls a [`WasmBacktrace`](crate::WasmBacktrace) has at most, the innermost; with `None` errors have no
    /// backtrace. 20 by default.
    ///
    /// ```
    /// use fantail::{Config, Engine, Instance, Module, Store, WasmBacktrace};
    /// use std::num::NonZeroUsize;
    ///
    /// let engine = Engine::new(Config::new().wasm_backtrace_max_frames(NonZeroUsize::new(3)))?;
    /// let wasm = wat::parse_str(r#"(module (func $deep (export "deep") (call $deep)))"#)?;
    /// let mut store = Store::new(&engine, ());
    /// let instance = Instance::new(&mut store, &Module::new(&engine, wasm)?, &[])?;
    /// let error = instance.get_typed_func::<(), ()>(&mut store, "deep")?.call(&mut store, ()).unwrap_err();
    /// assert_eq!(error.downcast_ref::<WasmBacktrace>().map(|calls| calls.frames().len()), Some(3));
    /// # Ok::<(), fantail::Error>(())
    /// ```
    pub fn wasm_backtrace_max_frames(&mut self, limit: Option<NonZeroUsize>) -> &mut Self {
        self.max_frames = limit;
        self
    }

    /// By what vector instructions are computed: by default the best that this machine has, [`SimdBackend::best`]. The
    /// results are the same with all; another one is of use to compare, and to find a fault of one.
    ///
    /// [`Engine::new`](crate::Engine::new) rejects one that is not available. Wasmtime has no counterpart.
    pub fn simd_backend(&mut self, backend: SimdBackend) -> &mut Self {
        self.simd_backend = backend;
        self
    }

    /// Whether objects are collected before each that is made: for tests, which then find what is not kept alive.
    #[doc(hidden)]
    pub fn collect_always(&mut self, enable: bool) -> &mut Self {
        self.collect_always = enable;
        self
    }

    switches! {
        /// Whether modules may import and export mutable globals. On by default.
        wasm_mutable_global: MutableGlobal,
        /// Whether `i32.extend8_s` and the like are accepted. On by default.
        wasm_sign_extension: SignExtension,
        /// Whether `i32.trunc_sat_f32_s` and the like are accepted. On by default.
        wasm_saturating_float_to_int: SaturatingFloatToInt,
        /// Whether functions may have several results, and blocks parameters. On by default.
        wasm_multi_value: MultiValue,
        /// Whether bulk memory and table instructions are accepted. On by default.
        wasm_bulk_memory: BulkMemory,
        /// Whether `externref` and the table instructions are accepted. On by default.
        wasm_reference_types: ReferenceTypes,
        /// Whether 128-bit vectors are accepted. On by default.
        wasm_simd: Simd,
        /// Whether relaxed vector instructions are accepted. On by default.
        wasm_relaxed_simd: RelaxedSimd,
        /// Whether `return_call` and the like are accepted. On by default.
        wasm_tail_call: TailCall,
        /// Whether constant expressions may add, subtract and multiply. On by default.
        wasm_extended_const: ExtendedConst,
        /// Whether modules may have several memories. On by default.
        wasm_multi_memory: MultiMemory,
        /// Whether memories and tables may have 64-bit indices. On by default.
        wasm_memory64: Memory64,
        /// Whether typed function references are accepted. On by default.
        wasm_function_references: FunctionReferences,
        /// Whether structures, arrays and recursive types are accepted. On by default.
        wasm_gc: Gc,
        /// Whether tags, `throw` and `try_table` are accepted. On by default.
        wasm_exceptions: Exceptions,
        /// Whether the older `try`, `catch` and `delegate` are accepted. On by default, as shipped
        /// toolchains still emit them; off in Wasmtime.
        wasm_legacy_exceptions: LegacyExceptions,
        /// Whether shared memories and atomic accesses are accepted. On by default.
        wasm_threads: Threads,
        /// Whether memories may have pages of one byte. Off by default.
        wasm_custom_page_sizes: CustomPageSizes,
        /// Whether 128-bit integer arithmetic is accepted. Off by default.
        wasm_wide_arithmetic: WideArithmetic,
        /// Whether the custom section `metadata.code.branch_hint` is looked at. Off by default.
        ///
        /// Branch hints are accepted in any case, and change nothing in what a program does. Nor do they in how the
        /// engine executes it: there is no cold code to lay out elsewhere. What is wrong with them is told by
        /// [`Module::custom_section_errors`](crate::Module::custom_section_errors) if this is on.
        wasm_branch_hinting: BranchHinting,
    }
}

impl Default for Config {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for Config {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Config")
            .field("features", &self.features)
            .field("compilation_mode", &self.mode)
            .field("max_wasm_stack", &self.max_stack)
            .finish()
    }
}

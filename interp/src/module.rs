//! [`Module`]: WebAssembly that was decoded and validated, ready to be instantiated.
//!
//! Invariant: a module whose bodies were not validated when it was made ([`CompilationMode::Lazy`]) validates each
//! before it translates it, unless it came from [`Module::new_unchecked`].
//!
//! Spec: WebAssembly 3.0, sections 2.5 "Modules" and 7.1.5 "Modules" (embedding).

#[cfg(feature = "compile")]
use crate::CompilationMode;
use crate::exec::code::ModuleCode;
#[cfg(feature = "compile")]
use crate::fallible::{try_collect, try_copy};
use crate::store::entity::Bytes;
pub(crate) use crate::store::entity::ModuleInner;
use crate::sync::Arc;
use crate::types::{ExportType, ExternType, ImportType};
use crate::{Engine, Result, WasmError, bail};
#[cfg(feature = "compile")]
use alloc::borrow::Cow;
use alloc::vec::Vec;
use core::fmt;
#[cfg(feature = "compile")]
use fantail_core::module::Module as CoreModule;
use fantail_core::module::{ExternIdx, ExternType as CoreExternType};
#[cfg(feature = "compile")]
use fantail_core::translate::{Position, Translator};
use fantail_core::types::FuncIdx;
#[cfg(feature = "compile")]
use fantail_core::validate::{FuncValidator, validate_body};

/// A WebAssembly module: code that can be instantiated any number of times, in stores of its engine.
///
/// Cloning is cheap, and clones are the same module. It can be shared between threads.
///
/// ```
/// use fantail::{Engine, Module};
///
/// let wasm = wat::parse_str(r#"(module $adder (func (export "add") (param i32 i32) (result i32)
///     local.get 0  local.get 1  i32.add))"#)?;
/// let module = Module::new(&Engine::default(), wasm)?;
/// assert_eq!(module.name(), Some("adder"));
/// assert_eq!(module.exports().next().map(|export| export.name()), Some("add"));
/// # Ok::<(), fantail::Error>(())
/// ```
#[derive(Clone)]
pub struct Module {
    pub(crate) inner: Arc<ModuleInner>,
}

/// An export of a [`Module`], from [`Module::get_export_index`].
///
/// ```
/// use fantail::{Caller, Engine, Linker, Module, ModuleExport, Store};
///
/// let engine = Engine::default();
/// let module = Module::new(&engine, wat::parse_str(r#"(module
///     (import "host" "look" (func $look (result i32)))
///     (memory (export "memory") 1)
///     (data (i32.const 0) "*")
///     (func (export "run") (result i32) (call $look)))"#)?)?;
/// let memory: ModuleExport = module.get_export_index("memory").expect("it is exported");
/// let mut linker = Linker::new(&engine);
/// linker.func_wrap("host", "look", move |mut caller: Caller<'_, ()>| {
///     let memory = caller.get_module_export(&memory).and_then(|item| item.into_memory());
///     memory.map_or(0, |memory| i32::from(memory.data(&caller)[0]))
/// })?;
/// let mut store = Store::new(&engine, ());
/// let instance = linker.instantiate(&mut store, &module)?;
/// assert_eq!(instance.get_typed_func::<(), i32>(&mut store, "run")?.call(&mut store, ())?, 42);
/// # Ok::<(), fantail::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct ModuleExport {
    pub(crate) module: Module,
    pub(crate) index: ExternIdx,
}

/// What an instance needs, from [`Module::resources_required`]. What it imports is not counted.
///
/// ```
/// use fantail::{Engine, Module};
///
/// let wasm = wat::parse_str("(module (memory 16))")?;
/// let needed = Module::new(&Engine::default(), wasm)?.resources_required();
/// assert!(needed.num_memories <= 1 && needed.max_initial_memory_size <= Some(100));
/// # Ok::<(), fantail::Error>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub struct ResourcesRequired {
    /// How many memories.
    pub num_memories: u32,
    /// Pages of the largest of them at first.
    pub max_initial_memory_size: Option<u64>,
    /// How many tables.
    pub num_tables: u32,
    /// Elements of the largest of them at first.
    pub max_initial_table_size: Option<u64>,
}

impl Module {
    #[cfg(feature = "compile")]
    /// Decodes and validates `bytes`, a module in the binary format, and translates it as the engine's
    /// [`CompilationMode`] says. With the feature `wat`, `bytes` may be in the text format too.
    ///
    /// ```
    /// use fantail::{Engine, Module, WasmError};
    ///
    /// let engine = Engine::default();
    /// assert!(Module::new(&engine, b"\0asm\x01\0\0\0").is_ok());
    /// let error = Module::new(&engine, b"\0asm\x02\0\0\0").unwrap_err();
    /// let error: &WasmError = error.downcast_ref().expect("it is malformed");
    /// assert_eq!((error.message(), error.offset()), ("unknown binary version", Some(4)));
    /// # Ok::<(), fantail::Error>(())
    /// ```
    ///
    /// # Errors
    /// When it is malformed or invalid, uses a proposal that the engine has switched off or cannot execute, or exceeds a
    /// limit. The error contains a [`fantail_core::Error`](crate::WasmError), which says what and where.
    pub fn new(engine: &Engine, bytes: impl AsRef<[u8]>) -> Result<Self> {
        Self::compile(engine, &to_binary(bytes.as_ref())?, true)
    }

    #[cfg(feature = "compile")]
    /// As [`new`](Self::new), for bytes that are known to be valid: function bodies are not validated.
    ///
    /// ```
    /// use fantail::{Engine, Module};
    ///
    /// let engine = Engine::default();
    /// let wasm = wat::parse_str("(module (func (export \"f\")))")?;
    /// Module::validate(&engine, &wasm)?;
    /// // SAFETY: it has just been validated.
    /// let module = unsafe { Module::new_unchecked(&engine, &wasm)? };
    /// assert_eq!(module.exports().len(), 1);
    /// # Ok::<(), fantail::Error>(())
    /// ```
    ///
    /// # Errors
    /// When it cannot be decoded, or exceeds a limit.
    ///
    /// # Safety
    /// `bytes` is a valid module: one that [`validate`](Self::validate) of an engine with the same settings accepts.
    #[expect(unsafe_code, reason = "what was promised to be valid is executed unseen")]
    pub unsafe fn new_unchecked(engine: &Engine, bytes: impl AsRef<[u8]>) -> Result<Self> {
        Self::compile(engine, bytes.as_ref(), false)
    }

    /// As [`new`](Self::new), with the contents of a file.
    ///
    /// ```
    /// use fantail::{Engine, Module};
    ///
    /// # let path = std::env::temp_dir().join(format!("fantail-doc-{}.wasm", std::process::id()));
    /// std::fs::write(&path, b"\0asm\x01\0\0\0")?;
    /// let module = Module::from_file(&Engine::default(), &path)?;
    /// assert_eq!(module.imports().len(), 0);
    /// # std::fs::remove_file(&path)?;
    /// let error = Module::from_file(&Engine::default(), &path).unwrap_err();
    /// assert!(error.to_string().starts_with("failed to read input file"));
    /// # Ok::<(), fantail::Error>(())
    /// ```
    ///
    /// # Errors
    /// As [`new`](Self::new), and when the file cannot be read.
    #[cfg(all(feature = "std", feature = "compile"))]
    pub fn from_file(engine: &Engine, file: impl AsRef<std::path::Path>) -> Result<Self> {
        let file = file.as_ref();
        let context = || alloc::format!("failed to read input file: {}", file.display());
        let bytes = std::fs::read(file).map_err(|error| crate::Error::new(error).context(context()))?;
        Self::new(engine, bytes)
    }

    #[cfg(feature = "compile")]
    /// As [`new`](Self::new), for the binary format only.
    ///
    /// # Errors
    /// As [`new`](Self::new).
    pub fn from_binary(engine: &Engine, binary: &[u8]) -> Result<Self> {
        Self::compile(engine, binary, true)
    }

    #[cfg(feature = "compile")]
    /// Whether `binary` is a valid module that uses no proposal which the engine has switched off. Modules that cannot
    /// be executed yet may be valid.
    ///
    /// ```
    /// use fantail::{Engine, Module};
    ///
    /// let engine = Engine::default();
    /// let wasm = wat::parse_str("(module (func (result i32) (i64.const 1)))")?;
    /// let error = Module::validate(&engine, &wasm).unwrap_err();
    /// assert_eq!(error.to_string(), "type mismatch: expected i32, found i64 (at offset 0x1a, in function 0)");
    /// # Ok::<(), fantail::Error>(())
    /// ```
    ///
    /// # Errors
    /// When it is not; the error contains a [`fantail_core::Error`](crate::WasmError), which says what and where.
    pub fn validate(engine: &Engine, binary: &[u8]) -> Result<()> {
        decode(engine, binary)?.validate_bodies(binary)?;
        Ok(())
    }

    #[cfg(feature = "compile")]
    fn compile(engine: &Engine, bytes: &[u8], validate: bool) -> Result<Self> {
        let mode = engine.config().mode;
        let core = decode(engine, bytes)?;
        // In the other modes a body is validated just before it is translated.
        let unvalidated = validate && mode != CompilationMode::LazyTranslation;
        if validate && !unvalidated {
            core.validate_bodies(bytes)?;
        }
        let code = ModuleCode::new(&core, engine.config())?;
        let exports = core.sorted_exports()?;
        let engine = engine.clone();
        let bytes = Bytes::Own(try_copy(bytes)?);
        let inner = ModuleInner { core, bytes, code, engine, exports, unvalidated };
        if mode == CompilationMode::Eager {
            inner.code.translate_all(&inner)?;
        }
        Ok(Self::from_inner(Arc::try_new(inner)?))
    }

    /// The module that `image` was made from by [`to_image`](Self::to_image), on whatever machine.
    ///
    /// The image is checked, but neither copied nor changed, and its code is executed where it is: it may be in flash.
    /// (With the feature `fusion` code has another form, and what is executed is made of the image.)
    ///
    /// # Safety
    /// The image must have been made by [`to_image`](Self::to_image), as for Wasmtime's `Module::deserialize`. Its checksum finds
    /// what was damaged, not what was forged; and while the verification (with the feature `verify`) proves that code stays
    /// within its frames, and its branches within the code, it does not repeat the validation of types.
    ///
    /// # Errors
    /// When it is no image, damaged, made by another version or for an engine with other settings for fuel and epochs;
    /// when it does not begin at a multiple of 8; when it needs what this build leaves out; when memory is short.
    #[expect(unsafe_code, reason = "code that was made of a valid module is executed unseen")]
    pub unsafe fn from_image(engine: &Engine, image: &'static [u8]) -> Result<Self> {
        let words = image_words(image)?;
        let read = fantail_core::image::read(image, &mut engine.types_mut())?;
        if read.metering != engine.config().metering {
            bail!("the image was made for other settings of fuel and epochs");
        }
        #[cfg(feature = "verify")]
        read.verify(|range| &words[range.start / 8..range.end / 8])?;
        let code = ModuleCode::of_image(&read, words, engine.config())?;
        let core = read.module;
        #[cfg(feature = "compile")]
        let exports = core.sorted_exports()?;
        let (engine, bytes) = (engine.clone(), Bytes::Image(image));
        let inner = ModuleInner {
            core,
            bytes,
            code,
            engine,
            #[cfg(feature = "compile")]
            exports,
            #[cfg(feature = "compile")]
            unvalidated: false,
        };
        Ok(Self::from_inner(Arc::try_new(inner)?))
    }

    /// The module as an image for [`from_image`](Self::from_image): translated, and without need for a decoder, a validator or
    /// a translator.
    ///
    /// The image is for engines with the same settings for fuel and epochs, and for the same version of this crate. It holds
    /// neither custom sections nor names.
    ///
    /// ```
    /// use fantail::{Engine, Module};
    ///
    /// let engine = Engine::default();
    /// let wasm = wat::parse_str("(module (func (export \"f\")))")?;
    /// let image = Module::new(&engine, wasm)?.to_image()?;
    /// # let mut aligned: Vec<u64> = image.chunks(8).map(|word| u64::from_ne_bytes(word.try_into().unwrap())).collect();
    /// # let image: &'static [u8] = { let words: &'static [u64] = aligned.leak(); unsafe { core::slice::from_raw_parts(words.as_ptr().cast(), words.len() * 8) } };
    /// // SAFETY: it has just been made.
    /// let module = unsafe { Module::from_image(&engine, image)? };
    /// assert_eq!(module.exports().next().map(|export| export.name()), Some("f"));
    /// # Ok::<(), fantail::Error>(())
    /// ```
    ///
    /// # Errors
    /// When the module is invalid, or has what images cannot hold: tags, structures and arrays, references other than
    /// `funcref`, shared memories.
    #[cfg(feature = "compile")]
    pub fn to_image(&self) -> Result<Vec<u8>> {
        let inner = &self.inner;
        if let Bytes::Image(image) = inner.bytes {
            return Ok(try_collect(image.iter().copied())?);
        }
        if inner.unvalidated {
            inner.core.validate_bodies(&inner.bytes)?;
        }
        let (types, metering) = (&mut inner.engine.types_mut(), inner.engine.config().metering);
        Ok(fantail_core::image::write(&inner.core, &inner.bytes, types, metering)?)
    }

    pub(crate) fn from_inner(inner: Arc<ModuleInner>) -> Self {
        Self { inner }
    }

    /// What it imports, in order.
    pub fn imports(&self) -> impl ExactSizeIterator<Item = ImportType<'_>> {
        self.inner.core.imports.iter().map(|import| ImportType::new(&self.inner, import))
    }

    /// What it exports, in order.
    pub fn exports(&self) -> impl ExactSizeIterator<Item = ExportType<'_>> {
        self.inner.core.exports.iter().map(|export| ExportType::new(&self.inner, export))
    }

    /// The type of what it exports as `name`.
    ///
    /// ```
    /// use fantail::{Engine, Module};
    ///
    /// let wasm = wat::parse_str(r#"(module (func (export "_start")))"#)?;
    /// let module = Module::new(&Engine::default(), wasm)?;
    /// let is_command = module.get_export("_start").is_some_and(|ty| ty.func().is_some());
    /// assert!(is_command && module.get_export("_initialize").is_none());
    /// # Ok::<(), fantail::Error>(())
    /// ```
    pub fn get_export(&self, name: &str) -> Option<ExternType> {
        let index = self.inner.export(name)?;
        Some(ExternType::from_module(&self.inner, self.inner.export_type(index)))
    }

    /// Where what it exports as `name` is found, without looking for the name, in each of its instances.
    ///
    /// ```
    /// use fantail::{Engine, Instance, Module, Store};
    ///
    /// let engine = Engine::default();
    /// let module = Module::new(&engine, wat::parse_str(r#"(module (memory (export "memory") 1))"#)?)?;
    /// let memory = module.get_export_index("memory").expect("it is exported");
    /// let mut store = Store::new(&engine, ());
    /// for _ in 0..3 {
    ///     let instance = Instance::new(&mut store, &module, &[])?;
    ///     assert!(instance.get_module_export(&mut store, &memory).is_some());
    /// }
    /// # Ok::<(), fantail::Error>(())
    /// ```
    pub fn get_export_index(&self, name: &str) -> Option<ModuleExport> {
        Some(ModuleExport { index: self.inner.export(name)?, module: self.clone() })
    }

    /// What a store needs for one instance, apart from objects and what grows.
    ///
    /// ```
    /// use fantail::{Engine, Module};
    ///
    /// let wasm = wat::parse_str("(module (memory 2) (memory 7) (table 10 funcref))")?;
    /// let needed = Module::new(&Engine::default(), wasm)?.resources_required();
    /// assert_eq!((needed.num_memories, needed.max_initial_memory_size), (2, Some(7)));
    /// assert_eq!((needed.num_tables, needed.max_initial_table_size), (1, Some(10)));
    /// # Ok::<(), fantail::Error>(())
    /// ```
    pub fn resources_required(&self) -> ResourcesRequired {
        let core = &self.inner.core;
        let imported =
            |is: fn(&CoreExternType) -> bool| core.imports.iter().filter(|import| is(&import.ty)).count();
        let memories = core.memories.iter().skip(imported(|ty| matches!(ty, CoreExternType::Memory(_))));
        let tables = core.tables.iter().skip(imported(|ty| matches!(ty, CoreExternType::Table(_))));
        ResourcesRequired {
            num_memories: memories.len() as u32,
            max_initial_memory_size: memories.map(|ty| ty.limits.min).max(),
            num_tables: tables.len() as u32,
            max_initial_table_size: tables.map(|table| table.ty.limits.min).max(),
        }
    }

    /// Its name according to its `name` section.
    pub fn name(&self) -> Option<&str> {
        self.inner.core.names.module.as_deref()
    }

    /// The contents of its custom sections with the name `name`, in order.
    ///
    /// ```
    /// use fantail::{Engine, Module};
    ///
    /// let wasm = wat::parse_str(r#"(module (@custom "build-id" "20240229"))"#)?;
    /// let module = Module::new(&Engine::default(), wasm)?;
    /// assert_eq!(module.custom_sections("build-id").next(), Some(&b"20240229"[..]));
    /// # Ok::<(), fantail::Error>(())
    /// ```
    pub fn custom_sections(&self, name: &str) -> impl Iterator<Item = &[u8]> {
        let sections = self.inner.core.customs.iter().filter(move |(own, _)| own == name);
        sections.filter_map(|(_, range)| self.inner.bytes.get(range.clone()))
    }

    /// What is wrong with the contents of its custom sections, as far as the specification defines them: `name`, and
    /// with [`Config::wasm_branch_hinting`](crate::Config::wasm_branch_hinting) `metadata.code.branch_hint`.
    ///
    /// It is at most one error for each, with its offset in the module. Such errors make no module invalid: a host may
    /// print them as warnings.
    ///
    /// ```
    /// use fantail::{Config, Engine, Module};
    ///
    /// let wasm = wat::parse_str(r#"(module (func (@metadata.code.branch_hint "\01") (nop)))"#)?;
    /// let engine = Engine::new(Config::new().wasm_branch_hinting(true))?;
    /// let errors = Module::new(&engine, &wasm)?.custom_section_errors()?;
    /// assert_eq!(errors[0].message(), "metadata.code.branch_hint section: invalid target");
    /// assert_eq!(Module::new(&Engine::default(), &wasm)?.custom_section_errors()?, []);
    /// # Ok::<(), fantail::Error>(())
    /// ```
    ///
    /// # Errors
    /// When there is not enough memory.
    pub fn custom_section_errors(&self) -> Result<Vec<WasmError>> {
        Ok(self.inner.core.custom_section_errors(&self.inner.bytes)?)
    }

    /// The engine it was made for.
    pub fn engine(&self) -> &Engine {
        &self.inner.engine
    }

    /// Whether `a` and `b` are clones of each other.
    pub fn same(a: &Self, b: &Self) -> bool {
        Arc::ptr_eq(&a.inner, &b.inner)
    }

    /// The name of `func` according to the module's `name` section. Images have none.
    pub(crate) fn func_name(&self, func: FuncIdx) -> Option<&str> {
        if !cfg!(feature = "compile") {
            return None;
        }
        self.inner.core.func_name(func, &self.inner.bytes)
    }

    /// What word `word` of the code of `func` comes from.
    #[cfg(feature = "compile")]
    pub(crate) fn origin(&self, func: FuncIdx, word: usize) -> Origin {
        let Some(position) = self.position(func, word) else { return Origin::default() };
        let offset = position.offset as usize;
        match position.call {
            Some(call) => Origin {
                inlined: self.inner.core.func_at(offset).map(|func| (func, offset)),
                offset: Some(call as usize),
            },
            None => Origin { inlined: None, offset: Some(offset) },
        }
    }

    #[cfg(feature = "compile")]
    fn position(&self, func: FuncIdx, word: usize) -> Option<Position> {
        if matches!(self.inner.bytes, Bytes::Image(_)) {
            return None;
        }
        let mut translator = Translator::metered(self.inner.engine.config().metering);
        let translated = translator.translate_with_positions(&self.inner.core, &self.inner.bytes, func);
        let (_, positions) = translated.ok()?;
        let at = positions.partition_point(|position| position.word as usize <= word).checked_sub(1)?;
        Some(positions[at])
    }

    /// Nothing is known of where code comes from.
    #[cfg(not(feature = "compile"))]
    pub(crate) fn origin(&self, _func: FuncIdx, _word: usize) -> Origin {
        Origin::default()
    }
}

/// What an op comes from, as far as that is known.
#[derive(Default)]
pub(crate) struct Origin {
    /// Offset in the module of the instruction of the function whose code it is.
    pub(crate) offset: Option<usize>,
    /// If that calls a function which was inlined, that, and the offset of its instruction.
    pub(crate) inlined: Option<(FuncIdx, usize)>,
}

/// The words of an image.
#[expect(unsafe_code, reason = "looks at bytes as words")]
fn image_words(image: &'static [u8]) -> Result<&'static [u64]> {
    if cfg!(target_endian = "big") {
        bail!("images are for little-endian machines");
    }
    // SAFETY: all bits are valid in a word.
    let (before, words, after) = unsafe { image.align_to::<u64>() };
    if !before.is_empty() || !after.is_empty() {
        bail!("an image must begin at a multiple of 8, and have a multiple of 8 bytes");
    }
    Ok(words)
}

/// `bytes` in the binary format.
#[cfg(all(feature = "wat", feature = "compile"))]
fn to_binary(bytes: &[u8]) -> Result<Cow<'_, [u8]>> {
    Ok(wat::parse_bytes(bytes)?)
}

/// `bytes`, which are in the binary format.
#[cfg(all(not(feature = "wat"), feature = "compile"))]
fn to_binary(bytes: &[u8]) -> Result<Cow<'_, [u8]>> {
    Ok(Cow::Borrowed(bytes))
}

#[cfg(feature = "compile")]
fn decode(engine: &Engine, bytes: &[u8]) -> Result<CoreModule> {
    let core = CoreModule::decode(bytes, &engine.config().features, &mut engine.types_mut())?;
    Ok(core)
}

impl ModuleInner {
    #[cfg(feature = "compile")]
    /// Validates the body of `func` if that has not been done.
    ///
    /// # Errors
    /// When it is invalid, or needs what cannot be executed.
    pub(crate) fn before_translation(
        &self,
        func: FuncIdx,
        validator: &mut FuncValidator,
    ) -> Result<(), fantail_core::Error> {
        if self.unvalidated { validate_body(&self.core, &self.bytes, func, validator) } else { Ok(()) }
    }

    /// What is exported as `name`.
    #[cfg(not(feature = "compile"))]
    pub(crate) fn export(&self, name: &str) -> Option<ExternIdx> {
        let mut exports = self.core.exports.iter();
        exports.find(|export| export.name == name).map(|export| export.index)
    }

    /// What is exported as `name`.
    #[cfg(feature = "compile")]
    pub(crate) fn export(&self, name: &str) -> Option<ExternIdx> {
        let exports = &self.core.exports;
        let at = self.exports.binary_search_by(|&at| exports[at as usize].name.as_str().cmp(name)).ok()?;
        Some(exports[self.exports[at] as usize].index)
    }

    /// The type of something in an index space.
    pub(crate) fn export_type(&self, index: ExternIdx) -> CoreExternType {
        let core = &self.core;
        match index {
            ExternIdx::Func(index) => CoreExternType::Func(core.funcs[index.index()]),
            ExternIdx::Table(index) => CoreExternType::Table(core.tables[index.index()].ty),
            ExternIdx::Memory(index) => CoreExternType::Memory(core.memories[index.index()]),
            ExternIdx::Global(index) => CoreExternType::Global(core.globals[index.index()].ty),
            ExternIdx::Tag(index) => CoreExternType::Tag(core.tags[index.index()]),
        }
    }
}

impl fmt::Debug for Module {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Module").field("name", &self.name()).finish_non_exhaustive()
    }
}

const _: () = {
    const fn shared_between_threads<T: Send + Sync>() {}
    shared_between_threads::<Module>();
    shared_between_threads::<Engine>();
};

//! Types of what modules import and export.

use super::{FuncType, RefType, ValType, canonical, canonical_ref};
use crate::engine::Engine;
use crate::module::ModuleInner;
use crate::{Result, bail};
use core::fmt;
use fantail_core::module::ExternType as CoreExternType;
use fantail_core::types as core_types;
use fantail_core::types::Limits;

/// Whether a global can be set.
///
/// ```
/// use fantail::{Engine, Global, GlobalType, Mutability, Store, Val, ValType};
///
/// let mut store = Store::new(&Engine::default(), ());
/// let constant = Global::new(&mut store, GlobalType::new(ValType::I32, Mutability::Const), Val::I32(1))?;
/// assert!(constant.ty(&store).mutability().is_const());
/// assert!(constant.set(&mut store, Val::I32(2)).is_err());
/// # Ok::<(), fantail::Error>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Mutability {
    /// It keeps its first value.
    Const,
    /// It can be set.
    Var,
}

impl Mutability {
    /// Whether it is [`Const`](Self::Const).
    pub fn is_const(&self) -> bool {
        *self == Self::Const
    }

    /// Whether it is [`Var`](Self::Var).
    pub fn is_var(&self) -> bool {
        *self == Self::Var
    }
}

/// The type of something that can be imported or exported.
///
/// ```
/// use fantail::{Engine, ExternType, Module, ValType};
///
/// let wasm = wat::parse_str(r#"(module (func (export "f") (param i64)) (memory (export "m") 1 3))"#)?;
/// let module = Module::new(&Engine::default(), wasm)?;
/// let ty = module.get_export("f").expect("it is exported");
/// assert_eq!(ty.unwrap_func().param(0), Some(ValType::I64));
/// assert!(ty.memory().is_none());
/// assert!(matches!(module.get_export("m"), Some(ExternType::Memory(ty)) if ty.maximum() == Some(3)));
/// # Ok::<(), fantail::Error>(())
/// ```
#[derive(Clone, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub enum ExternType {
    /// A function.
    Func(FuncType),
    /// A global.
    Global(GlobalType),
    /// A table.
    Table(TableType),
    /// A memory.
    Memory(MemoryType),
    /// A tag.
    Tag(TagType),
}

macro_rules! accessors {
    ($($variant:ident($ty:ty) $get:ident $unwrap:ident $what:literal)*) => {
        impl ExternType {
            $(
                #[doc = concat!("The ", $what, " type, if it is one.")]
                pub fn $get(&self) -> Option<&$ty> {
                    match self {
                        Self::$variant(ty) => Some(ty),
                        _ => None,
                    }
                }

                #[doc = concat!("The ", $what, " type.")]
                ///
                /// # Panics
                /// When it is another type.
                pub fn $unwrap(&self) -> &$ty {
                    self.$get().expect(concat!("expected a ", $what, " type"))
                }
            )*
        }

        $(
            impl From<$ty> for ExternType {
                fn from(ty: $ty) -> Self {
                    Self::$variant(ty)
                }
            }
        )*
    };
}

accessors! {
    Func(FuncType) func unwrap_func "function"
    Global(GlobalType) global unwrap_global "global"
    Table(TableType) table unwrap_table "table"
    Memory(MemoryType) memory unwrap_memory "memory"
    Tag(TagType) tag unwrap_tag "tag"
}

impl ExternType {
    pub(crate) fn from_module(module: &ModuleInner, ty: CoreExternType) -> Self {
        let (engine, types) = (&module.engine, &module.core.types);
        match ty {
            CoreExternType::Func(index) => Self::Func(FuncType::from_id(engine, types[index.index()].id)),
            CoreExternType::Tag(index) => {
                Self::Tag(TagType::new(FuncType::from_id(engine, types[index.index()].id)))
            }
            CoreExternType::Memory(ty) => Self::Memory(MemoryType { ty }),
            CoreExternType::Table(ty) => Self::Table(TableType::from_core(
                engine,
                core_types::TableType { element: canonical_ref(types, ty.element), ..ty },
            )),
            CoreExternType::Global(ty) => Self::Global(GlobalType::from_core(
                engine,
                core_types::GlobalType { content: canonical(types, ty.content), ..ty },
            )),
        }
    }
}

impl fmt::Display for ExternType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !cfg!(feature = "text") {
            return Ok(());
        }
        match self {
            Self::Func(ty) => ty.fmt(f),
            Self::Global(ty) => ty.fmt(f),
            Self::Table(ty) => ty.fmt(f),
            Self::Memory(ty) => ty.fmt(f),
            Self::Tag(ty) => ty.fmt(f),
        }
    }
}

/// The type of a global.
///
/// ```
/// use fantail::{GlobalType, Mutability, ValType};
///
/// let ty = GlobalType::new(ValType::F32, Mutability::Var);
/// assert_eq!((ty.content(), ty.mutability().is_var()), (&ValType::F32, true));
/// assert_eq!(ty.to_string(), "(global (mut f32))");
/// ```
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct GlobalType {
    content: ValType,
    mutability: Mutability,
}

impl GlobalType {
    /// A global that holds a `content`.
    pub fn new(content: ValType, mutability: Mutability) -> Self {
        Self { content, mutability }
    }

    /// The type of its value.
    pub fn content(&self) -> &ValType {
        &self.content
    }

    /// Whether it can be set.
    pub fn mutability(&self) -> Mutability {
        self.mutability
    }

    pub(crate) fn from_core(engine: &Engine, ty: core_types::GlobalType) -> Self {
        let mutability = if ty.mutable { Mutability::Var } else { Mutability::Const };
        Self { content: ValType::from_core(engine, ty.content), mutability }
    }

    pub(crate) fn to_core(&self) -> core_types::GlobalType {
        core_types::GlobalType { content: self.content.to_core(), mutable: self.mutability.is_var() }
    }
}

impl fmt::Display for GlobalType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !cfg!(feature = "text") {
            return Ok(());
        }
        match self.mutability {
            Mutability::Const => write!(f, "(global {})", self.content),
            Mutability::Var => write!(f, "(global (mut {}))", self.content),
        }
    }
}

/// The type of a tag: the parameters of its function type are what an exception carries.
///
/// ```
/// use fantail::{Engine, FuncType, TagType, ValType};
///
/// let ty = TagType::new(FuncType::new(&Engine::default(), [ValType::I32, ValType::F64], []));
/// assert_eq!((ty.ty().params().len(), ty.to_string()), (2, "(tag (param i32) (param f64))".into()));
/// ```
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct TagType {
    ty: FuncType,
}

impl TagType {
    /// A tag whose exceptions carry the parameters of `ty`.
    pub fn new(ty: FuncType) -> Self {
        Self { ty }
    }

    /// Its function type.
    pub fn ty(&self) -> &FuncType {
        &self.ty
    }
}

impl fmt::Display for TagType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !cfg!(feature = "text") {
            return Ok(());
        }
        f.write_str("(tag")?;
        self.ty.params().try_for_each(|ty| write!(f, " (param {ty})"))?;
        f.write_str(")")
    }
}

/// The type of a table.
///
/// ```
/// use fantail::{RefType, TableType};
///
/// let ty = TableType::new(RefType::EXTERNREF, 2, Some(8));
/// assert_eq!((ty.minimum(), ty.maximum(), ty.is_64()), (2, Some(8), false));
/// assert_eq!(TableType::new64(RefType::FUNCREF, 1 << 33, None).to_string(), "(table i64 8589934592 (ref null func))");
/// ```
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct TableType {
    element: RefType,
    limits: Limits,
}

impl TableType {
    /// A table of `min` and at most `max` elements of type `element`.
    pub fn new(element: RefType, min: u32, max: Option<u32>) -> Self {
        let limits = Limits { min: min.into(), max: max.map(u64::from), is64: false };
        Self { element, limits }
    }

    /// As [`new`](Self::new), indexed by `i64`.
    pub fn new64(element: RefType, min: u64, max: Option<u64>) -> Self {
        Self { element, limits: Limits { min, max, is64: true } }
    }

    /// Whether it is indexed by `i64`.
    pub fn is_64(&self) -> bool {
        self.limits.is64
    }

    /// The type of its elements.
    pub fn element(&self) -> &RefType {
        &self.element
    }

    /// How many elements it has at first.
    pub fn minimum(&self) -> u64 {
        self.limits.min
    }

    /// How many elements it may have at most.
    pub fn maximum(&self) -> Option<u64> {
        self.limits.max
    }

    pub(crate) fn from_core(engine: &Engine, ty: core_types::TableType) -> Self {
        Self { element: RefType::from_core(engine, ty.element), limits: ty.limits }
    }

    pub(crate) fn to_core(&self) -> core_types::TableType {
        core_types::TableType { element: self.element.to_core(), limits: self.limits }
    }
}

impl fmt::Display for TableType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !cfg!(feature = "text") {
            return Ok(());
        }
        write!(f, "(table ")?;
        limits(f, &self.limits)?;
        write!(f, " {})", self.element)
    }
}

fn limits(f: &mut fmt::Formatter<'_>, limits: &Limits) -> fmt::Result {
    if limits.is64 {
        f.write_str("i64 ")?;
    }
    write!(f, "{}", limits.min)?;
    limits.max.map_or(Ok(()), |max| write!(f, " {max}"))
}

/// The type of a memory.
///
/// ```
/// use fantail::MemoryType;
///
/// let ty = MemoryType::new(1, Some(10));
/// assert_eq!((ty.minimum(), ty.maximum(), ty.page_size()), (1, Some(10), 65536));
/// ```
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct MemoryType {
    pub(crate) ty: core_types::MemoryType,
}

impl MemoryType {
    /// A memory of `minimum` and at most `maximum` pages of 64 KiB.
    ///
    /// # Panics
    /// When `minimum` exceeds `maximum` or either is more than 65536.
    pub fn new(minimum: u32, maximum: Option<u32>) -> Self {
        Self::built(Self::builder().min(minimum.into()).max(maximum.map(u64::from)))
    }

    /// As [`new`](Self::new), indexed by `i64`.
    ///
    /// # Panics
    /// When `minimum` exceeds `maximum` or either is more than 2⁴⁸.
    pub fn new64(minimum: u64, maximum: Option<u64>) -> Self {
        Self::built(Self::builder().memory64(true).min(minimum).max(maximum))
    }

    /// As [`new`](Self::new), shared between threads.
    ///
    /// # Panics
    /// As [`new`](Self::new).
    pub fn shared(minimum: u32, maximum: u32) -> Self {
        Self::built(Self::builder().shared(true).min(minimum.into()).max(Some(maximum.into())))
    }

    fn built(builder: &MemoryTypeBuilder) -> Self {
        match builder.build() {
            Ok(ty) => ty,
            Err(error) => panic!("{error}"),
        }
    }

    /// Builds a type step by step.
    pub fn builder() -> MemoryTypeBuilder {
        MemoryTypeBuilder::new()
    }

    /// Whether it is indexed by `i64`.
    pub fn is_64(&self) -> bool {
        self.ty.limits.is64
    }

    /// Whether threads share it.
    pub fn is_shared(&self) -> bool {
        self.ty.shared
    }

    /// How many pages it has at first.
    pub fn minimum(&self) -> u64 {
        self.ty.limits.min
    }

    /// How many pages it may have at most.
    pub fn maximum(&self) -> Option<u64> {
        self.ty.limits.max
    }

    /// Size of a page in bytes.
    pub fn page_size(&self) -> u64 {
        1 << self.ty.page_size_log2
    }

    /// Base-two logarithm of the size of a page.
    pub fn page_size_log2(&self) -> u8 {
        self.ty.page_size_log2
    }
}

impl fmt::Display for MemoryType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !cfg!(feature = "text") {
            return Ok(());
        }
        f.write_str("(memory ")?;
        limits(f, &self.ty.limits)?;
        if self.ty.shared {
            f.write_str(" shared")?;
        }
        match self.ty.page_size_log2 {
            16 => f.write_str(")"),
            _ => write!(f, " (pagesize {}))", self.page_size()),
        }
    }
}

/// Builds a [`MemoryType`].
///
/// ```
/// use fantail::MemoryTypeBuilder;
///
/// // Of 100 to 1,000,000 bytes: pages of one byte each.
/// let ty = MemoryTypeBuilder::new().page_size_log2(0).min(100).max(Some(1_000_000)).build()?;
/// assert_eq!((ty.page_size(), ty.to_string()), (1, "(memory 100 1000000 (pagesize 1))".into()));
/// let error = MemoryTypeBuilder::new().shared(true).build().unwrap_err();
/// assert_eq!(error.to_string(), "shared memory must have maximum");
/// # Ok::<(), fantail::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct MemoryTypeBuilder {
    ty: core_types::MemoryType,
}

impl MemoryTypeBuilder {
    /// A memory that has no page at first, grows without a limit of its own, and is indexed by `i32`.
    pub fn new() -> Self {
        let limits = Limits { min: 0, max: None, is64: false };
        Self { ty: core_types::MemoryType { limits, shared: false, page_size_log2: 16 } }
    }

    /// How many pages it has at first.
    pub fn min(&mut self, minimum: u64) -> &mut Self {
        self.ty.limits.min = minimum;
        self
    }

    /// How many pages it may have at most.
    pub fn max(&mut self, maximum: Option<u64>) -> &mut Self {
        self.ty.limits.max = maximum;
        self
    }

    /// Whether it is indexed by `i64`.
    pub fn memory64(&mut self, memory64: bool) -> &mut Self {
        self.ty.limits.is64 = memory64;
        self
    }

    /// Whether threads share it.
    pub fn shared(&mut self, shared: bool) -> &mut Self {
        self.ty.shared = shared;
        self
    }

    /// Base-two logarithm of the size of a page: 16, or 0 with custom page sizes.
    pub fn page_size_log2(&mut self, page_size_log2: u8) -> &mut Self {
        self.ty.page_size_log2 = page_size_log2;
        self
    }

    /// The type.
    ///
    /// # Errors
    /// When it is not valid: the minimum exceeds the maximum, either exceeds the address space, a shared memory has
    /// no maximum, or the size of a page is neither 1 nor 65536.
    pub fn build(&self) -> Result<MemoryType> {
        let Limits { min, max, is64 } = self.ty.limits;
        if !matches!(self.ty.page_size_log2, 0 | 16) {
            bail!("invalid custom page size: the logarithm must be 0 or 16, not {}", self.ty.page_size_log2);
        }
        let bits = if is64 { 64 } else { 32 };
        let most = (1u128 << bits) >> self.ty.page_size_log2;
        if u128::from(max.unwrap_or(0).max(min)) > most {
            bail!("memory size must be at most {most} pages");
        }
        if max.is_some_and(|max| max < min) {
            bail!("size minimum must not be greater than maximum");
        }
        if self.ty.shared && max.is_none() {
            bail!("shared memory must have maximum");
        }
        Ok(MemoryType { ty: self.ty })
    }
}

impl Default for MemoryTypeBuilder {
    fn default() -> Self {
        Self::new()
    }
}

/// Something that a module imports.
///
/// ```
/// use fantail::{Engine, Module};
///
/// let wasm = wat::parse_str(r#"(module (import "env" "log" (func (param i32))))"#)?;
/// let module = Module::new(&Engine::default(), wasm)?;
/// let import = module.imports().next().expect("there is one");
/// assert_eq!((import.module(), import.name()), ("env", "log"));
/// assert_eq!(import.ty().to_string(), "(func (param i32))");
/// # Ok::<(), fantail::Error>(())
/// ```
#[derive(Clone)]
pub struct ImportType<'module> {
    module: &'module ModuleInner,
    import: &'module fantail_core::module::Import,
}

impl<'module> ImportType<'module> {
    pub(crate) fn new(module: &'module ModuleInner, import: &'module fantail_core::module::Import) -> Self {
        Self { module, import }
    }

    /// Name of the module it comes from.
    pub fn module(&self) -> &'module str {
        &self.import.module
    }

    /// Name inside that module.
    pub fn name(&self) -> &'module str {
        &self.import.name
    }

    /// What is expected.
    pub fn ty(&self) -> ExternType {
        ExternType::from_module(self.module, self.import.ty)
    }
}

impl fmt::Debug for ImportType<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !cfg!(feature = "text") {
            return Ok(());
        }
        f.debug_struct("ImportType")
            .field("module", &self.module())
            .field("name", &self.name())
            .field("ty", &self.ty())
            .finish()
    }
}

/// Something that a module exports.
///
/// ```
/// use fantail::{Engine, Module};
///
/// let wasm = wat::parse_str(r#"(module (global (export "version") i32 (i32.const 3)))"#)?;
/// let module = Module::new(&Engine::default(), wasm)?;
/// let export = module.exports().next().expect("there is one");
/// assert_eq!((export.name(), export.ty().to_string()), ("version", "(global i32)".into()));
/// # Ok::<(), fantail::Error>(())
/// ```
#[derive(Clone)]
pub struct ExportType<'module> {
    module: &'module ModuleInner,
    export: &'module fantail_core::module::Export,
}

impl<'module> ExportType<'module> {
    pub(crate) fn new(module: &'module ModuleInner, export: &'module fantail_core::module::Export) -> Self {
        Self { module, export }
    }

    /// Its name.
    pub fn name(&self) -> &'module str {
        &self.export.name
    }

    /// What is exported.
    pub fn ty(&self) -> ExternType {
        ExternType::from_module(self.module, self.module.export_type(self.export.index))
    }
}

impl fmt::Debug for ExportType<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !cfg!(feature = "text") {
            return Ok(());
        }
        f.debug_struct("ExportType").field("name", &self.name()).field("ty", &self.ty()).finish()
    }
}

//! [`Extern`]: whatever can be imported and exported, and [`Export`]: one with its name.

use crate::fallible::TryVec;
use crate::types::{ExternType, FuncType, GlobalType, MemoryType, TableType, TagType};
use crate::value::Ref;
use crate::{
    AsContext, AsContextMut, Engine, Func, Global, Memory, Result, SharedMemory, Table, Tag, format_err,
};
use alloc::vec::Vec;

/// Something that can be imported and exported.
///
/// ```
/// use fantail::{Engine, Extern, Instance, Module, Store};
///
/// let engine = Engine::default();
/// let wasm = wat::parse_str(r#"(module (memory (export "memory") 1) (func (export "run")))"#)?;
/// let mut store = Store::new(&engine, ());
/// let instance = Instance::new(&mut store, &Module::new(&engine, wasm)?, &[])?;
/// let item = instance.get_export(&mut store, "memory").expect("it is exported");
/// assert_eq!(item.ty(&store).to_string(), "(memory 1)");
/// assert!(item.clone().into_func().is_none() && matches!(item, Extern::Memory(_)));
/// # Ok::<(), fantail::Error>(())
/// ```
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
#[non_exhaustive]
pub enum Extern {
    /// A function.
    Func(Func),
    /// A global.
    Global(Global),
    /// A table.
    Table(Table),
    /// A memory of one store.
    Memory(Memory),
    /// A memory that stores share.
    SharedMemory(SharedMemory),
    /// A tag.
    Tag(Tag),
}

macro_rules! variants {
    ($($ty:ident $into:ident $what:literal)*) => {
        impl Extern {
            $(
                #[doc = concat!("The ", $what, ", if it is one.")]
                pub fn $into(self) -> Option<$ty> {
                    match self {
                        Self::$ty(item) => Some(item),
                        _ => None,
                    }
                }
            )*
        }

        impl Export<'_> {
            $(
                #[doc = concat!("The ", $what, ", if it is one.")]
                pub fn $into(self) -> Option<$ty> {
                    self.definition.$into()
                }
            )*
        }

        $(
            impl From<$ty> for Extern {
                fn from(item: $ty) -> Self {
                    Self::$ty(item)
                }
            }
        )*
    };
}

variants! {
    Func into_func "function"
    Global into_global "global"
    Table into_table "table"
    Memory into_memory "memory"
    SharedMemory into_shared_memory "shared memory"
    Tag into_tag "tag"
}

impl Extern {
    /// Its type.
    ///
    /// # Panics
    /// When it belongs to another store.
    pub fn ty(&self, store: impl AsContext) -> ExternType {
        match self {
            Self::Func(item) => item.ty(store).into(),
            Self::Global(item) => item.ty(store).into(),
            Self::Table(item) => item.ty(store).into(),
            Self::Memory(item) => item.ty(store).into(),
            Self::SharedMemory(item) => item.ty().into(),
            Self::Tag(item) => item.ty(store).into(),
        }
    }

    /// Whether it belongs to the store of `store`, or for a shared memory to its engine.
    pub(crate) fn comes_from(&self, store: impl AsContext) -> bool {
        let store = &store.as_context().0.opaque;
        store.id()
            == match self {
                Self::SharedMemory(item) => return Engine::same(item.engine(), store.engine()),
                Self::Func(item) => item.store(),
                Self::Global(item) => item.stored().store(),
                Self::Table(item) => item.stored().store(),
                Self::Memory(item) => item.stored().store(),
                Self::Tag(item) => item.stored().store(),
            }
    }
}

/// Something that an instance exports, with its name.
///
/// ```
/// use fantail::{Engine, Instance, Module, Store};
///
/// let engine = Engine::default();
/// let wasm = wat::parse_str(r#"(module (func (export "a")) (func (export "b")))"#)?;
/// let mut store = Store::new(&engine, ());
/// let instance = Instance::new(&mut store, &Module::new(&engine, wasm)?, &[])?;
/// let names: Vec<&str> = instance.exports(&mut store).map(|export| export.name()).collect();
/// assert_eq!(names, ["a", "b"]);
/// # Ok::<(), fantail::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct Export<'instance> {
    name: &'instance str,
    definition: Extern,
}

impl<'instance> Export<'instance> {
    pub(crate) fn new(name: &'instance str, definition: Extern) -> Self {
        Self { name, definition }
    }

    /// Its name.
    pub fn name(&self) -> &'instance str {
        self.name
    }

    /// Its type.
    ///
    /// # Panics
    /// When it belongs to another store.
    pub fn ty(&self, store: impl AsContext) -> ExternType {
        self.definition.ty(store)
    }

    /// What is exported.
    pub fn into_extern(self) -> Extern {
        self.definition
    }
}

impl ExternType {
    /// Something of this type: a function that returns zeros and nulls, a zeroed global or memory, a table of nulls, a
    /// tag.
    ///
    /// ```
    /// use fantail::{Engine, ExternType, MemoryType, Store};
    ///
    /// let mut store = Store::new(&Engine::default(), ());
    /// let item = ExternType::from(MemoryType::new(2, None)).default_value(&mut store)?;
    /// assert_eq!(item.into_memory().map(|memory| memory.size(&store)), Some(2));
    /// # Ok::<(), fantail::Error>(())
    /// ```
    ///
    /// # Errors
    /// When a reference in it cannot be null, or when it cannot be made.
    pub fn default_value(&self, store: impl AsContextMut) -> Result<Extern> {
        Ok(match self {
            Self::Func(ty) => ty.default_value(store)?.into(),
            Self::Global(ty) => ty.default_value(store)?.into(),
            Self::Table(ty) => ty.default_value(store)?.into(),
            Self::Memory(ty) => ty.default_value(store)?,
            Self::Tag(ty) => ty.default_value(store)?.into(),
        })
    }
}

impl FuncType {
    /// A function of this type that returns zeros and nulls.
    ///
    /// # Errors
    /// When a result cannot be null, or there is not enough memory.
    ///
    /// # Panics
    /// When the type belongs to another engine than the store.
    pub fn default_value(&self, store: impl AsContextMut) -> Result<Func> {
        let mut results = Vec::new();
        for ty in self.results() {
            let missing = || format_err!("no default value exists for a result of {self}");
            // References of other stores cannot be among them, all are null.
            results.try_push(ty.default_value().ok_or_else(missing)?)?;
        }
        Func::try_new(store, self.clone(), move |_, _, out| {
            out.copy_from_slice(&results);
            Ok(())
        })
    }
}

impl GlobalType {
    /// A global of this type that is zero or null.
    ///
    /// # Errors
    /// When its value cannot be null, or there is not enough memory.
    pub fn default_value(&self, store: impl AsContextMut) -> Result<Global> {
        let val = self.content().default_value();
        let val = val.ok_or_else(|| format_err!("no default value exists for {self}"))?;
        Global::new(store, self.clone(), val)
    }
}

impl TableType {
    /// A table of this type with nulls.
    ///
    /// # Errors
    /// When its elements cannot be null, or as [`Table::new`].
    pub fn default_value(&self, store: impl AsContextMut) -> Result<Table> {
        if !self.element().is_nullable() {
            return Err(format_err!("no default value exists for {self}"));
        }
        Table::new(store, self.clone(), Ref::null(self.element().heap_type()))
    }
}

impl MemoryType {
    /// A memory of this type, all zero: a [`Memory`], or a [`SharedMemory`] if it is a shared one.
    ///
    /// # Errors
    /// As [`Memory::new`] and [`SharedMemory::new`].
    pub fn default_value(&self, store: impl AsContextMut) -> Result<Extern> {
        Ok(match self.is_shared() {
            true => SharedMemory::new(store.as_context().engine(), self.clone())?.into(),
            false => Memory::new(store, self.clone())?.into(),
        })
    }
}

impl TagType {
    /// A tag of this type.
    ///
    /// # Errors
    /// As [`Tag::new`].
    pub fn default_value(&self, store: impl AsContextMut) -> Result<Tag> {
        Tag::new(store, self)
    }
}

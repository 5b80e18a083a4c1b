//! [`Extern`]: whatever can be imported and exported, and [`Export`]: one with its name.

use crate::types::ExternType;
use crate::value::Ref;
use crate::{
    AsContext, AsContextMut, Engine, Func, Global, Memory, Result, SharedMemory, Table, Tag, Val, format_err,
};

/// Something that can be imported and exported.
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
    /// # Errors
    /// When a reference in it cannot be null, or when it cannot be made.
    pub fn default_value(&self, mut store: impl AsContextMut) -> Result<Extern> {
        Ok(match self {
            Self::Func(ty) => {
                let missing = || format_err!("no default value exists for a result of {ty}");
                let results =
                    ty.results().map(|ty| ty.default_value()).collect::<Option<alloc::vec::Vec<_>>>();
                let results = results.ok_or_else(missing)?;
                // References of other stores cannot be among them, all are null.
                let results: alloc::vec::Vec<Val> = results;
                Func::new(&mut store, ty.clone(), move |_, _, out| {
                    out.copy_from_slice(&results);
                    Ok(())
                })
                .into()
            }
            Self::Global(ty) => {
                let val = ty.content().default_value();
                let val = val.ok_or_else(|| format_err!("no default value exists for {ty}"))?;
                Global::new(store, ty.clone(), val)?.into()
            }
            Self::Table(ty) => {
                if !ty.element().is_nullable() {
                    return Err(format_err!("no default value exists for {ty}"));
                }
                Table::new(store, ty.clone(), Ref::null(ty.element().heap_type()))?.into()
            }
            Self::Memory(ty) if ty.is_shared() => {
                SharedMemory::new(store.as_context().engine(), ty.clone())?.into()
            }
            Self::Memory(ty) => Memory::new(store, ty.clone())?.into(),
            Self::Tag(ty) => Tag::new(store, ty)?.into(),
        })
    }
}

//! A decoded module: its index spaces, and where in the bytes its code and data lie.
//!
//! Invariant: a [`Module`] that [`Module::parse`] returned is valid, so every index in it is in bounds and every
//! function body and constant expression in it decodes without error. Bytes are not copied: bodies, constant
//! expressions and data are [`Range`]s of the input, which the owner keeps.
//!
//! Spec: WebAssembly 3.0, sections 2.5 "Modules" and 5.5 "Modules".

use crate::fallible::{OutOfMemory, try_boxed};
use crate::features::Features;
use crate::translate::Remembered;
use crate::types::store::{map_ref, map_val};
use crate::types::{
    CompositeType, DataIdx, FuncIdx, FuncType, GlobalIdx, GlobalType, MemIdx, MemoryType, RefType, TableIdx,
    TableType, TagIdx, TypeDef, TypeIdx, ValType,
};
use crate::validate::BitSet;
use alloc::{boxed::Box, string::String, vec::Vec};
use core::ops::Range;

/// A valid WebAssembly module.
#[derive(Debug, Default)]
pub struct Module {
    /// The types, by [`TypeIdx`].
    pub types: Vec<TypeDef>,
    /// The imports, in their order.
    pub imports: Vec<Import>,
    /// Type of each function, imports first.
    pub funcs: Vec<TypeIdx>,
    /// The tables, imports first.
    pub tables: Vec<Table>,
    /// The memories, imports first.
    pub memories: Vec<MemoryType>,
    /// The globals, imports first.
    pub globals: Vec<Global>,
    /// Type of each tag, imports first.
    pub tags: Vec<TypeIdx>,
    /// The exports, in their order.
    pub exports: Vec<Export>,
    /// The start function.
    pub start: Option<FuncIdx>,
    /// The element segments.
    pub elements: Vec<ElementSegment>,
    /// The data segments.
    pub data: Vec<DataSegment>,
    /// The bodies of the functions that are not imported.
    pub bodies: Vec<Body>,
    /// How many of [`funcs`](Self::funcs) are imported.
    pub imported_funcs: u32,
    /// How many of [`tables`](Self::tables) are imported.
    pub imported_tables: u32,
    /// How many of [`memories`](Self::memories) are imported.
    pub imported_memories: u32,
    /// How many of [`globals`](Self::globals) are imported.
    pub imported_globals: u32,
    /// How many of [`tags`](Self::tags) are imported.
    pub imported_tags: u32,
    /// The contents of the `name` section that messages use.
    pub names: Names,
    /// The custom sections, `name` included: name and contents.
    pub customs: Vec<(String, Range<usize>)>,
    /// The proposals it may use.
    pub features: Features,
    /// How many data segments there are, where a section before the code says so.
    pub(crate) data_count: Option<u32>,
    /// The functions that occur outside bodies, which alone `ref.func` may name.
    pub(crate) declared: BitSet,
}

/// An import: two names and what is expected under them.
#[derive(Clone, Debug)]
pub struct Import {
    /// Name of the module it comes from.
    pub module: String,
    /// Name inside that module.
    pub name: String,
    /// What is imported.
    pub ty: ExternType,
}

/// The type of something imported.
#[derive(Clone, Copy, Debug)]
pub enum ExternType {
    /// A function of this type.
    Func(TypeIdx),
    /// A table.
    Table(TableType),
    /// A memory.
    Memory(MemoryType),
    /// A global.
    Global(GlobalType),
    /// A tag whose payload are the parameters of this type.
    Tag(TypeIdx),
}

/// An export: a name and what it stands for.
#[derive(Clone, Debug)]
pub struct Export {
    /// Its name, unique in the module.
    pub name: String,
    /// What is exported.
    pub index: ExternIdx,
}

/// An index into one of the spaces that can be exported.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ExternIdx {
    /// A function.
    Func(FuncIdx),
    /// A table.
    Table(TableIdx),
    /// A memory.
    Memory(MemIdx),
    /// A global.
    Global(GlobalIdx),
    /// A tag.
    Tag(TagIdx),
}

/// A constant expression: the bytes of its instructions, the final `end` included.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConstExpr(pub Range<usize>);

/// A table.
#[derive(Clone, Debug)]
pub struct Table {
    /// Its type.
    pub ty: TableType,
    /// Value of its elements; absent for imports and for tables that start out null.
    pub init: Option<ConstExpr>,
}

/// A global.
#[derive(Clone, Debug)]
pub struct Global {
    /// Its type.
    pub ty: GlobalType,
    /// Its value; absent for imports only.
    pub init: Option<ConstExpr>,
}

/// An element segment.
#[derive(Clone, Debug)]
pub struct ElementSegment {
    /// Type of its elements.
    pub ty: RefType,
    /// The elements.
    pub items: ElementItems,
    /// When it is used.
    pub mode: ElementMode,
}

/// The elements of a segment.
#[derive(Clone, Debug)]
pub enum ElementItems {
    /// Functions.
    Funcs(Vec<FuncIdx>),
    /// Constant expressions.
    Exprs(Vec<ConstExpr>),
}

/// When an element segment is used.
#[derive(Clone, Debug)]
pub enum ElementMode {
    /// By `table.init` and the like.
    Passive,
    /// At instantiation.
    Active {
        /// Where to.
        table: TableIdx,
        /// First element to be written.
        offset: ConstExpr,
    },
    /// Never: it only declares functions for `ref.func`.
    Declarative,
}

/// A data segment.
#[derive(Clone, Debug)]
pub struct DataSegment {
    /// Its bytes.
    pub bytes: Range<usize>,
    /// Where it goes at instantiation; absent for passive segments.
    pub active: Option<(MemIdx, ConstExpr)>,
}

/// The body of a function.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Body {
    /// Local declarations and instructions, up to and including the final `end`.
    pub range: Range<usize>,
    /// What the translator has found out about it.
    pub(crate) remembered: Remembered,
}

/// Names from the `name` section. Sorted by index; a malformed section leaves them empty.
#[derive(Clone, Debug, Default)]
pub struct Names {
    /// Name of the module.
    pub module: Option<String>,
    /// Where the names of the functions lie in the module's bytes.
    pub funcs: Vec<(FuncIdx, Range<usize>)>,
}

impl Module {
    /// The type of function `func`.
    #[inline]
    pub fn func_type(&self, func: FuncIdx) -> &FuncType {
        self.func_type_at(self.funcs[func.index()])
    }

    /// The function type at `ty`.
    ///
    /// # Panics
    /// When `ty` is no function type, which validation rules out wherever the specification asks for one.
    #[inline]
    pub fn func_type_at(&self, ty: TypeIdx) -> &FuncType {
        match &self.types[ty.index()].composite {
            CompositeType::Func(ty) => ty,
            other => panic!("type {ty} is not a function type but {other:?}"),
        }
    }

    /// `ty` in canonical form: its type index, where it has one, is the type's identity.
    pub fn canonical_ref(&self, ty: RefType) -> RefType {
        map_ref(ty, |index| TypeIdx(self.types[index.index()].id.0))
    }

    /// `ty` in canonical form: its type index, where it has one, is the type's identity.
    pub fn canonical_val(&self, ty: ValType) -> ValType {
        map_val(ty, |index| TypeIdx(self.types[index.index()].id.0))
    }

    /// The body of `func`, or nothing when it is imported.
    #[inline]
    pub fn body(&self, func: FuncIdx) -> Option<&Body> {
        self.bodies.get(func.0.checked_sub(self.imported_funcs)? as usize)
    }

    /// Positions of the exports, sorted by their names; of equal names the first comes first.
    ///
    /// # Errors
    /// When there is not enough memory.
    pub fn sorted_exports(&self) -> Result<Box<[u32]>, OutOfMemory> {
        let mut exports = try_boxed(0..self.exports.len() as u32)?;
        exports.sort_unstable_by_key(|&at| (self.exports[at as usize].name.as_str(), at));
        Ok(exports)
    }

    /// The function in whose body the byte at `offset` of the module is.
    pub fn func_at(&self, offset: usize) -> Option<FuncIdx> {
        let at = self.bodies.partition_point(|body| body.range.end <= offset);
        self.bodies.get(at).filter(|body| body.range.contains(&offset))?;
        Some(FuncIdx(self.imported_funcs + u32::try_from(at).ok()?))
    }

    /// The data segment at `data`.
    #[inline]
    pub fn data_segment(&self, data: DataIdx) -> &DataSegment {
        &self.data[data.index()]
    }

    /// The name of `func` according to the `name` section of `bytes`, the module's bytes.
    pub fn func_name<'b>(&self, func: FuncIdx, bytes: &'b [u8]) -> Option<&'b str> {
        let at = self.names.funcs.binary_search_by_key(&func, |(index, _)| *index).ok()?;
        core::str::from_utf8(bytes.get(self.names.funcs[at].1.clone())?).ok()
    }
}

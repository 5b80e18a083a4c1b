//! Reading images, which trusts nothing in them.

use super::{EPOCH, FUEL, HEADER, MAGIC, PARTS, VERSION, checksum, kind, mode};
use crate::error::Error;
use crate::fallible::try_string;
use crate::ir::compact::parts;
use crate::module::{
    ConstExpr, DataSegment, ElementItems, ElementMode, ElementSegment, Export, ExternIdx, ExternType, Global,
    Import, Module, Table,
};
use crate::translate::Metering;
use crate::types::{
    FuncIdx, FuncType, GlobalIdx, GlobalType, HeapType, Limits, MemIdx, MemoryType, RefType, TableIdx,
    TableType, TypeIdx, TypeStore, ValType,
};
use alloc::string::String;
use alloc::vec::Vec;
use core::ops::Range;

/// A module from an image.
#[derive(Debug)]
pub struct Image {
    /// Its index spaces. Ranges in it are those of the image; there are no bodies.
    pub module: Module,
    /// The code of the functions that it defines.
    pub functions: Vec<Function>,
    /// What its code looks at.
    pub metering: Metering,
}

/// Where the code of a function is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Function {
    /// Its bytes in the image; a multiple of 8 both.
    pub range: Range<usize>,
    /// Cells of its frame.
    pub cells: u32,
}

pub(super) type Result<T> = core::result::Result<T, Error>;

#[cold]
pub(super) fn broken<T>(what: &'static str) -> Result<T> {
    Err(Error::malformed(what))
}

/// Reads and verifies `image`, with types from `store`.
///
/// # Errors
/// When it is no image, one of another version, or damaged; when it uses what this build leaves out, or memory is short.
pub fn read(image: &[u8], store: &mut TypeStore) -> Result<Image> {
    let word = |at: usize| match image.get(at..at + 4) {
        Some(&[a, b, c, d]) => Ok(u32::from_le_bytes([a, b, c, d])),
        _ => broken("not an image"),
    };
    if !image.starts_with(&MAGIC) {
        return broken("not an image");
    }
    if word(8)? != VERSION {
        return Err(Error::unsupported("an image of another version"));
    }
    if word(12)? as usize != image.len() || image.len() < HEADER || word(20)? != 0 {
        return broken("an image of another length");
    }
    if word(16)? != checksum(&image[24..]) {
        return broken("a damaged image: its checksum is another one");
    }
    let (flags, code_at) = (word(24)?, word(28)? as usize);
    let aligned = code_at.is_multiple_of(8) && image.len().is_multiple_of(8);
    if !aligned || code_at > image.len() || flags & !(FUEL | EPOCH) & !(u32::MAX << PARTS) != 0 {
        return broken("a malformed image");
    }
    if flags >> PARTS & !parts::BUILT_IN != 0 {
        return Err(Error::unsupported("code that this build cannot execute"));
    }
    let mut reader = Reader { image, at: HEADER, end: code_at };
    let mut module = Module::default();
    reader.types(&mut module, store)?;
    reader.imports(&mut module)?;
    let functions = reader.functions(&mut module, code_at)?;
    reader.definitions(&mut module)?;
    reader.exports(&mut module)?;
    reader.segments(&mut module)?;
    let metering = Metering { fuel: flags & FUEL != 0, epochs: flags & EPOCH != 0 };
    let image_of = Image { module, functions, metering };
    image_of.check()?;
    Ok(image_of)
}

impl Image {
    /// Whether every index is in bounds.
    fn check(&self) -> Result<()> {
        let module = &self.module;
        let funcs_exist = |funcs: &[FuncIdx]| funcs.iter().all(|func| func.index() < module.funcs.len());
        let exports = module.exports.iter().all(|export| match export.index {
            ExternIdx::Func(index) => index.index() < module.funcs.len(),
            ExternIdx::Table(index) => index.index() < module.tables.len(),
            ExternIdx::Memory(index) => index.index() < module.memories.len(),
            ExternIdx::Global(index) => index.index() < module.globals.len(),
            ExternIdx::Tag(_) => false,
        });
        let start = module.start.is_none_or(|start| start.index() < module.funcs.len());
        let elements = module.elements.iter().all(|segment| {
            let items = match &segment.items {
                ElementItems::Funcs(funcs) => funcs_exist(funcs),
                ElementItems::Exprs(_) => true,
            };
            items && !matches!(segment.mode, ElementMode::Active { table, .. } if table.index() >= module.tables.len())
        });
        let in_memory = |segment: &DataSegment| match &segment.active {
            Some((memory, _)) => memory.index() < module.memories.len(),
            None => true,
        };
        if exports && start && elements && module.data.iter().all(in_memory) {
            Ok(())
        } else {
            broken("an image with an index out of bounds")
        }
    }
}

struct Reader<'i> {
    image: &'i [u8],
    at: usize,
    end: usize,
}

/// Room for `count` more elements, which are at least a byte each.
fn reserve<T>(list: &mut Vec<T>, count: usize) -> Result<()> {
    Ok(list.try_reserve_exact(count)?)
}

impl Reader<'_> {
    fn byte(&mut self) -> Result<u8> {
        let Some(&byte) = self.image.get(self.at).filter(|_| self.at < self.end) else {
            return broken("an image that ends in the middle");
        };
        self.at += 1;
        Ok(byte)
    }

    fn long(&mut self) -> Result<u64> {
        let (mut value, mut shift) = (0, 0);
        loop {
            let byte = self.byte()?;
            if shift > 63 {
                return broken("an image with too long a number");
            }
            value |= u64::from(byte & 0x7f) << shift;
            if byte < 0x80 {
                return Ok(value);
            }
            shift += 7;
        }
    }

    fn number(&mut self) -> Result<u32> {
        match u32::try_from(self.long()?) {
            Ok(number) => Ok(number),
            Err(_) => broken("an image with too large a number"),
        }
    }

    /// How many elements of at least one byte follow.
    fn count(&mut self) -> Result<usize> {
        let count = self.number()? as usize;
        if count <= self.end - self.at { Ok(count) } else { broken("an image that ends in the middle") }
    }

    fn flag(&mut self) -> Result<bool> {
        match self.byte()? {
            0 => Ok(false),
            1 => Ok(true),
            _ => broken("a malformed image"),
        }
    }

    fn name(&mut self) -> Result<String> {
        let len = self.count()?;
        let bytes = &self.image[self.at..self.at + len];
        self.at += len;
        let Ok(text) = core::str::from_utf8(bytes) else { return broken("an image with a malformed name") };
        Ok(try_string(text)?)
    }

    fn range(&mut self) -> Result<Range<usize>> {
        let mut place = [0; 4];
        for byte in &mut place {
            *byte = self.byte()?;
        }
        let (start, len) = (u32::from_le_bytes(place) as usize, self.number()? as usize);
        match start.checked_add(len) {
            Some(end) if start >= HEADER && end <= self.end => Ok(start..end),
            _ => broken("an image with a place out of bounds"),
        }
    }

    fn expr(&mut self) -> Result<ConstExpr> {
        self.range().map(ConstExpr)
    }

    fn val_type(&mut self) -> Result<ValType> {
        Ok(match self.byte()? {
            0x7f => ValType::I32,
            0x7e => ValType::I64,
            0x7d => ValType::F32,
            0x7c => ValType::F64,
            0x7b => ValType::V128,
            0x70 => ValType::Ref(RefType::FUNCREF),
            0x64 => ValType::Ref(RefType { nullable: false, heap: HeapType::Func }),
            _ => return broken("an image with an unknown type"),
        })
    }

    fn ref_type(&mut self) -> Result<RefType> {
        match self.val_type()? {
            ValType::Ref(ty) => Ok(ty),
            _ => broken("an image with an unknown type"),
        }
    }

    fn types(&mut self, module: &mut Module, store: &mut TypeStore) -> Result<()> {
        let count = self.count()?;
        reserve(&mut module.types, count)?;
        for _ in 0..count {
            let mut lists = [Vec::new(), Vec::new()];
            for list in &mut lists {
                let count = self.count()?;
                reserve(list, count)?;
                for _ in 0..count {
                    list.push(self.val_type()?);
                }
            }
            let [params, results] = lists;
            let id = store.intern_func(&FuncType::try_new(params, results)?)?;
            let Some(ty) = store.get(id) else { return broken("a malformed image") };
            module.types.push(ty.try_clone()?);
        }
        Ok(())
    }

    fn type_idx(&mut self, module: &Module) -> Result<TypeIdx> {
        let index = TypeIdx(self.number()?);
        if index.index() < module.types.len() {
            Ok(index)
        } else {
            broken("an image with an index out of bounds")
        }
    }

    fn limits(&mut self) -> Result<Limits> {
        let flags = self.byte()?;
        let min = self.long()?;
        let max = if flags & 2 != 0 { Some(self.long()?) } else { None };
        Ok(Limits { min, max, is64: flags & 1 != 0 })
    }

    fn table_type(&mut self) -> Result<TableType> {
        Ok(TableType { element: self.ref_type()?, limits: self.limits()? })
    }

    fn memory_type(&mut self) -> Result<MemoryType> {
        let limits = self.limits()?;
        match self.byte()? {
            page_size_log2 @ (0 | 16) => Ok(MemoryType { limits, shared: false, page_size_log2 }),
            _ => broken("an image with an unknown page size"),
        }
    }

    fn global_type(&mut self) -> Result<GlobalType> {
        Ok(GlobalType { content: self.val_type()?, mutable: self.flag()? })
    }

    fn imports(&mut self, module: &mut Module) -> Result<()> {
        let count = self.count()?;
        reserve(&mut module.imports, count)?;
        for _ in 0..count {
            let (from, name) = (self.name()?, self.name()?);
            let ty = match self.byte()? {
                kind::FUNC => {
                    let ty = self.type_idx(module)?;
                    reserve(&mut module.funcs, 1)?;
                    module.funcs.push(ty);
                    module.imported_funcs += 1;
                    ExternType::Func(ty)
                }
                kind::TABLE => {
                    let ty = self.table_type()?;
                    reserve(&mut module.tables, 1)?;
                    module.tables.push(Table { ty, init: None });
                    module.imported_tables += 1;
                    ExternType::Table(ty)
                }
                kind::MEMORY => {
                    let ty = self.memory_type()?;
                    reserve(&mut module.memories, 1)?;
                    module.memories.push(ty);
                    module.imported_memories += 1;
                    ExternType::Memory(ty)
                }
                kind::GLOBAL => {
                    let ty = self.global_type()?;
                    reserve(&mut module.globals, 1)?;
                    module.globals.push(Global { ty, init: None });
                    module.imported_globals += 1;
                    ExternType::Global(ty)
                }
                _ => return broken("an image with an unknown kind"),
            };
            module.imports.push(Import { module: from, name, ty });
        }
        Ok(())
    }

    fn functions(&mut self, module: &mut Module, code_at: usize) -> Result<Vec<Function>> {
        let count = self.count()?;
        reserve(&mut module.funcs, count)?;
        let mut functions = Vec::new();
        reserve(&mut functions, count)?;
        let mut start = code_at;
        for _ in 0..count {
            let ty = self.type_idx(module)?;
            module.funcs.push(ty);
            let (cells, words) = (self.number()?, self.number()? as usize);
            let end = words.checked_mul(8).and_then(|len| start.checked_add(len));
            let Some(end) = end.filter(|&end| end <= self.image.len() && cells <= u16::MAX.into()) else {
                return broken("an image with code out of bounds");
            };
            functions.push(Function { range: start..end, cells });
            start = end;
        }
        Ok(functions)
    }

    fn definitions(&mut self, module: &mut Module) -> Result<()> {
        let count = self.count()?;
        reserve(&mut module.tables, count)?;
        for _ in 0..count {
            let ty = self.table_type()?;
            let init = if self.flag()? { Some(self.expr()?) } else { None };
            module.tables.push(Table { ty, init });
        }
        let count = self.count()?;
        reserve(&mut module.memories, count)?;
        for _ in 0..count {
            let ty = self.memory_type()?;
            module.memories.push(ty);
        }
        let count = self.count()?;
        reserve(&mut module.globals, count)?;
        for _ in 0..count {
            let ty = self.global_type()?;
            let init = if self.flag()? { Some(self.expr()?) } else { None };
            module.globals.push(Global { ty, init });
        }
        Ok(())
    }

    fn exports(&mut self, module: &mut Module) -> Result<()> {
        let count = self.count()?;
        reserve(&mut module.exports, count)?;
        for _ in 0..count {
            let (name, kind) = (self.name()?, self.byte()?);
            let number = self.number()?;
            let index = match kind {
                kind::FUNC => ExternIdx::Func(FuncIdx(number)),
                kind::TABLE => ExternIdx::Table(TableIdx(number)),
                kind::MEMORY => ExternIdx::Memory(MemIdx(number)),
                kind::GLOBAL => ExternIdx::Global(GlobalIdx(number)),
                _ => return broken("an image with an unknown kind"),
            };
            module.exports.push(Export { name, index });
        }
        module.start = self.number()?.checked_sub(1).map(FuncIdx);
        Ok(())
    }

    fn segments(&mut self, module: &mut Module) -> Result<()> {
        let count = self.count()?;
        reserve(&mut module.elements, count)?;
        for _ in 0..count {
            let ty = self.ref_type()?;
            let mode = match self.byte()? {
                mode::PASSIVE => ElementMode::Passive,
                mode::DECLARATIVE => ElementMode::Declarative,
                mode::ACTIVE => ElementMode::Active { table: TableIdx(self.number()?), offset: self.expr()? },
                _ => return broken("an image with an unknown kind of segment"),
            };
            let exprs = self.flag()?;
            let count = self.count()?;
            let items = if exprs {
                let mut items = Vec::new();
                reserve(&mut items, count)?;
                for _ in 0..count {
                    items.push(self.expr()?);
                }
                ElementItems::Exprs(items)
            } else {
                let mut items = Vec::new();
                reserve(&mut items, count)?;
                for _ in 0..count {
                    items.push(FuncIdx(self.number()?));
                }
                ElementItems::Funcs(items)
            };
            module.elements.push(ElementSegment { ty, items, mode });
        }
        let count = self.count()?;
        reserve(&mut module.data, count)?;
        for _ in 0..count {
            let active = if self.flag()? { Some((MemIdx(self.number()?), self.expr()?)) } else { None };
            module.data.push(DataSegment { bytes: self.range()?, active });
        }
        Ok(())
    }
}

//! Reading images, which trusts nothing in them.
//!
//! Invariant: after the first fault the reader sees nothing but the end, and says what the fault was when it is asked in the
//! end. So what is read need not be looked at piece by piece, which would be most of the code; until then it may be wrong, but
//! every list is as long as there are bytes at most.

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
    FuncIdx, GlobalIdx, GlobalType, HeapType, Limits, MemIdx, MemoryType, RefType, TableIdx, TableType,
    TypeIdx, TypeStore, ValType,
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
    if !aligned || flags & !(FUEL | EPOCH) & !(u32::MAX << PARTS) != 0 {
        return broken("a malformed image");
    }
    if flags >> PARTS & !parts::BUILT_IN != 0 {
        return Err(Error::unsupported("code that this build cannot execute"));
    }
    let Some(tables) = image.get(HEADER..code_at) else { return broken("a malformed image") };
    let mut reader = Reader { image, rest: tables, end: code_at, fault: None };
    let mut module = Module::default();
    reader.types(&mut module, store)?;
    reader.imports(&mut module)?;
    let functions = reader.functions(&mut module)?;
    reader.definitions(&mut module)?;
    reader.exports(&mut module)?;
    reader.elements(&mut module)?;
    reader.data(&mut module)?;
    if let Some(fault) = reader.fault {
        return broken(fault);
    }
    let metering = Metering { fuel: flags & FUEL != 0, epochs: flags & EPOCH != 0 };
    Ok(Image { module, functions, metering })
}

const OUT_OF_BOUNDS: &str = "an image with an index out of bounds";
const TOO_SHORT: &str = "an image that ends in the middle";

struct Reader<'i> {
    image: &'i [u8],
    /// What is left of the tables; nothing after a fault.
    rest: &'i [u8],
    /// Where the tables, and what they name, end and code begins.
    end: usize,
    /// The first fault.
    fault: Option<&'static str>,
}

/// Room for `count` more elements, which are at least a byte each.
fn reserve<T>(list: &mut Vec<T>, count: usize) -> Result<()> {
    Ok(list.try_reserve_exact(count)?)
}

impl Reader<'_> {
    #[cold]
    fn fail(&mut self, fault: &'static str) {
        self.fault.get_or_insert(fault);
        self.rest = &[];
    }

    fn byte(&mut self) -> u8 {
        let Some((&byte, rest)) = self.rest.split_first() else {
            self.fail(TOO_SHORT);
            return 0;
        };
        self.rest = rest;
        byte
    }

    fn long(&mut self) -> u64 {
        let mut value = 0;
        for shift in (0..u64::BITS).step_by(7) {
            let byte = self.byte();
            value |= u64::from(byte & 0x7f) << shift;
            if byte < 0x80 {
                return value;
            }
        }
        self.fail("an image with too long a number");
        0
    }

    fn number(&mut self) -> u32 {
        u32::try_from(self.long()).unwrap_or_else(|_| {
            self.fail("an image with too large a number");
            0
        })
    }

    /// How many elements of at least one byte follow.
    fn count(&mut self) -> usize {
        let count = self.number() as usize;
        if count <= self.rest.len() {
            return count;
        }
        self.fail(TOO_SHORT);
        0
    }

    /// An index of one of `len` things.
    fn index(&mut self, len: usize) -> u32 {
        let index = self.number();
        if index as usize >= len {
            self.fail(OUT_OF_BOUNDS);
        }
        index
    }

    fn flag(&mut self) -> bool {
        let flag = self.byte();
        if flag > 1 {
            self.fail("a malformed image");
        }
        flag != 0
    }

    fn name(&mut self) -> Result<String> {
        let len = self.count();
        let (bytes, rest) = self.rest.split_at(len);
        self.rest = rest;
        let Ok(text) = core::str::from_utf8(bytes) else { return broken("an image with a malformed name") };
        Ok(try_string(text)?)
    }

    fn range(&mut self) -> Range<usize> {
        let mut place = [0; 4];
        for byte in &mut place {
            *byte = self.byte();
        }
        let (start, len) = (u32::from_le_bytes(place) as usize, self.number() as usize);
        match start.checked_add(len) {
            Some(end) if start >= HEADER && end <= self.end => start..end,
            _ => {
                self.fail("an image with a place out of bounds");
                0..0
            }
        }
    }

    fn expr(&mut self) -> ConstExpr {
        ConstExpr(self.range())
    }

    fn init(&mut self) -> Option<ConstExpr> {
        if self.flag() { Some(self.expr()) } else { None }
    }

    fn val_type(&mut self) -> ValType {
        match self.byte() {
            0x7f => ValType::I32,
            0x7e => ValType::I64,
            0x7d => ValType::F32,
            0x7c => ValType::F64,
            0x7b => ValType::V128,
            0x70 => ValType::Ref(RefType::FUNCREF),
            0x64 => ValType::Ref(RefType { nullable: false, heap: HeapType::Func }),
            _ => {
                self.fail("an image with an unknown type");
                ValType::I32
            }
        }
    }

    fn ref_type(&mut self) -> RefType {
        if let ValType::Ref(ty) = self.val_type() {
            return ty;
        }
        self.fail("an image with an unknown type");
        RefType::FUNCREF
    }

    fn types(&mut self, module: &mut Module, store: &mut TypeStore) -> Result<()> {
        let count = self.count();
        reserve(&mut module.types, count)?;
        let mut types = Vec::new();
        for _ in 0..count {
            types.clear();
            let mut params = 0;
            for _ in 0..2 {
                // When the second of the lists begins, the first is there.
                params = types.len();
                let count = self.count();
                reserve(&mut types, count)?;
                for _ in 0..count {
                    types.push(self.val_type());
                }
            }
            let (params, results) = types.split_at(params);
            let id = store.intern_func(params, results)?;
            let Some(ty) = store.get(id) else { return broken("a malformed image") };
            module.types.push(ty.try_clone()?);
        }
        Ok(())
    }

    fn type_idx(&mut self, module: &Module) -> TypeIdx {
        TypeIdx(self.index(module.types.len()))
    }

    fn limits(&mut self) -> Limits {
        let flags = self.byte();
        let min = self.long();
        let max = if flags & 2 != 0 { Some(self.long()) } else { None };
        Limits { min, max, is64: flags & 1 != 0 }
    }

    fn table_type(&mut self) -> TableType {
        TableType { element: self.ref_type(), limits: self.limits() }
    }

    fn memory_type(&mut self) -> MemoryType {
        let (limits, page_size_log2) = (self.limits(), self.byte());
        if !matches!(page_size_log2, 0 | 16) {
            self.fail("an image with an unknown page size");
        }
        MemoryType { limits, shared: false, page_size_log2 }
    }

    fn global_type(&mut self) -> GlobalType {
        GlobalType { content: self.val_type(), mutable: self.flag() }
    }

    fn imports(&mut self, module: &mut Module) -> Result<()> {
        let count = self.count();
        reserve(&mut module.imports, count)?;
        for _ in 0..count {
            let (from, name) = (self.name()?, self.name()?);
            let ty = match self.byte() {
                kind::FUNC => {
                    let ty = self.type_idx(module);
                    reserve(&mut module.funcs, 1)?;
                    module.funcs.push(ty);
                    module.imported_funcs += 1;
                    ExternType::Func(ty)
                }
                kind::TABLE => {
                    let ty = self.table_type();
                    reserve(&mut module.tables, 1)?;
                    module.tables.push(Table { ty, init: None });
                    module.imported_tables += 1;
                    ExternType::Table(ty)
                }
                kind::MEMORY => {
                    let ty = self.memory_type();
                    reserve(&mut module.memories, 1)?;
                    module.memories.push(ty);
                    module.imported_memories += 1;
                    ExternType::Memory(ty)
                }
                kind::GLOBAL => {
                    let ty = self.global_type();
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

    fn functions(&mut self, module: &mut Module) -> Result<Vec<Function>> {
        let count = self.count();
        reserve(&mut module.funcs, count)?;
        let mut functions = Vec::new();
        reserve(&mut functions, count)?;
        let mut start = self.end;
        for _ in 0..count {
            let ty = self.type_idx(module);
            module.funcs.push(ty);
            let (cells, words) = (self.number(), self.number() as usize);
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
        let count = self.count();
        reserve(&mut module.tables, count)?;
        for _ in 0..count {
            let table = Table { ty: self.table_type(), init: self.init() };
            module.tables.push(table);
        }
        let count = self.count();
        reserve(&mut module.memories, count)?;
        for _ in 0..count {
            module.memories.push(self.memory_type());
        }
        let count = self.count();
        reserve(&mut module.globals, count)?;
        for _ in 0..count {
            let global = Global { ty: self.global_type(), init: self.init() };
            module.globals.push(global);
        }
        Ok(())
    }

    fn exports(&mut self, module: &mut Module) -> Result<()> {
        let count = self.count();
        reserve(&mut module.exports, count)?;
        for _ in 0..count {
            let name = self.name()?;
            let index = match self.byte() {
                kind::FUNC => ExternIdx::Func(FuncIdx(self.index(module.funcs.len()))),
                kind::TABLE => ExternIdx::Table(TableIdx(self.index(module.tables.len()))),
                kind::MEMORY => ExternIdx::Memory(MemIdx(self.index(module.memories.len()))),
                kind::GLOBAL => ExternIdx::Global(GlobalIdx(self.index(module.globals.len()))),
                _ => return broken("an image with an unknown kind"),
            };
            module.exports.push(Export { name, index });
        }
        // One more than the index, so that 0 is none.
        module.start = self.index(module.funcs.len() + 1).checked_sub(1).map(FuncIdx);
        Ok(())
    }

    fn elements(&mut self, module: &mut Module) -> Result<()> {
        let count = self.count();
        reserve(&mut module.elements, count)?;
        for _ in 0..count {
            let ty = self.ref_type();
            let mode = match self.byte() {
                mode::PASSIVE => ElementMode::Passive,
                mode::DECLARATIVE => ElementMode::Declarative,
                mode::ACTIVE => {
                    let table = TableIdx(self.index(module.tables.len()));
                    ElementMode::Active { table, offset: self.expr() }
                }
                _ => return broken("an image with an unknown kind of segment"),
            };
            let exprs = self.flag();
            let count = self.count();
            let items = if exprs {
                let mut items = Vec::new();
                reserve(&mut items, count)?;
                for _ in 0..count {
                    items.push(self.expr());
                }
                ElementItems::Exprs(items)
            } else {
                let mut items = Vec::new();
                reserve(&mut items, count)?;
                for _ in 0..count {
                    items.push(FuncIdx(self.index(module.funcs.len())));
                }
                ElementItems::Funcs(items)
            };
            module.elements.push(ElementSegment { ty, items, mode });
        }
        Ok(())
    }

    fn data(&mut self, module: &mut Module) -> Result<()> {
        let count = self.count();
        reserve(&mut module.data, count)?;
        for _ in 0..count {
            let active = if self.flag() {
                Some((MemIdx(self.index(module.memories.len())), self.expr()))
            } else {
                None
            };
            module.data.push(DataSegment { bytes: self.range(), active });
        }
        Ok(())
    }
}

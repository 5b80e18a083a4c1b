//! Writing images: on a machine with decoder and translator.

use super::{EPOCH, FUEL, HEADER, MAGIC, PARTS, VERSION, checksum, kind, mode};
use crate::error::Error;
use crate::fallible::TryVec;
use crate::ir::compact::{CompactOps, needs};
use crate::module::{ConstExpr, ElementItems, ElementMode, ExternIdx, ExternType, Module};
use crate::translate::{Metering, Translator};
use crate::types::{
    CompositeType, FuncIdx, GlobalType, HeapType, Limits, MemoryType, RefType, TableType, TypeStore, ValType,
};
use alloc::vec::Vec;
use core::ops::Range;

/// The image of `module`, which was decoded from `bytes` with `store` and is valid, with code that `metering` can stop.
///
/// # Errors
/// When it holds something that images cannot: see [the module's documentation](super). When memory is short.
pub fn write(
    module: &Module,
    bytes: &[u8],
    store: &mut TypeStore,
    metering: Metering,
) -> Result<Vec<u8>, Error> {
    let mut writer =
        Writer { tables: Vec::new(), bytes: Vec::new(), holes: Vec::new(), parts: 0, source: bytes };
    writer.types(module, store)?;
    writer.imports(module)?;
    let mut code = Vec::new();
    writer.functions(module, metering, &mut code)?;
    writer.definitions(module)?;
    writer.exports(module)?;
    writer.segments(module)?;
    writer.finish(&code, metering)
}

struct Writer<'b> {
    tables: Vec<u8>,
    /// Constant expressions and data.
    bytes: Vec<u8>,
    /// Where in `tables` four bytes are to be filled with a place: that of a byte in `bytes`.
    holes: Vec<(usize, usize)>,
    /// What the code needs of the machine.
    parts: u32,
    source: &'b [u8],
}

fn refuse<T>(what: &str) -> Result<T, Error> {
    Err(Error::unsupported(crate::text::format!("an image cannot hold {what}")))
}

impl Writer<'_> {
    fn number(&mut self, mut value: u64) -> Result<(), Error> {
        loop {
            let low = (value & 0x7f) as u8;
            value >>= 7;
            self.tables.try_push(if value == 0 { low } else { low | 0x80 })?;
            if value == 0 {
                return Ok(());
            }
        }
    }

    fn count(&mut self, len: usize) -> Result<(), Error> {
        self.number(len as u64)
    }

    fn name(&mut self, name: &str) -> Result<(), Error> {
        self.count(name.len())?;
        Ok(self.tables.try_extend(name.bytes())?)
    }

    /// Bytes of the module, of which the image has a copy.
    fn range(&mut self, range: &Range<usize>) -> Result<(), Error> {
        self.holes.try_push((self.tables.len(), self.bytes.len()))?;
        self.tables.try_extend([0; 4])?;
        self.count(range.len())?;
        Ok(self.bytes.try_extend(self.source[range.clone()].iter().copied())?)
    }

    fn val_type(&mut self, ty: ValType) -> Result<(), Error> {
        let byte = match ty {
            ValType::I32 => 0x7f,
            ValType::I64 => 0x7e,
            ValType::F32 => 0x7d,
            ValType::F64 => 0x7c,
            ValType::V128 => 0x7b,
            ValType::Ref(RefType::FUNCREF) => 0x70,
            ValType::Ref(RefType { nullable: false, heap: HeapType::Func }) => 0x64,
            ValType::Ref(_) => return refuse("references other than funcref"),
        };
        Ok(self.tables.try_push(byte)?)
    }

    fn types(&mut self, module: &Module, store: &mut TypeStore) -> Result<(), Error> {
        self.count(module.types.len())?;
        for ty in &module.types {
            let CompositeType::Func(func) = &ty.composite else { return refuse("types of objects") };
            for types in [func.params(), func.results()] {
                self.count(types.len())?;
                types.iter().try_for_each(|&ty| self.val_type(ty))?;
            }
            // A type of a group of several, or with supertypes, is another one than that which a reader would make.
            if store.intern_func(func.params(), func.results())? != ty.id {
                return refuse("recursive types or subtypes");
            }
        }
        Ok(())
    }

    fn limits(&mut self, limits: &Limits) -> Result<(), Error> {
        self.tables.try_push(u8::from(limits.is64) | u8::from(limits.max.is_some()) << 1)?;
        self.number(limits.min)?;
        if let Some(max) = limits.max {
            self.number(max)?;
        }
        Ok(())
    }

    fn table_type(&mut self, ty: &TableType) -> Result<(), Error> {
        self.val_type(ValType::Ref(ty.element))?;
        self.limits(&ty.limits)
    }

    fn memory_type(&mut self, ty: &MemoryType) -> Result<(), Error> {
        if ty.shared {
            return refuse("shared memories");
        }
        self.limits(&ty.limits)?;
        self.number(ty.page_size_log2.into())?;
        Ok(())
    }

    fn global_type(&mut self, ty: &GlobalType) -> Result<(), Error> {
        self.val_type(ty.content)?;
        self.tables.try_push(u8::from(ty.mutable))?;
        Ok(())
    }

    fn imports(&mut self, module: &Module) -> Result<(), Error> {
        self.count(module.imports.len())?;
        for import in &module.imports {
            self.name(&import.module)?;
            self.name(&import.name)?;
            match &import.ty {
                ExternType::Func(ty) => {
                    self.tables.try_push(kind::FUNC)?;
                    self.count(ty.index())?;
                }
                ExternType::Table(ty) => {
                    self.tables.try_push(kind::TABLE)?;
                    self.table_type(ty)?;
                }
                ExternType::Memory(ty) => {
                    self.tables.try_push(kind::MEMORY)?;
                    self.memory_type(ty)?;
                }
                ExternType::Global(ty) => {
                    self.tables.try_push(kind::GLOBAL)?;
                    self.global_type(ty)?;
                }
                ExternType::Tag(_) => return refuse("tags"),
            }
        }
        Ok(())
    }

    /// The functions that the module defines: type, cells of the frame, words of the code.
    fn functions(&mut self, module: &Module, metering: Metering, code: &mut Vec<u64>) -> Result<(), Error> {
        let mut translator = Translator::metered(metering).slots_only();
        self.count(module.funcs.len() - module.imported_funcs as usize)?;
        for func in module.imported_funcs..module.funcs.len() as u32 {
            let words = translator.translate_compact(module, self.source, FuncIdx(func))?;
            for op in CompactOps::new(words).flatten() {
                self.parts |= needs(op.family());
            }
            code.try_extend(words.iter().copied())?;
            let words = words.len();
            if !translator.handlers().is_empty() {
                return refuse("handlers of exceptions");
            }
            self.count(module.funcs[func as usize].index())?;
            self.number(translator.frame_cells().into())?;
            self.count(words)?;
        }
        Ok(())
    }

    fn init(&mut self, init: Option<&ConstExpr>) -> Result<(), Error> {
        self.tables.try_push(u8::from(init.is_some()))?;
        if let Some(ConstExpr(range)) = init {
            self.range(range)?;
        }
        Ok(())
    }

    fn definitions(&mut self, module: &Module) -> Result<(), Error> {
        if module.tags.len() > module.imported_tags as usize {
            return refuse("tags");
        }
        let tables = &module.tables[module.imported_tables as usize..];
        self.count(tables.len())?;
        for table in tables {
            self.table_type(&table.ty)?;
            self.init(table.init.as_ref())?;
        }
        let memories = &module.memories[module.imported_memories as usize..];
        self.count(memories.len())?;
        memories.iter().try_for_each(|ty| self.memory_type(ty))?;
        let globals = &module.globals[module.imported_globals as usize..];
        self.count(globals.len())?;
        for global in globals {
            self.global_type(&global.ty)?;
            self.init(global.init.as_ref())?;
        }
        Ok(())
    }

    fn exports(&mut self, module: &Module) -> Result<(), Error> {
        self.count(module.exports.len())?;
        for export in &module.exports {
            self.name(&export.name)?;
            let (kind, index) = match export.index {
                ExternIdx::Func(index) => (kind::FUNC, index.index()),
                ExternIdx::Table(index) => (kind::TABLE, index.index()),
                ExternIdx::Memory(index) => (kind::MEMORY, index.index()),
                ExternIdx::Global(index) => (kind::GLOBAL, index.index()),
                ExternIdx::Tag(_) => unreachable!("modules with tags are refused before"),
            };
            self.tables.try_push(kind)?;
            self.count(index)?;
        }
        self.count(module.start.map_or(0, |start| start.index() + 1))
    }

    fn segments(&mut self, module: &Module) -> Result<(), Error> {
        self.count(module.elements.len())?;
        for segment in &module.elements {
            self.val_type(ValType::Ref(segment.ty))?;
            match &segment.mode {
                ElementMode::Passive => self.tables.try_push(mode::PASSIVE)?,
                ElementMode::Declarative => self.tables.try_push(mode::DECLARATIVE)?,
                ElementMode::Active { table, offset } => {
                    self.tables.try_push(mode::ACTIVE)?;
                    self.count(table.index())?;
                    self.range(&offset.0)?;
                }
            }
            match &segment.items {
                ElementItems::Funcs(funcs) => {
                    self.tables.try_push(0)?;
                    self.count(funcs.len())?;
                    funcs.iter().try_for_each(|func| self.count(func.index()))?;
                }
                ElementItems::Exprs(exprs) => {
                    self.tables.try_push(1)?;
                    self.count(exprs.len())?;
                    exprs.iter().try_for_each(|expr| self.range(&expr.0))?;
                }
            }
        }
        self.count(module.data.len())?;
        for segment in &module.data {
            self.tables.try_push(u8::from(segment.active.is_some()))?;
            if let Some((memory, offset)) = &segment.active {
                self.count(memory.index())?;
                self.range(&offset.0)?;
            }
            self.range(&segment.bytes)?;
        }
        Ok(())
    }

    fn finish(mut self, code: &[u64], metering: Metering) -> Result<Vec<u8>, Error> {
        let bytes_at = HEADER + self.tables.len();
        for &(hole, at) in &self.holes {
            self.tables[hole..hole + 4].copy_from_slice(&((bytes_at + at) as u32).to_le_bytes());
        }
        let code_at = (bytes_at + self.bytes.len()).next_multiple_of(8);
        let len = code_at + size_of_val(code);
        let mut flags = self.parts << PARTS;
        if metering.fuel {
            flags |= FUEL;
        }
        if metering.epochs {
            flags |= EPOCH;
        }
        let mut image = Vec::new();
        image.try_reserve_exact(len)?;
        image.extend_from_slice(&MAGIC);
        for word in [VERSION, len as u32, 0, 0, flags, code_at as u32] {
            image.extend_from_slice(&word.to_le_bytes());
        }
        image.extend_from_slice(&self.tables);
        image.extend_from_slice(&self.bytes);
        image.resize(code_at, 0);
        code.iter().for_each(|word| image.extend_from_slice(&word.to_le_bytes()));
        let sum = checksum(&image[24..]);
        image[16..20].copy_from_slice(&sum.to_le_bytes());
        Ok(image)
    }
}

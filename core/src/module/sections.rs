//! The sections of a module, in one pass: each item is read, checked against what precedes it, and added.
//!
//! Invariant: a section is read within its size, which it must fill exactly; sections other than custom ones come
//! in their order, at most once each. No space is taken for a count before as many bytes were seen.
//!
//! Spec: WebAssembly 3.0, section 5.5 "Modules".

use super::type_section::{global_type, memory_type, table_type};
use super::{
    Body, ConstExpr, DataSegment, ElementItems, ElementMode, ElementSegment, Export, ExternIdx, ExternType,
    Global, Import, Module, Names, Reader, Result, Table, length_out_of_bounds,
};
use crate::error::Error;
use crate::fallible::{TryVec, try_string};
use crate::features::{Features, Proposal};
use crate::limits;
use crate::text::format;
use crate::translate::Remembered;
use crate::types::{
    FuncIdx, GlobalIdx, MemIdx, RefType, TableIdx, TableType, TagIdx, TypeIdx, TypeStore, ValType,
};
use crate::validate::{FuncValidator, validate_body};
use alloc::vec::Vec;

/// The numbers of the sections in the order in which they come.
const ORDER: [u8; 13] = [1, 2, 3, 4, 5, 13, 6, 7, 8, 9, 12, 10, 11];

impl Module {
    /// Decodes `bytes` and validates all of it. The module's types get their identities from `store`.
    ///
    /// # Errors
    /// When the bytes are malformed or invalid, use a proposal outside `features`, or exceed a limit of this
    /// implementation (see [`limits`]).
    ///
    /// ```
    /// use fantail_core::{Features, module::Module, types::TypeStore};
    ///
    /// let bytes = b"\0asm\x01\0\0\0";
    /// let module = Module::parse(bytes, &Features::default(), &mut TypeStore::new())?;
    /// assert!(module.exports.is_empty());
    /// # Ok::<_, fantail_core::Error>(())
    /// ```
    pub fn parse(bytes: &[u8], features: &Features, store: &mut TypeStore) -> Result<Self, Error> {
        let module = Self::decode(bytes, features, store)?;
        module.validate_bodies(bytes)?;
        Ok(module)
    }

    /// Decodes `bytes` and validates everything but function bodies, which stay unread.
    ///
    /// Before a body is used, [`validate_bodies`](Self::validate_bodies) or
    /// [`validate_body`] must have accepted it.
    ///
    /// # Errors
    /// As [`parse`](Self::parse).
    pub fn decode(bytes: &[u8], features: &Features, store: &mut TypeStore) -> Result<Self, Error> {
        let module = Self { features: *features, ..Self::default() };
        let mut decoder = Decoder { bytes, module, store, validator: FuncValidator::new(), defined_funcs: 0 };
        decoder.module()?;
        Ok(decoder.module)
    }

    /// Validates all function bodies. `bytes` are those the module was decoded from.
    ///
    /// # Errors
    /// As [`validate_body`], for the first function that is not valid.
    pub fn validate_bodies(&self, bytes: &[u8]) -> Result<(), Error> {
        let mut validator = FuncValidator::new();
        (self.imported_funcs..self.funcs.len() as u32)
            .try_for_each(|func| validate_body(self, bytes, FuncIdx(func), &mut validator))
    }
}

/// Most items for which space is taken at once.
const ROOM: usize = 256;

struct Decoder<'a, 's> {
    bytes: &'a [u8],
    module: Module,
    store: &'s mut TypeStore,
    validator: FuncValidator,
    /// How many functions the function section declares.
    defined_funcs: usize,
}

impl<'a> Decoder<'a, '_> {
    fn module(&mut self) -> Result<()> {
        let mut reader = Reader::new(self.bytes, 0..self.bytes.len());
        header(self.bytes)?;
        reader.bytes(8)?;
        let mut sections = ORDER.as_slice();
        let mut code_seen = false;
        while !reader.is_empty() {
            let start = reader.offset();
            let id = reader.u8()?;
            let size = reader.u32().map_err(unexpected_end)? as usize;
            let contents = reader.offset();
            if size > reader.remaining() {
                return Err(length_out_of_bounds(size, reader.remaining()).at(contents));
            }
            reader.bytes(size)?;
            let mut section =
                Reader::new(self.bytes, contents..contents + size).with_features(self.module.features);
            if id == 0 {
                self.custom_section(&mut section)?;
                continue;
            }
            if !self.is_section(id) {
                return Err(Error::malformed(format!("malformed section id {id}")).at(start));
            }
            let Some(at) = sections.iter().position(|section| *section == id) else {
                return Err(Error::malformed("unexpected content after last section").at(start));
            };
            sections = &sections[at + 1..];
            code_seen |= id == 10;
            self.section(id, &mut section)?;
            if !section.is_empty() {
                let fault = Error::malformed("section size mismatch: its contents end before it does");
                return Err(fault.at(section.offset()));
            }
        }
        if !code_seen && self.defined_funcs != 0 {
            return Err(inconsistent_lengths(self.defined_funcs, 0).at(self.bytes.len()));
        }
        self.check_data_count()
    }

    fn is_section(&self, id: u8) -> bool {
        match id {
            13 => self.module.features.has_tags(),
            12 => self.module.features.has(Proposal::BulkMemory),
            id => ORDER.contains(&id),
        }
    }

    fn section(&mut self, id: u8, reader: &mut Reader<'a>) -> Result<()> {
        self.make_room(id, reader);
        match id {
            1 => self.module.type_section(reader, self.store),
            2 => self.items(reader, limits::IMPORTS, "imports", Self::import),
            3 => self.items(reader, limits::FUNCS, "functions", Self::func),
            4 => self.items(reader, limits::TABLES, "tables", Self::table),
            5 => self.items(reader, u32::MAX, "memories", Self::memory),
            6 => self.items(reader, limits::GLOBALS, "globals", Self::global),
            7 => self.export_section(reader),
            8 => self.start(reader),
            9 => self.items(reader, limits::ELEMENT_SEGMENTS, "element segments", Self::element_segment),
            10 => self.code_section(reader),
            11 => self.items(reader, limits::DATA_SEGMENTS, "data segments", Self::data_segment),
            12 => reader.u32().map(|count| self.module.data_count = Some(count)),
            _ => self.items(reader, limits::TAGS, "tags", Self::tag),
        }
    }

    /// Takes the space for the items of a section at once: growing step by step is a good part of what it costs to load a
    /// small module. Each item has a byte at least; what there is no space for, will be found out later.
    fn make_room(&mut self, id: u8, reader: &Reader<'a>) {
        let Ok(len) = reader.clone().u32() else { return };
        let len = (len as usize).min(reader.remaining()).min(ROOM);
        let it = &mut self.module;
        let _ = match id {
            1 => it.types.try_reserve_exact(len),
            2 => it.imports.try_reserve_exact(len),
            3 => it.funcs.try_reserve_exact(len),
            6 => it.globals.try_reserve_exact(len),
            7 => it.exports.try_reserve_exact(len),
            11 => it.data.try_reserve_exact(len),
            _ => Ok(()),
        };
    }

    /// Reads a vector of items; an error without place is at the start of its item.
    fn items(
        &mut self,
        reader: &mut Reader<'a>,
        limit: u32,
        what: &str,
        mut item: impl FnMut(&mut Self, &mut Reader<'a>) -> Result<()>,
    ) -> Result<()> {
        let start = reader.offset();
        let len = reader.u32()?;
        limits::check(len as usize, limit, what).map_err(|error| error.at(start))?;
        for _ in 0..len {
            let start = reader.offset();
            item(self, reader).map_err(|error| error.at(start))?;
        }
        Ok(())
    }

    fn custom_section(&mut self, reader: &mut Reader<'a>) -> Result<()> {
        let name = reader.name()?;
        let contents = reader.offset()..reader.offset() + reader.remaining();
        if cfg!(feature = "text") && name == "name" {
            self.module.names = Names::parse(self.bytes, contents.clone())?;
        }
        self.module.customs.try_push((try_string(name)?, contents))?;
        Ok(())
    }

    fn import(&mut self, reader: &mut Reader<'a>) -> Result<()> {
        let (module, name) = (try_string(reader.name()?)?, try_string(reader.name()?)?);
        let start = reader.offset();
        let ty = match reader.u8()? {
            0 => ExternType::Func(TypeIdx(reader.u32()?)),
            1 => ExternType::Table(table_type(reader)?),
            2 => ExternType::Memory(memory_type(reader)?),
            3 => ExternType::Global(global_type(reader)?),
            4 if self.module.features.has_tags() => ExternType::Tag(tag_type(reader)?),
            kind => return Err(Error::malformed(format!("malformed import kind {kind:#04x}")).at(start)),
        };
        let it = &mut self.module;
        match ty {
            ExternType::Func(ty) => {
                it.check_func_type(ty)?;
                it.funcs.try_push(ty)?;
                it.imported_funcs += 1;
            }
            ExternType::Table(ty) => {
                it.check_table_type(&ty)?;
                it.tables.try_push(Table { ty, init: None })?;
                it.imported_tables += 1;
            }
            ExternType::Memory(ty) => {
                it.check_memory_type(&ty)?;
                it.memories.try_push(ty)?;
                it.imported_memories += 1;
            }
            ExternType::Global(ty) => {
                crate::validate::module::check_val_type(&it.types, ty.content)?;
                if ty.mutable && !it.features.has(Proposal::MutableGlobal) {
                    return Err(super::missing(
                        Proposal::MutableGlobal,
                        "an imported global that is mutable",
                    ));
                }
                it.globals.try_push(Global { ty, init: None })?;
                it.imported_globals += 1;
            }
            ExternType::Tag(ty) => {
                it.check_tag_type(ty)?;
                it.tags.try_push(ty)?;
                it.imported_tags += 1;
            }
        }
        it.imports.try_push(Import { module, name, ty })?;
        Ok(())
    }

    fn func(&mut self, reader: &mut Reader<'a>) -> Result<()> {
        let ty = TypeIdx(reader.u32()?);
        self.module.check_func_type(ty)?;
        limits::check(self.module.funcs.len() + 1, limits::FUNCS, "functions")?;
        self.module.funcs.try_push(ty)?;
        self.defined_funcs += 1;
        Ok(())
    }

    fn table(&mut self, reader: &mut Reader<'a>) -> Result<()> {
        let start = reader.offset();
        let has_init = reader.peek() == Some(0x40);
        if has_init {
            reader.require(Proposal::FunctionReferences, "a table with an initial value")?;
            reader.u8()?;
            if reader.u8()? != 0 {
                return Err(Error::malformed("malformed table: 0x40 must be followed by 0x00").at(start));
            }
        }
        let ty = table_type(reader)?;
        self.module.check_table_type(&ty)?;
        let init = if has_init { Some(self.const_expr(reader, ValType::Ref(ty.element))?) } else { None };
        if init.is_none() && !ty.element.nullable {
            return Err(Error::invalid(format!(
                "type mismatch: a table of {} needs an initial value",
                ty.element
            )));
        }
        self.module.tables.try_push(Table { ty, init })?;
        Ok(())
    }

    fn memory(&mut self, reader: &mut Reader<'a>) -> Result<()> {
        let ty = memory_type(reader)?;
        self.module.check_memory_type(&ty)?;
        self.module.memories.try_push(ty)?;
        Ok(())
    }

    fn tag(&mut self, reader: &mut Reader<'a>) -> Result<()> {
        let ty = tag_type(reader)?;
        self.module.check_tag_type(ty)?;
        self.module.tags.try_push(ty)?;
        Ok(())
    }

    fn global(&mut self, reader: &mut Reader<'a>) -> Result<()> {
        let ty = global_type(reader)?;
        crate::validate::module::check_val_type(&self.module.types, ty.content)?;
        let init = Some(self.const_expr(reader, ty.content)?);
        self.module.globals.try_push(Global { ty, init })?;
        Ok(())
    }

    fn const_expr(&mut self, reader: &mut Reader<'a>, ty: ValType) -> Result<ConstExpr> {
        let expr = self.validator.const_expr(&self.module, reader, ty)?;
        for func in self.validator.declared() {
            self.module.declared.insert(func.0)?;
        }
        Ok(expr)
    }

    fn export_section(&mut self, reader: &mut Reader<'a>) -> Result<()> {
        let section = reader.clone();
        self.items(reader, limits::EXPORTS, "exports", |this, reader| {
            let name = try_string(reader.name()?)?;
            let index = this.extern_idx(reader)?;
            this.module.check_extern_idx(index)?;
            this.check_export(index)?;
            this.module.exports.try_push(Export { name, index })?;
            Ok(())
        })?;
        self.check_export_names(section)
    }

    /// Fails when two exports have one name; `section` is that of the exports. Where the second is, is only looked for then.
    fn check_export_names(&self, mut section: Reader<'a>) -> Result<()> {
        let exports = &self.module.exports;
        let order = self.module.sorted_exports()?;
        let twice = |pair: &&[u32]| exports[pair[0] as usize].name == exports[pair[1] as usize].name;
        // Of equal names the first comes first.
        let Some(second) = order.windows(2).filter(twice).map(|pair| pair[1]).min() else { return Ok(()) };
        section.u32()?;
        for _ in 0..second {
            section.name()?;
            self.extern_idx(&mut section)?;
        }
        let name = &exports[second as usize].name;
        Err(Error::invalid(format!("duplicate export name {name:?}")).at(section.offset()))
    }

    fn extern_idx(&self, reader: &mut Reader<'a>) -> Result<ExternIdx> {
        let start = reader.offset();
        let kind = reader.u8()?;
        let index = reader.u32()?;
        Ok(match kind {
            0 => ExternIdx::Func(FuncIdx(index)),
            1 => ExternIdx::Table(TableIdx(index)),
            2 => ExternIdx::Memory(MemIdx(index)),
            3 => ExternIdx::Global(GlobalIdx(index)),
            4 if self.module.features.has_tags() => ExternIdx::Tag(TagIdx(index)),
            _ => return Err(Error::malformed(format!("malformed export kind {kind:#04x}")).at(start)),
        })
    }

    /// What an export entails: functions become declared, and globals must not be mutable in WebAssembly's first
    /// version.
    fn check_export(&mut self, index: ExternIdx) -> Result<()> {
        match index {
            ExternIdx::Func(func) => self.module.declared.insert(func.0)?,
            ExternIdx::Global(global)
                if self.module.globals[global.index()].ty.mutable
                    && !self.module.features.has(Proposal::MutableGlobal) =>
            {
                return Err(super::missing(Proposal::MutableGlobal, "an exported global that is mutable"));
            }
            _ => {}
        }
        Ok(())
    }

    fn start(&mut self, reader: &mut Reader<'a>) -> Result<()> {
        let start = reader.offset();
        let func = FuncIdx(reader.u32()?);
        self.module.check_extern_idx(ExternIdx::Func(func)).map_err(|error| error.at(start))?;
        let ty = self.module.func_type(func);
        if !ty.params().is_empty() || !ty.results().is_empty() {
            return Err(Error::invalid("start function must have no parameters and no results").at(start));
        }
        self.module.start = Some(func);
        Ok(())
    }

    /// A segment's flags say whether it is active (bit 0 clear), names its table or is declarative (bit 1), and
    /// holds expressions (bit 2).
    fn element_segment(&mut self, reader: &mut Reader<'a>) -> Result<()> {
        let start = reader.offset();
        let flags = reader.u32()?;
        if flags > 7 {
            return Err(Error::malformed(format!("malformed elements segment kind {flags}")).at(start));
        }
        if flags != 0 && !self.module.features.has(Proposal::BulkMemory) {
            return Err(super::missing(Proposal::BulkMemory, "an element segment that is not active"));
        }
        let (has_exprs, bit1) = (flags & 4 != 0, flags & 2 != 0);
        let mode = match (flags & 1 == 0, bit1) {
            (true, _) => {
                let table = TableIdx(if bit1 { reader.u32()? } else { 0 });
                let (ty, offset) = self.active_elements(reader, table)?;
                (ElementMode::Active { table, offset }, Some(ty))
            }
            (false, false) => (ElementMode::Passive, None),
            (false, true) => (ElementMode::Declarative, None),
        };
        let ty = match (flags & 3, has_exprs) {
            (0, true) => RefType::FUNCREF,
            (0, false) => RefType { nullable: false, ..RefType::FUNCREF },
            (_, true) => reader.ref_type()?,
            (_, false) => element_kind(reader)?,
        };
        crate::validate::module::check_val_type(&self.module.types, ValType::Ref(ty))?;
        let (mode, table) = mode;
        if let Some(table) = table
            && !crate::validate::subtype::ref_matches(&self.module.types, ty, table.element)
        {
            return Err(Error::invalid(format!(
                "type mismatch: elements of type {ty} for a table of {}",
                table.element
            )));
        }
        let items = self.element_items(reader, ty, has_exprs)?;
        self.module.elements.try_push(ElementSegment { ty, items, mode })?;
        Ok(())
    }

    fn active_elements(
        &mut self,
        reader: &mut Reader<'a>,
        table: TableIdx,
    ) -> Result<(TableType, ConstExpr)> {
        self.module.check_extern_idx(ExternIdx::Table(table))?;
        let ty = self.module.tables[table.index()].ty;
        Ok((ty, self.const_expr(reader, ty.limits.index_type())?))
    }

    fn element_items(
        &mut self,
        reader: &mut Reader<'a>,
        ty: RefType,
        has_exprs: bool,
    ) -> Result<ElementItems> {
        let len = reader.vec_len()?;
        limits::check(len, limits::ELEMENTS, "elements")?;
        if has_exprs {
            let mut exprs = Vec::new();
            exprs.try_reserve_exact(len)?;
            for _ in 0..len {
                exprs.push(self.const_expr(reader, ValType::Ref(ty))?);
            }
            return Ok(ElementItems::Exprs(exprs));
        }
        let mut funcs = Vec::new();
        funcs.try_reserve_exact(len)?;
        for _ in 0..len {
            let start = reader.offset();
            let func = FuncIdx(reader.u32()?);
            self.module.check_extern_idx(ExternIdx::Func(func)).map_err(|error| error.at(start))?;
            self.module.declared.insert(func.0)?;
            funcs.push(func);
        }
        Ok(ElementItems::Funcs(funcs))
    }

    fn code_section(&mut self, reader: &mut Reader<'a>) -> Result<()> {
        let start = reader.offset();
        let len = reader.u32()? as usize;
        if len != self.defined_funcs {
            return Err(inconsistent_lengths(self.defined_funcs, len).at(start));
        }
        self.module.bodies.try_reserve_exact(len)?;
        for _ in 0..len {
            let size = reader.u32()? as usize;
            let start = reader.offset();
            if size > limits::BODY_SIZE {
                let limit = limits::BODY_SIZE;
                let message = format!(
                    "too large a function body: {size} bytes, where {limit} is the limit of this implementation"
                );
                return Err(Error::limit(message).at(start));
            }
            reader.bytes(size)?;
            self.module.bodies.push(Body { range: start..start + size, remembered: Remembered::default() });
        }
        Ok(())
    }

    fn data_segment(&mut self, reader: &mut Reader<'a>) -> Result<()> {
        let start = reader.offset();
        let flags = reader.u32()?;
        if flags != 0 && !self.module.features.has(Proposal::BulkMemory) {
            return Err(super::missing(Proposal::BulkMemory, "a data segment that is not active"));
        }
        let mem = match flags {
            0 => Some(MemIdx(0)),
            1 => None,
            2 => Some(MemIdx(reader.u32()?)),
            _ => return Err(Error::malformed(format!("malformed data segment kind {flags}")).at(start)),
        };
        let active = match mem {
            Some(mem) => {
                self.module.check_extern_idx(ExternIdx::Memory(mem))?;
                let index = self.module.memories[mem.index()].limits.index_type();
                Some((mem, self.const_expr(reader, index)?))
            }
            None => None,
        };
        let len = reader.u32()? as usize;
        let start = reader.offset();
        if len > reader.remaining() {
            return Err(length_out_of_bounds(len, reader.remaining()).at(start));
        }
        reader.bytes(len)?;
        self.module.data.try_push(DataSegment { bytes: start..start + len, active })?;
        Ok(())
    }

    fn check_data_count(&self) -> Result<()> {
        match self.module.data_count {
            Some(count) if count as usize != self.module.data.len() => {
                let found = self.module.data.len();
                let message =
                    format!("data count and data section have inconsistent lengths: {count} and {found}");
                Err(Error::malformed(message).at(self.bytes.len()))
            }
            _ => Ok(()),
        }
    }
}

fn header(bytes: &[u8]) -> Result<()> {
    match bytes.first_chunk() {
        Some(b"\0asm") => {}
        Some(_) => return Err(Error::malformed("magic header not detected").at(0)),
        None => return Err(Error::malformed("unexpected end").at(bytes.len())),
    }
    match bytes[4..].first_chunk() {
        Some(&[1, 0, 0, 0]) => Ok(()),
        Some(&[_, 0, 1, 0]) => Err(Error::unsupported("unknown binary version: this is a component").at(4)),
        Some(_) => Err(Error::malformed("unknown binary version").at(4)),
        None => Err(Error::malformed("unexpected end").at(bytes.len())),
    }
}

/// The error for another number of bodies than of functions that need one.
fn inconsistent_lengths(funcs: usize, bodies: usize) -> Error {
    Error::malformed(format!("function and code section have inconsistent lengths: {funcs} and {bodies}"))
}

/// Outside of sections an end is just that.
fn unexpected_end(error: Error) -> Error {
    match error.offset() {
        Some(offset) if error.message().starts_with("unexpected end") => {
            Error::malformed("unexpected end").at(offset)
        }
        _ => error,
    }
}

fn tag_type(reader: &mut Reader<'_>) -> Result<TypeIdx> {
    let start = reader.offset();
    match reader.u8()? {
        0 => Ok(TypeIdx(reader.u32()?)),
        attribute => Err(Error::malformed(format!("malformed tag attribute {attribute:#04x}")).at(start)),
    }
}

/// Reads what a segment without expressions consists of: functions, which are never null.
fn element_kind(reader: &mut Reader<'_>) -> Result<RefType> {
    let start = reader.offset();
    match reader.u8()? {
        0 => Ok(RefType { nullable: false, ..RefType::FUNCREF }),
        kind => Err(Error::malformed(format!("malformed element kind {kind:#04x}")).at(start)),
    }
}

//! Immediates of more than one part, and how to skip those of any instruction.
//!
//! Nothing here allocates: vectors (the labels of `br_table`, the clauses of `try_table`, local declarations) are
//! iterators over the bytes. They are checked when they are read, so that iterating over them cannot fail.
//!
//! Spec: WebAssembly 3.0, section 5.4 "Instructions".

use super::{Reader, Result};
use crate::error::Error;
use crate::features::Proposal;
use crate::instr::{Immediates, Instr};
use crate::text::format;
use crate::types::{LabelIdx, MemIdx, RefType, TagIdx, TypeIdx, ValType};

/// The immediate of an access to memory.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct MemArg {
    /// Base-two logarithm of the alignment that the module promises.
    pub align_log2: u8,
    /// The memory.
    pub mem: MemIdx,
    /// What is added to the address.
    pub offset: u64,
}

/// The type of a block.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum BlockType {
    /// No parameter, no result.
    Empty,
    /// No parameter, one result.
    Value(ValType),
    /// A function type.
    Func(TypeIdx),
}

/// The labels of a `br_table`.
#[derive(Clone, Debug)]
pub struct BrTable<'a> {
    targets: Reader<'a>,
    len: u32,
    default: LabelIdx,
}

impl<'a> BrTable<'a> {
    /// How many labels there are, not counting the default one.
    #[inline]
    pub fn len(&self) -> u32 {
        self.len
    }

    /// Whether there is no label but the default one.
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// The label for all indices that are not less than [`len`](Self::len).
    #[inline]
    pub fn default(&self) -> LabelIdx {
        self.default
    }

    /// The labels for the indices from 0, without the default one.
    #[inline]
    pub fn targets(&self) -> BrTargets<'a> {
        BrTargets { reader: self.targets.clone(), left: self.len }
    }
}

/// Iterator over the labels of a `br_table`.
#[derive(Clone, Debug)]
pub struct BrTargets<'a> {
    reader: Reader<'a>,
    left: u32,
}

impl Iterator for BrTargets<'_> {
    type Item = LabelIdx;

    #[inline]
    fn next(&mut self) -> Option<LabelIdx> {
        self.left = self.left.checked_sub(1)?;
        self.reader.u32().ok().map(LabelIdx)
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        (self.left as usize, Some(self.left as usize))
    }
}

impl ExactSizeIterator for BrTargets<'_> {}

/// A clause of `try_table`.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Catch {
    /// The tag that is caught; none for `catch_all` and `catch_all_ref`.
    pub tag: Option<TagIdx>,
    /// Whether the exception itself is passed on: `catch_ref` and `catch_all_ref`.
    pub is_ref: bool,
    /// Where to; label 0 is the block around the `try_table`.
    pub label: LabelIdx,
}

/// Iterator over the clauses of a `try_table`.
#[derive(Clone, Debug)]
pub struct Catches<'a> {
    reader: Reader<'a>,
    left: u32,
}

impl Iterator for Catches<'_> {
    type Item = Catch;

    fn next(&mut self) -> Option<Catch> {
        self.left = self.left.checked_sub(1)?;
        self.reader.catch().ok()
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        (self.left as usize, Some(self.left as usize))
    }
}

impl ExactSizeIterator for Catches<'_> {}

/// The immediate of `br_on_cast` and `br_on_cast_fail`.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct CastArg {
    /// Where to.
    pub label: LabelIdx,
    /// Type of the operand.
    pub from: RefType,
    /// Type that is tested for.
    pub to: RefType,
}

/// The declarations at the start of a function body: runs of locals of the same type.
///
/// While it is not exhausted, the reader it came from stands in the middle of the declarations.
#[derive(Debug)]
pub struct LocalDecls<'r, 'a> {
    reader: &'r mut Reader<'a>,
    left: u32,
}

impl Iterator for LocalDecls<'_, '_> {
    type Item = Result<(u32, ValType)>;

    fn next(&mut self) -> Option<Self::Item> {
        self.left = self.left.checked_sub(1)?;
        let decl = self.reader.u32().and_then(|count| Ok((count, self.reader.val_type()?)));
        if decl.is_err() {
            self.left = 0;
        }
        Some(decl)
    }
}

impl<'a> Reader<'a> {
    /// Reads the immediate of an access to memory.
    #[inline(always)]
    pub fn mem_arg(&mut self) -> Result<MemArg> {
        match self.peek() {
            Some(align_log2) if align_log2 < 0x40 => {
                self.u8()?;
                Ok(MemArg { align_log2, mem: MemIdx(0), offset: self.u64()? })
            }
            _ => self.mem_arg_slow(),
        }
    }

    #[inline(never)]
    fn mem_arg_slow(&mut self) -> Result<MemArg> {
        let start = self.offset();
        let flags = self.u32()?;
        let mem = match flags >> 6 {
            0 => MemIdx(0),
            1 => {
                self.require(Proposal::MultiMemory, "a memory index")?;
                MemIdx(self.u32()?)
            }
            _ => return Err(Error::malformed(format!("malformed memop flags {flags:#04x}")).at(start)),
        };
        Ok(MemArg { align_log2: (flags & 0x3F) as u8, mem, offset: self.u64()? })
    }

    /// Reads a block type.
    #[inline]
    pub fn block_type(&mut self) -> Result<BlockType> {
        let start = self.offset();
        match self.peek() {
            Some(0x40) => self.u8().map(|_| BlockType::Empty),
            // One byte that is negative as LEB128: the types' codes are chosen that way.
            Some(0x41..=0x7F) => self.val_type().map(BlockType::Value),
            _ => match u32::try_from(self.s33()?) {
                Ok(index) => Ok(BlockType::Func(TypeIdx(index))),
                Err(_) => {
                    Err(Error::malformed("malformed block type: neither a type nor its index").at(start))
                }
            },
        }
    }

    /// Reads the labels of `br_table`.
    pub fn br_table(&mut self) -> Result<BrTable<'a>> {
        let start = self.offset();
        let len = self.u32()?;
        if len as usize > self.remaining() {
            return Err(self.unexpected_end().at(start));
        }
        let targets = self.clone();
        for _ in 0..len {
            self.u32()?;
        }
        Ok(BrTable { targets, len, default: LabelIdx(self.u32()?) })
    }

    /// Reads the clauses of `try_table`.
    pub fn catches(&mut self) -> Result<Catches<'a>> {
        let left = self.u32()?;
        let reader = self.clone();
        for _ in 0..left {
            self.catch()?;
        }
        Ok(Catches { reader, left })
    }

    fn catch(&mut self) -> Result<Catch> {
        let start = self.offset();
        let kind = self.u8()?;
        let tag = match kind {
            0 | 1 => Some(TagIdx(self.u32()?)),
            2 | 3 => None,
            _ => return Err(Error::malformed(format!("malformed catch clause {kind:#04x}")).at(start)),
        };
        Ok(Catch { tag, is_ref: kind & 1 == 1, label: LabelIdx(self.u32()?) })
    }

    /// Reads the immediate of `br_on_cast` and `br_on_cast_fail`.
    pub fn cast_arg(&mut self) -> Result<CastArg> {
        let start = self.offset();
        let flags = self.u8()?;
        if flags > 3 {
            return Err(Error::malformed(format!("malformed br_on_cast flags {flags:#04x}")).at(start));
        }
        Ok(CastArg {
            label: LabelIdx(self.u32()?),
            from: RefType { nullable: flags & 1 != 0, heap: self.heap_type()? },
            to: RefType { nullable: flags & 2 != 0, heap: self.heap_type()? },
        })
    }

    /// Reads the type of a typed `select`, of which the format allows several and the specification one.
    pub fn select_type(&mut self) -> Result<ValType> {
        let start = self.offset();
        let len = self.u32()?;
        let mut types = (0..len).map(|_| self.val_type());
        let first = types.next().transpose()?;
        types.try_for_each(|ty| ty.map(drop))?;
        match (len, first) {
            (1, Some(ty)) => Ok(ty),
            _ => Err(Error::invalid(format!("invalid result arity: a select of {len} types")).at(start)),
        }
    }

    /// Reads a lane index, which must be less than `lanes`.
    #[inline]
    pub fn lane(&mut self, lanes: u8) -> Result<u8> {
        let start = self.offset();
        let lane = self.u8()?;
        if lane < lanes {
            Ok(lane)
        } else {
            Err(Error::invalid(format!("invalid lane index {lane}: there are {lanes}")).at(start))
        }
    }

    /// Reads the sixteen lane indices of `i8x16.shuffle`, each less than 32.
    pub fn shuffle(&mut self) -> Result<[u8; 16]> {
        let mut lanes = [0; 16];
        for lane in &mut lanes {
            *lane = self.lane(32)?;
        }
        Ok(lanes)
    }

    /// Reads the byte after `atomic.fence`.
    pub fn fence(&mut self) -> Result<()> {
        let start = self.offset();
        match self.u8()? {
            0 => Ok(()),
            byte => Err(Error::malformed(format!("zero byte expected, found {byte:#04x}")).at(start)),
        }
    }

    /// Reads the declarations at the start of a function body, as an iterator of `(count, type)`.
    pub fn local_decls(&mut self) -> Result<LocalDecls<'_, 'a>> {
        let left = self.u32()?;
        Ok(LocalDecls { reader: self, left })
    }

    /// Reads the immediates of `instr` and forgets them.
    pub fn skip_immediates(&mut self, instr: Instr) -> Result<()> {
        match instr.immediates() {
            Immediates::None => Ok(()),
            Immediates::BlockType => self.block_type().map(drop),
            Immediates::LabelTable => self.br_table().map(drop),
            Immediates::TryTable => {
                self.block_type()?;
                self.catches().map(drop)
            }
            Immediates::Label
            | Immediates::Func
            | Immediates::Type
            | Immediates::Tag
            | Immediates::Local
            | Immediates::Global
            | Immediates::Table
            | Immediates::Elem
            | Immediates::Memory
            | Immediates::Data => self.u32().map(drop),
            Immediates::TypeTable
            | Immediates::TableTable
            | Immediates::ElemTable
            | Immediates::MemoryMemory
            | Immediates::DataMemory
            | Immediates::TypeField
            | Immediates::TypeLength
            | Immediates::TypeData
            | Immediates::TypeElem
            | Immediates::TypeType => {
                self.u32()?;
                self.u32().map(drop)
            }
            Immediates::MemArg(_) | Immediates::AtomicArg(_) => self.mem_arg().map(drop),
            Immediates::MemArgLane(_, lanes) => {
                self.mem_arg()?;
                self.lane(lanes).map(drop)
            }
            Immediates::Fence => self.fence(),
            Immediates::Lane(lanes) => self.lane(lanes).map(drop),
            Immediates::Shuffle => self.shuffle().map(drop),
            Immediates::I32 => self.s32().map(drop),
            Immediates::I64 => self.s64().map(drop),
            Immediates::F32 => self.f32_bits().map(drop),
            Immediates::F64 => self.f64_bits().map(drop),
            Immediates::V128 => self.v128_bits().map(drop),
            Immediates::SelectType => self.select_type().map(drop),
            Immediates::HeapType => self.heap_type().map(drop),
            Immediates::Cast => self.cast_arg().map(drop),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::vec::Vec;

    fn reader(bytes: &[u8]) -> Reader<'_> {
        Reader::new(bytes, 0..bytes.len())
    }

    #[test]
    fn br_table_yields_its_labels_and_leaves_the_reader_behind_them() {
        let bytes = [2, 5, 0x80, 0x01, 7, 0x0B];
        let mut reader = reader(&bytes);
        let table = reader.br_table().expect("well-formed");
        assert_eq!(table.targets().collect::<Vec<_>>(), [LabelIdx(5), LabelIdx(128)]);
        assert_eq!((table.len(), table.default()), (2, LabelIdx(7)));
        assert_eq!(reader.instr(), Ok(Instr::End));
    }

    #[test]
    fn a_br_table_longer_than_the_body_is_malformed_at_once() {
        assert!(reader(&[0xFF, 0xFF, 0xFF, 0xFF, 0x0F, 0]).br_table().is_err());
    }

    #[test]
    fn mem_arg_takes_a_memory_where_the_flag_says_so() {
        assert_eq!(reader(&[2, 8]).mem_arg(), Ok(MemArg { align_log2: 2, mem: MemIdx(0), offset: 8 }));
        assert_eq!(reader(&[0x43, 1, 8]).mem_arg(), Ok(MemArg { align_log2: 3, mem: MemIdx(1), offset: 8 }));
        assert!(reader(&[0x80, 0x01, 8]).mem_arg().is_err());
    }

    #[test]
    fn catches_yield_tag_reference_and_label() {
        let bytes = [2, 1, 9, 3, 2, 0];
        let catches: Vec<_> = reader(&bytes).catches().expect("well-formed").collect();
        assert_eq!(
            catches,
            [
                Catch { tag: Some(TagIdx(9)), is_ref: true, label: LabelIdx(3) },
                Catch { tag: None, is_ref: false, label: LabelIdx(0) },
            ]
        );
    }

    #[test]
    fn local_declarations_come_in_runs() {
        let bytes = [2, 3, 0x7F, 1, 0x7C, 0x0B];
        let mut reader = reader(&bytes);
        let decls: Result<Vec<_>> = reader.local_decls().expect("well-formed").collect();
        assert_eq!(decls, Ok(alloc::vec![(3, ValType::I32), (1, ValType::F64)]));
        assert_eq!(reader.instr(), Ok(Instr::End));
    }
}

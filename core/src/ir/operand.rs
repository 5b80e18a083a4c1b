//! Operands: what an op reads and writes, in which class, and where in its words that stands.
//!
//! Invariant: [`Classes::digit`] and [`Classes::class`] are inverse to each other; the numbers of ops are made of digits.

/// Where an operand is.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Hash)]
#[repr(u8)]
pub enum Class {
    /// A cell of the frame, by number.
    Slot,
    /// The accumulator of the operand's type. A destination in a slot is written to the accumulator as well.
    Acc,
    /// Of integers, the pinned local. A destination in it is written to its slot as well; the accumulator is left alone.
    /// Of vectors, the kept one: what the vector accumulator held, or what was copied, when a loop last counted. It is a
    /// source only, and its field names a slot with the same value.
    Pin,
    /// The operand's field, or an extension word, holds the value.
    Imm,
}

/// Register class and width of an operand.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Hash)]
#[repr(u8)]
pub enum Ty {
    /// 32 bits, zero-extended in a cell; integer accumulator.
    I32,
    /// 64 bits, or the raw cell of anything but a vector; integer accumulator.
    I64,
    /// Zero-extended in a cell; `f32` accumulator.
    F32,
    /// `f64` accumulator.
    F64,
    /// Two cells; vector accumulator.
    V128,
    /// No result.
    None,
}

impl Ty {
    /// Whether it lives in the integer accumulator, and may be pinned.
    pub const fn is_int(self) -> bool {
        matches!(self, Self::I32 | Self::I64)
    }
}

/// A set of classes.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Classes(u8);

impl Classes {
    pub(super) const SLOT: Self = Self(1);
    pub(super) const NONE: Self = Self(0);
    pub(super) const SA: Self = Self(0b0011);
    pub(super) const SAP: Self = Self(0b0111);
    pub(super) const SAPI: Self = Self(0b1111);
    pub(super) const SAI: Self = Self(0b1011);
    pub(super) const SP: Self = Self(0b0101);
    pub(super) const SPI: Self = Self(0b1101);
    pub(super) const SI: Self = Self(0b1001);

    /// All that a source of type `ty` may have.
    pub(super) const fn source(ty: Ty, immediate: bool) -> Self {
        match (ty.is_int(), immediate) {
            (true, true) => Self::SAPI,
            (true, false) => Self::SAP,
            (false, true) => Self::SAI,
            (false, false) => Self::SA,
        }
    }

    /// How many classes are in it.
    pub const fn len(self) -> u16 {
        self.0.count_ones() as u16
    }

    /// Whether no class is in it.
    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// Whether `class` is in it.
    pub const fn has(self, class: Class) -> bool {
        self.0 & (1 << class as u8) != 0
    }

    /// The digit of `class` in the number of a variant. A source counts slot, accumulator, pin, immediate; a
    /// destination accumulator, slot, pin.
    pub const fn digit(self, class: Class, is_dst: bool) -> u16 {
        let below = (self.0 & ((1 << class as u8) - 1)).count_ones() as u16;
        match class {
            Class::Slot if is_dst && self.has(Class::Acc) => 1,
            Class::Acc if is_dst => 0,
            _ => below,
        }
    }

    /// The class with this digit.
    pub const fn class(self, digit: u16, is_dst: bool) -> Class {
        const ALL: [Class; 4] = [Class::Slot, Class::Acc, Class::Pin, Class::Imm];
        let mut i = 0;
        while i < 4 {
            if self.has(ALL[i]) && self.digit(ALL[i], is_dst) == digit {
                return ALL[i];
            }
            i += 1;
        }
        Class::Slot
    }
}

/// Where in an op's words something is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(u8)]
pub enum Field {
    /// Bits 0 to 15 of word 1.
    D,
    /// Bits 16 to 31 of word 1.
    A,
    /// Bits 32 to 63 of word 1; a slot number only takes the lower half.
    B,
    /// Bits 32 to 47 of word 1.
    B16,
    /// Bits 48 to 63 of word 1.
    C16,
    /// Word 1, whole.
    W1,
    /// Word 2, whole.
    W2,
    /// The lower half of word 2.
    W2Lo,
    /// The upper half of word 2.
    W2Hi,
    /// Word 3, whole.
    W3,
}

/// Names a number among the operands.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(u8)]
pub enum Name {
    /// Where the frame of a callee begins.
    Frame,
    /// Where a record of a call is, from the frame it belongs to on.
    Record,
    /// The slot of the pinned local.
    Pin,
    /// Where the record is that a callee expects.
    CalleeRecord,
    /// A constant.
    Constant,
    /// An offset into a memory or an object.
    Offset,
    /// The same, of an access whose address is a sum: signed, 32 bits.
    Sum,
    /// What is added: signed, 16 bits.
    Step,
    /// What bits are left of something: see [`short_mask`](crate::num::short_mask).
    Mask,
    /// Position of a relation among [all](crate::num::counting::Relation::ALL).
    Relation,
    /// Index of a memory.
    Memory,
    /// Index of a global.
    Global,
    /// Index of a table.
    Table,
    /// Index of a function.
    Func,
    /// Index or identity of a type.
    Type,
    /// Index of a tag.
    Tag,
    /// A number of cells.
    Cells,
    /// The first of several adjacent cells.
    First,
    /// Number of a lane.
    Lane,
    /// By how many bits lanes are rotated.
    Count,
    /// The lanes of a shuffle, lower half.
    Lanes,
    /// The lanes of a shuffle, upper half.
    LanesHigh,
    /// Whether null passes a test.
    Null,
    /// Number of elements.
    Len,
    /// Index of a data segment.
    Data,
    /// Index of an element segment.
    Elem,
    /// Index of the memory or table that is written.
    To,
    /// Index of the memory or table that is read.
    From,
    /// Units of fuel.
    Cost,
}

impl Name {
    /// As it is in disassembly.
    pub const fn text(self) -> &'static str {
        match self {
            Self::Frame => "frame",
            Self::Record => "record",
            Self::Pin => "pin",
            Self::CalleeRecord => "callee_record",
            Self::Constant => "#",
            Self::Offset => "+",
            Self::Sum => "+=",
            Self::Step => "step",
            Self::Mask => "&",
            Self::Relation => "while",
            Self::Memory => "mem",
            Self::Global => "global",
            Self::Table => "table",
            Self::Func => "func",
            Self::Type => "type",
            Self::Tag => "tag",
            Self::Cells => "cells",
            Self::First => "first",
            Self::Lane => "lane",
            Self::Count => "count",
            Self::Lanes => "lanes",
            Self::LanesHigh => "",
            Self::Null => "null",
            Self::Len => "len",
            Self::Data => "data",
            Self::Elem => "elem",
            Self::To => "to",
            Self::From => "from",
            Self::Cost => "cost",
        }
    }
}

/// What an operand is for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Role {
    /// Read.
    Src,
    /// Written.
    Dst,
    /// Read and written.
    Update,
    /// First of several adjacent cells that are read.
    SrcCells(u8),
    /// First of several adjacent cells that are written.
    DstCells(u8),
    /// A code position to continue at.
    Target,
    /// Targets from word 2 on; the field is their number.
    Targets,
    /// A number with a name: an index, an offset, a lane.
    Num(Name),
}

/// One operand of a shape.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Operand {
    /// What it is for.
    pub role: Role,
    /// Its type.
    pub ty: Ty,
    /// The classes it may have.
    pub classes: Classes,
    /// Where it is. Immediates: 16-bit fields and [`Field::B`] hold sign-extended values; a float's constant is in
    /// [`FamilyInfo::float_imm`](super::FamilyInfo::float_imm) instead.
    pub field: Field,
}

pub(super) const fn src(ty: Ty, field: Field) -> Operand {
    Operand { role: Role::Src, ty, classes: Classes::source(ty, false), field }
}
pub(super) const fn src_imm(ty: Ty, field: Field) -> Operand {
    Operand { role: Role::Src, ty, classes: Classes::source(ty, true), field }
}
/// A source that may be a constant if it is an integer.
pub(super) const fn src_int_imm(ty: Ty, field: Field) -> Operand {
    Operand { role: Role::Src, ty, classes: Classes::source(ty, ty.is_int()), field }
}
pub(super) const fn src_slot(ty: Ty, field: Field) -> Operand {
    Operand { role: Role::Src, ty, classes: Classes::SLOT, field }
}
pub(super) const fn dst(ty: Ty) -> Operand {
    Operand { role: Role::Dst, ty, classes: Classes::source(ty, false), field: Field::D }
}
pub(super) const fn plain(role: Role, field: Field) -> Operand {
    Operand { role, ty: Ty::I64, classes: Classes::NONE, field }
}
/// The target of a branch that may close a loop. As a slot it is read from its field; as an accumulator it is expected in
/// the loop register, and read from its field only if it is not there.
pub(super) const fn target(field: Field) -> Operand {
    Operand { classes: Classes::SA, ..plain(Role::Target, field) }
}
pub(super) const fn num(name: Name, field: Field) -> Operand {
    plain(Role::Num(name), field)
}

impl Role {
    /// Which it is, and the number or name that comes with it.
    #[cfg(any(test, not(feature = "fusion")))]
    const fn bits(self) -> (u8, u8) {
        match self {
            Self::Src => (0, 0),
            Self::Dst => (1, 0),
            Self::Update => (2, 0),
            Self::SrcCells(count) => (3, count),
            Self::DstCells(count) => (4, count),
            Self::Target => (5, 0),
            Self::Targets => (6, 0),
            Self::Num(name) => (7, name as u8),
        }
    }
}

impl Operand {
    /// Whether it is the same as `other`.
    #[cfg(any(test, not(feature = "fusion")))]
    pub(super) const fn is(&self, other: &Self) -> bool {
        let ((role, with), (other_role, other_with)) = (self.role.bits(), other.role.bits());
        role == other_role
            && with == other_with
            && self.ty as u8 == other.ty as u8
            && self.classes.0 == other.classes.0
            && self.field as u8 == other.field as u8
    }
}

/// Operands of a family: at most six.
#[derive(Clone, Copy, Debug)]
pub struct Operands {
    pub(super) all: [Operand; 6],
    pub(super) len: u8,
}

impl Operands {
    pub(super) const fn of<const N: usize>(list: [Operand; N]) -> Self {
        let mut all = [plain(Role::Target, Field::W1); 6];
        let mut i = 0;
        while i < N {
            all[i] = list[i];
            i += 1;
        }
        Self { all, len: N as u8 }
    }

    /// The operands in order, the destination last.
    #[inline]
    pub const fn as_slice(&self) -> &[Operand] {
        self.all.split_at(self.len as usize).0
    }

    pub(super) const fn variants(&self) -> u16 {
        let mut product = 1;
        let mut i = 0;
        while i < self.len as usize {
            let n = self.all[i].classes.len();
            if n > 1 {
                product *= n;
            }
            i += 1;
        }
        product
    }
}

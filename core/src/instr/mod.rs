//! WebAssembly's instructions: their names, bytes, immediates and stack effects, all from one table.
//!
//! [`Instr`] is an instruction without its immediates, which
//! [`Reader`](crate::module::Reader) reads one by one: `reader.instr()`, then what
//! [`Instr::immediates`] promises. Whoever does not care about them calls
//! [`Reader::skip_immediates`](crate::module::Reader::skip_immediates).
//!
//! Invariant: nothing about a single instruction is written down anywhere but in [`for_each_instr!`](crate::for_each_instr)
//! and, for the `special` ones, in the validator and the translator.

mod decode;
#[cfg(any(test, not(feature = "fusion")))]
mod distinct;
mod table;

pub(crate) use decode::{ONE_BYTE, prefixed};

use crate::features::Proposal;

/// What follows an instruction's opcode, in that order.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Immediates {
    /// Nothing.
    None,
    /// A block type.
    BlockType,
    /// A label.
    Label,
    /// The labels of `br_table`.
    LabelTable,
    /// The clauses of `try_table`, after its block type.
    TryTable,
    /// A function.
    Func,
    /// A type.
    Type,
    /// A type and a table: those of `call_indirect`.
    TypeTable,
    /// A tag.
    Tag,
    /// A local.
    Local,
    /// A global.
    Global,
    /// A table.
    Table,
    /// Two tables: destination and source.
    TableTable,
    /// An element segment and a table.
    ElemTable,
    /// An element segment.
    Elem,
    /// A memory.
    Memory,
    /// Two memories: destination and source.
    MemoryMemory,
    /// A data segment and a memory.
    DataMemory,
    /// A data segment.
    Data,
    /// Alignment, memory and offset of an access. The number is the base-two logarithm of the access's size.
    MemArg(u8),
    /// The same for an atomic access, whose alignment must be exactly that of the access.
    AtomicArg(u8),
    /// The same and a lane index that is less than the second number.
    MemArgLane(u8, u8),
    /// A byte that must be zero.
    Fence,
    /// A lane index that is less than the number.
    Lane(u8),
    /// The sixteen lane indices of `i8x16.shuffle`.
    Shuffle,
    /// An `i32` constant.
    I32,
    /// An `i64` constant.
    I64,
    /// An `f32` constant.
    F32,
    /// An `f64` constant.
    F64,
    /// A `v128` constant.
    V128,
    /// The type of a typed `select`.
    SelectType,
    /// A heap type.
    HeapType,
    /// A type and a field.
    TypeField,
    /// A type and a number of elements.
    TypeLength,
    /// A type and a data segment.
    TypeData,
    /// A type and an element segment.
    TypeElem,
    /// Two types: destination and source.
    TypeType,
    /// A label and two reference types: those of `br_on_cast`.
    Cast,
}

/// The type of an operand or result of a plain instruction.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
#[repr(u8)]
pub enum OperandType {
    /// `i32`
    I32 = 1,
    /// `i64`
    I64,
    /// `f32`
    F32,
    /// `f64`
    F64,
    /// `v128`
    V128,
    /// The index type of the memory that the immediates name.
    Addr,
}

/// The stack effect of a plain instruction.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Signature {
    params: [OperandType; 4],
    results: [OperandType; 2],
    param_count: u8,
    result_count: u8,
}

impl Signature {
    /// The operands, the deepest first.
    #[inline]
    pub const fn params(&self) -> &[OperandType] {
        self.params.split_at(self.param_count as usize).0
    }

    /// The results, the deepest first.
    #[inline]
    pub const fn results(&self) -> &[OperandType] {
        self.results.split_at(self.result_count as usize).0
    }

    /// The operand and the result of a signature with one of each.
    #[inline]
    pub(crate) const fn unary(&self) -> (OperandType, OperandType) {
        (self.params[0], self.results[0])
    }

    /// The two operands of a signature with that many, and its result if it has one.
    #[inline]
    pub(crate) const fn binary(&self) -> (OperandType, OperandType, OperandType) {
        (self.params[0], self.params[1], self.results[0])
    }

    const fn new(params: &[OperandType], results: &[OperandType]) -> Self {
        let mut this = Self {
            params: [OperandType::I32; 4],
            results: [OperandType::I32; 2],
            param_count: params.len() as u8,
            result_count: results.len() as u8,
        };
        let mut i = 0;
        while i < params.len() {
            this.params[i] = params[i];
            i += 1;
        }
        i = 0;
        while i < results.len() {
            this.results[i] = results[i];
            i += 1;
        }
        this
    }
}

/// How the stack effect is best checked: the validator has a short path for the frequent shapes.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Shape {
    /// Depends on more than the row.
    Special,
    /// The same, and it is about a local.
    Local,
    /// One operand, one result, no immediates.
    Unary,
    /// Two operands, one result, no immediates.
    Binary,
    /// An address for a value.
    Load,
    /// An address and a value for nothing.
    Store,
    /// An `i32` constant.
    I32Const,
    /// Any other signature.
    Plain,
}

/// The columns of the table that decoding and validation need, close together.
#[derive(Clone, Copy)]
#[cfg_attr(test, derive(PartialEq, Debug))]
pub(crate) struct Row {
    pub(crate) signature: Option<Signature>,
    pub(crate) immediates: Immediates,
    pub(crate) proposal: Proposal,
    pub(crate) shape: Shape,
}

const _: () = assert!(size_of::<Row>() <= 16);

/// The other columns.
struct Text {
    name: &'static str,
    opcode: &'static [u16],
}

const fn shape(signature: Option<Signature>, immediates: Immediates) -> Shape {
    let Some(signature) = signature else {
        return if matches!(immediates, Immediates::Local) { Shape::Local } else { Shape::Special };
    };
    match (signature.params().len(), signature.results().len(), immediates) {
        (1, 1, Immediates::None) => Shape::Unary,
        (2, 1, Immediates::None) => Shape::Binary,
        (1, 1, Immediates::MemArg(_)) => Shape::Load,
        (2, 0, Immediates::MemArg(_)) => Shape::Store,
        (0, 1, Immediates::I32) => Shape::I32Const,
        _ => Shape::Plain,
    }
}

macro_rules! operand_type {
    (i32) => {
        OperandType::I32
    };
    (i64) => {
        OperandType::I64
    };
    (f32) => {
        OperandType::F32
    };
    (f64) => {
        OperandType::F64
    };
    (v128) => {
        OperandType::V128
    };
    (addr) => {
        OperandType::Addr
    };
}

macro_rules! signature {
    (special) => {
        Option::None
    };
    ([$($param:ident)* -> $($result:ident)*]) => {
        Some(Signature::new(&[$(operand_type!($param)),*], &[$(operand_type!($result)),*]))
    };
}

macro_rules! define_instr {
    ($($name:ident $text:literal [$($byte:literal)+], $immediates:expr, $signature:tt, $proposal:ident;)*) => {
        /// A WebAssembly instruction without its immediates.
        #[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
        #[repr(u16)]
        pub enum Instr {
            $(#[doc = concat!("`", $text, "`")] $name,)*
        }

        impl Instr {
            /// All instructions, in the order of the table.
            pub const ALL: &[Self] = &[$(Self::$name,)*];
        }

        /// The table, indexed by `Instr as usize`. Builds without fusion have [`distinct`] instead.
        static ROWS: [Row; Instr::ALL.len()] = {
            use Immediates::*;
            [$(Row {
                signature: signature!($signature),
                immediates: $immediates,
                proposal: Proposal::$proposal,
                shape: shape(signature!($signature), $immediates),
            },)*]
        };

        /// What makes out a row.
        #[cfg(any(test, not(feature = "fusion")))]
        const KEYS: [[&str; 3]; Instr::ALL.len()] =
            [$([stringify!($signature), stringify!($immediates), stringify!($proposal)],)*];

        static TEXTS: [Text; Instr::ALL.len()] = [$(Text { name: $text, opcode: &[$($byte),+] },)*];
    };
}

crate::for_each_instr!(define_instr);

impl Instr {
    /// Its name in the text format. `ref.test`, `ref.cast` and `select` name two instructions each, which differ
    /// in their immediates only.
    pub fn name(self) -> &'static str {
        TEXTS[self as usize].name
    }

    /// Whether it takes or makes floating-point numbers, in operands of fixed types.
    pub const fn is_float(self) -> bool {
        const fn any(types: &[OperandType]) -> bool {
            let mut i = 0;
            while i < types.len() {
                if matches!(types[i], OperandType::F32 | OperandType::F64) {
                    return true;
                }
                i += 1;
            }
            false
        }
        match &self.row().signature {
            Some(signature) => any(signature.params()) || any(signature.results()),
            None => false,
        }
    }

    /// Its opcode: one byte, or a prefix byte and the number that follows it in LEB128.
    pub const fn opcode(self) -> &'static [u16] {
        TEXTS[self as usize].opcode
    }

    /// What follows the opcode.
    #[inline]
    pub fn immediates(self) -> Immediates {
        self.row().immediates
    }

    /// Its stack effect, unless that depends on more than the memory it names.
    #[inline]
    pub fn signature(self) -> Option<&'static Signature> {
        self.row().signature.as_ref()
    }

    /// The proposal that introduced it.
    #[inline]
    pub fn proposal(self) -> Proposal {
        self.row().proposal
    }

    /// Its row.
    #[cfg(feature = "fusion")]
    #[inline]
    pub(crate) const fn row(self) -> &'static Row {
        &ROWS[self as usize]
    }

    /// Its row, or one like it.
    #[cfg(not(feature = "fusion"))]
    #[inline]
    pub(crate) const fn row(self) -> &'static Row {
        distinct::row(self)
    }
}

impl core::fmt::Display for Instr {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str(self.name())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::collections::BTreeSet;

    #[test]
    fn opcodes_are_unique() {
        let mut seen = BTreeSet::new();
        for instr in Instr::ALL {
            assert!(seen.insert(instr.opcode()), "{instr} shares its opcode");
        }
    }

    #[test]
    fn only_instructions_with_typed_variants_share_their_name() {
        let mut seen = BTreeSet::new();
        for instr in Instr::ALL {
            let twice = matches!(instr, Instr::SelectT | Instr::RefTestNull | Instr::RefCastNull);
            assert_eq!(seen.insert(instr.name()), !twice, "{instr}");
        }
    }

    #[test]
    fn address_operands_come_with_a_memory() {
        for instr in Instr::ALL {
            let Some(signature) = instr.signature() else { continue };
            let addr =
                signature.params().iter().chain(signature.results()).any(|ty| *ty == OperandType::Addr);
            let memory = matches!(
                instr.immediates(),
                Immediates::Memory
                    | Immediates::DataMemory
                    | Immediates::MemArg(_)
                    | Immediates::AtomicArg(_)
                    | Immediates::MemArgLane(..)
            );
            assert_eq!(addr, memory, "{instr}");
        }
    }
}

//! Compact code: what is executed in place, and stored in images.
//!
//! It has the words of the other forms, but
//!
//! - operands are slots, or a constant as the second operand: there are no accumulators, pins and loop registers, so there
//!   are 737 ops instead of 10,760;
//! - fused ops are missing but for compare and branch, and ops that differ in the type of a cell alone are one:
//!   `f32.load` is `i32.load`, `f32.reinterpret_i32` is `copy`;
//! - a target is counted from the op's own first word. So code can be anywhere, and holds no address.
//!
//! Word 0 of an op is its *compact number*, which is the same in every build of one version: features decide which ops are
//! executable, not how they are numbered.
//!
//! The translator's code becomes compact by [`compact`], if it was [told](crate::translate::Translator::slots_only) to use
//! nothing else.

use super::{Class, Family, FamilyInfo, Fields, Op, OpAt, Role, Shape, Ty};
use crate::error::Error;
use crate::ir::operand::Operand;
use alloc::vec::Vec;

/// The family that does the same to cells, as far as compact code is concerned: `None` if it has none.
pub const fn canonical(family: Family) -> Option<Family> {
    use Family as F;
    Some(match family {
        F::CopyF32 | F::CopyF64 => F::Copy,
        F::I32ReinterpretF32 | F::I64ReinterpretF64 | F::F32ReinterpretI32 | F::F64ReinterpretI64 => F::Copy,
        F::GlobalGetF32 | F::GlobalGetF64 => F::GlobalGet,
        F::GlobalSetF32 | F::GlobalSetF64 => F::GlobalSet,
        F::SelectF32 | F::SelectF64 => F::SelectI64,
        F::ReturnI32 | F::ReturnF32 | F::ReturnF64 => F::ReturnI64,
        F::F32Load => F::I32Load,
        F::F64Load => F::I64Load,
        F::F32LoadAny => F::I32LoadAny,
        F::F64LoadAny => F::I64LoadAny,
        F::F32LoadShared => F::I32LoadShared,
        F::F64LoadShared => F::I64LoadShared,
        F::StructGetF32 => F::StructGet32,
        F::StructGetF64 => F::StructGet64,
        F::ArrayGetF32 => F::ArrayGet32,
        F::ArrayGetF64 => F::ArrayGet64,
        F::ConstF32 => F::Const32,
        F::ConstF64 => F::Const64,
        F::ZeroCellsPin | F::PinLoad | F::MemoryCopyFilled => return None,
        _ => match family.shape() {
            Shape::BrFCmp
            | Shape::BrNotFCmp
            | Shape::FStore
            | Shape::Tern
            | Shape::FTern
            | Shape::BrTest
            | Shape::BrNotTest
            | Shape::AddBr
            | Shape::AddBr2
            | Shape::SumBr
            | Shape::AndBr
            | Shape::LoadBr
            | Shape::Load8Br
            | Shape::CopyBrIf
            | Shape::FillLoop
            | Shape::CopyLoop
            | Shape::LoadLoad
            | Shape::LoadX1
            | Shape::LoadX2
            | Shape::LoadX4
            | Shape::LoadX8
            | Shape::StoreX1
            | Shape::StoreX2
            | Shape::StoreX4
            | Shape::StoreX8
            | Shape::LoadSum
            | Shape::StoreSum
            | Shape::FStoreSum
            | Shape::Add2
            | Shape::AddShift
            | Shape::Ahead
            | Shape::AddShiftAhead
            | Shape::ComWide
            | Shape::GlobalStep
            | Shape::GlobalSetSum
            | Shape::Copy2
            | Shape::CopyJump
            | Shape::Copy2Jump
            | Shape::LoadStore
            | Shape::AddTo
            | Shape::LoadMulAdd
            | Shape::CopyLoad
            | Shape::SelectBits
            | Shape::VStoreSum
            | Shape::VStoreX1
            | Shape::VLoadSum
            | Shape::VLoadX1
            | Shape::VPair
            | Shape::VRotl
            | Shape::VXorRotl
            | Shape::VXorRotlBy
            | Shape::VXorPermute
            | Shape::VPattern
            | Shape::VPermute
            | Shape::VBrTest
            | Shape::VBrNotTest
            | Shape::VBrCmp
            | Shape::VBrNotCmp
            | Shape::VLoadBin
            | Shape::VLoadX1Bin
            | Shape::VLoadPair
            | Shape::VBinStore
            | Shape::VDot
            | Shape::CopyAddBr
            | Shape::VBrAddCmp
            | Shape::VBrNotAddCmp
            | Shape::VBitmaskPopcnt
            | Shape::Keep
            | Shape::VBitmaskBrEqz
            | Shape::VBitmaskBrNez
            | Shape::StructSetAcc
            | Shape::ArraySetAcc => return None,
            _ if family.own_record().is_some() => return None,
            _ => family,
        },
    })
}

/// Whether operand `i` of compact ops may be a constant.
const fn may_be_constant(i: usize, operand: &Operand) -> bool {
    i == 1 && matches!(operand.role, Role::Src) && operand.ty.is_int() && operand.classes.has(Class::Imm)
}

/// Number of the op of `info` whose operand 1 is a constant or not, all others slots.
const fn variant(info: &FamilyInfo, constant: bool) -> u16 {
    let operands = info.operands.as_slice();
    let mut variant = 0;
    let mut i = 0;
    while i < operands.len() {
        let operand = &operands[i];
        let n = operand.classes.len();
        if n > 1 {
            let class = if constant && i == 1 { Class::Imm } else { Class::Slot };
            variant = variant * n + operand.classes.digit(class, matches!(operand.role, Role::Dst));
        }
        i += 1;
    }
    info.first + variant
}

const fn takes_constant(info: &FamilyInfo) -> bool {
    let operands = info.operands.as_slice();
    operands.len() > 1 && may_be_constant(1, &operands[1])
}

const fn is_own(family: Family) -> bool {
    match canonical(family) {
        Some(own) => own as u16 == family as u16,
        None => false,
    }
}

/// Whether `family` has an operand that is a vector.
pub const fn uses_vectors(family: Family) -> bool {
    let info = family.info();
    let operands = info.operands.as_slice();
    let mut i = 0;
    while i < operands.len() {
        if matches!(operands[i].ty, Ty::V128) {
            return true;
        }
        i += 1;
    }
    matches!(family.out(), Ty::V128)
}

/// Whether `family` has an operand that is a floating-point number.
const fn uses_floats(family: Family) -> bool {
    let info = family.info();
    let operands = info.operands.as_slice();
    let mut i = 0;
    while i < operands.len() {
        if matches!(operands[i].ty, Ty::F32 | Ty::F64) {
            return true;
        }
        i += 1;
    }
    matches!(family.out(), Ty::F32 | Ty::F64)
}

/// Parts of the set of ops that cargo features leave out, a bit each.
pub mod parts {
    /// `gc`
    pub const GC: u32 = 1;
    /// `exceptions`
    pub const EXCEPTIONS: u32 = 2;
    /// `memory64`
    pub const MEMORY64: u32 = 4;
    /// `threads`
    pub const THREADS: u32 = 8;
    /// `simd`
    pub const SIMD: u32 = 16;
    /// `floats`
    pub const FLOATS: u32 = 32;
    /// `references`
    pub const REFERENCES: u32 = 64;
    /// `tail-calls`
    pub const TAIL_CALLS: u32 = 128;

    const fn part(is_built_in: bool, part: u32) -> u32 {
        if is_built_in { part } else { 0 }
    }

    /// Those that this build executes.
    pub const BUILT_IN: u32 = part(cfg!(feature = "gc"), GC)
        | part(cfg!(feature = "exceptions"), EXCEPTIONS)
        | part(cfg!(feature = "memory64"), MEMORY64)
        | part(cfg!(feature = "threads"), THREADS)
        | part(cfg!(feature = "simd"), SIMD)
        | part(cfg!(feature = "floats"), FLOATS)
        | part(cfg!(feature = "references"), REFERENCES)
        | part(cfg!(feature = "tail-calls"), TAIL_CALLS);
}

/// Which [`parts`] an op of `family` needs.
pub const fn needs(family: Family) -> u32 {
    let mut parts = needs_by_shape(family);
    if uses_vectors(family) {
        parts |= parts::SIMD;
    }
    if uses_floats(family) {
        parts |= parts::FLOATS;
    }
    parts
}

const fn needs_by_shape(family: Family) -> u32 {
    use Family as F;
    match family.shape() {
        Shape::StructGet
        | Shape::StructSet
        | Shape::ArrayGet
        | Shape::ArraySet
        | Shape::ArrayLen
        | Shape::RefTest
        | Shape::RefCast
        | Shape::BrOnCast
        | Shape::BrOnCastFail
        | Shape::New
        | Shape::ArrayBulk => parts::GC,
        Shape::Throw | Shape::ThrowRef => parts::EXCEPTIONS,
        Shape::TableGet
        | Shape::TableSet
        | Shape::TableSize
        | Shape::RefFunc
        | Shape::RefAsNonNull
        | Shape::CallRef => parts::REFERENCES,
        Shape::ReturnCall | Shape::ReturnCallImport | Shape::ReturnCallIndirect => parts::TAIL_CALLS,
        Shape::ReturnCallRef => parts::REFERENCES | parts::TAIL_CALLS,
        Shape::LoadAny | Shape::StoreAny | Shape::Wide2 | Shape::Wide4 => parts::MEMORY64,
        Shape::LoadShared
        | Shape::StoreShared
        | Shape::MemorySizeShared
        | Shape::AtomicLoad
        | Shape::AtomicStore
        | Shape::AtomicAdd
        | Shape::AtomicSub
        | Shape::AtomicAnd
        | Shape::AtomicOr
        | Shape::AtomicXor
        | Shape::AtomicXchg
        | Shape::AtomicCmpxchg
        | Shape::AtomicFence => parts::THREADS,
        _ => match family {
            F::RefI31 | F::I31GetS | F::I31GetU => parts::GC,
            F::TableGrow | F::TableFill | F::TableCopy | F::TableInit | F::ElemDrop => parts::REFERENCES,
            F::MemoryGrowShared
            | F::MemoryFillShared
            | F::MemoryCopyShared
            | F::MemoryInitShared
            | F::MemoryAtomicNotify
            | F::MemoryAtomicWait32
            | F::MemoryAtomicWait64 => parts::THREADS,
            _ => 0,
        },
    }
}

/// Whether this build executes `family`.
pub const fn is_executable(family: Family) -> bool {
    needs(family) & !parts::BUILT_IN == 0
}

/// Number of compact ops.
pub const COMPACT_OPS: usize = {
    let (mut count, mut i) = (0, 0);
    while i < Family::ALL.len() {
        let family = Family::ALL[i];
        if is_own(family) {
            count += 1 + takes_constant(&family.info()) as usize;
        }
        i += 1;
    }
    count
};

/// What is known of each compact op when the tables are made.
#[derive(Clone, Copy)]
struct Entry {
    family: Family,
    number: u16,
}

/// Which of the [groups](GROUPS) the ops of `family` are in.
const fn group(family: Family) -> usize {
    match needs(family) {
        0 => 0,
        parts::FLOATS => 1,
        parts::REFERENCES => 2,
        parts::TAIL_CALLS => 3,
        parts::MEMORY64 => 4,
        parts::EXCEPTIONS => 5,
        parts if parts & parts::SIMD != 0 => 8,
        parts if parts & parts::GC != 0 => 7,
        _ => 6,
    }
}

/// Number of groups.
const GROUP_COUNT: usize = 9;

/// The ops in the order of their compact numbers: group by group, so that the ops of a small build have small numbers and the
/// table of its `match` is short; and where each group begins.
const ORDERED: ([Entry; COMPACT_OPS], [u16; GROUP_COUNT + 1]) = {
    let mut entries = [Entry { family: Family::ALL[0], number: 0 }; COMPACT_OPS];
    let mut groups = [0; GROUP_COUNT + 1];
    let (mut count, mut at) = (0, 0);
    while at < GROUP_COUNT {
        groups[at] = count as u16;
        let mut i = 0;
        while i < Family::ALL.len() {
            let family = Family::ALL[i];
            i += 1;
            if is_own(family) && group(family) == at {
                let info = &family.info();
                entries[count] = Entry { family, number: variant(info, false) };
                count += 1;
                if takes_constant(info) {
                    entries[count] = Entry { family, number: variant(info, true) };
                    count += 1;
                }
            }
        }
        at += 1;
    }
    groups[GROUP_COUNT] = count as u16;
    (entries, groups)
};

const ENTRIES: [Entry; COMPACT_OPS] = ORDERED.0;

/// The first compact number of each group, and the number of all.
static GROUPS: [u16; GROUP_COUNT + 1] = ORDERED.1;

/// The number of the op that each compact number stands for: ascending within each group.
pub static NUMBERS: [u16; COMPACT_OPS] = {
    let mut numbers = [0; COMPACT_OPS];
    let mut i = 0;
    while i < COMPACT_OPS {
        numbers[i] = ENTRIES[i].number;
        i += 1;
    }
    numbers
};

/// Which compact ops this build executes, a bit for each.
static EXECUTABLE: [u32; COMPACT_OPS.div_ceil(32)] = {
    let mut bits = [0; COMPACT_OPS.div_ceil(32)];
    let mut i = 0;
    while i < COMPACT_OPS {
        bits[i / 32] |= (is_executable(ENTRIES[i].family) as u32) << (i % 32);
        i += 1;
    }
    bits
};

/// Words of each compact op, without the targets of a `br_table`.
static WORDS: [u8; COMPACT_OPS] = {
    let mut words = [0; COMPACT_OPS];
    let mut i = 0;
    while i < COMPACT_OPS {
        words[i] = ENTRIES[i].family.info().words;
        i += 1;
    }
    words
};

/// The number that no op has.
pub const NONE: u16 = u16::MAX;

/// The compact ops of a family.
#[derive(Clone, Copy, Debug)]
pub struct Numbers {
    /// The number of that whose operands are slots, or [`NONE`].
    pub slot: u16,
    /// Which of the family's variants it is.
    pub slot_variant: u16,
    /// The number of that with a constant, or [`NONE`].
    pub constant: u16,
    /// Which of the family's variants it is.
    pub constant_variant: u16,
}

impl Numbers {
    /// Those of `family`, if this build executes it.
    pub const fn of(family: Family) -> Self {
        let info = &family.info();
        let mut numbers = Self { slot: NONE, slot_variant: 0, constant: NONE, constant_variant: 0 };
        if is_own(family) && is_executable(family) {
            numbers.slot = number_of(family);
            numbers.slot_variant = variant(info, false) - info.first;
            if takes_constant(info) {
                numbers.constant = numbers.slot + 1;
                numbers.constant_variant = variant(info, true) - info.first;
            }
        }
        numbers
    }
}

/// The compact number of the first op of `family`.
///
/// # Panics
/// When compact code does not have it.
pub const fn number_of(family: Family) -> u16 {
    let number = variant(&family.info(), false);
    let mut at = 0;
    while NUMBERS[at] != number {
        at += 1;
    }
    at as u16
}

/// Ops that are other ones in compact code: their number with slots as operands, and the compact number; ascending.
static ALIASES: [(u16, u16); ALIAS_COUNT] = {
    let mut aliases = [(0, 0); ALIAS_COUNT];
    let (mut count, mut i) = (0, 0);
    while i < Family::ALL.len() {
        let family = Family::ALL[i];
        i += 1;
        if let Some(own) = canonical(family)
            && own as u16 != family as u16
        {
            aliases[count] = (variant(&family.info(), false), number_of(own));
            count += 1;
        }
    }
    aliases
};

const ALIAS_COUNT: usize = {
    let (mut count, mut i) = (0, 0);
    while i < Family::ALL.len() {
        count += (canonical(Family::ALL[i]).is_some() && !is_own(Family::ALL[i])) as usize;
        i += 1;
    }
    count
};

/// The first op of `code`, of which `op` makes out what it is and its compact number.
fn first<'c>(code: &'c [u64], op: impl Fn(u64) -> Option<(Op, u16)>) -> Option<(OpAt<'c>, u16)> {
    let (op, number) = op(*code.first()?)?;
    let targets = match op.family() {
        Family::BrTable => Fields(*code.get(1)?).b() as usize,
        _ => 0,
    };
    let words = code.get(..usize::from(WORDS[usize::from(number)]).checked_add(targets)?)?;
    Some((OpAt { at: 0, op, words }, number))
}

impl Op {
    /// The op with this compact number, if this build executes it.
    #[inline]
    pub fn from_compact(number: u64) -> Option<Self> {
        let number = usize::try_from(number).ok()?;
        let own = *NUMBERS.get(number)?;
        (EXECUTABLE[number / 32] >> (number % 32) & 1 != 0).then_some(Self(own))
    }

    /// Its compact number: that of the op with slots in place of destinations in an accumulator; `None` if it has other
    /// operands that compact code does not have.
    pub fn to_compact(self) -> Option<u16> {
        let slots = |number: u16| match compact_number(number) {
            Some(at) => Some(at),
            None => ALIASES.binary_search_by_key(&number, |alias| alias.0).ok().map(|at| ALIASES[at].1),
        };
        // A destination turns from the accumulator to a slot by adding one.
        slots(self.0).or_else(|| {
            let next = Self(self.0 + 1);
            if usize::from(next.0) < super::OPS && next.family() == self.family() && self.family().has_dst() {
                slots(next.0)
            } else {
                None
            }
        })
    }
}

/// The compact number of op `number`, if it is an op of compact code.
fn compact_number(number: u16) -> Option<u16> {
    GROUPS.windows(2).find_map(|group| {
        let (start, end) = (group[0], group[1]);
        let at = NUMBERS[usize::from(start)..usize::from(end)].binary_search(&number).ok()?;
        Some(start + at as u16)
    })
}

/// Makes `code`, as the translator gives it, compact.
///
/// # Errors
/// The number of the word at which there is an op that compact code does not have.
pub fn compact(code: &mut [u64]) -> Result<(), usize> {
    each_op(code, |at, number, words, targets| {
        for target in targets {
            words[target] = words[target].wrapping_sub(at as u64);
        }
        words[0] = number.into();
    })
}

/// The code of which [`compact`] made `code`, but for destinations that were in an accumulator and types of cells.
///
/// # Errors
/// When memory is short.
///
/// # Panics
/// When `code` is not compact code.
pub fn expand(code: &[u64]) -> Result<Vec<u64>, Error> {
    let mut expanded = Vec::new();
    expanded.try_reserve_exact(code.len())?;
    for op in CompactOps::new(code) {
        let op = op.expect("the code is compact");
        let (at, targets) = (op.at, op.targets());
        expanded.extend_from_slice(op.words);
        expanded[at] = op.op.number() as u64;
        for target in targets {
            expanded[at + target] = expanded[at + target].wrapping_add(at as u64);
        }
    }
    Ok(expanded)
}

/// As [`shift_targets`](super::shift_targets), for ops that compact code has.
pub(crate) fn shift_targets(code: &mut [u64], by: u64) {
    let shifted = each_op(code, |_, _, words, targets| targets.for_each(|target| words[target] += by));
    debug_assert_eq!(shifted, Ok(()), "operands are slots only");
}

/// Hands every op of `code`, as the translator gives it, to `change`: where it is, its compact number, its words and which
/// of them are targets.
fn each_op(
    code: &mut [u64],
    mut change: impl FnMut(usize, u16, &mut [u64], core::ops::Range<usize>),
) -> Result<(), usize> {
    let mut at = 0;
    while at < code.len() {
        let numbered = |number| {
            let op = Op::new(number)?;
            Some((op, op.to_compact()?))
        };
        let (op, number) = first(&code[at..], numbered).ok_or(at)?;
        let (targets, end) = (op.targets(), at + op.words.len());
        change(at, number, &mut code[at..end], targets);
        at = end;
    }
    Ok(())
}

/// Walks over the ops of compact code.
#[derive(Clone, Debug)]
pub struct CompactOps<'c> {
    code: &'c [u64],
    at: usize,
}

impl<'c> CompactOps<'c> {
    /// From the start of `code`.
    pub fn new(code: &'c [u64]) -> Self {
        Self { code, at: 0 }
    }
}

impl<'c> Iterator for CompactOps<'c> {
    /// An op, or the number of the word at which there is none.
    type Item = Result<OpAt<'c>, usize>;

    fn next(&mut self) -> Option<Self::Item> {
        let at = self.at;
        let rest = self.code.get(at..).filter(|rest| !rest.is_empty())?;
        match first(rest, |number| Some((Op::from_compact(number)?, number as u16))) {
            Some((op, _)) => {
                self.at += op.words.len();
                Some(Ok(OpAt { at, ..op }))
            }
            None => {
                self.at = self.code.len();
                Some(Err(at))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn compact_numbers_are_those_of_ops_with_slots_and_constants() {
        for group in GROUPS.windows(2) {
            assert!(NUMBERS[usize::from(group[0])..usize::from(group[1])].is_sorted());
        }
        for number in 0..COMPACT_OPS as u64 {
            let op = Op::from_compact(number).expect("there are so many");
            assert_eq!(op.to_compact().map(u64::from), Some(number), "{op:?}");
            for (operand, class) in op.family().info().operands.as_slice().iter().zip(op.classes()) {
                assert!(matches!(class, Class::Slot | Class::Imm), "{op:?}");
                assert!(class == Class::Slot || operand.ty.is_int(), "{op:?}");
            }
        }
        assert!(Op::from_compact(COMPACT_OPS as u64).is_none());
    }

    /// The compact number of `op` by the classes of its operands.
    fn by_classes(op: Op) -> Option<u16> {
        let mut constant = false;
        let operands = op.family().info().operands;
        for (i, (operand, class)) in operands.as_slice().iter().zip(op.classes()).enumerate() {
            match (operand.role, class) {
                (_, Class::Slot) | (Role::Dst, Class::Acc) => {}
                (_, Class::Imm) if may_be_constant(i, operand) => constant = true,
                _ => return None,
            }
        }
        let own = canonical(op.family())?;
        NUMBERS.iter().position(|&number| number == variant(&own.info(), constant)).map(|at| at as u16)
    }

    #[test]
    fn ops_that_fewer_builds_execute_have_larger_numbers() {
        let needs: Vec<u32> = ENTRIES.iter().map(|entry| needs(entry.family)).collect();
        let simple = needs.iter().position(|&parts| parts != 0).expect("not all are simple");
        assert!(simple > 200 && needs[simple..].iter().all(|&parts| parts != 0));
        let floats = needs.iter().rposition(|&parts| parts == parts::FLOATS).expect("there are some");
        assert!(needs[simple..=floats].iter().all(|&parts| parts == parts::FLOATS));
        assert!(needs.iter().position(|&parts| parts & parts::SIMD != 0) > Some(floats));
    }

    #[test]
    fn compact_numbers_follow_from_the_classes_of_operands() {
        for number in 0..crate::ir::OPS as u64 {
            let op = Op::new(number).expect("there are so many");
            assert_eq!(op.to_compact(), by_classes(op), "{op:?}");
        }
    }

    #[test]
    fn ops_that_stand_for_others_have_as_many_words() {
        for &family in Family::ALL {
            if let Some(own) = canonical(family) {
                assert!(is_own(own), "{family:?}");
                let words = |family: Family| family.words(variant(&family.info(), false) - family.first());
                assert_eq!(words(family), words(own), "{family:?}");
            }
        }
    }
}

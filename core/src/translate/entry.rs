//! Entries of the symbolic operand stack.
//!
//! Invariant: an entry is two words that are always written and read as a whole. Entries are taken from the stack just after
//! they were put there, and a processor cannot forward what was stored in pieces to a load of all of it.

use crate::ir::Ty;
use core::fmt;

/// Where the value of an entry is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Place {
    /// In its home.
    Home,
    /// In the slot of a local, which has not been written since.
    Local(u16),
    /// Nowhere: it is this constant, as raw bits.
    Const(u64),
    /// In the accumulator of its type, put there by the op at this word.
    Acc(u32),
}

/// An entry of the operand stack: where a value is, its type, its home, and whether a collector has to look at it.
#[derive(Clone, Copy)]
pub(super) struct Entry {
    /// What comes with the kind of its place.
    bits: u64,
    /// From bit 0 the kind of the place, from bit 8 the type, from bit 16 its accumulator, from bit 24 its cells, in bit 32
    /// whether it is of interest to a collector, and from bit 48 the home.
    tag: u64,
}

const TY: u32 = 8;
const REGISTER: u32 = 16;
const CELLS: u32 = 24;
const TRACED: u64 = 1 << 32;
const HOME: u32 = 48;

const AT_HOME: u8 = 0;
const LOCAL: u8 = 1;
const CONST: u8 = 2;
const ACC: u8 = 3;

/// Cells that a value of type `ty` takes.
#[inline(always)]
pub(super) const fn cells(ty: Ty) -> u32 {
    // i32, i64, f32, f64, v128, none: looked up, as it is asked for every entry.
    const CELLS: [u8; 6] = [1, 1, 1, 1, 2, 0];
    CELLS[ty as usize] as u32
}

/// The accumulator of `ty`.
#[inline(always)]
pub(super) const fn register(ty: Ty) -> usize {
    const REGISTERS: [u8; 6] = [0, 0, 1, 2, 3, 0];
    REGISTERS[ty as usize] as usize
}

/// The kind of a place in a tag, and what comes with it.
#[inline(always)]
const fn parts(place: Place) -> (u8, u64) {
    match place {
        Place::Home => (AT_HOME, 0),
        Place::Local(slot) => (LOCAL, slot as u64),
        Place::Const(bits) => (CONST, bits),
        Place::Acc(at) => (ACC, at as u64),
    }
}

#[inline(always)]
const fn type_tag(ty: Ty) -> u64 {
    (ty as u64) << TY | (register(ty) as u64) << REGISTER | (cells(ty) as u64) << CELLS
}

impl Entry {
    /// An entry of no interest to a collector.
    #[inline(always)]
    pub(super) const fn new(place: Place, ty: Ty, home: u16) -> Self {
        let (kind, bits) = parts(place);
        Self { bits, tag: kind as u64 | type_tag(ty) | (home as u64) << HOME }
    }

    /// An entry that is the integer which the op at this word computed.
    #[inline(always)]
    pub(super) const fn int_result(at: u32, ty: Ty, home: u16) -> Self {
        const INT: u64 = (type_tag(Ty::I64) & !(0xff << TY)) | ACC as u64;
        Self { bits: at as u64, tag: INT | (ty as u64) << TY | (home as u64) << HOME }
    }

    /// Where its value is.
    #[inline(always)]
    pub(super) const fn place(&self) -> Place {
        match self.tag as u8 {
            AT_HOME => Place::Home,
            LOCAL => Place::Local(self.bits as u16),
            CONST => Place::Const(self.bits),
            _ => Place::Acc(self.bits as u32),
        }
    }

    /// Its type.
    #[inline(always)]
    pub(super) const fn ty(&self) -> Ty {
        const TYPES: [Ty; 8] = [Ty::I32, Ty::I64, Ty::F32, Ty::F64, Ty::V128, Ty::None, Ty::None, Ty::None];
        TYPES[(self.tag >> TY & 7) as usize]
    }

    /// The slot that belongs to its place on the stack.
    #[inline(always)]
    pub(super) const fn home(&self) -> u16 {
        (self.tag >> HOME) as u16
    }

    /// How many cells its home has.
    #[inline(always)]
    pub(super) const fn cells(&self) -> u32 {
        (self.tag >> CELLS) as u8 as u32
    }

    /// The accumulator of its type.
    #[inline(always)]
    pub(super) const fn register(&self) -> usize {
        (self.tag >> REGISTER & 3) as usize
    }

    /// Whether a collector has to look at it: a reference, but not to a function.
    #[inline(always)]
    pub(super) const fn traced(&self) -> bool {
        self.tag & TRACED != 0
    }

    /// Whether its value is in an accumulator only.
    #[inline(always)]
    pub(super) const fn is_in_acc(&self) -> bool {
        self.tag as u8 == ACC
    }

    /// Whether its value is a constant.
    #[inline(always)]
    pub(super) const fn is_const(&self) -> bool {
        self.tag as u8 == CONST
    }

    /// The same with another type.
    #[inline(always)]
    pub(super) const fn with_ty(self, ty: Ty) -> Self {
        const TYPE: u64 = 0xff << TY | 0xff << REGISTER | 0xff << CELLS;
        Self { tag: self.tag & !TYPE | type_tag(ty), ..self }
    }

    /// The same, of interest to a collector or not.
    #[inline(always)]
    pub(super) const fn with_traced(self, traced: bool) -> Self {
        Self { tag: if traced { self.tag | TRACED } else { self.tag & !TRACED }, ..self }
    }

    /// The same with another home.
    #[inline(always)]
    pub(super) const fn with_home(self, home: u16) -> Self {
        Self { tag: self.tag & !(0xffff << HOME) | (home as u64) << HOME, ..self }
    }

    /// The same, elsewhere.
    #[inline(always)]
    pub(super) const fn at(self, place: Place) -> Self {
        let (kind, bits) = parts(place);
        Self { bits, tag: self.tag & !0xff | kind as u64 }
    }
}

/// A local: the entry that is its value, but for the home.
#[derive(Clone, Copy, Debug)]
pub(super) struct Local(Entry);

impl Local {
    /// A local in `slot`, of interest to a collector or not.
    pub(super) const fn new(slot: u16, ty: Ty, traced: bool) -> Self {
        Self(Entry::new(Place::Local(slot), ty, 0).with_traced(traced))
    }

    /// Its slot.
    #[inline(always)]
    pub(super) const fn slot(&self) -> u16 {
        self.0.bits as u16
    }

    /// Its type.
    #[inline(always)]
    pub(super) const fn ty(&self) -> Ty {
        self.0.ty()
    }

    /// Whether a collector has to look at it.
    pub(super) const fn traced(&self) -> bool {
        self.0.traced()
    }

    /// How many cells it has.
    #[inline(always)]
    pub(super) const fn cells(&self) -> u32 {
        self.0.cells()
    }

    /// The entry with this home that is its value.
    #[inline(always)]
    pub(super) const fn entry(&self, home: u16) -> Entry {
        Entry { tag: self.0.tag | (home as u64) << HOME, ..self.0 }
    }
}

impl fmt::Debug for Entry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?} {:?} at {}", self.ty(), self.place(), self.home())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TYPES: [Ty; 6] = [Ty::I32, Ty::I64, Ty::F32, Ty::F64, Ty::V128, Ty::None];

    #[test]
    fn cells_and_registers_are_those_of_the_type() {
        let found = TYPES.map(|ty| (cells(ty), register(ty)));
        assert_eq!(found, [(1, 0), (1, 0), (1, 1), (1, 2), (2, 3), (0, 0)]);
    }

    #[test]
    fn an_entry_says_what_it_was_told() {
        let places = [Place::Const(u64::MAX), Place::Local(u16::MAX), Place::Acc(u32::MAX), Place::Home];
        for place in places {
            for ty in TYPES {
                let entry = Entry::new(place, ty, 0xfedc);
                let all = |entry: &Entry| (entry.place(), entry.ty(), entry.home(), entry.traced());
                assert_eq!(all(&entry), (place, ty, 0xfedc, false));
                assert_eq!((entry.register(), entry.cells()), (register(ty), cells(ty)));
                assert_eq!(entry.is_in_acc(), matches!(place, Place::Acc(_)));
                assert_eq!(entry.is_const(), matches!(place, Place::Const(_)));
                assert_eq!(all(&entry.with_traced(true)), (place, ty, 0xfedc, true));
                assert_eq!(all(&entry.with_traced(true).with_traced(false)), all(&entry));
                assert_eq!(all(&entry.with_home(3)), (place, ty, 3, false));
                for other in TYPES {
                    assert_eq!(all(&entry.with_ty(other)), (place, other, 0xfedc, false));
                    assert_eq!(entry.with_ty(other).register(), register(other));
                    assert_eq!(entry.with_ty(other).cells(), cells(other));
                }
                for other in places {
                    assert_eq!(all(&entry.at(other)), (other, ty, 0xfedc, false));
                }
            }
        }
    }

    #[test]
    fn results_that_are_integers_are_like_others() {
        for ty in [Ty::I32, Ty::I64] {
            let (one, other) = (Entry::int_result(7, ty, 9), Entry::new(Place::Acc(7), ty, 9));
            assert_eq!((one.bits, one.tag), (other.bits, other.tag));
        }
    }

    #[test]
    fn the_entry_of_a_local_has_its_slot_type_and_interest() {
        for traced in [false, true] {
            let local = Local::new(7, Ty::V128, traced);
            assert_eq!((local.slot(), local.ty(), local.cells(), local.traced()), (7, Ty::V128, 2, traced));
            let entry = local.entry(0xfedc);
            assert_eq!((entry.place(), entry.ty(), entry.home()), (Place::Local(7), Ty::V128, 0xfedc));
            assert_eq!(entry.traced(), traced);
        }
    }
}

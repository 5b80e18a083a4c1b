//! What a load becomes with the ops around it.
//!
//! | rule | before | after |
//! |---|---|---|
//! | sum of a loaded product | `acc = f32.load s0 +4; acc = f32.mul acc, s1; acc = f32.add acc, s2` | `acc = f32.load+mul+add s0, s1, s2 +4` |
//! | copied address | `s1 = copy s0; acc = i32.load s1 +4` | `s1, acc = copy_i32.load s0 +4` |

use super::emit::Imm;
use super::func::Translation;
use super::stack::{Entry, NONE, Place};
use crate::ir::{Class, Family, Fields, Ty};

/// The ops that rule *sum of a loaded product* makes one of.
struct LoadedProduct {
    family: Family,
    /// Digit of the address.
    address: u16,
    /// The address and the factor.
    fields: Fields,
    /// What is added to the address, and the offset.
    constants: u64,
}

impl Translation<'_> {
    /// Rule *sum of a loaded product*, for the last op, a product that is to become `pair` with `other`: the number of the op
    /// without its destination, its fields and its third word. What it is made of is taken back.
    pub(super) fn loaded_product(&mut self, pair: Family, other: Entry) -> Option<(u16, Fields, u64)> {
        let product = self.before_product(pair)?;
        if !self.is_simple(other, Imm::No) {
            return None;
        }
        let other = self.src_of(other);
        self.trap_as(self.before_last);
        self.take_last();
        self.take_last();
        let dsts = if pair.out().is_int() { 3 } else { 2 };
        let number = product.family.first() + product.address * dsts;
        let fields = Fields::narrow(0, product.fields.a(), product.fields.b16(), other.short());
        Some((number, fields, product.constants))
    }

    fn before_product(&self, pair: Family) -> Option<LoadedProduct> {
        let (at, product) = (self.before_last, self.last_op);
        if at == NONE || at + 2 != product {
            return None;
        }
        let fields = |at: u32| Fields(self.s.code[at as usize + 1]);
        let (load, address, factors) = (self.decoded(at), fields(at), fields(product));
        let (family, is_sum) = load.family().load_mul_add(pair)?;
        let [class, _, Class::Acc, ..] = load.classes() else { return None };
        // The pinned local is in its slot as well.
        let factor = match self.decoded(product).classes() {
            [Class::Acc, Class::Slot | Class::Pin, ..] => factors.b16(),
            [Class::Slot | Class::Pin, Class::Acc, ..] => factors.a(),
            _ => return None,
        };
        if class == Class::Imm {
            return None;
        }
        let constant = u64::from(address.b());
        Some(LoadedProduct {
            family,
            address: class as u16,
            fields: Fields::narrow(0, address.a(), factor, 0),
            constants: if is_sum { constant } else { constant << 32 },
        })
    }

    /// Rule *copied address*, for a load of `family` from the local that `addr`, which was popped, is; says whether it applied.
    #[inline]
    pub(super) fn copied_address(&mut self, family: Family, addr: &Entry, offset: u32) -> bool {
        let Place::Local(to) = addr.place() else { return false };
        !self.slots_only()
            && family == Family::I32Load
            && self.last_op != NONE
            && self.load_after_copy(to, offset)
    }

    fn load_after_copy(&mut self, to: u16, offset: u32) -> bool {
        let (copy, fields) = (self.decoded(self.last_op), Fields(self.s.code[self.last_op as usize + 1]));
        let from_digit = match copy.classes() {
            [Class::Slot, Class::Slot, ..] => 0,
            [Class::Pin, Class::Slot, ..] => 1,
            _ => return false,
        };
        let Ok(offset) = u16::try_from(offset) else { return false };
        if copy.family() != Family::Copy || fields.d() != to {
            return false;
        }
        self.take_last();
        let number = Family::CopyI32Load.first() + from_digit * 3;
        self.define_int(number, Fields::narrow(0, fields.a(), offset, to), Ty::I32);
        true
    }
}

//! Operands that the instruction after them takes at once: they are not put on the stack first.
//!
//! Most operands that are locals and constants are taken by the next instruction. What they become is the same either way.
//!
//! ```text
//! local.get 1  i32.const 7  i32.add        stack: [local 1], then the add takes `local 1` from there, and 7 as it is
//! ```

use super::emit::{Imm, Src};
use super::func::Translation;
use super::stack::{Entry, Place};
use crate::error::Error;
use crate::ir::{Class, Family, Fields, Shape, Ty};

impl Translation<'_> {
    /// The entry that a constant pushes.
    #[inline(always)]
    pub(super) fn const_operand(&mut self, ty: Ty, bits: u64) -> Result<Entry, Error> {
        let home = self.next_home(ty)?;
        Ok(Entry::new(Place::Const(bits), ty, home))
    }

    /// Translates the instruction that `family`, with two operands, executes; the right one is `b`, a constant or the value of a
    /// local.
    #[inline(never)]
    pub(super) fn binary_with(&mut self, family: Family, b: Entry) {
        let a = self.pop();
        let src = match b.place() {
            Place::Const(bits) if Imm::Long.takes(b.ty(), bits) => {
                Src { class: Class::Imm, bits: bits as u32 }
            }
            Place::Const(_) => return self.binary_in_full(family, a, b),
            _ => self.int_src_of(b),
        };
        if a.is_const() {
            return self.binary_in_full(family, a, b);
        }
        if self.is_last(&a) && self.fuse_with(family, a, b) {
            return;
        }
        let a = self.int_src_of(a);
        let variant = (a.digit() * 4 + src.digit()) * 3;
        self.define_int(family.first() + variant, Fields::wide(0, a.short(), src.bits), family.out());
    }

    /// Rules *pair* and *sign extension*, where the last op computed `a`.
    #[inline(never)]
    fn fuse_with(&mut self, family: Family, a: Entry, b: Entry) -> bool {
        self.pair(family, &a, &b) || self.sign_extension(family, &a, &b)
    }

    #[inline(never)]
    fn binary_in_full(&mut self, family: Family, a: Entry, b: Entry) {
        match family.shape() {
            Shape::Com | Shape::Cmp => self.commutative_of(family, a, b),
            _ => self.binary_of(family, a, b),
        }
    }

    /// Translates a load of `family` from memory 0, which is [plain](Self::has_plain_memory), at `addr`, a constant or the value
    /// of a local.
    #[inline(never)]
    pub(super) fn load_with(
        &mut self,
        family: Family,
        ty: Ty,
        addr: Entry,
        offset: u32,
    ) -> Result<(), Error> {
        let (addr, offset) = self.address(addr, offset, true);
        let fields = Fields::wide(0, addr.short(), offset);
        if ty.is_int() {
            self.define_int(family.first() + addr.digit() * 3, fields, ty);
            return Ok(());
        }
        self.define(family.first() + addr.digit() * 2, fields, ty)
    }

    /// Translates a store of `family` to memory 0, which is [plain](Self::has_plain_memory), of `value`, a constant or the value of
    /// a local.
    #[inline(never)]
    pub(super) fn store_with(&mut self, family: Family, value: Entry, offset: u32) {
        let addr = self.pop();
        self.store_at(family, addr, value, offset);
    }
}

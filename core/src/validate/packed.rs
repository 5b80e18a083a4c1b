//! Types of the topmost operands in one word, for the [short way](super::quick) of validation.
//!
//! ```text
//! operands:  … i32 i64 │ f32 i32          packed: 0x13, the top in the lowest four bits
//!            in the vector
//! ```
//!
//! What an instruction asks of the stack is one comparison of its lowest bits then, and what it does to it a shift.
//!
//! Invariants:
//! - Four bits hold a number or a vector, as the word of a [`Ty`] does; zero is no operand, and there is none above one.
//! - The vector has room for all operands that may be packed, and one more.

use super::ty::Ty;
use alloc::vec::Vec;

/// Room that the vector has.
const ROOM: usize = 17;

/// The topmost operands.
#[derive(Clone, Copy, Default)]
pub(super) struct Packed(u64);

/// The four bits of `ty`, which is a number or a vector.
#[inline(always)]
pub(super) const fn bits(ty: Ty) -> u8 {
    debug_assert!(ty.is_numeric() && ty.word() < 16);
    ty.word() as u8
}

/// Makes room for what may be packed; says whether there is.
pub(super) fn make_room(operands: &mut Vec<Ty>) -> bool {
    has_room(operands) || operands.try_reserve(4 * ROOM).is_ok()
}

/// Whether `operands` has the room that it is to have.
pub(super) fn has_room(operands: &Vec<Ty>) -> bool {
    operands.capacity() - operands.len() >= ROOM
}

impl Packed {
    #[inline]
    fn len(self) -> u32 {
        (u64::BITS - self.0.leading_zeros()).div_ceil(4)
    }

    /// Whether there is none.
    #[inline(always)]
    pub(super) fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// Whether there is no room for another one.
    #[inline(always)]
    pub(super) fn is_full(self) -> bool {
        self.0 >> 60 != 0
    }

    /// The bits of the one with this distance from the top.
    #[inline(always)]
    pub(super) fn get(self, depth: u32) -> u8 {
        (self.0 >> (4 * depth) & 15) as u8
    }

    /// Whether the topmost ones under `mask` are `expected`.
    #[inline(always)]
    pub(super) fn ends_with(self, expected: u8, mask: u8) -> bool {
        self.0 as u8 & mask == expected
    }

    /// Whether `ty` is the only one, or there is none where that is zero.
    #[inline(always)]
    pub(super) fn is_only(self, ty: u32) -> bool {
        self.0 == u64::from(ty)
    }

    /// Adds one, for which there is room.
    #[inline(always)]
    pub(super) fn push(&mut self, ty: u8) {
        debug_assert!(!self.is_full());
        self.0 = self.0 << 4 | u64::from(ty);
    }

    /// Takes so many away.
    #[inline(always)]
    pub(super) fn pop(&mut self, count: u32) {
        self.0 >>= 4 * count;
    }

    /// Takes all away.
    #[inline(always)]
    pub(super) fn clear(&mut self) {
        self.0 = 0;
    }

    /// Takes as many away as `popped` has bits, and adds `ty`, which has as many as `pushed`.
    #[inline(always)]
    pub(super) fn replace(&mut self, popped: u8, pushed: u8, ty: u8) {
        self.0 = self.0 >> popped << pushed | u64::from(ty);
    }

    /// Moves all to `operands`. Says whether these have the room that they are to have.
    #[inline(always)]
    pub(super) fn flush(&mut self, operands: &mut Vec<Ty>) -> bool {
        if !self.is_empty() {
            self.flush_all(operands);
            self.clear();
        }
        has_room(operands)
    }

    // Here and in `refill` it is a value, which may stay in a register.
    #[inline(never)]
    fn flush_all(self, operands: &mut Vec<Ty>) {
        for depth in (0..self.len()).rev() {
            operands.push(Ty::numeric(self.get(depth)));
        }
    }

    /// Takes operands above `height`, if fewer than three are here. Says whether it took any.
    #[inline(always)]
    pub(super) fn refill(&mut self, operands: &mut Vec<Ty>, height: usize) -> bool {
        let before = *self;
        *self = before.refilled(operands, height);
        self.0 != before.0
    }

    #[inline(never)]
    fn refilled(mut self, operands: &mut Vec<Ty>, height: usize) -> Self {
        let mut count = self.len();
        if count >= 3 {
            return self;
        }
        while count < 8
            && operands.len() > height
            && let Some(&ty) = operands.last()
            && ty.is_numeric()
        {
            self.0 |= u64::from(bits(ty)) << (4 * count);
            operands.pop();
            count += 1;
        }
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::types::ValType;

    const V128: Ty = Ty::from_val(ValType::V128);

    #[test]
    fn operands_come_back_as_they_were() {
        let all = [Ty::I32, Ty::I64, V128, Ty::I64, Ty::I32, V128, V128, Ty::I32, Ty::I64, Ty::I32];
        let mut operands = Vec::from(all);
        assert!(make_room(&mut operands));
        let mut packed = Packed::default();
        assert!(packed.refill(&mut operands, 7));
        assert_eq!(operands, all[..7]);
        assert!(packed.ends_with(bits(Ty::I32) | bits(Ty::I64) << 4, 0xff));
        assert!(!packed.refill(&mut operands, 0), "there are enough");
        packed.pop(1);
        assert!(packed.refill(&mut operands, 0));
        assert_eq!(operands, all[..1], "eight of them are packed");
        packed.push(bits(Ty::I32));
        packed.flush(&mut operands);
        assert!(packed.is_empty());
        assert_eq!(operands, all);
    }

    #[test]
    fn what_is_no_number_stays() {
        let mut operands = Vec::from([Ty::UNKNOWN_REF]);
        assert!(!Packed::default().refill(&mut operands, 0));
        let mut operands = Vec::from([Ty::UNKNOWN]);
        assert!(!Packed::default().refill(&mut operands, 0));
    }

    #[test]
    fn sixteen_are_as_many_as_there_may_be() {
        let mut packed = Packed::default();
        for _ in 0..16 {
            assert!(!packed.is_full());
            packed.push(bits(V128));
        }
        assert!(packed.is_full());
        let mut operands = Vec::new();
        assert!(make_room(&mut operands));
        packed.flush(&mut operands);
        assert_eq!(operands, [V128; 16]);
    }
}

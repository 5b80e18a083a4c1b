//! What an op can read or change, and random values for it.

use super::{CELLS, ELEMENTS, MEMORY};
use alloc::vec::Vec;
use fantail_core::ir::{Class, OpAt, Operand, Shape, Ty};

/// A generator of numbers that are often small, or all ones.
pub(super) struct Random(pub(super) u64);

impl Random {
    pub(super) fn bits(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0.wrapping_mul(0x2545_f491_4f6c_dd1d)
    }

    pub(super) fn below(&mut self, n: usize) -> usize {
        (self.bits() >> 33) as usize % n
    }

    /// The raw form of a value of type `ty`. Floats and lanes are no NaN: which NaN an operation on two gives is open.
    pub(super) fn value(&mut self, ty: Ty) -> u128 {
        let wide = match self.below(5) {
            0 => self.below(200) as u64,
            1 => (self.below(200) as u64).wrapping_neg(),
            _ => self.bits(),
        };
        let lanes = |bits: u64| bits & 0xbfff_ffff_bfff_ffff;
        match ty {
            Ty::I32 => u128::from(wide as u32),
            Ty::F32 => u128::from(lanes(wide) as u32),
            Ty::I64 | Ty::None => u128::from(wide),
            Ty::F64 => u128::from(lanes(wide)),
            Ty::V128 => u128::from(lanes(wide)) << 64 | u128::from(lanes(self.bits())),
        }
    }
}

/// All that an op can read or change.
#[derive(Clone, PartialEq, Debug)]
pub(super) struct State {
    pub(super) cells: [u64; CELLS],
    pub(super) acc: u64,
    pub(super) pin: u64,
    pub(super) f32: u32,
    pub(super) f64: u64,
    pub(super) v128: u128,
    pub(super) kept: u128,
    pub(super) memory: Vec<u8>,
    pub(super) global: [u64; 2],
    pub(super) elements: Vec<u64>,
    pub(super) fuel: u64,
    pub(super) epoch: usize,
}

impl State {
    pub(super) fn random(random: &mut Random) -> Self {
        let cells = core::array::from_fn(|_| random.value(Ty::V128) as u64);
        Self {
            cells,
            acc: random.value(Ty::I64) as u64,
            pin: random.value(Ty::I64) as u64,
            f32: random.value(Ty::F32) as u32,
            f64: random.value(Ty::F64) as u64,
            v128: random.value(Ty::V128),
            kept: random.value(Ty::V128),
            memory: (0..MEMORY).map(|_| random.bits() as u8 & 0xbf).collect(),
            global: [random.value(Ty::F64) as u64, random.value(Ty::F64) as u64],
            elements: (0..ELEMENTS).map(|_| random.bits()).collect(),
            fuel: random.bits() >> 32,
            epoch: random.bits() as usize % 3,
        }
    }

    pub(super) fn cell(&self, slot: usize, ty: Ty) -> u128 {
        let low = u128::from(self.cells[slot]);
        match ty {
            Ty::I32 | Ty::F32 => low & 0xffff_ffff,
            Ty::V128 => low | u128::from(self.cells[slot + 1]) << 64,
            _ => low,
        }
    }

    pub(super) fn set_cell(&mut self, slot: usize, ty: Ty, value: u128) {
        self.cells[slot] = value as u64;
        if ty == Ty::V128 {
            self.cells[slot + 1] = (value >> 64) as u64;
        }
    }

    pub(super) fn acc(&self, ty: Ty) -> u128 {
        match ty {
            Ty::I32 => u128::from(self.acc as u32),
            Ty::F32 => u128::from(self.f32),
            Ty::F64 => u128::from(self.f64),
            Ty::V128 => self.v128,
            _ => u128::from(self.acc),
        }
    }

    pub(super) fn set_acc(&mut self, ty: Ty, value: u128) {
        match ty {
            Ty::F32 => self.f32 = value as u32,
            Ty::F64 => self.f64 = value as u64,
            Ty::V128 => self.v128 = value,
            _ => self.acc = value as u64,
        }
    }

    /// What `operand` of `op` is.
    pub(super) fn source(&self, op: &OpAt<'_>, operand: &Operand, class: Class) -> u128 {
        let narrow =
            |value: u64| if operand.ty == Ty::I32 { u128::from(value as u32) } else { u128::from(value) };
        match class {
            Class::Slot => self.cell(op.slot(operand) as usize, operand.ty),
            Class::Acc => self.acc(operand.ty),
            Class::Pin if operand.ty == Ty::V128 => self.kept,
            Class::Pin => narrow(self.pin),
            Class::Imm => narrow(op.constant(operand) as u64),
        }
    }

    /// Writes the result of `op`.
    pub(super) fn result(&mut self, op: &OpAt<'_>, operand: &Operand, class: Class, value: u128) {
        let quiet = matches!(op.family().info().shape, Shape::Copy | Shape::Const);
        match class {
            Class::Acc => self.set_acc(operand.ty, value),
            Class::Pin => {
                self.pin = value as u64;
                self.set_cell(op.slot(operand) as usize, operand.ty, value);
            }
            _ => {
                self.set_cell(op.slot(operand) as usize, operand.ty, value);
                if !quiet {
                    self.set_acc(operand.ty, value);
                }
            }
        }
    }
}

//! Loads, stores, and the other instructions on memories.
//!
//! Memory 0 with 32-bit addresses, the common case, has ops of its own; the `any` ops serve further memories and
//! 64-bit addresses, the `shared` ops every memory that other threads may access. For both, vector accesses are put
//! together from scalar ones: a load from two loads of 8 bytes, a store from two stores of which the upper one comes
//! first, so that it traps before anything was written. Atomic instructions are in [`atomic`](super::atomic).

use super::emit::{Imm, Src};
use super::func::Translation;
use super::stack::{Entry, NONE, Place};
use crate::error::Error;
use crate::instr::Instr;
use crate::ir::{Class, Family, Fields, Op, Ty};
use crate::module::MemArg;
use crate::types::MemIdx;

/// How a scalar is loaded: the family for memory 0, and the type of the result.
pub(super) struct Load(pub(super) Family, pub(super) Ty);

pub(super) const fn load(instr: Instr) -> Option<Load> {
    Some(match instr {
        Instr::I32Load => Load(Family::I32Load, Ty::I32),
        Instr::I32Load8S => Load(Family::I32Load8S, Ty::I32),
        Instr::I32Load8U => Load(Family::I32Load8U, Ty::I32),
        Instr::I32Load16S => Load(Family::I32Load16S, Ty::I32),
        Instr::I32Load16U => Load(Family::I32Load16U, Ty::I32),
        Instr::I64Load => Load(Family::I64Load, Ty::I64),
        Instr::I64Load8S => Load(Family::I64Load8S, Ty::I64),
        Instr::I64Load16S => Load(Family::I64Load16S, Ty::I64),
        Instr::I64Load32S => Load(Family::I64Load32S, Ty::I64),
        // Cells are zero-extended, so a 32-bit load with zero extension gives the same.
        Instr::I64Load8U => Load(Family::I32Load8U, Ty::I64),
        Instr::I64Load16U => Load(Family::I32Load16U, Ty::I64),
        Instr::I64Load32U => Load(Family::I32Load, Ty::I64),
        Instr::F32Load => Load(Family::F32Load, Ty::F32),
        Instr::F64Load => Load(Family::F64Load, Ty::F64),
        _ => return None,
    })
}

/// The family that does what `family`, of `first` and those after it, does; in the same place after `other`.
fn counterpart(family: Family, first: Family, other: Family) -> Family {
    Family::ALL[other as usize + (family as usize - first as usize)]
}

/// The store of an integer or a raw cell.
pub(super) const fn store(instr: Instr) -> Option<Family> {
    Some(match instr {
        Instr::I32Store8 | Instr::I64Store8 => Family::Store8,
        Instr::I32Store16 | Instr::I64Store16 => Family::Store16,
        Instr::I32Store | Instr::I64Store32 | Instr::F32Store => Family::Store32,
        Instr::I64Store | Instr::F64Store => Family::Store64,
        _ => return None,
    })
}

impl Translation<'_> {
    /// Translates an instruction on memories; says whether `instr` is one.
    pub(super) fn memory(&mut self, instr: Instr) -> Result<bool, Error> {
        if let Some(Load(family, ty)) = load(instr) {
            let arg = self.reader.mem_arg()?;
            self.scalar_load(family, ty, arg)?;
        } else if let Some(family) = store(instr) {
            let arg = self.reader.mem_arg()?;
            self.scalar_store(family, arg)?;
        } else {
            return Ok(cfg!(feature = "simd") && self.vector_memory(instr)?
                || self.bulk(instr)?
                || cfg!(feature = "threads") && self.atomic(instr)?);
        }
        Ok(true)
    }

    /// Whether `arg` is an access to memory 0 with 32-bit addresses, not shared.
    pub(super) fn is_plain(&self, arg: MemArg) -> bool {
        arg.mem == MemIdx(0) && self.has_plain_memory()
    }

    /// Whether memory 0 is there, has 32-bit addresses and is not shared.
    pub(super) fn has_plain_memory(&self) -> bool {
        self.module.memories.first().is_some_and(|first| !first.limits.is64 && !first.shared)
    }

    fn is_shared(&self, mem: MemIdx) -> bool {
        self.module.memories[mem.0 as usize].shared
    }

    /// What loads from memory `mem` as `family` loads from memory 0.
    pub(super) fn load_any(&self, family: Family, mem: MemIdx) -> Family {
        let any = if self.is_shared(mem) { Family::I32LoadShared } else { Family::I32LoadAny };
        counterpart(family, Family::I32Load, any)
    }

    /// The address in `entry`, which was popped, and the offset to add to it: a constant address becomes part of the
    /// offset.
    #[inline]
    pub(super) fn address(&mut self, entry: Entry, offset: u32, free: bool) -> (Src, u32) {
        let Place::Const(base) = entry.place() else { return (self.int_src_of(entry), offset) };
        match (base as u32).checked_add(offset) {
            Some(sum) if !self.slots_only() => (Src { class: Class::Imm, bits: 0 }, sum),
            _ => (self.src(entry, Imm::No, free), offset),
        }
    }

    pub(super) fn scalar_load(&mut self, family: Family, ty: Ty, arg: MemArg) -> Result<(), Error> {
        if self.is_plain(arg) {
            return self.plain_load(family, ty, arg.offset as u32);
        }
        let addr = self.pop();
        let addr = self.src(addr, Imm::No, true);
        let fields = Fields::narrow(0, addr.short(), mem_field(arg.mem)?, 0);
        let family = self.load_any(family, arg.mem);
        self.define(family.first() + addr.digit() * destinations(ty), fields, ty)?;
        self.word(arg.offset);
        Ok(())
    }

    /// Translates a load of `family` from memory 0, which is [plain](Self::has_plain_memory).
    pub(super) fn plain_load(&mut self, family: Family, ty: Ty, offset: u32) -> Result<(), Error> {
        let addr = self.pop();
        self.load_at(family, ty, addr, offset)
    }

    /// The same for an address that was popped.
    #[cfg_attr(feature = "fusion", inline(always))]
    fn load_at(&mut self, family: Family, ty: Ty, addr: Entry, offset: u32) -> Result<(), Error> {
        if self.is_last(&addr) {
            let fused = match self.scaled(family, &addr, offset) {
                None => self.through_pointer(family, &addr, offset),
                scaled => scaled,
            };
            if let Some((family, digits, fields)) = fused {
                return self.define(family.first() + digits * destinations(ty), fields, ty);
            }
            if let Some((family, addr, sum)) = self.at_sum(family, &addr, offset) {
                let number = family.first() + addr.digit() * destinations(ty);
                return self.define(number, Fields::wide(0, addr.short(), sum), ty);
            }
        }
        if self.copied_address(family, &addr, offset) {
            return Ok(());
        }
        let (addr, offset) = self.address(addr, offset, true);
        let number = family.first() + addr.digit() * destinations(ty);
        self.define(number, Fields::wide(0, addr.short(), offset), ty)
    }

    pub(super) fn scalar_store(&mut self, family: Family, arg: MemArg) -> Result<(), Error> {
        if self.is_plain(arg) {
            self.plain_store(family, arg.offset as u32);
            return Ok(());
        }
        let (value, addr) = (self.pop(), self.pop());
        let is_float = matches!(value.ty(), Ty::F32 | Ty::F64);
        let value = if is_float { slot(self.src_slot(value)) } else { self.src(value, Imm::No, false) };
        let addr = self.src(addr, Imm::No, false);
        self.store_any(family, addr, value, arg.mem, arg.offset)
    }

    /// Translates a store of `family` to memory 0, which is [plain](Self::has_plain_memory).
    pub(super) fn plain_store(&mut self, family: Family, offset: u32) {
        let (addr, value) = self.pop_two();
        self.store_at(family, addr, value, offset);
    }

    /// The same for operands that were popped.
    #[cfg_attr(feature = "fusion", inline(always))]
    pub(super) fn store_at(&mut self, family: Family, addr: Entry, value: Entry, offset: u32) {
        if self.is_last(&value) {
            if self.load_store(family, &addr, &value, offset) || self.add_to(family, &addr, &value, offset) {
                return;
            }
        } else if self.is_last(&addr) && self.store_fused(family, &addr, &value, offset) {
            return;
        }
        if matches!(value.ty(), Ty::F32 | Ty::F64) && !matches!(value.place(), Place::Const(_)) {
            return self.store_float(family, &addr, &value, offset);
        }
        let value = self.src(as_int(value), Imm::Short, false);
        let (addr, offset) = self.address(addr, offset, value.class != Class::Acc);
        let variant = addr.digit() * 4 + value.digit();
        self.op(family.first() + variant, Fields::wide(value.short(), addr.short(), offset));
    }

    /// Makes one op of a store and the last op, which computes its address; says whether it did.
    fn store_fused(&mut self, family: Family, addr: &Entry, value: &Entry, offset: u32) -> bool {
        let Some(value) = self.ready_src(as_int(*value)) else { return false };
        if let Some((family, digits, fields)) = self.scaled(family, addr, offset) {
            self.op(family.first() + digits * 4 + value.digit(), fields.with_d(value.short()));
            return true;
        }
        let Some((family, addr, sum)) = self.at_sum(family, addr, offset) else { return false };
        let variant = addr.digit() * 4 + value.digit();
        self.op(family.first() + variant, Fields::wide(value.short(), addr.short(), sum));
        true
    }

    fn store_float(&mut self, family: Family, addr: &Entry, value: &Entry, offset: u32) {
        let src = self.src_of(*value);
        let (addr, offset) = self.address(*addr, offset, true);
        if src.class == Class::Acc {
            let family = if value.ty() == Ty::F32 { Family::F32Store } else { Family::F64Store };
            self.op(family.first() + addr.digit(), Fields::wide(0, addr.short(), offset));
        } else {
            self.op(family.first() + addr.digit() * 4, Fields::wide(src.short(), addr.short(), offset));
        }
    }

    pub(super) fn store_any(
        &mut self,
        family: Family,
        addr: Src,
        value: Src,
        mem: MemIdx,
        offset: u64,
    ) -> Result<(), Error> {
        let any = if self.is_shared(mem) { Family::Store8Shared } else { Family::Store8Any };
        let family = counterpart(family, Family::Store8, any);
        let fields = Fields::narrow(value.short(), addr.short(), mem_field(mem)?, 0);
        self.op(family.first() + addr.digit() * 3 + value.digit(), fields);
        self.word(offset);
        self.forget_last();
        Ok(())
    }

    fn bulk(&mut self, instr: Instr) -> Result<bool, Error> {
        match instr {
            Instr::MemorySize => {
                let mem = self.reader.u32()?;
                let ty = self.mem_type(mem);
                let family = self.of_memory(mem, Family::MemorySize, Family::MemorySizeShared);
                self.define(family.first(), Fields::wide(0, 0, mem), ty)?;
            }
            Instr::MemoryGrow => {
                let mem = self.reader.u32()?;
                let ty = self.mem_type(mem);
                let family = self.of_memory(mem, Family::MemoryGrow, Family::MemoryGrowShared);
                self.outline(family, 1, mem, 0, Some(ty))?;
            }
            Instr::MemoryFill => {
                let mem = self.reader.u32()?;
                let family = self.of_memory(mem, Family::MemoryFill, Family::MemoryFillShared);
                self.outline(family, 3, mem, 0, None)?;
            }
            Instr::MemoryCopy => {
                let (to, from) = (self.reader.u32()?, self.reader.u32()?);
                let family = self.of_memory(to, Family::MemoryCopy, Family::MemoryCopyShared);
                let family = self.of_memory(from, family, Family::MemoryCopyShared);
                let family =
                    if from == to && self.has_just_filled(to) { Family::MemoryCopyFilled } else { family };
                self.outline(family, 3, to, from, None)?;
            }
            Instr::MemoryInit => {
                let (data, mem) = (self.reader.u32()?, self.reader.u32()?);
                let family = self.of_memory(mem, Family::MemoryInit, Family::MemoryInitShared);
                self.outline(family, 3, mem, data, None)?;
            }
            Instr::DataDrop => {
                let data = self.reader.u32()?;
                self.outline(Family::DataDrop, 0, 0, data, None)?;
            }
            _ => return Ok(false),
        }
        Ok(true)
    }

    /// Whether the last op, but for constants, fills in memory `mem`, which is not shared.
    ///
    /// ```text
    /// memory.fill s5, s3, s4; s6 = const.32 0; memory.copy.filled s3, s6, s4
    /// ```
    fn has_just_filled(&self, mem: u32) -> bool {
        if self.slots_only() {
            return false;
        }
        let last = [self.last_op, self.before_last, self.third_last];
        let mut ops = last.into_iter().take_while(|&at| at != NONE).map(|at| at as usize);
        let is = |at: usize, family: Family| self.s.code[at] == family.first().into();
        ops.find(|&at| Op::new(self.s.code[at]).is_none_or(|op| op.family() != Family::Const32))
            .is_some_and(|at| is(at, Family::MemoryFill) && self.s.code[at + 2] == mem.into())
    }

    /// The family for memory `mem`.
    fn of_memory(&self, mem: u32, own: Family, shared: Family) -> Family {
        if self.is_shared(MemIdx(mem)) { shared } else { own }
    }

    fn mem_type(&self, mem: u32) -> Ty {
        super::func::class_of(self.module.memories[mem as usize].limits.index_type())
    }

    /// Emits an op that the executor calls out for, with `params` operands in slots and up to two indices.
    pub(super) fn outline(
        &mut self,
        family: Family,
        params: usize,
        low: u32,
        high: u32,
        result: Option<Ty>,
    ) -> Result<(), Error> {
        let mut slots = [0; 3];
        for slot in slots[..params].iter_mut().rev() {
            let entry = self.pop();
            *slot = self.src_slot(entry);
        }
        self.spill_all();
        let home = match result {
            Some(ty) => self.push_home(ty)?,
            None => 0,
        };
        self.op(family.first(), Fields::narrow(home, slots[0], slots[1], slots[2]));
        self.word(u64::from(low) | u64::from(high) << 32);
        if family != Family::MemoryFill {
            self.forget_last();
        }
        Ok(())
    }
}

/// How many classes the destination of an op has whose result is of type `ty`.
const fn destinations(ty: Ty) -> u16 {
    if ty.is_int() { 3 } else { 2 }
}

/// A float's constant is stored like an integer's.
fn as_int(value: Entry) -> Entry {
    let ty = match value.ty() {
        Ty::F32 => Ty::I32,
        Ty::F64 => Ty::I64,
        ty => ty,
    };
    value.with_ty(ty)
}

/// The number of a memory as ops name it.
pub(super) fn mem_field(mem: MemIdx) -> Result<u16, Error> {
    u16::try_from(mem.0).map_err(|_| Error::limit("access to a memory with an index above 65,535"))
}

pub(super) fn slot(slot: u16) -> Src {
    Src { class: Class::Slot, bits: slot.into() }
}

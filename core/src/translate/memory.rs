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
use crate::ir::{Class, Family, Fields, Ty};
use crate::module::MemArg;
use crate::types::MemIdx;

/// How a scalar is loaded: the family for memory 0, and the type of the result.
struct Load(Family, Ty);

/// How a vector is made from what was loaded.
enum VectorLoad {
    /// From one scalar.
    From(Load, Family),
    /// Whole.
    Whole,
}

fn load(instr: Instr) -> Option<Load> {
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

/// The op that loads a vector from memory 0, and how it is put together otherwise.
fn vector_load(instr: Instr) -> Option<(Family, VectorLoad)> {
    let u8 = || Load(Family::I32Load8U, Ty::I32);
    let u16 = || Load(Family::I32Load16U, Ty::I32);
    let u32 = || Load(Family::I32Load, Ty::I32);
    let u64 = || Load(Family::I64Load, Ty::I64);
    use VectorLoad::{From, Whole};
    Some(match instr {
        Instr::V128Load => (Family::V128Load, Whole),
        Instr::V128Load8x8S => (Family::V128Load8x8S, From(u64(), Family::V128Widen8x8S)),
        Instr::V128Load8x8U => (Family::V128Load8x8U, From(u64(), Family::V128Widen8x8U)),
        Instr::V128Load16x4S => (Family::V128Load16x4S, From(u64(), Family::V128Widen16x4S)),
        Instr::V128Load16x4U => (Family::V128Load16x4U, From(u64(), Family::V128Widen16x4U)),
        Instr::V128Load32x2S => (Family::V128Load32x2S, From(u64(), Family::V128Widen32x2S)),
        Instr::V128Load32x2U => (Family::V128Load32x2U, From(u64(), Family::V128Widen32x2U)),
        Instr::V128Load8Splat => (Family::V128Load8Splat, From(u8(), Family::I8x16Splat)),
        Instr::V128Load16Splat => (Family::V128Load16Splat, From(u16(), Family::I16x8Splat)),
        Instr::V128Load32Splat => (Family::V128Load32Splat, From(u32(), Family::I32x4Splat)),
        Instr::V128Load64Splat => (Family::V128Load64Splat, From(u64(), Family::I64x2Splat)),
        Instr::V128Load32Zero => (Family::V128Load32Zero, From(u32(), Family::V128Zext32)),
        Instr::V128Load64Zero => (Family::V128Load64Zero, From(u64(), Family::V128Zext64)),
        _ => return None,
    })
}

/// The store of an integer or a raw cell.
fn store(instr: Instr) -> Option<Family> {
    Some(match instr {
        Instr::I32Store8 | Instr::I64Store8 => Family::Store8,
        Instr::I32Store16 | Instr::I64Store16 => Family::Store16,
        Instr::I32Store | Instr::I64Store32 | Instr::F32Store => Family::Store32,
        Instr::I64Store | Instr::F64Store => Family::Store64,
        _ => return None,
    })
}

/// Number of lanes, the scalar load or store, and the op that replaces or extracts the lane.
fn lane_access(instr: Instr) -> Option<(u8, Family, Ty, Family)> {
    Some(match instr {
        Instr::V128Load8Lane => (16, Family::I32Load8U, Ty::I32, Family::I8x16ReplaceLane),
        Instr::V128Load16Lane => (8, Family::I32Load16U, Ty::I32, Family::I16x8ReplaceLane),
        Instr::V128Load32Lane => (4, Family::I32Load, Ty::I32, Family::I32x4ReplaceLane),
        Instr::V128Load64Lane => (2, Family::I64Load, Ty::I64, Family::I64x2ReplaceLane),
        Instr::V128Store8Lane => (16, Family::Store8, Ty::I32, Family::I8x16ExtractLaneU),
        Instr::V128Store16Lane => (8, Family::Store16, Ty::I32, Family::I16x8ExtractLaneU),
        Instr::V128Store32Lane => (4, Family::Store32, Ty::I32, Family::I32x4ExtractLane),
        Instr::V128Store64Lane => (2, Family::Store64, Ty::I64, Family::I64x2ExtractLane),
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
        } else if cfg!(feature = "simd")
            && let Some((family, parts)) = vector_load(instr)
        {
            let arg = self.reader.mem_arg()?;
            self.vector_load(family, parts, arg)?;
        } else if cfg!(feature = "simd") && instr == Instr::V128Store {
            let arg = self.reader.mem_arg()?;
            self.vector_store(arg)?;
        } else if cfg!(feature = "simd")
            && let Some((lanes, access, ty, lane_op)) = lane_access(instr)
        {
            let arg = self.reader.mem_arg()?;
            let lane = self.reader.lane(lanes)?;
            self.lane_access(access, ty, lane_op, arg, lane)?;
        } else {
            return Ok(self.bulk(instr)? || cfg!(feature = "threads") && self.atomic(instr)?);
        }
        Ok(true)
    }

    /// Whether `arg` is an access to memory 0 with 32-bit addresses, not shared.
    fn is_plain(&self, arg: MemArg) -> bool {
        let first = &self.module.memories[0];
        arg.mem == MemIdx(0) && !first.limits.is64 && !first.shared
    }

    fn is_shared(&self, mem: MemIdx) -> bool {
        self.module.memories[mem.0 as usize].shared
    }

    /// What loads from memory `mem` as `family` loads from memory 0.
    fn load_any(&self, family: Family, mem: MemIdx) -> Family {
        let any = if self.is_shared(mem) { Family::I32LoadShared } else { Family::I32LoadAny };
        counterpart(family, Family::I32Load, any)
    }

    /// The address in `entry`, which was popped, and the offset to add to it: a constant address becomes part of the
    /// offset.
    fn address(&mut self, entry: Entry, offset: u32, free: bool) -> (Src, u32) {
        if let Place::Const(base) = entry.place
            && !self.slots_only()
            && let Some(sum) = (base as u32).checked_add(offset)
        {
            return (Src { class: Class::Imm, bits: 0, value: 0 }, sum);
        }
        (self.src(entry, Imm::No, free), offset)
    }

    fn scalar_load(&mut self, family: Family, ty: Ty, arg: MemArg) -> Result<(), Error> {
        let addr = self.pop();
        let dsts = if ty.is_int() { 3 } else { 2 };
        if self.is_plain(arg) {
            if let Some((family, digits, fields)) = self.scaled(family, &addr, arg.offset as u32) {
                return self.define(family.first() + digits * dsts, fields, ty);
            }
            let (family, addr, offset) = match self.at_sum(family, &addr, arg.offset as u32) {
                Some(sum) => sum,
                None => {
                    let (addr, offset) = self.address(addr, arg.offset as u32, true);
                    (family, addr, offset)
                }
            };
            self.define(family.first() + addr.digit() * dsts, Fields::wide(0, addr.short(), offset), ty)
        } else {
            let addr = self.src(addr, Imm::No, true);
            let fields = Fields::narrow(0, addr.short(), mem_field(arg.mem)?, 0);
            let family = self.load_any(family, arg.mem);
            self.define(family.first() + addr.digit() * dsts, fields, ty)?;
            self.word(arg.offset);
            Ok(())
        }
    }

    fn scalar_store(&mut self, family: Family, arg: MemArg) -> Result<(), Error> {
        let (value, addr) = (self.pop(), self.pop());
        let is_float = matches!(value.ty, Ty::F32 | Ty::F64);
        if !self.is_plain(arg) {
            let value = if is_float { slot(self.src_slot(value)) } else { self.src(value, Imm::No, false) };
            let addr = self.src(addr, Imm::No, false);
            return self.store_any(family, addr, value, arg.mem, arg.offset);
        }
        if self.load_store(family, &addr, &value, arg.offset as u32) {
            return Ok(());
        }
        if let Some(value) = self.simple_src(value)
            && let Some((family, digits, fields)) = self.scaled(family, &addr, arg.offset as u32)
        {
            self.op(family.first() + digits * 3 + value.digit(), fields.with_d(value.short()));
            return Ok(());
        }
        if let Some(value) = self.ready_src(as_int(value))
            && let Some((family, addr, sum)) = self.at_sum(family, &addr, arg.offset as u32)
        {
            let variant = addr.digit() * 4 + value.digit();
            self.op(family.first() + variant, Fields::wide(value.short(), addr.short(), sum));
            return Ok(());
        }
        if is_float && !matches!(value.place, Place::Const(_)) {
            let src = self.src_of(value);
            let (addr, offset) = self.address(addr, arg.offset as u32, true);
            if src.class == Class::Acc {
                let family = if value.ty == Ty::F32 { Family::F32Store } else { Family::F64Store };
                self.op(family.first() + addr.digit(), Fields::wide(0, addr.short(), offset));
            } else {
                self.op(family.first() + addr.digit() * 4, Fields::wide(src.short(), addr.short(), offset));
            }
            return Ok(());
        }
        let value = self.src(as_int(value), Imm::Short, false);
        let (addr, offset) = self.address(addr, arg.offset as u32, value.class != Class::Acc);
        let variant = addr.digit() * 4 + value.digit();
        self.op(family.first() + variant, Fields::wide(value.short(), addr.short(), offset));
        Ok(())
    }

    fn store_any(
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
        self.last_op = NONE;
        Ok(())
    }

    fn vector_load(&mut self, family: Family, parts: VectorLoad, arg: MemArg) -> Result<(), Error> {
        if self.is_plain(arg) {
            let addr = self.pop();
            let (addr, offset) = self.address(addr, arg.offset as u32, true);
            return self.define(
                family.first() + addr.digit() * 2,
                Fields::wide(0, addr.short(), offset),
                Ty::V128,
            );
        }
        match parts {
            VectorLoad::From(Load(load, ty), make) => {
                self.scalar_load(load, ty, arg)?;
                let part = self.pop();
                let part = self.src(part, Imm::No, true);
                self.define(make.first() + part.digit() * 2, Fields::wide(0, part.short(), 0), Ty::V128)
            }
            VectorLoad::Whole => {
                let addr = self.pop();
                let addr_slot = self.src_slot(addr);
                let (upper, overflows) = arg.offset.overflowing_add(8);
                if overflows {
                    // No memory is that large: the load of the first half traps as the whole would.
                    self.halves(addr_slot, arg.mem, arg.offset, arg.offset)
                } else {
                    self.halves(addr_slot, arg.mem, arg.offset, upper)
                }
            }
        }
    }

    /// Loads both halves of a vector into the home of a new entry. The address may lie there, so it is read last for
    /// the half that overwrites it.
    fn halves(&mut self, addr: u16, mem: MemIdx, lower: u64, upper: u64) -> Result<(), Error> {
        self.spill_acc(Ty::I64);
        let home = self.next_home(Ty::V128)?;
        let to_slot = self.load_any(Family::I64Load, mem).first() + 1;
        let mem = mem_field(mem)?;
        for (dst, offset) in [(home + 1, upper), (home, lower)] {
            self.op(to_slot, Fields::narrow(dst, addr, mem, 0));
            self.word(offset);
            self.s.stack.wrote(dst, Ty::I64);
        }
        self.s.stack.clear_mirror(Ty::I64);
        self.last_op = NONE;
        self.push_home(Ty::V128).map(drop)
    }

    fn vector_store(&mut self, arg: MemArg) -> Result<(), Error> {
        let (value, addr) = (self.pop(), self.pop());
        if self.is_plain(arg) {
            let value = self.src(value, Imm::No, false);
            let (addr, offset) = self.address(addr, arg.offset as u32, true);
            let variant = addr.digit() * 2 + value.digit();
            self.op(Family::V128Store.first() + variant, Fields::wide(value.short(), addr.short(), offset));
            return Ok(());
        }
        let value = self.src_slot(value);
        let addr = self.src(addr, Imm::No, false);
        let upper = arg.offset.checked_add(8).unwrap_or(arg.offset);
        self.store_any(Family::Store64, addr, slot(value + 1), arg.mem, upper)?;
        self.store_any(Family::Store64, addr, slot(value), arg.mem, arg.offset)
    }

    fn lane_access(
        &mut self,
        access: Family,
        ty: Ty,
        lane_op: Family,
        arg: MemArg,
        lane: u8,
    ) -> Result<(), Error> {
        let vector = self.pop();
        if (access as usize) < Family::Store8 as usize {
            // The load writes the integer accumulator only, so the vector stays where it is.
            self.scalar_load(access, ty, arg)?;
            let loaded = self.pop();
            return self.replace_lane(lane_op, vector, loaded, lane);
        }
        let vector = self.src(vector, Imm::No, true);
        let fields = Fields::narrow(0, vector.short(), 0, lane.into());
        self.define(lane_op.first() + vector.digit() * 3, fields, ty)?;
        self.scalar_store(access, arg)
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
        self.last_op = NONE;
        Ok(())
    }
}

/// A float's constant is stored like an integer's.
fn as_int(value: Entry) -> Entry {
    let ty = match value.ty {
        Ty::F32 => Ty::I32,
        Ty::F64 => Ty::I64,
        ty => ty,
    };
    Entry { ty, ..value }
}

/// The number of a memory as ops name it.
pub(super) fn mem_field(mem: MemIdx) -> Result<u16, Error> {
    u16::try_from(mem.0).map_err(|_| Error::limit("access to a memory with an index above 65,535"))
}

fn slot(slot: u16) -> Src {
    Src { class: Class::Slot, bits: slot.into(), value: 0 }
}

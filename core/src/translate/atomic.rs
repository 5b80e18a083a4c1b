//! Atomic instructions, on shared memories and others.
//!
//! Their ops have 64-bit arithmetic and name their memory, like the `any` ops of [`memory`](super::memory). An atomic
//! access takes so long that operands have to be in slots, but for the address of loads and stores.
//!
//! Invariant: in both tables the accesses follow one another by operation (load, store, add, subtract, and, or, xor,
//! exchange, compare and exchange), the instructions of one operation as in [`WIDTHS`], its families by width.
//!
//! Spec: threads proposal, "Atomic Memory Accesses" and "Wait and Notify".

use super::emit::Imm;
use super::func::Translation;
use super::memory::mem_field;
use crate::error::Error;
use crate::instr::Instr;
use crate::ir::{Class, Family, Fields, Ty};

/// The instructions of one operation: the type of their values, and the width of the access, from that of 8 bits on.
/// Cells are zero-extended, so the type makes no difference to the op.
const WIDTHS: [(Ty, usize); 7] =
    [(Ty::I32, 2), (Ty::I64, 3), (Ty::I32, 0), (Ty::I32, 1), (Ty::I64, 0), (Ty::I64, 1), (Ty::I64, 2)];

/// The family and the type of `instr`, when it is an atomic access.
fn access(instr: Instr) -> Option<(Family, Ty)> {
    let index = (instr as usize).checked_sub(Instr::I32AtomicLoad as usize)?;
    let (ty, width) = WIDTHS[index % WIDTHS.len()];
    let family = Family::AtomicLoad8 as usize + index / WIDTHS.len() * 4 + width;
    (instr as usize <= Instr::I64AtomicRmw32CmpxchgU as usize).then(|| (Family::ALL[family], ty))
}

impl Translation<'_> {
    /// Translates an atomic instruction; says whether `instr` is one.
    pub(super) fn atomic(&mut self, instr: Instr) -> Result<bool, Error> {
        match instr {
            Instr::MemoryAtomicNotify => self.wait(Family::MemoryAtomicNotify, 2)?,
            Instr::MemoryAtomicWait32 => self.wait(Family::MemoryAtomicWait32, 3)?,
            Instr::MemoryAtomicWait64 => self.wait(Family::MemoryAtomicWait64, 3)?,
            Instr::AtomicFence => {
                self.reader.fence()?;
                self.op(Family::AtomicFence.first(), Fields::wide(0, 0, 0));
                self.forget_last();
            }
            _ => {
                let Some((family, ty)) = access(instr) else { return Ok(false) };
                match family as usize {
                    n if n < Family::AtomicStore8 as usize => self.atomic_load(family, ty)?,
                    n if n < Family::AtomicAdd8 as usize => self.atomic_store(family)?,
                    n if n < Family::AtomicCmpxchg8 as usize => self.atomic_rmw(family, ty)?,
                    _ => self.atomic_cmpxchg(family, ty)?,
                }
            }
        }
        Ok(true)
    }

    fn wait(&mut self, family: Family, params: usize) -> Result<(), Error> {
        let arg = self.reader.mem_arg()?;
        self.outline(family, params, arg.mem.0, 0, Some(Ty::I32))?;
        self.word(arg.offset);
        Ok(())
    }

    fn atomic_load(&mut self, family: Family, ty: Ty) -> Result<(), Error> {
        let arg = self.reader.mem_arg()?;
        let addr = self.pop();
        let addr = self.src(addr, Imm::No, true);
        let fields = Fields::narrow(0, addr.short(), mem_field(arg.mem)?, 0);
        self.define(family.first() + addr.digit() * 3, fields, ty)?;
        self.word(arg.offset);
        Ok(())
    }

    fn atomic_store(&mut self, family: Family) -> Result<(), Error> {
        let arg = self.reader.mem_arg()?;
        let (value, addr) = (self.pop(), self.pop());
        let value = self.src(value, Imm::No, false);
        let addr = self.src(addr, Imm::No, false);
        let fields = Fields::narrow(value.short(), addr.short(), mem_field(arg.mem)?, 0);
        self.op(family.first() + addr.digit() * 3 + value.digit(), fields);
        self.word(arg.offset);
        self.forget_last();
        Ok(())
    }

    fn atomic_rmw(&mut self, family: Family, ty: Ty) -> Result<(), Error> {
        let arg = self.reader.mem_arg()?;
        let (value, addr) = (self.pop(), self.pop());
        let constant = match value.place() {
            super::stack::Place::Const(bits) if Imm::Short.takes(value.ty(), bits) => Some(bits as u16),
            _ => None,
        };
        let operand = match constant {
            Some(bits) => bits,
            None => self.src_slot(value),
        };
        let addr = self.src_slot(addr);
        let fields = Fields::narrow(0, addr, mem_field(arg.mem)?, operand);
        let variant = u16::from(constant.is_some()) * 3;
        debug_assert_eq!(
            family.class(variant, 1),
            if constant.is_some() { Class::Imm } else { Class::Slot },
            "a value is in a slot or a constant"
        );
        self.define(family.first() + variant, fields, ty)?;
        self.word(arg.offset);
        Ok(())
    }

    fn atomic_cmpxchg(&mut self, family: Family, ty: Ty) -> Result<(), Error> {
        let arg = self.reader.mem_arg()?;
        let (new, expected, addr) = (self.pop(), self.pop(), self.pop());
        let (new, expected, addr) = (self.src_slot(new), self.src_slot(expected), self.src_slot(addr));
        self.define(family.first(), Fields::narrow(0, addr, mem_field(arg.mem)?, expected), ty)?;
        self.word(arg.offset);
        self.word(new.into());
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::format;
    use alloc::string::ToString;

    #[test]
    fn instructions_and_families_of_the_same_name_correspond() {
        let mut count = 0;
        for &instr in Instr::ALL {
            let name = instr.to_string();
            let Some((ty, rest)) = name.split_once(".atomic.") else { continue };
            let Some((ty, bits)) = [("i32", Ty::I32, 32), ("i64", Ty::I64, 64)]
                .iter()
                .find_map(|&(text, class, bits)| (text == ty).then_some((class, bits)))
            else {
                continue;
            };
            // `rmw8.add_u`, `rmw.add`, `load8_u`, `store`.
            let rest = rest.strip_prefix("rmw").unwrap_or(rest);
            let digits: alloc::string::String = rest.chars().filter(char::is_ascii_digit).collect();
            let width = digits.parse().unwrap_or(bits);
            let op: alloc::string::String =
                rest.trim_end_matches("_u").chars().filter(char::is_ascii_lowercase).collect();
            let (family, class) = access(instr).expect("it is an access");
            assert_eq!(family.info().text, format!("atomic.{op}{width}"), "{name}");
            assert_eq!(class, ty, "{name}");
            count += 1;
        }
        assert_eq!(count, 63);
        assert_eq!(access(Instr::AtomicFence), None);
    }
}

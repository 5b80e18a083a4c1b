//! Register code as text, one op a line.
//!
//! ```text
//!    0  zero_cells first=4 cells=1
//!    2  br_i32.ge_s s0, 10 -> 9
//!    5  s1, acc = i32.add s1, 1
//! ```
//!
//! `sN` is a slot, `acc` the accumulator of the operand's type, `pin` the pinned local, `kept` the kept vector; a
//! destination in a slot shows the accumulator where it is written too.

use super::{Class, Family, Name, OpAt, Ops, Role, Shape, Ty};
use crate::num::counting::Relation;
use crate::num::short_mask;
use core::fmt;

/// Shows the ops in a code buffer.
///
/// Words that are no op are shown as such, and end the text.
#[derive(Clone, Copy, Debug)]
pub struct Disassembly<'c>(pub &'c [u64]);

impl fmt::Display for Disassembly<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for op in Ops::new(self.0) {
            match op {
                Ok(op) => writeln!(f, "{:5}  {op}", op.at)?,
                Err(at) => writeln!(f, "{at:5}  <no op: {:#x}>", self.0[at])?,
            }
        }
        Ok(())
    }
}

impl fmt::Display for OpAt<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (operand, class) in self.operands() {
            match operand.role {
                Role::Dst => {
                    let slot = self.slot(&operand);
                    let quiet = matches!(
                        self.family().info().shape,
                        Shape::Copy
                            | Shape::Copy2
                            | Shape::CopyJump
                            | Shape::Copy2Jump
                            | Shape::CopyBrIf
                            | Shape::CopyAddBr
                            | Shape::Const
                            | Shape::Outline
                    );
                    match class {
                        Class::Acc => f.write_str("acc = ")?,
                        Class::Pin => write!(f, "s{slot}, pin = ")?,
                        _ if quiet => write!(f, "s{slot} = ")?,
                        _ => write!(f, "s{slot}, acc = ")?,
                    }
                }
                Role::DstCells(count) => {
                    let slot = self.slot(&operand);
                    write!(f, "s{slot}..s{} = ", slot + u64::from(count) - 1)?;
                }
                _ => {}
            }
        }
        f.write_str(self.family().info().text)?;
        let mut separator = " ";
        for (operand, class) in self.operands() {
            let field = || self.field(operand.field);
            match operand.role {
                Role::Dst | Role::DstCells(_) => continue,
                Role::Src | Role::Update => {
                    f.write_str(separator)?;
                    self.source(f, &operand, class)?;
                }
                Role::SrcCells(count) => {
                    let slot = self.slot(&operand);
                    write!(f, "{separator}s{slot}..s{}", slot + u64::from(count) - 1)?;
                }
                Role::Target => {
                    let again = if class == Class::Acc { " again" } else { "" };
                    write!(f, "{again} -> {}", field())?;
                }
                Role::Targets => {
                    f.write_str(" ->")?;
                    for word in self.targets() {
                        write!(f, " {}", self.words[word])?;
                    }
                }
                Role::Num(Name::Constant) if matches!(self.family().info().shape, Shape::ComWide) => {
                    write!(f, ", {}", field() as i64)?;
                }
                Role::Num(Name::Constant) => self.constant_text(f, field())?,
                Role::Num(Name::Step) => write!(f, " += {}", field() as u16 as i16)?,
                Role::Num(Name::Mask) => write!(f, " & {}", short_mask(field() as u16).cast_signed())?,
                Role::Num(name @ Name::Relation) => {
                    let relation =
                        Relation::ALL.get(field() as usize).map_or("?", |relation| relation.text());
                    write!(f, " {} {relation}", name.text())?;
                }
                Role::Num(Name::Sum) => write!(f, " + {}", field() as u32 as i32)?,
                Role::Num(Name::Offset) => write!(f, " +{}", field())?,
                Role::Num(Name::LanesHigh) => write!(f, ":{:016x}", field())?,
                Role::Num(name @ Name::Lanes) => write!(f, "{separator}{}={:016x}", name.text(), field())?,
                Role::Num(name) => write!(f, "{separator}{}={}", name.text(), field())?,
            }
            separator = ", ";
        }
        Ok(())
    }
}

impl OpAt<'_> {
    fn source(&self, f: &mut fmt::Formatter<'_>, operand: &super::Operand, class: Class) -> fmt::Result {
        if operand.classes.is_empty() {
            return f.write_str("acc");
        }
        match class {
            Class::Slot => write!(f, "s{}", self.slot(&operand)),
            Class::Acc => f.write_str("acc"),
            Class::Pin if operand.ty == Ty::V128 => f.write_str("kept"),
            Class::Pin => f.write_str("pin"),
            Class::Imm => {
                let value = self.constant(operand);
                match operand.ty {
                    Ty::F32 => write!(f, "{:?}", f32::from_bits(value as u32)),
                    Ty::F64 => write!(f, "{:?}", f64::from_bits(value as u64)),
                    _ => write!(f, "{value}"),
                }
            }
        }
    }

    fn constant_text(&self, f: &mut fmt::Formatter<'_>, bits: u64) -> fmt::Result {
        match self.family() {
            Family::ConstF32 => write!(f, " {:?}", f32::from_bits(bits as u32)),
            Family::ConstF64 => write!(f, " {:?}", f64::from_bits(bits)),
            Family::ConstV128 => write!(f, " {bits:016x}"),
            _ => write!(f, " {bits:#x}"),
        }
    }
}

//! Pass *jumps*: what jumps become once a function is translated, and it is known where they lead. Nothing moves.
//!
//! | rule | before | after |
//! |---|---|---|
//! | jump to a return | `s3 = copy s0; jump -> 9; … 9: return.i32 s3` | `return.i32 s0; …` |
//! | copy and jump | `s3 = copy s0; jump -> 9` | `s3 = copy_jump s0 -> 9` |

use super::func::{PREFIX, Translation};
use super::stack::NONE;
use crate::ir::{Class, Family, Fields, Op, Shape, Ty};

impl Translation<'_> {
    /// Both rules, for all jumps of the function: those to a return return themselves; and where the op before such a jump
    /// only copies the value that is returned, that value is returned from where it is.
    pub(super) fn thread_jumps(&mut self) {
        let slots_only = self.slots_only();
        let code = &mut self.s.code;
        for &(at, before) in &self.s.jumps {
            let at = at as usize;
            let target = code[at + 1] as usize + PREFIX;
            let Some(op) = Op::new(code[target]) else { continue };
            let family = op.family();
            if !matches!(family.shape(), Shape::Return | Shape::ReturnValue) {
                // The places of handlers may lie between the two.
                if !slots_only && before != NONE && self.s.handlers.is_empty() {
                    copy_and_jump(code, at, before as usize);
                }
                continue;
            }
            let fields = Fields(code[target + 1]);
            (code[at], code[at + 1]) = (code[target], fields.0);
            let has_no_value = family.shape() == Shape::Return;
            if slots_only || before == NONE || has_no_value || op.variant() != Class::Slot as u16 {
                continue;
            }
            let ty = family.info().operands.as_slice()[0].ty;
            let before = before as usize;
            let Some(copy) = Op::new(code[before]) else { continue };
            let source = Fields(code[before + 1]);
            if !ty.is_int() || source.d() != fields.b16() {
                continue;
            }
            let (class, bits) = match (copy.family(), copy.classes()) {
                (Family::Copy, [class, Class::Slot, ..]) => (class, source.a().into()),
                // Constants are extended with zeros there and with their sign here.
                (Family::Const32, [_, Class::Slot, ..]) if ty == Ty::I32 || source.b() < 1 << 31 => {
                    (Class::Imm, source.b())
                }
                _ => continue,
            };
            // A source of an integer has all classes.
            code[before] = u64::from(family.first() + class as u16);
            code[before + 1] = Fields::wide(fields.d(), 0, bits).0;
        }
    }
}

/// Rule *copy and jump*: makes one op of the jump at `at` and the op at `before`, which comes before it, if that copies one value
/// or two. It has as many words as both, so that all targets stay what they are.
fn copy_and_jump(code: &mut [u64], at: usize, before: usize) {
    let op = Op::new(code[before]).expect("the code buffer holds ops");
    // One that goes back to the start of a short loop keeps to the loop register.
    if before + 2 != at || code[at] != u64::from(Family::Jump.first()) {
        return;
    }
    let fields = Fields(code[before + 1]);
    let (family, variant, fields) = match (op.family(), op.classes()) {
        (Family::Copy2, _) => (Family::Copy2Jump, op.variant(), fields),
        (Family::Copy, [from, to @ (Class::Slot | Class::Pin), ..]) => {
            (Family::CopyJump, from as u16 * 2 + u16::from(to == Class::Pin), fields)
        }
        (Family::Const32, [_, to @ (Class::Slot | Class::Pin), ..]) if fields.b() <= i16::MAX as u32 => {
            let fields = Fields::wide(fields.d(), fields.b16(), 0);
            (Family::CopyJump, Class::Imm as u16 * 2 + u16::from(to == Class::Pin), fields)
        }
        _ => return,
    };
    code[before] = u64::from(family.first() + variant);
    code[before + 1] = fields.0;
}

//! A short way through the instructions that are most of every body, with the cursor in a register.
//!
//! Which family executes an instruction, and how, is looked up once, by its byte. What is not as usual ends the short way
//! before the instruction in question, and [`Translation::instr`] translates that one: immediates that are long, memories
//! that are shared or have 64-bit indices, and every instruction that is not in [`PLANS`]. The code is the same either way.

use super::control::JUMPS;
use super::func::Translation;
use super::memory::{Load, load, store};
use super::plain::family_of;
use super::stack::Entry;
use crate::error::Error;
use crate::instr::{self, Instr};
use crate::ir::{Family, Shape, Ty};
use crate::module::{BlockType, Cursor};
use crate::types::{FuncIdx, LabelIdx};

const LOCAL_GET: u8 = Instr::LocalGet.opcode()[0] as u8;
const I32_CONST: u8 = Instr::I32Const.opcode()[0] as u8;

/// The block type without parameters and results.
const NO_TYPE: u8 = 0x40;

/// How an instruction of one byte is translated.
#[derive(Clone, Copy)]
struct Plan {
    kind: Kind,
    /// The type of what it pushes, for a load.
    ty: Ty,
    /// What executes it.
    family: Family,
}

/// Those of which the last operand may be taken as it is come first.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Commutative,
    Binary,
    Load,
    Store,
    LocalSet,
    /// It is not done here.
    Other,
    LocalTee,
    I64Const,
    Unary,
    Eqz,
    Block,
    Loop,
    If,
    Else,
    End,
    Br,
    BrIf,
    Return,
    Call,
    Drop,
    Select,
    GlobalGet,
    GlobalSet,
    Extend,
    Nop,
}

impl Kind {
    /// Whether it has operands of which the last may be taken as it is.
    #[inline(always)]
    fn takes_operand(self) -> bool {
        self as u8 <= Kind::LocalSet as u8
    }
}

/// By the byte of the instruction.
static PLANS: [Plan; 256] = {
    let mut plans = [Plan { kind: Kind::Other, ty: Ty::None, family: Family::Jump }; 256];
    let mut byte = 0;
    while byte < plans.len() {
        if let Some(instr) = instr::ONE_BYTE[byte] {
            plans[byte] = plan(instr);
        }
        byte += 1;
    }
    plans
};

const fn plan(instr: Instr) -> Plan {
    if let Some(Load(family, ty)) = load(instr) {
        return Plan { kind: Kind::Load, ty, family };
    }
    if let Some(family) = store(instr) {
        return Plan { kind: Kind::Store, ty: Ty::None, family };
    }
    if let Some(family) = family_of(instr) {
        let kind = match family.shape() {
            Shape::Com | Shape::Cmp => Kind::Commutative,
            Shape::Bin | Shape::TryBin => Kind::Binary,
            Shape::Un if matches!(family, Family::I32Eqz) => Kind::Eqz,
            Shape::Un | Shape::TryUn if !matches!(family, Family::I32Popcnt) => Kind::Unary,
            _ => Kind::Other,
        };
        return Plan { kind, ty: Ty::None, family };
    }
    let kind = match instr {
        Instr::LocalSet => Kind::LocalSet,
        Instr::LocalTee => Kind::LocalTee,
        Instr::I64Const => Kind::I64Const,
        Instr::Block => Kind::Block,
        Instr::Loop => Kind::Loop,
        Instr::If => Kind::If,
        Instr::Else => Kind::Else,
        Instr::End => Kind::End,
        Instr::Br => Kind::Br,
        Instr::BrIf => Kind::BrIf,
        Instr::Call => Kind::Call,
        Instr::Drop => Kind::Drop,
        Instr::Return => Kind::Return,
        Instr::Select => Kind::Select,
        Instr::GlobalGet => Kind::GlobalGet,
        Instr::GlobalSet => Kind::GlobalSet,
        Instr::I64ExtendI32U => Kind::Extend,
        Instr::Nop => Kind::Nop,
        _ => Kind::Other,
    };
    Plan { kind, ty: Ty::None, family: Family::Jump }
}

impl Translation<'_> {
    /// Translates instructions as long as they are as usual and can be reached. Says whether the next one is to be translated
    /// otherwise: it may be out of reach, but then it is where a frame goes on or ends.
    pub(super) fn quick(&mut self) -> Result<bool, Error> {
        let mut is_left = true;
        let has_plain_memory = self.has_plain_memory();
        let mut cursor = self.reader.cursor();
        loop {
            let mut next = cursor;
            let Some(byte) = next.byte() else { break };
            self.offset = cursor.offset();
            // Two of five instructions are one of these: told apart from the others by branches, which the processor
            // foresees better than where the table leads.
            let operand = if byte == LOCAL_GET {
                let Some(index) = next.u32() else { break };
                Some(self.local_operand(index)?)
            } else if byte == I32_CONST {
                let Some(value) = next.s32_short() else { break };
                Some(self.const_operand(Ty::I32, (value as u32).into())?)
            } else {
                None
            };
            if let Some(operand) = operand {
                cursor = self.take_operand(operand, next, has_plain_memory)?;
                continue;
            }
            let &Plan { kind, ty, family } = &PLANS[usize::from(byte)];
            self.make_room_for_instr()?;
            match kind {
                Kind::Other => break,
                Kind::I64Const => {
                    let Some(value) = next.s32_short() else { break };
                    let operand = self.const_operand(Ty::I64, i64::from(value) as u64)?;
                    next = self.take_operand(operand, next, has_plain_memory)?;
                }
                Kind::LocalSet | Kind::LocalTee => {
                    let Some(index) = next.u32() else { break };
                    self.local_set(index);
                    if kind == Kind::LocalTee {
                        self.local_get(index)?;
                    }
                }
                Kind::Commutative => self.commutative(family),
                Kind::Binary => self.binary(family),
                Kind::Unary => self.unary(family)?,
                Kind::Eqz => self.eqz(family)?,
                Kind::Load | Kind::Store => {
                    let offset = if has_plain_memory { next.offset_of_access() } else { None };
                    let Some(offset) = offset else { break };
                    if kind == Kind::Load {
                        self.plain_load(family, ty, offset)?;
                    } else {
                        self.plain_store(family, offset);
                    }
                }
                Kind::Block | Kind::Loop => {
                    if next.byte() != Some(NO_TYPE) {
                        break;
                    }
                    self.block(kind == Kind::Loop, BlockType::Empty)?;
                }
                Kind::Call => {
                    let Some(func) = next.u32() else { break };
                    self.direct_call(FuncIdx(func), false)?;
                    // A function that was inlined may not return.
                    if !self.reachable {
                        (cursor, is_left) = (next, false);
                        break;
                    }
                }
                // What follows may be beyond the end, or out of reach.
                Kind::If | Kind::Else | Kind::End | Kind::Br | Kind::BrIf | Kind::Return => {
                    if !self.quick_branch(kind, &mut next)? {
                        break;
                    }
                    if !self.reachable || self.s.frames.is_empty() {
                        (cursor, is_left) = (next, false);
                        break;
                    }
                }
                Kind::Drop => {
                    self.pop();
                }
                Kind::Select => self.select()?,
                Kind::GlobalGet => {
                    let Some(global) = next.u32() else { break };
                    self.global_get(global)?;
                }
                Kind::GlobalSet => {
                    let Some(global) = next.u32() else { break };
                    self.global_set(global);
                }
                Kind::Extend => self.extend_unsigned(),
                Kind::Nop => {}
            }
            cursor = next;
        }
        self.reader.go_to(&cursor);
        Ok(is_left)
    }

    /// Translates the instruction at `cursor` if it takes `operand` at once, and otherwise puts that on the stack. Returns where
    /// to go on.
    #[inline(always)]
    fn take_operand<'a>(
        &mut self,
        operand: Entry,
        cursor: Cursor<'a>,
        has_plain_memory: bool,
    ) -> Result<Cursor<'a>, Error> {
        let mut next = cursor;
        let byte = next.byte().unwrap_or(LOCAL_GET);
        let &Plan { kind, ty, family } = &PLANS[usize::from(byte)];
        if kind.takes_operand() {
            self.make_room_for_instr()?;
            self.offset = cursor.offset();
            match kind {
                Kind::Commutative | Kind::Binary => {
                    self.binary_with(family, operand);
                    return Ok(next);
                }
                Kind::LocalSet => {
                    if let Some(index) = next.u32() {
                        self.set_local(index, operand);
                        return Ok(next);
                    }
                }
                Kind::Load | Kind::Store if has_plain_memory => {
                    if let Some(offset) = next.offset_of_access() {
                        match kind {
                            Kind::Load => self.load_with(family, ty, operand, offset)?,
                            _ => self.store_with(family, operand, offset),
                        }
                        return Ok(next);
                    }
                }
                _ => {}
            }
        }
        self.push_operand(operand);
        Ok(cursor)
    }

    /// Translates an instruction of this kind, whose immediates begin at `next`, if it is as usual; says whether it is.
    fn quick_branch(&mut self, kind: Kind, next: &mut Cursor<'_>) -> Result<bool, Error> {
        self.make_room_for_jumps(JUMPS)?;
        match kind {
            Kind::End => self.end()?,
            Kind::Else => self.else_()?,
            Kind::Return => {
                self.return_();
                self.reachable = false;
            }
            Kind::If => {
                if next.byte() != Some(NO_TYPE) {
                    return Ok(false);
                }
                self.if_(BlockType::Empty)?;
            }
            _ => {
                let Some(label) = next.u32() else { return Ok(false) };
                if kind == Kind::Br {
                    self.br(LabelIdx(label));
                } else {
                    self.br_if(LabelIdx(label));
                }
            }
        }
        Ok(true)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Features;
    use crate::instr::OperandType;
    use crate::module::Module;
    use crate::translate::Translator;
    use crate::types::TypeStore;
    use alloc::format;
    use alloc::string::String;
    use alloc::vec::Vec;

    /// The code of the only function of the module with this text, by the short way or without it.
    fn code(text: &str, slowly: bool) -> Vec<u64> {
        let bytes = wat::parse_str(text).expect("well-formed");
        let module = Module::parse(&bytes, &Features::all(), &mut TypeStore::new()).expect("valid");
        let mut translator = Translator::new();
        translator.state.slowly = slowly;
        translator.translate(&module, &bytes, FuncIdx(0)).expect("it can be translated").into()
    }

    fn assert_same(text: &str) {
        assert_eq!(code(text, false), code(text, true), "{text}");
    }

    #[test]
    fn every_planned_instruction_becomes_the_same_code_either_way() {
        for instr in Instr::ALL {
            let Some(signature) = instr.signature() else { continue };
            let is_const = plan(*instr).kind == Kind::I64Const;
            if plan(*instr).kind == Kind::Other || is_const {
                continue;
            }
            let types = ["i32", "i64", "f32", "f64", "v128"];
            let name = |ty: &OperandType| match ty {
                OperandType::Addr => "i32",
                ty => types[*ty as usize - 1],
            };
            let params: String = signature.params().iter().map(|ty| format!(" {}", name(ty))).collect();
            let gets: String =
                (0..signature.params().len()).map(|index| format!("(local.get {index})")).collect();
            let results = signature.results().len();
            let body = format!("{gets} {instr} {}", "drop ".repeat(results));
            assert_same(&format!("(module (memory 1) (func (param{params}) {body}))"));
        }
    }

    #[test]
    fn what_is_not_as_usual_is_left_to_the_other_way() {
        let long = "i32.const -2147483648 i64.const 0x123456789a i64.add drop drop";
        for (memory, body) in [
            ("(memory i64 1)", "(drop (i32.load offset=8 (i64.const 0)))"),
            ("(memory 1 1 shared)", "(i32.store (i32.const 0) (i32.load (i32.const 4)))"),
            ("(memory 1) (memory 1)", "(drop (i32.load 1 (i32.const 0)))"),
            (
                "",
                long.replace("i64.const 0x123456789a i64.add", "drop i64.const 0x123456789a i32.const 1")
                    .as_str(),
            ),
            ("", "(drop (block (result i32) (br_if 0 (i32.const 1) (local.get 0)) (br 0)))"),
            (
                "",
                "loop (if (local.get 0) (then (br 1)) (else (br 0) (i32.add) (drop))) end unreachable (i32.add) (drop)",
            ),
            ("", "(local.set 0 (i32.eqz (local.tee 0 (i32.const -1)))) (call 0 (local.get 0)) return"),
        ] {
            assert_same(&format!("(module {memory} (func (param i32) {body}))"));
        }
    }

    #[test]
    fn operands_taken_at_once_become_the_same_code() {
        let operands = ["local.get 0", "local.get 1", "i32.const 7", "i32.const 0x12345678", "i32.const -1"];
        let lefts = [
            "(i32.add (local.get 1) (local.get 0))",
            "(i32.load (local.get 0))",
            "(call 0 (i32.const 1) (i32.const 2))",
        ];
        let module = |body: &str| {
            format!("(module (memory 1) (func (param i32 i32) (result i32) {body} (local.get 0)))")
        };
        for right in operands {
            assert_same(&module(&format!(
                "loop {right} local.set 0 local.get 0 {right} local.set 0 br_if 0 end"
            )));
            assert_same(&module(&format!("{right} i32.load offset=9 local.set 1 {right} i64.load drop")));
            for left in operands.into_iter().chain(lefts) {
                for instr in ["i32.add", "i32.sub", "i32.shl", "i32.lt_s", "i32.div_u", "i32.eq", "i32.shr_s"]
                {
                    assert_same(&module(&format!("{left} {right} {instr} {right} {instr} local.set 1")));
                }
                assert_same(&module(&format!("{left} {right} i32.store offset=3 {left} {right} i32.store8")));
                assert_same(&module(&format!(
                    "{left} i64.extend_i32_s {right} i64.extend_i32_u i64.shr_s drop"
                )));
            }
        }
    }

    #[test]
    fn handlers_after_what_is_out_of_reach_are_translated() {
        for body in [
            "try br 0 catch_all end",
            "try return catch 0 unreachable catch_all end",
            "try try br 1 delegate 0 catch_all end",
            "block try_table (catch_all 0) br 0 end end",
        ] {
            assert_same(&format!("(module (tag) (func (param i32) {body}))"));
        }
    }

    #[test]
    fn most_of_the_instructions_of_one_byte_are_planned() {
        let planned = PLANS.iter().filter(|plan| plan.kind != Kind::Other).count();
        assert!(planned > 100, "{planned}");
    }
}

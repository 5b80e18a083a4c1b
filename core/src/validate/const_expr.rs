//! Constant expressions: initial values of globals and tables, offsets and elements of segments.
//!
//! They are validated like function bodies without parameters and locals, where only constant instructions are
//! allowed. Which globals they may refer to follows from when they are validated: the module has those that precede
//! the expression, and no others yet.
//!
//! Spec: WebAssembly 3.0, section 3.4.13 "Constant Expressions".

use super::func::{Body, FuncValidator};
use super::stack::FrameKind;
use crate::error::Error;
use crate::features::{Features, Proposal};
use crate::instr::Instr;
use crate::module::{BlockType, ConstExpr, Module, Reader, Result, missing, no_floats};
use crate::text::format;
use crate::types::{FuncIdx, ValType};

impl FuncValidator {
    /// Reads and validates the constant expression at `reader`, which must yield a `ty`.
    pub(crate) fn const_expr(
        &mut self,
        module: &Module,
        reader: &mut Reader<'_>,
        ty: ValType,
    ) -> Result<ConstExpr> {
        let start = reader.offset();
        let mut body = Body::new(module, reader.clone(), self);
        body.is_const = true;
        body.open_frame(FrameKind::Body, BlockType::Value(ty))?;
        while !body.stacks.frames.is_empty() {
            let at = body.reader.offset();
            body.next_const_instr().map_err(|error| error.at(at))?;
        }
        let end = body.reader.offset();
        reader.bytes(end - start)?;
        Ok(ConstExpr(start..end))
    }

    /// The functions that the last constant expression refers to.
    pub(crate) fn declared(&self) -> &[FuncIdx] {
        &self.declared
    }
}

impl Body<'_, '_> {
    fn next_const_instr(&mut self) -> Result<()> {
        let instr = self.reader.instr()?;
        let features = self.module.features;
        if !is_constant(instr, features) {
            return Err(Error::invalid(format!("constant expression required: {instr} is not constant")));
        }
        if !features.has(instr.proposal()) {
            return Err(missing(instr.proposal(), instr.name()));
        }
        if !cfg!(feature = "floats") && instr.is_float() {
            return Err(no_floats());
        }
        self.make_room()?;
        self.instr(instr)
    }
}

fn is_constant(instr: Instr, features: Features) -> bool {
    use Instr::*;
    match instr {
        I32Const | I64Const | F32Const | F64Const | V128Const | RefNull | RefFunc | GlobalGet | End => true,
        I32Add | I32Sub | I32Mul | I64Add | I64Sub | I64Mul => features.has(Proposal::ExtendedConst),
        StructNew | StructNewDefault | ArrayNew | ArrayNewDefault | ArrayNewFixed | RefI31
        | AnyConvertExtern | ExternConvertAny => true,
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use crate::module::tests::parse;

    #[test]
    fn globals_may_refer_to_preceding_globals_only() {
        assert!(parse("(module (global i32 (i32.const 1)) (global i32 (global.get 0)))").is_ok());
        let error =
            parse("(module (global i32 (global.get 1)) (global i32 (i32.const 1)))").expect_err("follows");
        assert!(error.message().starts_with("unknown global 1"), "{error}");
    }

    #[test]
    fn what_is_computed_at_run_time_is_not_constant() {
        let error = parse("(module (global i32 (i32.popcnt (i32.const 1))))").expect_err("computed");
        assert!(error.message().starts_with("constant expression required"), "{error}");
        let error = parse("(module (global $m (mut i32) (i32.const 1)) (global i32 (global.get $m)))");
        assert!(error.expect_err("mutable").message().starts_with("constant expression required"));
    }
}

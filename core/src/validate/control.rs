//! Blocks, branches, calls and exceptions.
//!
//! Invariant: a frame is popped only with exactly its results on the operand stack, or in unreachable code.
//!
//! Spec: WebAssembly 3.0, section 3.4.3 "Control Instructions"; the exception handling proposal, "legacy
//! exceptions", for `try`, `catch`, `delegate` and `rethrow`.

use super::func::Body;
use super::stack::{Frame, FrameKind, mismatch, params, results};
use super::subtype;
use super::ty::Ty;
use crate::error::Error;
use crate::features::Proposal;
use crate::module::{BlockType, Result, missing};
use crate::text::format;
use crate::types::{
    CompositeType, FuncIdx, FuncType, HeapType, LabelIdx, RefType, TableIdx, TagIdx, TypeIdx, ValType,
};

impl<'m> Body<'m, '_> {
    pub(super) fn unreachable(&mut self) -> Result<()> {
        self.set_unreachable();
        Ok(())
    }

    fn block_type(&mut self) -> Result<BlockType> {
        let block = self.reader.block_type()?;
        match block {
            BlockType::Empty => {}
            BlockType::Value(ty) => self.check_val_type(ty)?,
            BlockType::Func(ty) => {
                if !self.module.features.has(Proposal::MultiValue) {
                    return Err(missing(Proposal::MultiValue, "a block with a function type"));
                }
                self.func_type(ty)?;
            }
        }
        Ok(block)
    }

    /// The function type at `ty`.
    pub(super) fn func_type(&self, ty: TypeIdx) -> Result<&'m FuncType> {
        match self.module.types.get(ty.index()).map(|def| &def.composite) {
            Some(CompositeType::Func(ty)) => Ok(ty),
            Some(_) => Err(Error::invalid(format!("type mismatch: type {ty} is not a function type"))),
            None => Err(Error::invalid(format!("unknown type {ty}"))),
        }
    }

    pub(super) fn block(&mut self, kind: FrameKind) -> Result<()> {
        let block = self.block_type()?;
        let module = self.module;
        self.pop_all(params(&block, module))?;
        self.push_frame(kind, block)
    }

    pub(super) fn r#if(&mut self) -> Result<()> {
        let block = self.block_type()?;
        let module = self.module;
        self.pop_expect(Ty::I32)?;
        self.pop_all(params(&block, module))?;
        self.push_frame(FrameKind::If, block)
    }

    pub(super) fn r#else(&mut self) -> Result<()> {
        let frame = self.frame()?;
        if frame.kind != FrameKind::If {
            return Err(Error::malformed("else without if"));
        }
        self.pop_frame()?;
        self.push_frame(FrameKind::Else, frame.block)
    }

    pub(super) fn end(&mut self) -> Result<()> {
        let frame = self.pop_frame()?;
        let module = self.module;
        if frame.kind == FrameKind::If {
            // Without `else`, the parameters become the results.
            let (params, results) = (params(&frame.block, module), results(&frame.block, module));
            let same = params.len() == results.len()
                && params.iter().zip(results).all(|(&a, &b)| subtype::val_matches(&module.types, a, b));
            if !same {
                return Err(Error::invalid(
                    "type mismatch: if without else must have its parameters as results",
                ));
            }
        }
        self.push_all(results(&frame.block, module))
    }

    fn read_label(&mut self) -> Result<Frame> {
        let label = self.reader.u32()?;
        self.label(LabelIdx(label))
    }

    pub(super) fn br(&mut self) -> Result<()> {
        let frame = self.read_label()?;
        self.pop_all(frame.label_types(self.module))?;
        self.set_unreachable();
        Ok(())
    }

    pub(super) fn br_if(&mut self) -> Result<()> {
        let frame = self.read_label()?;
        self.pop_expect(Ty::I32)?;
        let types = frame.label_types(self.module);
        self.pop_all(types)?;
        self.push_all(types)
    }

    pub(super) fn br_table(&mut self) -> Result<()> {
        let table = self.reader.br_table()?;
        self.pop_expect(Ty::I32)?;
        let module = self.module;
        let default = self.label(table.default())?;
        let default = default.label_types(module);
        // Each frame is checked once, however many labels name it.
        self.stacks.br_tables += 1;
        let this = self.stacks.br_tables;
        for label in table.targets() {
            let at = self.label_position(label)?;
            let frame = self.stacks.frames[at];
            if frame.br_table == this {
                continue;
            }
            let types = frame.label_types(module);
            if types.len() != default.len() {
                return Err(Error::invalid(format!(
                    "type mismatch: br_table has labels of {} and of {} values",
                    types.len(),
                    default.len()
                )));
            }
            self.peek_all(types)?;
            self.stacks.frames[at].br_table = this;
        }
        self.pop_all(default)?;
        self.set_unreachable();
        Ok(())
    }

    /// The types that `return` takes along. The outermost frame's are the function's results.
    fn return_types(&self) -> Result<&'m [ValType]> {
        match self.stacks.frames.first().map(|frame| frame.block) {
            Some(BlockType::Func(ty)) => Ok(self.module.func_type_at(ty).results()),
            _ => Err(Error::invalid("constant expression required")),
        }
    }

    pub(super) fn r#return(&mut self) -> Result<()> {
        let types = self.return_types()?;
        self.pop_all(types)?;
        self.set_unreachable();
        Ok(())
    }

    fn callee(&mut self) -> Result<&'m FuncType> {
        let func = self.reader.u32()?;
        match self.module.funcs.get(func as usize) {
            Some(_) => Ok(self.module.func_type(FuncIdx(func))),
            None => Err(Error::invalid(format!("unknown function {func}"))),
        }
    }

    /// Reads the immediates of an indirect call and pops the index of the table's element.
    fn indirect_callee(&mut self) -> Result<&'m FuncType> {
        let ty = TypeIdx(self.reader.u32()?);
        let table = TableIdx(self.reader.u32()?);
        let (element, addr) = self.table(table)?;
        if !subtype::ref_matches(&self.module.types, element, RefType::FUNCREF) {
            return Err(mismatch("a table of functions", format!("one of {element}")));
        }
        let ty = self.func_type(ty)?;
        self.pop_expect(addr)?;
        Ok(ty)
    }

    /// Reads the immediate of a call through a reference and pops the reference.
    fn referenced_callee(&mut self) -> Result<&'m FuncType> {
        let index = TypeIdx(self.reader.u32()?);
        let ty = self.func_type(index)?;
        self.pop_expect(Ty::from_ref(RefType { nullable: true, heap: HeapType::Concrete(index) }))?;
        Ok(ty)
    }

    fn call_to(&mut self, ty: &FuncType) -> Result<()> {
        self.pop_all(ty.params())?;
        self.push_all(ty.results())
    }

    fn return_call_to(&mut self, ty: &FuncType) -> Result<()> {
        let (found, expected) = (ty.results(), self.return_types()?);
        let types = &self.module.types;
        let same = found.len() == expected.len()
            && found.iter().zip(expected).all(|(&a, &b)| subtype::val_matches(types, a, b));
        if !same {
            return Err(Error::invalid(
                "type mismatch: the results of a tail call must be those of its function",
            ));
        }
        self.pop_all(ty.params())?;
        self.set_unreachable();
        Ok(())
    }

    pub(super) fn call(&mut self) -> Result<()> {
        let ty = self.callee()?;
        self.call_to(ty)
    }

    pub(super) fn call_indirect(&mut self) -> Result<()> {
        let ty = self.indirect_callee()?;
        self.call_to(ty)
    }

    pub(super) fn call_ref(&mut self) -> Result<()> {
        let ty = self.referenced_callee()?;
        self.call_to(ty)
    }

    pub(super) fn return_call(&mut self) -> Result<()> {
        let ty = self.callee()?;
        self.return_call_to(ty)
    }

    pub(super) fn return_call_indirect(&mut self) -> Result<()> {
        let ty = self.indirect_callee()?;
        self.return_call_to(ty)
    }

    pub(super) fn return_call_ref(&mut self) -> Result<()> {
        if !self.module.features.has(Proposal::FunctionReferences) {
            return Err(missing(Proposal::FunctionReferences, "return_call_ref"));
        }
        let ty = self.referenced_callee()?;
        self.return_call_to(ty)
    }

    /// The payload of the tag whose index is next.
    fn read_tag(&mut self) -> Result<&'m [ValType]> {
        let tag = self.reader.u32()?;
        self.tag(TagIdx(tag))
    }

    fn tag(&self, tag: TagIdx) -> Result<&'m [ValType]> {
        match self.module.tags.get(tag.index()) {
            Some(&ty) => Ok(self.module.func_type_at(ty).params()),
            None => Err(Error::invalid(format!("unknown tag {tag}"))),
        }
    }

    pub(super) fn throw(&mut self) -> Result<()> {
        let payload = self.read_tag()?;
        self.pop_all(payload)?;
        self.set_unreachable();
        Ok(())
    }

    pub(super) fn throw_ref(&mut self) -> Result<()> {
        self.pop_expect(Ty::from_val(ValType::EXNREF))?;
        self.set_unreachable();
        Ok(())
    }

    pub(super) fn try_table(&mut self) -> Result<()> {
        let block = self.block_type()?;
        let module = self.module;
        let exnref = ValType::Ref(RefType { nullable: false, heap: HeapType::Exn });
        // Labels of clauses are those outside the block.
        for catch in self.reader.catches()? {
            let frame = self.label(catch.label)?;
            let label = frame.label_types(module);
            let payload = catch.tag.map_or(Ok(&[][..]), |tag| self.tag(tag))?;
            let passed = payload.iter().copied().chain(catch.is_ref.then_some(exnref));
            let same = passed.clone().count() == label.len()
                && passed.zip(label).all(|(a, &b)| subtype::val_matches(&module.types, a, b));
            if !same {
                return Err(Error::invalid(
                    "type mismatch: a catch clause passes other values than its label takes",
                ));
            }
        }
        self.pop_all(params(&block, module))?;
        self.push_frame(FrameKind::TryTable, block)
    }

    /// Closes a `try` or one of its handlers before the next handler.
    fn next_handler(&mut self) -> Result<BlockType> {
        match self.frame()?.kind {
            FrameKind::Try | FrameKind::Catch => self.pop_frame().map(|frame| frame.block),
            _ => Err(Error::malformed("catch without try")),
        }
    }

    /// Opens a handler, which gets `payload` instead of the parameters of its `try`.
    fn push_handler(&mut self, kind: FrameKind, block: BlockType, payload: &[ValType]) -> Result<()> {
        self.open_frame(kind, block)?;
        self.push_all(payload)
    }

    pub(super) fn catch(&mut self) -> Result<()> {
        let payload = self.read_tag()?;
        let block = self.next_handler()?;
        self.push_handler(FrameKind::Catch, block, payload)
    }

    pub(super) fn catch_all(&mut self) -> Result<()> {
        let block = self.next_handler()?;
        self.push_handler(FrameKind::CatchAll, block, &[])
    }

    pub(super) fn delegate(&mut self) -> Result<()> {
        let label = self.reader.u32()?;
        if self.frame()?.kind != FrameKind::Try {
            return Err(Error::malformed("delegate without try"));
        }
        let frame = self.pop_frame()?;
        // The label is relative to the block around the `try`.
        self.label(LabelIdx(label))?;
        let module = self.module;
        self.push_all(results(&frame.block, module))
    }

    pub(super) fn rethrow(&mut self) -> Result<()> {
        let frame = self.read_label()?;
        if !matches!(frame.kind, FrameKind::Catch | FrameKind::CatchAll) {
            return Err(Error::invalid("invalid rethrow label: it must be that of a catch"));
        }
        self.set_unreachable();
        Ok(())
    }
}

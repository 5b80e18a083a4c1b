//! A check on the validator itself: debug builds compare how many operands an instruction pops and pushes with how
//! many it should.
//!
//! The second count is taken from the instruction and the module alone, before the instruction is validated, and
//! shares no code with the first. What goes the short way of [`quick`](super::quick) is not counted. Release builds do none
//! of this.

#[cfg(debug_assertions)]
pub(crate) use counted::Tally;
#[cfg(not(debug_assertions))]
pub(crate) use free::Tally;

#[cfg(debug_assertions)]
mod counted {
    use crate::instr::Instr;
    use crate::module::{BlockType, Module};
    use crate::types::{CompositeType, LabelIdx, TypeIdx};
    use crate::validate::func::Body;
    use crate::validate::stack::{params, results};

    /// Operands popped and pushed by the current instruction.
    #[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
    pub(crate) struct Tally {
        popped: usize,
        pushed: usize,
    }

    impl Tally {
        pub(crate) fn push(&mut self) {
            self.pushed += 1;
        }

        pub(crate) fn pop(&mut self) {
            self.popped += 1;
        }
    }

    impl Body<'_, '_> {
        /// What `instr` should pop and push. Nothing when it is invalid.
        pub(crate) fn arity_before(&mut self, instr: Instr) -> Option<Tally> {
            self.stacks.tally = Tally::default();
            let (popped, pushed) = match instr.signature() {
                Some(signature) => (signature.params().len(), signature.results().len()),
                None => self.special_arity(instr)?,
            };
            Some(Tally { popped, pushed })
        }

        /// Compares what `instr`, which is valid, popped and pushed.
        pub(crate) fn arity_after(&self, instr: Instr, expected: Option<Tally>) {
            debug_assert_eq!(Some(self.stacks.tally), expected, "operands popped and pushed by {instr}");
        }

        fn special_arity(&self, instr: Instr) -> Option<(usize, usize)> {
            use Instr::*;
            Some(match instr {
                Unreachable | Rethrow => (0, 0),
                LocalGet | GlobalGet | TableSize | RefNull | RefFunc | StructNewDefault => (0, 1),
                Drop | LocalSet | GlobalSet | ThrowRef => (1, 0),
                LocalTee | TableGet | RefIsNull | RefAsNonNull | RefTest | RefTestNull | RefCast
                | RefCastNull | AnyConvertExtern | ExternConvertAny | RefI31 | I31GetS | I31GetU
                | StructGet | StructGetS | StructGetU | ArrayNewDefault | ArrayLen => (1, 1),
                TableSet | StructSet => (2, 0),
                TableGrow | RefEq | ArrayNew | ArrayNewData | ArrayNewElem | ArrayGet | ArrayGetS
                | ArrayGetU => (2, 1),
                TableFill | TableCopy | TableInit | MemoryCopy | ArraySet => (3, 0),
                Select | SelectT => (3, 1),
                ArrayFill | ArrayInitData | ArrayInitElem => (4, 0),
                ArrayCopy => (5, 0),
                StructNew | ArrayNewFixed => (self.operands_of_new(instr)?, 1),
                Block | Loop | If | Try | TryTable | Else | End | Catch | CatchAll | Delegate => {
                    self.block_arity(instr)?
                }
                _ => self.transfer_arity(instr)?,
            })
        }

        fn operands_of_new(&self, instr: Instr) -> Option<usize> {
            let mut reader = self.reader.clone();
            let index = reader.u32().ok()? as usize;
            match &self.module.types.get(index)?.composite {
                CompositeType::Struct(fields) => Some(fields.len()),
                CompositeType::Array(_) if instr == Instr::ArrayNewFixed => Some(reader.u32().ok()? as usize),
                _ => None,
            }
        }

        /// Arity of what opens, continues or closes a block.
        fn block_arity(&self, instr: Instr) -> Option<(usize, usize)> {
            let mut reader = self.reader.clone();
            if matches!(instr, Instr::Block | Instr::Loop | Instr::If | Instr::Try | Instr::TryTable) {
                let block = reader.block_type().ok()?;
                let count = self.params(&block)?;
                return Some((count + usize::from(instr == Instr::If), count));
            }
            let block = self.stacks.frames.last()?.block;
            let taken = results(&block, self.module).len();
            let given = match instr {
                Instr::Else => self.params(&block)?,
                Instr::Catch => self.payload(reader.u32().ok()?)?,
                Instr::CatchAll => 0,
                _ => taken,
            };
            Some((taken, given))
        }

        /// Arity of branches, calls and throws.
        fn transfer_arity(&self, instr: Instr) -> Option<(usize, usize)> {
            use Instr::*;
            let mut reader = self.reader.clone();
            if matches!(
                instr,
                Call | CallIndirect | CallRef | ReturnCall | ReturnCallIndirect | ReturnCallRef
            ) {
                let index = reader.u32().ok()?;
                let direct = matches!(instr, Call | ReturnCall);
                let ty = if direct { *self.module.funcs.get(index as usize)? } else { TypeIdx(index) };
                let ty = func_type(self.module, ty)?;
                let results = matches!(instr, Call | CallIndirect | CallRef).then_some(ty.1).unwrap_or(0);
                return Some((ty.0 + usize::from(!direct), results));
            }
            let label = match instr {
                Return => LabelIdx(self.stacks.frames.len() as u32 - 1),
                BrTable => reader.br_table().ok()?.default(),
                BrOnCast | BrOnCastFail => reader.cast_arg().ok()?.label,
                Throw => return Some((self.payload(reader.u32().ok()?)?, 0)),
                _ => LabelIdx(reader.u32().ok()?),
            };
            let count = self.label(label).ok()?.label_types(self.module).len();
            Some(match instr {
                Br | Return => (count, 0),
                BrTable => (count + 1, 0),
                BrIf => (count + 1, count),
                BrOnNull => (count + 1, count + 1),
                BrOnNonNull => (count, count.checked_sub(1)?),
                BrOnCast | BrOnCastFail => (count, count),
                _ => unreachable!("{instr} has no arity"),
            })
        }

        fn params(&self, block: &BlockType) -> Option<usize> {
            match block {
                BlockType::Func(ty) => func_type(self.module, *ty).map(|ty| ty.0),
                _ => Some(params(block, self.module).len()),
            }
        }

        fn payload(&self, tag: u32) -> Option<usize> {
            func_type(self.module, *self.module.tags.get(tag as usize)?).map(|ty| ty.0)
        }
    }

    /// How many parameters and results `ty` has.
    fn func_type(module: &Module, ty: TypeIdx) -> Option<(usize, usize)> {
        match &module.types.get(ty.index())?.composite {
            CompositeType::Func(ty) => Some((ty.params().len(), ty.results().len())),
            _ => None,
        }
    }
}

#[cfg(not(debug_assertions))]
mod free {
    use crate::instr::Instr;
    use crate::validate::func::Body;

    /// Nothing.
    #[derive(Clone, Copy, Debug, Default)]
    pub(crate) struct Tally;

    impl Tally {
        #[inline]
        pub(crate) fn push(&mut self) {}

        #[inline]
        pub(crate) fn pop(&mut self) {}
    }

    impl Body<'_, '_> {
        #[inline]
        pub(crate) fn arity_before(&mut self, _: Instr) {}

        #[inline]
        pub(crate) fn arity_after(&self, _: Instr, (): ()) {}
    }
}

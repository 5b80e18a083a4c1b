//! Function bodies: locals, the loop over the instructions, and every instruction whose table row says it all.
//!
//! Invariant: a body that passes decodes without error, and so does each of its immediates.
//!
//! Spec: WebAssembly 3.0, section 3.4 "Instructions" and appendix A.3 "Validation Algorithm".

use super::locals::Locals;
use super::stack::{FrameKind, Stacks};
use super::ty::Ty;
use crate::error::Error;
use crate::instr::{Immediates, Instr, Signature};
use crate::limits;
use crate::module::{BlockType, Module, Reader, Result, missing};
use crate::types::{FuncIdx, MemIdx, RefType, TypeIdx, ValType};
use alloc::{format, vec::Vec};

/// The stacks that validation needs. Kept from one function to the next, it saves allocating them anew.
#[derive(Debug, Default)]
pub struct FuncValidator {
    pub(super) stacks: Stacks,
    pub(super) locals: Locals,
    /// Functions that `ref.func` named in a constant expression.
    pub(super) declared: Vec<FuncIdx>,
}

impl FuncValidator {
    /// A validator for function bodies.
    pub fn new() -> Self {
        Self::default()
    }
}

/// Validates the body of `func`, a function of `module` that is not imported. `bytes` are those the module was
/// decoded from.
///
/// # Errors
/// When the body is malformed, invalid, uses a proposal that is off, or exceeds a limit; the error names the function.
pub fn validate_body(
    module: &Module,
    bytes: &[u8],
    func: FuncIdx,
    validator: &mut FuncValidator,
) -> Result<(), Error> {
    let (Some(body), Some(&ty)) = (module.body(func), module.funcs.get(func.index())) else {
        return Err(Error::invalid(format!("function {func} has no body")));
    };
    let reader = Reader::new(bytes, body.range.clone()).with_features(module.features);
    Body::new(module, reader, validator)
        .func(ty)
        .map_err(|error| error.in_func(func, module.func_name(func, bytes)))
}

/// A body (or a constant expression) in the course of its validation.
pub(crate) struct Body<'m, 'v> {
    pub(super) module: &'m Module,
    pub(super) reader: Reader<'m>,
    pub(super) stacks: &'v mut Stacks,
    pub(super) locals: &'v mut Locals,
    pub(super) declared: &'v mut Vec<FuncIdx>,
    /// Whether it is a constant expression.
    pub(super) is_const: bool,
}

impl<'m, 'v> Body<'m, 'v> {
    pub(super) fn new(module: &'m Module, reader: Reader<'m>, validator: &'v mut FuncValidator) -> Self {
        let FuncValidator { stacks, locals, declared } = validator;
        stacks.clear();
        locals.clear();
        declared.clear();
        Self { module, reader, stacks, locals, declared, is_const: false }
    }

    fn func(&mut self, ty: TypeIdx) -> Result<()> {
        self.declare_locals(ty)?;
        // The body's label takes the function's results; its parameters are locals, not operands.
        self.open_frame(FrameKind::Body, BlockType::Func(ty));
        while !self.stacks.frames.is_empty() {
            if self.reader.is_empty() {
                return Err(Error::malformed("END opcode expected").at(self.reader.offset()));
            }
            let start = self.reader.offset();
            self.next_instr().map_err(|error| error.at(start))?;
        }
        if self.reader.is_empty() {
            Ok(())
        } else {
            Err(Error::malformed("section size mismatch: the body goes on after its end")
                .at(self.reader.offset()))
        }
    }

    fn declare_locals(&mut self, ty: TypeIdx) -> Result<()> {
        let module = self.module;
        for &ty in module.func_type_at(ty).params() {
            self.locals.push(1, Ty::from_val(ty));
            // A parameter has the value that the caller gave it.
            let index = self.locals.count() - 1;
            if !ty.is_defaultable() {
                self.locals.set(index);
            }
        }
        let start = self.reader.offset();
        let mut reader = self.reader.clone();
        let mut count = u64::from(self.locals.count());
        for decl in reader.local_decls()? {
            let (run, ty) = decl?;
            count += u64::from(run);
            if count > u64::from(u32::MAX) {
                return Err(Error::malformed("too many locals").at(start));
            }
            if count > u64::from(limits::LOCALS) {
                return limits::check(count as usize, limits::LOCALS, "locals")
                    .map_err(|error| error.at(start));
            }
            self.check_val_type(ty).map_err(|error| error.at(start))?;
            self.locals.push(run, Ty::from_val(ty));
        }
        self.reader = reader;
        Ok(())
    }

    #[inline]
    fn next_instr(&mut self) -> Result<()> {
        let instr = self.reader.instr()?;
        if !self.module.features.has(instr.proposal()) {
            self.require(instr)?;
        }
        let checkpoint = self.arity_before(instr);
        self.instr(instr)?;
        self.arity_after(instr, checkpoint);
        Ok(())
    }

    #[cold]
    fn require(&self, instr: Instr) -> Result<()> {
        if instr == Instr::Throw && self.module.features.has_tags() {
            return Ok(());
        }
        Err(missing(instr.proposal(), instr.name()))
    }

    /// Validates one instruction, whose immediates are yet to be read.
    #[inline]
    pub(super) fn instr(&mut self, instr: Instr) -> Result<()> {
        match instr.signature() {
            Some(signature) => self.plain(instr, signature),
            None => self.special(instr),
        }
    }

    #[inline]
    fn plain(&mut self, instr: Instr, signature: &Signature) -> Result<()> {
        let addr = self.plain_immediates(instr.immediates())?;
        for &ty in signature.params().iter().rev() {
            self.pop_expect(Ty::from_operand(ty, addr))?;
        }
        for &ty in signature.results() {
            self.push(Ty::from_operand(ty, addr));
        }
        Ok(())
    }

    /// Reads and checks the immediates of a plain instruction. Returns the index type of the memory among them.
    #[inline]
    fn plain_immediates(&mut self, immediates: Immediates) -> Result<Ty> {
        let mem = match immediates {
            Immediates::None => return Ok(Ty::UNKNOWN),
            Immediates::I32 => {
                self.reader.s32()?;
                return Ok(Ty::UNKNOWN);
            }
            Immediates::MemArg(size) => return self.mem_arg(size, false),
            Immediates::AtomicArg(size) => return self.mem_arg(size, true),
            Immediates::MemArgLane(size, lanes) => {
                let addr = self.mem_arg(size, false)?;
                self.reader.lane(lanes)?;
                return Ok(addr);
            }
            Immediates::I64 => self.reader.s64().map(drop),
            Immediates::F32 => self.reader.f32_bits().map(drop),
            Immediates::F64 => self.reader.f64_bits().map(drop),
            Immediates::V128 => self.reader.v128_bits().map(drop),
            Immediates::Lane(lanes) => self.reader.lane(lanes).map(drop),
            Immediates::Shuffle => self.reader.shuffle().map(drop),
            Immediates::Fence => self.reader.fence(),
            Immediates::Memory => {
                let mem = self.reader.u32()?;
                return self.memory(MemIdx(mem));
            }
            Immediates::DataMemory => {
                self.data_segment()?;
                let mem = self.reader.u32()?;
                return self.memory(MemIdx(mem));
            }
            Immediates::Data => self.data_segment(),
            Immediates::Elem => self.elem_segment().map(drop),
            other => unreachable!("no plain instruction has the immediates {other:?}"),
        };
        mem.map(|()| Ty::UNKNOWN)
    }

    /// Reads a [`MemArg`](crate::module::MemArg) of an access to `1 << size` bytes. Returns the index type.
    #[inline]
    fn mem_arg(&mut self, size: u8, atomic: bool) -> Result<Ty> {
        let arg = self.reader.mem_arg()?;
        let addr = self.memory(arg.mem)?;
        if arg.align_log2 > size {
            return Err(Error::invalid("alignment must not be larger than natural"));
        }
        if atomic && arg.align_log2 != size {
            return Err(Error::invalid("alignment of an atomic access must be natural"));
        }
        if addr == Ty::I32 && arg.offset > u64::from(u32::MAX) {
            return Err(Error::invalid("offset out of range"));
        }
        Ok(addr)
    }

    /// The index type of memory `mem`.
    #[inline]
    pub(super) fn memory(&self, mem: MemIdx) -> Result<Ty> {
        match self.module.memories.get(mem.index()) {
            Some(memory) if memory.limits.is64 => Ok(Ty::I64),
            Some(_) => Ok(Ty::I32),
            None => Err(Error::invalid(format!("unknown memory {mem}"))),
        }
    }

    /// Reads the index of a data segment. Bodies come before the segments, so the data count section must tell
    /// how many there are.
    pub(super) fn data_segment(&mut self) -> Result<()> {
        let data = self.reader.u32()?;
        match self.module.data_count {
            None => Err(Error::malformed("data count section required")),
            Some(count) if data < count => Ok(()),
            Some(_) => Err(Error::invalid(format!("unknown data segment {data}"))),
        }
    }

    /// Reads the index of an element segment. Returns the type of its elements.
    pub(super) fn elem_segment(&mut self) -> Result<RefType> {
        let elem = self.reader.u32()?;
        match self.module.elements.get(elem as usize) {
            Some(segment) => Ok(segment.ty),
            None => Err(Error::invalid(format!("unknown elem segment {elem}"))),
        }
    }

    /// Fails unless the types that `ty` refers to exist.
    pub(super) fn check_val_type(&self, ty: ValType) -> Result<()> {
        super::module::check_val_type(&self.module.types, ty)
    }

    #[inline]
    fn special(&mut self, instr: Instr) -> Result<()> {
        use Instr::*;
        match instr {
            Unreachable => self.unreachable(),
            Block => self.block(FrameKind::Block),
            Loop => self.block(FrameKind::Loop),
            If => self.r#if(),
            Else => self.r#else(),
            End => self.end(),
            Try => self.block(FrameKind::Try),
            Catch => self.catch(),
            CatchAll => self.catch_all(),
            Delegate => self.delegate(),
            Rethrow => self.rethrow(),
            Throw => self.throw(),
            ThrowRef => self.throw_ref(),
            TryTable => self.try_table(),
            Br => self.br(),
            BrIf => self.br_if(),
            BrTable => self.br_table(),
            Return => self.r#return(),
            Call => self.call(),
            CallIndirect => self.call_indirect(),
            CallRef => self.call_ref(),
            ReturnCall => self.return_call(),
            ReturnCallIndirect => self.return_call_indirect(),
            ReturnCallRef => self.return_call_ref(),

            Drop => self.pop().map(drop),
            Select => self.select(),
            SelectT => self.select_t(),
            LocalGet => self.local_get(),
            LocalSet => self.local_set(),
            LocalTee => self.local_tee(),
            GlobalGet => self.global_get(),
            GlobalSet => self.global_set(),

            TableGet => self.table_get(),
            TableSet => self.table_set(),
            TableSize => self.table_size(),
            TableGrow => self.table_grow(),
            TableFill => self.table_fill(),
            TableCopy => self.table_copy(),
            TableInit => self.table_init(),
            MemoryCopy => self.memory_copy(),

            RefNull => self.ref_null(),
            RefIsNull => self.ref_is_null(),
            RefFunc => self.ref_func(),
            RefEq => self.ref_eq(),
            RefAsNonNull => self.ref_as_non_null(),
            BrOnNull => self.br_on_null(),
            BrOnNonNull => self.br_on_non_null(),
            RefTest => self.ref_test(false),
            RefTestNull => self.ref_test(true),
            RefCast => self.ref_cast(false),
            RefCastNull => self.ref_cast(true),
            BrOnCast => self.br_on_cast(false),
            BrOnCastFail => self.br_on_cast(true),
            AnyConvertExtern => self.any_convert_extern(),
            ExternConvertAny => self.extern_convert_any(),
            RefI31 => self.ref_i31(),
            I31GetS | I31GetU => self.i31_get(),

            StructNew => self.struct_new(),
            StructNewDefault => self.struct_new_default(),
            StructGet => self.struct_get(false),
            StructGetS | StructGetU => self.struct_get(true),
            StructSet => self.struct_set(),
            ArrayNew => self.array_new(),
            ArrayNewDefault => self.array_new_default(),
            ArrayNewFixed => self.array_new_fixed(),
            ArrayNewData => self.array_new_data(),
            ArrayNewElem => self.array_new_elem(),
            ArrayGet => self.array_get(false),
            ArrayGetS | ArrayGetU => self.array_get(true),
            ArraySet => self.array_set(),
            ArrayLen => self.array_len(),
            ArrayFill => self.array_fill(),
            ArrayCopy => self.array_copy(),
            ArrayInitData => self.array_init_data(),
            ArrayInitElem => self.array_init_elem(),

            other => unreachable!("{other} is plain"),
        }
    }
}

//! Function bodies: locals, the loop over the instructions, and every instruction whose table row says it all.
//!
//! Invariant: a body that passes decodes without error, and so does each of its immediates.
//!
//! Spec: WebAssembly 3.0, section 3.4 "Instructions" and appendix A.3 "Validation Algorithm".

use super::locals::{LocalUses, Locals};
use super::stack::{FrameKind, Stacks};
use super::ty::Ty;
use crate::error::Error;
use crate::instr::{Immediates, Instr, Shape, Signature};
use crate::limits;
use crate::module::{BlockType, Module, Reader, Result, missing, no_floats};
use crate::text::format;
use crate::types::{FuncIdx, MemIdx, RefType, TypeIdx, ValType};
use alloc::vec::Vec;

/// The stacks that validation needs. Kept from one function to the next, it saves allocating them anew.
#[derive(Debug, Default)]
pub struct FuncValidator {
    pub(super) stacks: Stacks,
    pub(super) locals: Locals,
    /// Functions that `ref.func` named in a constant expression.
    pub(super) declared: Vec<FuncIdx>,
    /// The function whose body was validated last.
    func: Option<FuncIdx>,
}

impl FuncValidator {
    /// A validator for function bodies.
    pub fn new() -> Self {
        Self::default()
    }

    /// How `func` uses its locals, if its body is the one that was validated last.
    pub(crate) fn local_uses(&self, func: FuncIdx) -> Option<LocalUses> {
        if self.func == Some(func) { self.locals.uses() } else { None }
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
        .map_err(|error| error.in_func(func, module.func_name(func, bytes)))?;
    validator.func = Some(func);
    Ok(())
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
        let FuncValidator { stacks, locals, declared, func } = validator;
        *func = None;
        stacks.clear();
        locals.clear();
        declared.clear();
        Self { module, reader, stacks, locals, declared, is_const: false }
    }

    fn func(&mut self, ty: TypeIdx) -> Result<()> {
        if cfg!(feature = "fusion") {
            self.stacks.make_room()?;
            self.locals.make_room()?;
        }
        self.declare_locals(ty)?;
        // The body's label takes the function's results; its parameters are locals, not operands.
        self.open_frame(FrameKind::Body, BlockType::Func(ty))?;
        while !self.stacks.frames.is_empty() {
            // What it gains in time is for builds that are made for that.
            if cfg!(feature = "fusion") {
                self.quick();
            }
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
            self.locals.push_param(Ty::from_val(ty))?;
        }
        let start = self.reader.offset();
        let mut count = u64::from(self.locals.count());
        // Counted first: more locals than the format allows is another fault than more than we allow.
        for decl in self.reader.clone().local_decls()? {
            count += u64::from(decl?.0);
        }
        if count > u64::from(u32::MAX) {
            return Err(Error::malformed(format!("too many locals: {count}")).at(start));
        }
        limits::check(count as usize, limits::LOCALS, "locals").map_err(|error| error.at(start))?;
        let types = &self.module.types;
        for decl in self.reader.local_decls()? {
            let (run, ty) = decl?;
            super::module::check_val_type(types, ty).map_err(|error| error.at(start))?;
            self.locals.push(run, Ty::from_val(ty))?;
        }
        Ok(())
    }

    #[inline(always)]
    fn next_instr(&mut self) -> Result<()> {
        let instr = self.reader.instr()?;
        if !self.module.features.has(instr.proposal()) {
            self.require(instr)?;
        }
        if !cfg!(feature = "floats") && instr.is_float() {
            return Err(no_floats());
        }
        self.make_room()?;
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
    #[inline(always)]
    pub(super) fn instr(&mut self, instr: Instr) -> Result<()> {
        let row = instr.row();
        match (row.shape, &row.signature) {
            (Shape::Local, _) => self.local(instr),
            (Shape::Unary, Some(signature)) => {
                let (param, result) = signature.unary();
                self.unary(Ty::from_numeric(param), Ty::from_numeric(result))
            }
            (Shape::Binary, Some(signature)) => {
                let (a, b, result) = signature.binary();
                self.pop_two(Ty::from_numeric(a), Ty::from_numeric(b))?;
                self.push(Ty::from_numeric(result));
                Ok(())
            }
            (Shape::Load, Some(signature)) => {
                let addr = self.plain_mem_arg(row.immediates)?;
                self.unary(addr, Ty::from_numeric(signature.unary().1))
            }
            (Shape::Store, Some(signature)) => {
                let addr = self.plain_mem_arg(row.immediates)?;
                self.pop_two(addr, Ty::from_numeric(signature.binary().1))
            }
            (Shape::I32Const, _) => {
                self.reader.s32()?;
                self.push(Ty::I32);
                Ok(())
            }
            (_, Some(signature)) => self.plain(row.immediates, signature),
            (_, None) => self.special(instr),
        }
    }

    #[inline(always)]
    fn plain_mem_arg(&mut self, immediates: Immediates) -> Result<Ty> {
        match immediates {
            Immediates::MemArg(size) => self.mem_arg(size, false),
            other => unreachable!("loads and stores have no immediates {other:?}"),
        }
    }

    #[inline(never)]
    fn plain(&mut self, immediates: Immediates, signature: &Signature) -> Result<()> {
        let addr = self.plain_immediates(immediates)?;
        for &ty in signature.params().iter().rev() {
            self.pop_expect(Ty::from_operand(ty, addr))?;
        }
        for &ty in signature.results() {
            self.push(Ty::from_operand(ty, addr));
        }
        Ok(())
    }

    /// Reads and checks the immediates of a plain instruction. Returns the index type of the memory among them.
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
    #[inline(always)]
    fn mem_arg(&mut self, size: u8, atomic: bool) -> Result<Ty> {
        let arg = self.reader.mem_arg()?;
        let addr = self.memory(arg.mem)?;
        if arg.align_log2 > size {
            return Err(Error::invalid(format!(
                "alignment must not be larger than natural: 2^{} for an access to 2^{size} bytes",
                arg.align_log2
            )));
        }
        if atomic && arg.align_log2 != size {
            return Err(Error::invalid(format!(
                "alignment of an atomic access must be natural: 2^{} for 2^{size} bytes",
                arg.align_log2
            )));
        }
        if addr == Ty::I32 && arg.offset > u64::from(u32::MAX) {
            return Err(Error::invalid(format!(
                "offset out of range: {} into a memory with 32-bit indices",
                arg.offset
            )));
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

    #[inline(never)]
    fn special(&mut self, instr: Instr) -> Result<()> {
        use Instr::*;
        match instr {
            Unreachable => self.unreachable(),
            Block => self.block(FrameKind::Block),
            Loop => {
                self.locals.enter_loop();
                self.block(FrameKind::Loop)
            }
            If => self.r#if(),
            Else => self.r#else(),
            End => self.end(),
            Try if cfg!(feature = "exceptions") => self.block(FrameKind::Try),
            Catch if cfg!(feature = "exceptions") => self.catch(),
            CatchAll if cfg!(feature = "exceptions") => self.catch_all(),
            Delegate if cfg!(feature = "exceptions") => self.delegate(),
            Rethrow if cfg!(feature = "exceptions") => self.rethrow(),
            Throw if cfg!(feature = "exceptions") => self.throw(),
            ThrowRef if cfg!(feature = "exceptions") => self.throw_ref(),
            TryTable if cfg!(feature = "exceptions") => self.try_table(),
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
            RefEq if cfg!(feature = "gc") => self.ref_eq(),
            RefAsNonNull => self.ref_as_non_null(),
            BrOnNull => self.br_on_null(),
            BrOnNonNull => self.br_on_non_null(),
            RefTest if cfg!(feature = "gc") => self.ref_test(false),
            RefTestNull if cfg!(feature = "gc") => self.ref_test(true),
            RefCast if cfg!(feature = "gc") => self.ref_cast(false),
            RefCastNull if cfg!(feature = "gc") => self.ref_cast(true),
            BrOnCast if cfg!(feature = "gc") => self.br_on_cast(false),
            BrOnCastFail if cfg!(feature = "gc") => self.br_on_cast(true),
            AnyConvertExtern if cfg!(feature = "gc") => self.any_convert_extern(),
            ExternConvertAny if cfg!(feature = "gc") => self.extern_convert_any(),
            RefI31 if cfg!(feature = "gc") => self.ref_i31(),
            I31GetS | I31GetU if cfg!(feature = "gc") => self.i31_get(),

            StructNew if cfg!(feature = "gc") => self.struct_new(),
            StructNewDefault if cfg!(feature = "gc") => self.struct_new_default(),
            StructGet if cfg!(feature = "gc") => self.struct_get(false),
            StructGetS | StructGetU if cfg!(feature = "gc") => self.struct_get(true),
            StructSet if cfg!(feature = "gc") => self.struct_set(),
            ArrayNew if cfg!(feature = "gc") => self.array_new(),
            ArrayNewDefault if cfg!(feature = "gc") => self.array_new_default(),
            ArrayNewFixed if cfg!(feature = "gc") => self.array_new_fixed(),
            ArrayNewData if cfg!(feature = "gc") => self.array_new_data(),
            ArrayNewElem if cfg!(feature = "gc") => self.array_new_elem(),
            ArrayGet if cfg!(feature = "gc") => self.array_get(false),
            ArrayGetS | ArrayGetU if cfg!(feature = "gc") => self.array_get(true),
            ArraySet if cfg!(feature = "gc") => self.array_set(),
            ArrayLen if cfg!(feature = "gc") => self.array_len(),
            ArrayFill if cfg!(feature = "gc") => self.array_fill(),
            ArrayCopy if cfg!(feature = "gc") => self.array_copy(),
            ArrayInitData if cfg!(feature = "gc") => self.array_init_data(),
            ArrayInitElem if cfg!(feature = "gc") => self.array_init_elem(),

            other => unreachable!("{other} is plain, or about a local"),
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::features::{Features, Proposal};
    use crate::module::Module;
    use crate::module::tests::parse;
    use crate::types::TypeStore;
    use alloc::string::{String, ToString};

    fn message(body: &str) -> String {
        let text = alloc::format!("(module (memory 1) (tag) (func $f (param i32) {body}))");
        parse(&text).expect_err("must be invalid").to_string()
    }

    #[test]
    fn errors_say_what_and_where() {
        assert_eq!(
            message("f64.const 0 local.set 0"),
            "type mismatch: expected i32, found f64 (at offset 0x2e, in function 0 \"f\")"
        );
        assert!(
            message("local.set 0").starts_with("type mismatch: expected i32, found nothing on the stack")
        );
        assert!(message("i32.const 1").starts_with("type mismatch: 1 values remain at the end of the block"));
        assert!(message("br 1").starts_with("unknown label 1"));
        assert!(
            message("local.get 0 i64.load8_u align=8 drop")
                .starts_with("alignment must not be larger than natural")
        );
    }

    #[test]
    fn unreachable_code_is_polymorphic_but_not_untyped() {
        let text = |body: &str| alloc::format!("(module (func (result i32) unreachable {body}))");
        assert!(parse(&text("i32.add")).is_ok());
        assert!(parse(&text("select i32.eqz")).is_ok());
        assert!(parse(&text("i64.const 1 i32.add")).is_err());
    }

    #[test]
    fn legacy_exceptions_are_validated() {
        let text = |body: &str| alloc::format!("(module (tag $t (param i32)) (func (result i32) {body}))");
        for valid in [
            "try (result i32) i32.const 1 catch $t catch_all i32.const 2 end",
            "try (result i32) i32.const 1 throw $t catch $t drop rethrow 0 end",
            "block $l (result i32) try (result i32) i32.const 1 delegate $l end",
            "try (result i32) i32.const 1 end",
        ] {
            parse(&text(valid)).unwrap_or_else(|error| panic!("{valid}: {error}"));
        }
        for invalid in [
            "try (result i32) i32.const 1 catch $t i32.const 1 end",
            "try (result i32) i32.const 1 catch_all i32.const 1 catch $t end",
            "try (result i32) rethrow 0 catch_all i32.const 1 end",
            "i32.const 1 catch_all end",
        ] {
            assert!(parse(&text(invalid)).is_err(), "{invalid}");
        }
    }

    #[test]
    fn instructions_of_a_proposal_that_is_off_are_unsupported_and_say_which() {
        let bytes =
            wat::parse_str("(module (func (drop (i32.extend8_s (i32.const 1)))))").expect("well-formed");
        let features = Features::all().with(Proposal::SignExtension, false);
        let error = Module::parse(&bytes, &features, &mut TypeStore::new()).expect_err("is off");
        assert_eq!(error.kind(), crate::ErrorKind::Unsupported);
        assert!(error.message().contains("sign-extension"), "{error}");
    }

    #[test]
    fn a_body_may_be_validated_on_its_own() {
        let bytes = wat::parse_str("(module (func) (func i32.add))").expect("well-formed");
        let module =
            Module::decode(&bytes, &Features::all(), &mut TypeStore::new()).expect("bodies are not read");
        let mut validator = super::FuncValidator::new();
        let mut validate =
            |func| super::validate_body(&module, &bytes, crate::types::FuncIdx(func), &mut validator);
        assert!(validate(0).is_ok());
        assert!(validate(1).is_err());
        assert_eq!(validate(2).expect_err("it is not there").to_string(), "function 2 has no body");
    }

    #[test]
    fn locals_without_default_must_be_set_in_the_same_block() {
        let text = |body: &str| alloc::format!("(module (func (local (ref any)) {body}))");
        let set = "(local.set 0 (ref.i31 (i32.const 1)))";
        assert!(parse(&text(&alloc::format!("{set} block (drop (local.get 0)) end"))).is_ok());
        assert!(parse(&text(&alloc::format!("block {set} end (drop (local.get 0))"))).is_err());
        assert!(parse(&text("(drop (local.get 0))")).is_err());
    }
}

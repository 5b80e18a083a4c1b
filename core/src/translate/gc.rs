//! Structures, arrays, casts; and which slots hold references when objects may be collected.
//!
//! Instructions that make objects, and those on several elements, have their operands in their homes. Objects may be
//! collected at calls and where objects are made: there every reference on the operand stack is at home (so not in an
//! accumulator), or is the value of a local, or constant, hence null.
//!
//! Spec: WebAssembly 3.0, section 3.4.8 "Aggregate Instructions".

use super::control::JUMPS;
use super::emit::Imm;
use super::func::{Translation, class_of};
use super::stack::{Entry, Local, NONE, Place, cells};
use crate::error::Error;
use crate::fallible::TryVec;
use crate::instr::Instr;
use crate::ir::{Class, Family, Fields, Ty};
use crate::types::{CompositeType, FieldType, HeapType, RefType, StorageType, TypeIdx, ValType};
use crate::validate::subtype;

/// The op that reads `storage`, given that of 32 bits, which follow each other in the order of the table.
fn access(storage: StorageType, signed: bool, first: Family) -> Family {
    let offset = match (storage, signed) {
        (StorageType::I8, true) => 1,
        (StorageType::I8, false) => 2,
        (StorageType::I16, true) => 3,
        (StorageType::I16, false) => 4,
        (StorageType::Val(ValType::I32 | ValType::Ref(_)), _) => 0,
        (StorageType::Val(ValType::I64), _) => 5,
        (StorageType::Val(ValType::F32), _) => 6,
        (StorageType::Val(ValType::F64), _) => 7,
        (StorageType::Val(ValType::V128), _) => 8,
    };
    Family::ALL[first as usize + offset]
}

/// The op that writes `storage`, given that of 8 bits.
fn write(storage: StorageType, first: Family) -> Family {
    let offset = match storage.bytes() {
        1 => 0,
        2 => 1,
        4 => 2,
        8 => 3,
        _ => 4,
    };
    Family::ALL[first as usize + offset]
}

/// A float's constant as that of an integer, which any cell can take.
fn as_cell(entry: Entry) -> Entry {
    let ty = match (entry.place(), entry.ty()) {
        (Place::Const(_), Ty::F32) => Ty::I32,
        (Place::Const(_), Ty::F64) => Ty::I64,
        (_, ty) => ty,
    };
    entry.with_ty(ty)
}

impl Translation<'_> {
    /// Translates an instruction on objects; says whether `instr` is one.
    pub(super) fn gc(&mut self, instr: Instr) -> Result<bool, Error> {
        match instr {
            Instr::StructGet | Instr::StructGetS | Instr::StructGetU => {
                self.struct_get(instr == Instr::StructGetS)?;
            }
            Instr::StructSet => self.struct_set()?,
            Instr::ArrayGet | Instr::ArrayGetS | Instr::ArrayGetU => {
                self.array_get(instr == Instr::ArrayGetS)?;
            }
            Instr::ArraySet => self.array_set()?,
            Instr::ArrayLen => self.cell_op(Family::ArrayLen, Ty::I32)?,
            Instr::RefEq => self.plain(instr, Family::I64Eq)?,
            // One encoding serves both hierarchies.
            Instr::AnyConvertExtern | Instr::ExternConvertAny => {}
            Instr::RefTest | Instr::RefTestNull | Instr::RefCast | Instr::RefCastNull => self.cast(instr)?,
            Instr::BrOnCast | Instr::BrOnCastFail => {
                let arg = self.reader.cast_arg()?;
                self.make_room_for_jumps(JUMPS)?;
                let (family, extension) = match instr {
                    Instr::BrOnCast => self.test_family(arg.to.heap, Family::BrOnCastType),
                    _ => self.test_family(arg.to.heap, Family::BrOnCastFailType),
                };
                let apart = Family::BrOnCastFailType as usize - Family::BrOnCastType as usize;
                let opposite = match instr {
                    Instr::BrOnCast => family as usize + apart,
                    _ => family as usize - apart,
                };
                let families = (family, Family::ALL[opposite]);
                self.branch_on_top(families, arg.to.nullable.into(), extension, arg.label);
            }
            _ => return self.make(instr),
        }
        Ok(true)
    }

    /// Instructions whose operands are in adjacent cells.
    fn make(&mut self, instr: Instr) -> Result<bool, Error> {
        let Some(family) = make_family(instr) else { return Ok(false) };
        let ty = TypeIdx(self.reader.u32()?);
        let (params, aux) = match instr {
            Instr::StructNew => match &self.module.types[ty.index()].composite {
                CompositeType::Struct(fields) => (fields.len(), 0),
                _ => return Err(Error::invalid("struct.new of another type")),
            },
            Instr::StructNewDefault => (0, 0),
            Instr::ArrayNew => (2, 0),
            Instr::ArrayNewDefault => (1, 0),
            Instr::ArrayNewFixed => {
                let len = self.reader.u32()?;
                (len as usize, len)
            }
            Instr::ArrayNewData | Instr::ArrayNewElem => (2, self.reader.u32()?),
            Instr::ArrayFill => (4, 0),
            Instr::ArrayCopy => {
                self.reader.u32()?;
                (5, 0)
            }
            _ => (4, self.reader.u32()?),
        };
        self.object_op(family, ty, params, aux)?;
        Ok(true)
    }

    fn object_op(&mut self, family: Family, ty: TypeIdx, params: usize, aux: u32) -> Result<(), Error> {
        self.materialize_top(params);
        let first = self.s.stack.len() - params;
        let start = if params > 0 { u32::from(self.s.stack.get(first).home()) } else { 0 };
        let count = if params > 0 { self.s.stack.end() - start } else { 0 };
        let fields = Fields::wide(0, start as u16, count);
        let makes = family as usize <= Family::ArrayNewElem as usize;
        if makes {
            self.spill_acc(Ty::I64);
            self.safepoint()?;
        }
        self.truncate(first);
        if makes {
            self.define(family.first(), fields, Ty::I64)?;
            self.s.stack.trace_top(true);
        } else {
            self.op(family.first(), fields);
        }
        self.word(u64::from(aux) | u64::from(ty.0) << 32);
        if !makes {
            self.forget_last();
        }
        Ok(())
    }

    fn field(&mut self) -> Result<(FieldType, u32), Error> {
        let (ty, field) = (self.reader.u32()?, self.reader.u32()?);
        let def = &self.module.types[ty as usize];
        match &def.composite {
            CompositeType::Struct(fields) => Ok((fields[field as usize], def.layout.offsets[field as usize])),
            _ => Err(Error::invalid("field of another type")),
        }
    }

    fn element(&mut self) -> Result<FieldType, Error> {
        let ty = self.reader.u32()?;
        match self.module.types[ty as usize].composite {
            CompositeType::Array(element) => Ok(element),
            _ => Err(Error::invalid("element of another type")),
        }
    }

    /// Emits an op that reads `storage`.
    fn define_access(
        &mut self,
        family: Family,
        variant: u16,
        fields: Fields,
        storage: StorageType,
    ) -> Result<(), Error> {
        let ty = class_of(storage.unpacked());
        let dsts = if ty.is_int() { 3 } else { 2 };
        self.define(family.first() + variant * dsts, fields, ty)?;
        let traced = self.is_traced(storage.unpacked());
        self.s.stack.trace_top(traced);
        Ok(())
    }

    fn struct_get(&mut self, signed: bool) -> Result<(), Error> {
        let (FieldType { storage, .. }, offset) = self.field()?;
        let object = self.pop();
        let object = self.src(object, Imm::No, true);
        let family = access(storage, signed, Family::StructGet32);
        self.define_access(family, object.digit(), Fields::wide(0, object.short(), offset), storage)
    }

    fn struct_set(&mut self) -> Result<(), Error> {
        let (FieldType { storage, .. }, offset) = self.field()?;
        let (value, object) = (as_cell(self.pop()), self.pop());
        let value_ty = value.ty();
        let value = self.src(value, Imm::Short, false);
        let object = self.src(object, Imm::No, false);
        let fields = Fields::wide(value.short(), object.short(), offset);
        let number = match (value_ty, value.class) {
            (Ty::F32, Class::Acc) => Family::StructSetF32.first() + object.digit(),
            (Ty::F64, Class::Acc) => Family::StructSetF64.first() + object.digit(),
            (Ty::V128, _) => Family::StructSetV128.first() + object.digit() * 2 + value.digit(),
            _ => write(storage, Family::StructSet8).first() + object.digit() * 4 + value.digit(),
        };
        self.op(number, fields);
        Ok(())
    }

    fn array_get(&mut self, signed: bool) -> Result<(), Error> {
        let FieldType { storage, .. } = self.element()?;
        let (index, array) = (self.pop(), self.pop());
        // The array may be in the accumulator, where a constant index would overwrite it.
        let free = !matches!(self.src_of(array).class, Class::Acc);
        let index = self.src(index, Imm::No, free);
        let array = self.src(array, Imm::No, false);
        let family = access(storage, signed, Family::ArrayGet32);
        let variant = array.digit() * 3 + index.digit();
        self.define_access(family, variant, Fields::wide(0, array.short(), index.short().into()), storage)
    }

    fn array_set(&mut self) -> Result<(), Error> {
        let FieldType { storage, .. } = self.element()?;
        let (value, index, array) = (as_cell(self.pop()), self.pop(), self.pop());
        let value_ty = value.ty();
        let value = self.src(value, Imm::No, false);
        let index = self.src(index, Imm::No, false);
        let array = self.src(array, Imm::No, false);
        let fields = Fields::wide(value.short(), array.short(), index.short().into());
        let place = array.digit() * 3 + index.digit();
        let number = match (value_ty, value.class) {
            (Ty::F32, Class::Acc) => Family::ArraySetF32.first() + place,
            (Ty::F64, Class::Acc) => Family::ArraySetF64.first() + place,
            (Ty::V128, _) => Family::ArraySetV128.first() + place * 2 + value.digit(),
            _ => write(storage, Family::ArraySet8).first() + place * 3 + value.digit(),
        };
        self.op(number, fields);
        Ok(())
    }

    /// The op that tests whether a reference is to `heap`, given that for defined types of objects, and its extension.
    fn test_family(&self, heap: HeapType, first: Family) -> (Family, Option<u64>) {
        let (offset, extension) = match heap {
            HeapType::Concrete(ty) => match self.module.types[ty.index()].composite {
                CompositeType::Func(_) => (1, Some(u64::from(ty.0))),
                _ => (0, Some(u64::from(ty.0))),
            },
            HeapType::I31 => (2, None),
            HeapType::Eq => (3, None),
            HeapType::Struct => (4, None),
            HeapType::Array => (5, None),
            HeapType::Any | HeapType::Func | HeapType::Extern | HeapType::Exn => (6, None),
            HeapType::None | HeapType::NoFunc | HeapType::NoExtern | HeapType::NoExn => (7, None),
        };
        (Family::ALL[first as usize + offset], extension)
    }

    fn cast(&mut self, instr: Instr) -> Result<(), Error> {
        let heap = self.reader.heap_type()?;
        let (first, ty) = match instr {
            Instr::RefTest | Instr::RefTestNull => (Family::RefTestType, Ty::I32),
            _ => (Family::RefCastType, Ty::I64),
        };
        let null = matches!(instr, Instr::RefTestNull | Instr::RefCastNull);
        let (family, extension) = self.test_family(heap, first);
        let entry = self.pop();
        let src = self.src(entry, Imm::No, true);
        let fields = Fields::wide(0, src.short(), null.into());
        self.define(family.first() + src.digit() * 3, fields, ty)?;
        if let Some(word) = extension {
            self.word(word);
        }
        if ty == Ty::I64 {
            self.s.stack.trace_top(entry.traced());
        }
        Ok(())
    }

    /// Whether a collector has to look at values of type `ty`.
    pub(super) fn is_traced(&self, ty: ValType) -> bool {
        match ty {
            ValType::Ref(RefType { heap, .. }) => subtype::top(&self.module.types, heap) != HeapType::Func,
            _ => false,
        }
    }

    /// Notes the slots that hold references, if the current instruction is the one asked for: before an op during
    /// which objects may be collected is emitted.
    ///
    /// # Errors
    /// When there is not enough memory.
    pub(super) fn safepoint(&mut self) -> Result<(), Error> {
        self.straight = NONE;
        let current = (self.offset as u32, self.inlined_at());
        let Some((offset, call, slots)) = &mut self.notes.watch else { return Ok(()) };
        if (*offset, *call) != current {
            return Ok(());
        }
        slots.clear();
        let callers = self.s.callers_locals.iter().filter(|_| call.is_some());
        let locals = self.s.locals.iter().chain(callers);
        slots.try_extend(locals.filter(|local| local.traced()).map(Local::slot))?;
        for entry in self.s.stack.entries().iter().filter(|entry| entry.traced()) {
            debug_assert!(!matches!(entry.place(), Place::Acc(_)), "references are spilled before");
            if entry.place() == Place::Home {
                debug_assert_eq!(cells(entry.ty()), 1);
                slots.try_push(entry.home())?;
            }
        }
        Ok(())
    }
}

fn make_family(instr: Instr) -> Option<Family> {
    Some(match instr {
        Instr::StructNew => Family::StructNew,
        Instr::StructNewDefault => Family::StructNewDefault,
        Instr::ArrayNew => Family::ArrayNew,
        Instr::ArrayNewDefault => Family::ArrayNewDefault,
        Instr::ArrayNewFixed => Family::ArrayNewFixed,
        Instr::ArrayNewData => Family::ArrayNewData,
        Instr::ArrayNewElem => Family::ArrayNewElem,
        Instr::ArrayFill => Family::ArrayFill,
        Instr::ArrayCopy => Family::ArrayCopy,
        Instr::ArrayInitData => Family::ArrayInitData,
        Instr::ArrayInitElem => Family::ArrayInitElem,
        _ => return None,
    })
}

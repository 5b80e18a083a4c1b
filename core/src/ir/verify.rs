//! Checks that code can be trusted: what the executor relies on without looking.
//!
//! For code that passes, every op is known and complete, every slot it names lies in the frame, every target is the
//! start of an op, every index is in bounds, and execution cannot run off the end. The types of what slots hold are
//! not checked: a cell is bits, and every op is defined on all bits but for references, which the executor checks.

use super::compact::CompactOps;
use super::{Action, Class, ExnSlot, Family, Field, Handler, Name, Op, OpAt, Ops, Role, Shape, Ty};
use crate::module::Module;
use crate::num::counting::Relation;
use crate::types::{FuncIdx, TagIdx, TypeIdx};
use alloc::vec::Vec;
use core::fmt;

/// What indices and slots must stay below.
#[derive(Clone, Copy, Debug)]
pub struct Bounds {
    /// Cells of the frame.
    pub cells: u32,
    /// Functions, imports included.
    pub funcs: u32,
    /// How many functions are imported.
    pub imported_funcs: u32,
    /// Types.
    pub types: u32,
    /// Tables.
    pub tables: u32,
    /// Memories.
    pub memories: u32,
    /// Globals.
    pub globals: u32,
    /// Tags.
    pub tags: u32,
    /// Data segments.
    pub data: u32,
    /// Element segments.
    pub elements: u32,
}

impl Bounds {
    /// The bounds for a function of `module` whose frame has `cells` cells.
    pub fn new(module: &Module, cells: u32) -> Self {
        let count = |len: usize| u32::try_from(len).unwrap_or(u32::MAX);
        Self {
            cells,
            funcs: count(module.funcs.len()),
            imported_funcs: module.imported_funcs,
            types: count(module.types.len()),
            tables: count(module.tables.len()),
            memories: count(module.memories.len()),
            globals: count(module.globals.len()),
            tags: count(module.tags.len()),
            data: count(module.data.len()),
            elements: count(module.elements.len()),
        }
    }
}

/// Why code cannot be trusted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fault {
    /// The word at which the offending op starts.
    pub at: usize,
    /// What is wrong with it.
    pub kind: FaultKind,
}

/// Kinds of [`Fault`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FaultKind {
    /// No op has this number, or its words are missing.
    NoOp,
    /// A slot lies outside the frame.
    Slot(u64),
    /// A target is not the start of an op.
    Target(u64),
    /// A handler covers no ops, or a part of one.
    Range(u64, u64),
    /// An index is out of bounds.
    Index(Name, u64),
    /// Execution would run off the end.
    End,
    /// There is not enough memory to find out.
    OutOfMemory,
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.kind {
            FaultKind::NoOp => f.write_str("no such op")?,
            FaultKind::Slot(slot) => write!(f, "slot {slot} lies outside the frame")?,
            FaultKind::Target(target) => write!(f, "target {target} is not the start of an op")?,
            FaultKind::Range(start, end) => write!(f, "words {start} to {end} are not ops to be covered")?,
            FaultKind::Index(name, index) => write!(f, "{} {index} is out of bounds", name.text())?,
            FaultKind::End => f.write_str("code runs off its end")?,
            FaultKind::OutOfMemory => f.write_str("out of memory")?,
        }
        write!(f, " (at word {})", self.at)
    }
}

impl core::error::Error for Fault {}

/// Checks `code`.
///
/// # Errors
/// The first fault found.
pub fn verify(code: &[u64], bounds: &Bounds) -> Result<(), Fault> {
    let mut starts = Vec::new();
    let mut last = None;
    for op in Ops::new(code) {
        let op = op.map_err(|at| Fault { at, kind: FaultKind::NoOp })?;
        check_op(&op, bounds).map_err(|kind| Fault { at: op.at, kind })?;
        starts.push(op.at as u64);
        last = Some(op);
    }
    match last {
        Some(op) if !falls_through(op.op) => {}
        _ => return Err(Fault { at: code.len(), kind: FaultKind::End }),
    }
    for op in Ops::new(code).map_while(Result::ok) {
        for word in op.targets() {
            let target = op.words[word];
            if starts.binary_search(&target).is_err() {
                return Err(Fault { at: op.at, kind: FaultKind::Target(target) });
            }
        }
    }
    Ok(())
}

/// Where return records are, by whom a call names: offsets in cells from the start of a frame.
pub struct Callees<'c> {
    /// Of the function itself.
    pub own: u32,
    /// Of a function.
    pub of_func: &'c dyn Fn(FuncIdx) -> u32,
    /// Of functions of a type.
    pub of_type: &'c dyn Fn(TypeIdx) -> u32,
}

/// Checks `code`, which is [compact](super::compact), and where its calls and returns have their records.
///
/// # Errors
/// The first fault found; [`FaultKind::NoOp`] as well for an op that this build leaves out.
pub fn verify_compact(code: &[u64], bounds: &Bounds, callees: &Callees<'_>) -> Result<(), Fault> {
    let mut starts: Vec<u32> = Vec::new();
    let len = code.len().div_ceil(32);
    starts.try_reserve_exact(len).map_err(|_| Fault { at: 0, kind: FaultKind::OutOfMemory })?;
    starts.resize(len, 0);
    let mut last = None;
    for op in CompactOps::new(code) {
        let op = op.map_err(|at| Fault { at, kind: FaultKind::NoOp })?;
        let checked = check_op(&op, bounds).and_then(|()| check_record(&op, callees));
        checked.map_err(|kind| Fault { at: op.at, kind })?;
        starts[op.at / 32] |= 1 << (op.at % 32);
        last = Some(op);
    }
    match last {
        Some(op) if !falls_through(op.op) => {}
        _ => return Err(Fault { at: code.len(), kind: FaultKind::End }),
    }
    for op in CompactOps::new(code).map_while(Result::ok) {
        for word in op.targets() {
            let target = op.words[word].wrapping_add(op.at as u64);
            let start = usize::try_from(target).ok().filter(|&target| target < code.len());
            if start.is_none_or(|start| starts[start / 32] >> (start % 32) & 1 == 0) {
                return Err(Fault { at: op.at, kind: FaultKind::Target(target) });
            }
        }
    }
    Ok(())
}

/// Whether a call or return has its record where who is called, or calls, expects it.
fn check_record(op: &OpAt<'_>, callees: &Callees<'_>) -> Result<(), FaultKind> {
    let func = || (callees.of_func)(FuncIdx(op.words[2] as u32));
    let ty = || (callees.of_type)(TypeIdx((op.words[2] >> 32) as u32));
    let expect = |field: Field, record: u32| match op.field(field) {
        found if found == u64::from(record) => Ok(()),
        found => Err(FaultKind::Slot(found)),
    };
    match op.family().shape() {
        Shape::Return | Shape::ReturnValue => expect(Field::D, callees.own),
        Shape::Call | Shape::CallImport => expect(Field::A, func()),
        Shape::CallIndirect | Shape::CallRef => expect(Field::A, ty()),
        Shape::ReturnCall | Shape::ReturnCallImport => {
            expect(Field::A, callees.own)?;
            expect(Field::C16, func())
        }
        Shape::ReturnCallIndirect | Shape::ReturnCallRef => {
            expect(Field::A, callees.own)?;
            expect(Field::C16, ty())
        }
        Shape::BrTable if op.field(Field::B) == 0 => Err(FaultKind::NoOp),
        _ => Ok(()),
    }
}

/// Checks the handlers of `code`, which has passed [`verify`].
///
/// # Errors
/// The first fault found, at the first word that its handler covers.
pub fn verify_handlers(handlers: &[Handler], code: &[u64], bounds: &Bounds) -> Result<(), Fault> {
    if handlers.is_empty() {
        return Ok(());
    }
    let starts: Vec<u32> = Ops::new(code).map_while(Result::ok).map(|op| op.at as u32).collect();
    let is_start = |word: u32| starts.binary_search(&word).is_ok();
    for handler in handlers {
        let fault = |kind| Err(Fault { at: handler.start as usize, kind });
        let (start, end) = (handler.start, handler.end);
        if start >= end || !is_start(start) || !(is_start(end) || end as usize == code.len()) {
            return fault(FaultKind::Range(start.into(), end.into()));
        }
        let Action::Catch(catch) = handler.action else { continue };
        if !is_start(catch.target) {
            return fault(FaultKind::Target(catch.target.into()));
        }
        if let Some(TagIdx(tag)) = catch.tag.filter(|tag| tag.0 >= bounds.tags) {
            return fault(FaultKind::Index(Name::Tag, tag.into()));
        }
        let payload = (u32::from(catch.payload), u32::from(catch.cells));
        let reference = match catch.exnref {
            ExnSlot::None => (0, 0),
            ExnSlot::Reference(slot) | ExnSlot::Null(slot) => (u32::from(slot), 1),
        };
        for (slot, count) in [payload, reference, (catch.pin.into(), 1)] {
            if slot + count > bounds.cells {
                return fault(FaultKind::Slot(slot.into()));
            }
        }
    }
    Ok(())
}

/// Whether the op after `op` may be next.
fn falls_through(op: Op) -> bool {
    !matches!(
        op.family().info().shape,
        Shape::Jump
            | Shape::CopyJump
            | Shape::Copy2Jump
            | Shape::BrTable
            | Shape::Unreachable
            | Shape::Throw
            | Shape::ThrowRef
            | Shape::Return
            | Shape::ReturnValue
            | Shape::ReturnCall
            | Shape::ReturnCallImport
            | Shape::ReturnCallIndirect
            | Shape::ReturnCallRef
    )
}

fn check_op(op: &OpAt<'_>, bounds: &Bounds) -> Result<(), FaultKind> {
    if op.family().info().shape == Shape::Runtime {
        return Err(FaultKind::NoOp);
    }
    let slot = |slot: u64, count: u64| {
        if slot + count <= u64::from(bounds.cells) { Ok(()) } else { Err(FaultKind::Slot(slot)) }
    };
    let width = |ty: Ty| if ty == Ty::V128 { 2 } else { 1 };
    let (mut frame, mut record) = (None, 0);
    for (operand, class) in op.operands() {
        let named = match operand.role {
            // The value of a float store is always in the accumulator, its field free.
            Role::Src if operand.classes.is_empty() => false,
            Role::Src => class == Class::Slot,
            // Even the accumulator's variant names the slot that it may be turned to.
            Role::Dst | Role::Update => true,
            _ => false,
        };
        match operand.role {
            _ if named => slot(op.slot(&operand), width(operand.ty))?,
            Role::SrcCells(count) | Role::DstCells(count) => slot(op.slot(&operand), count.into())?,
            Role::Num(Name::Frame) => frame = Some(op.field(operand.field)),
            Role::Num(Name::Record) => record = op.field(operand.field),
            Role::Num(Name::Pin | Name::CalleeRecord) => slot(op.field(operand.field), 1)?,
            Role::Num(name) => check_index(name, op.field(operand.field), op, bounds)?,
            _ => {}
        }
    }
    match op.family().info().shape {
        Shape::Return | Shape::ReturnValue => match op.family().own_record() {
            Some(own) if u64::from(own) != record => Err(FaultKind::Slot(record)),
            _ => slot(record, 2),
        },
        Shape::Throw => slot(op.field(Field::A), op.field(Field::D)),
        Shape::ZeroCells | Shape::ZeroCellsPin => slot(op.field(Field::D), op.field(Field::B)),
        Shape::CheckEpoch => slot(0, op.field(Field::B)),
        Shape::New | Shape::ArrayBulk => slot(op.field(Field::A), op.field(Field::B)),
        Shape::ReturnCall | Shape::ReturnCallImport | Shape::ReturnCallIndirect | Shape::ReturnCallRef => {
            slot(record, 2)?;
            slot(op.field(Field::C16), 2)?;
            slot(frame.unwrap_or(0), op.field(Field::B16))?;
            slot(0, op.field(Field::B16))
        }
        _ => slot(frame.unwrap_or(0) + record, if frame.is_some() { 2 } else { 0 }),
    }
}

fn check_index(name: Name, index: u64, op: &OpAt<'_>, bounds: &Bounds) -> Result<(), FaultKind> {
    let range = match name {
        Name::Func => match op.family() {
            Family::Call | Family::ReturnCall => bounds.imported_funcs..bounds.funcs,
            _ => 0..bounds.funcs,
        },
        Name::Type => 0..bounds.types,
        Name::Table => 0..bounds.tables,
        Name::Memory => 0..bounds.memories,
        Name::Global => 0..bounds.globals,
        Name::Tag => 0..bounds.tags,
        Name::Data => 0..bounds.data,
        Name::Elem => 0..bounds.elements,
        Name::To | Name::From
            if matches!(
                op.family(),
                Family::MemoryCopy | Family::MemoryCopyFilled | Family::MemoryCopyShared
            ) =>
        {
            0..bounds.memories
        }
        Name::To | Name::From => 0..bounds.tables,
        Name::Lane => 0..lanes(op),
        Name::Relation => 0..Relation::ALL.len() as u32,
        Name::Lanes | Name::LanesHigh => {
            let lanes = index.to_le_bytes();
            let valid = lanes.iter().all(|&lane| lane < 32);
            return if valid { Ok(()) } else { Err(FaultKind::Index(Name::Lanes, index)) };
        }
        _ => return Ok(()),
    };
    let range = u64::from(range.start)..u64::from(range.end);
    if range.contains(&index) { Ok(()) } else { Err(FaultKind::Index(name, index)) }
}

/// Lanes of the vectors that a lane op works on.
fn lanes(op: &OpAt<'_>) -> u32 {
    use Family as F;
    match op.family() {
        F::I8x16ExtractLaneS | F::I8x16ExtractLaneU | F::I8x16ReplaceLane => 16,
        F::I16x8ExtractLaneS | F::I16x8ExtractLaneU | F::I16x8ReplaceLane => 8,
        F::I32x4ExtractLane | F::F32x4ExtractLane | F::I32x4ReplaceLane | F::F32x4ReplaceLane => 4,
        F::I64x2ExtractLane | F::F64x2ExtractLane | F::I64x2ReplaceLane | F::F64x2ReplaceLane => 2,
        _ => 0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ir::{Catch, Fields};

    const BOUNDS: Bounds = Bounds {
        cells: 8,
        funcs: 2,
        imported_funcs: 1,
        types: 1,
        tables: 1,
        memories: 1,
        globals: 1,
        tags: 1,
        data: 0,
        elements: 0,
    };

    fn op(family: Family, classes: &[Class], fields: Fields) -> [u64; 2] {
        [family.op(classes).number() as u64, fields.0]
    }

    #[test]
    fn code_must_end_in_an_op_that_does_not_go_on() {
        let ret = op(Family::Return, &[], Fields::wide(2, 0, 0));
        assert_eq!(verify(&ret, &BOUNDS), Ok(()));
        let add = op(Family::I32Add, &[Class::Slot, Class::Slot, Class::Slot], Fields::wide(4, 5, 6));
        assert_eq!(verify(&add, &BOUNDS), Err(Fault { at: 2, kind: FaultKind::End }));
        assert_eq!(verify(&[], &BOUNDS), Err(Fault { at: 0, kind: FaultKind::End }));
    }

    #[test]
    fn slots_outside_the_frame_are_found() {
        let add = op(Family::I32Add, &[Class::Slot, Class::Imm, Class::Acc], Fields::wide(4, 8, 6));
        assert_eq!(verify(&add, &BOUNDS), Err(Fault { at: 0, kind: FaultKind::Slot(8) }));
        let vector = op(Family::V128Not, &[Class::Slot, Class::Acc], Fields::wide(0, 7, 0));
        assert_eq!(verify(&vector, &BOUNDS), Err(Fault { at: 0, kind: FaultKind::Slot(7) }));
    }

    #[test]
    fn a_return_that_knows_its_record_has_it_there() {
        let ret = |record| op(Family::Return1, &[], Fields::wide(record, 0, 0));
        assert_eq!(verify(&ret(1), &BOUNDS), Ok(()));
        assert_eq!(verify(&ret(2), &BOUNDS), Err(Fault { at: 0, kind: FaultKind::Slot(2) }));
    }

    #[test]
    fn targets_must_be_the_start_of_an_op() {
        let mut jump = op(Family::Jump, &[Class::Slot], Fields::default());
        assert_eq!(verify(&jump, &BOUNDS), Ok(()));
        jump[1] = 1;
        assert_eq!(verify(&jump, &BOUNDS), Err(Fault { at: 0, kind: FaultKind::Target(1) }));
    }

    #[test]
    fn handlers_must_cover_ops_and_lead_to_one() {
        let code = [
            op(Family::Unreachable, &[], Fields::default()),
            op(Family::Unreachable, &[], Fields::default()),
        ];
        let code = code.concat();
        let catch =
            Catch { tag: Some(TagIdx(0)), target: 2, payload: 0, cells: 8, exnref: ExnSlot::None, pin: 7 };
        let good = Handler { start: 0, end: 2, depth: 1, action: Action::Catch(catch) };
        let fault =
            |handler: Handler| verify_handlers(&[handler], &code, &BOUNDS).map_err(|fault| fault.kind);
        assert_eq!(fault(good), Ok(()));
        assert_eq!(fault(Handler { end: 4, ..good }), Ok(()));
        assert_eq!(fault(Handler { end: 3, ..good }), Err(FaultKind::Range(0, 3)));
        assert_eq!(fault(Handler { start: 2, ..good }), Err(FaultKind::Range(2, 2)));
        let with = |catch| fault(Handler { action: Action::Catch(catch), ..good });
        assert_eq!(with(Catch { target: 4, ..catch }), Err(FaultKind::Target(4)));
        assert_eq!(with(Catch { tag: Some(TagIdx(1)), ..catch }), Err(FaultKind::Index(Name::Tag, 1)));
        assert_eq!(with(Catch { payload: 1, ..catch }), Err(FaultKind::Slot(1)));
        assert_eq!(with(Catch { exnref: ExnSlot::Null(8), ..catch }), Err(FaultKind::Slot(8)));
        assert_eq!(with(Catch { pin: 8, ..catch }), Err(FaultKind::Slot(8)));
    }

    #[test]
    fn indices_must_be_in_bounds() {
        let [number, fields] = op(Family::Call, &[], Fields::narrow(4, 1, 0, 0));
        let call = |func| verify(&[number, fields, func], &BOUNDS).map_err(|fault| fault.kind);
        assert_eq!(call(0), Err(FaultKind::Index(Name::Func, 0)), "imports are called otherwise");
        assert_eq!(call(1), Err(FaultKind::End));
        assert_eq!(call(2), Err(FaultKind::Index(Name::Func, 2)));
    }

    proptest::proptest! {
        #[test]
        fn any_words_are_judged_without_a_panic(words: Vec<u16>, rest: Vec<u64>) {
            let mut code: Vec<u64> = words.iter().map(|&word| u64::from(word) % super::super::OPS as u64).collect();
            code.extend(rest);
            let _ = verify(&code, &BOUNDS);
        }
    }
}

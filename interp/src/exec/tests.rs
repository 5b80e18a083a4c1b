//! Every variant of every op that does not call, run in both dispatchers on random operands, against a model that
//! knows nothing but what the table says of it.

#![expect(unsafe_code, reason = "runs ops by hand")]

use super::control::Compare;
use super::dispatch::looped::Looped;
use super::dispatch::{Dispatch, Entry, Exec, Exit, Regs};
use super::fused::Ternary as Pair;
use super::handlers::{handlers, rows};
use super::operand::Value;
use super::shapes::{Binary, Row, Unary, Wide};
use super::simd::{Extract, Replace, Ternary, Tests};
use crate::store::entity::{ExecContext, GlobalEntity, MemoryEntity, TableEntity};
use alloc::boxed::Box;
use alloc::vec::Vec;
use core::mem::MaybeUninit;
use core::ptr;
use core::sync::atomic::AtomicUsize;
use fantail_core::ir::{Class, Family, Field, Name, OPS, Op, OpAt, Operand, Role, Shape, Ty};
use fantail_core::types::{Limits, MemoryType};
use fantail_core::{TrapCode, for_each_op};
use fantail_simd::V128;

const CELLS: usize = 64;
const MEMORY: usize = 128;
const ELEMENTS: usize = 8;
/// The epoch at which execution traps.
const DEADLINE: usize = 2;
const TRIALS: usize = 24;

/// The op after the one under test, and at its targets: hands the registers out.
struct Capture;

impl Exec for Capture {
    unsafe fn exec<D: Dispatch>(regs: Regs) -> D::Out {
        // SAFETY: the test keeps room there.
        unsafe { *(*regs.ctx).store.cast::<Captured>() = Captured { regs, stack: native_stack() } };
        D::exit(Exit::HALT)
    }
}

/// What [`Capture`] hands out.
struct Captured {
    regs: Regs,
    stack: usize,
}

/// About where the native stack ends.
#[inline(never)]
fn native_stack() -> usize {
    let here = 0u8;
    core::hint::black_box(&raw const here).addr()
}

/// A generator of numbers that are often small, or all ones.
struct Random(u64);

impl Random {
    fn bits(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0.wrapping_mul(0x2545_f491_4f6c_dd1d)
    }

    fn below(&mut self, n: usize) -> usize {
        (self.bits() >> 33) as usize % n
    }

    /// The raw form of a value of type `ty`. Floats and lanes are no NaN: which NaN an operation on two gives is open.
    fn value(&mut self, ty: Ty) -> u128 {
        let wide = match self.below(5) {
            0 => self.below(200) as u64,
            1 => (self.below(200) as u64).wrapping_neg(),
            _ => self.bits(),
        };
        let lanes = |bits: u64| bits & 0xbfff_ffff_bfff_ffff;
        match ty {
            Ty::I32 => u128::from(wide as u32),
            Ty::F32 => u128::from(lanes(wide) as u32),
            Ty::I64 | Ty::None => u128::from(wide),
            Ty::F64 => u128::from(lanes(wide)),
            Ty::V128 => u128::from(lanes(wide)) << 64 | u128::from(lanes(self.bits())),
        }
    }
}

/// All that an op can read or change.
#[derive(Clone, PartialEq, Debug)]
struct State {
    cells: [u64; CELLS],
    acc: u64,
    pin: u64,
    f32: u32,
    f64: u64,
    v128: u128,
    memory: Vec<u8>,
    global: [u64; 2],
    elements: Vec<u64>,
    fuel: u64,
    epoch: usize,
}

impl State {
    fn random(random: &mut Random) -> Self {
        let cells = core::array::from_fn(|_| random.value(Ty::V128) as u64);
        Self {
            cells,
            acc: random.value(Ty::I64) as u64,
            pin: random.value(Ty::I64) as u64,
            f32: random.value(Ty::F32) as u32,
            f64: random.value(Ty::F64) as u64,
            v128: random.value(Ty::V128),
            memory: (0..MEMORY).map(|_| random.bits() as u8 & 0xbf).collect(),
            global: [random.value(Ty::F64) as u64, random.value(Ty::F64) as u64],
            elements: (0..ELEMENTS).map(|_| random.bits()).collect(),
            fuel: random.bits() >> 32,
            epoch: random.bits() as usize % 3,
        }
    }

    fn cell(&self, slot: usize, ty: Ty) -> u128 {
        let low = u128::from(self.cells[slot]);
        match ty {
            Ty::I32 | Ty::F32 => low & 0xffff_ffff,
            Ty::V128 => low | u128::from(self.cells[slot + 1]) << 64,
            _ => low,
        }
    }

    fn set_cell(&mut self, slot: usize, ty: Ty, value: u128) {
        self.cells[slot] = value as u64;
        if ty == Ty::V128 {
            self.cells[slot + 1] = (value >> 64) as u64;
        }
    }

    fn acc(&self, ty: Ty) -> u128 {
        match ty {
            Ty::I32 => u128::from(self.acc as u32),
            Ty::F32 => u128::from(self.f32),
            Ty::F64 => u128::from(self.f64),
            Ty::V128 => self.v128,
            _ => u128::from(self.acc),
        }
    }

    fn set_acc(&mut self, ty: Ty, value: u128) {
        match ty {
            Ty::F32 => self.f32 = value as u32,
            Ty::F64 => self.f64 = value as u64,
            Ty::V128 => self.v128 = value,
            _ => self.acc = value as u64,
        }
    }

    /// What `operand` of `op` is.
    fn source(&self, op: &OpAt<'_>, operand: &Operand, class: Class) -> u128 {
        let narrow =
            |value: u64| if operand.ty == Ty::I32 { u128::from(value as u32) } else { u128::from(value) };
        match class {
            Class::Slot => self.cell(op.slot(operand) as usize, operand.ty),
            Class::Acc => self.acc(operand.ty),
            Class::Pin => narrow(self.pin),
            Class::Imm => narrow(op.constant(operand) as u64),
        }
    }

    /// Writes the result of `op`.
    fn result(&mut self, op: &OpAt<'_>, operand: &Operand, class: Class, value: u128) {
        let quiet = matches!(op.family().info().shape, Shape::Copy | Shape::Const);
        match class {
            Class::Acc => self.set_acc(operand.ty, value),
            Class::Pin => {
                self.pin = value as u64;
                self.set_cell(op.slot(operand) as usize, operand.ty, value);
            }
            _ => {
                self.set_cell(op.slot(operand) as usize, operand.ty, value);
                if !quiet {
                    self.set_acc(operand.ty, value);
                }
            }
        }
    }
}

/// How an op ends.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum End {
    /// At the op after it.
    Next,
    /// At its target with this number.
    Target(usize),
    /// With a trap.
    Trap(TrapCode),
}

fn raw<T: Value>(value: T) -> u128 {
    let mut cells = [0; 2];
    // SAFETY: there are two cells.
    unsafe { value.store(cells.as_mut_ptr()) };
    u128::from(cells[1]) << 64 | u128::from(cells[0])
}

fn value<T: Value>(raw: u128) -> T {
    let cells = [raw as u64, (raw >> 64) as u64];
    // SAFETY: there are two cells.
    unsafe { T::load(cells.as_ptr()) }
}

fn halves((low, high): (u64, u64)) -> u128 {
    u128::from(high) << 64 | u128::from(low)
}

type Evaluated = Option<Result<u128, TrapCode>>;

fn binary<F: Binary>(s: &[u128]) -> Evaluated {
    Some(F::apply(value(s[0]), value(s[1])).map(raw))
}

fn unary<F: Unary>(s: &[u128]) -> Evaluated {
    Some(F::apply(value(s[0])).map(raw))
}

fn compare<F: Compare>(s: &[u128]) -> Evaluated {
    Some(Ok(F::holds(value(s[0]), value(s[1])).into()))
}

fn pair<F: Pair>(s: &[u128]) -> Evaluated {
    Some(Ok(raw(F::apply(value(s[0]), value(s[1]), value(s[2])))))
}

fn extract<F: Extract>(s: &[u128]) -> Evaluated {
    Some(Ok(raw(F::apply(value(s[0]), s[1] as u8))))
}

fn replace<F: Replace>(s: &[u128]) -> Evaluated {
    Some(Ok(raw(F::apply(value(s[0]), s[2] as u8, value(s[1])))))
}

fn ternary<F: Ternary>(s: &[u128]) -> Evaluated {
    Some(Ok(raw(F::apply(value(s[0]), value(s[1]), value(s[2])))))
}

fn test<F: Tests>(s: &[u128]) -> Evaluated {
    Some(Ok(F::holds(value(s[0])).into()))
}

/// By lanes of as many bits as the row's name says; by the count at its end.
fn rotated_by<F: Row>(s: &[u128]) -> Evaluated {
    let (_, count) = F::FAMILY.info().text.split_once("rotl")?;
    rotated::<F>(&[s[0] ^ s[1], count.parse().ok()?])
}

/// By lanes of as many bits as the row's name says.
fn rotated<F: Row>(s: &[u128]) -> Evaluated {
    let count = s[1] as u32;
    Some(Ok(if F::FAMILY.info().text.contains("i32x4.rotl") {
        raw(V128::from_u32x4(value::<V128>(s[0]).to_u32x4().map(|lane| lane.rotate_left(count))))
    } else {
        raw(V128::from_u64x2(value::<V128>(s[0]).to_u64x2().map(|lane| lane.rotate_left(count))))
    }))
}

/// What a pair does by what its two parts do, which the names of the rows say.
fn one_after_the_other(family: Family, s: &[u128]) -> Evaluated {
    let mut parts =
        Family::ALL.iter().flat_map(|&first| Family::ALL.iter().map(move |&second| (first, second)));
    let (first, second) = parts
        .find(|(first, second)| first.then_vector(*second).is_some_and(|(fused, _)| fused == family))
        .expect("a pair has parts");
    let inner = evaluate(first, &s[..2])?.ok()?;
    evaluate(second, &[inner, s[2]])
}

/// What a dot product does by its two parts.
fn added_products(family: Family, s: &[u128]) -> Evaluated {
    let mut parts =
        Family::ALL.iter().flat_map(|&first| Family::ALL.iter().map(move |&second| (first, second)));
    let (first, second) =
        parts.find(|(first, second)| second.dot(*first) == Some(family)).expect("a dot product has parts");
    evaluate(second, &[evaluate(first, s)?.ok()?])
}

/// What an op on a vector in memory does by its parts: `s` has that vector, then the others.
fn of_loaded(family: Family, s: &[u128]) -> Evaluated {
    let has = |fused: Option<(Family, bool)>| fused.is_some_and(|(fused, _)| fused == family);
    let at_x1 =
        |fused: Option<(Family, bool)>| fused.and_then(|(fused, _)| fused.load_at_x1()) == Some(family);
    for &first in Family::ALL {
        if has(first.after_load()) || at_x1(first.after_load()) {
            return evaluate(first, s);
        }
        let Some((load, _)) = first.after_load() else { continue };
        for &second in Family::ALL {
            if has(load.load_then(second)) {
                let inner = evaluate(first, &s[..2])?.ok()?;
                return evaluate(second, &[inner, s[2]]);
            }
        }
    }
    None
}

fn two<F: Wide<Operands = (u64, u64)>>(s: &[u128]) -> Evaluated {
    Some(Ok(halves(F::apply((s[0] as u64, s[1] as u64)))))
}

fn four<F: Wide<Operands = (u64, u64, u64, u64)>>(s: &[u128]) -> Evaluated {
    Some(Ok(halves(F::apply((s[0] as u64, s[1] as u64, s[2] as u64, s[3] as u64)))))
}

/// Loaded bits as a vector.
macro_rules! from_loaded {
    (load_v128 $s:ident) => {
        Some(Ok($s[0]))
    };
    ($sem:ident $s:ident) => {
        Some(Ok(raw(fantail_simd::$sem(value($s[0])))))
    };
}

macro_rules! evaluate {
    (Com $f:ident $sem:ident $s:ident) => { binary::<rows::$f>($s) };
    (ComWide $f:ident $sem:ident $s:ident) => { binary::<rows::$f>($s) };
    (Cmp $f:ident $sem:ident $s:ident) => { binary::<rows::$f>($s) };
    (Bin $f:ident $sem:ident $s:ident) => { binary::<rows::$f>($s) };
    (TryBin $f:ident $sem:ident $s:ident) => { binary::<rows::$f>($s) };
    (FBin $f:ident $sem:ident $s:ident) => { binary::<rows::$f>($s) };
    (FCmp $f:ident $sem:ident $s:ident) => { binary::<rows::$f>($s) };
    (VBin $f:ident $sem:ident $s:ident) => { binary::<rows::$f>($s) };
    (VPattern $f:ident $sem:ident $s:ident) => { binary::<rows::$f>($s) };
    (VShift $f:ident $sem:ident $s:ident) => { binary::<rows::$f>($s) };
    (Un $f:ident $sem:ident $s:ident) => { unary::<rows::$f>($s) };
    (TryUn $f:ident $sem:ident $s:ident) => { unary::<rows::$f>($s) };
    (VUn $f:ident $sem:ident $s:ident) => { unary::<rows::$f>($s) };
    (VTest $f:ident $sem:ident $s:ident) => { unary::<rows::$f>($s) };
    (VBitmask $f:ident $sem:ident $s:ident) => { unary::<rows::$f>($s) };
    (VSplat $f:ident $sem:ident $s:ident) => { unary::<rows::$f>($s) };
    (BrCmp $f:ident $sem:ident $s:ident) => { compare::<rows::$f>($s) };
    (BrTest $f:ident $sem:ident $s:ident) => { compare::<rows::$f>($s) };
    (BrNotTest $f:ident $sem:ident $s:ident) => { compare::<rows::$f>($s) };
    (AddBr $f:ident $sem:ident $s:ident) => { compare::<rows::$f>($s) };
    (AddBr2 $f:ident $sem:ident $s:ident) => { compare::<rows::$f>($s) };
    (CopyAddBr $f:ident $sem:ident $s:ident) => { compare::<rows::$f>($s) };
    (SumBr $f:ident $sem:ident $s:ident) => { compare::<rows::$f>($s) };
    (AndBr $f:ident $sem:ident $s:ident) => { compare::<rows::$f>($s) };
    (LoadBr $f:ident $sem:ident $s:ident) => { compare::<rows::$f>($s) };
    (Load8Br $f:ident $sem:ident $s:ident) => { compare::<rows::$f>($s) };
    (Tern $f:ident $sem:ident $s:ident) => { pair::<rows::$f>($s) };
    (FTern $f:ident $sem:ident $s:ident) => { pair::<rows::$f>($s) };
    (BrFCmp $f:ident $sem:ident $s:ident) => { compare::<rows::$f>($s) };
    (BrNotFCmp $f:ident $sem:ident $s:ident) => { compare::<rows::$f>($s) };
    (VExtract $f:ident $sem:ident $s:ident) => { extract::<rows::$f>($s) };
    (VReplace $f:ident $sem:ident $s:ident) => { replace::<rows::$f>($s) };
    (VTern $f:ident $sem:ident $s:ident) => { ternary::<rows::$f>($s) };
    (Wide2 $f:ident $sem:ident $s:ident) => { two::<rows::$f>($s) };
    (Wide4 $f:ident $sem:ident $s:ident) => { four::<rows::$f>($s) };
    (VLoad $f:ident $sem:ident $s:ident) => { from_loaded!($sem $s) };
    (VLoadSum $f:ident $sem:ident $s:ident) => { from_loaded!($sem $s) };
    (VLoadX1 $f:ident $sem:ident $s:ident) => { from_loaded!($sem $s) };
    (VRotl $f:ident $sem:ident $s:ident) => { rotated::<rows::$f>($s) };
    (VXorRotlBy $f:ident $sem:ident $s:ident) => { rotated_by::<rows::$f>($s) };
    (VXorRotl $f:ident $sem:ident $s:ident) => { rotated::<rows::$f>(&[$s[0] ^ $s[1], $s[2]]) };
    (VDot $f:ident $sem:ident $s:ident) => { added_products(Family::$f, $s) };
    (VPair $f:ident $sem:ident $s:ident) => { one_after_the_other(Family::$f, $s) };
    (VBrTest $f:ident $sem:ident $s:ident) => { test::<rows::$f>($s) };
    (VBrNotTest $f:ident $sem:ident $s:ident) => { test::<rows::$f>($s) };
    ($shape:ident $f:ident $sem:ident $s:ident) => { None };
}

macro_rules! define {
    ($( $shape:ident { $( $family:ident $text:literal ($($ty:ident),*) -> $out:ident $sem:ident; )* } )*) => {
        /// The result of the row's semantic function for `sources` (of loads: for the loaded bits).
        fn evaluate(family: Family, sources: &[u128]) -> Evaluated {
            match family {
                $($( Family::$family => evaluate!($shape $family $sem sources), )*)*
            }
        }
    };
}
for_each_op!(define);

/// Bytes that a load or store accesses, by its name: `i64.load16_s`, `v128.load8x8_u`, `store8`, `f32.load.x4`.
fn access_size(text: &str) -> usize {
    let text = text.trim_start_matches("load_").trim_end_matches(".sum").split(".x").next().unwrap_or(text);
    let (ty, rest) = text.split_once("load").or_else(|| text.split_once("store")).expect("a load or store");
    let digits: alloc::string::String = rest.chars().take_while(char::is_ascii_digit).collect();
    match (digits.parse::<usize>(), rest.contains('x')) {
        (Ok(_), true) => 8,
        (Ok(bits), false) => bits / 8,
        _ => match ty {
            "v128." => 16,
            "i64." | "f64." => 8,
            _ => 4,
        },
    }
}

/// Loads as the name of the op says: sign-extended after `_s`, to the width of its type.
fn loaded(text: &str, bytes: &[u8]) -> u128 {
    let mut raw = bytes.iter().rev().fold(0, |raw, &byte| raw << 8 | u128::from(byte));
    if text.contains("_s") && !text.starts_with('v') && bytes.last().is_some_and(|byte| byte & 0x80 != 0) {
        raw |= u128::MAX << (bytes.len() * 8);
    }
    match text.split_once('.') {
        Some(("i32", _)) => raw & u128::from(u32::MAX),
        Some(("i64", _)) => raw & u128::from(u64::MAX),
        _ => raw,
    }
}

/// Runs `op` on `state` by what the table says. `None` for shapes that are tested elsewhere.
fn model(op: &OpAt<'_>, state: &mut State) -> Option<End> {
    let info = op.family().info();
    let text = info.text;
    let mut sources = Vec::new();
    let mut dst = None;
    for (operand, class) in op.operands() {
        match operand.role {
            // A float that is always in its accumulator.
            Role::Src if operand.classes.is_empty() => sources.push(state.acc(operand.ty)),
            Role::Src | Role::Update => sources.push(state.source(op, &operand, class)),
            Role::SrcCells(n) => {
                let slot = op.slot(&operand) as usize;
                sources.extend((0..usize::from(n)).map(|i| u128::from(state.cells[slot + i])));
            }
            Role::Num(_) => sources.push(op.field(operand.field).into()),
            Role::Dst => dst = Some((operand, class)),
            Role::DstCells(_) | Role::Target | Role::Targets => {}
        }
    }
    let address = || match info.shape {
        Shape::LoadAny => sources[0] + sources[2],
        Shape::StoreAny => sources[0] + sources[3],
        // A constant address is in the offset.
        _ if op.op.classes()[0] == Class::Imm => *sources.last().expect("an offset"),
        _ => sources[0] + sources.last().expect("an offset"),
    };
    let scaled = |sources: &[u128], offset: u128| {
        let scale = text.bytes().last().map_or(1, |digit| u32::from(digit - b'0'));
        let base = (sources[0] as u32).wrapping_add((sources[1] as u32).wrapping_mul(scale));
        base as usize + offset as usize
    };
    let taken = |taken: bool| Some(if taken { End::Target(0) } else { End::Next });
    let result = match info.shape {
        Shape::Copy | Shape::GlobalGet | Shape::Const => match info.shape {
            Shape::Copy => sources[0],
            Shape::GlobalGet => match dst?.0.ty {
                Ty::V128 => halves((state.global[0], state.global[1])),
                Ty::F32 => u128::from(state.global[0] as u32),
                _ => u128::from(state.global[0]),
            },
            _ => sources[0] | sources.get(1).map_or(0, |high| high << 64),
        },
        Shape::Select => sources[usize::from(sources[2] == 0)],
        Shape::Jump => return Some(End::Target(0)),
        Shape::BrIf => return taken((sources[0] == 0) == (op.family() == Family::BrEqz)),
        Shape::AddBr => {
            let (x, class) = op.operands().next()?;
            let step = i64::from(sources[1] as u16 as i16) as u64;
            let sum = (sources[0] as u64).wrapping_add(step);
            let sum = if x.ty == Ty::I32 { u64::from(sum as u32) } else { sum };
            state.set_cell(op.slot(&x) as usize, x.ty, sum.into());
            state.pin = if class == Class::Pin { sum } else { state.pin };
            // The other operand may be the very same.
            let (b, class) = op.operands().nth(2)?;
            let b = state.source(op, &b, class);
            return taken(evaluate(op.family(), &[sum.into(), b])? == Ok(1));
        }
        Shape::AddBr2 => {
            // First `y` by `c`, which may be `x`; then `x`, to which nothing else may have been added.
            for (n, step) in [(2, 3), (0, 1)] {
                let (operand, class) = op.operands().nth(n)?;
                let step = match op.operands().nth(step)? {
                    (by, class) if by.role == Role::Src => state.source(op, &by, class) as u32,
                    _ => op.field(Field::A) as i16 as u32,
                };
                let sum = (state.source(op, &operand, class) as u32).wrapping_add(step);
                state.set_cell(op.slot(&operand) as usize, Ty::I32, sum.into());
                match (n, class) {
                    (_, Class::Pin) => state.pin = sum.into(),
                    (2, _) => state.acc = sum.into(),
                    _ => {}
                }
            }
            let (x, class) = op.operands().next()?;
            let x = state.source(op, &x, class);
            let (b, class) = op.operands().nth(4)?;
            let b = state.source(op, &b, class);
            return taken(evaluate(op.family(), &[x, b])? == Ok(1));
        }
        Shape::CopyAddBr => {
            let (to, _) = dst?;
            state.set_cell(op.slot(&to) as usize, Ty::V128, sources[2]);
            let (x, class) = op.operands().next()?;
            let sum = (state.source(op, &x, class) as u32).wrapping_add(op.field(Field::A) as i16 as u32);
            state.set_cell(op.slot(&x) as usize, Ty::I32, sum.into());
            state.pin = if class == Class::Pin { sum.into() } else { state.pin };
            // The other operand may be the very same.
            let (c, class) = op.operands().nth(4)?;
            let c = state.source(op, &c, class);
            return taken(evaluate(op.family(), &[sum.into(), c])? == Ok(1));
        }
        Shape::SumBr | Shape::AndBr | Shape::LoadBr | Shape::Load8Br => {
            let constant = i32::from(sources[1] as i16) as u32;
            let a = sources[0] as u32;
            let size = if info.shape == Shape::Load8Br { 1 } else { 4 };
            let start = a as usize + sources[1] as usize;
            let value = match info.shape {
                Shape::SumBr => a.wrapping_add(constant),
                Shape::AndBr => a & constant,
                _ => match state.memory.get(start..start + size) {
                    Some(bytes) => loaded("load", bytes) as u32,
                    None => return Some(End::Trap(TrapCode::MemoryOutOfBounds)),
                },
            };
            let (dst, class) = dst?;
            state.result(op, &dst, class, value.into());
            // The other operand may be the very same.
            let (b, class) = op.operands().nth(2)?;
            let b = state.source(op, &b, class);
            return taken(evaluate(op.family(), &[value.into(), b])? == Ok(1));
        }
        Shape::CopyBrIf => {
            let (dst, class) = dst?;
            state.set_cell(op.slot(&dst) as usize, Ty::I64, sources[0]);
            state.pin = if class == Class::Pin { sources[0] as u64 } else { state.pin };
            let (b, class) = op.operands().nth(1)?;
            let b = state.source(op, &b, class);
            return taken((b == 0) == (op.family() == Family::CopyBrEqz));
        }
        Shape::LoadLoad => {
            let start = sources[0] as usize + sources[1] as usize;
            let Some(bytes) = state.memory.get(start..start + 4) else {
                return Some(End::Trap(TrapCode::MemoryOutOfBounds));
            };
            let start = loaded("load", bytes) as usize + sources[2] as usize;
            let Some(bytes) = state.memory.get(start..start + access_size(text)) else {
                return Some(End::Trap(TrapCode::MemoryOutOfBounds));
            };
            loaded(text.trim_start_matches("load_"), bytes)
        }
        Shape::BrCmp | Shape::BrFCmp | Shape::BrTest => {
            return taken(evaluate(op.family(), &sources)? == Ok(1));
        }
        Shape::VBrTest => return taken(evaluate(op.family(), &sources)? == Ok(1)),
        Shape::VBrCmp | Shape::VBrNotCmp => {
            let some = info.shape == Shape::VBrCmp;
            let compare = Family::ALL.iter().find(|f| f.branch_compared(some) == Some(op.family()))?;
            let truth = evaluate(*compare, &sources)?.ok()?;
            let (operand, class) = dst?;
            state.result(op, &operand, class, truth);
            return taken((truth != 0) == some);
        }
        Shape::BrNotFCmp | Shape::BrNotTest | Shape::VBrNotTest => {
            return taken(evaluate(op.family(), &sources)? == Ok(0));
        }
        Shape::BrTable => {
            return Some(End::Target((sources[0] as usize).min(op.field(Field::B) as usize - 1)));
        }
        Shape::Unreachable => return Some(End::Trap(TrapCode::Unreachable)),
        Shape::Load
        | Shape::LoadAny
        | Shape::VLoad
        | Shape::Store
        | Shape::FStore
        | Shape::VStore
        | Shape::StoreAny => {
            let (size, start) = (access_size(text), address());
            if start + size as u128 > MEMORY as u128 {
                return Some(End::Trap(TrapCode::MemoryOutOfBounds));
            }
            let bytes = &mut state.memory[start as usize..start as usize + size];
            if text.contains("store") {
                bytes.copy_from_slice(&sources[1].to_le_bytes()[..size]);
                return Some(End::Next);
            }
            let bits = loaded(text, bytes);
            if info.shape == Shape::VLoad { evaluate(op.family(), &[bits])?.ok()? } else { bits }
        }
        Shape::LoadX1 | Shape::LoadX2 | Shape::LoadX4 | Shape::LoadX8 | Shape::VLoadX1 => {
            let (size, start) = (access_size(text), scaled(&sources, sources[2]));
            let Some(bytes) = state.memory.get(start..start + size) else {
                return Some(End::Trap(TrapCode::MemoryOutOfBounds));
            };
            let bits = loaded(text, bytes);
            if info.shape == Shape::VLoadX1 { evaluate(op.family(), &[bits])?.ok()? } else { bits }
        }
        Shape::StoreX1 | Shape::StoreX2 | Shape::StoreX4 | Shape::StoreX8 | Shape::VStoreX1 => {
            let (size, start) = (access_size(text), scaled(&sources, sources[3]));
            let Some(bytes) = state.memory.get_mut(start..start + size) else {
                return Some(End::Trap(TrapCode::MemoryOutOfBounds));
            };
            bytes.copy_from_slice(&sources[2].to_le_bytes()[..size]);
            return Some(End::Next);
        }
        Shape::LoadSum | Shape::StoreSum | Shape::FStoreSum | Shape::VLoadSum | Shape::VStoreSum => {
            let constant = *sources.last().expect("a constant") as u32;
            let (size, start) = (access_size(text), (sources[0] as u32).wrapping_add(constant) as usize);
            let Some(bytes) = state.memory.get_mut(start..start + size) else {
                return Some(End::Trap(TrapCode::MemoryOutOfBounds));
            };
            if text.contains("store") {
                bytes.copy_from_slice(&sources[1].to_le_bytes()[..size]);
                return Some(End::Next);
            }
            let bits = loaded(text, bytes);
            if info.shape == Shape::VLoadSum { evaluate(op.family(), &[bits])?.ok()? } else { bits }
        }
        Shape::VLoadBin | Shape::VLoadX1Bin | Shape::VLoadPair => {
            let (base, others) = match sources[..] {
                [a, ref others @ .., sum, _] if info.shape != Shape::VLoadX1Bin => (a + sum, others),
                [a, b, ref others @ .., _] => (a + b, others),
                _ => return None,
            };
            let start = base as u32 as usize + *sources.last()? as usize;
            let Some(bytes) = state.memory.get(start..start + 16) else {
                return Some(End::Trap(TrapCode::MemoryOutOfBounds));
            };
            let mut all = alloc::vec![loaded(text, bytes)];
            all.extend_from_slice(others);
            of_loaded(op.family(), &all)?.ok()?
        }
        Shape::VBinStore => {
            let compute = Family::ALL.iter().find(|f| f.before_store() == Some(op.family()))?;
            let value = evaluate(*compute, &sources[1..3])?.ok()?;
            let start = (sources[0] + sources[3]) as usize;
            let Some(bytes) = state.memory.get_mut(start..start + 16) else {
                return Some(End::Trap(TrapCode::MemoryOutOfBounds));
            };
            bytes.copy_from_slice(&value.to_le_bytes());
            return Some(End::Next);
        }
        Shape::VBrAddCmp | Shape::VBrNotAddCmp => {
            let some = info.shape == Shape::VBrAddCmp;
            let mut pairs =
                Family::ALL.iter().flat_map(|&add| Family::ALL.iter().map(move |&compare| (add, compare)));
            let (add, compare) = pairs.find(|(add, compare)| {
                compare.branch_compared(some).and_then(|branch| branch.of_sum(*add)) == Some(op.family())
            })?;
            let sum = evaluate(add, &sources[..2])?.ok()?;
            let truth = evaluate(compare, &[sum, sources[2]])?.ok()?;
            let (operand, class) = dst?;
            state.result(op, &operand, class, truth);
            return taken((truth != 0) == some);
        }
        Shape::VBitmaskPopcnt => evaluate(Family::I8x16Bitmask, &sources)?.ok()?.count_ones().into(),
        Shape::VBitmaskBrEqz | Shape::VBitmaskBrNez => {
            let some = info.shape == Shape::VBitmaskBrNez;
            let bits = Family::ALL.iter().find(|f| f.branch_bitmask(some) == Some(op.family()))?;
            let bits = evaluate(*bits, &sources)?.ok()?;
            let (operand, class) = dst?;
            state.result(op, &operand, class, bits);
            return taken((bits != 0) == some);
        }
        Shape::LoadStore => {
            let (to, from) = ((sources[0] + sources[1]) as usize, (sources[2] + sources[3]) as usize);
            let size = access_size(text);
            if to.max(from) + size > MEMORY {
                return Some(End::Trap(TrapCode::MemoryOutOfBounds));
            }
            state.memory.copy_within(from..from + size, to);
            return Some(End::Next);
        }
        Shape::Add2 => {
            for (operand, class) in op.operands().filter(|(operand, _)| operand.role == Role::Update) {
                let field = if operand.field == Field::D { Field::A } else { Field::C16 };
                let sum = state.source(op, &operand, class) as u32;
                let sum = sum.wrapping_add(i32::from(op.field(field) as i16) as u32);
                state.set_cell(op.slot(&operand) as usize, Ty::I32, sum.into());
                state.pin = if class == Class::Pin { sum.into() } else { state.pin };
            }
            return Some(End::Next);
        }
        Shape::Copy2 => {
            let dsts = op.operands().filter(|(operand, _)| operand.role == Role::Dst);
            let srcs = op.operands().filter(|(operand, _)| operand.role == Role::Src);
            for ((src, class), (dst, to)) in srcs.zip(dsts) {
                let value = state.source(op, &src, class);
                state.set_cell(op.slot(&dst) as usize, Ty::I64, value);
                state.pin = if to == Class::Pin { value as u64 } else { state.pin };
            }
            return Some(End::Next);
        }
        Shape::MemorySize => 7,
        Shape::TableSize => ELEMENTS as u128,
        Shape::RefFunc => 0x1234,
        Shape::GlobalSet => {
            let wide = info.operands.as_slice()[0].ty == Ty::V128;
            state.global[0] = sources[0] as u64;
            state.global[1] = if wide { (sources[0] >> 64) as u64 } else { state.global[1] };
            return Some(End::Next);
        }
        Shape::TableGet | Shape::TableSet if sources[0] >= ELEMENTS as u128 => {
            return Some(End::Trap(TrapCode::TableOutOfBounds));
        }
        Shape::TableGet => state.elements[sources[0] as usize].into(),
        Shape::TableSet => {
            state.elements[sources[0] as usize] = sources[1] as u64;
            return Some(End::Next);
        }
        Shape::RefAsNonNull if sources[0] == 0 => return Some(End::Trap(TrapCode::NullReference)),
        Shape::RefAsNonNull => sources[0],
        Shape::ZeroCells => {
            let (first, count) = (op.field(Field::D) as usize, op.field(Field::B) as usize);
            state.cells[first..first + count].fill(0);
            return Some(End::Next);
        }
        Shape::ZeroCellsPin => {
            let (first, count) = (op.field(Field::D) as usize, op.field(Field::B) as usize);
            state.cells[first..first + count].fill(0);
            state.pin = state.cells[op.field(Field::A) as usize];
            return Some(End::Next);
        }
        Shape::GlobalStep => {
            let sum = (state.global[0] as u32).wrapping_add(op.field(Field::A) as i16 as u32);
            state.global[0] = sum.into();
            sum.into()
        }
        Shape::GlobalSetSum => {
            let sum = (sources[0] as u32).wrapping_add(op.field(Field::D) as i16 as u32);
            state.global[0] = sum.into();
            return Some(End::Next);
        }
        Shape::CheckStack => {
            let free = sources[0] <= CELLS as u128;
            return Some(if free { End::Next } else { End::Trap(TrapCode::StackOverflow) });
        }
        Shape::Fuel => {
            let Some(rest) = state.fuel.checked_sub(sources[0] as u64) else {
                return Some(End::Trap(TrapCode::OutOfFuel));
            };
            state.fuel = rest;
            return Some(End::Next);
        }
        Shape::CheckEpoch => {
            let passed = state.epoch >= DEADLINE;
            return Some(if passed { End::Trap(TrapCode::Interrupt) } else { End::Next });
        }
        Shape::PinLoad => {
            state.pin = sources[0] as u64;
            return Some(End::Next);
        }
        Shape::Wide2 | Shape::Wide4 => {
            let value = evaluate(op.family(), &sources)?.ok()?;
            state.set_cell(op.field(Field::D) as usize, Ty::V128, value);
            return Some(End::Next);
        }
        Shape::VShuffle => {
            let lanes = halves((sources[2] as u64, sources[3] as u64)).to_le_bytes();
            raw(fantail_simd::i8x16_shuffle(value(sources[0]), value(sources[1]), lanes))
        }
        Shape::VPermute | Shape::VXorPermute => {
            let [a, low, high] = match sources[..] {
                [a, b, low, high] => [a ^ b, low, high],
                _ => [sources[0], sources[1], sources[2]],
            };
            let (bytes, lanes) = (a.to_le_bytes(), halves((low as u64, high as u64)).to_le_bytes());
            u128::from_le_bytes(lanes.map(|lane| bytes[usize::from(lane % 16)]))
        }
        _ => match evaluate(op.family(), &sources)? {
            Ok(value) => value,
            Err(code) => return Some(End::Trap(code)),
        },
    };
    let (operand, class) = dst?;
    state.result(op, &operand, class, result);
    Some(End::Next)
}

/// Sets `field` of the op.
fn set(words: &mut [u64], field: Field, value: u64) {
    let (word, shift, width) = match field {
        Field::D => (1, 0, 16),
        Field::A => (1, 16, 16),
        Field::B => (1, 32, 32),
        Field::B16 => (1, 32, 16),
        Field::C16 => (1, 48, 16),
        Field::W1 => (1, 0, 64),
        Field::W2 => (2, 0, 64),
        Field::W2Lo => (2, 0, 32),
        Field::W2Hi => (2, 32, 32),
        Field::W3 => (3, 0, 64),
    };
    let mask = u64::MAX >> (64 - width) << shift;
    words[word] = words[word] & !mask | value << shift & mask;
}

/// The words of `op` with random fields, its slots inside the frame, its indices 0.
fn encode(op: Op, random: &mut Random) -> Vec<u64> {
    let info = op.family().info();
    let targets = if op.family() == Family::BrTable { 1 + random.below(4) } else { 0 };
    let mut words: Vec<u64> = (0..op.words() + targets).map(|_| random.bits()).collect();
    words[0] = op.number() as u64;
    for (operand, class) in info.operands.as_slice().iter().zip(op.classes()) {
        let value = match operand.role {
            Role::Targets => targets as u64,
            Role::Target => continue,
            Role::Num(Name::Offset | Name::Sum) => match random.below(4) {
                0 => random.bits(),
                _ => random.below(MEMORY) as u64,
            },
            Role::Num(Name::Step | Name::Mask) => random.bits(),
            Role::Num(Name::First) => 3,
            Role::Num(Name::Cells) => random.below(CELLS * 3 / 2) as u64,
            Role::Num(Name::Constant | Name::LanesHigh | Name::Lane | Name::Lanes) => continue,
            Role::Num(_) => 0,
            _ if class == Class::Imm && info.float_imm != 0 && !operand.ty.is_int() => {
                words[usize::from(info.float_imm)] = random.value(operand.ty) as u64;
                continue;
            }
            _ if class == Class::Imm => random.value(operand.ty) as u64,
            // Upper halves of fields that hold slot numbers mean nothing.
            _ if operand.field == Field::B => {
                random.below(CELLS - 4) as u64
                    | if info.shape == Shape::Wide2 { 0 } else { random.bits() << 16 }
            }
            _ => random.below(CELLS - 4) as u64,
        };
        set(&mut words, operand.field, value);
    }
    if matches!(op.family(), Family::ZeroCells | Family::ZeroCellsPin) {
        set(&mut words, Field::B, random.below(20) as u64);
    }
    words
}

/// What surrounds an op under test.
struct World {
    ctx: Box<ExecContext>,
    memory: Box<MaybeUninit<MemoryEntity>>,
    table: Box<MaybeUninit<TableEntity>>,
    global: Box<MaybeUninit<GlobalEntity>>,
    pointers: Box<[*mut (); 3]>,
    handles: [u64; 1],
    /// Where the native stack ended after the first op.
    stack: Option<usize>,
}

impl World {
    fn new() -> Self {
        let ctx = Box::new(ExecContext::empty());
        Self {
            ctx,
            memory: Box::new(MaybeUninit::zeroed()),
            table: Box::new(MaybeUninit::zeroed()),
            global: Box::new(MaybeUninit::zeroed()),
            pointers: Box::new([ptr::null_mut(); 3]),
            handles: [0x1234],
            stack: None,
        }
    }

    /// Runs one op from `state`.
    #[inline(never)]
    fn run<D: Dispatch>(&mut self, table: &[D::Handler; OPS], op: &OpAt<'_>, state: &mut State) -> End {
        const TARGET: usize = 64;
        let capture = <D::Of<Capture>>::HANDLER;
        let mut code: Vec<MaybeUninit<u64>> = op.words.iter().map(|&word| MaybeUninit::new(word)).collect();
        code.resize(TARGET + 16, MaybeUninit::zeroed());
        let start: *mut u64 = code.as_mut_ptr().cast();
        let mut out = MaybeUninit::<Captured>::uninit();
        // SAFETY: what is set up here is what the op may touch, by the fields that `encode` gave it.
        unsafe {
            *start.cast::<D::Handler>() = table[op.op.number()];
            *start.wrapping_add(op.words.len()).cast::<D::Handler>() = capture;
            for (i, n) in op.targets().enumerate() {
                let target = start.wrapping_add(TARGET + i);
                *target.cast::<D::Handler>() = capture;
                *start.wrapping_add(n).cast::<*const u64>() = target;
            }
            let memory = self.memory.as_mut_ptr();
            (*memory).base = state.memory.as_mut_ptr();
            (*memory).len = MEMORY;
            let limits = Limits { min: 7, max: None, is64: false };
            ptr::write(&raw mut (*memory).ty, MemoryType { limits, shared: false, page_size_log2: 16 });
            let elements = self.table.as_mut_ptr();
            (*elements).base = state.elements.as_mut_ptr();
            (*elements).len = ELEMENTS;
            let global = self.global.as_mut_ptr();
            (*global).cells = state.global;
            *self.pointers = [memory.cast(), elements.cast(), global.cast()];
            let pointers: *mut *mut () = self.pointers.as_mut_ptr();
            let ctx: *mut ExecContext = &raw mut *self.ctx;
            (*ctx).memories = pointers.cast();
            (*ctx).tables = pointers.wrapping_add(1).cast();
            (*ctx).globals = pointers.wrapping_add(2).cast();
            (*ctx).handles = self.handles.as_ptr();
            (*ctx).set_memory(state.memory.as_mut_ptr(), MEMORY);
            (*ctx).store = out.as_mut_ptr().cast();
            let epoch = AtomicUsize::new(state.epoch);
            ((*ctx).fuel, (*ctx).epoch, (*ctx).deadline) = (state.fuel, &raw const epoch, DEADLINE);
            let fp = state.cells.as_mut_ptr();
            (*ctx).limit = fp.wrapping_add(CELLS).wrapping_sub(crate::store::entity::FRAME_MARGIN);
            let mut regs = Regs::start(start, fp, state.memory.as_mut_ptr(), ctx);
            (regs.acc, regs.pin) = (state.acc, state.pin);
            (regs.f32, regs.f64) = (f32::from_bits(state.f32), f64::from_bits(state.f64));
            value::<V128>(state.v128).set_acc(&mut regs);
            // The guess in the loop register may be right or wrong, and is right afterwards.
            let loops =
                op.operands().any(|(operand, class)| operand.role == Role::Target && class == Class::Acc);
            regs.set_guess(start.wrapping_add(if state.acc & 1 == 0 { TARGET } else { 0 }));
            let exit = D::run(regs);
            state.global = (*global).cells;
            state.fuel = (*ctx).fuel;
            if let Some(code) = exit.trap_code() {
                assert_eq!(((*ctx).exit_ip, (*ctx).exit_fp), (start.cast_const(), fp), "place of the trap");
                return End::Trap(code);
            }
            assert_eq!(exit, Exit::HALT);
            let Captured { regs, stack } = out.assume_init();
            assert_eq!(
                stack,
                *self.stack.get_or_insert(stack),
                "end of the native stack: has the handler left a frame?"
            );
            assert_eq!((regs.fp, regs.mem), (fp, state.memory.as_mut_ptr()));
            (state.acc, state.pin) = (regs.acc, regs.pin);
            (state.f32, state.f64) = (regs.f32.to_bits(), regs.f64.to_bits());
            state.v128 = raw(V128::acc(&regs));
            match regs.ip.offset_from(start) as usize {
                at if at >= TARGET => {
                    assert!(!loops || regs.guess() == regs.ip, "the loop register after a branch back");
                    End::Target(at - TARGET)
                }
                at => {
                    assert_eq!(at, op.words.len(), "where the op ended");
                    End::Next
                }
            }
        }
    }
}

fn test_all_variants<D: Dispatch>() {
    // Constant, so that only variants that exist are compiled.
    let table = &const { handlers::<D>() };
    let mut random = Random(0x9e37_79b9_7f4a_7c15);
    let mut world = World::new();
    let mut tested = 0;
    for number in 0..OPS as u64 {
        let op = Op::new(number).expect("a number of an op");
        for trial in 0..TRIALS {
            let words = encode(op, &mut random);
            let op = OpAt { at: 0, op, words: &words };
            let before = State::random(&mut random);
            let mut expected = before.clone();
            let Some(end) = model(&op, &mut expected) else { break };
            tested += usize::from(trial == 0);
            let mut found = before.clone();
            let found_end = world.run::<D>(table, &op, &mut found);
            assert_eq!(found_end, end, "{:?} {words:x?} from {before:x?}", op.op);
            if !matches!(end, End::Trap(_)) {
                assert_eq!(found, expected, "{:?} {words:x?} from {before:x?}", op.op);
            }
        }
    }
    // What is left are calls, what the executor calls out for, and ops on objects, which need a heap: the official suite
    // runs these.
    assert!(tested > 7_800, "only {tested} of {OPS} ops were tested");
}

#[cfg(fantail_tail)]
#[test]
fn every_variant_does_what_the_table_says_in_the_tail_dispatcher() {
    test_all_variants::<super::dispatch::tail::Tail>();
}

#[test]
fn every_variant_does_what_the_table_says_in_the_looped_dispatcher() {
    test_all_variants::<Looped>();
}

#[test]
fn a_position_is_found_wherever_the_code_lies() {
    let engine = crate::Engine::default();
    let bytes = wat::parse_str("(module (func))").expect("the text is well-formed");
    // What is allocated after the stubs takes the room that becomes free before them.
    let room: Vec<Vec<u8>> = (0..8).map(|_| core::hint::black_box(alloc::vec![1; 100_000])).collect();
    let modules: Vec<_> =
        (0..8).map(|_| crate::Module::new(&engine, &bytes).expect("the module is valid")).collect();
    drop(room);
    for module in &modules {
        let (inner, func) = (&module.inner, fantail_core::types::FuncIdx(0));
        let code = inner.code.translate(inner, func).expect("it is translated");
        assert_eq!(inner.code.position(code), Some((func, 0)));
    }
}

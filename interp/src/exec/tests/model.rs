//! What each op does, by the table's names, roles and semantic functions alone.

use super::super::control::Compare;
use super::super::fused::Ternary as Pair;
use super::super::handlers::rows;
use super::super::operand::Value;
use super::super::shapes::{Binary, Row, Unary, Wide};
use super::super::simd::{Extract, Replace, Ternary, Tests};
use super::state::State;
use super::{CELLS, DEADLINE, ELEMENTS, MEMORY};
use alloc::vec::Vec;
use fantail_core::ir::{Class, Family, Field, OpAt, Role, Shape, Ty};
use fantail_core::num::counting::{Relation, rounds};
use fantail_core::{TrapCode, for_each_op};
use fantail_simd::V128;

/// How an op ends.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum End {
    /// At the op after it.
    Next,
    /// At its target with this number.
    Target(usize),
    /// With a trap.
    Trap(TrapCode),
}

pub(super) fn raw<T: Value>(value: T) -> u128 {
    let mut cells = [0; 2];
    // SAFETY: there are two cells.
    unsafe { value.store(cells.as_mut_ptr()) };
    u128::from(cells[1]) << 64 | u128::from(cells[0])
}

pub(super) fn value<T: Value>(raw: u128) -> T {
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
pub(super) fn model(op: &OpAt<'_>, state: &mut State) -> Option<End> {
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
            state.kept = state.v128;
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
            state.kept = state.v128;
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
            state.kept = sources[2];
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
                Shape::AndBr => a & fantail_core::num::short_mask(sources[1] as u16),
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
        Shape::AddTo => {
            let at = (sources[0] + sources[2]) as usize;
            let size = if op.family() == Family::I64AddTo { 8 } else { 4 };
            let Some(bytes) = state.memory.get_mut(at..).and_then(|bytes| bytes.get_mut(..size)) else {
                return Some(End::Trap(TrapCode::MemoryOutOfBounds));
            };
            let mut value = [0; 8];
            value[..size].copy_from_slice(bytes);
            let sum = u64::from_le_bytes(value).wrapping_add(sources[1] as u64);
            bytes.copy_from_slice(&sum.to_le_bytes()[..size]);
            return Some(End::Next);
        }
        Shape::LoadMulAdd => {
            let &[a, b, c, sum, offset] = &sources[..] else { return None };
            let start = (a + sum) as u32 as usize + offset as usize;
            let Some(bytes) = state.memory.get(start..).and_then(|bytes| bytes.get(..access_size(text)))
            else {
                return Some(End::Trap(TrapCode::MemoryOutOfBounds));
            };
            let (mul, add) = match dst?.0.ty {
                Ty::I32 => (Family::I32Mul, Family::I32Add),
                Ty::F32 => (Family::F32Mul, Family::F32Add),
                _ => (Family::F64Mul, Family::F64Add),
            };
            let product = evaluate(mul, &[loaded(text, bytes), b])?.ok()?;
            evaluate(add, &[product, c])?.ok()?
        }
        Shape::CopyLoad => {
            let (to, _) = op.operands().nth(2)?;
            state.set_cell(op.slot(&to) as usize, Ty::I32, sources[0]);
            let start = sources[0] as usize + sources[1] as usize;
            let Some(bytes) = state.memory.get(start..start + 4) else {
                return Some(End::Trap(TrapCode::MemoryOutOfBounds));
            };
            loaded("load", bytes)
        }
        Shape::SelectBits => sources[if sources[0] as u32 & sources[3] as u32 == 0 { 2 } else { 1 }],
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
        Shape::Ahead => {
            let (x, class) = op.operands().next()?;
            let bits = if x.ty == Ty::I32 { 32 } else { 64 };
            let step = i64::from(sources[1] as u16 as i16) as u64;
            let relation = Relation::ALL[sources[3] as usize];
            let rounds = rounds(bits, relation, sources[0] as u64, step, sources[2] as u64);
            let x_after = (sources[0] as u64).wrapping_add(rounds.wrapping_mul(step));
            let x_after = if x.ty == Ty::I32 { u64::from(x_after as u32) } else { x_after };
            state.set_cell(op.slot(&x) as usize, x.ty, x_after.into());
            state.pin = if class == Class::Pin { x_after } else { state.pin };
            return Some(End::Next);
        }
        Shape::AddShift => {
            let [x, y] = [0, 1].map(|i| op.operands().nth(i).expect("it has two operands"));
            let [left, right] = [x, y].map(|(operand, class)| state.source(op, &operand, class) as u64);
            let sum = match x.0.ty {
                Ty::I32 => u64::from((left as u32).wrapping_add(right as u32)),
                _ => left.wrapping_add(right),
            };
            for ((operand, class), value) in [(x, right), (y, sum)] {
                state.set_cell(op.slot(&operand) as usize, Ty::I64, value.into());
                state.pin = if class == Class::Pin { value } else { state.pin };
            }
            state.acc = sum;
            return Some(End::Next);
        }
        Shape::Copy2 | Shape::CopyJump | Shape::Copy2Jump => {
            let dsts = op.operands().filter(|(operand, _)| operand.role == Role::Dst);
            let srcs = op.operands().filter(|(operand, _)| operand.role == Role::Src);
            for ((src, class), (dst, to)) in srcs.zip(dsts) {
                let value = state.source(op, &src, class);
                state.set_cell(op.slot(&dst) as usize, Ty::I64, value);
                state.pin = if to == Class::Pin { value as u64 } else { state.pin };
            }
            return Some(if info.shape == Shape::Copy2 { End::Next } else { End::Target(0) });
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
        Shape::Keep => {
            state.kept = sources[0];
            return Some(End::Next);
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

//! Arguments, results, and the patterns that results are compared with.

use crate::value;
use fantail::{AnyRef, ExternRef, HeapType, Ref, RefType, Result, Store, V128, Val, ValType, bail};
use std::fmt::Write as _;
use wast::core::{
    AbstractHeapType, HeapType as WastHeapType, NanPattern, V128Pattern, WastArgCore, WastRetCore,
};
use wast::token::{F32, F64};
use wast::{WastArg, WastRet};

/// The value that an argument stands for.
pub(super) fn argument(store: &mut Store<()>, argument: &WastArg<'_>) -> Result<Val> {
    let WastArg::Core(argument) = argument else {
        bail!("a component's value is none of a module");
    };
    Ok(match argument {
        WastArgCore::I32(value) => Val::I32(*value),
        WastArgCore::I64(value) => Val::I64(*value),
        WastArgCore::F32(value) => Val::F32(value.bits),
        WastArgCore::F64(value) => Val::F64(value.bits),
        WastArgCore::V128(value) => Val::V128(V128::from(u128::from_le_bytes(value.to_le_bytes()))),
        WastArgCore::RefNull(ty) => Val::null_ref(&heap_type(ty)?),
        WastArgCore::RefExtern(number) => Val::ExternRef(Some(ExternRef::new(store, *number)?)),
        WastArgCore::RefHost(number) => {
            let external = ExternRef::new(&mut *store, *number)?;
            AnyRef::convert_extern(&*store, external)?.into()
        }
    })
}

/// Checks results against patterns; the error says what was expected and what was got.
pub(super) fn check(
    store: &Store<()>,
    results: &[Val],
    patterns: &[WastRet<'_>],
) -> core::result::Result<(), String> {
    let matched = results.len() == patterns.len()
        && results.iter().zip(patterns).all(|(result, pattern)| match pattern {
            WastRet::Core(pattern) => matches(store, result, pattern),
            _ => false,
        });
    if matched {
        return Ok(());
    }
    let expected = list(patterns.iter().map(|pattern| match pattern {
        WastRet::Core(pattern) => pattern_text(pattern),
        _ => "a component value".to_owned(),
    }));
    let got = list(results.iter().map(|result| result_text(store, result)));
    Err(format!("expected {expected}, got {got}"))
}

fn matches(store: &Store<()>, result: &Val, pattern: &WastRetCore<'_>) -> bool {
    match (result, pattern) {
        (_, WastRetCore::Either(patterns)) => patterns.iter().any(|pattern| matches(store, result, pattern)),
        (Val::I32(result), WastRetCore::I32(pattern)) => result == pattern,
        (Val::I64(result), WastRetCore::I64(pattern)) => result == pattern,
        (Val::F32(result), WastRetCore::F32(pattern)) => matches_f32(*result, pattern),
        (Val::F64(result), WastRetCore::F64(pattern)) => matches_f64(*result, pattern),
        (Val::V128(result), WastRetCore::V128(pattern)) => matches_v128(result.as_u128(), pattern),
        (result, pattern) => result.ref_().is_some_and(|result| matches_ref(store, &result, pattern)),
    }
}

fn matches_ref(store: &Store<()>, result: &Ref, pattern: &WastRetCore<'_>) -> bool {
    let is = |heap_type| {
        let ty = RefType::new(false, heap_type);
        Val::from(*result).ty(store).is_ok_and(|actual| actual.matches(&ValType::Ref(ty)))
    };
    match (result, pattern) {
        (result, WastRetCore::RefNull(None)) => result.is_null(),
        (result, WastRetCore::RefNull(Some(ty))) => {
            result.is_null()
                && heap_type(ty).is_ok_and(|ty| {
                    core::mem::discriminant(&Ref::null(&ty)) == core::mem::discriminant(result)
                })
        }
        (Ref::Func(func), WastRetCore::RefFunc(None)) => func.is_some(),
        (Ref::Extern(value), WastRetCore::RefExtern(None)) => value.is_some(),
        (Ref::Extern(Some(value)), WastRetCore::RefExtern(Some(number))) => is_number(store, value, *number),
        (Ref::Any(Some(value)), WastRetCore::RefHost(number)) => {
            ExternRef::convert_any(store, *value).is_ok_and(|value| is_number(store, &value, *number))
        }
        (Ref::Any(value), WastRetCore::RefAny) => value.is_some(),
        (Ref::Any(Some(_)), WastRetCore::RefEq) => is(HeapType::Eq),
        (Ref::Any(Some(_)), WastRetCore::RefArray) => is(HeapType::Array),
        (Ref::Any(Some(_)), WastRetCore::RefStruct) => is(HeapType::Struct),
        (Ref::Any(Some(_)), WastRetCore::RefI31) => is(HeapType::I31),
        _ => false,
    }
}

/// Whether `value` is the one that scripts call by `number`.
fn is_number(store: &Store<()>, value: &ExternRef, number: u32) -> bool {
    let data = value.data(store).ok().flatten();
    data.and_then(|data| data.downcast_ref()) == Some(&number)
}

/// The engine's type of that name. Scripts name concrete types nowhere.
fn heap_type(ty: &WastHeapType<'_>) -> Result<HeapType> {
    let WastHeapType::Abstract { ty, shared: false } = ty else {
        bail!("values of shared or concrete types are not supported");
    };
    Ok(match ty {
        AbstractHeapType::Func => HeapType::Func,
        AbstractHeapType::NoFunc => HeapType::NoFunc,
        AbstractHeapType::Extern => HeapType::Extern,
        AbstractHeapType::NoExtern => HeapType::NoExtern,
        AbstractHeapType::Any => HeapType::Any,
        AbstractHeapType::Eq => HeapType::Eq,
        AbstractHeapType::Struct => HeapType::Struct,
        AbstractHeapType::Array => HeapType::Array,
        AbstractHeapType::I31 => HeapType::I31,
        AbstractHeapType::None => HeapType::None,
        AbstractHeapType::Exn => HeapType::Exn,
        AbstractHeapType::NoExn => HeapType::NoExn,
        _ => bail!("values of continuation types are not supported"),
    })
}

/// A canonical NaN has the highest bit of its fraction set and no other.
fn matches_f32(bits: u32, pattern: &NanPattern<F32>) -> bool {
    match pattern {
        NanPattern::CanonicalNan => bits & 0x7fff_ffff == 0x7fc0_0000,
        NanPattern::ArithmeticNan => bits & 0x7fc0_0000 == 0x7fc0_0000,
        NanPattern::Value(value) => bits == value.bits,
    }
}

fn matches_f64(bits: u64, pattern: &NanPattern<F64>) -> bool {
    match pattern {
        NanPattern::CanonicalNan => bits & 0x7fff_ffff_ffff_ffff == 0x7ff8_0000_0000_0000,
        NanPattern::ArithmeticNan => bits & 0x7ff8_0000_0000_0000 == 0x7ff8_0000_0000_0000,
        NanPattern::Value(value) => bits == value.bits,
    }
}

fn matches_v128(bits: u128, pattern: &V128Pattern) -> bool {
    let bytes = bits.to_le_bytes();
    match pattern {
        V128Pattern::I8x16(lanes) => bytes == lanes.map(i8::cast_unsigned),
        V128Pattern::I16x8(lanes) => each(&bytes, lanes, |bytes, lane| bytes == lane.to_le_bytes()),
        V128Pattern::I32x4(lanes) => each(&bytes, lanes, |bytes, lane| bytes == lane.to_le_bytes()),
        V128Pattern::I64x2(lanes) => each(&bytes, lanes, |bytes, lane| bytes == lane.to_le_bytes()),
        V128Pattern::F32x4(lanes) => each(&bytes, lanes, |bytes, lane| {
            bytes.try_into().is_ok_and(|lane_bytes| matches_f32(u32::from_le_bytes(lane_bytes), lane))
        }),
        V128Pattern::F64x2(lanes) => each(&bytes, lanes, |bytes, lane| {
            bytes.try_into().is_ok_and(|lane_bytes| matches_f64(u64::from_le_bytes(lane_bytes), lane))
        }),
    }
}

fn each<L>(bytes: &[u8; 16], lanes: &[L], matches: impl Fn(&[u8], &L) -> bool) -> bool {
    bytes.chunks_exact(16 / lanes.len()).zip(lanes).all(|(bytes, lane)| matches(bytes, lane))
}

fn list(items: impl Iterator<Item = String>) -> String {
    let items: Vec<_> = items.collect();
    if items.is_empty() { "nothing".to_owned() } else { items.join(", ") }
}

fn result_text(store: &Store<()>, result: &Val) -> String {
    let text = value::format(result);
    match (result, result.ty(store)) {
        (Val::ExternRef(Some(value)), _) => {
            match value.data(store).ok().flatten().and_then(|data| data.downcast_ref::<u32>()) {
                Some(number) => format!("(ref.extern {number})"),
                None => "(ref.extern)".to_owned(),
            }
        }
        (Val::I32(_) | Val::I64(_) | Val::F32(_) | Val::F64(_) | Val::V128(_), Ok(ty)) => {
            format!("({ty}.const {text})")
        }
        (_, Ok(ty)) => format!("{text} of type {ty}"),
        (_, Err(_)) => text,
    }
}

fn pattern_text(pattern: &WastRetCore<'_>) -> String {
    match pattern {
        WastRetCore::I32(value) => format!("(i32.const {value})"),
        WastRetCore::I64(value) => format!("(i64.const {value})"),
        WastRetCore::F32(pattern) => format!("(f32.const {})", f32_text(pattern)),
        WastRetCore::F64(pattern) => format!("(f64.const {})", f64_text(pattern)),
        WastRetCore::V128(pattern) => format!("(v128.const {})", v128_text(pattern)),
        WastRetCore::RefNull(_) => "(ref.null)".to_owned(),
        WastRetCore::RefExtern(Some(number)) => format!("(ref.extern {number})"),
        WastRetCore::RefExtern(None) => "(ref.extern)".to_owned(),
        WastRetCore::RefHost(number) => format!("(ref.host {number})"),
        WastRetCore::RefFunc(_) => "(ref.func)".to_owned(),
        WastRetCore::RefAny => "(ref.any)".to_owned(),
        WastRetCore::RefEq => "(ref.eq)".to_owned(),
        WastRetCore::RefArray => "(ref.array)".to_owned(),
        WastRetCore::RefStruct => "(ref.struct)".to_owned(),
        WastRetCore::RefI31 => "(ref.i31)".to_owned(),
        WastRetCore::RefI31Shared => "(ref.i31_shared)".to_owned(),
        WastRetCore::Either(patterns) => patterns.iter().map(pattern_text).collect::<Vec<_>>().join(" or "),
    }
}

fn f32_text(pattern: &NanPattern<F32>) -> String {
    nan_text(pattern, |value| value::format_f32(value.bits))
}

fn f64_text(pattern: &NanPattern<F64>) -> String {
    nan_text(pattern, |value| value::format_f64(value.bits))
}

fn nan_text<T>(pattern: &NanPattern<T>, text: impl Fn(&T) -> String) -> String {
    match pattern {
        NanPattern::CanonicalNan => "nan:canonical".to_owned(),
        NanPattern::ArithmeticNan => "nan:arithmetic".to_owned(),
        NanPattern::Value(value) => text(value),
    }
}

fn v128_text(pattern: &V128Pattern) -> String {
    fn lanes<L>(shape: &str, lanes: &[L], text: impl Fn(&L) -> String) -> String {
        let mut out = shape.to_owned();
        for lane in lanes {
            // Writing to a string cannot fail.
            let _ = write!(out, " {}", text(lane));
        }
        out
    }
    match pattern {
        V128Pattern::I8x16(values) => lanes("i8x16", values, |lane| format!("{lane:#04x}")),
        V128Pattern::I16x8(values) => lanes("i16x8", values, |lane| format!("{lane:#06x}")),
        V128Pattern::I32x4(values) => lanes("i32x4", values, |lane| format!("{lane:#010x}")),
        V128Pattern::I64x2(values) => lanes("i64x2", values, |lane| format!("{lane:#018x}")),
        V128Pattern::F32x4(values) => lanes("f32x4", values, f32_text),
        V128Pattern::F64x2(values) => lanes("f64x2", values, f64_text),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nan_patterns_look_at_the_fraction() {
        assert!(matches_f32(0xffc0_0000, &NanPattern::CanonicalNan));
        assert!(!matches_f32(0x7fc0_0001, &NanPattern::CanonicalNan));
        assert!(matches_f32(0x7fc0_0001, &NanPattern::ArithmeticNan));
        assert!(!matches_f32(0x7fa0_0000, &NanPattern::ArithmeticNan));
        assert!(!matches_f64(f64::INFINITY.to_bits(), &NanPattern::ArithmeticNan));
        assert!(matches_f64(f64::NAN.to_bits(), &NanPattern::CanonicalNan));
    }

    #[test]
    fn every_lane_of_a_vector_counts() {
        let bits = 0x0000_0004_0000_0003_0000_0002_0000_0001_u128;
        assert!(matches_v128(bits, &V128Pattern::I32x4([1, 2, 3, 4])));
        assert!(!matches_v128(bits, &V128Pattern::I32x4([1, 2, 3, 5])));
        assert!(!matches_v128(bits, &V128Pattern::I16x8([1, 0, 2, 0, 3, 0, 4, 1])));
    }
}

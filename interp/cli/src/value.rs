//! Values on the command line: arguments parsed by their type, results printed so that they can be told apart.
//!
//! Numbers are those of the text format. Floats print with the fewest digits that give the same value again; a NaN that is
//! not the canonical one prints its payload.

use fantail::{Ref, V128, Val, ValType};
use wast::core::V128Const;
use wast::parser::{Parse, ParseBuffer, parse};
use wast::token::{F32, F64};

/// The value of type `ty` that `text` stands for.
pub(crate) fn parse_arg(text: &str, ty: &ValType) -> Option<Val> {
    Some(match ty {
        ValType::I32 => Val::I32(number(text)?),
        ValType::I64 => Val::I64(number(text)?),
        ValType::F32 => Val::F32(number::<F32>(text)?.bits),
        ValType::F64 => Val::F64(number::<F64>(text)?.bits),
        ValType::V128 => Val::V128(vector(text)?),
        ValType::Ref(ty) if text == "null" && ty.is_nullable() => Val::null_ref(ty.heap_type()),
        ValType::Ref(_) => return None,
    })
}

/// What an argument of type `ty` looks like, for messages.
pub(crate) fn example(ty: &ValType) -> &'static str {
    match ty {
        ValType::I32 => "an integer of 32 bits such as -7 or 0xff",
        ValType::I64 => "an integer of 64 bits such as -7 or 0xff",
        ValType::F32 | ValType::F64 => "a number such as 1.5, -inf or nan",
        ValType::V128 => "a vector such as 'i32x4 1 2 3 4'",
        ValType::Ref(_) => "null, the only reference that can be written",
    }
}

fn number<T: for<'a> Parse<'a>>(text: &str) -> Option<T> {
    let buffer = ParseBuffer::new(text).ok()?;
    parse::<T>(&buffer).ok()
}

/// Lanes as in `i32x4 1 2 3 4`.
fn vector(text: &str) -> Option<V128> {
    let lanes: V128Const = number(text)?;
    Some(u128::from_le_bytes(lanes.to_le_bytes()).into())
}

/// The value as text.
pub(crate) fn format(value: &Val) -> String {
    match value {
        Val::I32(value) => value.to_string(),
        Val::I64(value) => value.to_string(),
        Val::F32(bits) => format_f32(*bits),
        Val::F64(bits) => format_f64(*bits),
        Val::V128(vector) => format_v128(vector.as_u128()),
        reference => match reference.ref_() {
            Some(Ref::Func(Some(_))) => "funcref".to_owned(),
            Some(Ref::Extern(Some(_))) => "externref".to_owned(),
            Some(Ref::Any(Some(_))) => "anyref".to_owned(),
            Some(reference) if !reference.is_null() => "exnref".to_owned(),
            _ => "null".to_owned(),
        },
    }
}

/// Four lanes of 32 bits, lowest first.
pub(crate) fn format_v128(bits: u128) -> String {
    let lane = |index: u32| (bits >> (32 * index)) & u128::from(u32::MAX);
    format!("i32x4 {:#010x} {:#010x} {:#010x} {:#010x}", lane(0), lane(1), lane(2), lane(3))
}

pub(crate) fn format_f32(bits: u32) -> String {
    let value = f32::from_bits(bits);
    match value.is_nan() {
        true => format_nan(value.is_sign_negative(), u64::from(bits & 0x7f_ffff), 0x40_0000),
        false => format!("{value:?}"),
    }
}

pub(crate) fn format_f64(bits: u64) -> String {
    let value = f64::from_bits(bits);
    match value.is_nan() {
        true => format_nan(value.is_sign_negative(), bits & 0xf_ffff_ffff_ffff, 0x8_0000_0000_0000),
        false => format!("{value:?}"),
    }
}

fn format_nan(negative: bool, payload: u64, canonical: u64) -> String {
    let sign = if negative { "-" } else { "" };
    match payload == canonical {
        true => format!("{sign}nan"),
        false => format!("{sign}nan:{payload:#x}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn round_trip(text: &str, ty: &ValType) -> Option<String> {
        parse_arg(text, ty).map(|value| format(&value))
    }

    #[test]
    fn integers_are_signed_or_unsigned_decimal_or_hexadecimal() {
        assert_eq!(round_trip("-7", &ValType::I32).as_deref(), Some("-7"));
        assert_eq!(round_trip("4294967295", &ValType::I32).as_deref(), Some("-1"));
        assert_eq!(round_trip("0x8000_0000", &ValType::I32).as_deref(), Some("-2147483648"));
        assert_eq!(round_trip("4294967296", &ValType::I32), None);
        assert_eq!(round_trip("9223372036854775807", &ValType::I64).as_deref(), Some("9223372036854775807"));
        for bad in ["", "x", "1.5", "1 2", "(", "\"1\""] {
            assert_eq!(round_trip(bad, &ValType::I64), None, "{bad:?}");
        }
    }

    #[test]
    fn floats_keep_every_bit() {
        let cases = [
            ("0.1", "0.1"),
            ("3", "3.0"),
            ("-0", "-0.0"),
            ("1e30", "1e30"),
            ("0x1p-149", "1e-45"),
            ("-inf", "-inf"),
            ("nan", "nan"),
            ("-nan:0x200001", "-nan:0x200001"),
        ];
        for (text, printed) in cases {
            assert_eq!(round_trip(text, &ValType::F32).as_deref(), Some(printed), "{text}");
        }
        assert_eq!(round_trip("0.1", &ValType::F64).as_deref(), Some("0.1"));
        assert_eq!(round_trip("nan:0x1", &ValType::F64).as_deref(), Some("nan:0x1"));
        assert_eq!(format_f64(f64::NAN.to_bits()), "nan");
    }

    #[test]
    fn vectors_are_given_and_printed_by_lanes() {
        let printed = "i32x4 0x00000001 0x00000002 0x00000003 0xffffffff";
        assert_eq!(round_trip("i32x4 1 2 3 -1", &ValType::V128).as_deref(), Some(printed));
        assert_eq!(round_trip(printed, &ValType::V128).as_deref(), Some(printed));
        assert_eq!(round_trip("1", &ValType::V128), None);
    }

    #[test]
    fn null_is_the_only_reference() {
        assert_eq!(round_trip("null", &ValType::EXTERNREF).as_deref(), Some("null"));
        assert_eq!(round_trip("0", &ValType::FUNCREF), None);
    }
}

//! Unboxed integers of 31 bits: a reference is the value shifted left by one, with the lowest bit set, in 32 bits.
//!
//! Invariant: no reference to an object is odd, and null is 0.
//!
//! Spec: WebAssembly 3.0, section 4.6.8 "Aggregate Instructions" (`ref.i31`, `i31.get`).

use super::instructions;
use crate::trap::TrapCode;

instructions! {
    ref_i31(a: u32) -> u64 = u64::from(a << 1 | 1);
    i31_get_s(a: u64) -> Result<u32, TrapCode> = match a {
        0 => Err(TrapCode::NullI31Reference),
        _ => Ok((a as u32).cast_signed().wrapping_shr(1).cast_unsigned()),
    };
    i31_get_u(a: u64) -> Result<u32, TrapCode> = match a {
        0 => Err(TrapCode::NullI31Reference),
        _ => Ok(a as u32 >> 1),
    };
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_lowest_31_bits_come_back() {
        for value in [0, 1, 0x3fff_ffff, 0x4000_0000, 0x7fff_ffff, 0x8000_0001, u32::MAX] {
            let reference = ref_i31(value);
            assert_eq!(reference & 1, 1);
            assert!(u32::try_from(reference).is_ok());
            assert_eq!(i31_get_u(reference), Ok(value & 0x7fff_ffff));
            assert_eq!(i31_get_s(reference), Ok(((value << 1).cast_signed() >> 1).cast_unsigned()));
        }
        assert_eq!(i31_get_s(0), Err(TrapCode::NullI31Reference));
        assert_eq!(i31_get_u(0), Err(TrapCode::NullI31Reference));
    }
}

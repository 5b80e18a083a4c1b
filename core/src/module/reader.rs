//! A cursor over a module's bytes: the binary format's values, types and instructions.
//!
//! Immediates that consist of several parts are in [`immediate`](super::immediate).
//!
//! Invariant: the position never exceeds the end of the range, whatever the bytes are; every read either advances
//! or fails.
//!
//! Spec: WebAssembly 3.0, sections 5.2 "Values", 5.3 "Types" and 5.4 "Instructions".

use crate::error::Error;
use crate::features::{Features, Proposal};
use crate::instr::{self, Instr};
use crate::text::format;
use crate::types::{HeapType, RefType, TypeIdx, ValType};
use core::ops::Range;

/// Result of reading.
pub type Result<T, E = Error> = core::result::Result<T, E>;

/// A cursor over a range of a module's bytes. Offsets are those in the module.
#[derive(Clone, Debug)]
pub struct Reader<'a> {
    /// The module up to the end of the range.
    bytes: &'a [u8],
    pos: usize,
    features: Features,
}

impl<'a> Reader<'a> {
    /// A cursor at the start of `range` in `bytes` that accepts the types and immediates of every proposal. What
    /// of `range` lies outside `bytes` is cut off.
    #[inline]
    pub fn new(bytes: &'a [u8], range: Range<usize>) -> Self {
        let bytes = bytes.get(..range.end).unwrap_or(bytes);
        Self { bytes, pos: range.start.min(bytes.len()), features: Features::all() }
    }

    /// The same cursor, which now rejects types and immediates that need a proposal outside `features`.
    #[must_use]
    pub fn with_features(self, features: Features) -> Self {
        Self { features, ..self }
    }

    /// Which proposals' types and immediates are accepted.
    #[inline]
    pub fn features(&self) -> Features {
        self.features
    }

    /// The position: an offset in the module.
    #[inline]
    pub fn offset(&self) -> usize {
        self.pos
    }

    /// The bytes up to the end of its range, and its position in them.
    #[inline(always)]
    pub(super) fn parts(&self) -> (&'a [u8], usize) {
        (self.bytes, self.pos)
    }

    /// Sets the position.
    #[inline(always)]
    pub(super) fn set_offset(&mut self, offset: usize) {
        self.pos = offset;
    }

    /// Whether everything is read.
    #[inline]
    pub fn is_empty(&self) -> bool {
        self.pos >= self.bytes.len()
    }

    /// How many bytes are left.
    #[inline]
    pub fn remaining(&self) -> usize {
        self.bytes.len() - self.pos
    }

    /// The next byte, which stays unread.
    #[inline]
    pub fn peek(&self) -> Option<u8> {
        self.bytes.get(self.pos).copied()
    }

    /// Reads a byte.
    #[inline(always)]
    pub fn u8(&mut self) -> Result<u8> {
        match self.bytes.get(self.pos) {
            Some(&byte) => {
                self.pos += 1;
                Ok(byte)
            }
            None => Err(self.unexpected_end()),
        }
    }

    /// Reads `len` bytes.
    #[inline]
    pub fn bytes(&mut self, len: usize) -> Result<&'a [u8]> {
        match self.bytes[self.pos..].split_at_checked(len) {
            Some((bytes, _)) => {
                self.pos += len;
                Ok(bytes)
            }
            None => Err(self.unexpected_end()),
        }
    }

    #[inline]
    fn array<const N: usize>(&mut self) -> Result<[u8; N]> {
        match self.bytes[self.pos..].first_chunk() {
            Some(bytes) => {
                self.pos += N;
                Ok(*bytes)
            }
            None => Err(self.unexpected_end()),
        }
    }

    /// Reads an unsigned 32-bit integer in LEB128.
    #[inline(always)]
    pub fn u32(&mut self) -> Result<u32> {
        match self.bytes.get(self.pos) {
            Some(&byte) if byte < 0x80 => {
                self.pos += 1;
                Ok(u32::from(byte))
            }
            _ => self.u32_long(),
        }
    }

    /// Reads an unsigned 64-bit integer in LEB128.
    #[inline(always)]
    pub fn u64(&mut self) -> Result<u64> {
        match self.bytes.get(self.pos) {
            Some(&byte) if byte < 0x80 => {
                self.pos += 1;
                Ok(u64::from(byte))
            }
            _ => self.u64_long(),
        }
    }

    /// Reads a signed 32-bit integer in LEB128.
    #[inline(always)]
    pub fn s32(&mut self) -> Result<i32> {
        match self.bytes.get(self.pos) {
            Some(&byte) if byte < 0x80 => {
                self.pos += 1;
                Ok(i32::from((byte << 1) as i8 >> 1))
            }
            _ => self.s32_long(),
        }
    }

    /// Reads a signed 33-bit integer in LEB128.
    #[inline]
    pub fn s33(&mut self) -> Result<i64> {
        self.signed(33)
    }

    /// Reads a signed 64-bit integer in LEB128.
    #[inline]
    pub fn s64(&mut self) -> Result<i64> {
        match self.bytes.get(self.pos) {
            Some(&byte) if byte < 0x80 => {
                self.pos += 1;
                Ok(i64::from((byte << 1) as i8 >> 1))
            }
            _ => self.signed(64),
        }
    }

    #[inline(never)]
    fn u32_long(&mut self) -> Result<u32> {
        if let Some((value, len)) = five_bytes(self.bytes, self.pos)
            && let Ok(value) = u32::try_from(value)
        {
            self.pos += len as usize;
            return Ok(value);
        }
        self.unsigned(32).map(|value| value as u32)
    }

    #[inline(never)]
    fn u64_long(&mut self) -> Result<u64> {
        match five_bytes(self.bytes, self.pos) {
            Some((value, len)) => {
                self.pos += len as usize;
                Ok(value)
            }
            None => self.unsigned(64),
        }
    }

    #[inline(never)]
    fn s32_long(&mut self) -> Result<i32> {
        if let Some((value, len)) = five_bytes(self.bytes, self.pos) {
            let unused = 64 - 7 * len;
            // Fits exactly when the unused bits of a fifth byte equal the sign.
            if let Ok(value) = i32::try_from((value << unused) as i64 >> unused) {
                self.pos += len as usize;
                return Ok(value);
            }
        }
        self.signed(32).map(|value| value as i32)
    }

    /// Unsigned LEB128 of `bits` bits: at most `ceil(bits / 7)` bytes, unused bits of the last one zero.
    fn unsigned(&mut self, bits: u32) -> Result<u64> {
        let start = self.pos;
        let mut value = 0;
        let mut shift = 0;
        loop {
            let byte = self.u8()?;
            let left = bits - shift;
            value |= u64::from(byte & 0x7F) << shift;
            if left < 7 && byte >> left != 0 {
                return Err(leb128_error(byte).at(start));
            }
            if byte & 0x80 == 0 {
                return Ok(value);
            }
            shift += 7;
        }
    }

    /// Signed LEB128 of `bits` bits: at most `ceil(bits / 7)` bytes, unused bits of the last one equal to the sign.
    fn signed(&mut self, bits: u32) -> Result<i64> {
        let start = self.pos;
        let mut value = 0_u64;
        let mut shift = 0;
        loop {
            let byte = self.u8()?;
            let left = bits - shift;
            value |= u64::from(byte & 0x7F) << shift;
            if left < 7 {
                // The sign and the unused bits above it, up to bit 6; the continuation bit must be clear.
                let sign_and_unused = (byte << 1) as i8 >> left;
                if byte & 0x80 != 0 || !matches!(sign_and_unused, 0 | -1) {
                    return Err(leb128_error(byte).at(start));
                }
            }
            shift += 7;
            if byte & 0x80 == 0 {
                let unused = 64_u32.saturating_sub(shift);
                return Ok((value << unused) as i64 >> unused);
            }
        }
    }

    /// Reads the bits of an `f32`.
    #[inline]
    pub fn f32_bits(&mut self) -> Result<u32> {
        self.array().map(u32::from_le_bytes)
    }

    /// Reads the bits of an `f64`.
    #[inline]
    pub fn f64_bits(&mut self) -> Result<u64> {
        self.array().map(u64::from_le_bytes)
    }

    /// Reads the bits of a `v128`.
    #[inline]
    pub fn v128_bits(&mut self) -> Result<u128> {
        self.array().map(u128::from_le_bytes)
    }

    /// Reads a name.
    pub fn name(&mut self) -> Result<&'a str> {
        let len = self.u32()? as usize;
        let start = self.pos;
        if len > self.remaining() {
            return Err(length_out_of_bounds(len, self.remaining()).at(start));
        }
        let bytes = self.bytes(len)?;
        core::str::from_utf8(bytes).map_err(|_| Error::malformed("malformed UTF-8 encoding").at(start))
    }

    /// Reads the length of a vector whose elements take at least one byte each, so it never exceeds what is left.
    pub fn vec_len(&mut self) -> Result<usize> {
        let start = self.pos;
        let len = self.u32()? as usize;
        if len > self.remaining() {
            return Err(
                Error::malformed("unexpected end of section or function: length out of bounds").at(start)
            );
        }
        Ok(len)
    }

    /// Reads the opcode of an instruction.
    #[inline(always)]
    pub fn instr(&mut self) -> Result<Instr> {
        let start = self.pos;
        let byte = self.u8()?;
        match instr::ONE_BYTE[usize::from(byte)] {
            Some(instr) => Ok(instr),
            None => self.prefixed_instr(byte, start),
        }
    }

    #[inline(never)]
    fn prefixed_instr(&mut self, prefix: u8, start: usize) -> Result<Instr> {
        let Some(table) = instr::prefixed(prefix) else {
            return Err(Error::malformed(format!("illegal opcode {prefix:#04x}")).at(start));
        };
        let opcode = self.u32()?;
        match table.get(opcode as usize) {
            Some(Some(instr)) => Ok(*instr),
            _ => Err(Error::malformed(format!("illegal opcode {prefix:#04x} {opcode:#04x}")).at(start)),
        }
    }

    /// Reads a value type.
    #[inline]
    pub fn val_type(&mut self) -> Result<ValType> {
        let ty = match self.peek() {
            Some(0x7F) => ValType::I32,
            Some(0x7E) => ValType::I64,
            Some(0x7D | 0x7C) if !cfg!(feature = "floats") => return Err(no_floats().at(self.pos)),
            Some(0x7D) => ValType::F32,
            Some(0x7C) => ValType::F64,
            Some(0x7B) => {
                self.require(Proposal::Simd, "the type v128")?;
                ValType::V128
            }
            Some(_) => return self.ref_type_or("malformed value type").map(ValType::Ref),
            None => return Err(self.unexpected_end()),
        };
        self.pos += 1;
        Ok(ty)
    }

    /// Reads a reference type.
    pub fn ref_type(&mut self) -> Result<RefType> {
        self.ref_type_or("malformed reference type")
    }

    fn ref_type_or(&mut self, otherwise: &str) -> Result<RefType> {
        let start = self.pos;
        let byte = self.u8()?;
        match byte {
            0x63 | 0x64 => {
                self.require(Proposal::FunctionReferences, "a typed reference")?;
                Ok(RefType { nullable: byte == 0x63, heap: self.heap_type()? })
            }
            _ => match abstract_heap_type(byte) {
                Some(heap) => {
                    self.require_heap_type(heap)?;
                    Ok(RefType { nullable: true, heap })
                }
                None => Err(Error::malformed(format!("{otherwise} {byte:#04x}")).at(start)),
            },
        }
    }

    /// Reads a heap type.
    pub fn heap_type(&mut self) -> Result<HeapType> {
        let start = self.pos;
        let Some(byte) = self.peek() else { return Err(self.unexpected_end()) };
        if let Some(heap) = abstract_heap_type(byte) {
            self.pos += 1;
            self.require_heap_type(heap)?;
            return Ok(heap);
        }
        match u32::try_from(self.s33()?) {
            Ok(index) => {
                self.require(Proposal::FunctionReferences, "a typed reference")?;
                Ok(HeapType::Concrete(TypeIdx(index)))
            }
            Err(_) => Err(Error::malformed(format!("malformed heap type {byte:#04x}")).at(start)),
        }
    }

    fn require_heap_type(&self, heap: HeapType) -> Result<()> {
        match heap {
            HeapType::Func => Ok(()),
            HeapType::Extern => self.require(Proposal::ReferenceTypes, "the type externref"),
            HeapType::Exn | HeapType::NoExn => self.require(Proposal::Exceptions, "the type exnref"),
            // Only then is the text made: this is looked at for every type.
            _ if !self.features.has(Proposal::Gc) => {
                Err(missing(Proposal::Gc, format!("the heap type {heap}")).at(self.pos))
            }
            _ => Ok(()),
        }
    }

    /// Fails unless `proposal` is on; `what` is said to need it.
    #[inline]
    pub(crate) fn require(&self, proposal: Proposal, what: &str) -> Result<()> {
        if self.features.has(proposal) { Ok(()) } else { Err(missing(proposal, what).at(self.pos)) }
    }

    /// The error for an end in the middle of something.
    #[cold]
    #[inline(never)]
    pub(crate) fn unexpected_end(&self) -> Error {
        Error::malformed("unexpected end of section or function").at(self.bytes.len())
    }
}

/// The error for a length of more bytes than are left.
#[cold]
pub(crate) fn length_out_of_bounds(len: usize, left: usize) -> Error {
    Error::malformed(format!("length out of bounds: {len} bytes, where {left} are left"))
}

/// The error for floating-point numbers in a build without them.
#[cold]
pub(crate) fn no_floats() -> Error {
    Error::unsupported("floating-point numbers are not built in")
}

/// The error for `what` when its `proposal` is off.
#[cold]
pub(crate) fn missing(proposal: Proposal, what: impl core::fmt::Display) -> Error {
    Error::unsupported(format!("{what} needs the proposal {}, which is not enabled", proposal.name()))
}

/// The error for a last byte of which more is set than fits.
#[cold]
fn leb128_error(last: u8) -> Error {
    Error::malformed(if last & 0x80 != 0 { "integer representation too long" } else { "integer too large" })
}

fn abstract_heap_type(byte: u8) -> Option<HeapType> {
    Some(match byte {
        0x69 => HeapType::Exn,
        0x6A => HeapType::Array,
        0x6B => HeapType::Struct,
        0x6C => HeapType::I31,
        0x6D => HeapType::Eq,
        0x6E => HeapType::Any,
        0x6F => HeapType::Extern,
        0x70 => HeapType::Func,
        0x71 => HeapType::None,
        0x72 => HeapType::NoExtern,
        0x73 => HeapType::NoFunc,
        0x74 => HeapType::NoExn,
        _ => return None,
    })
}

/// Up to five bytes of LEB128 at `pos`, without a branch per byte: the value and the length. Nothing when there may be
/// more of them or fewer than eight bytes are left; then the slow path decides.
#[inline]
pub(super) fn five_bytes(bytes: &[u8], pos: usize) -> Option<(u64, u32)> {
    let word = u64::from_le_bytes(*bytes.get(pos..)?.first_chunk()?);
    let last = !word & 0x80_8080_8080;
    if last == 0 {
        return None;
    }
    // All bits up to the highest one of the last byte.
    let word = word & (last ^ (last - 1));
    let value = word & 0x7F
        | word >> 1 & 0x7F << 7
        | word >> 2 & 0x7F << 14
        | word >> 3 & 0x7F << 21
        | word >> 4 & 0x7F << 28;
    Some((value, last.trailing_zeros() / 8 + 1))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reader(bytes: &[u8]) -> Reader<'_> {
        Reader::new(bytes, 0..bytes.len())
    }

    fn message<T: core::fmt::Debug>(result: Result<T>) -> alloc::string::String {
        result.expect_err("must be malformed").message().into()
    }

    #[test]
    fn unsigned_integers_may_be_padded_but_not_too_long() {
        assert_eq!(reader(&[0x7F]).u32(), Ok(127));
        assert_eq!(reader(&[0x80, 0x80, 0x80, 0x80, 0x00]).u32(), Ok(0));
        assert_eq!(reader(&[0xFF, 0xFF, 0xFF, 0xFF, 0x0F]).u32(), Ok(u32::MAX));
        assert_eq!(
            message(reader(&[0x80, 0x80, 0x80, 0x80, 0x80, 0]).u32()),
            "integer representation too long"
        );
        assert_eq!(message(reader(&[0xFF, 0xFF, 0xFF, 0xFF, 0x1F]).u32()), "integer too large");
        assert_eq!(
            reader(&[0xFF; 9].map(|b| b)).u64().expect_err("cut").message(),
            "unexpected end of section or function"
        );
        let max = [0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0x01];
        assert_eq!(reader(&max).u64(), Ok(u64::MAX));
        let large = [0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0x02];
        assert_eq!(message(reader(&large).u64()), "integer too large");
    }

    #[test]
    fn signed_integers_extend_their_sign() {
        assert_eq!(reader(&[0x7F]).s32(), Ok(-1));
        assert_eq!(reader(&[0x40]).s64(), Ok(-64));
        assert_eq!(reader(&[0x3F]).s33(), Ok(63));
        assert_eq!(reader(&[0x80, 0x7F]).s32(), Ok(-128));
        assert_eq!(reader(&[0x80, 0x80, 0x80, 0x80, 0x78]).s32(), Ok(i32::MIN));
        assert_eq!(reader(&[0xFF, 0xFF, 0xFF, 0xFF, 0x07]).s32(), Ok(i32::MAX));
        assert_eq!(message(reader(&[0xFF, 0xFF, 0xFF, 0xFF, 0x0F]).s32()), "integer too large");
        assert_eq!(message(reader(&[0x80, 0x80, 0x80, 0x80, 0x70]).s32()), "integer too large");
        assert_eq!(reader(&[0xFF, 0xFF, 0xFF, 0xFF, 0x0F]).s33(), Ok(i64::from(u32::MAX)));
        let min = [0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x7F];
        assert_eq!(reader(&min).s64(), Ok(i64::MIN));
        let large = [0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x7E];
        assert_eq!(message(reader(&large).s64()), "integer too large");
    }

    #[test]
    fn long_integers_are_read_alike_at_the_end_and_before_it() {
        for bytes in [
            &[0x80, 0x80, 0x80, 0x80, 0x00][..],
            &[0xFF, 0xFF, 0xFF, 0xFF, 0x0F],
            &[0xFF, 0xFF, 0xFF, 0xFF, 0x1F],
            &[0xFF, 0xFF, 0xFF, 0xFF, 0x07],
            &[0x80, 0x80, 0x80, 0x80, 0x78],
            &[0x80, 0x80, 0x80, 0x80, 0x70],
            &[0x80, 0x80, 0x80, 0x80, 0x80, 0x00],
            &[0x80, 0x7F],
            &[0xE5, 0x8E, 0x26],
            &[0x81, 0x82, 0x83, 0x04],
        ] {
            let mut followed = bytes.to_vec();
            followed.extend([0xFF; 8]);
            macro_rules! same {
                ($($read:ident)*) => {$(
                    assert_eq!(reader(bytes).$read(), reader(&followed).$read(), "{} of {bytes:x?}", stringify!($read));
                )*};
            }
            same!(u32 u64 s32 s33 s64);
        }
    }

    #[test]
    fn offsets_are_those_of_the_module() {
        let bytes = [0, 0, 0x6A, 0x0B, 0];
        let mut reader = Reader::new(&bytes, 2..4);
        assert_eq!(reader.offset(), 2);
        assert_eq!(reader.instr(), Ok(Instr::I32Add));
        assert_eq!(reader.instr(), Ok(Instr::End));
        assert!(reader.is_empty());
        assert_eq!(reader.u8().expect_err("at the end").offset(), Some(4));
    }

    #[test]
    fn a_range_outside_the_bytes_is_cut_off() {
        assert!(Reader::new(&[0; 4], 7..9).is_empty());
        assert_eq!(Reader::new(&[0; 4], 3..9).remaining(), 1);
    }

    #[test]
    fn types_of_proposals_that_are_off_are_unsupported() {
        for (bytes, proposal) in [
            (&[0x7B][..], Proposal::Simd),
            (&[0x6F], Proposal::ReferenceTypes),
            (&[0x69], Proposal::Exceptions),
            (&[0x63, 0x00], Proposal::FunctionReferences),
            (&[0x6D], Proposal::Gc),
        ] {
            assert!(reader(bytes).val_type().is_ok());
            let error = reader(bytes).with_features(Features::all().with(proposal, false)).val_type();
            let error = error.expect_err("the proposal is off");
            assert_eq!(error.kind(), crate::ErrorKind::Unsupported);
            assert!(error.message().contains(proposal.name()), "{error}");
        }
    }

    #[test]
    fn names_are_utf8() {
        assert_eq!(reader(b"\x03abc").name(), Ok("abc"));
        assert_eq!(message(reader(b"\x01\xFF").name()), "malformed UTF-8 encoding");
        assert_eq!(message(reader(b"\x05abc").name()), "length out of bounds: 5 bytes, where 3 are left");
    }
}

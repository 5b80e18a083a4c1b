//! A position in code, for loops that keep it in registers: it is a value, and knows no errors.
//!
//! What it does not read, because it is long, malformed or not there, a [`Reader`] reads or rejects.

use super::reader::{Reader, five_bytes};

/// A position in the bytes of a [`Reader`].
#[derive(Clone, Copy)]
pub(crate) struct Cursor<'a> {
    bytes: &'a [u8],
    pos: usize,
}

impl<'a> Cursor<'a> {
    /// The position `pos` in `bytes`.
    #[inline(always)]
    pub(super) fn new(bytes: &'a [u8], pos: usize) -> Self {
        Self { bytes, pos }
    }

    /// Where it is.
    #[inline(always)]
    pub(crate) fn offset(&self) -> usize {
        self.pos
    }

    /// Reads a byte.
    #[inline(always)]
    pub(crate) fn byte(&mut self) -> Option<u8> {
        let byte = *self.bytes.get(self.pos)?;
        self.pos += 1;
        Some(byte)
    }

    /// Reads an unsigned 32-bit integer in LEB128.
    #[inline(always)]
    pub(crate) fn u32(&mut self) -> Option<u32> {
        let byte = *self.bytes.get(self.pos)?;
        if byte < 0x80 {
            self.pos += 1;
            return Some(byte.into());
        }
        let (value, len) = five_bytes(self.bytes, self.pos)?;
        self.pos += len as usize;
        u32::try_from(value).ok()
    }

    /// Skips an integer in LEB128 of up to four bytes; says whether it is one. All of that length have 32 bits.
    #[inline(always)]
    pub(crate) fn skip_short(&mut self) -> bool {
        let Some(&byte) = self.bytes.get(self.pos) else { return false };
        if byte < 0x80 {
            self.pos += 1;
            return true;
        }
        match five_bytes(self.bytes, self.pos) {
            Some((_, len)) if len <= 4 => {
                self.pos += len as usize;
                true
            }
            _ => false,
        }
    }

    /// Skips an integer in LEB128 of up to eight bytes; says whether it is one. All of that length have 64 bits.
    #[inline(always)]
    pub(crate) fn skip_long(&mut self) -> bool {
        let Some(bytes) = self.bytes.get(self.pos..) else { return false };
        let Some(&byte) = bytes.first() else { return false };
        if byte < 0x80 {
            self.pos += 1;
            return true;
        }
        let Some(&word) = bytes.first_chunk() else { return false };
        let last = !u64::from_le_bytes(word) & 0x8080_8080_8080_8080;
        self.pos += last.trailing_zeros() as usize / 8 + 1;
        last != 0
    }

    /// Skips so many bytes; says whether they are there.
    #[inline(always)]
    pub(crate) fn skip(&mut self, count: usize) -> bool {
        self.pos += count;
        self.pos <= self.bytes.len()
    }

    /// Reads a signed 32-bit integer in LEB128 of up to four bytes.
    #[inline(always)]
    pub(crate) fn s32_short(&mut self) -> Option<i32> {
        let byte = *self.bytes.get(self.pos)?;
        if byte < 0x80 {
            self.pos += 1;
            return Some(i32::from((byte << 1) as i8 >> 1));
        }
        let (value, len) = five_bytes(self.bytes, self.pos).filter(|&(_, len)| len <= 4)?;
        self.pos += len as usize;
        let unused = 32 - 7 * len;
        Some((value as u32).wrapping_shl(unused) as i32 >> unused)
    }

    /// Reads the [`MemArg`](super::MemArg) of a valid access to memory 0: its offset, if that has 32 bits.
    #[inline(always)]
    pub(crate) fn offset_of_access(&mut self) -> Option<u32> {
        // Larger ones announce the number of a memory.
        if self.byte()? < 0x40 { self.u32() } else { None }
    }

    /// Reads a [`MemArg`](super::MemArg) of an access to `1 << size` bytes of memory 0; says whether it is one, with an offset of
    /// 32 bits.
    #[inline(always)]
    pub(crate) fn mem_arg(&mut self, size: u8) -> bool {
        self.byte().is_some_and(|align_log2| align_log2 <= size) && self.u32().is_some()
    }
}

impl<'a> Reader<'a> {
    /// Its position.
    #[inline(always)]
    pub(crate) fn cursor(&self) -> Cursor<'a> {
        let (bytes, pos) = self.parts();
        Cursor::new(bytes, pos)
    }

    /// Goes to `cursor`, which comes from this reader.
    #[inline(always)]
    pub(crate) fn go_to(&mut self, cursor: &Cursor<'_>) {
        self.set_offset(cursor.offset());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn integers_are_read_as_the_reader_does() {
        let padded = [0x80, 0x80, 0x80, 0x80, 0x10, 0, 0, 0, 0, 0];
        for bytes in [&[5][..], &[0x85, 1, 0, 0, 0, 0, 0, 0], &padded, &[0x85, 1], &[]] {
            let mut reader = Reader::new(bytes, 0..bytes.len());
            let mut cursor = reader.cursor();
            if let Some(value) = cursor.u32() {
                assert_eq!(Ok(value), reader.u32());
                assert_eq!(cursor.offset(), reader.offset());
            }
            let (mut reader, mut cursor) = (Reader::new(bytes, 0..bytes.len()), reader.cursor());
            reader.go_to(&Cursor::new(bytes, 0));
            cursor.pos = 0;
            if cursor.skip_short() {
                assert!(reader.s32().is_ok());
                assert_eq!(cursor.offset(), reader.offset());
            }
        }
        assert_eq!(Reader::new(&[7], 0..1).cursor().u32(), Some(7));
        assert_eq!(Reader::new(&padded, 0..10).cursor().u32(), None, "more than 32 bits");
    }

    #[test]
    fn an_access_is_aligned_at_most_naturally() {
        let reads = |bytes: &[u8], size| Reader::new(bytes, 0..bytes.len()).cursor().mem_arg(size);
        assert!(reads(&[2, 8], 2));
        assert!(!reads(&[3, 8], 2));
        assert!(!reads(&[0x42, 0, 8], 2), "a memory index follows");
        assert!(!reads(&[2], 2));
    }
}

//! From opcodes to instructions: one lookup table per prefix, computed at compile time from the instruction table.
//!
//! Invariant (tested): looking an instruction's opcode up yields the instruction.

use super::Instr;

type Lookup<const N: usize> = [Option<Instr>; N];

/// Instructions without prefix.
pub(crate) static ONE_BYTE: Lookup<256> = lookup(None);
static PREFIX_FB: Lookup<0x1F> = lookup(Some(0xFB));
static PREFIX_FC: Lookup<0x17> = lookup(Some(0xFC));
static PREFIX_FD: Lookup<0x114> = lookup(Some(0xFD));
static PREFIX_FE: Lookup<0x4F> = lookup(Some(0xFE));

/// The instructions behind the byte `prefix`, or nothing when it is no prefix.
#[inline]
pub(crate) fn prefixed(prefix: u8) -> Option<&'static [Option<Instr>]> {
    match prefix {
        0xFB => Some(&PREFIX_FB),
        0xFC => Some(&PREFIX_FC),
        0xFD => Some(&PREFIX_FD),
        0xFE => Some(&PREFIX_FE),
        _ => None,
    }
}

const fn lookup<const N: usize>(prefix: Option<u16>) -> Lookup<N> {
    let mut table = [None; N];
    let mut i = 0;
    while i < Instr::ALL.len() {
        let instr = Instr::ALL[i];
        match (super::TEXTS[instr as usize].opcode, prefix) {
            ([opcode], None) => table[*opcode as usize] = Some(instr),
            ([first, opcode], Some(prefix)) if *first == prefix => table[*opcode as usize] = Some(instr),
            _ => {}
        }
        i += 1;
    }
    table
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::module::Reader;
    use alloc::vec::Vec;

    #[test]
    fn every_opcode_decodes_to_its_instruction() {
        for &instr in Instr::ALL {
            let bytes: Vec<u8> = match *instr.opcode() {
                [opcode] => [opcode as u8].into(),
                [prefix, opcode] if opcode < 0x80 => [prefix as u8, opcode as u8].into(),
                [prefix, opcode] => [prefix as u8, opcode as u8 & 0x7F | 0x80, (opcode >> 7) as u8].into(),
                _ => unreachable!("opcodes have one or two parts"),
            };
            let mut reader = Reader::new(&bytes, 0..bytes.len());
            assert_eq!(reader.instr(), Ok(instr));
            assert!(reader.is_empty());
        }
    }

    #[test]
    fn the_number_behind_a_prefix_may_have_trailing_zeros() {
        let bytes = [0xFC, 0x8A, 0x80, 0x00];
        assert_eq!(Reader::new(&bytes, 0..4).instr(), Ok(Instr::MemoryCopy));
    }

    #[test]
    fn what_is_in_no_row_is_an_illegal_opcode() {
        for bytes in
            [&[0xFF][..], &[0x1E], &[0xFB, 0x1F], &[0xFD, 0x94, 0x02], &[0xFD, 0x9A, 0x01], &[0xFE, 0x4F]]
        {
            let error = Reader::new(bytes, 0..bytes.len()).instr().expect_err("no such opcode");
            assert!(error.message().starts_with("illegal opcode"), "{error}");
        }
    }
}

//! The rows of the table for builds that are to be small: of those that are alike one.

use super::{Instr, KEYS, ROWS, Row};

const INSTRS: usize = Instr::ALL.len();

struct Distinct {
    /// Which of the different rows an instruction has.
    of: [u8; INSTRS],
    /// The first instruction with each.
    first: [usize; 256],
    count: usize,
}

const fn same(a: &str, b: &str) -> bool {
    let (a, b) = (a.as_bytes(), b.as_bytes());
    let mut same = a.len() == b.len();
    let mut i = 0;
    while same && i < a.len() {
        same = a[i] == b[i];
        i += 1;
    }
    same
}

const DISTINCT: Distinct = {
    let mut distinct = Distinct { of: [0; INSTRS], first: [0; 256], count: 0 };
    let mut instr = 0;
    while instr < INSTRS {
        let [signature, immediates, proposal] = KEYS[instr];
        let mut at = 0;
        while at < distinct.count {
            let key = KEYS[distinct.first[at]];
            if same(key[2], proposal) && same(key[1], immediates) && same(key[0], signature) {
                break;
            }
            at += 1;
        }
        if at == distinct.count {
            distinct.first[at] = instr;
            distinct.count += 1;
        }
        distinct.of[instr] = at as u8;
        instr += 1;
    }
    distinct
};

static OF: [u8; INSTRS] = DISTINCT.of;

static DIFFERENT: [Row; DISTINCT.count] = {
    let mut rows = [ROWS[0]; DISTINCT.count];
    let mut i = 0;
    while i < DISTINCT.count {
        rows[i] = ROWS[DISTINCT.first[i]];
        i += 1;
    }
    rows
};

/// A row like that of `instr`.
#[inline]
pub(super) const fn row(instr: Instr) -> &'static Row {
    &DIFFERENT[OF[instr as usize] as usize]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_are_like_those_of_the_table() {
        for &instr in Instr::ALL {
            assert_eq!(row(instr), &ROWS[instr as usize], "{instr}");
        }
    }
}

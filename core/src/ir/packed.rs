//! What is known of families, for builds that have no room for a table of [`FamilyInfo`]: many families have the same
//! operands, and there are few different ones.
//!
//! Invariant: [`info`] is what the table says, but for the text.

use super::family::{FAMILIES, Family, FamilyInfo, INFO};
use super::operand::{Field, Operand, Operands, Role, plain};

/// Operands, as positions in [`OPERANDS`], and words.
#[derive(Clone, Copy)]
struct Layout {
    operands: [u8; 6],
    len: u8,
    words: u8,
    float_imm: u8,
}

const NO_OPERAND: Operand = plain(Role::Target, Field::W1);
const NO_LAYOUT: Layout = Layout { operands: [0; 6], len: 0, words: 0, float_imm: 0 };

/// The tables with room to spare, while they are worked out.
struct Tables {
    operands: [Operand; 256],
    operand_count: usize,
    layouts: [Layout; 256],
    layout_count: usize,
    of: [u8; FAMILIES],
}

impl Tables {
    const fn operand(&mut self, operand: &Operand) -> u8 {
        let mut at = 0;
        while at < self.operand_count && !self.operands[at].is(operand) {
            at += 1;
        }
        if at == self.operand_count {
            self.operands[at] = *operand;
            self.operand_count += 1;
        }
        at as u8
    }

    const fn layout(&mut self, info: &FamilyInfo) -> u8 {
        let mut layout =
            Layout { len: info.operands.len, words: info.words, float_imm: info.float_imm, ..NO_LAYOUT };
        let mut i = 0;
        while i < info.operands.len as usize {
            layout.operands[i] = self.operand(&info.operands.all[i]);
            i += 1;
        }
        let mut at = 0;
        while at < self.layout_count && !same(&self.layouts[at], &layout) {
            at += 1;
        }
        if at == self.layout_count {
            self.layouts[at] = layout;
            self.layout_count += 1;
        }
        at as u8
    }
}

const fn same(a: &Layout, b: &Layout) -> bool {
    let mut i = 0;
    while i < 6 {
        if a.operands[i] != b.operands[i] {
            return false;
        }
        i += 1;
    }
    a.len == b.len && a.words == b.words && a.float_imm == b.float_imm
}

const TABLES: Tables = {
    let mut tables = Tables {
        operands: [NO_OPERAND; 256],
        operand_count: 0,
        layouts: [NO_LAYOUT; 256],
        layout_count: 0,
        of: [0; FAMILIES],
    };
    let mut i = 0;
    while i < FAMILIES {
        tables.of[i] = tables.layout(&INFO[i]);
        i += 1;
    }
    tables
};

/// Each operand that an op may have, once.
static OPERANDS: [Operand; TABLES.operand_count] = {
    let mut operands = [NO_OPERAND; TABLES.operand_count];
    operands.copy_from_slice(TABLES.operands.split_at(TABLES.operand_count).0);
    operands
};

/// Each list of them, once.
static LAYOUTS: [Layout; TABLES.layout_count] = {
    let mut layouts = [NO_LAYOUT; TABLES.layout_count];
    layouts.copy_from_slice(TABLES.layouts.split_at(TABLES.layout_count).0);
    layouts
};

/// Which of the lists a family has.
static OF: [u8; FAMILIES] = TABLES.of;

/// What is known of `family`, without its text.
#[inline(never)]
pub(super) const fn info(family: Family) -> FamilyInfo {
    let layout = &LAYOUTS[OF[family as usize] as usize];
    let mut operands = Operands { all: [NO_OPERAND; 6], len: layout.len };
    let mut i = 0;
    while i < layout.len as usize {
        operands.all[i] = OPERANDS[layout.operands[i] as usize];
        i += 1;
    }
    FamilyInfo {
        text: "",
        shape: family.shape(),
        operands,
        words: layout.words,
        float_imm: layout.float_imm,
        first: family.first(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_packed_is_what_the_table_says() {
        for &family in Family::ALL {
            let (packed, table) = (info(family), &INFO[family as usize]);
            assert_eq!(packed.shape, table.shape, "{family:?}");
            assert_eq!(packed.operands.as_slice(), table.operands.as_slice(), "{family:?}");
            let rest = |info: &FamilyInfo| (info.words, info.float_imm, info.first);
            assert_eq!(rest(&packed), rest(table), "{family:?}");
        }
    }
}

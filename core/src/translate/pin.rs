//! Which local of a function is pinned to a register.
//!
//! Pass: count how often a body reads and writes each local of an integer type, and take the most frequent one. Only
//! functions with a loop pin at all: elsewhere loading the register costs more than it gains. Weighting the count by the
//! depth of loops was measured and is worse.
//!
//! ```text
//! loop local.get 0 … local.get 1 … local.set 1 … end        pin: local 1
//! ```

use crate::error::Error;
use crate::instr::Instr;
use crate::module::Reader;
use alloc::vec::Vec;

/// The local that the instructions from `reader` on refer to most often among those for which `eligible` holds, and
/// nothing when they have no loop.
pub(super) fn choose(
    mut reader: Reader<'_>,
    counts: &mut Vec<u32>,
    locals: usize,
    eligible: impl Fn(usize) -> bool,
) -> Result<Option<usize>, Error> {
    counts.clear();
    counts.resize(locals, 0);
    let mut has_loop = false;
    while !reader.is_empty() {
        let instr = reader.instr()?;
        match instr {
            Instr::LocalGet | Instr::LocalSet | Instr::LocalTee => {
                counts[reader.u32()? as usize] += 1;
                continue;
            }
            Instr::Loop => has_loop = true,
            _ => {}
        }
        reader.skip_immediates(instr)?;
    }
    let best = (0..locals).filter(|&i| eligible(i)).max_by_key(|&i| (counts[i], core::cmp::Reverse(i)));
    Ok(best.filter(|&i| has_loop && counts[i] >= 3))
}

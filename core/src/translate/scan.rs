//! A first look at a body: which local is pinned to a register, and which have to be zeroed.
//!
//! Pass *pin*: count how often the body refers to each local of an integer type and take the most frequent one.
//! Only functions with a loop pin at all: elsewhere loading the register costs more than it gains. Weighting the
//! count by the depth of loops was measured and is worse.
//!
//! ```text
//! loop local.get 0 … local.get 1 … local.set 1 … end        pin: local 1
//! ```
//!
//! Pass *zero*: a local needs its initial zero only if the body may read it before it writes it. The first
//! `local.set` in the order of the text dominates all that follows it in the same block, loop or arm, since
//! branches lead to the start or the end of what encloses them. So a local is left alone if its first reference is a
//! write, and no further one comes after the end of the block in which that write stands.
//!
//! ```text
//! block local.set 1 … local.get 1 end                       local 1 is not zeroed
//! block br_if 0 … local.set 1 end local.get 1               local 1 is zeroed
//! ```

use crate::error::Error;
use crate::instr::Instr;
use crate::module::Reader;
use alloc::vec::Vec;

/// What is found out, by local; reused from function to function.
#[derive(Debug, Default)]
pub(super) struct Scan {
    locals: Vec<Uses>,
    /// Number of the block that is open at each depth, outermost first.
    open: Vec<u32>,
    has_loop: bool,
}

#[derive(Clone, Copy, Debug, Default)]
struct Uses {
    count: u32,
    /// Depth and number of the block with the first write.
    written: Option<(u32, u32)>,
    read_early: bool,
}

impl Scan {
    /// Looks at the instructions from `reader` on, up to the end of the body.
    pub(super) fn run(&mut self, mut reader: Reader<'_>, locals: usize) -> Result<(), Error> {
        self.locals.clear();
        self.locals.resize(locals, Uses::default());
        self.open.clear();
        self.open.push(0);
        self.has_loop = false;
        let mut blocks = 0;
        while !reader.is_empty() {
            let instr = reader.instr()?;
            match instr {
                Instr::LocalGet => {
                    let local = reader.u32()?;
                    self.uses(local, false);
                    continue;
                }
                Instr::LocalSet | Instr::LocalTee => {
                    let local = reader.u32()?;
                    self.uses(local, true);
                    continue;
                }
                Instr::Block | Instr::Loop | Instr::If | Instr::TryTable | Instr::Try => {
                    self.has_loop |= instr == Instr::Loop;
                    blocks += 1;
                    self.open.push(blocks);
                }
                Instr::Else | Instr::Catch | Instr::CatchAll => {
                    blocks += 1;
                    if let Some(innermost) = self.open.last_mut() {
                        *innermost = blocks;
                    }
                }
                Instr::End | Instr::Delegate => {
                    self.open.pop();
                }
                _ => {}
            }
            reader.skip_immediates(instr)?;
        }
        Ok(())
    }

    #[inline]
    fn uses(&mut self, local: u32, write: bool) {
        let uses = &mut self.locals[local as usize];
        uses.count += 1;
        match uses.written {
            None if write => {
                let depth = self.open.len() - 1;
                uses.written = Some((depth as u32, self.open[depth]));
            }
            None => uses.read_early = true,
            Some((depth, block)) => {
                if self.open.get(depth as usize) != Some(&block) {
                    uses.read_early = true;
                }
            }
        }
    }

    /// The local to pin: the one that is used most often among those for which `eligible` holds.
    pub(super) fn pin(&self, eligible: impl Fn(usize) -> bool) -> Option<usize> {
        let eligible = |&i: &usize| self.locals[i].count >= 3 && eligible(i);
        let most = |&i: &usize| (self.locals[i].count, core::cmp::Reverse(i));
        if self.has_loop { (0..self.locals.len()).filter(eligible).max_by_key(most) } else { None }
    }

    /// Whether the body may read `local` before writing it.
    pub(super) fn reads_early(&self, local: usize) -> bool {
        self.locals[local].read_early
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::vec::Vec;

    fn scan(body: &[u8], locals: usize) -> Vec<bool> {
        let mut scan = Scan::default();
        scan.run(Reader::new(body, 0..body.len()), locals).expect("the body is well-formed");
        (0..locals).map(|local| scan.reads_early(local)).collect()
    }

    const BLOCK: [u8; 2] = [0x02, 0x40];
    const LOOP: [u8; 2] = [0x03, 0x40];
    const END: [u8; 1] = [0x0b];
    const GET: [u8; 2] = [0x20, 0];
    const SET: [u8; 2] = [0x21, 0];

    #[test]
    fn a_write_dominates_the_rest_of_its_block() {
        assert_eq!(scan(&[&BLOCK[..], &SET, &LOOP, &GET, &END, &GET, &END, &END].concat(), 1), [false]);
    }

    #[test]
    fn a_read_behind_the_block_of_the_first_write_may_be_early() {
        assert_eq!(scan(&[&BLOCK[..], &SET, &END, &GET, &END].concat(), 1), [true]);
        assert_eq!(scan(&[&BLOCK[..], &SET, &END, &BLOCK, &GET, &END, &END].concat(), 1), [true]);
    }

    #[test]
    fn the_arms_of_an_if_do_not_dominate_each_other() {
        let arms = [&[0x04, 0x40][..], &SET, &[0x05], &GET, &END, &END].concat();
        assert_eq!(scan(&arms, 1), [true]);
    }

    #[test]
    fn a_read_before_any_write_is_early() {
        assert_eq!(scan(&[&LOOP[..], &GET, &SET, &END, &END].concat(), 2), [true, false]);
    }
}

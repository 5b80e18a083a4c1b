//! A first look at a body: how it uses its locals.
//!
//! It tells which local is pinned to a register, and which have to be zeroed: see [`Locals`]. Validation finds out the
//! same, so a body is only looked at here if it is translated at another time.

use crate::error::Error;
use crate::fallible::TryVec;
use crate::instr::Instr;
use crate::module::Reader;
use crate::validate::Locals;
use alloc::vec::Vec;

/// A block that has begun.
#[derive(Debug)]
pub(super) struct Open {
    /// Where its writes of locals begin.
    mark: usize,
    is_loop: bool,
}

/// Notes in `locals`, which are just declared, what the instructions from `reader` to the end of the body do with them.
/// `open` is a buffer.
pub(super) fn scan(locals: &mut Locals, open: &mut Vec<Open>, mut reader: Reader<'_>) -> Result<(), Error> {
    open.clear();
    while !reader.is_empty() {
        let instr = reader.instr()?;
        match instr {
            Instr::LocalGet => {
                let local = reader.u32()?;
                locals.read(local);
                continue;
            }
            Instr::LocalSet | Instr::LocalTee => {
                let local = reader.u32()?;
                locals.write(local)?;
                continue;
            }
            Instr::Block | Instr::If | Instr::TryTable | Instr::Try => {
                open.try_push(Open { mark: locals.mark(), is_loop: false })?;
            }
            Instr::Loop => {
                locals.enter_loop();
                open.try_push(Open { mark: locals.mark(), is_loop: true })?;
            }
            Instr::Else | Instr::Catch | Instr::CatchAll => {
                if let Some(block) = open.last() {
                    locals.unset_since(block.mark);
                }
            }
            Instr::End | Instr::Delegate => {
                if let Some(block) = open.pop() {
                    locals.leave(block.mark, block.is_loop);
                }
            }
            _ => {}
        }
        reader.skip_immediates(instr)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::validate::Ty;
    use alloc::vec::Vec;

    /// Which of two locals are zeroed.
    fn zeroed(body: &[u8]) -> Vec<u32> {
        let mut locals = Locals::default();
        locals.push(2, Ty::I32).expect("there is memory");
        scan(&mut locals, &mut Vec::new(), Reader::new(body, 0..body.len()))
            .expect("the body is well-formed");
        locals.uses().expect("there are few").zeroed.collect()
    }

    const BLOCK: [u8; 2] = [0x02, 0x40];
    const LOOP: [u8; 2] = [0x03, 0x40];
    const END: [u8; 1] = [0x0b];
    const GET: [u8; 2] = [0x20, 0];
    const SET: [u8; 2] = [0x21, 0];

    #[test]
    fn a_write_dominates_the_rest_of_its_block() {
        assert_eq!(zeroed(&[&BLOCK[..], &SET, &LOOP, &GET, &END, &GET, &END, &END].concat()), []);
    }

    #[test]
    fn a_read_behind_the_block_of_the_first_write_may_be_early() {
        assert_eq!(zeroed(&[&BLOCK[..], &SET, &END, &GET, &END].concat()), [0]);
        assert_eq!(zeroed(&[&BLOCK[..], &SET, &END, &BLOCK, &GET, &END, &END].concat()), [0]);
        assert_eq!(zeroed(&[&BLOCK[..], &SET, &END, &SET, &GET, &END].concat()), []);
    }

    #[test]
    fn a_write_in_a_loop_dominates_what_follows_it_up_to_the_end_of_the_block_around_it() {
        assert_eq!(zeroed(&[&LOOP[..], &SET, &END, &GET, &END].concat()), []);
        assert_eq!(zeroed(&[&BLOCK[..], &LOOP, &SET, &END, &GET, &END, &GET, &END].concat()), [0]);
    }

    #[test]
    fn the_arms_of_an_if_do_not_dominate_each_other() {
        assert_eq!(zeroed(&[&[0x04, 0x40][..], &SET, &[0x05], &GET, &END, &END].concat()), [0]);
    }

    #[test]
    fn a_read_before_any_write_is_early() {
        assert_eq!(zeroed(&[&LOOP[..], &GET, &SET, &END, &END].concat()), [0]);
    }
}

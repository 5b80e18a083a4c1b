//! Pass *metering*: ops by which the embedder can bound and stop execution. Without [`Metering`] it emits nothing.
//!
//! Fuel is counted on instructions, so that it does not depend on how they are translated. What is executed together is
//! charged together, when it is entered: a segment begins where code can be reached from elsewhere, and after a
//! conditional branch.
//!
//! ```text
//! loop                              0: fuel cost=5
//!   local.get 0  i32.const 1        2: s0 = i32.sub s0, 1
//!   i32.sub  local.tee 0            4: br_nez s0 -> 0
//!   br_if 0
//! end
//! ```
//!
//! Invariant: between two visits to the same instruction at least one op of metering is executed.

use super::func::Translation;
use super::stack::NONE;
use crate::error::Error;
use crate::instr::Instr;
use crate::ir::{Family, Fields, Ty};

/// By what code can be stopped.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Metering {
    /// Every instruction costs one unit of fuel; but `nop`, `drop`, `block`, `loop`, `else`, `end`, `return` and
    /// `unreachable` cost nothing.
    pub fuel: bool,
    /// Functions when they are entered, and loops each time round, look at the epoch.
    pub epochs: bool,
}

/// How far the body is metered.
#[derive(Debug)]
pub(super) struct Meter {
    metering: Metering,
    /// The `fuel` op of the current segment, or [`NONE`] as long as nothing in it costs anything.
    fuel: u32,
}

impl Meter {
    pub(super) fn new(metering: Metering) -> Self {
        Self { metering, fuel: NONE }
    }

    /// What follows may be executed without what came before, or the other way round.
    pub(super) fn end_segment(&mut self) {
        self.fuel = NONE;
    }
}

impl Translation<'_> {
    /// Whether code can be stopped.
    pub(super) fn is_metered(&self) -> bool {
        self.meter.metering != Metering::default()
    }

    /// Adds the cost of `instr`, which comes next, to that of its segment.
    #[inline(always)]
    pub(super) fn charge(&mut self, instr: Instr) {
        if self.meter.metering.fuel {
            self.charge_fuel(instr);
        }
    }

    #[inline(never)]
    fn charge_fuel(&mut self, instr: Instr) {
        if is_free(instr) {
            return;
        }
        if self.meter.fuel == NONE {
            self.meter.fuel = self.op(Family::Fuel.first(), Fields::default());
            self.forget_last();
        }
        let word = self.meter.fuel as usize + 1;
        let cost = Fields(self.s.code[word]).b();
        self.s.code[word] = Fields::wide(0, 0, cost + 1).0;
    }

    /// Emits the check that a function or a loop begins with. The host may be asked what to do, and may collect objects.
    ///
    /// # Errors
    /// When there is not enough memory.
    pub(super) fn check_epoch(&mut self) -> Result<(), Error> {
        if self.meter.metering.epochs {
            self.spill_acc(Ty::I64);
            self.safepoint()?;
            self.op(Family::CheckEpoch.first(), Fields::wide(0, 0, self.s.stack.end()));
            self.forget_last();
        }
        Ok(())
    }
}

/// Whether `instr` costs no fuel: it does no more than say where something is.
fn is_free(instr: Instr) -> bool {
    matches!(
        instr,
        Instr::Nop
            | Instr::Drop
            | Instr::Block
            | Instr::Loop
            | Instr::Else
            | Instr::End
            | Instr::Return
            | Instr::Unreachable
    )
}

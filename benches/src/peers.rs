//! `peers`: the same programs in every VM, in interleaved rounds.
//!
//! A round takes one sample of each VM, starting with another VM each time, so that drift of the machine hits
//! all alike. A sample is one run of the program, or the mean of several when it is short. The first run of
//! every session is a warm-up and is not counted. Medians are compared.

use crate::cases::{Case, Session};
use crate::stats::median;
use crate::vm::Vm;

/// The samples of one VM on one case.
pub(crate) struct Outcome {
    /// Nanoseconds per run, one for each round; empty when the VM can't run the program.
    pub(crate) samples: Vec<f64>,
    /// Why there are no samples.
    pub(crate) failure: Option<Failure>,
}

/// Why a VM has no time for a case.
pub(crate) enum Failure {
    /// It refuses to load the program.
    Unsupported(String),
    /// It loads the program, and then traps or computes something else.
    Wrong(String),
}

impl Outcome {
    pub(crate) fn median(&self) -> Option<f64> {
        (!self.samples.is_empty()).then(|| median(&self.samples))
    }
}

/// Measures `case` in every VM.
pub(crate) fn measure(case: &Case, vms: &[Box<dyn Vm>], rounds: usize) -> Vec<Outcome> {
    let mut outcomes: Vec<Outcome> = Vec::new();
    let mut sessions: Vec<Option<Session<'_>>> = Vec::new();
    for vm in vms {
        let mut outcome = Outcome { samples: Vec::new(), failure: None };
        let session = match Session::new(case, &**vm) {
            Err(error) => {
                outcome.failure = Some(Failure::Unsupported(format!("{error:#}")));
                None
            }
            Ok(mut session) => match session.warm_up() {
                Ok(()) => Some(session),
                Err(error) => {
                    outcome.failure = Some(Failure::Wrong(format!("{error:#}")));
                    None
                }
            },
        };
        outcomes.push(outcome);
        sessions.push(session);
    }
    for round in 0..rounds {
        for turn in 0..vms.len() {
            let which = (round + turn) % vms.len();
            let Some(session) = &mut sessions[which] else { continue };
            match session.sample() {
                Ok(nanos) => outcomes[which].samples.push(nanos),
                Err(error) => {
                    outcomes[which].samples.clear();
                    outcomes[which].failure = Some(Failure::Wrong(format!("{error:#}")));
                    sessions[which] = None;
                }
            }
        }
    }
    outcomes
}

//! Numeric, floating point: Fourier transforms of `f32` signals, forth and back.

use rustfft::num_complex::Complex;
use rustfft::{Fft, FftPlanner};
use std::sync::Arc;
use support::{Input, Random};

struct Plan {
    signal: Vec<Complex<f32>>,
    forward: Arc<dyn Fft<f32>>,
    inverse: Arc<dyn Fft<f32>>,
}

static PLAN: Input<Plan> = Input::new();

/// Makes a signal of `len` samples and plans its transforms.
#[unsafe(no_mangle)]
pub extern "C" fn setup(len: i32) {
    let mut random = Random::new(10);
    let mut planner = FftPlanner::new();
    let len = len as usize;
    PLAN.set(Plan {
        signal: (0..len).map(|_| Complex::new(random.signed_unit() as f32, 0.0)).collect(),
        forward: planner.plan_fft_forward(len),
        inverse: planner.plan_fft_inverse(len),
    });
}

/// Transforms it `times` times. The answer is rounded, so that the order of additions doesn't matter.
#[unsafe(no_mangle)]
pub extern "C" fn run(times: i32) -> i64 {
    let Plan { signal, forward, inverse } = PLAN.get();
    let mut energy = 0.0;
    let mut error = 0.0;
    for _ in 0..times {
        let mut data = signal.clone();
        forward.process(&mut data);
        energy = data.iter().map(|value| f64::from(value.norm_sqr())).sum::<f64>() / data.len() as f64;
        inverse.process(&mut data);
        let scale = 1.0 / data.len() as f32;
        let errors = data.iter().zip(signal).map(|(back, first)| (back * scale - first).norm_sqr());
        error = errors.fold(0.0, f32::max);
    }
    assert!(error < 1e-9);
    energy.round() as i64
}

//! Time as the instrument sees it: CPU time of the calling thread.
//!
//! Every VM measured here executes on the calling thread, so this clock counts its work and nothing that the
//! machine does meanwhile; only what other processes do to caches and frequency still shows.

use rustix::time::{ClockId, clock_gettime};

/// CPU time that the calling thread has used, in nanoseconds.
pub(crate) fn thread_nanos() -> u64 {
    let time = clock_gettime(ClockId::ThreadCPUTime);
    // The kernel never reports a negative CPU time.
    u64::try_from(time.tv_sec).unwrap_or(0) * 1_000_000_000 + u64::try_from(time.tv_nsec).unwrap_or(0)
}

/// How many times faster than the thread's CPU time the clock runs that CoreMark reads.
///
/// CoreMark insists on ten seconds by its own clock. A tenfold clock lets it stop after one, with a tenth of
/// the score, which the case multiplies again.
pub(crate) const GUEST_CLOCK_FACTOR: u64 = 10;

/// The clock behind the import `env.clock_ms`: wraps around after 49 days of its own time.
pub(crate) fn guest_millis() -> i32 {
    let millis = thread_nanos() * GUEST_CLOCK_FACTOR / 1_000_000;
    (millis & u64::from(u32::MAX)) as u32 as i32
}

/// Runs `work` and says how long it took, in nanoseconds.
pub(crate) fn timed<T>(work: impl FnOnce() -> T) -> (T, f64) {
    let start = thread_nanos();
    let result = work();
    (result, (thread_nanos() - start) as f64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn work_takes_time_and_sleep_takes_none() {
        let (_, busy) = timed(|| (0..3_000_000u64).fold(1, |a, b| std::hint::black_box(a ^ b)));
        let (_, idle) = timed(|| std::thread::sleep(std::time::Duration::from_millis(50)));
        assert!(busy > 0.0);
        assert!(idle < 25e6, "a sleeping thread used {idle} ns");
    }
}

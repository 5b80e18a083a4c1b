//! Clocks: the host's, or ones that stand still for reproducible runs.

use crate::WasiCtx;
use crate::errno::{Errno, Result};
use crate::guest::GuestMemory;
use crate::types::Clockid;
use core::time::Duration;
use rustix::time::{ClockId, Timespec, clock_getres, clock_gettime};

/// Where the time comes from.
#[derive(Debug)]
pub(crate) enum Clocks {
    /// The operating system; the monotonic clock counts from `start`, the making of the context.
    System { start: Duration },
    /// Clocks that move only when the guest sleeps, which then takes no time.
    Fixed { since_epoch: Duration, monotonic: Duration },
}

impl Clocks {
    pub(crate) fn system() -> Self {
        Self::System { start: host_time(ClockId::Monotonic) }
    }

    pub(crate) fn fixed(since_epoch: Duration) -> Self {
        Self::Fixed { since_epoch, monotonic: Duration::ZERO }
    }

    /// The time of a clock.
    pub(crate) fn now(&self, id: Clockid) -> Duration {
        match self {
            Self::System { start } => match id {
                Clockid::Realtime => host_time(ClockId::Realtime),
                Clockid::Monotonic => host_time(ClockId::Monotonic).saturating_sub(*start),
                Clockid::ProcessCputimeId => host_time(ClockId::ProcessCPUTime),
                Clockid::ThreadCputimeId => host_time(ClockId::ThreadCPUTime),
            },
            Self::Fixed { since_epoch, monotonic } => match id {
                Clockid::Realtime => since_epoch.saturating_add(*monotonic),
                _ => *monotonic,
            },
        }
    }

    fn resolution(&self, id: Clockid) -> Duration {
        match self {
            Self::System { .. } => duration(clock_getres(match id {
                Clockid::Realtime => ClockId::Realtime,
                Clockid::Monotonic => ClockId::Monotonic,
                Clockid::ProcessCputimeId => ClockId::ProcessCPUTime,
                Clockid::ThreadCputimeId => ClockId::ThreadCPUTime,
            })),
            Self::Fixed { .. } => Duration::from_nanos(1),
        }
    }

    /// Whether time passes by itself. If not, moves the clocks by `sleep` instead of waiting.
    pub(crate) fn pass(&mut self, sleep: Duration) -> bool {
        match self {
            Self::System { .. } => true,
            Self::Fixed { monotonic, .. } => {
                *monotonic = monotonic.saturating_add(sleep);
                false
            }
        }
    }
}

fn host_time(id: ClockId) -> Duration {
    duration(clock_gettime(id))
}

fn duration(time: Timespec) -> Duration {
    // Times before 1970 do not exist in WASI.
    Duration::try_from(time).unwrap_or_default()
}

/// Nanoseconds as WASI counts them.
pub(crate) fn nanoseconds(time: Duration) -> Result<u64> {
    Ok(u64::try_from(time.as_nanos())?)
}

impl WasiCtx {
    pub(crate) fn clock_res_get(&mut self, memory: &mut GuestMemory<'_>, id: u32, resolution: u32) -> Result {
        let id = Clockid::try_from(id)?;
        memory.write(resolution, &nanoseconds(self.clocks.resolution(id))?)
    }

    pub(crate) fn clock_time_get(
        &mut self,
        memory: &mut GuestMemory<'_>,
        id: u32,
        _: u64,
        time: u32,
    ) -> Result {
        let id = Clockid::try_from(id)?;
        memory.write(time, &nanoseconds(self.clocks.now(id))?)
    }
}

/// A time that the guest gave in nanoseconds, as the host takes it.
pub(crate) fn timespec(nanoseconds: u64) -> Result<Timespec> {
    Timespec::try_from(Duration::from_nanos(nanoseconds)).map_err(|_| Errno::Overflow)
}

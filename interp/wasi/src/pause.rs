//! [`Pause`]: how a call waits when threads take turns with the context.
//!
//! Invariant: while a call waits for the host, nobody has the turn. So a function that would wait says what for, by
//! [`Turn::wait_for`], and is called again when that has happened; or it hands over its rest, which needs no context, by
//! [`Turn::finish`].

use crate::clock::timespec;
use crate::errno::{Errno, Result};
use crate::guest::GuestMemory;
use crate::types::Clockid;
use core::time::Duration;
use rustix::event::{PollFd, PollFlags};
use rustix::time::Timespec;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};

/// So many bytes can be written at once to a pipe or connection that has room for any (`PIPE_BUF`).
pub(crate) const WRITTEN_AT_ONCE: usize = 4096;

/// When the subscriptions of a `poll_oneoff` to clocks end, each on its clock. Those to file descriptors have no end.
pub(crate) type Ends = Vec<Option<(Clockid, Duration)>>;

/// What is left of a call.
pub(crate) type Rest = Box<dyn FnOnce(&mut GuestMemory<'_>) -> Result + Send>;

/// What a call does without the context.
pub(crate) enum Pause {
    /// It waits, and is then made again.
    Until(Event),
    /// It comes to its end.
    Rest(Rest),
}

/// What a call waits for.
pub(crate) struct Event {
    /// One of these files is ready. They are duplicates: others may close theirs meanwhile.
    pub(crate) files: Vec<(OwnedFd, PollFlags)>,
    /// So much time is over.
    pub(crate) time: Option<Duration>,
    /// What `poll_oneoff` has to know when it is called again.
    pub(crate) ends: Option<Ends>,
}

impl Event {
    /// Waits until it has happened, or something has disturbed the host.
    pub(crate) fn wait(&self) -> Result {
        let mut polled: Vec<_> = self.files.iter().map(|(file, flags)| PollFd::new(file, *flags)).collect();
        poll(&mut polled, self.time).map(drop)
    }
}

/// How the calls of a context wait.
#[derive(Default)]
pub(crate) struct Turn {
    /// Whether threads take turns with it.
    pub(crate) shared: bool,
    /// What a call asked for that answered `again`.
    pub(crate) pause: Option<Pause>,
    /// What such a call wanted to know when it is made again.
    pub(crate) resumed: Option<Ends>,
}

impl Turn {
    /// To be called before `host` is read from or written to: asks for a pause if that would wait while others need the
    /// context.
    pub(crate) fn wait_for(&mut self, host: BorrowedFd<'_>, flags: PollFlags) -> Result {
        if !self.shared || is_ready(host, flags) {
            return Ok(());
        }
        let files = vec![(host.try_clone_to_owned()?, flags)];
        Err(self.until(Event { files, time: None, ends: None }))
    }

    /// Asks for a pause until `event`; the answer until then.
    pub(crate) fn until(&mut self, event: Event) -> Errno {
        self.pause = Some(Pause::Until(event));
        Errno::Again
    }

    /// Brings a call to its end that needs nothing any more but `host`: now, or during a pause if others need the context
    /// meanwhile.
    pub(crate) fn finish(
        &mut self,
        memory: &mut GuestMemory<'_>,
        host: BorrowedFd<'_>,
        rest: impl FnOnce(&mut GuestMemory<'_>, BorrowedFd<'_>) -> Result + Send + 'static,
    ) -> Result {
        if !self.shared {
            return rest(memory, host);
        }
        let file = host.try_clone_to_owned()?;
        self.pause = Some(Pause::Rest(Box::new(move |memory| rest(memory, file.as_fd()))));
        Err(Errno::Again)
    }
}

/// Whether `host` can be read from or written to without waiting.
pub(crate) fn is_ready(host: BorrowedFd<'_>, flags: PollFlags) -> bool {
    let mut polled = [PollFd::from_borrowed_fd(host, flags)];
    // What cannot be asked fails at the attempt, and says why.
    rustix::event::poll(&mut polled, Some(&Timespec::default())).map_or(true, |ready| ready > 0)
}

/// Asks the host; answers how many file descriptors are ready.
pub(crate) fn poll(polled: &mut [PollFd<'_>], timeout: Option<Duration>) -> Result<usize> {
    let timeout = match timeout {
        // Beyond what the host can wait for lies eternity.
        Some(timeout) => u64::try_from(timeout.as_nanos()).ok().map(timespec).transpose()?,
        None => None,
    };
    match rustix::event::poll(polled, timeout.as_ref()) {
        Ok(ready) => Ok(ready),
        // The caller looks at the clocks and comes again.
        Err(rustix::io::Errno::INTR) => {
            polled.iter_mut().for_each(PollFd::clear_revents);
            Ok(0)
        }
        Err(error) => Err(error.into()),
    }
}

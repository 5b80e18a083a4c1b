//! `poll_oneoff`: waiting for clocks and file descriptors.

use crate::WasiCtx;
use crate::errno::{Errno, Result};
use crate::guest::{GuestMemory, Layout};
use crate::pause::{self, Ends, poll};
use crate::table::{Descriptor, Kind};
use crate::types::{
    Clockid, EVENT_FD_READWRITE_HANGUP, Event, Eventtype, Rights, Subclockflags, Subscription, flags,
};
use core::time::Duration;
use rustix::event::{PollFd, PollFlags};
use std::os::fd::BorrowedFd;

/// At most so many subscriptions are taken at a time: more than any host can wait for, and few enough to be kept.
const MAX_SUBSCRIPTIONS: u32 = 1 << 16;

/// The state of a subscription.
enum Wait<'a> {
    /// A clock, and when it will have reached its time, on that clock.
    Until(Clockid, Duration),
    /// The host has to be asked about a file descriptor.
    Host(BorrowedFd<'a>, PollFlags),
    /// It has occurred already: bytes to read or write.
    Ready(u64),
    /// It will never occur.
    Failed(Errno),
}

impl WasiCtx {
    pub(crate) fn poll_oneoff(
        &mut self,
        memory: &mut GuestMemory<'_>,
        subscriptions: u32,
        events: u32,
        nsubscriptions: u32,
        nevents: u32,
    ) -> Result {
        if nsubscriptions == 0 || nsubscriptions > MAX_SUBSCRIPTIONS {
            return Err(Errno::Inval);
        }
        let subscriptions = memory.array::<Subscription>(subscriptions, nsubscriptions)?;
        memory.check(events, nsubscriptions.checked_mul(Event::SIZE).ok_or(Errno::Fault)?)?;
        memory.check(nevents, 4)?;
        let ends = match self.turn.resumed.take() {
            Some(ends) => ends,
            None => self.ends(&subscriptions)?,
        };
        let occurred = self.wait(&subscriptions, ends)?;
        let mut event = events;
        for occurred in &occurred {
            memory.write(event, occurred)?;
            event += Event::SIZE;
        }
        memory.write(nevents, &u32::try_from(occurred.len())?)
    }

    /// When the subscriptions to clocks end, each on its clock. Those to file descriptors have no end.
    fn ends(&mut self, subscriptions: &[Subscription]) -> Result<Ends> {
        let ends = subscriptions.iter().map(|subscription| {
            if Eventtype::try_from(u32::from(subscription.tag))? != Eventtype::Clock {
                return Ok(None);
            }
            let id = Clockid::try_from(subscription.subject)?;
            let timeout = Duration::from_nanos(subscription.timeout);
            let absolute =
                flags::<Subclockflags>(subscription.flags.into())?.contains(Subclockflags::ABSTIME);
            let end = if absolute { timeout } else { self.clocks.now(id).saturating_add(timeout) };
            Ok(Some((id, end)))
        });
        ends.collect()
    }

    /// Waits until something has occurred, and answers all that has.
    fn wait(&mut self, subscriptions: &[Subscription], ends: Ends) -> Result<Vec<Event>> {
        let Self { fds, clocks, turn, .. } = self;
        let waits = subscriptions
            .iter()
            .zip(&ends)
            .map(|(subscription, end)| match Eventtype::try_from(u32::from(subscription.tag))? {
                Eventtype::Clock => {
                    let (id, end) = end.ok_or(Errno::Inval)?;
                    Ok(Wait::Until(id, end))
                }
                Eventtype::FdRead => Ok(descriptor(fds.get(subscription.subject), Rights::FD_READ)),
                Eventtype::FdWrite => Ok(descriptor(fds.get(subscription.subject), Rights::FD_WRITE)),
            })
            .collect::<Result<Vec<_>>>()?;
        let mut polled: Vec<PollFd<'_>> = waits
            .iter()
            .filter_map(|wait| match wait {
                Wait::Host(host, interest) => Some(PollFd::from_borrowed_fd(*host, *interest)),
                _ => None,
            })
            .collect();
        loop {
            let left = waits.iter().filter_map(|wait| match wait {
                Wait::Until(id, end) => Some(end.saturating_sub(clocks.now(*id))),
                Wait::Ready(_) | Wait::Failed(_) => Some(Duration::ZERO),
                Wait::Host(..) => None,
            });
            let mut timeout = left.min();
            if let Some(sleep) = timeout
                && !clocks.pass(Duration::ZERO)
            {
                // These clocks do not wait: who is not ready at once never is in their time.
                timeout = Some(Duration::ZERO);
                if poll(&mut polled, timeout)? == 0 {
                    clocks.pass(sleep);
                }
            } else {
                poll(&mut polled, if turn.shared { Some(Duration::ZERO) } else { timeout })?;
            }
            let mut answers = polled.iter();
            let occurred: Vec<Event> = subscriptions
                .iter()
                .zip(&waits)
                .filter_map(|(subscription, wait)| {
                    let mut event = Event {
                        userdata: subscription.userdata,
                        eventtype: subscription.tag,
                        ..Event::default()
                    };
                    match wait {
                        Wait::Until(id, end) => (*end <= clocks.now(*id)).then_some(event),
                        Wait::Ready(nbytes) => {
                            event.nbytes = *nbytes;
                            Some(event)
                        }
                        Wait::Failed(errno) => {
                            event.error = *errno as u16;
                            Some(event)
                        }
                        Wait::Host(host, _) => {
                            let answer = answers.next()?.revents();
                            answered(&mut event, *host, answer).then_some(event)
                        }
                    }
                })
                .collect();
            if !occurred.is_empty() {
                return Ok(occurred);
            }
            if turn.shared {
                let files = waits.iter().filter_map(|wait| match wait {
                    Wait::Host(host, interest) => {
                        Some(host.try_clone_to_owned().map(|host| (host, *interest)))
                    }
                    _ => None,
                });
                let files = files.collect::<std::io::Result<_>>()?;
                return Err(turn.until(pause::Event { files, time: timeout, ends: Some(ends) }));
            }
        }
    }
}

/// How the subscription to a file descriptor stands before the host is asked.
fn descriptor(descriptor: Result<&Descriptor>, direction: Rights) -> Wait<'_> {
    let checked = descriptor.and_then(|descriptor| {
        descriptor.check(Rights::POLL_FD_READWRITE)?;
        descriptor.check(direction).map(|()| descriptor)
    });
    let reads = direction == Rights::FD_READ;
    match checked {
        Err(errno) => Wait::Failed(errno),
        Ok(Descriptor { kind: Kind::File(file), .. }) => Wait::Ready(match reads {
            true => rest(file).unwrap_or(0),
            false => u64::from(u16::MAX),
        }),
        Ok(descriptor) => match descriptor.kind.host_fd() {
            Some(host) => Wait::Host(host, if reads { PollFlags::IN } else { PollFlags::OUT }),
            None => Wait::Ready(1),
        },
    }
}

/// How much there is to read in a file.
fn rest(file: &cap_std::fs::File) -> Result<u64> {
    Ok(file.metadata()?.len().saturating_sub(rustix::fs::tell(file)?))
}

/// Puts the host's answer about a file descriptor into `event`; whether there was one.
fn answered(event: &mut Event, host: BorrowedFd<'_>, answer: PollFlags) -> bool {
    if answer.is_empty() {
        return false;
    }
    if answer.contains(PollFlags::NVAL) {
        event.error = Errno::Badf as u16;
    } else if answer.contains(PollFlags::ERR) {
        event.error = Errno::Io as u16;
    }
    if answer.contains(PollFlags::HUP) {
        event.flags = EVENT_FD_READWRITE_HANGUP;
    }
    event.nbytes = match answer.contains(PollFlags::IN) {
        true => rustix::io::ioctl_fionread(host).unwrap_or(1),
        false => u64::from(answer.contains(PollFlags::OUT)),
    };
    true
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::Clocks;
    use crate::{MemoryInputPipe, WasiCtxBuilder};
    use std::time::Instant;

    fn wait(ctx: &mut WasiCtx, subscriptions: &[Subscription]) -> Result<Vec<Event>> {
        let ends = ctx.ends(subscriptions)?;
        ctx.wait(subscriptions, ends)
    }

    fn clock(userdata: u64, timeout: Duration, flags: u16) -> Subscription {
        let timeout = u64::try_from(timeout.as_nanos()).expect("a short time");
        Subscription { userdata, tag: 0, subject: Clockid::Monotonic as u32, timeout, flags }
    }

    fn fd(userdata: u64, tag: Eventtype, subject: u32) -> Subscription {
        Subscription { userdata, tag: tag as u8, subject, ..Subscription::default() }
    }

    #[test]
    fn the_first_of_several_clocks_wakes() {
        let mut ctx = WasiCtxBuilder::new().build();
        let begin = Instant::now();
        let subscriptions = [clock(1, Duration::from_secs(3600), 0), clock(2, Duration::from_millis(20), 0)];
        let events = wait(&mut ctx, &subscriptions).expect("they are valid");
        assert_eq!(events.iter().map(|event| event.userdata).collect::<Vec<_>>(), [2]);
        assert!(begin.elapsed() >= Duration::from_millis(20));
    }

    #[test]
    fn fixed_clocks_pass_by_sleeping_which_takes_no_time() {
        let mut ctx = WasiCtxBuilder::new().fixed_clocks(Duration::from_secs(100)).build();
        let begin = Instant::now();
        let hour = Duration::from_secs(3600);
        assert_eq!(wait(&mut ctx, &[clock(1, hour, 0)]).expect("it is valid").len(), 1);
        assert_eq!(
            wait(&mut ctx, &[clock(1, hour * 3, Subclockflags::ABSTIME.bits())]).expect("it is valid").len(),
            1
        );
        assert!(begin.elapsed() < Duration::from_secs(60));
        assert_eq!(ctx.clocks.now(Clockid::Monotonic), hour * 3);
        assert_eq!(ctx.clocks.now(Clockid::Realtime), hour * 3 + Duration::from_secs(100));
        assert!(matches!(ctx.clocks, Clocks::Fixed { .. }));
    }

    #[test]
    fn what_is_ready_is_told_at_once_and_what_is_wrong_too() {
        let mut ctx = WasiCtxBuilder::new().stdin(MemoryInputPipe::new("x")).build();
        let subscriptions = [
            fd(1, Eventtype::FdRead, 0),
            fd(2, Eventtype::FdWrite, 1),
            fd(3, Eventtype::FdRead, 99),
            fd(4, Eventtype::FdRead, 1),
            clock(5, Duration::from_secs(3600), 0),
        ];
        let events = wait(&mut ctx, &subscriptions).expect("they are valid");
        let told: Vec<_> = events.iter().map(|event| (event.userdata, event.error)).collect();
        let badf = Errno::Badf as u16;
        assert_eq!(told, [(1, 0), (2, 0), (3, badf), (4, badf)]);
    }

    #[test]
    fn nothing_to_wait_for_and_unknown_events_are_invalid() {
        let mut ctx = WasiCtxBuilder::new().build();
        let mut bytes = [0; 256];
        let mut memory = GuestMemory::new(&mut bytes);
        assert_eq!(ctx.poll_oneoff(&mut memory, 0, 0, 0, 0), Err(Errno::Inval));
        let unknown = Subscription { tag: 3, ..Subscription::default() };
        assert_eq!(wait(&mut ctx, &[unknown]), Err(Errno::Inval));
    }
}

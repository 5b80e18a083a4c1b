//! [`Parking`]: where threads wait until another notifies them, by address.
//!
//! Invariant: a thread looks at the memory and joins the queue of its address under one lock, which a notification takes
//! too; so none is lost between the two.
//!
//! Without the standard library no thread can be put to sleep. The threads proposal lets an embedder say that an agent
//! cannot block: a wait that would have to ends in the trap [`Trap::AtomicWaitUnsupported`](crate::Trap).
//!
//! Spec: threads proposal, "Wait and Notify".

#[cfg(not(feature = "std"))]
pub(super) use bare::Parking;
#[cfg(feature = "std")]
pub(super) use threads::Parking;

#[cfg(feature = "std")]
mod threads {
    use crate::Trap;
    use crate::fallible::TryVec;
    use crate::memory::WaitResult;
    use crate::sync::Arc;
    use crate::sync::atomic::{AtomicBool, Ordering};
    use alloc::vec::Vec;
    use core::time::Duration;
    use std::sync::{Mutex, MutexGuard, PoisonError};
    use std::thread::{self, Thread};
    use std::time::Instant;

    /// How often a thread that waits looks whether it has to stop.
    const SLICE: Duration = Duration::from_millis(10);

    /// The threads that wait at addresses of one memory, in the order in which they came. There are never many.
    #[derive(Default)]
    pub(in crate::memory) struct Parking(Mutex<Vec<Arc<Waiter>>>);

    struct Waiter {
        addr: u64,
        thread: Thread,
        notified: AtomicBool,
    }

    impl Parking {
        fn queue(&self) -> MutexGuard<'_, Vec<Arc<Waiter>>> {
            // Nothing that may panic leaves the queue half changed.
            self.0.lock().unwrap_or_else(PoisonError::into_inner)
        }

        /// Waits at `addr` if `expected` holds, until `stop` says so: then it is a trap. It is one too when there is not
        /// enough memory to wait.
        pub(in crate::memory) fn wait(
            &self,
            addr: u64,
            expected: impl FnOnce() -> bool,
            timeout: Option<Duration>,
            stop: Option<&dyn Fn() -> bool>,
        ) -> Result<WaitResult, Trap> {
            let deadline = timeout.and_then(|timeout| Instant::now().checked_add(timeout));
            let waiter = Waiter { addr, thread: thread::current(), notified: AtomicBool::new(false) };
            let waiter = Arc::try_new(waiter).map_err(|_| Trap::AtomicWaitUnsupported)?;
            let mut queue = self.queue();
            if !expected() {
                return Ok(WaitResult::Mismatch);
            }
            queue.try_push(Arc::clone(&waiter)).map_err(|_| Trap::AtomicWaitUnsupported)?;
            drop(queue);
            // A thread may wake for no reason.
            while !waiter.notified.load(Ordering::Acquire) {
                let left = deadline.map(|deadline| deadline.saturating_duration_since(Instant::now()));
                let over = left.is_some_and(|left| left.is_zero());
                let stopped = !over && stop.is_some_and(|stop| stop());
                if over || stopped {
                    // Who has been notified meanwhile, is so.
                    if self.leave(&waiter) {
                        return if over { Ok(WaitResult::TimedOut) } else { Err(Trap::Interrupt) };
                    }
                    continue;
                }
                match left.into_iter().chain(stop.map(|_| SLICE)).min() {
                    Some(time) => thread::park_timeout(time),
                    None => thread::park(),
                }
            }
            Ok(WaitResult::Ok)
        }

        /// Takes `waiter` out of the queue, unless it has been notified.
        fn leave(&self, waiter: &Arc<Waiter>) -> bool {
            let mut queue = self.queue();
            let Some(at) = queue.iter().position(|other| Arc::ptr_eq(other, waiter)) else { return false };
            queue.remove(at);
            true
        }

        /// Wakes up to `count` of those that wait at `addr`.
        pub(in crate::memory) fn notify(&self, addr: u64, count: u32) -> u32 {
            let mut notified = 0;
            self.queue().retain(|waiter| {
                let stays = waiter.addr != addr || notified == count;
                if !stays {
                    notified += 1;
                    waiter.notified.store(true, Ordering::Release);
                    waiter.thread.unpark();
                }
                stays
            });
            notified
        }
    }
}

#[cfg(any(test, not(feature = "std")))]
mod bare {
    use crate::Trap;
    use crate::memory::WaitResult;
    use core::time::Duration;

    /// Nobody waits.
    #[derive(Default)]
    pub(in crate::memory) struct Parking(());

    impl Parking {
        /// Ends what need not wait.
        #[expect(clippy::unused_self, reason = "it stands for the one that has queues")]
        pub(in crate::memory) fn wait(
            &self,
            _addr: u64,
            expected: impl FnOnce() -> bool,
            timeout: Option<Duration>,
            _stop: Option<&dyn Fn() -> bool>,
        ) -> Result<WaitResult, Trap> {
            if !expected() {
                Ok(WaitResult::Mismatch)
            } else if timeout.is_some_and(|timeout| timeout.is_zero()) {
                Ok(WaitResult::TimedOut)
            } else {
                Err(Trap::AtomicWaitUnsupported)
            }
        }

        /// Wakes nobody.
        #[expect(clippy::unused_self, reason = "it stands for the one that has queues")]
        pub(in crate::memory) fn notify(&self, _addr: u64, _count: u32) -> u32 {
            0
        }
    }
}

#[cfg(test)]
mod tests {
    use super::bare;
    use crate::Trap;
    use crate::memory::WaitResult;
    use core::time::Duration;

    #[test]
    fn without_threads_a_wait_that_would_block_is_a_trap() {
        let parking = bare::Parking::default();
        assert_eq!(parking.wait(0, || false, None, None), Ok(WaitResult::Mismatch));
        assert_eq!(parking.wait(0, || true, Some(Duration::ZERO), None), Ok(WaitResult::TimedOut));
        assert_eq!(
            parking.wait(0, || true, Some(Duration::from_nanos(1)), None),
            Err(Trap::AtomicWaitUnsupported)
        );
        assert_eq!(parking.wait(0, || true, None, None), Err(Trap::AtomicWaitUnsupported));
        assert_eq!(parking.notify(0, u32::MAX), 0);
    }

    #[cfg(feature = "std")]
    #[test]
    fn a_notification_wakes_those_who_came_first() {
        use super::threads::Parking;
        use std::sync::mpsc;
        let (parking, (sender, receiver)) = (Parking::default(), mpsc::channel());
        std::thread::scope(|scope| {
            for n in 0..3 {
                let (joined, wait_for) = mpsc::channel();
                let (parking, sender) = (&parking, sender.clone());
                scope.spawn(move || {
                    // It is asked under the lock, so the next thread comes later.
                    let expected = || joined.send(()).is_ok();
                    assert_eq!(parking.wait(8, expected, None, None), Ok(WaitResult::Ok));
                    sender.send(n).expect("the receiver waits");
                });
                wait_for.recv().expect("the thread waits");
            }
            for n in 0..3 {
                assert_eq!(parking.notify(16, 1), 0);
                while parking.notify(8, 1) == 0 {}
                assert_eq!(receiver.recv(), Ok(n));
            }
        });
        assert_eq!(parking.notify(8, 1), 0);
        assert_eq!(parking.wait(8, || true, Some(Duration::from_millis(1)), None), Ok(WaitResult::TimedOut));
        assert_eq!(parking.notify(8, 1), 0);
    }
    #[cfg(feature = "std")]
    #[test]
    fn who_is_stopped_no_longer_waits() {
        use super::threads::Parking;
        use core::cell::Cell;
        let (parking, asked) = (Parking::default(), Cell::new(0));
        let stop = || {
            asked.set(asked.get() + 1);
            asked.get() == 3
        };
        assert_eq!(parking.wait(8, || true, None, Some(&stop)), Err(Trap::Interrupt));
        assert_eq!((asked.get(), parking.notify(8, 1)), (3, 0));
        let long = Some(Duration::from_secs(3600));
        asked.set(0);
        assert_eq!(parking.wait(8, || true, long, Some(&stop)), Err(Trap::Interrupt));
        assert_eq!(parking.wait(8, || true, Some(Duration::ZERO), Some(&|| true)), Ok(WaitResult::TimedOut));
    }
}

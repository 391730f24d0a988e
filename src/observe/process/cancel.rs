//! A switch that ends waiting commands at once, from any thread.
//!
//! It also knows how many commands run with it, so that whoever cancelled can wait until they are
//! gone. Deliberately absent: taking it back, reasons, and use from a signal handler (it locks and
//! allocates).

use std::io::{self, PipeReader, PipeWriter, Write};
use std::os::fd::{AsFd, BorrowedFd};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::Duration;

/// Cancels every command that runs with it or a clone of it. Costs no descriptors until a command
/// runs.
#[derive(Clone, Debug, Default)]
pub struct Cancel {
    shared: Arc<Shared>,
}

#[derive(Debug, Default)]
struct Shared {
    cancelled: AtomicBool,
    pipe: OnceLock<(PipeReader, PipeWriter)>,
    running: Mutex<usize>,
    ended: Condvar,
}

/// Something that [`Cancel::wait_until_ended`] waits for, until dropped.
pub struct Running<'a>(&'a Shared);

impl Shared {
    fn running(&self) -> MutexGuard<'_, usize> {
        // a number is never half changed
        self.running.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Running<'_> {
    fn drop(&mut self) {
        *self.0.running() -= 1;
        self.0.ended.notify_all();
    }
}

impl Cancel {
    /// A switch that is not thrown.
    pub fn new() -> Self {
        Self::default()
    }

    /// Ends the commands that run with it, and lets no further one start. Cannot be taken back.
    pub fn cancel(&self) {
        let before = self.shared.cancelled.swap(true, Ordering::SeqCst);
        if before {
            return;
        }
        // The byte is never read, so the pipe stays readable for everybody who polls it now or
        // later.
        if let Ok((_, writer)) = self.pipe() {
            let _ = (&*writer).write_all(&[0]);
        }
    }

    /// Whether [`Cancel::cancel`] was called.
    pub fn is_cancelled(&self) -> bool {
        self.shared.cancelled.load(Ordering::SeqCst)
    }

    /// Waits until nothing runs with it any more; `false` if something still does after `limit`. Once
    /// it is cancelled, commands take about 300 ms at most to end, 2 s more where KILL has no effect.
    pub fn wait_until_ended(&self, limit: Duration) -> bool {
        let waited = self.shared.ended.wait_timeout_while(self.shared.running(), limit, |running| *running > 0);
        let (running, _) = waited.unwrap_or_else(PoisonError::into_inner);
        *running == 0
    }

    /// Counts as running until the answer is dropped: a command, from before it asks whether it may
    /// start, or what has to be cleaned up after one.
    pub fn running(&self) -> Running<'_> {
        *self.shared.running() += 1;
        Running(&self.shared)
    }

    /// Becomes readable, for good, when cancelled.
    ///
    /// # Errors
    /// If no descriptors are left.
    pub(crate) fn watched(&self) -> io::Result<BorrowedFd<'_>> {
        self.pipe().map(|(reader, _)| reader.as_fd())
    }

    fn pipe(&self) -> io::Result<&(PipeReader, PipeWriter)> {
        if let Some(pipe) = self.shared.pipe.get() {
            return Ok(pipe);
        }
        let pipe = io::pipe()?;
        Ok(self.shared.pipe.get_or_init(|| pipe))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rustix::event::{PollFd, PollFlags, Timespec, poll};

    fn readable(cancel: &Cancel) -> bool {
        let fd = cancel.watched().unwrap();
        poll(&mut [PollFd::from_borrowed_fd(fd, PollFlags::IN)], Some(&Timespec::default())).unwrap() == 1
    }

    #[test]
    fn it_is_seen_by_clones_whether_they_watched_before_or_after() {
        let cancel = Cancel::new();
        let (early, late) = (cancel.clone(), cancel.clone());
        assert!(!readable(&early));
        assert!(!early.is_cancelled());
        cancel.cancel();
        cancel.cancel();
        assert!(early.is_cancelled());
        assert!(readable(&early) && readable(&early) && readable(&late));
    }

    #[test]
    fn it_knows_what_still_runs() {
        let cancel = Cancel::new();
        assert!(cancel.wait_until_ended(Duration::ZERO));
        let first = cancel.running();
        let clone = cancel.clone();
        let second = clone.running();
        drop(first);
        assert!(!cancel.wait_until_ended(Duration::from_millis(1)));
        std::thread::scope(|scope| {
            let waiting = scope.spawn(|| cancel.wait_until_ended(Duration::from_secs(30)));
            drop(second);
            assert!(waiting.join().unwrap());
        });
    }

    #[test]
    fn cancelled_before_anybody_watched_is_seen_too() {
        let cancel = Cancel::new();
        cancel.cancel();
        assert!(readable(&cancel));
    }
}

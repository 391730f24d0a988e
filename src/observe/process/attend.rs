//! The poll loop that attends to one started program until it has ended and its output is read.
//!
//! The program is reaped last: until then its process id, which is its group's id too, cannot be
//! given to another process, so no signal can hit a stranger. Deliberately absent: helper threads
//! and handlers for SIGCHLD.

use super::capture::Captured;
use super::pipes::{Input, Output};
use super::spawn::Started;
use super::{Ended, Refusal};
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::io::Errno;
use rustix::process::{Pid, Signal, WaitId, WaitIdOptions, kill_process, kill_process_group, waitid};
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::os::unix::process::ExitStatusExt;
use std::process::ExitStatus;
use std::time::{Duration, Instant};

/// From TERM to KILL.
const TERM_GRACE: Duration = Duration::from_millis(200);
/// From the program's end to giving up on output that something else holds open.
const OUTPUT_GRACE: Duration = Duration::from_millis(100);
/// How long a killed program may take to go: it may hang in a system call, or be somebody else's
/// (`sudo`).
const KILL_GRACE: Duration = Duration::from_secs(2);
/// How often to ask whether the program has ended where the system does not tell (no pidfd).
const ASK_EVERY: Duration = Duration::from_millis(5);

/// What was seen of the program.
pub(super) struct Attended {
    pub(super) ended: Ended,
    pub(super) stdout: Captured,
    pub(super) stderr: Captured,
    pub(super) left_behind: bool,
}

/// A descriptor that becomes readable when the process has ended (pidfd_open(2), Linux 5.3). `None`
/// if there is none to be had; then the loop asks from time to time.
pub(super) fn pidfd(pid: Pid) -> Option<OwnedFd> {
    #[cfg(target_os = "linux")]
    return rustix::process::pidfd_open(pid, rustix::process::PidfdFlags::empty()).ok();
    #[cfg(not(target_os = "linux"))]
    return None;
}

/// Attends to the program until it has ended, or was ended at `deadline` or when `cancel` is
/// readable, and reaps it.
pub(super) fn attend(
    started: Started<'_>,
    deadline: Instant,
    cancel: BorrowedFd<'_>,
    pidfd: fn(Pid) -> Option<OwnedFd>,
    buffer: &mut [u8],
) -> Result<Attended, Refusal> {
    let Started { mut child, leader, stdin, stdout, stderr } = started;
    let mut attendance = Attendance {
        leader,
        pidfd: pidfd(leader),
        cancel,
        stdin,
        stdout,
        stderr,
        phase: Phase::Running,
        until: deadline,
        exited: false,
        cancelled: false,
        ended_by_us: None,
    };
    let attended = attendance.until_the_end(buffer);
    attendance.kill();
    attended.map_err(lost)?;
    // Waiting for a program that even KILL did not end would hang; the system reaps it after us.
    let status = attendance.exited.then(|| child.wait()).transpose().map_err(lost)?;
    Ok(attendance.finish(status))
}

fn lost(error: impl std::fmt::Display) -> Refusal {
    Refusal::Failed(format!("the program was started, but its end could not be learned: {error}"))
}

#[derive(Clone, Copy)]
enum Phase {
    /// Until the deadline.
    Running,
    /// The group got TERM.
    Terminating,
    /// The group got KILL.
    Killed,
    /// The program has ended; what it wrote is read to the end.
    Emptying,
}

#[derive(Clone, Copy)]
enum Source {
    Leader,
    Cancel,
    Stdin,
    Stdout,
    Stderr,
}

struct Attendance<'a> {
    leader: Pid,
    pidfd: Option<OwnedFd>,
    /// Readable once the run is cancelled.
    cancel: BorrowedFd<'a>,
    stdin: Input<'a>,
    stdout: Output,
    stderr: Output,
    phase: Phase,
    /// When the phase is over.
    until: Instant,
    exited: bool,
    cancelled: bool,
    ended_by_us: Option<Ended>,
}

impl Attendance<'_> {
    /// What is ready is handled before the clock is asked, so a program that ended in time is never
    /// called late, and what it wrote is read even if this thread had to wait for a processor
    /// meanwhile.
    fn until_the_end(&mut self, buffer: &mut [u8]) -> Result<(), Errno> {
        loop {
            for source in self.wait()? {
                match source {
                    Source::Leader => self.exited = true,
                    Source::Cancel => self.cancelled = true,
                    Source::Stdin => self.stdin.feed(),
                    Source::Stdout => self.stdout.take(buffer),
                    Source::Stderr => self.stderr.take(buffer),
                }
            }
            if self.pidfd.is_none() && !self.exited {
                self.exited = has_ended(self.leader)?;
            }
            if self.exited {
                self.stdin.close();
            }
            let emptied = self.exited && !self.output_is_open();
            if emptied || self.advance() {
                return Ok(());
            }
        }
    }

    fn output_is_open(&self) -> bool {
        self.stdout.open().is_some() || self.stderr.open().is_some()
    }

    /// Waits until something is ready or the phase is over. Interrupted, it returns early with
    /// nothing.
    fn wait(&self) -> Result<Vec<Source>, Errno> {
        let leader = self.pidfd.as_ref().filter(|_| !self.exited).map(AsFd::as_fd);
        let cancel = matches!(self.phase, Phase::Running).then_some(self.cancel);
        let watched = [
            (Source::Leader, leader, PollFlags::IN),
            (Source::Cancel, cancel, PollFlags::IN),
            (Source::Stdin, self.stdin.open(), PollFlags::OUT),
            (Source::Stdout, self.stdout.open(), PollFlags::IN),
            (Source::Stderr, self.stderr.open(), PollFlags::IN),
        ];
        let (sources, mut polled): (Vec<_>, Vec<_>) = watched
            .into_iter()
            .filter_map(|(source, fd, flags)| Some((source, PollFd::from_borrowed_fd(fd?, flags))))
            .unzip();
        match poll(&mut polled, Some(&self.remaining())) {
            Err(Errno::INTR) => return Ok(Vec::new()),
            outcome => outcome?,
        };
        let ready = sources.into_iter().zip(&polled).filter(|(_, fd)| !fd.revents().is_empty());
        Ok(ready.map(|(source, _)| source).collect())
    }

    /// The rest of the phase, to the nanosecond.
    fn remaining(&self) -> Timespec {
        let mut remaining = self.until.saturating_duration_since(Instant::now());
        if self.pidfd.is_none() && !self.exited {
            remaining = remaining.min(ASK_EVERY);
        }
        Timespec {
            tv_sec: remaining.as_secs().try_into().unwrap_or(i64::MAX),
            tv_nsec: remaining.subsec_nanos().into(),
        }
    }

    /// Goes on to the next phase if it is time; `true` when there is nothing more to wait for.
    fn advance(&mut self) -> bool {
        let now = Instant::now();
        let over = now >= self.until;
        match self.phase {
            Phase::Running | Phase::Killed if self.exited => self.enter(Phase::Emptying, now + OUTPUT_GRACE),
            Phase::Running if self.cancelled => self.terminate(Ended::Cancelled, now),
            Phase::Running if over => self.terminate(Ended::TimedOut, now),
            Phase::Terminating if over => {
                self.kill();
                // if only a daemon holds the output, there is no death to wait for
                let (next, grace) =
                    if self.exited { (Phase::Emptying, OUTPUT_GRACE) } else { (Phase::Killed, KILL_GRACE) };
                self.enter(next, now + grace);
            }
            Phase::Killed | Phase::Emptying => return over,
            Phase::Running | Phase::Terminating => {}
        }
        false
    }

    fn enter(&mut self, phase: Phase, until: Instant) {
        self.phase = phase;
        self.until = until;
    }

    fn terminate(&mut self, ended: Ended, now: Instant) {
        self.ended_by_us = Some(ended);
        // An error means that nobody is left who could be told.
        let _ = kill_process_group(self.leader, Signal::TERM);
        self.enter(Phase::Terminating, now + TERM_GRACE);
    }

    fn kill(&self) {
        let _ = kill_process_group(self.leader, Signal::KILL);
        if !self.exited {
            // It may have moved to another group.
            let _ = kill_process(self.leader, Signal::KILL);
        }
    }

    fn finish(self, status: Option<ExitStatus>) -> Attended {
        let left_behind = self.output_is_open() || !self.exited;
        let by_itself = status.and_then(ended_by_itself);
        // Without a status it did not end even after KILL, which only follows on the deadline or a
        // cancellation.
        let ended = self.ended_by_us.or(by_itself).unwrap_or(Ended::TimedOut);
        Attended { ended, stdout: self.stdout.finish(), stderr: self.stderr.finish(), left_behind }
    }
}

fn ended_by_itself(status: ExitStatus) -> Option<Ended> {
    status.code().map(Ended::Exited).or(status.signal().map(Ended::Signaled))
}

/// Asks without reaping.
fn has_ended(pid: Pid) -> Result<bool, Errno> {
    let options = WaitIdOptions::EXITED | WaitIdOptions::NOHANG | WaitIdOptions::NOWAIT;
    Ok(waitid(WaitId::Pid(pid), options)?.is_some())
}

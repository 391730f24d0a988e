//! Runs one program to its end: bounded in time, in output and in what it may leave behind.
//!
//! Every command gets its own process group, and one poll loop on the calling thread attends to it:
//! its end, its output, its input, the deadline and the cancellation. At the deadline, and when
//! cancelled, the group gets TERM and 200 ms later KILL; when the program has ended by itself, what
//! it left in its group gets KILL. A process that gave itself a session of its own (a daemon)
//! cannot be reached that way and survives; it cannot hold us either.
//!
//! Deliberately absent: shells (the caller says `sh -c` when one is wanted), pipelines, terminals,
//! resource limits, a tie of the children's life to ours (`PR_SET_PDEATHSIG` would need a fork of a
//! threaded process), and redaction: [`Captured`] keeps head and tail apart for whoever does that.

mod attend;
mod cancel;
mod capture;
mod find;
mod pipes;
mod shim;
mod spawn;
#[cfg(test)]
mod tests;

use std::cell::RefCell;
use std::ffi::{OsStr, OsString};
use std::fmt;
use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

pub use cancel::{Cancel, Running};
pub use capture::Captured;
pub use find::find_program;
pub use shim::exec_shim;

/// Bytes kept of each output stream unless the invocation says otherwise: 1 MiB.
pub const DEFAULT_OUTPUT_LIMIT: usize = 1 << 20;

/// What a program is searched on, and what it gets as `PATH`, when there is no `PATH`.
pub const DEFAULT_PATH: &str = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

/// The most that is read from a pipe at once: the capacity of a pipe on Linux (pipe(7)).
const BUFFER_SIZE: usize = 64 << 10;

static PROGRAMS_ENDED: AtomicU64 = AtomicU64::new(0);

/// How many programs have ended so far: what was seen before the last end may not be true any more.
pub fn programs_ended() -> u64 {
    PROGRAMS_ENDED.load(Ordering::Acquire)
}

thread_local! {
    static BUFFER: RefCell<Vec<u8>> = RefCell::new(vec![0; BUFFER_SIZE]);
}

/// A program and everything it is started with. Not `Debug`: environment and input may hold secrets.
#[derive(Clone)]
pub struct Invocation {
    /// A bare name, searched on the `PATH` the program will have, or a path: with a slash, relative
    /// to `directory`.
    pub program: OsString,
    /// Its arguments, without the program itself.
    pub arguments: Vec<OsString>,
    /// Variables added to the environment; of two equal names the last one counts.
    pub environment: Vec<(OsString, OsString)>,
    /// Start from an empty environment: only `environment`, and [`DEFAULT_PATH`] if that names no
    /// `PATH`.
    pub clear_environment: bool,
    /// Working directory; ours if absent.
    pub directory: Option<PathBuf>,
    /// Bytes for its standard input; if empty, it reads from `/dev/null`.
    pub stdin: Vec<u8>,
    /// Run as this user (name or numeric id, known to the system) with its groups. The environment
    /// stays as it is.
    pub user: Option<String>,
    /// The umask it starts with, at most `0o777`.
    pub umask: Option<u32>,
    /// Bytes kept of each stream, half from its head and half from its tail (of stderr at least 16
    /// KiB when `user` or `umask` is given). The rest is read, counted and dropped.
    pub output_limit: usize,
}

impl Invocation {
    /// The program without arguments, in our environment and directory, with the default limit.
    pub fn new(program: impl Into<OsString>) -> Self {
        Self {
            program: program.into(),
            arguments: Vec::new(),
            environment: Vec::new(),
            clear_environment: false,
            directory: None,
            stdin: Vec::new(),
            user: None,
            umask: None,
            output_limit: DEFAULT_OUTPUT_LIMIT,
        }
    }

    /// The `PATH` the program will have.
    fn path(&self) -> Option<&OsStr> {
        let given = self.environment.iter().rev().find(|(name, _)| name == "PATH");
        match given {
            Some((_, path)) => Some(path),
            None => self.clear_environment.then_some(OsStr::new(DEFAULT_PATH)),
        }
    }
}

/// How a program ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ended {
    /// By itself, with this exit code (0 to 255).
    Exited(i32),
    /// By a signal that did not come from us.
    Signaled(i32),
    /// By us, at the deadline.
    TimedOut,
    /// By us, because the run was cancelled.
    Cancelled,
}

/// What was seen of a program.
#[derive(Clone, Debug)]
pub struct Finished {
    /// How it ended.
    pub ended: Ended,
    /// What it wrote to its standard output.
    pub stdout: Captured,
    /// What it wrote to its standard error.
    pub stderr: Captured,
    /// From the start to the moment we stopped attending to it.
    pub elapsed: Duration,
    /// Something still held its output 100 ms after its end, or it could not be killed.
    pub left_behind: bool,
}

/// Why a program was not run. Each carries a message for people.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// The program, its interpreter or its user does not exist.
    NotFound(String),
    /// It is there, but we may not run it.
    NotPermitted(String),
    /// Anything else: a missing working directory, no more processes, arguments that are too long.
    Failed(String),
}

impl fmt::Display for Refusal {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (Self::NotFound(message) | Self::NotPermitted(message) | Self::Failed(message)) = self;
        formatter.write_str(message)
    }
}

impl std::error::Error for Refusal {}

/// Runs the program and waits for its end, but hardly longer than `deadline` (300 ms for the
/// ending, 2 s more if KILL has no effect). Nothing is started if the deadline has passed or
/// `cancel` was called already.
///
/// With `user` or `umask` the program is started through [`exec_shim`], which `main` must call
/// first.
///
/// # Errors
/// A [`Refusal`] if the program was never started. A program that failed is not an error.
pub fn run(invocation: &Invocation, deadline: Instant, cancel: &Cancel) -> Result<Finished, Refusal> {
    let means = Means { pidfd: attend::pidfd, shim: shim::ourselves };
    run_with(invocation, deadline, cancel, &means)
}

/// What a test exchanges: how to learn of a program's end, and the words that start the shim.
struct Means {
    pidfd: fn(rustix::process::Pid) -> Option<std::os::fd::OwnedFd>,
    shim: fn() -> std::io::Result<Vec<OsString>>,
}

fn run_with(invocation: &Invocation, deadline: Instant, cancel: &Cancel, means: &Means) -> Result<Finished, Refusal> {
    let _running = cancel.running();
    let directory = invocation.directory.as_deref();
    directory.map_or(Ok(()), find::check_directory)?;
    let program = find_program(&invocation.program, invocation.path(), directory)?;
    let shim = shim::Shim::wanted(invocation, means.shim)?;
    let start = Instant::now();
    if let Some(ended) = ended_before_start(start, deadline, cancel) {
        let nothing = Captured::default();
        return Ok(Finished {
            ended,
            stdout: nothing.clone(),
            stderr: nothing,
            elapsed: Duration::ZERO,
            left_behind: false,
        });
    }
    let cancelled = cancel.watched().map_err(|error| Refusal::Failed(format!("no pipe could be made: {error}")))?;
    let started = spawn::start(invocation, &program, shim.as_ref(), deadline)?;
    let attended = BUFFER.with_borrow_mut(|buffer| attend::attend(started, deadline, cancelled, means.pidfd, buffer));
    PROGRAMS_ENDED.fetch_add(1, Ordering::AcqRel);
    let attended = attended?;
    if let Some(refusal) = shim.and_then(|shim| shim.refusal(&attended.stderr)) {
        return Err(refusal);
    }
    Ok(Finished {
        ended: attended.ended,
        stdout: attended.stdout,
        stderr: attended.stderr,
        elapsed: start.elapsed(),
        left_behind: attended.left_behind,
    })
}

fn ended_before_start(now: Instant, deadline: Instant, cancel: &Cancel) -> Option<Ended> {
    if cancel.is_cancelled() {
        return Some(Ended::Cancelled);
    }
    (now >= deadline).then_some(Ended::TimedOut)
}

/// Gives SIGCHLD its default action again. To be called first thing in `main`, before any thread.
///
/// A parent that ignores SIGCHLD hands that down over exec (signal(7)), and then the kernel reaps
/// our children before we can ask for their exit code. SIGPIPE is left as Rust's start-up sets it:
/// ignored in this process, so that a program that closes its standard input early gives an error
/// instead of killing us; programs get it back as default.
pub fn reset_child_signals() {
    // SAFETY: SIG_DFL installs no code of ours, and no handler for SIGCHLD is in place that could
    // get lost.
    unsafe { libc::signal(libc::SIGCHLD, libc::SIG_DFL) };
}

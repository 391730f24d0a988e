//! Starts a program in a process group of its own, with our pipes.
//!
//! The program is given by its absolute path and nothing runs between fork and exec, so that the
//! standard library stays on its vfork path: the cost does not grow with our memory. Deliberately
//! absent: user and umask (see `shim`).

use super::find::explain;
use super::pipes::{Input, Output};
use super::shim::Shim;
use super::{DEFAULT_PATH, Invocation, Refusal};
use rustix::io::Errno;
use rustix::process::Pid;
use std::io;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

/// How long a start is tried again that failed for a reason that passes.
const RETRY_FOR: Duration = Duration::from_millis(300);
const RETRY_EVERY: Duration = Duration::from_millis(10);

/// A program that runs, and our ends of its pipes.
pub(super) struct Started<'a> {
    pub(super) child: Child,
    /// Its process id, which is the id of its group.
    pub(super) leader: Pid,
    pub(super) stdin: Input<'a>,
    pub(super) stdout: Output,
    pub(super) stderr: Output,
}

/// Starts `program`, through the shim if there is one.
pub(super) fn start<'a>(
    invocation: &'a Invocation,
    program: &Path,
    shim: Option<&Shim>,
    deadline: Instant,
) -> Result<Started<'a>, Refusal> {
    let limit = invocation.output_limit;
    let (stdout, stdout_end) = Output::new(limit).map_err(no_pipe)?;
    let (stderr, stderr_end) = Output::new(shim.map_or(limit, |_| limit.max(Shim::STDERR_LIMIT))).map_err(no_pipe)?;
    // the command, dropped at the end, holds our copies of the program's ends
    let mut command = command(invocation, program, shim);
    command.stdout(stdout_end).stderr(stderr_end).process_group(0);
    let stdin = if invocation.stdin.is_empty() {
        command.stdin(Stdio::null());
        Input::none()
    } else {
        let (stdin, stdin_end) = Input::new(&invocation.stdin).map_err(no_pipe)?;
        command.stdin(stdin_end);
        stdin
    };
    let child = start_patiently(&mut command, deadline)
        .map_err(|error| explain(shim.map_or(program, Shim::executable), &error))?;
    let leader = Pid::from_raw(child.id().cast_signed());
    let leader = leader.ok_or_else(|| Refusal::Failed("the system gave the program no process id".into()))?;
    Ok(Started { child, leader, stdin, stdout, stderr })
}

fn no_pipe(error: io::Error) -> Refusal {
    Refusal::Failed(format!("no pipe could be made for the program: {error}"))
}

fn command(invocation: &Invocation, program: &Path, shim: Option<&Shim>) -> Command {
    let mut command = match shim {
        Some(shim) => {
            let mut command = Command::new(shim.executable());
            command.args(shim.words(program));
            command
        }
        None => Command::new(program),
    };
    command.args(&invocation.arguments);
    if let Some(directory) = &invocation.directory {
        command.current_dir(directory);
    }
    if invocation.clear_environment {
        command.env_clear().env("PATH", DEFAULT_PATH);
    }
    command.envs(invocation.environment.iter().map(|(name, value)| (name, value)));
    command
}

/// A program that is just being written (ETXTBSY) and a passing lack of processes (EAGAIN) are
/// worth a short wait. The first also happens when another thread started a process while it had
/// that file open for writing.
fn start_patiently(command: &mut Command, deadline: Instant) -> io::Result<Child> {
    let give_up = deadline.min(Instant::now() + RETRY_FOR);
    loop {
        match command.spawn() {
            Err(error) if passes(&error) && Instant::now() < give_up => thread::sleep(RETRY_EVERY),
            outcome => return outcome,
        }
    }
}

fn passes(error: &io::Error) -> bool {
    matches!(Errno::from_io_error(error), Some(Errno::TXTBSY | Errno::AGAIN))
}

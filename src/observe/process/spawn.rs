//! Starts a program in a process group of its own, with our pipes.
//!
//! The program is given by its absolute path and nothing runs between fork and exec, so that the
//! standard library stays on its vfork path: the cost does not grow with our memory. Deliberately
//! absent: user and umask (see `shim`).

use super::find::explain;
use super::pipes::{Input, Output};
use super::shim::Shim;
use super::{DEFAULT_PATH, Invocation, Refusal};
use duct::{Expression, Handle};
use rustix::io::Errno;
use rustix::process::Pid;
use std::collections::HashMap;
use std::env;
use std::ffi::OsString;
use std::io;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::thread;
use std::time::{Duration, Instant};

/// How long a start is tried again that failed for a reason that passes.
const RETRY_FOR: Duration = Duration::from_millis(300);
const RETRY_EVERY: Duration = Duration::from_millis(10);

/// A program that runs, and our ends of its pipes.
pub(super) struct Started<'a> {
    pub(super) handle: Handle,
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
    let expression = with_environment(command(invocation, program, shim), invocation);
    let (expression, stdin) = if invocation.stdin.is_empty() {
        (expression.stdin_null(), Input::none())
    } else {
        let (stdin, stdin_end) = Input::new(&invocation.stdin).map_err(no_pipe)?;
        (expression.stdin_file(stdin_end), stdin)
    };
    let expression = expression.stdout_file(stdout_end).stderr_file(stderr_end).unchecked().before_spawn(|command| {
        command.process_group(0);
        Ok(())
    });
    let handle = start_patiently(&expression, deadline)
        .map_err(|error| explain(shim.map_or(program, Shim::executable), &error))?;
    let leader = handle.pids().first().and_then(|pid| Pid::from_raw(pid.cast_signed()));
    let leader = leader.ok_or_else(|| Refusal::Failed("the system gave the program no process id".into()))?;
    // The expression, dropped here, holds our copies of the program's ends.
    Ok(Started { handle, leader, stdin, stdout, stderr })
}

fn no_pipe(error: io::Error) -> Refusal {
    Refusal::Failed(format!("no pipe could be made for the program: {error}"))
}

fn command(invocation: &Invocation, program: &Path, shim: Option<&Shim>) -> Expression {
    let expression = match shim {
        Some(shim) => duct::cmd(shim.executable(), shim.words(program).chain(invocation.arguments.iter().cloned())),
        None => duct::cmd(program, &invocation.arguments),
    };
    match &invocation.directory {
        Some(directory) => expression.dir(directory),
        None => expression,
    }
}

fn with_environment(expression: Expression, invocation: &Invocation) -> Expression {
    if invocation.environment.is_empty() && !invocation.clear_environment {
        return expression;
    }
    let mut environment: HashMap<OsString, OsString> = if invocation.clear_environment {
        HashMap::from([("PATH".into(), DEFAULT_PATH.into())])
    } else {
        env::vars_os().collect()
    };
    environment.extend(invocation.environment.iter().cloned());
    expression.full_env(environment)
}

/// A program that is just being written (ETXTBSY) and a passing lack of processes (EAGAIN) are
/// worth a short wait. The first also happens when another thread started a process while it had
/// that file open for writing.
fn start_patiently(expression: &Expression, deadline: Instant) -> io::Result<Handle> {
    let give_up = deadline.min(Instant::now() + RETRY_FOR);
    loop {
        match expression.start() {
            Err(error) if passes(&error) && Instant::now() < give_up => thread::sleep(RETRY_EVERY),
            outcome => return outcome,
        }
    }
}

fn passes(error: &io::Error) -> bool {
    matches!(Errno::from_io_error(error), Some(Errno::TXTBSY | Errno::AGAIN))
}

//! What the probes that run a program share: the keys that say how it is started, the facts that
//! say how it ended, and what a program comes to that could not be run or did not end in time.
//!
//! Deliberately absent: what is run, which each probe says itself, and any retry.

mod argv;

use super::{Context, Seen};
use crate::fact::{Bytes, Mode};
use crate::facts;
use crate::observe::process::{self, Captured, DEFAULT_OUTPUT_LIMIT, Ended, Finished, Invocation, Refusal};
use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::Path;
use std::time::Duration;

pub use argv::{Argv, Interpreter};

/// The most that may be kept of an output stream.
const LARGEST_OUTPUT_LIMIT: u64 = 64 << 20;
/// Characters of a program's last line in a reason.
const LAST_WORDS: usize = 500;

/// Declares the `Target` of a probe that runs a program: its own keys, and those that say how it is started.
macro_rules! program_target {
    ($(#[doc = $about:literal])+ pub struct Target $((short: $short:ident))? { $($own:tt)* }) => {
        $crate::described! {
            $(#[doc = $about])+
            #[derive(PartialEq, Eq, Hash)]
            pub struct Target $((short: $short))? {
                $($own)*
                /// Variables added to the environment. Their values are never shown.
                env: Option<std::collections::BTreeMap<String, String>>,
                /// Start from an empty environment: only `env`, and a usual `PATH` if that names none.
                clear_env: bool = false,
                /// The working directory. Default: that of the engine.
                cwd: Option<std::path::PathBuf>,
                /// Run as this user, by name or id, with its groups. Needs root.
                user: Option<String>,
                /// The umask it starts with, in octal, e.g. `"0027"`.
                umask: Option<$crate::fact::Mode>,
                /// How much is kept of each output stream, half from its head and half from its tail; the rest is counted. At most `64MiB`. Default: `1MiB`.
                output_limit: Option<$crate::fact::Bytes>,
            }
        }

        impl Target {
            fn start(&self) -> $crate::probe::running::Start<'_> {
                $crate::probe::running::Start {
                    env: self.env.as_ref(),
                    clear_env: self.clear_env,
                    cwd: self.cwd.as_deref(),
                    user: self.user.as_deref(),
                    umask: self.umask,
                    output_limit: self.output_limit,
                }
            }
        }
    };
}
pub(super) use program_target;

/// How a program is started.
pub struct Start<'a> {
    pub env: Option<&'a BTreeMap<String, String>>,
    pub clear_env: bool,
    pub cwd: Option<&'a Path>,
    pub user: Option<&'a str>,
    pub umask: Option<Mode>,
    pub output_limit: Option<Bytes>,
}

facts! {
    pub struct Facts {
        /// The exit code, 0 to 255. Absent if a signal ended the program.
        exit_code: i32,
        /// The signal that ended the program, e.g. `SIGSEGV` (signal(7)). Absent if it exited by itself.
        signal: String,
        /// What it wrote to standard output, without the line breaks at the end, as `$(…)` in a shell gives it. Bytes that are not UTF-8 become U+FFFD; beyond `output_limit` the middle is left out.
        stdout: String,
        /// What it wrote to standard error, kept like `stdout`.
        stderr: String,
        /// From its start to its end.
        elapsed: Duration,
        /// All it wrote to standard output, kept or not.
        stdout_bytes: Bytes,
        /// All it wrote to standard error, kept or not.
        stderr_bytes: Bytes,
        /// Whether some of its output was left out because of `output_limit`.
        truncated: bool,
        /// Whether a process that it had started still held its output when it ended.
        left_behind: bool,
    }
}

/// The facts worth showing of a program that did not do what was expected.
pub const EVIDENCE: &[&str] = &["exit_code", "signal", "stdout", "stderr"];

impl Start<'_> {
    /// Complains about what can never be started.
    pub fn check(&self) -> Result<(), String> {
        let bad = |name: &String| name.is_empty() || name.contains(['=', '\0']);
        if let Some(name) = self.env.into_iter().flat_map(BTreeMap::keys).find(|name| bad(name)) {
            return Err(format!("`{}` cannot be the name of a variable (environ(7))", name.escape_default()));
        }
        if let Some(umask) = self.umask.filter(|umask| umask.0 > 0o777) {
            return Err(format!("the umask {:04o} is not between 0000 and 0777", umask.0));
        }
        match self.output_limit {
            Some(Bytes(limit)) if limit > LARGEST_OUTPUT_LIMIT => {
                Err("`output_limit` is at most 64MiB: what is kept is held in memory".into())
            }
            _ => Ok(()),
        }
    }

    /// The program, started this way.
    pub fn invocation(&self, argv: &Argv, stdin: Option<&str>) -> Invocation {
        let variables = self.env.into_iter().flatten();
        Invocation {
            arguments: argv.arguments.iter().map(OsString::from).collect(),
            environment: variables.map(|(name, value)| (name.into(), value.into())).collect(),
            clear_environment: self.clear_env,
            directory: self.cwd.map(Path::to_path_buf),
            stdin: stdin.unwrap_or_default().into(),
            user: self.user.map(str::to_string),
            umask: self.umask.map(|umask| umask.0),
            output_limit: self.output_limit.map_or(DEFAULT_OUTPUT_LIMIT, |Bytes(limit)| limit as usize),
            ..Invocation::new(&argv.program)
        }
    }

    /// What is run, and where and as whom if that is not the engine's.
    pub fn subject(&self, what: String) -> String {
        let cwd = self.cwd.map(|cwd| format!("in {}", cwd.display()));
        let user = self.user.map(|user| format!("as {user}"));
        match [cwd, user].into_iter().flatten().collect::<Vec<_>>() {
            circumstances if circumstances.is_empty() => what,
            circumstances => format!("{what} ({})", circumstances.join(", ")),
        }
    }
}

/// Runs it and says how it ended.
pub fn observe(invocation: &Invocation, context: &Context) -> Seen<Facts> {
    run(invocation, context).map(Facts::from)
}

/// Runs it to its end: what could not be found is absent; what could not be run, or had to be ended, is refused.
pub fn run(invocation: &Invocation, context: &Context) -> Seen<Finished> {
    match process::run(invocation, context.deadline, &context.cancel) {
        Ok(finished) => match finished.ended {
            Ended::Exited(_) | Ended::Signaled(_) => Seen::Present(finished),
            Ended::TimedOut => {
                let timeout = crate::fact::duration::show(context.timeout);
                Seen::Refused(format!("timed out after {timeout}{}", last_words(&finished)))
            }
            Ended::Cancelled => Seen::Refused(format!("ended because the run was ended{}", last_words(&finished))),
        },
        Err(Refusal::NotFound(why)) => Seen::Absent(why),
        Err(Refusal::NotPermitted(why) | Refusal::Failed(why)) => Seen::Refused(why),
    }
}

/// The last thing a program said, to follow a reason; empty if it said nothing.
pub fn last_words(finished: &Finished) -> String {
    [("stderr", &finished.stderr), ("stdout", &finished.stdout)]
        .into_iter()
        .find_map(|(stream, captured)| {
            let text = captured.to_text();
            let line = text.lines().rfind(|line| !line.trim().is_empty())?;
            Some(format!("; the last line of {stream}: {}", end_of(line.trim())))
        })
        .unwrap_or_default()
}

/// A long line is cut at a blank, so that no secret is cut in two and escapes its removal.
fn end_of(line: &str) -> String {
    let length = line.chars().count();
    if length <= LAST_WORDS {
        return line.to_string();
    }
    let cut = line.char_indices().nth(length - LAST_WORDS).map_or(0, |(at, _)| at);
    match line[cut..].find(char::is_whitespace) {
        Some(blank) => format!("…{}", &line[cut + blank..]),
        None => format!("[{length} characters without a blank]"),
    }
}

/// How a program ended: its exit code, or the name of the signal that ended it.
pub fn end(ended: Ended) -> (Option<i32>, Option<String>) {
    match ended {
        Ended::Exited(code) => (Some(code), None),
        Ended::Signaled(signal) => (None, Some(signal_name(signal))),
        Ended::TimedOut | Ended::Cancelled => (None, None),
    }
}

fn signal_name(signal: i32) -> String {
    signal_hook::low_level::signal_name(signal).map_or_else(|| format!("signal {signal}"), str::to_string)
}

/// Its text as `$(…)` in a shell gives it: without the line breaks at the end.
pub fn text(captured: &Captured) -> String {
    let mut text = captured.to_text();
    text.truncate(text.trim_end_matches(['\n', '\r']).len());
    text
}

impl From<Finished> for Facts {
    fn from(finished: Finished) -> Facts {
        let (exit_code, signal) = end(finished.ended);
        Facts {
            exit_code: exit_code.into(),
            signal: signal.into(),
            stdout: text(&finished.stdout).into(),
            stderr: text(&finished.stderr).into(),
            elapsed: finished.elapsed.into(),
            stdout_bytes: Bytes(finished.stdout.total).into(),
            stderr_bytes: Bytes(finished.stderr.total).into(),
            truncated: (finished.stdout.truncated() || finished.stderr.truncated()).into(),
            left_behind: finished.left_behind.into(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn finished(stdout: &str, stderr: &str) -> Finished {
        let captured = |text: &str| Captured { head: text.into(), tail: Vec::new(), total: text.len() as u64 };
        Finished {
            ended: Ended::TimedOut,
            stdout: captured(stdout),
            stderr: captured(stderr),
            elapsed: Duration::from_secs(1),
            left_behind: false,
        }
    }

    #[test]
    fn the_last_words_come_from_stderr_if_it_said_any() {
        assert_eq!(last_words(&finished("out\n", "first\nsecond\n\n")), "; the last line of stderr: second");
        assert_eq!(last_words(&finished("out\n", "\n")), "; the last line of stdout: out");
        assert_eq!(last_words(&finished("", "")), "");
    }

    #[test]
    fn the_last_words_are_bounded_and_never_cut_within_a_word() {
        let long = format!("{} secret-{} end", "x ".repeat(LAST_WORDS), "y".repeat(LAST_WORDS - 10));
        assert_eq!(last_words(&finished("", &long)), "; the last line of stderr: … end");
        let one_word = "z".repeat(10_000);
        let words = last_words(&finished("", &one_word));
        assert_eq!(words, "; the last line of stderr: [10000 characters without a blank]");
    }

    #[test]
    fn signals_have_names() {
        assert_eq!(end(Ended::Signaled(libc::SIGSEGV)), (None, Some("SIGSEGV".into())));
        assert_eq!(end(Ended::Signaled(40)).1.as_deref(), Some("signal 40"));
        assert_eq!(end(Ended::Exited(3)), (Some(3), None));
    }
}

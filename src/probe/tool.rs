//! Programs of the system that a probe asks: `systemctl`, `rpm`, `python3`, `npm`.
//!
//! Deliberately absent: programs that a pack names; those are the `command` probe's.

use super::Context;
use crate::observe::process::{Ended, Invocation, Refusal, run};
use std::ffi::OsStr;

/// What a tool said.
pub struct Said {
    pub exit_code: i32,
    pub stdout: String,
    pub stderr: String,
}

/// Why a tool said nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Silence {
    /// It is not installed.
    Missing(String),
    /// It was not allowed, did not end in time, or was ended.
    Failed(String),
}

impl Silence {
    pub fn text(self) -> String {
        let (Silence::Missing(text) | Silence::Failed(text)) = self;
        text
    }
}

impl Said {
    /// The tool's own complaint, in one line.
    pub fn complaint(&self, program: &str) -> String {
        let line = |text: &str| text.lines().map(str::trim).find(|line| !line.is_empty()).map(str::to_string);
        let text = line(&self.stderr).or_else(|| line(&self.stdout));
        format!("{program}: {}", text.unwrap_or_else(|| format!("exit code {}", self.exit_code)))
    }
}

/// Runs a tool in plain English and UTC, so that its answers can be read everywhere.
pub fn ask<I, S>(program: impl AsRef<OsStr>, arguments: I, context: &Context) -> Result<Said, Silence>
where
    I: IntoIterator<Item = S>,
    S: AsRef<OsStr>,
{
    let name = program.as_ref().to_string_lossy().into_owned();
    let mut invocation = Invocation::new(program.as_ref());
    invocation.arguments = arguments.into_iter().map(|argument| argument.as_ref().to_owned()).collect();
    invocation.environment = [("LC_ALL", "C"), ("TZ", "UTC")].map(|(name, value)| (name.into(), value.into())).into();
    let finished = run(&invocation, context.deadline, &context.cancel).map_err(|refusal| match refusal {
        Refusal::NotFound(text) => Silence::Missing(text),
        other => Silence::Failed(other.to_string()),
    })?;
    match finished.ended {
        Ended::Exited(_) if finished.stdout.truncated() => Err(Silence::Failed(format!("{name} said too much"))),
        Ended::Exited(exit_code) => {
            Ok(Said { exit_code, stdout: finished.stdout.to_text(), stderr: finished.stderr.to_text() })
        }
        Ended::Signaled(signal) => Err(Silence::Failed(format!("{name} was ended by signal {signal}"))),
        Ended::TimedOut => Err(Silence::Failed(format!("{name} did not answer in time"))),
        Ended::Cancelled => Err(Silence::Failed(format!("{name} was cancelled"))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    #[test]
    fn answers_and_silences_are_told_apart() {
        let context = Context::lasting(Duration::from_secs(20));
        let said = ask("sh", ["-c", "echo $LC_ALL $TZ; echo oh no >&2; exit 3"], &context).unwrap();
        assert_eq!((said.exit_code, said.stdout.trim()), (3, "C UTC"));
        assert_eq!(said.complaint("sh"), "sh: oh no");
        assert!(matches!(ask("no-such-tool", [""], &context), Err(Silence::Missing(_))));
        let short = Context::lasting(Duration::from_millis(50));
        assert!(matches!(ask("sleep", ["60"], &short), Err(Silence::Failed(why)) if why.contains("in time")));
    }
}

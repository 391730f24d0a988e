//! A program with its arguments, run without a shell.

use super::running::{self, Argv, Facts, Wanted, program_target};
use super::{Context, Nature, Pace, Probe, Seen};

program_target! {
    /// Runs a program with its arguments; no shell is involved. At its timeout the program and what it started are ended.
    pub struct Target (short: command) {
        /// The program and its arguments, each an item of its own. A name without a slash is searched on `PATH`; one with a slash is relative to `cwd`.
        command: Argv,
        /// Text for its standard input; without it, its input is empty.
        stdin: Option<String>,
    }
}

pub struct Command;

impl Probe for Command {
    const NAME: &'static str = "command";
    const PACE: Pace = Pace::Waits;
    const NATURE: Nature = Nature::Acts;
    const DEFAULT: &'static str = "expect: { exit_code: 0 }";
    const EXAMPLE: &'static str = "id: kernel-is-linux\ncommand: [uname, -s]\nexpect:\n  exit_code: 0\n  stdout: Linux";
    const EVIDENCE: &'static [&'static str] = running::EVIDENCE;
    type Target = Target;
    type Facts = Facts;

    fn subject(target: &Target) -> String {
        target.start().subject(target.command.command_line())
    }

    fn check(target: &Target) -> Result<(), String> {
        target.start().check()
    }

    fn observe(target: &Target, _: &Wanted, context: &Context) -> Seen<Facts> {
        running::observe(&target.start().invocation(&target.command, target.stdin.as_deref()), context)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fact::{Bytes, Fact, Mode, WantedBits};
    use std::time::Duration;

    fn target(command: &[&str]) -> Target {
        let mut words = command.iter().map(|word| word.to_string());
        Target {
            command: Argv { program: words.next().unwrap(), arguments: words.collect() },
            stdin: None,
            env: None,
            clear_env: false,
            cwd: None,
            user: None,
            umask: None,
            output_limit: None,
        }
    }

    fn look(target: &Target, timeout: Duration) -> Seen<Facts> {
        Command::observe(target, &WantedBits::ALL.into(), &Context::lasting(timeout))
    }

    fn seen(target: &Target) -> Facts {
        match look(target, Duration::from_secs(30)) {
            Seen::Present(facts) => facts,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn everything_it_is_started_with_arrives() {
        let mut target =
            target(&["sh", "-c", "pwd; echo $A$HOME; cat; printf '%s' \"$1\" >&2; exit 3", "sh", "two words"]);
        target.stdin = Some("input\n\n".into());
        target.env = Some([("A".to_string(), "a".to_string())].into());
        target.clear_env = true;
        target.cwd = Some("/".into());
        let facts = seen(&target);
        assert_eq!(facts.exit_code, Fact::Known(3));
        assert_eq!(facts.stdout, Fact::Known("/\na\ninput".into()));
        assert_eq!(facts.stdout_bytes, Fact::Known(Bytes(11)));
        assert_eq!(facts.stderr, Fact::Known("two words".into()));
        assert_eq!((facts.signal, facts.truncated, facts.left_behind), (Fact::Absent, false.into(), false.into()));
    }

    #[test]
    fn a_signal_is_no_exit_code() {
        let facts = seen(&target(&["sh", "-c", "kill -SEGV $$"]));
        assert_eq!((facts.exit_code, facts.signal), (Fact::Absent, Fact::Known("SIGSEGV".into())));
    }

    #[test]
    fn output_beyond_the_limit_is_counted() {
        let mut target = target(&["seq", "1000"]);
        target.output_limit = Some(Bytes(20));
        let facts = seen(&target);
        assert_eq!(facts.stdout, Fact::Known("1\n2\n3\n4\n5\n[… 3873 bytes left out …]\n\n999\n1000".into()));
        assert_eq!((facts.stdout_bytes, facts.truncated), (Fact::Known(Bytes(3893)), Fact::Known(true)));
    }

    #[test]
    fn what_could_not_be_run_or_did_not_end_is_told_apart() {
        let text = |seen| match seen {
            Seen::Absent(why) => format!("absent: {why}"),
            Seen::Refused(why) => format!("refused: {why}"),
            other => panic!("{other:?}"),
        };
        let guard = Duration::from_secs(30);
        assert!(text(look(&target(&["no-such-program-here"]), guard)).starts_with("absent: there is no program"));
        assert!(text(look(&target(&["/"]), guard)).starts_with("refused: `/` is a directory"));
        let slow = target(&["sh", "-c", "echo waiting for the lock >&2; sleep 1000"]);
        let second = Duration::from_secs(1);
        assert_eq!(
            text(look(&slow, second)),
            "refused: timed out after 1s; the last line of stderr: waiting for the lock"
        );
    }

    #[test]
    fn impossible_targets_are_complained_about() {
        let mut bad = target(&["true"]);
        bad.env = Some([("A=B".to_string(), String::new())].into());
        assert!(Command::check(&bad).unwrap_err().contains("`A=B` cannot be the name of a variable"));
        bad.env = None;
        bad.umask = Some(Mode(0o1000));
        assert!(Command::check(&bad).unwrap_err().contains("umask"));
        bad.umask = None;
        bad.output_limit = Some(Bytes(1 << 40));
        assert!(Command::check(&bad).unwrap_err().contains("at most 64MiB"));
    }

    #[test]
    fn the_subject_shows_no_variable() {
        let mut target = target(&["env"]);
        target.env = Some([("TOKEN".to_string(), "s3cret".to_string())].into());
        target.cwd = Some("/srv".into());
        target.user = Some("nobody".into());
        assert_eq!(Command::subject(&target), "env (in /srv, as nobody)");
    }
}

//! A line or a few for `/bin/sh`.

use super::running::{self, Argv, Facts, Wanted, program_target};
use super::{Context, Nature, Pace, Probe, Seen};
use crate::spec::given::ShellText;

const SHELL: &str = "/bin/sh";

program_target! {
    /// Runs text with `/bin/sh -c`, for pipes and redirections. What `${…}` inserts is quoted, so it stays one word.
    pub struct Target (short: command) {
        /// The text for the shell. Write `$NAME` for a variable of the shell and `$${` for a literal `${`.
        command: ShellText,
        /// Text for its standard input; without it, its input is empty.
        stdin: Option<String>,
    }
}

pub struct Shell;

impl Probe for Shell {
    const NAME: &'static str = "shell";
    const PACE: Pace = Pace::Waits;
    const NATURE: Nature = Nature::Acts;
    const DEFAULT: &'static str = "expect: { exit_code: 0 }";
    const EXAMPLE: &'static str =
        "id: something-is-mounted\nshell: sort -u /proc/mounts | wc -l\nexpect:\n  stdout: { number: { ge: 1 } }";
    const EVIDENCE: &'static [&'static str] = running::EVIDENCE;
    type Target = Target;
    type Facts = Facts;

    fn subject(target: &Target) -> String {
        target.start().subject(target.command.0.trim().to_string())
    }

    fn check(target: &Target) -> Result<(), String> {
        match target.command.0.as_str() {
            text if text.trim().is_empty() => Err("there is nothing for the shell to do".into()),
            text if text.contains('\0') => Err("the text for the shell contains a NUL byte".into()),
            _ => target.start().check(),
        }
    }

    fn observe(target: &Target, _: &Wanted, context: &Context) -> Seen<Facts> {
        let argv = Argv { program: SHELL.into(), arguments: vec!["-c".into(), target.command.0.clone()] };
        running::observe(&target.start().invocation(&argv, target.stdin.as_deref()), context)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fact::{Fact, WantedBits};
    use std::time::Duration;

    fn target(text: &str) -> Target {
        Target {
            command: ShellText(text.into()),
            stdin: Some("3\n1\n2\n".into()),
            env: Some([("NAME".to_string(), "world".to_string())].into()),
            clear_env: false,
            cwd: None,
            user: None,
            umask: None,
            output_limit: None,
        }
    }

    #[test]
    fn pipes_variables_and_input_work() {
        let context = Context::lasting(Duration::from_secs(30));
        let target = target("echo \"hello $NAME\"; sort | head -n 1");
        match Shell::observe(&target, &WantedBits::ALL.into(), &context) {
            Seen::Present(facts) => {
                assert_eq!(facts.stdout, Fact::Known("hello world\n1".into()));
                assert_eq!(facts.exit_code, Fact::Known(0));
            }
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn no_text_is_a_mistake() {
        assert!(Shell::check(&target(" \n")).is_err());
        assert!(Shell::check(&target("true")).is_ok());
    }
}

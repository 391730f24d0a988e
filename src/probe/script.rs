//! A few lines for an interpreter, written in the pack.

use super::running::{self, Argv, Facts, Interpreter, Wanted, program_target};
use super::{Context, Nature, Pace, Probe, Seen};
use std::io::{self, Write};
use tempfile::TempPath;
use uzers::User;

program_target! {
    /// Runs a script that stands in the pack, with the interpreter it is written for. The script lies in a temporary file as long as it runs.
    pub struct Target {
        /// The interpreter: `python3`, or with options `[bash, -eu]`.
        interpreter: Interpreter,
        /// The text of the script. What `${…}` inserts is not quoted; better hand values over as `args` or `env`. Write `$${` for a literal `${`.
        run: String,
        /// Arguments for the script.
        args: Option<Vec<String>>,
        /// Text for its standard input; without it, its input is empty.
        stdin: Option<String>,
    }
}

pub struct Script;

impl Probe for Script {
    const NAME: &'static str = "script";
    const PACE: Pace = Pace::Waits;
    const NATURE: Nature = Nature::Acts;
    const DEFAULT: &'static str = "expect: { exit_code: 0 }";
    const EXAMPLE: &'static str = "id: there-are-processors\nscript:\n  interpreter: sh\n  run: |\n    grep -c ^processor /proc/cpuinfo\nexpect:\n  stdout: { number: { ge: 1 } }";
    const EVIDENCE: &'static [&'static str] = running::EVIDENCE;
    type Target = Target;
    type Facts = Facts;

    fn subject(target: &Target) -> String {
        target.start().subject(target.argv("SCRIPT".into()).command_line())
    }

    fn check(target: &Target) -> Result<(), String> {
        if target.args.iter().flatten().any(|word| word.contains('\0')) {
            return Err("`args` contains a NUL byte, which no argument can (execve(2))".into());
        }
        if target.run.trim().is_empty() {
            return Err("`run` is empty: there is nothing to do".into());
        }
        target.start().check()
    }

    fn observe(target: &Target, _: &Wanted, context: &Context) -> Seen<Facts> {
        // dropped last: the end of a run waits until the file is gone
        let _running = context.cancel.running();
        let file = match write(&target.run, target.user.as_deref()) {
            Ok(file) => file,
            Err(error) => {
                return Seen::Refused(format!("the script could not be written to a temporary file: {error}"));
            }
        };
        let argv = target.argv(file.to_string_lossy().into_owned());
        running::observe(&target.start().invocation(&argv, target.stdin.as_deref()), context)
    }
}

impl Target {
    /// The interpreter with its options, the file and the arguments of the script.
    fn argv(&self, file: String) -> Argv {
        let Argv { program, arguments: options } = &self.interpreter.0;
        let arguments = options.iter().chain([&file]).chain(self.args.iter().flatten());
        Argv { program: program.clone(), arguments: arguments.cloned().collect() }
    }
}

/// A file that only we, or the user that runs it, can read; it is removed when dropped.
fn write(text: &str, user: Option<&str>) -> io::Result<TempPath> {
    let mut file = tempfile::Builder::new().prefix("engine-script-").tempfile()?;
    file.write_all(text.as_bytes())?;
    if let Some(user) = user.and_then(find_user) {
        std::os::unix::fs::fchown(file.as_file(), Some(user.uid()), None)?;
    }
    Ok(file.into_temp_path())
}

/// A user that is not known is complained about when the interpreter is started.
fn find_user(name: &str) -> Option<User> {
    uzers::get_user_by_name(name).or_else(|| uzers::get_user_by_uid(name.parse().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fact::{Fact, WantedBits};
    use std::os::unix::fs::MetadataExt;
    use std::path::Path;
    use std::time::Duration;

    fn target(interpreter: &[&str], run: &str) -> Target {
        let mut words = interpreter.iter().map(|word| word.to_string());
        Target {
            interpreter: Interpreter(Argv { program: words.next().unwrap(), arguments: words.collect() }),
            run: run.into(),
            args: Some(vec!["two words".into()]),
            stdin: Some("input".into()),
            env: None,
            clear_env: false,
            cwd: None,
            user: None,
            umask: None,
            output_limit: None,
        }
    }

    #[test]
    fn options_arguments_and_input_arrive_and_the_file_goes() {
        let target = target(&["sh", "-e"], "echo \"$0\" \"$1\"\ncat\nfalse\necho not reached\n");
        let context = Context::lasting(Duration::from_secs(30));
        let Seen::Present(facts) = Script::observe(&target, &WantedBits::ALL.into(), &context) else { panic!() };
        let Fact::Known(text) = facts.stdout else { panic!() };
        let (file, rest) = text.split_once(' ').unwrap();
        assert_eq!((rest, facts.exit_code), ("two words\ninput", Fact::Known(1)));
        assert!(file.contains("engine-script-") && !Path::new(file).exists(), "{file}");
    }

    #[test]
    fn only_who_runs_it_can_read_it() {
        let file = write("true", None).unwrap();
        assert_eq!(file.metadata().unwrap().mode() & 0o777, 0o600);
        if rustix::process::geteuid().is_root() {
            let file = write("true", Some("65534")).unwrap();
            assert_eq!(file.metadata().unwrap().uid(), 65534);
        }
    }

    #[test]
    fn an_interpreter_that_is_not_there_is_absent() {
        let context = Context::lasting(Duration::from_secs(30));
        let seen = Script::observe(&target(&["no-such-interpreter"], "true"), &WantedBits::ALL.into(), &context);
        assert!(matches!(seen, Seen::Absent(why) if why.contains("no-such-interpreter")));
        assert!(Script::check(&target(&["sh"], "\n")).is_err());
    }
}

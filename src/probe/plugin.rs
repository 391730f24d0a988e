//! Any program that prints facts as JSON: the way to look at what no probe knows.

use super::running::{self, Argv, program_target};
use super::{Context, Nature, Pace, Probe, Seen};
use crate::facts;
use crate::observe::process::{Captured, Finished};
use serde_json::Value as Json;
use std::time::Duration;

program_target! {
    /// Runs a program of yours that prints one JSON object on standard output: the facts it saw.
    pub struct Target (short: command) {
        /// The program and its arguments, each an item of its own. A name without a slash is searched on `PATH`.
        command: Argv,
        /// What it is asked: any value, handed over as one line of JSON on its standard input.
        request: Option<Json>,
    }
}

facts! {
    pub struct Facts {
        /// The JSON object it printed.
        data: Json,
        /// The exit code. Absent if a signal ended the program.
        exit_code: i32,
        /// The signal that ended the program, e.g. `SIGSEGV` (signal(7)). Absent if it exited by itself.
        signal: String,
        /// What it wrote to standard error, without the line breaks at the end.
        stderr: String,
        /// From its start to its end.
        elapsed: Duration,
    }
}

pub struct Plugin;

impl Probe for Plugin {
    const NAME: &'static str = "plugin";
    const PACE: Pace = Pace::Waits;
    const NATURE: Nature = Nature::Acts;
    const DEFAULT: &'static str = "expect: { exit_code: 0 }";
    const EXAMPLE: &'static str = "id: queue-is-short\nplugin: [sh, -c, \"echo '{ \\\"waiting\\\": 3 }'\"]\nexpect:\n  data: { at: { $.waiting: { lt: 10 } } }";
    const EVIDENCE: &'static [&'static str] = &["exit_code", "signal", "data", "stderr"];
    type Target = Target;
    type Facts = Facts;

    fn subject(target: &Target) -> String {
        target.start().subject(target.command.command_line())
    }

    fn check(target: &Target) -> Result<(), String> {
        target.start().check()
    }

    fn observe(target: &Target, _: &Wanted, context: &Context) -> Seen<Facts> {
        let request = target.request.as_ref().map(|request| format!("{request}\n"));
        running::run(&target.start().invocation(&target.command, request.as_deref()), context).and_then(facts)
    }
}

fn facts(finished: Finished) -> Seen<Facts> {
    let (exit_code, signal) = running::end(finished.ended);
    match parse(&finished.stdout) {
        Ok(data) => Seen::Present(Facts {
            data: data.into(),
            exit_code: exit_code.into(),
            signal: signal.into(),
            stderr: running::text(&finished.stderr).into(),
            elapsed: finished.elapsed.into(),
        }),
        Err(why) => {
            let end = exit_code.map(|code| format!("exit code {code}")).or(signal).unwrap_or_default();
            Seen::Refused(format!("{why} ({end}{})", running::last_words(&finished)))
        }
    }
}

/// One JSON object and nothing else.
fn parse(stdout: &Captured) -> Result<Json, String> {
    if stdout.truncated() {
        return Err(format!("it printed {} bytes, more than `output_limit` keeps", stdout.total));
    }
    let bytes = [stdout.head.as_slice(), &stdout.tail].concat();
    if bytes.trim_ascii().is_empty() {
        return Err("it printed nothing; one JSON object was expected on standard output".into());
    }
    match serde_json::from_slice(&bytes) {
        Ok(Json::Object(data)) => Ok(Json::Object(data)),
        Ok(_) => Err("it printed JSON, but not an object `{ … }`".into()),
        Err(error) => Err(format!("it printed no valid JSON: {error}")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fact::{Bytes, Fact, WantedBits};
    use serde_json::json;

    fn target(script: &str) -> Target {
        Target {
            command: Argv { program: "sh".into(), arguments: ["-c", script].map(String::from).to_vec() },
            request: None,
            env: None,
            clear_env: false,
            cwd: None,
            user: None,
            umask: None,
            output_limit: None,
        }
    }

    fn look(target: &Target) -> Seen<Facts> {
        Plugin::observe(target, &WantedBits::ALL.into(), &Context::lasting(Duration::from_secs(30)))
    }

    #[test]
    fn the_request_goes_in_and_facts_come_out() {
        let mut echo = target("cat; echo warning >&2; exit 4");
        echo.request = Some(json!({ "ask": [1, "ä"] }));
        let Seen::Present(facts) = look(&echo) else { panic!() };
        assert_eq!(facts.data, Fact::Known(json!({ "ask": [1, "ä"] })));
        assert_eq!((facts.exit_code, facts.stderr), (Fact::Known(4), Fact::Known("warning".into())));
    }

    #[test]
    fn anything_but_one_object_is_refused_with_the_reason() {
        let mut large = target("echo '{ \"a\": \"0123456789\" }'");
        large.output_limit = Some(Bytes(10));
        let cases = [
            (target("true"), "it printed nothing; one JSON object was expected on standard output (exit code 0)"),
            (target("echo '[1]'"), "it printed JSON, but not an object"),
            (target("echo '{} {}'"), "it printed no valid JSON: trailing characters at line 1 column 4"),
            (target("echo oops >&2; exit 3"), "(exit code 3; the last line of stderr: oops)"),
            (target("printf '{\"a\": \"\\377\"}'"), "it printed no valid JSON"),
            (target("kill -KILL $$"), "(SIGKILL)"),
            (large, "it printed 22 bytes, more than `output_limit` keeps"),
        ];
        for (target, expected) in cases {
            match look(&target) {
                Seen::Refused(why) => assert!(why.contains(expected), "{why}"),
                other => panic!("{other:?}"),
            }
        }
    }
}

//! Whole runs as a user sees them: exit code, standard output and standard error beside the command.
//!
//! Each case asserts the exit code and the answers that matter; the snapshot in `snapshots/cli` holds
//! the rendering. One redactor takes out what differs from run to run, always by text of one width.

mod common;

#[path = "cli/authoring.rs"]
mod authoring;
#[path = "cli/behaviour.rs"]
mod behaviour;
#[path = "cli/configuration.rs"]
mod configuration;
#[path = "cli/invalid.rs"]
mod invalid;
#[path = "cli/outputs.rs"]
mod outputs;
#[path = "cli/running.rs"]
mod running;
#[path = "cli/selection.rs"]
mod selection;
#[path = "cli/values.rs"]
mod values;

use std::ffi::OsStr;
use std::process::Command;

/// A regular expression and what stands in the snapshot instead.
const REDACTED: &[(&str, &str)] = &[
    // the folder of a test
    (r"/tmp/\.tmp\w{6}", "/tmp/.tmpFOLDER"),
    // how long a run took, and a check: shown or not, by how long it was
    (r" in [0-9a-zµ. ]+: ((?:\x1b\[[0-9;]*m)*)(GO|NO-GO)", " in [time]: $1$2"),
    (r"(?m)(\S)(?:\x1b\[2m)?  [0-9][0-9.]*[mµn]?s(?:\x1b\[0m)?$", "$1"),
    (r#""(duration_seconds|elapsed|age)":( ?)[0-9.e-]+"#, r#""$1":${2}0.0"#),
    (r#" time="[0-9.]+""#, r#" time="0.0""#),
    (r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|\+00:00)", "2000-01-01T00:00:00Z"),
    (r#"("host"|hostname)(: ?|=)"[^"]*""#, r#"$1$2"some-host""#),
    // who runs the tests, and the umask
    (r"(?m)^(      (?:owner|group): ).*$", "${1}somebody"),
    (r#"(?m)^(      mode: )"06\d\d"$"#, r#"${1}"0644""#),
    (r"\x1b", "␛"),
    (r"\r\n", "\n"),
    (r"\r", "␍"),
];

/// What a command came to.
pub struct Shown {
    code: Option<i32>,
    pub stdout: String,
    pub stderr: String,
}

/// Runs a command to its end, without a snapshot.
pub fn runs(command: &mut Command) -> Shown {
    let output = command.output().unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("the engine writes UTF-8");
    Shown { code: output.status.code(), stdout: text(output.stdout), stderr: text(output.stderr) }
}

/// Runs a command to its end and compares everything with the snapshot of this name.
pub fn shows(name: &str, command: &mut Command) -> Shown {
    let shown = runs(command);
    let mut page =
        format!("$ {}\nexit code {}\n", line(command), shown.code.map_or("-".into(), |code| code.to_string()));
    for (stream, text) in [("standard output", &shown.stdout), ("standard error", &shown.stderr)] {
        if !text.is_empty() {
            page.push_str(&format!("---- {stream}\n{text}"));
        }
    }
    let mut settings = insta::Settings::clone_current();
    settings.set_snapshot_path("../snapshots/cli");
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    REDACTED.iter().for_each(|(pattern, instead)| settings.add_filter(pattern, *instead));
    settings.bind(|| insta::assert_snapshot!(name, page));
    shown
}

/// The command line, with the variables that this case sets.
fn line(command: &Command) -> String {
    let usual = |name: &str, value: &str| match name {
        "NO_COLOR" => value == "1",
        "COLUMNS" => value == "100",
        _ => ["LC_ALL", "HOME", "ENGINE_TEST_MARK"].contains(&name),
    };
    let show = |text: &OsStr| text.to_string_lossy().into_owned();
    let mut words: Vec<String> = Vec::new();
    for (name, value) in command.get_envs() {
        match (show(name), value.map(show)) {
            (name, None) => words.push(format!("{name}=")),
            (name, Some(value)) if !usual(&name, &value) => words.push(format!("{name}={value}")),
            _ => {}
        }
    }
    let program = command.get_program().to_string_lossy();
    words.push(if program.ends_with("/engine") { "engine".into() } else { program.into_owned() });
    words.extend(command.get_args().map(|word| show(word).replace(env!("CARGO_BIN_EXE_engine"), "engine")));
    words.join(" ")
}

impl Shown {
    #[track_caller]
    pub fn exits(self, code: i32) -> Shown {
        assert_eq!(self.code, Some(code), "{}\n{}", self.stdout, self.stderr);
        self
    }

    /// Standard output has this text.
    #[track_caller]
    pub fn says(self, text: &str) -> Shown {
        assert!(self.stdout.contains(text), "`{text}` is missing:\n{}\n{}", self.stdout, self.stderr);
        self
    }

    /// Neither output has this text.
    #[track_caller]
    pub fn hides(self, text: &str) -> Shown {
        assert!(!self.stdout.contains(text) && !self.stderr.contains(text), "{}\n{}", self.stdout, self.stderr);
        self
    }

    /// Standard error has this text.
    #[track_caller]
    pub fn complains(self, text: &str) -> Shown {
        assert!(self.stderr.contains(text), "`{text}` is missing:\n{}\n{}", self.stdout, self.stderr);
        self
    }
}

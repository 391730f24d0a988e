//! A stand-in of `examples/`, started as a process of its own and ended with it.

use serde_json::Value as Json;
use std::collections::BTreeSet;
use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

pub struct Standin {
    child: Child,
    orders: Option<ChildStdin>,
    answers: BufReader<ChildStdout>,
    about: Json,
}

/// What a run of the engine came to.
pub struct Ran {
    pub code: Option<i32>,
    pub stdout: String,
    pub stderr: String,
}

impl Standin {
    /// Starts `examples/NAME/standin.py`, and waits until everything in it answers.
    pub fn start(name: &str) -> Standin {
        let program = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples").join(name).join("standin.py");
        let mut command = Command::new("python3");
        let mut child =
            command.arg(program).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().expect("python3 is needed");
        let orders = child.stdin.take();
        let mut answers = BufReader::new(child.stdout.take().unwrap());
        let about = line(&mut answers);
        Standin { child, orders, answers, about }
    }

    pub fn breaks(&mut self, name: &str) {
        self.obey("break", name);
    }

    pub fn mends(&mut self, name: &str) {
        self.obey("mend", name);
    }

    fn obey(&mut self, verb: &str, name: &str) {
        assert!(self.known_breaks().contains(name), "the stand-in cannot break `{name}`");
        writeln!(self.orders.as_mut().unwrap(), "{verb} {name}").unwrap();
        assert_eq!(line(&mut self.answers)["done"], format!("{verb} {name}"));
    }

    /// Everything that can be broken.
    pub fn known_breaks(&self) -> BTreeSet<String> {
        self.about["breaks"].as_object().unwrap().keys().cloned().collect()
    }

    pub fn folder(&self) -> &Path {
        Path::new(text(&self.about["folder"]))
    }

    /// Runs the engine as the system's owners would, with a JSON report.
    pub fn run(&self, arguments: &[&str]) -> Ran {
        self.run_plainly(&[&["--format", "json"], arguments].concat())
    }

    /// The same with the report for people.
    pub fn run_plainly(&self, arguments: &[&str]) -> Ran {
        let words: Vec<&str> = self.about["command"].as_array().unwrap().iter().map(text).collect();
        let engine = env!("CARGO_BIN_EXE_engine");
        let mut command = match words.first() {
            Some(&"run") => Command::new(engine),
            _ => Command::new(words[0]),
        };
        command.args(&words[usize::from(words[0] != "run")..]);
        command.args(["--vars", text(&self.about["vars_file"])]).args(arguments);
        for (name, value) in self.about["context"].as_object().unwrap() {
            command.args(["--context", &format!("{name}={}", text(value))]);
        }
        command.env("ENGINE", engine).env("NO_COLOR", "1").env("COLUMNS", "100").current_dir(self.folder());
        let environment = self.about["environment"].as_object().unwrap();
        command.envs(environment.iter().map(|(name, value)| (name, text(value))));
        let output = command.stdin(Stdio::null()).output().unwrap();
        let text = |bytes| String::from_utf8(bytes).expect("the engine writes UTF-8");
        Ran { code: output.status.code(), stdout: text(output.stdout), stderr: text(output.stderr) }
    }
}

impl Ran {
    pub fn json(&self) -> Json {
        serde_json::from_str(&self.stdout)
            .unwrap_or_else(|error| panic!("no JSON report: {error}\n{}\n{}", self.stdout, self.stderr))
    }
}

impl Drop for Standin {
    /// It ends what it started when its input ends.
    fn drop(&mut self) {
        self.orders = None;
        let _ = self.child.wait();
    }
}

fn line(answers: &mut BufReader<ChildStdout>) -> Json {
    let mut line = String::new();
    answers.read_line(&mut line).unwrap();
    serde_json::from_str(&line).unwrap_or_else(|error| panic!("the stand-in does not answer: {error}: {line:?}"))
}

fn text(value: &Json) -> &str {
    value.as_str().expect("text")
}

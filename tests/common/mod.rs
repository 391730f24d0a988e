//! Runs the built engine in a temporary folder of its own, as a user would.
//!
//! ```ignore
//! let engine = Engine::with_pack("checks:\n  - { id: a, command: [\"true\"] }");
//! let ran = engine.run(&["run", "pack.yaml"]);
//! assert_eq!(ran.code, Some(0), "{ran}");
//! ```
//!
//! Every process that comes of it carries a mark in its environment, by which [`Engine::processes`]
//! finds what was left behind, even in a session of its own.

#![allow(dead_code, reason = "each test program uses its part of this")]

use serde_json::Value as Json;
use std::fmt;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

/// Far more than anything here takes; a test that reaches it hangs.
pub const GUARD: Duration = Duration::from_secs(60);

/// The variable that marks the processes of one [`Engine`]; its value is the folder.
const MARK: &str = "ENGINE_TEST_MARK";

/// A temporary folder with an engine to run in it. Dropped, it ends what is still running.
pub struct Engine {
    folder: tempfile::TempDir,
}

/// What a run came to.
pub struct Ran {
    /// `None` if a signal ended it.
    pub code: Option<i32>,
    pub stdout: String,
    pub stderr: String,
    pub elapsed: Duration,
}

impl Engine {
    /// An empty folder.
    pub fn new() -> Engine {
        Engine { folder: tempfile::tempdir().unwrap() }
    }

    /// A folder with `pack.yaml`: the name of the pack is added to `text`.
    pub fn with_pack(text: &str) -> Engine {
        let engine = Engine::new();
        engine.write("pack.yaml", &format!("pack: test\n{text}\n"));
        engine
    }

    pub fn path(&self) -> &Path {
        self.folder.path()
    }

    /// Writes a file, and the folders above it; answers where it is.
    pub fn write(&self, name: &str, content: &str) -> PathBuf {
        let path = self.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, content).unwrap();
        path
    }

    /// The engine with these arguments, in the folder, with nothing that depends on who runs the
    /// tests; for whoever wants to change more before it is started.
    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_engine"));
        command.args(arguments).current_dir(self.path()).env(MARK, self.path());
        command.env("LC_ALL", "C").env("NO_COLOR", "1").env("COLUMNS", "100").env("HOME", self.path());
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        command
    }

    /// Runs the engine to its end.
    pub fn run(&self, arguments: &[&str]) -> Ran {
        self.start(arguments).end()
    }

    /// Runs `pack.yaml` and answers the report as JSON too.
    pub fn run_pack(&self, arguments: &[&str]) -> (Ran, Json) {
        let ran = self.run(&[&["run", "pack.yaml", "--format", "json"], arguments].concat());
        let report = ran.json();
        (ran, report)
    }

    /// Starts the engine and goes on.
    pub fn start(&self, arguments: &[&str]) -> Started {
        let child = self.command(arguments).spawn().unwrap();
        Started { child, begin: Instant::now() }
    }

    /// Waits until a file appears in the folder, as a sign from a command.
    pub fn wait_for(&self, name: &str) {
        let begin = Instant::now();
        while !self.path().join(name).exists() {
            assert!(begin.elapsed() < GUARD, "`{name}` does not appear");
            std::thread::sleep(Duration::from_millis(5));
        }
    }

    /// The processes alive that were started from here, directly or not.
    pub fn processes(&self) -> Vec<u32> {
        let mark = format!("{MARK}={}", self.path().display());
        let pids = fs::read_dir("/proc").unwrap().filter_map(|entry| entry.ok()?.file_name().to_str()?.parse().ok());
        pids.filter(|pid: &u32| {
            // a zombie's is empty
            let environment = fs::read(format!("/proc/{pid}/environ")).unwrap_or_default();
            environment.split(|byte| *byte == 0).any(|variable| variable == mark.as_bytes())
        })
        .collect()
    }

    /// Fails if a process lives on; what was killed gets the moment it takes to go.
    pub fn assert_nothing_runs(&self) {
        let begin = Instant::now();
        while !self.processes().is_empty() {
            assert!(begin.elapsed() < Duration::from_secs(5), "still running: {:?}", self.processes());
            std::thread::sleep(Duration::from_millis(5));
        }
    }
}

impl Drop for Engine {
    fn drop(&mut self) {
        self.processes().into_iter().for_each(|pid| send(pid, rustix::process::Signal::KILL));
    }
}

/// Sends a signal; to a process that is gone it does nothing.
pub fn send(pid: u32, signal: rustix::process::Signal) {
    if let Some(pid) = rustix::process::Pid::from_raw(pid.cast_signed()) {
        let _ = rustix::process::kill_process(pid, signal);
    }
}

/// An engine that runs.
pub struct Started {
    child: Child,
    begin: Instant,
}

impl Started {
    pub fn signal(&self, signal: rustix::process::Signal) {
        send(self.child.id(), signal);
    }

    /// Waits for its end, and for the end of its output. Fails instead of hanging.
    pub fn end(mut self) -> Ran {
        use std::io::Read;
        fn reader(mut stream: impl Read + Send + 'static) -> std::sync::mpsc::Receiver<Vec<u8>> {
            let (sender, receiver) = std::sync::mpsc::channel();
            std::thread::spawn(move || {
                let mut bytes = Vec::new();
                stream.read_to_end(&mut bytes).unwrap();
                sender.send(bytes)
            });
            receiver
        }
        let stdout = reader(self.child.stdout.take().unwrap());
        let stderr = reader(self.child.stderr.take().unwrap());
        let status = self.wait();
        let elapsed = self.begin.elapsed();
        let text = |stream: std::sync::mpsc::Receiver<Vec<u8>>| {
            let bytes = stream.recv_timeout(GUARD).expect("something holds the engine's output open");
            String::from_utf8(bytes).expect("the engine writes UTF-8")
        };
        Ran { code: status.code(), stdout: text(stdout), stderr: text(stderr), elapsed }
    }

    fn wait(&mut self) -> ExitStatus {
        loop {
            if let Some(status) = self.child.try_wait().unwrap() {
                return status;
            }
            if self.begin.elapsed() > GUARD * 5 {
                let _ = self.child.kill();
                panic!("the engine does not end");
            }
            std::thread::sleep(Duration::from_millis(5));
        }
    }
}

impl Ran {
    /// The report, if standard output is one in JSON.
    pub fn json(&self) -> Json {
        serde_json::from_str(&self.stdout).unwrap_or_else(|error| panic!("no JSON report: {error}\n{self}"))
    }
}

impl fmt::Display for Ran {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Ran { code, stdout, stderr, elapsed } = self;
        write!(formatter, "exit code {code:?} after {elapsed:?}\n--- stdout\n{stdout}\n--- stderr\n{stderr}")
    }
}

/// The check of this id in a report.
pub fn check<'a>(report: &'a Json, id: &str) -> &'a Json {
    let checks = report["checks"].as_array().expect("a report has checks");
    checks.iter().find(|check| check["id"] == id).unwrap_or_else(|| panic!("no check `{id}` in {report:#}"))
}

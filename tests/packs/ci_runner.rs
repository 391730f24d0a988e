//! The pack `ci-runner`: the host is whatever runs the tests, so what a test cannot make is reached by the thresholds.

use super::{made, not_ok, outcome, set_mode, text};
use crate::common::Engine;
use serde_json::Value as Json;
use std::fs;
use std::io::{Read, Write};
use std::net::TcpListener;
use std::path::PathBuf;
use std::process::{Child, Command};

/// A workspace in which everything is right, and a registry that answers.
struct Runner {
    engine: Engine,
    registry: String,
}

impl Runner {
    fn new() -> Runner {
        let runner = Runner { engine: Engine::new(), registry: registry("200 OK") };
        runner.engine.write("workspace/code", "");
        runner.git(&["init", "--initial-branch=main"]);
        runner.git(&["add", "--all"]);
        runner.git(&["commit", "--message", "code"]);
        runner
    }

    fn workspace(&self) -> PathBuf {
        self.engine.path().join("workspace")
    }

    fn git(&self, arguments: &[&str]) {
        let mut git = Command::new("git");
        git.args(["-c", "user.name=Nobody", "-c", "user.email=nobody@example.org"]);
        // nothing may go on in the background, with locks of its own
        git.args(["-c", "maintenance.auto=false", "-c", "gc.auto=0"]).args(arguments);
        git.env("GIT_CONFIG_GLOBAL", "/dev/null").env("GIT_CONFIG_NOSYSTEM", "1");
        made(git.current_dir(self.workspace()));
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let registries = format!("registries=[\"{}\"]", self.registry);
        let modest = ["minimum_free=1MiB", "minimum_temporary=1MiB", "minimum_memory=1MiB", "minimum_open_files=16"];
        let small = ["minimum_processes=16", "tools={ git: '>=2' }", "leftover_processes=[no-such-job]", &registries];
        let settings: Vec<&str> = modest.iter().chain(&small).flat_map(|setting| ["--set", setting]).collect();
        let mut command = super::command(&self.engine, "ci-runner", &[&settings, arguments].concat());
        for name in ["GITHUB_WORKSPACE", "CI_PROJECT_DIR", "BUILDKITE_BUILD_CHECKOUT_PATH", "RUNNER_TEMP", "TMPDIR"] {
            command.env_remove(name);
        }
        command.env("WORKSPACE", self.workspace()).env("CI", "true").env("LC_ALL", "C.UTF-8");
        command.env("GIT_CONFIG_GLOBAL", self.engine.path().join("gitconfig")).env("GIT_CONFIG_NOSYSTEM", "1");
        command
    }

    #[track_caller]
    fn assert(&self, command: Command, code: i32, expected: &[&str]) -> Json {
        let (found, report) = outcome(command);
        let mut answers = not_ok(&report);
        // Docker is not asked for, and the rest is as the host is
        answers.retain(|answer| !["host-of-its-own", "not-root", "load", "clock", "docker"].contains(&id(answer)));
        assert_eq!(answers, expected, "{report:#}");
        assert_eq!(found, code);
        report
    }
}

fn id(answer: &str) -> &str {
    answer.split('=').next().unwrap()
}

/// A web server that answers everybody the same, as long as the tests run; its address.
fn registry(status: &'static str) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("http://{}/", listener.local_addr().unwrap());
    std::thread::spawn(move || {
        for mut stream in listener.incoming().flatten() {
            let _ = stream.read(&mut [0; 4096]);
            let _ = write!(stream, "HTTP/1.1 {status}\r\ncontent-length: 0\r\nconnection: close\r\n\r\n");
        }
    });
    address
}

#[test]
fn a_good_runner_is_fit() {
    let runner = Runner::new();
    runner.assert(runner.command(&[]), 0, &[]);
}

#[test]
fn too_little_of_everything() {
    let runner = Runner::new();
    let sizes = ["minimum_free=1000000GiB", "minimum_temporary=1000000GiB", "minimum_memory=1000000GiB"];
    let tools = "tools={ git: '>=99', no-such-tool: '*' }";
    let settings: Vec<&str> = sizes.iter().chain(&[tools]).flat_map(|setting| ["--set", setting]).collect();
    let room = ["disk-space=error", "temporary-space=error", "memory=error"];
    let tools = ["tool[git]=error", "tool[no-such-tool]=error"];
    let needs_git = [
        "repository-is-trusted=skipped",
        "no-leftovers=skipped",
        "git-setting[safe.directory]=skipped",
        "git-setting[http.sslVerify]=skipped",
        "git-setting[credential.helper]=skipped",
    ];
    let report = runner.assert(runner.command(&settings), 1, &[&room[..], &tools, &needs_git].concat());
    assert!(text(&report, "disk-space", "message").contains(" left on /"));
}

#[test]
fn what_an_earlier_job_left() {
    let runner = Runner::new();
    fs::write(runner.workspace().join("node_modules"), "").unwrap();
    fs::write(runner.workspace().join(".git/index.lock"), "").unwrap();
    // the other tests, which run at the same time, look for another name
    let mut process = named_process(&runner.engine, "left-by-a-job");
    let expected = ["no-leftovers=warn", "no-locks=error", "no-process[left-by-a-job]=warn"];
    let command = runner.command(&["--set", "leftover_processes=[left-by-a-job]"]);
    let report = runner.assert(command, 1, &expected);
    process.kill().unwrap();
    process.wait().unwrap();
    assert_eq!(crate::common::check(&report, "no-leftovers")["seen"]["stdout"], "node_modules");
    assert!(text(&report, "no-locks", "message").contains(".git/index.lock"));
}

/// A program of this name, which does nothing for long.
fn named_process(engine: &Engine, name: &str) -> Child {
    let script = engine.write(name, "#!/bin/sh\nread forever\n");
    set_mode(&script, 0o755);
    Command::new(&script).stdin(std::process::Stdio::piped()).spawn().unwrap()
}

#[test]
fn variables_and_text() {
    let runner = Runner::new();
    let mut command = runner.command(&["--set", "variables=[A_SECRET, NO_SUCH_VARIABLE]"]);
    command.env("CI", "no").env("LC_ALL", "C").env("A_SECRET", "quiet-river");
    let expected = ["locale=warn", "says-it-is-ci=warn", "variable[NO_SUCH_VARIABLE]=error"];
    let report = runner.assert(command, 1, &expected);
    assert_eq!(text(&report, "variable[NO_SUCH_VARIABLE]", "message"), "it is not set");
    assert!(!report.to_string().contains("quiet-river"), "{report:#}");
}

#[test]
fn a_registry_that_is_down_or_away() {
    let runner = Runner::new();
    let down = registry("503 Service Unavailable");
    let set = format!("registries=[\"{down}\", \"http://127.0.0.1:1/\"]");
    let (code, report) = outcome(runner.command(&["--set", &set, "--id", "registry"]));
    let (first, second) = (format!("registry[{down}]"), "registry[http://127.0.0.1:1/]");
    assert_eq!((code, not_ok(&report)), (1, vec![format!("{first}=error"), format!("{second}=error")]));
    assert_eq!(text(&report, &first, "message"), "it answers 503");
    assert!(text(&report, second, "message").contains("127.0.0.1:1"), "{report:#}");
}

#[test]
fn settings_of_git_that_trust_too_much() {
    let runner = Runner::new();
    runner
        .engine
        .write("gitconfig", "[safe]\n\tdirectory = *\n[http]\n\tsslVerify = false\n[credential]\n\thelper = store\n");
    let expected =
        ["git-setting[safe.directory]=warn", "git-setting[http.sslVerify]=warn", "git-setting[credential.helper]=warn"];
    runner.assert(runner.command(&[]), 0, &expected);
}

#[test]
fn a_workspace_of_somebody_else_or_none() {
    let runner = Runner::new();
    let mut command = runner.command(&[]);
    // how Git's own tests have somebody else own the repository
    command.env("GIT_TEST_ASSUME_DIFFERENT_OWNER", "1");
    let report = runner.assert(command, 1, &["repository-is-trusted=error", "no-leftovers=skipped"]);
    assert!(text(&report, "repository-is-trusted", "remedy").contains("--add safe.directory"));
    let (_, report) = outcome(runner.command(&["--set", "workspace=/no/such/workspace"]));
    let said: Vec<_> = not_ok(&report).into_iter().filter(|answer| answer.ends_with("=error")).collect();
    assert_eq!(said, ["workspace=error"], "{report:#}");
}

#[test]
fn a_temporary_folder_that_is_not_there() {
    let runner = Runner::new();
    let mut command = runner.command(&[]);
    command.env("RUNNER_TEMP", "/no/such/folder");
    runner.assert(command, 1, &["temporary-folder=error", "temporary-space=skipped"]);
}

//! The pack `python-runtime`: a virtual environment of the real Python with packages in it. Which version it is, a
//! small program in front of it says, so that the tests need no particular one.

use super::{made, not_ok, outcome, set_mode, text};
use crate::common::Engine;
use serde_json::Value as Json;
use std::fs::{self, File};
use std::process::Command;
use std::time::{Duration, SystemTime};

/// A folder in which everything is right.
struct Runtime(Engine);

impl Runtime {
    fn new() -> Runtime {
        let runtime = Runtime(Engine::new());
        let venv = runtime.place(".venv");
        made(Command::new("python3").args(["-m", "venv", "--system-site-packages", "--without-pip", &venv]));
        runtime.version("Python 3.12.4");
        runtime.install("alpha", "2.10.0");
        runtime.install("beta", "1.0");
        runtime.0.write("vars.yaml", "packages: { alpha: \">=2.9\", beta: \"*\" }\n");
        runtime.0.write(".python-version", "3.12\n");
        runtime.freeze();
        runtime
    }

    fn place(&self, name: &str) -> String {
        self.0.path().join(name).to_str().unwrap().to_string()
    }

    fn version(&self, version: &str) {
        let real = self.place(".venv/bin/python3");
        let script =
            format!("#!/bin/sh\ntest \"$1\" != --version || {{ echo {version}; exit; }}\nexec '{real}' \"$@\"\n");
        set_mode(&self.0.write("bin/python3", &script), 0o755);
    }

    /// What pip would leave behind.
    fn install(&self, name: &str, version: &str) {
        let code = "import sysconfig; print(sysconfig.get_path('purelib'))";
        let folder = made(Command::new(self.place("bin/python3")).args(["-c", code]));
        let metadata = format!("{folder}/{name}-{version}.dist-info");
        fs::create_dir_all(&metadata).unwrap();
        fs::write(format!("{metadata}/METADATA"), format!("Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n"))
            .unwrap();
        fs::write(format!("{folder}/{name}.py"), "").unwrap();
    }

    fn uninstall(&self, name: &str, version: &str) {
        let find = format!(
            "find '{}' -name '{name}.py' -delete -o -path '*/{name}-{version}.dist-info/METADATA' -delete -o -name '{name}-{version}.dist-info' -empty -delete",
            self.place(".venv")
        );
        made(Command::new("sh").args(["-c", &format!("{find}; {find}")]));
    }

    fn freeze(&self) {
        let packages = made(Command::new(self.place("bin/python3")).args(["-m", "pip", "freeze"]));
        // in another order and with words for people
        let reversed: Vec<&str> = packages.lines().rev().collect();
        self.0.write("requirements.lock", &format!("# made by hand\n\n{}\n", reversed.join("\n")));
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let (python, vars) = (format!("python={}", self.place("bin/python3")), self.place("vars.yaml"));
        // how fast this machine is at the moment must not matter
        let patient = ["--set", "workload_limit=30s", "--set", "import_limit=30s", "--warnings-exit-2"];
        let own = ["--vars", &vars, "--set", &python];
        let mut command = super::command(&self.0, "python-runtime", &[&own[..], &patient, arguments].concat());
        command.env("VIRTUAL_ENV", self.place(".venv")).env("DATABASE_URL", "sqlite://").env("SECRET_KEY", "x");
        command
    }

    #[track_caller]
    fn assert(&self, status: &str, code: i32, expected: &[&str]) -> Json {
        self.assert_outcome(self.command(&[]), status, code, expected)
    }

    #[track_caller]
    fn assert_outcome(&self, command: Command, status: &str, code: i32, expected: &[&str]) -> Json {
        let (found, report) = outcome(command);
        assert_eq!(not_ok(&report), expected, "{report:#}");
        assert_eq!(report["summary"]["status"]["python-runtime"], status);
        assert_eq!(found, code);
        report
    }
}

#[test]
fn a_good_runtime_is_ready() {
    Runtime::new().assert("READY", 0, &[]);
}

#[test]
fn the_fallback_is_fine_and_said_so() {
    let runtime = Runtime::new();
    runtime.version("Python 3.11.13");
    let report = runtime.assert("READY_FALLBACK", 0, &["python-version=info"]);
    assert_eq!(text(&report, "python-version", "message"), "on the fallback runtime, Python 3.11.13");
}

#[test]
fn another_python_or_none_is_an_error() {
    let runtime = Runtime::new();
    let skipped = ["virtual-environment", "virtual-environment-is-in-use", "package[alpha]", "package[beta]"];
    let skipped = skipped.iter().chain(&["lock-matches-environment", "workload", "imports"]);
    let expected: Vec<String> =
        ["python-version=error".to_string()].into_iter().chain(skipped.map(|id| format!("{id}=skipped"))).collect();
    let expected: Vec<&str> = expected.iter().map(String::as_str).collect();
    // neither a neighbour of the fallback nor a text that only begins alike
    for version in ["Python 3.11.12", "Python 3.13.0", "Python 3.1.2"] {
        runtime.version(version);
        runtime.assert("NOT_READY", 1, &expected);
    }
    fs::remove_file(runtime.place("bin/python3")).unwrap();
    runtime.assert("NOT_READY", 1, &expected);
}

#[test]
fn a_package_that_is_missing_or_too_old() {
    let runtime = Runtime::new();
    runtime.uninstall("alpha", "2.10.0");
    runtime.install("alpha", "2.8.9");
    runtime.uninstall("beta", "1.0");
    runtime.freeze();
    let report = runtime.assert("NOT_READY", 1, &["package[alpha]=error", "package[beta]=error", "imports=skipped"]);
    assert!(text(&report, "package[alpha]", "remedy").ends_with("-m pip install 'alpha>=2.9'"));
    assert!(text(&report, "package[beta]", "remedy").ends_with("-m pip install 'beta'"));
}

#[test]
fn a_lock_file_that_is_old_empty_or_not_there() {
    let runtime = Runtime::new();
    let lock = runtime.place("requirements.lock");
    File::open(&lock).unwrap().set_modified(SystemTime::now() - Duration::from_secs(25 * 3600)).unwrap();
    runtime.assert("READY", 2, &["lock-is-fresh=warn"]);
    runtime.assert_outcome(runtime.command(&["--set", "max_age=26h"]), "READY", 0, &[]);
    let gone = ["lock-is-there=error", "lock-is-fresh=skipped", "lock-matches-environment=skipped"];
    runtime.0.write("requirements.lock", "");
    runtime.assert("NOT_READY", 1, &gone);
    fs::remove_file(&lock).unwrap();
    runtime.assert("NOT_READY", 1, &gone);
}

#[test]
fn an_environment_that_is_not_what_the_lock_file_says() {
    let runtime = Runtime::new();
    runtime.uninstall("beta", "1.0");
    runtime.install("beta", "1.1");
    let report = runtime.assert("NOT_READY", 1, &["lock-matches-environment=error"]);
    let message = text(&report, "lock-matches-environment", "message");
    assert_eq!(message.trim(), "locked and not installed: beta==1.0; installed and not locked: beta==1.1");
}

#[test]
fn variables_that_are_unset_or_empty() {
    let runtime = Runtime::new();
    let mut command = runtime.command(&[]);
    command.env_remove("DATABASE_URL").env("SECRET_KEY", "");
    let expected = ["variable[DATABASE_URL]=warn", "variable[SECRET_KEY]=warn"];
    let report = runtime.assert_outcome(command, "READY", 2, &expected);
    assert_eq!(text(&report, "variable[DATABASE_URL]", "message"), "it is not set");
    assert_eq!(text(&report, "variable[SECRET_KEY]", "message"), "it is empty");
}

#[test]
fn a_version_file_of_another_python() {
    let runtime = Runtime::new();
    runtime.0.write(".python-version", "3.10\n");
    runtime.assert("READY", 2, &["version-file=warn"]);
    fs::remove_file(runtime.place(".python-version")).unwrap();
    runtime.assert("READY", 2, &["version-file=warn"]);
}

#[test]
fn a_file_that_everybody_may_change() {
    let runtime = Runtime::new();
    set_mode(runtime.place("requirements.lock").as_ref(), 0o666);
    runtime.assert("NOT_READY", 1, &["not-world-writable[requirements.lock]=error"]);
}

#[test]
fn no_virtual_environment_or_another_one() {
    let runtime = Runtime::new();
    let mut command = runtime.command(&[]);
    command.env("VIRTUAL_ENV", "/nowhere");
    runtime.assert_outcome(command, "READY", 2, &["virtual-environment-is-in-use=warn"]);
    let mut command =
        runtime.command(&["--id", "*virtual-environment*", "--set", "primary=*", "--set", "python=python3"]);
    command.env_remove("VIRTUAL_ENV");
    let expected = ["virtual-environment=warn", "virtual-environment-is-in-use=skipped"];
    runtime.assert_outcome(command, "READY", 2, &expected);
}

#[test]
fn a_slow_host_is_told_and_never_stopped() {
    let runtime = Runtime::new();
    let slow = ["--set", "workload_limit=1ms", "--set", "import_limit=1ms"];
    runtime.assert_outcome(runtime.command(&slow), "READY", 2, &["workload=warn", "imports=warn"]);
}

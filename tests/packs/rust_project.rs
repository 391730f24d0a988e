//! The pack `rust-project`: projects that the real Cargo makes, without a dependency that has to be fetched.

use super::{made, not_ok, outcome, text};
use crate::common::{Engine, check};
use serde_json::Value as Json;
use std::fs;
use std::path::PathBuf;
use std::process::Command;

const MANIFEST: &str = r#"[package]
name = "shop"
version = "1.2.0"
edition = "2021"
rust-version = "1.60"
description = "A shop"
license = "MIT"
"#;

/// A project in which everything is right.
struct Project(Engine);

impl Project {
    fn new() -> Project {
        let project = Project(Engine::new());
        project.write("Cargo.toml", MANIFEST);
        project.write("src/lib.rs", "");
        project.write(".gitignore", "/target/\n");
        made(&mut project.plain("cargo", &["generate-lockfile", "--offline"]));
        project.git(&["init", "--initial-branch=main"]);
        project.commit();
        project
    }

    fn write(&self, name: &str, text: &str) -> PathBuf {
        self.0.write(name, text)
    }

    /// A program in the project, without what `cargo test` tells its tests.
    fn plain(&self, program: &str, arguments: &[&str]) -> Command {
        let mut command = Command::new(program);
        command.args(arguments).current_dir(self.0.path());
        without_cargo(&mut command);
        command
    }

    fn git(&self, arguments: &[&str]) {
        let author = ["-c", "user.name=Nobody", "-c", "user.email=nobody@example.org"];
        made(&mut self.plain("git", &[&author, arguments].concat()));
    }

    fn commit(&self) {
        self.git(&["add", "--all"]);
        self.git(&["commit", "--allow-empty", "--message", "more"]);
    }

    fn command(&self, arguments: &[&str]) -> Command {
        // which of the tools that are nice to have this host has must not matter
        let nice = ["--set", "optional_tools={ fmt: rustfmt }", "--set", "minimum_free=1MiB"];
        let mut command = super::command(&self.0, "rust-project", &[&nice[..], arguments].concat());
        without_cargo(&mut command);
        command
    }

    #[track_caller]
    fn assert(&self, arguments: &[&str], code: i32, expected: &[&str]) -> Json {
        let (found, report) = outcome(self.command(arguments));
        let mut answers = not_ok(&report);
        if !arguments.contains(&RELEASE[1]) {
            answers.retain(|answer| !FOR_RELEASES.contains(&answer.as_str()));
        }
        assert_eq!(answers, expected, "{report:#}");
        assert_eq!(found, code);
        report
    }
}

const RELEASE: [&str; 2] = ["--set", "release=true"];
const FOR_RELEASES: [&str; 3] = ["publishable-dependencies=skipped", "no-patches=skipped", "described=skipped"];

/// The home folder is the real one: rustup has the toolchains there.
fn without_cargo(command: &mut Command) {
    command.env_remove("RUSTUP_TOOLCHAIN").env_remove("CARGO_TARGET_DIR").env_remove("RUSTFLAGS");
    command.env("GIT_CONFIG_GLOBAL", "/dev/null").env("GIT_CONFIG_NOSYSTEM", "1");
    if let Some(home) = std::env::var_os("HOME") {
        command.env("HOME", home);
    }
}

#[test]
fn a_good_project_is_ready() {
    Project::new().assert(&[], 0, &[]);
    Project::new().assert(&RELEASE, 0, &[]);
}

#[test]
fn a_lock_file_that_is_out_of_step_or_missing() {
    let project = Project::new();
    project.write("shelves/Cargo.toml", "[package]\nname = \"shelves\"\nversion = \"1.0.0\"\nedition = \"2021\"\n");
    project.write("shelves/src/lib.rs", "");
    project.write("Cargo.toml", &format!("{MANIFEST}[dependencies]\nshelves = {{ path = \"shelves\" }}\n"));
    project.commit();
    let report = project.assert(&[], 1, &["lock-in-step=error"]);
    assert!(text(&report, "lock-in-step", "remedy").starts_with("cargo update --workspace"));
    // what its remedy says is enough, but crates.io would not take the path
    made(&mut project.plain("cargo", &["update", "--workspace", "--offline", "--quiet"]));
    project.commit();
    project.assert(&RELEASE, 1, &["publishable-dependencies=error"]);
    fs::remove_file(project.0.path().join("Cargo.lock")).unwrap();
    project.git(&["rm", "--cached", "--quiet", "Cargo.lock"]);
    project.git(&["commit", "--message", "no lock file"]);
    project.assert(&[], 1, &["lock-file=error", "lock-in-step=skipped", "lock-is-committed=skipped"]);
}

#[test]
fn a_dependency_that_was_never_fetched_cannot_be_told() {
    let project = Project::new();
    project.write("Cargo.toml", &format!("{MANIFEST}[dependencies]\nno-such-crate-anywhere = \"1\"\n"));
    project.commit();
    let report = project.assert(&[], 1, &["lock-in-step=unknown"]);
    assert_eq!(text(&report, "lock-in-step", "remedy"), "cargo fetch --locked");
}

#[test]
fn an_old_edition_and_a_compiler_that_is_too_old() {
    let project = Project::new();
    project.write("Cargo.toml", &MANIFEST.replace("2021", "2018").replace("1.60", "1.999"));
    project.commit();
    let report = project.assert(&[], 1, &["rust-version=error", "edition=warn"]);
    assert!(text(&report, "rust-version", "message").ends_with("wanted is at least 1.999"));
}

#[test]
fn a_toolchain_file_that_is_not_obeyed_or_cannot_be() {
    let project = Project::new();
    let version = made(&mut project.plain("rustc", &["--version"]));
    let version = version.split(' ').nth(1).unwrap();
    project.write("rust-toolchain.toml", &format!("[toolchain]\nchannel = \"{version}\"\n"));
    project.commit();
    // without rustup no Cargo ever reads the file
    let rustup = project.plain("rustup", &["show", "active-toolchain"]).current_dir("/").output();
    let Ok(active) = rustup else {
        let report = project.assert(&[], 0, &["toolchain-file=warn"]);
        assert_eq!(text(&report, "toolchain-file", "message"), "in use instead: a Cargo without rustup");
        return;
    };
    let active = String::from_utf8(active.stdout).unwrap();
    let mut command = project.command(&[]);
    command.env("RUSTUP_TOOLCHAIN", active.split(' ').next().unwrap());
    let (code, report) = outcome(command);
    assert_eq!((code, &check(&report, "toolchain-file")["answer"]), (0, &Json::from("warn")), "{report:#}");
    assert!(text(&report, "toolchain-file", "message").contains("RUSTUP_TOOLCHAIN"));
    // one that nobody has is said once, and not installed
    project.write("rust-toolchain.toml", "[toolchain]\nchannel = \"1.0.0\"\n");
    project.commit();
    let (code, report) = outcome(project.command(&[]));
    let said: Vec<_> = not_ok(&report).into_iter().filter(|answer| !answer.ends_with("=skipped")).collect();
    assert_eq!((code, said), (1, vec!["cargo=error".to_string()]), "{report:#}");
}

#[test]
fn tools_that_are_not_there() {
    let project = Project::new();
    let settings = ["compiler=no-such-compiler", "components={ no-such-command: nothing }"];
    let nice = "optional_tools={ no-such-tool: cargo-no-such-tool }";
    let settings: Vec<&str> = settings.iter().chain(&[nice]).flat_map(|setting| ["--set", setting]).collect();
    let expected = ["component[no-such-command]=warn", "optional-tool[no-such-tool]=info", "linker=error"];
    let report = project.assert(&settings, 1, &expected);
    assert_eq!(text(&report, "optional-tool[no-such-tool]", "remedy"), "cargo install --locked cargo-no-such-tool");
}

#[test]
fn build_results_in_the_way_and_no_room() {
    let project = Project::new();
    project.write("target", "a file\n");
    project.write(".gitignore", "");
    project.commit();
    let set = ["--set", "minimum_free=1000000GiB"];
    project.assert(&set, 1, &["room=warn", "target-folder=error", "target-is-ignored=warn"]);
}

#[test]
fn a_release_with_patches_and_without_a_licence() {
    let project = Project::new();
    let patch = "[patch.crates-io]\nno-such-crate-anywhere = { git = \"https://example.org/no-such-crate\" }\n";
    project.write("Cargo.toml", &format!("{}{patch}", MANIFEST.replace("license = \"MIT\"\n", "")));
    let report = project.assert(
        &RELEASE,
        1,
        &["lock-in-step=unknown", "clean-tree=warn", "no-patches=error", "described=error"],
    );
    assert_eq!(text(&report, "clean-tree", "message"), "0 staged, 1 changed, 0 untracked");
}

#[test]
fn a_folder_without_a_project() {
    let project = Project(Engine::new());
    let (code, report) = outcome(project.command(&[]));
    let said: Vec<_> = not_ok(&report).into_iter().filter(|answer| !answer.ends_with("=skipped")).collect();
    assert_eq!((code, said), (1, vec!["manifest=error".to_string(), "repository=info".to_string()]), "{report:#}");
}

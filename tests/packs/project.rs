//! The pack `project`: repositories that are made with the real Git.

use super::{made, not_ok, outcome, set_mode, text};
use crate::common::Engine;
use serde_json::Value as Json;
use std::fs;
use std::path::Path;
use std::process::Command;

/// A repository in which everything is right.
fn repository() -> Engine {
    let engine = Engine::new();
    engine.write("Cargo.toml", "[package]\nname = \"example\"\nversion = \"1.0.0\"\n");
    engine.write("Cargo.lock", "version = 4\n");
    engine.write(".gitignore", ".env\n");
    engine.write(".env.sample", "HOST=example.org\n# PORT=8000\n");
    set_mode(&engine.write(".env", "HOST=here\nPORT=9000\n"), 0o600);
    git(engine.path(), &["init", "--initial-branch=main"]);
    commit(engine.path());
    engine
}

fn git(folder: &Path, arguments: &[&str]) -> String {
    made(&mut git_command(folder, arguments))
}

fn git_command(folder: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new("git");
    command.current_dir(folder).args(["-c", "user.name=Nobody", "-c", "user.email=nobody@example.org"]).args(arguments);
    command.env("GIT_CONFIG_GLOBAL", "/dev/null").env("GIT_CONFIG_NOSYSTEM", "1");
    command
}

fn commit(folder: &Path) {
    git(folder, &["add", "--all"]);
    git(folder, &["commit", "--allow-empty", "--message", "more"]);
}

fn look(engine: &Engine, arguments: &[&str]) -> (i32, Json) {
    look_in(engine, engine.path(), arguments)
}

fn look_in(engine: &Engine, folder: &Path, arguments: &[&str]) -> (i32, Json) {
    let mut command = super::command(engine, "project", arguments);
    command.current_dir(folder).env("GIT_CONFIG_GLOBAL", "/dev/null").env("GIT_CONFIG_NOSYSTEM", "1");
    outcome(command)
}

#[track_caller]
fn assert_answers(engine: &Engine, code: i32, expected: &[&str]) -> Json {
    let (found, report) = look(engine, &[]);
    assert_eq!(not_ok(&report), expected, "{report:#}");
    assert_eq!(found, code);
    report
}

#[test]
fn a_good_repository_is_go() {
    let report = assert_answers(&repository(), 0, &[]);
    assert_eq!(report["summary"]["verdict"], "GO");
}

#[test]
fn a_folder_that_is_no_repository() {
    let engine = repository();
    fs::remove_dir_all(engine.path().join(".git")).unwrap();
    let needs_it = ["no-conflicts", "clean-tree", "on-a-branch", "not-behind"];
    let skipped =
        needs_it.iter().chain(&["environment-file-is-not-committed", "hooks"]).map(|id| format!("{id}=skipped"));
    let expected: Vec<String> = ["repository=error".to_string()].into_iter().chain(skipped).collect();
    assert_answers(&engine, 1, &expected.iter().map(String::as_str).collect::<Vec<_>>());
}

#[test]
fn a_tool_that_is_too_old_and_one_that_is_missing() {
    let (code, report) = look(&repository(), &["--set", "tools={git: '>=99', no-such-tool: '*'}"]);
    assert_eq!(code, 1);
    assert_eq!(not_ok(&report), ["tool[git]=error", "tool[no-such-tool]=error"]);
}

#[test]
fn a_dirty_tree() {
    let engine = repository();
    engine.write("Cargo.toml", "[package]\n");
    engine.write("new", "");
    let report = assert_answers(&engine, 0, &["clean-tree=warn"]);
    assert_eq!(text(&report, "clean-tree", "message"), "0 staged, 1 changed, 1 untracked");
}

#[test]
fn a_merge_that_stopped() {
    let engine = repository();
    git(engine.path(), &["switch", "--create", "other"]);
    engine.write("Cargo.lock", "theirs\n");
    commit(engine.path());
    git(engine.path(), &["switch", "main"]);
    engine.write("Cargo.lock", "ours\n");
    commit(engine.path());
    assert!(!git_command(engine.path(), &["merge", "other"]).output().unwrap().status.success());
    let report = assert_answers(&engine, 1, &["no-conflicts=error", "clean-tree=warn"]);
    assert!(text(&report, "no-conflicts", "remedy").starts_with("git add Cargo.lock"));
}

#[test]
fn no_branch() {
    let engine = repository();
    git(engine.path(), &["switch", "--detach"]);
    assert_answers(&engine, 0, &["on-a-branch=warn"]);
}

#[test]
fn a_branch_behind_its_upstream() {
    let engine = repository();
    let copy = tempfile::tempdir().unwrap();
    git(copy.path(), &["clone", engine.path().to_str().unwrap(), "."]);
    set_mode(&engine.write(".env", "HOST=here\nPORT=9000\n"), 0o600);
    commit(engine.path());
    git(copy.path(), &["fetch"]);
    let (_, report) = look_in(&engine, copy.path(), &["--id", "project/not-behind", "--id", "project/repository"]);
    assert_eq!(not_ok(&report), ["not-behind=warn"]);
    assert_eq!(text(&report, "not-behind", "message"), "1 commits behind origin/main, as of the last fetch");
}

#[test]
fn a_lock_file_that_is_missing_or_empty() {
    let engine = repository();
    engine.write("Cargo.lock", "");
    engine.write("package.json", "{}");
    commit(engine.path());
    let report = assert_answers(&engine, 0, &["lock-file[Cargo.toml]=warn", "lock-file[package.json]=warn"]);
    assert_eq!(text(&report, "lock-file[package.json]", "remedy"), "npm install --package-lock-only");
    // one of several managers will do
    engine.write("Cargo.lock", "version = 4\n");
    engine.write("pnpm-lock.yaml", "lockfileVersion: 9\n");
    commit(engine.path());
    assert_answers(&engine, 0, &[]);
}

#[test]
fn drift_of_the_environment() {
    let engine = repository();
    set_mode(&engine.write(".env", "TOKEN=a\nTOKEN=b\n"), 0o600);
    let report = assert_answers(&engine, 0, &["environment-file=warn"]);
    let message = text(&report, "environment-file", "message");
    assert_eq!(message.lines().collect::<Vec<_>>(), ["missing: HOST", "unknown: TOKEN", "given twice: TOKEN"]);
    let remedy = text(&report, "environment-file", "remedy");
    assert!(remedy.contains("grep '^HOST=' .env.sample >> .env"), "{remedy}");
    fs::remove_file(engine.path().join(".env")).unwrap();
    assert_answers(&engine, 0, &["environment-file-is-there=warn", "environment-file=skipped"]);
}

#[test]
fn without_a_sample_no_drift_is_looked_for() {
    let engine = repository();
    fs::remove_file(engine.path().join(".env.sample")).unwrap();
    commit(engine.path());
    assert_answers(
        &engine,
        0,
        &["environment-sample=info", "environment-file-is-there=skipped", "environment-file=skipped"],
    );
}

#[test]
fn an_environment_for_everybody_to_read() {
    let engine = repository();
    set_mode(&engine.path().join(".env"), 0o644);
    assert_answers(&engine, 1, &["environment-file-is-private=error"]);
    git(engine.path(), &["add", "--force", ".env"]);
    commit(engine.path());
    set_mode(&engine.path().join(".env"), 0o600);
    assert_answers(&engine, 1, &["environment-file-is-not-committed=error"]);
}

#[test]
fn hooks_that_are_not_installed() {
    let engine = repository();
    engine.write(".pre-commit-config.yaml", "repos: []\n");
    commit(engine.path());
    assert_answers(&engine, 0, &["hooks=warn"]);
    set_mode(&engine.write(".git/hooks/pre-commit", "#!/bin/sh\n"), 0o755);
    assert_answers(&engine, 0, &[]);
}

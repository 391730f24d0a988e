//! The pack `linux-base`: the host is whatever runs the tests, so each test asks for the checks whose state it makes.

use super::{not_ok, outcome, set_mode};
use crate::common::{Engine, GUARD};
use serde_json::Value as Json;
use std::fs;
use std::process::Command;
use std::time::{Duration, Instant};

/// Looks with one check, and those it asks.
fn look(engine: &Engine, id: &str, settings: &[&str]) -> (i32, Json) {
    let mut command = super::command(engine, "linux-base", &["--id", id]);
    settings.iter().for_each(|setting| {
        command.args(["--set", setting]);
    });
    outcome(command)
}

#[track_caller]
fn assert_answer(engine: &Engine, id: &str, settings: &[&str], expected: &[&str]) {
    let (code, report) = look(engine, id, settings);
    assert_eq!(not_ok(&report), expected, "{report:#}");
    assert_eq!(code, i32::from(expected.iter().any(|answer| answer.ends_with("=error"))));
}

fn is_root() -> bool {
    rustix::process::geteuid().is_root()
}

#[test]
fn whatever_the_host_is_nothing_breaks() {
    let engine = Engine::new();
    let (code, report) = outcome(super::command(&engine, "linux-base", &[]));
    assert!(code == 0 || code == 1, "{report:#}");
    let checks = report["checks"].as_array().unwrap();
    assert!(checks.len() > 30);
    for check in checks {
        let explains = ["message", "reason", "remedy"].iter().any(|key| check[*key].is_string());
        assert!(check["answer"] == "ok" || explains, "{check:#}");
    }
}

#[test]
fn disks_by_their_thresholds() {
    let engine = Engine::new();
    let full = ["disks=[/]", "disk_warning=0%", "disk_limit=0%"];
    assert_answer(&engine, "disk-space", &full, &["disk-space[/]=error"]);
    assert_answer(&engine, "disk-space", &["disks=[/]", "disk_warning=0%", "disk_limit=101%"], &["disk-space[/]=warn"]);
    // no file system of its own, or not there at all
    let folder = engine.path().display();
    let setting = format!("disks=[{folder}, {folder}/absent]");
    assert_answer(&engine, "disk-space", &[&setting, "disk_warning=0%", "disk_limit=0%"], &[]);
}

#[test]
fn memory_load_and_files_by_their_thresholds() {
    let engine = Engine::new();
    assert_answer(&engine, "memory-available", &["minimum_memory=1000TiB"], &["memory-available=error"]);
    assert_answer(&engine, "open-files", &["minimum_open_files=100000000000"], &["open-files=warn"]);
    assert_answer(&engine, "open-files", &["minimum_open_files=1"], &[]);
    assert_answer(&engine, "supported-system", &["kernel=>=999"], &["supported-system=error"]);
    assert_answer(&engine, "supported-system", &[], &[]);
}

#[test]
fn a_child_that_nobody_collects() {
    let mut child = Command::new("true").spawn().unwrap();
    let status = format!("/proc/{}/status", child.id());
    let begin = Instant::now();
    while !fs::read_to_string(&status).unwrap().contains("State:\tZ") {
        assert!(begin.elapsed() < GUARD, "`true` does not end");
        std::thread::sleep(Duration::from_millis(5));
    }
    let engine = Engine::new();
    assert_answer(&engine, "zombies", &["maximum_zombies=1"], &["zombies=warn"]);
    child.wait().unwrap();
    assert_answer(&engine, "zombies", &["maximum_zombies=100000"], &[]);
}

#[test]
fn programs_that_everybody_may_change() {
    let engine = Engine::new();
    let program = engine.write("bin/program", "#!/bin/sh\n");
    let setting = format!("program_folders=[{}]", program.parent().unwrap().display());
    set_mode(program.parent().unwrap(), 0o755);
    set_mode(&program, 0o755);
    let id = "programs-not-world-writable";
    assert_answer(&engine, id, &[&setting], &[]);
    set_mode(&program, 0o757);
    assert_answer(&engine, id, &[&setting], &["programs-not-world-writable=error"]);
    // its remedy mends it
    let (_, report) = look(&engine, id, &[&setting]);
    super::made(Command::new("sh").args(["-c", super::text(&report, id, "remedy")]));
    assert_answer(&engine, id, &[&setting], &[]);
    // a folder in which everybody can put one
    set_mode(program.parent().unwrap(), 0o777);
    assert_answer(&engine, id, &[&setting], &["programs-not-world-writable=error"]);
}

#[test]
fn a_search_path_with_the_current_folder_in_it() {
    let engine = Engine::new();
    for (path, expected) in [("/usr/bin:/bin", None), (".:/usr/bin", Some("warn")), ("/usr/bin::/bin", Some("warn"))] {
        let mut command = super::command(&engine, "linux-base", &["--id", "search-path"]);
        command.env("PATH", path);
        let expected: Vec<String> = expected.iter().map(|answer| format!("search-path={answer}")).collect();
        assert_eq!(not_ok(&outcome(command).1), expected, "{path}");
    }
}

#[test]
fn a_temporary_folder_without_the_sticky_bit() {
    let engine = Engine::new();
    let folder = engine.path().join("temporary");
    fs::create_dir(&folder).unwrap();
    let (setting, id) = (format!("temporary_folders=[{}]", folder.display()), "temporary-folder-is-sticky");
    set_mode(&folder, 0o1777);
    assert_answer(&engine, id, &[&setting], &[]);
    set_mode(&folder, 0o777);
    assert_answer(&engine, id, &[&setting], &[&format!("{id}[{}]=error", folder.display())]);
}

#[test]
fn logs_that_grow() {
    let engine = Engine::new();
    engine.write("log/big.log", "12345");
    let logs = format!("logs={}", engine.path().join("log").display());
    let answer = if is_root() { "log-folder=warn" } else { "log-folder=skipped" };
    let informed: &[&str] = if is_root() { &[] } else { &["runs-as-root=info"] };
    assert_answer(&engine, "log-folder", &[&logs, "maximum_logs=5B"], &[informed, &[answer]].concat());
    let small: &[&str] = if is_root() { &[] } else { &[answer] };
    assert_answer(&engine, "log-folder", &[&logs, "maximum_logs=6B"], &[informed, small].concat());
}

#[test]
fn root_over_ssh() {
    let engine = Engine::new();
    let cases = [
        ("PermitRootLogin yes\n", true),
        ("# PermitRootLogin yes\npermitrootlogin no\nPermitRootLogin yes\n", false),
        ("Match Address 192.0.2.1\n  PermitRootLogin yes\n", false),
        ("", false),
    ];
    for (content, bad) in cases {
        let file = engine.write("sshd_config", content);
        let setting = format!("sshd_config={}/absent/*.conf {}", engine.path().display(), file.display());
        let expected: &[&str] = match (is_root(), bad) {
            (false, _) => &["runs-as-root=info", "sshd-root-password=skipped"],
            (true, true) => &["sshd-root-password=warn"],
            (true, false) => &[],
        };
        assert_answer(&engine, "sshd-root-password", &[&setting], expected);
    }
}

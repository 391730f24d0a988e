//! The shipped packs, run by the built engine against states that are made for real in temporary folders.
//!
//! Each test names every answer that is not ok, so that a check that wakes up where it should not is noticed too.
//! What a test cannot make, such as a full disk, is reached by the pack's own thresholds.

#[path = "packs/ci_runner.rs"]
mod ci_runner;
mod common;
#[path = "packs/django.rs"]
mod django;
#[path = "packs/linux_base.rs"]
mod linux_base;
#[path = "packs/node_project.rs"]
mod node_project;
#[path = "packs/project.rs"]
mod project;
#[path = "packs/python_runtime.rs"]
mod python_runtime;
#[path = "packs/rust_project.rs"]
mod rust_project;

use common::Engine;
use engine::spec::diagnostic::{Complaints, human};
use engine::spec::load::parse_pack;
use engine::spec::source::Source;
use serde_json::Value as Json;
use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;

const CASES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/packs");

fn shipped() -> Vec<PathBuf> {
    let entries = fs::read_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/checks.d")).unwrap();
    let mut packs: Vec<PathBuf> = entries.map(|entry| entry.unwrap().path()).collect();
    packs.retain(|path| path.extension().is_some_and(|extension| extension == "yaml"));
    packs.sort();
    packs
}

/// The command that runs a shipped pack and writes its report as JSON.
fn command(engine: &Engine, pack: &str, arguments: &[&str]) -> Command {
    let path = format!("{}/checks.d/{pack}.yaml", env!("CARGO_MANIFEST_DIR"));
    engine.command(&[&["run", &path, "--format", "json"], arguments].concat())
}

/// Runs it to its end: the exit code and the report.
fn outcome(mut command: Command) -> (i32, Json) {
    let output = command.output().unwrap();
    let report = serde_json::from_slice(&output.stdout)
        .unwrap_or_else(|error| panic!("{error}: {}", String::from_utf8_lossy(&output.stderr)));
    (output.status.code().unwrap(), report)
}

/// Everything that is not ok, as `id=answer`, in the order of the report.
fn not_ok(report: &Json) -> Vec<String> {
    let checks = report["checks"].as_array().unwrap().iter();
    checks
        .filter(|check| check["answer"] != "ok")
        .map(|check| format!("{}={}", check["id"].as_str().unwrap(), check["answer"].as_str().unwrap()))
        .collect()
}

/// A text of a check in a report, such as its `remedy` or `message`.
fn text<'a>(report: &'a Json, id: &str, key: &str) -> &'a str {
    common::check(report, id)[key].as_str().unwrap_or_else(|| panic!("{id} has no {key}: {report:#}"))
}

fn set_mode(path: &Path, mode: u32) {
    fs::set_permissions(path, Permissions::from_mode(mode)).unwrap();
}

/// Runs a program that must succeed; answers what it wrote.
fn made(command: &mut Command) -> String {
    let output = command.output().unwrap_or_else(|error| panic!("{command:?}: {error}"));
    assert!(output.status.success(), "{command:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap().trim_end().to_string()
}

#[test]
fn every_shipped_pack_is_valid() {
    let engine = Engine::new();
    for pack in shipped() {
        let ran = engine.run(&["validate", pack.to_str().unwrap()]);
        assert_eq!(ran.code, Some(0), "{ran}");
    }
}

#[test]
fn every_check_that_can_stop_somebody_says_what_to_do() {
    for path in shipped() {
        let text = fs::read_to_string(&path).unwrap();
        let mut complaints = Complaints::default();
        let pack = parse_pack(Arc::new(Source::new(path.to_str().unwrap(), text)), &mut complaints);
        let pack = pack.unwrap_or_else(|| panic!("{}", human::render(&complaints, false, 120)));
        for check in &pack.checks {
            let key = |name: &str| pack.document.get(check.node, name);
            let informs = key("level").is_some_and(|level| pack.document.text(level) == Some("info"));
            assert!(informs || key("remedy").is_some(), "{}/{} has no remedy", pack.id, check.id);
            assert!(key("title").is_some(), "{}/{} has no title", pack.id, check.id);
        }
    }
}

/// Of a pack that has cases every outcome of every check is reached, so that no rule is there that cannot speak.
#[test]
fn cases_reach_every_outcome() {
    let engine = Engine::new();
    let cases = |pack: &PathBuf| Path::new(CASES).join(pack.file_stem().unwrap()).is_dir();
    for pack in shipped().into_iter().filter(cases) {
        let mut command = engine.command(&["test", pack.to_str().unwrap(), "--require-coverage"]);
        let output = command.current_dir(env!("CARGO_MANIFEST_DIR")).output().unwrap();
        assert!(output.status.success(), "{}: {}", pack.display(), String::from_utf8_lossy(&output.stdout));
    }
}

/// Only titles, messages and remedies are templates.
#[test]
fn no_reason_is_written_as_a_template() {
    for path in shipped() {
        let text = fs::read_to_string(&path).unwrap();
        let lines = text.lines().filter(|line| line.trim_start().starts_with("why:") && line.contains("{{"));
        assert_eq!(lines.count(), 0, "{}", path.display());
    }
}

/// The table in the README has a row for each, in alphabetical order.
#[test]
fn the_readme_names_every_shipped_pack() {
    let readme = include_str!("../README.md");
    let section = readme.split("## Packs that ship").nth(1).unwrap().split("\n## ").next().unwrap();
    let rows = section.lines().filter_map(|line| line.strip_prefix("| `")?.split('`').next());
    let names = shipped().into_iter().map(|path| path.file_stem().unwrap().to_str().unwrap().to_string());
    let names: std::collections::BTreeSet<String> = names.collect();
    assert!(rows.eq(&names), "{names:?}");
}

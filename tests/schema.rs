//! What the program writes is what its schemas say: `engine schema` and a real report.

use serde_json::Value as Json;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

const PACK: &str = r#"
pack: demo
title: Every answer
version: 1.2.0
defaults: { tags: [demo], owner: ops@example.org }
status: [{ is: READY, when: go }, { is: NOT_READY }]
checks:
  - id: holds
    title: /proc is there
    why: Everything reads it.
    links: https://example.org/proc
    controls: { cis: ["1.1"] }
    mount: /proc
  - id: broken
    mount: /proc
    expect: { filesystem: ext4 }
    remedy: Mount it again.
  - id: waits
    needs: broken
    mount: /proc
  - id: absent
    level: warn
    mount: /nowhere/at/all
  - id: off
    enabled: false
    mount: /proc
  - id: forgiven
    mount: /nowhere
"#;

const WAIVERS: &str = "- { check: demo/forgiven, reason: it moves, owner: ops, expires: 9998-01-01 }\n";

fn folder(name: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    std::fs::create_dir_all(&folder).unwrap();
    folder
}

fn engine(folder: &Path, arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_engine")).args(arguments).current_dir(folder).output().unwrap()
}

fn schema(name: &str) -> Json {
    let output = engine(Path::new("."), &["schema", name]);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).unwrap()
}

#[test]
fn a_real_report_is_as_its_schema_says() {
    let folder = folder("report");
    std::fs::write(folder.join("demo.yaml"), PACK).unwrap();
    std::fs::write(folder.join("waivers.yaml"), WAIVERS).unwrap();
    std::fs::write(folder.join("engine.yaml"), "{ waivers: waivers.yaml, header: { Role: tester } }\n").unwrap();
    let output = engine(&folder, &["run", "--format", "json", "--context", "event=test", "demo.yaml"]);
    assert_eq!(output.status.code(), Some(1), "{}", String::from_utf8_lossy(&output.stderr));
    let report: Json = serde_json::from_slice(&output.stdout).unwrap();
    let checks = report["checks"].as_array().unwrap();
    let answers: Vec<&str> = checks.iter().filter_map(|check| check["answer"].as_str()).collect();
    for answer in ["ok", "error", "warn", "skipped", "waived"] {
        assert!(answers.contains(&answer), "the report shows no `{answer}`: {answers:?}");
    }
    let validator = jsonschema::validator_for(&schema("report")).unwrap();
    let errors: Vec<String> =
        validator.iter_errors(&report).map(|error| format!("{}: {error}", error.instance_path())).collect();
    assert!(errors.is_empty(), "{errors:#?}");
}

#[test]
fn schemas_are_listed_and_an_unknown_one_is_refused() {
    let list = engine(Path::new("."), &["schema"]);
    assert!(list.status.success());
    let text = String::from_utf8_lossy(&list.stdout).into_owned();
    let names: Vec<&str> = text.lines().filter_map(|line| line.split_whitespace().next()).collect();
    assert!(["pack", "config", "waivers", "report"].iter().all(|name| names.contains(name)), "{text}");
    let unknown = engine(Path::new("."), &["schema", "pck"]);
    assert_eq!(unknown.status.code(), Some(64));
    assert!(String::from_utf8_lossy(&unknown.stderr).contains("did you mean `pack`?"));
}

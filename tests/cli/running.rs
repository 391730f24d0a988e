//! `engine run`: GO, NO-GO, warnings, what counts, and the formats.

use crate::common::{Engine, check};
use crate::{runs, shows};

/// One check for each answer but `waived`.
pub const ANSWERS: &str = r#"
title: One of each
checks:
  - { id: good, title: The shell is there, file: /bin/sh }
  - id: noted
    title: Nobody left a note
    level: info
    command: [echo, a note]
    expect: { stdout: { empty: true } }
    message: "a note: {{ seen.stdout.trimmed }}"
  - id: old
    title: The tool is new enough
    level: warn
    why: Older ones lose data.
    links: https://example.org/tool
    owner: tools@example.org
    command: [sh, -c, "echo tool 3.9; echo careful >&2"]
    expect: { exit_code: 0, stdout: { version: ">=3.10" } }
    remedy: Install {{ seen.stdout.version }} or later.
  - id: missing
    title: The key is there
    file: secret/key.pem
    expect: { type: file, mode: { at_most: "0600" } }
    remedy: |
      Ask for it, then:
      mv key.pem secret/
  - { id: signed, title: The key is signed, needs: missing, command: ["true"] }
  - id: slow
    title: It answers
    timeout: 100ms
    command: [sleep, "60"]
"#;

const WARNING: &str = r#"
checks:
  - { id: good, command: ["true"] }
  - { id: bad, level: warn, command: ["false"] }
"#;

#[test]
fn go() {
    let engine = Engine::with_pack("checks:\n  - { id: shell, title: The shell is there, file: /bin/sh }");
    shows("go", &mut engine.command(&["run", "pack.yaml"])).exits(0).says("1 ok").says(": GO");
}

#[test]
fn no_go() {
    let engine = Engine::with_pack(ANSWERS);
    shows("no-go", &mut engine.command(&["run", "pack.yaml"]))
        .exits(1)
        .says("1 ok, 1 info, 1 warning, 1 error, 1 unknown, 1 skipped")
        .says("secret/key.pem does not exist")
        .says(": NO-GO");
    shows("no-go-quiet", &mut engine.command(&["run", "pack.yaml", "--quiet"])).exits(1).hides("The shell is there");
    shows("no-go-verbose", &mut engine.command(&["run", "pack.yaml", "--verbose"])).exits(1).says("Older ones");
}

#[test]
fn warnings_are_go_unless_asked_otherwise() {
    let engine = Engine::with_pack(WARNING);
    shows("warnings", &mut engine.command(&["run", "pack.yaml"])).exits(0).says("1 warning").says(": GO");
    runs(&mut engine.command(&["run", "pack.yaml", "--warnings-exit-2"])).exits(2).says(": GO");
    runs(&mut engine.command(&["run", "pack.yaml", "--fail-on", "warn"])).exits(1).says(": NO-GO");
    runs(&mut engine.command(&["run", "pack.yaml", "--fail-on", "warn", "--warnings-exit-2"])).exits(1);
}

#[test]
fn infos_count_only_if_asked() {
    let engine = Engine::with_pack("checks:\n  - { id: bad, level: info, command: [\"false\"] }");
    runs(&mut engine.command(&["run", "pack.yaml", "--warnings-exit-2"])).exits(0).says("1 info");
    runs(&mut engine.command(&["run", "pack.yaml", "--fail-on", "info"])).exits(1);
}

#[test]
fn formats_for_programs() {
    let engine = Engine::with_pack(WARNING);
    let json = shows("warnings-json", &mut engine.command(&["run", "pack.yaml", "--format", "json"])).exits(0);
    let report: serde_json::Value = serde_json::from_str(&json.stdout).unwrap();
    assert_eq!(check(&report, "bad")["answer"], "warn");
    assert_eq!(report["summary"]["verdict"], "GO");
    let lines = shows("warnings-jsonl", &mut engine.command(&["run", "pack.yaml", "--format", "jsonl"])).exits(0);
    assert_eq!(lines.stdout.lines().filter(|line| serde_json::from_str::<serde_json::Value>(line).is_ok()).count(), 4);
    shows("warnings-junit", &mut engine.command(&["run", "pack.yaml", "--format", "junit"]))
        .exits(0)
        .says("<testsuite");
}

#[test]
fn several_reports_at_once() {
    let engine = Engine::with_pack(WARNING);
    let arguments = ["run", "pack.yaml", "--output", "a.json", "-o", "b.xml", "-o", "c.jsonl", "-o", "d.txt"];
    runs(&mut engine.command(&arguments)).exits(0).says("1 warning");
    let read = |name: &str| std::fs::read_to_string(engine.path().join(name)).unwrap();
    assert!(read("a.json").starts_with('{') && read("b.xml").starts_with("<?xml"));
    assert!(read("c.jsonl").lines().count() == 4 && read("d.txt").contains(": GO"));
    let named = ["run", "pack.yaml", "--format", "jsonl", "--output", "report", "--format", "json"];
    runs(&mut engine.command(&named)).exits(0).says("\"checks\"");
    assert_eq!(read("report").lines().count(), 4);
    let too_many = ["run", "pack.yaml", "--format", "json", "--format", "human"];
    shows("too-many-formats", &mut engine.command(&too_many)).exits(64).complains("one format");
}

#[test]
fn labels_of_a_run() {
    let engine = Engine::with_pack(
        "checks:\n  - { id: deploy, when: context.event == 'deploy', title: \"For {{ context.event }}\", file: /bin/sh }",
    );
    let arguments = ["run", "pack.yaml", "--context", "event=deploy", "--context", "commit=1f2e3d"];
    shows("context", &mut engine.command(&arguments)).exits(0).says("event=deploy").says("For deploy");
    runs(&mut engine.command(&["run", "pack.yaml"])).exits(0).says("1 skipped");
}

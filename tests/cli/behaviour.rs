//! What a check comes to: conditions, entries, attempts, outcomes, needs.

use crate::common::{Engine, check};
use crate::{runs, shows};

#[test]
fn entries_of_a_list_and_of_a_map() {
    let engine = Engine::with_pack(
        r#"
vars: { tools: { sh: /bin/sh, gone: /bin/is-not-there } }
checks:
  - { id: folder, for_each: [/, /tmp], title: "{{ item.index }} {{ item.value }}", file: "${item.value}" }
  - { id: tool, for_each: "${tools}", title: "{{ item.key }}", file: "${item.value}", remedy: "install {{ item.key }}" }
  - { id: after, needs: folder, command: ["true"] }
  - { id: never, needs: "tool[gone]", command: ["true"] }
"#,
    );
    shows("for-each", &mut engine.command(&["run", "pack.yaml"]))
        .exits(1)
        .says("install gone")
        .says("it needs tool[gone], which is error")
        .says("4 ok, 1 error, 1 skipped");
    // a check is named with and without its entry
    for name in ["tool", "test/tool", "tool[gone]", "test/tool[gone]"] {
        runs(&mut engine.command(&["run", "pack.yaml", "--id", name])).exits(1).says("1 error");
    }
    shows("list-for-each", &mut engine.command(&["list", "pack.yaml", "--id", "tool*"])).exits(0).says("tool[gone]");
}

#[test]
fn conditions_over_answers() {
    let engine = Engine::with_pack(
        r#"
checks:
  - { id: fast, level: info, title: The fast way works, command: ["false"], message: it does not }
  - { id: slow, title: The slow way works, when: "checks.fast.answer != 'ok'", command: ["true"] }
  - { id: tuned, title: The fast way is tuned, when: checks.fast.ok, command: ["true"] }
  - { id: after, title: An info meets a need, needs: fast, command: ["true"] }
"#,
    );
    shows("when", &mut engine.command(&["run", "pack.yaml"]))
        .exits(0)
        .says("the condition `checks.fast.ok` is false")
        .says("2 ok, 1 info, 1 skipped");
}

#[test]
fn a_check_that_is_switched_off_says_so() {
    let engine = Engine::with_pack(
        "checks:\n  - { id: old, enabled: false, command: [\"false\"] }\n  - { id: after, needs: old, command: [\"true\"] }",
    );
    shows("enabled-false", &mut engine.command(&["run", "pack.yaml"])).exits(0).says("switched off").says("2 skipped");
}

#[test]
fn the_first_outcome_that_holds_is_the_answer() {
    let engine = Engine::with_pack(
        r#"
inputs: { version: { default: "3.12.1" } }
checks:
  - id: tool
    title: The tool is one we know
    command: [echo, "tool ${version}"]
    outcomes:
      - ok: { stdout: { version: "3.12.*" } }
        message: as it should be
      - info: { stdout: { version: "3.11.*" } }
        message: "{{ seen.stdout.version }} is on its way out"
      - warn: { stdout: { version: ">=3.10" } }
        remedy: Install 3.12 soon.
      - unknown: { stdout: { contains: none } }
      - error: otherwise
    remedy: Install 3.12.
"#,
    );
    let run = |version: &str| engine.command(&["run", "pack.yaml", "--set", &format!("version={version}")]);
    runs(&mut run("3.12.7")).exits(0).says("as it should be").says("1 ok");
    shows("outcome-info", &mut run("3.11.2")).exits(0).says("3.11.2 is on its way out").says("1 info");
    runs(&mut run("3.10.1")).exits(0).says("Install 3.12 soon.").says("1 warning");
    runs(&mut run("none")).exits(1).says("1 unknown");
    shows("outcome-otherwise", &mut run("2.7.18")).exits(1).says("Install 3.12.").says("1 error");
}

#[test]
fn another_attempt() {
    let engine = Engine::with_pack(
        r#"
checks:
  - id: third-time
    command: [sh, -c, "echo x >> tries; test $(wc -l < tries) = 3"]
    retry: { attempts: 5, delay: 1ms, on: fail }
  - id: never
    title: It comes up
    command: ["false"]
    retry: { attempts: 3, delay: 1ms, backoff: 2, on: [unknown, fail] }
    message: not after {{ attempts }} attempts
"#,
    );
    let shown = shows("retry", &mut engine.command(&["run", "pack.yaml"])).exits(1).says("not after 3 attempts");
    assert!(shown.stdout.contains("ok      third-time"));
    let (_, report) = engine.run_pack(&["--id", "never"]);
    assert_eq!(check(&report, "never")["attempts"], 3);
}

#[test]
fn wait_until_it_holds() {
    let engine = Engine::with_pack(
        r#"
checks:
  - { id: up, command: [sh, -c, "test -e ready || { touch ready; exit 1; }"], retry: { for: 30s, every: 5ms } }
  - { id: down, file: absent, retry: { for: 20ms, every: 5ms } }
"#,
    );
    let (ran, report) = engine.run_pack(&[]);
    assert_eq!(ran.code, Some(1), "{ran}");
    assert_eq!((&check(&report, "up")["answer"], &check(&report, "up")["attempts"]), (&"ok".into(), &2.into()));
    assert_eq!(check(&report, "down")["answer"], "error");
    assert!(check(&report, "down")["attempts"].as_u64() >= Some(2), "{ran}");
}

#[test]
fn a_status_for_the_pack() {
    let engine = Engine::with_pack(
        r#"
status:
  - { is: BROKEN, when: "!go" }
  - { is: READY_FALLBACK, when: "checks['fast'].answer == 'info'" }
  - { is: READY }
checks:
  - { id: fast, level: info, file: fast }
  - { id: slow, file: slow }
"#,
    );
    let run = || engine.command(&["run", "pack.yaml"]);
    shows("status", &mut run()).exits(1).says("test: BROKEN");
    engine.write("slow", "");
    runs(&mut run()).exits(0).says("test: READY_FALLBACK");
    engine.write("fast", "");
    runs(&mut run()).exits(0).says("test: READY\n");
}

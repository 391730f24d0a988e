//! `engine test`: cases of packs, what they print, and what they prove.

mod common;

use common::{Engine, GUARD};
use std::io::Write;
use std::process::{Command, Stdio};

const PACK: &str = r#"
pack: demo
vars: { fs: proc }
inputs: { token: { secret: true, required: true } }
status:
  - is: READY
    when: go
  - is: BROKEN
checks:
  - id: proc
    mount: /proc
    expect: { filesystem: "${fs}", options: { includes: [rw] } }
    message: "{{ seen.filesystem }} is mounted"
    remedy: |
      Mount it again:
      mount -t proc proc /proc
  - id: many
    level: warn
    for_each: [a, b]
    mount: "/srv/${item.value}"
  - id: graded
    needs: [proc]
    mount: /data
    outcomes:
      - ok: { filesystem: ext4 }
      - warn: { filesystem: xfs, options: { none: nosuid } }
      - error: otherwise
"#;

const CASE: &str = r#"
case: all is well
hidden: [token]
looks:
  - check: proc
    seen: { filesystem: proc, options: [rw] }
  - check: many[a]
    seen: {}
  - check: many[b]
    absent: nothing is mounted at /srv/b
  - check: graded
    seen: { filesystem: xfs, options: [rw, nosuid] }
expect:
  proc: ok
  many: ok
  many[b]: { answer: warn, reason: { contains: /srv/b } }
  graded: error
status: BROKEN
"#;

fn demo() -> Engine {
    let engine = Engine::new();
    engine.write("checks.d/demo.yaml", PACK);
    engine.write("tests/packs/demo/well.yaml", CASE);
    engine
}

#[test]
fn a_case_that_comes_out_says_nothing_more() {
    let ran = demo().run(&["test"]);
    assert_eq!((ran.code, ran.stdout.as_str()), (Some(0), "1 case of 1 pack: as expected\n"), "{ran}");
}

#[test]
fn differences_are_shown_as_a_diff() {
    let engine = demo();
    let wrong = CASE
        .replace("filesystem: proc,", "filesystem: tmpfs,")
        .replace("proc: ok", "proc: { answer: ok, remedy: \"Mount it again:\\nmount /proc\" }")
        .replace("BROKEN", "READY");
    engine.write("tests/packs/demo/well.yaml", &wrong);
    let ran = engine.run(&["test", "--junit", "junit.xml"]);
    assert_eq!(ran.code, Some(1), "{ran}");
    insta::assert_snapshot!(ran.stdout, @r"
     differs demo: all is well  tests/packs/demo/well.yaml
             proc answer
               - ok
               + error
               filesystem is proc (found tmpfs)
             proc remedy
                 Mount it again:
               - mount /proc
               + mount -t proc proc /proc
             graded answer
               - error
               + skipped
               it needs proc, which is error
             the pack status
               - READY
               + BROKEN
    1 case of 1 pack: 1 differs
    ");
    let junit = std::fs::read_to_string(engine.path().join("junit.xml")).unwrap();
    for part in ["testsuite name=\"demo\"", "failures=\"1\"", "classname=\"demo.well\"", "found tmpfs"] {
        assert!(junit.contains(part), "`{part}`: {junit}");
    }
}

#[test]
fn cases_stand_beside_a_pack_or_begin_with_a_recording() {
    let engine = Engine::new();
    engine.write("service/demo.yaml", PACK);
    engine.write("service/tests/demo/base.yaml", "recording: 1\nrecorded_at: 2026-03-01T10:00:00Z\nhidden: [token]\nvars: { fs: tmpfs }\nlooks:\n  - check: demo/proc\n    seen: { filesystem: tmpfs, options: [rw], source: proc }\n");
    engine.write("service/tests/demo/changed.yaml", "case: read only\nrecording: base.yaml\nchange:\n  - check: proc\n    seen: { options: [ro] }\nexpect: { proc: error }\nothers: any\n");
    engine.write(
        "service/tests/as-recorded.yaml",
        "case: as recorded\npack: demo\nrecording: demo/base.yaml\nexpect: { proc: ok }\nothers: any\n",
    );
    engine.write("service/tests/fixture.yaml", "something: else\n");
    let ran = engine.run(&["test", "service", "--verbose"]);
    assert_eq!(ran.code, Some(0), "{ran}");
    assert!(ran.stdout.contains("2 cases of 1 pack: as expected"), "{ran}");
    let one = engine.run(&["test", "service", "--case", "as *"]);
    assert!(one.stdout.contains("1 case of 1 pack"), "{one}");
    assert_eq!(engine.run(&["test", "service", "--case", "nothing"]).code, Some(64));
}

#[test]
fn gaps_and_rules_that_cannot_fail_are_named() {
    let engine = demo();
    let loose = PACK.replace(
        "- id: graded",
        "- id: idle\n    mount: /idle\n    expect: { source: { length: { ge: 0 } } }\n  - id: graded",
    );
    engine.write("checks.d/demo.yaml", &loose);
    let case = CASE
        .replace("  - check: graded", "  - check: idle\n    seen: { source: tmpfs }\n  - check: graded")
        .replace("  graded:", "  idle: ok\n  graded:");
    engine.write("tests/packs/demo/well.yaml", &case);
    let ran = engine.run(&["test", "--coverage"]);
    assert_eq!(ran.code, Some(0), "coverage alone only tells: {ran}");
    for line in [
        " demo/idle: no case saw it fail\n",
        " demo/proc: no case saw it fail\n",
        " demo/graded: no case reached `ok: { filesystem: ext4 }`\n",
        " demo/graded: no case reached `warn: { filesystem: xfs, options: { none: nosuid } }`\n",
        " 4 checks: 2 never seen to fail\n",
    ] {
        assert!(ran.stdout.contains(line), "`{line}`: {ran}");
    }
    assert_eq!(engine.run(&["test", "--require-coverage"]).code, Some(1));
    let mutated = engine.run(&["test", "--mutate"]);
    assert_eq!(mutated.code, Some(1), "{mutated}");
    let told: Vec<&str> = mutated.stdout.lines().filter(|line| line.contains("whatever")).collect();
    assert_eq!(told, [" demo/idle: whatever `source` is, the answer stays the same"]);
}

#[test]
fn rendered_reports_are_kept_and_compared() {
    let engine = demo();
    let kept = engine.run(&["test", "--accept"]);
    assert_eq!(kept.code, Some(0), "{kept}");
    let path = engine.path().join("snapshots/packs/demo/well.txt");
    let text = std::fs::read_to_string(&path).unwrap();
    assert!(text.starts_with("all is well\n") && text.contains("what was found") || text.contains("NO-GO"), "{text}");
    assert_eq!(engine.run(&["test"]).code, Some(0));
    engine.write("checks.d/demo.yaml", &format!("# a comment moves every line\n{PACK}"));
    assert_eq!(engine.run(&["test"]).code, Some(0), "places are no part of a snapshot");
    engine.write("checks.d/demo.yaml", &PACK.replace("level: warn", "level: warn\n    remedy: Mount it."));
    let changed = engine.run(&["test"]);
    assert_eq!(changed.code, Some(1), "{changed}");
    assert!(changed.stdout.contains("+          what to do  Mount it."), "{changed}");
    assert_eq!(engine.run(&["test", "--review"]).code, Some(64), "there is no terminal to ask on");
    engine.write("snapshots/packs/demo/left-over.txt", "of a case that is gone\n");
    engine.run(&["test", "--accept"]);
    assert!(!engine.path().join("snapshots/packs/demo/left-over.txt").exists());
    assert_eq!(engine.run(&["test"]).code, Some(0));
}

/// `engine test --review` on a terminal, with these answers typed.
fn review(engine: &Engine, answers: &str) -> (Option<i32>, String) {
    let line = format!("{} test --review", env!("CARGO_BIN_EXE_engine"));
    let mut command = Command::new("script");
    command.args(["-qec", &line, "/dev/null"]).current_dir(engine.path()).env("NO_COLOR", "1").env("COLUMNS", "100");
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
    child.stdin.take().unwrap().write_all(answers.as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    (output.status.code(), String::from_utf8_lossy(&output.stdout).replace('\r', ""))
}

#[test]
fn a_review_asks_for_each_snapshot() {
    let engine = demo();
    engine.write("tests/packs/demo/again.yaml", &CASE.replace("all is well", "well again"));
    let kept = |name: &str| engine.path().join("snapshots/packs/demo").join(name).exists();

    let (code, shown) = review(&engine, "q\n");
    assert_eq!((code, kept("again.txt"), kept("well.txt")), (Some(1), false, false), "{shown}");
    assert!(shown.contains("again.txt: new") && shown.contains("0 snapshots kept, 2 not"), "{shown}");

    let (code, shown) = review(&engine, "what?\ns\nA\n");
    assert_eq!((code, kept("again.txt"), kept("well.txt")), (Some(1), false, true), "{shown}");
    assert_eq!(shown.matches("[a]ccept, [s]kip, [q]uit?").count(), 3, "{shown}");
    assert!(shown.contains("1 snapshot kept, 1 not"), "{shown}");

    let (code, shown) = review(&engine, "accept\n");
    assert_eq!((code, kept("again.txt")), (Some(0), true), "{shown}");
    assert_eq!(engine.run(&["test"]).code, Some(0));
}

#[test]
fn the_first_case_is_recorded() {
    let engine = Engine::new();
    engine.write("checks.d/demo.yaml", PACK);
    let lacking = engine.run(&["test", "--new", "demo"]);
    assert_eq!(lacking.code, Some(65), "the required input has no value: {lacking}");
    for file in ["live.yaml", "live-2.yaml"] {
        let fresh = engine.run(&["test", "--new", "demo", "--set", "token=hunter2hunter2", "--set", "fs=proc"]);
        assert_eq!(fresh.code, Some(0), "{fresh}");
        let text = std::fs::read_to_string(engine.path().join("checks.d/tests/demo").join(file)).unwrap();
        assert!(text.contains("hidden: [token]") && text.contains("fs: proc") && !text.contains("hunter2"), "{text}");
    }
    let ran = engine.run(&["test"]);
    assert_eq!((ran.code, ran.stdout.as_str()), (Some(0), "2 cases of 1 pack: as expected\n"), "{ran}");
}

/// Bad cases: what is replaced by what, and what the complaint says.
const BAD: &[(&str, &str, &[&str])] = &[
    ("  graded: error\n", "", &["E0507", "nothing is expected of `graded`"]),
    ("  graded: error", "  gradd: error", &["E0505", "did you mean `demo/graded`?"]),
    ("  graded: error", "  graded: eror", &["E0106", "did you mean `error`?"]),
    ("- check: graded", "- check: gradd", &["E0505", "did you mean `demo/graded`?"]),
    ("hidden: [token]\n", "", &["E0309", "the input `token` is required", "well.yaml:2:7", "`hidden:"]),
    ("hidden: [token]\n", "hidden: [token]\nvars: { fss: proc }\n", &["E0308", "did you mean `fs`?"]),
    ("looks:", "loooks:", &["E0101", "did you mean `looks`?"]),
    ("case: all is well\n", "", &["E0507", "neither a case nor a recording"]),
    ("status: BROKEN", "change: [{ check: proc, seen: {} }]", &["E0508", "demo/proc"]),
    ("hidden: [token]", "recording: nowhere.yaml", &["E0403", "nowhere.yaml"]),
    ("status: BROKEN", "others: maybe", &["E0106", "`maybe` is not one of"]),
];

#[test]
fn bad_cases_are_complained_of() {
    let engine = demo();
    for (good, bad, parts) in BAD {
        assert!(CASE.contains(good), "{good}");
        engine.write("tests/packs/demo/well.yaml", &CASE.replace(good, bad));
        let ran = engine.run(&["test"]);
        assert_eq!(ran.code, Some(65), "{bad}: {ran}");
        for part in *parts {
            assert!(ran.stderr.contains(part), "`{part}` is missing for `{bad}`: {ran}");
        }
    }
    let nothing = Engine::new();
    nothing.write("checks.d/demo.yaml", PACK);
    let ran = nothing.run(&["test"]);
    assert_eq!(ran.code, Some(64), "a pack without cases is not tested: {ran}");
    assert!(ran.stderr.contains("engine test --new PACK"), "{ran}");
}

#[test]
fn hundreds_of_cases_start_nothing_and_end_soon() {
    let engine = Engine::new();
    // were anything run or looked at, each case would take ten seconds and leave a file
    engine.write(
        "checks.d/slow.yaml",
        "pack: slow\nchecks:\n  - id: sleeps\n    timeout: 20s\n    shell: touch ran; sleep 10\n",
    );
    for number in 0..500 {
        let text = format!(
            "case: number {number}\nlooks:\n  - check: sleeps\n    seen: {{ exit_code: {} }}\nexpect: {{ sleeps: {} }}\n",
            number % 2,
            if number % 2 == 0 { "ok" } else { "error" }
        );
        engine.write(&format!("tests/packs/slow/case-{number}.yaml"), &text);
    }
    let ran = engine.run(&["test", "--require-coverage", "--mutate"]);
    assert_eq!(ran.code, Some(0), "{ran}");
    assert!(ran.stdout.contains("500 cases of 1 pack: as expected"), "{ran}");
    assert!(ran.elapsed < GUARD && !engine.path().join("ran").exists(), "{ran}");
}

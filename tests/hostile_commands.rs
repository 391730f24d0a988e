//! Commands that misbehave, with real processes, through the built engine: nothing they do may hang
//! it, fill its memory, or outlive the run, save what gave itself a session of its own.

mod common;

use common::{Engine, GUARD, check};
use rustix::process::Signal;
use std::time::Duration;

/// One second of timeout, with room for a busy machine; without the timeout it would be a thousand.
const SOON: Duration = Duration::from_secs(5);

#[test]
fn at_its_timeout_a_command_and_its_children_are_ended() {
    let engine = Engine::with_pack(
        "checks:\n  - { id: hangs, timeout: 1s, command: [sh, -c, 'echo started >&2; sleep 1000 & sleep 1000'] }",
    );
    let (ran, report) = engine.run_pack(&[]);
    assert!(ran.elapsed >= Duration::from_secs(1) && ran.elapsed < SOON, "{ran}");
    assert_eq!(ran.code, Some(1), "{ran}");
    assert_eq!(check(&report, "hangs")["answer"], "unknown");
    assert_eq!(check(&report, "hangs")["reason"], "timed out after 1s; the last line of stderr: started");
    engine.assert_nothing_runs();
}

#[test]
fn a_background_child_does_not_delay_the_answer() {
    let engine = Engine::with_pack("checks:\n  - { id: leaves, command: [sh, -c, 'sleep 1000 & exit 0'] }");
    let (ran, report) = engine.run_pack(&[]);
    assert!(ran.elapsed < SOON, "{ran}");
    assert_eq!(ran.code, Some(0), "{ran}");
    assert_eq!(check(&report, "leaves")["seen"]["left_behind"], true);
    engine.assert_nothing_runs();
}

#[test]
fn two_hundred_megabytes_of_output_are_counted_and_cost_little_memory() {
    let engine = Engine::with_pack(
        "checks:
  - { id: before, shell: 'grep VmHWM /proc/$PPID/status' }
  - id: floods
    needs: [before]
    timeout: 60s
    shell: 'head -c 200000000 /dev/zero'
    expect: { stdout_bytes: { equals: 200000000B }, truncated: true }
  - { id: after, needs: [floods], shell: 'grep VmHWM /proc/$PPID/status' }",
    );
    let (ran, report) = engine.run_pack(&[]);
    assert_eq!(ran.code, Some(0), "{ran}");
    let kibibytes = |id: &str| number(check(&report, id)["seen"]["stdout"].as_str().unwrap());
    let more = kibibytes("after") - kibibytes("before");
    assert!(more < 10 << 10, "{more} KiB more");
}

#[test]
fn a_failing_flood_is_shown_bounded() {
    let engine = Engine::with_pack(
        "checks:
  - { id: lines, shell: 'seq 10000 >&2; exit 1' }
  - { id: one-line, shell: 'head -c 5000000 /dev/zero | tr \"\\0\" x; exit 1' }",
    );
    let ran = engine.run(&["run", "pack.yaml"]);
    assert_eq!(ran.code, Some(1), "{ran}");
    assert!(ran.stdout.contains("9,992 lines left out") && ran.stdout.contains(" 10000\n"), "{ran}");
    assert!(ran.stdout.len() < 4000 && ran.stdout.lines().count() < 40, "{ran}");
}

#[test]
fn a_command_that_ignores_term_is_killed() {
    let engine = Engine::with_pack(
        "checks:\n  - { id: stubborn, timeout: 1s, shell: \"trap '' TERM INT HUP; while :; do sleep 1000; done\" }",
    );
    let (ran, report) = engine.run_pack(&[]);
    assert!(ran.elapsed < SOON, "{ran}");
    assert_eq!(check(&report, "stubborn")["reason"], "timed out after 1s");
    engine.assert_nothing_runs();
}

#[test]
fn a_daemon_that_closes_nothing_cannot_hold_the_run() {
    let daemon = "(setsid sh -c \"echo \\$\\$ >new-$0; mv new-$0 pid-$0; exec sleep 1000\" &) ; until [ -e pid-$0 ]; do sleep 0.01; done";
    let engine = Engine::with_pack(&format!(
        "checks:
  - {{ id: ends, command: [sh, -c, '{daemon}', a] }}
  - {{ id: stays, timeout: 1s, command: [sh, -c, '{daemon}; sleep 1000', b] }}"
    ));
    let (ran, report) = engine.run_pack(&[]);
    assert!(ran.elapsed < SOON, "{ran}");
    assert_eq!(check(&report, "ends")["answer"], "ok", "{ran}");
    assert_eq!(check(&report, "ends")["seen"]["left_behind"], true);
    assert_eq!(check(&report, "stays")["answer"], "unknown");
    assert_eq!(engine.processes().len(), 2, "the daemons, and nothing else, live on");
}

#[test]
fn binary_output_is_text_in_every_report() {
    let engine = Engine::with_pack(
        r"checks:
  - { id: binary, command: [printf, '\000\377\033[2J\200\n'], expect: { stdout: { contains: nothing }, stdout_bytes: 8B } }",
    );
    let (ran, report) = engine.run_pack(&[]);
    assert_eq!(ran.code, Some(1), "{ran}");
    assert_eq!(check(&report, "binary")["seen"]["stdout"], "\0\u{fffd}\u{1b}[2J\u{fffd}");
    assert_eq!(check(&report, "binary")["failed"].as_array().map(Vec::len), Some(1), "{ran}");
    let ran = engine.run(&["run", "pack.yaml"]);
    assert!(ran.stdout.contains(r"\x00") && !ran.stdout.contains(['\0', '\u{1b}']), "{ran}");
}

#[test]
fn what_cannot_be_run_says_why() {
    let long = "x".repeat(1 << 20);
    let engine = Engine::with_pack(&format!(
        "checks:
  - {{ id: missing, command: [no-such-program-here] }}
  - {{ id: missing-path, command: [./nowhere/at-all] }}
  - {{ id: plain, command: [./pack.yaml] }}
  - {{ id: folder, command: [/] }}
  - {{ id: no-folder, command: {{ command: [pwd], cwd: /nowhere }} }}
  - {{ id: huge, command: [echo, {long}] }}"
    ));
    let (ran, report) = engine.run_pack(&[]);
    let cases = [
        ("missing", "error", "there is no program `no-such-program-here` on PATH"),
        ("missing-path", "error", "does not exist"),
        ("plain", "unknown", "exists but may not be executed"),
        ("folder", "unknown", "is a directory, not a program"),
        ("no-folder", "unknown", "the working directory `/nowhere` cannot be used"),
        ("huge", "unknown", "longer than the system allows"),
    ];
    for (id, answer, reason) in cases {
        let check = check(&report, id);
        assert_eq!(check["answer"], answer, "{check:#}");
        assert!(check["reason"].as_str().is_some_and(|found| found.contains(reason)), "{check:#}");
    }
    assert!(ran.stdout.len() < 20_000, "the huge argument is not shown whole");
    let ran = engine.run(&["run", "pack.yaml"]);
    assert!(ran.stdout.len() < 10_000, "{} bytes", ran.stdout.len());
}

#[test]
fn a_secret_is_hidden_however_a_command_shows_it() {
    let secret = "it's a very secret passphrase with blanks, long enough to be wrapped somewhere in the report";
    let engine = Engine::with_pack(
        "inputs: { key: { secret: true } }
checks:
  - { id: argument, command: [sh, -c, 'echo \"$1\"; exit 1', sh, '${key}'] }
  - { id: shell, shell: 'echo ${key} >&2; exit 1' }
  - { id: variable, command: { command: [sh, -c, 'echo \"$KEY\"; sleep 1000'], env: { KEY: '${key}' } }, timeout: 1s }
  - { id: script, script: { interpreter: sh, run: 'cat; cat \"$0\"; exit 1 # ${key}', stdin: '${key}' } }
  - { id: plugin, plugin: { command: [cat], request: ['${key}'] } }",
    );
    let set = format!("key={secret}");
    for format in ["human", "json", "jsonl"] {
        let ran = engine.run(&["run", "pack.yaml", "--verbose", "--format", format, "--set", &set]);
        assert_eq!(ran.code, Some(1), "{ran}");
        assert!(ran.stdout.contains("[hidden]"), "{ran}");
        for part in ["very secret", "passphrase", "wrapped somewhere"] {
            assert!(!ran.stdout.contains(part) && !ran.stderr.contains(part), "{ran}");
        }
    }
}

#[test]
fn input_that_is_not_given_is_empty() {
    let engine =
        Engine::with_pack("checks:\n  - { id: reads, command: [cat], expect: { stdout: \"\", exit_code: 0 } }");
    let (ran, _) = engine.run_pack(&[]);
    assert_eq!(ran.code, Some(0), "{ran}");
}

/// The engine's own descriptors and zombies, counted by its first and its last command.
#[test]
fn ten_thousand_commands_leave_nothing() {
    use std::fmt::Write;
    const COMMANDS: usize = 10_000;
    let count = "ls /proc/$PPID/fd | wc -l; grep -c '^State:.Z' $(sed 's,[0-9]*,/proc/&/status,g' /proc/$PPID/task/*/children) | grep -c ':[1-9]'; true";
    let mut pack = format!("defaults: {{ timeout: 60s }}\nchecks:\n  - {{ id: before, shell: \"{count}\" }}\n");
    let mut ids = Vec::new();
    for command in 0..COMMANDS {
        writeln!(pack, "  - {{ id: c{command}, needs: [before], command: [\"true\", \"{command}\"] }}").unwrap();
        ids.push(format!("c{command}"));
    }
    write!(pack, "  - {{ id: after, needs: [{}], shell: \"{count}; :\" }}", ids.join(", ")).unwrap();
    let engine = Engine::with_pack(&pack);
    let (ran, report) = engine.run_pack(&[]);
    assert_eq!(report["summary"]["counts"]["ok"], COMMANDS + 2, "{}", report["summary"]);
    assert_eq!(ran.code, Some(0));
    let counted = |id: &str| -> Vec<u64> {
        check(&report, id)["seen"]["stdout"].as_str().unwrap().lines().map(|line| line.parse().unwrap()).collect()
    };
    let (before, after) = (counted("before"), counted("after"));
    // the engine may be just closing its copies of what it gave to the counting command
    assert!(after[0] < before[0] + 10, "{} descriptors before, {} after", before[0], after[0]);
    assert_eq!((before[1], after[1]), (0, 0), "zombies");
    engine.assert_nothing_runs();
}

const LONG: &str = "checks:
  - { id: quick, priority: 1, command: [\"true\"] }
  - { id: slow, priority: 2, needs: [quick], shell: 'sleep 1000 & touch ready; sleep 1000' }
  - { id: stubborn, priority: 2, needs: [quick], shell: \"trap '' TERM; touch stubborn; while :; do sleep 1000; done\" }
  - { id: later, priority: 3, needs: [slow], command: [touch, later] }
defaults: { timeout: 1h }";

/// Checks a report of `LONG` that was ended before its time.
fn assert_ended_early(engine: &Engine, ran: &common::Ran, reason: &str) {
    let report = ran.json();
    assert_eq!(report["summary"]["ended_early"], reason, "{ran}");
    assert_eq!(check(&report, "quick")["answer"], "ok");
    for id in ["slow", "stubborn"] {
        assert_eq!(check(&report, id)["reason"], format!("not run to its end: {reason}"));
    }
    assert_eq!(check(&report, "later")["reason"], format!("not run: {reason}"));
    assert!(!engine.path().join("later").exists());
    engine.assert_nothing_runs();
}

#[test]
fn signals_end_the_run_in_good_order() {
    let cases = [(Signal::INT, 130, "interrupted (SIGINT)"), (Signal::TERM, 143, "terminated (SIGTERM)")];
    for (signal, code, reason) in cases {
        let engine = Engine::with_pack(LONG);
        let started = engine.start(&["run", "pack.yaml", "--format", "json"]);
        engine.wait_for("ready");
        engine.wait_for("stubborn");
        started.signal(signal);
        let ran = started.end();
        assert_eq!(ran.code, Some(code), "{ran}");
        assert_ended_early(&engine, &ran, reason);
    }
}

#[test]
fn a_second_signal_leaves_no_command_either() {
    let engine = Engine::with_pack(LONG);
    let started = engine.start(&["run", "pack.yaml"]);
    engine.wait_for("ready");
    engine.wait_for("stubborn");
    started.signal(Signal::INT);
    std::thread::sleep(Duration::from_millis(20));
    started.signal(Signal::TERM);
    let ran = started.end();
    assert!(matches!(ran.code, Some(130 | 143)), "{ran}");
    engine.assert_nothing_runs();
}

#[test]
fn the_time_for_the_whole_run_can_be_limited() {
    let engine = Engine::with_pack(LONG);
    let (ran, _) = engine.run_pack(&["--timeout", "1s"]);
    assert!(ran.elapsed < SOON, "{ran}");
    assert_eq!(ran.code, Some(1), "{ran}");
    assert_ended_early(&engine, &ran, "the time for the whole run is over");
}

#[test]
fn a_script_that_is_interrupted_leaves_no_file() {
    let engine = Engine::with_pack(
        "checks:\n  - { id: slow, timeout: 1h, script: { interpreter: sh, run: \"touch ready; sleep 1000\" } }",
    );
    let mut command = engine.command(&["run", "pack.yaml"]);
    let files = engine.path().join("temporary");
    std::fs::create_dir(&files).unwrap();
    let mut child = command.env("TMPDIR", &files).spawn().unwrap();
    engine.wait_for("ready");
    assert_eq!(std::fs::read_dir(&files).unwrap().count(), 1);
    common::send(child.id(), Signal::TERM);
    assert_eq!(child.wait().unwrap().code(), Some(143));
    assert_eq!(std::fs::read_dir(&files).unwrap().count(), 0);
}

#[test]
fn a_killed_engine_leaves_nobody_waiting_and_loses_only_what_was_under_way() {
    let engine = Engine::with_pack(LONG);
    let started = engine.start(&["run", "pack.yaml"]);
    engine.wait_for("ready");
    started.signal(Signal::KILL);
    // `end` fails if a command holds the engine's output open
    let ran = started.end();
    assert_eq!(ran.code, None, "{ran}");
    assert!(ran.elapsed < GUARD && ran.stdout.contains("ok      quick"), "{ran}");
}

/// The first number in a text.
fn number(text: &str) -> u64 {
    let digits: String = text.chars().skip_while(|c| !c.is_ascii_digit()).take_while(char::is_ascii_digit).collect();
    digits.parse().unwrap()
}

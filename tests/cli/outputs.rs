//! Where output goes: files, full disks, readers that go away, pipes and terminals, colours and columns.

use crate::common::Engine;
use crate::running::ANSWERS;
use crate::{runs, shows};
use std::process::Command;

const LONG: &str = r#"
checks:
  - id: long
    title: A title so long that it does not fit the narrowest terminal that anybody still uses today, and goes on a little
    command: [sh, -c, "echo one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen; exit 3"]
    remedy: |
      Do this first, then that, and when all of it is done look again whether it came to anything at all.
        indented --as=code
"#;

/// The engine behind a shell line; `$engine` is its path.
fn shell(engine: &Engine, line: &str) -> Command {
    let mut command = Command::new("sh");
    command.args(["-c", &line.replace("$engine", env!("CARGO_BIN_EXE_engine"))]).current_dir(engine.path());
    command.env("NO_COLOR", "1").env("COLUMNS", "100");
    command
}

#[test]
fn a_file_that_cannot_be_written_is_said_before_anything_runs() {
    let engine = Engine::with_pack("checks:\n  - { id: a, command: [touch, was-run] }");
    let arguments = ["run", "pack.yaml", "--output", "no/such/folder/report.json"];
    shows("output-not-writable", &mut engine.command(&arguments)).exits(74).complains("no/such/folder/report.json");
    assert!(!engine.path().join("was-run").exists());
}

#[test]
fn a_full_disk_is_said() {
    let engine = Engine::with_pack(ANSWERS);
    shows("output-full", &mut engine.command(&["run", "pack.yaml", "--output", "/dev/full"]))
        .exits(74)
        .says(": NO-GO")
        .complains("/dev/full");
    for verb in ["run pack.yaml", "list pack.yaml", "validate pack.yaml", "explain", "schema pack", "--help"] {
        let shown = runs(&mut shell(&engine, &format!("$engine {verb} > /dev/full"))).exits(74);
        assert!(shown.stderr.contains("No space left"), "{verb}: {}", shown.stderr);
    }
}

#[test]
fn a_reader_that_went_away_has_seen_enough() {
    let engine = Engine::with_pack(ANSWERS);
    for verb in ["run pack.yaml", "list pack.yaml", "explain", "schema pack"] {
        let line = format!("{{ $engine {verb}; echo $? > code; }} | head -n 1");
        let shown = runs(&mut shell(&engine, &line)).exits(0);
        assert!(shown.stderr.is_empty(), "{verb}: {}", shown.stderr);
        let code = std::fs::read_to_string(engine.path().join("code")).unwrap();
        let expected = if verb.starts_with("run") { "1\n" } else { "0\n" };
        assert_eq!(code, expected, "{verb}");
    }
    let line = "{ $engine run pack.yaml; echo $? > code; } | true";
    runs(&mut shell(&engine, line)).exits(0);
    assert_eq!(std::fs::read_to_string(engine.path().join("code")).unwrap(), "1\n");
}

#[test]
fn columns() {
    let engine = Engine::with_pack(LONG);
    for columns in ["60", "80", "200"] {
        let mut command = engine.command(&["run", "pack.yaml"]);
        let shown = shows(&format!("columns-{columns}"), command.env("COLUMNS", columns)).exits(1);
        let limit: usize = columns.parse().unwrap();
        assert!(shown.stdout.lines().all(|line| line.chars().count() <= limit), "{}", shown.stdout);
    }
}

#[test]
fn colours() {
    let engine = Engine::with_pack(ANSWERS);
    let command = |arguments: &[&str]| {
        let mut command = engine.command(&[&["run", "pack.yaml"], arguments].concat());
        command.env_remove("NO_COLOR");
        command
    };
    runs(&mut command(&[])).hides("\x1b");
    shows("colours-always", &mut command(&["--color", "always"])).exits(1).says("\x1b[");
    runs(command(&["--color", "always"]).env("NO_COLOR", "1")).says("\x1b[");
    runs(command(&[]).env("CLICOLOR_FORCE", "1")).says("\x1b[");
    runs(command(&[]).env("CLICOLOR_FORCE", "1").env("NO_COLOR", "1")).hides("\x1b");
    runs(&mut command(&["--color", "never"])).hides("\x1b");
    runs(&mut command(&["--color", "always", "--format", "json"])).hides("\x1b");
    let file = ["--color", "always", "--output", "report.txt"];
    runs(&mut command(&file)).says("\x1b[");
    assert!(!std::fs::read_to_string(engine.path().join("report.txt")).unwrap().contains('\x1b'));
}

#[test]
fn a_terminal_has_colours_and_no_rubbish_of_the_progress() {
    let engine = Engine::with_pack(
        "checks:\n  - { id: slow, command: [sleep, \"0.5\"] }\n  - { id: slower, command: [sleep, \"0.7\"] }\n",
    );
    let terminal = |line: &str| {
        let mut command = Command::new("script");
        command.args(["-qec", &line.replace("$engine", env!("CARGO_BIN_EXE_engine")), "/dev/null"]);
        command.current_dir(engine.path()).env("TERM", "xterm").env("COLUMNS", "100").env_remove("NO_COLOR");
        runs(&mut command)
    };
    let shown = terminal("$engine run pack.yaml").exits(0);
    assert!(shown.stdout.contains("\x1b[2K 1 of 2"), "progress is shown: {:?}", shown.stdout);
    let screen = screen(&shown.stdout);
    assert!(!screen.contains(" of 2"), "{screen}");
    let lines: Vec<&str> = screen.lines().collect();
    assert!(lines[0].starts_with(" ok      slow") && lines[1].starts_with(" ok      slower"), "{screen}");
    assert!(lines[2].is_empty() && lines[3].ends_with(": GO") && lines.len() == 4, "{screen}");
    let dumb = terminal("TERM=dumb $engine run pack.yaml").exits(0);
    assert!(!dumb.stdout.contains('\x1b'), "{:?}", dumb.stdout);
    let piped = terminal("$engine run pack.yaml | cat").exits(0);
    assert!(!piped.stdout.contains('\x1b'), "{:?}", piped.stdout);
}

#[test]
fn an_ended_run_leaves_a_clean_terminal() {
    let engine = Engine::with_pack("checks:\n  - { id: slow, command: [sleep, \"60\"] }\n");
    let line = format!("{} run pack.yaml --timeout 400ms", env!("CARGO_BIN_EXE_engine"));
    let mut command = Command::new("script");
    command.args(["-qec", &line, "/dev/null"]).current_dir(engine.path()).env("TERM", "xterm").env("NO_COLOR", "1");
    let shown = runs(&mut command).exits(1).says("1 unknown");
    assert!(!screen(&shown.stdout).contains("0 of 1"), "{:?}", shown.stdout);
}

/// What a terminal shows in the end: carriage return and "erase the line" carried out, colours left out.
fn screen(output: &str) -> String {
    let colour = regex::Regex::new("\x1b\\[[0-9;]*m").unwrap();
    let lines = output.split('\n').map(|line| {
        let line = line.strip_suffix('\r').unwrap_or(line);
        let kept = line.rsplit("\x1b[2K").next().unwrap_or_default();
        colour.replace_all(kept, "").into_owned()
    });
    lines.collect::<Vec<_>>().join("\n")
}

/// Priorities interleave two packs; a pack's checks stand together all the same.
#[test]
fn the_checks_of_a_pack_stand_together() {
    let engine = Engine::with_pack("");
    engine.write(
        "packs/first.yaml",
        r#"
pack: first
title: The first pack
checks:
  - { id: late, priority: 90, command: ["true"] }
  - { id: early, priority: 10, command: ["true"] }
  - { id: off, priority: 20, enabled: false, command: ["true"] }
  - { id: off-too, title: Off too, priority: 95, enabled: false, command: ["true"] }
"#,
    );
    engine.write(
        "packs/second.yaml",
        r#"
pack: second
checks:
  - { id: between, command: ["false"] }
  - { id: after-it, needs: between, command: ["true"] }
"#,
    );
    shows("packs-together", &mut engine.command(&["run", "packs"])).exits(1).says("2 checks: it is switched off");
    shows("packs-together-verbose", &mut engine.command(&["run", "packs", "--verbose"])).exits(1).hides("2 checks:");
    let ids: Vec<String> = engine.run(&["run", "packs", "--format", "json"]).json()["checks"]
        .as_array()
        .unwrap()
        .iter()
        .map(|check| check["id"].as_str().unwrap().to_string())
        .collect();
    assert_eq!(ids, ["early", "off", "between", "after-it", "late", "off-too"]);
}

#[test]
fn programs_are_told_how_much_of_a_list_is_left_out() {
    let pack = "checks: [{ id: many, files: 'many/*', expect: { list: { every: { type: file } } } }]";
    let engine = Engine::with_pack(pack);
    (0..250).for_each(|number| drop(engine.write(&format!("many/{number}"), "")));
    let (ran, report) = engine.run_pack(&[]);
    assert_eq!(ran.code, Some(0), "{ran}");
    let check = &report["checks"][0];
    let cut: Vec<(&String, &serde_json::Value)> = check["left_out"].as_object().unwrap().iter().collect();
    assert!(!cut.is_empty());
    for (way, left_out) in cut {
        assert_eq!((check["seen"][way].as_array().map(Vec::len), left_out.as_u64()), (Some(100), Some(150)), "{way}");
    }
}

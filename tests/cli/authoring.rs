//! `new`, `add`, `fix`, `list`: the verbs that help to write packs.

use crate::common::Engine;
use crate::running::ANSWERS;
use crate::{runs, shows};

#[test]
fn new_writes_a_pack_that_runs() {
    let engine = Engine::new();
    shows("new", &mut engine.command(&["new", "web"])).exits(0).says("checks.d/web.yaml is written");
    runs(&mut engine.command(&["validate", "checks.d/web.yaml"])).exits(0).says("valid");
    runs(&mut engine.command(&["run", "checks.d/web.yaml"])).exits(0);
    shows("new-again", &mut engine.command(&["new", "web"])).exits(64).complains("exists already");
    shows("new-bad-name", &mut engine.command(&["new", "a b"])).exits(64).complains("cannot name a pack");
    runs(&mut engine.command(&["new", "web", "--output", "other/place.yaml"])).exits(0).says("other/place.yaml");
}

#[test]
fn add_prints_what_holds_today() {
    let engine = Engine::new();
    engine.write("app.conf", "listen 80\n");
    shows("add-file", &mut engine.command(&["add", "file", "app.conf"])).exits(0).says("type: file");
    shows("add-absent-file", &mut engine.command(&["add", "file", "gone.conf"])).exits(0).says("present: false");
    shows("add-command", &mut engine.command(&["add", "command", "echo tool 1.2.3"])).exits(0).says(">=1.2.3");
    // what is seen of a user depends on who asks
    runs(&mut engine.command(&["add", "user", "root"])).exits(0).says("uid: 0");
    shows("add-package", &mut engine.command(&["add", "package", "no-such-package-here"])).exits(0);
    shows("add-unknown-probe", &mut engine.command(&["add", "flie", "x"])).exits(64).complains("did you mean `file`?");
    runs(&mut engine.command(&["add", "os"])).exits(0).says("os: {}");
    shows("add-without-subject", &mut engine.command(&["add", "file"])).exits(64);
    shows("add-no-keys", &mut engine.command(&["add", "os", "x"])).exits(64);
    shows("add-no-short-form", &mut engine.command(&["add", "diff", "x"])).exits(64);
}

#[test]
fn what_is_added_validates_and_holds() {
    let engine = Engine::new();
    engine.write("app.conf", "listen 80\n");
    for subject in [&["file", "app.conf"][..], &["command", "echo", "two words", "$HOME"], &["user", "root"]] {
        let arguments = [&["add", "--to", "checks.d/host.yaml"], subject].concat();
        std::fs::create_dir_all(engine.path().join("checks.d")).unwrap();
        runs(&mut engine.command(&arguments)).exits(0).says("added to checks.d/host.yaml");
    }
    runs(&mut engine.command(&["run"])).exits(0).says("3 checks: 3 ok");
    let twice = ["add", "--to", "checks.d/host.yaml", "user", "root"];
    shows("add-twice", &mut engine.command(&twice)).exits(65).complains("E0113");
    runs(&mut engine.command(&["validate"])).exits(0).says("3 checks in 1 pack: valid");
}

#[test]
fn fix_carries_out_what_the_pack_says() {
    let engine = Engine::with_pack(
        r#"
vars: { name: it's here }
checks:
  - { id: good, title: The shell is there, file: /bin/sh, fix: { command: ["false"] } }
  - { id: a, title: The file is there, file: "${name}", fix: { shell: "touch ${name}" } }
  - { id: b, title: The folder is there, file: folder, fix: { command: [mkdir, folder] } }
  - { id: c, title: Nothing helps, file: gone, fix: { shell: "echo no way >&2; exit 3" } }
"#,
    );
    shows("fix-without-terminal", &mut engine.command(&["fix", "pack.yaml"])).exits(64).complains("--yes");
    assert!(!engine.path().join("folder").exists());
    shows("fix", &mut engine.command(&["fix", "pack.yaml", "--yes"]))
        .exits(1)
        .says("failed with exit code 3: no way")
        .says("3 fixes carried out; 1 check still not ok");
    assert!(engine.path().join("it's here").exists() && engine.path().join("folder").exists());
    shows("fix-nothing", &mut engine.command(&["fix", "pack.yaml", "--yes", "--id", "good"]))
        .exits(0)
        .says("everything is ok");
}

#[test]
fn list_says_what_would_run() {
    let engine = Engine::with_pack(ANSWERS);
    shows("list", &mut engine.command(&["list", "pack.yaml"])).exits(0).says("needs test/missing");
    let json = shows("list-json", &mut engine.command(&["list", "pack.yaml", "--format", "json"])).exits(0);
    let listed: serde_json::Value = serde_json::from_str(&json.stdout).unwrap();
    assert_eq!(listed["checks"].as_array().unwrap().len(), 6);
}

#[test]
fn the_file_of_a_new_check_is_no_part_of_its_subject() {
    let engine = Engine::new();
    runs(&mut engine.command(&["add", "user", "root", "--to", "pack.yaml"]))
        .exits(64)
        .complains("engine add --to pack.yaml user root");
    assert!(!engine.path().join("pack.yaml").exists());
}

/// An address is no version, and neither are the reasons of today.
#[test]
fn a_new_check_expects_only_what_lasts() {
    let engine = Engine::new();
    engine.write("hosts", "127.0.0.1 localhost\n::1 localhost\n");
    engine.write("env", "KEY=value\n");
    for (words, lines) in [
        (vec!["file", "hosts"], vec!["type: file"]),
        (vec!["dotenv", "env"], vec!["duplicates: { empty: true }"]),
        (vec!["tcp", "127.0.0.1:1"], vec!["problem: refused"]),
        (vec!["files", "hosts", "env"], vec!["files: [hosts, env]"]),
    ] {
        let arguments = [&["add", "--to", "pack.yaml"], words.as_slice()].concat();
        let shown = lines.iter().fold(runs(&mut engine.command(&arguments)).exits(0), |shown, line| shown.says(line));
        shown.hides("version").hides("reason");
    }
    runs(&mut engine.command(&["run", "pack.yaml"])).exits(0).says("4 ok");
}

//! Which checks are taken, and what a selection that takes none says.

use crate::common::Engine;
use crate::{runs, shows};

const PACK: &str = r#"
checks:
  - { id: first, priority: 0, tags: [base], command: ["true"] }
  - { id: second, priority: 10, level: warn, tags: [base, web], command: ["true"] }
  - { id: third, needs: first, tags: web, level: info, command: ["true"] }
"#;

#[test]
fn by_id_tag_level_and_priority() {
    let engine = Engine::with_pack(PACK);
    let run = |arguments: &[&str]| runs(&mut engine.command(&[&["run", "pack.yaml"], arguments].concat())).exits(0);
    run(&["--id", "sec*"]).says("1 check: 1 ok").says("2 checks not selected");
    run(&["--id", "test/second"]).says("1 check: 1 ok");
    run(&["--id", "test"]).says("3 checks: 3 ok").hides("not selected");
    run(&["--id", "first", "--id", "second"]).says("2 checks: 2 ok");
    run(&["--tag", "base"]).says("2 checks: 2 ok");
    run(&["--tag", "base", "--level", "warn"]).says("1 check: 1 ok");
    run(&["--level", "warn", "--level", "info"]).says("second").says("third");
    run(&["--priority", "0"]).says("1 check: 1 ok").says("first");
    run(&["--priority", "10"]).says("2 checks: 2 ok");
}

#[test]
fn what_is_needed_comes_along() {
    let engine = Engine::with_pack(PACK);
    shows("needs-come-along", &mut engine.command(&["run", "pack.yaml", "--id", "third"]))
        .exits(0)
        .says("first")
        .says("2 checks: 2 ok");
    shows("list-needs-come-along", &mut engine.command(&["list", "pack.yaml", "--id", "third"]))
        .exits(0)
        .says("not selected itself: test/third needs it");
}

#[test]
fn a_selection_of_nothing_is_wrong_usage() {
    let engine = Engine::with_pack(PACK);
    let run = |arguments: &[&str]| engine.command(&[&["run", "pack.yaml"], arguments].concat());
    shows("select-unknown-id", &mut run(&["--id", "first", "--id", "secnod"]))
        .exits(64)
        .complains("did you mean `second`?");
    shows("select-unknown-tag", &mut run(&["--tag", "base", "--tag", "wbe"]))
        .exits(64)
        .complains("did you mean `web`?");
    shows("select-nothing", &mut run(&["--tag", "web", "--priority", "0"])).exits(64);
    shows("select-bad-glob", &mut run(&["--id", "{a"])).exits(64).complains("--id {a");
    shows("select-bad-level", &mut run(&["--level", "fatal"])).exits(64).complains("write info, warn or error");
    shows("select-unknown-mode", &mut run(&["--mode", "light"])).exits(64).complains("there is no mode `light`");
}

//! What cannot be run: wrong usage (64), packs and paths that are not valid (65).

use crate::common::Engine;
use crate::{runs, shows};

const WRONG: &str = r#"
checks:
  - id: one
    fiel: /etc/hosts
  - id: two
    file: /etc/hosts
    timeout: 10
    expect: { mode: 0644, sise: { gt: 1 } }
  - id: two
    command: [ls]
    needs: three
    remedy: ask {{ seen.stdot }}
"#;

#[test]
fn every_complaint_at_once_in_every_format() {
    let engine = Engine::with_pack(WRONG);
    shows("validate", &mut engine.command(&["validate", "pack.yaml"]))
        .exits(65)
        .says("did you mean `file`?")
        .says("pack.yaml:10:9");
    for format in ["json", "github"] {
        shows(&format!("validate-{format}"), &mut engine.command(&["validate", "pack.yaml", "--format", format]))
            .exits(65)
            .says("E0101");
    }
    // it holds the explanations of all codes, which change elsewhere
    let sarif = runs(&mut engine.command(&["validate", "pack.yaml", "--format", "sarif"])).exits(65);
    let sarif: serde_json::Value = serde_json::from_str(&sarif.stdout).unwrap();
    assert_eq!(sarif["runs"][0]["results"].as_array().unwrap().len(), 7);
    runs(&mut engine.command(&["run", "pack.yaml"])).exits(65).complains("E0101").complains("E0113");
}

#[test]
fn a_valid_pack_in_every_format() {
    let engine = Engine::with_pack("checks:\n  - { id: a, command: [\"true\"] }");
    shows("valid", &mut engine.command(&["validate", "pack.yaml"])).exits(0).says("1 check in 1 pack: valid");
    let validate = |format| runs(&mut engine.command(&["validate", "pack.yaml", "--format", format])).exits(0).stdout;
    assert_eq!(validate("json"), "[]\n");
    assert_eq!(validate("github"), "");
    assert!(validate("sarif").contains("\"results\": []"));
}

#[test]
fn wrong_usage() {
    let engine = Engine::new();
    let usage = |name: &str, arguments: &[&str]| shows(name, &mut engine.command(arguments)).exits(64);
    usage("usage-verb", &["vaildate"]).complains("validate");
    usage("usage-option", &["run", "--quite"]).complains("--quiet");
    usage("usage-both", &["run", "--quiet", "--verbose"]).complains("cannot be used with");
    usage("usage-format", &["run", "--format", "xml"]).complains("human, json, jsonl, junit");
    usage("usage-fail-on", &["run", "--fail-on", "warning"]).complains("write info, warn or error");
    usage("usage-timeout", &["run", "--timeout", "30"]).complains("30");
    usage("usage-jobs", &["run", "--jobs", "0"]);
    runs(&mut engine.command(&[])).exits(64);
    runs(&mut engine.command(&["--help"])).exits(0).says("Exit codes");
    runs(&mut engine.command(&["--version"])).exits(0).says(env!("CARGO_PKG_VERSION"));
}

#[test]
fn paths_that_name_no_pack() {
    let engine = Engine::new();
    std::fs::create_dir(engine.path().join("empty")).unwrap();
    shows("path-missing", &mut engine.command(&["run", "none.yaml"])).exits(65).complains("none.yaml");
    shows("path-empty-folder", &mut engine.command(&["run", "empty"])).exits(65).complains("empty");
    shows("path-glob", &mut engine.command(&["run", "*/preflight.yaml"])).exits(65).complains("preflight.yaml");
    shows("path-bad-glob", &mut engine.command(&["run", "[a.yaml"])).exits(65);
}

#[test]
fn files_that_are_no_packs() {
    let engine = Engine::new();
    let folder = engine.path().join("packs");
    std::fs::create_dir(&folder).unwrap();
    std::fs::write(folder.join("binary.yaml"), [0xff, 0xfe, 0x00]).unwrap();
    engine.write("packs/empty.yaml", "");
    engine.write("packs/broken.yaml", "pack: broken\nchecks: [\n");
    engine.write("packs/none.yaml", "pack: none\nchecks: []\n");
    engine.write("packs/braces.yaml", "pack: braces\nchecks:\n  - id: a\n    title: {{ vars.x }}\n    file: /\n");
    shows("no-packs", &mut engine.command(&["run", "packs"])).exits(65).complains("binary.yaml").complains("E0011");
    // cannot be read as a file, whoever runs the tests
    assert!(std::process::Command::new("mkfifo").arg(folder.join("pipe")).status().unwrap().success());
    shows("pack-unreadable", &mut engine.command(&["run", "packs/pipe"])).exits(65).complains("cannot be read");
    engine.write("same/a.yaml", "pack: twin\nchecks: [{ id: a, file: / }]\n");
    engine.write("same/b.yaml", "pack: twin\nchecks: [{ id: a, file: / }]\n");
    shows("pack-twice", &mut engine.command(&["run", "same"])).exits(65).complains("E0401");
    engine.write("later.yaml", "pack: later\nrequires: \">=99\"\nchecks: [{ id: a, file: / }]\n");
    shows("pack-for-later-engine", &mut engine.command(&["run", "later.yaml"])).exits(65).complains("E0402");
}

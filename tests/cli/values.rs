//! Variables and inputs: who wins, what is refused, and that a secret is never shown.

use crate::common::Engine;
use crate::{runs, shows};

const PORT: &str = r#"
vars: { server: localhost }
inputs:
  port: { type: number, env: APP_PORT, default: 1, description: where it listens }
checks:
  - { id: port, title: "{{ vars.server }}:{{ vars.port }}", command: [echo, "${port}"] }
"#;

const SECRET: &str = r#"
inputs:
  token: { env: API_TOKEN, secret: true, required: true, description: token of the API }
checks:
  - id: token
    title: Accepted {{ vars.token }}
    command: [sh, -c, 'echo "got $1"; echo "and $1" >&2', sh, "Bearer ${token}"]
    expect: { stdout: { equals: "no ${token}" } }
    message: we saw {{ seen.stdout }}
    remedy: "curl -H 'Authorization: {{ vars.token }}'"
"#;

#[test]
fn set_wins_over_vars_over_environment_over_default() {
    let engine = Engine::with_pack(PORT);
    engine.write("vars.yaml", "port: 3\n");
    engine.write("more.json", r#"{ "port": 4 }"#);
    runs(&mut engine.command(&["run", "pack.yaml"])).exits(0).says("localhost:1\n");
    runs(engine.command(&["run", "pack.yaml"]).env("APP_PORT", "2")).exits(0).says("localhost:2\n");
    let vars = ["run", "pack.yaml", "--vars", "vars.yaml"];
    runs(engine.command(&vars).env("APP_PORT", "2")).exits(0).says("localhost:3\n");
    let both = ["run", "pack.yaml", "--vars", "vars.yaml", "--vars", "more.json"];
    runs(&mut engine.command(&both)).exits(0).says("localhost:4\n");
    let set = ["run", "pack.yaml", "--vars", "vars.yaml", "--set", "port=5", "--set", "server=example.org"];
    shows("set-wins", engine.command(&set).env("APP_PORT", "2")).exits(0).says("example.org:5\n");
}

#[test]
fn what_does_not_fit_is_refused() {
    let engine = Engine::with_pack(PORT);
    let set = |pair| engine.command(&["run", "pack.yaml", "--set", pair]);
    shows("set-unknown-name", &mut set("prot=5")).exits(65).complains("did you mean `port`?");
    shows("set-wrong-type", &mut set("port=many")).exits(65).complains("number");
    shows("set-without-value", &mut set("port")).exits(64).complains("NAME=VALUE");
    shows("environment-wrong-type", engine.command(&["run", "pack.yaml"]).env("APP_PORT", "x")).exits(65);
    shows("vars-missing-file", &mut engine.command(&["run", "pack.yaml", "--vars", "none.yaml"])).exits(65);
    engine.write("vars.yaml", "prot: 3\n");
    shows("vars-unknown-name", &mut engine.command(&["run", "pack.yaml", "--vars", "vars.yaml"]))
        .exits(65)
        .complains("vars.yaml:1:1");
}

#[test]
fn a_required_input_must_be_given() {
    let engine = Engine::with_pack(SECRET);
    shows("input-required", &mut engine.command(&["run", "pack.yaml"])).exits(65).complains("API_TOKEN");
    runs(&mut engine.command(&["validate", "pack.yaml"])).exits(0).says("valid");
}

#[test]
fn a_secret_is_never_shown() {
    let engine = Engine::with_pack(SECRET);
    let run = |arguments: &[&str]| {
        let mut command = engine.command(&[&["run", "pack.yaml"], arguments].concat());
        command.env("API_TOKEN", "hunter2-hunter2");
        command
    };
    let mut human = run(&["--verbose"]);
    let shown = shows("secret", human.env("API_TOKEN", "hunter2-hunter2")).exits(1).says("we saw got");
    assert!(!shown.stdout.contains("hunter2") && !shown.stderr.contains("hunter2"));
    for format in ["human", "json", "jsonl", "junit"] {
        runs(&mut run(&["--format", format])).exits(1).hides("hunter2");
    }
    runs(&mut run(&["--record", "recording.yaml"])).exits(1).hides("hunter2");
    assert!(!std::fs::read_to_string(engine.path().join("recording.yaml")).unwrap().contains("hunter2"));
    runs(engine.command(&["list", "pack.yaml"]).env("API_TOKEN", "hunter2-hunter2")).exits(0).hides("hunter2");
}

#[test]
fn a_list_becomes_words_of_a_shell() {
    let engine = Engine::with_pack(
        r#"
vars: { list: [a, "it's b"], none: [] }
checks:
  - { id: bare, shell: "printf '<%s>' ${list}", expect: { stdout: "<a><it's b>" } }
  - { id: long, shell: { command: "printf '<%s>' x ${none} ${list}" }, expect: { stdout: "<x><a><it's b>" } }
  - { id: quoted, shell: "printf '<%s>' \"${list}\"", expect: { stdout: "<a it's b>" } }
  - { id: all-of-it, shell: "${['printf', '<%s>'] + list}", expect: { stdout: "<a><it's b>" } }
"#,
    );
    let (ran, report) = engine.run_pack(&[]);
    assert_eq!(ran.code, Some(0), "{ran}");
    assert_eq!(report["checks"].as_array().map(Vec::len), Some(4));
}

#[test]
fn the_reason_of_a_check_is_a_template() {
    let engine = Engine::with_pack(
        r#"
vars: { team: storage }
checks:
  - { id: gone, file: gone, why: "{{ vars.team }} reads it" }
"#,
    );
    runs(&mut engine.command(&["run", "pack.yaml", "--verbose"])).exits(1).says("why         storage reads it");
    let (_, report) = engine.run_pack(&[]);
    assert_eq!(report["checks"][0]["why"], "storage reads it");
}

/// What is cut or folded into one line could hide half of a secret from the search.
#[test]
fn a_long_secret_is_not_shown_in_part() {
    let engine = Engine::with_pack(
        r#"
inputs: { token: { env: API_TOKEN, secret: true } }
checks:
  - { id: prints, command: [echo, nothing], expect: { stdout: { any_of: ["${token}", { contains: "${token}" }] } } }
"#,
    );
    for token in ["hunter2-".repeat(60), format!("{}\nhunter2\n", "hunter2-".repeat(4))] {
        for format in ["human", "json", "jsonl", "junit"] {
            let mut command = engine.command(&["run", "pack.yaml", "--format", format]);
            runs(command.env("API_TOKEN", &token)).exits(1).says("[hidden]").hides("hunter2");
        }
    }
}

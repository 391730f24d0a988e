//! One page that shows each type of fact and each answer, in each format.
//!
//! What is seen comes from a recording, so the page is the same on every machine and at every time; the
//! snapshots in `snapshots/reports` hold the rendering.

mod common;

use common::{Engine, Ran};
use engine::fact::Kind;
use engine::judge::outcome::Answer;
use engine::report::Format;
use serde_json::Value as Json;
use std::collections::BTreeSet;

const PACK: &str = r#"
title: Each type of fact, each answer
version: 1.2.0
status:
  - { is: BROKEN, when: "!go" }
  - { is: READY }
defaults: { owner: ops@example.org, tags: page }
checks:
  - id: web
    title: The web answers as it should
    why: Customers see it first.
    links: [https://example.org/runbooks/web, https://example.org/status]
    tags: [web]
    controls: { cis: ["5.2.1"], pci: "2.2" }
    priority: 10
    http: http://www.example.org/
    expect:
      status: { between: [200, 299] }
      body: { contains: Welcome }
      headers: { has_key: strict-transport-security }
      body_size: { lt: 512KiB }
      truncated: false
      document: { at: { "$.level": { not: CRITICAL } } }
      elapsed: { lt: 500ms }
      redirects: { includes: ["https://www.example.org/"] }
      certificate_expires: { gt: 2026-06-01 }
    message: "status {{ seen.status }} instead of 2xx, <b>after</b> {{ seen.elapsed }}"
    remedy: |
      Look at the log:
        journalctl --unit web "--since=today" & less
  - id: room
    title: There is room for logs
    disk: /var
    outcomes:
      - ok: { used: { lt: "90%" } }
      - warn: { used: { lt: "97%" } }
        message: "{{ seen.used }} in use"
      - error: otherwise
    remedy: Remove old logs.
  - id: key
    title: The key is private
    file: /etc/ssl/private/web.pem
    expect: { mode: { at_most: "0640" } }
    remedy: chmod 0640 /etc/ssl/private/web.pem
  - id: library
    title: The library is recent
    level: info
    package: openssl
    expect: { version: ">=3.1" }
  - id: workers
    title: All workers run
    process: worker
    expect:
      list: { every: { age: { gt: 1m } } }
  - id: user
    title: The service has a user of its own
    user: web
  - id: secret
    title: The secret is there
    file: /root/secret
    remedy: Run the engine as root.
  - { id: reload, title: The web can be reloaded, needs: key, command: [web, --check] }
  - { id: clock, title: The clock is right, time: {} }
"#;

const RECORDING: &str = r#"
recording: 1
recorded_at: 2026-01-01T00:00:00Z
elapsed: 1.75s
host: { name: machine, os: linux }
context: { event: deploy }
looks:
  - check: test/web
    seen:
      status: 503
      body: "Sorry"
      headers: { content-type: application/json, server: web }
      body_size: 3 MiB
      truncated: true
      document: { level: CRITICAL, since: [1, 2] }
      elapsed: 1.5s
      redirects: ["http://example.org/", "http://www.example.org/"]
      certificate_expires: 2026-02-01T12:00:00Z
    attempts: 2
    elapsed: 1.6s
  - { check: test/room, seen: { used: 93.5% } }
  - { check: test/key, seen: { type: file, mode: "0644", owner: root, size: 1 KiB } }
  - { check: test/library, seen: { version: 3.0.11-1, manager: dpkg } }
  - check: test/workers
    seen:
      count: 2
      list: [{ pid: 7, name: worker, age: 2h 5m }, { pid: 9, name: worker, age: 12s }]
  - { check: test/user, absent: there is no user web }
  - { check: test/secret, refused: "/root/secret: permission denied" }
  - { check: test/clock, seen: { synchronised: true } }
"#;

const WAIVERS: &str = r#"
- check: test/workers
  reason: the second one is new
  owner: web@example.org
  expires: 2026-01-31
"#;

fn judge(arguments: &[&str]) -> Ran {
    let engine = Engine::with_pack(PACK);
    engine.write("engine.yaml", "waivers: waivers.yaml\nheader: { Role: web server }\n");
    engine.write("waivers.yaml", WAIVERS);
    engine.write("recording.yaml", RECORDING);
    let ran = engine.run(&[&["judge", "--from", "recording.yaml", "pack.yaml"], arguments].concat());
    assert_eq!(ran.code, Some(1), "{ran}");
    ran
}

fn page(name: &str, text: &str) {
    let mut settings = insta::Settings::clone_current();
    settings.set_snapshot_path("../snapshots/reports");
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    settings.bind(|| insta::assert_snapshot!(name, text));
}

/// Every type of fact; a new one must be added to the page.
fn types() -> BTreeSet<String> {
    let all = [
        Kind::Text,
        Kind::Number,
        Kind::Boolean,
        Kind::Bytes,
        Kind::Duration,
        Kind::Percent,
        Kind::Mode,
        Kind::Moment,
        Kind::Version,
        Kind::List(&Kind::Text),
        Kind::List(&Kind::Record(&[])),
        Kind::Map(&Kind::Text),
        Kind::Document,
    ];
    all.iter().map(Kind::name).collect()
}

#[test]
fn each_format() {
    for format in Format::ALL {
        page(&format!("each-{}", format.word()), &judge(&["--format", format.word()]).stdout);
    }
    page("each-verbose", &judge(&["--verbose"]).stdout);
    page("each-quiet", &judge(&["--quiet"]).stdout);
}

#[test]
fn each_answer_and_each_type_is_on_the_page() {
    let report = judge(&["--format", "json"]).json();
    let checks = report["checks"].as_array().unwrap();
    let answers: BTreeSet<&str> = checks.iter().filter_map(|check| check["answer"].as_str()).collect();
    assert_eq!(answers, Answer::ALL.iter().map(|answer| answer.word()).collect());
    let kind = |check: &Json, failed: &Json| {
        let probe = engine::probe::find(check["probe"].as_str()?)?;
        let fact = failed["fact"].as_str()?.split([' ', '.', '[']).next()?;
        Some(probe.facts.iter().find(|field| field.name == fact)?.kind.name())
    };
    let shown: BTreeSet<String> = checks
        .iter()
        .flat_map(|check| check["failed"].as_array().unwrap().iter().filter_map(move |failed| kind(check, failed)))
        .collect();
    assert_eq!(shown, types());
}

#[test]
fn every_format_says_the_same() {
    let report = judge(&["--format", "json"]).json();
    let lines: Vec<Json> =
        judge(&["--format", "jsonl"]).stdout.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let of_lines: Vec<&Json> = lines.iter().filter_map(|line| line.get("check")).collect();
    assert_eq!(of_lines, report["checks"].as_array().unwrap().iter().collect::<Vec<_>>());
    assert_eq!(lines.last().unwrap()["summary"], report["summary"]);
    let human = judge(&["--format", "human"]).stdout;
    let junit = judge(&["--format", "junit"]).stdout;
    let document = roxmltree::Document::parse(&junit).unwrap();
    for check in report["checks"].as_array().unwrap() {
        assert!(human.contains(check["title"].as_str().unwrap()), "{human}");
        let id = check["id"].as_str().unwrap();
        let test =
            document.descendants().find(|node| node.attribute("name") == Some(id) && node.has_tag_name("testcase"));
        let fails = test.unwrap().children().any(|node| node.has_tag_name("failure") || node.has_tag_name("error"));
        assert_eq!(fails, ["error", "unknown"].contains(&check["answer"].as_str().unwrap()), "{junit}");
    }
}

//! One page that shows each answer and each type of fact in every format; judged from a recording, so that it is
//! the same everywhere and always.

mod common;

use common::Engine;

const CONFIG: &str =
    "paths: [page.yaml]\nwaivers: waivers.yaml\nheader: { Role: \"${env.ROLE}\", Host: \"${host.name}\" }\n";

const WAIVERS: &str =
    "- check: page/waived\n  reason: the batch host needs it\n  owner: ops@example.org\n  expires: 2027-01-31\n";

const PACK: &str = r##"
pack: page
title: Every answer and every type of fact
version: 1.2.0
vars: { limit: 1GiB }
status:
  - is: READY
    when: go
  - is: BROKEN
defaults: { owner: team@example.org, tags: [page] }
checks:
  - id: ok
    title: A file with its size, mode, age and times
    file: /etc/app.conf
    expect: { size: { lt: "${limit}" }, mode: { at_most: "0640" }, age: { lt: 24h }, modified: { within: 24h } }
  - id: info
    title: A version
    level: info
    os: {}
    expect: { kernel: { version: ">=6.2" } }
    message: on {{ seen.kernel }}
  - id: warn
    title: "Shares and sizes: {{ seen.used }}"
    level: warn
    why: Full disks stop everything.
    links: [https://example.org/disks]
    controls: { cis: ["1.1"] }
    disk: /
    expect: { used: { lt: 80% }, free: { gt: 20GiB }, read_only: false }
    remedy: |
      Find what takes the room:
      du -xh / | sort -h
  - id: error
    title: Text of several lines, numbers and times
    command: [deploy, --check]
    expect: { exit_code: 0, stderr: { no_line: { contains: ERROR } }, elapsed: { lt: 2s } }
    remedy: Read the log.
  - id: document
    title: A document
    data: /etc/app.json
    expect: { document: { at: { "$.level": { not: CRITICAL }, "$.ports[*]": { includes: [8080] } } } }
  - id: lists
    title: Lists of records and maps
    dotenv: { path: .env, sample: .env.sample }
    expect: { keys: { includes: [DATABASE_URL] }, lengths: { every: { gt: 0 } } }
  - id: absent
    title: Something that is not there
    file: /etc/nowhere
  - id: unknown
    title: Something that may not be seen
    file: /etc/secret
    expect: { content: { contains: x } }
  - id: unsupported
    title: Something this machine cannot have
    level: warn
    units: { state: failed }
  - id: skipped
    title: What needs another
    needs: [error]
    command: ["true"]
  - id: conditional
    title: What a condition leaves out
    when: context.event == 'deploy' && host.os == 'plan9'
    command: ["true"]
  - id: waived
    title: What somebody answers for
    memory: {}
    expect: { swap_total: 0B }
  - id: switched-off
    enabled: false
    command: ["true"]
"##;

const RECORDING: &str = r##"
recording: 1
recorded_at: 2026-11-21T10:04:05Z
elapsed: 1.5s
host: { name: web-1, os: linux }
context: { event: deploy }
env: { ROLE: agent }
looks:
  - check: page/ok
    seen: { type: file, size: 512 MiB, mode: "0640", age: 3h 20m, modified: 2026-11-21T06:44:05Z }
  - check: page/info
    seen: { kernel: 6.1.0-18-amd64, kernel_name: Linux }
  - check: page/warn
    seen: { used: 91.4%, free: 8.6 GiB, total: 100 GiB, read_only: false, inodes_used: 3% }
    attempts: 3
    elapsed: 2.1s
  - check: page/error
    seen:
      exit_code: 2
      elapsed: 3.25s
      stdout: ""
      stderr: |
        reading /etc/app.conf
        ERROR: no route to the database <db-1> & "db-2"
        giving up
    elapsed: 3.25s
  - check: page/document
    seen: { format: json, valid: true, document: { level: CRITICAL, ports: [80, 443] } }
  - check: page/lists
    seen: { keys: [SMTP_HOST], lengths: { SMTP_HOST: 0 }, values: {}, missing: [DATABASE_URL] }
  - check: page/absent
    absent: /etc/nowhere does not exist
  - check: page/unknown
    seen: { type: file, mode: "0600" }
    lacking: target
    unknown: { content: permission denied }
  - check: page/unsupported
    unsupported: this machine does not run systemd
  - check: page/waived
    seen: { swap_total: 2 GiB, used: 41.5% }
"##;

#[test]
fn each_answer_in_each_format() {
    let engine = Engine::new();
    for (name, content) in
        [("engine.yaml", CONFIG), ("waivers.yaml", WAIVERS), ("page.yaml", PACK), ("page.recording", RECORDING)]
    {
        engine.write(name, content.trim_start());
    }
    for format in engine::report::Format::ALL.iter().map(|format| format.word()) {
        let ran = engine.run(&["judge", "--from", "page.recording", "--format", format]);
        assert_eq!((ran.code, ran.stderr.as_str()), (Some(1), ""), "{ran}");
        insta::with_settings!({
            snapshot_path => "../snapshots/reports",
            prepend_module_to_snapshot => false,
            omit_expression => true,
            filters => [(concat!("\"engine\": ?\"", env!("CARGO_PKG_VERSION"), "\""), "\"engine\": \"[version]\"")],
        }, {
            insta::assert_snapshot!(format!("page-{format}"), ran.stdout);
        });
    }
}

#[test]
fn people_can_ask_for_more_and_for_less() {
    let engine = Engine::new();
    engine.write("page.yaml", PACK.trim_start());
    engine.write("page.recording", RECORDING.trim_start());
    for option in ["--quiet", "--verbose"] {
        let ran = engine.run(&["judge", "--from", "page.recording", "page.yaml", option]);
        assert_eq!((ran.code, ran.stderr.as_str()), (Some(1), ""), "{ran}");
        insta::with_settings!({
            snapshot_path => "../snapshots/reports", prepend_module_to_snapshot => false, omit_expression => true,
        }, {
            insta::assert_snapshot!(format!("page-human{option}"), ran.stdout);
        });
    }
}

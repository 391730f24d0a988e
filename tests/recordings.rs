//! Recordings: a run is kept, judged again without looking, changed by hand and compared.

mod common;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use common::{Engine, Ran, check};
use std::collections::BTreeSet;
use std::process::Command;

const PACK: &str = r#"
vars: { limit: 100B }
inputs: { label: { env: LABEL, default: none } }
checks:
  - id: note
    title: "{{ seen.type }} for {{ vars.label }} on {{ host.os }}"
    file: { path: note.txt }
    expect: { type: file, size: { lt: "${limit}" }, modified: { within: 24h }, content: { contains: hello } }
    remedy: Write it again.
  - id: gone
    level: warn
    file: { path: nowhere.txt }
  - id: told
    when: env.HOME != ''
    command: [echo, "two", "words"]
    expect: { exit_code: 0, stdout: { contains: words } }
  - id: after
    needs: [gone]
    command: ["true"]
"#;

fn recorded() -> Engine {
    let engine = Engine::with_pack(PACK);
    engine.write("note.txt", "hello\n");
    engine
}

#[test]
fn a_recording_is_judged_as_the_run_was() {
    let engine = recorded();
    let arguments = ["--context", "event=deploy", "--set", "label=x"];
    for format in ["human", "json", "jsonl", "junit"] {
        let run =
            engine.run(&[&["run", "pack.yaml", "--format", format, "--record", "r.yaml"], &arguments[..]].concat());
        // what was recorded is judged, not what is there now
        engine.write("note.txt", "something else, and far too long for the limit that the pack gives it: goodbye\n");
        let judged = engine.run(&["judge", "--from", "r.yaml", "pack.yaml", "--format", format]);
        assert_eq!((judged.code, &judged.stdout), (run.code, &run.stdout), "{format}: {run}\n{judged}");
        engine.write("note.txt", "hello\n");
    }
}

#[test]
fn time_is_the_recordings() {
    let engine = recorded();
    let recording = "recording: 1\nrecorded_at: 2020-02-01T12:00:00Z\nlooks:\n  - check: test/note\n    seen: { type: file, size: 5 B, modified: 2020-02-01, content: hello }\n";
    engine.write("r.yaml", recording);
    let judge = ["judge", "--from", "r.yaml", "pack.yaml", "--format", "json"];
    assert_eq!(check(&engine.run(&judge).json(), "note")["answer"], "ok");
    engine.write("r.yaml", &recording.replace("modified: 2020-02-01", "modified: 2020-01-01"));
    assert_eq!(check(&engine.run(&judge).json(), "note")["answer"], "error");
}

#[test]
fn what_was_not_recorded_is_unknown() {
    let engine = recorded();
    engine.run(&["run", "pack.yaml", "--record", "r.yaml"]);
    let more = PACK.replace("content: { contains: hello }", "sha256: { length: 64 }");
    engine.write("pack.yaml", &format!("pack: test\n{more}  - id: new\n    command: [echo, new]\n"));
    engine.write("other.yaml", &format!("pack: test\n{}", PACK.replace("nowhere.txt", "elsewhere.txt")));
    let judged = engine.run(&["judge", "--from", "r.yaml", "pack.yaml", "--format", "json"]);
    assert_eq!(judged.code, Some(1), "{judged}");
    let report = judged.json();
    assert_eq!(check(&report, "new")["reason"], "not recorded");
    assert_eq!(check(&report, "note")["reason"], "sha256: not recorded");
    let report = engine.run(&["judge", "--from", "r.yaml", "other.yaml", "--format", "json"]).json();
    let reason = "not recorded: it looked at `nowhere.txt` then, it looks at `elsewhere.txt` now";
    assert_eq!(check(&report, "gone")["reason"], reason);
}

#[test]
fn large_texts_are_cut_and_not_judged_again() {
    let engine =
        Engine::with_pack("checks:\n  - id: long\n    file: long.txt\n    expect: { content: { contains: middle } }");
    engine.write("long.txt", &format!("{}middle{}", "a line\n".repeat(50_000), "a line\n".repeat(50_000)));
    let ran = engine.run(&["run", "pack.yaml", "--record", "r.yaml"]);
    assert_eq!(ran.code, Some(0), "{ran}");
    let recording = std::fs::read_to_string(engine.path().join("r.yaml")).unwrap();
    assert!(recording.len() < 250_000 && recording.contains("sha256: ") && recording.contains("left out"));
    let report = engine.run(&["judge", "--from", "r.yaml", "pack.yaml", "--format", "json"]).json();
    let long = check(&report, "long");
    assert_eq!(long["answer"], "unknown");
    assert!(long["reason"].as_str().unwrap().contains("not recorded whole"), "{long}");
}

#[test]
fn judging_looks_at_nothing() {
    if Command::new("strace").arg("-V").output().is_err() {
        assert!(std::env::var_os("CI").is_none(), "strace is missing: install it, this proof must not be left out");
        eprintln!("left out: strace is not installed");
        return;
    }
    let engine = recorded();
    engine.run(&["run", "pack.yaml", "--record", "r.yaml"]);
    let judge = ["judge", "--from", "r.yaml", "pack.yaml"];
    let (opened, rest) = traced(&engine, &judge);
    let (of_any_start, _) = traced(&engine, &["--version"]);
    let own: BTreeSet<_> = opened.difference(&of_any_start).map(String::as_str).collect();
    assert_eq!(own, BTreeSet::from(["pack.yaml", "r.yaml"]));
    assert_eq!(rest, Vec::<String>::new(), "sockets, processes, programs");
}

/// The files that were opened, and system calls that reach further.
fn traced(engine: &Engine, arguments: &[&str]) -> (BTreeSet<String>, Vec<String>) {
    let trace = engine.path().join("trace");
    let calls = "trace=open,openat,openat2,creat,socket,connect,execve,fork,vfork,clone,clone3";
    let status = Command::new("strace")
        .args(["-f", "-e", calls, "-o"])
        .args([trace.as_os_str(), env!("CARGO_BIN_EXE_engine").as_ref()])
        .args(arguments)
        .current_dir(engine.path())
        .stdout(std::process::Stdio::null())
        .status()
        .unwrap();
    assert!(status.code().is_some_and(|code| code < 64), "{status}");
    let text = std::fs::read_to_string(trace).unwrap();
    let mut lines: Vec<&str> = text.lines().filter(|line| line.contains('(')).collect();
    assert!(lines.remove(0).contains("execve("), "the engine itself is started");
    let (opens, rest): (Vec<&str>, Vec<&str>) =
        lines.into_iter().filter(|line| !line.contains("CLONE_THREAD")).partition(|line| line.contains("open"));
    let found = opens.iter().filter(|line| !line.contains("= -1 "));
    (
        found.filter_map(|line| line.split('"').nth(1)).map(str::to_string).collect(),
        rest.iter().map(|line| line.to_string()).collect(),
    )
}

/// Bad recordings: the text, and what the complaint says.
const BAD: &[(&str, &[&str])] = &[
    ("recording: 2\n", &["E0501", "r.yaml:1:12", "format 2"]),
    ("hello: world\n", &["E0501", "this is no recording"]),
    ("recording: 1\nrecorded_at: 2026-01-01\nlooks: [\n", &["E0004", "r.yaml:"]),
    ("recording: 1\nengine: 0.1.0\nrecorded_at: 2026-01-01\nlooks: []\n", &["E0502", "complete: true"]),
    ("recording: 1\nlooks: []\n", &["E0102", "recorded_at"]),
    ("recording: 1\nrecorded_at: 2026-01-01\nloks: []\n", &["E0101", "did you mean `looks`?"]),
    (
        "recording: 1\nrecorded_at: 2026-01-01\nlooks:\n  - check: other/x\n    probe: file\n    absent: gone\n",
        &["E0504", "r.yaml:4:5", "other packs"],
    ),
    (
        "recording: 1\nrecorded_at: 2026-01-01\nlooks:\n  - check: test/note\n    seen: { contnt: hello }\n",
        &["E0503", "r.yaml:5:13", "did you mean `content`?"],
    ),
    (
        "recording: 1\nrecorded_at: 2026-01-01\nlooks:\n  - check: test/note\n    seen: { size: 5 }\n",
        &["E0107", "r.yaml:5:19", "needs its unit"],
    ),
    (
        "recording: 1\nrecorded_at: 2026-01-01\nlooks:\n  - check: test/note\n    seen: {}\n    absent: gone\n",
        &["E0506", "one of `seen`, `absent`, `refused` and `unsupported`"],
    ),
    (
        "recording: 1\nrecorded_at: 2026-01-01\nlooks:\n  - check: test/note\n    seen: { owner: }\n",
        &["E0506", "lacking"],
    ),
    (
        "recording: 1\nrecorded_at: 2026-01-01\nlooks:\n  - { check: test/note, absent: a }\n  - { check: test/note, absent: b }\n",
        &["E0505", "r.yaml:5:14", "already"],
    ),
    (
        "recording: 1\nrecorded_at: 2026-01-01\nlooks:\n  - { check: test/note, probe: fil, absent: a }\n",
        &["E0505", "did you mean `file`?"],
    ),
    (
        "recording: 1\nrecorded_at: 2026-01-01\nlooks:\n  - { check: gone/x, absent: a }\n",
        &["E0505", "which `probe:` saw it"],
    ),
];

#[test]
fn bad_recordings_are_complained_of_with_their_place() {
    let engine = recorded();
    for (text, parts) in BAD {
        engine.write("r.yaml", text);
        let judged = engine.run(&["judge", "--from", "r.yaml", "pack.yaml"]);
        assert_eq!((judged.code, judged.stdout.as_str()), (Some(65), ""), "{text}{judged}");
        for part in *parts {
            assert!(judged.stderr.contains(part), "`{part}` is missing for\n{text}{judged}");
        }
    }
}

#[test]
fn a_recording_that_was_cut_off_is_never_judged() {
    let engine = recorded();
    engine.run(&["run", "pack.yaml", "--record", "whole.yaml"]);
    let whole = std::fs::read_to_string(engine.path().join("whole.yaml")).unwrap();
    // without the last line break nothing is missing
    for cut in (0..whole.len() - 1).filter(|cut| whole.is_char_boundary(*cut)).step_by(37).chain([whole.len() - 3]) {
        engine.write("r.yaml", &whole[..cut]);
        let judged = engine.run(&["judge", "--from", "r.yaml", "pack.yaml"]);
        assert_eq!(judged.code, Some(65), "cut at {cut}: {judged}");
    }
}

#[test]
fn differences_between_runs() {
    let engine = recorded();
    engine.run(&["run", "pack.yaml", "--record", "a.yaml", "--format", "json", "--output", "a.json"]);
    let same = engine.run(&["diff", "a.yaml", "a.yaml"]);
    assert_eq!((same.code, same.stdout.as_str()), (Some(0), "nothing changed\n"));
    engine.write("note.txt", "goodbye\n");
    engine.write("nowhere.txt", "here\n");
    let drift = engine.run(&["run", "pack.yaml", "--baseline", "a.yaml", "--record", "b.yaml", "--quiet"]);
    assert_eq!(drift.code, Some(1), "{drift}");
    for part in ["since the baseline", "worse   test/note  ok → error", "better  test/gone  warn → ok", "content"] {
        assert!(drift.stdout.contains(part), "`{part}`: {drift}");
    }
    engine.run(&["run", "pack.yaml", "--format", "json", "--output", "b.json"]);
    for (before, after) in [("a.yaml", "b.yaml"), ("a.json", "b.json")] {
        let worse = engine.run(&["diff", before, after, "--format", "json"]);
        assert_eq!(worse.code, Some(1), "{worse}");
        let json = worse.json();
        assert_eq!(json["worse"], true);
        let became = |name: &str| {
            let changes = json["changes"].as_array().unwrap();
            changes.iter().find(|change| change["check"] == name).map(|change| change["became"].as_str().unwrap())
        };
        assert_eq!((became("test/note"), became("test/gone")), (Some("worse"), Some("better")), "{worse}");
        assert_eq!((became("test/after"), became("test/told")), (Some("better"), None), "{worse}");
    }
    let better = engine.run(&["diff", "b.yaml", "b.yaml"]);
    assert_eq!(better.code, Some(0));
    assert_eq!(engine.run(&["diff", "a.yaml", "b.json"]).code, Some(64), "a recording and a report");
    assert_eq!(engine.run(&["diff", "a.yaml", "missing.yaml"]).code, Some(65));
}

/// A secret with everything that a form of it could escape or encode.
const SECRET: &str = "s3cr\"et <&> pass/word=+ä";

const SECRETIVE: &str = r#"
inputs: { token: { env: TOKEN, secret: true, required: true }, plain: { env: PLAIN } }
vars: { url: "https://user:${token}@example.org/" }
checks:
  - id: shown
    title: "the token is {{ vars.token }}, at {{ vars.url }}"
    command: [printf, "%s\\n", "${token}"]
    expect: { stdout: { contains: nothing like it } }
    message: "{{ seen.stdout }} {{ vars.url }}"
    remedy: "use {{ vars.token }}"
  - id: encoded
    shell: "printf %s ${token} | base64; printf %s ${token} | od -An -tx1 | tr -d ' \\n'; printf 'x%s' ${token} | base64 -w0; printf %s \"$TOKEN\" >&2; exit 3"
  - id: named
    for_each: ["${token}"]
    file: "/nowhere/${token}"
  - id: conditional
    when: env.TOKEN == ''
    command: ["true"]
"#;

#[test]
fn a_secret_is_in_no_artefact() {
    let engine = Engine::with_pack(SECRETIVE);
    let run = |arguments: &[&str]| -> Ran {
        let mut command = engine.command(arguments);
        command.env("TOKEN", SECRET).env("PLAIN", format!("before {SECRET} after"));
        let output = command.output().unwrap();
        let text = |bytes| String::from_utf8(bytes).unwrap();
        Ran {
            code: output.status.code(),
            stdout: text(output.stdout),
            stderr: text(output.stderr),
            elapsed: Default::default(),
        }
    };
    let formats: Vec<String> = engine::report::Format::ALL.iter().map(|format| format.word().to_string()).collect();
    let mut arguments: Vec<String> = ["run", "pack.yaml", "--verbose", "--context"].map(str::to_string).to_vec();
    arguments.push(format!("note={SECRET}"));
    for format in &formats {
        arguments.extend(["--format".into(), format.clone(), "--output".into(), format!("report.{format}")]);
    }
    arguments.extend(["--record".into(), "recording.yaml".into()]);
    let ran = run(&arguments.iter().map(String::as_str).collect::<Vec<_>>());
    assert_eq!(ran.code, Some(1), "{ran}");
    let fresh = run(&["test", "--new", "test", "pack.yaml"]);
    assert_eq!(fresh.code, Some(0), "{fresh}");
    let drift = run(&["run", "pack.yaml", "--baseline", "recording.yaml"]);
    let judged = run(&["judge", "--from", "recording.yaml", "pack.yaml", "--output", "judged.json"]);
    assert_eq!(judged.code, Some(1), "the recording can be judged without the secret: {judged}");
    for (name, ran) in [("ran", ran), ("fresh", fresh), ("drift", drift), ("judged", judged)] {
        engine.write(name, &format!("{}{}", ran.stdout, ran.stderr));
    }
    let mut artefacts = 0;
    for entry in walk(engine.path()).filter(|path| path.file_name().is_none_or(|name| name != "pack.yaml")) {
        let text = std::fs::read_to_string(&entry).unwrap();
        artefacts += 1;
        for form in forms() {
            assert!(!text.contains(&form), "{} holds {form:?}:\n{text}", entry.display());
        }
    }
    assert_eq!(artefacts, formats.len() + 7, "recording, case, judged report, four outputs");
}

fn forms() -> Vec<String> {
    let hex: String = SECRET.bytes().map(|byte| format!("{byte:02x}")).collect();
    let url: String = SECRET
        .bytes()
        .map(|byte| match byte {
            b'a'..=b'z' | b'0'..=b'9' => char::from(byte).to_string(),
            byte => format!("%{byte:02X}"),
        })
        .collect();
    let xml = SECRET.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
    let json = serde_json::to_string(SECRET).unwrap();
    let base64 = STANDARD.encode(SECRET);
    vec![
        SECRET.into(),
        base64[..base64.len() - 4].into(),
        hex.to_uppercase(),
        hex,
        url.to_lowercase(),
        url,
        xml.replace('"', "&quot;"),
        xml,
        json[1..json.len() - 1].into(),
        // what stands between characters that some format escapes
        "pass/word=+".into(),
    ]
}

fn walk(folder: &std::path::Path) -> Box<dyn Iterator<Item = std::path::PathBuf>> {
    let entries: Vec<_> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    Box::new(entries.into_iter().flat_map(|path| -> Box<dyn Iterator<Item = std::path::PathBuf>> {
        if path.is_dir() { walk(&path) } else { Box::new(std::iter::once(path)) }
    }))
}

#[test]
fn recordings_and_cases_are_as_their_schemas_say() {
    let engine = recorded();
    engine.run(&["run", "pack.yaml", "--context", "event=deploy", "--record", "fresh.yaml"]);
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/packs");
    let shipped = walk(&folder).filter(|path| path.extension().is_some_and(|extension| extension == "yaml"));
    let schema = |name: &str| {
        let known = engine::schema::SCHEMAS.iter().find(|schema| schema.name == name).unwrap();
        jsonschema::validator_for(&known.json()).unwrap()
    };
    let (recording, case) = (schema("recording"), schema("case"));
    let mut seen = [0, 0];
    for path in shipped.chain([engine.path().join("fresh.yaml")]) {
        let json: serde_json::Value = serde_yaml::from_str(&std::fs::read_to_string(&path).unwrap()).unwrap();
        let is_case = json["case"].is_string();
        seen[usize::from(is_case)] += 1;
        let errors: Vec<String> =
            if is_case { &case } else { &recording }.iter_errors(&json).map(|error| error.to_string()).collect();
        assert_eq!(errors, Vec::<String>::new(), "{}", path.display());
    }
    assert!(seen.iter().all(|number| *number > 1), "{seen:?}");
    let wrong = serde_json::json!({ "recording": 1, "recorded_at": "2026-01-01T00:00:00Z", "looks": [
        { "check": "a/b", "probe": "file", "seen": { "siez": "5 B" } },
    ] });
    assert!(!recording.is_valid(&wrong), "an unknown fact");
}

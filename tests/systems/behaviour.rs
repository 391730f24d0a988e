//! What the systems do beyond looking, shown by running the engine.

use super::standin::Standin;
use serde_json::Value as Json;
use std::process::Command;

pub fn gate_report(standin: &mut Standin) {
    standin.breaks("emergency-stop");
    let report = standin.run_plainly(&[]).stdout;
    standin.mends("emergency-stop");
    for part in [
        "GO-LIVE of the trading system",
        "error   The emergency stop is not active",
        "is false (found true)",
        "17 ok, 1 error",
        "NO-GO",
    ] {
        assert!(report.contains(part), "{part} is missing in\n{report}");
    }
}

pub fn gate_blocks(standin: &mut Standin) {
    assert_eq!(standin.run(&[]).code, Some(0));
    standin.breaks("not-ready");
    assert_eq!(standin.run(&[]).code, Some(1));
    standin.mends("not-ready");
}

pub fn nothing_answers_is_no_go(standin: &mut Standin) {
    let ran = standin.run(&["--set", "base_url=http://127.0.0.1:1"]);
    assert_eq!((ran.code, &ran.json()["summary"]["verdict"]), (Some(1), &Json::from("NO-GO")));
}

pub fn secrets_stay_hidden(standin: &mut Standin) {
    standin.breaks("redis-password");
    let (json, text) = (standin.run(&[]), standin.run_plainly(&[]));
    standin.mends("redis-password");
    for output in [json.stdout, json.stderr, text.stdout, text.stderr] {
        assert!(!output.contains("quiet-river") && !output.contains("tall-birch"), "{output}");
    }
}

/// A timeout of nothing ends every look that starts a program, so each has one.
pub fn looks_have_a_timeout(standin: &mut Standin) {
    std::fs::write(standin.folder().join("bin/uv"), "#!/bin/sh\nexec sleep 3600\n").unwrap();
    let ran = standin.run(&["--id", "uv", "--timeout", "1s"]);
    assert_eq!(super::answers(&ran.json())["uv"], "unknown");
}

pub fn pipeline_report(standin: &mut Standin) {
    standin.breaks("directory-missing");
    let ran = standin.run_plainly(&[]);
    standin.mends("directory-missing");
    for part in ["error   The folder logs exists", "what to do  mkdir -p logs", " 1 error", "pipeline: failed"] {
        assert!(ran.stdout.contains(part), "{part} is missing in\n{}", ran.stdout);
    }
    assert!(standin.run_plainly(&["--color", "always"]).stdout.contains("\u{1b}[32m"), "green is what is ok");
}

/// What was seen is in the report: versions, sizes, and how long looking took.
pub fn details_are_kept(standin: &mut Standin) {
    let report = standin.run(&[]).json();
    let seen = |id: &str| {
        let check = report["checks"].as_array().unwrap().iter().find(|check| check["id"] == id).unwrap();
        assert!(check["duration_seconds"].is_f64(), "{check:#}");
        check["seen"].clone()
    };
    assert_eq!(seen("docker")["server_version"], "27.3.1");
    assert!(seen("disk-space").to_string().contains("free"), "{}", seen("disk-space"));
}

/// A daemon that takes the connection and never says a word.
pub fn nothing_hangs(standin: &mut Standin) {
    let socket = standin.folder().join("silent.sock");
    let listener = std::os::unix::net::UnixListener::bind(&socket).unwrap();
    let set = format!("docker_socket={}", socket.display());
    let report = standin.run(&["--id", "docker", "--timeout", "2s", "--set", &set]).json();
    drop(listener);
    assert_ne!(super::answers(&report)["docker"], "ok");
}

pub fn full_context(standin: &mut Standin) {
    standin.breaks("docker-down");
    let report = standin.run(&[]).json();
    standin.mends("docker-down");
    let docker = &report["checks"][0];
    assert_eq!((&docker["id"], &docker["attempts"]), (&Json::from("docker"), &Json::from(3)));
    assert!(docker["remedy"].as_str().unwrap().contains("systemctl start docker"));
    assert!(docker["links"][0].as_str().unwrap().starts_with("https://"));
    assert!(docker["observed_at"].is_string() && docker["duration_seconds"].is_f64(), "{docker:#}");
    assert!(report["host"].is_string() && report["context"]["run"] == "R2041");
}

pub fn pipeline_status(standin: &mut Standin) {
    assert_eq!(standin.run(&[]).json()["summary"]["status"]["pipeline"], "success");
    standin.breaks("docker-old");
    assert_eq!(standin.run(&[]).json()["summary"]["status"]["pipeline"], "failed");
    standin.mends("docker-old");
}

pub fn runs_compare(standin: &mut Standin) {
    let path = |name: &str| standin.folder().join(name).display().to_string();
    let (before, after) = (path("before.json"), path("after.json"));
    std::fs::write(&before, standin.run(&[]).stdout).unwrap();
    standin.breaks("image-missing");
    std::fs::write(&after, standin.run(&[]).stdout).unwrap();
    standin.mends("image-missing");
    let compared = Command::new(env!("CARGO_BIN_EXE_engine")).args(["diff", &before, &after]).output();
    let text = String::from_utf8(compared.unwrap().stdout).unwrap();
    assert!(text.contains("image[pipeline/align:latest]") && !text.contains("directory"), "{text}");
}

pub fn static_and_dynamic(standin: &mut Standin) {
    let count = |tag| standin.run(&["--tag", tag]).json()["checks"].as_array().map(Vec::len);
    assert_eq!((count("static"), count("dynamic")), (Some(6), Some(7)));
}

pub fn features_are_found(standin: &mut Standin) {
    let folder = standin.folder().join("features/quiz");
    std::fs::create_dir(&folder).unwrap();
    let pack = "pack: quiz\nchecks:\n  - { id: questions, priority: 20, file: features/quiz/questions.txt }\n";
    std::fs::write(folder.join("preflight.yaml"), pack).unwrap();
    assert_eq!(super::answers(&standin.run(&[]).json())["questions"], "error");
    std::fs::remove_dir_all(&folder).unwrap();
}

pub fn checks_are_conditional(standin: &mut Standin) {
    let folder = standin.folder().join("features/quiz");
    std::fs::create_dir(&folder).unwrap();
    let check = |event| format!("  - {{ id: for-a-{event}, when: context.event_type == '{event}', file: features }}\n");
    std::fs::write(folder.join("preflight.yaml"), format!("pack: quiz\nchecks:\n{}{}", check("raffle"), check("quiz")))
        .unwrap();
    let answers = super::answers(&standin.run(&[]).json());
    assert_eq!((&*answers["for-a-raffle"], &*answers["for-a-quiz"]), ("ok", "skipped"));
    std::fs::remove_dir_all(&folder).unwrap();
}

pub fn nothing_is_changed_or_thrown(standin: &mut Standin) {
    let files = |standin: &Standin| {
        let list = Command::new("find").arg(standin.folder()).args(["-printf", "%p %s %T@\\n"]).output().unwrap();
        String::from_utf8(list.stdout).unwrap()
    };
    let before = files(standin);
    let ran = standin.run(&["--set", "api_url=http://127.0.0.1:1"]);
    assert_eq!((ran.code, super::answers(&ran.json())["external-api"].as_str()), (Some(1), "error"), "{}", ran.stderr);
    assert_eq!(files(standin), before);
}

pub fn stops_at_a_tier(standin: &mut Standin) {
    let priorities = |report: &Json| -> Vec<i64> {
        report["checks"].as_array().unwrap().iter().map(|check| check["priority"].as_i64().unwrap()).collect()
    };
    let report = standin.run(&[]).json();
    assert!(priorities(&report).is_sorted());
    standin.breaks("api-down");
    let report = standin.run(&[]).json();
    standin.mends("api-down");
    let skipped = report["checks"].as_array().unwrap().iter().find(|check| check["id"] == "cooldown").unwrap();
    assert!(skipped.to_string().contains("priority 5"), "{skipped:#}");
}

pub fn full_mode_blocks(standin: &mut Standin) {
    standin.breaks("cooling-down");
    assert_eq!(standin.run(&["--mode", "full"]).code, Some(1));
    standin.mends("cooling-down");
}

pub fn light_mode_never_blocks(standin: &mut Standin) {
    standin.breaks("token-revoked");
    let ran = standin.run(&["--mode", "light"]);
    standin.mends("token-revoked");
    let report = ran.json();
    assert_eq!((ran.code, &report["mode"], &report["summary"]["blocking"]), (Some(0), &"light".into(), &false.into()));
    assert_eq!(report["summary"]["verdict"], "NO-GO");
    let answers = super::answers(&report);
    assert!(answers["oauth-token"] == "error" && !answers.contains_key("cooldown"), "{answers:?}");
}

pub fn runs_carry_context(standin: &mut Standin) {
    let report = standin.run(&["--context", "streamers=alpha,beta"]).json();
    let context = &report["context"];
    assert_eq!((&context["campaign"], &context["streamers"]), (&"autumn".into(), &"alpha,beta".into()));
    assert_eq!((&context["event_type"], &context["triggered_by"]), (&"raffle".into(), &"scheduler".into()));
}

/// A server that takes the connection and never says a word.
pub fn slow_looks_are_ended(standin: &mut Standin) {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let set = format!("api_url=http://{}", listener.local_addr().unwrap());
    let report = standin.run(&["--id", "external-api", "--set", &set]).json();
    let check = &report["checks"][0];
    assert_eq!(check["seen"]["problem"], "timed_out", "{check:#}");
    // generous: what is asserted is that it was ended, not when
    assert!(check["duration_seconds"].as_f64().unwrap() < 20.0);
}

pub fn parameters_are_given(standin: &mut Standin) {
    let report = standin.run(&["--set", "token_lasts=999999"]).json();
    assert_eq!(super::answers(&report)["oauth-token"], "error");
    let pack = standin.folder().join("features/raffle/preflight.yaml");
    let text = std::fs::read_to_string(&pack).unwrap();
    std::fs::write(&pack, text.replace("    priority: 20\n", "    priority: 20\n    enabled: false\n")).unwrap();
    assert_eq!(super::answers(&standin.run(&[]).json())["prizes"], "skipped");
    std::fs::write(&pack, text).unwrap();
}

/// A checklist that stands beside a pack.
pub fn checklist(name: &str, arguments: &[&str]) -> std::process::Output {
    let pack = format!("{}/checks.d/{name}-checklist.yaml", env!("CARGO_MANIFEST_DIR"));
    let folder = tempfile::tempdir().unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_engine"));
    command.args(arguments).arg(pack).current_dir(folder.path()).stdin(std::process::Stdio::null()).output().unwrap()
}

pub fn checklist_is_printed(_: &mut Standin) {
    let text = String::from_utf8(checklist("go-live", &["checklist"]).stdout).unwrap();
    for phase in ["before", "day", "first-hour", "first-week", "change-management", "emergencies"] {
        assert!(text.contains(&format!("\n## {phase}\n\n- [ ] ")), "{phase} is missing in\n{text}");
    }
}

pub fn unanswered_is_no_go(_: &mut Standin) {
    let ran = checklist("go-live", &["run", "--format", "json"]);
    let report: Json = serde_json::from_slice(&ran.stdout).unwrap();
    assert_eq!(ran.status.code(), Some(1));
    assert!(super::answers(&report).values().all(|answer| answer == "unknown"), "{report:#}");
}

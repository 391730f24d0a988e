//! System 5: a Python runtime's preflight.

use super::standin::Standin;
use super::{Row, answers, behaves, behaviour, later, looks};
use serde_json::Value as Json;

const TABLE: &[Row] = &[
    looks("Python 3.12.x is primary", "python-version", "ok", "python-untested", "error"),
    looks("3.11.13 is the fallback: fine, and said so", "python-version", "ok", "python-fallback", "info"),
    looks("a neighbour of the fallback is an error", "python-version", "ok", "python-near-fallback", "error"),
    looks("what needs Python is not looked at without", "package[numpy]", "ok", "python-untested", "skipped"),
    looks("in a virtualenv", "virtual-environment", "ok", "no-virtual-environment", "warn"),
    looks("its Python is the one in use", "virtual-environment-is-in-use", "ok", "another-virtual-environment", "warn"),
    looks("packages importable", "package[pandas]", "ok", "package-missing", "error"),
    looks("with minimum versions, compared as versions", "package[numpy]", "ok", "package-old", "error"),
    looks("requirements.lock exists", "lock-is-there", "ok", "lock-missing", "error"),
    looks("is not empty", "lock-is-there", "ok", "lock-empty", "error"),
    looks("is younger than 24 h", "lock-is-fresh", "ok", "lock-old", "warn"),
    looks("pip freeze equals it, order aside", "lock-matches-environment", "ok", "lock-differs", "error"),
    looks("environment variables set", "variable[DATABASE_URL]", "ok", "variable-unset", "ok"),
    looks("one that is not set", "variable[RUNTIME_UNSET]", "no such check", "variable-unset", "warn"),
    looks("a config file that names the Python version", "version-file", "ok", "version-file-differs", "warn"),
    looks("files not world-writable", "not-world-writable[requirements.lock]", "ok", "lock-writable", "error"),
    looks("a small workload under 5 s", "workload", "ok", "host-slow", "warn"),
    looks("imports under 2 s", "imports", "ok", "imports-slow", "warn"),
    behaves("summary READY, READY_FALLBACK or NOT_READY", runtime_status),
    behaves("exit 0, 2 for warnings, 1 for failure", runtime_exit_codes),
    behaves("results saved as JSON: time, results, severity, warnings", results_are_saved),
    behaves("every line logged with its time", lines_have_their_time),
    behaves("CI with a matrix of versions and the result uploaded", matrix_of_versions),
    behaves("a deployment goes on only if it passed", deployment_goes_on_only_if_it_passed),
    behaves("a manual checklist of the same points", runtime_checklist),
    behaves("troubleshooting", troubleshooting),
    later("a monitor that runs it every 300 s and logs GOOD or DEGRADED", "the monitor"),
    later("mail on any critical violation, and on more than five warnings", "notifications"),
];

#[test]
fn python_runtime() {
    super::show("runtime", TABLE);
}

fn runtime_status(standin: &mut Standin) {
    let status = |standin: &Standin| standin.run(&[]).json()["summary"]["status"]["python-runtime"].clone();
    assert_eq!(status(standin), "READY");
    for (broken_by, expected) in [("python-fallback", "READY_FALLBACK"), ("package-missing", "NOT_READY")] {
        standin.breaks(broken_by);
        assert_eq!(status(standin), expected, "with {broken_by}");
        standin.mends(broken_by);
    }
}

/// 0 if it passed, 2 for warnings, 1 for failure.
fn runtime_exit_codes(standin: &mut Standin) {
    let code = |standin: &Standin| standin.run(&["--warnings-exit-2"]).code;
    assert_eq!(code(standin), Some(0));
    for (broken_by, expected) in [("lock-old", 2), ("lock-empty", 1)] {
        standin.breaks(broken_by);
        assert_eq!(code(standin), Some(expected), "with {broken_by}");
        standin.mends(broken_by);
    }
}

fn results_are_saved(standin: &mut Standin) {
    let path = standin.folder().join("results.json");
    standin.breaks("lock-differs");
    standin.run_plainly(&["--output", path.to_str().unwrap()]);
    standin.mends("lock-differs");
    let report: Json = serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
    assert!(report["started_at"].is_string() && report["summary"]["counts"]["error"] == 1, "{report:#}");
    let checks = report["checks"].as_array().unwrap();
    let locked = checks.iter().find(|check| check["id"] == "lock-matches-environment").unwrap();
    assert_eq!((&locked["level"], &locked["answer"]), (&"error".into(), &"error".into()));
    assert!(locked["message"].as_str().unwrap().contains("numpy==1.26.3"), "{locked:#}");
}

/// As JSON lines each check stands on a line of its own, with the time at which it was looked at.
fn lines_have_their_time(standin: &mut Standin) {
    let lines = standin.run_plainly(&["--format", "jsonl"]).stdout;
    let checks = lines.lines().filter_map(|line| serde_json::from_str::<Json>(line).unwrap().get("check").cloned());
    let times: Vec<bool> = checks.map(|check| check["observed_at"].is_string()).collect();
    assert!(times.len() == 20 && times.iter().all(|time| *time), "{lines}");
}

/// One run for each Python, each with a report that CI can keep.
fn matrix_of_versions(standin: &mut Standin) {
    let python = |name: &str| format!("python={}", standin.folder().join(name).display());
    for (name, expected) in [("bin/python3", 0), ("no-such-python", 1)] {
        let report = standin.folder().join("junit.xml");
        let ran = standin.run_plainly(&["--set", &python(name), "--output", report.to_str().unwrap()]);
        assert_eq!(ran.code, Some(expected), "{name}");
        let text = std::fs::read_to_string(report).unwrap();
        assert!(text.contains("<testsuites") && text.contains("name=\"python-version\""), "{text}");
    }
}

/// What a deployment script writes: `engine run … && deploy`.
fn deployment_goes_on_only_if_it_passed(standin: &mut Standin) {
    let deploys = |standin: &Standin| standin.run(&[]).code == Some(0);
    assert!(deploys(standin));
    standin.breaks("lock-missing");
    assert!(!deploys(standin));
    standin.mends("lock-missing");
}

/// Whatever is not ok says what to do.
fn troubleshooting(standin: &mut Standin) {
    for broken_by in ["python-untested", "package-old", "lock-old", "lock-differs", "lock-writable", "host-slow"] {
        standin.breaks(broken_by);
        let report = standin.run(&[]).json();
        standin.mends(broken_by);
        let broken = report["checks"].as_array().unwrap().iter();
        let broken: Vec<&Json> =
            broken.filter(|check| !["ok", "skipped"].contains(&check["answer"].as_str().unwrap())).collect();
        assert!(!broken.is_empty() && broken.iter().all(|check| check["remedy"].is_string()), "{broken:#?}");
    }
}

fn runtime_checklist(_: &mut Standin) {
    let text = String::from_utf8(behaviour::checklist("python-runtime", &["checklist"]).stdout).unwrap();
    assert!(text.matches("\n- [ ] ").count() > 3, "{text}");
    let ran = behaviour::checklist("python-runtime", &["run", "--format", "json"]);
    let report: Json = serde_json::from_slice(&ran.stdout).unwrap();
    assert_eq!(ran.status.code(), Some(1));
    assert!(answers(&report).values().all(|answer| answer == "unknown"), "{report:#}");
}

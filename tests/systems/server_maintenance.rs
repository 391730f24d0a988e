//! System 2: a server's unified preflight.

use super::standin::Standin;
use super::{NOTHING, Row, answers, behaves, behaviour, later, looks};
use serde_json::Value as Json;
use std::os::unix::fs::PermissionsExt;
use std::process::Command;

const TABLE: &[Row] = &[
    looks("Python ≥ 3.10, error below", "python-version", "ok", "python-old", "error"),
    looks("warn outside a virtualenv", "in-virtual-environment", "ok", "no-virtual-environment", "warn"),
    looks("warn if not the project's", "project-virtual-environment", "ok", "another-virtual-environment", "warn"),
    looks("uv installed", "uv", "ok", "uv-missing", "warn"),
    looks(".venv exists", "virtual-environment", "ok", "venv-missing", "warn"),
    looks(".env exists", "env-file", "ok", "env-missing", "error"),
    looks("project directory writable", "project-is-writable", "ok", NOTHING, "ok"),
    behaves("project directory not writable", project_is_somebody_elses),
    looks("≥ 1 GB disk free", "disk-space", "ok", "disk-full", "warn"),
    looks("each database answers SELECT 1", "database[default]", "ok", "database-missing", "error"),
    looks("no pending migrations, with their number", "migrations", "ok", "migrations-pending", "warn"),
    looks("debug off in production", "debug-is-off", "ok", "debug-on", "error"),
    looks("secret key ≥ 50 characters", "secret-key", "ok", "secret-key-short", "warn"),
    looks("allowed hosts set in production", "allowed-hosts", "ok", "hosts-empty", "error"),
    looks("allowed hosts without *", "allowed-hosts-are-named", "ok", "hosts-wildcard", "warn"),
    looks(".env not world-readable", "env-file-is-private", "ok", "env-readable", "warn"),
    looks("drift: missing from .env", "drift[missing]", "ok", "key-missing", "warn"),
    looks("drift: unknown in .env", "drift[unknown]", "ok", "key-unknown", "warn"),
    looks("drift: undocumented", "drift[undocumented]", "ok", "key-undocumented", "warn"),
    looks("drift: unused", "drift[unused]", "ok", "key-unused", "warn"),
    looks("hub and agent at once", "one-cluster-role", "skipped", "role-both", "error"),
    looks("agent without secret", "agent-has[CLUSTER_SECRET]", "skipped", "agent-bare", "warn"),
    looks("agent without instance id", "agent-has[INSTANCE_ID]", "skipped", "agent-bare", "warn"),
    looks("hub without secret", "hub-has-secret", "skipped", "hub-bare", "error"),
    looks("else the role is said", "cluster-role", "ok", "agent-bare", "ok"),
    looks("queue not eager in production", "queue-is-asynchronous", "ok", "queue-eager", "warn"),
    looks("metrics backend without its host", "metrics-host", "ok", "metrics-host-missing", "warn"),
    looks("metrics host without a backend", "metrics-host-is-used", "skipped", "metrics-backend-none", "info"),
    looks("active pipelines with an eager queue", "eager-queue-with-pipelines", "skipped", "queue-eager", "warn"),
    looks("no active notification channel", "notification-channel", "ok", "channels-off", "warn"),
    looks("no active definitions", "active-definitions", "ok", "definitions-off", "info"),
    looks("definitions are listed", "definitions", "info", "definitions-none", "info"),
    looks("fallback off", "fallback", "ok", "fallback-off", "info"),
    looks("not production: aliases", "aliases", "skipped", "development", "ok"),
    looks("not production: aliases missing", "aliases", "skipped", "aliases-missing", "warn"),
    looks("not production: pre-commit hook", "pre-commit-hook", "skipped", "development", "ok"),
    looks("not production: no pre-commit hook", "pre-commit-hook", "skipped", "hook-missing", "warn"),
    looks("production: cron entry", "cron-entry", "ok", "cron-missing", "warn"),
    looks("log directory writable", "log-directory", "ok", "logs-missing", "error"),
    looks("SQLite file writable", "sqlite-file", "ok", "database-missing", "error"),
    looks("Docker: daemon", "docker-daemon", "ok", "docker-down", "error"),
    looks("Docker: each container runs", "container[celery]", "ok", "container-exited", "error"),
    looks("systemd: each unit active", "unit[celery]", "skipped", "systemd", "ok"),
    looks("systemd: a unit is stopped", "unit[celery]", "skipped", "unit-stopped", "error"),
    looks("systemd: Redis under either name", "redis-unit", "skipped", "systemd", "ok"),
    looks("systemd: Redis under neither name", "redis-unit", "skipped", "redis-unit-stopped", "error"),
    looks("systemd: gunicorn socket", "gunicorn-socket", "skipped", "systemd", "ok"),
    looks("systemd: no gunicorn socket", "gunicorn-socket", "skipped", "socket-missing", "warn"),
    looks("otherwise nothing: no Docker", "docker-daemon", "ok", "deploy-otherwise", "skipped"),
    looks("otherwise nothing: no units", "unit[celery]", "skipped", "deploy-otherwise", "skipped"),
    behaves("one command, one output: a header, then a flat list, then the counts", server_report),
    behaves("definitions, active or inactive, with their chain of nodes", definitions_with_their_chain),
    behaves("--json prints profile, checks and summary", server_json),
    behaves("wrappers pass their arguments through", wrapper_passes_arguments),
    behaves("every look has a timeout", behaviour::looks_have_a_timeout),
    later(
        "the definitions with their chain stand in the header",
        "header rows from facts; a check of level info lists them",
    ),
    later("every run appends one line to a log, and an unwritable log never fails the run", "the store"),
];

#[test]
fn server_maintenance() {
    super::show("server", TABLE);
}

fn server_report(standin: &mut Standin) {
    let report = standin.run_plainly(&[]).stdout;
    let mut rest = report.as_str();
    let header =
        ["Role ", "Environment ", "production, debug off", "Deploy method ", "Database ", "Queue ", "Metrics "];
    let rest_of_it = ["Log directory ", "Instance ", "Python is 3.10 or later", "checks: "];
    for part in header.iter().chain(&rest_of_it) {
        let at = rest.find(part).unwrap_or_else(|| panic!("{part} is missing or out of place in\n{report}"));
        rest = &rest[at..];
    }
}

fn server_json(standin: &mut Standin) {
    let report = standin.run(&[]).json();
    assert_eq!(report["header"]["Deploy method"], "docker");
    assert!(report["checks"].is_array() && report["summary"]["counts"]["ok"].is_u64());
}

fn definitions_with_their_chain(standin: &mut Standin) {
    let report = standin.run(&["--id", "definitions"]).json();
    let said = report["checks"][0]["message"].as_str().unwrap();
    let expected = ["nightly (active): fetch > clean > report", "weekly (inactive): fetch > archive"];
    assert!(expected.iter().all(|definition| said.contains(definition)), "{said}");
}

/// Root may write everywhere, so it becomes nobody, with a program and a pack that nobody may read.
fn project_is_somebody_elses(standin: &mut Standin) {
    let folder = standin.folder();
    std::fs::copy(env!("CARGO_BIN_EXE_engine"), folder.join("engine")).unwrap();
    let pack = concat!(env!("CARGO_MANIFEST_DIR"), "/checks.d/server-maintenance.yaml");
    std::fs::copy(pack, folder.join("pack.yaml")).unwrap();
    let mode = |mode| std::fs::set_permissions(folder, std::fs::Permissions::from_mode(mode)).unwrap();
    let mut command = match rustix::process::geteuid().is_root() {
        true => Command::new("setpriv"),
        false => Command::new("env"),
    };
    if rustix::process::geteuid().is_root() {
        command.args(["--reuid=65534", "--regid=65534", "--clear-groups"]);
    }
    mode(0o555);
    command.args(["./engine", "run", "pack.yaml", "--id", "project-is-writable", "--format", "json"]);
    let output = command.current_dir(folder).output().unwrap();
    mode(0o700);
    ["engine", "pack.yaml"].iter().for_each(|name| std::fs::remove_file(folder.join(name)).unwrap());
    let report: Json = serde_json::from_slice(&output.stdout).unwrap_or_else(|_| panic!("{output:?}"));
    assert_eq!(answers(&report)["project-is-writable"], "error");
}

fn wrapper_passes_arguments(standin: &mut Standin) {
    let report = standin.run(&["--id", "secret-key"]).json();
    assert_eq!(report["checks"].as_array().map(Vec::len), Some(1));
}

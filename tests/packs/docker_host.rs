//! The pack `docker-host` against the stand-in of a daemon on a real socket, with real files around it. What belongs
//! to the host is left out, for nobody knows on which one the tests run.

use super::{complaints, outcome, server::*, set_mode, text};
use crate::common::Engine;
use serde_json::Value as Json;

/// A host with a daemon; its settings are those given.
fn host(settings: &str) -> Engine {
    let engine = Engine::new();
    let socket = engine.path().join("docker.sock");
    stand_in_docker(&socket);
    set_mode(&socket, 0o660);
    engine.write("daemon.json", settings);
    engine
}

fn look(engine: &Engine, settings: &[&str]) -> (i32, Json) {
    let places = ["docker_socket=docker.sock", "daemon_json=daemon.json", "data_root=."];
    let daemon = ["daemon", "settings-are-valid", "version", "warnings", "survives-restart", "logs-are-bounded"];
    let more =
        ["storage-driver", "socket", "no-insecure-registries", "protection", "dangling-images", "control-groups"];
    let containers = ["healthy", "not-restarting", "none-failed", "no-*container*", "published-*", "compose-project"];
    let mut command = super::command(engine, "docker-host", &[]);
    daemon.iter().chain(&more).chain(&containers).for_each(|id| {
        command.args(["--id", &format!("docker-host/{id}")]);
    });
    places.iter().chain(settings).for_each(|setting| {
        command.args(["--set", setting]);
    });
    outcome(command)
}

#[track_caller]
fn assert_complaints(engine: &Engine, settings: &[&str], expected: &[&str]) -> Json {
    let (code, report) = look(engine, settings);
    assert_eq!(complaints(&report), expected, "{report:#}");
    assert_eq!(code, i32::from(expected.iter().any(|answer| answer.ends_with("=error"))));
    report
}

#[test]
fn a_good_host() {
    let engine = host(r#"{"live-restore": true, "log-driver": "local"}"#);
    assert_complaints(&engine, &["compose_project=shop", "compose_services=[web, db]"], &[]);
    let report = assert_complaints(
        &engine,
        &["compose_project=shop", "compose_services=[web, worker]"],
        &["compose-project=error"],
    );
    assert!(text(&report, "compose-project", "message").contains("web: Up 2 hours (healthy)"));
}

#[test]
fn settings_that_are_wrong_or_broken() {
    let engine = host(r#"{"insecure-registries": ["registry.example.org"]}"#);
    set_mode(&engine.path().join("docker.sock"), 0o666);
    assert_complaints(&engine, &[], &["logs-are-bounded=warn", "socket=error", "no-insecure-registries=warn"]);
    engine.write("daemon.json", "{\"log-driver\" \"local\"}");
    assert_complaints(&engine, &["version=>=28"], &["version=error", "settings-are-valid=error", "socket=error"]);
}

#[test]
fn no_daemon() {
    let engine = Engine::new();
    assert_complaints(&engine, &[], &["daemon=error"]);
}

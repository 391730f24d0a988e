//! The pack `redis` against real servers: a good one, and what is done to it. What belongs to the host is left out,
//! for nobody knows on which one the tests run.

use super::{complaints, outcome, server::*, text};
use crate::common::Engine;
use serde_json::Value as Json;
use std::fs;

const SECRET: &str = "s3cret-for-tests";

/// Everything but the settings of the host.
fn look(port: u16, settings: &[&str]) -> (i32, Json) {
    let engine = Engine::new();
    let address = format!("redis_address=127.0.0.1:{port}");
    let mut command = super::command(&engine, "redis", &["--set", &address, "--set", "local=false"]);
    settings.iter().for_each(|setting| {
        command.args(["--set", setting]);
    });
    // how fast this machine is at the moment must not matter
    command.env("REDIS_PASSWORD", SECRET).args(["--set", "slow=1m"]);
    outcome(command)
}

#[track_caller]
fn assert_complaints(port: u16, settings: &[&str], expected: &[&str]) -> Json {
    let (code, report) = look(port, settings);
    assert_eq!(complaints(&report), expected, "{report:#}");
    assert_eq!(code, i32::from(expected.iter().any(|answer| answer.ends_with("=error"))));
    report
}

fn start(folder: &str, port: u16, more: &[&str]) -> Server {
    let mut command = program("redis-server", "redis-server");
    command.args(["--port", &port.to_string(), "--bind", "127.0.0.1", "--dir", folder, "--maxmemory", "100mb"]);
    let mut server = Server::start(command.args(more));
    server.wait_for(port);
    server
}

/// Waits until this holds of the server.
fn wait_until(port: u16, expected: &str) {
    let engine = Engine::with_pack(&format!(
        "inputs: {{ password: {{ env: REDIS_PASSWORD, secret: true }} }}
checks:
  - id: wait
    redis: {{ address: \"127.0.0.1:{port}\", password: \"${{password}}\" }}
    expect: {expected}
    retry: {{ for: 30s, every: 50ms }}"
    ));
    let mut command = engine.command(&["run", "pack.yaml", "--format", "json"]);
    command.env("REDIS_PASSWORD", SECRET);
    let (code, report) = outcome(command);
    assert_eq!(code, 0, "{report:#}");
}

#[test]
fn a_good_server_and_what_can_be_done_to_it() {
    let folder = folder();
    let data = folder.path().join("data");
    fs::create_dir(&data).unwrap();
    let port = free_port();
    let _server = start(data.to_str().unwrap(), port, &["--requirepass", SECRET]);
    let after = |commands: &[&[&str]]| redis_command(port, &[&[&["AUTH", SECRET][..]], commands].concat());
    assert_complaints(port, &[], &[]);

    after(&[&["CONFIG", "SET", "maxmemory-policy", "allkeys-lru"], &["CONFIG", "SET", "maxmemory", "0"]]);
    let report = assert_complaints(port, &[], &["memory-is-limited=warn", "store-keeps-everything=error"]);
    assert_eq!(text(&report, "store-keeps-everything", "message"), "at the limit it drops keys (allkeys-lru)");
    assert_complaints(port, &["redis_use=cache"], &["memory-is-limited=warn"]);

    // so little memory that it is over the limit, and drops what is put in
    after(&[&["SET", "a", "b"], &["CONFIG", "SET", "maxmemory", "100kb"], &["GET", "a"]]);
    let full = ["memory-is-left=error", "store-keeps-everything=error", "nothing-was-evicted=warn"];
    assert_complaints(port, &[], &full);

    after(&[&["CONFIG", "SET", "maxmemory", "100mb"], &["CONFIG", "SET", "maxmemory-policy", "noeviction"]]);
    after(&[&["CONFIG", "RESETSTAT"], &["CONFIG", "SET", "requirepass", ""]]);
    // the server that has no password declines one too
    let report = assert_complaints(port, &[], &["answers=error"]);
    assert!(text(&report, "answers", "remedy").contains("REDIS_PASSWORD"));
}

#[test]
fn a_server_that_everybody_may_use() {
    let folder = folder();
    let port = free_port();
    let _server = start(folder.path().to_str().unwrap(), port, &[]);
    let engine = Engine::new();
    let address = format!("redis_address=127.0.0.1:{port}");
    let look = |local: &str| {
        let settings = ["--id", "redis/password", "--set", &address, "--set", local];
        outcome(super::command(&engine, "redis", &settings))
    };
    let (code, report) = look("local=true");
    assert_eq!((code, complaints(&report)), (0, vec!["password=warn".to_string()]));
    let (code, report) = look("local=false");
    assert_eq!((code, complaints(&report)), (1, vec!["password=error".to_string()]));
}

#[test]
fn a_save_that_fails() {
    let folder = folder();
    let data = folder.path().join("data");
    fs::create_dir(&data).unwrap();
    let port = free_port();
    let _server = start(data.to_str().unwrap(), port, &["--requirepass", SECRET]);
    fs::remove_dir_all(&data).unwrap();
    redis_command(port, &[&["AUTH", SECRET], &["SET", "a", "b"], &["BGSAVE"]]);
    wait_until(port, "{ info: { rdb_bgsave_in_progress: \"0\", rdb_last_bgsave_status: err } }");
    assert_complaints(port, &["maximum_save_age=0s"], &["last-save-worked=error", "store-is-saved=error"]);
}

#[test]
fn a_replica_that_loses_its_master() {
    let folder = folder();
    let (port, replica_port) = (free_port(), free_port());
    let path = folder.path().to_str().unwrap();
    let mut master = start(path, port, &["--requirepass", SECRET, "--save", ""]);
    let of = ["--replicaof", "127.0.0.1", &port.to_string(), "--masterauth", SECRET, "--requirepass", SECRET];
    let _replica = start(path, replica_port, &[&of[..], &["--dbfilename", "replica.rdb", "--save", ""]].concat());
    wait_until(replica_port, "{ link_up: true }");
    assert_complaints(port, &["redis_role=master", "minimum_replicas=1"], &[]);
    assert_complaints(replica_port, &["redis_role=replica", "minimum_replicas=1"], &[]);
    assert_complaints(replica_port, &["redis_role=master"], &["role=error"]);
    master.end();
    assert_complaints(replica_port, &["redis_role=replica"], &["replica-follows=error"]);
    assert_complaints(port, &[], &["answers=error"]);
}

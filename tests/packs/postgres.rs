//! The pack `postgres` against a real cluster, and against what careless people leave in one.

use super::{complaints, outcome, server::*, text};
use crate::common::Engine;
use serde_json::Value as Json;

const SECRET: &str = "s3cret-for-tests";
/// What is wrong with every cluster that the tests make: no checksums, no fsync, old ways of logging in.
const ALWAYS: [&str; 3] = ["checksums=warn", "keeps-what-it-confirmed=error", "rules-of-access=error"];

fn look(port: u16, settings: &[&str]) -> (i32, Json) {
    let engine = Engine::new();
    // how fast this machine is at the moment must not matter
    let mut command = super::command(&engine, "postgres", &["--set", "slow=1m", "--timeout", "2m"]);
    settings.iter().for_each(|setting| {
        command.args(["--set", setting]);
    });
    command.env("PGHOST", "127.0.0.1").env("PGPORT", port.to_string()).env("PGPASSWORD", SECRET);
    outcome(command)
}

#[track_caller]
fn assert_complaints(port: u16, settings: &[&str], expected: &[&str]) -> Json {
    let (_, report) = look(port, settings);
    let mut found = complaints(&report);
    found.sort();
    let mut expected: Vec<&str> = expected.iter().chain(&ALWAYS).copied().collect();
    expected.sort();
    assert_eq!(found, expected, "{report:#}");
    report
}

fn start(cluster: &Postgres, own: &[&str]) -> (Server, u16) {
    let port = free_port();
    let mut server = cluster.start_with(port, own);
    server.wait_for(port);
    // it listens before it lets anybody in
    let waits = format!(
        "inputs: {{ password: {{ env: PGPASSWORD, secret: true }} }}
checks:
  - id: wait
    postgres: {{ address: \"127.0.0.1:{port}\", password: \"${{password}}\" }}
    retry: {{ for: 60s, every: 100ms }}"
    );
    let engine = Engine::with_pack(&waits);
    let mut command = engine.command(&["run", "pack.yaml", "--format", "json"]);
    command.env("PGPASSWORD", SECRET);
    let (code, report) = outcome(command);
    assert_eq!(code, 0, "{report:#}");
    (server, port)
}

#[test]
fn what_is_going_on_in_a_cluster() {
    let cluster = Postgres::new(SECRET);
    let (_server, port) = start(&cluster, &["max_prepared_transactions=5"]);
    let report = assert_complaints(port, &[], &[]);
    assert!(text(&report, "rules-of-access", "message").contains("(host old all md5)"), "{report:#}");

    let holder = cluster.session(port, SECRET, "CREATE TABLE t (n int); BEGIN; LOCK TABLE t; SELECT 1;");
    let waiter = "SET application_name = 'waiter'; SET lock_timeout = '100s';";
    let mut waiting = cluster.session(port, SECRET, waiter);
    waiting.then("SELECT * FROM t;");
    let _prepared = cluster.session(port, SECRET, "BEGIN; SELECT 1; PREPARE TRANSACTION 'forgotten';");
    let impatient = ["maximum_transaction=0s", "maximum_idle_in_transaction=0s", "maximum_wait_for_lock=0s"];
    let crowded = ["connections_warning=2", "minimum_replicas=1"];
    let report = assert_complaints(
        port,
        &[&impatient[..], &crowded].concat(),
        &[
            "connections=warn",
            "enough-replicas=error",
            "idle-in-transaction=warn",
            "locks=warn",
            "long-transactions=warn",
            "prepared-transactions=warn",
        ],
    );
    assert!(text(&report, "locks", "message").contains("because of"), "{report:#}");
    assert!(text(&report, "prepared-transactions", "remedy").contains("ROLLBACK PREPARED 'forgotten'"));
    drop(holder);
}

#[test]
fn what_careless_people_leave_behind() {
    let cluster = Postgres::new(SECRET);
    let (_server, port) =
        start(&cluster, &["password_encryption=md5", "ssl=off", "archive_mode=on", "archive_command=false"]);
    let left = "
        CREATE SEQUENCE small AS smallint;
        SELECT setval('small', 32000);
        CREATE TABLE jobs (n int) WITH (autovacuum_enabled = false);
        INSERT INTO jobs SELECT generate_series(1, 2000);
        DELETE FROM jobs WHERE n > 10;
        INSERT INTO jobs VALUES (1), (1);
        \\set ON_ERROR_STOP off
        CREATE UNIQUE INDEX CONCURRENTLY jobs_n ON jobs (n);
        \\set ON_ERROR_STOP on
        SELECT pg_create_physical_replication_slot('warehouse', true);
        INSERT INTO jobs SELECT 1000000 + generate_series(1, 2000);
        GRANT CREATE ON SCHEMA public TO PUBLIC;
        ALTER SYSTEM SET shared_buffers = '16MB';
        SELECT pg_reload_conf(), pg_stat_force_next_flush();
        SELECT pg_switch_wal();
        SELECT 1;";
    drop(cluster.session(port, SECRET, left));
    let settings =
        ["dead_rows=100", "dead_percent=10", "slot_warning=1kB", "transaction_age_warning=1", "version=>=99"];
    let report = assert_complaints(
        port,
        &settings,
        &[
            "archive=error",
            "dead-rows=warn",
            "encryption-is-possible=warn",
            "indexes=warn",
            "no-pending-restart=warn",
            "password-encryption=error",
            "public-schema=warn",
            "replication-slots=warn",
            "sequences=error",
            "tables-without-autovacuum=warn",
            "transaction-age=warn",
            "version=error",
        ],
    );
    assert!(text(&report, "indexes", "remedy").contains("REINDEX INDEX CONCURRENTLY jobs_n"), "{report:#}");
    assert!(text(&report, "sequences", "message").starts_with("public.small (smallint) at 98%"), "{report:#}");
    assert!(text(&report, "replication-slots", "message").contains("nobody takes it"), "{report:#}");
}

#[test]
fn a_standby_that_nothing_reaches() {
    let cluster = Postgres::new(SECRET);
    cluster.become_standby();
    let (_server, port) = start(&cluster, &[]);
    assert_complaints(port, &[], &["is-primary=error"]);
    assert_complaints(port, &["role=replica"], &["replica-receives=error"]);
    let (code, report) = look(free_port(), &[]);
    assert_eq!((code, complaints(&report)), (1, vec!["answers=error".to_string()]));
}

#[test]
fn a_user_who_sees_little_is_told_so() {
    let cluster = Postgres::new(SECRET);
    let (_server, port) = start(&cluster, &[]);
    let (_, report) = look(port, &["user=old", "database=postgres"]);
    let found = complaints(&report);
    let expected =
        ["sees-everything=info", "checksums=warn", "keeps-what-it-confirmed=error", "sees-rules-of-access=info"];
    assert_eq!(found, expected, "{report:#}");
    let grants = "GRANT pg_monitor TO old; GRANT EXECUTE ON FUNCTION pg_hba_file_rules TO pg_monitor; GRANT SELECT ON pg_hba_file_rules TO pg_monitor;";
    drop(cluster.session(port, SECRET, grants));
    assert_complaints(port, &["user=old", "database=postgres"], &[]);
}

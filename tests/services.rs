//! Probes of services against real servers: started here on free ports of loopback, in folders of
//! their own, and ended by their process id. Only Docker is a stand-in (HTTP over a Unix socket).
//!
//! Every pack states the expected facts; a test holds if every check of it is ok.

mod common;
#[path = "services/server.rs"]
mod server;

use common::Engine;
use server::*;
use std::time::Duration;

const SECRET: &str = "s3cret-for-tests";
/// Declares the password and a wrong one.
const INPUTS: &str =
    "inputs:\n  password: { env: TEST_PASSWORD, secret: true }\n  wrong: { env: TEST_WRONG, secret: true }\n";

/// Runs checks and fails unless all are ok; the password must stand nowhere.
fn holds(checks: &str) {
    let engine = Engine::with_pack(&format!("{INPUTS}checks:\n{checks}"));
    let mut command = engine.command(&["run", "pack.yaml", "--format", "json"]);
    command.env("TEST_PASSWORD", SECRET).env("TEST_WRONG", "wr0ng-for-tests");
    let output = command.output().unwrap();
    let (stdout, stderr) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert_eq!(output.status.code(), Some(0), "{stdout}\n{stderr}");
    assert!(!format!("{stdout}{stderr}").contains(SECRET), "the password is shown: {stdout}");
}

#[test]
fn redis_with_a_password_and_a_replica() {
    let port = free_port();
    let folder = folder();
    let mut server = Server::start(program("redis-server", "redis-server").args([
        "--port",
        &port.to_string(),
        "--bind",
        "127.0.0.1",
        "--save",
        "",
        "--dir",
        folder.path().to_str().unwrap(),
        "--requirepass",
        SECRET,
    ]));
    server.wait_for(port);
    let replica_port = free_port();
    let mut replica = Server::start(program("redis-server", "redis-server").args([
        "--port",
        &replica_port.to_string(),
        "--bind",
        "127.0.0.1",
        "--save",
        "",
        "--dir",
        folder.path().to_str().unwrap(),
        "--replicaof",
        "127.0.0.1",
        &port.to_string(),
        "--masterauth",
        SECRET,
    ]));
    replica.wait_for(replica_port);
    redis_command(
        port,
        &[&["AUTH", SECRET], &["SET", "greeting", "hello", "EX", "1000"], &["RPUSH", "list", "a", "b"]],
    );
    holds(&format!(
        r#"
  - id: master
    redis: {{ address: "127.0.0.1:{port}", password: "${{password}}", key: greeting, sections: commandstats }}
    expect:
      pong: true
      role: master
      server_version: {{ version: ">=6" }}
      info: {{ has_key: cmdstat_set }}
      key_type: string
      key_value: hello
      key_size: 5
      key_ttl: {{ between: [900s, 1000s] }}
      link_up: {{ present: false }}
  - id: list
    redis: {{ address: "127.0.0.1:{port}", password: "${{password}}", key: list }}
    expect: {{ key_type: list, key_size: 2, key_value: {{ present: false }}, key_ttl: {{ present: false }} }}
  - id: other-database
    redis: {{ address: "127.0.0.1:{port}", password: "${{password}}", key: list, database: 3 }}
    expect: {{ key_size: 0, key_type: {{ present: false }} }}
  - id: replica
    redis: "127.0.0.1:{replica_port}"
    retry: {{ for: 30s, every: 200ms }}
    expect: {{ role: slave, link_up: true, lag: {{ lt: 1m }} }}
  - id: no-password
    redis: "127.0.0.1:{port}"
    expect: {{ connected: true, pong: false, problem: authentication_failed, reason: {{ contains: wants a password }} }}
  - id: wrong-password
    redis: {{ address: "127.0.0.1:{port}", password: "${{wrong}}" }}
    expect: {{ connected: true, problem: authentication_failed }}
  - id: no-tls
    redis: {{ address: "127.0.0.1:{port}", password: "${{password}}", tls: true }}
    timeout: 2s
    expect: {{ problem: {{ one_of: [tls_failed, closed, timed_out] }} }}
"#
    ));
    server.end();
    holds(&format!(
        "  - id: gone\n    redis: \"127.0.0.1:{port}\"\n    expect: {{ connected: false, problem: refused }}\n"
    ));
    holds(&format!(
        "  - id: replica-alone\n    redis: \"127.0.0.1:{replica_port}\"\n    retry: {{ for: 30s, every: 200ms }}\n    expect: {{ role: slave, link_up: false }}\n"
    ));
}

#[test]
fn postgres_with_every_kind_of_password_and_tls() {
    let cluster = Postgres::new(SECRET);
    let port = free_port();
    let mut server = cluster.start(port);
    server.wait_for(port);
    let ca = cluster.certificate();
    holds(&format!(
        r#"
  - id: scram-over-tls
    postgres: {{ address: "localhost:{port}", password: "${{password}}", tls: require, ca: "{ca}", query: "SELECT 1 AS n, 'a' AS t, NULL AS z, true AS b, 1.5::numeric AS f, '{{}}'::json AS j" }}
    retry: {{ for: 20s, every: 200ms, on: [fail, unknown] }}
    expect:
      logged_in: true
      encrypted: true
      in_recovery: false
      lag: {{ present: false }}
      server_version: {{ version: ">=11" }}
      value: "1"
      row_count: 1
      rows: {{ at: {{ "$[0].n": 1, "$[0].t": a, "$[0].b": true, "$[0].f": 1.5 }} }}
  - id: scram-in-the-clear
    needs: [scram-over-tls]
    postgres: {{ address: "127.0.0.1:{port}", password: "${{password}}", tls: "off" }}
    expect: {{ logged_in: true, encrypted: false }}
  - id: prefers-tls
    needs: [scram-over-tls]
    postgres: {{ address: "127.0.0.1:{port}", password: "${{password}}" }}
    expect: {{ logged_in: true, encrypted: true }}
  - id: md5
    needs: [scram-over-tls]
    postgres: {{ address: "127.0.0.1:{port}", username: old, database: postgres, password: "${{password}}" }}
    expect: {{ logged_in: true }}
  - id: cleartext
    needs: [scram-over-tls]
    postgres: {{ address: "127.0.0.1:{port}", username: postgres, database: template1, password: "${{password}}" }}
    expect: {{ logged_in: true }}
  - id: untrusted
    needs: [scram-over-tls]
    postgres: {{ address: "localhost:{port}", password: "${{password}}", tls: require }}
    expect: {{ connected: true, logged_in: false, problem: certificate_untrusted }}
  - id: wrong-password
    needs: [scram-over-tls]
    postgres: {{ address: "127.0.0.1:{port}", password: "${{wrong}}" }}
    expect: {{ connected: true, problem: authentication_failed }}
  - id: no-password
    needs: [scram-over-tls]
    postgres: "127.0.0.1:{port}"
    expect: {{ problem: authentication_failed, reason: {{ contains: wants a password }} }}
  - id: no-database
    needs: [scram-over-tls]
    postgres: {{ address: "127.0.0.1:{port}", password: "${{password}}", database: nothing }}
    expect: {{ problem: rejected, reason: {{ contains: does not exist }} }}
  - id: write
    needs: [scram-over-tls]
    for_each: ["CREATE TABLE x (n int)", "SELECT 1; COMMIT; CREATE TABLE x (n int)", "SELECT nextval('counter')", "COPY pg_class TO STDOUT", "SELEC 1"]
    postgres: {{ address: "127.0.0.1:{port}", password: "${{password}}", query: "${{item.value}}" }}
    expect: {{ logged_in: true, problem: rejected, value: {{ present: false }} }}
  - id: nothing-was-written
    needs: [write]
    postgres: {{ address: "127.0.0.1:{port}", password: "${{password}}", query: "SELECT count(*) FROM pg_class WHERE relname = 'x'" }}
    expect: {{ value: "0" }}
  - id: slow
    needs: [scram-over-tls]
    postgres: {{ address: "127.0.0.1:{port}", password: "${{password}}", query: "SELECT pg_sleep(60)" }}
    timeout: 1s
    expect: {{ problem: {{ one_of: [timed_out, rejected] }}, elapsed: {{ lt: 5s }} }}
  - id: too-many-rows
    needs: [scram-over-tls]
    postgres: {{ address: "127.0.0.1:{port}", password: "${{password}}", query: "SELECT generate_series(1, 100000)" }}
    expect: {{ problem: rejected, reason: {{ contains: LIMIT }} }}
"#
    ));
    server.end();
    holds(&format!(
        "  - id: gone\n    postgres: \"127.0.0.1:{port}\"\n    expect: {{ connected: false, problem: refused }}\n"
    ));
    cluster.become_standby();
    let mut standby = cluster.start(port);
    standby.wait_for(port);
    holds(&format!(
        "  - id: standby\n    postgres: {{ address: \"127.0.0.1:{port}\", password: \"${{password}}\" }}\n    retry: {{ for: 30s, every: 200ms }}\n    expect: {{ logged_in: true, in_recovery: true }}\n"
    ));
}

#[test]
fn mariadb_with_password_and_tls() {
    let folder = folder();
    let (port, path) = (free_port(), folder.path().to_str().unwrap());
    let (certificate, key) = certificate(folder.path());
    run(program("mariadb-install-db", "mariadb-server").args([
        "--no-defaults",
        "--user=root",
        "--auth-root-authentication-method=normal",
        "--skip-test-db",
        &format!("--datadir={path}/data"),
    ]));
    let sql = format!(
        "CREATE USER app@'%' IDENTIFIED BY '{SECRET}'; CREATE DATABASE shop; GRANT ALL ON shop.* TO app@'%'; CREATE TABLE shop.t (n INT, d DECIMAL(4,1), t TEXT); INSERT INTO shop.t VALUES (1, 2.5, 'a'), (2, NULL, 'b');\n"
    );
    std::fs::write(folder.path().join("init.sql"), sql.replace("; ", ";\n")).unwrap();
    let mut server = Server::start(program("mariadbd", "mariadb-server").args([
        "--no-defaults",
        "--user=root",
        "--skip-name-resolve",
        "--bind-address=127.0.0.1",
        &format!("--port={port}"),
        &format!("--datadir={path}/data"),
        &format!("--socket={path}/s"),
        &format!("--pid-file={path}/pid"),
        &format!("--init-file={path}/init.sql"),
        &format!("--ssl-cert={certificate}"),
        &format!("--ssl-key={key}"),
    ]));
    server.wait_for(port);
    holds(&format!(
        r#"
  - id: over-tls
    mysql: {{ address: "localhost:{port}", username: app, password: "${{password}}", database: shop, tls: require, ca: "{certificate}", query: "SELECT n, d, t FROM t ORDER BY n" }}
    retry: {{ for: 20s, every: 200ms, on: [fail, unknown] }}
    expect:
      logged_in: true
      encrypted: true
      flavour: mariadb
      server_version: {{ version: ">=10" }}
      read_only: false
      value: "1"
      row_count: 2
      rows: {{ at: {{ "$[0].d": 2.5, "$[1].t": b }} }}
  - id: in-the-clear
    needs: [over-tls]
    mysql: {{ address: "127.0.0.1:{port}", username: app, password: "${{password}}", tls: "off" }}
    expect: {{ logged_in: true, encrypted: false }}
  - id: root-without-password
    needs: [over-tls]
    mysql: {{ address: "127.0.0.1:{port}", username: root, query: SHOW DATABASES }}
    expect: {{ problem: {{ present: false }}, lag: {{ present: false }}, rows: {{ any: {{ at: {{ "$.Database": shop }} }} }} }}
  - id: wrong-password
    needs: [over-tls]
    mysql: {{ address: "127.0.0.1:{port}", username: app, password: "${{wrong}}" }}
    expect: {{ connected: true, logged_in: false, problem: authentication_failed }}
  - id: no-database
    needs: [over-tls]
    mysql: {{ address: "127.0.0.1:{port}", username: app, password: "${{password}}", database: nothing }}
    expect: {{ problem: rejected }}
  - id: wrong-query
    needs: [over-tls]
    mysql: {{ address: "127.0.0.1:{port}", username: app, password: "${{password}}", query: SELECT 1; SELECT 2 }}
    expect: {{ logged_in: true, problem: rejected }}
  - id: locks
    needs: [over-tls]
    mysql: {{ address: "127.0.0.1:{port}", username: app, password: "${{password}}", query: WITH a AS (SELECT SLEEP(60)) SELECT * FROM a }}
    timeout: 1s
    expect: {{ problem: {{ one_of: [timed_out, rejected] }}, elapsed: {{ lt: 5s }} }}
"#
    ));
    server.end();
    holds(&format!(
        "  - id: gone\n    mysql: \"127.0.0.1:{port}\"\n    expect: {{ connected: false, problem: refused }}\n"
    ));
}

#[test]
fn mosquitto_with_a_password() {
    let folder = folder();
    let port = free_port();
    let passwords = folder.path().join("passwords");
    run(program("mosquitto_passwd", "mosquitto").args(["-b", "-c", passwords.to_str().unwrap(), "app", SECRET]));
    let config = folder.path().join("mosquitto.conf");
    std::fs::write(
        &config,
        format!("user root\nlistener {port} 127.0.0.1\nallow_anonymous false\npassword_file {}\n", passwords.display()),
    )
    .unwrap();
    let mut server = Server::start(program("mosquitto", "mosquitto").args(["-c", config.to_str().unwrap()]));
    server.wait_for(port);
    holds(&format!(
        r#"
  - id: accepted
    mqtt: {{ address: "127.0.0.1:{port}", username: app, password: "${{password}}" }}
    expect: {{ accepted: true, return_code: 0, problem: {{ present: false }} }}
  - id: wrong-password
    mqtt: {{ address: "127.0.0.1:{port}", username: app, password: "${{wrong}}" }}
    expect: {{ connected: true, accepted: false, problem: authentication_failed }}
  - id: anonymous
    mqtt: "127.0.0.1:{port}"
    expect: {{ connected: true, problem: authentication_failed, return_code: 5 }}
"#
    ));
    server.end();
    holds(&format!(
        "  - id: gone\n    mqtt: \"127.0.0.1:{port}\"\n    expect: {{ connected: false, problem: refused }}\n"
    ));
}

#[test]
fn nats_with_a_password_a_token_and_tls() {
    let folder = folder();
    let (certificate, key) = certificate(folder.path());
    let start = |arguments: &[&str]| {
        let port = free_port();
        let mut server = Server::start(
            program("nats-server", "nats-server").args(["-a", "127.0.0.1", "-p", &port.to_string()]).args(arguments),
        );
        server.wait_for(port);
        (port, server)
    };
    let (port, mut server) = start(&["--user", "app", "--pass", SECRET, "--name", "test-server"]);
    let (token_port, _token_server) = start(&["--auth", SECRET]);
    let (tls_port, _tls_server) = start(&["--tls", "--tlscert", &certificate, "--tlskey", &key]);
    holds(&format!(
        r#"
  - id: user
    nats: {{ address: "127.0.0.1:{port}", username: app, password: "${{password}}" }}
    expect: {{ pong: true, server_name: test-server, auth_required: true, jetstream: false, max_payload: 1MiB, server_version: {{ version: ">=2" }} }}
  - id: token
    nats: {{ address: "127.0.0.1:{token_port}", token: "${{password}}" }}
    expect: {{ pong: true }}
  - id: tls
    nats: {{ address: "localhost:{tls_port}", tls: require, ca: "{certificate}" }}
    expect: {{ pong: true }}
  - id: untrusted
    nats: {{ address: "localhost:{tls_port}", tls: require }}
    expect: {{ pong: false, problem: certificate_untrusted }}
  - id: no-tls
    nats: {{ address: "127.0.0.1:{port}", tls: require, username: app, password: "${{password}}" }}
    expect: {{ problem: tls_failed }}
  - id: wrong-password
    nats: {{ address: "127.0.0.1:{port}", username: app, password: "${{wrong}}" }}
    expect: {{ connected: true, pong: false, problem: authentication_failed }}
  - id: nobody
    nats: "127.0.0.1:{port}"
    expect: {{ problem: authentication_failed }}
"#
    ));
    server.end();
    holds(&format!(
        "  - id: gone\n    nats: \"127.0.0.1:{port}\"\n    expect: {{ connected: false, problem: refused }}\n"
    ));
}

#[test]
fn rabbitmq_with_its_guest() {
    let folder = folder();
    let (port, epmd_port) = (free_port(), free_port());
    let mut epmd = Server::start(program("epmd", "rabbitmq-server").args([
        "-address",
        "127.0.0.1",
        "-port",
        &epmd_port.to_string(),
    ]));
    epmd.wait_for(epmd_port);
    let path = folder.path().to_str().unwrap();
    let mut server = Server::start(
        program("/usr/lib/rabbitmq/bin/rabbitmq-server", "rabbitmq-server")
            .env("HOME", path)
            .env("ERL_EPMD_PORT", epmd_port.to_string())
            .env("RABBITMQ_NODENAME", format!("t{port}@localhost"))
            .env("RABBITMQ_NODE_IP_ADDRESS", "127.0.0.1")
            .env("RABBITMQ_NODE_PORT", port.to_string())
            .env("RABBITMQ_DIST_PORT", free_port().to_string())
            .env("RABBITMQ_MNESIA_BASE", path)
            .env("RABBITMQ_LOG_BASE", path)
            .env("RABBITMQ_ENABLED_PLUGINS_FILE", format!("{path}/plugins"))
            .env("RABBITMQ_CONF_ENV_FILE", "/dev/null")
            .env("RABBITMQ_CONFIG_FILE", format!("{path}/none"))
            .env("RABBITMQ_PID_FILE", format!("{path}/pid")),
    );
    server.wait_for(port);
    holds(&format!(
        r#"
  - id: guest
    amqp: "127.0.0.1:{port}"
    retry: {{ for: 30s, every: 500ms }}
    expect: {{ logged_in: true, opened: true, product: RabbitMQ, server_version: {{ version: ">=3" }}, mechanisms: {{ includes: [PLAIN] }} }}
  - id: wrong-password
    needs: [guest]
    amqp: {{ address: "127.0.0.1:{port}", password: "${{wrong}}" }}
    expect: {{ connected: true, logged_in: false, problem: authentication_failed }}
  - id: no-virtual-host
    needs: [guest]
    amqp: {{ address: "127.0.0.1:{port}", virtual_host: nothing }}
    expect: {{ logged_in: true, opened: false, problem: rejected }}
"#
    ));
    server.end();
    holds(&format!(
        "  - id: gone\n    amqp: \"127.0.0.1:{port}\"\n    expect: {{ connected: false, problem: refused }}\n"
    ));
}

#[test]
fn docker_over_its_socket() {
    let folder = folder();
    let socket = folder.path().join("docker.sock");
    let path = socket.display();
    holds(&format!("  - id: none\n    docker: {{ socket: \"{path}\" }}\n    expect: {{ present: false }}\n"));
    stand_in_docker(&socket);
    holds(&format!(
        r#"
  - id: daemon
    docker: {{ socket: "{path}" }}
    expect: {{ connected: true, server_version: {{ version: "27.*" }}, api_version: "1.47", images: {{ exactly: ["redis:7", "shop/web:1"] }} }}
  - id: project
    docker: {{ socket: "{path}", project: shop }}
    expect: {{ running: true, containers: {{ length: 2, every: {{ state: running }}, any: {{ name: shop-web-1, health: healthy }} }} }}
  - id: container
    docker: {{ socket: "{path}", container: old }}
    expect: {{ running: false, health: none, containers: {{ any: {{ state: exited }} }} }}
  - id: no-container
    docker: {{ socket: "{path}", container: nothing }}
    expect: {{ present: false }}
  - id: runs-by-default
    docker: {{ socket: "{path}", project: shop }}
  - id: answers-by-default
    docker: {{ socket: "{path}" }}
  - id: image
    docker: {{ socket: "{path}", image: "shop/web:1" }}
    expect: {{ images: {{ exactly: ["shop/web:1"] }}, containers: {{ length: 1 }} }}
"#
    ));
}

/// Without an expectation, a container that was asked for must run.
#[test]
fn a_stopped_container_is_not_ok() {
    let folder = folder();
    let socket = folder.path().join("docker.sock");
    stand_in_docker(&socket);
    let engine = Engine::with_pack(&format!(
        "checks:\n  - id: old\n    docker: {{ socket: \"{}\", container: old }}\n",
        socket.display()
    ));
    let (ran, report) = engine.run_pack(&[]);
    assert_eq!(common::check(&report, "old")["answer"], "error", "{ran}");
}

/// The server is killed while it works on a query.
#[test]
fn a_server_that_dies_in_the_middle_is_told_as_that() {
    let cluster = Postgres::new(SECRET);
    let port = free_port();
    let mut server = cluster.start(port);
    server.wait_for(port);
    let pack = format!(
        "{INPUTS}checks:\n  - id: slow\n    postgres: {{ address: \"127.0.0.1:{port}\", password: \"${{password}}\", query: SELECT pg_sleep(50) }}\n    timeout: 50s\n    retry: {{ attempts: 20, delay: 200ms, on: [fail, unknown] }}\n    expect: {{ logged_in: true, problem: {{ one_of: [closed, rejected] }} }}\n"
    );
    let engine = Engine::with_pack(&pack);
    let mut command = engine.command(&["run", "pack.yaml"]);
    let looking = command.env("TEST_PASSWORD", SECRET).env("TEST_WRONG", "x").spawn().unwrap();
    // the server's processes are named after what they do
    server.wait_for_title("SELECT");
    server.end();
    let output = looking.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stdout));
}

/// Servers that accept and never answer, answer garbage, or never stop.
#[test]
fn hostile_servers_are_survived() {
    let probes = ["redis", "postgres", "mysql", "amqp", "mqtt", "nats"];
    let mut checks = String::new();
    for (kind, words) in [
        (Hostile::Silent, "[timed_out]"),
        (Hostile::Garbage, "[bad_answer, closed]"),
        (Hostile::Endless, "[bad_answer, timed_out]"),
        (Hostile::Closing, "[closed]"),
    ] {
        let port = hostile(kind);
        for probe in probes {
            checks.push_str(&format!(
                "  - id: {probe}-{kind:?}\n    {probe}: \"127.0.0.1:{port}\"\n    timeout: 2s\n    expect: {{ connected: true, problem: {{ one_of: {words} }} }}\n"
            ).to_lowercase());
        }
        checks.push_str(&format!("  - id: docker-{}\n    docker: {{ address: \"127.0.0.1:{port}\" }}\n    timeout: 2s\n    expect: {{ connected: false, problem: {{ one_of: [timed_out, bad_answer, closed] }} }}\n", format!("{kind:?}").to_lowercase()));
        checks.push_str(&format!("  - id: metrics-{}\n    metrics: \"http://127.0.0.1:{port}/metrics\"\n    timeout: 2s\n    expect: {{ problem: {{ one_of: [timed_out, bad_answer, closed] }} }}\n", format!("{kind:?}").to_lowercase()));
    }
    let begin = std::time::Instant::now();
    holds(&checks);
    assert!(begin.elapsed() < Duration::from_secs(30), "{:?}", begin.elapsed());
}

#[test]
fn a_password_in_a_pack_is_refused() {
    let engine = Engine::with_pack("checks:\n  - id: a\n    redis: { address: localhost, password: hunter2 }\n");
    let ran = engine.run(&["validate", "pack.yaml"]);
    assert_eq!(ran.code, Some(65), "{ran}");
    assert!(ran.stderr.contains("secret: true") || ran.stdout.contains("secret: true"), "{ran}");
}

#[test]
fn a_question_is_answered_by_a_file_and_by_nobody_else() {
    let pack = r#"title: Go live
checks:
  - { id: phone, title: The phone is charged, tags: [before], manual: { question: "Is the phone charged?", valid_for: 1h }, remedy: Charge it. }
  - { id: badge, manual: Is the badge with you?, tags: [on the day] }
"#;
    let engine = Engine::with_pack(pack);
    let now = jiff::Timestamp::now();
    let (ran, report) = engine.run_pack(&[]);
    assert_eq!(ran.code, Some(1), "{ran}");
    assert_eq!(common::check(&report, "phone")["answer"], "unknown");
    engine.write("answers.yaml", &format!("test/phone: {{ answer: yes, by: ada, at: {now} }}\ntest/badge: {{ answer: no, by: bob, at: {now}, note: at home }}\n"));
    let (ran, report) = engine.run_pack(&["--answers", "answers.yaml", "--record", "recording.yaml"]);
    assert_eq!(common::check(&report, "phone")["answer"], "ok", "{ran}");
    assert_eq!(common::check(&report, "badge")["answer"], "error");
    let recording = std::fs::read_to_string(engine.path().join("recording.yaml")).unwrap();
    assert!(recording.contains("ada") && recording.contains("at home"), "{recording}");
    engine.write("answers.yaml", "test/phone: { answer: yes, by: ada, at: 2020-01-01 }\n");
    let (_, report) = engine.run_pack(&["--answers", "answers.yaml"]);
    assert!(common::check(&report, "phone")["reason"].as_str().unwrap().contains("lapsed"), "{report:#}");
    engine.write("answers.yaml", "test/fone: { answer: yes, by: ada, at: 2020-01-01 }\n");
    let ran = engine.run(&["run", "pack.yaml", "--answers", "answers.yaml"]);
    assert_eq!(ran.code, Some(65), "{ran}");
    assert!(ran.stderr.contains("E0408") && ran.stderr.contains("test/phone"), "{ran}");
    assert_eq!(engine.run(&["run", "pack.yaml", "--answers", "nothing.yaml"]).code, Some(65));
    let ran = engine.run(&["checklist", "pack.yaml"]);
    let wanted = "# Go live\n\n## before\n\n- [ ] **The phone is charged**: Is the phone charged? (again after 1h)\n      Charge it.\n\n## on the day\n\n- [ ] **badge**: Is the badge with you?\n";
    assert_eq!(ran.stdout, wanted, "{ran}");
}

#[test]
fn tokens_signed_by_keys_of_openssl() {
    use base64::Engine as _;
    let engine = Engine::with_pack("checks: []\n");
    let file = |name: &str| engine.path().join(name).display().to_string();
    let openssl = |arguments: &[&str]| run(program("openssl", "openssl").args(arguments).current_dir(engine.path()));
    openssl(&[
        "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=a", "-keyout", "rsa.key", "-out", "rsa.crt",
    ]);
    openssl(&["pkey", "-in", "rsa.key", "-pubout", "-out", "rsa.pub"]);
    openssl(&["genpkey", "-algorithm", "ed25519", "-out", "ed.key"]);
    openssl(&["pkey", "-in", "ed.key", "-pubout", "-out", "ed.pub"]);
    let encoded = |bytes: &[u8]| base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(bytes);
    let mut checks = String::new();
    let pss: &[&str] = &["-sigopt", "rsa_padding_mode:pss", "-sigopt", "rsa_pss_saltlen:digest"];
    for (algorithm, key, public, options) in [
        ("RS256", "rsa.key", "rsa.pub", &["-sha256"][..]),
        ("RS512", "rsa.key", "rsa.crt", &["-sha512"]),
        ("PS384", "rsa.key", "rsa.pub", &[&["-sha384"], pss].concat()),
        ("EdDSA", "ed.key", "ed.pub", &[]),
    ] {
        let header = encoded(format!(r#"{{"alg":"{algorithm}"}}"#).as_bytes());
        let signed = format!("{header}.{}", encoded(br#"{"sub":"a","exp":4102444800}"#));
        engine.write("signed", &signed);
        match options {
            [] => openssl(&["pkeyutl", "-sign", "-inkey", key, "-rawin", "-in", "signed", "-out", "signature"]),
            options => openssl(&[&["dgst", "-sign", key, "-out", "signature"], options, &["signed"]].concat()),
        }
        let signature = encoded(&std::fs::read(file("signature")).unwrap());
        let forged = format!("{header}.{}", encoded(br#"{"sub":"root","exp":4102444800}"#));
        for (name, token, valid) in [("good", &signed, true), ("forged", &forged, false)] {
            engine.write(&format!("{algorithm}-{name}"), &format!("{token}.{signature}\n"));
            checks.push_str(&format!(
                "  - id: {}-{name}\n    jwt: {{ file: {}, public_key: {} }}\n    expect: {{ signature_valid: {valid} }}\n",
                algorithm.to_lowercase(),
                file(&format!("{algorithm}-{name}")),
                file(public),
            ));
        }
    }
    holds(&checks);
}

#[test]
fn metrics_of_a_real_web_server() {
    let folder = folder();
    let page = "# TYPE up gauge\nup{job=\"api\"} 1\nup{job=\"worker\"} 0\nqueue_length 12\n";
    std::fs::write(folder.path().join("metrics"), page).unwrap();
    let port = free_port();
    let mut python = program("python3", "python3");
    let options = ["-m", "http.server", &port.to_string(), "--bind", "127.0.0.1"];
    let mut server = Server::start(python.args(options).current_dir(folder.path()));
    server.wait_for(port);
    let url = format!("http://127.0.0.1:{port}/metrics");
    holds(&format!(
        "  - id: queue\n    metrics: {{ url: \"{url}\", metric: queue_length }}\n    expect: {{ value: {{ between: [1, 20] }} }}\n  \
         - id: down\n    metrics: {{ url: \"{url}\", metric: up, labels: {{ job: worker }} }}\n    expect: {{ value: 0 }}\n  \
         - id: gone\n    metrics: \"{url}s\"\n    expect: {{ problem: rejected }}\n"
    ));
}

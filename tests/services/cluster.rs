//! A PostgreSQL cluster of our own, and sessions in it.

use super::{Server, certificate, folder, program, run};
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

/// A PostgreSQL cluster: `postgres` and `old` (MD5) have the password, `template1` wants it in the clear.
pub struct Postgres {
    folder: tempfile::TempDir,
    programs: PathBuf,
}

impl Postgres {
    pub fn new(password: &str) -> Postgres {
        let versions =
            std::fs::read_dir("/usr/lib/postgresql").expect("install the package `postgresql` (scripts/setup does)");
        let programs = versions.map(|version| version.unwrap().path().join("bin")).max().unwrap();
        let cluster = Postgres { folder: folder(), programs };
        certificate(cluster.path());
        std::fs::write(cluster.path().join("password"), password).unwrap();
        run(Command::new("chown").args(["-R", "postgres"]).arg(cluster.path()));
        run(Command::new("chmod").arg("600").arg(cluster.path().join("server.key")));
        let data = cluster.data();
        run(cluster
            .as_postgres("initdb")
            .args(["-D", &data, "-U", "postgres", "--no-sync", "--auth=scram-sha-256", "--pwfile"])
            .arg(cluster.path().join("password")));
        let roles = format!(
            "SET password_encryption = md5; CREATE ROLE old LOGIN PASSWORD '{password}'; CREATE SEQUENCE counter;\n"
        );
        let script = cluster.path().join("roles.sql");
        std::fs::write(&script, roles.replace("; ", ";\n")).unwrap();
        let mut single = cluster.as_postgres("postgres");
        single.args(["--single", "-D", &data, "postgres"]).stdin(std::fs::File::open(script).unwrap());
        assert!(single.stdout(Stdio::null()).stderr(Stdio::null()).status().unwrap().success());
        let hba = "host template1 all 127.0.0.1/32 password\nhost all old all md5\nhost all all all scram-sha-256\n";
        std::fs::write(format!("{data}/pg_hba.conf"), hba).unwrap();
        cluster
    }

    pub fn certificate(&self) -> String {
        self.path().join("server.crt").to_str().unwrap().to_string()
    }

    pub fn start(&self, port: u16) -> Server {
        self.start_with(port, &[])
    }

    /// With settings of its own, such as `max_connections=20`.
    pub fn start_with(&self, port: u16, own: &[&str]) -> Server {
        let path = self.path().display();
        let settings = [
            format!("port={port}"),
            "listen_addresses=localhost".into(),
            format!("unix_socket_directories={path}"),
            "fsync=off".into(),
            "ssl=on".into(),
            format!("ssl_cert_file={path}/server.crt"),
            format!("ssl_key_file={path}/server.key"),
        ];
        let mut command = self.as_postgres("postgres");
        let settings = settings.iter().map(String::as_str).chain(own.iter().copied());
        command.args(["-D", &self.data()]).args(settings.flat_map(|setting| ["-c", setting]));
        Server::start(&mut command)
    }

    /// From now on it replays and takes no changes.
    pub fn become_standby(&self) {
        std::fs::write(self.path().join("data/standby.signal"), "").unwrap();
        let _ = std::fs::remove_file(self.path().join("data/postmaster.pid"));
    }

    /// A session that was given these commands and stays open until it is dropped.
    pub fn session(&self, port: u16, password: &str, commands: &str) -> Session {
        let mut command = program("psql", "postgresql-client");
        command.args(["-h", "127.0.0.1", "-p", &port.to_string(), "-U", "postgres", "-v", "ON_ERROR_STOP=1", "-qAtX"]);
        command.env("PGPASSWORD", password).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null());
        let mut child = command.spawn().unwrap();
        writeln!(child.stdin.as_mut().unwrap(), "{commands}\n\\echo done").unwrap();
        let mut lines = BufReader::new(child.stdout.as_mut().unwrap()).lines();
        assert!(lines.any(|line| line.unwrap() == "done"), "psql ended over {commands}");
        Session { child }
    }

    fn path(&self) -> &Path {
        self.folder.path()
    }

    fn data(&self) -> String {
        self.path().join("data").to_str().unwrap().to_string()
    }

    /// PostgreSQL refuses to run as root.
    fn as_postgres(&self, name: &str) -> Command {
        let mut command = program("setpriv", "util-linux");
        command
            .args(["--reuid=postgres", "--regid=postgres", "--clear-groups"])
            .arg(self.programs.join(name))
            .current_dir(self.path());
        command
    }
}

/// A client that is connected until it is dropped.
pub struct Session {
    child: Child,
}

impl Session {
    /// Goes on with these commands, and does not wait for them.
    pub fn then(&mut self, commands: &str) {
        writeln!(self.child.stdin.as_mut().unwrap(), "{commands}").unwrap();
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

//! Starting servers for a test, and ending them.

#![allow(dead_code, reason = "each test program uses its part of this")]

#[path = "cluster.rs"]
mod cluster;

pub use cluster::Postgres;

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::os::unix::net::UnixListener;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// Far more than any server needs to start.
const GUARD: Duration = Duration::from_secs(120);

/// A folder that every user may enter: some servers refuse to run as root.
pub fn folder() -> tempfile::TempDir {
    use std::os::unix::fs::PermissionsExt;
    let folder = tempfile::tempdir().unwrap();
    std::fs::set_permissions(folder.path(), std::fs::Permissions::from_mode(0o755)).unwrap();
    folder
}

/// A port that was free a moment ago.
pub fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

/// A program of a Debian package; fails if it is not installed.
pub fn program(name: &str, package: &str) -> Command {
    let folders = ["/usr/bin", "/usr/sbin", "/usr/local/bin"];
    let found = folders.iter().map(|folder| Path::new(folder).join(name)).find(|path| path.exists());
    Command::new(
        found.unwrap_or_else(|| panic!("`{name}` is missing: install the package `{package}` (scripts/setup does)")),
    )
}

/// Runs a program to its end; fails with what it says.
pub fn run(command: &mut Command) {
    let output = command.stdin(Stdio::null()).output().unwrap();
    let (stdout, stderr) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "{command:?}: {stdout}\n{stderr}");
}

/// A server, in a process group of its own. Dropped, it is ended.
pub struct Server {
    child: Child,
}

impl Server {
    pub fn start(command: &mut Command) -> Server {
        let command = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).process_group(0);
        let child = command.spawn().unwrap_or_else(|error| panic!("{command:?}: {error}"));
        Server { child }
    }

    /// Waits until it listens.
    pub fn wait_for(&mut self, port: u16) {
        let begin = Instant::now();
        while TcpStream::connect(("127.0.0.1", port)).is_err() {
            if let Some(status) = self.child.try_wait().unwrap() {
                panic!("the server ended before it listened: {status}");
            }
            assert!(begin.elapsed() < GUARD, "the server does not listen");
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    /// Waits until one of its processes shows this in its title.
    pub fn wait_for_title(&self, title: &str) {
        let begin = Instant::now();
        let shows = |pid: u32| {
            let parent = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
            let parent = parent.rsplit(") ").next().and_then(|rest| rest.split(' ').nth(1)?.parse().ok());
            let shown = std::fs::read_to_string(format!("/proc/{pid}/cmdline")).unwrap_or_default();
            parent == Some(self.child.id()) && shown.contains(title)
        };
        loop {
            let processes = std::fs::read_dir("/proc").unwrap();
            if processes.filter_map(|entry| entry.ok()?.file_name().to_str()?.parse().ok()).any(shows) {
                return;
            }
            assert!(begin.elapsed() < GUARD, "no process shows `{title}`");
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    /// Kills it with its children, and waits.
    pub fn end(&mut self) {
        if let Some(group) = rustix::process::Pid::from_raw(self.child.id().cast_signed()) {
            let _ = rustix::process::kill_process_group(group, rustix::process::Signal::KILL);
        }
        let _ = self.child.wait();
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.end();
    }
}

/// A self-signed certificate for `localhost` and its key.
pub fn certificate(folder: &Path) -> (String, String) {
    let (certificate, key) = (folder.join("server.crt"), folder.join("server.key"));
    let paths = (certificate.to_str().unwrap().to_string(), key.to_str().unwrap().to_string());
    run(program("openssl", "openssl").args([
        "req",
        "-x509",
        "-newkey",
        "rsa:2048",
        "-nodes",
        "-days",
        "2",
        "-subj",
        "/CN=localhost",
        "-addext",
        "subjectAltName=DNS:localhost,IP:127.0.0.1",
        "-keyout",
        &paths.1,
        "-out",
        &paths.0,
    ]));
    paths
}

/// Sends commands to Redis, and fails on an error.
pub fn redis_command(port: u16, commands: &[&[&str]]) {
    let mut stream = TcpStream::connect(("127.0.0.1", port)).unwrap();
    let mut answers = BufReader::new(stream.try_clone().unwrap());
    for command in commands {
        let words: String = command.iter().map(|word| format!("${}\r\n{word}\r\n", word.len())).collect();
        stream.write_all(format!("*{}\r\n{words}", command.len()).as_bytes()).unwrap();
        let mut answer = String::new();
        answers.read_line(&mut answer).unwrap();
        assert!(!answer.starts_with('-'), "{answer}");
    }
}

/// Answers like a Docker daemon until the test program ends: none can run inside of most build machines.
pub fn stand_in_docker(socket: &Path) {
    let listener = UnixListener::bind(socket).unwrap();
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            let mut request = String::new();
            BufReader::new(&stream).read_line(&mut request).unwrap();
            let body = match request.split(' ').nth(1).unwrap_or_default() {
                "/version" => r#"{"Version": "27.3.1", "ApiVersion": "1.47"}"#,
                "/containers/json?all=1" => {
                    r#"[{"Names": ["/shop-web-1"], "Image": "shop/web:1", "State": "running", "Status": "Up 2 hours (healthy)", "Labels": {"com.docker.compose.project": "shop", "com.docker.compose.service": "web"}},
                        {"Names": ["/shop-db-1"], "Image": "postgres:16", "State": "running", "Status": "Up 2 hours", "Labels": {"com.docker.compose.project": "shop", "com.docker.compose.service": "db"}},
                        {"Names": ["/old"], "Image": "redis:7", "State": "exited", "Status": "Exited (0) 2 days ago", "Labels": {}}]"#
                }
                "/info" => {
                    r#"{"Driver": "overlay2", "LoggingDriver": "json-file", "DockerRootDir": "/var/lib/docker", "CgroupVersion": "2", "LiveRestoreEnabled": true, "SecurityOptions": ["name=seccomp,profile=builtin", "name=cgroupns"], "Warnings": null}"#
                }
                "/images/json" => r#"[{"RepoTags": ["shop/web:1"]}, {"RepoTags": ["redis:7"]}, {"RepoTags": null}]"#,
                _ => "",
            };
            let status = if body.is_empty() { "404 Not Found" } else { "200 OK" };
            // a client that went away has seen enough
            let _ = write!(stream, "HTTP/1.0 {status}\r\nContent-Type: application/json\r\n\r\n{body}");
        }
    });
}

/// How a server misbehaves.
#[derive(Debug, Clone, Copy)]
pub enum Hostile {
    Silent,
    Garbage,
    Endless,
    Closing,
}

/// Listens and misbehaves until the test program ends.
pub fn hostile(kind: Hostile) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let stream = stream.unwrap();
            std::thread::spawn(move || misbehave(kind, stream));
        }
    });
    port
}

fn misbehave(kind: Hostile, mut stream: TcpStream) {
    let mut buffer = [0; 4096];
    match kind {
        // until the client goes away
        Hostile::Silent => while stream.read(&mut buffer).is_ok_and(|count| count > 0) {},
        Hostile::Garbage => {
            let _ = stream.write_all(b"\x7f\x00\x00\x00\x01garbage\xff\xfe\r\n\r\nmore of it\r\n");
            let _ = stream.shutdown(std::net::Shutdown::Write);
            while stream.read(&mut buffer).is_ok_and(|count| count > 0) {}
        }
        Hostile::Endless => while stream.write_all(&[b'a'; 4096]).is_ok() {},
        Hostile::Closing => {}
    }
}

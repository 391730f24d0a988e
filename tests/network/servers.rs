//! Real servers: started on free ports, ended by process id.

use crate::common::GUARD;
use std::fs;
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// A server that runs until this is dropped.
pub struct Server {
    child: Child,
    /// The port it was started on.
    pub port: u16,
}

impl Server {
    /// Starts the program and waits until something listens on the port.
    pub fn start(program: &Path, arguments: &[&str], port: u16) -> Server {
        let mut command = Command::new(program);
        command.args(arguments).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        let mut server = Server { child: command.spawn().unwrap(), port };
        let begin = Instant::now();
        while TcpStream::connect(("127.0.0.1", port)).is_err() {
            let ended = server.child.try_wait().unwrap();
            assert!(ended.is_none(), "{} {arguments:?} ended: {ended:?}", program.display());
            assert!(begin.elapsed() < GUARD, "{} does not listen", program.display());
            std::thread::sleep(Duration::from_millis(10));
        }
        server
    }

    /// `127.0.0.1:PORT`.
    pub fn address(&self) -> String {
        format!("127.0.0.1:{}", self.port)
    }

    /// Ends it at once.
    pub fn kill(&mut self) {
        // it may have ended by itself
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.kill();
    }
}

/// A port that nobody listens on.
pub fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

/// Where a program is; fails with the package to install.
pub fn program(name: &str, package: &str) -> PathBuf {
    ["/usr/sbin", "/usr/bin", "/sbin", "/bin"]
        .iter()
        .map(|folder| Path::new(folder).join(name))
        .find(|path| path.exists())
        .unwrap_or_else(|| panic!("this test needs `{name}`: install the Debian package {package} (scripts/setup)"))
}

/// Debian's python3, checked for a module; fails with the package to install.
pub fn python_with(module: &str, package: &str) -> PathBuf {
    let python = program("python3", "python3");
    let found = Command::new(&python).args(["-c", &format!("import {module}")]).output().unwrap().status.success();
    assert!(
        found,
        "this test needs the Python module `{module}`: install the Debian package {package} (scripts/setup)"
    );
    python
}

/// nginx with the given `server` blocks, in one process, so that one kill ends it.
pub fn nginx(folder: &Path, port: u16, blocks: &str) -> Server {
    let program = program("nginx", "nginx-light");
    let place = folder.display();
    let configuration = format!(
        "daemon off; master_process off; pid {place}/nginx.pid; error_log {place}/error.log;
         events {{ worker_connections 512; }}
         http {{
           access_log off; default_type text/plain;
           client_body_temp_path {place}/body; proxy_temp_path {place}/proxy; fastcgi_temp_path {place}/fastcgi;
           uwsgi_temp_path {place}/uwsgi; scgi_temp_path {place}/scgi;
           {blocks}
         }}"
    );
    let file = folder.join("nginx.conf");
    fs::write(&file, configuration).unwrap();
    let log = folder.join("error.log");
    Server::start(&program, &["-c", file.to_str().unwrap(), "-e", log.to_str().unwrap()], port)
}

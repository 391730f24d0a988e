//! The operating system.

use serde_json::{Value as Json, json};

/// What `host` is in conditions and texts: `name`, `os`, `arch`, `kernel`, `distribution`, `distribution_version`, `cpus`.
pub fn host() -> Json {
    let uname = rustix::system::uname();
    let release = std::fs::read_to_string("/etc/os-release").unwrap_or_default();
    json!({
        "name": uname.nodename().to_string_lossy(),
        "os": std::env::consts::OS,
        "arch": std::env::consts::ARCH,
        "kernel": uname.release().to_string_lossy(),
        "distribution": release_field(&release, "ID"),
        "distribution_version": release_field(&release, "VERSION_ID"),
        "cpus": std::thread::available_parallelism().map_or(1, usize::from),
    })
}

/// A field of os-release(5), unquoted.
fn release_field(text: &str, name: &str) -> Option<String> {
    let value = text.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix('='))?;
    Some(value.trim_matches(['"', '\'']).to_string())
}

//! Debian's packages, from `/var/lib/dpkg/status` (dpkg(1), deb-control(5)).

use super::database::{Database, Records, unreadable};
use super::{Installed, Manager, absent};
use crate::probe::Seen;
use std::path::Path;

static DATABASE: Database<Record> = Database::empty();
const STATUS: &str = "/var/lib/dpkg/status";

/// One stanza.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Record {
    version: String,
    architecture: String,
    held: bool,
    /// The third word of `Status`.
    status: String,
}

pub fn find(name: &str) -> Seen<Installed> {
    let path = Path::new(STATUS);
    match DATABASE.read(path, parse) {
        Ok(records) => pick(&records, name),
        Err(error) => unreadable(path, &error),
    }
}

/// The best record of a name, which may end with an architecture: `libc6:i386`.
fn pick(records: &Records<Record>, name: &str) -> Seen<Installed> {
    let (plain, architecture) = name.split_once(':').map_or((name, None), |(plain, arch)| (plain, Some(arch)));
    let named = records.get(plain).into_iter().flatten();
    let fitting = named.filter(|record| architecture.is_none_or(|wanted| record.architecture == wanted));
    // stable: of two equally good ones the first, which is that of the machine's own architecture or
    // the one that sorts first
    match fitting.min_by_key(|record| (rank(&record.status), !is_native(&record.architecture))) {
        Some(record) if rank(&record.status) < GONE => Seen::Present(Installed {
            version: record.version.clone(),
            architecture: Some(record.architecture.clone()),
            status: Some(record.status.clone()),
            held: Some(record.held),
            location: None,
        }),
        Some(record) if record.status == "config-files" => {
            Seen::Absent(format!("{name} was removed, only its configuration is left (dpkg)"))
        }
        _ => absent(name, Manager::Dpkg),
    }
}

const GONE: u8 = 2;

/// How much of a package is there: whole, stuck on the way, gone.
fn rank(status: &str) -> u8 {
    match status {
        "installed" | "triggers-awaited" | "triggers-pending" => 0,
        "config-files" | "not-installed" => GONE,
        _ => 1,
    }
}

fn is_native(architecture: &str) -> bool {
    let native = match std::env::consts::ARCH {
        "x86_64" => "amd64",
        "aarch64" => "arm64",
        "x86" => "i386",
        "powerpc64" => "ppc64el",
        other => other,
    };
    architecture == native || architecture == "all"
}

/// Stanzas with a blank line between; continued lines start with a space and do not matter here.
fn parse(text: &str) -> Records<Record> {
    let mut records = Records::new();
    for stanza in text.split("\n\n") {
        let field = |name: &str| {
            let mut lines = stanza.lines();
            lines.find_map(|line| line.strip_prefix(name)?.strip_prefix(':')).map(str::trim)
        };
        let Some((name, status)) = field("Package").zip(field("Status")) else { continue };
        let words: Vec<&str> = status.split_whitespace().collect();
        records.entry(name.to_string()).or_insert_with(Vec::new).push(Record {
            version: field("Version").unwrap_or_default().into(),
            architecture: field("Architecture").unwrap_or_default().into(),
            held: words.first() == Some(&"hold"),
            status: words.last().copied().unwrap_or_default().into(),
        });
    }
    records
}

#[cfg(test)]
mod tests {
    use super::*;

    // Debian 12 and Ubuntu 22.04, shortened
    const STATUS_TEXT: &str = "Package: openssh-server\nStatus: install ok installed\nPriority: optional\nArchitecture: amd64\nSource: openssh\nVersion: 1:9.2p1-2+deb12u3\nConffiles:\n /etc/default/ssh 500e3cf0\nDescription: secure shell (SSH) server\n Status: not this one\n\nPackage: libc6\nStatus: install ok installed\nArchitecture: i386\nMulti-Arch: same\nVersion: 2.36-9+deb12u7\n\nPackage: libc6\nStatus: hold ok installed\nArchitecture: amd64\nMulti-Arch: same\nVersion: 2.36-9+deb12u8\n\nPackage: exim4\nStatus: deinstall ok config-files\nArchitecture: all\nVersion: 4.96-15\n\nPackage: stuck\nStatus: install reinstreq half-installed\nArchitecture: all\nVersion: 1.0\n\nPackage: waiting\nStatus: install ok triggers-awaited\nArchitecture: all\nVersion: 2.0\n";

    fn installed(name: &str) -> Installed {
        match pick(&parse(STATUS_TEXT), name) {
            Seen::Present(installed) => installed,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn what_is_installed_is_there() {
        let ssh = installed("openssh-server");
        assert_eq!((ssh.version.as_str(), ssh.held), ("1:9.2p1-2+deb12u3", Some(false)));
        assert_eq!(installed("stuck").status.unwrap(), "half-installed");
        assert_eq!(installed("waiting").status.unwrap(), "triggers-awaited");
    }

    #[test]
    fn an_architecture_can_be_named() {
        assert_eq!(installed("libc6:i386").version, "2.36-9+deb12u7");
        assert_eq!(installed("libc6:amd64").held, Some(true));
        if cfg!(target_arch = "x86_64") {
            assert_eq!(installed("libc6").architecture.unwrap(), "amd64");
        }
        assert!(matches!(pick(&parse(STATUS_TEXT), "libc6:arm64"), Seen::Absent(_)));
    }

    #[test]
    fn what_was_removed_is_not_there() {
        let gone = pick(&parse(STATUS_TEXT), "exim4");
        assert!(matches!(gone, Seen::Absent(why) if why.contains("only its configuration is left")));
        assert!(matches!(pick(&parse(""), "bash"), Seen::Absent(why) if why == "bash is not installed (dpkg)"));
    }
}

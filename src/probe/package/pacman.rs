//! Arch's packages: a folder `NAME-VERSION-RELEASE` each, with a file `desc` (alpm-desc).

use super::database::unreadable;
use super::{Installed, Manager, absent};
use crate::probe::{Seen, bounded};
use std::path::Path;

const LOCAL: &str = "/var/lib/pacman/local";
const LIMIT: u64 = 1 << 20;

pub fn find(name: &str) -> Seen<Installed> {
    find_in(Path::new(LOCAL), name)
}

fn find_in(local: &Path, name: &str) -> Seen<Installed> {
    let entries = match std::fs::read_dir(local) {
        Ok(entries) => entries,
        Err(error) => return unreadable(local, &error),
    };
    let mut folders = entries.flatten().filter(|entry| name_of(&entry.file_name().to_string_lossy()) == Some(name));
    let Some(folder) = folders.next() else { return absent(name, Manager::Pacman) };
    let path = folder.path().join("desc");
    match bounded::read_text(&path, LIMIT).map(|text| parse(&text)) {
        Ok(Some(installed)) => Seen::Present(installed),
        Ok(None) => Seen::Refused(format!("{} does not tell the version", path.display())),
        Err(error) => Seen::Refused(bounded::explain(&path, &error)),
    }
}

/// The version and the release hold no hyphen.
fn name_of(folder: &str) -> Option<&str> {
    folder.rsplitn(3, '-').nth(2)
}

/// `%FIELD%` and its value on the next line.
fn parse(desc: &str) -> Option<Installed> {
    let field = |name: &str| {
        let mut lines = desc.lines();
        lines.find(|line| line.strip_prefix('%').and_then(|rest| rest.strip_suffix('%')) == Some(name))?;
        lines.next().map(str::to_string)
    };
    Some(Installed { version: field("VERSION")?, architecture: field("ARCH"), ..Installed::default() })
}

#[cfg(test)]
mod tests {
    use super::*;

    const DESC: &str = "%NAME%\nzlib\n\n%VERSION%\n1:1.3.1-2\n\n%BASE%\nzlib\n\n%ARCH%\nx86_64\n";

    #[test]
    fn a_package_is_found_among_similar_names() {
        let local = std::env::temp_dir().join(format!("engine-pacman-{}", std::process::id()));
        for folder in ["zlib-1:1.3.1-2", "zlib-ng-2.2.0-1"] {
            std::fs::create_dir_all(local.join(folder)).unwrap();
        }
        std::fs::write(local.join("ALPM_DB_VERSION"), "9\n").unwrap();
        std::fs::write(local.join("zlib-1:1.3.1-2/desc"), DESC).unwrap();
        let Seen::Present(zlib) = find_in(&local, "zlib") else { panic!("not found") };
        assert_eq!((zlib.version.as_str(), zlib.architecture.as_deref()), ("1:1.3.1-2", Some("x86_64")));
        assert!(matches!(find_in(&local, "zlib-ng"), Seen::Refused(_)), "its `desc` is missing");
        assert!(matches!(find_in(&local, "ng"), Seen::Absent(_)));
        assert!(matches!(find_in(&local.join("none"), "zlib"), Seen::Unsupported(_)));
        std::fs::remove_dir_all(local).unwrap();
    }
}

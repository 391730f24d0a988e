//! Alpine's packages, from apk's `installed` database (apk-package(5)).

use super::database::{Database, Records, unreadable};
use super::{Installed, Manager, absent};
use crate::probe::Seen;
use std::path::Path;

static DATABASE: Database<Installed> = Database::empty();
/// The place until Alpine 3.21, and that of systems where `/lib` is part of `/usr`.
const PLACES: [&str; 2] = ["/lib/apk/db/installed", "/usr/lib/apk/db/installed"];

pub fn find(name: &str) -> Seen<Installed> {
    let path = PLACES.iter().map(Path::new).find(|path| path.exists()).unwrap_or(Path::new(PLACES[0]));
    match DATABASE.read(path, parse) {
        Ok(records) => match records.get(name).and_then(|records| records.first()) {
            Some(installed) => Seen::Present(installed.clone()),
            None => absent(name, Manager::Apk),
        },
        Err(error) => unreadable(path, &error),
    }
}

/// Stanzas with a blank line between, one letter per field: `P:` name, `V:` version, `A:` architecture.
fn parse(text: &str) -> Records<Installed> {
    let mut records = Records::new();
    for stanza in text.split("\n\n") {
        let field = |letter: &str| stanza.lines().find_map(|line| line.strip_prefix(letter));
        let Some((name, version)) = field("P:").zip(field("V:")) else { continue };
        let installed = Installed {
            version: version.into(),
            architecture: field("A:").map(str::to_string),
            ..Installed::default()
        };
        records.entry(name.to_string()).or_insert_with(Vec::new).push(installed);
    }
    records
}

#[cfg(test)]
mod tests {
    use super::*;

    // Alpine 3.20, shortened
    const INSTALLED: &str = "C:Q1VGLFrtGX8lTAMDuFfNHF1FRvsQs=\nP:busybox\nV:1.36.1-r29\nA:x86_64\nS:507831\nT:Size optimized toolbox\np:cmd:busybox=1.36.1-r29\nF:bin\nR:busybox\na:0:0:755\nZ:Q1ab=\n\nC:Q1x=\nP:musl\nV:1.2.5-r0\nA:x86_64\n\n";

    #[test]
    fn stanzas_are_read() {
        let records = parse(INSTALLED);
        assert_eq!(records["busybox"][0].version, "1.36.1-r29");
        assert_eq!(records["musl"][0].architecture.as_deref(), Some("x86_64"));
        assert_eq!(records.len(), 2);
    }
}

//! Whether the system waits for a restart.

use crate::fact::Fact;
use std::path::Path;

/// Where Debian and its kin say so; `/var/run` is the same directory on every system of today.
const FLAG: &str = "/run/reboot-required";
const MODULES: &str = "/lib/modules";

/// `running` is the release of the kernel, `container` what we are in, if that is known.
pub fn pending(running: &str, container: Option<&String>) -> Fact<bool> {
    judge(running, Path::new(FLAG).exists(), container.is_some_and(|kind| kind != "none"), &installed())
}

/// The releases of the kernels that can be started: a removed one leaves no `modules.dep`.
fn installed() -> Vec<String> {
    let entries = std::fs::read_dir(MODULES).into_iter().flatten().flatten();
    let whole = entries.filter(|entry| entry.path().join("modules.dep").exists());
    whole.filter_map(|entry| entry.file_name().into_string().ok()).collect()
}

fn judge(running: &str, flagged: bool, contained: bool, installed: &[String]) -> Fact<bool> {
    let ours = Release::of(running);
    let newest = installed.iter().map(|name| Release::of(name)).filter(|other| other.flavour == ours.flavour).max();
    match newest {
        _ if flagged => Fact::Known(true),
        // the kernel is the host's, and so is its restart
        _ if contained => Fact::Absent,
        None => Fact::Unknown(format!("no installed kernel of this flavour is in {MODULES}")),
        // where upgrades remove the running kernel, what is left is what comes next
        Some(_) if !installed.iter().any(|name| name == running) => Fact::Known(true),
        Some(newest) => Fact::Known(newest > ours),
    }
}

/// A kernel's release in parts, ordered as rpm and dpkg order them: a number is newer than a word.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct Release<'a> {
    parts: Vec<Part<'a>>,
    /// Its words: `amd64`, `cloud amd64`, `generic`. A kernel is replaced only by one of its own flavour.
    flavour: Vec<&'a str>,
}

#[derive(PartialEq, Eq, PartialOrd, Ord)]
enum Part<'a> {
    Word(&'a str),
    Number(u64),
}

impl Release<'_> {
    fn of(text: &str) -> Release<'_> {
        let pieces = text.split(|c: char| !c.is_ascii_alphanumeric()).filter(|piece| !piece.is_empty());
        let part = |piece: &str| piece.chars().all(|c| c.is_ascii_digit());
        let (mut parts, mut flavour) = (Vec::new(), Vec::new());
        for piece in pieces {
            match piece.parse() {
                Ok(number) if part(piece) => parts.push(Part::Number(number)),
                _ => {
                    parts.push(Part::Word(piece));
                    flavour.push(piece.trim_end_matches(|c: char| c.is_ascii_digit()));
                }
            }
        }
        Release { parts, flavour }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pending(running: &str, installed: &[&str]) -> Fact<bool> {
        judge(running, false, false, &installed.iter().map(|name| name.to_string()).collect::<Vec<_>>())
    }

    #[test]
    fn a_newer_kernel_waits() {
        let cases: [(&str, &[&str], bool); 8] = [
            ("6.1.0-18-amd64", &["6.1.0-17-amd64", "6.1.0-18-amd64"], false),
            ("6.1.0-9-amd64", &["6.1.0-9-amd64", "6.1.0-18-amd64"], true),
            ("6.1.0-18-amd64", &["6.1.0-18-amd64", "6.1.0-20-cloud-amd64"], false),
            ("5.14.0-427.el9.x86_64", &["5.14.0-427.el9.x86_64", "5.14.0-427.13.1.el9_4.x86_64"], true),
            ("5.14.0-427.13.1.el9_4.x86_64", &["5.14.0-427.el9.x86_64", "5.14.0-427.13.1.el9_4.x86_64"], false),
            ("6.8.0-31-generic", &["6.8.0-31-generic", "6.8.0-40-generic"], true),
            ("6.6.31-0-lts", &["6.6.31-0-lts"], false),
            ("6.9.7-arch1-1", &["6.10.2-arch1-2"], true),
        ];
        for (running, installed, waits) in cases {
            assert_eq!(pending(running, installed), Fact::Known(waits), "{running} {installed:?}");
        }
    }

    #[test]
    fn what_cannot_be_told_is_not_a_no() {
        assert!(matches!(pending("6.18.44", &[]), Fact::Unknown(_)));
        assert_eq!(judge("6.1.0-18-amd64", false, true, &[]), Fact::Absent);
    }

    #[test]
    fn the_distribution_is_believed() {
        assert_eq!(judge("6.1.0-18-amd64", true, true, &[]), Fact::Known(true));
    }
}

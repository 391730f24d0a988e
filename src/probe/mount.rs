//! What is mounted at a place, from `/proc/self/mounts` (fstab(5) format) and statvfs(3).

use super::{Context, Nature, Pace, Probe, Seen};
use crate::fact::Fact;
use crate::{described, facts};
use std::path::PathBuf;

described! {
    /// Looks at what is mounted at a place.
    #[derive(PartialEq, Eq, Hash)]
    pub struct Target (short: at) {
        /// The mount point, e.g. `/var`.
        at: PathBuf,
    }
}

facts! {
    pub struct Facts {
        /// Device or source mounted there, e.g. `/dev/sda1` or `tmpfs`.
        source: String,
        /// Type of the file system, e.g. `ext4`.
        filesystem: String,
        /// Mount options, e.g. `ro`, `nosuid`.
        options: Vec<String>,
    }
}

pub struct Mount;

impl Probe for Mount {
    const NAME: &'static str = "mount";
    const PACE: Pace = Pace::Quick;
    const NATURE: Nature = Nature::Looks;
    const DEFAULT: &'static str = "expect: { present: true }";
    const EXAMPLE: &'static str = "id: proc-is-mounted\nmount: /proc\nexpect:\n  filesystem: proc\n  options: { includes: [rw] }";
    const EVIDENCE: &'static [&'static str] = &["source", "filesystem", "options"];
    type Target = Target;
    type Facts = Facts;

    fn subject(target: &Target) -> String {
        target.at.display().to_string()
    }

    fn observe(target: &Target, _: &Wanted, _: &Context) -> Seen<Facts> {
        match std::fs::read_to_string("/proc/self/mounts") {
            Ok(text) => match parse(&text, &target.at.to_string_lossy()) {
                Some(facts) => Seen::Present(facts),
                None => Seen::Absent(format!("nothing is mounted at {}", target.at.display())),
            },
            Err(error) => Seen::Unsupported(format!("/proc/self/mounts cannot be read: {error}")),
        }
    }
}

/// The last line for a mount point counts: later mounts hide earlier ones.
fn parse(mounts: &str, at: &str) -> Option<Facts> {
    let line = mounts.lines().rfind(|line| line.split(' ').nth(1).is_some_and(|point| unescape(point) == at))?;
    let mut columns = line.split(' ').map(unescape);
    let mut next = || Fact::from(columns.next());
    let (source, _, filesystem) = (next(), next(), next());
    let options = next().map(|options: String| options.split(',').map(str::to_string).collect());
    Some(Facts { source, filesystem, options })
}

/// Spaces, tabs, newlines and backslashes stand as `\040` and so on (getmntent(3)).
fn unescape(text: &str) -> String {
    text.replace("\\040", " ").replace("\\011", "\t").replace("\\012", "\n").replace("\\134", "\\")
}

#[cfg(test)]
mod tests {
    use super::*;

    const MOUNTS: &str = "/dev/sda1 / ext4 rw,relatime 0 0\ntmpfs /mnt/my\\040disk tmpfs rw,nosuid 0 0\n/dev/sdb / xfs ro 0 0\n";

    #[test]
    fn the_last_mount_at_a_place_counts() {
        let facts = parse(MOUNTS, "/").unwrap();
        assert_eq!(facts.filesystem, Fact::Known("xfs".into()));
        assert_eq!(facts.options, Fact::Known(vec!["ro".into()]));
    }

    #[test]
    fn escaped_names_are_found() {
        assert_eq!(parse(MOUNTS, "/mnt/my disk").unwrap().source, Fact::Known("tmpfs".into()));
        assert!(parse(MOUNTS, "/nowhere").is_none());
    }
}

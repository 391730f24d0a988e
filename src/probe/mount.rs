//! What is mounted at a place, from `/proc/self/mountinfo` (proc_pid_mountinfo(5)).
//!
//! Nothing of the mounted file system itself is touched, so that a server that does not answer
//! cannot hold us. Deliberately absent: its space (the `disk` probe's) and `/etc/fstab` (the `file` probe's).

use super::{Context, Pace, Probe, Seen, small_file};
use crate::{described, facts};
use std::ffi::OsString;
use std::io;
use std::os::unix::ffi::OsStringExt;
use std::path::{Path, PathBuf};

described! {
    /// Looks at what is mounted at a place.
    #[derive(PartialEq, Eq, Hash)]
    pub struct Target (short: at) {
        /// The mount point, e.g. `/var`, as this process sees it; a symbolic link to one is followed.
        at: PathBuf,
    }
}

facts! {
    pub struct Facts {
        /// Device or source mounted there, e.g. `/dev/sda1`, `tmpfs` or `server:/export`.
        source: String,
        /// Type of the file system, e.g. `ext4`.
        filesystem: String,
        /// Mount options, those of this mount and those of the file system, e.g. `ro`, `nosuid`, `size=4k`. As in
        /// mount(8), `ro` stands there if either of the two is read-only.
        options: Vec<String>,
        /// Whether writing is refused, by this mount or by the file system.
        read_only: bool,
        /// The part of the file system that is mounted here: `/` for all of it, `/@home` for a subvolume, another
        /// path for a bind mount.
        root: String,
        /// How mounts below it spread to other namespaces: `shared`, `slave`, `private`, `unbindable` or
        /// `shared, slave` (mount_namespaces(7)).
        propagation: String,
        /// How many mounts lie over each other here; only the last one can be seen.
        layers: usize,
    }
}

pub struct Mount;

impl Probe for Mount {
    const NAME: &'static str = "mount";
    const PACE: Pace = Pace::Quick;
    const DEFAULT: &'static str = "expect: { present: true }";
    const EXAMPLE: &'static str =
        "id: proc-is-mounted\nmount: /proc\nexpect:\n  filesystem: proc\n  options: { includes: [rw] }";
    const EVIDENCE: &'static [&'static str] = &["source", "filesystem", "options"];
    type Target = Target;
    type Facts = Facts;

    fn subject(target: &Target) -> String {
        target.at.display().to_string()
    }

    fn check(target: &Target) -> Result<(), String> {
        match target.at.is_absolute() {
            true => Ok(()),
            false => Err(format!("a mount point starts with `/`, found `{}`", target.at.display())),
        }
    }

    fn observe(target: &Target, _: &Wanted, _: &Context) -> Seen<Facts> {
        let mounts = match table() {
            Ok(mounts) => mounts,
            Err(error) => return small_file::missed(TABLE, &error),
        };
        let found = facts(&mounts, &target.at).or_else(|| facts(&mounts, &std::fs::canonicalize(&target.at).ok()?));
        match found {
            Some(facts) => Seen::Present(facts),
            None => Seen::Absent(format!("nothing is mounted at {}", target.at.display())),
        }
    }
}

/// Later mounts hide earlier ones, so the last one at a place counts. Paths are compared by their parts: a
/// slash at the end makes no difference.
fn facts(mounts: &[Mounted], at: &Path) -> Option<Facts> {
    let here = || mounts.iter().filter(|mount| mount.point == at);
    let last = here().next_back()?;
    Some(Facts {
        source: last.source.clone().into(),
        filesystem: last.filesystem.clone().into(),
        options: last.options.clone().into(),
        read_only: last.read_only().into(),
        root: last.root.display().to_string().into(),
        propagation: last.propagation.clone().into(),
        layers: here().count().into(),
    })
}

/// Where the kernel lists the mounts of our namespace.
pub(super) const TABLE: &str = "/proc/self/mountinfo";

/// One mount.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Mounted {
    /// Its number, as in `mnt_id` of `/proc/self/fdinfo`.
    pub id: u64,
    pub root: PathBuf,
    pub point: PathBuf,
    pub options: Vec<String>,
    pub propagation: String,
    pub filesystem: String,
    pub source: String,
}

impl Mounted {
    pub fn read_only(&self) -> bool {
        self.options.iter().any(|option| option == "ro")
    }
}

/// All mounts, in the order in which they were made.
pub(super) fn table() -> io::Result<Vec<Mounted>> {
    Ok(parse(&small_file::read(TABLE)?))
}

/// Lines that are not understood are passed over: there is one mount per line, whatever it is called.
pub(super) fn parse(table: &str) -> Vec<Mounted> {
    table.lines().filter_map(mounted).collect()
}

/// `36 35 98:0 /root /point rw,noatime master:1 - ext4 /dev/sda1 rw,errors=continue`
fn mounted(line: &str) -> Option<Mounted> {
    let (own, filesystem) = line.split_once(" - ")?;
    let mut own = own.split(' ');
    let id = own.next()?.parse().ok()?;
    let mut own = own.skip(2);
    let (root, point, options) = (path(own.next()?), path(own.next()?), own.next()?);
    let propagation = propagation(own);
    // a source may be empty, but its column is there
    let mut columns = filesystem.split(' ');
    let (filesystem, source) = (unescape(columns.next()?), unescape(columns.next()?));
    let options = merge(options, columns.next().unwrap_or_default());
    Some(Mounted { id, root, point, options, propagation, filesystem, source })
}

/// The options of the mount, then those of the file system that it does not name; `ro` of either wins.
fn merge(own: &str, shared: &str) -> Vec<String> {
    let all: Vec<&str> = own.split(',').chain(shared.split(',')).filter(|option| !option.is_empty()).collect();
    let access = if all.contains(&"ro") { "ro" } else { "rw" };
    let mut merged = vec![access.to_string()];
    for option in all.into_iter().filter(|option| !["ro", "rw"].contains(option)).map(unescape) {
        if !merged.contains(&option) {
            merged.push(option);
        }
    }
    merged
}

/// From the optional fields of a line: `shared:2`, `master:1`, `propagate_from:3`, `unbindable`.
fn propagation<'a>(fields: impl Iterator<Item = &'a str>) -> String {
    let names: Vec<&str> = fields
        .filter_map(|field| match field.split(':').next()? {
            "shared" => Some("shared"),
            "master" => Some("slave"),
            "unbindable" => Some("unbindable"),
            _ => None,
        })
        .collect();
    if names.is_empty() { "private".into() } else { names.join(", ") }
}

fn path(text: &str) -> PathBuf {
    PathBuf::from(OsString::from_vec(unescaped(text)))
}

fn unescape(text: &str) -> String {
    String::from_utf8_lossy(&unescaped(text)).into_owned()
}

/// White space, backslashes and hashes stand as a backslash and three octal digits.
fn unescaped(text: &str) -> Vec<u8> {
    let bytes = text.as_bytes();
    let (mut plain, mut at) = (Vec::with_capacity(bytes.len()), 0);
    while let Some(byte) = bytes.get(at) {
        let digits = bytes.get(at + 1..at + 4).and_then(|digits| std::str::from_utf8(digits).ok());
        let octal = digits.filter(|_| *byte == b'\\').and_then(|digits| u8::from_str_radix(digits, 8).ok());
        plain.push(octal.unwrap_or(*byte));
        at += if octal.is_some() { 4 } else { 1 };
    }
    plain
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fact::{Fact, WantedBits};
    use std::time::Duration;

    const DEBIAN: &str = r"22 28 0:20 / /proc rw,nosuid,nodev,noexec,relatime shared:12 - proc proc rw
28 1 8:1 / / rw,relatime shared:1 - ext4 /dev/sda1 rw,errors=remount-ro
40 28 8:1 /srv/data /mnt/my\040disk ro,noatime shared:1 master:7 - ext4 /dev/sda1 rw,errors=remount-ro
41 28 0:35 / /mnt/back\134040slash rw - tmpfs  rw,size=4k
42 28 8:17 / /data rw shared:3 - xfs /dev/sdb1 ro,attr2
43 28 8:33 / /data rw,relatime - nfs4 server:/export rw,vers=4.2,addr=192.0.2.1
";
    const DOCKER: &str = r"613 520 0:52 / / rw,relatime master:281 - overlay overlay rw,lowerdir=/var/lib/docker/overlay2/l/A:/var/lib/docker/overlay2/l/B,upperdir=/x
617 613 254:1 /var/lib/docker/containers/0a/hosts /etc/hosts rw,relatime - ext4 /dev/vda1 rw
";

    fn at(table: &str, place: &str) -> Option<Facts> {
        facts(&parse(table), Path::new(place))
    }

    #[test]
    fn the_last_mount_at_a_place_counts() {
        let facts = at(DEBIAN, "/data/").unwrap();
        assert_eq!(facts.filesystem, Fact::Known("nfs4".into()));
        assert_eq!(facts.source, Fact::Known("server:/export".into()));
        assert_eq!(facts.layers, Fact::Known(2));
        assert!(at(DEBIAN, "/nowhere").is_none());
    }

    #[test]
    fn a_bind_mount_is_read_only_by_itself() {
        let facts = at(DEBIAN, "/mnt/my disk").unwrap();
        assert_eq!(facts.root, Fact::Known("/srv/data".into()));
        assert_eq!(facts.read_only, Fact::Known(true));
        let options = facts.options.known().unwrap();
        assert_eq!(options, &["ro", "noatime", "errors=remount-ro"]);
        assert_eq!(facts.propagation, Fact::Known("shared, slave".into()));
        let file = at(DOCKER, "/etc/hosts").unwrap();
        assert_eq!(file.root, Fact::Known("/var/lib/docker/containers/0a/hosts".into()));
        assert_eq!(file.propagation, Fact::Known("private".into()));
    }

    #[test]
    fn a_file_system_is_read_only_under_a_writable_mount() {
        let mounts = parse(DEBIAN);
        assert!(mounts.iter().any(|mount| mount.filesystem == "xfs" && mount.read_only()));
    }

    #[test]
    fn names_are_unescaped_once() {
        let facts = at(DEBIAN, "/mnt/back\\040slash").unwrap();
        assert_eq!(facts.source, Fact::Known("".into()));
        assert_eq!(unescape(r"a\011b\1x\777"), "a\tb\\1x\\777");
    }

    #[test]
    fn broken_lines_are_passed_over() {
        assert!(parse("\n- - -\n1 2 3:4 / /x rw -\nx 2 3:4 / /x rw - a b c\n").is_empty());
    }

    #[test]
    fn this_machine_is_seen() {
        let look = |at: &str| {
            Mount::observe(
                &Target { at: at.into() },
                &WantedBits::ALL.into(),
                &Context::lasting(Duration::from_secs(5)),
            )
        };
        assert!(matches!(look("/proc/"), Seen::Present(facts) if facts.filesystem == Fact::Known("proc".into())));
        assert!(matches!(look("/proc/self"), Seen::Absent(_)));
        let link = std::env::temp_dir().join(format!("mount-link-{}", std::process::id()));
        std::os::unix::fs::symlink("/proc", &link).unwrap();
        let through_link = look(&link.to_string_lossy());
        std::fs::remove_file(&link).unwrap();
        assert!(matches!(through_link, Seen::Present(_)));
    }
}

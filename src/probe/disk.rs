//! How full the file system is in which a path lies, from statvfs(3) and `/proc/self/mountinfo`.
//!
//! Deliberately absent: how much a directory takes (that needs a walk), quotas, and devices
//! without a mounted file system.

use super::mount::{self, Mounted};
use super::reading::reason;
use super::{Context, Pace, Probe, Seen, small_file};
use crate::fact::{Bytes, Fact, Percent};
use crate::{described, facts};
use rustix::fs::{Mode, OFlags, StatVfs, StatVfsMountFlags, fstatvfs, open};
use rustix::io::Errno;
use std::os::fd::{AsRawFd, OwnedFd};
use std::path::{Path, PathBuf};

described! {
    /// Looks at the space of the file system in which a path lies.
    #[derive(PartialEq, Eq, Hash)]
    pub struct Target (short: path) {
        /// Any path in the file system, e.g. `/var/lib/docker`; it must exist. Symbolic links are followed.
        path: PathBuf,
    }
}

facts! {
    pub struct Facts {
        /// Size of the file system in bytes (`f_blocks`).
        total: Bytes,
        /// Bytes that an ordinary user can still write (`f_bavail`); what is reserved for root is not in it.
        free: Bytes,
        /// Share of the space that is used, in percent, as df(1) counts it: of what ordinary users can have.
        /// Absent for a file system without space of its own, such as proc.
        used: Percent,
        /// Number of files the file system can hold (`f_files`). Absent where that is not limited, as on btrfs.
        inodes_total: u64,
        /// Number of files that can still be made (`f_ffree`). Absent like `inodes_total`.
        inodes_free: u64,
        /// Share of the possible files that exist, in percent. Absent like `inodes_total`.
        inodes_used: Percent,
        /// Type of the file system, e.g. `ext4`.
        filesystem: String,
        /// Where it is mounted.
        mount_point: String,
        /// Device or source, e.g. `/dev/sda1`.
        source: String,
        /// Whether writing is refused, by the mount or by the file system (`ST_RDONLY`).
        read_only: bool,
    }
}

pub struct Disk;

impl Probe for Disk {
    const NAME: &'static str = "disk";
    const PACE: Pace = Pace::Quick;
    const DEFAULT: &'static str = "expect: { used: { lt: 90% } }";
    const EXAMPLE: &'static str = "id: root-has-space\ndisk: /\nexpect:\n  free: { gt: 1MiB }\n  used: { le: 100% }";
    const EVIDENCE: &'static [&'static str] = &["free", "used", "inodes_used", "mount_point", "source", "read_only"];
    type Target = Target;
    type Facts = Facts;

    fn subject(target: &Target) -> String {
        target.path.display().to_string()
    }

    fn observe(target: &Target, _: &Wanted, _: &Context) -> Seen<Facts> {
        let path = &target.path;
        let (place, space) = match reach(path).and_then(|place| fstatvfs(&place).map(|space| (place, space))) {
            Ok(found) => found,
            Err(error) => return missed(path, error),
        };
        let mounted = mounted(&place);
        let of_mount = |part: fn(&Mounted) -> String| Fact::from(mounted.as_ref().map(part).map_err(Clone::clone));
        Seen::Present(Facts {
            filesystem: of_mount(|mount| mount.filesystem.clone()),
            source: of_mount(|mount| mount.source.clone()),
            mount_point: of_mount(|mount| mount.point.display().to_string()),
            ..facts(&space)
        })
    }
}

/// A handle on a path that opens nothing: devices, FIFOs and files without permission to read do no
/// harm. The dot after a directory makes an automounter mount it.
fn reach(path: &Path) -> Result<OwnedFd, Errno> {
    let handle = |path: &Path| open(path, OFlags::PATH | OFlags::CLOEXEC, Mode::empty());
    handle(&path.join(".")).or_else(|_| handle(path))
}

fn missed(path: &Path, error: Errno) -> Seen<Facts> {
    match error {
        Errno::NOENT | Errno::NOTDIR => Seen::Absent(format!("{} does not exist", path.display())),
        Errno::NOSYS => Seen::Unsupported("this machine does not tell the space of file systems".into()),
        error => Seen::Refused(format!("{} cannot be reached: {}", path.display(), reason(&error.into()))),
    }
}

fn facts(space: &StatVfs) -> Facts {
    let bytes = |blocks: u64| Bytes(blocks.saturating_mul(space.f_frsize));
    let files = |count: u64| Some(count).filter(|_| space.f_files > 0);
    Facts {
        total: bytes(space.f_blocks).into(),
        free: bytes(space.f_bavail).into(),
        used: share(space.f_blocks.saturating_sub(space.f_bfree), space.f_bavail).into(),
        inodes_total: files(space.f_files).into(),
        inodes_free: files(space.f_ffree).into(),
        inodes_used: share(space.f_files.saturating_sub(space.f_ffree), space.f_ffree).into(),
        filesystem: Fact::NotWanted,
        mount_point: Fact::NotWanted,
        source: Fact::NotWanted,
        read_only: space.f_flag.contains(StatVfsMountFlags::RDONLY).into(),
    }
}

/// The used part of used and free; `None` where there is neither.
pub(super) fn share(used: u64, free: u64) -> Option<Percent> {
    let all = used as f64 + free as f64;
    (all > 0.0).then(|| Percent(used as f64 * 100.0 / all))
}

/// The mount through which the handle was reached, which the path alone does not tell: mounts hide each other.
fn mounted(place: &OwnedFd) -> Result<Mounted, String> {
    let info = small_file::read(format!("/proc/self/fdinfo/{}", place.as_raw_fd())).map_err(|error| reason(&error))?;
    let id = info.lines().find_map(|line| line.strip_prefix("mnt_id:")?.trim().parse::<u64>().ok());
    let mut mounts = mount::table().map_err(|error| small_file::why(mount::TABLE, &error))?.into_iter();
    mounts.find(|mount| Some(mount.id) == id).ok_or_else(|| "its mount is not in our namespace".into())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fact::WantedBits;
    use std::time::Duration;

    fn space(blocks: u64, free: u64, available: u64, files: u64, files_free: u64) -> StatVfs {
        StatVfs {
            f_bsize: 4096,
            f_frsize: 4096,
            f_blocks: blocks,
            f_bfree: free,
            f_bavail: available,
            f_files: files,
            f_ffree: files_free,
            f_favail: files_free,
            f_fsid: 0,
            f_flag: StatVfsMountFlags::RDONLY,
            f_namemax: 255,
        }
    }

    fn look(path: impl AsRef<Path>) -> Seen<Facts> {
        Disk::observe(
            &Target { path: path.as_ref().into() },
            &WantedBits::ALL.into(),
            &Context::lasting(Duration::from_secs(5)),
        )
    }

    #[test]
    fn the_reserve_of_root_is_not_free() {
        // ext4 with its 5 %
        let facts = facts(&space(1000, 300, 250, 100, 25));
        assert_eq!(facts.total, Fact::Known(Bytes(4_096_000)));
        assert_eq!(facts.free, Fact::Known(Bytes(1_024_000)));
        assert_eq!(facts.used.known().map(|used| used.0.round()), Some(74.0));
        assert_eq!(facts.inodes_used, Fact::Known(Percent(75.0)));
        assert_eq!(facts.read_only, Fact::Known(true));
    }

    #[test]
    fn what_has_no_limit_has_no_share() {
        // btrfs has no table of inodes, proc has neither
        let btrfs = facts(&space(1000, 500, 500, 0, 0));
        assert_eq!((btrfs.inodes_total, btrfs.inodes_used), (Fact::Absent, Fact::Absent));
        assert_eq!(facts(&space(0, 0, 0, 0, 0)).used, Fact::Absent);
        assert_eq!(facts(&space(u64::MAX, 0, 0, 0, 0)).total, Fact::Known(Bytes(u64::MAX)));
    }

    #[test]
    fn this_machine_is_seen() {
        let Seen::Present(root) = look("/") else { panic!("there is always a root") };
        assert_eq!(root.mount_point, Fact::Known("/".into()));
        assert!(root.total.known().is_some_and(|total| total.0 > 0));
        let Seen::Present(proc) = look("/proc/self/status") else { panic!("proc is mounted") };
        assert_eq!(proc.filesystem, Fact::Known("proc".into()));
        assert_eq!(proc.used, Fact::Absent);
        assert_eq!(proc.mount_point, Fact::Known("/proc".into()));
    }

    #[test]
    fn odd_paths_neither_hang_nor_panic() {
        assert!(matches!(look("/nowhere/at/all"), Seen::Absent(_)));
        assert!(matches!(look("/proc/self/status/x"), Seen::Absent(_)));
        assert!(matches!(look("/dev/null"), Seen::Present(_)));
        let fifo = std::env::temp_dir().join(format!("disk-fifo-{}", std::process::id()));
        let file_mode = Mode::RUSR | Mode::WUSR;
        rustix::fs::mkfifoat(rustix::fs::CWD, &fifo, file_mode).unwrap();
        let seen = look(&fifo);
        std::fs::remove_file(&fifo).unwrap();
        assert!(matches!(seen, Seen::Present(_)));
        let link = std::env::temp_dir().join(format!("disk-loop-{}", std::process::id()));
        std::os::unix::fs::symlink(&link, &link).unwrap();
        let seen = look(&link);
        std::fs::remove_file(&link).unwrap();
        assert!(matches!(seen, Seen::Refused(_)));
    }

    #[test]
    fn a_missing_permission_is_not_a_no() {
        assert!(matches!(missed(Path::new("/secret"), Errno::ACCESS), Seen::Refused(_)));
    }
}

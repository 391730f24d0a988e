//! How much memory our control group may use, in cgroups v1 and v2 (cgroups(7)).
//!
//! Every group above ours may have a limit too; the smallest holds.

use crate::fact::Percent;
use crate::probe::disk::share;
use crate::probe::mount::{self, Mounted};
use crate::probe::small_file;
use std::path::{Path, PathBuf};

/// The smallest limit and how much its group uses of it.
#[derive(Debug, Clone, PartialEq)]
pub struct Limit {
    pub bytes: u64,
    /// Bytes in use, files that were not touched for long not counted.
    used: Option<u64>,
}

impl Limit {
    pub fn used(&self) -> Option<Percent> {
        self.used.and_then(|used| share(used, self.bytes.saturating_sub(used)))
    }
}

/// The names of the two versions.
struct Files {
    limit: &'static str,
    usage: &'static str,
    /// The line of `memory.stat` that counts the files that could be forgotten.
    inactive: &'static str,
}

const VERSION_1: Files =
    Files { limit: "memory.limit_in_bytes", usage: "memory.usage_in_bytes", inactive: "total_inactive_file" };
const VERSION_2: Files = Files { limit: "memory.max", usage: "memory.current", inactive: "inactive_file" };

/// Version 1 says "no limit" with the largest multiple of a page; no machine has this much.
const UNLIMITED: u64 = 1 << 62;

/// `None` if nothing limits us.
pub fn limit() -> Result<Option<Limit>, String> {
    let groups = match small_file::read("/proc/self/cgroup") {
        // a kernel without control groups limits nobody
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        groups => groups.map_err(|error| small_file::why("/proc/self/cgroup", &error))?,
    };
    let mounts = mount::table().map_err(|error| small_file::why(mount::TABLE, &error))?;
    let Some((directories, files)) = directories(&groups, &mounts) else { return Ok(None) };
    Ok(smallest(&directories, &files, |path| small_file::clue(path)))
}

/// The directories of our group and those above it, and how their files are called. The memory controller
/// may be in version 1 while version 2 is mounted beside it, so version 1 is looked for first.
fn directories(groups: &str, mounts: &[Mounted]) -> Option<(Vec<PathBuf>, Files)> {
    let group_of = |wanted: &dyn Fn(&str) -> bool| {
        groups.lines().find_map(|line| {
            let mut columns = line.splitn(3, ':').skip(1);
            let (controllers, group) = (columns.next()?, columns.next()?);
            wanted(controllers).then_some(group)
        })
    };
    let first = group_of(&|controllers| controllers.split(',').any(|name| name == "memory"));
    let (group, mount, files) = match first {
        Some(group) => {
            let memory = |mount: &&Mounted| {
                mount.filesystem == "cgroup" && mount.options.iter().any(|option| option == "memory")
            };
            (group, mounts.iter().find(memory)?, VERSION_1)
        }
        None => (
            group_of(&|controllers| controllers.is_empty())?,
            mounts.iter().find(|mount| mount.filesystem == "cgroup2")?,
            VERSION_2,
        ),
    };
    // in a container without a namespace of its own the mount shows only our part of the tree
    let below = Path::new(group).strip_prefix(&mount.root).unwrap_or(Path::new(""));
    let inside = if below.components().any(|part| part.as_os_str() == "..") { Path::new("") } else { below };
    let directories = inside.ancestors().map(|group| mount.point.join(group)).collect();
    Some((directories, files))
}

fn smallest(directories: &[PathBuf], files: &Files, read: impl Fn(&Path) -> Option<String>) -> Option<Limit> {
    let number = |directory: &Path, file: &str| read(&directory.join(file))?.parse::<u64>().ok();
    // "max" is no number, and the topmost group has no such file
    let limited = directories.iter().filter_map(|directory| Some((number(directory, files.limit)?, directory)));
    let (bytes, directory) = limited.filter(|(bytes, _)| *bytes < UNLIMITED).min_by_key(|(bytes, _)| *bytes)?;
    let inactive = read(&directory.join("memory.stat")).and_then(|text| {
        text.lines().find_map(|line| line.strip_prefix(files.inactive)?.strip_prefix(' ')?.parse::<u64>().ok())
    });
    let used = number(directory, files.usage).map(|usage| usage.saturating_sub(inactive.unwrap_or(0)));
    Some(Limit { bytes, used })
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashMap;

    const DEBIAN_12: &str = "30 23 0:26 / /sys/fs/cgroup rw,nosuid - cgroup2 cgroup2 rw,nsdelegate\n";
    const RHEL_8: &str = "31 23 0:28 / /sys/fs/cgroup ro - tmpfs tmpfs ro,mode=755\n32 31 0:29 / /sys/fs/cgroup/systemd rw - cgroup cgroup rw,xattr,name=systemd\n35 31 0:32 / /sys/fs/cgroup/memory rw - cgroup cgroup rw,memory\n";
    const DOCKER_1: &str = "700 690 0:32 /docker/0a /sys/fs/cgroup/memory ro master:9 - cgroup cgroup rw,memory\n";

    fn limit(groups: &str, mounts: &str, files: &[(&str, &str)]) -> Option<Limit> {
        let known: HashMap<PathBuf, &str> = files.iter().map(|(path, text)| (PathBuf::from(path), *text)).collect();
        let (directories, files) = directories(groups, &mount::parse(mounts))?;
        smallest(&directories, &files, |path| known.get(path).map(|text| text.trim().to_string()))
    }

    #[test]
    fn version_2_takes_the_smallest_of_all_levels() {
        let files = [
            ("/sys/fs/cgroup/system.slice/web.service/memory.max", "max\n"),
            ("/sys/fs/cgroup/system.slice/memory.max", "1000\n"),
            ("/sys/fs/cgroup/system.slice/memory.current", "700\n"),
            ("/sys/fs/cgroup/system.slice/memory.stat", "anon 400\ninactive_file 200\nactive_file 1\n"),
        ];
        let limit = limit("0::/system.slice/web.service\n", DEBIAN_12, &files).unwrap();
        assert_eq!(limit, Limit { bytes: 1000, used: Some(500) });
        assert_eq!(limit.used(), Some(Percent(50.0)));
    }

    #[test]
    fn no_limit_is_no_limit() {
        assert_eq!(limit("0::/init.scope", DEBIAN_12, &[("/sys/fs/cgroup/init.scope/memory.max", "max")]), None);
        let huge = [("/sys/fs/cgroup/memory/memory.limit_in_bytes", "9223372036854771712")];
        assert_eq!(limit("4:memory:/user.slice\n0::/", RHEL_8, &huge), None);
        assert_eq!(limit("", "", &[]), None);
    }

    #[test]
    fn version_1_is_found_beside_version_2() {
        let files = [
            ("/sys/fs/cgroup/memory/a/memory.limit_in_bytes", "2000"),
            ("/sys/fs/cgroup/memory/a/memory.usage_in_bytes", "1000"),
        ];
        let groups = "9:cpu,cpuacct:/x\n4:hugetlb,memory:/a/b\n0::/other\n";
        assert_eq!(limit(groups, RHEL_8, &files), Some(Limit { bytes: 2000, used: Some(1000) }));
    }

    #[test]
    fn a_container_sees_its_own_group_at_the_top() {
        let files = [
            ("/sys/fs/cgroup/memory/memory.limit_in_bytes", "512"),
            ("/sys/fs/cgroup/memory/memory.usage_in_bytes", "100"),
            ("/sys/fs/cgroup/memory/memory.stat", "inactive_file 7\ntotal_inactive_file 50"),
        ];
        assert_eq!(limit("4:memory:/docker/0a", DOCKER_1, &files), Some(Limit { bytes: 512, used: Some(50) }));
        let outside = [("/sys/fs/cgroup/memory.max", "64")];
        assert_eq!(limit("0::/../../elsewhere", DEBIAN_12, &outside), Some(Limit { bytes: 64, used: None }));
    }
}

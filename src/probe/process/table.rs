//! The table of processes, read from `/proc` (proc(5)).

use crate::probe::bounded;
use crate::probe::snapshot::Snapshot;
use rustix::time::{ClockId, clock_gettime};
use std::collections::{BTreeMap, BTreeSet};
use std::fs::File;
use std::io::{self, Read};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

/// The most of a command line that is read.
const COMMAND_LIMIT: u64 = 32 << 10;

/// One process.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    pub pid: i32,
    pub parent: i32,
    /// The kernel's name of it, at most 15 bytes.
    pub name: String,
    /// `R`, `S`, `D`, `Z` and so on.
    pub state: char,
    pub threads: u64,
    /// User and system time in clock ticks.
    pub cpu_ticks: u64,
    /// When it started, in clock ticks since boot.
    pub start_ticks: u64,
    /// Resident memory in pages.
    pub resident_pages: u64,
    /// Its arguments, bounded; empty for threads of the kernel.
    pub arguments: Vec<String>,
}

/// All processes that could be seen.
#[derive(Debug, Default)]
pub struct Table {
    pub rows: BTreeMap<i32, Row>,
    /// Why some may be missing.
    pub hidden: Option<String>,
    /// Time since boot when it was taken.
    pub since_boot: Duration,
}

/// The processes of this moment, shared with other looks of this moment. `Err` without `/proc`.
pub fn processes() -> Arc<Result<Table, String>> {
    static TABLE: Snapshot<Result<Table, String>> = Snapshot::empty();
    TABLE.get(Table::take)
}

/// The name of a user, or its number where nobody has it.
pub fn user_name(id: u32) -> String {
    uzers::get_user_by_uid(id).map_or_else(|| id.to_string(), |user| user.name().to_string_lossy().into_owned())
}

/// The user a process acts as: its effective user id.
pub fn user_of(pid: i32) -> io::Result<u32> {
    let status = bounded::read_text(&PathBuf::from(format!("/proc/{pid}/status")), 64 << 10)?;
    effective_user(&status).ok_or_else(|| io::Error::other("it names no user"))
}

impl Table {
    pub fn take() -> Result<Table, String> {
        let entries = std::fs::read_dir("/proc").map_err(|error| format!("/proc cannot be read: {error}"))?;
        let pids = entries.flatten().filter_map(|entry| entry.file_name().to_str()?.parse::<i32>().ok());
        let mut table = Table { since_boot: since_boot(), ..Table::default() };
        let mut denied = 0;
        for pid in pids {
            match read_row(pid) {
                Ok(row) => table.rows.extend(row.map(|row| (pid, row))),
                Err(error) if error.kind() == io::ErrorKind::PermissionDenied => denied += 1,
                Err(_) => {} // it ended meanwhile
            }
        }
        if table.rows.is_empty() {
            return Err("/proc shows no process".into());
        }
        table.hidden = hidden(denied);
        Ok(table)
    }

    /// The engine, the commands that name it and started it (`sudo engine run`), and what it
    /// started: a pattern would find its own words there. A daemon that started us, such as `sshd`,
    /// is not ourselves.
    pub fn ourselves(&self) -> BTreeSet<i32> {
        self.around(i32::try_from(std::process::id()).unwrap_or_default())
    }

    fn around(&self, own: i32) -> BTreeSet<i32> {
        let Some(engine) = self.rows.get(&own) else { return BTreeSet::from([own]) };
        let called = engine.arguments.first().and_then(|path| path.rsplit('/').next()).unwrap_or(&engine.name);
        let started_us = self.parents(engine).filter(|row| row.command().contains(called));
        // an orphan becomes the child of process 1, whoever started it
        let started = self.rows.values().filter(|row| own != 1 && self.parents(row).any(|parent| parent.pid == own));
        started_us.chain(started).map(|row| row.pid).chain([own]).collect()
    }

    /// What started a process, and what started that. Bounded, since a table that is not of one
    /// moment may hold a circle.
    fn parents<'t>(&'t self, row: &Row) -> impl Iterator<Item = &'t Row> {
        let parent = |row: &&'t Row| self.rows.get(&row.parent);
        std::iter::successors(self.rows.get(&row.parent), parent).take(self.rows.len())
    }
}

impl Row {
    /// Whether it is called so: by the kernel, or by the last part of its first argument.
    pub fn is_called(&self, name: &str) -> bool {
        let first = self.arguments.first().map(|argument| argument.strip_prefix('-').unwrap_or(argument));
        self.name == name || first.and_then(|first| first.rsplit('/').next()) == Some(name)
    }

    /// The command line as `ps` shows it.
    pub fn command(&self) -> String {
        if self.arguments.is_empty() { format!("[{}]", self.name) } else { self.arguments.join(" ") }
    }

    /// Ended, and only waiting for its parent to notice.
    pub fn is_dead(&self) -> bool {
        matches!(self.state, 'Z' | 'X' | 'x')
    }
}

/// Time since boot by the clock that `/proc/PID/stat` counts in.
fn since_boot() -> Duration {
    let time = clock_gettime(ClockId::Boottime);
    Duration::new(u64::try_from(time.tv_sec).unwrap_or_default(), u32::try_from(time.tv_nsec).unwrap_or_default())
}

fn read_row(pid: i32) -> io::Result<Option<Row>> {
    let mut stat = Vec::new();
    File::open(format!("/proc/{pid}/stat"))?.take(4096).read_to_end(&mut stat)?;
    let mut command = Vec::new();
    File::open(format!("/proc/{pid}/cmdline"))?.take(COMMAND_LIMIT).read_to_end(&mut command)?;
    Ok(parse_stat(&String::from_utf8_lossy(&stat)).map(|row| Row { arguments: parse_arguments(&command), ..row }))
}

/// The name stands in brackets and may hold brackets and spaces itself.
fn parse_stat(stat: &str) -> Option<Row> {
    let (start, rest) = stat.trim_end().rsplit_once(") ")?;
    let (pid, name) = start.split_once(" (")?;
    let fields: Vec<&str> = rest.split(' ').collect();
    // proc_pid_stat(5) counts from one, and the state is its third field
    let number = |field: usize| fields.get(field - 3)?.parse::<u64>().ok();
    Some(Row {
        pid: pid.parse().ok()?,
        parent: fields.get(1)?.parse().ok()?,
        name: name.into(),
        state: fields.first()?.chars().next()?,
        cpu_ticks: number(14)?.saturating_add(number(15)?),
        threads: number(20)?,
        start_ticks: number(22)?,
        resident_pages: number(24)?,
        arguments: Vec::new(),
    })
}

/// Arguments end with NUL; a program that overwrites its command line may leave out some.
fn parse_arguments(command: &[u8]) -> Vec<String> {
    let text = String::from_utf8_lossy(command);
    let text = text.trim_end_matches('\0');
    if text.is_empty() { Vec::new() } else { text.split('\0').map(str::to_string).collect() }
}

/// `Uid:` gives the real, effective, saved and file system user.
fn effective_user(status: &str) -> Option<u32> {
    status.lines().find_map(|line| line.strip_prefix("Uid:"))?.split_whitespace().nth(1)?.parse().ok()
}

fn hidden(denied: usize) -> Option<String> {
    if denied > 0 {
        return Some(format!("{denied} of the processes may not be seen (permission denied); run as root"));
    }
    let groups = rustix::process::getgroups().unwrap_or_default();
    let groups: Vec<u32> =
        groups.into_iter().chain([rustix::process::getegid()]).map(rustix::process::Gid::as_raw).collect();
    let mounts = std::fs::read_to_string("/proc/self/mounts").unwrap_or_default();
    hides(&mounts, rustix::process::geteuid().is_root(), &groups)
}

/// `/proc` may be mounted so that only root and one group see other users' processes (proc(5), `hidepid`).
fn hides(mounts: &str, root: bool, groups: &[u32]) -> Option<String> {
    let proc = mounts.lines().rfind(|line| line.split(' ').nth(1) == Some("/proc"))?;
    let option = |name: &str| proc.split([' ', ',']).find_map(|word| word.strip_prefix(name));
    let hidepid = option("hidepid=").filter(|value| !matches!(*value, "0" | "off"))?;
    let member = option("gid=").and_then(|group| group.parse().ok()).is_some_and(|group| groups.contains(&group));
    let why = || format!("/proc hides the processes of other users (mounted with hidepid={hidepid}); run as root");
    (!root && !member).then(why)
}

#[cfg(test)]
mod tests {
    use super::*;

    // Linux 6.1, Debian 12; Linux 4.18, RHEL 8 with a hostile name
    const DEBIAN: &str = "612 (sshd) S 1 612 612 0 -1 4194560 1180 40 5 0 12 7 0 0 20 0 1 0 1503 15839232 2304 18446744073709551615 1 1 0 0 0 0 0 4096 81925 0 0 0 17 1 0 0 0 0 0 0 0 0 0 0 0 0 0\n";
    const HOSTILE: &str = "77 (a) S 1 (b) R 612 77 612 0 -1 4194560 1180 40 5 0 1 2 0 0 20 0 9 0 99 15839232 11 18446744073709551615 1 1\n";

    #[test]
    fn stat_is_read_whatever_the_name_is() {
        let row = parse_stat(DEBIAN).unwrap();
        assert_eq!((row.pid, row.parent, row.name.as_str(), row.state), (612, 1, "sshd", 'S'));
        assert_eq!((row.cpu_ticks, row.threads, row.start_ticks, row.resident_pages), (19, 1, 1503, 2304));
        let row = parse_stat(HOSTILE).unwrap();
        assert_eq!((row.name.as_str(), row.parent, row.threads), ("a) S 1 (b", 612, 9));
        assert_eq!(parse_stat("612 (sshd"), None);
        assert_eq!(parse_stat(""), None);
    }

    #[test]
    fn names_come_from_the_kernel_and_the_first_argument() {
        let row = |command: &[u8]| Row { arguments: parse_arguments(command), ..parse_stat(DEBIAN).unwrap() };
        assert!(row(b"sshd: /usr/sbin/sshd -D [listener]\0").is_called("sshd"));
        assert!(row(b"/opt/a-rather-long-name-of-a-daemon\0--x\0").is_called("a-rather-long-name-of-a-daemon"));
        assert!(row(b"-bash\0").is_called("bash"));
        assert!(!row(b"/usr/bin/vim\0sshd_config\0").is_called("sshd_config"));
        assert_eq!(row(b"").command(), "[sshd]");
        assert_eq!(row(b"a\0\0b\0\0").command(), "a  b");
    }

    #[test]
    fn a_hiding_proc_is_noticed() {
        let mounts = "proc /proc proc rw,nosuid,hidepid=invisible,gid=4 0 0\n";
        assert!(hides(mounts, false, &[1000]).unwrap().contains("hidepid=invisible"));
        assert_eq!(hides(mounts, true, &[]), None);
        assert_eq!(hides(mounts, false, &[4]), None);
        assert_eq!(hides("proc /proc proc rw,hidepid=0 0 0\n", false, &[]), None);
        assert_eq!(hides("proc /proc proc rw,relatime 0 0\n", false, &[]), None);
    }

    #[test]
    fn the_effective_user_counts() {
        assert_eq!(effective_user("Name:\tnginx\nUid:\t0\t33\t0\t33\n"), Some(33));
        assert_eq!(effective_user("Name:\tx\n"), None);
    }

    #[test]
    fn what_started_us_and_what_we_started_is_ourselves() {
        let mut table = Table::default();
        for (pid, parent, command) in [
            (1, 0, "/sbin/init"),
            (612, 1, "/usr/sbin/sshd -D"),
            (700, 612, "-bash"),
            (701, 700, "sudo engine run --tag nginx"),
            (702, 701, "/usr/bin/engine run --tag nginx"),
            (703, 702, "sh -c pgrep nginx"),
            (704, 703, "pgrep nginx"),
            (800, 1, "nginx: master process"),
        ] {
            let arguments = command.split(' ').map(str::to_string).collect();
            table.rows.insert(pid, Row { pid, parent, arguments, ..parse_stat(DEBIAN).unwrap() });
        }
        assert_eq!(table.around(702), BTreeSet::from([701, 702, 703, 704]));
        assert_eq!(table.around(1), BTreeSet::from([1]), "process 1 adopts orphans");
        table.rows.get_mut(&1).unwrap().parent = 704;
        assert!(table.around(702).contains(&702), "a circle ends");
    }
}

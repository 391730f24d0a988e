//! One resource limit of a process, from `/proc/PID/limits` (proc_pid_limits(5), getrlimit(2)).
//!
//! Deliberately absent: limits of control groups, and what `/etc/security/limits.conf` gives to the
//! next login.

use super::{Context, Pace, Probe, Seen, small_file};
use crate::fact::{Bytes, Fact};
use crate::{choice, described, facts};
use std::io;

choice! {
    /// A limited resource.
    pub enum Name {
        /// Processor time, in seconds (`RLIMIT_CPU`).
        CpuTime = "cpu_time",
        /// Size of a file that is written, in bytes (`RLIMIT_FSIZE`).
        FileSize = "file_size",
        /// Size of the data segment, in bytes (`RLIMIT_DATA`).
        DataSize = "data_size",
        /// Size of the stack, in bytes (`RLIMIT_STACK`).
        Stack = "stack",
        /// Size of a core file, in bytes (`RLIMIT_CORE`).
        CoreSize = "core_size",
        /// Resident memory, in bytes; Linux ignores it (`RLIMIT_RSS`).
        ResidentSet = "resident_set",
        /// Processes and threads of the user (`RLIMIT_NPROC`).
        Processes = "processes",
        /// Open files (`RLIMIT_NOFILE`).
        OpenFiles = "open_files",
        /// Memory that may be locked, in bytes (`RLIMIT_MEMLOCK`).
        LockedMemory = "locked_memory",
        /// Size of the address space, in bytes (`RLIMIT_AS`).
        AddressSpace = "address_space",
        /// File locks; Linux ignores it (`RLIMIT_LOCKS`).
        FileLocks = "file_locks",
        /// Signals that wait for the user (`RLIMIT_SIGPENDING`).
        PendingSignals = "pending_signals",
        /// Bytes in the user's POSIX message queues (`RLIMIT_MSGQUEUE`).
        MessageQueues = "message_queues",
        /// Ceiling of the nice value, as 20 minus it (`RLIMIT_NICE`).
        NicePriority = "nice_priority",
        /// Ceiling of the real-time priority (`RLIMIT_RTPRIO`).
        RealtimePriority = "realtime_priority",
        /// Processor time without a pause under real-time scheduling, in microseconds (`RLIMIT_RTTIME`).
        RealtimeTimeout = "realtime_timeout",
    }
}

described! {
    /// Looks at one resource limit of a process, by default of the engine itself: what it runs inherits them.
    #[derive(PartialEq, Eq, Hash)]
    pub struct Target (short: name) {
        /// The limited resource, e.g. `open_files`.
        name: Name,
        /// The process: its number, or its name as in `/proc/PID/comm`, e.g. `nginx`. Of several with that name the
        /// one that was started first is taken. Default: the engine itself.
        process: Option<String>,
    }
}

facts! {
    pub struct Facts {
        /// What holds now, as a number: a count, or seconds or microseconds where the resource is a time. No limit
        /// counts as 2^64-1. Absent for sizes: see `soft_size`.
        soft: u64,
        /// How far the process itself may raise the soft limit. As `soft`.
        hard: u64,
        /// What holds now, for resources in bytes. No limit counts as 2^64-1 bytes. Absent for counts: see `soft`.
        soft_size: Bytes,
        /// How far the process itself may raise the soft limit, for resources in bytes. As `soft_size`.
        hard_size: Bytes,
        /// Whether the soft limit is no limit at all.
        soft_unlimited: bool,
        /// Whether the hard limit is no limit at all.
        hard_unlimited: bool,
        /// The number of the process that was looked at.
        pid: u32,
    }
}

pub struct Limit;

impl Probe for Limit {
    const NAME: &'static str = "limit";
    const PACE: Pace = Pace::Quick;
    const DEFAULT: &'static str = "expect: { present: true }";
    const EXAMPLE: &'static str = "id: files-can-be-opened\nlimit: open_files\nexpect: { soft: { ge: 64 } }";
    const EVIDENCE: &'static [&'static str] =
        &["soft", "soft_size", "soft_unlimited", "hard", "hard_size", "hard_unlimited", "pid"];
    type Target = Target;
    type Facts = Facts;

    fn subject(target: &Target) -> String {
        match &target.process {
            Some(process) => format!("{} of {process}", target.name.word()),
            None => target.name.word().into(),
        }
    }

    fn check(target: &Target) -> Result<(), String> {
        match target.process.as_deref() {
            Some(name) if name.is_empty() || name.contains(['/', '\0']) => {
                Err(format!("`{name}` is neither the number nor the name of a process; write one like `nginx`"))
            }
            _ => Ok(()),
        }
    }

    fn observe(target: &Target, _: &Wanted, _: &Context) -> Seen<Facts> {
        let pid = match target.process.as_deref().map(find) {
            None => std::process::id(),
            Some(Ok(Some(pid))) => pid,
            Some(Ok(None)) => return absent(target),
            Some(Err(error)) => return small_file::missed("/proc", &error),
        };
        let path = format!("/proc/{pid}/limits");
        match small_file::read(&path) {
            Ok(text) => match parse(&text, target.name) {
                Some((soft, hard)) => Seen::Present(facts(target.name, soft, hard, pid)),
                None => Seen::Unsupported(format!("this kernel has no limit {}", target.name.word())),
            },
            Err(error) if target.process.is_some() && ended(&error) => absent(target),
            Err(error) => small_file::missed(&path, &error),
        }
    }
}

fn absent(target: &Target) -> Seen<Facts> {
    Seen::Absent(format!("there is no process {}", target.process.as_deref().unwrap_or_default()))
}

/// A process that ends while it is looked at answers ESRCH.
fn ended(error: &io::Error) -> bool {
    error.kind() == io::ErrorKind::NotFound || error.raw_os_error() == Some(libc::ESRCH)
}

impl Name {
    /// How the kernel spells it.
    fn title(self) -> &'static str {
        match self {
            Name::CpuTime => "Max cpu time",
            Name::FileSize => "Max file size",
            Name::DataSize => "Max data size",
            Name::Stack => "Max stack size",
            Name::CoreSize => "Max core file size",
            Name::ResidentSet => "Max resident set",
            Name::Processes => "Max processes",
            Name::OpenFiles => "Max open files",
            Name::LockedMemory => "Max locked memory",
            Name::AddressSpace => "Max address space",
            Name::FileLocks => "Max file locks",
            Name::PendingSignals => "Max pending signals",
            Name::MessageQueues => "Max msgqueue size",
            Name::NicePriority => "Max nice priority",
            Name::RealtimePriority => "Max realtime priority",
            Name::RealtimeTimeout => "Max realtime timeout",
        }
    }

    fn in_bytes(self) -> bool {
        use Name::*;
        matches!(
            self,
            FileSize | DataSize | Stack | CoreSize | ResidentSet | LockedMemory | AddressSpace | MessageQueues
        )
    }
}

/// Soft and hard limit; no limit is `RLIM_INFINITY`, 2^64-1.
fn parse(text: &str, name: Name) -> Option<(u64, u64)> {
    let mut columns =
        text.lines().find_map(|line| line.strip_prefix(name.title())?.strip_prefix(' '))?.split_whitespace();
    let mut number = || match columns.next()? {
        "unlimited" => Some(u64::MAX),
        number => number.parse().ok(),
    };
    Some((number()?, number()?))
}

fn facts(name: Name, soft: u64, hard: u64, pid: u32) -> Facts {
    let count = |limit: u64| Fact::from((!name.in_bytes()).then_some(limit));
    let size = |limit: u64| Fact::from(name.in_bytes().then_some(Bytes(limit)));
    Facts {
        soft: count(soft),
        hard: count(hard),
        soft_size: size(soft),
        hard_size: size(hard),
        soft_unlimited: (soft == u64::MAX).into(),
        hard_unlimited: (hard == u64::MAX).into(),
        pid: pid.into(),
    }
}

/// The process of a number or name.
fn find(process: &str) -> io::Result<Option<u32>> {
    if let Ok(pid) = process.parse() {
        return Ok(Some(pid));
    }
    // the kernel keeps 15 bytes of a name
    let name = process.get(..15).unwrap_or(process);
    let pids =
        std::fs::read_dir("/proc")?.flatten().filter_map(|entry| entry.file_name().to_str()?.parse::<u32>().ok());
    let named = pids.filter(|pid| small_file::clue(format!("/proc/{pid}/comm")).is_some_and(|comm| comm == name));
    Ok(named
        .filter_map(|pid| Some((started(&small_file::read(format!("/proc/{pid}/stat")).ok()?)?, pid)))
        .min()
        .map(|(_, pid)| pid))
}

/// The 22nd column of `/proc/PID/stat`, in ticks since the start of the system. The second is a name in brackets
/// that may contain anything.
fn started(stat: &str) -> Option<u64> {
    stat.rsplit_once(')')?.1.split_whitespace().nth(19)?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fact::{FactType, Value, WantedBits};
    use crate::judge::evaluate::compare;
    use std::cmp::Ordering;
    use std::time::Duration;

    const DEBIAN: &str = "Limit                     Soft Limit           Hard Limit           Units     \nMax cpu time              unlimited            unlimited            seconds   \nMax stack size            8388608              unlimited            bytes     \nMax core file size        0                    unlimited            bytes     \nMax processes             96365                96365                processes \nMax open files            1024                 1048576              files     \nMax nice priority         0                    0                    \nMax realtime timeout      unlimited            unlimited            us        \n";

    fn look(name: Name, process: Option<&str>) -> Seen<Facts> {
        let target = Target { name, process: process.map(str::to_string) };
        Limit::observe(&target, &WantedBits::ALL.into(), &Context::lasting(Duration::from_secs(5)))
    }

    #[test]
    fn limits_are_read() {
        assert_eq!(parse(DEBIAN, Name::OpenFiles), Some((1024, 1_048_576)));
        assert_eq!(parse(DEBIAN, Name::NicePriority), Some((0, 0)));
        assert_eq!(parse(DEBIAN, Name::CpuTime), Some((u64::MAX, u64::MAX)));
        assert_eq!(parse(DEBIAN, Name::FileLocks), None);
        assert_eq!(parse("Max open files", Name::OpenFiles), None);
    }

    #[test]
    fn sizes_and_counts_keep_their_units() {
        let stack = facts(Name::Stack, 8 << 20, u64::MAX, 1);
        assert_eq!((stack.soft_size, stack.soft), (Fact::Known(Bytes(8 << 20)), Fact::Absent));
        assert_eq!((stack.soft_unlimited, stack.hard_unlimited), (Fact::Known(false), Fact::Known(true)));
        let files = facts(Name::OpenFiles, 1024, 4096, 1);
        assert_eq!((files.soft, files.soft_size), (Fact::Known(1024), Fact::Absent));
    }

    #[test]
    fn no_limit_is_more_than_any() {
        let unlimited = u64::MAX.into_value();
        assert_eq!(compare(&unlimited, &Value::Integer(i64::MAX)), Some(Ordering::Greater));
    }

    #[test]
    fn every_limit_of_this_kernel_is_known() {
        for name in Name::ALL {
            assert!(matches!(look(*name, None), Seen::Present(_)), "{}", name.word());
        }
    }

    #[test]
    fn processes_are_found_by_number_and_name() {
        let own = std::process::id();
        let comm = small_file::clue("/proc/self/comm").unwrap();
        for process in [own.to_string(), comm] {
            let seen = look(Name::OpenFiles, Some(&process));
            assert!(matches!(seen, Seen::Present(_)), "{process}: {seen:?}");
        }
        assert!(matches!(look(Name::OpenFiles, Some("no-such-program")), Seen::Absent(_)));
        assert!(matches!(look(Name::OpenFiles, Some("4194305")), Seen::Absent(_)));
    }

    #[test]
    fn names_with_brackets_do_not_shift_the_columns() {
        let stat = "7 (a) b (c) S 1 7 7 0 -1 4194560 1 2 3 4 5 6 7 8 20 0 1 0 4242 1000 2\n";
        assert_eq!(started(stat), Some(4242));
        assert_eq!(started("7 (a"), None);
    }
}

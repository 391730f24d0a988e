//! Processors and load, from `/proc/stat`, `/proc/loadavg` and `/proc/cpuinfo` (proc(5)).
//!
//! Deliberately absent: frequencies and temperatures, which every machine tells differently.

use super::os::file_fact;
use super::{Context, Pace, Probe, Seen, small_file};
use crate::fact::{Fact, Percent};
use crate::{described, facts};
use std::time::Duration;

described! {
    /// Looks at the processors and how busy they are. It takes no keys: write `cpu: {}`.
    #[derive(PartialEq, Eq, Hash)]
    pub struct Target {}
}

facts! {
    pub struct Facts {
        /// Number of processors that are online (`/proc/stat`). In a container these are the host's.
        count: usize,
        /// Number of processors that we may use: the affinity (sched(7)) and the quota of our control group
        /// (cgroups(7)) are counted in.
        available: usize,
        /// Name of the first processor, e.g. `Intel(R) Xeon(R) Processor` (`/proc/cpuinfo`). Absent where the kernel
        /// gives none, as on most ARM servers.
        model: String,
        /// What programs are built for here, e.g. `x86_64`, `aarch64` (`machine` of uname(2)).
        architecture: String,
        /// What the first processor can do, e.g. `avx2`, `aes` (`flags` or `Features` of `/proc/cpuinfo`).
        flags: Vec<String>,
        /// Processes that ran or waited to run, on average over one minute (`/proc/loadavg`).
        load_1: f64,
        /// As `load_1`, over five minutes.
        load_5: f64,
        /// As `load_1`, over fifteen minutes.
        load_15: f64,
        /// `load_1` divided by `count`: above 1, processes waited.
        load_1_per_cpu: f64,
        /// `load_5` divided by `count`.
        load_5_per_cpu: f64,
        /// `load_15` divided by `count`.
        load_15_per_cpu: f64,
        /// Share of the processors' time that was spent working during 200 ms, in percent; waiting for disks is not
        /// work. Only looked at if it is asked for.
        used: Percent,
    }
}

pub struct Cpu;

const STAT: &str = "/proc/stat";
/// How long `used` is measured.
const SAMPLE: Duration = Duration::from_millis(200);

impl Probe for Cpu {
    const NAME: &'static str = "cpu";
    // measuring `used` takes a while
    const PACE: Pace = Pace::Waits;
    const DEFAULT: &'static str = "expect: { load_15_per_cpu: { lt: 1.0 } }";
    const EXAMPLE: &'static str = "id: has-a-processor\ncpu: {}\nexpect:\n  count: { ge: 1 }\n  load_1: { ge: 0 }";
    const EVIDENCE: &'static [&'static str] = &["count", "load_1", "load_5", "load_15", "used"];
    type Target = Target;
    type Facts = Facts;

    fn subject(_: &Target) -> String {
        "processors".into()
    }

    fn observe(_: &Target, wanted: &Wanted, context: &Context) -> Seen<Facts> {
        let stat = match small_file::read(STAT) {
            Ok(text) => text,
            Err(error) => return small_file::missed(STAT, &error),
        };
        let count = count(&stat);
        let info = small_file::read("/proc/cpuinfo").unwrap_or_default();
        let load = |place: usize| file_fact("/proc/loadavg", |text| load(text, place));
        let per_cpu = |place: usize| load(place).map(|load| load / count.max(1) as f64);
        Seen::Present(Facts {
            count: count.into(),
            available: std::thread::available_parallelism().map(usize::from).map_err(|error| error.to_string()).into(),
            model: model(&info).into(),
            architecture: rustix::system::uname().machine().to_string_lossy().into_owned().into(),
            flags: flags(&info).into(),
            load_1: load(0),
            load_5: load(1),
            load_15: load(2),
            load_1_per_cpu: per_cpu(0),
            load_5_per_cpu: per_cpu(1),
            load_15_per_cpu: per_cpu(2),
            used: if wanted.used { used(&stat, context).into() } else { Fact::NotWanted },
        })
    }
}

/// The lines `cpu0`, `cpu1` …; processors that are switched off have none.
fn count(stat: &str) -> usize {
    let number =
        |line: &&str| line.strip_prefix("cpu").is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_digit()));
    stat.lines().filter(number).count()
}

fn load(text: &str, place: usize) -> Option<f64> {
    text.split_whitespace().nth(place)?.parse().ok()
}

/// Architectures name it differently; the names are tried in the order of their precision.
fn model(info: &str) -> Option<String> {
    ["model name", "Model Name", "cpu model", "cpu", "Model"].iter().find_map(|name| field(info, name))
}

fn flags(info: &str) -> Option<Vec<String>> {
    let all = ["flags", "Features", "features"].iter().find_map(|name| field(info, name))?;
    Some(all.split_whitespace().map(str::to_string).collect())
}

/// The first field of this name in `/proc/cpuinfo`.
fn field(info: &str, name: &str) -> Option<String> {
    info.lines().find_map(|line| {
        let (key, value) = line.split_once(':')?;
        (key.trim() == name && !value.trim().is_empty()).then(|| value.trim().to_string())
    })
}

/// Time since the start, in ticks.
#[derive(Clone, Copy)]
struct Ticks {
    all: u64,
    idle: u64,
}

/// The line `cpu`: user, nice, system, idle, iowait, irq, softirq, steal; guests are counted in user already.
fn ticks(stat: &str) -> Option<Ticks> {
    let line = stat.lines().find_map(|line| line.strip_prefix("cpu "))?;
    let columns: Vec<u64> = line.split_whitespace().take(8).map(|column| column.parse().ok()).collect::<Option<_>>()?;
    let idle = columns.get(3)?.saturating_add(columns.get(4).copied().unwrap_or(0));
    Some(Ticks { all: columns.iter().fold(0, |sum: u64, column| sum.saturating_add(*column)), idle })
}

fn used(before: &str, context: &Context) -> Result<Percent, String> {
    std::thread::sleep(SAMPLE.min(context.remaining() / 2));
    let after = small_file::read(STAT).map_err(|error| small_file::why(STAT, &error))?;
    let (before, after) = ticks(before).zip(ticks(&after)).ok_or_else(|| format!("{STAT} has no line `cpu`"))?;
    share(before, after).ok_or_else(|| "no time passed while it was measured".into())
}

/// Counters of waiting may run backwards (proc(5)); the answer stays within 0 % and 100 %.
fn share(before: Ticks, after: Ticks) -> Option<Percent> {
    let all = after.all.checked_sub(before.all).filter(|all| *all > 0)? as f64;
    let idle = after.idle.saturating_sub(before.idle) as f64;
    Some(Percent((100.0 * (1.0 - idle / all)).clamp(0.0, 100.0)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fact::WantedBits;

    const X86: &str = "processor\t: 0\nvendor_id\t: GenuineIntel\ncpu family\t: 6\nmodel\t\t: 167\nmodel name\t: Intel(R) Xeon(R) Processor\nflags\t\t: fpu vme aes avx2\n\nprocessor\t: 1\nmodel name\t: other\n";
    const ARM_SERVER: &str =
        "processor\t: 0\nBogoMIPS\t: 243.75\nFeatures\t: fp asimd aes\nCPU implementer\t: 0x41\nCPU part\t: 0xd0c\n";
    const POWER: &str = "processor\t: 0\ncpu\t\t: POWER9, altivec supported\nclock\t\t: 2166.000000MHz\n";
    const STAT_6: &str =
        "cpu  100 0 50 800 50 0 0 0 30 0\ncpu0 50 0 25 400 25 0 0 0 15 0\ncpu3 50 0 25 400 25 0 0 0 15 0\nintr 1\n";
    const STAT_OLD: &str = "cpu  100 0 50 850\ncpu0 100 0 50 850\n";

    #[test]
    fn processors_are_named_by_architecture() {
        assert_eq!(model(X86).as_deref(), Some("Intel(R) Xeon(R) Processor"));
        assert_eq!(model(ARM_SERVER), None);
        assert_eq!(model(POWER).as_deref(), Some("POWER9, altivec supported"));
        assert_eq!(flags(X86).unwrap(), ["fpu", "vme", "aes", "avx2"]);
        assert_eq!(flags(ARM_SERVER).unwrap(), ["fp", "asimd", "aes"]);
        assert_eq!(flags(POWER), None);
    }

    #[test]
    fn processors_that_are_online_are_counted() {
        assert_eq!((count(STAT_6), count(STAT_OLD), count("")), (2, 1, 0));
    }

    #[test]
    fn waiting_for_disks_is_not_work() {
        let (before, after) = (ticks(STAT_6).unwrap(), ticks("cpu  120 0 55 860 65 0 0 0 30 0").unwrap());
        assert_eq!(share(before, after), Some(Percent(25.0)));
        assert_eq!(share(before, before), None);
        let backwards = Ticks { all: before.all + 10, idle: before.idle - 5 };
        assert_eq!(share(before, backwards), Some(Percent(100.0)));
        assert_eq!(ticks(STAT_OLD).map(|ticks| (ticks.all, ticks.idle)), Some((1000, 850)));
        assert!(ticks("cpu  1 2").is_none() && ticks("cpu  1 x 3 4").is_none());
    }

    #[test]
    fn load_is_read() {
        let text = "1.40 1.05 0.38 2/95 18672\n";
        assert_eq!((load(text, 0), load(text, 2), load("", 0)), (Some(1.4), Some(0.38), None));
    }

    #[test]
    fn this_machine_is_seen() {
        let Seen::Present(facts) =
            Cpu::observe(&Target {}, &WantedBits::ALL.into(), &Context::lasting(Duration::from_secs(5)))
        else {
            panic!("/proc/stat is always there");
        };
        assert!(facts.count.known().is_some_and(|count| *count > 0));
        assert!(facts.load_5_per_cpu.known().is_some_and(|load| *load >= 0.0));
        assert!(matches!(facts.used, Fact::Known(_)));
    }
}

//! Main memory and swap from `/proc/meminfo` (proc_meminfo(5)), and the limit of our control group.
//!
//! Deliberately absent: what single processes take (the `process` probe's) and memory pressure.

mod cgroup;

use super::disk::share;
use super::{Context, Pace, Probe, Seen, small_file};
use crate::fact::{Bytes, Fact, Percent};
use crate::{described, facts};
use cgroup::Limit;

described! {
    /// Looks at main memory and swap. It takes no keys: write `memory: {}`.
    #[derive(PartialEq, Eq, Hash)]
    pub struct Target {}
}

facts! {
    pub struct Facts {
        /// Usable main memory, in bytes (`MemTotal`). In a container this is the host's; see `limit`.
        total: Bytes,
        /// Bytes that programs can still take without swapping, caches given back (`MemAvailable`). Absent before
        /// Linux 3.14.
        available: Bytes,
        /// Bytes that nothing uses, not even as a cache (`MemFree`). Little of it is normal: see `available`.
        free: Bytes,
        /// Share of `total` that is not `available`, in percent.
        used: Percent,
        /// Size of all swap, in bytes (`SwapTotal`); 0 if there is none.
        swap_total: Bytes,
        /// Unused swap, in bytes (`SwapFree`).
        swap_free: Bytes,
        /// Share of the swap that is used, in percent; 0 % if there is none.
        swap_used: Percent,
        /// Number of huge pages in the pool (`HugePages_Total`). Absent where the kernel has none.
        hugepages_total: u64,
        /// Number of huge pages in the pool that are not allocated yet (`HugePages_Free`).
        hugepages_free: u64,
        /// Size of a huge page, in bytes (`Hugepagesize`).
        hugepage_size: Bytes,
        /// What our control group may use at most, in bytes, the limits of the groups above it included
        /// (`memory.max` of cgroups v2, `memory.limit_in_bytes` of v1). Absent if nothing limits it.
        limit: Bytes,
        /// Share of `limit` that is used, in percent, files that were not touched for long (`inactive_file`) not
        /// counted. Absent like `limit`.
        limit_used: Percent,
    }
}

pub struct Memory;

const TABLE: &str = "/proc/meminfo";

impl Probe for Memory {
    const NAME: &'static str = "memory";
    const PACE: Pace = Pace::Quick;
    const DEFAULT: &'static str = "expect: { used: { lt: 90% } }";
    const EXAMPLE: &'static str =
        "id: memory-is-enough\nmemory: {}\nexpect:\n  total: { ge: 64MiB }\n  used: { le: 100% }";
    const EVIDENCE: &'static [&'static str] = &["total", "available", "used", "swap_used", "limit_used"];
    type Target = Target;
    type Facts = Facts;

    fn subject(_: &Target) -> String {
        "memory".into()
    }

    fn observe(_: &Target, wanted: &Wanted, _: &Context) -> Seen<Facts> {
        let text = match small_file::read(TABLE) {
            Ok(text) => text,
            Err(error) => return small_file::missed(TABLE, &error),
        };
        let Some(facts) = parse(&text) else { return Seen::Refused(format!("{TABLE} does not say `MemTotal`")) };
        if !wanted.limit && !wanted.limit_used {
            return Seen::Present(facts);
        }
        let limit = cgroup::limit();
        Seen::Present(Facts {
            limit: of_limit(&limit, |limit| Some(Bytes(limit.bytes))),
            limit_used: of_limit(&limit, Limit::used),
            ..facts
        })
    }
}

fn of_limit<T>(limit: &Result<Option<Limit>, String>, part: impl Fn(&Limit) -> Option<T>) -> Fact<T> {
    match limit {
        Ok(limit) => limit.as_ref().and_then(part).into(),
        Err(why) => Fact::Unknown(why.clone()),
    }
}

/// `None` if not even the total is there.
fn parse(text: &str) -> Option<Facts> {
    let number = |name: &str| -> Option<u64> {
        let value = text.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(':'))?;
        value.split_whitespace().next()?.parse().ok()
    };
    // the file says kB and means KiB
    let bytes = |name: &str| number(name).map(|kibibytes| Bytes(kibibytes.saturating_mul(1024)));
    let total = bytes("MemTotal")?;
    let (available, swap_total, swap_free) = (bytes("MemAvailable"), bytes("SwapTotal"), bytes("SwapFree"));
    let swap_used = swap_total
        .zip(swap_free)
        .map(|(total, free)| share(total.0.saturating_sub(free.0), free.0).unwrap_or(Percent(0.0)));
    Some(Facts {
        total: total.into(),
        available: available.into(),
        free: bytes("MemFree").into(),
        used: available.and_then(|available| share(total.0.saturating_sub(available.0), available.0)).into(),
        swap_total: swap_total.into(),
        swap_free: swap_free.into(),
        swap_used: swap_used.into(),
        hugepages_total: number("HugePages_Total").into(),
        hugepages_free: number("HugePages_Free").into(),
        hugepage_size: bytes("Hugepagesize").into(),
        limit: Fact::NotWanted,
        limit_used: Fact::NotWanted,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fact::WantedBits;
    use std::time::Duration;

    const DEBIAN: &str = "MemTotal:        8000000 kB\nMemFree:          500000 kB\nMemAvailable:    2000000 kB\nBuffers:          200000 kB\nSwapCached:            0 kB\nSwapTotal:       1000000 kB\nSwapFree:         750000 kB\nHugePages_Total:      64\nHugePages_Free:       60\nHugePages_Rsvd:        0\nHugepagesize:       2048 kB\n";
    const RHEL_6: &str = "MemTotal:        1020128 kB\nMemFree:          100000 kB\nBuffers:           10000 kB\nSwapTotal:             0 kB\nSwapFree:              0 kB\n";

    #[test]
    fn shares_are_of_what_is_available() {
        let facts = parse(DEBIAN).unwrap();
        assert_eq!(facts.total, Fact::Known(Bytes(8_192_000_000)));
        assert_eq!(facts.free, Fact::Known(Bytes(512_000_000)));
        assert_eq!(facts.used, Fact::Known(Percent(75.0)));
        assert_eq!(facts.swap_used, Fact::Known(Percent(25.0)));
        assert_eq!(facts.hugepages_free, Fact::Known(60));
        assert_eq!(facts.hugepage_size, Fact::Known(Bytes(2 << 20)));
    }

    #[test]
    fn an_old_kernel_without_swap_says_less() {
        let facts = parse(RHEL_6).unwrap();
        assert_eq!((facts.available, facts.used), (Fact::Absent, Fact::Absent));
        assert_eq!(facts.swap_used, Fact::Known(Percent(0.0)));
        assert_eq!(facts.hugepages_total, Fact::Absent);
        assert!(parse("").is_none() && parse("MemTotal: x kB").is_none());
    }

    #[test]
    fn this_machine_is_seen() {
        let Seen::Present(facts) =
            Memory::observe(&Target {}, &WantedBits::ALL.into(), &Context::lasting(Duration::from_secs(5)))
        else {
            panic!("/proc/meminfo is always there");
        };
        assert!(facts.total.known().is_some_and(|total| total.0 > 1 << 20));
        assert!(facts.used.known().is_some_and(|used| (0.0..=100.0).contains(&used.0)));
        assert!(!matches!(facts.limit, Fact::NotWanted));
    }
}

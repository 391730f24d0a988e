//! One parameter of the running kernel, from `/proc/sys` (proc_sys(5), sysctl(8)).
//!
//! Deliberately absent: what `/etc/sysctl.d` will set at the next start (the `file` probe's).

use super::{Context, Pace, Probe, Seen, small_file};
use crate::{described, facts};
use std::io;
use std::path::{Component, Path, PathBuf};

described! {
    /// Looks at one parameter of the running kernel.
    #[derive(PartialEq, Eq, Hash)]
    pub struct Target (short: name) {
        /// Its name, e.g. `net.ipv4.ip_forward`. As in sysctl(8), the first separator decides which one separates:
        /// an interface called `eth0.100` is written `net.ipv4.conf.eth0/100.forwarding` or
        /// `net/ipv4/conf/eth0.100/forwarding`.
        name: String,
    }
}

facts! {
    pub struct Facts {
        /// Its value, without white space around it; tabs and several spaces within a line are one space:
        /// `4096 131072 6291456`.
        value: String,
        /// The value as a whole number. Absent if it is none.
        number: i64,
        /// The value as whole numbers, for parameters with several, e.g. `net.ipv4.tcp_rmem`. Absent if one of them
        /// is none.
        numbers: Vec<i64>,
    }
}

pub struct KernelParam;

const ROOT: &str = "/proc/sys";

impl Probe for KernelParam {
    const NAME: &'static str = "kernel_param";
    const PACE: Pace = Pace::Quick;
    const DEFAULT: &'static str = "expect: { present: true }";
    const EXAMPLE: &'static str =
        "id: addresses-are-random\nkernel_param: kernel.randomize_va_space\nexpect: { value: \"2\" }";
    const EVIDENCE: &'static [&'static str] = &["value"];
    type Target = Target;
    type Facts = Facts;

    fn subject(target: &Target) -> String {
        target.name.clone()
    }

    fn check(target: &Target) -> Result<(), String> {
        place(&target.name).map(|_| ())
    }

    fn observe(target: &Target, _: &Wanted, _: &Context) -> Seen<Facts> {
        if !Path::new(ROOT).is_dir() {
            return Seen::Unsupported(format!("this machine has no {ROOT}"));
        }
        let read = place(&target.name).map_err(|why| io::Error::new(io::ErrorKind::InvalidInput, why));
        match read.and_then(|place| small_file::read(Path::new(ROOT).join(place))) {
            Ok(text) => Seen::Present(facts(&text)),
            Err(error) => missed(&target.name, &error),
        }
    }
}

/// The path below `/proc/sys`.
fn place(name: &str) -> Result<PathBuf, String> {
    let swap = |c: char| match c {
        '.' => '/',
        '/' => '.',
        other => other,
    };
    let path: String = match name.find(['.', '/']) {
        Some(first) if name[first..].starts_with('.') => name.chars().map(swap).collect(),
        _ => name.to_string(),
    };
    let parts_are_names = !path.is_empty() && path.split('/').all(|part| !["", ".", ".."].contains(&part));
    let path = PathBuf::from(path);
    if parts_are_names && path.components().all(|part| matches!(part, Component::Normal(_))) && !name.contains('\0') {
        return Ok(path);
    }
    Err(format!("`{name}` is not the name of a kernel parameter; write one like `net.ipv4.ip_forward`"))
}

fn missed(name: &str, error: &io::Error) -> Seen<Facts> {
    match error.kind() {
        io::ErrorKind::NotFound | io::ErrorKind::NotADirectory => {
            Seen::Absent(format!("the running kernel has no parameter {name}; its module may not be loaded"))
        }
        io::ErrorKind::IsADirectory => Seen::Refused(format!("{name} is a group of parameters; name one of them")),
        _ => Seen::Refused(small_file::why(name, error)),
    }
}

fn facts(text: &str) -> Facts {
    let lines: Vec<String> =
        text.trim().lines().map(|line| line.split_whitespace().collect::<Vec<_>>().join(" ")).collect();
    let value = lines.join("\n");
    let numbers: Option<Vec<i64>> = value.split_whitespace().map(|word| word.parse().ok()).collect();
    Facts {
        number: value.parse::<i64>().ok().into(),
        numbers: numbers.filter(|numbers| !numbers.is_empty()).into(),
        value: value.into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fact::{Fact, WantedBits};
    use std::time::Duration;

    fn look(name: &str) -> Seen<Facts> {
        let context = Context::lasting(Duration::from_secs(5));
        KernelParam::observe(&Target { name: name.into() }, &WantedBits::ALL.into(), &context)
    }

    #[test]
    fn names_are_spelled_as_in_sysctl() {
        let cases = [
            ("net.ipv4.ip_forward", "net/ipv4/ip_forward"),
            ("net/ipv4/ip_forward", "net/ipv4/ip_forward"),
            ("net.ipv4.conf.eth0/100.forwarding", "net/ipv4/conf/eth0.100/forwarding"),
            ("net/ipv4/conf/eth0.100/forwarding", "net/ipv4/conf/eth0.100/forwarding"),
            ("net.bridge.bridge-nf-call-iptables", "net/bridge/bridge-nf-call-iptables"),
        ];
        for (name, path) in cases {
            assert_eq!(place(name), Ok(path.into()));
        }
        for name in ["", ".", "a..b", "/proc/sys/kernel/x", "../../etc/passwd", "a/../b", "a.//.b", "a.", "./a", "a\0b"]
        {
            assert!(place(name).is_err(), "{name}");
        }
    }

    #[test]
    fn values_are_read() {
        let one = facts("1\n");
        assert_eq!((one.value, one.number), (Fact::Known("1".into()), Fact::Known(1)));
        let several = facts("4096\t131072\t6291456\n");
        assert_eq!(several.value, Fact::Known("4096 131072 6291456".into()));
        assert_eq!((several.number, several.numbers), (Fact::Absent, Fact::Known(vec![4096, 131072, 6291456])));
        let text = facts("|/usr/share/apport/apport -p%p\n");
        assert_eq!((text.number, text.numbers), (Fact::Absent, Fact::Absent));
        assert_eq!(facts("\n").numbers, Fact::Absent);
        assert_eq!(facts("drive name:\tsr0\nspeed:  4\n").value, Fact::Known("drive name: sr0\nspeed: 4".into()));
    }

    #[test]
    fn this_kernel_is_seen() {
        assert!(
            matches!(look("kernel.pid_max"), Seen::Present(facts) if facts.number.known().is_some_and(|n| *n > 100))
        );
        assert!(matches!(look("kernel.no_such_thing"), Seen::Absent(_)));
        assert!(matches!(look("kernel.pid_max.x"), Seen::Absent(_)));
        assert!(matches!(look("kernel"), Seen::Refused(why) if why.contains("group")));
    }

    #[test]
    fn a_missing_permission_is_not_a_no() {
        assert!(matches!(missed("vm.x", &io::ErrorKind::PermissionDenied.into()), Seen::Refused(_)));
    }
}

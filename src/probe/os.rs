//! The operating system: kernel, distribution, how long it has been up, what started it.
//!
//! Deliberately absent: kinds of virtual machines, and updates that wait (packages are another probe's).

mod container;
mod reboot;

use super::{Context, Pace, Probe, Seen, small_file};
use crate::fact::{Fact, Moment, VersionText};
use crate::{described, facts};
use serde_json::{Value as Json, json};
use std::path::Path;
use std::time::Duration;

described! {
    /// Looks at the operating system. It takes no keys: write `os: {}`.
    #[derive(PartialEq, Eq, Hash)]
    pub struct Target {}
}

facts! {
    pub struct Facts {
        /// The name of this machine on the network, as uname(2) has it.
        hostname: String,
        /// The kernel's release, e.g. `6.1.0-18-amd64` (uname(2)).
        kernel: VersionText,
        /// The kernel's name, `Linux` (uname(2)).
        kernel_name: String,
        /// What programs are built for here, e.g. `x86_64`, `aarch64` (`machine` of uname(2)).
        architecture: String,
        /// Short name of the distribution, e.g. `debian`, `alpine`, `rhel` (`ID` of os-release(5)).
        distribution: String,
        /// The distributions it resembles, nearest first, e.g. `[rhel, fedora]` (`ID_LIKE` of os-release(5)).
        distribution_like: Vec<String>,
        /// Version of the distribution, e.g. `12`, `3.20.3` (`VERSION_ID` of os-release(5)). Absent where there is
        /// none, as on Arch.
        distribution_version: VersionText,
        /// Name of this version of the distribution, e.g. `bookworm` (`VERSION_CODENAME` of os-release(5)).
        distribution_codename: String,
        /// Name for people, e.g. `Debian GNU/Linux 12 (bookworm)` (`PRETTY_NAME` of os-release(5)).
        pretty_name: String,
        /// How long the system has been up, suspension included (`/proc/uptime`, proc(5)).
        uptime: Duration,
        /// When it was started (`btime` of `/proc/stat`, proc(5)).
        booted_at: Moment,
        /// The kind of container we are in: `docker`, `podman`, `lxc`, `lxc-libvirt`, `systemd-nspawn`, `openvz`,
        /// `kubernetes`, `wsl`, another name that the container's manager gave itself, or `none`. Unknown if the
        /// signs are hidden from this user.
        container: String,
        /// What manages services: `systemd` (sd_booted(3)), `openrc`, or the name of process 1, e.g. `init`, `tini`.
        init: String,
        /// Whether the system waits for a restart: the distribution left `/run/reboot-required`, or a newer kernel
        /// of the same flavour than the running one is in `/lib/modules`. Absent in a container that was not told,
        /// unknown if no installed kernel can be seen.
        pending_reboot: bool,
    }
}

pub struct Os;

impl Probe for Os {
    const NAME: &'static str = "os";
    const PACE: Pace = Pace::Quick;
    const DEFAULT: &'static str = "expect: { kernel_name: Linux }";
    const EXAMPLE: &'static str =
        "id: kernel-is-supported\nos: {}\nexpect:\n  kernel: { version: '>=4.18' }\n  uptime: { gt: 0s }";
    const EVIDENCE: &'static [&'static str] = &["pretty_name", "kernel", "uptime", "container"];
    type Target = Target;
    type Facts = Facts;

    fn subject(_: &Target) -> String {
        "the operating system".into()
    }

    fn observe(_: &Target, wanted: &Wanted, _: &Context) -> Seen<Facts> {
        let uname = rustix::system::uname();
        let text = |part: &std::ffi::CStr| part.to_string_lossy().into_owned();
        let release = os_release();
        let field = |name: &str| release_field(&release, name);
        let kernel = text(uname.release());
        let container = if wanted.container || wanted.pending_reboot { container::find() } else { Fact::NotWanted };
        let pending_reboot =
            if wanted.pending_reboot { reboot::pending(&kernel, container.known()) } else { Fact::NotWanted };
        Seen::Present(Facts {
            hostname: text(uname.nodename()).into(),
            kernel_name: text(uname.sysname()).into(),
            architecture: text(uname.machine()).into(),
            distribution: field("ID").into(),
            distribution_like: words(field("ID_LIKE")).into(),
            distribution_version: field("VERSION_ID").map(VersionText).into(),
            distribution_codename: field("VERSION_CODENAME").into(),
            pretty_name: field("PRETTY_NAME").into(),
            uptime: file_fact("/proc/uptime", uptime),
            booted_at: file_fact("/proc/stat", booted_at),
            init: init(small_file::clue("/proc/1/comm"), |path| Path::new(path).is_dir()).into(),
            kernel: VersionText(kernel).into(),
            container,
            pending_reboot,
        })
    }
}

/// What `host` is in conditions and texts: `name`, `os`, `arch`, `kernel`, `distribution`, `distribution_version`, `cpus`.
pub fn host() -> Json {
    let uname = rustix::system::uname();
    let release = os_release();
    json!({
        "name": uname.nodename().to_string_lossy(),
        "os": std::env::consts::OS,
        "arch": std::env::consts::ARCH,
        "kernel": uname.release().to_string_lossy(),
        "distribution": release_field(&release, "ID"),
        "distribution_version": release_field(&release, "VERSION_ID"),
        "cpus": std::thread::available_parallelism().map_or(1, usize::from),
    })
}

/// A fact out of a file of the kernel.
pub(super) fn file_fact<T>(path: &str, parse: impl Fn(&str) -> Option<T>) -> Fact<T> {
    match small_file::read(path) {
        Ok(text) => parse(&text).ok_or_else(|| format!("{path} does not say it")).into(),
        Err(error) => Fact::Unknown(small_file::why(path, &error)),
    }
}

/// The vendor's file counts where the administrator has none.
fn os_release() -> String {
    small_file::read("/etc/os-release").or_else(|_| small_file::read("/usr/lib/os-release")).unwrap_or_default()
}

/// A field of os-release(5), which is quoted as in a shell; a later line wins over an earlier one.
fn release_field(text: &str, name: &str) -> Option<String> {
    let value = text.lines().rev().find_map(|line| line.trim().strip_prefix(name)?.strip_prefix('='))?;
    let quote = value.chars().next().filter(|first| ['"', '\''].contains(first));
    let inner = quote.and_then(|quote| value.strip_prefix(quote)?.strip_suffix(quote)).unwrap_or(value);
    let plain = if quote == Some('\'') { inner.to_string() } else { unescape(inner) };
    Some(plain).filter(|value| !value.is_empty())
}

fn unescape(text: &str) -> String {
    let mut escaped = false;
    let keep = |c: &char| {
        escaped = *c == '\\' && !escaped;
        !escaped
    };
    text.chars().filter(keep).collect()
}

fn words(text: Option<String>) -> Vec<String> {
    text.unwrap_or_default().split_whitespace().map(str::to_string).collect()
}

/// The first number of `/proc/uptime`, in seconds.
fn uptime(text: &str) -> Option<Duration> {
    Duration::try_from_secs_f64(text.split_whitespace().next()?.parse().ok()?).ok()
}

/// The line `btime` of `/proc/stat`, in seconds since 1970.
fn booted_at(text: &str) -> Option<Moment> {
    let seconds = text.lines().find_map(|line| line.strip_prefix("btime "))?.trim().parse().ok()?;
    jiff::Timestamp::from_second(seconds).ok().map(Moment::from)
}

fn init(first_process: Option<String>, is_directory: impl Fn(&str) -> bool) -> Option<String> {
    match () {
        () if is_directory("/run/systemd/system") => Some("systemd".into()),
        () if is_directory("/run/openrc") => Some("openrc".into()),
        () => first_process.filter(|name| !name.is_empty()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fact::WantedBits;

    const DEBIAN: &str = "PRETTY_NAME=\"Debian GNU/Linux 12 (bookworm)\"\nNAME=\"Debian GNU/Linux\"\nVERSION_ID=\"12\"\nVERSION=\"12 (bookworm)\"\nVERSION_CODENAME=bookworm\nID=debian\nHOME_URL=\"https://www.debian.org/\"\n";
    const ALPINE: &str = "NAME=\"Alpine Linux\"\nID=alpine\nVERSION_ID=3.20.3\nPRETTY_NAME=\"Alpine Linux v3.20\"\n";
    const RHEL: &str = "NAME=\"Red Hat Enterprise Linux\"\nVERSION=\"9.4 (Plow)\"\nID=\"rhel\"\nID_LIKE=\"fedora\"\nVERSION_ID=\"9.4\"\nPLATFORM_ID=\"platform:el9\"\nPRETTY_NAME=\"Red Hat Enterprise Linux 9.4 (Plow)\"\n";
    const ROCKY: &str = "ID=\"rocky\"\nID_LIKE=\"rhel centos fedora\"\nVERSION_ID=\"9.4\"\n";
    const ARCH: &str = "NAME=\"Arch Linux\"\nID=arch\nBUILD_ID=rolling\n";

    #[test]
    fn distributions_are_told() {
        let cases = [
            (DEBIAN, "debian", Some("12")),
            (ALPINE, "alpine", Some("3.20.3")),
            (RHEL, "rhel", Some("9.4")),
            (ARCH, "arch", None),
        ];
        for (text, id, version) in cases {
            assert_eq!(release_field(text, "ID").as_deref(), Some(id));
            assert_eq!(release_field(text, "VERSION_ID").as_deref(), version, "{id}");
        }
        assert_eq!(words(release_field(ROCKY, "ID_LIKE")), ["rhel", "centos", "fedora"]);
        assert!(words(release_field(DEBIAN, "ID_LIKE")).is_empty());
        assert_eq!(release_field(DEBIAN, "VERSION_CODENAME").as_deref(), Some("bookworm"));
    }

    #[test]
    fn values_are_quoted_as_in_a_shell() {
        let cases = [("A='x y'", "x y"), ("A=\"say \\\"hi\\\" \\\\\"", "say \"hi\" \\"), ("A=1\nA=2", "2")];
        for (text, value) in cases {
            assert_eq!(release_field(text, "A").as_deref(), Some(value));
        }
        for text in ["A=", "A=\"\"", "AB=1", "", "A=\""] {
            assert_eq!(release_field(text, "A"), (text == "A=\"").then(|| "\"".into()), "{text}");
        }
    }

    #[test]
    fn times_are_read() {
        assert_eq!(uptime("350735.47 234388.90\n"), Some(Duration::from_millis(350_735_470)));
        assert_eq!(uptime("soon"), None);
        assert_eq!(uptime("-1 0"), None);
        let stat = "cpu  1 2 3\nintr 1\nctxt 5\nbtime 1795255445\nprocesses 3\n";
        assert_eq!(booted_at(stat), Moment::parse("2026-11-21T10:04:05Z").ok());
        assert_eq!(booted_at("btime x"), None);
    }

    #[test]
    fn what_manages_services_is_told() {
        let at = |path: &'static str| move |asked: &str| asked == path;
        assert_eq!(init(Some("systemd".into()), at("/run/systemd/system")).as_deref(), Some("systemd"));
        assert_eq!(init(Some("init".into()), at("/run/openrc")).as_deref(), Some("openrc"));
        assert_eq!(init(Some("tini".into()), at("")).as_deref(), Some("tini"));
        assert_eq!(init(None, at("")), None);
    }

    #[test]
    fn this_system_is_seen() {
        let Seen::Present(facts) =
            Os::observe(&Target {}, &WantedBits::ALL.into(), &Context::lasting(Duration::from_secs(5)))
        else {
            panic!("every system has an operating system");
        };
        assert_eq!(facts.kernel_name, Fact::Known("Linux".into()));
        let now = crate::observe::now();
        let (booted_at, uptime) = (facts.booted_at.known().copied().unwrap(), facts.uptime.known().copied().unwrap());
        let difference = now.since(booted_at).abs_diff(uptime);
        assert!(difference < Duration::from_secs(600), "{difference:?}");
    }
}

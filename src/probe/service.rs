//! A unit of systemd, usually a service, by `systemctl show` (systemctl(1), org.freedesktop.systemd1(5)).
//!
//! Deliberately absent: other service managers; `process` and `port` see what those started.

pub mod systemctl;

use super::{Context, Nature, Pace, Probe, Seen};
use crate::fact::{Bytes, Fact, Moment};
use crate::{described, facts};
use jiff::fmt::strtime;
use std::collections::HashMap;

const PROPERTIES: &str = "Id,Description,LoadState,ActiveState,SubState,UnitFileState,MainPID,NRestarts,\
    StateChangeTimestamp,MemoryCurrent,Result";

described! {
    /// Looks at a service of systemd, or at another unit of it: a timer, socket, mount, target.
    #[derive(PartialEq, Eq, Hash)]
    pub struct Target (short: name) {
        /// Name of the unit, e.g. `nginx` or `backup.timer`. Without an ending it is a `.service`.
        name: String,
        /// Ask the service manager of the user who runs the engine, not that of the system.
        user: bool = false,
    }
}

facts! {
    pub struct Facts {
        /// Whether it runs: `state` is `active`, `reloading` or `refreshing`.
        active: bool,
        /// `active`, `reloading`, `inactive`, `failed`, `activating`, `deactivating`.
        state: String,
        /// The finer state, which depends on the type of the unit, e.g. `running`, `exited`, `dead`, `auto-restart`.
        sub_state: String,
        /// Whether something starts it without being asked, as `systemctl is-enabled` answers it. Absent if it has no unit file.
        enabled: bool,
        /// `enabled`, `disabled`, `static`, `masked`, `generated` and so on. Absent if it has no unit file.
        unit_file_state: String,
        /// `loaded`, `masked`, `error`, `bad-setting`.
        load_state: String,
        /// Number of its main process. Absent if none runs.
        main_pid: u32,
        /// How often it was restarted on its own since it was last started by somebody. Absent for what is no service.
        restarts: u64,
        /// Since when it has been in this state, to the second. Absent if it never was in another.
        since: Moment,
        /// Memory that it uses. Absent if that is not counted.
        memory: Bytes,
        /// Why it last ended: `success`, `exit-code`, `signal`, `timeout`, `oom-kill`, `start-limit-hit` and so on.
        result: String,
        /// What it says about itself.
        description: String,
    }
}

pub struct Service;

impl Probe for Service {
    const NAME: &'static str = "service";
    const PACE: Pace = Pace::Waits;
    const NATURE: Nature = Nature::Looks;
    const DEFAULT: &'static str = "expect: { active: true }";
    const EXAMPLE: &'static str =
        "id: journal-runs\nservice: systemd-journald\nexpect:\n  active: true\n  restarts: { lt: 5 }";
    const EVIDENCE: &'static [&'static str] = &["state", "sub_state", "result", "unit_file_state", "since", "restarts"];
    type Target = Target;
    type Facts = Facts;

    fn subject(target: &Target) -> String {
        format!("{}{}", target.name, if target.user { " (of the user)" } else { "" })
    }

    fn check(target: &Target) -> Result<(), String> {
        let name = &target.name;
        if name.is_empty() || name.contains(|c: char| c.is_whitespace() || "*?[]/".contains(c)) {
            return Err(format!("`{name}` is not the name of one unit; `units` looks at many by a pattern"));
        }
        Ok(())
    }

    fn observe(target: &Target, _: &Wanted, context: &Context) -> Seen<Facts> {
        match systemctl::ask(target.user, &["show", "-p", PROPERTIES, "--", &target.name], context) {
            Ok(text) => parse(&text, &target.name),
            Err(answer) => answer,
        }
    }
}

/// `NAME=value` lines; older versions of systemd leave out what they do not know.
fn parse(show: &str, name: &str) -> Seen<Facts> {
    let properties: HashMap<&str, &str> =
        show.lines().filter_map(|line| line.split_once('=')).map(|(name, value)| (name, value.trim())).collect();
    let text = |name: &str| properties.get(name).copied().filter(|value| !value.is_empty());
    let (Some(load_state), Some(state)) = (text("LoadState"), text("ActiveState")) else {
        return Seen::Refused("systemctl did not tell the state of the unit".into());
    };
    // what still runs although its file is gone is there
    if load_state == "not-found" && state == "inactive" {
        return Seen::Absent(format!("systemd knows no unit {}", text("Id").unwrap_or(name)));
    }
    let owned = |name: &str| Fact::from(text(name).map(str::to_string));
    let number = |name: &str| text(name)?.parse::<u64>().ok();
    Seen::Present(Facts {
        active: is_active(state).into(),
        state: state.to_string().into(),
        sub_state: owned("SubState"),
        enabled: text("UnitFileState").map(is_enabled).into(),
        unit_file_state: owned("UnitFileState"),
        load_state: load_state.to_string().into(),
        main_pid: number("MainPID").and_then(|pid| u32::try_from(pid).ok()).filter(|pid| *pid > 0).into(),
        restarts: number("NRestarts").into(),
        since: text("StateChangeTimestamp").map_or(Fact::Absent, |text| moment(text).into()),
        // all bits set is systemd's "not counted"
        memory: number("MemoryCurrent").filter(|bytes| *bytes < u64::MAX).map(Bytes).into(),
        result: owned("Result"),
        description: owned("Description"),
    })
}

pub fn is_active(state: &str) -> bool {
    matches!(state, "active" | "reloading" | "refreshing")
}

/// The table under `is-enabled` in systemctl(1): what exits with 0.
fn is_enabled(unit_file_state: &str) -> bool {
    matches!(
        unit_file_state,
        "enabled" | "enabled-runtime" | "alias" | "static" | "indirect" | "generated" | "transient"
    )
}

/// `Thu 2026-11-19 10:04:05 UTC`, since we asked in that zone.
fn moment(text: &str) -> Result<Moment, String> {
    let parsed = strtime::parse("%a %Y-%m-%d %H:%M:%S UTC", text).and_then(|time| time.to_datetime());
    let timestamp = parsed.and_then(|time| time.to_zoned(jiff::tz::TimeZone::UTC)).map(|zoned| zoned.timestamp());
    timestamp.map(Moment::from).map_err(|_| format!("systemd gave a time that is not understood: {text}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    // systemd 252 (Debian 12)
    const RUNNING: &str = "Id=ssh.service\nDescription=OpenBSD Secure Shell server\nLoadState=loaded\nActiveState=active\nSubState=running\nUnitFileState=enabled\nMainPID=612\nNRestarts=0\nStateChangeTimestamp=Thu 2026-11-19 10:04:05 UTC\nMemoryCurrent=6164480\nResult=success\n";
    // systemd 239 (RHEL 8), a service that died; systemd 255 (Ubuntu 24.04), a timer and a missing unit
    const FAILED: &str = "MainPID=0\nNRestarts=5\nMemoryCurrent=[not set]\nResult=exit-code\nId=app.service\nDescription=App = the app\nLoadState=loaded\nActiveState=failed\nSubState=failed\nUnitFileState=disabled\nStateChangeTimestamp=Mon 2026-11-16 00:00:00 UTC\n";
    const TIMER: &str = "Id=fstrim.timer\nDescription=Discard unused blocks once a week\nLoadState=loaded\nActiveState=active\nSubState=waiting\nUnitFileState=static\nResult=success\nStateChangeTimestamp=\n";
    const MISSING: &str = "Id=nope.service\nDescription=nope.service\nLoadState=not-found\nActiveState=inactive\nSubState=dead\nUnitFileState=\nMainPID=0\nMemoryCurrent=18446744073709551615\nResult=success\n";

    fn facts(show: &str) -> Facts {
        match parse(show, "x") {
            Seen::Present(facts) => facts,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn a_running_service() {
        let facts = facts(RUNNING);
        assert_eq!((facts.active, facts.enabled), (true.into(), true.into()));
        assert_eq!((facts.main_pid, facts.memory), (612.into(), Bytes(6_164_480).into()));
        assert_eq!(facts.since.known().unwrap().to_string(), "2026-11-19T10:04:05Z");
    }

    #[test]
    fn a_failed_service() {
        let facts = facts(FAILED);
        assert_eq!((facts.active, facts.enabled), (false.into(), false.into()));
        assert_eq!((facts.main_pid, facts.memory, facts.restarts), (Fact::Absent, Fact::Absent, 5.into()));
        assert_eq!(facts.result, Fact::Known("exit-code".into()));
        assert_eq!(facts.description, Fact::Known("App = the app".into()));
    }

    #[test]
    fn what_is_not_said_is_absent() {
        let timer = facts(TIMER);
        assert_eq!((timer.active, timer.enabled), (true.into(), true.into()));
        assert_eq!((timer.restarts, timer.since), (Fact::Absent, Fact::Absent));
        assert!(matches!(parse(MISSING, "nope"), Seen::Absent(why) if why == "systemd knows no unit nope.service"));
        let deleted = MISSING.replace("ActiveState=inactive", "ActiveState=active");
        assert_eq!(facts(&deleted).load_state, Fact::Known("not-found".into()));
        assert!(matches!(parse("", "x"), Seen::Refused(_)));
        assert!(moment("Do 2026-11-19 11:04:05 CET").is_err());
    }

    #[test]
    fn a_machine_without_systemd_says_so() {
        let target = Target { name: "dbus".into(), user: false };
        let seen =
            Service::observe(&target, &crate::fact::WantedBits::ALL.into(), &Context::lasting(Duration::from_secs(20)));
        let booted = std::path::Path::new("/run/systemd/system").is_dir();
        assert_eq!(matches!(seen, Seen::Unsupported(why) if why == "this machine does not run systemd"), !booted);
    }

    #[test]
    fn patterns_are_for_units() {
        for (name, good) in [("nginx", true), ("getty@tty1.service", true), ("nginx*", false), ("", false)] {
            assert_eq!(Service::check(&Target { name: name.into(), user: false }).is_ok(), good, "{name}");
        }
    }
}

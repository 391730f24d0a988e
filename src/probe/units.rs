//! Many units of systemd at once, by `systemctl list-units` (systemctl(1)): has anything failed?
//!
//! Deliberately absent: unit files that systemd never loaded; `service` sees them one by one.

use super::service::systemctl;
use super::{Context, Nature, Pace, Probe, Seen};
use crate::{choice, described, facts, record};

choice! {
    /// The state of a unit.
    pub enum State {
        /// It runs.
        Active = "active",
        /// It runs and reads its configuration anew.
        Reloading = "reloading",
        /// It does not run.
        Inactive = "inactive",
        /// It ended with an error.
        Failed = "failed",
        /// It is being started.
        Activating = "activating",
        /// It is being stopped.
        Deactivating = "deactivating",
    }
}

described! {
    /// Looks at all units that systemd has loaded, or at some of them.
    #[derive(PartialEq, Eq, Hash)]
    pub struct Target (short: pattern) {
        /// Only units with such a name, e.g. `"app-*.service"` (a glob). All if not given.
        pattern: Option<String>,
        /// Count and list only units in this state. `failed` speaks of all of them either way.
        state: Option<State>,
        /// Ask the service manager of the user who runs the engine, not that of the system.
        user: bool = false,
    }
}

record! {
    /// One unit.
    pub struct Unit {
        /// Its full name, e.g. `nginx.service`.
        name: String,
        /// `loaded`, `not-found`, `masked`, `error`.
        load_state: String,
        /// `active`, `inactive`, `failed` and so on.
        state: String,
        /// The finer state, e.g. `running`, `exited`, `dead`.
        sub_state: String,
        /// What it says about itself.
        description: String,
    }
}

facts! {
    pub struct Facts {
        /// How many there are.
        count: usize,
        /// Every one of them.
        list: Vec<Unit>,
        /// Names of those that have failed.
        failed: Vec<String>,
    }
}

pub struct Units;

impl Probe for Units {
    const NAME: &'static str = "units";
    const PACE: Pace = Pace::Waits;
    const NATURE: Nature = Nature::Looks;
    const DEFAULT: &'static str = "expect: { failed: { empty: true } }";
    const EXAMPLE: &'static str = "id: no-service-failed\nunits: \"*.service\"\nexpect:\n  failed: { empty: true }";
    const EVIDENCE: &'static [&'static str] = &["failed", "count"];
    type Target = Target;
    type Facts = Facts;

    fn subject(target: &Target) -> String {
        let state = target.state.map(|state| format!(", {} ones", state.word())).unwrap_or_default();
        let user = if target.user { " of the user" } else { "" };
        format!("units{user} {}{state}", target.pattern.as_deref().unwrap_or("*"))
    }

    fn observe(target: &Target, _: &Wanted, context: &Context) -> Seen<Facts> {
        let mut arguments = vec!["list-units", "--all", "--full", "--plain", "--no-legend"];
        if let Some(pattern) = &target.pattern {
            arguments.extend(["--", pattern]);
        }
        match systemctl::ask(target.user, &arguments, context) {
            Ok(text) => match text.lines().filter(|line| !line.trim().is_empty()).map(parse_line).collect() {
                Some(units) => Seen::Present(facts(units, target.state)),
                None => Seen::Refused("the list of systemctl is not understood".into()),
            },
            Err(answer) => answer,
        }
    }
}

fn facts(units: Vec<Unit>, state: Option<State>) -> Facts {
    let failed: Vec<String> =
        units.iter().filter(|unit| unit.state == "failed").map(|unit| unit.name.clone()).collect();
    let list: Vec<Unit> =
        units.into_iter().filter(|unit| state.is_none_or(|state| unit.state == state.word())).collect();
    Facts { count: list.len().into(), list: list.into(), failed: failed.into() }
}

/// `UNIT LOAD ACTIVE SUB DESCRIPTION`; some versions mark troubled units with a dot even when told not to.
fn parse_line(line: &str) -> Option<Unit> {
    let mut words = line.split_whitespace().skip_while(|word| matches!(*word, "●" | "*" | "○" | "×"));
    let mut next = || words.next().map(str::to_string);
    let (name, load_state, state, sub_state) = (next()?, next()?, next()?, next()?);
    Some(Unit { name, load_state, state, sub_state, description: words.collect::<Vec<_>>().join(" ") })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fact::Fact;

    // systemd 252 (Debian 12) and 239 (RHEL 8)
    const UNITS: &str = "ssh.service                loaded    active   running OpenBSD Secure Shell server\n\
        ● app.service              loaded    failed   failed  The App\n\
        auditd.service             not-found inactive dead    auditd.service\n\
        dev-sda1.device loaded active plugged QEMU_HARDDISK 1\n";

    fn look(state: Option<State>) -> Facts {
        facts(UNITS.lines().map(parse_line).collect::<Option<_>>().unwrap(), state)
    }

    #[test]
    fn failed_units_are_named_whatever_is_listed() {
        let active = look(Some(State::Active));
        assert_eq!(active.count, Fact::Known(2));
        assert_eq!(active.failed, Fact::Known(vec!["app.service".to_string()]));
        assert_eq!(look(None).count, Fact::Known(4));
    }

    #[test]
    fn lines_are_read_whole() {
        let unit = parse_line(UNITS.lines().nth(3).unwrap()).unwrap();
        assert_eq!((unit.sub_state.as_str(), unit.description.as_str()), ("plugged", "QEMU_HARDDISK 1"));
        assert_eq!(parse_line("Failed to connect"), None);
    }
}

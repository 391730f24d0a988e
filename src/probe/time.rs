//! The clock: its zone, whether and by what it is kept right.
//!
//! Read are `/etc/localtime` (localtime(5)) and the kernel's own books (adjtimex(2)); only the
//! distance to the source of time needs a program, and is asked for only if it is wanted.
//! Deliberately absent: the hardware clock, and asking time servers.

mod kernel;
mod service;

use super::{Context, Pace, Probe, Seen, small_file};
use crate::fact::{Fact, Moment};
use crate::{described, facts};
use jiff::tz::TimeZone;
use std::path::Path;
use std::time::Duration;

described! {
    /// Looks at the clock and what keeps it right. It takes no keys: write `time: {}`.
    #[derive(PartialEq, Eq, Hash)]
    pub struct Target {}
}

facts! {
    pub struct Facts {
        /// What the clock says.
        now: Moment,
        /// Name of the system's time zone, e.g. `Europe/Vienna` (`/etc/localtime`, `/etc/timezone`); `UTC` if none
        /// is set. Absent if the zone has no name. `TZ` is not regarded.
        zone: String,
        /// How far the zone is from UTC at this moment, e.g. `+02:00`, `-03:30`.
        offset: String,
        /// Whether the kernel counts the clock as synchronised (`STA_UNSYNC` is not set, adjtimex(2)). Services that
        /// set the clock without telling the kernel leave this false, as does chronyd without `rtcsync`.
        synchronised: bool,
        /// How wrong the clock may be at most, in the kernel's books (`maxerror`, adjtimex(2)). It grows while nothing
        /// sets the clock, up to 16 s.
        maximum_error: Duration,
        /// How fast the clock would drift if it were not corrected, in parts per million (`freq`, adjtimex(2)).
        drift: f64,
        /// The service that keeps the clock right: `chronyd`, `ntpsec`, `ntpd` (of any make), `systemd-timesyncd`,
        /// `ptp4l` or `phc2sys`. Absent if none of them runs; in a container the host's cannot be seen.
        ntp_service: String,
        /// How far the clock is from its source, before or after, as `ntp_service` says (`chronyc`, `ntpq`). Absent if
        /// no service runs or it does not tell. Only looked at if it is asked for.
        source_offset: Duration,
    }
}

pub struct Time;

const LOCALTIME: &str = "/etc/localtime";

impl Probe for Time {
    const NAME: &'static str = "time";
    // `source_offset` runs a program
    const PACE: Pace = Pace::Waits;
    const DEFAULT: &'static str = "expect: { synchronised: true }";
    const EXAMPLE: &'static str =
        "id: clock-is-plausible\ntime: {}\nexpect:\n  now: { gt: 2024-01-01 }\n  offset: { matches: '^[+-]' }";
    const EVIDENCE: &'static [&'static str] = &["now", "zone", "ntp_service", "maximum_error", "source_offset"];
    type Target = Target;
    type Facts = Facts;

    fn subject(_: &Target) -> String {
        "the clock".into()
    }

    fn observe(_: &Target, wanted: &Wanted, context: &Context) -> Seen<Facts> {
        let now = crate::observe::now();
        let books = kernel::books();
        let book = |error: &String| format!("adjtimex: {error}");
        let service = (wanted.ntp_service || wanted.source_offset).then(service::running);
        let source_offset = match &service {
            Some(Ok(Some(service))) if wanted.source_offset => service.offset(context),
            Some(Ok(None)) => Fact::Absent,
            Some(Err(why)) => Fact::Unknown(why.clone()),
            _ => Fact::NotWanted,
        };
        Seen::Present(Facts {
            now: now.into(),
            zone: zone_name(std::fs::read_link(LOCALTIME).ok().as_deref(), Path::new(LOCALTIME).exists(), || {
                small_file::clue("/etc/timezone")
            })
            .into(),
            offset: offset(now).into(),
            synchronised: books.as_ref().map(|books| books.synchronised).map_err(book).into(),
            maximum_error: books.as_ref().map(|books| books.maximum_error).map_err(book).into(),
            drift: books.as_ref().map(|books| books.drift).map_err(book).into(),
            ntp_service: match service {
                Some(Ok(service)) => service.map(|service| service.name.to_string()).into(),
                Some(Err(why)) => Fact::Unknown(why),
                None => Fact::NotWanted,
            },
            source_offset,
        })
    }
}

/// `/usr/share/zoneinfo/Europe/Vienna` is Europe/Vienna. Where the file is a copy, Debian and Alpine wrote its name
/// down beside it; where it is not there at all, UTC holds (localtime(5)).
fn zone_name(link: Option<&Path>, exists: bool, written: impl Fn() -> Option<String>) -> Option<String> {
    let linked = link.and_then(|link| {
        let text = link.to_str()?;
        let name = text.split_once("zoneinfo/")?.1;
        Some(name.strip_prefix("posix/").unwrap_or(name).to_string())
    });
    match linked {
        None if !exists => Some("UTC".into()),
        None => written().filter(|name| !name.is_empty()),
        name => name,
    }
}

fn offset(now: Moment) -> Result<String, String> {
    let zone = match std::fs::metadata(LOCALTIME) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => TimeZone::UTC,
        Err(error) => return Err(small_file::why(LOCALTIME, &error)),
        Ok(found) if !found.is_file() || found.len() > 1 << 20 => return Err(format!("{LOCALTIME} is no time zone")),
        Ok(_) => std::fs::read(LOCALTIME)
            .map_err(|error| small_file::why(LOCALTIME, &error))
            .and_then(|bytes| TimeZone::tzif("local", &bytes).map_err(|error| format!("{LOCALTIME}: {error}")))?,
    };
    Ok(spell(zone.to_offset(now.timestamp()).seconds()))
}

/// Seconds east of UTC as `+02:00`.
fn spell(seconds: i32) -> String {
    let (sign, minutes) = (if seconds < 0 { '-' } else { '+' }, seconds.unsigned_abs() / 60);
    format!("{sign}{:02}:{:02}", minutes / 60, minutes % 60)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fact::WantedBits;

    #[test]
    fn zones_are_named() {
        let name = |link: Option<&str>, exists: bool, written: Option<&str>| {
            zone_name(link.map(Path::new), exists, || written.map(str::to_string))
        };
        let vienna = Some("Europe/Vienna".to_string());
        // Debian, Arch
        assert_eq!(name(Some("/usr/share/zoneinfo/Europe/Vienna"), true, Some("Etc/UTC")), vienna);
        // RHEL
        assert_eq!(name(Some("../usr/share/zoneinfo/Europe/Vienna"), true, None), vienna);
        // Alpine
        assert_eq!(name(Some("/etc/zoneinfo/Europe/Vienna"), true, None), vienna);
        assert_eq!(name(Some("/usr/share/zoneinfo/posix/Europe/Vienna"), true, None), vienna);
        // a copy
        assert_eq!(name(None, true, Some("Europe/Vienna")), vienna);
        assert_eq!(name(None, true, None), None);
        assert_eq!(name(None, false, None).as_deref(), Some("UTC"));
    }

    #[test]
    fn offsets_are_spelled() {
        let cases = [(0, "+00:00"), (7200, "+02:00"), (-12600, "-03:30"), (20700, "+05:45")];
        for (seconds, text) in cases {
            assert_eq!(spell(seconds), text);
        }
    }

    #[test]
    fn this_machine_is_seen() {
        let Seen::Present(facts) =
            Time::observe(&Target {}, &WantedBits::ALL.into(), &Context::lasting(Duration::from_secs(10)))
        else {
            panic!("every machine has a clock");
        };
        assert!(facts.now.known().is_some_and(|now| *now > Moment::parse("2024-01-01").unwrap()));
        assert!(facts.offset.known().is_some_and(|offset| offset.len() == 6));
        assert!(!matches!(facts.ntp_service, Fact::NotWanted));
    }
}

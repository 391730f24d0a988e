//! Points in time, written as RFC 3339 in UTC.
//!
//! Deliberately absent: the clock (looking at it belongs to the edges), local time, and bare Unix
//! seconds, which nobody can read.

use std::{
    fmt,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use jiff::{Timestamp, civil};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error as _};

/// A point in time; ordered, and exact to the nanosecond although shown in seconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Moment(Timestamp);

impl Moment {
    /// Reads RFC 3339 (`2026-11-21T10:04:05Z`, any offset), or a day as its first instant in UTC.
    /// The error says what to write instead.
    pub fn parse(text: &str) -> Result<Moment, String> {
        let text = text.trim();
        match day(text) {
            Some(day) => at(day, 0, 0, 0),
            None => text.parse().map(Moment).map_err(|_| refusal(text)),
        }
    }

    /// Reads like [`Moment::parse`], but a day lasts: `2027-01-31` is its last second in UTC.
    /// For expiries, where the day that is written still counts.
    pub fn parse_day(text: &str) -> Result<Moment, String> {
        match day(text.trim()) {
            Some(day) => at(day, 23, 59, 59),
            None => Moment::parse(text),
        }
    }

    /// How long after `earlier` this is; zero if it is not after it.
    pub fn since(self, earlier: Moment) -> Duration {
        Duration::try_from(self.0.duration_since(earlier.0)).unwrap_or(Duration::ZERO)
    }

    /// How far apart the two are, whichever comes first.
    pub fn distance(self, other: Moment) -> Duration {
        self.since(other).max(other.since(self))
    }

    /// The day in UTC: `2027-01-31`.
    pub fn day(self) -> String {
        self.0.strftime("%Y-%m-%d").to_string()
    }

    /// How long from this until `later`; zero if that has passed.
    pub fn until(self, later: Moment) -> Duration {
        later.since(self)
    }

    /// The underlying timestamp, for arithmetic that this type does not offer.
    pub fn timestamp(self) -> Timestamp {
        self.0
    }
}

/// RFC 3339 in UTC and whole seconds: `2026-11-21T10:04:05Z`.
impl fmt::Display for Moment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0.strftime("%Y-%m-%dT%H:%M:%SZ"))
    }
}

impl From<Timestamp> for Moment {
    fn from(timestamp: Timestamp) -> Moment {
        Moment(timestamp)
    }
}

/// A time beyond the years -9999 to 9999, as a damaged file system can hold, is cut to that range.
impl From<SystemTime> for Moment {
    fn from(time: SystemTime) -> Moment {
        let limit = if time < UNIX_EPOCH { Timestamp::MIN } else { Timestamp::MAX };
        Moment(Timestamp::try_from(time).unwrap_or(limit))
    }
}

/// Written with its fraction of a second, so that a recording keeps the order of events.
impl Serialize for Moment {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for Moment {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Moment, D::Error> {
        let text = String::deserialize(deserializer)?;
        Moment::parse(&text).map_err(D::Error::custom)
    }
}

/// A day and nothing else; the length keeps out the longer spellings that the parser also knows.
fn day(text: &str) -> Option<civil::Date> {
    text.parse().ok().filter(|_| text.len() == "2027-01-31".len() && text.contains('-'))
}

fn at(day: civil::Date, hour: i8, minute: i8, second: i8) -> Result<Moment, String> {
    let zoned = day.at(hour, minute, second, 0).to_zoned(jiff::tz::TimeZone::UTC);
    zoned.map(|zoned| Moment(zoned.timestamp())).map_err(|error| format!("{day} is out of range: {error}"))
}

fn refusal(text: &str) -> String {
    let seconds = text.parse().ok().and_then(|seconds| Timestamp::from_second(seconds).ok());
    if let Some(moment) = seconds.map(Moment) {
        return format!("`{text}` is a bare number; if it means Unix seconds, write `{moment}`");
    }
    if text.parse::<civil::DateTime>().is_ok() {
        return format!("`{text}` does not say where; add `Z` for UTC or an offset like `+01:00`");
    }
    format!("`{text}` is not a time; write `2026-11-21T10:04:05Z` or a day like `2026-11-21`")
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn moment(text: &str) -> Moment {
        Moment::parse(text).unwrap()
    }

    #[test]
    fn times_are_read_and_shown_in_utc() {
        let cases = [
            ("2026-11-21T10:04:05Z", "2026-11-21T10:04:05Z"),
            ("2026-11-21T10:04:05.75+02:00", "2026-11-21T08:04:05Z"),
            ("2026-11-21", "2026-11-21T00:00:00Z"),
        ];
        for (text, shown) in cases {
            assert_eq!(moment(text).to_string(), shown);
        }
    }

    #[test]
    fn a_day_that_expires_lasts_to_its_end() {
        assert_eq!(Moment::parse_day("2027-01-31"), Ok(moment("2027-01-31T23:59:59Z")));
        assert_eq!(Moment::parse_day("2027-01-31T12:00:00Z"), Ok(moment("2027-01-31T12:00:00Z")));
        assert!(Moment::parse_day("2027-02-30").is_err());
    }

    #[test]
    fn refusals_say_what_to_write() {
        let cases = [
            ("1795255445", "write `2026-11-21T10:04:05Z`"),
            ("20261121", "a bare number"),
            ("2026-11-21T10:04:05", "add `Z` for UTC"),
            ("tomorrow", "is not a time"),
            ("2026-13-01", "is not a time"),
            ("", "is not a time"),
        ];
        for (text, part) in cases {
            let message = Moment::parse(text).expect_err(text);
            assert!(message.contains(part), "{text}: {message}");
        }
    }

    #[test]
    fn spans_never_go_below_zero() {
        let (early, late) = (moment("2026-11-21T10:00:00Z"), moment("2026-11-21T10:00:05Z"));
        assert_eq!(late.since(early), Duration::from_secs(5));
        assert_eq!(early.since(late), Duration::ZERO);
        assert_eq!(early.until(late), Duration::from_secs(5));
        assert_eq!(late.until(early), Duration::ZERO);
        assert_eq!(early.distance(late), late.distance(early));
        assert_eq!(early.distance(late), Duration::from_secs(5));
        assert_eq!(moment("2026-11-21T23:30:00-02:00").day(), "2026-11-22");
    }

    #[test]
    fn system_times_out_of_range_are_cut() {
        let exact = UNIX_EPOCH + Duration::from_secs(1_795_255_445);
        assert_eq!(Moment::from(exact), moment("2026-11-21T10:04:05Z"));
        let far = UNIX_EPOCH + Duration::from_secs(1 << 50);
        assert_eq!(Moment::from(far).timestamp(), Timestamp::MAX);
        let past = UNIX_EPOCH - Duration::from_secs(1 << 50);
        assert_eq!(Moment::from(past).timestamp(), Timestamp::MIN);
    }

    #[test]
    fn a_recording_keeps_the_fraction() {
        let exact = moment("2026-11-21T10:04:05.123456789Z");
        let text = serde_json::to_string(&exact).unwrap();
        assert_eq!(text, "\"2026-11-21T10:04:05.123456789Z\"");
        assert_eq!(serde_json::from_str::<Moment>(&text).unwrap(), exact);
        assert!(serde_json::from_str::<Moment>("\"soon\"").is_err());
    }

    proptest! {
        #[test]
        fn any_text_is_answered(text in "([0-9]{1,20}|[-:TZ+ ]|.){0,30}") {
            let _ = (Moment::parse(&text), Moment::parse_day(&text));
        }
    }
}

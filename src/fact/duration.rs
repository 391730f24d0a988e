//! Spans of time, with the unit always written.
//!
//! Deliberately absent: bare numbers and negative spans; a past or a future is said by the matcher.

use std::time::Duration;

/// Keeps the total far below `u64::MAX` seconds, so that adding the parts cannot overflow.
const LONGEST_TEXT: usize = 64;
const LONGEST_NUMBER: usize = 11;

/// Reads `10s`, `24h`, `7d`, `1h30m`, `500ms`, `2w` or `1.5h`. A month (`M`) counts 30.44 days and
/// a year (`y`) 365.25 days. The error says what to write instead.
pub fn parse(text: &str) -> Result<Duration, String> {
    let text = text.trim();
    if text.starts_with('-') {
        return Err(format!("`{text}` is negative; a duration is zero or more"));
    }
    if !text.is_empty() && text.chars().all(|c| c.is_ascii_digit() || c == '.') {
        return Err(format!("`{text}` has no unit; write `{text}s`, `{text}m` or `{text}h`"));
    }
    if text.len() > LONGEST_TEXT || longest_number(text) > LONGEST_NUMBER {
        return Err("this duration is too long to mean anything; write one like `7d`".into());
    }
    humantime::parse_duration(text).map_err(|error| explain(text, &error))
}

/// The two largest units, cut and not rounded up: `3d 4h`, `1m 30s`, `1.2s`, `340ms`, `0s`.
pub fn show(duration: Duration) -> String {
    let seconds = duration.as_secs();
    match seconds {
        0 => below_a_second(duration.subsec_nanos()),
        1..60 => match duration.subsec_millis() / 100 {
            0 => format!("{seconds}s"),
            tenth => format!("{seconds}.{tenth}s"),
        },
        60..3_600 => pair(seconds, (60, "m"), (1, "s")),
        3_600..86_400 => pair(seconds, (3_600, "h"), (60, "m")),
        _ => pair(seconds, (86_400, "d"), (3_600, "h")),
    }
}

fn below_a_second(nanos: u32) -> String {
    match nanos {
        0 => "0s".into(),
        1..1_000 => format!("{nanos}ns"),
        1_000..1_000_000 => format!("{}µs", nanos / 1_000),
        _ => format!("{}ms", nanos / 1_000_000),
    }
}

fn pair(seconds: u64, large: (u64, &str), small: (u64, &str)) -> String {
    let first = format!("{}{}", seconds / large.0, large.1);
    match seconds % large.0 / small.0 {
        0 => first,
        rest => format!("{first} {rest}{}", small.1),
    }
}

fn longest_number(text: &str) -> usize {
    let numbers = text.split(|c: char| !c.is_ascii_digit());
    numbers.map(str::len).max().unwrap_or(0)
}

fn explain(text: &str, error: &humantime::DurationError) -> String {
    use humantime::DurationError;
    let reason = match error {
        DurationError::UnknownUnit { unit, .. } if unit.is_empty() => "a number has no unit".into(),
        DurationError::UnknownUnit { unit, .. } => {
            format!("`{unit}` is not a unit; the units are ms, s, m, h, d, w, M (month) and y")
        }
        DurationError::NumberOverflow => "the number is too large or too fine".into(),
        DurationError::Empty => "it is empty".into(),
        DurationError::InvalidCharacter(_) | DurationError::NumberExpected(_) => {
            "a number with its unit is needed".into()
        }
    };
    format!("`{text}` is not a duration: {reason}; write one like `30s`, `1h30m` or `7d`")
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn durations_are_read() {
        let cases = [
            ("10s", 10_000),
            ("24h", 86_400_000),
            ("7d", 604_800_000),
            ("1h30m", 5_400_000),
            ("1h 30m", 5_400_000),
            ("500ms", 500),
            ("2w", 1_209_600_000),
            ("1y", 31_557_600_000),
            ("1.2s", 1_200),
            ("0s", 0),
        ];
        for (text, millis) in cases {
            assert_eq!(parse(text), Ok(Duration::from_millis(millis)), "{text}");
        }
    }

    #[test]
    fn refusals_say_what_to_write() {
        let cases = [
            ("30", "`30` has no unit; write `30s`"),
            ("0", "has no unit"),
            ("-5s", "negative"),
            ("", "it is empty"),
            ("soon", "a number with its unit"),
            ("5 fortnights", "`fortnights` is not a unit"),
            ("1h30", "a number has no unit"),
            ("18446744073709551615s 1000000000ns", "too long"),
            ("1d 1h 1m 1s 1d 1h 1m 1s 1d 1h 1m 1s 1d 1h 1m 1s 1d 1h 1m 1s 1d 1h", "too long"),
        ];
        for (text, part) in cases {
            let message = parse(text).expect_err(text);
            assert!(message.contains(part), "{text}: {message}");
        }
    }

    #[test]
    fn durations_are_shown_short() {
        let cases = [
            (Duration::ZERO, "0s"),
            (Duration::from_nanos(12), "12ns"),
            (Duration::from_micros(250), "250µs"),
            (Duration::from_millis(340), "340ms"),
            (Duration::from_millis(1_234), "1.2s"),
            (Duration::from_millis(59_990), "59.9s"),
            (Duration::from_secs(60), "1m"),
            (Duration::from_secs(5_400), "1h 30m"),
            (Duration::from_secs(3 * 86_400 + 4 * 3_600 + 59), "3d 4h"),
            (Duration::from_secs(400 * 86_400), "400d"),
        ];
        for (duration, text) in cases {
            assert_eq!(show(duration), text);
        }
    }

    proptest! {
        #[test]
        fn what_is_shown_reads_back_within_rounding(nanos in 0..9_000_000_000_000_000_000u64) {
            let duration = Duration::from_nanos(nanos);
            let back = parse(&show(duration)).unwrap();
            prop_assert!(back <= duration && duration - back <= duration / 10 + Duration::from_nanos(1));
        }

        #[test]
        fn small_spans_read_back_too(nanos in 0..100_000_000_000u64) {
            let duration = Duration::from_nanos(nanos);
            let back = parse(&show(duration)).unwrap();
            prop_assert!(back <= duration && duration - back <= duration / 2);
        }

        #[test]
        fn any_text_is_answered(text in "([0-9]{1,12}[a-z ]{0,3}|.){0,20}") {
            let _ = parse(&text);
        }
    }
}

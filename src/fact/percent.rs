//! Shares, with the `%` always written.
//!
//! Deliberately absent: bare numbers and fractions of one, since `0.9` could mean either.

/// More than 100 % is a measure in its own right (load per core); above this it is a slip.
const LARGEST: f64 = 1000.0;

/// Reads `95%` or `0.5 %`, from 0 % to 1000 %; the result is in percent (95.0).
/// The error says what to write instead.
pub fn parse(text: &str) -> Result<f64, String> {
    let text = text.trim();
    let number = text.strip_suffix('%').map(str::trim_end);
    let value = number.unwrap_or(text);
    if text.starts_with('-') {
        return Err(format!("`{text}` is negative; a percentage is from 0% to 1000%"));
    }
    let plain = value.starts_with(|c: char| c.is_ascii_digit())
        && value.ends_with(|c: char| c.is_ascii_digit())
        && value.chars().all(|c| c.is_ascii_digit() || c == '.');
    let parsed = value.parse::<f64>().ok().filter(|_| plain);
    match (parsed, number) {
        (None, _) => Err(format!("`{text}` is not a percentage; write one like `95%`")),
        (Some(_), None) => Err(format!("`{text}` has no unit; write `{text}%`")),
        (Some(share), _) if share > LARGEST => Err(format!("`{text}` is too large; a percentage is from 0% to 1000%")),
        (Some(share), _) => Ok(share),
    }
}

/// At most one decimal: `95%`, `12.3%`.
pub fn show(share: f64) -> String {
    let text = format!("{share:.1}");
    format!("{}%", text.strip_suffix(".0").unwrap_or(&text))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn percentages_are_read() {
        let cases = [("95%", 95.0), ("0.5%", 0.5), ("0%", 0.0), (" 12.5 % ", 12.5), ("1000%", 1000.0)];
        for (text, share) in cases {
            assert_eq!(parse(text), Ok(share), "{text}");
        }
    }

    #[test]
    fn refusals_say_what_to_write() {
        let cases = [
            ("95", "`95` has no unit; write `95%`"),
            ("-1%", "negative"),
            ("1001%", "too large"),
            ("%", "not a percentage"),
            ("", "not a percentage"),
            ("inf%", "not a percentage"),
            ("nan%", "not a percentage"),
            ("1e2%", "not a percentage"),
            ("5.%", "not a percentage"),
        ];
        for (text, part) in cases {
            let message = parse(text).expect_err(text);
            assert!(message.contains(part), "{text}: {message}");
        }
    }

    #[test]
    fn percentages_are_shown_short() {
        for (share, text) in [(95.0, "95%"), (12.34, "12.3%"), (0.0, "0%"), (99.97, "100%")] {
            assert_eq!(show(share), text);
        }
    }

    proptest! {
        #[test]
        fn what_is_shown_reads_back_within_rounding(share in 0.0..999.9f64) {
            prop_assert!((parse(&show(share)).unwrap() - share).abs() <= 0.051);
        }

        #[test]
        fn any_text_is_answered(text in ".{0,40}") {
            let _ = parse(&text);
        }
    }
}

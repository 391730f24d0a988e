//! Sizes in bytes, with the unit always written.
//!
//! `KB`, `MB`, `GB` … are powers of 1000 and `KiB`, `MiB`, `GiB` … powers of 1024 (IEC 80000-13).
//! Deliberately absent: bare numbers, the one-letter units on which tools disagree, and bits.

/// Smallest first; a power of 1024 follows its neighbour of 1000.
const UNITS: [(&str, u64); 13] = [
    ("B", 1),
    ("KB", 1_000),
    ("KiB", 1 << 10),
    ("MB", 1_000_000),
    ("MiB", 1 << 20),
    ("GB", 1_000_000_000),
    ("GiB", 1 << 30),
    ("TB", 1_000_000_000_000),
    ("TiB", 1 << 40),
    ("PB", 1_000_000_000_000_000),
    ("PiB", 1 << 50),
    ("EB", 1_000_000_000_000_000_000),
    ("EiB", 1 << 60),
];

/// Reads `512MiB`, `10 GB`, `1.5 GiB` or `0B`; the case of the unit does not matter.
/// A fraction of a byte that remains is dropped. The error says what to write instead.
pub fn parse(text: &str) -> Result<u64, String> {
    let text = text.trim();
    let at = text.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(text.len());
    let (number, unit) = (&text[..at], text[at..].trim_start());
    if text.starts_with('-') {
        return Err(format!("`{text}` is negative; a size is zero or more"));
    }
    if number.is_empty() {
        return Err(format!("`{text}` is not a size; write one like `512MiB`"));
    }
    let size = unit_size(number, unit)?;
    multiply(number, size).ok_or_else(|| format!("`{text}` is not a size below 16 EiB, written like `1.5GiB`"))
}

/// The largest binary unit that fits and at most one decimal: `1.5 GiB`, `512 MiB`, `0 B`.
pub fn show(bytes: u64) -> String {
    let binary = UNITS.iter().rev().filter(|(name, _)| name.contains('i'));
    for (name, size) in binary {
        // Tenths are rounded first, so that 1023.96 KiB becomes 1 MiB and not 1024 KiB.
        let size = u128::from(*size);
        let smaller = (size >> 10).max(1);
        let bytes = u128::from(bytes);
        let below = (bytes * 10 + smaller / 2) / smaller;
        if below >= 10_240 {
            return with_tenths((bytes * 10 + size / 2) / size, name);
        }
    }
    format!("{bytes} B")
}

fn with_tenths(tenths: u128, unit: &str) -> String {
    match tenths % 10 {
        0 => format!("{} {unit}", tenths / 10),
        tenth => format!("{}.{tenth} {unit}", tenths / 10),
    }
}

fn unit_size(number: &str, unit: &str) -> Result<u64, String> {
    if unit.is_empty() {
        return Err(format!("`{number}` has no unit; write `{number}B`, `{number}KiB` or `{number}MB`"));
    }
    let known = UNITS.iter().find(|(name, _)| name.eq_ignore_ascii_case(unit));
    known.map(|(_, size)| *size).ok_or_else(|| unknown_unit(unit))
}

fn unknown_unit(unit: &str) -> String {
    let upper = unit.to_ascii_uppercase();
    if ["K", "M", "G", "T", "P", "E"].contains(&upper.as_str()) {
        return format!("`{unit}` can mean powers of 1000 or of 1024; write `{upper}B` (1000) or `{upper}iB` (1024)");
    }
    format!("`{unit}` is not a unit of size; the units are B, KB, KiB, MB, MiB, GB, GiB, TB, TiB, PB, PiB, EB and EiB")
}

/// Exact decimal arithmetic: a floating point number would lose bytes above 2^53.
fn multiply(number: &str, size: u64) -> Option<u64> {
    let (whole, fraction) = match number.split_once('.') {
        Some((_, "")) => return None,
        Some(pair) => pair,
        None => (number, ""),
    };
    if fraction.len() > 18 {
        return None;
    }
    let whole: u64 = whole.parse().ok()?;
    let digits: u64 = if fraction.is_empty() { 0 } else { fraction.parse().ok()? };
    let scale = 10u128.pow(fraction.len() as u32);
    let rest = u128::from(digits) * u128::from(size) / scale;
    u64::try_from(u128::from(whole) * u128::from(size) + rest).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn sizes_are_read() {
        let cases = [
            ("512MiB", 512 << 20),
            ("10GB", 10_000_000_000),
            ("0B", 0),
            ("1.5 GiB", 3 << 29),
            ("64KiB", 65_536),
            (" 2 kb ", 2_000),
            ("0.1KiB", 102),
            ("18446744073709551615B", u64::MAX),
        ];
        for (text, bytes) in cases {
            assert_eq!(parse(text), Ok(bytes), "{text}");
        }
    }

    #[test]
    fn refusals_say_what_to_write() {
        let cases = [
            ("512", "`512` has no unit; write `512B`"),
            ("5M", "write `MB` (1000) or `MiB` (1024)"),
            ("-1KB", "negative"),
            ("", "not a size"),
            ("lots", "not a size"),
            ("5 parsecs", "not a unit of size"),
            ("1.2.3MB", "not a size below"),
            ("1.MB", "not a size below"),
            ("16EiB", "not a size below 16 EiB"),
        ];
        for (text, part) in cases {
            let message = parse(text).expect_err(text);
            assert!(message.contains(part), "{text}: {message}");
        }
    }

    #[test]
    fn sizes_are_shown_short() {
        let cases = [
            (0, "0 B"),
            (1_023, "1023 B"),
            (1_024, "1 KiB"),
            (1_048_575, "1 MiB"),
            (512 << 20, "512 MiB"),
            (3 << 29, "1.5 GiB"),
            (10_000_000_000, "9.3 GiB"),
            (u64::MAX, "16 EiB"),
        ];
        for (bytes, text) in cases {
            assert_eq!(show(bytes), text);
        }
    }

    proptest! {
        #[test]
        fn what_is_shown_reads_back_within_rounding(bytes in 0..u64::MAX / 2) {
            let back = parse(&show(bytes)).unwrap();
            prop_assert!(back.abs_diff(bytes) <= bytes / 20 + 1, "{bytes} {back}");
        }

        #[test]
        fn any_text_is_answered(text in ".{0,40}") {
            let _ = parse(&text);
        }
    }
}

//! What an unquoted scalar means: the core schema of YAML 1.2 (section 10.3.2), with two deviations.
//!
//! A number with a leading zero stays text (`0644` is a file mode, not 644), and so does what no exact or finite
//! number can hold: `.inf`, `.nan`, integers beyond 64 bits, `1e999`.

/// The meaning of a scalar without quotes.
#[derive(Copy, Clone, PartialEq, Debug)]
pub(super) enum Scalar {
    Null,
    Boolean(bool),
    Integer(i64),
    Float(f64),
    Text,
}

pub(super) fn resolve(spelling: &str) -> Scalar {
    match spelling {
        "" | "~" | "null" | "Null" | "NULL" => Scalar::Null,
        "true" | "True" | "TRUE" => Scalar::Boolean(true),
        "false" | "False" | "FALSE" => Scalar::Boolean(false),
        _ if spelling.starts_with(|first: char| first.is_ascii_digit() || "+-.".contains(first)) => number(spelling),
        _ => Scalar::Text,
    }
}

fn number(spelling: &str) -> Scalar {
    if let Some(digits) = spelling.strip_prefix("0x") {
        return with_radix(digits, 16);
    }
    if let Some(digits) = spelling.strip_prefix("0o") {
        return with_radix(digits, 8);
    }
    let digits = spelling.strip_prefix(['-', '+']).unwrap_or(spelling).as_bytes();
    let leading_zero = matches!(digits, [b'0', second, ..] if second.is_ascii_digit());
    if leading_zero || !digits.iter().any(u8::is_ascii_digit) {
        return Scalar::Text;
    }
    if digits.iter().all(u8::is_ascii_digit) {
        return spelling.parse().map_or(Scalar::Text, Scalar::Integer);
    }
    match spelling.parse::<f64>() {
        Ok(value) if value.is_finite() => Scalar::Float(value),
        _ => Scalar::Text,
    }
}

fn with_radix(digits: &str, radix: u32) -> Scalar {
    // from_str_radix alone would accept a sign.
    match i64::from_str_radix(digits, radix) {
        Ok(value) if digits.chars().all(|digit| digit.is_digit(radix)) => Scalar::Integer(value),
        _ => Scalar::Text,
    }
}

#[cfg(test)]
mod tests {
    use super::{Scalar::*, *};

    #[test]
    fn the_core_schema() {
        let cases = [
            ("", Null),
            ("~", Null),
            ("null", Null),
            ("true", Boolean(true)),
            ("FALSE", Boolean(false)),
            ("0", Integer(0)),
            ("-12", Integer(-12)),
            ("+5", Integer(5)),
            ("0x1F", Integer(31)),
            ("0o644", Integer(420)),
            ("3.10", Float(3.1)),
            (".5", Float(0.5)),
            ("1.", Float(1.0)),
            ("-1e3", Float(-1000.0)),
            ("0.5", Float(0.5)),
        ];
        for (spelling, meaning) in cases {
            assert_eq!(resolve(spelling), meaning, "{spelling}");
        }
    }

    #[test]
    fn what_stays_text() {
        let texts = [
            "0644",
            "-007",
            "00.5",
            "no",
            "on",
            "yes",
            "off",
            "y",
            "nULL",
            ".inf",
            "-.inf",
            ".nan",
            "inf",
            "nan",
            "1e999",
            "9223372036854775808",
            "1_000",
            "0b11",
            "0x",
            "0x+1",
            "0o8",
            "3.12.1",
            "2027-01-31",
            "12:30",
            "10s",
            "1.2.",
            "-",
            "+",
            ".",
            "..",
            "e5",
            "1e",
            "--1",
            "<<",
        ];
        for spelling in texts {
            assert_eq!(resolve(spelling), Text, "{spelling}");
        }
    }
}

//! The text format of Prometheus, version 0.0.4, as far as OpenMetrics too.
//!
//! Timestamps and exemplars are passed over. Deliberately absent: what a metric means.

use crate::record;
use std::collections::BTreeMap;

record! {
    /// One line of the page.
    pub struct Sample {
        /// Name of the metric.
        name: String,
        /// Its labels.
        labels: BTreeMap<String, String>,
        /// Its value; may be infinite, or no number (NaN).
        value: f64,
        /// `counter`, `gauge`, `histogram`, `summary` or `untyped`.
        kind: String,
    }
}

/// Reads a page.
///
/// # Errors
/// The line that is not understood, and why.
pub fn parse(text: &str) -> Result<Vec<Sample>, String> {
    let mut kinds = BTreeMap::new();
    let mut samples = Vec::new();
    for (number, line) in text.lines().enumerate() {
        let line = line.trim();
        if let Some(comment) = line.strip_prefix('#') {
            let mut words = comment.split_whitespace();
            if let (Some("TYPE"), Some(name), Some(kind)) = (words.next(), words.next(), words.next()) {
                kinds.insert(name.trim_matches('"').to_string(), kind.to_string());
            }
        } else if !line.is_empty() {
            samples.push(sample(line, &kinds).ok_or_else(|| format!("line {} is no sample: `{line}`", number + 1))?);
        }
    }
    Ok(samples)
}

/// `name{label="value"} 1.5 1700000000000`
fn sample(line: &str, kinds: &BTreeMap<String, String>) -> Option<Sample> {
    let end = line.find(|c: char| c == '{' || c.is_whitespace())?;
    let (name, rest) = line.split_at(end);
    let (mut name, rest) = (name.to_string(), rest.trim_start());
    let (labels, rest) = match rest.strip_prefix('{') {
        Some(rest) => labels(rest, &mut name)?,
        None => (BTreeMap::new(), rest),
    };
    let valid = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == ':';
    if name.is_empty() || (!line.starts_with('{') && !name.chars().all(valid)) {
        return None;
    }
    let mut words = rest.split_whitespace();
    let value = number(words.next()?)?;
    if words.next().is_some_and(|timestamp| timestamp != "#" && timestamp.parse::<f64>().is_err()) {
        return None;
    }
    let kind = kind(&name, kinds).to_string();
    Some(Sample { name, labels, value, kind })
}

/// The labels up to `}` and what follows it. A text without `=` is the name of the metric (Prometheus 3).
fn labels<'a>(mut rest: &'a str, metric: &mut String) -> Option<(BTreeMap<String, String>, &'a str)> {
    let mut labels = BTreeMap::new();
    loop {
        rest = rest.trim_start();
        if let Some(after) = rest.strip_prefix('}') {
            return Some((labels, after));
        }
        let (name, after) = match rest.starts_with('"') {
            true => quoted(rest)?,
            false => {
                let (name, after) = rest.split_at(rest.find(['=', ',', '}', ' '])?);
                (name.to_string(), after)
            }
        };
        let after = after.trim_start();
        rest = match after.strip_prefix('=') {
            Some(after) => {
                let (value, after) = quoted(after.trim_start())?;
                labels.insert(name, value);
                after
            }
            None if rest.starts_with('"') && metric.is_empty() => {
                *metric = name;
                after
            }
            None => return None,
        };
        rest = rest.trim_start();
        rest = match rest.strip_prefix(',') {
            Some(after) => after,
            None if rest.starts_with('}') => rest,
            None => return None,
        };
    }
}

/// A text in quotes, with `\\`, `\"` and `\n`, and what follows it.
fn quoted(text: &str) -> Option<(String, &str)> {
    let inside = text.strip_prefix('"')?;
    let mut value = String::new();
    let mut characters = inside.char_indices();
    while let Some((place, character)) = characters.next() {
        match character {
            '"' => return Some((value, &inside[place + 1..])),
            '\\' => match characters.next()?.1 {
                'n' => value.push('\n'),
                escaped @ ('\\' | '"') => value.push(escaped),
                // as Prometheus itself does
                other => value.extend(['\\', other]),
            },
            other => value.push(other),
        }
    }
    None
}

/// As Go reads numbers: `+Inf`, `NaN`, `1e3`.
fn number(text: &str) -> Option<f64> {
    text.parse().ok()
}

/// The parts of a histogram or summary have the kind of the whole.
fn kind<'a>(name: &str, kinds: &'a BTreeMap<String, String>) -> &'a str {
    let suffixes = ["", "_bucket", "_sum", "_count", "_total", "_created"];
    let whole = suffixes.iter().find_map(|suffix| kinds.get(name.strip_suffix(suffix)?));
    whole.map_or("untyped", String::as_str)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// From the documentation of the format, which shows every trap.
    const PAGE: &str = r#"# HELP http_requests_total The total number of HTTP requests.
# TYPE http_requests_total counter
http_requests_total{method="post",code="200"} 1027 1395066363000
http_requests_total{method="post",code="400"}    3 1395066363000

# Escaping in label values:
msdos_file_access_time_seconds{path="C:\\DIR\\FILE.TXT",error="Cannot find file:\n\"FILE.TXT\""} 1.458255915e9

metric_without_timestamp_and_labels 12.47
something_weird{problem="division by zero"} +Inf -3982045

# TYPE http_request_duration_seconds histogram
http_request_duration_seconds_bucket{le="0.05",} 24054
http_request_duration_seconds_bucket{ le="+Inf" } 144320 # {trace_id="x"} 0.5
http_request_duration_seconds_sum 53423
{"my.metric", "a b"="{,}"} NaN
# EOF
"#;

    #[test]
    fn the_page_of_the_documentation_is_read() {
        let samples = parse(PAGE).unwrap();
        let of = |place: usize| &samples[place];
        assert_eq!(samples.len(), 9);
        assert_eq!((of(0).value, of(0).kind.as_str()), (1027.0, "counter"));
        assert_eq!(of(2).labels["path"], r"C:\DIR\FILE.TXT");
        assert_eq!(of(2).labels["error"], "Cannot find file:\n\"FILE.TXT\"");
        assert_eq!((of(3).value, of(3).kind.as_str()), (12.47, "untyped"));
        assert_eq!(of(4).value, f64::INFINITY);
        assert_eq!((of(6).labels["le"].as_str(), of(6).kind.as_str()), ("+Inf", "histogram"));
        assert_eq!(of(7).kind, "histogram");
        assert_eq!((of(8).name.as_str(), of(8).labels["a b"].as_str()), ("my.metric", "{,}"));
        assert!(of(8).value.is_nan());
    }

    #[test]
    fn what_is_no_sample_is_told_with_its_line() {
        for line in [
            "<html>",
            "up",
            "up{",
            "up{a}",
            "up{a=\"b} 1",
            "up{a=\"b\" c=\"d\"} 1",
            "up one",
            "up 1 soon",
            "{} 1",
            "a-b 1",
            "up{a=\"b\\",
        ] {
            assert!(parse(&format!("ok 1\n{line}\n")).unwrap_err().starts_with("line 2 "), "{line}");
        }
        assert_eq!(parse(""), Ok(vec![]));
    }
}

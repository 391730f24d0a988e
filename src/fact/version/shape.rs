//! What a version looks like: where it ends in a text, and whether a text is one.
//!
//! One grammar serves both, so that what is found also parses.

/// Longer tokens are hashes or garbage.
const LONGEST: usize = 256;

/// Words that may follow a number directly or after a dot, besides short lower-case letters.
const LABELS: [&str; 17] = [
    "a",
    "alpha",
    "b",
    "beta",
    "c",
    "rc",
    "pre",
    "preview",
    "dev",
    "post",
    "rev",
    "r",
    "m",
    "milestone",
    "snapshot",
    "nightly",
    "final",
];

/// Whether the whole text is a version.
pub(super) fn is_version(text: &str) -> bool {
    if text.len() > LONGEST {
        return false;
    }
    let trimmed = text.strip_suffix('+').unwrap_or(text.trim_end_matches('~'));
    end(trimmed.as_bytes(), 0, Reading::Whole) == Some(trimmed.len())
}

/// Whether a word after a dot can only be part of a text that is a version as a whole
/// (`4.2.Final`), or is a file's ending next to one (`4.2.tar`).
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Reading {
    Whole,
    Token,
}

/// Where the version that begins at `start` ends; `None` if it is none.
pub(super) fn end(bytes: &[u8], start: usize, reading: Reading) -> Option<usize> {
    // Not further than the longest version, or many overlong tokens would take quadratic time.
    let bytes = &bytes[..bytes.len().min(start + LONGEST + 1)];
    if !is_digit(bytes, start) {
        return None;
    }
    let mut at = digits(bytes, start);
    if matches!(bytes.get(at), Some(b':' | b'!')) && is_digit(bytes, at + 1) {
        at = digits(bytes, at + 1);
    }
    let mut numbers = 1;
    while bytes.get(at) == Some(&b'.') && is_digit(bytes, at + 1) {
        at = digits(bytes, at + 1);
        numbers += 1;
    }
    at = suffix(bytes, at, numbers, reading)?;
    at = tail(bytes, at);
    (at - start <= LONGEST).then_some(at)
}

/// The word next to the numbers: `rc1`, `k`, `p1` directly, `.dev1` or `.Final` after a dot.
fn suffix(bytes: &[u8], at: usize, numbers: usize, reading: Reading) -> Option<usize> {
    let dotted = bytes.get(at) == Some(&b'.');
    let from = at + usize::from(dotted);
    let to = from + count(&bytes[from..], u8::is_ascii_alphabetic);
    let word = &bytes[from..to];
    if word.is_empty() {
        return Some(at);
    }
    let label = LABELS.iter().any(|label| label.as_bytes().eq_ignore_ascii_case(word));
    let letters = word.len() <= numbers.min(2) && word.iter().all(u8::is_ascii_lowercase);
    match dotted {
        true if label || (reading == Reading::Whole && numbers > 1) => Some(to),
        true => Some(at),
        false => (label || letters).then_some(to),
    }
}

/// Letters, digits and single joints between them.
fn tail(bytes: &[u8], mut at: usize) -> usize {
    let mut plain = true; // no joint but dots so far: a further `.word` is no part of it
    loop {
        let run = count(&bytes[at..], u8::is_ascii_alphanumeric);
        at += run;
        let joint = bytes.get(at).copied();
        let next = bytes.get(at + 1).copied().unwrap_or(b' ');
        match joint {
            Some(b'.') if plain && !next.is_ascii_digit() && !is_label(bytes, at + 1) => return at,
            Some(b'.' | b'-' | b'_') if next.is_ascii_alphanumeric() => at += 1,
            Some(b'+' | b'^') if next.is_ascii_alphanumeric() => at += 1,
            Some(b'~') if next.is_ascii_alphanumeric() || next == b'~' => at += 1,
            Some(b'(') if next.is_ascii_digit() => {
                let close = digits(bytes, at + 1);
                if bytes.get(close) != Some(&b')') {
                    return at;
                }
                at = close + 1;
            }
            _ => return at,
        }
        plain &= joint == Some(b'.');
    }
}

fn is_label(bytes: &[u8], at: usize) -> bool {
    let word = &bytes[at..at + count(&bytes[at..], u8::is_ascii_alphabetic)];
    LABELS.iter().any(|label| label.as_bytes().eq_ignore_ascii_case(word))
}

fn digits(bytes: &[u8], at: usize) -> usize {
    at + count(&bytes[at..], u8::is_ascii_digit)
}

fn is_digit(bytes: &[u8], at: usize) -> bool {
    bytes.get(at).is_some_and(u8::is_ascii_digit)
}

fn count(bytes: &[u8], wanted: fn(&u8) -> bool) -> usize {
    bytes.iter().take_while(|byte| wanted(byte)).count()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whole_texts() {
        let versions = [
            "12",
            "3.10",
            "1.2.3.4",
            "1.1.1k",
            "1.0.2zh",
            "9.2p1",
            "2024a",
            "1.0a1",
            "3.13.0rc1",
            "1.2.3-rc.1",
            "1.0.dev1",
            "1.0.post1",
            "1!2.0",
            "1:2.3-4+b1",
            "2.36-9+deb12u9",
            "1.0~rc1",
            "1.0~~",
            "6.1.0+",
            "5.15.0-91-generic",
            "5.2.15(1)-release",
            "1.8.0_392",
            "4.2.Final",
            "21+35-2513",
            "3.11.4-1.el9",
            "1.0^git1-2.fc39",
            "2025-04-15",
        ];
        for text in versions {
            assert!(is_version(text), "{text}");
        }
        let others = [
            "",
            "v1",
            "latest",
            ".5",
            "1.",
            "1..2",
            "1.2.",
            "1.2-",
            "-1",
            "1.5GB",
            "3rd",
            "12abc",
            "1.2 3",
            "1,2",
            "1.2.*",
            "1:",
            "3.example.com",
            "é1",
            "1.2é",
            "1.0(2",
        ];
        for text in others {
            assert!(!is_version(text), "{text}");
        }
    }

    #[test]
    fn overlong_texts_are_no_versions() {
        assert!(is_version(&"1".repeat(LONGEST)));
        assert!(!is_version(&"1".repeat(LONGEST + 1)));
    }
}

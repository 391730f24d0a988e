//! The orders of package managers, which no generic order can honour.
//!
//! In Debian `1.2 < 1.2.0` and `1.0rc1 > 1.0`; in RPM `1.0a > 1.0` but `1.0a < 1.0.1`, and `_` is `.`.
//! Deliberately absent: checking that a text is a well-formed version.

use std::cmp::Ordering;

/// Compares by deb-version(7), section "Sorting algorithm".
pub fn compare_deb(a: &str, b: &str) -> Ordering {
    let ((epoch_a, rest_a), (epoch_b, rest_b)) = (split_epoch(a), split_epoch(b));
    let (upstream_a, revision_a) = rest_a.rsplit_once('-').unwrap_or((rest_a, ""));
    let (upstream_b, revision_b) = rest_b.rsplit_once('-').unwrap_or((rest_b, ""));
    compare_digits(epoch_a, epoch_b)
        .then_with(|| compare_deb_part(upstream_a, upstream_b))
        .then_with(|| compare_deb_part(revision_a, revision_b))
}

/// Compares `[epoch:]version[-release]` by rpm-version(7); a missing release is the lowest.
pub fn compare_rpm(a: &str, b: &str) -> Ordering {
    let ((epoch_a, rest_a), (epoch_b, rest_b)) = (split_epoch(a), split_epoch(b));
    let (version_a, release_a) = rest_a.rsplit_once('-').unwrap_or((rest_a, ""));
    let (version_b, release_b) = rest_b.rsplit_once('-').unwrap_or((rest_b, ""));
    compare_digits(epoch_a, epoch_b)
        .then_with(|| compare_rpm_part(version_a, version_b))
        .then_with(|| compare_rpm_part(release_a, release_b))
}

/// Without the `-release` of an RPM, which a dependency that names none does not mean.
pub(super) fn without_release(text: &str) -> &str {
    text.rsplit_once('-').map_or(text, |(version, _)| version)
}

/// A missing epoch is zero.
fn split_epoch(text: &str) -> (&str, &str) {
    let pair = text.split_once(':');
    pair.filter(|(epoch, _)| epoch.bytes().all(|b| b.is_ascii_digit())).unwrap_or(("", text))
}

/// Alternates between what is no digit and digits, until something differs.
fn compare_deb_part(a: &str, b: &str) -> Ordering {
    let (mut a, mut b) = (a.as_bytes(), b.as_bytes());
    while !a.is_empty() || !b.is_empty() {
        let (text_a, text_b) = (take(&mut a, |c| !c.is_ascii_digit()), take(&mut b, |c| !c.is_ascii_digit()));
        let order = compare_deb_text(text_a, text_b);
        if order.is_ne() {
            return order;
        }
        let (number_a, number_b) = (take(&mut a, |c| c.is_ascii_digit()), take(&mut b, |c| c.is_ascii_digit()));
        let order = compare_bytes_as_numbers(number_a, number_b);
        if order.is_ne() {
            return order;
        }
    }
    Ordering::Equal
}

/// `~` sorts before the end, the end before letters, letters before everything else.
fn compare_deb_text(a: &[u8], b: &[u8]) -> Ordering {
    let weight = |text: &[u8], at: usize| match text.get(at) {
        Some(b'~') => -1,
        None => 0,
        Some(letter) if letter.is_ascii_alphabetic() => i32::from(*letter),
        Some(other) => i32::from(*other) + 256,
    };
    (0..a.len().max(b.len()))
        .map(|at| weight(a, at).cmp(&weight(b, at)))
        .find(|order| order.is_ne())
        .unwrap_or(Ordering::Equal)
}

/// Segments of digits or letters; separators only separate; `~` is low, `^` is just above the end.
fn compare_rpm_part(a: &str, b: &str) -> Ordering {
    let (mut a, mut b) = (a.as_bytes(), b.as_bytes());
    loop {
        take(&mut a, is_rpm_separator);
        take(&mut b, is_rpm_separator);
        let order = match (a.first(), b.first()) {
            (Some(b'~'), Some(b'~')) | (Some(b'^'), Some(b'^')) => {
                (a, b) = (&a[1..], &b[1..]);
                Ordering::Equal
            }
            (Some(b'~'), _) => Ordering::Less,
            (_, Some(b'~')) => Ordering::Greater,
            (None, None) => return Ordering::Equal,
            (None, _) => Ordering::Less,
            (_, None) => Ordering::Greater,
            (Some(b'^'), _) => Ordering::Less,
            (_, Some(b'^')) => Ordering::Greater,
            (Some(one), Some(other)) => {
                let (number, other_number) = (one.is_ascii_digit(), other.is_ascii_digit());
                compare_rpm_segment(&mut a, &mut b, number, other_number)
            }
        };
        if order.is_ne() {
            return order;
        }
    }
}

fn compare_rpm_segment(a: &mut &[u8], b: &mut &[u8], number_a: bool, number_b: bool) -> Ordering {
    match (number_a, number_b) {
        (true, true) => compare_bytes_as_numbers(take(a, |c| c.is_ascii_digit()), take(b, |c| c.is_ascii_digit())),
        (false, false) => take(a, |c| c.is_ascii_alphabetic()).cmp(take(b, |c| c.is_ascii_alphabetic())),
        (one, other) => one.cmp(&other),
    }
}

fn is_rpm_separator(byte: u8) -> bool {
    !byte.is_ascii_alphanumeric() && byte != b'~' && byte != b'^'
}

fn compare_digits(a: &str, b: &str) -> Ordering {
    compare_bytes_as_numbers(a.as_bytes(), b.as_bytes())
}

/// As numbers of any size: without the zeros in front, the longer one is larger.
fn compare_bytes_as_numbers(a: &[u8], b: &[u8]) -> Ordering {
    let (mut a, mut b) = (a, b);
    take(&mut a, |c| c == b'0');
    take(&mut b, |c| c == b'0');
    a.len().cmp(&b.len()).then_with(|| a.cmp(b))
}

fn take<'a>(text: &mut &'a [u8], wanted: fn(u8) -> bool) -> &'a [u8] {
    let end = text.iter().position(|byte| !wanted(*byte)).unwrap_or(text.len());
    let (taken, rest) = text.split_at(end);
    *text = rest;
    taken
}

#[cfg(test)]
mod tests {
    use std::process::Command;

    use super::*;
    use Ordering::{Equal, Greater, Less};

    const DEB: &[(&str, &str, Ordering)] = &[
        ("1.0", "1.0", Equal),
        ("1.00", "1.0", Equal),
        ("0:1.0", "1.0", Equal),
        ("1.2", "1.2.0", Less),
        ("1:1.0", "2.0", Greater),
        ("10:1", "9:9", Greater),
        ("1:2.3-4", "1:2.3-4+b1", Less),
        ("2.36-9+deb12u9", "2.36-9+deb12u14", Less),
        ("1.0~rc1", "1.0", Less),
        ("1.0~~", "1.0~", Less),
        ("1.0~~a", "1.0~", Less),
        ("1.2.3-rc1", "1.2.3", Greater),
        ("1.0rc1", "1.0", Greater),
        ("1.1.1k", "1.1.1w", Less),
        ("1.1.1k-1", "1.1.1.1-1", Less),
        ("1.0a", "1.0+", Less),
        ("1.0", "1.0-0", Equal),
        ("1.0-1~bpo12+1", "1.0-1", Less),
        ("2-3-1", "2-3-2", Less),
        ("5.15.0-91", "5.15.0-100", Less),
        ("1.0-1ubuntu0.1", "1.0-1", Greater),
        ("20230101123456789012345", "20230101123456789012346", Less),
    ];

    #[test]
    fn debian_table() {
        for &(a, b, order) in DEB {
            assert_eq!(compare_deb(a, b), order, "{a} {b}");
            assert_eq!(compare_deb(b, a), order.reverse(), "{b} {a}");
        }
    }

    #[test]
    fn debian_table_as_dpkg_sees_it() {
        for &(a, b, order) in DEB {
            let relation = match order {
                Less => "lt",
                Equal => "eq",
                Greater => "gt",
            };
            let status = Command::new("dpkg").args(["--compare-versions", a, relation, b]).status();
            match status {
                Ok(status) => assert!(status.success(), "dpkg: {a} {relation} {b}"),
                Err(error) => return eprintln!("SKIPPED: dpkg does not run here: {error}"),
            }
        }
    }

    #[test]
    fn rpm_table() {
        let cases = [
            ("1.0", "1.0", Equal),
            ("1.0", "1_0", Equal),
            ("2.0.1", "2.0", Greater),
            ("2.0.1a", "2.0.1", Greater),
            ("5.5p1", "5.5p10", Less),
            ("10xyz", "10.1xyz", Less),
            ("xyz10", "xyz10.1", Less),
            ("xyz.4", "8", Less),
            ("6.0.rc1", "6.0", Greater),
            ("10b2", "10a1", Greater),
            ("1.0010", "1.9", Greater),
            ("1.05", "1.5", Equal),
            ("4.999.9", "5.0", Less),
            ("1.0~rc1", "1.0", Less),
            ("1.0~rc1~git123", "1.0~rc1", Less),
            ("1.0^", "1.0", Greater),
            ("1.0^git1", "1.0^git2", Less),
            ("1.0^git1", "1.0.1", Less),
            ("1.0^git1~pre", "1.0^git1", Less),
            ("1.0~rc1^git1", "1.0~rc1", Greater),
            ("1:1.0-1", "2.0-1", Greater),
            ("1.0-1.el9", "1.0-2.el9", Less),
            ("1.0-9.el9", "1.0-10.el9", Less),
            ("1.0", "1.0-1", Less),
        ];
        for (a, b, order) in cases {
            assert_eq!(compare_rpm(a, b), order, "{a} {b}");
            assert_eq!(compare_rpm(b, a), order.reverse(), "{b} {a}");
        }
    }
}

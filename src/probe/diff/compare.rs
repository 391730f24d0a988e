//! What differs between two texts: a pure function.

use super::{Compare, Facts, Target};
use crate::judge::pattern::Pattern;
use crate::prose;
use serde_json::Value as Json;
use similar::{ChangeTag, TextDiff};
use std::cmp::Ordering;
use std::time::Instant;

/// Lines of the difference that are kept.
const MOST_LINES: usize = 200;
/// Equal lines around a difference.
const AROUND: usize = 3;

/// The regular expressions of lines that do not count.
pub fn ignored(target: &Target) -> Result<Vec<Pattern>, String> {
    let patterns = target.ignore.iter().flat_map(|ignore| &ignore.0);
    patterns.map(|text| Pattern::parse(text).map_err(|error| format!("`{text}`: {}", error.message))).collect()
}

/// Compares. `Err` says which side cannot be compared.
pub fn compare(target: &Target, left: &str, right: &str, deadline: Instant) -> Result<Facts, String> {
    let (left, right) = (prepared(target, left, "left")?, prepared(target, right, "right")?);
    let same = left == right;
    if target.r#as == Compare::Lines {
        let (only_left, only_right) = unpaired(&left, &right);
        let minus = only_left.iter().map(|line| format!("-{line}\n"));
        let difference = bounded(minus.chain(only_right.iter().map(|line| format!("+{line}\n"))));
        let same = only_left.is_empty() && only_right.is_empty();
        return Ok(Facts {
            same: same.into(),
            only_left: only_left.into(),
            only_right: only_right.into(),
            difference: difference.into(),
        });
    }
    let old: Vec<&str> = left.iter().map(String::as_str).collect();
    let new: Vec<&str> = right.iter().map(String::as_str).collect();
    let diff = TextDiff::configure().deadline(deadline).newline_terminated(true).diff_slices(&old, &new);
    let only = |tag| -> Vec<String> {
        let changes = diff.iter_all_changes().filter(|change| change.tag() == tag);
        changes.map(|change| change.value().trim_end_matches(['\n', '\r']).to_string()).collect()
    };
    let mut unified = diff.unified_diff();
    let hunks = unified.context_radius(AROUND).missing_newline_hint(false).iter_hunks();
    let lines = hunks.flat_map(|hunk| hunk.to_string().lines().map(|line| format!("{line}\n")).collect::<Vec<_>>());
    Ok(Facts {
        same: same.into(),
        only_left: only(ChangeTag::Delete).into(),
        only_right: only(ChangeTag::Insert).into(),
        difference: bounded(lines).into(),
    })
}

/// The lines that count, as they are compared. Only `text` keeps how they end.
fn prepared(target: &Target, text: &str, name: &str) -> Result<Vec<String>, String> {
    let text = match target.r#as {
        Compare::Json => pretty(text).map_err(|error| format!("{name} is not JSON: {error}"))?,
        _ => text.to_string(),
    };
    let ignored = ignored(target)?;
    let ignored: Vec<_> = ignored.iter().map(Pattern::regex).collect::<Result<_, _>>()?;
    let whole = target.r#as == Compare::Text;
    let lines: Vec<&str> = if whole { text.split_inclusive('\n').collect() } else { text.lines().collect() };
    let counting = lines.into_iter().filter(|line| {
        let line = line.trim_end_matches(['\n', '\r']);
        !ignored.iter().any(|regex| regex.is_match(line))
    });
    let trimmed = counting.map(|line| if target.trim { line.trim() } else { line });
    Ok(trimmed.map(|line| if target.case { line.to_string() } else { line.to_lowercase() }).collect())
}

fn pretty(text: &str) -> Result<String, serde_json::Error> {
    let mut json: Json = serde_json::from_str(text)?;
    json.sort_all_objects();
    serde_json::to_string_pretty(&json)
}

/// Lines without a partner on the other side, wherever that stands.
fn unpaired(left: &[String], right: &[String]) -> (Vec<String>, Vec<String>) {
    let sorted = |lines: &[String]| {
        let mut numbered: Vec<(String, usize)> = lines.iter().cloned().zip(0..).collect();
        numbered.sort();
        numbered
    };
    let (left, right) = (sorted(left), sorted(right));
    let (mut only_left, mut only_right) = (Vec::new(), Vec::new());
    let (mut left, mut right) = (left.into_iter().peekable(), right.into_iter().peekable());
    loop {
        let order = match (left.peek(), right.peek()) {
            (Some(one), Some(other)) => one.0.cmp(&other.0),
            (Some(_), None) => Ordering::Less,
            (None, Some(_)) => Ordering::Greater,
            (None, None) => break,
        };
        match order {
            Ordering::Less => only_left.extend(left.next()),
            Ordering::Greater => only_right.extend(right.next()),
            Ordering::Equal => drop((left.next(), right.next())),
        }
    }
    let in_order = |mut lines: Vec<(String, usize)>| {
        lines.sort_by_key(|(_, place)| *place);
        lines.into_iter().map(|(line, _)| line).collect()
    };
    (in_order(only_left), in_order(only_right))
}

fn bounded(lines: impl Iterator<Item = String>) -> String {
    let mut lines = lines;
    let mut text: String = lines.by_ref().take(MOST_LINES).collect();
    match lines.count() {
        0 => {}
        more => text.push_str(&format!("… and {}\n", prose::count(more, "more line"))),
    }
    text
}

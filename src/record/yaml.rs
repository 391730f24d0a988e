//! Writes YAML that people edit: keys in the given order, texts of several lines as blocks,
//! short lists on one line, quotes only where a reader could take the text for something else.
//!
//! `serde_yaml` writes neither short lists nor keys such as `<<` so that they read back.

use serde_json::{Map, Value as Json};

/// Columns of a list that is written on one line.
const LINE: usize = 100;
/// Lists of words up to this length, on average, are broken into lines; others have a line per item.
const WORD: usize = 16;
/// Plain texts that YAML readers of one version or another take for something else.
const WORDS: &[&str] = &["true", "false", "null", "yes", "no", "on", "off", "y", "n"];

/// The document as YAML.
pub fn write(json: &Json) -> String {
    let mut out = String::new();
    match json {
        Json::Object(map) if !map.is_empty() => entries(map, 0, &mut out),
        Json::Array(items) if !items.is_empty() => list(items, 0, &mut out),
        other => {
            value(other, 0, &mut out);
        }
    }
    out
}

/// The entries of a map; the cursor stands where the first key begins.
fn entries(map: &Map<String, Json>, indent: usize, out: &mut String) {
    for (number, (key, entry)) in map.iter().enumerate() {
        if number > 0 {
            pad(indent, out);
        }
        out.push_str(&scalar(key));
        out.push(':');
        value(entry, indent, out);
    }
}

/// The items of a list; the cursor stands where the first dash begins.
fn list(items: &[Json], indent: usize, out: &mut String) {
    for (number, item) in items.iter().enumerate() {
        if number > 0 {
            pad(indent, out);
        }
        out.push('-');
        match item {
            Json::Object(map) if !map.is_empty() => {
                out.push(' ');
                entries(map, indent + 2, out);
            }
            other => value(other, indent, out),
        }
    }
}

/// What follows a key or a dash, its line break included.
fn value(json: &Json, indent: usize, out: &mut String) {
    match json {
        Json::Object(map) if !map.is_empty() => {
            out.push('\n');
            pad(indent + 2, out);
            entries(map, indent + 2, out);
        }
        Json::Array(items) if !items.is_empty() => match flow(items) {
            Some(Flow::Line(line)) => out.push_str(&format!(" {line}\n")),
            Some(Flow::Lines(lines)) => {
                for line in lines {
                    out.push('\n');
                    pad(indent + 2, out);
                    out.push_str(&line);
                }
                out.push('\n');
            }
            None => {
                out.push('\n');
                pad(indent + 2, out);
                list(items, indent + 2, out);
            }
        },
        Json::String(text) if fits_block(text) => block(text, indent + 2, out),
        Json::String(text) => out.push_str(&format!(" {}\n", scalar(text))),
        other => out.push_str(&format!(" {other}\n")),
    }
}

fn pad(indent: usize, out: &mut String) {
    out.extend(std::iter::repeat_n(' ', indent));
}

/// A list between brackets.
enum Flow {
    Line(String),
    Lines(Vec<String>),
}

fn flow(items: &[Json]) -> Option<Flow> {
    let simple = |item: &Json| match item {
        Json::String(text) if !fits_block(text) => Some(scalar(text)),
        Json::Number(_) | Json::Bool(_) | Json::Null => Some(item.to_string()),
        _ => None,
    };
    let words = items.iter().map(simple).collect::<Option<Vec<_>>>()?;
    let length: usize = words.iter().map(|word| word.len() + 2).sum();
    match length {
        0..=LINE => Some(Flow::Line(format!("[{}]", words.join(", ")))),
        _ if length <= words.len() * WORD => Some(Flow::Lines(broken(&words))),
        _ => None,
    }
}

/// The words in lines of some length, the first with the opening and the last with the closing bracket.
fn broken(words: &[String]) -> Vec<String> {
    let mut lines = vec!["[".to_string()];
    for (number, word) in words.iter().enumerate() {
        let end = if number + 1 == words.len() { "]" } else { "," };
        if lines.last().is_some_and(|line| line.len() + word.len() + 2 > LINE) {
            lines.push(" ".into());
        }
        if let Some(line) = lines.last_mut() {
            let blank = if line.len() > 1 { " " } else { "" };
            line.push_str(&format!("{blank}{word}{end}"));
        }
    }
    lines
}

/// Texts of several printable lines; a reader must neither strip nor translate anything of them.
fn fits_block(text: &str) -> bool {
    let plain = |c: char| c == '\n' || c == '\t' || is_printable(c);
    text.trim_end_matches('\n').contains('\n')
        && !text.starts_with([' ', '\t', '\n'])
        && text.chars().all(plain)
        && text
            .lines()
            .all(|line| !line.starts_with('\t') && !line.trim_matches([' ', '\t']).is_empty() || line.is_empty())
}

/// What every reader of YAML leaves alone: no controls, no line breaks of Unicode, no byte order mark.
fn is_printable(c: char) -> bool {
    !c.is_control() && !matches!(c, '\u{2028}' | '\u{2029}' | '\u{feff}' | '\u{fffe}' | '\u{ffff}')
}

fn block(text: &str, indent: usize, out: &mut String) {
    let body = text.trim_end_matches('\n');
    let breaks = text.len() - body.len();
    out.push_str(match breaks {
        0 => " |-\n",
        1 => " |\n",
        _ => " |+\n",
    });
    for line in body.split('\n').chain(std::iter::repeat_n("", breaks.saturating_sub(1))) {
        if !line.is_empty() {
            pad(indent, out);
            out.push_str(line);
        }
        out.push('\n');
    }
}

/// A text on one line, plain or in double quotes.
fn scalar(text: &str) -> String {
    if is_plain(text) { text.to_string() } else { quoted(text) }
}

fn is_plain(text: &str) -> bool {
    let starts = text.starts_with(|c: char| c.is_ascii_alphabetic() || c == '/' || c == '_');
    let time = crate::fact::Moment::parse(text).is_ok() && text.contains('T');
    (starts || time || is_quantity(text))
        && text.chars().all(|c| c.is_ascii_alphanumeric() || " _./:@%+=-()".contains(c))
        && !text.ends_with([' ', ':'])
        && !text.contains(": ")
        && !WORDS.contains(&text.to_ascii_lowercase().as_str())
}

/// A number with its unit, `1.5 GiB`, `3d 4h` or `95%`, which no reader takes for a number.
fn is_quantity(text: &str) -> bool {
    let unit = text.contains([' ', '%']) || text.ends_with(['s', 'm', 'h', 'd']);
    text.starts_with(|c: char| c.is_ascii_digit()) && unit && !text.starts_with("0x")
}

/// JSON's escapes are YAML's too; what JSON leaves unescaped and YAML does not is written by its number.
fn quoted(text: &str) -> String {
    let mut out = String::from("\"");
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\t' => out.push_str("\\t"),
            '\r' => out.push_str("\\r"),
            c if is_printable(c) => out.push(c),
            c if (c as u32) < 0x10000 => out.push_str(&format!("\\u{:04x}", c as u32)),
            c => out.push_str(&format!("\\U{:08x}", c as u32)),
        }
    }
    out.push('"');
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::spec::diagnostic::Complaints;
    use crate::spec::source::Source;
    use crate::spec::yaml;
    use proptest::prelude::*;
    use serde_json::json;
    use std::sync::Arc;

    fn read(text: &str) -> Json {
        let mut complaints = Complaints::default();
        let document = yaml::parse(Arc::new(Source::new("written", text)), &mut complaints);
        let messages: Vec<&str> = complaints.iter().map(|complaint| complaint.message.as_str()).collect();
        assert!(messages.is_empty(), "{messages:?}\n{text}");
        document.map(|document| document.to_json(document.root())).unwrap()
    }

    #[test]
    fn it_reads_as_people_write() {
        let json = json!({
            "recording": 1,
            "at": "2026-11-21T10:04:05Z",
            "looks": [
                { "check": "a/b", "seen": { "options": ["rw", "nosuid"], "mode": "0640", "text": "one\n  two\n\nthree\n" } },
                { "check": ["a/c", "a/d[x]"], "absent": "there is none: #1" },
            ],
            "empty": {}, "none": [], "long": "no\n", "flag": true, "half": 0.5,
        });
        insta::assert_snapshot!(write(&json), @r##"
        recording: 1
        at: 2026-11-21T10:04:05Z
        looks:
          - check: a/b
            seen:
              options: [rw, nosuid]
              mode: "0640"
              text: |
                one
                  two

                three
          - check: [a/c, "a/d[x]"]
            absent: "there is none: #1"
        empty: {}
        none: []
        long: "no\n"
        flag: true
        half: 0.5
        "##);
        assert_eq!(read(&write(&json)), json);
    }

    fn any_json() -> impl Strategy<Value = Json> {
        let text = prop_oneof![
            "[ -~]{0,12}",
            "([a-z:# -]{0,6}\n){0,4}[a-z ]{0,3}",
            "\\PC{0,6}",
            "[\u{0}-\u{20}\u{7f}-\u{a0}\u{2028}\u{feff}a\n]{0,6}",
            "([0-9.]{1,3} ?[a-zA-Z%]{1,3}|~|<<|-|\\?|0x1f|1e3|\\.5|null|No|0644|[0-9]{1,4}:[0-9]{2}|!a|&a|\\*a|%a|@a|`a)",
        ];
        let leaf = prop_oneof![
            Just(Json::Null),
            any::<bool>().prop_map(Json::from),
            any::<i64>().prop_map(Json::from),
            (-1e18..1e18f64).prop_map(Json::from),
            text.clone().prop_map(Json::from),
        ];
        leaf.prop_recursive(4, 24, 4, move |inner| {
            prop_oneof![
                prop::collection::vec("[a-z:\"#]{0,9}", 0..60).prop_map(Json::from),
                prop::collection::vec(inner.clone(), 0..4).prop_map(Json::from),
                prop::collection::btree_map(text.clone(), inner, 0..4)
                    .prop_map(|map| Json::Object(map.into_iter().collect())),
            ]
        })
    }

    proptest! {
        #[test]
        fn what_is_written_reads_back(json in any_json()) {
            let document = json!({ "value": json });
            prop_assert_eq!(read(&write(&document)), document);
        }

        #[test]
        fn other_readers_agree(text in "([ -~]{0,8}\n?){0,4}") {
            let document = json!({ "value": text });
            prop_assert_eq!(serde_yaml::from_str::<Json>(&write(&document)).unwrap(), document);
        }
    }
}

//! The parser's errors in plain words, with the fix where one can be told from the text around them.

mod words;

use super::{
    MAX_DEPTH,
    braces::{self, quoted, rest_of_line},
};
use crate::spec::{
    diagnostic::Complaint,
    source::{Source, Span},
};
use granit_parser::ErrorKind;
use std::sync::Arc;

/// The complaint about a syntax error at `at`; `after` is where the last value before it ended.
pub(super) fn explain(source: &Arc<Source>, kind: &ErrorKind, at: u32, after: u32) -> Complaint {
    use ErrorKind::*;
    if *kind == RecursionLimitExceeded {
        return too_deep(source, character(source, at));
    }
    if let Some(complaint) = tab(source, kind, at).or_else(|| braces::explain(source, at)) {
        return complaint;
    }
    match kind {
        MappingValueNotAllowed => colon(source, at),
        UnclosedQuotedScalar | InvalidQuotedScalarIndent | DocumentIndicatorInQuotedScalar => {
            unclosed_quote(source, at, after)
        }
        UnknownQuotedScalarEscape => unknown_escape(source, at),
        _ => {
            let (message, help) = words::words(kind, rest_of_line(source, at));
            let complaint = Complaint::error("E0004", source, character(source, at), message);
            Complaint { help, ..complaint }
        }
    }
}

pub(super) fn too_deep(source: &Arc<Source>, span: Span) -> Complaint {
    let message = format!("lists and maps are nested more than {MAX_DEPTH} deep");
    Complaint::error("E0007", source, span, message)
        .help("check the brackets and the indentation; a pack needs about ten")
}

/// A tab where the parser complains of one, or in the indentation of the line of the error or the next one: the
/// parser often stops before the tab that is to blame.
fn tab(source: &Arc<Source>, kind: &ErrorKind, at: u32) -> Option<Complaint> {
    use ErrorKind::*;
    let mut start = source.line_around(at).0;
    let lines = source.text[start as usize..].split_inclusive('\n').take(2);
    for line in lines {
        let indentation = line.len() - line.trim_start_matches([' ', '\t']).len();
        if let Some(tab) = line[..indentation].find('\t') {
            return Some(tab_complaint(source, start + tab as u32, start + indentation as u32));
        }
        start += line.len() as u32;
    }
    matches!(kind, TabNotAllowed | TabInBlockIndentation | TabInIndentation | TabInPlainScalar | TabAtBlockScalarStart)
        .then(|| tab_complaint(source, at, at + 1))
}

fn tab_complaint(source: &Arc<Source>, start: u32, end: u32) -> Complaint {
    Complaint::error("E0010", source, Span::new(start, end), "a tab is no indentation in YAML")
        .help("indent with spaces; most editors can convert the tabs of a file")
}

/// A colon that cannot begin a value, for one of three reasons.
fn colon(source: &Arc<Source>, at: u32) -> Complaint {
    let (line_start, line) = source.line_around(at);
    let before = line.get(..(at - line_start) as usize).unwrap_or_default();
    if let Some(start) = before.find(": ").map(|colon| line_start + colon as u32 + 2) {
        let value = rest_of_line(source, start);
        let span = Span::new(start, start + value.len() as u32);
        return Complaint::error("E0004", source, span, "a value with `: ` in it must be quoted")
            .help(format!("put it in quotes: {}", quoted(value)));
    }
    let above = source.text[..line_start as usize].trim_end().rsplit('\n').next().unwrap_or_default();
    let glued = above.trim().split_once(':').filter(|(_, value)| value.starts_with(|next: char| !next.is_whitespace()));
    let help = match glued {
        Some((key, value)) => format!("a space is missing in the line above: `{key}: {value}`"),
        None => "the key above already has a value: remove that value, or begin both keys in the same column".into(),
    };
    Complaint::error("E0004", source, character(source, at), "a key cannot stand here").help(help)
}

/// The quote that opens the text is the place to look at; where the parser gave up is far below it.
fn unclosed_quote(source: &Arc<Source>, at: u32, after: u32) -> Complaint {
    let between = source.slice(Span::new(after, at));
    let opening = between.find(['"', '\'']).map_or(at, |quote| after + quote as u32);
    Complaint::error(
        "E0004",
        source,
        character(source, opening),
        "the text behind this quote does not end where it should",
    )
    .help("close the quote; lines that continue a quoted text are indented further than its key")
}

/// The first backslash behind `at`, where the quoted text begins, that YAML gives no meaning to.
fn unknown_escape(source: &Arc<Source>, at: u32) -> Complaint {
    const KNOWN: &str = "0abtnvfre \"/\\N_LPxuU\t\r\n";
    let text = source.text.get(at as usize..).unwrap_or_default();
    let escapes = text.match_indices('\\').map(|(backslash, _)| backslash);
    // Every second backslash of a pair is itself escaped.
    let mut behind = 0;
    let unknown = escapes.into_iter().find_map(|backslash| {
        let next = text[backslash + 1..].chars().next()?;
        let escaped = backslash < behind;
        if !escaped {
            behind = backslash + 1 + next.len_utf8();
        }
        (!escaped && !KNOWN.contains(next)).then_some(Span::new(at + backslash as u32, at + behind as u32))
    });
    let span = unknown.unwrap_or_else(|| character(source, at));
    let message = format!("`{}` is no escape that YAML knows", source.slice(span));
    Complaint::error("E0004", source, span, message)
        .help("use single quotes, in which a backslash is only a backslash, or write it twice: \\\\")
}

/// The character at an offset, or an empty place at the end of the text.
fn character(source: &Source, at: u32) -> Span {
    let rest = source.text.get(at as usize..).unwrap_or_default();
    Span::new(at, at + rest.chars().next().map_or(0, char::len_utf8) as u32)
}

#[cfg(test)]
mod tests {
    use crate::spec::yaml::testing::{advice, complaints, read};

    #[test]
    fn a_syntax_error_has_its_place_and_plain_words() {
        let cases = [
            ("a: b: c\n", "1:4 E0004 a value with `: ` in it must be quoted"),
            ("a:b\nc: d\n", "2:2 E0004 a key cannot stand here"),
            ("a: b\n  c: d\n", "2:4 E0004 a key cannot stand here"),
            ("a: @b\n", "1:4 E0004 a value cannot start with the character @"),
            ("a: `b`\n", "1:4 E0004 a value cannot start with the character `"),
            ("a: \"ö\\d\"\n", "1:6 E0004 `\\d` is no escape that YAML knows"),
            ("a: 1\nb: \"c\nd: 2\n", "2:4 E0004 the text behind this quote does not end where it should"),
            ("a: 1\nb: 'c", "2:4 E0004 the text behind this quote does not end where it should"),
            ("a: \"b\" c\n", "1:8 E0004 there is text behind the closing quote"),
            ("a: [1, 2\nb: 3\n", "2:2 E0004 this colon does not fit here"),
            ("a: {b: 1\n", "1:4 E0004 a `{` is not closed"),
            ("a: [b]]\n", "1:7 E0004 this bracket closes nothing"),
            ("a:\n  - b\n c: d\n", "3:2 E0004 a key is expected here"),
            ("- a\nb: 1\n", "2:1 E0004 a list item is expected here"),
            ("a: - b\n", "1:4 E0004 a list item cannot stand here"),
            ("%FOO x\na", "2:1 E0004 did not find expected <document start>"),
        ];
        for (text, complaint) in cases {
            let (document, complaints) = read(text);
            assert_eq!(complaints, [complaint], "{text:?}");
            assert!(document.is_none(), "{text:?}");
        }
    }

    #[test]
    fn the_fix_is_spelled_out() {
        assert_eq!(advice("a: b: c # d\n"), ("b: c".into(), "put it in quotes: \"b: c\"".into()));
        assert_eq!(advice("a: @b\n").1, "put it in quotes: \"@b\"");
        assert_eq!(advice("a:b\nc: d\n").1, "a space is missing in the line above: `a: b`");
        assert_eq!(advice("a: \"\\\\d\\d\"\n").0, "\\d", "the escaped backslash is none of it");
    }

    #[test]
    fn tabs_are_named_wherever_the_parser_stops() {
        let cases = [("a:\n\tb: 1\n", "2:1"), ("a:\n  b: 1\n\tc: 2\n", "3:1"), ("a:\n  b: 1\n  \tc: 2\n", "3:3")];
        for (text, place) in cases {
            assert_eq!(complaints(text), [format!("{place} E0010 a tab is no indentation in YAML")], "{text:?}");
        }
    }

    #[test]
    fn nesting_is_bounded() {
        let flow = format!("a: {}{}", "[".repeat(64), "]".repeat(64));
        let block: String = (0..65).map(|depth| format!("{}a:\n", " ".repeat(depth))).collect();
        let mixed = format!("{}{}{}", "- ".repeat(40), "[".repeat(25), "]".repeat(25));
        for text in [flow, block, mixed, "[".repeat(200_000), "- ".repeat(200_000)] {
            let (document, complaints) = read(&text);
            assert!(document.is_none());
            assert!(complaints[0].ends_with("E0007 lists and maps are nested more than 64 deep"), "{complaints:?}");
        }
        assert!(complaints(&format!("a: {}{}", "[".repeat(63), "]".repeat(63))).is_empty());
    }
}

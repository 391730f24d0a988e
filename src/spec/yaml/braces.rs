//! Braces that were meant as text: `{{ … }}` where a value begins, and `${…}` inside of brackets.
//!
//! YAML reads both as the start of a map, so the author hears of a missing comma or an odd key. Here they are
//! told what to do instead: quote the value.

use crate::spec::{
    diagnostic::Complaint,
    source::{Source, Span},
};
use std::sync::Arc;

/// Longest value that a fix repeats whole, in characters.
const LONGEST_FIX: usize = 120;

const LABEL: &str = "YAML reads { as the start of a map";

/// The complaint about `{{ … }}`. Outside of brackets the fix quotes the rest of the line.
pub(super) fn unquoted_template(source: &Arc<Source>, span: Span, in_brackets: bool) -> Complaint {
    let value = if in_brackets { source.slice(span) } else { rest_of_line(source, span.start) };
    Complaint::error("E0011", source, span, "a value that starts with {{ must be quoted")
        .label(LABEL)
        .help(format!("put the value in quotes: {}", quoted(value)))
}

/// The complaint about braces at the place of a syntax error, if they are what is wrong there.
pub(super) fn explain(source: &Arc<Source>, at: u32) -> Option<Complaint> {
    let (line_start, line) = source.line_around(at);
    if let Some(start) = template_start(line) {
        let end = line_start + line.trim_end().len() as u32;
        return Some(unquoted_template(source, Span::new(line_start + start as u32, end), false));
    }
    let value = expression(line, (at - line_start) as usize)?;
    let span = Span::new(line_start + value.start as u32, line_start + value.end as u32);
    let complaint = Complaint::error("E0011", source, span, "inside [ ] or { } a value with ${…} must be quoted")
        .label(LABEL)
        .help(format!("put the value in quotes: {}", quoted(source.slice(span))));
    Some(complaint)
}

/// From an offset to the end of its line, without a comment.
pub(super) fn rest_of_line(source: &Source, at: u32) -> &str {
    let (line_start, line) = source.line_around(at);
    let rest = line.get((at - line_start) as usize..).unwrap_or_default();
    rest.split(" #").next().unwrap_or_default().trim()
}

/// A text in the kind of quotes that needs no escapes for it, or with quotes doubled; a long one is cut.
pub(super) fn quoted(value: &str) -> String {
    let (value, rest) = match value.char_indices().nth(LONGEST_FIX) {
        Some((at, _)) => (&value[..at], "…"),
        None => (value, ""),
    };
    match value.contains(['"', '\\']) {
        true => format!("'{}{rest}'", value.replace('\'', "''")),
        false => format!("\"{value}{rest}\""),
    }
}

/// Where an unquoted `{{` begins a value of this line.
fn template_start(line: &str) -> Option<usize> {
    let begins_value = |before: &str| {
        let in_quotes = before.matches('"').count() % 2 + before.matches('\'').count() % 2 > 0;
        let behind_indicator = before.trim_end().ends_with([':', '-', '[', ',', '{']);
        !in_quotes && behind_indicator && before.ends_with([' ', '[', ',', '{'])
    };
    line.match_indices("{{").map(|(at, _)| at).find(|&at| begins_value(&line[..at]))
}

/// The whole value around `${…}`, if the brace at `column` belongs to one.
fn expression(line: &str, column: usize) -> Option<std::ops::Range<usize>> {
    let before = line.get(..column)?.strip_suffix('$')?;
    let length = line[column..].strip_prefix('{')?.find('}')? + 2;
    let start = before.rfind([' ', ',', '[', '{']).map_or(0, |delimiter| delimiter + 1);
    let rest = &line[column + length..];
    let end = line.len() - rest.len() + rest.find([' ', ',', ']', '}']).unwrap_or(rest.len());
    Some(start..end)
}

#[cfg(test)]
mod tests {
    use crate::spec::yaml::testing::{advice, complaints, good, read};

    fn said(text: &str, marked: &str, fix: &str) {
        assert!(complaints(text)[0].contains("E0011"), "{text}: {:?}", complaints(text));
        assert_eq!(complaints(text).len(), 1, "{text}");
        assert_eq!(advice(text), (marked.into(), format!("put the value in quotes: {fix}")), "{text}");
    }

    #[test]
    fn an_unquoted_template() {
        said("title: {{ x }}\n", "{{ x }}", "\"{{ x }}\"");
        said("title: {{ x }} is \"here\" # why\n", "{{ x }}", "'{{ x }} is \"here\"'");
        said("title: {{ x }}: y\n", "{{ x }}", "\"{{ x }}: y\"");
        said("- {{ x }}{{ y }}\n- 2\n", "{{ x }}", "\"{{ x }}{{ y }}\"");
        said("- [a, {{ x }}]\n", "{{ x }}", "\"{{ x }}\"");
        said("a: {{{ x }}}\n", "{{{ x }}}", "\"{{{ x }}}\"");
        said("a: {{#if x}}b{{/if}}\n", "{{#if x}}b{{/if}}", "\"{{#if x}}b{{/if}}\"");
    }

    #[test]
    fn a_template_alone_is_taken_as_the_text_that_was_meant() {
        let document = read("title: {{ x }}\nb: 1\n").0.expect("a document");
        assert_eq!(document.to_json(document.root()), serde_json::json!({"title": "{{ x }}", "b": 1}));
    }

    #[test]
    fn an_unquoted_expression_in_brackets() {
        said("a: [${x}, y]\n", "${x}", "\"${x}\"");
        said("a: { path: /etc/${x}.d/y }\n", "/etc/${x}.d/y", "\"/etc/${x}.d/y\"");
    }

    #[test]
    fn quoted_and_inner_braces_are_fine() {
        good("a: \"{{ x }}\"\nb: the {{ x }}\nc: ${x}\nd: [\"${x}\"]\ne: |\n  {{ x }}\nf: {g: {h: 1}}\n");
    }
}

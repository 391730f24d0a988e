//! Complaints for people at a terminal: what is wrong, the lines it is about with a mark below, what to do next.
//!
//! Each complaint begins with `file:line:column: `, so that editors can jump. Control characters of a file never
//! reach the terminal.

use super::{Complaint, Complaints, Severity};
use crate::{
    prose::count,
    report::paint::wrap,
    spec::source::{Source, Span},
};
use annotate_snippets::{Annotation, AnnotationKind, Group, Level, Origin, Renderer, Snippet, normalize_untrusted_str};
use std::{collections::BTreeSet, ops::Range};

/// A related place further away than this, in bytes, gets an excerpt of its own.
const NEAR: u32 = 2_000;

/// Lines longer than this, in bytes, are not shown: no person reads them, and marking them takes long.
const LONGEST_LINE: usize = 4_000;

/// Columns before the text of a help, at line numbers of four digits.
const HELP_INDENT: usize = 14;

/// All complaints and a line that counts them; nothing if there are none. `width` is in columns.
pub fn render(complaints: &Complaints, colour: bool, width: usize) -> String {
    if complaints.is_empty() {
        return String::new();
    }
    let renderer = if colour { Renderer::styled() } else { Renderer::plain() };
    let renderer = renderer.term_width(width);
    let mut text = String::new();
    for complaint in complaints.iter() {
        text.push_str(&one(complaint, &renderer, width));
        text.push_str("\n\n");
    }
    text.push_str(&summary(complaints));
    text.push('\n');
    text
}

fn one(complaint: &Complaint, renderer: &Renderer, width: usize) -> String {
    let source = &complaint.source;
    let level = match complaint.severity {
        Severity::Error => Level::ERROR,
        Severity::Warning => Level::WARNING,
    };
    let title = level.primary_title(normalize_untrusted_str(&complaint.message)).id(complaint.code);
    let mut group = Group::with_title(title);
    for marks in excerpts(complaint) {
        group = match snippet(source, &marks) {
            Some(snippet) => group.element(snippet),
            None => group.element(origin(source, complaint.span)),
        };
    }
    if let Some(help) = &complaint.help {
        group = group.element(Level::HELP.message(wrapped_help(help, width)));
    }
    let place = source.position(complaint.span.start);
    let name = normalize_untrusted_str(&source.name);
    format!("{name}:{}:{}: {}", place.line, place.column, renderer.render(&[group]))
}

/// Advice in lines that fit; what stands between backquotes is to be copied, so it stays on one line.
fn wrapped_help(help: &str, width: usize) -> String {
    const BLANK: &str = "\u{e000}";
    let parts = help.split('`').enumerate();
    let parts: Vec<String> =
        parts.map(|(number, part)| if number % 2 == 1 { part.replace(' ', BLANK) } else { part.into() }).collect();
    let lines = wrap(&parts.join("`"), width.saturating_sub(HELP_INDENT).max(30));
    let lines: Vec<String> = lines.iter().map(|line| normalize_untrusted_str(&line.replace(BLANK, " "))).collect();
    lines.join("\n")
}

/// A part of the source that is underlined, with the words behind the line.
struct Mark<'c> {
    kind: AnnotationKind,
    span: Span,
    label: &'c str,
}

/// The place of the complaint with what is near, then each place that is far away.
fn excerpts(complaint: &Complaint) -> Vec<Vec<Mark<'_>>> {
    let (span, label) = (complaint.span, complaint.label.as_str());
    let mut excerpts = vec![vec![Mark { kind: AnnotationKind::Primary, span, label }]];
    for (span, label) in &complaint.also {
        let mark = Mark { kind: AnnotationKind::Context, span: *span, label };
        match span.start.abs_diff(complaint.span.start) <= NEAR {
            true => excerpts[0].push(mark),
            false => excerpts.push(vec![mark]),
        }
    }
    excerpts
}

/// Only the lines of the marks are given to the renderer: with the whole file each time, many complaints about
/// a large file would take minutes. None if there is nothing that could be shown.
fn snippet<'s>(source: &'s Source, marks: &[Mark<'s>]) -> Option<Snippet<'s, Annotation<'s>>> {
    let shown: Vec<Range<usize>> = marks.iter().map(|mark| on_one_line(source, mark.span)).collect();
    let (first, _) = source.line_around(shown.iter().map(|part| part.start).min()? as u32);
    let (last, line) = source.line_around(shown.iter().map(|part| part.end).max()? as u32);
    let (first, end) = (first as usize, last as usize + line.len());
    let text = source.text.get(first..end).filter(|text| !text.is_empty())?;
    if text.lines().any(|line| line.len() > LONGEST_LINE) {
        return None;
    }
    let annotations = marks.iter().zip(shown).map(|(mark, part)| {
        let label = Some(mark.label).filter(|label| !label.is_empty());
        let label = label.map(normalize_untrusted_str);
        mark.kind.span(part.start - first..part.end - first).label(label)
    });
    let number = source.position(first as u32).line as usize;
    let snippet = Snippet::source(text).path(source.name.as_str()).line_start(number);
    Some(snippet.annotations(annotations))
}

fn origin(source: &Source, span: Span) -> Origin<'_> {
    let place = source.position(span.start);
    Origin::path(source.name.as_str()).line(place.line as usize).char_column(place.column as usize)
}

/// Of a part that spans several lines only the first one is marked; a frame around a long map says less.
fn on_one_line(source: &Source, span: Span) -> Range<usize> {
    let (start, line) = source.line_around(span.start);
    let end = start as usize + line.len();
    let from = (span.start as usize).min(end);
    from..(span.end as usize).clamp(from, end)
}

/// "3 errors, 1 warning in 2 files".
fn summary(complaints: &Complaints) -> String {
    let number = |severity| complaints.iter().filter(|complaint| complaint.severity == severity).count();
    let files: BTreeSet<&str> = complaints.iter().map(|complaint| complaint.source.name.as_str()).collect();
    let kinds = [(Severity::Error, "error"), (Severity::Warning, "warning")];
    let kinds = kinds.map(|(severity, noun)| (number(severity), noun));
    let kinds: Vec<String> =
        kinds.iter().filter(|(number, _)| *number > 0).map(|(number, noun)| count(*number, noun)).collect();
    format!("{} in {}", kinds.join(", "), count(files.len(), "file"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Arc;

    fn source(text: &str) -> Arc<Source> {
        Arc::new(Source::new("packs/a.yaml", text))
    }

    fn at(source: &Source, word: &str) -> Span {
        let start = source.text.find(word).expect("the word") as u32;
        Span::new(start, start + word.len() as u32)
    }

    fn rendered(complaint: Complaint) -> String {
        let mut complaints = Complaints::default();
        complaints.push(complaint);
        render(&complaints, false, 80)
    }

    #[test]
    fn a_complaint_with_two_places_and_help() {
        let source = source("# pack\nGröße: { id: 1,\n  name: 2,\n  ïd: 3 }\n");
        let complaint = Complaint::error("E0005", &source, at(&source, "ïd"), "key `ïd` is given twice")
            .label("given again here")
            .also(at(&source, "id"), "first given here")
            .help("keep one of the two");
        let expected = "\
packs/a.yaml:4:3: error[E0005]: key `ïd` is given twice
 --> packs/a.yaml:4:3
  |
2 | Größe: { id: 1,
  |          -- first given here
3 |   name: 2,
4 |   ïd: 3 }
  |   ^^ given again here
  |
  = help: keep one of the two

1 error in 1 file
";
        assert_eq!(rendered(complaint), expected);
    }

    #[test]
    fn long_advice_is_wrapped_but_not_what_is_to_be_copied() {
        let source = source("a: 1\n");
        let help = "a rather long sentence that must be broken, and behind it `hidden: [one, two, three]`, whole";
        let text = rendered(Complaint::error("E0004", &source, at(&source, "1"), "odd").help(help));
        assert!(text.contains("\n          `hidden: [one, two, three]`, whole\n"), "{text}");
    }

    #[test]
    fn a_far_place_has_its_own_excerpt() {
        let source = source(&format!("first: 1\n{}second: 2\n", "x: 1\n".repeat(1_000)));
        let complaint =
            Complaint::warning("E0005", &source, at(&source, "second"), "twice").also(at(&source, "first"), "first");
        let expected = "\
packs/a.yaml:1002:1: warning[E0005]: twice
    --> packs/a.yaml:1002:1
     |
1002 | second: 2
     | ^^^^^^
     |
    ::: packs/a.yaml:1:1
     |
   1 | first: 1
     | ----- first

1 warning in 1 file
";
        assert_eq!(rendered(complaint), expected);
    }

    #[test]
    fn long_lines_are_trimmed_around_the_mark_and_endless_ones_left_out() {
        let long = source(&format!("a: {} word {}\n", "x".repeat(300), "y".repeat(300)));
        let text = rendered(Complaint::error("E0004", &long, at(&long, "word"), "odd"));
        assert!(text.starts_with("packs/a.yaml:1:305: error[E0004]: odd\n"), "{text}");
        assert!(text.contains("word") && text.contains("^^^^"), "{text}");
        assert!(text.lines().all(|line| line.chars().count() <= 80), "{text}");
        let endless = source(&format!("a: {} word", "x".repeat(5_000)));
        let text = rendered(Complaint::error("E0004", &endless, at(&endless, "word"), "odd"));
        let expected = "packs/a.yaml:1:5005: error[E0004]: odd\n--> packs/a.yaml:1:5005\n\n1 error in 1 file\n";
        assert_eq!(text, expected);
    }

    #[test]
    fn several_lines_are_marked_by_their_first() {
        let source = source("a:\r\n  b: 1\r\n  c: 2\r\n");
        let text = rendered(Complaint::error("E0004", &source, Span::new(6, 18), "odd"));
        assert!(text.contains("2 |   b: 1\n  |   ^^^^\n"), "{text}");
    }

    #[test]
    fn places_at_the_end_and_in_nothing() {
        let end = source("a: [\n");
        assert!(rendered(Complaint::error("E0004", &end, Span::new(5, 5), "odd")).starts_with("packs/a.yaml:2:1: "));
        let nothing = source("");
        let text = rendered(Complaint::error("E0003", &nothing, Span::new(0, 0), "empty").help("write"));
        assert!(text.starts_with("packs/a.yaml:1:1: error[E0003]: empty\n"), "{text}");
        assert!(text.contains("= help: write"), "{text}");
    }

    #[test]
    fn escape_sequences_of_a_file_do_not_reach_the_terminal() {
        let source = source("a: \u{1b}[31m\n");
        let complaint = Complaint::error("E0004", &source, at(&source, "\u{1b}[31m"), "bad \u{1b}[31m")
            .label("\u{1b}[31m")
            .help("\u{1b}[31m");
        assert!(!rendered(complaint).contains('\u{1b}'));
    }

    #[test]
    fn colour_only_when_asked_for_and_counts_in_the_end() {
        let (one, two) = (source("a: 1\n"), Arc::new(Source::new("b.yaml", "a: 1\n")));
        let mut complaints = Complaints::default();
        assert_eq!(render(&complaints, true, 80), "");
        complaints.push(Complaint::error("E0004", &one, Span::new(0, 1), "odd"));
        complaints.push(Complaint::error("E0004", &two, Span::new(0, 1), "odd"));
        complaints.push(Complaint::warning("E0004", &two, Span::new(3, 4), "odd"));
        assert!(render(&complaints, true, 80).contains("\u{1b}["));
        let plain = render(&complaints, false, 80);
        assert!(!plain.contains('\u{1b}') && plain.ends_with("\n\n2 errors, 1 warning in 2 files\n"), "{plain}");
    }
}

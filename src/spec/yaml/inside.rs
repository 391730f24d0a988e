//! Where a part of a text stands in the source, for complaints about a word inside of it.

use super::{
    Document,
    text::{Text, Texts},
};
use crate::spec::source::Span;
use granit_parser::ScalarStyle;
use std::ops::Range;

pub(super) fn place(document: &Document, whole: Span, style: ScalarStyle, text: Text, part: Range<usize>) -> Span {
    let value = document.texts.get(text);
    if value.get(part.clone()).is_none() {
        return whole;
    }
    if let Some(start) = Texts::in_source(text) {
        return Span::new(start + part.start as u32, start + part.end as u32);
    }
    let exact = (style == ScalarStyle::Literal).then(|| literal(document, whole, value, &part)).flatten();
    exact.unwrap_or(whole)
}

/// A literal block keeps its lines, each behind the indentation; its place begins with the first line that is not
/// empty. Nothing if the part spans several lines.
fn literal(document: &Document, whole: Span, value: &str, part: &Range<usize>) -> Option<Span> {
    if value[part.clone()].contains('\n') {
        return None;
    }
    let line_start = value[..part.start].rfind('\n').map_or(0, |at| at + 1);
    let empty = value.len() - value.trim_start_matches('\n').len();
    let number = value.get(empty..part.start)?.matches('\n').count();
    let line = value[line_start..].lines().next()?;
    let block = document.source.line_around(whole.start).0 as usize;
    let mut lines = document.source.text[block..].split_inclusive('\n');
    let before: usize = lines.by_ref().take(number).map(str::len).sum();
    let spelled = lines.next()?.trim_end_matches(['\r', '\n']);
    let indent = spelled.ends_with(line).then(|| spelled.len() - line.len())?;
    let start = block + before + indent + part.start - line_start;
    Some(Span::new(start as u32, (start + part.len()) as u32))
}

#[cfg(test)]
mod tests {
    use crate::spec::yaml::testing::good;

    /// What `inside` marks for the word `word` in the value of `a`.
    fn marked(text: &str) -> String {
        let document = good(text);
        let a = document.get(document.root(), "a").expect("a");
        let at = document.text(a).and_then(|value| value.find("word")).expect("word");
        document.source.slice(document.inside(a, at..at + 4)).to_string()
    }

    #[test]
    fn exact_in_texts_of_one_line_and_in_literal_blocks() {
        let texts = [
            "a: x word y",
            "a: 'ö word y'",
            "a: \"x word\"",
            "a: |\n  x\n    y word\n  z\n",
            "a: |\r\n  ö\r\n  y word\r\n",
            "b: 1\na: |2-\n    word\n",
            "a: |\n\n\n  x\n\n  word",
            "l: &l |\n  word\na: *l",
        ];
        for text in texts {
            assert_eq!(marked(text), "word", "{text:?}");
        }
    }

    #[test]
    fn the_whole_text_where_it_is_not_written_letter_by_letter() {
        assert_eq!(marked("a: \"\\t word\""), "\"\\t word\"");
        assert_eq!(marked("a: >\n  x\n  word\n"), "x\n  word");
        assert_eq!(marked("a: x\n  word"), "x\n  word");
        let document = good("a: short");
        let a = document.get(document.root(), "a").expect("a");
        assert_eq!(document.inside(a, 3..99), document.span(a), "a part that does not exist");
    }
}

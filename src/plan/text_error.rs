//! A complaint about a piece of text inside a pack: an expression, a value
//! with `${…}`, a Handlebars text. It knows its place in that text; where the
//! text stands in the file is the caller's business.

use std::ops::Range;

/// What is wrong with a text, where, and what to do about it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TextError {
    /// Bytes in the given text, always on character boundaries.
    pub range: Range<usize>,
    pub message: String,
    pub help: Option<String>,
}

impl TextError {
    pub fn new(range: Range<usize>, message: impl Into<String>) -> Self {
        Self { range, message: message.into(), help: None }
    }

    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }

    /// The same complaint about a text that begins `offset` bytes further left.
    pub fn shifted(mut self, offset: usize) -> Self {
        self.range = self.range.start + offset..self.range.end + offset;
        self
    }
}

/// The byte at a 1-based line and column, the column counted in characters;
/// the end of the text where there is no such place.
pub fn byte_at(text: &str, line: usize, column: usize) -> usize {
    let start = line_start(text, line);
    text[start..].char_indices().nth(column.saturating_sub(1)).map_or(text.len(), |(byte, _)| start + byte)
}

/// The byte at which a 1-based line begins.
pub fn line_start(text: &str, line: usize) -> usize {
    let before = text.split_inclusive('\n').take(line.saturating_sub(1));
    before.map(str::len).sum()
}

/// The character at `at`, as a range; empty at the end of the text.
pub fn char_at(text: &str, at: usize) -> Range<usize> {
    let width = text.get(at..).and_then(|rest| rest.chars().next());
    at..at + width.map_or(0, char::len_utf8)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_characters_and_places_are_bytes() {
        assert_eq!(byte_at("é😀x\nüy", 1, 3), 6);
        assert_eq!(byte_at("é😀x\nüy", 2, 2), 10);
        assert_eq!(byte_at("é😀x\nüy", 2, 9), 11);
        assert_eq!(char_at("é😀", 2), 2..6);
        assert_eq!(char_at("é", 2), 2..2);
    }
}

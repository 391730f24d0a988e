//! A text with a name, and places in it.
//!
//! Places are byte offsets; lines and columns are worked out only when somebody wants to read them,
//! because a pack without a mistake never needs them.

use std::sync::OnceLock;

/// A file that was read, or a text that stands for one.
#[derive(Debug)]
pub struct Source {
    /// The path as it is shown to people.
    pub name: String,
    /// The whole text, without a byte order mark.
    pub text: String,
    line_starts: OnceLock<Vec<u32>>,
}

/// A part of a source, in bytes: `start` belongs to it, `end` does not.
#[derive(Copy, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Span {
    pub start: u32,
    pub end: u32,
}

/// A place as people and editors count it.
#[derive(Copy, Clone, PartialEq, Eq, Debug)]
pub struct Position {
    /// The first line is 1.
    pub line: u32,
    /// In characters, not bytes; the first one is 1.
    pub column: u32,
}

impl Source {
    pub fn new(name: impl Into<String>, text: impl Into<String>) -> Source {
        Source { name: name.into(), text: text.into(), line_starts: OnceLock::new() }
    }

    /// The line and column of a byte offset; an offset beyond the text means its end.
    pub fn position(&self, offset: u32) -> Position {
        let offset = self.boundary(offset);
        let starts = self.line_starts();
        let line = starts.partition_point(|&start| start as usize <= offset).max(1);
        let start = starts.get(line - 1).map_or(0, |&start| start as usize);
        let before = self.text.get(start..offset).unwrap_or_default();
        Position { line: number(line), column: number(before.chars().count() + 1) }
    }

    /// The text of a part; nothing if the part lies outside of the source.
    pub fn slice(&self, span: Span) -> &str {
        self.text.get(span.range()).unwrap_or_default()
    }

    /// The whole line around an offset, without its line break, and where it begins.
    pub fn line_around(&self, offset: u32) -> (u32, &str) {
        let offset = self.boundary(offset);
        let start = self.text[..offset].rfind('\n').map_or(0, |at| at + 1);
        let end = self.text[offset..].find('\n').map_or(self.text.len(), |at| offset + at);
        (number(start), self.text[start..end].trim_end_matches('\r'))
    }

    fn line_starts(&self) -> &[u32] {
        self.line_starts.get_or_init(|| {
            let breaks = self.text.match_indices('\n');
            std::iter::once(0).chain(breaks.map(|(at, _)| number(at + 1))).collect()
        })
    }

    /// The nearest offset at or before `offset` that does not cut a character in two.
    fn boundary(&self, offset: u32) -> usize {
        let offset = (offset as usize).min(self.text.len());
        (0..=offset).rev().find(|&at| self.text.is_char_boundary(at)).unwrap_or(0)
    }
}

impl Span {
    pub fn new(start: u32, end: u32) -> Span {
        Span { start, end: end.max(start) }
    }

    pub fn range(self) -> std::ops::Range<usize> {
        self.start as usize..self.end as usize
    }

    pub fn is_empty(self) -> bool {
        self.start >= self.end
    }
}

/// Sources are bounded far below 4 GiB; a larger one only loses exact places.
fn number(value: usize) -> u32 {
    u32::try_from(value).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(source: &Source, offset: u32) -> (u32, u32) {
        let position = source.position(offset);
        (position.line, position.column)
    }

    #[test]
    fn columns_are_counted_in_characters() {
        let source = Source::new("a.yaml", "ab\nGröße: 日本x\n");
        assert_eq!(at(&source, 0), (1, 1));
        assert_eq!(at(&source, 2), (1, 3));
        assert_eq!(at(&source, 3), (2, 1));
        let x = source.text.find('x').unwrap() as u32;
        assert_eq!(at(&source, x), (2, 10));
        assert_eq!(at(&source, x - 1), (2, 9), "an offset inside a character means its start");
        assert_eq!(at(&source, 999), (3, 1));
    }

    #[test]
    fn carriage_returns_belong_to_the_line_break() {
        let source = Source::new("a.yaml", "a: 1\r\nb: 2\r\n");
        assert_eq!(at(&source, 6), (2, 1));
        assert_eq!(source.line_around(8), (6, "b: 2"));
        assert_eq!(source.line_around(0), (0, "a: 1"));
    }

    #[test]
    fn an_empty_source_has_a_first_place() {
        let source = Source::new("a.yaml", "");
        assert_eq!(at(&source, 0), (1, 1));
        assert_eq!(source.line_around(0), (0, ""));
        assert_eq!(source.slice(Span::new(3, 9)), "");
    }
}

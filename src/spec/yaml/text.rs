//! Where the texts of a document are kept: as a part of the source if they stand there letter by letter,
//! otherwise (escapes, folded lines, blocks) in one buffer. Most texts of a pack cost no memory that way.

use crate::spec::source::{Source, Span};
use std::sync::Arc;

/// A text in the source or in the buffer; eight bytes.
#[derive(Copy, Clone, PartialEq, Debug)]
pub(super) struct Text {
    /// The highest bit says that the buffer is meant; sources are far too small to need it.
    start: u32,
    length: u32,
}

const BUFFERED: u32 = 1 << 31;

#[derive(Debug)]
pub(super) struct Texts {
    source: Arc<Source>,
    buffer: String,
}

impl Texts {
    pub(super) fn new(source: Arc<Source>) -> Texts {
        Texts { source, buffer: String::new() }
    }

    pub(super) fn get(&self, text: Text) -> &str {
        let (whole, start) = match text.start & BUFFERED {
            0 => (&self.source.text, text.start as usize),
            _ => (&self.buffer, (text.start & !BUFFERED) as usize),
        };
        &whole[start..start + text.length as usize]
    }

    /// Keeps the value of a scalar that stands at `span`.
    pub(super) fn keep(&mut self, value: &str, span: Span) -> Text {
        let spelling = self.source.slice(span);
        let length = value.len() as u32;
        if spelling == value {
            return Text { start: span.start, length };
        }
        if spelling.len() == value.len() + 2 && spelling.get(1..=value.len()) == Some(value) {
            return Text { start: span.start + 1, length };
        }
        let start = self.buffer.len() as u32 | BUFFERED;
        self.buffer.push_str(value);
        Text { start, length }
    }

    /// Where the text begins in the source, if it stands there letter by letter.
    pub(super) fn in_source(text: Text) -> Option<u32> {
        (text.start & BUFFERED == 0).then_some(text.start)
    }
}

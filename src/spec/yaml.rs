//! YAML with places: one document as a tree in which every value knows where it stands.
//!
//! Read here is what YAML 1.2 says, with one change: a number with a leading zero (`0644`) stays text, since
//! nobody who writes it means 644. Merge keys (`<<`) are merged, duplicate keys are complained of, aliases share
//! their node. What a document may cost is bounded before anything walks it. Deliberately absent: several
//! documents in one file, tags beyond the core schema, writing YAML, and any knowledge of what a pack is.

mod braces;
mod bytes;
mod composer;
mod inside;
mod mapping;
#[cfg(test)]
mod oracle;
mod scalar;
mod syntax;
mod tag;
#[cfg(test)]
mod testing;
mod text;

pub use bytes::{MAX_SIZE, read_bytes};
pub use composer::parse;

use crate::spec::source::{Source, Span};
use granit_parser::ScalarStyle;
use serde_json::Value;
use std::{ops::Range, sync::Arc};
use text::{Text, Texts};

/// Deepest nesting of lists and maps, aliases followed. Every walk over a document may therefore recurse.
pub const MAX_DEPTH: usize = 64;

/// Most values of one document, aliases followed. Every walk over a document therefore ends.
pub const MAX_VALUES: usize = 2_000_000;

/// Most mistakes of one file that are told; more would cost more than reading it.
pub const MAX_COMPLAINTS: usize = 1_000;

/// A value of a [`Document`].
#[derive(Copy, Clone, PartialEq, Eq, Hash, Debug)]
pub struct NodeId(u32);

/// One YAML document. Values are addressed by [`NodeId`]; an id belongs to the document that gave it.
#[derive(Debug)]
pub struct Document {
    pub source: Arc<Source>,
    root: NodeId,
    nodes: Vec<Node>,
    items: Vec<NodeId>,
    entries: Vec<Entry>,
    texts: Texts,
}

/// What a value is.
#[derive(Copy, Clone, PartialEq, Debug)]
pub enum Kind<'d> {
    Null,
    Boolean(bool),
    Integer(i64),
    /// Always finite.
    Float(f64),
    Text(&'d str),
    Sequence(&'d [NodeId]),
    Mapping(&'d [Entry]),
}

/// One key of a mapping with its value. Its text is [`Document::key`].
#[derive(Copy, Clone, PartialEq, Debug)]
pub struct Entry {
    pub key_span: Span,
    pub value: NodeId,
    key: Text,
}

#[derive(Debug)]
struct Node {
    span: Span,
    content: Content,
}

/// Children lie side by side in one shared vector, so that a node is 24 bytes whatever it is.
#[derive(Copy, Clone, Debug)]
enum Content {
    Null,
    Boolean(bool),
    Integer(i64),
    Float(f64),
    Text(ScalarStyle, Text),
    Sequence { first: u32, count: u32 },
    Mapping { first: u32, count: u32 },
}

impl Document {
    pub fn root(&self) -> NodeId {
        self.root
    }

    pub fn kind(&self, id: NodeId) -> Kind<'_> {
        match self.node(id).content {
            Content::Null => Kind::Null,
            Content::Boolean(value) => Kind::Boolean(value),
            Content::Integer(value) => Kind::Integer(value),
            Content::Float(value) => Kind::Float(value),
            Content::Text(_, text) => Kind::Text(self.texts.get(text)),
            Content::Sequence { first, count } => Kind::Sequence(part(&self.items, first, count)),
            Content::Mapping { first, count } => Kind::Mapping(part(&self.entries, first, count)),
        }
    }

    /// Where the value stands. An alias has the place of what it stands for; a value that is left out
    /// has an empty place behind its key.
    pub fn span(&self, id: NodeId) -> Span {
        self.node(id).span
    }

    pub fn key(&self, entry: &Entry) -> &str {
        self.texts.get(entry.key)
    }

    /// The value under `key`, if `id` is a mapping that has it.
    pub fn get(&self, id: NodeId, key: &str) -> Option<NodeId> {
        self.entry(id, key).map(|entry| entry.value)
    }

    pub fn entry(&self, id: NodeId, key: &str) -> Option<&Entry> {
        self.entries(id).iter().find(|entry| self.key(entry) == key)
    }

    /// The entries of a mapping in their order, merged ones last; none if `id` is no mapping.
    pub fn entries(&self, id: NodeId) -> &[Entry] {
        match self.kind(id) {
            Kind::Mapping(entries) => entries,
            _ => &[],
        }
    }

    /// The items of a sequence; none if `id` is no sequence.
    pub fn items(&self, id: NodeId) -> &[NodeId] {
        match self.kind(id) {
            Kind::Sequence(items) => items,
            _ => &[],
        }
    }

    pub fn text(&self, id: NodeId) -> Option<&str> {
        match self.kind(id) {
            Kind::Text(text) => Some(text),
            _ => None,
        }
    }

    /// Whether the value is a scalar without quotes, which YAML may have read as something else than text.
    pub fn is_plain(&self, id: NodeId) -> bool {
        match self.node(id).content {
            Content::Text(style, _) => style == ScalarStyle::Plain,
            Content::Sequence { .. } | Content::Mapping { .. } => false,
            _ => !self.spelling(id).starts_with(['"', '\'']),
        }
    }

    /// A value as it is spelled in the source, quotes included: `3.10`, not 3.1.
    pub fn spelling(&self, id: NodeId) -> &str {
        self.source.slice(self.span(id))
    }

    /// Where a part of a text's value stands; `part` is in bytes of the value.
    ///
    /// Exact for texts of one line without escapes and for literal blocks (`|`), otherwise the whole text.
    pub fn inside(&self, id: NodeId, part: Range<usize>) -> Span {
        match self.node(id).content {
            Content::Text(style, text) => inside::place(self, self.span(id), style, text, part),
            _ => self.span(id),
        }
    }

    /// The value as JSON. What that can cost was bounded when the document was read.
    pub fn to_json(&self, id: NodeId) -> Value {
        match self.kind(id) {
            Kind::Null => Value::Null,
            Kind::Boolean(value) => value.into(),
            Kind::Integer(value) => value.into(),
            Kind::Float(value) => value.into(),
            Kind::Text(text) => text.into(),
            Kind::Sequence(items) => items.iter().map(|&item| self.to_json(item)).collect(),
            Kind::Mapping(entries) => {
                let pair = |entry: &Entry| (self.key(entry).to_string(), self.to_json(entry.value));
                Value::Object(entries.iter().map(pair).collect())
            }
        }
    }

    /// What kind of value it is, in words that fit after "found".
    pub fn describe(&self, id: NodeId) -> &'static str {
        match self.kind(id) {
            Kind::Null => "nothing",
            Kind::Boolean(_) => "a boolean",
            Kind::Integer(_) | Kind::Float(_) => "a number",
            Kind::Text(_) => "text",
            Kind::Sequence(_) => "a list",
            Kind::Mapping(_) => "a map",
        }
    }

    /// The value at a JSON pointer (RFC 6901), and the place of its key if it stands in a mapping.
    pub fn at_pointer(&self, pointer: &str) -> Option<(NodeId, Option<Span>)> {
        let start = (self.root, None);
        if pointer.is_empty() {
            return Some(start);
        }
        pointer.strip_prefix('/')?.split('/').try_fold(start, |(id, _), segment| self.step(id, segment))
    }

    fn step(&self, id: NodeId, segment: &str) -> Option<(NodeId, Option<Span>)> {
        if let Kind::Sequence(items) = self.kind(id) {
            return items.get(segment.parse::<usize>().ok()?).map(|&item| (item, None));
        }
        let key = segment.replace("~1", "/").replace("~0", "~");
        self.entry(id, &key).map(|entry| (entry.value, Some(entry.key_span)))
    }

    fn node(&self, id: NodeId) -> &Node {
        &self.nodes[id.0 as usize]
    }
}

fn part<T>(all: &[T], first: u32, count: u32) -> &[T] {
    &all[first as usize..first as usize + count as usize]
}

#[cfg(test)]
mod tests {
    use super::{testing::good, *};

    fn marked(document: &Document, span: Span) -> &str {
        document.source.slice(span)
    }

    #[test]
    fn values_and_their_places() {
        let document = good("a: 0644\nb: [x, \"y z\", 3.10]\nc:\n  d:\n  e: true\n\n# end\n");
        let root = document.root();
        let a = document.get(root, "a").unwrap();
        assert_eq!(document.kind(a), Kind::Text("0644"));
        assert!(document.is_plain(a));
        let b = document.get(root, "b").unwrap();
        assert_eq!(marked(&document, document.span(b)), "[x, \"y z\", 3.10]");
        let [_, quoted, number] = *document.items(b) else { panic!("three items") };
        assert_eq!((document.text(quoted), document.spelling(quoted)), (Some("y z"), "\"y z\""));
        assert!(!document.is_plain(quoted));
        assert_eq!((document.kind(number), document.spelling(number)), (Kind::Float(3.1), "3.10"));
        let c = document.entry(root, "c").unwrap();
        assert_eq!((document.key(c), marked(&document, c.key_span)), ("c", "c"));
        assert_eq!(marked(&document, document.span(c.value)), "d:\n  e: true", "a block ends with its last value");
        let d = document.get(c.value, "d").unwrap();
        assert_eq!((document.kind(d), document.span(d).is_empty()), (Kind::Null, true));
    }

    #[test]
    fn texts_of_every_style() {
        let text =
            "plain: one\n  two\nsingle: 'it''s'\ndouble: \"a\\tb\"\nliteral: |\n  x\n   y\n\nfolded: >-\n  x\n  y\n";
        let expected = serde_json::json!({
            "plain": "one two", "single": "it's", "double": "a\tb", "literal": "x\n y\n", "folded": "x y",
        });
        let document = good(text);
        assert_eq!(document.to_json(document.root()), expected);
        let windows = good(&text.replace('\n', "\r\n"));
        assert_eq!(windows.to_json(windows.root()), expected);
    }

    #[test]
    fn pointers_lead_to_values_and_their_keys() {
        let document = good("a/b:\n  - {x~y: 1}\n");
        assert_eq!(document.at_pointer(""), Some((document.root(), None)));
        let (value, key) = document.at_pointer("/a~1b/0/x~0y").unwrap();
        assert_eq!(document.kind(value), Kind::Integer(1));
        assert_eq!(key.map(|key| marked(&document, key)), Some("x~y"));
        assert_eq!(document.at_pointer("/a~1b/0").map(|(_, key)| key), Some(None));
        for nowhere in ["/a", "/a~1b/1", "/a~1b/x", "/a~1b/0/x~0y/z", "a"] {
            assert_eq!(document.at_pointer(nowhere), None, "{nowhere}");
        }
    }

    #[test]
    fn nodes_stay_small() {
        assert_eq!((size_of::<Node>(), size_of::<Entry>()), (24, 20));
    }
}

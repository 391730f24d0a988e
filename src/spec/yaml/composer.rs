//! Events of the YAML parser become a tree with places.
//!
//! What the parser lets pass is complained of here and in the modules it calls: duplicate and unusable keys,
//! unquoted `{{`, unknown tags and aliases, too much nesting, too many values.

mod aliases;
mod keys;
mod values;

use super::{
    Document, Entry, Kind, MAX_COMPLAINTS, MAX_DEPTH, MAX_VALUES, NodeId,
    bytes::{MAX_SIZE, too_large},
    syntax,
    text::{Text, Texts},
};
use crate::spec::{
    diagnostic::{Complaint, Complaints},
    source::{Source, Span},
};
use granit_parser::{Event, Parser, ScanError, StructureStyle};
use std::{collections::HashMap, sync::Arc};

/// Reads the one document of a source.
///
/// Gives the document also if there are complaints, as long as its shape is what the author wrote; gives nothing
/// if there is no document, if its syntax is broken, or if walking it would cost too much.
pub fn parse(source: Arc<Source>, complaints: &mut Complaints) -> Option<Document> {
    if source.text.len() > MAX_SIZE {
        complaints.push(too_large(&source, source.text.len()));
        return None;
    }
    let mut composer = Composer::new(&source, complaints);
    if let Err(complaint) = composer.read() {
        composer.complaints.extend(complaint.map(|complaint| *complaint));
        return None;
    }
    composer.finish()
}

struct Composer<'c> {
    document: Document,
    complaints: &'c mut Complaints,
    root: Option<NodeId>,
    open: Vec<Open>,
    /// Children of all open lists, those of the innermost last.
    items: Vec<NodeId>,
    /// Children of all open maps, those of the innermost last.
    entries: Vec<Entry>,
    anchors: HashMap<usize, Anchor>,
    /// Values so far, aliases followed.
    values: usize,
    /// Where the last scalar, alias or bracket ended: the end of a block collection.
    end: u32,
    /// Where the last unquoted `{{ … }}` was complained of.
    template: Option<Span>,
}

/// A list or map that is not closed yet.
struct Open {
    start: u32,
    style: StructureStyle,
    anchor: usize,
    height: usize,
    values_before: usize,
    children: Children,
}

enum Children {
    Items { first: usize },
    Entries { first: usize, key: Key, templated: bool },
}

/// What the next value of a map is.
enum Key {
    Awaited,
    Given {
        text: Text,
        span: Span,
    },
    /// Complained of; its value is left out.
    Unusable,
}

/// A complete value with a name. Values that are still open are not in the table, so no alias can be its own part.
#[derive(Copy, Clone)]
struct Anchor {
    node: NodeId,
    height: usize,
    values: usize,
}

/// The complaint that ends the reading; none if it was already made.
type Refused = Option<Box<Complaint>>;

impl<'c> Composer<'c> {
    fn new(source: &Arc<Source>, complaints: &'c mut Complaints) -> Composer<'c> {
        let document = Document {
            source: Arc::clone(source),
            root: NodeId(0),
            nodes: Vec::new(),
            items: Vec::new(),
            entries: Vec::new(),
            texts: Texts::new(Arc::clone(source)),
        };
        Composer {
            document,
            complaints,
            root: None,
            open: Vec::new(),
            items: Vec::new(),
            entries: Vec::new(),
            anchors: HashMap::new(),
            values: 0,
            end: 0,
            template: None,
        }
    }

    fn read(&mut self) -> Result<(), Refused> {
        let before = self.complaints.len();
        let source = Arc::clone(&self.document.source);
        let options = granit_parser::options! {
            emit_comments: false,
            emit_unresolved_aliases: true,
            flow_nesting_limit: MAX_DEPTH,
            block_nesting_limit: MAX_DEPTH,
        };
        for event in Parser::new_from_str_with_options(&source.text, options) {
            let (event, place) = event.map_err(|error| self.syntax_error(&error).map(Box::new))?;
            let span = span(place);
            if self.root.is_some() && matches!(event, Event::DocumentStart(..)) {
                self.second_document(span);
                return Ok(());
            }
            let tag_span = place.tag_span().map_or(span, self::span);
            self.take(event, span, tag_span)?;
            if self.values > MAX_VALUES {
                return Err(Some(Box::new(self.too_many_values(span))));
            }
            if self.complaints.len() - before >= MAX_COMPLAINTS {
                return Err(Some(Box::new(self.too_many_mistakes(span))));
            }
        }
        Ok(())
    }

    fn take(&mut self, event: Event, span: Span, tag_span: Span) -> Result<(), Refused> {
        match event {
            Event::Scalar(value, style, anchor, tag) => {
                self.scalar(&value, style, anchor, tag.as_deref(), (span, tag_span));
            }
            Event::SequenceStart(style, anchor, tag) => {
                self.check_collection_tag(tag.as_deref(), "seq", tag_span);
                let children = Children::Items { first: self.items.len() };
                self.open(span, style, anchor, children)?;
            }
            Event::MappingStart(style, anchor, tag) => {
                self.check_collection_tag(tag.as_deref(), "map", tag_span);
                let first = self.entries.len();
                let children = Children::Entries { first, key: Key::Awaited, templated: false };
                self.open(span, style, anchor, children)?;
            }
            Event::SequenceEnd | Event::MappingEnd => self.close(span),
            Event::Alias(anchor) => self.alias(anchor, span)?,
            Event::UnresolvedAlias(name) => self.unknown_alias(&name, span),
            _ => {}
        }
        Ok(())
    }

    /// None if the error only follows from an unquoted `{{` on the same line, which was already complained of.
    fn syntax_error(&self, error: &ScanError) -> Option<Complaint> {
        let source = &self.document.source;
        let at = error.marker().byte_offset().unwrap_or_default() as u32;
        let line = |offset: u32| source.line_around(offset).0;
        let known = self.template.is_some_and(|template| line(template.end) == line(at));
        (!known).then(|| syntax::explain(source, error.kind(), at, self.end))
    }

    fn second_document(&mut self, span: Span) {
        let span = Span::new(span.start, span.end.min(span.start + 3));
        let complaint = Complaint::error("E0006", &self.document.source, span, "a second document begins here")
            .help("a file holds one document; move the second one to a file of its own");
        self.complaints.push(complaint);
    }

    fn too_many_values(&self, span: Span) -> Complaint {
        let source = &self.document.source;
        if source.slice(span).starts_with('*') {
            let message = format!("with its aliases followed, the document has more than {MAX_VALUES} values");
            return Complaint::error("E0008", source, span, message).help("repeat less by aliases of aliases");
        }
        let message = format!("the document has more than {MAX_VALUES} values");
        Complaint::error("E0002", source, span, message).help("split it into several files")
    }

    fn too_many_mistakes(&self, span: Span) -> Complaint {
        let message = format!("more than {MAX_COMPLAINTS} mistakes; reading ended here");
        Complaint::error("E0013", &self.document.source, span, message).help("mend the first ones and try again")
    }

    fn finish(mut self) -> Option<Document> {
        let root = self.root.filter(|&root| self.document.kind(root) != Kind::Null);
        let Some(root) = root else {
            let complaint = Complaint::error("E0003", &self.document.source, Span::new(0, 0), "the file says nothing")
                .help("write at least one `key: value`, or delete the file");
            self.complaints.push(complaint);
            return None;
        };
        self.document.root = root;
        Some(self.document)
    }
}

fn span(place: granit_parser::Span) -> Span {
    let range = place.byte_range().unwrap_or_default();
    Span::new(range.start as u32, range.end as u32)
}

#[cfg(test)]
mod tests {
    use crate::spec::yaml::testing::{complaints, read};

    #[test]
    fn one_document_per_file() {
        let (document, complaints) = read("---\na: 1\n---\nb: 2\n");
        assert_eq!(complaints, ["3:1 E0006 a second document begins here"]);
        assert!(document.is_some_and(|document| document.get(document.root(), "a").is_some()));
        assert!(self::complaints("%YAML 1.2\n---\na: 1\n...\n").is_empty());
    }

    #[test]
    fn a_file_that_says_nothing() {
        for text in ["", "\n", "# only a comment\n", "---\n", "~\n"] {
            let (document, complaints) = read(text);
            assert_eq!(complaints, ["1:1 E0003 the file says nothing"], "{text:?}");
            assert!(document.is_none());
        }
    }

    #[test]
    fn too_many_values_are_refused() {
        // Aliases come close to the limit, and plain values exceed it.
        let thousand = "1,".repeat(999);
        let aliases = "*a,".repeat(super::MAX_VALUES / 1000 - 2);
        let text = format!("[&a [{thousand}], {aliases} {thousand} {thousand} 1]");
        assert!(complaints(&text)[0].contains("E0002 the document has more than"));
    }

    #[test]
    fn too_many_mistakes_end_the_reading() {
        for text in ["a: 1\n".repeat(3_000), "- !x a\n".repeat(3_000)] {
            let (document, complaints) = read(&text);
            assert!(document.is_none());
            assert_eq!(complaints.iter().filter(|complaint| complaint.contains("E0013")).count(), 1);
            assert_eq!(complaints.len(), super::MAX_COMPLAINTS + 1);
        }
    }
}

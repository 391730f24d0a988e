//! Scalars and collections become nodes.

use super::{Anchor, Children, Composer, Open, Refused};
use crate::spec::{
    diagnostic::Complaint,
    source::Span,
    yaml::{
        Content, MAX_DEPTH, Node, NodeId, braces, mapping,
        scalar::{self, Scalar},
        syntax, tag,
        text::Text,
    },
};
use granit_parser::{ScalarStyle, StructureStyle, Tag};

impl Composer<'_> {
    pub(super) fn scalar(
        &mut self,
        value: &str,
        style: ScalarStyle,
        anchor: usize,
        tag: Option<&Tag>,
        (span, tag_span): (Span, Span),
    ) {
        // The parser gives `~` for a value that is left out, and ends a block at the next token.
        let left_out = span.is_empty() && style == ScalarStyle::Plain;
        let value = if left_out { "" } else { value };
        let span = self.trimmed(span, style);
        self.end = self.end.max(span.end);
        let plain = style == ScalarStyle::Plain;
        let meaning = match tag {
            None if plain => scalar::resolve(value),
            None => Scalar::Text,
            Some(tag) => tag::scalar(tag, value).unwrap_or_else(|message| {
                self.complain_of_tag(tag_span, message);
                Scalar::Text
            }),
        };
        let text = self.document.texts.keep(value, span);
        let is_key = self.awaited_key().is_some();
        if is_key {
            self.set_key(text, span, left_out && tag.is_none());
        }
        if is_key && anchor == 0 {
            return;
        }
        let node = self.push(span, content(meaning, style, text));
        self.keep_anchor(anchor, Anchor { node, height: 0, values: 1 });
        if !is_key {
            self.attach(node, span, 0);
        }
    }

    pub(super) fn open(
        &mut self,
        span: Span,
        style: StructureStyle,
        anchor: usize,
        children: Children,
    ) -> Result<(), Refused> {
        if self.open.len() >= MAX_DEPTH {
            return Err(Some(Box::new(syntax::too_deep(&self.document.source, span))));
        }
        self.end = self.end.max(span.end);
        self.open.push(Open { start: span.start, style, anchor, height: 1, values_before: self.values, children });
        Ok(())
    }

    pub(super) fn close(&mut self, place: Span) {
        let Some(open) = self.open.pop() else { return };
        if open.style == StructureStyle::Flow {
            self.end = self.end.max(place.end);
        }
        let span = Span::new(open.start, self.end);
        let content = match open.children {
            Children::Items { first } => self.close_list(first),
            Children::Entries { first, templated: true, .. } => {
                self.entries.truncate(first);
                if self.begins_template(span) {
                    return;
                }
                self.close_template(span)
            }
            Children::Entries { first, .. } => self.close_map(first),
        };
        let node = self.push(span, content);
        let values = self.values - open.values_before;
        self.keep_anchor(open.anchor, Anchor { node, height: open.height, values });
        self.attach(node, span, open.height);
    }

    pub(super) fn close_list(&mut self, first: usize) -> Content {
        let start = self.document.items.len();
        self.document.items.extend(self.items.drain(first..));
        Content::Sequence { first: start as u32, count: (self.document.items.len() - start) as u32 }
    }

    pub(super) fn close_map(&mut self, first: usize) -> Content {
        mapping::settle(&self.document, &mut self.entries, first, self.complaints);
        let start = self.document.entries.len();
        self.document.entries.extend(self.entries.drain(first..));
        Content::Mapping { first: start as u32, count: (self.document.entries.len() - start) as u32 }
    }

    /// `{{ x }}` without quotes is a map whose key is a map; it is taken as the text that was meant.
    pub(super) fn close_template(&mut self, span: Span) -> Content {
        let in_flow = self.open.iter().any(|open| open.style == StructureStyle::Flow);
        self.complaints.push(braces::unquoted_template(&self.document.source, span, in_flow));
        self.template = Some(span);
        let spelling = self.document.source.slice(span);
        let text = self.document.texts.keep(spelling, span);
        Content::Text(ScalarStyle::Plain, text)
    }

    pub(super) fn push(&mut self, span: Span, content: Content) -> NodeId {
        let id = NodeId(self.document.nodes.len() as u32);
        self.document.nodes.push(Node { span, content });
        self.values += 1;
        id
    }

    /// The place of a block scalar without the empty lines behind it.
    pub(super) fn trimmed(&self, span: Span, style: ScalarStyle) -> Span {
        match style {
            ScalarStyle::Literal | ScalarStyle::Folded => {
                let length = self.document.source.slice(span).trim_end().len();
                Span::new(span.start, span.start + length as u32)
            }
            _ => span,
        }
    }

    pub(super) fn check_collection_tag(&mut self, tag: Option<&Tag>, expected: &str, tag_span: Span) {
        if let Some(Err(message)) = tag.map(|tag| tag::collection(tag, expected)) {
            self.complain_of_tag(tag_span, message);
        }
    }

    pub(super) fn complain_of_tag(&mut self, span: Span, message: String) {
        let help = "leave the tag out; text that begins with `!` needs quotes";
        self.complaints.push(Complaint::error("E0009", &self.document.source, span, message).help(help));
    }
}

fn content(meaning: Scalar, style: ScalarStyle, text: Text) -> Content {
    match meaning {
        Scalar::Null => Content::Null,
        Scalar::Boolean(value) => Content::Boolean(value),
        Scalar::Integer(value) => Content::Integer(value),
        Scalar::Float(value) => Content::Float(value),
        Scalar::Text => Content::Text(style, text),
    }
}

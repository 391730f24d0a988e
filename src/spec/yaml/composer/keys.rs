//! A complete value finds its place: as the root, an item, a key, or the value of the key before it.

use super::{Children, Composer, Key, Open};
use crate::spec::{
    diagnostic::Complaint,
    source::Span,
    yaml::{Content, Entry, NodeId, text::Text},
};
use granit_parser::StructureStyle;

impl Composer<'_> {
    /// Gives a complete value to the list or map that is open.
    pub(super) fn attach(&mut self, node: NodeId, span: Span, height: usize) {
        let Some(open) = self.open.last_mut() else {
            self.root = Some(node);
            return;
        };
        open.height = open.height.max(height + 1);
        let Children::Entries { key, .. } = &mut open.children else {
            self.items.push(node);
            return;
        };
        match std::mem::replace(key, Key::Awaited) {
            Key::Awaited => self.use_as_key(node, span),
            Key::Given { text, span } => self.entries.push(Entry { key_span: span, value: node, key: text }),
            Key::Unusable => {}
        }
    }

    /// Takes nothing where the list or map that is open awaits a value, after a complaint.
    pub(super) fn leave_out(&mut self) {
        if let Some(Open { children: Children::Entries { key, .. }, .. }) = self.open.last_mut() {
            *key = match key {
                Key::Awaited => Key::Unusable,
                Key::Given { .. } | Key::Unusable => Key::Awaited,
            };
        }
    }

    /// An alias or a collection where a key is awaited.
    pub(super) fn use_as_key(&mut self, node: NodeId, span: Span) {
        let content = self.document.node(node).content;
        match content {
            Content::Text(_, text) => self.set_key(text, span, false),
            Content::Sequence { .. } => self.unusable_key(span, "a list cannot be a key"),
            Content::Mapping { .. } if self.begins_template(span) => {}
            Content::Mapping { .. } => self.unusable_key(span, "a map cannot be a key"),
            _ => {
                let spelling = self.document.spelling(node).to_string();
                let text = self.document.texts.keep(&spelling, self.document.span(node));
                self.set_key(text, span, false);
            }
        }
    }

    /// Whether the map that was just closed and the one around it begin with `{{`, as only a template does.
    pub(super) fn begins_template(&mut self, inner: Span) -> bool {
        let Some(Open {
            start, style: StructureStyle::Flow, children: Children::Entries { key, templated, .. }, ..
        }) = self.open.last_mut()
        else {
            return false;
        };
        if inner.start != *start + 1 {
            return false;
        }
        *templated = true;
        *key = Key::Unusable;
        true
    }

    pub(super) fn set_key(&mut self, text: Text, span: Span, missing: bool) {
        if missing {
            return self.unusable_key(span, "a key is missing here");
        }
        if let Some(key) = self.awaited_key() {
            *key = Key::Given { text, span };
        }
    }

    pub(super) fn unusable_key(&mut self, span: Span, message: &str) {
        let help = "a key is a word or a quoted text, as in `name: value`";
        self.complaints.push(Complaint::error("E0012", &self.document.source, span, message).help(help));
        if let Some(key) = self.awaited_key() {
            *key = Key::Unusable;
        }
    }

    pub(super) fn awaited_key(&mut self) -> Option<&mut Key> {
        match &mut self.open.last_mut()?.children {
            Children::Entries { key: key @ Key::Awaited, .. } => Some(key),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::spec::yaml::testing::{complaints, good, read};
    use serde_json::json;

    #[test]
    fn keys_are_texts_as_they_are_spelled() {
        let document = good("1: a\n3.10: b\ntrue: c\n\"q\\\"\": d\n~: e\n? f\n: g\n");
        let expected = json!({"1": "a", "3.10": "b", "true": "c", "q\"": "d", "~": "e", "f": "g"});
        assert_eq!(document.to_json(document.root()), expected);
    }

    #[test]
    fn an_alias_can_be_a_key() {
        let document = good("a: &k 1.0\n&l b: 2\n*k : 3\nc: {*l : 4}\n");
        assert_eq!(document.to_json(document.root()), json!({"a": 1.0, "b": 2, "1.0": 3, "c": {"b": 4}}));
    }

    #[test]
    fn unusable_keys_are_told_and_the_rest_stays() {
        let (document, complaints) = read("? [a]\n: 1\n? {b: c}\n: 2\nd: 3\n");
        assert_eq!(complaints, ["1:3 E0012 a list cannot be a key", "3:3 E0012 a map cannot be a key"]);
        let document = document.expect("a document");
        assert_eq!(document.to_json(document.root()), json!({"d": 3}));
        assert_eq!(self::complaints(": a\n"), ["1:1 E0012 a key is missing here"]);
        assert_eq!(self::complaints("l: &l []\n*l : a\n"), ["2:1 E0012 a list cannot be a key"]);
    }
}

//! Anchors (`&name`) and aliases (`*name`): an alias is the same node again, at the cost of what it stands for.

use super::{Anchor, Composer, Refused};
use crate::spec::{
    diagnostic::Complaint,
    source::Span,
    yaml::{Content, MAX_DEPTH, syntax},
};
use granit_parser::ScalarStyle;

impl Composer<'_> {
    pub(super) fn alias(&mut self, anchor: usize, span: Span) -> Result<(), Refused> {
        self.end = self.end.max(span.end);
        let Some(&anchor) = self.anchors.get(&anchor) else {
            let message = "an alias cannot stand for something that contains it";
            self.complain_of_alias(span, message, "repeat the values instead of referring to them");
            self.leave_out();
            return Ok(());
        };
        if self.open.len() + anchor.height > MAX_DEPTH {
            return Err(Some(Box::new(syntax::too_deep(&self.document.source, span))));
        }
        self.values = self.values.saturating_add(anchor.values);
        self.attach(anchor.node, span, anchor.height);
        Ok(())
    }

    pub(super) fn unknown_alias(&mut self, name: &str, span: Span) {
        let spelling = self.document.source.slice(span).to_string();
        let help = format!("define it above as `&{name}`; if it is meant as text, put it in quotes: \"{spelling}\"");
        self.complain_of_alias(span, format!("nothing above is named `&{name}`"), help);
        let text = self.document.texts.keep(&spelling, span);
        self.end = self.end.max(span.end);
        let node = self.push(span, Content::Text(ScalarStyle::Plain, text));
        self.attach(node, span, 0);
    }

    pub(super) fn keep_anchor(&mut self, name: usize, anchor: Anchor) {
        if name != 0 {
            self.anchors.insert(name, anchor);
        }
    }

    pub(super) fn complain_of_alias(&mut self, span: Span, message: impl Into<String>, help: impl Into<String>) {
        self.complaints.push(Complaint::error("E0008", &self.document.source, span, message).help(help));
    }
}

#[cfg(test)]
mod tests {
    use crate::spec::yaml::testing::{complaints, good, read};

    #[test]
    fn an_alias_is_the_same_node() {
        let document = good("a: &x {b: 1}\nc: *x\n");
        let root = document.root();
        assert_eq!(document.get(root, "a"), document.get(root, "c"));
    }

    #[test]
    fn an_alias_cannot_be_part_of_itself() {
        let message = "E0008 an alias cannot stand for something that contains it";
        assert_eq!(complaints("a: &x [1, *x]\n"), [format!("1:11 {message}")]);
        assert_eq!(complaints("a: &x\n  <<: *x\n"), [format!("2:7 {message}")]);
    }

    #[test]
    fn an_unknown_alias_is_taken_as_text() {
        let (document, complaints) = read("a: *.conf\nb: 1\n");
        assert_eq!(complaints, ["1:4 E0008 nothing above is named `&.conf`"]);
        let document = document.expect("a document");
        assert_eq!(document.to_json(document.root()), serde_json::json!({"a": "*.conf", "b": 1}));
    }

    #[test]
    fn alias_bombs_are_refused_before_anything_walks_them() {
        let mut laughs = String::from("a0: &a0 [1, 1, 1, 1, 1, 1, 1, 1, 1, 1]\n");
        for level in 1..10 {
            let before = level - 1;
            laughs.push_str(&format!("a{level}: &a{level} [{}*a{before}]\n", format!("*a{before}, ").repeat(9)));
        }
        let wide = format!("a: &a [{}1]\nb: [{}*a]\n", "1, ".repeat(5_000), "*a, ".repeat(5_000));
        let merged = format!("a: &a {{{}z: 1}}\n{}", keys(5_000), merges(5_000));
        for text in [laughs, wide, merged] {
            let (document, complaints) = read(&text);
            assert!(document.is_none());
            assert!(complaints[0].contains("E0008 with its aliases followed"), "{complaints:?}");
        }
    }

    #[test]
    fn a_chain_of_aliases_counts_as_nesting() {
        let chain: String = (1..100_000).map(|link| format!("a{link}: &a{link} [*a{}]\n", link - 1)).collect();
        let (document, complaints) = read(&format!("a0: &a0 []\n{chain}"));
        assert!(document.is_none());
        assert_eq!(complaints, ["64:12 E0007 lists and maps are nested more than 64 deep"]);
    }

    fn keys(count: usize) -> String {
        (0..count).map(|key| format!("k{key}: 1, ")).collect()
    }

    fn merges(count: usize) -> String {
        (0..count).map(|map| format!("m{map}: {{<<: *a}}\n")).collect()
    }
}

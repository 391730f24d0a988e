//! How an expectation reads: the author's values in English sentences, and what was found beside them.
//!
//! A matcher is a phrase that follows the name of a fact: `used` *is below 90%*, `headers` *has the key
//! server*. Phrases nest (`list` *has an item whose age is above 1m*) and can be denied (*is not 5*).

use super::evaluate::{Failed, Judging};
use super::matcher::{Matcher, Order, Test};
use crate::fact::{Value, duration, mode};
use crate::plan::interpolation::contains_interpolation;
use crate::spec::yaml::NodeId;
use serde_json::Value as Json;
use std::fmt;

/// What is found where nothing is.
pub const ABSENT: &str = "absent";
/// How many characters of a found value are shown.
pub const SHOWN: usize = 120;

/// `used is below 90% (found 93.5%)`.
impl fmt::Display for Failed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Failed { fact, expected, found } = self;
        let blank = if fact.is_empty() { "" } else { " " };
        match found.as_str() {
            ABSENT => write!(f, "{fact}{blank}{expected} (it is absent)"),
            found => write!(f, "{fact}{blank}{expected} (found {found})"),
        }
    }
}

impl Judging<'_> {
    /// What a matcher says of a fact.
    pub fn words(&self, matcher: &Matcher) -> String {
        match &matcher.test {
            Test::Equals(value) => format!("is {}", self.argument(matcher, value)),
            Test::OneOf(values) => format!("is one of {}", list(values.iter().map(argument))),
            Test::Not(inner) => self.denied(inner),
            Test::All(inner) => self.joined(inner, " and ", Self::words),
            Test::AnyOf(inner) => self.joined(inner, " or ", Self::words),
            Test::NoneOf(inner) => self.joined(inner, " and ", Self::denied),
            Test::Present(true) => "is present".into(),
            Test::Present(false) => "is absent".into(),
            Test::Cel(cel) => format!("meets `{}`", cel.0.source()),
            Test::Compare(order, bound) => {
                format!("is {} {}", comparison(*order, bound), self.argument(matcher, bound))
            }
            Test::Between(bounds) => format!("is between {} and {}", argument(&bounds.0), argument(&bounds.1)),
            Test::Within(span) => format!("is within {} of now", duration::show(*span)),
            Test::OlderThan(span) => format!("is older than {}", duration::show(*span)),
            Test::Contains(text) => format!("contains {}", quoted(text)),
            Test::StartsWith(text) => format!("starts with {}", quoted(text)),
            Test::EndsWith(text) => format!("ends with {}", quoted(text)),
            Test::Matches(pattern) => format!("matches {}", pattern.text()),
            Test::Empty(true) => "is empty".into(),
            Test::Empty(false) => "is not empty".into(),
            Test::Length(inner) => format!("length {}", self.words(inner)),
            Test::LineCount(inner) => format!("line_count {}", self.words(inner)),
            Test::AnyLine(inner) => format!("has a line {}", self.that(inner)),
            Test::EveryLine(inner) => format!("has lines, each of them one {}", self.that(inner)),
            Test::NoLine(inner) => format!("has no line {}", self.that(inner)),
            Test::Version(range) => match (matcher.name, range.to_string()) {
                ("version", range) => format!("has version {range}"),
                (_, range) if range.starts_with(|first: char| first.is_ascii_digit()) => format!("is {range}"),
                (_, range) => range,
            },
            Test::Capture(capture) => {
                format!("matches {} with a capture {}", capture.0.text(), self.that(&capture.1))
            }
            Test::Number(inner) => format!("is a number {}", self.that(inner)),
            Test::Trimmed(inner) => self.words(inner),
            Test::Includes(items) => format!("includes {}", self.list(items)),
            Test::Only(items) => format!("has only {}", self.list(items)),
            Test::Exactly(items) => format!("has exactly {}", self.list(items)),
            Test::Any(inner) => format!("has an item {}", self.that(inner)),
            Test::Every(inner) => format!("has items, each of them one {}", self.that(inner)),
            Test::None(inner) => format!("has no item {}", self.that(inner)),
            Test::HasKey(key) => format!("has the key {}", quoted(key)),
            Test::Field(name, inner) => format!("{name} {}", self.words(inner)),
            Test::At(paths) => {
                let each = paths.iter().map(|(path, inner)| format!("{} {}", path.path, self.words(inner)));
                each.collect::<Vec<_>>().join(" and ")
            }
            Test::Json(inner) => format!("is JSON {}", self.that(inner)),
            Test::Yaml(inner) => format!("is YAML {}", self.that(inner)),
            Test::AtMost(bits) => format!("is at most {}", mode::show(*bits)),
            Test::Has(bits) => format!("has {}", self.symbolic(matcher, bits)),
            Test::Lacks(bits) => format!("lacks {}", self.symbolic(matcher, bits)),
        }
    }

    /// The opposite of what a matcher says.
    fn denied(&self, matcher: &Matcher) -> String {
        match &matcher.test {
            Test::Not(inner) => self.words(inner),
            Test::AnyOf(inner) => self.joined(inner, " and ", Self::denied),
            Test::NoneOf(inner) => self.joined(inner, " or ", Self::words),
            Test::Present(flag) => if *flag { "is absent" } else { "is present" }.into(),
            Test::Empty(flag) => if *flag { "is not empty" } else { "is empty" }.into(),
            Test::AnyLine(inner) => format!("has no line {}", self.that(inner)),
            Test::NoLine(inner) => format!("has a line {}", self.that(inner)),
            Test::Any(inner) => format!("has no item {}", self.that(inner)),
            Test::None(inner) => format!("has an item {}", self.that(inner)),
            Test::Length(inner) => format!("length {}", self.denied(inner)),
            Test::LineCount(inner) => format!("line_count {}", self.denied(inner)),
            Test::Field(name, inner) => format!("{name} {}", self.denied(inner)),
            Test::Trimmed(inner) => self.denied(inner),
            Test::Version(range) if matcher.name != "version" => format!("is not {range}"),
            Test::At(paths) if paths.len() == 1 => format!("{} {}", paths[0].0.path, self.denied(&paths[0].1)),
            _ => deny(&self.words(matcher)),
        }
    }

    /// The phrase as a clause behind a noun: *that is above 4*, *whose age is above 1m*.
    fn that(&self, matcher: &Matcher) -> String {
        let pronoun = if names_a_part(matcher) { "whose" } else { "that" };
        format!("{pronoun} {}", self.words(matcher))
    }

    fn joined(&self, all: &[Matcher], word: &str, say: fn(&Self, &Matcher) -> String) -> String {
        let each = all.iter().map(|one| match &one.test {
            Test::All(inner) | Test::AnyOf(inner) | Test::NoneOf(inner) if inner.len() > 1 && all.len() > 1 => {
                format!("({})", say(self, one))
            }
            _ => say(self, one),
        });
        each.collect::<Vec<_>>().join(word)
    }

    fn list(&self, items: &[Matcher]) -> String {
        list(items.iter().map(|item| self.item(item)))
    }

    /// One item of a list: its value, or *one that …*.
    pub fn item(&self, matcher: &Matcher) -> String {
        match &matcher.test {
            Test::Equals(value) => self.argument(matcher, value),
            _ => format!("one {}", self.that(matcher)),
        }
    }

    /// The value an author expects: as written where it stands in the file, else as `${…}` resolved it.
    fn argument(&self, matcher: &Matcher, value: &Value) -> String {
        match value {
            Value::Text(_) | Value::Document(Json::String(_)) => argument(value),
            _ if self.is_literal(matcher) => self.spelled(matcher.node),
            _ => argument(value),
        }
    }

    fn symbolic(&self, matcher: &Matcher, bits: &mode::Symbolic) -> String {
        if self.is_literal(matcher) { self.spelled(matcher.node) } else { mode::explain(bits.bits()) }
    }

    /// Does the argument stand in the file as it is, without `${…}` anywhere inside?
    fn is_literal(&self, matcher: &Matcher) -> bool {
        matcher.literal && !contains_interpolation(self.document.spelling(matcher.node))
    }

    /// A value as written, without its quotes.
    fn spelled(&self, node: NodeId) -> String {
        match self.document.text(node) {
            Some(text) => text.into(),
            None => self.document.spelling(node).split_whitespace().collect::<Vec<_>>().join(" "),
        }
    }
}

/// Whether the phrase begins with the name of a part.
fn names_a_part(matcher: &Matcher) -> bool {
    match &matcher.test {
        Test::Field(..) | Test::Length(_) | Test::LineCount(_) | Test::At(_) => true,
        Test::Not(inner) => names_a_part(inner),
        Test::All(inner) | Test::AnyOf(inner) | Test::NoneOf(inner) => inner.first().is_some_and(names_a_part),
        _ => false,
    }
}

fn comparison(order: Order, bound: &Value) -> &'static str {
    match (order, bound) {
        (Order::Greater, Value::Moment(_)) => "after",
        (Order::GreaterOrEqual, Value::Moment(_)) => "not before",
        (Order::Less, Value::Moment(_)) => "before",
        (Order::LessOrEqual, Value::Moment(_)) => "not after",
        (Order::Greater, _) => "above",
        (Order::GreaterOrEqual, _) => "at least",
        (Order::Less, _) => "below",
        (Order::LessOrEqual, _) => "at most",
    }
}

/// *is 5* becomes *is not 5*, *starts with a* becomes *does not start with a*.
fn deny(phrase: &str) -> String {
    match phrase.split_once(' ') {
        Some(("is", rest)) => format!("is not {rest}"),
        Some(("has", rest)) => format!("does not have {rest}"),
        Some(("matches", rest)) => format!("does not match {rest}"),
        Some((verb @ ("contains" | "starts" | "ends" | "meets" | "includes" | "lacks"), rest)) => {
            format!("does not {} {rest}", &verb[..verb.len() - 1])
        }
        _ => format!("not ({phrase})"),
    }
}

fn list(all: impl Iterator<Item = String>) -> String {
    all.collect::<Vec<_>>().join(", ")
}

fn argument(value: &Value) -> String {
    match value {
        // the text "5" is not the number 5
        Value::Document(Json::String(text)) if serde_json::from_str::<Json>(text).is_ok() => format!("\"{text}\""),
        Value::Text(text) | Value::Document(Json::String(text)) => quoted(text),
        Value::List(items) if items.is_empty() => "an empty list".into(),
        Value::Map(entries) if entries.is_empty() => "an empty map".into(),
        other => other.show(),
    }
}

/// What was found, on one line. The line break at the end of a text says nothing.
pub fn shown(value: &Value) -> String {
    match value {
        Value::Text(text) if !text.trim().is_empty() => quoted(&shorten(text.trim_end(), SHOWN)),
        other => shorten(&argument(other), SHOWN),
    }
}

/// A text in quotes, where it would not read as one word; with the white space at its ends visible.
fn quoted(text: &str) -> String {
    match text {
        "" | ABSENT => format!("\"{text}\""),
        text if text.trim() != text => format!("{text:?}"),
        text if text.contains(char::is_whitespace) => format!("\"{text}\""),
        text => text.into(),
    }
}

/// One line of so many characters at most.
pub fn shorten(text: &str, most: usize) -> String {
    let one_line = text.replace('\n', "⏎");
    match one_line.char_indices().nth(most) {
        Some((cut, _)) => format!("{}… ({} characters)", &one_line[..cut], text.chars().count()),
        None => one_line,
    }
}

//! What the argument of each matcher means.

use super::table::MatcherInfo;
use super::values::read_value;
use super::{Matcher, Order, Path, Pattern, Test, item_kind};
use crate::fact::{Kind, Value, Version, mode::Symbolic, version};
use crate::plan::expression::Expression;
use crate::spec::given::{FromGiven, Given, Reader, View};
use serde_json::Value as Json;
use std::time::Duration;

pub fn read_test(info: &MatcherInfo, given: &Given, kind: &Kind, reader: &mut Reader) -> Option<Test> {
    let inner = |kind: &Kind, reader: &mut Reader| Matcher::read(given, kind, reader).map(Box::new);
    Some(match info.name {
        "equals" => Test::Equals(read_value(given, kind, reader)?),
        "not" => Test::Not(inner(kind, reader)?),
        "one_of" => Test::OneOf(read_list(given, reader, |item, reader| read_value(item, kind, reader))?),
        "all" => Test::All(read_matchers(given, kind, reader)?),
        "any_of" => Test::AnyOf(read_matchers(given, kind, reader)?),
        "none_of" => Test::NoneOf(read_matchers(given, kind, reader)?),
        "present" => Test::Present(bool::read(given, reader)?),
        "cel" => Test::Cel(Box::new(read_cel(given, reader)?)),
        "gt" => Test::Compare(Order::Greater, read_value(given, kind, reader)?),
        "ge" => Test::Compare(Order::GreaterOrEqual, read_value(given, kind, reader)?),
        "lt" => Test::Compare(Order::Less, read_value(given, kind, reader)?),
        "le" => Test::Compare(Order::LessOrEqual, read_value(given, kind, reader)?),
        "between" => Test::Between(Box::new(read_pair(given, kind, reader)?)),
        "within" => Test::Within(Duration::read(given, reader)?),
        "older_than" => Test::OlderThan(Duration::read(given, reader)?),
        "contains" => Test::Contains(String::read(given, reader)?.into()),
        "starts_with" => Test::StartsWith(String::read(given, reader)?.into()),
        "ends_with" => Test::EndsWith(String::read(given, reader)?.into()),
        "matches" => Test::Matches(Pattern::read(given, reader)?),
        "empty" => Test::Empty(bool::read(given, reader)?),
        "length" => Test::Length(inner(&Kind::Number, reader)?),
        "any_line" => Test::AnyLine(inner(&Kind::Text, reader)?),
        "every_line" => Test::EveryLine(inner(&Kind::Text, reader)?),
        "no_line" => Test::NoLine(inner(&Kind::Text, reader)?),
        "line_count" => Test::LineCount(inner(&Kind::Number, reader)?),
        "version" => Test::Version(Box::new(read_range(given, reader)?)),
        "capture" => Test::Capture(Box::new(read_capture(given, reader)?)),
        "number" => Test::Number(inner(&Kind::Number, reader)?),
        "trimmed" => Test::Trimmed(inner(&Kind::Text, reader)?),
        "includes" => Test::Includes(read_matchers(given, item_kind(kind), reader)?),
        "only" => Test::Only(read_matchers(given, item_kind(kind), reader)?),
        "exactly" => Test::Exactly(read_matchers(given, item_kind(kind), reader)?),
        "any" => Test::Any(inner(item_kind(kind), reader)?),
        "every" => Test::Every(inner(item_kind(kind), reader)?),
        "none" => Test::None(inner(item_kind(kind), reader)?),
        "has_key" => Test::HasKey(String::read(given, reader)?.into()),
        "at" => Test::At(read_paths(given, reader)?),
        "json" => Test::Json(inner(&Kind::Document, reader)?),
        "yaml" => Test::Yaml(inner(&Kind::Document, reader)?),
        "at_most" => Test::AtMost(crate::fact::Mode::read(given, reader)?.0),
        "has" => Test::Has(read_symbolic(given, reader)?),
        "lacks" => Test::Lacks(read_symbolic(given, reader)?),
        other => unreachable!("the matcher `{other}` has a row but no meaning; a test reads every row"),
    })
}

/// A bare text on a version: a range if it is one, such as `>=3.1` or `3.12.*`.
pub fn version_or_range(text: &str) -> Test {
    match version::Range::parse(text) {
        Ok(range) if Version::parse(text).is_none() => Test::Version(Box::new(range)),
        _ => Test::Equals(Value::Version(text.into())),
    }
}

pub fn read_list<T>(
    given: &Given,
    reader: &mut Reader,
    read: impl Fn(&Given, &mut Reader) -> Option<T>,
) -> Option<Vec<T>> {
    match reader.view(given) {
        View::List(items) if items.is_empty() => reader.complain(
            "E0210",
            reader.span(given),
            "an empty list expects nothing",
            Some("name at least one".into()),
        ),
        View::List(items) => {
            let read: Vec<Option<T>> = items.iter().map(|item| read(item, reader)).collect();
            read.into_iter().collect()
        }
        View::Unknown => None,
        _ => reader.wrong_type(given, "a list"),
    }
}

fn read_matchers(given: &Given, kind: &Kind, reader: &mut Reader) -> Option<Vec<Matcher>> {
    read_list(given, reader, |item, reader| Matcher::read(item, kind, reader))
}

fn read_pair(given: &Given, kind: &Kind, reader: &mut Reader) -> Option<(Value, Value)> {
    let mut both = read_list(given, reader, |item, reader| read_value(item, kind, reader))?.into_iter();
    match (both.next(), both.next(), both.next()) {
        (Some(low), Some(high), None) => {
            if crate::judge::evaluate::compare(&low, &high) == Some(std::cmp::Ordering::Greater) {
                return reader.complain(
                    "E0209",
                    reader.span(given),
                    format!("nothing lies between {} and {}", low.show(), high.show()),
                    Some("write the smaller value first".into()),
                );
            }
            Some((low, high))
        }
        _ => reader.complain(
            "E0103",
            reader.span(given),
            "`between` takes two values",
            Some("write `between: [low, high]`".into()),
        ),
    }
}

fn read_cel(given: &Given, reader: &mut Reader) -> Option<(Expression, Json)> {
    let text = String::read(given, reader)?;
    match Expression::parse(&text).map_err(|error| ("E0302", error)).and_then(|expression| {
        let captured = reader.names.capture(&expression)?;
        Ok((expression, captured))
    }) {
        Ok(pair) => Some(pair),
        Err((code, error)) => reader.complain_in(code, given.node, error),
    }
}

fn read_range(given: &Given, reader: &mut Reader) -> Option<version::Range> {
    match reader.view(given) {
        View::Text(text) => match version::Range::parse(&text) {
            Ok(range) => Some(range),
            Err(error) => reader.complain_in(
                "E0205",
                given.node,
                crate::plan::text_error::TextError { range: error.span, message: error.message, help: error.help },
            ),
        },
        View::Unknown => None,
        _ => reader.wrong_type(given, "a version range (text)"),
    }
}

fn read_symbolic(given: &Given, reader: &mut Reader) -> Option<Symbolic> {
    let text = String::read(given, reader)?;
    match Symbolic::parse(&text) {
        Ok(bits) => Some(bits),
        Err(message) => reader.malformed(given, message, "write who and what, as in \"o+w\" or \"u+rw\""),
    }
}

fn read_capture(given: &Given, reader: &mut Reader) -> Option<(Pattern, Matcher)> {
    let members = reader.members(given, "`regex` and `is`")?;
    let (mut regex, mut is) = (None, None);
    for member in &members {
        match &*member.key {
            "regex" => regex = Pattern::read(&member.value, reader),
            "is" => is = Matcher::read(&member.value, &Kind::Text, reader),
            other => reader.unknown_key(member.key_span, other, "`capture`", &["regex", "is"]),
        }
    }
    for needed in ["regex", "is"] {
        if !members.iter().any(|member| member.key == needed) {
            reader.complain::<()>(
                "E0102",
                reader.span(given),
                format!("the key `{needed}` is missing"),
                Some("write `capture: { regex: \"…(…)\", is: … }`".into()),
            );
        }
    }
    Some((regex?, is?))
}

fn read_paths(given: &Given, reader: &mut Reader) -> Option<Vec<(Box<Path>, Matcher)>> {
    let members = reader.members(given, "JSONPath: matcher")?;
    let mut read = Vec::new();
    for member in &members {
        let path = match Path::parse(&member.key) {
            Ok(path) => Some(path),
            Err(why) => reader.complain(
                "E0206",
                member.key_span,
                format!("`{}` {why}", member.key),
                Some("a path starts with `$`, as in `$.status` or `$.items[*].name` (RFC 9535)".into()),
            ),
        };
        let singular = path.as_ref().is_none_or(|path| path.singular);
        let kind = if singular { &Kind::Document } else { &Kind::List(&Kind::Document) };
        let matcher = Matcher::read(&member.value, kind, reader);
        read.push(path.zip(matcher).map(|(path, matcher)| (Box::new(path), matcher)));
    }
    if read.is_empty() {
        return reader.complain(
            "E0210",
            reader.span(given),
            "an empty map expects nothing",
            Some("write a path and what it must find, such as `{ \"$.status\": ok }`".into()),
        );
    }
    read.into_iter().collect()
}

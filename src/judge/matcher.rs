//! Matchers: what an author may say about a fact, and how it is read.
//!
//! The table `MATCHERS` is the one list: documentation, schema, completion and
//! validation follow from it; `arguments::read_test` gives each its meaning, `judge::evaluate`
//! its answer and `judge::words` its words. A new matcher is a row here, an arm there.

mod arguments;
mod table;
mod values;

pub use table::{Argument, MATCHERS, MatcherInfo, fitting};
pub use values::{read_map, read_record, read_value};

use super::jsonpath::Path;
use super::pattern::Pattern;
use crate::fact::{Field, Kind, Value, mode::Symbolic, version};
use crate::plan::expression::Expression;
use crate::spec::diagnostic::did_you_mean;
use crate::spec::given::{Given, Reader, View};
use crate::spec::yaml::NodeId;
use arguments::{read_test, version_or_range};
use serde_json::Value as Json;
use std::time::Duration;

/// A matcher with the place where it was written.
#[derive(Debug)]
pub struct Matcher {
    /// The node of the argument.
    pub node: NodeId,
    /// Whether the argument stands in the file as it is, without `${…}`.
    pub literal: bool,
    /// The author's word: `lt`, `equals` …; empty for a map of several.
    pub name: &'static str,
    pub test: Test,
}

/// A comparison of order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Order {
    Greater,
    GreaterOrEqual,
    Less,
    LessOrEqual,
}

/// What must hold.
#[derive(Debug)]
pub enum Test {
    Equals(Value),
    Not(Box<Matcher>),
    OneOf(Vec<Value>),
    All(Vec<Matcher>),
    AnyOf(Vec<Matcher>),
    NoneOf(Vec<Matcher>),
    Present(bool),
    Cel(Box<(Expression, Json)>),
    Compare(Order, Value),
    Between(Box<(Value, Value)>),
    Within(Duration),
    OlderThan(Duration),
    Contains(Box<str>),
    StartsWith(Box<str>),
    EndsWith(Box<str>),
    Matches(Pattern),
    Empty(bool),
    Length(Box<Matcher>),
    AnyLine(Box<Matcher>),
    EveryLine(Box<Matcher>),
    NoLine(Box<Matcher>),
    LineCount(Box<Matcher>),
    Version(Box<version::Range>),
    Capture(Box<(Pattern, Matcher)>),
    Number(Box<Matcher>),
    Trimmed(Box<Matcher>),
    Includes(Vec<Matcher>),
    Only(Vec<Matcher>),
    Exactly(Vec<Matcher>),
    Any(Box<Matcher>),
    Every(Box<Matcher>),
    None(Box<Matcher>),
    HasKey(Box<str>),
    /// A fact, a field of a record, or the value behind a key of a map.
    Field(Box<str>, Box<Matcher>),
    /// JSONPath and what must hold of what it finds.
    At(Vec<(Box<Path>, Matcher)>),
    Json(Box<Matcher>),
    Yaml(Box<Matcher>),
    AtMost(u32),
    Has(Symbolic),
    Lacks(Symbolic),
}

impl Matcher {
    /// Reads what must hold of a fact of this type.
    pub fn read(given: &Given, kind: &Kind, reader: &mut Reader) -> Option<Matcher> {
        let make = |name, test| Some(Matcher { node: given.node, literal: given.is_literal(), name, test });
        match reader.view(given) {
            View::Unknown => None,
            View::Map(members) => {
                let read: Vec<Option<Matcher>> = Self::members(members, kind, reader);
                let mut all: Vec<Matcher> = read.into_iter().collect::<Option<_>>()?;
                match all.len() {
                    0 => reader.complain(
                        "E0210",
                        reader.span(given),
                        "an empty map expects nothing",
                        Some("write a matcher, such as `{ present: true }`".into()),
                    ),
                    1 => all.pop(),
                    _ => make("", Test::All(all)),
                }
            }
            View::List(_) => reader.complain(
                "E0203",
                reader.span(given),
                "a list does not say how to compare",
                Some(
                    if matches!(kind, Kind::List(_) | Kind::Document) {
                        "write `exactly: […]`, `includes: […]` or `only: […]`"
                    } else {
                        "write `one_of: […]`, or `all:` with a list of matchers"
                    }
                    .into(),
                ),
            ),
            View::Null if !matches!(kind, Kind::Document) => reader.complain(
                "E0203",
                reader.span(given),
                "nothing stands here to compare with",
                Some("write a value, or `{ present: false }` if it must not be there".into()),
            ),
            _ if matches!(kind, Kind::Record(_)) => reader.wrong_type(given, "a map of facts and matchers"),
            _ if matches!(kind, Kind::List(_) | Kind::Map(_)) => reader.complain(
                "E0203",
                reader.span(given),
                format!("a {} cannot be compared with one value", kind.name()),
                Some("write `includes: [value]`, `any: value` or `every: value`".into()),
            ),
            View::Text(text) if matches!(kind, Kind::Version) => make("equals", version_or_range(&text)),
            _ => make("equals", Test::Equals(read_value(given, kind, reader)?)),
        }
    }

    fn members(members: Vec<crate::spec::given::Member>, kind: &Kind, reader: &mut Reader) -> Vec<Option<Matcher>> {
        let mut read = Vec::with_capacity(members.len());
        for member in &members {
            if let Some(of) = field_kind(kind, &member.key) {
                read.push(Matcher::read(&member.value, of, reader).map(|inner| Matcher {
                    node: member.value.node,
                    literal: true,
                    name: "",
                    test: Test::Field(member.key.as_ref().into(), Box::new(inner)),
                }));
                continue;
            }
            let info = MATCHERS.iter().find(|info| info.name == member.key);
            read.push(match info {
                Some(info) if (info.fits)(kind) => read_test(info, &member.value, kind, reader).map(|test| Matcher {
                    node: member.value.node,
                    literal: member.value.is_literal(),
                    // of a version it is said as the bare range says it
                    name: if matches!((kind, &test), (Kind::Version, Test::Version(_))) { "equals" } else { info.name },
                    test,
                }),
                Some(info) => reader.complain(
                    "E0203",
                    member.key_span,
                    format!("`{}` does not fit a {}", info.name, kind.name()),
                    Some(format!("matchers that fit: {}", names(kind))),
                ),
                None => Self::unknown(&member.key, member.key_span, kind, reader),
            });
        }
        read
    }

    fn unknown(key: &str, span: crate::spec::source::Span, kind: &Kind, reader: &mut Reader) -> Option<Matcher> {
        let facts = fields(kind).iter().map(|field| field.name);
        let matchers = fitting(kind).map(|info| info.name);
        let near = did_you_mean(key, facts.chain(matchers));
        let (code, what) = if fields(kind).is_empty() { ("E0202", "matcher") } else { ("E0201", "fact or matcher") };
        let known = match fields(kind) {
            // who writes a key of the document means what stands there
            [] if matches!(kind, Kind::Document) => {
                format!(
                    "a part of a document is reached by a path: `at: {{ \"$['{key}']\": … }}`; matchers that fit: {}",
                    names(kind)
                )
            }
            [] => format!("matchers that fit a {}: {}", kind.name(), names(kind)),
            fields => format!("facts known here: {}", fields.iter().map(|f| f.name).collect::<Vec<_>>().join(", ")),
        };
        reader.complain(
            code,
            span,
            format!("unknown {what} `{key}`"),
            Some(near.map_or(known, |word| format!("did you mean `{word}`?"))),
        )
    }
}

fn fields(kind: &Kind) -> &'static [Field] {
    match kind {
        Kind::Record(fields) => fields,
        _ => &[],
    }
}

/// The type of a field of a record, or of the value behind a key of a map. A key that is, or is
/// nearly, the name of a matcher is taken for the matcher; `cel: "value['any'] …"` reaches it.
fn field_kind(kind: &Kind, key: &str) -> Option<&'static Kind> {
    match kind {
        Kind::Record(fields) => fields.iter().find(|field| field.name == key).map(|field| field.kind),
        Kind::Map(of) => did_you_mean(key, MATCHERS.iter().map(|info| info.name)).is_none().then_some(of),
        _ => None,
    }
}

fn names(kind: &Kind) -> String {
    fitting(kind).map(|info| info.name).collect::<Vec<_>>().join(", ")
}

/// The type of the items of a list or map; documents hold documents.
pub fn item_kind(kind: &Kind) -> &'static Kind {
    match kind {
        Kind::List(of) | Kind::Map(of) => of,
        _ => &Kind::Document,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_of_a_map_is_what_no_matcher_is_called() {
        let map = Kind::Map(&Kind::Text);
        for key in ["load1", "/var", "content-type", "used", "size"] {
            assert!(matches!(field_kind(&map, key), Some(Kind::Text)), "{key}");
        }
        for key in ["any", "has_key", "hav_key", "evry", "contains"] {
            assert!(field_kind(&map, key).is_none(), "{key}");
        }
    }
}

//! Matchers: what an author may say about a fact, and how it is read.
//!
//! The table `MATCHERS` is the one list: documentation, schema, completion and
//! validation follow from it; `read_test` gives each its meaning and
//! `judge::evaluate` its answer. A new matcher is a row here, an arm there.

use super::jsonpath::Path;
use super::pattern::Pattern;
use crate::fact::{Field, Kind, Value, mode::Symbolic, version};
use crate::plan::expression::Expression;
use crate::spec::diagnostic::did_you_mean;
use crate::spec::given::{FromGiven, Given, Reader, View};
use crate::spec::yaml::NodeId;
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

/// One row of the table of matchers.
pub struct MatcherInfo {
    pub name: &'static str,
    pub description: &'static str,
    /// What the argument looks like.
    pub argument: Argument,
    /// The fact types it is for; documents take every matcher.
    pub fits: fn(&Kind) -> bool,
    /// An example of the argument in YAML, as written for the first fact type it fits.
    pub example: &'static str,
}

/// The shape of a matcher's argument; the schema follows from it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Argument {
    /// A value of the fact's own type.
    Same,
    SameList,
    SamePair,
    Boolean,
    Text,
    Regex,
    Cel,
    VersionRange,
    Duration,
    Mode,
    Symbolic,
    /// A matcher of the fact's own type.
    Matcher,
    MatcherList,
    /// A matcher of the items of a list or map.
    ItemMatcher,
    ItemMatcherList,
    TextMatcher,
    NumberMatcher,
    DocumentMatcher,
    /// `{ regex: …, is: matcher }`.
    Capture,
    /// JSONPath: matcher.
    Paths,
}

fn anything(_: &Kind) -> bool {
    true
}
fn ordered(kind: &Kind) -> bool {
    matches!(kind, Kind::Number | Kind::Bytes | Kind::Duration | Kind::Percent | Kind::Moment | Kind::Document)
}
fn comparable(kind: &Kind) -> bool {
    !matches!(kind, Kind::Record(_))
}
fn moment(kind: &Kind) -> bool {
    matches!(kind, Kind::Moment | Kind::Document)
}
fn text(kind: &Kind) -> bool {
    matches!(kind, Kind::Text | Kind::Version | Kind::Document)
}
fn sized(kind: &Kind) -> bool {
    matches!(kind, Kind::Text | Kind::Version | Kind::List(_) | Kind::Map(_) | Kind::Document)
}
fn list(kind: &Kind) -> bool {
    matches!(kind, Kind::List(_) | Kind::Document)
}
fn collection(kind: &Kind) -> bool {
    matches!(kind, Kind::List(_) | Kind::Map(_) | Kind::Document)
}
fn map(kind: &Kind) -> bool {
    matches!(kind, Kind::Map(_) | Kind::Document)
}
fn document(kind: &Kind) -> bool {
    matches!(kind, Kind::Document)
}
fn mode(kind: &Kind) -> bool {
    matches!(kind, Kind::Mode)
}

macro_rules! matchers {
    ($($name:literal $argument:ident $fits:ident $example:literal $description:literal;)*) => {
        &[$(MatcherInfo { name: $name, description: $description, argument: Argument::$argument, fits: $fits, example: $example },)*]
    };
}

/// Every matcher.
pub static MATCHERS: &[MatcherInfo] = matchers! {
    "equals" Same comparable "value" "Equal to this value. A bare scalar means the same.";
    "not" Matcher anything "{ equals: value }" "The matcher inside must not hold. What is absent breaks this too.";
    "one_of" SameList comparable "[a, b]" "Equal to one of these values.";
    "all" MatcherList anything "[{ present: true }]" "Every matcher of the list must hold.";
    "any_of" MatcherList anything "[{ present: true }]" "At least one matcher of the list must hold.";
    "none_of" MatcherList anything "[{ present: false }]" "No matcher of the list may hold.";
    "present" Boolean anything "true" "Whether the thing or fact is there at all. Every other matcher breaks on what is absent.";
    "cel" Cel anything "\"value != null\"" "A CEL expression over `value` that must be true. Sizes are in bytes, durations in seconds, percentages in hundredths.";
    "gt" Same ordered "1" "Greater than this value.";
    "ge" Same ordered "1" "Greater than this value, or equal to it.";
    "lt" Same ordered "1" "Less than this value.";
    "le" Same ordered "1" "Less than this value, or equal to it.";
    "between" SamePair ordered "[1, 2]" "From the first value to the second, both included.";
    "within" Duration moment "30d" "At most this far from the moment of looking, before or after.";
    "older_than" Duration moment "7d" "Further in the past than this at the moment of looking.";
    "contains" Text text "word" "Contains this text, letter by letter.";
    "starts_with" Text text "word" "Starts with this text.";
    "ends_with" Text text "word" "Ends with this text.";
    "matches" Regex text "\"^v[0-9]+\"" "This regular expression matches somewhere. `^` and `$` mean the whole text; `(?m)` makes them mean each line. Rust regex syntax: no look-around, no back references.";
    "empty" Boolean sized "false" "Whether it has no characters, items or keys. Text of white space only is not empty; see `trimmed`.";
    "length" NumberMatcher sized "{ ge: 1 }" "The number of characters, items or keys.";
    "any_line" TextMatcher text "{ contains: word }" "At least one line for which this holds.";
    "every_line" TextMatcher text "{ contains: word }" "This holds for every line, and there is at least one.";
    "no_line" TextMatcher text "{ contains: word }" "There is no line for which this holds.";
    "line_count" NumberMatcher text "{ ge: 1 }" "The number of lines.";
    "version" VersionRange text "\">=1.2,<2\"" "The first version in the text lies in this range. Spellings of Cargo, npm and PEP 440 are understood.";
    "capture" Capture text "{ regex: \"([0-9]+)\", is: { number: { gt: 1 } } }" "The first group of the regular expression (the whole match if it has none) must match `is`.";
    "number" NumberMatcher text "{ gt: 1 }" "The whole text, white space around it aside, read as a number.";
    "trimmed" TextMatcher text "value" "The text without white space around it.";
    "includes" ItemMatcherList list "[value]" "Each of these is found in the list.";
    "only" ItemMatcherList list "[value]" "Every item of the list is one of these.";
    "exactly" ItemMatcherList list "[value]" "These and no others, in any order.";
    "any" ItemMatcher collection "value" "At least one item for which this holds.";
    "every" ItemMatcher collection "value" "This holds for every item, and there is at least one.";
    "none" ItemMatcher collection "value" "There is no item for which this holds.";
    "has_key" Text map "name" "The map has this key.";
    "at" Paths document "{ \"$.name\": value }" "What a JSONPath (RFC 9535) finds must match. A path that can find several gives a list.";
    "json" DocumentMatcher text "{ at: { \"$.name\": value } }" "The text, parsed as JSON, must match.";
    "yaml" DocumentMatcher text "{ at: { \"$.name\": value } }" "The text, parsed as YAML, must match.";
    "at_most" Mode mode "\"0640\"" "No permission bit beyond these.";
    "has" Symbolic mode "\"u+r\"" "Has these permission bits.";
    "lacks" Symbolic mode "\"o+w\"" "Has none of these permission bits.";
};

/// The matchers for a fact type.
pub fn fitting(kind: &Kind) -> impl Iterator<Item = &'static MatcherInfo> {
    MATCHERS.iter().filter(move |info| (info.fits)(kind))
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
                    if list(kind) {
                        "write `exactly: […]`, `includes: […]` or `only: […]`"
                    } else {
                        "write `one_of: […]`, or `all:` with a list of matchers"
                    }
                    .into(),
                ),
            ),
            View::Null if !document(kind) => reader.complain(
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
                    name: info.name,
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

fn read_test(info: &MatcherInfo, given: &Given, kind: &Kind, reader: &mut Reader) -> Option<Test> {
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

/// Reads a value of a fact's type.
pub fn read_value(given: &Given, kind: &Kind, reader: &mut Reader) -> Option<Value> {
    Some(match kind {
        Kind::Text => Value::Text(String::read(given, reader)?),
        Kind::Number => match reader.view(given) {
            View::Integer(number) => Value::Integer(number),
            View::Float(number) => Value::Float(number),
            View::Unknown => return None,
            _ => return reader.wrong_type(given, "a number"),
        },
        Kind::Boolean => Value::Boolean(bool::read(given, reader)?),
        Kind::Bytes => Value::Bytes(crate::fact::Bytes::read(given, reader)?.0),
        Kind::Duration => Value::Duration(Duration::read(given, reader)?),
        Kind::Percent => Value::Percent(crate::fact::Percent::read(given, reader)?.0),
        Kind::Mode => Value::Mode(crate::fact::Mode::read(given, reader)?.0),
        Kind::Moment => Value::Moment(crate::fact::Moment::read(given, reader)?),
        Kind::Version => Value::Version(String::read(given, reader)?.into()),
        Kind::List(of) => Value::List(read_list(given, reader, |item, reader| read_value(item, of, reader))?),
        Kind::Map(of) => {
            let members = reader.members(given, "name: value")?;
            let read: Vec<Option<(String, Value)>> =
                members.iter().map(|m| Some((m.key.to_string(), read_value(&m.value, of, reader)?))).collect();
            Value::Map(read.into_iter().collect::<Option<_>>()?)
        }
        Kind::Record(fields) => read_record(given, fields, reader)?,
        Kind::Document => Value::Document(Json::read(given, reader)?),
    })
}

fn read_record(given: &Given, fields: &'static [Field], reader: &mut Reader) -> Option<Value> {
    let known: Vec<&str> = fields.iter().map(|field| field.name).collect();
    let mut entries = Vec::new();
    for member in reader.members(given, "field: value")? {
        match fields.iter().find(|field| field.name == member.key) {
            Some(field) => {
                entries.push(read_value(&member.value, field.kind, reader).map(|value| (member.key.to_string(), value)))
            }
            None => {
                reader.unknown_key(member.key_span, &member.key, "a record", &known);
                entries.push(None);
            }
        }
    }
    Some(Value::Map(entries.into_iter().collect::<Option<_>>()?))
}

fn read_list<T>(given: &Given, reader: &mut Reader, read: impl Fn(&Given, &mut Reader) -> Option<T>) -> Option<Vec<T>> {
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
            if super::evaluate::compare(&low, &high) == Some(std::cmp::Ordering::Greater) {
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

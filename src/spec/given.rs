//! Reading typed values out of YAML, with every complaint at its place.
//!
//! A [`Given`] is a YAML node or what a `${…}` in it came to; [`FromGiven`] turns
//! it into a Rust type. The same types describe themselves for the JSON Schema,
//! so reading and schema cannot disagree. Deliberately absent: what a key means.

use super::diagnostic::{Complaint, Complaints, did_you_mean};
use super::shape::{either, or_expression};
use super::source::Span;
use super::yaml::{Document, Kind, NodeId};
use crate::fact::{Bytes, Mode, Moment, Percent, bytes, duration, mode, percent};
use crate::plan::expression::Expression;
use crate::plan::interpolation::{Interpolation, Quote, contains_interpolation};
use crate::plan::text_error::TextError;
use serde_json::{Value as Json, json};
use std::borrow::Cow;
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

/// What durations, sizes, percentages, modes and times look like, for the schema; the parsers decide.
const DURATION: &str = r"^\s*([0-9]+(\.[0-9]+)?\s*(nanos|nsec|ns|micros|usec|us|µs|millis|msec|ms|seconds?|secs?|s|minutes?|mins?|m|hours?|hrs?|h|days?|d|weeks?|wks?|w|months?|M|years?|yrs?|y)\s*)+$";
const BYTES: &str = r"^\s*[0-9]+(\.[0-9]+)?\s*([kKmMgGtTpPeE][iI]?)?[bB]\s*$";
const PERCENT: &str = r"^\s*[0-9]+(\.[0-9]+)?\s*%\s*$";
const MODE: &str = r"^\s*(0o)?[0-7]{3,4}\s*$";
const MOMENT: &str = r"^\s*[0-9]{4}-?[0-9]{2}-?[0-9]{2}";

/// What a `${…}` came to.
pub enum Resolution {
    Value(Json),
    /// It cannot be known yet, as when `validate` has no value for a required input.
    Unknown,
    Failed {
        code: &'static str,
        error: TextError,
    },
}

/// Whoever knows the values of names.
pub trait Resolve {
    /// Whether `${…}` is an expression; in recordings it is text like any other.
    fn interpolates(&self) -> bool {
        true
    }

    fn resolve(&self, text: &Interpolation, quote: Quote) -> Resolution;

    /// The values of the names in a `cel:` matcher, `value` aside.
    fn capture(&self, expression: &Expression) -> Result<Json, (&'static str, TextError)>;
}

/// For places where the language has no `${…}`.
pub struct NoNames;

impl Resolve for NoNames {
    fn resolve(&self, text: &Interpolation, _: Quote) -> Resolution {
        let range = text.references().first().map_or(0..0, |reference| reference.range.clone());
        Resolution::Failed {
            code: "E0312",
            error: TextError {
                range,
                message: "`${…}` has no meaning here".into(),
                help: Some("write the value itself, or `$${` for a literal `${`".into()),
            },
        }
    }

    fn capture(&self, expression: &Expression) -> Result<Json, (&'static str, TextError)> {
        match expression.references().iter().find(|reference| reference.path[0] != "value") {
            Some(reference) => Err((
                "E0301",
                TextError {
                    range: reference.range.clone(),
                    message: format!("unknown name `{}`", reference.path[0]),
                    help: Some("only `value` is known here".into()),
                },
            )),
            None => Ok(json!({})),
        }
    }
}

/// For recordings: every text stands for itself.
pub struct Literal;

impl Resolve for Literal {
    fn interpolates(&self) -> bool {
        false
    }

    fn resolve(&self, text: &Interpolation, quote: Quote) -> Resolution {
        NoNames.resolve(text, quote)
    }

    fn capture(&self, expression: &Expression) -> Result<Json, (&'static str, TextError)> {
        NoNames.capture(expression)
    }
}

/// A value as given: a YAML node, or what a `${…}` in that node came to.
#[derive(Debug, Clone)]
pub struct Given {
    pub node: NodeId,
    computed: Option<Box<Json>>,
}

/// One entry of a map.
pub struct Member<'d> {
    pub key: Cow<'d, str>,
    pub key_span: Span,
    pub value: Given,
}

/// A look inside a [`Given`].
pub enum View<'d> {
    Null,
    Boolean(bool),
    Integer(i64),
    Float(f64),
    Text(Cow<'d, str>),
    List(Vec<Given>),
    Map(Vec<Member<'d>>),
    /// Not known yet; to be taken as right.
    Unknown,
}

/// Reads one document and collects the complaints about it.
pub struct Reader<'a> {
    pub document: &'a Document,
    pub names: &'a dyn Resolve,
    pub complaints: &'a mut Complaints,
}

/// A type that can be read from YAML and describes itself in JSON Schema.
pub trait FromGiven: Sized {
    /// Whether a `${…}` is resolved when this is read; some texts keep theirs for later, or have none.
    const SEES_VALUES: bool = true;
    fn schema() -> Json;
    /// `None` after a complaint, or when the value is not known yet.
    fn read(given: &Given, reader: &mut Reader) -> Option<Self>;
    /// The type for people: `text`, `duration`, `list of text`.
    fn type_name() -> String {
        "value".into()
    }
    /// The value as an author would write it, for documentation of defaults; empty if there is nothing to say.
    fn shown(&self) -> String {
        String::new()
    }
    /// What a value that is broken, and complained of, is taken as to read on.
    fn stand_in() -> Option<Self> {
        None
    }
}

impl Given {
    pub fn node(node: NodeId) -> Given {
        Given { node, computed: None }
    }

    pub fn computed(node: NodeId, value: Json) -> Given {
        Given { node, computed: Some(Box::new(value)) }
    }

    /// Was it written in the file as it is?
    pub fn is_literal(&self) -> bool {
        self.computed.is_none()
    }
}

impl<'a> Reader<'a> {
    pub fn new(document: &'a Document, names: &'a dyn Resolve, complaints: &'a mut Complaints) -> Self {
        Reader { document, names, complaints }
    }

    pub fn read<T: FromGiven>(&mut self, node: NodeId) -> Option<T> {
        T::read(&Given::node(node), self)
    }

    pub fn span(&self, given: &Given) -> Span {
        self.document.span(given.node)
    }

    /// Complains about a place and answers `None`, to be returned.
    pub fn complain<T>(
        &mut self,
        code: &'static str,
        span: Span,
        message: impl Into<String>,
        help: Option<String>,
    ) -> Option<T> {
        let mut complaint = Complaint::error(code, &self.document.source, span, message.into());
        complaint.help = help;
        self.complaints.push(complaint);
        None
    }

    pub fn warn(&mut self, code: &'static str, span: Span, message: impl Into<String>, help: Option<String>) {
        let mut complaint = Complaint::error(code, &self.document.source, span, message.into());
        complaint.severity = super::diagnostic::Severity::Warning;
        complaint.help = help;
        self.complaints.push(complaint);
    }

    /// Complains about a part of a text.
    pub fn complain_in<T>(&mut self, code: &'static str, node: NodeId, error: TextError) -> Option<T> {
        let span =
            if error.range.is_empty() { self.document.span(node) } else { self.document.inside(node, error.range) };
        self.complain(code, span, error.message, error.help)
    }

    /// Complains that a value cannot be read; the message may end in its own advice.
    pub fn malformed<T>(&mut self, given: &Given, message: String, advice: &str) -> Option<T> {
        let (message, own) = with_advice(message);
        self.complain("E0108", self.span(given), message, own.or_else(|| Some(advice.into())))
    }

    /// Complains that the type is wrong, and names the usual YAML traps.
    pub fn wrong_type<T>(&mut self, given: &Given, wanted: &str) -> Option<T> {
        let found = match &given.computed {
            Some(value) => format!("`{value}`"),
            _ => match self.document.describe(given.node) {
                found @ ("a list" | "a map" | "nothing") => found.to_string(),
                found => format!("{found} `{}`", shorten(self.document.spelling(given.node))),
            },
        };
        let trap = self.trap(given, wanted);
        let code = if trap.is_some() { "E0109" } else { "E0103" };
        let help = trap.or_else(|| next_step(wanted).map(str::to_string));
        self.complain(code, self.span(given), format!("{wanted} is needed here, found {found}"), help)
    }

    fn trap(&self, given: &Given, wanted: &str) -> Option<String> {
        if !given.is_literal() {
            return None;
        }
        let spelling = self.document.spelling(given.node).trim();
        match self.document.kind(given.node) {
            Kind::Text(text) if wanted.contains("true or false") && self.document.is_plain(given.node) => {
                match text.to_lowercase().as_str() {
                    "yes" | "on" | "y" => Some(format!("YAML 1.2 reads `{text}` as text; write `true`")),
                    "no" | "off" | "n" => Some(format!("YAML 1.2 reads `{text}` as text; write `false`")),
                    _ => None,
                }
            }
            Kind::Float(number) if wanted.contains("text") && number.to_string() != spelling => {
                Some(format!("YAML reads {spelling} as the number {number}; put it in quotes: \"{spelling}\""))
            }
            Kind::Integer(_) | Kind::Float(_) | Kind::Boolean(_) | Kind::Null
                if wanted.contains("text") && !spelling.is_empty() =>
            {
                Some(format!("put it in quotes: \"{spelling}\""))
            }
            _ => None,
        }
    }

    pub fn view(&mut self, given: &Given) -> View<'a> {
        self.view_quoted(given, Quote::None)
    }

    /// The value, with `${…}` resolved; `Quote::Shell` quotes what is inserted.
    pub fn view_quoted(&mut self, given: &Given, quote: Quote) -> View<'a> {
        if let Some(value) = &given.computed {
            return view_json(given.node, self.document.span(given.node), value);
        }
        match self.document.kind(given.node) {
            Kind::Null => View::Null,
            Kind::Boolean(flag) => View::Boolean(flag),
            Kind::Integer(number) => View::Integer(number),
            Kind::Float(number) => View::Float(number),
            Kind::Text(text) if self.names.interpolates() && contains_interpolation(text) => {
                self.interpolate(given.node, text, quote)
            }
            Kind::Text(text) => View::Text(Cow::Borrowed(text)),
            Kind::Sequence(items) => View::List(items.iter().map(|id| Given::node(*id)).collect()),
            Kind::Mapping(entries) => View::Map(
                entries
                    .iter()
                    .map(|entry| Member {
                        key: Cow::Borrowed(self.document.key(entry)),
                        key_span: entry.key_span,
                        value: Given::node(entry.value),
                    })
                    .collect(),
            ),
        }
    }

    fn interpolate(&mut self, node: NodeId, text: &str, quote: Quote) -> View<'a> {
        let interpolation = match Interpolation::parse(text) {
            Ok(interpolation) => interpolation,
            Err(error) => {
                self.complain_in::<()>("E0302", node, error);
                return View::Unknown;
            }
        };
        if quote == Quote::Shell
            && let Err(error) = interpolation.check_shell()
        {
            self.complain_in::<()>("E0313", node, error);
            return View::Unknown;
        }
        match self.names.resolve(&interpolation, quote) {
            Resolution::Value(value) => view_json(node, self.document.span(node), &value),
            Resolution::Unknown => View::Unknown,
            Resolution::Failed { code, error } => {
                self.complain_in::<()>(code, node, error);
                View::Unknown
            }
        }
    }

    /// The members of a map whose keys are not free; complains about anything else.
    pub fn members(&mut self, given: &Given, what: &str) -> Option<Vec<Member<'a>>> {
        match self.view(given) {
            View::Map(members) => Some(members),
            View::Unknown => None,
            _ => self.wrong_type(given, &format!("a map ({what})")),
        }
    }

    /// Complains about a key that nobody knows.
    pub fn unknown_key(&mut self, span: Span, key: &str, what: &str, known: &[&str]) {
        let help =
            did_you_mean(key, known.iter().copied()).map(|word| format!("did you mean `{word}`?")).or_else(|| {
                Some(if known.is_empty() {
                    "no keys are known here".into()
                } else {
                    format!("known here: {}", known.join(", "))
                })
            });
        self.complain::<()>("E0101", span, format!("unknown key `{key}` in {what}"), help);
    }

    /// The value as JSON with every `${…}` inside resolved; `None` if a part is not known.
    pub fn json(&mut self, given: &Given) -> Option<Json> {
        Some(match self.view(given) {
            View::Null => Json::Null,
            View::Boolean(flag) => flag.into(),
            View::Integer(number) => number.into(),
            View::Float(number) => number.into(),
            View::Text(text) => text.into(),
            View::List(items) => Json::Array(items.iter().map(|item| self.json(item)).collect::<Option<_>>()?),
            View::Map(members) => Json::Object(
                members.iter().map(|m| Some((m.key.to_string(), self.json(&m.value)?))).collect::<Option<_>>()?,
            ),
            View::Unknown => return None,
        })
    }
}

fn view_json<'d>(node: NodeId, span: Span, value: &Json) -> View<'d> {
    match value {
        Json::Null => View::Null,
        Json::Bool(flag) => View::Boolean(*flag),
        Json::Number(number) => match number.as_i64() {
            Some(integer) => View::Integer(integer),
            None => View::Float(number.as_f64().unwrap_or(f64::NAN)),
        },
        Json::String(text) => View::Text(Cow::Owned(text.clone())),
        Json::Array(items) => View::List(items.iter().map(|item| Given::computed(node, item.clone())).collect()),
        Json::Object(map) => View::Map(
            map.iter()
                .map(|(key, value)| Member {
                    key: Cow::Owned(key.clone()),
                    key_span: span,
                    value: Given::computed(node, value.clone()),
                })
                .collect(),
        ),
    }
}

/// What to do where a value of another type is needed.
fn next_step(wanted: &str) -> Option<&'static str> {
    let steps = [
        ("true or false", "write `true` or `false`, without quotes"),
        ("a whole number", "write digits only, as in `10`"),
        ("a number", "write digits, as in `10` or `0.5`"),
        ("a list", "write `[…, …]`, or one `- …` per line"),
        ("a map of facts", "write `fact: value`, one per line"),
        ("a map", "write `key: value`, one per line"),
        ("a check", "write `id:`, a probe, and what must hold"),
        ("text", "write one text, or leave the key out"),
        ("a path", "write one path, as in `/etc/hosts`"),
    ];
    steps.into_iter().find(|(beginning, _)| wanted.starts_with(beginning)).map(|(_, step)| step)
}

/// Parsers say what is wrong and what to write instead in one sentence.
fn with_advice(message: String) -> (String, Option<String>) {
    match message.split_once("; write ") {
        Some((message, advice)) => (message.into(), Some(format!("write {advice}"))),
        None => (message, None),
    }
}

fn shorten(text: &str) -> String {
    let line = text.lines().next().unwrap_or("");
    match line.char_indices().nth(40) {
        Some((cut, _)) => format!("{}…", &line[..cut]),
        None => line.to_string(),
    }
}

/// The schema of a text with a unit, which a `${…}` may also give.
fn unit_schema(pattern: &str, wanted: &str, examples: &[&str]) -> Json {
    or_expression(json!({
        "type": "string",
        "pattern": pattern,
        "patternErrorMessage": format!("{wanted} is needed here, such as `{}`", examples[0]),
        "examples": examples,
    }))
}

/// Reads a scalar text with a unit through `parse`.
fn read_unit<T>(
    given: &Given,
    reader: &mut Reader,
    wanted: &str,
    example: &str,
    parse: impl Fn(&str) -> Result<T, String>,
) -> Option<T> {
    match reader.view(given) {
        View::Text(text) => match parse(&text) {
            Ok(value) => Some(value),
            Err(message) => reader.malformed(given, message, &format!("write {wanted} as in `{example}`")),
        },
        View::Integer(number) => reader.complain(
            "E0107",
            reader.span(given),
            format!("{wanted} needs its unit, found the bare number {number}"),
            Some(format!("write the unit, as in `{example}`")),
        ),
        View::Float(number) => reader.complain(
            "E0107",
            reader.span(given),
            format!("{wanted} needs its unit, found the bare number {number}"),
            Some(format!("write the unit, as in `{example}`")),
        ),
        View::Unknown => None,
        _ => reader.wrong_type(given, &format!("{wanted} such as `{example}`")),
    }
}

impl FromGiven for String {
    fn schema() -> Json {
        json!({ "type": ["string", "integer"] })
    }
    fn type_name() -> String {
        "text".into()
    }
    fn shown(&self) -> String {
        format!("{self:?}")
    }
    fn read(given: &Given, reader: &mut Reader) -> Option<Self> {
        match reader.view(given) {
            View::Text(text) => Some(text.into_owned()),
            View::Integer(_) if given.is_literal() && !contains_interpolation(reader.document.spelling(given.node)) => {
                Some(reader.document.spelling(given.node).to_string())
            }
            View::Integer(number) => Some(number.to_string()),
            View::Float(number) if !given.is_literal() => Some(number.to_string()),
            View::Unknown => None,
            _ => reader.wrong_type(given, "text"),
        }
    }
}

/// Text for a shell: what `${…}` inserts is quoted.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct ShellText(pub String);

impl FromGiven for ShellText {
    const SEES_VALUES: bool = false;
    fn schema() -> Json {
        json!({ "type": ["string", "integer"] })
    }
    fn type_name() -> String {
        "line for sh".into()
    }
    fn read(given: &Given, reader: &mut Reader) -> Option<Self> {
        match reader.view_quoted(given, Quote::Shell) {
            View::Text(text) => Some(ShellText(text.into_owned())),
            View::Integer(number) => Some(ShellText(number.to_string())),
            View::Unknown => None,
            _ => reader.wrong_type(given, "text"),
        }
    }
}

impl FromGiven for PathBuf {
    fn schema() -> Json {
        json!({ "type": "string", "minLength": 1 })
    }
    fn type_name() -> String {
        "path".into()
    }
    fn shown(&self) -> String {
        self.display().to_string()
    }
    fn read(given: &Given, reader: &mut Reader) -> Option<Self> {
        match reader.view(given) {
            View::Text(text) if text.is_empty() => {
                reader.complain("E0108", reader.span(given), "a path is needed here, found empty text", None)
            }
            View::Text(text) if text.contains('\0') => {
                reader.complain("E0108", reader.span(given), "a path cannot contain a NUL byte", None)
            }
            View::Text(text) => Some(PathBuf::from(text.into_owned())),
            View::Unknown => None,
            _ => reader.wrong_type(given, "a path (text)"),
        }
    }
}

impl FromGiven for bool {
    fn schema() -> Json {
        or_expression(json!({ "type": "boolean" }))
    }
    fn type_name() -> String {
        "true or false".into()
    }
    fn shown(&self) -> String {
        self.to_string()
    }
    fn read(given: &Given, reader: &mut Reader) -> Option<Self> {
        match reader.view(given) {
            View::Boolean(flag) => Some(flag),
            View::Unknown => None,
            _ => reader.wrong_type(given, "true or false"),
        }
    }
}

impl FromGiven for f64 {
    fn schema() -> Json {
        or_expression(json!({ "type": "number" }))
    }
    fn type_name() -> String {
        "number".into()
    }
    fn shown(&self) -> String {
        self.to_string()
    }
    fn read(given: &Given, reader: &mut Reader) -> Option<Self> {
        match reader.view(given) {
            View::Integer(number) => Some(number as f64),
            View::Float(number) => Some(number),
            View::Unknown => None,
            _ => reader.wrong_type(given, "a number"),
        }
    }
}

macro_rules! integers {
    ($($type:ty),*) => {$(
        impl FromGiven for $type {
            fn schema() -> Json {
                // beyond 2^53 a JSON reader may round, so the bounds stay unsaid
                let bounds = if <$type>::BITS <= 32 { json!({ "type": "integer", "minimum": <$type>::MIN, "maximum": <$type>::MAX }) }
                    else if <$type>::MIN == 0 { json!({ "type": "integer", "minimum": 0 }) }
                    else { json!({ "type": "integer" }) };
                or_expression(bounds)
            }
            fn type_name() -> String {
                "whole number".into()
            }
            fn shown(&self) -> String {
                self.to_string()
            }
            fn read(given: &Given, reader: &mut Reader) -> Option<Self> {
                match reader.view(given) {
                    View::Integer(number) => match <$type>::try_from(number) {
                        Ok(number) => Some(number),
                        Err(_) => reader.complain("E0117", reader.span(given), format!("{number} is out of range"), Some(format!("a whole number from {} to {} is needed", <$type>::MIN, <$type>::MAX))),
                    },
                    View::Unknown => None,
                    _ => reader.wrong_type(given, "a whole number"),
                }
            }
        }
    )*};
}
integers!(i32, i64, u16, u32, u64);

impl FromGiven for Duration {
    fn schema() -> Json {
        unit_schema(DURATION, "a duration", &["10s", "24h", "7d"])
    }
    fn type_name() -> String {
        "duration".into()
    }
    fn shown(&self) -> String {
        duration::show(*self)
    }
    fn read(given: &Given, reader: &mut Reader) -> Option<Self> {
        read_unit(given, reader, "a duration", "10s", duration::parse)
    }
}

impl FromGiven for Bytes {
    fn schema() -> Json {
        unit_schema(BYTES, "a size", &["512MiB", "10GB"])
    }
    fn type_name() -> String {
        "size".into()
    }
    fn shown(&self) -> String {
        bytes::show(self.0)
    }
    fn read(given: &Given, reader: &mut Reader) -> Option<Self> {
        read_unit(given, reader, "a size", "512MiB", bytes::parse).map(Bytes)
    }
}

impl FromGiven for Percent {
    fn schema() -> Json {
        unit_schema(PERCENT, "a percentage", &["95%"])
    }
    fn type_name() -> String {
        "percentage".into()
    }
    fn shown(&self) -> String {
        percent::show(self.0)
    }
    fn read(given: &Given, reader: &mut Reader) -> Option<Self> {
        read_unit(given, reader, "a percentage", "95%", percent::parse).map(Percent)
    }
}

impl FromGiven for Mode {
    fn schema() -> Json {
        unit_schema(MODE, "a file mode in quotes", &["0640"])
    }
    fn type_name() -> String {
        "file mode".into()
    }
    fn shown(&self) -> String {
        format!("\"{}\"", mode::show(self.0))
    }
    fn read(given: &Given, reader: &mut Reader) -> Option<Self> {
        let spelling = reader.document.spelling(given.node).trim().to_string();
        if given.is_literal()
            && reader.document.is_plain(given.node)
            && spelling.starts_with(|c: char| c.is_ascii_digit())
        {
            return reader.complain(
                "E0109",
                reader.span(given),
                format!("a file mode must be quoted: YAML readers take {spelling} for different numbers"),
                Some(format!("write \"{spelling:0>4}\"")),
            );
        }
        match reader.view(given) {
            View::Text(text) => match mode::parse(&text) {
                Ok(mode) => Some(Mode(mode)),
                Err(message) => reader.malformed(given, message, "write octal digits in quotes, as in \"0640\""),
            },
            View::Unknown => None,
            _ => reader.wrong_type(given, "a file mode such as \"0640\""),
        }
    }
}

impl FromGiven for Moment {
    fn schema() -> Json {
        unit_schema(MOMENT, "a time", &["2027-01-31", "2027-01-31T12:00:00Z"])
    }
    fn type_name() -> String {
        "time".into()
    }
    fn read(given: &Given, reader: &mut Reader) -> Option<Self> {
        read_unit(given, reader, "a time", "2027-01-31", Moment::parse)
    }
}

/// Any value, with every `${…}` inside resolved.
impl FromGiven for Json {
    fn schema() -> Json {
        json!(true)
    }
    fn type_name() -> String {
        "anything".into()
    }
    fn read(given: &Given, reader: &mut Reader) -> Option<Self> {
        reader.json(given)
    }
}

impl<T: FromGiven> FromGiven for Vec<T> {
    fn schema() -> Json {
        or_expression(json!({ "type": "array", "items": T::schema() }))
    }
    fn type_name() -> String {
        format!("list of {}", T::type_name())
    }
    fn shown(&self) -> String {
        format!("[{}]", self.iter().map(T::shown).collect::<Vec<_>>().join(", "))
    }
    fn read(given: &Given, reader: &mut Reader) -> Option<Self> {
        match reader.view(given) {
            View::List(items) => read_all(&items, reader),
            View::Unknown => None,
            _ => reader.wrong_type(given, "a list"),
        }
    }
}

/// Reads every item, so that every complaint is made, then answers all or none.
fn read_all<T: FromGiven>(items: &[Given], reader: &mut Reader) -> Option<Vec<T>> {
    let read: Vec<Option<T>> = items.iter().map(|item| T::read(item, reader)).collect();
    read.into_iter().collect()
}

/// A list, or one value that stands for a list of one.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]
pub struct OneOrMany<T>(pub Vec<T>);

impl<T: FromGiven> FromGiven for OneOrMany<T> {
    fn schema() -> Json {
        either(T::schema(), json!({ "type": "array", "items": T::schema() }))
    }
    fn type_name() -> String {
        format!("{}, or a list of them", T::type_name())
    }
    fn shown(&self) -> String {
        self.0.shown()
    }
    fn read(given: &Given, reader: &mut Reader) -> Option<Self> {
        match reader.view(given) {
            View::List(items) => read_all(&items, reader).map(OneOrMany),
            View::Unknown => None,
            _ => T::read(given, reader).map(|one| OneOrMany(vec![one])),
        }
    }
}

impl<T: FromGiven> FromGiven for BTreeMap<String, T> {
    fn schema() -> Json {
        or_expression(json!({ "type": "object", "additionalProperties": T::schema() }))
    }
    fn type_name() -> String {
        format!("map of {}", T::type_name())
    }
    fn read(given: &Given, reader: &mut Reader) -> Option<Self> {
        let members = reader.members(given, "name: value")?;
        let read: Vec<Option<(String, T)>> =
            members.iter().map(|m| Some((m.key.to_string(), T::read(&m.value, reader)?))).collect();
        read.into_iter().collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Whether the pattern of the schema takes a text.
    fn takes(pattern: &str, text: &str) -> bool {
        regex::Regex::new(pattern).unwrap().is_match(text)
    }

    #[test]
    fn patterns_refuse_what_the_parsers_refuse() {
        let cases = [
            (DURATION, ["10", "10 parsecs", "s", "-5s", "1h30"]),
            (BYTES, ["512", "5M", "-1KB", "1.MB", "5 parsecs"]),
            (PERCENT, ["95", "%", "5.%", "1e2%", "-1%"]),
            (MODE, ["64", "00640", "0689", "u=rw", "-640"]),
            (MOMENT, ["tomorrow", "31.01.2027", "1/2/2027", "", "now"]),
        ];
        for (pattern, texts) in cases {
            for text in texts {
                assert!(!takes(pattern, text), "{pattern} takes `{text}`");
            }
        }
    }

    proptest! {
        #[test]
        fn patterns_take_what_the_parsers_take(text in r"[ ]?([0-9]{1,4}(\.[0-9]{1,2})?[ ]?(ns|us|msec|s|sec|minutes|h|d|weeks|M|y|[kMgT]i?B|b|%)[ ]?){1,2}|(0o)?[0-7]{2,5}") {
            prop_assert!(duration::parse(&text).is_err() || takes(DURATION, &text));
            prop_assert!(bytes::parse(&text).is_err() || takes(BYTES, &text));
            prop_assert!(percent::parse(&text).is_err() || takes(PERCENT, &text));
            prop_assert!(mode::parse(&text).is_err() || takes(MODE, &text));
        }
    }
}

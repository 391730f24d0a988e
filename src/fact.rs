//! What can be known about a thing: a small closed family of fact types.
//!
//! Each type knows how it is parsed, ordered and shown (one file per type that
//! carries a unit). Which matchers a type understands stands in `judge::matcher`.
//! Deliberately absent: anything that looks at the world.

pub mod bytes;
mod declare;
pub mod duration;
mod guarded;
pub mod kinds;
pub mod mode;
pub mod moment;
pub mod percent;
pub mod version;

pub use declare::{FactSet, WantedBits};
pub use guarded::{Concealed, Guarded, HIDDEN};
pub use moment::Moment;
pub use version::Version;

use serde_json::Value as Json;
use std::collections::BTreeMap;
use std::time::Duration;

/// The type of a fact, as documentation, schema and matchers see it.
#[derive(Debug, Clone, Copy)]
pub enum Kind {
    Text,
    Number,
    Boolean,
    Bytes,
    Duration,
    Percent,
    Mode,
    Moment,
    Version,
    List(&'static Kind),
    Map(&'static Kind),
    Record(&'static [Field]),
    Document,
}

impl Kind {
    /// The name in documentation and complaints.
    pub fn name(&self) -> String {
        match self {
            Kind::Text => "text".into(),
            Kind::Number => "number".into(),
            Kind::Boolean => "true or false".into(),
            Kind::Bytes => "size in bytes".into(),
            Kind::Duration => "duration".into(),
            Kind::Percent => "percentage".into(),
            Kind::Mode => "file mode".into(),
            Kind::Moment => "time".into(),
            Kind::Version => "version".into(),
            Kind::List(of) => format!("list of {}", of.name()),
            Kind::Map(of) => format!("map of {}", of.name()),
            Kind::Record(_) => "record".into(),
            Kind::Document => "document".into(),
        }
    }
}

/// One named fact of a probe, or one field of a record.
#[derive(Debug, Clone, Copy)]
pub struct Field {
    pub name: &'static str,
    pub description: &'static str,
    pub kind: &'static Kind,
}

/// A value that was found, or that an author expects.
#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    Text(String),
    Integer(i64),
    Float(f64),
    Boolean(bool),
    Bytes(u64),
    Duration(Duration),
    /// Hundredths: 95.0 is 95 %.
    Percent(f64),
    Mode(u32),
    Moment(Moment),
    Version(Box<str>),
    /// Judged like text, shown nowhere. A recording leaves it out, and says so.
    Concealed(Concealed),
    List(Vec<Value>),
    Map(Vec<(String, Value)>),
    Document(Json),
}

/// "No", "not there" and "could not see" are three answers, also for one fact.
#[derive(Debug, Clone, PartialEq, Default)]
pub enum Fact<T> {
    Known(T),
    /// The thing is there, this fact of it is not.
    Absent,
    /// It could not be seen; the reason, for people.
    Unknown(String),
    /// Nobody asked.
    #[default]
    NotWanted,
}

impl<T> Fact<T> {
    pub fn map<U>(self, f: impl FnOnce(T) -> U) -> Fact<U> {
        match self {
            Fact::Known(value) => Fact::Known(f(value)),
            Fact::Absent => Fact::Absent,
            Fact::Unknown(why) => Fact::Unknown(why),
            Fact::NotWanted => Fact::NotWanted,
        }
    }

    pub fn known(&self) -> Option<&T> {
        match self {
            Fact::Known(value) => Some(value),
            _ => None,
        }
    }
}

impl<T> From<T> for Fact<T> {
    fn from(value: T) -> Self {
        Fact::Known(value)
    }
}

/// `None` is *absent*.
impl<T> From<Option<T>> for Fact<T> {
    fn from(value: Option<T>) -> Self {
        value.map_or(Fact::Absent, Fact::Known)
    }
}

/// `Err` is *unknown*, with its text as the reason.
impl<T> From<Result<T, String>> for Fact<T> {
    fn from(value: Result<T, String>) -> Self {
        value.map_or_else(Fact::Unknown, Fact::Known)
    }
}

/// The facts of one look, in the order of their declaration.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Values(pub Vec<(&'static str, Fact<Value>)>);

impl Values {
    pub fn get(&self, name: &str) -> Option<&Fact<Value>> {
        self.0.iter().find(|(n, _)| *n == name).map(|(_, fact)| fact)
    }
}

/// A Rust type that can be a fact.
pub trait FactType: Sized {
    const KIND: &'static Kind;
    fn into_value(self) -> Value;
}

/// A size in bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Bytes(pub u64);

/// A share in hundredths: `Percent(95.0)` is 95 %.
#[derive(Debug, Clone, Copy, PartialEq, PartialOrd)]
pub struct Percent(pub f64);

/// The permission bits of a file, `st_mode & 0o7777`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Mode(pub u32);

/// The text of a version, as found.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct VersionText(pub String);

macro_rules! fact_types {
    ($($type:ty => $kind:expr, |$value:ident| $into:expr;)*) => {$(
        impl FactType for $type {
            const KIND: &'static Kind = &$kind;
            fn into_value(self) -> Value { let $value = self; $into }
        }
    )*};
}

fact_types! {
    String => Kind::Text, |v| Value::Text(v);
    bool => Kind::Boolean, |v| Value::Boolean(v);
    f64 => Kind::Number, |v| Value::Float(v);
    i64 => Kind::Number, |v| Value::Integer(v);
    i32 => Kind::Number, |v| Value::Integer(v.into());
    u32 => Kind::Number, |v| Value::Integer(v.into());
    u16 => Kind::Number, |v| Value::Integer(v.into());
    u64 => Kind::Number, |v| i64::try_from(v).map_or(Value::Float(v as f64), Value::Integer);
    usize => Kind::Number, |v| i64::try_from(v).map_or(Value::Float(v as f64), Value::Integer);
    Bytes => Kind::Bytes, |v| Value::Bytes(v.0);
    Duration => Kind::Duration, |v| Value::Duration(v);
    Percent => Kind::Percent, |v| Value::Percent(v.0);
    Mode => Kind::Mode, |v| Value::Mode(v.0);
    Moment => Kind::Moment, |v| Value::Moment(v);
    VersionText => Kind::Version, |v| Value::Version(v.0.into());
    Guarded => Kind::Text, |v| v.into();
    Json => Kind::Document, |v| Value::Document(v);
}

impl<T: FactType> FactType for Vec<T> {
    const KIND: &'static Kind = &Kind::List(T::KIND);
    fn into_value(self) -> Value {
        Value::List(self.into_iter().map(T::into_value).collect())
    }
}

impl<T: FactType> FactType for BTreeMap<String, T> {
    const KIND: &'static Kind = &Kind::Map(T::KIND);
    fn into_value(self) -> Value {
        Value::Map(self.into_iter().map(|(k, v)| (k, v.into_value())).collect())
    }
}

/// A type that can be a field of a record: always there, or an `Option` that is left out when `None`.
pub trait RecordField {
    const KIND: &'static Kind;
    fn into_field(self) -> Option<Value>;
}

impl<T: FactType> RecordField for T {
    const KIND: &'static Kind = T::KIND;
    fn into_field(self) -> Option<Value> {
        Some(self.into_value())
    }
}

impl<T: FactType> RecordField for Option<T> {
    const KIND: &'static Kind = T::KIND;
    fn into_field(self) -> Option<Value> {
        self.map(T::into_value)
    }
}

impl Value {
    /// For people: units written, text as it is.
    pub fn show(&self) -> String {
        match self {
            Value::Text(text) => text.clone(),
            Value::Integer(number) => number.to_string(),
            Value::Float(number) => number.to_string(),
            Value::Boolean(flag) => flag.to_string(),
            Value::Bytes(bytes) => bytes::show(*bytes),
            Value::Duration(duration) => duration::show(*duration),
            Value::Percent(percent) => percent::show(*percent),
            Value::Mode(mode) => mode::show(*mode),
            Value::Moment(moment) => moment.to_string(),
            Value::Version(version) => version.to_string(),
            Value::Concealed(_) => HIDDEN.into(),
            Value::List(items) => {
                format!("[{}]", items.iter().map(Value::show).collect::<Vec<_>>().join(", "))
            }
            Value::Map(entries) => format!(
                "{{{}}}",
                entries.iter().map(|(k, v)| format!("{k}: {}", v.show())).collect::<Vec<_>>().join(", ")
            ),
            Value::Document(Json::String(text)) => text.clone(),
            Value::Document(json) => json.to_string(),
        }
    }

    /// For programs and CEL: sizes in bytes, durations in seconds, percentages
    /// in hundredths, modes as octal text, times as RFC 3339.
    pub fn to_json(&self) -> Json {
        match self {
            Value::Text(text) => text.as_str().into(),
            Value::Integer(number) => (*number).into(),
            Value::Float(number) | Value::Percent(number) => (*number).into(),
            Value::Boolean(flag) => (*flag).into(),
            Value::Bytes(bytes) => (*bytes).into(),
            Value::Duration(duration) => duration.as_secs_f64().into(),
            Value::Mode(_) | Value::Moment(_) | Value::Version(_) | Value::Concealed(_) => self.show().into(),
            Value::List(items) => items.iter().map(Value::to_json).collect(),
            Value::Map(entries) => Json::Object(entries.iter().map(|(k, v)| (k.clone(), v.to_json())).collect()),
            Value::Document(json) => json.clone(),
        }
    }

    /// For templates: like JSON, but with units written on the leaves.
    pub fn to_template(&self) -> Json {
        match self {
            Value::Bytes(_) | Value::Duration(_) | Value::Percent(_) => self.show().into(),
            Value::List(items) => items.iter().map(Value::to_template).collect(),
            Value::Map(entries) => Json::Object(entries.iter().map(|(k, v)| (k.clone(), v.to_template())).collect()),
            other => other.to_json(),
        }
    }
}

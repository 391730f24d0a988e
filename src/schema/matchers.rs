//! What may stand under a fact: a schema for each type of fact, from the table of matchers.

use crate::fact::{Bytes, Field, Kind, Mode, Moment, Percent};
use crate::judge::example::argument;
use crate::judge::matcher::{Argument, MatcherInfo, fitting, item_kind};
use crate::spec::described::unwrapped;
use crate::spec::given::FromGiven;
use crate::spec::shape::{either, or_expression};
use serde_json::{Map, Value as Json, json};
use std::time::Duration;

/// Schemas that others refer to, by name; they may refer to each other and to themselves.
#[derive(Default)]
pub struct Definitions {
    pub made: Map<String, Json>,
    /// The records that were met, by their fields, and what they are called.
    records: Vec<(*const Field, String)>,
}

impl Definitions {
    /// A reference to the matchers of a type; `place` gives records their name.
    pub fn matcher(&mut self, kind: &Kind, place: &str) -> Json {
        let name = self.name(kind, place);
        self.add(format!("match.{name}"), |all| all.matchers(kind, place))
    }

    /// Makes a schema once, and answers a reference to it.
    pub fn add(&mut self, name: String, make: impl FnOnce(&mut Definitions) -> Json) -> Json {
        if !self.made.contains_key(&name) {
            // the name is taken before the schema is made, so that it may refer to itself
            self.made.insert(name.clone(), Json::Null);
            let schema = make(self);
            self.made.insert(name.clone(), schema);
        }
        json!({ "$ref": format!("#/$defs/{name}") })
    }

    fn name(&mut self, kind: &Kind, place: &str) -> String {
        match kind {
            Kind::List(of) => format!("list.{}", self.name(of, place)),
            Kind::Map(of) => format!("map.{}", self.name(of, place)),
            Kind::Record(fields) => match self.records.iter().find(|(known, _)| *known == fields.as_ptr()) {
                Some((_, name)) => name.clone(),
                None => {
                    // the ending keeps it apart from the types: there is a probe `time` too
                    let name = format!("{place}.facts");
                    self.records.push((fields.as_ptr(), name.clone()));
                    name
                }
            },
            Kind::Text => "text".into(),
            Kind::Number => "number".into(),
            Kind::Boolean => "boolean".into(),
            Kind::Bytes => "size".into(),
            Kind::Duration => "duration".into(),
            Kind::Percent => "percent".into(),
            Kind::Mode => "mode".into(),
            Kind::Moment => "time".into(),
            Kind::Version => "version".into(),
            Kind::Document => "document".into(),
        }
    }

    /// A value that means *equals*, or a map of matchers; for a record also its fields, for a map its keys.
    fn matchers(&mut self, kind: &Kind, place: &str) -> Json {
        let mut properties = Map::new();
        if let Kind::Record(fields) = kind {
            for field in *fields {
                let place = format!("{place}.{}", field.name);
                let mut schema = self.matcher(field.kind, &place);
                schema["description"] = about(field).into();
                properties.insert(field.name.into(), schema);
            }
        }
        for info in fitting(kind) {
            let mut schema = self.argument(info, kind, place);
            schema["description"] =
                format!("{} As in `{}: {}`.", info.description, info.name, argument(info, kind)).into();
            properties.insert(info.name.into(), schema);
        }
        // other keys of a map stand for its values
        let others = match kind {
            Kind::Map(of) => self.matcher(of, place),
            _ => false.into(),
        };
        let map =
            json!({ "type": "object", "properties": properties, "additionalProperties": others, "minProperties": 1 });
        match kind {
            Kind::List(_) | Kind::Map(_) | Kind::Record(_) => or_expression(map),
            Kind::Document => either(map, json!({ "type": ["string", "number", "boolean", "null"] })),
            scalar => either(map, self.value(scalar, place)),
        }
    }

    fn argument(&mut self, info: &MatcherInfo, kind: &Kind, place: &str) -> Json {
        match info.argument {
            Argument::Same => self.value(kind, place),
            Argument::SameList => list(self.value(kind, place)),
            Argument::SamePair => or_expression(
                json!({ "type": "array", "items": self.value(kind, place), "minItems": 2, "maxItems": 2 }),
            ),
            Argument::Boolean => bool::schema(),
            Argument::Text | Argument::Regex | Argument::Cel | Argument::Symbolic => String::schema(),
            Argument::VersionRange => json!({ "type": "string", "minLength": 1 }),
            Argument::Duration => Duration::schema(),
            Argument::Mode => Mode::schema(),
            Argument::Matcher => self.matcher(kind, place),
            Argument::MatcherList => list(self.matcher(kind, place)),
            Argument::ItemMatcher => self.matcher(item_kind(kind), place),
            Argument::ItemMatcherList => list(self.matcher(item_kind(kind), place)),
            Argument::TextMatcher => self.matcher(&Kind::Text, place),
            Argument::NumberMatcher => self.matcher(&Kind::Number, place),
            Argument::DocumentMatcher => self.matcher(&Kind::Document, place),
            Argument::Capture => self.capture(),
            Argument::Paths => self.paths(),
        }
    }

    /// A value, which means *equals*; records are made once.
    fn value(&mut self, kind: &Kind, place: &str) -> Json {
        match kind {
            Kind::List(of) => list(self.value(of, place)),
            Kind::Map(of) => or_expression(json!({ "type": "object", "additionalProperties": self.value(of, place) })),
            Kind::Record(_) => {
                let name = self.name(kind, place);
                self.add(format!("value.{name}"), |_| value(kind))
            }
            other => value(other),
        }
    }

    fn capture(&mut self) -> Json {
        let mut is = self.matcher(&Kind::Text, "");
        is["description"] = "What the captured text must match.".into();
        let mut regex = String::schema();
        regex["description"] = "A regular expression; its first group is captured, or all of it.".into();
        or_expression(json!({
            "type": "object",
            "properties": { "regex": regex, "is": is },
            "required": ["regex", "is"],
            "additionalProperties": false,
        }))
    }

    fn paths(&mut self) -> Json {
        or_expression(json!({
            "type": "object",
            "propertyNames": { "pattern": "^\\s*\\$" },
            "additionalProperties": self.matcher(&Kind::Document, ""),
            "minProperties": 1,
        }))
    }
}

/// A fact for people: its documentation and its type.
fn about(field: &Field) -> String {
    format!("{} ({})", unwrapped(field.description), field.kind.name())
}

fn list(items: Json) -> Json {
    or_expression(json!({ "type": "array", "items": items, "minItems": 1 }))
}

/// A value of a type.
fn value(kind: &Kind) -> Json {
    match kind {
        Kind::Text | Kind::Version => String::schema(),
        Kind::Number => f64::schema(),
        Kind::Boolean => bool::schema(),
        Kind::Bytes => Bytes::schema(),
        Kind::Duration => Duration::schema(),
        Kind::Percent => Percent::schema(),
        Kind::Mode => Mode::schema(),
        Kind::Moment => Moment::schema(),
        Kind::List(of) => list(value(of)),
        Kind::Map(of) => or_expression(json!({ "type": "object", "additionalProperties": value(of) })),
        Kind::Record(fields) => {
            let properties: Map<String, Json> =
                fields.iter().map(|field| (field.name.into(), described(field))).collect();
            or_expression(json!({ "type": "object", "properties": properties, "additionalProperties": false }))
        }
        Kind::Document => json!({}),
    }
}

/// The value of a fact, with its documentation.
pub fn described(field: &Field) -> Json {
    let mut schema = value(field.kind);
    schema["description"] = about(field).into();
    schema
}

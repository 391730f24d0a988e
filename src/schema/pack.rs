//! The schema of a pack. A check has one probe; which one decides what may stand under `expect` and `outcomes`.

use super::matchers::Definitions;
use crate::fact::Kind;
use crate::judge::outcome::{OTHERWISE, OUTCOME_ANSWERS};
use crate::probe::{Entry, PROBES};
use crate::spec::described::{Described, object_schema, unwrapped};
use crate::spec::pack::{CheckKeys, PackKeys};
use crate::spec::shape::without_expressions;
use serde_json::{Map, Value as Json, json};

pub fn pack() -> Json {
    let mut definitions = Definitions::default();
    let check = definitions.add("check".into(), check);
    // the head of a pack is read before any name has a value
    let mut schema = without_expressions(object_schema(PackKeys::ABOUT, PackKeys::KEYS));
    let checks = &mut schema["properties"]["checks"];
    let description = checks["description"].take();
    *checks = json!({ "type": "array", "items": check, "minItems": 1, "description": description });
    schema["$defs"] = Json::Object(definitions.made);
    schema
}

fn check(definitions: &mut Definitions) -> Json {
    let mut schema = object_schema(CheckKeys::ABOUT, CheckKeys::KEYS);
    let mut rules = vec![exactly_one(
        PROBES.iter().map(|entry| entry.name),
        "the check does not say what to look at: add a probe",
        "a check looks at one thing: keep one probe",
    )];
    for entry in PROBES {
        schema["properties"][entry.name] = target(entry);
        rules.push(of_probe(entry, definitions));
    }
    schema["allOf"] = rules.into();
    schema
}

/// The probe's target, with what holds by default.
fn target(entry: &Entry) -> Json {
    let mut schema = (entry.schema)();
    schema["description"] = format!("{}\n\nBy default: `{}`", unwrapped(entry.about), entry.default.trim()).into();
    schema
}

/// Exactly one of these keys. Written so that editors show our words instead of naming some key or other.
fn exactly_one<'a>(names: impl Iterator<Item = &'a str> + Clone, none: &str, several: &str) -> Json {
    let absent: Map<String, Json> = names.clone().map(|name| (name.into(), false.into())).collect();
    let alternatives: Json = names.map(|name| json!({ "required": [name] })).collect();
    // a map is never null; `errorMessage` is what editors show of a wrong type
    let refused = |message: &str| json!({ "type": "null", "errorMessage": message });
    json!({
        "if": { "properties": absent },
        "then": refused(none),
        "else": { "if": { "oneOf": alternatives }, "else": refused(several) },
    })
}

/// With this probe, its facts are what can be expected.
fn of_probe(entry: &Entry, definitions: &mut Definitions) -> Json {
    let expect = definitions.matcher(&Kind::Record(entry.facts), entry.name);
    let one_answer = definitions.add("outcome".into(), |_| one_answer());
    let outcome = definitions.add(format!("outcome.{}", entry.name), |_| outcome(&expect, &one_answer));
    json!({
        "if": { "required": [entry.name] },
        "then": { "properties": { "expect": expect, "outcomes": { "type": "array", "items": outcome, "minItems": 1 } } },
    })
}

/// One answer with its condition, and texts of its own.
fn outcome(expect: &Json, one_answer: &Json) -> Json {
    let mut properties = Map::new();
    for answer in OUTCOME_ANSWERS {
        let description = format!("When the answer is `{}`: what must hold, or `{OTHERWISE}`.", answer.word());
        let condition = json!({ "anyOf": [expect, { "const": OTHERWISE }], "description": description });
        properties.insert(answer.word().into(), condition);
    }
    for (name, description) in [
        ("message", "What is said with this answer. Handlebars text."),
        ("remedy", "What to do about this answer. Handlebars text."),
    ] {
        properties.insert(name.into(), json!({ "type": "string", "description": description }));
    }
    json!({ "type": "object", "properties": properties, "additionalProperties": false, "allOf": [one_answer] })
}

fn one_answer() -> Json {
    exactly_one(
        OUTCOME_ANSWERS.iter().map(|answer| answer.word()),
        "the outcome gives no answer: add `ok`, `info`, `warn`, `error` or `unknown`",
        "an outcome gives one answer: write one list item for each",
    )
}

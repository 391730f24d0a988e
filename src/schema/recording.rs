//! The schemas of recordings and cases: the facts of a look follow from its probe.

use super::matchers::described;
use crate::judge::outcome::Answer;
use crate::probe::{Entry, PROBES};
use crate::record::case::CaseKeys;
use crate::record::expected::{ANY, ExpectedKeys};
use crate::record::look::LookKeys;
use crate::record::{FORMAT, RecordingKeys};
use crate::spec::described::{Described, object_schema};
use crate::spec::given::FromGiven;
use serde_json::{Map, Value as Json, json};

/// The schema of a recording.
pub fn recording() -> Json {
    let mut schema = RecordingKeys::schema();
    let properties = &mut schema["properties"];
    properties["recording"] = json!({ "const": FORMAT, "description": "The version of the format: `1`." });
    properties["looks"]["items"] = json!({ "$ref": "#/$defs/look" });
    properties["verdicts"]["additionalProperties"] = json!({ "enum": answers() });
    schema["$defs"] = definitions();
    schema
}

/// The schema of a case.
pub fn case() -> Json {
    let mut schema = CaseKeys::schema();
    let properties = &mut schema["properties"];
    for list in ["looks", "change"] {
        properties[list]["items"] = json!({ "$ref": "#/$defs/look" });
    }
    properties["expect"]["type"] = "object".into();
    properties["expect"]["additionalProperties"] = ExpectedKeys::schema();
    properties["others"]["enum"] = answers().into_iter().chain([ANY]).collect();
    schema["$defs"] = definitions();
    schema
}

fn answers() -> Vec<&'static str> {
    Answer::ALL.iter().map(|answer| answer.word()).collect()
}

fn definitions() -> Json {
    let facts = PROBES.iter().map(|entry| (format!("{}_facts", entry.name), facts(entry)));
    let mut definitions: Map<String, Json> = facts.collect();
    definitions.insert("look".into(), look());
    Json::Object(definitions)
}

fn look() -> Json {
    let mut schema = object_schema(LookKeys::ABOUT, LookKeys::KEYS);
    let probes: Vec<&str> = PROBES.iter().map(|entry| entry.name).collect();
    schema["properties"]["probe"]["enum"] = json!(probes);
    schema["properties"]["seen"]["type"] = "object".into();
    let of_probe = |entry: &Entry| {
        json!({
            "if": { "properties": { "probe": { "const": entry.name } }, "required": ["probe"] },
            "then": { "properties": { "seen": { "$ref": format!("#/$defs/{}_facts", entry.name) } } },
        })
    };
    schema["allOf"] = PROBES.iter().map(of_probe).collect();
    schema
}

fn facts(entry: &Entry) -> Json {
    let properties: Map<String, Json> =
        entry.facts.iter().map(|field| (field.name.to_string(), described(field))).collect();
    let mut schema = json!({
        "type": "object",
        "description": format!("The facts of `{}`.", entry.name),
        "properties": properties,
        "additionalProperties": false,
    });
    may_be_empty(&mut schema);
    schema
}

/// What was seen may be an empty list; what an author expects may not.
fn may_be_empty(schema: &mut Json) {
    match schema {
        Json::Object(map) => {
            map.remove("minItems");
            map.values_mut().for_each(may_be_empty);
        }
        Json::Array(items) => items.iter_mut().for_each(may_be_empty),
        _ => {}
    }
}

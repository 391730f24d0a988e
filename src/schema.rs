//! The JSON Schemas of what people write and read, draft 2020-12, made from the types themselves.
//!
//! They are committed in `schemas/` for editors; a test says so when a file there is stale. Deliberately
//! absent: what only names can tell (does the check exist?), which `engine validate` says.

mod matchers;
mod pack;
mod recording;
mod report;

use crate::spec::config::{Config, Waivers};
use crate::spec::given::FromGiven;
use crate::spec::shape::without_expressions;
use serde_json::{Value as Json, json};

/// One schema.
pub struct Schema {
    pub name: &'static str,
    /// What it describes, in a few words.
    pub about: &'static str,
    make: fn() -> Json,
}

/// Every schema, by the name under which `engine schema` knows it.
pub static SCHEMAS: &[Schema] = &[
    Schema { name: "pack", about: "A pack of checks", make: pack::pack },
    Schema {
        name: "config",
        about: "The configuration of a project, engine.yaml",
        make: || without_expressions(Config::schema()),
    },
    Schema {
        name: "waivers",
        about: "Waivers: checks that may fail for a while",
        make: || without_expressions(Waivers::schema()),
    },
    Schema { name: "report", about: "The report of a run, as --format json writes it", make: report::report },
    Schema {
        name: "recording",
        about: "A recording: what one run saw, as engine run --record writes it",
        make: || without_expressions(recording::recording()),
    },
    Schema {
        name: "case",
        about: "A case of a pack, for engine test",
        make: || without_expressions(recording::case()),
    },
];

impl Schema {
    pub fn json(&self) -> Json {
        let mut schema = json!({
            "$schema": "https://json-schema.org/draft/2020-12/schema",
            "$id": format!("urn:engine:schema:{}", self.name),
            "title": self.about,
        });
        if let (Json::Object(schema), Json::Object(made)) = (&mut schema, (self.make)()) {
            schema.extend(made);
        }
        schema
    }

    /// The text of its file.
    pub fn text(&self) -> String {
        format!("{:#}\n", self.json())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::path::Path;

    #[test]
    fn the_committed_files_are_fresh() {
        for schema in SCHEMAS {
            let file = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("schemas/{}.schema.json", schema.name));
            let committed = std::fs::read_to_string(&file).unwrap_or_default();
            assert!(committed == schema.text(), "{} is stale; refresh it with `just schemas`", file.display());
        }
    }

    #[test]
    fn they_are_schemas_of_their_draft() {
        for schema in SCHEMAS {
            let json = schema.json();
            jsonschema::meta::validate(&json).unwrap_or_else(|error| panic!("{}: {error}", schema.name));
            jsonschema::validator_for(&json).unwrap_or_else(|error| panic!("{}: {error}", schema.name));
        }
    }

    #[test]
    fn every_property_is_described() {
        for schema in SCHEMAS {
            described(&schema.json(), schema.name);
        }
    }

    fn described(schema: &Json, place: &str) {
        match schema {
            Json::Object(map) => {
                for (key, inner) in map {
                    let place = format!("{place}/{key}");
                    match inner {
                        Json::Object(properties)
                            if key == "properties" && !place.contains("/not/") && !place.contains("/if/") =>
                        {
                            for (name, property) in properties {
                                let text = property["description"].as_str().unwrap_or_default().trim();
                                assert!(
                                    !text.is_empty()
                                        || property["$ref"].is_string()
                                        || property["items"]["$ref"].is_string(),
                                    "{place}/{name} has no description"
                                );
                                described(property, &format!("{place}/{name}"));
                            }
                        }
                        _ => described(inner, &place),
                    }
                }
            }
            Json::Array(items) => {
                items.iter().enumerate().for_each(|(n, item)| described(item, &format!("{place}/{n}")))
            }
            _ => {}
        }
    }
}

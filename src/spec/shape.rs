//! Joining JSON Schemas of types that a value may have.
//!
//! Schemas of different types are joined into one with a list of types instead of an `anyOf` where that says
//! the same: editors then name what is wrong in the branch that was meant, and not that nothing matches.

use serde_json::{Map, Value as Json, json};

/// What a `${…}` looks like.
const EXPRESSION: &str = "\\$\\{";

/// A schema that also takes a `${…}`.
pub fn or_expression(mut schema: Json) -> Json {
    if let Json::Object(map) = &mut schema
        && has_type(map, "string")
        && !map.contains_key("enum")
    {
        // any text is taken already, or one of a pattern
        if let Some(pattern) = map.get("pattern").and_then(Json::as_str).map(str::to_string) {
            map.insert("pattern".into(), format!("{pattern}|{EXPRESSION}").into());
        }
        return schema;
    }
    let mut expression = json!({ "type": "string", "pattern": EXPRESSION });
    if let Some(wanted) = schema.as_object().and_then(wanted) {
        let text = format!("{wanted} is needed here, or a `${{…}}` that gives it");
        expression["patternErrorMessage"] = text.into();
    }
    either(schema, expression)
}

/// The schema for a place that knows no names, where a `${…}` has no meaning.
pub fn without_expressions(schema: Json) -> Json {
    match schema {
        Json::Object(mut map) => {
            if map.get("pattern").is_some_and(|pattern| pattern == EXPRESSION) {
                map.shift_remove("pattern");
                map.shift_remove("patternErrorMessage");
                let left: Vec<Json> =
                    types(&map).into_iter().filter(|kind| *kind != "string").map(Json::from).collect();
                map.insert("type".into(), if let [one] = left.as_slice() { one.clone() } else { left.into() });
            } else if let Some(Json::String(pattern)) = map.get_mut("pattern") {
                let written = pattern.strip_suffix(&format!("|{EXPRESSION}")).map(str::to_string);
                *pattern = written.unwrap_or_else(|| std::mem::take(pattern));
            }
            if let Some(Json::Array(any_of)) = map.get_mut("anyOf") {
                any_of.retain(|schema| schema["pattern"] != EXPRESSION);
                if let [Json::Object(only)] = any_of.as_mut_slice() {
                    let only = std::mem::take(only);
                    map.shift_remove("anyOf");
                    map.extend(only);
                }
            }
            map.into_iter().map(|(key, inner)| (key, without_expressions(inner))).collect()
        }
        Json::Array(items) => items.into_iter().map(without_expressions).collect(),
        other => other,
    }
}

/// A schema that takes what one of the two takes. The description is that of `a`.
pub fn either(a: Json, b: Json) -> Json {
    match (a, b) {
        (Json::Object(a), Json::Object(b)) if can_merge(&a, &b) => {
            let types: Vec<Json> = types(&a).into_iter().chain(types(&b)).map(Json::from).collect();
            let mut merged = a.clone();
            merged.extend(b.into_iter().filter(|(key, _)| !a.contains_key(key)));
            merged.insert("type".into(), types.into());
            Json::Object(merged)
        }
        (Json::Object(mut a), b) => {
            let description = a.remove("description");
            let mut joined = match (a.remove("anyOf"), a.is_empty()) {
                (Some(Json::Array(mut all)), true) => {
                    all.push(b);
                    json!({ "anyOf": all })
                }
                (any_of, _) => {
                    a.extend(any_of.map(|any_of| ("anyOf".into(), any_of)));
                    json!({ "anyOf": [a, b] })
                }
            };
            if let Some(description) = description {
                joined["description"] = description;
            }
            joined
        }
        (a, _) => a,
    }
}

/// Whether the keywords of each speak only about its own types.
fn can_merge(a: &Map<String, Json>, b: &Map<String, Json>) -> bool {
    let simple = |map: &Map<String, Json>| {
        !["enum", "const", "anyOf", "oneOf", "allOf", "$ref"].iter().any(|key| map.contains_key(*key))
    };
    let (ours, theirs) = (types(a), types(b));
    let shared =
        a.keys().any(|key| !["type", "description", "examples"].contains(&key.as_str()) && b.contains_key(key));
    simple(a)
        && simple(b)
        && !ours.is_empty()
        && !theirs.is_empty()
        && !shared
        && !ours.iter().any(|kind| theirs.contains(kind))
}

fn has_type(map: &Map<String, Json>, wanted: &str) -> bool {
    types(map).contains(&wanted)
}

fn types(map: &Map<String, Json>) -> Vec<&str> {
    match map.get("type") {
        Some(Json::String(one)) => vec![one],
        Some(Json::Array(all)) => all.iter().filter_map(Json::as_str).collect(),
        _ => Vec::new(),
    }
}

/// What the types of a schema are called, with an article.
fn wanted(map: &Map<String, Json>) -> Option<&'static str> {
    Some(match *types(map).first()? {
        "boolean" => "true or false",
        "integer" => "a whole number",
        "number" => "a number",
        "array" => "a list",
        "object" => "a map",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn different_types_are_joined_without_any_of() {
        let joined =
            either(json!({ "type": "object", "properties": {}, "description": "a" }), json!({ "type": "array" }));
        assert_eq!(joined, json!({ "type": ["object", "array"], "properties": {}, "description": "a" }));
        let flag = or_expression(json!({ "type": "boolean" }));
        assert_eq!((&flag["type"], &flag["pattern"]), (&json!(["boolean", "string"]), &json!(EXPRESSION)));
    }

    #[test]
    fn texts_take_expressions_too() {
        assert_eq!(or_expression(json!({ "type": "string", "pattern": "^a$" }))["pattern"], "^a$|\\$\\{");
        assert_eq!(or_expression(json!({ "type": ["string", "integer"] })), json!({ "type": ["string", "integer"] }));
    }

    #[test]
    fn expressions_can_be_taken_out_again() {
        let schemas = [
            json!({ "type": "boolean" }),
            json!({ "type": "string", "pattern": "^a$" }),
            json!({ "enum": ["a", "b"] }),
            json!({ "type": ["object", "null"], "properties": { "a": { "type": "number" } } }),
        ];
        for schema in schemas {
            assert_eq!(without_expressions(or_expression(schema.clone())), schema);
        }
    }

    #[test]
    fn words_and_lists_of_words_stay_apart() {
        let word = or_expression(json!({ "enum": ["a", "b"] }));
        let joined = either(word, json!({ "type": "array" }));
        assert_eq!(joined["anyOf"].as_array().map(Vec::len), Some(3));
    }
}

//! How much of what was seen goes into a report for programs: enough to understand an answer.
//!
//! A recording keeps all of it; that is what `--record` is for.

use serde_json::Value as Json;
use std::collections::BTreeMap;

/// Bytes kept of one text.
const TEXT_LIMIT: usize = 4096;
/// Items kept of one list or map.
const ITEM_LIMIT: usize = 100;

/// Cuts long texts, which say so themselves, and long lists and maps; answers how many items each of
/// these lost, by the way to it: `paths`, `document.hosts[3].users`.
pub fn bound(seen: &mut Json) -> BTreeMap<String, usize> {
    let mut left_out = BTreeMap::new();
    // the facts themselves are few and all named by their probe
    for (name, fact) in seen.as_object_mut().into_iter().flatten() {
        bound_value(fact, name, &mut left_out);
    }
    left_out
}

fn bound_value(json: &mut Json, way: &str, left_out: &mut BTreeMap<String, usize>) {
    match json {
        Json::String(text) if text.len() > TEXT_LIMIT => {
            let cut = (0..=TEXT_LIMIT).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0);
            *text = format!("{}[… {} bytes left out …]", &text[..cut], text.len() - cut);
        }
        Json::Array(items) => {
            note(way, items.len(), left_out);
            items.truncate(ITEM_LIMIT);
            for (number, item) in items.iter_mut().enumerate() {
                bound_value(item, &format!("{way}[{number}]"), left_out);
            }
        }
        Json::Object(map) => {
            note(way, map.len(), left_out);
            *map = std::mem::take(map).into_iter().take(ITEM_LIMIT).collect();
            for (key, value) in map {
                bound_value(value, &format!("{way}.{key}"), left_out);
            }
        }
        _ => {}
    }
}

fn note(way: &str, length: usize, left_out: &mut BTreeMap<String, usize>) {
    if length > ITEM_LIMIT {
        left_out.insert(way.into(), length - ITEM_LIMIT);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn what_is_long_is_cut_and_counted() {
        let numbers: Vec<usize> = (0..250).collect();
        let mut seen =
            json!({ "paths": numbers, "document": { "hosts": [{ "users": numbers }] }, "text": "ä".repeat(4096) });
        let left_out = bound(&mut seen);
        assert_eq!(left_out, BTreeMap::from([("document.hosts[0].users".into(), 150), ("paths".into(), 150)]));
        assert_eq!(seen["paths"].as_array().map(Vec::len), Some(100));
        assert!(seen["text"].as_str().is_some_and(|text| text.ends_with("ä[… 4096 bytes left out …]")));
    }

    #[test]
    fn what_is_short_stays() {
        let mut seen = json!({ "paths": ["a"], "count": 1 });
        let before = seen.clone();
        assert!(bound(&mut seen).is_empty());
        assert_eq!(seen, before);
    }
}

//! Other values of the same kind: near the recorded one, at the ends, and around what an expectation speaks of.

use crate::fact::{Moment, Value};
use jiff::SignedDuration;
use serde_json::{Value as Json, json};
use std::time::Duration;

/// Longer than any age that people write.
const AGES: Duration = Duration::from_secs(1_000 * 365 * 86_400);
/// Most values for one fact.
const MOST: usize = 2_000;
/// Most parts of all values for one fact together: each variant of a large document is as large as it is.
const PARTS: usize = 2_000_000;
/// Entries of a list or map that are changed one by one.
const ENTRIES: usize = 20;

/// Values to put in the place of `value`.
pub fn of(value: &Value, hints: &[Value]) -> Vec<Value> {
    let most = (PARTS / parts(&value.to_json())).clamp(10, MOST);
    let mut out = variants(value, hints, most);
    out.truncate(most);
    out
}

fn parts(json: &Json) -> usize {
    match json {
        Json::Array(items) => 1 + items.iter().map(parts).sum::<usize>(),
        Json::Object(map) => 1 + map.values().map(parts).sum::<usize>(),
        Json::String(text) => 1 + text.len() / 64,
        _ => 1,
    }
}

fn variants(value: &Value, hints: &[Value], most: usize) -> Vec<Value> {
    let mut out = match value {
        Value::Text(text) => texts(text, hints).into_iter().map(Value::Text).collect(),
        Value::Version(text) => texts(text, hints).into_iter().map(|text| Value::Version(text.into())).collect(),
        Value::Integer(number) => integers(*number, hints).into_iter().map(Value::Integer).collect(),
        Value::Float(number) => floats(*number, hints, 0.001).into_iter().map(Value::Float).collect(),
        Value::Percent(share) => floats(*share, hints, 0.001).into_iter().map(Value::Percent).collect(),
        Value::Boolean(flag) => vec![Value::Boolean(!flag)],
        Value::Bytes(size) => sizes(*size, hints),
        Value::Duration(span) => spans(*span, hints),
        Value::Mode(bits) => modes(*bits, hints),
        Value::Moment(moment) => moments(*moment, hints),
        Value::List(items) => lists(items, hints, most),
        Value::Map(entries) => maps(entries, hints, most),
        // judged where it was seen and kept nowhere, so no recording holds one
        Value::Concealed(_) => Vec::new(),
        Value::Document(json) => documents(json, hints, most).into_iter().map(Value::Document).collect(),
    };
    out.retain(|other| other != value);
    out
}

fn texts(text: &str, hints: &[Value]) -> Vec<String> {
    let mut out = vec![String::new(), "x".into(), format!("{text}x"), format!("x{text}"), format!("{text}\nx\n")];
    let words = hints.iter().map(Value::show).flat_map(|word| match word.parse::<f64>() {
        Ok(number) => vec![word, (number - 1.0).to_string(), (number + 1.0).to_string()],
        Err(_) => vec![word],
    });
    for word in words {
        out.extend([format!("{text}\n{word}\n"), format!("{word}\n{text}"), word]);
    }
    out.extend(["0", "-1", "999999999", "0.0.1", "99999.0"].map(str::to_string));
    if let Ok(json) = serde_json::from_str::<Json>(text) {
        out.extend(documents(&json, hints, 100).iter().map(Json::to_string));
    }
    out
}

fn integers(number: i64, hints: &[Value]) -> Vec<i64> {
    let near = hints.iter().filter_map(|hint| match hint {
        Value::Integer(number) => Some(*number),
        Value::Float(number) => Some(*number as i64),
        _ => None,
    });
    let around = |number: i64| [number, number.saturating_sub(1), number.saturating_add(1)];
    [0, -1, i64::MAX, number.saturating_neg()].into_iter().chain(around(number)).chain(near.flat_map(around)).collect()
}

fn floats(number: f64, hints: &[Value], step: f64) -> Vec<f64> {
    let near = hints.iter().filter_map(|hint| match hint {
        Value::Integer(number) => Some(*number as f64),
        Value::Float(number) | Value::Percent(number) => Some(*number),
        _ => None,
    });
    let around = |number: f64| [number, number - step, number + step];
    [0.0, 100.0, -1.0, 1e12].into_iter().chain(around(number)).chain(near.flat_map(around)).collect()
}

fn sizes(size: u64, hints: &[Value]) -> Vec<Value> {
    let near = hints.iter().filter_map(|hint| match hint {
        Value::Bytes(size) => Some(*size),
        _ => None,
    });
    let around = |size: u64| [size, size.saturating_sub(1), size.saturating_add(1)];
    [0, u64::MAX].into_iter().chain(around(size)).chain(near.flat_map(around)).map(Value::Bytes).collect()
}

fn durations(hints: &[Value]) -> impl Iterator<Item = Duration> {
    hints.iter().filter_map(|hint| match hint {
        Value::Duration(span) => Some(*span),
        _ => None,
    })
}

fn spans(span: Duration, hints: &[Value]) -> Vec<Value> {
    let step = Duration::from_nanos(1);
    let around = |span: Duration| [span, span.saturating_sub(step), span.saturating_add(step)];
    [Duration::ZERO, AGES]
        .into_iter()
        .chain(around(span))
        .chain(durations(hints).flat_map(around))
        .map(Value::Duration)
        .collect()
}

fn modes(bits: u32, hints: &[Value]) -> Vec<Value> {
    let flipped = (0..12).map(|bit| bits ^ (1 << bit));
    let near = hints.iter().filter_map(|hint| match hint {
        Value::Mode(bits) => Some(*bits),
        _ => None,
    });
    [0, 0o7777]
        .into_iter()
        .chain(flipped)
        .chain(near.flat_map(|hint| [hint, bits | hint, bits & !hint]))
        .map(Value::Mode)
        .collect()
}

fn moments(moment: Moment, hints: &[Value]) -> Vec<Value> {
    let exact = hints.iter().filter_map(|hint| match hint {
        Value::Moment(moment) => Some(*moment),
        _ => None,
    });
    let second = Duration::from_secs(1);
    let spans =
        durations(hints).chain([second, Duration::from_secs(400 * 86_400), AGES]).flat_map(|span| [span, span * 2]);
    let moved = |by: Duration| {
        let by = SignedDuration::try_from(by).unwrap_or(SignedDuration::MAX);
        let from = moment.timestamp();
        [from.saturating_sub(by), from.saturating_add(by)].into_iter().flatten().map(Moment::from)
    };
    spans.flat_map(moved).chain(exact).map(Value::Moment).collect()
}

fn lists(items: &[Value], hints: &[Value], most: usize) -> Vec<Value> {
    let mut out = vec![Value::List(Vec::new())];
    let changed = |number: usize, item: Option<Value>| {
        let mut items = items.to_vec();
        match item {
            Some(item) => items[number] = item,
            None => drop(items.remove(number)),
        }
        Value::List(items)
    };
    for (number, item) in items.iter().enumerate().take(ENTRIES) {
        if out.len() > most {
            break;
        }
        out.push(changed(number, None));
        out.extend(variants(item, hints, most).into_iter().map(|other| changed(number, Some(other))));
    }
    let like_an_item =
        |hint: &&Value| items.iter().all(|item| std::mem::discriminant(item) == std::mem::discriminant(*hint));
    // an empty list does not say what it would hold
    let anything = [Value::Text("x".into()), Value::Integer(1)];
    let more = hints.iter().filter(like_an_item).chain(items.first().map_or(&anything[..], std::slice::from_ref));
    out.extend(more.map(|item| Value::List(items.iter().chain([item]).cloned().collect())));
    out
}

fn maps(entries: &[(String, Value)], hints: &[Value], most: usize) -> Vec<Value> {
    let mut out = vec![Value::Map(Vec::new())];
    for (number, (_, value)) in entries.iter().enumerate().take(ENTRIES) {
        if out.len() > most {
            break;
        }
        let changed = |value: Option<Value>| {
            let mut entries = entries.to_vec();
            match value {
                Some(value) => entries[number].1 = value,
                None => drop(entries.remove(number)),
            }
            Value::Map(entries)
        };
        out.push(changed(None));
        out.extend(variants(value, hints, most).into_iter().map(|other| changed(Some(other))));
    }
    let value = entries.first().map_or_else(|| Value::Text("x".into()), |(_, value)| value.clone());
    let keys = hints.iter().filter_map(|hint| match hint {
        Value::Text(text) => Some(text.clone()),
        _ => None,
    });
    let with = |key: String| Value::Map(entries.iter().cloned().chain([(key, value.clone())]).collect());
    out.extend(keys.chain(["x".to_string()]).map(with));
    out
}

fn documents(json: &Json, hints: &[Value], most: usize) -> Vec<Json> {
    let mut out: Vec<Json> = hints.iter().map(Value::to_json).collect();
    out.push(Json::Null);
    match json {
        Json::Null => out.extend([json!("x"), json!(0), json!(true)]),
        Json::Bool(flag) => out.push((!flag).into()),
        Json::Number(number) => {
            let number = number.as_f64().unwrap_or_default();
            out.extend(floats(number, hints, 1.0).into_iter().map(Json::from));
        }
        Json::String(text) => out.extend(texts(text, hints).into_iter().map(Json::from)),
        Json::Array(items) => {
            out.push(json!([]));
            for (number, item) in items.iter().enumerate().take(ENTRIES) {
                if out.len() > most {
                    break;
                }
                let with = |item: Option<Json>| {
                    let mut items = items.clone();
                    match item {
                        Some(item) => items[number] = item,
                        None => drop(items.remove(number)),
                    }
                    Json::Array(items)
                };
                out.push(with(None));
                out.extend(documents(item, hints, most).into_iter().map(|other| with(Some(other))));
            }
        }
        Json::Object(map) => {
            out.push(json!({}));
            for (key, item) in map.iter().take(ENTRIES) {
                if out.len() > most {
                    break;
                }
                let mut without = map.clone();
                without.remove(key);
                out.push(Json::Object(without));
                let with = |other: Json| {
                    let mut map = map.clone();
                    map.insert(key.clone(), other);
                    Json::Object(map)
                };
                out.extend(documents(item, hints, most).into_iter().map(with));
            }
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_value_is_tried_that_was_recorded() {
        let page = [
            Value::Text("a".into()),
            Value::Integer(0),
            Value::Float(0.0),
            Value::Boolean(true),
            Value::Bytes(0),
            Value::Duration(Duration::ZERO),
            Value::Percent(100.0),
            Value::Mode(0o640),
            Value::Moment(Moment::parse("2026-11-21").unwrap()),
            Value::Version("1.2".into()),
            Value::List(Vec::new()),
            Value::Map(Vec::new()),
            Value::Document(json!({ "a": [1, null] })),
        ];
        for value in page {
            let others = of(&value, std::slice::from_ref(&value));
            assert!(!others.is_empty() && !others.contains(&value), "{value:?}: {others:?}");
        }
    }

    #[test]
    fn bounds_are_met_and_passed() {
        let spans = of(&Value::Duration(Duration::from_secs(3)), &[Value::Duration(Duration::from_secs(86_400))]);
        for nanos in [86_399_999_999_999, 86_400_000_000_000, 86_400_000_000_001] {
            assert!(spans.contains(&Value::Duration(Duration::from_nanos(nanos))), "{nanos}");
        }
    }

    #[test]
    fn the_product_of_many_lists_is_not_tried() {
        let deep = (0..6).fold(json!(1), |inner, _| json!([inner, inner, inner, inner, inner, inner]));
        assert!(of(&Value::Document(deep), &[]).len() <= 50);
    }
}

//! JSON values into CEL values and back.
//!
//! Whole numbers become `int`: cel's own conversion makes them `uint`, and
//! `vars.port + 1` then fails. Texts are borrowed, not copied.

use std::collections::HashMap;

use cel::common::types::{
    CelBool, CelBytes, CelDouble, CelInt, CelList, CelMap, CelMapKey, CelNull, CelString, CelType, CelUInt,
};
use cel::common::value::Val;
use serde_json::{Map, Number, Value};

use super::time::{Span, Timestamp};
use crate::plan::scope::Wanted;

/// The used part of a JSON value, as CEL sees it.
pub fn to_cel<'v>(value: &'v Value, wanted: &Wanted) -> Box<dyn Val + 'v> {
    match wanted.fields_of(value) {
        None => whole(value),
        Some(fields) => map(fields.into_iter().map(|(name, value, wanted)| (name, to_cel(value, wanted)))),
    }
}

fn whole<'v>(value: &'v Value) -> Box<dyn Val + 'v> {
    match value {
        Value::Null => Box::new(CelNull),
        Value::Bool(truth) => Box::new(CelBool::from(*truth)),
        Value::Number(number) => number_to_cel(number),
        Value::String(text) => Box::new(CelString::from(text.as_str())),
        Value::Array(list) => Box::new(CelList::from(list.iter().map(whole).collect::<Vec<_>>())),
        Value::Object(fields) => map(fields.iter().map(|(name, value)| (name.as_str(), whole(value)))),
    }
}

fn number_to_cel<'v>(number: &Number) -> Box<dyn Val + 'v> {
    match (number.as_i64(), number.as_u64()) {
        (Some(whole), _) => Box::new(CelInt::from(whole)),
        (None, Some(large)) => Box::new(CelUInt::from(large)),
        (None, None) => Box::new(CelDouble::from(number.as_f64().unwrap_or(f64::NAN))),
    }
}

fn map<'v>(fields: impl Iterator<Item = (&'v str, Box<dyn Val + 'v>)>) -> Box<dyn Val + 'v> {
    let entries: HashMap<CelMapKey<'v>, Box<dyn Val + 'v>> =
        fields.map(|(name, value)| (CelMapKey::from(name), value)).collect();
    Box::new(CelMap::from(entries))
}

/// A result as JSON; the keys of a map in their order.
pub fn to_json(value: &dyn Val) -> Result<Value, String> {
    if value.downcast_ref::<CelNull>().is_some() {
        return Ok(Value::Null);
    }
    if let Some(truth) = value.downcast_ref::<CelBool>() {
        return Ok(Value::Bool(*truth.inner()));
    }
    if let Some(whole) = value.downcast_ref::<CelInt>() {
        return Ok(Value::from(*whole.inner()));
    }
    if let Some(whole) = value.downcast_ref::<CelUInt>() {
        return Ok(Value::from(*whole.inner()));
    }
    if let Some(double) = value.downcast_ref::<CelDouble>() {
        let number = Number::from_f64(*double.inner());
        return number.map(Value::Number).ok_or_else(|| "the result is not a finite number".to_owned());
    }
    if let Some(text) = value.downcast_ref::<CelString>() {
        return Ok(Value::from(text.inner()));
    }
    if let Some(list) = value.downcast_ref::<CelList>() {
        return list.inner().iter().map(|item| to_json(item.as_ref())).collect();
    }
    if let Some(map) = value.downcast_ref::<CelMap>() {
        return map_to_json(map);
    }
    other_to_json(value)
}

fn map_to_json(map: &CelMap) -> Result<Value, String> {
    let entries = map.inner().iter().map(|(key, value)| Ok((key_text(key), to_json(value.as_ref())?)));
    let mut entries = entries.collect::<Result<Vec<_>, String>>()?;
    entries.sort_by(|(left, _), (right, _)| left.cmp(right));
    Ok(Value::Object(Map::from_iter(entries)))
}

fn key_text(key: &CelMapKey) -> String {
    match key {
        CelMapKey::Bool(truth) => truth.inner().to_string(),
        CelMapKey::Int(whole) => whole.inner().to_string(),
        CelMapKey::UInt(whole) => whole.inner().to_string(),
        CelMapKey::String(text) => text.inner().to_owned(),
    }
}

fn other_to_json(value: &dyn Val) -> Result<Value, String> {
    if let Some(span) = value.downcast_ref::<Span>() {
        return Ok(Value::from(span.to_string()));
    }
    if let Some(timestamp) = value.downcast_ref::<Timestamp>() {
        return Ok(Value::from(timestamp.to_string()));
    }
    if let Some(name) = value.downcast_ref::<CelType>() {
        return Ok(Value::from(name.name()));
    }
    if value.downcast_ref::<CelBytes>().is_some() {
        return Err("the result is bytes; make a text of it with string(…)".to_owned());
    }
    Err(format!("the result is of a type that has no place in YAML: {}", value.get_type().name()))
}

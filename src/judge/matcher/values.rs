//! Values that authors expect, read in the units of their fact's type.

use super::arguments::read_list;
use crate::fact::{Field, Kind, Value};
use crate::spec::given::{FromGiven, Given, Reader, View};
use serde_json::Value as Json;
use std::time::Duration;

/// Reads a value of a fact's type.
pub fn read_value(given: &Given, kind: &Kind, reader: &mut Reader) -> Option<Value> {
    Some(match kind {
        Kind::Text => Value::Text(String::read(given, reader)?),
        Kind::Number => match reader.view(given) {
            View::Integer(number) => Value::Integer(number),
            View::Float(number) => Value::Float(number),
            View::Unknown => return None,
            _ => return reader.wrong_type(given, "a number"),
        },
        Kind::Boolean => Value::Boolean(bool::read(given, reader)?),
        Kind::Bytes => Value::Bytes(crate::fact::Bytes::read(given, reader)?.0),
        Kind::Duration => Value::Duration(Duration::read(given, reader)?),
        Kind::Percent => Value::Percent(crate::fact::Percent::read(given, reader)?.0),
        Kind::Mode => Value::Mode(crate::fact::Mode::read(given, reader)?.0),
        Kind::Moment => Value::Moment(crate::fact::Moment::read(given, reader)?),
        Kind::Version => Value::Version(String::read(given, reader)?.into()),
        Kind::List(of) => Value::List(read_list(given, reader, |item, reader| read_value(item, of, reader))?),
        Kind::Map(of) => read_map(given, of, reader, read_value)?,
        Kind::Record(fields) => read_record(given, fields, reader, read_value)?,
        Kind::Document => Value::Document(Json::read(given, reader)?),
    })
}

/// How one value is read.
type Read = fn(&Given, &Kind, &mut Reader) -> Option<Value>;

/// Reads a map, each value with `read`; every complaint is made.
pub fn read_map(given: &Given, of: &Kind, reader: &mut Reader, read: Read) -> Option<Value> {
    let members = reader.members(given, "name: value")?;
    let entries: Vec<Option<(String, Value)>> =
        members.iter().map(|m| Some((m.key.to_string(), read(&m.value, of, reader)?))).collect();
    entries.into_iter().collect::<Option<_>>().map(Value::Map)
}

/// Reads a record, each field with `read`; every complaint is made.
pub fn read_record(given: &Given, fields: &[Field], reader: &mut Reader, read: Read) -> Option<Value> {
    let known: Vec<&str> = fields.iter().map(|field| field.name).collect();
    let mut entries = Vec::new();
    for member in reader.members(given, "field: value")? {
        match fields.iter().find(|field| field.name == member.key) {
            Some(field) => {
                let value = read(&member.value, field.kind, reader);
                entries.push(value.map(|value| (member.key.to_string(), value)));
            }
            None => {
                reader.unknown_key(member.key_span, &member.key, "a record", &known);
                entries.push(None);
            }
        }
    }
    entries.into_iter().collect::<Option<_>>().map(Value::Map)
}

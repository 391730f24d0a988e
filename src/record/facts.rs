//! Facts as people write them: sizes, durations and times with their units, exact enough to be read back.

use crate::fact::{Fact, Kind, Value, bytes, duration, mode};
use crate::judge::matcher::{item_kind, read_map, read_record, read_value};
use crate::spec::given::{FromGiven, Given, Reader, View};
use serde_json::{Map, Value as Json};
use std::time::Duration;

/// Deepest nesting of a document that is kept; recordings are read with a limit of their own.
const DEPTH: usize = 32;

/// The value in human units; `Err` says why it cannot be written so that it reads back.
pub fn write(value: &Value) -> Result<Json, String> {
    Ok(match value {
        Value::Text(text) => text.as_str().into(),
        Value::Version(text) => text.as_ref().into(),
        Value::Integer(number) => (*number).into(),
        Value::Float(number) => finite(*number)?.into(),
        Value::Boolean(flag) => (*flag).into(),
        Value::Bytes(size) => write_bytes(*size).into(),
        Value::Duration(span) => write_duration(*span).into(),
        Value::Percent(share) => format!("{}%", finite(*share)?).into(),
        Value::Mode(bits) => mode::show(*bits).into(),
        Value::Concealed(_) => return Err("it is hidden, unless `show: true` says that it may be seen and kept".into()),
        Value::Moment(moment) => serde_json::to_value(moment).map_err(|error| error.to_string())?,
        Value::List(items) => items.iter().map(write).collect::<Result<_, _>>()?,
        Value::Map(entries) => Json::Object(
            entries.iter().map(|(key, item)| Ok((key.clone(), write(item)?))).collect::<Result<_, String>>()?,
        ),
        Value::Document(json) if depth(json) > DEPTH => {
            return Err(format!("it is nested deeper than {DEPTH} levels"));
        }
        Value::Document(json) => json.clone(),
    })
}

fn finite(number: f64) -> Result<f64, String> {
    if number.is_finite() { Ok(number) } else { Err(format!("{number} is no finite number")) }
}

fn depth(json: &Json) -> usize {
    match json {
        Json::Array(items) => 1 + items.iter().map(depth).max().unwrap_or(0),
        Json::Object(map) => 1 + map.values().map(depth).max().unwrap_or(0),
        _ => 0,
    }
}

/// `1.5 GiB` where that is exact, else `1610612737 B`.
pub fn write_bytes(size: u64) -> String {
    let short = bytes::show(size);
    if bytes::parse(&short) == Ok(size) { short } else { format!("{size} B") }
}

/// `3d 4h` where that is exact, else with all its parts: `3d 4h 12m 5.25s`.
pub fn write_duration(span: Duration) -> String {
    let nanos = span.subsec_nanos();
    let short = duration::show(span);
    match span.as_secs() {
        _ if duration::parse(&short) == Ok(span) => short,
        0 if nanos < 1_000_000 => fraction(u64::from(nanos / 1_000), nanos % 1_000, 3, "us"),
        0 => fraction(u64::from(nanos / 1_000_000), nanos % 1_000_000, 6, "ms"),
        seconds => {
            let parts = [(seconds / 86_400, "d"), (seconds / 3_600 % 24, "h"), (seconds / 60 % 60, "m")];
            let parts = parts.iter().filter(|(number, _)| *number > 0).map(|(number, unit)| format!("{number}{unit} "));
            format!("{}{}", parts.collect::<String>(), fraction(seconds % 60, nanos, 9, "s"))
        }
    }
}

fn fraction(whole: u64, rest: u32, digits: usize, unit: &str) -> String {
    let rest = format!("{rest:0digits$}");
    match rest.trim_end_matches('0') {
        "" => format!("{whole}{unit}"),
        rest => format!("{whole}.{rest}{unit}"),
    }
}

/// Reads a recorded fact. Other than what an author expects, lists and maps may be empty.
pub fn read(given: &Given, kind: &Kind, reader: &mut Reader) -> Option<Value> {
    match kind {
        Kind::List(_) => match reader.view(given) {
            View::List(items) => {
                let read: Vec<_> = items.iter().map(|item| self::read(item, item_kind(kind), reader)).collect();
                read.into_iter().collect::<Option<_>>().map(Value::List)
            }
            _ => reader.wrong_type(given, "a list"),
        },
        Kind::Map(of) => read_map(given, of, reader, self::read),
        Kind::Record(fields) => read_record(given, fields, reader, self::read),
        Kind::Percent => read_percent(given, reader),
        Kind::Document => Some(Value::Document(Json::read(given, reader)?)),
        other => read_value(given, other, reader),
    }
}

/// What was measured may lie beyond what an author may expect: load of 3200 % on 32 cores.
fn read_percent(given: &Given, reader: &mut Reader) -> Option<Value> {
    if let View::Text(text) = reader.view(given)
        && let Some(share) = text.trim().strip_suffix('%').and_then(|share| share.trim_end().parse::<f64>().ok())
        && share.is_finite()
    {
        return Some(Value::Percent(share));
    }
    read_value(given, &Kind::Percent, reader)
}

/// What a look tells of its facts, each in the place where a recording keeps it.
#[derive(Default)]
pub struct Written {
    pub seen: Map<String, Json>,
    /// Facts that the thing does not have.
    pub lacking: Vec<String>,
    /// Facts that could not be seen, and why.
    pub unknown: Map<String, Json>,
}

impl Written {
    pub fn add(&mut self, name: &str, fact: &Fact<Value>) {
        match fact {
            Fact::Known(value) => match write(value) {
                Ok(json) => drop(self.seen.insert(name.into(), json)),
                Err(why) => drop(self.unknown.insert(name.into(), format!("cannot be recorded: {why}").into())),
            },
            Fact::Absent => self.lacking.push(name.into()),
            Fact::Unknown(why) => drop(self.unknown.insert(name.into(), why.as_str().into())),
            Fact::NotWanted => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fact::Field;
    use crate::fact::Moment;
    use crate::record::yaml;
    use crate::spec::diagnostic::Complaints;
    use crate::spec::given::Literal;
    use crate::spec::source::Source;
    use proptest::prelude::*;
    use serde_json::json;
    use std::sync::Arc;
    use std::time::{SystemTime, UNIX_EPOCH};

    static RECORD: Kind = Kind::Record(&[
        Field { name: "name", description: "", kind: &Kind::Text },
        Field { name: "size", description: "", kind: &Kind::Bytes },
    ]);

    fn through_yaml(kind: &Kind, value: &Value) -> Result<Value, String> {
        let text = yaml::write(&json!({ "fact": write(value)? }));
        let mut complaints = Complaints::default();
        let document = crate::spec::yaml::parse(Arc::new(Source::new("written", text.clone())), &mut complaints)
            .ok_or(text.clone())?;
        let node = document.get(document.root(), "fact").ok_or(text.clone())?;
        let read = read(&Given::node(node), kind, &mut Reader::new(&document, &Literal, &mut complaints));
        let messages: Vec<String> = complaints.iter().map(|complaint| complaint.message.clone()).collect();
        read.ok_or_else(|| format!("{text}: {messages:?}"))
    }

    #[test]
    fn every_kind_of_fact_is_written_in_its_unit() {
        let at = Moment::parse("2026-11-21T10:04:05.25Z").unwrap();
        let page: Vec<(&str, Kind, Value)> = vec![
            ("text", Kind::Text, Value::Text("one ${line}".into())),
            ("lines", Kind::Text, Value::Text("one\ntwo\n".into())),
            ("number", Kind::Number, Value::Integer(-3)),
            ("share", Kind::Number, Value::Float(2.0)),
            ("flag", Kind::Boolean, Value::Boolean(true)),
            ("size", Kind::Bytes, Value::Bytes(3 << 29)),
            ("odd_size", Kind::Bytes, Value::Bytes(1_610_612_737)),
            ("age", Kind::Duration, Value::Duration(Duration::from_secs(273_600))),
            ("odd_age", Kind::Duration, Value::Duration(Duration::new(273_601, 5_000_000))),
            ("quick", Kind::Duration, Value::Duration(Duration::from_nanos(1_234_567))),
            ("used", Kind::Percent, Value::Percent(12.34)),
            ("load", Kind::Percent, Value::Percent(3200.0)),
            ("mode", Kind::Mode, Value::Mode(0o640)),
            ("modified", Kind::Moment, Value::Moment(at)),
            ("version", Kind::Version, Value::Version("3.10".into())),
            ("list", Kind::List(&Kind::Text), Value::List(vec![Value::Text("rw".into()), Value::Text("no".into())])),
            ("none", Kind::List(&Kind::Number), Value::List(Vec::new())),
            ("map", Kind::Map(&Kind::Bytes), Value::Map(vec![("/var".into(), Value::Bytes(512))])),
            (
                "records",
                Kind::List(&RECORD),
                Value::List(vec![Value::Map(vec![
                    ("name".into(), Value::Text("0755".into())),
                    ("size".into(), Value::Bytes(0)),
                ])]),
            ),
            ("document", Kind::Document, Value::Document(json!({ "level": "INFO", "ports": [80, null] }))),
        ];
        let mut written = Written::default();
        for (name, kind, value) in &page {
            assert_eq!(through_yaml(kind, value).as_ref(), Ok(value), "{name}");
            written.add(name, &Fact::Known(value.clone()));
        }
        written.add("target", &Fact::Absent);
        written.add("content", &Fact::Unknown("permission denied".into()));
        written.add("endless", &Fact::Known(Value::Float(f64::INFINITY)));
        let json = json!({ "seen": written.seen, "lacking": written.lacking, "unknown": written.unknown });
        insta::with_settings!({ snapshot_path => "../../snapshots/reports", prepend_module_to_snapshot => false, omit_expression => true }, {
            insta::assert_snapshot!("recorded-facts", yaml::write(&json));
        });
    }

    proptest! {
        #[test]
        fn measured_values_read_back_exactly(
            bytes in any::<u64>(), seconds in 0..100_000_000_000u64, nanos in 0..1_000_000_000u32,
            share in -1e6..1e6f64, float in any::<f64>().prop_filter("finite", |f| f.is_finite()),
            bits in 0..0o10000u32, text in ".{0,20}", at in 0..4_000_000_000u64,
        ) {
            let moment = Moment::from(UNIX_EPOCH + Duration::new(at, nanos));
            let cases = [
                (Kind::Bytes, Value::Bytes(bytes)),
                (Kind::Duration, Value::Duration(Duration::new(seconds, nanos))),
                (Kind::Duration, Value::Duration(Duration::new(0, nanos))),
                (Kind::Duration, Value::Duration(Duration::new(seconds % 60, nanos))),
                (Kind::Percent, Value::Percent(share)),
                (Kind::Number, Value::Float(float)),
                (Kind::Mode, Value::Mode(bits)),
                (Kind::Text, Value::Text(text.clone())),
                (Kind::Version, Value::Version(text.into())),
                (Kind::Moment, Value::Moment(moment)),
            ];
            for (kind, value) in cases {
                prop_assert_eq!(through_yaml(&kind, &value), Ok(value));
            }
        }
    }

    #[test]
    fn a_file_system_without_a_clock_reads_back_too() {
        let far = Value::Moment(Moment::from(SystemTime::UNIX_EPOCH - Duration::from_secs(1 << 50)));
        assert_eq!(through_yaml(&Kind::Moment, &far), Ok(far));
    }
}

//! The types of facts as people meet them: what each is called, how a value is written, an example.

use super::Kind;

/// One type of fact.
pub struct TypeInfo {
    pub word: &'static str,
    pub kind: Kind,
    /// What it is and how a value is written.
    pub about: &'static str,
}

/// Every type of fact; lists, maps and records stand for all of their sort.
pub static TYPES: &[TypeInfo] = &[
    TypeInfo {
        word: "text",
        kind: Kind::Text,
        about: "Text. In quotes where YAML would read something else: `\"3.10\"`, `\"no\"`.",
    },
    TypeInfo { word: "number", kind: Kind::Number, about: "A number, whole or not: `3`, `0.5`." },
    TypeInfo { word: "boolean", kind: Kind::Boolean, about: "`true` or `false`." },
    TypeInfo {
        word: "size",
        kind: Kind::Bytes,
        about: "A size with its unit: `512MiB` (powers of 1024), `10GB` (powers of 1000), `0B`.",
    },
    TypeInfo {
        word: "duration",
        kind: Kind::Duration,
        about: "A span of time with its unit: `500ms`, `10s`, `1h30m`, `24h`, `7d`, `2w`.",
    },
    TypeInfo { word: "percent", kind: Kind::Percent, about: "A share: `95%`, `0.5%`, from 0 % to 1000 %." },
    TypeInfo {
        word: "mode",
        kind: Kind::Mode,
        about: "Permission bits of a file, octal digits in quotes: `\"0640\"`, `\"4755\"`.",
    },
    TypeInfo {
        word: "time",
        kind: Kind::Moment,
        about: "A point in time: `2027-01-31` (that day begins, in UTC) or `2027-01-31T12:00:00Z`.",
    },
    TypeInfo {
        word: "version",
        kind: Kind::Version,
        about: "A version, ordered as versions are: 3.10 comes after 3.9. In quotes: `\"3.10\"`.",
    },
    TypeInfo {
        word: "list",
        kind: Kind::List(&Kind::Text),
        about: "Several values of one type. A matcher says how to compare: `includes`, `only`, `exactly`.",
    },
    TypeInfo {
        word: "map",
        kind: Kind::Map(&Kind::Text),
        about: "Values of one type, each with a name. Matchers speak about the names or the values.",
    },
    TypeInfo {
        word: "record",
        kind: Kind::Record(&[]),
        about: "Named fields, each of a type of its own; under a record stand its fields, as facts under `expect`.",
    },
    TypeInfo {
        word: "document",
        kind: Kind::Document,
        about: "Data of any shape, such as JSON. `at` reaches into it; every matcher can be tried on it.",
    },
];

/// A value of a type as an author would write it.
pub fn example(kind: &Kind) -> String {
    match kind {
        Kind::Text | Kind::Document => "word".into(),
        Kind::Number => "3".into(),
        Kind::Boolean => "true".into(),
        Kind::Bytes => "512MiB".into(),
        Kind::Duration => "24h".into(),
        Kind::Percent => "95%".into(),
        Kind::Mode => "\"0640\"".into(),
        Kind::Moment => "2027-01-31".into(),
        Kind::Version => "\"1.2.3\"".into(),
        Kind::List(of) => format!("[{}]", example(of)),
        Kind::Map(of) => format!("{{ name: {} }}", example(of)),
        Kind::Record(fields) => match fields.first() {
            Some(field) => format!("{{ {}: {} }}", field.name, example(field.kind)),
            None => "{}".into(),
        },
    }
}

/// Two values of an ordered type, the smaller one first.
pub fn example_pair(kind: &Kind) -> (String, String) {
    let (low, high) = match kind {
        Kind::Bytes => ("1MiB", "512MiB"),
        Kind::Duration => ("1h", "24h"),
        Kind::Percent => ("10%", "95%"),
        Kind::Moment => ("2027-01-01", "2027-01-31"),
        _ => ("1", "3"),
    };
    (low.into(), high.into())
}

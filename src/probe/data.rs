//! Documents: JSON, YAML, TOML, INI, XML and dotenv turned into the same data.
//!
//! A file that is there but cannot be parsed is *present* and not `valid`.
//! Deliberately absent: schemas of documents, and several documents in one file.

use super::reading::{self, DEFAULT_LIMIT};
use super::{Context, Pace, Probe, Seen, dotenv_text};
use crate::fact::Bytes;
use crate::spec::diagnostic::{Complaint, Complaints};
use crate::spec::source::Source;
use crate::spec::yaml;
use crate::{choice, described, facts};
use ini::{Ini, ParseOption};
use serde_json::{Map, Value as Json};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// How deep XML may be nested, as in JSON; data is turned over recursively.
const MAX_DEPTH: usize = 128;
/// The most nodes of an XML document: bounds the memory that small tags take.
const MAX_NODES: u32 = 1_000_000;

choice! {
    /// How a document is written.
    pub enum Format {
        /// JSON (RFC 8259).
        Json = "json",
        /// YAML 1.2; one document.
        Yaml = "yaml",
        /// TOML 1.1; dates and times become text.
        Toml = "toml",
        /// Sections with keys, as in INI files and systemd units. A repeated key becomes a list; all values are text.
        Ini = "ini",
        /// XML 1.0 without its namespaces: attributes are `@name`, text beside them `#text`, repeated elements a list.
        Xml = "xml",
        /// Lines `KEY=value`; all values are text.
        Dotenv = "dotenv",
    }
}

described! {
    /// Looks into a document.
    #[derive(PartialEq, Eq, Hash)]
    pub struct Target (short: path) {
        /// The file.
        path: PathBuf,
        /// How it is written; by default what the name of the file says.
        format: Option<Format>,
        /// The size up to which it is read, e.g. `10MiB`.
        limit: Bytes = DEFAULT_LIMIT,
    }
}

facts! {
    pub struct Facts {
        /// The document; unknown if it is not valid.
        document: Json,
        /// How it is written.
        format: String,
        /// Whether it can be parsed.
        valid: bool,
        /// Why it cannot be parsed, with the line where that is known; absent if it is valid.
        problem: String,
    }
}

pub struct Data;

impl Probe for Data {
    const NAME: &'static str = "data";
    const PACE: Pace = Pace::Quick;
    const DEFAULT: &'static str = "expect: { valid: true }";
    const EXAMPLE: &'static str = "id: system-is-named\ndata: { path: /etc/os-release, format: dotenv }\nexpect:\n  document: { at: { \"$.ID\": { empty: false } } }";
    const EVIDENCE: &'static [&'static str] = &["problem"];
    type Target = Target;
    type Facts = Facts;

    fn subject(target: &Target) -> String {
        target.path.display().to_string()
    }

    fn check(target: &Target) -> Result<(), String> {
        format_of(target).map(drop)
    }

    fn observe(target: &Target, _: &Wanted, _: &Context) -> Seen<Facts> {
        let format = match format_of(target) {
            Ok(format) => format,
            Err(why) => return Seen::Refused(why),
        };
        match reading::bytes(&target.path, true, target.limit) {
            Ok(bytes) => Seen::Present(facts(format, bytes)),
            Err(unread) => unread.into(),
        }
    }
}

fn format_of(target: &Target) -> Result<Format, String> {
    target.format.or_else(|| guess(&target.path)).ok_or_else(|| {
        let formats: Vec<&str> = Format::ALL.iter().map(|format| format.word()).collect();
        format!("the name of {} does not tell its format; add `format:`, one of {}", target.path.display(), formats.join(", "))
    })
}

fn guess(path: &Path) -> Option<Format> {
    let name = path.file_name()?.to_str()?.to_lowercase();
    if name == ".env" || name.starts_with(".env.") {
        return Some(Format::Dotenv);
    }
    Some(match name.rsplit_once('.')?.1 {
        "json" | "geojson" | "webmanifest" => Format::Json,
        "yaml" | "yml" => Format::Yaml,
        "toml" => Format::Toml,
        "ini" | "cfg" | "desktop" | "repo" | "service" | "socket" | "timer" | "network" => Format::Ini,
        "xml" | "xsd" | "svg" | "plist" => Format::Xml,
        "env" => Format::Dotenv,
        _ => return None,
    })
}

fn facts(format: Format, bytes: Vec<u8>) -> Facts {
    let parsed = String::from_utf8(bytes).map_err(|_| "not UTF-8 text".to_string()).and_then(|text| parse(format, &text));
    Facts {
        format: format.word().to_string().into(),
        valid: parsed.is_ok().into(),
        problem: parsed.as_ref().err().cloned().into(),
        document: parsed.map_err(|problem| format!("not valid: {problem}")).into(),
    }
}

/// Reads a document. The error says what is wrong, and the line where that is known.
pub fn parse(format: Format, text: &str) -> Result<Json, String> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    match format {
        Format::Json => serde_json::from_str(text).map_err(|error| error.to_string()),
        Format::Yaml => read_yaml(text).map_err(|complaint| match complaint {
            Some(complaint) => {
                let line = complaint.source.position(complaint.span.start).line;
                format!("line {line}: {}", complaint.message)
            }
            None => NOTHING.into(),
        }),
        Format::Toml => toml(text),
        Format::Ini => ini(text),
        Format::Xml => xml(text),
        Format::Dotenv => {
            let pairs = dotenv_text::parse(text)?.assignments;
            Ok(Json::Object(pairs.into_iter().map(|(key, value)| (key, value.into())).collect()))
        }
    }
}

const NOTHING: &str = "nothing could be read";

/// Reads one YAML document.
pub fn parse_yaml(text: &str) -> Result<Json, String> {
    read_yaml(text).map_err(|complaint| complaint.map_or(NOTHING.into(), |complaint| complaint.message))
}

fn read_yaml(text: &str) -> Result<Json, Option<Complaint>> {
    let mut complaints = Complaints::default();
    let document = yaml::parse(Arc::new(Source::new("text", text)), &mut complaints);
    match (complaints.iter().next(), document) {
        (None, Some(document)) => Ok(document.to_json(document.root())),
        (complaint, _) => Err(complaint.cloned()),
    }
}

fn toml(text: &str) -> Result<Json, String> {
    match text.parse::<toml::Table>() {
        Ok(table) => Ok(toml_json(toml::Value::Table(table))),
        Err(error) => {
            let line = error.span().map(|span| 1 + text.as_bytes()[..span.start].iter().filter(|b| **b == b'\n').count());
            Err(line.map_or_else(String::new, |line| format!("line {line}: ")) + error.message())
        }
    }
}

fn toml_json(value: toml::Value) -> Json {
    match value {
        toml::Value::String(text) => text.into(),
        toml::Value::Integer(number) => number.into(),
        toml::Value::Float(number) if number.is_finite() => number.into(),
        toml::Value::Float(number) => number.to_string().into(),
        toml::Value::Boolean(flag) => flag.into(),
        toml::Value::Datetime(time) => time.to_string().into(),
        toml::Value::Array(items) => items.into_iter().map(toml_json).collect(),
        toml::Value::Table(table) => {
            Json::Object(table.into_iter().map(|(key, value)| (key, toml_json(value))).collect())
        }
    }
}

/// Keys before the first section stand beside the sections.
fn ini(text: &str) -> Result<Json, String> {
    // a backslash belongs to Windows paths and regular expressions far more often than to an escape
    let options = ParseOption { enabled_escape: false, ..ParseOption::default() };
    let ini = Ini::load_from_str_opt(text, options).map_err(|error| format!("line {}: {}", error.line, error.msg))?;
    let mut document = Map::new();
    for (name, properties) in ini.iter() {
        // a section may be opened again
        let mut section = match name.map(|name| document.remove(name)) {
            Some(Some(Json::Object(section))) => section,
            _ => Map::new(),
        };
        for (key, value) in properties.iter() {
            add(if name.is_some() { &mut section } else { &mut document }, key, value.into());
        }
        if let Some(name) = name {
            document.insert(name.into(), Json::Object(section));
        }
    }
    Ok(Json::Object(document))
}

/// Adds a value; a second one for the same key makes a list of it.
fn add(map: &mut Map<String, Json>, key: &str, value: Json) {
    match map.get_mut(key) {
        Some(Json::Array(items)) => items.push(value),
        Some(one) => *one = Json::Array(vec![one.take(), value]),
        None => drop(map.insert(key.into(), value)),
    }
}

fn xml(text: &str) -> Result<Json, String> {
    let options = roxmltree::ParsingOptions { nodes_limit: MAX_NODES, ..Default::default() };
    let document = roxmltree::Document::parse_with_options(text, options).map_err(|error| error.to_string())?;
    let root = document.root_element();
    Ok(Json::Object(Map::from_iter([(root.tag_name().name().to_string(), element(root, 1)?)])))
}

/// An element with nothing but text is that text.
fn element(node: roxmltree::Node, depth: usize) -> Result<Json, String> {
    if depth > MAX_DEPTH {
        return Err(format!("elements are nested more than {MAX_DEPTH} deep"));
    }
    let mut map = Map::new();
    for attribute in node.attributes() {
        map.insert(format!("@{}", attribute.name()), attribute.value().into());
    }
    let mut text = String::new();
    for child in node.children() {
        if child.is_element() {
            add(&mut map, child.tag_name().name(), element(child, depth + 1)?);
        } else if child.is_text() {
            text.push_str(child.text().unwrap_or_default());
        }
    }
    let text = text.trim();
    if map.is_empty() {
        return Ok(text.into());
    }
    if !text.is_empty() {
        map.insert("#text".into(), text.into());
    }
    Ok(Json::Object(map))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fact::{Fact, WantedBits};
    use serde_json::json;
    use std::time::Duration;

    #[test]
    fn every_format_becomes_the_same_data() {
        for (format, text) in [
            (Format::Json, "\u{feff}{\"a\": {\"b\": \"1\"}}"),
            (Format::Yaml, "a:\n  b: '1'\n"),
            (Format::Toml, "[a]\nb = \"1\"\n"),
            (Format::Ini, "; note\n[a]\nb = 1\n"),
            (Format::Xml, "<?xml version=\"1.0\"?><a><b>1</b></a>"),
        ] {
            assert_eq!(parse(format, text), Ok(json!({ "a": { "b": "1" } })), "{format:?}");
        }
        assert_eq!(parse(Format::Dotenv, "b=1\nexport c='2'"), Ok(json!({ "b": "1", "c": "2" })));
    }

    #[test]
    fn dates_and_strange_numbers_of_toml_become_text() {
        let text = "day = 2027-01-31\nx = nan\ny = 1.5\n[[t]]\nz = [true, 2]\n";
        assert_eq!(
            parse(Format::Toml, text).unwrap(),
            json!({ "day": "2027-01-31", "x": "NaN", "y": 1.5, "t": [{ "z": [true, 2] }] })
        );
    }

    #[test]
    fn repeated_keys_and_sections_of_ini_are_kept() {
        let text = "top=0\n[Service]\nExecStart=/bin/a \\x\nEnvironment=A=1\n[Unit]\nAfter=b\n[Service]\nEnvironment=\"B 2\"\n";
        assert_eq!(
            parse(Format::Ini, text).unwrap(),
            json!({
                "top": "0",
                "Service": { "ExecStart": "/bin/a \\x", "Environment": ["A=1", "B 2"] },
                "Unit": { "After": "b" },
            })
        );
    }

    #[test]
    fn xml_keeps_attributes_text_and_lists() {
        let text = r#"<r x="1" xmlns:n="u"><i>a</i><n:i k="2">b</n:i><e/>  words <![CDATA[<&]]> </r>"#;
        assert_eq!(
            parse(Format::Xml, text).unwrap(),
            json!({ "r": { "@x": "1", "i": ["a", { "@k": "2", "#text": "b" }], "e": "", "#text": "words <&" } })
        );
    }

    #[test]
    fn what_is_broken_is_said_with_its_line() {
        for (format, text, part) in [
            (Format::Json, "{\n\"a\" 1}", "line 2"),
            (Format::Json, "", "EOF"),
            (Format::Yaml, "a: 1\nb: [", "line 2: "),
            (Format::Toml, "a = 1\nb =\n", "line 2: "),
            (Format::Ini, "[a]\nb\n", "line "),
            (Format::Xml, "<a>\n<b></a>", "2:"),
            (Format::Dotenv, "A=1\nB", "line 2: "),
        ] {
            let problem = parse(format, text).unwrap_err();
            assert!(problem.contains(part), "{format:?}: {problem}");
        }
    }

    #[test]
    fn hostile_documents_end() {
        let laughs = "<!DOCTYPE a [<!ENTITY b \"x\"><!ENTITY c \"&b;&b;\">]><a>&c;</a>";
        assert!(parse(Format::Xml, laughs).is_err());
        for (format, open) in [(Format::Xml, "<a>"), (Format::Json, "["), (Format::Toml, "a=["), (Format::Yaml, "[")] {
            assert!(parse(format, &open.repeat(100_000)).is_err(), "{format:?}");
        }
        let deep = format!("{}{}", "<a>".repeat(50_000), "</a>".repeat(50_000));
        assert!(parse(Format::Xml, &deep).unwrap_err().contains("nested"));
    }

    #[test]
    fn the_format_is_guessed_from_the_name() {
        let of = |path: &str| guess(Path::new(path));
        assert_eq!((of("a/B.JSON"), of(".env.sample"), of("x.yml")), (Some(Format::Json), Some(Format::Dotenv), Some(Format::Yaml)));
        let target = Target { path: "/etc/passwd".into(), format: None, limit: DEFAULT_LIMIT };
        assert!(Data::check(&target).unwrap_err().contains("add `format:`"));
    }

    #[test]
    fn broken_files_are_there_and_not_valid() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.json");
        let target = Target { path: path.clone(), format: None, limit: Bytes(8) };
        let seen = || Data::observe(&target, &WantedBits::ALL.into(), &Context::lasting(Duration::from_secs(10)));
        assert!(matches!(seen(), Seen::Absent(_)));
        std::fs::write(&path, "{").unwrap();
        let Seen::Present(facts) = seen() else { panic!() };
        assert_eq!(facts.valid, Fact::Known(false));
        assert!(matches!(facts.document, Fact::Unknown(why) if why.starts_with("not valid: EOF")));
        std::fs::write(&path, b"\"\xff\"").unwrap();
        let Seen::Present(facts) = seen() else { panic!() };
        assert_eq!(facts.problem, Fact::Known("not UTF-8 text".into()));
        std::fs::write(&path, "[1, 2, 3, 4]").unwrap();
        assert!(matches!(seen(), Seen::Refused(why) if why.contains("raise `limit`")));
    }
}

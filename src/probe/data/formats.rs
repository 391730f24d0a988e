//! One kind of data out of six formats, each read by its own crate, within bounds.

use crate::choice;
use crate::probe::dotenv_text;
use crate::spec::diagnostic::Complaints;
use crate::spec::source::Source;
use crate::spec::yaml;
use ini::{Ini, ParseOption};
use serde_json::{Map, Value as Json};
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

/// Reads a document. The error says what is wrong, and the line where that is known.
pub fn parse(format: Format, text: &str) -> Result<Json, String> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    match format {
        Format::Json => serde_json::from_str(text).map_err(|error| error.to_string()),
        Format::Yaml => read_yaml(text).map_err(|(line, message)| format!("line {line}: {message}")),
        Format::Toml => toml(text),
        Format::Ini => ini(text),
        Format::Xml => xml(text),
        Format::Dotenv => {
            let pairs = dotenv_text::parse(text)?.assignments;
            Ok(Json::Object(pairs.into_iter().map(|(key, value)| (key, value.into())).collect()))
        }
    }
}

/// Reads one YAML document.
pub fn parse_yaml(text: &str) -> Result<Json, String> {
    read_yaml(text).map_err(|(_, message)| message)
}

/// `Err` is the line and what is wrong there.
fn read_yaml(text: &str) -> Result<Json, (usize, String)> {
    let mut complaints = Complaints::default();
    let document = yaml::parse(Arc::new(Source::new("text", text)), &mut complaints);
    match (complaints.iter().next(), document) {
        (None, Some(document)) => Ok(document.to_json(document.root())),
        (Some(complaint), _) => {
            Err((complaint.source.position(complaint.span.start).line as usize, complaint.message.clone()))
        }
        (None, None) => Err((1, "nothing could be read".into())),
    }
}

fn toml(text: &str) -> Result<Json, String> {
    match text.parse::<toml::Table>() {
        Ok(table) => Ok(toml_json(toml::Value::Table(table))),
        Err(error) => {
            let line =
                error.span().map(|span| 1 + text.as_bytes()[..span.start].iter().filter(|b| **b == b'\n').count());
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
    use serde_json::json;

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
}

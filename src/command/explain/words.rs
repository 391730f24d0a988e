//! The meanings of the words of the language.

use super::page::Page;
use crate::fact::kinds::{TYPES, TypeInfo};
use crate::fact::{Field, Kind};
use crate::judge::example;
use crate::judge::matcher::{MatcherInfo, fitting};
use crate::probe::{Entry, Nature, PROBES};
use crate::spec::codes::Code;
use crate::spec::described::Key;

pub fn code(code: &Code, page: &mut Page) {
    page.title(code.code, "complaint");
    page.indented(code.title);
    page.markdown(code.explanation);
}

pub fn probe(entry: &Entry, page: &mut Page) {
    page.title(entry.name, &format!("probe: {}", entry.family));
    page.indented(entry.about);
    page.indented(match entry.nature {
        Nature::Looks => "It only looks and changes nothing.",
        Nature::Acts => "It acts: it runs what the author wrote, which may change something.",
    });
    page.heading("Keys");
    let rows: Vec<(String, String)> = entry.keys.iter().map(|key| (key.name.into(), about_key(key))).collect();
    page.rows(&rows);
    if !entry.short.is_empty() {
        page.indented(&format!("Short form: `{}: …` means `{}: {{ {}: … }}`.", entry.name, entry.name, entry.short));
    }
    page.heading("Facts");
    let mut rows = Vec::new();
    facts(entry.facts, "", &mut rows);
    page.rows(&rows);
    page.heading("Matchers that fit");
    page.rows(&fitting_rows(entry.facts.iter()));
    page.heading("What must hold if a check does not say");
    page.code(entry.default);
    page.heading("Example");
    page.code(&list_item(entry.example));
}

/// A map that people write, such as a pack or a check.
pub fn map(name: &str, about: &str, keys: &[Key], page: &mut Page) {
    page.title(name, "map");
    page.indented(about);
    page.heading("Keys");
    let rows: Vec<(String, String)> = keys.iter().map(|key| (key.name.into(), about_key(key))).collect();
    page.rows(&rows);
    if name == "check" {
        let probes: Vec<&str> = PROBES.iter().map(|entry| entry.name).collect();
        page.rows(&[("a probe".into(), format!("What to look at, one of: {}.", probes.join(", ")))]);
    }
}

pub fn key(of: &str, key: &Key, page: &mut Page) {
    let of = match of {
        "config" => "key of engine.yaml".to_string(),
        of => format!("key of a {of}"),
    };
    page.title(key.name, &of);
    page.indented(&about_key(key));
}

pub fn matcher(info: &MatcherInfo, page: &mut Page) {
    page.title(info.name, "matcher");
    page.indented(info.description);
    page.heading("Examples, by type of fact");
    let fits = TYPES.iter().filter(|known| (info.fits)(&known.kind));
    let rows: Vec<(String, String)> = fits
        .map(|known| (known.word.into(), format!("{}: {}", info.name, example::argument(info, &known.kind))))
        .collect();
    page.rows(&rows);
}

pub fn fact_type(info: &TypeInfo, page: &mut Page) {
    page.title(info.word, "type of fact");
    page.indented(info.about);
    page.heading("Matchers that fit");
    let rows: Vec<(String, String)> =
        fitting(&info.kind).map(|matcher| (matcher.name.into(), matcher.description.into())).collect();
    page.rows(&rows);
    let example = match info.kind {
        Kind::List(_) | Kind::Map(_) | Kind::Record(_) => example::matcher(&info.kind),
        _ => format!("{}    # a bare value means `equals`", example::matcher(&info.kind)),
    };
    page.heading("Example");
    page.code(&format!("fact: {example}"));
}

/// A fact, of every probe that has one of this name.
pub fn fact(name: &str, page: &mut Page) {
    let of = |entry: &'static Entry| Some((entry, entry.facts.iter().find(|field| field.name == name)?));
    let found: Vec<(&Entry, &Field)> = PROBES.iter().filter_map(of).collect();
    if found.is_empty() {
        return;
    }
    page.title(name, "fact");
    let mut rows = Vec::new();
    for (entry, field) in &found {
        rows.push((entry.name.into(), about_fact(field)));
        if let Some(inner) = record(field.kind) {
            facts(inner, &format!("{}.{name}.", entry.name), &mut rows);
        }
    }
    page.rows(&rows);
    page.heading("Matchers that fit");
    page.rows(&fitting_rows(found.iter().map(|(_, field)| *field)));
}

/// A key's documentation, type and default.
fn about_key(key: &Key) -> String {
    let default = (key.default)();
    let default = if default.is_empty() { default } else { format!(", by default `{default}`") };
    let needed = if key.required { ", always needed" } else { "" };
    format!("{} ({}{needed}{default})", key.description.trim(), (key.type_name)())
}

/// Facts with their types; the fields of records below them.
fn facts(fields: &[Field], above: &str, rows: &mut Vec<(String, String)>) {
    for field in fields {
        let name = format!("{above}{}", field.name);
        rows.push((name.clone(), about_fact(field)));
        if let Some(inner) = record(field.kind) {
            facts(inner, &format!("{name}."), rows);
        }
    }
}

fn about_fact(field: &Field) -> String {
    format!("{} ({})", field.description.trim(), field.kind.name())
}

/// The fields of a record, also of one in a list or map.
fn record(kind: &Kind) -> Option<&'static [Field]> {
    match kind {
        Kind::Record(fields) => Some(fields),
        Kind::List(of) | Kind::Map(of) => record(of),
        _ => None,
    }
}

/// The matchers of each type that occurs.
fn fitting_rows<'a>(fields: impl Iterator<Item = &'a Field>) -> Vec<(String, String)> {
    let mut rows: Vec<(String, String)> = Vec::new();
    for field in fields {
        let name = field.kind.name();
        if !rows.iter().any(|(known, _)| *known == name) {
            rows.push((name, names(field.kind)));
        }
    }
    rows
}

fn names(kind: &Kind) -> String {
    fitting(kind).map(|info| info.name).collect::<Vec<_>>().join(", ")
}

/// An item of `checks:`, with its dash.
fn list_item(check: &str) -> String {
    let lines = check.trim().lines().enumerate();
    lines.map(|(number, line)| format!("{} {line}\n", if number == 0 { "-" } else { " " })).collect()
}

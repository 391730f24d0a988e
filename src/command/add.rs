//! `engine add KIND SUBJECT`: looks at the live system and writes the check that holds today.
//!
//! Works for every probe with a short form: what was seen becomes what is expected.

use super::Stopped;
use super::terminal::Terminal;
use crate::cli::{AddArgs, exit};
use crate::fact::{Fact, Field, Kind, Value, Values, Version, WantedBits};
use crate::observe::process::Cancel;
use crate::plan::DEFAULT_TIMEOUT;
use crate::probe::{self, Context, Entry, Nature, Seen};
use crate::spec::diagnostic::{Complaints, did_you_mean, human};
use crate::spec::given::{Given, NoNames, Reader};
use crate::spec::load;
use crate::spec::source::Source;
use crate::spec::yaml;
use std::path::Path;
use std::sync::Arc;
use std::time::Instant;

/// Facts that hold today and not tomorrow, only for who looks, or say how the look went: never written down.
const FLEETING: &[&str] = &[
    "elapsed",
    "age",
    "modified",
    "now",
    "uptime",
    "boot_time",
    "sha256",
    "truncated",
    "left_behind",
    "reason",
    "commit",
    "readable",
    "writable",
    "executable",
];

/// What programs print, where a version says more than the text.
const PRINTED: &[&str] = &["stdout", "stderr"];

/// Numbers that say nothing more beside the name.
const NAMED: &[(&str, &str)] = &[("uid", "owner"), ("gid", "group")];

pub fn add(args: AddArgs, terminal: &Terminal) -> Result<u8, Stopped> {
    let entry = probe::find(&args.kind).ok_or_else(|| unknown(&args.kind))?;
    let wrong = match (entry.keys.is_empty(), entry.short.is_empty(), args.subject.is_empty()) {
        (true, _, false) => Some("takes no keys; give only its name"),
        (false, true, _) => Some("needs more than one word to say what to look at"),
        (false, false, true) => Some("needs to know what to look at"),
        _ => None,
    };
    if let Some(wrong) = wrong {
        return Err(Stopped::usage(format!("`{0}` {wrong}; see `engine explain {0}`", entry.name)));
    }
    // whatever follows the kind may be an argument of a program; this is hardly meant as one
    if let Some(at) = args.subject.iter().position(|word| word == "--to") {
        let file = args.subject.get(at + 1).map_or("FILE", String::as_str);
        let subject = args.subject[..at].join(" ");
        return Err(Stopped::usage(format!("`--to` stands first: `engine add --to {file} {} {subject}`", entry.name)));
    }
    let target = if entry.keys.is_empty() { "{}".into() } else { target_yaml(entry, &args.subject) };
    let seen = look(entry, &target, terminal)?;
    let check = check_yaml(entry, &args.subject, &target, &seen)?;
    match &args.to {
        Some(path) => append(path, &check, terminal)?,
        None => terminal.write(&check).map_err(|error| Stopped::not_written(format!("standard output: {error}")))?,
    }
    Ok(exit::GO)
}

fn unknown(kind: &str) -> Stopped {
    let known = probe::PROBES.iter().map(|entry| entry.name);
    let near = did_you_mean(kind, known)
        .map_or_else(|| "`engine explain` lists the probes".into(), |word| format!("did you mean `{word}`?"));
    Stopped::usage(format!("there is no probe `{kind}`; {near}"))
}

/// The short form of the target: a list of words for command lines, one text for everything else.
fn target_yaml(entry: &Entry, subject: &[String]) -> String {
    let short_is_list = entry
        .keys
        .iter()
        .find(|key| key.name == entry.short)
        .is_some_and(|key| (key.schema)().to_string().contains("\"array\""));
    // what acts is a program with its arguments
    let is_program = short_is_list && entry.nature == Nature::Acts;
    let words: Vec<String> = match subject {
        [line] if is_program => line.split_whitespace().map(str::to_string).collect(),
        words => words.to_vec(),
    };
    if is_program || (short_is_list && words.len() > 1) {
        format!("[{}]", words.iter().map(|word| quoted(word)).collect::<Vec<_>>().join(", "))
    } else {
        quoted(&words.join(" "))
    }
}

fn look(entry: &'static Entry, target: &str, terminal: &Terminal) -> Result<Seen<Values>, Stopped> {
    let mut complaints = Complaints::default();
    let source = Arc::new(Source::new("the command line", target));
    let read = yaml::parse(source, &mut complaints).and_then(|document| {
        (entry.read)(&Given::node(document.root()), &mut Reader::new(&document, &NoNames, &mut complaints))
    });
    let Some(target) = read else {
        terminal.note(&human::render(&complaints, terminal.colours_error(), terminal.width()));
        return Err(Stopped::silent(exit::USAGE));
    };
    let context = Context {
        timeout: DEFAULT_TIMEOUT,
        deadline: Instant::now() + DEFAULT_TIMEOUT,
        cancel: Cancel::new(),
        answer: None,
    };
    Ok((entry.observe)(&*target, WantedBits::ALL, &context))
}

fn check_yaml(entry: &Entry, subject: &[String], target: &str, seen: &Seen<Values>) -> Result<String, Stopped> {
    let id = identifier(entry.name, subject);
    let mut out = format!("  - id: {id}\n    {}: {target}\n", entry.name);
    match seen {
        Seen::Present(values) => {
            let lines: Vec<String> = entry
                .facts
                .iter()
                .filter(|field| !is_named(field, values))
                .filter_map(|field| line(field, values.get(field.name)?))
                .collect();
            if !lines.is_empty() {
                out.push_str(&format!("    expect:\n{}\n", lines.join("\n")));
            }
        }
        Seen::Absent(_) => out.push_str("    expect: { present: false }\n"),
        Seen::Refused(why) | Seen::Unsupported(why) => {
            let what = [&[entry.name.to_string()], subject].concat().join(" ");
            return Err(Stopped { exit_code: exit::NO_GO, message: format!("{what} could not be looked at: {why}") });
        }
    }
    Ok(out)
}

fn is_named(field: &Field, values: &Values) -> bool {
    NAMED.iter().any(|(number, name)| *number == field.name && matches!(values.get(name), Some(Fact::Known(_))))
}

/// What a fact of today says for tomorrow; nothing for what changes by itself.
fn line(field: &Field, fact: &Fact<Value>) -> Option<String> {
    let Fact::Known(value) = fact else { return None };
    if FLEETING.contains(&field.name) {
        return None;
    }
    let expected = match (field.kind, value) {
        (Kind::Text, Value::Text(text)) if PRINTED.contains(&field.name) => printed(text)?,
        (Kind::Text, Value::Text(text)) => text_line(text)?,
        (Kind::Version, Value::Version(version)) => format!("\">={version}\""),
        (Kind::List(_), Value::List(items)) if items.is_empty() => "{ empty: true }".into(),
        (Kind::Mode, Value::Mode(mode)) => format!("\"{}\"", crate::fact::mode::show(*mode)),
        (Kind::Boolean, value) => value.show(),
        (Kind::Number, Value::Integer(number)) if ["exit_code", "uid", "gid"].contains(&field.name) => {
            number.to_string()
        }
        _ => return None,
    };
    Some(format!("      {}: {expected}", field.name))
}

/// What a program printed: the version that its first line names, else as any text.
fn printed(text: &str) -> Option<String> {
    let first = text.trim().lines().next().unwrap_or_default();
    match Version::find(first) {
        // a bare number in a line is rarely a version
        Some(version) if first.len() < 200 && first.contains(' ') && version.to_string().contains('.') => {
            Some(format!("{{ version: \">={version}\" }}"))
        }
        _ => text_line(text),
    }
}

/// One line is expected as it is; longer text is left to the author.
fn text_line(text: &str) -> Option<String> {
    match text.trim() {
        line if line.is_empty() || line.contains('\n') || line.len() > 80 => None,
        line if text == line => Some(quoted(line)),
        line => Some(format!("{{ trimmed: {} }}", quoted(line))),
    }
}

/// A YAML scalar that reads back as this text.
fn quoted(text: &str) -> String {
    let plain = text.starts_with(|c: char| c.is_ascii_alphabetic() || c == '/')
        && text.chars().all(|c| c.is_ascii_alphanumeric() || "/_.-@".contains(c))
        && !["true", "false", "null", "yes", "no", "on", "off"].contains(&text.to_lowercase().as_str());
    if plain { text.to_string() } else { serde_json::Value::from(text.replace("${", "$${")).to_string() }
}

fn identifier(kind: &str, subject: &[String]) -> String {
    let words: String = subject
        .join("-")
        .chars()
        .map(|c| if c.is_ascii_alphanumeric() { c.to_ascii_lowercase() } else { '-' })
        .collect();
    let parts: Vec<&str> = words.split('-').filter(|part| !part.is_empty()).take(6).collect();
    [&[kind], &parts[..]].concat().join("-")
}

/// Adds a check at the end of a pack, or makes the pack; the result must be valid, or nothing is written.
fn append(path: &Path, check: &str, terminal: &Terminal) -> Result<(), Stopped> {
    let not_written = |error: std::io::Error| Stopped::not_written(format!("{}: {error}", path.display()));
    let name = path.file_stem().map_or_else(|| "pack".into(), |stem| stem.to_string_lossy().into_owned());
    let mut text = match std::fs::read_to_string(path) {
        Ok(text) => text,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => format!("pack: {name}\nchecks:\n"),
        Err(error) => return Err(not_written(error)),
    };
    if !text.ends_with('\n') {
        text.push('\n');
    }
    text.push_str(check);
    let mut complaints = Complaints::default();
    load::parse_pack(Arc::new(Source::new(path.to_string_lossy(), text.as_str())), &mut complaints);
    if complaints.has_errors() {
        terminal.note(&human::render(&complaints, terminal.colours_error(), terminal.width()));
        let why = match complaints.iter().any(|complaint| complaint.code == "E0113") {
            true => "it has this check already",
            false => "`checks:` must be its last key, indented by two blanks",
        };
        return Err(Stopped {
            exit_code: exit::INVALID,
            message: format!("{} is left as it was: {why}", path.display()),
        });
    }
    std::fs::write(path, &text).map_err(not_written)?;
    terminal.write(&format!("added to {}:\n{check}", path.display())).map_err(not_written)
}

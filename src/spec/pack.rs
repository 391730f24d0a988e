//! A pack as it was written: keys and their places, nothing resolved.

use super::described::Described;
use super::diagnostic::{Complaint, Complaints, did_you_mean};
use super::given::{FromGiven, Given, Member, NoNames, OneOrMany, Reader, ShellText, View};
use super::yaml::{Document, NodeId};
use crate::plan::interpolation::contains_interpolation;
use crate::probe::{self, Entry};
use crate::{choice, described};
use serde_json::{Value as Json, json};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

choice! {
    /// What a broken expectation counts as.
    pub enum Level {
        /// Worth knowing.
        Info = "info",
        /// Should be mended, but nothing stops.
        Warn = "warn",
        /// Must be mended: NO-GO.
        Error = "error",
    }
}

choice! {
    /// The type of an input.
    pub enum InputType {
        /// Text as it is.
        Text = "text",
        /// A number.
        Number = "number",
        /// `true` or `false`.
        Boolean = "boolean",
        /// A duration such as `24h`.
        Duration = "duration",
        /// A size such as `512MiB`.
        Size = "size",
        /// A percentage such as `95%`.
        Percent = "percent",
        /// A list; from outside, JSON or words between commas.
        List = "list",
        /// A map; from outside, JSON.
        Map = "map",
    }
}

choice! {
    /// What makes another attempt worthwhile.
    pub enum RetryOn {
        /// The look could not tell: timeout, refused, a broken answer.
        Unknown = "unknown",
        /// An expectation is broken.
        Fail = "fail",
    }
}

described! {
    /// A value the caller may or must give: `--set`, `--vars`, an environment variable, or the default.
    pub struct Input {
        /// The environment variable that gives it.
        env: Option<String>,
        /// Whether the value is secret: it never appears in output, recordings or reports.
        secret: bool = false,
        /// Whether a run without it is refused.
        required: bool = false,
        /// The type; texts from outside are checked against it.
        r#type: InputType = InputType::Text,
        /// The value if nobody gives one.
        default: Option<Node>,
        /// What it is for.
        description: Option<String>,
    }
}

described! {
    /// Tries again, a number of times or until it holds.
    #[derive(PartialEq, Eq, Hash)]
    pub struct Retry {
        /// How often to look at most, the first time included. 1 to 1,000.
        attempts: Option<u32>,
        /// How long to wait before the second attempt.
        delay: Duration = Duration::from_secs(1),
        /// By what the wait grows with each attempt: 2 doubles it. 1 to 10.
        backoff: u32 = 1,
        /// What makes another attempt worthwhile.
        on: Option<OneOrMany<RetryOn>>,
        /// Look again and again for this long, until it holds. Instead of `attempts`.
        r#for: Option<Duration>,
        /// How long to wait between looks, with `for`.
        every: Option<Duration>,
    }
}

described! {
    /// A command that would mend what is broken. Never run unless asked with `engine fix`.
    pub struct Fix {
        /// A program and its arguments, run without a shell.
        command: Option<Vec<String>>,
        /// A line for `sh`; what `${…}` inserts is quoted.
        shell: Option<ShellText>,
    }
}

described! {
    /// What holds for every check of the pack that does not say otherwise.
    pub struct Defaults {
        /// How long one look may take.
        timeout: Option<Duration>,
        /// What a broken expectation counts as.
        level: Option<Level>,
        /// Tags that every check of the pack has.
        tags: Option<OneOrMany<String>>,
        /// Lower runs first.
        priority: Option<i32>,
        /// Whom to ask.
        owner: Option<String>,
        /// Tries again.
        retry: Option<Retry>,
    }
}

described! {
    /// A word for the pack as a whole, such as READY.
    pub struct StatusKeys {
        /// The word.
        is: String,
        /// A CEL condition over `go` (nothing at or above the fail level), `counts` (of answers, e.g. `counts.warn`)
        /// and `checks` (e.g. `checks["id"].answer == 'info'`). The last status has none.
        when: Option<Cel>,
    }
}

described! {
    /// One pack: checks that belong together.
    pub struct PackKeys {
        /// The name of the pack: letters, digits, `-`, `_` and `.`; unique among the packs of a run.
        pack: Identifier,
        /// The name for people.
        title: Option<String>,
        /// What the pack is for.
        description: Option<String>,
        /// The version of the pack itself.
        version: Option<String>,
        /// The versions of the engine that understand the pack, e.g. `">=0.1"`.
        requires: Option<String>,
        /// Values with a name, of any type, for `${…}` and `{{ vars.… }}`.
        vars: Option<BTreeMap<String, Node>>,
        /// Values that the caller may or must give.
        inputs: Option<BTreeMap<String, Input>>,
        /// What holds for every check that does not say otherwise.
        defaults: Option<Defaults>,
        /// Words for the pack as a whole, tried in order after a run: the first whose condition holds is the status.
        status: Option<Vec<StatusKeys>>,
        /// The checks, at least one.
        checks: Vec<Node>,
    }
}

described! {
    /// One check: what to look at and what it must be.
    pub struct CheckKeys (open: true) {
        /// The name of the check: letters, digits, `-`, `_` and `.`; unique in the pack. `pack/id` names it everywhere.
        id: Identifier,
        /// The name for people. Handlebars text.
        title: Option<Template>,
        /// Why it matters. Handlebars text.
        why: Option<Template>,
        /// Where to read more.
        links: Option<OneOrMany<String>>,
        /// Whom to ask.
        owner: Option<String>,
        /// Free words to select by.
        tags: Option<OneOrMany<String>>,
        /// The controls of standards it proves, e.g. `{ cis: ["5.2.1"] }`.
        controls: Option<BTreeMap<String, OneOrMany<String>>>,
        /// What a broken expectation counts as. Default: `error`.
        level: Option<Level>,
        /// Lower runs first. Default: `50`.
        priority: Option<i32>,
        /// Checks that must be ok or info first, by id or `pack/id`; otherwise this one is skipped, with that as the reason.
        needs: Option<OneOrMany<String>>,
        /// A CEL condition over `vars`, `env`, `host`, `context` and `checks`; if it is false the check is skipped, with the condition as the reason.
        when: Option<Cel>,
        /// A list or map: one check per entry, with `item.key`, `item.value` and `item.index`.
        for_each: Option<Node>,
        /// How long one look may take. Default: `10s`.
        timeout: Option<Duration>,
        /// Tries again: a number of times, or until it holds.
        retry: Option<Retry>,
        /// What must hold of the facts; otherwise the answer is `level`. Without it and `outcomes`, the default of the probe.
        expect: Option<Node>,
        /// Answers in order; the first whose condition holds is the answer. The last one is `otherwise`.
        outcomes: Option<Node>,
        /// What is said if the answer is not ok. Handlebars text.
        message: Option<Template>,
        /// What to do if the answer is not ok. Handlebars text.
        remedy: Option<Template>,
        /// Commands that would mend it; run only by `engine fix`.
        fix: Option<OneOrMany<Fix>>,
        /// `false` switches the check off, and the report says so.
        enabled: bool = true,
    }
}

/// A value that is read later, when names are known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Node(pub NodeId);

impl FromGiven for Node {
    const SEES_VALUES: bool = false;
    fn schema() -> Json {
        json!(true)
    }
    fn type_name() -> String {
        "anything".into()
    }
    fn read(given: &Given, _: &mut Reader) -> Option<Self> {
        Some(Node(given.node))
    }
}

macro_rules! late_texts {
    ($($(#[doc = $about:literal])+ $name:ident: $type_name:literal $schema:expr;)*) => {$(
        $(#[doc = $about])+
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub struct $name(pub NodeId);

        impl FromGiven for $name {
            const SEES_VALUES: bool = false;
            fn schema() -> Json {
                $schema
            }
            fn type_name() -> String {
                $type_name.into()
            }
            fn read(given: &Given, reader: &mut Reader) -> Option<Self> {
                match reader.document.text(given.node) {
                    Some(text) if text.trim().is_empty() => reader.malformed(given, "the text is empty".into(), EMPTY),
                    Some(_) => Some($name(given.node)),
                    None => reader.wrong_type(given, "text"),
                }
            }
        }
    )*};
}

const EMPTY: &str =
    "write it or leave the key away; under a `|`, lines not indented further than the key do not belong to it";

late_texts! {
    /// A Handlebars text; `${…}` has no meaning in it, so that shell lines can be shown as they are.
    Template: "Handlebars text" json!({ "type": "string", "pattern": "\\S" });
    /// A CEL expression.
    Cel: "CEL condition" json!({ "type": "string", "pattern": "\\S" });
}

/// A name of a pack or check.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Identifier(pub String);

impl FromGiven for Identifier {
    fn schema() -> Json {
        json!({
            "type": ["string", "integer"],
            "pattern": "^[A-Za-z0-9_][A-Za-z0-9_.-]*$",
            "patternErrorMessage": "a name has letters, digits, `-`, `_` and `.`, and starts with a letter or digit",
            "minimum": 0,
        })
    }
    fn type_name() -> String {
        "name".into()
    }
    fn stand_in() -> Option<Self> {
        Some(Identifier(String::new()))
    }
    fn read(given: &Given, reader: &mut Reader) -> Option<Self> {
        let written = reader.document.text(given.node).filter(|text| contains_interpolation(text));
        if let Some(text) = written {
            let message = format!("`{text}` cannot be a name: `${{…}}` has no meaning in it");
            let help = "write a plain name; the entries of a `for_each` are named by themselves, as in `disk[/var]`";
            return reader.complain("E0312", reader.span(given), message, Some(help.into()));
        }
        let text = String::read(given, reader)?;
        let fits = text.chars().all(|c| c.is_ascii_alphanumeric() || "-_.".contains(c))
            && text.starts_with(|c: char| c.is_ascii_alphanumeric() || c == '_');
        if fits {
            return Some(Identifier(text));
        }
        reader.complain(
            "E0112",
            reader.span(given),
            format!("`{text}` cannot be a name"),
            Some("use letters, digits, `-`, `_` and `.`, starting with a letter or digit".into()),
        )
    }
}

/// A pack as written.
pub struct Pack {
    pub document: Arc<Document>,
    /// The name of the file, after a complaint that the pack has no name.
    pub id: String,
    pub keys: PackKeys,
    pub checks: Vec<Check>,
    /// Checks that name no probe, which was complained of: the rest of them is read all the same.
    pub without_probe: Vec<WithoutProbe>,
}

/// A check that does not say what to look at.
pub struct WithoutProbe {
    pub node: NodeId,
    pub id: Option<Box<str>>,
}

/// A check as written; everything else is read from `node` when it is planned.
pub struct Check {
    pub node: NodeId,
    /// Empty after a complaint about it.
    pub id: Box<str>,
    pub id_node: NodeId,
    pub probe: &'static Entry,
    pub target: NodeId,
}

impl Pack {
    /// Reads the shape of a pack; the rest is read when it is planned.
    pub fn read(document: Arc<Document>, complaints: &mut Complaints) -> Option<Pack> {
        let mut reader = Reader::new(&document, &NoNames, complaints);
        let keys = PackKeys::read_keys(&Given::node(document.root()), &mut reader, true)?;
        let (mut checks, mut without_probe) = (Vec::with_capacity(keys.checks.len()), Vec::new());
        for node in &keys.checks {
            match Check::read(node.0, &mut reader) {
                Some(Ok(check)) => checks.push(check),
                Some(Err(check)) => without_probe.push(check),
                None => {}
            }
        }
        if let Some(place) = document.get(document.root(), "checks").filter(|_| keys.checks.is_empty()) {
            let help = "write at least one check; a pack that checks nothing would always pass";
            reader.complain::<()>("E0111", document.span(place), "the pack has no checks", Some(help.into()));
        }
        duplicates(&document, &checks, complaints);
        let id = match keys.pack.0.as_str() {
            "" => document.source.name.clone(),
            id => id.to_string(),
        };
        Some(Pack { id, keys, checks, without_probe, document: document.clone() })
    }

    /// Whether a check of this id is written here, whatever else is wrong with it.
    pub fn names(&self, id: &str) -> bool {
        self.written().any(|written| written == id)
    }

    /// The ids of all checks as written.
    pub fn written(&self) -> impl Iterator<Item = &str> {
        let without_probe = self.without_probe.iter().filter_map(|check| check.id.as_deref());
        self.checks.iter().map(|check| &*check.id).chain(without_probe)
    }
}

impl Check {
    /// Reads what a check is called and what it looks at; `Err` if that is not said.
    fn read(node: NodeId, reader: &mut Reader) -> Option<Result<Check, WithoutProbe>> {
        let document = reader.document;
        let members = match reader.view(&Given::node(node)) {
            View::Map(members) => members,
            _ => return reader.wrong_type(&Given::node(node), "a check (a map)"),
        };
        let probe = find_probe(node, &members, reader);
        let id = match document.get(node, "id") {
            Some(id_node) => reader.read::<Identifier>(id_node).map(|id| (id.0.into(), id_node)),
            None => {
                let help = "add `id: …`".to_string();
                reader.complain("E0102", document.span(node), "the key `id` is missing", Some(help))
            }
        };
        Some(match (probe, id) {
            (Some((probe, target)), id) => {
                let (id, id_node) = id.unwrap_or(("".into(), node));
                Ok(Check { node, id, id_node, probe, target })
            }
            (None, id) => Err(WithoutProbe { node, id: id.map(|(id, _)| id) }),
        })
    }
}

/// The probe of a check and what it looks at; complains about keys that nobody knows, about none and about two.
fn find_probe(node: NodeId, members: &[Member], reader: &mut Reader) -> Option<(&'static Entry, NodeId)> {
    let mut found: Option<(&'static Entry, NodeId)> = None;
    let mut unknown = false;
    for member in members {
        match (probe::find(&member.key), found) {
            (Some(entry), None) => found = Some((entry, member.value.node)),
            (Some(entry), Some((first, _))) => {
                let message = format!("a check looks at one thing, found `{}` and `{}`", first.name, entry.name);
                reader.complain::<()>("E0105", member.key_span, message, Some("write two checks".into()));
            }
            (None, _) if CheckKeys::KEYS.iter().any(|key| key.name == member.key) => {}
            (None, _) => {
                unknown = true;
                unknown_key(member, reader);
            }
        }
    }
    if found.is_none() && !unknown {
        let document = reader.document;
        let place = document.get(node, "id").unwrap_or(node);
        let help = "add a probe, such as `file:`, `command:` or `port:`; `engine explain` lists them";
        let message = "the check does not say what to look at";
        reader.complain::<()>("E0104", document.span(place), message, Some(help.into()));
    }
    found
}

fn unknown_key(member: &Member, reader: &mut Reader) {
    let keys = CheckKeys::KEYS.iter().map(|key| key.name);
    let near = did_you_mean(&member.key, keys.chain(probe::PROBES.iter().map(|entry| entry.name)));
    let help = near.map_or_else(
        || "`engine explain` lists the probes and the keys of a check".to_string(),
        |word| format!("did you mean `{word}`?"),
    );
    let message = format!("unknown key `{}` in a check", member.key);
    reader.complain::<()>("E0101", member.key_span, message, Some(help));
}

fn duplicates(document: &Document, checks: &[Check], complaints: &mut Complaints) {
    let mut seen: std::collections::HashMap<&str, NodeId> = std::collections::HashMap::with_capacity(checks.len());
    for check in checks.iter().filter(|check| !check.id.is_empty()) {
        if let Some(first) = seen.insert(&check.id, check.id_node) {
            complaints.push(
                Complaint::error(
                    "E0113",
                    &document.source,
                    document.span(check.id_node),
                    format!("the id `{}` is given twice in this pack", check.id),
                )
                .also(document.span(first), "first given here")
                .help("give each check an id of its own"),
            );
        }
    }
}

//! One recorded look: which checks it answers and what was seen.

use super::facts;
use crate::described;
use crate::fact::{Bytes, Fact, Moment, Value, Values};
use crate::plan::Plan;
use crate::probe::{self, Entry, Seen};
use crate::spec::diagnostic::{Complaints, did_you_mean};
use crate::spec::given::{Given, Literal, OneOrMany, Reader};
use crate::spec::pack::Node;
use crate::spec::source::Span;
use crate::spec::yaml::{Document, NodeId};
use std::collections::{BTreeMap, HashMap};
use std::time::Duration;

described! {
    /// A fact that was too large to be kept whole. It cannot be judged again.
    pub struct Cut {
        /// How large it was.
        size: Bytes,
        /// The SHA-256 of the whole, in hexadecimal.
        sha256: String,
    }
}

described! {
    /// One look: the checks it answers, and `seen`, `absent`, `refused` or `unsupported`.
    pub struct LookKeys {
        /// The checks it answers, as `pack/id` or, for one entry of a `for_each`, `pack/id[key]`.
        check: OneOrMany<String>,
        /// The kind of probe. Left out, it is the probe of the check.
        probe: Option<String>,
        /// What was looked at. If today's check looks at something else, the look does not answer it.
        subject: Option<String>,
        /// The thing is there: its facts, in the units of the language.
        seen: Option<Node>,
        /// Facts that the thing does not have.
        lacking: Option<OneOrMany<String>>,
        /// Facts that could not be seen, and why.
        unknown: Option<BTreeMap<String, String>>,
        /// Facts that were too large to be kept whole.
        cut: Option<BTreeMap<String, Cut>>,
        /// The thing is not there; the text says so for people.
        absent: Option<String>,
        /// It could not be seen: permission, timeout, a broken answer.
        refused: Option<String>,
        /// The machine cannot have it or cannot tell.
        unsupported: Option<String>,
        /// When it was looked at. Left out, at the time of the recording.
        observed_at: Option<Moment>,
        /// How often it was looked at.
        attempts: u32 = 1,
        /// From the first attempt to the last answer.
        elapsed: Duration = Duration::ZERO,
    }
}

/// A look as it was recorded.
#[derive(Clone)]
pub struct RecordedLook {
    /// The checks it answers, as `pack/id`.
    pub names: Vec<String>,
    pub probe: &'static Entry,
    pub subject: Option<String>,
    pub seen: Seen<Values>,
    pub observed_at: Option<Moment>,
    pub attempts: u32,
    pub elapsed: Duration,
    pub node: NodeId,
}

/// Reads a list of looks. Names without a pack belong to `pack`, whose checks they must then name.
pub fn read_all(
    nodes: &[Node],
    document: &Document,
    plan: &Plan,
    pack: Option<&str>,
    complaints: &mut Complaints,
) -> Option<Vec<RecordedLook>> {
    let probes: HashMap<String, &'static Entry> = (0..plan.checks.len())
        .map(|number| {
            let check = &plan.checks[number];
            (plan.name(number), plan.pack(check).checks[check.spec].probe)
        })
        .collect();
    let mut reader = Reader::new(document, &Literal, complaints);
    let mut answered: HashMap<String, NodeId> = HashMap::new();
    let mut looks = Vec::with_capacity(nodes.len());
    for node in nodes {
        let look = RecordedLook::read(node.0, &probes, pack, &mut reader);
        for name in look.iter().flat_map(|look| &look.names) {
            if answered.insert(name.clone(), node.0).is_some() {
                let place = document.get(node.0, "check").unwrap_or(node.0);
                reader.complain::<()>(
                    "E0505",
                    document.span(place),
                    format!("an earlier look answers `{name}` already"),
                    Some("keep one of the two".into()),
                );
            }
        }
        looks.push(look);
    }
    looks.into_iter().collect()
}

impl RecordedLook {
    fn read(
        node: NodeId,
        probes: &HashMap<String, &'static Entry>,
        pack: Option<&str>,
        reader: &mut Reader,
    ) -> Option<RecordedLook> {
        let keys: LookKeys = reader.read(node)?;
        let place = reader.document.get(node, "check").unwrap_or(node);
        let span = reader.document.span(place);
        let names: Vec<String> = keys.check.0.iter().map(|name| full_name(name, pack)).collect();
        if pack.is_some() {
            let unknown: Vec<&String> = names.iter().filter(|name| !probes.contains_key(*name)).collect();
            unknown.iter().for_each(|name| unknown_check(name, span, probes.keys(), reader));
            if !unknown.is_empty() {
                return None;
            }
        }
        let probe = read_probe(&keys, node, &names, probes, reader)?;
        Some(RecordedLook {
            seen: read_seen(&keys, node, probe, reader)?,
            names,
            probe,
            subject: keys.subject,
            observed_at: keys.observed_at,
            attempts: keys.attempts,
            elapsed: keys.elapsed,
            node,
        })
    }
}

/// `pack/id`; names that give no pack belong to `pack`.
pub fn full_name(name: &str, pack: Option<&str>) -> String {
    // the key of a `for_each` may hold a slash, the id may not
    let id = name.split('[').next().unwrap_or(name);
    match pack {
        Some(pack) if !id.contains('/') => format!("{pack}/{name}"),
        _ => name.to_string(),
    }
}

/// Complains about a check that the packs do not have.
pub fn unknown_check<'n>(name: &str, span: Span, known: impl Iterator<Item = &'n String>, reader: &mut Reader) {
    let near = did_you_mean(name, known.map(String::as_str));
    let help = near.map_or_else(
        || "a check is named by its `id` or, for one entry of a `for_each`, `id[key]`".to_string(),
        |word| format!("did you mean `{word}`?"),
    );
    reader.complain::<()>("E0505", span, format!("there is no check `{name}`"), Some(help));
}

fn read_probe(
    keys: &LookKeys,
    node: NodeId,
    names: &[String],
    probes: &HashMap<String, &'static Entry>,
    reader: &mut Reader,
) -> Option<&'static Entry> {
    let place = reader.document.get(node, "probe").unwrap_or(node);
    match &keys.probe {
        Some(name) => probe::find(name).or_else(|| {
            let near = did_you_mean(name, probe::PROBES.iter().map(|entry| entry.name));
            let help = near.map(|word| format!("did you mean `{word}`?"));
            reader.complain("E0505", reader.document.span(place), format!("there is no probe `{name}`"), help)
        }),
        None => names.iter().find_map(|name| probes.get(name).copied()).or_else(|| {
            let place = reader.document.get(node, "check").unwrap_or(node);
            let names: Vec<String> = names.iter().map(|name| format!("`{name}`")).collect();
            reader.complain(
                "E0505",
                reader.document.span(place),
                format!("no pack has {}, so the kind of its facts is not known", crate::prose::list(&names)),
                Some("check the name, or say which `probe:` saw it".into()),
            )
        }),
    }
}

fn read_seen(keys: &LookKeys, node: NodeId, probe: &'static Entry, reader: &mut Reader) -> Option<Seen<Values>> {
    let told = [
        keys.absent.clone().map(Seen::Absent),
        keys.refused.clone().map(Seen::Refused),
        keys.unsupported.clone().map(Seen::Unsupported),
    ];
    let mut told: Vec<Seen<Values>> = told.into_iter().flatten().collect();
    let facts = keys.seen.is_some() || keys.lacking.is_some() || keys.unknown.is_some() || keys.cut.is_some();
    match (facts, told.len()) {
        (true, 0) => read_facts(keys, node, probe, reader).map(Seen::Present),
        (false, 1) => told.pop(),
        _ => reader.complain(
            "E0506",
            reader.document.span(node),
            "a look says one of `seen`, `absent`, `refused` and `unsupported`",
            Some("write `seen: { fact: value }`, or why there is nothing to see".into()),
        ),
    }
}

fn read_facts(keys: &LookKeys, node: NodeId, probe: &'static Entry, reader: &mut Reader) -> Option<Values> {
    let document = reader.document;
    let mut facts: Vec<Option<(String, Fact<Value>)>> = Vec::new();
    if let Some(seen) = keys.seen {
        for member in reader.members(&Given::node(seen.0), "fact: value")? {
            let field = field(probe, &member.key, member.key_span, reader);
            let value = field.and_then(|field| read_fact(&member.value, field.kind, reader));
            facts.push(value.map(|value| (member.key.to_string(), Fact::Known(value))));
        }
    }
    let mut told = |key: &str, name: &String, fact: Fact<Value>| {
        let place = document.get(node, key).unwrap_or(node);
        let span = document.entry(place, name).map_or(document.span(place), |entry| entry.key_span);
        if fact != Fact::Absent || !facts.iter().flatten().any(|(known, _)| known == name) {
            facts.retain(|known| known.as_ref().is_none_or(|(known, _)| known != name));
            facts.push(field(probe, name, span, reader).map(|_| (name.clone(), fact)));
        } else {
            reader.complain::<()>(
                "E0506",
                span,
                format!("`{name}` is seen and lacking at once"),
                Some("keep one of them".into()),
            );
            facts.push(None);
        }
    };
    keys.lacking.iter().flat_map(|names| &names.0).for_each(|name| told("lacking", name, Fact::Absent));
    keys.unknown.iter().flatten().for_each(|(name, why)| told("unknown", name, Fact::Unknown(why.clone())));
    keys.cut.iter().flatten().for_each(|(name, cut)| told("cut", name, Fact::Unknown(cut.why())));
    let facts: HashMap<String, Fact<Value>> = facts.into_iter().collect::<Option<_>>()?;
    Some(in_order(probe, facts))
}

fn read_fact(given: &Given, kind: &crate::fact::Kind, reader: &mut Reader) -> Option<Value> {
    let nothing = reader.document.describe(given.node) == "nothing" && !matches!(kind, crate::fact::Kind::Document);
    if nothing {
        return reader.complain(
            "E0506",
            reader.span(given),
            "no value stands here",
            Some("list a fact that the thing does not have under `lacking:`".into()),
        );
    }
    facts::read(given, kind, reader)
}

impl Cut {
    fn why(&self) -> String {
        format!("it is not recorded whole: {} were too much to keep", crate::fact::bytes::show(self.size.0))
    }
}

fn field<'e>(probe: &'e Entry, name: &str, span: Span, reader: &mut Reader) -> Option<&'e crate::fact::Field> {
    let known = || probe.facts.iter().map(|field| field.name);
    probe.facts.iter().find(|field| field.name == name).or_else(|| {
        let help = did_you_mean(name, known()).map_or_else(
            || format!("facts of `{}`: {}", probe.name, known().collect::<Vec<_>>().join(", ")),
            |word| format!("did you mean `{word}`?"),
        );
        reader.complain("E0503", span, format!("`{}` has no fact `{name}`", probe.name), Some(help))
    })
}

/// The facts in the order of their probe.
pub fn in_order(probe: &'static Entry, mut facts: HashMap<String, Fact<Value>>) -> Values {
    Values(probe.facts.iter().map(|field| (field.name, facts.remove(field.name).unwrap_or_default())).collect())
}

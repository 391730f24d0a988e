//! From checks as written to checks to be answered: `for_each` expanded, targets
//! and expectations read, equal looks joined.

use super::expression::Expression;
use super::looks::{Look, Looks};
use super::names::{Item, Names, PENDING};
use super::text_error::TextError;
use super::{Check, DEFAULT_PRIORITY, DEFAULT_TIMEOUT, LONGEST_TIMEOUT, Selected, Wishes, texts};
use crate::fact::{Version, WantedBits, version::Range};
use crate::judge::outcome::Outcomes;
use crate::probe::Entry;
use crate::prose::count;
use crate::spec::described::Described;
use crate::spec::diagnostic::{Complaint, Complaints};
use crate::spec::given::{Given, NoNames, Reader};
use crate::spec::pack::{self, CheckKeys, Level, Pack, Retry};
use crate::spec::source::Source;
use crate::spec::yaml::{self, Document, MAX_COMPLAINTS, NodeId};
use serde_json::Value as Json;
use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

/// Most checks of one run, each entry of a `for_each` counted.
pub const MAX_CHECKS: usize = 100_000;
/// Most of what is written for checks, each entry of a `for_each` counted: values and pieces of 16 bytes of text.
const MAX_EXPANDED: usize = 5_000_000;
/// Most checks that checks name in `needs` and `when`, each entry of a `for_each` counted.
const MAX_LINKS: usize = 10_000_000;

/// What a check says of other checks: the names in `needs`, the condition of `when`.
type Links = (Vec<(NodeId, String)>, Option<(NodeId, Expression)>);

/// Collects the checks and looks of all packs.
pub struct Builder<'a> {
    wishes: &'a Wishes,
    checks: Vec<Check>,
    looks: Looks,
    /// The conditions and needs of checks, linked when all are known.
    links: Vec<Links>,
    defaults: HashMap<(&'static str, Level), Option<Arc<Outcomes>>>,
    /// What checks that name no probe say of other checks, with their pack.
    loose: Vec<(usize, Names, Links)>,
    /// How much of [`MAX_EXPANDED`] is used.
    expanded: usize,
    /// The facts that the texts of a check show, by pack and place in it; the same for each of its entries.
    shown: Option<((usize, usize), WantedBits)>,
    /// Expectations of each pack by their text: equal ones are read once.
    shared: HashMap<(usize, &'static str, Level, &'a str), Arc<Outcomes>>,
}

impl<'a> Builder<'a> {
    pub fn new(wishes: &'a Wishes) -> Self {
        Builder {
            wishes,
            checks: Vec::new(),
            looks: Looks::default(),
            links: Vec::new(),
            loose: Vec::new(),
            defaults: HashMap::new(),
            expanded: 0,
            shown: None,
            shared: HashMap::new(),
        }
    }

    pub fn add_pack(&mut self, number: usize, pack: &'a Arc<Pack>, names: &Names, complaints: &mut Complaints) {
        required_engine(pack, complaints);
        self.checks.reserve(pack.checks.len());
        for (index, spec) in pack.checks.iter().enumerate() {
            let entries = match pack.document.get(spec.node, "for_each") {
                None => vec![None],
                Some(node) => entries(node, pack, names, complaints).into_iter().map(Some).collect(),
            };
            if !self.has_room(pack, spec, entries.len(), complaints) {
                return;
            }
            let before = complaints.len();
            let variables = &names.variables;
            for (nth, item) in entries.into_iter().enumerate() {
                let names = Names { item: item.map(Arc::new), ..names.clone() };
                self.add(number, index, pack, names, nth == 0, complaints);
                // each entry would complain of the same
                let too_many = complaints.len() > before + MAX_COMPLAINTS && complaints.has_errors();
                if too_many || variables.is_spent() {
                    return;
                }
            }
        }
        for check in &pack.without_probe {
            self.inspect(number, check.node, pack, names.clone(), complaints);
        }
    }

    /// Reads what can be read of a check that names no probe, so that every complaint is made at once.
    fn inspect(&mut self, number: usize, node: NodeId, pack: &Pack, mut names: Names, complaints: &mut Complaints) {
        if let Some(for_each) = pack.document.get(node, "for_each") {
            names.item = entries(for_each, pack, &names, complaints).into_iter().next().map(Arc::new);
        }
        let mut reader = Reader::new(&pack.document, &names, complaints);
        let Some(keys) = CheckKeys::read_keys(&Given::node(node), &mut reader, true) else { return };
        texts::check(None, &keys, None, &names, &mut reader);
        read_retry(pack, node, &keys, &mut reader);
        let when = keys.when.and_then(|when| read_when(when.0, &mut reader));
        self.loose.push((number, names.clone(), (needs(pack, node, &keys), when)));
    }

    /// Whether so many checks more can be made; complains if not.
    fn has_room(&mut self, pack: &Pack, spec: &pack::Check, entries: usize, complaints: &mut Complaints) -> bool {
        self.expanded = self.expanded.saturating_add(size(&pack.document, spec.node).saturating_mul(entries));
        if self.expanded <= MAX_EXPANDED && self.checks.len().saturating_add(entries) <= MAX_CHECKS {
            return true;
        }
        let place = pack.document.get(spec.node, "for_each").unwrap_or(spec.id_node);
        let message = format!("with {} of this there is more to check than one run can have", count(entries, "entry"));
        let complaint = Complaint::error("E0119", &pack.document.source, pack.document.span(place), message);
        complaints.push(complaint.help(FEWER));
        false
    }

    fn add(
        &mut self,
        number: usize,
        index: usize,
        pack: &'a Arc<Pack>,
        names: Names,
        first: bool,
        complaints: &mut Complaints,
    ) {
        let spec = &pack.checks[index];
        let mut reader = Reader::new(&pack.document, &names, complaints);
        let Some(keys) = CheckKeys::read_keys(&Given::node(spec.node), &mut reader, true) else { return };
        let level = keys.level.or(defaults(pack).and_then(|defaults| defaults.level)).unwrap_or(Level::Error);
        let outcomes = self.outcomes(number, spec, pack, level, &mut reader);
        let target = (spec.probe.read)(&Given::node(spec.target), &mut reader);
        let retry = read_retry(pack, spec.node, &keys, &mut reader);
        if first {
            texts::check(Some(spec.probe.facts), &keys, outcomes.as_deref(), &names, &mut reader);
        }
        let when = keys.when.and_then(|when| read_when(when.0, &mut reader));
        let needs = needs(pack, spec.node, &keys);
        let priority =
            keys.priority.or(defaults(pack).and_then(|defaults| defaults.priority)).unwrap_or(DEFAULT_PRIORITY);
        let tags = tags(pack, &keys);
        let id: Box<str> = match &names.item {
            Some(item) => format!("{}[{}]", spec.id, item.key).into(),
            None => spec.id.clone(),
        };
        let asked = self.wishes.selection.takes(&pack.id, &spec.id, &id, level, priority, &tags);
        let check = self.checks.len();
        let look = target.zip(outcomes.as_ref()).and_then(|(target, outcomes)| {
            let timeout = self.timeout(pack, &keys);
            let retry = retry?;
            let mut wanted = outcomes.wanted(spec.probe.facts);
            // an expression over all facts may do without some
            if first
                && wanted != WantedBits::ALL
                && let Err(message) = (spec.probe.check_wanted)(&*target, wanted)
            {
                return reader.complain("E0110", pack.document.span(spec.target), message, None);
            }
            wanted.0 |= self.shown(number, index, || texts::wanted(spec, &keys, outcomes, &pack.document)).0;
            Some(self.looks.add(spec.probe, target, wanted, timeout, retry.map(Box::new), check))
        });
        self.links.push((needs, when));
        self.checks.push(Check {
            pack: number,
            spec: index,
            id,
            names,
            level,
            priority,
            tier: priority,
            needs: Vec::new(),
            when: None,
            enabled: keys.enabled,
            selected: if asked { Selected::Asked } else { Selected::No },
            look,
            outcomes,
            waiver: None,
        });
    }

    fn outcomes(
        &mut self,
        number: usize,
        spec: &pack::Check,
        pack: &'a Arc<Pack>,
        level: Level,
        reader: &mut Reader,
    ) -> Option<Arc<Outcomes>> {
        let document = &pack.document;
        match (document.get(spec.node, "expect"), document.entry(spec.node, "outcomes")) {
            (Some(_), Some(entry)) => reader.complain(
                "E0114",
                entry.key_span,
                "a check has `expect` or `outcomes`, not both",
                Some("move what `expect` says into `- ok: …`".into()),
            ),
            (Some(expect), None) => {
                let text = document.source.slice(document.span(expect));
                // what `${…}` and aliases stand for is not in their text
                let key = (!text.contains(['$', '*', '&'])).then_some((number, spec.probe.name, level, text));
                if let Some(shared) = key.and_then(|key| self.shared.get(&key)) {
                    return Some(shared.clone());
                }
                let outcomes = Outcomes::expect(expect, spec.probe, level, document, reader).map(Arc::new)?;
                self.shared.extend(key.map(|key| (key, outcomes.clone())));
                Some(outcomes)
            }
            (None, Some(entry)) => Outcomes::read(entry.value, spec.probe, document, reader).map(Arc::new),
            (None, None) => self
                .defaults
                .entry((spec.probe.name, level))
                .or_insert_with(|| default_outcomes(spec.probe, level, reader.complaints))
                .clone(),
        }
    }

    fn shown(&mut self, pack: usize, check: usize, read: impl FnOnce() -> WantedBits) -> WantedBits {
        match self.shown {
            Some((known, wanted)) if known == (pack, check) => wanted,
            _ => self.shown.insert(((pack, check), read())).1,
        }
    }

    fn timeout(&self, pack: &Pack, keys: &CheckKeys) -> Duration {
        let asked = keys.timeout.or(defaults(pack).and_then(|defaults| defaults.timeout)).unwrap_or(DEFAULT_TIMEOUT);
        self.wishes.timeout_limit.map_or(asked, |limit| asked.min(limit)).min(LONGEST_TIMEOUT)
    }

    /// Links names of checks to checks; complains about names that nothing has.
    pub fn finish(mut self, packs: &[Arc<Pack>], complaints: &mut Complaints) -> (Vec<Check>, Vec<Look>) {
        if !self.loose.is_empty() || self.links.iter().any(|(needs, when)| !needs.is_empty() || when.is_some()) {
            let index = super::order::Index::new(packs, &self.checks);
            for (pack, names, (needs, when)) in std::mem::take(&mut self.loose) {
                let document = &packs[pack].document;
                index.needs(pack, document, needs, complaints);
                when.map(|(node, expression)| index.when(pack, document, node, expression, &names, complaints));
            }
            let mut linked = 0;
            for (number, (needs, when)) in std::mem::take(&mut self.links).into_iter().enumerate() {
                let pack = self.checks[number].pack;
                let needs = index.needs(pack, &packs[pack].document, needs, complaints);
                let when = when.and_then(|(node, expression)| {
                    index.when(pack, &packs[pack].document, node, expression, &self.checks[number].names, complaints)
                });
                let check = &mut self.checks[number];
                (check.needs, check.when) = (needs, when);
                linked += check.waits_for().count();
                if linked > MAX_LINKS {
                    too_many_links(&packs[pack], check, complaints);
                    break;
                }
            }
        }
        (self.checks, self.looks.list)
    }
}

const FEWER: &str =
    "use a shorter list, hold a whole list against one check with `every` or `only`, or split the packs";

/// How much is written under a node, aliases followed: values and pieces of 16 bytes of text.
fn size(document: &Document, node: NodeId) -> usize {
    match document.kind(node) {
        yaml::Kind::Text(text) => 1 + text.len() / 16,
        yaml::Kind::Sequence(items) => 1 + items.iter().map(|item| size(document, *item)).sum::<usize>(),
        yaml::Kind::Mapping(entries) => 1 + entries.iter().map(|entry| size(document, entry.value)).sum::<usize>(),
        _ => 1,
    }
}

fn too_many_links(pack: &Pack, check: &Check, complaints: &mut Complaints) {
    let spec = &pack.checks[check.spec];
    let place = pack.document.get(spec.node, "needs").or_else(|| pack.document.get(spec.node, "when"));
    let span = pack.document.span(place.unwrap_or(spec.id_node));
    let message = "up to here the checks name each other more than 10,000,000 times";
    complaints.push(Complaint::error("E0119", &pack.document.source, span, message).help(FEWER));
}

fn defaults(pack: &Pack) -> Option<&pack::Defaults> {
    pack.keys.defaults.as_ref()
}

fn tags(pack: &Pack, keys: &CheckKeys) -> Vec<String> {
    let own = keys.tags.iter().flat_map(|tags| tags.0.iter());
    defaults(pack)
        .and_then(|defaults| defaults.tags.as_ref())
        .iter()
        .flat_map(|tags| tags.0.iter())
        .chain(own)
        .cloned()
        .collect()
}

/// The names in `needs`, with their places.
fn needs(pack: &Pack, node: NodeId, keys: &CheckKeys) -> Vec<(NodeId, String)> {
    let Some((place, names)) = pack.document.get(node, "needs").zip(keys.needs.as_ref()) else { return Vec::new() };
    let nodes = pack.document.items(place);
    names.0.iter().enumerate().map(|(index, name)| (nodes.get(index).copied().unwrap_or(place), name.clone())).collect()
}

fn read_when(node: NodeId, reader: &mut Reader) -> Option<(NodeId, Expression)> {
    match Expression::parse(reader.document.text(node).unwrap_or_default()) {
        Ok(expression) => Some((node, expression)),
        Err(error) => reader.complain_in("E0302", node, error),
    }
}

/// The retry of a check; the outer `None` is a complaint made.
fn read_retry(pack: &Pack, node: NodeId, keys: &CheckKeys, reader: &mut Reader) -> Option<Option<Retry>> {
    let Some(retry) = keys.retry.clone().or_else(|| defaults(pack).and_then(|defaults| defaults.retry.clone())) else {
        return Some(None);
    };
    let span = pack.document.span(pack.document.get(node, "retry").unwrap_or(node));
    let problem = match (retry.attempts, retry.r#for, retry.every) {
        (Some(_), Some(_), _) => Some("`retry` counts `attempts` or waits `for` a time, not both"),
        (None, None, _) => Some("`retry` needs `attempts` or `for`"),
        (Some(0), ..) | (Some(1001..), ..) => Some("`attempts` must be from 1 to 1000"),
        (_, None, Some(_)) => Some("`every` belongs to `for`; with `attempts` write `delay`"),
        _ if !(1..=10).contains(&retry.backoff) => Some("`backoff` must be from 1 to 10"),
        _ => None,
    };
    match problem {
        Some(problem) => reader.complain(
            "E0115",
            span,
            problem,
            Some("write `{ attempts: 3, delay: 2s }` or `{ for: 30s, every: 1s }`".into()),
        ),
        None => Some(Some(retry)),
    }
}

/// The default expectation of a probe; it stands in a document of its own.
fn default_outcomes(probe: &'static Entry, level: Level, complaints: &mut Complaints) -> Option<Arc<Outcomes>> {
    let source = Arc::new(Source::new(format!("default of `{}`", probe.name), probe.default));
    let document = Arc::new(yaml::parse(source, complaints)?);
    let mut reader = Reader::new(&document, &NoNames, complaints);
    let root = document.root();
    match (document.get(root, "expect"), document.get(root, "outcomes")) {
        (Some(expect), _) => Outcomes::expect(expect, probe, level, &document, &mut reader),
        (_, Some(outcomes)) => Outcomes::read(outcomes, probe, &document, &mut reader),
        _ => None,
    }
    .map(Arc::new)
}

/// The entries of a `for_each`.
fn entries(node: NodeId, pack: &Pack, names: &Names, complaints: &mut Complaints) -> Vec<Item> {
    let mut reader = Reader::new(&pack.document, names, complaints);
    let before = reader.complaints.len();
    let items: Vec<Item> = match reader.json(&Given::node(node)) {
        Some(Json::Array(list)) => list
            .into_iter()
            .enumerate()
            .map(|(index, value)| Item { key: key_of(&value, index), value, index })
            .collect(),
        Some(Json::Object(map)) => {
            map.into_iter().enumerate().map(|(index, (key, value))| Item { key, value, index }).collect()
        }
        Some(other) => {
            reader.complain::<()>(
                "E0103",
                pack.document.span(node),
                format!("`for_each` takes a list or a map, found {other}"),
                Some("write `[…, …]`, or a `${…}` that gives a list or map".into()),
            );
            return Vec::new();
        }
        None if reader.complaints.len() > before => return Vec::new(),
        None => return vec![Item { key: PENDING.into(), value: Json::Null, index: 0 }],
    };
    if items.is_empty() {
        no_entries(node, &mut reader);
    }
    let mut seen = std::collections::HashSet::new();
    for item in &items {
        if !seen.insert(&item.key) {
            reader.complain::<()>(
                "E0113",
                pack.document.span(node),
                format!("`for_each` has the entry `{}` twice", item.key),
                Some("each entry makes one check, named by it".into()),
            );
        }
    }
    items
}

/// Written so in the file it is a slip; a list that somebody gave may well be empty, but is worth a word.
fn no_entries(node: NodeId, reader: &mut Reader) {
    let span = reader.document.span(node);
    let message = "`for_each` has no entry: there is nothing to check";
    if reader.document.text(node).is_some() {
        reader.warn("E0118", span, message, Some("give the list or map at least one entry".into()));
    } else {
        let help = "name at least one, or write `enabled: false`, which the report shows";
        reader.complain::<()>("E0118", span, message, Some(help.into()));
    }
}

/// Entries of a list are named by their text, or by the `name` or `id` they carry.
fn key_of(value: &Json, index: usize) -> String {
    match value {
        Json::String(text) => text.clone(),
        Json::Number(number) => number.to_string(),
        Json::Object(map) => ["name", "id", "key"]
            .iter()
            .find_map(|key| map.get(*key)?.as_str())
            .map_or_else(|| index.to_string(), str::to_string),
        _ => index.to_string(),
    }
}

fn required_engine(pack: &Pack, complaints: &mut Complaints) {
    let Some(range) = &pack.keys.requires else { return };
    let document = &pack.document;
    let node = document.get(document.root(), "requires").unwrap_or(document.root());
    let own = env!("CARGO_PKG_VERSION");
    match Range::parse(range) {
        Ok(range) if Version::parse(own).is_some_and(|version| range.contains(&version)) => {}
        Ok(_) => complaints.push(
            Complaint::error(
                "E0402",
                &document.source,
                document.span(node),
                format!("the pack needs engine {range}, this is {own}"),
            )
            .help("install a version of the engine that the pack understands"),
        ),
        Err(error) => {
            Reader::new(document, &NoNames, complaints).complain_in::<()>(
                "E0205",
                node,
                TextError { range: error.span, message: error.message, help: error.help },
            );
        }
    }
}

//! Recordings: what one run saw, as YAML that people can read, write and change.
//!
//! Facts are cleaned of secrets before they are judged, so a recording holds none either. Judging a
//! recording takes everything from it: facts, time, host, labels, the values that the caller gave.
//! Deliberately absent: reading and writing files, which `command/` does.

pub mod case;
pub mod compare;
pub mod coverage;
pub mod expected;
pub mod facts;
pub mod look;
pub mod mutate;
pub mod recorder;
pub mod replay;
pub mod show;
pub mod trial;
mod yaml;

pub use yaml::write;

use crate::described;
use crate::fact::Moment;
use crate::plan::Plan;
use crate::plan::names::Surroundings;
use crate::spec::diagnostic::Complaints;
use crate::spec::given::{FromGiven, Given, Literal, Reader, View};
use crate::spec::pack::{Node, Pack};
use crate::spec::yaml::Document;
use look::RecordedLook;
use serde_json::{Map, Value as Json, json};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

/// The version of the format; it changes when a reader would have to.
pub const FORMAT: u32 = 1;
/// Stands for the value of a secret input, so that what was seen of it and what is expected agree.
const HIDDEN: &str = crate::fact::HIDDEN;

described! {
    /// A pack that was judged.
    pub struct RecordedPack {
        /// Its id.
        id: String,
        /// Its version.
        version: Option<String>,
    }
}

described! {
    /// What one run saw. Written by `engine run --record`, or by hand; read by `engine judge`, `engine diff` and
    /// `engine test`.
    pub struct RecordingKeys {
        /// The version of the format: `1`.
        recording: u32,
        /// The version of the engine that wrote it. Leave it out in a recording written by hand.
        engine: Option<String>,
        /// When the run began. Looks that give no time of their own were made then.
        recorded_at: Moment,
        /// How long the run took.
        elapsed: Option<Duration>,
        /// The mode of the run.
        mode: Option<String>,
        /// Why the run ended before its end.
        ended_early: Option<String>,
        /// What `host` is in conditions and texts.
        host: Option<Labels>,
        /// The labels of `--context`.
        context: Option<Labels>,
        /// The environment variables that packs name; `null` was not set.
        env: Option<Labels>,
        /// The variables and inputs that the caller gave.
        vars: Option<Labels>,
        /// Secret inputs that had a value, which is not kept.
        hidden: Option<Vec<String>>,
        /// The packs that were judged.
        packs: Option<Vec<RecordedPack>>,
        /// What was looked at and what was seen.
        looks: Vec<Node>,
        /// What the checks answered then. Only compared; judging starts from what was seen.
        verdicts: Option<Labels>,
        /// The last line of what the engine writes; a recording that lacks it was cut off.
        complete: Option<bool>,
    }
}

/// A map of names and values.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Labels(pub Map<String, Json>);

impl FromGiven for Labels {
    fn schema() -> Json {
        json!({ "type": "object" })
    }
    fn read(given: &Given, reader: &mut Reader) -> Option<Self> {
        match reader.view(given) {
            View::Map(_) => match reader.json(given)? {
                Json::Object(map) => Some(Labels(map)),
                _ => None,
            },
            _ => reader.wrong_type(given, "a map (name: value)"),
        }
    }
}

/// A recording as it was read; its looks are read when the plan says what they are about.
pub struct Recording {
    pub document: Arc<Document>,
    pub keys: RecordingKeys,
}

impl Recording {
    /// Reads everything but the looks.
    pub fn read(document: Arc<Document>, complaints: &mut Complaints) -> Option<Recording> {
        let mut reader = Reader::new(&document, &Literal, complaints);
        let root = document.root();
        known_version(&mut reader)?;
        let keys: RecordingKeys = reader.read(root)?;
        if keys.engine.is_some() && keys.complete != Some(true) {
            let end = document.source.text.len() as u32;
            let span = crate::spec::source::Span::new(end.saturating_sub(1), end);
            return reader.complain(
                "E0502",
                span,
                "the recording ends before its last line, `complete: true`",
                Some("copy the whole file again; in a recording that you write by hand leave out `engine`".into()),
            );
        }
        Some(Recording { document, keys })
    }

    /// The values that the caller gave then, as far as today's packs declare them.
    pub fn givens(&self, packs: &[Arc<Pack>]) -> (String, Map<String, Json>) {
        let declared: BTreeSet<&String> = packs
            .iter()
            .flat_map(|pack| {
                let vars = pack.keys.vars.iter().flat_map(|vars| vars.keys());
                vars.chain(pack.keys.inputs.iter().flat_map(|inputs| inputs.keys()))
            })
            .collect();
        let mut values = self.keys.vars.clone().unwrap_or_default().0;
        hide(self.keys.hidden.as_deref(), &mut values);
        values.retain(|name, _| declared.contains(name));
        (self.document.source.name.clone(), values)
    }

    /// What surrounded the run; `extra` are labels of today.
    pub fn surroundings(&self, extra: &Map<String, Json>) -> Surroundings {
        let mut context = self.keys.context.clone().unwrap_or_default().0;
        context.extend(extra.clone());
        let host = self.keys.host.clone().map_or(Json::Null, |host| Json::Object(host.0));
        Surroundings::recorded(environment(self.keys.env.as_ref()), context, host)
    }

    /// Reads the looks and complains if they are about other packs.
    pub fn looks(&self, plan: &Plan, complaints: &mut Complaints) -> Option<Vec<RecordedLook>> {
        let looks = look::read_all(&self.keys.looks, &self.document, plan, None, complaints)?;
        let names: BTreeSet<String> = (0..plan.checks.len()).map(|check| plan.name(check)).collect();
        let known = looks.iter().any(|look| look.names.iter().any(|name| names.contains(name)));
        if !known && !looks.is_empty() {
            self.of_other_packs(plan, complaints);
            return None;
        }
        Some(looks)
    }

    fn of_other_packs(&self, plan: &Plan, complaints: &mut Complaints) {
        let document = &self.document;
        let place = document.get(document.root(), "packs").or(self.keys.looks.first().map(|look| look.0));
        let made_with: Vec<&str> = self.keys.packs.iter().flatten().map(|pack| pack.id.as_str()).collect();
        let made_with = if made_with.is_empty() { "other packs".into() } else { crate::prose::list(&made_with) };
        let judged: Vec<&str> = plan.packs.iter().map(|pack| pack.id.as_str()).collect();
        Reader::new(document, &Literal, complaints).complain::<()>(
            "E0504",
            document.span(place.unwrap_or(document.root())),
            format!(
                "the recording was made with {made_with}, which answers no check of {}",
                crate::prose::list(&judged)
            ),
            Some("give the packs of the recording as paths".into()),
        );
    }
}

/// Puts the stand-in where secret inputs had values.
pub fn hide(names: Option<&[String]>, values: &mut Map<String, Json>) {
    for name in names.unwrap_or_default() {
        values.insert(name.clone(), HIDDEN.into());
    }
}

/// The environment of a recording; variables that were not set are left out.
pub fn environment(env: Option<&Labels>) -> BTreeMap<String, String> {
    let text = |value: &Json| match value {
        Json::Null => None,
        Json::String(text) => Some(text.clone()),
        other => Some(other.to_string()),
    };
    env.iter().flat_map(|env| &env.0).filter_map(|(name, value)| Some((name.clone(), text(value)?))).collect()
}

/// The version comes first: another one is declined before anything else is complained of.
fn known_version(reader: &mut Reader) -> Option<()> {
    let document = reader.document;
    let root = document.root();
    match document.get(root, "recording").map(|node| (node, document.kind(node))) {
        Some((_, crate::spec::yaml::Kind::Integer(version))) if version == i64::from(FORMAT) => Some(()),
        Some((node, crate::spec::yaml::Kind::Integer(version))) => reader.complain(
            "E0501",
            document.span(node),
            format!("this is a recording of format {version}; this engine reads format {FORMAT}"),
            Some("judge it with the engine that wrote it, or with a newer one".into()),
        ),
        Some((node, _)) => reader.wrong_type(&Given::node(node), "the version of the format (`1`)"),
        None => reader.complain(
            "E0501",
            document.span(root),
            "this is no recording: it does not begin with `recording: 1`",
            Some("`engine run --record FILE` writes one".into()),
        ),
    }
}

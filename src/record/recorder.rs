//! Records a run while it goes on: listens to what is seen and answered, and makes a recording of it.

use super::FORMAT;
use super::facts::{Written, write_bytes, write_duration};
use crate::fact::{Fact, Moment, Value, Values};
use crate::judge::verdict::{Summary, Verdict};
use crate::observe::redact::Redactor;
use crate::plan::names::Surroundings;
use crate::plan::{Look, Plan};
use crate::probe::Seen;
use crate::run::{Listener, Observation};
use serde_json::{Map, Value as Json, json};
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;

/// Bytes of a text that are kept whole; of a longer one its head and tail.
const TEXT_LIMIT: usize = 64 << 10;
/// Bytes of a list, map or document that are kept; a part of one could not be judged.
const LIST_LIMIT: usize = 512 << 10;
/// Bytes of all facts after which only little of each is kept, so that the recording stays readable.
const TOTAL_LIMIT: usize = 8 << 20;
/// What is kept of one fact after that.
const LITTLE: usize = 1 << 10;

/// Listens to a run.
pub struct Recorder {
    looks: BTreeMap<usize, Json>,
    verdicts: Map<String, Json>,
    redactor: Redactor,
    kept: usize,
}

/// What a recording says of its run as a whole.
pub struct About<'a> {
    pub surroundings: &'a Surroundings,
    pub mode: &'a str,
    pub recorded_at: Moment,
    pub summary: &'a Summary,
}

impl Recorder {
    pub fn new(plan: &Plan) -> Recorder {
        let redactor = Redactor::new(&plan.secrets);
        Recorder { looks: BTreeMap::new(), verdicts: Map::new(), redactor, kept: 0 }
    }

    /// The recording.
    pub fn finish(self, plan: &Plan, about: &About) -> Json {
        let mut out = Map::new();
        out.insert("recording".into(), FORMAT.into());
        out.insert("engine".into(), env!("CARGO_PKG_VERSION").into());
        out.insert("recorded_at".into(), json!(about.recorded_at));
        out.insert("elapsed".into(), write_duration(about.summary.elapsed).into());
        out.insert("mode".into(), about.mode.into());
        if let Some(reason) = &about.summary.ended_early {
            out.insert("ended_early".into(), reason.as_str().into());
        }
        out.extend(self.surroundings(plan, about.surroundings));
        let packs = plan.packs.iter().map(|pack| match &pack.keys.version {
            Some(version) => json!({ "id": pack.id, "version": version }),
            None => json!({ "id": pack.id }),
        });
        out.insert("packs".into(), packs.collect());
        out.insert("looks".into(), self.looks.into_values().collect());
        out.insert("verdicts".into(), Json::Object(self.verdicts));
        out.insert("complete".into(), true.into());
        Json::Object(out)
    }

    /// The looks alone, for a case.
    pub fn looks(&self) -> Vec<Json> {
        self.looks.values().cloned().collect()
    }

    /// What the checks answered, by name.
    pub fn verdicts(&self) -> &Map<String, Json> {
        &self.verdicts
    }

    /// Host, labels, environment and given values, without secrets.
    pub fn surroundings(&self, plan: &Plan, surroundings: &Surroundings) -> Map<String, Json> {
        let env = surroundings.asked().into_iter().map(|name| {
            let value = surroundings.environment.get(&name).map_or(Json::Null, |value| value.as_str().into());
            (name, value)
        });
        let parts = [
            ("host", surroundings.host().clone()),
            ("context", Json::Object(surroundings.context.clone())),
            ("env", Json::Object(env.collect())),
            ("vars", Json::Object(plan.outside.values.clone())),
        ];
        let mut out = Map::new();
        for (name, mut value) in parts {
            if value.as_object().is_some_and(|map| !map.is_empty()) {
                self.redactor.redact_json(&mut value);
                out.insert(name.into(), value);
            }
        }
        if !plan.outside.hidden.is_empty() {
            out.insert("hidden".into(), json!(plan.outside.hidden));
        }
        out
    }

    fn look(&mut self, plan: &Plan, look: &Look, observation: &Observation) -> Json {
        let mut names: Vec<Json> =
            look.checks.iter().map(|check| self.redactor.clean(&plan.name(*check)).into()).collect();
        let mut out = Map::new();
        out.insert("check".into(), if names.len() == 1 { names.remove(0) } else { names.into() });
        out.insert("probe".into(), look.probe.name.into());
        out.insert("subject".into(), self.redactor.clean(&look.subject()).into());
        match &observation.seen {
            Seen::Present(values) => self.facts(values, &mut out),
            Seen::Absent(why) => drop(out.insert("absent".into(), why.as_str().into())),
            Seen::Refused(why) => drop(out.insert("refused".into(), why.as_str().into())),
            Seen::Unsupported(why) => drop(out.insert("unsupported".into(), why.as_str().into())),
        }
        out.insert("observed_at".into(), json!(observation.observed_at));
        if observation.attempts != 1 {
            out.insert("attempts".into(), observation.attempts.into());
        }
        out.insert("elapsed".into(), write_duration(observation.elapsed).into());
        Json::Object(out)
    }

    fn facts(&mut self, values: &Values, out: &mut Map<String, Json>) {
        let (mut written, mut cut) = (Written::default(), Map::new());
        for (name, fact) in &values.0 {
            written.add(name, fact);
            if let Some(json) = written.seen.remove(*name) {
                let (kept, whole) = bound(fact, json, self.kept >= TOTAL_LIMIT);
                if let Some(whole) = whole {
                    cut.insert((*name).into(), whole);
                }
                if let Some(kept) = kept {
                    self.keep(name, kept, &mut written);
                }
            }
        }
        out.insert("seen".into(), Json::Object(written.seen));
        if !written.lacking.is_empty() {
            out.insert("lacking".into(), json!(written.lacking));
        }
        for (key, map) in [("unknown", written.unknown), ("cut", cut)] {
            if !map.is_empty() {
                out.insert(key.into(), Json::Object(map));
            }
        }
    }

    /// Texts are clean already; a number that is a secret is left out.
    fn keep(&mut self, name: &str, json: Json, written: &mut Written) {
        let mut clean = json.clone();
        self.redactor.redact_json(&mut clean);
        if clean == json {
            self.kept += json.to_string().len();
            written.seen.insert(name.into(), json);
        } else {
            written.unknown.insert(name.into(), "it holds a secret".into());
        }
    }
}

impl Listener for Recorder {
    fn observed(&mut self, plan: &Plan, look: usize, observation: &Observation) {
        let json = self.look(plan, &plan.looks[look], observation);
        self.looks.insert(look, json);
    }

    fn verdict(&mut self, plan: &Plan, verdict: &Verdict) {
        let name = self.redactor.clean(&plan.name(verdict.check));
        self.verdicts.insert(name, verdict.answer.word().into());
    }
}

/// What is kept of a fact, and what is said of the whole if it is too large.
fn bound(fact: &Fact<Value>, json: Json, little: bool) -> (Option<Json>, Option<Json>) {
    let is_text = matches!(fact, Fact::Known(Value::Text(_)));
    let limit = match (little, is_text) {
        (true, _) => LITTLE,
        (false, true) => TEXT_LIMIT,
        (false, false) => LIST_LIMIT,
    };
    let whole = match &json {
        Json::String(text) => text.clone(),
        other => other.to_string(),
    };
    if whole.len() <= limit {
        return (Some(json), None);
    }
    let digest: String = Sha256::digest(whole.as_bytes()).iter().map(|byte| format!("{byte:02x}")).collect();
    let cut = json!({ "size": write_bytes(whole.len() as u64), "sha256": digest });
    let kept = is_text.then(|| head_and_tail(&whole, limit).into());
    (kept, Some(cut))
}

fn head_and_tail(text: &str, limit: usize) -> String {
    let boundary = |at: usize| (0..=at).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0);
    let (head, tail) = (boundary(limit / 2), boundary(text.len() - limit / 2));
    format!("{}\n[… {} left out …]\n{}", &text[..head], write_bytes((tail - head) as u64), &text[tail..])
}

//! The report for programs: one JSON document, described by `schemas/report.schema.json`.

use super::bounded::bound;
use super::{Heading, Report};
use crate::judge::evaluate::Failed;
use crate::judge::verdict::{Counts, Place, Scale, Summary, Verdict};
use crate::plan::Plan;
use crate::spec::yaml::NodeId;
use serde::Serialize;
use serde_json::{Map, Value as Json};
use std::collections::BTreeMap;

/// The version of the format; it changes when a reader would have to.
pub const FORMAT: u32 = 1;

/// One answered check.
#[derive(Debug, Serialize)]
pub struct CheckReport {
    /// `pack/id`.
    pub name: String,
    pub pack: String,
    pub id: String,
    pub title: String,
    pub answer: &'static str,
    /// What a broken expectation counts as: `info`, `warn` or `error`.
    pub level: &'static str,
    pub priority: i32,
    pub tags: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub why: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub owner: Option<String>,
    pub links: Vec<String>,
    pub controls: BTreeMap<String, Vec<String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub message: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub remedy: Option<String>,
    pub failed: Vec<Failed>,
    /// The kind of probe.
    pub probe: &'static str,
    /// What was looked at.
    pub subject: String,
    /// The facts that were seen: sizes in bytes, durations in seconds, percentages in hundredths.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub seen: Option<Json>,
    /// How many items of long lists and maps among the facts are not here, by the way to them.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub left_out: BTreeMap<String, usize>,
    pub attempts: u32,
    pub duration_seconds: f64,
    /// RFC 3339.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub observed_at: Option<String>,
    pub place: Place,
}

/// The run as a whole.
#[derive(Debug, Serialize)]
pub struct RunReport {
    /// `GO` or `NO-GO`.
    pub verdict: &'static str,
    pub blocking: bool,
    /// The status of each pack that has statuses.
    pub status: BTreeMap<String, String>,
    pub counts: Counts,
    pub checks_total: usize,
    pub not_selected: usize,
    pub duration_seconds: f64,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ended_early: Option<String>,
}

/// What the pack says of a check beside its expectation.
#[derive(Debug, Default)]
pub struct Details {
    pub owner: Option<String>,
    pub links: Vec<String>,
    pub tags: Vec<String>,
    pub controls: BTreeMap<String, Vec<String>>,
}

/// Reads the details of a check from its pack.
pub fn details(plan: &Plan, number: usize) -> Details {
    let check = &plan.checks[number];
    let pack = plan.pack(check);
    let document = &pack.document;
    let node = pack.checks[check.spec].node;
    let text = |node: NodeId| document.text(node).unwrap_or(document.spelling(node)).trim().to_string();
    let texts = |node: NodeId| match document.items(node) {
        [] => vec![text(node)],
        items => items.iter().map(|item| text(*item)).collect(),
    };
    let own = |key: &str| document.get(node, key);
    let defaults = pack.keys.defaults.as_ref();
    let mut tags: Vec<String> =
        defaults.and_then(|defaults| defaults.tags.as_ref()).map(|tags| tags.0.clone()).unwrap_or_default();
    tags.extend(own("tags").map(texts).unwrap_or_default());
    Details {
        owner: own("owner").map(text).or_else(|| defaults.and_then(|defaults| defaults.owner.clone())),
        links: own("links").map(texts).unwrap_or_default(),
        tags,
        controls: own("controls")
            .map(|map| {
                document
                    .entries(map)
                    .iter()
                    .map(|entry| (document.key(entry).to_string(), texts(entry.value)))
                    .collect()
            })
            .unwrap_or_default(),
    }
}

impl CheckReport {
    pub fn new(plan: &Plan, verdict: &Verdict) -> CheckReport {
        let check = &plan.checks[verdict.check];
        let details = details(plan, verdict.check);
        let mut seen = verdict.seen.clone();
        let left_out = seen.as_mut().map(bound).unwrap_or_default();
        CheckReport {
            name: plan.name(verdict.check),
            pack: plan.pack(check).id.clone(),
            id: check.id.to_string(),
            title: verdict.title.clone(),
            answer: verdict.answer.word(),
            level: check.level.word(),
            priority: check.priority,
            tags: details.tags,
            why: verdict.why.clone(),
            owner: details.owner,
            links: details.links,
            controls: details.controls,
            message: verdict.message.clone(),
            reason: verdict.reason.clone(),
            remedy: verdict.remedy.clone(),
            failed: verdict.failed.clone(),
            probe: plan.pack(check).checks[check.spec].probe.name,
            subject: verdict.subject.clone(),
            seen,
            left_out,
            attempts: verdict.attempts,
            duration_seconds: verdict.elapsed.as_secs_f64(),
            observed_at: verdict.observed_at.map(|moment| moment.to_string()),
            place: verdict.place.clone(),
        }
    }
}

/// The heading as JSON.
pub fn heading_json(plan: &Plan, heading: &Heading) -> Map<String, Json> {
    let map = |rows: &[(String, String)]| {
        Json::Object(rows.iter().map(|(name, value)| (name.clone(), value.as_str().into())).collect())
    };
    let packs = plan.packs.iter().map(|pack| serde_json::json!({ "id": pack.id, "title": pack.keys.title, "version": pack.keys.version, "file": pack.document.source.name }));
    let mut out = Map::new();
    out.insert("format".into(), FORMAT.into());
    out.insert("engine".into(), env!("CARGO_PKG_VERSION").into());
    out.insert("started_at".into(), heading.started_at.as_str().into());
    out.insert("host".into(), heading.host.as_str().into());
    out.insert("mode".into(), heading.mode.as_str().into());
    out.insert("context".into(), map(&heading.context));
    out.insert("header".into(), map(&heading.rows));
    out.insert("packs".into(), packs.collect());
    out
}

pub fn run_report(plan: &Plan, summary: &Summary, scale: &Scale) -> RunReport {
    RunReport {
        verdict: if summary.go { "GO" } else { "NO-GO" },
        blocking: scale.blocking,
        status: summary.statuses.iter().cloned().collect(),
        counts: summary.counts,
        checks_total: summary.counts.total(),
        not_selected: plan.left_out,
        duration_seconds: summary.elapsed.as_secs_f64(),
        ended_early: summary.ended_early.clone(),
    }
}

/// Collects everything, writes it at the end.
#[derive(Default)]
pub struct JsonReport {
    document: Map<String, Json>,
    checks: Vec<Json>,
}

impl Report for JsonReport {
    fn begin(&mut self, plan: &Plan, heading: &Heading) -> String {
        self.document = heading_json(plan, heading);
        String::new()
    }

    fn verdict(&mut self, plan: &Plan, verdict: &Verdict) -> String {
        self.checks.extend(serde_json::to_value(CheckReport::new(plan, verdict)).ok());
        String::new()
    }

    fn end(&mut self, plan: &Plan, summary: &Summary, scale: &Scale) -> String {
        self.document.insert("checks".into(), std::mem::take(&mut self.checks).into());
        self.document
            .insert("summary".into(), serde_json::to_value(run_report(plan, summary, scale)).unwrap_or_default());
        let mut text = serde_json::to_string_pretty(&self.document).unwrap_or_default();
        text.push('\n');
        text
    }
}

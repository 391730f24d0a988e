//! Reports: pure renderings of verdicts; every format hears the same events.

mod bounded;
pub mod human;
pub mod json;
pub mod jsonl;
pub mod junit;
pub mod paint;

use crate::choice;
use crate::judge::verdict::{Scale, Summary, Verdict};
use crate::plan::Plan;

choice! {
    /// The format of a report.
    pub enum Format {
        /// For people.
        Human = "human",
        /// One JSON document, described by `schemas/report.schema.json`.
        Json = "json",
        /// One JSON line per check, then one for the run.
        Jsonl = "jsonl",
        /// JUnit XML, for the test reports of CI systems.
        Junit = "junit",
    }
}

/// What a report knows of the run as a whole.
#[derive(Debug, Clone, Default)]
pub struct Heading {
    /// The rows of the configured header.
    pub rows: Vec<(String, String)>,
    pub mode: String,
    pub context: Vec<(String, String)>,
    pub host: String,
    /// RFC 3339.
    pub started_at: String,
}

/// How a report looks.
#[derive(Debug, Clone, Copy)]
pub struct Look {
    pub colour: bool,
    /// Columns.
    pub width: usize,
    pub quiet: bool,
    pub verbose: bool,
}

/// One format. Each call answers the text to write.
pub trait Report {
    fn begin(&mut self, plan: &Plan, heading: &Heading) -> String;
    fn verdict(&mut self, plan: &Plan, verdict: &Verdict) -> String;
    fn end(&mut self, plan: &Plan, summary: &Summary, scale: &Scale) -> String;
}

impl Format {
    /// Whether verdicts must carry all facts.
    pub fn keeps_facts(self) -> bool {
        matches!(self, Format::Json | Format::Jsonl)
    }

    pub fn report(self, look: Look) -> Box<dyn Report> {
        match self {
            Format::Human => Box::new(human::Human::new(look)),
            Format::Json => Box::new(json::JsonReport::default()),
            Format::Junit => Box::new(junit::Junit::default()),
            Format::Jsonl => Box::new(jsonl::JsonLines),
        }
    }
}

//! One JSON line per event, as it happens: `{"run": …}`, `{"check": …}` each, `{"summary": …}`.

use super::json::{CheckReport, heading_json, run_report};
use super::{Heading, Report};
use crate::judge::verdict::{Scale, Summary, Verdict};
use crate::plan::Plan;
use serde_json::json;

pub struct JsonLines;

impl Report for JsonLines {
    fn begin(&mut self, plan: &Plan, heading: &Heading) -> String {
        format!("{}\n", json!({ "run": heading_json(plan, heading) }))
    }

    fn verdict(&mut self, plan: &Plan, verdict: &Verdict) -> String {
        format!("{}\n", json!({ "check": CheckReport::new(plan, verdict) }))
    }

    fn end(&mut self, plan: &Plan, summary: &Summary, scale: &Scale) -> String {
        format!("{}\n", json!({ "summary": run_report(plan, summary, scale) }))
    }
}

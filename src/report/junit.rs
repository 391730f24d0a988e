//! JUnit XML: a suite per pack, a test per check. What counts as NO-GO is a failure.
//!
//! CI systems know passed, failed, broken and skipped; warnings below the fail level therefore pass,
//! with what was found as their output. The status of a pack is a property of its suite.

use super::{Heading, Report};
use crate::judge::evaluate::Failed;
use crate::judge::outcome::Answer;
use crate::judge::verdict::{Scale, Summary, Verdict};
use crate::plan::Plan;
use quick_junit::{NonSuccessKind, TestCase, TestCaseStatus, TestSuite};
use std::collections::BTreeMap;

/// Collects everything: only the end knows what fails.
#[derive(Default)]
pub struct Junit {
    verdicts: Vec<Verdict>,
}

impl Report for Junit {
    fn begin(&mut self, _: &Plan, _: &Heading) -> String {
        String::new()
    }

    fn verdict(&mut self, _: &Plan, verdict: &Verdict) -> String {
        self.verdicts.push(verdict.clone());
        String::new()
    }

    fn end(&mut self, plan: &Plan, summary: &Summary, scale: &Scale) -> String {
        let mut suites: BTreeMap<usize, TestSuite> = BTreeMap::new();
        for verdict in &self.verdicts {
            let pack = plan.checks[verdict.check].pack;
            let suite = suites.entry(pack).or_insert_with(|| TestSuite::new(plan.packs[pack].id.clone()));
            suite.add_test_case(test(plan, verdict, scale));
        }
        for (pack, word) in &summary.statuses {
            let named = |suite: &&mut TestSuite| suite.name.as_str() == pack;
            if let Some(suite) = suites.values_mut().find(named) {
                suite.add_property(("status", word.as_str()));
            }
        }
        let mut report = quick_junit::Report::new("engine");
        report.set_time(summary.elapsed);
        report.add_test_suites(suites.into_values());
        report.to_string().unwrap_or_default()
    }
}

fn test(plan: &Plan, verdict: &Verdict, scale: &Scale) -> TestCase {
    let check = &plan.checks[verdict.check];
    let fails = scale.fails(verdict.answer, check.level);
    let mut status = match verdict.answer {
        Answer::Skipped => TestCaseStatus::skipped(),
        Answer::Unknown if fails => TestCaseStatus::non_success(NonSuccessKind::Error),
        _ if fails => TestCaseStatus::non_success(NonSuccessKind::Failure),
        _ => TestCaseStatus::success(),
    };
    let text = details(verdict);
    if fails {
        status.set_type(verdict.answer.word()).set_message(first_line(verdict)).set_description(text.clone());
    } else if verdict.answer == Answer::Skipped {
        status.set_message(verdict.reason.clone().unwrap_or_default());
    }
    let mut test = TestCase::new(check.id.to_string(), status);
    test.set_classname(plan.pack(check).id.clone()).set_time(verdict.elapsed);
    if !fails && !matches!(verdict.answer, Answer::Ok | Answer::Skipped) {
        test.set_system_out(format!("{}: {}\n{text}", verdict.answer.word(), first_line(verdict)));
    }
    test
}

fn first_line(verdict: &Verdict) -> String {
    let first = verdict.message.as_deref().and_then(|message| message.lines().next());
    let text = first.map(str::to_string);
    let text = text.or_else(|| shown(verdict).next().map(Failed::to_string)).or_else(|| verdict.reason.clone());
    format!("{}: {}", verdict.title, text.unwrap_or_default())
}

/// What the report for people says under a check.
fn details(verdict: &Verdict) -> String {
    let mut lines: Vec<String> = verdict.message.iter().cloned().collect();
    lines.extend(shown(verdict).map(Failed::to_string));
    lines.extend(verdict.reason.clone());
    if !verdict.subject.is_empty() {
        lines.push(format!("looked at: {}", verdict.subject));
    }
    lines.extend(verdict.evidence.iter().map(|(name, text)| format!("{name}: {text}")));
    lines.extend(verdict.remedy.as_ref().map(|remedy| format!("what to do: {remedy}")));
    lines.push(format!("{}:{}:{}", verdict.place.file, verdict.place.line, verdict.place.column));
    lines.join("\n")
}

/// "It does not exist" says all about what was expected of its contents.
fn shown(verdict: &Verdict) -> impl Iterator<Item = &Failed> {
    verdict.failed.iter().filter(|_| !verdict.is_gone())
}

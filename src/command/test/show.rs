//! What `engine test` says: differences as diffs, a summary, JUnit.

use super::Results;
use crate::judge::outcome::Answer;
use crate::prose;
use crate::record::case::Case;
use crate::record::show::lines;
use crate::record::trial::{Difference, Trial};
use crate::report::paint::{Paint, harmless};
use quick_junit::{NonSuccessKind, Report, TestCase, TestCaseStatus, TestSuite};
use std::collections::BTreeMap;

/// The column of a diff.
const INDENT: usize = 9;

/// One case: nothing if it came out as it must, unless everything is asked for.
pub fn case(case: &Case, trial: &Trial, verbose: bool, paint: Paint) -> String {
    let sound = trial.differences.is_empty();
    if sound && !verbose {
        return String::new();
    }
    let word = if sound { paint.answer(Answer::Ok, "ok     ") } else { paint.answer(Answer::Error, "differs") };
    let file = paint.dim(&case.document.source.name);
    let mut out = format!(" {word} {}: {}  {file}\n", case.pack, harmless(case.keys.case.trim()));
    trial.differences.iter().for_each(|difference| out.push_str(&one(difference, paint)));
    out
}

fn one(difference: &Difference, paint: Paint) -> String {
    let check = if difference.check.is_empty() { "the pack" } else { &difference.check };
    let mut out = format!("{:INDENT$}{} {}\n", "", harmless(check), difference.what);
    out.push_str(&lines(&with_end(&difference.expected), &with_end(&difference.found), INDENT + 2, paint));
    for reason in &difference.because {
        out.push_str(&format!("{:1$}{2}\n", "", INDENT + 2, paint.dim(&harmless(reason))));
    }
    out
}

/// The last line of a text compares like every other.
fn with_end(text: &str) -> String {
    format!("{}\n", text.trim_end())
}

/// How many cases there are and how many differ.
pub fn summary(results: &Results, paint: Paint) -> String {
    let mut packs: Vec<&str> = results.list.iter().map(|(case, _)| case.pack.as_str()).collect();
    packs.dedup();
    let differ = results.list.iter().filter(|(_, trial)| !trial.differences.is_empty()).count();
    let verdict = match differ {
        0 => paint.answer(Answer::Ok, "as expected"),
        1 => paint.answer(Answer::Error, "1 differs"),
        number => paint.answer(Answer::Error, &format!("{number} differ")),
    };
    format!("{} of {}: {verdict}\n", prose::count(results.list.len(), "case"), prose::count(packs.len(), "pack"))
}

/// A suite per pack, a test per case.
pub fn junit(results: &Results) -> String {
    let mut suites: BTreeMap<&str, TestSuite> = BTreeMap::new();
    for (case, trial) in &results.list {
        let suite = suites.entry(&case.pack).or_insert_with(|| TestSuite::new(case.pack.clone()));
        let mut status = TestCaseStatus::success();
        if !trial.differences.is_empty() {
            status = TestCaseStatus::non_success(NonSuccessKind::Failure);
            let checks: Vec<&str> = trial.differences.iter().map(|difference| difference.check.as_str()).collect();
            status.set_message(format!("differs: {}", prose::list(&checks)));
            status
                .set_description(trial.differences.iter().map(|one_of| one(one_of, Paint(false))).collect::<String>());
        }
        let mut test = TestCase::new(case.keys.case.trim(), status);
        test.set_classname(format!("{}.{}", case.pack, case.stem));
        suite.add_test_case(test);
    }
    let mut report = Report::new("engine test");
    report.add_test_suites(suites.into_values());
    report.to_string().unwrap_or_default()
}

//! What the cases of a pack have seen of its checks: a rule that no case saw fail may be unable to fail.

use super::expected::base_name;
use super::trial::Trial;
use crate::judge::outcome::{Answer, Outcome, Outcomes};
use std::collections::{BTreeMap, BTreeSet};

/// Characters of a condition that are shown.
const SHOWN: usize = 60;

/// What was seen of every check, entries of a `for_each` taken together.
#[derive(Default)]
pub struct Coverage(BTreeMap<String, Met>);

#[derive(Default)]
struct Met {
    /// What a case does that reaches each outcome, in the order of the check.
    outcomes: Vec<String>,
    reached: BTreeSet<usize>,
    failed: bool,
}

/// What no case saw.
pub struct Gap {
    pub check: String,
    pub what: String,
    /// No case saw the check fail.
    pub never_failed: bool,
}

impl Coverage {
    /// Adds what a case has seen of the checks of its pack.
    pub fn add(&mut self, pack: &str, trial: &Trial) {
        let plan = &trial.plan;
        for spec in plan.packs.iter().filter(|known| known.id == pack).flat_map(|known| &known.checks) {
            self.0.entry(format!("{pack}/{}", spec.id)).or_default();
        }
        for verdict in &trial.verdicts {
            let check = &plan.checks[verdict.check];
            let Some(met) = self.0.get_mut(&base_name(plan, verdict.check)) else { continue };
            if met.outcomes.is_empty() {
                met.outcomes = check.outcomes.as_deref().map(words).unwrap_or_default();
            }
            met.reached.extend(verdict.outcome);
            met.failed |= matches!(verdict.answer, Answer::Info | Answer::Warn | Answer::Error);
        }
    }

    /// What no case saw, by check.
    pub fn gaps(&self) -> Vec<Gap> {
        self.0.iter().flat_map(|(check, met)| met.gaps(check)).collect()
    }

    pub fn checks(&self) -> usize {
        self.0.len()
    }
}

impl Met {
    fn gaps(&self, check: &str) -> Vec<Gap> {
        let gap = |what: String, never_failed: bool| Gap { check: check.into(), what, never_failed };
        if self.outcomes.is_empty() {
            return vec![gap("no case has it".into(), true)];
        }
        let mut gaps: Vec<Gap> = Vec::new();
        if !self.failed {
            gaps.push(gap("no case saw it fail".into(), true));
        }
        let unreached = (0..self.outcomes.len()).filter(|number| !self.reached.contains(number));
        // with `expect` the second outcome is the failure that was named above
        let named = |number: &usize| !self.failed && self.outcomes.len() == 2 && *number == 1;
        gaps.extend(
            unreached
                .filter(|number| !named(number))
                .map(|number| gap(format!("no case {}", self.outcomes[number]), false)),
        );
        gaps
    }
}

/// `expect` holds or fails; the outcomes of a list are named in the author's words.
fn words(outcomes: &Outcomes) -> Vec<String> {
    let document = &outcomes.document;
    let one = |outcome: &Outcome| match document.get(outcome.node, outcome.answer.word()) {
        Some(condition) => {
            let words = document.spelling(condition).split_whitespace().collect::<Vec<_>>().join(" ");
            format!("reached `{}: {}`", outcome.answer.word(), shorten(&words))
        }
        None if outcome.condition.is_some() => "saw it hold".into(),
        None => "saw it fail".into(),
    };
    outcomes.list.iter().map(one).collect()
}

fn shorten(words: &str) -> String {
    match words.char_indices().nth(SHOWN) {
        Some((cut, _)) => format!("{}…", &words[..cut]),
        None => words.to_string(),
    }
}

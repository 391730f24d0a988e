//! Changes what was seen, fact by fact, and names expectations whose answer never changes: rules that cannot fail.
//!
//! Only judging is repeated, on data. Guessing is bounded: beside values near the recorded one, those that
//! the expectation itself speaks of are tried, so that `no_line: { contains: ERROR }` meets a line with ERROR.

mod hints;
mod variants;

use super::expected::base_name;
use super::replay::Replay;
use super::trial::Trial;
use crate::fact::{Fact, Moment, Values, WantedBits};
use crate::judge::outcome::{Answer, Outcomes};
use crate::probe::Seen;
use std::collections::BTreeMap;
use std::time::Duration;

/// Which facts of which checks made a difference, entries of a `for_each` taken together.
#[derive(Default)]
pub struct Mutations {
    /// Check and fact; the fact is empty for the thing itself.
    tried: BTreeMap<(String, &'static str), bool>,
}

impl Mutations {
    /// Changes everything that the checks of a case read.
    pub fn add(&mut self, pack: &str, trial: &Trial, recorded_at: Moment) {
        let plan = &trial.plan;
        let replay = Replay::new(plan, &trial.looks, recorded_at, Duration::ZERO);
        for verdict in trial.verdicts.iter().filter(|verdict| verdict.answer != Answer::Skipped) {
            let check = &plan.checks[verdict.check];
            let (Some(outcomes), Some(look)) = (&check.outcomes, check.look) else { continue };
            if plan.pack(check).id != pack {
                continue;
            }
            let observation = replay.observation(look);
            if let Seen::Present(values) = &observation.seen {
                let check = base_name(plan, verdict.check);
                let attempt = Attempt { outcomes, values, at: observation.observed_at };
                self.one(check, &attempt, outcomes.wanted(plan.looks[look].probe.facts));
            }
        }
    }

    fn one(&mut self, check: String, attempt: &Attempt, wanted: WantedBits) {
        let absent = attempt.differs(&Seen::Absent("it was taken away".into()));
        *self.tried.entry((check.clone(), "")).or_default() |= absent;
        // a condition over all facts does not say which it reads
        let all = wanted == WantedBits::ALL;
        for (index, (name, fact)) in attempt.values.0.iter().enumerate() {
            let Some(differs) = (if wanted.has(index) { attempt.try_fact(name, fact) } else { None }) else { continue };
            *self.tried.entry((check.clone(), "")).or_default() |= differs;
            if !all {
                *self.tried.entry((check.clone(), name)).or_default() |= differs;
            }
        }
    }

    /// The checks and facts that never made a difference; a check that nothing changes stands alone.
    pub fn unmoved(&self) -> Vec<(String, Option<&'static str>)> {
        let still = self.tried.iter().filter(|(_, moved)| !**moved).map(|(key, _)| key);
        still
            .filter(|(check, fact)| fact.is_empty() || self.tried.get(&(check.clone(), "")) == Some(&true))
            .map(|(check, fact)| (check.clone(), (!fact.is_empty()).then_some(*fact)))
            .collect()
    }

    /// How many expectations were tried.
    pub fn tried(&self) -> usize {
        self.tried.len()
    }
}

struct Attempt<'a> {
    outcomes: &'a Outcomes,
    values: &'a Values,
    at: Moment,
}

impl Attempt<'_> {
    fn differs(&self, seen: &Seen<Values>) -> bool {
        let before = self.outcomes.judge(&Seen::Present(self.values.clone()), self.at);
        let after = self.outcomes.judge(seen, self.at);
        (before.answer, before.outcome) != (after.answer, after.outcome)
    }

    /// Whether any change of the fact makes a difference; `None` if its value was not seen.
    fn try_fact(&self, name: &str, fact: &Fact<crate::fact::Value>) -> Option<bool> {
        let conditions = || self.outcomes.list.iter().filter_map(|outcome| outcome.condition.as_ref());
        let hints = hints::of(conditions(), name);
        let mut changed: Vec<Fact<crate::fact::Value>> = match fact {
            Fact::Known(value) => variants::of(value, &hints.values).into_iter().map(Fact::Known).collect(),
            Fact::Absent => hints.values.iter().cloned().map(Fact::Known).collect(),
            _ => return None,
        };
        // absence breaks almost every matcher, so it tells something only where absence is asked for
        if hints.asks_presence && *fact != Fact::Absent {
            changed.push(Fact::Absent);
        }
        Some(changed.into_iter().any(|fact| {
            let mut values = self.values.clone();
            values.0.iter_mut().filter(|(known, _)| *known == name).for_each(|(_, slot)| *slot = fact.clone());
            self.differs(&Seen::Present(values))
        }))
    }
}

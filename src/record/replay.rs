//! Replay: answers every look from a recording. Nothing is looked at, and the time is the recording's.

use super::look::RecordedLook;
use crate::fact::{Fact, Moment, Values};
use crate::observe::redact::Redactor;
use crate::plan::{Look, Plan};
use crate::probe::Seen;
use crate::run::{News, Observation, Observer};
use std::collections::{HashMap, VecDeque};
use std::time::Duration;

/// What a look is answered with that the recording lacks.
pub const NOT_RECORDED: &str = "not recorded";

/// An observer that looks at nothing.
pub struct Replay<'a> {
    plan: &'a Plan,
    recorded: HashMap<&'a str, &'a RecordedLook>,
    recorded_at: Moment,
    elapsed: Duration,
    redactor: Redactor,
    asked: VecDeque<usize>,
}

impl<'a> Replay<'a> {
    /// Later looks hide earlier ones of the same check. `elapsed` is how long the recorded run took.
    pub fn new(
        plan: &'a Plan,
        looks: impl IntoIterator<Item = &'a RecordedLook>,
        recorded_at: Moment,
        elapsed: Duration,
    ) -> Replay<'a> {
        let recorded =
            looks.into_iter().flat_map(|look| look.names.iter().map(move |name| (name.as_str(), look))).collect();
        Replay { plan, recorded, recorded_at, elapsed, redactor: Redactor::new(&plan.secrets), asked: VecDeque::new() }
    }

    /// What the recording says of a look, by its place in `Plan::looks`.
    pub fn observation(&self, look: usize) -> Observation {
        let planned = &self.plan.looks[look];
        let found = planned.checks.iter().find_map(|check| self.recorded.get(self.plan.name(*check).as_str()));
        let not_recorded = |why: String| Observation {
            seen: Seen::Refused(why),
            observed_at: self.recorded_at,
            attempts: 0,
            elapsed: Duration::ZERO,
        };
        let Some(recorded) = found else { return not_recorded(NOT_RECORDED.into()) };
        if let Some(other) = self.another_thing(planned, recorded) {
            return not_recorded(format!("{NOT_RECORDED}: {other}"));
        }
        let mut seen = recorded.seen.clone().map(|values| wanted(planned, values));
        // a recording by hand may hold what the caller gives as a secret today
        self.redactor.redact_seen(&mut seen);
        Observation {
            seen,
            observed_at: recorded.observed_at.unwrap_or(self.recorded_at),
            attempts: recorded.attempts,
            elapsed: recorded.elapsed,
        }
    }

    /// Says so if the check looked at something else when it was recorded.
    fn another_thing(&self, planned: &Look, recorded: &RecordedLook) -> Option<String> {
        let subject = self.redactor.clean(&planned.subject());
        if recorded.probe.name != planned.probe.name {
            return Some(format!(
                "the look was a `{}` then, it is a `{}` now",
                recorded.probe.name, planned.probe.name
            ));
        }
        let then = recorded.subject.as_ref().filter(|then| **then != subject)?;
        Some(format!("it looked at `{then}` then, it looks at `{subject}` now"))
    }
}

/// A fact that is asked for today and was not kept then is not known.
fn wanted(look: &Look, mut values: Values) -> Values {
    for (index, (_, fact)) in values.0.iter_mut().enumerate() {
        if *fact == Fact::NotWanted && look.wanted.has(index) {
            *fact = Fact::Unknown(NOT_RECORDED.into());
        }
    }
    values
}

impl Observer for Replay<'_> {
    fn start(&mut self, look: usize) {
        self.asked.push_back(look);
    }

    fn next(&mut self) -> News {
        match self.asked.pop_front() {
            Some(look) => News::Seen(look, self.observation(look)),
            None => News::Ended("nothing was asked for".into()),
        }
    }

    fn elapsed(&self) -> Duration {
        self.elapsed
    }
}

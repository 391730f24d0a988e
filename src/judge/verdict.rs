//! The verdict on one check and on a run: pure.

use super::evaluate::Failed;
use super::outcome::Answer;
use super::words::ABSENT;
use crate::fact::Moment;
use crate::spec::config::UnknownAs;
use crate::spec::pack::Level;
use serde::Serialize;
use std::time::Duration;

/// Everything a report says about one check.
#[derive(Debug, Clone, PartialEq)]
pub struct Verdict {
    /// The check, in `Plan::checks`.
    pub check: usize,
    pub answer: Answer,
    /// The number of the outcome that held, from 0.
    pub outcome: Option<usize>,
    pub failed: Vec<Failed>,
    /// Why it was skipped, waived, absent or could not be told.
    pub reason: Option<String>,
    /// What was looked at: a path, a command line, an address.
    pub subject: String,
    pub title: String,
    /// Why it matters.
    pub why: Option<String>,
    pub message: Option<String>,
    pub remedy: Option<String>,
    /// What was seen, as far as it is evidence: name and text.
    pub evidence: Vec<(String, String)>,
    /// All facts, for reports that carry them.
    pub seen: Option<serde_json::Value>,
    pub attempts: u32,
    pub elapsed: Duration,
    pub observed_at: Option<Moment>,
    /// `file:line:column` of the check.
    pub place: Place,
}

/// A place in a pack.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Place {
    pub file: String,
    pub line: u32,
    pub column: u32,
}

/// How answers add up.
#[derive(Debug, Clone, Copy)]
pub struct Scale {
    pub fail_on: Level,
    pub unknown: UnknownAs,
    pub blocking: bool,
}

/// How many checks gave each answer.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Counts {
    pub ok: usize,
    pub info: usize,
    pub warn: usize,
    pub error: usize,
    pub unknown: usize,
    pub skipped: usize,
    pub waived: usize,
}

/// The whole run.
#[derive(Debug, Clone, PartialEq)]
pub struct Summary {
    pub counts: Counts,
    pub go: bool,
    /// Something counts as a warning.
    pub warnings: bool,
    /// The status of each pack that has statuses: pack and word.
    pub statuses: Vec<(String, String)>,
    pub elapsed: Duration,
    /// Why the run ended early, if it did.
    pub ended_early: Option<String>,
}

impl Counts {
    pub fn add(&mut self, answer: Answer) {
        *match answer {
            Answer::Ok => &mut self.ok,
            Answer::Info => &mut self.info,
            Answer::Warn => &mut self.warn,
            Answer::Error => &mut self.error,
            Answer::Unknown => &mut self.unknown,
            Answer::Skipped => &mut self.skipped,
            Answer::Waived => &mut self.waived,
        } += 1;
    }

    pub fn total(&self) -> usize {
        self.ok + self.info + self.warn + self.error + self.unknown + self.skipped + self.waived
    }
}

impl Verdict {
    /// Whether the reason, that the thing is not there, says all that the broken expectations could say.
    pub fn is_gone(&self) -> bool {
        self.reason.is_some() && self.failed.iter().all(|failed| failed.found == ABSENT)
    }
}

impl Scale {
    /// The level an answer counts as; `None` if it counts as nothing.
    pub fn counts_as(&self, answer: Answer, level: Level) -> Option<Level> {
        match answer {
            Answer::Ok | Answer::Skipped | Answer::Waived => None,
            Answer::Info => Some(Level::Info),
            Answer::Warn => Some(Level::Warn),
            Answer::Error => Some(Level::Error),
            Answer::Unknown => match self.unknown {
                UnknownAs::Level => Some(level),
                UnknownAs::Warn => Some(Level::Warn),
                UnknownAs::Ignore => None,
            },
        }
    }

    pub fn fails(&self, answer: Answer, level: Level) -> bool {
        self.counts_as(answer, level).is_some_and(|level| level >= self.fail_on)
    }
}

//! What a probe is given beside its target: how long it may take and what may end it.

use crate::observe::process::Cancel;
use crate::spec::answers::Answer;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// The circumstances of one look.
#[derive(Clone)]
pub struct Context {
    /// How long this look may take in all.
    pub timeout: Duration,
    /// When this look must have ended.
    pub deadline: Instant,
    /// Becomes cancelled when the whole run ends early.
    pub cancel: Cancel,
    /// What an operator answered to the check that looks, if anything.
    pub answer: Option<Arc<Answer>>,
}

impl Context {
    /// The time that is left, at least a millisecond so that system calls take it as a timeout.
    pub fn remaining(&self) -> Duration {
        self.deadline.saturating_duration_since(Instant::now()).max(Duration::from_millis(1))
    }

    pub fn is_over(&self) -> bool {
        self.cancel.is_cancelled() || Instant::now() >= self.deadline
    }
}

#[cfg(test)]
impl Context {
    /// For tests: the given time, nothing cancels.
    pub fn lasting(timeout: Duration) -> Context {
        Context { timeout, deadline: Instant::now() + timeout, cancel: Cancel::new(), answer: None }
    }
}

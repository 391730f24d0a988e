//! Looks: what is observed. Checks that look at the same thing share one.

use crate::fact::WantedBits;
use crate::probe::{AnyTarget, Entry};
use crate::spec::pack::{Retry, RetryOn};
use std::collections::HashMap;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::time::Duration;

/// One look at one thing.
pub struct Look {
    pub probe: &'static Entry,
    pub target: Box<dyn AnyTarget>,
    pub wanted: WantedBits,
    pub timeout: Duration,
    pub retry: Option<Box<Retry>>,
    /// The checks that are judged by it.
    pub checks: Vec<usize>,
}

impl Look {
    pub fn subject(&self) -> String {
        (self.probe.subject)(&*self.target)
    }
}

/// All looks, found again by what they look at.
#[derive(Default)]
pub struct Looks {
    pub list: Vec<Look>,
    /// The latest look of a hash; two different looks of one hash are simply not found again.
    by_hash: HashMap<u64, usize>,
}

impl Looks {
    /// Adds a look for `check`, or joins one that is the same.
    pub fn add(
        &mut self,
        probe: &'static Entry,
        target: Box<dyn AnyTarget>,
        wanted: WantedBits,
        timeout: Duration,
        retry: Option<Box<Retry>>,
        check: usize,
    ) -> usize {
        // a look that is repeated until its check holds belongs to that check alone
        let shareable = !retry.as_ref().is_some_and(|retry| retry.for_fail());
        let mut hasher = DefaultHasher::new();
        (probe.name, timeout, &retry).hash(&mut hasher);
        target.hash_into(&mut hasher);
        let hash = hasher.finish();
        let same = self.by_hash.get(&hash).copied().filter(|index| {
            let look = &self.list[*index];
            shareable
                && look.probe.name == probe.name
                && look.timeout == timeout
                && look.retry == retry
                && look.target.equals(&*target)
        });
        if let Some(index) = same {
            self.list[index].checks.push(check);
            self.list[index].wanted.0 |= wanted.0;
            return index;
        }
        self.by_hash.insert(hash, self.list.len());
        self.list.push(Look { probe, target, wanted, timeout, retry, checks: vec![check] });
        self.list.len() - 1
    }
}

impl Retry {
    /// Whether a broken expectation makes another attempt worthwhile.
    pub fn for_fail(&self) -> bool {
        self.on.as_ref().map_or(self.r#for.is_some(), |on| on.0.contains(&RetryOn::Fail))
    }

    /// Whether an unknown answer makes another attempt worthwhile.
    pub fn for_unknown(&self) -> bool {
        self.on.as_ref().is_none_or(|on| on.0.contains(&RetryOn::Unknown))
    }
}

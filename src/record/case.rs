//! Cases: something that was seen, and what must come out. Packs are tested with them.

use super::look::{self, RecordedLook};
use super::{Labels, Recording, environment, hide};
use crate::described;
use crate::fact::{Moment, Values};
use crate::plan::Plan;
use crate::plan::names::Surroundings;
use crate::probe::Seen;
use crate::spec::diagnostic::Complaints;
use crate::spec::given::{Literal, Reader};
use crate::spec::pack::{Identifier, Node};
use crate::spec::yaml::Document;
use serde_json::{Map, Value as Json, json};
use std::collections::HashSet;
use std::sync::Arc;

/// When a case took place that does not say when.
const SOME_DAY: &str = "2026-01-01T12:00:00Z";

described! {
    /// One case of a pack: what is seen and what must come out. Run by `engine test`.
    pub struct CaseKeys {
        /// What the case shows, in a few words.
        case: String,
        /// The pack; a file in a folder of the pack's name need not say it.
        pack: Option<Identifier>,
        /// Variables and inputs, as `--vars` gives them.
        vars: Option<Labels>,
        /// Secret inputs that have a value; which one is of no matter.
        hidden: Option<Vec<String>>,
        /// The labels of the run, as `--context` gives them.
        context: Option<Labels>,
        /// The environment; variables that are not named are not set.
        env: Option<Labels>,
        /// What differs from the stand-in host: Debian 12 on x86_64, 4 processors.
        host: Option<Labels>,
        /// When it takes place. Default: `2026-01-01T12:00:00Z`, or the time of the recording.
        recorded_at: Option<Moment>,
        /// A recording that the case begins with, beside the file of the case.
        recording: Option<String>,
        /// What is seen, instead of what the recording says of the same checks.
        looks: Option<Vec<Node>>,
        /// Facts that differ from the recording: looks of which only the named facts are replaced.
        change: Option<Vec<Node>>,
        /// What must come out, by check: its answer, or a map of `answer`, `message`, `remedy` and `reason`.
        expect: Option<Node>,
        /// The answer of every check that `expect` does not name; `any` lets every answer pass.
        others: Option<String>,
        /// The status of the pack, for packs that have statuses.
        status: Option<String>,
    }
}

/// A case as it was read.
pub struct Case {
    pub document: Arc<Document>,
    pub keys: CaseKeys,
    /// The id of its pack.
    pub pack: String,
    /// The name of its file, without the ending.
    pub stem: String,
    base: Option<Recording>,
}

/// Whether a document is a case and not, for example, a recording beside it.
pub fn is_case(document: &Document) -> bool {
    document.get(document.root(), "case").is_some()
}

impl Case {
    /// Reads a case; `base` reads the recording that it names.
    pub fn read(
        document: Arc<Document>,
        stem: String,
        folder_of: Option<&str>,
        base: impl FnOnce(&str, &mut Complaints) -> Option<Recording>,
        complaints: &mut Complaints,
    ) -> Option<Case> {
        let keys: CaseKeys = Reader::new(&document, &Literal, complaints).read(document.root())?;
        let stated = keys.pack.as_ref().map(|pack| pack.0.as_str());
        let Some(pack) = stated.or(folder_of).map(str::to_string) else {
            return Reader::new(&document, &Literal, complaints).complain(
                "E0507",
                document.span(document.root()),
                "the case does not say which pack it is about",
                Some("add `pack: …`, or move it to a folder of the pack's name".into()),
            );
        };
        let base = match &keys.recording {
            Some(file) => Some(base(file, complaints)?),
            None => None,
        };
        Some(Case { document, keys, pack, stem, base })
    }

    pub fn recorded_at(&self) -> Moment {
        let base = self.base.as_ref().map(|base| base.keys.recorded_at);
        let some_day = Moment::parse(SOME_DAY).unwrap_or_else(|_| std::time::UNIX_EPOCH.into());
        self.keys.recorded_at.or(base).unwrap_or(some_day)
    }

    /// The variables and inputs, those of the recording first, then the case's own.
    pub fn givens(&self, packs: &[Arc<crate::spec::pack::Pack>]) -> Vec<(String, Map<String, Json>)> {
        let mut values = self.keys.vars.clone().unwrap_or_default().0;
        hide(self.keys.hidden.as_deref(), &mut values);
        let own = (self.document.source.name.clone(), values);
        self.base.iter().map(|base| base.givens(packs)).chain([own]).collect()
    }

    pub fn surroundings(&self) -> Surroundings {
        let base = self.base.as_ref().map(|base| &base.keys);
        let over = |below: Option<&Labels>, own: &Option<Labels>| {
            let mut all = below.cloned().unwrap_or_default();
            all.0.extend(own.clone().unwrap_or_default().0);
            all
        };
        let env = over(base.and_then(|keys| keys.env.as_ref()), &self.keys.env);
        let context = over(base.and_then(|keys| keys.context.as_ref()), &self.keys.context);
        let recorded_host = base.and_then(|keys| keys.host.clone()).unwrap_or_else(stand_in_host);
        let host = over(Some(&recorded_host), &self.keys.host);
        Surroundings::recorded(environment(Some(&env)), context.0, Json::Object(host.0))
    }

    /// What is seen: the recording, changed, and the case's own looks instead of what it says of the same checks.
    pub fn looks(&self, plan: &Plan, complaints: &mut Complaints) -> Option<Vec<RecordedLook>> {
        let mut looks = match &self.base {
            Some(base) => base.looks(plan, complaints)?,
            None => Vec::new(),
        };
        let pack = Some(self.pack.as_str());
        let own = self.keys.looks.as_deref().unwrap_or_default();
        let own = look::read_all(own, &self.document, plan, pack, complaints)?;
        let replaced: HashSet<&String> = own.iter().flat_map(|look| &look.names).collect();
        looks.retain(|look| !look.names.iter().any(|name| replaced.contains(name)));
        let changes = self.keys.change.as_deref().unwrap_or_default();
        let changes = look::read_all(changes, &self.document, plan, pack, complaints)?;
        for change in changes {
            self.change(change, &mut looks, complaints);
        }
        looks.extend(own);
        Some(looks)
    }

    fn change(&self, change: RecordedLook, looks: &mut [RecordedLook], complaints: &mut Complaints) {
        let named = |look: &&mut RecordedLook| look.names.iter().any(|name| change.names.contains(name));
        let Some(look) = looks.iter_mut().find(named) else {
            let place = self.document.get(change.node, "check").unwrap_or(change.node);
            Reader::new(&self.document, &Literal, complaints).complain::<()>(
                "E0508",
                self.document.span(place),
                format!("the recording has no look of {}", crate::prose::list(&change.names)),
                Some("write what is seen under `looks:`".into()),
            );
            return;
        };
        let written = |key: &str| self.document.get(change.node, key).is_some();
        look.observed_at = change.observed_at.or(look.observed_at);
        if written("attempts") {
            look.attempts = change.attempts;
        }
        if written("elapsed") {
            look.elapsed = change.elapsed;
        }
        let before = std::mem::replace(&mut look.seen, Seen::Absent(String::new()));
        look.seen = match (before, change.seen) {
            (Seen::Present(before), Seen::Present(after)) => Seen::Present(over(before, after)),
            (_, after) => after,
        };
    }
}

/// Facts of a change over those that were recorded.
fn over(mut before: Values, after: Values) -> Values {
    for (name, fact) in after.0 {
        if fact != crate::fact::Fact::NotWanted
            && let Some(slot) = before.0.iter_mut().find(|(known, _)| *known == name)
        {
            slot.1 = fact;
        }
    }
    before
}

fn stand_in_host() -> Labels {
    let host = json!({
        "name": "example", "os": "linux", "arch": "x86_64", "kernel": "6.1.0", "distribution": "debian",
        "distribution_version": "12", "cpus": 4,
    });
    Labels(host.as_object().cloned().unwrap_or_default())
}

//! One run: drives the plan through an observer and judges what comes back.
//!
//! The observer may look at the world (`observe::workers`) or read a recording;
//! this loop does not know which. Deliberately absent: rendering and storing.

use crate::fact::{Fact, Moment, Value, Values};
use crate::judge::outcome::{Answer, Judged};
use crate::judge::verdict::{Counts, Place, Scale, Summary, Verdict};
use crate::judge::words::shorten;
use crate::observe::redact::Redactor;
use crate::plan::status::Status;
use crate::plan::{Check, Plan, Selected};
use crate::probe::Seen;
use crate::prose;
use crate::remedy::Filler;
use crate::spec::config::{Stop, UnknownAs};
use crate::spec::pack::Level;
use crate::spec::yaml::NodeId;
use serde_json::{Map, Value as Json, json};
use std::cmp::Reverse;
use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, BTreeSet, BinaryHeap};
use std::time::Duration;

/// Characters shown of what was looked at: a command line can be long.
const SUBJECT_LENGTH: usize = 500;

/// Characters shown of what was expected of a fact.
const EXPECTED_LENGTH: usize = 300;

/// Unmet needs that are named: each entry of a `for_each` is one.
const MOST_UNMET: usize = 10;

/// Bytes kept of one text as evidence: verdicts may have to wait for those before them.
const EVIDENCE_SIZE: usize = 64 << 10;

/// What one look came to, recorded.
#[derive(Debug, Clone, PartialEq)]
pub struct Observation {
    pub seen: Seen<Values>,
    pub observed_at: Moment,
    /// How often it was looked at.
    pub attempts: u32,
    /// From the first attempt to the last answer.
    pub elapsed: Duration,
}

/// News from the observer.
pub enum News {
    Seen(usize, Observation),
    /// The run ends here; the reason, for people.
    Ended(String),
}

/// Whoever looks: the world or a recording.
pub trait Observer {
    /// Asks for a look, by its place in `Plan::looks`.
    fn start(&mut self, look: usize);
    /// Waits for the next news; only called while something is under way.
    fn next(&mut self) -> News;
    /// How long the run has taken so far; a recording answers how long it took then.
    fn elapsed(&self) -> Duration;
}

/// Whoever wants to hear of the run as it goes on.
pub trait Listener {
    /// A look was made; called before the checks it answers.
    fn observed(&mut self, _plan: &Plan, _look: usize, _observation: &Observation) {}
    /// Verdicts come in the order of the plan.
    fn verdict(&mut self, plan: &Plan, verdict: &Verdict);
    /// How many checks are answered.
    fn progress(&mut self, _done: usize, _total: usize) {}
}

/// How a run is judged and how much of what was seen is kept.
pub struct Terms {
    pub scale: Scale,
    /// Verdicts carry all facts.
    pub keep_facts: bool,
}

/// Runs the plan to its end.
pub fn run(plan: &Plan, terms: &Terms, observer: &mut dyn Observer, listener: &mut dyn Listener) -> Summary {
    let mut run = Run::new(plan, terms, observer, listener);
    let ended_early = run.go_on();
    let statuses = run.statuses();
    let (counts, go, warnings) = (run.counts, run.go, run.warnings);
    Summary { counts, go, warnings, statuses, elapsed: observer.elapsed(), ended_early }
}

enum LookState {
    Untouched,
    /// Under way, for these checks.
    Waiting(Vec<usize>),
    Done(Box<Observation>),
}

struct Run<'a> {
    plan: &'a Plan,
    terms: &'a Terms,
    redactor: Redactor,
    observer: &'a mut dyn Observer,
    listener: &'a mut dyn Listener,
    /// How many checks each one still waits for.
    open: Vec<usize>,
    followers: BTreeMap<usize, Vec<usize>>,
    ready: BinaryHeap<Reverse<(i32, usize)>>,
    answers: Vec<Option<Answer>>,
    looks: Vec<LookState>,
    /// Checks of a look that are not answered yet.
    unanswered: Vec<usize>,
    under_way: usize,
    /// Verdicts that wait for earlier ones.
    early: BTreeMap<usize, Verdict>,
    position: Vec<usize>,
    reported: usize,
    /// Checks not answered in each tier that has any.
    tiers: BTreeMap<i32, usize>,
    stopped: Option<(i32, String)>,
    counts: Counts,
    go: bool,
    warnings: bool,
}

impl<'a> Run<'a> {
    fn new(plan: &'a Plan, terms: &'a Terms, observer: &'a mut dyn Observer, listener: &'a mut dyn Listener) -> Self {
        let total = plan.checks.len();
        let mut run = Run {
            plan,
            terms,
            redactor: Redactor::new(&plan.secrets),
            observer,
            listener,
            open: vec![0; total],
            followers: BTreeMap::new(),
            ready: BinaryHeap::new(),
            answers: vec![None; total],
            looks: plan.looks.iter().map(|_| LookState::Untouched).collect(),
            unanswered: vec![0; plan.looks.len()],
            under_way: 0,
            early: BTreeMap::new(),
            position: vec![usize::MAX; total],
            reported: 0,
            tiers: BTreeMap::new(),
            stopped: None,
            counts: Counts::default(),
            go: true,
            warnings: false,
        };
        for (position, number) in plan.order.iter().copied().enumerate() {
            let check = &plan.checks[number];
            run.position[number] = position;
            *run.tiers.entry(check.tier).or_default() += 1;
            run.unanswered[check.look.unwrap_or_default()] += usize::from(check.look.is_some());
            for needed in check.waits_for() {
                run.open[number] += 1;
                run.followers.entry(needed).or_default().push(number);
            }
            if run.open[number] == 0 {
                run.ready.push(Reverse((check.tier, position)));
            }
        }
        run
    }

    /// Runs to the end; answers why it ended early, if it did.
    fn go_on(&mut self) -> Option<String> {
        loop {
            while let Some(Reverse((tier, position))) = self.ready.peek().copied() {
                if !self.tier_may_start(tier) {
                    break;
                }
                self.ready.pop();
                self.attend(self.plan.order[position]);
            }
            if self.under_way == 0 {
                return None;
            }
            match self.observer.next() {
                News::Seen(look, observation) => self.seen(look, observation),
                News::Ended(reason) => {
                    self.end(&reason);
                    return Some(reason);
                }
            }
        }
    }

    fn tier_may_start(&self, tier: i32) -> bool {
        self.plan.stop == Stop::None || self.tiers.range(..tier).next().is_none()
    }

    /// A check whose turn it is: skipped, judged by a look already made, or looked at.
    fn attend(&mut self, number: usize) {
        let check = &self.plan.checks[number];
        if let Some(judged) = self.without_looking(check) {
            return self.answer(number, judged, None);
        }
        let Some(look) = check.look else {
            return self.answer(number, Judged::unknown("there is nothing to look at".into()), None);
        };
        match &mut self.looks[look] {
            LookState::Waiting(checks) => checks.push(number),
            done @ LookState::Done(_) => {
                // taken out for the time of judging: what was seen can be large
                if let LookState::Done(observation) = std::mem::replace(done, LookState::Untouched) {
                    self.judge(number, &observation);
                    if self.unanswered[look] > 0 {
                        self.looks[look] = LookState::Done(observation);
                    }
                }
            }
            untouched => {
                *untouched = LookState::Waiting(vec![number]);
                self.under_way += 1;
                self.observer.start(look);
            }
        }
    }

    /// What can be answered before looking: switched off, stopped, unmet needs, a false condition.
    fn without_looking(&self, check: &Check) -> Option<Judged> {
        let skipped = |reason: String| {
            Some(Judged { answer: Answer::Skipped, outcome: None, failed: Vec::new(), reason: Some(reason) })
        };
        if !check.enabled {
            return skipped("it is switched off (`enabled: false`)".into());
        }
        if let Some((tier, culprit)) = &self.stopped
            && check.tier > *tier
        {
            return skipped(format!("stopped at priority {tier}: {culprit}"));
        }
        let mut unmet: Vec<String> = check
            .needs
            .iter()
            .filter(|needed| !matches!(self.answers[**needed], Some(Answer::Ok | Answer::Info)))
            .map(|needed| {
                format!(
                    "{}, which is {}",
                    self.short_name(check, *needed),
                    self.answers[*needed].map_or("unanswered", Answer::word)
                )
            })
            .collect();
        if let Some(more @ 1..) = unmet.len().checked_sub(MOST_UNMET) {
            unmet.truncate(MOST_UNMET);
            unmet.push(prose::count(more, "more check"));
        }
        if !unmet.is_empty() {
            return skipped(format!("it needs {}", prose::list(&unmet)));
        }
        let when = check.when.as_ref()?;
        let scope =
            check.names.values(when.expression.references().iter().filter(|reference| reference.path[0] != "checks"));
        let asked = when.asks.iter().map(|(name, checks)| (name.clone(), self.worst(checks)));
        let scope = scope.with("checks", Json::Object(asked.collect::<Map<_, _>>()));
        match when.expression.evaluate(&scope) {
            Ok(Json::Bool(true)) => None,
            Ok(Json::Bool(false)) => skipped(format!("the condition `{}` is false", when.expression.source())),
            Ok(other) => Some(Judged::unknown(format!(
                "the condition `{}` gave {other}, not true or false",
                when.expression.source()
            ))),
            Err(why) => Some(Judged::unknown(format!("the condition `{}` failed: {why}", when.expression.source()))),
        }
    }

    /// What a condition sees of some checks: the worst of their answers.
    fn worst(&self, checks: &[usize]) -> Json {
        // a check that was not selected was not looked at
        let answer =
            checks.iter().map(|check| self.answers[*check].unwrap_or(Answer::Skipped)).max().unwrap_or(Answer::Skipped);
        json!({ "answer": answer.word(), "ok": answer == Answer::Ok })
    }

    /// The status of each pack that has statuses.
    fn statuses(&self) -> Vec<(String, String)> {
        let mut found: Vec<(String, String)> = Vec::new();
        for status in &self.plan.statuses {
            let pack = &self.plan.packs[status.pack].id;
            if !found.iter().any(|(name, _)| name == pack) && self.has_status(status) {
                found.push((pack.clone(), status.word.clone()));
            }
        }
        found
    }

    fn has_status(&self, status: &Status) -> bool {
        let Some(when) = &status.when else { return true };
        let own = |number: &&usize| self.plan.checks[**number].pack == status.pack;
        let (mut counts, mut go) = (Counts::default(), true);
        for number in self.plan.order.iter().filter(own) {
            let answer = self.answers[*number].unwrap_or(Answer::Unknown);
            counts.add(answer);
            go &= !self.terms.scale.fails(answer, self.plan.checks[*number].level);
        }
        let asked = status.asks.iter().map(|(name, checks)| (name.clone(), self.worst(checks)));
        let scope = json!({ "go": go, "counts": counts, "checks": Json::Object(asked.collect()) });
        // a condition that cannot be told does not hold; the last status always does
        when.evaluate(&scope) == Ok(Json::Bool(true))
    }

    fn short_name(&self, from: &Check, number: usize) -> String {
        let check = &self.plan.checks[number];
        if check.pack == from.pack { check.id.to_string() } else { self.plan.name(number) }
    }

    fn seen(&mut self, look: usize, observation: Observation) {
        self.under_way -= 1;
        self.listener.observed(self.plan, look, &observation);
        let waiting = std::mem::replace(&mut self.looks[look], LookState::Untouched);
        if let LookState::Waiting(checks) = waiting {
            for number in &checks {
                self.judge(*number, &observation);
            }
        }
        if self.unanswered[look] > 0 {
            self.looks[look] = LookState::Done(Box::new(observation));
        }
    }

    fn judge(&mut self, number: usize, observation: &Observation) {
        let check = &self.plan.checks[number];
        let judged = match &check.outcomes {
            Some(outcomes) => outcomes.judge(&observation.seen, observation.observed_at),
            None => Judged::unknown("nothing is expected of it".into()),
        };
        self.answer(number, judged, Some(observation));
    }

    fn answer(&mut self, number: usize, judged: Judged, observation: Option<&Observation>) {
        let check = &self.plan.checks[number];
        let mut verdict = verdict(self.plan, self.terms, number, judged, observation);
        clean(&mut verdict, &self.redactor);
        let answer = verdict.answer;
        self.answers[number] = Some(answer);
        self.counts.add(answer);
        let counts_as = self.terms.scale.counts_as(answer, check.level);
        self.warnings |= counts_as.is_some_and(|level| level >= crate::spec::pack::Level::Warn);
        if self.terms.scale.fails(answer, check.level) {
            self.go = false;
            if self.plan.stop == Stop::Tier && self.stopped.is_none() {
                self.stopped = Some((check.tier, format!("{} is {}", self.plan.name(number), answer.word())));
            }
        }
        if let Some(look) = check.look {
            self.unanswered[look] -= 1;
            if self.unanswered[look] == 0 && matches!(self.looks[look], LookState::Done(_)) {
                self.looks[look] = LookState::Untouched;
            }
        }
        if let Entry::Occupied(mut open) = self.tiers.entry(check.tier) {
            *open.get_mut() -= 1;
            if *open.get() == 0 {
                open.remove();
            }
        }
        for follower in self.followers.get(&number).into_iter().flatten().copied() {
            self.open[follower] -= 1;
            if self.open[follower] == 0 {
                self.ready.push(Reverse((self.plan.checks[follower].tier, self.position[follower])));
            }
        }
        self.report(self.position[number], verdict);
    }

    /// Hands verdicts on in the order of the plan.
    fn report(&mut self, position: usize, verdict: Verdict) {
        if position == self.reported {
            self.reported += 1;
            self.listener.verdict(self.plan, &verdict);
        } else {
            self.early.insert(position, verdict);
        }
        while let Some(verdict) = self.early.remove(&self.reported) {
            self.reported += 1;
            self.listener.verdict(self.plan, &verdict);
        }
        self.listener.progress(self.counts.total(), self.plan.order.len());
    }

    /// Everything not answered yet was not run, or not to its end.
    fn end(&mut self, reason: &str) {
        let waiting = self.looks.iter().filter_map(|look| match look {
            LookState::Waiting(checks) => Some(checks),
            _ => None,
        });
        let under_way: BTreeSet<usize> = waiting.flatten().copied().collect();
        for number in self.plan.order.iter().copied() {
            if self.answers[number].is_none() {
                let what = if under_way.contains(&number) { "not run to its end" } else { "not run" };
                self.answer(number, Judged::unknown(format!("{what}: {reason}")), None);
            }
        }
    }
}

/// What can be said of a check before it was looked at: its texts.
pub fn unseen(plan: &Plan, number: usize) -> Verdict {
    let scale = Scale { fail_on: Level::Error, unknown: UnknownAs::Level, blocking: true };
    let terms = Terms { scale, keep_facts: false };
    verdict(plan, &terms, number, Judged::unknown("not looked at yet".into()), None)
}

/// What a report says of one check.
fn verdict(plan: &Plan, terms: &Terms, number: usize, judged: Judged, observation: Option<&Observation>) -> Verdict {
    let check = &plan.checks[number];
    let pack = plan.pack(check);
    let spec = &pack.checks[check.spec];
    let document = &pack.document;
    let position = document.source.position(document.span(spec.id_node).start);
    let mut verdict = Verdict {
        check: number,
        answer: judged.answer,
        outcome: judged.outcome,
        failed: judged.failed,
        reason: judged.reason,
        subject: String::new(),
        title: String::new(),
        why: None,
        message: None,
        remedy: None,
        evidence: Vec::new(),
        seen: None,
        attempts: observation.map_or(0, |observation| observation.attempts),
        elapsed: observation.map_or(Duration::ZERO, |observation| observation.elapsed),
        observed_at: observation.map(|observation| observation.observed_at),
        place: Place { file: document.source.name.clone(), line: position.line, column: position.column },
    };
    let seen = observation.map(|observation| &observation.seen);
    let not_ok = verdict.answer != Answer::Ok;
    verdict.subject = check.look.map(|look| plan.looks[look].subject()).unwrap_or_default();
    let filler = |verdict: &Verdict, node: NodeId| Filler { plan, check, verdict, seen }.fill(document, node);
    let own = |key: &str| document.get(spec.node, key);
    let outcome = check.outcomes.as_ref().zip(verdict.outcome).and_then(|(outcomes, number)| outcomes.list.get(number));
    verdict.title = own("title").map_or_else(|| check.id.to_string(), |node| filler(&verdict, node));
    verdict.why = own("why").map(|node| filler(&verdict, node));
    if not_ok && verdict.answer != Answer::Skipped {
        verdict.message =
            outcome.and_then(|outcome| outcome.message).or(own("message")).map(|node| filler(&verdict, node));
        verdict.remedy =
            outcome.and_then(|outcome| outcome.remedy).or(own("remedy")).map(|node| filler(&verdict, node));
        if let Some(Seen::Present(values)) = seen {
            verdict.evidence = evidence(values, spec.probe.evidence);
        }
    } else if let Some(outcome) = outcome {
        verdict.message = outcome.message.map(|node| filler(&verdict, node));
    }
    if terms.keep_facts
        && let Some(Seen::Present(values)) = seen
    {
        verdict.seen = Some(Json::Object(
            values.0.iter().filter_map(|(name, fact)| Some((name.to_string(), fact.known()?.to_json()))).collect(),
        ));
    }
    waive(check, &mut verdict);
    verdict
}

/// Removes secrets before anything is cut or wrapped, which could hide half of one from the search;
/// then bounds what was looked at.
fn clean(verdict: &mut Verdict, redactor: &Redactor) {
    redactor.redact_verdict(verdict);
    for failed in &mut verdict.failed {
        failed.expected = shorten(&failed.expected, EXPECTED_LENGTH);
    }
    if let Some((cut, _)) = verdict.subject.char_indices().nth(SUBJECT_LENGTH) {
        verdict.subject.truncate(cut);
        verdict.subject.push('…');
    }
}

fn evidence(values: &Values, names: &[&str]) -> Vec<(String, String)> {
    names
        .iter()
        .filter_map(|name| match values.get(name)? {
            Fact::Known(Value::List(items)) if items.is_empty() => None,
            Fact::Known(value) => Some((name.to_string(), end_of(value.show()))),
            Fact::Unknown(why) => Some((name.to_string(), format!("unknown: {why}"))),
            _ => None,
        })
        .filter(|(_, text)| !text.is_empty())
        .collect()
}

/// The end of a long text: that is where programs say what went wrong.
fn end_of(text: String) -> String {
    if text.len() <= EVIDENCE_SIZE {
        return text;
    }
    let wanted = text.len() - EVIDENCE_SIZE;
    let cut = (wanted..text.len()).find(|at| text.is_char_boundary(*at)).unwrap_or(text.len());
    format!("[… {cut} bytes left out …]\n{}", &text[cut..])
}

/// A standing waiver turns warn and error into waived; a lapsed one is named.
fn waive(check: &Check, verdict: &mut Verdict) {
    let (Some(waiver), Answer::Warn | Answer::Error) = (&check.waiver, verdict.answer) else { return };
    let now = verdict.observed_at.unwrap_or(waiver.expires.0);
    let day = waiver.expires.0.day();
    match check.standing_waiver(now) {
        Some(waiver) => {
            verdict.reason = Some(format!(
                "{} ({}, until {day}; it would be {})",
                waiver.reason.trim(),
                waiver.owner,
                verdict.answer.word()
            ));
            verdict.answer = Answer::Waived;
        }
        None => verdict.reason = Some(format!("the waiver of {} lapsed after {day}", waiver.owner)),
    }
}

/// Whether a check is in the plan only because another needs it.
pub fn needed_by(plan: &Plan, number: usize) -> Option<String> {
    match plan.checks[number].selected {
        Selected::NeededBy(other) => Some(plan.name(other)),
        _ => None,
    }
}

//! What holds of every plan: each check is answered once, after what it needs, and always the same way.
//!
//! The observer of most tests invents what it saw and answers in any order. How single probes and
//! matchers answer is tested elsewhere.

use engine::fact::{Fact, Moment, Value, Values};
use engine::judge::outcome::Answer;
use engine::judge::verdict::{Scale, Verdict};
use engine::observe::workers::Workers;
use engine::plan::names::Surroundings;
use engine::plan::select::{Selection, glob};
use engine::plan::{Plan, Selected, Wishes, plan};
use engine::probe::Seen;
use engine::run::{Listener, News, Observation, Observer, Terms, run};
use engine::spec::config::{Stop, UnknownAs};
use engine::spec::diagnostic::{Complaints, human};
use engine::spec::load::parse_pack;
use engine::spec::pack::Level;
use engine::spec::source::Source;
use proptest::prelude::*;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

/// One check of a graph without cycles: it needs only checks of lower numbers.
#[derive(Debug, Clone)]
struct Drawn {
    needs: Vec<usize>,
    priority: i32,
    /// What is seen of it.
    seen: Sight,
    /// Where it stands in the file.
    place: u16,
}

#[derive(Debug, Clone, Copy, PartialEq)]
enum Sight {
    Right,
    Wrong,
    Absent,
    Refused,
}

fn graph(most: usize) -> impl Strategy<Value = Vec<Drawn>> {
    let sight = prop_oneof![
        4 => Just(Sight::Right), 1 => Just(Sight::Wrong), 1 => Just(Sight::Absent), 1 => Just(Sight::Refused)
    ];
    let check = (any::<u32>(), any::<u32>(), 0..4i32, sight, any::<u16>());
    prop::collection::vec(check, 1..most).prop_map(|drawn| {
        let one = |(number, (some, others, priority, seen, place)): (usize, (u32, u32, i32, Sight, u16))| Drawn {
            // two random words together leave about one need in four
            needs: (0..number.min(32)).filter(|needed| some & others & 1 << needed != 0).collect(),
            priority,
            seen,
            place,
        };
        drawn.into_iter().enumerate().map(one).collect()
    })
}

fn pack(graph: &[Drawn], target: impl Fn(usize, &Drawn) -> String) -> String {
    let mut numbers: Vec<usize> = (0..graph.len()).collect();
    numbers.sort_by_key(|number| graph[*number].place);
    let check = |number: usize| {
        let Drawn { needs, priority, .. } = &graph[number];
        let needs: Vec<String> = needs.iter().map(|needed| format!("c{needed}")).collect();
        let target = target(number, &graph[number]);
        format!("  - {{ id: c{number}, needs: [{}], priority: {priority}, {target} }}\n", needs.join(", "))
    };
    format!("pack: drawn\nchecks:\n{}", numbers.into_iter().map(check).collect::<String>())
}

fn files(graph: &[Drawn]) -> String {
    pack(graph, |number, _| format!("file: /c{number}, expect: {{ type: file }}"))
}

fn planned(text: &str, wishes: Wishes) -> Plan {
    let mut complaints = Complaints::default();
    let pack = parse_pack(Arc::new(Source::new("pack.yaml", text)), &mut complaints);
    let plan = pack.and_then(|pack| plan(vec![pack], Arc::new(Surroundings::default()), wishes, &mut complaints));
    plan.unwrap_or_else(|| panic!("{text}\n{}", human::render(&complaints, false, 100)))
}

/// The number in the id of a check.
fn number(plan: &Plan, check: usize) -> usize {
    plan.checks[check].id[1..].parse().unwrap()
}

fn observation(sight: Sight) -> Observation {
    let kind = |word: &str| Seen::Present(Values(vec![("type", Fact::Known(Value::Text(word.into())))]));
    Observation {
        seen: match sight {
            Sight::Right => kind("file"),
            Sight::Wrong => kind("folder"),
            Sight::Absent => Seen::Absent("it is not there".into()),
            Sight::Refused => Seen::Refused("no permission".into()),
        },
        observed_at: Moment::parse("2026-01-01T12:00:00Z").unwrap(),
        attempts: 1,
        elapsed: Duration::ZERO,
    }
}

/// Answers what was asked for in an order that `turns` decides.
struct Inventor<'a> {
    plan: &'a Plan,
    graph: &'a [Drawn],
    asked: Vec<usize>,
    turns: Vec<usize>,
    answered: BTreeSet<usize>,
}

impl<'a> Inventor<'a> {
    fn new(plan: &'a Plan, graph: &'a [Drawn], turns: &[usize]) -> Self {
        let turns = if turns.is_empty() { vec![0] } else { turns.to_vec() };
        Inventor { plan, graph, asked: Vec::new(), turns, answered: BTreeSet::new() }
    }
}

impl Observer for Inventor<'_> {
    fn start(&mut self, look: usize) {
        for check in &self.plan.looks[look].checks {
            let unanswered = |needed: &&usize| !self.answered.contains(&number(self.plan, **needed));
            let early: Vec<_> = self.plan.checks[*check].needs.iter().filter(unanswered).collect();
            assert!(early.is_empty(), "{} is looked at before {early:?}", self.plan.checks[*check].id);
        }
        self.asked.push(look);
    }

    fn next(&mut self) -> News {
        let turn = self.turns[self.answered.len() % self.turns.len()];
        let look = self.asked.swap_remove(turn % self.asked.len());
        let check = number(self.plan, self.plan.looks[look].checks[0]);
        self.answered.insert(check);
        News::Seen(look, observation(self.graph[check].seen))
    }

    fn elapsed(&self) -> Duration {
        Duration::ZERO
    }
}

#[derive(Default)]
struct Heard(Vec<Verdict>);

impl Listener for Heard {
    fn verdict(&mut self, _: &Plan, verdict: &Verdict) {
        self.0.push(verdict.clone());
    }
}

fn terms() -> Terms {
    Terms { scale: Scale { fail_on: Level::Error, unknown: UnknownAs::Level, blocking: true }, keep_facts: true }
}

fn heard(plan: &Plan, observer: &mut dyn Observer) -> Vec<Verdict> {
    let mut heard = Heard::default();
    let summary = run(plan, &terms(), observer, &mut heard);
    assert_eq!(summary.ended_early, None);
    assert_eq!(summary.counts.total(), heard.0.len());
    heard.0
}

/// What a check must answer by its graph alone.
fn expected(graph: &[Drawn]) -> Vec<Answer> {
    let mut answers: Vec<Answer> = Vec::new();
    for drawn in graph {
        answers.push(match drawn.seen {
            _ if drawn.needs.iter().any(|needed| answers[*needed] != Answer::Ok) => Answer::Skipped,
            Sight::Right => Answer::Ok,
            Sight::Wrong | Sight::Absent => Answer::Error,
            Sight::Refused => Answer::Unknown,
        });
    }
    answers
}

/// Every check once, none before what it needs, each with the answer that its graph gives.
fn assert_answers(plan: &Plan, graph: &[Drawn], verdicts: &[Verdict]) {
    let answers = expected(graph);
    let mut seen = BTreeSet::new();
    for verdict in verdicts {
        let check = number(plan, verdict.check);
        assert!(graph[check].needs.iter().all(|needed| seen.contains(needed)), "c{check} comes too early");
        assert!(seen.insert(check), "c{check} is answered twice");
        assert_eq!(verdict.answer, answers[check], "c{check}: {:?}", verdict.reason);
    }
    assert_eq!(seen.len(), plan.order.len());
}

/// All of a verdict but the times.
fn shown(verdicts: &[Verdict]) -> Vec<String> {
    let one = |verdict: &Verdict| {
        let Verdict { check, answer, outcome, failed, reason, subject, title, message, seen, .. } = verdict;
        format!("{check} {answer:?} {outcome:?} {failed:?} {reason:?} {subject} {title} {message:?} {seen:?}")
    };
    verdicts.iter().map(one).collect()
}

/// These and everything they need.
fn with_needed(graph: &[Drawn], chosen: &BTreeSet<usize>) -> BTreeSet<usize> {
    let mut all = chosen.clone();
    for number in (0..graph.len()).rev() {
        if all.contains(&number) {
            all.extend(graph[number].needs.iter().copied());
        }
    }
    all
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn every_check_is_answered_once_after_what_it_needs(graph in graph(24), turns in prop::collection::vec(0..64usize, 0..24)) {
        let plan = planned(&files(&graph), Wishes::default());
        let verdicts = heard(&plan, &mut Inventor::new(&plan, &graph, &turns));
        prop_assert_eq!(verdicts.len(), graph.len());
        assert_answers(&plan, &graph, &verdicts);
    }

    #[test]
    fn judging_depends_on_what_was_seen_alone(graph in graph(16), turns in prop::collection::vec(0..64usize, 0..16)) {
        let plan = planned(&files(&graph), Wishes::default());
        let first = heard(&plan, &mut Inventor::new(&plan, &graph, &[]));
        let again = heard(&plan, &mut Inventor::new(&plan, &graph, &turns));
        prop_assert_eq!(shown(&first), shown(&again));
        let another = planned(&files(&graph), Wishes::default());
        prop_assert_eq!(shown(&first), shown(&heard(&another, &mut Inventor::new(&another, &graph, &turns))));
    }

    #[test]
    fn a_selection_loses_and_doubles_nothing(graph in graph(20), chosen in any::<u32>()) {
        let chosen: BTreeSet<usize> = (0..graph.len()).filter(|number| chosen & 1 << number != 0).collect();
        prop_assume!(!chosen.is_empty());
        let ids = chosen.iter().map(|number| glob(&format!("c{number}")).unwrap()).collect();
        let wishes = Wishes { selection: Selection { ids, ..Selection::default() }, ..Wishes::default() };
        let plan = planned(&files(&graph), wishes);
        let taken: Vec<usize> = plan.order.iter().map(|check| number(&plan, *check)).collect();
        let wanted = with_needed(&graph, &chosen);
        prop_assert_eq!(taken.len(), wanted.len());
        prop_assert_eq!(taken.iter().copied().collect::<BTreeSet<_>>(), wanted);
        prop_assert_eq!(plan.left_out, graph.len() - taken.len());
        for check in &plan.order {
            let asked = plan.checks[*check].selected == Selected::Asked;
            prop_assert_eq!(asked, chosen.contains(&number(&plan, *check)));
        }
        assert_answers(&plan, &graph, &heard(&plan, &mut Inventor::new(&plan, &graph, &[])));
    }

    #[test]
    fn a_tier_that_fails_stops_the_later_ones(graph in graph(20), turns in prop::collection::vec(0..64usize, 0..20)) {
        let plan = planned(&files(&graph), Wishes { stop: Stop::Tier, ..Wishes::default() });
        let verdicts = heard(&plan, &mut Inventor::new(&plan, &graph, &turns));
        prop_assert_eq!(verdicts.len(), graph.len());
        let tiers: BTreeMap<usize, i32> = verdicts.iter().map(|one| (one.check, plan.checks[one.check].tier)).collect();
        let fails = |verdict: &&Verdict| matches!(verdict.answer, Answer::Error | Answer::Unknown);
        let first = verdicts.iter().filter(fails).map(|verdict| tiers[&verdict.check]).min();
        for verdict in &verdicts {
            let later = first.is_some_and(|first| tiers[&verdict.check] > first);
            prop_assert!(!later || verdict.answer == Answer::Skipped, "{:?}", verdict.reason);
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 12, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_number_of_jobs_gives_the_same_answers(graph in graph(16), jobs in 1..9usize) {
        // a program that ends with another code is wrong, not absent or refused
        let graph: Vec<Drawn> = graph
            .into_iter()
            .map(|drawn| Drawn { seen: if drawn.seen == Sight::Right { Sight::Right } else { Sight::Wrong }, ..drawn })
            .collect();
        let text = pack(&graph, |number, drawn| {
            let code = u8::from(drawn.seen != Sight::Right);
            format!("command: [sh, -c, \"exit {code}\", \"{number}\"]")
        });
        let plan = Arc::new(planned(&text, Wishes::default()));
        let verdicts = heard(&plan, &mut Workers::new(plan.clone(), jobs, None));
        prop_assert_eq!(verdicts.len(), graph.len());
        assert_answers(&plan, &graph, &verdicts);
    }
}

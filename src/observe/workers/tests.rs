//! Looks that misbehave: stuck, panicking, telling secrets, cut short.

use super::*;
use crate::fact::{Fact, Value};
use crate::probe::{Entry, Probe};
use crate::spec::config::Stop;
use crate::{described, facts};

/// How many looks `meet` waits for.
const MEETING: usize = 40;
static PRESENT: AtomicUsize = AtomicUsize::new(0);

/// Far more than anything here takes.
const GUARD: Duration = Duration::from_secs(30);

described! {
    /// What the look does.
    #[derive(PartialEq, Eq, Hash)]
    pub struct Target (short: does) {
        /// `hang`, `panic`, `wait`, `meet` or a text to answer.
        does: String,
    }
}

facts! {
    pub struct Facts {
        /// What was asked for.
        said: String,
    }
}

struct Odd;

impl Probe for Odd {
    const NAME: &'static str = "odd";
    const PACE: Pace = Pace::Waits;
    const DEFAULT: &'static str = "expect: { present: true }";
    const EXAMPLE: &'static str = "id: odd\nodd: text";
    type Target = Target;
    type Facts = Facts;

    fn subject(target: &Target) -> String {
        target.does.clone()
    }

    fn observe(target: &Target, _: &Wanted, context: &Context) -> Seen<Facts> {
        match target.does.as_str() {
            "hang" => std::thread::sleep(GUARD * 2),
            "panic" => panic!("something is odd"),
            "wait" => {
                while !context.is_over() {
                    std::thread::sleep(Duration::from_millis(1));
                }
            }
            "meet" => {
                PRESENT.fetch_add(1, Ordering::AcqRel);
                while PRESENT.load(Ordering::Acquire) < MEETING && !context.is_over() {
                    std::thread::sleep(Duration::from_millis(1));
                }
                if PRESENT.load(Ordering::Acquire) < MEETING {
                    return Seen::Refused("nobody else came".into());
                }
            }
            _ => {}
        }
        Seen::Present(Facts { said: target.does.clone().into() })
    }
}

static ODD: Entry = Entry::of::<Odd>("tests");

fn workers(jobs: usize, timeout: Duration, does: &[&str]) -> Workers {
    let look = |does: &&str| Look {
        probe: &ODD,
        target: Box::new(Target { does: does.to_string() }),
        wanted: crate::fact::WantedBits::ALL,
        timeout,
        retry: None,
        checks: Vec::new(),
    };
    let plan = Plan {
        packs: Vec::new(),
        checks: Vec::new(),
        looks: does.iter().map(look).collect(),
        order: Vec::new(),
        stop: Stop::None,
        secrets: vec!["hunter22".into()],
        left_out: 0,
        outside: Default::default(),
        statuses: Vec::new(),
    };
    let mut workers = Workers::new(Arc::new(plan), jobs, Some(Instant::now() + GUARD));
    (0..does.len()).for_each(|look| workers.start(look));
    workers
}

/// The next look and what was seen, as a text.
fn next(workers: &mut Workers) -> (usize, String) {
    match workers.next() {
        News::Seen(look, observation) => match observation.seen {
            Seen::Present(values) => match values.get("said") {
                Some(Fact::Known(Value::Text(text))) => (look, text.clone()),
                other => panic!("{other:?}"),
            },
            Seen::Refused(why) => (look, why),
            other => panic!("{other:?}"),
        },
        News::Ended(why) => panic!("{why}"),
    }
}

#[test]
fn what_is_stuck_is_given_up_and_keeps_nobody_waiting() {
    let mut workers = workers(1, Duration::from_millis(50), &["hang", "hang", "fine"]);
    let mut seen = [next(&mut workers), next(&mut workers), next(&mut workers)];
    seen.sort();
    let stuck = "timed out after 50ms and did not come back".to_string();
    assert_eq!(seen, [(0, stuck.clone()), (1, stuck), (2, "fine".into())]);
}

#[test]
fn after_all_workers_were_given_up_another_one_looks() {
    let mut workers = workers(1, Duration::from_millis(50), &["fine", "fine", "hang"]);
    let stuck = (2, "timed out after 50ms and did not come back".to_string());
    assert_eq!([next(&mut workers), next(&mut workers)], [(0, "fine".into()), (1, "fine".into())]);
    assert_eq!(next(&mut workers), stuck);
    workers.start(2);
    assert_eq!(next(&mut workers), stuck);
}

#[test]
fn a_panic_is_an_answer_and_the_worker_goes_on() {
    let mut workers = workers(1, GUARD, &["panic", "fine"]);
    assert_eq!(next(&mut workers), (0, "the probe failed inside: something is odd; please report this".to_string()));
    assert_eq!(next(&mut workers), (1, "fine".into()));
}

#[test]
fn secrets_are_gone_before_anybody_hears_of_them() {
    let mut workers = workers(1, GUARD, &["it is hunter22!"]);
    assert_eq!(next(&mut workers), (0, "it is [hidden]!".into()));
}

#[test]
fn what_was_seen_is_told_before_the_end_and_what_is_cut_short_is_not() {
    let mut workers = workers(2, GUARD, &["wait", "fine"]);
    assert_eq!(next(&mut workers), (1, "fine".into()));
    workers.ender().end("enough");
    assert!(matches!(workers.next(), News::Ended(why) if why == "enough"));
}

#[test]
fn looks_that_wait_for_each_other_are_all_under_way_at_once() {
    let mut workers = workers(DEFAULT_JOBS, GUARD, &["meet"; MEETING]);
    for _ in 0..MEETING {
        assert_eq!(next(&mut workers).1, "meet");
    }
}

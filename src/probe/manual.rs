//! Questions that only people can answer.
//!
//! The answer comes from the operator (`engine run --answers FILE`, or asked on the terminal before
//! the looks begin) and is recorded with name and time. Nobody answers for them: without an answer
//! nothing is known. Deliberately absent: asking, which is done by `command::answers`.

use super::{Context, Pace, Probe, Seen};
use crate::fact::{Moment, duration};
use crate::{described, facts, observe};
use std::time::Duration;

described! {
    /// Asks an operator.
    #[derive(PartialEq, Eq, Hash)]
    pub struct Target (short: question) {
        /// What the operator answers with yes or no, e.g. `Is the on-call phone charged?`.
        question: String,
        /// How long an answer stands, e.g. `7d`. By default forever.
        valid_for: Option<Duration>,
    }
}

facts! {
    pub struct Facts {
        /// Whether there is an answer; without one the check is unknown, so this is true or not known.
        answered: bool,
        /// `yes` or `no`.
        answer: String,
        /// Who answered.
        answered_by: String,
        /// When it was answered.
        answered_at: Moment,
        /// How long ago.
        age: Duration,
        /// What was remarked along with the answer. Absent without a remark.
        note: String,
    }
}

pub struct Manual;

impl Probe for Manual {
    const NAME: &'static str = "manual";
    const PACE: Pace = Pace::Quick;
    const DEFAULT: &'static str = "expect: { answer: \"yes\" }";
    const EXAMPLE: &'static str = "id: phone\ntitle: The on-call phone is charged\nmanual: { question: Is the on-call phone charged?, valid_for: 24h }";
    const EVIDENCE: &'static [&'static str] = &["answer", "answered_by", "answered_at", "note"];
    type Target = Target;
    type Facts = Facts;

    fn subject(target: &Target) -> String {
        target.question.clone()
    }

    fn check(target: &Target) -> Result<(), String> {
        match target.question.trim() {
            "" => Err("the question is empty".into()),
            _ => Ok(()),
        }
    }

    fn observe(target: &Target, _: &Wanted, context: &Context) -> Seen<Facts> {
        let Some(answer) = &context.answer else {
            return Seen::Refused("not answered; answer on a terminal or give --answers FILE".into());
        };
        let now = observe::now();
        if let Err(why) = stands(target, answer.at, now) {
            return Seen::Refused(format!("the answer of {} {why}; answer again", answer.by));
        }
        Seen::Present(Facts {
            answered: true.into(),
            answer: answer.answer.word().to_string().into(),
            answered_by: answer.by.clone().into(),
            answered_at: answer.at.into(),
            age: now.since(answer.at).into(),
            note: answer.note.clone().into(),
        })
    }
}

/// Whether an answer still counts.
///
/// # Errors
/// Why it does not, to be read after "the answer".
pub fn stands(target: &Target, answered_at: Moment, now: Moment) -> Result<(), String> {
    // clocks may differ by a little
    if now.until(answered_at) > Duration::from_secs(300) {
        return Err(format!("is dated {answered_at}, which is still to come"));
    }
    match target.valid_for {
        Some(valid_for) if now.since(answered_at) > valid_for => {
            Err(format!("of {answered_at} has lapsed: it stood for {}", duration::show(valid_for)))
        }
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fact::{Fact, WantedBits};
    use crate::spec::answers::{Answer, YesNo};
    use std::sync::Arc;

    fn look(valid_for: Option<Duration>, answered: Option<Moment>) -> Seen<Facts> {
        let target = Target { question: "Ready?".into(), valid_for };
        let answer = answered.map(|at| Arc::new(Answer { answer: YesNo::Yes, by: "ada".into(), at, note: None }));
        Manual::observe(
            &target,
            &WantedBits::ALL.into(),
            &Context { answer, ..Context::lasting(Duration::from_secs(5)) },
        )
    }

    fn ago(seconds: i64) -> Moment {
        Moment::from(observe::now().timestamp() - jiff::SignedDuration::from_secs(seconds))
    }

    #[test]
    fn an_answer_is_a_fact_until_it_lapses() {
        let Seen::Present(facts) = look(Some(Duration::from_secs(60)), Some(ago(30))) else { panic!() };
        assert_eq!((facts.answer, facts.answered_by), (Fact::Known("yes".into()), Fact::Known("ada".into())));
        assert!(
            matches!(look(Some(Duration::from_secs(60)), Some(ago(90))), Seen::Refused(why) if why.contains("lapsed"))
        );
        assert!(matches!(look(None, Some(ago(10_000_000))), Seen::Present(_)));
    }

    #[test]
    fn without_an_answer_or_with_one_of_tomorrow_nothing_is_known() {
        assert!(matches!(look(None, None), Seen::Refused(why) if why.starts_with("not answered")));
        assert!(matches!(look(None, Some(ago(-86_400))), Seen::Refused(why) if why.contains("still to come")));
    }
}

//! Outcomes: answers in order, the first whose condition holds is the answer.

use super::evaluate::{Failed, Held, Judging, Subject};
use super::matcher::{Matcher, Test};
use crate::choice;
use crate::fact::{Field, Kind, Moment, Values, WantedBits};
use crate::probe::{Entry, Seen};
use crate::spec::given::{Given, Reader, View};
use crate::spec::pack::Level;
use crate::spec::yaml::{Document, NodeId};
use std::collections::HashSet;
use std::sync::Arc;

choice! {
    /// The answer of a check.
    pub enum Answer {
        /// Everything expected holds.
        Ok = "ok",
        /// Worth knowing.
        Info = "info",
        /// Should be mended.
        Warn = "warn",
        /// Must be mended.
        Error = "error",
        /// It could not be told: timeout, permission, a probe that failed.
        Unknown = "unknown",
        /// It was not looked at, and the reason is given.
        Skipped = "skipped",
        /// It would be warn or error, but somebody answers for it until a day.
        Waived = "waived",
    }
}

impl From<Level> for Answer {
    fn from(level: Level) -> Self {
        match level {
            Level::Info => Answer::Info,
            Level::Warn => Answer::Warn,
            Level::Error => Answer::Error,
        }
    }
}

/// The answers an author may give to an outcome.
pub const OUTCOME_ANSWERS: &[Answer] = &[Answer::Ok, Answer::Info, Answer::Warn, Answer::Error, Answer::Unknown];

/// The word of the last outcome.
pub const OTHERWISE: &str = "otherwise";

/// All outcomes of a check, and the document they stand in.
#[derive(Debug)]
pub struct Outcomes {
    pub document: Arc<Document>,
    pub list: Vec<Outcome>,
}

/// One answer and when it is given.
#[derive(Debug)]
pub struct Outcome {
    pub answer: Answer,
    /// `None` is `otherwise`.
    pub condition: Option<Matcher>,
    pub message: Option<NodeId>,
    pub remedy: Option<NodeId>,
    pub node: NodeId,
}

/// What judging one check against one look came to.
#[derive(Debug, Clone, PartialEq)]
pub struct Judged {
    pub answer: Answer,
    /// The number of the outcome that held.
    pub outcome: Option<usize>,
    /// What broke in the expectation, or in the first outcome if a later one held.
    pub failed: Vec<Failed>,
    /// Why it is unknown or absent.
    pub reason: Option<String>,
}

impl Outcomes {
    /// `expect`: these hold, or it is `level`.
    pub fn expect(
        node: NodeId,
        probe: &Entry,
        level: Level,
        document: &Arc<Document>,
        reader: &mut Reader,
    ) -> Option<Outcomes> {
        let condition = Matcher::read(&Given::node(node), &Kind::Record(probe.facts), reader)?;
        let outcome = |answer, condition| Outcome { answer, condition, message: None, remedy: None, node };
        Some(Outcomes {
            document: document.clone(),
            list: vec![outcome(Answer::Ok, Some(condition)), outcome(level.into(), None)],
        })
    }

    /// `outcomes`: an ordered list that leaves no gap.
    pub fn read(node: NodeId, probe: &Entry, document: &Arc<Document>, reader: &mut Reader) -> Option<Outcomes> {
        let items = match reader.view(&Given::node(node)) {
            View::List(items) if !items.is_empty() => items,
            _ => {
                return reader.complain(
                    "E0103",
                    document.span(node),
                    "`outcomes` is a list of answers",
                    Some("write `- ok: { … }` and last `- error: otherwise`".into()),
                );
            }
        };
        let read: Vec<Option<Outcome>> = items.iter().map(|item| Outcome::read(item, probe, reader)).collect();
        check_order(&items, &read, reader);
        Some(Outcomes { document: document.clone(), list: read.into_iter().collect::<Option<_>>()? })
    }

    /// Judges what was seen.
    pub fn judge(&self, seen: &Seen<Values>, observed_at: Moment) -> Judged {
        let subject = match seen {
            Seen::Present(values) => Subject::Facts(values),
            Seen::Absent(_) => Subject::Absent,
            Seen::Refused(why) | Seen::Unsupported(why) => return Judged::unknown(why.clone()),
        };
        let judging = Judging { document: &self.document, observed_at };
        let mut first_failed = None;
        for (number, outcome) in self.list.iter().enumerate() {
            let held = outcome.condition.as_ref().map_or(Held::Yes, |condition| judging.holds(condition, subject, ""));
            match held {
                Held::Yes => {
                    let failed =
                        if outcome.answer == Answer::Ok { Vec::new() } else { first_failed.unwrap_or_default() };
                    let reason = match seen {
                        Seen::Absent(why) if outcome.answer != Answer::Ok => Some(why.clone()),
                        _ => None,
                    };
                    return Judged { answer: outcome.answer, outcome: Some(number), failed, reason };
                }
                Held::No(failed) | Held::Absent(failed) => first_failed = first_failed.or(Some(failed)),
                Held::Unknown(why) => return Judged::unknown(why),
            }
        }
        Judged::unknown("no outcome holds".into())
    }

    /// Which facts the conditions speak about.
    pub fn wanted(&self, facts: &[Field]) -> WantedBits {
        let mut wanted = WantedBits::default();
        for condition in self.list.iter().filter_map(|outcome| outcome.condition.as_ref()) {
            collect(condition, facts, &mut wanted);
        }
        wanted
    }
}

impl Judged {
    pub fn unknown(reason: String) -> Judged {
        Judged { answer: Answer::Unknown, outcome: None, failed: Vec::new(), reason: Some(reason) }
    }
}

fn collect(matcher: &Matcher, facts: &[Field], wanted: &mut WantedBits) {
    match &matcher.test {
        Test::Field(name, _) => {
            if let Some(index) = facts.iter().position(|field| *field.name == **name) {
                wanted.add(index);
            }
        }
        Test::All(inner) | Test::AnyOf(inner) | Test::NoneOf(inner) => {
            inner.iter().for_each(|one| collect(one, facts, wanted))
        }
        Test::Not(inner) => collect(inner, facts, wanted),
        Test::Cel(_) => *wanted = WantedBits::ALL,
        _ => {}
    }
}

impl Outcome {
    fn read(given: &Given, probe: &Entry, reader: &mut Reader) -> Option<Outcome> {
        let members = reader.members(given, "an answer and its condition")?;
        let (mut answer, mut message, mut remedy, mut sound) = (None, None, None, true);
        for member in &members {
            match (&*member.key, Answer::from_word(&member.key).filter(|answer| OUTCOME_ANSWERS.contains(answer))) {
                ("message" | "remedy", _) if reader.document.text(member.value.node).is_none() => {
                    sound = reader.wrong_type::<()>(&member.value, "text").is_some()
                }
                ("message", _) => message = Some(member.value.node),
                ("remedy", _) => remedy = Some(member.value.node),
                (_, Some(found)) if answer.is_none() => answer = Some((found, &member.value)),
                (_, Some(_)) => {
                    sound = reader
                        .complain::<()>(
                            "E0116",
                            member.key_span,
                            "an outcome gives one answer",
                            Some("write one list item per answer".into()),
                        )
                        .is_some()
                }
                (key, None) => {
                    reader.unknown_key(
                        member.key_span,
                        key,
                        "an outcome",
                        &["ok", "info", "warn", "error", "unknown", "message", "remedy"],
                    );
                    sound = false;
                }
            }
        }
        let Some((answer, condition)) = answer else {
            return if sound {
                reader.complain(
                    "E0102",
                    reader.span(given),
                    "the outcome gives no answer",
                    Some("write `ok:`, `info:`, `warn:`, `error:` or `unknown:` with its condition".into()),
                )
            } else {
                None
            };
        };
        let condition = match reader.document.text(condition.node) {
            Some(OTHERWISE) => None,
            Some(text) => {
                let help = format!("write a map of facts, or `{OTHERWISE}`");
                return reader.complain(
                    "E0103",
                    reader.span(condition),
                    format!("`{text}` is no condition"),
                    Some(help),
                );
            }
            None => Some(Matcher::read(condition, &Kind::Record(probe.facts), reader)?),
        };
        sound.then_some(Outcome { answer, condition, message, remedy, node: given.node })
    }
}

/// No gap (the last catches everything), nothing unreachable.
fn check_order(items: &[Given], read: &[Option<Outcome>], reader: &mut Reader) {
    let last = read.len() - 1;
    let mut conditions: HashSet<String> = HashSet::new();
    for (number, (item, outcome)) in items.iter().zip(read).enumerate() {
        let Some(outcome) = outcome else { continue };
        let span = reader.span(item);
        match &outcome.condition {
            None if number < last => {
                reader.complain::<()>(
                    "E0207",
                    span,
                    "`otherwise` catches everything: the outcomes after it can never be reached",
                    Some("move it to the end".into()),
                );
            }
            Some(_) if number == last => {
                reader.complain::<()>(
                    "E0208",
                    span,
                    "the last outcome must catch everything else",
                    Some("add `- error: otherwise`".into()),
                );
            }
            None => {}
            Some(condition) => {
                let mut json = reader.document.to_json(condition_node(reader, item));
                json.sort_all_objects();
                if !conditions.insert(json.to_string()) {
                    reader.complain::<()>(
                        "E0207",
                        reader.document.span(condition.node),
                        "an earlier outcome has the same condition: this one can never be reached",
                        Some("remove one of them".into()),
                    );
                }
            }
        }
    }
}

/// The node under the answer's key.
fn condition_node(reader: &Reader, item: &Given) -> NodeId {
    OUTCOME_ANSWERS.iter().find_map(|answer| reader.document.get(item.node, answer.word())).unwrap_or(item.node)
}

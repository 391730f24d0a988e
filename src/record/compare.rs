//! What differs between two runs: verdicts, the facts behind them, checks that came or went.
//!
//! Compares two recordings or two JSON reports, as data. Deliberately absent: judging, since each side brings
//! the verdicts it was given when it was written, and showing, which `show` does.

use crate::choice;
use crate::judge::outcome::Answer;
use serde::Serialize;
use serde_json::{Map, Value as Json};
use std::collections::{BTreeMap, BTreeSet};

/// Facts that change by themselves: a difference says nothing.
const FLEETING: &[&str] = &["elapsed", "age", "now", "uptime"];
/// One run, ready to be compared.
#[derive(Debug, Default)]
pub struct Side {
    checks: BTreeMap<String, Told>,
}

#[derive(Debug, Default)]
struct Told {
    answer: Option<Answer>,
    facts: Map<String, Json>,
}

choice! {
    /// What became of a check.
    pub enum Became {
        /// It answers worse than before.
        Worse = "worse",
        /// It answers better than before.
        Better = "better",
        /// It answers something else, neither better nor worse.
        Other = "other",
        /// It answers the same on other facts.
        Facts = "facts",
        /// It is new.
        Came = "came",
        /// It is gone.
        Went = "went",
    }
}

/// One check that is not what it was.
#[derive(Debug, Serialize)]
pub struct Change {
    pub check: String,
    #[serde(serialize_with = "word")]
    pub became: Became,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub before: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub after: Option<&'static str>,
    pub facts: Vec<FactChange>,
}

/// One fact that is not what it was; `None` was not told.
#[derive(Debug, Serialize)]
pub struct FactChange {
    pub fact: String,
    pub before: Option<Json>,
    pub after: Option<Json>,
}

fn word<S: serde::Serializer>(became: &Became, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(became.word())
}

impl Side {
    /// The facts and verdicts of a recording.
    pub fn of_recording(recording: &Json) -> Side {
        let mut side = Side::default();
        for (name, answer) in recording["verdicts"].as_object().into_iter().flatten() {
            side.checks.entry(name.clone()).or_default().answer = answer.as_str().and_then(Answer::from_word);
        }
        for look in recording["looks"].as_array().into_iter().flatten() {
            let facts = facts_of_look(look);
            let names = match &look["check"] {
                Json::Array(names) => names.iter().filter_map(Json::as_str).collect(),
                name => name.as_str().into_iter().collect::<Vec<_>>(),
            };
            for name in names {
                side.checks.entry(name.into()).or_default().facts = facts.clone();
            }
        }
        side
    }

    /// The facts and verdicts of a JSON report.
    pub fn of_report(report: &Json) -> Side {
        let mut side = Side::default();
        for check in report["checks"].as_array().into_iter().flatten() {
            let told = Told {
                answer: check["answer"].as_str().and_then(Answer::from_word),
                facts: check["seen"].as_object().cloned().unwrap_or_default(),
            };
            side.checks.insert(check["name"].as_str().unwrap_or_default().into(), told);
        }
        side
    }

    /// Everything that differs from here to `after`, by the names of the checks.
    pub fn compare(&self, after: &Side) -> Vec<Change> {
        let names: BTreeSet<&String> = self.checks.keys().chain(after.checks.keys()).collect();
        names.into_iter().filter_map(|name| change(name, self.checks.get(name), after.checks.get(name))).collect()
    }

    /// Without checks that `other` does not have, as after a run of a selection.
    pub fn keep(&mut self, other: &Side) {
        self.checks.retain(|name, _| other.checks.contains_key(name));
    }
}

fn facts_of_look(look: &Json) -> Map<String, Json> {
    let mut facts = look["seen"].as_object().cloned().unwrap_or_default();
    let lacking = match &look["lacking"] {
        Json::Array(names) => names.iter().filter_map(Json::as_str).collect(),
        name => name.as_str().into_iter().collect::<Vec<_>>(),
    };
    facts.extend(lacking.into_iter().map(|name| (name.to_string(), "absent".into())));
    for (name, why) in look["unknown"].as_object().into_iter().flatten() {
        facts.insert(name.clone(), format!("unknown: {}", why.as_str().unwrap_or_default()).into());
    }
    for (name, cut) in look["cut"].as_object().into_iter().flatten() {
        let text = |key: &str| cut[key].as_str().unwrap_or_default().to_string();
        facts.insert(name.clone(), format!("{} with sha256 {}", text("size"), text("sha256")).into());
    }
    for state in ["absent", "refused", "unsupported"] {
        if let Some(why) = look[state].as_str() {
            facts.insert("present".into(), format!("{state}: {why}").into());
        }
    }
    facts
}

fn change(name: &str, before: Option<&Told>, after: Option<&Told>) -> Option<Change> {
    let (answer, facts) = match (before, after) {
        (Some(before), Some(after)) => {
            let looked = (before.answer, after.answer) != (Some(Answer::Skipped), Some(Answer::Skipped));
            let facts = if looked { changed_facts(&before.facts, &after.facts) } else { Vec::new() };
            (became(before.answer, after.answer).or((!facts.is_empty()).then_some(Became::Facts))?, facts)
        }
        (None, Some(_)) => (Became::Came, Vec::new()),
        _ => (Became::Went, Vec::new()),
    };
    let answer_of = |told: Option<&Told>| told.and_then(|told| told.answer).map(Answer::word);
    Some(Change { check: name.into(), became: answer, before: answer_of(before), after: answer_of(after), facts })
}

fn became(before: Option<Answer>, after: Option<Answer>) -> Option<Became> {
    let (before, after) = (before?, after?);
    Some(match rank(after).cmp(&rank(before)) {
        _ if before == after => return None,
        std::cmp::Ordering::Greater => Became::Worse,
        std::cmp::Ordering::Less => Became::Better,
        std::cmp::Ordering::Equal => Became::Other,
    })
}

/// How bad an answer is. What is no longer looked at, or only waived, is worse than what holds.
fn rank(answer: Answer) -> u8 {
    match answer {
        Answer::Ok => 0,
        Answer::Info | Answer::Skipped | Answer::Waived => 1,
        Answer::Warn => 2,
        Answer::Unknown => 3,
        Answer::Error => 4,
    }
}

fn changed_facts(before: &Map<String, Json>, after: &Map<String, Json>) -> Vec<FactChange> {
    let names: BTreeSet<&String> = before.keys().chain(after.keys()).collect();
    let changed =
        names.into_iter().filter(|name| !FLEETING.contains(&name.as_str()) && before.get(*name) != after.get(*name));
    changed
        .map(|name| FactChange {
            fact: name.clone(),
            before: before.get(name).cloned(),
            after: after.get(name).cloned(),
        })
        .collect()
}

impl Change {
    /// Whether this alone is a reason to look: a worse answer, or a new check that is not ok.
    pub fn is_worse(&self) -> bool {
        let new = self.became == Became::Came
            && self.after.and_then(Answer::from_word).is_some_and(|answer| rank(answer) > rank(Answer::Info));
        self.became == Became::Worse || new
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::show::render;
    use crate::report::paint::Paint;
    use serde_json::json;

    fn recording(answer: &str, options: Json) -> Json {
        json!({
            "looks": [{ "check": ["a/proc", "a/other"], "seen": { "options": options, "text": "one\ntwo\n" } }],
            "verdicts": { "a/proc": answer, "a/skip": "skipped" },
        })
    }

    #[test]
    fn verdicts_and_the_facts_behind_them() {
        let before = Side::of_recording(&recording("ok", json!(["rw"])));
        let mut later = recording("warn", json!(["ro", "nosuid"]));
        later["looks"][0]["seen"]["text"] = "one\nthree\n".into();
        later["verdicts"]["a/new"] = "error".into();
        later["verdicts"]["a/skip"] = Json::Null;
        let changes = before.compare(&Side::of_recording(&later));
        insta::assert_snapshot!(render(&changes, Paint(false)), @r"
         came    a/new  error
         facts   a/other
                 options: [rw] → [ro, nosuid]
                 text:
                     one
                   - two
                   + three
         worse   a/proc  ok → warn
                 options: [rw] → [ro, nosuid]
                 text:
                     one
                   - two
                   + three
        3 changes: 1 worse, 1 on other facts, 1 came
        ");
        assert_eq!(changes.iter().filter(|change| change.is_worse()).count(), 2);
        assert!(before.compare(&before).is_empty());
    }

    #[test]
    fn what_is_no_longer_looked_at_is_worse() {
        use Answer::*;
        let cases = [(Ok, Skipped, Became::Worse), (Error, Unknown, Became::Better), (Warn, Waived, Became::Better)];
        for (before, after, expected) in cases {
            assert_eq!(became(Some(before), Some(after)), Some(expected), "{before:?} {after:?}");
        }
        assert_eq!(became(Some(Info), Some(Waived)), Some(Became::Other));
    }

    #[test]
    fn a_look_that_failed_is_a_change_of_facts() {
        let side = |look: Json| Side::of_recording(&json!({ "looks": [look] }));
        let there = side(json!({ "check": "a/b", "seen": {}, "lacking": "target" }));
        let gone = side(json!({ "check": "a/b", "absent": "there is none" }));
        let changes = there.compare(&gone);
        assert_eq!(changes[0].became, Became::Facts);
        assert_eq!(changes[0].facts.len(), 2, "present and target");
    }
}

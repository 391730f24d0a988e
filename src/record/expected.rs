//! What must come out of a case: for every check its answer, and texts if the author cares.

use super::case::Case;
use super::look::{full_name, unknown_check};
use crate::described;
use crate::fact::{Kind, Value};
use crate::judge::matcher::{Matcher, Test};
use crate::judge::outcome::Answer;
use crate::plan::Plan;
use crate::spec::diagnostic::Complaints;
use crate::spec::given::{FromGiven, Given, Literal, Reader};
use crate::spec::pack::Node;
use std::collections::{BTreeMap, BTreeSet};

/// The word of `others` that lets every answer pass.
pub const ANY: &str = "any";

described! {
    /// What must come out of one check.
    pub struct ExpectedKeys (short: answer) {
        /// Its answer.
        answer: Option<Answer>,
        /// Its message: the text, or matchers.
        message: Option<Node>,
        /// Its remedy: the text, or matchers.
        remedy: Option<Node>,
        /// Why it is unknown, absent or skipped: the text, or matchers.
        reason: Option<Node>,
    }
}

/// What must come out of one check.
pub struct Expected {
    pub answer: Option<Answer>,
    /// `message`, `remedy` and `reason` with what must hold of them.
    pub texts: Vec<(&'static str, Matcher)>,
}

/// What must come out of a case.
pub struct Expectations {
    named: BTreeMap<String, Expected>,
    others: Option<Expected>,
}

impl Case {
    /// What must come out. Complains about checks that nobody has, and about those nothing is expected of.
    pub fn expectations(&self, plan: &Plan, complaints: &mut Complaints) -> Option<Expectations> {
        let mut reader = Reader::new(&self.document, &Literal, complaints);
        let others = match &self.keys.others {
            Some(word) => Some(self.others(word, &mut reader)?),
            None => None,
        };
        let known = names(plan);
        let mut named = BTreeMap::new();
        let members = match self.keys.expect {
            Some(node) => reader.members(&Given::node(node.0), "check: answer")?,
            None => Vec::new(),
        };
        for member in &members {
            let name = full_name(&member.key, Some(&self.pack));
            if !known.contains(&name) {
                unknown_check(&name, member.key_span, known.iter(), &mut reader);
            }
            named.insert(name, Expected::read(&member.value, &mut reader)?);
        }
        let expectations = Expectations { named, others };
        self.every_check_is_expected(plan, &expectations, &mut reader);
        Some(expectations)
    }

    fn others(&self, word: &str, reader: &mut Reader) -> Option<Expected> {
        let answer = Answer::from_word(word);
        if answer.is_some() || word == ANY {
            return Some(Expected { answer, texts: Vec::new() });
        }
        let node = self.document.get(self.document.root(), "others").unwrap_or(self.document.root());
        let known: Vec<&str> = Answer::ALL.iter().map(|answer| answer.word()).chain([ANY]).collect();
        reader.complain("E0106", self.document.span(node), format!("`{word}` is not one of {}", known.join(", ")), None)
    }

    fn every_check_is_expected(&self, plan: &Plan, expectations: &Expectations, reader: &mut Reader) {
        let silent: Vec<String> = plan
            .order
            .iter()
            .filter(|check| plan.pack(&plan.checks[**check]).id == self.pack)
            .filter(|check| expectations.of(plan, **check).is_none())
            .map(|check| format!("`{}`", plan.checks[*check].id))
            .collect();
        if silent.is_empty() {
            return;
        }
        let root = self.document.root();
        let span = self.document.entry(root, "expect").or(self.document.entry(root, "case"));
        reader.complain::<()>(
            "E0507",
            span.map_or(self.document.span(root), |entry| entry.key_span),
            format!("nothing is expected of {}", crate::prose::list(&silent)),
            Some("name its answer, or say what all others answer: `others: ok`, `others: any`".into()),
        );
    }
}

/// All names that stand for a check: its own, and for an entry of a `for_each` that of the whole.
fn names(plan: &Plan) -> BTreeSet<String> {
    (0..plan.checks.len()).flat_map(|check| [plan.name(check), base_name(plan, check)]).collect()
}

/// `pack/id`, without the key of a `for_each`.
pub fn base_name(plan: &Plan, number: usize) -> String {
    let check = &plan.checks[number];
    let pack = plan.pack(check);
    format!("{}/{}", pack.id, pack.checks[check.spec].id)
}

impl Expected {
    fn read(given: &Given, reader: &mut Reader) -> Option<Expected> {
        let keys = ExpectedKeys::read(given, reader)?;
        let mut texts = Vec::new();
        for (name, node) in [("message", keys.message), ("remedy", keys.remedy), ("reason", keys.reason)] {
            if let Some(node) = node {
                texts.push((name, Matcher::read(&Given::node(node.0), &Kind::Text, reader)?));
            }
        }
        if keys.answer.is_none() && texts.is_empty() {
            return reader.complain("E0507", reader.span(given), "nothing is expected here", None);
        }
        Some(Expected { answer: keys.answer, texts })
    }

    /// The text that must come out word by word, if the author gave one.
    pub fn whole_text(matcher: &Matcher) -> Option<&str> {
        match &matcher.test {
            Test::Equals(Value::Text(text)) => Some(text.trim_end()),
            _ => None,
        }
    }
}

impl Expectations {
    /// What must come out of a check: what its own name says, that of the whole `for_each`, or of all others.
    pub fn of(&self, plan: &Plan, check: usize) -> Option<&Expected> {
        self.named.get(&plan.name(check)).or_else(|| self.named.get(&base_name(plan, check))).or(self.others.as_ref())
    }
}

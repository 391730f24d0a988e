//! Differences as people read them: a line per check, short values side by side, long ones as a diff.

use super::compare::{Became, Change, FactChange};
use crate::judge::outcome::Answer;
use crate::prose;
use crate::report::paint::{Paint, harmless};
use serde_json::Value as Json;
use similar::{ChangeTag, TextDiff};

/// Characters of a value that is shown on one line.
const SHOWN: usize = 60;

/// For people.
pub fn render(changes: &[Change], paint: Paint) -> String {
    let mut out: String = changes.iter().map(|change| change.show(paint)).collect();
    let count = |became: Became| changes.iter().filter(|change| change.became == became).count();
    let parts: Vec<String> = Became::ALL
        .iter()
        .map(|became| (count(*became), became))
        .filter(|(number, _)| *number > 0)
        .map(|(number, became)| match became {
            Became::Facts => format!("{number} on other facts"),
            other => format!("{number} {}", other.word()),
        })
        .collect();
    out.push_str(&match parts.as_slice() {
        [] => "nothing changed\n".to_string(),
        parts => format!("{}: {}\n", prose::count(changes.len(), "change"), parts.join(", ")),
    });
    out
}

impl Change {
    fn show(&self, paint: Paint) -> String {
        let answers = match (self.before, self.after) {
            (Some(before), Some(after)) if before != after => format!("{before} → {after}"),
            (Some(answer), Some(_)) => format!("still {answer}"),
            (Some(before), None) => format!("was {before}"),
            (None, Some(after)) => after.to_string(),
            (None, None) => String::new(),
        };
        let word = format!("{:<7}", self.became.word());
        let word = match self.is_worse() {
            true => paint.answer(Answer::Error, &word),
            false if self.became == Became::Better => paint.answer(Answer::Ok, &word),
            false => paint.dim(&word),
        };
        let mut out = format!(" {word} {}  {}", harmless(&self.check), paint.dim(&answers)).trim_end().to_string();
        out.push('\n');
        self.facts.iter().for_each(|fact| fact.show(paint, &mut out));
        out
    }
}

impl FactChange {
    fn show(&self, paint: Paint, out: &mut String) {
        let (before, after) = (shown(self.before.as_ref()), shown(self.after.as_ref()));
        let short = |text: &str| !text.contains('\n') && text.chars().count() <= SHOWN;
        if short(&before) && short(&after) {
            out.push_str(&format!("         {}: {} → {}\n", self.fact, harmless(&before), harmless(&after)));
            return;
        }
        out.push_str(&format!("         {}:\n", self.fact));
        out.push_str(&lines(&before, &after, 11, paint));
    }
}

/// Two texts, line by line: `-` for what went, `+` for what came.
pub fn lines(before: &str, after: &str, indent: usize, paint: Paint) -> String {
    let diff = TextDiff::from_lines(before, after);
    let mut out = String::new();
    for (number, group) in diff.grouped_ops(2).iter().enumerate() {
        if number > 0 {
            out.push_str(&format!("{:indent$}…\n", ""));
        }
        for change in group.iter().flat_map(|operation| diff.iter_changes(operation)) {
            let (sign, answer) = match change.tag() {
                ChangeTag::Delete => ('-', Answer::Error),
                ChangeTag::Insert => ('+', Answer::Ok),
                ChangeTag::Equal => (' ', Answer::Skipped),
            };
            let line = format!("{sign} {}", harmless(change.value().trim_end_matches('\n')));
            out.push_str(format!("{:indent$}{}", "", paint.answer(answer, &line)).trim_end());
            out.push('\n');
        }
    }
    out
}

fn shown(value: Option<&Json>) -> String {
    match value {
        None => "not told".into(),
        Some(Json::String(text)) => text.clone(),
        Some(Json::Array(items)) if items.iter().any(|item| item.is_object()) => {
            items.iter().map(Json::to_string).collect::<Vec<_>>().join("\n")
        }
        Some(Json::Array(items)) => {
            format!("[{}]", items.iter().map(|item| shown(Some(item))).collect::<Vec<_>>().join(", "))
        }
        Some(other) => other.to_string(),
    }
}

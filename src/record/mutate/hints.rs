//! The values that an expectation speaks of: what to put in the place of a recorded fact.

use crate::fact::Value;
use crate::judge::matcher::{Matcher, Test};
use crate::judge::pattern::Pattern;
use regex_syntax::hir::{Class, Hir, HirKind};

/// What the conditions say of one fact.
#[derive(Default)]
pub struct Hints {
    pub values: Vec<Value>,
    /// A condition asks whether the fact is there at all.
    pub asks_presence: bool,
}

/// The hints for a fact.
pub fn of<'m>(conditions: impl Iterator<Item = &'m Matcher>, fact: &str) -> Hints {
    let mut hints = Hints::default();
    for condition in conditions {
        hints.for_fact(condition, fact);
    }
    hints
}

impl Hints {
    /// Looks for what is said of the fact among what is said of all.
    fn for_fact(&mut self, matcher: &Matcher, fact: &str) {
        match &matcher.test {
            Test::Field(name, inner) if **name == *fact => self.collect(inner),
            Test::All(inner) | Test::AnyOf(inner) | Test::NoneOf(inner) => {
                inner.iter().for_each(|one| self.for_fact(one, fact))
            }
            Test::Not(inner) => self.for_fact(inner, fact),
            _ => {}
        }
    }

    fn collect(&mut self, matcher: &Matcher) {
        match &matcher.test {
            Test::Equals(value) | Test::Compare(_, value) => self.values.push(value.clone()),
            Test::OneOf(values) => self.values.extend(values.iter().cloned()),
            Test::Between(pair) => self.values.extend([pair.0.clone(), pair.1.clone()]),
            Test::Within(span) | Test::OlderThan(span) => self.values.push(Value::Duration(*span)),
            Test::Contains(text) | Test::StartsWith(text) | Test::EndsWith(text) | Test::HasKey(text) => {
                self.text(text.to_string())
            }
            Test::Matches(pattern) => self.pattern(pattern),
            Test::Capture(capture) => {
                self.pattern(&capture.0);
                self.collect(&capture.1);
            }
            Test::Version(range) => {
                let bound = |c: char| !(c.is_ascii_alphanumeric() || ".-+:!".contains(c));
                range.to_string().split(bound).filter(|word| !word.is_empty()).for_each(|word| self.text(word.into()));
                ["0.0.1", "99999.0.0"].iter().for_each(|version| self.text(version.to_string()));
            }
            Test::AtMost(bits) => self.values.push(Value::Mode(*bits)),
            Test::Has(symbolic) | Test::Lacks(symbolic) => self.values.push(Value::Mode(symbolic.bits())),
            Test::Present(_) => self.asks_presence = true,
            Test::At(paths) => paths.iter().for_each(|(_, inner)| self.collect(inner)),
            Test::All(inner)
            | Test::AnyOf(inner)
            | Test::NoneOf(inner)
            | Test::Includes(inner)
            | Test::Only(inner)
            | Test::Exactly(inner) => inner.iter().for_each(|one| self.collect(one)),
            Test::Not(inner)
            | Test::Field(_, inner)
            | Test::Length(inner)
            | Test::AnyLine(inner)
            | Test::EveryLine(inner)
            | Test::NoLine(inner)
            | Test::LineCount(inner)
            | Test::Number(inner)
            | Test::Trimmed(inner)
            | Test::Any(inner)
            | Test::Every(inner)
            | Test::None(inner)
            | Test::Json(inner)
            | Test::Yaml(inner) => self.collect(inner),
            Test::Cel(_) | Test::Empty(_) => {}
        }
    }

    fn text(&mut self, text: String) {
        self.values.push(Value::Text(text));
    }

    fn pattern(&mut self, pattern: &Pattern) {
        if let Ok(hir) = regex_syntax::parse(pattern.text()) {
            let mut text = String::new();
            matching(&hir, &mut text);
            self.text(text);
        }
    }
}

/// A text that the pattern matches; boundaries are left to chance.
fn matching(hir: &Hir, out: &mut String) {
    match hir.kind() {
        HirKind::Literal(literal) => out.push_str(&String::from_utf8_lossy(&literal.0)),
        HirKind::Class(Class::Unicode(class)) => out.extend(class.ranges().first().map(|range| range.start())),
        HirKind::Class(Class::Bytes(class)) => {
            out.extend(class.ranges().first().map(|range| char::from(range.start())));
        }
        HirKind::Repetition(repetition) => {
            // a pattern may ask for a million repetitions
            (0..repetition.min.clamp(1, 64)).for_each(|_| matching(&repetition.sub, out));
        }
        HirKind::Capture(capture) => matching(&capture.sub, out),
        HirKind::Concat(parts) => parts.iter().for_each(|part| matching(part, out)),
        HirKind::Alternation(parts) => parts.iter().take(1).for_each(|part| matching(part, out)),
        HirKind::Empty | HirKind::Look(_) => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_found_that_the_pattern_matches() {
        for pattern in ["^v[0-9]+\\.", "(ERROR|FATAL): .*", "a{3}b?", "(?i)panic", "\\bword\\b", "[^a]x"] {
            let mut text = String::new();
            matching(&regex_syntax::parse(pattern).unwrap(), &mut text);
            assert!(regex::Regex::new(pattern).unwrap().is_match(&text), "{pattern}: {text:?}");
        }
    }
}

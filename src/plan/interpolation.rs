//! `${…}` in any value of a pack.
//!
//! A text that is exactly one `${…}` keeps the type of its value; otherwise
//! the values are joined with the text around them. `$${` is a literal `${`.
//! Braces and quotes inside an expression nest as CEL nests them.

mod shell;

use serde_json::Value;

use super::expression::Expression;
use super::expression::tokens::closing_brace;
use super::scope::{Reference, Scope, number_text, text_weight};
use super::text_error::TextError;

/// Expressions in one text.
const MOST_EXPRESSIONS: usize = 1_000;

/// A text with its `${…}` compiled.
#[derive(Debug, Clone)]
pub struct Interpolation {
    parts: Vec<Part>,
}

#[derive(Debug, Clone)]
enum Part {
    Literal(String),
    /// The expression, and the byte at which it begins in the whole text.
    Expression(Expression, usize),
}

/// What happens to inserted values.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Quote {
    None,
    /// Each value is quoted for a POSIX shell, as its place requires: bare, or
    /// inside the quotes that the text has around it. The elements of a list
    /// become words of their own.
    Shell,
}

/// Whether [`Interpolation::parse`] would find anything to do.
pub fn contains_interpolation(text: &str) -> bool {
    text.contains("${")
}

impl Interpolation {
    /// Complains with places in the whole text.
    pub fn parse(text: &str) -> Result<Self, TextError> {
        let mut parts = Vec::new();
        let mut literal = String::new();
        let mut at = 0;
        while let Some(found) = text[at..].find("${").map(|found| at + found) {
            if text[at..found].ends_with('$') {
                literal.push_str(&text[at..found - 1]);
                literal.push_str("${");
                at = found + 2;
                continue;
            }
            literal.push_str(&text[at..found]);
            push_literal(&mut parts, &mut literal);
            let (part, end) = expression(text, found)?;
            parts.push(part);
            if parts.len() > MOST_EXPRESSIONS * 2 {
                let message = format!("more than {MOST_EXPRESSIONS} `${{…}}` in one text");
                return Err(TextError::new(found..found + 2, message));
            }
            at = end;
        }
        literal.push_str(&text[at..]);
        push_literal(&mut parts, &mut literal);
        Ok(Self { parts })
    }

    /// Whether there is no `${…}` in it, at most an escaped one.
    pub fn is_literal(&self) -> bool {
        !self.parts.iter().any(|part| matches!(part, Part::Expression(..)))
    }

    /// Whether it is one `${…}` and nothing else, whose value may be of any type.
    pub fn is_single(&self) -> bool {
        matches!(self.parts.as_slice(), [Part::Expression(..)])
    }

    /// The names that its expressions use, with places in the whole text.
    pub fn references(&self) -> Vec<Reference> {
        let shifted = |(expression, start): (&Expression, usize)| {
            let mut references = expression.references().to_vec();
            for reference in &mut references {
                reference.range = reference.range.start + start..reference.range.end + start;
            }
            references
        };
        self.expressions().flat_map(shifted).collect()
    }

    /// Whether every `${…}` stands where a value can be quoted for a shell.
    pub fn check_shell(&self) -> Result<(), TextError> {
        let mut text = shell::Text::default();
        for part in &self.parts {
            match part {
                Part::Literal(literal) => text.literal(literal),
                Part::Expression(expression, start) => {
                    let place = start - 2..start + expression.source().len() + 1;
                    text.insert("").map_err(|why| TextError::new(place, why))?;
                }
            }
        }
        Ok(())
    }

    /// The value: of any type if the text is exactly one `${…}` and nothing is
    /// quoted, else a text.
    ///
    /// # Errors
    ///
    /// A sentence for people; also when a value has no form as text (null, a
    /// map, outside of shell texts a list), or cannot be quoted safely where
    /// it stands.
    pub fn evaluate(&self, scope: &dyn Scope, quote: Quote) -> Result<Value, String> {
        match (self.parts.as_slice(), quote) {
            ([Part::Expression(expression, _)], Quote::None) => expression.evaluate(scope),
            (_, Quote::None) => self.join(scope).map(Value::String),
            (_, Quote::Shell) => self.join_for_shell(scope).map(Value::String),
        }
    }

    fn join(&self, scope: &dyn Scope) -> Result<String, String> {
        self.parts.iter().try_fold(String::new(), |joined, part| match part {
            Part::Literal(literal) => Ok(joined + literal),
            Part::Expression(expression, _) => {
                let value = self.value(expression, scope)?;
                let text = as_text(&value).ok_or_else(|| no_text(expression, &value))?;
                scope.spend(text_weight(&text))?;
                Ok(joined + &text)
            }
        })
    }

    fn join_for_shell(&self, scope: &dyn Scope) -> Result<String, String> {
        let mut text = shell::Text::default();
        for part in &self.parts {
            match part {
                Part::Literal(literal) => text.literal(literal),
                Part::Expression(expression, _) => self.insert(expression, scope, &mut text)?,
            }
        }
        Ok(text.finish())
    }

    fn insert(&self, expression: &Expression, scope: &dyn Scope, text: &mut shell::Text) -> Result<(), String> {
        let value = self.value(expression, scope)?;
        let elements = match &value {
            Value::Array(elements) => elements.as_slice(),
            single => std::slice::from_ref(single),
        };
        for (index, element) in elements.iter().enumerate() {
            if index > 0 {
                text.literal(" ");
            }
            let word = as_text(element).ok_or_else(|| no_text(expression, element))?;
            scope.spend(text_weight(&word))?;
            text.insert(&word).map_err(|why| format!("`${{{}}}`: {why}", expression.source()))?;
        }
        Ok(())
    }

    fn value(&self, expression: &Expression, scope: &dyn Scope) -> Result<Value, String> {
        let alone = self.expressions().nth(1).is_none();
        expression.evaluate(scope).map_err(|why| match alone {
            true => why,
            false => format!("`${{{}}}`: {why}", expression.source()),
        })
    }

    fn expressions(&self) -> impl Iterator<Item = (&Expression, usize)> {
        self.parts.iter().filter_map(|part| match part {
            Part::Expression(expression, start) => Some((expression, *start)),
            Part::Literal(_) => None,
        })
    }
}

fn push_literal(parts: &mut Vec<Part>, literal: &mut String) {
    if !literal.is_empty() {
        parts.push(Part::Literal(std::mem::take(literal)));
    }
}

/// The expression whose `${` is at `found`, and the byte behind its `}`.
fn expression(text: &str, found: usize) -> Result<(Part, usize), TextError> {
    let start = found + 2;
    let Some(end) = closing_brace(text, start)? else {
        let error = TextError::new(found..start, "`${` is not closed");
        return Err(error.help("add the missing `}`, or write `$${` for a literal `${`"));
    };
    let parsed = Expression::parse(&text[start..end]).map_err(|error| {
        let error = error.shifted(start);
        if error.range.is_empty() { TextError { range: found..end + 1, ..error } } else { error }
    });
    Ok((Part::Expression(parsed?, start), end + 1))
}

fn as_text(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number_text(number)),
        Value::Bool(truth) => Some(truth.to_string()),
        Value::Null | Value::Array(_) | Value::Object(_) => None,
    }
}

fn no_text(expression: &Expression, value: &Value) -> String {
    let source = expression.source();
    match value {
        Value::Null => format!("`${{{source}}}` is null and cannot be part of a text"),
        Value::Array(_) => {
            format!("`${{{source}}}` is a list and cannot be part of a text; join it: {source}.join(', ')")
        }
        _ => format!("`${{{source}}}` is a map and cannot be part of a text; take one of its values"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::json;

    fn scope() -> Value {
        json!({ "name": "a b", "port": 8080, "ratio": 2.0, "x": "}", "flag": true, "none": null,
                "list": ["a", "it's", 3], "map": { "k": 1 }, "nested": [["a"]] })
    }

    fn evaluate(text: &str) -> Result<Value, String> {
        Interpolation::parse(text).map_err(|error| format!("{error:?}"))?.evaluate(&scope(), Quote::None)
    }

    fn shell(text: &str) -> Result<Value, String> {
        Interpolation::parse(text).map_err(|error| format!("{error:?}"))?.evaluate(&scope(), Quote::Shell)
    }

    fn complaint(text: &str) -> (std::ops::Range<usize>, String) {
        let error = Interpolation::parse(text).unwrap_err();
        (error.range, error.message)
    }

    #[test]
    fn a_single_expression_keeps_its_type() {
        for (text, value) in [
            ("${port}", json!(8080)),
            ("${ratio}", json!(2.0)),
            ("${list}", json!(["a", "it's", 3])),
            ("${none}", json!(null)),
            ("${ {'a': 1}['a'] }", json!(1)),
            ("${x == '}' ? 1 : 2}", json!(1)),
            ("${ {'a': {'b': '}'}}.a.b }", json!("}")),
            (" ${port}", json!(" 8080")),
            ("plain", json!("plain")),
            ("", json!("")),
        ] {
            assert_eq!(evaluate(text), Ok(value), "{text}");
        }
    }

    #[test]
    fn values_are_joined_as_text() {
        for (text, value) in [
            ("é ${name}:${port}/${ratio}?${flag}", "é a b:8080/2?true"),
            ("$${name} $$${name} $ {name} $5 100$", "${name} $${name} $ {name} $5 100$"),
            ("${name}${name}", "a ba b"),
            ("cost: $${${port}}", "cost: ${8080}"),
        ] {
            assert_eq!(evaluate(text), Ok(json!(value)), "{text}");
        }
    }

    #[test]
    fn what_has_no_text_is_an_error() {
        assert_eq!(
            evaluate("a ${list}").unwrap_err(),
            "`${list}` is a list and cannot be part of a text; join it: list.join(', ')"
        );
        assert_eq!(
            evaluate("a ${map}").unwrap_err(),
            "`${map}` is a map and cannot be part of a text; take one of its values"
        );
        assert_eq!(evaluate("a ${none}").unwrap_err(), "`${none}` is null and cannot be part of a text");
        assert_eq!(evaluate("${name} ${nope}").unwrap_err(), "`${nope}`: there is no `nope` here");
        assert_eq!(evaluate("${nope}").unwrap_err(), "there is no `nope` here");
    }

    #[test]
    fn complaints_and_references_have_places_in_the_whole_text() {
        assert_eq!(
            complaint("é ${port + }"),
            (10..11, "the expression ends too early: something is missing after `port +`".into())
        );
        assert_eq!(complaint("é ${a} ${port"), (8..10, "`${` is not closed".into()));
        assert_eq!(complaint("é ${f(port"), (3..5, "`${` is not closed".into()));
        assert_eq!(complaint("é ${}"), (3..6, "the expression is empty".into()));
        assert_eq!(complaint("é ${a} ${'x}").0, 10..11);
        assert_eq!(complaint("é ${a)}"), (6..7, "`)` closes nothing".into()));
        let text = "é ${ port } $${no} ${list[0] + map.k}";
        let references = Interpolation::parse(text).unwrap().references();
        let found: Vec<_> =
            references.iter().map(|reference| (reference.path.join("."), &text[reference.range.clone()])).collect();
        assert_eq!(found, [("port".into(), "port"), ("list".into(), "list"), ("map.k".into(), "map.k")]);
    }

    #[test]
    fn literals_are_recognised() {
        assert!(!contains_interpolation("a $b {c}"));
        assert!(contains_interpolation("$${a}"));
        assert!(Interpolation::parse("$${a}").unwrap().is_literal());
        assert!(!Interpolation::parse("${a}").unwrap().is_literal());
    }

    #[test]
    fn values_are_quoted_for_the_shell() {
        for (text, value) in [
            ("echo ${name}", "echo 'a b'"),
            ("echo ${port} ${ratio} ${flag}", "echo 8080 2 true"),
            ("echo ${list}", r"echo a 'it'\''s' 3"),
            ("${name}", "'a b'"),
            (r#"echo "${x} ${list[1]}" '${list[1]}'"#, r#"echo "} it's" 'it'\''s'"#),
        ] {
            assert_eq!(shell(text), Ok(json!(value)), "{text}");
        }
        assert!(shell("echo ${map}").unwrap_err().contains("is a map"));
        assert!(shell("echo ${nested}").unwrap_err().contains("is a list"));
        assert!(shell("echo `cat ${name}`").unwrap_err().starts_with("`${name}`: "));
        let error = Interpolation::parse("é `cat ${name}`").unwrap().check_shell().unwrap_err();
        assert_eq!(error.range, 8..15);
        assert_eq!(Interpolation::parse("cat \"${name}\"").unwrap().check_shell(), Ok(()));
    }

    #[test]
    fn hostile_texts_are_bounded() {
        assert!(complaint(&"${".repeat(500_000)).1.contains("`$` means nothing"));
        assert!(complaint(&format!("${{{}", " ".repeat(1 << 20))).1.contains("at most 1000 characters"));
        assert!(complaint(&"${a} ".repeat(200_000)).1.contains("more than 1000"));
        assert!(evaluate(&"x".repeat(1 << 20)).is_ok());
    }

    proptest! {
        #[test]
        fn no_text_makes_it_panic(words in proptest::collection::vec(prop::sample::select(vec![
            "${", "$${", "$", "{", "}", "name", "'", "\"", "\\", " ", "é", "😀", ".", "[", "]", "(", ")", "//", "\n", "`", "<<", "#",
        ]), 0..16)) {
            let text = words.concat();
            match Interpolation::parse(&text) {
                Ok(parsed) => drop((parsed.evaluate(&scope(), Quote::None), parsed.evaluate(&scope(), Quote::Shell), parsed.check_shell())),
                Err(error) => prop_assert!(text.get(error.range.clone()).is_some(), "{error:?} in {text:?}"),
            }
        }

        #[test]
        fn texts_without_expressions_come_back(text in "[^$]*") {
            prop_assert_eq!(evaluate(&text), Ok(json!(text)));
        }
    }
}

//! Expressions that need no evaluator: a name with fields, or a literal.
//!
//! `${python}` and `item.value` are most of what packs contain; twenty
//! thousand of them must cost a look-up each, not a run of the interpreter.

use serde_json::Value;

use super::tokens::{Kind, Token};
use crate::plan::scope::{Reference, Scope};
use crate::spec::diagnostic::did_you_mean;

/// Words that CEL keeps for itself; as names of variables they are refused by
/// cel, so they are not names here either.
pub const RESERVED: [&str; 21] = [
    "as",
    "break",
    "const",
    "continue",
    "else",
    "false",
    "for",
    "function",
    "if",
    "import",
    "in",
    "let",
    "loop",
    "namespace",
    "null",
    "package",
    "return",
    "true",
    "var",
    "void",
    "while",
];

#[derive(Debug)]
pub enum Plain {
    Literal(Value),
    Path(Vec<Segment>, Reference),
}

#[derive(Debug, PartialEq)]
pub enum Segment {
    Field(String),
    Index(usize),
}

impl Plain {
    /// `None` when the expression is more than a path or a literal.
    pub fn read(text: &str, tokens: &[Token]) -> Option<Self> {
        literal(text, tokens).map(Plain::Literal).or_else(|| path(text, tokens))
    }

    pub fn references(&self) -> &[Reference] {
        match self {
            Plain::Literal(_) => &[],
            Plain::Path(_, reference) => std::slice::from_ref(reference),
        }
    }

    pub fn evaluate(&self, scope: &dyn Scope) -> Result<Value, String> {
        match self {
            Plain::Literal(value) => Ok(value.clone()),
            Plain::Path(segments, _) => resolve(segments, scope),
        }
    }
}

fn literal(text: &str, tokens: &[Token]) -> Option<Value> {
    match tokens {
        [token] if token.kind == Kind::Text => plain_text(&text[token.range.clone()]).map(Value::from),
        [token] if token.kind == Kind::Number => number(&text[token.range.clone()]),
        [sign, token] if sign.is(text, "-") && token.kind == Kind::Number => {
            number(&format!("-{}", &text[token.range.clone()]))
        }
        [token] => match &text[token.range.clone()] {
            "true" => Some(Value::Bool(true)),
            "false" => Some(Value::Bool(false)),
            "null" => Some(Value::Null),
            _ => None,
        },
        _ => None,
    }
}

fn number(written: &str) -> Option<Value> {
    match written.parse::<i64>() {
        Ok(whole) => Some(Value::from(whole)),
        Err(_) => written.parse::<f64>().ok().map(Value::from),
    }
}

/// The content of a text literal without prefix, escapes and line breaks.
fn plain_text(written: &str) -> Option<&str> {
    let quote = written.chars().next().filter(|quote| matches!(quote, '\'' | '"'))?;
    let inner = written.strip_prefix(quote)?.strip_suffix(quote)?;
    (!inner.contains('\\') && !inner.contains(quote)).then_some(inner)
}

fn path(text: &str, tokens: &[Token]) -> Option<Plain> {
    let (first, mut rest) = tokens.split_first()?;
    let name = &text[first.range.clone()];
    if first.kind != Kind::Name || RESERVED.contains(&name) {
        return None;
    }
    let mut segments = vec![Segment::Field(name.to_owned())];
    while !rest.is_empty() {
        let (segment, behind) = segment(text, rest)?;
        segments.push(segment);
        rest = behind;
    }
    let constant = segments.iter().map_while(|segment| match segment {
        Segment::Field(name) => Some(name.clone()),
        Segment::Index(_) => None,
    });
    let reference =
        Reference { path: constant.collect(), range: first.range.start..tokens.last()?.range.end, optional: false };
    Some(Plain::Path(segments, reference))
}

fn segment<'t>(text: &str, tokens: &'t [Token]) -> Option<(Segment, &'t [Token])> {
    match tokens {
        [dot, field, rest @ ..] if dot.is(text, ".") && field.kind == Kind::Name => {
            let name = &text[field.range.clone()];
            (name != "in").then(|| (Segment::Field(name.to_owned()), rest))
        }
        [open, key, close, rest @ ..] if open.is(text, "[") && close.is(text, "]") => {
            let key = &text[key.range.clone()];
            let field = plain_text(key).map(|name| Segment::Field(name.to_owned()));
            let index = || key.parse().ok().map(Segment::Index);
            Some((field.or_else(index)?, rest))
        }
        _ => None,
    }
}

fn resolve(segments: &[Segment], scope: &dyn Scope) -> Result<Value, String> {
    let [Segment::Field(name), rest @ ..] = segments else {
        return Err("the expression is empty".into());
    };
    let value = scope.look(name).ok_or_else(|| unknown_name(name))?;
    let mut found = value.as_ref();
    let mut so_far = name.clone();
    for segment in rest {
        found = enter(found, segment).ok_or_else(|| missing(&so_far, found, segment))?;
        segment.append_to(&mut so_far);
    }
    Ok(found.clone())
}

fn enter<'v>(value: &'v Value, segment: &Segment) -> Option<&'v Value> {
    match segment {
        Segment::Field(name) => value.as_object()?.get(name),
        Segment::Index(index) => value.as_array()?.get(*index),
    }
}

impl Segment {
    fn append_to(&self, path: &mut String) {
        match self {
            Segment::Field(name) if name.chars().all(|letter| letter.is_ascii_alphanumeric() || letter == '_') => {
                path.push('.');
                path.push_str(name);
            }
            Segment::Field(name) => path.push_str(&format!("['{name}']")),
            Segment::Index(index) => path.push_str(&format!("[{index}]")),
        }
    }
}

pub fn unknown_name(name: &str) -> String {
    format!("there is no `{name}` here")
}

/// Why `segment` of `value`, known as `path`, is not there.
pub fn missing(path: &str, value: &Value, segment: &Segment) -> String {
    match (segment, value) {
        (Segment::Field(name), Value::Object(map)) => missing_field(path, name, map.keys().map(String::as_str)),
        (Segment::Index(index), Value::Array(list)) => {
            format!("`{path}` has no element {index}: it has {} (the first is 0)", list.len())
        }
        (Segment::Field(name), other) => format!("`{path}` is {}: it has no `{name}`", kind_of(other)),
        (Segment::Index(index), other) => format!("`{path}` is {}: it has no element {index}", kind_of(other)),
    }
}

fn missing_field<'k>(path: &str, name: &str, keys: impl Iterator<Item = &'k str> + Clone) -> String {
    const SHOWN: usize = 8;
    let hint = match did_you_mean(name, keys.clone()) {
        Some(near) => format!("did you mean `{near}`?"),
        None if keys.clone().next().is_none() => "it is empty".to_owned(),
        None => {
            let shown: Vec<&str> = keys.clone().take(SHOWN).collect();
            let more = if keys.count() > SHOWN { ", …" } else { "" };
            format!("it has {}{more}", shown.join(", "))
        }
    };
    format!("`{path}` has no `{name}`; {hint}")
}

/// A value's kind, in people's words.
pub fn kind_of(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "true or false",
        Value::Number(_) => "a number",
        Value::String(_) => "a text",
        Value::Array(_) => "a list",
        Value::Object(_) => "a map",
    }
}

#[cfg(test)]
mod tests {
    use super::super::tokens::split;
    use super::*;
    use serde_json::json;

    fn evaluate(text: &str) -> Option<Result<Value, String>> {
        let scope = json!({
            "name": "disk",
            "vars": { "x-y": { "z": [1, 2.0] }, "port": 8080 },
            "item": { "value": null },
        });
        Plain::read(text, &split(text).unwrap()).map(|plain| plain.evaluate(&scope))
    }

    #[test]
    fn paths_and_literals_are_resolved_directly() {
        for (text, value) in [
            ("name", json!("disk")),
            (" vars[\"x-y\"].z[1] ", json!(2.0)),
            ("item.value", json!(null)),
            ("-12", json!(-12)),
            ("1.5", json!(1.5)),
            ("'a b'", json!("a b")),
            ("true", json!(true)),
        ] {
            assert_eq!(evaluate(text), Some(Ok(value)), "{text}");
        }
    }

    #[test]
    fn anything_more_is_left_to_cel() {
        for text in ["a + 1", "f()", "a.f()", "'a\\n'", "r'a'", "1u", "0x10", "a[b]", "package", "''''''", "a.in", ""] {
            assert_eq!(evaluate(text), None, "{text}");
        }
    }

    #[test]
    fn the_missing_part_is_named() {
        let message = |text| evaluate(text).unwrap().unwrap_err();
        assert_eq!(message("nope.x"), "there is no `nope` here");
        assert_eq!(message("vars.prot"), "`vars` has no `prot`; did you mean `port`?");
        assert_eq!(message("vars.lock"), "`vars` has no `lock`; it has x-y, port");
        assert_eq!(message("vars['x-y'].z[7]"), "`vars['x-y'].z` has no element 7: it has 2 (the first is 0)");
        assert_eq!(message("name.x"), "`name` is a text: it has no `x`");
    }

    #[test]
    fn a_reference_goes_as_far_as_it_is_constant() {
        let text = "'é' == 1 ? 1 : 2";
        assert!(Plain::read(text, &split(text).unwrap()).is_none());
        let text = "  vars['é'].z[0].q";
        let Some(Plain::Path(_, reference)) = Plain::read(text, &split(text).unwrap()) else {
            panic!("a path");
        };
        assert_eq!(reference.path, ["vars", "é", "z"]);
        assert_eq!(reference.range, 2..text.len());
    }
}

//! Reading a range: `||` between alternatives; blanks or commas between the tests of one.

use std::{error::Error, fmt, ops};

use super::{
    Prefix, Relation, Test,
    operand::{Operand, no_wildcard, operand},
    possible::possible,
    token::{Token, tokens},
};

/// Why a text is no range, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RangeError {
    /// The place, in bytes of the text.
    pub span: ops::Range<usize>,
    /// What is wrong.
    pub message: String,
    /// What to write instead.
    pub help: Option<String>,
}

impl fmt::Display for RangeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl Error for RangeError {}

pub(super) fn parse(text: &str) -> Result<Vec<Vec<Test>>, RangeError> {
    let mut start = 0;
    text.split("||")
        .map(|part| {
            let from = start;
            start += part.len() + "||".len();
            alternative(part, from)
        })
        .collect()
}

fn alternative(text: &str, from: usize) -> Result<Vec<Test>, RangeError> {
    let tokens = tokens(text, from);
    let span = from + text.len() - text.trim_start().len()..from + text.trim_end().len();
    if tokens.is_empty() {
        return Err(error(from..from + text.len(), "a version range is missing here", "write one like `>=3.10,<3.13`"));
    }
    let mut tests = Vec::new();
    let mut rest = tokens.as_slice();
    while !rest.is_empty() {
        rest = one_test(rest, &mut tests)?;
        rest = match rest {
            [comma, after @ ..] if comma.text == "," => match after.first() {
                Some(next) if next.text != "," => after,
                _ => {
                    return Err(error(
                        comma.span(),
                        "nothing follows this comma",
                        "remove it or write a further bound",
                    ));
                }
            },
            other => other,
        };
    }
    if !possible(&tests) {
        let message = format!("no version can satisfy `{}`", text.trim());
        return Err(error(
            span,
            &message,
            "all bounds must hold at once; write `||` between ranges of which one is enough",
        ));
    }
    Ok(tests)
}

/// Reads one test from the front and gives back what follows it.
fn one_test<'a, 'b>(tokens: &'b [Token<'a>], tests: &mut Vec<Test>) -> Result<&'b [Token<'a>], RangeError> {
    match tokens {
        [low, hyphen, high, rest @ ..] if hyphen.text == "-" && !low.is_operator() => {
            between(operand(*low)?, operand(*high)?, tests);
            Ok(rest)
        }
        [operator, version, rest @ ..] if operator.is_operator() && !version.is_operator() && version.text != "," => {
            compare(*operator, operand(*version)?, tests)?;
            Ok(rest)
        }
        [operator, ..] if operator.is_operator() => {
            let message = format!("no version follows `{}`", operator.text);
            Err(error(operator.span(), &message, "write one, like `>=3.10`"))
        }
        [version, rest @ ..] => {
            let wanted = operand(*version)?;
            begins_with(&wanted, tests);
            Ok(rest)
        }
        [] => Ok(tokens),
    }
}

fn compare(operator: Token<'_>, operand: Operand<'_>, tests: &mut Vec<Test>) -> Result<(), RangeError> {
    let relation = match operator.text {
        "=" => {
            begins_with(&operand, tests);
            return Ok(());
        }
        "~" | "^" | "~=" | "~>" => return compatible(operator, operand, tests),
        "==" => Relation::Equal,
        "!=" => Relation::NotEqual,
        ">=" => Relation::AtLeast,
        "<=" => Relation::AtMost,
        ">" => Relation::Greater,
        "<" => Relation::Less,
        "===" => return same_text(operator, operand, tests),
        other => {
            return Err(error(
                operator.span(),
                &format!("`{other}` is not an operator"),
                "write `!=` for any version but one",
            ));
        }
    };
    match (operand.wildcard, relation) {
        (false, _) => tests.extend(operand.version.map(|version| Test::Compare(relation, version))),
        (true, Relation::Equal) => begins_with(&operand, tests),
        (true, Relation::NotEqual) => tests.push(Test::Outside(operand.prefix())),
        (true, _) => return Err(no_wildcard(operator, &operand)),
    }
    Ok(())
}

fn same_text(operator: Token<'_>, operand: Operand<'_>, tests: &mut Vec<Test>) -> Result<(), RangeError> {
    match operand.version {
        Some(version) if !operand.wildcard => tests.push(Test::Text(version)),
        _ => return Err(no_wildcard(operator, &operand)),
    }
    Ok(())
}

/// At least the version, and the same up to the part that the operator lets grow.
fn compatible(operator: Token<'_>, operand: Operand<'_>, tests: &mut Vec<Test>) -> Result<(), RangeError> {
    let Some(version) = &operand.version else {
        return Err(no_wildcard(operator, &operand));
    };
    let release = version.key.release();
    let parts = match operator.text {
        "^" => release.iter().position(|number| *number != 0).map_or(release.len(), |first| first + 1),
        "~" => release.len().min(2),
        "~=" if operand.wildcard => return Err(no_wildcard(operator, &operand)),
        "~=" if release.len() < 2 => {
            let message = format!("`~={0}` needs at least two parts", operand.token.text);
            let help = format!("write `~={0}.0` or `{0}.*`", operand.token.text);
            return Err(error(operator.start..operand.token.span().end, &message, &help));
        }
        _ => release.len().saturating_sub(1).max(1),
    };
    let prefix = Prefix::of(version, parts);
    // The lower bound keeps pre-releases out, or lets them in where it is one itself.
    let within = Prefix { first: prefix.first.floor(), ..prefix };
    tests.push(Test::Compare(Relation::AtLeast, version.clone()));
    tests.push(Test::Within(within));
    Ok(())
}

/// All written parts are equal; a pre-release or revision that is written is meant exactly.
fn begins_with(operand: &Operand<'_>, tests: &mut Vec<Test>) {
    match &operand.version {
        None => {}
        Some(version) if version.key.is_plain() => tests.push(Test::Within(operand.prefix())),
        Some(version) => tests.push(Test::Compare(Relation::Equal, version.clone())),
    }
}

/// From one to the other, both included; parts missing at the end are free.
fn between(low: Operand<'_>, high: Operand<'_>, tests: &mut Vec<Test>) {
    tests.extend(low.version.map(|version| Test::Compare(Relation::AtLeast, version)));
    let Some(version) = &high.version else { return };
    if version.key.is_plain() {
        let everything = Prefix::everything();
        tests.push(Test::Within(Prefix { beyond: high.prefix().beyond, ..everything }));
    } else {
        tests.push(Test::Compare(Relation::AtMost, version.clone()));
    }
}

pub(super) fn error(span: ops::Range<usize>, message: &str, help: &str) -> RangeError {
    RangeError { span, message: message.into(), help: Some(help.into()) }
}

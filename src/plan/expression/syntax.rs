//! cel's complaints about syntax, said for people.
//!
//! cel lists the tokens of its grammar ("mismatched input '<EOF>' expecting
//! {'[', '{', …"); of that only the place is used.

use cel::ParseErrors;

use super::plain::RESERVED;
use super::tokens::{Kind, Token};
use crate::plan::text_error::{TextError, byte_at, line_start};

/// What people write for operators that CEL spells otherwise.
const WORDS: [(&str, &str); 6] = [("and", "&&"), ("or", "||"), ("not", "!"), ("is", "=="), ("eq", "=="), ("ne", "!=")];

/// What can be complained about before cel sees the text.
pub fn check(text: &str, tokens: &[Token]) -> Result<(), TextError> {
    if tokens.is_empty() {
        return Err(TextError::new(0..text.len(), "the expression is empty"));
    }
    for (index, token) in tokens.iter().enumerate() {
        let before = index.checked_sub(1).and_then(|before| tokens.get(before));
        if let Some(error) = optional_syntax(text, token, before).or_else(|| reserved(text, token, before)) {
            return Err(error);
        }
    }
    Ok(())
}

/// `a.?b` and `a[?b]`.
fn optional_syntax(text: &str, token: &Token, before: Option<&Token>) -> Option<TextError> {
    let behind = before.filter(|before| token.is(text, "?") && (before.is(text, ".") || before.is(text, "[")))?;
    let place = behind.range.start..token.range.end;
    Some(
        TextError::new(place, "optional fields are not part of this expression language")
            .help("write has(a.b) ? a.b : 'default'"),
    )
}

fn reserved(text: &str, token: &Token, before: Option<&Token>) -> Option<TextError> {
    let word = &text[token.range.clone()];
    let is_value = matches!(word, "true" | "false" | "null" | "in");
    let is_field = before.is_some_and(|before| before.is(text, "."));
    if token.kind != Kind::Name || is_value || is_field || !RESERVED.contains(&word) {
        return None;
    }
    let error = TextError::new(token.range.clone(), format!("`{word}` is a word that CEL keeps for itself"));
    Some(error.help(format!("give the variable another name, or write vars.{word}")))
}

/// The first of cel's complaints, at its place and in plain words.
pub fn explain(text: &str, tokens: &[Token], errors: &ParseErrors) -> TextError {
    let grammar = errors.errors.iter().find(|error| error.msg.starts_with("Syntax error"));
    let Some(error) = grammar.or(errors.errors.first()) else {
        return TextError::new(0..text.len(), "the expression cannot be read");
    };
    let (line, column) = (error.pos.0.max(1) as usize, error.pos.1.max(1) as usize);
    // The grammar's columns count characters, those of macros bytes.
    let place = match grammar {
        Some(_) => byte_at(text, line, column),
        None => line_start(text, line) + column - 1,
    };
    match error.msg.as_str() {
        "invalid argument to has() macro" => {
            let error = TextError::new(at(text, tokens, place), "`has` asks for a field: has(vars.name)");
            error.help("a name without a field is always there")
        }
        "argument must be a simple name" => {
            TextError::new(at(text, tokens, place), "the first argument here is a new name")
                .help("for example: list.all(item, item > 0)")
        }
        _ => unexpected(text, tokens, place),
    }
}

fn unexpected(text: &str, tokens: &[Token], place: usize) -> TextError {
    let index = tokens.iter().position(|token| token.range.end > place);
    let previous = index.map_or(tokens.last(), |index| tokens.get(index.wrapping_sub(1)));
    let Some(token) = index.and_then(|index| tokens.get(index)) else {
        let end = previous.map_or(text.len(), |last| last.range.end);
        let place = previous.map_or(0..text.len(), |last| last.range.clone());
        let after = text[..end].trim_start();
        let after = after.char_indices().rev().nth(19).map_or(after, |(at, _)| &after[at..]);
        return TextError::new(place, format!("the expression ends too early: something is missing after `{after}`"));
    };
    let foreign = [Some(token), previous].into_iter().flatten();
    if let Some((token, help)) = foreign.filter_map(|token| Some((token, hint(&text[token.range.clone()])?))).next() {
        let word = &text[token.range.clone()];
        return TextError::new(token.range.clone(), format!("`{word}` is not an operator")).help(help);
    }
    let word = &text[token.range.clone()];
    let error = TextError::new(token.range.clone(), format!("`{word}` is not expected here"));
    if previous.is_some_and(|before| both_values(before, token)) {
        return error.help("an operator such as `==`, `&&` or `+` is missing before it");
    }
    error
}

fn hint(word: &str) -> Option<String> {
    WORDS
        .iter()
        .find(|(written, _)| *written == word)
        .map(|(word, operator)| format!("`{word}` is written `{operator}`"))
}

fn both_values(left: &Token, right: &Token) -> bool {
    let ends = matches!(left.kind, Kind::Name | Kind::Number | Kind::Text | Kind::Close);
    ends && matches!(right.kind, Kind::Name | Kind::Number | Kind::Text)
}

/// The word at a place, or the empty place itself.
fn at(text: &str, tokens: &[Token], place: usize) -> std::ops::Range<usize> {
    let found = tokens.iter().find(|token| token.range.contains(&place));
    found.map_or(text.len()..text.len(), |token| token.range.clone())
}

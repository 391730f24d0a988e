//! The words of a range, with their places.

use std::ops;

/// Longer operators first, so that `>=` is not read as `>`.
const OPERATORS: [&str; 13] = ["===", "==", "=", ">=", "<=", ">", "<", "!=", "~=", "~>", "~", "^", "!"];

/// An operator, a comma, a hyphen between blanks, or a version.
#[derive(Clone, Copy)]
pub(super) struct Token<'a> {
    pub(super) text: &'a str,
    pub(super) start: usize,
}

impl Token<'_> {
    pub(super) fn span(&self) -> ops::Range<usize> {
        self.start..self.start + self.text.len()
    }

    pub(super) fn is_operator(&self) -> bool {
        OPERATORS.contains(&self.text)
    }
}

/// The tokens of one alternative, which begins at `from` in the whole range.
pub(super) fn tokens(text: &str, from: usize) -> Vec<Token<'_>> {
    let mut tokens = Vec::new();
    let mut at = 0;
    while let Some(first) = text[at..].chars().next() {
        let rest = &text[at..];
        let length = if first.is_whitespace() || first == ',' {
            first.len_utf8()
        } else if let Some(operator) = OPERATORS.iter().find(|operator| rest.starts_with(**operator)) {
            operator.len()
        } else {
            let end = |c: char| c.is_whitespace() || ",|<>=".contains(c);
            rest.char_indices().skip(1).find(|(_, c)| end(*c)).map_or(rest.len(), |(end, _)| end)
        };
        if !first.is_whitespace() {
            tokens.push(Token { text: &rest[..length], start: from + at });
        }
        at += length;
    }
    tokens
}

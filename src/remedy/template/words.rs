//! The words of one Handlebars tag: names, literals, parentheses.

use std::ops::Range;

use super::tags::Kind;
use crate::plan::text_error::{TextError, char_at};

/// Parentheses within parentheses.
const DEEPEST: usize = 32;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Word {
    /// A variable or the name of a helper.
    Name,
    /// A text, number, `true`, `false` or `null`.
    Literal,
    Open,
    Close,
    /// `key=`
    Key,
    /// `as |a b|`
    Parameters,
}

/// Reads the words of one tag.
pub struct Inside<'t> {
    text: &'t str,
    at: usize,
    start: usize,
    depth: usize,
}

impl<'t> Inside<'t> {
    /// Of the tag at `start`, behind its `braces`.
    pub fn new(text: &'t str, start: usize, braces: usize) -> Self {
        Self { text, at: start + braces, start, depth: 0 }
    }

    /// The byte behind what was read.
    pub fn end(&self) -> usize {
        self.at
    }

    pub fn begins_with(&self, expected: impl Fn(char) -> bool) -> bool {
        self.peek().is_some_and(expected)
    }

    /// What the sign at the beginning makes of the tag.
    pub fn sigil(&mut self) -> Result<Kind, TextError> {
        let place = char_at(self.text, self.at);
        let kind = match self.peek() {
            Some('#') => Kind::Open,
            Some('/') => Kind::Close,
            Some('^') => Kind::Else,
            Some('&' | '{') => Kind::Inline,
            Some('>') => return Err(TextError::new(place, "texts of other places cannot be included here")),
            Some('*') => return Err(TextError::new(place, "decorators are not supported")),
            _ => return Ok(Kind::Inline),
        };
        self.at += 1;
        match (kind, self.peek()) {
            (Kind::Open, Some('>' | '*')) => {
                Err(TextError::new(char_at(self.text, self.at), "texts of other places cannot be included here"))
            }
            _ => Ok(kind),
        }
    }

    /// The words up to and including the closing braces.
    pub fn words(&mut self) -> Result<Vec<(Word, Range<usize>)>, TextError> {
        let mut words = Vec::new();
        loop {
            self.skip_blanks();
            let Some(next) = self.peek() else {
                let error = TextError::new(self.start..self.start + 2, "this `{{` is not closed");
                return Err(error.help("add the missing `}}`, or write `\\{{` for a literal `{{`"));
            };
            if self.close() {
                return Ok(words);
            }
            words.push(self.word(next)?);
        }
    }

    /// Takes `}}`, `~}}`, `}}}` or `}~}}` if they come next.
    fn close(&mut self) -> bool {
        let rest = &self.text[self.at..];
        let ends = ["}~}}", "}}}", "~}}", "}}"];
        let end =
            ends.iter().find(|end| rest.starts_with(**end) && (end.len() != 3 || **end == "~}}" || self.is_triple()));
        self.at += end.map_or(0, |end| end.len());
        end.is_some()
    }

    fn is_triple(&self) -> bool {
        let opened = self.text[self.start + 2..].trim_start_matches([' ', '\t', '\r', '\n', '~']);
        opened.starts_with('{')
    }

    fn word(&mut self, next: char) -> Result<(Word, Range<usize>), TextError> {
        match next {
            '(' => {
                self.depth += 1;
                if self.depth > DEEPEST {
                    let message = format!("parentheses are nested deeper than {DEEPEST}");
                    return Err(TextError::new(self.at..self.at + 1, message));
                }
                Ok((Word::Open, self.take(1)))
            }
            ')' => {
                self.depth = self.depth.saturating_sub(1);
                Ok((Word::Close, self.take(1)))
            }
            '"' | '\'' => self.quoted(next),
            '|' => self.parameters(),
            '@' if self.text[..self.at].ends_with(|before| is_name(before) || "./".contains(before)) => {
                Err(self.stray(next))
            }
            _ if is_name(next) || "./@".contains(next) => self.name(),
            _ => Err(self.stray(next)),
        }
    }

    fn stray(&self, next: char) -> TextError {
        let error = TextError::new(char_at(self.text, self.at), format!("`{next}` is not expected inside {{{{ }}}}"));
        match next {
            '[' => error.help("lists cannot be written here; give one a name under `vars`"),
            '$' => error.help("names are written without `$`"),
            '{' => error.help("write `\\{{` for a literal `{{`"),
            _ => error.help("conditions are written with helpers: {{#if (eq a b)}}"),
        }
    }

    fn quoted(&mut self, quote: char) -> Result<(Word, Range<usize>), TextError> {
        let mut escaped = false;
        for (index, letter) in self.text[self.at + 1..].char_indices() {
            if letter == quote && !escaped {
                return Ok((Word::Literal, self.take(index + 2)));
            }
            escaped = letter == '\\' && !escaped;
        }
        Err(TextError::new(self.at..self.at + 1, "this text is not closed").help(format!("add the closing {quote}")))
    }

    /// `|a b|`; the `as` before it was read as a name.
    fn parameters(&mut self) -> Result<(Word, Range<usize>), TextError> {
        let end = self.text[self.at + 1..].find('|').filter(|end| !self.text[self.at + 1..][..*end].contains('}'));
        match end {
            Some(end) => Ok((Word::Parameters, self.take(end + 2))),
            None => Err(TextError::new(self.at..self.at + 1, "this `|` is not closed").help("write as |item index|")),
        }
    }

    /// A name with its fields, a number or a key.
    fn name(&mut self) -> Result<(Word, Range<usize>), TextError> {
        let rest = &self.text[self.at..];
        let mut width = 0;
        while let Some(letter) = rest[width..].chars().next() {
            if letter == '[' && rest[..width].ends_with(['.', '/']) {
                let Some(end) = rest[width..].find(']') else {
                    let place = self.at + width;
                    return Err(TextError::new(place..place + 1, "this `[` is not closed"));
                };
                width += end + 1;
                if !rest[width..].starts_with(['.', '/']) {
                    break;
                }
            } else if is_name(letter) || "./".contains(letter) || (letter == '@' && width == 0) {
                width += letter.len_utf8();
            } else {
                break;
            }
        }
        let range = self.take(width);
        let before_equals = self.text[self.at..].trim_start_matches([' ', '\t', '\r', '\n']);
        if let Some(value) = before_equals.strip_prefix('=') {
            if value.starts_with('=') {
                let place = self.text.len() - before_equals.len();
                return Err(TextError::new(place..place + 2, "`==` is not expected inside {{ }}")
                    .help("write {{#if (eq a b)}}"));
            }
            self.at = self.text.len() - value.len();
            return Ok((Word::Key, range));
        }
        let word = if is_literal(&self.text[range.clone()]) { Word::Literal } else { Word::Name };
        Ok((word, range))
    }

    fn skip_blanks(&mut self) {
        let rest = &self.text[self.at..];
        self.at += rest.len() - rest.trim_start_matches([' ', '\t', '\r', '\n']).len();
    }

    pub fn skip_tilde(&mut self) {
        self.skip_blanks();
        self.at += usize::from(self.peek() == Some('~'));
        self.skip_blanks();
    }

    fn take(&mut self, width: usize) -> Range<usize> {
        let range = self.at..self.at + width;
        self.at = range.end;
        range
    }

    fn peek(&self) -> Option<char> {
        self.text[self.at..].chars().next()
    }
}

pub fn is_name(letter: char) -> bool {
    letter.is_ascii_alphanumeric() || "-_$:".contains(letter) || !letter.is_ascii()
}

fn is_literal(word: &str) -> bool {
    let digits = word.strip_prefix('-').unwrap_or(word);
    matches!(word, "true" | "false" | "null")
        || digits.starts_with(|first: char| first.is_ascii_digit()) && word.parse::<f64>().is_ok()
}

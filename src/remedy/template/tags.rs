//! Finds the tags of a Handlebars text and the words in them, with places.
//!
//! The grammar is handlebars' own; this reads the part of it that our texts
//! may use, because a compiled template knows the place of a tag but not of
//! the names in it, and because its parser needs stack for every block: depth
//! is bounded here, before it sees the text.

use std::ops::Range;

use crate::plan::text_error::{TextError, char_at};

/// Blocks within blocks, and parentheses within parentheses.
const DEEPEST: usize = 32;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// `{{name}}`, `{{helper …}}`, `{{{name}}}`
    Inline,
    /// `{{#helper …}}`
    Open,
    /// `{{else}}`, `{{else if …}}`, `{{^}}`
    Else,
    /// `{{/helper}}`
    Close,
    /// `{{{{raw}}}}`, with all up to its end.
    Raw,
}

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

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tag {
    pub kind: Kind,
    /// The tag with its braces.
    pub range: Range<usize>,
    pub words: Vec<(Word, Range<usize>)>,
}

/// All tags but comments, in the order of the text.
pub fn scan(text: &str) -> Result<Vec<Tag>, TextError> {
    let mut scanner = Scanner { text, at: 0 };
    let mut tags = Vec::new();
    // For each open block its levels: an `else if` is a block in the `else`.
    let mut levels: Vec<usize> = Vec::new();
    while let Some(tag) = scanner.next()? {
        match tag.kind {
            Kind::Open => levels.push(1),
            Kind::Close => drop(levels.pop()),
            Kind::Else if !tag.words.is_empty() => levels.last_mut().into_iter().for_each(|last| *last += 1),
            _ => {}
        }
        if levels.iter().sum::<usize>() > DEEPEST {
            return Err(TextError::new(tag.range, format!("blocks are nested deeper than {DEEPEST}")));
        }
        tags.push(tag);
    }
    Ok(tags)
}

struct Scanner<'t> {
    text: &'t str,
    at: usize,
}

impl Scanner<'_> {
    fn next(&mut self) -> Result<Option<Tag>, TextError> {
        while let Some(start) = self.text[self.at..].find("{{").map(|found| self.at + found) {
            if self.is_escaped(start) {
                // handlebars takes `\{{{{` as one escape.
                let width = if self.text[start + 2..].starts_with("{{") { 4 } else { 2 };
                self.at = start + width;
            } else if self.text[start..].starts_with("{{!") {
                self.at = comment_end(self.text, start).ok_or_else(|| self.unclosed(start, "comment"))?;
            } else if self.text[start..].starts_with("{{{{") {
                return self.raw(start).map(Some);
            } else {
                return self.tag(start).map(Some);
            }
        }
        Ok(None)
    }

    /// One backslash escapes; two are a backslash before a tag.
    fn is_escaped(&self, start: usize) -> bool {
        let before = &self.text[self.at..start];
        before.len() - before.trim_end_matches('\\').len() == 1
    }

    fn unclosed(&self, start: usize, what: &str) -> TextError {
        let error = TextError::new(start..start + 2, format!("this {what} is not closed"));
        error.help("add the missing `}}`, or write `\\{{` for a literal `{{`")
    }

    fn tag(&mut self, start: usize) -> Result<Tag, TextError> {
        let triple = self.text[start..].starts_with("{{{");
        let mut inside = Inside { text: self.text, at: start + if triple { 3 } else { 2 }, start, depth: 0 };
        let (mut kind, mut plain) = (Kind::Inline, false);
        if !triple {
            inside.skip_tilde();
            plain = inside.peek().is_some_and(is_name);
            kind = inside.sigil()?;
        }
        let words = inside.words()?;
        self.at = inside.at;
        let (kind, words) = match words.split_first() {
            Some(((Word::Name, first), rest)) if plain && &self.text[first.clone()] == "else" => {
                (Kind::Else, rest.to_vec())
            }
            // handlebars reads `{{elsewhere}}` as `{{else where}}`.
            Some(((_, first), _)) if plain && self.text[first.clone()].starts_with("else") => {
                let error = TextError::new(first.clone(), "a name may not begin with `else` here");
                return Err(error.help(format!("write {{{{this.{}}}}}", &self.text[first.clone()])));
            }
            _ => (kind, words),
        };
        Ok(Tag { kind, range: start..self.at, words })
    }

    fn raw(&mut self, start: usize) -> Result<Tag, TextError> {
        let unclosed = || {
            let error = TextError::new(start..start + 4, "this block is not closed");
            error.help("a raw block is written {{{{raw}}}} … {{{{/raw}}}}")
        };
        let opened = self.text[start + 4..].find("}}}}").ok_or_else(unclosed)? + start + 4;
        let name = self.text[start + 4..opened].trim_matches([' ', '\t', '\r', '\n', '~']);
        if name != "raw" {
            let error = TextError::new(start..opened + 4, "only `raw` is written with four braces");
            return Err(error.help("a raw block is written {{{{raw}}}} … {{{{/raw}}}}"));
        }
        let mut end = opened + 4;
        loop {
            let found = self.text[end..].find("{{{{").ok_or_else(unclosed)? + end;
            let before = &self.text[end..found];
            if before.len() - before.trim_end_matches('\\').len() != 1 {
                end = found;
                break;
            }
            end = found + 4;
        }
        self.at = self.text[end..].find("}}}}").ok_or_else(unclosed)? + end + 4;
        Ok(Tag { kind: Kind::Raw, range: start..self.at, words: Vec::new() })
    }
}

/// The byte behind a comment: `{{! … }}` or `{{!-- … --}}`.
fn comment_end(text: &str, start: usize) -> Option<usize> {
    let inside = text[start + 3..].trim_start_matches([' ', '\t', '\r', '\n']);
    let long = inside.strip_prefix("--").and_then(|inside| inside.find("--}}"));
    let end = match long {
        Some(found) => text.len() - inside.len() + 2 + found + 4,
        None => start + 3 + text[start + 3..].find("}}")? + 2,
    };
    Some(end)
}

struct Inside<'t> {
    text: &'t str,
    at: usize,
    start: usize,
    depth: usize,
}

impl Inside<'_> {
    fn sigil(&mut self) -> Result<Kind, TextError> {
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
    fn words(&mut self) -> Result<Vec<(Word, Range<usize>)>, TextError> {
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

    fn skip_tilde(&mut self) {
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

fn is_name(letter: char) -> bool {
    letter.is_ascii_alphanumeric() || "-_$:".contains(letter) || !letter.is_ascii()
}

fn is_literal(word: &str) -> bool {
    let digits = word.strip_prefix('-').unwrap_or(word);
    matches!(word, "true" | "false" | "null")
        || digits.starts_with(|first: char| first.is_ascii_digit()) && word.parse::<f64>().is_ok()
}

//! Splits an expression into words, with places.
//!
//! The grammar itself is cel's. This splitter exists for what cel cannot say:
//! where a `${…}` ends, how deep a text nests before the parser's stack is at
//! stake, and complaints in plain words with exact places.

use std::ops::Range;

use super::literals::{is_name, is_representable, number_width, run_of, text_prefix};
use crate::plan::text_error::{TextError, char_at};

/// Brackets within brackets.
const DEEPEST: usize = 32;
/// Operators, fields and brackets of one expression; cel's parser needs stack
/// for each (in a debug build about 40 KiB, for a bracket 170 KiB).
const MOST_PARTS: usize = 150;
/// Characters of one expression.
pub const LONGEST: usize = 1_000;

const ESCAPES: &str = "abfnrtv\\?\"'`xXuU01234567";
const PAIRS: [&str; 6] = ["==", "!=", "<=", ">=", "&&", "||"];

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Name,
    Number,
    Text,
    Open,
    Close,
    Symbol,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Token {
    pub kind: Kind,
    pub range: Range<usize>,
}

impl Token {
    pub fn is(&self, text: &str, word: &str) -> bool {
        &text[self.range.clone()] == word
    }
}

/// The words of a whole expression.
pub fn split(text: &str) -> Result<Vec<Token>, TextError> {
    let mut splitter = Splitter::new(text, 0);
    splitter.run(None)?;
    Ok(splitter.tokens)
}

/// Where the expression that begins at `start` meets the `}` that ends it;
/// `None` when the text ends first.
pub fn closing_brace(text: &str, start: usize) -> Result<Option<usize>, TextError> {
    Splitter::new(text, start).run(Some('}'))
}

/// How many operators, fields and brackets there are: what cel's parser needs
/// stack for.
pub fn parts(tokens: &[Token], text: &str) -> usize {
    let counts = |token: &&Token| match token.kind {
        Kind::Open => true,
        Kind::Symbol => !token.is(text, ",") && !token.is(text, ":"),
        _ => false,
    };
    tokens.iter().filter(counts).count()
}

struct Splitter<'t> {
    text: &'t str,
    start: usize,
    at: usize,
    parts: usize,
    open: Vec<(char, usize)>,
    tokens: Vec<Token>,
}

impl<'t> Splitter<'t> {
    fn new(text: &'t str, start: usize) -> Self {
        let (at, parts) = (start, 0);
        let (open, tokens) = (Vec::new(), Vec::new());
        Self { text, start, at, parts, open, tokens }
    }

    /// Reads on until the text ends or, at bracket depth 0, `until` is met.
    fn run(&mut self, until: Option<char>) -> Result<Option<usize>, TextError> {
        while let Some(next) = self.peek() {
            if self.at - self.start > LONGEST * 4 {
                return Err(self.too_long());
            }
            if self.open.is_empty() && Some(next) == until {
                return Ok(Some(self.at));
            }
            self.word(next)?;
        }
        match self.open.last() {
            Some(_) if until.is_some() => Ok(None),
            Some(&(bracket, at)) => Err(TextError::new(at..at + 1, format!("`{bracket}` is not closed"))
                .help(format!("add the missing `{}`", partner(bracket)))),
            None => Ok(None),
        }
    }

    fn word(&mut self, next: char) -> Result<(), TextError> {
        match next {
            _ if next.is_whitespace() => {
                self.at += next.len_utf8();
                Ok(())
            }
            '/' if self.rest().starts_with("//") => {
                self.at += self.rest().find('\n').unwrap_or(self.rest().len());
                Ok(())
            }
            '"' | '\'' => self.quoted(0),
            _ if text_prefix(self.rest()).is_some() => self.quoted(text_prefix(self.rest()).unwrap_or(0)),
            'a'..='z' | 'A'..='Z' | '_' => {
                self.push(Kind::Name, run_of(self.rest(), is_name));
                Ok(())
            }
            '0'..='9' => self.number(),
            '.' if self.rest()[1..].starts_with(|digit: char| digit.is_ascii_digit()) && !self.after_value() => {
                self.number()
            }
            '(' | '[' | '{' => self.open(next),
            ')' | ']' | '}' => self.close(next),
            _ => self.symbol(next),
        }
    }

    fn open(&mut self, bracket: char) -> Result<(), TextError> {
        self.open.push((bracket, self.at));
        if self.open.len() > DEEPEST {
            let message = format!("brackets are nested deeper than {DEEPEST}");
            return Err(TextError::new(self.at..self.at + 1, message));
        }
        self.count(1)?;
        self.push(Kind::Open, 1);
        Ok(())
    }

    fn close(&mut self, bracket: char) -> Result<(), TextError> {
        let place = self.at..self.at + 1;
        match self.open.pop() {
            Some((open, _)) if partner(open) == bracket => {
                self.push(Kind::Close, 1);
                Ok(())
            }
            Some((open, _)) => Err(TextError::new(place, format!("`{bracket}` does not close `{open}`"))
                .help(format!("`{}` is expected before it", partner(open)))),
            None => Err(TextError::new(place, format!("`{bracket}` closes nothing"))),
        }
    }

    fn symbol(&mut self, next: char) -> Result<(), TextError> {
        let pair = PAIRS.iter().any(|pair| self.rest().starts_with(pair));
        if !pair && !"<>+-*/%!?:.,".contains(next) {
            return Err(self.stray(next));
        }
        let counted = !matches!(next, ',' | ':');
        self.count(usize::from(counted))?;
        self.push(Kind::Symbol, if pair { 2 } else { 1 });
        Ok(())
    }

    fn stray(&self, next: char) -> TextError {
        let place = char_at(self.text, self.at);
        let error = TextError::new(place, format!("`{next}` means nothing in an expression"));
        match next {
            '=' => error.help("a comparison is written `==`"),
            '&' => error.help("\"and\" is written `&&`"),
            '|' => error.help("\"or\" is written `||`"),
            '$' => error.help("inside an expression a name is written without `$`"),
            '`' => error.help("a field with an unusual name is written map['the-name']"),
            _ if next.is_alphabetic() => error.help("names are ASCII; a field is also written map['name']"),
            _ => error,
        }
    }

    /// A text literal, its prefix letters (`r`, `b`) `prefix` bytes long.
    fn quoted(&mut self, prefix: usize) -> Result<(), TextError> {
        let raw = self.rest()[..prefix].contains(['r', 'R']);
        let body = &self.rest()[prefix..];
        let quote = &body[..1];
        let triple = quote.repeat(3);
        let fence = if body.starts_with(&triple) { triple.as_str() } else { quote };
        let mut at = prefix + fence.len();
        loop {
            let rest = &self.rest()[at..];
            if rest.starts_with(fence) {
                self.push(Kind::Text, at + fence.len());
                return Ok(());
            }
            let Some(next) = rest.chars().next().filter(|next| *next != '\n' || fence.len() == 3) else {
                return Err(self.unclosed_text(prefix, fence));
            };
            at += next.len_utf8();
            if next == '\\' && !raw {
                at += self.escape(self.at + at)?;
            }
        }
    }

    fn unclosed_text(&self, prefix: usize, fence: &str) -> TextError {
        let start = self.at + prefix;
        TextError::new(start..start + fence.len(), "this text is not closed").help(format!("add the closing {fence}"))
    }

    /// The width of the character after a backslash; `at` is that character.
    fn escape(&self, at: usize) -> Result<usize, TextError> {
        let Some(next) = self.text[at..].chars().next() else {
            return Ok(0);
        };
        if ESCAPES.contains(next) {
            return Ok(1);
        }
        let place = at - 1..at + next.len_utf8();
        Err(TextError::new(place, format!("`\\{next}` is not an escape"))
            .help("write a regular expression as r'…', or double the backslash"))
    }

    fn number(&mut self) -> Result<(), TextError> {
        let width = number_width(self.rest());
        let letters = run_of(&self.rest()[width..], is_name);
        let place = self.at..self.at + width + letters;
        let written = &self.text[place.clone()];
        if letters > 0 {
            return Err(TextError::new(place, format!("`{written}` is not a number"))
                .help(format!("a time span is written duration('{written}'), a text '{written}'")));
        }
        if !is_representable(written) {
            return Err(TextError::new(place, format!("the number {written} is too large")));
        }
        self.push(Kind::Number, width);
        Ok(())
    }

    fn after_value(&self) -> bool {
        self.tokens.last().is_some_and(|last| !matches!(last.kind, Kind::Open | Kind::Symbol))
    }

    fn count(&mut self, parts: usize) -> Result<(), TextError> {
        self.parts += parts;
        if self.parts > MOST_PARTS {
            let message = format!("the expression has more than {MOST_PARTS} operators and brackets");
            return Err(TextError::new(char_at(self.text, self.at), message)
                .help("split it: give a part of it a name under `vars`"));
        }
        Ok(())
    }

    fn push(&mut self, kind: Kind, width: usize) {
        let range = self.at..self.at + width;
        self.at = range.end;
        self.tokens.push(Token { kind, range });
    }

    fn too_long(&self) -> TextError {
        TextError::new(char_at(self.text, self.start), too_long_message())
    }

    fn rest(&self) -> &'t str {
        &self.text[self.at..]
    }

    fn peek(&self) -> Option<char> {
        self.rest().chars().next()
    }
}

pub fn too_long_message() -> String {
    format!("an expression may have at most {LONGEST} characters")
}

fn partner(bracket: char) -> char {
    match bracket {
        '(' => ')',
        '[' => ']',
        _ => '}',
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(text: &str) -> Vec<&str> {
        let tokens = split(text).unwrap();
        tokens.into_iter().map(|token| &text[token.range]).collect()
    }

    fn complaint(text: &str) -> (Range<usize>, String) {
        let error = split(text).unwrap_err();
        (error.range, error.message)
    }

    #[test]
    fn words_are_split_as_cel_splits_them() {
        assert_eq!(words("a.b[0]>=1.5e3 // why\n"), ["a", ".", "b", "[", "0", "]", ">=", "1.5e3"]);
        assert_eq!(words(r#"r'\d' + "a\"b" + '''x'y'''"#), [r"r'\d'", "+", r#""a\"b""#, "+", "'''x'y'''"]);
        assert_eq!(words("0xFFu + .5 - 1u"), ["0xFFu", "+", ".5", "-", "1u"]);
        assert_eq!(words("rb + b"), ["rb", "+", "b"]);
    }

    #[test]
    fn complaints_have_exact_places() {
        assert_eq!(complaint("'é' == x)"), (9..10, "`)` closes nothing".into()));
        assert_eq!(complaint("'é' + (x]"), (9..10, "`]` does not close `(`".into()));
        assert_eq!(complaint("'é' + [x"), (7..8, "`[` is not closed".into()));
        assert_eq!(complaint("'é' = x"), (5..6, "`=` means nothing in an expression".into()));
        assert_eq!(complaint("größe"), (2..4, "`ö` means nothing in an expression".into()));
        assert_eq!(complaint("'é' + 'x"), (7..8, "this text is not closed".into()));
        assert_eq!(complaint(r"'é\d'"), (3..5, r"`\d` is not an escape".into()));
        assert_eq!(complaint("age > 10s"), (6..9, "`10s` is not a number".into()));
        assert_eq!(complaint("99999999999999999999"), (0..20, "the number 99999999999999999999 is too large".into()));
    }

    #[test]
    fn depth_and_number_of_parts_are_bounded() {
        assert!(complaint(&"(".repeat(33)).1.contains("nested deeper"));
        assert!(complaint(&vec!["1"; 200].join("+")).1.contains("more than 150"));
        assert!(complaint(&format!("a{}", ".b".repeat(200))).1.contains("more than 150"));
        assert!(split(&vec!["1"; 150].join("+")).is_ok());
    }

    #[test]
    fn the_closing_brace_is_not_one_in_a_text_or_a_map() {
        assert_eq!(closing_brace("${ {'a': '}'}['a'] } }", 2), Ok(Some(19)));
        assert_eq!(closing_brace("${x == '}' ? 1 : 2}", 2), Ok(Some(18)));
        assert_eq!(closing_brace("${x", 2), Ok(None));
        assert_eq!(closing_brace("${f(x", 2), Ok(None));
    }
}

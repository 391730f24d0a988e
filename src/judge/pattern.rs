//! Regular expressions: checked when a pack is read, compiled when first needed.
//!
//! Checking costs a tenth of compiling, and many checks share a pattern; so
//! compiled patterns are shared by their text. One that might come out too large
//! is compiled at once, so that the author hears of it.

use crate::plan::text_error::TextError;
use crate::spec::given::{FromGiven, Given, Reader};
use regex::Regex;
use serde_json::{Value as Json, json};
use std::collections::HashMap;
use std::hash::{Hash, Hasher};
use std::sync::{Arc, LazyLock, Mutex, OnceLock, PoisonError};

/// Memory bound of one compiled expression.
const SIZE_LIMIT: usize = 10 << 20;
/// The longest text: two bytes of it, such as `\w`, come to 6 KiB and more when they are checked.
const LONGEST: usize = 16 << 10;
/// Up to this length a pattern without counted repetitions stays below the bound, whatever its classes.
const SURELY_SMALL: usize = 200;
/// How many patterns are known before they are forgotten; those in use stay with their users.
const MOST_KNOWN: usize = 1_000;

/// A checked regular expression; equal to another one of the same text.
#[derive(Debug, Clone)]
pub struct Pattern(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    text: String,
    compiled: OnceLock<Result<Regex, String>>,
}

static KNOWN: LazyLock<Mutex<HashMap<String, Arc<Shared>>>> = LazyLock::new(Default::default);

impl Pattern {
    pub fn parse(text: &str) -> Result<Pattern, TextError> {
        let mut known = KNOWN.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(shared) = known.get(text) {
            return Ok(Pattern(shared.clone()));
        }
        if text.len() > LONGEST {
            return Err(too_long());
        }
        regex_syntax::Parser::new().parse(text).map_err(explain)?;
        let shared = Arc::new(Shared { text: text.to_string(), compiled: OnceLock::new() });
        let pattern = Pattern(shared.clone());
        if text.len() > SURELY_SMALL || text.contains('{') {
            pattern.regex().map_err(|_| too_large())?;
        }
        if known.len() >= MOST_KNOWN {
            known.clear();
        }
        known.insert(text.to_string(), shared);
        Ok(pattern)
    }

    /// The compiled expression; `Err` if it would take too much memory.
    pub fn regex(&self) -> Result<&Regex, String> {
        self.0
            .compiled
            .get_or_init(|| {
                regex::RegexBuilder::new(&self.0.text).size_limit(SIZE_LIMIT).build().map_err(|error| error.to_string())
            })
            .as_ref()
            .map_err(Clone::clone)
    }

    pub fn text(&self) -> &str {
        &self.0.text
    }
}

impl PartialEq for Pattern {
    fn eq(&self, other: &Self) -> bool {
        self.text() == other.text()
    }
}

impl Eq for Pattern {}

impl Hash for Pattern {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.text().hash(state);
    }
}

impl FromGiven for Pattern {
    fn schema() -> Json {
        json!({ "type": "string", "format": "regex" })
    }
    fn read(given: &Given, reader: &mut Reader) -> Option<Self> {
        let text = String::read(given, reader)?;
        Pattern::parse(&text).map_or_else(|error| reader.complain_in("E0204", given.node, error), Some)
    }
}

fn too_long() -> TextError {
    TextError::new(0..0, format!("the regular expression is longer than {} KiB", LONGEST >> 10))
        .help("match with several shorter ones, e.g. in `any_of`")
}

fn too_large() -> TextError {
    TextError::new(0..0, format!("compiled, the regular expression takes more than {} MiB", SIZE_LIMIT >> 20)).help(
        "repeat less often, or repeat something smaller: `[0-9]` instead of `\\d`, which knows all digits of Unicode",
    )
}

fn explain(error: regex_syntax::Error) -> TextError {
    let (message, span) = match &error {
        regex_syntax::Error::Parse(error) => (error.kind().to_string(), Some(*error.span())),
        regex_syntax::Error::Translate(error) => (error.kind().to_string(), Some(*error.span())),
        other => (other.to_string(), None),
    };
    TextError {
        range: span.map_or(0..0, |span| span.start.offset..span.end.offset),
        message: format!("bad regular expression: {message}"),
        help: Some("the syntax is that of the Rust regex crate: no look-around, no back references; `\\` escapes special characters".into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_pattern_is_refused_before_it_takes_memory() {
        assert!(Pattern::parse(&"w".repeat(LONGEST)).is_ok());
        let error = Pattern::parse(&r"\w".repeat(4 << 20)).unwrap_err();
        assert_eq!(error.message, "the regular expression is longer than 16 KiB");
    }

    #[test]
    fn a_pattern_that_comes_out_too_large_is_refused_when_it_is_read() {
        let error = Pattern::parse(r"(\w{100}){100}").unwrap_err();
        assert_eq!(error.message, "compiled, the regular expression takes more than 10 MiB");
        assert!(Pattern::parse(r"(?i)\pL".repeat(SURELY_SMALL / 7).as_str()).unwrap().regex().is_ok());
        assert!(Pattern::parse(r"\w{2,100}").is_ok());
    }

    #[test]
    fn patterns_are_shared_and_forgotten() {
        let first = Pattern::parse("shared").unwrap();
        assert_eq!(first, Pattern::parse("shared").unwrap());
        for number in 0..3 * MOST_KNOWN {
            Pattern::parse(&format!("a{number}")).unwrap();
        }
        assert!(KNOWN.lock().unwrap().len() <= MOST_KNOWN);
        assert!(first.regex().unwrap().is_match("shared"));
    }
}

//! Texts that matchers may see and people may not.

use super::Value;
use std::fmt;

/// What stands in the place of a text that is not to be seen.
pub const HIDDEN: &str = "[hidden]";

/// A text that only matchers may see.
#[derive(Clone, PartialEq, Eq)]
pub struct Concealed(Box<str>);

impl Concealed {
    /// For judging, never for showing.
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Concealed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(HIDDEN)
    }
}

/// A text whose author says whether it may be shown; matchers see it either way.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Guarded {
    Shown(String),
    Hidden(Concealed),
}

impl Guarded {
    pub fn new(text: String, show: bool) -> Guarded {
        if show { Guarded::Shown(text) } else { Guarded::Hidden(Concealed(text.into())) }
    }
}

impl From<Guarded> for Value {
    fn from(guarded: Guarded) -> Value {
        match guarded {
            Guarded::Shown(text) => Value::Text(text),
            Guarded::Hidden(text) => Value::Concealed(text),
        }
    }
}

//! CEL expressions: `when:`, `${…}`, `cel:`.
//!
//! Behind the `cel` crate with limits of our own, because it has none: length,
//! nesting, and steps are bounded before anything runs, so that no pack can
//! hang the engine or exhaust its memory.
//!
//! Where this differs from the CEL specification, on purpose:
//! * whole numbers and doubles mix in `+ - * /`; dividing two whole numbers
//!   gives a whole number, as everywhere in CEL;
//! * `==` and `!=` between a number and a text are an error, not "different":
//!   `vars.port == '8080'` would otherwise never hold, silently;
//! * a map is walked in the order of its keys; a map that an expression makes
//!   or passes on (other than by a plain path) is in that order too.
//!
//! Functions: `size`, `int`, `uint`, `double`, `string`, `bool`, `type`,
//! `duration`, `timestamp`, `has`, `all`, `exists`, `exists_one`, `map`,
//! `filter`, `contains`, `startsWith`, `endsWith`, `matches`, `lowerAscii`,
//! `upperAscii`, `trim`, `split`, `join`, `replace`, `substring`, `indexOf`,
//! `getHours`, `getMinutes`, `getSeconds`.
//!
//! Deliberately absent: `now()` (judging is a pure function of what was seen),
//! optionals (`a.?b`), message types, two-variable comprehensions.

mod cost;
mod explain;
mod functions;
mod literals;
mod operators;
mod plain;
mod program;
mod syntax;
mod time;
pub(super) mod tokens;
mod tree;
mod values;

use std::cell::RefCell;
use std::collections::HashMap;
use std::sync::Arc;

use serde_json::Value;

use self::plain::Plain;
use self::program::Program;
use super::text_error::TextError;

pub use super::scope::{Reference, Scope};

/// Expressions that are kept. Reading one takes a hundred times as long as running it, and a check with
/// `for_each` reads the same ones for every entry.
const MOST_KNOWN: usize = 1_000;

thread_local! {
    static KNOWN: RefCell<HashMap<String, Expression>> = RefCell::default();
}

/// A compiled expression; clones share it.
#[derive(Debug, Clone)]
pub struct Expression(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    source: String,
    kind: Kind,
}

#[derive(Debug)]
enum Kind {
    Plain(Plain),
    Program(Box<Program>),
}

impl Expression {
    /// Reads at most 1,000 characters, 32 nested brackets, 150 operators and
    /// brackets, two nested comprehensions.
    ///
    /// Complains about syntax, unknown functions and regular expressions that
    /// are not valid; names are for the caller to check, with
    /// [`Expression::references`].
    pub fn parse(text: &str) -> Result<Self, TextError> {
        if text.chars().nth(tokens::LONGEST).is_some() {
            return Err(TextError::new(super::text_error::char_at(text, 0), tokens::too_long_message()));
        }
        if let Some(known) = KNOWN.with_borrow(|known| known.get(text).cloned()) {
            return Ok(known);
        }
        let tokens = tokens::split(text)?;
        let source = text.to_owned();
        if let Some(plain) = Plain::read(text, &tokens) {
            return Ok(Self(Arc::new(Inner { source, kind: Kind::Plain(plain) })));
        }
        let program = Kind::Program(Box::new(Program::parse(text, &tokens)?));
        let expression = Self(Arc::new(Inner { source, kind: program }));
        KNOWN.with_borrow_mut(|known| {
            if known.len() >= MOST_KNOWN {
                known.clear();
            }
            known.insert(text.to_owned(), expression.clone());
        });
        Ok(expression)
    }

    /// The names it uses, in the order of the text; variables that a
    /// comprehension introduces are not among them.
    pub fn references(&self) -> &[Reference] {
        match &self.0.kind {
            Kind::Plain(plain) => plain.references(),
            Kind::Program(program) => program.references(),
        }
    }

    /// The value, with whole numbers as integers; a duration becomes text in
    /// seconds (`"5400s"`), a timestamp RFC 3339 text.
    ///
    /// Anything that is not a plain path needs stack for cel: call it from a
    /// thread with 16 MiB.
    ///
    /// # Errors
    ///
    /// A sentence for people: what is missing or does not fit, and in which
    /// part of the expression; also when it would take more than 2,000,000
    /// steps with these values.
    pub fn evaluate(&self, scope: &dyn Scope) -> Result<Value, String> {
        match &self.0.kind {
            Kind::Plain(plain) => plain.evaluate(scope),
            Kind::Program(program) => program.run(&self.0.source, scope),
        }
    }

    /// The text as it was written.
    pub fn source(&self) -> &str {
        &self.0.source
    }
}

#[cfg(test)]
mod tests;

//! Values that only a secret input may give: passwords and tokens.
//!
//! Written out in a pack they would be read by everybody who reads the pack, and nothing would
//! remove them from reports. Deliberately absent: removing them from what was seen, see `observe::redact`.

use super::given::{FromGiven, Given, Reader, View};
use crate::plan::interpolation::contains_interpolation;
use serde_json::{Value as Json, json};
use std::fmt;

/// A password or a token. It is shown nowhere, not even to us.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Secret(String);

impl Secret {
    pub fn new(text: impl Into<String>) -> Secret {
        Secret(text.into())
    }

    /// For sending, never for showing.
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(crate::fact::HIDDEN)
    }
}

impl FromGiven for Secret {
    fn schema() -> Json {
        json!({
            "type": "string",
            "pattern": r"\$\{",
            "patternErrorMessage": "a secret is not written in a pack: declare an input with `secret: true` and write `${its_name}`",
        })
    }
    fn type_name() -> String {
        "`${…}` of a secret input".into()
    }
    fn read(given: &Given, reader: &mut Reader) -> Option<Self> {
        if given.is_literal() && !contains_interpolation(reader.document.spelling(given.node)) {
            return reader.complain(
                "E0108",
                reader.span(given),
                "a secret is not written in a pack, where everybody can read it",
                Some("declare an input, `inputs: { name: { env: NAME, secret: true } }`, and write `${name}`".into()),
            );
        }
        match reader.view(given) {
            View::Text(text) => Some(Secret(text.into_owned())),
            View::Integer(number) => Some(Secret(number.to_string())),
            View::Unknown => None,
            _ => reader.complain("E0103", reader.span(given), "a secret is text, and this is not", None),
        }
    }
}

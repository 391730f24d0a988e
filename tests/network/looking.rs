//! One look: a check with one probe, and what it saw.

use crate::common::{Engine, check};
use serde_json::{Value as Json, json};
use std::fmt;

/// What one check came to.
pub struct Looked(Json);

/// Looks with this probe at this target. `wanted` are the facts that the check asks for; the
/// others are seen only if they cost nothing.
pub fn look(probe: &str, target: Json, wanted: &[&str]) -> Looked {
    look_for(probe, target, wanted, "20s")
}

/// The same, with a timeout of its own.
pub fn look_for(probe: &str, target: Json, wanted: &[&str], timeout: &str) -> Looked {
    let engine = prepare(probe, target, wanted, timeout);
    let (_, report) = engine.run_pack(&[]);
    Looked(check(&report, "look").clone())
}

/// A folder with the check as `pack.yaml`, not run yet.
pub fn prepare(probe: &str, target: Json, wanted: &[&str], timeout: &str) -> Engine {
    let mut check = json!({ "id": "look", probe: target, "timeout": timeout });
    if !wanted.is_empty() {
        let either = json!({ "any_of": [{ "present": true }, { "present": false }] });
        check["expect"] = wanted.iter().map(|fact| (fact.to_string(), either.clone())).collect();
    }
    // JSON is YAML
    Engine::with_pack(&format!("checks: {}", json!([check])))
}

impl Looked {
    /// A fact; null if it is absent or was not looked at.
    pub fn fact(&self, name: &str) -> &Json {
        &self.0["seen"][name]
    }

    /// A fact that is text.
    pub fn text(&self, name: &str) -> &str {
        self.fact(name).as_str().unwrap_or_else(|| panic!("`{name}` is no text in {self}"))
    }

    pub fn answer(&self) -> &str {
        self.0["answer"].as_str().unwrap_or_default()
    }

    /// Asserts the class of what went wrong; empty if nothing did.
    #[track_caller]
    pub fn has_problem(&self, word: &str) -> &Looked {
        assert_eq!(self.fact("problem").as_str().unwrap_or_default(), word, "{self}");
        self
    }
}

impl fmt::Display for Looked {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{:#}", self.0)
    }
}

//! The names a pack may use: vars and inputs, `item`, `env`, `context`, `host`, `checks`.
//!
//! Pure: the surroundings (environment, host, labels) are given as data.

use super::expression::{Expression, Reference, Scope};
use super::interpolation::{Interpolation, Quote};
use super::scope::{Wanted, weight};
use super::text_error::TextError;
use crate::spec::diagnostic::{did_you_mean, listed};
use crate::spec::given::{Resolution, Resolve};
use crate::spec::yaml::MAX_DEPTH;
use serde_json::{Map, Value as Json};
use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

/// Names with a meaning of their own; no var or input may have them.
pub const RESERVED: &[&str] =
    &["vars", "item", "env", "context", "host", "checks", "value", "seen", "check", "failed", "attempts"];

/// What surrounds a run, as data.
#[derive(Default)]
pub struct Surroundings {
    /// The environment variables of the engine.
    pub environment: BTreeMap<String, String>,
    /// The labels of `--context`.
    pub context: Map<String, Json>,
    /// What `host` is; looked up only if a pack asks.
    host: OnceLock<Json>,
    look_up_host: Option<fn() -> Json>,
    /// The environment variables that expressions named.
    asked: Mutex<BTreeSet<String>>,
}

impl Surroundings {
    pub fn new(environment: BTreeMap<String, String>, context: Map<String, Json>, look_up_host: fn() -> Json) -> Self {
        Surroundings { environment, context, look_up_host: Some(look_up_host), ..Surroundings::default() }
    }

    /// Surroundings that were recorded: nothing is looked up.
    pub fn recorded(environment: BTreeMap<String, String>, context: Map<String, Json>, host: Json) -> Self {
        Surroundings { environment, context, host: host.into(), ..Surroundings::default() }
    }

    pub fn host(&self) -> &Json {
        self.host.get_or_init(|| self.look_up_host.map_or(Json::Null, |look_up| look_up()))
    }

    /// The environment variables that expressions named so far; a recording keeps these and no others.
    pub fn asked(&self) -> BTreeSet<String> {
        self.asked.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn ask(&self, name: &str) {
        self.asked.lock().unwrap_or_else(PoisonError::into_inner).insert(name.into());
    }

    fn variable(&self, name: &str) -> Option<Json> {
        self.ask(name);
        self.environment.get(name).map(|value| value.as_str().into())
    }
}

/// What the `${…}` of one pack may insert and compute in all: values, pieces of 64 bytes of text, and steps of
/// expressions. A few lines can name each other so that they would come to gigabytes.
const MOST_INSERTED: u64 = 2_000_000;

/// The values of a pack's vars and inputs.
#[derive(Default, Clone)]
pub struct Variables {
    pub values: Map<String, Json>,
    /// Declared, but without a value: `validate` takes them as right.
    pub pending: BTreeSet<String>,
    /// The values as one map, for `vars.name`.
    all: OnceLock<Json>,
    /// How much of [`MOST_INSERTED`] is used, in all copies together.
    inserted: Arc<AtomicU64>,
}

impl Variables {
    pub fn insert(&mut self, name: &str, value: Json) {
        self.all.take();
        self.values.insert(name.into(), value);
    }

    fn all(&self) -> &Json {
        self.all.get_or_init(|| Json::Object(self.values.clone()))
    }

    fn spend(&self, units: u64) -> Result<(), String> {
        self.inserted.fetch_add(units, Ordering::Relaxed);
        match self.is_spent() {
            true => Err("the `${…}` of this pack insert too much: more than 2,000,000 values in all".into()),
            false => Ok(()),
        }
    }

    /// Whether too much was inserted; that was complained of.
    pub fn is_spent(&self) -> bool {
        self.inserted.load(Ordering::Relaxed) > MOST_INSERTED
    }
}

/// The entry of a `for_each` that a check stands for.
#[derive(Debug, Clone, PartialEq)]
pub struct Item {
    pub key: String,
    pub value: Json,
    pub index: usize,
}

impl Item {
    pub fn to_json(&self) -> Json {
        serde_json::json!({ "key": self.key, "value": self.value, "index": self.index })
    }
}

/// Everything a `${…}` of one check can name.
#[derive(Clone)]
pub struct Names {
    pub variables: Arc<Variables>,
    pub surroundings: Arc<Surroundings>,
    pub item: Option<Arc<Item>>,
}

/// The fields of `item`.
pub const ITEM_FIELDS: &[&str] = &["key", "value", "index"];

impl Names {
    /// Complains about a name that nobody declared; `checks` are those a `when` may ask.
    pub fn check(
        &self,
        reference: &Reference,
        checks: Option<&dyn Fn(&str) -> bool>,
    ) -> Result<(), (&'static str, TextError)> {
        let fail = |name: &str, known: Vec<&str>, what: &str, of: &str| {
            let near = did_you_mean(name, known.iter().copied());
            let help = near.map(|word| format!("did you mean `{word}`?")).unwrap_or_else(|| match known.is_empty() {
                true => "declare it under `vars:` or `inputs:`".to_string(),
                false => format!("known: {}", listed(&known)),
            });
            Err((
                "E0301",
                TextError {
                    range: reference.range.clone(),
                    message: format!("unknown {what} `{name}`{of}"),
                    help: Some(help),
                },
            ))
        };
        let second = reference.path.get(1).map(String::as_str);
        match (reference.path[0].as_str(), second) {
            ("env", name) => {
                name.into_iter().for_each(|name| self.surroundings.ask(name));
                Ok(())
            }
            ("context", _) => Ok(()),
            ("item", _) if self.item.is_none() => Err(("E0301", no_item(reference))),
            ("item", Some(field)) if !ITEM_FIELDS.contains(&field) => {
                fail(field, ITEM_FIELDS.to_vec(), "field", " of `item`")
            }
            ("item", _) => Ok(()),
            ("host", Some(field)) => match self.surroundings.host() {
                Json::Object(host) if !host.contains_key(field) => {
                    fail(field, host.keys().map(String::as_str).collect(), "field", " of `host`")
                }
                _ => Ok(()),
            },
            ("host", None) => Ok(()),
            ("vars", Some(name)) if !self.declares(name) => fail(name, self.declared(), "variable", ""),
            ("vars", _) => Ok(()),
            ("checks", Some(id)) if checks.is_some_and(|exists| !exists(id)) => fail(id, Vec::new(), "check", ""),
            ("checks", _) if checks.is_some() => Ok(()),
            (name, _) if self.declares(name) => Ok(()),
            (name, _) => {
                let mut known = self.declared();
                known.extend(["env", "context", "host"]);
                fail(name, known, "name", "")
            }
        }
    }

    fn declares(&self, name: &str) -> bool {
        self.variables.values.contains_key(name) || self.variables.pending.contains(name)
    }

    /// The names of the vars and inputs.
    pub fn declared(&self) -> Vec<&str> {
        self.variables.values.keys().chain(self.variables.pending.iter()).map(String::as_str).collect()
    }

    fn is_pending(&self, reference: &Reference) -> bool {
        let name = match reference.path[0].as_str() {
            "vars" => reference.path.get(1).map(String::as_str),
            "item" => return self.item.as_ref().is_some_and(|item| item.value == Json::Null && item.key == PENDING),
            name => Some(name),
        };
        name.is_some_and(|name| self.variables.pending.contains(name))
    }

    /// Whether every name has a value; complains about unknown ones.
    pub fn known(&self, references: &[Reference]) -> Result<bool, (&'static str, TextError)> {
        for reference in references {
            self.check(reference, None)?;
        }
        Ok(!references.iter().any(|reference| self.is_pending(reference)))
    }

    /// The values of these names; unset environment variables and labels are empty text.
    pub fn values<'r>(&self, references: impl IntoIterator<Item = &'r Reference>) -> Values<'_> {
        let mut scope = Map::new();
        for reference in references {
            let name = reference.path[0].as_str();
            match name {
                "env" => self.fill(&mut scope, name, reference, |key| self.surroundings.variable(key)),
                "context" => self.fill(&mut scope, name, reference, |key| self.surroundings.context.get(key).cloned()),
                "item" => drop(scope.insert(name.into(), self.item.as_ref().map_or(Json::Null, |item| item.to_json()))),
                _ => {}
            }
        }
        Values { names: self, own: scope, counted: false }
    }

    fn fill(
        &self,
        scope: &mut Map<String, Json>,
        name: &str,
        reference: &Reference,
        find: impl Fn(&str) -> Option<Json>,
    ) {
        let entry = scope.entry(name).or_insert_with(|| Json::Object(Map::new()));
        if let (Json::Object(map), Some(key)) = (entry, reference.path.get(1)) {
            map.insert(key.clone(), find(key).unwrap_or_else(|| "".into()));
        }
    }
}

/// Complains about `item` in a check that stands for itself only.
pub fn no_item(reference: &Reference) -> TextError {
    TextError::new(reference.range.clone(), "`item` is known only in a check with `for_each`")
        .help("write the value itself, or give the check a `for_each`")
}

/// The key of the one entry of a `for_each` whose list is not known yet.
pub const PENDING: &str = "…";

impl Resolve for Names {
    fn resolve(&self, text: &Interpolation, quote: Quote) -> Resolution {
        let references = text.references();
        match self.known(&references) {
            Ok(true) => {}
            Ok(false) => return Resolution::Unknown,
            Err((code, error)) => return Resolution::Failed { code, error },
        }
        // said once; whatever follows would only repeat it
        if self.variables.is_spent() {
            return Resolution::Unknown;
        }
        let values = Values { counted: true, ..self.values(&references) };
        let value = text.evaluate(&values, quote).and_then(|value| match weight(&value, MAX_DEPTH) {
            Some(units) => values.spend(units).map(|()| value),
            None => Err(format!("lists and maps are nested here more than {MAX_DEPTH} deep")),
        });
        match value {
            Ok(value) => Resolution::Value(value),
            Err(message) if self.variables.is_spent() => too_much(message),
            Err(message) => Resolution::Failed { code: "E0303", error: TextError { range: 0..0, message, help: None } },
        }
    }

    fn capture(&self, expression: &Expression) -> Result<Json, (&'static str, TextError)> {
        let outer: Vec<&Reference> =
            expression.references().iter().filter(|reference| reference.path[0] != "value").collect();
        for reference in &outer {
            self.check(reference, None).map_err(|(code, mut error)| {
                // in a matcher there is one name more
                if let Some(value) = did_you_mean(&reference.path[0], ["value"]) {
                    error.help = Some(format!("did you mean `{value}`?"));
                }
                (code, error)
            })?;
        }
        let values = self.values(outer.iter().copied());
        let wanted = Wanted::of(outer.iter().map(|reference| reference.path.as_slice()));
        let taken = wanted.iter().filter_map(|(name, wanted)| Some((name.clone(), wanted.pick(&*values.look(name)?))));
        let captured = Json::Object(taken.collect());
        let units = weight(&captured, MAX_DEPTH * 2).unwrap_or(MOST_INSERTED);
        let range = outer.first().map_or(0..0, |reference| reference.range.clone());
        let was_spent = self.variables.is_spent();
        match self.variables.spend(units) {
            Err(message) if !was_spent => Err(("E0314", TextError { range, message, help: Some(INSERT_LESS.into()) })),
            _ => Ok(captured),
        }
    }
}

const INSERT_LESS: &str = "check a smaller list, or split the pack";

fn too_much(message: String) -> Resolution {
    Resolution::Failed { code: "E0314", error: TextError { range: 0..0, message, help: Some(INSERT_LESS.into()) } }
}

/// The values that the expressions of one check name, borrowed where they can be large.
pub struct Values<'n> {
    names: &'n Names,
    own: Map<String, Json>,
    /// Whether work counts against what the pack may insert: only while it is planned.
    counted: bool,
}

impl Values<'_> {
    /// Adds a name of the caller's own.
    pub fn with(mut self, name: &str, value: Json) -> Self {
        self.own.insert(name.into(), value);
        self
    }
}

impl Scope for Values<'_> {
    fn get(&self, name: &str) -> Option<Json> {
        self.look(name).map(Cow::into_owned)
    }

    fn look(&self, name: &str) -> Option<Cow<'_, Json>> {
        let value = match (self.own.get(name), name) {
            (Some(own), _) => Some(own),
            (None, "host") => Some(self.names.surroundings.host()),
            (None, "vars") => Some(self.names.variables.all()),
            (None, name) => self.names.variables.values.get(name),
        };
        value.map(Cow::Borrowed)
    }

    fn spend(&self, units: u64) -> Result<(), String> {
        if self.counted { self.names.variables.spend(units) } else { Ok(()) }
    }
}

/// Names that already have their values.
impl Scope for Map<String, Json> {
    fn get(&self, name: &str) -> Option<Json> {
        Map::get(self, name).cloned()
    }
}

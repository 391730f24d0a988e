//! The values that expressions and texts are given, and which of them they use.
//!
//! A scope is asked only for the names that occur, and of a large map only the
//! fields that occur are taken: `checks.disk.answer` costs the same among ten
//! checks as among twenty thousand.

use std::borrow::Cow;
use std::ops::Range;

use serde_json::{Number, Value};

/// A name that a text uses, with the fields behind it as far as they are
/// constant: `checks.disk.answer` and `checks["disk"].answer` are
/// `["checks", "disk", "answer"]`; `checks[name].answer` is `["checks"]`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reference {
    pub path: Vec<String>,
    /// Bytes in the given text.
    pub range: Range<usize>,
    /// Asked for with `has(…)`: the last part may be missing.
    pub optional: bool,
}

/// Values by name.
pub trait Scope {
    /// The value of a top name; `None` if there is no such name.
    fn get(&self, name: &str) -> Option<Value>;

    /// As [`Scope::get`], without a copy where the scope owns the value.
    fn look(&self, name: &str) -> Option<Cow<'_, Value>> {
        self.get(name).map(Cow::Owned)
    }

    /// Counts work against what whoever asks may spend, in units of [`weight`].
    ///
    /// # Errors
    ///
    /// A sentence for people when that is used up.
    fn spend(&self, _units: u64) -> Result<(), String> {
        Ok(())
    }
}

/// Bytes of text that weigh as much as a number.
const BYTES: u64 = 64;

/// How much memory a text takes, in units of one number.
pub fn text_weight(text: &str) -> u64 {
    1 + text.len() as u64 / BYTES
}

/// How much memory a value takes, in units of one number; `None` if it is nested deeper than `depth`.
pub fn weight(value: &Value, depth: usize) -> Option<u64> {
    let inner = |value| weight(value, depth.checked_sub(1)?);
    match value {
        Value::String(text) => Some(text_weight(text)),
        Value::Array(items) => items.iter().try_fold(1, |sum, item| Some(sum + inner(item)?)),
        Value::Object(map) => map.iter().try_fold(1, |sum, (key, item)| Some(sum + text_weight(key) + inner(item)?)),
        _ => Some(1),
    }
}

/// The fields of a map; any other value is a scope without names.
impl Scope for Value {
    fn get(&self, name: &str) -> Option<Value> {
        Value::get(self, name).cloned()
    }

    fn look(&self, name: &str) -> Option<Cow<'_, Value>> {
        Value::get(self, name).map(Cow::Borrowed)
    }
}

/// Which part of a value is used: all of it, or some fields.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Wanted {
    whole: bool,
    fields: Vec<(String, Wanted)>,
}

impl Wanted {
    /// The top names of `paths`, each with the part of it that is used.
    pub fn of<'a>(paths: impl IntoIterator<Item = &'a [String]>) -> Vec<(String, Wanted)> {
        let mut top = Wanted::default();
        paths.into_iter().for_each(|path| top.add(path));
        top.fields
    }

    fn add(&mut self, path: &[String]) {
        let Some((first, rest)) = path.split_first() else {
            self.whole = true;
            return;
        };
        match self.fields.iter_mut().find(|(name, _)| name == first) {
            Some((_, field)) => field.add(rest),
            None => {
                let mut field = Wanted::default();
                field.add(rest);
                self.fields.push((first.clone(), field));
            }
        }
    }

    /// The used fields of a map that are there; `None` when the whole of the
    /// value is used, or when it is not a map.
    pub fn fields_of<'w, 'v>(&'w self, value: &'v Value) -> Option<Vec<Field<'w, 'v>>> {
        let map = value.as_object().filter(|_| !self.whole)?;
        let found = self
            .fields
            .iter()
            .filter_map(|(name, wanted)| map.get_key_value(name).map(|(name, value)| (name.as_str(), value, wanted)));
        Some(found.collect())
    }

    /// A copy of the used part.
    pub fn pick(&self, value: &Value) -> Value {
        match self.fields_of(value) {
            None => value.clone(),
            Some(fields) => {
                fields.into_iter().map(|(name, value, wanted)| (name.to_owned(), wanted.pick(value))).collect()
            }
        }
    }
}

/// A field's name and value, and which part of the value is used.
pub type Field<'w, 'v> = (&'v str, &'v Value, &'w Wanted);

/// The value behind `path`; a list is not entered.
pub fn descend<'v>(value: &'v Value, path: &[String]) -> Option<&'v Value> {
    path.iter().try_fold(value, |value, name| value.as_object()?.get(name))
}

/// A number as people write it: `2`, not `2.0`.
pub fn number_text(number: &Number) -> String {
    match number.as_f64() {
        Some(double) if number.is_f64() => double.to_string(),
        _ => number.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn path(text: &str) -> Vec<String> {
        text.split('.').map(str::to_owned).collect()
    }

    #[test]
    fn only_the_used_fields_are_taken() {
        let value = json!({ "disk": { "answer": "ok", "seen": { "big": 1 } }, "swap": { "answer": "warn" } });
        let paths = [path("checks.disk.answer"), path("checks.nope"), path("vars")];
        let wanted = Wanted::of(paths.iter().map(Vec::as_slice));
        let names: Vec<&str> = wanted.iter().map(|(name, _)| name.as_str()).collect();
        assert_eq!(names, ["checks", "vars"]);
        assert_eq!(wanted[0].1.pick(&value), json!({ "disk": { "answer": "ok" } }));
        assert_eq!(wanted[1].1.pick(&value), value);
    }

    #[test]
    fn a_path_and_its_beginning_take_the_whole() {
        let paths = [path("a.b"), path("a")];
        let wanted = Wanted::of(paths.iter().map(Vec::as_slice));
        assert_eq!(wanted[0].1.pick(&json!({ "b": 1, "c": 2 })), json!({ "b": 1, "c": 2 }));
        assert_eq!(wanted[0].1.pick(&json!("text")), json!("text"));
    }

    #[test]
    fn values_have_a_weight_and_a_depth() {
        assert_eq!(weight(&json!([1, "a", { "k": null }]), 2), Some(6));
        assert_eq!(weight(&json!("x".repeat(640)), 0), Some(11));
        assert_eq!(weight(&json!([[[1]]]), 2), None);
        assert!(weight(&json!([[[1]]]), 3).is_some());
    }

    #[test]
    fn numbers_are_written_plainly() {
        let text = |value: Value| value.as_number().map(number_text);
        assert_eq!(text(json!(2.0)).as_deref(), Some("2"));
        assert_eq!(text(json!(2.5)).as_deref(), Some("2.5"));
        assert_eq!(text(json!(-7)).as_deref(), Some("-7"));
        assert_eq!(text(json!(u64::MAX)).as_deref(), Some("18446744073709551615"));
    }
}

//! The tags of YAML's core schema (`!!str`, `!!int` …), which are honoured; every other tag is refused, because
//! what it asks for would silently not happen.

use super::scalar::{Scalar, resolve};
use granit_parser::Tag;

/// The meaning of a scalar with a tag, or what is wrong with the tag.
pub(super) fn scalar(tag: &Tag, value: &str) -> Result<Scalar, String> {
    if tag.original() == "!" {
        return Ok(Scalar::Text);
    }
    match (tag.core_suffix(), resolve(value)) {
        (Some("str"), _) => Ok(Scalar::Text),
        (Some("null"), Scalar::Null) => Ok(Scalar::Null),
        (Some("bool"), Scalar::Boolean(value)) => Ok(Scalar::Boolean(value)),
        (Some("int"), Scalar::Integer(value)) => Ok(Scalar::Integer(value)),
        (Some("float"), Scalar::Integer(value)) => Ok(Scalar::Float(value as f64)),
        (Some("float"), Scalar::Float(value)) => Ok(Scalar::Float(value)),
        (Some(_), _) => Err(does_not_fit(tag)),
        (None, _) => Err(unknown(tag)),
    }
}

/// Whether a list (`seq`) or map (`map`) may carry the tag; if not, what is wrong with it.
pub(super) fn collection(tag: &Tag, expected: &str) -> Result<(), String> {
    match tag.core_suffix() {
        _ if tag.original() == "!" => Ok(()),
        Some(suffix) if suffix == expected => Ok(()),
        Some(_) => Err(does_not_fit(tag)),
        None => Err(unknown(tag)),
    }
}

fn does_not_fit(tag: &Tag) -> String {
    format!("the tag `{}` does not fit this value", tag.original())
}

fn unknown(tag: &Tag) -> String {
    format!("unknown tag `{}`", tag.original())
}

#[cfg(test)]
mod tests {
    use crate::spec::yaml::testing::{complaints, good};
    use serde_json::json;

    #[test]
    fn core_tags_are_honoured() {
        let document =
            good("a: !!str 12\nb: !!int \"12\"\nc: !!float 1\nd: ! 12\ne: !!map {}\nf: !!seq []\ng: !!str\n");
        let expected = json!({"a": "12", "b": 12, "c": 1.0, "d": "12", "e": {}, "f": [], "g": ""});
        assert_eq!(document.to_json(document.root()), expected);
    }

    #[test]
    fn other_tags_are_refused_with_their_place() {
        assert_eq!(complaints("a: !secret x"), ["1:4 E0009 unknown tag `!secret`"]);
        assert_eq!(complaints("a: !!binary x"), ["1:4 E0009 unknown tag `!!binary`"]);
        assert_eq!(complaints("a: !x\n  b: 1"), ["1:4 E0009 unknown tag `!x`"]);
        assert_eq!(complaints("a: !!int x"), ["1:4 E0009 the tag `!!int` does not fit this value"]);
        assert_eq!(complaints("a: !!map [1]"), ["1:4 E0009 the tag `!!map` does not fit this value"]);
    }
}

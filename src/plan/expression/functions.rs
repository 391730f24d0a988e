//! The functions that expressions may call, and cel's environment with them.
//!
//! Operators whose meaning differs from cel's have names of their own with an
//! `@`, which no source text can contain; `tree` puts them into the tree.

use std::sync::{Arc, LazyLock};

use cel::common::types::{CelBool, CelInt, CelString, DYN_TYPE};
use cel::{DeclarationError, Env, extensions};

use super::operators::{add, divide, equal, matches, multiply, subtract, unequal, walk};
use super::time::{
    Span, Timestamp, duration, hours, minutes, seconds, seconds_of_timestamp, text_of_span, text_of_timestamp,
    timestamp,
};

/// How a function is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// `size(x)`
    Call,
    /// `x.size()`
    Method,
    Both,
    /// `x.all(y, …)`, which cel expands; what is left of it in a tree is wrong.
    Comprehension,
    /// `has(x.y)`
    Presence,
}

pub const KNOWN: [(&str, Form); 30] = [
    ("size", Form::Both),
    ("int", Form::Call),
    ("uint", Form::Call),
    ("double", Form::Call),
    ("string", Form::Call),
    ("bool", Form::Call),
    ("type", Form::Call),
    ("duration", Form::Call),
    ("timestamp", Form::Call),
    ("has", Form::Presence),
    ("all", Form::Comprehension),
    ("exists", Form::Comprehension),
    ("exists_one", Form::Comprehension),
    ("map", Form::Comprehension),
    ("filter", Form::Comprehension),
    ("contains", Form::Method),
    ("startsWith", Form::Method),
    ("endsWith", Form::Method),
    ("matches", Form::Both),
    ("lowerAscii", Form::Method),
    ("upperAscii", Form::Method),
    ("trim", Form::Method),
    ("split", Form::Method),
    ("join", Form::Method),
    ("replace", Form::Method),
    ("substring", Form::Method),
    ("indexOf", Form::Method),
    ("getHours", Form::Method),
    ("getMinutes", Form::Method),
    ("getSeconds", Form::Method),
];

/// The names that stand for types in `type(x) == int`.
pub const TYPES: [&str; 10] = ["bool", "bytes", "double", "int", "list", "map", "null_type", "string", "type", "uint"];

/// Our name for an operator or function of cel, where ours means something else.
pub fn our_name(name: &str) -> Option<&'static str> {
    Some(match name {
        "_+_" => "@+",
        "_-_" => "@-",
        "_*_" => "@*",
        "_/_" => "@/",
        "_==_" => "@==",
        "_!=_" => "@!=",
        "matches" => "@matches",
        _ => return None,
    })
}

/// The sorted keys of a map, or the list itself: what a comprehension walks.
pub const WALK: &str = "@walk";

/// The environment, built once; an error only if cel's own declarations change.
pub fn environment() -> Result<&'static Arc<Env>, String> {
    static ENVIRONMENT: LazyLock<Result<Arc<Env>, String>> =
        LazyLock::new(|| build().map(Arc::new).map_err(|error| error.to_string()));
    ENVIRONMENT.as_ref().map_err(Clone::clone)
}

fn build() -> Result<Env, DeclarationError> {
    let mut env = Env::stdlib().with_optional_support(false);
    env.add_extension(extensions::strings)?;
    let any = || vec![DYN_TYPE, DYN_TYPE];
    env.add_overload("@+", "@+", any(), add)?;
    env.add_overload("@-", "@-", any(), subtract)?;
    env.add_overload("@*", "@*", any(), multiply)?;
    env.add_overload("@/", "@/", any(), divide)?;
    env.add_overload("@==", "@==", any(), equal)?;
    env.add_overload("@!=", "@!=", any(), unequal)?;
    env.add_overload(WALK, WALK, vec![DYN_TYPE], walk)?;
    cel::add_overload!(env, fn matches: (CelString, CelString) -> Result<CelBool>, name = "@matches")?;
    cel::add_overload!(env, fn duration: (CelString) -> Result<Span>)?;
    cel::add_overload!(env, fn timestamp: (CelString) -> Result<Timestamp>)?;
    cel::add_overload!(env, fn text_of_span: (Span) -> CelString, name = "string")?;
    cel::add_overload!(env, fn text_of_timestamp: (Timestamp) -> CelString, name = "string")?;
    cel::add_overload!(env, fn seconds_of_timestamp: (Timestamp) -> CelInt, name = "int")?;
    cel::add_member_overload!(env, fn hours: (Span) -> CelInt, name = "getHours")?;
    cel::add_member_overload!(env, fn minutes: (Span) -> CelInt, name = "getMinutes")?;
    cel::add_member_overload!(env, fn seconds: (Span) -> CelInt, name = "getSeconds")?;
    Ok(env)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_function_is_listed_twice() {
        for (index, (name, _)) in KNOWN.iter().enumerate() {
            assert!(KNOWN[..index].iter().all(|(other, _)| other != name), "{name}");
        }
    }

    #[test]
    fn the_environment_can_be_built() {
        assert!(environment().is_ok());
    }
}

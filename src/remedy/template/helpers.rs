//! The helpers that texts may use, and handlebars with them.

use std::sync::LazyLock;

use handlebars::{
    Context, Handlebars, Helper, HelperDef, HelperResult, JsonTruthy, RenderContext, RenderError, RenderErrorReason,
    ScopedJson, no_escape,
};
use serde_json::Value;

use super::show::{mark, write, write_joined};

/// `{{@show x}}`: the value as people read it. No source text can contain
/// these names as helpers.
pub const SHOW: &str = "@show";
/// `{{@missing x}}`: a mark, if the value is missing.
pub const MISSING: &str = "@missing";
/// `{{@turn}}`: counts.
pub const TURN: &str = "@turn";

/// A helper's name, and how many values it takes.
pub type Arity = (&'static str, std::ops::RangeInclusive<usize>);

/// The helpers of `{{helper …}}` and `(helper …)`.
pub const HELPERS: [Arity; 13] = [
    ("eq", 2..=2),
    ("ne", 2..=2),
    ("gt", 2..=2),
    ("gte", 2..=2),
    ("lt", 2..=2),
    ("lte", 2..=2),
    ("and", 2..=MANY),
    ("or", 2..=MANY),
    ("not", 1..=1),
    ("len", 1..=1),
    ("lookup", 2..=2),
    ("default", 2..=2),
    ("join", 1..=2),
];

/// The helpers of `{{#helper …}}`.
pub const BLOCKS: [Arity; 4] = [("if", 1..=1), ("unless", 1..=1), ("each", 1..=1), ("with", 1..=1)];

const MANY: usize = 64;

/// handlebars with our helpers; built once.
pub fn registry() -> &'static Handlebars<'static> {
    static REGISTRY: LazyLock<Handlebars> = LazyLock::new(|| {
        let mut registry = Handlebars::new();
        registry.register_escape_fn(no_escape);
        registry.register_helper("default", Box::new(OrElse));
        registry.register_helper("join", Box::new(Join));
        registry.register_helper("len", Box::new(Length));
        registry.register_helper(SHOW, Box::new(show));
        registry.register_helper(MISSING, Box::new(missing));
        registry.register_helper(TURN, Box::new(turn));
        registry
    });
    &REGISTRY
}

type Registry<'reg> = Handlebars<'reg>;

fn show(
    helper: &Helper,
    registry: &Registry,
    context: &Context,
    state: &mut RenderContext,
    output: &mut dyn handlebars::Output,
) -> HelperResult {
    let Some(value) = helper.param(0).filter(|value| !value.is_value_missing()) else {
        return missing(helper, registry, context, state, output);
    };
    let mut text = String::new();
    write(value.value(), false, &mut text);
    Ok(output.write(&text)?)
}

fn missing(
    helper: &Helper,
    _: &Registry,
    _: &Context,
    _: &mut RenderContext,
    output: &mut dyn handlebars::Output,
) -> HelperResult {
    match helper.param(0) {
        Some(value) if value.is_value_missing() => {
            let name = value.relative_path().map_or("", String::as_str);
            Ok(output.write(&mark(name))?)
        }
        _ => Ok(()),
    }
}

fn turn(
    _: &Helper,
    _: &Registry,
    _: &Context,
    _: &mut RenderContext,
    output: &mut dyn handlebars::Output,
) -> HelperResult {
    // An empty write is a turn to our output.
    Ok(output.write("")?)
}

/// `default x "none"`: the second where the first is missing, null or empty.
struct OrElse;

impl HelperDef for OrElse {
    fn call_inner<'reg: 'rc, 'rc>(
        &self,
        helper: &Helper<'rc>,
        _: &'reg Registry<'reg>,
        _: &'rc Context,
        _: &mut RenderContext<'reg, 'rc>,
    ) -> Result<ScopedJson<'rc>, RenderError> {
        let (first, second) = (value(helper, "default", 0)?, value(helper, "default", 1)?);
        let stands = matches!(first, Value::Bool(_) | Value::Number(_)) || first.is_truthy(true);
        Ok(ScopedJson::Derived(if stands { first.clone() } else { second.clone() }))
    }
}

/// `join list ", "`
struct Join;

impl HelperDef for Join {
    fn call_inner<'reg: 'rc, 'rc>(
        &self,
        helper: &Helper<'rc>,
        _: &'reg Registry<'reg>,
        _: &'rc Context,
        _: &mut RenderContext<'reg, 'rc>,
    ) -> Result<ScopedJson<'rc>, RenderError> {
        let separator = helper.param(1).and_then(|separator| separator.value().as_str()).unwrap_or(", ");
        let mut text = String::new();
        match value(helper, "join", 0)? {
            Value::Array(list) => write_joined(list, separator, &mut text),
            single => write(single, false, &mut text),
        }
        Ok(ScopedJson::Derived(Value::String(text)))
    }
}

/// `len x`: elements of a list or map, characters of a text (handlebars' own
/// counts bytes).
struct Length;

impl HelperDef for Length {
    fn call_inner<'reg: 'rc, 'rc>(
        &self,
        helper: &Helper<'rc>,
        _: &'reg Registry<'reg>,
        _: &'rc Context,
        _: &mut RenderContext<'reg, 'rc>,
    ) -> Result<ScopedJson<'rc>, RenderError> {
        let length = match value(helper, "len", 0)? {
            Value::Array(list) => list.len(),
            Value::Object(map) => map.len(),
            Value::String(text) => text.chars().count(),
            _ => 0,
        };
        Ok(ScopedJson::Derived(Value::from(length)))
    }
}

fn value<'h>(helper: &'h Helper, name: &'static str, index: usize) -> Result<&'h Value, RenderError> {
    let value = helper.param(index).map(|value| value.value());
    value.ok_or_else(|| RenderErrorReason::ParamNotFoundForIndex(name, index).into())
}

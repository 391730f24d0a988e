//! How values read in a text for people, and the helpers of our own.

use std::io;
use std::sync::LazyLock;

use handlebars::{
    Context, Handlebars, Helper, HelperDef, HelperResult, JsonTruthy, RenderContext, RenderError, RenderErrorReason,
    ScopedJson, no_escape,
};
use serde_json::{Map, Value};

use crate::plan::scope::number_text;
use crate::prose;

/// Bytes of a rendered text.
const LONGEST: usize = 16 << 10;
/// Turns of all `{{#each}}` of one text together.
const MOST_TURNS: usize = 100_000;

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
        registry.register_helper("default", Box::new(Default));
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
struct Default;

impl HelperDef for Default {
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

fn mark(name: &str) -> String {
    format!("(unknown: {name})")
}

/// A value as people read it; what lies within another collection stands in
/// parentheses. Stops where the text is full.
fn write(value: &Value, inner: bool, text: &mut String) {
    match value {
        _ if text.len() > LONGEST => {}
        Value::Null => text.push_str("(none)"),
        Value::Bool(truth) => text.push_str(if *truth { "true" } else { "false" }),
        Value::Number(number) => text.push_str(&number_text(number)),
        Value::String(shown) => text.push_str(head(shown)),
        Value::Array(list) if list.is_empty() => text.push_str("(none)"),
        Value::Object(map) if map.is_empty() => text.push_str("(none)"),
        Value::Array(_) | Value::Object(_) if inner => {
            text.push('(');
            write(value, false, text);
            text.push(')');
        }
        Value::Array(list) => write_list(list, text),
        Value::Object(map) => write_map(map, text),
    }
}

fn write_list(list: &[Value], text: &mut String) {
    let mut length = text.len();
    let items = list.iter().map_while(|item| {
        let mut shown = String::new();
        write(item, true, &mut shown);
        let fits = length <= LONGEST;
        // Each item brings a comma or an "and" with it.
        length += shown.len() + 2;
        fits.then_some(shown)
    });
    text.push_str(&prose::list(&items.collect::<Vec<_>>()));
}

fn write_joined(list: &[Value], separator: &str, text: &mut String) {
    for (index, item) in list.iter().enumerate() {
        if text.len() > LONGEST {
            return;
        }
        if index > 0 {
            text.push_str(head(separator));
        }
        write(item, true, text);
    }
}

fn write_map(map: &Map<String, Value>, text: &mut String) {
    for (index, (key, value)) in map.iter().enumerate() {
        if text.len() > LONGEST {
            return;
        }
        text.push_str(if index > 0 { ", " } else { "" });
        text.push_str(head(key));
        text.push('=');
        write(value, true, text);
    }
}

fn head(text: &str) -> &str {
    let end = (0..=text.len().min(LONGEST + 1)).rev().find(|end| text.is_char_boundary(*end));
    &text[..end.unwrap_or(0)]
}

/// A text with a bound, and a count of turns.
#[derive(std::default::Default)]
pub struct Output {
    text: String,
    turns: usize,
}

impl Output {
    pub fn is_full(&self) -> bool {
        self.text.len() > LONGEST || self.turns > MOST_TURNS
    }

    /// In the place of an element that could not be shown.
    pub fn mark(&mut self, name: &str) {
        self.text.push_str(&mark(name));
    }

    pub fn finish(self) -> String {
        if self.turns > MOST_TURNS {
            return self.text + " … (cut: too many turns of {{#each}})";
        }
        cut(self.text)
    }
}

impl handlebars::Output for Output {
    fn write(&mut self, text: &str) -> io::Result<()> {
        self.turns += usize::from(text.is_empty());
        self.text.push_str(head(text));
        if self.is_full() { Err(io::Error::other("the text is full")) } else { Ok(()) }
    }
}

/// The text, if it is not too long; else its beginning, which says so.
pub fn cut(mut text: String) -> String {
    if text.len() > LONGEST {
        let end = (0..=LONGEST).rev().find(|end| text.is_char_boundary(*end));
        text.truncate(end.unwrap_or(0));
        text.push_str(&format!(" … (cut after {} KiB)", LONGEST >> 10));
    }
    text
}

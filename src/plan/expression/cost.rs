//! How long an expression can take with given values, before it runs.
//!
//! cel has no meter and no limit, and 60 characters of chained `map` make
//! gigabytes. This is an upper bound, found by walking the tree once with the
//! sizes of the values instead of the values: the body of a loop counts as
//! often as the collection has elements, a joined text is as long as its
//! parts. The bound depends on nothing but text and values, so the same
//! recording is always judged the same way.

use std::borrow::Cow;

use cel::IdedExpr;
use cel::common::ast::{CallExpr, ComprehensionExpr, EntryExpr, Expr, LiteralValue};
use serde_json::Value;

use super::functions::WALK;
use super::tree::Path;
use crate::plan::scope::descend;
use crate::prose;

/// About a second at worst.
const MOST_STEPS: f64 = 2_000_000.0;
/// One turn of a simple loop, in the units counted here: nodes of the tree
/// that are evaluated and values that are touched.
const STEP: f64 = 25.0;
/// The largest value, in the units of [`Size::weight`]: some 100 MB.
const MOST_WEIGHT: f64 = 2_000_000.0;
/// Bytes of text that are handled in the time of one unit.
const BYTES: f64 = 64.0;
/// What compiling a regular expression costs at least.
const REGEX: f64 = 2_000.0;

/// How much a value is at most.
#[derive(Debug, Clone, PartialEq)]
struct Size {
    /// Values in it, itself included, and its text in units of [`BYTES`].
    weight: f64,
    /// Elements of a list or map.
    length: f64,
    /// What any one element is at most, the keys of a map included.
    element: Option<Box<Size>>,
}

/// The names an expression was given.
pub type Values<'v> = [(&'v str, Cow<'v, Value>)];

/// The steps that `root` takes at most, or why it may not run.
pub fn bound(root: &IdedExpr, values: &Values) -> Result<f64, String> {
    let mut estimate = Estimate { values, bound: Vec::new(), heaviest: 0.0 };
    let steps = estimate.of(root).0 / STEP;
    if steps > MOST_STEPS {
        let (could, most) = (count(steps, "step"), count(MOST_STEPS, "step"));
        return Err(format!("with these values it could take {could}; at most {most} are allowed"));
    }
    if estimate.heaviest > MOST_WEIGHT {
        let (could, most) = (count(estimate.heaviest, "part"), count(MOST_WEIGHT, "part"));
        return Err(format!("with these values it could make a value of {could}; at most {most} are allowed"));
    }
    Ok(steps)
}

fn count(number: f64, noun: &str) -> String {
    prose::count(number.min(1e15) as usize, noun)
}

impl Size {
    const ONE: Size = Size { weight: 1.0, length: 0.0, element: None };

    fn text(bytes: f64) -> Self {
        Size { weight: 1.0 + bytes / BYTES, ..Size::ONE }
    }

    fn collection(elements: impl IntoIterator<Item = Size>, length: f64) -> Self {
        let empty = Size { length, ..Size::ONE };
        elements.into_iter().fold(empty, |mut all, size| {
            all.weight += size.weight;
            all.element = larger(all.element.take(), Some(Box::new(size)));
            all
        })
    }

    fn of(value: &Value) -> Self {
        match value {
            Value::String(text) => Size::text(text.len() as f64),
            Value::Array(list) => Size::collection(list.iter().map(Size::of), list.len() as f64),
            Value::Object(map) => {
                let keys = map.keys().map(|key| Size::text(key.len() as f64));
                Size::collection(keys.chain(map.values().map(Size::of)), map.len() as f64)
            }
            _ => Size::ONE,
        }
    }

    fn bytes(&self) -> f64 {
        self.weight * BYTES
    }

    fn element(&self) -> Size {
        self.element.as_deref().cloned().unwrap_or(Size::ONE)
    }

    fn larger(self, other: Size) -> Size {
        Size {
            weight: self.weight.max(other.weight),
            length: self.length.max(other.length),
            element: larger(self.element, other.element),
        }
    }

    /// Both, one behind the other.
    fn joined(self, other: Size) -> Size {
        let (weight, length) = (self.weight + other.weight - 1.0, self.length + other.length);
        Size { weight, length, element: larger(self.element, other.element) }
    }

    fn times(self, count: f64) -> Size {
        Size { weight: 1.0 + (self.weight - 1.0) * count, length: self.length * count, element: self.element }
    }
}

fn larger(left: Option<Box<Size>>, right: Option<Box<Size>>) -> Option<Box<Size>> {
    match (left, right) {
        (Some(left), Some(right)) => Some(Box::new(left.larger(*right))),
        (left, right) => left.or(right),
    }
}

struct Estimate<'v> {
    values: &'v Values<'v>,
    bound: Vec<(String, Size)>,
    heaviest: f64,
}

impl Estimate<'_> {
    /// Units of time, and the size of the result.
    fn of(&mut self, node: &IdedExpr) -> (f64, Size) {
        let (units, size) = self.parts(node);
        self.heaviest = self.heaviest.max(size.weight);
        (units, size)
    }

    fn parts(&mut self, node: &IdedExpr) -> (f64, Size) {
        if let Some(path) = Path::of(node) {
            return (path.names.len() as f64, self.size_of_path(&path.names));
        }
        match &node.expr {
            Expr::Call(call) => self.call(call),
            Expr::Comprehension(comprehension) => self.comprehension(comprehension),
            Expr::Select(select) => {
                let (units, size) = self.of(&select.operand);
                (units + 1.0, size.element())
            }
            Expr::List(list) => self.collection(list.elements.iter().collect(), list.elements.len()),
            Expr::Map(map) => {
                let parts = map.entries.iter().flat_map(|entry| match &entry.expr {
                    EntryExpr::MapEntry(entry) => vec![&entry.key, &entry.value],
                    EntryExpr::StructField(field) => vec![&field.value],
                });
                self.collection(parts.collect(), map.entries.len())
            }
            Expr::Literal(LiteralValue::String(text)) => (1.0, Size::text(text.inner().len() as f64)),
            Expr::Literal(LiteralValue::Bytes(bytes)) => (1.0, Size::text(bytes.inner().len() as f64)),
            _ => (1.0, Size::ONE),
        }
    }

    fn size_of_path(&self, names: &[String]) -> Size {
        let Some((name, fields)) = names.split_first() else { return Size::ONE };
        if let Some((_, size)) = self.bound.iter().rev().find(|(bound, _)| bound == name) {
            return fields.iter().fold(size.clone(), |size, _| size.element());
        }
        let value = self.values.iter().find(|(known, _)| known == name);
        value.and_then(|(_, value)| descend(value, fields)).map_or(Size::ONE, Size::of)
    }

    fn collection(&mut self, parts: Vec<&IdedExpr>, length: usize) -> (f64, Size) {
        let (units, sizes) = self.all(parts);
        let size = Size::collection(sizes, length as f64);
        (units + size.weight, size)
    }

    fn all<'n>(&mut self, nodes: impl IntoIterator<Item = &'n IdedExpr>) -> (f64, Vec<Size>) {
        let (units, sizes): (Vec<f64>, Vec<Size>) = nodes.into_iter().map(|node| self.of(node)).unzip();
        (units.iter().sum(), sizes)
    }

    fn call(&mut self, call: &CallExpr) -> (f64, Size) {
        let (units, sizes) = self.all(call.target.as_deref().into_iter().chain(&call.args));
        let touched: f64 = sizes.iter().map(|size| size.weight).sum();
        let size = result(&call.func_name, &sizes);
        let own = match call.func_name.as_str() {
            "_&&_" | "_||_" | "!_" | "_?_:_" | "_[_]" => 1.0,
            "@matches" => touched * 4.0 + self.regex(call, &sizes),
            _ => touched + size.weight,
        };
        (units + own, size)
    }

    /// A pattern that is written out was compiled when the text was read.
    fn regex(&self, call: &CallExpr, sizes: &[Size]) -> f64 {
        match call.args.last().map(|pattern| &pattern.expr) {
            Some(Expr::Literal(_)) => 1.0,
            _ => REGEX + sizes.last().map_or(0.0, Size::bytes),
        }
    }

    fn comprehension(&mut self, comprehension: &ComprehensionExpr) -> (f64, Size) {
        let (walked, range) = self.of(&comprehension.iter_range);
        let (begun, empty) = self.of(&comprehension.accu_init);
        let outer = self.bound.len();
        self.bound.push((comprehension.iter_var.clone(), range.element()));
        self.bound.push((comprehension.accu_var.clone(), empty));
        let (condition, _) = self.of(&comprehension.loop_cond);
        let (turn, grown) = self.of(&comprehension.loop_step);
        self.bound.push((comprehension.accu_var.clone(), grown.times(range.length)));
        let (ended, result) = self.of(&comprehension.result);
        self.bound.truncate(outer);
        let turns = range.length * (1.0 + condition + turn);
        (walked + begun + range.weight + turns + ended + result.weight, result)
    }
}

/// What a function makes of values of these sizes.
fn result(name: &str, sizes: &[Size]) -> Size {
    match (name, sizes) {
        ("@+" | "_+_", [left, right]) => left.clone().joined(right.clone()),
        ("_?_:_", [_, yes, no]) => yes.clone().larger(no.clone()),
        ("_[_]", [collection, _]) => collection.element(),
        (WALK | "string" | "lowerAscii" | "upperAscii" | "trim" | "substring", [value, ..]) => value.clone(),
        ("split", [text, ..]) => {
            let pieces = text.bytes() + 1.0;
            Size { weight: pieces * 2.0, length: pieces, element: Some(Box::new(text.clone())) }
        }
        ("join", [list, rest @ ..]) => {
            let separator = rest.first().map_or(0.0, Size::bytes);
            Size::text(list.bytes() + list.length * separator)
        }
        ("replace", [text, _, new, ..]) => Size::text(text.bytes() + (text.bytes() + 1.0) * new.bytes()),
        _ => Size::ONE,
    }
}

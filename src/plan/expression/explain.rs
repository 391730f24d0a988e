//! Why an expression could not be evaluated, in a sentence.
//!
//! cel's run-time errors have no place, and their texts print whole values,
//! which may be large or secret. Here only kinds and names appear; the part of
//! the expression is found by evaluating its parts once more.

use cel::common::ast::{EntryExpr, Expr, SourceInfo};
use cel::{Context, ExecutionError, IdedExpr, OverloadError, Value as Cel};
use serde_json::Value;

use super::cost::Values;
use super::plain::{Segment, missing, unknown_name};
use super::tokens::{Kind, Token, split};
use super::tree::place;
use crate::plan::scope::{Reference, descend};

/// Above this many steps nothing is evaluated once more.
const CHEAP: f64 = 1_000.0;

pub struct Failure<'f> {
    pub source: &'f str,
    pub root: &'f IdedExpr,
    pub info: &'f SourceInfo,
    pub references: &'f [Reference],
    pub values: &'f Values<'f>,
    pub steps: f64,
}

impl Failure<'_> {
    pub fn sentence(&self, error: &ExecutionError, context: &Context) -> String {
        let what = self.what(error);
        let failed = if self.steps > CHEAP { self.root } else { innermost(self.root, error, context) };
        match self.written(failed) {
            Some(part) if part != self.source.trim() => format!("{what}, in `{part}`"),
            _ => what,
        }
    }

    fn what(&self, error: &ExecutionError) -> String {
        match error {
            ExecutionError::UndeclaredReference(name) => unknown_name(name),
            ExecutionError::NoSuchKey(key) => self.missing_key(key),
            ExecutionError::NoSuchOverload(overload) => misfit(overload),
            ExecutionError::UnexpectedType { got, want } if want == "iterable" => {
                format!("only a list or a map can be walked, not {}", people(got))
            }
            ExecutionError::UnexpectedType { got, want } => {
                format!("{} is needed here, not {}", people(want), people(got))
            }
            ExecutionError::ValuesNotComparable(..) => "these values cannot be compared".into(),
            ExecutionError::DivisionByZero(_) | ExecutionError::RemainderByZero(_) => "division by zero".into(),
            ExecutionError::Overflow(..) => "the number becomes too large".into(),
            ExecutionError::IndexOutOfBounds(Cel::Int(index)) => format!("the list has no element {index}"),
            ExecutionError::IndexOutOfBounds(_) => "the list has no such element".into(),
            ExecutionError::DuplicateKey(_) => "a map has the same key twice".into(),
            ExecutionError::UnsupportedKeyType(_) => "this value cannot be a key of a map".into(),
            ExecutionError::FunctionError { message, .. } => message.clone(),
            _ => "it cannot be evaluated with these values".into(),
        }
    }

    /// The first of the written names that stops at `key`, if there is one.
    fn missing_key(&self, key: &str) -> String {
        let found = self.references.iter().find_map(|reference| self.stops_at(reference, key));
        found.unwrap_or_else(|| format!("there is no `{key}` in the map"))
    }

    fn stops_at(&self, reference: &Reference, key: &str) -> Option<String> {
        let (name, fields) = reference.path.split_first()?;
        let (_, value) = self.values.iter().find(|(known, _)| known == name)?;
        let at = (0..fields.len()).find(|end| descend(value, &fields[..=*end]).is_none())?;
        let parent: &Value = descend(value, &fields[..at])?;
        let path = reference.path[..=at].join(".");
        (fields[at] == key).then(|| missing(&path, parent, &Segment::Field(key.to_owned())))
    }

    /// The text of a node, with its brackets.
    fn written(&self, node: &IdedExpr) -> Option<&str> {
        let tokens = split(self.source).ok()?;
        let (mut first, mut last) = (usize::MAX, 0);
        extent(node, self.info, &mut first, &mut last);
        let mut left = tokens.iter().position(|token| token.range.end > first)?;
        let mut right = tokens.iter().rposition(|token| token.range.start < last)?;
        if tokens[right].is(self.source, ".") {
            right = (right + 1).min(tokens.len() - 1);
        }
        loop {
            let (unopened, unclosed) = balance(&tokens[left..=right]);
            if unopened > 0 && left > 0 {
                left -= 1;
            } else if unclosed > 0 && right + 1 < tokens.len() {
                right += 1;
            } else {
                break;
            }
        }
        if tokens[left].is(self.source, "(") && left > 0 && tokens[left - 1].kind == Kind::Name {
            left -= 1;
        }
        self.source.get(tokens[left].range.start..tokens[right].range.end)
    }
}

/// The smallest part that fails with the same error.
fn innermost<'n>(node: &'n IdedExpr, error: &ExecutionError, context: &Context) -> &'n IdedExpr {
    let fails = |part: &&IdedExpr| Cel::resolve_val(part, context).is_err_and(|found| found == *error);
    match evaluated(node).into_iter().find(fails) {
        Some(part) => innermost(part, error, context),
        None => node,
    }
}

/// The parts that are evaluated in the same scope as the node itself.
fn evaluated(node: &IdedExpr) -> Vec<&IdedExpr> {
    match &node.expr {
        Expr::Call(call) => call.target.as_deref().into_iter().chain(&call.args).collect(),
        Expr::Select(select) if super::tree::Path::of(node).is_none() => vec![&select.operand],
        Expr::List(list) => list.elements.iter().collect(),
        Expr::Comprehension(comprehension) => vec![&comprehension.iter_range],
        _ => parts(node),
    }
}

fn parts(node: &IdedExpr) -> Vec<&IdedExpr> {
    match &node.expr {
        Expr::Map(map) => {
            let values = map.entries.iter().filter_map(|entry| match &entry.expr {
                EntryExpr::MapEntry(entry) => Some([&entry.key, &entry.value]),
                EntryExpr::StructField(_) => None,
            });
            values.flatten().collect()
        }
        _ => Vec::new(),
    }
}

/// The bytes that a node and everything below it stand for.
fn extent(node: &IdedExpr, info: &SourceInfo, first: &mut usize, last: &mut usize) {
    if let Some(range) = place(info, node.id) {
        *first = (*first).min(range.start);
        *last = (*last).max(range.end);
    }
    let below = match &node.expr {
        Expr::Select(select) => vec![select.operand.as_ref()],
        Expr::Comprehension(comprehension) => vec![&comprehension.iter_range, &comprehension.loop_step],
        _ => evaluated(node),
    };
    below.into_iter().for_each(|part| extent(part, info, first, last));
}

/// How many brackets are closed without being opened, and the reverse.
fn balance(tokens: &[Token]) -> (usize, usize) {
    tokens.iter().fold((0, 0), |(unopened, unclosed), token| match token.kind {
        Kind::Open => (unopened, unclosed + 1),
        Kind::Close if unclosed > 0 => (unopened, unclosed - 1),
        Kind::Close => (unopened + 1, unclosed),
        _ => (unopened, unclosed),
    })
}

fn misfit(overload: &OverloadError) -> String {
    let types = overload.argument_types();
    let kinds: Vec<&str> = types.iter().map(|name| people(name)).collect();
    let name = overload.function();
    let operator = name.trim_matches('_').trim_start_matches('@');
    match (operator, kinds.as_slice()) {
        ("==" | "!=", [left, right]) => format!(
            "{left} is never equal to {right}: write both the same way, or convert one with string(…) or int(…)"
        ),
        ("+", [left, right]) if types.iter().any(|name| name == "string") => {
            format!("`+` cannot join {left} and {right}: convert with string(…) or int(…)")
        }
        ("." | "[", [left, ..]) | ("[_]", [left, ..]) => format!("{left} has no fields"),
        (operator, [left, right]) if name.contains(['_', '@']) => {
            format!("`{operator}` does not work on {left} and {right}")
        }
        (operator, [one]) if name.contains('_') => format!("`{operator}` does not work on {one}"),
        (_, kinds) => format!("`{operator}` does not work on {}", crate::prose::list(kinds)),
    }
}

/// cel's names of types in people's words.
fn people(name: &str) -> &str {
    match name {
        "int" | "uint" => "a whole number",
        "double" => "a number",
        "string" => "a text",
        "bool" => "true or false",
        "list" => "a list",
        "map" => "a map",
        "null_type" => "null",
        "google.protobuf.Duration" => "a duration",
        "google.protobuf.Timestamp" => "a timestamp",
        other => other,
    }
}

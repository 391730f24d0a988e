//! The status of a pack: a word of its own for the whole, such as READY or READY_FALLBACK.
//!
//! Statuses are tried in order after the run; the first whose condition holds is the status.

use super::expression::Expression;
use super::order::Index;
use super::text_error::TextError;
use crate::spec::diagnostic::Complaints;
use crate::spec::given::Reader;
use crate::spec::pack::Pack;
use crate::spec::yaml::Document;

/// What a condition of a status can name.
const ROOTS: &[&str] = &["go", "counts", "checks"];

/// One status of a pack.
pub struct Status {
    pub pack: usize,
    pub word: String,
    /// `None` holds always.
    pub when: Option<Expression>,
    /// The names of checks in the condition, and the checks they stand for.
    pub asks: Vec<(String, Vec<usize>)>,
}

/// Reads the statuses of a pack.
pub fn read(number: usize, pack: &Pack, index: &Index, complaints: &mut Complaints) -> Vec<Status> {
    let statuses = pack.keys.status.iter().flatten();
    let last = pack.keys.status.as_ref().map_or(0, |list| list.len().saturating_sub(1));
    let node = |nth: usize| {
        let list = pack.document.get(pack.document.root(), "status").unwrap_or(pack.document.root());
        pack.document.items(list).get(nth).copied().unwrap_or(list)
    };
    let mut read = Vec::new();
    for (nth, status) in statuses.enumerate() {
        let mut reader = Reader::new(&pack.document, &crate::spec::given::NoNames, complaints);
        let gap = match (status.when, nth == last) {
            (None, false) => Some((
                "a status without `when` holds always: those after it can never be reached",
                "give every status but the last a `when`",
            )),
            (Some(_), true) => {
                Some(("there must be a status if no condition holds", "add `- is: WORD` without `when` at the end"))
            }
            _ => None,
        };
        if let Some((gap, help)) = gap {
            reader.complain::<()>("E0211", pack.document.span(node(nth)), gap, Some(help.into()));
        }
        let when =
            match status.when.map(|when| (when, Expression::parse(pack.document.text(when.0).unwrap_or_default()))) {
                None => None,
                Some((_, Ok(expression))) => Some(expression),
                Some((when, Err(error))) => {
                    reader.complain_in::<()>("E0302", when.0, error);
                    continue;
                }
            };
        let asks = status
            .when
            .zip(when.as_ref())
            .map(|(when, expression)| asked(number, expression, index, &pack.document, when.0, &mut reader));
        read.push(Status { pack: number, word: status.is.clone(), when, asks: asks.unwrap_or_default() });
    }
    read
}

fn asked(
    pack: usize,
    expression: &Expression,
    index: &Index,
    document: &Document,
    node: crate::spec::yaml::NodeId,
    reader: &mut Reader,
) -> Vec<(String, Vec<usize>)> {
    let mut asks = Vec::new();
    for reference in expression.references() {
        let path: Vec<&str> = reference.path.iter().map(String::as_str).collect();
        let error =
            |message: String, help: String| TextError { range: reference.range.clone(), message, help: Some(help) };
        let problem = match path.as_slice() {
            ["checks", id, ..] => match index.find(pack, id) {
                Some(checks) => {
                    asks.push((id.to_string(), checks.clone()));
                    None
                }
                None => Some(error(format!("unknown check `{id}`"), index.near(pack, id))),
            },
            ["checks"] => {
                Some(error("`checks` must name one check".into(), "write `checks[\"id\"].answer == 'warn'`".into()))
            }
            [root, ..] if ROOTS.contains(root) => None,
            path => Some(error(
                format!("unknown name `{}`", path.first().unwrap_or(&"")),
                format!("known here: {}", ROOTS.join(", ")),
            )),
        };
        if let Some(problem) = problem {
            let span = document.inside(node, problem.range.clone());
            reader.complain::<()>("E0301", span, problem.message, problem.help);
        }
    }
    asks
}

//! Whether a matcher holds of a fact: a pure function, three-valued.
//!
//! *Absent* breaks every matcher but `present: false`; *unknown* stays unknown
//! unless something else is already broken. A broken matcher answers with the
//! innermost part that broke and the value it saw.

use super::jsonpath::Path;
use super::matcher::{Matcher, Order, Test};
use super::words::{ABSENT, SHOWN, shorten, shown};
use crate::fact::{Fact, HIDDEN, Moment, Value, Values, Version, mode};
use crate::spec::yaml::Document;
use serde_json::{Map, Value as Json};
use std::cmp::Ordering;

/// What holding came to.
#[derive(Debug, Clone, PartialEq)]
pub enum Held {
    Yes,
    No(Vec<Failed>),
    /// The thing is not there, which breaks whatever is expected of it.
    Absent(Vec<Failed>),
    Unknown(String),
}

/// One expectation that broke, in the author's words, with what was found.
#[derive(Debug, Clone, PartialEq, serde::Serialize)]
pub struct Failed {
    /// The fact, and the way into it: `stdout`, `stdout line 3`, `content $.level`.
    pub fact: String,
    /// What the matcher says, with the author's value: `is below 24h`.
    pub expected: String,
    /// What was there instead.
    pub found: String,
}

/// What judging needs beside the fact: all of it recorded.
pub struct Judging<'a> {
    /// The document the matchers were written in, for the author's words.
    pub document: &'a Document,
    /// When the look was made.
    pub observed_at: Moment,
}

/// What a matcher is held against.
#[derive(Clone, Copy)]
pub enum Subject<'a> {
    /// All facts of a look.
    Facts(&'a Values),
    Value(&'a Value),
    Absent,
    Unknown(&'a str),
}

impl<'a> From<&'a Fact<Value>> for Subject<'a> {
    fn from(fact: &'a Fact<Value>) -> Self {
        match fact {
            Fact::Known(value) => Subject::Value(value),
            Fact::Absent => Subject::Absent,
            Fact::Unknown(why) => Subject::Unknown(why),
            Fact::NotWanted => Subject::Unknown("it was not looked at"),
        }
    }
}

impl Judging<'_> {
    /// Holds `matcher` against `subject`; `fact` names it for people.
    pub fn holds(&self, matcher: &Matcher, subject: Subject, fact: &str) -> Held {
        if let Subject::Value(Value::Concealed(concealed)) = subject {
            let text = Value::Text(concealed.reveal().into());
            return conceal(self.holds(matcher, Subject::Value(&text), fact), fact);
        }
        match &matcher.test {
            Test::Present(wanted) => self.present(matcher, *wanted, subject, fact),
            Test::All(inner) => join(inner.iter().map(|one| self.holds(one, subject, fact))),
            Test::AnyOf(inner) => self.any_of(matcher, inner, subject, fact),
            Test::NoneOf(inner) => self.none_of(matcher, inner, subject, fact),
            Test::Not(inner) => match self.holds(inner, subject, fact) {
                Held::Yes => {
                    Held::No(vec![Failed { fact: fact.into(), expected: self.words(matcher), found: found(subject) }])
                }
                Held::No(_) => Held::Yes,
                Held::Absent(_) => Held::Absent(vec![Failed {
                    fact: fact.into(),
                    expected: self.words(matcher),
                    found: ABSENT.into(),
                }]),
                unknown => unknown,
            },
            Test::Field(name, inner) => self.field(name, inner, subject, fact),
            test => match subject {
                Subject::Absent => Held::Absent(vec![Failed {
                    fact: fact.into(),
                    expected: self.words(matcher),
                    found: ABSENT.into(),
                }]),
                Subject::Unknown(why) => {
                    Held::Unknown(if fact.is_empty() { why.to_string() } else { format!("{fact}: {why}") })
                }
                Subject::Facts(values) if matches!(test, Test::Cel(_)) => {
                    let held = self.cel(matcher, facts_json(values), fact);
                    if values.0.iter().any(|(_, fact)| matches!(fact, Fact::Known(Value::Concealed(_)))) {
                        conceal(held, fact)
                    } else {
                        held
                    }
                }
                Subject::Facts(_) => {
                    Held::Unknown(format!("`{}` cannot be held against all facts at once", matcher.name))
                }
                Subject::Value(value) => self.value(matcher, value, fact),
            },
        }
    }

    fn present(&self, matcher: &Matcher, wanted: bool, subject: Subject, fact: &str) -> Held {
        let there = match subject {
            Subject::Absent => false,
            Subject::Unknown(why) => {
                return Held::Unknown(if fact.is_empty() { why.to_string() } else { format!("{fact}: {why}") });
            }
            Subject::Value(Value::Document(Json::Null)) => false,
            _ => true,
        };
        if there == wanted {
            return Held::Yes;
        }
        let failed = vec![Failed {
            fact: fact.into(),
            expected: self.words(matcher),
            found: if there { found(subject) } else { ABSENT.into() },
        }];
        if there { Held::No(failed) } else { Held::Absent(failed) }
    }

    fn any_of(&self, matcher: &Matcher, inner: &[Matcher], subject: Subject, fact: &str) -> Held {
        let (mut unknown, mut all_absent) = (None, true);
        for matcher in inner {
            match self.holds(matcher, subject, fact) {
                Held::Yes => return Held::Yes,
                Held::No(_) => all_absent = false,
                Held::Absent(_) => {}
                Held::Unknown(why) => unknown = unknown.or(Some(why)),
            }
        }
        let failed =
            || vec![Failed { fact: fact.into(), expected: self.words(matcher), found: found_by(inner, subject) }];
        match unknown {
            Some(why) => Held::Unknown(why),
            None if all_absent => Held::Absent(failed()),
            None => Held::No(failed()),
        }
    }

    fn none_of(&self, matcher: &Matcher, inner: &[Matcher], subject: Subject, fact: &str) -> Held {
        let mut worst = Held::Yes;
        for one in inner {
            match self.holds(one, subject, fact) {
                Held::Yes => {
                    return Held::No(vec![Failed {
                        fact: fact.into(),
                        expected: self.words(matcher),
                        found: found_by(std::slice::from_ref(one), subject),
                    }]);
                }
                Held::No(_) => {}
                Held::Absent(failed) => worst = Held::Absent(failed),
                Held::Unknown(why) if worst == Held::Yes => worst = Held::Unknown(why),
                Held::Unknown(_) => {}
            }
        }
        worst
    }

    fn field(&self, name: &str, matcher: &Matcher, subject: Subject, fact: &str) -> Held {
        let inner = part(subject, name);
        if fact.is_empty() {
            self.holds(matcher, inner, name)
        } else {
            self.holds(matcher, inner, &format!("{fact}.{name}"))
        }
    }

    fn value(&self, matcher: &Matcher, value: &Value, fact: &str) -> Held {
        let verdict = match &matcher.test {
            Test::Equals(wanted) => Ok(equals(wanted, value)),
            Test::OneOf(wanted) => Ok(wanted.iter().any(|one| equals(one, value))),
            Test::Cel(_) => return self.cel(matcher, value.to_json(), fact),
            Test::Compare(order, bound) => {
                compare(value, bound).map(|ordering| order.accepts(ordering)).ok_or_else(|| incomparable(value))
            }
            Test::Between(bounds) => match (compare(value, &bounds.0), compare(value, &bounds.1)) {
                (Some(low), Some(high)) => Ok(low != Ordering::Less && high != Ordering::Greater),
                _ => Err(incomparable(value)),
            },
            Test::Within(span) => moment(value).map(|at| at.distance(self.observed_at) <= *span),
            Test::OlderThan(span) => moment(value).map(|at| self.observed_at.since(at) > *span),
            Test::Contains(part) => text(value).map(|t| t.contains(&**part)),
            Test::StartsWith(part) => text(value).map(|t| t.starts_with(&**part)),
            Test::EndsWith(part) => text(value).map(|t| t.ends_with(&**part)),
            Test::Matches(pattern) => match (text(value), pattern.regex()) {
                (Ok(t), Ok(regex)) => Ok(regex.is_match(t)),
                (Err(why), _) => Err(why),
                (_, Err(why)) => return Held::Unknown(why),
            },
            Test::Empty(wanted) => length(value).map(|length| (length == 0) == *wanted),
            Test::Length(inner) => return self.measure(matcher, inner, length(value), &format!("{fact} length")),
            Test::LineCount(inner) => {
                return self.measure(
                    matcher,
                    inner,
                    text(value).map(|t| t.lines().count()),
                    &format!("{fact} line_count"),
                );
            }
            Test::Version(range) => match text(value).map(Version::find) {
                Ok(Some(version)) => Ok(range.contains(&version)),
                Ok(None) => Err(format!("no version in {}", shown(value))),
                Err(why) => Err(why),
            },
            Test::AnyLine(inner) => return self.lines(matcher, inner, value, fact, Quantifier::Any),
            Test::EveryLine(inner) => return self.lines(matcher, inner, value, fact, Quantifier::Every),
            Test::NoLine(inner) => return self.lines(matcher, inner, value, fact, Quantifier::None),
            Test::Any(inner) => return self.items(matcher, inner, value, fact, Quantifier::Any),
            Test::Every(inner) => return self.items(matcher, inner, value, fact, Quantifier::Every),
            Test::None(inner) => return self.items(matcher, inner, value, fact, Quantifier::None),
            Test::Capture(capture) => return self.capture(matcher, &capture.0, &capture.1, value, fact),
            Test::Number(inner) => return self.number(matcher, inner, value, fact),
            Test::Trimmed(inner) => match text(value) {
                Ok(t) => return self.holds(inner, Subject::Value(&Value::Text(t.trim().into())), fact),
                Err(why) => Err(why),
            },
            Test::Includes(wanted) => return self.includes(matcher, wanted, value, fact),
            Test::Only(allowed) => return self.only(matcher, allowed, value, fact),
            Test::Exactly(wanted) => return self.exactly(matcher, wanted, value, fact),
            Test::HasKey(key) => keys(value).map(|keys| keys.contains(&&**key)),
            Test::At(paths) => return self.at(paths, value, fact),
            Test::Json(inner) => {
                return self.parsed(matcher, inner, value, fact, |t| {
                    serde_json::from_str(t).map_err(|error| error.to_string())
                });
            }
            Test::Yaml(inner) => return self.parsed(matcher, inner, value, fact, crate::probe::data::parse_yaml),
            Test::AtMost(bits) => bits_of(value).map(|mode| mode & !bits == 0),
            Test::Has(symbolic) => bits_of(value).map(|mode| symbolic.all_in(mode)),
            Test::Lacks(symbolic) => bits_of(value).map(|mode| !symbolic.any_in(mode)),
            Test::Present(_) | Test::All(_) | Test::AnyOf(_) | Test::NoneOf(_) | Test::Not(_) | Test::Field(..) => {
                return self.holds(matcher, Subject::Value(value), fact);
            }
        };
        match verdict {
            Ok(true) => Held::Yes,
            Ok(false) if self.holds_without_space(matcher, value) => {
                self.no(matcher, fact, shorten(&format!("{:?}", text(value).unwrap_or_default()), SHOWN))
            }
            Ok(false) => self.no(matcher, fact, shown_for(&matcher.test, value)),
            Err(why) => self.no(matcher, fact, why),
        }
    }

    /// Whether only the white space at its ends breaks a text: then it must be seen.
    fn holds_without_space(&self, matcher: &Matcher, value: &Value) -> bool {
        let trimmed = text(value).map(|t| (t.len(), t.trim()));
        trimmed.is_ok_and(|(length, trimmed)| {
            trimmed.len() < length && self.value(matcher, &Value::Text(trimmed.into()), "") == Held::Yes
        })
    }

    fn no(&self, matcher: &Matcher, fact: &str, found: String) -> Held {
        Held::No(vec![Failed { fact: fact.into(), expected: self.words(matcher), found }])
    }

    fn cel(&self, matcher: &Matcher, value: Json, fact: &str) -> Held {
        let Test::Cel(cel) = &matcher.test else { return Held::Yes };
        let mut scope = cel.1.as_object().cloned().unwrap_or_default();
        let found = shorten(&value.to_string(), SHOWN);
        scope.insert("value".into(), value);
        match cel.0.evaluate(&Json::Object(scope)) {
            Ok(Json::Bool(true)) => Held::Yes,
            Ok(Json::Bool(false)) => self.no(matcher, fact, found),
            Ok(other) => self.no(matcher, fact, format!("the expression gave {other}, not true or false")),
            Err(why) => Held::Unknown(format!("`{}`: {why}", cel.0.source())),
        }
    }

    /// Holds a number made of the value, or breaks if none can be made.
    fn measure(&self, outer: &Matcher, inner: &Matcher, number: Result<usize, String>, fact: &str) -> Held {
        match number {
            Ok(number) => self.holds(inner, Subject::Value(&Value::Integer(number as i64)), fact),
            Err(why) => self.no(outer, fact, why),
        }
    }

    fn number(&self, matcher: &Matcher, inner: &Matcher, value: &Value, fact: &str) -> Held {
        let number = match text(value) {
            Ok(t) => t
                .trim()
                .parse::<i64>()
                .map(Value::Integer)
                .or_else(|_| t.trim().parse::<f64>().map(Value::Float))
                .map_err(|_| format!("{}, which is no number", shown(value))),
            Err(why) => Err(why),
        };
        match number {
            Ok(number) => self.holds(inner, Subject::Value(&number), fact),
            Err(why) => self.no(matcher, fact, why),
        }
    }

    fn capture(
        &self,
        matcher: &Matcher,
        pattern: &super::pattern::Pattern,
        is: &Matcher,
        value: &Value,
        fact: &str,
    ) -> Held {
        let t = match text(value) {
            Ok(t) => t,
            Err(why) => return self.no(matcher, fact, why),
        };
        let regex = match pattern.regex() {
            Ok(regex) => regex,
            Err(why) => return Held::Unknown(why),
        };
        // a group that took no part in the match caught nothing
        let group = usize::from(regex.captures_len() > 1);
        match regex.captures(t).and_then(|groups| groups.get(group)) {
            Some(group) => {
                self.holds(is, Subject::Value(&Value::Text(group.as_str().into())), &format!("{fact} capture"))
            }
            None => {
                let expected = format!("matches {}", pattern.text());
                Held::No(vec![Failed { fact: fact.into(), expected, found: shown(value) }])
            }
        }
    }

    fn parsed(
        &self,
        matcher: &Matcher,
        inner: &Matcher,
        value: &Value,
        fact: &str,
        parse: impl Fn(&str) -> Result<Json, String>,
    ) -> Held {
        match text(value).and_then(|t| {
            parse(t).map_err(|why| format!("{}, which is no {}: {why}", shown(value), matcher.name.to_uppercase()))
        }) {
            Ok(json) => self.holds(inner, Subject::Value(&Value::Document(json)), fact),
            Err(why) => self.no(matcher, fact, why),
        }
    }

    fn at(&self, paths: &[(Box<Path>, Matcher)], value: &Value, fact: &str) -> Held {
        let json = match value {
            Value::Document(json) => json,
            _ => return Held::Unknown(format!("{fact} is no document")),
        };
        join(paths.iter().map(|(path, matcher)| {
            let Path { path, singular } = &**path;
            let name = format!("{fact} {path}").trim().to_string();
            let mut nodes = path.query(json).all();
            if *singular {
                let first = nodes.pop().map(|node| Value::Document(node.clone()));
                self.holds(matcher, first.as_ref().map_or(Subject::Absent, Subject::Value), &name)
            } else {
                let list = Value::List(nodes.into_iter().map(|node| Value::Document(node.clone())).collect());
                self.holds(matcher, Subject::Value(&list), &name)
            }
        }))
    }

    fn lines(&self, matcher: &Matcher, inner: &Matcher, value: &Value, fact: &str, quantifier: Quantifier) -> Held {
        match text(value) {
            Ok(t) => self.quantified(
                matcher,
                inner,
                quantifier,
                fact,
                t.lines().enumerate().map(|(index, line)| (format!("line {}", index + 1), Value::Text(line.into()))),
            ),
            Err(why) => self.no(matcher, fact, why),
        }
    }

    fn items(&self, matcher: &Matcher, inner: &Matcher, value: &Value, fact: &str, quantifier: Quantifier) -> Held {
        match value {
            Value::List(items) => self.quantified(
                matcher,
                inner,
                quantifier,
                fact,
                items.iter().enumerate().map(|(index, item)| (place(index, item), item.clone())),
            ),
            Value::Map(entries) => self.quantified(
                matcher,
                inner,
                quantifier,
                fact,
                entries.iter().map(|(key, item)| (format!("[{key}]"), item.clone())),
            ),
            Value::Document(Json::Array(items)) => self.quantified(
                matcher,
                inner,
                quantifier,
                fact,
                items.iter().enumerate().map(|(index, item)| (format!("[{index}]"), Value::Document(item.clone()))),
            ),
            Value::Document(Json::Object(map)) => self.quantified(
                matcher,
                inner,
                quantifier,
                fact,
                map.iter().map(|(key, item)| (format!("[{key}]"), Value::Document(item.clone()))),
            ),
            other => self.no(matcher, fact, format!("{}, which is no list or map", shown(other))),
        }
    }

    fn quantified(
        &self,
        matcher: &Matcher,
        inner: &Matcher,
        quantifier: Quantifier,
        fact: &str,
        items: impl Iterator<Item = (String, Value)>,
    ) -> Held {
        let (mut count, mut unknown) = (0usize, None);
        for (place, item) in items {
            count += 1;
            let name = format!("{fact} {place}").trim().to_string();
            match (self.holds(inner, Subject::Value(&item), &name), quantifier) {
                (Held::Yes, Quantifier::Any) => return Held::Yes,
                (Held::Yes, Quantifier::None) => return self.no(matcher, fact, format!("{} at {place}", shown(&item))),
                (broken @ (Held::No(_) | Held::Absent(_)), Quantifier::Every) => return broken,
                (Held::Unknown(why), _) => unknown = Some(why),
                _ => {}
            }
        }
        match (quantifier, unknown) {
            (_, Some(why)) => Held::Unknown(why),
            (Quantifier::None, None) => Held::Yes,
            (Quantifier::Every, None) if count > 0 => Held::Yes,
            (_, None) => self.no(
                matcher,
                fact,
                if count == 0 {
                    "nothing, it is empty".into()
                } else {
                    format!("none among {}", crate::prose::count(count, quantifier.of(matcher)))
                },
            ),
        }
    }

    fn includes(&self, matcher: &Matcher, wanted: &[Matcher], value: &Value, fact: &str) -> Held {
        let items = match list_of(value) {
            Ok(items) => items,
            Err(why) => return self.no(matcher, fact, why),
        };
        join(wanted.iter().map(|one| {
            let held = items.iter().map(|item| self.holds(one, Subject::Value(item), fact));
            first_of(held).unwrap_or_else(|| {
                Held::No(vec![Failed {
                    fact: fact.into(),
                    expected: format!("{} {}", matcher.name, self.item(one)),
                    found: shown(value),
                }])
            })
        }))
    }

    fn only(&self, matcher: &Matcher, allowed: &[Matcher], value: &Value, fact: &str) -> Held {
        let items = match list_of(value) {
            Ok(items) => items,
            Err(why) => return self.no(matcher, fact, why),
        };
        let (mut others, mut unknown) = (Vec::new(), None);
        for item in &items {
            match first_of(allowed.iter().map(|one| self.holds(one, Subject::Value(item), fact))) {
                None => others.push(shown(item)),
                Some(Held::Unknown(why)) => unknown = unknown.or(Some(why)),
                Some(_) => {}
            }
        }
        match (others.is_empty(), unknown) {
            (false, _) => self.no(matcher, fact, format!("{} besides", crate::prose::list(&others))),
            (true, Some(why)) => Held::Unknown(why),
            (true, None) => Held::Yes,
        }
    }

    /// Every item has a matcher of its own and every matcher an item: a matching of a bipartite graph.
    fn exactly(&self, matcher: &Matcher, wanted: &[Matcher], value: &Value, fact: &str) -> Held {
        let items = match list_of(value) {
            Ok(items) => items,
            Err(why) => return self.no(matcher, fact, why),
        };
        if items.len() != wanted.len() {
            return self.no(matcher, fact, shown(value));
        }
        if items.len() > MOST_EXACTLY {
            return Held::Unknown(format!("{fact}: `exactly` takes at most {MOST_EXACTLY} items").trim().into());
        }
        let mut unknown = None;
        let mut holds = |one: &Matcher, item: &Value| match self.holds(one, Subject::Value(item), fact) {
            Held::Yes => Fit::Yes,
            Held::No(_) | Held::Absent(_) => Fit::No,
            Held::Unknown(why) => {
                unknown.get_or_insert(why);
                Fit::Maybe
            }
        };
        let fits: Vec<Vec<Fit>> =
            wanted.iter().map(|one| items.iter().map(|item| holds(one, item)).collect()).collect();
        match unknown {
            _ if all_fit(&fits, Fit::Yes) => Held::Yes,
            Some(why) if all_fit(&fits, Fit::Maybe) => Held::Unknown(why),
            _ => self.no(matcher, fact, shown(value)),
        }
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Quantifier {
    Any,
    Every,
    None,
}

impl Quantifier {
    fn of(self, matcher: &Matcher) -> &'static str {
        if matches!(matcher.test, Test::AnyLine(_) | Test::EveryLine(_) | Test::NoLine(_)) { "line" } else { "item" }
    }
}

impl Order {
    fn accepts(self, ordering: Ordering) -> bool {
        match self {
            Order::Greater => ordering == Ordering::Greater,
            Order::GreaterOrEqual => ordering != Ordering::Less,
            Order::Less => ordering == Ordering::Less,
            Order::LessOrEqual => ordering != Ordering::Greater,
        }
    }
}

/// Most items of `exactly`: every matcher is held against every item.
const MOST_EXACTLY: usize = 2_000;

/// Whether an item is what a matcher of `exactly` wants.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Fit {
    No,
    Maybe,
    Yes,
}

/// Whether every matcher can have an item of its own that fits at least so well.
fn all_fit(fits: &[Vec<Fit>], least: Fit) -> bool {
    let mut owner: Vec<Option<usize>> = vec![None; fits.len()];
    (0..fits.len()).all(|one| claim(one, fits, least, &mut owner, &mut vec![false; fits.len()]))
}

/// The first that holds, else the first that could; nothing if all are broken.
fn first_of(all: impl Iterator<Item = Held>) -> Option<Held> {
    let mut unknown = None;
    for held in all {
        match held {
            Held::Yes => return Some(Held::Yes),
            Held::Unknown(_) => unknown = unknown.or(Some(held)),
            Held::No(_) | Held::Absent(_) => {}
        }
    }
    unknown
}

/// Takes an item for matcher `one`, moving others if need be (Kuhn's algorithm).
fn claim(one: usize, fits: &[Vec<Fit>], least: Fit, owner: &mut [Option<usize>], tried: &mut [bool]) -> bool {
    for item in 0..owner.len() {
        if fits[one][item] >= least && !tried[item] {
            tried[item] = true;
            if owner[item].is_none_or(|other| claim(other, fits, least, owner, tried)) {
                owner[item] = Some(one);
                return true;
            }
        }
    }
    false
}

/// Keeps the answer and takes away everything that was found on the way to it, names of parts too.
fn conceal(held: Held, fact: &str) -> Held {
    let hide = |failed: Vec<Failed>| {
        let hidden = failed.into_iter().map(|one| Failed { fact: fact.into(), found: HIDDEN.into(), ..one });
        hidden.collect()
    };
    match held {
        Held::Yes => Held::Yes,
        Held::No(failed) => Held::No(hide(failed)),
        Held::Absent(failed) => Held::Absent(hide(failed)),
        Held::Unknown(_) => Held::Unknown(format!("{fact}: it could not be judged, and it is hidden").trim().into()),
    }
}

/// All must hold: broken beats unknown, unknown beats held.
fn join(all: impl IntoIterator<Item = Held>) -> Held {
    let (mut failed, mut unknown, mut only_absent) = (Vec::new(), None, true);
    for held in all {
        match held {
            Held::Yes => {}
            Held::No(more) => {
                only_absent = false;
                failed.extend(more);
            }
            Held::Absent(more) => failed.extend(more),
            Held::Unknown(why) => unknown = unknown.or(Some(why)),
        }
    }
    match (failed.is_empty(), unknown) {
        (false, _) if only_absent => Held::Absent(failed),
        (false, _) => Held::No(failed),
        (true, Some(why)) => Held::Unknown(why),
        (true, None) => Held::Yes,
    }
}

/// Equality within a type; documents compare with plain values of their JSON type.
pub fn equals(wanted: &Value, found: &Value) -> bool {
    match (wanted, found) {
        (Value::Version(a), Value::Version(b)) => {
            a == b || matches!((Version::parse(a), Version::parse(b)), (Some(a), Some(b)) if a == b)
        }
        (Value::Document(a), Value::Document(b)) => json_equals(a, b),
        (Value::Document(a), b) => json_equals(a, &b.to_json()),
        (a, Value::Document(b)) => json_equals(&a.to_json(), b),
        (Value::Integer(_) | Value::Float(_), Value::Integer(_) | Value::Float(_)) => {
            compare(wanted, found) == Some(Ordering::Equal)
        }
        (a, b) => a == b,
    }
}

/// 1 and 1.0 are equal; otherwise as JSON.
fn json_equals(a: &Json, b: &Json) -> bool {
    match (a, b) {
        (Json::Number(a), Json::Number(b)) => a == b || a.as_f64() == b.as_f64(),
        (Json::Array(a), Json::Array(b)) => a.len() == b.len() && a.iter().zip(b).all(|(a, b)| json_equals(a, b)),
        (Json::Object(a), Json::Object(b)) => {
            a.len() == b.len() && a.iter().all(|(key, a)| b.get(key).is_some_and(|b| json_equals(a, b)))
        }
        _ => a == b,
    }
}

/// Order within a type; `None` where there is none.
pub fn compare(a: &Value, b: &Value) -> Option<Ordering> {
    match (a, b) {
        (Value::Integer(a), Value::Integer(b)) => Some(a.cmp(b)),
        (Value::Integer(a), Value::Float(b)) => (*a as f64).partial_cmp(b),
        (Value::Float(a), Value::Integer(b)) => a.partial_cmp(&(*b as f64)),
        (Value::Float(a), Value::Float(b)) | (Value::Percent(a), Value::Percent(b)) => a.partial_cmp(b),
        (Value::Bytes(a), Value::Bytes(b)) => Some(a.cmp(b)),
        (Value::Duration(a), Value::Duration(b)) => Some(a.cmp(b)),
        (Value::Moment(a), Value::Moment(b)) => Some(a.cmp(b)),
        (Value::Document(Json::Number(a)), Value::Document(Json::Number(b))) => match (a.as_i64(), b.as_i64()) {
            (Some(a), Some(b)) => Some(a.cmp(&b)),
            _ => a.as_f64()?.partial_cmp(&b.as_f64()?),
        },
        (Value::Document(Json::String(a)), Value::Document(Json::String(b))) => {
            Some(Moment::parse(a).ok()?.cmp(&Moment::parse(b).ok()?))
        }
        _ => None,
    }
}

fn incomparable(value: &Value) -> String {
    format!("{}, which has no order here", shown(value))
}

fn text(value: &Value) -> Result<&str, String> {
    match value {
        Value::Text(text) | Value::Document(Json::String(text)) => Ok(text),
        Value::Version(text) => Ok(text),
        other => Err(format!("{}, which is no text", shown(other))),
    }
}

fn moment(value: &Value) -> Result<Moment, String> {
    match value {
        Value::Moment(moment) => Ok(*moment),
        Value::Document(Json::String(text)) => Moment::parse(text),
        other => Err(format!("{}, which is no time", shown(other))),
    }
}

fn bits_of(value: &Value) -> Result<u32, String> {
    match value {
        Value::Mode(mode) => Ok(*mode),
        other => Err(format!("{}, which is no file mode", shown(other))),
    }
}

fn length(value: &Value) -> Result<usize, String> {
    match value {
        Value::Text(text) | Value::Document(Json::String(text)) => Ok(text.chars().count()),
        Value::Version(text) => Ok(text.chars().count()),
        Value::List(items) => Ok(items.len()),
        Value::Map(entries) => Ok(entries.len()),
        Value::Document(Json::Array(items)) => Ok(items.len()),
        Value::Document(Json::Object(map)) => Ok(map.len()),
        other => Err(format!("{}, which has no length", shown(other))),
    }
}

/// A record in a list is named by its first field if that is text, such as a path; others by their number.
fn place(index: usize, item: &Value) -> String {
    let first = match item {
        Value::Map(entries) => entries.first().map(|(_, value)| value),
        _ => None,
    };
    match first {
        Some(Value::Text(name)) if !name.is_empty() => format!("[{name}]"),
        _ => format!("[{index}]"),
    }
}

fn keys(value: &Value) -> Result<Vec<&str>, String> {
    match value {
        Value::Map(entries) => Ok(entries.iter().map(|(key, _)| key.as_str()).collect()),
        Value::Document(Json::Object(map)) => Ok(map.keys().map(String::as_str).collect()),
        other => Err(format!("{}, which is no map", shown(other))),
    }
}

fn list_of(value: &Value) -> Result<Vec<std::borrow::Cow<'_, Value>>, String> {
    use std::borrow::Cow;
    match value {
        Value::List(items) => Ok(items.iter().map(Cow::Borrowed).collect()),
        Value::Document(Json::Array(items)) => {
            Ok(items.iter().map(|item| Cow::Owned(Value::Document(item.clone()))).collect())
        }
        other => Err(format!("{}, which is no list", shown(other))),
    }
}

/// For judging only: what is concealed stands in it as it is.
fn facts_json(values: &Values) -> Json {
    let json = |value: &Value| match value {
        Value::Concealed(concealed) => concealed.reveal().into(),
        other => other.to_json(),
    };
    let known = values.0.iter().filter_map(|(name, fact)| Some((name.to_string(), json(fact.known()?))));
    Json::Object(known.collect::<Map<_, _>>())
}

/// A fact, or an entry of a map.
fn part<'a>(subject: Subject<'a>, name: &str) -> Subject<'a> {
    match subject {
        Subject::Facts(values) => {
            values.get(name).map_or(Subject::Unknown("the recording has no such fact"), Subject::from)
        }
        Subject::Value(Value::Map(entries)) => {
            entries.iter().find(|(key, _)| **key == *name).map_or(Subject::Absent, |(_, value)| Subject::Value(value))
        }
        Subject::Value(_) => Subject::Absent,
        other => other,
    }
}

/// The parts that the matchers speak of and no others: all facts of a look, or all headers, would hide them.
fn found_by(matchers: &[Matcher], subject: Subject) -> String {
    let mut parts = Vec::new();
    matchers.iter().for_each(|one| collect_parts(one, subject, "", &mut parts));
    if parts.is_empty() { found(subject) } else { parts.join(", ") }
}

fn collect_parts(matcher: &Matcher, subject: Subject, path: &str, parts: &mut Vec<String>) {
    match &matcher.test {
        Test::Field(name, inner) => {
            let separator = if path.is_empty() { "" } else { "." };
            collect_parts(inner, part(subject, name), &format!("{path}{separator}{name}"), parts);
        }
        Test::All(inner) | Test::AnyOf(inner) | Test::NoneOf(inner) => {
            inner.iter().for_each(|one| collect_parts(one, subject, path, parts));
        }
        // that the thing is there is plain from what was found of it
        Test::Present(_) if matches!(subject, Subject::Facts(_)) => {}
        _ => {
            let shown = if path.is_empty() { found(subject) } else { format!("{path} {}", found(subject)) };
            if !parts.contains(&shown) {
                parts.push(shown);
            }
        }
    }
}

fn found(subject: Subject) -> String {
    match subject {
        Subject::Absent => ABSENT.into(),
        Subject::Unknown(why) => format!("unknown: {why}"),
        Subject::Value(value) => shown(value),
        Subject::Facts(values) => shorten(
            &values
                .0
                .iter()
                .filter_map(|(name, fact)| Some(format!("{name} {}", fact.known()?.show())))
                .collect::<Vec<_>>()
                .join(", "),
            SHOWN,
        ),
    }
}

/// For modes the bits that were too many or too few are worth showing too.
fn shown_for(test: &Test, value: &Value) -> String {
    match (test, value) {
        (Test::AtMost(_) | Test::Has(_) | Test::Lacks(_) | Test::Equals(_), Value::Mode(bits)) => {
            format!("{} {}", mode::show(*bits), mode::explain(*bits))
        }
        (Test::Version(_), value) => {
            text(value).ok().and_then(Version::find).map_or_else(|| shown(value), |version| version.to_string())
        }
        (Test::HasKey(_), value) => match keys(value) {
            Ok(keys) if keys.is_empty() => "no keys".into(),
            Ok(keys) => {
                format!("the {} {}", if keys.len() == 1 { "key" } else { "keys" }, shorten(&keys.join(", "), SHOWN))
            }
            Err(why) => why,
        },
        _ => shown(value),
    }
}

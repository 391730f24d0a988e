//! Operators and functions that mean something else here than in cel: mixed
//! arithmetic, equality that does not hide a wrong type, maps walked in the
//! order of their keys, regular expressions compiled once.

use std::collections::HashMap;
use std::sync::{LazyLock, Mutex, PoisonError};

use cel::ExecutionError;
use cel::common::types::{CelBool, CelDouble, CelInt, CelList, CelMap, CelMapKey, CelString, CelUInt};
use cel::common::value::{CowVal, Val};
use regex::{Regex, RegexBuilder};

type Outcome<'b, 'v> = Result<CowVal<'b, 'v>, ExecutionError>;
type Arguments<'b, 'v> = Vec<CowVal<'b, 'v>>;

/// Bytes that one compiled regular expression may need.
const REGEX_SIZE: usize = 1 << 20;
/// Compiled regular expressions that are kept.
const REGEX_KEPT: usize = 256;

macro_rules! arithmetic {
    ($function:ident, $name:literal, $capability:ident, $method:ident) => {
        pub fn $function<'b, 'v>(arguments: Arguments<'b, 'v>) -> Outcome<'b, 'v> {
            let (left, right) = same_numbers(arguments, $name)?;
            let mismatch = || no_overload($name, left.as_ref(), right.as_ref());
            let capable = left.$capability().ok_or_else(mismatch)?;
            match capable.$method(right.as_ref()) {
                Ok(value) => Ok(CowVal::Owned(value.into_owned())),
                Err(ExecutionError::UnsupportedBinaryOperator(..)) => Err(mismatch()),
                Err(other) => Err(other),
            }
        }
    };
}

arithmetic!(add, "_+_", as_adder, add);
arithmetic!(subtract, "_-_", as_subtractor, sub);
arithmetic!(multiply, "_*_", as_multiplier, mul);
arithmetic!(divide, "_/_", as_divider, div);

pub fn equal<'b, 'v>(arguments: Arguments<'b, 'v>) -> Outcome<'b, 'v> {
    let (left, right) = pair(arguments, "_==_")?;
    comparable(left.as_ref(), right.as_ref(), "_==_")?;
    Ok(CowVal::owned(CelBool::from(left == right)))
}

pub fn unequal<'b, 'v>(arguments: Arguments<'b, 'v>) -> Outcome<'b, 'v> {
    let (left, right) = pair(arguments, "_!=_")?;
    comparable(left.as_ref(), right.as_ref(), "_!=_")?;
    Ok(CowVal::owned(CelBool::from(left != right)))
}

/// Two whole numbers or two doubles where a whole number met a double.
fn same_numbers<'b, 'v>(
    arguments: Arguments<'b, 'v>,
    name: &str,
) -> Result<(CowVal<'b, 'v>, CowVal<'b, 'v>), ExecutionError> {
    let (left, right) = pair(arguments, name)?;
    let is_double = |value: &CowVal| value.downcast_ref::<CelDouble>().is_some();
    let double = |value: CowVal<'b, 'v>| match whole(value.as_ref()) {
        Some(number) => CowVal::owned(CelDouble::from(number)),
        None => value,
    };
    Ok(match (is_double(&left), is_double(&right)) {
        (true, false) => (left, double(right)),
        (false, true) => (double(left), right),
        _ => (left, right),
    })
}

fn whole(value: &dyn Val) -> Option<f64> {
    let signed = value.downcast_ref::<CelInt>().map(|number| *number.inner() as f64);
    signed.or_else(|| value.downcast_ref::<CelUInt>().map(|number| *number.inner() as f64))
}

fn comparable(left: &dyn Val, right: &dyn Val, name: &str) -> Result<(), ExecutionError> {
    let is_text = |value: &dyn Val| value.downcast_ref::<CelString>().is_some();
    let is_number = |value: &dyn Val| whole(value).is_some() || value.downcast_ref::<CelDouble>().is_some();
    if (is_text(left) && is_number(right)) || (is_number(left) && is_text(right)) {
        return Err(no_overload(name, left, right));
    }
    Ok(())
}

fn pair<'b, 'v>(arguments: Arguments<'b, 'v>, name: &str) -> Result<(CowVal<'b, 'v>, CowVal<'b, 'v>), ExecutionError> {
    let [left, right] = <[CowVal; 2]>::try_from(arguments)
        .map_err(|arguments| ExecutionError::function_error(name, format!("{} operands", arguments.len())))?;
    Ok((left, right))
}

fn no_overload(name: &str, left: &dyn Val, right: &dyn Val) -> ExecutionError {
    let types = [left, right].map(|value| value.get_type().name().to_owned());
    ExecutionError::no_such_overload(name, types.to_vec())
}

/// What a comprehension walks: a list as it is, a map's keys in their order,
/// for cel walks them in no order at all.
pub fn walk<'b, 'v>(mut arguments: Arguments<'b, 'v>) -> Outcome<'b, 'v> {
    let range = arguments.pop().ok_or(ExecutionError::MissingArgumentOrTarget)?;
    let Some(map) = range.downcast_ref::<CelMap>() else {
        return Ok(range);
    };
    let mut keys: Vec<CelMapKey<'v>> = map.inner().keys().cloned().collect();
    keys.sort_by(|left, right| rank(left).cmp(&rank(right)));
    let keys: Vec<Box<dyn Val + 'v>> = keys.into_iter().map(key_value).collect();
    Ok(CowVal::owned(CelList::from(keys)))
}

fn rank<'k>(key: &'k CelMapKey) -> (u8, i128, &'k str) {
    match key {
        CelMapKey::Bool(truth) => (0, i128::from(*truth.inner()), ""),
        CelMapKey::Int(whole) => (1, i128::from(*whole.inner()), ""),
        CelMapKey::UInt(whole) => (1, i128::from(*whole.inner()), ""),
        CelMapKey::String(text) => (2, 0, text.inner()),
    }
}

fn key_value<'v>(key: CelMapKey<'v>) -> Box<dyn Val + 'v> {
    match key {
        CelMapKey::Bool(truth) => Box::new(truth),
        CelMapKey::Int(whole) => Box::new(whole),
        CelMapKey::UInt(whole) => Box::new(whole),
        CelMapKey::String(text) => Box::new(text),
    }
}

/// cel compiles the pattern at every call; here a pattern is compiled once.
pub fn matches(text: &CelString, pattern: &CelString) -> Result<CelBool, ExecutionError> {
    static COMPILED: LazyLock<Mutex<HashMap<String, Regex>>> = LazyLock::new(Mutex::default);
    let mut compiled = COMPILED.lock().unwrap_or_else(PoisonError::into_inner);
    let regex = match compiled.get(pattern.inner()) {
        Some(regex) => regex.clone(),
        None => {
            let regex = compile(pattern.inner()).map_err(|why| ExecutionError::function_error("matches", why))?;
            if compiled.len() >= REGEX_KEPT {
                compiled.clear();
            }
            compiled.insert(pattern.inner().to_owned(), regex.clone());
            regex
        }
    };
    drop(compiled);
    Ok(CelBool::from(regex.is_match(text.inner())))
}

/// A regular expression within bounds, or one line about what is wrong.
pub fn compile(pattern: &str) -> Result<Regex, String> {
    RegexBuilder::new(pattern).size_limit(REGEX_SIZE).build().map_err(|error| match error {
        regex::Error::CompiledTooBig(_) => "the regular expression is too large".to_owned(),
        other => {
            let text = other.to_string();
            let reason = text.lines().last().unwrap_or_default();
            format!("the regular expression is not valid: {}", reason.trim_start_matches("error: "))
        }
    })
}

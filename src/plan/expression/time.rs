//! `duration('1h30m')` and `timestamp('2026-01-31T00:00:00Z')` in CEL.
//!
//! Our own two value types: cel's come with a second time library and a
//! database of time zones. Arithmetic and comparison as CEL defines them;
//! a duration may also be written in days and weeks (of 24 hours), as
//! everywhere in a pack. Deliberately absent: calendars and zones.

use std::any::Any;
use std::cmp::Ordering;
use std::fmt;

use cel::ExecutionError;
use cel::common::traits::{Adder, Comparer, Subtractor};
use cel::common::types::{CelInt, CelString, DURATION_TYPE, TIMESTAMP_TYPE, Type};
use cel::common::value::{CowVal, StaticVal, Val};
use jiff::{SignedDuration, SpanRelativeTo};

type Result<'b, 'v> = std::result::Result<CowVal<'b, 'v>, ExecutionError>;

#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Span(SignedDuration);

#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Timestamp(jiff::Timestamp);

/// The text of a duration: seconds, as in the JSON form of
/// `google.protobuf.Duration`.
impl fmt::Display for Span {
    fn fmt(&self, out: &mut fmt::Formatter) -> fmt::Result {
        let nanoseconds = self.0.subsec_nanos().unsigned_abs();
        let sign = if self.0.is_negative() { "-" } else { "" };
        write!(out, "{sign}{}", self.0.as_secs().unsigned_abs())?;
        if nanoseconds > 0 {
            write!(out, ".{}", format!("{nanoseconds:09}").trim_end_matches('0'))?;
        }
        out.write_str("s")
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, out: &mut fmt::Formatter) -> fmt::Result {
        self.0.fmt(out)
    }
}

pub fn duration(text: &CelString) -> std::result::Result<Span, ExecutionError> {
    let parsed = text.inner().parse::<jiff::Span>();
    parsed
        .and_then(|span| span.to_duration(SpanRelativeTo::days_are_24_hours()))
        .map(Span)
        .map_err(|_| ExecutionError::function_error("duration", "the text is not a time span such as 90s, 1h30m or 7d"))
}

pub fn timestamp(text: &CelString) -> std::result::Result<Timestamp, ExecutionError> {
    text.inner()
        .parse()
        .map(Timestamp)
        .map_err(|_| ExecutionError::function_error("timestamp", "the text is not a time such as 2026-01-31T12:00:00Z"))
}

pub fn text_of_span(span: &Span) -> CelString<'static> {
    CelString::from(span.to_string())
}

pub fn text_of_timestamp(timestamp: &Timestamp) -> CelString<'static> {
    CelString::from(timestamp.to_string())
}

/// Seconds since 1970.
pub fn seconds_of_timestamp(timestamp: &Timestamp) -> CelInt {
    CelInt::from(timestamp.0.as_second())
}

pub fn hours(span: &Span) -> CelInt {
    CelInt::from(span.0.as_hours())
}

pub fn minutes(span: &Span) -> CelInt {
    CelInt::from(span.0.as_mins())
}

pub fn seconds(span: &Span) -> CelInt {
    CelInt::from(span.0.as_secs())
}

macro_rules! value_type {
    ($name:ident: $cel_type:ident) => {
        impl Val for $name {
            fn get_type(&self) -> &Type {
                &$cel_type
            }

            fn cel_type() -> &'static Type {
                &$cel_type
            }

            fn as_adder<'b, 'v>(&'b self) -> Option<&'b (dyn Adder + 'v)>
            where
                Self: 'v,
            {
                Some(self)
            }

            fn as_subtractor<'b, 'v>(&'b self) -> Option<&'b (dyn Subtractor + 'v)>
            where
                Self: 'v,
            {
                Some(self)
            }

            fn as_comparer(&self) -> Option<&dyn Comparer> {
                Some(self)
            }

            fn equals(&self, other: &dyn Val) -> bool {
                other.downcast_ref::<$name>() == Some(self)
            }

            fn clone_as_boxed<'v>(&self) -> Box<dyn Val + 'v> {
                Box::new(*self)
            }

            fn as_any(&self) -> Option<&dyn Any> {
                Some(self)
            }
        }

        impl StaticVal for $name {}

        impl Comparer for $name {
            fn compare(&self, right: &dyn Val) -> std::result::Result<Ordering, ExecutionError> {
                let right = right.downcast_ref::<$name>().ok_or_else(|| mismatch("_<_", self, right))?;
                Ok(self.0.cmp(&right.0))
            }
        }
    };
}

value_type!(Span: DURATION_TYPE);
value_type!(Timestamp: TIMESTAMP_TYPE);

impl Adder for Span {
    fn add<'b, 'v>(&'b self, right: &(dyn Val + 'v)) -> Result<'b, 'v>
    where
        Self: 'v,
    {
        if let Some(right) = right.downcast_ref::<Span>() {
            return bounded(self.0.checked_add(right.0).map(Span));
        }
        let right = right.downcast_ref::<Timestamp>().ok_or_else(|| mismatch("_+_", self, right))?;
        bounded(right.0.checked_add(self.0).ok().map(Timestamp))
    }
}

impl Subtractor for Span {
    fn sub<'b, 'v>(&'b self, right: &(dyn Val + 'v)) -> Result<'b, 'v>
    where
        Self: 'v,
    {
        let right = right.downcast_ref::<Span>().ok_or_else(|| mismatch("_-_", self, right))?;
        bounded(self.0.checked_sub(right.0).map(Span))
    }
}

impl Adder for Timestamp {
    fn add<'b, 'v>(&'b self, right: &(dyn Val + 'v)) -> Result<'b, 'v>
    where
        Self: 'v,
    {
        let right = right.downcast_ref::<Span>().ok_or_else(|| mismatch("_+_", self, right))?;
        bounded(self.0.checked_add(right.0).ok().map(Timestamp))
    }
}

impl Subtractor for Timestamp {
    fn sub<'b, 'v>(&'b self, right: &(dyn Val + 'v)) -> Result<'b, 'v>
    where
        Self: 'v,
    {
        if let Some(right) = right.downcast_ref::<Timestamp>() {
            return Ok(CowVal::owned(Span(self.0.duration_since(right.0))));
        }
        let right = right.downcast_ref::<Span>().ok_or_else(|| mismatch("_-_", self, right))?;
        bounded(self.0.checked_sub(right.0).ok().map(Timestamp))
    }
}

fn bounded<'b, 'v, T: Val + 'v>(value: Option<T>) -> Result<'b, 'v> {
    let out_of_range = || ExecutionError::function_error("@time", "the time is out of range");
    value.map(CowVal::owned).ok_or_else(out_of_range)
}

fn mismatch(operator: &str, left: &dyn Val, right: &dyn Val) -> ExecutionError {
    let types = [left, right].map(|value| value.get_type().name().to_owned());
    ExecutionError::no_such_overload(operator, types.to_vec())
}

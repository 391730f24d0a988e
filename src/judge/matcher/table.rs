//! The one list of matchers: names, arguments, the fact types they fit, and what people are told of them.

use crate::fact::Kind;

/// One row of the table of matchers.
pub struct MatcherInfo {
    pub name: &'static str,
    pub description: &'static str,
    /// What the argument looks like.
    pub argument: Argument,
    /// The fact types it is for; documents take every matcher.
    pub fits: fn(&Kind) -> bool,
    /// An example of the argument in YAML, as written for the first fact type it fits.
    pub example: &'static str,
}

/// The shape of a matcher's argument; the schema follows from it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Argument {
    /// A value of the fact's own type.
    Same,
    SameList,
    SamePair,
    Boolean,
    Text,
    Regex,
    Cel,
    VersionRange,
    Duration,
    Mode,
    Symbolic,
    /// A matcher of the fact's own type.
    Matcher,
    MatcherList,
    /// A matcher of the items of a list or map.
    ItemMatcher,
    ItemMatcherList,
    TextMatcher,
    NumberMatcher,
    DocumentMatcher,
    /// `{ regex: …, is: matcher }`.
    Capture,
    /// JSONPath: matcher.
    Paths,
}

fn anything(_: &Kind) -> bool {
    true
}
fn ordered(kind: &Kind) -> bool {
    matches!(kind, Kind::Number | Kind::Bytes | Kind::Duration | Kind::Percent | Kind::Moment | Kind::Document)
}
fn comparable(kind: &Kind) -> bool {
    !matches!(kind, Kind::Record(_))
}
fn moment(kind: &Kind) -> bool {
    matches!(kind, Kind::Moment | Kind::Document)
}
fn text(kind: &Kind) -> bool {
    matches!(kind, Kind::Text | Kind::Version | Kind::Document)
}
fn sized(kind: &Kind) -> bool {
    matches!(kind, Kind::Text | Kind::Version | Kind::List(_) | Kind::Map(_) | Kind::Document)
}
fn list(kind: &Kind) -> bool {
    matches!(kind, Kind::List(_) | Kind::Document)
}
fn collection(kind: &Kind) -> bool {
    matches!(kind, Kind::List(_) | Kind::Map(_) | Kind::Document)
}
fn map(kind: &Kind) -> bool {
    matches!(kind, Kind::Map(_) | Kind::Document)
}
fn document(kind: &Kind) -> bool {
    matches!(kind, Kind::Document)
}
fn mode(kind: &Kind) -> bool {
    matches!(kind, Kind::Mode)
}

macro_rules! matchers {
    ($($name:literal $argument:ident $fits:ident $example:literal $description:literal;)*) => {
        &[$(MatcherInfo { name: $name, description: $description, argument: Argument::$argument, fits: $fits, example: $example },)*]
    };
}

/// Every matcher.
pub static MATCHERS: &[MatcherInfo] = matchers! {
    "equals" Same comparable "value" "Equal to this value. A bare scalar means the same.";
    "not" Matcher anything "{ equals: value }" "The matcher inside must not hold. What is absent breaks this too.";
    "one_of" SameList comparable "[a, b]" "Equal to one of these values.";
    "all" MatcherList anything "[{ present: true }]" "Every matcher of the list must hold.";
    "any_of" MatcherList anything "[{ present: true }]" "At least one matcher of the list must hold.";
    "none_of" MatcherList anything "[{ present: false }]" "No matcher of the list may hold.";
    "present" Boolean anything "true" "Whether the thing or fact is there at all. Every other matcher breaks on what is absent.";
    "cel" Cel anything "\"value != null\"" "A CEL expression over `value` that must be true. Sizes are in bytes, durations in seconds, percentages in hundredths.";
    "gt" Same ordered "1" "Greater than this value.";
    "ge" Same ordered "1" "Greater than this value, or equal to it.";
    "lt" Same ordered "1" "Less than this value.";
    "le" Same ordered "1" "Less than this value, or equal to it.";
    "between" SamePair ordered "[1, 2]" "From the first value to the second, both included.";
    "within" Duration moment "30d" "At most this far from the moment of looking, before or after.";
    "older_than" Duration moment "7d" "Further in the past than this at the moment of looking.";
    "contains" Text text "word" "Contains this text, letter by letter.";
    "starts_with" Text text "word" "Starts with this text.";
    "ends_with" Text text "word" "Ends with this text.";
    "matches" Regex text "\"^v[0-9]+\"" "This regular expression matches somewhere. `^` and `$` mean the whole text; `(?m)` makes them mean each line. Rust regex syntax: no look-around, no back references.";
    "empty" Boolean sized "false" "Whether it has no characters, items or keys. Text of white space only is not empty; see `trimmed`.";
    "length" NumberMatcher sized "{ ge: 1 }" "The number of characters, items or keys.";
    "any_line" TextMatcher text "{ contains: word }" "At least one line for which this holds.";
    "every_line" TextMatcher text "{ contains: word }" "This holds for every line, and there is at least one.";
    "no_line" TextMatcher text "{ contains: word }" "There is no line for which this holds.";
    "line_count" NumberMatcher text "{ ge: 1 }" "The number of lines.";
    "version" VersionRange text "\">=1.2,<2\"" "The first version in the text lies in this range. Spellings of Cargo, npm and PEP 440 are understood.";
    "capture" Capture text "{ regex: \"([0-9]+)\", is: { number: { gt: 1 } } }" "The first group of the regular expression (the whole match if it has none) must match `is`.";
    "number" NumberMatcher text "{ gt: 1 }" "The whole text, white space around it aside, read as a number.";
    "trimmed" TextMatcher text "value" "The text without white space around it.";
    "includes" ItemMatcherList list "[value]" "Each of these is found in the list.";
    "only" ItemMatcherList list "[value]" "Every item of the list is one of these.";
    "exactly" ItemMatcherList list "[value]" "These and no others, in any order.";
    "any" ItemMatcher collection "value" "At least one item for which this holds.";
    "every" ItemMatcher collection "value" "This holds for every item, and there is at least one.";
    "none" ItemMatcher collection "value" "There is no item for which this holds.";
    "has_key" Text map "name" "The map has this key.";
    "at" Paths document "{ \"$.name\": value }" "What a JSONPath (RFC 9535) finds must match. A path that can find several gives a list.";
    "json" DocumentMatcher text "{ at: { \"$.name\": value } }" "The text, parsed as JSON, must match.";
    "yaml" DocumentMatcher text "{ at: { \"$.name\": value } }" "The text, parsed as YAML, must match.";
    "at_most" Mode mode "\"0640\"" "No permission bit beyond these.";
    "has" Symbolic mode "\"u+r\"" "Has these permission bits.";
    "lacks" Symbolic mode "\"o+w\"" "Has none of these permission bits.";
};

/// The matchers for a fact type.
pub fn fitting(kind: &Kind) -> impl Iterator<Item = &'static MatcherInfo> {
    MATCHERS.iter().filter(move |info| (info.fits)(kind))
}

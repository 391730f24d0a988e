//! Version ranges: which versions an author accepts.
//!
//! Operators keep the meaning of the tool that made them known: `^` and `~` as in Cargo and npm,
//! `~=` and `==` as in PEP 440, `~>` as in Ruby and Terraform. Where tools differ, order decides:
//! `>3.12` admits `3.12.1`. Deliberately absent: "latest", and rules about publishing.

use std::{cmp::Ordering, fmt};

use super::{
    Scheme, Version,
    order::Key,
    packages::{compare_deb, compare_rpm, without_release},
};

mod operand;
mod possible;
mod syntax;
mod token;

pub use syntax::RangeError;

/// What versions must satisfy, in the author's words.
///
/// | written | admits |
/// |---|---|
/// | `>=3.10,<3.13` or `>=3.10 <3.13` | both hold |
/// | `<1.2 \|\| >=2.5` | either holds |
/// | `3.12`, `=3.12`, `3.12.*`, `3.12.x` | whatever begins with 3.12 |
/// | `==3.12`, `!=3.12` | exactly 3.12 (and 3.12.0), anything else |
/// | `===3.12` | the text `3.12` |
/// | `^1.2`, `~1.2.3`, `~=1.2.3`, `~>1.2.3` | `>=1.2,<2`; `>=1.2.3,<1.3` for the other three |
/// | `1.2 - 2.3` | `>=1.2`, and up to whatever begins with 2.3 |
///
/// Pre-releases stand by their order: `3.13.0rc1` is at least 3.12 and not 3.13. No upper bound
/// admits a pre-release of the bound itself: `2.0.0-rc1` is outside `<2.0` and `^1.2`.
/// A `+build` or the release of an RPM counts only where the range writes one.
#[derive(Clone, Debug)]
pub struct Range {
    text: String,
    /// One of these must hold; in each, every test.
    alternatives: Vec<Vec<Test>>,
}

#[derive(Clone, Debug)]
enum Test {
    Compare(Relation, Version),
    /// The same text (`===`).
    Text(Version),
    Within(Prefix),
    Outside(Prefix),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Relation {
    Less,
    AtMost,
    Equal,
    NotEqual,
    AtLeast,
    Greater,
}

/// Everything that begins with the same numbers.
#[derive(Clone, Debug)]
struct Prefix {
    /// The prefix itself, so that its pre-releases stay below.
    first: Key,
    beyond: Key,
}

impl Range {
    /// Reads a range. The error has the place, as a range of bytes in `text`.
    pub fn parse(text: &str) -> Result<Range, RangeError> {
        let alternatives = syntax::parse(text)?;
        Ok(Range { text: text.to_owned(), alternatives })
    }

    /// Whether the version is in the range, by the order of the version's own scheme.
    pub fn contains(&self, version: &Version) -> bool {
        self.alternatives.iter().any(|tests| tests.iter().all(|test| test.admits(version)))
    }
}

/// The author's text.
impl fmt::Display for Range {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.text)
    }
}

impl Test {
    fn admits(&self, version: &Version) -> bool {
        match self {
            Test::Compare(Relation::Less, bound) => {
                let before = bound.key.is_plain() && version.key.is_prerelease_of(&bound.key);
                order(version, bound).is_lt() && !before
            }
            Test::Compare(relation, bound) => relation.holds(order(version, bound)),
            Test::Text(wanted) => version.text.eq_ignore_ascii_case(&wanted.text),
            Test::Within(prefix) => prefix.holds(version),
            Test::Outside(prefix) => !prefix.holds(version),
        }
    }
}

impl Relation {
    fn holds(self, order: Ordering) -> bool {
        match self {
            Relation::Less => order.is_lt(),
            Relation::AtMost => order.is_le(),
            Relation::Equal => order.is_eq(),
            Relation::NotEqual => order.is_ne(),
            Relation::AtLeast => order.is_ge(),
            Relation::Greater => order.is_gt(),
        }
    }
}

impl Prefix {
    /// The first `count` numbers of a version.
    fn of(version: &Version, count: usize) -> Prefix {
        let first = version.key.prefix(count);
        Prefix { beyond: first.ceiling(), first }
    }

    /// What `*` stands for.
    fn everything() -> Prefix {
        Prefix { first: Key::lowest(), beyond: Key::highest() }
    }

    fn is_everything(&self) -> bool {
        self.first == Key::lowest() && self.beyond == Key::highest()
    }

    fn holds(&self, version: &Version) -> bool {
        self.first <= version.key && version.key < self.beyond
    }
}

/// Compares by the scheme of `version`; a bound from a range has none of its own.
fn order(version: &Version, bound: &Version) -> Ordering {
    match version.scheme {
        Scheme::Generic if bound.key.has_build() => version.key.cmp(&bound.key),
        Scheme::Generic => version.key.without_build().cmp(&bound.key),
        Scheme::Debian => compare_deb(&version.text, &bound.text),
        Scheme::Rpm if bound.text.contains('-') => compare_rpm(&version.text, &bound.text),
        Scheme::Rpm => compare_rpm(without_release(&version.text), &bound.text),
    }
}

#[cfg(test)]
mod tests;

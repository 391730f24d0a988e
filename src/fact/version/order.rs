//! The generic order, as a key that is compared part by part.
//!
//! A key makes the order total by construction, which comparing pairs by cases would not.
//! Numbers beyond 2^128 compare as equal. Deliberately absent: SemVer's rule that any word or
//! number after a hyphen is a pre-release (`5.15.0-91` and `6.1.0-generic` are releases).

use std::cmp::Ordering;

mod read;

/// Declared from low to high: the order of the variants is the order of versions.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Part {
    /// Below every version with these numbers; no version has it.
    Floor,
    Tilde,
    Dev,
    /// A pre-release by its name; the alphabet happens to be the order that SemVer, PEP 440 and
    /// Maven agree on: alpha, beta, milestone, rc, snapshot.
    Pre(String),
    /// Where the version ends; closes every key.
    End,
    Build,
    Post,
    Number(u128),
    Word(String),
}

/// The place of a version in the generic order.
#[derive(Clone, Debug)]
pub(super) struct Key {
    epoch: u128,
    /// The numbers as written, `1.2.0` with its zero.
    release: Vec<u128>,
    rest: Vec<Part>,
}

impl Key {
    /// Reads any text; what is no part of a version is skipped.
    pub(super) fn of(text: &str) -> Key {
        read::key(text)
    }

    /// Below every version.
    pub(super) fn lowest() -> Key {
        Key { epoch: 0, release: Vec::new(), rest: vec![Part::Floor] }
    }

    /// Above every version.
    pub(super) fn highest() -> Key {
        Key { epoch: u128::MAX, release: Vec::new(), rest: vec![Part::Floor] }
    }

    pub(super) fn release(&self) -> &[u128] {
        &self.release
    }

    /// Whether nothing follows the numbers.
    pub(super) fn is_plain(&self) -> bool {
        self.rest == [Part::End]
    }

    pub(super) fn is_prerelease(&self) -> bool {
        self.rest.first().is_some_and(|part| *part < Part::End)
    }

    /// Whether the part after the numbers is a pre-release, a build or a revision: `21-ea`, `21+35`.
    pub(super) fn has_no_letters(&self) -> bool {
        self.rest.first().is_some_and(|part| *part < Part::Number(0))
    }

    pub(super) fn has_build(&self) -> bool {
        self.rest.contains(&Part::Build)
    }

    /// The same version without `+build`, which only an author who writes one means.
    pub(super) fn without_build(&self) -> Key {
        let mut rest: Vec<Part> = self.rest.iter().take_while(|part| **part != Part::Build).cloned().collect();
        if rest.last() != Some(&Part::End) {
            rest.push(Part::End);
        }
        Key { rest, ..self.clone() }
    }

    /// The first `count` numbers, and nothing after them.
    pub(super) fn prefix(&self, count: usize) -> Key {
        let release = self.release.iter().take(count).copied().collect();
        Key { epoch: self.epoch, release, rest: vec![Part::End] }
    }

    /// Below this version and its pre-releases, above everything before them.
    pub(super) fn floor(&self) -> Key {
        Key { rest: vec![Part::Floor], ..self.clone() }
    }

    /// Above everything that begins with these numbers: `3.12` up to any `3.12.x`, below `3.13`.
    pub(super) fn ceiling(&self) -> Key {
        let mut key = self.floor();
        key.release.push(u128::MAX);
        key
    }

    /// Whether this is a pre-release of that version: `2.0.0-rc1` of `2.0`.
    pub(super) fn is_prerelease_of(&self, other: &Key) -> bool {
        self.is_prerelease() && self.cmp_numbers(other) == Ordering::Equal
    }

    fn cmp_numbers(&self, other: &Key) -> Ordering {
        let own = (self.epoch, significant(&self.release));
        own.cmp(&(other.epoch, significant(&other.release)))
    }
}

impl Ord for Key {
    fn cmp(&self, other: &Key) -> Ordering {
        self.cmp_numbers(other).then_with(|| self.rest.cmp(&other.rest))
    }
}

impl PartialOrd for Key {
    fn partial_cmp(&self, other: &Key) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Key {
    fn eq(&self, other: &Key) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for Key {}

/// Without the zeros at the end, since `1.2` is `1.2.0`.
fn significant(release: &[u128]) -> &[u128] {
    let length = release.iter().rposition(|number| *number != 0).map_or(0, |last| last + 1);
    &release[..length]
}

#[cfg(test)]
mod tests;

//! The generic order, as a key that is compared part by part.
//!
//! A key makes the order total by construction, which comparing pairs by cases would not.
//! Numbers beyond 2^128 compare as equal. Deliberately absent: SemVer's rule that any word or
//! number after a hyphen is a pre-release (`5.15.0-91` and `6.1.0-generic` are releases).

use std::cmp::Ordering;

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
        let mut reader = Reader { rest: text };
        let epoch = reader.epoch();
        Key { epoch, release: reader.release(), rest: reader.parts() }
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

struct Reader<'a> {
    rest: &'a str,
}

impl Reader<'_> {
    fn epoch(&mut self) -> u128 {
        let at = self.rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(0);
        if at == 0 || !self.rest[at..].starts_with([':', '!']) {
            return 0;
        }
        let epoch = number(&self.rest[..at]);
        self.rest = &self.rest[at + 1..];
        epoch
    }

    fn release(&mut self) -> Vec<u128> {
        let mut release = Vec::new();
        while let Some(next) = self.take(|c| c.is_ascii_digit()) {
            release.push(number(next));
            match self.rest.strip_prefix('.') {
                Some(after) if after.starts_with(|c: char| c.is_ascii_digit()) => self.rest = after,
                _ => break,
            }
        }
        release
    }

    fn parts(&mut self) -> Vec<Part> {
        let mut parts = Vec::new();
        let (mut build, mut named) = (false, false);
        while let Some(first) = self.rest.chars().next() {
            if let Some(digits) = self.take(|c| c.is_ascii_digit()) {
                parts.push(Part::Number(number(digits)));
            } else if let Some(word) = self.take(|c| c.is_ascii_alphabetic()) {
                let part = if build { Part::Word(word.to_ascii_lowercase()) } else { self.word(word, named) };
                named |= matches!(part, Part::Pre(_));
                self.push_named(&mut parts, part);
            } else {
                self.rest = &self.rest[first.len_utf8()..];
                let digit = self.rest.starts_with(|c: char| c.is_ascii_digit());
                match first {
                    '~' => parts.push(Part::Tilde),
                    '+' | '^' => parts.push(Part::Build),
                    '-' if digit && !build => parts.push(Part::Post),
                    _ => {}
                }
                build |= first == '+' || first == '^';
            }
        }
        parts.push(Part::End);
        parts
    }

    /// A label without its number has the number zero (PEP 440: `1.0.dev` is `1.0.dev0`).
    fn push_named(&mut self, parts: &mut Vec<Part>, part: Part) {
        let label = matches!(part, Part::Dev | Part::Pre(_) | Part::Post);
        parts.push(part);
        if !label {
            return;
        }
        let after = self.rest.trim_start_matches(['.', '-', '_']);
        let word: String = after.chars().take_while(char::is_ascii_alphabetic).collect();
        if after.starts_with(|c: char| c.is_ascii_digit()) {
            self.rest = after;
        } else if word.is_empty() || matches!(word.to_ascii_lowercase().as_str(), "dev" | "post" | "rev" | "r") {
            parts.push(Part::Number(0));
        }
    }

    /// What a word means; within a pre-release (`named`) further names are words like any other.
    fn word(&self, word: &str, named: bool) -> Part {
        let word = word.to_ascii_lowercase();
        let numbered = self.rest.starts_with(|c: char| c.is_ascii_digit());
        match word.as_str() {
            "dev" => Part::Dev,
            "post" | "rev" => Part::Post,
            "r" if numbered => Part::Post,
            _ if named => Part::Word(word),
            // Alone, these letters are patches: OpenSSL 1.1.1a, tmux 3.3a.
            "a" if numbered => Part::Pre("alpha".into()),
            "b" if numbered => Part::Pre("beta".into()),
            "m" if numbered => Part::Pre("milestone".into()),
            "c" if numbered => Part::Pre("rc".into()),
            "pre" | "preview" => Part::Pre("rc".into()),
            "alpha" | "beta" | "milestone" | "rc" | "snapshot" | "nightly" | "canary" | "next" | "ea" => {
                Part::Pre(word)
            }
            _ => Part::Word(word),
        }
    }
}

impl<'a> Reader<'a> {
    /// The next characters of that kind, if there are any.
    fn take(&mut self, kind: fn(char) -> bool) -> Option<&'a str> {
        let end = self.rest.find(|c| !kind(c)).unwrap_or(self.rest.len());
        let (taken, rest) = self.rest.split_at(end);
        self.rest = rest;
        (!taken.is_empty()).then_some(taken)
    }
}

fn number(digits: &str) -> u128 {
    digits.parse().unwrap_or(u128::MAX - 1) // only too large a number fails
}

#[cfg(test)]
mod tests;

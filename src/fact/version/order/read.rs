//! Reading a text into the parts of its key.

use super::{Key, Part};

/// Reads any text; what is no part of a version is skipped.
pub(super) fn key(text: &str) -> Key {
    let mut reader = Reader { rest: text };
    Key { epoch: reader.epoch(), release: reader.release(), rest: reader.parts() }
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

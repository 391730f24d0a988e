//! Finding the version in what a program prints.
//!
//! One pass over the bytes; every token gets a rank, and the first of the best rank wins.
//! Deliberately absent: knowledge of single programs. Where this guesses wrong, `capture` picks.

use super::{
    order::Key,
    shape::{self, Reading},
};

/// A version stands near the beginning, and a log of gigabytes must not cost time.
const LOOK_AT: usize = 64 * 1024;

/// How much a token looks like a version; the first is the best.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Rank {
    /// `2.47.3`
    Dotted,
    /// `2.47.3` in brackets, often the version of something else.
    Aside,
    /// `v20`, `version 5`
    Named,
    /// `java 21`: behind the first word of a line.
    Second,
    /// `10.0.0.1`, `2025.04.15`
    Doubtful,
    /// A number somewhere.
    Bare,
    /// `2025-04-15`, `2025`
    Date,
}

/// The first version-like token; see [`super::Version::find`].
pub(super) fn find(text: &str) -> Option<&str> {
    let bytes = &text.as_bytes()[..text.len().min(LOOK_AT)];
    let mut scan = Scan { bytes, at: 0, depth: 0, words: 0, named: false };
    let mut best: Option<(Rank, &str)> = None;
    while scan.at < bytes.len() && best.is_none_or(|(rank, _)| rank > Rank::Dotted) {
        if let Some((rank, from, to)) = scan.next_token()
            && best.is_none_or(|(known, _)| rank < known)
        {
            best = text.get(from..to).map(|token| (rank, token));
        }
    }
    best.map(|(_, token)| token)
}

struct Scan<'a> {
    bytes: &'a [u8],
    at: usize,
    /// How many brackets are open on this line.
    depth: usize,
    /// How many words without digits this line had so far.
    words: usize,
    /// Whether the last word announces a version.
    named: bool,
}

impl Scan<'_> {
    /// Moves over one byte, word or number; gives the rank and place of a number.
    fn next_token(&mut self) -> Option<(Rank, usize, usize)> {
        let start = self.at;
        match self.bytes[start] {
            b'\n' => (self.depth, self.words, self.named) = (0, 0, false),
            b'(' | b'[' => self.depth += 1,
            b')' | b']' => self.depth = self.depth.saturating_sub(1),
            byte if byte.is_ascii_alphabetic() => {
                self.at = self.skip(start, u8::is_ascii_alphabetic);
                if self.bytes.get(self.at).is_some_and(u8::is_ascii_digit) {
                    return self.number(start);
                }
                self.words += 1;
                self.named = announces(&self.bytes[start..self.at]);
                return None;
            }
            byte if byte.is_ascii_digit() => return self.number(start),
            _ => {}
        }
        self.at += 1;
        None
    }

    /// Ranks the number at `self.at`, with the letters between `word` and it (`go1.22`).
    fn number(&mut self, word: usize) -> Option<(Rank, usize, usize)> {
        let from = self.at;
        let end = shape::end(self.bytes, from, Reading::Token);
        self.at = end.unwrap_or_else(|| self.skip(from, u8::is_ascii_alphanumeric));
        let rank = self.rank(word, from, end?);
        if rank.is_none() && word < from {
            // Part of a name, behind which a version may follow: `iproute2-6.1.0`.
            self.at = self.skip(from, u8::is_ascii_alphanumeric);
        }
        self.named = false;
        rank.map(|rank| (rank, from, self.at))
    }

    fn rank(&self, word: usize, from: usize, to: usize) -> Option<Rank> {
        let before = word.checked_sub(1).map(|at| self.bytes[at]);
        let earlier = word.checked_sub(2).map_or(b' ', |at| self.bytes[at]);
        let after = self.bytes.get(to).copied();
        let of_a_time = before == Some(b':') && earlier.is_ascii_digit();
        if of_a_time || before == Some(b'.') || matches!(after, Some(b'%')) {
            return None;
        }
        let token = std::str::from_utf8(&self.bytes[from..to]).ok()?;
        let key = Key::of(token);
        let v = matches!(&self.bytes[word..from], b"v" | b"V");
        match key.release().len() {
            1 => {
                let apart =
                    matches!(before, None | Some(b' ' | b'\t' | b'\n' | b'\r' | b'"' | b'\'' | b'=' | b'(' | b'['));
                let whole = apart && key.has_no_letters() && !token.contains(':') && after != Some(b':');
                (whole && (v || word == from)).then(|| self.rank_of_one(key.release()[0], v))
            }
            _ if token.contains(':') && after == Some(b':') => None,
            _ => Some(self.rank_of_many(&key, v)),
        }
    }

    fn rank_of_one(&self, number: u128, v: bool) -> Rank {
        match number {
            // A year, or a day written without hyphens.
            1970..=2099 | 19_700_101..=20_991_231 if !v => Rank::Date,
            _ if v || (self.depth == 0 && self.named) => Rank::Named,
            _ if self.depth == 0 && self.words == 1 => Rank::Second,
            _ => Rank::Bare,
        }
    }

    fn rank_of_many(&self, key: &Key, v: bool) -> Rank {
        let doubtful = key.is_plain()
            && match key.release() {
                [_, _, _, _] => key.release().iter().all(|number| *number <= 255),
                [year, month, day] | [day, month, year] if (1970..=2099).contains(year) => {
                    (1..=12).contains(month) && (1..=31).contains(day)
                }
                _ => false,
            };
        if doubtful && !v && !self.named {
            Rank::Doubtful
        } else if self.depth > 0 {
            Rank::Aside
        } else {
            Rank::Dotted
        }
    }

    fn skip(&self, from: usize, kind: fn(&u8) -> bool) -> usize {
        let run = self.bytes[from..].iter().take_while(|byte| kind(byte)).count();
        from + run
    }
}

fn announces(word: &[u8]) -> bool {
    [&b"version"[..], b"ver", b"release"].iter().any(|known| known.eq_ignore_ascii_case(word))
}

#[cfg(test)]
mod tests;

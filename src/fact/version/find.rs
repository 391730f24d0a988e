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
    /// `java 21`, `v20`, `version 5`
    Named,
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
        if let Some((rank, from, to)) = scan.next_token() {
            if best.is_none_or(|(known, _)| rank < known) {
                best = text.get(from..to).map(|token| (rank, token));
            }
        }
    }
    best.map(|(_, token)| token)
}

struct Scan<'a> {
    bytes: &'a [u8],
    at: usize,
    /// How many brackets are open on this line.
    depth: usize,
    /// How many words this line had so far.
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
        (self.words, self.named) = (self.words + 1, false);
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
            1970..=2099 | 1970_01_01..=2099_12_31 if !v => Rank::Date,
            _ if v || (self.depth == 0 && (self.named || self.words == 1)) => Rank::Named,
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
        match () {
            () if doubtful && !v && !self.named => Rank::Doubtful,
            () if self.depth > 0 => Rank::Aside,
            () => Rank::Dotted,
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
mod tests {
    use super::*;

    #[test]
    fn versions_are_found_in_what_programs_print() {
        let cases = [
            ("Python 3.12.4", "3.12.4"),
            ("git version 2.47.3", "2.47.3"),
            ("Docker version 28.2.2, build e6534b4", "28.2.2"),
            ("openjdk version \"17.0.15\" 2025-04-15", "17.0.15"),
            ("openjdk 21 2023-09-19\nOpenJDK 64-Bit Server VM (build 21+35-2513)", "21"),
            ("java 21", "21"),
            ("v20.20.2", "20.20.2"),
            ("psql (PostgreSQL) 15.18 (Debian 15.18-0+deb12u1)", "15.18"),
            ("OpenSSL 1.1.1k  25 Mar 2021", "1.1.1k"),
            ("go version go1.22.3 linux/amd64", "1.22.3"),
            ("jq-1.6", "1.6"),
            ("nginx version: nginx/1.22.1", "1.22.1"),
            ("GNU bash, version 5.2.15(1)-release (x86_64-pc-linux-gnu)", "5.2.15(1)-release"),
            ("Linux 6.1.0-18-amd64", "6.1.0-18-amd64"),
            ("gcc (Debian 12.2.0-14+deb12u1) 12.2.0", "12.2.0"),
            ("ldd (Debian GLIBC 2.36-9+deb12u9) 2.36", "2.36"),
            ("redis-server v=7.0.15 sha=00000000", "7.0.15"),
            ("Redis server v=7.0.15 sha=00000000:0 malloc=jemalloc-5.3.0 bits=64", "7.0.15"),
            ("ripgrep 14.1.0 (rev e50df40a19)", "14.1.0"),
            ("systemd 252 (252.30-1~deb12u2)\n+PAM +AUDIT", "252.30-1~deb12u2"),
            ("less 590 (GNU regular expressions)\nCopyright (C) 1984-2021  Mark Nudelman", "590"),
            ("This is perl 5, version 36, subversion 0 (v5.36.0) built for x86_64", "5.36.0"),
            ("OpenSSH_9.2p1 Debian-2+deb12u2, OpenSSL 3.0.11 19 Sep 2023", "9.2p1"),
            ("rustc 1.95.0 (59807616e 2026-04-14)", "1.95.0"),
            ("Client Version: v1.28.2\nKustomize Version: v5.0.4", "1.28.2"),
            ("Google Chrome 120.0.6099.109", "120.0.6099.109"),
            ("pip 23.0.1 from /usr/lib/python3/dist-packages/pip (python 3.11)", "23.0.1"),
            ("mawk 1.3.4 20200120", "1.3.4"),
            ("UnZip 6.00 of 20 April 2009, by Debian.", "6.00"),
            ("foo-1.2.3.tar.gz", "1.2.3"),
            ("It is 3.12.4.", "3.12.4"),
            ("version:1.2.3", "1.2.3"),
            ("docker.io/library/nginx:1.25-alpine", "1.25-alpine"),
            ("cargo 1.95.0-nightly (8c5dd2d 2026-03-01)", "1.95.0-nightly"),
        ];
        for (text, found) in cases {
            assert_eq!(find(text), Some(found), "{text}");
        }
    }

    #[test]
    fn addresses_and_dates_give_way() {
        let cases = [
            ("listening on 127.0.0.1:8080, version 1.2", "1.2"),
            ("2025-04-15T10:00:00.123Z app 1.4 started", "1.4"),
            ("2025.04.15 tool 2.0", "2.0"),
            ("15.04.2025 java 21", "21"),
            ("Server 21 at 10.0.0.1", "21"),
            ("14:03:47 up 12 days, procps v7", "7"),
            ("built 20250415 as v3", "3"),
            ("yt-dlp 2025.04.15", "2025.04.15"),
            ("tool version 1.2.3.4 pid 77", "1.2.3.4"),
            ("tool 1.2.3.4 pid 77", "1.2.3.4"),
            ("released 2025-04-15", "2025-04-15"),
        ];
        for (text, found) in cases {
            assert_eq!(find(text), Some(found), "{text}");
        }
    }

    #[test]
    fn texts_without_a_version() {
        for text in ["", "none", "command not found", "x86_64", "e50df40a19", "50%", "14:03:47", "libc.so.6", "utf-8"] {
            assert_eq!(find(text), None, "{text}");
        }
    }

    #[test]
    fn only_the_beginning_is_read() {
        assert_eq!(find(&format!("{} 1.2.3", " ".repeat(LOOK_AT - 10))), Some("1.2.3"));
        assert_eq!(find(&format!("{} 1.2.3", " ".repeat(LOOK_AT))), None);
    }

    #[test]
    fn hostile_texts_take_linear_time() {
        let started = std::time::Instant::now();
        for pattern in ["1", "1.", "1-", "a1", "(", "1:", "1(1", "v", "é", "~", "9.9.9.9 ", "1 ", "2025-04-15 "] {
            let _ = find(&pattern.repeat((1 << 20) / pattern.len()));
        }
        assert!(started.elapsed().as_secs() < 20, "quadratic");
    }
}

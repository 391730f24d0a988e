//! Keeps the head and the tail of an output stream and counts the rest, in bounded memory.
//!
//! Deliberately absent: lines, colours and secrets. Whoever removes secrets needs to know where
//! bytes are missing, therefore head and tail stay apart.

use std::borrow::Cow;
use std::collections::VecDeque;

/// What was kept of an output stream.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Captured {
    /// The first bytes.
    pub head: Vec<u8>,
    /// The last bytes; they follow on `head` directly unless the stream was truncated.
    pub tail: Vec<u8>,
    /// Bytes that were written in all.
    pub total: u64,
}

impl Captured {
    /// Whether bytes are missing between head and tail.
    pub fn truncated(&self) -> bool {
        self.left_out() > 0
    }

    /// The kept bytes as text, invalid UTF-8 replaced by U+FFFD. Where bytes are missing stands one
    /// line `[… N bytes left out …]`; a character that the cut went through is left out too.
    pub fn to_text(&self) -> String {
        if !self.truncated() {
            return String::from_utf8_lossy(&self.whole()).into_owned();
        }
        let head = without_cut_end(&self.head);
        let tail = without_cut_start(&self.tail);
        let left_out = self.total - (head.len() + tail.len()) as u64;
        let break_before = if head.is_empty() || head.ends_with(b"\n") { "" } else { "\n" };
        let (head, tail) = (String::from_utf8_lossy(head), String::from_utf8_lossy(tail));
        format!("{head}{break_before}[… {left_out} bytes left out …]\n{tail}")
    }

    fn left_out(&self) -> u64 {
        self.total.saturating_sub((self.head.len() + self.tail.len()) as u64)
    }

    fn whole(&self) -> Cow<'_, [u8]> {
        if self.tail.is_empty() {
            return Cow::Borrowed(&self.head);
        }
        Cow::Owned([self.head.as_slice(), &self.tail].concat())
    }
}

fn without_cut_end(bytes: &[u8]) -> &[u8] {
    match bytes.utf8_chunks().last() {
        Some(chunk) if std::str::from_utf8(chunk.invalid()).is_err_and(|error| error.error_len().is_none()) => {
            &bytes[..bytes.len() - chunk.invalid().len()]
        }
        _ => bytes,
    }
}

/// A UTF-8 character has at most three continuation bytes, `10xxxxxx` (RFC 3629).
fn without_cut_start(bytes: &[u8]) -> &[u8] {
    let cut = bytes.iter().take(3).take_while(|byte| **byte & 0xC0 == 0x80).count();
    &bytes[cut..]
}

/// Fills a [`Captured`].
pub(super) struct Keeper {
    head: Vec<u8>,
    tail: VecDeque<u8>,
    total: u64,
    head_limit: usize,
    tail_limit: usize,
}

impl Keeper {
    /// Keeps at most `limit` bytes, half of them from the head, half from the tail.
    pub(super) fn new(limit: usize) -> Self {
        let tail_limit = limit / 2;
        Self { head: Vec::new(), tail: VecDeque::new(), total: 0, head_limit: limit - tail_limit, tail_limit }
    }

    pub(super) fn keep(&mut self, bytes: &[u8]) {
        self.total += bytes.len() as u64;
        let room = (self.head_limit - self.head.len()).min(bytes.len());
        let (head, rest) = bytes.split_at(room);
        self.head.extend_from_slice(head);
        let last = &rest[rest.len().saturating_sub(self.tail_limit)..];
        let excess = (self.tail.len() + last.len()).saturating_sub(self.tail_limit);
        self.tail.drain(..excess);
        self.tail.extend(last);
    }

    pub(super) fn finish(self) -> Captured {
        Captured { head: self.head, tail: self.tail.into(), total: self.total }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn captured(limit: usize, chunks: &[&[u8]]) -> Captured {
        let mut keeper = Keeper::new(limit);
        chunks.iter().for_each(|chunk| keeper.keep(chunk));
        keeper.finish()
    }

    #[test]
    fn everything_is_kept_up_to_the_limit() {
        let all = captured(8, &[b"abc", b"defgh"]);
        assert!(!all.truncated());
        assert_eq!((all.to_text().as_str(), all.total), ("abcdefgh", 8));
    }

    #[test]
    fn beyond_the_limit_head_and_tail_stay() {
        let some = captured(8, &[b"abc", b"defghijk", b"l"]);
        assert_eq!((some.head.as_slice(), some.tail.as_slice(), some.total), (&b"abcd"[..], &b"ijkl"[..], 12));
        assert_eq!(some.to_text(), "abcd\n[… 4 bytes left out …]\nijkl");
    }

    #[test]
    fn chunks_of_any_size_give_the_same() {
        let bytes: Vec<u8> = (0..=255).cycle().take(1000).collect();
        let at_once = captured(101, &[&bytes]);
        for size in [1, 7, 50, 51, 400] {
            assert_eq!(captured(101, &bytes.chunks(size).collect::<Vec<_>>()), at_once);
        }
        assert_eq!((at_once.head.as_slice(), at_once.tail.as_slice()), (&bytes[..51], &bytes[950..]));
    }

    #[test]
    fn nothing_is_kept_with_a_limit_of_zero() {
        let none = captured(0, &[b"abc"]);
        assert!(none.truncated());
        assert_eq!(none.to_text(), "[… 3 bytes left out …]\n");
    }

    #[test]
    fn a_character_across_head_and_tail_survives_and_one_at_the_cut_is_left_out() {
        assert_eq!(captured(4, &["aäb".as_bytes()]).to_text(), "aäb");
        assert_eq!(captured(4, &["aäöüb".as_bytes()]).to_text(), "a\n[… 6 bytes left out …]\nb");
        assert_eq!(captured(2, &["a\nääb\n".as_bytes()]).to_text(), "a\n[… 6 bytes left out …]\n\n");
    }

    #[test]
    fn bytes_that_are_not_utf8_are_replaced() {
        assert_eq!(captured(8, &[b"a\xff\x00b"]).to_text(), "a\u{fffd}\0b");
        assert_eq!(captured(2, &[b"\xff123\xff"]).to_text(), "\u{fffd}\n[… 3 bytes left out …]\n\u{fffd}");
    }
}

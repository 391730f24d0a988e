//! Lines of text protocols, bounded.
//!
//! Deliberately absent: any protocol.

use super::problem::{Failure, Word};
use std::io::{BufRead, BufReader, Read};

/// The longest line taken: far beyond the 512 bytes of RFC 5321 and the 255 of RFC 4253.
const LIMIT: u64 = 8 << 10;

/// The next line without its end (CR LF or LF); what is not UTF-8 is replaced.
///
/// # Errors
/// If the connection ends first, or the line does not end.
pub fn line(reader: &mut BufReader<impl Read>) -> Result<String, Failure> {
    let mut bytes = Vec::new();
    reader.take(LIMIT).read_until(b'\n', &mut bytes)?;
    match bytes.pop() {
        Some(b'\n') => {
            bytes.pop_if(|last| *last == b'\r');
            Ok(String::from_utf8_lossy(&bytes).into_owned())
        }
        Some(_) if bytes.len() as u64 + 1 == LIMIT => {
            Err(Failure::problem(Word::BadAnswer, "the answer is a line without end"))
        }
        _ => Err(Failure::problem(Word::Closed, "the other side closed the connection")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_end_with_or_without_carriage_return() {
        let mut reader = BufReader::new(&b"one\r\ntwo\n\xff\nrest"[..]);
        assert_eq!(line(&mut reader).unwrap(), "one");
        assert_eq!(line(&mut reader).unwrap(), "two");
        assert_eq!(line(&mut reader).unwrap(), "\u{fffd}");
        assert!(matches!(line(&mut reader), Err(Failure::Problem(problem)) if problem.word == Word::Closed));
    }

    #[test]
    fn an_endless_line_is_cut() {
        let mut reader = BufReader::new(std::io::repeat(b'a'));
        assert!(matches!(line(&mut reader), Err(Failure::Problem(problem)) if problem.word == Word::BadAnswer));
    }
}

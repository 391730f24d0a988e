//! The protocol of Redis (RESP2), as far as one command and its answer.
//!
//! Deliberately absent: arrays, which no command of ours is answered with, and RESP3.

use crate::probe::network::Failure;
use crate::probe::network::lines::line;
use crate::probe::network::service::{Wire, bad_answer, exactly};
use std::io::{BufReader, Read, Write};

/// The largest text taken.
const LIMIT: usize = 8 << 20;

/// One answer.
#[derive(Debug, Clone, PartialEq)]
pub enum Reply {
    Simple(String),
    Error(String),
    Integer(i64),
    Bulk(Vec<u8>),
    Null,
}

/// Sends a command and reads its answer.
///
/// # Errors
/// If the connection fails, or the answer is not RESP.
pub fn ask(wire: &mut Wire, words: &[&str]) -> Result<Reply, Failure> {
    wire.get_mut().write_all(&command(words))?;
    wire.get_mut().flush()?;
    reply(wire)
}

fn command(words: &[&str]) -> Vec<u8> {
    let mut bytes = format!("*{}\r\n", words.len()).into_bytes();
    for word in words {
        bytes.extend_from_slice(format!("${}\r\n{word}\r\n", word.len()).as_bytes());
    }
    bytes
}

fn reply(reader: &mut BufReader<impl Read>) -> Result<Reply, Failure> {
    let line = line(reader)?;
    let foreign = || bad_answer("the answer is not that of Redis");
    let mut characters = line.chars();
    let kind = characters.next().ok_or_else(foreign)?;
    let rest = characters.as_str();
    match kind {
        '+' => Ok(Reply::Simple(rest.to_string())),
        '-' => Ok(Reply::Error(rest.to_string())),
        ':' => rest.parse().map(Reply::Integer).map_err(|_| foreign()),
        '$' if rest == "-1" => Ok(Reply::Null),
        '$' => {
            let size: usize = rest.parse().map_err(|_| foreign())?;
            let mut bytes = exactly(reader, size.saturating_add(2), LIMIT)?;
            if bytes.split_off(size) == b"\r\n" { Ok(Reply::Bulk(bytes)) } else { Err(foreign()) }
        }
        _ => Err(foreign()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::probe::network::Word;

    fn read(bytes: &[u8]) -> Result<Reply, Word> {
        reply(&mut BufReader::new(bytes)).map_err(|failure| match failure {
            Failure::Problem(problem) => problem.word,
            Failure::Blind(why) => panic!("{why}"),
        })
    }

    #[test]
    fn answers_are_read() {
        assert_eq!(read(b"+PONG\r\n"), Ok(Reply::Simple("PONG".into())));
        assert_eq!(read(b":-1\r\n"), Ok(Reply::Integer(-1)));
        assert_eq!(read(b"$4\r\na\r\nb\r\n"), Ok(Reply::Bulk(b"a\r\nb".to_vec())));
        assert_eq!(read(b"$-1\r\n"), Ok(Reply::Null));
        assert_eq!(command(&["GET", "é"]), "*2\r\n$3\r\nGET\r\n$2\r\né\r\n".as_bytes());
    }

    #[test]
    fn what_is_not_resp_is_refused() {
        for bytes in [
            &b"HTTP/1.1 400\r\n"[..],
            b"\r\n",
            b"$x\r\n",
            b"$99999999999\r\n",
            b"$18446744073709551615\r\n",
            b"$1\r\nabc",
            b"*1\r\n",
        ] {
            assert_eq!(read(bytes), Err(Word::BadAnswer), "{bytes:?}");
        }
        assert_eq!(read(b"$5\r\nab"), Err(Word::Closed));
    }
}

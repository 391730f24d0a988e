//! Replies of SMTP servers (RFC 5321, section 4.2), for the `smtp` probe and for STARTTLS.
//!
//! Deliberately absent: sending mail.

use super::connection::Connection;
use super::lines::line;
use super::problem::{Failure, Word};
use std::io::{BufReader, Read};
use std::net::IpAddr;

/// The most lines a reply may have; EHLO lists some dozen extensions.
const LINES: usize = 100;

/// One reply: its code and its texts, one per line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reply {
    /// 200 to 559.
    pub code: u16,
    pub texts: Vec<String>,
}

/// Reads one reply.
///
/// # Errors
/// If the connection ends first, or the answer is no SMTP reply.
pub fn reply(reader: &mut BufReader<impl Read>) -> Result<Reply, Failure> {
    let mut texts = Vec::new();
    while texts.len() < LINES {
        let line = line(reader)?;
        let (code, more, text) = split(&line).ok_or_else(|| no_smtp(&line))?;
        texts.push(text.to_string());
        if !more {
            return Ok(Reply { code, texts });
        }
    }
    Err(Failure::problem(Word::BadAnswer, "the answer is an SMTP reply without end"))
}

/// How we introduce ourselves: by our address, since a name would have to be a real one (RFC 5321, section 4.1.4).
pub fn ehlo(connection: &Connection) -> String {
    match connection.local().map(|address| address.ip()) {
        Ok(IpAddr::V4(address)) => format!("EHLO [{address}]\r\n"),
        Ok(IpAddr::V6(address)) => format!("EHLO [IPv6:{address}]\r\n"),
        Err(_) => "EHLO [127.0.0.1]\r\n".into(),
    }
}

/// `250-SIZE 1000` goes on, `250 SIZE 1000` and `250` do not.
fn split(line: &str) -> Option<(u16, bool, &str)> {
    let (code, rest) = line.split_at_checked(3)?;
    let code = code.parse().ok().filter(|code| (200..560).contains(code))?;
    match rest.as_bytes().first() {
        None => Some((code, false, "")),
        Some(b' ') => Some((code, false, &rest[1..])),
        Some(b'-') => Some((code, true, &rest[1..])),
        Some(_) => None,
    }
}

fn no_smtp(line: &str) -> Failure {
    let start: String = line.chars().take(60).collect();
    Failure::problem(Word::BadAnswer, format!("the answer is not SMTP: `{start}`"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Reply, Failure> {
        reply(&mut BufReader::new(text.as_bytes()))
    }

    #[test]
    fn replies_have_one_line_or_more() {
        assert_eq!(read("220 mx ESMTP\r\n"), Ok(Reply { code: 220, texts: vec!["mx ESMTP".into()] }));
        let texts = vec!["mx".into(), "SIZE 1000".into(), "STARTTLS".into()];
        assert_eq!(read("250-mx\r\n250-SIZE 1000\r\n250 STARTTLS\r\n"), Ok(Reply { code: 250, texts }));
        assert_eq!(read("250\n"), Ok(Reply { code: 250, texts: vec![String::new()] }));
    }

    #[test]
    fn everything_else_is_a_bad_answer() {
        let endless = "250-x\r\n".repeat(1000);
        for text in ["HTTP/1.1 400\r\n", "SSH-2.0-x\r\n", "\r\n", "999 x\r\n", "220x\r\n", "２２０ x\r\n", &endless]
        {
            assert!(matches!(read(text), Err(Failure::Problem(problem)) if problem.word == Word::BadAnswer), "{text}");
        }
    }
}

//! Asking a server for TLS in the middle of its own protocol.
//!
//! Deliberately absent: logging in, and what the protocols do afterwards.

use super::connection::Connection;
use super::lines::line;
use super::mail::{ehlo, reply};
use super::problem::{Failure, Word};
use crate::choice;
use std::io::{BufReader, Read, Write};

choice! {
    /// A protocol that goes over to TLS when asked.
    pub enum StartTls {
        /// `STARTTLS` (RFC 3207); the usual port is 25.
        Smtp = "smtp",
        /// `STARTTLS` (RFC 9051, section 6.2.1); the usual port is 143.
        Imap = "imap",
        /// `SSLRequest` (PostgreSQL, message formats); the usual port is 5432.
        Postgres = "postgres",
    }
}

impl StartTls {
    pub fn port(self) -> u16 {
        match self {
            StartTls::Smtp => 25,
            StartTls::Imap => 143,
            StartTls::Postgres => 5432,
        }
    }
}

/// Brings the connection to the point where TLS begins.
///
/// # Errors
/// If the server has no TLS, does not speak the protocol, or goes away.
pub fn start_tls(connection: Connection, protocol: StartTls) -> Result<Connection, Failure> {
    let greeting = ehlo(&connection);
    let mut reader = BufReader::new(connection);
    match protocol {
        StartTls::Smtp => smtp(&mut reader, &greeting)?,
        StartTls::Imap => imap(&mut reader)?,
        StartTls::Postgres => postgres(&mut reader)?,
    }
    // what came with the consent, before TLS, could come from anybody (CVE-2011-0411)
    if !reader.buffer().is_empty() {
        return Err(Failure::problem(Word::BadAnswer, "the server sent something between its consent and TLS"));
    }
    Ok(reader.into_inner())
}

fn smtp(reader: &mut BufReader<impl Read + Write>, greeting: &str) -> Result<(), Failure> {
    let opening = reply(reader)?;
    if opening.code != 220 {
        return Err(declined(&format!("{} {}", opening.code, opening.texts.join(" "))));
    }
    for (command, wanted) in [(greeting, 250), ("STARTTLS\r\n", 220)] {
        reader.get_mut().write_all(command.as_bytes())?;
        let answer = reply(reader)?;
        if answer.code != wanted {
            return Err(declined(&format!("{} {}", answer.code, answer.texts.join(" "))));
        }
    }
    Ok(())
}

/// Untagged lines may come before the tagged answer (RFC 9051, section 7).
fn imap(reader: &mut BufReader<impl Read + Write>) -> Result<(), Failure> {
    let greeting = line(reader)?;
    if !greeting.starts_with("* OK") {
        return Err(declined(&greeting));
    }
    reader.get_mut().write_all(b"a1 STARTTLS\r\n")?;
    for _ in 0..100 {
        let answer = line(reader)?;
        match answer.strip_prefix("a1 ") {
            Some(answer) if answer.starts_with("OK") => return Ok(()),
            Some(answer) => return Err(declined(answer)),
            None => {}
        }
    }
    Err(Failure::problem(Word::BadAnswer, "the server does not answer STARTTLS"))
}

fn postgres(reader: &mut BufReader<impl Read + Write>) -> Result<(), Failure> {
    // the length of the message, and the code 1234.5679
    reader.get_mut().write_all(&[0, 0, 0, 8, 0x04, 0xd2, 0x16, 0x2f])?;
    let mut answer = [0];
    reader.read_exact(&mut answer)?;
    match answer {
        [b'S'] => Ok(()),
        [b'N'] => Err(Failure::problem(Word::TlsFailed, "the server has no TLS")),
        _ => Err(Failure::problem(Word::BadAnswer, "the answer is not PostgreSQL")),
    }
}

fn declined(answer: &str) -> Failure {
    let start: String = answer.chars().take(120).collect();
    Failure::problem(Word::TlsFailed, format!("the server declined to start TLS: `{start}`"))
}

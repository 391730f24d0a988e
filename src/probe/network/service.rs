//! What the probes of services share: reaching a server, TLS if wanted, bounded answers.
//!
//! Deliberately absent: any protocol; each is at home in its probe.

use super::address::Address;
use super::connection::{Connection, Stream};
use super::dial::dial;
use super::problem::{Failure, Word};
use super::tls::{Client, Settings};
use crate::choice;
use crate::probe::Context;
use std::io::{BufReader, Read};
use std::path::Path;

choice! {
    /// Whether TLS is spoken where the protocol lets both sides agree on it.
    pub enum TlsMode {
        /// Never.
        Off = "off",
        /// If the server has it, whatever its certificate: keeps listeners out, not impostors.
        Prefer = "prefer",
        /// Always, with a certificate that a trusted authority signed for this host.
        Require = "require",
    }
}

/// A buffered connection to a server, plain or in TLS.
pub type Wire = BufReader<Box<dyn Stream>>;

/// The most characters of a server's own words that are passed on.
const WORDS: usize = 200;

/// Connects to the address, on the usual port of the protocol if it names none.
///
/// # Errors
/// As [`dial`].
pub fn reach(address: &Address, usual_port: u16, context: &Context) -> Result<Connection, Failure> {
    dial(&address.host, address.port_or(usual_port), None, context)
}

/// The connection as it is.
pub fn plain(connection: Connection) -> Wire {
    BufReader::new(Box::new(connection))
}

/// Agrees on TLS; `enforce` says whether the certificate must be trusted.
///
/// # Errors
/// If no TLS comes about, the certificate is not to be trusted, or `ca` cannot be used.
pub fn secure(connection: Connection, address: &Address, ca: Option<&Path>, enforce: bool) -> Result<Wire, Failure> {
    let client = Client::new(&Settings { ca, enforce, ..Settings::default() }).map_err(Failure::Blind)?;
    let stream = client.handshake(connection, &address.host)?;
    Ok(BufReader::new(Box::new(stream)))
}

/// So many bytes.
///
/// # Errors
/// If there are more than `limit`, or the connection ends first.
pub fn exactly(reader: &mut impl Read, count: usize, limit: usize) -> Result<Vec<u8>, Failure> {
    if count > limit {
        return Err(bad_answer("the answer is larger than an answer may be"));
    }
    let mut bytes = Vec::new();
    // grows with what really comes, not with what is announced
    reader.take(count as u64).read_to_end(&mut bytes)?;
    if bytes.len() < count {
        Err(Failure::problem(Word::Closed, "the other side closed the connection"))
    } else {
        Ok(bytes)
    }
}

/// The answer does not follow the protocol.
pub fn bad_answer(reason: impl Into<String>) -> Failure {
    Failure::problem(Word::BadAnswer, reason)
}

/// What a server said, short and on one line.
pub fn words(text: &str) -> String {
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    match line.char_indices().nth(WORDS) {
        Some((cut, _)) => format!("{}…", &line[..cut]),
        None => line,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn announced_sizes_take_no_memory() {
        assert_eq!(exactly(&mut &b"abcd"[..], 3, 10).unwrap(), b"abc");
        assert!(
            matches!(exactly(&mut &b"a"[..], 9, 10), Err(Failure::Problem(problem)) if problem.word == Word::Closed)
        );
        assert!(
            matches!(exactly(&mut &b"a"[..], 11, 10), Err(Failure::Problem(problem)) if problem.word == Word::BadAnswer)
        );
    }

    #[test]
    fn words_are_one_short_line() {
        assert_eq!(words(" a\r\nb "), "a b");
        assert_eq!(words(&"é".repeat(500)).chars().count(), WORDS + 1);
    }
}

//! Questions to the daemon: HTTP/1.0, so that an answer ends with its connection.
//!
//! Deliberately absent: everything of HTTP that `GET` with a JSON answer does not need.

use super::{Facts, Target, declined};
use crate::probe::network::connection::read_up_to;
use crate::probe::network::local::dial_local;
use crate::probe::network::service::{self, bad_answer};
use crate::probe::network::{Address, Failure, Stream};
use crate::probe::{Context, Seen};
use serde_json::Value as Json;
use std::io::{ErrorKind, Write};
use std::path::Path;

/// The largest answer taken: thousands of containers.
const LIMIT: usize = 32 << 20;

/// Where the daemon is.
pub struct Daemon<'a> {
    address: Option<&'a Address>,
    socket: &'a Path,
    context: &'a Context,
}

impl<'a> Daemon<'a> {
    /// # Errors
    /// If there is no socket, or it may not be used.
    pub fn at(target: &'a Target, context: &'a Context) -> Result<Daemon<'a>, Box<Seen<Facts>>> {
        let daemon = Daemon { address: target.address.as_ref(), socket: &target.socket, context };
        match daemon.address {
            Some(_) => Ok(daemon),
            None => missing(&target.socket, context).map_or(Ok(daemon), |seen| Err(Box::new(seen))),
        }
    }

    /// # Errors
    /// If the daemon does not answer, declines, or answers something else than JSON.
    pub fn get(&self, path: &str) -> Result<Json, Failure> {
        let mut stream: Box<dyn Stream> = match self.address {
            Some(address) => Box::new(service::reach(address, 2375, self.context)?),
            None => Box::new(dial_local(self.socket, self.context)?),
        };
        stream
            .write_all(format!("GET {path} HTTP/1.0\r\nHost: docker\r\nAccept: application/json\r\n\r\n").as_bytes())?;
        let (answer, end) = read_up_to(&mut stream, LIMIT);
        end?;
        if answer.len() == LIMIT {
            return Err(bad_answer("the answer is larger than an answer may be"));
        }
        let (status, body) = parse(&answer).ok_or_else(|| bad_answer("the answer is not HTTP; is this Docker?"))?;
        if status != 200 {
            return Err(declined(status, body));
        }
        serde_json::from_slice(body).map_err(|_| bad_answer("the answer is not JSON; is this Docker?"))
    }
}

/// Why the socket cannot be used; a refused connection is a problem of the daemon and told later.
fn missing(socket: &Path, context: &Context) -> Option<Seen<Facts>> {
    let error = dial_local(socket, context).err()?;
    let place = socket.display();
    match error.kind() {
        ErrorKind::NotFound | ErrorKind::NotADirectory => {
            Some(Seen::Absent(format!("no Docker daemon: there is no {place}")))
        }
        ErrorKind::PermissionDenied => Some(Seen::Refused(format!(
            "{place} may not be used; run as root or as a member of its group (often `docker`)"
        ))),
        _ => None,
    }
}

/// Status and body.
fn parse(answer: &[u8]) -> Option<(u16, &[u8])> {
    let end = answer.windows(4).position(|four| four == b"\r\n\r\n")?;
    let head = std::str::from_utf8(&answer[..end]).ok()?;
    let status = head.lines().next()?.strip_prefix("HTTP/1.")?.get(2..5)?.parse().ok()?;
    Some((status, &answer[end + 4..]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_are_taken_apart() {
        assert_eq!(parse(b"HTTP/1.0 200 OK\r\nA: b\r\n\r\n{}"), Some((200, &b"{}"[..])));
        assert_eq!(parse(b"HTTP/1.1 404 Not Found\r\n\r\n"), Some((404, &b""[..])));
        for answer in
            [&b""[..], b"HTTP/1.0 200 OK\r\n", b"SSH-2.0-x\r\n\r\n", b"HTTP/1.\r\n\r\n", b"HTTP/1.0 \xff00\r\n\r\n"]
        {
            assert_eq!(parse(answer), None);
        }
    }
}

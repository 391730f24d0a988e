//! Messages to and from the server, and one statement with its answer.

use super::Target;
use crate::probe::Context;
use crate::probe::network::Failure;
use crate::probe::network::Word;
use crate::probe::network::rows::{Rows, SIZE_LIMIT, number};
use crate::probe::network::service::{self, TlsMode, Wire, bad_answer, exactly, words};
use bytes::BytesMut;
use fallible_iterator::FallibleIterator;
use postgres_protocol::message::backend::{DataRowBody, ErrorResponseBody, Message, RowDescriptionBody};
use postgres_protocol::message::frontend;
use serde_json::Value as Json;
use std::io::{self, Read, Write};

/// The most messages that an answer may have beside its rows, e.g. notices.
const MESSAGES: usize = 100_000;

/// A connection to the server.
pub struct Link {
    wire: Wire,
    pub encrypted: bool,
}

impl Link {
    /// Connects, and asks for TLS if it is wanted.
    ///
    /// # Errors
    /// If there is no connection, or not the TLS that is required.
    pub fn open(target: &Target, context: &Context, connected: impl FnOnce()) -> Result<Link, Failure> {
        let mut connection = service::reach(&target.address, 5432, context)?;
        connected();
        if target.tls == TlsMode::Off {
            return Ok(Link { wire: service::plain(connection), encrypted: false });
        }
        let mut request = BytesMut::new();
        frontend::ssl_request(&mut request);
        connection.write_all(&request)?;
        let mut answer = [0];
        // one byte and no more: what follows the consent belongs to TLS (CVE-2021-23222)
        connection.read_exact(&mut answer)?;
        let required = target.tls == TlsMode::Require;
        match answer {
            [b'S'] => {
                let wire = service::secure(connection, &target.address, target.ca.as_deref(), required)?;
                Ok(Link { wire, encrypted: true })
            }
            [b'N'] if required => Err(Failure::problem(Word::TlsFailed, "the server has no TLS")),
            [b'N'] => Ok(Link { wire: service::plain(connection), encrypted: false }),
            [b'E'] => Err(Failure::problem(Word::Rejected, "the server takes no more connections, or knows no TLS")),
            _ => Err(bad_answer("the answer is not PostgreSQL")),
        }
    }

    /// # Errors
    /// If the message cannot be made or sent.
    pub fn send(&mut self, make: impl FnOnce(&mut BytesMut) -> io::Result<()>) -> Result<(), Failure> {
        let mut buffer = BytesMut::new();
        make(&mut buffer)?;
        self.wire.get_mut().write_all(&buffer)?;
        Ok(self.wire.get_mut().flush()?)
    }

    /// The next message.
    ///
    /// # Errors
    /// If it is none of PostgreSQL, too large, or does not come.
    pub fn receive(&mut self) -> Result<Message, Failure> {
        let mut header = [0; 5];
        self.wire.read_exact(&mut header)?;
        let size = u32::from_be_bytes([header[1], header[2], header[3], header[4]]) as usize;
        let rest = size.checked_sub(4).ok_or_else(|| bad_answer("the answer is not PostgreSQL"))?;
        let body = exactly(&mut self.wire, rest, SIZE_LIMIT)?;
        let mut message = BytesMut::from(&[&header[..], &body].concat()[..]);
        match Message::parse(&mut message) {
            Ok(Some(message)) => Ok(message),
            _ => Err(bad_answer("the answer is not PostgreSQL")),
        }
    }

    /// Sends one statement and collects its rows.
    ///
    /// # Errors
    /// As the server says, or if the connection fails.
    pub fn ask(&mut self, statement: &str) -> Result<Rows, Failure> {
        self.send(|buffer| {
            frontend::parse("", statement, [], buffer)?;
            frontend::describe(b'S', "", buffer)?;
            let no_values = |(): (), _: &mut BytesMut| Ok(postgres_protocol::IsNull::Yes);
            frontend::bind("", "", [], [], no_values, [0], buffer)
                .map_err(|_| io::Error::other("it has parameters"))?;
            frontend::execute("", 0, buffer)?;
            frontend::sync(buffer);
            Ok(())
        })?;
        let (mut rows, mut types) = (Rows::default(), Vec::new());
        for _ in 0..MESSAGES {
            match self.receive()? {
                Message::RowDescription(body) => (rows, types) = columns(&body)?,
                Message::DataRow(body) => {
                    let cells = cells(&body, &types)?;
                    rows.add(cells).map_err(|why| Failure::problem(Word::Rejected, why))?;
                }
                Message::ReadyForQuery(_) => return Ok(rows),
                Message::ErrorResponse(body) => return Err(declined(&body)),
                Message::CopyInResponse(_) | Message::CopyOutResponse(_) => {
                    return Err(Failure::problem(Word::Rejected, "COPY is not a question"));
                }
                _ => {}
            }
        }
        Err(bad_answer("the answer does not end"))
    }

    /// Takes leave; the server rolls back what was begun.
    pub fn leave(mut self) {
        // whether the farewell arrives is of no interest
        let _ = self.send(|buffer| {
            frontend::terminate(buffer);
            Ok(())
        });
    }
}

fn columns(body: &RowDescriptionBody) -> Result<(Rows, Vec<u32>), Failure> {
    let read = body.fields().map(|field| Ok((field.name().to_string(), field.type_oid()))).collect::<Vec<_>>();
    let (names, types) = read.map_err(|_| bad_answer("the columns of the answer cannot be read"))?.into_iter().unzip();
    Ok((Rows::new(names), types))
}

fn cells(body: &DataRowBody, types: &[u32]) -> Result<Vec<Option<Json>>, Failure> {
    let ranges: Vec<_> = body.ranges().collect().map_err(|_| bad_answer("a row of the answer cannot be read"))?;
    let cell = |(place, range): (usize, Option<std::ops::Range<usize>>)| {
        let text = String::from_utf8_lossy(body.buffer().get(range?)?);
        Some(typed(&text, types.get(place).copied().unwrap_or_default()))
    };
    Ok(ranges.into_iter().enumerate().map(cell).collect())
}

/// By the type's number in `pg_type.dat`.
fn typed(text: &str, oid: u32) -> Json {
    match oid {
        16 => (text == "t").into(),
        // int8, int2, int4, oid, float4, float8, numeric
        20 | 21 | 23 | 26 | 700 | 701 | 1700 => number(text),
        // json, jsonb
        114 | 3802 => serde_json::from_str(text).unwrap_or_else(|_| text.into()),
        _ => text.into(),
    }
}

/// Class 28 of the SQLSTATEs is "invalid authorization specification".
pub fn declined(body: &ErrorResponseBody) -> Failure {
    let (mut code, mut message) = (String::new(), String::new());
    let mut fields = body.fields();
    while let Ok(Some(field)) = fields.next() {
        let value = String::from_utf8_lossy(field.value_bytes()).into_owned();
        match field.type_() {
            b'C' => code = value,
            b'M' => message = value,
            _ => {}
        }
    }
    let word = if code.starts_with("28") { Word::AuthenticationFailed } else { Word::Rejected };
    Failure::problem(word, format!("the server declined: {} ({})", words(&message), words(&code)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn cells_have_types() {
        assert_eq!(typed("t", 16), json!(true));
        assert_eq!(typed("12", 20), json!(12));
        assert_eq!(typed("1.50", 1700), json!(1.5));
        assert_eq!(typed("NaN", 701), json!("NaN"));
        assert_eq!(typed("{\"a\": [1]}", 3802), json!({ "a": [1] }));
        assert_eq!(typed("12", 25), json!("12"));
    }
}

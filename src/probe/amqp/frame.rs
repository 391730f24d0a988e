//! Frames and fields of AMQP 0-9-1 (section 4.2), as far as the handshake.

use crate::probe::network::Failure;
use crate::probe::network::service::{Wire, bad_answer, exactly};
use std::collections::BTreeMap;
use std::io::Write;

/// The largest frame taken: what a broker may send before both sides agreed is far smaller.
const LIMIT: usize = 256 << 10;
/// Every frame ends with this byte.
const END: u8 = 0xce;
const METHOD: u8 = 1;
const HEARTBEAT: u8 = 8;

/// Methods of the class `connection`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Method {
    Start = 10,
    StartOk = 11,
    Tune = 30,
    TuneOk = 31,
    Open = 40,
    OpenOk = 41,
    Close = 50,
    CloseOk = 51,
}

impl Method {
    /// Class and method.
    pub fn numbers(self) -> [u8; 4] {
        [0, 10, 0, self as u8]
    }
}

/// A frame with a method, on channel 0.
pub fn method(kind: Method, arguments: &[u8]) -> Vec<u8> {
    let size = (arguments.len() as u32 + 4).to_be_bytes();
    [&[METHOD, 0, 0], &size[..], &kind.numbers(), arguments, &[END]].concat()
}

/// The next method; heartbeats are passed over.
///
/// # Errors
/// If the connection ends, or the bytes are no frame.
pub fn receive(wire: &mut Wire) -> Result<([u8; 4], Vec<u8>), Failure> {
    wire.get_mut().flush()?;
    loop {
        let head = exactly(wire, 7, 7)?;
        let size = u32::from_be_bytes([head[3], head[4], head[5], head[6]]) as usize;
        // a broker of another version answers with its own protocol header
        if head.starts_with(b"AMQP") {
            return Err(bad_answer("the broker does not speak AMQP 0-9-1"));
        }
        if ![METHOD, HEARTBEAT].contains(&head[0]) {
            return Err(foreign());
        }
        let mut frame = exactly(wire, size.saturating_add(1), LIMIT)?;
        if frame.pop() != Some(END) {
            return Err(foreign());
        }
        if head[0] == METHOD {
            let kind = frame.get(..4).and_then(|kind| kind.try_into().ok()).ok_or_else(foreign)?;
            return Ok((kind, frame.split_off(4)));
        }
    }
}

/// A text of at most 255 bytes; what is longer is cut.
pub fn short_text(text: &str) -> Vec<u8> {
    let size = u8::try_from(text.len()).unwrap_or(u8::MAX);
    [&[size], &text.as_bytes()[..size.into()]].concat()
}

pub fn long_text(bytes: &[u8]) -> Vec<u8> {
    [&(bytes.len() as u32).to_be_bytes()[..], bytes].concat()
}

fn foreign() -> Failure {
    bad_answer("the answer is not that of AMQP")
}

/// What is left of a frame.
pub struct Cursor<'a>(pub &'a [u8]);

impl<'a> Cursor<'a> {
    fn take(&mut self, count: usize) -> Result<&'a [u8], Failure> {
        let (taken, rest) = self.0.split_at_checked(count).ok_or_else(foreign)?;
        self.0 = rest;
        Ok(taken)
    }

    pub fn byte(&mut self) -> Result<u8, Failure> {
        Ok(self.take(1)?[0])
    }

    pub fn short_text(&mut self) -> Result<&'a [u8], Failure> {
        let count = self.byte()?;
        self.take(count.into())
    }

    pub fn long_text(&mut self) -> Result<&'a [u8], Failure> {
        let size = self.take(4)?;
        self.take(u32::from_be_bytes([size[0], size[1], size[2], size[3]]) as usize)
    }

    /// The texts of a table, up to the first field whose size is not known here.
    pub fn table(&mut self) -> Result<BTreeMap<String, String>, Failure> {
        let mut inside = Cursor(self.long_text()?);
        let mut texts = BTreeMap::new();
        while !inside.0.is_empty() {
            let name = String::from_utf8_lossy(inside.short_text()?).into_owned();
            match inside.byte()? {
                b'S' => {
                    texts.insert(name, String::from_utf8_lossy(inside.long_text()?).into_owned());
                }
                b'F' | b'A' | b'x' => drop(inside.long_text()?),
                b't' | b'b' | b'B' => drop(inside.take(1)?),
                b's' | b'u' => drop(inside.take(2)?),
                b'I' | b'i' | b'f' => drop(inside.take(4)?),
                b'l' | b'L' | b'd' | b'T' => drop(inside.take(8)?),
                b'V' => {}
                _ => return Ok(texts),
            }
        }
        Ok(texts)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tables_are_read() {
        let fields = b"\x07productS\x00\x00\x00\x08RabbitMQ\x0ccapabilitiesF\x00\x00\x00\x02xx\x01tt\x01\x07versionS\x00\x00\x00\x033.1";
        let bytes = long_text(fields);
        let table = Cursor(&bytes).table().unwrap();
        assert_eq!((table["product"].as_str(), table["version"].as_str()), ("RabbitMQ", "3.1"));
        assert!(Cursor(&bytes[..20]).table().is_err());
        assert!(Cursor(b"\xff\xff\xff\xff").table().is_err());
    }

    #[test]
    fn a_method_is_framed() {
        assert_eq!(method(Method::CloseOk, b""), b"\x01\0\0\0\0\0\x04\0\x0a\0\x33\xce");
        assert_eq!(short_text(&"a".repeat(300)).len(), 256);
    }
}

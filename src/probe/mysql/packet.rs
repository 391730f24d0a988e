//! Packets and the handshake of the client/server protocol, version 10.
//!
//! Deliberately absent: packets of 16 MiB and more; our answers are bounded below that.

use super::{Facts, Target, scramble};
use crate::fact::VersionText;
use crate::probe::Context;
use crate::probe::network::rows::SIZE_LIMIT;
use crate::probe::network::service::{self, TlsMode, Wire, bad_answer, exactly, words};
use crate::probe::network::{Failure, Word};
use std::io::{BufReader, Read, Write};

const NATIVE: &str = "mysql_native_password";
const CACHING_SHA2: &str = "caching_sha2_password";

/// Capabilities (CLIENT_…): LONG_PASSWORD, PROTOCOL_41, TRANSACTIONS, SECURE_CONNECTION, PLUGIN_AUTH.
/// Neither MULTI_STATEMENTS nor LOCAL_FILES.
const CAPABILITIES: u32 = 0x1 | 0x200 | 0x2000 | 0x8000 | 0x8_0000;
/// What a server must know of these; MariaDB uses the first for something else.
const NEEDED: u32 = CAPABILITIES & !0x1;
const CONNECT_WITH_DB: u32 = 0x8;
const SSL: u32 = 0x800;
/// utf8mb4_general_ci
const CHARACTER_SET: u8 = 45;
/// The most packets before the server lets us in.
const PACKETS: usize = 10;

/// A connection that is logged in.
pub struct Link {
    wire: Wire,
    sequence: u8,
}

/// What the server says first.
struct Greeting {
    version: String,
    salt: Vec<u8>,
    plugin: String,
    has_tls: bool,
}

impl Link {
    /// Connects and logs in; answers the version of the server as well.
    ///
    /// # Errors
    /// If there is no connection, not the TLS that is required, or the server declines.
    pub fn log_in(target: &Target, context: &Context, facts: &mut Facts) -> Result<(Link, String), Failure> {
        let connection = service::reach(&target.address, 3306, context)?;
        facts.connected = true.into();
        // unbuffered where TLS may follow: what comes after the greeting is not ours to keep
        let mut reader = BufReader::with_capacity(1, connection);
        let (mut sequence, packet) = receive(&mut reader)?;
        let connection = reader.into_inner();
        if packet.first() == Some(&0xff) {
            return Err(declined(&packet));
        }
        let greeting = Greeting::read(&packet)?;
        facts.flavour = if greeting.version.contains("MariaDB") { "mariadb" } else { "mysql" }.to_string().into();
        facts.server_version = VersionText(greeting.version.clone()).into();
        let encrypted = match target.tls {
            TlsMode::Off => false,
            TlsMode::Prefer => greeting.has_tls,
            TlsMode::Require if greeting.has_tls => true,
            TlsMode::Require => return Err(Failure::problem(Word::TlsFailed, "the server has no TLS")),
        };
        facts.encrypted = encrypted.into();
        let head = head(target, encrypted);
        let wire = if encrypted {
            let mut connection = connection;
            sequence = sequence.wrapping_add(1);
            connection.write_all(&framed(&head, sequence))?;
            service::secure(connection, &target.address, target.ca.as_deref(), target.tls == TlsMode::Require)?
        } else {
            service::plain(connection)
        };
        let mut link = Link { wire, sequence };
        link.authenticate(target, &greeting, head, encrypted)?;
        Ok((link, greeting.version))
    }

    fn authenticate(
        &mut self,
        target: &Target,
        greeting: &Greeting,
        head: Vec<u8>,
        encrypted: bool,
    ) -> Result<(), Failure> {
        let password = target.password.as_ref().map(|password| password.reveal().as_bytes()).unwrap_or_default();
        // a plugin that is not known here is left to the server to switch
        let mut plugin = if greeting.plugin == CACHING_SHA2 { CACHING_SHA2 } else { NATIVE };
        let proof = proof(plugin, password, &greeting.salt);
        let mut response = head;
        response.extend(target.username.bytes().chain([0]));
        response.push(u8::try_from(proof.len()).unwrap_or_default());
        response.extend(proof);
        response.extend(target.database.iter().flat_map(|name| name.bytes().chain([0])));
        response.extend(plugin.bytes().chain([0]));
        self.send(&response)?;
        for _ in 0..PACKETS {
            let packet = self.receive()?;
            match packet.split_first() {
                Some((0x00, _)) => return Ok(()),
                Some((0xff, _)) => return Err(declined(&packet)),
                Some((0xfe, rest)) => {
                    let mut cursor = Cursor(rest);
                    let wanted = String::from_utf8_lossy(cursor.until_nul()).into_owned();
                    plugin = [NATIVE, CACHING_SHA2]
                        .into_iter()
                        .find(|known| *known == wanted)
                        .ok_or_else(|| unknown_way(&wanted))?;
                    let proof = self::proof(plugin, password, salt(cursor.0));
                    self.send(&proof)?;
                }
                // the server knows the password from before; its consent follows
                Some((0x01, [0x03])) => {}
                Some((0x01, [0x04])) if encrypted => self.send(&[password, &[0]].concat())?,
                Some((0x01, [0x04])) => {
                    let reason =
                        "the server has not seen this user lately and wants the password over TLS; set `tls: require`";
                    return Err(Failure::problem(Word::AuthenticationFailed, reason));
                }
                _ => return Err(foreign()),
            }
        }
        Err(bad_answer("the server does not finish logging in"))
    }

    fn send(&mut self, payload: &[u8]) -> Result<(), Failure> {
        self.sequence = self.sequence.wrapping_add(1);
        self.wire.get_mut().write_all(&framed(payload, self.sequence))?;
        Ok(self.wire.get_mut().flush()?)
    }

    /// Begins a new exchange.
    ///
    /// # Errors
    /// If the command cannot be sent.
    pub fn command(&mut self, payload: &[u8]) -> Result<(), Failure> {
        if payload.len() > SIZE_LIMIT {
            return Err(Failure::Blind("the query is too long".into()));
        }
        self.sequence = u8::MAX;
        self.send(payload)
    }

    /// # Errors
    /// If no packet comes, or one that is too large.
    pub fn receive(&mut self) -> Result<Vec<u8>, Failure> {
        let (sequence, payload) = receive(&mut self.wire)?;
        self.sequence = sequence;
        Ok(payload)
    }

    /// Takes leave; the server rolls back what was begun.
    pub fn leave(mut self) {
        // whether the farewell arrives is of no interest
        let _ = self.command(&[1]);
    }
}

impl Greeting {
    fn read(packet: &[u8]) -> Result<Greeting, Failure> {
        let mut cursor = Cursor(packet);
        if cursor.take(1)? != [10] {
            return Err(foreign());
        }
        let version = String::from_utf8_lossy(cursor.until_nul()).into_owned();
        // MariaDB hides behind an old version, so that old replicas talk to it
        let version = version.strip_prefix("5.5.5-").map_or(version.clone(), str::to_string);
        cursor.take(4)?;
        let mut salt_bytes = cursor.take(8)?.to_vec();
        cursor.take(1)?;
        let low = cursor.take(2)?;
        cursor.take(3)?;
        let high = cursor.take(2)?;
        let capabilities = u32::from_le_bytes([low[0], low[1], high[0], high[1]]);
        cursor.take(11)?;
        let rest = cursor.0.len().min(13);
        salt_bytes.extend(salt(cursor.take(rest)?));
        if salt_bytes.len() < 20 {
            return Err(foreign());
        }
        let plugin = String::from_utf8_lossy(cursor.until_nul()).into_owned();
        if capabilities & NEEDED != NEEDED {
            return Err(Failure::problem(Word::Rejected, format!("the server is too old: {}", words(&version))));
        }
        Ok(Greeting { version, salt: salt_bytes, plugin, has_tls: capabilities & SSL != 0 })
    }
}

/// The salt without the NUL behind it.
fn salt(bytes: &[u8]) -> &[u8] {
    bytes.strip_suffix(&[0]).unwrap_or(bytes)
}

fn proof(plugin: &str, password: &[u8], salt: &[u8]) -> Vec<u8> {
    match plugin {
        // no password is proven by nothing
        _ if password.is_empty() => Vec::new(),
        CACHING_SHA2 => scramble::caching_sha2(password, salt),
        _ => scramble::native(password, salt),
    }
}

/// How the answer to the greeting begins; alone, it asks for TLS.
fn head(target: &Target, encrypted: bool) -> Vec<u8> {
    let database = if target.database.is_some() { CONNECT_WITH_DB } else { 0 };
    let tls = if encrypted { SSL } else { 0 };
    let mut head = (CAPABILITIES | database | tls).to_le_bytes().to_vec();
    head.extend((SIZE_LIMIT as u32).to_le_bytes());
    head.push(CHARACTER_SET);
    head.extend([0; 23]);
    head
}

fn framed(payload: &[u8], sequence: u8) -> Vec<u8> {
    let size = (payload.len() as u32).to_le_bytes();
    [&[size[0], size[1], size[2], sequence], payload].concat()
}

fn receive(reader: &mut BufReader<impl Read>) -> Result<(u8, Vec<u8>), Failure> {
    let mut header = [0; 4];
    reader.read_exact(&mut header)?;
    let size = u32::from_le_bytes([header[0], header[1], header[2], 0]) as usize;
    Ok((header[3], exactly(reader, size, SIZE_LIMIT)?))
}

/// Code, perhaps `#` and a SQLSTATE, and a text.
pub fn declined(packet: &[u8]) -> Failure {
    let code = packet.get(1..3).map_or(0, |code| u16::from_le_bytes([code[0], code[1]]));
    let text = packet.get(3..).unwrap_or_default();
    let text = if text.first() == Some(&b'#') { text.get(6..).unwrap_or_default() } else { text };
    // access denied, host not allowed, way of logging in not possible, access denied without password
    let word = if [1045, 1130, 1251, 1698].contains(&code) { Word::AuthenticationFailed } else { Word::Rejected };
    Failure::problem(word, format!("the server declined: {} ({code})", words(&String::from_utf8_lossy(text))))
}

fn unknown_way(plugin: &str) -> Failure {
    let reason = format!("the server wants a way of logging in that is not known here: {}", words(plugin));
    Failure::problem(Word::AuthenticationFailed, reason)
}

fn foreign() -> Failure {
    bad_answer("the answer is not that of MySQL")
}

/// What is left of a packet.
pub struct Cursor<'a>(pub &'a [u8]);

impl<'a> Cursor<'a> {
    /// # Errors
    /// If the packet is too short.
    pub fn take(&mut self, count: usize) -> Result<&'a [u8], Failure> {
        let (taken, rest) = self.0.split_at_checked(count).ok_or_else(foreign)?;
        self.0 = rest;
        Ok(taken)
    }

    /// A number that says itself how long it is.
    ///
    /// # Errors
    /// If the packet is too short.
    pub fn length(&mut self) -> Result<usize, Failure> {
        let width = match self.take(1)?[0] {
            small @ 0..=0xfa => return Ok(small.into()),
            0xfc => 2,
            0xfd => 3,
            0xfe => 8,
            _ => return Err(foreign()),
        };
        let mut bytes = [0; 8];
        bytes[..width].copy_from_slice(self.take(width)?);
        usize::try_from(u64::from_le_bytes(bytes)).map_err(|_| foreign())
    }

    /// A text behind its length.
    ///
    /// # Errors
    /// If the packet is too short.
    pub fn text(&mut self) -> Result<&'a [u8], Failure> {
        let count = self.length()?;
        self.take(count)
    }

    /// Everything up to a NUL byte or the end.
    pub fn until_nul(&mut self) -> &'a [u8] {
        let end = self.0.iter().position(|byte| *byte == 0);
        let (text, rest) = self.0.split_at(end.unwrap_or(self.0.len()));
        self.0 = rest.get(1..).unwrap_or_default();
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn greeting(version: &str, capabilities: u32) -> Vec<u8> {
        let bits = capabilities.to_le_bytes();
        let mut packet = vec![10];
        packet.extend(version.bytes().chain([0]));
        packet.extend([1, 0, 0, 0]);
        packet.extend(b"abcdefgh\0");
        packet.extend([bits[0], bits[1], 45, 2, 0, bits[2], bits[3], 21]);
        packet.extend([0; 10]);
        packet.extend(b"ijklmnopqrst\0");
        packet.extend(b"caching_sha2_password\0");
        packet
    }

    #[test]
    fn greetings_are_read() {
        let read = Greeting::read(&greeting("8.4.3", u32::MAX)).unwrap();
        assert_eq!((read.version.as_str(), read.plugin.as_str(), read.has_tls), ("8.4.3", CACHING_SHA2, true));
        assert_eq!(read.salt, b"abcdefghijklmnopqrst");
        let read = Greeting::read(&greeting("5.5.5-10.11.6-MariaDB-0+deb12u1", NEEDED)).unwrap();
        assert_eq!((read.version.as_str(), read.has_tls), ("10.11.6-MariaDB-0+deb12u1", false));
    }

    #[test]
    fn broken_packets_are_refused() {
        let whole = greeting("8.4.3", u32::MAX);
        for end in 0..40 {
            assert!(Greeting::read(&whole[..end]).is_err(), "{end}");
        }
        assert!(Cursor(&[0xfe, 1]).length().is_err());
        assert!(Cursor(&[0xfe, 255, 255, 255, 255, 255, 255, 255, 255]).text().is_err());
        assert_eq!(Cursor(&[0xfc, 0, 1]).length().unwrap(), 256);
    }

    #[test]
    fn errors_are_sorted_by_their_code() {
        let word = |packet: &[u8]| match declined(packet) {
            Failure::Problem(problem) => (problem.word, problem.reason),
            Failure::Blind(why) => panic!("{why}"),
        };
        assert_eq!(word(b"\xff\x15\x04#28000Access denied").0, Word::AuthenticationFailed);
        assert_eq!(
            word(b"\xff\x10\x04Too many connections"),
            (Word::Rejected, "the server declined: Too many connections (1040)".into())
        );
        assert_eq!(word(b"\xff").0, Word::Rejected);
    }
}

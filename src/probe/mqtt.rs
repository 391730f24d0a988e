//! MQTT 3.1.1: connecting and taking leave (OASIS standard, sections 3.1, 3.2 and 3.14).
//!
//! A clean session without a will and without subscriptions leaves nothing behind at the broker.
//! Deliberately absent: publishing, subscribing, MQTT 5, WebSockets.

use super::network::service::{self, bad_answer, exactly};
use super::network::{Address, Failure, Word, conclude};
use super::{Context, Pace, Probe, Seen};
use crate::spec::secret::Secret;
use crate::{described, facts};
use std::io::{Read, Write};
use std::path::PathBuf;
use std::time::{Duration, Instant};

described! {
    /// Connects to an MQTT broker.
    #[derive(PartialEq, Eq, Hash)]
    pub struct Target (short: address) {
        /// Host (name or number) and perhaps a port. By default port 1883, with `tls` 8883.
        address: Address,
        /// Name of the user.
        username: Option<String>,
        /// Password of the user, from a secret input: `${name}`.
        password: Option<Secret>,
        /// Name we go by. By default empty: the broker makes one up.
        client_id: String = String::new(),
        /// Whether to speak TLS from the first byte, with a certificate that is to be trusted.
        tls: bool = false,
        /// PEM file of authorities to trust beside those of the system.
        ca: Option<PathBuf>,
    }
}

facts! {
    pub struct Facts {
        /// Whether the connection came about (with TLS, if asked for).
        connected: bool,
        /// Whether the broker let us in.
        accepted: bool,
        /// Code of the broker's answer: 0 accepted, 1 wrong version of the protocol, 2 name declined, 3 not available, 4 wrong user or password, 5 not authorized.
        return_code: u16,
        /// From the lookup of the name to the answer, or to the failure.
        elapsed: Duration,
        /// What went wrong: `authentication_failed`, `rejected`, `bad_answer` (no MQTT), `closed`, `refused`, `timed_out`, `name_not_found`, `resolver_failed`, `unreachable`, `tls_failed`, or one of the `certificate_…` of `tls`. Absent if nothing did.
        problem: String,
        /// The problem in a sentence.
        reason: String,
    }
}

pub struct Mqtt;

impl Probe for Mqtt {
    const NAME: &'static str = "mqtt";
    const PACE: Pace = Pace::Waits;
    const DEFAULT: &'static str = "expect: { accepted: true, problem: { present: false } }";
    const EXAMPLE: &'static str =
        "id: broker-answers\nmqtt: localhost\nexpect:\n  accepted: true\n  elapsed: { lt: 1s }";
    const EVIDENCE: &'static [&'static str] = &["reason", "return_code", "elapsed"];
    type Target = Target;
    type Facts = Facts;

    fn subject(target: &Target) -> String {
        target.address.to_string()
    }

    fn check(target: &Target) -> Result<(), String> {
        if target.password.is_some() && target.username.is_none() {
            return Err("`password` needs a `username` (MQTT 3.1.1, section 3.1.2.9)".into());
        }
        match [Some(&target.client_id), target.username.as_ref()].into_iter().flatten().any(|text| text.len() > 65_535)
        {
            true => Err("a name has at most 65535 bytes".into()),
            false => Ok(()),
        }
    }

    fn observe(target: &Target, _: &Wanted, context: &Context) -> Seen<Facts> {
        let mut facts = Facts { connected: false.into(), accepted: false.into(), ..Facts::absent() };
        let started = Instant::now();
        let failure = converse(target, context, &mut facts).err();
        facts.elapsed = started.elapsed().into();
        conclude(failure, |problem, reason| Facts { problem, reason, ..facts })
    }
}

fn converse(target: &Target, context: &Context, facts: &mut Facts) -> Result<(), Failure> {
    let connection = service::reach(&target.address, if target.tls { 8883 } else { 1883 }, context)?;
    let mut wire = match target.tls {
        true => service::secure(connection, &target.address, target.ca.as_deref(), true)?,
        false => service::plain(connection),
    };
    facts.connected = true.into();
    wire.get_mut().write_all(&connect(target))?;
    wire.get_mut().flush()?;
    let code = accepted(&mut wire)?;
    facts.return_code = u16::from(code).into();
    facts.accepted = (code == 0).into();
    if code == 0 {
        // DISCONNECT; whether it arrives is of no interest
        let _ = wire.get_mut().write_all(&[0xe0, 0]);
    }
    meaning(code)
}

/// CONNECT with a clean session and a keep-alive of a minute.
fn connect(target: &Target) -> Vec<u8> {
    let (user, password) = (target.username.as_ref(), target.password.as_ref());
    let flags = 0x02 | if user.is_some() { 0x80 } else { 0 } | if password.is_some() { 0x40 } else { 0 };
    let mut body = b"\0\x04MQTT\x04".to_vec();
    body.extend([flags, 0, 60]);
    let texts = [Some(target.client_id.as_str()), user.map(String::as_str), password.map(Secret::reveal)];
    for text in texts.into_iter().flatten() {
        let size = u16::try_from(text.len()).unwrap_or(u16::MAX);
        body.extend(size.to_be_bytes());
        body.extend(&text.as_bytes()[..size.into()]);
    }
    let mut packet = vec![0x10];
    let mut left = body.len();
    loop {
        let more = if left > 127 { 0x80 } else { 0 };
        packet.push((left % 128) as u8 | more);
        left /= 128;
        if left == 0 {
            break;
        }
    }
    packet.extend(body);
    packet
}

/// CONNACK: type, length 2, flags, code.
fn accepted(reader: &mut impl Read) -> Result<u8, Failure> {
    let first = exactly(reader, 1, 1)?;
    if first != [0x20] {
        return Err(bad_answer("the answer is not that of MQTT"));
    }
    match exactly(reader, 3, 3)?.as_slice() {
        [2, 0 | 1, code] => Ok(*code),
        _ => Err(bad_answer("the answer is not that of MQTT 3.1.1")),
    }
}

fn meaning(code: u8) -> Result<(), Failure> {
    let (word, reason) = match code {
        0 => return Ok(()),
        1 => (Word::Rejected, "the broker does not speak MQTT 3.1.1"),
        2 => (Word::Rejected, "the broker declines our name"),
        3 => (Word::Rejected, "the broker is not available"),
        4 => (Word::AuthenticationFailed, "the broker does not accept user and password"),
        5 => (Word::AuthenticationFailed, "the broker does not let us in"),
        _ => (Word::BadAnswer, "the broker answers with a code that does not exist"),
    };
    Err(Failure::problem(word, reason))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn target(id: &str, user: Option<&str>, password: Option<&str>) -> Target {
        Target {
            address: Address::parse("h").unwrap(),
            username: user.map(str::to_string),
            password: password.map(Secret::new),
            client_id: id.into(),
            tls: false,
            ca: None,
        }
    }

    #[test]
    fn connect_is_as_the_standard_shows_it() {
        assert_eq!(connect(&target("", None, None)), b"\x10\x0c\0\x04MQTT\x04\x02\0\x3c\0\0");
        assert_eq!(
            connect(&target("a", Some("u"), Some("p"))),
            b"\x10\x13\0\x04MQTT\x04\xc2\0\x3c\0\x01a\0\x01u\0\x01p"
        );
        assert_eq!(connect(&target(&"a".repeat(200), None, None))[..3], [0x10, 0xd4, 0x01]);
    }

    #[test]
    fn answers_are_read() {
        assert_eq!(accepted(&mut &b"\x20\x02\x00\x05"[..]).unwrap(), 5);
        assert!(accepted(&mut &b"HTTP"[..]).is_err());
        assert!(accepted(&mut &b"\x20\x03\x00\x00\x00"[..]).is_err());
        assert!(meaning(0).is_ok() && meaning(9).is_err());
    }
}

//! Whether a UDP service answers.
//!
//! UDP has no connections: silence may mean a lost packet, a firewall or a
//! service that has nothing to say. Only an answer, or the refusal of a closed
//! port, tells something. Deliberately absent: sending twice.

use super::network::connection::{still_time, wait};
use super::network::dial::resolve;
use super::network::{Address, Failure, IpVersion, Word, conclude};
use super::{Context, Pace, Probe, Seen};
use crate::fact::Fact;
use crate::{described, facts};
use rustix::event::PollFlags;
use std::io::ErrorKind;
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr, UdpSocket};
use std::time::{Duration, Instant};

/// The most a UDP datagram can hold.
const DATAGRAM: usize = 64 << 10;

described! {
    /// Sends one datagram and waits for one in return.
    #[derive(PartialEq, Eq, Hash)]
    pub struct Target (short: address) {
        /// Host (name or number) and port, e.g. `ntp.example.org:123` or `[::1]:53`.
        address: Address,
        /// Text to send. By default an empty datagram.
        send: Option<String>,
        /// Bytes to send instead, in hexadecimal, e.g. `1b 00 00 00`; white space is ignored.
        send_hex: Option<String>,
        /// Use only this version of IP. By default the first address of the host.
        ip: Option<IpVersion>,
    }
}

facts! {
    pub struct Facts {
        /// Whether something came back.
        answered: bool,
        /// What came back, as text.
        reply: String,
        /// What came back, in hexadecimal without spaces.
        reply_hex: String,
        /// The address that was asked, e.g. `127.0.0.1:123`.
        address: String,
        /// From the lookup of the name to the answer, or to the failure.
        elapsed: Duration,
        /// What went wrong: `refused` (the port is closed), `timed_out` (silence), `name_not_found`, `resolver_failed`, or `unreachable`. Absent if nothing did.
        problem: String,
        /// The problem in a sentence.
        reason: String,
    }
}

pub struct Udp;

impl Probe for Udp {
    const NAME: &'static str = "udp";
    const PACE: Pace = Pace::Waits;
    const DEFAULT: &'static str = "expect: { answered: true }";
    const EXAMPLE: &'static str =
        "id: nothing-on-the-discard-port\nudp: 127.0.0.1:9\nexpect:\n  answered: false\n  problem: refused";
    const EVIDENCE: &'static [&'static str] = &["reason", "reply", "address", "elapsed"];
    type Target = Target;
    type Facts = Facts;

    fn subject(target: &Target) -> String {
        target.address.to_string()
    }

    fn check(target: &Target) -> Result<(), String> {
        payload(target)?;
        target.address.needs_port()
    }

    fn observe(target: &Target, _: &Wanted, context: &Context) -> Seen<Facts> {
        let payload = match payload(target) {
            Ok(payload) => payload,
            Err(why) => return Seen::Refused(why),
        };
        let started = Instant::now();
        let mut address = Fact::Absent;
        let reply =
            resolve(&target.address.host, target.address.port_or(0), target.ip, context).and_then(|addresses| {
                let first = addresses.first().copied().ok_or_else(Failure::timed_out)?;
                address = first.to_string().into();
                ask(first, &payload, context)
            });
        let elapsed = started.elapsed().into();
        let (reply, failure) = match reply {
            Ok(reply) => (Some(reply), None),
            Err(failure) => (None, Some(failure)),
        };
        conclude(failure, |problem, reason| Facts {
            answered: reply.is_some().into(),
            reply: reply.as_ref().map(|bytes| String::from_utf8_lossy(bytes).into_owned()).into(),
            reply_hex: reply.map(|bytes| bytes.iter().map(|byte| format!("{byte:02x}")).collect()).into(),
            address,
            elapsed,
            problem,
            reason,
        })
    }
}

fn payload(target: &Target) -> Result<Vec<u8>, String> {
    match (&target.send, &target.send_hex) {
        (Some(_), Some(_)) => Err("`send` and `send_hex` exclude each other".into()),
        (Some(text), None) => Ok(text.clone().into_bytes()),
        (None, Some(text)) => bytes(text).ok_or_else(|| "`send_hex` needs pairs of hexadecimal digits".into()),
        (None, None) => Ok(Vec::new()),
    }
}

fn bytes(hexadecimal: &str) -> Option<Vec<u8>> {
    let digits: Option<Vec<u8>> =
        hexadecimal.chars().filter(|c| !c.is_whitespace()).map(|c| Some(c.to_digit(16)? as u8)).collect();
    let digits = digits?;
    let pairs = digits.chunks_exact(2);
    pairs.remainder().is_empty().then(|| pairs.map(|pair| pair[0] << 4 | pair[1]).collect())
}

/// Connected, so that the refusal of a closed port (ICMP) comes back as an error (udp(7)).
fn ask(address: SocketAddr, payload: &[u8], context: &Context) -> Result<Vec<u8>, Failure> {
    let socket = open(address)?;
    let mut buffer = vec![0; DATAGRAM];
    let mut ask = || -> Result<Vec<u8>, Failure> {
        socket.send(payload)?;
        loop {
            still_time(context)?;
            match socket.recv(&mut buffer) {
                Ok(count) => return Ok(buffer[..count].to_vec()),
                Err(error) if error.kind() == ErrorKind::WouldBlock => {
                    wait(&socket, PollFlags::IN, context.deadline, context)?;
                }
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) => return Err(error.into()),
            }
        }
    };
    ask().map_err(|failure| match failure {
        Failure::Problem(problem) if problem.word == Word::Refused => {
            Failure::problem(Word::Refused, format!("{address} is closed"))
        }
        other => other,
    })
}

/// A socket for one conversation, that does not block.
pub(super) fn open(address: SocketAddr) -> Result<UdpSocket, Failure> {
    let any: SocketAddr = match address {
        SocketAddr::V4(_) => (Ipv4Addr::UNSPECIFIED, 0).into(),
        SocketAddr::V6(_) => (Ipv6Addr::UNSPECIFIED, 0).into(),
    };
    let socket = UdpSocket::bind(any)?;
    socket.connect(address)?;
    socket.set_nonblocking(true)?;
    Ok(socket)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hexadecimal_is_read() {
        assert_eq!(bytes("1b 00\nFF"), Some(vec![0x1b, 0, 0xff]));
        assert_eq!(bytes(""), Some(vec![]));
        for text in ["1", "zz", "1b 0", "ß"] {
            assert_eq!(bytes(text), None, "{text}");
        }
    }
}

//! Whether something accepts TCP connections at an address, and what it says first.
//!
//! Deliberately absent: sending anything; protocols have probes of their own.

use super::network::{Address, Failure, IpVersion, Word, conclude, dial};
use super::{Context, Pace, Probe, Seen};
use crate::{described, facts};
use std::io::Read;
use std::time::{Duration, Instant};

/// Bytes of a banner that are kept.
const BANNER: usize = 1024;

described! {
    /// Opens a TCP connection and closes it again.
    #[derive(PartialEq, Eq, Hash)]
    pub struct Target (short: address) {
        /// Host (name or number) and port, e.g. `db.example.org:5432` or `[::1]:80`.
        address: Address,
        /// Use only this version of IP. By default every address of the host is tried in turn.
        ip: Option<IpVersion>,
    }
}

facts! {
    pub struct Facts {
        /// Whether the connection came about.
        connected: bool,
        /// The address that answered, e.g. `127.0.0.1:5432`.
        address: String,
        /// From the lookup of the name to the open connection, or to the failure.
        elapsed: Duration,
        /// What the other side says before anything is sent: its first bytes, at most 1024, as text. Waits for it, and only if a check asks.
        banner: String,
        /// What went wrong: `refused`, `timed_out`, `name_not_found`, `resolver_failed` (no name server answered), `unreachable`, or `closed` (while waiting for the banner). Absent if nothing did.
        problem: String,
        /// The problem in a sentence.
        reason: String,
    }
}

pub struct Tcp;

impl Probe for Tcp {
    const NAME: &'static str = "tcp";
    const PACE: Pace = Pace::Waits;
    const DEFAULT: &'static str = "expect: { connected: true }";
    const EXAMPLE: &'static str =
        "id: ssh-port\ntcp: localhost:22\nexpect:\n  connected: true\n  elapsed: { lt: 500ms }";
    const EVIDENCE: &'static [&'static str] = &["reason", "address", "elapsed"];
    type Target = Target;
    type Facts = Facts;

    fn subject(target: &Target) -> String {
        target.address.to_string()
    }

    fn check(target: &Target) -> Result<(), String> {
        target.address.needs_port()
    }

    fn observe(target: &Target, wanted: &Wanted, context: &Context) -> Seen<Facts> {
        let started = Instant::now();
        let dialed = dial(&target.address.host, target.address.port_or(0), target.ip, context);
        let facts = Facts {
            connected: dialed.is_ok().into(),
            address: dialed.as_ref().ok().map(|connection| connection.peer.to_string()).into(),
            elapsed: started.elapsed().into(),
            ..Facts::default()
        };
        let banner = dialed.and_then(|connection| wanted.banner.then(|| banner(connection)).transpose());
        let (banner, failure) = match banner {
            Ok(banner) => (banner, None),
            Err(failure) => (None, Some(failure)),
        };
        conclude(failure, |problem, reason| Facts { banner: banner.into(), problem, reason, ..facts })
    }
}

/// What comes in one piece, and comes first.
fn banner(mut connection: impl Read) -> Result<String, Failure> {
    let mut buffer = [0; BANNER];
    match connection.read(&mut buffer)? {
        0 => Err(Failure::problem(Word::Closed, "the other side closed the connection without a word")),
        count => Ok(String::from_utf8_lossy(&buffer[..count]).into_owned()),
    }
}

//! What an SSH server says of itself, and its host keys.
//!
//! The banner is read here (RFC 4253, section 4.2); the keys come from
//! ssh-keyscan(1), which agrees on a key exchange and goes. Deliberately absent:
//! logging in.

use super::network::lines::line;
use super::network::{Address, Connection, Failure, IpVersion, Word, conclude, dial};
use super::{Context, Pace, Probe, Seen};
use crate::fact::Fact;
use crate::observe::process::{Ended, Invocation, Refusal, run};
use crate::{described, facts, record};
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD};
use sha2::{Digest, Sha256};
use std::io::BufReader;
use std::time::{Duration, Instant};

/// Lines a server may send before its banner.
const PREAMBLE: usize = 50;

described! {
    /// Asks an SSH server who it is.
    #[derive(PartialEq, Eq, Hash)]
    pub struct Target (short: address) {
        /// Host (name or number) and perhaps a port, e.g. `example.org` or `[::1]:2222`. By default port 22.
        address: Address,
        /// Use only this version of IP. By default every address of the host is tried in turn.
        ip: Option<IpVersion>,
    }
}

record! {
    /// A public key by which a server is known.
    pub struct HostKey {
        /// Kind of the key, e.g. `ssh-ed25519`.
        algorithm: String,
        /// Fingerprint as OpenSSH shows it, e.g. `SHA256:` and 43 characters.
        fingerprint: String,
    }
}

facts! {
    pub struct Facts {
        /// Whether the connection came about.
        connected: bool,
        /// The whole banner, e.g. `SSH-2.0-OpenSSH_9.2p1 Debian-2`.
        banner: String,
        /// Version of the protocol: `2.0`, or `1.99` for a server that also speaks version 1.
        protocol: String,
        /// The server's software, e.g. `OpenSSH_9.2p1`.
        software: String,
        /// What follows the software in the banner, often the distribution's version.
        comment: String,
        /// The server's keys, ordered by kind. Needs ssh-keyscan(1), and is looked up only if a check asks.
        host_keys: Vec<HostKey>,
        /// Their fingerprints alone.
        fingerprints: Vec<String>,
        /// The address that answered, e.g. `192.0.2.7:22`.
        address: String,
        /// From the lookup of the name to the banner, or to the failure.
        elapsed: Duration,
        /// What went wrong: `bad_answer` (no SSH), `closed`, `refused`, `timed_out`, `name_not_found`, `resolver_failed`, or `unreachable`. Absent if nothing did.
        problem: String,
        /// The problem in a sentence.
        reason: String,
    }
}

pub struct Ssh;

impl Probe for Ssh {
    const NAME: &'static str = "ssh";
    const PACE: Pace = Pace::Waits;
    const DEFAULT: &'static str = "expect: { protocol: { one_of: [\"2.0\", \"1.99\"] } }";
    const EXAMPLE: &'static str =
        "id: ssh\nssh: localhost\nexpect:\n  protocol: \"2.0\"\n  software: { starts_with: OpenSSH }";
    const EVIDENCE: &'static [&'static str] = &["reason", "banner", "fingerprints", "address", "elapsed"];
    type Target = Target;
    type Facts = Facts;

    fn subject(target: &Target) -> String {
        target.address.to_string()
    }

    fn observe(target: &Target, wanted: &Wanted, context: &Context) -> Seen<Facts> {
        let mut facts = Facts { connected: false.into(), address: Fact::Absent, ..Facts::default() };
        let started = Instant::now();
        let banner = greet(target, context, &mut facts);
        facts.elapsed = started.elapsed().into();
        let (banner, failure) = match banner {
            Ok(banner) => (Some(banner), None),
            Err(failure) => (None, Some(failure)),
        };
        let parts = banner.as_deref().and_then(parts);
        facts.protocol = parts.map(|parts| parts.protocol.to_string()).into();
        facts.software = parts.map(|parts| parts.software.to_string()).into();
        facts.comment = parts.and_then(|parts| parts.comment).map(str::to_string).into();
        if wanted.host_keys || wanted.fingerprints {
            facts.host_keys = if banner.is_some() { host_keys(&facts.address, context).into() } else { Fact::Absent };
            facts.fingerprints =
                facts.host_keys.clone().map(|keys| keys.into_iter().map(|key| key.fingerprint).collect());
        }
        conclude(failure, |problem, reason| Facts { banner: banner.into(), problem, reason, ..facts })
    }
}

/// The banner, which other lines may precede.
fn greet(target: &Target, context: &Context, facts: &mut Facts) -> Result<String, Failure> {
    let connection: Connection = dial(&target.address.host, target.address.port_or(22), target.ip, context)?;
    facts.connected = true.into();
    facts.address = connection.peer.to_string().into();
    let mut reader = BufReader::new(connection);
    for _ in 0..PREAMBLE {
        let line = line(&mut reader)?;
        if line.starts_with("SSH-") {
            return match parts(&line) {
                Some(_) => Ok(line),
                None => Err(no_ssh(&line)),
            };
        }
        // a server that speaks first and is not SSH is told at once
        if !line.is_empty() && (line.starts_with("220") || line.starts_with("HTTP/") || line.starts_with("* OK")) {
            return Err(no_ssh(&line));
        }
    }
    Err(Failure::problem(Word::BadAnswer, "the server sends lines, but no banner of SSH"))
}

fn no_ssh(line: &str) -> Failure {
    let start: String = line.chars().take(60).collect();
    Failure::problem(Word::BadAnswer, format!("the answer is not SSH: `{start}`"))
}

#[derive(Clone, Copy, Debug, PartialEq)]
struct Parts<'a> {
    protocol: &'a str,
    software: &'a str,
    comment: Option<&'a str>,
}

/// `SSH-2.0-OpenSSH_9.2p1 Debian-2`: protocol, software and, after a space, a comment.
fn parts(banner: &str) -> Option<Parts<'_>> {
    let (protocol, rest) = banner.strip_prefix("SSH-")?.split_once('-')?;
    let (software, comment) = match rest.split_once(' ') {
        Some((software, comment)) => (software, Some(comment)),
        None => (rest, None),
    };
    (!protocol.is_empty() && !software.is_empty()).then_some(Parts { protocol, software, comment })
}

/// Scans the address that answered, so that both looks see the same server.
fn host_keys(address: &Fact<String>, context: &Context) -> Result<Vec<HostKey>, String> {
    let (host, port) = address.known().and_then(|address| address.rsplit_once(':')).ok_or("nobody answered")?;
    let seconds = context.remaining().as_secs().max(1).to_string();
    let mut scan = Invocation::new("ssh-keyscan");
    scan.arguments = ["-T", &seconds, "-p", port, host.trim_matches(['[', ']'])].map(Into::into).to_vec();
    scan.environment = vec![("LC_ALL".into(), "C".into())];
    let finished = run(&scan, context.deadline, &context.cancel).map_err(|refusal| match refusal {
        Refusal::NotFound(_) => "ssh-keyscan is not installed".to_string(),
        other => other.to_string(),
    })?;
    match finished.ended {
        Ended::Exited(_) => {}
        Ended::TimedOut => return Err("ssh-keyscan did not end in time".into()),
        other => return Err(format!("ssh-keyscan did not end by itself: {other:?}")),
    }
    let keys = scanned(&finished.stdout.to_text());
    if keys.is_empty() { Err("ssh-keyscan found no keys".into()) } else { Ok(keys) }
}

/// Lines of `HOST KIND BASE64`, and comments.
fn scanned(output: &str) -> Vec<HostKey> {
    let mut keys: Vec<HostKey> = output
        .lines()
        .filter(|line| !line.starts_with('#'))
        .filter_map(|line| {
            let mut words = line.split_whitespace().skip(1);
            let (algorithm, key) = (words.next()?, words.next()?);
            let key = STANDARD.decode(key).ok()?;
            let fingerprint = format!("SHA256:{}", STANDARD_NO_PAD.encode(Sha256::digest(key)));
            Some(HostKey { algorithm: algorithm.into(), fingerprint })
        })
        .collect();
    keys.sort_by(|one, other| one.algorithm.cmp(&other.algorithm));
    keys
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn banners_have_three_parts() {
        let parts = |banner| parts(banner).map(|parts| (parts.protocol, parts.software, parts.comment));
        assert_eq!(parts("SSH-2.0-OpenSSH_9.2p1 Debian-2 x"), Some(("2.0", "OpenSSH_9.2p1", Some("Debian-2 x"))));
        assert_eq!(parts("SSH-2.0-dropbear_2022.83"), Some(("2.0", "dropbear_2022.83", None)));
        for banner in ["SSH-2.0", "SSH-2.0-", "SSH--x", "HTTP/1.1 400"] {
            assert_eq!(parts(banner), None, "{banner}");
        }
    }

    #[test]
    fn fingerprints_are_those_of_openssh() {
        let output = "# 127.0.0.1:22 SSH-2.0-OpenSSH_9.2p1\n127.0.0.1 ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIOMqqnkVzrm0SdG6UOoqKLsabgH5C9okWi0dh2l9GKJl\nbroken ssh-rsa !\nx\n";
        let keys = scanned(output);
        assert_eq!(keys.len(), 1);
        // the published key of github.com
        assert_eq!(keys[0].fingerprint, "SHA256:+DiY3wvvV6TuJJhbpZisF/zLDA0zPMSvHdkr4UvCOqU");
    }
}

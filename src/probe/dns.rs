//! What the domain name system says of a name.
//!
//! Asks a name server itself, and so sees types, codes and lifetimes that the
//! system's lookup hides. Deliberately absent: `/etc/hosts`, search domains,
//! DNSSEC, and following a delegation from the root.

mod answer;
mod server;

use self::answer::Answer;
use super::network::{Address, Failure, conclude};
use super::{Context, Pace, Probe, Seen};
use crate::fact::Fact;
use crate::{choice, described, facts};
use simple_dns::{CLASS, Name, Packet, PacketFlag, Question, TYPE};
use std::hash::{BuildHasher, Hasher, RandomState};
use std::net::IpAddr;
use std::time::{Duration, Instant};

choice! {
    /// A type of record.
    pub enum RecordType {
        /// IPv4 addresses.
        A = "A",
        /// IPv6 addresses.
        Aaaa = "AAAA",
        /// The name this one is an alias of.
        Cname = "CNAME",
        /// Mail servers: `10 mx.example.org`.
        Mx = "MX",
        /// Texts.
        Txt = "TXT",
        /// Servers of a service: priority, weight, port, name, as `0 5 5060 sip.example.org`.
        Srv = "SRV",
        /// Name servers.
        Ns = "NS",
        /// The name of an address.
        Ptr = "PTR",
        /// Authorities that may sign certificates: `0 issue "letsencrypt.org"`.
        Caa = "CAA",
    }
}

impl RecordType {
    fn wire(self) -> TYPE {
        match self {
            RecordType::A => TYPE::A,
            RecordType::Aaaa => TYPE::AAAA,
            RecordType::Cname => TYPE::CNAME,
            RecordType::Mx => TYPE::MX,
            RecordType::Txt => TYPE::TXT,
            RecordType::Srv => TYPE::SRV,
            RecordType::Ns => TYPE::NS,
            RecordType::Ptr => TYPE::PTR,
            RecordType::Caa => TYPE::CAA,
        }
    }
}

described! {
    /// Asks a name server for the records of a name.
    #[derive(PartialEq, Eq, Hash)]
    pub struct Target (short: name) {
        /// The whole name, e.g. `example.org`; for `PTR` also an IP address. Other letters than ASCII in their `xn--` form.
        name: String,
        /// The type of record.
        r#type: RecordType = RecordType::A,
        /// The name server to ask, e.g. `9.9.9.9` or `[::1]:5353`. By default those of /etc/resolv.conf, in turn until one answers.
        server: Option<Address>,
    }
}

facts! {
    pub struct Facts {
        /// The server's verdict: `NOERROR`, `NXDOMAIN` (there is no such name), `SERVFAIL`, `REFUSED` and so on (RFC 1035, section 4.1.1). Absent if no server answered.
        code: String,
        /// The records of the type, in the usual notation, in the server's order. Names are in lower case and without a dot at the end.
        records: Vec<String>,
        /// Every IP address in the answer, those that a server adds of its own accord (to MX, SRV or NS) included.
        addresses: Vec<String>,
        /// The names this one is an alias of (CNAME), in order.
        aliases: Vec<String>,
        /// The shortest lifetime of the records in the answer. Absent if there are none.
        ttl: Duration,
        /// Whether the server itself is in charge of the name.
        authoritative: bool,
        /// The server that answered, e.g. `127.0.0.53:53`.
        server: String,
        /// From the first question to the answer, or to the failure.
        elapsed: Duration,
        /// What went wrong: `timed_out`, `refused` (no name server at that address), `unreachable`, `closed`, `bad_answer`; and for a server given by name, `name_not_found` or `resolver_failed`. Absent if a server answered, whatever the code.
        problem: String,
        /// The problem in a sentence.
        reason: String,
    }
}

pub struct Dns;

impl Probe for Dns {
    const NAME: &'static str = "dns";
    const PACE: Pace = Pace::Waits;
    const DEFAULT: &'static str = "expect: { code: NOERROR, records: { empty: false } }";
    const EXAMPLE: &'static str =
        "id: mail-servers\ndns: { name: example.org, type: MX }\nexpect:\n  code: NOERROR\n  records: { empty: false }";
    const EVIDENCE: &'static [&'static str] = &["reason", "code", "records", "server", "elapsed"];
    type Target = Target;
    type Facts = Facts;

    fn subject(target: &Target) -> String {
        match &target.server {
            Some(server) => format!("{} {} at {server}", target.r#type.word(), target.name),
            None => format!("{} {}", target.r#type.word(), target.name),
        }
    }

    fn check(target: &Target) -> Result<(), String> {
        query(target).map(drop)
    }

    fn observe(target: &Target, _: &Wanted, context: &Context) -> Seen<Facts> {
        let query = match query(target) {
            Ok(query) => query,
            Err(why) => return Seen::Refused(why),
        };
        let started = Instant::now();
        let answer = server::ask_any(target.server.as_ref(), &query, context);
        let elapsed = started.elapsed().into();
        let (answer, failure) = match answer {
            Ok(answer) => (Some(answer), None),
            Err(failure) => (None, Some(failure)),
        };
        conclude(failure, |problem, reason| Facts { elapsed, problem, reason, ..describe(answer) })
    }
}

fn describe(answer: Option<(Answer, String)>) -> Facts {
    let Some((answer, server)) = answer else {
        return Facts {
            code: Fact::Absent,
            records: Fact::Absent,
            addresses: Fact::Absent,
            aliases: Fact::Absent,
            ttl: Fact::Absent,
            authoritative: Fact::Absent,
            server: Fact::Absent,
            ..Facts::default()
        };
    };
    Facts {
        code: answer.code.into(),
        records: answer.records.into(),
        addresses: answer.addresses.into(),
        aliases: answer.aliases.into(),
        ttl: answer.ttl.into(),
        authoritative: answer.authoritative.into(),
        server: server.into(),
        ..Facts::default()
    }
}

/// A question on its way.
struct Query {
    id: u16,
    kind: TYPE,
    /// As it goes over the wire.
    bytes: Vec<u8>,
}

fn query(target: &Target) -> Result<Query, String> {
    let kind = target.r#type;
    let name = match target.name.parse::<IpAddr>() {
        Ok(address) if kind == RecordType::Ptr => reverse(address),
        _ => target.name.trim_end_matches('.').to_string(),
    };
    check_name(&name).map_err(|why| format!("`{}` is not a domain name: {why}", target.name))?;
    // as hard to guess as std allows: an answer must carry it
    let id = RandomState::new().build_hasher().finish() as u16;
    let mut packet = Packet::new_query(id);
    packet.set_flags(PacketFlag::RECURSION_DESIRED);
    // the checked way knows no `*`
    let name = Name::new_unchecked(&name);
    packet.questions.push(Question::new(name, kind.wire().into(), CLASS::IN.into(), false));
    let bytes = packet.build_bytes_vec().map_err(|error| error.to_string())?;
    Ok(Query { id, kind: kind.wire(), bytes })
}

/// RFC 1035, section 2.3.4; the empty name is the root.
fn check_name(name: &str) -> Result<(), String> {
    if !name.is_ascii() {
        return Err("write other letters than ASCII in their `xn--` form".into());
    }
    if name.contains(|c: char| c.is_ascii_whitespace() || c.is_ascii_control()) {
        return Err("it has white space".into());
    }
    if name.len() > 253 || name.split('.').any(|part| part.len() > 63) {
        return Err("it is too long; a part has at most 63 letters, the whole 253".into());
    }
    if !name.is_empty() && name.split('.').any(str::is_empty) {
        return Err("it has an empty part".into());
    }
    Ok(())
}

/// RFC 1035, section 3.5, and RFC 3596, section 2.5.
fn reverse(address: IpAddr) -> String {
    match address {
        IpAddr::V4(address) => {
            let [a, b, c, d] = address.octets();
            format!("{d}.{c}.{b}.{a}.in-addr.arpa")
        }
        IpAddr::V6(address) => {
            let digits = address.octets().into_iter().rev().map(|byte| format!("{:x}.{:x}.", byte & 15, byte >> 4));
            format!("{}ip6.arpa", digits.collect::<String>())
        }
    }
}

fn bad_answer() -> Failure {
    Failure::problem(super::network::Word::BadAnswer, "the answer is not DNS")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn target(name: &str, kind: RecordType) -> Target {
        Target { name: name.into(), r#type: kind, server: None }
    }

    #[test]
    fn addresses_are_turned_around() {
        assert_eq!(reverse("192.0.2.1".parse().unwrap()), "1.2.0.192.in-addr.arpa");
        let six = reverse("2001:db8::1".parse().unwrap());
        assert!(six.starts_with("1.0.0.0.") && six.ends_with("8.b.d.0.1.0.0.2.ip6.arpa"), "{six}");
    }

    #[test]
    fn names_that_cannot_be_asked_for_are_refused() {
        for name in ["a..b", "a b", "bücher.example", ".a", &"a".repeat(64), &"a.".repeat(128)] {
            assert!(query(&target(name, RecordType::A)).is_err(), "{name}");
        }
        for name in ["example.org", "example.org.", "_dmarc.example.org", "*.example.org", "."] {
            assert!(query(&target(name, RecordType::Txt)).is_ok(), "{name}");
        }
    }
}

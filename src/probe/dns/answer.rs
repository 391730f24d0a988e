//! From the bytes of a DNS answer to facts.
//!
//! Deliberately absent: the network.

use super::Query;
use crate::probe::network::Failure;
use simple_dns::rdata::RData;
use simple_dns::{CLASS, Name, Packet, PacketFlag, Question, RCODE, ResourceRecord, TYPE, header_buffer};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::time::Duration;

/// RFC 1035, section 4.1.1; the crate wants to be given no less.
const HEADER: usize = 12;

/// What a server said.
#[derive(Debug, PartialEq)]
pub struct Answer {
    pub code: String,
    pub records: Vec<String>,
    pub addresses: Vec<String>,
    pub aliases: Vec<String>,
    pub ttl: Option<Duration>,
    pub authoritative: bool,
    /// It did not fit into a datagram.
    pub truncated: bool,
}

/// Reads the answer to a query. `None` is something else that came by: to be ignored, for anybody can send it.
///
/// # Errors
/// If it is the answer, and broken.
pub fn read(bytes: &[u8], query: &Query) -> Option<Result<Answer, Failure>> {
    if bytes.len() < HEADER
        || header_buffer::id(bytes).ok()? != query.id
        || !header_buffer::has_flags(bytes, PacketFlag::RESPONSE).ok()?
    {
        return None;
    }
    if header_buffer::has_flags(bytes, PacketFlag::TRUNCATION).ok()? {
        // the rest may end anywhere
        return Some(Ok(truncated()));
    }
    let Ok(packet) = Packet::parse(bytes) else { return Some(Err(super::bad_answer())) };
    let asked = Packet::parse(&query.bytes).ok()?.questions;
    // a server that understood nothing need not repeat the question
    let same = |one: &Question, other: &Question| {
        one.qtype == other.qtype && one.qname.to_string().eq_ignore_ascii_case(&other.qname.to_string())
    };
    if !packet.questions.iter().zip(&asked).all(|(one, other)| same(one, other)) {
        return None;
    }
    Some(Ok(describe(&packet, query.kind)))
}

fn truncated() -> Answer {
    Answer {
        code: String::new(),
        records: Vec::new(),
        addresses: Vec::new(),
        aliases: Vec::new(),
        ttl: None,
        authoritative: false,
        truncated: true,
    }
}

fn describe(packet: &Packet, kind: TYPE) -> Answer {
    let answers = || packet.answers.iter().filter(|record| record.class == CLASS::IN);
    let of = |kind: TYPE| answers().filter(move |record| record.rdata.type_code() == kind).filter_map(show);
    let address = |record: &ResourceRecord| match &record.rdata {
        RData::A(_) | RData::AAAA(_) => show(record),
        _ => None,
    };
    Answer {
        code: code(packet.rcode()).into(),
        records: of(kind).collect(),
        addresses: answers().chain(&packet.additional_records).filter_map(address).collect(),
        aliases: of(TYPE::CNAME).collect(),
        ttl: answers().map(|record| record.ttl).min().map(|seconds| Duration::from_secs(seconds.into())),
        authoritative: packet.has_flags(PacketFlag::AUTHORITATIVE_ANSWER),
        truncated: false,
    }
}

fn show(record: &ResourceRecord) -> Option<String> {
    Some(match &record.rdata {
        RData::A(a) => IpAddr::from(Ipv4Addr::from(a.address)).to_string(),
        RData::AAAA(aaaa) => IpAddr::from(Ipv6Addr::from(aaaa.address)).to_string(),
        RData::CNAME(alias) => name(&alias.0),
        RData::NS(server) => name(&server.0),
        RData::PTR(pointer) => name(&pointer.0),
        RData::MX(mx) => format!("{} {}", mx.preference, name(&mx.exchange)),
        RData::SRV(srv) => format!("{} {} {} {}", srv.priority, srv.weight, srv.port, name(&srv.target)),
        RData::TXT(txt) => text(txt),
        RData::CAA(caa) => format!("{} {} \"{}\"", caa.flag, caa.tag, String::from_utf8_lossy(&caa.value)),
        _ => return None,
    })
}

/// The root is a single dot, as in the `MX` of a name that takes no mail (RFC 7505).
fn name(name: &Name) -> String {
    let text = name.to_string().to_ascii_lowercase();
    if text.is_empty() { ".".into() } else { text }
}

/// The strings of a record belong together without a gap (RFC 7208, section 3.3).
fn text(txt: &simple_dns::rdata::TXT) -> String {
    let mut bytes = Vec::new();
    for (key, value) in txt.iter_raw() {
        bytes.extend_from_slice(key);
        if let Some(value) = value {
            bytes.push(b'=');
            bytes.extend_from_slice(value);
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

/// The names of RFC 6895, section 2.3.
fn code(code: RCODE) -> &'static str {
    match code {
        RCODE::NoError => "NOERROR",
        RCODE::FormatError => "FORMERR",
        RCODE::ServerFailure => "SERVFAIL",
        RCODE::NameError => "NXDOMAIN",
        RCODE::NotImplemented => "NOTIMP",
        RCODE::Refused => "REFUSED",
        RCODE::YXDOMAIN => "YXDOMAIN",
        RCODE::YXRRSET => "YXRRSET",
        RCODE::NXRRSET => "NXRRSET",
        RCODE::NOTAUTH => "NOTAUTH",
        RCODE::NOTZONE => "NOTZONE",
        RCODE::BADVERS => "BADVERS",
        RCODE::Reserved => "RESERVED",
    }
}

#[cfg(test)]
mod tests {
    use super::super::{RecordType, Target, query};
    use super::*;
    use simple_dns::rdata::{A, CNAME, TXT};

    fn asked() -> Query {
        query(&Target { name: "www.example.org".into(), r#type: RecordType::A, server: None }).unwrap()
    }

    fn reply(query: &Query, records: Vec<RData<'static>>) -> Vec<u8> {
        let mut packet = Packet::new_reply(query.id);
        packet.questions = Packet::parse(&query.bytes).unwrap().questions;
        let owner = Name::new("www.example.org").unwrap();
        packet.answers =
            records.into_iter().map(|data| ResourceRecord::new(owner.clone(), CLASS::IN, 60, data)).collect();
        packet.build_bytes_vec().unwrap()
    }

    #[test]
    fn an_alias_is_told_from_the_records() {
        let query = asked();
        let alias = CNAME(Name::new("Host.Example.org").unwrap());
        let bytes = reply(&query, vec![RData::CNAME(alias), RData::A(A { address: 0xc0000201 })]);
        let answer = read(&bytes, &query).unwrap().unwrap();
        assert_eq!(answer.records, ["192.0.2.1"]);
        assert_eq!(answer.aliases, ["host.example.org"]);
        assert_eq!((answer.code.as_str(), answer.ttl), ("NOERROR", Some(Duration::from_secs(60))));
    }

    #[test]
    fn the_strings_of_a_text_are_joined_unchanged() {
        let mut txt = TXT::new();
        for string in ["v=spf1 ", "include:a=b", "=", ""] {
            txt.add_string(string).unwrap();
        }
        assert_eq!(text(&txt), "v=spf1 include:a=b=");
    }

    #[test]
    fn other_peoples_answers_are_ignored_and_broken_ones_reported() {
        let query = asked();
        let mut bytes = reply(&query, vec![RData::A(A { address: 1 })]);
        assert!(matches!(read(&bytes[..bytes.len() - 2], &query), Some(Err(_))));
        bytes[0] ^= 1;
        assert!(read(&bytes, &query).is_none());
        for garbage in [&b""[..], b"x", &[0xff; 11], &[0; 12], &[0xff; 600]] {
            assert!(read(garbage, &query).is_none());
        }
    }

    #[test]
    fn no_bytes_make_it_panic() {
        let query = asked();
        let good = reply(&query, vec![RData::A(A { address: 1 })]);
        for place in 2..good.len() {
            for value in [0, 1, 0x7f, 0xc0, 0xff] {
                let mut bytes = good.clone();
                bytes[place] = value;
                let _ = read(&bytes, &query);
            }
        }
    }
}

//! What a mail server says of itself (RFC 5321).
//!
//! Greets, asks for its extensions, and takes leave. Deliberately absent:
//! senders, recipients, mail, logging in; certificates are looked at by `tls`,
//! with `starttls: smtp` where TLS begins in the middle.

use super::network::mail::{Reply, ehlo, reply};
use super::network::service::{self, Wire};
use super::network::{Address, Failure, IpVersion, Word, conclude, dial};
use super::{Context, Pace, Probe, Seen};
use crate::fact::{Bytes, Fact};
use crate::{described, facts};
use std::io::Write;
use std::path::PathBuf;
use std::time::{Duration, Instant};

described! {
    /// Greets a mail server and asks what it can do.
    #[derive(PartialEq, Eq, Hash)]
    pub struct Target (short: address) {
        /// Host (name or number) and perhaps a port, e.g. `mx.example.org` or `[::1]:587`. By default port 25, with `tls` 465.
        address: Address,
        /// Use only this version of IP. By default every address of the host is tried in turn.
        ip: Option<IpVersion>,
        /// Whether to speak TLS from the first byte (RFC 8314), with a certificate that is to be trusted.
        tls: bool = false,
        /// PEM file of authorities to trust beside those of the system.
        ca: Option<PathBuf>,
    }
}

facts! {
    pub struct Facts {
        /// Whether the connection came about.
        connected: bool,
        /// Code of the greeting: 220 from a server that is ready, 554 from one that is not.
        code: u16,
        /// Text of the greeting, e.g. `mx.example.org ESMTP`.
        greeting: String,
        /// Extensions of the server, e.g. `8BITMIME` or `SIZE 10240000`, the keyword in upper case.
        extensions: Vec<String>,
        /// Whether it offers TLS (STARTTLS).
        starttls: bool,
        /// Largest mail it takes (RFC 1870). Absent if it does not say.
        size_limit: Bytes,
        /// Ways to log in that it offers (RFC 4954), e.g. `PLAIN`; many a server offers none before TLS.
        auth: Vec<String>,
        /// The address that answered, e.g. `192.0.2.7:25`.
        address: String,
        /// From the lookup of the name to the list of extensions, or to the failure.
        elapsed: Duration,
        /// What went wrong: `rejected` (the server answered, and declined), `bad_answer` (no SMTP), `tls_failed`, one of the `certificate_…` of `tls`, `closed`, `refused`, `timed_out`, `name_not_found`, `resolver_failed`, or `unreachable`. Absent if nothing did.
        problem: String,
        /// The problem in a sentence.
        reason: String,
    }
}

pub struct Smtp;

impl Probe for Smtp {
    const NAME: &'static str = "smtp";
    const PACE: Pace = Pace::Waits;
    const DEFAULT: &'static str = "expect: { code: 220, problem: { present: false } }";
    const EXAMPLE: &'static str = "id: mail-server\nsmtp: localhost:25\nexpect:\n  code: 220\n  starttls: true";
    const EVIDENCE: &'static [&'static str] = &["reason", "code", "greeting", "address", "elapsed"];
    type Target = Target;
    type Facts = Facts;

    fn subject(target: &Target) -> String {
        target.address.to_string()
    }

    fn observe(target: &Target, _: &Wanted, context: &Context) -> Seen<Facts> {
        let mut facts = Facts {
            connected: false.into(),
            code: Fact::Absent,
            greeting: Fact::Absent,
            address: Fact::Absent,
            ..describe(None)
        };
        let started = Instant::now();
        let failure = converse(target, context, &mut facts).err();
        facts.elapsed = started.elapsed().into();
        conclude(failure, |problem, reason| Facts { problem, reason, ..facts })
    }
}

fn converse(target: &Target, context: &Context, facts: &mut Facts) -> Result<(), Failure> {
    let port = target.address.port_or(if target.tls { 465 } else { 25 });
    let connection = dial(&target.address.host, port, target.ip, context)?;
    facts.connected = true.into();
    facts.address = connection.peer.to_string().into();
    let hello = ehlo(&connection);
    let mut reader = if target.tls {
        service::secure(connection, &target.address, target.ca.as_deref(), true)?
    } else {
        service::plain(connection)
    };
    let greeting = reply(&mut reader)?;
    facts.code = greeting.code.into();
    facts.greeting = greeting.texts.join("\n").into();
    let answer = if greeting.code == 220 { ask(&mut reader, &hello) } else { Err(declined("the greeting", &greeting)) };
    // a farewell; whether it arrives is of no interest
    let _ = reader.get_mut().write_all(b"QUIT\r\n");
    let extensions = describe(Some(&answer?));
    facts.extensions = extensions.extensions;
    facts.starttls = extensions.starttls;
    facts.size_limit = extensions.size_limit;
    facts.auth = extensions.auth;
    Ok(())
}

fn ask(reader: &mut Wire, hello: &str) -> Result<Reply, Failure> {
    reader.get_mut().write_all(hello.as_bytes())?;
    let answer = reply(reader)?;
    if answer.code == 250 { Ok(answer) } else { Err(declined("EHLO", &answer)) }
}

fn declined(to: &str, reply: &Reply) -> Failure {
    let text: String = reply.texts.join(" ").chars().take(120).collect();
    Failure::problem(Word::Rejected, format!("the server declined at {to}: {} {text}", reply.code))
}

/// The first line of the reply to EHLO names the server, the others an extension each.
fn describe(ehlo: Option<&Reply>) -> Facts {
    let Some(ehlo) = ehlo else {
        return Facts {
            extensions: Fact::Absent,
            starttls: Fact::Absent,
            size_limit: Fact::Absent,
            auth: Fact::Absent,
            ..Facts::default()
        };
    };
    let extensions: Vec<String> = ehlo.texts.iter().skip(1).map(|text| keyword_first(text)).collect();
    let of = |keyword: &str| {
        extensions.iter().find_map(|extension| match extension.split_once(' ') {
            Some((first, rest)) => (first == keyword).then_some(rest),
            None => (extension == keyword).then_some(""),
        })
    };
    // 0 means that there is no fixed limit
    let size_limit = of("SIZE").and_then(|size| size.trim().parse().ok()).filter(|size| *size > 0).map(Bytes);
    let auth = of("AUTH").map(|ways| ways.split_whitespace().map(str::to_string).collect()).unwrap_or_default();
    Facts {
        starttls: of("STARTTLS").is_some().into(),
        size_limit: size_limit.into(),
        auth: Fact::Known(auth),
        extensions: extensions.clone().into(),
        ..Facts::default()
    }
}

fn keyword_first(text: &str) -> String {
    match text.split_once(' ') {
        Some((keyword, rest)) => format!("{} {rest}", keyword.to_ascii_uppercase()),
        None => text.to_ascii_uppercase(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn facts(texts: &[&str]) -> Facts {
        describe(Some(&Reply { code: 250, texts: texts.iter().map(ToString::to_string).collect() }))
    }

    #[test]
    fn extensions_of_postfix_are_read() {
        let facts = facts(&["mx", "PIPELINING", "SIZE 10240000", "VRFY", "starttls", "AUTH PLAIN LOGIN", "8BITMIME"]);
        assert_eq!(facts.starttls, Fact::Known(true));
        assert_eq!(facts.size_limit, Fact::Known(Bytes(10_240_000)));
        assert_eq!(facts.auth, Fact::Known(vec!["PLAIN".into(), "LOGIN".into()]));
        assert_eq!(facts.extensions.known().unwrap()[3], "STARTTLS");
    }

    #[test]
    fn a_server_without_extensions_has_none() {
        let facts = facts(&["mx", "SIZE 0", "XSTARTTLS"]);
        assert_eq!((facts.starttls, facts.size_limit), (Fact::Known(false), Fact::Absent));
        assert_eq!(facts.auth, Fact::Known(vec![]));
    }
}

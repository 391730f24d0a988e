//! The certificate and the TLS of a server.
//!
//! A certificate that is not trusted is still described. Deliberately absent:
//! everything after the handshake, and certificates in files (see `command`).

use super::network::certificate::{self, Certificate};
use super::network::starttls::{StartTls, start_tls};
use super::network::tls::{Client, Settings, Shown};
use super::network::{Address, Failure, IpVersion, conclude, dial};
use super::{Context, Pace, Probe, Seen};
use crate::fact::{Fact, Moment};
use crate::{described, facts, observe};
use std::path::PathBuf;
use std::time::{Duration, Instant};

described! {
    /// Agrees on TLS with a server and describes its certificates.
    #[derive(PartialEq, Eq, Hash)]
    pub struct Target (short: address) {
        /// Host (name or number) and port, e.g. `example.org:443`. Without a port: 443, or the usual one of `starttls`.
        address: Address,
        /// The name that is asked for (SNI) and that the certificate must be for. By default the host of the address.
        server_name: Option<String>,
        /// PEM file of authorities to trust beside those of the system, or the very certificate of the server.
        ca: Option<PathBuf>,
        /// Ask for TLS in this protocol first: `smtp`, `imap` or `postgres`. By default TLS begins at once.
        starttls: Option<StartTls>,
        /// Use only this version of IP. By default every address of the host is tried in turn.
        ip: Option<IpVersion>,
    }
}

facts! {
    pub struct Facts {
        /// Whether the certificate is signed by a trusted authority, for this name, and valid today. Absent if the server showed none.
        trusted: bool,
        /// Version of TLS: `TLSv1.2` or `TLSv1.3`.
        protocol: String,
        /// Cipher suite, e.g. `TLS13_AES_256_GCM_SHA384`.
        cipher: String,
        /// Whom the certificate is for, e.g. `CN=example.org`.
        subject: String,
        /// Who signed the certificate.
        issuer: String,
        /// DNS names and IP addresses the certificate is for.
        names: Vec<String>,
        /// Last moment of the certificate's validity.
        expires: Moment,
        /// Time until then; zero if it has passed.
        remaining: Duration,
        /// Every certificate the server showed, its own first. The authority at the root is usually not among them.
        chain: Vec<Certificate>,
        /// The address that answered, e.g. `192.0.2.7:443`.
        address: String,
        /// From the lookup of the name to the end of the handshake, or to the failure.
        elapsed: Duration,
        /// What went wrong: `certificate_expired`, `certificate_not_yet_valid`, `certificate_wrong_name`, `certificate_untrusted`, `tls_failed`, `bad_answer` (not the protocol of `starttls`), `closed`, `refused`, `timed_out`, `name_not_found`, `resolver_failed`, or `unreachable`. Absent if nothing did.
        problem: String,
        /// The problem in a sentence.
        reason: String,
    }
}

pub struct Tls;

impl Probe for Tls {
    const NAME: &'static str = "tls";
    const PACE: Pace = Pace::Waits;
    const DEFAULT: &'static str = "expect: { trusted: true }";
    const EXAMPLE: &'static str =
        "id: certificate\ntls: example.org:443\nexpect:\n  trusted: true\n  remaining: { gt: 14d }";
    const EVIDENCE: &'static [&'static str] = &["reason", "names", "issuer", "expires", "address"];
    type Target = Target;
    type Facts = Facts;

    fn subject(target: &Target) -> String {
        target.address.to_string()
    }

    fn observe(target: &Target, _: &Wanted, context: &Context) -> Seen<Facts> {
        let settings = Settings { ca: target.ca.as_deref(), ..Settings::default() };
        let client = match Client::new(&settings) {
            Ok(client) => client,
            Err(why) => return Seen::Refused(why),
        };
        let mut facts = Facts::default();
        let started = Instant::now();
        let handshake = handshake(target, &client, context, &mut facts);
        facts.elapsed = started.elapsed().into();
        let shown = client.shown();
        let distrust = shown.as_ref().and_then(|shown| shown.verdict.clone().err()).map(Failure::Problem);
        describe(shown, &mut facts);
        conclude(handshake.err().or(distrust), |problem, reason| Facts { problem, reason, ..facts })
    }
}

fn handshake(target: &Target, client: &Client, context: &Context, facts: &mut Facts) -> Result<(), Failure> {
    (facts.address, facts.protocol, facts.cipher) = (Fact::Absent, Fact::Absent, Fact::Absent);
    let port = target.address.port_or(target.starttls.map_or(443, StartTls::port));
    let mut connection = dial(&target.address.host, port, target.ip, context)?;
    facts.address = connection.peer.to_string().into();
    if let Some(protocol) = target.starttls {
        connection = start_tls(connection, protocol)?;
    }
    let name = target.server_name.as_ref().unwrap_or(&target.address.host);
    let stream = client.handshake(connection, name)?;
    let protocol = stream.conn.protocol_version().and_then(|version| version.as_str());
    let cipher = stream.conn.negotiated_cipher_suite().and_then(|suite| suite.suite().as_str());
    facts.protocol = protocol.map(|name| name.replace('_', ".")).into();
    facts.cipher = cipher.map(str::to_string).into();
    Ok(())
}

fn describe(shown: Option<Shown>, facts: &mut Facts) {
    facts.trusted = shown.as_ref().map(|shown| shown.verdict.is_ok()).into();
    let Some(shown) = shown else {
        facts.chain = Fact::Absent;
        return leaf(Fact::Absent, facts);
    };
    let chain: Result<Vec<Certificate>, String> = shown.chain.iter().map(certificate::read).collect();
    leaf(shown.chain.first().map_or(Fact::Absent, |first| certificate::read(first).into()), facts);
    facts.chain = chain.into();
}

fn leaf(certificate: Fact<Certificate>, facts: &mut Facts) {
    facts.subject = certificate.clone().map(|leaf| leaf.subject);
    facts.issuer = certificate.clone().map(|leaf| leaf.issuer);
    facts.names = certificate.clone().map(|leaf| leaf.names);
    facts.expires = certificate.clone().map(|leaf| leaf.not_after);
    facts.remaining = certificate.map(|leaf| observe::now().until(leaf.not_after));
}

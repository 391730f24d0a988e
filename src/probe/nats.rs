//! NATS: the greeting, logging in, `PING` and `PONG`.
//!
//! Deliberately absent: publishing, subscribing, JetStream, keys (nkeys and JWT).

use super::network::lines::line;
use super::network::service::{self, TlsMode, Wire, bad_answer, words};
use super::network::{Address, Failure, Word, conclude};
use super::{Context, Pace, Probe, Seen};
use crate::fact::{Bytes, Fact, VersionText};
use crate::spec::secret::Secret;
use crate::{described, facts};
use serde_json::{Value as Json, json};
use std::io::{BufReader, Write};
use std::path::PathBuf;
use std::time::{Duration, Instant};

/// The most lines before the answer to our `PING`.
const LINES: usize = 100;

described! {
    /// Logs in to a NATS server and sends a `PING`.
    #[derive(PartialEq, Eq, Hash)]
    pub struct Target (short: address) {
        /// Host (name or number) and perhaps a port. By default port 4222.
        address: Address,
        /// Name of the user.
        username: Option<String>,
        /// Password of the user, from a secret input: `${name}`.
        password: Option<Secret>,
        /// Token instead of user and password, from a secret input: `${name}`.
        token: Option<Secret>,
        /// `off`, `prefer` (TLS if the server has it, whatever its certificate) or `require` (TLS with a certificate that is to be trusted).
        tls: TlsMode = TlsMode::Prefer,
        /// PEM file of authorities to trust beside those of the system.
        ca: Option<PathBuf>,
    }
}

facts! {
    pub struct Facts {
        /// Whether the connection came about.
        connected: bool,
        /// Whether the server let us in and answered `PING`.
        pong: bool,
        /// Name of the server; its identifier if it has none.
        server_name: String,
        /// Version of the server.
        server_version: VersionText,
        /// Whether it wants users to log in.
        auth_required: bool,
        /// Whether it keeps messages (JetStream).
        jetstream: bool,
        /// Largest message it takes.
        max_payload: Bytes,
        /// Name of its cluster. Absent without one.
        cluster: String,
        /// From the lookup of the name to the last answer, or to the failure.
        elapsed: Duration,
        /// What went wrong: `authentication_failed`, `rejected`, `bad_answer` (no NATS), `closed`, `refused`, `timed_out`, `name_not_found`, `resolver_failed`, `unreachable`, `tls_failed`, or one of the `certificate_…` of `tls`. Absent if nothing did.
        problem: String,
        /// The problem in a sentence.
        reason: String,
    }
}

pub struct Nats;

impl Probe for Nats {
    const NAME: &'static str = "nats";
    const PACE: Pace = Pace::Waits;
    const DEFAULT: &'static str = "expect: { pong: true, problem: { present: false } }";
    const EXAMPLE: &'static str = "id: messages-flow\nnats: localhost\nexpect:\n  pong: true\n  jetstream: true";
    const EVIDENCE: &'static [&'static str] = &["reason", "server_name", "server_version", "elapsed"];
    type Target = Target;
    type Facts = Facts;

    fn subject(target: &Target) -> String {
        target.address.to_string()
    }

    fn check(target: &Target) -> Result<(), String> {
        if target.username.is_some() != target.password.is_some() {
            return Err("`username` and `password` belong together".into());
        }
        if target.username.is_some() && target.token.is_some() {
            return Err("`token` stands instead of `username` and `password`".into());
        }
        Ok(())
    }

    fn observe(target: &Target, _: &Wanted, context: &Context) -> Seen<Facts> {
        let mut facts = Facts { connected: false.into(), pong: false.into(), ..Facts::absent() };
        let started = Instant::now();
        let failure = converse(target, context, &mut facts).err();
        facts.elapsed = started.elapsed().into();
        conclude(failure, |problem, reason| Facts { problem, reason, ..facts })
    }
}

fn converse(target: &Target, context: &Context, facts: &mut Facts) -> Result<(), Failure> {
    let connection = service::reach(&target.address, 4222, context)?;
    facts.connected = true.into();
    // byte by byte, because TLS may begin right behind the greeting
    let mut reader = BufReader::with_capacity(1, connection);
    let greeting = line(&mut reader)?;
    let connection = reader.into_inner();
    let text = greeting.strip_prefix("INFO ").ok_or_else(|| bad_answer("the server does not greet as NATS does"))?;
    let info: Json = serde_json::from_str(text.trim()).map_err(|_| bad_answer("the greeting is not that of NATS"))?;
    describe(&info, facts);
    let flag = |name: &str| info[name].as_bool() == Some(true);
    let offered = flag("tls_required") || flag("tls_available");
    let encrypted = match target.tls {
        TlsMode::Off => false,
        TlsMode::Prefer => offered,
        TlsMode::Require if offered => true,
        TlsMode::Require => return Err(Failure::problem(Word::TlsFailed, "the server has no TLS")),
    };
    let mut wire = match encrypted {
        true => service::secure(connection, &target.address, target.ca.as_deref(), target.tls == TlsMode::Require)?,
        false => service::plain(connection),
    };
    wire.get_mut().write_all(format!("CONNECT {}\r\nPING\r\n", hello(target, encrypted)).as_bytes())?;
    wire.get_mut().flush()?;
    answer(&mut wire)?;
    facts.pong = true.into();
    Ok(())
}

fn hello(target: &Target, encrypted: bool) -> Json {
    let mut hello = json!({ "verbose": false, "pedantic": false, "tls_required": encrypted, "name": "engine", "lang": "rust", "version": env!("CARGO_PKG_VERSION"), "protocol": 1 });
    if let (Some(username), Some(password)) = (&target.username, &target.password) {
        (hello["user"], hello["pass"]) = (username.as_str().into(), password.reveal().into());
    }
    if let Some(token) = &target.token {
        hello["auth_token"] = token.reveal().into();
    }
    hello
}

fn answer(wire: &mut Wire) -> Result<(), Failure> {
    for _ in 0..LINES {
        let line = line(wire)?;
        match line.split(' ').next().unwrap_or_default() {
            "PONG" => return Ok(()),
            "PING" => wire.get_mut().write_all(b"PONG\r\n")?,
            "INFO" | "+OK" => {}
            "-ERR" => return Err(declined(&line)),
            _ => return Err(bad_answer("the answer is not that of NATS")),
        }
    }
    Err(bad_answer("the server does not answer PING"))
}

/// `-ERR 'Authorization Violation'`
fn declined(line: &str) -> Failure {
    let said = line.trim_start_matches("-ERR").trim().trim_matches('\'');
    let lower = said.to_lowercase();
    let login = ["authorization", "authentication"].iter().any(|word| lower.contains(word));
    let word = if login { Word::AuthenticationFailed } else { Word::Rejected };
    Failure::problem(word, format!("the server declined: {}", words(said)))
}

fn describe(info: &Json, facts: &mut Facts) {
    let text = |name: &str| info[name].as_str().map(str::to_string);
    facts.server_name = text("server_name").or_else(|| text("server_id")).into();
    facts.server_version = text("version").map(VersionText).into();
    facts.auth_required = (info["auth_required"].as_bool() == Some(true)).into();
    facts.jetstream = (info["jetstream"].as_bool() == Some(true)).into();
    facts.max_payload = info["max_payload"].as_u64().map_or(Fact::Absent, |size| Fact::Known(Bytes(size)));
    facts.cluster = text("cluster").into();
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wrong_password_is_told_apart() {
        let word = |line: &str| match declined(line) {
            Failure::Problem(problem) => problem.word,
            Failure::Blind(why) => panic!("{why}"),
        };
        assert_eq!(word("-ERR 'Authorization Violation'"), Word::AuthenticationFailed);
        assert_eq!(word("-ERR 'Authentication Timeout'"), Word::AuthenticationFailed);
        assert_eq!(word("-ERR 'maximum connections exceeded'"), Word::Rejected);
    }
}

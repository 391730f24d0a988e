//! AMQP 0-9-1 (RabbitMQ): the handshake up to an open virtual host, and an orderly farewell.
//!
//! Deliberately absent: channels, queues, messages, AMQP 1.0.

mod frame;

use super::network::service::{self, Wire, bad_answer, words};
use super::network::{Address, Failure, Word, conclude};
use super::{Context, Pace, Probe, Seen};
use crate::fact::VersionText;
use crate::spec::secret::Secret;
use crate::{described, facts};
use frame::{Cursor, Method, long_text, method, short_text};
use std::io::Write;
use std::path::PathBuf;
use std::time::{Duration, Instant};

described! {
    /// Logs in to an AMQP 0-9-1 broker and opens a virtual host.
    #[derive(PartialEq, Eq, Hash)]
    pub struct Target (short: address) {
        /// Host (name or number) and perhaps a port. By default port 5672, with `tls` 5671.
        address: Address,
        /// Name of the user.
        username: String = "guest".into(),
        /// Password of the user, from a secret input: `${name}`. By default `guest`, as brokers are delivered.
        password: Option<Secret>,
        /// The virtual host to open.
        virtual_host: String = "/".into(),
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
        /// Whether the broker accepted user and password.
        logged_in: bool,
        /// Whether the virtual host could be opened.
        opened: bool,
        /// Name of the product, e.g. `RabbitMQ`.
        product: String,
        /// Version of the broker.
        server_version: VersionText,
        /// Ways to log in that it offers, e.g. `PLAIN`.
        mechanisms: Vec<String>,
        /// From the lookup of the name to the last answer, or to the failure.
        elapsed: Duration,
        /// What went wrong: `authentication_failed`, `rejected` (e.g. no such virtual host), `bad_answer` (no AMQP 0-9-1), `closed`, `refused`, `timed_out`, `name_not_found`, `resolver_failed`, `unreachable`, `tls_failed`, or one of the `certificate_…` of `tls`. Absent if nothing did.
        problem: String,
        /// The problem in a sentence.
        reason: String,
    }
}

pub struct Amqp;

impl Probe for Amqp {
    const NAME: &'static str = "amqp";
    const PACE: Pace = Pace::Waits;
    const DEFAULT: &'static str = "expect: { opened: true, problem: { present: false } }";
    const EXAMPLE: &'static str = "id: broker-answers\namqp: localhost\nexpect:\n  opened: true\n  product: RabbitMQ";
    const EVIDENCE: &'static [&'static str] = &["reason", "product", "server_version", "elapsed"];
    type Target = Target;
    type Facts = Facts;

    fn subject(target: &Target) -> String {
        format!("{} virtual host {}", target.address, target.virtual_host)
    }

    fn check(target: &Target) -> Result<(), String> {
        match target.virtual_host.len() {
            0..=255 => Ok(()),
            _ => Err("the name of a virtual host has at most 255 bytes".into()),
        }
    }

    fn observe(target: &Target, _: &Wanted, context: &Context) -> Seen<Facts> {
        let no = || false.into();
        let mut facts = Facts { connected: no(), logged_in: no(), opened: no(), ..Facts::absent() };
        let started = Instant::now();
        let failure = converse(target, context, &mut facts).err();
        facts.elapsed = started.elapsed().into();
        conclude(failure, |problem, reason| Facts { problem, reason, ..facts })
    }
}

fn converse(target: &Target, context: &Context, facts: &mut Facts) -> Result<(), Failure> {
    let connection = service::reach(&target.address, if target.tls { 5671 } else { 5672 }, context)?;
    let mut wire = match target.tls {
        true => service::secure(connection, &target.address, target.ca.as_deref(), true)?,
        false => service::plain(connection),
    };
    facts.connected = true.into();
    wire.get_mut().write_all(b"AMQP\0\0\x09\x01")?;
    wire.get_mut().flush()?;
    start(&expect(&mut wire, Method::Start)?, facts)?;
    send(&mut wire, Method::StartOk, &start_ok(target))?;
    let tuned = match expect(&mut wire, Method::Tune) {
        // some brokers just hang up on a wrong password (0-9-1, section 4.2.2)
        Err(Failure::Problem(problem)) if problem.word == Word::Closed => {
            let reason = "the broker closed the connection at the login; it does not accept user or password";
            return Err(Failure::problem(Word::AuthenticationFailed, reason));
        }
        other => other?,
    };
    facts.logged_in = true.into();
    // what the broker proposes is fine with us, except that we send no heartbeats
    let mut tune_ok = tuned.get(..6).ok_or_else(|| bad_answer("the answer is not that of AMQP"))?.to_vec();
    tune_ok.extend([0, 0]);
    send(&mut wire, Method::TuneOk, &tune_ok)?;
    send(&mut wire, Method::Open, &[short_text(&target.virtual_host), vec![0, 0]].concat())?;
    expect(&mut wire, Method::OpenOk).map_err(|failure| match failure {
        Failure::Problem(problem) if problem.word == Word::Closed => {
            Failure::problem(Word::Rejected, "the broker closed the connection at the virtual host; it may not exist")
        }
        other => other,
    })?;
    facts.opened = true.into();
    // code 200 and no reason; whether the farewell arrives is of no interest
    if send(&mut wire, Method::Close, &[0, 200, 0, 0, 0, 0, 0]).is_ok() {
        let _ = expect(&mut wire, Method::CloseOk);
    }
    Ok(())
}

fn send(wire: &mut Wire, kind: Method, arguments: &[u8]) -> Result<(), Failure> {
    wire.get_mut().write_all(&method(kind, arguments))?;
    Ok(wire.get_mut().flush()?)
}

/// The arguments of the method that must come now.
fn expect(wire: &mut Wire, wanted: Method) -> Result<Vec<u8>, Failure> {
    let (kind, arguments) = frame::receive(wire)?;
    if kind == wanted.numbers() {
        return Ok(arguments);
    }
    if kind != Method::Close.numbers() {
        return Err(bad_answer("the broker answers out of turn"));
    }
    let mut cursor = Cursor(&arguments);
    let code = u16::from_be_bytes([cursor.byte()?, cursor.byte()?]);
    let said = String::from_utf8_lossy(cursor.short_text()?).into_owned();
    // access-refused, also for a virtual host that is not ours
    let login = code == 403 && wanted == Method::Tune;
    let word = if login { Word::AuthenticationFailed } else { Word::Rejected };
    Err(Failure::problem(word, format!("the broker declined: {}", words(&said))))
}

/// Version of the protocol, properties, mechanisms, locales.
fn start(arguments: &[u8], facts: &mut Facts) -> Result<(), Failure> {
    let mut cursor = Cursor(arguments);
    let _protocol = (cursor.byte()?, cursor.byte()?);
    let properties = cursor.table()?;
    let of = |name: &str| properties.get(name).cloned();
    facts.product = of("product").into();
    facts.server_version = of("version").map(VersionText).into();
    let mechanisms = String::from_utf8_lossy(cursor.long_text()?).into_owned();
    let mechanisms: Vec<String> = mechanisms.split(' ').filter(|name| !name.is_empty()).map(str::to_string).collect();
    let plain = mechanisms.iter().any(|name| name == "PLAIN");
    facts.mechanisms = mechanisms.into();
    if plain { Ok(()) } else { Err(Failure::problem(Word::AuthenticationFailed, "the broker does not offer PLAIN")) }
}

/// Properties (that we understand what a closed connection means), mechanism, response, locale.
fn start_ok(target: &Target) -> Vec<u8> {
    let capability = [short_text("authentication_failure_close"), b"t\x01".to_vec()].concat();
    let capabilities = [short_text("capabilities"), b"F".to_vec(), long_text(&capability)].concat();
    let product = [short_text("product"), b"S".to_vec(), long_text(b"engine")].concat();
    let password = target.password.as_ref().map_or("guest", Secret::reveal);
    let response = format!("\0{}\0{password}", target.username);
    [
        long_text(&[capabilities, product].concat()),
        short_text("PLAIN"),
        long_text(response.as_bytes()),
        short_text("en_US"),
    ]
    .concat()
}

//! PostgreSQL and what speaks its protocol, version 3.0.
//!
//! Everything happens in one `BEGIN READ ONLY` transaction that is rolled back; the author's query
//! is sent as one statement (extended protocol), so that it cannot end the transaction and go on.
//! Deliberately absent: Unix sockets, Kerberos, client certificates, COPY.

mod link;
mod login;

use super::network::rows::Rows;
use super::network::service::{TlsMode, words};
use super::network::{Address, Failure, conclude};
use super::{Context, Pace, Probe, Seen};
use crate::fact::{Fact, VersionText};
use crate::spec::secret::Secret;
use crate::{described, facts};
use link::Link;
use serde_json::Value as Json;
use std::path::PathBuf;
use std::time::{Duration, Instant};

/// Zero where a replica has replayed everything it received, however old the last transaction is.
const LAG: &str = "SELECT CASE WHEN pg_last_wal_receive_lsn() = pg_last_wal_replay_lsn() THEN 0 \
    ELSE GREATEST(0, EXTRACT(EPOCH FROM now() - pg_last_xact_replay_timestamp())) END \
    WHERE pg_is_in_recovery()";

described! {
    /// Logs in to a PostgreSQL server and perhaps asks a question that changes nothing.
    #[derive(PartialEq, Eq, Hash)]
    pub struct Target (short: address) {
        /// Host (name or number) and perhaps a port, e.g. `db.example.org` or `[::1]:5433`. By default port 5432.
        address: Address,
        /// Name of the user.
        username: String = "postgres".into(),
        /// Password, from a secret input: `${name}`.
        password: Option<Secret>,
        /// Name of the database. By default that of the user.
        database: Option<String>,
        /// One SQL statement, carried out in a read-only transaction that is rolled back, e.g. `SELECT 1`.
        query: Option<String>,
        /// `off`, `prefer` (TLS if the server has it, whatever its certificate) or `require` (TLS with a certificate that is to be trusted).
        tls: TlsMode = TlsMode::Prefer,
        /// PEM file of authorities to trust beside those of the system.
        ca: Option<PathBuf>,
    }
}

facts! {
    pub struct Facts {
        /// Whether the connection came about; not yet whether the server let us in.
        connected: bool,
        /// Whether the server accepted user and password and opened the database.
        logged_in: bool,
        /// Whether the connection is encrypted.
        encrypted: bool,
        /// Version of the server.
        server_version: VersionText,
        /// Whether the server is a replica (or is being restored): it replays what another one wrote.
        in_recovery: bool,
        /// How old the last transaction is that a replica replayed; zero if it has replayed everything it received. Absent on a primary.
        lag: Duration,
        /// What `query` gives: a list of maps from column to text, number, true/false, JSON or null. At most 1000 rows and 4 MiB.
        rows: Json,
        /// How many rows `query` gives.
        row_count: usize,
        /// First column of the first row, as text. Absent if it is null or there is no row.
        value: String,
        /// From the lookup of the name to the last answer, or to the failure.
        elapsed: Duration,
        /// What went wrong: `authentication_failed`, `rejected` (the server answered, and declined, e.g. a query that is wrong or would write), `bad_answer` (no PostgreSQL), `closed`, `refused`, `timed_out`, `name_not_found`, `resolver_failed`, `unreachable`, `tls_failed`, or one of the `certificate_…` of `tls`. Absent if nothing did.
        problem: String,
        /// The problem in a sentence.
        reason: String,
    }
}

pub struct Postgres;

impl Probe for Postgres {
    const NAME: &'static str = "postgres";
    const PACE: Pace = Pace::Waits;
    const DEFAULT: &'static str = "expect: { logged_in: true, problem: { present: false } }";
    const EXAMPLE: &'static str = "id: database-answers\npostgres: { address: localhost, username: app, query: SELECT 1 }\nexpect:\n  value: \"1\"";
    const EVIDENCE: &'static [&'static str] = &["reason", "value", "row_count", "server_version", "elapsed"];
    type Target = Target;
    type Facts = Facts;

    fn subject(target: &Target) -> String {
        let database = target.database.as_ref().unwrap_or(&target.username);
        let query = target.query.as_ref().map(|query| format!(": {}", words(query)));
        format!("{}/{database}{}", target.address, query.unwrap_or_default())
    }

    fn check(target: &Target) -> Result<(), String> {
        let texts = [Some(&target.username), target.database.as_ref(), target.query.as_ref()];
        match texts.into_iter().flatten().any(|text| text.contains('\0')) {
            true => Err("PostgreSQL takes no NUL byte".into()),
            false => Ok(()),
        }
    }

    fn observe(target: &Target, wanted: &Wanted, context: &Context) -> Seen<Facts> {
        let mut facts = Facts { connected: false.into(), logged_in: false.into(), ..Facts::absent() };
        let started = Instant::now();
        let failure = converse(target, wanted, context, &mut facts).err();
        facts.elapsed = started.elapsed().into();
        conclude(failure, |problem, reason| Facts { problem, reason, ..facts })
    }
}

fn converse(target: &Target, wanted: &Wanted, context: &Context, facts: &mut Facts) -> Result<(), Failure> {
    let mut link = Link::open(target, context, || facts.connected = true.into())?;
    facts.encrypted = link.encrypted.into();
    facts.server_version = login::log_in(&mut link, target)?.map(VersionText).into();
    facts.logged_in = true.into();
    if target.query.is_some() || wanted.in_recovery || wanted.lag {
        link.ask("BEGIN READ ONLY")?;
        // the server need not go on after we have left
        link.ask(&format!("SET LOCAL statement_timeout = {}", context.remaining().as_millis()))?;
    }
    if wanted.in_recovery {
        facts.in_recovery = link.ask("SELECT pg_is_in_recovery()")?.value().map(|value| value == "true").into();
    }
    if wanted.lag {
        facts.lag = lag(&link.ask(LAG)?);
    }
    if let Some(query) = &target.query {
        let rows = link.ask(query)?;
        (facts.row_count, facts.value) = (rows.count().into(), rows.value().into());
        facts.rows = rows.into_document().into();
    }
    link.leave();
    Ok(())
}

fn lag(rows: &Rows) -> Fact<Duration> {
    match rows.value() {
        Some(seconds) => {
            let seconds = seconds.parse().ok().and_then(|seconds| Duration::try_from_secs_f64(seconds).ok());
            seconds.ok_or_else(|| "the server gives no number of seconds".to_string()).into()
        }
        None if rows.count() > 0 => Fact::Unknown("nothing was replayed since the server started".into()),
        None => Fact::Absent,
    }
}

//! MySQL and MariaDB: our own handshake, and one query in the text protocol.
//!
//! The query is one that reads by its first word, in a read-only transaction, on a connection that
//! takes one statement at a time. Deliberately absent: Unix sockets, MariaDB's `client_ed25519`,
//! RSA-encrypted passwords (TLS does that), compression.

mod packet;
mod scramble;

use super::network::rows::{Rows, number};
use super::network::service::{TlsMode, bad_answer, words};
use super::network::{Address, Failure, Word, conclude};
use super::{Context, Pace, Probe, Seen};
use crate::fact::{Fact, VersionText};
use crate::spec::secret::Secret;
use crate::{described, facts};
use packet::{Cursor, Link};
use serde_json::Value as Json;
use std::path::PathBuf;
use std::time::{Duration, Instant};

/// Statements that only read begin with one of these.
const READING: [&str; 8] = ["SELECT", "SHOW", "WITH", "DESCRIBE", "DESC", "EXPLAIN", "VALUES", "TABLE"];

described! {
    /// Logs in to a MySQL or MariaDB server and perhaps asks a question that changes nothing.
    #[derive(PartialEq, Eq, Hash)]
    pub struct Target (short: address) {
        /// Host (name or number) and perhaps a port, e.g. `db.example.org` or `[::1]:3307`. By default port 3306.
        address: Address,
        /// Name of the user.
        username: String = "root".into(),
        /// Password, from a secret input: `${name}`.
        password: Option<Secret>,
        /// Name of the database. By default none is opened.
        database: Option<String>,
        /// One SQL statement that reads (`SELECT`, `SHOW`, `WITH`, `EXPLAIN` …), carried out in a read-only transaction.
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
        /// `mysql` or `mariadb`.
        flavour: String,
        /// Whether the server takes no changes from ordinary users (`read_only`), as replicas should.
        read_only: bool,
        /// How far a replica is behind (`Seconds_Behind_Source`). Absent on a server that is no replica; unknown if replication stands still or the user may not ask.
        lag: Duration,
        /// What `query` gives: a list of maps from column to text, number, JSON or null. At most 1000 rows and 4 MiB.
        rows: Json,
        /// How many rows `query` gives.
        row_count: usize,
        /// First column of the first row, as text. Absent if it is null or there is no row.
        value: String,
        /// From the lookup of the name to the last answer, or to the failure.
        elapsed: Duration,
        /// What went wrong: `authentication_failed`, `rejected` (the server answered, and declined, e.g. a query that is wrong), `bad_answer` (no MySQL), `closed`, `refused`, `timed_out`, `name_not_found`, `resolver_failed`, `unreachable`, `tls_failed`, or one of the `certificate_…` of `tls`. Absent if nothing did.
        problem: String,
        /// The problem in a sentence.
        reason: String,
    }
}

pub struct Mysql;

impl Probe for Mysql {
    const NAME: &'static str = "mysql";
    const PACE: Pace = Pace::Waits;
    const DEFAULT: &'static str = "expect: { logged_in: true, problem: { present: false } }";
    const EXAMPLE: &'static str =
        "id: database-answers\nmysql: { address: localhost, username: app, query: SELECT 1 }\nexpect:\n  value: \"1\"";
    const EVIDENCE: &'static [&'static str] = &["reason", "value", "row_count", "server_version", "elapsed"];
    type Target = Target;
    type Facts = Facts;

    fn subject(target: &Target) -> String {
        let database = target.database.as_ref().map(|name| format!("/{name}"));
        let query = target.query.as_ref().map(|query| format!(": {}", words(query)));
        format!("{}{}{}", target.address, database.unwrap_or_default(), query.unwrap_or_default())
    }

    fn check(target: &Target) -> Result<(), String> {
        if [Some(&target.username), target.database.as_ref()].into_iter().flatten().any(|text| text.contains('\0')) {
            return Err("MySQL takes no NUL byte in a name".into());
        }
        target.query.as_deref().map_or(Ok(()), only_reads)
    }

    fn observe(target: &Target, wanted: &Wanted, context: &Context) -> Seen<Facts> {
        let mut facts = Facts { connected: false.into(), logged_in: false.into(), ..Facts::absent() };
        let started = Instant::now();
        let failure = converse(target, wanted, context, &mut facts).err();
        facts.elapsed = started.elapsed().into();
        conclude(failure, |problem, reason| Facts { problem, reason, ..facts })
    }
}

/// A read-only transaction keeps tables as they are, but not files, accounts and settings.
fn only_reads(query: &str) -> Result<(), String> {
    let upper = query.to_ascii_uppercase();
    let mut parts = upper.split(|c: char| !c.is_ascii_alphanumeric() && c != '_').filter(|word| !word.is_empty());
    let first = parts.next().unwrap_or_default();
    if !READING.contains(&first) {
        return Err(format!("a query starts with {}; other statements may change something", READING.join(", ")));
    }
    if parts.any(|word| ["OUTFILE", "DUMPFILE"].contains(&word)) {
        return Err("a query that writes a file (OUTFILE, DUMPFILE) is no question".into());
    }
    Ok(())
}

fn converse(target: &Target, wanted: &Wanted, context: &Context, facts: &mut Facts) -> Result<(), Failure> {
    let (mut link, version) = Link::log_in(target, context, facts)?;
    facts.logged_in = true.into();
    let mariadb = version.to_ascii_lowercase().contains("mariadb");
    if target.query.is_some() || wanted.read_only || wanted.lag {
        ask(&mut link, "SET SESSION TRANSACTION READ ONLY")?;
        // the server need not go on after we have left
        let left = context.remaining();
        ask(
            &mut link,
            &match mariadb {
                true => format!("SET SESSION max_statement_time = {:.3}", left.as_secs_f64()),
                false => format!("SET SESSION max_execution_time = {}", left.as_millis()),
            },
        )?;
        ask(&mut link, "START TRANSACTION READ ONLY")?;
    }
    if wanted.read_only {
        facts.read_only = ask(&mut link, "SELECT @@global.read_only")?.value().map(|value| value != "0").into();
    }
    if wanted.lag {
        facts.lag = match ask(&mut link, if mariadb { "SHOW SLAVE STATUS" } else { "SHOW REPLICA STATUS" }) {
            Ok(rows) => lag(rows),
            Err(Failure::Problem(problem)) if problem.word == Word::Rejected => Fact::Unknown(problem.reason),
            Err(failure) => return Err(failure),
        };
    }
    if let Some(query) = &target.query {
        let rows = ask(&mut link, query)?;
        (facts.row_count, facts.value) = (rows.count().into(), rows.value().into());
        facts.rows = rows.into_document().into();
    }
    link.leave();
    Ok(())
}

fn lag(rows: Rows) -> Fact<Duration> {
    let document = rows.into_document();
    let Some(status) = document.get(0) else { return Fact::Absent };
    let behind = ["Seconds_Behind_Source", "Seconds_Behind_Master"].iter().find_map(|name| status[name].as_u64());
    behind.map(Duration::from_secs).ok_or_else(|| "replication stands still".to_string()).into()
}

/// Sends one statement and collects its rows.
fn ask(link: &mut Link, statement: &str) -> Result<Rows, Failure> {
    link.command(&[&[3], statement.as_bytes()].concat())?;
    let first = link.receive()?;
    let count = match first.first() {
        Some(0x00) => return Ok(Rows::default()),
        Some(0xff) => return Err(packet::declined(&first)),
        Some(0xfb) => return Err(bad_answer("the server asks for one of our files")),
        _ => Cursor(&first).length()?,
    };
    if count > 4096 {
        return Err(bad_answer("the answer has more columns than a table can have"));
    }
    let columns = (0..count).map(|_| column(&link.receive()?)).collect::<Result<Vec<_>, Failure>>()?;
    let (names, types): (Vec<_>, Vec<_>) = columns.into_iter().unzip();
    if !is_end(&link.receive()?) {
        return Err(bad_answer("the columns of the answer do not end"));
    }
    let mut rows = Rows::new(names);
    loop {
        let row = link.receive()?;
        if is_end(&row) {
            return Ok(rows);
        }
        if row.first() == Some(&0xff) {
            return Err(packet::declined(&row));
        }
        let mut cursor = Cursor(&row);
        let cells = types.iter().map(|kind| cell(&mut cursor, *kind)).collect::<Result<_, Failure>>()?;
        rows.add(cells).map_err(|why| Failure::problem(Word::Rejected, why))?;
    }
}

/// The end of the columns, or of the rows.
fn is_end(packet: &[u8]) -> bool {
    packet.first() == Some(&0xfe) && packet.len() < 9
}

/// Name and type.
fn column(packet: &[u8]) -> Result<(String, u8), Failure> {
    let mut cursor = Cursor(packet);
    // catalogue, schema, table, original table
    for _ in 0..4 {
        cursor.text()?;
    }
    let name = String::from_utf8_lossy(cursor.text()?).into_owned();
    cursor.text()?;
    // the length of what follows, character set, width
    cursor.take(7)?;
    Ok((name, cursor.take(1)?[0]))
}

fn cell(cursor: &mut Cursor, kind: u8) -> Result<Option<Json>, Failure> {
    if cursor.0.first() == Some(&0xfb) {
        cursor.take(1)?;
        return Ok(None);
    }
    let text = String::from_utf8_lossy(cursor.text()?);
    Ok(Some(match kind {
        // DECIMAL, TINY, SHORT, LONG, FLOAT, DOUBLE, LONGLONG, INT24, YEAR, NEWDECIMAL
        0..=5 | 8 | 9 | 13 | 246 => number(&text),
        245 => serde_json::from_str(&text).unwrap_or_else(|_| text.as_ref().into()),
        _ => text.as_ref().into(),
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_statements_that_read_are_taken() {
        for query in
            ["SELECT 1", " (select 1)", "show slave status", "WITH a AS (SELECT 1) SELECT * FROM a", "explain select 1"]
        {
            assert!(only_reads(query).is_ok(), "{query}");
        }
        for query in [
            "DELETE FROM a",
            "SET GLOBAL read_only = 0",
            "",
            "KILL 1",
            "SELECT 1 INTO\nOUTFILE '/tmp/a'",
            "/* x */ DROP TABLE a",
        ] {
            assert!(only_reads(query).is_err(), "{query}");
        }
    }

    #[test]
    fn a_replica_that_stands_still_has_an_unknown_lag() {
        let status = |seconds: Option<Json>| {
            let mut rows = Rows::new(vec!["Seconds_Behind_Master".into()]);
            rows.add(vec![seconds]).unwrap();
            lag(rows)
        };
        assert_eq!(status(Some(3.into())), Fact::Known(Duration::from_secs(3)));
        assert!(matches!(status(None), Fact::Unknown(_)));
        assert_eq!(lag(Rows::default()), Fact::Absent);
    }
}

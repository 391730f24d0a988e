//! SQLite databases in files, opened for reading only.
//!
//! A database with a write-ahead log may get its `-shm` file back, which every reader needs.
//! Deliberately absent: writing of any kind, encrypted databases, extensions.

use super::network::rows::Rows;
use super::network::service::words;
use super::{Context, Pace, Probe, Seen};
use crate::fact::{Bytes, VersionText};
use crate::{described, facts};
use rusqlite::types::ValueRef;
use rusqlite::{Connection, ErrorCode, OpenFlags};
use serde_json::Value as Json;
use std::io::{ErrorKind, Read};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

/// How many steps of SQLite's machine lie between two looks at the clock.
const STEPS: i32 = 10_000;
/// How every database begins (SQLite file format, section 1.3).
const MAGIC: &[u8; 16] = b"SQLite format 3\0";

described! {
    /// Opens a SQLite database for reading and perhaps asks a question.
    #[derive(PartialEq, Eq, Hash)]
    pub struct Target (short: path) {
        /// The file.
        path: PathBuf,
        /// One SQL statement that only reads, e.g. `SELECT count(*) FROM users`.
        query: Option<String>,
    }
}

facts! {
    pub struct Facts {
        /// Whether the file is a database and `PRAGMA quick_check` finds nothing wrong with it.
        valid: bool,
        /// Version of the SQLite that wrote to it last, from its header.
        written_by: VersionText,
        /// `PRAGMA user_version`: a number that applications use for the state of their schema.
        user_version: i64,
        /// Names of its tables, in alphabetical order, without those of SQLite itself.
        tables: Vec<String>,
        /// Whether we might write to the file (access(2)); nothing is written.
        writable: bool,
        /// Size of the file, without its journal or write-ahead log.
        size: Bytes,
        /// What `query` gives: a list of maps from column to text, number or null. At most 1000 rows and 4 MiB.
        rows: Json,
        /// How many rows `query` gives.
        row_count: usize,
        /// First column of the first row, as text. Absent if it is null or there is no row.
        value: String,
        /// How long opening and asking took.
        elapsed: Duration,
        /// What went wrong: `not_a_database`, `damaged`, `locked` (somebody else is writing), `rejected` (the query is wrong, or would write), or `timed_out`. Absent if nothing did.
        problem: String,
        /// The problem in a sentence.
        reason: String,
    }
}

pub struct Sqlite;

impl Probe for Sqlite {
    const NAME: &'static str = "sqlite";
    const PACE: Pace = Pace::Waits;
    const DEFAULT: &'static str = "expect: { valid: true, problem: { present: false } }";
    const EXAMPLE: &'static str = "id: history-is-readable\nsqlite: { path: .engine/history.db, query: SELECT count(*) FROM runs }\nexpect:\n  valid: true\n  value: { number: { gt: 0 } }";
    const EVIDENCE: &'static [&'static str] = &["reason", "value", "row_count", "size"];
    type Target = Target;
    type Facts = Facts;

    fn subject(target: &Target) -> String {
        let query = target.query.as_ref().map(|query| format!(": {}", words(query)));
        format!("{}{}", target.path.display(), query.unwrap_or_default())
    }

    fn observe(target: &Target, wanted: &Wanted, context: &Context) -> Seen<Facts> {
        let started = Instant::now();
        let header = match header(&target.path) {
            Ok(header) => header,
            Err(Missed::Absent(why)) => return Seen::Absent(why),
            Err(Missed::Refused(why)) => return Seen::Refused(why),
        };
        let mut facts = Facts { valid: false.into(), ..Facts::absent() };
        facts.size = Bytes(header.size).into();
        facts.writable = writable(&target.path).into();
        let answer = match header.is_database() {
            true => {
                facts.written_by = header.version().map(VersionText).into();
                read(target, wanted, context, &mut facts)
            }
            false => Err(Trouble::Problem("not_a_database", "it does not begin as a SQLite database does".into())),
        };
        facts.elapsed = started.elapsed().into();
        match answer {
            Ok(()) => Seen::Present(facts),
            Err(Trouble::Problem(word, reason)) => {
                Seen::Present(Facts { problem: word.to_string().into(), reason: reason.into(), ..facts })
            }
            Err(Trouble::Blind(why)) => Seen::Refused(why),
        }
    }
}

enum Missed {
    Absent(String),
    Refused(String),
}

enum Trouble {
    Problem(&'static str, String),
    Blind(String),
}

/// The first hundred bytes of the file, fewer if it is shorter.
struct Header {
    bytes: Vec<u8>,
    size: u64,
}

impl Header {
    /// An empty file is an empty database.
    fn is_database(&self) -> bool {
        self.size == 0 || self.bytes.starts_with(MAGIC)
    }

    /// Bytes 96 to 99, e.g. 3045001 for 3.45.1.
    fn version(&self) -> Option<String> {
        let number = u32::from_be_bytes(self.bytes.get(96..100)?.try_into().ok()?);
        (number > 0).then(|| format!("{}.{}.{}", number / 1_000_000, number / 1000 % 1000, number % 1000))
    }
}

/// A FIFO or a device would keep us waiting, and SQLite would make a missing file.
fn header(path: &Path) -> Result<Header, Missed> {
    let missed = |error: std::io::Error| match error.kind() {
        ErrorKind::NotFound | ErrorKind::NotADirectory => Missed::Absent(format!("there is no {}", path.display())),
        _ => Missed::Refused(format!("{} cannot be opened: {}", path.display(), reading_error(&error))),
    };
    let file = std::fs::OpenOptions::new().read(true).custom_flags(libc::O_NONBLOCK).open(path).map_err(missed)?;
    let metadata = file.metadata().map_err(missed)?;
    if !metadata.is_file() {
        return Err(Missed::Refused(format!("{} is not a regular file", path.display())));
    }
    let mut bytes = Vec::new();
    file.take(100).read_to_end(&mut bytes).map_err(missed)?;
    Ok(Header { bytes, size: metadata.len() })
}

fn reading_error(error: &std::io::Error) -> String {
    let text = error.to_string();
    text.split(" (os error").next().unwrap_or_default().to_lowercase()
}

fn writable(path: &Path) -> bool {
    rustix::fs::access(path, rustix::fs::Access::WRITE_OK).is_ok()
}

fn read(target: &Target, wanted: &Wanted, context: &Context, facts: &mut Facts) -> Result<(), Trouble> {
    let connection = open(&target.path, context).map_err(|error| trouble(&error, context))?;
    let ask = |query: &str| ask(&connection, query, context);
    facts.user_version = ask("PRAGMA user_version")?.value().and_then(|number| number.parse().ok()).into();
    if wanted.tables {
        let tables = ask(
            "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\' ORDER BY name",
        )?;
        facts.tables = names(tables.into_document()).into();
    }
    if wanted.valid {
        let found = ask("PRAGMA quick_check(1)")?.value().unwrap_or_default();
        facts.valid = (found == "ok").into();
        if found != "ok" {
            return Err(Trouble::Problem("damaged", words(&found)));
        }
    }
    if let Some(query) = &target.query {
        let rows = ask(query)?;
        (facts.row_count, facts.value) = (rows.count().into(), rows.value().into());
        facts.rows = rows.into_document().into();
    }
    Ok(())
}

/// Read-only twice: by the flag for the file, and by the pragma for what a statement may do.
fn open(path: &Path, context: &Context) -> rusqlite::Result<Connection> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let mut connection = Connection::open_with_flags(path, flags)?;
    // leaves time to say that it is locked
    connection.busy_timeout(context.remaining() / 2)?;
    connection.pragma_update(None, "query_only", true)?;
    let context = context.clone();
    connection.progress_handler(STEPS, Some(move || context.is_over()))?;
    Ok(connection)
}

fn ask(connection: &Connection, query: &str, context: &Context) -> Result<Rows, Trouble> {
    let failed = |error: rusqlite::Error| trouble(&error, context);
    let mut statement = connection.prepare(query).map_err(failed)?;
    // ATTACH would reach (and VACUUM INTO would make) other files
    if !statement.readonly() || statement.column_count() == 0 {
        return Err(Trouble::Problem("rejected", "the query is not one that only reads".into()));
    }
    let columns: Vec<String> = statement.column_names().map(str::to_string).collect();
    let count = columns.len();
    let mut rows = Rows::new(columns);
    let mut found = statement.query([]).map_err(failed)?;
    while let Some(row) = found.next().map_err(failed)? {
        let cells = (0..count).map(|place| row.get_ref(place).map(cell)).collect::<Result<_, _>>().map_err(failed)?;
        rows.add(cells).map_err(|why| Trouble::Problem("rejected", why))?;
    }
    Ok(rows)
}

fn cell(value: ValueRef) -> Option<Json> {
    match value {
        ValueRef::Null => None,
        ValueRef::Integer(number) => Some(number.into()),
        ValueRef::Real(number) => Some(number.into()),
        ValueRef::Text(text) | ValueRef::Blob(text) => Some(String::from_utf8_lossy(text).into_owned().into()),
    }
}

fn names(tables: Json) -> Vec<String> {
    let rows = tables.as_array().cloned().unwrap_or_default();
    rows.iter().filter_map(|row| row["name"].as_str().map(str::to_string)).collect()
}

fn trouble(error: &rusqlite::Error, context: &Context) -> Trouble {
    let text = words(&error.to_string());
    match error.sqlite_error_code() {
        _ if context.cancel.is_cancelled() => Trouble::Blind("the run was ended".into()),
        Some(ErrorCode::OperationInterrupted) => Trouble::Problem("timed_out", "no answer before the timeout".into()),
        Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => {
            Trouble::Problem("locked", "somebody else holds the database".into())
        }
        Some(ErrorCode::NotADatabase) => Trouble::Problem("not_a_database", text),
        Some(ErrorCode::DatabaseCorrupt) => Trouble::Problem("damaged", text),
        Some(
            ErrorCode::CannotOpen
            | ErrorCode::PermissionDenied
            | ErrorCode::SystemIoFailure
            | ErrorCode::OutOfMemory
            | ErrorCode::NoLargeFileSupport,
        ) => Trouble::Blind(text),
        _ => Trouble::Problem("rejected", text),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fact::{Fact, WantedBits};
    use serde_json::json;

    fn look(path: &Path, query: Option<&str>, seconds: u64) -> Seen<Facts> {
        let target = Target { path: path.into(), query: query.map(str::to_string) };
        Sqlite::observe(&target, &WantedBits::ALL.into(), &Context::lasting(Duration::from_secs(seconds)))
    }

    fn seen(path: &Path, query: Option<&str>) -> Facts {
        match look(path, query, 20) {
            Seen::Present(facts) => facts,
            other => panic!("{other:?}"),
        }
    }

    fn database(folder: &tempfile::TempDir) -> (PathBuf, Connection) {
        let path = folder.path().join("a.db");
        let connection = Connection::open(&path).unwrap();
        connection.execute_batch("CREATE TABLE t (n, x); CREATE TABLE sqliter (n); INSERT INTO t VALUES (1, 'a'), (2, NULL); PRAGMA user_version = 4").unwrap();
        (path, connection)
    }

    #[test]
    fn a_database_is_described_and_asked() {
        let folder = tempfile::tempdir().unwrap();
        let (path, _) = database(&folder);
        let facts = seen(&path, Some("SELECT n, x FROM t ORDER BY n"));
        assert_eq!((facts.valid, facts.problem), (Fact::Known(true), Fact::Absent));
        assert_eq!(facts.rows, Fact::Known(json!([{ "n": 1, "x": "a" }, { "n": 2, "x": null }])));
        assert_eq!((facts.value, facts.row_count), (Fact::Known("1".into()), Fact::Known(2)));
        assert_eq!(facts.tables, Fact::Known(vec!["sqliter".into(), "t".into()]));
        assert_eq!(facts.user_version, Fact::Known(4));
        assert_eq!(facts.written_by, Fact::Known(VersionText(rusqlite::version().into())));
    }

    #[test]
    fn nothing_is_written() {
        let folder = tempfile::tempdir().unwrap();
        let (path, connection) = database(&folder);
        let other = folder.path().join("other.db");
        for query in [
            "DELETE FROM t".to_string(),
            "INSERT INTO t VALUES (3, 'c') RETURNING n".into(),
            format!("ATTACH '{}' AS o", other.display()),
            format!("VACUUM INTO '{}'", other.display()),
            "PRAGMA query_only = 0".into(),
            "SELECT 1; DELETE FROM t".into(),
            "SELECT".into(),
        ] {
            let facts = seen(&path, Some(&query));
            assert_eq!(facts.problem, Fact::Known("rejected".into()), "{query}");
        }
        assert!(!other.exists());
        assert_eq!(connection.query_row("SELECT count(*) FROM t", [], |row| row.get::<_, i64>(0)), Ok(2));
    }

    #[test]
    fn what_is_no_database_is_said_to_be_none() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("x");
        assert!(matches!(look(&path, None, 5), Seen::Absent(_)));
        assert!(!path.exists());
        assert!(matches!(look(folder.path(), None, 5), Seen::Refused(_)));
        std::fs::write(&path, "hello").unwrap();
        let facts = seen(&path, None);
        assert_eq!((facts.valid, facts.problem), (Fact::Known(false), Fact::Known("not_a_database".into())));
        let fifo = folder.path().join("fifo");
        rustix::fs::mknodat(rustix::fs::CWD, &fifo, rustix::fs::FileType::Fifo, 0o600.into(), 0).unwrap();
        assert!(matches!(look(&fifo, None, 5), Seen::Refused(_)));
    }

    #[test]
    fn damage_is_found() {
        let folder = tempfile::tempdir().unwrap();
        let (path, connection) = database(&folder);
        drop(connection);
        let mut bytes = std::fs::read(&path).unwrap();
        let end = bytes.len();
        bytes[4096..end].fill(0xa5);
        std::fs::write(&path, bytes).unwrap();
        assert_eq!(seen(&path, None).problem, Fact::Known("damaged".into()));
    }

    #[test]
    fn an_endless_query_and_a_lock_end() {
        let folder = tempfile::tempdir().unwrap();
        let (path, connection) = database(&folder);
        let endless = "WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c) SELECT max(n) FROM c";
        assert!(
            matches!(look(&path, Some(endless), 1), Seen::Present(facts) if facts.problem == Fact::Known("timed_out".into()))
        );
        let rows = "WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c) SELECT n FROM c";
        assert_eq!(seen(&path, Some(rows)).problem, Fact::Known("rejected".into()));
        connection.execute_batch("BEGIN EXCLUSIVE").unwrap();
        assert!(matches!(look(&path, None, 1), Seen::Present(facts) if facts.problem == Fact::Known("locked".into())));
    }
}

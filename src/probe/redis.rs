//! Redis and what speaks its protocol (Valkey, KeyDB): RESP2 over our own connection.
//!
//! Sends `AUTH`, `PING`, `INFO`, `SELECT`, `TYPE`, `PTTL`, `GETRANGE` and the commands that count
//! items, and nothing else. Deliberately absent: clusters as a whole, sentinels, scripts, writing.

mod resp;

use super::network::service::{self, Wire, bad_answer, words};
use super::network::{Address, Failure, Word, conclude};
use super::{Context, Pace, Probe, Seen};
use crate::fact::{Bytes, Fact, Moment, Percent, VersionText};
use crate::spec::given::OneOrMany;
use crate::spec::secret::Secret;
use crate::{described, facts};
use jiff::Timestamp;
use resp::{Reply, ask};
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::{Duration, Instant};

/// The most bytes of a key's value that are read.
const VALUE_LIMIT: usize = 64 << 10;

described! {
    /// Asks a Redis server whether it answers, what it is, and perhaps for one key.
    #[derive(PartialEq, Eq, Hash)]
    pub struct Target (short: address) {
        /// Host (name or number) and perhaps a port, e.g. `cache.example.org` or `[::1]:6380`. By default port 6379.
        address: Address,
        /// Name of the user (Redis 6 and later). By default the password alone is sent.
        username: Option<String>,
        /// Password, from a secret input: `${name}`.
        password: Option<Secret>,
        /// Number of the database for `key`.
        database: u32 = 0,
        /// Sections of `INFO` to ask for, e.g. `commandstats`. By default those that the server gives unasked.
        sections: Option<OneOrMany<String>>,
        /// A key to look at.
        key: Option<String>,
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
        /// Whether the server answered `PING`.
        pong: bool,
        /// Version of the server.
        server_version: VersionText,
        /// `master` or `slave` (a replica), in the words of the server.
        role: String,
        /// Everything that `INFO` tells, e.g. `used_memory` or `maxmemory_policy`; all values are text.
        info: BTreeMap<String, String>,
        /// Whether a replica is in touch with its master. Absent on a master.
        link_up: bool,
        /// How many replicas are connected.
        replicas: u64,
        /// Memory that the data and what belongs to it take (`used_memory`).
        memory: Bytes,
        /// The most memory the server may take (`maxmemory`). Absent if nothing limits it.
        memory_limit: Bytes,
        /// Share of `memory_limit` that is used. Absent without a limit.
        memory_limit_used: Percent,
        /// How many clients are connected, replicas not counted.
        clients: u64,
        /// Share of the connections that the server takes (`maxclients`, Redis 6 and later) in use.
        clients_used: Percent,
        /// When all data was last saved to a file (RDB); of a server that never did, when it was started. To the second.
        last_save: Moment,
        /// How long ago replication last moved: on a replica since it heard of its master, on a master since the replica that is furthest behind acknowledged. Whole seconds; absent without replication.
        lag: Duration,
        /// Type of `key`: `string`, `list`, `set`, `zset`, `hash` or `stream`. Absent if there is no such key.
        key_type: String,
        /// Time until `key` expires; absent if it does not.
        key_ttl: Duration,
        /// Value of `key` if it is a string, at most its first 64 KiB.
        key_value: String,
        /// How many bytes (of a string) or items (of all others) `key` holds; 0 if there is no such key.
        key_size: u64,
        /// From the lookup of the name to the last answer, or to the failure.
        elapsed: Duration,
        /// What went wrong: `authentication_failed`, `rejected` (the server answered, and declined), `bad_answer` (no Redis), `closed`, `refused`, `timed_out`, `name_not_found`, `resolver_failed`, `unreachable`, `tls_failed`, or one of the `certificate_…` of `tls`. Absent if nothing did.
        problem: String,
        /// The problem in a sentence.
        reason: String,
    }
}

pub struct Redis;

impl Probe for Redis {
    const NAME: &'static str = "redis";
    const PACE: Pace = Pace::Waits;
    const DEFAULT: &'static str = "expect: { pong: true, problem: { present: false } }";
    const EXAMPLE: &'static str = "id: cache-answers\nredis: localhost\nexpect:\n  pong: true\n  role: master\n  server_version: { version: \">=6\" }";
    const EVIDENCE: &'static [&'static str] = &["reason", "role", "server_version", "elapsed"];
    type Target = Target;
    type Facts = Facts;

    fn subject(target: &Target) -> String {
        match &target.key {
            Some(key) => format!("{} key {key}", target.address),
            None => target.address.to_string(),
        }
    }

    fn check(target: &Target) -> Result<(), String> {
        match (&target.username, &target.password) {
            (Some(_), None) => Err("`username` needs a `password`".into()),
            _ => Ok(()),
        }
    }

    fn observe(target: &Target, wanted: &Wanted, context: &Context) -> Seen<Facts> {
        let mut facts = Facts { connected: false.into(), pong: false.into(), ..Facts::absent() };
        let started = Instant::now();
        let failure = converse(target, wanted, context, &mut facts).err();
        facts.elapsed = started.elapsed().into();
        conclude(failure, |problem, reason| Facts { problem, reason, ..facts })
    }
}

fn converse(target: &Target, wanted: &Wanted, context: &Context, facts: &mut Facts) -> Result<(), Failure> {
    let connection = service::reach(&target.address, 6379, context)?;
    let mut wire = match target.tls {
        true => service::secure(connection, &target.address, target.ca.as_deref(), true)?,
        false => service::plain(connection),
    };
    facts.connected = true.into();
    if let Some(password) = &target.password {
        let words = [target.username.as_deref(), Some(password.reveal())];
        let command: Vec<&str> = std::iter::once("AUTH").chain(words.into_iter().flatten()).collect();
        done(ask(&mut wire, &command)?, Word::AuthenticationFailed)?;
    }
    let refusal = match ask(&mut wire, &["PING"])? {
        Reply::Simple(text) if text == "PONG" => {
            facts.pong = true.into();
            None
        }
        Reply::Error(error) => Some(declined(&error, Word::Rejected)),
        _ => return Err(bad_answer("the answer to PING is not PONG; is this Redis?")),
    };
    if wants_information(wanted) {
        // a server that loads its data, or cannot save it, declines PING and still says how it is
        match information(&mut wire, target) {
            Ok(info) => describe(info, facts),
            Err(failure) => return Err(refusal.unwrap_or(failure)),
        }
    }
    if let Some(refusal) = refusal {
        return Err(refusal);
    }
    match &target.key {
        Some(key) => key_facts(&mut wire, target.database, key, wanted, facts),
        None => Ok(()),
    }
}

fn wants_information(wanted: &Wanted) -> bool {
    let about_server = wanted.info || wanted.server_version || wanted.last_save;
    let about_use = wanted.memory || wanted.memory_limit || wanted.memory_limit_used;
    let about_clients = wanted.clients || wanted.clients_used;
    let about_replication = wanted.role || wanted.link_up || wanted.replicas || wanted.lag;
    about_server || about_use || about_clients || about_replication
}

fn information(wire: &mut Wire, target: &Target) -> Result<BTreeMap<String, String>, Failure> {
    let mut info = BTreeMap::new();
    let sections = target.sections.iter().flat_map(|sections| &sections.0).map(|section| vec!["INFO", section]);
    for command in std::iter::once(vec!["INFO"]).chain(sections) {
        match ask(wire, &command)? {
            Reply::Bulk(bytes) => info.extend(parse(&String::from_utf8_lossy(&bytes))),
            Reply::Error(error) => return Err(declined(&error, Word::Rejected)),
            _ => return Err(bad_answer("the answer to INFO is not a text")),
        }
    }
    Ok(info)
}

/// Lines `name:value` under headings `# Section`.
fn parse(info: &str) -> BTreeMap<String, String> {
    let pairs = info.lines().filter(|line| !line.starts_with('#')).filter_map(|line| line.split_once(':'));
    pairs.map(|(name, value)| (name.to_string(), value.trim_end().to_string())).collect()
}

fn describe(info: BTreeMap<String, String>, facts: &mut Facts) {
    let of = |name: &str| info.get(name).cloned();
    let number = |name: &str| info.get(name).and_then(|value| value.parse::<u64>().ok());
    let share = |part: Option<u64>, whole: Option<u64>| {
        let (part, whole) = part.zip(whole.filter(|whole| *whole > 0))?;
        Some(Percent(part as f64 / whole as f64 * 100.0))
    };
    let limit = number("maxmemory").filter(|limit| *limit > 0);
    facts.memory = number("used_memory").map(Bytes).into();
    facts.memory_limit = limit.map(Bytes).into();
    facts.memory_limit_used = share(number("used_memory"), limit).into();
    facts.clients = number("connected_clients").into();
    facts.clients_used = share(number("connected_clients"), number("maxclients")).into();
    let saved = number("rdb_last_save_time").and_then(|seconds| i64::try_from(seconds).ok());
    facts.last_save = saved.and_then(|seconds| Timestamp::from_second(seconds).ok()).map(Moment::from).into();
    let replica = of("role").as_deref() == Some("slave");
    facts.server_version = of("redis_version").map(VersionText).into();
    facts.role = of("role").into();
    facts.replicas = number("connected_slaves").into();
    facts.link_up = of("master_link_status").map(|status| status == "up").into();
    // on a master: slave0:ip=…,port=…,state=online,offset=…,lag=1
    let lags = info.iter().filter(|(name, _)| name.starts_with("slave") && !name.contains('_'));
    let lags = lags.filter_map(|(_, value)| value.rsplit_once("lag=")?.1.parse::<u64>().ok());
    let lag = match replica {
        true => of("master_last_io_seconds_ago").and_then(|seconds| seconds.parse().ok()),
        false => lags.max(),
    };
    facts.lag = lag.map(Duration::from_secs).into();
    facts.info = info.into();
}

fn key_facts(wire: &mut Wire, database: u32, key: &str, wanted: &Wanted, facts: &mut Facts) -> Result<(), Failure> {
    if database > 0 {
        done(ask(wire, &["SELECT", &database.to_string()])?, Word::Rejected)?;
    }
    let kind = match ask(wire, &["TYPE", key])? {
        Reply::Simple(kind) => kind,
        Reply::Error(error) => return Err(declined(&error, Word::Rejected)),
        _ => return Err(bad_answer("the answer to TYPE is not a word")),
    };
    if kind == "none" {
        facts.key_size = 0.into();
        return Ok(());
    }
    // -1 means that it does not expire, -2 that it went away meanwhile
    let ttl = number(ask(wire, &["PTTL", key])?)?;
    facts.key_ttl = u64::try_from(ttl).ok().map(Duration::from_millis).into();
    let count = match kind.as_str() {
        "string" => Some("STRLEN"),
        "list" => Some("LLEN"),
        "set" => Some("SCARD"),
        "zset" => Some("ZCARD"),
        "hash" => Some("HLEN"),
        "stream" => Some("XLEN"),
        _ => None,
    };
    facts.key_size = match count {
        Some(count) => u64::try_from(number(ask(wire, &[count, key])?)?).ok().into(),
        None => Fact::Unknown(format!("nothing counts the items of a `{}`", words(&kind))),
    };
    if kind == "string" && wanted.key_value {
        facts.key_value = match ask(wire, &["GETRANGE", key, "0", &(VALUE_LIMIT - 1).to_string()])? {
            Reply::Bulk(bytes) => String::from_utf8_lossy(&bytes).into_owned().into(),
            Reply::Error(error) => return Err(declined(&error, Word::Rejected)),
            _ => return Err(bad_answer("the answer to GETRANGE is not a text")),
        };
    }
    facts.key_type = kind.into();
    Ok(())
}

fn number(reply: Reply) -> Result<i64, Failure> {
    match reply {
        Reply::Integer(number) => Ok(number),
        Reply::Error(error) => Err(declined(&error, Word::Rejected)),
        _ => Err(bad_answer("the answer is not a number")),
    }
}

fn done(reply: Reply, otherwise: Word) -> Result<(), Failure> {
    match reply {
        Reply::Simple(_) => Ok(()),
        Reply::Error(error) => Err(declined(&error, otherwise)),
        _ => Err(bad_answer("the answer is neither yes nor no")),
    }
}

/// The first word of an error is its kind.
fn declined(error: &str, otherwise: Word) -> Failure {
    match error.split(' ').next().unwrap_or_default() {
        "NOAUTH" => Failure::problem(Word::AuthenticationFailed, "the server wants a password"),
        "WRONGPASS" => Failure::problem(Word::AuthenticationFailed, "the server does not accept the password"),
        _ => Failure::problem(otherwise, format!("the server declined: {}", words(error))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MASTER: &str = "# Server\r\nredis_version:7.0.15\r\n\r\n# Replication\r\nrole:master\r\nconnected_slaves:2\r\nslave0:ip=::1,port=6380,state=online,offset=14,lag=0\r\nslave1:ip=10.0.0.2,port=6380,state=online,offset=14,lag=9\r\nslave_read_only:1\r\n";
    const REPLICA: &str = "redis_version:7.2.4\r\nrole:slave\r\nmaster_link_status:down\r\nmaster_last_io_seconds_ago:-1\r\nconnected_slaves:0\r\n";

    fn facts(info: &str) -> Facts {
        let mut facts = Facts::absent();
        describe(parse(info), &mut facts);
        facts
    }

    #[test]
    fn a_master_knows_its_slowest_replica() {
        let facts = facts(MASTER);
        assert_eq!(facts.lag, Fact::Known(Duration::from_secs(9)));
        assert_eq!((facts.replicas, facts.link_up), (Fact::Known(2), Fact::Absent));
        assert_eq!(facts.server_version, Fact::Known(VersionText("7.0.15".into())));
    }

    #[test]
    fn a_replica_without_its_master_has_no_lag() {
        let facts = facts(REPLICA);
        assert_eq!((facts.lag, facts.link_up), (Fact::Absent, Fact::Known(false)));
        assert_eq!(facts.role, Fact::Known("slave".into()));
    }

    #[test]
    fn memory_and_clients_are_shares_of_their_limits() {
        let limited = facts("used_memory:300\r\nmaxmemory:400\r\nconnected_clients:1\r\nmaxclients:10\r\n");
        assert_eq!((limited.memory, limited.memory_limit_used), (Fact::Known(Bytes(300)), Fact::Known(Percent(75.0))));
        assert_eq!(limited.clients_used, Fact::Known(Percent(10.0)));
        let endless = facts("used_memory:300\r\nmaxmemory:0\r\nconnected_clients:1\r\nrdb_last_save_time:0\r\n");
        assert_eq!((endless.memory_limit, endless.memory_limit_used), (Fact::Absent, Fact::Absent));
        assert_eq!(endless.clients_used, Fact::Absent);
        assert_eq!(endless.last_save.known().map(Moment::to_string).as_deref(), Some("1970-01-01T00:00:00Z"));
    }

    #[test]
    fn errors_are_sorted_by_their_first_word() {
        let word = |error: &str, otherwise| match declined(error, otherwise) {
            Failure::Problem(problem) => problem.word,
            Failure::Blind(why) => panic!("{why}"),
        };
        assert_eq!(word("NOAUTH Authentication required.", Word::Rejected), Word::AuthenticationFailed);
        assert_eq!(word("ERR invalid password", Word::AuthenticationFailed), Word::AuthenticationFailed);
        assert_eq!(word("LOADING Redis is loading", Word::Rejected), Word::Rejected);
    }
}

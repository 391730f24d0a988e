//! `engine.yaml` and `waivers.yaml`: what surrounds the packs.

use super::given::{FromGiven, Given, OneOrMany, Reader, View};
use super::pack::{Level, Node};
use crate::fact::Moment;
use crate::{choice, described};
use serde_json::{Value as Json, json};
use std::collections::BTreeMap;
use std::time::Duration;

choice! {
    /// What ends a run early.
    pub enum Stop {
        /// Nothing: every check is looked at.
        None = "none",
        /// A tier of equal priority in which a check counts at or above the fail level skips the later tiers.
        Tier = "tier",
    }
}

choice! {
    /// What an unknown answer counts as.
    pub enum UnknownAs {
        /// As the level of its check.
        Level = "level",
        /// As a warning.
        Warn = "warn",
        /// As nothing.
        Ignore = "ignore",
    }
}

described! {
    /// A way to run: which checks, how long, and whether the answer blocks.
    pub struct Mode {
        /// Whether NO-GO gives exit code 1. An observing mode only records.
        blocking: bool = true,
        /// Only checks of this priority and lower numbers.
        max_priority: Option<i32>,
        /// No look may take longer than this.
        timeout: Option<Duration>,
        /// Only checks with one of these tags.
        tags: Option<OneOrMany<String>>,
        /// What an unknown answer counts as.
        unknown: UnknownAs = UnknownAs::Level,
        /// What counts as NO-GO.
        fail_on: Option<Level>,
    }
}

/// The mode that every project has: it blocks and limits nothing.
pub const FULL: &str = "full";

described! {
    /// The configuration of a project: `engine.yaml`, found upward from the working directory.
    pub struct Config {
        /// Packs: files, folders and globs, relative to this file.
        paths: Option<OneOrMany<String>>,
        /// Ways to run, by name.
        modes: Option<BTreeMap<String, Mode>>,
        /// The mode of a run that names none.
        default_mode: Option<String>,
        /// What ends a run early.
        stop: Stop = Stop::None,
        /// What stands above the report: a name and its value each.
        header: Option<Header>,
        /// The file of waivers, relative to this file.
        waivers: Option<String>,
        /// What counts as NO-GO.
        fail_on: Level = Level::Error,
    }
}

/// Rows of the header in the order of the file.
#[derive(Debug, Clone)]
pub struct Header(pub Vec<(String, Node)>);

impl FromGiven for Header {
    fn schema() -> Json {
        json!({ "type": "object", "additionalProperties": { "type": ["string", "integer", "number", "boolean", "array"] } })
    }
    fn read(given: &Given, reader: &mut Reader) -> Option<Self> {
        Some(Header(
            reader
                .members(given, "name: value")?
                .into_iter()
                .map(|member| (member.key.into_owned(), Node(member.value.node)))
                .collect(),
        ))
    }
}

described! {
    /// A check that may fail for a while: who says so, why, and until when.
    pub struct Waiver {
        /// The check, as `pack/id` or, for one entry of a `for_each`, `pack/id[key]`.
        check: String,
        /// Why it may fail.
        reason: String,
        /// Who answers for that.
        owner: String,
        /// The last day of the waiver, in UTC. After it the check counts again.
        expires: Day,
    }
}

// the enum is made by a macro that knows no default
#[allow(clippy::derivable_impls)]
impl Default for Stop {
    fn default() -> Self {
        Stop::None
    }
}

/// The last instant of a day, in UTC.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Day(pub Moment);

impl FromGiven for Day {
    fn schema() -> Json {
        json!({
            "type": "string",
            "pattern": "^[0-9]{4}-[0-9]{2}-[0-9]{2}",
            "patternErrorMessage": "a day is needed here, such as `2027-01-31`",
            "examples": ["2027-01-31"],
        })
    }
    fn type_name() -> String {
        "day".into()
    }
    fn read(given: &Given, reader: &mut Reader) -> Option<Self> {
        let text = String::read(given, reader)?;
        match Moment::parse_day(&text) {
            Ok(moment) => Some(Day(moment)),
            Err(_) => reader.malformed(given, format!("`{text}` is not a day"), "write one like `2027-01-31`"),
        }
    }
}

/// The waivers of a file, with their places.
pub struct Waivers(pub Vec<(Waiver, Node)>);

impl FromGiven for Waivers {
    fn schema() -> Json {
        json!({ "type": "array", "items": Waiver::schema() })
    }
    fn read(given: &Given, reader: &mut Reader) -> Option<Self> {
        match reader.view(given) {
            View::List(items) => {
                let read: Vec<Option<(Waiver, Node)>> =
                    items.iter().map(|item| Some((Waiver::read(item, reader)?, Node(item.node)))).collect();
                read.into_iter().collect::<Option<_>>().map(Waivers)
            }
            _ => reader.wrong_type(given, "a list of waivers"),
        }
    }
}

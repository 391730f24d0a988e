//! `engine` answers one question: GO or NO-GO, and what do I do about it?
//!
//! # The flow
//!
//! ```text
//! packs (YAML) ──spec──▶ Pack ──plan──▶ Plan ──observe──▶ Observations ──judge──▶ Verdicts ──report──▶ text
//! ```
//!
//! * [`spec`] reads YAML and keeps the place of everything; what was written, nothing resolved.
//! * [`plan`] resolves names, expands `for_each`, selects, orders, joins equal looks. Pure.
//! * [`observe`] carries out looks through [`probe`]s, under deadlines, and removes secrets.
//! * [`judge`] holds matchers against facts. Pure: the time of looking is data.
//! * [`run`] drives a plan through an observer, whether it looks at the world or at a recording.
//! * [`record`] keeps what was seen, judges it again, tests packs with it.
//! * [`report`] renders verdicts. Pure.
//!
//! # Who may look
//!
//! Files, processes, sockets and the clock are used in `probe/`, `observe/`, `spec/load.rs` and
//! `command/`; `clippy.toml` remembers that. Everything else is a function of its arguments.
//!
//! # How to add
//!
//! * a probe: `just new-probe NAME` makes its file and its line in `probe.rs`;
//! * a fact: a field in the `facts!` of its probe;
//! * a matcher: a row in `judge::matcher::MATCHERS`, an arm in `read_test`, one in `judge::evaluate`
//!   and one in `judge::words`;
//! * a report format: a file in `report/` and a line in its list.

#![cfg_attr(not(test), warn(clippy::disallowed_methods))]

pub mod cli;
pub mod command;
pub mod fact;
pub mod judge;
pub mod observe;
pub mod plan;
pub mod probe;
pub mod prose;
pub mod record;
pub mod remedy;
pub mod report;
pub mod run;
pub mod schema;
pub mod spec;

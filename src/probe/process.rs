//! Which processes run, from `/proc` (proc(5)).
//!
//! A process that ended and only waits for its parent to notice (a zombie) does not run.
//! Deliberately absent: a fact `running`; that is `present`. Arguments, which may hold secrets, are
//! matched but never become facts.

pub mod table;
#[cfg(test)]
mod tests;

use super::{Context, Nature, Pace, Probe, Seen, bounded};
use crate::fact::{Bytes, Fact, Moment};
use crate::judge::pattern::Pattern;
use crate::{described, facts, record};
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;
use table::{Row, Table, user_name, user_of};

/// The most characters of a program's name that are shown.
const SHOWN: usize = 200;

described! {
    /// Looks for running processes. Every key that is given must fit; `present: false` says that none may run.
    #[derive(PartialEq, Eq, Hash)]
    pub struct Target (short: name) {
        /// The name of the program, e.g. `nginx`: the kernel's name of the process, or the last part of its first argument.
        name: Option<String>,
        /// A regular expression that matches somewhere in the command line, e.g. `^java .*-jar /opt/app\.jar`.
        pattern: Option<Pattern>,
        /// Name or number of the user it runs as (the effective user).
        user: Option<String>,
        /// A file that holds the process id, e.g. `/run/nginx.pid`.
        pid_file: Option<PathBuf>,
        /// Also count the engine itself, commands such as `sudo engine run` that started it, and what it started. Otherwise a pattern would find its own words there.
        include_engine: bool = false,
    }
}

record! {
    /// One process.
    pub struct Found {
        /// Its number.
        pid: i32,
        /// The number of the process that started it.
        parent: i32,
        /// The user it runs as; the number if nobody has it.
        user: String,
        /// The kernel's name of it, at most 15 bytes.
        name: String,
        /// What it was started as: its first argument, at most 200 characters. The others may hold secrets; `pattern` sees them.
        program: String,
        /// `R` running, `S` sleeping, `D` waiting for a device, `T` stopped, `I` idle (proc_pid_stat(5)).
        state: String,
        /// When it started.
        started: Moment,
        /// How long it has been running.
        age: Duration,
        /// Memory it holds (resident).
        memory: Bytes,
        /// Processor time it has used.
        cpu_time: Duration,
        /// The number of its threads.
        threads: u64,
    }
}

facts! {
    pub struct Facts {
        /// How many there are, at least 1.
        count: usize,
        /// Every one of them, by number.
        list: Vec<Found>,
        /// Memory of all of them together (resident; what they share is counted for each).
        memory: Bytes,
        /// Processor time that all of them have used.
        cpu_time: Duration,
        /// How long the youngest of them has been running: a small age after a long uptime tells of a restart.
        age: Duration,
        /// The largest number of open files that one of them has. Only root may see that of other users' processes.
        open_files: usize,
    }
}

pub struct Process;

impl Probe for Process {
    const NAME: &'static str = "process";
    const PACE: Pace = Pace::Quick;
    const NATURE: Nature = Nature::Looks;
    const DEFAULT: &'static str = "expect: { present: true }";
    const EXAMPLE: &'static str = "id: few-processes\nprocess: { user: root, include_engine: true }\nexpect:\n  count: { lt: 5000 }\n  memory: { lt: 1TiB }";
    const EVIDENCE: &'static [&'static str] = &["count", "memory", "age"];
    type Target = Target;
    type Facts = Facts;

    fn subject(target: &Target) -> String {
        let parts = [
            target.name.clone(),
            target.pattern.as_ref().map(|pattern| format!("command line like {}", pattern.text())),
            target.user.as_ref().map(|user| format!("of user {user}")),
            target.pid_file.as_ref().map(|file| format!("by {}", file.display())),
        ];
        parts.into_iter().flatten().collect::<Vec<_>>().join(", ")
    }

    fn check(target: &Target) -> Result<(), String> {
        if target.name.is_none() && target.pattern.is_none() && target.user.is_none() && target.pid_file.is_none() {
            return Err("say which process: `name`, `pattern`, `user` or `pid_file`".into());
        }
        match &target.name {
            Some(name) if name.is_empty() || name.contains('/') => {
                Err("`name` is the name of a program without its folder; use `pattern` for a path".into())
            }
            _ => Ok(()),
        }
    }

    fn observe(target: &Target, wanted: &Wanted, _: &Context) -> Seen<Facts> {
        match &*table::processes() {
            Ok(table) => look(target, wanted, table),
            Err(why) => Seen::Unsupported(why.clone()),
        }
    }
}

fn look(target: &Target, wanted: &Wanted, table: &Table) -> Seen<Facts> {
    let pid = match target.pid_file.as_deref().map(read_pid) {
        None => None,
        Some(Seen::Present(pid)) => Some(pid),
        Some(answer) => return answer.map(|_| Facts::default()),
    };
    let regex = match target.pattern.as_ref().map(Pattern::regex).transpose() {
        Ok(regex) => regex,
        Err(why) => return Seen::Refused(why),
    };
    let user = match target.user.as_deref().map(user_id).transpose() {
        Ok(user) => user,
        Err(why) => return Seen::Absent(why),
    };
    let ourselves = if target.include_engine { Default::default() } else { table.ourselves() };
    let fits = |row: &&Row| {
        !row.is_dead()
            && pid.is_none_or(|pid| row.pid == pid)
            && !ourselves.contains(&row.pid)
            && target.name.as_deref().is_none_or(|name| row.is_called(name))
            && regex.is_none_or(|regex| regex.is_match(&row.command()))
    };
    let mut found = Vec::new();
    for row in table.rows.values().filter(fits) {
        match user_of(row.pid) {
            Ok(id) if user.is_none_or(|user| user == id) => found.push((row, id)),
            Ok(_) => {}
            Err(error) if error.kind() == io::ErrorKind::PermissionDenied => {
                return Seen::Refused(format!("the user of process {} may not be seen", row.pid));
            }
            Err(_) => {} // it ended meanwhile
        }
    }
    match (&table.hidden, found.is_empty()) {
        (Some(why), true) => Seen::Refused(why.clone()),
        (None, true) => Seen::Absent(match pid {
            Some(pid) => format!("no such process has the number {pid} of the pid file"),
            None => "no such process runs".into(),
        }),
        (_, false) => Seen::Present(facts(&found, table, wanted)),
    }
}

fn facts(found: &[(&Row, u32)], table: &Table, wanted: &Wanted) -> Facts {
    // where some are hidden, those that were found are not all
    fn all<T>(table: &Table, value: T) -> Fact<T> {
        table.hidden.clone().map_or(Ok(value), Err).into()
    }
    let memory = found.iter().map(|(row, _)| memory(row)).sum();
    let cpu_time = found.iter().map(|(row, _)| ticks(row.cpu_ticks)).sum();
    let list = wanted.list.then(|| found.iter().map(|(row, user)| describe(row, *user, table)).collect());
    Facts {
        count: all(table, found.len()),
        list: list.map_or(Fact::NotWanted, |list| all(table, list)),
        memory: all(table, Bytes(memory)),
        cpu_time: all(table, cpu_time),
        age: found.iter().map(|(row, _)| age(row, table)).min().into(),
        open_files: if wanted.open_files { open_files(found).into() } else { Fact::NotWanted },
    }
}

fn describe(row: &Row, user: u32, table: &Table) -> Found {
    let age = age(row, table);
    let now = crate::observe::now().timestamp();
    Found {
        pid: row.pid,
        parent: row.parent,
        user: user_name(user),
        name: row.name.clone(),
        program: row.arguments.first().unwrap_or(&row.name).chars().take(SHOWN).collect(),
        state: row.state.to_string(),
        started: now.checked_sub(age).unwrap_or(now).into(),
        age,
        memory: Bytes(memory(row)),
        cpu_time: ticks(row.cpu_ticks),
        threads: row.threads,
    }
}

fn ticks(ticks: u64) -> Duration {
    Duration::from_millis(ticks.saturating_mul(1000) / rustix::param::clock_ticks_per_second().max(1))
}

fn age(row: &Row, table: &Table) -> Duration {
    table.since_boot.saturating_sub(ticks(row.start_ticks))
}

fn memory(row: &Row) -> u64 {
    row.resident_pages.saturating_mul(rustix::param::page_size() as u64)
}

fn open_files(found: &[(&Row, u32)]) -> Result<usize, String> {
    let mut most = 0;
    for (row, _) in found {
        match std::fs::read_dir(format!("/proc/{}/fd", row.pid)) {
            Ok(entries) => most = most.max(entries.count()),
            Err(error) if error.kind() == io::ErrorKind::PermissionDenied => {
                return Err(format!("the open files of process {} may not be seen; run as root", row.pid));
            }
            Err(_) => {} // it ended meanwhile
        }
    }
    Ok(most)
}

/// The number in a pid file.
fn read_pid(file: &Path) -> Seen<i32> {
    match bounded::read_text(file, 4096) {
        Ok(text) => match text.split_whitespace().next().and_then(|word| word.parse().ok()).filter(|pid| *pid > 0) {
            Some(pid) => Seen::Present(pid),
            None => Seen::Refused(format!("{} holds no process id", file.display())),
        },
        Err(error) if bounded::is_missing(&error) => Seen::Absent(bounded::explain(file, &error)),
        Err(error) => Seen::Refused(bounded::explain(file, &error)),
    }
}

fn user_id(user: &str) -> Result<u32, String> {
    let known = uzers::get_user_by_name(user).map(|user| user.uid());
    known.or_else(|| user.parse().ok()).ok_or_else(|| format!("there is no user {user}"))
}

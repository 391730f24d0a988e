//! Reads cron's tables: where they are, which files in a folder count, what a line says.

use super::Entry;
use crate::probe::bounded;
use std::io;
use std::path::{Path, PathBuf};

/// Larger tables than this are no tables.
const LIMIT: u64 = 4 << 20;

/// Spools of Debian and Alpine, SUSE, and of RHEL and Arch, whose folder holds the others' too.
const SPOOLS: &[&str] = &["var/spool/cron/crontabs", "var/spool/cron/tabs", "var/spool/cron"];

/// Folders of scripts and how often they run; the last five are Alpine's.
const PERIODS: &[(&str, &str)] = &[
    ("etc/cron.hourly", "@hourly"),
    ("etc/cron.daily", "@daily"),
    ("etc/cron.weekly", "@weekly"),
    ("etc/cron.monthly", "@monthly"),
    ("etc/cron.yearly", "@yearly"),
    ("etc/periodic/15min", "*/15 * * * *"),
    ("etc/periodic/hourly", "@hourly"),
    ("etc/periodic/daily", "@daily"),
    ("etc/periodic/weekly", "@weekly"),
    ("etc/periodic/monthly", "@monthly"),
];

/// What was read so far.
#[derive(Default)]
pub struct Reading {
    pub entries: Vec<Entry>,
    /// Lines that are no jobs, as `file:line`.
    pub broken: Vec<String>,
    /// Why something could not be read.
    pub unread: Vec<String>,
}

/// What the lines of a table are made of.
#[derive(Clone, Copy)]
enum Layout<'a> {
    /// Schedule, user, command.
    System,
    /// Schedule, command; all of this user.
    User(&'a str),
    /// Days, delay, name, command (anacrontab(5)).
    Anacron,
}

impl Reading {
    /// Every table of the machine below `root`.
    pub fn system(&mut self, root: &Path) {
        // Debian's daemon ignores names with a dot, that of others only what packages leave behind
        let dots = !root.join("etc/debian_version").exists();
        self.try_table(&root.join("etc/crontab"));
        for file in self.files(&root.join("etc/cron.d"), |name| is_table(name, dots)) {
            self.try_table(&file);
        }
        for spool in SPOOLS {
            for file in self.files(&root.join(spool), |name| !name.starts_with('.') && !name.ends_with('~')) {
                if !file.is_dir() {
                    self.try_table(&file);
                }
            }
        }
        for (folder, schedule) in PERIODS {
            for file in self.files(&root.join(folder), |name| is_table(name, dots)) {
                self.script(schedule, &file);
            }
        }
        self.try_table(&root.join("etc/anacrontab"));
    }

    /// One table.
    pub fn table(&mut self, file: &Path) -> io::Result<()> {
        let name = file.file_name().unwrap_or_default().to_string_lossy();
        let folder = file.parent().and_then(Path::file_name).unwrap_or_default();
        let layout = match &*name {
            "anacrontab" => Layout::Anacron,
            "crontab" => Layout::System,
            _ if folder == "cron.d" => Layout::System,
            user => Layout::User(user),
        };
        let text = bounded::read_text(file, LIMIT)?;
        let place = file.display().to_string();
        for (number, line) in text.lines().enumerate() {
            match parse_line(line, layout) {
                Line::Nothing => {}
                Line::Job(schedule, user, command) => {
                    self.entries.push(Entry { schedule, user, command, file: place.clone() })
                }
                Line::Broken => self.broken.push(format!("{place}:{}", number + 1)),
            }
        }
        Ok(())
    }

    fn try_table(&mut self, file: &Path) {
        if let Err(error) = self.table(file)
            && !bounded::is_missing(&error)
        {
            self.unread.push(bounded::explain(file, &error));
        }
    }

    /// The files of a folder that count, sorted; none if there is no such folder.
    fn files(&mut self, folder: &Path, counts: impl Fn(&str) -> bool) -> Vec<PathBuf> {
        let entries = match std::fs::read_dir(folder) {
            Ok(entries) => entries,
            Err(error) => {
                if !bounded::is_missing(&error) {
                    self.unread.push(bounded::explain(folder, &error));
                }
                return Vec::new();
            }
        };
        let named = entries.flatten().filter(|entry| counts(&entry.file_name().to_string_lossy()));
        let mut files: Vec<PathBuf> = named.map(|entry| entry.path()).collect();
        files.sort();
        files
    }

    fn script(&mut self, schedule: &str, file: &Path) {
        use std::os::unix::fs::PermissionsExt;
        let executable = |metadata: std::fs::Metadata| metadata.is_file() && metadata.permissions().mode() & 0o111 != 0;
        if std::fs::metadata(file).is_ok_and(executable) {
            let file = file.display().to_string();
            self.entries.push(Entry { schedule: schedule.into(), user: "root".into(), command: file.clone(), file });
        }
    }
}

/// Names that a daemon and run-parts(8) take: nothing hidden, nothing that editors and packages leave behind.
fn is_table(name: &str, dots: bool) -> bool {
    let plain = name.chars().all(|c| c.is_ascii_alphanumeric() || "_-.".contains(c));
    let left_behind = [".rpmsave", ".rpmorig", ".rpmnew", ".swp", ".bak"].iter().any(|end| name.ends_with(end))
        || name.contains(".dpkg-")
        || name.starts_with('.');
    plain && !left_behind && (dots || !name.contains('.'))
}

#[derive(Debug, PartialEq)]
enum Line {
    /// Blank, a comment, or a variable.
    Nothing,
    /// Schedule, user, command.
    Job(String, String, String),
    Broken,
}

fn parse_line(line: &str, layout: Layout) -> Line {
    let line = line.trim();
    if line.is_empty() || line.starts_with('#') || is_variable(line) {
        return Line::Nothing;
    }
    // a dash in front asks cronie and SUSE's cron not to log
    let line = line.strip_prefix('-').unwrap_or(line);
    parse_job(line, layout)
        .map_or(Line::Broken, |(schedule, user, command)| Line::Job(schedule, user.to_string(), command.to_string()))
}

fn parse_job<'a>(line: &'a str, layout: Layout<'a>) -> Option<(String, &'a str, &'a str)> {
    if let Layout::Anacron = layout {
        let (period, rest) = word(line)?;
        let (_delay, rest) = word(rest)?;
        let (_name, command) = word(rest)?;
        let schedule = match period.strip_prefix('@') {
            Some(_) => period.to_string(),
            None => format!("every {}", crate::prose::count(period.parse().ok()?, "day")),
        };
        return (!command.is_empty()).then_some((schedule, "root", command));
    }
    let fields = if line.starts_with('@') { 1 } else { 5 };
    let (mut schedule, mut rest) = (Vec::new(), line);
    for _ in 0..fields {
        let (field, after) = word(rest)?;
        schedule.push(field);
        rest = after;
    }
    if !schedule.iter().all(|field| is_field(field)) {
        return None;
    }
    let (user, command) = match layout {
        Layout::User(user) => (user, rest),
        _ => word(rest)?,
    };
    (!command.is_empty()).then(|| (schedule.join(" "), user, command))
}

/// The first word and what follows it.
fn word(text: &str) -> Option<(&str, &str)> {
    let (first, rest) = text.split_once([' ', '\t']).unwrap_or((text, ""));
    (!first.is_empty()).then(|| (first, rest.trim_start()))
}

/// `NAME=value`, also with spaces around the sign and quotes around the name (crontab(5)).
fn is_variable(line: &str) -> bool {
    let name = line.split_once('=').map(|(name, _)| name.trim().trim_matches(['"', '\'']));
    name.is_some_and(|name| {
        name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
            && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
    })
}

/// Numbers, names of months and days, `*`, and what joins them; `~` spreads jobs at random (cronie).
fn is_field(field: &str) -> bool {
    if let Some(name) = field.strip_prefix('@') {
        return !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric());
    }
    let known = |part: &str| part.bytes().all(|b| b.is_ascii_digit()) || NAMES.contains(&&*part.to_ascii_lowercase());
    field.split(['*', '/', ',', '-', '~']).all(known)
}

const NAMES: &[&str] = &[
    "jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec", "mon", "tue", "wed", "thu",
    "fri", "sat", "sun",
];

#[cfg(test)]
mod tests {
    use super::*;

    fn job(schedule: &str, user: &str, command: &str) -> Line {
        Line::Job(schedule.into(), user.into(), command.into())
    }

    #[test]
    fn lines_of_system_tables() {
        let read = |line| parse_line(line, Layout::System);
        // Debian 12, RHEL 9, SUSE 15
        assert_eq!(
            read("25 6\t* * *\troot\ttest -x /usr/sbin/anacron || ( cd / && run-parts /etc/cron.daily )"),
            job("25 6 * * *", "root", "test -x /usr/sbin/anacron || ( cd / && run-parts /etc/cron.daily )")
        );
        assert_eq!(
            read("01 * * * * root run-parts /etc/cron.hourly"),
            job("01 * * * *", "root", "run-parts /etc/cron.hourly")
        );
        assert_eq!(read("-*/15 * * * *   root  /bin/true"), job("*/15 * * * *", "root", "/bin/true"));
        assert_eq!(read("0 0 * jan-mar mon,fri www date +%F"), job("0 0 * jan-mar mon,fri", "www", "date +%F"));
        assert_eq!(read("@reboot root X=1 y"), job("@reboot", "root", "X=1 y"));
    }

    #[test]
    fn what_is_no_job() {
        for line in ["", "   ", "# m h dom mon dow", "MAILTO=root", "PATH = /bin", "\"A\" = b", "MAILTO=\"\""] {
            assert_eq!(parse_line(line, Layout::System), Line::Nothing, "{line}");
        }
        for line in ["* * * *", "* * * * * root", "once in a while do something nice", "@ root x"] {
            assert_eq!(parse_line(line, Layout::System), Line::Broken, "{line}");
        }
    }

    #[test]
    fn lines_of_users_and_of_anacron() {
        assert_eq!(
            parse_line("0 5 * * 1 tar -zcf a /home", Layout::User("maria")),
            job("0 5 * * 1", "maria", "tar -zcf a /home")
        );
        assert_eq!(
            parse_line("1\t5\tcron.daily\tnice run-parts", Layout::Anacron),
            job("every 1 day", "root", "nice run-parts")
        );
        assert_eq!(parse_line("@monthly 45 cron.monthly run", Layout::Anacron), job("@monthly", "root", "run"));
        assert_eq!(parse_line("1 5 cron.daily", Layout::Anacron), Line::Broken);
    }

    #[test]
    fn files_that_are_left_behind_do_not_count() {
        assert!(is_table("e2scrub_all", false) && is_table("0hourly", true) && is_table("app.cron", true));
        for name in [".placeholder", "x~", "x.dpkg-dist", "x.rpmsave", "#x#", "app.cron"] {
            assert!(!is_table(name, false), "{name}");
        }
    }
}

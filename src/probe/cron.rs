//! Jobs of cron, from every table that its daemons read (crontab(5), anacrontab(5)).
//!
//! Deliberately absent: timers of systemd (`service: backup.timer`, `units: "*.timer"`), jobs of
//! at(1), and asking `crontab -l`, which shows one user's table only.

mod tables;

use super::process::table::processes;
use super::{Context, Nature, Pace, Probe, Seen, bounded};
use crate::fact::Fact;
use crate::judge::pattern::Pattern;
use crate::{described, facts, record};
use std::path::{Path, PathBuf};
use tables::Reading;

/// Daemons that run the jobs: Vixie cron, cronie, dcron, busybox, fcron.
const DAEMONS: &[&str] = &["cron", "crond", "fcron"];

described! {
    /// Looks for jobs of cron. Every key that is given must fit.
    #[derive(PartialEq, Eq, Hash)]
    pub struct Target (short: pattern) {
        /// A regular expression that matches somewhere in the command, e.g. `backup\.sh`.
        pattern: Option<Pattern>,
        /// Only jobs that run as this user.
        user: Option<String>,
        /// Only this table, e.g. `/etc/cron.d/backup`. Files in a folder `cron.d` and `/etc/crontab` name a user in every line; others belong to the user they are named after.
        file: Option<PathBuf>,
    }
}

record! {
    /// One job.
    pub struct Entry {
        /// When it runs, as written: `*/5 * * * *`, `@reboot`; `@daily` for a script in `/etc/cron.daily`, `every 7 days` for anacron.
        schedule: String,
        /// The user it runs as.
        user: String,
        /// The command, as written.
        command: String,
        /// The table it stands in.
        file: String,
    }
}

facts! {
    pub struct Facts {
        /// How many jobs fit. Unknown if a table may not be read; needs root.
        count: usize,
        /// Every job that fits.
        entries: Vec<Entry>,
        /// Lines of the tables that are no jobs, as `file:line`. Most daemons then ignore the whole table.
        broken: Vec<String>,
        /// Whether a cron daemon runs.
        running: bool,
    }
}

pub struct Cron;

impl Probe for Cron {
    const NAME: &'static str = "cron";
    const PACE: Pace = Pace::Quick;
    const NATURE: Nature = Nature::Looks;
    const DEFAULT: &'static str = "expect: { count: { ge: 1 } }";
    const EXAMPLE: &'static str = "id: no-piped-downloads\ntitle: No job runs what it just downloaded\ncron: \"(curl|wget) .*[|] *(ba)?sh\"\nexpect: { count: 0 }";
    const EVIDENCE: &'static [&'static str] = &["count", "running"];
    type Target = Target;
    type Facts = Facts;

    fn subject(target: &Target) -> String {
        let parts = [
            target.pattern.as_ref().map(|pattern| format!("jobs like {}", pattern.text())),
            target.user.as_ref().map(|user| format!("of user {user}")),
            target.file.as_ref().map(|file| format!("in {}", file.display())),
        ];
        let text = parts.into_iter().flatten().collect::<Vec<_>>().join(", ");
        if text.is_empty() { "all jobs".into() } else { text }
    }

    fn observe(target: &Target, wanted: &Wanted, _: &Context) -> Seen<Facts> {
        look(target, wanted, Path::new("/"))
    }
}

fn look(target: &Target, wanted: &Wanted, root: &Path) -> Seen<Facts> {
    let regex = match target.pattern.as_ref().map(Pattern::regex).transpose() {
        Ok(regex) => regex,
        Err(why) => return Seen::Refused(why),
    };
    let mut reading = Reading::default();
    match &target.file {
        Some(file) => {
            if let Err(error) = reading.table(file) {
                let why = bounded::explain(file, &error);
                return if bounded::is_missing(&error) { Seen::Absent(why) } else { Seen::Refused(why) };
            }
        }
        None => reading.system(root),
    }
    let fits = |entry: &Entry| {
        regex.is_none_or(|regex| regex.is_match(&entry.command))
            && target.user.as_ref().is_none_or(|user| entry.user == *user)
    };
    let entries: Vec<Entry> = reading.entries.into_iter().filter(fits).collect();
    // where a table may not be read, what was found is not all
    let unread = reading.unread.first();
    let all = unread.map_or(Ok(()), |why| Err(why.clone()));
    Seen::Present(Facts {
        count: all.clone().map(|()| entries.len()).into(),
        entries: all.clone().map(|()| entries).into(),
        broken: all.map(|()| reading.broken).into(),
        running: if wanted.running { running().into() } else { Fact::NotWanted },
    })
}

fn running() -> Result<bool, String> {
    let table = processes();
    let table = table.as_ref().as_ref().map_err(Clone::clone)?;
    let found = table.rows.values().any(|row| !row.is_dead() && DAEMONS.contains(&row.name.as_str()));
    match &table.hidden {
        Some(why) if !found => Err(why.clone()),
        _ => Ok(found),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fact::WantedBits;

    fn target() -> Target {
        Target { pattern: None, user: None, file: None }
    }

    /// A machine with tables of Debian, RHEL and Alpine, and what must not count.
    fn machine(name: &str) -> PathBuf {
        let root = std::env::temp_dir().join(format!("engine-cron-{name}-{}", std::process::id()));
        let write = |path: &str, text: &str| {
            let path = root.join(path);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, text).unwrap();
        };
        write("etc/crontab", "SHELL=/bin/sh\n17 *\t* * *\troot\tcd / && run-parts --report /etc/cron.hourly\n");
        write("etc/cron.d/backup", "# nightly\n30 2 * * * backup /opt/backup.sh --all\n");
        write("etc/cron.d/backup.dpkg-old", "30 3 * * * backup /opt/old.sh\n");
        write("etc/cron.d/edited~", "30 3 * * * backup /opt/old.sh\n");
        write("var/spool/cron/crontabs/maria", "@reboot /home/maria/start\n*/5 * * * * /usr/bin/poll 50%\n");
        write("etc/cron.daily/man-db", "#!/bin/sh\n");
        write("etc/cron.daily/not-executable", "#!/bin/sh\n");
        write("etc/anacrontab", "RANDOM_DELAY=45\n7\t25\tcron.weekly\tnice run-parts /etc/cron.weekly\n");
        let mode = std::os::unix::fs::PermissionsExt::from_mode(0o755);
        std::fs::set_permissions(root.join("etc/cron.daily/man-db"), mode).unwrap();
        root
    }

    fn jobs(target: &Target, root: &Path) -> Vec<(String, String, String)> {
        match look(target, &WantedBits::ALL.into(), root) {
            Seen::Present(Facts { entries: Fact::Known(entries), .. }) => {
                entries.into_iter().map(|entry| (entry.schedule, entry.user, entry.command)).collect()
            }
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn jobs_of_every_table_are_found() {
        let root = machine("every");
        let all = jobs(&target(), &root);
        let script = root.join("etc/cron.daily/man-db").display().to_string();
        let job = |schedule: &str, user: &str, command: &str| (schedule.into(), user.into(), command.into());
        assert_eq!(
            all,
            [
                job("17 * * * *", "root", "cd / && run-parts --report /etc/cron.hourly"),
                job("30 2 * * *", "backup", "/opt/backup.sh --all"),
                job("@reboot", "maria", "/home/maria/start"),
                job("*/5 * * * *", "maria", "/usr/bin/poll 50%"),
                job("@daily", "root", &script),
                job("every 7 days", "root", "nice run-parts /etc/cron.weekly"),
            ]
        );
        let backup = Target { pattern: Some(Pattern::parse(r"backup\.sh").unwrap()), ..target() };
        assert_eq!(jobs(&backup, &root).len(), 1);
        assert_eq!(jobs(&Target { user: Some("maria".into()), ..target() }, &root).len(), 2);
        std::fs::remove_dir_all(root).unwrap();
    }

    #[test]
    fn one_table_is_read_alone() {
        let root = machine("one");
        let file = |path: &str| Target { file: Some(root.join(path)), ..target() };
        assert_eq!(jobs(&file("etc/cron.d/backup"), &root)[0].1, "backup");
        assert_eq!(jobs(&file("var/spool/cron/crontabs/maria"), &root)[0].1, "maria");
        let look = |path: &str| look(&file(path), &WantedBits::ALL.into(), &root);
        assert!(matches!(look("etc/cron.d/none"), Seen::Absent(_)));
        assert!(matches!(look("etc/cron.d"), Seen::Refused(_)));
        std::fs::remove_dir_all(root).unwrap();
    }

    #[test]
    fn a_table_that_cannot_be_read_makes_the_count_unknown() {
        let root = machine("unread");
        // whoever runs the tests, nobody can read a loop of links
        std::os::unix::fs::symlink("loop", root.join("etc/cron.d/loop")).unwrap();
        let Seen::Present(facts) = look(&target(), &WantedBits::ALL.into(), &root) else { panic!("not present") };
        assert!(matches!(facts.count, Fact::Unknown(why) if why.contains("cron.d/loop")));
        std::fs::remove_dir_all(root).unwrap();
    }
}

//! A user account, from the system's user database (getpwnam(3)) and `/etc/shadow` (shadow(5)).
//!
//! The C library does not tell a directory service that is down from a user it does not know:
//! both are *absent*. Deliberately absent: anything of the password itself.

use super::{Context, Nature, Pace, Probe, Seen, bounded};
use crate::fact::{Fact, Moment};
use crate::{described, facts};
use std::io::ErrorKind;
use std::path::Path;
use uzers::os::unix::UserExt;

const SHADOW: &str = "/etc/shadow";
/// One line of a kilobyte for each of 64 thousand users.
const SHADOW_LIMIT: u64 = 64 << 20;

described! {
    /// Looks up a user account.
    #[derive(PartialEq, Eq, Hash)]
    pub struct Target (short: name) {
        /// Name of the user, or its number.
        name: String,
    }
}

facts! {
    pub struct Facts {
        /// Number of the user.
        uid: u32,
        /// Number of the primary group.
        gid: u32,
        /// Name of the primary group.
        group: String,
        /// Names of all groups, the primary one included, sorted.
        groups: Vec<String>,
        /// Home folder.
        home: String,
        /// Whether the home folder is there and is a folder.
        home_exists: bool,
        /// Login shell, e.g. `/usr/sbin/nologin`.
        shell: String,
        /// The comment field, usually the full name (GECOS).
        comment: String,
        /// No password opens the account: its entry in `/etc/shadow` starts with `!` or `*`. Keys may still open it. Needs root.
        locked: bool,
        /// The account opens without a password. Needs root.
        password_empty: bool,
        /// The day the password was last changed. Absent if that was never recorded. Needs root.
        password_changed: Moment,
        /// The day the password expires. Absent if it never does. Needs root.
        password_expires: Moment,
        /// The day the account expires. Absent if it never does. Needs root.
        account_expires: Moment,
    }
}

pub struct User;

impl Probe for User {
    const NAME: &'static str = "user";
    const PACE: Pace = Pace::Quick;
    const NATURE: Nature = Nature::Looks;
    const DEFAULT: &'static str = "expect: { present: true }";
    const EXAMPLE: &'static str = "id: root-is-root\nuser: root\nexpect:\n  uid: 0\n  group: root\n  home: /root";
    const EVIDENCE: &'static [&'static str] = &["uid", "group", "home", "shell"];
    type Target = Target;
    type Facts = Facts;

    fn subject(target: &Target) -> String {
        target.name.clone()
    }

    fn check(target: &Target) -> Result<(), String> {
        if target.name.is_empty() { Err("`name` is empty; name a user".into()) } else { Ok(()) }
    }

    fn observe(target: &Target, wanted: &Wanted, _: &Context) -> Seen<Facts> {
        match find(&target.name) {
            Some(user) => Seen::Present(facts(&user, wanted)),
            None => Seen::Absent(format!("there is no user {}", target.name)),
        }
    }
}

/// By name first: a name may consist of digits.
fn find(name: &str) -> Option<uzers::User> {
    uzers::get_user_by_name(name).or_else(|| uzers::get_user_by_uid(name.parse().ok()?))
}

fn facts(user: &uzers::User, wanted: &Wanted) -> Facts {
    let text = |text: &std::ffi::OsStr| text.to_string_lossy().into_owned();
    let home = user.home_dir();
    let mut facts = Facts {
        uid: user.uid().into(),
        gid: user.primary_group_id().into(),
        group: uzers::get_group_by_gid(user.primary_group_id()).map(|group| text(group.name())).into(),
        home: text(home.as_os_str()).into(),
        home_exists: exists(home).into(),
        shell: text(user.shell().as_os_str()).into(),
        comment: text(user.gecos()).into(),
        ..Facts::default()
    };
    if wanted.groups {
        facts.groups = groups(user).into();
    }
    if wanted.locked
        || wanted.password_empty
        || wanted.password_changed
        || wanted.password_expires
        || wanted.account_expires
    {
        add_shadow(&mut facts, &text(user.name()));
    }
    facts
}

fn groups(user: &uzers::User) -> Result<Vec<String>, String> {
    let groups = user.groups().ok_or("the user is in more than 1024 groups")?;
    let mut names: Vec<String> = groups.iter().map(|group| group.name().to_string_lossy().into_owned()).collect();
    names.sort();
    names.dedup();
    Ok(names)
}

fn exists(home: &Path) -> Result<bool, String> {
    match std::fs::metadata(home) {
        Ok(metadata) => Ok(metadata.is_dir()),
        Err(error) if bounded::is_missing(&error) => Ok(false),
        Err(error) => Err(bounded::explain(home, &error)),
    }
}

fn add_shadow(facts: &mut Facts, name: &str) {
    let path = Path::new(SHADOW);
    let entry = match bounded::read_text(path, SHADOW_LIMIT) {
        Ok(text) => parse_shadow(&text, name).ok_or(format!("{SHADOW} has no entry for {name}")),
        Err(error) if error.kind() == ErrorKind::PermissionDenied => Err(format!("{SHADOW} may only be read by root")),
        Err(error) => Err(bounded::explain(path, &error)),
    };
    fn fact<T>(entry: &Result<Shadow, String>, field: impl Fn(&Shadow) -> Fact<T>) -> Fact<T> {
        entry.as_ref().map_or_else(|why| Fact::Unknown(why.clone()), field)
    }
    facts.locked = fact(&entry, |entry| entry.locked.into());
    facts.password_empty = fact(&entry, |entry| entry.empty.into());
    facts.password_changed = fact(&entry, |entry| entry.changed.into());
    facts.password_expires = fact(&entry, |entry| entry.expires.into());
    facts.account_expires = fact(&entry, |entry| entry.account_expires.into());
}

#[derive(Debug, PartialEq)]
struct Shadow {
    locked: bool,
    empty: bool,
    changed: Option<Moment>,
    expires: Option<Moment>,
    account_expires: Option<Moment>,
}

/// `name:password:changed:minimum:maximum:warning:inactive:expires:`, days since 1970.
fn parse_shadow(text: &str, name: &str) -> Option<Shadow> {
    let line = text.lines().find(|line| line.split(':').next() == Some(name))?;
    let fields: Vec<&str> = line.split(':').collect();
    let days = |field: usize| fields.get(field)?.parse::<i64>().ok().filter(|days| *days >= 0);
    let password = fields.get(1)?;
    // a change on day 0 means that the password must be changed at the next login
    let changed = days(2).filter(|days| *days > 0);
    // 99999 days is how tools write "never"
    let maximum = days(4).filter(|days| *days < 99_999);
    Some(Shadow {
        locked: password.starts_with(['!', '*']),
        empty: password.is_empty(),
        changed: changed.and_then(day),
        expires: changed.zip(maximum).and_then(|(changed, maximum)| day(changed.checked_add(maximum)?)),
        account_expires: days(7).and_then(day),
    })
}

fn day(days: i64) -> Option<Moment> {
    jiff::Timestamp::from_second(days.checked_mul(86_400)?).ok().map(Moment::from)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fact::WantedBits;
    use std::time::Duration;

    // Debian 12, RHEL 9 and Alpine 3.20
    const SHADOW_TEXT: &str = "root:$y$j9T$abc$def:19852:0:99999:7:::\ndaemon:*:19852:0:99999:7:::\n\
        ansible:!!:19700::::::\nmaria:$6$x$y:20000:1:90:7:30:20500:\nguest::0:0:::::\nbroken\n";

    fn look(name: &str) -> Seen<Facts> {
        User::observe(
            &Target { name: name.into() },
            &WantedBits::ALL.into(),
            &Context::lasting(Duration::from_secs(20)),
        )
    }

    #[test]
    fn shadow_entries_are_read() {
        let entry = |name| parse_shadow(SHADOW_TEXT, name).unwrap();
        assert!(!entry("root").locked && entry("root").expires.is_none());
        assert!(entry("daemon").locked && entry("ansible").locked);
        assert_eq!(entry("maria").changed.unwrap().day(), "2024-10-04");
        assert_eq!(entry("maria").expires.unwrap().day(), "2025-01-02");
        assert_eq!(entry("maria").account_expires.unwrap().day(), "2026-02-16");
        assert!(entry("guest").empty && !entry("guest").locked && entry("guest").changed.is_none());
        assert_eq!(parse_shadow(SHADOW_TEXT, "roo"), None);
        assert_eq!(parse_shadow(SHADOW_TEXT, "broken"), None);
    }

    #[test]
    fn users_are_found_by_name_and_number() {
        for name in ["root", "0"] {
            let Seen::Present(facts) = look(name) else { panic!("no root") };
            assert_eq!((facts.uid, facts.group), (Fact::Known(0), Fact::Known("root".into())));
            assert!(facts.groups.known().unwrap().contains(&"root".to_string()));
            assert_eq!(facts.home_exists, Fact::Known(Path::new("/root").is_dir()));
        }
        assert!(matches!(look("no-such-user"), Seen::Absent(why) if why == "there is no user no-such-user"));
        assert!(matches!(look("ro\0ot"), Seen::Absent(_)));
    }

    #[test]
    fn the_shadow_is_only_read_when_wanted() {
        let user = find("root").unwrap();
        assert_eq!(facts(&user, &WantedBits::default().into()).locked, Fact::NotWanted);
        let entries = std::fs::read_to_string(SHADOW);
        let locked = facts(&user, &WantedBits::ALL.into()).locked;
        assert_eq!(matches!(locked, Fact::Known(_)), entries.is_ok_and(|text| parse_shadow(&text, "root").is_some()));
    }
}

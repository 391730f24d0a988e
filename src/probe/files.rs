//! Several files at once: how many there are, and the facts of each.
//!
//! A folder that may not be read makes the facts unknown: what is in it might
//! break the expectation. Deliberately absent: contents (see `file`), and
//! conditions of its own, since `list: { none: … }` says them.

use super::reading::{self, FileType, Unread};
use super::walk::{Found, Search};
use super::{Context, Pace, Probe, Seen, owner};
use crate::fact::{Bytes, Fact, Mode, Moment};
use crate::spec::given::OneOrMany;
use crate::{described, facts, record};
use std::fs::Metadata;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::time::Duration;

described! {
    /// Looks at every file that globs match, or that lies below a folder; at most 100,000.
    #[derive(PartialEq, Eq, Hash)]
    pub struct Target (short: paths) {
        /// Globs such as `/var/log/**/*.log`: `*` stays within a folder, `**` goes through any number of folders.
        paths: Option<OneOrMany<String>>,
        /// Instead of `paths`: the folder below which everything is looked at.
        root: Option<PathBuf>,
        /// Below `root`: globs of names, e.g. `*.pem`. With a slash they are for the whole path.
        names: Option<OneOrMany<String>>,
        /// Only what is of one of these types.
        r#type: Option<OneOrMany<FileType>>,
        /// Nothing closer than this many steps below `root`, or below the last folder of a glob without a wildcard.
        min_depth: Option<u32>,
        /// Nothing further than this many steps.
        max_depth: Option<u32>,
        /// Whether symbolic links stand for what they point to, and folders behind them are entered.
        follow: bool = false,
        /// Whether names that begin with a dot count.
        hidden: bool = true,
        /// Globs of what to leave out and not to enter: of names, or with a slash of whole paths.
        exclude: Option<OneOrMany<String>>,
    }
}

record! {
    /// One file.
    pub struct Entry {
        /// The path; bytes that are not UTF-8 are replaced by U+FFFD.
        path: String,
        /// `file`, `directory`, `symlink`, `socket`, `fifo`, `block_device` or `character_device`.
        r#type: String,
        /// Permission bits.
        mode: Mode,
        /// Name of the owner; the number as text if it has no name.
        owner: String,
        /// Size in bytes.
        size: Bytes,
        /// Time since the content was last changed; zero if that lies in the future.
        age: Duration,
    }
}

facts! {
    pub struct Facts {
        /// How many there are.
        count: usize,
        /// Each of them, in the order of the paths.
        list: Vec<Entry>,
        /// Their sizes together, folders left out.
        size: Bytes,
        /// Age of the one that was changed last; absent if there is none.
        newest: Duration,
        /// Age of the one that was not changed for the longest time; absent if there is none.
        oldest: Duration,
    }
}

pub struct Files;

impl Probe for Files {
    const NAME: &'static str = "files";
    const PACE: Pace = Pace::Waits;
    const DEFAULT: &'static str = "expect: { count: { ge: 1 } }";
    const EXAMPLE: &'static str = "id: nobody-writes-in-etc\nfiles: { paths: \"/etc/*\", type: file }\nexpect:\n  count: { ge: 1 }\n  list: { every: { mode: { lacks: \"o+w\" } } }";
    const EVIDENCE: &'static [&'static str] = &["count"];
    type Target = Target;
    type Facts = Facts;

    fn subject(target: &Target) -> String {
        match (&target.paths, &target.root) {
            (Some(paths), _) => paths.0.join(", "),
            (None, root) => {
                let names = target.names.as_ref().map(|names| format!(": {}", names.0.join(", ")));
                format!("{}{}", root.as_deref().unwrap_or(Path::new("")).display(), names.unwrap_or_default())
            }
        }
    }

    fn check(target: &Target) -> Result<(), String> {
        if target.names.is_some() && target.root.is_none() {
            return Err("`names` are looked for below a `root`; add one, or write globs in `paths`".into());
        }
        if target.min_depth.zip(target.max_depth).is_some_and(|(min, max)| min > max) {
            return Err("nothing lies between `min_depth` and `max_depth`; write the smaller number first".into());
        }
        search(target).map(drop)
    }

    fn observe(target: &Target, want: &Wanted, context: &Context) -> Seen<Facts> {
        if let Some(root) = &target.root
            && let Err(unread) = reading::look(root, true)
        {
            return unread.at(root).into();
        }
        match search(target).and_then(|search| search.run(context)) {
            Ok(found) => Seen::Present(facts(target, want, found)),
            Err(why) => Seen::Refused(why),
        }
    }
}

fn search(target: &Target) -> Result<Search, String> {
    let exclude = target.exclude.as_ref().map_or(&[][..], |exclude| &exclude.0);
    let mut search = match (&target.paths, &target.root) {
        (Some(paths), None) if paths.0.is_empty() => return Err("`paths` names nothing; write a glob".into()),
        (Some(paths), None) => Search::globs(&paths.0, exclude)?,
        (None, Some(root)) => Search::below(root, target.names.as_ref().map_or(&[], |names| &names.0), exclude)?,
        _ => return Err("either `paths` or `root` is needed, to know where to look".into()),
    };
    search.min_depth = target.min_depth.map_or(search.min_depth, |depth| depth as usize);
    search.max_depth = target.max_depth.map(|depth| depth as usize);
    (search.follow, search.hidden) = (target.follow, target.hidden);
    Ok(search)
}

fn facts(target: &Target, want: &Wanted, mut found: Found) -> Facts {
    if let Some(types) = &target.r#type {
        found.entries.retain(|_, kind| types.0.contains(kind));
    }
    let complete = found.incomplete().map_or(Ok(()), Err);
    let list: Fact<Vec<Entry>> = match want.list || want.size || want.newest || want.oldest {
        true => complete.clone().and_then(|()| entries(&found, target.follow)).into(),
        false => Fact::NotWanted,
    };
    let files = list.known().map(|list| list.iter().filter(|entry| entry.r#type != "directory"));
    let ages = list.known().map(|list| list.iter().map(|entry| entry.age));
    Facts {
        count: complete.map(|()| found.entries.len()).into(),
        size: like(&list, files.map(|files| Bytes(files.map(|entry| entry.size.0).sum()))),
        newest: like(&list, ages.clone().and_then(Iterator::min)),
        oldest: like(&list, ages.and_then(Iterator::max)),
        list,
    }
}

/// What follows from the list, or why the list is not known.
fn like<T>(list: &Fact<Vec<Entry>>, value: Option<T>) -> Fact<T> {
    match list {
        Fact::Known(_) => value.into(),
        Fact::Absent => Fact::Absent,
        Fact::Unknown(why) => Fact::Unknown(why.clone()),
        Fact::NotWanted => Fact::NotWanted,
    }
}

/// Leaves out what has gone since it was found.
fn entries(found: &Found, follow: bool) -> Result<Vec<Entry>, String> {
    let now = crate::observe::now();
    let mut list = Vec::with_capacity(found.entries.len());
    for (path, kind) in &found.entries {
        // a link that leads nowhere stands for itself
        match reading::look(path, follow && *kind != FileType::Symlink) {
            Ok(metadata) => list.push(entry(path, &metadata, now)),
            Err(Unread::Absent(_)) => {}
            Err(refused) => return Err(refused.at(path).why()),
        }
    }
    Ok(list)
}

fn entry(path: &Path, metadata: &Metadata, now: Moment) -> Entry {
    Entry {
        path: path.display().to_string(),
        r#type: FileType::of(metadata.file_type()).word().into(),
        mode: Mode(metadata.mode() & 0o7777),
        owner: owner::user(metadata.uid()),
        size: Bytes(metadata.len()),
        age: metadata.modified().map_or(Duration::ZERO, |modified| now.since(modified.into())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fact::WantedBits;
    use std::fs;

    fn target(paths: &[String]) -> Target {
        Target {
            paths: Some(OneOrMany(paths.to_vec())),
            root: None,
            names: None,
            r#type: None,
            min_depth: None,
            max_depth: None,
            follow: false,
            hidden: true,
            exclude: None,
        }
    }

    fn seen(target: &Target) -> Seen<Facts> {
        Files::check(target).unwrap();
        Files::observe(target, &WantedBits::ALL.into(), &Context::lasting(Duration::from_secs(10)))
    }

    #[test]
    fn files_are_counted_and_listed() {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir(folder.path().join("c")).unwrap();
        fs::write(folder.path().join("b"), "12345").unwrap();
        fs::write(folder.path().join("a"), "123").unwrap();
        let mut target = target(&[format!("{}/*", folder.path().display())]);
        target.r#type = Some(OneOrMany(vec![FileType::File]));
        let Seen::Present(facts) = seen(&target) else { panic!() };
        assert_eq!((facts.count, facts.size), (Fact::Known(2), Fact::Known(Bytes(8))));
        let list = facts.list.known().unwrap();
        let names: Vec<&str> = list.iter().map(|entry| &entry.path[entry.path.len() - 2..]).collect();
        assert_eq!(names, ["/a", "/b"]);
        assert!(facts.oldest.known() >= facts.newest.known() && facts.newest.known().is_some());
    }

    #[test]
    fn no_match_is_a_count_but_no_root_is_absent() {
        let Seen::Present(facts) = seen(&target(&["/nowhere/*".into()])) else { panic!() };
        assert_eq!((facts.count, facts.newest), (Fact::Known(0), Fact::Absent));
        let below = Target { paths: None, root: Some("/nowhere".into()), ..target(&[]) };
        assert!(matches!(seen(&below), Seen::Absent(why) if why == "/nowhere does not exist"));
    }

    #[test]
    fn what_could_not_be_read_makes_the_facts_unknown() {
        let mut found = Found::default();
        found.unreadable.push("/a (permission denied)".into());
        let facts = facts(&target(&[]), &WantedBits::ALL.into(), found);
        let why = "could not be read: /a (permission denied)";
        assert_eq!((facts.count, facts.size), (Fact::Unknown(why.into()), Fact::Unknown(why.into())));
    }

    #[test]
    fn targets_that_name_no_place_are_refused() {
        let nowhere = Target { paths: None, ..target(&[]) };
        assert!(Files::check(&nowhere).unwrap_err().contains("either `paths` or `root`"));
        assert!(Files::check(&target(&[])).unwrap_err().contains("names nothing"));
        assert!(Files::check(&target(&["[".into()])).unwrap_err().contains("is no glob"));
        let names = Target { names: Some(OneOrMany(vec!["a".into()])), ..target(&["b".into()]) };
        assert!(Files::check(&names).unwrap_err().contains("`root`"));
    }
}

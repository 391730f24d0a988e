//! Drift of a `.env` file: against a sample, and against what the source code reads.
//!
//! Values are not given unless asked for; what is said of them otherwise is only
//! their length. Deliberately absent: the environment itself (see `env`).

mod references;

use super::dotenv_text::{DotenvText, parse};
use super::reading::{self, DEFAULT_LIMIT, wanted};
use super::{Context, Pace, Probe, Seen};
use crate::spec::given::OneOrMany;
use crate::{described, facts};
use globset::{Glob, GlobSet, GlobSetBuilder};
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

described! {
    /// Source code, searched for the variables it reads.
    #[derive(PartialEq, Eq, Hash)]
    pub struct Source (short: files) {
        /// Globs of source files, e.g. `app/**/*.py`; each at most 1 MiB.
        files: OneOrMany<String>,
        /// Globs of what to leave out: of names, or with a slash of whole paths.
        exclude: Option<OneOrMany<String>>,
        /// Regular expressions with one group around the name of the variable. By default the usual ways of Python, JavaScript, Rust, Ruby, PHP and Go.
        references: Option<OneOrMany<String>>,
    }
}

described! {
    /// Compares the keys of a `.env` file with a sample and with the source code, as in
    /// `dotenv: { path: .env, sample: .env.sample, source: "app/**/settings*.py" }`.
    #[derive(PartialEq, Eq, Hash)]
    pub struct Target (short: path) {
        /// The file.
        path: PathBuf = PathBuf::from(".env"),
        /// A sample that documents the keys. What it has commented out, as `# KEY=value`, is documented and may be missing.
        sample: Option<PathBuf>,
        /// The source code that reads the variables.
        source: Option<Source>,
        /// Globs of keys that are no drift, e.g. `COMPOSE_*`.
        ignore: Option<OneOrMany<String>>,
        /// Whether the fact `values` is given. Values are often secrets.
        values: bool = false,
    }
}

facts! {
    pub struct Facts {
        /// The keys of the file, in its order, each once.
        keys: Vec<String>,
        /// Keys that the sample has or the source reads, but not the file. Without `sample` and `source` there are none.
        missing: Vec<String>,
        /// Keys of the file that neither the sample nor the source knows; at least one of them is needed.
        unknown: Vec<String>,
        /// Keys of the file that the sample does not have, not even commented out. Unknown without `sample`.
        undocumented: Vec<String>,
        /// Keys of the file that the source never reads. Unknown without `source`.
        unused: Vec<String>,
        /// Keys of the sample that the source never reads. Unknown without `sample` and `source`.
        unread_sample_keys: Vec<String>,
        /// All drift that is known, one line per key: `missing: KEY`, `unknown: KEY`, `undocumented: KEY`, `unused: KEY`, `given twice: KEY`.
        drift: String,
        /// Keys without a value.
        empty_values: Vec<String>,
        /// Keys that are given more than once.
        duplicates: Vec<String>,
        /// The number of characters of each value, by key.
        lengths: BTreeMap<String, usize>,
        /// The values by key; only with `values: true`. Nothing is expanded.
        values: BTreeMap<String, String>,
    }
}

pub struct Dotenv;

impl Probe for Dotenv {
    const NAME: &'static str = "dotenv";
    const PACE: Pace = Pace::Waits;
    const DEFAULT: &'static str = "expect:\n  missing: { empty: true }\n  duplicates: { empty: true }";
    const EXAMPLE: &'static str = "id: os-release-names-the-system\ndotenv: /etc/os-release\nexpect:\n  keys: { includes: [ID, NAME] }\n  duplicates: { empty: true }";
    const EVIDENCE: &'static [&'static str] = &["drift"];
    type Target = Target;
    type Facts = Facts;

    fn subject(target: &Target) -> String {
        target.path.display().to_string()
    }

    fn check(target: &Target) -> Result<(), String> {
        ignored(target)?;
        target.source.as_ref().map_or(Ok(()), references::check)
    }

    fn observe(target: &Target, want: &Wanted, context: &Context) -> Seen<Facts> {
        let text = match reading::text(&target.path, true, DEFAULT_LIMIT) {
            Ok(text) => text,
            Err(unread) => return unread.into(),
        };
        let (file, ignored) = match parse(&text).and_then(|file| Ok((file, ignored(target)?))) {
            Ok(both) => both,
            Err(why) => return Seen::Refused(why),
        };
        let searched = want.missing || want.unknown || want.unused || want.unread_sample_keys || want.drift;
        let sides = Sides {
            ignored,
            sample: target.sample.as_deref().map(read_sample),
            read: target.source.as_ref().filter(|_| searched).map(|source| references::find(source, context)),
        };
        Seen::Present(facts(&file, &sides, want, target.values))
    }
}

const VALUES_ARE_HIDDEN: &str = "values are given only with `values: true`";

fn ignored(target: &Target) -> Result<GlobSet, String> {
    let mut set = GlobSetBuilder::new();
    for pattern in target.ignore.iter().flat_map(|ignore| &ignore.0) {
        set.add(Glob::new(pattern).map_err(|error| format!("`{pattern}` is no glob: {}", error.kind()))?);
    }
    set.build().map_err(|error| error.to_string())
}

fn read_sample(path: &Path) -> Result<DotenvText, String> {
    let text = reading::text(path, true, DEFAULT_LIMIT).map_err(|unread| unread.at(path).why())?;
    parse(&text).map_err(|why| format!("{}: {why}", path.display()))
}

/// What the file is compared with: `None` is not given, `Err` could not be read.
struct Sides {
    ignored: GlobSet,
    sample: Option<Result<DotenvText, String>>,
    read: Option<Result<BTreeSet<String>, String>>,
}

type Keys<'a> = BTreeSet<&'a str>;

impl Sides {
    /// Every key of the sample, commented out or not.
    fn documented(&self) -> Result<Keys<'_>, String> {
        let sample = given(&self.sample, "`sample`")?;
        Ok(active(sample).into_iter().chain(sample.commented.iter().map(String::as_str)).collect())
    }

    fn read(&self) -> Result<Keys<'_>, String> {
        Ok(given(&self.read, "`source`")?.iter().map(String::as_str).collect())
    }

    /// What must be in the file: what the sample has, and what the source reads unless the sample says it is optional.
    fn needed(&self) -> Result<Keys<'_>, String> {
        let mut needed = Keys::new();
        let mut optional = Keys::new();
        if self.sample.is_some() {
            let active = active(given(&self.sample, "`sample`")?);
            optional = &self.documented()? - &active;
            needed.extend(active);
        }
        if self.read.is_some() {
            needed.extend(&self.read()? - &optional);
        }
        Ok(needed)
    }

    /// Every key that the sample or the source knows, whichever is given.
    fn known(&self) -> Result<Keys<'_>, String> {
        let mut known = Keys::new();
        if self.sample.is_some() || self.read.is_none() {
            known.extend(self.documented()?);
        }
        if self.read.is_some() {
            known.extend(self.read()?);
        }
        Ok(known)
    }

    /// The keys without those that are no drift.
    fn drift<'a>(&self, keys: impl IntoIterator<Item = &'a str>, leave_out: &Keys) -> Vec<String> {
        let counts = |key: &&str| !leave_out.contains(key) && !self.ignored.is_match(key);
        keys.into_iter().filter(counts).map(str::to_string).collect()
    }
}

fn given<'a, T>(side: &'a Option<Result<T, String>>, name: &str) -> Result<&'a T, String> {
    match side {
        Some(Ok(side)) => Ok(side),
        Some(Err(why)) => Err(why.clone()),
        None => Err(format!("{name} was not given to compare with")),
    }
}

fn active(text: &DotenvText) -> Keys<'_> {
    text.assignments.iter().map(|(key, _)| key.as_str()).collect()
}

fn facts(file: &DotenvText, sides: &Sides, want: &Wanted, values: bool) -> Facts {
    let (mut keys, mut duplicates, mut last): (Vec<&str>, Vec<&str>, BTreeMap<&str, &str>) = Default::default();
    for (key, value) in &file.assignments {
        match last.insert(key, value) {
            None => keys.push(key),
            Some(_) if !duplicates.contains(&key.as_str()) => duplicates.push(key),
            Some(_) => {}
        }
    }
    let but = |leave_out: Keys| sides.drift(keys.iter().copied(), &leave_out);
    let here: Keys = keys.iter().copied().collect();
    let empty: Vec<&str> = keys.iter().copied().filter(|key| last[key].is_empty()).collect();
    let lengths = last.iter().map(|(key, value)| (key.to_string(), value.chars().count()));
    let shown = last.iter().map(|(key, value)| (key.to_string(), value.to_string()));
    let missing = sides.needed().map(|needed| sides.drift(needed, &here));
    let unknown = sides.known().map(but);
    let undocumented = sides.documented().map(but);
    let unused = sides.read().map(but);
    let duplicates = sides.drift(duplicates, &Keys::new());
    Facts {
        drift: lines(&[
            ("missing", &missing),
            ("unknown", &unknown),
            ("undocumented", &undocumented),
            ("unused", &unused),
            ("given twice", &Ok(duplicates.clone())),
        ])
        .into(),
        missing: wanted(want.missing, || missing),
        unknown: wanted(want.unknown, || unknown),
        undocumented: wanted(want.undocumented, || undocumented),
        unused: wanted(want.unused, || unused),
        unread_sample_keys: wanted(want.unread_sample_keys, || Ok(sides.drift(sides.documented()?, &sides.read()?))),
        empty_values: sides.drift(empty, &Keys::new()).into(),
        duplicates: duplicates.into(),
        lengths: lengths.collect::<BTreeMap<_, _>>().into(),
        values: if values { Ok(shown.collect()) } else { Err(VALUES_ARE_HIDDEN.to_string()) }.into(),
        keys: keys.iter().map(|key| key.to_string()).collect::<Vec<_>>().into(),
    }
}

/// One line per key. What nobody knows is neither documented nor read; saying so once is enough.
fn lines(lists: &[(&str, &Result<Vec<String>, String>)]) -> String {
    let mut said = BTreeSet::new();
    let mut text = String::new();
    for (what, keys) in lists.iter().filter_map(|(what, keys)| Some((what, keys.as_ref().ok()?))) {
        for key in keys.iter().filter(|key| *what == "given twice" || said.insert((*key).clone())) {
            text.push_str(&format!("{what}: {key}\n"));
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fact::{Fact, WantedBits};
    use std::time::Duration;

    fn facts_of(file: &str, sample: Option<&str>, read: Option<&[&str]>, ignore: &[&str]) -> Facts {
        let target = Target {
            path: ".env".into(),
            sample: None,
            source: None,
            ignore: Some(OneOrMany(ignore.iter().map(|key| key.to_string()).collect())),
            values: false,
        };
        let sides = Sides {
            ignored: ignored(&target).unwrap(),
            sample: sample.map(parse),
            read: read.map(|keys| Ok(keys.iter().map(|key| key.to_string()).collect())),
        };
        facts(&parse(file).unwrap(), &sides, &WantedBits::ALL.into(), false)
    }

    fn list(fact: &Fact<Vec<String>>) -> Vec<&str> {
        fact.known().unwrap_or_else(|| panic!("{fact:?}")).iter().map(String::as_str).collect()
    }

    const ENV: &str = "A=1\nB=\nNEW=3\nCOMPOSE_X=4\nA=two";
    const SAMPLE: &str = "A=\nB=\nOLD=x\n# OPTIONAL=\n# SEEN=\n";

    #[test]
    fn every_kind_of_drift_has_its_list() {
        let facts = facts_of(ENV, Some(SAMPLE), Some(&["A", "SEEN", "READ", "OLD"]), &["COMPOSE_*"]);
        assert_eq!(list(&facts.keys), ["A", "B", "NEW", "COMPOSE_X"]);
        assert_eq!(list(&facts.missing), ["OLD", "READ"]);
        assert_eq!(list(&facts.unknown), ["NEW"]);
        assert_eq!(list(&facts.undocumented), ["NEW"]);
        assert_eq!(list(&facts.unused), ["B", "NEW"]);
        assert_eq!(list(&facts.unread_sample_keys), ["B", "OPTIONAL"]);
        assert_eq!(
            facts.drift,
            Fact::Known("missing: OLD\nmissing: READ\nunknown: NEW\nunused: B\ngiven twice: A\n".into())
        );
        assert_eq!((list(&facts.empty_values), list(&facts.duplicates)), (vec!["B"], vec!["A"]));
        assert_eq!(facts.lengths.known().unwrap()["A"], 3);
        assert_eq!(facts.values, Fact::Unknown(VALUES_ARE_HIDDEN.into()));
    }

    #[test]
    fn what_is_not_given_is_not_guessed() {
        let facts = facts_of(ENV, None, None, &[]);
        assert_eq!(list(&facts.missing), Vec::<&str>::new());
        assert_eq!(facts.unused, Fact::Unknown("`source` was not given to compare with".into()));
        assert_eq!(facts.undocumented, Fact::Unknown("`sample` was not given to compare with".into()));
        let broken = facts_of(ENV, Some("x"), None, &[]);
        assert!(matches!(broken.missing, Fact::Unknown(why) if why.starts_with("line 1")));
    }

    #[test]
    fn files_and_source_are_read() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        std::fs::write(at(".env"), "A=1\nC=3\n").unwrap();
        std::fs::write(at("sample"), "A=1\n").unwrap();
        std::fs::write(at("settings.py"), "a = os.environ['A']\nb = os.environ.get('B')\n").unwrap();
        let source = |files: &str| Source {
            files: OneOrMany(vec![at(files).display().to_string()]),
            exclude: None,
            references: None,
        };
        let mut target =
            Target { path: at(".env"), sample: Some(at("sample")), source: Some(source("*.py")), ignore: None, values: true };
        let seen = |target: &Target| {
            Dotenv::check(target).unwrap();
            Dotenv::observe(target, &WantedBits::ALL.into(), &Context::lasting(Duration::from_secs(10)))
        };
        let Seen::Present(facts) = seen(&target) else { panic!() };
        assert_eq!((list(&facts.missing), list(&facts.unknown)), (vec!["B"], vec!["C"]));
        assert_eq!(facts.values.known().unwrap()["C"], "3");
        target.source = Some(source("*.rb"));
        let Seen::Present(facts) = seen(&target) else { panic!() };
        assert!(matches!(facts.unused, Fact::Unknown(why) if why.starts_with("no source file matches")));
        target.path = at("none");
        assert!(matches!(seen(&target), Seen::Absent(_)));
        std::fs::write(at(".env"), "A='1\n").unwrap();
        target.path = at(".env");
        assert!(matches!(seen(&target), Seen::Refused(why) if why.starts_with("line 1: the quote after `A=`")));
    }
}

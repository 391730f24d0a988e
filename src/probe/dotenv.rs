//! Drift of a `.env` file: against a sample, and against what the source code reads.
//!
//! Values are not given unless asked for; what is said of them otherwise is only
//! their length. Deliberately absent: the environment itself (see `env`).

mod drift;
mod references;

use super::dotenv_text::{DotenvText, parse};
use super::reading::{self, DEFAULT_LIMIT};
use super::{Context, Pace, Probe, Seen};
use crate::spec::given::OneOrMany;
use crate::{described, facts};
use drift::{Sides, facts};
use globset::{Glob, GlobSet, GlobSetBuilder};
use std::collections::BTreeMap;
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
        /// Keys that the sample has or the source reads, but not the file. Unknown without `sample` and `source`.
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
    const EXAMPLE: &'static str = "id: os-release-names-the-system\ndotenv: { path: /etc/os-release, sample: /usr/lib/os-release }\nexpect:\n  keys: { includes: [ID, NAME] }\n  duplicates: { empty: true }";
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

    fn check_wanted(target: &Target, wanted: &Wanted) -> Result<(), String> {
        let (sample, source) = (target.sample.is_some(), target.source.is_some());
        let lacking = [
            ("missing", wanted.missing && !sample && !source, "`sample` or `source`"),
            ("unknown", wanted.unknown && !sample && !source, "`sample` or `source`"),
            ("undocumented", wanted.undocumented && !sample, "`sample`"),
            ("unused", wanted.unused && !source, "`source`"),
            ("unread_sample_keys", wanted.unread_sample_keys && !(sample && source), "`sample` and `source`"),
        ];
        match lacking.into_iter().find(|(_, lacks, _)| *lacks) {
            Some((fact, _, side)) => {
                Err(format!("`{fact}` needs {side} to compare with; without, expect other facts, such as `duplicates`"))
            }
            None => Ok(()),
        }
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fact::{Fact, WantedBits};
    use std::time::Duration;

    fn list(fact: &Fact<Vec<String>>) -> Vec<&str> {
        fact.known().unwrap_or_else(|| panic!("{fact:?}")).iter().map(String::as_str).collect()
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
        let mut target = Target {
            path: at(".env"),
            sample: Some(at("sample")),
            source: Some(source("*.py")),
            ignore: None,
            values: true,
        };
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

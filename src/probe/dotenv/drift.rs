//! What a `.env` file has too little and too much: a pure function.

use super::{Facts, Wanted};
use crate::probe::dotenv_text::DotenvText;
use crate::probe::reading::wanted;
use globset::GlobSet;
use std::collections::{BTreeMap, BTreeSet};

const VALUES_ARE_HIDDEN: &str = "values are given only with `values: true`";

/// What the file is compared with: `None` is not given, `Err` could not be read.
pub struct Sides {
    pub ignored: GlobSet,
    pub sample: Option<Result<DotenvText, String>>,
    pub read: Option<Result<BTreeSet<String>, String>>,
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
        if self.sample.is_none() && self.read.is_none() {
            return Err("neither `sample` nor `source` was given to compare with".into());
        }
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

/// All facts but the reading of files.
pub fn facts(file: &DotenvText, sides: &Sides, want: &Wanted, values: bool) -> Facts {
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
    use crate::probe::dotenv_text::parse;
    use globset::{Glob, GlobSetBuilder};

    fn facts_of(file: &str, sample: Option<&str>, read: Option<&[&str]>, ignore: &[&str]) -> Facts {
        let mut ignored = GlobSetBuilder::new();
        for key in ignore {
            ignored.add(Glob::new(key).unwrap());
        }
        let sides = Sides {
            ignored: ignored.build().unwrap(),
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
        assert_eq!(facts.missing, Fact::Unknown("neither `sample` nor `source` was given to compare with".into()));
        assert_eq!(facts.unused, Fact::Unknown("`source` was not given to compare with".into()));
        assert_eq!(facts.undocumented, Fact::Unknown("`sample` was not given to compare with".into()));
        let broken = facts_of(ENV, Some("x"), None, &[]);
        assert!(matches!(broken.missing, Fact::Unknown(why) if why.starts_with("line 1")));
    }
}

//! Reading what `git` writes.

use super::{Facts, Wanted};
use crate::fact::Fact;

/// Reads `git status --porcelain=v2 --branch -z` (git-status(1)).
pub fn parse(status: &str, want: &Wanted) -> Facts {
    let mut facts = Facts { upstream: Fact::Absent, ahead: Fact::Absent, behind: Fact::Absent, ..Facts::default() };
    let (mut changed, mut staged, mut conflicts, mut untracked) = (vec![], vec![], vec![], vec![]);
    let mut lines = status.split('\0');
    while let Some(line) = lines.next() {
        match line.split_once(' ') {
            Some(("#", header)) => read_header(header, &mut facts),
            // XY, submodule, three modes, two hashes, [score,] path
            Some((kind @ ("1" | "2"), entry)) => {
                let path = entry.splitn(if kind == "1" { 8 } else { 9 }, ' ').last().unwrap_or_default();
                let mut states = entry.chars();
                if states.next().is_some_and(|state| state != '.') {
                    staged.push(path.to_string());
                }
                if states.next().is_some_and(|state| state != '.') {
                    changed.push(path.to_string());
                }
                if kind == "2" {
                    // the path before it was renamed
                    lines.next();
                }
            }
            Some(("u", entry)) => conflicts.push(entry.splitn(10, ' ').last().unwrap_or_default().to_string()),
            Some(("?", path)) => untracked.push(path.to_string()),
            _ => {}
        }
    }
    let looked_for = want.clean || want.untracked;
    let clean = [&changed, &staged, &conflicts, &untracked].iter().all(|list| list.is_empty());
    Facts {
        clean: if looked_for { clean.into() } else { Fact::NotWanted },
        untracked: if looked_for { untracked.into() } else { Fact::NotWanted },
        changed: changed.into(),
        staged: staged.into(),
        conflicts: conflicts.into(),
        ..facts
    }
}

fn read_header(header: &str, facts: &mut Facts) {
    match header.split_once(' ') {
        Some(("branch.oid", "(initial)")) => facts.commit = Fact::Absent,
        Some(("branch.oid", hash)) => facts.commit = hash.to_string().into(),
        Some(("branch.head", head)) => {
            let detached = head == "(detached)";
            facts.detached = detached.into();
            facts.branch = (!detached).then(|| head.to_string()).into();
        }
        Some(("branch.upstream", upstream)) => facts.upstream = upstream.to_string().into(),
        Some(("branch.ab", counts)) => {
            let (ahead, behind) = counts.split_once(' ').unwrap_or_default();
            facts.ahead = ahead.trim_start_matches('+').parse().ok().into();
            facts.behind = behind.trim_start_matches('-').parse().ok().into();
        }
        _ => {}
    }
}

/// Takes user name and password out of a URL; `git@host:path` and `ssh://git@host` hold no secret.
pub fn without_credentials(address: &str) -> String {
    let Some((scheme, rest)) = address.split_once("://") else { return address.to_string() };
    let (host, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
    match host.rsplit_once('@') {
        Some((user, _)) if scheme.ends_with("ssh") && !user.contains(':') => address.to_string(),
        Some((_, host)) => format!("{scheme}://{host}{path}"),
        None => address.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fact::WantedBits;

    fn facts_of(lines: &[&str]) -> Facts {
        parse(&lines.iter().map(|line| format!("{line}\0")).collect::<String>(), &WantedBits::ALL.into())
    }

    #[test]
    fn branches_and_their_upstreams() {
        let facts = facts_of(&[
            "# branch.oid 1a2b",
            "# branch.head main",
            "# branch.upstream origin/main",
            "# branch.ab +2 -13",
        ]);
        assert_eq!((facts.branch, facts.detached), (Fact::Known("main".into()), Fact::Known(false)));
        assert_eq!((facts.ahead, facts.behind), (Fact::Known(2), Fact::Known(13)));
        assert_eq!((facts.commit, facts.clean), (Fact::Known("1a2b".into()), Fact::Known(true)));
        let bare = facts_of(&["# branch.oid (initial)", "# branch.head (detached)"]);
        assert_eq!((bare.commit, bare.branch, bare.detached), (Fact::Absent, Fact::Absent, Fact::Known(true)));
        assert_eq!((bare.upstream, bare.ahead, bare.behind), (Fact::Absent, Fact::Absent, Fact::Absent));
    }

    #[test]
    fn every_kind_of_change_has_its_list() {
        let facts = facts_of(&[
            "1 M. N... 100644 100644 100644 aaa bbb staged file",
            "1 .M N... 100644 100644 100644 aaa aaa changed",
            "2 R. N... 100644 100644 100644 aaa aaa R100 new name",
            "1 old name that is no entry",
            "u UU N... 100644 100644 100644 100644 aaa bbb ccc in conflict",
            "? new/",
        ]);
        let list = |fact: Fact<Vec<String>>| fact.known().unwrap().join(",");
        assert_eq!(list(facts.staged), "staged file,new name");
        assert_eq!((list(facts.changed), list(facts.conflicts)), ("changed".into(), "in conflict".into()));
        assert_eq!((list(facts.untracked), facts.clean), ("new/".into(), Fact::Known(false)));
    }

    #[test]
    fn addresses_lose_their_secrets() {
        for (address, shown) in [
            ("https://me:token@host/a.git", "https://host/a.git"),
            ("https://token@host:8443/a@b", "https://host:8443/a@b"),
            ("https://host/a", "https://host/a"),
            ("ssh://git@host/a", "ssh://git@host/a"),
            ("ssh://git:secret@host/a", "ssh://host/a"),
            ("git@host:a/b.git", "git@host:a/b.git"),
            ("/srv/a.git", "/srv/a.git"),
        ] {
            assert_eq!(without_credentials(address), shown);
        }
    }
}

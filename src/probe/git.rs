//! The state of a Git repository, as `git status --porcelain=v2` and a few more say it.
//!
//! Asked of the `git` program, without locks, prompts and file system monitors.
//! Deliberately absent: fetching. Ahead and behind are what the last fetch saw.

mod status;

use super::reading::Unread;
use super::{Context, Pace, Probe, Seen};
use crate::fact::Fact;
use crate::observe::process::{Ended, Finished, Invocation, Refusal, run};
use crate::{described, facts};
use status::{parse, without_credentials};
use std::fs;
use std::path::{Path, PathBuf};

described! {
    /// Looks at a Git working copy.
    #[derive(PartialEq, Eq, Hash)]
    pub struct Target (short: path) {
        /// The working copy, or a folder in it.
        path: PathBuf = PathBuf::from("."),
        /// The remote whose address is the fact `remote`.
        remote: String = "origin".to_string(),
    }
}

facts! {
    pub struct Facts {
        /// Whether nothing is changed, staged, in conflict or untracked.
        clean: bool,
        /// The branch; absent if the head is detached.
        branch: String,
        /// Whether a commit is checked out instead of a branch.
        detached: bool,
        /// The full hash of the commit; absent before the first one.
        commit: String,
        /// A tag of exactly this commit; absent if there is none.
        tag: String,
        /// The branch this one follows, e.g. `origin/main`; absent if there is none.
        upstream: String,
        /// Commits that the upstream lacks; absent without an upstream.
        ahead: u64,
        /// Commits of the upstream that are lacking here, as of the last fetch; absent without an upstream.
        behind: u64,
        /// Paths that are changed and not staged.
        changed: Vec<String>,
        /// Paths that are staged.
        staged: Vec<String>,
        /// Paths that are in conflict.
        conflicts: Vec<String>,
        /// Paths that are neither tracked nor ignored; a whole folder is one path with a slash at its end.
        untracked: Vec<String>,
        /// The number of stashes.
        stashes: usize,
        /// The address of the remote, without user name and password; absent if there is no such remote.
        remote: String,
    }
}

/// Bytes of a status that are read.
const OUTPUT_LIMIT: usize = 16 << 20;

/// Variables that would point `git` at another repository, as they are set in hooks (`git rev-parse --local-env-vars`).
const LOCAL_VARIABLES: &[&str] = &[
    "GIT_ALTERNATE_OBJECT_DIRECTORIES",
    "GIT_COMMON_DIR",
    "GIT_CONFIG",
    "GIT_DIR",
    "GIT_GRAFT_FILE",
    "GIT_INDEX_FILE",
    "GIT_NAMESPACE",
    "GIT_NO_REPLACE_OBJECTS",
    "GIT_OBJECT_DIRECTORY",
    "GIT_PREFIX",
    "GIT_REPLACE_REF_BASE",
    "GIT_SHALLOW_FILE",
    "GIT_WORK_TREE",
];

pub struct Git;

impl Probe for Git {
    const NAME: &'static str = "git";
    const PACE: Pace = Pace::Waits;
    const DEFAULT: &'static str = "expect: { clean: true }";
    const EXAMPLE: &'static str =
        "id: nothing-uncommitted\nlevel: warn\ngit: .\nexpect: { clean: true, detached: false }";
    const EVIDENCE: &'static [&'static str] = &["branch", "commit", "changed", "staged", "conflicts", "untracked"];
    type Target = Target;
    type Facts = Facts;

    fn subject(target: &Target) -> String {
        target.path.display().to_string()
    }

    fn observe(target: &Target, want: &Wanted, context: &Context) -> Seen<Facts> {
        if let Err(error) = fs::metadata(&target.path) {
            return Unread::of(&target.path, &error).into();
        }
        let untracked = if want.clean || want.untracked { "normal" } else { "no" };
        let untracked = format!("--untracked-files={untracked}");
        let status = ["status", "--porcelain=v2", "--branch", "-z", untracked.as_str()];
        let facts = match git(&target.path, &status, context) {
            Ok(finished) if finished.stdout.truncated() => {
                return Seen::Refused("the status is larger than 16 MiB".into());
            }
            Ok(finished) if finished.ended == Ended::Exited(0) => parse(&finished.stdout.to_text(), want),
            Ok(finished) => return refusal(&target.path, &finished),
            Err(seen) => return seen.map(|()| Facts::default()),
        };
        Seen::Present(Facts {
            tag: asked(want.tag, target, &["describe", "--tags", "--exact-match", "HEAD"], 128, context),
            remote: asked(want.remote, target, &["remote", "get-url", "--", &target.remote], 2, context)
                .map(|address| without_credentials(&address)),
            stashes: match asked(want.stashes, target, &["rev-list", "-g", "--count", "refs/stash", "--"], 128, context)
            {
                Fact::Absent => Fact::Known(0),
                Fact::Known(count) => count.parse().map_err(|_| format!("git counted `{count}` stashes")).into(),
                Fact::Unknown(why) => Fact::Unknown(why),
                Fact::NotWanted => Fact::NotWanted,
            },
            ..facts
        })
    }
}

/// Runs git. `Err` is the answer if it could not be run.
fn git(path: &Path, arguments: &[&str], context: &Context) -> Result<Finished, Seen<()>> {
    let mut invocation = Invocation::new("git");
    // a file system monitor is a program that the repository names (git-config(1), core.fsmonitor)
    let before = ["--no-optional-locks", "-c", "core.fsmonitor=false", "-C"].map(Into::into);
    invocation.arguments = before.into_iter().chain([path.into()]).chain(arguments.iter().map(Into::into)).collect();
    invocation.clear_environment = true;
    let ours = std::env::vars_os().filter(|(name, _)| !LOCAL_VARIABLES.iter().any(|local| name == local));
    let added = [("GIT_TERMINAL_PROMPT", "0"), ("LC_ALL", "C")].map(|(name, value)| (name.into(), value.into()));
    invocation.environment = ours.chain(added).collect();
    invocation.output_limit = OUTPUT_LIMIT;
    match run(&invocation, context.deadline, &context.cancel) {
        Ok(finished) => match finished.ended {
            Ended::TimedOut => Err(Seen::Refused("git did not end in time; raise `timeout`".into())),
            Ended::Cancelled => Err(Seen::Refused("git was ended because the run ends".into())),
            Ended::Signaled(signal) => Err(Seen::Refused(format!("git was ended by signal {signal}"))),
            Ended::Exited(_) => Ok(finished),
        },
        Err(Refusal::NotFound(_)) => Err(Seen::Unsupported("there is no program `git`; install it".into())),
        Err(other) => Err(Seen::Refused(other.to_string())),
    }
}

/// What a failed status says (git has no exit codes of its own for this).
fn refusal(path: &Path, finished: &Finished) -> Seen<Facts> {
    let text = finished.stderr.to_text();
    let first = text.lines().next().unwrap_or("git failed without a word").trim_start_matches("fatal: ");
    if text.contains("dubious ownership") {
        let path = fs::canonicalize(path).unwrap_or_else(|_| path.into());
        return Seen::Refused(format!(
            "the repository belongs to another user, and git refuses it; if you trust it: git config --global --add safe.directory {}",
            path.display()
        ));
    }
    if text.contains("not a git repository") {
        return Seen::Absent(format!("{} is not in a Git repository", path.display()));
    }
    Seen::Refused(first.into())
}

/// One more question. An exit code of `none` means that there is no such thing.
fn asked(wanted: bool, target: &Target, arguments: &[&str], none: i32, context: &Context) -> Fact<String> {
    if !wanted {
        return Fact::NotWanted;
    }
    match git(&target.path, arguments, context) {
        Ok(finished) if finished.ended == Ended::Exited(0) => finished.stdout.to_text().trim().to_string().into(),
        Ok(finished) if finished.ended == Ended::Exited(none) => Fact::Absent,
        Ok(finished) => Fact::Unknown(finished.stderr.to_text().trim().to_string()),
        Err(Seen::Refused(why) | Seen::Unsupported(why) | Seen::Absent(why)) => Fact::Unknown(why),
        Err(Seen::Present(())) => Fact::Absent,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fact::WantedBits;
    use crate::observe::process::Captured;
    use std::time::Duration;

    #[test]
    fn failures_are_told_apart() {
        let of = |text: &str| {
            let captured = |text: &str| Captured { head: text.into(), tail: Vec::new(), total: text.len() as u64 };
            let finished = Finished {
                ended: Ended::Exited(128),
                stdout: captured(""),
                stderr: captured(text),
                elapsed: Duration::ZERO,
                left_behind: false,
            };
            refusal(Path::new("/nowhere"), &finished)
        };
        assert!(matches!(of("fatal: not a git repository (or any …): .git"), Seen::Absent(_)));
        let dubious = of("fatal: detected dubious ownership in repository at '/nowhere'\nTo add …");
        assert!(matches!(dubious, Seen::Refused(why) if why.ends_with("--add safe.directory /nowhere")));
        let bare = of("fatal: this operation must be run in a work tree\n");
        assert!(matches!(bare, Seen::Refused(why) if why == "this operation must be run in a work tree"));
    }

    #[test]
    fn a_real_repository_is_seen() {
        let folder = tempfile::tempdir().unwrap();
        let context = Context::lasting(Duration::from_secs(30));
        let target = Target { path: folder.path().into(), remote: "origin".into() };
        let seen = || Git::observe(&target, &WantedBits::ALL.into(), &context);
        assert!(matches!(seen(), Seen::Absent(why) if why.ends_with("is not in a Git repository")));
        let done = |arguments: &[&str]| {
            let who = ["-c", "user.name=a", "-c", "user.email=a@example.org", "-c", "commit.gpgsign=false"];
            let finished = git(folder.path(), &[&who[..], arguments].concat(), &context).unwrap();
            assert_eq!(finished.ended, Ended::Exited(0), "{}", finished.stderr.to_text());
        };
        done(&["init", "-q"]);
        fs::write(folder.path().join("a"), "1").unwrap();
        let Seen::Present(facts) = seen() else { panic!() };
        assert_eq!((facts.clean, facts.commit, facts.tag), (Fact::Known(false), Fact::Absent, Fact::Absent));
        assert_eq!((facts.stashes, facts.remote), (Fact::Known(0), Fact::Absent));
        done(&["add", "a"]);
        done(&["commit", "-qm", "one"]);
        done(&["tag", "v1.0"]);
        done(&["remote", "add", "origin", "https://me:secret@example.org/a.git"]);
        fs::write(folder.path().join("a"), "2").unwrap();
        done(&["stash", "-q"]);
        let Seen::Present(facts) = seen() else { panic!() };
        assert_eq!((facts.clean, facts.tag), (Fact::Known(true), Fact::Known("v1.0".into())));
        assert_eq!(facts.stashes, Fact::Known(1));
        assert_eq!(facts.remote, Fact::Known("https://example.org/a.git".into()));
    }
}

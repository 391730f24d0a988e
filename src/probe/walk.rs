//! Finding files by globs or below a folder: bounded in number and time.
//!
//! A glob is walked from its last folder without a wildcard, and no deeper than
//! it can match. Deliberately absent: `.gitignore` and its like.

mod globs;

use super::Context;
use super::reading::{FileType, Unread};
use crate::prose;
use globs::{Names, Start, normal, plain};
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use walkdir::{DirEntry, WalkDir};

/// The most entries that are listed.
pub const MAX_ENTRIES: usize = 100_000;

/// What is searched, and how.
#[derive(Debug, Clone)]
pub struct Search {
    starts: Vec<Start>,
    /// Nothing closer to the start than this is found.
    pub min_depth: usize,
    /// Nothing further from the start than this is found.
    pub max_depth: Option<usize>,
    pub follow: bool,
    pub hidden: bool,
    exclude: Names,
}

/// What was found, in the order of the paths, each once.
#[derive(Debug, Default)]
pub struct Found {
    pub entries: BTreeMap<PathBuf, FileType>,
    /// Folders that could not be read, with the reason.
    pub unreadable: Vec<String>,
}

impl Found {
    /// Why the entries are not all there are.
    pub fn incomplete(&self) -> Option<String> {
        let first = self.unreadable.first()?;
        Some(match self.unreadable.len() - 1 {
            0 => format!("could not be read: {first}"),
            more => format!("could not be read: {first}, and {}", prose::count(more, "other folder")),
        })
    }
}

impl Search {
    /// Whatever one of these globs matches. `**` stands for any number of folders.
    pub fn globs(patterns: &[String], exclude: &[String]) -> Result<Search, String> {
        let starts = patterns.iter().map(|pattern| Start::of_glob(&normal(pattern))).collect::<Result<_, _>>()?;
        Search::new(starts, exclude)
    }

    /// Whatever lies below a folder and has a name like these; anything, if there are none.
    pub fn below(folder: &Path, names: &[String], exclude: &[String]) -> Result<Search, String> {
        let any = ["*".to_string()];
        let wanted = Names::new(if names.is_empty() { &any } else { names })?;
        Search::new(vec![Start { folder: folder.into(), depth: (1, None), wanted }], exclude)
    }

    fn new(starts: Vec<Start>, exclude: &[String]) -> Result<Search, String> {
        let exclude = Names::new(exclude)?;
        Ok(Search { starts, min_depth: 0, max_depth: None, follow: false, hidden: true, exclude })
    }

    /// Searches. `Err` says for people why it was given up.
    pub fn run(&self, context: &Context) -> Result<Found, String> {
        let mut found = Found::default();
        self.starts.iter().try_for_each(|start| self.walk(start, context, &mut found))?;
        Ok(found)
    }

    fn walk(&self, start: &Start, context: &Context, found: &mut Found) -> Result<(), String> {
        let admitted = |entry: &DirEntry| entry.depth() == 0 || self.admits(entry.path());
        let Some(walker) = self.walker(start) else { return Ok(()) };
        for entry in walker.into_iter().filter_entry(admitted) {
            if context.is_over() {
                return Err(format!("there was no time to search all of {}; raise `timeout`", start.folder.display()));
            }
            let (path, kind) = match entry {
                Ok(entry) => (plain(entry.path()).to_path_buf(), FileType::of(entry.file_type())),
                Err(error) => match self.mishap(&error, found) {
                    Some(path) => (path, FileType::Symlink),
                    None => continue,
                },
            };
            if start.wanted.match_path(&path) && !found.entries.contains_key(&path) {
                if found.entries.len() == MAX_ENTRIES {
                    return Err(format!("more than {} match; narrow the search", prose::count(MAX_ENTRIES, "path")));
                }
                found.entries.insert(path, kind);
            }
        }
        Ok(())
    }

    /// `None` if nothing can be as deep as is wanted.
    fn walker(&self, start: &Start) -> Option<WalkDir> {
        let least = self.min_depth.max(start.depth.0);
        let deepest = [self.max_depth, start.depth.1].into_iter().flatten().min().unwrap_or(usize::MAX);
        let walker = WalkDir::new(&start.folder).min_depth(least).max_depth(deepest);
        (least <= deepest).then(|| walker.follow_links(self.follow))
    }

    /// Keeps what could not be read. Answers the path of a link that leads nowhere: it is an entry too.
    /// A link back to a folder above has no system error: that folder is walked already.
    fn mishap(&self, error: &walkdir::Error, found: &mut Found) -> Option<PathBuf> {
        let (path, error) = error.path().map(plain).zip(error.io_error())?;
        if self.follow && fs::symlink_metadata(path).is_ok_and(|metadata| metadata.is_symlink()) {
            return self.admits(path).then(|| path.to_path_buf());
        }
        // what is absent is gone since its folder was read, or is a glob that starts nowhere
        if let Unread::Refused(why) = Unread::of(path, error) {
            found.unreadable.push(format!("{} ({why})", path.display()));
        }
        None
    }

    fn admits(&self, path: &Path) -> bool {
        let name = path.file_name().unwrap_or_default();
        (self.hidden || !name.as_encoded_bytes().starts_with(b".")) && !self.exclude.match_path(path)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::symlink;
    use std::time::Duration;

    fn tree(paths: &[&str]) -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        for path in paths {
            let path = folder.path().join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, "").unwrap();
        }
        folder
    }

    fn names(folder: &Path, search: &Search) -> Vec<String> {
        let found = search.run(&Context::lasting(Duration::from_secs(10))).unwrap();
        assert_eq!(found.unreadable, Vec::<String>::new());
        let short = |path: &PathBuf| path.strip_prefix(folder).unwrap().to_string_lossy().into_owned();
        found.entries.keys().map(short).collect()
    }

    fn globs(folder: &Path, patterns: &[&str], exclude: &[&str]) -> Search {
        let text = |texts: &[&str]| texts.iter().map(|text| text.to_string()).collect::<Vec<_>>();
        let patterns: Vec<String> = patterns.iter().map(|p| format!("{}/{p}", folder.display())).collect();
        Search::globs(&patterns, &text(exclude)).unwrap()
    }

    #[test]
    fn globs_match_whole_paths_and_walk_no_deeper_than_needed() {
        let folder = tree(&["a.log", "b/c.log", "b/d/e.log", "b/x.txt", ".h.log"]);
        let find = |patterns: &[&str]| names(folder.path(), &globs(folder.path(), patterns, &[]));
        assert_eq!(find(&["*.log"]), [".h.log", "a.log"]);
        assert_eq!(find(&["**/*.log"]), [".h.log", "a.log", "b/c.log", "b/d/e.log"]);
        assert_eq!(find(&["b/**"]), ["b/c.log", "b/d", "b/d/e.log", "b/x.txt"]);
        assert_eq!(find(&["*/{c.log,d/e.log}", "*/c.*", ".//b//x.txt"]), ["b/c.log", "b/d/e.log", "b/x.txt"]);
        assert_eq!(find(&["nowhere/*", "a.log/*"]), Vec::<String>::new());
        assert_eq!(globs(folder.path(), &["*/*.log"], &[]).starts[0].depth, (1, Some(2)));
    }

    #[test]
    fn names_below_a_folder_within_depths() {
        let folder = tree(&["a.log", "b/c.log", "b/d/e.log", "b/.h.log"]);
        let mut search = Search::below(folder.path(), &["*.log".into()], &[]).unwrap();
        assert_eq!(names(folder.path(), &search), ["a.log", "b/.h.log", "b/c.log", "b/d/e.log"]);
        (search.min_depth, search.max_depth, search.hidden) = (2, Some(2), false);
        assert_eq!(names(folder.path(), &search), ["b/c.log"]);
        search.max_depth = Some(1);
        assert_eq!(names(folder.path(), &search), Vec::<String>::new());
        assert_eq!(names(folder.path(), &Search::below(folder.path(), &[], &["d".into()]).unwrap()).len(), 4);
    }

    #[test]
    fn relative_globs_find_relative_paths() {
        for (pattern, path) in [("**/walk.rs", "src/probe/walk.rs"), (".", "."), ("./Cargo.*", "Cargo.toml")] {
            let search = Search::globs(&[pattern.into()], &["target".into()]).unwrap();
            let found = search.run(&Context::lasting(Duration::from_secs(10))).unwrap();
            assert!(found.entries.contains_key(Path::new(path)), "{pattern}: {:?}", found.entries);
        }
        assert_eq!(Start::of_glob("**").unwrap().depth, (1, None));
    }

    #[test]
    fn what_is_excluded_is_not_entered() {
        let folder = tree(&["a/x", "node_modules/x", "b/skip/x", "b/x"]);
        let skip = format!("{}/b/skip", folder.path().display());
        let search = globs(folder.path(), &["**/x"], &["node_modules", &skip]);
        assert_eq!(names(folder.path(), &search), ["a/x", "b/x"]);
    }

    #[test]
    fn links_in_a_circle_end() {
        let folder = tree(&["a/x"]);
        symlink(folder.path(), folder.path().join("a/up")).unwrap();
        symlink("self", folder.path().join("self")).unwrap();
        symlink("nowhere", folder.path().join("gone")).unwrap();
        let mut search = globs(folder.path(), &["**"], &[]);
        assert_eq!(names(folder.path(), &search), ["a", "a/up", "a/x", "gone", "self"]);
        search.follow = true;
        assert_eq!(names(folder.path(), &search), ["a", "a/x", "gone", "self"]);
    }

    #[test]
    fn time_and_bad_globs_end_it() {
        let folder = tree(&["a"]);
        let over = Context::lasting(Duration::ZERO);
        assert!(globs(folder.path(), &["*"], &[]).run(&over).unwrap_err().contains("raise `timeout`"));
        let why = Search::globs(&["a/[".into()], &[]).unwrap_err();
        assert!(why.starts_with("`a/[` is no glob: "), "{why}");
    }
}

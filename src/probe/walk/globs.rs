//! Globs, and where a walk for one starts.

use globset::{Glob, GlobBuilder, GlobSet, GlobSetBuilder};
use std::ffi::OsStr;
use std::path::{Path, PathBuf};

const META: [char; 5] = ['*', '?', '[', '{', '\\'];

/// Where a walk starts and what it finds.
#[derive(Debug, Clone)]
pub struct Start {
    pub folder: PathBuf,
    /// How deep anything must be, and can be, to match.
    pub depth: (usize, Option<usize>),
    pub wanted: Names,
}

/// Globs: one without a slash is for the last part of a path, one with a slash for the whole path.
#[derive(Debug, Clone, Default)]
pub struct Names {
    last: GlobSet,
    whole: GlobSet,
}

impl Start {
    pub fn of_glob(pattern: &str) -> Result<Start, String> {
        let parts: Vec<&str> = pattern.split('/').collect();
        let plain = parts.iter().take_while(|part| !part.contains(META)).count();
        let (before, rest) = (parts[..plain].join("/"), &parts[plain..]);
        let folder = match before.as_str() {
            "" if pattern.starts_with('/') => "/",
            "" => ".",
            folder => folder,
        };
        // `**` reaches any depth, and braces may hold a slash
        let bounded = !rest.iter().any(|part| part.contains("**") || part.contains('{'));
        let wanted = Names { whole: set(&[glob(pattern)?])?, last: GlobSet::empty() };
        Ok(Start { folder: folder.into(), depth: (rest.len().min(1), bounded.then_some(rest.len())), wanted })
    }
}

impl Names {
    pub fn new(patterns: &[String]) -> Result<Names, String> {
        let (whole, last): (Vec<&String>, Vec<&String>) = patterns.iter().partition(|pattern| pattern.contains('/'));
        let compile = |patterns: Vec<&String>| {
            set(&patterns.iter().map(|pattern| glob(&normal(pattern))).collect::<Result<Vec<_>, _>>()?)
        };
        Ok(Names { last: compile(last)?, whole: compile(whole)? })
    }

    pub fn match_path(&self, path: &Path) -> bool {
        let path = plain(path);
        self.last.is_match(path.file_name().unwrap_or(OsStr::new(""))) || self.whole.is_match(path)
    }
}

/// Without `.`, doubled and trailing slashes.
pub fn normal(pattern: &str) -> String {
    let parts: Vec<&str> = pattern.split('/').filter(|part| !part.is_empty() && *part != ".").collect();
    match (pattern.starts_with('/'), parts.join("/")) {
        (true, parts) => format!("/{parts}"),
        (false, parts) if parts.is_empty() => ".".into(),
        (false, parts) => parts,
    }
}

/// A walk of `.` finds `./a`, which people write as `a`.
pub fn plain(path: &Path) -> &Path {
    path.strip_prefix("./").ok().filter(|path| !path.as_os_str().is_empty()).unwrap_or(path)
}

fn glob(pattern: &str) -> Result<Glob, String> {
    GlobBuilder::new(pattern)
        .literal_separator(true)
        .build()
        .map_err(|error| format!("`{pattern}` is no glob: {}", error.kind()))
}

fn set(globs: &[Glob]) -> Result<GlobSet, String> {
    let mut builder = GlobSetBuilder::new();
    for glob in globs {
        builder.add(glob.clone());
    }
    builder.build().map_err(|error| error.to_string())
}

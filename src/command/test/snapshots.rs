//! Rendered reports, kept in `snapshots/packs/<pack>/<case>.txt`: how a pack speaks, to be read by people.
//!
//! The answers stand in the cases, so that a snapshot cannot bless a mistake. A pack has snapshots once its
//! folder is there; `--accept` makes it.

use super::Results;
use crate::command::Stopped;
use crate::command::terminal::Terminal;
use crate::prose;
use crate::record::show::lines;
use crate::report::paint::Paint;
use std::collections::BTreeSet;
use std::io::{BufRead, IsTerminal};
use std::path::{Path, PathBuf};

const FOLDER: &str = "snapshots/packs";

/// Reports that are not what was kept.
pub struct Snapshots {
    pub changes: Vec<Change>,
}

pub struct Change {
    path: PathBuf,
    kept: Option<String>,
    /// `None` if no case renders it any more.
    now: Option<String>,
}

impl Snapshots {
    /// Compares with what was kept; `new_too` also takes packs that have no snapshots yet.
    pub fn compare(project: &Path, results: &Results, new_too: bool) -> Snapshots {
        let mut changes = Vec::new();
        let mut rendered: BTreeSet<PathBuf> = BTreeSet::new();
        let mut folders: BTreeSet<PathBuf> = BTreeSet::new();
        for (case, trial) in &results.list {
            let folder = project.join(FOLDER).join(&case.pack);
            let path = folder.join(format!("{}.txt", case.stem));
            let kept = std::fs::read_to_string(&path).ok();
            if (new_too || folder.is_dir()) && kept.as_ref() != Some(&trial.report) {
                changes.push(Change { path: path.clone(), kept, now: Some(trial.report.clone()) });
            }
            rendered.insert(path);
            folders.insert(folder);
        }
        if !results.selected {
            changes.extend(folders.iter().flat_map(|folder| leftovers(folder, &rendered)));
        }
        Snapshots { changes }
    }

    /// What differs, as diffs.
    pub fn render(&self, paint: Paint) -> String {
        let mut out: String = self.changes.iter().map(|change| change.render(paint)).collect();
        if !self.changes.is_empty() {
            let number = prose::count(self.changes.len(), "snapshot");
            out.push_str(&format!("{number} to look at: `engine test --review` asks, `--accept` keeps them all\n"));
        }
        out
    }

    pub fn accept_all(&self, terminal: &Terminal) -> Result<(), Stopped> {
        self.changes.iter().try_for_each(Change::accept)?;
        if !self.changes.is_empty() {
            terminal.note(&format!("{} kept\n", prose::count(self.changes.len(), "snapshot")));
        }
        Ok(())
    }

    /// Asks for each; answers whether any was not kept.
    pub fn review(&self, terminal: &Terminal) -> Result<bool, Stopped> {
        if !std::io::stdin().is_terminal() {
            return Err(Stopped::usage("--review asks on a terminal; without one, `--accept` keeps all snapshots"));
        }
        if self.changes.is_empty() {
            return Ok(false);
        }
        let mut left = self.changes.len();
        for change in &self.changes {
            terminal.note(&change.render(Paint(terminal.colours_error())));
            match ask(terminal) {
                Some('a') => {
                    change.accept()?;
                    left -= 1;
                }
                Some('q') | None => break,
                _ => {}
            }
        }
        let kept = prose::count(self.changes.len() - left, "snapshot");
        terminal.note(&if left == 0 { format!("{kept} kept\n") } else { format!("{kept} kept, {left} not\n") });
        Ok(left > 0)
    }
}

/// The first letter of an answer; `None` at the end of the input.
fn ask(terminal: &Terminal) -> Option<char> {
    loop {
        terminal.note("[a]ccept, [s]kip, [q]uit? ");
        let mut line = String::new();
        if std::io::stdin().lock().read_line(&mut line).ok()? == 0 {
            return None;
        }
        let letter = line.trim().chars().next().map(|letter| letter.to_ascii_lowercase());
        if matches!(letter, Some('a' | 's' | 'q')) {
            return letter;
        }
    }
}

/// Snapshots that no case renders any more.
fn leftovers(folder: &Path, rendered: &BTreeSet<PathBuf>) -> Vec<Change> {
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path());
    let left =
        entries.filter(|path| path.extension().is_some_and(|extension| extension == "txt") && !rendered.contains(path));
    left.map(|path| Change { kept: std::fs::read_to_string(&path).ok(), path, now: None }).collect()
}

impl Change {
    fn render(&self, paint: Paint) -> String {
        let word = match (&self.kept, &self.now) {
            (None, _) => "new",
            (_, None) => "no case renders it any more",
            _ => "changed",
        };
        let diff = lines(self.kept.as_deref().unwrap_or_default(), self.now.as_deref().unwrap_or_default(), 2, paint);
        format!("\n{}: {word}\n{diff}", paint.bold(&self.path.display().to_string()))
    }

    fn accept(&self) -> Result<(), Stopped> {
        let done = match &self.now {
            Some(text) => self
                .path
                .parent()
                .map_or(Ok(()), std::fs::create_dir_all)
                .and_then(|()| std::fs::write(&self.path, text)),
            None => std::fs::remove_file(&self.path),
        };
        done.map_err(|error| Stopped::not_written(format!("{}: {error}", self.path.display())))
    }
}
